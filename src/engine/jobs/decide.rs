//! What is to be written, decided from what was just read. The ledger says how much, the journal gets it first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{
    ConnectionId, CountSent, Effect, JobId, JobKind, JobState, ListingId, LocationId, Profile, Quantity, QuantityKind,
    StepIndex, StepState, Stock, Timestamp, VariantId,
};
use crate::platform::{LevelRead, StockAddress};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::super::books::{Books, total_with};
use super::super::truth::{Known, Truth};
use super::aim::{Aim, Shot, address, alone, fraction, gone, no_truth, untracked};
use crate::rules::ledger::{self, Offer};
use crate::rules::reckoning;

/// A count on another side, read for a link that is to be brought to its first agreement.
#[derive(Debug, Clone)]
pub struct Other {
    pub listing: ListingId,
    pub variant: VariantId,
    pub location: LocationId,
    /// `None`: not counted any more, or gone. Unknown, then, and never the number that was last seen.
    pub quantity: Option<Quantity>,
    /// When it was asked for (see [`Truth::tick`]): a write of ours that ended later makes it worthless.
    pub asked: u64,
}

/// Reads the other sides of links that have no agreement yet: the primary system is right as it is now, not as it was
/// at the last import. A side that cannot be reached is taken as it was last seen; the ledger makes good for it later.
pub async fn others(truth: &Arc<Truth>, connection: ConnectionId, aims: &[Aim]) -> Vec<Other> {
    let wanted: Vec<(ConnectionId, ListingId, VariantId, StockAddress)> = truth.read(|known| {
        let catalogue = known.catalogue.now();
        let mut wanted = Vec::new();
        for aim in aims {
            let Some(link) = catalogue.link_of(aim.variant) else { continue };
            if ledger::member(link, aim.variant).is_none_or(|member| member.base.is_some()) {
                continue;
            }
            for member in link.members.iter().filter(|m| m.connection != connection && m.base.is_some()) {
                let Some(there) = catalogue.connection(member.connection) else { continue };
                let stock = catalogue.listing(member.listing).and_then(|k| k.variant(member.variant)).map(|v| &v.stock);
                for location in &there.locations {
                    let counted = stock.is_some_and(|stock| stock.at(&location.id).is_some());
                    let address = address(catalogue, member.listing, member.variant, &location.id);
                    if let Some(address) = address.filter(|_| counted) {
                        wanted.push((member.connection, member.listing, member.variant, address));
                    }
                }
            }
        }
        wanted.sort_by_key(|(connection, ..)| *connection);
        wanted
    });
    let mut read = Vec::new();
    for group in wanted.chunk_by(|a, b| a.0 == b.0) {
        let there = group[0].0;
        let Ok(connector) = truth.connector(there) else { continue };
        let addresses: Vec<StockAddress> = group.iter().map(|(.., address)| address.clone()).collect();
        let asked = truth.tick();
        let levels = connector.levels(&addresses).await;
        truth.called(there, &levels);
        for ((_, listing, variant, address), level) in group.iter().zip(levels.unwrap_or_default()) {
            let quantity = match level {
                LevelRead::Counted(quantity) => Some(quantity),
                LevelRead::Untracked | LevelRead::Gone => None,
            };
            let location = address.location.clone();
            read.push(Other { listing: *listing, variant: *variant, location, quantity, asked });
        }
    }
    read
}

/// What was read for a batch.
pub struct Reading {
    pub aims: Vec<Aim>,
    /// One for each aim.
    pub levels: Vec<LevelRead>,
    /// Steps that have no count any more, and what becomes of them.
    pub lost: Vec<(StepIndex, StepState)>,
    pub others: Vec<Other>,
    /// When the reading of the levels began.
    pub began: Timestamp,
}

#[derive(Default)]
pub struct Decision {
    /// Must be on disk before anything is sent.
    pub entries: Vec<Entry>,
    pub shots: Vec<Shot>,
    /// Another side of the same link has an attempt under way: those steps wait.
    pub busy: bool,
}

/// What is to be sent, and the entries that must be on disk before it is.
pub fn decide(
    known: &Known,
    profile: &Profile,
    job: JobId,
    reading: Reading,
    generation: u32,
    now: Timestamp,
) -> Decision {
    let Reading { aims, levels, lost, others, began } = reading;
    let Some(run) = known.board.run(job) else { return Decision::default() };
    // Paused or cancelled while the counts were read: nothing is sent.
    if !matches!(run.job.state, JobState::Queued | JobState::Running) {
        return Decision::default();
    }
    let waits = |index: StepIndex| run.step(index).is_some_and(|step| step.state == StepState::Planned);
    let catalogue = known.catalogue.now();
    let mut books = Books::open(known, now);
    let mut entries = Vec::new();
    let mut uncounted: BTreeSet<VariantId> = BTreeSet::new();
    let current = |other: &&Other| known.written.get(&other.variant).is_none_or(|written| *written <= other.asked);
    // A side with several locations counts once, with all of them as they are now.
    let mut stocks: BTreeMap<VariantId, (ListingId, Stock)> = BTreeMap::new();
    for other in others.iter().filter(current) {
        let stock = catalogue.listing(other.listing).and_then(|k| k.variant(other.variant)).map(|v| &v.stock);
        let Other { listing, variant, location, quantity, .. } = other.clone();
        if stock.and_then(|stock| stock.at(&location)) != quantity {
            entries.push(Entry::LevelSeen { listing, variant, location: location.clone(), quantity, at: now });
        }
        if quantity.is_none() {
            uncounted.insert(variant);
            books.stops_counting(variant);
        } else if let Some(stock) = stock {
            let (_, seen) = stocks.entry(variant).or_insert_with(|| (listing, stock.clone()));
            seen.see_level(location, quantity);
        }
    }
    for (variant, (listing, stock)) in stocks.into_iter().filter(|(variant, _)| !uncounted.contains(variant)) {
        let there = catalogue.listing(listing).and_then(|known| catalogue.connection(known.connection));
        if let Some(there) = there {
            books.observe(variant, stock.total(|location| there.counts(location)));
        }
    }
    let has_truth = |variant| {
        let link = catalogue.link_of(variant);
        !link.is_some_and(|link| link.members.iter().any(|member| uncounted.contains(&member.variant)))
    };
    let mut moves: Vec<(StepIndex, StepState)> = Vec::new();
    let mut ended: Vec<(StepIndex, StepState)> = lost.into_iter().filter(|(index, _)| waits(*index)).collect();
    let mut shots = Vec::new();
    let mut busy = false;
    for (aim, level) in aims.into_iter().zip(&levels).filter(|(aim, _)| waits(aim.step.index)) {
        let index = aim.step.index;
        if books.is_frozen(aim.variant) {
            busy = true;
            continue;
        }
        let read = match level {
            LevelRead::Counted(read) => *read,
            LevelRead::Untracked | LevelRead::Gone if aim.fresh => Quantity::ZERO,
            LevelRead::Untracked => {
                if let Some(entry) = aim.uncounted(catalogue, now) {
                    entries.push(entry);
                    books.stops_counting(aim.variant);
                }
                ended.push((index, untracked(profile, now)));
                continue;
            }
            LevelRead::Gone => {
                ended.push((index, gone(profile, now)));
                continue;
            }
        };
        let stock = catalogue.listing(aim.listing).and_then(|k| k.variant(aim.variant)).map(|v| &v.stock);
        let differs = stock.and_then(|stock| stock.at(aim.location())) != Some(read);
        if differs && matches!(level, LevelRead::Counted(_)) {
            entries.push(aim.seen(read, now));
        }
        let total = total_with(catalogue, aim.listing, aim.variant, aim.location(), read);
        let fresh = books
            .link(aim.variant)
            .and_then(|link| ledger::member(link, aim.variant))
            .is_some_and(|member| member.base.is_none());
        let owes = if has_truth(aim.variant) {
            let offer = Offer::of(&catalogue.settings(aim.connection));
            owes(known, &mut books, &aim, offer, total, read, &run.job.kind)
        } else {
            Owes::Unknown
        };
        let delta = match owes {
            Owes::By(delta) => delta,
            Owes::Unknown => {
                ended.push((index, no_truth(now)));
                continue;
            }
            Owes::LeftAlone(why) => {
                ended.push((index, StepState::Skipped { why: why.to_owned() }));
                continue;
            }
        };
        if profile.quantities == QuantityKind::Whole && (read + delta).whole().is_none() {
            ended.push((index, fraction(profile, read + delta, now)));
        } else if delta == Quantity::ZERO {
            ended.push((index, StepState::Confirmed { read_back: Some(read), at: now }));
        } else {
            // Also where nothing is overwritten: what was ordered since then tells what became of a lost answer. And
            // also where the same call could be made again under its key: not any more once one of its products is gone.
            // What was sold before a side was founded is in the count it was founded on, and shows no fall.
            let sure = if fresh { 2 * reckoning::MARGIN } else { 0 };
            books.begin_race(aim.variant, known.theirs(aim.connection, began).plus_seconds(sure));
            moves.push((index, StepState::InFlight { generation, count: Some(CountSent { read, by: delta }) }));
            let counted = matches!(level, LevelRead::Counted(_));
            shots.push(Shot { aim, read, counted, delta });
        }
    }
    entries.extend(books.entries());
    if !shots.is_empty() {
        let steps = shots.iter().map(|shot| shot.aim.step.index).collect();
        entries.push(Entry::BatchSent { job, steps, generation });
    }
    // What is sent comes before what ended, so that the batch is never seen without its steps.
    moves.extend(ended);
    if !moves.is_empty() {
        entries.extend(run.entries(moves, now));
    }
    Decision { entries, shots, busy }
}

/// What a count that was just read is to be told.
enum Owes {
    By(Quantity),
    /// No side of the link knows its count.
    Unknown,
    /// Nothing is written now, and why.
    LeftAlone(&'static str),
}

/// What becomes of a count depends on the kind of its job.
fn owes(
    known: &Known,
    books: &mut Books<'_>,
    aim: &Aim,
    offer: Offer,
    total: Quantity,
    read: Quantity,
    kind: &JobKind,
) -> Owes {
    // Nobody ordered this very write.
    let by_itself = matches!(kind, JobKind::Sync { .. });
    let undoes = matches!(kind, JobKind::Undo { .. });
    let variant = aim.variant;
    let Some(founded) = books.link(variant).and_then(|link| ledger::member(link, variant)).map(|m| m.base.is_some())
    else {
        // A link that ended since the plan leaves its number without a reason: nobody knows any more what is right.
        return match aim.step.planned.effect {
            // What a job left is taken back only while it is still so.
            Effect::SetQuantity { from: Some(from), .. } if undoes && from != read => {
                Owes::LeftAlone("somebody changed it meanwhile, so it stays as it is")
            }
            Effect::SetQuantity { from, to, .. } if undoes || *kind == JobKind::Adjust => {
                Owes::By(alone(from, to, read))
            }
            _ => Owes::LeftAlone("it is not linked any more"),
        };
    };
    if founded {
        books.observe(variant, Some(total));
    }
    let Some(link) = books.link(variant) else { return Owes::Unknown };
    let member = ledger::member(link, variant);
    if link.paused {
        return Owes::LeftAlone("it is paused: nothing of it is written until it goes on");
    }
    if link.members.iter().any(|member| member.held.is_some()) {
        return Owes::LeftAlone("one of its counts fell and no order explains it: decide that conflict first");
    }
    if by_itself && !founded {
        return Owes::LeftAlone("nothing was agreed on with this side yet: synchronize it");
    }
    if by_itself && member.is_some_and(|member| !known.keeps_quantities(link, member)) {
        return Owes::LeftAlone("its quantity is not kept in step");
    }
    if !founded {
        let found = books.change(variant).and_then(|link| ledger::found(link, variant, total));
        if found.is_none() {
            return Owes::Unknown;
        }
    }
    match books.link(variant).and_then(|link| ledger::owed(link, variant, offer)) {
        Some(owed) => Owes::By(ledger::writable(read, owed)),
        None => Owes::Unknown,
    }
}
