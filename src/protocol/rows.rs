//! Rows as the panes and lists show them. Text in them is clean; sentences are complete.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ConnectionId, ConnectionState, Job, Likelihood, ListingId, Location, LocationId, MatchKey, Money, Presence,
    ProductId, Quantity, RateUse, Reason, RefusalReason, Side, Status, StepIndex, Text, Timestamp, VariantId,
};

use super::keeping::{Mend, SyncState};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConnectionRow {
    pub id: ConnectionId,
    pub name: Text,
    /// `Square`
    pub platform: String,
    /// `Sq`
    pub mark: String,
    pub side: Side,
    pub base_url: String,
    pub state: ConnectionState,
    pub locations: Vec<Location>,
    pub listings: u64,
    /// When its data was last read through; the age of what is shown. `None` before the first import.
    pub read_at: Option<Timestamp>,
    pub guarantee: String,
    /// When the login ends; `None` where it renews itself, or does not end.
    #[serde(default)]
    pub login_ends: Option<Timestamp>,
    /// The command that gives it another key, or logs in again.
    #[serde(default)]
    pub log_in: String,
    /// What was used within the last minute of the rate that the platform allows; `None` before the first call.
    #[serde(default)]
    pub rate: Option<RateUse>,
    /// The step at which a gauge of it stands, from 0 to 7: eighths, which hold on a little to where they are.
    #[serde(default)]
    pub gauge: u8,
}

/// How a merchant logs in on a platform's page. Credentials are named as in the platform's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginRow {
    /// Where the browser is sent, unless another address is named; registered with the app.
    pub redirect: String,
    /// Seconds that a code lives.
    pub code_lives: u32,
    /// What is asked for before: the keys of the app.
    pub asks: Vec<String>,
    /// What the login brings by itself.
    pub brings: Vec<String>,
    /// Keys with which no login is needed.
    pub instead: Vec<String>,
}

/// A platform that can be connected, with what the form asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformRow {
    pub id: String,
    pub name: String,
    pub mark: String,
    pub side: Side,
    pub api_version: String,
    pub default_base_url: Option<String>,
    pub base_url_help: String,
    /// (name, label, secret, required)
    pub credentials: Vec<(String, String, bool, bool)>,
    #[serde(default)]
    pub login: Option<LoginRow>,
    /// How to get the key, as Markdown.
    pub docs: String,
    pub guarantee: String,
    /// How quantities are written there.
    #[serde(default)]
    pub writes: String,
    /// (field, its name there, what to know)
    pub fields: Vec<(String, String, String)>,
    /// For each of `fields`: what is done with it, `both ways`.
    #[serde(default)]
    pub uses: Vec<String>,
    /// (what, limit, source)
    pub limits: Vec<(String, Option<u64>, String)>,
}

/// A quantity as a list shows it. A side without the product has none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownQuantity {
    Counted(Quantity),
    /// Sold without counting: `∞`, or `not counted`.
    Untracked,
    /// Should be counted, and is not known: `?`.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMark {
    Unlinked,
    /// Some variants are linked, others are not.
    Partly,
    /// ⇄
    Linked,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductRow {
    pub product: ProductId,
    pub title: Text,
    pub variants: u32,
    /// The first variant's.
    pub sku: Option<Text>,
    /// Lowest and highest; equal for one price. The in-store side's where there is one.
    pub price: Option<(Money, Money)>,
    pub in_store: Option<ShownQuantity>,
    pub online: Option<ShownQuantity>,
    pub presence: Presence,
    /// The platforms' marks, in-store first.
    pub marks: Vec<String>,
    pub link: LinkMark,
    /// Of the listing shown; draft and archived are worth a word.
    pub status: Status,
    pub sync: SyncState,
    /// Why it fails or is in conflict, in a plain sentence.
    pub trouble: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductDetail {
    pub product: ProductId,
    pub title: Text,
    pub presence: Presence,
    pub link: LinkMark,
    /// In-store first. The columns of `rows`.
    pub listings: Vec<ListingDetail>,
    /// Linked variants stand on one row; the others on rows of their own.
    pub rows: Vec<DetailRow>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListingDetail {
    pub listing: ListingId,
    pub connection: Text,
    pub mark: String,
    pub side: Side,
    pub remote: String,
    pub title: Text,
    pub brand: Option<Text>,
    pub category: Option<Text>,
    pub description: Text,
    pub status: Status,
    pub gone: bool,
    pub images: Vec<String>,
    pub page: Option<String>,
    pub seen_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetailRow {
    /// `Red / 13`; the title for a simple product.
    pub label: String,
    pub linked: bool,
    /// One for each listing, in its order.
    pub cells: Vec<Option<DetailCell>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetailCell {
    pub variant: VariantId,
    pub sku: Option<Text>,
    pub barcode: Option<Text>,
    pub price: Option<Money>,
    pub quantity: ShownQuantity,
    /// Per location in use, where there are several.
    pub levels: Vec<(LocationId, Text, Option<Quantity>)>,
}

/// A listing in a row of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListingBrief {
    pub listing: ListingId,
    pub mark: String,
    pub side: Side,
    pub title: Text,
    pub brand: Option<Text>,
    pub sku: Option<Text>,
    pub barcode: Option<Text>,
    pub price: Option<Money>,
    pub quantity: ShownQuantity,
    pub variants: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateRow {
    pub in_store: ListingBrief,
    pub online: ListingBrief,
    pub matched: Vec<MatchKey>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasonRow {
    pub reason: Reason,
    /// `The titles match, but the price differs: 19.90 EUR here, 24.90 EUR on Shopify`
    pub sentence: String,
    /// `Make the prices equal, or give both the same SKU`
    pub mend: String,
    /// Edits that take the reason away, where one does; the first is the shortest way.
    #[serde(default)]
    pub mends: Vec<MendRow>,
}

/// An edit that can be planned as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MendRow {
    /// `Set the price on Shopify to 19.90 EUR, as in the till`
    pub sentence: String,
    pub mend: Mend,
}

/// What speaks for two listings being one product, or against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// `price`
    pub aspect: String,
    pub speaks_for: bool,
    pub sentence: String,
    /// What each side says, where it is one value.
    pub in_store: Option<String>,
    pub online: Option<String>,
}

/// Two listings that are probably one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuggestionRow {
    pub in_store: ListingBrief,
    pub online: ListingBrief,
    pub class: Likelihood,
    /// The probability that they are one.
    pub percent: u8,
    /// The most telling first.
    pub evidence: Vec<EvidenceRow>,
}

/// Two listings that a person said are not one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RejectedRow {
    pub in_store: ListingBrief,
    pub online: ListingBrief,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum ReportRow {
    Candidate(CandidateRow),
    Suggestion(SuggestionRow),
    WithoutCandidate { listing: ListingBrief, reasons: Vec<ReasonRow> },
    Rejected(RejectedRow),
}

impl ReportRow {
    /// The two sides, where there are two.
    pub fn sides(&self) -> Option<(&ListingBrief, &ListingBrief)> {
        match self {
            Self::Candidate(row) => Some((&row.in_store, &row.online)),
            Self::Suggestion(row) => Some((&row.in_store, &row.online)),
            Self::Rejected(row) => Some((&row.in_store, &row.online)),
            Self::WithoutCandidate { .. } => None,
        }
    }

    /// The listing that stands first.
    pub fn listing(&self) -> &ListingBrief {
        match self {
            Self::WithoutCandidate { listing, .. } => listing,
            Self::Candidate(row) => &row.in_store,
            Self::Suggestion(row) => &row.in_store,
            Self::Rejected(row) => &row.in_store,
        }
    }
}

/// A variant of a listing, and what it is linked to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkedRow {
    /// `Red / 13`; the title for a simple product.
    pub variant: String,
    /// `Shop: Tea pot, Red / 13`
    pub with: Vec<String>,
}

/// All that is known of how a listing is linked, or why it is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkExplanation {
    pub listing: ListingBrief,
    /// Where it is: the connection's name.
    pub connection: Text,
    /// What there is to say, in one sentence.
    pub sentence: String,
    pub linked: Vec<LinkedRow>,
    pub candidates: Vec<CandidateRow>,
    pub reasons: Vec<ReasonRow>,
    /// At most three, the most probable first.
    pub suggestions: Vec<SuggestionRow>,
    pub rejected: Vec<RejectedRow>,
}

/// One write of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanStepRow {
    pub index: StepIndex,
    /// The connection's name; `counterpart` for what happens here only.
    pub place: String,
    /// `set quantity`, `create as draft`, `link`
    pub what: String,
    pub subject: Text,
    pub old: Option<String>,
    pub new: Option<String>,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusalRow {
    pub listing: ListingId,
    pub subject: Text,
    /// With a plain sentence each.
    pub reasons: Vec<(RefusalReason, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    pub job: Job,
    /// Steps (or listings) per minute over the last while.
    pub per_minute: Option<u64>,
    pub eta_seconds: Option<u64>,
    /// Steps (or listings) in each slice of five seconds of the last minute, the oldest first: of those slices that are
    /// over, and of an ended job the last ones of it. Empty before, and for what ended before the engine started.
    #[serde(default)]
    pub throughput: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    pub step: PlanStepRow,
    /// `waiting`, `under way`, `done`, `failed`, `looking up`, `needs you`, `skipped`
    pub state: String,
    /// What went wrong, in a plain sentence.
    pub message: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}
