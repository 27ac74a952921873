//! What fronts ask and are told of keeping shops in step: status, conflicts, stock arithmetic, history, settings.

use serde::{Deserialize, Serialize};

pub use crate::domain::SyncState;
use crate::domain::{
    Cause, ConnectionId, Field, FieldRules, FieldValue, Happening, HistoryRecord, LinkId, ListingId, Location,
    LocationId, OrderState, ProductId, Quantity, Side, SyncSettings, Text, Timestamp, VariantId,
};

/// What a filter by status keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncFilter {
    InSync,
    OutOfSync,
    InOrders,
    Base,
    Conflict,
    Paused,
    Failing,
}

impl SyncFilter {
    pub const ALL: [Self; 7] =
        [Self::Conflict, Self::Failing, Self::OutOfSync, Self::InOrders, Self::InSync, Self::Paused, Self::Base];

    pub const fn keeps(self, state: SyncState) -> bool {
        matches!(
            (self, state),
            (Self::InSync, SyncState::InSync)
                | (Self::OutOfSync, SyncState::OutOfSync { .. })
                | (Self::InOrders, SyncState::InOrders)
                | (Self::Base, SyncState::Base)
                | (Self::Conflict, SyncState::Conflict)
                | (Self::Paused, SyncState::Paused)
                | (Self::Failing, SyncState::Failing)
        )
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::InSync => "In sync",
            Self::OutOfSync => "Out of sync",
            Self::InOrders => "In orders",
            Self::Base => "Base",
            Self::Conflict => "Conflict",
            Self::Paused => "Paused",
            Self::Failing => "Failing",
        }
    }

    /// As the command line takes it: `out-of-sync`.
    pub fn word(self) -> String {
        self.label().to_lowercase().replace(' ', "-")
    }
}

/// How many products stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SyncCounts {
    pub in_sync: u64,
    pub out_of_sync: u64,
    pub in_orders: u64,
    pub base: u64,
    pub conflict: u64,
    pub paused: u64,
    pub failing: u64,
}

impl SyncCounts {
    pub const fn of(&self, filter: SyncFilter) -> u64 {
        match filter {
            SyncFilter::InSync => self.in_sync,
            SyncFilter::OutOfSync => self.out_of_sync,
            SyncFilter::InOrders => self.in_orders,
            SyncFilter::Base => self.base,
            SyncFilter::Conflict => self.conflict,
            SyncFilter::Paused => self.paused,
            SyncFilter::Failing => self.failing,
        }
    }
}

/// Names a conflict: the link, the side, and the field if it is not the quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConflictId {
    pub link: LinkId,
    pub variant: VariantId,
    pub field: Option<Field>,
}

/// How a person decides a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// What this side shows is right: the others follow.
    Accept,
    /// What this side shows is wrong: it is brought back to what the others say.
    Restore,
    /// Both stay as they are, and are taken as agreed.
    Leave,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConflictRow {
    pub conflict: ConflictId,
    pub product: ProductId,
    pub subject: Text,
    pub sku: Option<Text>,
    /// The side that changed.
    pub connection: Text,
    /// `40 → 33, and no order explains it`
    pub sentence: String,
    /// What stands on this side, and on the side of record.
    pub ours: String,
    pub theirs: String,
    pub since: Timestamp,
    /// What can be decided, with what it would do, as a sentence each.
    pub decisions: Vec<(Decision, String)>,
}

/// Where a stock figure comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StockExplanation {
    pub product: ProductId,
    pub subject: Text,
    pub sku: Option<Text>,
    /// Physically there: available + booked. `None` while unknown.
    pub in_stock: Option<Quantity>,
    /// Ordered and not shipped, over all connections.
    pub booked: Quantity,
    /// What can be sold.
    pub available: Option<Quantity>,
    pub channels: Vec<ChannelExplanation>,
    /// The open orders behind `booked`.
    pub orders: Vec<OrderBrief>,
}

/// What one channel shows, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelExplanation {
    pub connection: Text,
    pub side: Side,
    /// Per location: its name, its count, and whether it counts.
    pub locations: Vec<(Text, Option<Quantity>, bool)>,
    /// The sum over the locations that count; `None` while unknown.
    pub shows: Option<Quantity>,
    pub should_show: Option<Quantity>,
    pub owed: Option<Quantity>,
    pub base: Option<Quantity>,
    pub share: u8,
    pub buffer: Quantity,
    pub booked: Quantity,
    /// `46 available, 50 % of it is 23, less 3 kept back = 20; it shows 21 and is owed −1`
    pub sentence: String,
    /// The platform's promise for quantities, and the drift estimated so far where there is any.
    pub guarantee: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderBrief {
    pub connection: Text,
    pub number: Text,
    pub state: OrderState,
    pub placed_at: Timestamp,
    pub booked: Quantity,
}

/// Whose stock is meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockOf {
    /// All variants with this SKU or barcode, folded as in a search.
    Sku(String),
    Product(ProductId),
}

/// How a person corrects a stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// There are so many available.
    Set(Quantity),
    /// So many came or, below zero, went.
    Add(Quantity),
}

/// Which lines of the history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HistoryView {
    /// Looked for in title, SKU, values and cause, as in a search of products.
    pub search: String,
    /// Of this product's listings only.
    pub product: Option<ProductId>,
    pub connection: Option<ConnectionId>,
    /// Of this job only.
    pub job: Option<crate::domain::JobId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    pub record: HistoryRecord,
    /// The connection's name, or `counterpart`.
    pub place: String,
    /// `quantity`, `price`, `linked`
    pub what: String,
    /// `order #1001`, `job j12: Sync 3 quantities`, `seen there`, `you: stock take`
    pub cause: String,
}

impl HistoryRow {
    /// The words for what changed.
    pub const fn word(what: Happening) -> &'static str {
        match what {
            Happening::Quantity => "quantity",
            Happening::Field(field) => field.label(),
            Happening::Order => "order",
            Happening::Linked => "linked",
            Happening::Unlinked => "unlinked",
            Happening::Created => "created",
            Happening::Deleted => "deleted",
            Happening::Conflict => "conflict",
            Happening::Settled => "decided",
            Happening::Settings => "settings",
        }
    }

    /// The words for why, but for the title of a job.
    pub fn cause_of(cause: &Cause) -> String {
        match cause {
            Cause::Poll => "seen there".to_owned(),
            Cause::Order { number } => format!("order {number}"),
            Cause::Job { job } => format!("job {job}"),
            Cause::Person { reason } if reason.is_empty() => "you".to_owned(),
            Cause::Person { reason } => format!("you: {reason}"),
        }
    }
}

/// A connection's settings, with what they can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingsRow {
    pub connection: ConnectionId,
    pub name: Text,
    pub side: Side,
    pub settings: SyncSettings,
    /// Every location there is, in the order in which stock is taken from those in use; whether it is in use.
    pub locations: Vec<(Location, bool)>,
    pub has_orders: bool,
    pub guarantee: String,
    /// Units that may have been lost so far, where counts can only be set: `0.3 units estimated`.
    pub drift: Option<String>,
    /// `in 40 s`, `at 14:05`, `when somebody asks`
    pub next_look: String,
}

/// Rules between a till and a store, with what the two platforms can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RulesRow {
    pub in_store: Text,
    pub online: Text,
    pub rules: FieldRules,
    /// Fields that cannot be written on a side: `online → POS` is not possible for them, and the other way round.
    pub not_to_online: Vec<Field>,
    pub not_to_in_store: Vec<Field>,
    /// The preset that these rules are, if they are one.
    pub preset: Option<String>,
    /// What each preset would be for these two, in the order of the presets.
    #[serde(default)]
    pub ready_made: Vec<FieldRules>,
}

/// A set of rules by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetRow {
    pub name: String,
    /// `Lightspeed POS + E-Series: the till is the system of record …`
    pub sentence: String,
}

/// Which side of an action is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    Side(Side),
    Connection(ConnectionId),
}

/// One field that a person wants written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mend {
    pub listing: ListingId,
    pub variant: Option<VariantId>,
    pub field: Field,
    pub to: FieldValue,
}

/// New settings of a connection. Locations in use, in the order in which stock is taken from them; `None`: as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingsDraft {
    pub connection: ConnectionId,
    pub settings: SyncSettings,
    pub locations: Option<Vec<LocationId>>,
}
