//! Which fields of which linked listings are kept in step, and by whom they are led.
//!
//! Links tie variants; titles and pictures belong to listings. A listing's own fields are kept in step only where the
//! two listings are each other's only counterpart and built alike: a web product that was put together by hand from
//! three products of the till has no one title there to follow.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ConnectionId, Direction, Field, FieldRules, KnownListing, Link, LinkId, ListingId, VariantId};
use crate::rules::CatalogueView;

use super::face::Agreed;

/// All rules, by their pair of connections.
#[derive(Debug, Clone, Default)]
pub struct RuleBook(BTreeMap<(ConnectionId, ConnectionId), FieldRules>);

impl RuleBook {
    pub fn keep(&mut self, rules: FieldRules) {
        self.0.insert((rules.in_store, rules.online), rules);
    }

    /// The rules of a connection that is no more.
    pub fn forget(&mut self, connection: ConnectionId) {
        self.0.retain(|(in_store, online), _| *in_store != connection && *online != connection);
    }

    /// In either order; the standard where nobody said otherwise is `None` here.
    pub fn between(&self, one: ConnectionId, other: ConnectionId) -> Option<&FieldRules> {
        self.0.get(&(one, other)).or_else(|| self.0.get(&(other, one)))
    }

    pub fn all(&self) -> impl Iterator<Item = &FieldRules> {
        self.0.values()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The connection whose word counts for a field of `follower`, of those in a link. Of several on the side of
    /// record the one that was connected first: a field cannot follow two.
    fn leader(&self, field: Field, follower: ConnectionId, link: &Link) -> Option<ConnectionId> {
        let leads = |leader: &ConnectionId| {
            let Some(rules) = self.between(*leader, follower).filter(|_| *leader != follower) else { return false };
            record(rules, rules.direction(field)) == Some(*leader)
        };
        link.members.iter().map(|member| member.connection).filter(leads).min()
    }
}

/// The connection whose word counts.
fn record(rules: &FieldRules, direction: Direction) -> Option<ConnectionId> {
    match direction {
        Direction::Off => None,
        Direction::ToOnline => Some(rules.in_store),
        Direction::ToInStore => Some(rules.online),
    }
}

/// Two listings that links tie, with the rules between their connections.
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    pub rules: &'a FieldRules,
    pub in_store: &'a KnownListing,
    pub online: &'a KnownListing,
    /// Those between the two, the oldest first; never empty.
    pub links: Vec<&'a Link>,
    /// Each is the other's only counterpart there, and they are built alike.
    pub whole: bool,
}

impl Pair<'_> {
    /// Nothing of it is written while a person has paused a link of it.
    pub fn paused(&self) -> bool {
        self.links.iter().any(|link| link.paused)
    }

    /// What keeps what the two listings agreed on: the link that has it, else the oldest.
    pub fn carrier(&self, field: Field, follower: ConnectionId) -> Option<&Link> {
        let keeps = |link: &&&Link| agreed(link, follower, field).is_some();
        self.links.iter().find(keeps).or(self.links.first()).copied()
    }
}

fn agreed(link: &Link, follower: ConnectionId, field: Field) -> Option<Agreed> {
    let member = link.members.iter().find(|member| member.connection == follower)?;
    member.agreed.get(&field).map(|packed| Agreed::unpacked(*packed))
}

/// The pairs that a listing is in, as far as there are rules for them.
pub fn pairs<'a>(catalogue: &'a dyn CatalogueView, rules: &'a RuleBook, listing: ListingId) -> Vec<Pair<'a>> {
    let Some(known) = catalogue.listing(listing).filter(|known| !known.gone) else { return Vec::new() };
    let mut found: BTreeMap<ListingId, BTreeSet<LinkId>> = BTreeMap::new();
    let mut links: BTreeMap<LinkId, &Link> = BTreeMap::new();
    for link in known.variants.iter().filter_map(|variant| catalogue.link_of(*variant)) {
        for member in link.members.iter().filter(|member| member.connection != known.connection) {
            found.entry(member.listing).or_default().insert(link.id);
            links.insert(link.id, link);
        }
    }
    let pair = |(other, between): (ListingId, BTreeSet<LinkId>)| {
        let other = catalogue.listing(other).filter(|other| !other.gone)?;
        let rules = rules.between(known.connection, other.connection)?;
        let (in_store, online) = if rules.in_store == known.connection { (known, other) } else { (other, known) };
        let alone = |one: &KnownListing, other: &KnownListing| {
            let links = one.variants.iter().filter_map(|variant| catalogue.link_of(*variant));
            let there = links.flat_map(|link| &link.members).filter(|member| member.connection == other.connection);
            there.into_iter().all(|member| member.listing == other.id)
        };
        let alike = in_store.listing.structure.is_variable() == online.listing.structure.is_variable();
        let whole = alike && alone(in_store, online) && alone(online, in_store);
        let links = between.iter().filter_map(|id| links.get(id).copied()).collect();
        Some(Pair { rules, in_store, online, links, whole })
    };
    found.into_iter().filter_map(pair).collect()
}

/// One field that is kept in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The link that keeps what was agreed.
    pub link: LinkId,
    pub field: Field,
    /// The side of record. The variant: for a field that each variant has.
    pub record: ListingId,
    pub record_variant: Option<VariantId>,
    /// The side that follows.
    pub other: ListingId,
    pub other_variant: Option<VariantId>,
    pub other_connection: ConnectionId,
    /// The member of the link that keeps what was agreed.
    pub keeper: VariantId,
    pub agreed: Option<Agreed>,
}

/// The fields of a pair that are kept in step, options apart (see [`further`](super::further)).
pub fn watched(rules: &RuleBook, pair: &Pair<'_>) -> Vec<Watched> {
    let mut all = Vec::new();
    for (field, direction) in &pair.rules.fields {
        let Some(leader) = record(pair.rules, *direction) else { continue };
        let (record, other) = if leader == pair.in_store.connection {
            (pair.in_store, pair.online)
        } else {
            (pair.online, pair.in_store)
        };
        if *field == Field::Options {
            continue;
        }
        let led = |link: &Link| rules.leader(*field, other.connection, link) == Some(leader);
        let one = |link: &Link, per_variant: bool| {
            let of = |listing: &KnownListing| {
                link.members.iter().find(|member| member.listing == listing.id).map(|member| member.variant)
            };
            let (record_variant, keeper) = (of(record)?, of(other)?);
            Some(Watched {
                link: link.id,
                field: *field,
                record: record.id,
                record_variant: per_variant.then_some(record_variant),
                other: other.id,
                other_variant: per_variant.then_some(keeper),
                other_connection: other.connection,
                keeper,
                agreed: agreed(link, other.connection, *field),
            })
        };
        if field.is_per_variant() {
            all.extend(pair.links.iter().filter(|link| led(link)).filter_map(|link| one(link, true)));
        } else if pair.whole {
            let carrier = pair.carrier(*field, other.connection).filter(|link| led(link));
            all.extend(carrier.and_then(|link| one(link, false)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::shelf::{MARKET, Shelf, TILL, WEB, simple, variable};

    fn rules(online: ConnectionId, fields: &[(Field, Direction)]) -> FieldRules {
        FieldRules { fields: fields.iter().copied().collect(), ..FieldRules::standard(TILL, online) }
    }

    fn book(all: Vec<FieldRules>) -> RuleBook {
        let mut book = RuleBook::default();
        all.into_iter().for_each(|rules| book.keep(rules));
        book
    }

    fn of(shelf: &Shelf, book: &RuleBook, listing: ListingId) -> Vec<(Field, ConnectionId, ListingId)> {
        let pairs = pairs(shelf, book, listing);
        let all = pairs.iter().flat_map(|pair| watched(book, pair));
        all.map(|watched| (watched.field, watched.other_connection, watched.record)).collect()
    }

    #[test]
    fn each_store_follows_the_till_by_itself() {
        let mut shelf = Shelf::new();
        let till = shelf.put(TILL, simple("Mug"));
        let web = shelf.put(WEB, simple("Mug"));
        let market = shelf.put(MARKET, simple("Mug"));
        shelf.link(&[(till, 0), (web, 0), (market, 0)]);
        let price = [(Field::Price, Direction::ToOnline)];
        let book = book(vec![rules(WEB, &price), rules(MARKET, &price)]);
        assert_eq!(of(&shelf, &book, till), [(Field::Price, WEB, till), (Field::Price, MARKET, till)]);
        assert_eq!(of(&shelf, &book, market), [(Field::Price, MARKET, till)]);
    }

    #[test]
    fn a_field_of_the_till_follows_one_store_and_not_two() {
        let mut shelf = Shelf::new();
        let till = shelf.put(TILL, simple("Mug"));
        let web = shelf.put(WEB, simple("Mug"));
        let market = shelf.put(MARKET, simple("Mug"));
        shelf.link(&[(till, 0), (web, 0), (market, 0)]);
        let title = [(Field::Title, Direction::ToInStore)];
        let book = book(vec![rules(WEB, &title), rules(MARKET, &title)]);
        assert_eq!(of(&shelf, &book, till), [(Field::Title, TILL, web)]);
    }

    #[test]
    fn a_product_put_together_by_hand_has_no_title_to_follow() {
        let mut shelf = Shelf::new();
        let red = shelf.put(TILL, simple("Mug, red"));
        let blue = shelf.put(TILL, simple("Mug, blue"));
        let web = shelf.put(WEB, variable("Mug", &["Colour"]).row(&["Red"]).row(&["Blue"]));
        shelf.link(&[(red, 0), (web, 0)]);
        shelf.link(&[(blue, 0), (web, 1)]);
        let both = [(Field::Title, Direction::ToOnline), (Field::Price, Direction::ToOnline)];
        let book = book(vec![rules(WEB, &both)]);
        assert_eq!(of(&shelf, &book, web), [(Field::Price, WEB, red), (Field::Price, WEB, blue)]);
    }

    #[test]
    fn without_rules_there_is_nothing_to_watch() {
        let mut shelf = Shelf::new();
        let till = shelf.put(TILL, simple("Mug"));
        let web = shelf.put(WEB, simple("Mug"));
        shelf.link(&[(till, 0), (web, 0)]);
        assert!(of(&shelf, &RuleBook::default(), till).is_empty());
        assert!(of(&shelf, &book(vec![FieldRules::standard(TILL, WEB)]), till).is_empty());
    }
}
