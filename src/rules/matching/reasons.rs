//! Why a listing has no candidate: its own state first, then what is in the way with the nearest listings on the other
//! side, last that there is none.
//!
//! Told for one listing at a time and from the indexes alone, so that after a change nothing has to be told anew.
//! Bounded on purpose: a key that stands on a thousand listings must not be told a thousand times a thousand times.

use std::collections::HashMap;

use crate::domain::{MatchKey, Reason, Text};

use super::comparison::{Comparison, Pick};
use super::fit::Buffers;
use super::goods::Entry;
use super::hints::Hinting;
use super::key_list::KeyList;
use super::keys::{self, Digest, KINDS};
use super::rows::{Place, Standing};
use super::sides::Here;
use super::variants::{article_label, duplicate_article};

/// Listings or variants that one reason names at the most.
pub const MOST_NAMED: usize = 20;
/// Listings on the other side that are looked at for one kind of key.
pub const MOST_NEAREST: usize = 3;

/// Tells reasons, with what it has to remember between two listings.
pub struct Explaining<'c> {
    comparison: &'c Comparison,
    keys: KeyList,
    buffer: Vec<u8>,
    buffers: Buffers,
    hinting: Hinting<'c>,
    /// A listing with thousands of variants that lead everywhere is asked about by each it leads to.
    several: HashMap<(Here, Place), Option<Reason>>,
}

impl<'c> Explaining<'c> {
    pub fn new(comparison: &'c Comparison) -> Self {
        Self {
            comparison,
            keys: KeyList::new(comparison.digesting),
            buffer: Vec::new(),
            buffers: Buffers::default(),
            hinting: Hinting::new(&comparison.sides, comparison.hints()),
            several: HashMap::new(),
        }
    }

    /// Never empty.
    pub fn reasons(&mut self, here: Here, place: Place) -> Vec<Reason> {
        let rows = self.comparison.rows(here);
        let entry = rows.entry(place);
        let mut reasons = Vec::new();
        if rows.standing(place) == Standing::PartlyLinked {
            reasons.extend(partly_linked(&entry));
        }
        if !rows.is_active(place) {
            reasons.push(Reason::Inactive);
        }
        if let Some(position) = duplicate_article(&entry.goods) {
            let label = article_label(&entry.goods, position);
            reasons.push(Reason::DuplicateVariant { listing: rows.id(place), label });
        }
        let mut related = matches!(reasons.first(), Some(Reason::PartlyLinked { .. }));
        if let Pick::Several(_) = self.comparison.pick(here, place) {
            reasons.extend(self.several_counterparts(here, place));
        }
        let mut keyless = true;
        for kind in KINDS {
            let mut list = std::mem::take(&mut self.keys);
            list.read(kind, rows, place);
            keyless &= kind == MatchKey::Title || list.is_empty();
            let nearest = self.by_kind(here, place, kind, &list);
            self.keys = list;
            related |= nearest.is_some();
            for reason in nearest.into_iter().flatten() {
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
        }
        let special = self.hinting.special_characters(here, place);
        related |= !special.is_empty();
        reasons.extend(special);
        if !related {
            let near = self.hinting.near_spellings(here, place);
            related = !near.is_empty();
            reasons.extend(near);
        }
        let nothing = !related || reasons.is_empty();
        reasons.extend(invalid_barcode(&entry));
        if nothing {
            reasons.push(if keyless { Reason::NoKey } else { Reason::NoCounterpart });
        }
        reasons.shrink_to_fit();
        reasons
    }

    /// What is in the way with the listings that share a key of this kind; `None` if there are none.
    fn by_kind(&mut self, here: Here, place: Place, kind: MatchKey, list: &KeyList) -> Option<Vec<Reason>> {
        let comparison = self.comparison;
        let ours = comparison.rows(here);
        let mut reasons = Vec::new();
        let mut looked_at: Vec<Place> = Vec::new();
        let (mut related, mut duplicate_told) = (false, false);
        for (found, key) in list.each() {
            let sharers = comparison.sharers(kind, found.digest(), key, &mut self.buffer);
            let (here_too, there) = (sharers[here as usize], sharers[here.other() as usize]);
            if there.is_empty() {
                continue;
            }
            related = true;
            // An inactive listing shares its key with every active one: together they would be several.
            let several_here =
                here_too.several_active() || (!ours.is_active(place) && here_too.active().next().is_some());
            if several_here || there.several_active() {
                if !duplicate_told {
                    duplicate_told = true;
                    let value = Text::new(ours.text_at(place, found.span));
                    let listings = self.duplicates(here, place, several_here, kind, found.digest(), key);
                    reasons.push(Reason::DuplicateKey { key: kind, value, listings });
                }
                continue;
            }
            let nearest = there.active().next().or_else(|| there.places().next());
            let Some(other) = nearest.filter(|other| !looked_at.contains(other)) else { continue };
            if looked_at.len() == MOST_NEAREST {
                break;
            }
            looked_at.push(other);
            if let Err(obstacles) = comparison.fit(here, place, other, kind, &mut self.buffers) {
                reasons.extend(obstacles);
            }
            reasons.extend(self.taken(here, place, other));
        }
        related.then_some(reasons)
    }

    /// The other one belongs to somebody else by a stronger key, or to several.
    fn taken(&mut self, here: Here, place: Place, other_place: Place) -> Option<Reason> {
        let other = self.comparison.id(here.other(), other_place);
        match self.comparison.pick(here.other(), other_place) {
            Pick::One(by, with) if with != place => {
                Some(Reason::OtherMatched { other, by, with: self.comparison.id(here, with) })
            }
            Pick::Several(_) => self.several_counterparts(here.other(), other_place),
            Pick::One(..) | Pick::Nobody => None,
        }
    }

    /// `None` if all of them are of another structure: then that is what stands in the way, and it is said of each.
    fn several_counterparts(&mut self, here: Here, place: Place) -> Option<Reason> {
        let comparison = self.comparison;
        let told = self.several.entry((here, place)).or_insert_with(|| {
            let Pick::Several(key) = comparison.pick(here, place) else { return None };
            let partners = comparison.partners(here, place, key);
            let variable = comparison.rows(here).is_variable(place);
            let there = comparison.rows(here.other());
            let alike = partners.iter().any(|other| there.is_variable(*other) == variable);
            let listings = partners.iter().take(MOST_NAMED).map(|other| there.id(*other)).collect();
            alike.then(|| Reason::SeveralCounterparts { key, of: comparison.id(here, place), listings })
        });
        told.clone()
    }

    fn duplicates(
        &mut self,
        here: Here,
        place: Place,
        several_here: bool,
        kind: MatchKey,
        digest: Digest,
        key: &[u8],
    ) -> Vec<crate::domain::ListingId> {
        let comparison = self.comparison;
        let sharers = comparison.sharers(kind, digest, key, &mut self.buffer);
        let mut listings = Vec::new();
        for side in Here::BOTH {
            let sharers = sharers[side as usize];
            if (side == here && several_here) || (side != here && sharers.several_active()) {
                listings.extend(sharers.active().take(MOST_NAMED).map(|other| comparison.id(side, other)));
            }
        }
        if several_here {
            listings.push(comparison.id(here, place));
        }
        listings.sort_unstable();
        listings.dedup();
        // A million of these may be kept.
        listings.shrink_to_fit();
        listings
    }
}

fn partly_linked(entry: &Entry<'_>) -> Option<Reason> {
    let other = entry.first_partner()?;
    let unlinked = (0..entry.members.len()).filter(|position| entry.partner(*position).is_none());
    let without = unlinked.take(MOST_NAMED).map(|position| article_label(&entry.goods, position)).collect();
    Some(Reason::PartlyLinked { other, without })
}

/// A number that has the length of a GTIN and is none: nobody's scanner reads it, so nobody else will have it.
fn invalid_barcode(entry: &Entry<'_>) -> Option<Reason> {
    let barcodes = entry.goods.articles.iter().filter_map(|article| article.barcode);
    barcodes.into_iter().find_map(|raw| {
        let check_digit = keys::check_digit_missed(raw)?;
        Some(Reason::InvalidBarcode { value: Text::new(raw), check_digit })
    })
}
