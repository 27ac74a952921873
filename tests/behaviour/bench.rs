//! What every case stands on: a sandbox shop with its connector, and products to put into it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use counterpart::connectors::{self, Account, Platform};
use counterpart::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, Location,
    Order, Quantity, Status, StepIndex,
};
use counterpart::http::{Http, HttpOptions};
use counterpart::login::LoginDesk;
use counterpart::platform::{
    Change, Clock, ManualClock, Next, PlatformError, SharedConnector, StockAddress, SystemClock,
};
use counterpart::sandbox::{Faults, Shop, ShopProduct, ShopServer, ShopVariant};
use counterpart::secrets::{Credentials, HeldKeys, Secret};

/// A shop with its connector. Time is a clock that only moves by waiting, so that rate limits cost no test time.
pub struct Bench {
    pub platform: &'static Platform,
    pub server: ShopServer,
    pub http: Http,
    pub connector: SharedConnector,
    pub location: Location,
    pub clock: Arc<ManualClock>,
}

pub fn euro() -> Currency {
    Currency::new("EUR").unwrap()
}

pub fn product(title: &str, sku: &str, options: &[&str], variants: &[(&[&str], i64)]) -> ShopProduct {
    let variants = variants
        .iter()
        .enumerate()
        .map(|(place, (values, stock))| ShopVariant {
            number: 0,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            sku: if variants.len() == 1 { sku.to_owned() } else { format!("{sku}-{place}") },
            barcode: String::new(),
            price: Some(1990),
            tracked: true,
            levels: BTreeMap::from([(1, Quantity::units(*stock))]),
            updated_at: Default::default(),
            stock_updated_at: Default::default(),
            extra: Default::default(),
        })
        .collect();
    ShopProduct {
        number: 0,
        title: title.to_owned(),
        description: "<p>Thrown by <b>hand</b></p>".to_owned(),
        brand: "Harbour Clay".to_owned(),
        category: String::new(),
        status: Status::Active,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        variants,
        images: Vec::new(),
        created_at: Default::default(),
        updated_at: Default::default(),
        version: 0,
        extra: Default::default(),
    }
}

pub fn simple(title: &str, sku: &str, stock: i64) -> ShopProduct {
    product(title, sku, &[], &[(&[], stock)])
}

impl Bench {
    pub async fn open(platform: &'static Platform, products: Vec<ShopProduct>) -> Self {
        Self::open_with(platform, products, None).await
    }

    pub async fn open_with(platform: &'static Platform, products: Vec<ShopProduct>, wrong: Option<&str>) -> Self {
        let now = SystemClock.now();
        let clock = Arc::new(ManualClock::starting_at(now));
        let mut shop = Shop::new("Harbour & Hill", euro(), &["Harbour Street"]);
        for product in products {
            shop.insert(product, now);
        }
        let imitation = (platform.imitate)();
        let mut credentials: Credentials =
            imitation.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        if let Some(wrong) = wrong {
            credentials.values_mut().for_each(|secret| *secret = Secret::new(wrong));
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap();
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
        let account = |locations: Vec<Location>, currency| Account {
            login: platform
                .profile
                .login
                .map(|_| LoginDesk { http: http.clone(), keyring: Arc::new(HeldKeys::default()) }),
            http: http.clone(),
            credentials: credentials.clone(),
            clock: clock.clone(),
            locations,
            currency,
        };
        let first = (platform.connect)(account(Vec::new(), None)).unwrap();
        let location = match first.test().await {
            Ok(found) => found.locations[0].clone(),
            Err(_) => Location {
                id: counterpart::domain::LocationId(counterpart::domain::RemoteId::new("unknown").unwrap()),
                name: "unknown".into(),
                active: true,
            },
        };
        let connector = (platform.connect)(account(vec![location.clone()], Some(euro()))).unwrap();
        Self { platform, server, http, connector, location, clock }
    }

    pub fn name(&self) -> &'static str {
        self.platform.profile.name
    }

    /// Reads a feed to its end.
    pub async fn read(&self, feed: Feed, from: &Cursor) -> Result<(Vec<Change>, Cursor), PlatformError> {
        let mut cursor = from.clone();
        let mut all = Vec::new();
        loop {
            let page = self.connector.changes(feed, &cursor).await?;
            all.extend(page.changes);
            match page.next {
                Next::More(next) => {
                    assert_ne!(next, cursor, "{}: a cursor that does not move", self.name());
                    cursor = next;
                }
                Next::Done(next) => return Ok((all, next)),
            }
        }
    }

    pub async fn listings(&self, from: &Cursor) -> (BTreeMap<String, Listing>, Cursor) {
        let (changes, cursor) =
            self.read(Feed::Listings, from).await.unwrap_or_else(|why| panic!("{}: {why}", self.name()));
        let listings = changes.into_iter().filter_map(|change| match change {
            Change::Seen(listing) => Some((listing.remote.to_string(), *listing)),
            _ => None,
        });
        (listings.collect(), cursor)
    }

    pub async fn only_listing(&self) -> Listing {
        let (listings, _) = self.listings(&Cursor::Start).await;
        assert_eq!(listings.len(), 1, "{}: {listings:#?}", self.name());
        listings.into_values().next().unwrap()
    }

    pub fn address(&self, listing: &Listing, place: usize) -> StockAddress {
        let variant = &listing.variants[place];
        StockAddress {
            listing: listing.remote.clone(),
            variant: variant.remote.clone(),
            inventory: variant.inventory.clone(),
            location: self.location.id.clone(),
        }
    }

    pub fn stock(&self, title: &str) -> Quantity {
        self.server.shop().look(|shop| {
            let product = shop.products.values().find(|product| product.title == title).expect("the product exists");
            Quantity::sum(product.variants.iter().flat_map(|variant| variant.levels.values().copied()))
        })
    }

    /// The orders of a feed's run, each as it was told last.
    pub async fn orders(&self, from: &Cursor) -> (BTreeMap<String, Order>, Cursor) {
        let (changes, cursor) =
            self.read(Feed::Orders, from).await.unwrap_or_else(|why| panic!("{}: {why}", self.name()));
        let orders = changes.into_iter().map(|change| match change {
            Change::Order(order) => (order.remote.to_string(), *order),
            other => panic!("{}: no order: {other:?}", self.name()),
        });
        (orders.collect(), cursor)
    }

    /// The shop's own number of a product's variant.
    pub fn variant(&self, title: &str, place: usize) -> u64 {
        self.server.shop().look(|shop| {
            let product = shop.products.values().find(|product| product.title == title).expect("the product exists");
            product.variants[place].number
        })
    }

    pub fn products(&self) -> usize {
        self.server.shop().look(|shop| shop.products.len())
    }
}

pub fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"behaviour", JobId(1), StepIndex(number), 0)
}

pub fn creation(source: &Listing, number: u32, draft: bool) -> Creation {
    Creation {
        source: ListingId(1),
        connection: ConnectionId(1),
        draft,
        quantities: source.variants.iter().map(|variant| variant.stock.total(|_| true)).collect(),
        mark: key(number),
    }
}

/// All platforms, or the one that `COUNTERPART_PLATFORM` names, for whoever works on it.
pub fn chosen() -> Vec<&'static Platform> {
    let only = std::env::var("COUNTERPART_PLATFORM").ok();
    let chosen: Vec<_> =
        connectors::all().iter().copied().filter(|one| only.as_deref().is_none_or(|id| id == one.profile.id)).collect();
    assert!(!chosen.is_empty(), "no such platform");
    chosen
}

/// Runs a case for each platform.
macro_rules! for_each_platform {
    ($name:ident, $platform:ident, $body:block) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            for $platform in chosen() {
                $body
            }
        }
    };
}
