//! What the field rules ask for, as jobs: one for each connection that something is to be written to.
//!
//! Planned from what is so under the pen, with the values from the store. What a job has still to write is not planned
//! a second time, nor what a platform refused or a person called off. The guard (rule 6 of DESIGN) stands here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{
    Connection, ConnectionId, Effect, Job, JobId, JobKind, JobState, KnownListing, Listing, ListingId, PlannedStep,
    Progress, Quantity, Refusal, RefusalReason, Step, StepIndex, StepState, Structure, Target, Timestamp, VariantId,
};
use crate::protocol::{NoticeLevel, Problem, Topic};
use crate::rules::fields::{Pair, Verdict, decide, further, pairs, value, watched, writable};
use crate::rules::{CatalogueView, guard};
use crate::store::Entry;

use super::super::jobs::run::Run;
use super::super::problem;
use super::super::truth::{Known, Truth};
use super::desk::Spot;
use super::owing::is_automatic;
use super::steps;

/// Makes a job for each connection that something is to be written to.
pub async fn plan(truth: &Arc<Truth>, wants: Vec<(ListingId, ListingId)>) -> Result<(), Problem> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let mut plans: BTreeMap<ConnectionId, Planned> = BTreeMap::new();
    let waiting = truth.read(waiting);
    for pair in &wants {
        let whole = whole(truth, *pair).await?;
        truth.read(|known| {
            if let Some((in_store, online)) = &whole {
                write_pair(truth, known, *pair, in_store, online, &waiting, &mut plans);
            }
        });
    }
    let mut entries = Vec::new();
    let mut notices = Vec::new();
    let mut changed = Vec::new();
    for (connection, planned) in plans {
        if planned.steps.is_empty() && planned.refusals.is_empty() {
            continue;
        }
        let job = truth.read(|known| planned.job(known, pen.job(), connection, now));
        changed.push((connection, planned.products.clone()));
        notices.extend(job.note.clone().map(|note| (job.id, job.title.clone(), note)));
        let steps = numbered(planned.steps);
        entries.push(Entry::JobPlanned { job, steps, refusals: planned.refusals });
    }
    truth.remember(Topic::Products, |known| known.desk.wants.retain(|pair| !wants.contains(pair)));
    let kept = pen.commit(entries).await;
    if kept.is_err() {
        truth.remember(Topic::Products, |known| known.desk.wants.extend(wants));
        return kept;
    }
    truth.keep_in_mind(|known| {
        changed.into_iter().for_each(|(connection, products)| known.desk.changes(connection, products, now));
    });
    for (job, title, note) in notices {
        ask(truth, job, &title, &note);
    }
    Ok(())
}

/// Says that a job waits for a person.
pub fn ask(truth: &Truth, job: JobId, title: &str, note: &str) {
    let hint = "look at the job, then resume or cancel it".to_owned();
    truth.announcer.notice(NoticeLevel::Warning, format!("{title} asks: {note}"), Some(hint), Some(job));
}

pub fn numbered(planned: Vec<PlannedStep>) -> Vec<Step> {
    let step = |(planned, index)| Step { index: StepIndex(index), planned, state: StepState::Planned };
    planned.into_iter().zip(0u32..).map(step).collect()
}

/// Both listings of a pair with their descriptions and pictures; `None` once one of them is no more.
async fn whole(truth: &Truth, pair: (ListingId, ListingId)) -> Result<Option<(KnownListing, KnownListing)>, Problem> {
    let in_store = truth.store.listing(pair.0).await.map_err(problem::store)?;
    let online = truth.store.listing(pair.1).await.map_err(problem::store)?;
    Ok(in_store.zip(online).filter(|(in_store, online)| !in_store.gone && !online.gone))
}

/// What jobs have still to write.
#[derive(Default)]
struct Waiting {
    fields: BTreeSet<Spot>,
    /// (listing, the variant that is to be copied into it)
    variants: BTreeSet<(ListingId, VariantId)>,
}

fn waiting(known: &Known) -> Waiting {
    let mut waiting = Waiting::default();
    let open = known.board.runs().filter(|run| !run.job.state.ended()).flat_map(Run::steps);
    for step in open.filter(|step| !step.state.ended()) {
        match &step.planned.effect {
            Effect::SetField { listing, variant, field, .. } => {
                waiting.fields.insert((*listing, *variant, *field));
            }
            Effect::AddVariant { listing, variant, .. } => {
                waiting.variants.insert((*listing, *variant));
            }
            Effect::Link { .. }
            | Effect::Unlink { .. }
            | Effect::Trust { .. }
            | Effect::Adjust { .. }
            | Effect::Create(_)
            | Effect::SetQuantity { .. }
            | Effect::Delete { .. } => {}
        }
    }
    waiting
}

/// What is to be written to one connection.
#[derive(Default)]
struct Planned {
    steps: Vec<PlannedStep>,
    refusals: Vec<Refusal>,
    products: BTreeSet<ListingId>,
}

impl Planned {
    fn job(&self, known: &Known, id: JobId, connection: ConnectionId, now: Timestamp) -> Job {
        let name = steps::name(known, connection);
        let count = self.products.len();
        let what = if count == 1 { "1 product".to_owned() } else { format!("{count} products") };
        let note = guarded(known, connection, &self.steps, known.desk.changed_lately(connection, &self.products, now));
        Job {
            id,
            kind: JobKind::Edit,
            title: format!("Change {what} on {name}"),
            state: if note.is_some() { JobState::Paused } else { JobState::Queued },
            created_at: now,
            started_at: None,
            ended_at: None,
            progress: Progress { total: Some(self.steps.len() as u64), ..Progress::default() },
            note,
        }
    }
}

/// What the guard says to these steps, if it does not let them pass. `before`: what went the same way lately.
pub fn guarded(known: &Known, connection: ConnectionId, steps: &[PlannedStep], before: u64) -> Option<String> {
    let products = known.catalogue.now().there(connection).listings;
    let mut facts = guard::edit_facts(steps, &|_| products).remove(&connection).unwrap_or_default();
    facts.before = before;
    match guard::judge_edits(&steps::name(known, connection), &facts, known.catalogue.now().settings(connection).asks) {
        guard::Verdict::Fine => None,
        guard::Verdict::Ask { sentence, .. } => {
            Some(format!("{sentence}; resume this job to do it, cancel it to leave everything as it is"))
        }
    }
}

fn write_pair(
    truth: &Truth,
    known: &Known,
    pair: (ListingId, ListingId),
    in_store: &KnownListing,
    online: &KnownListing,
    waiting: &Waiting,
    plans: &mut BTreeMap<ConnectionId, Planned>,
) {
    let catalogue = known.catalogue.now();
    let all = pairs(catalogue, &known.rules, pair.0);
    let Some(pair) = all.iter().find(|found| (found.in_store.id, found.online.id) == pair) else { return };
    if pair.paused() {
        return;
    }
    let whole = |id: ListingId| if id == in_store.id { in_store } else { online };
    for watched in watched(&known.rules, pair) {
        let automatic = is_automatic(truth, known, watched.other_connection);
        let spot: Spot = (watched.other, watched.other_variant, watched.field);
        let face = |listing, variant| catalogue.kept(listing)?.face(watched.field, variant);
        let (Some(record), Some(other)) =
            (face(watched.record, watched.record_variant), face(watched.other, watched.other_variant))
        else {
            continue;
        };
        let writes = decide(watched.field, record, other, watched.agreed) == Verdict::Write;
        if !writes || !automatic || waiting.fields.contains(&spot) || known.desk.is_refused(spot, record.own) {
            continue;
        }
        let of = |listing: &KnownListing, variant: Option<VariantId>| {
            value(watched.field, &listing.listing, variant.and_then(|number| listing.variant(number)))
        };
        let (leader, follower) = (whole(watched.record), whole(watched.other));
        let (Some(to), Some(from)) = (of(leader, watched.record_variant), of(follower, watched.other_variant)) else {
            continue;
        };
        let can = steps::profile(truth, known, watched.other_connection)
            .is_some_and(|profile| profile.edits.contains(&watched.field));
        if !can || !writable(watched.field, &to) {
            continue;
        }
        let planned = plans.entry(watched.other_connection).or_default();
        planned.products.insert(watched.other);
        planned.steps.push(PlannedStep {
            effect: Effect::SetField {
                connection: watched.other_connection,
                listing: watched.other,
                variant: watched.other_variant,
                field: watched.field,
                from,
                to,
            },
            subject: steps::subject(follower, watched.other_variant),
            reason: format!(
                "the {} of {} counts, and it changed there",
                watched.field.label(),
                steps::name(known, leader.connection)
            ),
            after: None,
        });
    }
    add_variants(truth, known, pair, waiting, plans);
}

/// The variants that the side of record got since both were last compared, and what they hold.
fn add_variants(
    truth: &Truth,
    known: &Known,
    pair: &Pair<'_>,
    waiting: &Waiting,
    plans: &mut BTreeMap<ConnectionId, Planned>,
) {
    let catalogue = known.catalogue.now();
    let Some(further) = further(catalogue, pair) else { return };
    let connection = further.other.connection;
    let Some(profile) = steps::profile(truth, known, connection) else { return };
    let Some(there) = catalogue.connection(connection) else { return };
    if !profile.adds_variants || !is_automatic(truth, known, connection) {
        return;
    }
    let new: Vec<VariantId> = further
        .new
        .iter()
        .copied()
        .filter(|variant| {
            let spot = (further.other.id, *variant);
            !waiting.variants.contains(&spot) && !known.desk.is_refused_variant(spot.0, spot.1)
        })
        .collect();
    if new.is_empty() {
        return;
    }
    let leader = further.record;
    let has = further.other.listing.variants.len() + new.len();
    let reasons =
        refusals(&leader.listing, &new, leader, there, profile.variant_limit.most.filter(|most| has > *most), has);
    let planned = plans.entry(connection).or_default();
    if !reasons.is_empty() {
        let subject = steps::subject(further.other, None);
        planned.refusals.push(Refusal { listing: further.other.id, subject, reasons });
        return;
    }
    planned.products.insert(further.other.id);
    let name = steps::name(known, leader.connection);
    for variant in new {
        let subject = steps::subject(leader, Some(variant));
        let index = StepIndex(u32::try_from(planned.steps.len()).unwrap_or(u32::MAX));
        planned.steps.push(PlannedStep {
            effect: Effect::AddVariant { connection, listing: further.other.id, source: leader.id, variant },
            subject: subject.clone(),
            reason: format!("it is new on {name}"),
            after: None,
        });
        let holds = catalogue.total(leader.id, variant).filter(|_| pair.rules.quantity);
        if let (Some(total), Some(location)) = (holds, there.main_location()) {
            let to = total.max(Quantity::ZERO);
            planned.steps.push(PlannedStep {
                effect: Effect::SetQuantity {
                    connection,
                    target: Target::CreatedBy { step: index, position: 0 },
                    location: location.clone(),
                    from: None,
                    to,
                },
                subject,
                reason: format!("{name} holds {to}"),
                after: Some(index),
            });
        }
    }
}

fn refusals(
    listing: &Listing,
    new: &[VariantId],
    leader: &KnownListing,
    there: &Connection,
    most: Option<usize>,
    has: usize,
) -> Vec<RefusalReason> {
    let mut reasons = Vec::new();
    if let Some(most) = most {
        reasons.push(RefusalReason::TooManyVariants { has, most });
    }
    let prices = new.iter().filter_map(|variant| leader.variant(*variant)).map(|variant| variant.price);
    for price in prices {
        match price {
            None => reasons.push(RefusalReason::NoPrice),
            Some(price) if price.currency != there.currency => reasons.push(RefusalReason::CurrencyDiffers),
            Some(_) => {}
        }
    }
    if listing.structure == Structure::Simple {
        reasons.push(RefusalReason::NoLongerPossible { why: "it has no variants any more".to_owned() });
    }
    reasons.dedup();
    reasons
}
