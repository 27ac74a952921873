//! The connector against its own sandbox over real sockets, where Square has ways of its own. What all platforms share
//! is in the behaviour suite.

mod editing;
mod examples;
mod making;
mod ordering;
mod reading;
mod replacing;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::PLATFORM;
use super::sandbox::imitate;
use crate::connectors::Account;
use crate::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, Location,
    Quantity, Status, StepIndex, Timestamp,
};
use crate::http::{Http, HttpOptions};
use crate::platform::{Change, Clock, ManualClock, Next, SharedConnector, StockAddress};
use crate::sandbox::{Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, Secret};

/// Changes answers on their way out, or gives one instead.
type Tamper = Box<dyn FnMut(&Incoming, Outgoing) -> Outgoing + Send>;

struct Tampered {
    inner: Box<dyn Imitation>,
    tamper: Tamper,
}

impl Imitation for Tampered {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let answer = self.inner.answer(shop, request, now);
        (self.tamper)(request, answer)
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

pub struct Bench {
    pub server: ShopServer,
    pub http: Http,
    pub connector: SharedConnector,
    pub locations: Vec<Location>,
    pub clock: Arc<ManualClock>,
}

pub fn dollar() -> Currency {
    Currency::new("USD").unwrap()
}

pub fn variant(values: &[&str], sku: &str, stock: Option<i64>) -> ShopVariant {
    ShopVariant {
        number: 0,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        barcode: String::new(),
        price: Some(1990),
        tracked: stock.is_some(),
        levels: stock.map(|stock| (1, Quantity::units(stock))).into_iter().collect(),
        updated_at: Timestamp::default(),
        stock_updated_at: Timestamp::default(),
        extra: Default::default(),
    }
}

pub fn product(title: &str, options: &[&str], variants: Vec<ShopVariant>) -> ShopProduct {
    ShopProduct {
        number: 0,
        title: title.to_owned(),
        description: String::new(),
        brand: String::new(),
        category: String::new(),
        status: Status::Active,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        variants,
        images: Vec::new(),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 0,
        extra: Default::default(),
    }
}

pub fn simple(title: &str, sku: &str, stock: i64) -> ShopProduct {
    product(title, &[], vec![variant(&[], sku, Some(stock))])
}

impl Bench {
    pub async fn open(products: Vec<ShopProduct>) -> Self {
        Self::tampered(products, Box::new(|_, answer| answer)).await
    }

    /// A shop with two locations, of which the connection uses the first.
    pub async fn tampered(products: Vec<ShopProduct>, tamper: Tamper) -> Self {
        Self::imitated(products, Box::new(Tampered { inner: imitate(), tamper })).await
    }

    pub async fn imitated(products: Vec<ShopProduct>, imitation: Box<dyn Imitation>) -> Self {
        let start = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::starting_at(start));
        let mut shop = Shop::new("Femmebot Fashion", dollar(), &["Front", "Ware House"]);
        for product in products {
            shop.insert(product, start);
        }
        clock.advance(Duration::from_secs(3600));
        let address = ([127, 0, 0, 1], 0).into();
        let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap();
        let credentials: Credentials =
            imitate().credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let http = Http::new(HttpOptions {
            platform: PLATFORM.profile.name,
            base_url: BaseUrl::new(&server.url(), false).unwrap(),
            ca_pem: None,
            budget: PLATFORM.profile.budget,
            timeout: PLATFORM.profile.timeout,
            clock: clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: PLATFORM.explain,
            seed: 1,
        })
        .unwrap();
        let connect = |locations: Vec<Location>| {
            let (http, clock) = (http.clone(), clock.clone());
            let credentials = credentials.clone();
            (PLATFORM.connect)(Account { http, credentials, clock, locations, currency: Some(dollar()), login: None })
                .unwrap()
        };
        let locations = connect(Vec::new()).test().await.map(|found| found.locations).unwrap_or_default();
        let connector = connect(locations.iter().take(1).cloned().collect());
        Self { server, http, connector, locations, clock }
    }

    pub fn location(&self) -> &Location {
        &self.locations[0]
    }

    /// Reads a feed to its end.
    pub async fn read(&self, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
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

    pub async fn listings(&self) -> BTreeMap<String, Listing> {
        let (changes, _) = self.read(Feed::Listings, &Cursor::Start).await;
        seen(changes)
    }

    pub async fn listing(&self, title: &str) -> Listing {
        self.listings().await.remove(title).unwrap_or_else(|| panic!("no {title}"))
    }

    pub fn address(&self, listing: &Listing, place: usize) -> StockAddress {
        StockAddress {
            listing: listing.remote.clone(),
            variant: listing.variants[place].remote.clone(),
            inventory: None,
            location: self.location().id.clone(),
        }
    }

    /// Changes a product as a merchant would.
    pub fn edit(&self, title: &str, edit: impl FnOnce(&mut ShopProduct)) {
        let now = self.clock.now();
        self.server.shop().alter(|shop| {
            let mut product = shop.products.values().find(|product| product.title == title).unwrap().clone();
            edit(&mut product);
            shop.insert(product, now);
        });
    }

    pub fn paths(&self) -> Vec<String> {
        self.server.requests().into_iter().map(|seen| seen.path).collect()
    }
}

/// What was seen, by title.
pub fn seen(changes: Vec<Change>) -> BTreeMap<String, Listing> {
    let listings = changes.into_iter().filter_map(|change| match change {
        Change::Seen(listing) => Some((listing.title.to_string(), *listing)),
        _ => None,
    });
    listings.collect()
}

pub fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"square", JobId(1), StepIndex(number), 0)
}

pub fn creation(source: &Listing, number: u32) -> Creation {
    Creation {
        source: ListingId(1),
        connection: ConnectionId(1),
        draft: false,
        quantities: source.variants.iter().map(|variant| variant.stock.total(|_| true)).collect(),
        mark: key(number),
    }
}

/// A request straight to an imitation, without a socket; the answer's status and body.
pub fn ask(
    square: &mut dyn Imitation,
    shop: &mut Shop,
    method: &str,
    path: &str,
    body: &Value,
    now: Timestamp,
) -> (u16, Value) {
    let token = square.credentials()[0].1.clone();
    let request = Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: vec![
            ("authorization".into(), format!("Bearer {token}")),
            ("square-version".into(), PLATFORM.profile.api_version.into()),
        ],
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
    };
    let answer = square.answer(shop, &request, now);
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or(json!(null)))
}
