//! The lines that a commit's entries come to, against what was known before it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::domain::{
    Cause, Field, Happening, KnownListing, Link, LinkId, ListingId, Quantity, Stock, Timestamp, VariantId,
};
use crate::rules::CatalogueView;
use crate::rules::fields::{face, value};
use crate::store::Entry;

use super::super::catalogue::Snapshot;
use super::super::truth::Known;
use super::causes::{Causes, cause};
use super::{Line, sides};

/// What has to be noted of these entries beside what they note themselves. A listing that a first import shows is no
/// change; one that a connection shows after it was read whole is.
pub fn of(known: &Known, entries: &[Entry], now: Timestamp) -> Vec<Entry> {
    let mut noting = Noting {
        known,
        catalogue: known.catalogue.now(),
        now,
        causes: Causes::of(known, entries),
        told: entries.iter().filter_map(told).collect(),
        stocks: BTreeMap::new(),
        fresh: HashSet::new(),
        gone: BTreeSet::new(),
        lines: Vec::new(),
    };
    for entry in entries {
        noting.take(entry);
    }
    noting.counts();
    noting.lines
}

/// What a line in the commit is about.
fn told(entry: &Entry) -> Option<(Option<ListingId>, Option<VariantId>, Happening)> {
    match entry {
        Entry::Noted(line) => Some((line.listing, line.variant, line.what)),
        _ => None,
    }
}

struct Noting<'a> {
    known: &'a Known,
    catalogue: &'a Snapshot,
    now: Timestamp,
    causes: Causes,
    told: HashSet<(Option<ListingId>, Option<VariantId>, Happening)>,
    /// Counts as they are after the commit, of what was known before it.
    stocks: BTreeMap<(ListingId, VariantId), Stock>,
    /// Listings that the commit brings.
    fresh: HashSet<ListingId>,
    gone: BTreeSet<ListingId>,
    lines: Vec<Entry>,
}

impl Noting<'_> {
    fn take(&mut self, entry: &Entry) {
        match entry {
            Entry::ListingSeen(seen) => self.listing(seen),
            Entry::LevelSeen { listing, variant, location, quantity, .. } => {
                let known = self.catalogue.listing(*listing).and_then(|known| known.variant(*variant));
                let Some(known) = known else { return };
                let stock = self.stocks.entry((*listing, *variant)).or_insert_with(|| known.stock.clone());
                stock.see_level(location.clone(), *quantity);
            }
            Entry::ListingGone { listing, .. } => {
                let known = self.catalogue.listing(*listing).filter(|known| !known.gone);
                if let Some(known) = known.filter(|_| self.gone.insert(*listing)) {
                    let line = Line::about(known, None, Happening::Deleted);
                    self.add(line, cause(self.causes.deleted(*listing)));
                }
            }
            Entry::LinkKept(link) => self.link(link),
            Entry::LinkRemoved { link, .. } => self.unlinked(*link),
            Entry::SettingsKept { connection, settings } => {
                if self.catalogue.settings(*connection) != *settings {
                    let line = Line::of_connection(self.catalogue, *connection, Happening::Settings);
                    self.add_some(line, Cause::Person { reason: String::new() });
                }
            }
            Entry::ConnectionKept(_)
            | Entry::ConnectionRemoved(_)
            | Entry::CursorMoved { .. }
            | Entry::Swept { .. }
            | Entry::JobPlanned { .. }
            | Entry::JobKept(_)
            | Entry::StepMoved { .. }
            | Entry::BatchSent { .. }
            | Entry::JobForgotten(_)
            | Entry::FieldRulesKept(_)
            | Entry::OrderSeen(_)
            | Entry::OrdersForgotten { .. }
            | Entry::Noted(_)
            | Entry::DriftEstimated { .. }
            | Entry::PairRejected(_)
            | Entry::PairAllowed { .. } => {}
        }
    }

    fn add(&mut self, line: Line, cause: Cause) {
        let entry = line.by(cause, self.now);
        // Who noted it itself knows better.
        if told(&entry).is_some_and(|what| !self.told.contains(&what)) {
            self.lines.push(entry);
        }
    }

    fn add_some(&mut self, line: Option<Line>, cause: Cause) {
        if let Some(line) = line {
            self.add(line, cause);
        }
    }

    fn listing(&mut self, seen: &KnownListing) {
        let Some(kept) = self.catalogue.kept(seen.id).cloned().filter(|kept| !kept.known.gone) else {
            self.fresh.insert(seen.id);
            let read = self.known.standing.get(&seen.connection).is_some_and(|standing| standing.swept.is_some());
            let job = self.causes.made(seen.connection);
            if read || job.is_some() {
                self.add(Line::about(seen, None, Happening::Created), cause(job));
            }
            return;
        };
        let before = &kept.known;
        let fields = Field::ALL.into_iter().filter(|field| !field.is_per_variant());
        for field in fields {
            match field {
                // Not in memory: only that they changed can be told.
                Field::Description | Field::Images => {
                    let new = value(field, &seen.listing, None);
                    if new.as_ref().map(|new| face(field, new)) != kept.face(field, None) {
                        let line = Line::about(seen, None, Happening::Field(field));
                        let job = self.causes.field(seen.id, None, field);
                        self.add(line.values(None::<String>, new), cause(job));
                    }
                }
                _ => self.field(before, seen, field, None),
            }
        }
        for (number, variant) in seen.numbered() {
            let Some(known) = before.variant(number) else { continue };
            for field in Field::ALL.into_iter().filter(|field| field.is_per_variant()) {
                self.field(before, seen, field, Some(number));
            }
            if known.stock != variant.stock {
                self.stocks.insert((seen.id, number), variant.stock.clone());
            }
        }
    }

    fn field(&mut self, before: &KnownListing, after: &KnownListing, field: Field, variant: Option<VariantId>) {
        let of = |known: &KnownListing| value(field, &known.listing, variant.and_then(|number| known.variant(number)));
        let (old, new) = (of(before), of(after));
        if old != new {
            let line = Line::about(after, variant, Happening::Field(field));
            let text =
                |value: Option<crate::domain::FieldValue>| value.map(|v| v.to_string()).filter(|v| !v.is_empty());
            let job = self.causes.field(after.id, variant, field);
            self.add(line.values(text(old), text(new)), cause(job));
        }
    }

    /// One line for each count, however many levels moved; two where our write and somebody else's change met.
    fn counts(&mut self) {
        for ((listing, variant), stock) in std::mem::take(&mut self.stocks) {
            let Some(known) = self.catalogue.listing(listing) else { continue };
            let Some(connection) = self.catalogue.connection(known.connection) else { continue };
            let before = known.variant(variant).and_then(|v| v.stock.total(|location| connection.counts(location)));
            let after = stock.total(|location| connection.counts(location));
            let Some((job, by)) = self.causes.count(variant) else {
                self.count(listing, variant, before, after, Cause::Poll);
                continue;
            };
            let ours = before.zip(by).map(|(before, by)| before + by).filter(|_| after.is_some());
            self.count(listing, variant, before, ours.or(after), Cause::Job { job });
            if ours.is_some() {
                self.count(listing, variant, ours, after, Cause::Poll);
            }
        }
    }

    fn count(
        &mut self,
        listing: ListingId,
        variant: VariantId,
        old: Option<Quantity>,
        new: Option<Quantity>,
        cause: Cause,
    ) {
        if old != new {
            let fall = old.zip(new).map_or(Quantity::ZERO, |(old, new)| old - new);
            let cause = match cause {
                Cause::Poll => {
                    let known = self.known;
                    known.orders.behind(&known.catalogue, listing, variant, fall).unwrap_or(Cause::Poll)
                }
                cause => cause,
            };
            let line = Line::of_variant(self.catalogue, listing, variant, Happening::Quantity);
            self.add_some(line.map(|line| line.values(old, new)), cause);
        }
    }

    fn link(&mut self, link: &Link) {
        let Some(before) = self.catalogue.link(link.id).cloned() else {
            // A copy that was made is linked to what it was made from: that it was made says so.
            let made = link.members.iter().any(|member| self.fresh.contains(&member.listing));
            if !made {
                let line = Line::of_link(self.catalogue, link, Happening::Linked);
                let job = self.causes.linked(link.members.iter().map(|member| member.variant));
                self.add_some(
                    line.map(|line| line.values(None::<String>, Some(sides(self.catalogue, link)))),
                    cause(job),
                );
            }
            return;
        };
        let new = link.members.iter().filter(|m| before.members.iter().all(|known| known.variant != m.variant));
        let joined: Vec<VariantId> = new.filter(|m| !self.fresh.contains(&m.listing)).map(|m| m.variant).collect();
        if !joined.is_empty() {
            let line = Line::of_link(self.catalogue, link, Happening::Linked);
            let (old, new) = (sides(self.catalogue, &before), sides(self.catalogue, link));
            let job = self.causes.linked(joined);
            self.add_some(line.map(|line| line.values(Some(old), Some(new))), cause(job));
        }
        if before.available != link.available
            && let Some(job) = self.causes.link(link.id)
        {
            let line = Line::of_link(self.catalogue, link, Happening::Quantity);
            let line = line.map(|line| line.values(before.available, link.available));
            self.add_some(line, Cause::Job { job });
        }
        let decided = link.members.iter().any(|m| self.told.iter().any(|(listing, ..)| *listing == Some(m.listing)));
        if before.paused != link.paused && !decided {
            let word = |paused| if paused { "paused" } else { "in step" };
            let line = Line::of_link(self.catalogue, link, Happening::Settings);
            let line = line.map(|line| line.values(Some(word(before.paused)), Some(word(link.paused))));
            self.add_some(line, Cause::Person { reason: String::new() });
        }
    }

    fn unlinked(&mut self, id: LinkId) {
        let Some(link) = self.catalogue.link(id) else { return };
        let line = Line::of_link(self.catalogue, link, Happening::Unlinked);
        let job = self.causes.link(id);
        self.add_some(line.map(|line| line.values(Some(sides(self.catalogue, link)), None::<String>)), cause(job));
    }
}
