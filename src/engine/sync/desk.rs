//! What lies on the desk of the field rules: which listings are to be looked at, and what was found so far.
//!
//! A projection of the journal and of what was looked at since the engine started; nothing here is journalled. What is
//! lost with the process is found again: at the start every pair that has rules is due.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::domain::{
    ConnectionId, Effect, Field, FieldRules, JobKind, JobState, Link, LinkId, ListingId, StepState, Timestamp,
    VariantId,
};
use crate::protocol::ConflictId;
use crate::rules::fields::{RuleBook, Verdict, Watched, face};
use crate::rules::guard::ONE_RUN;
use crate::store::Entry;

use super::super::catalogue::Snapshot;
use super::super::jobs::board::Board;
use super::super::jobs::run::{CANCELLED, Run};

/// One field of one listing or variant.
pub type Spot = (ListingId, Option<VariantId>, Field);

/// Since when, and how much.
type Flow = BTreeMap<ConnectionId, (Timestamp, u64)>;

/// What empties or floods a shop, which is done slowly as well: how long portions count as one run, in seconds.
const SLOWLY: u64 = 3600;

fn lately(flow: &Flow, connection: ConnectionId, now: Timestamp, within: u64) -> u64 {
    flow.get(&connection).filter(|(since, _)| now.seconds_since(*since) < within).map_or(0, |(_, count)| *count)
}

fn count_on(flow: &mut Flow, connection: ConnectionId, count: u64, now: Timestamp, within: u64) {
    let before = lately(flow, connection, now, within);
    let entry = flow.entry(connection).or_insert((now, 0));
    if before == 0 {
        *entry = (now, 0);
    }
    entry.1 += count;
}

/// The listing that a step edits.
const fn edited(effect: &Effect) -> Option<ListingId> {
    match effect {
        Effect::SetField { listing, .. } | Effect::AddVariant { listing, .. } => Some(*listing),
        Effect::Link { .. }
        | Effect::Unlink { .. }
        | Effect::Trust { .. }
        | Effect::Adjust { .. }
        | Effect::Create(_)
        | Effect::SetQuantity { .. }
        | Effect::Delete { .. } => None,
    }
}

/// How a watched field stands that is not the same on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub watched: Watched,
    pub verdict: Verdict,
    pub since: Timestamp,
}

impl Standing {
    pub const fn id(&self) -> ConflictId {
        ConflictId { link: self.watched.link, variant: self.watched.keeper, field: Some(self.watched.field) }
    }

    pub const fn is_conflict(&self) -> bool {
        matches!(self.verdict, Verdict::Conflict { .. })
    }
}

/// What a look at a pair comes to.
#[derive(Debug)]
pub struct Found {
    /// Conflicts that were not there before.
    pub conflicts: Vec<Standing>,
    /// Something stands otherwise than before.
    pub moved: bool,
}

#[derive(Debug, Default)]
pub struct Desk {
    due: BTreeSet<ListingId>,
    /// Pairs with something to write, found since the last plan: the record's listing and the follower's.
    pub wants: BTreeSet<(ListingId, ListingId)>,
    /// Listings that appeared after their connection's first import.
    fresh: BTreeSet<ListingId>,
    standing: BTreeMap<ConflictId, Standing>,
    by_listing: HashMap<ListingId, BTreeSet<ConflictId>>,
    /// What a platform refused or a person cancelled, by the fingerprint of the value: not planned again by itself.
    refused: HashMap<Spot, u32>,
    /// Variants that were to be added and were not, by listing.
    refused_variants: BTreeSet<(ListingId, VariantId)>,
    /// Our edits that ended lately, by when in the order of `Truth::tick`.
    edited: HashMap<ListingId, u64>,
    /// What was planned to be deleted lately, by connection: since when, and how much.
    deletions: Flow,
    /// The same of what was copied there by itself.
    copied: Flow,
    /// The same of what rules had changed there.
    changed: BTreeMap<ConnectionId, VecDeque<(Timestamp, ListingId)>>,
    /// Everything that was due at the start was looked at.
    begun: bool,
}

impl Desk {
    /// After the start: every listing of a pair with rules is due.
    pub fn begin(&mut self, rules: &RuleBook, catalogue: &Snapshot) {
        for rules in rules.all() {
            self.see_rules(rules, catalogue);
        }
        self.begun = self.due.is_empty();
    }

    /// Takes in what the store has acknowledged, before the catalogue and the board do.
    /// `ruled`: there are rules at all; without any, nothing is ever due.
    pub fn see(
        &mut self,
        entry: &Entry,
        catalogue: &Snapshot,
        board: &Board,
        ruled: bool,
        swept: impl Fn(ConnectionId) -> bool,
    ) {
        match entry {
            Entry::ListingSeen(known) => {
                if swept(known.connection) && catalogue.connection_of(known.id).is_none() {
                    self.fresh.insert(known.id);
                }
                self.due.insert(known.id);
            }
            Entry::ListingGone { listing, .. } => {
                self.fresh.remove(listing);
                self.drop_standing(*listing);
            }
            Entry::LinkKept(link) => self.see_link(link, catalogue),
            Entry::LinkRemoved { link, .. } => {
                let members = catalogue.link(*link).map(|link| link.members.clone()).unwrap_or_default();
                members.iter().for_each(|member| self.drop_standing(member.listing));
                self.due.extend(members.iter().map(|member| member.listing));
            }
            Entry::FieldRulesKept(rules) => self.see_rules(rules, catalogue),
            Entry::SettingsKept { connection, .. } => {
                self.due_all(catalogue, |link| link.members.iter().any(|member| member.connection == *connection))
            }
            Entry::ConnectionRemoved(connection) => {
                let shelf: Vec<ListingId> = catalogue.shelf(*connection).collect();
                shelf.into_iter().for_each(|listing| {
                    self.drop_standing(listing);
                    self.fresh.remove(&listing);
                    self.edited.remove(&listing);
                });
                self.deletions.remove(connection);
                self.copied.remove(connection);
                self.changed.remove(connection);
            }
            Entry::StepMoved { job, step, state } => {
                let step = board.run(*job).and_then(|run| run.step(*step));
                if let Some(step) = step {
                    self.see_step(&step.planned.effect, state);
                }
            }
            Entry::JobPlanned { job, steps, .. } => {
                for step in steps {
                    if let Effect::Delete { connection, .. } = &step.planned.effect {
                        count_on(&mut self.deletions, *connection, 1, job.created_at, SLOWLY);
                    }
                }
            }
            Entry::JobKept(job) => {
                let asked = board.run(job.id).filter(|run| run.job.state == JobState::Paused);
                if let Some(run) = asked.filter(|_| job.state != JobState::Paused && job.kind == JobKind::Edit) {
                    self.answered(run);
                }
            }
            Entry::ConnectionKept(_)
            | Entry::LevelSeen { .. }
            | Entry::CursorMoved { .. }
            | Entry::Swept { .. }
            | Entry::BatchSent { .. }
            | Entry::JobForgotten(_)
            | Entry::OrderSeen(_)
            | Entry::OrdersForgotten { .. }
            | Entry::Noted(_)
            | Entry::DriftEstimated { .. }
            | Entry::PairRejected(_)
            | Entry::PairAllowed { .. } => {}
        }
        if !ruled {
            self.due.clear();
        }
    }

    fn see_link(&mut self, link: &Link, catalogue: &Snapshot) {
        let variants = |link: &Link| link.members.iter().map(|member| member.variant).collect::<Vec<_>>();
        let before = catalogue.link(link.id);
        let news = before.is_none_or(|before| before.paused != link.paused || variants(before) != variants(link));
        for member in &link.members {
            self.fresh.remove(&member.listing);
            if news {
                self.due.insert(member.listing);
            }
        }
    }

    fn see_rules(&mut self, rules: &FieldRules, catalogue: &Snapshot) {
        self.due_all(catalogue, |link| {
            let has = |connection| link.members.iter().any(|member| member.connection == connection);
            has(rules.in_store) && has(rules.online)
        });
    }

    fn due_all(&mut self, catalogue: &Snapshot, which: impl Fn(&Link) -> bool) {
        let links = catalogue.links().filter(|link| which(link));
        for link in links {
            self.due.extend(link.members.iter().map(|member| member.listing));
        }
    }

    fn see_step(&mut self, effect: &Effect, state: &StepState) {
        let no = match state {
            StepState::Rejected { .. } => true,
            StepState::Skipped { why } => why == CANCELLED,
            StepState::Planned
            | StepState::InFlight { .. }
            | StepState::Confirmed { .. }
            | StepState::Unknown { .. }
            | StepState::Parked { .. } => false,
        };
        match effect {
            Effect::SetField { listing, variant, field, to, .. } => {
                let spot = (*listing, *variant, *field);
                if no {
                    self.refused.insert(spot, face(*field, to).own);
                } else {
                    self.refused.remove(&spot);
                }
            }
            Effect::AddVariant { listing, variant, .. } => {
                if no {
                    self.refused_variants.insert((*listing, *variant));
                } else {
                    self.refused_variants.remove(&(*listing, *variant));
                }
            }
            Effect::Link { .. }
            | Effect::Unlink { .. }
            | Effect::Trust { .. }
            | Effect::Adjust { .. }
            | Effect::Create(_)
            | Effect::SetQuantity { .. }
            | Effect::Delete { .. } => return,
        }
        if let (true, Effect::SetField { listing, .. } | Effect::AddVariant { listing, .. }) = (state.ended(), effect) {
            self.due.insert(*listing);
        }
    }

    /// The next listings to be looked at, at most `most`.
    pub fn next_due(&self, most: usize, ready: impl Fn(ListingId) -> bool) -> Vec<ListingId> {
        self.due.iter().copied().filter(|listing| ready(*listing)).take(most).collect()
    }

    pub fn take_due(&mut self, listings: &[ListingId]) {
        listings.iter().for_each(|listing| {
            self.due.remove(listing);
        });
    }

    /// Nothing is due any more.
    pub fn is_clear(&self) -> bool {
        self.due.is_empty()
    }

    pub fn has_due(&self, ready: impl Fn(ListingId) -> bool) -> bool {
        self.due.iter().any(|listing| ready(*listing))
    }

    pub fn put_back(&mut self, listings: impl IntoIterator<Item = ListingId>) {
        self.due.extend(listings);
    }

    pub fn fresh(&self) -> impl Iterator<Item = ListingId> {
        self.fresh.iter().copied()
    }

    pub fn take_fresh(&mut self, listings: &[ListingId]) {
        listings.iter().for_each(|listing| {
            self.fresh.remove(listing);
        });
    }

    pub fn put_back_fresh(&mut self, listings: impl IntoIterator<Item = ListingId>) {
        self.fresh.extend(listings);
    }

    /// What was found when this pair was looked at; all that was found before is forgotten.
    pub fn found(&mut self, pair: (ListingId, ListingId), found: Vec<Standing>) -> Found {
        let of_pair =
            |watched: &Watched| (watched.record, watched.other) == pair || (watched.other, watched.record) == pair;
        let ids = self.by_listing.get(&pair.0).cloned().unwrap_or_default();
        let mut before = BTreeMap::new();
        for id in ids {
            if self.standing.get(&id).is_some_and(|standing| of_pair(&standing.watched))
                && let Some(standing) = self.standing.remove(&id)
            {
                for listing in [pair.0, pair.1] {
                    if let Some(ids) = self.by_listing.get_mut(&listing) {
                        ids.remove(&id);
                    }
                }
                before.insert(id, standing);
            }
        }
        let mut news = Vec::new();
        let moved = before.len() != found.len()
            || found
                .iter()
                .any(|standing| before.get(&standing.id()).is_none_or(|known| known.verdict != standing.verdict));
        for mut standing in found {
            let id = standing.id();
            match before.get(&id).filter(|known| known.is_conflict() == standing.is_conflict()) {
                Some(known) => standing.since = known.since,
                None if standing.is_conflict() => news.push(standing),
                None => {}
            }
            self.by_listing.entry(standing.watched.record).or_default().insert(id);
            self.by_listing.entry(standing.watched.other).or_default().insert(id);
            self.standing.insert(id, standing);
        }
        for listing in [pair.0, pair.1] {
            if self.by_listing.get(&listing).is_some_and(BTreeSet::is_empty) {
                self.by_listing.remove(&listing);
            }
        }
        Found { conflicts: news, moved }
    }

    fn drop_standing(&mut self, listing: ListingId) {
        for id in self.by_listing.remove(&listing).unwrap_or_default() {
            if let Some(standing) = self.standing.remove(&id) {
                for other in [standing.watched.record, standing.watched.other] {
                    if let Some(ids) = self.by_listing.get_mut(&other) {
                        ids.remove(&id);
                    }
                }
            }
        }
    }

    pub fn standing(&self, id: ConflictId) -> Option<&Standing> {
        self.standing.get(&id)
    }

    /// All conflicts, in the order of their links.
    pub fn conflicts(&self) -> impl Iterator<Item = &Standing> {
        self.standing.values().filter(|standing| standing.is_conflict())
    }

    /// A conflict about a field that this link keeps the agreement of.
    pub fn conflict_of(&self, link: LinkId) -> Option<&Standing> {
        let first = ConflictId { link, variant: VariantId(0), field: None };
        let of_link = self.standing.range(first..).take_while(|(id, _)| id.link == link);
        of_link.map(|(_, standing)| standing).find(|standing| standing.is_conflict())
    }

    /// How many other listings of a connection were planned to be changed lately: all of that is one run.
    pub fn changed_lately(&self, connection: ConnectionId, besides: &BTreeSet<ListingId>, now: Timestamp) -> u64 {
        let lately = self.changed.get(&connection).into_iter().flatten();
        let lately = lately.filter(|(at, _)| now.seconds_since(*at) <= ONE_RUN).map(|(_, listing)| *listing);
        lately.filter(|listing| !besides.contains(listing)).collect::<BTreeSet<ListingId>>().len() as u64
    }

    pub fn changes(&mut self, connection: ConnectionId, listings: BTreeSet<ListingId>, now: Timestamp) {
        let changed = self.changed.entry(connection).or_default();
        while changed.front().is_some_and(|(at, _)| now.seconds_since(*at) > ONE_RUN) {
            changed.pop_front();
        }
        changed.extend(listings.into_iter().map(|listing| (now, listing)));
    }

    /// A person has answered the question about these: they are no part of what may be too much any more.
    fn answered(&mut self, run: &Run) {
        let edited: BTreeSet<ListingId> = run.steps().iter().filter_map(|step| edited(&step.planned.effect)).collect();
        for changed in self.changed.values_mut() {
            changed.retain(|(_, listing)| !edited.contains(listing));
        }
    }

    /// The value was refused or cancelled, and nothing changed since.
    pub fn is_refused(&self, spot: Spot, to: u32) -> bool {
        self.refused.get(&spot) == Some(&to)
    }

    pub fn is_refused_variant(&self, listing: ListingId, variant: VariantId) -> bool {
        self.refused_variants.contains(&(listing, variant))
    }

    /// Our edit of this listing has ended: what was asked for before says nothing about its fields any more.
    pub fn edited(&mut self, listing: ListingId, tick: u64) {
        self.edited.insert(listing, tick);
    }

    /// Whether a page that was asked for then is older than our last edit.
    pub fn is_older_than_our_edit(&self, listing: ListingId, asked: u64) -> bool {
        self.edited.get(&listing).is_some_and(|edited| *edited > asked)
    }

    /// How much was planned to be deleted on a connection within the hour.
    pub fn deleted_lately(&self, connection: ConnectionId, now: Timestamp) -> u64 {
        lately(&self.deletions, connection, now, SLOWLY)
    }

    /// How much was copied to a connection by itself within the hour.
    pub fn copied_lately(&self, connection: ConnectionId, now: Timestamp) -> u64 {
        lately(&self.copied, connection, now, SLOWLY)
    }

    pub fn copies(&mut self, connection: ConnectionId, count: u64, now: Timestamp) {
        count_on(&mut self.copied, connection, count, now, SLOWLY);
    }

    pub const fn has_begun(&self) -> bool {
        self.begun
    }

    pub const fn began(&mut self) {
        self.begun = true;
    }
}
