//! A change of too much asks first, and what was said is remembered.

use super::*;

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
