//! The process dies: at every commit, before it and after it, and while a call is under way. Afterwards nothing is
//! there twice, nothing is missing, and every count is right.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use counterpart::domain::{Currency, Field, FieldValue, JobKind, JobState, Money, Profile, Quantity, Side, Text};
use counterpart::engine::Halt;
use counterpart::protocol::{Mend, Reply, Request};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use super::bed::{ALL, Bed, World, counted};
use super::fake::{Call, Effect, Fault};
use super::platforms::{ABSOLUTE, DELTA, EDITING, KEYED, STOCKING};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Four products on both sides to link, two on the till to push.
fn world(web: &'static Profile) -> World {
    let world = World::with(web);
    for n in 0..4 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), 10 + n);
        world.web.put(&format!("w{n}"), &format!("SKU-{n}"), 3);
    }
    for n in 4..6 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), 10 + n);
    }
    world
}

async fn begin(bed: &Bed) {
    let plan = bed.plan_link(Side::InStore).await;
    let push = bed.plan_push(&["SKU-4", "SKU-5"], Side::Online).await;
    bed.apply(plan).await;
    bed.apply(push).await;
}

async fn check(world: &World, bed: &Bed, told: &str) {
    let Reply::Jobs { rows, .. } = bed.ask(Request::Jobs { window: ALL }).await else { panic!() };
    for row in &rows {
        let ended = bed.ended(row.job.id).await;
        assert_eq!(ended.job.state, JobState::Done, "{told}: {ended:?}");
        let progress = ended.job.progress;
        assert_eq!((progress.failed, progress.parked, progress.skipped), (0, 0, 0), "{told}: {ended:?}");
    }
    let created = world.web.effects().iter().filter(|effect| matches!(effect, Effect::Created { .. })).count();
    let web = world.web.inside().listings.len();
    let pushed = rows.iter().any(|row| matches!(row.job.kind, counterpart::domain::JobKind::Push));
    let linked = rows.iter().any(|row| matches!(row.job.kind, counterpart::domain::JobKind::Link));
    assert_eq!((created, web), if pushed { (2, 6) } else { (0, 4) }, "{told}");
    for n in 0..6 {
        let row = bed.product(&format!("SKU-{n}")).await;
        assert_eq!(row.in_store, counted(10 + n), "{told}");
        if (n < 4 && linked) || (n >= 4 && pushed) {
            assert_eq!(row.online, counted(10 + n), "{told}: SKU-{n}");
        }
    }
    if linked {
        for n in 0..4 {
            assert_eq!(world.web.quantity(&format!("w{n}")), Quantity::units(10 + n), "{told}");
        }
    }
    // No count was written twice, so nothing overshot on the way.
    for effect in world.web.effects() {
        if let Effect::Count { from, to, .. } = effect {
            assert!(from == Quantity::units(3) || from == Quantity::ZERO, "{told}: {from} → {to}");
        }
    }
}

/// Dies at the given commit of the jobs; whether there was such a commit.
fn dies_at(web: &'static Profile, commit: i64, committed: bool) -> bool {
    let world = world(web);
    let first = runtime();
    first.block_on(async { world.connected().await.engine.stop().await });
    drop(first);

    let left = Arc::new(AtomicI64::new(i64::MAX));
    let dead = Arc::new(Notify::new());
    let halt = Halt(Arc::new({
        let (left, dead) = (left.clone(), dead.clone());
        move |after| {
            if after != committed {
                return left.load(Ordering::SeqCst) < 0;
            }
            let dies = left.fetch_sub(1, Ordering::SeqCst) <= 0;
            if dies {
                dead.notify_one();
            }
            dies
        }
    }));
    let second = runtime();
    let died = second.block_on(async {
        let bed = world.engine_with(Some(halt)).await;
        left.store(commit, Ordering::SeqCst);
        let working = async {
            begin(&bed).await;
            let Reply::Jobs { rows, .. } = bed.ask(Request::Jobs { window: ALL }).await else { panic!() };
            for row in rows {
                bed.ended(row.job.id).await;
            }
        };
        tokio::select! {
            () = working => false,
            () = dead.notified() => true,
        }
    });
    // All tasks end where they are, as when the process is killed.
    drop(second);

    runtime().block_on(async {
        let bed = world.engine().await;
        check(&world, &bed, &format!("{} at commit {commit}, committed: {committed}", web.name)).await;
        bed.engine.stop().await;
        // And once more, with everything done: nothing happens.
        let effects = world.web.effects().len();
        let bed = world.engine().await;
        bed.import(true).await;
        check(&world, &bed, "after everything").await;
        assert_eq!(world.web.effects().len(), effects);
        bed.engine.stop().await;
    });
    died
}

fn dies_everywhere(web: &'static Profile) {
    for committed in [true, false] {
        let mut commit = 0;
        while dies_at(web, commit, committed) {
            commit += 1;
        }
        assert!(commit > 8, "only {commit} commits: the test does not see the jobs");
    }
}

#[test]
fn a_crash_at_every_commit_keyed() {
    dies_everywhere(&KEYED);
}

#[test]
fn a_crash_at_every_commit_delta() {
    dies_everywhere(&DELTA);
}

#[test]
fn a_crash_at_every_commit_absolute_with_stock_in_the_creation() {
    dies_everywhere(&STOCKING);
}

#[test]
fn a_crash_while_a_call_is_under_way() {
    for web in [&KEYED, &DELTA, &ABSOLUTE] {
        for call in [Call::Write, Call::Create] {
            let world = world(web);
            runtime().block_on(async {
                let bed = world.connected().await;
                world.web.fails(call, &[Fault::HangsAfter]);
                begin(&bed).await;
                bed.until("the call that hangs", || async { (world.web.calls(call) > 0).then_some(()) }).await;
            });
            // The runtime is gone, and with it whoever waited for the answer.
            runtime().block_on(async {
                let bed = world.engine().await;
                check(&world, &bed, &format!("{} killed in {call:?}", web.name)).await;
                bed.engine.stop().await;
            });
        }
    }
}

#[test]
fn sales_while_the_process_is_gone_count() {
    let world = world(&KEYED);
    runtime().block_on(async {
        let bed = world.connected().await;
        world.web.fails(Call::Write, &[Fault::HangsAfter]);
        begin(&bed).await;
        bed.until("the call that hangs", || async { (world.web.calls(Call::Write) > 0).then_some(()) }).await;
    });
    // The write had been applied; two are sold before the engine is back.
    world.web.moves("w0", -2);
    runtime().block_on(async {
        let bed = world.engine().await;
        let Reply::Jobs { rows, .. } = bed.ask(Request::Jobs { window: ALL }).await else { panic!() };
        for row in rows {
            assert_eq!(bed.ended(row.job.id).await.job.progress.failed, 0);
        }
        assert_eq!(world.web.quantity("w0"), Quantity::units(8), "the sale counts, and the write once");
        bed.engine.stop().await;
    });
}

/// The till's words for four products, as somebody would type them.
fn mended(number: i64) -> (String, i64) {
    (format!("Mug {number}"), 500 + number)
}

/// Dies at the given commit while four products are edited; whether there was such a commit.
fn dies_while_editing(commit: i64, committed: bool) -> bool {
    let world = world(&EDITING);
    let first = runtime();
    first.block_on(async {
        let bed = world.connected().await;
        bed.link(Side::InStore).await;
        bed.engine.stop().await;
    });
    drop(first);
    let left = Arc::new(AtomicI64::new(i64::MAX));
    let dead = Arc::new(Notify::new());
    let halt = Halt(Arc::new({
        let (left, dead) = (left.clone(), dead.clone());
        move |after| {
            if after != committed {
                return left.load(Ordering::SeqCst) < 0;
            }
            let dies = left.fetch_sub(1, Ordering::SeqCst) <= 0;
            if dies {
                dead.notify_one();
            }
            dies
        }
    }));
    let second = runtime();
    let died = second.block_on(async {
        let bed = world.engine_with(Some(halt)).await;
        let mut mends = Vec::new();
        for number in 0..4 {
            let (title, cents) = mended(number);
            let Reply::Product(detail) =
                bed.ask(Request::Product { product: bed.product(&format!("SKU-{number}")).await.product }).await
            else {
                panic!("no product")
            };
            let online = detail.listings.iter().find(|listing| listing.side == Side::Online).unwrap().listing;
            let cell = detail.rows[0].cells[1].as_ref().unwrap();
            let price = Money::new(cents, Currency::new("EUR").unwrap());
            let title = FieldValue::Text(Text::new(&title));
            mends.push(Mend { listing: online, variant: None, field: Field::Title, to: title });
            let (variant, to) = (Some(cell.variant), FieldValue::Money(Some(price)));
            mends.push(Mend { listing: online, variant, field: Field::Price, to });
        }
        left.store(commit, Ordering::SeqCst);
        let working = async {
            let Reply::Planned(plan) = bed.ask(Request::PlanMend { mends }).await else { panic!("no plan") };
            let job = bed.apply(plan).await;
            bed.ended(job).await;
        };
        tokio::select! {
            () = working => false,
            () = dead.notified() => true,
        }
    });
    drop(second);
    runtime().block_on(async {
        let told = format!("an edit, at commit {commit}, committed: {committed}");
        let bed = world.engine().await;
        let mut ordered = false;
        let Reply::Jobs { rows, .. } = bed.ask(Request::Jobs { window: ALL }).await else { panic!() };
        for row in rows {
            let ended = bed.ended(row.job.id).await;
            assert_eq!(ended.job.state, JobState::Done, "{told}: {ended:?}");
            let progress = ended.job.progress;
            assert_eq!((progress.failed, progress.parked, progress.skipped), (0, 0, 0), "{told}: {ended:?}");
            ordered |= ended.job.kind == JobKind::Edit;
        }
        for number in 0..4 {
            let (title, cents) = mended(number);
            let there = world.web.listing(&format!("w{number}"));
            let shows = (there.title.to_string(), there.variants[0].price.map(|price| price.minor));
            assert_eq!(shows == (title, Some(cents)), ordered, "{told}: {shows:?}");
            assert_eq!(world.web.quantity(&format!("w{number}")), Quantity::units(10 + number), "{told}");
            assert_eq!(&*world.till.listing(&format!("t{number}")).title, &format!("Product SKU-{number}"), "{told}");
        }
        // An edit that was sent is looked for before it is sent again, so nothing is written twice.
        let edits = world.web.effects().iter().filter(|effect| matches!(effect, Effect::Edited { .. })).count();
        assert_eq!(edits, if ordered { 8 } else { 0 }, "{told}");
        bed.engine.stop().await;
    });
    died
}

#[test]
fn a_crash_at_every_commit_of_an_edit() {
    for committed in [true, false] {
        let mut commit = 0;
        while dies_while_editing(commit, committed) {
            commit += 1;
        }
        assert!(commit > 4, "only {commit} commits: the test does not see the job");
    }
}
