//! What can be chosen about a store. The program uses the defaults; tests turn the screws.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How the store keeps its files.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes that must stay free on the disk; with less, the store only reads. The database cannot even open on a disk
    /// that is quite full.
    pub keep_free: u64,
    /// The database's cache in bytes. The process grows to about twice that. What is read lies in the system's own cache
    /// besides, so that a small one costs little.
    pub cache: u64,
    /// Bytes after which the journal goes on in a new segment.
    pub segment: u64,
    /// Values in one transaction of the database, which holds all of them in memory, with those they replace. A larger
    /// change (a connection with a million listings goes) is written in portions.
    pub transaction: usize,
    /// How long the database may take to open before it is set aside.
    pub patience: Duration,
    /// A habit to be left out, so that a test can prove that it would see its absence. Never set by the program.
    #[doc(hidden)]
    pub leave_out: Option<Habit>,
    /// Told what is on the disk now, so that a test can cut the power. Never set by the program.
    #[doc(hidden)]
    pub synced: Option<Synced>,
    /// The caller's thread stands still until it is answered: for a simulation, whose time must not pass meanwhile.
    /// Never set by the program.
    #[doc(hidden)]
    pub stands_still: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep_free: 100 << 20,
            cache: 12 << 20,
            segment: 8 << 20,
            transaction: 50_000,
            patience: Duration::from_secs(300),
            leave_out: None,
            synced: None,
            stands_still: false,
        }
    }
}

impl Options {
    pub(super) fn keeps(&self, habit: Habit) -> bool {
        self.leave_out != Some(habit)
    }
}

/// Hears of each file of which everything that was written up to now would survive a power cut, once the store is open.
#[doc(hidden)]
#[derive(Clone)]
pub struct Synced(pub Arc<dyn Fn(&Path) + Send + Sync>);

impl Synced {
    pub(super) fn tell(to: Option<&Self>, path: &Path) {
        if let Some(to) = to {
            (to.0)(path);
        }
    }
}

impl std::fmt::Debug for Synced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Synced")
    }
}

/// The four things that make this version of the database safe against a power cut. See `habits.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// H1: our own fdatasync after each flush.
    SyncAfterFlush,
    /// H2: half-written snapshots go before the database is opened.
    ClearSnapshots,
    /// H3: every file and folder is synced after opening.
    SyncAfterOpen,
    /// H4: no value over 4 KiB.
    SmallValues,
    /// Not one of the four, but just as needed: the journal is synced before anything is done with what is in it.
    SyncJournal,
}
