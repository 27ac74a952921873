//! How long to wait before trying again.

use std::time::Duration;

/// The pause before try number `attempt` (the first repetition is 1) of something that is tried for ever: it doubles
/// from 2 seconds to 15 minutes, and up to a quarter is added by `seed`, so that many do not come back together.
/// A function of its arguments: a restarted engine waits as long as the old one would have.
pub fn pause_before(attempt: u32, seed: u64) -> Duration {
    const FIRST: u64 = 2_000;
    const LAST: u64 = 720_000;
    let doublings = attempt.saturating_sub(1).min(20);
    let pause = (FIRST << doublings).min(LAST);
    let jitter = mixed(seed ^ u64::from(attempt).rotate_left(32)) % (pause / 4 + 1);
    Duration::from_millis(pause + jitter)
}

/// The finaliser of SplitMix64: every bit of the input moves half of the output's.
fn mixed(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
