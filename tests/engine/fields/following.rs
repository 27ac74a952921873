//! What changes on the side of record changes on the other; what changes there is a conflict.

use super::*;

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
