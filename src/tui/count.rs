//! A number typed before a key: `12j` goes twelve rows down, `300G` to row 300.
//!
//! Digits also show panes. So one digit alone still is its pane; a number begins with a digit that means nothing by
//! itself, or with a second digit right after the first. The screen then is back at the pane where the first was pressed.

use crate::domain::Timestamp;
use crate::keys::{Action, Code, Key};

/// Nobody has so many rows.
const MOST: u32 = 9_999_999;

/// Two digits that show panes are two panes if so many milliseconds lie between them.
const RIGHT_AFTER: i64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count<Where> {
    number: u32,
    /// Where the first digit was pressed.
    from: Where,
    /// The only digit so far meant something by itself; when.
    spent: Option<Timestamp>,
}

/// The value of a key that is a digit.
pub fn digit(key: Key) -> Option<u32> {
    match key {
        Key { code: Code::Character(letter), ctrl: false, alt: false } => letter.to_digit(10),
        _ => None,
    }
}

impl<Where: Copy> Count<Where> {
    /// `spent`: the digit means something by itself, which is done now.
    pub const fn begin(digit: u32, from: Where, spent: Option<Timestamp>) -> Self {
        Self { number: digit, from, spent }
    }

    /// With a further digit; `None` if that begins anew.
    pub fn more(self, digit: u32, now: Timestamp) -> Option<Self> {
        let soon = self.spent.is_none_or(|at| now.0 <= at.0.saturating_add(RIGHT_AFTER));
        soon.then(|| Self { number: (self.number * 10 + digit).min(MOST), spent: None, ..self })
    }

    pub const fn from(self) -> Where {
        self.from
    }

    /// The number, if it counts what comes next.
    pub const fn number(self) -> Option<u32> {
        if self.spent.is_some() { None } else { Some(self.number) }
    }
}

/// What an action becomes that is to be done so many times; as it is, where a number says nothing about it.
pub fn counted(action: Action, number: u32) -> Vec<Action> {
    let times = |action, times: u32| std::iter::repeat_n(action, usize::try_from(times).unwrap_or(usize::MAX));
    match action {
        Action::Down
        | Action::Up
        | Action::PageDown
        | Action::PageUp
        | Action::HalfPageDown
        | Action::HalfPageUp
        | Action::NextPage
        | Action::PreviousPage => times(action, number).collect(),
        // As pagers and editors have it: the row of this number.
        Action::First | Action::Last => {
            [Action::First].into_iter().chain(times(Action::Down, number.saturating_sub(1))).collect()
        }
        action => vec![action],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_that_showed_a_pane_counts_only_with_a_second_one() {
        let at = Timestamp(0);
        let one = Count::begin(1, "here", Some(at));
        assert_eq!(one.number(), None);
        let twelve = one.more(2, Timestamp(900)).unwrap();
        assert_eq!((twelve.number(), twelve.from()), (Some(12), "here"));
        assert_eq!(twelve.more(0, Timestamp(60_000)).unwrap().number(), Some(120));
        assert_eq!(one.more(2, Timestamp(1_100)), None, "two panes, one after the other");
        let mut long = Count::begin(7, "here", None);
        assert_eq!(long.number(), Some(7));
        for _ in 0..20 {
            long = long.more(9, at).unwrap();
        }
        assert_eq!(long.number(), Some(MOST));
    }

    #[test]
    fn what_moves_is_repeated_and_nothing_else() {
        assert_eq!(counted(Action::Down, 3), [Action::Down; 3]);
        assert_eq!(counted(Action::Last, 3), [Action::First, Action::Down, Action::Down]);
        assert_eq!(counted(Action::First, 0), [Action::First]);
        assert_eq!(counted(Action::Push, 12), [Action::Push]);
        assert_eq!(counted(Action::Down, 0), []);
    }
}
