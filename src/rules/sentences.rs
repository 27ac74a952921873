//! The sentences for people: one for each machine-readable reason, naming both values and the shortest mend.

use crate::domain::{Reason, RefusalReason};

use super::CatalogueView;

/// (what is the matter, what to do about it)
pub fn reason(catalogue: &dyn CatalogueView, reason: &Reason) -> (String, String) {
    let _ = (catalogue, reason);
    todo!()
}

pub fn refusal(catalogue: &dyn CatalogueView, reason: &RefusalReason) -> String {
    let _ = (catalogue, reason);
    todo!()
}
