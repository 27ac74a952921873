//! What is known of a write without an answer, gathered for the rule that judges it: the count, the orders, and counts
//! that were seen in between.
//!
//! The order feed is read up to now *after* the count: an order that is in the count is then known. Feeds lag, so a
//! count that nothing explains is looked at again before a person is asked.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{
    ConnectionId, Cursor, Feed, LocationId, Profile, Quantity, StepState, Timestamp, Unmatched, VariantId,
};
use crate::platform::{Next, PlatformError, SharedConnector};
use crate::protocol::Problem;
use crate::rules::CatalogueView;
use crate::rules::job::{Evidence, Sighting};
use crate::rules::{ledger, reckoning};
use crate::store::Entry;

use super::super::intake;
use super::super::truth::{Known, Truth};
use super::aim::Shot;

/// Counts seen of one write; more than these say nothing new.
const MOST_SEEN: usize = 16;

/// How long before it was taken in a count may have been asked for, in seconds.
const SLACK: i64 = 60;

/// A write that has been sent, and what was seen of its count since. Not journalled: after a restart there is less to
/// go by, and more is left to a person.
#[derive(Debug)]
struct Sent {
    location: LocationId,
    counted: bool,
    /// When the reading before it had come in.
    read_by: Timestamp,
    /// When it was taken in, and the count.
    seen: Vec<(Timestamp, Quantity)>,
}

/// The writes under way.
#[derive(Debug, Default)]
pub struct UnderWay(HashMap<VariantId, Sent>);

impl UnderWay {
    pub fn begin(&mut self, shots: &[Shot], read_by: Timestamp) {
        for shot in shots {
            let location = shot.aim.location().clone();
            let sent = Sent { location, counted: shot.counted, read_by, seen: Vec::new() };
            self.0.insert(shot.aim.variant, sent);
        }
    }

    /// Whether a count was seen meanwhile that is not the one the write was answered with: it may be newer.
    pub fn doubts(&self, variant: VariantId, answered: Quantity) -> Option<LocationId> {
        let sent = self.0.get(&variant)?;
        sent.seen.iter().any(|(_, count)| *count != answered).then(|| sent.location.clone())
    }

    pub fn end(&mut self, variants: impl IntoIterator<Item = VariantId>) {
        for variant in variants {
            self.0.remove(&variant);
        }
    }

    /// A count that somebody saw meanwhile.
    pub fn see(&mut self, entry: &Entry) {
        if self.0.is_empty() {
            return;
        }
        match entry {
            Entry::LevelSeen { variant, location, quantity: Some(quantity), at, .. } => {
                self.seen(*variant, *at, |sent| (sent.location == *location).then_some(*quantity));
            }
            Entry::ListingSeen(seen) => {
                for (number, variant) in seen.numbered() {
                    self.seen(number, seen.seen_at, |sent| variant.stock.at(&sent.location));
                }
            }
            _ => {}
        }
    }

    fn seen(&mut self, variant: VariantId, at: Timestamp, count: impl FnOnce(&Sent) -> Option<Quantity>) {
        let Some(sent) = self.0.get_mut(&variant) else { return };
        if let Some(count) = count(sent).filter(|_| sent.seen.len() < MOST_SEEN) {
            sent.seen.push((at, count));
        }
    }
}

/// Reads the order feed up to now. `false`: the orders of this connection are not read.
pub async fn read_orders(
    truth: &Arc<Truth>,
    connection: ConnectionId,
    connector: &SharedConnector,
) -> Result<Result<bool, PlatformError>, Problem> {
    let feed = Feed::Orders;
    if !connector.profile().order_feed || !truth.read(|known| known.reads_orders(connection)) {
        return Ok(Ok(false));
    }
    loop {
        let cursor = truth.read(|known| {
            let standing = known.standing.get(&connection)?;
            let journalled = standing.cursors.get(&feed).map(|(cursor, _)| cursor);
            standing.ahead.get(&feed).or(journalled).cloned()
        });
        let asked = truth.tick();
        let page = connector.changes(feed, &cursor.unwrap_or(Cursor::Start)).await;
        truth.called(connection, &page);
        let page = match page {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        let more = matches!(page.next, Next::More(_));
        let (Next::More(next) | Next::Done(next)) = page.next;
        let mut pen = truth.pen().await;
        let now = truth.now();
        let taken = truth.read(|known| intake::page(known, &mut pen, connection, page.changes, asked, now));
        let mut entries = taken.entries;
        entries.push(Entry::CursorMoved { connection, feed, cursor: next, at: now });
        pen.commit(entries).await?;
        if !more || truth.is_stopping() {
            return Ok(Ok(true));
        }
    }
}

/// What is known of a shot whose count is `count` now, looked at between these moments of ours. `since`: when nobody
/// knew any more.
pub fn of(
    known: &Known,
    connection: ConnectionId,
    shot: &Shot,
    count: Quantity,
    looked: (Timestamp, Timestamp),
    since: Timestamp,
) -> Evidence {
    let variant = shot.aim.variant;
    let theirs = |ours| known.theirs(connection, ours);
    let link = known.catalogue.now().link_of(variant);
    let unmatched = link.and_then(|link| ledger::member(link, variant)).map(|member| &member.unmatched);
    let race = unmatched.and_then(|unmatched| Some((reckoning::open_race(unmatched)?, unmatched)));
    // The count is of one location: what was taken from another one is not missing here.
    let elsewhere =
        |placed| known.orders.took_elsewhere(&known.catalogue, shot.aim.listing, variant, placed, shot.aim.location());
    let orders = race.map(|(from, unmatched)| {
        let all = taken(unmatched, from);
        all.into_iter().filter(|(placed, _)| !elsewhere(*placed)).collect()
    });
    let sent = known.under_way.0.get(&variant);
    let seen = sent.into_iter().flat_map(|sent| &sent.seen).map(|(at, count)| {
        let to = theirs(*at);
        Sighting { from: to.plus_seconds(-SLACK), to, count: *count }
    });
    Evidence {
        before: shot.read,
        target: shot.target(),
        counted: sent.map_or(shot.counted, |sent| sent.counted),
        read_by: theirs(sent.map_or(since, |sent| sent.read_by)),
        now: Sighting { from: theirs(looked.0), to: theirs(looked.1), count },
        orders,
        between: seen.collect(),
    }
}

/// What orders took since a race began. What was placed shortly before may or may not be in the reading, unless a fall
/// has shown it since; a race on a side that was founded right before begins a little after its reading.
fn taken(unmatched: &Unmatched, race: Timestamp) -> Vec<(Timestamp, Quantity)> {
    let from = race.plus_seconds(-2 * reckoning::MARGIN);
    unmatched.takings.iter().filter(|(placed, _)| *placed >= from).copied().collect()
}

/// The step of a write of which nobody can tell what became of it. `seen`: what is known of it.
pub fn undecided(profile: &Profile, seen: Option<&Evidence>, at: Timestamp) -> StepState {
    let name = profile.name;
    let message = match seen {
        Some(Evidence { before, target, now, orders, .. }) => {
            let begin = format!("{name} gave no answer to {before} → {target}, and now shows {}", now.count);
            match orders {
                None => format!("{begin}: somebody else changed it in the same moment"),
                Some(orders) => {
                    let taken = Quantity::sum(orders.iter().map(|(_, taken)| *taken));
                    let (with, without) = (*target - taken, *before - taken);
                    if [with, without].contains(&now.count) {
                        format!(
                            "{begin}; an order came in the very moment of the write, and whether it is in that number \
                             cannot be told"
                        )
                    } else {
                        format!(
                            "{begin}; orders took {taken} meanwhile, so it would be {with} with that write and \
                             {without} without it: somebody else changed it too"
                        )
                    }
                }
            }
        }
        None => format!("{name} gave no answer, and what became of the write cannot be seen any more"),
    };
    let hint = "look at the quantity on both sides; to make it the primary system's again, retry the failed steps";
    StepState::Parked { message, hint: hint.to_owned(), at }
}
