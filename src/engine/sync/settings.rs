//! How each connection is kept in step: what a person chose, what holds otherwise, and what a change of it does.
//!
//! A share, a buffer or other locations change what every linked product is to show. Nothing of that is written here: it
//! is owed from then on, and goes through the guard like anything else.

use std::sync::Arc;

use crate::domain::{
    Cause, Connection, ConnectionId, Happening, HistoryRecord, Interval, LinkId, Location, ProductId, Side,
    SyncSettings, Text, Timestamp, UnexplainedDrop,
};
use crate::protocol::{Problem, Reply, SettingsDraft, SettingsRow};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::super::books::Books;
use super::super::connections::{new_import, not_there};
use super::super::jobs::run::Place;
use super::super::jobs::waiting::seconds;
use super::super::problem;
use super::super::truth::{Known, Truth};
use super::poll;

/// The settings of all connections, with what they can be. A shop that cannot be reached shows the locations in use.
pub async fn settings(truth: &Arc<Truth>) -> Result<Reply, Problem> {
    let all: Vec<ConnectionId> =
        truth.read(|known| known.catalogue.now().connections().iter().map(|known| known.id).collect());
    for connection in all {
        places(truth, connection).await;
    }
    let rows = truth.read(|known| {
        let connections = known.catalogue.now().connections();
        connections.into_iter().map(|connection| row(truth, known, connection)).collect()
    });
    Ok(Reply::Settings { rows })
}

/// Asks a shop for all its locations, once.
async fn places(truth: &Truth, connection: ConnectionId) {
    let known = truth.read(|known| known.standing.get(&connection).is_some_and(|standing| standing.places.is_some()));
    if known {
        return;
    }
    let Ok(connector) = truth.connector(connection) else { return };
    let found = connector.test().await;
    truth.called(connection, &found);
    if let Ok(found) = found {
        truth.keep_in_mind(|known| {
            if let Some(standing) = known.standing.get_mut(&connection) {
                standing.places = Some(found.locations);
            }
        });
    }
}

fn row(truth: &Truth, known: &Known, connection: &Connection) -> SettingsRow {
    let profile = truth.shops.profile(&connection.platform.0);
    let standing = known.standing.get(&connection.id);
    let others = standing.and_then(|standing| standing.places.as_ref()).into_iter().flatten();
    let others = others.filter(|place| !connection.counts(&place.id)).map(|place| (place.clone(), false));
    let used = connection.locations.iter().map(|place| (place.clone(), true));
    let settings = known.catalogue.now().settings(connection.id);
    let next = standing.and_then(|standing| standing.next_look).filter(|_| settings.automatic);
    SettingsRow {
        connection: connection.id,
        name: connection.name.clone(),
        side: connection.side,
        locations: used.chain(others).collect(),
        has_orders: profile.is_some_and(|profile| profile.order_feed),
        guarantee: profile.map_or_else(String::new, |profile| profile.guarantee.sentence.to_owned()),
        drift: standing.and_then(|standing| drift(standing.drift)),
        next_look: next_look(next, truth.now()),
        settings,
    }
}

/// `in 40 s`, `now`, `when somebody asks`
fn next_look(next: Option<Timestamp>, now: Timestamp) -> String {
    match next {
        None => "when somebody asks".to_owned(),
        Some(next) if next <= now => "now".to_owned(),
        Some(next) => format!("in {}", seconds(std::time::Duration::from_secs(next.seconds_since(now).max(1)))),
    }
}

/// `0.3 units estimated`; `None` where nothing can have been lost.
pub fn drift(millionths: u64) -> Option<String> {
    match millionths {
        0 => None,
        little if little < 50_000 => Some("less than 0.1 units estimated".to_owned()),
        some => {
            let tenths = some.saturating_add(50_000) / 100_000;
            Some(format!("{}.{} units estimated", tenths / 10, tenths % 10))
        }
    }
}

/// What is wrong with settings, as a sentence and what to do.
fn check(settings: &SyncSettings, has_orders: bool) -> Result<(), (String, &'static str)> {
    if !(1..=100).contains(&settings.share) {
        return Err((format!("a share of {} % is not possible", settings.share), "give 1 to 100 per cent"));
    }
    if settings.buffer.is_negative() {
        return Err((format!("a buffer of {} is not possible", settings.buffer), "give 0 or more pieces"));
    }
    if let Interval::Minutes(minutes) = settings.every
        && !(Interval::LEAST..=Interval::MOST).contains(&minutes)
    {
        let why = format!("every {minutes} minutes is not possible");
        return Err((why, "give 15 to 1440 minutes, or have it looked at continuously"));
    }
    if let UnexplainedDrop::HoldFrom(least) = settings.unexplained {
        if !least.is_positive() {
            return Err((format!("a fall of {least} is none"), "hold falls of 1 or more"));
        }
        if !has_orders {
            let why = "its orders cannot be read, so no fall would ever be explained".to_owned();
            return Err((why, "have falls passed on"));
        }
    }
    if !(1..=100).contains(&settings.asks.share) {
        let why = format!("a mass change of {} % is not possible", settings.asks.share);
        return Err((why, "give 1 to 100 per cent; 100 never asks"));
    }
    if settings.asks.least == 0 {
        return Err(("a mass change of 0 counts is none".to_owned(), "ask from 1 count or more"));
    }
    Ok(())
}

/// Keeps new settings. What they change in stock is owed from now on.
pub async fn keep(truth: &Arc<Truth>, draft: SettingsDraft) -> Result<Reply, Problem> {
    let id = draft.connection;
    let connection = truth.read(|known| known.catalogue.now().connection(id).cloned()).ok_or_else(|| not_there(id))?;
    let has_orders = truth.shops.profile(&connection.platform.0).is_some_and(|profile| profile.order_feed);
    check(&draft.settings, has_orders)
        .map_err(|(why, hint)| problem::usage(format!("{}: {why}", connection.name), hint))?;
    let locations = match &draft.locations {
        None => connection.locations.clone(),
        Some(wanted) => {
            places(truth, id).await;
            chosen(truth, &connection, wanted)?
        }
    };
    let mut pen = truth.pen().await;
    let now = truth.now();
    let (before, connection) = truth.read(|known| {
        let connection = known.catalogue.now().connection(id).cloned().ok_or_else(|| not_there(id))?;
        Ok((known.catalogue.now().settings(id), connection))
    })?;
    let moved = locations != connection.locations;
    let shows = (before.share, before.buffer) != (draft.settings.share, draft.settings.buffer);
    // What an attempt writes follows from these: it has to end under the settings under which it began.
    let writes = truth.read(|known| {
        let own = shows && known.board.runs().any(|run| run.open_at(Place::At(id)).next().is_some());
        own || (moved && Books::open(known, now).is_frozen_at(id))
    });
    if writes {
        let why = format!("stock that depends on {} is being written at this moment", connection.name);
        return Err(problem::failure(why, "try again in a moment; nothing was changed"));
    }
    let recount = |ids: &[crate::domain::LocationId]| locations.iter().any(|place| !ids.contains(&place.id));
    let used: Vec<_> = connection.locations.iter().map(|place| place.id.clone()).collect();
    let further = recount(&used);
    let mut entries = Vec::new();
    if moved {
        let changed = Connection { locations, ..connection.clone() };
        entries.extend(truth.read(|known| recounted(known, &changed, now)));
        entries.insert(0, Entry::ConnectionKept(changed.clone()));
        if further {
            // What lies there was never asked for.
            let job = new_import(truth, pen.job(), &changed, true);
            entries.push(Entry::JobPlanned { job, steps: Vec::new(), refusals: Vec::new() });
        }
    }
    if before != draft.settings || moved {
        entries.push(noted(&connection, &before, &draft.settings, moved, now));
    }
    entries.push(Entry::SettingsKept { connection: id, settings: draft.settings });
    pen.commit(entries).await?;
    if moved {
        truth.drop_connector(id);
    }
    truth.ordered();
    Ok(Reply::Done)
}

/// The locations that a person chose, in that order.
fn chosen(
    truth: &Truth,
    connection: &Connection,
    wanted: &[crate::domain::LocationId],
) -> Result<Vec<Location>, Problem> {
    let places = truth.read(|known| known.standing.get(&connection.id).and_then(|standing| standing.places.clone()));
    let all: Vec<Location> = places.into_iter().flatten().chain(connection.locations.iter().cloned()).collect();
    let mut chosen: Vec<Location> = Vec::new();
    for id in wanted {
        let Some(place) = all.iter().find(|place| place.id == *id) else {
            let names: Vec<String> = all.iter().map(|place| format!("{} ({})", place.name, place.id)).collect();
            let why = format!("{} has no location {id}", connection.name);
            return Err(problem::usage(why, format!("it has: {}", names.join(", "))));
        };
        if !chosen.iter().any(|known| known.id == place.id) {
            chosen.push(place.clone());
        }
    }
    if chosen.is_empty() {
        let why = format!("{} needs a location that counts", connection.name);
        return Err(problem::usage(why, "choose at least one; its stock is the connection's"));
    }
    Ok(chosen)
}

/// The ledgers as they are when other locations count: what lies at a further one came, what lies at one that does not
/// count any more went. A person said so, so no fall of it is held.
fn recounted(known: &Known, changed: &Connection, now: Timestamp) -> Vec<Entry> {
    let catalogue = known.catalogue.now();
    let mut books = Books::open(known, now);
    for link in catalogue.links() {
        for member in link.members.iter().filter(|member| member.connection == changed.id) {
            let kept = catalogue.look(member.listing);
            let Some(shown) = kept.as_ref().and_then(|kept| kept.known.variant(member.variant)) else { continue };
            if let Some(total) = shown.stock.total(|location| changed.counts(location)) {
                books.accept(member.variant, total);
            }
        }
    }
    books.entries()
}

fn noted(connection: &Connection, before: &SyncSettings, after: &SyncSettings, moved: bool, now: Timestamp) -> Entry {
    let words = |settings: &SyncSettings| {
        let every = match settings.every {
            Interval::Continuous => "continuously".to_owned(),
            Interval::Minutes(minutes) => format!("every {minutes} minutes"),
        };
        let automatic = if settings.automatic { every } else { "when somebody asks".to_owned() };
        let asks = settings.asks;
        let (share, buffer) = (settings.share, settings.buffer);
        format!("{automatic}, share {share} %, buffer {buffer}, asks above {} % from {}", asks.share, asks.least)
    };
    let new = words(after) + if moved { ", other locations" } else { "" };
    Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Settings,
        subject: connection.name.clone(),
        sku: None,
        listing: None,
        variant: None,
        connection: Some(connection.id),
        old: Some(words(before)),
        new: Some(new),
        cause: Cause::Person { reason: String::new() },
    }))
}

/// The settings that a new connection gets.
pub fn first(connection: &Connection, has_orders: bool) -> Entry {
    let settings = SyncSettings::standard(connection.side == Side::InStore, has_orders);
    Entry::SettingsKept { connection: connection.id, settings }
}

/// Nothing of these products is written until they go on.
pub async fn pause(truth: &Arc<Truth>, products: Vec<ProductId>, paused: bool) -> Result<Reply, Problem> {
    let pen = truth.pen().await;
    let now = truth.now();
    let (entries, linked) = truth.read(|known| {
        let catalogue = known.catalogue.now();
        let (mut entries, mut linked) = (Vec::new(), 0);
        let mut done: Vec<LinkId> = Vec::new();
        for product in &products {
            let listings = known.products.listings(product.0);
            let known_listings = listings.iter().filter_map(|listing| catalogue.listing(*listing));
            for (variant, listing) in known_listings.flat_map(|known| known.variants.iter().map(move |v| (*v, known))) {
                let Some(link) = catalogue.link_of(variant).filter(|link| !done.contains(&link.id)) else { continue };
                done.push(link.id);
                linked += 1;
                if link.paused == paused {
                    continue;
                }
                let mut link = link.clone();
                link.paused = paused;
                entries.push(Entry::LinkKept(link));
                let shown = listing.variant(variant);
                entries.push(Entry::Noted(Box::new(HistoryRecord {
                    at: now,
                    what: Happening::Settings,
                    subject: subject(&listing.listing.title, shown.map(|v| v.option_label()).unwrap_or_default()),
                    sku: shown.and_then(|shown| shown.sku.clone()),
                    listing: Some(listing.id),
                    variant: Some(variant),
                    connection: None,
                    old: None,
                    new: Some(if paused { "paused" } else { "goes on" }.to_owned()),
                    cause: Cause::Person { reason: String::new() },
                })));
            }
        }
        (entries, linked)
    });
    if linked == 0 {
        return Err(problem::usage("nothing of this is linked", "choose products that are linked"));
    }
    pen.commit(entries).await?;
    truth.ordered();
    Ok(Reply::Done)
}

/// A product's title, with the variant's options where it is one of several.
pub fn subject(title: &Text, options: String) -> Text {
    if options.is_empty() { title.clone() } else { Text::new(&format!("{title} ({options})")) }
}

/// Reads what changed and tells what is owed, now.
pub async fn sync_now(truth: &Arc<Truth>, connection: Option<ConnectionId>) -> Result<Reply, Problem> {
    let chosen: Vec<ConnectionId> = truth.read(|known| {
        let all = known.catalogue.now().connections().into_iter().map(|known| known.id);
        all.filter(|id| connection.is_none_or(|only| only == *id)).collect()
    });
    match (chosen.is_empty(), connection) {
        (false, _) => {}
        (true, Some(id)) => return Err(not_there(id)),
        (true, None) => {
            let hint = "connect one first: `counterpart connect <platform>`";
            return Err(problem::usage("no shop is connected yet", hint));
        }
    }
    poll::ask(truth, &chosen);
    Ok(Reply::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Quantity;

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let standard = SyncSettings::standard(false, true);
        assert_eq!(check(&standard, true), Ok(()));
        assert!(check(&standard, false).is_err(), "no order would ever explain anything");
        let wrong = [
            SyncSettings { share: 0, ..standard.clone() },
            SyncSettings { share: 101, ..standard.clone() },
            SyncSettings { buffer: Quantity::units(-1), ..standard.clone() },
            SyncSettings { every: Interval::Minutes(14), ..standard.clone() },
            SyncSettings { every: Interval::Minutes(1441), ..standard.clone() },
            SyncSettings { unexplained: UnexplainedDrop::HoldFrom(Quantity::ZERO), ..standard.clone() },
        ];
        for settings in wrong {
            assert!(check(&settings, true).is_err(), "{settings:?}");
        }
        for minutes in [15, 1440] {
            assert_eq!(check(&SyncSettings { every: Interval::Minutes(minutes), ..standard.clone() }, true), Ok(()));
        }
    }

    #[test]
    fn drift_reads_as_a_figure() {
        assert_eq!(drift(0), None);
        assert_eq!(drift(1).as_deref(), Some("less than 0.1 units estimated"));
        assert_eq!(drift(340_000).as_deref(), Some("0.3 units estimated"));
        assert_eq!(drift(12_960_000).as_deref(), Some("13.0 units estimated"));
    }

    #[test]
    fn the_next_look_is_told_in_words() {
        let now = Timestamp(1_000_000);
        assert_eq!(next_look(None, now), "when somebody asks");
        assert_eq!(next_look(Some(now), now), "now");
        assert_eq!(next_look(Some(now.plus_seconds(40)), now), "in 40 s");
        assert_eq!(next_look(Some(now.plus_seconds(1200)), now), "in 20 min");
    }
}
