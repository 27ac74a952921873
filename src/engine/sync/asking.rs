//! The guard's questions about counts (rule 6 of DESIGN): when one is asked, what it says now, and when it is none any
//! more.
//!
//! A question is a paused job. What orders explain and what a person said goes past it, in a job of its own. It looks at
//! a while and not at a portion, since a catalogue is read page by page; a count that changes twice is one change, and
//! what was answered is asked about no more. A question that outlives its cause closes by itself: nobody should have to
//! answer for what is not so any more.

use std::collections::BTreeSet;

use crate::domain::{
    Cause, ConnectionId, Effect, Happening, HistoryRecord, Job, JobId, JobKind, JobState, PlannedStep, Progress,
    Quantity, Step, StepIndex, StepState, Target, Timestamp,
};
use crate::rules::guard::{EMPTYING, Facts, ONE_RUN, Verdict, judge};
use crate::rules::{CatalogueView, ledger};
use crate::store::Entry;

use super::super::jobs::run::{Run, known_target};
use super::super::truth::Known;
use super::owing::{Telling, telling};
use super::steps::name;

/// How the note of a question ends; by it a question is known.
pub const ASKS: &str = "; resume this job if that is right, or cancel it to leave the stock there as it is";

/// Why the steps of a question that closed are skipped.
const CLOSED: &str = "the question about it closed by itself";

/// A job for what a connection is owed, without its number yet.
pub struct Planned {
    pub job: Job,
    pub steps: Vec<Step>,
    /// Those that the guard is to remember: nothing explains them, and they were not asked about before.
    pub counted: Vec<Step>,
    /// The question that this one takes in.
    pub replaces: Option<JobId>,
}

/// The jobs for what a connection is owed: what may be told, and a question about what is too much.
pub fn plan(known: &Known, connection: ConnectionId, owed: Vec<Telling>, now: Timestamp) -> Vec<Planned> {
    let (free, open): (Vec<Telling>, Vec<Telling>) = owed.into_iter().partition(|telling| telling.is_free);
    let steps = |owed: Vec<Telling>| owed.into_iter().map(|telling| telling.step).collect::<Vec<PlannedStep>>();
    let (free, open) = (steps(free), steps(open));
    let question = known.board.runs().find(|run| is_question(run, connection));
    let asked: Vec<PlannedStep> = question
        .into_iter()
        .flat_map(Run::steps)
        .filter(|step| step.state == StepState::Planned)
        .map(|step| step.planned.clone())
        .collect();
    let Some(note) = ask(known, connection, &asked, &open, now) else {
        let counted = numbered(open.iter().cloned());
        let all: Vec<PlannedStep> = free.into_iter().chain(open).collect();
        return vec![Planned { counted, ..planned(known, connection, all, None, now) }];
    };
    let counted = numbered(open.iter().cloned());
    let all: Vec<PlannedStep> = asked.into_iter().chain(open).collect();
    let replaces = question.map(|question| question.job.id);
    let mut jobs = vec![Planned { counted, replaces, ..planned(known, connection, all, Some(note), now) }];
    if !free.is_empty() {
        jobs.push(planned(known, connection, free, None, now));
    }
    jobs
}

fn numbered(steps: impl Iterator<Item = PlannedStep>) -> Vec<Step> {
    let number = |(planned, index)| Step { index: StepIndex(index), planned, state: StepState::Planned };
    steps.zip(0..).map(number).collect()
}

fn planned(
    known: &Known,
    connection: ConnectionId,
    steps: Vec<PlannedStep>,
    note: Option<String>,
    now: Timestamp,
) -> Planned {
    let steps = numbered(steps.into_iter());
    let job = Job {
        id: JobId(0),
        kind: JobKind::Sync { connection },
        title: title(&name(known, connection), steps.len()),
        state: if note.is_some() { JobState::Paused } else { JobState::Queued },
        created_at: now,
        started_at: None,
        ended_at: None,
        progress: Progress { total: Some(steps.len() as u64), ..Progress::default() },
        note,
    };
    Planned { job, steps, counted: Vec::new(), replaces: None }
}

fn quantities(count: usize) -> String {
    if count == 1 { "1 quantity".to_owned() } else { format!("{count} quantities") }
}

fn title(name: &str, steps: usize) -> String {
    format!("Sync {} to {name}", quantities(steps))
}

/// Whether a job is a question of the guard that nobody has answered.
pub fn is_question(run: &Run, connection: ConnectionId) -> bool {
    run.job.kind == JobKind::Sync { connection }
        && run.job.state == JobState::Paused
        && run.job.started_at.is_none()
        && run.job.note.as_ref().is_some_and(|note| note.ends_with(ASKS))
}

/// The counts that steps are about, and those of them that come to nothing.
fn counts(steps: &[PlannedStep]) -> (BTreeSet<crate::domain::VariantId>, BTreeSet<crate::domain::VariantId>) {
    let (mut changed, mut zeroed) = (BTreeSet::new(), BTreeSet::new());
    for step in steps {
        if let Effect::SetQuantity { target: Target::Known { variant, .. }, to, .. } = &step.effect {
            changed.insert(*variant);
            if *to == Quantity::ZERO {
                zeroed.insert(*variant);
            }
        }
    }
    (changed, zeroed)
}

/// What the guard wants to know before this is written: too much of the catalogue changes within a while, or is emptied
/// within a longer one. `asked`: what it asks about already, which counts as far as that is not long ago.
fn ask(
    known: &Known,
    connection: ConnectionId,
    asked: &[PlannedStep],
    open: &[PlannedStep],
    now: Timestamp,
) -> Option<String> {
    if open.is_empty() {
        return None;
    }
    let asks = known.catalogue.now().settings(connection).asks;
    let (changed, zeroed) = counts(open);
    let lately = |within: u64, emptied: bool| {
        let told = known.owing.told.get(&connection).into_iter().flatten();
        let told = told.filter(move |(at, _, zero)| now.seconds_since(*at) <= within && (*zero || !emptied));
        told.map(|(_, variant, _)| *variant)
    };
    let run: BTreeSet<_> = lately(ONE_RUN, false).chain(changed.iter().copied()).collect();
    let emptied: BTreeSet<_> = lately(EMPTYING, true).chain(zeroed.iter().copied()).collect();
    let worst = run.len().max(if zeroed.is_empty() { 0 } else { emptied.len() }) as u64;
    if worst < u64::from(asks.least) {
        return None;
    }
    // Counted only now: it takes a look at every listing.
    let catalogue = catalogue(known, connection);
    let name = name(known, connection);
    let is_too_much = |all: u64| {
        let facts = Facts { catalogue, changed: all, ..Facts::default() };
        judge(&name, &facts, asks) != Verdict::Fine
    };
    let many = is_too_much(run.len() as u64);
    if !many && (zeroed.is_empty() || !is_too_much(emptied.len() as u64)) {
        return None;
    }
    // What it says is about all that waits for the answer.
    let all: Vec<PlannedStep> = asked.iter().chain(open).cloned().collect();
    let (changed, zeroed) = counts(&all);
    let others = if many { run } else { emptied };
    let before = others.difference(&changed).count() as u64;
    let facts = Facts { catalogue, changed: changed.len() as u64, zeroed: zeroed.len() as u64, before };
    match judge(&name, &facts, asks) {
        Verdict::Ask { sentence, .. } => Some(sentence + ASKS),
        Verdict::Fine => None,
    }
}

fn catalogue(known: &Known, connection: ConnectionId) -> u64 {
    known.catalogue.now().there(connection).variants
}

/// Whether a count that a question is about still waits for its answer, and what would be written.
enum Stands {
    Waits(Telling),
    /// Why it does not.
    Over(&'static str),
}

fn stands(known: &Known, step: &Step) -> Stands {
    let catalogue = known.catalogue.now();
    let link = known_target(&step.planned).and_then(|variant| Some((catalogue.link_of(variant)?, variant)));
    let Some((link, variant)) = link else { return Stands::Over("it is not linked any more") };
    let Some(member) = ledger::member(link, variant) else { return Stands::Over("it is not linked any more") };
    match telling(known, link, member) {
        None => Stands::Over("nothing of it is owed any more"),
        Some(telling) if telling.is_decided => Stands::Over("a person decided about it"),
        Some(telling) if telling.is_free => Stands::Over("orders explain it by now"),
        Some(telling) => Stands::Waits(telling),
    }
}

/// A step as it would be written now, for whoever reads the question.
pub fn present(known: &Known, run: &Run, step: &Step) -> Option<PlannedStep> {
    let JobKind::Sync { connection } = run.job.kind else { return None };
    if step.state != StepState::Planned || !is_question(run, connection) {
        return None;
    }
    match stands(known, step) {
        Stands::Waits(telling) => Some(telling.step),
        Stands::Over(_) => None,
    }
}

/// Questions as they are by now: what is not to be asked about any more leaves them, what they say is made anew, and
/// those that are about nothing, or about little, close by themselves.
pub fn refit(known: &Known, now: Timestamp) -> Vec<Entry> {
    let mut entries = Vec::new();
    for run in known.board.runs() {
        if let JobKind::Sync { connection } = run.job.kind
            && is_question(run, connection)
        {
            entries.extend(refit_one(known, run, connection, now));
        }
    }
    entries
}

fn refit_one(known: &Known, run: &Run, connection: ConnectionId, now: Timestamp) -> Vec<Entry> {
    let (mut waits, mut moves) = (Vec::new(), Vec::new());
    let mut over: BTreeSet<&'static str> = BTreeSet::new();
    let open: Vec<&Step> = run.steps().iter().filter(|step| step.state == StepState::Planned).collect();
    for step in &open {
        match stands(known, step) {
            Stands::Waits(telling) => waits.push((step.index, telling.step)),
            Stands::Over(why) => {
                over.insert(why);
                moves.push((step.index, StepState::Skipped { why: why.to_owned() }));
            }
        }
    }
    let asks = known.catalogue.now().settings(connection).asks;
    let name = name(known, connection);
    let steps: Vec<PlannedStep> = waits.iter().map(|(_, step)| step.clone()).collect();
    let (changed, zeroed) = counts(&steps);
    let catalogue = catalogue(known, connection);
    let facts = Facts { catalogue, changed: changed.len() as u64, zeroed: zeroed.len() as u64, before: 0 };
    let told = known.owing.told.get(&connection).into_iter().flatten().map(|(_, variant, _)| *variant);
    let before = told.collect::<BTreeSet<_>>().difference(&changed).count() as u64;
    let all = Facts { catalogue, changed: run.steps().len() as u64, ..Facts::default() };
    let verdict = judge(&name, &facts, asks);
    // One that was asked because of what had gone before it stays while anything of it is left.
    let was_large = judge(&name, &all, asks) != Verdict::Fine;
    let small = verdict == Verdict::Fine && was_large && !moves.is_empty();
    if waits.is_empty() || small {
        let why = match (waits.len(), over.len()) {
            (0, 1) => over.into_iter().next().unwrap_or_default().to_owned(),
            (0, _) => "nothing of it is left to ask about".to_owned(),
            (left, _) => format!("{} left, which is no mass change", quantities(left)),
        };
        moves.extend(waits.into_iter().map(|(index, _)| (index, StepState::Skipped { why: CLOSED.to_owned() })));
        return closed(known, run, connection, moves, &why, now);
    }
    let verdict = if was_large { verdict } else { judge(&name, &Facts { before, ..facts }, asks) };
    let note = match verdict {
        Verdict::Ask { sentence, .. } => Some(sentence + ASKS),
        Verdict::Fine => run.job.note.clone(),
    };
    let title = title(&name, waits.len());
    if moves.is_empty() && note == run.job.note && title == run.job.title {
        return Vec::new();
    }
    let mut entries = run.entries(moves, now);
    for entry in &mut entries {
        if let Entry::JobKept(job) = entry {
            // Steps that left it do not make it begin.
            (job.state, job.started_at) = (JobState::Paused, None);
            (job.note, job.title) = (note.clone(), title.clone());
        }
    }
    entries
}

/// A question that nobody has to answer any more, with a line for the history.
fn closed(
    known: &Known,
    run: &Run,
    connection: ConnectionId,
    moves: Vec<(StepIndex, StepState)>,
    why: &str,
    now: Timestamp,
) -> Vec<Entry> {
    let mut entries = run.entries(moves, now);
    for entry in &mut entries {
        if let Entry::JobKept(job) = entry {
            job.note = Some(format!("closed by itself: {why}"));
        }
    }
    let subject = known.catalogue.now().connection(connection).map(|there| there.name.clone()).unwrap_or_default();
    let asked = run.job.note.as_deref().and_then(|note| note.strip_suffix(ASKS)).unwrap_or(&run.job.title);
    entries.push(Entry::Noted(Box::new(HistoryRecord {
        at: now,
        what: Happening::Settled,
        subject,
        sku: None,
        listing: None,
        variant: None,
        connection: Some(connection),
        old: Some(asked.to_owned()),
        new: Some(format!("the question closed by itself: {why}")),
        cause: Cause::Job { job: run.job.id },
    })));
    entries
}
