//! Linking: exact writes, sales in between, lost answers, bad records, and what people order meanwhile.

use counterpart::domain::{JobState, Presence, Profile, Quantity, Side, Stock};
use counterpart::protocol::{JobOrder, LinkMark, Request, StepFilter};

use super::bed::{World, counted};
use super::fake::{Call, Effect, FakeShop, Fault};
use super::platforms::{ABSOLUTE, DELTA, KEYED, STOCKING};

/// Five products on both sides, with other counts online.
fn five(web: &'static Profile) -> World {
    let world = World::with(web);
    for n in 0..5 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), 10 + n);
        world.web.put(&format!("w{n}"), &format!("SKU-{n}"), 3);
    }
    world
}

async fn all_agree(world: &World, bed: &super::bed::Bed) {
    for n in 0..5 {
        let expected = Quantity::units(10 + n);
        assert_eq!(world.web.quantity(&format!("w{n}")), expected, "w{n}");
        let row = bed.product(&format!("SKU-{n}")).await;
        assert_eq!((row.in_store, row.online), (counted(10 + n), counted(10 + n)));
        assert_eq!((row.presence, row.link), (Presence::Both, LinkMark::Linked));
    }
}

fn counts(world: &World) -> usize {
    world.web.effects().iter().filter(|effect| matches!(effect, Effect::Count { .. })).count()
}

#[tokio::test]
async fn a_link_brings_the_other_side_to_the_primary_systems_count() {
    for web in [&KEYED, &DELTA, &ABSOLUTE, &STOCKING] {
        let world = five(web);
        let bed = world.connected().await;
        let job = bed.link(Side::InStore).await;
        assert_eq!(job.job.state, JobState::Done);
        assert_eq!((job.job.progress.failed, job.job.progress.skipped), (0, 0), "{}", web.name);
        all_agree(&world, &bed).await;
        assert_eq!(counts(&world), 5, "{}: one write for each", web.name);
        assert!(world.till.effects().is_empty(), "the primary system is not written to");
        assert_eq!(world.web.calls(Call::Write), 2, "five counts at three a call");

        // Our own writes come back with the next import, and are no news.
        bed.import(false).await;
        all_agree(&world, &bed).await;
        assert_eq!(counts(&world), 5);
    }
}

#[tokio::test]
async fn the_other_way_round_the_till_is_written_to() {
    let world = five(&ABSOLUTE);
    let bed = world.connected().await;
    bed.link(Side::Online).await;
    for n in 0..5 {
        assert_eq!(world.till.quantity(&format!("t{n}")), Quantity::units(3));
    }
    assert!(world.web.effects().is_empty());
}

#[tokio::test]
async fn the_primary_system_is_right_as_it_is_now_and_not_as_it_was_read() {
    let world = five(&KEYED);
    let bed = world.connected().await;
    world.till.moves("t0", -2);
    world.web.moves("w0", 1);
    bed.link(Side::InStore).await;
    assert_eq!(world.web.quantity("w0"), Quantity::units(8));
    assert_eq!(bed.product("SKU-0").await.in_store, counted(8), "what was read on the way is shown");
}

#[tokio::test]
async fn a_primary_system_that_stopped_counting_is_not_taken_at_its_last_number() {
    for web in [&KEYED, &ABSOLUTE] {
        let world = five(web);
        let bed = world.connected().await;
        world.till.put_with("t2", "SKU-2", Stock::Untracked);
        let job = bed.link(Side::InStore).await;
        assert_eq!((job.job.progress.failed, job.job.state), (1, JobState::Done), "{}", web.name);
        let troubled = bed.steps(job.job.id, StepFilter::Troubled).await;
        assert!(troubled[0].message.as_ref().unwrap().contains("unknown quantity is never written"), "{troubled:?}");
        assert_eq!(world.web.quantity("w2"), Quantity::units(3), "left as it was");
        assert_eq!(world.web.quantity("w1"), Quantity::units(11), "the others are written");
    }
}

#[tokio::test]
async fn a_sale_between_reading_and_writing_counts() {
    // Compare-and-set notices and reads again, adding does not mind.
    for web in [&KEYED, &DELTA] {
        let world = five(web);
        let bed = world.connected().await;
        world.web.fails(Call::Write, &[Fault::SaleBefore]);
        let job = bed.link(Side::InStore).await;
        assert_eq!(job.job.progress.failed, 0);
        for n in 0..3 {
            assert_eq!(world.web.quantity(&format!("w{n}")), Quantity::units(10 + n - 1), "{} w{n}", web.name);
        }
        assert_eq!(world.web.quantity("w3"), Quantity::units(13));
    }
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_nothing_is_written_twice() {
    for web in [&KEYED, &DELTA, &ABSOLUTE] {
        for fault in [Fault::LostBefore, Fault::LostAfter] {
            let world = five(web);
            let bed = world.connected().await;
            world.web.fails(Call::Write, &[fault]);
            let job = bed.link(Side::InStore).await;
            assert_eq!((job.job.progress.failed, job.job.progress.parked), (0, 0), "{} {fault:?}", web.name);
            all_agree(&world, &bed).await;
            assert_eq!(counts(&world), 5, "{} {fault:?}", web.name);
        }
    }
}

#[tokio::test]
async fn what_nobody_can_tell_waits_for_a_person() {
    for web in [&DELTA, &ABSOLUTE] {
        let world = five(web);
        let bed = world.connected().await;
        world.web.fails(Call::Write, &[Fault::LostThenSale]);
        let job = bed.link(Side::InStore).await;
        assert_eq!((job.job.progress.done, job.job.progress.parked), (7, 3), "{}", web.name);
        let troubled = bed.steps(job.job.id, StepFilter::Troubled).await;
        assert!(troubled.iter().all(|row| row.state == "needs you" && row.hint.is_some()));
        assert!(troubled[0].message.as_ref().unwrap().contains("gave no answer to 3 → 10, and now shows 9"));
        let before = counts(&world);
        bed.import(false).await;
        assert_eq!(counts(&world), before, "nothing happens to it by itself");
        bed.order(job.job.id, JobOrder::RetryFailed).await;
        let row = bed.ended(job.job.id).await;
        assert_eq!((row.job.progress.parked, row.job.progress.done), (0, 10));
        assert_eq!(world.web.quantity("w0"), Quantity::units(10), "the primary system's count again");
    }
}

#[tokio::test]
async fn with_a_key_a_sale_after_a_lost_answer_leaves_no_doubt() {
    let world = five(&KEYED);
    let bed = world.connected().await;
    world.web.fails(Call::Write, &[Fault::LostThenSale]);
    let job = bed.link(Side::InStore).await;
    assert_eq!((job.job.progress.done, job.job.progress.parked), (10, 0));
    assert_eq!(world.web.quantity("w0"), Quantity::units(9), "the write once, and the sale");
}

#[tokio::test]
async fn a_shop_that_moved_pauses_the_job_and_a_strange_page_does_not_fail_it() {
    let world = five(&KEYED);
    let bed = world.connected().await;
    world.web.fails(Call::Levels, &[Fault::Strange, Fault::Moved]);
    let plan = bed.plan_link(Side::InStore).await;
    let job = bed.apply(plan).await;
    let row = bed.in_state(job, JobState::Paused).await;
    assert!(row.job.note.unwrap().contains("new.example"));
    bed.order(job, JobOrder::Resume).await;
    let row = bed.ended(job).await;
    assert_eq!((row.job.progress.done, row.job.progress.failed), (10, 0));
}

#[tokio::test]
async fn one_bad_record_does_not_stop_the_others() {
    let world = five(&ABSOLUTE);
    let bed = world.connected().await;
    world.web.inside().poison = vec!["w1.1".into()];
    world.web.inside().refuses = vec!["w4.1".into()];
    let job = bed.link(Side::InStore).await;
    assert_eq!((job.job.progress.done, job.job.progress.failed), (8, 2));
    let troubled = bed.steps(job.job.id, StepFilter::Troubled).await;
    let told: Vec<&str> = troubled.iter().filter_map(|row| row.message.as_deref()).collect();
    assert_eq!(told, ["Absolute refused: one of the items is no good", "Fake refused: this one is locked"]);
    assert!(troubled.iter().all(|row| row.hint.is_some() && row.state == "failed"));
    assert_eq!(world.web.quantity("w0"), Quantity::units(10));
    assert_eq!(world.web.quantity("w1"), Quantity::units(3));
    assert_eq!(bed.status().await.jobs_troubled, 1);

    world.web.inside().poison.clear();
    world.web.inside().refuses.clear();
    bed.order(job.job.id, JobOrder::RetryFailed).await;
    bed.ended(job.job.id).await;
    all_agree(&world, &bed).await;
    assert_eq!(bed.status().await.jobs_troubled, 0);
}

#[tokio::test]
async fn a_platform_that_is_away_is_waited_for_and_the_note_says_so() {
    let world = five(&KEYED);
    let bed = world.connected().await;
    world.web.fails(Call::Levels, &[Fault::Offline; 3]);
    world.web.fails(Call::Write, &[Fault::Offline, Fault::Throttled, Fault::Offline]);
    let job = bed.link(Side::InStore).await;
    assert_eq!((job.job.progress.done, job.job.note), (10, None));
    all_agree(&world, &bed).await;
}

#[tokio::test]
async fn uncounted_products_are_never_written() {
    let world = World::with(&DELTA);
    world.till.put("t0", "SKU-0", 5);
    world.web.put("w0", "SKU-0", 3);
    let bed = world.connected().await;
    let plan = bed.plan_link(Side::InStore).await;
    world.web.put_with("w0", "SKU-0", Stock::Untracked);
    let job = bed.apply(plan).await;
    let row = bed.ended(job).await;
    assert_eq!(row.job.progress.failed, 1);
    assert!(world.web.effects().is_empty());
    let troubled = bed.steps(job, StepFilter::Troubled).await;
    assert!(troubled[0].message.as_ref().unwrap().contains("does not count this product"), "{troubled:?}");
}

#[tokio::test]
async fn a_paused_job_writes_nothing_until_it_is_resumed_and_a_cancelled_one_never() {
    let world = five(&KEYED);
    let bed = world.connected().await;
    let plan = bed.plan_link(Side::InStore).await;
    world.web.fails(Call::Levels, &[Fault::Unauthorised]);
    let job = bed.apply(plan).await;
    let row = bed.in_state(job, JobState::Paused).await;
    assert!(row.job.note.unwrap().contains("refused the key"));
    assert!(world.web.effects().is_empty());
    bed.order(job, JobOrder::Cancel).await;
    let row = bed.job(job).await;
    assert_eq!((row.job.state, row.job.progress.skipped), (JobState::Cancelled, 5));
    let steps = bed.steps(job, StepFilter::All).await;
    assert!(steps[5..].iter().all(|row| row.message.as_deref() == Some("the job was cancelled")));
    bed.order(job, JobOrder::Forget).await;
    assert!(bed.problem(Request::Job { job }).await.message.contains("there is no job"));
    assert!(world.web.effects().is_empty());
}

#[tokio::test]
async fn a_plan_that_does_not_fit_any_more_is_refused() {
    let world = five(&KEYED);
    let bed = world.connected().await;
    let plan = bed.plan_link(Side::InStore).await;
    let same = bed.plan_link(Side::InStore).await;
    let job = bed.apply(plan.clone()).await;
    bed.ended(job).await;
    let problem = bed.problem(Request::Apply { plan: plan.plan }).await;
    assert!(problem.message.contains("not held any more"), "{problem:?}");
    let problem = bed.problem(Request::Apply { plan: same.plan }).await;
    assert!(problem.message.contains("does not fit any more"), "{problem:?}");
    assert_eq!(bed.status().await.report.unwrap().candidates, 0);
}

#[tokio::test]
async fn two_jobs_wait_for_each_other_on_one_connection() {
    let world = five(&DELTA);
    let bed = world.connected().await;
    bed.report().await;
    let mut jobs = Vec::new();
    for sku in ["SKU-1", "SKU-3"] {
        let view = counterpart::protocol::ReportView { search: sku.into(), ..Default::default() };
        let selection =
            counterpart::protocol::LinkSelection { everything: Some((view, Side::InStore)), choices: Vec::new() };
        let counterpart::protocol::Reply::Planned(plan) = bed.ask(Request::PlanLink { selection }).await else {
            panic!()
        };
        assert_eq!(plan.items, 1);
        jobs.push(bed.apply(plan).await);
    }
    for job in jobs {
        assert_eq!(bed.ended(job).await.job.progress.done, 2);
    }
    assert_eq!(world.web.quantity("w1"), Quantity::units(11));
    assert_eq!(world.web.quantity("w3"), Quantity::units(13));
    assert_eq!(world.web.quantity("w2"), Quantity::units(3));
}

#[tokio::test]
async fn a_worker_that_breaks_off_begins_again() {
    let world = five(&DELTA);
    let bed = world.connected().await;
    world.web.fails(Call::Write, &[Fault::Panics]);
    let job = bed.link(Side::InStore).await;
    assert_eq!((job.job.progress.done, job.job.progress.failed), (10, 0));
    all_agree(&world, &bed).await;
    assert_eq!(counts(&world), 5);
}

/// What was sent under a key is sent again under it as it was, whoever joins the link meanwhile: what the write has done
/// already is nobody's sale.
#[tokio::test]
async fn a_store_that_joins_a_link_leaves_a_write_without_an_answer_as_it_was() {
    let mut world = World::alive(&KEYED);
    world.more.push(FakeShop::new(&DELTA));
    let market = world.more[0].clone();
    world.till.put("p0", "SKU-0", 10);
    world.web.put("p0", "SKU-0", 10);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    world.web.fails(Call::Write, &[Fault::LostAfter]);
    world.web.fails(Call::Write, &[Fault::Offline; 10_000]);
    world.till.moves("p0", -2);
    bed.while_not("a write without an answer", || world.web.quantity("p0") == Quantity::units(8)).await;
    market.put("p0", "SKU-0", 10);
    let goals = [&world.web, &market].map(|shop| (shop, shop.calls(Call::Changes) + 2));
    bed.while_not("both to be looked at", || goals.iter().all(|(shop, goal)| shop.calls(Call::Changes) >= *goal)).await;
    bed.report().await;
    let plan = bed.plan_link(Side::InStore).await;
    let job = bed.apply(plan).await;
    bed.until("the third store to join", || async { (bed.job(job).await.job.progress.done > 0).then_some(()) }).await;
    world.web.heals(Call::Write);
    let all = || [&world.till, &world.web, &market].map(|shop| shop.quantity("p0"));
    bed.while_not("all three", || all() == [Quantity::units(8); 3]).await;
    let web = bed.product("SKU-0").await;
    assert_eq!(web.in_store, counted(8));
    assert_eq!(counts(&world), 1, "the same write, once");
}
