//! What a feed shows, as entries for the journal: only what is new, with our numbers, and with the ledgers of links.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    ConnectionId, KnownListing, LinkId, Listing, ListingId, LocationId, Order, RemoteId, Stock, Timestamp, Variant,
    VariantId,
};
use crate::platform::{Change, StockChange};
use crate::rules::CatalogueView;
use crate::rules::drops::lost_count;
use crate::store::Entry;

use super::Planted;
use super::books::Books;
use super::catalogue::digest;
use super::sync::afresh::Open;
use super::sync::orders;
use super::truth::{Known, Pen};

/// What a page comes to.
#[derive(Debug, Default)]
pub struct Intake {
    pub entries: Vec<Entry>,
    /// Listings that the page showed, new or not.
    pub seen: Vec<ListingId>,
    /// Items that could not be read, and why.
    pub unreadable: Vec<(String, String)>,
    /// What does not count, since it was asked for before our last write there ended, and says something else.
    pub open: Open,
}

/// A listing with our numbers: those it has, and new ones for what is new.
pub fn numbered(
    known: &Known,
    pen: &mut Pen,
    connection: ConnectionId,
    listing: &Listing,
    now: Timestamp,
) -> KnownListing {
    let id = known.catalogue.by_remote(connection, &listing.remote);
    let before = id.and_then(|id| known.catalogue.now().listing(id));
    let number = |variant: &Variant| {
        let same = |(_, known): &(VariantId, &Variant)| known.remote == variant.remote;
        before.and_then(|before| before.numbered().find(same)).map(|(number, _)| number)
    };
    let variants: Vec<Option<VariantId>> = listing.variants.iter().map(number).collect();
    KnownListing {
        id: id.unwrap_or_else(|| pen.listing()),
        connection,
        variants: variants.into_iter().map(|number| number.unwrap_or_else(|| pen.variant())).collect(),
        listing: listing.clone(),
        gone: false,
        seen_at: now,
    }
}

/// Takes in a page that was asked for at `asked` (see `Truth::tick`).
pub fn page(
    known: &Known,
    pen: &mut Pen,
    connection: ConnectionId,
    changes: Vec<Change>,
    asked: u64,
    now: Timestamp,
) -> Intake {
    let mut taking = Taking {
        known,
        connection,
        asked,
        now,
        books: Books::open(known, now),
        listings: BTreeMap::new(),
        stocks: BTreeMap::new(),
        moved: BTreeMap::new(),
        orders: BTreeMap::new(),
        gone: Vec::new(),
        unlinked: Vec::new(),
        intake: Intake::default(),
        unknown_is_zero: pen.plants(Planted::UnknownIsZero),
        old_looks_count: pen.plants(Planted::OldLookCounts),
    };
    for change in changes {
        match change {
            Change::Seen(listing) => taking.seen(pen, *listing),
            Change::Gone(remote) => {
                let id = taking.new_id(&remote).or_else(|| known.catalogue.by_remote(connection, &remote));
                if let Some(id) = id {
                    taking.gone(id);
                }
            }
            Change::Stock(change) => taking.stock(&change),
            Change::Order(order) => taking.order(*order),
            Change::Unreadable { remote, why } => taking.intake.unreadable.push((remote, why)),
        }
    }
    taking.finish()
}

/// The entries that say that listings are gone, with the links that this ends.
pub fn gone(known: &Known, listings: &[ListingId], now: Timestamp) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut unlinked: Vec<LinkId> = Vec::new();
    for id in listings {
        let Some(listing) = known.catalogue.now().listing(*id).filter(|listing| !listing.gone) else { continue };
        entries.push(Entry::ListingGone { listing: *id, at: now });
        unlinked.extend(listing.variants.iter().filter_map(|v| known.catalogue.now().link_of(*v)).map(|link| link.id));
    }
    unlinked.sort();
    unlinked.dedup();
    entries.extend(unlinked.into_iter().map(|link| Entry::LinkRemoved { link, why: DELETED.to_owned() }));
    entries
}

const DELETED: &str = "one of the products was deleted on its platform";

/// The locations at which two counts differ.
fn differing(one: &Stock, other: &Stock) -> BTreeSet<LocationId> {
    let places = |stock: &Stock| match stock {
        Stock::Tracked(levels) => levels.keys().cloned().collect::<BTreeSet<_>>(),
        Stock::Untracked | Stock::Unknown => BTreeSet::new(),
    };
    let mut all = places(one);
    all.append(&mut places(other));
    all.retain(|location| one.at(location) != other.at(location));
    all
}

struct Taking<'a> {
    known: &'a Known,
    connection: ConnectionId,
    asked: u64,
    now: Timestamp,
    books: Books<'a>,
    /// New or changed, as they are after this page; written once, however often the page shows them.
    listings: BTreeMap<ListingId, KnownListing>,
    /// Counts of listings that did not change otherwise, as they are after this page.
    stocks: BTreeMap<VariantId, Stock>,
    /// Of what this page shows level by level: whose it is, and what was held before.
    moved: BTreeMap<VariantId, (ListingId, Stock)>,
    /// Orders that this page has shown already.
    orders: BTreeMap<RemoteId, Order>,
    gone: Vec<ListingId>,
    unlinked: Vec<LinkId>,
    intake: Intake,
    unknown_is_zero: bool,
    old_looks_count: bool,
}

impl Taking<'_> {
    /// A listing that this very page showed for the first time.
    fn new_id(&self, remote: &RemoteId) -> Option<ListingId> {
        self.listings.values().find(|new| new.listing.remote == *remote).map(|new| new.id)
    }

    fn seen(&mut self, pen: &mut Pen, mut listing: Listing) {
        let catalogue = self.known.catalogue.now();
        let twice = self.new_id(&listing.remote).and_then(|id| self.listings.get(&id).cloned());
        let id = self.known.catalogue.by_remote(self.connection, &listing.remote);
        let before = twice.or_else(|| id.and_then(|id| catalogue.listing(id).cloned()));
        if let Some(known) =
            before.as_ref().filter(|known| self.known.desk.is_older_than_our_edit(known.id, self.asked))
        {
            // Asked for before our last edit there ended: its counts are news, its fields are not.
            self.intake.seen.push(known.id);
            if self.known.catalogue.now().kept(known.id).is_none_or(|kept| kept.digest != digest(&listing)) {
                self.intake.open.listings.insert(listing.remote.clone());
            }
            self.counts_of(&known.clone(), &listing);
            return;
        }
        if let Some(before) = &before {
            for variant in &mut listing.variants {
                let same = before.numbered().find(|(_, known)| known.remote == variant.remote);
                if let Some((number, known)) = same
                    && self.keeps(number, &variant.stock, &known.stock)
                {
                    let shown = std::mem::replace(&mut variant.stock, known.stock.clone());
                    self.leave_open((before.id, number), &listing.remote, &shown, &known.stock);
                }
            }
        }
        let unchanged = id.filter(|id| {
            let stocks = |listing: &Listing| listing.variants.iter().map(|v| v.stock.clone()).collect::<Vec<_>>();
            let kept = catalogue.kept(*id).filter(|kept| !kept.known.gone && !self.listings.contains_key(id));
            kept.is_some_and(|kept| kept.digest == digest(&listing) && stocks(&kept.known.listing) == stocks(&listing))
        });
        if let Some(id) = unchanged {
            self.intake.seen.push(id);
            return;
        }
        let fresh = match &before {
            Some(before) if self.listings.contains_key(&before.id) => {
                // Shown twice by one page: the later one counts, under the numbers that were just given.
                let number = |variant: &Variant| {
                    before.numbered().find(|(_, known)| known.remote == variant.remote).map(|(number, _)| number)
                };
                let numbers: Vec<_> = listing.variants.iter().map(number).collect();
                let variants = numbers.into_iter().map(|number| number.unwrap_or_else(|| pen.variant())).collect();
                KnownListing { variants, listing, ..before.clone() }
            }
            _ => numbered(self.known, pen, self.connection, &listing, self.now),
        };
        if let Some(before) = &before {
            let lost = before.variants.iter().filter(|number| !fresh.variants.contains(number));
            self.unlinked.extend(lost.filter_map(|number| catalogue.link_of(*number)).map(|link| link.id));
        }
        self.gone.retain(|gone| *gone != fresh.id);
        self.intake.seen.push(fresh.id);
        self.observe(before.as_ref(), &fresh);
        self.listings.insert(fresh.id, fresh);
    }

    /// Takes in the counts that a listing was shown with, and nothing else of it.
    fn counts_of(&mut self, known: &KnownListing, shown: &Listing) {
        for variant in &shown.variants {
            let Stock::Tracked(levels) = &variant.stock else { continue };
            for (location, level) in levels {
                self.stock(&StockChange {
                    listing: Some(known.listing.remote.clone()),
                    variant: variant.remote.clone(),
                    location: location.clone(),
                    quantity: Some(*level),
                });
            }
        }
    }

    /// Whether what we know of a count is better than what the page shows: the page was asked for before our last
    /// write there ended, or this feed does not tell of counts at all.
    fn keeps(&self, number: VariantId, shown: &Stock, known: &Stock) -> bool {
        let silent = *shown == Stock::Unknown && *known != Stock::Unknown;
        silent || self.is_older_than_our_write(number)
    }

    /// Notes what of a count that does not count says something else than what is known.
    fn leave_open(
        &mut self,
        (listing, variant): (ListingId, VariantId),
        remote: &RemoteId,
        shown: &Stock,
        known: &Stock,
    ) {
        match (shown, known) {
            _ if shown == known => {}
            // This feed does not tell of counts.
            (Stock::Unknown, _) => {}
            (Stock::Tracked(_), Stock::Tracked(_)) => {
                for location in differing(shown, known) {
                    self.intake.open.counts.insert((listing, variant, location));
                }
            }
            // Counted or not: that is told with the listing.
            _ => {
                self.intake.open.listings.insert(remote.clone());
            }
        }
    }

    fn is_older_than_our_write(&self, number: VariantId) -> bool {
        !self.old_looks_count && self.known.written.get(&number).is_some_and(|written| *written > self.asked)
    }

    fn observe(&mut self, before: Option<&KnownListing>, listing: &KnownListing) {
        for (number, variant) in listing.numbered() {
            let before = before.and_then(|before| before.variant(number)).map(|variant| &variant.stock);
            self.count(number, before, &variant.stock);
        }
    }

    fn count(&mut self, number: VariantId, before: Option<&Stock>, after: &Stock) {
        let Some(connection) = self.known.catalogue.now().connection(self.connection) else { return };
        let counts = |location: &LocationId| connection.counts(location);
        if self.unknown_is_zero {
            self.books.observe(number, Some(after.total(counts).unwrap_or_default()));
        } else if before.is_some_and(|before| lost_count(before, after, counts)) {
            self.books.stops_counting(number);
        } else {
            self.books.observe(number, after.total(counts));
        }
    }

    fn stock(&mut self, change: &StockChange) {
        let new = self.listings.values().find_map(|new| {
            let mine = |(_, v): &(VariantId, &Variant)| {
                v.remote == change.variant || v.inventory.as_ref() == Some(&change.variant)
            };
            new.numbered().find(mine).map(|(number, _)| (new.id, number))
        });
        let found = new.or_else(|| self.known.catalogue.by_stock(self.connection, &change.variant));
        // A count of something that is not a product of ours: nothing to keep it at.
        let Some((id, number)) = found else { return };
        if self.is_older_than_our_write(number) {
            let known = self.known.catalogue.now().listing(id).and_then(|listing| listing.variant(number));
            if known.is_some_and(|known| known.stock.at(&change.location) != change.quantity) {
                self.intake.open.counts.insert((id, number, change.location.clone()));
            }
            return;
        }
        if let Some(listing) = self.listings.get_mut(&id) {
            let position = listing.variants.iter().position(|v| *v == number);
            let variant = position.and_then(|position| listing.listing.variants.get_mut(position));
            if let Some(stock) = variant.map(|variant| &mut variant.stock) {
                self.moved.entry(number).or_insert_with(|| (id, stock.clone()));
                stock.see_level(change.location.clone(), change.quantity);
            }
            return;
        }
        let known = self.known.catalogue.now().listing(id).and_then(|listing| listing.variant(number));
        let Some(known) = known else { return };
        let stock = self.stocks.entry(number).or_insert_with(|| known.stock.clone());
        let before = stock.clone();
        stock.see_level(change.location.clone(), change.quantity);
        if *stock == before {
            return;
        }
        self.moved.entry(number).or_insert((id, before));
        self.intake.entries.push(Entry::LevelSeen {
            listing: id,
            variant: number,
            location: change.location.clone(),
            quantity: change.quantity,
            at: self.now,
        });
    }

    fn order(&mut self, order: Order) {
        let (known, connection) = (self.known, self.connection);
        let before = self.orders.get(&order.remote).or_else(|| known.orders.get(connection, &order.remote)).cloned();
        let entries = orders::seen(known, &mut self.books, connection, before.as_ref(), order.clone(), self.now);
        self.intake.entries.extend(entries);
        self.orders.insert(order.remote.clone(), order);
    }

    fn gone(&mut self, id: ListingId) {
        self.listings.remove(&id);
        self.gone.push(id);
    }

    /// Levels at several places are one count: half of a move between two of them is no sale, and a place that is left
    /// when counting ends says nothing of the whole.
    fn count_moved(&mut self) {
        for (number, (id, before)) in std::mem::take(&mut self.moved) {
            let listing = self.listings.get(&id).and_then(|listing| listing.variant(number));
            let after = listing.map(|variant| &variant.stock).or_else(|| self.stocks.get(&number)).cloned();
            if let Some(after) = after {
                self.count(number, Some(&before), &after);
            }
        }
    }

    fn finish(mut self) -> Intake {
        self.count_moved();
        self.gone.sort();
        self.gone.dedup();
        let gone = gone(self.known, &self.gone, self.now);
        let mut ended: BTreeSet<LinkId> = self.unlinked.into_iter().collect();
        let mut entries: Vec<Entry> =
            self.listings.into_values().map(|listing| Entry::ListingSeen(Box::new(listing))).collect();
        entries.append(&mut self.intake.entries);
        for entry in gone {
            match entry {
                Entry::LinkRemoved { link, .. } => {
                    ended.insert(link);
                }
                entry => entries.push(entry),
            }
        }
        let kept = self.books.entries().into_iter();
        entries.extend(kept.filter(|entry| !matches!(entry, Entry::LinkKept(link) if ended.contains(&link.id))));
        entries.extend(ended.into_iter().map(|link| Entry::LinkRemoved { link, why: DELETED.to_owned() }));
        self.intake.entries = entries;
        self.intake
    }
}
