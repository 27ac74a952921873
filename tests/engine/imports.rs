//! Reading shops: pages, what changed, what was deleted, what stops it and how it goes on.

use counterpart::domain::{ConnectionState, JobState, Presence, Quantity, Stock};
use counterpart::protocol::{JobOrder, ProductsView, Reply, Request};

use super::bed::{ALL, World, counted, draft};
use super::fake::{Call, Fault};
use super::platforms::{DELTA, KEYED, STOCKING};

#[tokio::test]
async fn a_catalogue_is_read_page_by_page_and_then_only_what_changed() {
    let world = World::with(&KEYED);
    for n in 0..10 {
        world.till.put(&format!("t{n:02}"), &format!("SKU-{n:02}"), n);
    }
    let bed = world.connected().await;
    assert_eq!(bed.products(ProductsView::default()).await.len(), 10);
    assert_eq!(world.till.calls(Call::Changes), 3, "ten listings at four a page");
    assert_eq!(bed.product("SKU-07").await.in_store, counted(7));

    world.till.moves("t07", -3);
    world.till.put("t10", "SKU-10", 5);
    world.till.delete("t00");
    bed.import(false).await;
    assert_eq!(world.till.calls(Call::Changes), 4, "one page of changes");
    assert_eq!(bed.product("SKU-07").await.in_store, counted(4));
    assert_eq!(bed.product("SKU-10").await.in_store, counted(5));
    assert_eq!(bed.product("SKU-00").await.presence, Presence::Neither);

    // The same again is no news: the catalogue does not change.
    let revision = bed.status().await.revision;
    bed.import(false).await;
    assert_eq!(bed.status().await.revision, revision);
}

#[tokio::test]
async fn what_was_read_is_there_after_a_restart() {
    let world = World::with(&KEYED);
    world.till.put("t1", "SKU-1", 12);
    let bed = world.connected().await;
    bed.engine.stop().await;
    let bed = world.engine().await;
    assert_eq!(bed.product("SKU-1").await.in_store, counted(12));
    let status = bed.status().await;
    assert_eq!(status.connections.len(), 2);
    assert!(status.connections.iter().all(|row| row.read_at.is_some() && row.state == ConnectionState::Unknown));
    world.till.moves("t1", -1);
    bed.import(false).await;
    assert_eq!(bed.product("SKU-1").await.in_store, counted(11));
}

#[tokio::test]
async fn a_platform_that_is_away_is_waited_for() {
    let world = World::with(&KEYED);
    world.till.put("t1", "SKU-1", 12);
    let bed = world.engine().await;
    world.till.fails(Call::Changes, &[Fault::Offline; 5]);
    world.till.fails(Call::Changes, &[Fault::Throttled]);
    let job = bed.connect("till").await;
    let row = bed.ended(job).await;
    assert_eq!(row.job.state, JobState::Done);
    assert_eq!(world.till.calls(Call::Changes), 7);
    assert_eq!(bed.status().await.connections[0].state, ConnectionState::Online);
    // 2 + 4 + 8 + 16 + 32 seconds of pauses, and 3 that the platform asked for.
    let waited = world.clock.as_ref();
    let began = row.job.created_at;
    assert!(counterpart::platform::Clock::now(waited).seconds_since(began) >= 65);
}

#[tokio::test]
async fn a_refused_key_pauses_until_the_shop_is_connected_again() {
    let world = World::with(&KEYED);
    world.till.put("t1", "SKU-1", 12);
    let bed = world.engine().await;
    world.till.fails(Call::Changes, &[Fault::Unauthorised]);
    let job = bed.connect("till").await;
    let row = bed.in_state(job, JobState::Paused).await;
    let note = row.job.note.unwrap();
    assert!(note.contains("refused the key") && note.contains("counterpart connect"), "{note}");
    assert!(matches!(bed.status().await.connections[0].state, ConnectionState::NeedsLogin { .. }));

    let again = bed.connect("till").await;
    assert_eq!(again, job, "the import that waits is the import");
    bed.ended(job).await;
    assert_eq!(bed.status().await.connections.len(), 1, "the same connection with a new key");
    assert_eq!(bed.product("SKU-1").await.in_store, counted(12));
}

#[tokio::test]
async fn an_import_goes_on_from_its_last_page_after_a_restart() {
    let world = World::with(&KEYED);
    for n in 0..10 {
        world.till.put(&format!("t{n:02}"), &format!("SKU-{n:02}"), n);
    }
    let bed = world.engine().await;
    world.till.fails(Call::Changes, &[Fault::SaleBefore, Fault::Unauthorised]);
    let job = bed.connect("till").await;
    bed.in_state(job, JobState::Paused).await;
    assert_eq!(bed.products(ProductsView::default()).await.len(), 4, "the first page is kept");
    bed.engine.stop().await;

    let bed = world.engine().await;
    assert_eq!(bed.job(job).await.job.state, JobState::Paused, "what is paused stays paused");
    bed.order(job, JobOrder::Resume).await;
    let row = bed.ended(job).await;
    assert_eq!(row.job.progress.done, 10);
    assert_eq!(bed.products(ProductsView::default()).await.len(), 10);
    assert_eq!(world.till.calls(Call::Changes), 4, "no page was read twice: one, refused, two more");
}

#[tokio::test]
async fn a_cancelled_import_keeps_what_it_has() {
    let world = World::with(&KEYED);
    for n in 0..10 {
        world.till.put(&format!("t{n:02}"), &format!("SKU-{n:02}"), n);
    }
    let bed = world.engine().await;
    world.till.fails(Call::Changes, &[Fault::SaleBefore, Fault::Unauthorised]);
    let job = bed.connect("till").await;
    bed.in_state(job, JobState::Paused).await;
    bed.order(job, JobOrder::Cancel).await;
    assert_eq!(bed.job(job).await.job.state, JobState::Cancelled);
    assert_eq!(bed.products(ProductsView::default()).await.len(), 4);
    bed.import(true).await;
    assert_eq!(bed.products(ProductsView::default()).await.len(), 10);
}

#[tokio::test]
async fn a_sweep_finds_what_was_deleted_but_asks_before_it_empties_a_shop() {
    let world = World::with(&KEYED);
    for n in 0..60 {
        world.till.put(&format!("t{n:02}"), &format!("SKU-{n:02}"), n);
    }
    world.till.inside().page = 50;
    let bed = world.connected().await;

    world.till.inside().listings.remove("t01");
    bed.import(true).await;
    assert_eq!(bed.product("SKU-01").await.presence, Presence::Neither);
    assert_eq!(bed.product("SKU-02").await.presence, Presence::InStore);

    world.till.inside().listings.clear();
    let Reply::Started { jobs } = bed.ask(Request::Import { connection: None, full: true }).await else { panic!() };
    let row = bed.in_state(jobs[0], JobState::Paused).await;
    let note = row.job.note.unwrap();
    assert!(note.starts_with("59 of 59 products are not in the shop any more"), "{note}");
    assert_eq!(bed.product("SKU-02").await.presence, Presence::InStore, "nothing happened yet");
    bed.order(jobs[0], JobOrder::Resume).await;
    bed.ended(jobs[0]).await;
    assert_eq!(bed.product("SKU-02").await.presence, Presence::Neither);
}

#[tokio::test]
async fn one_unreadable_item_does_not_stop_the_others() {
    let world = World::with(&KEYED);
    for n in 0..5 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), n);
    }
    world.till.inside().unreadable = vec!["t2".into()];
    let bed = world.engine().await;
    let job = bed.connect("till").await;
    let row = bed.ended(job).await;
    assert_eq!((row.job.progress.done, row.job.progress.failed), (4, 1));
    assert_eq!(row.job.note.unwrap(), "1 product could not be read: t2: the price \"x\" is no amount");
}

#[tokio::test]
async fn counts_come_from_the_stock_feed_too() {
    let world = World::with(&STOCKING);
    world.web.put("w1", "SKU-1", 5);
    let bed = world.connected().await;
    assert_eq!(bed.product("SKU-1").await.online, counted(5));
    world.web.moves("w1", -2);
    bed.import(false).await;
    assert_eq!(bed.product("SKU-1").await.online, counted(3));
}

#[tokio::test]
async fn an_unknown_count_is_not_zero() {
    let world = World::with(&DELTA);
    world.web.put_with("w1", "SKU-1", Stock::Unknown);
    world.web.put_with("w2", "SKU-2", Stock::Untracked);
    world.web.put("w3", "SKU-3", 0);
    let bed = world.connected().await;
    let view = ProductsView { hide_sold_out: true, ..ProductsView::default() };
    let shown: Vec<_> = bed.products(view).await.into_iter().filter_map(|row| row.sku).collect();
    assert_eq!(shown.iter().map(|sku| sku.as_str()).collect::<Vec<_>>(), ["SKU-1", "SKU-2"]);
    assert_eq!(bed.product("SKU-3").await.online, counted(0));
}

#[tokio::test]
async fn a_shop_is_named_once_and_tested_before_it_is_kept() {
    let world = World::with(&KEYED);
    let bed = world.engine().await;
    world.till.fails(Call::Test, &[Fault::Unauthorised]);
    let problem = bed.problem(Request::Connect { draft: draft("till") }).await;
    assert!(problem.message.contains("refused the key"), "{problem:?}");
    assert!(bed.status().await.connections.is_empty());

    let mut nowhere = draft("till");
    nowhere.locations = vec!["Attic".into()];
    let problem = bed.problem(Request::Connect { draft: nowhere }).await;
    assert!(problem.message.contains("Attic") && problem.hint.unwrap().contains("Back room"));

    let mut back = draft("till");
    back.locations = vec!["back ROOM".into()];
    bed.ask(Request::Connect { draft: back }).await;
    assert_eq!(bed.status().await.connections[0].locations[0].id.0.as_str(), "back");

    let mut other = draft("keyed");
    other.name = "TILL".into();
    let problem = bed.problem(Request::Connect { draft: other }).await;
    assert!(problem.message.contains("named"), "{problem:?}");
    let mut without = draft("keyed");
    without.credentials.clear();
    assert!(bed.problem(Request::TestConnection { draft: without }).await.message.contains("token"));
}

#[tokio::test]
async fn a_disconnected_shop_is_forgotten_with_its_links() {
    let world = World::with(&KEYED);
    world.till.put("t1", "SKU-1", 5);
    world.web.put("w1", "SKU-1", 5);
    let bed = world.connected().await;
    bed.link(counterpart::domain::Side::InStore).await;
    assert_eq!(bed.product("SKU-1").await.presence, Presence::Both);
    let web = bed.status().await.connections[1].id;
    bed.ask(Request::Disconnect { connection: web }).await;
    let row = bed.product("SKU-1").await;
    assert_eq!((row.presence, row.online), (Presence::InStore, None));
    bed.engine.stop().await;
    let bed = world.engine().await;
    assert_eq!(bed.status().await.connections.len(), 1);
    assert_eq!(bed.product("SKU-1").await.presence, Presence::InStore);
    assert!(matches!(bed.ask(Request::Jobs { window: ALL }).await, Reply::Jobs { total: 3, .. }));
    assert_eq!(world.web.quantity("w1"), Quantity::units(5), "nothing was written there");
}
