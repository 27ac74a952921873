//! A day's conversation of the connector with its sandbox, over a real socket, written down on the way.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use counterpart::connectors::{self, Account};
use counterpart::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Dimensions, Feed, Field, FieldChange, FieldValue,
    IdempotencyKey, JobId, Listing, ListingId, Location, Money, OptionValue, Quantity, RemoteId, Status, StepIndex,
    Stock, Text, Timestamp, Variant, Weight,
};
use counterpart::http::{Http, HttpOptions};
use counterpart::platform::{
    Clock, ManualClock, Next, QuantityChange, QuantityWrite, SharedConnector, StockAddress, SystemClock,
};
use counterpart::sandbox::{
    Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant,
};
use counterpart::secrets::{Credentials, Secret};

/// Lets everything through and writes it down.
struct Recorder {
    inner: Box<dyn Imitation>,
    seen: Arc<Mutex<Vec<(Incoming, Outgoing)>>>,
}

impl Imitation for Recorder {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let outgoing = self.inner.answer(shop, request, now);
        self.seen.lock().unwrap().push((request.clone(), outgoing.clone()));
        outgoing
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

pub fn article(sku: &str, values: &[&str], stock: Option<i64>) -> ShopVariant {
    ShopVariant {
        number: 0,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        barcode: format!("4006381{:05}", sku.bytes().map(u32::from).sum::<u32>()),
        price: Some(1990),
        tracked: stock.is_some(),
        levels: stock.map(|stock| (1, Quantity::units(stock))).into_iter().collect(),
        updated_at: Default::default(),
        stock_updated_at: Default::default(),
        extra: Default::default(),
    }
}

pub fn product(title: &str, options: &[&str], variants: Vec<ShopVariant>) -> ShopProduct {
    ShopProduct {
        number: 0,
        title: title.to_owned(),
        description: "<p>Thrown by hand</p>".to_owned(),
        brand: "Harbour Clay".to_owned(),
        category: "Kitchen".to_owned(),
        status: Status::Active,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        variants,
        images: vec!["https://cdn.example/a.jpg".to_owned(), "https://cdn.example/b.jpg".to_owned()],
        created_at: Default::default(),
        updated_at: Default::default(),
        version: 0,
        extra: Default::default(),
    }
}

async fn read(connector: &SharedConnector, feed: Feed, from: &Cursor) -> (Vec<Listing>, Cursor) {
    let mut cursor = from.clone();
    let mut listings = Vec::new();
    loop {
        let page = connector.changes(feed, &cursor).await.unwrap();
        listings.extend(page.changes.into_iter().filter_map(|change| match change {
            counterpart::platform::Change::Seen(listing) => Some(*listing),
            _ => None,
        }));
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(next) => return (listings, next),
        }
    }
}

/// Everything that the connector can do, once; and what was said meanwhile.
pub async fn conversation() -> Vec<(Incoming, Outgoing)> {
    let platform = connectors::named("e-series").expect("the connector is in the list");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder { inner: (platform.imitate)(), seen: seen.clone() };
    let clock = Arc::new(ManualClock::starting_at(SystemClock.now()));
    let mut shop = Shop::new("Harbour & Hill", Currency::new("EUR").unwrap(), &["Warehouse"]);
    let sizes: Vec<String> = (0..6).map(|size| format!("{size}")).collect();
    let variants = sizes.iter().map(|size| article(&format!("T-{size}"), &[size.as_str(), "Red"], Some(3))).collect();
    shop.insert(product("Mug & Saucer", &[], vec![article("MUG-1", &[], Some(5))]), clock.now());
    shop.insert(product("Shirt", &["Size", "Colour"], variants), clock.now());
    shop.insert(product("Voucher", &[], vec![article("VOUCHER-1", &[], None)]), clock.now());
    let credentials: Credentials =
        recorder.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = ShopServer::start(Box::new(recorder), shop, Faults::none(), clock.clone(), address).await.unwrap();
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
    let account =
        Account { login: None, http, credentials, clock: clock.clone(), locations: Vec::new(), currency: None };
    let connector = (platform.connect)(account).unwrap();
    speak(&connector, &clock, &server).await;
    let seen = seen.lock().unwrap();
    seen.clone()
}

async fn speak(connector: &SharedConnector, clock: &ManualClock, server: &ShopServer) {
    let location: Location = connector.test().await.unwrap().locations[0].clone();
    connector.count().await.unwrap();
    let (listings, end) = read(connector, Feed::Listings, &Cursor::Start).await;
    assert_eq!(listings.len(), 3);
    let ids: Vec<_> = listings.iter().map(|listing| listing.remote.clone()).collect();
    connector.listings(&ids).await.unwrap();
    let writes: Vec<QuantityWrite> = listings
        .iter()
        .flat_map(|listing| listing.variants.iter().map(move |variant| (listing, variant)))
        .map(|(listing, variant)| QuantityWrite {
            address: StockAddress {
                listing: listing.remote.clone(),
                variant: variant.remote.clone(),
                inventory: None,
                location: location.id.clone(),
            },
            change: QuantityChange::Adjust { by: Quantity::units(4), expected: Quantity::units(5) },
        })
        .collect();
    let addresses: Vec<StockAddress> = writes.iter().map(|write| write.address.clone()).collect();
    connector.levels(&addresses).await.unwrap();
    let key = IdempotencyKey::of(b"contract", JobId(1), StepIndex(0), 0);
    connector.write_quantities(&writes, &key).await.unwrap();
    sell(connector, clock, server).await;
    change(connector, &listings).await;
    read(connector, Feed::Listings, &end).await;
    server.shop().alter(|shop| {
        let numbers: Vec<u64> = shop.products.keys().copied().collect();
        for number in numbers {
            assert!(shop.delete(number, clock.now()));
        }
    });
    for (step, source) in listings.iter().enumerate() {
        let creation = Creation {
            source: ListingId(1),
            connection: ConnectionId(1),
            draft: step == 0,
            quantities: source.variants.iter().map(|variant| variant.stock.total(|_| true)).collect(),
            mark: IdempotencyKey::of(b"contract", JobId(2), StepIndex(step as u32), 0),
        };
        assert_eq!(connector.find_created(&creation, source).await.unwrap(), None);
        connector.create(&creation, source, &location).await.unwrap();
        assert!(connector.find_created(&creation, source).await.unwrap().is_some());
        // The second time its SKU is taken: looked up, and refused, or found to be our own.
        let other = Creation { mark: key.clone(), ..creation };
        assert!(connector.create(&other, source, &location).await.is_err());
    }
}

/// Orders come, are given back in part, and are sent.
async fn sell(connector: &SharedConnector, clock: &ManualClock, server: &ShopServer) {
    let (_, end) = read(connector, Feed::Orders, &Cursor::Start).await;
    server.shop().alter(|shop| {
        let number = *shop.products.keys().next().unwrap();
        let variant = shop.products[&number].variants[0].number;
        for _ in 0..3 {
            let order = shop.place_order(&[(variant, 1, Quantity::units(2))], clock.now()).unwrap();
            let line = shop.orders[&order].lines[0].number;
            shop.refund_order(order, &[(line, Quantity::units(1))], true, clock.now());
            shop.fulfil_order(order, &[], clock.now());
        }
        shop.place_order(&[(variant, 1, Quantity::units(1))], clock.now()).unwrap();
    });
    let page = connector.changes(Feed::Orders, &end).await.unwrap();
    assert_eq!(page.changes.len(), 4, "{page:#?}");
    read(connector, Feed::Orders, &Cursor::Start).await;
}

/// Every field of every product, a further variant, and a product thrown away.
async fn change(connector: &SharedConnector, listings: &[Listing]) {
    let euro = Currency::new("EUR").unwrap();
    let maybe = |text: String| FieldValue::Maybe(Text::some(&text));
    for (number, listing) in (1..).zip(listings) {
        // Of every variant, so that there are enough for a batch.
        let prices: Vec<FieldChange> = listing
            .variants
            .iter()
            .map(|variant| FieldChange {
                variant: Some(variant.remote.clone()),
                field: Field::Price,
                to: FieldValue::Money(Some(Money::new(1500, euro))),
            })
            .collect();
        connector.edit(listing, &prices).await.unwrap();
        let of = |field: Field, to: FieldValue| {
            let variant = field.is_per_variant().then(|| listing.variants[0].remote.clone());
            FieldChange { variant, field, to }
        };
        let size = Dimensions { length: 300_000, width: 200_000, height: 45_000 };
        let changes = [
            of(Field::Title, FieldValue::Text(Text::new(&format!("Renamed {number}")))),
            of(Field::Description, FieldValue::Text("5 < 6".into())),
            of(Field::Price, FieldValue::Money(Some(Money::new(1000, euro)))),
            of(Field::CompareAtPrice, FieldValue::Money(Some(Money::new(2000, euro)))),
            of(Field::Sku, maybe(format!("NEW-{number}"))),
            of(Field::Barcode, maybe(format!("400638133393{number}"))),
            of(Field::Brand, maybe(format!("Brand {number}"))),
            of(Field::Category, maybe(format!("Category {number}"))),
            of(Field::Images, FieldValue::Images(vec![format!("https://cdn.example/{number}.jpg")])),
            of(Field::Weight, FieldValue::Weight(Some(Weight::grams(350)))),
            of(Field::Dimensions, FieldValue::Dimensions(Some(size))),
            of(Field::Active, FieldValue::Status(Status::Draft)),
        ];
        let outcomes = connector.edit(listing, &changes).await.unwrap();
        let all = outcomes.iter().all(|outcome| *outcome == counterpart::platform::EditOutcome::Applied);
        assert!(all, "{outcomes:#?}");
    }
    let shirt = listings.iter().find(|listing| listing.structure.is_variable()).unwrap();
    let value = |option: &str, value: &str| OptionValue { option: option.into(), value: value.into() };
    let further = Variant {
        remote: RemoteId::new("elsewhere").unwrap(),
        inventory: None,
        options: vec![value("Size", "XL"), value("Colour", "Green")],
        sku: Text::some("FURTHER-1"),
        barcode: None,
        price: Some(Money::new(1500, euro)),
        compare_at: Some(Money::new(2500, euro)),
        weight: Some(Weight::grams(200)),
        dimensions: None,
        stock: Stock::Untracked,
    };
    let now = connector.add_variants(shirt, &[further]).await.unwrap();
    assert_eq!(now.variants.len(), shirt.variants.len() + 1);
    let last = listings.last().unwrap();
    connector.delete(&last.remote).await.unwrap();
    connector.delete(&last.remote).await.unwrap();
}
