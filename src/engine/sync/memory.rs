//! What is remembered between two looks at what is owed: links that were touched, sides that may not be told yet, what
//! was refused and when it is tried again, what a person called off.
//!
//! Not journalled: it follows from what is, and is found again at the start. Never a list of everything: a commit adds
//! the links that it touches, and a look takes them away.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::{
    Cause, ConnectionId, Effect, Happening, HistoryRecord, Job, JobId, JobKind, JobState, LinkId, ListingId, Quantity,
    Step, StepIndex, StepState, Stock, Timestamp, VariantId,
};
use crate::rules::guard::{EMPTYING, ONE_RUN};
use crate::rules::ledger::{self, Offer};
use crate::rules::{CatalogueView, pace};
use crate::store::{Entry, Store, StoreError};

use super::super::books::target;
use super::super::catalogue::Snapshot;
use super::super::jobs::board::{Board, all_steps};
use super::super::jobs::run::{CANCELLED, known_target};
use super::super::truth::Known;
use super::asking::is_question;
use super::explained::{self, Explained, Moved};

/// A count that could not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub connection: ConnectionId,
    /// The job whose step says so.
    pub job: JobId,
    pub tries: u32,
    pub again: Again,
    pub message: String,
    pub hint: String,
}

/// When what was refused is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    At(Timestamp),
    /// Being tried, or waiting for it in a job.
    UnderWay,
    /// Not before a person looked after it: nobody can tell what became of the last try, or it is not counted there.
    ByPerson,
}

/// A write that a person called off: not planned again before something else is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declined {
    pub job: JobId,
    pub by: Quantity,
}

/// What one entry says about what is owed.
#[derive(Debug)]
pub enum News {
    Link {
        link: LinkId,
        held: bool,
    },
    /// What a link's change says about what its sides are owed.
    Moved(Vec<VariantId>, Moved),
    /// A person said how this link is to be.
    Decided(LinkId),
    /// A question of the guard was answered, or has closed by itself.
    Answered(ConnectionId, BTreeSet<VariantId>),
    Unlinked(LinkId),
    /// Another share, other rules: everything that is linked there is looked at again.
    Connection(ConnectionId),
    Disconnected(ConnectionId),
    Ended {
        variant: VariantId,
        link: Option<LinkId>,
        connection: ConnectionId,
        how: Ending,
    },
}

/// How a step ended that was about a count.
#[derive(Debug)]
pub enum Ending {
    Well,
    Refused { job: JobId, message: String, hint: String, at: Timestamp },
    Parked { job: JobId, message: String, hint: String },
    Declined(Declined),
    Otherwise,
}

#[derive(Debug, Default)]
pub struct Memory {
    /// To be looked at.
    pub touched: BTreeSet<LinkId>,
    /// Everything linked there is to be looked at.
    pub whole: BTreeSet<ConnectionId>,
    /// Owed to a side that may not be told now: looked at again when it may.
    pub waiting: BTreeMap<ConnectionId, BTreeSet<LinkId>>,
    /// A person wants these told now.
    pub asked: BTreeSet<ConnectionId>,
    pub refused: BTreeMap<VariantId, Refused>,
    pub declined: BTreeMap<VariantId, Declined>,
    /// Links with a fall that waits for a person.
    pub held: BTreeSet<LinkId>,
    /// Of these, those of which a person was told.
    pub held_told: BTreeSet<LinkId>,
    /// What was planned lately and nothing explained, for the guard: when, which, and whether it was brought to nothing.
    pub told: BTreeMap<ConnectionId, VecDeque<(Timestamp, VariantId, bool)>>,
    /// Of what is owed, what orders explain or a person said.
    pub explained: Explained,
    /// The time of the commit that is being taken in.
    pub now: Timestamp,
    /// Questions of before the start were not looked at yet.
    pub begins: bool,
    /// Refused for the first time, and nobody was told yet.
    pub news: BTreeMap<ConnectionId, (JobId, u64, String, String)>,
}

impl Memory {
    /// What is found at the start: links with something owed, falls that are held, writes that were refused or called
    /// off.
    pub async fn load(store: &Store, board: &Board, catalogue: &Snapshot) -> Result<Self, StoreError> {
        let mut memory = Self { begins: true, ..Self::default() };
        for link in catalogue.links() {
            let owes = |variant, connection| {
                let offer = Offer::of(&catalogue.settings(connection));
                ledger::owed(&link, variant, offer).is_some_and(|owed| owed != Quantity::ZERO)
            };
            // A side without an agreement may have come to show what it should.
            let apart = link.available.is_some() && link.members.iter().any(|member| member.base.is_none());
            if apart || link.members.iter().any(|member| owes(member.variant, member.connection)) {
                memory.touched.insert(link.id);
            }
            if link.members.iter().any(|member| member.held.is_some()) {
                memory.held.insert(link.id);
            }
        }
        for run in board.runs().filter(|run| run.job.state.ended()) {
            let JobKind::Sync { connection } = run.job.kind else { continue };
            let progress = &run.job.progress;
            if progress.failed + progress.parked + progress.skipped == 0 {
                continue;
            }
            for step in all_steps(store, &run.job).await? {
                let Some(variant) = known_target(&step.planned) else { continue };
                let how = ending(run.job.id, &step, &step.state, true);
                memory.learn(News::Ended { variant, link: None, connection, how });
            }
        }
        memory.news.clear();
        Ok(memory)
    }

    pub fn learn(&mut self, news: News) {
        match news {
            News::Link { link, held } => {
                self.touched.insert(link);
                if held {
                    self.held.insert(link)
                } else {
                    self.held.remove(&link)
                };
            }
            News::Moved(variants, moved) => {
                self.explained.learn(&moved);
                if moved.cleared {
                    self.told.values_mut().for_each(|told| told.retain(|(_, variant, _)| !variants.contains(variant)));
                }
            }
            News::Decided(link) => {
                self.explained.decides(link);
                self.touched.insert(link);
            }
            News::Answered(connection, variants) => {
                if let Some(told) = self.told.get_mut(&connection) {
                    told.retain(|(_, variant, _)| !variants.contains(variant));
                }
            }
            News::Unlinked(link) => {
                self.explained.forget(link);
                self.held.remove(&link);
                self.held_told.remove(&link);
            }
            News::Connection(connection) => {
                self.whole.insert(connection);
            }
            News::Disconnected(connection) => {
                self.whole.remove(&connection);
                self.waiting.remove(&connection);
                self.asked.remove(&connection);
                self.told.remove(&connection);
                self.news.remove(&connection);
                self.refused.retain(|_, refused| refused.connection != connection);
            }
            News::Ended { variant, link, connection, how } => {
                self.touched.extend(link);
                self.ended(variant, connection, how);
            }
        }
    }

    fn ended(&mut self, variant: VariantId, connection: ConnectionId, how: Ending) {
        match how {
            Ending::Well => {
                self.refused.remove(&variant);
                self.declined.remove(&variant);
            }
            Ending::Refused { job, message, hint, at } => {
                let tries = self.refused.get(&variant).map_or(1, |before| before.tries.saturating_add(1));
                let pause = i64::try_from(pace::after_refusal(tries).as_secs()).unwrap_or(i64::MAX);
                if tries == 1 {
                    self.tell(connection, job, &message, &hint);
                }
                let again = Again::At(at.plus_seconds(pause));
                self.refused.insert(variant, Refused { connection, job, tries, again, message, hint });
            }
            Ending::Parked { job, message, hint } => {
                self.tell(connection, job, &message, &hint);
                let again = Again::ByPerson;
                self.refused.insert(variant, Refused { connection, job, tries: 0, again, message, hint });
            }
            Ending::Declined(declined) => {
                self.declined.insert(variant, declined);
            }
            Ending::Otherwise => {
                if let Some(refused) = self.refused.get_mut(&variant).filter(|known| known.again == Again::UnderWay) {
                    refused.again = Again::At(Timestamp(0));
                }
            }
        }
    }

    fn tell(&mut self, connection: ConnectionId, job: JobId, message: &str, hint: &str) {
        let news = self.news.entry(connection).or_insert_with(|| (job, 0, message.to_owned(), hint.to_owned()));
        news.1 += 1;
    }

    /// When something refused is tried again next.
    pub fn next_try(&self) -> Option<Timestamp> {
        let at = |refused: &Refused| if let Again::At(then) = refused.again { Some(then) } else { None };
        self.refused.values().filter_map(at).min()
    }

    /// Notes what is being told, and forgets what is longer ago than matters.
    pub fn tells(&mut self, connection: ConnectionId, steps: &[Step], now: Timestamp) {
        let told = self.told.entry(connection).or_default();
        while told.front().is_some_and(|(at, ..)| now.seconds_since(*at) > EMPTYING.max(ONE_RUN)) {
            told.pop_front();
        }
        for step in steps {
            if let Effect::SetQuantity { target: crate::domain::Target::Known { variant, .. }, to, .. } =
                &step.planned.effect
            {
                told.push_back((now, *variant, *to == Quantity::ZERO));
            }
        }
    }
}

/// What an entry that is about to be taken in says about what is owed. The steps of a job are still known then.
pub fn news(known: &Known, entry: &Entry) -> Vec<News> {
    match entry {
        Entry::LinkKept(link) => {
            let held = link.members.iter().any(|member| member.held.is_some());
            let moved = explained::moved(known, link, known.owing.now);
            let variants = || link.members.iter().map(|member| member.variant).collect();
            let moved = moved.map(|moved| News::Moved(variants(), moved));
            [Some(News::Link { link: link.id, held }), moved].into_iter().flatten().collect()
        }
        Entry::Noted(line) => decided(known, line).into_iter().collect(),
        Entry::JobKept(job) => answered(known, job).into_iter().collect(),
        Entry::LinkRemoved { link, .. } => vec![News::Unlinked(*link)],
        Entry::SettingsKept { connection, .. } => vec![News::Connection(*connection)],
        Entry::ConnectionKept(connection) => vec![News::Connection(connection.id)],
        Entry::FieldRulesKept(rules) => vec![News::Connection(rules.in_store), News::Connection(rules.online)],
        Entry::ConnectionRemoved(connection) => vec![News::Disconnected(*connection)],
        Entry::StepMoved { job, step, state } => {
            let decided = known.board.run(*job).and_then(|run| explained::decided(run, *step, state));
            let left = left_question(known, *job, *step, state);
            moved(known, *job, *step, state).into_iter().chain(decided.map(News::Decided)).chain(left).collect()
        }
        Entry::ListingSeen(seen) => {
            let counted = seen.numbered().filter(|(_, shown)| matches!(shown.stock, Stock::Tracked(_)));
            counted.filter_map(|(variant, _)| counts_again(known, seen.id, variant)).collect()
        }
        Entry::LevelSeen { listing, variant, quantity: Some(_), .. } => {
            counts_again(known, *listing, *variant).into_iter().collect()
        }
        Entry::LevelSeen { .. }
        | Entry::ListingGone { .. }
        | Entry::CursorMoved { .. }
        | Entry::Swept { .. }
        | Entry::JobPlanned { .. }
        | Entry::BatchSent { .. }
        | Entry::JobForgotten(_)
        | Entry::OrderSeen(_)
        | Entry::OrdersForgotten { .. }
        | Entry::DriftEstimated { .. }
        | Entry::PairRejected(_)
        | Entry::PairAllowed { .. } => Vec::new(),
    }
}

/// A person settled a conflict about a count: what follows from that is asked about no more.
fn decided(known: &Known, line: &HistoryRecord) -> Option<News> {
    let by_person = matches!(line.cause, Cause::Person { .. }) && line.what == Happening::Settled;
    let link = known.catalogue.now().link_of(line.variant.filter(|_| by_person)?)?;
    Some(News::Decided(link.id))
}

/// What a question of the guard was about that is none any more.
fn answered(known: &Known, job: &Job) -> Option<News> {
    let JobKind::Sync { connection } = job.kind else { return None };
    let run = known.board.run(job.id).filter(|run| job.state != JobState::Paused && is_question(run, connection))?;
    Some(News::Answered(connection, run.steps().iter().filter_map(|step| known_target(&step.planned)).collect()))
}

/// A step that left a question which goes on without it.
fn left_question(known: &Known, job: JobId, step: StepIndex, state: &StepState) -> Option<News> {
    let run = known.board.run(job).filter(|_| matches!(state, StepState::Skipped { .. }))?;
    let JobKind::Sync { connection } = run.job.kind else { return None };
    let variant = known_target(&run.step(step).filter(|_| is_question(run, connection))?.planned)?;
    Some(News::Answered(connection, BTreeSet::from([variant])))
}

/// A side that was not counted is, from now on: it may be owed something from before, though its count is the same.
fn counts_again(known: &Known, listing: ListingId, variant: VariantId) -> Option<News> {
    let catalogue = known.catalogue.now();
    let link = catalogue.link_of(variant)?;
    let before = catalogue.listing(listing)?.variant(variant)?;
    if matches!(before.stock, Stock::Tracked(_)) {
        return None;
    }
    Some(News::Link { link: link.id, held: link.members.iter().any(|member| member.held.is_some()) })
}

fn moved(known: &Known, job: JobId, index: StepIndex, state: &StepState) -> Option<News> {
    if !state.ended() {
        return None;
    }
    let run = known.board.run(job)?;
    let step = run.step(index)?;
    let Effect::SetQuantity { connection, .. } = &step.planned.effect else { return None };
    let (_, variant) = target(known, run, step)?;
    let link = known.catalogue.now().link_of(variant).map(|link| link.id);
    let by_itself = matches!(run.job.kind, JobKind::Sync { .. }) && run.job.state != JobState::Cancelled;
    Some(News::Ended { variant, link, connection: *connection, how: ending(job, step, state, by_itself) })
}

fn ending(job: JobId, step: &Step, state: &StepState, by_itself: bool) -> Ending {
    let Effect::SetQuantity { from, to, .. } = &step.planned.effect else { return Ending::Otherwise };
    match state {
        StepState::Confirmed { .. } => Ending::Well,
        StepState::Rejected { message, hint, at } if by_itself => {
            Ending::Refused { job, message: message.clone(), hint: hint.clone(), at: *at }
        }
        StepState::Parked { message, hint, .. } if by_itself => {
            Ending::Parked { job, message: message.clone(), hint: hint.clone() }
        }
        StepState::Skipped { why } if by_itself && why == CANCELLED => {
            Ending::Declined(Declined { job, by: *to - from.unwrap_or_default() })
        }
        _ => Ending::Otherwise,
    }
}
