//! A day of one pair.

use counterpart::connectors::Platform;
use counterpart::domain::{Quantity, Side};

use super::bench::Bench;
use super::catalogue::{CANDLE, LAMP, MUG, SCARF, SHIRT};

pub fn run(till: &'static Platform, store: &'static Platform) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(day(till, store));
}

fn units(units: i64) -> Option<Quantity> {
    Some(Quantity::units(units))
}

async fn day(till: &'static Platform, store: &'static Platform) {
    let bench = Bench::open(till, store).await;
    bench.connect(&bench.till).await;
    bench.connect(&bench.store).await;
    let linked = bench.link().await;
    assert_eq!(linked.items, 1, "the mug is the same on both sides: {linked:?}");
    bench.push(&[LAMP, SHIRT], Side::Online).await;
    bench.push(&[CANDLE, SCARF], Side::InStore).await;
    for shop in [&bench.till, &bench.store] {
        let name = shop.platform.profile.name;
        let mut all = [MUG, LAMP, SHIRT, CANDLE, SCARF].map(str::to_owned);
        all.sort();
        assert_eq!(shop.titles(), all, "{name}");
        assert_eq!(shop.skus(SHIRT), ["SHIRT-M-BLUE", "SHIRT-M-RED", "SHIRT-S-BLUE", "SHIRT-S-RED"], "{name}");
        assert_eq!(shop.skus(SCARF), ["SCARF-GREEN", "SCARF-GREY"], "{name}");
    }
    let both_have = |wanted: &[(&str, i64)]| {
        wanted
            .iter()
            .all(|(sku, count)| [&bench.till, &bench.store].iter().all(|shop| shop.level(sku) == units(*count)))
    };
    let copied = [("MUG", 7), ("LAMP", 4), ("SHIRT-S-RED", 3), ("SHIRT-M-RED", 2), ("CANDLE", 9), ("SCARF-GREY", 1)];
    bench.while_not("the copies' counts", || both_have(&copied)).await;

    bench.till.sells("MUG", 2);
    bench.till.sells("SHIRT-M-RED", 1);
    bench.till.sells("CANDLE", 3);
    bench
        .while_not("sales at the till, in the store", || both_have(&[("MUG", 5), ("SHIRT-M-RED", 1), ("CANDLE", 6)]))
        .await;

    let order = bench.store.is_ordered(&[("MUG", 1), ("LAMP", 1), ("SCARF-GREEN", 2)]);
    let after = [("MUG", 4), ("LAMP", 3), ("SCARF-GREEN", 6), ("SHIRT-M-RED", 1), ("CANDLE", 6)];
    bench.while_not("an order of the store, at the till", || both_have(&after)).await;

    // What was ordered has left the count already; that it is shipped moves nothing.
    bench.store.ships(order);
    bench.settled().await;
    assert!(both_have(&after), "nothing moves any more");
    assert_eq!(bench.conflicts().await, 0);
    bench.close().await;
}
