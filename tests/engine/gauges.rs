//! How much of a platform's rate is used, as terminals are told of it, and how jobs went.

use std::time::Duration;

use counterpart::domain::Side;
use counterpart::protocol::{ConnectionRow, Event, Topic};
use tokio::sync::broadcast::Receiver;

use super::bed::{Bed, World};
use super::fake::CALLS_A_MINUTE;
use super::platforms::KEYED;

const LONG: Duration = Duration::from_secs(60);

async fn till(bed: &Bed) -> ConnectionRow {
    bed.status().await.connections.swap_remove(0)
}

/// Waits until the terminals are told that the rates have changed.
async fn told(events: &mut Receiver<Event>) {
    let told = async { while !matches!(events.recv().await, Ok(Event::Changed { topic: Topic::Rates, .. })) {} };
    tokio::time::timeout(LONG, told).await.expect("nobody was told");
}

#[tokio::test]
async fn a_gauge_rises_with_calls_and_falls_after_them_and_both_are_told() {
    let world = World::with(&KEYED);
    for number in 0..9 {
        world.till.put(&format!("t{number}"), &format!("A{number}"), 5);
    }
    let bed = world.connected().await;
    let mut events = bed.engine.events();
    let row = till(&bed).await;
    let rate = row.rate.expect("it was called");
    let calls = u32::try_from(world.till.inside().calls.len()).unwrap();
    assert_eq!((rate.calls, rate.used, rate.allowed), (calls, calls, CALLS_A_MINUTE));
    assert!(row.gauge > 0, "{rate:?}");
    told(&mut events).await;

    world.clock.advance(Duration::from_secs(61));
    told(&mut events).await;
    let row = till(&bed).await;
    assert_eq!((row.rate.map(|rate| rate.is_at_rest()), row.gauge), (Some(true), 0));

    bed.import(false).await;
    let calls = u32::try_from(world.till.inside().calls.len()).unwrap() - calls;
    assert_eq!(till(&bed).await.rate.map(|rate| rate.calls), Some(calls), "only what was called since");
}

#[tokio::test]
async fn a_job_that_ended_shows_how_it_went() {
    let world = World::with(&KEYED);
    for number in 0..9 {
        world.till.put(&format!("t{number}"), &format!("A{number}"), 5);
        world.web.put(&format!("w{number}"), &format!("A{number}"), 5);
    }
    let bed = world.connected().await;
    let linked = bed.link(Side::InStore).await;
    for row in bed.jobs().await {
        let went: u32 = row.throughput.iter().sum();
        assert_eq!(u64::from(went), row.job.progress.done, "{row:#?}");
    }
    assert!(linked.job.progress.done >= 9);
    // A minute later it looks the same: it has ended.
    world.clock.advance(Duration::from_secs(90));
    let later = bed.job(linked.job.id).await;
    assert_eq!((&later.throughput, later.per_minute), (&linked.throughput, None));
}
