//! Everything outside the engine in one history: the shops, what will happen to them, the weather, and the view from
//! above. All chance comes from one seed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use counterpart::domain::Timestamp;
use counterpart::engine::Poll;
use counterpart::platform::{Clock, QuantityWrite};
use counterpart::store::Entry;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::checker::Checker;
use super::counter::Read;
use super::faults::Weather;
use super::person::Act;
use super::shop::{DAWN, Shop, Spot};
use super::trace::Trace;

/// What will happen.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody buys, returns, receives, counts, edits: drawn when it happens.
    Deed(super::customers::Deed),
    /// Somebody buys exactly this.
    Buys(Spot, i64),
    /// What was sent long ago arrives.
    Lands(Request),
    Person(Act),
    /// Our process dies.
    Crash,
}

/// A write on its way.
#[derive(Debug, Clone)]
pub struct Request {
    pub shop: usize,
    pub key: String,
    pub what: Sent,
}

#[derive(Debug, Clone)]
pub enum Sent {
    Quantities(Vec<QuantityWrite>),
    Creation(Box<(counterpart::domain::Creation, counterpart::domain::Listing)>),
}

pub struct World {
    pub chance: fastrand::Rng,
    pub shops: Vec<Shop>,
    pub weather: Weather,
    /// How often the engine looks.
    pub pace: Poll,
    pub checker: Checker,
    pub trace: Trace,
    /// The first thing that was wrong.
    pub failure: Option<String>,
    script: BTreeMap<(i64, u64), Event>,
    count: u64,
    base: i64,
    began: Option<Instant>,
    pub sooner: Arc<Notify>,
    /// No more writes are expected: I9.
    pub still: bool,
    /// What was read last of each count, and how often we have written it: by shop, variant, location.
    pub reads: BTreeMap<(usize, String, usize), Vec<Read>>,
    pub written: BTreeMap<(usize, String, usize), u32>,
}

/// The world, shared by those who live in it.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for Shared {
    fn now(&self) -> Timestamp {
        Timestamp(DAWN + self.lock().now())
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl World {
    pub fn new(chance: fastrand::Rng, checker: Checker, weather: Weather, trace: Trace) -> Self {
        Self {
            chance,
            shops: Vec::new(),
            weather,
            pace: Poll { changes: Duration::from_secs(120), ..Poll::default() },
            checker,
            trace,
            failure: None,
            script: BTreeMap::new(),
            count: 0,
            base: 0,
            began: None,
            sooner: Arc::new(Notify::new()),
            still: false,
            reads: BTreeMap::new(),
            written: BTreeMap::new(),
        }
    }

    /// Milliseconds since the beginning.
    pub fn now(&self) -> i64 {
        let passed = self.began.map_or(0, |began| i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX));
        self.base + passed
    }

    /// A life of the engine begins: from now on time passes with its runtime's.
    pub fn begins(&mut self) {
        self.began = Some(Instant::now());
    }

    /// The life ends: time stands still.
    pub fn ends(&mut self) {
        self.base = self.now();
        self.began = None;
    }

    pub fn instant(&self, at: i64) -> Instant {
        let ahead = u64::try_from(at - self.now()).unwrap_or(0);
        Instant::now() + Duration::from_millis(ahead)
    }

    pub fn plan(&mut self, at: i64, event: Event) {
        self.count += 1;
        self.script.insert((at, self.count), event);
        self.sooner.notify_one();
    }

    pub fn next_at(&self) -> Option<i64> {
        self.script.first_key_value().map(|((at, _), _)| *at)
    }

    pub fn plans(&self) -> impl Iterator<Item = &Event> {
        self.script.values()
    }

    /// What is due now.
    pub fn due(&mut self) -> Option<Event> {
        let now = self.now();
        let first = self.script.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    /// All that is still to come, but for what is on its way already, does not come any more.
    pub fn forget_plans(&mut self) {
        self.script.retain(|_, event| matches!(event, Event::Lands(_)));
    }

    pub fn has_landings(&self) -> bool {
        !self.script.is_empty()
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.chance.usize(0..limit.max(1))
    }

    /// So many times in a thousand.
    pub fn permille(&mut self, chance: u32) -> bool {
        chance > 0 && self.chance.u32(0..1000) < chance
    }

    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        self.chance.i64(from..=to)
    }

    pub fn fails(&mut self, why: impl Into<String>) {
        let why = why.into();
        let now = self.now();
        self.trace.note(now, format_args!("WRONG: {why}"));
        if self.failure.is_none() {
            self.failure = Some(format!("at {}.{:03} s: {why}", now / 1000, now % 1000));
        }
    }

    pub fn weigh(&mut self) {
        if let Err(why) = self.checker.weigh(&self.shops) {
            self.fails(why);
        }
    }

    pub fn note(&mut self, what: std::fmt::Arguments<'_>) {
        if !self.trace.is_off() {
            let now = self.now();
            self.trace.note(now, what);
        }
    }

    /// Hears what the store has acknowledged.
    pub fn heard(&mut self, entries: &[Entry]) {
        if !self.trace.is_off() {
            let now = self.now();
            for entry in entries {
                self.trace.note(now, format_args!("entry {entry:?}"));
            }
        }
        if let Err(why) = self.checker.heard(&self.shops, entries) {
            self.fails(why);
        }
    }

    /// Somebody else changes a count.
    pub fn moves(&mut self, spot: Spot, location: usize, by: i64) {
        let now = self.now();
        let shop = &mut self.shops[spot.shop];
        let to = shop.items[spot.item].vars[spot.var].levels[location] + by;
        shop.set_level(now, spot.item, spot.var, location, to);
        let used = location < shop.used;
        let var = &mut shop.items[spot.item].vars[spot.var];
        var.moved[location] += by;
        var.stirred[location] += 1;
        let name = var.remote.clone();
        if used {
            self.checker.moved(spot.shop, &name, by);
        }
        self.note(format_args!("{name} moves by {by} to {to} at place {location}"));
        self.weigh();
    }

    pub fn spots(&self) -> Vec<Spot> {
        let mut spots = Vec::new();
        for (shop, known) in self.shops.iter().enumerate() {
            for (item, goods) in known.items.iter().enumerate().filter(|(_, goods)| goods.gone_at.is_none()) {
                spots.extend((0..goods.vars.len()).map(|var| Spot { shop, item, var }));
            }
        }
        spots
    }
}
