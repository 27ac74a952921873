//! The workers: one for what happens here, and one for each connection, so that a platform gets one attempt at a time
//! for any count and never waits for another platform.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{ConnectionId, JobId, Profile};
use crate::protocol::Problem;

use super::super::Planted;
use super::super::books::Books;
use super::super::problem;
use super::super::signal::Waiter;
use super::super::truth::Truth;
use super::board::Work;
use super::run::Place;
use super::waiting::{Patience, Trouble, say, seconds, sit_out, wait};
use super::{creations, edits, here, quantities, unknown};

/// Does what happens here, until the engine stops.
pub async fn here(truth: Arc<Truth>) {
    let mut patience = Patience::default();
    let mut work = truth.work();
    loop {
        work.mark_unchanged();
        if truth.is_stopping() {
            return;
        }
        match truth.read(|known| known.board.next_here()) {
            Work::Links { job, steps } => match here::take(&truth, job, steps).await {
                Ok(()) => {
                    patience.calm();
                    say(&truth, job, None);
                }
                Err(problem) => {
                    let pause = patience.pause(None);
                    say(&truth, job, Some(problem.message));
                    wait(&truth, pause).await;
                }
            },
            _ => idle(&truth, &mut work, None).await,
        }
    }
}

/// Does what is to be done on a connection, until the engine stops or the connection is removed.
pub async fn at(truth: Arc<Truth>, connection: ConnectionId) {
    let mut patience = Patience::default();
    let mut work = truth.work();
    loop {
        work.mark_unchanged();
        if truth.is_stopping() {
            return;
        }
        let profile = match profile(&truth, connection) {
            Ok(Some(profile)) => profile,
            Ok(None) => return,
            Err(problem) => {
                tracing::warn!(%connection, message = problem.message, "a connection cannot be used");
                idle(&truth, &mut work, None).await;
                continue;
            }
        };
        let now = truth.now();
        let as_of = if truth.options.plants(Planted::NoFence) { now.plus_seconds(3600) } else { now };
        let next = truth.read(|known| {
            let frozen = Books::open(known, now).frozen_variants();
            known.board.next_at(Place::At(connection), profile, as_of, frozen)
        });
        let (job, done) = match next {
            Work::Quantities { job, steps } => (job, quantities::write(&truth, connection, job, steps).await),
            Work::Create { job, steps } => (job, creations::make(&truth, connection, job, steps).await),
            Work::Edit { job, steps } => (job, edits::write(&truth, connection, job, steps).await),
            Work::FindOutEdit { job, steps } => (job, edits::find_out(&truth, connection, job, steps).await),
            Work::FindOutBatch { job, batch } => (job, unknown::find_out_batch(&truth, connection, job, &batch).await),
            Work::FindOutCreation { job, step, early } => {
                (job, unknown::find_out_creation(&truth, connection, job, step, early).await)
            }
            Work::Until { job, then } => {
                let pause = u64::try_from(then.0.saturating_sub(now.0)).unwrap_or(0);
                let pause = Duration::from_millis(pause.max(1));
                let name = profile.name;
                let note = format!(
                    "{name} was cut off in the middle of a write: nothing is sent twice, so it is looked up again in {}, \
                     when nothing sent before can still arrive",
                    seconds(pause)
                );
                say(&truth, job, Some(note));
                idle(&truth, &mut work, Some(pause)).await;
                continue;
            }
            Work::Links { .. } | Work::Nothing => {
                idle(&truth, &mut work, None).await;
                continue;
            }
        };
        went(&truth, connection, job, done, &mut patience).await;
    }
}

async fn went(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    done: Result<(), Trouble>,
    patience: &mut Patience,
) {
    match done {
        Ok(()) => {
            patience.calm();
            truth.stands(connection, None);
            say(truth, job, None);
        }
        Err(trouble) => sit_out(truth, connection, job, trouble, patience).await,
    }
    let now = truth.now();
    truth.remember(crate::protocol::Topic::Jobs, |known| {
        if let Some(run) = known.board.run_mut(job) {
            run.sample(now);
        }
    });
}

/// The connection's profile; `None` once the connection is removed.
pub fn profile(truth: &Truth, connection: ConnectionId) -> Result<Option<&'static Profile>, Problem> {
    use crate::rules::CatalogueView;
    let platform = truth.read(|known| known.catalogue.now().connection(connection).map(|c| c.platform.clone()));
    let Some(platform) = platform else { return Ok(None) };
    let profile = truth.shops.profile(&platform.0);
    profile.map(Some).ok_or_else(|| {
        problem::failure(
            format!("this version knows no platform named {platform}"),
            "use the version of the program that made the connection",
        )
    })
}

async fn idle(truth: &Truth, work: &mut Waiter<u64>, pause: Option<Duration>) {
    let mut stopping = truth.stopping();
    let sleep = async {
        match pause {
            Some(pause) => truth.clock.sleep(pause).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = stopping.wait_for(|stopping| *stopping) => {}
        () = work.changed() => {}
        () = sleep => {}
    }
}
