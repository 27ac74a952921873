//! Shops stay in step by themselves: what is sold on one side arrives on the others, once, and what should not be
//! written is not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use counterpart::domain::{
    ConnectionId, FieldRules, Interval, JobKind, JobState, Location, LocationId, ProductId, Quantity, Side, Stock,
    SyncSettings, UnexplainedDrop,
};
use counterpart::engine::{Listener, Poll};
use counterpart::protocol::{
    ConflictRow, ConnectionDraft, Decision, JobRow, Reply, Request, SettingsDraft, SettingsRow, StepFilter,
};
use counterpart::store::Entry;

use super::bed::{ALL, Bed, World, draft};
use super::fake::{Call, Effect, FakeShop, Fault, remote};
use super::platforms::{ABSOLUTE, DELTA, KEYED, ORDERS, STOCKING};

pub fn units(units: i64) -> Quantity {
    Quantity::units(units)
}

/// Products `a`, `b`, … of both shops, linked: so many of each.
pub async fn linked(world: &World, quantities: &[i64]) -> Bed {
    for (number, quantity) in quantities.iter().enumerate() {
        for shop in [&world.till, &world.web].into_iter().chain(&world.more) {
            shop.put(&id(number), &format!("SKU{number:03}"), *quantity);
        }
    }
    let bed = world.connected().await;
    // All stores at once: a further one joins the link that the same job makes.
    bed.link(Side::InStore).await;
    bed
}

pub fn id(number: usize) -> String {
    format!("p{number:03}")
}

/// Waits until each shop has been looked at so many times more.
pub async fn looks(bed: &Bed, shops: &[&Arc<FakeShop>], count: usize) {
    let goals: Vec<usize> = shops.iter().map(|shop| shop.calls(Call::Changes) + count).collect();
    bed.while_not("further looks", || shops.iter().zip(&goals).all(|(shop, goal)| shop.calls(Call::Changes) >= *goal))
        .await;
}

pub async fn syncs(bed: &Bed) -> Vec<JobRow> {
    bed.jobs().await.into_iter().filter(|row| matches!(row.job.kind, JobKind::Sync { .. })).collect()
}

pub async fn settings(bed: &Bed, side: Side) -> SettingsRow {
    let Reply::Settings { rows } = bed.ask(Request::Settings).await else { panic!("no settings") };
    rows.into_iter().find(|row| row.side == side).unwrap()
}

pub async fn keep(bed: &Bed, side: Side, change: impl FnOnce(&mut SyncSettings)) {
    let mut row = settings(bed, side).await;
    change(&mut row.settings);
    let draft = SettingsDraft { connection: row.connection, settings: row.settings, locations: None };
    bed.until("settings that are kept", || async {
        bed.engine.ask(Request::KeepSettings { draft: draft.clone() }).await.ok()
    })
    .await;
}

pub async fn conflicts(bed: &Bed) -> Vec<ConflictRow> {
    match bed.ask(Request::Conflicts { window: ALL }).await {
        Reply::Conflicts { rows, .. } => rows,
        other => panic!("{other:?}"),
    }
}

pub async fn product(bed: &Bed, number: usize) -> ProductId {
    bed.product(&format!("SKU{number:03}")).await.product
}

#[tokio::test]
async fn a_sale_on_one_side_arrives_on_the_other_and_does_not_come_back() {
    for profile in [&KEYED, &DELTA, &ABSOLUTE, &STOCKING] {
        let world = World::alive(profile);
        let bed = linked(&world, &[10, 5]).await;
        world.till.moves("p000", -2);
        bed.while_not("the sale at the till", || world.web.quantity("p000") == units(8)).await;
        world.web.moves("p001", -1);
        bed.while_not("the sale in the web shop", || world.till.quantity("p001") == units(4)).await;
        looks(&bed, &[&world.till, &world.web], 10).await;
        let written = (world.till.effects().len(), world.web.effects().len());
        assert_eq!(written, (1, 1), "one write each, and no echo: {}", profile.name);
        assert_eq!((world.till.quantity("p000"), world.web.quantity("p001")), (units(8), units(4)));
        bed.engine.stop().await;
    }
}

#[tokio::test]
async fn sales_on_both_sides_in_the_same_moment_both_count() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10]).await;
    world.till.moves("p000", -3);
    world.web.moves("p000", -4);
    bed.while_not("both sales", || (world.till.quantity("p000"), world.web.quantity("p000")) == (units(3), units(3)))
        .await;
    looks(&bed, &[&world.till, &world.web], 6).await;
    assert_eq!((world.till.quantity("p000"), world.web.quantity("p000")), (units(3), units(3)));
}

#[tokio::test]
async fn three_shops_hear_of_each_other() {
    let mut world = World::alive(&KEYED);
    world.more.push(FakeShop::new(&DELTA));
    let bed = linked(&world, &[10]).await;
    let market = world.more[0].clone();
    let all = || [world.till.quantity("p000"), world.web.quantity("p000"), market.quantity("p000")];
    bed.while_not("the link of three", || all() == [units(10); 3]).await;
    market.moves("p000", -1);
    bed.while_not("the sale in the second store", || all() == [units(9); 3]).await;
    world.till.moves("p000", -1);
    world.web.moves("p000", 2);
    market.moves("p000", -3);
    bed.while_not("three changes at once", || all() == [units(7); 3]).await;
    looks(&bed, &[&world.till, &world.web, &market], 6).await;
    assert_eq!(all(), [units(7); 3]);
}

#[tokio::test]
async fn nothing_is_written_or_journalled_while_nothing_happens() {
    let mut world = World::alive(&ORDERS);
    let (commits, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (counting, telling) = (commits.clone(), told.clone());
    world.listener = Some(Listener(Arc::new(move |entries: &[Entry]| {
        counting.fetch_add(1, Ordering::SeqCst);
        telling.lock().unwrap().extend(entries.iter().map(|entry| format!("{entry:?}")));
    })));
    let bed = linked(&world, &[10, 20, 30]).await;
    looks(&bed, &[&world.till, &world.web], 8).await;
    let before = commits.load(Ordering::SeqCst);
    told.lock().unwrap().clear();
    looks(&bed, &[&world.till, &world.web], 200).await;
    assert_eq!(commits.load(Ordering::SeqCst), before, "{:#?}", told.lock().unwrap());
    assert_eq!((world.till.effects(), world.web.effects()), (Vec::new(), Vec::new()));
    // And one thing that happens is noticed.
    world.till.moves("p001", -1);
    bed.while_not("the sale", || world.web.quantity("p001") == units(19)).await;
}

#[tokio::test]
async fn a_large_fall_waits_for_a_person() {
    for decision in [Decision::Accept, Decision::Restore, Decision::Leave] {
        let world = World::alive(&ORDERS);
        let bed = linked(&world, &[40, 40]).await;
        world.web.moves("p000", -15);
        world.web.moves("p001", -9);
        bed.while_not("the small fall", || world.till.quantity("p001") == units(31)).await;
        let conflict = bed.until("the conflict", || async { conflicts(&bed).await.pop() }).await;
        assert_eq!(conflict.sentence, "40 → 25, and no order explains it");
        assert_eq!((conflict.ours.as_str(), conflict.theirs.as_str()), ("25", "40"));
        // A sale on the other side meanwhile is remembered and not told.
        world.till.moves("p000", -2);
        looks(&bed, &[&world.till, &world.web], 10).await;
        assert_eq!((world.till.quantity("p000"), world.web.quantity("p000")), (units(38), units(25)));
        bed.ask(Request::Decide { conflict: conflict.conflict, decision }).await;
        let expected = match decision {
            Decision::Accept => (units(23), units(23)),
            Decision::Restore => (units(38), units(38)),
            Decision::Leave => (units(38), units(25)),
        };
        let shown = || (world.till.quantity("p000"), world.web.quantity("p000"));
        bed.while_not("the decision", || shown() == expected).await;
        looks(&bed, &[&world.till, &world.web], 10).await;
        assert_eq!(shown(), expected, "{decision:?}");
        assert_eq!(conflicts(&bed).await.len(), 0);
        if decision == Decision::Leave {
            let products = vec![product(&bed, 0).await];
            bed.ask(Request::PauseSync { products, paused: false }).await;
            assert_eq!(conflicts(&bed).await.len(), 1, "it asks again");
        } else {
            let again = bed.problem(Request::Decide { conflict: conflict.conflict, decision }).await;
            assert!(again.message.contains("decided"), "{again:?}");
        }
        bed.engine.stop().await;
    }
}

#[tokio::test]
async fn a_fall_that_is_put_right_is_no_conflict_any_more() {
    let world = World::alive(&ORDERS);
    let bed = linked(&world, &[40]).await;
    world.web.moves("p000", -40);
    bed.until("the conflict", || async { conflicts(&bed).await.pop() }).await;
    world.web.moves("p000", 38);
    bed.while_not("the rest", || world.till.quantity("p000") == units(38)).await;
    assert_eq!(conflicts(&bed).await.len(), 0);
}

#[tokio::test]
async fn a_conflict_survives_a_restart() {
    let world = World::alive(&ORDERS);
    let bed = linked(&world, &[40]).await;
    world.web.moves("p000", -20);
    let conflict = bed.until("the conflict", || async { conflicts(&bed).await.pop() }).await;
    bed.engine.stop().await;
    let bed = world.engine().await;
    assert_eq!(conflicts(&bed).await, vec![conflict.clone()]);
    let decision = Decision::Accept;
    bed.ask(Request::Decide { conflict: conflict.conflict, decision }).await;
    bed.while_not("the decision", || world.till.quantity("p000") == units(20)).await;
}

#[tokio::test]
async fn what_is_refused_is_tried_again_and_stops_nothing_else() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10, 10, 10]).await;
    world.web.inside().refuses.push("p001.1".to_owned());
    for number in 0..3 {
        world.till.moves(&id(number), -1);
    }
    bed.while_not("the others", || ["p000", "p002"].iter().all(|id| world.web.quantity(id) == units(9))).await;
    // Each try takes the place of the one before, so the job and its steps are asked for until both are there.
    let message = bed
        .until("a job that says so", || async {
            let troubled = syncs(&bed).await.into_iter().find(|row| row.job.progress.failed > 0)?;
            let window = ALL;
            let steps = Request::Steps { job: troubled.job.id, filter: StepFilter::Troubled, window };
            let Ok(Reply::Steps { rows, .. }) = bed.engine.ask(steps).await else { return None };
            rows.first()?.message.clone()
        })
        .await;
    assert!(message.contains("locked"), "{message}");
    let tries = world.web.calls(Call::Write);
    bed.while_not("further tries", || world.web.calls(Call::Write) >= tries + 4).await;
    let jobs = syncs(&bed).await;
    assert!(jobs.len() <= 4, "they do not pile up: {jobs:#?}");
    world.web.inside().refuses.clear();
    bed.while_not("the one that was refused", || world.web.quantity("p001") == units(9)).await;
    bed.until("a tidy list", || async {
        syncs(&bed)
            .await
            .iter()
            .all(|row| row.job.progress.failed == 0 && row.job.state == JobState::Done)
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_look_that_fails_is_made_again() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10]).await;
    let faults =
        [Fault::Offline, Fault::Throttled, Fault::Unauthorised, Fault::Garbled, Fault::Strange, Fault::Offline];
    world.till.fails(Call::Changes, &faults);
    world.till.moves("p000", -1);
    bed.while_not("the sale after the storm", || world.web.quantity("p000") == units(9)).await;
    let status = bed.status().await;
    assert!(status.connections.iter().all(|row| row.state == counterpart::domain::ConnectionState::Online));
}

#[tokio::test]
async fn a_side_shows_its_share_less_its_buffer() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[40]).await;
    keep(&bed, Side::Online, |settings| (settings.share, settings.buffer) = (50, units(3))).await;
    bed.while_not("the share", || world.web.quantity("p000") == units(17)).await;
    world.web.moves("p000", -1);
    bed.while_not("the whole sale at the till", || world.till.quantity("p000") == units(39)).await;
    bed.while_not("half of 39, less 3", || world.web.quantity("p000") == units(16)).await;
    looks(&bed, &[&world.till, &world.web], 6).await;
    assert_eq!((world.till.quantity("p000"), world.web.quantity("p000")), (units(39), units(16)));
    bed.engine.stop().await;
    let bed = world.engine().await;
    let row = settings(&bed, Side::Online).await;
    assert_eq!((row.settings.share, row.settings.buffer), (50, units(3)), "kept over a restart");
    keep(&bed, Side::Online, |settings| (settings.share, settings.buffer) = (100, units(0))).await;
    bed.while_not("all of it", || world.web.quantity("p000") == units(39)).await;
}

#[tokio::test]
async fn settings_are_checked() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[40]).await;
    let row = settings(&bed, Side::Online).await;
    assert_eq!(row.settings, SyncSettings::standard(false, false));
    assert_eq!(settings(&bed, Side::InStore).await.settings, SyncSettings::standard(true, false));
    assert!(row.next_look.starts_with("in ") || row.next_look == "now", "{}", row.next_look);
    let places: Vec<_> = row.locations.iter().map(|(place, used)| (place.id.to_string(), *used)).collect();
    assert_eq!(places, [("main".to_owned(), true), ("back".to_owned(), false)]);
    let standard = row.settings.clone();
    let held = SyncSettings { unexplained: UnexplainedDrop::HoldFrom(units(3)), ..standard.clone() };
    let hurried = SyncSettings { every: Interval::Minutes(5), ..standard.clone() };
    for settings in [SyncSettings { share: 0, ..standard.clone() }, held, hurried] {
        let draft = SettingsDraft { connection: row.connection, settings, locations: None };
        assert!(bed.problem(Request::KeepSettings { draft }).await.message.starts_with("Keyed: "));
    }
    for locations in [vec![], vec![LocationId(remote("cellar"))]] {
        let draft =
            SettingsDraft { connection: row.connection, settings: standard.clone(), locations: Some(locations) };
        bed.problem(Request::KeepSettings { draft }).await;
    }
    let draft = SettingsDraft { connection: ConnectionId(99), settings: standard, locations: None };
    bed.problem(Request::KeepSettings { draft }).await;
}

fn levels(levels: &[(&str, i64)]) -> Stock {
    Stock::Tracked(levels.iter().map(|(place, level)| (LocationId(remote(place)), units(*level))).collect())
}

#[tokio::test]
async fn an_online_sale_is_taken_from_one_place_after_the_other() {
    let world = World::alive(&KEYED);
    world.till.put_with("p000", "SKU000", levels(&[("main", 3), ("back", 9)]));
    world.web.put("p000", "SKU000", 12);
    let bed = world.engine().await;
    let both = ConnectionDraft { locations: vec!["main".into(), "back".into()], ..draft("till") };
    let Reply::Connected { import, .. } = bed.ask(Request::Connect { draft: both }).await else { panic!() };
    bed.ended(import).await;
    let import = bed.connect("keyed").await;
    bed.ended(import).await;
    bed.link(Side::InStore).await;
    world.web.moves("p000", -5);
    let places = || (world.till.quantity("p000"), world.till.lies("p000", "back"));
    bed.while_not("both places", || places() == (units(0), units(7))).await;
    world.web.moves("p000", 2);
    bed.while_not("the return at the main place", || places() == (units(2), units(7))).await;
    looks(&bed, &[&world.till, &world.web], 6).await;
    assert_eq!(places(), (units(2), units(7)));
    assert_eq!(world.web.quantity("p000"), units(9));
}

#[tokio::test]
async fn a_further_location_counts_when_a_person_says_so() {
    let world = World::alive(&KEYED);
    world.till.put_with("p000", "SKU000", levels(&[("main", 3), ("back", 9)]));
    world.web.put("p000", "SKU000", 3);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    let row = settings(&bed, Side::InStore).await;
    let places: Vec<Location> = row.locations.into_iter().map(|(place, _)| place).collect();
    let wanted = |count: usize| places.iter().take(count).map(|place| place.id.clone()).collect::<Vec<_>>();
    let keep = |count| SettingsDraft {
        connection: row.connection,
        settings: row.settings.clone(),
        locations: Some(wanted(count)),
    };
    bed.ask(Request::KeepSettings { draft: keep(2) }).await;
    bed.while_not("the sum", || world.web.quantity("p000") == units(12)).await;
    bed.until("the end of the reading", || async {
        bed.jobs().await.iter().all(|j| j.job.state.ended()).then_some(())
    })
    .await;
    bed.ask(Request::KeepSettings { draft: keep(1) }).await;
    bed.while_not("the main place alone", || world.web.quantity("p000") == units(3)).await;
    assert_eq!(world.till.effects(), Vec::new());
}

#[tokio::test]
async fn a_paused_product_is_read_and_not_written() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10, 10]).await;
    let products = vec![product(&bed, 0).await];
    bed.ask(Request::PauseSync { products: products.clone(), paused: true }).await;
    world.till.moves("p000", -1);
    world.till.moves("p001", -1);
    bed.while_not("the other product", || world.web.quantity("p001") == units(9)).await;
    looks(&bed, &[&world.till, &world.web], 6).await;
    assert_eq!(world.web.quantity("p000"), units(10));
    bed.ask(Request::PauseSync { products, paused: false }).await;
    bed.while_not("what was sold meanwhile", || world.web.quantity("p000") == units(9)).await;
}

#[tokio::test]
async fn without_automatic_nothing_is_told_before_somebody_asks() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10]).await;
    keep(&bed, Side::Online, |settings| settings.automatic = false).await;
    assert_eq!(settings(&bed, Side::Online).await.next_look, "when somebody asks");
    world.till.moves("p000", -1);
    looks(&bed, &[&world.till], 10).await;
    assert_eq!(world.web.quantity("p000"), units(10));
    world.web.moves("p000", -2);
    bed.ask(Request::SyncNow { connection: None }).await;
    let shown = || (world.till.quantity("p000"), world.web.quantity("p000"));
    bed.while_not("what was asked for", || shown() == (units(7), units(7))).await;
}

#[tokio::test]
async fn an_engine_that_never_looks_does_when_it_is_asked() {
    let world = World::with(&STOCKING);
    let bed = linked(&world, &[10]).await;
    world.till.moves("p000", -1);
    bed.import(false).await;
    assert_eq!(world.web.quantity("p000"), units(10), "nothing is written by itself");
    world.web.moves("p000", -1);
    bed.ask(Request::SyncNow { connection: None }).await;
    let shown = || (world.till.quantity("p000"), world.web.quantity("p000"));
    bed.while_not("both", || shown() == (units(8), units(8))).await;
}

#[tokio::test]
async fn what_is_not_counted_is_never_written_and_never_taken_for_nothing() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10, 10]).await;
    world.web.counts("p000", None);
    looks(&bed, &[&world.till, &world.web], 4).await;
    world.till.moves("p000", -1);
    world.till.moves("p001", -1);
    bed.while_not("the other product", || world.web.quantity("p001") == units(9)).await;
    looks(&bed, &[&world.till, &world.web], 4).await;
    assert_eq!(world.till.quantity("p000"), units(9), "a count that ended is no sale");
    let touched = |effect: &Effect| matches!(effect, Effect::Count { variant, .. } if variant == "p000.1");
    assert!(!world.web.effects().iter().any(touched));
    // Counted again from some number: nobody knows what that says, so nothing follows from it by itself.
    world.web.counts("p000", Some(0));
    looks(&bed, &[&world.till, &world.web], 6).await;
    assert_eq!((world.till.quantity("p000"), world.web.quantity("p000")), (units(9), units(0)));
}

#[tokio::test]
async fn quantities_that_are_not_kept_in_step_are_left_alone() {
    let world = World::alive(&KEYED);
    let bed = linked(&world, &[10]).await;
    let (till, web) = (settings(&bed, Side::InStore).await.connection, settings(&bed, Side::Online).await.connection);
    let off = FieldRules { quantity: false, ..FieldRules::standard(till, web) };
    bed.ask(Request::KeepRules { rules: off }).await;
    world.till.moves("p000", -1);
    world.web.moves("p000", -2);
    looks(&bed, &[&world.till, &world.web], 10).await;
    assert_eq!((world.till.effects(), world.web.effects()), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn everything_is_read_once_a_day_and_the_list_of_jobs_stays_short() {
    let mut world = World::alive(&KEYED);
    world.poll = Some(Poll::default());
    let bed = linked(&world, &[10, 10]).await;
    let sweeps = |jobs: Vec<JobRow>| {
        let kept = jobs.into_iter().filter(|row| matches!(row.job.kind, JobKind::Import { full: true, .. }));
        kept.map(|row| row.job.id).collect::<Vec<_>>()
    };
    let first = sweeps(bed.jobs().await);
    let later = bed
        .until("a further reading", || async {
            let now = sweeps(bed.jobs().await);
            now.iter().any(|job| job.0 > first[0].0 + 4).then_some(now)
        })
        .await;
    assert!(later.len() <= 4, "{later:?}");
}

#[tokio::test]
async fn one_shop_that_cannot_be_reached_does_not_stop_the_others() {
    let mut world = World::alive(&KEYED);
    world.more.push(FakeShop::new(&DELTA));
    let bed = linked(&world, &[10]).await;
    let market = world.more[0].clone();
    for call in [Call::Changes, Call::Levels, Call::Write] {
        world.web.fails(call, &[Fault::Offline; 400]);
    }
    world.till.moves("p000", -1);
    bed.while_not("the other store", || market.quantity("p000") == units(9)).await;
    market.moves("p000", -1);
    bed.while_not("the till", || world.till.quantity("p000") == units(8)).await;
    bed.while_not("the store that came back", || world.web.quantity("p000") == units(8)).await;
}
