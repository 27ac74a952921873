//! Plans: every write that linking or pushing would do, and what is refused before the first call.
//!
//! A plan is made from what is known now and says so ([`Plan::based_on`]); who applies it reads the source again before
//! each write. An unknown count is never written, a count never goes below zero, and an item that cannot go in whole
//! does not go in at all.

mod link;
mod push;
mod stock;

#[cfg(test)]
mod tests;

pub use link::{link, link_each};
pub use push::push;
pub use stock::{Correct, WrongSide, correct, refresh, synchronize};

use crate::domain::{
    Candidate, ConnectionId, Cost, Effect, PlannedStep, Profile, Quantity, QuantityKind, RefusalReason, Side,
};

use super::estimate;

/// A candidate that was ticked, with the side whose quantity is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub candidate: Candidate,
    pub primary: Side,
}

/// Profiles by connection.
pub type Profiles<'a> = dyn Fn(ConnectionId) -> Option<&'static Profile> + 'a;

fn costs(steps: &[PlannedStep], profiles: &Profiles<'_>) -> Vec<Cost> {
    let variants_of = |step: &PlannedStep| match &step.effect {
        Effect::Create(creation) => u32::try_from(creation.quantities.len()).unwrap_or(u32::MAX),
        _ => 1,
    };
    estimate::costs(steps, &variants_of, profiles)
}

/// A platform that counts whole pieces cannot be told half a one, and rounding is not ours to do.
fn refuses_fraction(profile: &Profile, quantity: Quantity) -> Option<RefusalReason> {
    let fraction = profile.quantities == QuantityKind::Whole && quantity.whole().is_none();
    fraction.then_some(RefusalReason::FractionalQuantity { quantity })
}

/// `1 item`, `100 items`
fn items(count: u64) -> String {
    if count == 1 { "1 item".to_owned() } else { format!("{count} items") }
}
