//! Fields that were edited on the side whose word does not count: both values, and what a person decides.

use std::sync::Arc;

use crate::domain::{
    Cause, Effect, Field, FieldValue, Happening, HistoryRecord, Job, JobKind, JobState, KnownListing, PlannedStep,
    ProductId, Progress, Timestamp, VariantId,
};
use crate::protocol::{ConflictId, ConflictRow, Decision, Problem, Reply, Topic};
use crate::rules::CatalogueView;
use crate::rules::fields::{Agreed, Verdict, value, writable};
use crate::store::Entry;

use super::super::problem;
use super::super::truth::{Known, Truth};
pub use super::desk::Standing;
use super::follow::Links;
use super::steps::{self, short};
use super::writing::numbered;

/// All conflicts about fields, in an order that stays.
pub fn field_conflicts(known: &Known) -> Vec<Standing> {
    known.desk.conflicts().copied().collect()
}

/// The two listings of a conflict and what stands in the field, at the record first.
struct Both {
    record: KnownListing,
    other: KnownListing,
    right: FieldValue,
    edited: FieldValue,
}

async fn both(truth: &Truth, standing: &Standing) -> Result<Option<Both>, Problem> {
    let watched = &standing.watched;
    let record = truth.store.listing(watched.record).await.map_err(problem::store)?;
    let other = truth.store.listing(watched.other).await.map_err(problem::store)?;
    let of = |listing: &KnownListing, variant: Option<VariantId>| {
        value(watched.field, &listing.listing, variant.and_then(|number| listing.variant(number)))
    };
    Ok(record.zip(other).and_then(|(record, other)| {
        let right = of(&record, watched.record_variant)?;
        let edited = of(&other, watched.other_variant)?;
        Some(Both { record, other, right, edited })
    }))
}

/// A conflict as it is shown; `None` once a side of it is no more.
pub async fn conflict_row(truth: &Truth, standing: &Standing) -> Result<Option<ConflictRow>, Problem> {
    let Some(Both { record, other, right, edited }) = both(truth, standing).await? else { return Ok(None) };
    let watched = &standing.watched;
    let field = watched.field.label();
    Ok(truth.read(|known| {
        let catalogue = known.catalogue.now();
        let here = catalogue.connection(other.connection)?.name.clone();
        let there = steps::name(known, record.connection);
        let too =
            if standing.verdict == (Verdict::Conflict { both: true }) { ", and on the other side too" } else { "" };
        let product = known.products.root(other.id).unwrap_or(other.id);
        let mut decisions = Vec::new();
        if can_write(truth, known, record.connection, watched.field, &edited) {
            decisions.push((Decision::Accept, format!("{there} gets it too: {}", shown(&edited))));
        }
        if can_write(truth, known, other.connection, watched.field, &right) {
            decisions.push((Decision::Restore, format!("{here} shows again what {there} does: {}", shown(&right))));
        }
        decisions.push((Decision::Leave, "both stay as they are, until the next change".to_owned()));
        Some(ConflictRow {
            conflict: standing.id(),
            product: ProductId(product),
            subject: steps::subject(&other, watched.other_variant),
            sku: steps::sku(&other, watched.other_variant),
            sentence: format!("the {field} was changed on {here}{too}, and {there} is the record of it"),
            connection: here,
            ours: shown(&edited),
            theirs: shown(&right),
            since: standing.since,
            decisions,
        })
    }))
}

fn shown(value: &FieldValue) -> String {
    let text = short(&value.to_string());
    if text.is_empty() { "nothing".to_owned() } else { text.to_string() }
}

fn can_write(
    truth: &Truth,
    known: &Known,
    connection: crate::domain::ConnectionId,
    field: Field,
    value: &FieldValue,
) -> bool {
    steps::profile(truth, known, connection).is_some_and(|profile| profile.edits.contains(&field))
        && writable(field, value)
}

/// Does what a person decided about a field.
pub async fn decide_field(truth: &Arc<Truth>, conflict: ConflictId, decision: Decision) -> Result<Reply, Problem> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let settled = || problem::usage("this conflict is not there any more", "look at the conflicts again");
    let standing = truth.read(|known| known.desk.standing(conflict).copied()).filter(Standing::is_conflict);
    let standing = standing.ok_or_else(settled)?;
    let both = both(truth, &standing).await?.ok_or_else(settled)?;
    let watched = standing.watched;
    let entries = truth.read(|known| {
        let (listing, variant, from, to) = match decision {
            Decision::Accept => (&both.record, watched.record_variant, &both.right, &both.edited),
            Decision::Restore => (&both.other, watched.other_variant, &both.edited, &both.right),
            Decision::Leave => return leave(known, &standing).map(|entries| (entries, None)),
        };
        if !can_write(truth, known, listing.connection, watched.field, to) {
            let name = steps::name(known, listing.connection);
            return Err(problem::usage(
                format!("the {} cannot be written to {name}", watched.field.label()),
                "change it there by hand, or leave both as they are",
            ));
        }
        let planned = PlannedStep {
            effect: Effect::SetField {
                connection: listing.connection,
                listing: listing.id,
                variant,
                field: watched.field,
                from: from.clone(),
                to: to.clone(),
            },
            subject: steps::subject(listing, variant),
            reason: match decision {
                Decision::Accept => "you took the other side's".to_owned(),
                Decision::Restore | Decision::Leave => "you took the record's".to_owned(),
            },
            after: None,
        };
        let job = Job {
            id: pen.job(),
            kind: JobKind::Edit,
            title: format!("Change the {} of {}", watched.field.label(), short(&planned.subject)),
            state: JobState::Queued,
            created_at: now,
            started_at: None,
            ended_at: None,
            progress: Progress { total: Some(1), ..Progress::default() },
            note: None,
        };
        let noted = settled_noted(&standing, &both, decision, now);
        let id = job.id;
        Ok((vec![Entry::JobPlanned { job, steps: numbered(vec![planned]), refusals: Vec::new() }, noted], Some(id)))
    });
    let (mut entries, job) = entries?;
    if job.is_none() {
        entries.push(settled_noted(&standing, &both, decision, now));
    }
    pen.commit(entries).await?;
    truth.remember(Topic::Products, |known| known.desk.put_back([watched.other]));
    truth.ordered();
    Ok(Reply::Done)
}

/// Both values are taken as agreed.
fn leave(known: &Known, standing: &Standing) -> Result<Vec<Entry>, Problem> {
    let watched = &standing.watched;
    let catalogue = known.catalogue.now();
    let face = |listing, variant| catalogue.kept(listing)?.face(watched.field, variant);
    let (record, other) = (face(watched.record, watched.record_variant), face(watched.other, watched.other_variant));
    let Some((record, other)) = record.zip(other) else {
        return Err(problem::usage("one of the two is not there any more", "look at the conflicts again"));
    };
    let mut links = Links::default();
    links.agree(known, watched.link, watched.keeper, watched.field, Agreed::of(record, other));
    Ok(links.entries())
}

fn settled_noted(standing: &Standing, both: &Both, decision: Decision, now: Timestamp) -> Entry {
    let watched = &standing.watched;
    let (old, new) = match decision {
        Decision::Accept => (&both.right, &both.edited),
        Decision::Restore => (&both.edited, &both.right),
        Decision::Leave => (&both.right, &both.edited),
    };
    let reason = match decision {
        Decision::Accept => "accepted",
        Decision::Restore => "restored",
        Decision::Leave => "left as it is",
    };
    Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Settled,
        subject: steps::subject(&both.other, watched.other_variant),
        sku: steps::sku(&both.other, watched.other_variant),
        listing: Some(both.other.id),
        variant: watched.other_variant,
        connection: Some(both.other.connection),
        old: Some(old.to_string()),
        new: Some(new.to_string()),
        cause: Cause::Person { reason: format!("{} {reason}", watched.field.label()) },
    }))
}
