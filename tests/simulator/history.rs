//! One history from its seed to its end: an hour of trade, lives and deaths of the engine, then quiet.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use counterpart::domain::{
    Connection, Job, JobKind, JobState, PlatformId, Quantity, StockWrite, SyncSettings, Text, Timestamp,
    UnexplainedDrop,
};
use counterpart::engine::{Engine, Halt, Listener, Options, Planted};
use counterpart::platform::Clock;
use counterpart::protocol::{JobOrder, Request};
use counterpart::secrets::SecretStore;
use counterpart::store::{Entry, Habit, Opened, Store};
use tokio::sync::Notify;

use super::checker::{Checker, Stats};
use super::connector::SimShops;
use super::customers::Deed;
use super::faults::Weather;
use super::ground::{self, End, Ground};
use super::mirror::{Mirror, connection_of};
use super::person::{self, Act};
use super::profiles::Abilities;
use super::shop::{DAWN, Shop};
use super::trace::Trace;
use super::world::{Event, Shared, World};

/// The last deed, in milliseconds.
const HOUR: i64 = 3_600_000;

/// How a history is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    pub planted: Option<Planted>,
    pub traced: bool,
    pub told: bool,
    /// A sled store is used instead of one in memory.
    pub on_disk: bool,
    /// A habit that this store does not have.
    pub leave_out: Option<Habit>,
}

impl Manner {
    /// Nothing is planted, nothing told.
    pub const SOUND: Self = Self { planted: None, traced: false, told: false, on_disk: false, leave_out: None };
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub failure: Option<String>,
    pub fingerprint: Option<String>,
    pub stats: Stats,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Died,
    Finished,
}

const IDENTITY: [u8; 16] = *b"a simulated shop";

/// Lives through a seed.
pub fn live(seed: u64, manner: Manner) -> Outcome {
    let mut chance = fastrand::Rng::with_seed(seed);
    let weather = Weather::drawn(&mut chance);
    live_as(manner, chance, weather, |world| {
        furnish(world);
        plan(world);
    })
}

/// Lives through a history that begins as `begin` makes it.
pub fn live_as(manner: Manner, chance: fastrand::Rng, weather: Weather, begin: impl FnOnce(&mut World)) -> Outcome {
    let trace = Trace::new(manner.traced, manner.told);
    let mut world = World::new(chance, Checker::new(IDENTITY), weather, trace);
    begin(&mut world);
    let world = Shared::new(world);
    let mut ground = if manner.on_disk { Ground::on_disk(manner.leave_out) } else { Ground::in_memory(IDENTITY) };
    {
        let (store, opened) = ground.open().unwrap();
        world.lock().checker.mirror = Mirror::new(opened.identity);
        connect(&world, &ground, &store);
    }
    // A store that closes lets go of its files when it gets to it.
    ground.dies(End::Killed);
    let mut lives = 0;
    loop {
        let (store, opened) = match ground.open() {
            Ok(opened) => opened,
            Err(why) => {
                world.lock().fails(why);
                break;
            }
        };
        if let Err(why) = ground.compare(&store) {
            world.lock().fails(why);
        }
        let ended = one_life(&world, &mut ground, store, opened, manner);
        lives += 1;
        let mut now = world.lock();
        if now.failure.is_some() {
            break;
        }
        match ended {
            Ended::Finished => break,
            Ended::Died if lives > 200 => {
                now.fails("it dies for ever");
                break;
            }
            Ended::Died => now.checker.stats.crashes += 1,
        }
    }
    let mut world = world.lock();
    world.checker.stats.drift = world.checker.drift();
    world.checker.stats.estimated = world.checker.mirror.drift.values().sum();
    Outcome { failure: world.failure.clone(), fingerprint: world.trace.fingerprint(), stats: world.checker.stats }
}

/// Shops with their goods.
fn furnish(world: &mut World) {
    world.pace.soonest = Duration::from_secs([5, 15, 60][world.below(3)]);
    let count = 2 + usize::from(world.permille(400)) + usize::from(world.permille(100));
    for place in 0..count {
        let write = match world.below(5) {
            0 | 1 => StockWrite::DeltaWithKey,
            2 => StockWrite::CompareAndSetWithKey,
            3 => StockWrite::Delta,
            _ => StockWrite::Absolute,
        };
        let abilities = Abilities {
            write,
            orders: world.permille(700),
            stock_feed: world.permille(400),
            tells_deletions: world.permille(600),
            creates_with_stock: world.permille(400),
            batches: world.permille(600),
        };
        let locations = 1 + usize::from(world.permille(350)) + usize::from(world.permille(100));
        let used = 1 + world.below(locations);
        let skew = if world.permille(300) { world.between(-90_000, 90_000) } else { 0 };
        let mut shop = Shop::new(place, abilities, locations, used, skew);
        if place > 0 && world.permille(400) {
            let mut settings = SyncSettings::standard(false, abilities.orders);
            settings.unexplained = UnexplainedDrop::HoldFrom(Quantity::units(world.between(2, 6)));
            if world.permille(400) {
                settings.share = u8::try_from(world.between(30, 100)).unwrap_or(100);
                settings.buffer = Quantity::units(world.between(0, 3));
            }
            shop.settings = Some(settings);
        }
        world.shops.push(shop);
    }
    let products = 1 + world.below(4);
    for product in 0..products {
        let variants = if world.permille(250) { 2 + world.below(2) } else { 1 };
        let price = world.between(500, 5000);
        let home = world.below(count);
        for shop in 0..count {
            // Most are everywhere, some are to be pushed.
            if shop != home && world.permille(200) {
                continue;
            }
            let locations = world.shops[shop].locations;
            let vars = (0..variants).map(|variant| {
                let label = ["S", "M", "L"][variant].to_owned();
                let tracked = !world.permille(40);
                let levels = (0..locations).map(|_| world.between(0, 14)).collect();
                (label, format!("SKU-{product}-{variant}"), tracked, levels)
            });
            let vars = vars.collect();
            world.shops[shop].put(0, &format!("Product {product}"), price, vars);
        }
    }
}

/// What will happen.
fn plan(world: &mut World) {
    world.plan(0, Event::Person(Act::Import { full: true }));
    let first = world.between(4_000, 30_000);
    world.plan(first, Event::Person(Act::Link));
    if world.permille(500) {
        let at = first + world.between(2_000, 60_000);
        world.plan(at, Event::Person(Act::Push));
    }
    for _ in 0..world.below(8) {
        let at = world.between(1_000, HOUR);
        let act = Act::drawn(&mut world.chance);
        world.plan(at, Event::Person(act));
    }
    // Trade comes in bursts.
    for _ in 0..3 + world.below(8) {
        let at = world.between(0, HOUR);
        for _ in 0..1 + world.below(5) {
            let at = at + world.between(0, 5_000);
            let deed = Deed::drawn(&mut world.chance);
            world.plan(at, Event::Deed(deed));
        }
    }
    if world.permille(300) {
        let shop = world.below(world.shops.len());
        let from = world.between(0, HOUR);
        let until = from + world.between(10_000, 600_000);
        world.shops[shop].offline.push((from, until));
    }
    if world.permille(500) {
        for _ in 0..1 + world.below(3) {
            let at = if world.permille(500) { world.between(0, 60_000) } else { world.between(0, HOUR) };
            world.plan(at, Event::Crash);
        }
    }
}

/// Puts the connections into the store, as if a person had connected the shops.
fn connect(world: &Shared, ground: &Ground, store: &Store) {
    let connections = {
        let world = world.lock();
        let connection = |shop: &Shop| Connection {
            id: connection_of(shop.place),
            platform: PlatformId(shop.profile.id.to_owned()),
            side: shop.profile.side,
            name: Text::new(shop.profile.name),
            base_url: counterpart::domain::BaseUrl::new("https://shop.example", false).unwrap(),
            ca_file: None,
            currency: Shop::euro(),
            locations: shop.places().into_iter().take(shop.used).collect(),
            connected_at: Timestamp(DAWN),
        };
        let kept = world.shops.iter().map(|shop| Entry::ConnectionKept(connection(shop)));
        let settings = world.shops.iter().filter_map(|shop| {
            let settings = shop.settings.clone()?;
            Some(Entry::SettingsKept { connection: connection_of(shop.place), settings })
        });
        kept.chain(settings).collect::<Vec<_>>()
    };
    world.lock().heard(&connections);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    ground.heard(&connections);
    runtime.block_on(store.commit(Timestamp(DAWN), connections)).unwrap();
}

fn one_life(world: &Shared, ground: &mut Ground, store: Store, opened: Opened, manner: Manner) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let ended = runtime.block_on(async {
        world.lock().begins();
        let ended = Life::new(world, manner, ground.shadow()).run(store, opened).await;
        world.lock().ends();
        ended
    });
    if ended == Ended::Died && ground.is_disk() {
        let end = {
            let mut world = world.lock();
            let end = End::drawn(&mut world.chance);
            world.note(format_args!("{end:?}"));
            world.checker.stats.cuts += u64::from(end != End::Killed);
            end
        };
        ground.dies(end);
    }
    // Everything that is under way ends where it is, as when the process is killed.
    drop(runtime);
    ended
}

struct Life<'a> {
    world: &'a Shared,
    manner: Manner,
    /// The commit at which it dies; below zero: never.
    left: Arc<AtomicI64>,
    dead: Arc<Notify>,
    sooner: Arc<Notify>,
    shadow: Option<Store>,
}

struct Dead;

impl<'a> Life<'a> {
    fn new(world: &'a Shared, manner: Manner, shadow: Option<Store>) -> Self {
        let sooner = world.lock().sooner.clone();
        Self { world, manner, left: Arc::new(AtomicI64::new(i64::MAX)), dead: Arc::default(), sooner, shadow }
    }

    fn options(&self) -> Options {
        let (left, dead) = (self.left.clone(), self.dead.clone());
        let halt = Halt(Arc::new(move |_| {
            let dies = left.fetch_sub(1, Ordering::Relaxed) <= 0;
            if dies {
                dead.notify_one();
            }
            dies
        }));
        let (world, shadow) = (self.world.clone(), self.shadow.clone());
        let hears = move |entries: &[Entry]| {
            ground::keep(shadow.as_ref(), entries);
            world.lock().heard(entries);
        };
        // In the histories in which the engine dies, what it knows is put aside and read again at every step.
        let at_hand = if self.world.lock().weather.crashes { 1 } else { Options::default().at_hand };
        Options {
            poll: Some(self.world.lock().pace),
            grace: Duration::ZERO,
            at_hand,
            halt: Some(halt),
            listener: Some(Listener(Arc::new(hears))),
            planted: self.manner.planted,
            ..Options::default()
        }
    }

    async fn run(&self, store: Store, opened: Opened) -> Ended {
        let crash = {
            let mut world = self.world.lock();
            let crashes = world.weather.crashes && world.permille(250);
            crashes.then(|| world.between(0, 160))
        };
        if let Some(crash) = crash {
            self.left.store(crash, Ordering::Relaxed);
        }
        let secrets = SecretStore::open(Path::new("/nonexistent/counterpart")).unwrap();
        let shops = Arc::new(SimShops(self.world.clone()));
        let clock: Arc<dyn Clock> = Arc::new(self.world.clone());
        let starting = Engine::start(store, opened, secrets, shops, clock, self.options());
        let engine = tokio::select! {
            biased;
            () = self.dead.notified() => return Ended::Died,
            started = starting => started.unwrap(),
        };
        let whole = async {
            self.trade(&engine).await?;
            self.left.store(i64::MAX, Ordering::Relaxed);
            self.settle(&engine).await
        };
        if whole.await.is_err() {
            return Ended::Died;
        }
        engine.stop().await;
        Ended::Finished
    }

    /// The hour, or what is left of it.
    async fn trade(&self, engine: &Engine) -> Result<(), Dead> {
        self.pass(engine, HOUR + 10_000).await
    }

    /// Lets time pass until then; what is due happens.
    async fn pass(&self, engine: &Engine, until: i64) -> Result<(), Dead> {
        loop {
            let (at, event) = {
                let mut world = self.world.lock();
                if world.failure.is_some() {
                    return Err(Dead);
                }
                let event = world.due();
                let at = world.next_at().map_or(until, |next| next.min(until));
                if event.is_none() && world.now() >= until {
                    return Ok(());
                }
                (world.instant(at), event)
            };
            match event {
                None => tokio::select! {
                    biased;
                    () = self.dead.notified() => return Err(Dead),
                    () = self.sooner.notified() => {}
                    () = tokio::time::sleep_until(at) => {}
                },
                Some(Event::Crash) => {
                    self.world.lock().note(format_args!("the process is killed"));
                    return Err(Dead);
                }
                Some(Event::Deed(deed)) => self.world.lock().happens(deed),
                Some(Event::Buys(spot, quantity)) => self.world.lock().buys(spot, quantity),
                Some(Event::Lands(request)) => {
                    self.world.lock().lands(&request);
                }
                Some(Event::Person(act)) => tokio::select! {
                    biased;
                    () = self.dead.notified() => return Err(Dead),
                    () = person::acts(self.world, engine, act) => {}
                },
            }
        }
    }

    /// All is well from now on, nothing more happens, and everything comes to its end.
    async fn settle(&self, engine: &Engine) -> Result<(), Dead> {
        {
            let mut world = self.world.lock();
            world.weather = Weather::CALM;
            world.forget_plans();
            world.shops.iter_mut().for_each(|shop| shop.offline.clear());
        }
        // What a person has to decide is decided, until there is nothing left.
        for _ in 0..6 {
            self.rest(engine).await?;
            if !self.decide(engine).await {
                break;
            }
        }
        let _ = engine.ask(Request::Import { connection: None, full: true }).await;
        self.rest(engine).await?;
        // L1: three looks, and every side is right.
        for _ in 0..3 {
            self.look(engine).await?;
            if self.decide(engine).await {
                self.look(engine).await?;
            }
        }
        self.check();
        // I9: it stays so, and nobody writes any more.
        self.world.lock().still = true;
        for _ in 0..3 {
            self.look(engine).await?;
        }
        self.check();
        Ok(())
    }

    /// Everything is looked at, and what is owed is told.
    async fn look(&self, engine: &Engine) -> Result<(), Dead> {
        let _ = engine.ask(Request::SyncNow { connection: None }).await;
        let now = self.world.lock().now();
        self.pass(engine, now + 10_000).await?;
        self.rest(engine).await
    }

    fn check(&self) {
        let mut world = self.world.lock();
        let World { checker, shops, .. } = &mut *world;
        if let Err(why) = checker.quiet(shops, true) {
            world.fails(why);
        }
    }

    /// Orders every job on that waits for a person; whether there was one.
    async fn decide(&self, engine: &Engine) -> bool {
        let waiting: Vec<_> = {
            let world = self.world.lock();
            let jobs = world.checker.mirror.jobs.values().map(|known| &known.job);
            let order = |job: &Job| match job.state {
                JobState::Paused => Some((job.id, JobOrder::Resume)),
                // What is told by itself is tried again by itself.
                JobState::Done if matches!(job.kind, JobKind::Sync { .. }) => None,
                JobState::Done if job.progress.parked + job.progress.failed > 0 => {
                    Some((job.id, JobOrder::RetryFailed))
                }
                _ => None,
            };
            jobs.filter_map(order).collect()
        };
        for (job, order) in &waiting {
            let _ = engine.ask(Request::Order { job: *job, order: *order }).await;
        }
        person::pause(engine, false).await;
        let mut decided = false;
        while person::decide(self.world, engine).await {
            decided = true;
            tokio::task::yield_now().await;
        }
        decided || !waiting.is_empty()
    }

    /// Waits until no job is under way: L1 and L2.
    async fn rest(&self, engine: &Engine) -> Result<(), Dead> {
        for _ in 0..400 {
            let (now, busy) = {
                let world = self.world.lock();
                let busy = world.checker.mirror.jobs.values().map(|known| &known.job);
                let busy: Vec<String> = busy
                    .filter(|job| matches!(job.state, JobState::Queued | JobState::Running))
                    .map(|job| format!("{} {}", job.id, job.title))
                    .collect();
                (world.now(), busy)
            };
            if busy.is_empty() && !self.world.lock().has_landings() {
                return Ok(());
            }
            self.pass(engine, now + 5_000).await?;
        }
        self.world.lock().fails("L1: half an hour after all was well, there are jobs that have not ended");
        Ok(())
    }
}
