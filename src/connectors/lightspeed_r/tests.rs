//! The connector against its sandbox over real sockets: what the suite for all connectors cannot know of R-Series.

mod counting;
mod editing;
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
    OptionValue, Quantity, RemoteId, Status, StepIndex, Stock, Structure, Text, Timestamp, Variant,
};
use crate::http::{Http, HttpOptions};
use crate::login::LoginDesk;
use crate::platform::{Change, Clock, ManualClock, Next, SharedConnector, StockAddress, SystemClock};
use crate::sandbox::{Faults, Imitation, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, HeldKeys, Secret};

use super::profile::PROFILE;
use super::sandbox::{ACCOUNT, Sandbox};

/// An account, the server, and one connector; time only moves by waiting.
struct Bench {
    server: ShopServer,
    http: Http,
    till: SharedConnector,
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
        let bench = Self::connect(server, clock, credentials, Arc::new(HeldKeys::default()));
        // The shop is older than the overlap of runs.
        bench.later();
        bench
    }

    fn connect(server: ShopServer, clock: Arc<ManualClock>, credentials: Credentials, keyring: Arc<HeldKeys>) -> Self {
        let http = client(&server, &clock, &credentials);
        let login = Some(LoginDesk { http: http.clone(), keyring });
        let (locations, currency) = (Vec::new(), Some(dollar()));
        let account = Account { http: http.clone(), credentials, clock: clock.clone(), locations, currency, login };
        let till = super::connector::connect(account).unwrap();
        Self { server, http, till, clock }
    }

    fn later(&self) {
        self.clock.advance(Duration::from_secs(3600));
    }

    fn faults(&self, rule: &str) {
        self.server.set_faults(Faults::parse([rule], 1).unwrap());
    }

    /// Another connector for the same account, as after a new start of the program.
    fn again(&self) -> SharedConnector {
        let credentials = Sandbox::default().credentials();
        let credentials = credentials.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let (http, clock) = (self.http.clone(), self.clock.clone());
        let login = Some(LoginDesk { http: http.clone(), keyring: Arc::new(HeldKeys::default()) });
        let account = Account { http, credentials, clock, locations: Vec::new(), currency: Some(dollar()), login };
        super::connector::connect(account).unwrap()
    }

    async fn read(&self, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
        read(&self.till, feed, from).await
    }

    async fn listings(&self) -> Vec<Listing> {
        seen(self.read(Feed::Listings, &Cursor::Start).await.0)
    }

    async fn named(&self, title: &str) -> Listing {
        self.listings().await.into_iter().find(|listing| listing.title.as_str() == title).unwrap()
    }

    fn alter<T>(&self, doing: impl FnOnce(&mut Shop, Timestamp) -> T) -> T {
        let now = self.clock.now();
        self.server.shop().alter(|shop| doing(shop, now))
    }

    fn in_shop(&self, title: &str) -> ShopProduct {
        self.server.shop().look(|shop| shop.products.values().find(|p| p.title == title).unwrap().clone())
    }

    /// Requests since the first `skip`, as `POST /Item.json`.
    fn calls(&self, skip: usize) -> Vec<String> {
        let root = format!("/API/V3/Account/{ACCOUNT}");
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

async fn read(till: &SharedConnector, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
    let mut cursor = from.clone();
    let mut all = Vec::new();
    loop {
        let page = till.changes(feed, &cursor).await.unwrap();
        all.extend(page.changes);
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(next) => return (all, next),
        }
    }
}

async fn serve(sandbox: Sandbox, products: Vec<ShopProduct>) -> (ShopServer, Arc<ManualClock>) {
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::starting_at(now));
    let mut shop = Shop::new("Harbour & Hill", dollar(), &["Harbour Street", "Market Stall"]);
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
    LocationId(RemoteId::new("1").unwrap())
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
        mark: IdempotencyKey::of(b"lightspeed-r", JobId(1), StepIndex(number), 0),
    }
}
