//! A link as it stands once a step has made it, or why it is not made.

use std::collections::HashSet;

use crate::domain::{ConnectionId, Effect, Link, LinkId, Step, StepIndex, Timestamp, VariantId};
use crate::rules::CatalogueView;

use super::super::books::Books;
use super::super::truth::Known;
use super::run::Run;
use crate::rules::ledger;

/// Why something is not done to a link.
pub enum Obstacle {
    /// Another link of this commit has one of the variants, or an attempt is under way on it: a later commit decides on
    /// what it finds then.
    Later,
    For(&'static str),
}

/// The link as it stands after this step, or why it cannot be made any more.
pub fn link(
    known: &Known,
    run: &Run,
    step: &Step,
    taken: &mut HashSet<VariantId>,
    number: LinkId,
    now: Timestamp,
) -> Result<Link, Obstacle> {
    let Effect::Link { members: planned, available } = &step.planned.effect else {
        return Err(Obstacle::For("it makes no link"));
    };
    let catalogue = known.catalogue.now();
    let mut joined: Option<Link> = None;
    for member in planned {
        let there = catalogue.listing(member.listing).filter(|listing| !listing.gone);
        if there.and_then(|listing| listing.variant(member.variant)).is_none() {
            return Err(Obstacle::For("one of the two was deleted meanwhile"));
        }
        if taken.contains(&member.variant) {
            return Err(Obstacle::Later);
        }
        if let Some(link) = catalogue.link_of(member.variant) {
            if joined.as_ref().is_some_and(|joined| joined.id != link.id) {
                return Err(Obstacle::For("both were linked to other products meanwhile"));
            }
            joined = Some(link.clone());
        }
    }
    let mut link = match joined {
        // A further store joins a link that is there: one product, several shops.
        Some(link) => {
            let apart = planned.iter().filter(|new| ledger::member(&link, new.variant).is_none());
            let mut apart = apart.peekable();
            if apart.peek().is_none() {
                return Err(Obstacle::For("they are linked already"));
            }
            if apart.any(|new| link.members.iter().any(|member| member.connection == new.connection)) {
                return Err(Obstacle::For("one of the two was linked to another product meanwhile"));
            }
            link
        }
        None => Link { id: number, members: Vec::new(), available: *available, paused: false, made_at: now },
    };
    taken.extend(planned.iter().map(|member| member.variant));
    let founded = written_by(run, step.index);
    let books = Books::open(known, now);
    let mut fresh = Vec::new();
    for member in planned {
        if ledger::member(&link, member.variant).is_some() {
            continue;
        }
        let mut member = member.clone();
        if founded.contains(&member.connection) || books.is_under_way(member.variant) {
            // Its first write brings it to the primary system's count; nothing was agreed before that.
            member.base = None;
        }
        fresh.push(member.clone());
        link.members.push(member);
    }
    // The plan's numbers may have grown old: what was seen since counts. But while an attempt is under way on the link
    // that is joined its ledger stands still: what the attempt writes follows from it, and its own effect, seen before
    // its answer, is nobody's sale. Who joins then is agreed with as it stands.
    let frozen = books.is_frozen_link(link.id);
    for new in fresh {
        let Some(total) = catalogue.total(new.listing, new.variant) else { continue };
        if frozen {
            if let Some(member) = ledger::member_mut(&mut link, new.variant) {
                member.base = member.base.map(|_| total);
            }
        } else {
            ledger::observe(&mut link, new.variant, total);
        }
    }
    Ok(link)
}

/// The connections that a later step of the job brings to the link's count.
fn written_by(run: &Run, step: StepIndex) -> Vec<ConnectionId> {
    let later = run.dependents(step).iter().filter_map(|index| run.step(*index));
    later
        .filter_map(|step| match &step.planned.effect {
            Effect::SetQuantity { connection, .. } => Some(*connection),
            _ => None,
        })
        .collect()
}
