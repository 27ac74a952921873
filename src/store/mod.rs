//! The truth on disk. The only folder that says sled.
//!
//! What is true is the journal: a list of [`Entry`]s, appended and never changed. Everything else is a projection of it
//! that can be rebuilt. An entry is acknowledged when it would survive a power cut.

mod entry;

use std::path::{Path, PathBuf};

use crate::domain::{
    Connection, ConnectionId, Cursor, Feed, Job, JobId, KnownListing, Link, ListingId, Refusal, Step, StepIndex,
    Timestamp,
};

pub use entry::Entry;

/// What went wrong with the store. Messages name the folder and say what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process has it: pid, host.
    #[error("the store at {folder} is in use by process {holder}")]
    InUse { folder: PathBuf, holder: String },
    #[error("the store at {folder} cannot be used: {why}")]
    Unusable { folder: PathBuf, why: String },
    #[error("the store was written by a newer version ({found}) than this one ({known})")]
    Newer { found: u32, known: u32 },
    #[error("the disk with {folder} is full or nearly so; nothing more is written")]
    Full { folder: PathBuf },
    #[error("the store has stopped: {why}")]
    Stopped { why: String },
}

/// What opening found and did; worth telling the user if not empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// Plain sentences: `the store did not open and was set aside as …; it was rebuilt from the journal (8,112 entries)`.
    pub notes: Vec<String>,
    /// 16 random bytes made with the store: part of every idempotency key.
    pub identity: [u8; 16],
}

/// Everything the engine needs in memory at its start.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    pub connections: Vec<Connection>,
    pub cursors: Vec<(ConnectionId, Feed, Cursor, Timestamp)>,
    /// The end of the last full sweep.
    pub swept: Vec<(ConnectionId, Timestamp)>,
    pub listings: Vec<KnownListing>,
    pub links: Vec<Link>,
    pub jobs: Vec<Job>,
    /// Batches that were sent and whose steps have not ended: (job, steps, generation).
    pub batches: Vec<(JobId, Vec<StepIndex>, u32)>,
    /// One more than the highest number ever given, for each kind.
    pub next_connection: u32,
    pub next_listing: u64,
    pub next_variant: u64,
    pub next_link: u64,
    pub next_job: u64,
}

/// A handle on the one thread that owns sled. Clones share it; the thread ends, flushed, when the last one is dropped.
#[derive(Clone)]
pub struct Store {}

impl Store {
    /// Opens or creates the store in `folder` (see `open.rs` for the four habits).
    pub fn open(folder: &Path) -> Result<(Self, Opened), StoreError> {
        let _ = folder;
        todo!()
    }

    /// A store that forgets: for demos without `--home` and for tests of other rooms. Same code, temporary folder.
    pub fn temporary() -> Result<(Self, Opened), StoreError> {
        todo!()
    }

    /// Appends entries as one transaction. When this returns `Ok`, they survive a power cut.
    pub async fn commit(&self, at: Timestamp, entries: Vec<Entry>) -> Result<u64, StoreError> {
        let _ = (at, entries);
        todo!()
    }

    pub async fn load(&self) -> Result<Loaded, StoreError> {
        todo!()
    }

    pub async fn listing(&self, id: ListingId) -> Result<Option<KnownListing>, StoreError> {
        let _ = id;
        todo!()
    }

    /// Steps `from..from + limit` of a job.
    pub async fn steps(&self, job: JobId, from: StepIndex, limit: usize) -> Result<Vec<Step>, StoreError> {
        let _ = (job, from, limit);
        todo!()
    }

    pub async fn refusals(&self, job: JobId) -> Result<Vec<Refusal>, StoreError> {
        let _ = job;
        todo!()
    }

    /// Reads every record and compares the projections with the journal; plain sentences about what is wrong.
    pub async fn verify(&self) -> Result<Vec<String>, StoreError> {
        todo!()
    }
}
