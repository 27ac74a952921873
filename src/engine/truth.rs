//! What is true now, and the one way to change it.
//!
//! Readers take the lock for as long as a closure runs and never across an await. Writers take the [`Pen`]: there is
//! one, so what a writer decided on is still so when its entries are journalled. Entries are in the store before they
//! are in memory, and in memory before anybody is told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::domain::{ConnectionId, ConnectionState, LinkId, ListingId, Timestamp, VariantId};
use crate::platform::{Clock, PlatformError, SharedConnector};
use crate::protocol::{NoticeLevel, Problem, Topic};
use crate::rules::CatalogueView;
use crate::secrets::SecretStore;
use crate::store::{Entry, HistoryQuery, Store};

use super::Options;
use super::announce::Announcer;
use super::catalogue::Snapshot;
use super::gauges::{Gauges, Rates};
use super::jobs::board::{Board, all_steps};
use super::logins::Logins;
use super::pictures::Pictures;
use super::plans::Plans;
use super::problem;
use super::report::Reports;
use super::shops::Shops;
use super::signal::{Signal, Waiter};
use super::sync::memory::Memory;
use super::view::Views;

pub use super::known::{Known, Standing};
pub use super::pen::{Numbers, Pen};

/// How many lines of the history are looked at for how fast counts fell before the engine started.
const RECALLED: usize = 5_000;

/// Listings or links that are loaded at once. With fewer than the database calls many, its cache takes 50 MB more.
const PORTION: usize = 1000;

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
    pub logins: Logins,
    pub reports: Reports,
    pub clean_ups: super::clean_up::CleanUps,
    pub acrosses: super::across::Acrosses,
    pub views: Views,
    pub gauges: Gauges,
    pub pictures: Pictures,
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
        let loaded = store.load_few().await.map_err(problem::store)?;
        let mut known = Known::load(&loaded, store.spare(), options.at_hand);
        // The next portion is read while one is taken in: with many, each takes as long as the other.
        let mut links = store.links(LinkId(0), PORTION).await.map_err(problem::store)?;
        while let Some(last) = links.last() {
            let from = LinkId(last.id.0.saturating_add(1));
            let (next, ()) = tokio::join!(store.links(from, PORTION), async { known.load_links(links) });
            links = next.map_err(problem::store)?;
        }
        let mut listings = store.listings(ListingId(0), PORTION).await.map_err(problem::store)?;
        while let Some(last) = listings.last() {
            let from = ListingId(last.id.0.saturating_add(1));
            let (next, ()) = tokio::join!(store.listings(from, PORTION), async { known.load_listings(listings) });
            listings = next.map_err(problem::store)?;
        }
        known.loaded(&loaded);
        known.planted = options.planted;
        known.board = Board::load(&store, &loaded).await.map_err(problem::store)?;
        known.owing = Memory::load(&store, &known.board, known.catalogue.now()).await.map_err(problem::store)?;
        for job in loaded.jobs.iter().filter(|job| job.progress.failed + job.progress.parked > 0) {
            let steps = all_steps(&store, job).await.map_err(problem::store)?;
            known.recall(job.id, &steps);
        }
        let query = HistoryQuery { limit: RECALLED, scan: RECALLED, ..HistoryQuery::default() };
        let history = store.history(query).await.map_err(problem::store)?;
        for (_, line) in history.lines.iter().rev() {
            known.beat(line);
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
            logins: Logins::default(),
            reports: Reports::default(),
            clean_ups: super::clean_up::CleanUps::default(),
            acrosses: super::across::Acrosses::default(),
            views: Views::default(),
            gauges: Gauges::default(),
            pictures: Pictures::default(),
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
    pub(super) async fn may_die(&self, committed: bool) {
        if let Some(halt) = &self.options.halt
            && (halt.0)(committed)
        {
            std::future::pending::<()>().await;
        }
    }

    /// Takes in what the store has acknowledged, and tells the terminals and the workers. For the pen alone.
    pub(super) fn take_in(&self, entries: Vec<Entry>) {
        let (mut topics, mut ended) = (Vec::new(), Vec::new());
        {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.owing.now = self.now();
            for entry in entries {
                known.apply(entry, &mut topics, &mut ended);
            }
        }
        self.announcer.changed(&topics);
        for job in ended {
            self.announcer.ended(&job);
        }
        self.gauges.stir();
        self.work.modify(|count| *count += 1);
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
        // Whoever wants it is about to call.
        self.gauges.stir();
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connector) = connectors.get(&id) {
            return Ok(connector.clone());
        }
        let connector = super::connections::open(self, id)?;
        connectors.insert(id, connector.clone());
        Ok(connector)
    }

    /// What is used of the rates of those connections that were called, and where their gauges stand. Not to be asked by
    /// who is reading what is known: making a connector does both the other way round.
    pub fn rates(&self) -> Rates {
        let used = {
            let connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
            connectors.iter().filter_map(|(id, connector)| Some((*id, connector.rate_use()?))).collect()
        };
        self.gauges.read(used, self.now())
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

    /// Keeps when the login ends, and tells it as soon as it is known: there is time to log in again.
    fn set_login(&self, id: ConnectionId) {
        let connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = connectors.get(&id).and_then(|connector| connector.login_ends());
        drop(connectors);
        let differs = |standing: &Standing| standing.login_ends != ends;
        if !self.read(|known| known.standing.get(&id).is_some_and(differs)) {
            return;
        }
        let connection = self.remember(Topic::Connections, |known| {
            if let Some(standing) = known.standing.get_mut(&id) {
                standing.login_ends = ends;
            }
            known.catalogue.now().connection(id).cloned()
        });
        if let (Some(ends), Some(connection)) = (ends, connection) {
            let (text, hint) = super::logins::ending(&connection, ends);
            self.announcer.notice(NoticeLevel::Warning, text, Some(hint), None);
        }
    }

    /// As [`Truth::called`]; `None` for a call that went well.
    pub fn stands(&self, id: ConnectionId, error: Option<&PlatformError>) {
        self.set_clock(id);
        self.set_login(id);
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
