//! What goes wrong between us and a shop.

use super::profiles::TIMEOUT;
use super::world::World;

/// How bad it is, in thousandths of all calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    pub throttled: u32,
    pub broken: u32,
    pub garbled: u32,
    pub unreachable: u32,
    /// Writes: no answer, and not done; done; done later; done in part.
    pub lost_before: u32,
    pub lost_after: u32,
    pub late: u32,
    pub half: u32,
    /// A feed shows what was so up to this many milliseconds ago.
    pub stale: i64,
    /// A feed repeats and shuffles.
    pub untidy: u32,
    /// Somebody buys just what we are about to write.
    pub sniped: u32,
    /// The engine dies now and then, between two commits.
    pub crashes: bool,
}

impl Weather {
    pub fn drawn(chance: &mut fastrand::Rng) -> Self {
        let storm = match chance.u32(0..4) {
            0 => return Self { untidy: 100, sniped: 200, crashes: true, ..Self::default() },
            1 => 1,
            2 => 3,
            _ => 8,
        };
        let mut some = |most: u32| chance.u32(0..=most * storm);
        Self {
            throttled: some(10),
            broken: some(5),
            garbled: some(3),
            unreachable: some(5),
            lost_before: some(12),
            lost_after: some(12),
            late: some(12),
            half: some(12),
            stale: 0,
            untidy: 300,
            sniped: 300,
            crashes: true,
        }
    }

    /// All is well from now on.
    pub const CALM: Self = Self {
        throttled: 0,
        broken: 0,
        garbled: 0,
        unreachable: 0,
        lost_before: 0,
        lost_after: 0,
        late: 0,
        half: 0,
        stale: 0,
        untidy: 0,
        sniped: 0,
        crashes: false,
    };
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The way there and the way back, in milliseconds.
    Well(i64, i64),
    Unreachable,
    /// Too many calls, and how long to wait, if that is said.
    Throttled(Option<i64>),
    Broken,
    Garbled,
    /// Never arrives.
    LostBefore,
    /// Arrives, and the answer does not.
    LostAfter(i64),
    /// Arrives when we have given up.
    Late(i64),
    /// So much of a batch is done.
    Half(i64),
    /// Done, and the answer is a 5xx.
    BrokenAfter(i64),
}

impl World {
    pub fn fate(&mut self, shop: usize, writes: bool) -> Fate {
        let now = self.now();
        let weather = self.weather;
        let there = self.between(10, 400);
        let back = self.between(10, 400);
        if self.shops[shop].is_offline(now) {
            return Fate::Unreachable;
        }
        let mut left = self.chance.u32(0..1000);
        let mut is = |share: u32| {
            let hit = left < share;
            left = left.saturating_sub(share);
            if hit {
                left = u32::MAX;
            }
            hit
        };
        if is(weather.throttled) {
            return Fate::Throttled(self.chance.bool().then(|| self.chance.i64(1..=20) * 1000));
        }
        if is(weather.broken) {
            return if writes && self.chance.bool() { Fate::BrokenAfter(there) } else { Fate::Broken };
        }
        if is(weather.garbled) {
            return Fate::Garbled;
        }
        if is(weather.unreachable) {
            return Fate::Unreachable;
        }
        if writes {
            if is(weather.lost_before) {
                return Fate::LostBefore;
            }
            if is(weather.lost_after) {
                return Fate::LostAfter(there);
            }
            if is(weather.late) {
                return Fate::Late(self.between(TIMEOUT, TIMEOUT + 25_000));
            }
            if is(weather.half) {
                return Fate::Half(there);
            }
        }
        Fate::Well(there, back)
    }
}
