//! The connector against its sandbox over real sockets: what the suite for all connectors cannot know of Wix.

mod counting;
mod making;
mod older;
mod reading;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::connectors::Account;
use crate::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, FieldChange, IdempotencyKey, JobId, Listing, ListingId,
    Location, Quantity, StepIndex, Timestamp,
};
use crate::http::{Http, HttpOptions};
use crate::platform::{
    Change, Clock, Connector, ManualClock, Next, QuantityChange, QuantityWrite, StockAddress, SystemClock,
};
use crate::sandbox::{Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, Secret};

use super::connector::Wix;
use super::profile::PROFILE;
use super::sandbox::Sandbox;

type Asked = Arc<Mutex<Vec<(String, serde_json::Value)>>>;

/// Writes down what is asked.
struct Recorder {
    inner: Sandbox,
    asked: Asked,
}

impl Imitation for Recorder {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let call = format!("{} {}", request.method, request.path);
        self.asked.lock().unwrap().push((call, request.json().unwrap_or_default()));
        self.inner.answer(shop, request, now)
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

/// A site, its server, and one connector; time only moves by waiting.
struct Bench {
    server: ShopServer,
    http: Http,
    wix: Wix,
    clock: Arc<ManualClock>,
    places: Vec<Location>,
    asked: Asked,
}

fn euro() -> Currency {
    Currency::new("EUR").unwrap()
}

fn article(values: &[&str], sku: &str, level: Option<i64>) -> ShopVariant {
    ShopVariant {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        price: Some(1990),
        tracked: true,
        levels: level.map(|level| (1, Quantity::units(level))).into_iter().collect(),
        ..ShopVariant::plain()
    }
}

fn mug(number: u32) -> ShopProduct {
    ShopProduct::simple(&format!("Mug {number}"), article(&[], &format!("M-{number}"), Some(10)))
}

/// Two of the four combinations.
fn shirt() -> ShopProduct {
    let mut shirt = ShopProduct::simple("Shirt", article(&["Red", "S"], "S-RED-S", Some(5)));
    shirt.variants.push(article(&["Blue", "M"], "S-BLUE-M", Some(5)));
    shirt.options = vec!["Colour".to_owned(), "Size".to_owned()];
    shirt
}

fn key() -> IdempotencyKey {
    IdempotencyKey::of(b"wix", JobId(1), StepIndex(1), 0)
}

fn creation(source: &Listing, draft: bool) -> Creation {
    let quantities = source.variants.iter().map(|variant| variant.stock.total(|_| true)).collect();
    Creation { source: ListingId(1), connection: ConnectionId(1), draft, quantities, mark: key() }
}

impl Bench {
    async fn open(products: Vec<ShopProduct>) -> Self {
        Self::with(Sandbox::new(), products).await
    }

    async fn older(products: Vec<ShopProduct>) -> Self {
        Self::with(Sandbox::new().with_the_older_catalogue(), products).await
    }

    async fn with(sandbox: Sandbox, products: Vec<ShopProduct>) -> Self {
        let clock = Arc::new(ManualClock::starting_at(SystemClock.now()));
        let mut shop = Shop::new("Harbour & Hill", euro(), &["Warehouse", "Shop floor"]);
        for product in products {
            shop.insert(product, clock.now());
        }
        let credentials: Credentials =
            sandbox.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let asked = Asked::default();
        let recorder = Box::new(Recorder { inner: sandbox, asked: asked.clone() });
        let server = ShopServer::start(recorder, shop, Faults::none(), clock.clone(), address).await.unwrap();
        let http = Http::new(HttpOptions {
            platform: PROFILE.name,
            base_url: BaseUrl::new(&server.url(), false).unwrap(),
            ca_pem: None,
            budget: PROFILE.budget,
            timeout: PROFILE.timeout,
            clock: clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: super::calls::explain,
            seed: 1,
        })
        .unwrap();
        let account = Account {
            http: http.clone(),
            credentials,
            clock: clock.clone(),
            locations: Vec::new(),
            currency: None,
            login: None,
        };
        let wix = Wix::new(account).unwrap();
        // The shop is older than the overlap of runs.
        clock.advance(std::time::Duration::from_secs(3600));
        let places = wix.test().await.map(|found| found.locations).unwrap_or_default();
        asked.lock().unwrap().clear();
        Self { server, http, wix, clock, places, asked }
    }

    async fn read(&self, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
        let mut cursor = from.clone();
        let mut all = Vec::new();
        loop {
            let page = self.wix.changes(feed, &cursor).await.unwrap();
            all.extend(page.changes);
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(next) => return (all, next),
            }
        }
    }

    async fn listings(&self) -> BTreeMap<String, Listing> {
        let (changes, _) = self.read(Feed::Listings, &Cursor::Start).await;
        let seen = changes.into_iter().filter_map(|change| match change {
            Change::Seen(listing) => Some((listing.title.to_string(), *listing)),
            _ => None,
        });
        seen.collect()
    }

    async fn listing(&self, title: &str) -> Listing {
        self.listings().await.remove(title).unwrap_or_else(|| panic!("no {title}"))
    }

    fn in_shop(&self, title: &str) -> ShopProduct {
        let find = |shop: &Shop| shop.products.values().find(|product| product.title == title).cloned();
        self.server.shop().look(find).unwrap_or_else(|| panic!("no {title}"))
    }

    fn level(&self, title: &str, place: usize) -> Option<i64> {
        self.in_shop(title).variants[place].levels.get(&1).and_then(|level| level.whole())
    }

    fn alter(&self, doing: impl FnOnce(&mut Shop, Timestamp)) {
        self.clock.advance(std::time::Duration::from_secs(60));
        let now = self.clock.now();
        self.server.shop().alter(|shop| doing(shop, now));
    }

    fn at(&self, listing: &Listing, place: usize) -> StockAddress {
        let variant = &listing.variants[place];
        StockAddress {
            listing: listing.remote.clone(),
            variant: variant.remote.clone(),
            inventory: variant.inventory.clone(),
            location: self.places[0].id.clone(),
        }
    }

    /// Bodies that were sent to this address; to all below it if it ends with a slash.
    fn sent(&self, call: &str) -> Vec<serde_json::Value> {
        let asked = self.asked.lock().unwrap();
        let is_it = |known: &str| known == call || (call.ends_with('/') && known.starts_with(call));
        asked.iter().filter(|(known, _)| is_it(known)).map(|(_, body)| body.clone()).collect()
    }
}

fn adjust(address: StockAddress, by: i64, expected: i64) -> QuantityWrite {
    let change = QuantityChange::Adjust { by: Quantity::units(by), expected: Quantity::units(expected) };
    QuantityWrite { address, change }
}

fn change(listing: &Listing, place: usize, field: crate::domain::Field, to: crate::domain::FieldValue) -> FieldChange {
    let variant = field.is_per_variant().then(|| listing.variants[place].remote.clone());
    FieldChange { variant, field, to }
}
