//! What can be chosen about a store. The program uses the defaults; tests turn the screws.

use std::time::Duration;

/// How the store keeps its files.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes that must stay free on the disk; with less, the store only reads. The database cannot even open on a disk
    /// that is quite full.
    pub keep_free: u64,
    /// The database's cache in bytes. The process grows to about one and a half times that.
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
    /// The caller's thread stands still until it is answered: for a simulation, whose time must not pass meanwhile.
    /// Never set by the program.
    #[doc(hidden)]
    pub stands_still: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep_free: 100 << 20,
            cache: 128 << 20,
            segment: 8 << 20,
            transaction: 50_000,
            patience: Duration::from_secs(300),
            leave_out: None,
            stands_still: false,
        }
    }
}

impl Options {
    pub(super) fn keeps(&self, habit: Habit) -> bool {
        self.leave_out != Some(habit)
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
}
