//! What a selection of rows means: which pairs, and which of their variants.

use std::collections::{HashMap, HashSet};

use crate::domain::{Candidate, ListingId, Refusal, RefusalReason};
use crate::protocol::{LinkChoice, LinkSelection, ReportTab, ReportView};
use crate::rules::matching::paired_by_hand;
use crate::rules::{CatalogueView, plan, sentences};

use super::super::catalogue::Snapshot;
use super::super::truth::Truth;
use super::rejected::Rejected;
use super::views::{order, still_possible};
use super::{Report, Suggested};

/// A still picture of what decides which rows a report shows.
pub struct Seen {
    pub catalogue: Snapshot,
    pub rejected: Rejected,
}

impl Seen {
    pub fn now(truth: &Truth) -> Self {
        truth.read(|known| Self { catalogue: known.catalogue.snapshot(), rejected: known.rejected.clone() })
    }
}

type Pair = (ListingId, ListingId);

/// The pairs that a selection names, each once, with the choice that was made for it alone.
fn named<'a>(
    truth: &Truth,
    seen: &Seen,
    report: &Report,
    selection: &'a LinkSelection,
) -> Vec<(Pair, Option<&'a LinkChoice>)> {
    let own: HashMap<Pair, &LinkChoice> =
        selection.choices.iter().map(|choice| ((choice.in_store, choice.online), choice)).collect();
    let mut named = Vec::new();
    let mut done: HashSet<Pair> = HashSet::new();
    if let Some((view, _)) = &selection.everything {
        for pair in shown(truth, seen, report, view) {
            done.insert(pair);
            if own.get(&pair).is_none_or(|own| own.ticked) {
                named.push((pair, own.get(&pair).copied()));
            }
        }
    }
    for choice in selection.choices.iter().filter(|choice| choice.ticked) {
        let pair = (choice.in_store, choice.online);
        if done.insert(pair) {
            named.push((pair, Some(choice)));
        }
    }
    named
}

/// All pairs that a view shows. Whoever means all candidates never means a suggestion.
fn shown(truth: &Truth, seen: &Seen, report: &Report, view: &ReportView) -> Vec<Pair> {
    let suggestions = view.tab == ReportTab::Suggestions;
    let tab = if suggestions { ReportTab::Suggestions } else { ReportTab::Candidates };
    let order = order(truth, &seen.catalogue, &seen.rejected, report, &ReportView { tab, ..view.clone() });
    let places = order.iter().map(|place| *place as usize);
    if suggestions {
        places.filter_map(|place| Some(report.suggested.row(place)?.pair())).collect()
    } else {
        let pair = |candidate: &Candidate| (candidate.in_store, candidate.online);
        places.filter_map(|place| report.candidates.get(place).map(pair)).collect()
    }
}

/// The pairs of a selection, to be rejected. Without a report only those that are named.
pub fn pairs(truth: &Truth, seen: &Seen, selection: &LinkSelection) -> Vec<Pair> {
    match truth.reports.last() {
        Some(report) => named(truth, seen, &report, selection).into_iter().map(|(pair, _)| pair).collect(),
        None => {
            let ticked = selection.choices.iter().filter(|choice| choice.ticked);
            ticked.map(|choice| (choice.in_store, choice.online)).collect()
        }
    }
}

/// What is to be linked, and what cannot be any more.
#[derive(Default)]
pub struct Choosing {
    pub choices: Vec<plan::Choice>,
    pub lost: Vec<Refusal>,
}

/// The choices of a selection: candidates as the report has them, suggestions with their variants paired now.
pub fn chosen(truth: &Truth, seen: &Seen, report: &Report, selection: &LinkSelection) -> Choosing {
    let everything = selection.everything.as_ref().map(|(_, primary)| *primary);
    let candidates: HashMap<Pair, &Candidate> =
        report.candidates.iter().map(|candidate| ((candidate.in_store, candidate.online), candidate)).collect();
    let suggested: HashSet<Pair> = pairs_of(&report.suggested);
    let mut choosing = Choosing::default();
    for (pair, own) in named(truth, seen, report, selection) {
        let Some(primary) = own.map(|own| own.primary).or(everything) else { continue };
        let candidate = match candidates.get(&pair) {
            _ if seen.rejected.has(pair.0, pair.1) => Err("you rejected it: take that back first".to_owned()),
            Some(candidate) if still_possible(&seen.catalogue, candidate) => Ok((*candidate).clone()),
            Some(_) => Err(LOST.to_owned()),
            None if suggested.contains(&pair) => by_hand(&seen.catalogue, pair),
            None => Err(LOST.to_owned()),
        };
        match candidate {
            Ok(candidate) => choosing.choices.push(plan::Choice { candidate, primary }),
            Err(why) => choosing.lost.push(Refusal {
                listing: pair.0,
                subject: seen.catalogue.listing(pair.0).map(|known| known.listing.title.clone()).unwrap_or_default(),
                reasons: vec![RefusalReason::NoLongerPossible { why }],
            }),
        }
    }
    choosing
}

const LOST: &str = "it is linked already, was deleted, or is not in the report any more";

fn pairs_of(suggested: &Suggested) -> HashSet<Pair> {
    suggested.pairs().collect()
}

/// A pair that a person says is one, or why it cannot be.
fn by_hand(catalogue: &Snapshot, (in_store, online): Pair) -> Result<Candidate, String> {
    let there = |id| catalogue.kept(id).map(|kept| &kept.known).filter(|known| !known.gone);
    let (Some(ours), Some(theirs)) = (there(in_store), there(online)) else { return Err(LOST.to_owned()) };
    let pairs = paired_by_hand(ours, theirs).map_err(|reason| sentences::reason(catalogue, &reason).0)?;
    let candidate = Candidate { in_store, online, matched: Vec::new(), pairs };
    if still_possible(catalogue, &candidate) { Ok(candidate) } else { Err(LOST.to_owned()) }
}
