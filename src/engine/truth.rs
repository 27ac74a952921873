//! What is true now, and the one way to change it.
//!
//! Readers take the lock for as long as a closure runs and never across an await. Writers take the [`Pen`]: there is
//! one, so what a writer decided on is still so when its entries are journalled. Entries are in the store before they
//! are in memory, and in memory before anybody is told.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::OwnedMutexGuard;

use crate::domain::{
    ConnectionId, ConnectionState, Cursor, Feed, Job, JobId, LinkId, ListingId, Location, Step, Timestamp, VariantId,
};
use crate::platform::{Clock, PlatformError, SharedConnector};
use crate::protocol::{Problem, Topic};
use crate::rules::fields::RuleBook;
use crate::secrets::SecretStore;
use crate::store::{Entry, Loaded, Store};

use super::Options;
use super::Planted;
use super::announce::Announcer;
use super::catalogue::{Catalogue, Snapshot};
use super::failures::{self, Failures};
use super::jobs::board::{Board, all_steps};
use super::notes;
use super::plans::Plans;
use super::problem;
use super::products::{Products, Sources};
use super::report::Reports;
use super::shops::Shops;
use super::signal::{Signal, Waiter};
use super::sync::desk::Desk;
use super::sync::memory::{self, Memory};
use super::sync::orders::Orders;
use super::view::Views;

/// Numbers that have not been given yet, and the journal's last one.
pub struct Numbers {
    connection: u32,
    listing: u64,
    variant: u64,
    link: u64,
    job: u64,
    /// Grows with each commit and over restarts: what an intent is numbered by, so that no key comes twice.
    journal: u64,
}

/// What is remembered of a connection beside its data.
#[derive(Debug, Default)]
pub struct Standing {
    pub state: Option<ConnectionState>,
    pub cursors: BTreeMap<Feed, (Cursor, Timestamp)>,
    /// The end of the last full sweep.
    pub swept: Option<Timestamp>,
    /// In millionths of a unit: what may have been lost where counts can only be set.
    pub drift: u64,
    /// Places behind looks that found nothing. This and what follows is not journalled.
    pub ahead: BTreeMap<Feed, Cursor>,
    /// The last look that went well, and the last one that found something.
    pub looked: Option<Timestamp>,
    pub moved: Option<Timestamp>,
    /// `None`: when somebody asks.
    pub next_look: Option<Timestamp>,
    /// A person wants a look now.
    pub asked: bool,
    /// By how many milliseconds the platform's clock is ahead of ours.
    pub clock_ahead: i64,
    /// All locations there, as far as they were asked for.
    pub places: Option<Vec<Location>>,
}

/// Everything in memory. A projection of the journal, but for what is named otherwise.
#[derive(Default)]
pub struct Known {
    pub catalogue: Catalogue,
    pub products: Products,
    pub orders: Orders,
    pub failures: Failures,
    pub board: Board,
    pub standing: BTreeMap<ConnectionId, Standing>,
    /// What is kept in step between a till and a store, where somebody said so.
    pub rules: RuleBook,
    /// What the field rules have to look at, and what was found.
    pub desk: Desk,
    /// What is remembered of what is owed.
    pub owing: Memory,
    /// Our writes that ended lately, by when in the order of [`Truth::tick`]; not journalled.
    pub written: HashMap<VariantId, u64>,
}

impl Known {
    fn load(loaded: &Loaded) -> Self {
        let mut known = Self::default();
        let mut touched = Vec::new();
        for connection in &loaded.connections {
            known.catalogue.apply(&Entry::ConnectionKept(connection.clone()));
            known.standing.entry(connection.id).or_default();
        }
        for listing in &loaded.listings {
            touched.extend(known.catalogue.apply(&Entry::ListingSeen(Box::new(listing.clone()))));
        }
        for (connection, settings) in &loaded.settings {
            let (connection, settings) = (*connection, settings.clone());
            known.catalogue.apply(&Entry::SettingsKept { connection, settings });
        }
        for link in &loaded.links {
            let entry = Entry::LinkKept(link.clone());
            known.orders.apply(&known.catalogue, &entry);
            touched.extend(known.catalogue.apply(&entry));
        }
        for order in &loaded.orders {
            known.orders.apply(&known.catalogue, &Entry::OrderSeen(Box::new(order.clone())));
        }
        for rules in &loaded.rules {
            known.rules.keep(rules.clone());
        }
        for (connection, millionths) in &loaded.drift {
            known.standing.entry(*connection).or_default().drift = *millionths;
        }
        known.refresh(&touched);
        for (connection, feed, cursor, at) in &loaded.cursors {
            known.standing.entry(*connection).or_default().cursors.insert(*feed, (cursor.clone(), *at));
        }
        for (connection, at) in &loaded.swept {
            known.standing.entry(*connection).or_default().swept = Some(*at);
        }
        known.desk.begin(&known.rules, known.catalogue.now());
        known
    }

    /// Something that is not journalled changed where these stand.
    pub fn stands_anew(&mut self, listings: &[ListingId]) {
        if !listings.is_empty() {
            self.catalogue.touch();
            self.refresh(listings);
        }
    }

    /// Makes the records of products anew.
    fn refresh(&mut self, touched: &[ListingId]) {
        let Self { catalogue, products, orders, failures, rules, desk, .. } = self;
        products.refresh(&Sources { catalogue, orders, failures, rules, desk }, touched);
    }

    /// Whether a connection's orders are read.
    pub fn reads_orders(&self, connection: ConnectionId) -> bool {
        self.standing.get(&connection).is_some_and(|standing| {
            standing.cursors.contains_key(&Feed::Orders) || standing.ahead.contains_key(&Feed::Orders)
        })
    }

    /// A moment of ours by the platform's clock.
    pub fn theirs(&self, connection: ConnectionId, ours: Timestamp) -> Timestamp {
        let ahead = self.standing.get(&connection).map_or(0, |standing| standing.clock_ahead);
        Timestamp(ours.0.saturating_add(ahead))
    }

    /// Writes that failed, or were made good. Gives the listings whose standing may have changed.
    fn failed(&mut self, entry: &Entry) -> Vec<ListingId> {
        match entry {
            Entry::StepMoved { job, step, state } => {
                let moved = self.board.run(*job).and_then(|run| Some((run, run.step(*step)?)));
                let subject = moved.and_then(|(run, step)| failures::subject(self, run, step));
                self.failures.moved(*job, *step, subject, state)
            }
            Entry::JobForgotten(job) => self.failures.forget(*job),
            _ => Vec::new(),
        }
    }

    /// What failed before the engine started.
    fn recall(&mut self, job: JobId, steps: &[Step]) {
        let mut touched = Vec::new();
        for step in steps {
            touched.extend(self.failures.moved(job, step.index, failures::subject_of(&step.planned), &step.state));
        }
        self.refresh(&touched);
    }

    /// Takes in what the store has acknowledged; what changed, and jobs that came to their end.
    fn apply(&mut self, entry: Entry, topics: &mut Vec<Topic>, ended: &mut Vec<Job>) {
        if let Entry::JobKept(job) = &entry
            && job.state.ended()
            && self.board.run(job.id).is_some_and(|run| !run.job.state.ended())
        {
            ended.push(job.clone());
        }
        let swept = |connection| self.standing.get(&connection).is_some_and(|standing| standing.swept.is_some());
        let ruled = !self.rules.is_empty() || matches!(entry, Entry::FieldRulesKept(_));
        self.desk.see(&entry, self.catalogue.now(), &self.board, ruled, swept);
        for news in memory::news(self, &entry) {
            self.owing.learn(news);
        }
        let mut touched = self.failed(&entry);
        touched.extend(self.orders.apply(&self.catalogue, &entry));
        if let Entry::FieldRulesKept(rules) = &entry {
            self.rules.keep(rules.clone());
            touched.extend(self.catalogue.now().shelf(rules.online).map(|kept| kept.known.id));
        }
        if !touched.is_empty() {
            self.catalogue.touch();
        }
        touched.extend(self.catalogue.apply(&entry));
        if !touched.is_empty() {
            self.refresh(&touched);
            topics.push(Topic::Products);
        }
        match &entry {
            Entry::ConnectionKept(connection) => {
                self.standing.entry(connection.id).or_default();
                topics.push(Topic::Connections);
            }
            Entry::ConnectionRemoved(connection) => {
                self.standing.remove(connection);
                self.rules.forget(*connection);
                topics.extend([Topic::Connections, Topic::Products]);
            }
            Entry::CursorMoved { connection, feed, cursor, at } => {
                let standing = self.standing.entry(*connection).or_default();
                standing.cursors.insert(*feed, (cursor.clone(), *at));
                standing.ahead.remove(feed);
                topics.push(Topic::Connections);
            }
            Entry::Swept { connection, at } => self.standing.entry(*connection).or_default().swept = Some(*at),
            Entry::JobPlanned { .. }
            | Entry::JobKept(_)
            | Entry::StepMoved { .. }
            | Entry::BatchSent { .. }
            | Entry::JobForgotten(_) => topics.push(Topic::Jobs),
            Entry::SettingsKept { .. } | Entry::FieldRulesKept(_) => topics.push(Topic::Connections),
            Entry::DriftEstimated { connection, millionths } => {
                self.standing.entry(*connection).or_default().drift = *millionths;
                topics.push(Topic::Connections);
            }
            Entry::OrderSeen(_) | Entry::OrdersForgotten { .. } => topics.push(Topic::Products),
            Entry::Noted(_) => topics.push(Topic::History),
            Entry::ListingSeen(_)
            | Entry::LevelSeen { .. }
            | Entry::ListingGone { .. }
            | Entry::LinkKept(_)
            | Entry::LinkRemoved { .. } => {}
        }
        self.board.apply(entry);
    }
}

/// The engine's inside, shared by its tasks.
pub struct Truth {
    pub store: Store,
    pub identity: [u8; 16],
    pub clock: Arc<dyn Clock>,
    pub shops: Arc<dyn Shops>,
    pub secrets: SecretStore,
    pub options: Options,
    pub announcer: Announcer,
    pub plans: Plans,
    pub reports: Reports,
    pub views: Views,
    known: RwLock<Known>,
    gate: Arc<tokio::sync::Mutex<Numbers>>,
    connectors: Mutex<HashMap<ConnectionId, SharedConnector>>,
    ticks: AtomicU64,
    stopping: Signal<bool>,
    /// Counts commits that may give a worker something to do.
    work: Signal<u64>,
    /// Counts what people order: it ends pauses.
    orders: Signal<u64>,
}

impl Truth {
    pub async fn load(
        store: Store,
        identity: [u8; 16],
        secrets: SecretStore,
        shops: Arc<dyn Shops>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Arc<Self>, Problem> {
        let loaded = store.load().await.map_err(problem::store)?;
        let mut known = Known::load(&loaded);
        known.board = Board::load(&store, &loaded).await.map_err(problem::store)?;
        known.owing = Memory::load(&store, &known.board, known.catalogue.now()).await.map_err(problem::store)?;
        for job in loaded.jobs.iter().filter(|job| job.progress.failed + job.progress.parked > 0) {
            let steps = all_steps(&store, job).await.map_err(problem::store)?;
            known.recall(job.id, &steps);
        }
        let numbers = Numbers {
            connection: loaded.next_connection.max(1),
            listing: loaded.next_listing.max(1),
            variant: loaded.next_variant.max(1),
            link: loaded.next_link.max(1),
            job: loaded.next_job.max(1),
            journal: 0,
        };
        Ok(Arc::new(Self {
            store,
            identity,
            clock,
            shops,
            secrets,
            options,
            announcer: Announcer::new(),
            plans: Plans::default(),
            reports: Reports::default(),
            views: Views::default(),
            known: RwLock::new(known),
            gate: Arc::new(tokio::sync::Mutex::new(numbers)),
            connectors: Mutex::default(),
            ticks: AtomicU64::new(1),
            stopping: Signal::new(false),
            work: Signal::new(0),
            orders: Signal::new(0),
        }))
    }

    pub fn read<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is not journalled: states of connections, notes about waiting. All else goes through the pen.
    pub fn remember<T>(&self, topic: Topic, change: impl FnOnce(&mut Known) -> T) -> T {
        let changed = change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
        self.announcer.changed(&[topic]);
        changed
    }

    /// Changes what nobody shows and nobody journals.
    pub fn keep_in_mind<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn snapshot(&self) -> Snapshot {
        self.read(|known| known.catalogue.snapshot())
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The next number of an order in which calls and writes happen here, whatever the clock does.
    pub fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    /// Our writes to these have ended just now: what a feed read before says nothing about them any more.
    pub fn wrote(&self, variants: &[VariantId]) {
        let tick = self.tick();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.written.extend(variants.iter().map(|variant| (*variant, tick)));
    }

    /// Our edit of this listing has ended just now; the same for its fields.
    pub fn edited(&self, listing: ListingId) {
        let tick = self.tick();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.desk.edited(listing, tick);
    }

    pub async fn pen(self: &Arc<Self>) -> Pen {
        let numbers = self.gate.clone().lock_owned().await;
        Pen { truth: self.clone(), numbers }
    }

    /// Whether the engine is to end; a receiver wakes when it is.
    pub fn stopping(&self) -> Waiter<bool> {
        self.stopping.subscribe()
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    /// Where a test lets the process die: nothing happens after this any more.
    async fn may_die(&self, committed: bool) {
        if let Some(halt) = &self.options.halt
            && (halt.0)(committed)
        {
            std::future::pending::<()>().await;
        }
    }

    pub fn stop(&self) {
        self.stopping.set(true);
    }

    /// Wakes when there may be something to do.
    pub fn work(&self) -> Waiter<u64> {
        self.work.subscribe()
    }

    /// Wakes when a person ordered something.
    pub fn orders(&self) -> Waiter<u64> {
        self.orders.subscribe()
    }

    /// There may be something to do, although nothing was journalled.
    pub fn nudge(&self) {
        self.work.modify(|count| *count += 1);
    }

    pub fn ordered(&self) {
        self.orders.modify(|count| *count += 1);
        self.work.modify(|count| *count += 1);
    }

    /// The connection's connector, made at its first use.
    pub fn connector(&self, id: ConnectionId) -> Result<SharedConnector, Problem> {
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connector) = connectors.get(&id) {
            return Ok(connector.clone());
        }
        let connector = super::connections::open(self, id)?;
        connectors.insert(id, connector.clone());
        Ok(connector)
    }

    /// The next use makes it anew: other secrets, other locations.
    pub fn drop_connector(&self, id: ConnectionId) {
        self.connectors.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Keeps what a call says of the connection's state.
    pub fn called<T>(&self, id: ConnectionId, result: &Result<T, PlatformError>) {
        self.stands(id, result.as_ref().err());
    }

    /// Keeps how far the platform's clock is from ours, as its last answer tells.
    fn set_clock(&self, id: ConnectionId) {
        let connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ahead) = connectors.get(&id).and_then(|connector| connector.clock_ahead()) else { return };
        drop(connectors);
        let differs = |standing: &Standing| standing.clock_ahead.abs_diff(ahead) >= 1000;
        if self.read(|known| known.standing.get(&id).is_some_and(differs)) {
            self.keep_in_mind(|known| {
                if let Some(standing) = known.standing.get_mut(&id) {
                    standing.clock_ahead = ahead;
                }
            });
        }
    }

    /// As [`Truth::called`]; `None` for a call that went well.
    pub fn stands(&self, id: ConnectionId, error: Option<&PlatformError>) {
        self.set_clock(id);
        let now = self.now();
        let why = |error: &PlatformError| error.to_string();
        let differs = self.read(|known| {
            let state = known.standing.get(&id).and_then(|standing| standing.state.as_ref());
            let next = next_state(state, error, now, why);
            (state != Some(&next)).then_some(next)
        });
        if let Some(next) = differs {
            self.remember(Topic::Connections, |known| {
                if let Some(standing) = known.standing.get_mut(&id) {
                    standing.state = Some(next);
                }
            });
        }
    }
}

fn next_state(
    state: Option<&ConnectionState>,
    error: Option<&PlatformError>,
    now: Timestamp,
    why: impl Fn(&PlatformError) -> String,
) -> ConnectionState {
    match error {
        Some(error @ (PlatformError::Unreachable { .. } | PlatformError::Broken { .. })) => match state {
            Some(ConnectionState::Offline { since, .. }) => ConnectionState::Offline { since: *since, why: why(error) },
            _ => ConnectionState::Offline { since: now, why: why(error) },
        },
        Some(error @ PlatformError::Unauthorised { .. }) => ConnectionState::NeedsLogin { why: why(error) },
        // It answered, if only to say no.
        Some(_) | None => ConnectionState::Online,
    }
}

/// The right to change what is true; there is one.
pub struct Pen {
    truth: Arc<Truth>,
    numbers: OwnedMutexGuard<Numbers>,
}

impl Pen {
    pub fn connection(&mut self) -> ConnectionId {
        self.numbers.connection += 1;
        ConnectionId(self.numbers.connection - 1)
    }

    pub fn listing(&mut self) -> ListingId {
        self.numbers.listing += 1;
        ListingId(self.numbers.listing - 1)
    }

    pub fn variant(&mut self) -> VariantId {
        self.numbers.variant += 1;
        VariantId(self.numbers.variant - 1)
    }

    pub fn link(&mut self) -> LinkId {
        self.numbers.link += 1;
        LinkId(self.numbers.link - 1)
    }

    pub fn job(&mut self) -> JobId {
        self.numbers.job += 1;
        JobId(self.numbers.job - 1)
    }

    pub fn plants(&self, planted: Planted) -> bool {
        self.truth.options.plants(planted)
    }

    /// The number that the next job will get, without giving it.
    pub fn coming_job(&self) -> JobId {
        JobId(self.numbers.job)
    }

    /// A number for a new intent. Grows with every commit, also over restarts, so it never comes twice for a job.
    pub fn generation(&self) -> u32 {
        // Four thousand million commits are beyond any shop's life; the low half stays unique within them.
        (self.numbers.journal & u64::from(u32::MAX)) as u32
    }

    /// Journals the entries, takes them in, tells the terminals, and puts the pen down. Whoever stops waiting for this
    /// does not stop it: memory never falls behind the journal.
    pub async fn commit(self, entries: Vec<Entry>) -> Result<(), Problem> {
        self.write(entries).await.map(|_| ())
    }

    /// As [`Pen::commit`], and keeps the pen.
    pub async fn write(mut self, mut entries: Vec<Entry>) -> Result<Self, Problem> {
        if entries.is_empty() {
            return Ok(self);
        }
        let writing = tokio::spawn(async move {
            let at = self.truth.now();
            // While we hold the pen, what is known stays as it is: the lines say what these entries change.
            entries.extend(self.truth.read(|known| notes::of(known, &entries, at)));
            self.truth.may_die(false).await;
            let journal = self.truth.store.commit(at, entries.clone()).await.map_err(problem::store)?;
            self.numbers.journal = self.numbers.journal.max(journal);
            if let Some(listener) = &self.truth.options.listener {
                (listener.0)(&entries);
            }
            self.truth.may_die(true).await;
            let (mut topics, mut ended) = (Vec::new(), Vec::new());
            {
                let mut known = self.truth.known.write().unwrap_or_else(PoisonError::into_inner);
                for entry in entries {
                    known.apply(entry, &mut topics, &mut ended);
                }
            }
            self.truth.announcer.changed(&topics);
            for job in ended {
                self.truth.announcer.ended(&job);
            }
            self.truth.work.modify(|count| *count += 1);
            Ok(self)
        });
        match writing.await {
            Ok(written) => written,
            Err(_) => Err(problem::broken("the engine was ended while it wrote to its store")),
        }
    }
}
