//! A day's work of the connector, with everything that went over the line.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterpart::connectors::{self, Account, Platform};
use counterpart::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Dimensions, Feed, Field, FieldChange, FieldValue,
    IdempotencyKey, JobId, Listing, ListingId, Location, Money, Quantity, Status, StepIndex, Timestamp, Weight,
};
use counterpart::http::{Http, HttpOptions};
use counterpart::platform::{
    Change, Clock, EditOutcome, ManualClock, Next, QuantityChange, QuantityWrite, SharedConnector, StockAddress,
};
use counterpart::sandbox::{
    Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant,
};
use counterpart::secrets::{Credentials, Secret};
use serde_json::{Value, json};

pub type Log = Arc<Mutex<Vec<(Incoming, Outgoing)>>>;

/// Writes down what goes in and out.
struct Recorder {
    inner: Box<dyn Imitation>,
    log: Log,
}

impl Imitation for Recorder {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let answer = self.inner.answer(shop, request, now);
        self.log.lock().unwrap().push((request.clone(), answer.clone()));
        answer
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

fn platform() -> &'static Platform {
    connectors::named("lightspeed-x").unwrap()
}

fn currency() -> Currency {
    Currency::new("NZD").unwrap()
}

fn variant(values: &[&str], sku: &str, level: Option<i64>) -> ShopVariant {
    ShopVariant {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        barcode: format!("400638133{:04}", sku.bytes().map(u32::from).sum::<u32>()),
        price: Some(1990),
        tracked: true,
        levels: level.map(|level| (1, Quantity::units(level))).into_iter().collect(),
        ..ShopVariant::plain()
    }
}

fn product(title: &str, options: &[&str], variants: Vec<ShopVariant>) -> ShopProduct {
    let mut product = ShopProduct::simple(title, ShopVariant::plain());
    product.description = "<p>Thrown by <b>hand</b></p>".to_owned();
    product.brand = "Harbour Clay".to_owned();
    product.category = "Kitchen".to_owned();
    product.options = options.iter().map(|option| (*option).to_owned()).collect();
    product.variants = variants;
    product.images = vec!["https://pictures.example/1.jpg".to_owned()];
    product
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"contract", JobId(1), StepIndex(number), 0)
}

struct Visit {
    server: ShopServer,
    connector: SharedConnector,
    location: Location,
    clock: Arc<ManualClock>,
}

pub async fn a_days_work(log: Log) {
    let shirt = vec![variant(&["Red", "S"], "S-1", Some(0)), variant(&["Blue", "S"], "S-2", None)];
    let products = vec![
        product("Mug", &[], vec![variant(&[], "M", Some(5))]),
        product("Shirt", &["Colour", "Size"], shirt),
        product("Tea", &[], vec![variant(&[], "T", None)]),
    ];
    let visit = Visit::open(products, log.clone()).await;
    visit.catalogue().await;
    visit.orders().await;
    ask_in_older_versions(&log);
}

impl Visit {
    async fn open(products: Vec<ShopProduct>, log: Log) -> Self {
        let start = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::starting_at(start));
        let mut shop = Shop::new("Harbour & Hill", currency(), &["Front", "Ware House"]);
        for product in products {
            shop.insert(product, start);
        }
        let imitation = Box::new(Recorder { inner: (platform().imitate)(), log });
        let credentials: Credentials =
            imitation.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap();
        let http = Http::new(HttpOptions {
            platform: platform().profile.name,
            base_url: BaseUrl::new(&server.url(), false).unwrap(),
            ca_pem: None,
            budget: platform().profile.budget,
            timeout: platform().profile.timeout,
            clock: clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: platform().explain,
            seed: 1,
        })
        .unwrap();
        let locations = Vec::new();
        let account = Account { login: None, http, credentials, clock: clock.clone(), locations, currency: None };
        let connector = (platform().connect)(account).unwrap();
        let location = connector.test().await.unwrap().locations.remove(0);
        Self { server, connector, location, clock }
    }

    async fn read(&self, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
        let mut cursor = from.clone();
        let mut all = Vec::new();
        loop {
            let page = self.connector.changes(feed, &cursor).await.unwrap();
            all.extend(page.changes);
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(next) => return (all, next),
            }
        }
    }

    fn address(&self, listing: &Listing) -> StockAddress {
        StockAddress {
            listing: listing.remote.clone(),
            variant: listing.variants[0].remote.clone(),
            inventory: None,
            location: self.location.id.clone(),
        }
    }

    async fn catalogue(&self) {
        let (changes, end) = self.read(Feed::Listings, &Cursor::Start).await;
        let listings: Vec<Listing> = changes
            .into_iter()
            .filter_map(|change| match change {
                Change::Seen(listing) => Some(*listing),
                _ => None,
            })
            .collect();
        assert_eq!(listings.len(), 3);
        let (_, stock_end) = self.read(Feed::Stock, &Cursor::Start).await;
        let addresses: Vec<StockAddress> = listings.iter().map(|listing| self.address(listing)).collect();
        self.connector.levels(&addresses).await.unwrap();
        self.copies(&listings).await;
        let mug = listings.iter().find(|listing| listing.title.as_str() == "Mug").unwrap();
        let more = QuantityChange::Adjust { by: "2.5".parse().unwrap(), expected: Quantity::ZERO };
        let less = QuantityChange::Adjust { by: Quantity::units(-1), expected: Quantity::ZERO };
        let mut writes = [more, less].map(|change| QuantityWrite { address: self.address(mug), change });
        self.connector.write_quantities(&writes, &key(50)).await.unwrap();
        writes[1].address.variant = counterpart::domain::RemoteId::new("0a1b0001-0000-11e9-8000-000000099999").unwrap();
        self.connector.write_quantities(&writes, &key(51)).await.unwrap();
        self.edits(&listings).await;
        let now = self.clock.now();
        self.server.shop().alter(|shop| {
            let shirt = shop.products.values().find(|product| product.title == "Sea & shirt").unwrap().number;
            shop.products.get_mut(&shirt).unwrap().variants.pop();
            shop.touch(shirt, now);
            let mug = shop.products.values().find(|product| product.title == "Mug").unwrap().number;
            shop.delete(mug, now);
        });
        let (changes, _) = self.read(Feed::Listings, &end).await;
        assert!(changes.iter().any(|change| matches!(change, Change::Gone(_))), "{changes:?}");
        self.read(Feed::Stock, &stock_end).await;
        let ids: Vec<_> = listings.iter().map(|listing| listing.remote.clone()).collect();
        assert_eq!(self.connector.listings(&ids).await.unwrap().len(), 1);
    }

    /// Copies with and without variants, one of them with a brand and a category that are not there yet.
    async fn copies(&self, listings: &[Listing]) {
        for (number, listing) in listings.iter().enumerate() {
            let mut source = listing.clone();
            source.title = format!("Copy of {}", listing.title).as_str().into();
            for (place, variant) in source.variants.iter_mut().enumerate() {
                variant.sku = Some(format!("COPY-{number}-{place}").as_str().into());
                variant.barcode = Some(format!("40063813{number}{place}931").as_str().into());
                variant.weight = Some(Weight::grams(350));
                variant.dimensions = Some(Dimensions { length: 300_000, width: 200_000, height: 45_500 });
            }
            if number == 0 {
                source.brand = Some("New Brand".into());
                source.category = Some("New Category".into());
            }
            if source.structure.is_variable() {
                source.structure =
                    counterpart::domain::Structure::Variable { options: vec!["Fit".into(), "Size".into()] };
                source.variants.iter_mut().for_each(|variant| variant.options[0].option = "Fit".into());
            }
            let quantity = (number != 2).then(|| "3.5".parse().unwrap());
            let creation = Creation {
                source: ListingId(1),
                connection: ConnectionId(1),
                draft: number == 1,
                quantities: vec![quantity; source.variants.len()],
                mark: key(u32::try_from(number).unwrap()),
            };
            let made = self.connector.create(&creation, &source, &self.location).await.unwrap();
            let found = self.connector.find_created(&creation, &source).await.unwrap().unwrap();
            assert_eq!(found.listing.remote, made.listing.remote);
            source.title = "Not there".into();
            self.connector.find_created(&Creation { mark: key(99), ..creation }, &source).await.unwrap();
        }
    }

    /// Every field that can be written, a further variant, and a deletion.
    async fn edits(&self, listings: &[Listing]) {
        let shirt = listings.iter().find(|listing| listing.structure.is_variable()).unwrap();
        let first = shirt.variants[0].remote.clone();
        let all = platform().profile.edits.iter().map(|field| FieldChange {
            variant: field.is_per_variant().then(|| first.clone()),
            field: *field,
            to: match field {
                Field::Title | Field::Description => FieldValue::Text("Sea & shirt".into()),
                Field::Price => FieldValue::Money(Some(Money::new(2500, currency()))),
                Field::Active => FieldValue::Status(Status::Draft),
                Field::Barcode => FieldValue::Maybe(Some("4006381333948".into())),
                Field::Weight => FieldValue::Weight(Some(Weight::grams(10))),
                Field::Dimensions => FieldValue::Dimensions(None),
                _ => FieldValue::Maybe(Some("Summer".into())),
            },
        });
        let all: Vec<FieldChange> = all.collect();
        let outcomes = self.connector.edit(shirt, &all).await.unwrap();
        assert_eq!(outcomes, vec![EditOutcome::Applied; all.len()]);
        let mut further = shirt.variants[0].clone();
        further.options[0].value = "Green".into();
        further.sku = Some("S-9".into());
        further.barcode = None;
        let mut renamed = shirt.clone();
        renamed.title = "Sea & shirt".into();
        let now = self.connector.add_variants(&renamed, &[further]).await.unwrap();
        assert_eq!(now.variants.len(), shirt.variants.len() + 1);
        let tea = listings.iter().find(|listing| listing.title.as_str() == "Tea").unwrap();
        for _ in 0..2 {
            self.connector.delete(&tea.remote).await.unwrap();
        }
    }

    /// Orders of every kind, with a return of a sale that was long over.
    async fn orders(&self) {
        let act = |doing: &dyn Fn(&mut Shop, Timestamp)| {
            let now = self.clock.now();
            self.server.shop().alter(|shop| doing(shop, now));
            self.clock.advance(Duration::from_secs(3600));
        };
        let (_, begin) = self.read(Feed::Orders, &Cursor::Start).await;
        let lines: Vec<(u64, u64, Quantity)> = self.server.shop().look(|shop| {
            let variants = shop.products.values().flat_map(|product| &product.variants);
            variants.take(2).map(|variant| (variant.number, 1, Quantity::units(4))).collect()
        });
        act(&|shop, now| {
            for _ in 0..3 {
                shop.place_order(&lines, now);
            }
            shop.place_pending_order(&lines, now);
            shop.place_pending_order(&lines, now);
            shop.sell(lines[0].0, 1, Quantity::units(1), now);
        });
        let numbers: Vec<u64> = self.server.shop().look(|shop| shop.orders.keys().copied().collect());
        act(&|shop, now| assert!(shop.fulfil_order(numbers[0], &[], now)));
        act(&|shop, now| assert!(shop.cancel_order(numbers[1], true, now)));
        act(&|shop, now| assert!(shop.cancel_order(numbers[4], false, now)));
        let (changes, next) = self.read(Feed::Orders, &begin).await;
        assert_eq!(changes.iter().filter(|change| matches!(change, Change::Order(_))).count(), 6, "{changes:#?}");
        act(&|shop, now| {
            let line = shop.orders[&numbers[5]].lines[0].number;
            assert!(shop.refund_order(numbers[5], &[(line, Quantity::units(1))], true, now));
        });
        let (changes, _) = self.read(Feed::Orders, &next).await;
        assert!(matches!(&changes[..], [Change::Order(order)] if order.lines[0].restocked == Quantity::units(1)));
        self.read(Feed::Orders, &Cursor::Start).await;
    }
}

/// What the connector does not ask for: the forms of 2.0, and refusals.
fn ask_in_older_versions(log: &Log) {
    let now = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
    let mut shop = Shop::new("Test", currency(), &["Front"]);
    shop.insert(product("Mug", &[], vec![variant(&[], "M", Some(5))]), now);
    let mug = shop.products.values().next().unwrap().variants[0].number;
    let order = shop.place_order(&[(mug, 1, Quantity::units(2))], now).unwrap();
    shop.sell(mug, 1, Quantity::units(1), now);
    shop.fulfil_order(order, &[], now);
    let line = shop.orders[&order].lines[0].number;
    assert!(shop.refund_order(order, &[(line, Quantity::units(1))], true, now));
    let mut recorder = Recorder { inner: (platform().imitate)(), log: log.clone() };
    let token = recorder.credentials()[0].1.clone();
    let mut ask = |method: &str, path: &str, body: Value| {
        let request = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: vec![
                ("authorization".into(), format!("Bearer {token}")),
                ("user-agent".into(), "contract".into()),
            ],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        let answer = recorder.answer(&mut shop, &request, now);
        (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap())
    };
    let (_, sales) = ask("GET", "/api/2.0/sales", Value::Null);
    assert_eq!(sales["data"].as_array().unwrap().len(), 3, "two sales and a return");
    let id = sales["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ask("GET", &format!("/api/2.0/sales/{id}"), Value::Null).0, 200);
    for list in ["products", "inventory", "outlets"] {
        assert_eq!(ask("GET", &format!("/api/2.0/{list}"), Value::Null).0, 200, "{list}");
    }
    assert_eq!(ask("GET", "/api/2026-07/inventory", Value::Null).0, 404, "it is a POST by now");
    // Quarters only, and none of the future.
    assert_eq!(ask("GET", "/api/2026-08/products", Value::Null).0, 404);
    assert_eq!(ask("GET", "/api/2027-01/products", Value::Null).0, 404);
    // An ended one is answered by the oldest that is supported, without a word.
    let (status, ended) = ask("GET", "/api/2025-07/products", Value::Null);
    assert_eq!((status, ended["data"][0].get("skuImages")), (200, None));
    let both = json!({"name": "Cup", "price_including_tax": 1, "price_excluding_tax": 1});
    assert_eq!(ask("POST", "/api/2026-07/products", both).0, 422);
    assert_eq!(ask("POST", "/api/2026-07/stock_adjustments", json!({"stock_adjustments": []})).0, 400);
}
