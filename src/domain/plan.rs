//! A plan: every write that a job would do, before it is done.

use serde::{Deserialize, Serialize};

use super::{
    ConnectionId, Field, FieldValue, IdempotencyKey, JobKind, LinkId, LinkMember, ListingId, LocationId, Quantity,
    Side, StepIndex, Text, VariantId,
};

/// The variant that a quantity is written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Known {
        listing: ListingId,
        variant: VariantId,
    },
    /// The variant at `position` (from 0) of the listing that an earlier step creates.
    CreatedBy {
        step: StepIndex,
        position: u32,
    },
}

/// A listing to be made on `connection` as a copy of `source`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    pub source: ListingId,
    pub connection: ConnectionId,
    /// Not visible to customers until somebody publishes it.
    pub draft: bool,
    /// What the copy's variants shall hold, in the source's order; `None` where the source's count is unknown
    /// (then nothing is written, and the copy is created untracked where the platform can).
    pub quantities: Vec<Option<Quantity>>,
    /// Identifies this creation on the platform for ever, so that it can be found after an unknown outcome.
    pub mark: IdempotencyKey,
}

/// One idempotent effect. Those on links and their ledgers happen here, the others on a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Say that these are one. `available`: the count of the primary system, which is among the members.
    Link { members: Vec<LinkMember>, available: Option<Quantity> },
    /// Say that they are not one any more. Nothing is written to a platform.
    Unlink { link: LinkId },
    /// The count of this member is right as it stands; the others follow it.
    Trust { link: LinkId, variant: VariantId },
    /// A person received, counted or lost this many: every side is told.
    Adjust { link: LinkId, by: Quantity, reason: String },
    /// Make a copy on the other side, and link it.
    Create(Creation),
    /// Bring one variant at one location from `from` (as last seen) to `to`.
    SetQuantity { connection: ConnectionId, target: Target, location: LocationId, from: Option<Quantity>, to: Quantity },
    /// Bring a field from `from` (as last seen) to `to`. `variant`: for a field that each variant has.
    SetField {
        connection: ConnectionId,
        listing: ListingId,
        variant: Option<VariantId>,
        field: Field,
        from: FieldValue,
        to: FieldValue,
    },
    /// Add a copy of a variant of `source` to `listing`, and link the two.
    AddVariant { connection: ConnectionId, listing: ListingId, source: ListingId, variant: VariantId },
    /// Delete or archive a listing, as the platform's profile says.
    Delete { connection: ConnectionId, listing: ListingId },
}

/// A step before it is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    pub effect: Effect,
    /// The product's title, with the variant's options where it is one of several.
    pub subject: Text,
    /// Why this is to be written, in a plain sentence: `POS is primary: 12 there, 7 here`.
    pub reason: String,
    /// This step waits for that one (its plan comes first), and is skipped if it fails.
    pub after: Option<StepIndex>,
}

/// Why an item cannot be part of the plan. Machine-readable; the sentence comes from `rules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum RefusalReason {
    /// It is linked to a listing on the target already.
    AlreadyThere,
    /// It exists on the target side only: there is nothing to copy.
    OnlyOnTarget,
    /// It is gone from every platform.
    Gone,
    /// The target has a product of the same title.
    DuplicateTitle {
        title: Text,
        listing: ListingId,
    },
    /// The target has a product with this SKU.
    DuplicateSku {
        sku: Text,
        listing: ListingId,
    },
    /// Another item of this plan has the same title or SKU.
    DuplicateInPlan {
        value: Text,
    },
    /// Two of its variants are the same (the platforms tell variants apart by their options alone).
    DuplicateVariant {
        label: Text,
    },
    TooManyVariants {
        has: usize,
        most: usize,
    },
    TooManyOptions {
        has: usize,
        most: usize,
    },
    TitleTooLong {
        has: usize,
        most: usize,
    },
    /// The target has as many products as the platform allows.
    TooManyProducts {
        most: usize,
    },
    SkuTooLong {
        sku: Text,
        most: usize,
    },
    /// The target counts whole pieces only.
    FractionalQuantity {
        quantity: Quantity,
    },
    /// The two connections count in different currencies.
    CurrencyDiffers,
    NoPrice,
    /// The variant to be written is not counted there; writing would switch tracking on.
    Untracked,
    /// The quantity of the primary system is unknown, and unknown is never written.
    QuantityUnknown,
    /// Linked meanwhile, changed meanwhile, or no longer in the report.
    NoLongerPossible {
        why: String,
    },
}

/// An item that was asked for and is not in the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub listing: ListingId,
    pub subject: Text,
    pub reasons: Vec<RefusalReason>,
}

/// What a plan costs on one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    pub connection: ConnectionId,
    pub calls: u64,
    /// From the connection's rate budget, in seconds, rounded up.
    pub seconds: u64,
}

/// The complete list of writes that a job would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub kind: JobKind,
    /// `Link 100 items, POS is primary`
    pub title: String,
    /// How many products it is about (not steps).
    pub items: u64,
    pub steps: Vec<PlannedStep>,
    pub refusals: Vec<Refusal>,
    pub costs: Vec<Cost>,
    /// The side to which a push goes; `None` for a link.
    pub towards: Option<Side>,
    /// The catalogue's revision it was made from.
    pub based_on: u64,
}

impl Plan {
    pub fn calls(&self) -> u64 {
        self.costs.iter().map(|cost| cost.calls).sum()
    }

    /// Connections work side by side, so the longest decides.
    pub fn seconds(&self) -> u64 {
        self.costs.iter().map(|cost| cost.seconds).max().unwrap_or(0)
    }
}
