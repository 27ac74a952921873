//! Connections are looked at without anybody asking: orders, listings and levels, as often as is useful and fair.
//!
//! A look (`look.rs`) is no job. What it finds is journalled with the cursor behind it; one that finds nothing leaves no
//! trace but the moment at which it was made, and its cursor is journalled with the next thing that moved, or now and
//! then. A look that fails is made again, with growing pauses, for ever, and the connection's state says so.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{ConnectionId, JobKind, JobState, Timestamp};
use crate::protocol::{Problem, Topic};
use crate::rules::CatalogueView;
use crate::rules::pace::{self, Bounds};

use super::super::connections::read_at;
use super::super::jobs::run::Place;
use super::super::truth::{Known, Truth};
use super::look::{Looks, look};
use super::sweep::{asks, imports, sweep};

/// How often connections are looked at that are kept in step continuously.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// After something moved.
    pub soonest: Duration,
    /// When it is quiet.
    pub changes: Duration,
    /// Everything is read, which also finds what was deleted.
    pub everything: Duration,
}

impl Default for Poll {
    fn default() -> Self {
        Self {
            soonest: Duration::from_secs(5),
            changes: Duration::from_secs(30),
            everything: Duration::from_secs(24 * 3600),
        }
    }
}

impl Poll {
    const fn bounds(self) -> Bounds {
        Bounds { soonest: self.soonest, latest: self.changes }
    }
}

/// What is to be done.
enum Due {
    Look,
    /// Everything is read again: a job, since it takes its time and may have to ask.
    Sweep,
    At(Timestamp),
    /// Not before somebody does something.
    Later,
}

/// Looks at a connection until the engine stops or the connection is removed.
pub async fn worker(truth: Arc<Truth>, connection: ConnectionId) {
    let mut looks = Looks::default();
    let mut work = truth.work();
    let mut orders = truth.orders();
    let mut stopping = truth.stopping();
    loop {
        work.mark_unchanged();
        orders.mark_unchanged();
        let there = truth.read(|known| known.catalogue.now().connection(connection).is_some());
        if truth.is_stopping() || !there {
            return;
        }
        let now = truth.now();
        let (due, busy) = truth.read(|known| (due(&truth, known, connection, &looks, now), is_busy(known, connection)));
        expect_next(&truth, connection, &due, now);
        match due {
            Due::Look => look(&truth, connection, &mut looks).await,
            Due::Sweep => {
                if let Err(problem) = sweep(&truth, connection).await {
                    tracing::warn!(message = problem.message, "an import by the clock was not started");
                    truth.clock.sleep(pace::after_failure(1)).await;
                }
            }
            Due::At(then) => {
                let pause = u64::try_from(then.0.saturating_sub(now.0)).unwrap_or(0).max(1);
                tokio::select! {
                    biased;
                    () = stopping.wait_for(|stopping| *stopping) => {}
                    () = orders.changed() => {}
                    // The pause is the long one of a person's job: with the job's end it is over, too.
                    () = work.changed(), if busy => {}
                    () = truth.clock.sleep(Duration::from_millis(pause)) => {}
                }
            }
            Due::Later => {
                tokio::select! {
                    biased;
                    () = stopping.wait_for(|stopping| *stopping) => {}
                    () = orders.changed() => {}
                    () = work.changed() => {}
                }
            }
        }
    }
}

fn due(truth: &Truth, known: &Known, connection: ConnectionId, looks: &Looks, now: Timestamp) -> Due {
    let Some(standing) = known.standing.get(&connection) else { return Due::Later };
    // Before the first import came to its end there is nothing to keep up with, and two readers would step on each
    // other's cursors.
    let (Some(swept), false) = (standing.swept, imports(known, connection)) else { return Due::Later };
    if standing.asked {
        return Due::Look;
    }
    let settings = known.catalogue.now().settings(connection);
    let Some(poll) = truth.options.poll.filter(|_| settings.automatic) else { return Due::Later };
    if now.seconds_since(swept) >= poll.everything.as_secs() && !asks(known, connection) {
        return Due::Sweep;
    }
    let last = looks.last.unwrap_or(Timestamp(0)).max(read_at(known, connection).unwrap_or_default());
    let pause = match looks.failures {
        0 => {
            let Ok(Some(profile)) = profile_of(truth, known, connection) else { return Due::Later };
            pace::pause(
                &pace::Facts {
                    every: settings.every,
                    quiet: standing.moved.map(|moved| Duration::from_secs(now.seconds_since(moved))),
                    calls: looks.calls.max(1),
                    budget: profile.budget,
                    busy: is_busy(known, connection),
                },
                poll.bounds(),
            )
        }
        failures => looks.asked_to_wait.unwrap_or_else(|| pace::after_failure(failures)),
    };
    // At the start, what was read before says nothing about now.
    let then = last.plus_seconds(0).0.saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
    if looks.last.is_none() || then <= now.0 { Due::Look } else { Due::At(Timestamp(then)) }
}

fn profile_of(
    truth: &Truth,
    known: &Known,
    connection: ConnectionId,
) -> Result<Option<&'static crate::domain::Profile>, Problem> {
    let platform = known.catalogue.now().connection(connection).map(|known| known.platform.0.clone());
    Ok(platform.and_then(|platform| truth.shops.profile(&platform)))
}

/// Whether a job that a person ordered is under way there.
fn is_busy(known: &Known, connection: ConnectionId) -> bool {
    let place = Place::At(connection);
    known.board.runs().any(|run| {
        matches!(run.job.state, JobState::Queued | JobState::Running)
            && !matches!(run.job.kind, JobKind::Sync { .. })
            && (run.planned_at(place).next().is_some() || run.open_at(place).next().is_some())
    })
}

fn expect_next(truth: &Truth, connection: ConnectionId, due: &Due, now: Timestamp) {
    let next = match due {
        Due::Look | Due::Sweep => Some(now),
        Due::At(then) => Some(*then),
        Due::Later => None,
    };
    truth.keep_in_mind(|known| {
        if let Some(standing) = known.standing.get_mut(&connection) {
            standing.next_look = next;
        }
    });
}

/// Wants a look at these connections, and that what they are owed is told.
pub fn ask(truth: &Truth, connections: &[ConnectionId]) {
    truth.remember(Topic::Connections, |known| {
        for connection in connections {
            if let Some(standing) = known.standing.get_mut(connection) {
                standing.asked = true;
            }
        }
    });
    truth.ordered();
}
