//! Keys that end while they are in use.

use std::time::Duration;

use counterpart::domain::{Cursor, Feed};
use counterpart::platform::{Change, Next};
use counterpart::sandbox::ShopProduct;

use crate::bench::{Bench, chosen, simple};

const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);

for_each_platform!(an_import_goes_on_when_its_token_ends, platform, {
    let products: Vec<ShopProduct> = (0..260).map(|n| simple(&format!("Mug {n:03}"), &format!("M{n}"), 5)).collect();
    // The end is known, and the token is changed before; or a wrong end is known, and the platform refuses it.
    for lasts in [None, Some(TEN_YEARS)] {
        let Some(bench) = Bench::open_as_app(platform, products.clone(), lasts).await else { continue };
        let mut cursor = Cursor::Start;
        let mut titles = std::collections::BTreeSet::new();
        let mut pages = 0;
        loop {
            let page = bench.connector.changes(Feed::Listings, &cursor).await;
            let page = page.unwrap_or_else(|why| panic!("{}, page {pages}: {why}", bench.name()));
            pages += 1;
            for change in page.changes {
                let Change::Seen(listing) = change else { panic!("{}: {change:?}", bench.name()) };
                titles.insert(listing.title.to_string());
            }
            // No platform's token lives longer than a day.
            bench.clock.advance(Duration::from_secs(90_000));
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(_) => break,
            }
        }
        assert_eq!(titles.len(), 260, "{}", bench.name());
        let refused = bench.server.requests().iter().filter(|seen| seen.status == Some(401)).count();
        // Told a wrong end, it meets the refusal; otherwise it is quicker.
        let meets = lasts.is_some() && platform.profile.login.is_some();
        assert_eq!(refused > 0, meets, "{}: refused {refused} times", bench.name());
        // A key is used at the start in any case.
        assert!(bench.connector.test().await.is_ok(), "{}", bench.name());
    }
});
