//! The feeds of listings and of levels.
//!
//! Listings: by ascending identifier, in later runs those alone that were modified since. Levels: see `told.rs`. The
//! inventory is paged by position; an item that slips past one run, because something before it went, is seen by the
//! next one, since each run reads all. Deletions are in no list; the full sweep finds them.

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::domain::{Cursor, Quantity, RemoteId};
use crate::platform::{Change, Next, Page, PlatformError, StockChange};

use super::convert::{location, whole_product};
use super::counts::{self, Counts, Item, Mode};
use super::place::{Phase, Place, moment};
use super::profile::PAGE;
use super::shop::Shop;
use super::told::Spot;
use super::wire::{Listed, Loose};

const LISTINGS: &str = "listings";
const STOCK: &str = "stock";

/// Products of a page once a larger one was too much: 250 products of hundreds of variants each are too long an answer.
const SMALLER: [u64; 2] = [50, 10];

pub(super) async fn listings(shop: &Shop, from: &Cursor) -> Result<Page, PlatformError> {
    arrived(shop, LISTINGS, from);
    let mut here = Place::at(from, Phase::Products, PAGE);
    if here.since.is_none() && here.last == 0 {
        shop.forget_names();
    }
    let listed = loop {
        match page(shop, &mut here).await {
            Ok(listed) => break listed,
            Err(PlatformError::Broken { .. } | PlatformError::Unexpected { .. }) if here.limit > SMALLER[1] => {
                here.limit = if here.limit > SMALLER[0] { SMALLER[0] } else { SMALLER[1] };
            }
            Err(error) => return Err(error),
        }
    };
    let (listings, counts) = shop.listings(&listed.data).await?;
    let mut changes = Vec::with_capacity(listings.len());
    for (remote, found) in listings {
        changes.push(match found {
            Ok(listing) => Change::Seen(Box::new(listing)),
            Err(why) => Change::Unreadable { remote, why },
        });
    }
    // What is no object at all.
    let unread = listed.data.iter().filter(|raw| !raw.is_object());
    changes.extend(unread.map(|_| Change::Unreadable { remote: "?".to_owned(), why: "it is no product".to_owned() }));
    let last = listed.data.iter().filter_map(|raw| Loose::from(raw.get("id")?).number()).max();
    let is_full = (listed.data.len() as u64) >= here.limit;
    let turn = turn(shop);
    let next = match last.filter(|last| is_full && *last > here.last) {
        Some(last) => Next::More(Place { last, turn, ..here }.cursor()),
        None => Next::Done(here.next_run(PAGE, turn).cursor()),
    };
    offer(shop, LISTINGS, &next, levels(&counts));
    Ok(Page { changes, next })
}

async fn page(shop: &Shop, here: &mut Place) -> Result<Listed, PlatformError> {
    let mut request = shop
        .whole_products()
        .query("limit", here.limit)
        .query("sort", "id")
        .query("direction", "asc")
        .query("id:greater", here.last);
    if let Some(since) = here.since {
        request = request.query("date_modified:min", moment(since));
    }
    let (listed, answer) = shop.calls.read_json::<Listed>(request).await?;
    here.began(&answer);
    Ok(listed)
}

/// Levels that are not what was told last.
pub(super) async fn stock(shop: &Shop, from: &Cursor) -> Result<Page, PlatformError> {
    arrived(shop, STOCK, from);
    let here = Place::at(from, Phase::Stock, 0);
    let page = here.last + 1;
    let (items, is_last) = counts::page(&shop.calls, page).await?;
    let moved: Vec<(u64, Item)> = {
        let told = shop.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = |(variant, item): &(u64, Item)| {
            item.levels.iter().any(|(place, level)| told.is_news((*variant, *place), *level))
        };
        items.into_iter().filter(is_news).collect()
    };
    let mut products: Vec<u64> = moved.iter().map(|(_, item)| item.product).filter(|id| *id > 0).collect();
    products.sort_unstable();
    products.dedup();
    let modes = if products.is_empty() { HashMap::new() } else { counts::modes(&shop.calls, &products).await? };
    let mut changes = Vec::new();
    for (variant, item) in &moved {
        changes.extend(changes_of(shop, *variant, item, modes.get(&item.product)));
    }
    let turn = turn(shop);
    let next = match is_last {
        false => Next::More(Place { last: page, turn, ..here }.cursor()),
        true => Next::Done(here.next_run(0, turn).cursor()),
    };
    let counts: Counts = moved.into_iter().collect();
    offer(shop, STOCK, &next, levels(&counts));
    Ok(Page { changes, next })
}

/// Nothing for what is not counted, or not by this variant.
fn changes_of(shop: &Shop, variant: u64, item: &Item, mode: Option<&Mode>) -> Vec<Change> {
    let Some(mode) = mode.filter(|mode| mode.counts(variant)) else { return Vec::new() };
    let told = shop.told.lock().unwrap_or_else(PoisonError::into_inner);
    let remote = match mode.base_variant {
        Some(base) if base == variant => whole_product(item.product).ok(),
        _ => RemoteId::new(variant.to_string()).ok(),
    };
    let Some(remote) = remote else { return Vec::new() };
    let news = item.levels.iter().filter(|(place, level)| told.is_news((variant, **place), **level));
    let change = |(place, level): (&u64, &i64)| {
        let listing = RemoteId::new(item.product.to_string()).ok();
        let location = location(*place).ok()?;
        let quantity = Some(Quantity::units(*level));
        Some(Change::Stock(StockChange { listing, variant: remote.clone(), location, quantity }))
    };
    news.filter_map(change).collect()
}

fn levels(counts: &Counts) -> Vec<(Spot, i64)> {
    let of = |(variant, item): (&u64, &Item)| {
        item.levels.iter().map(|(place, level)| ((*variant, *place), *level)).collect::<Vec<_>>()
    };
    counts.iter().flat_map(of).collect()
}

fn arrived(shop: &Shop, feed: &'static str, from: &Cursor) {
    shop.told.lock().unwrap_or_else(PoisonError::into_inner).arrived(feed, from);
}

fn turn(shop: &Shop) -> u64 {
    shop.told.lock().unwrap_or_else(PoisonError::into_inner).turn()
}

fn offer(shop: &Shop, feed: &'static str, next: &Next, levels: Vec<(Spot, i64)>) {
    let (Next::More(cursor) | Next::Done(cursor)) = next;
    shop.told.lock().unwrap_or_else(PoisonError::into_inner).offer(feed, cursor, levels);
}
