//! What the engine answers.

use serde::{Deserialize, Serialize};

use crate::domain::{ConnectionId, JobId, JobKind, ListingId, Location, MatchKey, ProductId, ReasonKind, Timestamp};

use super::clean_up::{CleanUpCounts, CleanUpRow};
use super::exchange::{AcrossLine, AcrossRow, RowsRead};
use super::keeping::{ConflictRow, HistoryRow, PresetRow, RulesRow, SettingsRow, StockExplanation, SyncCounts};
use super::picture::Picture;
use super::request::PlanId;
use super::rows::{
    ConnectionRow, JobRow, LinkExplanation, PlanStepRow, PlatformRow, ProductDetail, ProductRow, RefusalRow, ReportRow,
    StepRow,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    Done,
    Status(Status),
    Platforms {
        platforms: Vec<PlatformRow>,
    },
    Tested(TestReport),
    Connected {
        connection: ConnectionId,
        report: TestReport,
        import: JobId,
    },
    /// `url` is to be opened in any browser, on any machine, within the hour. `redirect` is where that browser is sent
    /// then, and `code_lives` how many seconds what it brings can be used from there on.
    LoginBegun {
        login: String,
        url: String,
        redirect: String,
        code_lives: u32,
    },
    /// To be named in a draft within the hour.
    LoggedIn {
        login: String,
    },
    Started {
        jobs: Vec<JobId>,
    },
    /// `total`: rows in the whole view. `everything`: products without any filter.
    Products {
        revision: u64,
        total: u64,
        everything: u64,
        offset: u64,
        rows: Vec<ProductRow>,
    },
    ProductIds {
        products: Vec<ProductId>,
    },
    /// From 0; `None` if the view does not show it.
    ProductPlace {
        place: Option<u64>,
    },
    Product(Box<ProductDetail>),
    Picture(Box<Picture>),
    /// `summary` is `None` before the first report.
    Report {
        summary: Option<ReportSummary>,
        total: u64,
        offset: u64,
        rows: Vec<ReportRow>,
    },
    CleanUp {
        counts: CleanUpCounts,
        total: u64,
        offset: u64,
        rows: Vec<CleanUpRow>,
    },
    Across {
        total: u64,
        offset: u64,
        rows: Vec<AcrossRow>,
    },
    AcrossLines {
        total: u64,
        offset: u64,
        rows: Vec<AcrossLine>,
    },
    RowsRead(RowsRead),
    /// Never empty.
    LinkExplained {
        listings: Vec<LinkExplanation>,
    },
    /// So many pairs were rejected, or allowed again.
    PairsDecided {
        pairs: u64,
    },
    /// Nothing is to be done, and that is no fault: what is so, and what else can be done.
    Nothing {
        message: String,
        hint: String,
    },
    Planned(PlanSummary),
    PlanSteps {
        total: u64,
        offset: u64,
        rows: Vec<PlanStepRow>,
    },
    PlanRefusals {
        total: u64,
        offset: u64,
        rows: Vec<RefusalRow>,
    },
    Jobs {
        total: u64,
        offset: u64,
        rows: Vec<JobRow>,
    },
    Job(JobRow),
    Stock {
        stock: Vec<StockExplanation>,
    },
    /// `total`: lines found so far; `more`: there may be older ones.
    History {
        total: u64,
        offset: u64,
        rows: Vec<HistoryRow>,
        more: bool,
    },
    Conflicts {
        total: u64,
        offset: u64,
        rows: Vec<ConflictRow>,
    },
    Settings {
        rows: Vec<SettingsRow>,
    },
    Rules {
        rows: Vec<RulesRow>,
        presets: Vec<PresetRow>,
    },
    Steps {
        total: u64,
        offset: u64,
        rows: Vec<StepRow>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub version: String,
    /// Grows with each change of the catalogue.
    pub revision: u64,
    pub now: Timestamp,
    pub connections: Vec<ConnectionRow>,
    pub jobs_running: u64,
    pub jobs_waiting: u64,
    /// Ended jobs with failed or parked steps that nobody has looked after.
    pub jobs_troubled: u64,
    /// Products by where they stand.
    pub sync: SyncCounts,
    pub report: Option<ReportSummary>,
    pub report_running: bool,
    /// The store's folder, or that it is a demo in memory.
    pub home: String,
}

/// What a test call found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    pub shop_name: String,
    pub currency: String,
    pub locations: Vec<Location>,
    pub permissions: Vec<String>,
    pub missing_permissions: Vec<String>,
    pub warnings: Vec<String>,
    /// What can be promised for quantities there.
    pub guarantee: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReportSummary {
    pub made_at: Timestamp,
    /// The catalogue changed since.
    pub stale: bool,
    pub candidates: u64,
    pub without_candidate: u64,
    pub linked: u64,
    /// Pairs of connections that were compared: `Square × Shopify`.
    pub compared: Vec<String>,
    /// Sure and likely ones.
    #[serde(default)]
    pub suggestions: u64,
    #[serde(default)]
    pub sure: u64,
    /// Pairs that a person rejected.
    #[serde(default)]
    pub rejected: u64,
    /// How many candidates agreed in what when the report was made; one may agree in several.
    #[serde(default)]
    pub matched: Vec<(MatchKey, u64)>,
    /// How many listings had a reason of which kind then.
    #[serde(default)]
    pub reasons: Vec<(ReasonKind, u64)>,
    /// What a person should know of how it was made. Plain sentences.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A plan before it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSummary {
    pub plan: PlanId,
    pub kind: JobKind,
    pub title: String,
    /// Products.
    pub items: u64,
    pub steps: u64,
    pub refused: u64,
    pub calls: u64,
    pub seconds: u64,
    pub costs: Vec<PlatformCost>,
    /// What a person should know before saying yes: that much of a catalogue would change. Plain sentences.
    pub warnings: Vec<String>,
    /// Whose page to show first: the first item's listing.
    pub first: Option<ListingId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformCost {
    pub connection: String,
    pub calls: u64,
    pub seconds: u64,
}
