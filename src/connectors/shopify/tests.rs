//! The connector against the imitation, over a real socket: what the suite for all platforms cannot know.

mod bulk;
mod edits;
mod orders;
mod statuses;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::sandbox::{Admin, CLIENT_ID, CLIENT_SECRET, TOKEN};
use super::{PLATFORM, connector};
use crate::connectors::Account;
use crate::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, IdempotencyKey, JobId, Listing, ListingId, Location,
    Quantity, StepIndex, Stock, Timestamp,
};
use crate::http::{Http, HttpOptions};
use crate::platform::{
    Change, Clock, ManualClock, Next, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, SharedConnector,
    StockAddress, WriteError,
};
use crate::sandbox::{Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant};
use crate::secrets::{Credentials, Secret};

/// What passes by, and a way to be in its way.
#[derive(Clone, Default)]
struct Watch {
    operations: Arc<Mutex<Vec<String>>>,
    throttled: Arc<AtomicU32>,
    grants: Arc<AtomicU32>,
    /// So many calls are refused as if the token had been revoked.
    refuse: Arc<AtomicU32>,
    /// The search of each operation that has one.
    searches: Arc<Mutex<Vec<(String, String)>>>,
    /// From now on the filter by status is lost on the way,
    careless: Arc<AtomicBool>,
    /// or the quotes of moments are.
    unquoted: Arc<AtomicBool>,
}

impl Watch {
    /// A request as it arrives where somebody has forgotten something.
    fn garbled(&self, request: &Incoming) -> Incoming {
        let mut request = request.clone();
        let mut body = String::from_utf8(request.body.to_vec()).unwrap();
        if self.careless.load(Ordering::Relaxed) {
            body = body.replace(connector::EVERY_STATUS, "");
        }
        if self.unquoted.load(Ordering::Relaxed) {
            body = body.replace('\'', "");
        }
        request.body = body.into();
        request
    }
}

struct Watched {
    inner: Admin,
    watch: Watch,
}

impl Imitation for Watched {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        if request.path.contains("oauth") {
            self.watch.grants.fetch_add(1, Ordering::Relaxed);
            return self.inner.answer(shop, request, now);
        }
        if request.method == "GET" {
            return self.inner.answer(shop, request, now);
        }
        let left = self.watch.refuse.load(Ordering::Relaxed);
        if left > 0 {
            self.watch.refuse.store(left - 1, Ordering::Relaxed);
            return Outgoing::json(401, &json!({ "errors": "[API] Invalid API key or access token" }));
        }
        let body = request.json().unwrap();
        let name = body["query"].as_str().unwrap().split(['(', ' ', '{']).nth(1).unwrap().to_owned();
        if let Some(search) = body["variables"]["query"].as_str() {
            self.watch.searches.lock().unwrap().push((name.clone(), search.to_owned()));
        }
        self.watch.operations.lock().unwrap().push(name);
        let outgoing = self.inner.answer(shop, &self.watch.garbled(request), now);
        if String::from_utf8_lossy(&outgoing.body).contains("THROTTLED") {
            self.watch.throttled.fetch_add(1, Ordering::Relaxed);
        }
        outgoing
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

struct Bench {
    server: ShopServer,
    clock: Arc<ManualClock>,
    watch: Watch,
    http: Http,
    credentials: Credentials,
    connector: SharedConnector,
    location: Location,
}

fn token() -> Credentials {
    Credentials::from([("token".to_owned(), Secret::new(TOKEN))])
}

fn client() -> Credentials {
    [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]
        .map(|(name, value)| (name.to_owned(), Secret::new(value)))
        .into()
}

fn simple(title: &str) -> ShopProduct {
    product(title, &[], &[&[]])
}

fn product(title: &str, options: &[&str], variants: &[&[&str]]) -> ShopProduct {
    let variant = |values: &&[&str]| ShopVariant {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        price: Some(500),
        tracked: true,
        levels: BTreeMap::from([(1, Quantity::units(5))]),
        ..ShopVariant::plain()
    };
    ShopProduct {
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        variants: variants.iter().map(variant).collect(),
        ..ShopProduct::simple(title, ShopVariant::plain())
    }
}

impl Bench {
    async fn open(admin: Admin, credentials: Credentials, products: Vec<ShopProduct>) -> Self {
        let start = Timestamp::parse("2026-11-21T08:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::starting_at(start));
        let mut shop = Shop::new("Harbour & Hill", Currency::new("EUR").unwrap(), &["Harbour Street"]);
        for product in products {
            shop.insert(product, start);
        }
        clock.advance(Duration::from_secs(86_400));
        let watch = Watch::default();
        let watched = Box::new(Watched { inner: admin, watch: watch.clone() });
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(watched, shop, Faults::none(), clock.clone(), address).await.unwrap();
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
        let id = crate::domain::RemoteId::new("gid://shopify/Location/1").unwrap();
        let location = Location { id: crate::domain::LocationId(id), name: "Harbour Street".into(), active: true };
        let connector = connector::connect(Account {
            login: None,
            http: http.clone(),
            credentials: credentials.clone(),
            clock: clock.clone(),
            locations: vec![location.clone()],
            currency: Currency::new("EUR").ok(),
        })
        .unwrap();
        Self { server, clock, watch, http, credentials, connector, location }
    }

    async fn everything(&self) -> Vec<Change> {
        let mut cursor = Cursor::Start;
        let mut all = Vec::new();
        loop {
            let page = self.connector.changes(Feed::Listings, &cursor).await.unwrap();
            all.extend(page.changes);
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(_) => return all,
            }
        }
    }

    async fn listings(&self) -> Vec<Listing> {
        let changes = self.everything().await.into_iter();
        changes.filter_map(|change| if let Change::Seen(listing) = change { Some(*listing) } else { None }).collect()
    }

    fn write(&self, listing: &Listing, expected: i64, to: i64) -> QuantityWrite {
        let variant = &listing.variants[0];
        let address = StockAddress {
            listing: listing.remote.clone(),
            variant: variant.remote.clone(),
            inventory: variant.inventory.clone(),
            location: self.location.id.clone(),
        };
        let change = QuantityChange::Set { to: Quantity::units(to), expected: Quantity::units(expected) };
        QuantityWrite { address, change }
    }

    fn stock(&self, place: usize) -> Option<Quantity> {
        self.server.shop().look(|shop| shop.products.values().nth(place)?.variants[0].levels.get(&1).copied())
    }

    fn operations(&self) -> Vec<String> {
        std::mem::take(&mut *self.watch.operations.lock().unwrap())
    }
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"shopify", JobId(1), StepIndex(number), 0)
}

fn creation(source: &Listing, number: u32) -> Creation {
    Creation {
        source: ListingId(1),
        connection: ConnectionId(1),
        draft: false,
        quantities: source.variants.iter().map(|_| Some(Quantity::units(2))).collect(),
        mark: key(number),
    }
}

#[tokio::test]
async fn a_token_for_id_and_secret_is_renewed_before_it_ends() {
    let bench = Bench::open(Admin::new(), client(), vec![simple("Mug")]).await;
    for _ in 0..3 {
        assert_eq!(bench.connector.count().await.unwrap(), Some(1));
    }
    assert_eq!(bench.watch.grants.load(Ordering::Relaxed), 1);
    // Some minutes before a day is over, and again a day later.
    for grants in 2..4 {
        bench.clock.advance(Duration::from_secs(86_400 - 300));
        assert_eq!(bench.connector.count().await.unwrap(), Some(1));
        assert_eq!(bench.watch.grants.load(Ordering::Relaxed), grants);
    }
}

#[tokio::test]
async fn a_revoked_token_is_renewed_once() {
    let bench = Bench::open(Admin::new(), client(), vec![simple("Mug")]).await;
    let mug = bench.listings().await.remove(0);
    bench.watch.refuse.store(1, Ordering::Relaxed);
    assert_eq!(bench.connector.count().await.unwrap(), Some(1));
    bench.watch.refuse.store(1, Ordering::Relaxed);
    let outcomes = bench.connector.write_quantities(&[bench.write(&mug, 5, 9)], &key(1)).await.unwrap();
    assert_eq!(outcomes, [QuantityOutcome::Applied { now: Some(Quantity::units(9)) }]);
    assert_eq!(bench.watch.grants.load(Ordering::Relaxed), 3);
    bench.watch.refuse.store(2, Ordering::Relaxed);
    assert!(matches!(bench.connector.count().await, Err(PlatformError::Unauthorised { .. })));
}

#[tokio::test]
async fn wrong_keys_are_told_apart_and_not_shown() {
    let mut wrong = client();
    wrong.insert("client_secret".to_owned(), Secret::new("canary-secret"));
    for (credentials, word) in [(wrong, "client secret"), (token(), "access token")] {
        let bench = Bench::open(Admin::new(), credentials.clone(), Vec::new()).await;
        if credentials.contains_key("token") {
            bench.watch.refuse.store(9, Ordering::Relaxed);
        }
        let error = bench.connector.count().await.unwrap_err();
        assert!(matches!(error, PlatformError::Unauthorised { .. }) && error.to_string().contains(word), "{error}");
        assert!(!format!("{error:?}").contains("canary"));
    }
    let account = |bench: &Bench| Account {
        login: None,
        http: bench.http.clone(),
        credentials: Credentials::new(),
        clock: bench.clock.clone(),
        locations: Vec::new(),
        currency: None,
    };
    let bench = Bench::open(Admin::new(), token(), Vec::new()).await;
    assert!(connector::connect(account(&bench)).is_err());
    assert!(!format!("{:?}", bench.credentials).contains(TOKEN));
}

#[tokio::test]
async fn another_version_is_an_error_that_says_so() {
    let bench = Bench::open(Admin::speaking(&["2027-04", "2027-07"]), token(), vec![simple("Mug")]).await;
    let error = bench.connector.count().await.unwrap_err();
    assert!(matches!(error, PlatformError::Unexpected { .. }), "{error:?}");
    assert!(error.to_string().contains("2027-04") && error.to_string().contains("2026-10"), "{error}");
}

#[tokio::test]
async fn missing_permissions_are_named() {
    let scopes = ["read_products", "read_locations", "read_inventory"];
    let bench = Bench::open(Admin::allowing(&scopes), token(), vec![simple("Mug")]).await;
    let found = bench.connector.test().await.unwrap();
    assert_eq!(found.missing_permissions, ["write_products", "write_inventory", "read_orders"]);
    assert!(found.warnings.iter().any(|warning| warning.contains("60 days")), "{:?}", found.warnings);
    assert!(found.warnings.iter().any(|warning| warning.contains("write_publications")), "{:?}", found.warnings);
    let mug = bench.listings().await.remove(0);
    let error = bench.connector.write_quantities(&[bench.write(&mug, 5, 9)], &key(1)).await.unwrap_err();
    let WriteError::NotApplied(cause) = error else { panic!("{error:?}") };
    assert!(cause.to_string().contains("write_inventory"), "{cause}");
    let bench = Bench::open(Admin::allowing(&["read_products"]), token(), Vec::new()).await;
    assert!(bench.connector.test().await.unwrap_err().to_string().contains("read_locations"));
}

#[tokio::test]
async fn gift_cards_and_bundles_are_left_out_with_a_reason() {
    let mut card = simple("Gift card");
    card.extra.insert("gift_card".to_owned(), Value::Bool(true));
    let mut bundle = product("Set", &["Size"], &[&["S"], &["M"]]);
    bundle.variants[1].extra.insert("requires_components".to_owned(), Value::Bool(true));
    let bench = Bench::open(Admin::new(), token(), vec![card, bundle, simple("Mug")]).await;
    let changes = bench.everything().await;
    let reasons: Vec<&str> = changes
        .iter()
        .filter_map(|change| if let Change::Unreadable { why, .. } = change { Some(why.as_str()) } else { None })
        .collect();
    assert!(reasons.len() == 2 && reasons[0].contains("gift card") && reasons[1].contains("bundle"), "{reasons:?}");
    assert_eq!(changes.len(), 3);
}

#[tokio::test]
async fn a_product_of_2048_variants_comes_whole_in_as_few_calls_as_points_allow() {
    let values: Vec<String> = (0..2048).map(|n| format!("Shade {n:04}")).collect();
    let values: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
    let variants: Vec<&[&str]> = values.iter().map(|value| &value[..]).collect();
    let bench = Bench::open(Admin::new(), token(), vec![product("Paint", &["Shade"], &variants)]).await;
    let listings = bench.listings().await;
    assert_eq!(listings[0].variants.len(), 2048);
    assert_eq!(listings[0].variants[2047].option_label(), "Shade 2047");
    let operations = bench.operations();
    // 124 variants of eight points fit into a query of 1,000.
    assert_eq!(operations.iter().filter(|name| *name == "Variants").count(), 2048_usize.div_ceil(124));
    // How many products there are, a page of them, and its variants.
    assert_eq!(operations.len(), 1 + 1 + 17, "{operations:?}");
    assert_eq!(bench.watch.throttled.load(Ordering::Relaxed), 0, "our own pace is never too fast");
}

#[tokio::test]
async fn one_stale_count_holds_up_the_batch_and_is_told_apart() {
    let bench = Bench::open(Admin::new(), token(), (0..3).map(|n| simple(&format!("Mug {n}"))).collect()).await;
    let mugs = bench.listings().await;
    let mut writes: Vec<QuantityWrite> = mugs.iter().map(|mug| bench.write(mug, 5, 9)).collect();
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let number = *shop.products.keys().nth(1).unwrap();
        shop.set_level(number, 0, 1, Quantity::units(4), now);
    });
    let outcomes = bench.connector.write_quantities(&writes, &key(1)).await.unwrap();
    assert_eq!(outcomes, [QuantityOutcome::NotTried, QuantityOutcome::Stale, QuantityOutcome::NotTried]);
    assert_eq!((bench.stock(0), bench.stock(1)), (Some(Quantity::units(5)), Some(Quantity::units(4))));
    // The old key is spent: nothing happens under it any more.
    let again = bench.connector.write_quantities(&writes, &key(1)).await.unwrap();
    assert_eq!(again, vec![QuantityOutcome::NotTried; 3]);
    // Read again, decided again, under a new key; a place that stands twice waits for the next batch.
    writes[1] = bench.write(&mugs[1], 4, 8);
    writes.push(bench.write(&mugs[0], 9, 10));
    let outcomes = bench.connector.write_quantities(&writes, &key(2)).await.unwrap();
    let applied = |now| QuantityOutcome::Applied { now: Some(Quantity::units(now)) };
    assert_eq!(outcomes, [applied(9), applied(8), applied(9), QuantityOutcome::NotTried]);
}

#[tokio::test]
async fn a_repeated_key_counts_once_even_after_sales() {
    let bench = Bench::open(Admin::new(), token(), vec![simple("Mug")]).await;
    let mug = bench.listings().await.remove(0);
    let writes = [bench.write(&mug, 5, 9)];
    bench.connector.write_quantities(&writes, &key(1)).await.unwrap();
    let now = bench.clock.now();
    // Sold in between, and by chance back at what was expected.
    bench.server.shop().alter(|shop| {
        let number = *shop.products.keys().next().unwrap();
        shop.set_level(number, 0, 1, Quantity::units(5), now);
    });
    let again = bench.connector.write_quantities(&writes, &key(1)).await.unwrap();
    assert!(matches!(again[..], [QuantityOutcome::Applied { .. }]), "{again:?}");
    assert_eq!(bench.stock(0), Some(Quantity::units(5)));
    let other = bench.connector.write_quantities(&[bench.write(&mug, 5, 7)], &key(1)).await;
    assert!(matches!(other, Err(WriteError::NotApplied(PlatformError::Refused { .. }))), "{other:?}");
}

#[tokio::test]
async fn a_throttled_read_waits_and_a_throttled_write_is_given_back() {
    // A bucket that others empty too: ours is told, by the answers alone.
    let bench = Bench::open(Admin::with_points(1000, 50), token(), vec![simple("Mug")]).await;
    let begin = bench.clock.now();
    let mug = bench.listings().await.remove(0);
    bench.server.set_faults(Faults::parse(["429:nth=1"], 1).unwrap());
    assert_eq!(bench.connector.count().await.unwrap(), Some(1));
    assert!(bench.clock.now().seconds_since(begin) >= 1);
    bench.server.set_faults(Faults::parse(["429:nth=1"], 1).unwrap());
    let error = bench.connector.write_quantities(&[bench.write(&mug, 5, 9)], &key(1)).await.unwrap_err();
    assert!(matches!(error, WriteError::NotApplied(PlatformError::Throttled { .. })), "{error:?}");
    assert_eq!(bench.stock(0), Some(Quantity::units(5)));
}

#[tokio::test]
async fn the_same_mark_makes_one_product_with_its_counts() {
    let bench = Bench::open(Admin::new(), token(), vec![simple("Mug")]).await;
    let mut source = bench.listings().await.remove(0);
    source.title = "Mug, blue".into();
    bench.operations();
    let first = bench.connector.create(&creation(&source, 1), &source, &bench.location).await.unwrap();
    assert_eq!(bench.operations(), ["DefineMark", "Create", "Publications", "Publish"]);
    let again = bench.connector.create(&creation(&source, 1), &source, &bench.location).await.unwrap();
    assert_eq!(bench.operations(), ["Create", "Publish"], "what is known is not asked again");
    assert_eq!(first.listing.remote, again.listing.remote);
    assert_eq!(bench.server.shop().look(|shop| shop.products.len()), 2);
    assert_eq!(first.listing.variants[0].stock.at(&bench.location.id), Some(Quantity::units(2)));
    assert!(first.notes.is_empty(), "{:?}", first.notes);
    let shown = bench.connector.listings(std::slice::from_ref(&first.listing.remote)).await.unwrap();
    assert!(shown[0].page.is_some(), "it is in the online store");
}

#[tokio::test]
async fn many_variants_are_made_in_the_background_and_waited_for() {
    let values: Vec<String> = (0..150).map(|n| format!("Shade {n:03}")).collect();
    let values: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
    let variants: Vec<&[&str]> = values.iter().map(|value| &value[..]).collect();
    let bench = Bench::open(Admin::new(), token(), vec![product("Paint", &["Shade"], &variants)]).await;
    let source = bench.listings().await.remove(0);
    let made = bench.connector.create(&creation(&source, 1), &source, &bench.location).await.unwrap();
    assert_eq!(made.variants.len(), 150);
    assert!(bench.operations().contains(&"Operation".to_owned()));
    for (position, variant) in made.variants.iter().enumerate() {
        let theirs = made.listing.variants.iter().find(|known| known.remote == variant.remote).unwrap();
        assert_eq!(theirs.option_label(), source.variants[position].option_label());
    }
}

#[tokio::test]
async fn what_did_not_go_over_is_noted_and_what_cannot_is_refused() {
    let scopes = ["write_products", "write_inventory", "read_locations"];
    let bench = Bench::open(Admin::allowing(&scopes), token(), vec![simple("Mug")]).await;
    let mut source = bench.listings().await.remove(0);
    source.images = vec!["https://cdn.example/broken.png".to_owned()];
    let made = bench.connector.create(&creation(&source, 1), &source, &bench.location).await.unwrap();
    assert!(made.notes.len() == 2 && made.notes[0].contains("pictures"), "{:?}", made.notes);
    assert!(made.notes[1].contains("read_publications"), "{:?}", made.notes);
    let refused = |outcome: Result<_, WriteError>| {
        let Err(WriteError::NotApplied(PlatformError::Refused { why, .. })) = outcome else { panic!("not refused") };
        why
    };
    let mut free = source.clone();
    free.variants[0].price = None;
    let why = refused(bench.connector.create(&creation(&free, 2), &free, &bench.location).await.map(drop));
    assert!(why.contains("price"), "{why}");
    let mut half = creation(&source, 3);
    half.quantities = vec![Some("0.5".parse().unwrap())];
    let why = refused(bench.connector.create(&half, &source, &bench.location).await.map(drop));
    assert!(why.contains("whole"), "{why}");
    let mut long = source.clone();
    long.title = "x".repeat(256).as_str().into();
    let why = refused(bench.connector.create(&creation(&long, 4), &long, &bench.location).await.map(drop));
    assert!(why.contains("255"), "{why}");
    let mut unknown = creation(&source, 5);
    unknown.quantities = vec![None];
    let made = bench.connector.create(&unknown, &source, &bench.location).await.unwrap();
    assert_eq!(made.listing.variants[0].stock, Stock::Untracked, "unknown is never written");
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_where_it_was() {
    let bench = Bench::open(Admin::new(), token(), (0..120).map(|n| simple(&format!("Mug {n}"))).collect()).await;
    let page = bench.connector.changes(Feed::Listings, &Cursor::Start).await.unwrap();
    let Next::More(cursor) = page.next else { panic!("one page for 120 products") };
    let Cursor::At(stored) = &cursor else { panic!("no place") };
    assert!(stored.len() < 2000);
    // What was read is deleted meanwhile: paging by number does not shift.
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let first: Vec<u64> = shop.products.keys().copied().take(30).collect();
        assert!(first.into_iter().all(|number| shop.delete(number, now)));
    });
    let mut seen = page.changes.len();
    let mut cursor = cursor;
    loop {
        let page = bench.connector.changes(Feed::Listings, &cursor).await.unwrap();
        seen += page.changes.len();
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(_) => break,
        }
    }
    assert_eq!(seen, 120);
}
