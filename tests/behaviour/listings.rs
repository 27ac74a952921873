//! Testing a connection, reading listings and stock, making copies, writing quantities.

use std::collections::BTreeSet;

use counterpart::connectors::Platform;
use counterpart::domain::{Cursor, Feed, Listing, Quantity, QuantityKind, Status, Stock};
use counterpart::platform::{
    Change, Clock, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, WriteError,
};

use crate::bench::{Bench, chosen, creation, euro, key, product, simple};

for_each_platform!(a_test_says_what_is_there, platform, {
    let bench = Bench::open(platform, vec![simple("Mug", "M-1", 3)]).await;
    let found = bench.connector.test().await.unwrap();
    assert!(found.shop_name.contains("Harbour"), "{}: {found:?}", bench.name());
    assert_eq!(found.currency, euro(), "{}", bench.name());
    assert!(!found.locations.is_empty() && found.locations[0].active);
    assert_eq!(found.missing_permissions, Vec::<String>::new(), "{}", bench.name());
});

for_each_platform!(a_wrong_key_is_told_as_such_and_not_repeated, platform, {
    let bench = Bench::open_with(platform, Vec::new(), Some("wrong-canary-key")).await;
    let error = bench.connector.test().await.unwrap_err();
    assert!(matches!(error, PlatformError::Unauthorised { .. }), "{}: {error:?}", bench.name());
    assert!(!error.to_string().contains("canary") && !format!("{error:?}").contains("canary"), "{error:?}");
});

for_each_platform!(later_runs_tell_what_changed, platform, {
    let products = (0..30).map(|n| simple(&format!("Mug {n:02}"), &format!("M{n}"), 5)).collect();
    let bench = Bench::open(platform, products).await;
    // Long enough that the feed's overlap does not reach back to the making of the shop, also where it counts from the
    // catalogue's last change.
    bench.clock.advance(std::time::Duration::from_secs(86_400));
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| shop.insert(simple("The newest", "NEWEST", 1), now));
    let (before, end) = bench.listings(&Cursor::Start).await;
    // The stock feed begins where the listings ended: what they brought need not come again.
    let stock_end = match platform.profile.stock_feed {
        true => {
            let (changes, end) = bench.read(Feed::Stock, &end).await.unwrap();
            assert!(changes.len() < 15, "{}: {} levels came again", bench.name(), changes.len());
            Some(end)
        }
        false => None,
    };
    bench.clock.advance(std::time::Duration::from_secs(3600));
    let now = bench.clock.now();
    let gone = bench.server.shop().alter(|shop| {
        let numbers: Vec<u64> = shop.products.keys().copied().collect();
        let mut edited = shop.products[&numbers[3]].clone();
        edited.title = "Edited".into();
        shop.insert(edited, now);
        shop.insert(simple("Fresh", "F-1", 1), now);
        let location = shop.locations[0].number;
        shop.set_level(numbers[7], 0, location, Quantity::units(42), now);
        let gone = shop.products[&numbers[9]].title.clone();
        shop.delete(numbers[9], now);
        gone
    });
    bench.clock.advance(std::time::Duration::from_secs(60));
    let (changes, _) = bench.read(Feed::Listings, &end).await.unwrap();
    let titles: BTreeSet<String> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Seen(listing) => Some(listing.title.to_string()),
            _ => None,
        })
        .collect();
    assert!(titles.contains("Edited") && titles.contains("Fresh"), "{}: {titles:?}", bench.name());
    assert!(titles.len() < 15, "{}: an incremental run reads what changed, not everything: {titles:?}", bench.name());
    let deleted: Vec<&Listing> = before.values().filter(|listing| listing.title.as_str() == gone).collect();
    if platform.profile.deletions_in_feed {
        let told = changes.iter().any(|change| matches!(change, Change::Gone(remote) if *remote == deleted[0].remote));
        assert!(told, "{}: {gone} was deleted", bench.name());
    }
    let mut levels: Vec<Quantity> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Seen(listing) => listing.variants[0].stock.total(|_| true),
            _ => None,
        })
        .collect();
    if let Some(stock_end) = stock_end {
        let (changes, _) = bench.read(Feed::Stock, &stock_end).await.unwrap();
        levels.extend(changes.iter().filter_map(|change| match change {
            Change::Stock(stock) => stock.quantity,
            Change::Seen(listing) => listing.variants[0].stock.total(|_| true),
            _ => None,
        }));
    }
    assert!(levels.contains(&Quantity::units(42)), "{}: the new level is in no feed: {levels:?}", bench.name());
});

for_each_platform!(untracked_and_never_counted_are_not_zero, platform, {
    let mut untracked = simple("Voucher", "V-1", 0);
    untracked.variants[0].tracked = false;
    untracked.variants[0].levels.clear();
    let mut never = simple("Never counted", "N-1", 0);
    never.variants[0].levels.clear();
    let bench = Bench::open(platform, vec![untracked, never]).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    for listing in listings.values() {
        let stock = &listing.variants[0].stock;
        if listing.title.as_str() == "Voucher" {
            assert_eq!(*stock, Stock::Untracked, "{}", bench.name());
        }
        assert_eq!(stock.total(|_| true), None, "{}: {} must be unknown, is {stock:?}", bench.name(), listing.title);
    }
});

for_each_platform!(hostile_text_is_clean_inside, platform, {
    let titles =
        ["Mug \u{1b}[31mred\u{1b}[0m", "\u{202e}gum", "zero\u{200b}width", "茶碗 🍵 cafe\u{301}", "a\u{7}\u{9b}b"];
    let products = titles.iter().enumerate().map(|(n, title)| simple(title, &format!("H{n}"), 1)).collect();
    let bench = Bench::open(platform, products).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    assert_eq!(listings.len(), titles.len(), "{}", bench.name());
    for listing in listings.values() {
        let bad = listing.title.chars().find(|c| c.is_control() || ['\u{202e}', '\u{200b}'].contains(c));
        assert_eq!(bad, None, "{}: {:?}", bench.name(), listing.title);
    }
    assert!(listings.values().any(|listing| listing.title.contains("茶碗")), "{}", bench.name());
});

for_each_platform!(a_copy_is_made_once_and_found_again, platform, {
    let source_shop = Bench::open(
        platform,
        vec![product(
            "Perfect T-Shirt",
            "TEE",
            &["Colour", "Size", "Fit"],
            &[(&["Red", "S", "Slim"], 1), (&["Red", "M", "Slim"], 2), (&["Blue", "S", "Wide"], 0)],
        )],
    )
    .await;
    let shirt = source_shop.only_listing().await;
    let single = Bench::open(platform, vec![simple("Stoneware Mug", "MUG-1", 7)]).await;
    let mug = single.only_listing().await;
    for (number, source) in [(1, &mug), (2, &shirt)] {
        let bench = Bench::open(platform, vec![simple("Something else", "X-1", 1)]).await;
        let creation = creation(source, number, false);
        assert_eq!(bench.connector.find_created(&creation, source).await.unwrap(), None, "{}", bench.name());
        let made = bench
            .connector
            .create(&creation, source, &bench.location)
            .await
            .unwrap_or_else(|why| panic!("{}: {why:?}", bench.name()));
        assert_eq!(made.listing.title, source.title, "{}", bench.name());
        assert_eq!(made.variants.len(), source.variants.len(), "{}", bench.name());
        for (place, variant) in made.variants.iter().enumerate() {
            assert_eq!(variant.position, place, "{}", bench.name());
            let theirs = made
                .listing
                .variants
                .iter()
                .find(|known| known.remote == variant.remote)
                .expect("the variant is in the listing");
            assert_eq!(theirs.sku, source.variants[place].sku, "{}", bench.name());
            assert_eq!(theirs.price, source.variants[place].price, "{}", bench.name());
        }
        if platform.profile.create_sets_stock {
            assert!(made.stock_set, "{}: {:?}", bench.name(), made.notes);
            let there = Quantity::sum(made.listing.variants.iter().filter_map(|variant| variant.stock.total(|_| true)));
            let here = Quantity::sum(source.variants.iter().filter_map(|variant| variant.stock.total(|_| true)));
            assert_eq!(bench.stock(&source.title), here, "{}", bench.name());
            assert_eq!(there, here, "{}: the answer shows the stock", bench.name());
        }
        let found = bench.connector.find_created(&creation, source).await.unwrap().expect("what was made is found");
        assert_eq!(found.listing.remote, made.listing.remote, "{}", bench.name());
        assert_eq!(found.variants, made.variants, "{}", bench.name());
        assert_eq!(bench.products(), 2, "{}", bench.name());
    }
});

for_each_platform!(a_draft_is_not_for_sale, platform, {
    let source = Bench::open(platform, vec![simple("Winter Hamper", "HAMPER", 3)]).await.only_listing().await;
    let bench = Bench::open(platform, Vec::new()).await;
    let made = bench.connector.create(&creation(&source, 3, true), &source, &bench.location).await.unwrap();
    assert_ne!(made.listing.status, Status::Active, "{}", bench.name());
});

for_each_platform!(quantities_are_written_in_batches, platform, {
    let count = i64::try_from(platform.profile.stock_batch.min(100)).unwrap();
    let products = (0..count).map(|n| simple(&format!("Mug {n:03}"), &format!("M{n}"), n)).collect();
    let bench = Bench::open(platform, products).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let addresses: Vec<StockAddress> = listings.values().map(|listing| bench.address(listing, 0)).collect();
    let before = bench.http.calls();
    let levels = bench.connector.levels(&addresses).await.unwrap();
    assert_eq!(levels.len(), addresses.len());
    let writes: Vec<QuantityWrite> = addresses
        .iter()
        .zip(&levels)
        .map(|(address, level)| {
            let counterpart::platform::LevelRead::Counted(expected) = *level else {
                panic!("{}: {level:?}", bench.name())
            };
            QuantityWrite { address: address.clone(), change: change(platform, expected, Quantity::units(10)) }
        })
        .collect();
    let outcomes = bench.connector.write_quantities(&writes, &key(10)).await.unwrap();
    eprintln!("{}: {count} quantities read and written in {} calls", bench.name(), bench.http.calls() - before);
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, QuantityOutcome::Applied { .. })),
        "{}: {outcomes:?}",
        bench.name()
    );
    let after = bench.connector.levels(&addresses).await.unwrap();
    for (level, write) in after.iter().zip(&writes) {
        assert_eq!(*level, counterpart::platform::LevelRead::Counted(write.change.target()), "{}", bench.name());
    }
    if platform.profile.stock_write.has_key() {
        let again = bench.connector.write_quantities(&writes, &key(10)).await.unwrap();
        assert!(
            again.iter().all(|outcome| matches!(outcome, QuantityOutcome::Applied { .. })),
            "{}: {again:?}",
            bench.name()
        );
        assert_eq!(
            bench.connector.levels(&addresses).await.unwrap(),
            after,
            "{}: the same key counted twice",
            bench.name()
        );
    }
});

pub fn change(platform: &Platform, expected: Quantity, by: Quantity) -> QuantityChange {
    use counterpart::domain::StockWrite;
    match platform.profile.stock_write {
        StockWrite::DeltaWithKey | StockWrite::Delta => QuantityChange::Adjust { by, expected },
        StockWrite::CompareAndSetWithKey => QuantityChange::Adjust { by, expected },
        StockWrite::Absolute => QuantityChange::Set { to: expected + by, expected },
    }
}

for_each_platform!(one_bad_write_does_not_hide_the_others, platform, {
    let bench = Bench::open(platform, (0..4).map(|n| simple(&format!("Mug {n}"), &format!("M{n}"), 5)).collect()).await;
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let gone = listings.values().next().unwrap().clone();
    let now = bench.clock.now();
    bench.server.shop().alter(|shop| {
        let number = shop.products.values().find(|product| product.title == gone.title.as_str()).unwrap().number;
        shop.delete(number, now);
    });
    let writes: Vec<QuantityWrite> = listings
        .values()
        .map(|listing| QuantityWrite {
            address: bench.address(listing, 0),
            change: change(platform, Quantity::units(5), Quantity::units(2)),
        })
        .collect();
    match bench.connector.write_quantities(&writes, &key(20)).await {
        // All or nothing: then nothing was applied, and the engine halves the batch.
        Err(WriteError::NotApplied(_)) => {
            for listing in listings.values().filter(|listing| listing.remote != gone.remote) {
                assert_eq!(bench.stock(&listing.title), Quantity::units(5), "{}", bench.name());
            }
        }
        Err(WriteError::Unknown(why)) => panic!("{}: the platform said no, that is no unknown: {why}", bench.name()),
        Ok(outcomes) => {
            for (outcome, listing) in outcomes.iter().zip(listings.values()) {
                let applied = matches!(outcome, QuantityOutcome::Applied { .. });
                assert!(!(applied && listing.remote == gone.remote), "{}: written to what is gone", bench.name());
                if listing.remote != gone.remote {
                    let expected = Quantity::units(if applied { 7 } else { 5 });
                    assert_eq!(bench.stock(&listing.title), expected, "{}: {outcome:?}", bench.name());
                }
            }
        }
    }
});

for_each_platform!(fractions_are_kept_or_refused, platform, {
    let bench = Bench::open(platform, vec![simple("Sea Salt, loose", "SALT", 5)]).await;
    let listing = bench.only_listing().await;
    let half: Quantity = "0.5".parse().unwrap();
    let write =
        QuantityWrite { address: bench.address(&listing, 0), change: change(platform, Quantity::units(5), half) };
    let outcome = bench.connector.write_quantities(&[write], &key(30)).await;
    match platform.profile.quantities {
        QuantityKind::Decimal => {
            assert!(
                matches!(outcome.as_deref(), Ok([QuantityOutcome::Applied { .. }])),
                "{}: {outcome:?}",
                bench.name()
            );
            assert_eq!(bench.stock("Sea Salt, loose"), Quantity::units(5) + half, "{}", bench.name());
        }
        QuantityKind::Whole => {
            assert!(
                !matches!(outcome.as_deref(), Ok([QuantityOutcome::Applied { .. }])),
                "{}: {outcome:?}",
                bench.name()
            );
            assert_eq!(bench.stock("Sea Salt, loose"), Quantity::units(5), "{}: rounded in silence", bench.name());
        }
    }
});

for_each_platform!(a_product_with_2100_variants_comes_whole_or_is_named, platform, {
    let sizes: Vec<String> = (0..2100).map(|n| format!("Shade {n:04}")).collect();
    let values: Vec<[&str; 1]> = sizes.iter().map(|size| [size.as_str()]).collect();
    let variants: Vec<(&[&str], i64)> = values.iter().map(|value| (&value[..], 1)).collect();
    let bench =
        Bench::open(platform, vec![product("Paint", "P", &["Shade"], &variants), simple("Mug", "M-1", 1)]).await;
    let (changes, _) = bench.read(Feed::Listings, &Cursor::Start).await.unwrap();
    let mut titles = Vec::new();
    for change in &changes {
        match change {
            Change::Seen(listing) => {
                titles.push(listing.title.to_string());
                if listing.title.as_str() == "Paint" {
                    assert_eq!(listing.variants.len(), 2100, "{}: a part of it is worse than nothing", bench.name());
                }
            }
            Change::Unreadable { remote, why } => {
                assert!(!why.is_empty() && !remote.is_empty(), "{}", bench.name());
                titles.push("Paint".to_owned());
            }
            other => panic!("{}: {other:?}", bench.name()),
        }
    }
    titles.sort();
    titles.dedup();
    assert_eq!(titles, ["Mug", "Paint"], "{}", bench.name());
});
