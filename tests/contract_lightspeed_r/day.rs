//! Everything that the connector does in its life, with a notary between it and the sandbox.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterpart::connectors::{self, Account, Platform};
use counterpart::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, Field, FieldChange, FieldValue, IdempotencyKey, JobId,
    Listing, ListingId, Location, Money, Quantity, Status, StepIndex, Timestamp,
};
use counterpart::http::{Http, HttpOptions};
use counterpart::login::LoginDesk;
use counterpart::platform::{
    Change, Clock, EditOutcome, ManualClock, Next, QuantityChange, QuantityWrite, SharedConnector, StockAddress,
};
use counterpart::sandbox::{
    Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant,
};
use counterpart::secrets::{Credentials, HeldKeys, Secret};

pub type Record = Arc<Mutex<Vec<(Incoming, Outgoing)>>>;

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

pub fn r_series() -> &'static Platform {
    connectors::named("lightspeed-r").unwrap()
}

pub fn currency() -> Currency {
    Currency::new("CAD").unwrap()
}

/// A server that speaks like this, and the connector on it.
pub struct Visit {
    pub server: ShopServer,
    pub till: SharedConnector,
    pub location: Option<Location>,
    pub clock: Arc<ManualClock>,
}

impl Visit {
    /// `known`: the shop's currency and place are known already.
    pub async fn open(imitation: Box<dyn Imitation>, shop: Shop, credentials: Vec<(&'static str, String)>) -> Self {
        let start = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::starting_at(start));
        let credentials: Credentials =
            credentials.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap();
        let http = Http::new(HttpOptions {
            platform: r_series().profile.name,
            base_url: BaseUrl::new(&server.url(), false).unwrap(),
            ca_pem: None,
            budget: r_series().profile.budget,
            timeout: r_series().profile.timeout,
            clock: clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: r_series().explain,
            seed: 1,
        })
        .unwrap();
        let login = Some(LoginDesk { http: http.clone(), keyring: Arc::new(HeldKeys::default()) });
        let (locations, currency) = (Vec::new(), None);
        let account = Account { login, http, clock: clock.clone(), credentials, locations, currency };
        let till = (r_series().connect)(account).unwrap();
        Self { server, till, location: None, clock }
    }

    pub async fn read(&self, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
        let mut cursor = from.clone();
        let mut all = Vec::new();
        loop {
            let page = self.till.changes(feed, &cursor).await.unwrap();
            all.extend(page.changes);
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(next) => return (all, next),
            }
        }
    }
}

fn product(title: &str, options: &[&str], variants: usize) -> ShopProduct {
    let variant = |n: usize| ShopVariant {
        values: options.iter().map(|option| format!("{option} {n}")).collect(),
        sku: format!("{title}-{n}"),
        barcode: if n == 1 { "614121182479" } else { "4006381333931" }.to_owned(),
        price: Some(1990),
        tracked: n != 1,
        levels: if n == 1 {
            BTreeMap::new()
        } else {
            BTreeMap::from([(1, Quantity::units(5)), (2, Quantity::units(1))])
        },
        ..ShopVariant::plain()
    };
    ShopProduct {
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        variants: (0..variants).map(variant).collect(),
        category: "Home/Kitchen".to_owned(),
        brand: "Hill Pottery".to_owned(),
        description: "<p>Thrown by <b>hand</b></p>".to_owned(),
        images: vec!["https://res.cloudinary.com/lightspeed-retail/image/upload/dsxcqjwl1s4j6ppmnmec.jpg".to_owned()],
        ..ShopProduct::simple(title, ShopVariant::plain())
    }
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"contract", JobId(1), StepIndex(number), 0)
}

/// What passed in a day's work.
pub async fn a_days_work() -> Vec<(Incoming, Outgoing)> {
    let record = Record::default();
    let start = Timestamp::parse("2026-11-21T18:00:00Z").unwrap();
    let mut shop = Shop::new("Harbour & Hill", currency(), &["Front", "Back"]);
    shop.insert(product("Mug", &[], 1), start);
    shop.insert(product("Shirt", &["Colour", "Size"], 3), start);
    shop.insert(product("Tea", &[], 1), start);
    // More than one page.
    for n in 0..130 {
        shop.insert(product(&format!("Cup {n:03}"), &[], 1), start);
    }
    let inner = (r_series().imitate)();
    let credentials = inner.credentials();
    let mut visit = Visit::open(Box::new(Notary { inner, record: record.clone() }), shop, credentials).await;
    visit.location = Some(visit.till.test().await.unwrap().locations.remove(0));
    let (changes, end) = visit.read(Feed::Listings, &Cursor::Start).await;
    let mut listings: Vec<Listing> = changes
        .into_iter()
        .filter_map(|change| match change {
            Change::Seen(listing) => Some(*listing),
            _ => None,
        })
        .collect();
    assert_eq!(listings.len(), 133);
    listings.retain(|listing| !listing.title.starts_with("Cup"));
    visit.read(Feed::Stock, &Cursor::Start).await;
    visit.counts(&listings).await;
    visit.copies(&listings).await;
    visit.orders().await;
    visit.edits(&listings).await;
    visit.errors(&listings).await;
    visit.clock.advance(Duration::from_secs(3600));
    visit.read(Feed::Listings, &end).await;
    let passed = record.lock().unwrap().clone();
    drop(visit);
    passed
}

impl Visit {
    fn place(&self) -> Location {
        self.location.clone().unwrap()
    }

    fn address(&self, listing: &Listing, place: usize) -> StockAddress {
        StockAddress {
            listing: listing.remote.clone(),
            variant: listing.variants[place].remote.clone(),
            inventory: None,
            location: self.place().id,
        }
    }

    async fn counts(&self, listings: &[Listing]) {
        let addresses: Vec<StockAddress> = listings.iter().map(|listing| self.address(listing, 0)).collect();
        self.till.levels(&addresses).await.unwrap();
        let change = QuantityChange::Set { to: Quantity::units(160), expected: Quantity::ZERO };
        let write = QuantityWrite { address: addresses[0].clone(), change };
        self.till.write_quantities(&[write], &key(50)).await.unwrap();
    }

    async fn copies(&self, listings: &[Listing]) {
        for (number, listing) in listings.iter().take(3).enumerate() {
            let mut source = listing.clone();
            source.title = format!("Copy of {}", listing.title).as_str().into();
            source.brand = Some("A new brand".into());
            source.category = Some("Garden/Pots".into());
            if source.structure.is_variable() {
                for variant in &mut source.variants {
                    variant.options[1].option = "Cut".into();
                }
                source.structure =
                    counterpart::domain::Structure::Variable { options: vec!["Colour".into(), "Cut".into()] };
            }
            let creation = Creation {
                source: ListingId(1),
                connection: ConnectionId(1),
                draft: number == 1,
                quantities: vec![None; source.variants.len()],
                mark: key(u32::try_from(number).unwrap()),
            };
            let made = self.till.create(&creation, &source, &self.place()).await.unwrap();
            let found = self.till.find_created(&creation, &source).await.unwrap().unwrap();
            assert_eq!(found.listing.remote, made.listing.remote);
            source.title = "Not there".into();
            self.till.find_created(&Creation { mark: key(99), ..creation }, &source).await.unwrap();
        }
    }

    /// Every field that can be written, on both kinds, a further variant, and deleting.
    async fn edits(&self, listings: &[Listing]) {
        for listing in listings {
            let first = listing.variants[0].remote.clone();
            let all: Vec<FieldChange> = r_series()
                .profile
                .edits
                .iter()
                .map(|field| FieldChange {
                    variant: field.is_per_variant().then(|| first.clone()),
                    field: *field,
                    to: match field {
                        Field::Title => FieldValue::Text(format!("Sea {}", listing.title).as_str().into()),
                        Field::Description => FieldValue::Text("Glazed twice".into()),
                        Field::Price | Field::CompareAtPrice => FieldValue::Money(Some(Money::new(2500, currency()))),
                        Field::Active => FieldValue::Status(Status::Draft),
                        Field::Barcode => FieldValue::Maybe(Some("012345678905".into())),
                        _ => FieldValue::Maybe(Some("Summer".into())),
                    },
                })
                .collect();
            let outcomes = self.till.edit(listing, &all).await.unwrap();
            assert_eq!(outcomes, vec![EditOutcome::Applied; all.len()]);
        }
        let shirt = listings.iter().find(|listing| listing.structure.is_variable()).unwrap();
        let mut further = shirt.variants[0].clone();
        further.options[0].value = "Green".into();
        let now = self.till.add_variants(shirt, &[further]).await.unwrap();
        assert_eq!(now.variants.len(), shirt.variants.len() + 1);
        for listing in listings.iter().filter(|listing| listing.title.as_str() != "Mug") {
            self.till.delete(&listing.remote).await.unwrap();
        }
    }

    async fn orders(&self) {
        let act = |doing: &dyn Fn(&mut Shop, Timestamp)| {
            let now = self.clock.now();
            self.server.shop().alter(|shop| doing(shop, now));
            self.clock.advance(Duration::from_secs(3600));
        };
        let variant = self.server.shop().look(|shop| shop.products.values().next().unwrap().variants[0].number);
        let lines = |count: i64| [(variant, 1, Quantity::units(count))];
        act(&|shop, now| {
            shop.place_order(&lines(2), now);
            shop.place_order(&lines(3), now);
            shop.place_pending_order(&lines(1), now);
            shop.sell(variant, 1, Quantity::units(1), now);
        });
        let (told, begin) = self.read(Feed::Orders, &Cursor::Start).await;
        assert_eq!(told.len(), 2, "{told:?}");
        let numbers: Vec<u64> = self.server.shop().look(|shop| shop.orders.keys().copied().collect());
        act(&|shop, now| assert!(shop.fulfil_order(numbers[0], &[], now)));
        act(&|shop, now| {
            let line = shop.orders[&numbers[0]].lines[0].number;
            assert!(shop.refund_order(numbers[0], &[(line, Quantity::units(1))], true, now));
        });
        act(&|shop, now| assert!(shop.cancel_order(numbers[1], true, now)));
        act(&|shop, now| assert!(shop.sell(variant, 1, Quantity::units(1), now).is_some()));
        let (changes, _) = self.read(Feed::Orders, &begin).await;
        assert!(changes.iter().filter(|change| matches!(change, Change::Order(_))).count() >= 3, "{changes:?}");
    }

    async fn errors(&self, listings: &[Listing]) {
        let gone = listings.iter().find(|listing| listing.title.as_str() == "Tea").unwrap();
        self.till.levels(&[self.address(gone, 0)]).await.unwrap();
        self.till.listings(std::slice::from_ref(&gone.remote)).await.unwrap();
        // One that was merged into another.
        let number: u64 = gone.remote.as_str().parse().unwrap();
        let now = self.clock.now();
        self.server.shop().alter(|shop| {
            let (product, _) = shop.find_variant(number).unwrap();
            shop.delete(product, now);
        });
        let price = FieldChange {
            variant: Some(gone.variants[0].remote.clone()),
            field: Field::Price,
            to: FieldValue::Money(Some(Money::new(1, currency()))),
        };
        self.till.edit(gone, &[price]).await.unwrap_err();
    }
}
