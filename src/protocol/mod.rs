//! What a front and the engine say to each other: plain data, no bytes, no behaviour.
//!
//! A front asks with [`Request`]s and gets one [`Reply`] or [`Problem`] for each. [`Event`]s come unasked, carry no rows
//! and may be lost; who gets one asks for the window it shows.

mod clean_up;
mod event;
mod exchange;
mod keeping;
mod picture;
mod reply;
mod request;
mod rows;

use serde::{Deserialize, Serialize};

use crate::error::{Exit, Failure};

pub use clean_up::{CleanUpCounts, CleanUpRow, CleanUpView};
pub use event::{Event, NoticeLevel, Topic};
pub use exchange::{
    AcrossLine, AcrossRow, AcrossVariant, AcrossView, NamedVariant, PairChoice, PairRow, RejectedLine, RowsRead,
};
pub use keeping::{
    ChannelExplanation, ConflictId, ConflictRow, Correction, Decision, HistoryRow, HistoryView, Mend, OrderBrief,
    PresetRow, RulesRow, SettingsDraft, SettingsRow, StockExplanation, StockOf, SyncCounts, SyncFilter, SyncState,
    Wrong,
};
pub use picture::{MOST_POINTS, Picture, PictureOf, fitted_size};
pub use reply::{PlanSummary, PlatformCost, Reply, ReportSummary, Status, TestReport};
pub use request::{
    ConnectionDraft, JobOrder, LinkChoice, LinkOf, LinkSelection, PlanId, ProductSort, ProductsView, Rejected,
    ReportTab, ReportView, Request, Sort, StepFilter, Window,
};
pub use rows::{
    CandidateRow, ConnectionRow, DetailCell, DetailRow, EvidenceRow, JobRow, LinkExplanation, LinkMark, LinkedRow,
    ListingBrief, ListingDetail, LoginRow, MendRow, PlanStepRow, PlatformRow, ProductDetail, ProductRow, ReasonRow,
    RefusalRow, RejectedRow, ReportRow, ShownQuantity, StepRow, SuggestionRow,
};

/// Grows with each change that an older front or engine would misread.
pub const PROTOCOL: u32 = 1;

/// The largest frame, in bytes: the numbers of a million products fit, a runaway does not.
pub const LARGEST_FRAME: usize = 64 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol: u32,
    /// The program's version; another one is worth a word, another protocol is refused.
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientFrame {
    Hello(Hello),
    /// Numbers are the client's, and grow.
    Ask {
        number: u64,
        request: Request,
    },
}

#[expect(clippy::large_enum_variant, reason = "one at a time, and most of them are answers")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    Hello(Hello),
    /// The last frame on a connection that is refused.
    Refused(Problem),
    Answer {
        number: u64,
        answer: Result<Reply, Problem>,
    },
    Event(Event),
}

/// Why something was not done: what happened, to what, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub kind: ProblemKind,
    pub message: String,
    pub hint: Option<String>,
}

/// What kind of trouble, as far as scripts tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    Failure,
    /// The request makes no sense as it is.
    Usage,
    Platform,
    Store,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { exit: problem.kind.exit(), message: problem.message, hint: problem.hint }
    }
}

impl ProblemKind {
    pub const fn exit(self) -> Exit {
        match self {
            Self::Failure => Exit::Failure,
            Self::Usage => Exit::Usage,
            Self::Platform => Exit::Platform,
            Self::Store => Exit::Store,
        }
    }
}
