//! One look at a connection: its feeds, one after the other.
//!
//! Orders come first, so that the order that explains a fall is known before the fall is seen. A feed that is refused by
//! itself rests by itself; an item that cannot be read is told once, and the others go on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{ConnectionId, Cursor, Feed, Timestamp};
use crate::platform::{Change, Next, PlatformError, SharedConnector};
use crate::protocol::{NoticeLevel, Problem};
use crate::rules::CatalogueView;
use crate::rules::pace;
use crate::store::Entry;

use super::super::jobs::queue::profile;
use super::super::jobs::waiting::Trouble;
use super::super::truth::{Known, Truth};
use super::super::{import, intake};
use super::sweep::{imports, sweep};
use super::{afresh, conflicts, deletions, orders, writing};

/// How long a cursor behind uneventful looks may stand in memory only, in seconds.
const UNWRITTEN: u64 = 600;

/// How often a feed may refuse a cursor before it is begun anew.
const REFUSALS: u32 = 3;

/// How many items that cannot be read are remembered, so that each is told once.
const REMEMBERED: usize = 200;

/// What a connection's looks have come to.
#[derive(Debug, Default)]
pub struct Looks {
    /// The end of the last one, whether it went well or not.
    pub last: Option<Timestamp>,
    /// Looks in a row that failed, and what the platform asked for.
    pub failures: u32,
    pub asked_to_wait: Option<Duration>,
    /// Feeds that fail by themselves rest by themselves: how often in a row, and until when.
    resting: BTreeMap<Feed, (u32, Timestamp)>,
    /// Calls of the last look.
    pub calls: u32,
    unreadable: BTreeMap<String, String>,
}

/// One look at everything that moved.
pub async fn look(truth: &Arc<Truth>, connection: ConnectionId, looks: &mut Looks) {
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
