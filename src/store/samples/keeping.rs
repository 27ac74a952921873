//! Values of what is kept in step: orders, settings, rules, the history.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{AT, any_quantity, any_text, place, remote};
use crate::domain::{
    AutoPush, Cause, ConnectionId, Direction, Field, FieldRules, Happening, HistoryRecord, Interval, JobId, KnownOrder,
    ListingId, MassChange, Order, OrderLine, OrderState, Quantity, Rejection, SyncSettings, Text, Timestamp,
    UnexplainedDrop, VariantId,
};
use crate::store::Entry;

pub fn order(connection: u32, id: &str) -> KnownOrder {
    let line = |line: &str, known: bool| OrderLine {
        remote: remote(line),
        listing: known.then(|| remote("P7")),
        variant: known.then(|| remote("V1")),
        location: known.then(|| place("L1")),
        ordered: Quantity::units(4),
        fulfilled: Quantity::units(1),
        dropped: Quantity::from_raw(50_000),
        restocked: Quantity::ZERO,
    };
    KnownOrder {
        connection: ConnectionId(connection),
        order: Order {
            remote: remote(id),
            number: Text::new("#1001"),
            state: OrderState::Open,
            placed_at: AT,
            updated_at: AT.plus_seconds(60),
            lines: vec![line("1", true), line("2", false)],
        },
        seen_at: AT.plus_seconds(61),
    }
}

/// What holds by itself, and something of everything else.
pub fn settings() -> [SyncSettings; 2] {
    let other = SyncSettings {
        automatic: false,
        every: Interval::Minutes(15),
        auto_push: AutoPush::Draft,
        share: 50,
        buffer: Quantity::units(3),
        unexplained: UnexplainedDrop::HoldFrom(Quantity::units(10)),
        master: false,
        asks: MassChange { share: 25, least: 7 },
    };
    [SyncSettings::standard(true, false), other]
}

pub fn rules(in_store: u32, online: u32) -> FieldRules {
    FieldRules {
        in_store: ConnectionId(in_store),
        online: ConnectionId(online),
        quantity: false,
        fields: BTreeMap::from([
            (Field::Title, Direction::ToOnline),
            (Field::Price, Direction::ToInStore),
            (Field::Active, Direction::Off),
        ]),
        deletes: Direction::ToOnline,
    }
}

pub fn rejection(in_store: u64, online: u64) -> Rejection {
    let [till, shop] = [1, 2].map(ConnectionId);
    Rejection { in_store: ListingId(in_store), online: ListingId(online), till, shop, at: AT }
}

/// One for each thing that can happen, with each cause.
pub fn history() -> [HistoryRecord; 10] {
    let causes = [
        Cause::Poll,
        Cause::Order { number: Text::new("#1001") },
        Cause::Job { job: JobId(5) },
        Cause::Person { reason: "stock take".to_owned() },
    ];
    let line = |what, which: usize| HistoryRecord {
        at: AT,
        what,
        subject: Text::new("Tea pot 茶"),
        sku: Some(Text::new("TP-1")),
        listing: Some(ListingId(9)),
        variant: Some(VariantId(90)),
        connection: Some(ConnectionId(2)),
        old: Some("7".to_owned()),
        new: Some("5".to_owned()),
        cause: causes[which % causes.len()].clone(),
    };
    [
        line(Happening::Quantity, 0),
        line(Happening::Field(Field::Price), 1),
        line(Happening::Order, 2),
        line(Happening::Linked, 3),
        line(Happening::Unlinked, 0),
        line(Happening::Created, 0),
        line(Happening::Deleted, 0),
        line(Happening::Conflict, 0),
        line(Happening::Settled, 0),
        HistoryRecord {
            sku: None,
            listing: None,
            variant: None,
            connection: None,
            old: None,
            new: None,
            ..line(Happening::Settings, 0)
        },
    ]
}

fn any_order() -> impl Strategy<Value = KnownOrder> {
    let state = prop_oneof![
        Just(OrderState::Pending),
        Just(OrderState::Open),
        Just(OrderState::Closed),
        Just(OrderState::Cancelled),
    ];
    (1u32..4, 1u8..5, any_text(), state, 0usize..3, any_quantity()).prop_map(
        |(connection, id, number, state, lines, fulfilled)| {
            let mut known = order(connection, &format!("O{id}"));
            known.order.number = number;
            known.order.state = state;
            known.order.lines.truncate(lines);
            for line in &mut known.order.lines {
                line.fulfilled = fulfilled.unwrap_or_default();
            }
            known
        },
    )
}

pub fn any_history() -> impl Strategy<Value = HistoryRecord> {
    let cause = prop_oneof![
        Just(Cause::Poll),
        any_text().prop_map(|number| Cause::Order { number }),
        (1u64..4).prop_map(|job| Cause::Job { job: JobId(job) }),
        any::<String>().prop_map(|reason| Cause::Person { reason }),
    ];
    let of = (prop::option::of(1u64..6), prop::option::of(1u32..4));
    (0usize..10, any_text(), of, prop::option::of(any::<String>()), cause, 0i64..2000).prop_map(
        |(which, subject, (listing, connection), new, cause, at)| HistoryRecord {
            at: Timestamp(at),
            subject,
            listing: listing.map(ListingId),
            connection: connection.map(ConnectionId),
            new,
            cause,
            ..history()[which].clone()
        },
    )
}

pub fn any_entry() -> impl Strategy<Value = Entry> {
    let connection = || (1u32..4).prop_map(ConnectionId);
    let directions = prop::collection::btree_map(
        (0usize..13).prop_map(|place| Field::ALL[place]),
        prop_oneof![Just(Direction::Off), Just(Direction::ToOnline), Just(Direction::ToInStore)],
        0..5,
    );
    prop_oneof![
        2 => (connection(), 0usize..2, 1u8..=100).prop_map(|(connection, which, share)| Entry::SettingsKept {
            connection,
            settings: SyncSettings { share, ..settings()[which].clone() },
        }),
        2 => (1u32..4, 1u32..4, directions, any::<bool>()).prop_map(|(in_store, online, fields, quantity)| {
            Entry::FieldRulesKept(FieldRules { fields, quantity, ..rules(in_store, online) })
        }),
        5 => any_order().prop_map(|order| Entry::OrderSeen(Box::new(order))),
        1 => (connection(), prop::collection::vec(1u8..5, 0..3)).prop_map(|(connection, orders)| {
            Entry::OrdersForgotten { connection, orders: orders.iter().map(|id| remote(&format!("O{id}"))).collect() }
        }),
        6 => any_history().prop_map(|line| Entry::Noted(Box::new(line))),
        1 => (connection(), any::<u64>()).prop_map(|(connection, millionths)| Entry::DriftEstimated {
            connection,
            millionths,
        }),
        2 => (1u64..4, 1u64..4, connection(), connection()).prop_map(|(in_store, online, till, shop)| {
            Entry::PairRejected(Rejection { till, shop, ..rejection(in_store, online) })
        }),
        1 => (1u64..4, 1u64..4).prop_map(|(in_store, online)| Entry::PairAllowed {
            in_store: ListingId(in_store),
            online: ListingId(online),
        }),
    ]
}
