//! What orders do to stock: what they hold back from sale, what they take off a count, and when they are forgotten.
//!
//! A platform takes an order off its count when it is placed, so open orders do not change what is *available*: that is
//! the fall that is seen there. What is *in stock* is what is available and what is *booked* (ordered, not shipped yet):
//! fifty apples of which four are ordered are 50 in stock, 4 booked, 46 available; when they are shipped, 46, 0, 46.

use crate::domain::{Order, OrderLine, OrderState, Quantity, Timestamp};

/// How long an order is kept after it ended, in seconds.
const KEPT: i64 = 30 * 24 * 3600;

/// What is physically there.
pub fn in_stock(available: Quantity, booked: Quantity) -> Quantity {
    available + booked
}

/// Whether a feed shows nothing new of an order: a note or a tag moves its time and nothing of ours.
pub fn is_same(before: &Order, after: &Order) -> bool {
    before.number == after.number
        && before.state == after.state
        && before.placed_at == after.placed_at
        && before.lines == after.lines
}

/// One line of an order that does something else to stock than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move<'a> {
    /// As it is now; as it was, if the line is gone.
    pub line: &'a OrderLine,
    /// What it takes off the count more than before; below zero, what it gives back.
    pub takes: Quantity,
    /// In words, for the history; `None` for a line that was not there.
    pub old: Option<String>,
    pub new: Option<String>,
}

/// The lines of an order that changed.
pub fn moves<'a>(before: Option<&'a Order>, after: &'a Order) -> Vec<Move<'a>> {
    let old = |line: &OrderLine| {
        let before = before?;
        before.lines.iter().find(|known| known.remote == line.remote).map(|known| (before, known))
    };
    let now = after.lines.iter().map(|line| {
        let old = old(line);
        let taken = old.map_or(Quantity::ZERO, |(order, line)| order.taken(line));
        Move {
            line,
            takes: after.taken(line) - taken,
            old: old.map(|(order, line)| words(order, line)),
            new: Some(words(after, line)),
        }
    });
    let gone = before.into_iter().flat_map(|order| order.lines.iter().map(move |line| (order, line)));
    let gone = gone
        .filter(|(_, line)| after.lines.iter().all(|known| known.remote != line.remote))
        .map(|(order, line)| Move { line, takes: -order.taken(line), old: Some(words(order, line)), new: None });
    now.chain(gone).filter(|change| change.old != change.new || change.takes != Quantity::ZERO).collect()
}

/// When what an order takes more than before came to pass: when it was placed, or when it was changed.
pub fn moment(before: Option<&Order>, after: &Order) -> Timestamp {
    // Accepted later: then is when it was taken off the stock.
    let accepted = before.is_some_and(|before| before.state == OrderState::Pending);
    if before.is_none() || !accepted && before.is_some_and(|b| b.updated_at == after.updated_at) {
        after.placed_at
    } else {
        after.updated_at
    }
}

/// `open: 4 ordered, 1 shipped`
pub fn words(order: &Order, line: &OrderLine) -> String {
    let mut words = format!("{}: {} ordered", order.state.label(), line.ordered);
    for (count, what) in [(line.fulfilled, "shipped"), (line.dropped, "cancelled"), (line.restocked, "put back")] {
        if count != Quantity::ZERO {
            words = format!("{words}, {count} {what}");
        }
    }
    words
}

/// Whether an order ended so long ago that nothing will come of it any more.
pub fn is_forgettable(order: &Order, now: Timestamp) -> bool {
    has_ended(order) && order.updated_at.plus_seconds(KEPT) <= now
}

pub const fn has_ended(order: &Order) -> bool {
    matches!(order.state, OrderState::Closed | OrderState::Cancelled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{RemoteId, Text};

    fn units(count: i64) -> Quantity {
        Quantity::units(count)
    }

    fn line(remote: &str, counts: [i64; 4]) -> OrderLine {
        let [ordered, fulfilled, dropped, restocked] = counts.map(units);
        let remote = RemoteId::new(remote).unwrap();
        OrderLine { remote, listing: None, variant: None, location: None, ordered, fulfilled, dropped, restocked }
    }

    fn order(state: OrderState, lines: &[OrderLine]) -> Order {
        Order {
            remote: RemoteId::new("o1").unwrap(),
            number: Text::new("#1001"),
            state,
            placed_at: Timestamp(1_000),
            updated_at: Timestamp(2_000),
            lines: lines.to_vec(),
        }
    }

    /// The worked example: fifty apples, four ordered, then shipped.
    #[test]
    fn fifty_apples() {
        let placed = order(OrderState::Open, &[line("1", [4, 0, 0, 0])]);
        let booked = placed.booked(&placed.lines[0]);
        let available = units(50) - placed.taken(&placed.lines[0]);
        assert_eq!((in_stock(available, booked), booked, available), (units(50), units(4), units(46)));
        let shipped = order(OrderState::Closed, &[line("1", [4, 4, 0, 0])]);
        let booked = shipped.booked(&shipped.lines[0]);
        assert_eq!((in_stock(available, booked), booked, available), (units(46), units(0), units(46)));
        let moves = moves(Some(&placed), &shipped);
        assert_eq!(moves[0].takes, Quantity::ZERO, "what is shipped was taken off before");
        assert_eq!(moves[0].new.as_deref(), Some("closed: 4 ordered, 4 shipped"));
    }

    #[test]
    fn what_changes_is_told_and_what_does_not_is_not() {
        let pending = order(OrderState::Pending, &[line("1", [4, 0, 0, 0])]);
        assert_eq!(moves(None, &pending)[0].takes, Quantity::ZERO, "not accepted yet");
        let mut open = order(OrderState::Open, &[line("1", [4, 0, 0, 0]), line("2", [1, 0, 0, 0])]);
        let takes =
            |before: &Order, after: &Order| moves(Some(before), after).iter().map(|m| m.takes).collect::<Vec<_>>();
        assert_eq!(takes(&pending, &open), [units(4), units(1)]);
        assert_eq!((moment(None, &open), moment(Some(&pending), &open)), (Timestamp(1_000), Timestamp(2_000)));
        let before = open.clone();
        open.updated_at = Timestamp(9_000);
        assert!(is_same(&before, &open) && moves(Some(&before), &open).is_empty());
        // One is taken back, the other line is edited away.
        let after = order(OrderState::Open, &[line("1", [4, 0, 1, 1])]);
        assert_eq!(takes(&open, &after), [units(-1), units(-1)]);
        let cancelled = order(OrderState::Cancelled, &[line("1", [4, 0, 4, 4])]);
        assert_eq!(takes(&after, &cancelled), [units(-3)]);
    }

    #[test]
    fn an_order_is_forgotten_thirty_days_after_its_end() {
        let day = 24 * 3600;
        let closed = order(OrderState::Closed, &[]);
        assert!(!is_forgettable(&closed, closed.updated_at.plus_seconds(30 * day - 1)));
        assert!(is_forgettable(&closed, closed.updated_at.plus_seconds(30 * day)));
        let open = order(OrderState::Open, &[]);
        assert!(!is_forgettable(&open, open.updated_at.plus_seconds(900 * day)), "an open order is never forgotten");
    }

    fn any_order() -> impl Strategy<Value = Order> {
        let lines = prop::collection::vec((0..4u8, prop::array::uniform4(0..9i64)), 0..4);
        let state = prop_oneof![
            Just(OrderState::Pending),
            Just(OrderState::Open),
            Just(OrderState::Closed),
            Just(OrderState::Cancelled)
        ];
        (state, lines).prop_map(|(state, lines)| {
            let mut lines: Vec<_> = lines.into_iter().map(|(id, counts)| line(&id.to_string(), counts)).collect();
            lines.sort_by(|a, b| a.remote.cmp(&b.remote));
            lines.dedup_by(|a, b| a.remote == b.remote);
            order(state, &lines)
        })
    }

    proptest! {
        /// However an order comes to where it is, what its steps took adds up to what it takes.
        #[test]
        fn steps_add_up(states in prop::collection::vec(any_order(), 1..6)) {
            let mut before = None;
            let mut sum = Quantity::ZERO;
            for after in &states {
                sum += Quantity::sum(moves(before, after).iter().map(|change| change.takes));
                before = Some(after);
            }
            let last = states.last().unwrap();
            prop_assert_eq!(sum, Quantity::sum(last.lines.iter().map(|line| last.taken(line))));
            for line in &last.lines { prop_assert!(!last.booked(line).is_negative()); }
        }
    }
}
