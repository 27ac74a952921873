//! The truth on disk. The only folder that says sled.
//!
//! What is true is the journal: a list of [`Entry`]s, appended and never changed. Everything else is a projection of it
//! that can be rebuilt, and is, whenever it does not open. An entry is acknowledged when it would survive a power cut.
//!
//! | file | holds |
//! |---|---|
//! | `open.rs` | the order of things at the start: lock, journal, database, comparison, rebuilding |
//! | `folder.rs` | the private folder, the lock, free space, which database is in use |
//! | `journal/` | the plain segments: records, chain, reading them back |
//! | `habits.rs` | the four habits (H1 to H4) that make this database safe |
//! | `database.rs`, `shelf.rs` | sled behind a few functions; records larger than a value |
//! | `projection.rs`, `keeping.rs`, `rebuild.rs` | what an entry does to the trees; the trees from the journal |
//! | `history.rs` | what was noted, and how it is searched |
//! | `forms/` | how each noun lies on the disk, with its versions |
//! | `owner.rs`, `reading.rs`, `verify.rs` | the thread, its answers, the check |
//! | `spare.rs`, `beside.rs` | room for what is too large for memory; a file for what can be made anew |
//! | `memory.rs`, `model.rs` | a store in plain maps: for simulations, and to hold the real one against |
//!
//! # When something of it has to change
//!
//! A stored noun gets a further form in `forms/` with the next version; the old ones are read for ever. Another layout of
//! the trees gets the next number of `SCHEMA` in `rebuild.rs`: stores with a lower one are rebuilt from the journal at
//! their next start, and the old database is set aside. Stores with a higher one are refused.
//!
//! # What it does not do
//!
//! The journal only grows; folding old segments together, and backups, are not here yet.

mod beside;
mod database;
mod entry;
mod folder;
mod forms;
mod habits;
mod history;
mod journal;
mod keeping;
mod memory;
mod model;
mod open;
mod options;
mod owner;
mod projection;
mod reading;
mod rebuild;
mod shelf;
mod spare;
mod trouble;
mod verify;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use tokio::task::coop::unconstrained;

use crate::domain::{
    Connection, ConnectionId, Cursor, Feed, FieldRules, Job, JobId, KnownListing, KnownOrder, Link, LinkId, ListingId,
    Refusal, Rejection, Step, StepIndex, SyncSettings, Timestamp,
};

pub use beside::Beside;
pub use entry::Entry;
pub use history::{HistoryPage, HistoryPlace, HistoryQuery};
pub use memory::Memory;
pub use options::{Habit, Options, Synced};
pub use spare::Spare;

use owner::Command;

/// What went wrong with the store. Messages name the folder and say what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process has it: pid, host.
    #[error("the store at {folder} is in use by process {holder}; end that one, or choose another folder with --home")]
    InUse { folder: PathBuf, holder: String },
    #[error("the store at {folder} cannot be used: {why}")]
    Unusable { folder: PathBuf, why: String },
    #[error(
        "the store was written by a newer version ({found}) of this program, which knows {known}; install the newer one"
    )]
    Newer { found: u32, known: u32 },
    #[error("the disk with {folder} is full or nearly so; nothing more is written until some space is freed")]
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    pub connections: Vec<Connection>,
    pub cursors: Vec<(ConnectionId, Feed, Cursor, Timestamp)>,
    /// The end of the last full sweep.
    pub swept: Vec<(ConnectionId, Timestamp)>,
    pub listings: Vec<KnownListing>,
    pub links: Vec<Link>,
    pub jobs: Vec<Job>,
    /// Batches that were sent and whose steps have not all ended: (job, steps, generation). A step that was sent again
    /// is in several; the highest generation is its last.
    pub batches: Vec<(JobId, Vec<StepIndex>, u32)>,
    /// Of those connections for which somebody chose.
    pub settings: Vec<(ConnectionId, SyncSettings)>,
    /// Of those pairs for which somebody chose.
    pub rules: Vec<FieldRules>,
    /// By connection and identifier.
    pub orders: Vec<KnownOrder>,
    /// In millionths of a unit, where any was estimated.
    pub drift: Vec<(ConnectionId, u64)>,
    /// By in-store listing, then by the other.
    pub rejections: Vec<Rejection>,
    /// One more than the highest number ever given, for each kind.
    pub next_connection: u32,
    pub next_listing: u64,
    pub next_variant: u64,
    pub next_link: u64,
    pub next_job: u64,
}

/// A handle on the one thread that owns the journal and sled. Clones share it; when the last one is dropped, that waits
/// until the thread has written everything and let go of the lock.
#[derive(Debug, Clone)]
pub struct Store {
    place: Place,
}

/// Where a store's things are.
#[derive(Debug, Clone)]
enum Place {
    Disk(Arc<Thread>),
    Memory(memory::Session),
}

#[derive(Debug)]
struct Thread {
    /// `None` only while being dropped.
    commands: Option<Sender<Command>>,
    handle: Option<JoinHandle<()>>,
    folder: PathBuf,
    stands_still: bool,
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(handle) = self.handle.take() {
            // A panic in there has been shown by the hook, and every caller was told that the store has stopped.
            let _ = handle.join();
        }
    }
}

impl Store {
    /// Opens or creates the store in `folder`. May take seconds: reads the whole journal, and rebuilds the database if
    /// that does not open.
    pub fn open(folder: &Path) -> Result<(Self, Opened), StoreError> {
        Self::open_with(folder, &Options::default())
    }

    /// The same with other sizes and limits than the program uses.
    pub fn open_with(folder: &Path, options: &Options) -> Result<(Self, Opened), StoreError> {
        let (parts, opened) = open::open(folder, options)?;
        Self::start(parts, opened, options, || {})
    }

    /// A store that forgets: for demos without `--home` and for tests of other rooms. Same code, temporary folder.
    pub fn temporary() -> Result<(Self, Opened), StoreError> {
        let folder = open::temporary_folder()?;
        let options = Options { keep_free: 32 << 20, ..Options::default() };
        let (parts, opened) = open::open(&folder, &options)?;
        Self::start(parts, opened, &options, move || {
            // What is left of it does no harm in a temporary folder.
            let _ = std::fs::remove_dir_all(folder);
        })
    }

    fn start(
        parts: open::Parts,
        opened: Opened,
        options: &Options,
        after: impl FnOnce() + Send + 'static,
    ) -> Result<(Self, Opened), StoreError> {
        let folder = parts.folder.clone();
        let (commands, handle) = owner::start(parts, options, after)?;
        let thread =
            Thread { commands: Some(commands), handle: Some(handle), folder, stands_still: options.stands_still };
        Ok((Self { place: Place::Disk(Arc::new(thread)) }, opened))
    }

    /// Appends entries as one transaction. When this returns `Ok`, they survive a power cut. Gives the number of their
    /// record in the journal, which grows with each commit.
    ///
    /// `Full`, `Unusable`: nothing was written. `Stopped`: the entries may or may not be there after the next start.
    pub async fn commit(&self, at: Timestamp, entries: Vec<Entry>) -> Result<u64, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(|reply| Command::Commit { at, entries, reply }).await,
            Place::Memory(session) => session.with(|model| model.commit(&entries)),
        }
    }

    pub async fn load(&self) -> Result<Loaded, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(Command::Load).await,
            Place::Memory(session) => session.with(|model| model.load()),
        }
    }

    /// The same without listings and links, of which there may be more than memory should hold twice: those are read in
    /// portions, by [`Store::listings`] and [`Store::links`].
    pub async fn load_few(&self) -> Result<Loaded, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(Command::LoadFew).await,
            Place::Memory(session) => session.with(|model| model.load_few()),
        }
    }

    /// The first `limit` links with this number or a higher one, in order.
    pub async fn links(&self, from: LinkId, limit: usize) -> Result<Vec<Link>, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(|reply| Command::Links { from, limit, reply }).await,
            Place::Memory(session) => session.with(|model| model.links_from(from, limit)),
        }
    }

    /// The first `limit` listings with this number or a higher one, in order.
    pub async fn listings(&self, from: ListingId, limit: usize) -> Result<Vec<KnownListing>, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(|reply| Command::Listings { from, limit, reply }).await,
            Place::Memory(session) => session.with(|model| model.listings_from(from, limit)),
        }
    }

    /// Room on the store's disk for what need not outlive the process; a store in memory has none.
    pub fn spare(&self) -> Option<Spare> {
        match &self.place {
            Place::Disk(thread) => Some(Spare::at(&thread.folder)),
            Place::Memory(_) => None,
        }
    }

    /// A file beside the database for what can be made anew; a store in memory has none.
    pub fn beside(&self, name: &str, identity: [u8; 16]) -> Option<Beside> {
        match &self.place {
            Place::Disk(thread) => Some(Beside::at(&thread.folder, name, identity)),
            Place::Memory(_) => None,
        }
    }

    pub async fn listing(&self, id: ListingId) -> Result<Option<KnownListing>, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(|reply| Command::Listing(id, reply)).await,
            Place::Memory(session) => session.with(|model| model.listing(id)),
        }
    }

    /// Steps `from..from + limit` of a job.
    pub async fn steps(&self, job: JobId, from: StepIndex, limit: usize) -> Result<Vec<Step>, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(|reply| Command::Steps { job, from, limit, reply }).await,
            Place::Memory(session) => session.with(|model| model.steps_from(job, from, limit)),
        }
    }

    pub async fn refusals(&self, job: JobId) -> Result<Vec<Refusal>, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(|reply| Command::Refusals(job, reply)).await,
            Place::Memory(session) => session.with(|model| model.refusals(job)),
        }
    }

    /// Lines of the history, newest first. Looks at no more than [`HistoryQuery::scan`] of them; a call with a search
    /// is as long as that.
    pub async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(|reply| Command::History(Box::new(query), reply)).await,
            Place::Memory(session) => session.with(|model| model.history(&query)),
        }
    }

    /// Reads every record and compares the projections with the journal; plain sentences about what is wrong.
    /// Everything else waits meanwhile.
    pub async fn verify(&self) -> Result<Vec<String>, StoreError> {
        match &self.place {
            Place::Disk(thread) => thread.ask(Command::Verify).await,
            Place::Memory(session) => session.with(|_| Vec::new()),
        }
    }
}

impl Thread {
    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Command,
    ) -> Result<T, StoreError> {
        let ended = || StoreError::Stopped { why: "its thread has ended; start again".to_owned() };
        let (reply, answer) = oneshot::channel();
        let commands = self.commands.as_ref().ok_or_else(ended)?;
        commands.send(command(reply)).map_err(|_| ended())?;
        let answer = if self.stands_still { standing_still(answer) } else { answer.await };
        answer.map_err(|_| ended())?
    }
}

/// Waits for what another thread does; this one does nothing else meanwhile.
fn standing_still<F: Future>(waited_for: F) -> F::Output {
    struct Sleeper(std::thread::Thread);
    impl Wake for Sleeper {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Sleeper(std::thread::current())));
    // A task's turn ends after so many answers, but this one has to get its own first.
    let mut waited_for = pin!(unconstrained(waited_for));
    loop {
        match waited_for.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}
