//! The connector against its sandbox over real sockets: what the suite for all connectors cannot know of WooCommerce.

mod counting;
mod editing;
mod fixtures;
mod making;
mod ordering;
mod reading;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::connectors::Account;
use crate::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, LocationId,
    OptionValue, Quantity, RemoteId, Status, StepIndex, Stock, Structure, Text, Variant,
};
use crate::http::{Http, HttpOptions};
use crate::platform::{Change, Clock, Connector, ManualClock, Next, StockAddress, SystemClock};
use crate::sandbox::{Faults, Imitation, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, Secret};

use super::connector::WooCommerce;
use super::profile::PROFILE;
use super::sandbox::Sandbox;

/// A shop, its server, and one connector; time only moves by waiting.
struct Bench {
    server: ShopServer,
    http: Http,
    shop: WooCommerce,
    clock: Arc<ManualClock>,
}

impl Bench {
    async fn open(products: Vec<ShopProduct>) -> Self {
        Self::with(Sandbox::new(), products).await
    }

    async fn with(sandbox: impl Imitation + 'static, products: Vec<ShopProduct>) -> Self {
        let now = SystemClock.now();
        let clock = Arc::new(ManualClock::starting_at(now));
        let mut shop = Shop::new("Harbour & Hill", euro(), &["Warehouse"]);
        for product in products {
            shop.insert(product, now);
        }
        let credentials: Credentials =
            sandbox.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(Box::new(sandbox), shop, Faults::none(), clock.clone(), address).await.unwrap();
        let bench = Self::connect(server, clock, credentials);
        // The shop is older than the overlap of runs.
        bench.an_hour_later();
        bench
    }

    fn connect(server: ShopServer, clock: Arc<ManualClock>, credentials: Credentials) -> Self {
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
            login: None,
            http: http.clone(),
            credentials,
            clock: clock.clone(),
            locations: Vec::new(),
            currency: Some(euro()),
        };
        let shop = WooCommerce::new(account).unwrap();
        Self { server, http, shop, clock }
    }

    /// The same server with other keys.
    fn with_keys(self, key: &str, secret: &str) -> Self {
        let credentials = Credentials::from([
            ("consumer_key".to_owned(), Secret::new(key)),
            ("consumer_secret".to_owned(), Secret::new(secret)),
        ]);
        Self::connect(self.server, self.clock, credentials)
    }

    /// A feed to its end: changes, and where the next run begins.
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

    async fn listings(&self, from: &Cursor) -> (Vec<Listing>, Cursor) {
        let (changes, next) = self.read(Feed::Listings, from).await;
        let listings = changes.into_iter().map(|change| match change {
            Change::Seen(listing) => *listing,
            other => panic!("{other:?}"),
        });
        (listings.collect(), next)
    }

    fn number(&self, title: &str) -> u64 {
        self.server.shop().look(|shop| shop.products.values().find(|product| product.title == title).unwrap().number)
    }

    fn faults(&self, rules: &[&str]) {
        self.server.set_faults(Faults::parse(rules.iter().copied(), 1).unwrap());
    }

    /// An hour later, so that the overlap of the next run is over.
    fn an_hour_later(&self) {
        self.clock.advance(std::time::Duration::from_secs(3600));
    }

    /// Calls since a number of calls.
    fn calls_since(&self, before: u64) -> u64 {
        self.http.calls() - before
    }
}

fn euro() -> Currency {
    Currency::new("EUR").unwrap()
}

fn article(sku: &str, values: &[&str], stock: Option<i64>) -> ShopVariant {
    ShopVariant {
        number: 0,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        barcode: String::new(),
        price: Some(1990),
        tracked: stock.is_some(),
        levels: stock.map(|stock| (1, Quantity::units(stock))).into_iter().collect(),
        updated_at: Default::default(),
        stock_updated_at: Default::default(),
        extra: Default::default(),
    }
}

fn product(title: &str, options: &[&str], variants: Vec<ShopVariant>) -> ShopProduct {
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
        created_at: Default::default(),
        updated_at: Default::default(),
        version: 0,
        extra: Default::default(),
    }
}

fn mug(number: usize) -> ShopProduct {
    product(&format!("Mug {number:03}"), &[], vec![article(&format!("M-{number}"), &[], Some(5))])
}

fn shirt(number: usize) -> ShopProduct {
    let sizes = ["S", "M", "L"];
    let variants = sizes.iter().map(|size| article(&format!("T-{number}-{size}"), &[size], Some(2))).collect();
    product(&format!("Shirt {number:03}"), &["Size"], variants)
}

/// A listing as another system has it, to be copied.
fn source(title: &str, options: &[&str], variants: &[(&str, &[&str])]) -> Listing {
    let variants = variants.iter().enumerate().map(|(at, (sku, values))| Variant {
        remote: RemoteId::new(format!("v{at}")).unwrap(),
        inventory: None,
        options: options
            .iter()
            .zip(*values)
            .map(|(option, value)| OptionValue { option: Text::new(option), value: Text::new(value) })
            .collect(),
        sku: Text::some(sku),
        barcode: None,
        price: Some(crate::domain::Money::new(2450, euro())),
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: Stock::Tracked(BTreeMap::from([(location(), Quantity::units(at as i64 + 1))])),
    });
    let structure = match options {
        [] => Structure::Simple,
        options => Structure::Variable { options: options.iter().map(|option| Text::new(option)).collect() },
    };
    Listing {
        remote: RemoteId::new("p").unwrap(),
        title: Text::new(title),
        description: Text::new("As good as new"),
        brand: Text::some("Harbour Clay"),
        category: None,
        status: Status::Active,
        structure,
        variants: variants.collect(),
        images: vec!["https://cdn.example/a.jpg".to_owned()],
        page: None,
        updated_at: None,
    }
}

fn creation(source: &Listing) -> Creation {
    Creation {
        source: ListingId(1),
        connection: ConnectionId(1),
        draft: false,
        quantities: source.variants.iter().map(|variant| variant.stock.total(|_| true)).collect(),
        mark: IdempotencyKey::of(b"tests", JobId(1), StepIndex(0), 0),
    }
}

fn key() -> IdempotencyKey {
    IdempotencyKey::of(b"tests", JobId(2), StepIndex(0), 0)
}

fn location() -> LocationId {
    LocationId(RemoteId::new("shop").unwrap())
}

fn address(listing: u64, variant: u64) -> StockAddress {
    StockAddress {
        listing: RemoteId::new(listing.to_string()).unwrap(),
        variant: RemoteId::new(variant.to_string()).unwrap(),
        inventory: None,
        location: location(),
    }
}
