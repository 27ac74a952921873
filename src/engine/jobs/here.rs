//! What happens here and on no platform: links are made and ended, counts trusted and corrected, many in one commit.
//!
//! While an attempt on a link is under way its ledger stands still, and so does the link: what is to change it waits.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::domain::{
    Cause, Effect, Happening, JobId, JobState, Link, LinkId, Quantity, Step, StepIndex, StepState, Timestamp, VariantId,
};
use crate::protocol::Problem;
use crate::rules::CatalogueView;
use crate::rules::ledger::{self, Offer};
use crate::store::Entry;

use super::super::books::Books;
use super::super::notes::Line;
use super::super::problem;
use super::super::truth::{Known, Truth};
use super::links::{self, Obstacle};

/// Why somebody ended a link, as the journal says it.
const ENDED: &str = "a person ended it";

/// Does these steps, in one commit.
pub async fn take(truth: &Arc<Truth>, job: JobId, steps: Vec<Step>) -> Result<(), Problem> {
    let mut pen = truth.pen().await;
    let now = truth.now();
    let mut numbers = Vec::new();
    numbers.resize_with(steps.len(), || pen.link());
    let (entries, waits) = truth.read(|known| {
        let Some(run) = known.board.run(job) else { return (Vec::new(), false) };
        if !matches!(run.job.state, JobState::Queued | JobState::Running) {
            return (Vec::new(), false);
        }
        let mut taking = Taking {
            known,
            frozen: Books::open(known, now).frozen_variants(),
            taken: HashSet::new(),
            links: BTreeMap::new(),
            ended: Vec::new(),
        };
        let mut waits = false;
        let mut lines = Vec::new();
        let mut moves: Vec<(StepIndex, StepState)> = Vec::new();
        for (step, number) in steps.iter().zip(numbers) {
            let Some(step) = run.step(step.index).filter(|step| step.state == StepState::Planned) else { continue };
            if !run.is_ready(step) {
                continue;
            }
            let done = match &step.planned.effect {
                Effect::Link { .. } => links::link(known, run, step, &mut taking.taken, number, now).map(|link| {
                    taking.links.insert(link.id, link);
                    None
                }),
                Effect::Unlink { link } => taking.unlink(*link),
                Effect::Trust { link, variant } => taking.trust(*link, *variant),
                Effect::Adjust { link, by, .. } => taking.adjust(*link, *by),
                Effect::Create(_)
                | Effect::SetQuantity { .. }
                | Effect::SetField { .. }
                | Effect::AddVariant { .. }
                | Effect::Delete { .. } => continue,
            };
            let state = match done {
                Ok(read_back) => StepState::Confirmed { read_back, at: now },
                Err(Obstacle::Later) => {
                    waits = true;
                    continue;
                }
                Err(Obstacle::For(why)) => StepState::Skipped { why: why.to_owned() },
            };
            if let (StepState::Confirmed { read_back: Some(left), .. }, Effect::Adjust { link, by, reason }) =
                (&state, &step.planned.effect)
            {
                lines.extend(adjusted(known, *link, (*left - *by, *left), reason, now));
            }
            moves.push((step.index, state));
        }
        if moves.is_empty() {
            return (Vec::new(), waits);
        }
        let mut entries = taking.entries();
        entries.extend(lines);
        entries.extend(run.entries(moves, now));
        (entries, false)
    });
    pen.commit(entries).await?;
    if waits {
        let hint = "nothing to do; it goes on when that has ended";
        return Err(problem::failure("a write to one of the products is under way", hint));
    }
    Ok(())
}

/// Why a person corrected a stock, for the history.
fn adjusted(
    known: &Known,
    link: LinkId,
    (old, new): (Quantity, Quantity),
    reason: &str,
    now: Timestamp,
) -> Option<Entry> {
    let catalogue = known.catalogue.now();
    let line = Line::of_link(catalogue, catalogue.link(link)?, Happening::Settled)?;
    let line = line.values(Some(old), Some(format!("{new} available")));
    (!reason.is_empty()).then(|| line.by(Cause::Person { reason: reason.to_owned() }, now))
}

struct Taking<'a> {
    known: &'a Known,
    /// Counts whose link has an attempt under way.
    frozen: HashSet<VariantId>,
    /// Variants that a link of this commit has taken.
    taken: HashSet<VariantId>,
    links: BTreeMap<LinkId, Link>,
    ended: Vec<LinkId>,
}

/// What is available once the step is done, where it is about that.
type Done = Result<Option<Quantity>, Obstacle>;

impl Taking<'_> {
    /// The link as this commit leaves it so far.
    fn link(&mut self, id: LinkId) -> Result<&mut Link, Obstacle> {
        let known = self.known.catalogue.now().link(id).filter(|_| !self.ended.contains(&id));
        let known = known.ok_or(Obstacle::For("it is not linked any more"))?;
        if known.members.iter().any(|member| self.frozen.contains(&member.variant)) {
            return Err(Obstacle::Later);
        }
        Ok(self.links.entry(id).or_insert_with(|| (**known).clone()))
    }

    fn unlink(&mut self, id: LinkId) -> Done {
        self.link(id)?;
        self.links.remove(&id);
        self.ended.push(id);
        Ok(None)
    }

    fn trust(&mut self, id: LinkId, variant: VariantId) -> Done {
        let catalogue = self.known.catalogue.now();
        let member = catalogue.link(id).and_then(|link| ledger::member(link, variant));
        let member = member.ok_or(Obstacle::For("it is not linked any more"))?;
        let offer = Offer::of(&catalogue.settings(member.connection));
        let seen = catalogue.total(member.listing, variant);
        let link = self.link(id)?;
        let trusted = ledger::trust(link, variant, seen, offer);
        trusted
            .ok_or(Obstacle::For("its count is not known, or it shows a part only, which says nothing of the whole"))?;
        Ok(link.available)
    }

    fn adjust(&mut self, id: LinkId, by: Quantity) -> Done {
        let link = self.link(id)?;
        if link.available.is_none() {
            return Err(Obstacle::For("no count of it is known, so there is nothing to correct"));
        }
        ledger::adjust(link, by);
        Ok(link.available)
    }

    fn entries(self) -> Vec<Entry> {
        let kept = self.links.into_values().map(Entry::LinkKept);
        let ended = self.ended.into_iter().map(|link| Entry::LinkRemoved { link, why: ENDED.to_owned() });
        kept.chain(ended).collect()
    }
}
