//! Products: listings, and listings that links tie together, with what the pane filters and sorts by.
//!
//! Kept beside the catalogue and refreshed listing by listing, so that a view never has to look at anything but a few
//! bytes for each (`rows.rs`) and the order of titles (`titles.rs`). Rows for the screen are made in `view.rs`, for the
//! rows that are shown.

mod rows;
#[cfg(test)]
mod tests;
mod titles;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::{
    ConnectionId, Link, LinkId, LinkMember, ListingId, Money, Presence, Quantity, Side, Stock, SyncState,
};
use crate::protocol::{LinkMark, ShownQuantity, SyncCounts};
use crate::rules::CatalogueView;
use crate::rules::fields::RuleBook;
use crate::rules::filter::folded;
use crate::rules::status::{Facts, Standing, of_link};
use crate::store::Entry;

use super::cabinet::title;
use super::catalogue::{Catalogue, Kept, Snapshot};
use super::failures::Failures;
use super::search::Found;
use super::sync::desk::Desk;
use super::sync::orders::Orders;
use super::sync::owing::keeps_quantities;

pub use rows::{Mark, Row, Rows};
pub use titles::Titles;

/// What a product's record is made from.
pub struct Sources<'a> {
    pub catalogue: &'a Catalogue,
    pub orders: &'a Orders,
    pub failures: &'a Failures,
    pub rules: &'a RuleBook,
    pub desk: &'a Desk,
}

impl Sources<'_> {
    /// Where the links of these listings stand, taken together.
    fn standing(&self, listings: &[Arc<Kept>]) -> Standing {
        let catalogue = self.catalogue.now();
        let mut done: BTreeSet<LinkId> = BTreeSet::new();
        let variants = listings.iter().flat_map(|kept| &kept.known.variants);
        let links = variants.filter_map(|variant| catalogue.link_of(*variant));
        let links = links.filter(|link| done.insert(link.id));
        let standing =
            links.map(|link| of_link(catalogue, link, self.facts(link))).fold(Standing::BASE, Standing::with);
        let failing = listings.iter().find_map(|kept| self.failures.why(catalogue, kept.known.id));
        match failing {
            Some(why) => standing.with(Standing { state: SyncState::Failing, trouble: Some(why.to_owned()) }),
            None => standing,
        }
    }

    fn facts(&self, link: &Link) -> Facts {
        let booked = link.members.iter().map(|m| self.orders.booked(self.catalogue, m.listing, m.variant));
        let keeps = |member: &&LinkMember| keeps_quantities(self.catalogue.now(), self.rules, link, member);
        let apart = link.members.iter().filter(|member| !keeps(member)).map(|member| member.variant);
        let conflict = self.desk.conflict_of(link.id).map(|conflict| {
            let there = self.catalogue.now().connection(conflict.watched.other_connection);
            let name = there.map_or_else(|| "the other side".to_owned(), |there| there.name.to_string());
            format!("the {} was changed on {name}, which is not its record", conflict.watched.field.label())
        });
        Facts { booked: Quantity::sum(booked), apart: apart.collect(), conflict, ..Facts::default() }
    }
}

/// A product: its listings, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// In-store first, the one that is shown first of all; never empty.
    pub listings: Vec<ListingId>,
    pub presence: Presence,
    pub in_store: Option<ShownQuantity>,
    pub online: Option<ShownQuantity>,
    pub standing: Standing,
}

/// All products, and their order by title. A product has the number of the listing that names it.
#[derive(Debug, Default)]
pub struct Products {
    rows: Rows,
    titles: Titles,
    /// The product of listings that do not name theirs.
    root_of: HashMap<u32, u32>,
    /// The listing of the same product that comes after a listing.
    next: HashMap<u32, u32>,
    /// Why products fail or are in conflict.
    troubles: HashMap<u32, String>,
    counts: SyncCounts,
    /// Those that were deleted everywhere.
    deleted: usize,
    /// The product that was taken out of the order of titles, since its title changes.
    loose: Option<u32>,
    /// While there are no titles to be in order of yet: what is to be put in order.
    coming: Option<Found>,
}

/// Numbers beyond four thousand million listings are beyond any shop's life; products of such are not shown.
fn number(listing: ListingId) -> Option<u32> {
    u32::try_from(listing.0).ok()
}

fn listing(number: u32) -> ListingId {
    ListingId(number.into())
}

impl Products {
    /// How many products stand where.
    pub const fn counts(&self) -> SyncCounts {
        self.counts
    }

    /// What products are filtered and sorted by.
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }

    pub const fn titles(&self) -> &Titles {
        &self.titles
    }

    /// Whether some were deleted everywhere.
    pub const fn some_deleted(&self) -> bool {
        self.deleted > 0
    }

    /// The listing that names the product of this one.
    pub fn root(&self, of: ListingId) -> Option<ListingId> {
        self.root_number(number(of)?).map(listing)
    }

    fn root_number(&self, of: u32) -> Option<u32> {
        let root = self.root_of.get(&of).copied().unwrap_or(of);
        self.rows.mark(root).is_some().then_some(root)
    }

    /// The listings of the product that a listing belongs to.
    pub fn listings(&self, of: ListingId) -> Vec<ListingId> {
        number(of).and_then(|of| self.root_number(of)).map(|root| self.chain(root)).unwrap_or_default()
    }

    fn chain(&self, root: u32) -> Vec<ListingId> {
        std::iter::successors(Some(root), |one| self.next.get(one).copied()).map(listing).collect()
    }

    /// Listings that do not name their product, with the one that does.
    pub fn members(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.root_of.iter().map(|(member, root)| (*member, *root))
    }

    /// The product that a listing belongs to.
    pub fn of(&self, of: ListingId) -> Option<Product> {
        let root = self.root_number(number(of)?)?;
        let mark = self.rows.mark(root)?;
        Some(Product {
            listings: self.chain(root),
            presence: mark.presence(),
            in_store: self.rows.in_store(root),
            online: self.rows.online(root),
            standing: Standing { state: mark.state(), trouble: self.troubles.get(&root).cloned() },
        })
    }

    /// How many there are, but for those that were deleted everywhere.
    pub fn len(&self) -> usize {
        self.rows.len().saturating_sub(self.deleted)
    }

    /// Begins to take in everything: titles are put in order once, by [`Products::in_order`].
    pub fn begin(&mut self) {
        self.coming = Some(Found::default());
    }

    pub fn in_order(&mut self, catalogue: &Snapshot) {
        if let Some(coming) = self.coming.take() {
            self.titles.extend(catalogue, coming.iter());
        }
    }

    /// Before the catalogue takes in an entry: takes out of the order what would not be found in it afterwards.
    pub fn loosen(&mut self, catalogue: &Snapshot, entry: &Entry) {
        match entry {
            Entry::ListingSeen(seen) => {
                let Some(number) = number(seen.id).filter(|number| self.rows.mark(*number).is_some()) else { return };
                let changes = |text: &str| title(text) != folded(&seen.listing.title);
                if catalogue.text(seen.id).is_some_and(|text| changes(&text)) {
                    self.titles.remove(catalogue, number);
                    self.loose = Some(number);
                }
            }
            Entry::ConnectionRemoved(connection) => {
                self.titles.retain(|product| catalogue.connection_of(listing(product)) != Some(*connection));
            }
            _ => {}
        }
    }

    /// Makes the records of these listings anew, and of all that are or were tied to them.
    pub fn refresh(&mut self, sources: &Sources<'_>, touched: &[ListingId]) {
        let catalogue = sources.catalogue.now();
        let mut open: Vec<ListingId> = Vec::new();
        for listing in touched {
            match number(*listing).and_then(|of| self.root_number(of)) {
                Some(root) => open.extend(self.chain(root)),
                None => open.push(*listing),
            }
        }
        let mut done: HashSet<ListingId> = HashSet::new();
        // Most come back with the same title: those stay in its order, for each look at it reads dozens of titles.
        let mut waiting: HashSet<u32> = HashSet::new();
        while let Some(seed) = open.pop() {
            if !done.insert(seed) {
                continue;
            }
            let tied = tied_to(catalogue, seed);
            for listing in &tied {
                done.insert(*listing);
                let old = self.take(catalogue, *listing, &mut waiting);
                open.extend(old.into_iter().filter(|other| !done.contains(other)));
            }
            self.take(catalogue, seed, &mut waiting);
            self.put(sources, &tied, &mut waiting);
        }
        for root in waiting {
            self.titles.remove(catalogue, root);
        }
    }

    /// Takes out the product of a listing; which listings it had. It waits in the order of titles for its coming back.
    fn take(&mut self, catalogue: &Snapshot, of: ListingId, waiting: &mut HashSet<u32>) -> Vec<ListingId> {
        let Some(root) = number(of).and_then(|of| self.root_number(of)) else { return Vec::new() };
        let listings = self.chain(root);
        let Some(mark) = self.rows.take(root) else { return Vec::new() };
        let count = count_of(&mut self.counts, mark.state());
        *count = count.saturating_sub(1);
        self.deleted = self.deleted.saturating_sub(usize::from(mark.presence() == Presence::Neither));
        self.troubles.remove(&root);
        for member in listings.iter().filter_map(|member| number(*member)) {
            self.root_of.remove(&member);
            self.next.remove(&member);
        }
        // One that is not in the catalogue any more, or has another title now, was taken out before that.
        if self.loose == Some(root) {
            self.loose = None;
        } else if catalogue.connection_of(listing(root)).is_some() {
            waiting.insert(root);
        }
        listings
    }

    fn put(&mut self, sources: &Sources<'_>, tied: &[ListingId], waiting: &mut HashSet<u32>) {
        let catalogue = sources.catalogue.now();
        let mut listings: Vec<Arc<Kept>> = tied.iter().filter_map(|id| catalogue.look(*id)).collect();
        listings.sort_by_key(|kept| (kept.known.gone, side_rank(catalogue, kept.known.connection), kept.known.id));
        let numbers: Option<Vec<u32>> = listings.iter().map(|kept| number(kept.known.id)).collect();
        let Some((root, numbers)) = numbers.and_then(|all| Some((*all.first()?, all))) else { return };
        for pair in numbers.windows(2) {
            self.root_of.insert(pair[1], root);
            self.next.insert(pair[0], pair[1]);
        }
        match &mut self.coming {
            Some(coming) => coming.add(root),
            None if waiting.remove(&root) => {}
            None => self.titles.insert(catalogue, root),
        }
        let (row, trouble) = summary(sources, &listings);
        *count_of(&mut self.counts, row.mark.state()) += 1;
        self.deleted += usize::from(row.mark.presence() == Presence::Neither);
        if let Some(trouble) = trouble {
            self.troubles.insert(root, trouble);
        }
        self.rows.put(root, row);
    }
}

/// A listing and all that links tie to it.
fn tied_to(catalogue: &Snapshot, seed: ListingId) -> Vec<ListingId> {
    let mut tied = Vec::new();
    let mut open = vec![seed];
    while let Some(listing) = open.pop() {
        if tied.contains(&listing) {
            continue;
        }
        let Some(kept) = catalogue.look(listing) else { continue };
        tied.push(listing);
        for variant in &kept.known.variants {
            let members = catalogue.link_of(*variant).map(|link| link.members.as_slice()).unwrap_or_default();
            open.extend(members.iter().map(|member| member.listing).filter(|other| !tied.contains(other)));
        }
    }
    tied
}

fn side_rank(catalogue: &Snapshot, connection: ConnectionId) -> (Side, ConnectionId) {
    (catalogue.connection(connection).map_or(Side::Online, |known| known.side), connection)
}

/// The count that a product is among.
fn count_of(counts: &mut SyncCounts, state: SyncState) -> &mut u64 {
    match state {
        SyncState::Conflict => &mut counts.conflict,
        SyncState::Failing => &mut counts.failing,
        SyncState::Paused => &mut counts.paused,
        SyncState::OutOfSync { .. } => &mut counts.out_of_sync,
        SyncState::InOrders => &mut counts.in_orders,
        SyncState::InSync => &mut counts.in_sync,
        SyncState::Base => &mut counts.base,
    }
}

/// The row of a product, and what is the matter with it. `listings`: not empty, the one that is shown first.
fn summary(sources: &Sources<'_>, listings: &[Arc<Kept>]) -> (Row, Option<String>) {
    let catalogue = sources.catalogue.now();
    let on = |side| {
        listings.iter().find(|kept| {
            !kept.known.gone && catalogue.connection(kept.known.connection).is_some_and(|known| known.side == side)
        })
    };
    let (in_store, online) = (on(Side::InStore), on(Side::Online));
    let presence = match (in_store.is_some(), online.is_some()) {
        (true, true) => Presence::Both,
        (true, false) => Presence::InStore,
        (false, true) => Presence::Online,
        (false, false) => Presence::Neither,
    };
    let sellable = |kept: &Arc<Kept>| {
        let known = &kept.known;
        let counts = |location: &_| catalogue.connection(known.connection).is_some_and(|c| c.counts(location));
        let left = |stock: &Stock| stock.total(counts).is_none_or(|total| total.is_positive());
        !known.gone && known.listing.variants.iter().any(|variant| left(&variant.stock))
    };
    let standing = sources.standing(listings);
    // Of several single items that are the variants of one product, all that are on the connection count.
    let together = |shown: &Arc<Kept>| {
        let same = |kept: &&Arc<Kept>| !kept.known.gone && kept.known.connection == shown.known.connection;
        listings.iter().filter(same).map(|kept| quantity(catalogue, kept)).reduce(sum).unwrap_or(ShownQuantity::Unknown)
    };
    let row = Row {
        mark: Mark::new(presence, !listings.iter().any(sellable), standing.state),
        in_store: in_store.map(together),
        online: online.map(together),
        price: listings.first().and_then(|shown| prices(shown)).map(|(low, _)| low.minor),
    };
    (row, standing.trouble)
}

/// As over the variants of one listing: what is known counts.
fn sum(one: ShownQuantity, other: ShownQuantity) -> ShownQuantity {
    match (one, other) {
        (ShownQuantity::Counted(one), ShownQuantity::Counted(other)) => ShownQuantity::Counted(one + other),
        (counted @ ShownQuantity::Counted(_), _) | (_, counted @ ShownQuantity::Counted(_)) => counted,
        (ShownQuantity::Untracked, ShownQuantity::Untracked) => ShownQuantity::Untracked,
        _ => ShownQuantity::Unknown,
    }
}

/// What a connection holds of a listing, over all its variants.
pub fn quantity(catalogue: &Snapshot, kept: &Kept) -> ShownQuantity {
    let known = &kept.known;
    let counts = |location: &_| catalogue.connection(known.connection).is_some_and(|c| c.counts(location));
    match known.listing.total(counts) {
        Some(total) => ShownQuantity::Counted(total),
        None if known.listing.variants.iter().all(|v| v.stock == Stock::Untracked) => ShownQuantity::Untracked,
        None => ShownQuantity::Unknown,
    }
}

/// The lowest and the highest price of a listing's variants.
pub fn prices(kept: &Kept) -> Option<(Money, Money)> {
    let prices = kept.known.listing.variants.iter().filter_map(|variant| variant.price);
    prices.fold(None, |range, price| match range {
        None => Some((price, price)),
        Some((low, high)) => Some((
            if price.minor < low.minor { price } else { low },
            if price.minor > high.minor { price } else { high },
        )),
    })
}

/// How much of a listing is linked.
pub fn link_mark(catalogue: &Snapshot, kept: &Kept) -> LinkMark {
    let linked = kept.known.variants.iter().filter(|variant| catalogue.link_of(**variant).is_some()).count();
    match linked {
        0 => LinkMark::Unlinked,
        some if some == kept.known.variants.len() => LinkMark::Linked,
        _ => LinkMark::Partly,
    }
}
