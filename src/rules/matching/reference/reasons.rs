//! Why a listing has no candidate: its own state first, then what is in the way with the nearest listings on the other
//! side, last that there is none.
//!
//! Bounded on purpose: a key that stands on a thousand listings must not be told a thousand times a thousand times.

use crate::domain::{Candidate, KnownListing, MatchKey, NoCandidate, Reason, Status, Text};
use crate::rules::filter::folded;

use super::catalogue::{Place, Standing};
use super::keys::{self, Digest, Key};
use super::{Comparison, Here, Pick, duplicate_variant, label};
use crate::rules::matching::reasons::{MOST_NAMED, MOST_NEAREST};
use crate::rules::matching::{hints, keys::check_digit_missed, spelling};

/// The reasons of every listing that is neither linked nor a candidate.
pub fn explained(comparison: &Comparison<'_>, candidates: &[Candidate]) -> Vec<NoCandidate> {
    let (mut in_store, mut online): (Vec<_>, Vec<_>) =
        candidates.iter().map(|candidate| (candidate.in_store, candidate.online)).unzip();
    in_store.sort_unstable();
    online.sort_unstable();
    let open = |here: Here| -> Vec<Place> {
        let half = comparison.half(here);
        let matched = if here == Here::InStore { &in_store } else { &online };
        let asks = |place: &Place| !matches!(half.standing(*place), Standing::Linked | Standing::LinkedElsewhere);
        half.places().filter(asks).filter(|place| matched.binary_search(&half.known(*place).id).is_err()).collect()
    };
    let opens = [open(Here::InStore), open(Here::Online)];
    let loose = [Loose::new(comparison, Here::InStore, &opens[0]), Loose::new(comparison, Here::Online, &opens[1])];
    let mut without = Vec::with_capacity(opens[0].len() + opens[1].len());
    for here in [Here::InStore, Here::Online] {
        for place in &opens[here as usize] {
            let other = here.other() as usize;
            let reasons = of_listing(comparison, here, *place, &loose[other], &opens[other]);
            without.push(NoCandidate { listing: comparison.id(here, *place), reasons });
        }
    }
    without.sort_unstable_by_key(|entry| entry.listing);
    without
}

fn of_listing(
    comparison: &Comparison<'_>,
    here: Here,
    place: Place,
    loose: &Loose,
    open_there: &[Place],
) -> Vec<Reason> {
    let known = comparison.half(here).known(place);
    let mut reasons = Vec::new();
    if comparison.half(here).standing(place) == Standing::PartlyLinked {
        reasons.extend(partly_linked(comparison, here, known));
    }
    if known.listing.status != Status::Active {
        reasons.push(Reason::Inactive);
    }
    if let Some(position) = duplicate_variant(&known.listing) {
        reasons.push(Reason::DuplicateVariant { listing: known.id, label: label(&known.listing, position) });
    }
    let mut related = matches!(reasons.first(), Some(Reason::PartlyLinked { .. }));
    if let Pick::Several(key) = comparison.pick(here, place) {
        reasons.extend(several_counterparts(comparison, here, place, key));
    }
    for kind in keys::KINDS {
        let nearest = by_kind(comparison, here, place, kind);
        related |= nearest.is_some();
        for reason in nearest.into_iter().flatten() {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    let special = loose.special_characters(comparison, here, known);
    related |= !special.is_empty();
    reasons.extend(special);
    if !related {
        let near = near_spellings(comparison, here, known, open_there);
        related = !near.is_empty();
        reasons.extend(near);
    }
    let nothing = !related || reasons.is_empty();
    let barcodes = known.listing.variants.iter().filter_map(|variant| variant.barcode.as_ref());
    let invalid = barcodes.into_iter().find_map(|value| Some((value, check_digit_missed(value)?)));
    reasons.extend(invalid.map(|(value, check_digit)| Reason::InvalidBarcode { value: value.clone(), check_digit }));
    if nothing {
        let keyless = [MatchKey::Barcode, MatchKey::Sku].iter().all(|kind| keys::of_listing(*kind, known).is_empty());
        reasons.push(if keyless { Reason::NoKey } else { Reason::NoCounterpart });
    }
    reasons
}

/// What is in the way with the listings that share a key of this kind; `None` if there are none.
fn by_kind(comparison: &Comparison<'_>, here: Here, place: Place, kind: MatchKey) -> Option<Vec<Reason>> {
    let (ours, theirs) = (comparison.half(here), comparison.half(here.other()));
    let mut reasons = Vec::new();
    let mut looked_at: Vec<Place> = Vec::new();
    let (mut related, mut duplicate_told) = (false, false);
    for (key, value) in keys::of_listing(kind, ours.known(place)) {
        let (here_too, there) = (ours.sharers(kind, &key), theirs.sharers(kind, &key));
        if there.is_empty() {
            continue;
        }
        related = true;
        // An inactive listing shares its key with every active one: together they would be several.
        let several_here = here_too.several_active() || (!ours.is_active(place) && here_too.active().next().is_some());
        if several_here || there.several_active() {
            if !duplicate_told {
                duplicate_told = true;
                reasons.push(duplicate_key(comparison, here, place, kind, &key, value, several_here));
            }
            continue;
        }
        let nearest = there.active().next().or_else(|| there.places().next());
        let Some(other) = nearest.filter(|other| !looked_at.contains(other)) else { continue };
        if looked_at.len() == MOST_NEAREST {
            break;
        }
        looked_at.push(other);
        if let Err(obstacles) = comparison.fit(here, place, other, kind) {
            reasons.extend(obstacles);
        }
        reasons.extend(taken(comparison, here, place, other));
    }
    related.then_some(reasons)
}

/// The other one belongs to somebody else by a stronger key, or to several.
fn taken(comparison: &Comparison<'_>, here: Here, place: Place, other_place: Place) -> Option<Reason> {
    let other = comparison.id(here.other(), other_place);
    match comparison.pick(here.other(), other_place) {
        Pick::One(by, with) if with != place => {
            Some(Reason::OtherMatched { other, by, with: comparison.id(here, with) })
        }
        Pick::Several(key) => several_counterparts(comparison, here.other(), other_place, key),
        Pick::One(..) | Pick::Nobody => None,
    }
}

/// `None` if all of them are of another structure: then that is what stands in the way, and it is said of each.
fn several_counterparts(comparison: &Comparison<'_>, here: Here, place: Place, key: MatchKey) -> Option<Reason> {
    let partners = comparison.partners(here, place, key);
    let known = |side: Here, place: Place| comparison.half(side).known(place);
    let variable = known(here, place).listing.structure.is_variable();
    let alike = partners.iter().any(|other| known(here.other(), *other).listing.structure.is_variable() == variable);
    let listings = partners.iter().take(MOST_NAMED).map(|other| known(here.other(), *other).id).collect();
    alike.then(|| Reason::SeveralCounterparts { key, of: known(here, place).id, listings })
}

fn duplicate_key(
    comparison: &Comparison<'_>,
    here: Here,
    place: Place,
    kind: MatchKey,
    key: &Key,
    value: &Text,
    several_here: bool,
) -> Reason {
    let mut listings = Vec::new();
    for side in [here, here.other()] {
        let sharers = comparison.half(side).sharers(kind, key);
        if (side == here && several_here) || (side != here && sharers.several_active()) {
            listings.extend(sharers.active().take(MOST_NAMED).map(|other| comparison.id(side, other)));
        }
    }
    if several_here {
        listings.push(comparison.id(here, place));
    }
    listings.sort_unstable();
    listings.dedup();
    Reason::DuplicateKey { key: kind, value: value.clone(), listings }
}

fn partly_linked(comparison: &Comparison<'_>, here: Here, known: &KnownListing) -> Option<Reason> {
    let there = comparison.connections[here.other() as usize];
    let counterpart = |variant| comparison.linked_to(variant, there).map(|member| member.listing);
    let other = known.variants.iter().find_map(|variant| counterpart(*variant))?;
    let unlinked = (0..).zip(&known.variants).filter(|(_, variant)| counterpart(**variant).is_none());
    let without = unlinked.take(MOST_NAMED).map(|(position, _)| label(&known.listing, position)).collect();
    Some(Reason::PartlyLinked { other, without })
}

/// A title alone is not enough: price and brand have to be the same as well, where both blank is the same.
pub fn beyond_the_title(ours: &KnownListing, theirs: &KnownListing, pairs: &[(usize, usize)]) -> Vec<Reason> {
    let other = theirs.id;
    let mut reasons = Vec::new();
    let prices =
        pairs.iter().map(|(our, their)| (ours.listing.variants[*our].price, theirs.listing.variants[*their].price));
    if let Some((ours, theirs)) = prices.into_iter().find(|(our, their)| our != their) {
        reasons.push(Reason::PriceDiffers { other, ours, theirs });
    }
    let brand = |known: &KnownListing| known.listing.brand.as_deref().map(folded).filter(|brand| !brand.is_empty());
    if brand(ours) != brand(theirs) {
        let (ours, theirs) = (ours.listing.brand.clone(), theirs.listing.brand.clone());
        reasons.push(Reason::BrandDiffers { other, ours, theirs });
    }
    reasons
}

/// Each with each.
fn near_spellings(comparison: &Comparison<'_>, here: Here, known: &KnownListing, open_there: &[Place]) -> Vec<Reason> {
    let chars = |key: &Key| match key {
        Key::Text(text) => text.chars().collect::<Vec<char>>(),
        Key::Gtin(_) => Vec::new(),
    };
    let title = |known: &KnownListing| folded(&known.listing.title).chars().collect::<Vec<char>>();
    let nearest = |kind: MatchKey| {
        let mut best = None;
        for place in open_there {
            let other = comparison.half(here.other()).known(*place);
            for (our, (our_key, ours)) in keys::of_listing(kind, known).into_iter().enumerate() {
                for (their, (their_key, theirs)) in keys::of_listing(kind, other).into_iter().enumerate() {
                    let alike = || spelling::titles_alike(&title(known), &title(other));
                    let Some(distance) = spelling::near(kind, &chars(&our_key), &chars(&their_key), alike) else {
                        continue;
                    };
                    let rank = (distance, other.id, our, their);
                    if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                        let (ours, theirs) = (ours.clone(), theirs.clone());
                        best =
                            Some((rank, Reason::SpellingNear { other: other.id, key: kind, ours, theirs, distance }));
                    }
                }
            }
        }
        best.map(|(_, reason)| reason)
    };
    hints::HINTED.into_iter().filter_map(nearest).collect()
}

/// The keys of open listings with special characters taken out.
struct Loose([Vec<(Digest, Place)>; 2]);

impl Loose {
    fn new(comparison: &Comparison<'_>, here: Here, open: &[Place]) -> Self {
        Self(hints::HINTED.map(|kind| {
            let mut entries = Vec::with_capacity(open.len());
            for place in open {
                let known = comparison.half(here).known(*place);
                let loose = keys::of_listing(kind, known).into_iter().filter_map(|(_, raw)| digest(raw));
                entries.extend(loose.map(|digest| (digest, *place)));
            }
            entries.sort_unstable();
            entries
        }))
    }

    /// Open listings over there whose SKU or title is the same but for special characters.
    fn special_characters(&self, comparison: &Comparison<'_>, here: Here, known: &KnownListing) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for (entries, kind) in self.0.iter().zip(hints::HINTED) {
            let found = keys::of_listing(kind, known).into_iter().find_map(|(key, raw)| {
                let digest = digest(raw)?;
                let start = entries.partition_point(|entry| entry.0 < digest);
                let (_, place) = entries.get(start).filter(|entry| entry.0 == digest)?;
                let other = comparison.half(here.other()).known(*place);
                let alike = |(their_key, their_raw): &(Key, &Text)| {
                    *their_key != key && keys::loosened(their_raw) == keys::loosened(raw)
                };
                let (_, theirs) = keys::of_listing(kind, other).into_iter().find(alike)?;
                let (ours, theirs) = (raw.clone(), theirs.clone());
                Some(Reason::SpecialCharacter { other: other.id, key: kind, ours, theirs })
            });
            reasons.extend(found);
        }
        reasons
    }
}

fn digest(raw: &Text) -> Option<Digest> {
    keys::loosened(raw).map(|loose| super::super::keys::digest(&loose))
}
