//! New products are copied to the other side by themselves, where a connection's settings say so.
//!
//! New: it appeared after its shop's first import, is not linked, and shares no barcode, SKU or title with anything
//! over there (what does is for the link report, and for a person). Planned like any push, with its refusals, and
//! stopped by the guard like anything that is planned without a person. What appeared just before the process died is
//! not copied by itself any more: it stands in Products as being on one side only.

use std::sync::Arc;

use crate::domain::{
    AutoPush, Cause, ConnectionId, Happening, HistoryRecord, JobState, ListingId, Plan, ProductId, Status, Timestamp,
};
use crate::protocol::{NoticeLevel, Problem, Topic};
use crate::rules::{CatalogueView, sentences};
use crate::store::Entry;

use super::super::catalogue::Snapshot;
use super::super::plans;
use super::super::truth::{Known, Truth};
use super::owing::is_automatic;
use super::steps;
use super::writing::{ask, guarded, numbered};

/// What is to be copied to one connection in one way.
struct Errand {
    target: ConnectionId,
    draft: bool,
    products: Vec<ProductId>,
}

/// Whether there was anything new to look at.
pub async fn push_fresh(truth: &Arc<Truth>) -> Result<bool, Problem> {
    let (snapshot, fresh, targets) = truth.read(|known| {
        let targets = targets(truth, known);
        let snapshot = known.catalogue.snapshot();
        // A shop that is being read just now may have it already.
        let waits = |listing: &ListingId| {
            let there = snapshot.listing(*listing).and_then(|known| snapshot.connection(known.connection));
            let side = there.map(|there| there.side);
            let towards = targets
                .iter()
                .filter(|(target, _)| snapshot.connection(*target).map(|connection| connection.side) != side);
            towards.into_iter().any(|(target, _)| is_read_now(known, *target))
        };
        let fresh: Vec<ListingId> = known.desk.fresh().filter(|listing| !waits(listing)).collect();
        (snapshot, fresh, targets)
    });
    if fresh.is_empty() {
        return Ok(false);
    }
    truth.remember(Topic::Products, |known| known.desk.take_fresh(&fresh));
    if targets.is_empty() {
        return Ok(true);
    }
    let listings = fresh.clone();
    let looking = snapshot.clone();
    let errands = plans::aside(move || errands(&looking, &listings, &targets)).await;
    let done = match errands {
        Ok(errands) => run(truth, &snapshot, errands).await,
        Err(problem) => Err(problem),
    };
    if done.is_err() {
        truth.remember(Topic::Products, |known| known.desk.put_back_fresh(fresh));
    }
    done.map(|()| true)
}

/// Connections that want copies, once their own first import is done.
fn targets(truth: &Truth, known: &Known) -> Vec<(ConnectionId, AutoPush)> {
    let catalogue = known.catalogue.now();
    let read = |id| known.standing.get(&id).is_some_and(|standing| standing.swept.is_some());
    let all = catalogue.connections().into_iter().filter(|connection| read(connection.id));
    let wanted = all.map(|connection| (connection.id, catalogue.settings(connection.id)));
    wanted
        .filter(|(id, settings)| is_automatic(truth, known, *id) && settings.auto_push != AutoPush::Off)
        .map(|(id, settings)| (id, settings.auto_push))
        .collect()
}

fn is_read_now(known: &Known, connection: ConnectionId) -> bool {
    let waiting = known.board.next_import(connection).and_then(|job| known.board.run(job.id)?.waiting.clone());
    known.board.next_import(connection).is_some() && waiting.is_none()
}

fn errands(snapshot: &Snapshot, fresh: &[ListingId], targets: &[(ConnectionId, AutoPush)]) -> Vec<Errand> {
    let mut errands: Vec<Errand> = Vec::new();
    for (target, how) in targets {
        let Some(there) = snapshot.connection(*target) else { continue };
        let new = fresh.iter().filter_map(|id| snapshot.listing(*id)).filter(|known| {
            let other_side = snapshot.connection(known.connection).is_some_and(|from| from.side != there.side);
            let linked = known.variants.iter().any(|variant| snapshot.link_of(*variant).is_some());
            other_side && !linked && !known.gone && known.listing.status != Status::Archived
        });
        let new: Vec<_> = new.collect();
        if new.is_empty() {
            continue;
        }
        let shelf = crate::rules::matching::Keys::of(snapshot, *target);
        for known in new.into_iter().filter(|known| !shelf.shares(known)) {
            // What customers cannot see here is not shown to them there.
            let draft = *how == AutoPush::Draft || known.listing.status != Status::Active;
            let product = ProductId(known.id);
            match errands.iter_mut().find(|errand| errand.target == *target && errand.draft == draft) {
                Some(errand) => errand.products.push(product),
                None => errands.push(Errand { target: *target, draft, products: vec![product] }),
            }
        }
    }
    errands
}

async fn run(truth: &Arc<Truth>, snapshot: &Snapshot, errands: Vec<Errand>) -> Result<(), Problem> {
    for Errand { target, draft, products } in errands {
        let Some(towards) = snapshot.connection(target).map(|connection| connection.side) else { continue };
        let (_, plan) = plans::make_push(truth, snapshot.clone(), products, towards, target, draft).await?;
        keep(truth, target, plan).await?;
    }
    Ok(())
}

/// Makes the plan a job.
async fn keep(truth: &Arc<Truth>, target: ConnectionId, mut plan: Plan) -> Result<(), Problem> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    if truth.read(|known| !plans::changed(known.catalogue.now(), &plan).is_empty()) {
        // Linked or deleted meanwhile: by whom that was done, it was done on purpose.
        tracing::info!(%target, "what was to be copied by itself has changed meanwhile");
        return Ok(());
    }
    let mut entries = truth.read(|known| refused_noted(known, target, &plan, now));
    let mut asks = None;
    if !plan.steps.is_empty() {
        let mut job = plans::job(pen.job(), &plan, now);
        job.note = truth.read(|known| guarded(known, target, &plan.steps, known.desk.copied_lately(target, now)));
        if let Some(note) = &job.note {
            job.state = JobState::Paused;
            asks = Some((job.id, job.title.clone(), note.clone()));
        }
        let steps = numbered(std::mem::take(&mut plan.steps));
        entries.push(Entry::JobPlanned { job, steps, refusals: plan.refusals.clone() });
    }
    pen.commit(entries).await?;
    truth.remember(Topic::Products, |known| known.desk.copies(target, plan.items, now));
    if let Some((job, title, note)) = asks {
        ask(truth, job, &title, &note);
    }
    if !plan.refusals.is_empty() {
        let what = match plan.refusals.len() {
            1 => "a new product cannot be copied".to_owned(),
            more => format!("{more} new products cannot be copied"),
        };
        let name = truth.read(|known| steps::name(known, target));
        let hint = Some("why stands in the history of each".to_owned());
        truth.announcer.notice(NoticeLevel::Warning, format!("{what} to {name} by itself"), hint, None);
    }
    Ok(())
}

fn refused_noted(known: &Known, target: ConnectionId, plan: &Plan, now: Timestamp) -> Vec<Entry> {
    let catalogue = known.catalogue.now();
    let noted = plan.refusals.iter().map(|refusal| {
        let there = catalogue.listing(refusal.listing);
        let why: Vec<String> = refusal.reasons.iter().map(|reason| sentences::refusal(catalogue, reason)).collect();
        Entry::Noted(Box::new(HistoryRecord {
            at: now,
            what: Happening::Conflict,
            subject: refusal.subject.clone(),
            sku: there.and_then(|there| steps::sku(there, None)),
            listing: Some(refusal.listing),
            variant: None,
            connection: Some(target),
            old: None,
            new: Some(format!("not copied by itself: {}", why.join("; "))),
            cause: Cause::Poll,
        }))
    });
    noted.collect()
}
