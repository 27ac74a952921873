//! What a platform is like, as data. Each value has its source in the connector's `profile.rs`.

use std::time::Duration;

use serde::Serialize;

use super::{Field, Login, Side};

/// How a quantity can be written, best first. See DESIGN, "Quantities", for what each can promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StockWrite {
    /// Add or subtract, with an idempotency key.
    DeltaWithKey,
    /// Set only if the present value is the expected one, with an idempotency key.
    CompareAndSetWithKey,
    /// Add or subtract; a repeated call counts twice.
    Delta,
    /// Set, whatever is there.
    Absolute,
}

impl StockWrite {
    pub const fn has_key(self) -> bool {
        matches!(self, Self::DeltaWithKey | Self::CompareAndSetWithKey)
    }

    /// How a quantity is written, in words for a merchant; the profile's guarantee says what follows from it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::DeltaWithKey => "written as a difference, with a key by which a repeated call is recognised",
            Self::CompareAndSetWithKey => {
                "written as a new total, only if the old one still stands, with a key by which a repeated call is \
                 recognised"
            }
            Self::Delta => "written as a difference, without a key: a repeated call would count twice",
            Self::Absolute => "written as a new total, whatever stands there",
        }
    }
}

/// What the user is told about quantities on such a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Guarantee {
    pub exact: bool,
    pub sentence: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantityKind {
    /// Whole pieces.
    Whole,
    /// Up to five decimals.
    Decimal,
}

/// A limit with where it comes from: the seeds' figure and today's differ at times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// `None`: no limit documented.
    pub most: Option<usize>,
    pub source: &'static str,
}

/// The allowed rate before the platform's own headers say better: a bucket of `burst` that refills with
/// `per_second`. The unit is calls, or points where the platform counts cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Budget {
    pub burst: u32,
    /// In thousandths per second, so that no float is needed.
    pub per_second_milli: u32,
    /// How many calls may be under way at once.
    pub concurrent: u32,
    pub source: &'static str,
}

/// What operations cost, for the estimate in a plan: units of the budget per call, and how many items a call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CallCosts {
    /// Items per read of levels.
    pub level_read_batch: u32,
    /// Budget units of one read of levels.
    pub level_read_cost: u32,
    /// Budget units of one batch of quantities.
    pub stock_write_cost: u32,
    /// Calls to create a simple listing (with its quantity, where `create_sets_stock`).
    pub create_calls: u32,
    /// Further calls per started batch of this many variants of a variable listing; (calls, batch).
    pub create_variant_calls: (u32, u32),
    /// Budget units of one such call.
    pub create_cost: u32,
}

/// A secret or an address that a merchant has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CredentialField {
    /// `token`, `consumer_key`; also the end of the environment variable's name.
    pub name: &'static str,
    pub label: &'static str,
    pub secret: bool,
    pub required: bool,
}

/// One row of the integration chart: a field (or several, parted by commas), its name there, and what to know. `theirs`
/// is `none` where the platform has nothing of the kind; a note that begins with `read only` says that it is never
/// written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FieldNote {
    pub field: &'static str,
    pub theirs: &'static str,
    pub note: &'static str,
}

/// What a deletion comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deletion {
    /// It is gone for good.
    Deletes,
    /// It can be brought back there: archived, or in a bin.
    Archives,
}

#[derive(Debug, Serialize)]
pub struct Profile {
    /// `square`: the folder's name, and what the command line takes.
    pub id: &'static str,
    /// `Square`
    pub name: &'static str,
    /// One or two letters that mark it in lists: `Sq`.
    pub mark: &'static str,
    pub side: Side,
    /// The API version that this connector speaks, pinned.
    pub api_version: &'static str,
    /// `None` if every shop has its own.
    pub default_base_url: Option<&'static str>,
    /// What the merchant gives as base URL, with an example.
    pub base_url_help: &'static str,
    pub credentials: &'static [CredentialField],
    /// `Some` where a merchant can (or must) log in on the platform's page instead of giving a key.
    pub login: Option<&'static Login>,
    pub product_limit: Limit,
    pub variant_limit: Limit,
    pub option_limit: Limit,
    pub title_limit: Limit,
    pub sku_limit: Limit,
    pub quantities: QuantityKind,
    pub has_locations: bool,
    pub stock_write: StockWrite,
    /// Writes in one call.
    pub stock_batch: usize,
    pub guarantee: Guarantee,
    /// Two products may not have the same SKU.
    pub unique_sku: bool,
    /// A create call can set the quantities too.
    pub create_sets_stock: bool,
    pub budget: Budget,
    pub costs: CallCosts,
    /// How long one call may take.
    pub timeout: Duration,
    /// How long after a lost answer a late arrival can still land there.
    pub fence: Duration,
    /// The incremental feed tells of deletions; else only a full sweep does.
    pub deletions_in_feed: bool,
    /// Whether there is a feed of stock levels apart from listings.
    pub stock_feed: bool,
    /// Whether its orders can be read.
    pub order_feed: bool,
    /// The fields that [`crate::platform::Connector::edit`] can write.
    pub edits: &'static [Field],
    /// Whether a variant can be added to a listing that is there.
    pub adds_variants: bool,
    pub deletion: Deletion,
    pub fields: &'static [FieldNote],
    /// How a merchant gets the key: `docs.md` of the folder.
    pub docs: &'static str,
}

/// What "both ways" in a chart means.
pub const BOTH_WAYS: &str = "both ways: read, and written where the rules for fields say that it is kept in step \
                             (quantities: always)";

/// A limit's figure in a chart; `None`: there is none, or none is documented.
pub fn most_in_words(most: Option<u64>) -> String {
    most.map_or_else(|| "none".to_owned(), |most| most.to_string())
}

impl Profile {
    /// What counterpart does with a field of the chart, in words for a merchant.
    pub fn use_of(&self, note: &FieldNote) -> &'static str {
        if note.theirs == "none" {
            return "no";
        }
        if note.note.starts_with("read only") {
            return "read";
        }
        let edits = |name: &str| match name {
            "status" => self.edits.contains(&Field::Active),
            "pictures" => self.edits.contains(&Field::Images),
            name => self.edits.iter().any(|field| field.label() == name),
        };
        let name = note.field.split(", ").next().unwrap_or_default();
        match name {
            "orders" => "read",
            "mark of a copy" => "written to copies",
            "deletion" => "written",
            "quantity" => "both ways",
            "options" if self.adds_variants => "both ways",
            name if edits(name) => "both ways",
            // A copy carries all that there is a place for.
            _ => "read, and written to copies",
        }
    }
}
