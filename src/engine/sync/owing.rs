//! Whoever is owed something is told: a small job for each connection, with all that is owed at that moment.
//!
//! The one place where writes are planned that nobody ordered, and so the one where the guard stands (rule 6): a run that
//! would change or empty too much is planned as a question (`asking.rs`), and waits for a person. What is owed is looked for among the
//! links that were touched since the last look, never among all of them. Nothing is sent here: the queue does what is
//! planned, like what people order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    ConnectionId, ConnectionState, Effect, JobId, JobKind, JobState, Link, LinkId, LinkMember, LocationId, PlannedStep,
    Quantity, Side, Step, Target, Timestamp, VariantId,
};
use crate::protocol::{NoticeLevel, Problem};
use crate::rules::fields::RuleBook;
use crate::rules::ledger::{self, Offer};
use crate::rules::{CatalogueView, owing};
use crate::store::Entry;

use super::super::books::Books;
use super::super::catalogue::Snapshot;
use super::super::jobs::run::known_target;
use super::super::truth::{Known, Truth};
use super::asking;
use super::memory::Again;
use super::settings::subject;
use super::steps::name;

/// Until a connection that does not answer is looked at again, in seconds.
const OFFLINE: i64 = 10;

/// The longest that changes are gathered while earlier ones wait for their turn, in seconds.
const GATHERED: i64 = 60;

/// Tells what is owed, whenever something may be, until the engine stops.
pub async fn run(truth: Arc<Truth>) {
    let mut work = truth.work();
    let mut stopping = truth.stopping();
    loop {
        work.mark_unchanged();
        if truth.is_stopping() {
            return;
        }
        let again = match tell(&truth).await {
            Ok(again) => again,
            Err(problem) => {
                tracing::warn!(message = problem.message, "what is owed could not be planned");
                Some(truth.now().plus_seconds(OFFLINE))
            }
        };
        let now = truth.now();
        let sleep = async {
            match again {
                Some(then) => {
                    let pause = u64::try_from(then.0.saturating_sub(now.0)).unwrap_or(0).max(1);
                    truth.clock.sleep(Duration::from_millis(pause)).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stopping.wait_for(|stopping| *stopping) => {}
            () = work.changed() => {}
            () = sleep => {}
        }
    }
}

/// One look. Gives when the next one is due if nothing happens before.
async fn tell(truth: &Arc<Truth>) -> Result<Option<Timestamp>, Problem> {
    speak(truth);
    if truth.read(|known| !Look::is_needed(truth, known, truth.now())) {
        return Ok(truth.read(|known| next(truth, known, truth.now())));
    }
    let mut pen = truth.pen().await;
    let now = truth.now();
    // First, so that what leaves a question is looked at like anything else.
    pen = pen.write(truth.read(|known| asking::refit(known, now))).await?;
    let mut look = truth.read(|known| Look::take(truth, known, now));
    let mut entries = truth.read(|known| look.founded(known, now));
    let mut questions = Vec::new();
    for (connection, owed) in std::mem::take(&mut look.owed) {
        for mut planned in truth.read(|known| asking::plan(known, connection, owed, now)) {
            planned.job.id = pen.job();
            if let Some(note) = planned.job.note.clone() {
                questions.push((planned.job.id, planned.job.title.clone(), note));
            }
            look.told.push((connection, planned.steps.clone()));
            look.counted.push((connection, planned.counted));
            entries.extend(planned.replaces.map(Entry::JobForgotten));
            entries.push(Entry::JobPlanned { job: planned.job, steps: planned.steps, refusals: Vec::new() });
        }
    }
    entries.extend(truth.read(|known| cleared(known, &look)).into_iter().map(Entry::JobForgotten));
    let pen = pen.write(entries).await?;
    truth.keep_in_mind(|known| look.remember(known, now));
    drop(pen);
    for (job, title, note) in questions {
        let hint = "look at the job's steps, then resume or cancel it".to_owned();
        truth.announcer.notice(NoticeLevel::Warning, format!("{title} asks: {note}"), Some(hint), Some(job));
    }
    Ok(truth.read(|known| next(truth, known, now)))
}

/// Says what was refused for the first time: once for each connection, however many there are.
fn speak(truth: &Truth) {
    if truth.read(|known| known.owing.news.is_empty()) {
        return;
    }
    for (connection, (job, count, message, hint)) in truth.keep_in_mind(|known| std::mem::take(&mut known.owing.news)) {
        let name = truth.read(|known| name(known, connection));
        let what = if count == 1 { "1 quantity".to_owned() } else { format!("{count} quantities") };
        let text = format!("{what} could not be told to {name}: {message}");
        truth.announcer.notice(NoticeLevel::Warning, text, Some(hint), Some(job));
    }
}

/// Whether something is told there without anybody asking.
pub fn is_automatic(truth: &Truth, known: &Known, connection: ConnectionId) -> bool {
    truth.options.poll.is_some() && known.catalogue.now().settings(connection).automatic
}

/// What people asked for is told when all that they wanted read has been read.
fn is_asked(known: &Known, connection: ConnectionId) -> bool {
    known.owing.asked.contains(&connection) && known.standing.values().all(|standing| !standing.asked)
}

/// Until when what is owed to a connection is gathered: while it does not answer, and while earlier jobs wait for their
/// turn. So jobs do not pile up, and none waits for long because of another.
fn gathers(known: &Known, connection: ConnectionId, now: Timestamp) -> Option<Timestamp> {
    let active = known.board.runs().map(|run| &run.job).filter(|job| {
        job.kind == JobKind::Sync { connection } && matches!(job.state, JobState::Queued | JobState::Running)
    });
    let (count, newest) = active.fold((0u32, None), |(count, _), job| (count + 1, Some(job.created_at)));
    let newest = newest?;
    let state = known.standing.get(&connection).and_then(|standing| standing.state.as_ref());
    if matches!(state, Some(ConnectionState::Offline { .. } | ConnectionState::NeedsLogin { .. })) {
        return Some(now.plus_seconds(OFFLINE));
    }
    let until = newest.plus_seconds((1i64 << count.min(10)).min(GATHERED));
    (until > now).then_some(until)
}

/// When there is something to do without anybody doing anything before.
fn next(truth: &Truth, known: &Known, now: Timestamp) -> Option<Timestamp> {
    truth.options.poll?;
    let waiting = known.owing.waiting.iter().filter(|(_, links)| !links.is_empty()).map(|(connection, _)| *connection);
    let gathered = waiting
        .filter(|connection| is_automatic(truth, known, *connection))
        .map(|connection| gathers(known, connection, now).unwrap_or(now));
    gathered.chain(known.owing.next_try()).min()
}

/// What was found in one look.
#[derive(Default)]
struct Look {
    considered: BTreeSet<LinkId>,
    whole: BTreeSet<ConnectionId>,
    asked: BTreeSet<ConnectionId>,
    /// Connections whose gathered links are looked at.
    ready: BTreeSet<ConnectionId>,
    waiting: BTreeMap<ConnectionId, BTreeSet<LinkId>>,
    owed: BTreeMap<ConnectionId, Vec<Telling>>,
    /// Sides without an agreement that show what they should, and what that is.
    equal: Vec<(VariantId, Quantity)>,
    /// Refused or called off before, and not any more.
    over: BTreeSet<VariantId>,
    /// Refused before, and now being tried again, or beyond what can be done without a person.
    again: BTreeMap<VariantId, Again>,
    told: Vec<(ConnectionId, Vec<Step>)>,
    /// Of these, what the guard is to remember.
    counted: Vec<(ConnectionId, Vec<Step>)>,
}

impl Look {
    fn is_needed(truth: &Truth, known: &Known, now: Timestamp) -> bool {
        let owing = &known.owing;
        owing.begins
            || !owing.touched.is_empty()
            || !owing.whole.is_empty()
            || owing.asked.iter().any(|connection| is_asked(known, *connection))
            || (truth.options.poll.is_some() && owing.next_try().is_some_and(|next| next <= now))
            || owing.waiting.iter().any(|(connection, links)| {
                !links.is_empty()
                    && is_automatic(truth, known, *connection)
                    && gathers(known, *connection, now).is_none()
            })
    }

    fn take(truth: &Truth, known: &Known, now: Timestamp) -> Self {
        let catalogue = known.catalogue.now();
        let owing = &known.owing;
        let mut look = Self { considered: owing.touched.clone(), whole: owing.whole.clone(), ..Self::default() };
        look.asked = owing.asked.iter().copied().filter(|connection| is_asked(known, *connection)).collect();
        let ready = |connection: &ConnectionId| {
            look.asked.contains(connection)
                || (is_automatic(truth, known, *connection) && gathers(known, *connection, now).is_none())
        };
        look.ready = catalogue.connections().iter().map(|known| known.id).filter(ready).collect();
        for connection in &look.ready {
            look.considered.extend(owing.waiting.get(connection).into_iter().flatten());
        }
        for (variant, refused) in &owing.refused {
            let due = matches!(refused.again, Again::At(then) if then <= now);
            if due || look.asked.contains(&refused.connection) {
                match catalogue.link_of(*variant) {
                    Some(link) => {
                        look.considered.insert(link.id);
                    }
                    None => {
                        look.over.insert(*variant);
                    }
                }
            }
        }
        if !look.whole.is_empty() {
            let there = |link: &Link| link.members.iter().any(|member| look.whole.contains(&member.connection));
            let all: Vec<LinkId> = catalogue.links().filter(|link| there(link)).map(|link| link.id).collect();
            look.considered.extend(all);
        }
        for id in look.considered.clone() {
            if let Some(link) = catalogue.link(id) {
                for member in &link.members {
                    look.member(known, link, member, now);
                }
            }
        }
        look
    }

    fn member(&mut self, known: &Known, link: &Link, member: &LinkMember, now: Timestamp) {
        let variant = member.variant;
        let refused = known.owing.refused.get(&variant).map(|refused| refused.again);
        let Some(telling) = telling(known, link, member) else {
            self.equal.extend(shows_what_it_should(known, link, member).map(|total| (variant, total)));
            // Nothing is owed, or nothing can be written: what was refused before is not failing any more. But a side
            // that takes no part any more stays so, and is shown, until a person synchronizes it.
            if member.base.is_some() {
                self.over.insert(variant);
            } else if refused.is_some() {
                self.again.insert(variant, Again::ByPerson);
            }
            return;
        };
        if known.board.is_to_be_written(variant) {
            if refused.is_some() {
                self.again.insert(variant, Again::UnderWay);
            }
            return;
        }
        match refused {
            Some(Again::At(then)) if then > now && !self.asked.contains(&member.connection) => return,
            // By a person: it takes part again, so somebody looked after it.
            Some(Again::At(_) | Again::UnderWay | Again::ByPerson) | None => {}
        }
        match known.owing.declined.get(&variant) {
            Some(declined) if declined.by == telling.by => return,
            Some(_) => {
                self.over.insert(variant);
            }
            None => {}
        }
        if !self.ready.contains(&member.connection) {
            self.waiting.entry(member.connection).or_default().insert(link.id);
            return;
        }
        self.owed.entry(member.connection).or_default().push(telling);
    }

    /// Afterwards, with the pen still in hand: what was looked at is not looked at again before it is touched.
    fn remember(self, known: &mut Known, now: Timestamp) {
        let owing = &mut known.owing;
        owing.begins = false;
        // Whatever of these is still owed waits for a shop, and is asked about no more when its turn comes.
        let waits = |link: &LinkId| self.waiting.values().any(|links| links.contains(link));
        owing.explained.are_told(self.considered.iter().copied().filter(|link| !waits(link)));
        owing.touched.retain(|link| !self.considered.contains(link));
        owing.whole.retain(|connection| !self.whole.contains(connection));
        owing.asked.retain(|connection| !self.asked.contains(connection));
        for connection in &self.ready {
            owing.waiting.remove(connection);
        }
        for (connection, links) in self.waiting {
            owing.waiting.entry(connection).or_default().extend(links);
        }
        for variant in &self.over {
            // The tries are counted on while it is owed; now it is not.
            owing.refused.remove(variant);
            owing.declined.remove(variant);
        }
        for (variant, again) in self.again {
            if let Some(refused) = owing.refused.get_mut(&variant) {
                refused.again = again;
            }
        }
        for (_, steps) in self.told {
            for variant in steps.iter().filter_map(|step| known_target(&step.planned)) {
                if let Some(refused) = owing.refused.get_mut(&variant) {
                    refused.again = Again::UnderWay;
                }
            }
        }
        for (connection, steps) in self.counted {
            owing.tells(connection, &steps, now);
        }
    }

    /// Sides that take part again: they show what they should, so nothing can be lost by agreeing on that.
    fn founded(&mut self, known: &Known, now: Timestamp) -> Vec<Entry> {
        let mut books = Books::open(known, now);
        for (variant, total) in std::mem::take(&mut self.equal) {
            if !books.is_frozen(variant)
                && let Some(link) = books.change(variant)
            {
                ledger::found(link, variant, total);
            }
        }
        books.entries()
    }
}

/// What a side holds with which nothing is agreed on, if that is what it should show, and nobody is about to write it.
/// One whose last write nobody knows the end of is left to a person.
fn shows_what_it_should(known: &Known, link: &Link, member: &LinkMember) -> Option<Quantity> {
    let may = member.base.is_none()
        && owing::may_be_told(link)
        && known.keeps_quantities(link, member)
        && !known.owing.refused.contains_key(&member.variant)
        && !known.board.is_to_be_written(member.variant);
    let catalogue = known.catalogue.now();
    let should = Offer::of(&catalogue.settings(member.connection)).shown(link.available.filter(|_| may)?);
    catalogue.total(member.listing, member.variant).filter(|total| *total == should)
}

/// What a side is to be told.
#[derive(Debug, Clone)]
pub struct Telling {
    pub step: PlannedStep,
    /// By how much that changes its count.
    pub by: Quantity,
    /// A person said how its link is to be.
    pub is_decided: bool,
    /// A person said so, or orders explain all of it: the guard has nothing to ask.
    pub is_free: bool,
}

/// What a member is to be told; `None`: nothing is owed, or nothing can be written.
pub fn telling(known: &Known, link: &Link, member: &LinkMember) -> Option<Telling> {
    let catalogue = known.catalogue.now();
    member.base?;
    if !known.keeps_quantities(link, member) {
        return None;
    }
    let connection = catalogue.connection(member.connection)?;
    let kept = catalogue.kept(member.listing).filter(|kept| !kept.known.gone)?;
    let shown = kept.known.variant(member.variant)?;
    let places: Vec<(&LocationId, Option<Quantity>)> =
        connection.locations.iter().map(|location| (&location.id, shown.stock.at(&location.id))).collect();
    let offer = Offer::of(&catalogue.settings(member.connection));
    let telling = owing::telling(link, member.variant, offer, &places)?;
    let available = link.available?;
    let by = telling.by();
    let effect = Effect::SetQuantity {
        connection: member.connection,
        target: Target::Known { listing: member.listing, variant: member.variant },
        location: telling.location,
        from: Some(telling.from),
        to: telling.to,
    };
    let holds = shown.stock.total(|location| connection.counts(location)).unwrap_or_default();
    let reason = format!("{available} available, {holds} shown there");
    let subject = subject(&kept.known.listing.title, shown.option_label());
    let explained = &known.owing.explained;
    let is_decided = explained.is_decided(link.id);
    let owed = ledger::owed(link, member.variant, offer).unwrap_or_default();
    let is_free = is_decided || explained.is_by_orders(member.variant, owed);
    Some(Telling { step: PlannedStep { effect, subject, reason, after: None }, by, is_decided, is_free })
}

/// Ended sync jobs that say nothing any more: all but the last one that went well, and those whose refused or
/// called-off writes have been taken up again or are not owed any more.
fn cleared(known: &Known, look: &Look) -> Vec<JobId> {
    let taken: BTreeSet<VariantId> =
        look.told.iter().flat_map(|(_, steps)| steps).filter_map(|step| known_target(&step.planned)).collect();
    let settled = |variant: &VariantId| taken.contains(variant) || look.over.contains(variant);
    let open: BTreeSet<JobId> = {
        let refused = known.owing.refused.iter().filter(|(variant, _)| !settled(variant)).map(|(_, of)| of.job);
        let declined = known.owing.declined.iter().filter(|(variant, _)| !settled(variant)).map(|(_, of)| of.job);
        refused.chain(declined).collect()
    };
    let mut last: BTreeSet<ConnectionId> = BTreeSet::new();
    let mut cleared = Vec::new();
    for run in known.board.runs().rev().filter(|run| run.job.state.ended()) {
        let JobKind::Sync { connection } = run.job.kind else { continue };
        if open.contains(&run.job.id) {
            continue;
        }
        let progress = &run.job.progress;
        let eventful = progress.failed + progress.parked > 0 || run.job.state == JobState::Cancelled;
        if eventful || !last.insert(connection) {
            cleared.push(run.job.id);
        }
    }
    cleared
}

impl Known {
    /// Whether a member's count takes part in keeping quantities in step: between a till and a store that can be
    /// switched off, and then neither is told of the other's sales.
    pub fn keeps_quantities(&self, link: &Link, member: &LinkMember) -> bool {
        keeps_quantities(self.catalogue.now(), &self.rules, link, member)
    }
}

/// As [`Known::keeps_quantities`], for whoever has the parts only.
pub fn keeps_quantities(catalogue: &Snapshot, rules: &RuleBook, link: &Link, member: &LinkMember) -> bool {
    let side = |connection| catalogue.connection(connection).map(|known| known.side);
    let Some(own) = side(member.connection) else { return false };
    let others = link.members.iter().filter(|other| side(other.connection) == Some(own.other()));
    let mut pairs = others.map(|other| match own {
        Side::InStore => (member.connection, other.connection),
        Side::Online => (other.connection, member.connection),
    });
    let on = |pair: (ConnectionId, ConnectionId)| rules.between(pair.0, pair.1).is_none_or(|rules| rules.quantity);
    let mut pairs = pairs.by_ref().peekable();
    pairs.peek().is_none() || pairs.any(on)
}
