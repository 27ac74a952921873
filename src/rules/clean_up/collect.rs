//! One pass over a connection: the digests of what should be unique, and what is wrong with one listing alone.

use crate::domain::{ConnectionId, Flaw, KnownListing, ListingId, MatchKey, Variant};
use crate::rules::CatalogueView;
use crate::rules::filter::folded;
use crate::rules::matching::{Digest, digest, duplicate_variant, is_tied, read_key};

use super::near::{self, Titles};
use super::{EXAMPLES, Finding, Findings, Group, OtherSide, barcode, counts, limits, plain};

/// Only so many bytes of a folded title are kept: whole titles are told apart by their digests.
const MOST_TITLE: usize = 1300;

/// The places that have a key: its digest, the listing's place, the variant's place.
type Keyed = Vec<(Digest, u32, u32)>;

#[derive(Default)]
struct Collected {
    ids: Vec<ListingId>,
    titles: Titles,
    wholes: Keyed,
    skus: Keyed,
    barcodes: Keyed,
    all: Vec<Finding>,
}

pub fn collect(catalogue: &dyn CatalogueView, connection: ConnectionId, others: &[OtherSide]) -> Findings {
    let mut collected = Collected::default();
    let mut key = Vec::new();
    catalogue.each_listing(connection, &mut |known| {
        if counts(known) && collected.ids.len() < u32::MAX as usize {
            let linked_to = |other: &OtherSide| is_tied(catalogue, known, other.connection);
            collected.take(known, others, &linked_to, &mut key);
        }
    });
    let Collected { ids, titles, wholes, skus, barcodes, all } = collected;
    let mut findings = Findings { all, ..Findings::default() };
    let representatives = findings.group(Flaw::Duplicate, wholes, &ids);
    findings.group(Flaw::SharedSku, skus, &ids);
    findings.group(Flaw::SharedBarcode, barcodes, &ids);
    for (later, earlier, how) in near::pairs(&titles, &representatives) {
        let (Some(later), Some(earlier)) = (ids.get(later as usize), ids.get(earlier as usize)) else { continue };
        let about = u32::try_from(findings.near.len()).unwrap_or(u32::MAX);
        findings.near.push((*earlier, how));
        findings.all.push(Finding { flaw: Flaw::NearDuplicate, listing: *later, about });
    }
    findings
}

impl Collected {
    fn take(
        &mut self,
        known: &KnownListing,
        others: &[OtherSide],
        linked_to: &dyn Fn(&OtherSide) -> bool,
        key: &mut Vec<u8>,
    ) {
        let listing = &known.listing;
        let place = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.push(known.id);
        let titled = read_key(MatchKey::Title, &listing.title, key);
        if !titled {
            key.clear();
        }
        self.titles.push(front(std::str::from_utf8(key).unwrap_or_default()));
        // That several have no title is nothing in common.
        if titled {
            if listing.structure.is_variable() {
                options_into(&listing.variants, key);
            }
            self.wholes.push((digest(key), place, 0));
        }
        for (variant, at) in listing.variants.iter().zip(0u32..) {
            for (kind, text, keyed) in [
                (MatchKey::Sku, &variant.sku, &mut self.skus),
                (MatchKey::Barcode, &variant.barcode, &mut self.barcodes),
            ] {
                if text.as_ref().is_some_and(|text| read_key(kind, text, key)) {
                    keyed.push((digest(key), place, at));
                }
            }
        }
        let mut wrong = |flaw, is_so: bool| {
            if is_so {
                self.all.push(Finding { flaw, listing: known.id, about: 0 });
            }
        };
        let any = |what: &dyn Fn(&Variant) -> bool| listing.variants.iter().any(what);
        wrong(Flaw::DuplicateVariant, duplicate_variant(listing).is_some());
        wrong(Flaw::MissingSku, any(&|variant| variant.sku.is_none()));
        wrong(Flaw::InvalidBarcode, any(&|v| v.barcode.as_ref().is_some_and(|raw| barcode::fault(raw).is_some())));
        let special = plain::special(&listing.title, false).is_some()
            || any(&|v| v.sku.as_ref().is_some_and(|sku| plain::special(sku, true).is_some()));
        wrong(Flaw::SpecialCharacter, special);
        let over = |other: &OtherSide| !limits::over(known, other.profile).is_empty() && !linked_to(other);
        wrong(Flaw::OverLimit, others.iter().any(over));
    }
}

fn front(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_TITLE)]
}

/// Adds what the variants of a listing are, whatever their order.
fn options_into(variants: &[Variant], key: &mut Vec<u8>) {
    let mut all: Vec<Vec<String>> = variants
        .iter()
        .map(|variant| {
            let mut values: Vec<String> = variant.options.iter().map(|option| folded(&option.value)).collect();
            values.sort_unstable();
            values
        })
        .collect();
    all.sort_unstable();
    for values in all {
        key.push(0xfe);
        for value in values {
            key.push(0xff);
            key.extend_from_slice(value.as_bytes());
        }
    }
}

impl Findings {
    /// Finds what several have. Tells the first place of each key, in order.
    fn group(&mut self, flaw: Flaw, mut keyed: Keyed, ids: &[ListingId]) -> Vec<u32> {
        keyed.sort_unstable();
        let mut representatives = Vec::new();
        let mut groups: Vec<&[(Digest, u32, u32)]> = Vec::new();
        for group in keyed.chunk_by(|one, other| one.0 == other.0) {
            representatives.extend(group.first().map(|(_, place, _)| *place));
            if group.len() > 1 {
                groups.push(group);
            }
        }
        // In the order of the catalogue, not of the digests.
        groups.sort_by_key(|group| group.first().map(|(_, place, at)| (*place, *at)));
        for group in groups {
            let mut examples: Vec<(ListingId, u32)> = Vec::new();
            let mut last = None;
            for (_, place, at) in group {
                if examples.len() < EXAMPLES && last.replace(*place) != Some(*place) {
                    examples.extend(ids.get(*place as usize).map(|id| (*id, *at)));
                }
            }
            // Several variants of one listing are told by their options.
            if let [(only, _)] = examples[..] {
                examples = group.iter().take(EXAMPLES).map(|(.., at)| (only, *at)).collect();
            }
            let Some((listing, _)) = examples.first().copied() else { continue };
            let about = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
            self.groups.push(Group { count: u32::try_from(group.len()).unwrap_or(u32::MAX), examples });
            self.all.push(Finding { flaw, listing, about });
        }
        representatives.sort_unstable();
        representatives
    }
}
