//! Where a product stands: in sync, out of it, or in need of somebody.
//!
//! Pure, and about one link at a time; a product of several links stands where the most pressing of them stands. What
//! cannot be seen in a link (failed writes, orders, conflicts about fields) is given from outside.

use crate::domain::{ConnectionId, Field, Link, LinkMember, ListingId, Money, Quantity, Stock, SyncState, VariantId};

use super::CatalogueView;
use super::ledger::{self, Offer};

/// What is known about a link beside its ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// An edit that needs a person, as a sentence.
    pub conflict: Option<String>,
    /// A write that was refused or whose outcome nobody knows, as a sentence.
    pub failing: Option<String>,
    /// Ordered on any of its sides, and not shipped.
    pub booked: Quantity,
    /// Sides whose quantity is not kept in step.
    pub apart: Vec<VariantId>,
}

/// Where something stands, and what is the matter with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub state: SyncState,
    /// Why it fails, is in conflict, or cannot be brought into sync.
    pub trouble: Option<String>,
}

impl Standing {
    /// Not linked: shown only.
    pub const BASE: Self = Self { state: SyncState::Base, trouble: None };

    /// Where two of one product stand together: the more pressing one, and out of sync in whatever either is.
    pub fn with(self, other: Self) -> Self {
        if let (
            SyncState::OutOfSync { price, quantity },
            SyncState::OutOfSync { price: also_price, quantity: also_quantity },
        ) = (self.state, other.state)
        {
            let state = SyncState::OutOfSync { price: price || also_price, quantity: quantity || also_quantity };
            return Self { state, trouble: self.trouble.or(other.trouble) };
        }
        if other.state < self.state { other } else { self }
    }
}

/// Where a link stands.
pub fn of_link(catalogue: &dyn CatalogueView, link: &Link, facts: Facts) -> Standing {
    let held = link.members.iter().find_map(|member| Some((member, member.held.as_ref()?)));
    if let Some((member, held)) = held {
        let sentence = format!("{} → {} on {}, and no order explains it", held.from, held.to, place(catalogue, member));
        return Standing { state: SyncState::Conflict, trouble: Some(sentence) };
    }
    if facts.conflict.is_some() {
        return Standing { state: SyncState::Conflict, trouble: facts.conflict };
    }
    if facts.failing.is_some() {
        return Standing { state: SyncState::Failing, trouble: facts.failing };
    }
    let unknown = link
        .members
        .iter()
        .find(|member| !link.paused && !facts.apart.contains(&member.variant) && is_unknown(catalogue, link, member));
    if let Some(member) = unknown {
        let place = place(catalogue, member);
        let sentence = format!("nobody knows how many there are on {place}, so it is told nothing; synchronize it");
        return Standing { state: SyncState::Failing, trouble: Some(sentence) };
    }
    let price = prices_differ(catalogue, link);
    let kept = || link.members.iter().filter(|member| !facts.apart.contains(&member.variant));
    let uncounted = kept().find(|member| !link.paused && is_uncounted(catalogue, link, member));
    let quantity = uncounted.is_some()
        || kept().any(|member| is_owed(catalogue, link, member) || takes_no_part(catalogue, link, member));
    let state = if link.paused {
        SyncState::Paused
    } else if price || quantity {
        SyncState::OutOfSync { price, quantity }
    } else if link.available.is_none() {
        SyncState::Base
    } else if facts.booked.is_positive() {
        SyncState::InOrders
    } else {
        SyncState::InSync
    };
    let trouble = uncounted.map(|member| {
        let place = place(catalogue, member);
        format!(
            "it is not counted on {place}, so nothing is written there; switch inventory tracking on there, import, and \
             synchronize it"
        )
    });
    Standing { state, trouble }
}

/// Whether a side has yet to be told something. One that was never agreed with is compared as it was last seen.
fn is_owed(catalogue: &dyn CatalogueView, link: &Link, member: &LinkMember) -> bool {
    let offer = Offer::of(&catalogue.settings(member.connection));
    match ledger::owed(link, member.variant, offer) {
        Some(owed) => owed != Quantity::ZERO,
        None => match (link.available, total(catalogue, member)) {
            (Some(available), Some(total)) => offer.shown(available) != total.max(Quantity::ZERO),
            (None, _) | (_, None) => false,
        },
    }
}

/// Whether a side has a count that nothing is agreed on: it is told nothing, and what is sold there is not counted,
/// whatever it shows.
fn takes_no_part(catalogue: &dyn CatalogueView, link: &Link, member: &LinkMember) -> bool {
    member.base.is_none() && link.available.is_some() && total(catalogue, member).is_some()
}

/// Whether a side that counts has no count, and none was ever agreed on: as after a copy whose first count was refused.
fn is_unknown(catalogue: &dyn CatalogueView, link: &Link, member: &LinkMember) -> bool {
    let listing = catalogue.listing(member.listing).filter(|known| !known.gone);
    let counts = listing.and_then(|known| known.variant(member.variant)).is_some_and(|it| it.stock != Stock::Untracked);
    member.base.is_none() && link.available.is_some() && counts && total(catalogue, member).is_none()
}

/// Whether a side does not count what others count: as a copy before its first count, or with tracking switched off.
fn is_uncounted(catalogue: &dyn CatalogueView, link: &Link, member: &LinkMember) -> bool {
    let listing = catalogue.listing(member.listing).filter(|known| !known.gone);
    let stock = listing.and_then(|known| known.variant(member.variant)).map(|variant| &variant.stock);
    link.available.is_some() && stock == Some(&Stock::Untracked)
}

fn total(catalogue: &dyn CatalogueView, member: &LinkMember) -> Option<Quantity> {
    let connection = catalogue.connection(member.connection)?;
    let listing = catalogue.listing(member.listing).filter(|known| !known.gone)?;
    listing.variant(member.variant)?.stock.total(|location| connection.counts(location))
}

/// Whether two sides ask another price, in one currency.
pub fn prices_differ(catalogue: &dyn CatalogueView, link: &Link) -> bool {
    let price = |member: &LinkMember| -> Option<Money> {
        catalogue.listing(member.listing).filter(|known| !known.gone)?.variant(member.variant)?.price
    };
    let prices: Vec<Money> = link.members.iter().filter_map(price).collect();
    prices.iter().any(|one| prices.iter().any(|other| one.currency == other.currency && one.minor != other.minor))
}

fn place(catalogue: &dyn CatalogueView, member: &LinkMember) -> String {
    catalogue.connection(member.connection).map_or_else(|| "a shop".to_owned(), |known| known.name.to_string())
}

/// Whether a write that failed still matters: what it was to bring about has not come about since.
pub fn still_fails(catalogue: &dyn CatalogueView, write: &FailedWrite) -> bool {
    match write {
        FailedWrite::Quantity(variant) => catalogue.link_of(*variant).is_some_and(|link| {
            ledger::member(link, *variant)
                .is_some_and(|member| member.base.is_none() || is_owed(catalogue, link, member))
        }),
        FailedWrite::Field { listing, variant, field: Field::Price, to } => {
            let known = catalogue.listing(*listing).filter(|known| !known.gone);
            let price = known.and_then(|known| known.variant((*variant)?)).map(|variant| variant.price);
            price.is_some_and(|price| price != *to)
        }
        FailedWrite::Field { listing, .. } => catalogue.listing(*listing).is_some_and(|known| !known.gone),
        FailedWrite::Copy { source, connection } => catalogue.listing(*source).is_some_and(|known| {
            let links = known.variants.iter().filter_map(|variant| catalogue.link_of(*variant));
            !known.gone && !links.flat_map(|link| &link.members).any(|member| member.connection == *connection)
        }),
        FailedWrite::Other(listing) => catalogue.listing(*listing).is_some_and(|known| !known.gone),
    }
}

/// What a write that failed was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailedWrite {
    Quantity(VariantId),
    /// `to`: for a price.
    Field {
        listing: ListingId,
        variant: Option<VariantId>,
        field: Field,
        to: Option<Money>,
    },
    Copy {
        source: ListingId,
        connection: ConnectionId,
    },
    Other(ListingId),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{HeldDrop, Timestamp};
    use crate::rules::shelf::{MARKET, Shelf, TILL, WEB, simple};

    /// Nothing is the matter with it.
    fn plain() -> Facts {
        Facts::default()
    }

    /// One article at the till and in the web shop, linked.
    fn linked() -> Shelf {
        let mut shelf = Shelf::new();
        let till = shelf.put(TILL, simple("Mug").holds(5));
        let web = shelf.put(WEB, simple("Mug").holds(5));
        shelf.link(&[(till, 0), (web, 0)]);
        shelf
    }

    fn state(shelf: &Shelf, facts: Facts) -> SyncState {
        of_link(shelf, &shelf.links[0], facts).state
    }

    #[test]
    fn the_sides_agree_or_they_do_not() {
        let mut shelf = linked();
        assert_eq!(state(&shelf, plain()), SyncState::InSync);
        let booked = Facts { booked: Quantity::units(1), ..plain() };
        assert_eq!(state(&shelf, booked.clone()), SyncState::InOrders);
        shelf.links[0].available = Some(Quantity::units(4));
        assert_eq!(state(&shelf, booked), SyncState::OutOfSync { price: false, quantity: true });
        let price = Some(Money::new(1, crate::rules::shelf::euro()));
        shelf.listings[1].listing.variants[0].price = price;
        assert_eq!(state(&shelf, plain()), SyncState::OutOfSync { price: true, quantity: true });
        let off = Facts { apart: shelf.links[0].members.iter().map(|member| member.variant).collect(), ..plain() };
        assert_eq!(state(&shelf, off), SyncState::OutOfSync { price: true, quantity: false });
        shelf.links[0].paused = true;
        assert_eq!(state(&shelf, plain()), SyncState::Paused);
    }

    #[test]
    fn a_side_without_agreement_is_compared_as_it_was_seen() {
        let mut shelf = linked();
        shelf.links[0].members[1].base = None;
        let apart = SyncState::OutOfSync { price: false, quantity: true };
        assert_eq!(state(&shelf, plain()), apart, "it takes no part, though it shows the same");
        shelf.links[0].available = Some(Quantity::units(7));
        shelf.links[0].members[0].base = Some(Quantity::units(7));
        assert_eq!(state(&shelf, plain()), SyncState::OutOfSync { price: false, quantity: true });
        for member in &mut shelf.links[0].members {
            member.base = None;
        }
        shelf.links[0].available = None;
        assert_eq!(state(&shelf, plain()), SyncState::Base, "nothing is counted");
    }

    #[test]
    fn a_side_whose_count_nobody_knows_is_not_in_sync() {
        let mut shelf = linked();
        shelf.links[0].members[1].base = None;
        shelf.listings[1].listing.variants[0].stock = Stock::Unknown;
        let standing = of_link(&shelf, &shelf.links[0], plain());
        assert_eq!(standing.state, SyncState::Failing);
        assert!(standing.trouble.as_deref().is_some_and(|why| why.contains("Web shop")), "{standing:?}");
    }

    #[test]
    fn a_side_that_is_not_counted_is_never_in_sync() {
        let apart = SyncState::OutOfSync { price: false, quantity: true };
        for base in [None, Some(Quantity::units(5))] {
            let mut shelf = linked();
            shelf.links[0].members[1].base = base;
            shelf.listings[1].listing.variants[0].stock = Stock::Untracked;
            let standing = of_link(&shelf, &shelf.links[0], plain());
            assert_eq!(standing.state, apart, "{base:?}");
            assert!(
                standing.trouble.as_deref().is_some_and(|why| why.contains("not counted on Web shop")),
                "{standing:?}"
            );
            let in_sync = Standing { state: SyncState::InSync, trouble: None };
            assert_eq!(in_sync.with(standing.clone()), standing, "of several variants it is the one that counts");
            let web = Facts { apart: vec![shelf.links[0].members[1].variant], ..plain() };
            assert_eq!(state(&shelf, web), SyncState::InSync, "its quantity is not to be kept in step");
            shelf.links[0].paused = true;
            let standing = of_link(&shelf, &shelf.links[0], plain());
            assert_eq!(standing, Standing { state: SyncState::Paused, trouble: None });
        }
        let mut shelf = linked();
        shelf.links[0].available = None;
        for listing in &mut shelf.listings {
            listing.listing.variants[0].stock = Stock::Untracked;
        }
        assert_eq!(of_link(&shelf, &shelf.links[0], plain()), Standing::BASE, "nobody counts it");
    }

    #[test]
    fn what_needs_a_person_comes_first() {
        let mut shelf = linked();
        let failing = Facts { failing: Some("refused".into()), ..plain() };
        assert_eq!(state(&shelf, failing.clone()), SyncState::Failing);
        let conflict = Facts { conflict: Some("edited".into()), ..failing.clone() };
        assert_eq!(state(&shelf, conflict), SyncState::Conflict);
        let held = HeldDrop { from: Quantity::units(40), to: Quantity::units(5), since: Timestamp(0) };
        shelf.links[0].members[1].held = Some(held);
        let standing = of_link(&shelf, &shelf.links[0], failing);
        assert_eq!(standing.trouble.as_deref(), Some("40 → 5 on Web shop, and no order explains it"));
    }

    #[test]
    fn of_several_the_most_pressing_counts() {
        let out = |price, quantity| Standing { state: SyncState::OutOfSync { price, quantity }, trouble: None };
        let in_sync = Standing { state: SyncState::InSync, trouble: None };
        assert_eq!(out(true, false).with(out(false, true)), out(true, true));
        assert_eq!(in_sync.clone().with(out(false, true)).with(Standing::BASE), out(false, true));
        assert_eq!(Standing::BASE.with(in_sync.clone()), in_sync);
    }

    #[test]
    fn a_failure_ends_when_what_it_was_about_is_so() {
        let mut shelf = linked();
        let (variant, listing) = (shelf.listings[1].variants[0], shelf.listings[1].id);
        assert!(!still_fails(&shelf, &FailedWrite::Quantity(variant)), "nothing is owed");
        shelf.links[0].available = Some(Quantity::units(1));
        assert!(still_fails(&shelf, &FailedWrite::Quantity(variant)));
        let to = Some(Money::new(5, crate::rules::shelf::euro()));
        let price = FailedWrite::Field { listing, variant: Some(variant), field: Field::Price, to };
        assert!(still_fails(&shelf, &price));
        shelf.listings[1].listing.variants[0].price = to;
        assert!(!still_fails(&shelf, &price));
        let copy = |connection| FailedWrite::Copy { source: shelf.listings[0].id, connection };
        assert!(!still_fails(&shelf, &copy(WEB)) && still_fails(&shelf, &copy(MARKET)));
    }
}
