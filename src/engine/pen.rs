//! The right to change what is true, and the numbers that are given with it.

use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;

use crate::domain::{ConnectionId, JobId, LinkId, ListingId, VariantId};
use crate::protocol::Problem;
use crate::store::Entry;

use super::Planted;
use super::notes;
use super::problem;
use super::truth::Truth;

/// Numbers that have not been given yet, and the journal's last one.
pub struct Numbers {
    pub(super) connection: u32,
    pub(super) listing: u64,
    pub(super) variant: u64,
    pub(super) link: u64,
    pub(super) job: u64,
    /// Grows with each commit and over restarts: what an intent is numbered by, so that no key comes twice.
    pub(super) journal: u64,
}

/// The right to change what is true; there is one.
pub struct Pen {
    pub(super) truth: Arc<Truth>,
    pub(super) numbers: OwnedMutexGuard<Numbers>,
}

impl Pen {
    pub fn connection(&mut self) -> ConnectionId {
        self.numbers.connection += 1;
        ConnectionId(self.numbers.connection - 1)
    }

    pub fn listing(&mut self) -> ListingId {
        self.numbers.listing += 1;
        ListingId(self.numbers.listing - 1)
    }

    pub fn variant(&mut self) -> VariantId {
        self.numbers.variant += 1;
        VariantId(self.numbers.variant - 1)
    }

    pub fn link(&mut self) -> LinkId {
        self.numbers.link += 1;
        LinkId(self.numbers.link - 1)
    }

    pub fn job(&mut self) -> JobId {
        self.numbers.job += 1;
        JobId(self.numbers.job - 1)
    }

    pub fn plants(&self, planted: Planted) -> bool {
        self.truth.options.plants(planted)
    }

    /// The number that the next job will get, without giving it.
    pub fn coming_job(&self) -> JobId {
        JobId(self.numbers.job)
    }

    /// A number for a new intent. Grows with every commit, also over restarts, so it never comes twice for a job.
    pub fn generation(&self) -> u32 {
        // Four thousand million commits are beyond any shop's life; the low half stays unique within them.
        (self.numbers.journal & u64::from(u32::MAX)) as u32
    }

    /// Journals the entries, takes them in, tells the terminals, and puts the pen down. Whoever stops waiting for this
    /// does not stop it: memory never falls behind the journal.
    pub async fn commit(self, entries: Vec<Entry>) -> Result<(), Problem> {
        self.write(entries).await.map(|_| ())
    }

    /// As [`Pen::commit`], and keeps the pen.
    pub async fn write(mut self, mut entries: Vec<Entry>) -> Result<Self, Problem> {
        if entries.is_empty() {
            return Ok(self);
        }
        let writing = tokio::spawn(async move {
            let at = self.truth.now();
            // While we hold the pen, what is known stays as it is: the lines say what these entries change.
            entries.extend(self.truth.read(|known| notes::of(known, &entries, at)));
            self.truth.may_die(false).await;
            let journal = self.truth.store.commit(at, entries.clone()).await.map_err(problem::store)?;
            self.numbers.journal = self.numbers.journal.max(journal);
            if let Some(listener) = &self.truth.options.listener {
                (listener.0)(&entries);
            }
            self.truth.may_die(true).await;
            self.truth.take_in(entries);
            Ok(self)
        });
        match writing.await {
            Ok(written) => written,
            Err(_) => Err(problem::broken("the engine was ended while it wrote to its store")),
        }
    }
}
