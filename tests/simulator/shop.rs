//! A shop as it really is: its goods, their counts, its orders, and what its feeds tell of the past.

use std::collections::BTreeMap;

use counterpart::domain::{
    Currency, Listing, Location, LocationId, Money, OptionValue, Order, OrderLine, OrderState, Profile, Quantity,
    RemoteId, Status, Stock, Structure, SyncSettings, Text, Timestamp, Variant,
};
use counterpart::platform::{QuantityOutcome, QuantityWrite};

use super::profiles::{Abilities, profile};

pub fn remote(raw: &str) -> RemoteId {
    RemoteId::new(raw).unwrap()
}

/// The beginning of every history.
pub const DAWN: i64 = 1_795_262_400_000;

/// A variant with its counts, now and before.
#[derive(Debug, Clone)]
pub struct Var {
    pub remote: String,
    pub sku: String,
    pub label: String,
    pub tracked: bool,
    /// By location.
    pub levels: Vec<i64>,
    /// Since when it was so.
    past: Vec<(i64, bool, Vec<i64>)>,
    /// The sum of all that others did, by location.
    pub moved: Vec<i64>,
    /// How often others did something to it, by location.
    pub stirred: Vec<u32>,
    /// When we wrote it last.
    pub written_at: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct Item {
    pub remote: String,
    pub title: String,
    pub price: i64,
    pub vars: Vec<Var>,
    pub made_at: i64,
    pub gone_at: Option<i64>,
    pub mark: Option<String>,
}

#[derive(Debug, Clone, Copy)]
pub enum What {
    Listing,
    Level(usize),
    Gone,
}

#[derive(Debug, Clone, Copy)]
pub struct Logged {
    pub at: i64,
    pub item: usize,
    pub what: What,
}

/// A place in a shop: item and variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub shop: usize,
    pub item: usize,
    pub var: usize,
}

#[derive(Debug)]
pub struct Shop {
    pub place: usize,
    pub profile: &'static Profile,
    pub abilities: Abilities,
    /// How many locations it has, and how many of them (the first ones) are in use.
    pub locations: usize,
    pub used: usize,
    pub items: Vec<Item>,
    pub log: Vec<Logged>,
    pub orders: Vec<(usize, Order)>,
    /// Which order changed when.
    pub order_log: Vec<(i64, usize)>,
    pub keys: BTreeMap<String, (Vec<QuantityWrite>, Vec<QuantityOutcome>)>,
    /// Nothing comes through in these times.
    pub offline: Vec<(i64, i64)>,
    /// What its clock is ahead of ours.
    pub skew: i64,
    /// What a person chose for it, if anything.
    pub settings: Option<SyncSettings>,
}

impl Shop {
    pub fn new(place: usize, abilities: Abilities, locations: usize, used: usize, skew: i64) -> Self {
        Self {
            place,
            profile: profile(place, abilities),
            abilities,
            locations,
            used,
            items: Vec::new(),
            log: Vec::new(),
            orders: Vec::new(),
            order_log: Vec::new(),
            keys: BTreeMap::new(),
            offline: Vec::new(),
            skew,
            settings: None,
        }
    }

    pub fn euro() -> Currency {
        Currency::new("EUR").unwrap()
    }

    pub fn location(&self, number: usize) -> LocationId {
        LocationId(remote(&format!("s{}-at{number}", self.place)))
    }

    pub fn location_number(&self, id: &LocationId) -> Option<usize> {
        (0..self.locations).find(|number| self.location(*number) == *id)
    }

    pub fn places(&self) -> Vec<Location> {
        let place = |n: usize| Location { id: self.location(n), name: Text::new(&format!("Place {n}")), active: true };
        (0..self.locations).map(place).collect()
    }

    /// Puts an item there: title, and for each variant its label, SKU, whether it is counted, and its counts.
    pub fn put(&mut self, now: i64, title: &str, price: i64, vars: Vec<(String, String, bool, Vec<i64>)>) -> usize {
        let item = self.items.len();
        let id = format!("s{}-p{item}", self.place);
        let vars = vars.into_iter().enumerate();
        let vars = vars.map(|(number, (label, sku, tracked, levels))| Var {
            remote: format!("{id}-v{number}"),
            sku,
            label,
            tracked,
            past: vec![(now, tracked, levels.clone())],
            moved: vec![0; levels.len()],
            stirred: vec![0; levels.len()],
            written_at: None,
            levels,
        });
        let vars = vars.collect();
        self.items.push(Item {
            remote: id,
            title: title.to_owned(),
            price,
            vars,
            made_at: now,
            gone_at: None,
            mark: None,
        });
        self.log.push(Logged { at: now, item, what: What::Listing });
        item
    }

    pub fn find(&self, variant: &str) -> Option<(usize, usize)> {
        self.items.iter().enumerate().find_map(|(item, known)| {
            let var = known.vars.iter().position(|var| var.remote == variant)?;
            Some((item, var))
        })
    }

    pub fn item(&self, id: &str) -> Option<usize> {
        self.items.iter().position(|item| item.remote == id)
    }

    /// What the locations in use hold; also of what is not counted just now, as it was when it was counted last.
    pub fn total(&self, item: usize, var: usize) -> i64 {
        self.items[item].vars[var].levels[..self.used].iter().sum()
    }

    /// Whether the locations in use held so much at any time since then, while it was counted.
    pub fn held_since(&self, item: usize, var: usize, total: i64, since: i64) -> bool {
        let past = &self.items[item].vars[var].past;
        let from = past.iter().position(|(at, ..)| *at >= since).unwrap_or(past.len().saturating_sub(1));
        // Of changes in one moment only the last was to be seen for long enough.
        past[from..].iter().any(|(_, tracked, levels)| *tracked && levels[..self.used].iter().sum::<i64>() == total)
    }

    fn remember(&mut self, now: i64, item: usize, var: usize) {
        let known = &mut self.items[item].vars[var];
        known.past.push((now, known.tracked, known.levels.clone()));
        self.log.push(Logged { at: now, item, what: What::Level(var) });
    }

    pub fn set_level(&mut self, now: i64, item: usize, var: usize, location: usize, to: i64) {
        self.items[item].vars[var].levels[location] = to;
        self.remember(now, item, var);
    }

    pub fn set_tracked(&mut self, now: i64, item: usize, var: usize, tracked: bool) {
        self.items[item].vars[var].tracked = tracked;
        self.remember(now, item, var);
    }

    pub fn edited(&mut self, now: i64, item: usize) {
        self.log.push(Logged { at: now, item, what: What::Listing });
    }

    pub fn delete(&mut self, now: i64, item: usize) {
        self.items[item].gone_at = Some(now);
        self.log.push(Logged { at: now, item, what: What::Gone });
    }

    pub fn is_offline(&self, now: i64) -> bool {
        self.offline.iter().any(|(from, until)| (*from..*until).contains(&now))
    }

    fn stock(&self, var: &Var, as_of: i64) -> Stock {
        let (_, tracked, levels) = var.past.iter().rev().find(|(at, ..)| *at <= as_of).unwrap_or(&var.past[0]);
        if !tracked {
            return Stock::Untracked;
        }
        let level = |(n, level): (usize, &i64)| (self.location(n), Quantity::units(*level));
        Stock::Tracked(levels.iter().enumerate().map(level).collect())
    }

    pub fn level_as_of(&self, item: usize, var: usize, location: usize, as_of: i64) -> Option<Quantity> {
        self.stock(&self.items[item].vars[var], as_of).at(&self.location(location))
    }

    /// The item as the shop showed it then; `None` where it was not there.
    pub fn listing(&self, item: usize, as_of: i64) -> Option<Listing> {
        let known = &self.items[item];
        if known.made_at > as_of || known.gone_at.is_some_and(|at| at <= as_of) {
            return None;
        }
        let variable = known.vars.len() > 1;
        let size = Text::new("Size");
        let variant = |var: &Var| Variant {
            remote: remote(&var.remote),
            inventory: None,
            options: if variable {
                vec![OptionValue { option: size.clone(), value: Text::new(&var.label) }]
            } else {
                Vec::new()
            },
            sku: Text::some(&var.sku),
            barcode: None,
            price: Some(Money::new(known.price, Self::euro())),
            compare_at: None,
            weight: None,
            dimensions: None,
            stock: self.stock(var, as_of),
        };
        Some(Listing {
            remote: remote(&known.remote),
            title: Text::new(&known.title),
            description: Text::default(),
            brand: None,
            category: None,
            status: Status::Active,
            structure: if variable { Structure::Variable { options: vec![size.clone()] } } else { Structure::Simple },
            variants: known.vars.iter().map(variant).collect(),
            images: Vec::new(),
            page: None,
            updated_at: None,
        })
    }

    /// Takes an order down: nothing is moved by this.
    pub fn order(&mut self, now: i64, item: usize, var: usize, location: usize, quantity: i64) {
        let number = self.orders.len();
        let at = Timestamp(DAWN + now + self.skew);
        let order = Order {
            remote: remote(&format!("s{}-o{number}", self.place)),
            number: Text::new(&format!("#{}", 1001 + number)),
            state: OrderState::Open,
            placed_at: at,
            updated_at: at,
            lines: vec![OrderLine {
                remote: remote(&format!("s{}-o{number}-l", self.place)),
                listing: Some(remote(&self.items[item].remote)),
                variant: Some(remote(&self.items[item].vars[var].remote)),
                location: Some(self.location(location)),
                ordered: Quantity::units(quantity),
                fulfilled: Quantity::ZERO,
                dropped: Quantity::ZERO,
                restocked: Quantity::ZERO,
            }],
        };
        self.orders.push((location, order));
        self.order_log.push((now, number));
    }

    /// Changes an order that is there.
    pub fn reorder(&mut self, now: i64, number: usize, change: impl FnOnce(&mut Order)) {
        let order = &mut self.orders[number].1;
        change(order);
        order.updated_at = Timestamp(DAWN + now + self.skew);
        self.order_log.push((now, number));
    }
}
