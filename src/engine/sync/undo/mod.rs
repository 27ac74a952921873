//! Links and jobs taken back.
//!
//! To undo a job is to make a further plan: what it wrote is brought back where what stands there now is still what the
//! job left. Whatever somebody changed since is left alone and told. What a job left stands in the history: it notes
//! each of its changes with the old value and the new one.

mod back;
mod past;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::{Effect, JobId, JobKind, LinkId, Plan, PlannedStep, ProductId, Refusal, RefusalReason, StepIndex};
use crate::protocol::{Problem, Reply};
use crate::rules::{CatalogueView, estimate};

use super::super::catalogue::Snapshot;
use super::super::jobs::board::all_steps;
use super::super::notes::{sides, subject};
use super::super::plans;
use super::super::problem;
use super::super::steps::no_job;
use super::super::truth::{Known, Truth};
use back::{Back, Taken};
use past::Past;

/// Plans to end the links of these products. Nothing is written to a platform, and all quantities stay as they are.
pub async fn plan_unlink(truth: &Arc<Truth>, products: Vec<ProductId>) -> Result<Reply, Problem> {
    let plan = truth.read(|known| unlink(known, &products));
    plans::hold(truth, plan, "nothing is selected", "select the products whose links are to end")
}

fn unlink(known: &Known, products: &[ProductId]) -> Plan {
    let catalogue = known.catalogue.now();
    let mut seen: BTreeSet<LinkId> = BTreeSet::new();
    let (mut steps, mut refusals, mut items) = (Vec::new(), Vec::new(), 0);
    for product in products {
        let listings = known.products.listings(product.0);
        let variants = listings.iter().filter_map(|id| catalogue.listing(*id)).flat_map(|known| &known.variants);
        let links: Vec<_> = variants.filter_map(|variant| catalogue.link_of(*variant)).collect();
        if links.is_empty() {
            let title = catalogue.listing(product.0).map(|known| known.listing.title.clone()).unwrap_or_default();
            let why = "it is not linked".to_owned();
            let reasons = vec![RefusalReason::NoLongerPossible { why }];
            refusals.push(Refusal { listing: product.0, subject: title, reasons });
            continue;
        }
        let before = steps.len();
        for link in links.into_iter().filter(|link| seen.insert(link.id)) {
            steps.push(PlannedStep {
                effect: Effect::Unlink { link: link.id },
                subject: subject(catalogue, link),
                reason: format!("{} are kept in step no longer; their quantities stay", sides(catalogue, link)),
                after: None,
            });
        }
        items += u64::from(steps.len() > before);
    }
    plan(catalogue, JobKind::Unlink, format!("Unlink {}", count(items, "product")), items, steps, refusals)
}

/// Plans to take back what a job did.
pub async fn plan_undo(truth: &Arc<Truth>, id: JobId) -> Result<Reply, Problem> {
    let job = truth.read(|known| known.board.run(id).map(|run| run.job.clone())).ok_or_else(|| no_job(id))?;
    if let JobKind::Import { .. } = job.kind {
        return Err(problem::usage(format!("{} has written nothing", job.title), "an import reads only"));
    }
    if let JobKind::Sync { .. } = job.kind {
        let why = format!(
            "{} told what was sold or counted elsewhere: taken back, sold stock would be on sale again",
            job.title
        );
        return Err(problem::usage(
            why,
            "correct the stock of a product instead: `counterpart stock set`, or on its page",
        ));
    }
    if !job.state.ended() {
        let hint = "wait for its end, or cancel it first; then what it did until then can be taken back";
        return Err(problem::usage(format!("{} has not ended", job.title), hint));
    }
    let steps = all_steps(&truth.store, &job).await.map_err(problem::store)?;
    let past = Past::of(truth, &job, &steps).await?;
    let plan = truth.read(|known| {
        let catalogue = known.catalogue.now();
        let Taken { items, steps: back, refusals } = Back::new(known, &past, &steps).take();
        let title = format!("Undo {id}: {}", job.title);
        let mut plan = plan(catalogue, JobKind::Undo { job: id }, title, items, back, refusals);
        let profiles = |connection| truth.shops.profile(&catalogue.connection(connection)?.platform.0);
        plan.costs = estimate::costs(&plan.steps, &|_| 1, &profiles);
        plan
    });
    plans::hold_or_say(
        truth,
        plan,
        &format!("{} has done nothing that could be taken back", job.title),
        "nothing to do",
    )
}

fn plan(
    catalogue: &Snapshot,
    kind: JobKind,
    title: String,
    items: u64,
    steps: Vec<PlannedStep>,
    refusals: Vec<Refusal>,
) -> Plan {
    let based_on = catalogue.revision;
    Plan { kind, title, items, steps, refusals, costs: Vec::new(), towards: None, based_on }
}

fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The place of a step that is about to be planned.
fn index(steps: &[PlannedStep]) -> StepIndex {
    StepIndex(u32::try_from(steps.len()).unwrap_or(u32::MAX))
}
