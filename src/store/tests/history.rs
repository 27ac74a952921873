//! The history: newest first, in pages, by listing, job, connection and words.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Bench, NOW};
use crate::domain::{Cause, ConnectionId, HistoryRecord, JobId, ListingId, Text};
use crate::store::model::Model;
use crate::store::{Entry, HistoryQuery, Store, samples};

fn noted(line: HistoryRecord) -> Entry {
    Entry::Noted(Box::new(line))
}

/// All pages of a query, one after the other.
async fn pages(store: &Store, query: &HistoryQuery) -> Vec<HistoryRecord> {
    let (mut found, mut query, mut turns) = (Vec::new(), query.clone(), 0);
    loop {
        let page = store.history(query.clone()).await.unwrap();
        assert!(page.lines.len() <= query.limit);
        assert!(page.lines.is_sorted_by(|(a, _), (b, _)| a > b));
        found.extend(page.lines.into_iter().map(|(_, line)| line));
        let Some(more) = page.more else { return found };
        assert!(query.before.is_none_or(|before| more < before), "a page must go on");
        query.before = Some(more);
        turns += 1;
        assert!(turns < 10_000);
    }
}

fn whole(model: &Model, query: &HistoryQuery) -> Vec<HistoryRecord> {
    let all = HistoryQuery { limit: usize::MAX, scan: usize::MAX, before: None, ..query.clone() };
    model.history(&all).lines.into_iter().map(|(_, line)| line).collect()
}

fn any_query() -> impl Strategy<Value = HistoryQuery> {
    let listings = prop::option::of(prop::collection::btree_set((1u64..6).prop_map(ListingId), 0..3));
    let (connection, job) = (prop::option::of(1u32..4), prop::option::of(1u64..4));
    let search = prop_oneof![2 => Just(String::new()), 1 => Just("TP-1".to_owned()), 1 => "[a-z7]"];
    (listings, connection, job, search, 1usize..5, 1usize..9).prop_map(
        |(listings, connection, job, search, limit, scan)| HistoryQuery {
            listings,
            connection: connection.map(ConnectionId),
            job: job.map(JobId),
            search,
            before: None,
            after: None,
            limit,
            scan,
        },
    )
}

#[test]
fn pages_of_any_size_together_are_what_plain_maps_find() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let lines = prop::collection::vec(prop::collection::vec(samples::any_history(), 1..5), 0..12);
    let queries = prop::collection::vec(any_query(), 1..12);
    TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() })
        .run(&(lines, queries), |(commits, queries)| {
            runtime.block_on(async {
                let mut bench = Bench::new();
                let store = bench.open_quietly();
                for lines in commits {
                    bench.commit(&store, lines.into_iter().map(noted).collect()).await;
                }
                for mut query in queries {
                    assert_eq!(pages(&store, &query).await, whole(&bench.model, &query), "{query:?}");
                    // What came since the first page: nothing; since its end: the page.
                    let first = store.history(query.clone()).await.unwrap();
                    let ends = [first.lines.first(), first.lines.last()].map(|line| line.map(|(place, _)| *place));
                    for (after, count) in ends.into_iter().zip([0, first.lines.len().saturating_sub(1)]) {
                        query.after = after;
                        let expected = if after.is_some() { count } else { pages(&store, &query).await.len() };
                        assert_eq!(pages(&store, &query).await.len(), expected, "{query:?}");
                    }
                }
                bench.check(&store).await;
            });
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn words_are_found_wherever_they_stand_and_however_they_are_written() {
    let mut bench = Bench::new();
    let store = bench.open_quietly();
    let line =
        |subject: &str, cause| HistoryRecord { subject: Text::new(subject), cause, ..samples::history()[0].clone() };
    let lines = [
        line("STRAßE lamp", Cause::Poll),
        line("Plain", Cause::Order { number: Text::new("#2077") }),
        line("Plain", Cause::Job { job: JobId(12) }),
        line("Plain", Cause::Person { reason: "Stock TAKE".to_owned() }),
    ];
    bench.commit(&store, lines.iter().cloned().map(noted).collect()).await;
    for (words, which) in [("strasse", 0), ("2077", 1), ("J12", 2), ("take stock", 3)] {
        let query = HistoryQuery { search: words.to_owned(), ..HistoryQuery::default() };
        assert_eq!(pages(&store, &query).await, [lines[which].clone()], "{words}");
    }
    let query = HistoryQuery { search: "tp-1 7".to_owned(), ..HistoryQuery::default() };
    assert_eq!(pages(&store, &query).await.len(), 4, "SKU and old value");
    let query = HistoryQuery { search: "take nothing".to_owned(), ..HistoryQuery::default() };
    assert_eq!(pages(&store, &query).await, []);
}

/// Two hundred lines about one listing among a hundred times as many about others: they alone are looked at.
#[tokio::test]
async fn one_products_history_is_found_without_looking_at_the_others() {
    let bench = Bench::new();
    let store = bench.open_quietly();
    let line = |listing| HistoryRecord { listing: Some(ListingId(listing)), ..samples::history()[0].clone() };
    for round in 0..20 {
        let lines = (0..1000).map(|n| noted(line(if n % 100 == 0 { 7 } else { 1000 + round * 1000 + n })));
        store.commit(NOW, lines.collect()).await.unwrap();
    }
    let listings = Some(BTreeSet::from([ListingId(7)]));
    let query = HistoryQuery { listings, limit: 1000, scan: 201, ..HistoryQuery::default() };
    let page = store.history(query).await.unwrap();
    assert_eq!((page.lines.len(), page.more), (200, None), "all of them, though no more than 201 may be looked at");
    let page = store.history(HistoryQuery { search: "nowhere".to_owned(), scan: 500, ..HistoryQuery::default() }).await;
    let page = page.unwrap();
    assert!(page.lines.is_empty() && page.more.is_some(), "a search ends when it has looked at enough, and says so");
}

#[tokio::test]
async fn the_history_of_a_removed_connection_and_of_a_forgotten_job_stays() {
    let mut bench = Bench::new();
    let store = bench.open_quietly();
    bench
        .commit(&store, vec![Entry::ConnectionKept(samples::connection(2)), noted(samples::history()[2].clone())])
        .await;
    bench.commit(&store, vec![Entry::ConnectionRemoved(ConnectionId(2)), Entry::JobForgotten(JobId(5))]).await;
    let query = HistoryQuery { job: Some(JobId(5)), connection: Some(ConnectionId(2)), ..HistoryQuery::default() };
    assert_eq!(pages(&store, &query).await, [samples::history()[2].clone()]);
    bench.check(&store).await;
}
