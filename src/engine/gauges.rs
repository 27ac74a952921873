//! How much of each platform's rate is used, and how the running jobs go: what changes by time alone, and so has to be
//! looked at.
//!
//! Nothing is looked at while nothing moves: a call or a commit wakes the watch, which then looks once in a slice of
//! time until all that it watches has come to rest. It looks only while somebody listens, and says only that something
//! changed. It follows the machine's clock: pace for eyes, not for decisions.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::domain::{ConnectionId, JobId, JobState, RateUse};
use crate::protocol::Topic;
use crate::rules::gauge;
use crate::rules::slices::SLICE;

use super::truth::Truth;

/// Between two looks: nothing that is shown changes sooner.
const PACE: Duration = Duration::from_millis(SLICE.unsigned_abs());

/// What is known of the rates, and how to wake the watch.
#[derive(Default)]
pub struct Gauges {
    /// Where each gauge stood when it was last looked at. A std mutex: nothing is awaited while it is held.
    steps: Mutex<BTreeMap<ConnectionId, u8>>,
    stirred: Notify,
}

/// A rate, and the step of its gauge.
pub type Rates = BTreeMap<ConnectionId, (RateUse, u8)>;

impl Gauges {
    /// Something moves, or somebody looks.
    pub fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Where the gauges stand with these rates. The last look is remembered, so that they do not tremble.
    pub fn read(&self, rates: BTreeMap<ConnectionId, RateUse>) -> Rates {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.retain(|connection, _| rates.contains_key(connection));
        let read = rates.into_iter().map(|(connection, rate)| {
            let step = steps.entry(connection).or_default();
            *step = gauge::step(*step, &rate);
            (connection, (rate, *step))
        });
        read.collect()
    }
}

/// What terminals show of it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Shown {
    rates: Rates,
    /// How long the platforms make us wait, as it is said: in seconds, and in whole minutes where it is long.
    left: BTreeMap<ConnectionId, u64>,
    /// How the running jobs went in the last slices.
    jobs: BTreeMap<JobId, Vec<u32>>,
}

impl Shown {
    fn of(truth: &Truth) -> Self {
        let now = truth.now();
        let jobs = truth.read(|known| {
            let running = known.board.runs().filter(|run| run.job.state == JobState::Running);
            running.map(|run| (run.job.id, run.throughput(now))).collect()
        });
        let rates = truth.rates();
        let left = rates.iter().filter_map(|(connection, (rate, _))| Some((*connection, said(rate.waits_for(now)?))));
        Self { left: left.collect(), rates, jobs }
    }

    /// What is to be asked anew by whoever shows what was there before.
    fn since(&self, before: &Self) -> Vec<Topic> {
        let mut topics = Vec::new();
        if self.rates != before.rates || self.left != before.left {
            topics.push(Topic::Rates);
        }
        if self.jobs != before.jobs {
            topics.push(Topic::Jobs);
        }
        topics
    }

    /// Whether time alone changes nothing of it any more.
    fn is_at_rest(&self) -> bool {
        self.rates.values().all(|(rate, _)| rate.is_at_rest()) && self.jobs.values().flatten().all(|count| *count == 0)
    }
}

/// A long time is said in minutes.
const fn said(seconds: u64) -> u64 {
    if seconds < 100 { seconds } else { seconds.div_ceil(60) * 60 }
}

/// Tells of what moves, until the engine stops.
pub async fn run(truth: &Truth) {
    let mut stopping = truth.stopping();
    let mut told = Shown::default();
    loop {
        tokio::select! {
            biased;
            () = stopping.wait_for(|stopping| *stopping) => return,
            () = truth.gauges.stirred.notified() => {}
        }
        while truth.announcer.is_heard() {
            let shown = Shown::of(truth);
            truth.announcer.changed(&shown.since(&told));
            told = shown;
            tokio::select! {
                biased;
                () = stopping.wait_for(|stopping| *stopping) => return,
                () = tokio::time::sleep(PACE) => {}
            }
            // What stirred meanwhile is looked at now; what stirs after this look wakes it again.
            if told.is_at_rest() && Shown::of(truth) == told {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    const SHOP: ConnectionId = ConnectionId(1);

    fn rates(gauges: &Gauges, used: u32) -> Rates {
        let rate = RateUse { calls: used, used, allowed: 160, ..RateUse::default() };
        gauges.read([(SHOP, rate)].into())
    }

    #[test]
    fn a_gauge_remembers_where_it_stood_while_its_connection_is_there() {
        let gauges = Gauges::default();
        let step = |used| rates(&gauges, used)[&SHOP].1;
        assert_eq!([0, 60, 55, 49, 80, 0].map(step), [0, 3, 3, 2, 4, 0]);
        assert_eq!(step(60), 3);
        assert_eq!(gauges.read(BTreeMap::new()), Rates::new());
        assert_eq!(step(55), 2, "a connection that is made anew begins anew");
    }

    #[test]
    fn it_says_what_changed_and_rests_when_nothing_can_change_any_more() {
        let gauges = Gauges::default();
        let shown = |used, jobs: &[u32]| Shown {
            rates: rates(&gauges, used),
            jobs: [(JobId(1), jobs.to_vec())].into(),
            ..Shown::default()
        };
        let idle = Shown::default();
        let moving = shown(9, &[2]);
        assert_eq!(moving.since(&idle), [Topic::Rates, Topic::Jobs]);
        assert_eq!(moving.since(&moving), []);
        assert_eq!(shown(9, &[2, 0]).since(&moving), [Topic::Jobs]);
        assert_eq!(shown(0, &[2]).since(&moving), [Topic::Rates]);
        assert_eq!(
            [&idle, &moving, &shown(0, &[0, 1]), &shown(0, &[0, 0])].map(Shown::is_at_rest),
            [true, false, false, true]
        );
        let mut waiting = shown(0, &[]);
        waiting.rates.get_mut(&SHOP).unwrap().0.until = Some(Timestamp(5));
        assert!(!waiting.is_at_rest());
        let later = Shown { left: [(SHOP, 8)].into(), ..waiting.clone() };
        assert_eq!(later.since(&waiting), [Topic::Rates], "what is left of the pause is said anew");
        assert_eq!([8, 99, 100, 121, 7_200].map(said), [8, 99, 120, 180, 7_200]);
    }
}
