//! A sandbox shop with its connector, and everything that went over the line.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::connectors::Account;
use crate::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, Location,
    LocationId, Quantity, RemoteId, StepIndex, Timestamp,
};
use crate::http::{Http, HttpOptions};
use crate::login::LoginDesk;
use crate::platform::{Change, Clock, ManualClock, Next, SharedConnector, StockAddress};
use crate::sandbox::{Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, HeldKeys, Secret};

use super::super::calls;
use super::super::connector::connect;
use super::super::profile::PROFILE;
use super::super::sandbox::Sandbox;

pub type Log = Arc<Mutex<Vec<(Incoming, Outgoing)>>>;

/// Writes down what goes in and out.
struct Recorder {
    inner: Sandbox,
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

pub struct Till {
    pub server: ShopServer,
    pub http: Http,
    pub connector: SharedConnector,
    pub clock: Arc<ManualClock>,
    pub keys: Arc<HeldKeys>,
    pub log: Log,
    credentials: Credentials,
}

pub fn euro() -> Currency {
    Currency::new("EUR").unwrap()
}

pub fn variant(values: &[&str], sku: &str, stock: i64) -> ShopVariant {
    ShopVariant {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        price: Some(1990),
        tracked: true,
        levels: BTreeMap::from([(1, Quantity::units(stock))]),
        ..ShopVariant::plain()
    }
}

pub fn simple(title: &str, sku: &str, stock: i64) -> ShopProduct {
    ShopProduct::simple(title, variant(&[], sku, stock))
}

pub fn family(title: &str, options: &[&str], variants: Vec<ShopVariant>) -> ShopProduct {
    let mut product = simple(title, "", 0);
    product.options = options.iter().map(|option| (*option).to_owned()).collect();
    product.variants = variants;
    product
}

pub fn tee() -> ShopProduct {
    let variants =
        vec![variant(&["Red", "S"], "T-1", 1), variant(&["Red", "M"], "T-2", 2), variant(&["Blue", "S"], "T-3", 3)];
    family("Tee", &["Colour", "Size"], variants)
}

/// A Saturday evening while 2026-07 is supported.
pub const EVENING: &str = "2026-11-21T19:00:00Z";

impl Till {
    pub async fn open(products: Vec<ShopProduct>) -> Self {
        Self::open_with(Sandbox::new(false), products, EVENING, None).await
    }

    /// With other credentials than the sandbox's own ones, if any.
    pub async fn open_with(
        sandbox: Sandbox,
        products: Vec<ShopProduct>,
        moment: &str,
        credentials: Option<Credentials>,
    ) -> Self {
        let now = Timestamp::parse(moment).unwrap();
        let clock = Arc::new(ManualClock::starting_at(now));
        let mut shop = Shop::new("Harbour & Hill", euro(), &["Harbour Street", "Hill Road"]);
        for product in products {
            shop.insert(product, now);
        }
        let log = Log::default();
        let own =
            sandbox.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let credentials = credentials.unwrap_or(own);
        let recorder = Box::new(Recorder { inner: sandbox, log: log.clone() });
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(recorder, shop, Faults::none(), clock.clone(), address).await.unwrap();
        let http = Self::http(&server, &clock, PROFILE.budget);
        let keys = Arc::new(HeldKeys::default());
        let connector = Self::connect(&server, &http, &clock, &keys, &credentials);
        Self { server, http, connector, clock, keys, log, credentials }
    }

    pub fn http(server: &ShopServer, clock: &Arc<ManualClock>, budget: crate::platform::Budget) -> Http {
        Http::new(HttpOptions {
            platform: PROFILE.name,
            base_url: BaseUrl::new(&server.url(), false).unwrap(),
            ca_pem: None,
            budget,
            timeout: PROFILE.timeout,
            clock: clock.clone(),
            secrets: Vec::new(),
            explain: calls::explain,
            seed: 1,
        })
        .unwrap()
    }

    fn connect(
        server: &ShopServer,
        http: &Http,
        clock: &Arc<ManualClock>,
        keys: &Arc<HeldKeys>,
        credentials: &Credentials,
    ) -> SharedConnector {
        let desk = LoginDesk { http: Self::http(server, clock, crate::login::BUDGET), keyring: keys.clone() };
        connect(Account {
            http: http.clone(),
            credentials: credentials.clone(),
            clock: clock.clone(),
            locations: Vec::new(),
            currency: Some(euro()),
            login: Some(desk),
        })
        .unwrap()
    }

    /// Other keys from now on.
    pub fn use_credentials(&mut self, credentials: Credentials) {
        self.connector = Self::connect(&self.server, &self.http, &self.clock, &self.keys, &credentials);
        self.credentials = credentials;
    }

    /// The program was started anew: the same account, and no memory.
    pub fn restarted(&self) -> SharedConnector {
        Self::connect(&self.server, &self.http, &self.clock, &self.keys, &self.credentials)
    }

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
        seen(self.read(Feed::Listings, &Cursor::Start).await.0)
    }

    pub async fn listing(&self, title: &str) -> Listing {
        self.listings().await.remove(title).unwrap()
    }

    pub fn alter(&self, doing: impl FnOnce(&mut Shop, Timestamp)) {
        let now = self.clock.now();
        self.server.shop().alter(|shop| doing(shop, now));
    }

    /// Path and body of the requests since the last look.
    pub fn requests(&self) -> Vec<(String, Incoming)> {
        let taken = std::mem::take(&mut *self.log.lock().unwrap());
        taken.into_iter().map(|(request, _)| (format!("{} {}", request.method, request.path), request)).collect()
    }
}

/// By title.
pub fn seen(changes: Vec<Change>) -> BTreeMap<String, Listing> {
    let listings = changes.into_iter().filter_map(|change| match change {
        Change::Seen(listing) => Some((listing.title.to_string(), *listing)),
        _ => None,
    });
    listings.collect()
}

pub fn outlet(number: u64) -> LocationId {
    LocationId(RemoteId::new(format!("0a1b0002-0000-11e9-8000-{number:012}")).unwrap())
}

pub fn location() -> Location {
    Location { id: outlet(1), name: "Harbour Street".into(), active: true }
}

pub fn address(listing: &Listing, place: usize) -> StockAddress {
    StockAddress {
        listing: listing.remote.clone(),
        variant: listing.variants[place].remote.clone(),
        inventory: None,
        location: outlet(1),
    }
}

pub fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"x-series", JobId(1), StepIndex(number), 0)
}

pub fn creation(source: &Listing, number: u32) -> Creation {
    Creation {
        source: ListingId(1),
        connection: ConnectionId(1),
        draft: false,
        quantities: vec![Some(Quantity::units(2)); source.variants.len()],
        mark: key(number),
    }
}
