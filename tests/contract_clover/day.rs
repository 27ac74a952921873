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
use counterpart::platform::{
    Change, Clock, EditOutcome, ManualClock, Next, QuantityChange, QuantityWrite, SharedConnector, StockAddress,
};
use counterpart::sandbox::{
    Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant,
};
use counterpart::secrets::{Credentials, Secret};

pub type Record = Arc<Mutex<Vec<(Incoming, Outgoing)>>>;

/// Writes down what passes.
pub struct Notary {
    pub inner: Box<dyn Imitation>,
    pub record: Record,
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

pub fn clover() -> &'static Platform {
    connectors::named("clover").unwrap()
}

pub fn currency() -> Currency {
    Currency::new("USD").unwrap()
}

pub fn product(title: &str, options: &[&str], variants: usize) -> ShopProduct {
    let variant = |n: usize| ShopVariant {
        values: options.iter().map(|option| format!("{option} {n}")).collect(),
        sku: format!("{title}-{n}"),
        barcode: "4006381333931".to_owned(),
        price: (n != 2).then_some(1990),
        tracked: n != 1,
        levels: if n == 1 { BTreeMap::new() } else { BTreeMap::from([(1, "5.5".parse().unwrap())]) },
        ..ShopVariant::plain()
    };
    ShopProduct {
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        variants: (0..variants).map(variant).collect(),
        category: "Kitchen".to_owned(),
        ..ShopProduct::simple(title, ShopVariant::plain())
    }
}

struct Visit {
    server: ShopServer,
    till: SharedConnector,
    location: Location,
    clock: Arc<ManualClock>,
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"contract", JobId(1), StepIndex(number), 0)
}

/// What passed in a day's work.
pub async fn a_days_work() -> Vec<(Incoming, Outgoing)> {
    let record = Record::default();
    let visit = Visit::open(record.clone()).await;
    let (changes, end) = visit.read(Feed::Listings, &Cursor::Start).await;
    let listings: Vec<Listing> = changes
        .into_iter()
        .filter_map(|change| match change {
            Change::Seen(listing) => Some(*listing),
            _ => None,
        })
        .collect();
    assert!(listings.len() >= 3, "{listings:?}");
    visit.read(Feed::Stock, &end).await;
    visit.counts(&listings).await;
    visit.copies(&listings).await;
    visit.edits(&listings).await;
    visit.orders().await;
    visit.errors(&listings).await;
    visit.clock.advance(Duration::from_secs(3600));
    visit.read(Feed::Listings, &end).await;
    let passed = record.lock().unwrap().clone();
    drop(visit);
    passed
}

impl Visit {
    async fn open(record: Record) -> Self {
        let start = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::starting_at(start));
        let mut shop = Shop::new("Harbour & Hill", currency(), &["Front"]);
        for product in [product("Mug", &[], 1), product("Shirt", &["Colour", "Size"], 3), product("Tea", &[], 1)] {
            shop.insert(product, start);
        }
        let imitation = Box::new(Notary { inner: (clover().imitate)(), record });
        let credentials: Credentials =
            imitation.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap();
        let http = Http::new(HttpOptions {
            platform: clover().profile.name,
            base_url: BaseUrl::new(&server.url(), false).unwrap(),
            ca_pem: None,
            budget: clover().profile.budget,
            timeout: clover().profile.timeout,
            clock: clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: clover().explain,
            seed: 1,
        })
        .unwrap();
        let connect = |locations: Vec<Location>, currency| {
            let (http, clock, credentials) = (http.clone(), clock.clone(), credentials.clone());
            (clover().connect)(Account { login: None, http, credentials, clock, locations, currency }).unwrap()
        };
        let location = connect(Vec::new(), None).test().await.unwrap().locations.remove(0);
        let till = connect(vec![location.clone()], None);
        Self { server, till, location, clock }
    }

    async fn read(&self, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
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

    fn address(&self, listing: &Listing, place: usize) -> StockAddress {
        StockAddress {
            listing: listing.remote.clone(),
            variant: listing.variants[place].remote.clone(),
            inventory: None,
            location: self.location.id.clone(),
        }
    }

    async fn counts(&self, listings: &[Listing]) {
        let addresses: Vec<StockAddress> = listings.iter().map(|listing| self.address(listing, 0)).collect();
        self.till.levels(&addresses).await.unwrap();
        let change = QuantityChange::Set { to: "160.5".parse().unwrap(), expected: Quantity::ZERO };
        let write = QuantityWrite { address: addresses[0].clone(), change };
        self.till.write_quantities(&[write], &key(50)).await.unwrap();
    }

    async fn copies(&self, listings: &[Listing]) {
        for (number, listing) in listings.iter().take(3).enumerate() {
            let mut source = listing.clone();
            source.title = format!("Copy of {}", listing.title).as_str().into();
            let creation = Creation {
                source: ListingId(1),
                connection: ConnectionId(1),
                draft: number == 1,
                quantities: vec![None; source.variants.len()],
                mark: key(u32::try_from(number).unwrap()),
            };
            let made = self.till.create(&creation, &source, &self.location).await.unwrap();
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
            let all: Vec<FieldChange> = clover()
                .profile
                .edits
                .iter()
                .map(|field| FieldChange {
                    variant: field.is_per_variant().then(|| first.clone()),
                    field: *field,
                    to: match field {
                        Field::Title => FieldValue::Text(format!("Sea {}", listing.title).as_str().into()),
                        Field::Price => FieldValue::Money(Some(Money::new(2500, currency()))),
                        Field::Active => FieldValue::Status(Status::Draft),
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
        let (_, begin) = self.read(Feed::Orders, &Cursor::Start).await;
        let variant = self.server.shop().look(|shop| shop.products.values().next().unwrap().variants[0].number);
        let lines = |count: Quantity| [(variant, 1, count)];
        act(&|shop, now| {
            shop.place_order(&lines(Quantity::units(2)), now);
            shop.place_order(&lines(Quantity::units(120)), now);
            shop.place_order(&lines("2.5".parse().unwrap()), now);
            shop.place_pending_order(&lines(Quantity::units(1)), now);
            shop.sell(variant, 1, Quantity::units(1), now);
        });
        let numbers: Vec<u64> = self.server.shop().look(|shop| shop.orders.keys().copied().collect());
        act(&|shop, now| assert!(shop.fulfil_order(numbers[0], &[], now)));
        act(&|shop, now| {
            let line = shop.orders[&numbers[0]].lines[0].number;
            assert!(shop.refund_order(numbers[0], &[(line, Quantity::units(1))], true, now));
        });
        act(&|shop, now| assert!(shop.cancel_order(numbers[1], true, now)));
        let (changes, _) = self.read(Feed::Orders, &begin).await;
        assert!(changes.iter().filter(|change| matches!(change, Change::Order(_))).count() >= 5, "{changes:?}");
    }

    async fn errors(&self, listings: &[Listing]) {
        let gone = listings.iter().find(|listing| listing.title.as_str() == "Tea").unwrap();
        self.till.levels(&[self.address(gone, 0)]).await.unwrap();
        self.till.listings(std::slice::from_ref(&gone.remote)).await.unwrap();
        let price = FieldChange {
            variant: Some(gone.variants[0].remote.clone()),
            field: Field::Price,
            to: FieldValue::Money(Some(Money::new(1, currency()))),
        };
        let outcome = self.till.edit(gone, &[price]).await.unwrap();
        assert!(matches!(outcome[..], [EditOutcome::Rejected(_)]), "{outcome:?}");
    }
}
