//! The one thread that owns the journal and the database.
//!
//! Commands come over a channel. Commits that wait together become one group: one sync of the journal, one transaction,
//! one flush. Nothing is acknowledged before it is in the journal *and* in the database, safe on the disk. Reads are
//! answered in the order in which they were asked, so a caller sees what it has committed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::entry::Entry;
use super::folder::{self, DatabaseNumber};
use super::forms::{self, Commit};
use super::history::{self, HistoryPage, HistoryQuery};
use super::journal::NotAppended;
use super::journal::record::{Kind, Record};
use super::open::Parts;
use super::options::Options;
use super::rebuild::replay;
use super::shelf::Changes;
use super::trouble::{Outcome, Trouble};
use super::{Loaded, StoreError, reading, verify};
use crate::domain::{JobId, KnownListing, Link, LinkId, ListingId, Refusal, Step, StepIndex, Timestamp};

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the thread can be asked.
pub(super) enum Command {
    Commit { at: Timestamp, entries: Vec<Entry>, reply: Reply<u64> },
    Load(Reply<Loaded>),
    LoadFew(Reply<Loaded>),
    Links { from: LinkId, limit: usize, reply: Reply<Vec<Link>> },
    Listings { from: ListingId, limit: usize, reply: Reply<Vec<KnownListing>> },
    Listing(ListingId, Reply<Option<KnownListing>>),
    Steps { job: JobId, from: StepIndex, limit: usize, reply: Reply<Vec<Step>> },
    Refusals(JobId, Reply<Vec<Refusal>>),
    History(Box<HistoryQuery>, Reply<HistoryPage>),
    Verify(Reply<Vec<String>>),
}

/// The most commits in one group, and the bytes after which a group is full.
const MOST_COMMITS: usize = 256;
const MOST_BYTES: usize = 16 << 20;

struct Owner {
    parts: Parts,
    options: Options,
    /// Set once something went wrong after which nobody knows what is on the disk.
    stopped: Option<String>,
}

/// A commit on its way.
struct Waiting {
    payload: Vec<u8>,
    reply: Reply<u64>,
}

/// Starts the thread. It ends when the last sender is gone; `after` runs when everything is closed.
pub(super) fn start(
    parts: Parts,
    options: &Options,
    after: impl FnOnce() + Send + 'static,
) -> Result<(Sender<Command>, JoinHandle<()>), StoreError> {
    let (sender, receiver) = channel();
    let owner = Owner { parts, options: options.clone(), stopped: None };
    let folder = owner.parts.folder.clone();
    let thread = thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || {
            // sled panics on some damages. Every caller then hears that the store has stopped.
            if catch_unwind(AssertUnwindSafe(|| owner.run(&receiver))).is_err() {
                let _ = DatabaseNumber::distrust(&folder);
            }
            after();
        })
        .map_err(|why| StoreError::Stopped { why: format!("its thread could not be started: {why}") })?;
    Ok((sender, thread))
}

impl Owner {
    fn run(mut self, commands: &Receiver<Command>) {
        let mut waiting = Vec::new();
        while let Ok(mut command) = commands.recv() {
            let mut size = 0;
            // Takes what has gathered, without waiting for more: while this group is being synced, the next gathers.
            let other = loop {
                match command {
                    Command::Commit { at, entries, reply } => {
                        size += self.accept(at, entries, reply, &mut waiting);
                        if waiting.len() >= MOST_COMMITS || size >= MOST_BYTES {
                            break None;
                        }
                    }
                    other => break Some(other),
                }
                match commands.try_recv() {
                    Ok(next) => command = next,
                    Err(_) => break None,
                }
            };
            self.write(&mut waiting);
            if let Some(other) = other {
                self.answer(other);
            }
        }
    }

    /// Encodes a commit; answers at once if there is nothing to write or it cannot be stored. Gives its size.
    fn accept(&self, at: Timestamp, entries: Vec<Entry>, reply: Reply<u64>, waiting: &mut Vec<Waiting>) -> usize {
        if entries.is_empty() {
            let _ = reply.send(self.check().map(|()| self.parts.journal.head().seq));
            return 0;
        }
        match forms::wrap(&Commit { at, entries }) {
            Ok(payload) => {
                let size = payload.len();
                waiting.push(Waiting { payload, reply });
                size
            }
            Err(trouble) => {
                let folder = self.parts.folder.clone();
                let _ = reply.send(Err(StoreError::Unusable { folder, why: trouble.to_string() }));
                0
            }
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        match &self.stopped {
            Some(why) => Err(StoreError::Stopped { why: why.clone() }),
            None => Ok(()),
        }
    }

    /// Writes a group, then answers all of it.
    fn write(&mut self, waiting: &mut Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let mut replies = Vec::with_capacity(waiting.len());
        let mut group = Vec::with_capacity(waiting.len());
        for Waiting { payload, reply } in waiting.drain(..) {
            group.push((Kind::Commit, payload));
            replies.push(reply);
        }
        let done = self.check().and_then(|()| self.write_group(&group));
        for (place, reply) in (0u64..).zip(replies) {
            // Whoever asked may have gone; what it asked for is done all the same.
            let _ = reply.send(done.clone().map(|first| first + place));
        }
    }

    /// Gives the number of the group's first record.
    fn write_group(&mut self, group: &[(Kind, Vec<u8>)]) -> Result<u64, StoreError> {
        let full = || StoreError::Full { folder: self.parts.folder.clone() };
        let size: usize = group.iter().map(|(_, payload)| payload.len()).sum();
        let (free, _) = folder::free_space(&self.parts.folder).map_err(|why| self.refused(&why))?;
        // Each byte lies in the journal, in its second copy and in a tree, and the database needs room to move.
        if free < self.options.keep_free.saturating_add(4 * size as u64) {
            return Err(full());
        }
        let first = self.parts.journal.head().seq + 1;
        let records = match self.parts.journal.append(group) {
            Ok(records) => records,
            Err(NotAppended::Refused(why)) if why.is_full() => return Err(full()),
            Err(NotAppended::Refused(why)) => return Err(self.refused(&why)),
            Err(NotAppended::Unclear(why)) => return Err(self.stop(&why)),
        };
        // From here on the entries are true, and will be there after the next start whatever happens.
        let bytes = records.iter().map(|(_, bytes)| bytes.as_slice());
        match self.project(bytes) {
            Ok(()) => Ok(first),
            Err(why) => Err(self.stop(&why)),
        }
    }

    fn project<'a>(&self, records: impl Iterator<Item = &'a [u8]>) -> Outcome<()> {
        let database = &self.parts.database;
        let mut trees = Changes::over(database, database.largest_value());
        for bytes in records {
            // Read back from its own bytes: what a rebuild will see is what happens now.
            let record =
                Record::first(bytes).ok_or_else(|| Trouble::Damaged("a fresh record is damaged".to_owned()))?;
            replay(&mut trees, &record)?;
        }
        database.apply(trees.into_writes())?;
        database.settle()
    }

    fn refused(&self, why: &Trouble) -> StoreError {
        StoreError::Unusable { folder: self.parts.folder.clone(), why: why.to_string() }
    }

    /// From here on nothing is answered any more. A damaged database is replaced at the next start.
    fn stop(&mut self, why: &Trouble) -> StoreError {
        if matches!(why, Trouble::Damaged(_)) {
            // If even that cannot be written, the next start finds the damage again.
            let _ = DatabaseNumber::distrust(&self.parts.folder);
        }
        let advice = if why.is_full() { "free some space on its disk and start again" } else { "start again" };
        let why = format!("{why}; {advice}, nothing that was acknowledged is lost");
        self.stopped = Some(why.clone());
        StoreError::Stopped { why }
    }

    fn answer(&mut self, command: Command) {
        match command {
            // Commits were taken out by `run`.
            Command::Commit { reply, .. } => drop(reply),
            Command::Load(reply) => self.reply(reply, |owner| reading::load(&owner.parts.database)),
            Command::LoadFew(reply) => self.reply(reply, |owner| reading::load_few(&owner.parts.database)),
            Command::Links { from, limit, reply } => {
                self.reply(reply, |owner| reading::links(&owner.parts.database, from, limit));
            }
            Command::Listings { from, limit, reply } => {
                self.reply(reply, |owner| reading::listings(&owner.parts.database, from, limit));
            }
            Command::Listing(id, reply) => self.reply(reply, |owner| reading::listing(&owner.parts.database, id)),
            Command::Steps { job, from, limit, reply } => {
                self.reply(reply, |owner| reading::steps(&owner.parts.database, job, from, limit));
            }
            Command::Refusals(job, reply) => self.reply(reply, |owner| reading::refusals(&owner.parts.database, job)),
            Command::History(query, reply) => {
                self.reply(reply, |owner| history::history(&owner.parts.database, &query));
            }
            Command::Verify(reply) => self.reply(reply, |owner| verify::verify(&owner.parts, &owner.options)),
        }
    }

    fn reply<T>(&mut self, reply: Reply<T>, read: impl FnOnce(&Self) -> Outcome<T>) {
        let answer = match self.check() {
            Ok(()) => read(self).map_err(|why| self.stop(&why)),
            Err(stopped) => Err(stopped),
        };
        let _ = reply.send(answer);
    }
}
