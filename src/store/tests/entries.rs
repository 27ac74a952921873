//! What goes in comes out: at once, after a restart, after a rebuild.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Bench, NOW};
use crate::domain::{ConnectionId, JobId, JobKind, KnownListing, ListingId, Step, StepIndex, VariantId};
use crate::store::journal::scan;
use crate::store::{Entry, Habit, Loaded, Options, Store, StoreError, samples};

#[tokio::test]
async fn every_kind_of_entry_is_kept() {
    let mut bench = Bench::new();
    let store = bench.open_quietly();
    bench.commit(&store, vec![Entry::ConnectionKept(samples::connection(1))]).await;
    bench.commit(&store, vec![Entry::ListingSeen(Box::new(samples::listing(7, 1)))]).await;
    for entry in samples::entries() {
        bench.commit(&store, vec![entry]).await;
        bench.check(&store).await;
    }
    drop(store);
    bench.check(&bench.open_quietly()).await;
}

#[test]
fn any_sequence_reads_like_plain_maps_also_after_a_restart_and_a_rebuild() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let commits = prop::collection::vec(prop::collection::vec(samples::any_entry(), 1..6), 1..12);
    TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() })
        .run(&commits, |commits| {
            runtime.block_on(async {
                let mut bench = Bench::new();
                let store = bench.open_quietly();
                for commit in commits {
                    bench.commit(&store, commit).await;
                }
                bench.check(&store).await;
                drop(store);
                let store = bench.open_quietly();
                assert_eq!(store.load().await.unwrap(), bench.model.load());
                drop(store);
                std::fs::remove_dir_all(bench.database()).unwrap();
                let (store, opened) = bench.open();
                assert!(opened.notes[0].contains("was missing; it was rebuilt from the journal"), "{opened:?}");
                bench.check(&store).await;
            });
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_removed_connection_takes_its_things_along_and_stays_away() {
    let mut bench = Bench::new();
    let store = bench.open_quietly();
    let first = vec![
        Entry::ConnectionKept(samples::connection(1)),
        Entry::ConnectionKept(samples::connection(2)),
        Entry::ConnectionKept(samples::connection(3)),
        Entry::ListingSeen(Box::new(samples::listing(7, 1))),
        Entry::ListingSeen(Box::new(samples::listing(9, 2))),
        Entry::LinkKept(samples::link(1, &[(1, 7), (2, 9)])),
        Entry::LinkKept(samples::link(2, &[(1, 7), (2, 9), (3, 4)])),
        Entry::SettingsKept { connection: ConnectionId(1), settings: samples::settings()[1].clone() },
        Entry::SettingsKept { connection: ConnectionId(2), settings: samples::settings()[1].clone() },
        Entry::FieldRulesKept(samples::rules(1, 2)),
        Entry::FieldRulesKept(samples::rules(2, 3)),
        Entry::FieldRulesKept(samples::rules(1, 3)),
        Entry::OrderSeen(Box::new(samples::order(1, "O1"))),
        Entry::OrderSeen(Box::new(samples::order(2, "O1"))),
        Entry::DriftEstimated { connection: ConnectionId(1), millionths: 1 },
        Entry::DriftEstimated { connection: ConnectionId(2), millionths: 2 },
    ];
    bench.commit(&store, first.clone()).await;
    bench.commit(&store, vec![Entry::ConnectionRemoved(ConnectionId(2))]).await;
    let loaded = store.load().await.unwrap();
    assert_eq!(loaded.listings.len(), 1);
    assert_eq!(loaded.links.iter().map(|link| (link.id.0, link.members.len())).collect::<Vec<_>>(), [(2, 2)]);
    assert_eq!(kept(&loaded), (vec![1], vec![(1, 3)], vec![1], vec![1]));
    // A poll that ended late.
    bench.commit(&store, first).await;
    let loaded = store.load().await.unwrap();
    assert_eq!(loaded.listings.len(), 1);
    assert_eq!(kept(&loaded), (vec![1], vec![(1, 3)], vec![1], vec![1]));
    bench.check(&store).await;
}

/// Whose settings, rules, orders and drift there are, by connection.
type Kept = (Vec<u32>, Vec<(u32, u32)>, Vec<u32>, Vec<u32>);

fn kept(loaded: &Loaded) -> Kept {
    (
        loaded.settings.iter().map(|(connection, _)| connection.0).collect(),
        loaded.rules.iter().map(|rules| (rules.in_store.0, rules.online.0)).collect(),
        loaded.orders.iter().map(|order| order.connection.0).collect(),
        loaded.drift.iter().map(|(connection, _)| connection.0).collect(),
    )
}

#[tokio::test]
async fn records_of_any_size_fit_and_no_value_is_large() {
    let stored = |leave_out| async move {
        let mut bench = Bench::new();
        bench.options.leave_out = leave_out;
        let store = bench.open_quietly();
        let mut entries = vec![Entry::ConnectionKept(samples::connection(1))];
        for id in 1..20 {
            entries.push(Entry::ListingSeen(Box::new(with_variants(samples::listing(id, 1), 2048))));
        }
        let step = samples::steps()[2].clone();
        let steps = (0..3000).map(|index| Step { index: StepIndex(index), ..step.clone() }).collect();
        entries.push(Entry::JobPlanned { job: samples::job(1, JobKind::Push), steps, refusals: vec![] });
        bench.commit(&store, entries).await;
        bench.check(&store).await;
        let page = store.steps(JobId(1), StepIndex(2990), 5).await.unwrap();
        assert_eq!(page.iter().map(|step| step.index.0).collect::<Vec<_>>(), [2990, 2991, 2992, 2993, 2994]);
        assert_eq!(store.listing(ListingId(3)).await.unwrap(), bench.model.load().listings.get(2).cloned());
        drop(store);
        std::fs::read_dir(bench.database().join("blobs")).unwrap().count()
    };
    assert_eq!(stored(None).await, 0, "nothing may go where the database never syncs");
    assert_ne!(stored(Some(Habit::SmallValues)).await, 0, "this test must be able to see large values");
}

fn with_variants(mut listing: KnownListing, count: u64) -> KnownListing {
    let variant = listing.listing.variants[0].clone();
    listing.listing.variants = vec![variant; usize::try_from(count).unwrap()];
    listing.variants = (0..count).map(|n| VariantId(100_000 * listing.id.0 + n)).collect();
    listing
}

#[tokio::test]
async fn commits_that_wait_together_share_one_sync() {
    let bench = Bench::new();
    let store = bench.open_quietly();
    let commits = (1..200).map(|id| {
        let entry = Entry::ListingSeen(Box::new(samples::listing(id, 1)));
        store.commit(NOW, vec![entry])
    });
    let numbers = futures_util::future::join_all(commits).await;
    let numbers = numbers.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    assert!(numbers.is_sorted_by(|a, b| a < b));
    let mut groups = std::collections::BTreeSet::new();
    scan::scan(&bench.folder.join("journal"), &mut |record| {
        groups.insert(record.group);
        Ok(())
    })
    .unwrap();
    assert!(groups.len() < 100, "199 commits in {} groups", groups.len());
    assert_eq!(store.load().await.unwrap().listings.len(), 199);
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_alone() {
    let mut bench = Bench::new();
    let store = bench.open_quietly();
    let mut listing = samples::listing(1, 1);
    listing.variants.pop();
    let refused = store.commit(NOW, vec![Entry::ListingSeen(Box::new(listing))]).await.unwrap_err();
    assert!(refused.to_string().contains("2 variants and 1 numbers"), "{refused}");
    bench.commit(&store, vec![Entry::ListingSeen(Box::new(samples::listing(1, 1)))]).await;
    bench.check(&store).await;
}

#[tokio::test]
async fn a_full_disk_is_said_and_reading_goes_on() {
    let mut bench = Bench::filled().await;
    bench.options.keep_free = u64::MAX;
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("MB are free on the store's disk"), "{opened:?}");
    let refused = store.commit(NOW, vec![Entry::ConnectionKept(samples::connection(3))]).await.unwrap_err();
    assert!(matches!(refused, StoreError::Full { .. }), "{refused}");
    assert_eq!(store.load().await.unwrap(), bench.model.load());
}

#[tokio::test]
async fn a_temporary_store_leaves_nothing_behind() {
    let (store, opened) = Store::temporary().unwrap();
    assert_ne!(opened.identity, [0; 16]);
    store.commit(NOW, vec![Entry::ConnectionKept(samples::connection(1))]).await.unwrap();
    let copy = store.clone();
    drop(store);
    assert_eq!(copy.load().await.unwrap().connections.len(), 1);
    assert_ne!(opened.identity, Store::temporary().unwrap().1.identity);
}

#[tokio::test]
async fn the_journal_goes_on_in_new_segments() {
    let mut bench = Bench::new();
    bench.options = Options { segment: 4000, ..bench.options.clone() };
    let store = bench.open_quietly();
    for id in 1..60 {
        bench.commit(&store, vec![Entry::ListingSeen(Box::new(samples::listing(id, 1)))]).await;
    }
    assert!(bench.last_segment().ends_with("00000004.log") || bench.last_segment().ends_with("00000005.log"));
    drop(store);
    let store = bench.open_quietly();
    bench.commit(&store, vec![Entry::ConnectionKept(samples::connection(2))]).await;
    bench.check(&store).await;
}
