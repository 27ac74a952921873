//! Files that were cut off, hurt, lost or left behind.

use std::fs::{self, OpenOptions};
use std::io::Write;

use super::{Bench, flip};
use crate::store::database::Database;
use crate::store::projection::meta;
use crate::store::rebuild::SCHEMA;
use crate::store::shelf::{Changes, Tree};
use crate::store::{Entry, Habit, Options, Store, StoreError, samples};

#[tokio::test]
async fn a_half_written_snapshot_does_not_keep_the_store_closed() {
    let mut bench = Bench::filled().await;
    let leave = |bench: &Bench| fs::write(bench.database().join("snap.0FFFFFFFFFFFFFFF.generating"), "half").unwrap();
    leave(&bench);
    bench.check(&bench.open_quietly()).await;

    // Without the habit it would: the harness must be able to see that.
    leave(&bench);
    bench.options.leave_out = Some(Habit::ClearSnapshots);
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("set aside"), "{opened:?}");
    bench.check(&store).await;
}

#[tokio::test]
async fn an_unfinished_end_of_the_journal_is_cut_off() {
    let mut bench = Bench::filled().await;
    for garbage in [&[0u8; 700][..], &[0x51, 0, 0, 0, 9, 9], b"\xff\xff\xff\xff\xff\xff\xff\xff"] {
        let mut segment = OpenOptions::new().append(true).open(bench.last_segment()).unwrap();
        segment.write_all(garbage).unwrap();
        let (store, opened) = bench.open();
        assert!(opened.notes[0].contains(&format!("the last {} bytes", garbage.len())), "{opened:?}");
        bench.check(&store).await;
        bench.commit(&store, vec![Entry::ConnectionKept(samples::connection(3))]).await;
        drop(store);
        bench.check(&bench.open_quietly()).await;
    }
}

#[tokio::test]
async fn a_lost_end_of_the_journal_comes_back_from_the_second_copy() {
    let bench = Bench::filled().await;
    let whole = fs::read(bench.last_segment()).unwrap();
    // Within the last record, at its border, some records before, within the header, all.
    for length in [whole.len() - 1, whole.len() - 100, whole.len() - 5000, 16, 7, 0] {
        fs::write(bench.last_segment(), &whole[..length]).unwrap();
        let (store, opened) = bench.open();
        assert!(opened.notes[0].contains("taken from the second copy"), "{length}: {opened:?}");
        bench.check(&store).await;
        drop(store);
        assert_eq!(fs::read(bench.last_segment()).unwrap(), whole);
    }
    // A flipped bit in the last record looks like an unfinished end, and is mended in the same way.
    flip(&bench.last_segment(), whole.len() - 20);
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("1 records were taken from the second copy"), "{opened:?}");
    bench.check(&store).await;
}

#[tokio::test]
async fn a_damage_inside_the_journal_is_refused_and_can_be_mended_by_hand() {
    let mut bench = Bench::new();
    bench.options = Options { segment: 4000, ..bench.options.clone() };
    let store = bench.open_quietly();
    for id in 1..60 {
        bench.commit(&store, vec![Entry::ListingSeen(Box::new(samples::listing(id, 1)))]).await;
    }
    drop(store);
    let journal = bench.folder.join("journal");
    for (segment, at) in [("00000002.log", 3), ("00000002.log", 1000), ("00000001.log", 16), ("00000004.log", 30)] {
        flip(&journal.join(segment), at);
        let refused = Store::open_with(&bench.folder, &bench.options).unwrap_err();
        assert!(matches!(refused, StoreError::Unusable { .. }), "{refused}");
        let message = refused.to_string();
        assert!(message.contains(segment) && message.contains("Move the journal folder away"), "{message}");
        flip(&journal.join(segment), at);
    }
    bench.check(&bench.open_quietly()).await;

    fs::rename(journal.join("00000002.log"), bench.folder.join("kept")).unwrap();
    let refused = Store::open_with(&bench.folder, &bench.options).unwrap_err().to_string();
    assert!(refused.contains("00000002.log is missing"), "{refused}");

    // What the message advises.
    fs::rename(&journal, bench.folder.join("old journal")).unwrap();
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("60 records were taken from the second copy"), "{opened:?}");
    bench.check(&store).await;
}

#[tokio::test]
async fn a_database_that_does_not_open_is_set_aside_and_rebuilt() {
    let bench = Bench::filled().await;
    let identity = bench.open().1.identity;
    for (round, name) in ["conf", "db"].into_iter().enumerate() {
        let path = bench.database().join(name);
        let length = fs::metadata(&path).unwrap().len();
        fs::write(&path, vec![0xA5; usize::try_from(length).unwrap()]).unwrap();
        let (store, opened) = bench.open();
        assert!(opened.notes[0].contains("nothing is lost"), "{opened:?}");
        assert_eq!(opened.identity, identity);
        assert!(bench.names().contains(&format!("db.quarantine-{:06}", round + 1)), "{:?}", bench.names());
        bench.check(&store).await;
        drop(store);
        bench.check(&bench.open_quietly()).await;
    }
}

#[tokio::test]
async fn a_damage_that_shows_only_when_read_is_mended_at_the_next_start() {
    let bench = Bench::filled().await;
    let database = Database::open(&bench.database(), &bench.options).unwrap();
    let mut trees = Changes::over(&database, database.largest_value());
    trees.put(Tree::Listings, &3u64.to_be_bytes(), b"\x01not a listing").unwrap();
    database.apply(trees.into_writes()).unwrap();
    drop(database);
    let store = bench.open_quietly();
    let wrong = store.verify().await.unwrap();
    assert!(wrong.len() == 1 && wrong[0].contains("the listings tree differs"), "{wrong:?}");
    assert!(matches!(store.load().await.unwrap_err(), StoreError::Stopped { .. }));
    drop(store);
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("was found to be damaged and was set aside"), "{opened:?}");
    bench.check(&store).await;
    drop(store);
    bench.check(&bench.open_quietly()).await;
}

#[tokio::test]
async fn a_database_behind_the_journal_catches_up() {
    let mut bench = Bench::filled().await;
    let earlier = bench.folder.join("earlier");
    copy(&bench.database(), &earlier);
    let store = bench.open_quietly();
    bench.commit(&store, samples::entries().to_vec()).await;
    bench.commit(&store, vec![Entry::ConnectionKept(samples::connection(3))]).await;
    drop(store);
    fs::remove_dir_all(bench.database()).unwrap();
    fs::rename(&earlier, bench.database()).unwrap();
    bench.check(&bench.open_quietly()).await;
}

#[tokio::test]
async fn a_database_of_another_store_is_not_believed() {
    let (bench, other) = (Bench::filled().await, Bench::filled().await);
    fs::remove_dir_all(bench.database()).unwrap();
    copy(&other.database(), &bench.database());
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("contradicted the journal and was set aside"), "{opened:?}");
    bench.check(&store).await;
}

#[tokio::test]
async fn a_change_too_large_for_one_transaction_is_whole_or_rebuilt() {
    let mut bench = Bench::new();
    bench.options.transaction = 3;
    let store = bench.open_quietly();
    for entry in samples::entries() {
        bench.commit(&store, vec![entry]).await;
    }
    bench.check(&store).await;
    drop(store);
    bench.check(&bench.open_quietly()).await;

    let database = Database::open(&bench.database(), &bench.options).unwrap();
    let mut trees = Changes::over(&database, database.largest_value());
    trees.put(Tree::Meta, meta::UNFINISHED, &[]).unwrap();
    trees.remove_all(Tree::Jobs, &[]).unwrap();
    database.fill(trees.into_writes()).unwrap();
    drop(database);
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("was cut off in the middle of a large change"), "{opened:?}");
    bench.check(&store).await;
}

#[tokio::test]
async fn an_older_layout_is_rebuilt_and_a_newer_one_is_refused() {
    let bench = Bench::filled().await;
    let set_schema = |number: u32| {
        let database = Database::open(&bench.database(), &bench.options).unwrap();
        let mut trees = Changes::over(&database, database.largest_value());
        trees.put(Tree::Meta, meta::SCHEMA, &number.to_le_bytes()).unwrap();
        database.apply(trees.into_writes()).unwrap();
    };
    set_schema(SCHEMA + 1);
    let refused = Store::open_with(&bench.folder, &bench.options).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found, known } if found == SCHEMA + 1 && known == SCHEMA));
    set_schema(SCHEMA - 1);
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("older version of this program"), "{opened:?}");
    bench.check(&store).await;
}

#[tokio::test]
async fn what_an_interrupted_rebuild_left_is_cleared() {
    let bench = Bench::filled().await;
    // Built and never used; and replaced, but not yet renamed.
    fs::create_dir(bench.folder.join("db-000007")).unwrap();
    fs::create_dir(bench.folder.join("db-000000")).unwrap();
    let (store, opened) = bench.open();
    assert!(opened.notes[0].contains("db.quarantine-000000"), "{opened:?}");
    assert!(!bench.folder.join("db-000007").exists());
    bench.check(&store).await;
}

#[tokio::test]
async fn without_journal_and_database_nothing_is_made_up() {
    let bench = Bench::filled().await;
    fs::remove_dir_all(bench.folder.join("journal")).unwrap();
    fs::remove_dir_all(bench.database()).unwrap();
    let refused = Store::open_with(&bench.folder, &bench.options).unwrap_err().to_string();
    assert!(refused.contains("the journal is empty") && refused.contains("Restore a backup"), "{refused}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
