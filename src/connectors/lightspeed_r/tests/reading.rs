//! Lists, matrices, archived items, the feed of counts, and what a run costs.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_or_many_is_the_same_to_us() {
    // One item in one shop, one matrix of one item: nothing that is a list is one.
    let bench = Bench::open(vec![mug("Mug", 7), tee(&[["Red", "S"]])]).await;
    let listings = bench.listings().await;
    assert_eq!(listings.len(), 2);
    let tee = bench.named("Tee").await;
    assert_eq!(tee.variants.len(), 1);
    assert_eq!(tee.variants[0].option_label(), "Red / S");
    assert_eq!(bench.named("Mug").await.variants[0].stock.total(|_| true), Some(Quantity::units(7)));
    assert_eq!(Bench::open(Vec::new()).await.listings().await.len(), 0, "a list of none has no key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_per_shop_and_their_sum_is_none() {
    let mut product = mug("Mug", 7);
    product.variants[0].levels.insert(2, Quantity::units(3));
    let bench = Bench::open(vec![product]).await;
    let listing = bench.named("Mug").await;
    let Stock::Tracked(levels) = &listing.variants[0].stock else { panic!("{listing:?}") };
    let levels: Vec<(&str, Quantity)> = levels.iter().map(|(shop, level)| (shop.0.as_str(), *level)).collect();
    assert_eq!(levels, [("1", Quantity::units(7)), ("2", Quantity::units(3))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_archived_is_gone_and_comes_back() {
    let bench = Bench::open(vec![mug("Mug", 7), tee(&[["Red", "S"], ["Blue", "S"]])]).await;
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let (mug, tee) = (bench.named("Mug").await, bench.named("Tee").await);
    bench.later();
    for listing in [&mug, &tee] {
        bench.till.delete(&listing.remote).await.unwrap();
    }
    let (changes, end) = bench.read(Feed::Listings, &end).await;
    for listing in [&mug, &tee] {
        assert!(changes.contains(&Change::Gone(listing.remote.clone())), "{changes:?}");
    }
    assert_eq!(bench.listings().await.len(), 0, "and in no full look");
    assert_eq!(bench.till.listings(&[mug.remote.clone(), tee.remote]).await.unwrap().len(), 0);
    // Archiving empties the stock, and bringing back does not fill it.
    assert_eq!(bench.in_shop("Mug").variants[0].levels[&1], Quantity::ZERO);
    bench.later();
    bench.alter(|shop, now| {
        let mut product = shop.products.values().find(|product| product.title == "Mug").unwrap().clone();
        product.status = Status::Active;
        shop.insert(product, now);
    });
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    let back = seen(changes);
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].remote, mug.remote);
    assert_eq!(back[0].variants[0].stock.total(|_| true), Some(Quantity::ZERO));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_of_a_matrix_that_changes_tells_of_the_whole_matrix() {
    let bench = Bench::open(vec![tee(&[["Red", "S"], ["Blue", "S"], ["Blue", "M"]]), mug("Mug", 1)]).await;
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    bench.later();
    bench.alter(|shop, now| {
        let tee = shop.products.values_mut().find(|product| product.title == "Tee").unwrap();
        tee.variants[1].price = Some(2490);
        tee.variants[1].updated_at = now;
    });
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    let told = seen(changes);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].variants.len(), 3);
    assert_eq!(told[0].variants[1].price.unwrap().minor, 2490);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_has_a_feed_of_its_own_that_never_takes_uncounted_for_zero() {
    let mut voucher = mug("Voucher", 0);
    voucher.variants[0].tracked = false;
    voucher.variants[0].levels.clear();
    let bench = Bench::open(vec![mug("Mug", 7), voucher, tee(&[["Red", "S"], ["Blue", "S"]])]).await;
    let (_, end) = bench.read(Feed::Listings, &Cursor::Start).await;
    let (changes, stock_end) = bench.read(Feed::Stock, &end).await;
    assert_eq!(changes, Vec::new(), "what the listings brought does not come again");
    bench.later();
    bench.alter(|shop, now| {
        let numbers: Vec<(u64, u64)> =
            shop.products.values().flat_map(|p| p.variants.iter().map(|v| (p.number, v.number))).collect();
        for (product, variant) in numbers {
            let position = shop.products[&product].variants.iter().position(|v| v.number == variant).unwrap();
            let known = &mut shop.products.get_mut(&product).unwrap().variants[position];
            known.stock_updated_at = now;
            if known.tracked && product == shop.products.keys().copied().next().unwrap() {
                shop.set_level(product, position, 2, Quantity::units(4), now);
            }
        }
    });
    // Stock moves no item.
    let (changes, _) = bench.read(Feed::Listings, &end).await;
    assert_eq!(seen(changes), Vec::new());
    let skip = bench.count();
    let again = bench.again();
    let (changes, _) = read(&again, Feed::Stock, &stock_end).await;
    let told: Vec<(String, String, Option<Quantity>)> = changes
        .iter()
        .map(|change| match change {
            Change::Stock(stock) => {
                (stock.listing.as_ref().unwrap().to_string(), stock.location.to_string(), stock.quantity)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let mug = bench.named("Mug").await.remote.to_string();
    assert!(told.contains(&(mug.clone(), "1".into(), Some(Quantity::units(7)))), "{told:?}");
    assert!(told.contains(&(mug, "2".into(), Some(Quantity::units(4)))), "{told:?}");
    let voucher = bench.named("Voucher").await.remote.to_string();
    assert!(!told.iter().any(|(listing, shop, _)| *listing == voucher || shop == "0"), "{told:?}");
    assert_eq!(told.len(), 4);
    // The page, and one look-up of all items in it that a new start of the program has not seen.
    let calls: Vec<String> = bench.calls(skip).into_iter().filter(|call| !call.contains("Account")).take(2).collect();
    assert_eq!(calls, ["GET /ItemShop.json", "GET /Item.json"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_takes_the_least_calls() {
    let mut products: Vec<ShopProduct> = (0..250).map(|n| mug(&format!("Mug {n:03}"), 1)).collect();
    products.extend((0..60).map(|n| {
        let mut product = tee(&[["Red", "S"], ["Blue", "S"], ["Blue", "M"]]);
        product.title = format!("Tee {n:02}");
        product
    }));
    let bench = Bench::open(products).await;
    let skip = bench.count();
    assert_eq!(bench.listings().await.len(), 310);
    let calls = bench.calls(skip);
    let of = |what: &str| calls.iter().filter(|call| call.as_str() == what).count();
    // Pages of 100 items; 60 matrices in two steps, with 150 and 30 items in pages of 100.
    assert_eq!((of("GET /Item.json"), of("GET /ItemMatrix.json")), (3 + 2 + 1, 2), "{calls:?}");
    assert_eq!(of("GET /ItemAttributeSet.json"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_allowed_rate_is_used_and_never_passed() {
    for (registers, per_second) in [(1, 1), (3, 2)] {
        let products = (0..30).map(|n| mug(&format!("Mug {n:02}"), 5)).collect();
        let bench = Bench::with(Sandbox::default().with_registers(registers), products).await;
        let listings = bench.listings().await;
        let begun = bench.clock.now();
        let skip = bench.count();
        let mut drips = 0;
        while bench.clock.now().seconds_since(begun) < 600 {
            let address = bench.address(&listings[bench.count() % listings.len()], 0);
            bench.till.levels(&[address]).await.unwrap();
            drips += 14;
        }
        let requests = bench.server.requests();
        let throttled = requests.iter().skip(skip).filter(|seen| seen.status == Some(429)).count();
        assert_eq!(throttled, 0, "with {registers} registers");
        let allowed = (80 + 10 * registers + 600 * per_second) * 10;
        assert!(drips * 10 >= allowed * 9, "with {registers} registers: {drips} of {allowed} tenths");
        for at in requests.iter().map(|seen| seen.at.0.div_euclid(1000)) {
            let same = requests.iter().filter(|seen| seen.at.0.div_euclid(1000) == at).count();
            assert!(same <= 20 + 5 * usize::try_from(registers - 1).unwrap(), "{same} in a second");
        }
    }
}
