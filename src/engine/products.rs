//! Products: listings, and listings that links tie together, with what the pane filters and sorts by.
//!
//! Kept beside the catalogue and refreshed listing by listing, so that a view never has to look at anything but these
//! small records. Rows for the screen are made in `view.rs`, for the rows that are shown.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::{
    ConnectionId, Link, LinkId, LinkMember, ListingId, Money, Presence, Quantity, Side, Stock, SyncState,
};
use crate::protocol::{LinkMark, ShownQuantity, SyncCounts};
use crate::rules::CatalogueView;
use crate::rules::fields::RuleBook;
use crate::rules::filter::Search;
use crate::rules::status::{Facts, Standing, of_link};

use super::catalogue::{Catalogue, Kept, Snapshot};
use super::failures::Failures;
use super::sync::desk::Desk;
use super::sync::orders::Orders;
use super::sync::owing::keeps_quantities;

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
    fn standing(&self, listings: &[&Arc<Kept>]) -> Standing {
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

/// What is known of a product without looking at its listings.
#[derive(Debug)]
pub struct Product {
    /// In-store first, the one that is shown first of all; never empty.
    pub listings: Box<[ListingId]>,
    pub title: Arc<str>,
    pub presence: Presence,
    pub in_store: Option<ShownQuantity>,
    pub online: Option<ShownQuantity>,
    /// The shown listing's lowest and highest price.
    pub price: Option<(Money, Money)>,
    /// Counted everywhere, and nothing left anywhere.
    pub sold_out: bool,
    pub standing: Standing,
    /// Only where there are several listings; else the listing's own will do.
    search: Option<Box<str>>,
}

impl Product {
    pub fn root(&self) -> Option<ListingId> {
        self.listings.first().copied()
    }

    pub fn found(&self, search: &Search, catalogue: &Snapshot) -> bool {
        match &self.search {
            Some(text) => search.finds(text),
            None => self.root().and_then(|root| catalogue.kept(root)).is_some_and(|kept| search.finds(&kept.search)),
        }
    }
}

/// All products, and their order by title.
#[derive(Debug, Default)]
pub struct Products {
    by_root: HashMap<ListingId, Product>,
    /// For listings that are not the root of their product.
    root_of: HashMap<ListingId, ListingId>,
    by_title: BTreeSet<(Arc<str>, ListingId)>,
    counts: SyncCounts,
    /// Those that were deleted everywhere.
    deleted: usize,
}

impl Products {
    /// How many products stand where.
    pub const fn counts(&self) -> SyncCounts {
        self.counts
    }

    /// The product that a listing belongs to.
    pub fn of(&self, listing: ListingId) -> Option<&Product> {
        let root = self.root_of.get(&listing).copied().unwrap_or(listing);
        self.by_root.get(&root)
    }

    /// How many there are, but for those that were deleted everywhere.
    pub fn len(&self) -> usize {
        self.by_root.len().saturating_sub(self.deleted)
    }

    /// In the order of their titles.
    pub fn by_title(&self) -> impl DoubleEndedIterator<Item = &Product> {
        self.by_title.iter().filter_map(|(_, root)| self.by_root.get(root))
    }

    /// Makes the products of these listings anew, with all that they were and are tied to.
    pub fn refresh(&mut self, sources: &Sources<'_>, touched: &[ListingId]) {
        let catalogue = sources.catalogue.now();
        let mut open: Vec<ListingId> = Vec::new();
        for listing in touched {
            match self.of(*listing) {
                Some(product) => open.extend_from_slice(&product.listings),
                None => open.push(*listing),
            }
        }
        let mut done: HashSet<ListingId> = HashSet::new();
        while let Some(seed) = open.pop() {
            if !done.insert(seed) {
                continue;
            }
            let tied = tied_to(catalogue, seed);
            for listing in &tied {
                done.insert(*listing);
                if let Some(old) = self.take(*listing) {
                    open.extend(old.listings.iter().filter(|other| !done.contains(other)));
                }
            }
            self.take(seed);
            self.put(sources, &tied);
        }
    }

    fn take(&mut self, listing: ListingId) -> Option<Product> {
        let root = self.root_of.get(&listing).copied().unwrap_or(listing);
        let product = self.by_root.remove(&root)?;
        self.by_title.remove(&(product.title.clone(), root));
        let count = count_of(&mut self.counts, product.standing.state);
        *count = count.saturating_sub(1);
        self.deleted = self.deleted.saturating_sub(usize::from(product.presence == Presence::Neither));
        for member in &product.listings {
            self.root_of.remove(member);
        }
        Some(product)
    }

    fn put(&mut self, sources: &Sources<'_>, tied: &[ListingId]) {
        let catalogue = sources.catalogue.now();
        let mut listings: Vec<&Arc<Kept>> = tied.iter().filter_map(|id| catalogue.kept(*id)).collect();
        listings.sort_by_key(|kept| (kept.known.gone, side_rank(catalogue, kept.known.connection), kept.known.id));
        let Some(shown) = listings.first().copied() else { return };
        let root = shown.known.id;
        for other in &listings[1..] {
            self.root_of.insert(other.known.id, root);
        }
        self.by_title.insert((shown.title.clone(), root));
        let product = summary(sources, &listings, shown);
        *count_of(&mut self.counts, product.standing.state) += 1;
        self.deleted += usize::from(product.presence == Presence::Neither);
        self.by_root.insert(root, product);
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
        let Some(kept) = catalogue.kept(listing) else { continue };
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

fn summary(sources: &Sources<'_>, listings: &[&Arc<Kept>], shown: &Kept) -> Product {
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
    let sellable = |kept: &&Arc<Kept>| {
        let known = &kept.known;
        let counts = |location: &_| catalogue.connection(known.connection).is_some_and(|c| c.counts(location));
        let left = |stock: &Stock| stock.total(counts).is_none_or(|total| total.is_positive());
        !known.gone && known.listing.variants.iter().any(|variant| left(&variant.stock))
    };
    let search = (listings.len() > 1)
        .then(|| listings.iter().map(|kept| &*kept.search).collect::<Vec<_>>().join("\n").into_boxed_str());
    Product {
        listings: listings.iter().map(|kept| kept.known.id).collect(),
        title: shown.title.clone(),
        presence,
        in_store: in_store.map(|kept| quantity(catalogue, kept)),
        online: online.map(|kept| quantity(catalogue, kept)),
        price: prices(shown),
        sold_out: !listings.iter().any(sellable),
        standing: sources.standing(listings),
        search,
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
