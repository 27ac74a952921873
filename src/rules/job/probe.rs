//! What a look at a count says about a write whose answer was lost.

use std::time::Duration;

use crate::domain::{Quantity, StockWrite, Timestamp};

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nobody has to know: the same write under the same key may be sent again, and counts once. Within the life of
    /// the platform's keys only (a day is the shortest documented), and never under a new key.
    SendAgain,
    /// It is there by its own mark (a creation that was looked up): true at any time.
    Found,
    /// By the value, it was applied.
    Applied,
    NotApplied,
    /// Somebody else changed the count as well. Guessing would lose or invent units: a person decides.
    Ambiguous,
}

/// Whether a quantity write was applied. `read_before` and `target` are as journalled, `now` was read after the fence.
///
/// Where the platform has no idempotency key, the value is all there is: a sale of exactly the written difference in
/// the seconds of the lost answer looks like our write. What can be promised on such platforms says so.
pub fn probe(how: StockWrite, read_before: Option<Quantity>, target: Quantity, now: Option<Quantity>) -> Finding {
    match how {
        StockWrite::DeltaWithKey | StockWrite::CompareAndSetWithKey => Finding::SendAgain,
        StockWrite::Delta | StockWrite::Absolute => match (read_before, now) {
            // Nothing was to be changed, so there is nothing to find out.
            (Some(before), _) if before == target => Finding::Applied,
            (_, Some(now)) if now == target => Finding::Applied,
            (Some(before), Some(now)) if now == before => Finding::NotApplied,
            _ => Finding::Ambiguous,
        },
    }
}

/// Whether a late arrival of what was lost at `since` has landed by `now`. A clock that went back waits longer.
pub fn fence_is_over(since: Timestamp, fence: Duration, now: Timestamp) -> bool {
    let fence = i64::try_from(fence.as_millis()).unwrap_or(i64::MAX);
    now.0.saturating_sub(since.0) >= fence
}
