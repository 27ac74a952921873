//! Pushing: copies on the other side, linked, with their counts, and never two of one.

use counterpart::domain::{JobState, Presence, Profile, Quantity, Side, SyncState};
use counterpart::platform::Clock;
use counterpart::protocol::{JobOrder, LinkMark, Reply, Request, StepFilter, Wrong};

use super::bed::{World, counted};
use super::fake::{Call, Effect, Fault};
use super::platforms::{DELTA, KEYED, STOCKING};

fn world(web: &'static Profile) -> World {
    let world = World::with(web);
    for n in 0..3 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), 10 + n);
    }
    world
}

fn created(world: &World) -> usize {
    world.web.effects().iter().filter(|effect| matches!(effect, Effect::Created { .. })).count()
}

async fn all_there(world: &World, bed: &super::bed::Bed) {
    assert_eq!(created(world), 3);
    assert_eq!(world.web.inside().listings.len(), 3, "no second copy of anything");
    for n in 0..3 {
        let row = bed.product(&format!("SKU-{n}")).await;
        assert_eq!((row.presence, row.link), (Presence::Both, LinkMark::Linked));
        assert_eq!((row.in_store, row.online), (counted(10 + n), counted(10 + n)));
    }
    let there: Quantity = Quantity::sum(world.web.inside().listings.values().filter_map(|l| l.total(|_| true)));
    assert_eq!(there, Quantity::units(33));
}

#[tokio::test]
async fn a_push_makes_links_and_counts() {
    for web in [&KEYED, &DELTA, &STOCKING] {
        let world = world(web);
        let bed = world.connected().await;
        let plan = bed.plan_push(&["SKU-0", "SKU-1", "SKU-2"], Side::Online).await;
        assert_eq!(plan.items, 3);
        let job = bed.apply(plan).await;
        let row = bed.ended(job).await;
        assert_eq!((row.job.state, row.job.progress.failed), (JobState::Done, 0), "{}", web.name);
        all_there(&world, &bed).await;
        bed.import(false).await;
        bed.import(true).await;
        all_there(&world, &bed).await;
    }
}

#[tokio::test]
async fn a_creation_without_an_answer_is_looked_for_first() {
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let world = world(&DELTA);
        let bed = world.connected().await;
        world.web.fails(Call::Create, &[fault]);
        let plan = bed.plan_push(&["SKU-0", "SKU-1", "SKU-2"], Side::Online).await;
        let job = bed.apply(plan).await;
        let row = bed.ended(job).await;
        assert_eq!(row.job.progress.failed, 0, "{fault:?}");
        assert!(world.web.calls(Call::Find) >= 1);
        all_there(&world, &bed).await;
    }
}

#[tokio::test]
async fn a_refused_creation_takes_its_counts_with_it_and_can_be_tried_again() {
    let world = world(&KEYED);
    let bed = world.connected().await;
    world.web.fails(Call::Create, &[Fault::Refused]);
    let plan = bed.plan_push(&["SKU-0", "SKU-1", "SKU-2"], Side::Online).await;
    let job = bed.apply(plan).await;
    let row = bed.ended(job).await;
    assert_eq!((row.job.progress.done, row.job.progress.failed, row.job.progress.skipped), (4, 1, 1));
    assert_eq!(bed.steps(job, StepFilter::Troubled).await[0].message.as_deref(), Some("Keyed refused: no"));
    bed.order(job, JobOrder::RetryFailed).await;
    let row = bed.ended(job).await;
    assert_eq!((row.job.progress.done, row.job.progress.failed, row.job.progress.skipped), (6, 0, 0));
    all_there(&world, &bed).await;
}

#[tokio::test]
async fn a_copy_whose_first_count_is_refused_is_failing_and_says_why() {
    let world = world(&DELTA);
    let bed = world.connected().await;
    world.web.inside().refuses = vec!["made1.1".into()];
    let plan = bed.plan_push(&["SKU-0"], Side::Online).await;
    let job = bed.apply(plan).await;
    assert_eq!(bed.ended(job).await.job.progress.failed, 1);
    let says_why = |row: &counterpart::protocol::ProductRow| {
        let why = row.trouble.as_deref().unwrap_or_default();
        (row.sync, why.contains("locked"))
    };
    assert_eq!(says_why(&bed.product("SKU-0").await), (SyncState::Failing, true));
    drop(bed);
    let bed = world.engine().await;
    assert_eq!(says_why(&bed.product("SKU-0").await), (SyncState::Failing, true), "also after a start");
    world.web.inside().refuses.clear();
    bed.order(job, JobOrder::RetryFailed).await;
    assert_eq!(bed.ended(job).await.job.progress.failed, 0);
    assert_eq!(bed.product("SKU-0").await.sync, SyncState::InSync);
}

/// What is said of it does not depend on the job that tried.
#[tokio::test]
async fn a_copy_that_is_not_counted_there_is_never_in_sync() {
    let world = world(&DELTA);
    let bed = world.connected().await;
    world.web.inside().refuses = vec!["made1.1".into()];
    let plan = bed.plan_push(&["SKU-0"], Side::Online).await;
    let job = bed.apply(plan).await;
    assert_eq!(bed.ended(job).await.job.progress.failed, 1);
    bed.order(job, JobOrder::Forget).await;
    let apart = SyncState::OutOfSync { price: false, quantity: true };
    let says = |row: &counterpart::protocol::ProductRow| {
        let why = row.trouble.as_deref().unwrap_or_default();
        (row.sync, why.contains("not counted on Delta") && why.contains("switch inventory tracking on"))
    };
    assert_eq!(says(&bed.product("SKU-0").await), (apart, true), "{:?}", bed.product("SKU-0").await);
    assert_eq!((bed.status().await.sync.in_sync, bed.status().await.sync.out_of_sync), (0, 1));
    drop(bed);
    let bed = world.engine().await;
    assert_eq!(says(&bed.product("SKU-0").await), (apart, true), "also after a start");
    bed.import(true).await;
    assert_eq!(says(&bed.product("SKU-0").await), (apart, true), "and after all was read again");

    // As the sentence says: counted there from now on, read, and synchronized.
    world.web.inside().refuses.clear();
    world.web.counts("made1", Some(0));
    bed.import(false).await;
    let row = bed.product("SKU-0").await;
    assert_eq!((row.sync, row.trouble), (apart, None));
    let request = Request::PlanSynchronize {
        products: vec![row.product],
        wrong: Wrong::Side(Side::Online),
        quantity: true,
        price: false,
    };
    let Reply::Planned(plan) = bed.ask(request).await else { panic!("no plan") };
    let job = bed.apply(plan).await;
    assert_eq!(bed.ended(job).await.job.progress.failed, 0);
    let row = bed.product("SKU-0").await;
    assert_eq!((row.sync, row.online, row.trouble), (SyncState::InSync, counted(10), None));
}

#[tokio::test]
async fn what_is_there_already_is_refused_before_the_first_call() {
    let world = world(&KEYED);
    world.web.put("w0", "SKU-0", 1);
    let bed = world.connected().await;
    let plan = bed.plan_push(&["SKU-1"], Side::Online).await;
    let job = bed.apply(plan).await;
    bed.ended(job).await;
    let plan = bed.plan_push(&["SKU-0", "SKU-1", "SKU-2"], Side::Online).await;
    assert_eq!((plan.items, plan.refused), (1, 2), "a SKU that is there, and a linked one");
    assert_eq!(created(&world), 1);
}

#[tokio::test]
async fn a_cancelled_push_leaves_no_attempt_unanswered() {
    let world = world(&DELTA);
    let bed = world.connected().await;
    let plan = bed.plan_push(&["SKU-0", "SKU-1", "SKU-2"], Side::Online).await;
    world.web.fails(Call::Create, &[Fault::LostAfter, Fault::LostAfter]);
    world.web.fails(Call::Find, &[Fault::Unauthorised]);
    let job = bed.apply(plan).await;
    bed.in_state(job, JobState::Paused).await;
    bed.order(job, JobOrder::Cancel).await;
    let row = bed.ended(job).await;
    assert_eq!(row.job.state, JobState::Cancelled);
    let progress = row.job.progress;
    assert_eq!(progress.total, Some(progress.done + progress.skipped), "nothing is left open");
    // What was made is known and linked, whether its answer came or not.
    for n in 0..3 {
        let sku = format!("SKU-{n}");
        let made = world.web.inside().listings.values().any(|l| l.variants[0].sku.as_deref() == Some(&*sku));
        let expected = if made { Presence::Both } else { Presence::InStore };
        assert_eq!(bed.product(&sku).await.presence, expected, "{sku}");
    }
    assert!(created(&world) >= 2);
}

/// The first job waits for the fence with a copy that nobody knows of; the second must not make another meanwhile.
#[tokio::test]
async fn two_pushes_of_one_product_never_make_two() {
    let world = world(&DELTA);
    let bed = world.connected().await;
    let first = bed.plan_push(&["SKU-0"], Side::Online).await;
    let second = bed.plan_push(&["SKU-0"], Side::Online).await;
    world.web.fails(Call::Create, &[Fault::LostAfter]);
    // The early look does not find it yet, as if it arrived late.
    world.web.fails(Call::Find, &[Fault::NotYet]);
    let (first, second) = (bed.apply(first).await, bed.apply(second).await);
    assert_eq!(bed.ended(first).await.job.progress.failed, 0);
    let row = bed.ended(second).await;
    assert_eq!(created(&world), 1, "no second copy");
    assert_eq!((row.job.progress.done, row.job.progress.skipped), (0, 2), "{row:?}");
}

#[tokio::test]
async fn a_plan_that_is_confirmed_twice_becomes_one_job() {
    let world = world(&DELTA);
    let bed = world.connected().await;
    let plan = bed.plan_push(&["SKU-0"], Side::Online).await.plan;
    let apply = || bed.engine.ask(Request::Apply { plan });
    let (a, b) = tokio::join!(apply(), apply());
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
}

/// Nothing is left to skip, so only the note says that it was cancelled; what comes back as not made is not made then.
#[tokio::test]
async fn what_was_cancelled_under_way_and_not_made_stays_unmade() {
    let world = world(&DELTA);
    let bed = world.connected().await;
    let plan = bed.plan_push(&["SKU-0"], Side::Online).await;
    world.web.fails(Call::Create, &[Fault::LostBefore]);
    world.web.fails(Call::Find, &[Fault::Unauthorised, Fault::Unauthorised]);
    let job = bed.apply(plan).await;
    bed.in_state(job, JobState::Paused).await;
    bed.order(job, JobOrder::Cancel).await;
    let row = bed.ended(job).await;
    assert_eq!((row.job.state, row.job.note), (JobState::Cancelled, None));
    assert_eq!(created(&world), 0);
}

/// A lost creation is looked for although the job is paused: with a key that is refused, not a thousand times a second.
#[tokio::test]
async fn a_refused_key_is_not_tried_over_and_over() {
    let world = world(&DELTA);
    let bed = world.connected().await;
    let plan = bed.plan_push(&["SKU-0"], Side::Online).await;
    world.web.fails(Call::Create, &[Fault::LostAfter]);
    world.web.fails(Call::Find, &[Fault::Unauthorised; 10]);
    let before = world.clock.now();
    let job = bed.apply(plan).await;
    bed.until("the copy", || async { (bed.product("SKU-0").await.presence == Presence::Both).then_some(()) }).await;
    assert_eq!(bed.job(job).await.job.state, JobState::Paused);
    assert!(world.clock.now().seconds_since(before) > 300, "it waits longer each time");
    assert_eq!(created(&world), 1);
}

#[tokio::test]
async fn a_garbled_answer_to_a_look_is_asked_for_again_before_a_person_is() {
    for garbled in [2, 9] {
        let world = world(&DELTA);
        let bed = world.connected().await;
        let plan = bed.plan_push(&["SKU-0"], Side::Online).await;
        world.web.fails(Call::Create, &[Fault::LostAfter]);
        world.web.fails(Call::Find, &vec![Fault::Garbled; garbled]);
        let job = bed.apply(plan).await;
        let progress = bed.ended(job).await.job.progress;
        assert_eq!((progress.done, progress.parked), if garbled == 2 { (2, 0) } else { (0, 1) });
        assert_eq!(created(&world), 1);
    }
}
