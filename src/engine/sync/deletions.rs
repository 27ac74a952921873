//! A product that is deleted on the side of record is deleted on the other side, where the rules say so.
//!
//! Planned in the very commit that says that it is gone, since its links end there: nobody could tell later what it was
//! linked to. Only where nothing of the other product is linked to anything else on the side of record.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    ConnectionId, Effect, Job, JobId, JobKind, JobState, KnownListing, ListingId, PlannedStep, Progress, Timestamp,
};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::super::truth::{Known, Pen, Truth};
use super::owing::is_automatic;
use super::steps;
use super::writing::{guarded, numbered};

/// A job that the guard stopped: its number, its title, and what it says.
pub type Asks = (JobId, String, String);

/// The jobs that follow from listings that these entries say are gone.
pub fn follow(
    truth: &Truth,
    known: &Known,
    pen: &mut Pen,
    entries: &[Entry],
    now: Timestamp,
) -> (Vec<Entry>, Vec<Asks>) {
    let gone: BTreeSet<ListingId> = entries
        .iter()
        .filter_map(|entry| if let Entry::ListingGone { listing, .. } = entry { Some(*listing) } else { None })
        .collect();
    let mut planned: BTreeMap<ConnectionId, Vec<PlannedStep>> = BTreeMap::new();
    let mut followed = BTreeSet::new();
    for listing in gone.iter().filter_map(|id| known.catalogue.now().listing(*id)).filter(|listing| !listing.gone) {
        for other in followers(truth, known, listing, &gone) {
            if followed.insert(other.id) {
                let name = steps::name(known, listing.connection);
                planned.entry(other.connection).or_default().push(PlannedStep {
                    effect: Effect::Delete { connection: other.connection, listing: other.id },
                    subject: other.listing.title.clone(),
                    reason: format!("it was deleted on {name}, whose word counts"),
                    after: None,
                });
            }
        }
    }
    let (mut jobs, mut asks) = (Vec::new(), Vec::new());
    for (connection, all) in planned {
        let note = guarded(known, connection, &all, known.desk.deleted_lately(connection, now));
        let what = if all.len() == 1 { "1 product".to_owned() } else { format!("{} products", all.len()) };
        let job = Job {
            id: pen.job(),
            kind: JobKind::Edit,
            title: format!("Delete {what} on {}", steps::name(known, connection)),
            state: if note.is_some() { JobState::Paused } else { JobState::Queued },
            created_at: now,
            started_at: None,
            ended_at: None,
            progress: Progress { total: Some(all.len() as u64), ..Progress::default() },
            note: note.clone(),
        };
        asks.extend(note.map(|note| (job.id, job.title.clone(), note)));
        jobs.push(Entry::JobPlanned { job, steps: numbered(all), refusals: Vec::new() });
    }
    (jobs, asks)
}

/// What is to be deleted because this listing was.
fn followers<'a>(
    truth: &Truth,
    known: &'a Known,
    listing: &KnownListing,
    gone: &BTreeSet<ListingId>,
) -> Vec<&'a KnownListing> {
    let catalogue = known.catalogue.now();
    let side = catalogue.connection(listing.connection).map(|connection| connection.side);
    let links = listing.variants.iter().filter_map(|variant| catalogue.link_of(*variant));
    let members = links.flat_map(|link| link.members.iter().map(move |member| (link, member)));
    let mut found = Vec::new();
    for (link, member) in members.filter(|(_, member)| member.connection != listing.connection) {
        let rules = known.rules.between(listing.connection, member.connection);
        let leads = rules.is_some_and(|rules| rules.deletes.record().is_some() && rules.deletes.record() == side);
        if !leads || link.paused || !is_automatic(truth, known, member.connection) {
            continue;
        }
        let Some(other) = catalogue.listing(member.listing).filter(|other| !other.gone && !gone.contains(&other.id))
        else {
            continue;
        };
        let ties = other.variants.iter().filter_map(|variant| catalogue.link_of(*variant));
        let leaders = ties
            .flat_map(|link| &link.members)
            .filter(|member| catalogue.connection(member.connection).map(|connection| connection.side) == side);
        if leaders.into_iter().all(|leader| gone.contains(&leader.listing)) {
            found.push(other);
        }
    }
    found
}
