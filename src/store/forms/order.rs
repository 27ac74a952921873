//! An order as it is stored.

use serde::{Deserialize, Serialize};

use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{
    ConnectionId, KnownOrder, LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text, Timestamp,
};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
struct OrderV1<'a> {
    connection: u32,
    seen_at: i64,
    remote: &'a str,
    number: &'a str,
    state: OrderStateV1,
    placed_at: i64,
    updated_at: i64,
    #[serde(borrow)]
    lines: Vec<OrderLineV1<'a>>,
}

#[derive(Serialize, Deserialize)]
enum OrderStateV1 {
    Pending,
    Open,
    Closed,
    Cancelled,
}

#[derive(Serialize, Deserialize)]
struct OrderLineV1<'a> {
    remote: &'a str,
    listing: Option<&'a str>,
    variant: Option<&'a str>,
    location: Option<&'a str>,
    ordered: i64,
    fulfilled: i64,
    dropped: i64,
    restocked: i64,
}

fn line_form(line: &OrderLine) -> OrderLineV1<'_> {
    OrderLineV1 {
        remote: line.remote.as_str(),
        listing: line.listing.as_ref().map(RemoteId::as_str),
        variant: line.variant.as_ref().map(RemoteId::as_str),
        location: line.location.as_ref().map(|location| location.0.as_str()),
        ordered: line.ordered.raw(),
        fulfilled: line.fulfilled.raw(),
        dropped: line.dropped.raw(),
        restocked: line.restocked.raw(),
    }
}

fn line_of(form: OrderLineV1<'_>) -> Result<OrderLine, String> {
    Ok(OrderLine {
        remote: RemoteId::new(form.remote)?,
        listing: form.listing.map(RemoteId::new).transpose()?,
        variant: form.variant.map(RemoteId::new).transpose()?,
        location: form.location.map(RemoteId::new).transpose()?.map(LocationId),
        ordered: Quantity::from_raw(form.ordered),
        fulfilled: Quantity::from_raw(form.fulfilled),
        dropped: Quantity::from_raw(form.dropped),
        restocked: Quantity::from_raw(form.restocked),
    })
}

impl Stored for KnownOrder {
    const NOUN: &'static str = "order";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let Order { remote, number, state, placed_at, updated_at, lines } = &self.order;
        let form = OrderV1 {
            connection: self.connection.0,
            seen_at: self.seen_at.0,
            remote: remote.as_str(),
            number,
            state: match state {
                OrderState::Pending => OrderStateV1::Pending,
                OrderState::Open => OrderStateV1::Open,
                OrderState::Closed => OrderStateV1::Closed,
                OrderState::Cancelled => OrderStateV1::Cancelled,
            },
            placed_at: placed_at.0,
            updated_at: updated_at.0,
            lines: lines.iter().map(line_form).collect(),
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: OrderV1<'_> = decode_form(body)?;
        let order = Order {
            remote: RemoteId::new(form.remote)?,
            number: Text::new(form.number),
            state: match form.state {
                OrderStateV1::Pending => OrderState::Pending,
                OrderStateV1::Open => OrderState::Open,
                OrderStateV1::Closed => OrderState::Closed,
                OrderStateV1::Cancelled => OrderState::Cancelled,
            },
            placed_at: Timestamp(form.placed_at),
            updated_at: Timestamp(form.updated_at),
            lines: form.lines.into_iter().map(line_of).collect::<Result<_, _>>()?,
        };
        Ok(Self { connection: ConnectionId(form.connection), order, seen_at: Timestamp(form.seen_at) })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn version_1_stays_as_it_is() {
        super::super::golden::check(
            &crate::store::samples::order(2, "O1"),
            "010290e7ddf7bf68024f310523313030310180aed6f7bf68c0d7ddf7bf68020131010250370102563101024c3180ea30c09a0ca08d0600013200000080ea30c09a0ca08d0600855fe1e8",
        );
    }
}
