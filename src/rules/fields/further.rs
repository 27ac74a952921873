//! Variants that the side of record has more, and that are added to the other side.
//!
//! Only those that came after both were last compared: what was left out on purpose when the rule began stays out. Our
//! numbers of variants grow, so the highest one that was there then tells which came later. A variant that the other
//! side has more is its own affair: it is never added to the side of record, and never taken away.

use std::collections::BTreeSet;

use crate::domain::{ConnectionId, Direction, Field, KnownListing, LinkId, Structure, Variant, VariantId};
use crate::rules::CatalogueView;
use crate::rules::filter::folded;

use super::face::Agreed;
use super::watch::Pair;

/// The variants of a pair, as far as the options are kept in step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Further<'a> {
    pub record: &'a KnownListing,
    pub other: &'a KnownListing,
    /// The link that keeps the mark, and its member that follows.
    pub link: LinkId,
    pub keeper: VariantId,
    pub agreed: Option<Agreed>,
    /// Of the side of record, not on the other side, and new since both were last compared.
    pub new: Vec<VariantId>,
    /// Of the side of record and not on the other side, since the rule began.
    pub missing: Vec<VariantId>,
}

impl Further<'_> {
    /// What is to be kept as agreed now: everything that is there was looked at, and nothing waits to be added.
    pub fn newly_agreed(&self) -> Option<Agreed> {
        let now = Agreed { record: mark(self.record), own: mark(self.other) };
        // A rule that is new and finds a difference leaves it, and from now on looks at what is new.
        let settled = self.new.is_empty();
        (settled && self.agreed.map(|agreed| agreed.record) != Some(now.record)).then_some(now)
    }
}

/// The highest number of a listing's variants; 32 bits of it.
pub fn mark(listing: &KnownListing) -> u32 {
    listing.variants.iter().map(|number| low(*number)).max().unwrap_or(0)
}

const fn low(number: VariantId) -> u32 {
    (number.0 & 0xFFFF_FFFF) as u32
}

/// `None`: the options of this pair are not kept in step, or cannot be: a single item has none.
pub fn further<'a>(catalogue: &dyn CatalogueView, pair: &Pair<'a>) -> Option<Further<'a>> {
    let (record, other) = match pair.rules.direction(Field::Options) {
        Direction::Off => return None,
        Direction::ToOnline => (pair.in_store, pair.online),
        Direction::ToInStore => (pair.online, pair.in_store),
    };
    let options = |listing: &KnownListing| match &listing.listing.structure {
        Structure::Simple => 0,
        Structure::Variable { options } => options.len(),
    };
    if !pair.whole || options(record) == 0 || options(record) != options(other) {
        return None;
    }
    let carrier = pair.carrier(Field::Options, other.connection)?;
    let member = carrier.members.iter().find(|member| member.listing == other.id)?;
    let agreed = member.agreed.get(&Field::Options).map(|packed| Agreed::unpacked(*packed));
    let there: BTreeSet<Vec<String>> = other.listing.variants.iter().map(values).collect();
    let linked = |variant: VariantId, to: ConnectionId| {
        catalogue.link_of(variant).is_some_and(|link| link.members.iter().any(|member| member.connection == to))
    };
    let lacking = record.numbered().filter(|(number, variant)| {
        !linked(*number, other.connection) && !there.contains(&values(variant)) && !variant.options.is_empty()
    });
    let (mut new, mut missing) = (Vec::new(), Vec::new());
    for (number, _) in lacking {
        match agreed {
            Some(agreed) if low(number) > agreed.record => new.push(number),
            _ => missing.push(number),
        }
    }
    Some(Further { record, other, link: carrier.id, keeper: member.variant, agreed, new, missing })
}

/// A variant's option values, whatever the options are called and in whatever order they stand.
pub fn values(variant: &Variant) -> Vec<String> {
    let mut values: Vec<String> = variant.options.iter().map(|option| folded(&option.value)).collect();
    values.sort_unstable();
    values
}

#[cfg(test)]
mod tests {
    use super::super::watch::{RuleBook, pairs};
    use super::*;
    use crate::domain::{FieldRules, ListingId};
    use crate::rules::shelf::{Draft, Shelf, TILL, WEB, variable};

    fn shirt(colours: &[&str]) -> Draft {
        colours.iter().fold(variable("Shirt", &["Colour"]), |draft, colour| draft.row(&[colour]))
    }

    fn book(direction: Direction) -> RuleBook {
        let mut rules = FieldRules::standard(TILL, WEB);
        rules.fields.insert(Field::Options, direction);
        let mut book = RuleBook::default();
        book.keep(rules);
        book
    }

    /// A shirt in red on both sides, linked; then variants come.
    fn world(till: &[&str], web: &[&str], agreed: Option<u32>) -> (Shelf, ListingId) {
        let mut shelf = Shelf::new();
        let here = shelf.put(TILL, shirt(till));
        let there = shelf.put(WEB, shirt(web));
        shelf.link(&[(here, 0), (there, 0)]);
        if let Some(record) = agreed {
            let packed = Agreed { record, own: 0 }.packed();
            shelf.links[0].members[1].agreed.insert(Field::Options, packed);
        }
        (shelf, here)
    }

    fn new(till: &[&str], web: &[&str], agreed: Option<u32>, direction: Direction) -> (usize, usize) {
        let (shelf, here) = world(till, web, agreed);
        let book = book(direction);
        let pairs = pairs(&shelf, &book, here);
        let found = pairs.first().and_then(|pair| further(&shelf, pair)).unwrap();
        (found.new.len(), found.missing.len())
    }

    #[test]
    fn a_variant_that_came_later_is_new_and_one_that_was_there_is_not() {
        // Variants of listing 1 are 1000, 1001, …; both were compared when 1000 was the last.
        assert_eq!(new(&["Red", "Blue"], &["Red"], Some(1000), Direction::ToOnline), (1, 0));
        assert_eq!(new(&["Red", "Blue"], &["Red"], Some(1001), Direction::ToOnline), (0, 1), "it was left out");
        assert_eq!(new(&["Red", "Blue"], &["Red"], None, Direction::ToOnline), (0, 1), "the rule is new");
        assert_eq!(new(&["Red", "Blue"], &["Red", "blue "], Some(1000), Direction::ToOnline), (0, 0), "it is there");
    }

    #[test]
    fn what_the_other_side_has_more_is_its_own_affair() {
        assert_eq!(new(&["Red"], &["Red", "Blue"], Some(1000), Direction::ToOnline), (0, 0));
        // Variants of listing 2 are 2000, 2001, …
        let (mut shelf, here) = world(&["Red"], &["Red", "Blue"], None);
        shelf.links[0].members[0].agreed.insert(Field::Options, Agreed { record: 2000, own: 0 }.packed());
        let book = book(Direction::ToInStore);
        let pairs = pairs(&shelf, &book, here);
        assert_eq!(further(&shelf, &pairs[0]).unwrap().new, [VariantId(2001)], "only where the web shop is the record");
    }

    #[test]
    fn a_rule_that_begins_remembers_where_it_began() {
        let (shelf, here) = world(&["Red", "Blue"], &["Red"], None);
        let book = book(Direction::ToOnline);
        let pairs = pairs(&shelf, &book, here);
        let begun = further(&shelf, &pairs[0]).unwrap().newly_agreed();
        assert_eq!(begun.map(|agreed| agreed.record), Some(1001));
        let (shelf, here) = world(&["Red", "Blue", "Green"], &["Red"], begun.map(|agreed| agreed.record));
        let pairs = super::super::watch::pairs(&shelf, &book, here);
        let found = further(&shelf, &pairs[0]).unwrap();
        assert_eq!(
            (found.new.clone(), found.newly_agreed()),
            (vec![VariantId(1002)], None),
            "green, and blue stays out"
        );
    }
}
