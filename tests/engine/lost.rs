//! Writes without an answer while customers buy: what became of them is told by the orders, or by a person.

use counterpart::domain::{Profile, Quantity, Side, SyncState};
use counterpart::protocol::Request;

use super::bed::{Bed, World};
use super::fake::{Call, Fault};
use super::platforms::{COUNTED, REPAIRED};

/// Ten apples at the till and in a web shop, linked; the engine looks by itself.
async fn apples(web: &'static Profile) -> (World, Bed) {
    let world = World::alive(web);
    world.till.put("apple", "APPLE", 10);
    world.web.put("apple", "APPLE", 10);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    bed.ask(Request::SyncNow { connection: None }).await;
    (world, bed)
}

/// Waits until both shops show so many.
async fn comes_to(world: &World, bed: &Bed, count: i64) {
    let count = Quantity::units(count);
    bed.until(&format!("{count} in both shops"), || async {
        let agree = [&world.till, &world.web].iter().all(|shop| shop.quantity("apple") == count);
        (agree && bed.product("APPLE").await.sync != SyncState::Failing).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_order_of_the_very_size_does_not_pass_for_the_write_or_for_its_absence() {
    for by in [1, -1] {
        for done in [true, false] {
            let (world, bed) = apples(&REPAIRED).await;
            world.web.fails(Call::Write, &[Fault::LostThenOrder { done }]);
            world.till.moves("apple", by);
            // One more or less at the till, and one sold in the web shop, whose count then shows what was there before
            // (done, one more) or what was to be written (not done, one less).
            comes_to(&world, &bed, 10 + by - 1).await;
            bed.ask(Request::SyncNow { connection: None }).await;
            comes_to(&world, &bed, 10 + by - 1).await;
            assert_eq!(bed.product("APPLE").await.trouble, None, "{by} {done}");
        }
    }
}

#[tokio::test]
async fn a_sale_without_an_order_after_a_lost_answer_is_a_persons_to_decide() {
    let (world, bed) = apples(&REPAIRED).await;
    world.web.fails(Call::Write, &[Fault::LostThenSale]);
    world.till.moves("apple", 4);
    let trouble = bed
        .until("the trouble", || async {
            let row = bed.product("APPLE").await;
            row.trouble.filter(|_| row.sync == SyncState::Failing)
        })
        .await;
    assert!(
        trouble
            .contains("gave no answer to 10 → 14, and now shows 13; orders took 0 meanwhile, so it would be 14 with"),
        "{trouble}"
    );
    assert_eq!(world.web.quantity("apple"), Quantity::units(13), "nothing is written on a guess");
}

/// A batch of keyed writes is lost, and cannot be made again since one of its products was deleted. What became of the
/// others is told by the orders, of which one is just as large as the write.
#[tokio::test]
async fn an_order_does_not_pass_for_a_keyed_write_that_cannot_be_made_again() {
    let world = World::alive(&COUNTED);
    for (id, sku) in [("apple", "APPLE"), ("pear", "PEAR")] {
        world.till.put(id, sku, 10);
        world.web.put(id, sku, 10);
    }
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    bed.ask(Request::SyncNow { connection: None }).await;
    world.web.fails(Call::Write, &[Fault::LostThenOrderLikeIt]);
    world.till.moves("apple", -3);
    world.till.moves("pear", -1);
    bed.ask(Request::SyncNow { connection: None }).await;
    comes_to(&world, &bed, 4).await;
    bed.ask(Request::SyncNow { connection: None }).await;
    comes_to(&world, &bed, 4).await;
}

/// A copy's first count does not arrive; as many are ordered before anybody counts it, and then somebody begins to, with
/// nothing. That is not what a write and a sale leave: nothing is missing at the till.
#[tokio::test]
async fn a_count_that_somebody_began_does_not_pass_for_a_copys_first_one() {
    let world = World::alive(&REPAIRED);
    world.till.put("apple", "APPLE", 10);
    let bed = world.connected().await;
    bed.ask(Request::SyncNow { connection: None }).await;
    world.web.fails(Call::Write, &[Fault::LostThenOrderThenCounted]);
    let plan = bed.plan_push(&["APPLE"], Side::Online).await;
    let job = bed.apply(plan).await;
    let row = bed.ended(job).await;
    assert_eq!((row.job.progress.done, row.job.progress.parked), (1, 1), "{:?}", row.job);
    bed.ask(Request::SyncNow { connection: None }).await;
    assert_eq!(world.till.quantity("apple"), Quantity::units(10));
}
