//! The links that one commit changes, each at most once, with the ledger's rules about when a look counts.
//!
//! While an attempt on a link is under way its ledger stands still: what the attempt writes follows from the ledger, so
//! the same call can be made again after a restart. What was seen meanwhile stands in the catalogue and is taken into
//! the ledger when the attempt has come to an end.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::{Effect, Link, LinkId, ListingId, LocationId, Quantity, Step, Target, VariantId};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::catalogue::Snapshot;
use super::jobs::run::Run;
use super::truth::Known;
use crate::rules::ledger;

pub struct Books<'a> {
    known: &'a Known,
    frozen: HashSet<LinkId>,
    changed: BTreeMap<LinkId, Link>,
    /// Totals that are newer than the catalogue's.
    totals: HashMap<VariantId, Option<Quantity>>,
}

impl<'a> Books<'a> {
    pub fn open(known: &'a Known) -> Self {
        let open = known.board.runs().flat_map(|run| run.all_open().map(move |step| (run, step)));
        let variants = open.filter_map(|(run, step)| target(known, run, step).map(|(_, variant)| variant));
        let frozen = variants.filter_map(|v| known.catalogue.now().link_of(v).map(|link| link.id)).collect();
        Self { known, frozen, changed: BTreeMap::new(), totals: HashMap::new() }
    }

    /// Whether an attempt is under way on the variant's link.
    pub fn is_frozen(&self, variant: VariantId) -> bool {
        self.known.catalogue.now().link_of(variant).is_some_and(|link| self.frozen.contains(&link.id))
    }

    /// The link as this commit changes it, whatever is under way on it.
    pub fn change(&mut self, variant: VariantId) -> Option<&mut Link> {
        let link = self.known.catalogue.now().link_of(variant)?;
        Some(self.changed.entry(link.id).or_insert_with(|| link.clone()))
    }

    /// A variant was seen to hold this much over the locations in use; `None`: not known any more, which says nothing.
    pub fn observe(&mut self, variant: VariantId, total: Option<Quantity>) {
        self.totals.insert(variant, total);
        let Some(total) = total else { return };
        let Some(link) = self.known.catalogue.now().link_of(variant) else { return };
        if self.frozen.contains(&link.id) || ledger::member(link, variant).is_none_or(|m| m.base.is_none()) {
            return;
        }
        if let Some(link) = self.change(variant) {
            ledger::observe(link, variant, total);
        }
    }

    /// The attempt on this variant has come to an end: what was seen meanwhile counts now.
    pub fn settle(&mut self, variant: VariantId) {
        let Some(link) = self.known.catalogue.now().link_of(variant) else { return };
        self.frozen.remove(&link.id);
        let members: Vec<_> = link.members.iter().map(|member| (member.listing, member.variant)).collect();
        for (listing, variant) in members {
            let total = self.totals.get(&variant).copied();
            let total = total.unwrap_or_else(|| self.known.catalogue.now().total(listing, variant));
            self.observe(variant, total);
        }
    }

    pub fn entries(self) -> Vec<Entry> {
        let catalogue = self.known.catalogue.now();
        let differs = |link: &Link| catalogue.link(link.id).is_none_or(|known| **known != *link);
        self.changed.into_values().filter(differs).map(Entry::LinkKept).collect()
    }
}

/// The variant that a step writes to, as far as it exists yet.
pub fn target(known: &Known, run: &Run, step: &Step) -> Option<(ListingId, VariantId)> {
    let Effect::SetQuantity { target, connection, .. } = &step.planned.effect else { return None };
    match target {
        Target::Known { listing, variant } => Some((*listing, *variant)),
        Target::CreatedBy { step, position } => {
            // What was made is linked to what it was made from, so the link tells which it is.
            let variant = match &run.step(*step)?.planned.effect {
                Effect::Create(creation) => {
                    let source = known.catalogue.now().listing(creation.source)?;
                    *source.variants.get(*position as usize)?
                }
                Effect::AddVariant { variant, .. } => *variant,
                _ => return None,
            };
            let link = known.catalogue.now().link_of(variant)?;
            let member = link.members.iter().find(|member| member.connection == *connection)?;
            Some((member.listing, member.variant))
        }
    }
}

/// What a variant holds over the locations in use if it holds `read` at this one.
pub fn total_with(
    catalogue: &Snapshot,
    listing: ListingId,
    variant: VariantId,
    location: &LocationId,
    read: Quantity,
) -> Quantity {
    let known = catalogue.listing(listing).and_then(|known| known.variant(variant));
    let before = known.and_then(|variant| variant.stock.at(location)).unwrap_or_default();
    catalogue.total(listing, variant).map_or(read, |total| total - before + read)
}
