//! Plans: made on a still picture, held until they are applied, dropped or an hour old, and checked again before they
//! become a job.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{
    ConnectionId, Creation, Effect, IdempotencyKey, Job, JobId, JobKind, JobState, ListingId, Plan, ProductId,
    Progress, Refusal, Side, Step, StepIndex, StepState, Timestamp,
};
use crate::protocol::{LinkSelection, PlanId, PlanSummary, PlatformCost, Problem, RefusalRow, Reply, Window};
use crate::rules::{CatalogueView, guard, plan as rules, sentences};
use crate::store::Entry;

use super::catalogue::Snapshot;
use super::problem;
use super::report;
use super::steps::plan_row;
use super::truth::Truth;
use super::view::slice;

/// How long a plan is held, in seconds.
const LIFE: u64 = 3600;

struct Held {
    plan: Plan,
    made_at: Timestamp,
}

#[derive(Default)]
pub struct Plans {
    held: Mutex<BTreeMap<PlanId, Arc<Held>>>,
    count: AtomicU64,
}

impl Plans {
    fn number(&self) -> PlanId {
        PlanId(self.count.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn hold(&self, id: PlanId, held: Arc<Held>) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(id, held);
    }

    fn get(&self, id: PlanId, now: Timestamp) -> Result<Arc<Held>, Problem> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, plan| now.seconds_since(plan.made_at) < LIFE);
        held.get(&id)
            .cloned()
            .ok_or_else(|| problem::usage("the plan is not held any more", "make it again; a plan is held for an hour"))
    }

    fn take(&self, id: PlanId) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// Does heavy thinking where it holds nobody up.
pub async fn aside<T: Send + 'static>(think: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    super::aside::aside(think).await.map_err(|_| problem::broken("a plan could not be made: the engine stumbled"))
}

/// Plans to link what is ticked.
pub async fn link(truth: &Arc<Truth>, selection: LinkSelection) -> Result<Reply, Problem> {
    let Some(report) = truth.reports.last() else {
        return Err(problem::usage("there is no link report yet", "refresh the report first"));
    };
    let making = truth.clone();
    let plan = aside(move || {
        let seen = report::Seen::now(&making);
        let report::Choosing { choices, lost } = report::chosen(&making, &seen, &report, &selection);
        let profiles = |id| profile(&making, &seen.catalogue, id);
        let mut plan = rules::link(&seen.catalogue, &choices, &profiles, seen.catalogue.revision);
        plan.refusals.extend(lost);
        plan
    })
    .await?;
    hold(truth, plan, "nothing is ticked", "tick the rows that are to be linked")
}

pub fn profile(truth: &Truth, snapshot: &Snapshot, id: ConnectionId) -> Option<&'static crate::domain::Profile> {
    truth.shops.profile(&snapshot.connection(id)?.platform.0)
}

/// Plans to copy products to the other side.
pub async fn push(
    truth: &Arc<Truth>,
    products: Vec<ProductId>,
    towards: Side,
    connection: Option<ConnectionId>,
    draft: bool,
) -> Result<Reply, Problem> {
    let snapshot = truth.snapshot();
    let target = target(&snapshot, towards, connection)?;
    let (number, plan) = make_push(truth, snapshot, products, towards, target, draft).await?;
    hold_as(truth, number, plan, "nothing is selected", "select the products that are to be pushed")
}

/// The plan of a push, with a number that no other plan has.
pub async fn make_push(
    truth: &Arc<Truth>,
    snapshot: Snapshot,
    products: Vec<ProductId>,
    towards: Side,
    target: ConnectionId,
    draft: bool,
) -> Result<(PlanId, Plan), Problem> {
    let number = truth.plans.number();
    let coming = truth.pen().await.coming_job();
    let making = truth.clone();
    let plan = aside(move || {
        // A mark belongs to one intent for ever. The coming job's number changes with every plan that is applied, the
        // plan's own with every plan of this process, so no two plans that are sent share a mark.
        let at = making.now().0.to_le_bytes();
        let seed = [&making.identity[..], &at[..]].concat();
        let generation = u32::try_from(number.0 & u64::from(u32::MAX)).unwrap_or_default();
        let marks = |item: usize| {
            IdempotencyKey::of(&seed, coming, StepIndex(u32::try_from(item).unwrap_or(u32::MAX)), generation)
        };
        let profiles = |id| profile(&making, &snapshot, id);
        rules::push(&snapshot, &products, towards, target, draft, &profiles, &marks, snapshot.revision)
    })
    .await?;
    Ok((number, plan))
}

fn target(snapshot: &Snapshot, towards: Side, wanted: Option<ConnectionId>) -> Result<ConnectionId, Problem> {
    let all = snapshot.connections();
    let on: Vec<_> = all.into_iter().filter(|connection| connection.side == towards).collect();
    match (wanted, on.as_slice()) {
        (Some(wanted), on) if on.iter().any(|connection| connection.id == wanted) => Ok(wanted),
        (Some(wanted), _) => Err(problem::usage(
            format!("{wanted} is no {} connection", towards.label()),
            "see which there are with `counterpart connections`",
        )),
        (None, [only]) => Ok(only.id),
        (None, []) => Err(problem::usage(
            format!("no {} is connected to push to", towards.label()),
            "connect one first: `counterpart connect <platform>`",
        )),
        (None, several) => {
            let names: Vec<String> = several.iter().map(|c| format!("{} ({})", c.name, c.id)).collect();
            Err(problem::usage(
                format!("there are several {} connections to push to", towards.label()),
                format!("say which: {}", names.join(", ")),
            ))
        }
    }
}

pub fn hold(truth: &Truth, plan: Plan, empty: &str, hint: &str) -> Result<Reply, Problem> {
    hold_as(truth, truth.plans.number(), plan, empty, hint)
}

/// As [`hold`], where it is no fault of anybody's that nothing is to be done.
pub fn hold_or_say(truth: &Truth, plan: Plan, nothing: &str, hint: &str) -> Result<Reply, Problem> {
    if plan.steps.is_empty() && plan.refusals.is_empty() {
        return Ok(Reply::Nothing { message: nothing.to_owned(), hint: hint.to_owned() });
    }
    hold(truth, plan, nothing, hint)
}

fn hold_as(truth: &Truth, id: PlanId, plan: Plan, empty: &str, hint: &str) -> Result<Reply, Problem> {
    if plan.steps.is_empty() && plan.refusals.is_empty() {
        return Err(problem::usage(empty, hint));
    }
    let held = Arc::new(Held { plan, made_at: truth.now() });
    let summary = summary(truth, id, &held.plan);
    truth.plans.hold(id, held);
    Ok(Reply::Planned(summary))
}

fn summary(truth: &Truth, id: PlanId, plan: &Plan) -> PlanSummary {
    let cost = |cost: &crate::domain::Cost| PlatformCost {
        connection: truth.read(|known| {
            let connection = known.catalogue.now().connection(cost.connection);
            connection.map_or_else(|| cost.connection.to_string(), |connection| connection.name.to_string())
        }),
        calls: cost.calls,
        seconds: cost.seconds,
    };
    PlanSummary {
        plan: id,
        kind: plan.kind.clone(),
        title: plan.title.clone(),
        items: plan.items,
        steps: plan.steps.len() as u64,
        refused: plan.refusals.len() as u64,
        calls: plan.calls(),
        seconds: plan.seconds(),
        costs: plan.costs.iter().map(cost).collect(),
        warnings: warnings(truth, plan),
        first: plan.steps.first().and_then(|step| match &step.effect {
            Effect::Link { members, .. } => members.first().map(|member| member.listing),
            Effect::Create(creation) => Some(creation.source),
            Effect::SetQuantity { target: crate::domain::Target::Known { listing, .. }, .. } => Some(*listing),
            Effect::SetField { listing, .. } | Effect::AddVariant { listing, .. } | Effect::Delete { listing, .. } => {
                Some(*listing)
            }
            Effect::SetQuantity { .. } | Effect::Unlink { .. } | Effect::Trust { .. } | Effect::Adjust { .. } => None,
        }),
    }
}

/// That a plan changes more of a connection's catalogue than usual: rule 6 of DESIGN. A person who sees the plan decides.
fn warnings(truth: &Truth, plan: &Plan) -> Vec<String> {
    truth.read(|known| {
        let catalogue = known.catalogue.now();
        let variants = |connection| catalogue.there(connection).variants;
        let facts = guard::facts(&plan.steps, &variants);
        let name = |connection: &ConnectionId| {
            let there = catalogue.connection(*connection);
            there.map_or_else(|| connection.to_string(), |known| known.name.to_string())
        };
        let threshold = |connection: &ConnectionId| catalogue.settings(*connection).asks;
        let asks = |verdict| match verdict {
            guard::Verdict::Ask { sentence, .. } => Some(sentence),
            guard::Verdict::Fine => None,
        };
        let judged =
            facts.iter().map(|(connection, facts)| guard::judge(&name(connection), facts, threshold(connection)));
        let mut told: Vec<String> = judged.filter_map(asks).collect();
        // What a push makes was asked for, item by item; edits change what is there.
        if plan.kind == JobKind::Edit {
            let products = |connection| catalogue.there(connection).listings;
            let facts = guard::edit_facts(&plan.steps, &products);
            let judged = facts
                .iter()
                .map(|(connection, facts)| guard::judge_edits(&name(connection), facts, threshold(connection)));
            told.extend(judged.filter_map(asks));
        }
        told
    })
}

pub fn steps(truth: &Truth, id: PlanId, window: Window) -> Result<Reply, Problem> {
    let held = truth.plans.get(id, truth.now())?;
    let from = window.offset;
    let rows = truth.read(|known| {
        let planned = slice(&held.plan.steps, window).iter().zip(from..);
        planned
            .map(|(step, index)| {
                plan_row(known.catalogue.now(), StepIndex(u32::try_from(index).unwrap_or(u32::MAX)), step)
            })
            .collect()
    });
    Ok(Reply::PlanSteps { total: held.plan.steps.len() as u64, offset: from, rows })
}

pub fn refusals(truth: &Truth, id: PlanId, window: Window) -> Result<Reply, Problem> {
    let held = truth.plans.get(id, truth.now())?;
    let rows = truth.read(|known| refusal_rows(known.catalogue.now(), slice(&held.plan.refusals, window)));
    Ok(Reply::PlanRefusals { total: held.plan.refusals.len() as u64, offset: window.offset, rows })
}

fn refusal_rows(catalogue: &Snapshot, refusals: &[Refusal]) -> Vec<RefusalRow> {
    let row = |refusal: &Refusal| RefusalRow {
        listing: refusal.listing,
        subject: refusal.subject.clone(),
        reasons: refusal.reasons.iter().map(|r| (r.clone(), sentences::refusal(catalogue, r))).collect(),
    };
    refusals.iter().map(row).collect()
}

pub fn drop_plan(truth: &Truth, id: PlanId) -> Reply {
    truth.plans.take(id);
    Reply::Done
}

/// Makes a plan a job. What it is based on must still be so; the counts are read again before each write anyhow.
pub async fn apply(truth: &Arc<Truth>, id: PlanId) -> Result<Reply, Problem> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let held = truth.plans.get(id, now)?;
    let plan = &held.plan;
    if plan.steps.is_empty() {
        return Err(problem::usage("the plan has nothing to do: every item was refused", "see why in the plan"));
    }
    let changed = truth.read(|known| changed(known.catalogue.now(), plan));
    if let Some((subject, why)) = changed.first() {
        let others = match changed.len() {
            1 => String::new(),
            more => format!(", and {} more changed", more - 1),
        };
        return Err(problem::failure(
            format!("the plan does not fit any more: {subject} {why}{others}"),
            "make the plan again: it then takes in what changed",
        ));
    }
    let job = job(pen.job(), plan, now);
    let id_of_job = job.id;
    let steps = plan.steps.iter().zip(0u32..).map(|(planned, index)| Step {
        index: StepIndex(index),
        planned: planned.clone(),
        state: StepState::Planned,
    });
    let entry = Entry::JobPlanned { job, steps: steps.collect(), refusals: plan.refusals.clone() };
    let pen = pen.write(vec![entry]).await?;
    // Before the next one may apply it: a plan becomes one job, however often it is confirmed.
    truth.plans.take(id);
    drop(pen);
    truth.ordered();
    Ok(Reply::Started { jobs: vec![id_of_job] })
}

pub fn job(id: JobId, plan: &Plan, now: Timestamp) -> Job {
    Job {
        id,
        kind: plan.kind.clone(),
        title: plan.title.clone(),
        state: JobState::Queued,
        created_at: now,
        started_at: None,
        ended_at: None,
        progress: Progress { total: Some(plan.steps.len() as u64), ..Progress::default() },
        note: None,
    }
}

/// Items that cannot be done as planned any more, and why.
pub fn changed(catalogue: &Snapshot, plan: &Plan) -> Vec<(String, &'static str)> {
    if catalogue.revision == plan.based_on {
        return Vec::new();
    }
    let there = |id: ListingId| catalogue.listing(id).is_some_and(|known| !known.gone);
    let linked_to = |creation: &Creation| {
        let source = catalogue.listing(creation.source);
        let links = source.into_iter().flat_map(|known| &known.variants).filter_map(|v| catalogue.link_of(*v));
        links.flat_map(|link| &link.members).any(|member| member.connection == creation.connection)
    };
    let why = |effect: &Effect| match effect {
        Effect::Link { members, .. } if !members.iter().all(|member| there(member.listing)) => Some("was deleted"),
        Effect::Link { members, .. } if members.iter().all(|m| catalogue.link_of(m.variant).is_some()) => {
            Some("was linked meanwhile")
        }
        Effect::Unlink { link } | Effect::Trust { link, .. } | Effect::Adjust { link, .. }
            if catalogue.link(*link).is_none() =>
        {
            Some("is not linked any more")
        }
        Effect::Create(creation) if !there(creation.source) => Some("was deleted"),
        Effect::Create(creation) if linked_to(creation) => Some("was linked there meanwhile"),
        Effect::SetField { listing, .. } | Effect::AddVariant { listing, .. } if !there(*listing) => {
            Some("was deleted")
        }
        _ => None,
    };
    plan.steps.iter().filter_map(|step| Some((step.subject.to_string(), why(&step.effect)?))).collect()
}
