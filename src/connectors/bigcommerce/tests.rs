//! The connector against its sandbox over real sockets: what the suite for all connectors cannot know of BigCommerce.

mod changing;
mod counting;
mod examples;
mod reading;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::connectors::Account;
use crate::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, LocationId,
    Quantity, RemoteId, StepIndex,
};
use crate::http::{Http, HttpOptions};
use crate::platform::Clock;
use crate::platform::{Change, Connector, ManualClock, Next, PlatformError, StockAddress, SystemClock};
use crate::sandbox::{Faults, Imitation, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, Secret};

use super::connector::BigCommerce;
use super::profile::PROFILE;
use super::sandbox::Sandbox;

/// A store, its server, and one connector; time only moves by waiting.
struct Bench {
    server: ShopServer,
    http: Http,
    shop: BigCommerce,
    clock: Arc<ManualClock>,
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

fn shirt(number: u32) -> ShopProduct {
    let mut shirt = ShopProduct::simple(&format!("Shirt {number}"), article(&["S"], &format!("S-{number}-S"), Some(5)));
    shirt.variants.push(article(&["M"], &format!("S-{number}-M"), Some(5)));
    shirt.options = vec!["Size".to_owned()];
    shirt
}

fn key() -> IdempotencyKey {
    IdempotencyKey::of(b"bigcommerce", JobId(1), StepIndex(1), 0)
}

fn creation(draft: bool, quantities: Vec<Option<Quantity>>) -> Creation {
    Creation { source: ListingId(1), connection: ConnectionId(1), draft, quantities, mark: key() }
}

impl Bench {
    async fn open(products: Vec<ShopProduct>) -> Self {
        Self::with(Sandbox::new(), products).await
    }

    async fn with(sandbox: impl Imitation + 'static, products: Vec<ShopProduct>) -> Self {
        let now = SystemClock.now();
        let clock = Arc::new(ManualClock::starting_at(now));
        let mut shop = Shop::new("Harbour & Hill", euro(), &["Warehouse", "Shop floor"]);
        for product in products {
            shop.insert(product, now);
        }
        let credentials: Credentials =
            sandbox.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
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
        let account = Account {
            http: http.clone(),
            credentials,
            clock: clock.clone(),
            locations: Vec::new(),
            currency: Some(euro()),
            login: None,
        };
        let shop = BigCommerce::new(account).unwrap();
        // The store is older than the overlap of runs.
        clock.advance(std::time::Duration::from_secs(3600));
        Self { server, http, shop, clock }
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

    fn in_store(&self, title: &str) -> ShopProduct {
        let find = |shop: &Shop| shop.products.values().find(|product| product.title == title).cloned();
        self.server.shop().look(find).unwrap_or_else(|| panic!("no {title}"))
    }

    fn level(&self, title: &str, place: usize) -> Option<i64> {
        self.in_store(title).variants[place].levels.get(&1).and_then(|level| level.whole())
    }

    fn paths(&self) -> Vec<String> {
        self.server.requests().iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }
}

fn at(listing: &Listing, place: usize) -> StockAddress {
    let variant = &listing.variants[place];
    StockAddress {
        listing: listing.remote.clone(),
        variant: variant.remote.clone(),
        inventory: variant.inventory.clone(),
        location: LocationId(RemoteId::new("1").unwrap()),
    }
}
