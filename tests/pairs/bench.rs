//! The two shops of a pair, and an engine that keeps them in step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use counterpart::connectors::Platform;
use counterpart::domain::{JobId, Side};
use counterpart::engine::{Engine, Options, Poll, RealShops};
use counterpart::platform::{Clock, ManualClock, SystemClock};
use counterpart::protocol::{
    ConnectionDraft, JobRow, LinkSelection, PlanSummary, ProductsView, Reply, ReportView, Request, StepFilter, Window,
};
use counterpart::secrets::SecretStore;
use counterpart::store::Store;
use tempfile::TempDir;

use super::shop::OpenShop;
use super::{catalogue, login};

/// How long a test waits for what should happen at once; only one that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);
const ALL: Window = Window { offset: 0, limit: 1000 };

pub struct Bench {
    pub till: OpenShop,
    pub store: OpenShop,
    engine: Engine,
    _folder: TempDir,
}

impl Bench {
    /// Time is a clock that only moves by waiting, so that neither rate limits nor pauses cost test time.
    pub async fn open(till: &'static Platform, store: &'static Platform) -> Self {
        let clock = Arc::new(ManualClock::starting_at(SystemClock.now()));
        let till = OpenShop::open(till, "Harbour & Hill", catalogue::till(), &clock).await;
        let store = OpenShop::open(store, "Harbour & Hill Online", catalogue::store(), &clock).await;
        let folder = tempfile::tempdir().unwrap();
        let (kept, opened) = Store::open(&folder.path().join("store")).unwrap();
        let secrets = SecretStore::open(&folder.path().join("secrets")).unwrap();
        // Each look counts here, and none of them is for everything: what a look misses is not found by another.
        let poll = Poll { everything: Duration::from_secs(100 * 365 * 24 * 3600), ..Poll::default() };
        let options = Options { poll: Some(poll), ..Options::default() };
        let clock: Arc<dyn Clock> = clock;
        let shops = RealShops::shared(clock.clone());
        let engine = Engine::start(kept, opened, secrets, shops, clock, options).await.unwrap();
        Self { till, store, engine, _folder: folder }
    }

    /// Tests the connection, keeps it, and reads the shop.
    pub async fn connect(&self, shop: &OpenShop) {
        let mut draft = ConnectionDraft {
            platform: shop.platform.profile.id.to_owned(),
            name: String::new(),
            base_url: shop.server.url(),
            allow_http: false,
            ca_file: None,
            locations: Vec::new(),
            credentials: shop.credentials.clone(),
            login: None,
        };
        if login::is_wanted(shop) {
            draft.login = Some(login::log_in(&self.engine, shop, &draft).await);
        }
        let Reply::Connected { import, .. } = self.ask(Request::Connect { draft }).await else { panic!() };
        self.done(import).await;
    }

    pub async fn ask(&self, request: Request) -> Reply {
        let told = format!("{request:?}");
        self.engine.ask(request).await.unwrap_or_else(|problem| panic!("{told}: {problem:?}"))
    }

    /// Links everything that can be.
    pub async fn link(&self) -> PlanSummary {
        self.ask(Request::RefreshReport).await;
        self.until("the report", async || {
            let Reply::Status(status) = self.ask(Request::Status).await else { panic!() };
            (!status.report_running && status.report.is_some()).then_some(())
        })
        .await;
        let everything = Some((ReportView::default(), Side::InStore));
        let selection = LinkSelection { everything, choices: Vec::new() };
        self.applied(Request::PlanLink { selection }).await
    }

    /// Copies these to the other side.
    pub async fn push(&self, titles: &[&str], towards: Side) -> PlanSummary {
        let Reply::Products { rows, .. } =
            self.ask(Request::Products { view: ProductsView::default(), window: ALL }).await
        else {
            panic!()
        };
        let find = |title: &&str| rows.iter().find(|row| row.title.as_str() == *title).unwrap().product;
        let products = titles.iter().map(find).collect();
        self.applied(Request::PlanPush { products, towards, connection: None, draft: false }).await
    }

    async fn applied(&self, plan: Request) -> PlanSummary {
        let Reply::Planned(plan) = self.ask(plan).await else { panic!() };
        assert_eq!(plan.refused, 0, "{:#?}", self.ask(Request::PlanRefusals { plan: plan.plan, window: ALL }).await);
        let Reply::Started { jobs } = self.ask(Request::Apply { plan: plan.plan }).await else { panic!() };
        for job in jobs {
            self.done(job).await;
        }
        plan
    }

    /// Waits for the end of a job all of whose steps are done.
    async fn done(&self, job: JobId) {
        let row = self
            .until("the end of a job", async || {
                let Reply::Job(row) = self.ask(Request::Job { job }).await else { panic!() };
                Some(row).filter(|row: &JobRow| row.job.state.ended())
            })
            .await;
        let progress = row.job.progress;
        let undone = progress.failed + progress.parked + progress.skipped;
        if undone > 0 {
            let steps = self.ask(Request::Steps { job, filter: StepFilter::default(), window: ALL }).await;
            panic!("{}: {progress:?}\n{steps:#?}", row.job.title);
        }
    }

    /// Looks again at every word of the engine.
    async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let mut events = self.engine.events();
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                let _ = events.recv().await;
            }
        };
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(found) => found,
            Err(_) => panic!("{what} did not come\n{}", self.told().await),
        }
    }

    /// Waits until something is so in the shops, of which the engine says no word.
    pub async fn while_not(&self, what: &str, so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !so() {
            if Instant::now() > deadline {
                panic!("{what} did not come\n{}", self.told().await);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits until both shops were asked for news so often that nothing can be on its way any more.
    pub async fn settled(&self) {
        let goals = (self.till.calls() + 30, self.store.calls() + 30);
        self.while_not("further looks", || self.till.calls() >= goals.0 && self.store.calls() >= goals.1).await;
    }

    /// What a person has to decide.
    pub async fn conflicts(&self) -> u64 {
        match self.ask(Request::Conflicts { window: ALL }).await {
            Reply::Conflicts { total, .. } => total,
            other => panic!("{other:?}"),
        }
    }

    /// For whoever has to find out why.
    async fn told(&self) -> String {
        let jobs = self.engine.ask(Request::Jobs { window: ALL }).await;
        let conflicts = self.engine.ask(Request::Conflicts { window: ALL }).await;
        let products = self.engine.ask(Request::Products { view: ProductsView::default(), window: ALL }).await;
        let status = self.engine.ask(Request::Status).await;
        let shops = (self.till.told(), self.store.told());
        format!("{jobs:#?}\n{conflicts:#?}\n{products:#?}\n{status:#?}\n{shops:#?}")
    }

    /// Ends everything; returns when nothing runs any more.
    pub async fn close(self) {
        self.engine.stop().await;
        self.till.server.shutdown().await;
        self.store.server.shutdown().await;
    }
}
