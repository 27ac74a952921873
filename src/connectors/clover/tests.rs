//! The connector against its sandbox over real sockets: what the suite for all connectors cannot know of Clover.

mod counting;
mod editing;
mod examples;
mod login;
mod making;
mod ordering;
mod reading;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::connectors::Account;
use crate::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, LocationId,
    OptionValue, Quantity, RemoteId, Status, StepIndex, Stock, Structure, Text, Variant,
};
use crate::http::{Http, HttpOptions};
use crate::login::LoginDesk;
use crate::platform::{Change, Clock, Connector, ManualClock, Next, StockAddress, SystemClock};
use crate::sandbox::{Faults, Imitation, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, Secret};

use super::connector::Clover;
use super::profile::PROFILE;
use super::sandbox::Sandbox;

/// A merchant, the server, and one connector; time only moves by waiting.
struct Bench {
    server: ShopServer,
    http: Http,
    till: Clover,
    clock: Arc<ManualClock>,
}

impl Bench {
    async fn open(products: Vec<ShopProduct>) -> Self {
        Self::with(Sandbox::default(), products).await
    }

    async fn with(sandbox: Sandbox, products: Vec<ShopProduct>) -> Self {
        let credentials = sandbox.credentials();
        let credentials = credentials.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let (server, clock) = serve(sandbox, products).await;
        let bench = Self::connect(server, clock, credentials, |_| None);
        // The shop is older than the overlap of runs.
        bench.later();
        bench
    }

    fn connect(
        server: ShopServer,
        clock: Arc<ManualClock>,
        credentials: Credentials,
        desk: impl FnOnce(&Http) -> Option<LoginDesk>,
    ) -> Self {
        let http = client(&server, &clock, &credentials);
        let login = desk(&http);
        let account = Account {
            http: http.clone(),
            credentials,
            clock: clock.clone(),
            locations: Vec::new(),
            currency: Some(dollar()),
            login,
        };
        Self { server, http, till: Clover::new(account).unwrap(), clock }
    }

    /// Another connector for the same merchant, as after a new start of the program.
    fn again(&self) -> Clover {
        let credentials = Sandbox::default().credentials();
        let credentials = credentials.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let (http, clock) = (self.http.clone(), self.clock.clone());
        let account =
            Account { http, credentials, clock, locations: Vec::new(), currency: Some(dollar()), login: None };
        Clover::new(account).unwrap()
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
            let page = self.till.changes(feed, &cursor).await.unwrap();
            all.extend(page.changes);
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(next) => return (all, next),
            }
        }
    }

    /// Each as it was told last.
    async fn listings(&self) -> Vec<Listing> {
        let all = seen(self.read(Feed::Listings, &Cursor::Start).await.0);
        let by_remote: BTreeMap<String, Listing> =
            all.into_iter().map(|listing| (listing.remote.to_string(), listing)).collect();
        by_remote.into_values().collect()
    }

    async fn named(&self, title: &str) -> Listing {
        self.listings().await.into_iter().find(|listing| listing.title.as_str() == title).unwrap()
    }

    fn alter<T>(&self, doing: impl FnOnce(&mut Shop, crate::domain::Timestamp) -> T) -> T {
        let now = self.clock.now();
        self.server.shop().alter(|shop| doing(shop, now))
    }

    fn in_shop(&self, title: &str) -> ShopProduct {
        self.server.shop().look(|shop| shop.products.values().find(|p| p.title == title).unwrap().clone())
    }

    /// Requests since the first `skip`, as `POST /items`.
    fn calls(&self, skip: usize) -> Vec<String> {
        let root = format!("/v3/merchants/{}", super::sandbox::MERCHANT_ID);
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
            location: here(),
        }
    }
}

async fn serve(sandbox: Sandbox, products: Vec<ShopProduct>) -> (ShopServer, Arc<ManualClock>) {
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::starting_at(now));
    let mut shop = Shop::new("Harbour & Hill", dollar(), &["Harbour Street"]);
    for product in products {
        shop.insert(product, now);
    }
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = ShopServer::start(Box::new(sandbox), shop, Faults::none(), clock.clone(), address).await.unwrap();
    (server, clock)
}

fn client(server: &ShopServer, clock: &Arc<ManualClock>, credentials: &Credentials) -> Http {
    Http::new(HttpOptions {
        platform: PROFILE.name,
        base_url: BaseUrl::new(&server.url(), false).unwrap(),
        ca_pem: None,
        budget: PROFILE.budget,
        timeout: PROFILE.timeout,
        clock: clock.clone(),
        secrets: credentials.values().cloned().collect(),
        explain: super::PLATFORM.explain,
        seed: 1,
    })
    .unwrap()
}

fn seen(changes: Vec<Change>) -> Vec<Listing> {
    let listing = |change| match change {
        Change::Seen(listing) => Some(*listing),
        _ => None,
    };
    changes.into_iter().filter_map(listing).collect()
}

fn dollar() -> Currency {
    Currency::new("USD").unwrap()
}

fn here() -> LocationId {
    LocationId(RemoteId::new(super::sandbox::MERCHANT_ID).unwrap())
}

fn mug(title: &str, stock: i64) -> ShopProduct {
    let mut variant = ShopVariant::plain();
    variant.sku = title.to_uppercase();
    variant.price = Some(1990);
    variant.tracked = true;
    variant.levels = BTreeMap::from([(1, Quantity::units(stock))]);
    ShopProduct::simple(title, variant)
}

fn tee(values: &[[&str; 2]]) -> ShopProduct {
    let mut product = mug("Tee", 5);
    product.options = vec!["Colour".to_owned(), "Size".to_owned()];
    let plain = product.variants.remove(0);
    product.variants = values
        .iter()
        .map(|values| ShopVariant { values: values.iter().map(|value| (*value).to_owned()).collect(), ..plain.clone() })
        .collect();
    product
}

/// A product of elsewhere, with these options and values.
fn source(title: &str, options: &[&str], values: &[&[&str]]) -> Listing {
    let variant = |(place, values): (usize, &&[&str])| Variant {
        remote: RemoteId::new(format!("elsewhere-{place}")).unwrap(),
        inventory: None,
        options: options
            .iter()
            .zip(*values)
            .map(|(option, value)| OptionValue { option: Text::new(option), value: Text::new(value) })
            .collect(),
        sku: Text::some(&format!("SKU-{place}")),
        barcode: Text::some("4006381333931"),
        price: Some(crate::domain::Money::new(2500, dollar())),
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: Stock::Unknown,
    };
    Listing {
        remote: RemoteId::new("elsewhere").unwrap(),
        title: Text::new(title),
        description: Text::default(),
        brand: None,
        category: None,
        status: Status::Active,
        structure: match options.is_empty() {
            true => Structure::Simple,
            false => Structure::Variable { options: options.iter().map(|option| Text::new(option)).collect() },
        },
        variants: values.iter().enumerate().map(variant).collect(),
        images: Vec::new(),
        page: None,
        updated_at: None,
    }
}

fn creation(source: &Listing, number: u32) -> Creation {
    Creation {
        source: ListingId(1),
        connection: ConnectionId(1),
        draft: false,
        quantities: vec![None; source.variants.len()],
        mark: IdempotencyKey::of(b"clover", JobId(1), StepIndex(number), 0),
    }
}
