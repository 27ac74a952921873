//! The links that one commit changes, each at most once, with the ledger's rules about when a look counts.
//!
//! While an attempt on a link is under way its ledger stands still: what the attempt writes follows from the ledger, so
//! the same call can be made again after a restart. What was seen meanwhile stands in the catalogue and is taken into
//! the ledger when the attempt has come to an end.
//!
//! Every count that is seen goes through here, whoever saw it: a large fall that no order explains is held instead of
//! counted (`rules::drops`), and a side that stopped counting takes no part any more.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::{
    Cause, ConnectionId, Effect, Happening, HistoryRecord, Link, LinkId, LinkMember, ListingId, LocationId, Quantity,
    Step, Stock, Target, Timestamp, VariantId,
};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::Planted;
use super::catalogue::Snapshot;
use super::jobs::run::Run;
use super::sync::settings::subject;
use super::truth::Known;
use crate::rules::drops::{self, Verdict};
use crate::rules::{ledger, pulse, reckoning};

pub struct Books<'a> {
    known: &'a Known,
    now: Timestamp,
    under_way: HashSet<VariantId>,
    frozen: HashSet<LinkId>,
    changed: BTreeMap<LinkId, Link>,
    /// Totals that are newer than the catalogue's.
    totals: HashMap<VariantId, Option<Quantity>>,
}

impl<'a> Books<'a> {
    pub fn open(known: &'a Known, now: Timestamp) -> Self {
        let open = known.board.runs().flat_map(|run| run.all_open().map(move |step| (run, step)));
        let under_way: HashSet<VariantId> =
            open.filter_map(|(run, step)| target(known, run, step).map(|(_, variant)| variant)).collect();
        let links = under_way.iter().filter_map(|v| known.catalogue.now().link_of(*v));
        let frozen = links.map(|link| link.id).collect();
        Self { known, now, under_way, frozen, changed: BTreeMap::new(), totals: HashMap::new() }
    }

    /// The link of a variant as it is after this commit.
    pub fn link(&self, variant: VariantId) -> Option<&Link> {
        let link = self.known.catalogue.now().link_of(variant)?;
        Some(self.changed.get(&link.id).unwrap_or(link))
    }

    /// Whether an attempt is under way on this very count, be it from a link that has ended since. Nobody knows then
    /// whether what is seen has it in already, so nothing can be agreed on with it.
    pub fn is_under_way(&self, variant: VariantId) -> bool {
        self.under_way.contains(&variant)
    }

    /// Whether an attempt is under way on the variant's link.
    pub fn is_frozen(&self, variant: VariantId) -> bool {
        self.known.catalogue.now().link_of(variant).is_some_and(|link| self.frozen.contains(&link.id))
    }

    pub fn is_frozen_link(&self, link: LinkId) -> bool {
        self.frozen.contains(&link)
    }

    /// All counts of links on which an attempt is under way.
    pub fn frozen_variants(&self) -> HashSet<VariantId> {
        let links = self.frozen.iter().filter_map(|link| self.known.catalogue.now().link(*link));
        links.flat_map(|link| link.members.iter().map(|member| member.variant)).collect()
    }

    /// Whether an attempt is under way on any link of a connection, wherever it goes to.
    pub fn is_frozen_at(&self, connection: ConnectionId) -> bool {
        let links = self.frozen.iter().filter_map(|link| self.known.catalogue.now().link(*link));
        links.flat_map(|link| &link.members).any(|member| member.connection == connection)
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
        let Some(link) = self.link(variant) else { return };
        let Some(member) = ledger::member(link, variant).filter(|member| member.base.is_some()) else { return };
        if self.frozen.contains(&link.id) || !self.known.keeps_quantities(link, member) {
            return;
        }
        if member.held.is_none() && member.base == Some(total) {
            return;
        }
        let settings = self.known.catalogue.now().settings(member.connection);
        let verdict = drops::judge(member, total, explained(member, total), &settings, self.now);
        let raised = self.known.planted == Some(Planted::HeldDropRaised) && verdict != Verdict::PassOn;
        let Some(link) = self.change(variant) else { return };
        if raised {
            return ledger::restore(link, variant, total);
        }
        if let Some(member) = ledger::member_mut(link, variant) {
            member.held = match &verdict {
                Verdict::PassOn => None,
                Verdict::Hold(held) => Some(held.clone()),
            };
        }
        if verdict == Verdict::PassOn {
            let delta = ledger::observe(link, variant, total);
            self.reckon(variant, delta);
        }
    }

    /// A count that was seen to move, and the orders that may explain it.
    fn reckon(&mut self, variant: VariantId, delta: Quantity) {
        let now = self.now;
        let known = self.known;
        let Some(member) = self.change(variant).and_then(|link| ledger::member_mut(link, variant)) else { return };
        if !known.reads_orders(member.connection) {
            return;
        }
        if delta.is_negative() {
            reckoning::fell(&mut member.unmatched, known.theirs(member.connection, now), -delta);
        } else if delta.is_positive() {
            reckoning::rose(&mut member.unmatched);
        }
    }

    /// An order takes more of a variant than was known, or (below zero) gives some back. A fall that is held is judged
    /// again.
    pub fn ordered(&mut self, variant: VariantId, moment: Timestamp, placed: Timestamp, takes: Quantity) {
        let (now, known) = (self.now, self.known);
        let Some(link) = self.link(variant).filter(|_| takes != Quantity::ZERO) else { return };
        let made_at = link.made_at;
        let Some(member) = ledger::member(link, variant).filter(|member| member.base.is_some()) else { return };
        let (connection, listing, held) = (member.connection, member.listing, member.held.is_some());
        // What was ordered before they were linked is in the counts from which the link began.
        if moment.plus_seconds(BEFORE) < known.theirs(connection, made_at) {
            return;
        }
        let Some(member) = self.change(variant).and_then(|link| ledger::member_mut(link, variant)) else { return };
        reckoning::forget(&mut member.unmatched, known.theirs(connection, now));
        if takes.is_positive() {
            reckoning::took(&mut member.unmatched, moment, takes);
        } else {
            reckoning::gave_back(&mut member.unmatched, placed, -takes);
        }
        if held {
            let total = self.totals.get(&variant).copied();
            self.observe(variant, total.unwrap_or_else(|| known.catalogue.now().total(listing, variant)));
        }
    }

    /// A write begins that sets the count whatever it is; `from`: when the reading before it began, by the platform's
    /// clock.
    pub fn begin_race(&mut self, variant: VariantId, from: Timestamp) {
        let known = self.known;
        if let Some(member) = self.change(variant).and_then(|link| ledger::member_mut(link, variant))
            && known.reads_orders(member.connection)
        {
            reckoning::begin_race(&mut member.unmatched, from);
        }
    }

    /// It has its answer. `None`: nothing was written. Gives what may have been lost by it, in millionths of a unit.
    pub fn end_race(&mut self, variant: VariantId, written: bool) -> Option<(ConnectionId, u64)> {
        let (known, now) = (self.known, self.now);
        let races = |link: &Link| {
            ledger::member(link, variant).is_some_and(|m| m.unmatched.races.iter().any(|r| r.1.is_none()))
        };
        self.link(variant).filter(|link| races(link))?;
        let member = self.change(variant).and_then(|link| ledger::member_mut(link, variant))?;
        let (connection, listing) = (member.connection, member.listing);
        let to = written.then(|| known.theirs(connection, now));
        let millis = reckoning::end_race(&mut member.unmatched, to)?;
        let since = now.seconds_since(known.catalogue.now().connection(connection)?.connected_at);
        let sold = known.orders.count(&known.catalogue, listing, variant);
        let by_orders = reckoning::drift(sold, since.clamp(DAY, 30 * DAY), millis);
        // Not all that is taken leaves an order: what was seen to fall counts too.
        let rate = known.pulses.get(&variant).map_or(0.0, |pulse| pulse.per_second(now, since));
        Some((connection, by_orders.max(pulse::drift(rate, millis))))
    }

    /// A person says that what a side holds is right, whatever fell: it counts at once.
    pub fn accept(&mut self, variant: VariantId, total: Quantity) {
        self.totals.insert(variant, Some(total));
        if let Some(link) = self.change(variant) {
            if let Some(member) = ledger::member_mut(link, variant) {
                member.held = None;
            }
            ledger::observe(link, variant, total);
        }
    }

    /// A side stopped counting, all of it or at a location in use. What it was told last says nothing about what it
    /// will count from when it counts again, so it takes no part until a person has it brought to what is available.
    /// The last side whose count was known stays so: what is available is what it said.
    pub fn stops_counting(&mut self, variant: VariantId) {
        self.totals.insert(variant, None);
        let lost = |link: &Link| {
            let founded = |own: bool| link.members.iter().any(|m| (m.variant == variant) == own && m.base.is_some());
            founded(true) && founded(false)
        };
        if !self.is_frozen(variant)
            && self.link(variant).is_some_and(lost)
            && let Some(link) = self.change(variant)
        {
            ledger::lose(link, variant);
        }
    }

    /// The attempt on this variant has come to an end: what was seen meanwhile counts now.
    pub fn settle(&mut self, variant: VariantId) {
        let Some(link) = self.known.catalogue.now().link_of(variant) else { return };
        self.frozen.remove(&link.id);
        let members: Vec<_> = link.members.iter().map(|member| (member.listing, member.variant)).collect();
        for (listing, variant) in members {
            let catalogue = self.known.catalogue.now();
            let total = self.totals.get(&variant).copied();
            let total = total.unwrap_or_else(|| catalogue.total(listing, variant));
            let stock = catalogue.listing(listing).and_then(|known| known.variant(variant)).map(|known| &known.stock);
            if total.is_none() && stock == Some(&Stock::Untracked) {
                self.stops_counting(variant);
            } else {
                self.observe(variant, total);
            }
        }
    }

    /// What changed, and a line of the history for each fall that is held from now on.
    pub fn entries(self) -> Vec<Entry> {
        let catalogue = self.known.catalogue.now();
        let differs = |link: &Link| catalogue.link(link.id).is_none_or(|known| **known != *link);
        let changed: Vec<Link> = self.changed.values().filter(|link| differs(link)).cloned().collect();
        let fresh = changed.iter().flat_map(|link| &link.members).filter(|member| {
            let before = catalogue.link_of(member.variant).and_then(|link| ledger::member(link, member.variant));
            member.held.is_some() && before.is_none_or(|before| before.held.is_none())
        });
        let noted: Vec<Entry> = fresh.filter_map(|member| noted(catalogue, member, self.now)).collect();
        changed.into_iter().map(Entry::LinkKept).chain(noted).collect()
    }
}

fn noted(catalogue: &Snapshot, member: &LinkMember, now: Timestamp) -> Option<Entry> {
    let held = member.held.as_ref()?;
    let listing = catalogue.listing(member.listing)?;
    let shown = listing.variant(member.variant)?;
    Some(Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Conflict,
        subject: subject(&listing.listing.title, shown.option_label()),
        sku: shown.sku.clone(),
        listing: Some(listing.id),
        variant: Some(member.variant),
        connection: Some(member.connection),
        old: Some(held.from.to_string()),
        new: Some(held.to.to_string()),
        cause: Cause::Poll,
    })))
}

/// How much of a fall of this side its orders explain.
fn explained(member: &LinkMember, total: Quantity) -> Quantity {
    let fall = member.base.map_or(Quantity::ZERO, |base| base - total);
    reckoning::explained(&member.unmatched, fall)
}

/// How much earlier than the link an order may be by its platform's clock, in seconds.
const BEFORE: i64 = 60;

/// In seconds.
const DAY: u64 = 24 * 3600;

/// The variant that a step writes to, as far as it exists yet.
pub fn target(known: &Known, run: &Run, step: &Step) -> Option<(ListingId, VariantId)> {
    let Effect::SetQuantity { target, connection, .. } = &step.planned.effect else { return None };
    match target {
        Target::Known { listing, variant } => Some((*listing, *variant)),
        Target::CreatedBy { step, position } => {
            made_by(known.catalogue.now(), &run.step(*step)?.planned.effect, *position, *connection)
        }
    }
}

/// What a step made there. It is linked to what it was made from, so the link tells which it is.
pub fn made_by(
    catalogue: &Snapshot,
    effect: &Effect,
    position: u32,
    connection: ConnectionId,
) -> Option<(ListingId, VariantId)> {
    let variant = match effect {
        Effect::Create(creation) => *catalogue.listing(creation.source)?.variants.get(position as usize)?,
        Effect::AddVariant { variant, .. } => *variant,
        _ => return None,
    };
    let link = catalogue.link_of(variant)?;
    let member = link.members.iter().find(|member| member.connection == connection)?;
    Some((member.listing, member.variant))
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
