//! Exact matching: which listings can be linked, and why the others cannot. Rules: DESIGN, "Matching".

use crate::domain::{Candidate, ConnectionId, NoCandidate};

use super::CatalogueView;

/// The report for one pair of connections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// Ordered by in-store listing.
    pub candidates: Vec<Candidate>,
    /// For every listing of either side that is neither linked nor a candidate; ordered by listing.
    pub without: Vec<NoCandidate>,
}

/// Compares all listings of an in-store connection with all of an online one.
pub fn matches(catalogue: &dyn CatalogueView, in_store: ConnectionId, online: ConnectionId) -> Matches {
    let _ = (catalogue, in_store, online);
    todo!()
}
