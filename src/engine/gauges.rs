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

use crate::domain::{ConnectionId, JobId, JobState, RateUse, Timestamp};
use crate::protocol::Topic;
use crate::rules::gauge;
use crate::rules::slices::SLICE;

use super::truth::Truth;

/// Between two looks: nothing that is shown changes sooner.
const PACE: Duration = Duration::from_millis(SLICE.unsigned_abs());

/// What is known of the rates, and how to wake the watch.
#[derive(Default)]
pub struct Gauges {
    /// A std mutex: nothing is awaited while it is held.
    stand: Mutex<BTreeMap<ConnectionId, Stand>>,
    stirred: Notify,
}

/// Where a gauge stood when it was last looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Stand {
    step: u8,
    /// The slice of time in which it came there.
    since: Option<i64>,
}

/// A rate, and the step of its gauge.
pub type Rates = BTreeMap<ConnectionId, (RateUse, u8)>;

impl Gauges {
    /// Something moves, or somebody looks.
    pub fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Where the gauges stand with these rates. The last look is remembered: they do not tremble, and none moves twice
    /// within one slice of time.
    pub fn read(&self, rates: BTreeMap<ConnectionId, RateUse>, now: Timestamp) -> Rates {
        let slice = Some(now.0.div_euclid(SLICE));
        let mut stand = self.stand.lock().unwrap_or_else(PoisonError::into_inner);
        stand.retain(|connection, _| rates.contains_key(connection));
        let read = rates.into_iter().map(|(connection, rate)| {
            let stand = stand.entry(connection).or_default();
            let step = gauge::step(stand.step, &rate);
            if step != stand.step && stand.since != slice {
                *stand = Stand { step, since: slice };
            }
            (connection, (rate, stand.step))
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
        self.rates.values().all(|(rate, step)| rate.is_at_rest() && *step == 0)
            && self.jobs.values().flatten().all(|count| *count == 0)
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

    const SHOP: ConnectionId = ConnectionId(1);

    fn rates(gauges: &Gauges, used: u32, slice: i64) -> Rates {
        let rate = RateUse { calls: used, used, allowed: 160, ..RateUse::default() };
        gauges.read([(SHOP, rate)].into(), Timestamp(slice * SLICE + 17))
    }

    #[test]
    fn a_gauge_remembers_where_it_stood_while_its_connection_is_there() {
        let gauges = Gauges::default();
        let step = |(slice, used)| rates(&gauges, used, slice)[&SHOP].1;
        assert_eq!([(0, 0), (1, 60), (2, 55), (3, 49), (4, 80), (5, 0)].map(step), [0, 3, 3, 2, 4, 0]);
        assert_eq!([(6, 0), (6, 60), (6, 160), (6, 0), (7, 0)].map(step), [0, 3, 3, 3, 0], "once in a slice");
        assert_eq!(step((8, 60)), 3);
        assert_eq!(gauges.read(BTreeMap::new(), Timestamp(0)), Rates::new());
        assert_eq!(step((9, 55)), 2, "a connection that is made anew begins anew");
    }

    #[test]
    fn it_says_what_changed_and_rests_when_nothing_can_change_any_more() {
        let gauges = Gauges::default();
        let shown = |used, jobs: &[u32]| Shown {
            rates: rates(&gauges, used, 0),
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
