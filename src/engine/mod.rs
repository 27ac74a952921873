//! The owner of the truth: imports, matches, plans, jobs, and the windows that terminals look through.
//!
//! | file | what lives there |
//! |---|---|
//! | `truth.rs` | what is known, the pen (the one way to change it) |
//! | `catalogue.rs`, `products.rs`, `failures.rs` | what is known in memory |
//! | `cabinet/`, `remotes.rs`, `search.rs` | a million listings in little room; by their identifiers; by their words |
//! | `view.rs`, `detail.rs`, `steps.rs` | windows and rows |
//! | `connections.rs`, `shops.rs` | accounts, and where connectors come from |
//! | `logins.rs` | logins on a platform's page that wait for the merchant |
//! | `pictures/` | pictures of products, read when somebody asks and made small |
//! | `import.rs`, `intake.rs` | reading the platforms |
//! | `clean_up.rs`, `across.rs`, `exchange.rs` | what is wrong in a shop; variants that are single items elsewhere; rows of a file |
//! | `report/`, `plans.rs` | what could be linked, what would be written |
//! | `notes/` | the history: a line for whatever a commit changes |
//! | `books.rs` | quantities: what each side holds and is owed |
//! | `sync/` | shops kept in step: looks, what is owed, orders, conflicts, fields, settings, history |
//! | `jobs/` | plans being applied |
//! | `announce.rs`, `guard.rs` | events; workers that break off begin again |
//! | `gauges.rs` | how much of the rates is used, and how the running jobs go |
//! | `planted.rs` | what a simulation does wrong on purpose |
//! | `aside.rs`, `signal.rs` | heavy thinking; wake-ups in an order that can be replayed |
//!
//! Nothing is visible or announced before the store has it. Nothing is written to a platform but by `jobs/`. No task
//! is left running by [`Engine::stop`].

mod across;
mod announce;
mod aside;
mod books;
mod cabinet;
mod catalogue;
mod clean_up;
mod connections;
mod detail;
mod exchange;
mod failures;
mod gauges;
mod guard;
mod import;
mod intake;
mod jobs;
mod known;
mod logins;
mod notes;
mod pen;
mod pictures;
mod plans;
mod planted;
mod problem;
mod products;
mod ranks;
mod remotes;
mod report;
mod search;
mod shops;
mod signal;
mod steps;
mod sync;
mod truth;
mod view;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

use crate::domain::ConnectionId;
use crate::platform::Clock;
use crate::protocol::{Event, Problem, Reply, Request, Status};
use crate::rules::CatalogueView;
use crate::secrets::SecretStore;
use crate::store::{Opened, Store};

#[doc(hidden)]
pub use planted::{Listener, Planted};
pub use shops::{RealShops, ShopAddress, Shops};
pub use sync::poll::Poll;

use jobs::run::Place;
use truth::Truth;

/// How an engine is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// `None`: nothing is read or written but when somebody asks.
    pub poll: Option<Poll>,
    /// What [`Status`] says of where the data lies.
    pub home: String,
    /// How long calls that are under way may take to end when the engine stops. What is cut off then is found out at
    /// the next start.
    pub grace: Duration,
    /// So many listings are at hand; what is not looked at beyond that is put aside. A test says fewer.
    #[doc(hidden)]
    pub at_hand: usize,
    /// Where a test lets the process die. Never set by the program.
    #[doc(hidden)]
    pub halt: Option<Halt>,
    /// Who hears what is journalled. Never set by the program.
    #[doc(hidden)]
    pub listener: Option<Listener>,
    /// What is done wrong, so that a test can show that it would see it. Never set by the program.
    #[doc(hidden)]
    pub planted: Option<Planted>,
}

/// Asked before and after each commit, with `true` after it: on `true` the engine goes no further, as if it had died.
#[doc(hidden)]
#[derive(Clone)]
pub struct Halt(pub Arc<dyn Fn(bool) -> bool + Send + Sync>);

impl std::fmt::Debug for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Halt")
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            poll: Some(Poll::default()),
            home: "in memory only".to_owned(),
            grace: Duration::from_secs(10),
            at_hand: cabinet::AT_HAND,
            halt: None,
            listener: None,
            planted: None,
        }
    }
}

impl Options {
    /// For a demo: there is traffic in its shops, and somebody who wants to see it.
    pub fn demo() -> Self {
        let poll = Poll { soonest: Duration::from_secs(3), changes: Duration::from_secs(15), ..Poll::default() };
        Self { poll: Some(poll), home: "a demo".to_owned(), grace: Duration::from_secs(2), ..Self::default() }
    }

    pub(crate) fn plants(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    /// For an installation: `folder` is told to people.
    pub fn at(folder: &std::path::Path) -> Self {
        Self { home: folder.display().to_string(), ..Self::default() }
    }
}

/// The engine. Clones share it; [`Engine::stop`] ends it for all.
#[derive(Clone)]
pub struct Engine {
    truth: Arc<Truth>,
    crew: Arc<Mutex<Crew>>,
    wants_end: Arc<watch::Sender<bool>>,
    notes: Arc<Mutex<Vec<String>>>,
}

/// The engine's tasks.
#[derive(Default)]
struct Crew {
    tasks: JoinSet<()>,
    serving: BTreeSet<ConnectionId>,
}

impl Engine {
    /// Loads what is known, finds out what became of what was under way, and goes on with the jobs.
    pub async fn start(
        store: Store,
        opened: Opened,
        secrets: SecretStore,
        shops: Arc<dyn Shops>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, Problem> {
        let truth = Truth::load(store, opened.identity, secrets, shops, clock, options).await?;
        jobs::recover::recover(&truth, None).await?;
        report::recall(&truth).await;
        let engine = Self {
            truth: truth.clone(),
            crew: Arc::default(),
            wants_end: Arc::new(watch::Sender::new(false)),
            notes: Arc::new(Mutex::new(opened.notes)),
        };
        {
            let mut crew = engine.crew.lock().unwrap_or_else(PoisonError::into_inner);
            let announcing = truth.clone();
            crew.tasks.spawn(async move { announcing.announcer.run(announcing.stopping()).await });
            let watching = truth.clone();
            crew.tasks.spawn(async move { gauges::run(&watching).await });
            let here = Some(Place::Here);
            crew.tasks.spawn(guard::over(truth.clone(), "links", here, jobs::queue::here));
            crew.tasks.spawn(guard::over(truth.clone(), "field rules", None, sync::follow::run));
            crew.tasks.spawn(guard::over(truth.clone(), "plans of what is owed", None, sync::owing::run));
        }
        engine.serve_connections();
        Ok(engine)
    }

    /// Gives every connection its workers.
    fn serve_connections(&self) {
        let connections: Vec<ConnectionId> =
            self.truth.read(|known| known.catalogue.now().connections().iter().map(|known| known.id).collect());
        let mut crew = self.crew.lock().unwrap_or_else(PoisonError::into_inner);
        // After stop() nobody would wait for them.
        if self.truth.is_stopping() {
            return;
        }
        for id in connections {
            if crew.serving.insert(id) {
                let place = Some(Place::At(id));
                crew.tasks.spawn(guard::over(self.truth.clone(), "writes", place, move |t| jobs::queue::at(t, id)));
                crew.tasks.spawn(guard::over(self.truth.clone(), "imports", None, move |t| import::worker(t, id)));
                crew.tasks.spawn(guard::over(self.truth.clone(), "looks", None, move |t| sync::poll::worker(t, id)));
            }
        }
    }

    /// Does what a terminal asks. Whoever stops waiting does not undo what was begun.
    pub async fn ask(&self, request: Request) -> Result<Reply, Problem> {
        let truth = &self.truth;
        if truth.is_stopping() {
            return Err(problem::failure("the engine is ending", "start it again; jobs go on by themselves"));
        }
        match request {
            Request::Status => Ok(Reply::Status(self.status())),
            Request::Platforms => {
                let profiles = truth.shops.profiles();
                Ok(Reply::Platforms { platforms: profiles.into_iter().map(connections::platform_row).collect() })
            }
            Request::TestConnection { draft } => connections::test(truth, &draft).await,
            Request::Connect { draft } => {
                let connected = connections::connect(truth, &draft).await;
                self.serve_connections();
                connected
            }
            Request::BeginLogin { draft, redirect } => logins::begin(truth, &draft, redirect.as_deref()),
            Request::FinishLogin { login, pasted } => logins::finish(truth, &login, &pasted).await,
            Request::Disconnect { connection } => connections::disconnect(truth, connection).await,
            Request::Import { connection, full } => connections::start_imports(truth, connection, full).await,
            Request::Products { view, window } => self.aside(move |truth| view::products(truth, &view, window)).await,
            Request::ProductIds { view, window } => {
                self.aside(move |truth| view::product_ids(truth, &view, window)).await
            }
            Request::ProductPlace { view, product } => {
                self.aside(move |truth| view::product_place(truth, &view, product)).await
            }
            Request::Product { product } => detail::product(truth, product).await,
            Request::Picture { of } => pictures::picture(truth, of).await,
            Request::RefreshReport => report::refresh(truth),
            Request::Report { view, window } => self.aside(move |truth| report::window(truth, &view, window)).await,
            Request::CleanUp { view, window } => {
                let truth = truth.clone();
                plans::aside(move || clean_up::window(&truth, &view, window)).await?
            }
            Request::Across { view, window } => self.aside(move |truth| across::window(truth, &view, window)).await,
            Request::AcrossLines { view, window } => self.aside(move |truth| across::lines(truth, &view, window)).await,
            Request::PlanLinkPairs { pairs } => exchange::plan_pairs(truth, pairs).await,
            Request::PlanLinkRows { rows, till, store, primary } => {
                exchange::plan_rows(truth, rows, till, store, primary).await
            }
            Request::ExplainLink { of } => report::explain(truth, of).await,
            Request::RejectPairs { selection } => report::reject(truth, selection).await,
            Request::AllowPairs { which } => report::allow(truth, which).await,
            Request::PlanLink { selection } => plans::link(truth, selection).await,
            Request::PlanPush { products, towards, connection, draft } => {
                plans::push(truth, products, towards, connection, draft).await
            }
            Request::PlanSteps { plan, window } => plans::steps(truth, plan, window),
            Request::PlanRefusals { plan, window } => plans::refusals(truth, plan, window),
            Request::Apply { plan } => plans::apply(truth, plan).await,
            Request::DropPlan { plan } => Ok(plans::drop_plan(truth, plan)),
            Request::Jobs { window } => Ok(steps::jobs(truth, window)),
            Request::Job { job } => steps::job(truth, job),
            Request::Steps { job, filter, window } => steps::steps(truth, job, filter, window).await,
            Request::Order { job, order } => jobs::orders::order(truth, job, order).await,
            Request::SyncNow { connection } => sync::settings::sync_now(truth, connection).await,
            Request::PauseSync { products, paused } => sync::settings::pause(truth, products, paused).await,
            Request::PlanUnlink { products } => sync::undo::plan_unlink(truth, products).await,
            Request::PlanSynchronize { products, wrong, quantity, price } => {
                sync::adjust::plan_synchronize(truth, products, wrong, quantity, price).await
            }
            Request::PlanRefreshInventory { connection } => {
                sync::adjust::plan_refresh_inventory(truth, connection).await
            }
            Request::PlanAdjust { product, variant, correction, reason } => {
                sync::adjust::plan_adjust(truth, product, variant, correction, reason).await
            }
            Request::PlanMend { mends } => sync::fields::plan_mend(truth, mends).await,
            Request::PlanUndo { job } => sync::undo::plan_undo(truth, job).await,
            Request::ExplainStock { of } => sync::explain::stock(truth, of).await,
            Request::History { view, window } => sync::history::history(truth, view, window).await,
            Request::Conflicts { window } => sync::conflicts::conflicts(truth, window).await,
            Request::Decide { conflict, decision } => sync::conflicts::decide(truth, conflict, decision).await,
            Request::Settings => sync::settings::settings(truth).await,
            Request::KeepSettings { draft } => sync::settings::keep(truth, draft).await,
            Request::Rules => sync::fields::rules(truth).await,
            Request::KeepRules { rules } => sync::fields::keep_rules(truth, rules).await,
            Request::ApplyPreset { in_store, online, preset } => {
                sync::fields::apply_preset(truth, in_store, online, preset).await
            }
            Request::Shutdown => {
                self.wants_end.send_replace(true);
                Ok(Reply::Done)
            }
        }
    }

    /// Filters and sorts where it holds nobody up.
    async fn aside(&self, look: impl FnOnce(&Truth) -> Reply + Send + 'static) -> Result<Reply, Problem> {
        let truth = self.truth.clone();
        let looked = aside::aside(move || look(&truth)).await;
        looked.map_err(|_| problem::broken("the view could not be made: the engine stumbled"))
    }

    fn status(&self) -> Status {
        self.truth.gauges.stir();
        let rates = self.truth.rates();
        self.truth.read(|known| {
            let (jobs_running, jobs_waiting, jobs_troubled) = steps::counts(known);
            let connections = known.catalogue.now().connections();
            Status {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                revision: known.catalogue.now().revision,
                now: self.truth.now(),
                connections: connections.iter().map(|c| connections::row(&self.truth, known, &rates, c)).collect(),
                jobs_running,
                jobs_waiting,
                jobs_troubled,
                sync: known.products.counts(),
                report: report::summary(&self.truth, known),
                report_running: self.truth.reports.is_running(),
                home: self.truth.options.home.clone(),
            }
        })
    }

    /// What the engine announces. A receiver that lags is told so by its channel; the server makes that one `Missed`.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.truth.announcer.subscribe()
    }

    /// What opening the store found that people should know; given once, to the first that attaches.
    pub fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says something to all terminals.
    pub fn announce(&self, event: Event) {
        self.truth.announcer.send(event);
    }

    /// Returns when somebody asked for [`Request::Shutdown`].
    pub async fn wants_end(&self) {
        let mut wants = self.wants_end.subscribe();
        // The sender lives as long as we do.
        let _ = wants.wait_for(|wants| *wants).await;
    }

    /// Ends all tasks and waits for them. Calls that are under way get [`Options::grace`]; what is cut off after it
    /// stands in the journal as under way, and is found out at the next start.
    pub async fn stop(self) {
        self.truth.announcer.send(Event::Stopping { why: "the engine was told to end".to_owned() });
        self.truth.stop();
        self.truth.ordered();
        let mut tasks = {
            let mut crew = self.crew.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut crew.tasks)
        };
        let ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.truth.options.grace, ended).await.is_err() {
            tracing::warn!("calls under way were cut off; what became of them is found out at the next start");
            tasks.shutdown().await;
        }
        self.truth.reports.finish().await;
        // Whoever writes has the pen: when it can be had, nothing is being written any more.
        drop(self.truth.pen().await);
    }
}
