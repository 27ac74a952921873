//! Fields follow the side of record, and nobody's edit is lost.

use std::sync::{Arc, Mutex};

use counterpart::domain::{
    AutoPush, ConnectionId, Currency, Direction, Field, FieldRules, FieldValue, Happening, HistoryRecord, JobKind,
    JobState, ListingId, Money, OptionValue, Presence, Quantity, Side, Status, Stock, Structure, Text, Variant,
};
use counterpart::engine::Listener;
use counterpart::protocol::{
    ConflictRow, Decision, JobOrder, JobRow, LinkMark, Mend, PlanSummary, ProductsView, Reply, Request, RulesRow,
    SettingsDraft, StepFilter, SyncState,
};
use counterpart::store::Entry;

use super::bed::{ALL, Bed, World, counted};
use super::fake::{Call, Effect, FakeShop, Fault, location, remote};
use super::platforms::{BINNING, EDITING};

fn price(minor: i64) -> Option<Money> {
    Some(Money::new(minor, Currency::new("EUR").unwrap()))
}

/// `Product SKU-0`, … in both shops, linked.
async fn linked(world: &World, count: usize) -> Bed {
    for number in 0..count {
        for (shop, id) in [(&world.till, "t"), (&world.web, "w")] {
            shop.put(&format!("{id}{number}"), &format!("SKU-{number}"), 5);
        }
    }
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    bed
}

async fn rules(bed: &Bed) -> RulesRow {
    let Reply::Rules { rows, presets } = bed.ask(Request::Rules).await else { panic!("no rules") };
    assert!(presets.len() >= 3);
    rows.into_iter().next().unwrap()
}

async fn keep(bed: &Bed, fields: &[(Field, Direction)]) {
    let before = rules(bed).await.rules;
    let rules = FieldRules { fields: fields.iter().copied().collect(), ..before };
    assert_eq!(bed.ask(Request::KeepRules { rules }).await, Reply::Done);
}

async fn preset(bed: &Bed, name: &str) {
    let FieldRules { in_store, online, .. } = rules(bed).await.rules;
    assert_eq!(bed.ask(Request::ApplyPreset { in_store, online, preset: name.to_owned() }).await, Reply::Done);
}

async fn conflicts(bed: &Bed) -> Vec<ConflictRow> {
    let Reply::Conflicts { rows, .. } = bed.ask(Request::Conflicts { window: ALL }).await else { panic!() };
    rows
}

async fn conflict(bed: &Bed) -> ConflictRow {
    bed.until("a conflict", || async { conflicts(bed).await.into_iter().next() }).await
}

async fn no_conflict(bed: &Bed) {
    bed.until("the end of the conflict", || async { conflicts(bed).await.is_empty().then_some(()) }).await;
}

async fn edits(bed: &Bed) -> Vec<JobRow> {
    bed.jobs().await.into_iter().filter(|row| row.job.kind == JobKind::Edit).collect()
}

/// Both shops have been looked at twice more, so whatever follows from the present has been planned and done.
async fn quiet(world: &World, bed: &Bed) {
    for _ in 0..2 {
        looks(bed, &world.till).await;
        looks(bed, &world.web).await;
    }
    bed.until("the end of all jobs", || async {
        edits(bed).await.iter().all(|row| row.job.state.ended() || row.job.state == JobState::Paused).then_some(())
    })
    .await;
}

async fn looks(bed: &Bed, shop: &Arc<FakeShop>) {
    let goal = shop.calls(Call::Changes) + 2;
    bed.while_not("a further look", || shop.calls(Call::Changes) >= goal).await;
}

fn written(shop: &FakeShop, field: Field) -> Vec<String> {
    let edited = shop.effects().into_iter().filter_map(|effect| match effect {
        Effect::Edited { field: of, to, .. } if of == field => Some(to),
        _ => None,
    });
    edited.collect()
}

async fn title_is(bed: &Bed, shop: &FakeShop, id: &str, title: &str) {
    bed.while_not(title, || &*shop.listing(id).title == title).await;
}

type Lines = Arc<Mutex<Vec<HistoryRecord>>>;

/// What is noted from now on.
fn noting(world: &mut World) -> Lines {
    let lines = Lines::default();
    let heard = lines.clone();
    world.listener = Some(Listener(Arc::new(move |entries: &[Entry]| {
        let noted =
            entries.iter().filter_map(|e| if let Entry::Noted(line) = e { Some((**line).clone()) } else { None });
        heard.lock().unwrap().extend(noted);
    })));
    lines
}

fn noted(lines: &Lines, what: Happening) -> Vec<(Option<String>, Option<String>)> {
    let lines = lines.lock().unwrap();
    lines.iter().filter(|line| line.what == what).map(|line| (line.old.clone(), line.new.clone())).collect()
}

#[tokio::test]
async fn what_changes_at_the_till_changes_in_the_web_shop_and_that_is_all() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 2).await;
    preset(&bed, "the till is the record").await;
    assert_eq!(rules(&bed).await.preset.as_deref(), Some("The till is the record"));
    quiet(&world, &bed).await;
    assert!(edits(&bed).await.is_empty(), "both are the same");

    world.till.change("t0", |listing| {
        listing.title = Text::new("Mug");
        listing.description = Text::new("Holds tea");
        listing.brand = Text::some("Axis");
        listing.images = vec!["https://till.example/a/1.jpg".to_owned()];
        listing.variants[0].price = price(1200);
        listing.variants[0].barcode = Text::some("4006381333931");
    });
    title_is(&bed, &world.web, "w0", "Mug").await;
    quiet(&world, &bed).await;
    let there = world.web.listing("w0");
    assert_eq!((&*there.description, there.brand.as_deref()), ("Holds tea", Some("Axis")));
    assert_eq!((there.images.len(), there.variants[0].price), (1, price(1200)));
    assert_eq!(there.variants[0].barcode.as_deref(), Some("4006381333931"));
    assert_eq!(world.web.effects().iter().filter(|e| matches!(e, Effect::Edited { .. })).count(), 6, "once each");
    assert_eq!(world.web.calls(Call::Edit), 1, "and all in one call");
    assert!(!world.till.effects().iter().any(|effect| matches!(effect, Effect::Edited { .. })), "nothing came back");
    assert!(conflicts(&bed).await.is_empty());
    assert_eq!(world.web.quantity("w0"), Quantity::units(5));

    // And again, with what was agreed by the first.
    world.till.change("t0", |listing| listing.title = Text::new("Big mug"));
    title_is(&bed, &world.web, "w0", "Big mug").await;
    quiet(&world, &bed).await;
    assert_eq!(written(&world.web, Field::Title), ["Mug", "Big mug"]);
    assert_eq!(&*world.web.listing("w1").title, "Product SKU-1");
    bed.engine.stop().await;
}

#[tokio::test]
async fn only_what_the_rules_name_is_written() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    preset(&bed, "Prices follow the till").await;
    world.till.change("t0", |listing| {
        listing.title = Text::new("Mug");
        listing.variants[0].price = price(900);
        listing.variants[0].compare_at = price(1500);
    });
    bed.while_not("the price", || world.web.listing("w0").variants[0].price == price(900)).await;
    quiet(&world, &bed).await;
    let there = world.web.listing("w0");
    assert_eq!((&*there.title, there.variants[0].compare_at), ("Product SKU-0", None));
    bed.engine.stop().await;
}

#[tokio::test]
async fn the_web_shop_can_be_the_record() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    keep(&bed, &[(Field::Title, Direction::ToInStore)]).await;
    world.web.change("w0", |listing| listing.title = Text::new("Mug"));
    title_is(&bed, &world.till, "t0", "Mug").await;
    world.till.change("t0", |listing| listing.title = Text::new("Cup"));
    let row = conflict(&bed).await;
    assert_eq!((row.ours.as_str(), row.theirs.as_str()), ("Cup", "Mug"));
    assert!(row.sentence.contains("changed on Till") && row.sentence.contains("Editing is the record"), "{row:?}");
    bed.engine.stop().await;
}

#[tokio::test]
async fn an_edit_on_the_other_side_is_a_conflict_with_both_values_until_a_person_decides() {
    for decision in [Decision::Accept, Decision::Restore, Decision::Leave] {
        let mut world = World::alive(&EDITING);
        let lines = noting(&mut world);
        let bed = linked(&world, 1).await;
        keep(&bed, &[(Field::Title, Direction::ToOnline), (Field::Price, Direction::ToOnline)]).await;
        quiet(&world, &bed).await;
        world.web.change("w0", |listing| listing.title = Text::new("Mug, on the web"));
        let row = conflict(&bed).await;
        assert_eq!((row.ours.as_str(), row.theirs.as_str()), ("Mug, on the web", "Product SKU-0"));
        assert_eq!(row.decisions.len(), 3);
        let shown = bed.product("SKU-0").await;
        assert_eq!(shown.sync, SyncState::Conflict, "{shown:?}");
        assert_eq!(shown.trouble.as_deref(), Some("the title was changed on Editing, which is not its record"));
        quiet(&world, &bed).await;
        assert_eq!(&*world.web.listing("w0").title, "Mug, on the web", "never overwritten by itself");
        assert!(edits(&bed).await.is_empty());

        bed.ask(Request::Decide { conflict: row.conflict, decision }).await;
        no_conflict(&bed).await;
        quiet(&world, &bed).await;
        let (till, web) = (world.till.listing("t0").title, world.web.listing("w0").title);
        match decision {
            Decision::Accept => assert_eq!((&*till, &*web), ("Mug, on the web", "Mug, on the web")),
            Decision::Restore => assert_eq!((&*till, &*web), ("Product SKU-0", "Product SKU-0")),
            Decision::Leave => assert_eq!((&*till, &*web), ("Product SKU-0", "Mug, on the web")),
        }
        assert!(conflicts(&bed).await.is_empty());
        assert_ne!(bed.product("SKU-0").await.sync, SyncState::Conflict);
        let problem = bed.problem(Request::Decide { conflict: row.conflict, decision }).await;
        assert!(problem.message.contains("not there any more"), "{problem:?}");
        assert_eq!(noted(&lines, Happening::Settled).len(), 1);
        let told = (Some("Product SKU-0".to_owned()), Some("Mug, on the web".to_owned()));
        assert_eq!(noted(&lines, Happening::Conflict), [told], "once");

        // The next change at the till goes over, whatever was decided.
        world.till.change("t0", |listing| listing.title = Text::new("Cup"));
        title_is(&bed, &world.web, "w0", "Cup").await;
        bed.engine.stop().await;
    }
}

#[tokio::test]
async fn an_edit_on_both_sides_is_a_conflict_that_says_so() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    world.web.change("w0", |listing| listing.title = Text::new("Mug"));
    conflict(&bed).await;
    world.till.change("t0", |listing| listing.title = Text::new("Cup"));
    let row = bed
        .until("both", || async { conflicts(&bed).await.into_iter().find(|row| row.sentence.contains("too")) })
        .await;
    assert_eq!((row.ours.as_str(), row.theirs.as_str()), ("Mug", "Cup"));
    assert!(written(&world.web, Field::Title).is_empty());
    // They come together by themselves.
    world.web.change("w0", |listing| listing.title = Text::new("Cup"));
    no_conflict(&bed).await;
    bed.engine.stop().await;
}

#[tokio::test]
async fn a_rule_that_is_new_overwrites_nothing() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    world.web.change("w0", |listing| listing.title = Text::new("Mug, on the web"));
    quiet(&world, &bed).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    world.till.change("t0", |listing| listing.title = Text::new("Mug, at the till"));
    quiet(&world, &bed).await;
    assert!(edits(&bed).await.is_empty() && conflicts(&bed).await.is_empty());
    // A person makes them one; from then on it follows.
    world.web.change("w0", |listing| listing.title = Text::new("Mug, at the till"));
    quiet(&world, &bed).await;
    world.till.change("t0", |listing| listing.title = Text::new("Mug"));
    title_is(&bed, &world.web, "w0", "Mug").await;
    bed.engine.stop().await;
}

#[tokio::test]
async fn what_a_platform_makes_of_a_value_is_no_edit() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    world.web.inside().shouts = true;
    world.till.change("t0", |listing| listing.title = Text::new("Mug"));
    title_is(&bed, &world.web, "w0", "MUG").await;
    quiet(&world, &bed).await;
    assert!(conflicts(&bed).await.is_empty());
    assert_eq!(written(&world.web, Field::Title), ["Mug"], "and it is not written over and over");
    bed.engine.stop().await;
}

#[tokio::test]
async fn somebody_who_edits_in_the_last_moment_is_not_overwritten() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    world.web.fails(Call::Listings, &[Fault::SaleBefore]);
    world.till.change("t0", |listing| listing.title = Text::new("Mug"));
    let row = conflict(&bed).await;
    assert_eq!((row.ours.as_str(), row.theirs.as_str()), ("Somebody else's", "Mug"));
    quiet(&world, &bed).await;
    assert!(written(&world.web, Field::Title).is_empty());
    let job = edits(&bed).await.remove(0);
    assert_eq!(job.job.progress.skipped, 1);
    let steps = bed.steps(job.job.id, StepFilter::All).await;
    assert!(steps[0].message.as_ref().unwrap().contains("Somebody else's"), "{steps:?}");
    bed.engine.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_up() {
    for fault in [Fault::LostBefore, Fault::LostAfter, Fault::Offline, Fault::Throttled] {
        let world = World::alive(&EDITING);
        let bed = linked(&world, 1).await;
        keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
        quiet(&world, &bed).await;
        world.web.fails(Call::Edit, &[fault]);
        world.till.change("t0", |listing| listing.title = Text::new("Mug"));
        title_is(&bed, &world.web, "w0", "Mug").await;
        quiet(&world, &bed).await;
        assert_eq!(written(&world.web, Field::Title), ["Mug"], "{fault:?}: once");
        assert!(conflicts(&bed).await.is_empty(), "{fault:?}");
        let jobs = edits(&bed).await;
        assert!(jobs.iter().all(|row| row.job.progress.failed + row.job.progress.parked == 0), "{fault:?}: {jobs:?}");
        bed.engine.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_while_somebody_edits_waits_for_a_person() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    world.web.fails(Call::Edit, &[Fault::LostThenSale]);
    world.till.change("t0", |listing| listing.title = Text::new("Mug"));
    let row = conflict(&bed).await;
    assert_eq!(row.ours, "Somebody else's");
    quiet(&world, &bed).await;
    let job = edits(&bed).await.remove(0);
    assert_eq!(job.job.progress.parked, 1, "{job:?}");
    assert_eq!(&*world.web.listing("w0").title, "Somebody else's");
    bed.engine.stop().await;
}

#[tokio::test]
async fn what_is_refused_is_told_and_not_tried_for_ever() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline), (Field::Brand, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    world.web.inside().locked = vec![Field::Title];
    world.till.change("t0", |listing| {
        listing.title = Text::new("Mug");
        listing.brand = Text::some("Axis");
    });
    bed.while_not("the brand", || world.web.listing("w0").brand.is_some()).await;
    quiet(&world, &bed).await;
    let jobs = edits(&bed).await;
    assert_eq!((jobs.len(), jobs[0].job.progress.done, jobs[0].job.progress.failed), (1, 1, 1), "{jobs:?}");
    let steps = bed.steps(jobs[0].job.id, StepFilter::Troubled).await;
    assert_eq!(steps[0].message.as_deref(), Some("Editing refused: this field is locked"));
    world.web.inside().locked.clear();
    bed.order(jobs[0].job.id, JobOrder::RetryFailed).await;
    title_is(&bed, &world.web, "w0", "Mug").await;
    bed.engine.stop().await;
}

#[tokio::test]
async fn activation_follows_the_record_only() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    keep(&bed, &[(Field::Active, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    world.till.change("t0", |listing| listing.status = Status::Archived);
    bed.while_not("the deactivation", || world.web.listing("w0").status != Status::Active).await;
    world.till.change("t0", |listing| listing.status = Status::Active);
    bed.while_not("the activation", || world.web.listing("w0").status == Status::Active).await;
    quiet(&world, &bed).await;
    world.web.change("w0", |listing| listing.status = Status::Draft);
    let row = conflict(&bed).await;
    assert_eq!((row.ours.as_str(), row.theirs.as_str()), ("draft", "active"));
    assert_eq!(world.till.listing("t0").status, Status::Active);
    bed.engine.stop().await;
}

pub fn shirt(shop: &FakeShop, id: &str, colours: &[&str]) {
    shop.put(id, "unused", 5);
    shop.change(id, |listing| {
        listing.title = Text::new("Shirt");
        listing.structure = Structure::Variable { options: vec![Text::new("Colour")] };
        listing.variants.clear();
    });
    colours.iter().for_each(|colour| add(shop, id, colour, 5));
}

fn add(shop: &FakeShop, id: &str, colour: &str, quantity: i64) {
    let option = OptionValue { option: Text::new("Colour"), value: Text::new(colour) };
    shop.change(id, |listing| {
        let number = listing.variants.len() + 1;
        listing.variants.push(Variant {
            remote: remote(&format!("{id}.{number}")),
            inventory: None,
            options: vec![option],
            sku: Text::some(&format!("SHIRT-{colour}")),
            barcode: None,
            price: price(1000),
            compare_at: None,
            weight: None,
            dimensions: None,
            stock: Stock::Tracked([(location(), Quantity::units(quantity))].into()),
        });
    });
}

#[tokio::test]
async fn a_variant_that_the_till_gets_is_added_with_its_count_and_one_of_the_web_shop_stays_there() {
    for fault in [None, Some(Fault::LostBefore), Some(Fault::LostAfter)] {
        let world = World::alive(&EDITING);
        shirt(&world.till, "t0", &["Red"]);
        shirt(&world.web, "w0", &["Red"]);
        let bed = world.connected().await;
        bed.link(Side::InStore).await;
        preset(&bed, "Lightspeed POS + E-Series").await;
        quiet(&world, &bed).await;

        world.web.fails(Call::Add, fault.as_slice());
        add(&world.till, "t0", "Blue", 7);
        bed.while_not("the blue one's count", || {
            let there = world.web.listing("w0");
            there.variants.get(1).and_then(|blue| blue.stock.at(&location())) == Some(Quantity::units(7))
        })
        .await;
        bed.until("the link", || async {
            let row = bed.product("SHIRT-Red").await;
            ((row.link, row.variants, row.online) == (LinkMark::Linked, 2, counted(12))).then_some(())
        })
        .await;

        add(&world.web, "w0", "Green", 3);
        quiet(&world, &bed).await;
        assert_eq!(world.till.listing("t0").variants.len(), 2, "not added to the record");
        let added = world.web.effects().into_iter().filter(|effect| matches!(effect, Effect::Added { .. })).count();
        assert_eq!((added, world.web.listing("w0").variants.len()), (1, 3), "{fault:?}");
        assert!(conflicts(&bed).await.is_empty());

        // A sale of the new one counts on both sides.
        world.till.change("t0", |listing| {
            listing.variants[1].stock = Stock::Tracked([(location(), Quantity::units(6))].into());
        });
        bed.while_not("the sale", || {
            world.web.listing("w0").variants[1].stock.at(&location()) == Some(Quantity::units(6))
        })
        .await;
        bed.engine.stop().await;
    }
}

#[tokio::test]
async fn what_is_deleted_at_the_till_is_deleted_in_the_web_shop_and_not_the_other_way_round() {
    for web in [&EDITING, &BINNING] {
        for fault in [None, Some(Fault::LostBefore), Some(Fault::LostAfter)] {
            let world = World::alive(web);
            let bed = linked(&world, 2).await;
            preset(&bed, "the till is the record").await;
            quiet(&world, &bed).await;
            world.web.fails(Call::Delete, fault.as_slice());
            world.till.delete("t0");
            let gone = || world.web.inside().listings.get("w0").is_none_or(|l| l.status == Status::Archived);
            bed.while_not("the deletion", gone).await;
            world.web.delete("w1");
            quiet(&world, &bed).await;
            assert!(world.till.inside().listings.contains_key("t1"), "not deleted on the record");
            let deleted = world.till.effects().into_iter().filter(|e| matches!(e, Effect::Deleted { .. })).count();
            assert_eq!(deleted, 0);
            let presence = bed.product("SKU-0").await.presence;
            let expected = if web.id == "editing" { Presence::Neither } else { Presence::Online };
            assert!(presence == expected || presence == Presence::Neither, "{}: {presence:?}", web.id);
            bed.engine.stop().await;
        }
    }
}

#[tokio::test]
async fn without_the_rule_a_deletion_stays_where_it_was_made() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    preset(&bed, "Prices follow the till").await;
    world.till.delete("t0");
    quiet(&world, &bed).await;
    assert!(world.web.inside().listings.contains_key("w0"));
    bed.engine.stop().await;
}

#[tokio::test]
async fn a_change_of_too_much_asks_first() {
    let world = World::alive(&EDITING);
    world.till.inside().page = 100;
    let bed = linked(&world, 30).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    bed.until("pause of all looks", || async { Some(()) }).await;
    {
        // All at once, as an import into the till does it.
        let mut inside = world.till.inside();
        inside.listings.values_mut().for_each(|listing| listing.title = Text::new(&format!("{} new", listing.title)));
    }
    bed.import(true).await;
    let asking = bed
        .until("the question", || async { edits(&bed).await.into_iter().find(|row| row.job.state == JobState::Paused) })
        .await;
    let note = asking.job.note.clone().unwrap();
    assert!(note.contains("changes 30 of 30 products on Editing"), "{note}");
    quiet(&world, &bed).await;
    assert!(written(&world.web, Field::Title).is_empty());
    bed.order(asking.job.id, JobOrder::Resume).await;
    bed.ended(asking.job.id).await;
    assert_eq!(written(&world.web, Field::Title).len(), 30);
    quiet(&world, &bed).await;
    assert!(conflicts(&bed).await.is_empty());
    bed.engine.stop().await;
}

#[tokio::test]
async fn what_was_cancelled_is_not_asked_again() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 25).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    {
        let mut inside = world.till.inside();
        inside.listings.values_mut().for_each(|listing| listing.title = Text::new(&format!("{} new", listing.title)));
    }
    bed.import(true).await;
    let asking = bed
        .until("the question", || async { edits(&bed).await.into_iter().find(|r| r.job.state == JobState::Paused) })
        .await;
    bed.order(asking.job.id, JobOrder::Cancel).await;
    bed.import(true).await;
    quiet(&world, &bed).await;
    assert_eq!(edits(&bed).await.len(), 1);
    assert!(written(&world.web, Field::Title).is_empty());
    // What changes after that is a new matter.
    world.till.change("t3", |listing| listing.title = Text::new("Mug"));
    title_is(&bed, &world.web, "w3", "Mug").await;
    bed.engine.stop().await;
}

#[tokio::test]
async fn what_was_agreed_outlives_the_engine() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 2).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    bed.engine.stop().await;
    world.web.change("w0", |listing| listing.title = Text::new("Edited meanwhile"));
    world.till.change("t1", |listing| listing.title = Text::new("Mug"));
    let bed = world.engine().await;
    title_is(&bed, &world.web, "w1", "Mug").await;
    let row = conflict(&bed).await;
    assert_eq!((row.ours.as_str(), row.theirs.as_str()), ("Edited meanwhile", "Product SKU-0"));
    bed.engine.stop().await;
}

async fn plan_mend(bed: &Bed, mends: Vec<Mend>) -> PlanSummary {
    match bed.ask(Request::PlanMend { mends }).await {
        Reply::Planned(summary) => summary,
        other => panic!("{other:?}"),
    }
}

async fn listing_of(bed: &Bed, sku: &str, side: Side) -> ListingId {
    let product = bed.product(sku).await.product;
    let Reply::Product(detail) = bed.ask(Request::Product { product }).await else { panic!() };
    detail.listings.iter().find(|listing| listing.side == side).unwrap().listing
}

#[tokio::test]
async fn a_person_mends_fields_through_a_plan() {
    let mut world = World::alive(&EDITING);
    let lines = noting(&mut world);
    let bed = linked(&world, 2).await;
    keep(&bed, &[(Field::Title, Direction::ToOnline)]).await;
    quiet(&world, &bed).await;
    let web = listing_of(&bed, "SKU-0", Side::Online).await;
    let till = listing_of(&bed, "SKU-1", Side::InStore).await;
    let mend = |listing, field, to| Mend { listing, variant: None, field, to };
    let plan = plan_mend(
        &bed,
        vec![
            mend(web, Field::Title, FieldValue::Text(Text::new("Mine"))),
            mend(web, Field::Price, FieldValue::Money(price(700))),
            mend(web, Field::Price, FieldValue::Maybe(None)),
            mend(web, Field::Title, FieldValue::Text(Text::new(""))),
            mend(web, Field::Active, FieldValue::Status(Status::Active)),
            mend(till, Field::Title, FieldValue::Text(Text::new("Mug"))),
        ],
    )
    .await;
    assert_eq!((plan.kind.clone(), plan.steps, plan.items, plan.refused), (JobKind::Edit, 3, 2, 2), "{plan:?}");
    let Reply::PlanSteps { rows, .. } = bed.ask(Request::PlanSteps { plan: plan.plan, window: ALL }).await else {
        panic!()
    };
    assert_eq!((rows[0].old.as_deref(), rows[0].new.as_deref()), (Some("Product SKU-0"), Some("Mine")));
    let job = bed.apply(plan).await;
    let row = bed.ended(job).await;
    assert_eq!((row.job.progress.done, row.job.progress.failed), (3, 0));
    assert_eq!(world.web.listing("w0").variants[0].price, price(700));
    title_is(&bed, &world.web, "w1", "Mug").await;
    quiet(&world, &bed).await;
    assert_eq!(&*world.web.listing("w0").title, "Mine", "a person wanted it so");
    assert!(conflicts(&bed).await.is_empty());
    let noted = noted(&lines, Happening::Field(Field::Title));
    assert!(noted.contains(&(Some("Product SKU-0".into()), Some("Mine".into()))), "{noted:?}");
    bed.engine.stop().await;
}

#[tokio::test]
async fn rules_that_a_platform_cannot_follow_are_refused() {
    let world = World::alive(&BINNING);
    let bed = linked(&world, 1).await;
    let row = rules(&bed).await;
    assert!(row.not_to_online.contains(&Field::Images) && row.not_to_online.contains(&Field::Options));
    assert!(row.not_to_in_store.is_empty(), "{row:?}");
    assert_eq!(row.preset.as_deref(), Some("Quantities only"));
    let wanted = FieldRules { fields: [(Field::Images, Direction::ToOnline)].into(), ..row.rules.clone() };
    let problem = bed.problem(Request::KeepRules { rules: wanted }).await;
    assert_eq!(problem.message, "the images cannot be written to Binning");
    let nobody = FieldRules::standard(ConnectionId(77), row.rules.online);
    assert!(bed.problem(Request::KeepRules { rules: nobody }).await.message.contains("is no till"));
    preset(&bed, "the till is the record").await;
    let row = rules(&bed).await;
    assert_eq!(row.preset.as_deref(), Some("The till is the record"), "as far as it can");
    assert_eq!(row.rules.fields.len(), 2);
    let FieldRules { in_store, online, .. } = row.rules;
    let problem = bed.problem(Request::ApplyPreset { in_store, online, preset: "nonsense".into() }).await;
    assert!(problem.hint.unwrap().contains("Lightspeed POS + E-Series"));
    bed.engine.stop().await;
}

async fn auto_push(bed: &Bed, how: AutoPush) {
    let Reply::Settings { rows } = bed.ask(Request::Settings).await else { panic!() };
    let mut row = rows.into_iter().find(|row| row.side == Side::Online).unwrap();
    row.settings.auto_push = how;
    let draft = SettingsDraft { connection: row.connection, settings: row.settings, locations: None };
    bed.ask(Request::KeepSettings { draft }).await;
}

fn made(shop: &FakeShop) -> Vec<String> {
    let made = shop.effects().into_iter();
    made.filter_map(|effect| if let Effect::Created { title } = effect { Some(title) } else { None }).collect()
}

#[tokio::test]
async fn new_products_are_copied_by_themselves_where_that_is_wanted() {
    let mut world = World::alive(&EDITING);
    let lines = noting(&mut world);
    world.till.put("t1", "OLD", 3);
    let bed = world.connected().await;
    auto_push(&bed, AutoPush::Published).await;
    quiet(&world, &bed).await;
    assert!(made(&world.web).is_empty(), "what was there before the first import is not new");

    world.web.put("w9", "SAME", 1);
    quiet(&world, &bed).await;
    world.till.put("t2", "SAME", 4);
    world.till.put("t3", "NEW", 6);
    world.till.put("t4", "FREE", 6);
    world.till.change("t4", |listing| listing.variants[0].price = None);
    let row = bed
        .until("the copy", || async {
            let rows = bed.products(ProductsView::default()).await;
            rows.into_iter().find(|row| row.sku.as_deref() == Some("NEW") && row.presence == Presence::Both)
        })
        .await;
    assert_eq!(row.link, LinkMark::Linked);
    quiet(&world, &bed).await;
    assert_eq!(made(&world.web), ["Product NEW"], "not what is there already, not what it refuses");
    assert_eq!(world.web.inside().listings.len(), 2);
    let told = noted(&lines, Happening::Conflict);
    assert!(
        told.iter().any(|(_, new)| new.as_ref().is_some_and(|new| new.contains("not copied by itself"))),
        "{told:?}"
    );
    // Nothing comes back: the copy is linked.
    quiet(&world, &bed).await;
    assert_eq!(made(&world.till), Vec::<String>::new());
    bed.engine.stop().await;
}

#[tokio::test]
async fn a_flood_of_new_products_asks_first() {
    let world = World::alive(&EDITING);
    let bed = linked(&world, 1).await;
    auto_push(&bed, AutoPush::Draft).await;
    {
        let page = 100;
        world.till.inside().page = page;
    }
    for number in 0..25 {
        world.till.put(&format!("n{number}"), &format!("NEW-{number}"), 1);
    }
    let asking = bed
        .until("the question", || async {
            let jobs = bed.jobs().await;
            jobs.into_iter().find(|row| row.job.kind == JobKind::Push && row.job.state == JobState::Paused)
        })
        .await;
    assert!(asking.job.note.unwrap().contains("products on Editing"));
    assert!(made(&world.web).len() < 25);
    bed.engine.stop().await;
}
