//! Rows of the report as fronts show them.

use crate::domain::{Candidate, ListingId, Reason, Rejection};
use crate::protocol::{CandidateRow, EvidenceRow, ListingBrief, ReasonRow, RejectedRow, ReportRow, SuggestionRow};
use crate::rules::suggestions::{Aspect, sentence};
use crate::rules::{CatalogueView, sentences};

use super::super::products::quantity;
use super::super::truth::{Known, Truth};
use super::super::view::mark;
use super::suggested::{Evidence, Row};
use super::views::Without;
use super::{Report, mends};

pub fn brief(truth: &Truth, known: &Known, id: ListingId) -> Option<ListingBrief> {
    let catalogue = known.catalogue.now();
    let kept = catalogue.kept(id)?;
    let known = &kept.known;
    let first = known.listing.variants.first();
    Some(ListingBrief {
        listing: id,
        mark: mark(truth, catalogue, known.connection),
        side: catalogue.connection(known.connection)?.side,
        title: known.listing.title.clone(),
        brand: known.listing.brand.clone(),
        sku: first.and_then(|variant| variant.sku.clone()),
        barcode: first.and_then(|variant| variant.barcode.clone()),
        price: first.and_then(|variant| variant.price),
        quantity: quantity(catalogue, kept),
        variants: u32::try_from(known.listing.variants.len()).unwrap_or(u32::MAX),
    })
}

pub fn pair(truth: &Truth, known: &Known, candidate: &Candidate) -> Option<CandidateRow> {
    Some(CandidateRow {
        in_store: brief(truth, known, candidate.in_store)?,
        online: brief(truth, known, candidate.online)?,
        matched: candidate.matched.clone(),
    })
}

pub fn candidate(truth: &Truth, known: &Known, candidate: &Candidate) -> Option<ReportRow> {
    pair(truth, known, candidate).map(ReportRow::Candidate)
}

pub fn rejection(truth: &Truth, known: &Known, one: &Rejection) -> Option<RejectedRow> {
    let (in_store, online) = (brief(truth, known, one.in_store)?, brief(truth, known, one.online)?);
    Some(RejectedRow { in_store, online, at: one.at })
}

pub fn rejected(truth: &Truth, known: &Known, one: &Rejection) -> Option<ReportRow> {
    rejection(truth, known, one).map(ReportRow::Rejected)
}

pub fn without(truth: &Truth, known: &Known, item: Without<'_>) -> Option<ReportRow> {
    match item {
        Without::Item(item) => {
            let reasons = item.reasons.iter().map(|why| reason(truth, known, item.listing, why)).collect();
            Some(ReportRow::WithoutCandidate { listing: brief(truth, known, item.listing)?, reasons })
        }
        Without::Refused { listing, other } => {
            let reasons = vec![reason(truth, known, listing, &Reason::Rejected { other })];
            Some(ReportRow::WithoutCandidate { listing: brief(truth, known, listing)?, reasons })
        }
    }
}

pub fn reason(truth: &Truth, known: &Known, listing: ListingId, reason: &Reason) -> ReasonRow {
    let (sentence, mend) = sentences::reason(known.catalogue.now(), reason);
    ReasonRow { reason: reason.clone(), sentence, mend, mends: mends::mends(truth, known, listing, reason) }
}

pub fn suggestion(truth: &Truth, known: &Known, report: &Report, row: &Row) -> Option<ReportRow> {
    suggested(truth, known, report, row).map(ReportRow::Suggestion)
}

pub fn suggested(truth: &Truth, known: &Known, report: &Report, row: &Row) -> Option<SuggestionRow> {
    let (in_store, online) = (brief(truth, known, row.in_store)?, brief(truth, known, row.online)?);
    let evidence = report.suggested.evidence(row);
    let told = evidence.iter().map(|piece| told(known, row, piece)).collect();
    Some(SuggestionRow { in_store, online, class: row.class, percent: row.percent(), evidence: told })
}

/// What a listing says in the field of an aspect.
fn value(known: &Known, id: ListingId, aspect: Aspect) -> Option<String> {
    let listing = &known.catalogue.now().kept(id)?.known.listing;
    match aspect {
        Aspect::Price => {
            let lowest = listing.variants.iter().filter_map(|variant| variant.price).min_by_key(|price| price.minor)?;
            Some(lowest.to_string())
        }
        Aspect::Brand => listing.brand.as_ref().map(ToString::to_string),
        Aspect::Category => listing.category.as_ref().map(ToString::to_string),
        Aspect::Variants => Some(listing.variants.len().to_string()),
        _ => None,
    }
}

fn told(known: &Known, row: &Row, piece: &Evidence) -> EvidenceRow {
    let aspect = piece.aspect();
    let said = |words: &[String]| (!words.is_empty()).then(|| words.join(" "));
    let [ours, theirs] = &piece.apart;
    let in_store = value(known, row.in_store, aspect).or_else(|| said(ours));
    let online = value(known, row.online, aspect).or_else(|| said(theirs));
    let values = sentence::Values {
        in_store: in_store.as_deref().unwrap_or_default(),
        online: online.as_deref().unwrap_or_default(),
    };
    let apart = [ours.as_slice(), theirs.as_slice()];
    let words = sentence::Piece { aspect, speaks_for: piece.speaks_for, shared: &piece.shared, apart };
    EvidenceRow {
        aspect: sentence::label(aspect).to_owned(),
        speaks_for: piece.speaks_for,
        sentence: sentence::sentence(&words, &values),
        in_store,
        online,
    }
}
