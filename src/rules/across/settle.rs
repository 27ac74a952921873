//! Which variant is which item, once it is known what leads where.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::{ConnectionId, KnownListing, ListingId, MatchKey};
use crate::rules::CatalogueView;
use crate::rules::filter::folded;
use crate::rules::matching::{Tie, tie};
use crate::rules::suggestions::titles::{Choices, Found};

use super::collect::{Hit, Item, Lead, Products};
use super::{Group, Match, Outcome, Why};

/// So many items that all fit a variant are named.
const NAMED: usize = 4;

pub fn settle(
    catalogue: &dyn CatalogueView,
    there: ConnectionId,
    products: &Products,
    items: &[Item],
    hits: Vec<Hit>,
) -> Vec<Group> {
    let mut groups = Vec::new();
    // Items that a variant would take; one that several would take is nobody's.
    let mut takers: HashMap<ListingId, u32> = HashMap::new();
    for of in hits.chunk_by(|one, other| one.product == other.product) {
        let product = of.first().and_then(|hit| products.ids.get(hit.product as usize));
        let Some(known) = product.and_then(|id| catalogue.listing(*id)) else { continue };
        let group = group(catalogue, there, known, items, of);
        for (_, found) in group.matches() {
            *takers.entry(found.item).or_default() += 1;
        }
        groups.push(group);
    }
    for group in &mut groups {
        for (_, outcome) in &mut group.variants {
            if let Outcome::Match(found) = outcome
                && takers.get(&found.item).is_some_and(|many| *many > 1)
            {
                *outcome = Outcome::None(Why::Shared(found.item));
            }
        }
    }
    groups.retain(|group| {
        let tells = |(_, outcome): &(_, Outcome)| !matches!(outcome, Outcome::Linked(_) | Outcome::None(Why::Nothing));
        group.variants.iter().any(tells)
    });
    groups
}

/// Of a variant: each item that something leads to, with the keys that do; a title is no key.
type Leads = BTreeMap<u32, BTreeSet<Option<MatchKey>>>;

fn group(
    catalogue: &dyn CatalogueView,
    there: ConnectionId,
    known: &KnownListing,
    items: &[Item],
    hits: &[Hit],
) -> Group {
    let listing = &known.listing;
    let mut leads: Vec<Leads> = vec![Leads::new(); listing.variants.len()];
    let mut choices = None;
    for hit in hits {
        let Some(item) = items.get(hit.item as usize) else { continue };
        let (place, by) = match hit.by {
            Lead::Key(kind, variant) => (variant as usize, Some(kind)),
            Lead::Title => match choices.get_or_insert_with(|| choices_of(known)).find(&item.title) {
                Found::One(place) => (place, None),
                Found::Several | Found::None => continue,
            },
        };
        if let Some(leads) = leads.get_mut(place) {
            leads.entry(hit.item).or_default().insert(by);
        }
    }
    let outcome = |(place, leads): (usize, &Leads)| {
        let number = *known.variants.get(place)?;
        let outcome = match tie(catalogue, number, there) {
            Tie::There { listing, .. } => Outcome::Linked(listing),
            Tie::Free | Tie::Elsewhere => settled(known, place, items, leads),
        };
        Some((number, outcome))
    };
    let variants = leads.iter().enumerate().filter_map(outcome).collect();
    Group { product: known.id, there, variants }
}

fn choices_of(known: &KnownListing) -> Choices {
    let listing = &known.listing;
    let names: Vec<&str> = match &listing.structure {
        crate::domain::Structure::Simple => Vec::new(),
        crate::domain::Structure::Variable { options } => options.iter().map(|name| name.as_str()).collect(),
    };
    let values = |variant: &crate::domain::Variant| -> Vec<String> {
        variant.options.iter().map(|option| option.value.to_string()).collect()
    };
    let all: Vec<Vec<String>> = listing.variants.iter().map(values).collect();
    Choices::new(&listing.title, &names, all.iter().map(|values| values.iter().map(String::as_str)))
}

fn settled(known: &KnownListing, place: usize, items: &[Item], leads: &Leads) -> Outcome {
    let item = |place: &u32| items.get(*place as usize);
    let led: Vec<(&Item, &BTreeSet<Option<MatchKey>>)> =
        leads.iter().filter_map(|(place, by)| Some((item(place)?, by))).collect();
    let active: Vec<_> = led.iter().filter(|(item, _)| item.active).collect();
    let (item, by) = match (active.as_slice(), led.first()) {
        ([], None) => return Outcome::None(Why::Nothing),
        ([], Some((item, _))) => return Outcome::None(Why::Inactive(item.listing)),
        ([one], _) => (one.0, one.1),
        (several, _) => {
            return Outcome::None(Why::Several(several.iter().take(NAMED).map(|(item, _)| item.listing).collect()));
        }
    };
    if matches!(item.tie, Tie::There { .. }) {
        return Outcome::None(Why::Taken(item.listing));
    }
    let by: Vec<MatchKey> = by.iter().copied().flatten().collect();
    let brand = |brand: &Option<crate::domain::Text>| brand.as_deref().map(folded).unwrap_or_default();
    if by.is_empty() && brand(&known.listing.brand) != brand(&item.brand) {
        return Outcome::None(Why::Brand { item: item.listing, theirs: item.brand.clone() });
    }
    let price = known.listing.variants.get(place).and_then(|variant| variant.price);
    let prices = (price != item.price).then_some((price, item.price));
    Outcome::Match(Match { item: item.listing, item_variant: item.variant, by, prices })
}
