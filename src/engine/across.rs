//! Groups across structures: made from a still picture when somebody asks, kept until the catalogue or the links
//! change, shown in windows.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ConnectionId, KnownListing, ListingId, Side, VariantId};
use crate::protocol::{AcrossLine, AcrossRow, AcrossVariant, AcrossView, PairChoice, Reply, Window};
use crate::rules::CatalogueView;
use crate::rules::across::{self, Group, Match, Outcome};
use crate::rules::filter::Search;
use crate::rules::matching::variant_label;

use super::catalogue::Snapshot;
use super::clean_up::brief_of;
use super::ranks::Ranks;
use super::search::Having;
use super::truth::Truth;
use super::view::slice;

/// What was found, with the states of the catalogue, of the links and of the report that it was made of.
type Made = ([u64; 3], Arc<Vec<Group>>);

#[derive(Default)]
pub struct Acrosses {
    made: Mutex<Option<Made>>,
}

pub fn window(truth: &Truth, view: &AcrossView, window: Window) -> Reply {
    let catalogue = truth.snapshot();
    let groups = groups(truth, &catalogue, window.offset == 0);
    let shown = shown(&catalogue, &groups, view);
    let rows = slice(&shown, window).iter().filter_map(|group| row(truth, &catalogue, group));
    Reply::Across { total: shown.len() as u64, offset: window.offset, rows: rows.collect() }
}

/// The same with a line for each product and for each variant.
pub fn lines(truth: &Truth, view: &AcrossView, window: Window) -> Reply {
    let catalogue = truth.snapshot();
    let groups = groups(truth, &catalogue, window.offset == 0);
    let shown = shown(&catalogue, &groups, view);
    let places = |group: &Group| std::iter::once(None).chain((0..group.variants.len()).map(Some));
    let all: Vec<(&Group, Option<usize>)> =
        shown.iter().flat_map(|group| places(group).map(|place| (*group, place))).collect();
    let rows = slice(&all, window).iter().filter_map(|(group, place)| line(truth, &catalogue, group, *place));
    Reply::AcrossLines { total: all.len() as u64, offset: window.offset, rows: rows.collect() }
}

fn shown<'g>(catalogue: &Snapshot, groups: &'g [Group], view: &AcrossView) -> Vec<&'g Group> {
    let words = Having::of(catalogue, Search::new(&view.search).words());
    let finds = |id: ListingId| words.all_in(&[id]);
    let has = |group: &&Group| finds(group.product) || group.matches().any(|(_, found)| finds(found.item));
    groups.iter().filter(has).collect()
}

/// The groups that are kept, unless they are out of date and the view begins anew.
fn groups(truth: &Truth, catalogue: &Snapshot, anew: bool) -> Arc<Vec<Group>> {
    let report = truth.reports.last();
    let number = report.as_ref().map_or(0, |report| report.number);
    let kept = truth.acrosses.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let state = [catalogue.matching_revision, catalogue.ties, number];
    if let Some((of, groups)) = kept
        && (of == state || !anew)
    {
        return groups;
    }
    // What the report can link as a whole is not taken apart.
    let paired: HashSet<(ListingId, ConnectionId)> = report
        .iter()
        .flat_map(|report| report.candidates.iter())
        .flat_map(|candidate| {
            let there = |id| catalogue.present(id);
            let (till, store) = (candidate.in_store, candidate.online);
            [there(store).map(|there| (till, there)), there(till).map(|there| (store, there))]
        })
        .flatten()
        .collect();
    let connections = catalogue.connections();
    let mut all = Vec::new();
    for here in &connections {
        for there in connections.iter().filter(|there| there.side != here.side) {
            let skip = |listing| paired.contains(&(listing, there.id));
            all.extend(across::groups(catalogue, here.id, there.id, &skip));
        }
    }
    let titles = Ranks::titles(catalogue, all.iter().map(|group: &Group| group.product));
    all.sort_by_key(|group| (titles.get(group.product), group.product));
    let all = Arc::new(all);
    *truth.acrosses.made.lock().unwrap_or_else(PoisonError::into_inner) = Some((state, all.clone()));
    all
}

fn row(truth: &Truth, catalogue: &Snapshot, group: &Group) -> Option<AcrossRow> {
    let product = catalogue.listing(group.product)?;
    let side = catalogue.connection(product.connection)?.side;
    let variants =
        (0..group.variants.len()).filter_map(|place| variant(truth, catalogue, group, (product, side), place));
    Some(AcrossRow {
        product: brief_of(truth, group.product)?,
        connection: catalogue.connection(group.there)?.name.to_string(),
        sentence: across::sentence(group),
        variants: variants.collect(),
    })
}

fn line(truth: &Truth, catalogue: &Snapshot, group: &Group, place: Option<usize>) -> Option<AcrossLine> {
    let product = catalogue.listing(group.product)?;
    let side = catalogue.connection(product.connection)?.side;
    if let Some(place) = place {
        let variant = variant(truth, catalogue, group, (product, side), place)?;
        return Some(AcrossLine::Variant(Box::new(variant)));
    }
    Some(AcrossLine::Product {
        product: Box::new(brief_of(truth, group.product)?),
        connection: catalogue.connection(group.there)?.name.to_string(),
        sentence: across::sentence(group),
        choices: group.matches().map(|(variant, found)| choice(group.product, side, variant, found)).collect(),
    })
}

/// The variant of a product that is on this side.
fn variant(
    truth: &Truth,
    catalogue: &Snapshot,
    group: &Group,
    (product, side): (&KnownListing, Side),
    place: usize,
) -> Option<AcrossVariant> {
    let (variant, outcome) = group.variants.get(place)?;
    let (item, matched, choice) = match outcome {
        Outcome::Linked(item) => (Some(*item), Vec::new(), None),
        Outcome::Match(found) => {
            (Some(found.item), found.by.clone(), Some(choice(group.product, side, *variant, found)))
        }
        Outcome::None(_) => (None, Vec::new(), None),
    };
    Some(AcrossVariant {
        variant: *variant,
        label: variant_label(&product.listing, place),
        item: item.and_then(|item| brief_of(truth, item)),
        matched,
        linked: matches!(outcome, Outcome::Linked(_)),
        sentence: across::variant_sentence(catalogue, product, place, outcome),
        choice,
    })
}

fn choice(product: ListingId, side: Side, variant: VariantId, found: &Match) -> PairChoice {
    let (ours, theirs) = ((product, variant), (found.item, found.item_variant));
    let (in_store, online) = if side == Side::InStore { (ours, theirs) } else { (theirs, ours) };
    PairChoice { in_store, online, primary: Side::InStore }
}
