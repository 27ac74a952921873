//! The moves of jobs and steps, and what may never happen to them.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::{CountSent, Job, JobId, JobKind, JobState, Progress, Quantity, StepState, Timestamp};

const FENCE: Duration = Duration::from_secs(60);

fn units(count: i64) -> Quantity {
    Quantity::units(count)
}

fn in_flight() -> StepState {
    StepState::InFlight { generation: 1, count: Some(CountSent { read: units(5), by: units(4) }) }
}

fn unknown() -> StepState {
    step(&in_flight(), Event::Lost { at: Timestamp(1_000) }).unwrap()
}

fn probed(finding: Finding, at: i64) -> Event {
    let (message, hint) = ("m".into(), "h".into());
    Event::Probed { finding, now: Some(units(9)), at: Timestamp(at), fence: FENCE, message, hint }
}

#[test]
fn the_only_path() {
    let sent = Event::Sent { generation: 1, count: Some(CountSent { read: units(5), by: units(4) }) };
    assert_eq!(step(&StepState::Planned, sent), Ok(in_flight()));
    let confirmed = Event::Confirmed { read_back: Some(units(9)), at: Timestamp(2) };
    assert!(matches!(step(&in_flight(), confirmed), Ok(StepState::Confirmed { .. })));
    assert_eq!(step(&in_flight(), Event::NotApplied), Ok(StepState::Planned));
    assert_eq!(
        unknown(),
        StepState::Unknown {
            generation: 1,
            count: Some(CountSent { read: units(5), by: units(4) }),
            since: Timestamp(1_000)
        }
    );
}

#[test]
fn the_unknown_is_looked_up_after_the_fence() {
    assert!(step(&unknown(), probed(Finding::NotApplied, 60_999)).is_err(), "a late arrival could still land");
    assert!(step(&unknown(), probed(Finding::Ambiguous, 60_999)).is_err());
    assert!(step(&unknown(), probed(Finding::Applied, 60_999)).is_err(), "the value may be somebody else's doing");
    assert!(matches!(step(&unknown(), probed(Finding::Applied, 61_000)), Ok(StepState::Confirmed { .. })));
    assert_eq!(step(&unknown(), probed(Finding::NotApplied, 61_000)), Ok(StepState::Planned));
    assert!(matches!(step(&unknown(), probed(Finding::Ambiguous, 61_000)), Ok(StepState::Parked { .. })));
    // What is found by its mark is there, and a key may be used again at any time: the same intent, not a new one.
    assert!(matches!(step(&unknown(), probed(Finding::Found, 1_001)), Ok(StepState::Confirmed { .. })));
    assert_eq!(step(&unknown(), probed(Finding::SendAgain, 1_001)), Ok(in_flight()));
    // Never a blind retry.
    assert!(step(&unknown(), Event::Sent { generation: 2, count: None }).is_err());
    assert!(step(&unknown(), Event::NotApplied).is_err());
    assert!(step(&unknown(), Event::Skipped { why: "cancelled".into() }).is_err());
    assert!(step(&in_flight(), Event::Skipped { why: "cancelled".into() }).is_err());
}

fn job(state: JobState, failed: u64) -> Job {
    Job {
        id: JobId(1),
        kind: JobKind::Link,
        title: "Link 2 items, POS is primary".into(),
        state,
        created_at: Timestamp(0),
        started_at: None,
        ended_at: None,
        progress: Progress { failed, total: Some(2), ..Progress::default() },
        note: None,
    }
}

#[test]
fn orders_follow_the_state() {
    use JobState::{Cancelled, Done, Paused, Queued, Running};
    let ordered = |state, what| order(&job(state, 1), what, 0);
    for state in [Queued, Running] {
        assert_eq!(ordered(state, Order::Pause), Ok(Ordered::Becomes(Paused)));
        assert!(ordered(state, Order::Resume).is_err());
    }
    assert_eq!(ordered(Paused, Order::Resume), Ok(Ordered::Becomes(Running)));
    for state in [Queued, Running, Paused] {
        assert_eq!(ordered(state, Order::Cancel), Ok(Ordered::CancelsNow));
        assert_eq!(order(&job(state, 0), Order::Cancel, 2), Ok(Ordered::CancelsWhenSettled));
        assert_eq!(ordered(state, Order::RetryFailed), Ok(Ordered::Retries(state)));
        assert!(ordered(state, Order::Forget).is_err());
    }
    assert_eq!(ordered(Done, Order::RetryFailed), Ok(Ordered::Retries(Queued)));
    assert!(order(&job(Done, 0), Order::RetryFailed, 0).is_err());
    assert!(ordered(Cancelled, Order::RetryFailed).is_err());
    for state in [Done, Cancelled] {
        assert_eq!(ordered(state, Order::Forget), Ok(Ordered::Forgets));
        for what in [Order::Pause, Order::Resume, Order::Cancel] {
            let why = ordered(state, what).unwrap_err();
            assert!(why.contains("“Link 2 items, POS is primary”") && !why.ends_with('.'), "{why}");
        }
    }
}

#[test]
fn a_job_ends_with_its_last_step() {
    let at = Timestamp(0);
    let mut states = vec![
        StepState::Confirmed { read_back: None, at },
        StepState::Rejected { message: "m".into(), hint: "h".into(), at },
        StepState::Skipped { why: "w".into() },
        unknown(),
    ];
    assert_eq!(settled(&progress(&states), true), None, "an attempt is still open");
    states[3] = StepState::Parked { message: "m".into(), hint: "h".into(), at };
    let end = progress(&states);
    assert_eq!(end, Progress { done: 1, failed: 1, parked: 1, skipped: 1, total: Some(4) });
    assert_eq!(settled(&end, false), Some(JobState::Done));
    assert_eq!(settled(&end, true), Some(JobState::Cancelled));
    assert_eq!(settled(&Progress { total: None, ..end }, false), None, "an import that is still counting");
}

fn state() -> impl Strategy<Value = StepState> {
    let at = Timestamp(0);
    let (message, hint) = ("m".to_owned(), "h".to_owned());
    prop_oneof![
        Just(StepState::Planned),
        Just(in_flight()),
        Just(unknown()),
        Just(StepState::Confirmed { read_back: None, at }),
        Just(StepState::Rejected { message: message.clone(), hint: hint.clone(), at }),
        Just(StepState::Parked { message, hint, at }),
        Just(StepState::Skipped { why: "w".into() }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let finding = prop_oneof![
        Just(Finding::SendAgain),
        Just(Finding::Found),
        Just(Finding::Applied),
        Just(Finding::NotApplied),
        Just(Finding::SameEitherWay),
        Just(Finding::Ambiguous)
    ];
    let (message, hint) = ("m".to_owned(), "h".to_owned());
    prop_oneof![
        (1u32..3).prop_map(|generation| Event::Sent { generation, count: None }),
        Just(Event::Confirmed { read_back: None, at: Timestamp(5) }),
        Just(Event::Rejected { message, hint, at: Timestamp(5) }),
        Just(Event::NotApplied),
        Just(Event::Lost { at: Timestamp(5) }),
        (finding, 0i64..200_000).prop_map(|(finding, at)| probed(finding, at)),
        Just(Event::Skipped { why: "w".into() }),
        Just(Event::Retried),
    ]
}

proptest! {
    /// An ended step stays as it is, but for a retry; and what is done is done for ever.
    #[test]
    fn ended_steps_stay_ended(state in state(), event in event()) {
        if state.ended() {
            let next = step(&state, event.clone());
            let retried = event == Event::Retried && !matches!(state, StepState::Confirmed { .. });
            prop_assert_eq!(next.ok(), retried.then_some(StepState::Planned));
        }
    }

    /// Between two sendings of a step lies the knowledge that the first was not applied, or the same key.
    #[test]
    fn nothing_is_sent_twice_blindly(events in proptest::collection::vec(event(), 1..40)) {
        let mut state = StepState::Planned;
        let mut open = None;
        for event in events {
            let Ok(next) = step(&state, event.clone()) else { continue };
            if let StepState::InFlight { generation, .. } = next {
                prop_assert!(open.is_none() || open == Some(generation), "{:?} → {:?}", state, next);
                open = Some(generation);
            }
            let knows = matches!(event, Event::NotApplied | Event::Confirmed { .. } | Event::Rejected { .. })
                || matches!(&event, Event::Probed { finding: Finding::NotApplied | Finding::SameEitherWay | Finding::Applied | Finding::Found, .. })
                // A person who retries what is parked has been told to look first.
                || event == Event::Retried;
            if knows {
                open = None;
            }
            state = next;
        }
    }

    /// Pauses grow to a quarter of an hour, and never shrink on the way.
    #[test]
    fn pauses_grow(seed in any::<u64>(), attempt in 1u32..100) {
        let (pause, next) = (pause_before(attempt, seed), pause_before(attempt + 1, seed));
        prop_assert!(pause >= Duration::from_secs(2) && pause <= Duration::from_secs(900));
        prop_assert!(attempt > 9 || next > pause);
        prop_assert!(attempt < 10 || pause >= Duration::from_secs(720));
        prop_assert_eq!(pause, pause_before(attempt, seed));
    }
}
