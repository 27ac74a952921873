//! A platform behind a page to log in on, and an engine that knows no other.

#[path = "../../src/login/imitation.rs"]
#[allow(dead_code)] // Some of it is for the tests of the room itself.
pub mod imitation;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use counterpart::domain::{
    BaseUrl, Creation, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, Profile, RemoteId, Timestamp,
    Variant,
};
use counterpart::engine::{Engine, Options, ShopAddress, Shops};
use counterpart::http::{Http, HttpOptions};
use counterpart::login::{Keys, LoginDesk};
use counterpart::platform::{
    Budget, Clock, Connector, Created, EditOutcome, Findings, LevelRead, ManualClock, Page, PlatformError,
    QuantityOutcome, QuantityWrite, SharedConnector, StockAddress, WriteError,
};
use counterpart::protocol::{ConnectionDraft, Reply, Request};
use counterpart::secrets::{Credentials, Keyring, Secret, SecretStore};
use counterpart::store::Store;
use imitation::{Imitation, Rule};

use super::bed::{Bed, draft};
use super::fake::FakeShop;
use super::platforms::PAGED;

pub const LIVES: i64 = 3600;

/// A shop whose reads want a token.
struct Guarded {
    shop: Arc<FakeShop>,
    keys: Option<Keys>,
    imitation: Arc<Imitation>,
}

impl Guarded {
    async fn enter(&self) -> Result<(), PlatformError> {
        let Some(keys) = &self.keys else { return Ok(()) };
        let refused = || PlatformError::Unauthorised { platform: "Paged", why: "invalid_token".to_owned() };
        let token = keys.token().await?;
        if self.imitation.takes(token.reveal()) {
            return Ok(());
        }
        if !keys.forget(&token).await {
            return Err(refused());
        }
        let token = keys.token().await?;
        self.imitation.takes(token.reveal()).then_some(()).ok_or_else(refused)
    }
}

#[async_trait]
impl Connector for Guarded {
    fn profile(&self) -> &'static Profile {
        &PAGED
    }

    fn login_ends(&self) -> Option<Timestamp> {
        self.keys.as_ref().and_then(Keys::ends)
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        self.enter().await?;
        self.shop.test().await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        self.enter().await?;
        self.shop.changes(feed, from).await
    }

    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        self.shop.count().await
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        self.shop.listings(ids).await
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        self.shop.levels(addresses).await
    }

    async fn create(&self, creation: &Creation, source: &Listing, at: &Location) -> Result<Created, WriteError> {
        self.shop.create(creation, source, at).await
    }

    async fn find_created(&self, creation: &Creation, source: &Listing) -> Result<Option<Created>, PlatformError> {
        self.shop.find_created(creation, source).await
    }

    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        key: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        self.shop.write_quantities(writes, key).await
    }

    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        self.shop.edit(known, changes).await
    }

    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        self.shop.add_variants(known, variants).await
    }

    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        Connector::delete(&*self.shop, listing).await
    }
}

/// The platform, and the folder: what outlives an engine.
pub struct World {
    pub shop: Arc<FakeShop>,
    pub imitation: Arc<Imitation>,
    pub clock: Arc<ManualClock>,
    pub folder: tempfile::TempDir,
}

/// The one platform that can be connected.
pub struct Paged {
    shop: Arc<FakeShop>,
    imitation: Arc<Imitation>,
    clock: Arc<ManualClock>,
}

impl Shops for Paged {
    fn profiles(&self) -> Vec<&'static Profile> {
        vec![&PAGED]
    }

    fn connect(
        &self,
        shop: &ShopAddress,
        credentials: Credentials,
        keyring: Arc<dyn Keyring>,
    ) -> Result<SharedConnector, PlatformError> {
        let http = self.login_client(shop, &credentials)?.unwrap();
        let desk = LoginDesk { http, keyring };
        let keys = Keys::of("Paged", PAGED.login.unwrap(), desk, self.clock.clone(), &credentials);
        assert!(keys.is_some() || credentials.contains_key("token"), "{credentials:?}");
        if keys.is_some() {
            assert_eq!(credentials["account"].reveal(), "S-1", "what the login brought is lost");
        }
        Ok(Arc::new(Guarded { shop: self.shop.clone(), keys, imitation: self.imitation.clone() }))
    }

    fn login_client(&self, shop: &ShopAddress, credentials: &Credentials) -> Result<Option<Http>, PlatformError> {
        Http::new(HttpOptions {
            platform: "Paged",
            base_url: shop.base_url.clone(),
            ca_pem: None,
            budget: Budget { burst: 1000, per_second_milli: 1_000_000, concurrent: 10, source: "a test" },
            timeout: Duration::from_secs(20),
            clock: self.clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: |_, body| Some(String::from_utf8_lossy(body).into_owned()),
            seed: 1,
        })
        .map(Some)
    }
}

impl World {
    pub async fn new() -> Self {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::parse("2026-11-21T12:00:00Z").unwrap()));
        let watch = clock.clone();
        let imitation = Imitation::start(Rule::Once, LIVES, Arc::new(move || watch.now().0 / 1000)).await;
        let shop = FakeShop::new(&PAGED);
        shop.put("t1", "SKU-1", 10);
        Self { shop, imitation, clock, folder: tempfile::tempdir().unwrap() }
    }

    pub async fn engine(&self) -> Bed {
        let path = self.folder.path().join("store");
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        let (store, opened) = loop {
            match Store::open(&path) {
                Ok(opened) => break opened,
                Err(why) => assert!(std::time::Instant::now() < deadline, "{why}"),
            }
            tokio::task::yield_now().await;
        };
        let shops = self.shops();
        let options = Options { poll: None, grace: Duration::ZERO, ..Options::default() };
        let engine = Engine::start(store, opened, self.secrets(), shops, self.clock.clone(), options).await.unwrap();
        Bed { engine }
    }

    pub fn shops(&self) -> Arc<Paged> {
        let (shop, imitation, clock) = (self.shop.clone(), self.imitation.clone(), self.clock.clone());
        Arc::new(Paged { shop, imitation, clock })
    }

    pub fn secrets(&self) -> SecretStore {
        SecretStore::open(&self.folder.path().join("secrets")).unwrap()
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.advance(Duration::from_secs(seconds.unsigned_abs()));
    }

    pub fn draft(&self) -> ConnectionDraft {
        let app = [("client_id", "app-1"), ("client_secret", "s3cret-of-the-app")];
        ConnectionDraft {
            base_url: BaseUrl::new(&self.imitation.url, false).unwrap().to_string(),
            credentials: app.map(|(name, value)| (name.to_owned(), Secret::new(value))).into(),
            ..draft("paged")
        }
    }

    /// From the page's address to a login that is done: its number.
    pub async fn logged_in(&self, bed: &Bed, draft: ConnectionDraft) -> String {
        let (login, url) = begun(bed, draft).await;
        let pasted = Secret::new(self.imitation.says_yes(&url));
        let Reply::LoggedIn { login: same } = bed.ask(Request::FinishLogin { login: login.clone(), pasted }).await
        else {
            panic!()
        };
        assert_eq!(same, login);
        login
    }

    /// A shop that is connected by a login, and read.
    pub async fn connected(&self) -> Bed {
        let bed = self.engine().await;
        let login = self.logged_in(&bed, self.draft()).await;
        let draft = ConnectionDraft { login: Some(login), ..draft("paged") };
        let Reply::Connected { import, .. } = bed.ask(Request::Connect { draft }).await else { panic!() };
        bed.ended(import).await;
        bed
    }
}

pub async fn begun(bed: &Bed, draft: ConnectionDraft) -> (String, String) {
    match bed.ask(Request::BeginLogin { draft, redirect: None }).await {
        Reply::LoginBegun { login, url, redirect, code_lives } => {
            assert_eq!((redirect.as_str(), code_lives), ("https://localhost/", 60));
            (login, url)
        }
        other => panic!("{other:?}"),
    }
}
