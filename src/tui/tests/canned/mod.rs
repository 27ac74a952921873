//! An engine made of constants: a gift shop with a till and two online stores, and every awkward title there is.

mod across;
mod clean_up;
mod keeping;
mod report;
mod shop;
mod work;

use crate::domain::{ConnectionId, JobId, JobKind, JobState, MatchKey, ReasonKind, Timestamp};
use crate::protocol::{
    ConnectionRow, JobRow, LinkOf, PlanStepRow, Problem, ProblemKind, ProductRow, ProductSort, ProductsView,
    RefusalRow, RejectedLine, Reply, ReportRow, ReportSummary, ReportTab, Request, RowsRead, ShownQuantity, Status,
    StepRow, StockOf, Window,
};

use report::{candidate, without};
use shop::{connections, detail, platforms, product, tested};
use work::{fits, job_step, jobs, plan, refusal, step};

/// A fixed moment: 2026-11-21 19:00 UTC.
pub const NOW: Timestamp = Timestamp(1_795_287_600_000);

#[derive(Debug, Clone)]
pub struct Canned {
    pub now: Timestamp,
    pub products: Vec<ProductRow>,
    pub candidates: Vec<ReportRow>,
    pub without: Vec<ReportRow>,
    pub suggestions: Vec<ReportRow>,
    pub rejected: Vec<ReportRow>,
    pub jobs: Vec<JobRow>,
    pub connections: Vec<ConnectionRow>,
    pub made: bool,
    /// There is a platform with a page to log in on, at the end of the list.
    pub paged: bool,
}

impl Canned {
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            products: (0..412).map(product).collect(),
            candidates: (0..238).map(candidate).collect(),
            without: (0..38).map(without).collect(),
            suggestions: (0..41).map(report::suggestion).collect(),
            rejected: (0..2).map(|number| report::rejected(number, now)).collect(),
            jobs: jobs(now),
            connections: connections(now),
            made: true,
            paged: false,
        }
    }

    /// A shop that nobody has connected yet.
    pub fn empty(now: Timestamp) -> Self {
        Self {
            now,
            products: Vec::new(),
            candidates: Vec::new(),
            without: Vec::new(),
            suggestions: Vec::new(),
            rejected: Vec::new(),
            jobs: Vec::new(),
            connections: Vec::new(),
            made: false,
            paged: false,
        }
    }

    fn summary(&self) -> Option<ReportSummary> {
        self.made.then(|| ReportSummary {
            made_at: self.now.plus_seconds(-720),
            stale: true,
            candidates: self.candidates.len() as u64,
            without_candidate: self.without.len() as u64,
            linked: 151,
            compared: vec!["Square × Shopify".to_owned(), "Square × WooCommerce".to_owned()],
            suggestions: self.suggestions.len() as u64,
            sure: 14,
            rejected: self.rejected.len() as u64,
            matched: vec![(MatchKey::Barcode, 120), (MatchKey::Sku, 119), (MatchKey::Title, 178)],
            reasons: vec![
                (ReasonKind::PriceDiffers, 13),
                (ReasonKind::BrandDiffers, 13),
                (ReasonKind::StructureDiffers, 13),
                (ReasonKind::NoCounterpart, 12),
            ],
            notes: Vec::new(),
        })
    }

    fn shown(&self, view: &ProductsView) -> Vec<ProductRow> {
        let search = view.search.to_lowercase();
        let mut rows: Vec<ProductRow> = self
            .products
            .iter()
            .filter(|row| view.presence.is_none_or(|presence| row.presence == presence))
            .filter(|row| view.status.is_none_or(|status| status.keeps(row.sync)))
            .filter(|row| {
                let sold_out = |quantity: Option<ShownQuantity>| match quantity {
                    Some(ShownQuantity::Counted(quantity)) => !quantity.is_positive(),
                    Some(ShownQuantity::Untracked | ShownQuantity::Unknown) => false,
                    None => true,
                };
                !(view.hide_sold_out && sold_out(row.in_store) && sold_out(row.online))
            })
            .filter(|row| row.title.to_lowercase().contains(&search))
            .cloned()
            .collect();
        match view.sort.by {
            // As if it were their order: the first page shows every awkward title.
            ProductSort::Title => {}
            ProductSort::Sku => rows.sort_by(|a, b| a.sku.cmp(&b.sku)),
            ProductSort::Price => rows.sort_by_key(|row| row.price.map(|(low, _)| low.minor)),
            ProductSort::InStoreQuantity | ProductSort::OnlineQuantity | ProductSort::Status => {}
        }
        if view.sort.descending {
            rows.reverse();
        }
        rows
    }

    pub fn answer(&self, request: &Request) -> Result<Reply, Problem> {
        let refused = |message: &str, hint: &str| {
            Err(Problem { kind: ProblemKind::Platform, message: message.to_owned(), hint: Some(hint.to_owned()) })
        };
        Ok(match request {
            Request::Status => Reply::Status(Status {
                sync: keeping::COUNTS,
                version: "0.1.0".to_owned(),
                revision: 812,
                now: self.now,
                connections: self.connections.clone(),
                jobs_running: self.jobs.iter().filter(|row| row.job.state == JobState::Running).count() as u64,
                jobs_waiting: self.jobs.iter().filter(|row| row.job.state == JobState::Queued).count() as u64,
                jobs_troubled: u64::from(!self.jobs.is_empty()),
                report: self.summary(),
                report_running: false,
                home: "/home/anna/.local/share/counterpart".to_owned(),
            }),
            Request::Platforms => {
                Reply::Platforms { platforms: platforms().into_iter().chain(self.paged.then(shop::paged)).collect() }
            }
            Request::TestConnection { draft } if draft.base_url.contains("nowhere") => {
                return refused(
                    "nowhere.example cannot be reached: no such host",
                    "check the address, and that this machine is online",
                );
            }
            Request::TestConnection { .. } => Reply::Tested(tested()),
            Request::Connect { .. } => {
                Reply::Connected { connection: ConnectionId(4), report: tested(), import: JobId(9) }
            }
            Request::Import { .. } => Reply::Started { jobs: vec![JobId(9)] },
            Request::Products { view, window } => {
                let rows = self.shown(view);
                Reply::Products {
                    revision: 812,
                    total: rows.len() as u64,
                    everything: self.products.len() as u64,
                    offset: window.offset,
                    rows: cut(&rows, *window),
                }
            }
            Request::ProductIds { view, window } => {
                let rows = self.shown(view);
                let rows = window.map_or_else(|| rows.clone(), |window| cut(&rows, window));
                Reply::ProductIds { products: rows.iter().map(|row| row.product).collect() }
            }
            Request::ProductPlace { view, product } => {
                let place = self.shown(view).iter().position(|row| row.product == *product);
                Reply::ProductPlace { place: place.map(|place| place as u64) }
            }
            Request::Product { product } => {
                let row = self.products.iter().find(|row| row.product == *product);
                match row {
                    Some(row) => Reply::Product(Box::new(detail(row, self.now))),
                    None => return refused("this product is gone", "go back and choose another one"),
                }
            }
            Request::Picture { of } if of.place > 1 => {
                return refused("picture 3 of “Teapot” is no picture", "o opens its address in a browser");
            }
            Request::Picture { of } => Reply::Picture(Box::new(shop::picture(of))),
            Request::Report { view, window } => {
                let rows = match view.tab {
                    ReportTab::Candidates => &self.candidates,
                    ReportTab::Suggestions => &self.suggestions,
                    ReportTab::WithoutCandidate => &self.without,
                    ReportTab::Rejected => &self.rejected,
                };
                let search = view.search.to_lowercase();
                let title = |row: &ReportRow| row.listing().title.to_lowercase();
                let shows = |row: &&ReportRow| title(row).contains(&search) && report::fits(row, view);
                let rows: Vec<ReportRow> = rows.iter().filter(shows).cloned().collect();
                Reply::Report {
                    summary: self.summary(),
                    total: rows.len() as u64,
                    offset: window.offset,
                    rows: cut(&rows, *window),
                }
            }
            Request::PlanLink { selection } => {
                let items = match selection.everything {
                    Some(_) => 238 - selection.choices.iter().filter(|choice| !choice.ticked).count() as u64,
                    None => selection.choices.len() as u64,
                };
                Reply::Planned(plan(JobKind::Link, format!("Link {items} items"), items, 3))
            }
            Request::PlanLinkPairs { pairs } => {
                let items = pairs.len() as u64;
                Reply::Planned(plan(JobKind::Link, format!("Link {items} variants"), items, 0))
            }
            Request::PlanLinkRows { rows, .. } => {
                let (good, odd): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.line % 2 == 1);
                let reason = "nothing on the POS side has the SKU “X”".to_owned();
                let rejected = |row: &&crate::domain::PairRow| RejectedLine {
                    line: row.line,
                    row: "X = W-X".to_owned(),
                    reason: reason.clone(),
                };
                let planned = good.len() as u64;
                let summary = plan(JobKind::Link, format!("Link {planned} variants"), planned, 0);
                Reply::RowsRead(RowsRead {
                    plan: (planned > 0).then_some(summary),
                    planned,
                    linked: 0,
                    rejected: odd.iter().map(rejected).collect(),
                })
            }
            Request::ExplainLink { of } => {
                let LinkOf::Listing(listing) = of else { return Ok(report::linked(self)) };
                return match report::explained(self, *listing) {
                    Some(told) => Ok(told),
                    None => refused("the product is not there any more", "go back and choose another one"),
                };
            }
            Request::RejectPairs { selection } => {
                let pairs = match selection.everything {
                    Some(_) => 41,
                    None => selection.choices.len() as u64,
                };
                Reply::PairsDecided { pairs }
            }
            Request::AllowPairs { .. } => Reply::PairsDecided { pairs: 1 },
            Request::PlanMend { mends } => {
                let items = mends.len() as u64;
                Reply::Planned(plan(JobKind::Edit, format!("Change {items} field of {items} product"), items, 0))
            }
            Request::PlanPush { products, towards, .. } => {
                let items = products.len() as u64;
                let title = format!("Push {items} products to {}", towards.label());
                Reply::Planned(plan(JobKind::Push, title, items, if items > 1 { 2 } else { 0 }))
            }
            Request::PlanSteps { window, .. } => {
                let rows: Vec<PlanStepRow> = (0..105).map(step).collect();
                Reply::PlanSteps { total: 105, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::PlanRefusals { window, .. } => {
                let rows: Vec<RefusalRow> = (0..3).map(refusal).collect();
                Reply::PlanRefusals { total: 3, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::Apply { .. } => Reply::Started { jobs: vec![JobId(9)] },
            Request::Jobs { window } => {
                Reply::Jobs { total: self.jobs.len() as u64, offset: window.offset, rows: cut(&self.jobs, *window) }
            }
            Request::Job { job } => match self.jobs.iter().find(|row| row.job.id == *job) {
                Some(row) => Reply::Job(row.clone()),
                None => return refused("this job is gone", "go back to the list"),
            },
            Request::Steps { filter, window, .. } => {
                let rows: Vec<StepRow> = (0..64).map(job_step).filter(|row| fits(row, *filter)).collect();
                Reply::Steps { total: rows.len() as u64, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::BeginLogin { .. } => shop::begun(),
            Request::FinishLogin { pasted, .. } if !pasted.reveal().contains("code=") => {
                return refused(
                    "that address has no code: paste the one that the browser shows after you said yes",
                    "the login still waits; a code of Lagoon can be used for 60 s",
                );
            }
            Request::FinishLogin { login, .. } => Reply::LoggedIn { login: login.clone() },
            Request::Disconnect { .. }
            | Request::RefreshReport
            | Request::DropPlan { .. }
            | Request::Order { .. }
            | Request::Shutdown => Reply::Done,
            Request::History { view, window } => {
                let rows = keeping::history(self.now, view);
                Reply::History {
                    total: rows.len() as u64,
                    offset: window.offset,
                    rows: cut(&rows, *window),
                    more: false,
                }
            }
            Request::Conflicts { window } => {
                let rows = keeping::conflicts(self.now);
                Reply::Conflicts { total: rows.len() as u64, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::CleanUp { view, window } => {
                let rows = clean_up::rows(view);
                let counts = clean_up::counts(self.now);
                let total = rows.len() as u64;
                Reply::CleanUp { counts, total, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::AcrossLines { view, window } => {
                let rows = across::lines(view);
                Reply::AcrossLines { total: rows.len() as u64, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::ExplainStock { of: StockOf::Product(product) } => {
                Reply::Stock { stock: keeping::stock(self.now, *product) }
            }
            Request::Settings => Reply::Settings { rows: keeping::settings() },
            Request::Rules => {
                let (rows, presets) = keeping::rules();
                Reply::Rules { rows, presets }
            }
            Request::PlanSynchronize { products, .. } => {
                let items = products.len() as u64;
                Reply::Planned(plan(JobKind::Synchronize, format!("Synchronize {items} products"), items, 0))
            }
            Request::PlanUnlink { products } => {
                let items = products.len() as u64;
                Reply::Planned(plan(JobKind::Unlink, format!("Unlink {items} items"), items, 0))
            }
            Request::PlanAdjust { .. } => Reply::Planned(plan(JobKind::Adjust, "Adjust 1 product".to_owned(), 1, 0)),
            Request::PlanUndo { job } => {
                let title = format!("Undo job {job}");
                Reply::Planned(plan(JobKind::Undo { job: *job }, title, 12, 1))
            }
            Request::SyncNow { .. }
            | Request::PauseSync { .. }
            | Request::Decide { .. }
            | Request::KeepSettings { .. }
            | Request::KeepRules { .. }
            | Request::ApplyPreset { .. } => Reply::Done,
            other => return refused(&format!("{other:?} is not in this test's shop"), "none"),
        })
    }
}

fn cut<T: Clone>(rows: &[T], window: Window) -> Vec<T> {
    rows.iter().skip(window.offset as usize).take(window.limit as usize).cloned().collect()
}
