//! Connections are looked at without anybody asking: orders, listings and levels, as often as is useful and fair.
//!
//! A look is no job. What it finds is journalled with the cursor behind it; one that finds nothing leaves no trace but
//! the moment at which it was made, and its cursor is journalled with the next thing that moved, or now and then. Orders
//! come first, so that the order that explains a fall is known before the fall is seen. A look that fails is made again,
//! with growing pauses, for ever, and the connection's state says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{ConnectionId, Cursor, Feed, JobKind, JobState, Timestamp};
use crate::platform::{Change, Next, PlatformError, SharedConnector};
use crate::protocol::{NoticeLevel, Problem, Topic};
use crate::rules::CatalogueView;
use crate::rules::pace::{self, Bounds};
use crate::store::Entry;

use super::super::connections::{new_import, read_at};
use super::super::jobs::queue::profile;
use super::super::jobs::run::Place;
use super::super::jobs::waiting::Trouble;
use super::super::truth::{Known, Truth};
use super::super::{import, intake};
use super::{afresh, conflicts, deletions, orders, writing};

/// How often connections are looked at that are kept in step continuously.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// After something moved.
    pub soonest: Duration,
    /// When it is quiet.
    pub changes: Duration,
    /// Everything is read, which also finds what was deleted.
    pub everything: Duration,
}

impl Default for Poll {
    fn default() -> Self {
        Self {
            soonest: Duration::from_secs(5),
            changes: Duration::from_secs(30),
            everything: Duration::from_secs(24 * 3600),
        }
    }
}

impl Poll {
    const fn bounds(self) -> Bounds {
        Bounds { soonest: self.soonest, latest: self.changes }
    }
}

/// How long a cursor behind uneventful looks may stand in memory only, in seconds.
const UNWRITTEN: u64 = 600;

/// How often a feed may refuse a cursor before it is begun anew.
const REFUSALS: u32 = 3;

/// How many items that cannot be read are remembered, so that each is told once.
const REMEMBERED: usize = 200;

/// What a connection's looks have come to.
#[derive(Debug, Default)]
struct Looks {
    /// The end of the last one, whether it went well or not.
    last: Option<Timestamp>,
    /// Looks in a row that failed, and what the platform asked for.
    failures: u32,
    asked_to_wait: Option<Duration>,
    /// Feeds that fail by themselves rest by themselves: how often in a row, and until when.
    resting: BTreeMap<Feed, (u32, Timestamp)>,
    /// Calls of the last look.
    calls: u32,
    unreadable: BTreeMap<String, String>,
}

/// What is to be done.
enum Due {
    Look,
    /// Everything is read again: a job, since it takes its time and may have to ask.
    Sweep,
    At(Timestamp),
    /// Not before somebody does something.
    Later,
}

/// Looks at a connection until the engine stops or the connection is removed.
pub async fn worker(truth: Arc<Truth>, connection: ConnectionId) {
    let mut looks = Looks::default();
    let mut work = truth.work();
    let mut orders = truth.orders();
    let mut stopping = truth.stopping();
    loop {
        work.mark_unchanged();
        orders.mark_unchanged();
        let there = truth.read(|known| known.catalogue.now().connection(connection).is_some());
        if truth.is_stopping() || !there {
            return;
        }
        let now = truth.now();
        let (due, busy) = truth.read(|known| (due(&truth, known, connection, &looks, now), is_busy(known, connection)));
        expect_next(&truth, connection, &due, now);
        match due {
            Due::Look => look(&truth, connection, &mut looks).await,
            Due::Sweep => {
                if let Err(problem) = sweep(&truth, connection).await {
                    tracing::warn!(message = problem.message, "an import by the clock was not started");
                    truth.clock.sleep(pace::after_failure(1)).await;
                }
            }
            Due::At(then) => {
                let pause = u64::try_from(then.0.saturating_sub(now.0)).unwrap_or(0).max(1);
                tokio::select! {
                    biased;
                    () = stopping.wait_for(|stopping| *stopping) => {}
                    () = orders.changed() => {}
                    // The pause is the long one of a person's job: with the job's end it is over, too.
                    () = work.changed(), if busy => {}
                    () = truth.clock.sleep(Duration::from_millis(pause)) => {}
                }
            }
            Due::Later => {
                tokio::select! {
                    biased;
                    () = stopping.wait_for(|stopping| *stopping) => {}
                    () = orders.changed() => {}
                    () = work.changed() => {}
                }
            }
        }
    }
}

fn due(truth: &Truth, known: &Known, connection: ConnectionId, looks: &Looks, now: Timestamp) -> Due {
    let Some(standing) = known.standing.get(&connection) else { return Due::Later };
    // Before the first import came to its end there is nothing to keep up with, and two readers would step on each
    // other's cursors.
    let (Some(swept), false) = (standing.swept, imports(known, connection)) else { return Due::Later };
    if standing.asked {
        return Due::Look;
    }
    let settings = known.catalogue.now().settings(connection);
    let Some(poll) = truth.options.poll.filter(|_| settings.automatic) else { return Due::Later };
    if now.seconds_since(swept) >= poll.everything.as_secs() && !asks(known, connection) {
        return Due::Sweep;
    }
    let last = looks.last.unwrap_or(Timestamp(0)).max(read_at(known, connection).unwrap_or_default());
    let pause = match looks.failures {
        0 => {
            let Ok(Some(profile)) = profile_of(truth, known, connection) else { return Due::Later };
            pace::pause(
                &pace::Facts {
                    every: settings.every,
                    quiet: standing.moved.map(|moved| Duration::from_secs(now.seconds_since(moved))),
                    calls: looks.calls.max(1),
                    budget: profile.budget,
                    busy: is_busy(known, connection),
                },
                poll.bounds(),
            )
        }
        failures => looks.asked_to_wait.unwrap_or_else(|| pace::after_failure(failures)),
    };
    // At the start, what was read before says nothing about now.
    let then = last.plus_seconds(0).0.saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
    if looks.last.is_none() || then <= now.0 { Due::Look } else { Due::At(Timestamp(then)) }
}

fn profile_of(
    truth: &Truth,
    known: &Known,
    connection: ConnectionId,
) -> Result<Option<&'static crate::domain::Profile>, Problem> {
    let platform = known.catalogue.now().connection(connection).map(|known| known.platform.0.clone());
    Ok(platform.and_then(|platform| truth.shops.profile(&platform)))
}

/// Whether an import is reading, or was paused by a person. One that waits for an answer is not in the way.
fn imports(known: &Known, connection: ConnectionId) -> bool {
    known.board.runs().map(|run| &run.job).any(|job| {
        let here = matches!(job.kind, JobKind::Import { connection: of, .. } if of == connection);
        let reads = matches!(job.state, JobState::Queued | JobState::Running)
            || (job.state == JobState::Paused && job.note.is_none());
        here && reads
    })
}

/// Whether an import waits for an answer already.
fn asks(known: &Known, connection: ConnectionId) -> bool {
    known
        .board
        .runs()
        .map(|run| &run.job)
        .any(|job| !job.state.ended() && matches!(job.kind, JobKind::Import { connection: of, .. } if of == connection))
}

/// Whether a job that a person ordered is under way there.
fn is_busy(known: &Known, connection: ConnectionId) -> bool {
    let place = Place::At(connection);
    known.board.runs().any(|run| {
        matches!(run.job.state, JobState::Queued | JobState::Running)
            && !matches!(run.job.kind, JobKind::Sync { .. })
            && (run.planned_at(place).next().is_some() || run.open_at(place).next().is_some())
    })
}

fn expect_next(truth: &Truth, connection: ConnectionId, due: &Due, now: Timestamp) {
    let next = match due {
        Due::Look | Due::Sweep => Some(now),
        Due::At(then) => Some(*then),
        Due::Later => None,
    };
    truth.keep_in_mind(|known| {
        if let Some(standing) = known.standing.get_mut(&connection) {
            standing.next_look = next;
        }
    });
}

/// One look at everything that moved.
async fn look(truth: &Arc<Truth>, connection: ConnectionId, looks: &mut Looks) {
    let asked = truth.read(|known| known.standing.get(&connection).is_some_and(|standing| standing.asked));
    let began = truth.now();
    let outcome = feeds(truth, connection, looks, asked).await;
    let now = truth.now();
    if outcome.is_ok() {
        conflicts::tell(truth, connection, began);
    }
    looks.last = Some(now);
    match &outcome {
        Ok(_) => {
            (looks.failures, looks.asked_to_wait) = (0, None);
        }
        Err(trouble) => {
            looks.failures = looks.failures.saturating_add(1);
            looks.asked_to_wait = failed(connection, trouble);
        }
    }
    truth.keep_in_mind(|known| {
        if asked {
            // Whatever came of it: what is known is told.
            known.owing.asked.insert(connection);
        }
        if let Some(standing) = known.standing.get_mut(&connection) {
            standing.asked &= !asked;
            if let Ok(moved) = outcome {
                standing.looked = Some(now);
                if moved {
                    standing.moved = Some(now);
                }
            }
        }
    });
    if asked {
        truth.nudge();
    }
}

/// Says what went wrong. Gives the pause that the platform asks for.
fn failed(connection: ConnectionId, trouble: &Trouble) -> Option<Duration> {
    match trouble {
        Trouble::Passing(error) | Trouble::Login(error) | Trouble::Unanswered(error) => {
            tracing::info!(%connection, %error, "a look failed");
            match error {
                PlatformError::Throttled { retry_after, .. } => *retry_after,
                _ => None,
            }
        }
        Trouble::Unsettled => None,
        Trouble::Ours(problem) => {
            tracing::warn!(%connection, message = problem.message, "a look failed");
            None
        }
    }
}

/// Reads the feeds one after the other. Gives whether anything moved.
async fn feeds(truth: &Arc<Truth>, connection: ConnectionId, looks: &mut Looks, asked: bool) -> Result<bool, Trouble> {
    let connector = truth.connector(connection)?;
    let Some(profile) = profile(truth, connection)? else { return Ok(false) };
    let (mut moved, mut calls) = (false, 0);
    let mut heard = None;
    afresh::settle(truth, connection, &connector).await?;
    for (feed, there) in [(Feed::Orders, profile.order_feed), (Feed::Listings, true), (Feed::Stock, profile.stock_feed)]
    {
        let rests = looks.resting.get(&feed).is_some_and(|(_, until)| *until > truth.now());
        if !there || (rests && !asked) {
            continue;
        }
        let began = truth.now();
        match one(truth, connection, &connector, feed, looks, &mut calls).await {
            Ok(more) => {
                moved |= more;
                heard = heard.or((feed == Feed::Orders).then_some(began));
                looks.resting.remove(&feed);
            }
            // It is about this feed, and the others are as good as ever.
            Err(Stop::Refused(error)) => refused(truth, connection, feed, looks, &error).await?,
            Err(Stop::Trouble(trouble)) => return Err(trouble),
        }
    }
    if let Some(heard) = heard {
        orders::settle(truth, connection, &connector, heard).await?;
    }
    looks.calls = calls;
    Ok(moved)
}

enum Stop {
    Trouble(Trouble),
    Refused(PlatformError),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

async fn one(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    connector: &SharedConnector,
    feed: Feed,
    looks: &mut Looks,
    calls: &mut u32,
) -> Result<bool, Stop> {
    let mut moved = false;
    loop {
        if truth.is_stopping() {
            return Ok(moved);
        }
        let cursor = truth.read(|known| cursor(known, connection, feed));
        let asked = truth.tick();
        *calls += 1;
        let page = connector.changes(feed, &cursor).await;
        truth.called(connection, &page);
        let page = match page {
            Ok(page) => page,
            Err(error) => return Err(Trouble::of(error).map_or_else(Stop::Refused, Stop::Trouble)),
        };
        let more = matches!(page.next, Next::More(_));
        let (Next::More(next) | Next::Done(next)) = page.next;
        let (mut changes, mut asked) = (page.changes, asked);
        loop {
            let kept = keep(truth, connection, feed, (changes, next.clone()), asked, looks).await;
            let Some(kept) = kept.map_err(Trouble::Ours)? else { return Ok(moved) };
            moved |= kept.eventful;
            if kept.open.is_empty() {
                break;
            }
            *calls += 1;
            (changes, asked) = match afresh::read(truth, connection, connector, &kept.open).await {
                Ok(read) => read,
                Err(error) => return Err(Trouble::of(error).map_or_else(Stop::Refused, Stop::Trouble)),
            };
        }
        if !more {
            return Ok(moved);
        }
    }
}

/// Where a feed goes on: behind the last look that found nothing, else where the journal says.
fn cursor(known: &Known, connection: ConnectionId, feed: Feed) -> Cursor {
    let ahead = known.standing.get(&connection).and_then(|standing| standing.ahead.get(&feed));
    match (ahead, feed) {
        (Some(cursor), _) => cursor.clone(),
        (None, Feed::Orders) => {
            let journalled = known.standing.get(&connection).and_then(|standing| standing.cursors.get(&feed));
            journalled.map_or(Cursor::Start, |(cursor, _)| cursor.clone())
        }
        (None, Feed::Listings | Feed::Stock) => import::cursor(known, connection, feed),
    }
}

/// What a page came to.
struct Kept {
    /// It told something new.
    eventful: bool,
    /// What has to be asked for again before the page has been read.
    open: afresh::Open,
}

/// Takes in a page, or what it left open. `next`: where the feed goes on once nothing of it is open. `None` if an import
/// has taken over meanwhile.
async fn keep(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    feed: Feed,
    (changes, next): (Vec<Change>, Cursor),
    asked: u64,
    looks: &mut Looks,
) -> Result<Option<Kept>, Problem> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    if truth.read(|known| imports(known, connection) || known.catalogue.now().connection(connection).is_none()) {
        return Ok(None);
    }
    let taken = truth.read(|known| intake::page(known, &mut pen, connection, changes, asked, now));
    let eventful = !taken.entries.is_empty();
    let mut entries = taken.entries;
    let (deletes, asks) = truth.read(|known| deletions::follow(truth, known, &mut pen, &entries, now));
    entries.extend(deletes);
    let mut ahead = truth.read(|known| known.standing.get(&connection).map(|s| s.ahead.clone()).unwrap_or_default());
    if taken.open.is_empty() {
        ahead.insert(feed, next);
    }
    let stale = truth.read(|known| {
        let cursors = known.standing.get(&connection).map(|standing| &standing.cursors);
        ahead.iter().any(|(feed, cursor)| match cursors.and_then(|cursors| cursors.get(feed)) {
            Some((journalled, at)) => journalled != cursor && now.seconds_since(*at) >= UNWRITTEN,
            None => true,
        })
    });
    if eventful || stale {
        let moved = |(feed, cursor)| Entry::CursorMoved { connection, feed, cursor, at: now };
        entries.extend(ahead.into_iter().map(moved));
    } else {
        truth.keep_in_mind(|known| {
            if let Some(standing) = known.standing.get_mut(&connection) {
                standing.ahead = ahead;
            }
        });
    }
    pen.commit(entries).await?;
    asks.iter().for_each(|(job, title, note)| writing::ask(truth, *job, title, note));
    unreadable(truth, connection, looks, taken.unreadable);
    Ok(Some(Kept { eventful, open: taken.open }))
}

/// Each item that cannot be read is told once, and does not stop the others.
fn unreadable(truth: &Truth, connection: ConnectionId, looks: &mut Looks, items: Vec<(String, String)>) {
    for (remote, why) in items {
        if looks.unreadable.get(&remote) == Some(&why) {
            continue;
        }
        tracing::warn!(%connection, remote, why, "an item could not be read");
        let name = truth.read(|known| {
            let there = known.catalogue.now().connection(connection);
            there.map_or_else(|| connection.to_string(), |there| there.name.to_string())
        });
        let text = crate::domain::clean(&format!("{name}: {remote} could not be read: {why}"));
        let hint = Some("mend it there; all else goes on without it".to_owned());
        truth.announcer.notice(NoticeLevel::Warning, text, hint, None);
        if looks.unreadable.len() >= REMEMBERED {
            looks.unreadable.clear();
        }
        looks.unreadable.insert(remote, why);
    }
}

/// A feed was refused, and not because the platform is in trouble. It rests longer and longer; in case the platform does
/// not know its cursor any more, it is begun anew after some tries.
async fn refused(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    feed: Feed,
    looks: &mut Looks,
    error: &PlatformError,
) -> Result<(), Trouble> {
    let now = truth.now();
    let tries = looks.resting.get(&feed).map_or(1, |(tries, _)| tries.saturating_add(1));
    let pause = i64::try_from(pace::after_failure(tries).as_secs()).unwrap_or(i64::MAX);
    looks.resting.insert(feed, (tries, now.plus_seconds(pause)));
    tracing::warn!(%connection, ?feed, tries, %error, "a feed was refused");
    if !tries.is_multiple_of(REFUSALS) || truth.read(|known| cursor(known, connection, feed)) == Cursor::Start {
        return Ok(());
    }
    let text = format!("{error}; what changed is looked for from the beginning");
    truth.announcer.notice(NoticeLevel::Warning, text, Some(error.hint()), None);
    if feed == Feed::Listings {
        sweep(truth, connection).await?;
    } else {
        let pen = truth.pen().await;
        pen.commit(vec![Entry::CursorMoved { connection, feed, cursor: Cursor::Start, at: now }]).await?;
    }
    Ok(())
}

/// Starts a full import, and clears away what the earlier ones by the clock have left.
async fn sweep(truth: &Arc<Truth>, connection: ConnectionId) -> Result<(), Problem> {
    let mut pen = truth.pen().await;
    let there = truth.read(|known| known.catalogue.now().connection(connection).cloned());
    let Some(there) = there.filter(|_| !truth.read(|known| asks(known, connection))) else { return Ok(()) };
    let mut entries: Vec<Entry> = truth.read(|known| {
        let done = known.board.runs().map(|run| &run.job).filter(|job| {
            job.state == JobState::Done
                && job.progress.failed == 0
                && matches!(job.kind, JobKind::Import { connection: of, .. } if of == connection)
        });
        done.map(|job| Entry::JobForgotten(job.id)).collect()
    });
    let job = new_import(truth, pen.job(), &there, true);
    entries.push(Entry::JobPlanned { job, steps: Vec::new(), refusals: Vec::new() });
    pen.commit(entries).await
}

/// Wants a look at these connections, and that what they are owed is told.
pub fn ask(truth: &Truth, connections: &[ConnectionId]) {
    truth.remember(Topic::Connections, |known| {
        for connection in connections {
            if let Some(standing) = known.standing.get_mut(connection) {
                standing.asked = true;
            }
        }
    });
    truth.ordered();
}
