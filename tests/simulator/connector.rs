//! The engine's way to a simulated shop: calls take their time, and what can go wrong does.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use counterpart::domain::{
    Creation, Cursor, Feed, FieldChange, IdempotencyKey, Listing, Location, Profile, RemoteId, Text, Variant,
};
use counterpart::engine::{ShopAddress, Shops};
use counterpart::platform::{
    Connector, Created, EditOutcome, Findings, LevelRead, Page, PlatformError, QuantityOutcome, QuantityWrite,
    SharedConnector, StockAddress, WriteError,
};
use counterpart::secrets::{Credentials, Keyring};

use super::faults::Fate;
use super::profiles::TIMEOUT;
use super::shop::{DAWN, Shop};
use super::world::{Event, Request, Sent, Shared};

pub struct SimShops(pub Shared);

impl Shops for SimShops {
    fn profiles(&self) -> Vec<&'static Profile> {
        self.0.lock().shops.iter().map(|shop| shop.profile).collect()
    }

    fn connect(
        &self,
        address: &ShopAddress,
        _: Credentials,
        _keyring: Arc<dyn Keyring>,
    ) -> Result<SharedConnector, PlatformError> {
        let (shop, profile) = {
            let world = self.0.lock();
            let shop = world.shops.iter().position(|shop| shop.profile.id == address.platform).unwrap();
            (shop, world.shops[shop].profile)
        };
        Ok(Arc::new(SimConnector { world: self.0.clone(), shop, profile }))
    }
}

pub struct SimConnector {
    world: Shared,
    shop: usize,
    profile: &'static Profile,
}

/// A write on its way. Dropped before it has landed, nobody knows whether it will.
struct Flight<'a> {
    world: &'a Shared,
    request: Option<(i64, Request)>,
}

impl Flight<'_> {
    fn lands(mut self) -> Option<Result<Vec<QuantityOutcome>, PlatformError>> {
        let (_, request) = self.request.take()?;
        self.world.lock().lands(&request)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let Some((at, request)) = self.request.take() else { return };
        let mut world = self.world.lock();
        if world.chance.bool() {
            let late = if world.chance.bool() { world.between(0, 20_000) } else { 0 };
            let at = at.max(world.now()) + late;
            world.plan(at, Event::Lands(request));
        }
    }
}

async fn pass(milliseconds: i64) {
    tokio::time::sleep(Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))).await;
}

impl SimConnector {
    fn unreachable(&self, why: &str) -> PlatformError {
        PlatformError::Unreachable { platform: self.profile.name, host: "shop.example".into(), why: why.into() }
    }

    fn error(&self, fate: Fate) -> PlatformError {
        let platform = self.profile.name;
        match fate {
            Fate::Throttled(after) => PlatformError::Throttled {
                platform,
                retry_after: after.map(|after| Duration::from_millis(after as u64)),
            },
            Fate::Broken | Fate::BrokenAfter(_) => PlatformError::Broken { platform, why: "503".into() },
            Fate::Garbled => PlatformError::Unexpected { platform, why: "an HTML page".into() },
            Fate::Unreachable => self.unreachable("no route"),
            Fate::Well(..) | Fate::LostBefore | Fate::LostAfter(_) | Fate::Late(_) | Fate::Half(_) => {
                self.unreachable("the answer did not come in time")
            }
        }
    }

    /// A call that only reads: `look` is what the shop does when it arrives.
    async fn reads<T>(&self, what: &str, look: impl FnOnce(&mut super::world::World) -> T) -> Result<T, PlatformError> {
        let fate = {
            let mut world = self.world.lock();
            world.checker.stats.calls += 1;
            let fate = world.fate(self.shop, false);
            world.note(format_args!("{} {what} {fate:?}", self.profile.name));
            fate
        };
        let Fate::Well(there, back) = fate else {
            pass(50).await;
            return Err(self.error(fate));
        };
        pass(there).await;
        let seen = look(&mut self.world.lock());
        pass(back).await;
        Ok(seen)
    }

    /// Sends a write. What the shop answers, or that nobody knows.
    async fn writes(&self, request: Request) -> Result<Result<Vec<QuantityOutcome>, PlatformError>, WriteError> {
        let fate = {
            let mut world = self.world.lock();
            world.checker.stats.calls += 1;
            let fate = world.fate(self.shop, true);
            world.note(format_args!("{} {} {fate:?} {:?}", self.profile.name, request.key, request.what));
            if !matches!(fate, Fate::Unreachable) {
                world.sent(&request);
            }
            fate
        };
        let now = || self.world.lock().now();
        let flight = |after: i64| Flight { world: &self.world, request: Some((now() + after, request.clone())) };
        match fate {
            Fate::Well(there, back) => {
                let flight = flight(there);
                pass(there).await;
                let answer = flight.lands();
                pass(back).await;
                Ok(answer.unwrap_or_else(|| Err(self.unreachable("it was swallowed"))))
            }
            Fate::Unreachable | Fate::Throttled(_) => {
                pass(50).await;
                Err(WriteError::NotApplied(self.error(fate)))
            }
            Fate::Broken | Fate::Garbled => {
                pass(200).await;
                Err(WriteError::Unknown(self.error(fate)))
            }
            Fate::BrokenAfter(there) => {
                let flight = flight(there);
                pass(there).await;
                flight.lands();
                Err(WriteError::Unknown(self.error(fate)))
            }
            Fate::LostBefore => {
                pass(TIMEOUT).await;
                Err(WriteError::Unknown(self.error(fate)))
            }
            Fate::LostAfter(there) => {
                let flight = flight(there);
                pass(there).await;
                flight.lands();
                pass(TIMEOUT - there).await;
                Err(WriteError::Unknown(self.error(fate)))
            }
            Fate::Late(after) => {
                {
                    let mut world = self.world.lock();
                    let at = world.now() + after;
                    world.plan(at, Event::Lands(request));
                }
                pass(TIMEOUT).await;
                Err(WriteError::Unknown(self.error(fate)))
            }
            Fate::Half(there) => {
                let half = {
                    let mut world = self.world.lock();
                    world.half_of(&request)
                };
                let flight = Flight { world: &self.world, request: Some((now() + there, half)) };
                pass(there).await;
                flight.lands();
                Err(WriteError::Unknown(self.error(fate)))
            }
        }
    }
}

#[async_trait]
impl Connector for SimConnector {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// As the head of an answer tells it: in whole seconds.
    fn clock_ahead(&self) -> Option<i64> {
        let world = self.world.lock();
        let ours = DAWN + world.now();
        let theirs = ours + world.shops[self.shop].skew;
        Some(theirs / 1000 * 1000 + 500 - ours)
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        let shop = self.shop;
        self.reads("test", |world| Findings {
            shop_name: Text::new(world.shops[shop].profile.name),
            currency: Shop::euro(),
            locations: world.shops[shop].places(),
            permissions: Vec::new(),
            missing_permissions: Vec::new(),
            warnings: Vec::new(),
        })
        .await
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        let shop = self.shop;
        self.reads("changes", |world| world.page(shop, feed, from)).await
    }

    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        let shop = self.shop;
        self.reads("count", |world| Some(world.shops[shop].items.len() as u64)).await
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let shop = self.shop;
        self.reads("listings", |world| {
            let (now, shop) = (world.now(), &world.shops[shop]);
            let items = ids.iter().filter_map(|id| shop.item(id.as_str()));
            items.filter_map(|item| shop.listing(item, now)).collect()
        })
        .await
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        let shop = self.shop;
        let look = |world: &mut super::world::World| -> (i64, Vec<LevelRead>) {
            (world.now(), addresses.iter().map(|address| world.level(shop, address)).collect())
        };
        let (at, levels) = self.reads("levels", look).await?;
        self.world.lock().answered(shop, addresses, at);
        Ok(levels)
    }

    async fn create(&self, creation: &Creation, source: &Listing, _: &Location) -> Result<Created, WriteError> {
        let what = Sent::Creation(Box::new((creation.clone(), source.clone())));
        let request = Request { shop: self.shop, key: creation.mark.0.clone(), what };
        match self.writes(request).await? {
            Ok(_) => {}
            Err(error) => return Err(WriteError::NotApplied(error)),
        }
        let made = self.world.lock().made(self.shop, creation);
        made.ok_or_else(|| WriteError::NotApplied(self.unreachable("it was deleted at once")))
    }

    async fn find_created(&self, creation: &Creation, _: &Listing) -> Result<Option<Created>, PlatformError> {
        let shop = self.shop;
        self.reads("find", |world| world.made(shop, creation)).await
    }

    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        key: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        let request = Request { shop: self.shop, key: key.0.clone(), what: Sent::Quantities(writes.to_vec()) };
        self.writes(request).await?.map_err(WriteError::NotApplied)
    }

    async fn edit(&self, _: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        let why = || PlatformError::Refused { platform: self.profile.name, why: "it cannot".into() };
        Ok(changes.iter().map(|_| EditOutcome::Rejected(why())).collect())
    }

    async fn add_variants(&self, _: &Listing, _: &[Variant]) -> Result<Listing, WriteError> {
        let why = PlatformError::Refused { platform: self.profile.name, why: "it cannot".into() };
        Err(WriteError::NotApplied(why))
    }

    async fn delete(&self, _: &RemoteId) -> Result<(), WriteError> {
        let why = PlatformError::Refused { platform: self.profile.name, why: "it cannot".into() };
        Err(WriteError::NotApplied(why))
    }
}
