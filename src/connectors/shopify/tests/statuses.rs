//! Drafts and archived products: Shopify's search leaves them out where no status is named, without a word.

use std::collections::BTreeSet;

use super::*;
use crate::connectors::shopify::connector::EVERY_STATUS;
use crate::domain::Status;

const ALL: [(&str, Status); 3] = [("Hamper", Status::Draft), ("Mug", Status::Active), ("Vase", Status::Archived)];

fn one_of_each() -> Vec<ShopProduct> {
    ALL.map(|(title, status)| ShopProduct { status, ..simple(title) }).into()
}

/// Everything up to the end of a run: titles and statuses by title, and where the next run begins.
async fn run(bench: &Bench, mut cursor: Cursor) -> (Vec<(String, Status)>, Cursor) {
    let mut seen = Vec::new();
    loop {
        let page = bench.connector.changes(Feed::Listings, &cursor).await.unwrap();
        seen.extend(page.changes.into_iter().filter_map(|change| match change {
            Change::Seen(listing) => Some((listing.title.to_string(), listing.status)),
            _ => None,
        }));
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(next) => {
                seen.sort_by(|one, other| one.0.cmp(&other.0));
                return (seen, next);
            }
        }
    }
}

/// The searches for products since the last time, with the operation's name.
fn searches(bench: &Bench) -> Vec<(String, String)> {
    let all = std::mem::take(&mut *bench.watch.searches.lock().unwrap());
    all.into_iter().filter(|(name, _)| ["Count", "Listings", "BeginExport"].contains(&name.as_str())).collect()
}

fn names(searches: &[(String, String)]) -> Vec<&str> {
    searches.iter().map(|(name, _)| name.as_str()).collect()
}

fn all() -> Vec<(String, Status)> {
    ALL.map(|(title, status)| (title.to_owned(), status)).into()
}

fn only(title: &str) -> Vec<(String, Status)> {
    all().into_iter().filter(|(known, _)| known == title).collect()
}

#[test]
fn every_status_is_every_one_that_the_schema_has() {
    let schema = include_str!("../sandbox/schema.graphql");
    let has = schema.split("enum ProductStatus {").nth(1).and_then(|rest| rest.split('}').next()).unwrap();
    let has: BTreeSet<String> = has.split_whitespace().map(str::to_ascii_lowercase).collect();
    let asked = EVERY_STATUS.strip_prefix("status:").unwrap().split(',').map(str::to_owned);
    assert_eq!(asked.collect::<BTreeSet<_>>(), has);
}

#[tokio::test]
async fn an_import_names_every_status_and_without_that_drafts_and_archived_are_lost() {
    let bench = Bench::open(Admin::new(), token(), one_of_each()).await;
    assert_eq!(bench.connector.count().await.unwrap(), Some(3));
    assert_eq!(run(&bench, Cursor::Start).await.0, all());
    let sent = searches(&bench);
    assert_eq!(names(&sent), ["Count", "Count", "Listings"]);
    assert!(sent.iter().all(|(_, query)| query.starts_with(EVERY_STATUS)), "{sent:?}");

    // The same calls with the filter taken out on their way.
    bench.watch.careless.store(true, Ordering::Relaxed);
    assert_eq!(bench.connector.count().await.unwrap(), Some(1));
    assert_eq!(run(&bench, Cursor::Start).await.0, only("Mug"));
}

#[tokio::test]
async fn so_does_what_changed_and_its_moments_stand_in_quotes() {
    let bench = Bench::open(Admin::new(), token(), one_of_each()).await;
    // Read in the afternoon; in the morning of the same day something had changed that is not to be read again.
    bench.clock.advance(Duration::from_secs(3600));
    let numbers: Vec<u64> = bench.server.shop().look(|shop| shop.products.keys().copied().collect());
    let touch = |place: usize| {
        let now = bench.clock.now();
        bench.server.shop().alter(|shop| assert!(shop.touch(numbers[place], now)));
    };
    touch(1);
    bench.clock.advance(Duration::from_secs(3600));
    let (_, end) = run(&bench, Cursor::Start).await;
    bench.clock.advance(Duration::from_secs(600));
    touch(0);
    touch(2);
    searches(&bench);
    bench.clock.advance(Duration::from_secs(600));

    let changed: Vec<(String, Status)> = [only("Hamper"), only("Vase")].concat();
    assert_eq!(run(&bench, end.clone()).await.0, changed);
    let sent = searches(&bench);
    assert_eq!(names(&sent), ["Listings"]);
    let query = &sent[0].1;
    assert_eq!(*query, format!("{EVERY_STATUS} updated_at:>='2026-11-22T09:55:00Z'"));

    bench.watch.careless.store(true, Ordering::Relaxed);
    assert_eq!(run(&bench, end.clone()).await.0, [], "only the active one would be seen, and it has not changed");
    bench.watch.careless.store(false, Ordering::Relaxed);
    bench.watch.unquoted.store(true, Ordering::Relaxed);
    assert_eq!(run(&bench, end).await.0, all(), "the whole day would be read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_an_export() {
    use super::super::profile::BULK_FROM;
    let mut products: Vec<ShopProduct> = (0..BULK_FROM).map(|n| simple(&format!("Cup {n:04}"))).collect();
    products.extend(one_of_each());
    let bench = Bench::open(Admin::new(), token(), products).await;
    let found = |seen: Vec<(String, Status)>| -> Vec<_> {
        seen.into_iter().filter(|(title, _)| !title.starts_with("Cup")).collect()
    };
    assert_eq!(found(run(&bench, Cursor::Start).await.0), all());
    let sent = searches(&bench);
    assert_eq!(names(&sent), ["Count", "BeginExport"]);
    assert!(sent[1].1.contains(&format!("products(query: \"{EVERY_STATUS}\")")), "{}", sent[1].1);
    bench.watch.careless.store(true, Ordering::Relaxed);
    assert_eq!(found(run(&bench, Cursor::Start).await.0), only("Mug"));
}
