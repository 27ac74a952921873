//! Values of every stored noun: fixed ones for golden bytes, random ones for properties.

mod keeping;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Entry;
use crate::domain::{
    BaseUrl, Connection, ConnectionId, CountSent, Creation, Currency, Cursor, Dimensions, Effect, Feed, Field,
    FieldValue, HeldDrop, IdempotencyKey, Job, JobId, JobKind, JobState, KnownListing, Link, LinkId, LinkMember,
    Listing, ListingId, Location, LocationId, Money, OptionValue, PlannedStep, PlatformId, Progress, Quantity, Refusal,
    RefusalReason, RemoteId, Side, Status, Step, StepIndex, StepState, Stock, Structure, Target, Text, Timestamp,
    Unmatched, Variant, VariantId, Weight,
};

pub use keeping::{any_history, history, order, rejection, rules, settings};

pub const AT: Timestamp = Timestamp(1_795_287_600_000);

pub fn remote(raw: &str) -> RemoteId {
    RemoteId::new(raw).unwrap()
}

pub fn place(raw: &str) -> LocationId {
    LocationId(remote(raw))
}

pub fn connection(id: u32) -> Connection {
    Connection {
        id: ConnectionId(id),
        platform: PlatformId("square".to_owned()),
        side: if id.is_multiple_of(2) { Side::Online } else { Side::InStore },
        name: Text::new("Café ♥ Nord"),
        base_url: BaseUrl::new("http://127.0.0.1:8080/x", false).unwrap(),
        ca_file: Some("/etc/roots.pem".to_owned()),
        currency: Currency::new("EUR").unwrap(),
        locations: vec![Location { id: place("L1"), name: Text::new("Shop"), active: true }],
        connected_at: AT,
    }
}

/// Numbers `10 * id` and `10 * id + 1` for its two variants.
pub fn listing(id: u64, connection: u32) -> KnownListing {
    let option = |value: &str| vec![OptionValue { option: Text::new("Size"), value: Text::new(value) }];
    KnownListing {
        id: ListingId(id),
        connection: ConnectionId(connection),
        variants: vec![VariantId(10 * id), VariantId(10 * id + 1)],
        listing: Listing {
            remote: remote("P7"),
            title: Text::new("Tea pot 茶"),
            description: Text::new("Holds 2 l"),
            brand: Some(Text::new("Axis")),
            category: None,
            status: Status::Draft,
            structure: Structure::Variable { options: vec![Text::new("Size")] },
            variants: vec![
                Variant {
                    remote: remote("V1"),
                    inventory: Some(remote("I1")),
                    options: option("S"),
                    sku: Some(Text::new("TP-1")),
                    barcode: Some(Text::new("4006381333931")),
                    price: Some(Money::new(1990, Currency::new("EUR").unwrap())),
                    compare_at: Some(Money::new(2490, Currency::new("EUR").unwrap())),
                    weight: Some(Weight::grams(850)),
                    dimensions: Some(Dimensions { length: 250_000, width: 180_000, height: 155_000 }),
                    stock: Stock::Tracked(BTreeMap::from([(place("L1"), Quantity::units(12))])),
                },
                Variant {
                    remote: remote("V2"),
                    inventory: None,
                    options: option("M"),
                    sku: None,
                    barcode: None,
                    price: None,
                    compare_at: None,
                    weight: None,
                    dimensions: None,
                    stock: Stock::Unknown,
                },
            ],
            images: vec!["https://x.example/1.jpg".to_owned()],
            page: Some("https://x.example/7".to_owned()),
            updated_at: Some(AT),
        },
        gone: false,
        seen_at: AT,
    }
}

/// Members as (connection, listing), each with that listing's first variant.
pub fn link(id: u64, members: &[(u32, u64)]) -> Link {
    let member = |&(connection, listing): &(u32, u64)| LinkMember {
        held: (listing == 9).then_some(HeldDrop { from: Quantity::units(5), to: Quantity::units(1), since: AT }),
        agreed: BTreeMap::from([(Field::Price, 7), (Field::Active, 70_000)]),
        unmatched: Unmatched {
            falls: vec![(AT, Quantity::units(2))],
            takings: vec![(AT, Quantity::units(3))],
            races: vec![(AT, Some(AT)), (AT, None)],
        },
        ..LinkMember::new(
            ConnectionId(connection),
            ListingId(listing),
            VariantId(10 * listing),
            (listing % 2 == 1).then_some(Quantity::units(5)),
        )
    };
    Link {
        id: LinkId(id),
        members: members.iter().map(member).collect(),
        available: Some(Quantity::units(4)),
        paused: id.is_multiple_of(2),
        made_at: AT,
    }
}

pub fn job(id: u64, kind: JobKind) -> Job {
    Job {
        id: JobId(id),
        kind,
        title: "Push 2 items".to_owned(),
        state: JobState::Running,
        created_at: AT,
        started_at: Some(AT.plus_seconds(1)),
        ended_at: None,
        progress: Progress { done: 1, failed: 2, parked: 3, skipped: 4, total: Some(300) },
        note: Some("Square is offline".to_owned()),
    }
}

/// One for each effect, and for each target.
pub fn planned_steps() -> [PlannedStep; 18] {
    let step = |effect, after: Option<u32>| PlannedStep {
        effect,
        subject: Text::new("Tea pot"),
        reason: "POS is primary".to_owned(),
        after: after.map(StepIndex),
    };
    let text = |raw: &str| Text::new(raw);
    let (listing, variant) = (ListingId(9), VariantId(90));
    let field = |field: Field, from, to| Effect::SetField {
        connection: ConnectionId(2),
        listing,
        variant: field.is_per_variant().then_some(variant),
        field,
        from,
        to,
    };
    let price = Some(Money::new(1990, Currency::new("EUR").unwrap()));
    let images = vec!["https://x.example/1.jpg".to_owned()];
    let size = Some(Dimensions { length: 250_000, width: 180_000, height: 155_000 });
    let set = |target| Effect::SetQuantity {
        connection: ConnectionId(2),
        target,
        location: place("L1"),
        from: Some(Quantity::units(7)),
        to: Quantity::from_raw(1_250_000),
    };
    [
        step(Effect::Link { members: link(1, &[(1, 7), (2, 9)]).members, available: Some(Quantity::units(5)) }, None),
        step(
            Effect::Create(Creation {
                source: ListingId(7),
                connection: ConnectionId(2),
                draft: true,
                quantities: vec![Some(Quantity::units(12)), None],
                mark: IdempotencyKey("0123456789abcdef0123456789abcdef".to_owned()),
            }),
            None,
        ),
        step(set(Target::Known { listing: ListingId(9), variant: VariantId(90) }), Some(0)),
        step(set(Target::CreatedBy { step: StepIndex(1), position: 1 }), Some(1)),
        step(Effect::Unlink { link: LinkId(4) }, None),
        step(Effect::Trust { link: LinkId(4), variant: VariantId(90) }, None),
        step(Effect::Adjust { link: LinkId(4), by: Quantity::units(-3), reason: "broken".to_owned() }, None),
        step(Effect::AddVariant { connection: ConnectionId(2), listing, source: ListingId(7), variant }, None),
        step(Effect::Delete { connection: ConnectionId(2), listing }, None),
        step(field(Field::Title, FieldValue::Text(text("Tea")), FieldValue::Text(text("Tea pot"))), None),
        step(field(Field::Sku, FieldValue::Maybe(None), FieldValue::Maybe(Some(text("TP-1")))), None),
        step(field(Field::Price, FieldValue::Money(None), FieldValue::Money(price)), None),
        step(field(Field::Images, FieldValue::Images(Vec::new()), FieldValue::Images(images)), None),
        step(field(Field::Weight, FieldValue::Weight(None), FieldValue::Weight(Some(Weight::grams(850)))), None),
        step(field(Field::Dimensions, FieldValue::Dimensions(None), FieldValue::Dimensions(size)), None),
        step(field(Field::Active, FieldValue::Status(Status::Active), FieldValue::Status(Status::Draft)), None),
        step(field(Field::Active, FieldValue::Status(Status::Draft), FieldValue::Status(Status::Archived)), None),
        step(field(Field::Options, FieldValue::Options(Vec::new()), FieldValue::Options(vec![text("S")])), None),
    ]
}

pub fn step_states() -> [StepState; 7] {
    let count = Some(CountSent { read: Quantity::units(3), by: Quantity::units(-1) });
    let (message, hint) = ("the SKU is taken".to_owned(), "change it".to_owned());
    [
        StepState::Planned,
        StepState::InFlight { generation: 1, count },
        StepState::Confirmed { read_back: Some(Quantity::units(4)), at: AT },
        StepState::Rejected { message: message.clone(), hint: hint.clone(), at: AT },
        StepState::Unknown { generation: 2, count: None, since: AT },
        StepState::Parked { message, hint, at: AT },
        StepState::Skipped { why: "cancelled".to_owned() },
    ]
}

pub fn steps() -> Vec<Step> {
    (0..)
        .zip(planned_steps())
        .map(|(index, planned)| Step { index: StepIndex(index), planned, state: StepState::Planned })
        .collect()
}

/// With every reason there is.
pub fn refusal() -> Refusal {
    let text = || Text::new("TP-1");
    let listing = ListingId(9);
    let (has, most) = (101, 100);
    Refusal {
        listing: ListingId(7),
        subject: Text::new("Tea pot"),
        reasons: vec![
            RefusalReason::AlreadyThere,
            RefusalReason::OnlyOnTarget,
            RefusalReason::Gone,
            RefusalReason::DuplicateTitle { title: text(), listing },
            RefusalReason::DuplicateSku { sku: text(), listing },
            RefusalReason::DuplicateInPlan { value: text() },
            RefusalReason::DuplicateVariant { label: text() },
            RefusalReason::TooManyVariants { has, most },
            RefusalReason::TooManyOptions { has, most },
            RefusalReason::TitleTooLong { has, most },
            RefusalReason::SkuTooLong { sku: text(), most },
            RefusalReason::FractionalQuantity { quantity: Quantity::from_raw(50_000) },
            RefusalReason::CurrencyDiffers,
            RefusalReason::NoPrice,
            RefusalReason::Untracked,
            RefusalReason::QuantityUnknown,
            RefusalReason::NoLongerPossible { why: "linked meanwhile".to_owned() },
            RefusalReason::TooManyProducts { most },
        ],
    }
}

/// One of each kind, in the order of the enum.
pub fn entries() -> [Entry; 22] {
    let (connection_id, job_id) = (ConnectionId(2), JobId(5));
    [
        Entry::ConnectionKept(connection(2)),
        Entry::ConnectionRemoved(connection_id),
        Entry::ListingSeen(Box::new(listing(9, 2))),
        Entry::LevelSeen {
            listing: ListingId(9),
            variant: VariantId(90),
            location: place("L1"),
            quantity: Some(Quantity::units(3)),
            at: AT,
        },
        Entry::ListingGone { listing: ListingId(9), at: AT },
        Entry::CursorMoved {
            connection: connection_id,
            feed: Feed::Stock,
            cursor: Cursor::At("next=7".to_owned()),
            at: AT,
        },
        Entry::Swept { connection: connection_id, at: AT },
        Entry::LinkKept(link(4, &[(1, 7), (2, 9)])),
        Entry::LinkRemoved { link: LinkId(4), why: "by hand".to_owned() },
        Entry::JobPlanned { job: job(5, JobKind::Push), steps: steps(), refusals: vec![refusal()] },
        Entry::JobKept(job(5, JobKind::Link)),
        Entry::StepMoved { job: job_id, step: StepIndex(1), state: StepState::InFlight { generation: 1, count: None } },
        Entry::BatchSent { job: job_id, steps: vec![StepIndex(1), StepIndex(2)], generation: 1 },
        Entry::JobForgotten(job_id),
        Entry::SettingsKept { connection: ConnectionId(1), settings: settings()[1].clone() },
        Entry::FieldRulesKept(rules(1, 3)),
        Entry::OrderSeen(Box::new(order(1, "O1"))),
        Entry::OrdersForgotten { connection: ConnectionId(1), orders: vec![remote("O7"), remote("O8")] },
        Entry::Noted(Box::new(history()[2].clone())),
        Entry::DriftEstimated { connection: ConnectionId(1), millionths: 1_250_000 },
        Entry::PairRejected(rejection(7, 9)),
        Entry::PairAllowed { in_store: ListingId(7), online: ListingId(9) },
    ]
}

fn any_quantity() -> impl Strategy<Value = Option<Quantity>> {
    prop::option::of((-1000i64..100_000_000).prop_map(Quantity::from_raw))
}

fn any_text() -> impl Strategy<Value = Text> {
    prop_oneof![
        "[ -~]{0,20}".prop_map(|raw| Text::new(&raw)),
        any::<String>().prop_map(|raw| Text::new(&raw)),
        (0usize..9000).prop_map(|length| Text::new(&"x y".repeat(length / 3))),
    ]
}

fn any_connection() -> impl Strategy<Value = Connection> {
    (1u32..4, any_text(), 0usize..200).prop_map(|(id, name, locations)| Connection {
        name,
        locations: (0..locations)
            .map(|n| Location { id: place(&format!("L{n}")), name: Text::new("Shop"), active: n % 2 == 0 })
            .collect(),
        ..connection(id)
    })
}

fn any_stock() -> impl Strategy<Value = Stock> {
    prop_oneof![
        prop::collection::btree_map("[a-c]", -5i64..5_000_000, 0..4).prop_map(|levels| Stock::Tracked(
            levels.into_iter().map(|(at, level)| (place(&at), Quantity::from_raw(level))).collect()
        )),
        Just(Stock::Untracked),
        Just(Stock::Unknown),
    ]
}

pub fn any_listing() -> impl Strategy<Value = KnownListing> {
    let variants = prop_oneof![4 => 1usize..4, 1 => 100usize..130];
    (1u64..6, 1u32..4, any_text(), any_text(), variants, any_stock(), any::<bool>(), 0i64..1000).prop_map(
        |(id, connection, title, description, count, stock, gone, seen)| {
            let sample = listing(id, connection);
            let variant = sample.listing.variants[0].clone();
            KnownListing {
                variants: (0..count as u64).map(|n| VariantId(1000 * id + n)).collect(),
                listing: Listing {
                    title,
                    description,
                    variants: (0..count)
                        .map(|n| Variant { remote: remote(&format!("V{n}")), stock: stock.clone(), ..variant.clone() })
                        .collect(),
                    ..sample.listing
                },
                gone,
                seen_at: Timestamp(seen),
                ..sample
            }
        },
    )
}

fn any_job() -> impl Strategy<Value = Job> {
    let kind = prop_oneof![
        Just(JobKind::Link),
        Just(JobKind::Push),
        Just(JobKind::Unlink),
        Just(JobKind::Synchronize),
        Just(JobKind::Adjust),
        Just(JobKind::Edit),
        (1u64..4).prop_map(|job| JobKind::Undo { job: JobId(job) }),
        (1u32..4).prop_map(|id| JobKind::Sync { connection: ConnectionId(id) }),
        (1u32..4, any::<bool>()).prop_map(|(id, full)| JobKind::Import { connection: ConnectionId(id), full }),
    ];
    (1u64..4, kind, any::<String>(), any::<u64>()).prop_map(|(id, kind, title, done)| {
        let sample = job(id, kind);
        Job { title, progress: Progress { done, ..sample.progress }, ..sample }
    })
}

fn any_state() -> impl Strategy<Value = StepState> {
    (0usize..7, any_quantity()).prop_map(|(which, read)| match step_states()[which].clone() {
        StepState::InFlight { generation, .. } => {
            StepState::InFlight { generation, count: read.map(|read| CountSent { read, by: -read }) }
        }
        other => other,
    })
}

fn any_link() -> impl Strategy<Value = Link> {
    (1u64..5, prop::collection::vec((1u32..4, 1u64..6), 2..5)).prop_map(|(id, members)| link(id, &members))
}

/// From few numbers, so that entries meet each other.
pub fn any_entry() -> impl Strategy<Value = Entry> {
    let step = || (0u32..6).prop_map(StepIndex);
    let job_id = || (1u64..4).prop_map(JobId);
    let connection_id = || (1u32..4).prop_map(ConnectionId);
    let listing_id = || (1u64..6).prop_map(ListingId);
    let at = || (0i64..2000).prop_map(Timestamp);
    prop_oneof![
        3 => any_connection().prop_map(Entry::ConnectionKept),
        1 => connection_id().prop_map(Entry::ConnectionRemoved),
        8 => any_listing().prop_map(|listing| Entry::ListingSeen(Box::new(listing))),
        6 => (listing_id(), 0u64..3, "[a-c]", any_quantity(), at()).prop_map(|(listing, n, location, quantity, at)| {
            let variant = VariantId(1000 * listing.0 + n);
            Entry::LevelSeen { listing, variant, location: place(&location), quantity, at }
        }),
        2 => (listing_id(), at()).prop_map(|(listing, at)| Entry::ListingGone { listing, at }),
        3 => (connection_id(), any::<bool>(), prop::option::of(".{0,600}"), at()).prop_map(
            |(connection, stock, place, at)| Entry::CursorMoved {
                connection,
                feed: if stock { Feed::Stock } else { Feed::Listings },
                cursor: place.map_or(Cursor::Start, Cursor::At),
                at,
            }
        ),
        1 => (connection_id(), at()).prop_map(|(connection, at)| Entry::Swept { connection, at }),
        4 => any_link().prop_map(Entry::LinkKept),
        1 => (1u64..5, any::<String>()).prop_map(|(id, why)| Entry::LinkRemoved { link: LinkId(id), why }),
        4 => (any_job(), 0usize..19, 0usize..3).prop_map(|(job, count, refused)| Entry::JobPlanned {
            job,
            steps: steps().into_iter().take(count).collect(),
            refusals: vec![refusal(); refused],
        }),
        2 => any_job().prop_map(Entry::JobKept),
        8 => (job_id(), step(), any_state()).prop_map(|(job, step, state)| Entry::StepMoved { job, step, state }),
        4 => (job_id(), prop::collection::btree_set(step(), 0..4), 0u32..3).prop_map(|(job, steps, generation)| {
            Entry::BatchSent { job, steps: steps.into_iter().collect(), generation }
        }),
        1 => job_id().prop_map(Entry::JobForgotten),
        20 => keeping::any_entry(),
    ]
}
