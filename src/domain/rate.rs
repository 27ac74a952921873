//! How much of a platform's rate was used of late, as the client that does the calling has counted it.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// What one connection used within the last minute of the rate that its platform allows. A figure of what was really
/// sent, not of what is planned; calls that others make to the same account are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RateUse {
    /// Calls that were sent.
    pub calls: u32,
    /// What they cost, in the platform's own units: calls, or points where it counts cost. Points as the rate budget
    /// takes them before a call is sent; what a platform gives back afterwards is not taken off.
    pub used: u32,
    /// Units that a minute brings back, by the platform's documents or by its own last figures. For a while more may be
    /// used: what was left before.
    pub allowed: u32,
    /// How often the platform made us wait: it said so, or its figures said that nothing is left.
    pub waits: u32,
    /// Nothing is sent before this moment.
    pub until: Option<Timestamp>,
}

impl RateUse {
    /// Whether nothing is left that time alone would change.
    pub const fn is_at_rest(&self) -> bool {
        self.calls == 0 && self.used == 0 && self.waits == 0 && self.until.is_none()
    }

    /// For how many seconds nothing is sent from now on, begun ones included; `None` while nothing holds it up.
    pub fn waits_for(&self, now: Timestamp) -> Option<u64> {
        let left = self.until?.0.saturating_sub(now.0);
        u64::try_from(left).ok().filter(|left| *left > 0).map(|left| left.div_ceil(1000))
    }
}
