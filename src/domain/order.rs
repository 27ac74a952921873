//! What customers ordered, as far as stock depends on it.

use serde::{Deserialize, Serialize};

use super::{ConnectionId, LocationId, Quantity, RemoteId, Text, Timestamp};

/// What an order does to stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Not paid or not accepted yet: the platform has taken nothing off its stock for it.
    Pending,
    /// Taken off the stock; not all of it has been handed over.
    Open,
    /// All that will ever be handed over has been.
    Closed,
    Cancelled,
}

impl OrderState {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One line of an order, in pieces since the order was placed. A line that a platform reports as two is two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub remote: RemoteId,
    /// Of this connection; `None` for what is not in the catalogue (a gift card, a free text).
    pub listing: Option<RemoteId>,
    /// The variant's `remote` or its `inventory` identifier.
    pub variant: Option<RemoteId>,
    /// Where it is taken from, if the platform says.
    pub location: Option<LocationId>,
    /// As placed, with later edits. Never negative: an exchange is a return and a line of its own.
    pub ordered: Quantity,
    /// Handed over or shipped.
    pub fulfilled: Quantity,
    /// Cancelled or refunded before it was handed over: it will not be.
    pub dropped: Quantity,
    /// What the platform has put back into stock of it, for whatever reason.
    pub restocked: Quantity,
}

impl OrderLine {
    /// Ordered and not shipped yet.
    pub fn open(&self) -> Quantity {
        let open = self.ordered - self.fulfilled - self.dropped;
        if open.is_negative() { Quantity::ZERO } else { open }
    }

    /// What the line has taken off the platform's count, net.
    pub fn taken(&self) -> Quantity {
        self.ordered - self.restocked
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub remote: RemoteId,
    /// What people call it: `#1001`.
    pub number: Text,
    pub state: OrderState,
    /// By the platform's clock.
    pub placed_at: Timestamp,
    pub updated_at: Timestamp,
    pub lines: Vec<OrderLine>,
}

impl Order {
    /// What a line of it holds back from sale: nothing unless the order is open.
    pub fn booked(&self, line: &OrderLine) -> Quantity {
        if self.state == OrderState::Open { line.open() } else { Quantity::ZERO }
    }

    /// What a line of it has taken off the platform's count, net.
    pub fn taken(&self, line: &OrderLine) -> Quantity {
        if self.state == OrderState::Pending { Quantity::ZERO } else { line.taken() }
    }
}

/// An order as we know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownOrder {
    pub connection: ConnectionId,
    pub order: Order,
    pub seen_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ordered: i64, fulfilled: i64, dropped: i64, restocked: i64) -> OrderLine {
        let units = Quantity::units;
        OrderLine {
            remote: RemoteId::new("1").unwrap(),
            listing: None,
            variant: None,
            location: None,
            ordered: units(ordered),
            fulfilled: units(fulfilled),
            dropped: units(dropped),
            restocked: units(restocked),
        }
    }

    #[test]
    fn what_is_shipped_or_cancelled_is_not_booked() {
        assert_eq!(line(4, 0, 0, 0).open(), Quantity::units(4));
        assert_eq!(line(4, 3, 0, 0).open(), Quantity::units(1));
        assert_eq!(line(4, 1, 3, 3).open(), Quantity::ZERO);
        assert_eq!(line(4, 4, 1, 1).open(), Quantity::ZERO, "never below nothing");
        assert_eq!(line(4, 4, 0, 1).taken(), Quantity::units(3), "a return that was put back");
    }
}
