//! How many calls a plan needs at the least, and how long they take at the allowed rate.

use crate::domain::{ConnectionId, Cost, PlannedStep};

use super::plan::Profiles;

/// One [`Cost`] for each connection that the steps write to.
pub fn costs(steps: &[PlannedStep], variants_of: &dyn Fn(&PlannedStep) -> u32, profiles: &Profiles<'_>) -> Vec<Cost> {
    let _ = (steps, variants_of, profiles);
    let _: Option<ConnectionId> = None;
    todo!()
}
