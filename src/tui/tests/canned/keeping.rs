//! What the canned shop says of being kept in step.

use crate::domain::{
    Cause, ConnectionId, Direction, Field, FieldRules, Happening, HistoryRecord, Interval, JobId, LinkId, ListingId,
    Location, LocationId, OrderState, ProductId, Quantity, RemoteId, Side, SyncSettings, Text, Timestamp, VariantId,
};
use crate::protocol::{
    ChannelExplanation, ConflictId, ConflictRow, Decision, HistoryRow, HistoryView, OrderBrief, PresetRow, RulesRow,
    SettingsRow, StockExplanation, SyncCounts, SyncState,
};

use super::shop::title;

pub const COUNTS: SyncCounts =
    SyncCounts { in_sync: 131, out_of_sync: 4, in_orders: 12, base: 260, conflict: 2, paused: 1, failing: 2 };

/// Every state there is, mostly the quiet ones.
pub fn sync(number: u64, linked: bool) -> (SyncState, Option<String>) {
    if !linked {
        return (SyncState::Base, None);
    }
    match number % 12 {
        1 => (SyncState::Conflict, Some("40 → 3, and no order explains it".to_owned())),
        3 => (SyncState::Failing, Some("Woo outlet refused: the product is locked".to_owned())),
        5 => (SyncState::OutOfSync { price: true, quantity: true }, None),
        7 => (SyncState::OutOfSync { price: false, quantity: true }, None),
        8 => (SyncState::Paused, None),
        9 => (SyncState::InOrders, None),
        _ => (SyncState::InSync, None),
    }
}

pub fn history(now: Timestamp, view: &HistoryView) -> Vec<HistoryRow> {
    let lines: Vec<HistoryRow> = (0..60).map(|number| line(now, number)).collect();
    let search = view.search.to_lowercase();
    let fits = |row: &HistoryRow| {
        row.record.subject.to_lowercase().contains(&search)
            && view.product.is_none_or(|product| row.record.listing == Some(product.0))
    };
    lines.into_iter().filter(fits).collect()
}

fn line(now: Timestamp, number: u64) -> HistoryRow {
    let what = match number % 8 {
        0..=2 => Happening::Quantity,
        3 => Happening::Order,
        4 => Happening::Field(Field::Price),
        5 => Happening::Linked,
        6 => Happening::Conflict,
        _ => Happening::Settled,
    };
    let cause = match number % 5 {
        0 => Cause::Poll,
        1 | 2 => Cause::Order { number: Text::new(&format!("#{}", 1000 + number)) },
        3 => Cause::Job { job: JobId(4 + number % 3) },
        _ => Cause::Person { reason: "stock take".to_owned() },
    };
    let place = ["Gift Shop High Street", "giftshop.example", "Woo outlet"][number as usize % 3];
    let value = |value: u64| (what != Happening::Linked).then(|| value.to_string());
    HistoryRow {
        place: place.to_owned(),
        what: HistoryRow::word(what).to_owned(),
        cause: HistoryRow::cause_of(&cause),
        record: HistoryRecord {
            at: now.plus_seconds(-(number as i64) * 47),
            what,
            subject: title(number),
            sku: Some(Text::new(&format!("GS-{:05}", number * 31))),
            listing: Some(ListingId(number)),
            variant: Some(VariantId(number)),
            connection: Some(ConnectionId(1 + (number % 3) as u32)),
            old: value(12 + number),
            new: value(11 + number),
            cause,
        },
    }
}

pub fn conflicts(now: Timestamp) -> Vec<ConflictRow> {
    let row = |number: u64, field, connection: &str, sentence: &str, ours: &str, theirs: &str| ConflictRow {
        conflict: ConflictId { link: LinkId(number), variant: VariantId(number), field },
        product: ProductId(ListingId(number)),
        subject: title(number),
        sku: Some(Text::new("GS-00031")),
        connection: Text::new(connection),
        sentence: sentence.to_owned(),
        ours: ours.to_owned(),
        theirs: theirs.to_owned(),
        since: now.plus_seconds(-900),
        decisions: vec![
            (Decision::Accept, format!("{ours} is right: the others follow")),
            (Decision::Restore, format!("{theirs} is right: {connection} is brought back")),
            (Decision::Leave, "both stay as they are, and count as agreed".to_owned()),
        ],
    };
    vec![
        row(1, None, "giftshop.example", "40 → 3, and no order explains it", "3", "40"),
        row(
            5,
            Some(Field::Price),
            "Woo outlet",
            "the price was changed to 17.90 EUR there, and the till is of record",
            "17.90 EUR",
            "19.90 EUR",
        ),
    ]
}

pub fn stock(now: Timestamp, product: ProductId) -> Vec<StockExplanation> {
    let units = Quantity::units;
    let channel = |name: &str, side, shows: i64, should: i64, sentence: &str| ChannelExplanation {
        connection: Text::new(name),
        side,
        locations: vec![
            (Text::new("High Street"), Some(units(shows - 4)), true),
            (Text::new("Warehouse"), Some(units(4)), true),
            (Text::new("Window"), None, false),
        ],
        shows: Some(units(shows)),
        should_show: Some(units(should)),
        owed: Some(units(should - shows)),
        base: Some(units(shows)),
        share: 100,
        buffer: Quantity::ZERO,
        booked: units(4),
        sentence: sentence.to_owned(),
        guarantee: "Every unit is counted exactly once".to_owned(),
    };
    vec![StockExplanation {
        product,
        subject: title(product.0.0),
        sku: Some(Text::new("GS-00031")),
        in_stock: Some(units(50)),
        booked: units(4),
        available: Some(units(46)),
        channels: vec![
            channel("Gift Shop High Street", Side::InStore, 46, 46, "46 available; it shows 46 and is owed nothing"),
            channel(
                "giftshop.example",
                Side::Online,
                21,
                20,
                "46 available, 50 % of it is 23, less 3 kept back = 20; it shows 21 and is owed −1",
            ),
        ],
        orders: vec![OrderBrief {
            connection: Text::new("giftshop.example"),
            number: Text::new("#1001"),
            state: OrderState::Open,
            placed_at: now.plus_seconds(-3_600),
            booked: units(4),
        }],
    }]
}

pub fn settings() -> Vec<SettingsRow> {
    let place = |id: &str, name: &str| Location {
        id: LocationId(RemoteId::new(id).unwrap()),
        name: Text::new(name),
        active: true,
    };
    let row = |id, name: &str, side, settings: SyncSettings, next: &str| SettingsRow {
        connection: ConnectionId(id),
        name: Text::new(name),
        side,
        settings,
        locations: vec![(place("main", "High Street"), true), (place("store", "Warehouse"), false)],
        has_orders: true,
        guarantee: "Quantities are exact: every change is sent as a difference with a key".to_owned(),
        drift: (id == 3).then(|| "0.3 units may have been lost".to_owned()),
        next_look: next.to_owned(),
    };
    let standard = |side| SyncSettings::standard(side == Side::InStore, true);
    vec![
        row(1, "Gift Shop High Street", Side::InStore, standard(Side::InStore), "in 12 s"),
        row(
            2,
            "giftshop.example",
            Side::Online,
            SyncSettings { share: 50, buffer: Quantity::units(3), ..standard(Side::Online) },
            "in 40 s",
        ),
        row(
            3,
            "Woo outlet",
            Side::Online,
            SyncSettings { every: Interval::Minutes(60), ..standard(Side::Online) },
            "in 48 min",
        ),
    ]
}

pub fn rules() -> (Vec<RulesRow>, Vec<PresetRow>) {
    let mut priced = FieldRules::standard(ConnectionId(1), ConnectionId(2));
    priced.fields.extend([(Field::Price, Direction::ToOnline), (Field::Title, Direction::ToInStore)]);
    let mut everything = FieldRules::standard(ConnectionId(1), ConnectionId(2));
    everything.fields.extend([(Field::Title, Direction::ToOnline), (Field::Brand, Direction::ToOnline)]);
    everything.deletes = Direction::ToOnline;
    let row = |online: &str, rules, preset: Option<&str>| RulesRow {
        in_store: Text::new("Gift Shop High Street"),
        online: Text::new(online),
        rules,
        not_to_online: vec![Field::Dimensions],
        not_to_in_store: vec![Field::Dimensions, Field::CompareAtPrice],
        preset: preset.map(str::to_owned),
        ready_made: vec![FieldRules::standard(ConnectionId(1), ConnectionId(2)), everything.clone()],
    };
    let standard = FieldRules::standard(ConnectionId(1), ConnectionId(3));
    let preset = |name: &str, sentence: &str| PresetRow { name: name.to_owned(), sentence: sentence.to_owned() };
    (
        vec![row("giftshop.example", priced, None), row("Woo outlet", standard, Some("quantities only"))],
        vec![
            preset("quantities only", "Quantities both ways, nothing else"),
            preset("the till is right", "Everything follows the till, one way"),
        ],
    )
}
