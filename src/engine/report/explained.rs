//! All that is known of how a listing is linked, or why it is not: what `w` and `report --explain` show.

use std::sync::Arc;

use crate::domain::ListingId;
use crate::protocol::{LinkExplanation, LinkOf, LinkedRow, Problem, Reply};
use crate::rules::CatalogueView;
use crate::rules::filter::{Search, folded};

use super::super::catalogue::Snapshot;
use super::super::search::Having;
use super::super::truth::{Known, Truth};
use super::super::{plans, problem};
use super::views::still_possible;
use super::{Report, rows};

/// So many listings are explained at once.
const MOST: usize = 10;
/// So many suggestions are told of a listing.
const SUGGESTIONS: usize = 3;

pub async fn explain(truth: &Arc<Truth>, of: LinkOf) -> Result<Reply, Problem> {
    let looking = truth.clone();
    let asked = of.clone();
    let explained = plans::aside(move || {
        let report = looking.reports.last();
        looking.read(|known| {
            let meant = meant(known, &asked);
            let told = meant.into_iter().filter_map(|id| explained(&looking, known, report.as_deref(), id));
            told.collect::<Vec<_>>()
        })
    });
    match explained.await? {
        listings if listings.is_empty() => Err(match of {
            LinkOf::Named(name) => problem::usage(
                format!("nothing has the SKU, barcode or title {:?}", crate::domain::clean(&name)),
                "look for it in the list of products: `counterpart products --search …`",
            ),
            LinkOf::Listing(_) | LinkOf::Product(_) => {
                problem::usage("the product is not there any more", "look for it in the list of products")
            }
        }),
        listings => Ok(Reply::LinkExplained { listings }),
    }
}

/// The listings that are meant, in the order of the catalogue.
fn meant(known: &Known, of: &LinkOf) -> Vec<ListingId> {
    let catalogue = known.catalogue.now();
    let there = |id: &ListingId| catalogue.present(*id).is_some();
    match of {
        LinkOf::Listing(id) => Some(*id).filter(there).into_iter().collect(),
        LinkOf::Product(product) => known.products.listings(product.0).into_iter().filter(there).collect(),
        LinkOf::Named(name) => {
            let number = name.trim().strip_prefix('l').and_then(|digits| digits.parse().ok());
            if let Some(id) = number.map(ListingId).filter(there) {
                return vec![id];
            }
            named(catalogue, name)
        }
    }
}

/// By a whole SKU, barcode or title; if nothing has it, by words.
fn named(catalogue: &Snapshot, name: &str) -> Vec<ListingId> {
    let wanted = folded(name);
    if wanted.is_empty() {
        return Vec::new();
    }
    let (with_name, with_words) = (Having::of(catalogue, [&wanted]), Having::of(catalogue, Search::new(name).words()));
    let (mut whole, mut near) = (Vec::new(), Vec::new());
    for connection in catalogue.connections() {
        for id in catalogue.shelf(connection.id).filter(|id| catalogue.present(*id).is_some()) {
            let is_whole = || catalogue.text(id).is_some_and(|text| text.split('\n').any(|line| line == wanted));
            if with_name.all_in(&[id]) && is_whole() {
                whole.push(id);
            } else if near.len() < MOST && with_words.all_in(&[id]) {
                near.push(id);
            }
        }
    }
    let mut found = if whole.is_empty() { near } else { whole };
    found.truncate(MOST);
    found
}

fn explained(truth: &Truth, known: &Known, report: Option<&Report>, id: ListingId) -> Option<LinkExplanation> {
    let catalogue = known.catalogue.now();
    let listing = rows::brief(truth, known, id)?;
    let connection = catalogue.connection(catalogue.present(id)?)?.name.clone();
    let linked = linked(catalogue, id);
    let refused = known.rejected.of(id);
    let rejected = refused.iter().filter_map(|one| rows::rejection(truth, known, one)).collect();
    let mut told = LinkExplanation {
        listing,
        connection,
        sentence: String::new(),
        linked,
        candidates: Vec::new(),
        reasons: Vec::new(),
        suggestions: Vec::new(),
        rejected,
    };
    if let Some(report) = report {
        let of_it = report.candidates.iter().filter(|pair| pair.in_store == id || pair.online == id);
        for candidate in of_it.filter(|candidate| still_possible(catalogue, candidate)) {
            if known.rejected.has(candidate.in_store, candidate.online) {
                let other = if candidate.in_store == id { candidate.online } else { candidate.in_store };
                told.reasons.push(rows::reason(truth, known, id, &crate::domain::Reason::Rejected { other }));
            } else {
                told.candidates.extend(rows::pair(truth, known, candidate));
            }
        }
        if let Some(item) = report.without.iter().find(|item| item.listing == id)
            && !catalogue.is_linked_whole(id)
        {
            told.reasons.extend(item.reasons.iter().map(|reason| rows::reason(truth, known, id, reason)));
        }
        if told.linked.is_empty() {
            let like = report.suggested.of(id).into_iter();
            let like = like.filter(|row| {
                let there = |id| catalogue.present(id).is_some();
                there(row.in_store) && there(row.online) && !known.rejected.has(row.in_store, row.online)
            });
            let rows = like.filter_map(|row| rows::suggested(truth, known, report, &row));
            told.suggestions = rows.take(SUGGESTIONS).collect();
        }
    }
    told.sentence = sentence(&told, report, catalogue);
    Some(told)
}

/// Variant by variant, those that are linked.
fn linked(catalogue: &Snapshot, id: ListingId) -> Vec<LinkedRow> {
    let Some(kept) = catalogue.kept(id) else { return Vec::new() };
    let mut told = Vec::new();
    for (number, variant) in kept.known.numbered() {
        let Some(link) = catalogue.link_of(number) else { continue };
        let others = link.members.iter().filter(|member| member.listing != id);
        let other = |member: &crate::domain::LinkMember| {
            let there = catalogue.kept(member.listing)?;
            let name = &catalogue.connection(member.connection)?.name;
            let label = there.known.variant(member.variant).map(|variant| variant.option_label()).unwrap_or_default();
            let label = if label.is_empty() { String::new() } else { format!(", {label}") };
            Some(format!("{name}: {}{label}", there.known.listing.title))
        };
        let label = variant.option_label();
        let label = if label.is_empty() { kept.known.listing.title.to_string() } else { label };
        told.push(LinkedRow { variant: label, with: others.filter_map(other).collect() });
    }
    told
}

fn sentence(told: &LinkExplanation, report: Option<&Report>, catalogue: &Snapshot) -> String {
    let id = told.listing.listing;
    if !told.linked.is_empty() {
        return match catalogue.is_linked_whole(id) {
            true => "It is linked".to_owned(),
            false => format!("{} of its {} variants are linked", told.linked.len(), told.listing.variants),
        };
    }
    let Some(report) = report else {
        return "There is no link report yet: make one, and it says what this can be linked with, or why not"
            .to_owned();
    };
    match (told.candidates.as_slice(), told.reasons.is_empty(), told.suggestions.is_empty()) {
        ([one], ..) => {
            let matched: Vec<&str> = one.matched.iter().map(|key| key.label()).collect();
            let other = if one.in_store.listing == id { &one.online } else { &one.in_store };
            format!("It can be linked with “{}”: same {}", other.title, matched.join(", "))
        }
        ([_, ..], ..) => format!("It can be linked with {} listings", told.candidates.len()),
        ([], false, false) => "Nothing matches it exactly, but something is like it".to_owned(),
        ([], false, true) => "It cannot be linked now".to_owned(),
        ([], true, _) => format!(
            "It is not in the link report of {}: it came, or changed, since; refresh the report",
            report.made_at
        ),
    }
}
