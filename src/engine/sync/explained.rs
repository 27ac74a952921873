//! How much of what sides are owed is explained: by orders, or by what a person said.
//!
//! The guard stands before what nobody explains. A count that falls by customers' orders is no mass change, however many
//! customers there are. So each fall is followed into what it makes the other sides be owed: what an order explains of it
//! (`rules::reckoning` says what) is kept here until they are told. Derived from the links as they change, and not
//! journalled: after a restart what is still owed counts as unexplained, so the guard asks rather too often than not.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Effect, Link, LinkId, LinkMember, Quantity, StepIndex, StepState, Timestamp, VariantId};
use crate::rules::CatalogueView;
use crate::rules::ledger::{self, Offer};

use super::super::jobs::run::Run;
use super::super::truth::Known;

/// An unmatched fall that is gone is matched with an order only if it was not simply given up, which happens after 26
/// hours; in seconds.
const CERTAINLY_MATCHED: u64 = 20 * 3600;

/// From so many unmatched falls on, the oldest are given up as well.
const MANY: usize = 32;

#[derive(Debug, Default)]
pub struct Explained {
    /// Of what a side is owed less, what is explained.
    by: BTreeMap<VariantId, Quantity>,
    /// A person said how these are to be, and they have not all been told.
    decided: BTreeSet<LinkId>,
}

/// What the change of a link says.
#[derive(Debug)]
pub struct Moved {
    /// For each side: how much of what it is owed less is explained by now.
    by: Vec<(VariantId, Quantity)>,
    /// Orders explained later what had fallen before, all of it.
    pub cleared: bool,
}

impl Explained {
    pub fn learn(&mut self, moved: &Moved) {
        for (variant, by) in &moved.by {
            if *by == Quantity::ZERO {
                self.by.remove(variant);
            } else {
                self.by.insert(*variant, *by);
            }
        }
    }

    pub fn decides(&mut self, link: LinkId) {
        self.decided.insert(link);
    }

    /// Nothing of these links waits to be told any more, or all of it is in jobs.
    pub fn are_told(&mut self, links: impl Iterator<Item = LinkId>) {
        for link in links {
            self.decided.remove(&link);
        }
    }

    pub fn forget(&mut self, link: LinkId) {
        self.decided.remove(&link);
    }

    /// Whether a person said how this link is to be.
    pub fn is_decided(&self, link: LinkId) -> bool {
        self.decided.contains(&link)
    }

    /// Whether orders explain all of what a side is owed.
    pub fn is_by_orders(&self, variant: VariantId, owed: Quantity) -> bool {
        owed.is_negative() && self.by.get(&variant).is_some_and(|by| *by >= -owed)
    }
}

/// How one side's count moved.
struct Side {
    /// Of its fall, what no order explains so far.
    unexplained: Quantity,
    /// Of earlier falls, what an order explains now.
    matched: Quantity,
    /// By how much what we agree on with it fell: by what was sold there, or by what it was told.
    fell: Quantity,
}

impl Side {
    fn of(known: &Known, before: &Link, after: &LinkMember, now: Timestamp) -> Self {
        let mut side = Self { unexplained: Quantity::ZERO, matched: Quantity::ZERO, fell: Quantity::ZERO };
        let Some(old) = ledger::member(before, after.variant) else { return side };
        // Nothing is said by a side that begins or ceases to take part.
        let (Some(then), Some(base)) = (old.base, after.base) else { return side };
        side.fell = (then - base).max(Quantity::ZERO);
        if known.reads_orders(after.connection) {
            (side.unexplained, side.matched) = falls(old, after, known.theirs(after.connection, now));
        } else {
            side.unexplained = side.fell;
        }
        side
    }
}

/// What the change of a link says about what its sides are owed. The catalogue still has it as it was. `now`: of ours.
pub fn moved(known: &Known, after: &Link, now: Timestamp) -> Option<Moved> {
    let catalogue = known.catalogue.now();
    let before = catalogue.link(after.id)?;
    let fell = match (before.available, after.available) {
        (Some(then), Some(now)) => (then - now).max(Quantity::ZERO),
        (_, None) | (None, Some(_)) => Quantity::ZERO,
    };
    let sides: Vec<Side> = after.members.iter().map(|member| Side::of(known, before, member, now)).collect();
    let unexplained = Quantity::sum(sides.iter().map(|side| side.unexplained));
    let matched = Quantity::sum(sides.iter().map(|side| side.matched));
    // What fell without less being available was told by us.
    let told = (Quantity::sum(sides.iter().map(|side| side.fell)) - fell).max(Quantity::ZERO);
    let by = after.members.iter().zip(&sides).map(|(member, side)| {
        // A side's own sales are nothing that it is owed.
        let own = (side.fell - side.unexplained - told).max(Quantity::ZERO);
        let more = (fell - unexplained - own).max(Quantity::ZERO) + (matched - side.matched);
        let offer = Offer::of(&catalogue.settings(member.connection));
        let owed = ledger::owed(after, member.variant, offer).unwrap_or_default();
        let less = if owed.is_negative() { -owed } else { Quantity::ZERO };
        let before = known.owing.explained.by.get(&member.variant).copied().unwrap_or_default();
        (member.variant, (before + more).min(less))
    });
    let left = after.members.iter().any(|member| !member.unmatched.falls.is_empty());
    let cleared = matched.is_positive() && unexplained == Quantity::ZERO && !left;
    Some(Moved { by: by.collect(), cleared })
}

/// What fell without an explanation, and what was explained later.
fn falls(before: &LinkMember, after: &LinkMember, now: Timestamp) -> (Quantity, Quantity) {
    let at = |member: &LinkMember, moment: Timestamp| {
        let found = member.unmatched.falls.iter().find(|(at, _)| *at == moment);
        found.map_or(Quantity::ZERO, |(_, by)| *by)
    };
    let more = after.unmatched.falls.iter().map(|(moment, by)| (*by - at(before, *moment)).max(Quantity::ZERO));
    let known = if before.unmatched.falls.len() < MANY { before.unmatched.falls.as_slice() } else { &[] };
    let recent = known.iter().filter(|(moment, _)| now.seconds_since(*moment) < CERTAINLY_MATCHED);
    let less = recent.map(|(moment, by)| (*by - at(after, *moment)).max(Quantity::ZERO));
    (Quantity::sum(more), Quantity::sum(less))
}

/// The link that a step of a person's job set right, if it did.
pub fn decided(run: &Run, index: StepIndex, state: &StepState) -> Option<LinkId> {
    if !matches!(state, StepState::Confirmed { .. }) {
        return None;
    }
    match run.step(index)?.planned.effect {
        Effect::Trust { link, .. } | Effect::Adjust { link, .. } => Some(link),
        _ => None,
    }
}
