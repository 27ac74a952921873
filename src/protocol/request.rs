//! What a front can ask.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    ConnectionId, FieldRules, JobId, Likelihood, ListingId, MatchKey, Presence, ProductId, ReasonKind, Side, VariantId,
};
use crate::secrets::{Credentials, Secret};

use super::clean_up::CleanUpView;
use super::exchange::{AcrossView, PairChoice, PairRow};
use super::keeping::{ConflictId, Correction, Decision, HistoryView, Mend, SettingsDraft, StockOf, SyncFilter, Wrong};
use super::picture::PictureOf;

/// Rows `offset..offset + limit` of a view. At most 1,000 at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub offset: u64,
    pub limit: u32,
}

/// A plan that the engine holds until it is applied, dropped, or an hour old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub u64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// → `Status`
    Status,
    /// → `Platforms`
    Platforms,
    /// Calls the platform, keeps nothing. → `Tested`
    TestConnection { draft: ConnectionDraft },
    /// Tests, keeps, and starts the first import. → `Connected`
    Connect { draft: ConnectionDraft },
    /// Makes the address of the page on which the merchant says yes. Of the draft, the platform, its address and the
    /// app's keys count; what is blank is taken from the connection of the same name. `redirect`: another one than the
    /// platform's usual. → `LoginBegun`
    BeginLogin { draft: ConnectionDraft, redirect: Option<String> },
    /// What the browser was sent back with, in whole or in part: changes its code for keys. A login that failed can be
    /// finished with another code. → `LoggedIn`
    FinishLogin {
        login: String,
        #[serde(with = "pasted")]
        pasted: Secret,
    },
    /// Forgets a connection with its listings and links; nothing is written to the platform. → `Done`
    Disconnect { connection: ConnectionId },
    /// `None`: all connections. → `Started`
    Import { connection: Option<ConnectionId>, full: bool },

    /// → `Products`
    Products { view: ProductsView, window: Window },
    /// The numbers of the products that a view shows, all or a window of them. → `ProductIds`
    ProductIds { view: ProductsView, window: Option<Window> },
    /// Where a product stands in a view. → `ProductPlace`
    ProductPlace { view: ProductsView, product: ProductId },
    /// → `Product`
    Product { product: ProductId },
    /// Reads a picture from where the shop shows it, which nothing else does. → `Picture`
    Picture { of: PictureOf },

    /// Makes the link report anew in the background; `ReportReady` tells when. → `Done`
    RefreshReport,
    /// → `Report`
    Report { view: ReportView, window: Window },
    /// All that is known of how listings are linked, or why they are not. → `LinkExplained`
    ExplainLink { of: LinkOf },
    /// A person says that these pairs are not one product: none of them comes up again. → `PairsDecided`
    RejectPairs { selection: LinkSelection },
    /// → `PairsDecided`
    AllowPairs { which: Rejected },

    /// What is wrong inside a connection, and what the other side could not take. Asking for the first rows makes the
    /// list anew if the catalogue has changed. → `CleanUp`
    CleanUp { view: CleanUpView, window: Window },
    /// Products with variants whose variants are single items on the other side. → `Across`
    Across { view: AcrossView, window: Window },
    /// The same, line by line. → `AcrossLines`
    AcrossLines { view: AcrossView, window: Window },
    /// Links variants one by one, whatever the structure of their listings. → `Planned`
    PlanLinkPairs { pairs: Vec<PairChoice> },
    /// Rows of a person's file: who is meant is looked up here. `till`, `store`: where names are looked for, if not
    /// everywhere. → `RowsRead`
    PlanLinkRows { rows: Vec<PairRow>, till: Option<ConnectionId>, store: Option<ConnectionId>, primary: Side },

    /// → `Planned`
    PlanLink { selection: LinkSelection },
    /// `connection`: which one of the target side, if there are several. → `Planned`
    PlanPush { products: Vec<ProductId>, towards: Side, connection: Option<ConnectionId>, draft: bool },
    /// → `PlanSteps`
    PlanSteps { plan: PlanId, window: Window },
    /// → `PlanRefusals`
    PlanRefusals { plan: PlanId, window: Window },
    /// Makes the plan a job and starts it. → `Started`
    Apply { plan: PlanId },
    /// → `Done`
    DropPlan { plan: PlanId },

    /// Newest first. → `Jobs`
    Jobs { window: Window },
    /// → `Job`
    Job { job: JobId },
    /// → `Steps`
    Steps { job: JobId, filter: StepFilter, window: Window },
    /// → `Done`
    Order { job: JobId, order: JobOrder },

    /// Reads what changed and tells what is owed, now. `None`: all connections. → `Done`
    SyncNow { connection: Option<ConnectionId> },
    /// Nothing of these is written until they go on. → `Done`
    PauseSync { products: Vec<ProductId>, paused: bool },
    /// → `Planned`
    PlanUnlink { products: Vec<ProductId> },
    /// What is wrong follows the other side: its quantity, its price, or both. → `Planned`
    PlanSynchronize { products: Vec<ProductId>, wrong: Wrong, quantity: bool, price: bool },
    /// Everything that is linked on this connection is told again what it should show. → `Planned`
    PlanRefreshInventory { connection: ConnectionId },
    /// `variant`: needed where the product has several. → `Planned`
    PlanAdjust { product: ProductId, variant: Option<VariantId>, correction: Correction, reason: String },
    /// → `Planned`
    PlanMend { mends: Vec<Mend> },
    /// What a job did is taken back where it is still ours. → `Planned`
    PlanUndo { job: JobId },
    /// The stock of everything meant, variant by variant. → `Stock`
    ExplainStock { of: StockOf },
    /// Newest first. → `History`
    History { view: HistoryView, window: Window },
    /// → `Conflicts`
    Conflicts { window: Window },
    /// → `Done`
    Decide { conflict: ConflictId, decision: Decision },
    /// Of all connections. → `Settings`
    Settings,
    /// → `Done`
    KeepSettings { draft: SettingsDraft },
    /// Of all pairs of a till and a store. → `Rules`
    Rules,
    /// → `Done`
    KeepRules { rules: FieldRules },
    /// Gives a pair the rules of a preset. → `Done`
    ApplyPreset { in_store: ConnectionId, online: ConnectionId, preset: String },

    /// Ends the engine; jobs go on at its next start. → `Done`
    Shutdown,
}

/// What a person fills in to connect a shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConnectionDraft {
    pub platform: String,
    /// Blank: the shop's own name.
    pub name: String,
    /// Blank: the platform's default, where it has one.
    pub base_url: String,
    pub allow_http: bool,
    pub ca_file: Option<String>,
    /// Identifiers or names of the locations in use; the first is written to. Empty: the platform's default one.
    pub locations: Vec<String>,
    #[serde(with = "revealed")]
    pub credentials: Credentials,
    /// A login that was begun and finished; its keys are taken instead of `credentials`.
    #[serde(default)]
    pub login: Option<String>,
}

/// Secrets cross the local socket, and only it, in plain: same user, folder 0700.
mod revealed {
    use super::{BTreeMap, Credentials};
    use crate::secrets::Secret;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(credentials: &Credentials, serializer: S) -> Result<S::Ok, S::Error> {
        let plain: BTreeMap<&str, &str> =
            credentials.iter().map(|(name, secret)| (name.as_str(), secret.reveal())).collect();
        plain.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Credentials, D::Error> {
        let plain = BTreeMap::<String, String>::deserialize(deserializer)?;
        Ok(plain.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
    }
}

/// The same for what was pasted: it holds a code.
mod pasted {
    use crate::secrets::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(pasted: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(pasted.reveal())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProductsView {
    /// `None`: no filter.
    pub presence: Option<Presence>,
    pub hide_sold_out: bool,
    /// `None`: wherever they stand.
    #[serde(default)]
    pub status: Option<SyncFilter>,
    /// Looked for in title, SKU and barcode, case-blind; several words must all be there.
    pub search: String,
    pub sort: Sort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sort {
    pub by: ProductSort,
    pub descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductSort {
    #[default]
    Title,
    Sku,
    Price,
    InStoreQuantity,
    OnlineQuantity,
    Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportTab {
    /// What can be linked.
    #[default]
    Candidates,
    /// What is probably one product, for a person to decide on.
    Suggestions,
    /// What cannot, and why.
    WithoutCandidate,
    /// Pairs that a person rejected, the newest first.
    Rejected,
}

impl ReportTab {
    pub const ALL: [Self; 4] = [Self::Candidates, Self::Suggestions, Self::WithoutCandidate, Self::Rejected];
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReportView {
    pub tab: ReportTab,
    /// As in [`ProductsView::search`].
    pub search: String,
    /// Of candidates: only what agrees in this.
    #[serde(default)]
    pub matched: Option<MatchKey>,
    /// Of what cannot be linked: only what has a reason of this kind.
    #[serde(default)]
    pub reason: Option<ReasonKind>,
    /// Of suggestions: only these; `None`: all but the merely possible ones.
    #[serde(default)]
    pub class: Option<Likelihood>,
}

impl ReportView {
    pub fn of(tab: ReportTab) -> Self {
        Self { tab, ..Self::default() }
    }

    /// Whether it shows everything that its tab has.
    pub fn is_whole(&self) -> bool {
        *self == Self::of(self.tab)
    }
}

/// Listings whose links are to be explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkOf {
    /// `l12`, or a SKU, a barcode or a whole title, folded as in a search; or else words of it.
    Named(String),
    Listing(ListingId),
    Product(ProductId),
}

/// Rejections that are taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejected {
    /// Those that were made last, together.
    Last,
    Pair {
        in_store: ListingId,
        online: ListingId,
    },
}

/// A person's choice for one row of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkChoice {
    pub in_store: ListingId,
    pub online: ListingId,
    pub ticked: bool,
    pub primary: Side,
}

/// Which rows to link. A row is named by its two listings, so it stays right when the report is made anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSelection {
    /// All candidates, or suggestions if it is their tab, that this view shows, with this side as the primary system …
    pub everything: Option<(ReportView, Side)>,
    /// … but for these rows, which say for themselves.
    pub choices: Vec<LinkChoice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepFilter {
    #[default]
    All,
    /// Failed and parked.
    Troubled,
    Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobOrder {
    Pause,
    Resume,
    Cancel,
    /// Failed and parked steps are tried again, after a look at what is there.
    RetryFailed,
    /// Clears an ended job away.
    Forget,
}
