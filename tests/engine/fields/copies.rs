//! New products that are copied by themselves.

use super::*;

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
