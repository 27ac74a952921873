//! Whoever is owed something is told: a small job for each connection, with all that is owed at that moment.
//!
//! The one place where writes are planned that nobody ordered, and so the one where the guard stands (rule 6): a run that
//! would change or empty too much is planned as a question, and waits for a person. What is owed is looked for among the
//! links that were touched since the last look, never among all of them. Nothing is sent here: the queue does what is
//! planned, like what people order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    ConnectionId, ConnectionState, Effect, Job, JobId, JobKind, JobState, Link, LinkId, LinkMember, LocationId,
    PlannedStep, Progress, Quantity, Side, Step, StepIndex, StepState, Target, Timestamp, VariantId,
};
use crate::protocol::{NoticeLevel, Problem};
use crate::rules::fields::RuleBook;
use crate::rules::guard::{Facts, Threshold, Verdict, judge};
use crate::rules::ledger::Offer;
use crate::rules::{CatalogueView, owing};
use crate::store::Entry;

use super::super::catalogue::Snapshot;
use super::super::jobs::run::{Run, known_target};
use super::super::truth::{Known, Truth};
use super::memory::Again;
use super::settings::subject;

/// How the note of a question ends; by it a question is known.
pub const ASKS: &str = "; resume this job if that is right, or cancel it to leave the stock there as it is";

/// What the guard takes as one run: changes that follow each other so closely.
const ONE_RUN: Duration = Duration::from_secs(60);

/// A shop is emptied slowly as well.
const EMPTYING: Duration = Duration::from_secs(3600);

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
    let mut look = truth.read(|known| Look::take(truth, known, now));
    let mut entries = Vec::new();
    let mut questions = Vec::new();
    for (connection, steps) in std::mem::take(&mut look.steps) {
        let planned = truth.read(|known| plan(known, connection, pen.coming_job(), steps, now));
        pen.job();
        if let Some(note) = planned.job.note.clone() {
            questions.push((planned.job.id, planned.job.title.clone(), note));
        }
        look.told.push((connection, planned.fresh));
        entries.extend(planned.replaces.map(Entry::JobForgotten));
        entries.push(Entry::JobPlanned { job: planned.job, steps: planned.steps, refusals: Vec::new() });
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
    steps: BTreeMap<ConnectionId, Vec<PlannedStep>>,
    /// Refused or called off before, and not any more.
    over: BTreeSet<VariantId>,
    /// Refused before, and now being tried again, or beyond what can be done without a person.
    again: BTreeMap<VariantId, Again>,
    told: Vec<(ConnectionId, Vec<Step>)>,
}

impl Look {
    fn is_needed(truth: &Truth, known: &Known, now: Timestamp) -> bool {
        let owing = &known.owing;
        !owing.touched.is_empty()
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
        let Some((step, by)) = telling(known, link, member) else {
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
            Some(declined) if declined.by == by => return,
            Some(_) => {
                self.over.insert(variant);
            }
            None => {}
        }
        if !self.ready.contains(&member.connection) {
            self.waiting.entry(member.connection).or_default().insert(link.id);
            return;
        }
        self.steps.entry(member.connection).or_default().push(step);
    }

    /// Afterwards, with the pen still in hand: what was looked at is not looked at again before it is touched.
    fn remember(self, known: &mut Known, now: Timestamp) {
        let owing = &mut known.owing;
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
        for (connection, steps) in self.told {
            for variant in steps.iter().filter_map(|step| known_target(&step.planned)) {
                if let Some(refused) = owing.refused.get_mut(&variant) {
                    refused.again = Again::UnderWay;
                }
            }
            owing.tells(connection, &steps, now, EMPTYING);
        }
    }
}

/// The step that tells a member what it is owed, and by how much that changes its count.
fn telling(known: &Known, link: &Link, member: &LinkMember) -> Option<(PlannedStep, Quantity)> {
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
    Some((PlannedStep { effect, subject, reason, after: None }, by))
}

struct Planned {
    job: Job,
    steps: Vec<Step>,
    /// Those that were not in the question before.
    fresh: Vec<Step>,
    /// The question that this one takes in.
    replaces: Option<JobId>,
}

/// The job for what a connection is owed; a question if it would change too much.
fn plan(known: &Known, connection: ConnectionId, id: JobId, planned: Vec<PlannedStep>, now: Timestamp) -> Planned {
    let number =
        |(planned, index): (PlannedStep, u32)| Step { index: StepIndex(index), planned, state: StepState::Planned };
    let question = known.board.runs().find(|run| is_question(run, connection));
    let asked: Vec<PlannedStep> = question.into_iter().flat_map(Run::steps).map(|step| step.planned.clone()).collect();
    let note = ask(known, connection, &planned, now);
    let fresh: Vec<Step> = planned.iter().cloned().zip(0..).map(number).collect();
    let (steps, replaces) = match (&note, question) {
        (Some(_), Some(question)) => {
            (asked.into_iter().chain(planned).zip(0..).map(number).collect(), Some(question.job.id))
        }
        _ => (fresh.clone(), None),
    };
    let job = Job {
        id,
        kind: JobKind::Sync { connection },
        title: title(&name(known, connection), steps.len()),
        state: if note.is_some() { JobState::Paused } else { JobState::Queued },
        created_at: now,
        started_at: None,
        ended_at: None,
        progress: Progress { total: Some(steps.len() as u64), ..Progress::default() },
        note,
    };
    Planned { job, steps, fresh, replaces }
}

fn title(name: &str, steps: usize) -> String {
    let what = if steps == 1 { "1 quantity".to_owned() } else { format!("{steps} quantities") };
    format!("Sync {what} to {name}")
}

fn name(known: &Known, connection: ConnectionId) -> String {
    let there = known.catalogue.now().connection(connection);
    there.map_or_else(|| connection.to_string(), |there| there.name.to_string())
}

/// Whether a job is a question of the guard that nobody has answered.
pub fn is_question(run: &Run, connection: ConnectionId) -> bool {
    run.job.kind == JobKind::Sync { connection }
        && run.job.state == JobState::Paused
        && run.job.started_at.is_none()
        && run.job.note.as_ref().is_some_and(|note| note.ends_with(ASKS))
}

/// What the guard wants to know before this is written. It sees what was planned a moment ago as well, since a catalogue
/// is read page by page.
fn ask(known: &Known, connection: ConnectionId, planned: &[PlannedStep], now: Timestamp) -> Option<String> {
    let mut changed = BTreeSet::new();
    let mut zeroed = BTreeSet::new();
    for step in planned {
        if let Effect::SetQuantity { target: Target::Known { variant, .. }, to, .. } = &step.effect {
            changed.insert(*variant);
            if *to == Quantity::ZERO {
                zeroed.insert(*variant);
            }
        }
    }
    let empties = !zeroed.is_empty();
    let mut emptied = zeroed.clone();
    for (at, variant, to_nothing) in known.owing.told.get(&connection).into_iter().flatten() {
        let ago = now.seconds_since(*at);
        if ago <= ONE_RUN.as_secs() {
            changed.insert(*variant);
            zeroed.extend(to_nothing.then_some(*variant));
        }
        if ago <= EMPTYING.as_secs() {
            emptied.extend(to_nothing.then_some(*variant));
        }
    }
    let threshold = Threshold::default();
    let worst = changed.len().max(if empties { emptied.len() } else { 0 }) as u64;
    if worst < threshold.least {
        return None;
    }
    // Counted only now: it takes a look at every listing.
    let catalogue = known.catalogue.now().listings_of(connection).map(|known| known.variants.len() as u64).sum();
    let name = name(known, connection);
    let runs = [
        Facts { catalogue, changed: changed.len() as u64, zeroed: zeroed.len() as u64 },
        Facts { catalogue, changed: emptied.len() as u64, zeroed: emptied.len() as u64 },
    ];
    let runs = runs.iter().take(if empties { 2 } else { 1 });
    runs.map(|facts| judge(&name, facts, threshold)).find_map(|verdict| match verdict {
        Verdict::Ask { sentence, .. } => Some(sentence + ASKS),
        Verdict::Fine => None,
    })
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
