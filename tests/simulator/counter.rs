//! What a shop does with a call that has arrived.

use counterpart::domain::{Creation, Cursor, Feed, Quantity, StockWrite};
use counterpart::platform::{
    Change, Created, CreatedVariant, LevelRead, Next, Page, PlatformError, QuantityChange, QuantityOutcome,
    QuantityWrite, StockAddress, StockChange,
};

use super::checker::Meant;
use super::shop::{Item, What, remote};
use super::world::{Event, Request, Sent, World};

/// What was read of a count, and after how many of our writes to it.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// `None`: nobody counted it.
    pub value: Option<i64>,
    pub writes: u32,
    pub stirred: u32,
    pub at: i64,
    /// When the engine had the answer.
    pub answered: Option<i64>,
}

/// So many reads of one count are remembered.
const READS: usize = 6;

impl World {
    pub fn level(&mut self, shop: usize, address: &StockAddress) -> LevelRead {
        let known = &self.shops[shop];
        let Some((item, var)) = known.find(address.variant.as_str()) else { return LevelRead::Gone };
        if known.items[item].gone_at.is_some() {
            return LevelRead::Gone;
        }
        let goods = &known.items[item].vars[var];
        let Some(location) = known.location_number(&address.location) else { return LevelRead::Gone };
        let value = goods.tracked.then_some(goods.levels[location]);
        let stirred = goods.stirred[location];
        let place = (shop, goods.remote.clone(), location);
        let writes = self.written.get(&place).copied().unwrap_or(0);
        match value {
            Some(value) => self.note(format_args!("{} is read as {value}", place.1)),
            None => self.note(format_args!("{} is read and not counted", place.1)),
        }
        let at = self.now();
        let reads = self.reads.entry(place).or_default();
        reads.push(Read { value, writes, stirred, at, answered: None });
        reads.drain(..reads.len().saturating_sub(READS));
        value.map_or(LevelRead::Untracked, |value| LevelRead::Counted(Quantity::units(value)))
    }

    /// The engine has got what it read at that moment.
    pub fn answered(&mut self, shop: usize, addresses: &[StockAddress], at: i64) {
        let now = self.now();
        for address in addresses {
            let Some(location) = self.shops[shop].location_number(&address.location) else { continue };
            let place = (shop, address.variant.as_str().to_owned(), location);
            for read in self.reads.get_mut(&place).into_iter().flatten().filter(|read| read.at == at) {
                read.answered = Some(now);
            }
        }
    }

    /// What the engine may go by: all it has got but for what was looked at before an answer that it had by then. Two
    /// looks that were under way together are equally good; the newest first.
    pub fn current(&self, place: &(usize, String, usize)) -> Vec<Read> {
        let reads = self.reads.get(place).map(Vec::as_slice).unwrap_or_default();
        let got = || reads.iter().filter(|read| read.answered.is_some());
        let newest = got().map(|read| read.at).max();
        got().rev().filter(|read| newest <= read.answered).copied().collect()
    }

    /// A page of a feed, perhaps of what was so a while ago, perhaps with repeats, perhaps shuffled.
    pub fn page(&mut self, shop: usize, feed: Feed, from: &Cursor) -> Page {
        let stale = self.weather.stale;
        let as_of = self.now() - if stale > 0 { self.between(0, stale) } else { 0 };
        if feed == Feed::Orders {
            return self.orders(shop, from, as_of);
        }
        let end = self.shops[shop].log.iter().take_while(|logged| logged.at <= as_of).count();
        let text = match from {
            Cursor::Start => "sweep:0:".to_owned() + &end.to_string(),
            Cursor::At(text) => text.clone(),
        };
        let mut parts = text.split(':');
        let kind = parts.next().unwrap_or_default();
        let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok()).unwrap_or(0);
        let (first, second) = (number(), number());
        let (mut changes, next) = if kind == "sweep" && feed == Feed::Listings {
            self.sweep(shop, first, second, as_of)
        } else {
            self.since(shop, feed, if kind == "sweep" { second } else { first }, end.max(first), as_of)
        };
        let untidy = self.weather.untidy;
        if self.permille(untidy) && !changes.is_empty() {
            let again = changes[self.below(changes.len())].clone();
            changes.push(again);
            self.chance.shuffle(&mut changes);
        }
        Page { changes, next }
    }

    fn sweep(&mut self, shop: usize, offset: usize, began: usize, as_of: i64) -> (Vec<Change>, Next) {
        const PAGE: usize = 3;
        let known = &self.shops[shop];
        let items = (0..known.items.len()).skip(offset).take(PAGE);
        let changes = items.filter_map(|item| known.listing(item, as_of));
        let changes = changes.map(|listing| Change::Seen(Box::new(listing))).collect();
        let next = if offset + PAGE >= known.items.len() {
            Next::Done(Cursor::At(format!("since:{began}")))
        } else {
            Next::More(Cursor::At(format!("sweep:{}:{began}", offset + PAGE)))
        };
        (changes, next)
    }

    fn since(&mut self, shop: usize, feed: Feed, from: usize, end: usize, as_of: i64) -> (Vec<Change>, Next) {
        // Some overlap: repeats are fine, gaps are not.
        let from = from.saturating_sub(self.below(3));
        let known = &self.shops[shop];
        let mut changes = Vec::new();
        for logged in known.log.get(from..end).unwrap_or_default() {
            let there = known.listing(logged.item, as_of);
            match (feed, logged.what) {
                (Feed::Stock, What::Level(var)) if there.is_some() => {
                    let name = &known.items[logged.item].vars[var].remote;
                    changes.extend((0..known.locations).map(|location| {
                        Change::Stock(StockChange {
                            listing: None,
                            variant: remote(name),
                            location: known.location(location),
                            quantity: known.level_as_of(logged.item, var, location, as_of),
                        })
                    }));
                }
                (Feed::Stock, _) => {}
                (_, What::Gone) if known.abilities.tells_deletions => {
                    changes.push(Change::Gone(remote(&known.items[logged.item].remote)));
                }
                // Where stock has a feed of its own, it does not move the listing.
                (_, What::Level(_)) if known.abilities.stock_feed => {}
                _ => changes.extend(there.map(|listing| Change::Seen(Box::new(listing)))),
            }
        }
        (changes, Next::Done(Cursor::At(format!("since:{end}"))))
    }

    fn orders(&mut self, shop: usize, from: &Cursor, as_of: i64) -> Page {
        let known = &self.shops[shop];
        let end = known.order_log.iter().take_while(|(at, _)| *at <= as_of).count();
        let from = match from {
            Cursor::Start => 0,
            Cursor::At(text) => text.parse::<usize>().unwrap_or(0).saturating_sub(self.chance.usize(0..3)),
        };
        let told = known.order_log.get(from..end.max(from)).unwrap_or_default();
        let mut changes: Vec<Change> =
            told.iter().map(|(_, number)| Change::Order(Box::new(known.orders[*number].1.clone()))).collect();
        let untidy = self.weather.untidy;
        if self.permille(untidy) {
            self.chance.shuffle(&mut changes);
        }
        Page { changes, next: Next::Done(Cursor::At(end.to_string())) }
    }

    /// Checks a write that leaves us, before it can arrive.
    pub fn sent(&mut self, request: &Request) {
        let Sent::Quantities(writes) = &request.what else { return };
        self.checker.stats.writes += 1;
        if self.still {
            self.fails("I9: something is written although nothing has changed");
        }
        let again = writes.iter().all(|write| self.meant(request, write).is_some());
        for write in writes {
            if let Err(why) = self.allowed(request, write, again) {
                self.fails(why);
            }
        }
        if again {
            return;
        }
        for write in writes {
            let name = write.address.variant.as_str().to_owned();
            let expected = expected(write);
            let by = (write.change.target() - expected).whole().unwrap_or(0);
            let stirred = self.read_of(request.shop, write).map_or(0, |read| read.stirred);
            let location = self.shops[request.shop].location_number(&write.address.location).unwrap_or(0);
            let meant = Meant { by, applied: 0, stirred, location };
            self.checker.meant.insert((request.key.clone(), name), meant);
        }
        self.snipe(request, writes);
    }

    fn meant(&self, request: &Request, write: &QuantityWrite) -> Option<&Meant> {
        self.checker.meant.get(&(request.key.clone(), write.address.variant.as_str().to_owned()))
    }

    fn read_of(&self, shop: usize, write: &QuantityWrite) -> Option<Read> {
        let location = self.shops[shop].location_number(&write.address.location)?;
        let reads = self.current(&(shop, write.address.variant.as_str().to_owned(), location));
        let this = reads.iter().find(|read| read.value == expected(write).whole());
        this.or(reads.first()).copied()
    }

    /// Somebody buys just this, in the very moment.
    fn snipe(&mut self, request: &Request, writes: &[QuantityWrite]) {
        let chance = self.weather.sniped;
        if !self.permille(chance) {
            return;
        }
        let place = self.below(writes.len());
        let Some((item, var)) = self.shops[request.shop].find(writes[place].address.variant.as_str()) else { return };
        let at = self.now() + self.between(0, 900);
        let quantity = self.between(1, 2);
        self.plan(at, Event::Buys(super::shop::Spot { shop: request.shop, item, var }, quantity));
    }

    /// A write arrives. `None`: there is nothing to answer.
    pub fn lands(&mut self, request: &Request) -> Option<Result<Vec<QuantityOutcome>, PlatformError>> {
        match &request.what {
            Sent::Quantities(writes) => {
                let outcomes = self.apply(request, writes);
                self.weigh();
                Some(Ok(outcomes))
            }
            Sent::Creation(what) => {
                self.makes(request.shop, &what.0, &what.1);
                Some(Ok(Vec::new()))
            }
        }
    }

    fn apply(&mut self, request: &Request, writes: &[QuantityWrite]) -> Vec<QuantityOutcome> {
        let profile = self.shops[request.shop].profile;
        if profile.stock_write.has_key()
            && let Some((before, outcomes)) = self.shops[request.shop].keys.get(&request.key).cloned()
        {
            if before != *writes {
                self.fails(format!("I4: key {} is used for another batch", request.key));
            }
            return outcomes;
        }
        let outcomes: Vec<QuantityOutcome> = writes.iter().map(|write| self.apply_one(request, write)).collect();
        self.shops[request.shop].keys.insert(request.key.clone(), (writes.to_vec(), outcomes.clone()));
        outcomes
    }

    fn apply_one(&mut self, request: &Request, write: &QuantityWrite) -> QuantityOutcome {
        let now = self.now();
        let shop = &mut self.shops[request.shop];
        let name = write.address.variant.as_str().to_owned();
        let platform = shop.profile.name;
        let found = shop.find(&name).filter(|(item, _)| shop.items[*item].gone_at.is_none());
        let location = shop.location_number(&write.address.location);
        let (Some((item, var)), Some(location)) = (found, location) else {
            return QuantityOutcome::Rejected(PlatformError::NotFound { platform, what: format!("variant {name}") });
        };
        if !shop.items[item].vars[var].tracked {
            let fresh = shop.items[item].mark.is_some() && shop.items[item].vars[var].levels.iter().all(|l| *l == 0);
            if !fresh {
                let why = "it is not counted here".to_owned();
                return QuantityOutcome::Rejected(PlatformError::Refused { platform, why });
            }
            shop.set_tracked(now, item, var, true);
        }
        let at = shop.items[item].vars[var].levels[location];
        let expected = expected(write).whole().unwrap_or(0);
        let to = match write.change {
            QuantityChange::Adjust { by, .. } => at + by.whole().unwrap_or(0),
            QuantityChange::Set { .. }
                if shop.profile.stock_write == StockWrite::CompareAndSetWithKey && at != expected =>
            {
                return QuantityOutcome::Stale;
            }
            QuantityChange::Set { to, .. } => to.whole().unwrap_or(0),
        };
        shop.set_level(now, item, var, location, to);
        shop.items[item].vars[var].written_at = Some(now);
        *self.written.entry((request.shop, name.clone(), location)).or_insert(0) += 1;
        let meant = self.checker.meant.get_mut(&(request.key.clone(), name.clone()));
        let mut twice = false;
        if let Some(meant) = meant {
            meant.applied += 1;
            twice = meant.applied > 1;
        }
        if twice {
            self.fails(format!("I4: {} has an effect twice on {name}", request.key));
        }
        self.note(format_args!("{name} is written from {at} to {to}"));
        if self.shops[request.shop].profile.stock_write == StockWrite::Absolute {
            let read = self.read_of(request.shop, write).map_or(now, |read| read.at);
            self.checker.stats.exposed += u64::try_from(now - read).unwrap_or(0);
            if at != expected {
                self.checker.wiped(request.shop, &name, at - expected);
            }
        }
        let told = self.chance.bool().then(|| Quantity::units(to));
        QuantityOutcome::Applied { now: told }
    }

    /// What of a batch is done when half of it is: with a key, all or nothing.
    pub fn half_of(&mut self, request: &Request) -> Request {
        let mut half = request.clone();
        if let Sent::Quantities(writes) = &mut half.what
            && !self.shops[request.shop].profile.stock_write.has_key()
        {
            let some = self.below(writes.len() + 1);
            writes.truncate(some);
        }
        half
    }

    fn makes(&mut self, shop: usize, creation: &Creation, source: &counterpart::domain::Listing) {
        let now = self.now();
        let known = &mut self.shops[shop];
        // One that somebody has deleted meanwhile is not there: nobody can know that it was.
        let same = |item: &&Item| item.mark.as_deref() == Some(&creation.mark.0) && item.gone_at.is_none();
        if let Some(there) = known.items.iter().find(same) {
            let why = format!("I4: {} is made a second time", there.title);
            self.fails(why);
            return;
        }
        let stocked = known.profile.create_sets_stock;
        let vars = source.variants.iter().enumerate().map(|(place, variant)| {
            let mut levels = vec![0; known.locations];
            let quantity = creation.quantities.get(place).copied().flatten().filter(|_| stocked);
            levels[0] = quantity.and_then(|quantity| quantity.whole()).unwrap_or(0);
            let label = variant.option_label();
            let sku = variant.sku.as_ref().map(|sku| sku.as_str().to_owned()).unwrap_or_default();
            (label, sku, quantity.is_some(), levels)
        });
        let price = source.variants.first().and_then(|variant| variant.price).map_or(0, |price| price.minor);
        let vars = vars.collect();
        let item = known.put(now, source.title.as_str(), price, vars);
        known.items[item].mark = Some(creation.mark.0.clone());
        self.note(format_args!("{} is made", source.title));
    }

    pub fn made(&self, shop: usize, creation: &Creation) -> Option<Created> {
        let known = &self.shops[shop];
        let item = known.items.iter().rposition(|item| item.mark.as_deref() == Some(&creation.mark.0))?;
        let listing = known.listing(item, self.now())?;
        let variant = |(position, var): (usize, &super::shop::Var)| CreatedVariant {
            position,
            remote: remote(&var.remote),
            inventory: None,
        };
        let variants = known.items[item].vars.iter().enumerate().map(variant).collect();
        Some(Created { listing, variants, stock_set: known.profile.create_sets_stock, notes: Vec::new() })
    }
}

pub fn expected(write: &QuantityWrite) -> Quantity {
    match write.change {
        QuantityChange::Adjust { expected, .. } | QuantityChange::Set { expected, .. } => expected,
    }
}
