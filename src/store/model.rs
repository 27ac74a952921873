//! The store as plain maps: what it should say, without bytes, trees or files. Written apart from the projection, so that
//! a mistake in one of the two shows. It is also all there is to a store in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::history::Collecting;
use super::{Entry, HistoryPage, HistoryPlace, HistoryQuery, Loaded};
use crate::domain::{
    Cause, Connection, ConnectionId, Cursor, Feed, FieldRules, HistoryRecord, Job, JobId, KnownListing, KnownOrder,
    Link, LinkId, ListingId, Refusal, Rejection, RemoteId, Step, StepIndex, SyncSettings, Timestamp,
};

#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    connections: BTreeMap<ConnectionId, Connection>,
    removed: BTreeSet<ConnectionId>,
    cursors: BTreeMap<(ConnectionId, Feed), (Cursor, Timestamp)>,
    swept: BTreeMap<ConnectionId, Timestamp>,
    listings: BTreeMap<ListingId, KnownListing>,
    links: BTreeMap<LinkId, Link>,
    jobs: BTreeMap<JobId, Job>,
    steps: BTreeMap<JobId, BTreeMap<StepIndex, Step>>,
    refusals: BTreeMap<JobId, Vec<Refusal>>,
    batches: BTreeMap<(JobId, u32, StepIndex), Vec<StepIndex>>,
    settings: BTreeMap<ConnectionId, SyncSettings>,
    /// By the till and the store.
    rules: BTreeMap<(ConnectionId, ConnectionId), FieldRules>,
    orders: BTreeMap<(ConnectionId, RemoteId), KnownOrder>,
    drift: BTreeMap<ConnectionId, u64>,
    rejections: BTreeMap<(ListingId, ListingId), Rejection>,
    history: BTreeMap<HistoryPlace, HistoryRecord>,
    next: (u32, u64, u64, u64, u64),
    commits: u64,
}

impl Model {
    pub(super) fn new() -> Self {
        Self { next: (1, 1, 1, 1, 1), ..Self::default() }
    }

    /// Gives the commit's number; nothing is one only if there is something in it.
    pub(super) fn commit(&mut self, entries: &[Entry]) -> u64 {
        self.commits += u64::from(!entries.is_empty());
        for (place, entry) in (0u32..).zip(entries) {
            self.take(entry.clone(), HistoryPlace { commit: self.commits, place });
        }
        self.commits
    }

    fn take(&mut self, entry: Entry, place: HistoryPlace) {
        match entry {
            Entry::ConnectionKept(connection) => {
                self.next.0 = self.next.0.max(connection.id.0 + 1);
                if !self.removed.contains(&connection.id) {
                    self.connections.insert(connection.id, connection);
                }
            }
            Entry::ConnectionRemoved(connection) => {
                self.removed.insert(connection);
                self.connections.remove(&connection);
                self.cursors.retain(|(of, _), _| *of != connection);
                self.swept.remove(&connection);
                self.listings.retain(|_, listing| listing.connection != connection);
                for link in self.links.values_mut() {
                    link.members.retain(|member| member.connection != connection);
                }
                self.links.retain(|_, link| link.members.len() >= 2);
                self.settings.remove(&connection);
                self.rules.retain(|(in_store, online), _| *in_store != connection && *online != connection);
                self.orders.retain(|(of, _), _| *of != connection);
                self.drift.remove(&connection);
                self.rejections.retain(|_, pair| pair.till != connection && pair.shop != connection);
            }
            Entry::ListingSeen(listing) => {
                self.next.1 = self.next.1.max(listing.id.0 + 1);
                for variant in &listing.variants {
                    self.next.2 = self.next.2.max(variant.0 + 1);
                }
                if !self.removed.contains(&listing.connection) {
                    self.listings.insert(listing.id, *listing);
                }
            }
            Entry::LevelSeen { listing, variant, location, quantity, at } => {
                if let Some(known) = self.listings.get_mut(&listing) {
                    known.see_level(variant, location, quantity, at);
                }
            }
            Entry::ListingGone { listing, .. } => {
                if let Some(known) = self.listings.get_mut(&listing) {
                    known.gone = true;
                }
            }
            Entry::CursorMoved { connection, feed, cursor, at } => {
                if !self.removed.contains(&connection) {
                    self.cursors.insert((connection, feed), (cursor, at));
                }
            }
            Entry::Swept { connection, at } => {
                if !self.removed.contains(&connection) {
                    self.swept.insert(connection, at);
                }
            }
            Entry::LinkKept(mut link) => {
                self.next.3 = self.next.3.max(link.id.0 + 1);
                link.members.retain(|member| !self.removed.contains(&member.connection));
                self.links.remove(&link.id);
                if link.members.len() >= 2 {
                    self.links.insert(link.id, link);
                }
            }
            Entry::LinkRemoved { link, .. } => {
                self.links.remove(&link);
            }
            Entry::JobPlanned { job, steps, refusals } => {
                self.forget(job.id);
                self.steps.insert(job.id, steps.into_iter().map(|step| (step.index, step)).collect());
                self.refusals.insert(job.id, refusals);
                self.take(Entry::JobKept(job), place);
            }
            Entry::JobKept(job) => {
                self.next.4 = self.next.4.max(job.id.0 + 1);
                self.jobs.insert(job.id, job);
            }
            Entry::StepMoved { job, step, state } => {
                let Some(found) = self.steps.get_mut(&job).and_then(|steps| steps.get_mut(&step)) else { return };
                found.state = state;
                if found.state.ended() {
                    let steps = &self.steps[&job];
                    let open = |step: &StepIndex| steps.get(step).is_some_and(|step| !step.state.ended());
                    self.batches
                        .retain(|(of, _, _), batch| *of != job || !batch.contains(&step) || batch.iter().any(open));
                }
            }
            Entry::BatchSent { job, steps, generation } => {
                let known = |step: &StepIndex| self.steps.get(&job).is_some_and(|steps| steps.contains_key(step));
                if let Some(first) = steps.first().copied().filter(known) {
                    self.batches.insert((job, generation, first), steps);
                }
            }
            Entry::JobForgotten(job) => {
                self.jobs.remove(&job);
                self.forget(job);
            }
            Entry::SettingsKept { connection, settings } => {
                if !self.removed.contains(&connection) {
                    self.settings.insert(connection, settings);
                }
            }
            Entry::FieldRulesKept(rules) => {
                if ![rules.in_store, rules.online].iter().any(|connection| self.removed.contains(connection)) {
                    self.rules.insert((rules.in_store, rules.online), rules);
                }
            }
            Entry::OrderSeen(order) => {
                if !self.removed.contains(&order.connection) {
                    self.orders.insert((order.connection, order.order.remote.clone()), *order);
                }
            }
            Entry::OrdersForgotten { connection, orders } => {
                for remote in orders {
                    self.orders.remove(&(connection, remote));
                }
            }
            Entry::Noted(line) => {
                self.history.insert(place, *line);
            }
            Entry::DriftEstimated { connection, millionths } => {
                if !self.removed.contains(&connection) {
                    self.drift.insert(connection, millionths);
                }
            }
            Entry::PairRejected(pair) => {
                if ![pair.till, pair.shop].iter().any(|connection| self.removed.contains(connection)) {
                    self.rejections.insert((pair.in_store, pair.online), pair);
                }
            }
            Entry::PairAllowed { in_store, online } => {
                self.rejections.remove(&(in_store, online));
            }
        }
    }

    fn forget(&mut self, job: JobId) {
        self.steps.remove(&job);
        self.refusals.remove(&job);
        self.batches.retain(|(of, _, _), _| *of != job);
    }

    pub(super) fn load(&self) -> Loaded {
        let links = self.links.values().cloned().collect();
        Loaded { listings: self.listings.values().cloned().collect(), links, ..self.load_few() }
    }

    pub(super) fn listings_from(&self, from: ListingId, limit: usize) -> Vec<KnownListing> {
        self.listings.range(from..).map(|(_, listing)| listing.clone()).take(limit).collect()
    }

    pub(super) fn links_from(&self, from: LinkId, limit: usize) -> Vec<Link> {
        self.links.range(from..).map(|(_, link)| link.clone()).take(limit).collect()
    }

    pub(super) fn load_few(&self) -> Loaded {
        let (next_connection, next_listing, next_variant, next_link, next_job) = self.next;
        Loaded {
            connections: self.connections.values().cloned().collect(),
            cursors: self
                .cursors
                .iter()
                .map(|((connection, feed), (cursor, at))| (*connection, *feed, cursor.clone(), *at))
                .collect(),
            swept: self.swept.iter().map(|(connection, at)| (*connection, *at)).collect(),
            listings: Vec::new(),
            links: Vec::new(),
            jobs: self.jobs.values().cloned().collect(),
            batches: self
                .batches
                .iter()
                .map(|((job, generation, _), steps)| (*job, steps.clone(), *generation))
                .collect(),
            settings: self.settings.iter().map(|(connection, settings)| (*connection, settings.clone())).collect(),
            rules: self.rules.values().cloned().collect(),
            orders: self.orders.values().cloned().collect(),
            drift: self.drift.iter().map(|(connection, millionths)| (*connection, *millionths)).collect(),
            rejections: self.rejections.values().copied().collect(),
            next_connection,
            next_listing,
            next_variant,
            next_link,
            next_job,
        }
    }

    pub(super) fn listing(&self, id: ListingId) -> Option<KnownListing> {
        self.listings.get(&id).cloned()
    }

    pub(super) fn steps_from(&self, job: JobId, from: StepIndex, limit: usize) -> Vec<Step> {
        let steps = self.steps.get(&job).into_iter().flat_map(|steps| steps.range(from..));
        steps.map(|(_, step)| step.clone()).take(limit).collect()
    }

    pub(super) fn refusals(&self, job: JobId) -> Vec<Refusal> {
        self.refusals.get(&job).cloned().unwrap_or_default()
    }

    pub(super) fn history(&self, query: &HistoryQuery) -> HistoryPage {
        let mut collecting = Collecting::new(query);
        let named = |line: &HistoryRecord| match (&query.listings, query.job) {
            (Some(listings), _) => line.listing.is_some_and(|listing| listings.contains(&listing)),
            (None, Some(job)) => line.cause == Cause::Job { job },
            (None, None) => true,
        };
        let before = |place: &HistoryPlace| query.before.is_none_or(|before| *place < before);
        for (place, line) in self.history.iter().rev().filter(|(place, line)| before(place) && named(line)) {
            // Never in vain here: a line in memory can be read.
            if !collecting.take(*place, || Ok(line.clone())).unwrap_or(false) {
                return collecting.page(false);
            }
        }
        collecting.page(true)
    }
}
