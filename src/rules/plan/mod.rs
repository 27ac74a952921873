//! Plans: every write that linking or pushing would do, and what is refused before the first call.

use crate::domain::{Candidate, ConnectionId, IdempotencyKey, Plan, ProductId, Profile, Side};

use super::CatalogueView;

/// A candidate that was ticked, with the side whose quantity is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub candidate: Candidate,
    pub primary: Side,
}

/// Profiles by connection.
pub type Profiles<'a> = dyn Fn(ConnectionId) -> Option<&'static Profile> + 'a;

/// For each pair of variants a `Link` step, then a `SetQuantity` step where the sides differ.
/// Steps are ordered so that all links come first and quantities follow by connection: they go out in full batches.
pub fn link(catalogue: &dyn CatalogueView, choices: &[Choice], profiles: &Profiles<'_>, based_on: u64) -> Plan {
    let _ = (catalogue, choices, profiles, based_on);
    todo!()
}

/// For each product a `Create` step (which links what it made), and `SetQuantity` steps where the target's create call
/// cannot set them. `marks` gives each creation its mark, by its place in the list.
pub fn push(
    catalogue: &dyn CatalogueView,
    products: &[ProductId],
    towards: Side,
    target: ConnectionId,
    draft: bool,
    profiles: &Profiles<'_>,
    marks: &dyn Fn(usize) -> IdempotencyKey,
    based_on: u64,
) -> Plan {
    let _ = (catalogue, products, towards, target, draft, profiles, marks, based_on);
    todo!()
}
