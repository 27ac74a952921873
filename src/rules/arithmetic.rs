//! The sentence that says why a channel shows what it shows.

use crate::domain::Quantity;

use super::ledger::Offer;

/// The numbers behind what one channel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// What can be sold, wherever.
    pub available: Option<Quantity>,
    pub offer: Offer,
    /// What the channel shows now.
    pub shows: Option<Quantity>,
    pub owed: Option<Quantity>,
    /// Whether it is agreed with: else it is told when a person has it synchronized.
    pub founded: bool,
    /// A fall that waits for a person: from, to.
    pub held: Option<(Quantity, Quantity)>,
    pub paused: bool,
    /// Its quantity is not kept in step.
    pub apart: bool,
}

/// `46 available, 50 % of it is 23, less 3 kept back = 20; it shows 21 and is owed -1`
pub fn sentence(sum: &Sum) -> String {
    let mut sentence = match sum.available {
        None => "what is available is not known: no side's count is".to_owned(),
        Some(available) => offered(available, sum.offer),
    };
    sentence = match (sum.shows, sum.owed) {
        (None, _) => format!("{sentence}; it has no count, so nothing is written there"),
        (Some(shows), Some(Quantity::ZERO)) => format!("{sentence}; it shows {shows}"),
        (Some(shows), Some(owed)) => format!("{sentence}; it shows {shows} and is owed {}", signed(owed)),
        (Some(shows), None) if !sum.founded => {
            format!(
                "{sentence}; it shows {shows} and takes no part, since nothing was agreed on with it yet: synchronize it"
            )
        }
        (Some(shows), None) => format!("{sentence}; it shows {shows}"),
    };
    if let Some((from, to)) = sum.held {
        sentence = format!("{sentence}; held: it fell from {from} to {to}, and no order explains it");
    }
    if sum.apart {
        sentence = format!("{sentence}; its quantity is not kept in step");
    }
    if sum.paused {
        sentence = format!("{sentence}; paused: nothing is written");
    }
    sentence
}

fn offered(available: Quantity, offer: Offer) -> String {
    let mut sentence = format!("{available} available");
    let mut last = available;
    if available.is_negative() {
        return format!("{sentence}, more was sold than there was, so 0 is shown");
    }
    if offer.share < 100 {
        last = available.share(offer.share);
        sentence = format!("{sentence}, {} % of it is {last}", offer.share);
    }
    if offer.buffer != Quantity::ZERO {
        let shown = offer.shown(available);
        let floor = if last - offer.buffer == shown { "" } else { ", and never below zero" };
        sentence = format!("{sentence}, less {} kept back = {shown}{floor}", offer.buffer);
    }
    sentence
}

fn signed(quantity: Quantity) -> String {
    if quantity.is_positive() { format!("+{quantity}") } else { quantity.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(count: i64) -> Quantity {
        Quantity::units(count)
    }

    fn plain() -> Sum {
        Sum {
            available: Some(units(46)),
            offer: Offer::EVERYTHING,
            shows: Some(units(46)),
            owed: Some(Quantity::ZERO),
            founded: true,
            held: None,
            paused: false,
            apart: false,
        }
    }

    #[test]
    fn the_arithmetic_is_told_in_words() {
        assert_eq!(sentence(&plain()), "46 available; it shows 46");
        let partly = Offer { share: 50, buffer: units(3) };
        let sum = Sum { offer: partly, shows: Some(units(21)), owed: Some(units(-1)), ..plain() };
        assert_eq!(sentence(&sum), "46 available, 50 % of it is 23, less 3 kept back = 20; it shows 21 and is owed -1");
        let few = Sum { available: Some(units(4)), offer: partly, shows: Some(units(0)), ..plain() };
        let expected = "4 available, 50 % of it is 2, less 3 kept back = 0, and never below zero; it shows 0";
        assert_eq!(sentence(&few), expected);
        let sold = Sum { available: Some(units(-2)), shows: Some(units(1)), owed: Some(units(-1)), ..plain() };
        let expected = "-2 available, more was sold than there was, so 0 is shown; it shows 1 and is owed -1";
        assert_eq!(sentence(&sold), expected);
        let uncounted = Sum { shows: None, owed: None, founded: false, ..plain() };
        assert_eq!(sentence(&uncounted), "46 available; it has no count, so nothing is written there");
        let held = Sum { held: Some((units(46), units(6))), paused: true, ..plain() };
        assert!(
            sentence(&held)
                .ends_with("held: it fell from 46 to 6, and no order explains it; paused: nothing is written")
        );
    }
}
