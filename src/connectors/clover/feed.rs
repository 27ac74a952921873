//! Reading the catalogue on: whole, and by what changed since.
//!
//! The items of a group stand anywhere in the list of all items. A sweep puts them aside until it has seen all pages, and
//! then tells of the groups: that costs no call more. What it put aside is in memory only; a run that finds it missing
//! (the program was started anew in between) begins again.
//!
//! A later run reads the items that changed, and of each group that one of them is in, all items. Not noticed before the
//! next full run: a group, attribute or category that is renamed without touching an item.
//!
//! Stock has a time of change of its own (in Clover's own example it is later than the item's), and no list can be asked
//! for what was counted since. So all stocks are read, and those told that changed, or do not say when.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Cursor, RemoteId, Timestamp};
use crate::platform::{Change, Next, Page, PlatformError, StockChange};

use super::convert;
use super::orders::belongs;
use super::pages::{self, List, Phase, Place, walk};
use super::profile::PAGE;
use super::shelf::{Missing, Shelf, WHOLE, read_item};
use super::wire::{self, Item, ItemStock, moment};

/// Groups of one page of the feed.
const GROUPS: usize = 200;
/// More groups than these are read with all items at once: 15 calls for the 15,000 items that are recommended at most.
const MANY_GROUPS: usize = 10;

/// Items of groups that a sweep has seen so far.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Which sweep: the time that it began at.
    run: Option<Timestamp>,
    /// Groups with their items, by identifier, in the order in which they were seen.
    groups: BTreeMap<String, Vec<Item>>,
    /// Names of all groups, once they were asked for.
    names: Option<Names>,
    /// Groups with an item that could not be read.
    spoilt: BTreeMap<String, String>,
}

impl Gathered {
    /// Whether the item was seen as it is now.
    fn has(&self, group: &str, item: &Item) -> bool {
        let known = self.groups.get(group).and_then(|items| items.iter().find(|known| known.id == item.id));
        known.is_some_and(|known| known == item)
    }

    fn take(&mut self, group: String, item: Item) {
        let items = self.groups.entry(group).or_default();
        match items.iter_mut().find(|known| known.id == item.id) {
            Some(known) => *known = item,
            None => items.push(item),
        }
    }
}

pub(super) async fn listings(shelf: &Shelf, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Sweep);
    match place.phase {
        Phase::Groups => groups(shelf, place).await,
        Phase::Recent | Phase::Changed => changed(shelf, &place).await,
        Phase::Deleted => deleted(shelf, &place).await,
        _ => sweep(shelf, place).await,
    }
}

async fn sweep(shelf: &Shelf, mut place: Place) -> Result<Page, PlatformError> {
    let mut gathered = shelf.gathered.lock().await;
    if place.offset > 0 && gathered.run != place.next_since {
        place = Place::of_run(Phase::Sweep, None);
    }
    let facts = shelf.facts().await?;
    let walked = walk(&shelf.calls, &List::of("/items", PAGE).expand(WHOLE), &place).await?;
    if place.offset == 0 {
        *gathered = Gathered { run: walked.here.next_since, ..Gathered::default() };
    }
    let mut changes = Vec::new();
    let mut belonging = shelf.belonging.lock().await;
    for element in &walked.elements {
        let item = read_item(element);
        belonging.extend(item.as_ref().ok().and_then(belongs));
        match item {
            Ok(item) if item.is_deleted() => {}
            Ok(item) => match item.group().map(str::to_owned) {
                Some(group) => gathered.take(group, item),
                None => changes.push(seen(convert::simple(&item, &facts), &item.id)),
            },
            Err(why) => {
                if let Some(group) = element.get("itemGroup").and_then(wire::id) {
                    gathered.spoilt.insert(group.to_owned(), why.clone());
                }
                changes.push(Change::Unreadable { remote: wire::id(element).unwrap_or("?").to_owned(), why });
            }
        }
    }
    let next = match walked.next {
        Some(next) => next,
        None if gathered.groups.is_empty() => recent(&walked.here),
        None => walked.here.in_phase(Phase::Groups),
    };
    Ok(Page { changes, next: Next::More(next.cursor()) })
}

/// What changed while the sweep was on its way may have moved to where it had been already.
fn recent(place: &Place) -> Place {
    Place { since: place.next_since, ..place.in_phase(Phase::Recent) }
}

async fn groups(shelf: &Shelf, place: Place) -> Result<Page, PlatformError> {
    let mut gathered = shelf.gathered.lock().await;
    if gathered.run.is_none() || gathered.run != place.next_since {
        let start = Place::of_run(Phase::Sweep, None);
        return Ok(Page { changes: Vec::new(), next: Next::More(start.cursor()) });
    }
    if gathered.names.is_none() {
        let named = shelf.groups().await?;
        shelf.all_attributes().await?;
        gathered.names = Some(named.into_iter().map(|group| (group.id, group.name)).collect());
    }
    let first = usize::try_from(place.offset).unwrap_or(usize::MAX);
    let mut changes = Vec::new();
    for (group, items) in gathered.groups.iter().skip(first).take(GROUPS) {
        let name = gathered.names.as_ref().and_then(|names| names.get(group)?.as_deref());
        if let Some(why) = gathered.spoilt.get(group) {
            changes.push(unreadable(group, why.clone()));
            continue;
        }
        match shelf.listing_of(group, name, items).await? {
            Ok(listing) => changes.push(Change::Seen(Box::new(listing))),
            Err(Missing::Unreadable(why)) => changes.push(unreadable(group, why)),
            Err(Missing::Gone) => {}
        }
    }
    let next = match first.saturating_add(GROUPS) < gathered.groups.len() {
        true => Place { offset: place.offset + GROUPS as u64, ..place },
        false => recent(&place),
    };
    Ok(Page { changes, next: Next::More(next.cursor()) })
}

async fn changed(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let list = List::of("/items", PAGE).since(place.since).expand(WHOLE);
    let walked = walk(&shelf.calls, &list, place).await?;
    let mut changes = Vec::new();
    let mut touched = BTreeSet::new();
    let facts = shelf.facts().await?;
    let gathered = shelf.gathered.lock().await;
    let mut belonging = shelf.belonging.lock().await;
    for element in &walked.elements {
        let item = match read_item(element) {
            Ok(item) => item,
            Err(why) => {
                changes.push(Change::Unreadable { remote: wire::id(element).unwrap_or("?").to_owned(), why });
                continue;
            }
        };
        let group = item.group().map(str::to_owned);
        belonging.extend(belongs(&item));
        match group {
            None if item.is_deleted() => changes.extend(gone(&item.id)),
            None => changes.push(seen(convert::simple(&item, &facts), &item.id)),
            // The sweep has told of it as it is now.
            Some(group) if place.phase == Phase::Recent && gathered.has(&group, &item) => {}
            Some(group) => {
                // It may have been a product of its own before it was put into the group.
                changes.extend(gone(&item.id).filter(|_| place.phase == Phase::Changed));
                touched.insert(group);
            }
        }
    }
    drop((gathered, belonging));
    add_groups(shelf, touched, &mut changes).await?;
    let next = match (walked.next, place.phase) {
        (Some(next), _) => Next::More(next.cursor()),
        (None, Phase::Changed) => Next::More(walked.here.in_phase(Phase::Deleted).cursor()),
        (None, _) => {
            *shelf.gathered.lock().await = Gathered::default();
            Next::Done(walked.here.next_run().cursor())
        }
    };
    Ok(Page { changes, next })
}

/// Few groups are read one by one, two calls each. For many it costs less to read all items.
async fn add_groups(shelf: &Shelf, groups: BTreeSet<String>, changes: &mut Vec<Change>) -> Result<(), PlatformError> {
    let many = groups.len() > MANY_GROUPS;
    let (mut items, names) = if many { everything(shelf).await? } else { Default::default() };
    for group in groups {
        let listing = match items.remove(&group) {
            Some(Ok(items)) => {
                shelf.listing_of(&group, names.get(&group).and_then(|name| name.as_deref()), &items).await?
            }
            Some(Err(why)) => Err(Missing::Unreadable(why)),
            None if many => Err(Missing::Gone),
            None => shelf.group_listing(&group).await?,
        };
        match listing {
            Ok(listing) => changes.push(Change::Seen(Box::new(listing))),
            Err(Missing::Gone) => changes.extend(convert::group_remote(&group).ok().map(Change::Gone)),
            Err(Missing::Unreadable(why)) => changes.push(unreadable(&group, why)),
        }
    }
    Ok(())
}

type Names = BTreeMap<String, Option<String>>;

/// The items of all groups, and the groups' names.
async fn everything(shelf: &Shelf) -> Result<(BTreeMap<String, Result<Vec<Item>, String>>, Names), PlatformError> {
    let mut groups: BTreeMap<String, Result<Vec<Item>, String>> = BTreeMap::new();
    for element in pages::all(&shelf.calls, &List::of("/items", PAGE).expand(WHOLE)).await? {
        let Some(group) = element.get("itemGroup").and_then(wire::id).map(str::to_owned) else { continue };
        let items = groups.entry(group).or_insert_with(|| Ok(Vec::new()));
        match (read_item(&element), &mut *items) {
            (Ok(item), Ok(items)) if !item.is_deleted() => items.push(item),
            (Ok(_), _) => {}
            (Err(why), items) => *items = Err(why),
        }
    }
    groups.retain(|_, items| items.as_ref().map_or(true, |items| !items.is_empty()));
    let names = shelf.groups().await?.into_iter().map(|group| (group.id, group.name)).collect();
    Ok((groups, names))
}

/// Whether lists show deleted items by themselves, and whether a deletion moves the time of change, is not documented:
/// they are taken where they come, and asked for besides.
async fn deleted(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let list = List::of("/items", PAGE).filter("deleted=true").since(place.since);
    let walked = walk(&shelf.calls, &list, place).await?;
    let mut changes = Vec::new();
    let mut touched = BTreeSet::new();
    for item in walked.elements.iter().filter_map(|element| read_item(element).ok()) {
        // A filter that is not understood would bring items that are on sale.
        if !item.is_deleted() {
            continue;
        }
        changes.extend(gone(&item.id));
        touched.extend(item.group().map(str::to_owned));
    }
    add_groups(shelf, touched, &mut changes).await?;
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

pub(super) async fn stocks(shelf: &Shelf, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Stocks);
    let walked = walk(&shelf.calls, &List::of("/item_stocks", PAGE), &place).await?;
    let mut changes = Vec::new();
    for element in &walked.elements {
        let stock: Option<ItemStock> = serde::Deserialize::deserialize(element).ok();
        let Some(stock) = stock else {
            let why = "Clover's answer about its stock is not readable".to_owned();
            changes.push(Change::Unreadable { remote: wire::id(element).unwrap_or("?").to_owned(), why });
            continue;
        };
        let is_old = moment(stock.modified_time).is_some_and(|at| place.since.is_some_and(|since| at < since));
        let variant = stock.item.as_ref().and_then(|item| RemoteId::new(item.id.clone()).ok());
        // Never counted is no news, and above all not 0.
        if let (false, Some(variant), Some(level)) = (is_old, variant, stock.counted()) {
            let location = shelf.location().clone();
            changes.push(Change::Stock(StockChange { listing: None, variant, location, quantity: Some(level) }));
        }
    }
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

fn seen(listing: Result<crate::domain::Listing, String>, id: &str) -> Change {
    match listing {
        Ok(listing) => Change::Seen(Box::new(listing)),
        Err(why) => Change::Unreadable { remote: id.to_owned(), why },
    }
}

fn gone(id: &str) -> Option<Change> {
    RemoteId::new(id).ok().map(Change::Gone)
}

fn unreadable(group: &str, why: String) -> Change {
    let remote = convert::group_remote(group).map_or_else(|_| group.to_owned(), |remote| remote.to_string());
    Change::Unreadable { remote, why }
}
