//! A step with the place of its count, and what is written there.

use crate::domain::{
    ConnectionId, CountSent, Effect, ListingId, LocationId, Profile, Quantity, Step, StepState, Target, Timestamp,
    VariantId,
};
use crate::platform::{PlatformError, QuantityChange, QuantityWrite, StockAddress, StockWrite};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::super::books::target;
use super::super::catalogue::Snapshot;
use super::super::truth::Known;
use super::run::Run;

/// A step with the count that it is about.
#[derive(Debug, Clone)]
pub struct Aim {
    pub step: Step,
    pub connection: ConnectionId,
    pub listing: ListingId,
    pub variant: VariantId,
    pub address: StockAddress,
    /// The variant was made by this job and never counted: that it is not is no reason to leave it alone.
    pub fresh: bool,
}

impl Aim {
    /// Where the step's count is kept, or why that cannot be told.
    pub fn take(known: &Known, run: &Run, step: &Step) -> Result<Self, StepState> {
        let Effect::SetQuantity { target: aimed, location, .. } = &step.planned.effect else {
            return Err(StepState::Skipped { why: "it writes no quantity".to_owned() });
        };
        let Some((listing, variant)) = target(known, run, step) else {
            return Err(StepState::Skipped { why: "the product is not linked any more".to_owned() });
        };
        let kept = known.catalogue.now().kept(listing).filter(|kept| !kept.known.gone);
        let Some(kept) = kept.filter(|kept| kept.known.variant(variant).is_some()) else {
            return Err(StepState::Skipped { why: "the product was deleted there".to_owned() });
        };
        let address = address(known.catalogue.now(), kept.known.id, variant, location)
            .ok_or_else(|| StepState::Skipped { why: "the product was deleted there".to_owned() })?;
        // What was counted there once and is not any more is unknown, as everywhere, and not a copy's first count.
        let counted = kept.known.variant(variant).is_some_and(|shown| shown.stock.at(location).is_some());
        let fresh = matches!(aimed, Target::CreatedBy { .. }) && !counted;
        let connection = kept.known.connection;
        Ok(Self { step: step.clone(), connection, listing, variant, address, fresh })
    }

    /// Whether its variant was made by this job.
    pub const fn is_copy(&self) -> bool {
        matches!(self.step.planned.effect, Effect::SetQuantity { target: Target::CreatedBy { .. }, .. })
    }

    pub fn location(&self) -> &LocationId {
        &self.address.location
    }

    pub fn seen(&self, quantity: Quantity, at: Timestamp) -> Entry {
        Entry::LevelSeen {
            listing: self.listing,
            variant: self.variant,
            location: self.address.location.clone(),
            quantity: Some(quantity),
            at,
        }
    }

    /// That it is not counted any more, where we thought that it is.
    pub fn uncounted(&self, catalogue: &Snapshot, at: Timestamp) -> Option<Entry> {
        let stock = &catalogue.listing(self.listing)?.variant(self.variant)?.stock;
        let location = self.address.location.clone();
        stock.at(&location)?;
        Some(Entry::LevelSeen { listing: self.listing, variant: self.variant, location, quantity: None, at })
    }
}

pub fn address(
    catalogue: &Snapshot,
    listing: ListingId,
    variant: VariantId,
    location: &LocationId,
) -> Option<StockAddress> {
    let known = catalogue.listing(listing)?;
    let shown = known.variant(variant)?;
    Some(StockAddress {
        listing: known.listing.remote.clone(),
        variant: shown.remote.clone(),
        inventory: shown.inventory.clone(),
        location: location.clone(),
    })
}

/// An aim with what was read there and what is to be added.
#[derive(Debug, Clone)]
pub struct Shot {
    pub aim: Aim,
    pub read: Quantity,
    /// Whether it was counted when it was read.
    pub counted: bool,
    pub delta: Quantity,
}

impl Shot {
    pub fn target(&self) -> Quantity {
        self.read + self.delta
    }

    /// As it is journalled.
    pub const fn sent(&self) -> CountSent {
        CountSent { read: self.read, by: self.delta }
    }

    pub fn write(&self, how: StockWrite) -> QuantityWrite {
        let change = match how {
            StockWrite::DeltaWithKey | StockWrite::Delta => {
                QuantityChange::Adjust { by: self.delta, expected: self.read }
            }
            StockWrite::CompareAndSetWithKey | StockWrite::Absolute => {
                QuantityChange::Set { to: self.target(), expected: self.read }
            }
        };
        QuantityWrite { address: self.aim.address.clone(), change }
    }
}

/// What is to be added to a count that is not linked: the plan's own change, so that what was sold meanwhile counts. One
/// that shows what was wanted has been brought there already.
pub fn alone(from: Option<Quantity>, to: Quantity, read: Quantity) -> Quantity {
    match from {
        Some(from) if read != to => crate::rules::ledger::writable(read, to - from),
        Some(_) | None => to - read,
    }
}

pub fn rejected(error: &PlatformError, at: Timestamp) -> StepState {
    StepState::Rejected { message: error.to_string(), hint: error.hint(), at }
}

pub fn untracked(profile: &Profile, at: Timestamp) -> StepState {
    StepState::Rejected {
        message: format!("{} does not count this product; writing would switch counting on", profile.name),
        hint: format!("switch stock tracking on for it in {}, then retry the failed steps", profile.name),
        at,
    }
}

pub fn gone(profile: &Profile, at: Timestamp) -> StepState {
    StepState::Rejected {
        message: format!("{} has no count for this product at the location in use", profile.name),
        hint: format!("stock it at that location in {}, or import again if it was deleted", profile.name),
        at,
    }
}

pub fn no_truth(at: Timestamp) -> StepState {
    StepState::Rejected {
        message: "the quantity of the primary system is not known, and an unknown quantity is never written".to_owned(),
        hint: "count it on the primary system, import, then retry the failed steps".to_owned(),
        at,
    }
}

pub fn fraction(profile: &Profile, quantity: Quantity, at: Timestamp) -> StepState {
    StepState::Rejected {
        message: format!("{} counts whole pieces only, and this would be {quantity}", profile.name),
        hint: "make the quantity a whole number on the other side, then retry the failed steps".to_owned(),
        at,
    }
}
