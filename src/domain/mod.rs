//! The words of the product as types: no I/O, no clock, no async, no platform.
//!
//! Everything that comes from outside becomes one of these types through a constructor that cleans or refuses it;
//! inside, a value of these types needs no further check.

mod clean_up;
mod connection;
mod cursor;
mod exchange;
mod field;
mod history;
mod identifiers;
mod job;
mod link;
mod listing;
mod login;
mod measure;
mod money;
mod order;
mod plan;
mod product;
mod profile;
mod quantity;
mod rate;
mod reason_kind;
mod report;
mod settings;
mod standing;
mod text;
mod timestamp;
mod unit;

pub use clean_up::Flaw;
pub use connection::{BaseUrl, Connection, ConnectionState, Location, Side};
pub use cursor::{Cursor, Feed};
pub use exchange::{NamedVariant, PairRow};
pub use field::{Direction, Field, FieldChange, FieldRules, FieldValue, HeldDrop};
pub use history::{Cause, Happening, HistoryRecord};
pub use identifiers::{
    ConnectionId, IdempotencyKey, JobId, LinkId, ListingId, LocationId, PlatformId, RemoteId, StepIndex, VariantId,
};
pub use job::{CountSent, Job, JobKind, JobState, Progress, Step, StepState};
pub use link::{Link, LinkMember, Unmatched};
pub use listing::{KnownListing, Listing, OptionValue, Status, Stock, Structure, Variant};
pub use login::{Login, LoginAddress, LoginBody, Rotation};
pub use measure::{Dimensions, Weight};
pub use money::{Currency, Money, MoneyError};
pub use order::{KnownOrder, Order, OrderLine, OrderState};
pub use plan::{Cost, Creation, Effect, Plan, PlannedStep, Refusal, RefusalReason, Target};
pub use product::{Presence, ProductId};
pub use profile::{
    BOTH_WAYS, Budget, CallCosts, CredentialField, Deletion, FieldNote, Guarantee, Limit, Profile, QuantityKind,
    StockWrite, most_in_words,
};
pub use quantity::{Quantity, QuantityError};
pub use rate::RateUse;
pub use reason_kind::ReasonKind;
pub use report::{Candidate, Likelihood, MatchKey, NoCandidate, Reason, Rejection, VariantPair};
pub use settings::{AutoPush, Interval, MassChange, SyncSettings, UnexplainedDrop};
pub use standing::SyncState;
pub use text::{Text, clean, plain};
pub use timestamp::Timestamp;
pub use unit::{LengthUnit, Units, WeightUnit};
