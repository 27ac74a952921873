//! Imports: a connection's catalogue is read, page by page, and every page is journalled with the cursor behind it.
//!
//! Whatever stops an import (a person, the network, the end of the process), it goes on from its last page. What a full
//! sweep did not show is looked up before it counts as deleted, and a sweep that would take away a large share of the
//! catalogue asks first.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::{ConnectionId, Cursor, Feed, Job, JobId, JobKind, JobState, ListingId, RemoteId};
use crate::platform::{Change, Next, Page, PlatformError, SharedConnector};
use crate::protocol::NoticeLevel;
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::intake;
use super::jobs::waiting::{Patience, Trouble, say, sit_out};
use super::sync::afresh::{self, Open};
use super::sync::{deletions, writing};
use super::truth::{Known, Truth};

/// Listings in one look-up of what a sweep did not show.
const LOOKED_UP_AT_ONCE: usize = 100;

/// Rule 6: what may vanish without a question.
const FEW: usize = 20;
const SHARE: usize = 10;

/// How often a feed may refuse a cursor before everything is read anew.
const REFUSALS: u32 = 3;

/// What is known of a running import beside its journal.
#[derive(Debug, Default)]
struct Sweep {
    seen: HashSet<ListingId>,
    /// Begun at the start by this process, so what it has not seen is not there.
    whole: bool,
    /// A person was asked about what is missing, and said to go on.
    asked: bool,
    listings_done: bool,
    refusals: u32,
}

enum Ended {
    Done,
    /// Paused, cancelled, or the engine stops.
    Left,
}

/// Runs a connection's imports, one after the other, until the engine stops or the connection is removed.
pub async fn worker(truth: Arc<Truth>, connection: ConnectionId) {
    let mut sweeps: HashMap<JobId, Sweep> = HashMap::new();
    let mut patience = Patience::default();
    let mut work = truth.work();
    let mut stopping = truth.stopping();
    loop {
        work.mark_unchanged();
        let there = truth.read(|known| known.catalogue.now().connection(connection).is_some());
        if truth.is_stopping() || !there {
            return;
        }
        let Some(job) = truth.read(|known| known.board.next_import(connection).cloned()) else {
            tokio::select! {
                biased;
                () = work.changed() => {}
                () = stopping.wait_for(|stopping| *stopping) => {}
            }
            continue;
        };
        let sweep = sweeps.entry(job.id).or_default();
        match import(&truth, connection, &job, sweep, &mut patience).await {
            Ok(Ended::Done) => {
                patience.calm();
                sweeps.remove(&job.id);
            }
            Ok(Ended::Left) => {}
            Err(trouble) => sit_out(&truth, connection, job.id, trouble, &mut patience).await,
        }
    }
}

async fn import(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: &Job,
    sweep: &mut Sweep,
    patience: &mut Patience,
) -> Result<Ended, Trouble> {
    let connector = truth.connector(connection)?;
    let full = matches!(job.kind, JobKind::Import { full: true, .. });
    begin(truth, connection, job, full, sweep, &connector).await?;
    afresh::settle(truth, connection, &connector).await?;
    for feed in [Feed::Listings, Feed::Stock] {
        if (feed == Feed::Listings && sweep.listings_done) || (feed == Feed::Stock && !connector.profile().stock_feed) {
            continue;
        }
        loop {
            if truth.is_stopping() || !is_running(truth, job.id) {
                return Ok(Ended::Left);
            }
            let cursor = truth.read(|known| cursor(known, connection, feed));
            let asked = truth.tick();
            let page = connector.changes(feed, &cursor).await;
            truth.called(connection, &page);
            match page {
                Ok(page) => {
                    let more = matches!(page.next, Next::More(_));
                    let mut open = keep(truth, connection, job.id, feed, full, page, asked, sweep).await?;
                    while let Some((cursor, left)) = open.take() {
                        let page = match afresh::read(truth, connection, &connector, &left).await {
                            Ok(read) => read,
                            Err(error) => return Err(refused(truth, connection, feed, sweep, error).await?),
                        };
                        open = again(truth, connection, job.id, feed, page, cursor).await?;
                    }
                    patience.calm();
                    sweep.refusals = 0;
                    say(truth, job.id, None);
                    if !more {
                        break;
                    }
                }
                Err(error) => return Err(refused(truth, connection, feed, sweep, error).await?),
            }
        }
        if feed == Feed::Listings {
            sweep.listings_done = true;
        }
    }
    let missing = if full && sweep.whole { missing(truth, connection, &connector, sweep).await? } else { Vec::new() };
    finish(truth, connection, job, full, sweep, missing).await
}

fn is_running(truth: &Truth, job: JobId) -> bool {
    truth.read(|known| {
        known.board.run(job).is_some_and(|run| matches!(run.job.state, JobState::Queued | JobState::Running))
    })
}

/// Where a feed goes on. Listings come with their levels, so the stock feed has no beginning of its own: it starts where
/// the listings' run began, by that run's cursor.
pub fn cursor(known: &Known, connection: ConnectionId, feed: Feed) -> Cursor {
    let cursors = known.standing.get(&connection).map(|standing| &standing.cursors);
    let of = |feed| cursors?.get(&feed).map(|(cursor, _)| cursor).filter(|cursor| **cursor != Cursor::Start);
    of(feed).or_else(|| of(Feed::Listings)).cloned().unwrap_or(Cursor::Start)
}

/// Says that the import runs. A full one that has not read anything yet goes back to the start.
async fn begin(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: &Job,
    full: bool,
    sweep: &mut Sweep,
    connector: &SharedConnector,
) -> Result<(), Trouble> {
    if job.started_at.is_some() {
        return Ok(());
    }
    let total = if full {
        let count = connector.count().await;
        truth.called(connection, &count);
        // Without a number there is no bar, and nothing else is lost.
        count.ok().flatten()
    } else {
        None
    };
    let pen = truth.pen().await;
    let now = truth.now();
    let mut entries = Vec::new();
    if let Some(mut job) = truth.read(|known| known.board.run(job.id).map(|run| run.job.clone()))
        && matches!(job.state, JobState::Queued | JobState::Running)
    {
        job.state = JobState::Running;
        job.started_at = Some(now);
        job.progress.total = total;
        if full {
            sweep.whole = true;
            for feed in [Feed::Listings, Feed::Stock] {
                entries.push(Entry::CursorMoved { connection, feed, cursor: Cursor::Start, at: now });
            }
        }
        entries.push(Entry::JobKept(job));
    }
    pen.commit(entries).await?;
    Ok(())
}

/// Journals a page: what it showed, the cursor behind it, and how far the import is. Gives what has to be asked for again
/// before the page has been read, with that cursor.
#[expect(clippy::too_many_arguments, reason = "a page and all that it is a page of")]
async fn keep(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    feed: Feed,
    full: bool,
    page: Page,
    asked: u64,
    sweep: &mut Sweep,
) -> Result<Option<(Cursor, Open)>, Trouble> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let Some(mut kept) = truth.read(|known| known.board.run(job).map(|run| run.job.clone())) else { return Ok(None) };
    if kept.state.ended() {
        // Cancelled while the page was on its way.
        return Ok(None);
    }
    let (Next::More(next) | Next::Done(next)) = page.next;
    let taken = truth.read(|known| intake::page(known, &mut pen, connection, page.changes, asked, now));
    let mut entries = taken.entries;
    let (deletes, asks) = truth.read(|known| deletions::follow(truth, known, &mut pen, &entries, now));
    entries.extend(deletes);
    if taken.open.is_empty() {
        entries.push(Entry::CursorMoved { connection, feed, cursor: next.clone(), at: now });
    }
    if feed == Feed::Listings {
        kept.progress.done += taken.seen.len() as u64;
    }
    kept.progress.failed += taken.unreadable.len() as u64;
    kept.progress.total = kept.progress.total.map(|total| total.max(kept.progress.done + kept.progress.failed));
    for (remote, why) in &taken.unreadable {
        tracing::warn!(%connection, remote, why, "an item could not be read");
    }
    if !taken.unreadable.is_empty() {
        kept.note = Some(unreadable_note(kept.note.as_deref(), kept.progress.failed, &taken.unreadable));
    }
    entries.push(Entry::JobKept(kept));
    pen.commit(entries).await?;
    asks.iter().for_each(|(job, title, note)| writing::ask(truth, *job, title, note));
    if full {
        sweep.seen.extend(taken.seen);
    }
    truth.remember(crate::protocol::Topic::Jobs, |known| {
        if let Some(run) = known.board.run_mut(job) {
            run.sample(now);
        }
    });
    Ok((!taken.open.is_empty()).then_some((next, taken.open)))
}

/// Journals what a page had left open, with the cursor behind the page if nothing of it is open any more.
async fn again(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: JobId,
    feed: Feed,
    (changes, asked): (Vec<Change>, u64),
    cursor: Cursor,
) -> Result<Option<(Cursor, Open)>, Trouble> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    if !is_running(truth, job) {
        return Ok(None);
    }
    // What is read by its identifier is never told to be gone, so no deletion follows from it.
    let taken = truth.read(|known| intake::page(known, &mut pen, connection, changes, asked, now));
    let mut entries = taken.entries;
    if taken.open.is_empty() {
        entries.push(Entry::CursorMoved { connection, feed, cursor: cursor.clone(), at: now });
    }
    pen.commit(entries).await?;
    Ok((!taken.open.is_empty()).then_some((cursor, taken.open)))
}

/// `3 products could not be read: 1234: the price "abc" is no amount · …`
fn unreadable_note(before: Option<&str>, count: u64, fresh: &[(String, String)]) -> String {
    let listed = before.and_then(|note| note.split_once(" could not be read: ")).map(|(_, listed)| listed.to_owned());
    let mut listed = listed.into_iter().collect::<Vec<_>>();
    listed.extend(fresh.iter().map(|(remote, why)| crate::domain::clean(&format!("{remote}: {why}"))));
    let mut text = listed.join(" · ");
    // The first ones are told in full; the log has them all.
    if text.chars().count() > 1000 {
        text = text.chars().take(1000).collect::<String>() + " …";
    }
    let what = if count == 1 { "1 product" } else { &format!("{count} products") };
    format!("{what} could not be read: {text}")
}

/// What an error of a feed means. One that does not pass may be about the cursor: then everything is read anew.
async fn refused(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    feed: Feed,
    sweep: &mut Sweep,
    error: PlatformError,
) -> Result<Trouble, Trouble> {
    let error = match Trouble::of(error) {
        Ok(trouble) => return Ok(trouble),
        Err(error) => error,
    };
    sweep.refusals += 1;
    if sweep.refusals >= REFUSALS && truth.read(|known| self::cursor(known, connection, feed)) != Cursor::Start {
        sweep.refusals = 0;
        let pen = truth.pen().await;
        let at = truth.now();
        pen.commit(vec![Entry::CursorMoved { connection, feed, cursor: Cursor::Start, at }]).await?;
        let text = "the shop does not know any more where the last import ended; everything is read anew";
        truth.announcer.notice(NoticeLevel::Warning, text, None, None);
    }
    // Tried again like one that passes: a feed never dies silently.
    Ok(Trouble::Passing(error))
}

/// What the sweep did not show and the platform does not know any more either.
async fn missing(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    connector: &SharedConnector,
    sweep: &Sweep,
) -> Result<Vec<ListingId>, Trouble> {
    let unseen: Vec<(ListingId, RemoteId)> = truth.read(|known| {
        let catalogue = known.catalogue.now();
        let unseen = catalogue.shelf(connection).filter(|id| !sweep.seen.contains(id));
        let unseen = unseen.filter(|id| catalogue.present(*id).is_some());
        unseen.filter_map(|id| Some((id, catalogue.look(id)?.known.listing.remote.clone()))).collect()
    });
    let mut missing = Vec::new();
    for group in unseen.chunks(LOOKED_UP_AT_ONCE) {
        let ids: Vec<RemoteId> = group.iter().map(|(_, remote)| remote.clone()).collect();
        let found = connector.listings(&ids).await;
        truth.called(connection, &found);
        let found = match found {
            Ok(found) => found,
            Err(error) => return Err(Trouble::of(error).unwrap_or_else(Trouble::Passing)),
        };
        let there: HashSet<&RemoteId> = found.iter().map(|listing| &listing.remote).collect();
        missing.extend(group.iter().filter(|(_, remote)| !there.contains(remote)).map(|(id, _)| *id));
    }
    Ok(missing)
}

async fn finish(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    job: &Job,
    full: bool,
    sweep: &mut Sweep,
    missing: Vec<ListingId>,
) -> Result<Ended, Trouble> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let (kept, all) = truth.read(|known| {
        (known.board.run(job.id).map(|run| run.job.clone()), known.catalogue.now().there(connection).listings)
    });
    let Some(mut kept) = kept.filter(|kept| matches!(kept.state, JobState::Queued | JobState::Running)) else {
        return Ok(Ended::Left);
    };
    if missing.len() >= FEW && (missing.len() * SHARE) as u64 > all && !sweep.asked {
        sweep.asked = true;
        kept.state = JobState::Paused;
        let note = format!(
            "{} of {all} products are not in the shop any more; if they were deleted there, resume this job, else cancel it",
            missing.len()
        );
        kept.note = Some(note.clone());
        pen.commit(vec![Entry::JobKept(kept)]).await?;
        let hint = "look at the job, then resume or cancel it".to_owned();
        truth.announcer.notice(NoticeLevel::Warning, format!("{} asks: {note}", job.title), Some(hint), Some(job.id));
        return Ok(Ended::Left);
    }
    let mut entries = truth.read(|known| intake::gone(known, &missing, now));
    let (deletes, asks) = truth.read(|known| deletions::follow(truth, known, &mut pen, &entries, now));
    entries.extend(deletes);
    if full {
        entries.push(Entry::Swept { connection, at: now });
    }
    if sweep.asked {
        kept.note = None;
    }
    kept.state = JobState::Done;
    kept.ended_at = Some(now);
    kept.progress.total = Some(kept.progress.done + kept.progress.failed);
    let (title, progress) = (kept.title.clone(), kept.progress);
    entries.push(Entry::JobKept(kept));
    pen.commit(entries).await?;
    asks.iter().for_each(|(job, title, note)| writing::ask(truth, *job, title, note));
    if full {
        let level = if progress.failed > 0 { NoticeLevel::Warning } else { NoticeLevel::Success };
        let gone = if missing.is_empty() { String::new() } else { format!(", {} deleted there", missing.len()) };
        let failed = if progress.failed > 0 { format!(", {} not readable", progress.failed) } else { String::new() };
        let text = format!("{title}: {} products read{gone}{failed}", progress.done);
        truth.announcer.notice(level, text, None, Some(job.id));
    }
    Ok(Ended::Done)
}
