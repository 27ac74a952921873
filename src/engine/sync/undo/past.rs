//! What a job did, as the history tells it, and what happened to it since.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

use crate::domain::{
    Cause, Effect, Happening, HistoryRecord, Job, JobId, Listing, ListingId, Quantity, Step, VariantId,
};
use crate::protocol::{HistoryRow, Problem};
use crate::store::{HistoryPlace, HistoryQuery};

use super::super::super::problem;
use super::super::super::truth::Truth;

/// How a count was changed by a job, over all its tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    pub by: Quantity,
    /// What it was when the job was done with it.
    pub left: Quantity,
}

/// What came of something that the job made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    Untouched,
    /// What changed first: `price`.
    Changed(String),
}

pub struct Past {
    pub job: JobId,
    /// Counts on platforms.
    pub counts: HashMap<VariantId, Changed>,
    /// What is available of a link, by the member under which it is noted.
    pub available: HashMap<VariantId, Changed>,
    /// Variants that joined a link which was there before.
    pub joined: BTreeSet<VariantId>,
    /// Listings that it made.
    pub made: BTreeMap<ListingId, Since>,
    /// Listings whose fields it wrote, whole.
    pub wholes: HashMap<ListingId, Listing>,
}

impl Past {
    pub async fn of(truth: &Truth, job: &Job, steps: &[Step]) -> Result<Self, Problem> {
        let mut past = Self {
            job: job.id,
            counts: HashMap::new(),
            available: HashMap::new(),
            joined: BTreeSet::new(),
            made: BTreeMap::new(),
            wholes: HashMap::new(),
        };
        let mut made = Vec::new();
        // Oldest first, so that what was left last stays.
        for (place, line) in lines(truth, job.id).await?.into_iter().rev() {
            past.take(&line);
            if let (Happening::Created, Some(listing)) = (line.what, line.listing) {
                made.push((place, listing));
            }
        }
        for (place, listing) in made {
            let since = since(truth, job.id, listing, place).await?;
            past.made.insert(listing, since);
        }
        for step in steps {
            if let Effect::SetField { listing, .. } = &step.planned.effect
                && !past.wholes.contains_key(listing)
                && let Some(known) = truth.store.listing(*listing).await.map_err(problem::store)?
            {
                past.wholes.insert(*listing, known.listing);
            }
        }
        Ok(past)
    }

    fn take(&mut self, line: &HistoryRecord) {
        let Some(variant) = line.variant else { return };
        match line.what {
            Happening::Quantity => {
                let read = |value: &Option<String>| value.as_deref().and_then(|value| Quantity::from_str(value).ok());
                let Some(left) = read(&line.new) else { return };
                // A count that was not known before: there is nothing to go back to.
                let Some(old) = read(&line.old) else { return };
                let of = if line.connection.is_some() { &mut self.counts } else { &mut self.available };
                let before = of.get(&variant).map_or(Quantity::ZERO, |changed| changed.by);
                of.insert(variant, Changed { by: before + (left - old), left });
            }
            Happening::Linked if line.old.is_some() => {
                self.joined.insert(variant);
            }
            _ => {}
        }
    }
}

/// Everything that a job noted, newest first.
async fn lines(truth: &Truth, job: JobId) -> Result<Vec<(HistoryPlace, HistoryRecord)>, Problem> {
    let mut query = HistoryQuery { job: Some(job), limit: 5000, ..HistoryQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = truth.store.history(query.clone()).await.map_err(problem::store)?;
        found.extend(page.lines);
        match page.more {
            Some(more) => query.before = Some(more),
            None => return Ok(found),
        }
    }
}

/// Whether anything happened to a listing that the job made, but by the job itself.
async fn since(truth: &Truth, job: JobId, listing: ListingId, made: HistoryPlace) -> Result<Since, Problem> {
    let listings = Some(BTreeSet::from([listing]));
    let mut query = HistoryQuery { listings, after: Some(made), limit: 1000, ..HistoryQuery::default() };
    let mut since = Since::Untouched;
    loop {
        let page = truth.store.history(query.clone()).await.map_err(problem::store)?;
        let mut others = page.lines.iter().filter(|(_, line)| line.cause != Cause::Job { job });
        if let Some((_, line)) = others.next_back() {
            since = Since::Changed(HistoryRow::word(line.what).to_owned());
        }
        match page.more {
            Some(more) => query.before = Some(more),
            None => return Ok(since),
        }
    }
}
