//! A look and a write of ours at the same time: what the page shows of somebody else's doing is not lost, whichever of
//! the two was asked for first, and answered first.

use counterpart::domain::{Quantity, Side};
use counterpart::protocol::{Request, ShownQuantity};

use super::bed::{Bed, World};
use super::fake::Call;
use super::platforms::DELTA;

/// Ten apples at the till and in a web shop, linked; the engine looks by itself.
async fn apples(web: &'static counterpart::domain::Profile) -> (World, Bed) {
    let world = World::alive(web);
    world.till.put("apple", "APPLE", 10);
    world.web.put("apple", "APPLE", 10);
    let bed = world.connected().await;
    bed.link(Side::InStore).await;
    (world, bed)
}

async fn come_to(world: &World, bed: &Bed, count: i64) {
    let count = Quantity::units(count);
    bed.until(&format!("{count} in both shops"), || async {
        [&world.till, &world.web].iter().all(|shop| shop.quantity("apple") == count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_sale_on_a_page_that_was_asked_for_before_our_write_ended_is_not_lost() {
    for full in [false, true] {
        let (world, bed) = apples(&DELTA).await;
        let gate = world.web.holds(Call::Changes);
        // The page is asked for, and not answered.
        if full {
            bed.ask(Request::Import { connection: None, full: true }).await;
        } else {
            bed.ask(Request::SyncNow { connection: None }).await;
        }
        world.till.moves("apple", -1);
        bed.ask(Request::SyncNow { connection: None }).await;
        bed.until("the write to have ended", || async {
            let shown = bed.product("APPLE").await.online;
            (shown == Some(ShownQuantity::Counted(Quantity::units(9)))).then_some(())
        })
        .await;
        world.web.moves("apple", -2);
        gate.open();
        come_to(&world, &bed, 7).await;
    }
}

#[tokio::test]
async fn a_sale_that_is_seen_before_our_write_is_answered_is_not_lost() {
    let (world, bed) = apples(&DELTA).await;
    let gate = world.web.holds(Call::Write);
    world.till.moves("apple", -1);
    bed.ask(Request::SyncNow { connection: None }).await;
    bed.while_not("the write", || world.web.quantity("apple") == Quantity::units(9)).await;
    world.web.moves("apple", -2);
    bed.ask(Request::SyncNow { connection: None }).await;
    bed.until("the sale to be seen", || async {
        let shown = bed.product("APPLE").await.online;
        (shown == Some(ShownQuantity::Counted(Quantity::units(7)))).then_some(())
    })
    .await;
    gate.open();
    bed.ask(Request::SyncNow { connection: None }).await;
    come_to(&world, &bed, 7).await;
}
