//! What can be told of a write whose answer was lost: from the count, from the orders, from counts seen in between.
//!
//! A count alone says little: a sale of exactly the written difference looks like the write. So the orders speak too.
//! If nothing was written, the count is what it was before, less what orders took since; if it was written at some
//! moment, it is the target, less what orders took since *that* moment (those before it were overwritten). What was not
//! counted before may have begun to be counted at any moment, and took nothing off for the orders before that. Every
//! moment is tried, and every way in which an order on the edge of a reading may or may not be in it already. What only one of
//! the two explains is settled. What both explain is settled too where it comes to the same: the count stands as it
//! was read and the orders are known, so the ledger ends alike. Everything else is for a person: nothing is guessed.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::{Quantity, Timestamp};
use crate::rules::reckoning::MARGIN;

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// Nobody has to know: the same write under the same key may be sent again, and counts once. Within the life of
    /// the platform's keys only (a day is the shortest documented), and never under a new key.
    SendAgain,
    /// It is there by its own mark (a creation that was looked up): true at any time.
    Found,
    /// Only that it was applied explains what is seen.
    Applied,
    /// Only that it was not.
    NotApplied,
    /// Both explain it, and both come to the same: what the count shows and what was ordered is all that the ledger
    /// needs, so it goes on as if nothing had been written.
    SameEitherWay,
    /// Neither explains it, or both and they differ. Guessing would lose or invent units: a person decides.
    Ambiguous,
}

/// A count that was seen, and when by the platform's clock: asked for after `from`, answered before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    pub from: Timestamp,
    pub to: Timestamp,
    pub count: Quantity,
}

/// All that is known of a write without an answer. Moments are by the platform's clock.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Read right before the write, and what was to be there after it.
    pub before: Quantity,
    pub target: Quantity,
    /// Whether it was counted when it was read. What is not does not fall with an order, and begins with nothing.
    pub counted: bool,
    /// When `before` had been read at the latest: an order placed up to then may be in it.
    pub read_by: Timestamp,
    /// The look after the fence.
    pub now: Sighting,
    /// What orders took since `before` was read, by when: all of them, up to the look at least. `None`: the orders
    /// cannot be read, and the counts are all there is.
    pub orders: Option<Vec<(Timestamp, Quantity)>>,
    /// Counts seen between the write and the look, the oldest first.
    pub between: Vec<Sighting>,
}

/// What became of a write without an answer.
///
/// Where orders are read, counts in between only settle what would be left open: they were seen by other readers, at
/// moments that are known less well. Where none are read, a count in between that is neither the old one nor the new
/// one says that somebody else moved it, and nothing can be told any more.
pub fn judge(evidence: &Evidence) -> Finding {
    // Nothing was to be changed, so there is nothing to find out.
    if evidence.before == evidence.target {
        return Finding::Applied;
    }
    if evidence.orders.is_none() {
        return verdict(evidence, &evidence.between);
    }
    match verdict(evidence, &[]) {
        Finding::Ambiguous => verdict(evidence, &evidence.between),
        // The write itself was seen, and then somebody counted by hand: what the orders say is a coincidence.
        Finding::NotApplied if shows_the_write(evidence) => Finding::Ambiguous,
        told => told,
    }
}

/// Whether a count in between is one that only the write explains, whatever was ordered before or after it, and whenever
/// it was really seen.
fn shows_the_write(evidence: &Evidence) -> bool {
    let line = Line::of(evidence.orders.as_deref().unwrap_or_default());
    let all = line.sums.len();
    let taken = |from: usize| (from..all).map(move |to| (from, to));
    let shows = |start: Quantity, first: usize, count: Quantity| {
        (0..=first).flat_map(taken).any(|(from, to)| start - line.between(from, to) == count)
    };
    let Evidence { before, target, .. } = *evidence;
    let missing = line.missing(evidence);
    evidence.between.iter().any(|at| shows(target, all, at.count) && !shows(before, missing, at.count))
}

fn verdict(evidence: &Evidence, between: &[Sighting]) -> Finding {
    let line = Line::of(evidence.orders.as_deref().unwrap_or_default());
    let Evidence { before, target, now, .. } = *evidence;
    // The orders that may be in the reading before, and those that must and that may be in the look.
    let started = line.upto(evidence.read_by.plus_seconds(MARGIN));
    let missing = line.missing(evidence);
    let mut untouched = false;
    let mut written: BTreeSet<Quantity> = BTreeSet::new();
    for first in 0..=missing {
        for last in line.range(&now).filter(|last| *last >= first) {
            let seen = |from: usize, to: usize| before - line.between(from, to);
            if seen(first, last) == now.count {
                untouched |= between.iter().all(|at| line.range(at).any(|k| k >= first && seen(first, k) == at.count));
            }
            if first > started {
                continue;
            }
            // It landed before the fence was over: an order on the edge of the look came after it.
            let latest = (*line.range(&now).start()).clamp(first, last);
            for moment in first..=latest {
                let after = |k: usize| target - line.between(moment, k);
                let old =
                    |at: &Sighting| line.range(at).any(|k| (first..=moment).contains(&k) && seen(first, k) == at.count);
                let new = |at: &Sighting| line.range(at).any(|k| k >= moment && after(k) == at.count);
                let turn = between.iter().position(|at| !old(at)).unwrap_or(between.len());
                // The turn may have come earlier than the last count that still looks like the old one.
                let fits = (0..=turn).any(|turn| between.iter().skip(turn).all(new));
                if after(last) == now.count && fits {
                    written.insert(line.between(first, last));
                }
            }
        }
    }
    // What the ledger takes off if it goes on as if nothing had been written.
    let taken = before - now.count;
    match (untouched, written.is_empty()) {
        (false, true) => Finding::Ambiguous,
        (true, true) => Finding::NotApplied,
        (false, false) => Finding::Applied,
        (true, false) if written.iter().all(|other| *other == taken) => Finding::SameEitherWay,
        (true, false) => Finding::Ambiguous,
    }
}

/// Orders in their order, with what they took up to each.
struct Line {
    placed: Vec<Timestamp>,
    /// One more than there are orders.
    sums: Vec<Quantity>,
}

impl Line {
    fn of(orders: &[(Timestamp, Quantity)]) -> Self {
        let mut orders = orders.to_vec();
        orders.sort();
        let mut sums = vec![Quantity::ZERO];
        for (_, taken) in &orders {
            sums.push(sums.last().copied().unwrap_or_default() + *taken);
        }
        Self { placed: orders.into_iter().map(|(placed, _)| placed).collect(), sums }
    }

    /// How many were placed up to a moment.
    fn upto(&self, moment: Timestamp) -> usize {
        self.placed.partition_point(|placed| *placed <= moment)
    }

    /// Of how many it may be that an untouched count lacks them since before the write.
    fn missing(&self, evidence: &Evidence) -> usize {
        if evidence.counted { self.upto(evidence.read_by.plus_seconds(MARGIN)) } else { self.placed.len() }
    }

    /// How many a count can hold, at the least and at the most.
    fn range(&self, at: &Sighting) -> std::ops::RangeInclusive<usize> {
        let least = self.placed.partition_point(|placed| placed.plus_seconds(MARGIN) < at.from);
        least..=self.upto(at.to.plus_seconds(MARGIN)).max(least)
    }

    /// What those between two places took.
    fn between(&self, from: usize, to: usize) -> Quantity {
        let sum = |place: usize| self.sums.get(place).copied().unwrap_or_default();
        sum(to) - sum(from)
    }
}

/// Whether a late arrival of what was lost at `since` has landed by `now`. A clock that went back waits longer.
pub fn fence_is_over(since: Timestamp, fence: Duration, now: Timestamp) -> bool {
    let fence = i64::try_from(fence.as_millis()).unwrap_or(i64::MAX);
    now.0.saturating_sub(since.0) >= fence
}

#[cfg(test)]
mod tests;
