//! The guard (rule 6): what it asks about and what not, questions that say what is so now, and sides that come back.

use counterpart::domain::{FieldRules, JobState, MassChange, ProductId, Profile, Side, SyncState};
use counterpart::engine::Poll;
use counterpart::protocol::{
    Correction, Decision, HistoryView, JobOrder, JobRow, Reply, Request, SettingsDraft, StepFilter, Wrong,
};

use super::bed::{ALL, Bed, World};
use super::fake::{Call, Fault};
use super::platforms::{KEYED, ORDERS};
use super::sync::{conflicts, id, keep, linked, looks, product, settings, syncs, units};

/// All counts of one side come to nothing.
async fn emptied(world: &World, bed: &Bed, count: usize) -> JobRow {
    for number in 0..count {
        world.till.moves(&id(number), -10);
    }
    let paused = |row: &JobRow| row.job.state == JobState::Paused && row.job.progress.total == Some(count as u64);
    bed.until("the question", || async { syncs(bed).await.into_iter().find(paused) }).await
}

#[tokio::test]
async fn what_would_empty_a_shop_asks_first() {
    let world = hurried(&KEYED);
    let bed = linked(&world, &[10; 30]).await;
    let question = emptied(&world, &bed, 25).await;
    let note = question.job.note.clone().unwrap();
    assert!(note.contains("25 of 30 variants on Keyed, all of them to 0"), "{note}");
    assert!(note.contains("resume") && note.contains("cancel"), "{note}");
    looks(&bed, &[&world.till, &world.web], 6).await;
    assert_eq!(world.web.effects(), Vec::new());
    bed.order(question.job.id, JobOrder::Resume).await;
    let empty = || (0..25).all(|number| world.web.quantity(&id(number)) == units(0));
    bed.while_not("the empty shop", empty).await;
    assert_eq!(world.web.effects().len(), 25);
}

#[tokio::test]
async fn what_was_called_off_is_left_until_something_changes() {
    let world = hurried(&KEYED);
    let bed = linked(&world, &[10; 30]).await;
    let question = emptied(&world, &bed, 25).await;
    bed.order(question.job.id, JobOrder::Cancel).await;
    looks(&bed, &[&world.till, &world.web], 10).await;
    assert_eq!(world.web.effects(), Vec::new());
    assert_eq!(syncs(&bed).await.iter().filter(|row| !row.job.state.ended()).count(), 0);
    // A receipt at the till: that one is told as it stands now, the others are left.
    world.till.moves("p003", 4);
    bed.while_not("the one that changed", || world.web.quantity("p003") == units(4)).await;
    looks(&bed, &[&world.till, &world.web], 6).await;
    assert_eq!(world.web.effects().len(), 1);
    // A restart does not forget what was called off.
    bed.engine.stop().await;
    let bed = world.engine().await;
    looks(&bed, &[&world.till, &world.web], 10).await;
    assert_eq!(world.web.effects().len(), 1);
}

/// Jobs that wait for a person.
async fn questions(bed: &Bed) -> Vec<JobRow> {
    syncs(bed).await.into_iter().filter(|row| row.job.state == JobState::Paused).collect()
}

/// The clock moves with each look: here not by so much that what belongs together drifts apart.
fn hurried(web: &'static Profile) -> World {
    let mut world = World::alive(web);
    let second = std::time::Duration::from_secs(1);
    world.poll = world.poll.map(|poll| Poll { soonest: second, changes: second, ..poll });
    world
}

#[tokio::test]
async fn what_orders_explain_is_never_asked_about() {
    let world = hurried(&ORDERS);
    let bed = linked(&world, &[10; 30]).await;
    // A night without a line to the store, in which customers bought most of it.
    for call in [Call::Changes, Call::Levels, Call::Write] {
        world.web.fails(call, &[Fault::Offline; 40]);
    }
    for number in 0..25 {
        world.web.order(&id(number), 10);
    }
    // One that nobody ordered goes the same way, and alone.
    world.web.moves("p029", -3);
    let sold = || (0..25).all(|number| world.till.quantity(&id(number)) == units(0));
    bed.while_not("all that was sold", || sold() && world.till.quantity("p029") == units(7)).await;
    looks(&bed, &[&world.till, &world.web], 4).await;
    assert_eq!(questions(&bed).await, Vec::new());
}

#[tokio::test]
async fn what_no_order_explains_is_asked_about_among_what_orders_do() {
    let world = hurried(&ORDERS);
    let bed = linked(&world, &[10; 40]).await;
    for call in [Call::Changes, Call::Levels, Call::Write] {
        world.web.fails(call, &[Fault::Offline; 4]);
    }
    for number in 0..10 {
        world.web.order(&id(number), 2);
    }
    for number in 10..35 {
        world.web.moves(&id(number), -5);
    }
    let question = bed.until("the question", || async { questions(&bed).await.pop() }).await;
    bed.while_not("what was ordered", || (0..10).all(|number| world.till.quantity(&id(number)) == units(8))).await;
    looks(&bed, &[&world.till, &world.web], 4).await;
    let question = bed.job(question.job.id).await;
    assert!(question.job.note.unwrap().contains("25 of 40 variants on Till:"));
    assert_eq!(world.till.effects().len(), 10, "nothing else is written");
    // An order comes late that explains one of them: that one goes its way.
    world.web.order_of_before("p012", 5);
    bed.while_not("the late order", || world.till.quantity("p012") == units(5)).await;
    let left = bed.until("one question", || async { questions(&bed).await.pop() }).await;
    assert!(left.job.note.clone().unwrap().contains("24 of 40 variants"), "{left:?}");
}

#[tokio::test]
async fn a_mass_change_in_portions_is_one() {
    for (pause, asks) in [(120, true), (1200, false)] {
        let world = hurried(&KEYED);
        let bed = linked(&world, &[10; 30]).await;
        for number in 0..13 {
            world.till.moves(&id(number), -1);
        }
        bed.while_not("the first portion", || (0..13).all(|n| world.web.quantity(&id(n)) == units(9))).await;
        world.clock.advance(std::time::Duration::from_secs(pause));
        // One of them again: it is the same one.
        world.till.moves("p000", -1);
        for number in 13..25 {
            world.till.moves(&id(number), -1);
        }
        let all = || (13..25).all(|n| world.web.quantity(&id(n)) == units(9)) && world.web.quantity("p000") == units(8);
        if asks {
            let note = bed.until("the question", || async { questions(&bed).await.pop()?.job.note }).await;
            assert!(note.contains("others shortly before") && note.contains("of 30 variants"), "{note}");
            assert!(!all());
        } else {
            bed.while_not("the second portion", all).await;
            assert_eq!(questions(&bed).await, Vec::new());
        }
        bed.engine.stop().await;
    }
}

#[tokio::test]
async fn what_was_answered_is_not_counted_again() {
    let world = hurried(&KEYED);
    let bed = linked(&world, &[10; 30]).await;
    let question = emptied(&world, &bed, 25).await;
    bed.order(question.job.id, JobOrder::Resume).await;
    bed.while_not("the empty shop", || (0..25).all(|number| world.web.quantity(&id(number)) == units(0))).await;
    world.till.moves("p027", -1);
    bed.while_not("a sale right after", || world.web.quantity("p027") == units(9)).await;
    assert_eq!(questions(&bed).await, Vec::new());
}

#[tokio::test]
async fn each_connection_says_what_is_much() {
    let world = hurried(&KEYED);
    let bed = linked(&world, &[10; 30]).await;
    keep(&bed, Side::Online, |settings| settings.asks = MassChange { share: 10, least: 4 }).await;
    for number in 0..5 {
        world.till.moves(&id(number), -1);
    }
    let question = bed.until("the question", || async { questions(&bed).await.pop() }).await;
    assert!(question.job.note.unwrap().contains("of 30 variants"));
    bed.order(question.job.id, JobOrder::Resume).await;
    bed.while_not("the answer", || (0..5).all(|n| world.web.quantity(&id(n)) == units(9))).await;
    keep(&bed, Side::Online, |settings| settings.asks = MassChange { share: 100, least: 4 }).await;
    for number in 0..30 {
        world.till.moves(&id(number), -9);
    }
    bed.while_not("all of it", || (0..5).all(|n| world.web.quantity(&id(n)) == units(0))).await;
    let row = settings(&bed, Side::Online).await;
    for asks in
        [MassChange { share: 0, least: 4 }, MassChange { share: 101, least: 4 }, MassChange { share: 5, least: 0 }]
    {
        let settings = counterpart::domain::SyncSettings { asks, ..row.settings.clone() };
        let draft = SettingsDraft { connection: row.connection, settings, locations: None };
        let problem = bed.problem(Request::KeepSettings { draft }).await;
        assert!(problem.message.starts_with("Keyed: "), "{problem:?}");
    }
}

#[tokio::test]
async fn what_a_person_decides_goes_past_the_question() {
    for decision in [Decision::Accept, Decision::Restore] {
        let world = hurried(&ORDERS);
        let bed = linked(&world, &[40; 30]).await;
        for number in 0..25 {
            world.till.moves(&id(number), -4);
            world.web.moves(&id(number), -5);
        }
        world.web.moves("p027", -15);
        let two = || async { (questions(&bed).await.len() == 2).then_some(()) };
        bed.until("questions about both sides", two).await;
        let conflict = bed.until("the conflict", || async { conflicts(&bed).await.pop() }).await;
        bed.ask(Request::Decide { conflict: conflict.conflict, decision }).await;
        let shown = || (world.till.quantity("p027"), world.web.quantity("p027"));
        let wanted = if decision == Decision::Accept { (units(25), units(25)) } else { (units(40), units(40)) };
        bed.while_not("the decision", || shown() == wanted).await;
        // So does a correction, which is left even if the questions are called off.
        let adjust = Request::PlanAdjust {
            product: product(&bed, 3).await,
            variant: None,
            correction: Correction::Add(units(7)),
            reason: "found".into(),
        };
        let Reply::Planned(plan) = bed.ask(adjust).await else { panic!("no plan") };
        let job = bed.apply(plan).await;
        bed.ended(job).await;
        for question in questions(&bed).await {
            bed.order(question.job.id, JobOrder::Cancel).await;
        }
        looks(&bed, &[&world.till, &world.web], 6).await;
        assert_eq!(shown(), wanted, "{decision:?}");
        assert_eq!((world.till.quantity("p003"), world.web.quantity("p003")), (units(38), units(38)));
        assert_eq!(world.till.quantity("p004"), units(36), "what was asked about is not written");
        bed.engine.stop().await;
    }
}

async fn history(bed: &Bed, search: &str) -> Vec<String> {
    let view = HistoryView { search: search.to_owned(), ..HistoryView::default() };
    match bed.ask(Request::History { view, window: ALL }).await {
        Reply::History { rows, .. } => rows.into_iter().filter_map(|row| row.record.new).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_question_says_what_is_so_now_and_closes_with_its_cause() {
    let world = hurried(&KEYED);
    let bed = linked(&world, &[10; 30]).await;
    let question = emptied(&world, &bed, 25).await.job.id;
    world.till.moves("p003", 4);
    let note = bed
        .until("what is so now", || async {
            bed.job(question).await.job.note.filter(|note| note.contains("24 of them"))
        })
        .await;
    assert!(note.contains("25 of 30 variants on Keyed, 24 of them to 0"), "{note}");
    let steps = bed.steps(question, StepFilter::Waiting).await;
    let row = steps.iter().find(|row| row.step.subject.contains("SKU003") || row.step.new.as_deref() == Some("4"));
    assert_eq!(row.map(|row| row.step.old.as_deref()), Some(Some("10")), "{steps:#?}");
    // What is not owed any more leaves it.
    world.till.moves("p004", 10);
    bed.until("one less", || async {
        let job = bed.job(question).await.job;
        (job.title == "Sync 24 quantities to Keyed" && job.progress.skipped == 1).then_some(())
    })
    .await;
    bed.engine.stop().await;
    // All the rest came back while nobody looked.
    for number in 0..25 {
        let by = if number == 3 { 6 } else { 10 };
        if number != 4 {
            world.till.moves(&id(number), by);
        }
    }
    let bed = world.engine().await;
    bed.until("no question", || async { questions(&bed).await.is_empty().then_some(()) }).await;
    looks(&bed, &[&world.till, &world.web], 4).await;
    assert_eq!(world.web.effects(), Vec::new(), "nothing was ever written");
    let told = history(&bed, "").await;
    assert!(told.iter().any(|line| line.starts_with("the question closed by itself")), "{told:?}");
}

#[tokio::test]
async fn a_question_that_became_small_closes_and_the_rest_is_told() {
    let world = hurried(&KEYED);
    let bed = linked(&world, &[10; 30]).await;
    emptied(&world, &bed, 25).await;
    for number in 5..25 {
        world.till.moves(&id(number), 10);
    }
    bed.while_not("the few that are left", || (0..5).all(|n| world.web.quantity(&id(n)) == units(0))).await;
    looks(&bed, &[&world.till, &world.web], 4).await;
    assert_eq!(questions(&bed).await, Vec::new());
    assert_eq!(world.web.effects().len(), 5);
}

async fn stands(bed: &Bed, number: usize, state: SyncState) {
    bed.until("the state", || async { (bed.product(&format!("SKU{number:03}")).await.sync == state).then_some(()) })
        .await;
}

const APART: SyncState = SyncState::OutOfSync { price: false, quantity: true };

#[tokio::test]
async fn a_side_that_counts_again_takes_part_again() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10, 10]).await;
    for product in ["p000", "p001"] {
        world.web.counts(product, None);
    }
    looks(&bed, &[&world.till, &world.web], 4).await;
    // The same number as here: nothing can be lost by going on from there.
    world.web.counts("p000", Some(10));
    world.web.counts("p001", Some(4));
    stands(&bed, 0, SyncState::InSync).await;
    stands(&bed, 1, APART).await;
    world.till.moves("p000", -1);
    bed.while_not("the sale", || world.web.quantity("p000") == units(9)).await;
    // The other one is out of sync until a person says which is right.
    world.till.moves("p001", -1);
    looks(&bed, &[&world.till, &world.web], 6).await;
    assert_eq!((world.till.quantity("p001"), world.web.quantity("p001")), (units(9), units(4)));
    synchronized(&bed, vec![product(&bed, 1).await], Side::Online).await;
    bed.while_not("the word of the till", || world.web.quantity("p001") == units(9)).await;
    stands(&bed, 1, SyncState::InSync).await;
}

async fn synchronized(bed: &Bed, products: Vec<ProductId>, wrong: Side) {
    let request = Request::PlanSynchronize { products, wrong: Wrong::Side(wrong), quantity: true, price: false };
    let Reply::Planned(plan) = bed.ask(request).await else { panic!("no plan") };
    let job = bed.apply(plan).await;
    bed.ended(job).await;
}

#[tokio::test]
async fn what_moved_while_a_rule_was_off_is_shown_and_not_told() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10, 10, 10, 10]).await;
    let (till, web) = (settings(&bed, Side::InStore).await.connection, settings(&bed, Side::Online).await.connection);
    let rules = |quantity| FieldRules { quantity, ..FieldRules::standard(till, web) };
    bed.ask(Request::KeepRules { rules: rules(false) }).await;
    world.till.moves("p000", -1);
    world.web.moves("p000", -2);
    world.web.moves("p001", -3);
    world.till.moves("p002", -4);
    world.web.moves("p002", -4);
    looks(&bed, &[&world.till, &world.web], 6).await;
    bed.until("rules that are kept", || async { bed.engine.ask(Request::KeepRules { rules: rules(true) }).await.ok() })
        .await;
    looks(&bed, &[&world.till, &world.web], 10).await;
    assert_eq!((world.till.effects(), world.web.effects()), (Vec::new(), Vec::new()));
    for (number, state) in [(0, APART), (1, APART), (2, SyncState::InSync), (3, SyncState::InSync)] {
        stands(&bed, number, state).await;
    }
    // Where both show the same, sales count again at once.
    world.web.moves("p002", -1);
    bed.while_not("the sale", || world.till.quantity("p002") == units(5)).await;
    // Elsewhere a person says which is right.
    synchronized(&bed, vec![product(&bed, 0).await], Side::InStore).await;
    bed.while_not("the word of the store", || world.till.quantity("p000") == units(8)).await;
    synchronized(&bed, vec![product(&bed, 1).await], Side::Online).await;
    bed.while_not("the word of the till", || world.web.quantity("p001") == units(10)).await;
    stands(&bed, 0, SyncState::InSync).await;
    stands(&bed, 1, SyncState::InSync).await;
}
