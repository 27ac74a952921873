//! What a side's count and its orders say about each other: which falls orders explain, and which orders were lost.
//!
//! Pure. A sale shows twice: as a fall of the count and as an order; either may be seen first. What has found its
//! counterpart is forgotten; what has not lies in the member's [`Unmatched`], and goes away after a day.
//!
//! A write that sets a count whatever it is can overwrite a sale that came between the reading and the writing. Such a
//! sale leaves an order without a fall, and the order was placed inside the *race*: from the reading to the answer. An
//! order in a race therefore takes only those falls that no other order claims, and if none is left after the count was
//! read afresh, its units were [`lost`](settle) there: they are taken off what is available, so that every side is
//! told. A count that rose may have hidden a fall, so a rise ends all suspicion: nothing is taken off on a guess.

use crate::domain::{Link, Quantity, Timestamp, Unmatched, VariantId};

use super::ledger;

/// How long, in seconds, a fall and an order wait for each other. Longer than the longest interval of looking.
const PATIENCE: i64 = 26 * 3600;

/// An order is placed before its fall is seen; the two clocks may be this far apart, in seconds.
const TOLERANCE: i64 = 600;

/// Around a race, in seconds: the platforms' times are whole seconds, and so is what is known of their clocks.
pub const MARGIN: i64 = 2;

/// Of each kind, the latest: a shop that sells faster than it is looked at does not grow its journal for it.
const MOST: usize = 32;

/// The latest races; with more than this the oldest are left to the estimate.
const MOST_RACES: usize = 16;

/// The count was seen to fall by `by` at `at`. Gives how much of it orders explain that are known already.
pub fn fell(unmatched: &mut Unmatched, at: Timestamp, by: Quantity) -> Quantity {
    forget(unmatched, at);
    let explained = explained(unmatched, by);
    let mut left = by;
    let races = unmatched.races.clone();
    for (placed, taken) in &mut unmatched.takings {
        if !in_race(&races, *placed) {
            take(taken, &mut left);
        }
    }
    unmatched.takings.retain(|(_, taken)| taken.is_positive());
    push(&mut unmatched.falls, at, left);
    explained
}

/// The count was seen to rise: falls before it may be hidden in it, so nothing is concluded from their absence.
pub fn rose(unmatched: &mut Unmatched) {
    unmatched.takings.clear();
    unmatched.races.retain(|(_, to)| to.is_none());
}

/// An order placed at `placed` takes `by` more. Gives how much of the falls seen before this explains.
pub fn took(unmatched: &mut Unmatched, placed: Timestamp, by: Quantity) -> Quantity {
    if in_race(&unmatched.races, placed) {
        let free = fallen(unmatched) - raced(unmatched);
        push(&mut unmatched.takings, placed, by);
        return free.max(Quantity::ZERO).min(by);
    }
    let mut left = by;
    // The last fall first: an older one that nobody claimed is a correction by hand.
    for (at, fall) in unmatched.falls.iter_mut().rev() {
        if placed <= at.plus_seconds(TOLERANCE) {
            take(fall, &mut left);
        }
    }
    unmatched.falls.retain(|(_, fall)| fall.is_positive());
    push(&mut unmatched.takings, placed, left);
    by - left
}

/// An order placed at `placed` gives back `by`: cancelled or returned. If its fall was never seen, there is nothing to
/// wait for any more.
pub fn gave_back(unmatched: &mut Unmatched, placed: Timestamp, by: Quantity) {
    let mut left = by;
    for (_, taken) in unmatched.takings.iter_mut().filter(|(at, _)| *at == placed) {
        take(taken, &mut left);
    }
    unmatched.takings.retain(|(_, taken)| taken.is_positive());
}

/// How much of a fall by `by` that is seen now orders explain.
pub fn explained(unmatched: &Unmatched, by: Quantity) -> Quantity {
    let others = Quantity::sum(taken_outside(unmatched).map(|(_, taken)| *taken));
    let free = (raced(unmatched) - fallen(unmatched)).max(Quantity::ZERO);
    (others + free).min(by).max(Quantity::ZERO)
}

/// A write begins that sets the count whatever it is; it was read at `from`.
pub fn begin_race(unmatched: &mut Unmatched, from: Timestamp) {
    forget(unmatched, from);
    unmatched.races.push((from.plus_seconds(-MARGIN), None));
    let surplus = unmatched.races.len().saturating_sub(MOST_RACES);
    unmatched.races.drain(..surplus);
}

/// When the write that has no answer yet began; orders from then on are known as taken.
pub fn open_race(unmatched: &Unmatched) -> Option<Timestamp> {
    unmatched.races.iter().rev().find(|(_, to)| to.is_none()).map(|(from, _)| *from)
}

/// The write that began last has its answer. `to`: when it came; `None`: nothing was written. Gives how long the race
/// was, in milliseconds.
pub fn end_race(unmatched: &mut Unmatched, to: Option<Timestamp>) -> Option<u64> {
    let place = unmatched.races.iter().rposition(|(_, to)| to.is_none())?;
    let Some(to) = to else {
        unmatched.races.remove(place);
        return None;
    };
    let (from, end) = unmatched.races.get_mut(place)?;
    *end = Some(to.plus_seconds(MARGIN));
    u64::try_from(to.0.saturating_sub(from.plus_seconds(MARGIN).0)).ok()
}

/// The count was read afresh at `read`, by a call that began after every order known here was placed, and what it
/// showed has been told by [`fell`] or [`rose`]. `known`: all orders placed before this moment are known here, so a fall
/// that was seen before it and is nobody's else's may be theirs; a later fall may be of an order that is yet to be heard
/// of, and proves nothing until it is. Gives the units that were lost in races; whoever asks takes them off.
pub fn settle(unmatched: &mut Unmatched, read: Timestamp, known: Timestamp) -> Quantity {
    // Orders outside of races come first; also those whose race is so long ago that it is not remembered any more.
    let races = unmatched.races.clone();
    for (placed, taken) in unmatched.takings.iter_mut().filter(|(placed, _)| !in_race(&races, *placed)) {
        for (at, fall) in unmatched.falls.iter_mut().rev() {
            if *placed <= at.plus_seconds(TOLERANCE) {
                take(fall, taken);
            }
        }
    }
    // What was placed before the reading and shows no fall will never show one.
    unmatched.takings.retain(|(placed, _)| in_race(&races, *placed) || placed.plus_seconds(MARGIN) > read);
    // A fall is not seen long before its order is placed, so what fell earlier is no fall of these.
    let first = suspects(unmatched).into_iter().min();
    let may_be = |at: Timestamp| first.is_some_and(|first| at.plus_seconds(TOLERANCE) >= first);
    for (at, fall) in unmatched.falls.iter_mut().filter(|(at, _)| *at < known && may_be(*at)) {
        for (placed, taken) in &mut unmatched.takings {
            if in_race(&races, *placed) && *placed <= at.plus_seconds(TOLERANCE) {
                take(fall, taken);
            }
        }
    }
    unmatched.falls.retain(|(_, fall)| fall.is_positive());
    unmatched.takings.retain(|(_, taken)| taken.is_positive());
    let unsure = Quantity::sum(unmatched.falls.iter().filter(|(at, _)| *at >= known).map(|(_, fall)| *fall));
    let lost = (raced(unmatched) - unsure).max(Quantity::ZERO);
    let mut gone = lost;
    for (_, taken) in unmatched.takings.iter_mut().filter(|(placed, _)| in_race(&races, *placed)) {
        take(taken, &mut gone);
    }
    unmatched.takings.retain(|(_, taken)| taken.is_positive());
    lost
}

/// Whether a fresh look at the count is needed to match what is known of orders.
pub fn wants_look(unmatched: &Unmatched) -> bool {
    !unmatched.takings.is_empty()
}

/// When the orders were placed that may have been lost in races.
pub fn suspects(unmatched: &Unmatched) -> Vec<Timestamp> {
    let inside = unmatched.takings.iter().filter(|(placed, _)| in_race(&unmatched.races, *placed));
    inside.map(|(placed, _)| *placed).collect()
}

/// The units that were lost on a side are taken off what is available: every side is told.
pub fn repair(link: &mut Link, variant: VariantId, read: Timestamp, known: Timestamp) -> Quantity {
    let Some(member) = ledger::member_mut(link, variant) else { return Quantity::ZERO };
    let lost = settle(&mut member.unmatched, read, known);
    if lost.is_positive() {
        ledger::adjust(link, -lost);
    }
    lost
}

/// How many units may have been lost by one write that took `millis` from reading to answer, of an item that sold
/// `sold` times in `seconds`: 1 − exp(−λW), in millionths, rounded up.
pub fn drift(sold: u64, seconds: u64, millis: u64) -> u64 {
    if sold == 0 || seconds == 0 {
        return 0;
    }
    // An estimate for people: not money, not a count.
    let expected = sold as f64 / seconds as f64 * (millis as f64 / 1000.0);
    (-(-expected).exp_m1() * 1_000_000.0).ceil().clamp(0.0, 1_000_000.0) as u64
}

/// Counterparts that have not come for so long do not come any more.
pub fn forget(unmatched: &mut Unmatched, now: Timestamp) {
    let stays = |at: &Timestamp| at.plus_seconds(PATIENCE) >= now;
    unmatched.falls.retain(|(at, _)| stays(at));
    unmatched.takings.retain(|(at, _)| stays(at));
    unmatched.races.retain(|(from, _)| stays(from));
}

fn push(list: &mut Vec<(Timestamp, Quantity)>, at: Timestamp, by: Quantity) {
    if !by.is_positive() {
        return;
    }
    match list.iter_mut().find(|(known, _)| *known == at) {
        Some((_, sum)) => *sum += by,
        None => list.push((at, by)),
    }
    let surplus = list.len().saturating_sub(MOST);
    list.drain(..surplus);
}

fn take(from: &mut Quantity, left: &mut Quantity) {
    let taken = (*from).min(*left);
    *from = *from - taken;
    *left = *left - taken;
}

fn in_race(races: &[(Timestamp, Option<Timestamp>)], placed: Timestamp) -> bool {
    races.iter().any(|(from, to)| *from <= placed && to.is_none_or(|to| placed <= to))
}

fn taken_outside(unmatched: &Unmatched) -> impl Iterator<Item = &(Timestamp, Quantity)> {
    unmatched.takings.iter().filter(|(placed, _)| !in_race(&unmatched.races, *placed))
}

/// What orders in races took.
fn raced(unmatched: &Unmatched) -> Quantity {
    let inside = unmatched.takings.iter().filter(|(placed, _)| in_race(&unmatched.races, *placed));
    Quantity::sum(inside.map(|(_, taken)| *taken))
}

fn fallen(unmatched: &Unmatched) -> Quantity {
    Quantity::sum(unmatched.falls.iter().map(|(_, fall)| *fall))
}

#[cfg(test)]
mod tests;
