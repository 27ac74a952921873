//! A shop in memory behind the connector's contract, with faults that a test writes down beforehand, and a log of what
//! really happened in it.

mod orders;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use counterpart::domain::{
    Creation, Currency, Cursor, Feed, Field, FieldChange, IdempotencyKey, Listing, Location, LocationId, Money, Order,
    Profile, Quantity, RemoteId, Status, Stock, StockWrite, Structure, Text, Variant,
};
use counterpart::engine::{ShopAddress, Shops};
use counterpart::platform::{
    Change, Clock, Connector, Created, CreatedVariant, EditOutcome, Findings, LevelRead, ManualClock, Next, Page,
    PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, RateUse, SharedConnector, StockAddress, StockChange,
    WriteError,
};
use counterpart::rules::fields::put;
use counterpart::rules::slices::Slices;
use counterpart::secrets::{Credentials, Keyring};
use tokio::sync::Semaphore;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    Test,
    Changes,
    Listings,
    Levels,
    Create,
    Find,
    Write,
    Edit,
    Add,
    Delete,
}

/// What happens to a call instead of what should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Offline,
    Throttled,
    Unauthorised,
    Refused,
    /// A login page instead of an answer.
    Strange,
    /// A redirect.
    Moved,
    /// No answer, and nothing done. Writes only.
    LostBefore,
    /// No answer, and done nevertheless. Writes only.
    LostAfter,
    /// No answer, done nevertheless, and one of everything is sold right afterwards.
    LostThenSale,
    /// No answer, done or not, and one of everything is ordered twenty seconds later. Writes of counts only.
    LostThenOrder {
        done: bool,
    },
    /// No answer, and nothing done; then somebody orders as much as was to be taken off the first, whose count shows it
    /// twenty seconds later, and the last product is deleted. Differences of counts only.
    LostThenOrderLikeIt,
    /// No answer, and nothing done; twenty seconds later somebody orders as much as was to be written of a product that
    /// is not counted, and then begins to count it, with nothing. Set counts only.
    LostThenOrderThenCounted,
    /// Done, and the answer never comes: the process is killed meanwhile.
    HangsAfter,
    /// What a call has made is not to be seen yet. Look-ups only.
    NotYet,
    /// An answer that makes no sense.
    Garbled,
    /// Our own code stumbles.
    Panics,
    /// Somebody sells one of everything right before the write arrives.
    SaleBefore,
    /// Somebody orders one of everything right before the write arrives.
    OrderBefore,
}

/// What such a shop says that it allows; it refuses nobody for more.
pub const CALLS_A_MINUTE: u32 = 16;

/// What really happened in the shop by our doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Created { title: String },
    Count { variant: String, from: Quantity, to: Quantity },
    Edited { listing: String, field: Field, to: String },
    Added { listing: String, label: String },
    Deleted { listing: String },
}

/// Holds calls back.
pub struct Gate(Arc<Semaphore>);

impl Gate {
    pub fn open(self) {
        self.0.add_permits(Semaphore::MAX_PERMITS);
    }
}

#[derive(Default)]
pub struct Inside {
    pub listings: BTreeMap<String, Listing>,
    /// What changed, in order: an identifier each time.
    log: Vec<Seen>,
    pub effects: Vec<Effect>,
    pub calls: Vec<Call>,
    faults: HashMap<Call, VecDeque<Fault>>,
    keys: HashMap<String, (Vec<QuantityWrite>, Vec<QuantityOutcome>)>,
    marks: HashMap<String, String>,
    pub unreadable: Vec<String>,
    /// Variants whose writes the shop refuses, each by itself.
    pub refuses: Vec<String>,
    /// Variants that make the shop refuse the whole batch.
    pub poison: Vec<String>,
    /// Fields whose edits the shop refuses, each by itself.
    pub locked: Vec<Field>,
    /// Titles are kept in capitals, as some platforms do with what they are given.
    pub shouts: bool,
    /// Calls that are not answered for now.
    gates: HashMap<Call, Arc<Semaphore>>,
    pub page: usize,
    next: u64,
    /// By identifier; and which of them were placed or changed, in order.
    orders: BTreeMap<String, Order>,
    ordered: Vec<String>,
    /// What the shop's people look at when they date an order.
    pub clock: Option<Arc<ManualClock>>,
    /// The calls of the last minute.
    called: Slices,
}

#[derive(Debug, Clone)]
enum Seen {
    Listing(String),
    Gone(String),
    Level(String),
}

/// A shop that outlives engines.
pub struct FakeShop {
    pub profile: &'static Profile,
    inside: Mutex<Inside>,
}

pub fn remote(raw: &str) -> RemoteId {
    RemoteId::new(raw).unwrap()
}

pub fn location() -> LocationId {
    LocationId(remote("main"))
}

fn euro() -> Currency {
    Currency::new("EUR").unwrap()
}

impl FakeShop {
    pub fn new(profile: &'static Profile) -> Arc<Self> {
        Arc::new(Self { profile, inside: Mutex::new(Inside { page: 4, next: 1, ..Inside::default() }) })
    }

    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A product with one variant, named like itself.
    pub fn put(&self, id: &str, sku: &str, quantity: i64) {
        let levels = BTreeMap::from([(location(), Quantity::units(quantity))]);
        self.put_with(id, sku, Stock::Tracked(levels));
    }

    pub fn put_with(&self, id: &str, sku: &str, stock: Stock) {
        let variant = Variant {
            remote: remote(&format!("{id}.1")),
            inventory: None,
            options: Vec::new(),
            sku: Text::some(sku),
            barcode: None,
            price: Some(Money::new(1000, euro())),
            compare_at: None,
            weight: None,
            dimensions: None,
            stock,
        };
        let listing = Listing {
            remote: remote(id),
            title: Text::new(&format!("Product {sku}")),
            description: Text::new("Long words"),
            brand: None,
            category: None,
            status: Status::Active,
            structure: Structure::Simple,
            variants: vec![variant],
            images: Vec::new(),
            page: None,
            updated_at: None,
        };
        let mut inside = self.inside();
        inside.listings.insert(id.to_owned(), listing);
        inside.log.push(Seen::Listing(id.to_owned()));
    }

    /// An edit by somebody else.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Listing)) {
        let mut inside = self.inside();
        change(inside.listings.get_mut(id).unwrap());
        inside.log.push(Seen::Listing(id.to_owned()));
    }

    pub fn listing(&self, id: &str) -> Listing {
        self.inside().listings[id].clone()
    }

    pub fn delete(&self, id: &str) {
        let mut inside = self.inside();
        inside.listings.remove(id);
        inside.log.push(Seen::Gone(id.to_owned()));
    }

    /// A sale or a receipt by somebody else.
    pub fn moves(&self, id: &str, by: i64) {
        let mut inside = self.inside();
        let at = inside.at(&format!("{id}.1")).unwrap();
        inside.set(&format!("{id}.1"), at + Quantity::units(by), false);
    }

    /// Counts at other places than the main one.
    pub fn lies(&self, id: &str, place: &str) -> Quantity {
        self.inside().at_place(&format!("{id}.1"), &LocationId(remote(place))).unwrap_or_default()
    }

    /// Somebody switches counting off, or on again with this many.
    pub fn counts(&self, id: &str, quantity: Option<i64>) {
        let mut inside = self.inside();
        let stock = match quantity {
            Some(quantity) => Stock::Tracked(BTreeMap::from([(location(), Quantity::units(quantity))])),
            None => Stock::Untracked,
        };
        inside.listings.get_mut(id).unwrap().variants[0].stock = stock;
        inside.log.push(Seen::Listing(id.to_owned()));
    }

    pub fn quantity(&self, id: &str) -> Quantity {
        self.inside().at(&format!("{id}.1")).unwrap()
    }

    pub fn fails(&self, call: Call, faults: &[Fault]) {
        self.inside().faults.entry(call).or_default().extend(faults);
    }

    /// From now on such calls are well.
    pub fn heals(&self, call: Call) {
        self.inside().faults.remove(&call);
    }

    /// Such calls arrive and are not answered until the gate is opened; writes are done before. Pages of listings, of all
    /// feeds.
    pub fn holds(&self, call: Call) -> Gate {
        let gate = Arc::new(Semaphore::new(0));
        self.inside().gates.insert(call, gate.clone());
        Gate(gate)
    }

    async fn passes(&self, call: Call) {
        let gate = self.inside().gates.get(&call).cloned();
        if let Some(gate) = gate {
            // It is never closed.
            let _passed = gate.acquire().await;
        }
    }

    pub fn calls(&self, call: Call) -> usize {
        self.inside().calls.iter().filter(|made| **made == call).count()
    }

    pub fn effects(&self) -> Vec<Effect> {
        self.inside().effects.clone()
    }

    fn begin(&self, call: Call) -> (MutexGuard<'_, Inside>, Option<Fault>) {
        let mut inside = self.inside();
        inside.calls.push(call);
        if let Some(clock) = inside.clock.clone() {
            inside.called.add(1, clock.now());
        }
        let fault = inside.faults.get_mut(&call).and_then(VecDeque::pop_front);
        (inside, fault)
    }

    fn error(&self, fault: Fault) -> Option<PlatformError> {
        let platform = self.profile.name;
        match fault {
            Fault::Offline => {
                Some(PlatformError::Unreachable { platform, host: "shop.example".into(), why: "no route".into() })
            }
            Fault::Throttled => Some(PlatformError::Throttled { platform, retry_after: Some(Duration::from_secs(3)) }),
            Fault::Unauthorised => Some(PlatformError::Unauthorised { platform, why: "expired".into() }),
            Fault::Strange => Some(PlatformError::Unexpected { platform, why: "an HTML page".into() }),
            Fault::Moved => Some(PlatformError::Redirected { platform, to: "https://new.example".into() }),
            Fault::Garbled => Some(PlatformError::Unexpected { platform, why: "JSON that breaks off".into() }),
            Fault::Refused => Some(PlatformError::Refused { platform, why: "no".into() }),
            Fault::LostBefore
            | Fault::LostAfter
            | Fault::LostThenSale
            | Fault::LostThenOrder { .. }
            | Fault::LostThenOrderLikeIt
            | Fault::LostThenOrderThenCounted
            | Fault::HangsAfter
            | Fault::SaleBefore
            | Fault::OrderBefore
            | Fault::NotYet => None,
            Fault::Panics => panic!("scripted"),
        }
    }

    fn made(&self, inside: &Inside, creation: &Creation) -> Option<Created> {
        let listing = inside.marks.get(&creation.mark.0).and_then(|id| inside.listings.get(id))?;
        let variants = listing.variants.iter().enumerate();
        Some(Created {
            listing: listing.clone(),
            variants: variants
                .map(|(position, v)| CreatedVariant { position, remote: v.remote.clone(), inventory: None })
                .collect(),
            stock_set: self.profile.create_sets_stock,
            notes: Vec::new(),
        })
    }

    fn silence(&self) -> WriteError {
        WriteError::Unknown(PlatformError::Unreachable {
            platform: self.profile.name,
            host: "shop.example".into(),
            why: "the answer did not come in time".into(),
        })
    }
}

impl Inside {
    fn variant(&self, id: &str) -> Option<(String, usize)> {
        self.listings.iter().find_map(|(listing, known)| {
            known.variants.iter().position(|v| v.remote.as_str() == id).map(|place| (listing.clone(), place))
        })
    }

    fn at(&self, id: &str) -> Option<Quantity> {
        self.at_place(id, &location())
    }

    fn at_place(&self, id: &str, place: &LocationId) -> Option<Quantity> {
        let (listing, position) = self.variant(id)?;
        self.listings[&listing].variants[position].stock.at(place)
    }

    fn set(&mut self, id: &str, to: Quantity, ours: bool) {
        self.set_place(id, &location(), to, ours);
    }

    fn set_place(&mut self, id: &str, place: &LocationId, to: Quantity, ours: bool) {
        let (listing, position) = self.variant(id).unwrap();
        let stock = &mut self.listings.get_mut(&listing).unwrap().variants[position].stock;
        let from = stock.at(place).unwrap_or_default();
        stock.see_level(place.clone(), Some(to));
        self.log.push(Seen::Level(listing));
        if ours {
            self.effects.push(Effect::Count { variant: id.to_owned(), from, to });
        }
    }

    fn edit(&mut self, profile: &Profile, id: &str, change: &FieldChange) -> EditOutcome {
        let refused =
            |why: &str| EditOutcome::Rejected(PlatformError::Refused { platform: profile.name, why: why.to_owned() });
        if !profile.edits.contains(&change.field) {
            return refused("it has no such field");
        }
        if self.locked.contains(&change.field) {
            return refused("this field is locked");
        }
        let listing = self.listings.get_mut(id).unwrap();
        let place = listing.variants.iter().position(|variant| Some(&variant.remote) == change.variant.as_ref());
        if !put(listing, place, change.field, &change.to) {
            return refused("there is no such variant");
        }
        if self.shouts {
            listing.title = Text::new(&listing.title.to_uppercase());
        }
        let to = change.to.to_string();
        self.effects.push(Effect::Edited { listing: id.to_owned(), field: change.field, to });
        EditOutcome::Applied
    }

    fn write(&mut self, write: &QuantityWrite, how: StockWrite) -> QuantityOutcome {
        let id = write.address.variant.as_str();
        let place = &write.address.location;
        let Some(at) = self.variant(id).map(|_| self.at_place(id, place).unwrap_or_default()) else {
            let what = format!("variant {id}");
            return QuantityOutcome::Rejected(PlatformError::NotFound { platform: "Fake", what });
        };
        if self.refuses.iter().any(|refused| refused == id) {
            let why = "this one is locked".into();
            return QuantityOutcome::Rejected(PlatformError::Refused { platform: "Fake", why });
        }
        let to = match (write.change, how) {
            (QuantityChange::Adjust { by, .. }, _) => at + by,
            (QuantityChange::Set { expected, .. }, StockWrite::CompareAndSetWithKey) if expected != at => {
                return QuantityOutcome::Stale;
            }
            (QuantityChange::Set { to, .. }, _) => to,
        };
        self.set_place(id, place, to, true);
        QuantityOutcome::Applied { now: Some(to) }
    }
}

#[async_trait]
impl Connector for FakeShop {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn rate_use(&self) -> Option<RateUse> {
        let inside = self.inside();
        let calls = inside.called.total(inside.clock.as_ref()?.now());
        Some(RateUse { calls, used: calls, allowed: CALLS_A_MINUTE, ..RateUse::default() })
    }

    async fn test(&self) -> Result<Findings, PlatformError> {
        let fault = self.begin(Call::Test).1;
        if let Some(error) = fault.and_then(|fault| self.error(fault)) {
            return Err(error);
        }
        let place = |id: &str, name: &str| Location { id: LocationId(remote(id)), name: Text::new(name), active: true };
        Ok(Findings {
            shop_name: Text::new(self.profile.name),
            currency: euro(),
            locations: vec![place("main", "Main"), place("back", "Back room")],
            permissions: Vec::new(),
            missing_permissions: Vec::new(),
            warnings: Vec::new(),
        })
    }

    async fn changes(&self, feed: Feed, from: &Cursor) -> Result<Page, PlatformError> {
        // What it shows is what is so when it is answered.
        if feed == Feed::Listings {
            self.passes(Call::Changes).await;
        }
        let (inside, fault) = self.begin(Call::Changes);
        if let Some(error) = fault.and_then(|fault| self.error(fault)) {
            return Err(error);
        }
        let end = inside.log.len();
        if feed == Feed::Orders {
            return Ok(inside.orders_page(from));
        }
        let since = match from {
            Cursor::Start => None,
            Cursor::At(at) if at.starts_with("sweep:") => None,
            Cursor::At(at) => Some(at.trim_start_matches("since:").parse::<usize>().unwrap()),
        };
        if feed == Feed::Stock {
            let log = &inside.log[since.unwrap_or(0)..];
            let levels = log.iter().filter_map(|seen| if let Seen::Level(id) = seen { Some(id) } else { None });
            let changes = levels.filter_map(|id| inside.listings.get(id)).map(|listing| {
                Change::Stock(StockChange {
                    listing: None,
                    variant: listing.variants[0].remote.clone(),
                    location: location(),
                    quantity: listing.variants[0].stock.at(&location()),
                })
            });
            return Ok(Page { changes: changes.collect(), next: Next::Done(Cursor::At(format!("since:{end}"))) });
        }
        if let Some(since) = since {
            let changes = inside.log[since..].iter().filter_map(|seen| match seen {
                Seen::Gone(id) => Some(Change::Gone(remote(id))),
                Seen::Listing(id) | Seen::Level(id) => {
                    inside.listings.get(id).map(|listing| Change::Seen(Box::new(listing.clone())))
                }
            });
            return Ok(Page { changes: changes.collect(), next: Next::Done(Cursor::At(format!("since:{end}"))) });
        }
        // A sweep: where it is, and where the log was when it began.
        let (offset, began) = match from {
            Cursor::At(at) => {
                let (offset, began) = at.trim_start_matches("sweep:").split_once(':').unwrap();
                (offset.parse::<usize>().unwrap(), began.parse::<usize>().unwrap())
            }
            Cursor::Start => (0, end),
        };
        let page = inside.listings.values().skip(offset).take(inside.page);
        let changes: Vec<Change> = page
            .map(|listing| {
                let id = listing.remote.as_str().to_owned();
                if inside.unreadable.contains(&id) {
                    return Change::Unreadable { remote: id, why: "the price \"x\" is no amount".into() };
                }
                Change::Seen(Box::new(listing.clone()))
            })
            .collect();
        let offset = offset + changes.len();
        let next = if offset >= inside.listings.len() {
            Next::Done(Cursor::At(format!("since:{began}")))
        } else {
            Next::More(Cursor::At(format!("sweep:{offset}:{began}")))
        };
        Ok(Page { changes, next })
    }

    async fn count(&self) -> Result<Option<u64>, PlatformError> {
        Ok(Some(self.inside().listings.len() as u64))
    }

    async fn listings(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let (inside, fault) = self.begin(Call::Listings);
        if let Some(error) = fault.and_then(|fault| self.error(fault)) {
            return Err(error);
        }
        let mut inside = inside;
        if fault == Some(Fault::SaleBefore) {
            // Somebody else is quicker.
            for id in ids {
                inside.listings.get_mut(id.as_str()).unwrap().title = Text::new("Somebody else's");
                inside.log.push(Seen::Listing(id.as_str().to_owned()));
            }
        }
        Ok(ids.iter().filter_map(|id| inside.listings.get(id.as_str())).cloned().collect())
    }

    async fn levels(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        let (inside, fault) = self.begin(Call::Levels);
        if let Some(error) = fault.and_then(|fault| self.error(fault)) {
            return Err(error);
        }
        let level = |address: &StockAddress| {
            let Some((listing, place)) = inside.variant(address.variant.as_str()) else { return LevelRead::Gone };
            match &inside.listings[&listing].variants[place].stock {
                Stock::Untracked => LevelRead::Untracked,
                stock => stock.at(&address.location).map_or(LevelRead::Gone, LevelRead::Counted),
            }
        };
        Ok(addresses.iter().map(level).collect())
    }

    async fn create(&self, creation: &Creation, source: &Listing, _: &Location) -> Result<Created, WriteError> {
        let hangs = {
            let (mut inside, fault) = self.begin(Call::Create);
            match fault {
                Some(Fault::LostBefore) => return Err(self.silence()),
                Some(fault) if self.error(fault).is_some() => {
                    return Err(WriteError::NotApplied(self.error(fault).unwrap()));
                }
                _ => {}
            }
            let id = format!("made{}", inside.next);
            inside.next += 1;
            let mut listing = source.clone();
            listing.remote = remote(&id);
            for (place, variant) in listing.variants.iter_mut().enumerate() {
                variant.remote = remote(&format!("{id}.{}", place + 1));
                let quantity = creation.quantities.get(place).copied().flatten();
                variant.stock = match quantity.filter(|_| self.profile.create_sets_stock) {
                    Some(quantity) => Stock::Tracked(BTreeMap::from([(location(), quantity)])),
                    None => Stock::Untracked,
                };
            }
            inside.effects.push(Effect::Created { title: listing.title.to_string() });
            inside.listings.insert(id.clone(), listing);
            inside.log.push(Seen::Listing(id.clone()));
            inside.marks.insert(creation.mark.0.clone(), id);
            if fault == Some(Fault::LostAfter) {
                return Err(self.silence());
            }
            fault == Some(Fault::HangsAfter)
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        Ok(self.made(&self.inside(), creation).unwrap())
    }

    async fn find_created(&self, creation: &Creation, _: &Listing) -> Result<Option<Created>, PlatformError> {
        let (inside, fault) = self.begin(Call::Find);
        if fault == Some(Fault::NotYet) {
            return Ok(None);
        }
        if let Some(error) = fault.and_then(|fault| self.error(fault)) {
            return Err(error);
        }
        Ok(self.made(&inside, creation))
    }

    async fn write_quantities(
        &self,
        writes: &[QuantityWrite],
        key: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        let (outcomes, hangs) = {
            let (mut inside, fault) = self.begin(Call::Write);
            match fault {
                Some(Fault::LostBefore) => return Err(self.silence()),
                Some(Fault::LostThenOrder { done }) => {
                    for write in writes {
                        if done {
                            inside.write(write, self.profile.stock_write);
                        }
                        inside.clock.as_ref().unwrap().advance(Duration::from_secs(20));
                        inside.order(write.address.listing.as_str(), Quantity::units(1), true);
                    }
                    return Err(self.silence());
                }
                Some(Fault::LostThenOrderLikeIt) => {
                    inside.clock.as_ref().unwrap().advance(Duration::from_secs(20));
                    let (first, last) = (writes.first().unwrap(), writes.last().unwrap());
                    let QuantityChange::Adjust { by, .. } = first.change else { panic!("{first:?}") };
                    inside.order(first.address.listing.as_str(), -by, true);
                    let gone = last.address.listing.as_str().to_owned();
                    inside.listings.remove(&gone);
                    inside.log.push(Seen::Gone(gone));
                    return Err(self.silence());
                }
                Some(Fault::LostThenOrderThenCounted) => {
                    inside.clock.as_ref().unwrap().advance(Duration::from_secs(20));
                    for write in writes {
                        let QuantityChange::Set { to, .. } = write.change else { panic!("{write:?}") };
                        inside.order(write.address.listing.as_str(), to, false);
                        inside.set(write.address.variant.as_str(), Quantity::ZERO, false);
                    }
                    return Err(self.silence());
                }
                Some(fault) if self.error(fault).is_some() => {
                    return Err(WriteError::NotApplied(self.error(fault).unwrap()));
                }
                Some(Fault::SaleBefore) => {
                    for write in writes {
                        let at = inside.at(write.address.variant.as_str()).unwrap();
                        inside.set(write.address.variant.as_str(), at - Quantity::units(1), false);
                    }
                }
                Some(Fault::OrderBefore) => {
                    for write in writes {
                        inside.order(write.address.listing.as_str(), Quantity::units(1), true);
                    }
                }
                _ => {}
            }
            assert!(writes.len() <= self.profile.stock_batch, "a batch is too large");
            let poisoned = |write: &QuantityWrite| inside.poison.iter().any(|p| p == write.address.variant.as_str());
            if writes.iter().any(poisoned) {
                let why = "one of the items is no good".into();
                return Err(WriteError::NotApplied(PlatformError::Refused { platform: self.profile.name, why }));
            }
            let outcomes = match inside.keys.get(&key.0).filter(|_| self.profile.stock_write.has_key()) {
                Some((before, outcomes)) => {
                    assert_eq!(before, writes, "a key was used for another batch");
                    outcomes.clone()
                }
                None => {
                    let how = self.profile.stock_write;
                    let outcomes: Vec<_> = writes.iter().map(|write| inside.write(write, how)).collect();
                    inside.keys.insert(key.0.clone(), (writes.to_vec(), outcomes.clone()));
                    outcomes
                }
            };
            if fault == Some(Fault::LostThenSale) {
                for write in writes {
                    let at = inside.at(write.address.variant.as_str()).unwrap();
                    inside.set(write.address.variant.as_str(), at - Quantity::units(1), false);
                }
                return Err(self.silence());
            }
            if fault == Some(Fault::LostAfter) {
                return Err(self.silence());
            }
            (outcomes, fault == Some(Fault::HangsAfter))
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        self.passes(Call::Write).await;
        Ok(outcomes)
    }

    async fn edit(&self, known: &Listing, changes: &[FieldChange]) -> Result<Vec<EditOutcome>, WriteError> {
        let hangs = {
            let (mut inside, fault) = self.begin(Call::Edit);
            match fault {
                Some(Fault::LostBefore) => return Err(self.silence()),
                Some(fault) if self.error(fault).is_some() => {
                    return Err(WriteError::NotApplied(self.error(fault).unwrap()));
                }
                _ => {}
            }
            let id = known.remote.as_str().to_owned();
            if !inside.listings.contains_key(&id) {
                let what = format!("product {id}");
                return Err(WriteError::NotApplied(PlatformError::NotFound { platform: self.profile.name, what }));
            }
            let outcomes: Vec<_> = changes.iter().map(|change| inside.edit(self.profile, &id, change)).collect();
            inside.log.push(Seen::Listing(id.clone()));
            if fault == Some(Fault::LostThenSale) {
                inside.listings.get_mut(&id).unwrap().title = Text::new("Somebody else's");
                inside.log.push(Seen::Listing(id));
                return Err(self.silence());
            }
            if fault == Some(Fault::LostAfter) {
                return Err(self.silence());
            }
            if fault != Some(Fault::HangsAfter) {
                return Ok(outcomes);
            }
            true
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        Ok(Vec::new())
    }

    async fn add_variants(&self, known: &Listing, variants: &[Variant]) -> Result<Listing, WriteError> {
        let (mut inside, fault) = self.begin(Call::Add);
        match fault {
            Some(Fault::LostBefore) => return Err(self.silence()),
            Some(fault) if self.error(fault).is_some() => {
                return Err(WriteError::NotApplied(self.error(fault).unwrap()));
            }
            _ => {}
        }
        let id = known.remote.as_str().to_owned();
        for variant in variants {
            let label = variant.option_label();
            let listing = inside.listings.get(&id).unwrap();
            if listing.variants.iter().any(|there| there.option_label() == label) {
                continue;
            }
            let number = listing.variants.len() + 1;
            let copy =
                Variant { remote: remote(&format!("{id}.{number}")), stock: Stock::Untracked, ..variant.clone() };
            inside.listings.get_mut(&id).unwrap().variants.push(copy);
            inside.effects.push(Effect::Added { listing: id.clone(), label });
        }
        inside.log.push(Seen::Listing(id.clone()));
        if fault == Some(Fault::LostAfter) {
            return Err(self.silence());
        }
        Ok(inside.listings[&id].clone())
    }

    async fn delete(&self, listing: &RemoteId) -> Result<(), WriteError> {
        let (mut inside, fault) = self.begin(Call::Delete);
        match fault {
            Some(Fault::LostBefore) => return Err(self.silence()),
            Some(fault) if self.error(fault).is_some() => {
                return Err(WriteError::NotApplied(self.error(fault).unwrap()));
            }
            _ => {}
        }
        let id = listing.as_str().to_owned();
        let archives = self.profile.deletion == counterpart::domain::Deletion::Archives;
        if archives && let Some(listing) = inside.listings.get_mut(&id) {
            listing.status = Status::Archived;
            inside.log.push(Seen::Listing(id.clone()));
        } else if inside.listings.remove(&id).is_some() {
            inside.log.push(Seen::Gone(id.clone()));
        }
        inside.effects.push(Effect::Deleted { listing: id });
        if fault == Some(Fault::LostAfter) { Err(self.silence()) } else { Ok(()) }
    }
}

/// The shops that an engine can connect: one for each platform.
pub struct FakeShops(pub Vec<Arc<FakeShop>>);

impl Shops for FakeShops {
    fn profiles(&self) -> Vec<&'static Profile> {
        self.0.iter().map(|shop| shop.profile).collect()
    }

    fn connect(
        &self,
        shop: &ShopAddress,
        _: Credentials,
        _keyring: Arc<dyn Keyring>,
    ) -> Result<SharedConnector, PlatformError> {
        let found = self.0.iter().find(|known| known.profile.id == shop.platform).unwrap();
        Ok(found.clone())
    }
}
