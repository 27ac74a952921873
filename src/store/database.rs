//! sled behind a few functions: open it, read values, write a transaction, make it safe on the disk.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional};

use super::folder;
use super::habits::{self, LARGEST_VALUE};
use super::journal::record::Head;
use super::options::{Habit, Options, Synced};
use super::projection::meta;
use super::shelf::{Shelf, Tree, Visit, Writes, chunks, record};
use super::trouble::{Outcome, Trouble};

/// Who reads more values than these in one go reads each twice. sled notes which pages were read in 256 queues, and only
/// when sixty-four reads stand in one are its pages counted, and put away if the cache is full. A page is noted once for
/// all its values when they are gone through in order, so that up to sixteen thousand pages lay in memory, which are
/// ninety megabytes; noted for each of its values, it is one of some two thousand.
const FEW: u32 = 256;

/// Values in one batch of a portion-wise change.
const PORTION: usize = 10_000;

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    db: sled::Db,
    /// In the order of [`Tree::ALL`].
    trees: Vec<sled::Tree>,
    folder: PathBuf,
    /// Our own handle on its one big file, for H1.
    file: File,
    options: Options,
}

impl From<sled::Error> for Trouble {
    fn from(why: sled::Error) -> Self {
        match why {
            sled::Error::Io(why) => Self::DatabaseFile(why),
            other => Self::Damaged(format!("the database is damaged: {other}")),
        }
    }
}

impl Database {
    /// Opens or creates it, with the habits H2 and H3. sled may panic or hang on files that it does not like, so it is
    /// opened on a thread of its own.
    ///
    /// After the time limit that thread is left behind: nothing can end it. It can do no harm, since a database that is
    /// set aside is renamed and no folder's name is ever used again.
    pub(super) fn open(folder: &Path, options: &Options) -> Outcome<Self> {
        folder::make_private(folder)?;
        if options.keeps(Habit::ClearSnapshots) {
            habits::clear_half_written_snapshots(folder)?;
        }
        let (opened, wait) = mpsc::channel();
        let path = folder.to_owned();
        let cache = options.cache;
        thread::Builder::new()
            .name("store opening".to_owned())
            .spawn(move || {
                let _ = opened.send(open_sled(&path, cache));
            })
            .map_err(Trouble::DatabaseFile)?;
        let (db, trees) = match wait.recv_timeout(options.patience) {
            Ok(result) => result?,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let seconds = options.patience.as_secs();
                return Err(Trouble::Damaged(format!("the database did not open within {seconds} seconds")));
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Trouble::Damaged("the database broke off while it was being opened".to_owned()));
            }
        };
        folder::close_to_others(folder)?;
        if options.keeps(Habit::SyncAfterOpen) {
            habits::sync_after_open(folder)?;
        }
        let path = folder.join("db");
        let file = File::open(&path).map_err(Trouble::file("open", &path))?;
        Ok(Self { db, trees, folder: folder.to_owned(), file, options: options.clone() })
    }

    /// The newest record that it knows; `None` if it was never finished.
    pub(super) fn head(&self) -> Outcome<Option<Head>> {
        let Some(bytes) = record(self, Tree::Meta, meta::HEAD)? else { return Ok(None) };
        let parts = bytes.split_first_chunk::<8>().and_then(|(seq, hash)| Some((seq, hash.try_into().ok()?)));
        match parts {
            Some((seq, hash)) => Ok(Some(Head { seq: u64::from_le_bytes(*seq), hash })),
            None => Err(Trouble::Damaged("the database's head is damaged".to_owned())),
        }
    }

    /// The version of its trees' layout.
    pub(super) fn schema(&self) -> Outcome<Option<u32>> {
        let bytes = record(self, Tree::Meta, meta::SCHEMA)?;
        Ok(bytes.and_then(|bytes| bytes.first_chunk().map(|number| u32::from_le_bytes(*number))))
    }

    /// The largest value that [`super::shelf::Changes`] may make.
    pub(super) fn largest_value(&self) -> usize {
        if self.options.keeps(Habit::SmallValues) { LARGEST_VALUE } else { usize::MAX }
    }

    /// Writes everything or nothing, in all trees. What is too large for one transaction goes in portions, with a mark
    /// around them: a database with the mark in it was cut off, and is rebuilt from the journal.
    pub(super) fn apply(&self, mut writes: Writes) -> Outcome<()> {
        self.assert_small(&writes)?;
        if writes.iter().map(BTreeMap::len).sum::<usize>() <= self.options.transaction {
            return self.transact(&writes);
        }
        let mark = chunks(meta::UNFINISHED, &[], LARGEST_VALUE).collect::<Vec<_>>();
        let mut marked = Writes::default();
        marked[Tree::Meta.place()].extend(mark.iter().map(|(key, value)| (key.clone(), Some(value.clone()))));
        self.transact(&marked)?;
        self.settle()?;
        let mut last = Writes::default();
        last[Tree::Meta.place()] = std::mem::take(&mut writes[Tree::Meta.place()]);
        last[Tree::Meta.place()].extend(mark.into_iter().map(|(key, _)| (key, None)));
        self.fill(writes)?;
        self.settle()?;
        self.transact(&last)
    }

    fn transact(&self, writes: &Writes) -> Outcome<()> {
        let done = self.trees.transaction(|trees| {
            // No clock, no chance, no file in here: it may run twice.
            for (tree, writes) in trees.iter().zip(writes) {
                for (key, value) in writes {
                    match value {
                        Some(value) => tree.insert(key.as_slice(), value.as_slice())?,
                        None => tree.remove(key.as_slice())?,
                    };
                }
            }
            Ok::<(), ConflictableTransactionError<()>>(())
        });
        match done {
            Ok(()) => Ok(()),
            Err(TransactionError::Storage(why)) => Err(why.into()),
            Err(TransactionError::Abort(())) => Err(Trouble::Damaged("a transaction was aborted".to_owned())),
        }
    }

    /// Writes without the all-or-nothing: for a database that nobody uses before it is finished.
    pub(super) fn fill(&self, writes: Writes) -> Outcome<()> {
        self.assert_small(&writes)?;
        for (tree, writes) in self.trees.iter().zip(writes) {
            let mut writes = writes.into_iter().peekable();
            while writes.peek().is_some() {
                let mut batch = sled::Batch::default();
                for (key, value) in writes.by_ref().take(PORTION) {
                    match value {
                        Some(value) => batch.insert(key, value),
                        None => batch.remove(key),
                    }
                }
                tree.apply_batch(batch)?;
            }
        }
        Ok(())
    }

    /// When it returns, all that was written survives a power cut.
    pub(super) fn settle(&self) -> Outcome<()> {
        self.db.flush()?;
        if self.options.keeps(Habit::SyncAfterFlush) {
            habits::sync_after_flush(&self.file, &self.folder)?;
            Synced::tell(self.options.synced.as_ref(), &self.folder.join("db"));
        }
        Ok(())
    }

    /// H4.
    fn assert_small(&self, writes: &Writes) -> Outcome<()> {
        if !self.options.keeps(Habit::SmallValues) {
            return Ok(());
        }
        match writes.iter().flatten().filter_map(|(_, value)| value.as_ref()).find(|value| !habits::is_small(value)) {
            Some(value) => Err(Trouble::Damaged(format!("a value of {} bytes is too large for a tree", value.len()))),
            None => Ok(()),
        }
    }
}

impl Shelf for Database {
    fn value(&self, tree: Tree, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
        let Some(tree) = self.trees.get(tree.place()) else { return Ok(None) };
        Ok(tree.get(key)?.map(|value| value.to_vec()))
    }

    fn walk(&self, tree: Tree, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Outcome<()> {
        let Some(tree) = self.trees.get(tree.place()) else { return Ok(()) };
        for (place, item) in (0..).zip(tree.range(from.max(prefix)..)) {
            let (key, value) = item?;
            if place >= FEW {
                tree.contains_key(&key)?;
            }
            if !key.starts_with(prefix) || !visit(&key, &value)? {
                break;
            }
        }
        Ok(())
    }
}

/// How long a database may be held by somebody although the store's folder is ours: one of our own that was closed just
/// now, or a child process that has its open files until it becomes another program.
const LET_GO: Duration = Duration::from_secs(5);

fn open_sled(folder: &Path, cache: u64) -> Outcome<(sled::Db, Vec<sled::Tree>)> {
    let config = sled::Config::new()
        .path(folder)
        .mode(sled::Mode::LowSpace)
        .cache_capacity(cache)
        .flush_every_ms(Some(500)) // a second net only: we flush ourselves
        .use_compression(false) // cannot be changed later
        .print_profile_on_drop(false);
    let began = Instant::now();
    let db = loop {
        match config.open() {
            // It says so in words alone.
            Err(why) if began.elapsed() < LET_GO && why.to_string().contains("could not acquire lock") => {
                thread::sleep(Duration::from_millis(20));
            }
            opened => break opened?,
        }
    };
    let trees = Tree::ALL.iter().map(|tree| db.open_tree(tree.name())).collect::<Result<_, _>>()?;
    Ok((db, trees))
}
