//! The connector against its sandbox over real sockets: what the suite for all connectors cannot know of E-Series.

mod counting;
mod examples;
mod making;
mod reading;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::connectors::Account;
use crate::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, Location,
    LocationId, Quantity, RemoteId, StepIndex,
};
use crate::http::{Http, HttpOptions};
use crate::platform::{Change, Clock, Connector, ManualClock, Next, StockAddress, SystemClock};
use crate::sandbox::{Faults, Imitation, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, Secret};

use super::connector::ESeries;
use super::profile::PROFILE;
use super::sandbox::Sandbox;

/// A shop, the server, and one connector; time only moves by waiting.
struct Bench {
    server: ShopServer,
    shop: ESeries,
    clock: Arc<ManualClock>,
}

fn euro() -> Currency {
    Currency::new("EUR").unwrap()
}

fn here() -> Location {
    Location { id: LocationId(RemoteId::new("shop").unwrap()), name: "shop".into(), active: true }
}

fn variant(sku: &str, values: &[&str], stock: Option<i64>) -> ShopVariant {
    ShopVariant {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        price: Some(1990),
        tracked: stock.is_some(),
        levels: stock.map(|stock| (1, Quantity::units(stock))).into_iter().collect(),
        ..ShopVariant::plain()
    }
}

fn mug(stock: i64) -> ShopProduct {
    ShopProduct::simple("Mug", variant("MUG", &[], Some(stock)))
}

/// So many sizes, each with its number in stock.
fn shirt(sizes: i64) -> ShopProduct {
    let mut shirt = ShopProduct::simple("Shirt", ShopVariant::plain());
    shirt.options = vec!["Size".to_owned()];
    shirt.variants = (0..sizes).map(|n| variant(&format!("T-{n}"), &[&format!("Size {n}")], Some(n))).collect();
    shirt
}

impl Bench {
    async fn open(products: Vec<ShopProduct>) -> Self {
        Self::with(Sandbox::default(), products).await
    }

    async fn with(sandbox: Sandbox, products: Vec<ShopProduct>) -> Self {
        let credentials: Credentials =
            sandbox.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let clock = Arc::new(ManualClock::starting_at(SystemClock.now()));
        let mut shop = Shop::new("Harbour & Hill", euro(), &["Warehouse"]);
        for product in products {
            shop.insert(product, clock.now());
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(Box::new(sandbox), shop, Faults::none(), clock.clone(), address).await.unwrap();
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
        let account =
            Account { http, credentials, clock: clock.clone(), locations: Vec::new(), currency: None, login: None };
        Self { server, shop: ESeries::new(&account).unwrap(), clock }
    }

    fn later(&self) {
        self.clock.advance(Duration::from_secs(3600));
    }

    fn faults(&self, rule: &str) {
        self.server.set_faults(Faults::parse([rule], 1).unwrap());
    }

    async fn read(&self, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
        let mut cursor = from.clone();
        let mut all = Vec::new();
        loop {
            let page = self.shop.changes(feed, &cursor).await.unwrap();
            all.extend(page.changes);
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(next) => return (all, next),
            }
        }
    }

    async fn listings(&self) -> Vec<Listing> {
        seen(&self.read(Feed::Listings, &Cursor::Start).await.0)
    }

    async fn only(&self) -> Listing {
        let mut all = self.listings().await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn alter<T>(&self, doing: impl FnOnce(&mut Shop, crate::domain::Timestamp) -> T) -> T {
        let now = self.clock.now();
        self.server.shop().alter(|shop| doing(shop, now))
    }

    fn in_shop(&self, title: &str) -> ShopProduct {
        self.server.shop().look(|shop| shop.products.values().find(|p| p.title == title).unwrap().clone())
    }

    /// Requests since the first `skip`, as `POST /products`.
    fn calls(&self, skip: usize) -> Vec<String> {
        let root = format!("/{}", super::sandbox::STORE_ID);
        let seen = self.server.requests().into_iter().skip(skip);
        seen.map(|seen| format!("{} {}", seen.method, seen.path.trim_start_matches(&root))).collect()
    }

    fn count(&self) -> usize {
        self.server.requests().len()
    }

    fn address(&self, listing: &Listing, place: usize) -> StockAddress {
        StockAddress {
            listing: listing.remote.clone(),
            variant: listing.variants[place].remote.clone(),
            inventory: None,
            location: here().id,
        }
    }
}

fn seen(changes: &[Change]) -> Vec<Listing> {
    let mut listings = BTreeMap::new();
    for change in changes {
        match change {
            Change::Seen(listing) => drop(listings.insert(listing.remote.clone(), (**listing).clone())),
            other => panic!("{other:?}"),
        }
    }
    listings.into_values().collect()
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"e-series", JobId(1), StepIndex(number), 0)
}

fn creation(source: &Listing, number: u32) -> Creation {
    Creation {
        source: ListingId(1),
        connection: ConnectionId(1),
        draft: false,
        quantities: source.variants.iter().map(|variant| variant.stock.total(|_| true)).collect(),
        mark: key(number),
    }
}
