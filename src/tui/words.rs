//! Numbers, times and quantities as the screen says them.

use crate::domain::{ConnectionState, Money, Timestamp};
use crate::protocol::{ConnectionRow, ShownQuantity};

pub use crate::rules::numbers::{count, counted};

/// `under 1 s`, `40 s`, `12 min`, `3 h 5 min`, `4 days`
pub fn duration(seconds: u64) -> String {
    match seconds {
        0 => "under 1 s".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => match seconds % 3_600 / 60 {
            0 => format!("{} h", seconds / 3_600),
            minutes => format!("{} h {minutes} min", seconds / 3_600),
        },
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The same as a guess: `under 1 s`, `about 40 s`
pub fn about(seconds: u64) -> String {
    match seconds {
        0 => duration(0),
        _ => format!("about {}", duration(seconds)),
    }
}

/// `just now`, `3 min ago`
pub fn ago(now: Timestamp, then: Timestamp) -> String {
    match now.seconds_since(then) {
        0..60 => "just now".to_owned(),
        seconds => format!("{} ago", duration(seconds)),
    }
}

/// How long something lasts already, in steps of minutes, so that the screen stands still in between.
pub fn lasting(now: Timestamp, since: Timestamp) -> String {
    match now.seconds_since(since) {
        0..60 => "less than a minute".to_owned(),
        seconds => duration(seconds),
    }
}

/// `12`, `?`, `no count` (`any` where that has no room); `–` where a side does not have the product.
pub fn quantity(quantity: Option<ShownQuantity>, room: u16) -> String {
    match quantity {
        Some(ShownQuantity::Counted(quantity)) => quantity.to_string(),
        Some(ShownQuantity::Untracked) if room < 8 => "any".to_owned(),
        Some(ShownQuantity::Untracked) => "no count".to_owned(),
        Some(ShownQuantity::Unknown) => "?".to_owned(),
        None => "–".to_owned(),
    }
}

/// The same where there is room for a word.
pub fn quantity_in_full(quantity: ShownQuantity) -> String {
    match quantity {
        ShownQuantity::Counted(quantity) => quantity.to_string(),
        ShownQuantity::Untracked => "not counted".to_owned(),
        ShownQuantity::Unknown => "not known".to_owned(),
    }
}

/// `19.90 EUR`, `19.90–24.90 EUR`
pub fn prices(range: Option<(Money, Money)>) -> String {
    match range {
        Some((low, high)) if low == high => low.to_string(),
        Some((low, high)) if low.currency == high.currency => format!("{}–{high}", low.amount()),
        Some((low, high)) => format!("{low}–{high}"),
        None => "–".to_owned(),
    }
}

/// The sign and the words of a connection's state.
pub fn connection_state(connection: &ConnectionRow, now: Timestamp) -> (&'static str, String) {
    match &connection.state {
        ConnectionState::Unknown => ("·", "not called yet".to_owned()),
        ConnectionState::Online => match connection.login_ends {
            Some(ends) => ("!", format!("login ends in {}", duration(ends.seconds_since(now) / 60 * 60))),
            None => ("●", "online".to_owned()),
        },
        ConnectionState::Offline { since, why: _ } => ("○", format!("offline for {}", lasting(now, *since))),
        ConnectionState::NeedsLogin { why: _ } => ("!", "needs login".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_said_as_people_say_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "job"), "1 job");
        assert_eq!(duration(59), "59 s");
        assert_eq!(about(0), "under 1 s");
        assert_eq!(about(40), "about 40 s");
        assert_eq!(duration(3_900), "1 h 5 min");
        assert_eq!(duration(172_800), "2 days");
        assert_eq!(ago(Timestamp(200_000), Timestamp(20_000)), "3 min ago");
        assert_eq!(ago(Timestamp(0), Timestamp(20_000)), "just now");
    }
}
