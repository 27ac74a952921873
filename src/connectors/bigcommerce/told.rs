//! Which levels were told already, so that a walk through the whole inventory tells only what moved.
//!
//! The inventory has no "changed since", and nobody documents whether a change of stock moves a product's
//! `date_modified`. So each run of the stock feed reads all of it, a thousand items a call, and compares. What was told
//! counts as told only once somebody comes back with the cursor that went out with it: until then it may have been lost
//! on the way. The memory ends with the connection; then everything is told once more, which does no harm.

use std::collections::HashMap;

use crate::domain::Cursor;

/// Variant and location.
pub(super) type Spot = (u64, u64);

#[derive(Debug, Default)]
pub(super) struct Told {
    levels: HashMap<Spot, i64>,
    /// What went out, by the cursor that went with it. One for each feed at most.
    offers: Vec<Offer>,
    turn: u64,
}

#[derive(Debug)]
struct Offer {
    feed: &'static str,
    cursor: Cursor,
    levels: Vec<(Spot, i64)>,
}

impl Told {
    /// Somebody goes on from this cursor of this feed: what went out with it has arrived.
    pub(super) fn arrived(&mut self, feed: &'static str, from: &Cursor) {
        let (arrived, rest): (Vec<Offer>, Vec<Offer>) =
            std::mem::take(&mut self.offers).into_iter().partition(|offer| offer.cursor == *from);
        // What this feed offered with another cursor was not taken.
        self.offers = rest.into_iter().filter(|offer| offer.feed != feed).collect();
        for offer in arrived {
            self.levels.extend(offer.levels);
        }
    }

    pub(super) fn is_news(&self, spot: Spot, level: i64) -> bool {
        self.levels.get(&spot) != Some(&level)
    }

    pub(super) fn offer(&mut self, feed: &'static str, cursor: &Cursor, levels: Vec<(Spot, i64)>) {
        self.offers.retain(|offer| offer.feed != feed);
        self.offers.push(Offer { feed, cursor: cursor.clone(), levels });
    }

    /// A number that makes a cursor unlike all others of this connection.
    pub(super) fn turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(text: &str) -> Cursor {
        Cursor::At(text.to_owned())
    }

    #[test]
    fn what_was_not_taken_is_told_again() {
        let mut told = Told::default();
        told.offer("stock", &cursor("a"), vec![((7, 1), 5)]);
        assert!(told.is_news((7, 1), 5), "nobody came back with it yet");
        told.arrived("stock", &cursor("before"));
        told.arrived("stock", &cursor("a"));
        assert!(told.is_news((7, 1), 5), "the run began anew in between");
        told.offer("stock", &cursor("b"), vec![((7, 1), 5)]);
        told.arrived("stock", &cursor("b"));
        assert!(!told.is_news((7, 1), 5) && told.is_news((7, 1), 6) && told.is_news((7, 2), 5));
    }

    #[test]
    fn the_stock_feed_goes_on_where_listings_ended() {
        let mut told = Told::default();
        told.offer("listings", &cursor("end"), vec![((7, 1), 5)]);
        told.arrived("stock", &cursor("end"));
        assert!(!told.is_news((7, 1), 5));
    }
}
