//! What every case stands on: a sandbox shop with its connector, and products to put into it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterpart::connectors::{self, Account, Platform};
use counterpart::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, Location,
    Order, Quantity, Status, StepIndex,
};
use counterpart::http::{Http, HttpOptions, Request as Call};
use counterpart::login::{self, LoginDesk};
use counterpart::platform::{
    Change, Clock, ManualClock, Next, PlatformError, SharedConnector, StockAddress, SystemClock,
};
use counterpart::sandbox::{Faults, Imitation, Shop, ShopProduct, ShopServer, ShopVariant};
use counterpart::secrets::{Credentials, HeldKeys, Secret};

/// A shop with its connector. Time is a clock that only moves by waiting, so that rate limits cost no test time.
pub struct Bench {
    pub platform: &'static Platform,
    pub server: ShopServer,
    pub http: Http,
    pub connector: SharedConnector,
    pub location: Location,
    pub clock: Arc<ManualClock>,
    credentials: Credentials,
}

fn secrets(named: Vec<(&'static str, String)>) -> Credentials {
    named.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect()
}

async fn serve(imitation: Box<dyn Imitation>, products: Vec<ShopProduct>) -> (ShopServer, Arc<ManualClock>) {
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::starting_at(now));
    let mut shop = Shop::new("Harbour & Hill", euro(), &["Harbour Street"]);
    for product in products {
        shop.insert(product, now);
    }
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    (ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap(), clock)
}

fn client(
    platform: &'static Platform,
    server: &ShopServer,
    clock: &Arc<ManualClock>,
    credentials: &Credentials,
    timeout: Duration,
) -> Http {
    let options = HttpOptions {
        platform: platform.profile.name,
        base_url: BaseUrl::new(&server.url(), false).unwrap(),
        ca_pem: None,
        budget: platform.profile.budget,
        timeout,
        clock: clock.clone(),
        secrets: credentials.values().cloned().collect(),
        explain: platform.explain,
        seed: 1,
    };
    Http::new(options).unwrap()
}

fn connector(
    platform: &'static Platform,
    http: &Http,
    clock: &Arc<ManualClock>,
    credentials: &Credentials,
    location: Option<Location>,
) -> SharedConnector {
    let desk = || LoginDesk { http: http.clone(), keyring: Arc::new(HeldKeys::default()) };
    let account = Account {
        login: platform.profile.login.map(|_| desk()),
        http: http.clone(),
        credentials: credentials.clone(),
        clock: clock.clone(),
        currency: location.as_ref().map(|_| euro()),
        locations: location.into_iter().collect(),
    };
    (platform.connect)(account).unwrap()
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

/// The one location of every bench's shop, by platform: it is asked for once, not for each of some thousand shops.
static LOCATIONS: Mutex<BTreeMap<&str, Location>> = Mutex::new(BTreeMap::new());

/// How long a bench waits for an answer that a fault holds up.
pub const HASTE: Duration = Duration::from_millis(300);

impl Bench {
    pub async fn open(platform: &'static Platform, products: Vec<ShopProduct>) -> Self {
        Self::open_with(platform, products, None).await
    }

    pub async fn open_with(platform: &'static Platform, products: Vec<ShopProduct>, wrong: Option<&str>) -> Self {
        let imitation = (platform.imitate)();
        let mut credentials = secrets(imitation.credentials());
        if let Some(wrong) = wrong {
            credentials.values_mut().for_each(|secret| *secret = Secret::new(wrong));
        }
        let (server, clock) = serve(imitation, products).await;
        Self::connected(platform, server, clock, credentials).await
    }

    /// With the keys of an app: logged in on the platform's page, where it has one. `None` where there is no such way.
    /// `lasts`: what the connector is told of the access token's end instead of the truth.
    pub async fn open_as_app(
        platform: &'static Platform,
        products: Vec<ShopProduct>,
        lasts: Option<Duration>,
    ) -> Option<Self> {
        let imitation = (platform.imitate)();
        let mut credentials = Some(secrets(imitation.app())).filter(|app| !app.is_empty())?;
        let (server, clock) = serve(imitation, products).await;
        if let Some(page) = platform.profile.login {
            let base = BaseUrl::new(&server.url(), false).unwrap();
            let http = client(platform, &server, &clock, &credentials, platform.profile.timeout);
            let begun = login::begin(page, &base, credentials[login::CLIENT].reveal(), None, &[7; 64]);
            let address = url::Url::parse(&begun.url).unwrap();
            let mut call = Call::get(address.path()).accept(&[302]);
            call.query = address.query_pairs().into_owned().collect();
            let sent_to = http.read(call).await.unwrap().header("location").unwrap().to_owned();
            let back = login::returned(page, &begun, &sent_to).unwrap();
            let tokens = login::exchange(&http, page, &credentials, &begun, &back, clock.now()).await.unwrap();
            credentials.extend(back.brought);
            credentials.extend(tokens.credentials());
            if let Some(lasts) = lasts {
                let ends = clock.now().0 / 1000 + i64::try_from(lasts.as_secs()).unwrap();
                credentials.insert(login::FIELDS[2].to_owned(), Secret::new(ends.to_string()));
            }
        }
        Some(Self::connected(platform, server, clock, credentials).await)
    }

    async fn connected(
        platform: &'static Platform,
        server: ShopServer,
        clock: Arc<ManualClock>,
        credentials: Credentials,
    ) -> Self {
        let http = client(platform, &server, &clock, &credentials, platform.profile.timeout);
        let id = platform.profile.id;
        let known = LOCATIONS.lock().unwrap().get(id).cloned();
        let location = match known {
            Some(location) => location,
            None => match connector(platform, &http, &clock, &credentials, None).test().await {
                Ok(found) => LOCATIONS.lock().unwrap().entry(id).or_insert(found.locations[0].clone()).clone(),
                Err(_) => Location {
                    id: counterpart::domain::LocationId(counterpart::domain::RemoteId::new("unknown").unwrap()),
                    name: "unknown".into(),
                    active: true,
                },
            },
        };
        let connector = connector(platform, &http, &clock, &credentials, Some(location.clone()));
        Self { platform, server, http, connector, location, clock, credentials }
    }

    /// Another connector to the same shop, that waits no longer than [`HASTE`], and its client.
    pub fn hasty(&self) -> (SharedConnector, Http) {
        let http = client(self.platform, &self.server, &self.clock, &self.credentials, HASTE);
        let location = Some(self.location.clone());
        (connector(self.platform, &http, &self.clock, &self.credentials, location), http)
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
                let began = std::time::Instant::now();
                $body
                if began.elapsed().as_secs() > 0 {
                    eprintln!("{}: {:.1} s", $platform.profile.name, began.elapsed().as_secs_f32());
                }
            }
        }
    };
}
