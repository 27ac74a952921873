//! The orders that are known, by connection and by the item that they are about.
//!
//! Kept in memory beside the catalogue and fed with acknowledged entries only. What is booked of an item is summed up as
//! orders come and go, so that no view ever looks through orders. Orders are kept by the platform's own identifiers: a
//! feed may tell of an order before the listing that it is about.

mod lost;
mod seen;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::{
    Cause, ConnectionId, KnownOrder, ListingId, LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text,
    Timestamp, VariantId,
};
use crate::protocol::OrderBrief;
use crate::rules::{CatalogueView, ledger, orders as rules, reckoning};
use crate::store::Entry;

use super::super::catalogue::Catalogue;

pub use lost::settle;
pub use seen::seen;

/// What a line says it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Item {
    /// By the variant's own identifier, or by the one for its stock.
    Variant(ConnectionId, RemoteId),
    /// The listing alone: a product without variants.
    Listing(ConnectionId, RemoteId),
}

impl Item {
    fn of(connection: ConnectionId, line: &OrderLine) -> Option<Self> {
        let variant = line.variant.clone().map(|variant| Self::Variant(connection, variant));
        variant.or_else(|| line.listing.clone().map(|listing| Self::Listing(connection, listing)))
    }
}

/// What is known of one item's orders.
#[derive(Debug, Default)]
struct Ordered {
    /// Held back from sale by open orders.
    booked: Quantity,
    by: BTreeSet<RemoteId>,
}

#[derive(Debug, Default)]
pub struct Orders {
    known: BTreeMap<ConnectionId, BTreeMap<RemoteId, KnownOrder>>,
    items: HashMap<Item, Ordered>,
    /// Those that ended, by when.
    ended: BTreeMap<ConnectionId, BTreeSet<(Timestamp, RemoteId)>>,
    /// Variants with orders that no count has shown yet.
    unseen: BTreeSet<(ConnectionId, VariantId)>,
}

impl Orders {
    pub fn get(&self, connection: ConnectionId, remote: &RemoteId) -> Option<&Order> {
        self.known.get(&connection)?.get(remote).map(|known| &known.order)
    }

    /// Takes in what the store has acknowledged. Gives the listings of which now more or less is booked.
    pub fn apply(&mut self, catalogue: &Catalogue, entry: &Entry) -> Vec<ListingId> {
        match entry {
            Entry::OrderSeen(seen) => {
                let mut touched = self.take(catalogue, seen.connection, &seen.order.remote);
                touched.extend(self.put(catalogue, (**seen).clone()));
                touched
            }
            Entry::OrdersForgotten { connection, orders } => {
                orders.iter().flat_map(|remote| self.take(catalogue, *connection, remote)).collect()
            }
            Entry::ConnectionRemoved(connection) => {
                let all = self.known.get(connection).into_iter().flat_map(BTreeMap::keys);
                for remote in all.cloned().collect::<Vec<_>>() {
                    self.take(catalogue, *connection, &remote);
                }
                self.unseen.retain(|(of, _)| of != connection);
                Vec::new()
            }
            Entry::LinkKept(link) => {
                for member in &link.members {
                    let place = (member.connection, member.variant);
                    if reckoning::wants_look(&member.unmatched) {
                        self.unseen.insert(place);
                    } else {
                        self.unseen.remove(&place);
                    }
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn put(&mut self, catalogue: &Catalogue, known: KnownOrder) -> Vec<ListingId> {
        let (connection, order) = (known.connection, &known.order);
        for line in &order.lines {
            let Some(item) = Item::of(connection, line) else { continue };
            let ordered = self.items.entry(item).or_default();
            ordered.booked += order.booked(line);
            ordered.by.insert(order.remote.clone());
        }
        if rules::has_ended(order) {
            self.ended.entry(connection).or_default().insert((order.updated_at, order.remote.clone()));
        }
        let touched = listings(catalogue, connection, order);
        self.known.entry(connection).or_default().insert(known.order.remote.clone(), known);
        touched
    }

    fn take(&mut self, catalogue: &Catalogue, connection: ConnectionId, remote: &RemoteId) -> Vec<ListingId> {
        let Some(known) = self.known.get_mut(&connection).and_then(|known| known.remove(remote)) else {
            return Vec::new();
        };
        let order = &known.order;
        for line in &order.lines {
            let Some(item) = Item::of(connection, line) else { continue };
            let Some(ordered) = self.items.get_mut(&item) else { continue };
            ordered.booked = ordered.booked - order.booked(line);
            ordered.by.remove(remote);
            if ordered.by.is_empty() {
                self.items.remove(&item);
            }
        }
        if let Some(ended) = self.ended.get_mut(&connection) {
            ended.remove(&(order.updated_at, remote.clone()));
        }
        listings(catalogue, connection, order)
    }

    /// Ordered of a variant on its connection, and not shipped.
    pub fn booked(&self, catalogue: &Catalogue, listing: ListingId, variant: VariantId) -> Quantity {
        Quantity::sum(self.items_of(catalogue, listing, variant).iter().map(|(_, ordered)| ordered.booked))
    }

    /// How many orders of the last while are about a variant.
    pub fn count(&self, catalogue: &Catalogue, listing: ListingId, variant: VariantId) -> u64 {
        self.items_of(catalogue, listing, variant).iter().map(|(_, ordered)| ordered.by.len() as u64).sum()
    }

    /// The orders that hold back some of a variant, the newest first.
    pub fn open(&self, catalogue: &Catalogue, listing: ListingId, variant: VariantId) -> Vec<OrderBrief> {
        let connection =
            catalogue.now().listing(listing).and_then(|known| catalogue.now().connection(known.connection));
        let Some(connection) = connection else { return Vec::new() };
        let mut briefs: Vec<OrderBrief> = Vec::new();
        for (item, ordered) in self.items_of(catalogue, listing, variant) {
            for order in ordered.by.iter().filter_map(|remote| self.get(connection.id, remote)) {
                let lines = order.lines.iter().filter(|line| Item::of(connection.id, line).as_ref() == Some(&item));
                let booked = Quantity::sum(lines.map(|line| order.booked(line)));
                if order.state == OrderState::Open && booked.is_positive() {
                    let (number, placed_at) = (order.number.clone(), order.placed_at);
                    let name = connection.name.clone();
                    briefs.push(OrderBrief { connection: name, number, state: order.state, placed_at, booked });
                }
            }
        }
        briefs.sort_by(|a, b| b.placed_at.cmp(&a.placed_at).then_with(|| b.number.as_str().cmp(a.number.as_str())));
        briefs
    }

    /// The order of a variant that was placed or changed at this moment: what a fall is put down to.
    pub fn cause(&self, catalogue: &Catalogue, listing: ListingId, variant: VariantId, at: Timestamp) -> Option<Cause> {
        let connection = catalogue.now().listing(listing)?.connection;
        let items = self.items_of(catalogue, listing, variant);
        let mut orders = items.iter().flat_map(|(_, ordered)| &ordered.by).filter_map(|by| self.get(connection, by));
        let order = orders.find(|order| order.placed_at == at || order.updated_at == at)?;
        Some(Cause::Order { number: order.number.clone() })
    }

    /// Whether all that orders of this moment took of a variant was taken from other locations than this one.
    pub fn took_elsewhere(
        &self,
        catalogue: &Catalogue,
        listing: ListingId,
        variant: VariantId,
        moment: Timestamp,
        location: &LocationId,
    ) -> bool {
        let Some(connection) = catalogue.now().listing(listing).map(|known| known.connection) else { return false };
        let mut any = false;
        for (item, ordered) in self.items_of(catalogue, listing, variant) {
            let orders = ordered.by.iter().filter_map(|by| self.get(connection, by));
            for order in orders.filter(|order| order.placed_at == moment || order.updated_at == moment) {
                for line in order.lines.iter().filter(|line| Item::of(connection, line).as_ref() == Some(&item)) {
                    if line.location.as_ref().is_none_or(|at| at == location) {
                        return false;
                    }
                    any = true;
                }
            }
        }
        any
    }

    /// The orders that explain all of a fall by `by`, as far as they were known before it was seen.
    pub fn behind(&self, catalogue: &Catalogue, listing: ListingId, variant: VariantId, by: Quantity) -> Option<Cause> {
        let Some(link) = catalogue.now().link_of(variant) else {
            return self.alone(catalogue, listing, variant, by);
        };
        let unmatched = &ledger::member(link, variant)?.unmatched;
        if !by.is_positive() || reckoning::explained(unmatched, by) < by {
            return None;
        }
        let causes = unmatched.takings.iter().filter_map(|(at, _)| self.cause(catalogue, listing, variant, *at));
        let mut numbers: Vec<String> = Vec::new();
        for cause in causes {
            if let Cause::Order { number } = cause
                && !numbers.iter().any(|known| known == number.as_str())
            {
                numbers.push(number.to_string());
            }
        }
        (!numbers.is_empty()).then(|| Cause::Order { number: Text::new(&numbers.join(", ")) })
    }

    /// The same of a variant that is not linked, whose falls and orders nobody matches: its latest orders, if they come to
    /// just so much, as far as they are news.
    fn alone(&self, catalogue: &Catalogue, listing: ListingId, variant: VariantId, by: Quantity) -> Option<Cause> {
        let there = catalogue.now().listing(listing)?;
        let connection = there.connection;
        let known = self.known.get(&connection)?;
        // Orders come before counts: what was heard of before the last count is in it.
        let news = |known: &&KnownOrder| known.seen_at >= there.seen_at;
        let mut taken: Vec<(Timestamp, &Order, Quantity)> = Vec::new();
        for (item, ordered) in self.items_of(catalogue, listing, variant) {
            for order in ordered.by.iter().filter_map(|remote| known.get(remote)).filter(news).map(|known| &known.order)
            {
                let lines = order.lines.iter().filter(|line| Item::of(connection, line).as_ref() == Some(&item));
                taken.push((order.placed_at, order, Quantity::sum(lines.map(|line| line.ordered))));
            }
        }
        taken.sort_by(|(at, a, _), (other, b, _)| (other, b.number.as_str()).cmp(&(at, a.number.as_str())));
        let mut left = by;
        let mut numbers: Vec<String> = Vec::new();
        for (_, order, ordered) in taken {
            if !left.is_positive() || !by.is_positive() {
                break;
            }
            left = left - ordered;
            numbers.push(order.number.to_string());
        }
        (left == Quantity::ZERO && !numbers.is_empty()).then(|| Cause::Order { number: Text::new(&numbers.join(", ")) })
    }

    /// Variants of a connection with orders that no count has shown yet.
    pub fn unseen(&self, connection: ConnectionId) -> Vec<VariantId> {
        let all = self.unseen.range((connection, VariantId(0))..=(connection, VariantId(u64::MAX)));
        all.map(|(_, variant)| *variant).collect()
    }

    /// Orders of a connection that ended so long ago that nothing comes of them any more.
    pub fn forgettable(&self, connection: ConnectionId, now: Timestamp) -> Vec<RemoteId> {
        let oldest = self.ended.get(&connection).into_iter().flatten().map(|(_, remote)| remote);
        oldest
            .take_while(|remote| self.get(connection, remote).is_some_and(|order| rules::is_forgettable(order, now)))
            .cloned()
            .collect()
    }

    fn items_of(&self, catalogue: &Catalogue, listing: ListingId, variant: VariantId) -> Vec<(Item, &Ordered)> {
        let Some(known) = catalogue.now().listing(listing) else { return Vec::new() };
        let Some(shown) = known.variant(variant) else { return Vec::new() };
        let connection = known.connection;
        let own = |remote: &RemoteId| catalogue.by_stock(connection, remote) == Some((listing, variant));
        let remotes = [Some(&shown.remote), shown.inventory.as_ref().filter(|inventory| **inventory != shown.remote)];
        let variants = remotes.into_iter().flatten().filter(|remote| own(remote));
        let mut items: Vec<Item> = variants.map(|remote| Item::Variant(connection, remote.clone())).collect();
        if known.variants.len() == 1 {
            items.push(Item::Listing(connection, known.listing.remote.clone()));
        }
        items.into_iter().filter_map(|item| self.items.get(&item).map(|ordered| (item, ordered))).collect()
    }
}

/// The variant that a line is about, as far as it is known.
pub fn variant_of(catalogue: &Catalogue, connection: ConnectionId, line: &OrderLine) -> Option<(ListingId, VariantId)> {
    if let Some(variant) = &line.variant {
        return catalogue.by_stock(connection, variant);
    }
    let listing = catalogue.by_remote(connection, line.listing.as_ref()?)?;
    match catalogue.now().listing(listing)?.variants.as_slice() {
        [only] => Some((listing, *only)),
        _ => None,
    }
}

fn listings(catalogue: &Catalogue, connection: ConnectionId, order: &Order) -> Vec<ListingId> {
    order.lines.iter().filter_map(|line| variant_of(catalogue, connection, line)).map(|(listing, _)| listing).collect()
}
