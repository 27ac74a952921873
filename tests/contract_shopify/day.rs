//! Everything that a connector does in its life, with a notary between it and the sandbox.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use counterpart::connectors::{self, Account};
use counterpart::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, Field, FieldChange, FieldValue, IdempotencyKey, JobId,
    Listing, ListingId, Location, Money, Order, Quantity, Status, StepIndex, Structure, Text, Timestamp, Variant,
    Weight,
};
use counterpart::http::{Http, HttpOptions};
use counterpart::platform::{
    Change, Clock, Connector, EditOutcome, ManualClock, Next, QuantityChange, QuantityWrite, StockAddress,
};
use counterpart::sandbox::{
    Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant,
};
use counterpart::secrets::{Credentials, Secret};

type Record = Arc<Mutex<Vec<(Incoming, Outgoing)>>>;

/// Writes down what passes.
struct Notary {
    inner: Box<dyn Imitation>,
    record: Record,
}

impl Imitation for Notary {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let outgoing = self.inner.answer(shop, request, now);
        self.record.lock().unwrap().push((request.clone(), outgoing.clone()));
        outgoing
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

fn product(title: &str, options: &[&str], variants: usize) -> ShopProduct {
    let variant = |n: usize| ShopVariant {
        values: options.iter().map(|option| format!("{option} {n}")).collect(),
        sku: format!("{title}-{n}"),
        barcode: "4006381333931".to_owned(),
        price: Some(1990),
        tracked: true,
        levels: BTreeMap::from([(1, Quantity::units(5)), (2, Quantity::units(3))]),
        ..ShopVariant::plain()
    };
    ShopProduct {
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        variants: (0..variants).map(variant).collect(),
        images: vec!["https://cdn.example/1.png".to_owned()],
        ..ShopProduct::simple(title, ShopVariant::plain())
    }
}

async fn read(connector: &dyn Connector, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
    let mut cursor = from.clone();
    let mut all = Vec::new();
    loop {
        let page = connector.changes(feed, &cursor).await.unwrap();
        all.extend(page.changes);
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(next) => return (all, next),
        }
    }
}

fn listings(changes: &[Change]) -> Vec<Listing> {
    changes
        .iter()
        .filter_map(|c| if let Change::Seen(listing) = c { Some((**listing).clone()) } else { None })
        .collect()
}

/// Everything that a connector does in its life, with `used` locations.
pub async fn a_days_work(used: usize) -> Vec<(Incoming, Outgoing)> {
    let platform = connectors::named("shopify").unwrap();
    let start = Timestamp::parse("2026-11-21T08:00:00Z").unwrap();
    let clock = Arc::new(ManualClock::starting_at(start));
    let euro = Currency::new("EUR").unwrap();
    let mut shop = Shop::new("Harbour & Hill", euro, &["Harbour Street", "Hill"]);
    for n in 0..60 {
        shop.insert(product(&format!("Mug {n}"), &[], 1), start);
    }
    shop.insert(product("Tee", &["Colour", "Size"], 7), start);
    shop.insert(product("Paint", &["Shade"], 2048), start);
    let record = Record::default();
    let notary = Notary { inner: (platform.imitate)(), record: record.clone() };
    let credentials: Credentials =
        notary.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = ShopServer::start(Box::new(notary), shop, Faults::none(), clock.clone(), address).await.unwrap();
    let http = Http::new(HttpOptions {
        platform: platform.profile.name,
        base_url: BaseUrl::new(&server.url(), false).unwrap(),
        ca_pem: None,
        budget: platform.profile.budget,
        timeout: platform.profile.timeout,
        clock: clock.clone(),
        secrets: credentials.values().cloned().collect(),
        explain: platform.explain,
        seed: 1,
    })
    .unwrap();
    let connect = |locations: Vec<Location>| {
        let (http, credentials, clock) = (http.clone(), credentials.clone(), clock.clone());
        (platform.connect)(Account { login: None, http, credentials, clock, locations, currency: None }).unwrap()
    };
    let found = connect(Vec::new()).test().await.unwrap();
    let connector = connect(found.locations[..used].to_vec());
    assert_eq!(connector.count().await.unwrap(), Some(62));
    clock.advance(std::time::Duration::from_secs(3600));
    let (changes, since) = read(&*connector, Feed::Listings, &Cursor::Start).await;
    let all = listings(&changes);
    assert_eq!(all.len(), 62, "{changes:?}");
    let paint = all.iter().find(|listing| listing.title.as_str() == "Paint").unwrap();
    assert_eq!(paint.variants.len(), 2048);
    let (_, stock_since) = read(&*connector, Feed::Stock, &Cursor::Start).await;
    clock.advance(std::time::Duration::from_secs(3600));
    let now = clock.now();
    server.shop().alter(|shop| {
        let numbers: Vec<u64> = shop.products.keys().copied().collect();
        shop.touch(numbers[3], now);
        shop.delete(numbers[4], now);
        shop.set_level(numbers[5], 0, 1, Quantity::units(42), now);
    });
    let (changes, _) = read(&*connector, Feed::Listings, &since).await;
    assert_eq!(listings(&changes).len(), 1);
    assert!(changes.iter().any(|change| matches!(change, Change::Gone(_))));
    let (changes, _) = read(&*connector, Feed::Stock, &stock_since).await;
    assert_eq!(changes.len(), usize::from(used > 0) + usize::from(used > 1), "{changes:?}");
    let ids: Vec<_> = all.iter().map(|listing| listing.remote.clone()).collect();
    assert_eq!(connector.listings(&ids).await.unwrap().len(), 61);
    sell(&*connector, &server, &clock).await;
    if used > 0 {
        write(&*connector, &all, &found.locations[0]).await;
        change(&*connector, &all).await;
    }
    if used == 0 {
        // So large a shop is exported.
        let now = clock.now();
        server.shop().alter(|shop| {
            for n in 0..3000 {
                shop.insert(product(&format!("Cup {n}"), &[], 1), now);
            }
        });
        let (changes, _) = read(&*connector, Feed::Listings, &Cursor::Start).await;
        assert_eq!(listings(&changes).len(), 3061);
    }
    server.shutdown().await;
    std::mem::take(&mut *record.lock().unwrap())
}

/// Orders with few and with many lines, sent in part, given back in part, called off.
async fn sell(connector: &dyn Connector, server: &ShopServer, clock: &ManualClock) {
    let one = Quantity::units(1);
    let now = clock.now();
    let (_, since) = read(connector, Feed::Orders, &Cursor::Start).await;
    let (large, small) = server.shop().alter(|shop| {
        let paint = shop.products.values().find(|product| product.title == "Paint").unwrap();
        let shades: Vec<(u64, u64, Quantity)> =
            paint.variants.iter().take(600).map(|variant| (variant.number, 1, Quantity::units(3))).collect();
        (shop.place_order(&shades, now).unwrap(), shop.place_order(&shades[..1], now).unwrap())
    });
    let (changes, _) = read(connector, Feed::Orders, &Cursor::Start).await;
    let lines: Vec<usize> = orders(&changes).iter().map(|order| order.lines.len()).collect();
    assert_eq!(lines, [600, 1]);
    clock.advance(std::time::Duration::from_secs(60));
    let now = clock.now();
    server.shop().alter(|shop| {
        let lines: Vec<u64> = shop.orders[&large].lines.iter().map(|line| line.number).collect();
        let each = |lines: &[u64]| lines.iter().map(|line| (*line, one)).collect::<Vec<_>>();
        // More shipments and refunds than are read together, and more lines in one than come along.
        for line in &lines[..30] {
            assert!(shop.fulfil_order(large, &[(*line, Quantity::units(2))], now));
            assert!(shop.refund_order(large, &[(*line, Quantity::units(2))], true, now));
        }
        assert!(shop.fulfil_order(large, &each(&lines[30..530]), now));
        assert!(shop.refund_order(large, &each(&lines[30..330]), false, now));
        assert!(shop.cancel_order(small, true, now));
    });
    let (changes, _) = read(connector, Feed::Orders, &since).await;
    let told = orders(&changes);
    server.shop().look(|shop| {
        for (told, real) in told.iter().zip(shop.orders.values()) {
            for (told, real) in told.lines.iter().zip(&real.lines) {
                let figures = (told.ordered, told.fulfilled, told.dropped, told.restocked);
                assert_eq!(figures, (real.ordered, real.fulfilled, real.dropped, real.restocked));
            }
        }
    });
    assert_eq!(told.len(), 2);
}

fn orders(changes: &[Change]) -> Vec<Order> {
    let orders = changes.iter().map(|c| if let Change::Order(order) = c { (**order).clone() } else { panic!("{c:?}") });
    orders.collect()
}

/// Every field that can be written, a variant more, and a product put away.
async fn change(connector: &dyn Connector, all: &[Listing]) {
    let named = |title: &str| all.iter().find(|listing| listing.title.as_str() == title).unwrap();
    let (tee, mug, paint) = (named("Tee"), named("Mug 7"), named("Paint"));
    let text = |text: &str| FieldValue::Maybe(Text::some(text));
    let price = Money::parse("21.50", tee.variants[0].price.unwrap().currency).unwrap();
    let values = [
        (Field::Title, FieldValue::Text("Tee & more".into())),
        (Field::Description, FieldValue::Text("Soft".into())),
        (Field::Brand, text("Harbour")),
        (Field::Category, text("Shirts")),
        (Field::Active, FieldValue::Status(Status::Draft)),
        (Field::Price, FieldValue::Money(Some(price))),
        (Field::CompareAtPrice, FieldValue::Money(Some(price))),
        (Field::Sku, text("TEE-X")),
        (Field::Barcode, text("")),
        (Field::Weight, FieldValue::Weight(Some(Weight::grams(180)))),
        (Field::CompareAtPrice, FieldValue::Money(None)),
        (Field::Weight, FieldValue::Weight(None)),
    ];
    let changes: Vec<FieldChange> = values
        .into_iter()
        .map(|(field, to)| {
            let variant = field.is_per_variant().then(|| tee.variants[3].remote.clone());
            FieldChange { variant, field, to }
        })
        .collect();
    let outcomes = connector.edit(tee, &changes).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == EditOutcome::Applied), "{outcomes:?}");
    let too_long = FieldValue::Text("x".repeat(300).as_str().into());
    let too_long = FieldChange { variant: None, field: Field::Title, to: too_long };
    assert!(matches!(connector.edit(mug, &[too_long]).await.unwrap()[..], [EditOutcome::Rejected(_)]));
    // More variants than one call takes.
    let price = |variant: &Variant| FieldChange {
        variant: Some(variant.remote.clone()),
        field: Field::Price,
        to: FieldValue::Money(Some(price)),
    };
    let prices: Vec<FieldChange> = paint.variants.iter().take(600).map(price).collect();
    assert_eq!(connector.edit(paint, &prices).await.unwrap(), vec![EditOutcome::Applied; 600]);
    let mut more = tee.variants[0].clone();
    more.options[0].value = "Teal".into();
    more.weight = Some(Weight(12_500));
    more.compare_at = more.price;
    assert_eq!(connector.add_variants(tee, &[more.clone(), more]).await.unwrap().variants.len(), 8);
    for _ in 0..2 {
        connector.delete(&mug.remote).await.unwrap();
    }
}

async fn write(connector: &dyn Connector, all: &[Listing], location: &Location) {
    let key = |n| IdempotencyKey::of(b"contract", JobId(1), StepIndex(n), 0);
    let writes: Vec<QuantityWrite> = all[..3]
        .iter()
        .map(|listing| {
            let variant = &listing.variants[0];
            let address = StockAddress {
                listing: listing.remote.clone(),
                variant: variant.remote.clone(),
                inventory: variant.inventory.clone(),
                location: location.id.clone(),
            };
            let change = QuantityChange::Set { to: Quantity::units(9), expected: Quantity::units(5) };
            QuantityWrite { address, change }
        })
        .collect();
    let addresses: Vec<StockAddress> = writes.iter().map(|write| write.address.clone()).collect();
    connector.levels(&addresses).await.unwrap();
    // Done, done again under the same key, and refused as stale under another.
    for number in [1, 1, 2] {
        connector.write_quantities(&writes, &key(number)).await.unwrap();
    }
    let source = |name: &str, variants: usize| {
        let mut source = all.iter().find(|listing| listing.title.as_str() == name).unwrap().clone();
        source.variants.truncate(variants);
        source.title = format!("{name} again").as_str().into();
        source
    };
    for (number, source) in [(3, source("Mug 1", 1)), (4, source("Tee", 7)), (5, source("Paint", 250))] {
        let creation = Creation {
            source: ListingId(1),
            connection: ConnectionId(1),
            draft: false,
            quantities: source.variants.iter().map(|_| Some(Quantity::units(2))).collect(),
            mark: key(number),
        };
        let made = connector.create(&creation, &source, location).await.unwrap();
        assert_eq!((made.variants.len(), made.notes.len()), (source.variants.len(), 0), "{:?}", made.notes);
        assert_eq!(made.listing.structure == Structure::Simple, number == 3);
        assert!(connector.find_created(&creation, &source).await.unwrap().is_some());
    }
}
