//! A power cut cannot be had in a test, but its conditions can be seen from outside: which file was synced after it was
//! last written, and before what. Each habit is left out once, to prove that its absence shows.

use std::path::Path;

use counterpart::store::Habit;

use crate::children::{Role, start};
use crate::file_calls::{Ended, FileCall, watch};

/// Everything that the role does to files of the store, in a fresh folder that was opened once before.
fn calls_of(role: Role, leave_out: Option<Habit>) -> Option<Vec<FileCall>> {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    watch(start(Role::Commit, &folder, None), |_| false)?;
    let mut calls = Vec::new();
    let ended = watch(start(role, &folder, leave_out), |call| {
        calls.push(call.clone());
        false
    })?;
    assert_eq!(ended, Ended::ByItself);
    Some(calls)
}

/// The last place of a call on a file whose path ends so.
fn last(calls: &[FileCall], names: &[&str], file: &str) -> Option<usize> {
    calls.iter().rposition(|call| names.contains(&call.name) && call.path.ends_with(file))
}

#[test]
fn a_commit_is_on_the_disk_in_both_copies_before_it_is_acknowledged() {
    let Some(calls) = calls_of(Role::Commit, None) else { return };
    let journal = last(&calls, &["write"], "journal/00000001.log").unwrap();
    let journal_safe = last(&calls, &["fdatasync"], "journal/00000001.log").unwrap();
    let database = last(&calls, &["pwrite"], "db-000001/db").unwrap();
    let database_safe = last(&calls, &["fdatasync"], "db-000001/db").unwrap();
    let told =
        calls.iter().rposition(|call| call.name == "write" && call.path.starts_with("pipe:")).unwrap_or_else(|| {
            let told = |call: &FileCall| call.name == "write" && !call.path.starts_with("/");
            calls.iter().rposition(told).unwrap()
        });
    let order = [journal, journal_safe, database, database_safe, told];
    assert!(order.is_sorted(), "{order:?} in {calls:#?}");

    let Some(calls) = calls_of(Role::Commit, Some(Habit::SyncAfterFlush)) else { return };
    assert_eq!(last(&calls, &["fdatasync"], "db-000001/db"), None, "this test must see when the habit is left out");
}

#[test]
fn all_files_and_folders_are_on_the_disk_when_the_store_is_open() {
    let synced = |calls: &[FileCall]| {
        let renamed = calls.iter().rposition(|call| call.name == "rename").unwrap_or(0);
        let after = &calls[renamed..];
        let is_synced = |file: &str| last(after, &["fsync"], file).is_some();
        let snapshot = after.iter().any(|call| {
            let name = call.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            call.name == "fsync" && name.starts_with("snap.") && Path::new(name).extension().is_some()
        });
        let files = ["store", "db-000001", "db-000001/blobs", "db-000001/conf", "db-000001/db"];
        snapshot && files.into_iter().all(is_synced)
    };
    let Some(calls) = calls_of(Role::Open, None) else { return };
    assert!(synced(&calls), "{calls:#?}");
    let Some(calls) = calls_of(Role::Open, Some(Habit::SyncAfterOpen)) else { return };
    assert!(!synced(&calls), "this test must see when the habit is left out");
}
