//! The store in memory says what the one on the disk says, and outlives crashes like it.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Bench, NOW};
use crate::domain::{JobId, ListingId, StepIndex};
use crate::store::{Entry, HistoryQuery, Memory, StoreError, samples};

#[test]
fn any_sequence_reads_alike_in_memory_and_on_the_disk() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let commits = prop::collection::vec(prop::collection::vec(samples::any_entry(), 1..6), 1..12);
    TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() })
        .run(&commits, |commits| {
            runtime.block_on(async {
                let bench = Bench::new();
                let disk = bench.open_quietly();
                let (memory, opened) = Memory::new([7; 16]).open();
                assert_eq!(opened.identity, [7; 16]);
                for commit in commits {
                    disk.commit(NOW, commit.clone()).await.unwrap();
                    memory.commit(NOW, commit).await.unwrap();
                }
                assert_eq!(memory.load().await.unwrap(), disk.load().await.unwrap());
                for listing in (1..7).map(ListingId) {
                    assert_eq!(memory.listing(listing).await.unwrap(), disk.listing(listing).await.unwrap());
                }
                for job in (1..4).map(JobId) {
                    for (from, limit) in [(0, usize::MAX), (2, 1), (3, 0)] {
                        let (from, both) = (StepIndex(from), (&memory, &disk));
                        let (ours, theirs) =
                            (both.0.steps(job, from, limit).await, both.1.steps(job, from, limit).await);
                        assert_eq!(ours.unwrap(), theirs.unwrap());
                    }
                    assert_eq!(memory.refusals(job).await.unwrap(), disk.refusals(job).await.unwrap());
                }
                let query = HistoryQuery { limit: 3, ..HistoryQuery::default() };
                let (ours, theirs) = (memory.history(query.clone()).await.unwrap(), disk.history(query).await.unwrap());
                assert_eq!(ours.more.is_some(), theirs.more.is_some());
                let lines =
                    |page: crate::store::HistoryPage| page.lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>();
                assert_eq!(lines(ours), lines(theirs));
            });
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn what_was_committed_outlives_a_crash_and_what_died_writes_no_more() {
    let memory = Memory::new([1; 16]);
    let (first, _) = memory.open();
    let one = first.commit(NOW, vec![Entry::ConnectionKept(samples::connection(1))]).await.unwrap();
    let clone = first.clone();
    assert_eq!(clone.commit(NOW, vec![]).await.unwrap(), one, "an empty commit is none");
    let branch = memory.copied();
    let (second, opened) = memory.open();
    assert_eq!(opened.identity, [1; 16]);
    let late = first.commit(NOW, vec![Entry::ConnectionKept(samples::connection(2))]).await;
    assert!(matches!(late, Err(StoreError::Stopped { .. })), "{late:?}");
    assert!(clone.load().await.is_err());
    assert!(second.commit(NOW, vec![Entry::ConnectionKept(samples::connection(3))]).await.unwrap() > one);
    let ids = |loaded: crate::store::Loaded| loaded.connections.iter().map(|known| known.id.0).collect::<Vec<_>>();
    assert_eq!(ids(second.load().await.unwrap()), [1, 3]);
    assert_eq!(ids(branch.open().0.load().await.unwrap()), [1], "another history from the same beginning");
}

/// Nothing in it waits: a simulator may poll it once and has its answer.
#[test]
fn it_answers_at_once() {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};
    let (store, _) = Memory::new([1; 16]).open();
    let mut commit = std::pin::pin!(store.commit(NOW, vec![Entry::ConnectionKept(samples::connection(1))]));
    let polled = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(1))));
}
