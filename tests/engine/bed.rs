//! An engine on a store in a temporary folder, with two shops in memory, and words for what tests do with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use counterpart::domain::{JobId, JobState, ListingId, Presence, ProductId, Quantity, Side, Timestamp};
use counterpart::engine::{Engine, Halt, Listener, Options, Poll};
use counterpart::platform::{Clock, ManualClock, Profile};
use counterpart::protocol::{
    ConnectionDraft, JobOrder, JobRow, LinkSelection, PlanSummary, Problem, ProductRow, ProductsView, Reply,
    ReportView, Request, ShownQuantity, Status, StepFilter, StepRow, Window,
};
use counterpart::secrets::{Secret, SecretStore};
use counterpart::store::Store;
use tempfile::TempDir;

use super::fake::{FakeShop, FakeShops};
use super::platforms::TILL;

/// How long a test waits for what should happen at once.
const LONG: Duration = Duration::from_secs(60);

pub const ALL: Window = Window { offset: 0, limit: 1000 };

/// The shops and the folder: what outlives an engine.
pub struct World {
    pub till: Arc<FakeShop>,
    pub web: Arc<FakeShop>,
    pub clock: Arc<ManualClock>,
    /// Further shops.
    pub more: Vec<Arc<FakeShop>>,
    /// Whether the engine looks by itself, and how often.
    pub poll: Option<Poll>,
    /// Hears what is journalled.
    pub listener: Option<Listener>,
    folder: TempDir,
}

impl World {
    pub fn with(web: &'static Profile) -> Self {
        Self {
            till: FakeShop::new(&TILL),
            web: FakeShop::new(web),
            clock: Arc::new(ManualClock::starting_at(Timestamp::parse("2026-11-21T12:00:00Z").unwrap())),
            more: Vec::new(),
            poll: None,
            listener: None,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// As an engine runs: it looks by itself, and tells what is owed.
    pub fn alive(web: &'static Profile) -> Self {
        let everything = Duration::from_secs(100 * 365 * 24 * 3600);
        Self { poll: Some(Poll { everything, ..Poll::default() }), ..Self::with(web) }
    }

    fn shops(&self) -> Vec<Arc<FakeShop>> {
        [&self.till, &self.web].into_iter().chain(&self.more).cloned().collect()
    }

    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub async fn engine(&self) -> Bed {
        self.engine_with(None).await
    }

    pub async fn engine_with(&self, halt: Option<Halt>) -> Bed {
        // Threads of the engine before may still be letting go of their files; another process would not see them.
        let deadline = std::time::Instant::now() + LONG;
        let (store, opened) = loop {
            match Store::open(&self.store()) {
                Ok(opened) => break opened,
                Err(why) => assert!(std::time::Instant::now() < deadline, "{why}"),
            }
            tokio::task::yield_now().await;
        };
        let secrets = SecretStore::open(&self.folder.path().join("secrets")).unwrap();
        for shop in self.shops() {
            shop.inside().clock = Some(self.clock.clone());
        }
        let shops = Arc::new(FakeShops(self.shops()));
        let clock: Arc<dyn Clock> = self.clock.clone();
        let (poll, listener) = (self.poll, self.listener.clone());
        // Nearly nothing is at hand, so that whatever was put aside is read again.
        let options = Options { poll, grace: Duration::ZERO, at_hand: 2, halt, listener, ..Options::default() };
        Bed { engine: Engine::start(store, opened, secrets, shops, clock, options).await.unwrap() }
    }

    /// Both shops connected and read.
    pub async fn connected(&self) -> Bed {
        let bed = self.engine().await;
        for shop in self.shops() {
            let job = bed.connect(shop.profile.id).await;
            bed.ended(job).await;
        }
        bed
    }
}

/// An engine that runs.
pub struct Bed {
    pub engine: Engine,
}

pub fn draft(platform: &str) -> ConnectionDraft {
    ConnectionDraft {
        platform: platform.to_owned(),
        name: String::new(),
        base_url: String::new(),
        allow_http: false,
        ca_file: None,
        locations: Vec::new(),
        credentials: [("token".to_owned(), Secret::new("canary"))].into(),
        login: None,
    }
}

impl Bed {
    pub async fn ask(&self, request: Request) -> Reply {
        let told = format!("{request:?}");
        self.engine.ask(request).await.unwrap_or_else(|problem| panic!("{told}: {problem:?}"))
    }

    pub async fn problem(&self, request: Request) -> Problem {
        self.engine.ask(request).await.expect_err("a problem was expected")
    }

    pub async fn connect(&self, platform: &str) -> JobId {
        match self.ask(Request::Connect { draft: draft(platform) }).await {
            Reply::Connected { import, .. } => import,
            other => panic!("{other:?}"),
        }
    }

    pub async fn status(&self) -> Status {
        match self.ask(Request::Status).await {
            Reply::Status(status) => status,
            other => panic!("{other:?}"),
        }
    }

    pub async fn job(&self, job: JobId) -> JobRow {
        match self.ask(Request::Job { job }).await {
            Reply::Job(row) => row,
            other => panic!("{other:?}"),
        }
    }

    pub async fn steps(&self, job: JobId, filter: StepFilter) -> Vec<StepRow> {
        match self.ask(Request::Steps { job, filter, window: ALL }).await {
            Reply::Steps { rows, .. } => rows,
            other => panic!("{other:?}"),
        }
    }

    pub async fn order(&self, job: JobId, order: JobOrder) {
        self.ask(Request::Order { job, order }).await;
    }

    pub async fn jobs(&self) -> Vec<JobRow> {
        match self.ask(Request::Jobs { window: ALL }).await {
            Reply::Jobs { rows, .. } => rows,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until something is so in the world outside, of which the engine says no word.
    pub async fn while_not(&self, what: &str, so: impl Fn() -> bool) {
        let deadline = std::time::Instant::now() + LONG;
        while !so() {
            assert!(std::time::Instant::now() < deadline, "{what} did not come; jobs: {:#?}", self.jobs().await);
            tokio::task::yield_now().await;
        }
    }

    /// Waits until something is so, looking again at every word of the engine.
    pub async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, look: impl Fn() -> F) -> T {
        let mut events = self.engine.events();
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                let _ = events.recv().await;
            }
        };
        match tokio::time::timeout(LONG, looking).await {
            Ok(found) => found,
            Err(_) => panic!("{what} did not come; jobs: {:#?}", self.ask(Request::Jobs { window: ALL }).await),
        }
    }

    pub async fn ended(&self, job: JobId) -> JobRow {
        self.until("the end of the job", || async { Some(self.job(job).await).filter(|row| row.job.state.ended()) })
            .await
    }

    pub async fn in_state(&self, job: JobId, state: JobState) -> JobRow {
        self.until("the state", || async { Some(self.job(job).await).filter(|row| row.job.state == state) }).await
    }

    pub async fn import(&self, full: bool) {
        match self.ask(Request::Import { connection: None, full }).await {
            Reply::Started { jobs } => {
                for job in jobs {
                    self.ended(job).await;
                }
            }
            other => panic!("{other:?}"),
        }
    }

    pub async fn products(&self, view: ProductsView) -> Vec<ProductRow> {
        match self.ask(Request::Products { view, window: ALL }).await {
            Reply::Products { rows, total, .. } => {
                assert_eq!(rows.len() as u64, total);
                rows
            }
            other => panic!("{other:?}"),
        }
    }

    pub async fn product(&self, sku: &str) -> ProductRow {
        let view = ProductsView { search: sku.to_owned(), ..ProductsView::default() };
        let gone = ProductsView { presence: Some(Presence::Neither), ..view.clone() };
        let (rows, gone) = (self.products(view).await, self.products(gone).await);
        rows.into_iter().chain(gone).find(|row| row.sku.as_deref() == Some(sku)).unwrap_or_else(|| panic!("no {sku}"))
    }

    pub async fn report(&self) {
        self.ask(Request::RefreshReport).await;
        self.until("the report", || async {
            let status = self.status().await;
            (!status.report_running && status.report.is_some()).then_some(())
        })
        .await;
    }

    pub async fn plan_link(&self, primary: Side) -> PlanSummary {
        self.report().await;
        let selection = LinkSelection { everything: Some((ReportView::default(), primary)), choices: Vec::new() };
        match self.ask(Request::PlanLink { selection }).await {
            Reply::Planned(summary) => summary,
            other => panic!("{other:?}"),
        }
    }

    pub async fn plan_push(&self, skus: &[&str], towards: Side) -> PlanSummary {
        let mut products = Vec::new();
        for sku in skus {
            products.push(self.product(sku).await.product);
        }
        match self.ask(Request::PlanPush { products, towards, connection: None, draft: false }).await {
            Reply::Planned(summary) => summary,
            other => panic!("{other:?}"),
        }
    }

    pub async fn apply(&self, plan: PlanSummary) -> JobId {
        match self.ask(Request::Apply { plan: plan.plan }).await {
            Reply::Started { jobs } => jobs[0],
            other => panic!("{other:?}"),
        }
    }

    /// Links everything that can be linked.
    pub async fn link(&self, primary: Side) -> JobRow {
        let plan = self.plan_link(primary).await;
        let job = self.apply(plan).await;
        self.ended(job).await
    }
}

pub fn counted(units: i64) -> Option<ShownQuantity> {
    Some(ShownQuantity::Counted(Quantity::units(units)))
}

pub fn no_product() -> ProductId {
    ProductId(ListingId(999_999))
}
