//! The way back: for each thing that a job did, the step that takes it back, or why none can.
//!
//! Counts of a link follow its ledger. So what a job wrote to a linked count is not simply written over: what is
//! available is corrected by as much, and every side is told. Only where the job made the link itself, the link ends and
//! the count is set to what it was.

use std::collections::{BTreeMap, HashSet};

use crate::domain::{
    Creation, Effect, Field, FieldValue, Link, LinkId, LinkMember, ListingId, PlannedStep, Quantity, Refusal,
    RefusalReason, Step, StepIndex, StepState, Target, Text, VariantId,
};
use crate::rules::CatalogueView;
use crate::rules::fields::{same, value, writable};
use crate::rules::ledger::{self, Offer};

use super::super::super::catalogue::Snapshot;
use super::super::super::notes::subject;
use super::super::super::truth::Known;
use super::index;
use super::past::{Changed, Past, Since};

pub struct Back<'a> {
    known: &'a Known,
    catalogue: &'a Snapshot,
    past: &'a Past,
    steps: &'a [Step],
    back: Vec<PlannedStep>,
    refusals: Vec<Refusal>,
    /// Links whose available stock is corrected, and by how much.
    corrected: BTreeMap<LinkId, Quantity>,
}

/// What is taken back: how many things the job did, by which steps; and what stays.
pub struct Taken {
    pub items: u64,
    pub steps: Vec<PlannedStep>,
    pub refusals: Vec<Refusal>,
}

/// Why something stays as it is.
type Stays = String;

impl<'a> Back<'a> {
    pub fn new(known: &'a Known, past: &'a Past, steps: &'a [Step]) -> Self {
        let catalogue = known.catalogue.now();
        Self { known, catalogue, past, steps, back: Vec::new(), refusals: Vec::new(), corrected: BTreeMap::new() }
    }

    /// The last thing that was done is taken back first.
    pub fn take(mut self) -> Taken {
        let mut items: HashSet<ListingId> = HashSet::new();
        for step in self.steps.iter().rev() {
            let before = self.back.len();
            let done = match &step.state {
                StepState::Confirmed { .. } => self.step(step),
                StepState::Parked { .. } => {
                    Err("nobody can tell whether it was done; look at it on both sides".to_owned())
                }
                // Nothing came of these.
                StepState::Planned
                | StepState::InFlight { .. }
                | StepState::Rejected { .. }
                | StepState::Unknown { .. }
                | StepState::Skipped { .. } => Ok(()),
            };
            if let Err(why) = done {
                self.refuse(step, why);
            }
            // As the job counted: products, however many variants and sides of each.
            if self.back.len() > before {
                items.insert(self.about(step));
            }
        }
        Taken { items: items.len() as u64, steps: self.back, refusals: self.refusals }
    }

    /// The listing that a step was about.
    fn about(&self, step: &Step) -> ListingId {
        let listing = match &step.planned.effect {
            Effect::Link { members, .. } => members.first().map(|member| member.listing),
            Effect::Unlink { link } | Effect::Trust { link, .. } | Effect::Adjust { link, .. } => {
                self.catalogue.link(*link).and_then(|link| link.members.first()).map(|member| member.listing)
            }
            Effect::Create(creation) => Some(creation.source),
            Effect::SetQuantity { target: Target::Known { listing, .. }, .. }
            | Effect::SetField { listing, .. }
            | Effect::AddVariant { listing, .. }
            | Effect::Delete { listing, .. } => Some(*listing),
            Effect::SetQuantity { target: Target::CreatedBy { .. }, .. } => None,
        };
        listing.unwrap_or(ListingId(0))
    }

    fn refuse(&mut self, step: &Step, why: Stays) {
        let listing = self.about(step);
        let reasons = vec![RefusalReason::NoLongerPossible { why }];
        self.refusals.push(Refusal { listing, subject: step.planned.subject.clone(), reasons });
    }

    fn step(&mut self, step: &Step) -> Result<(), Stays> {
        match &step.planned.effect {
            Effect::Link { members, .. } => self.link(step, members),
            Effect::Unlink { .. } => {
                Err("a link that was ended is not made again by itself; link them anew".to_owned())
            }
            Effect::Trust { link, .. } | Effect::Adjust { link, .. } => self.available(step, *link),
            Effect::Create(creation) => self.created(step, creation),
            Effect::SetQuantity { target, .. } => match target {
                // Goes with what was created.
                Target::CreatedBy { .. } => Ok(()),
                Target::Known { .. } if self.made_link(step).is_some() => Ok(()),
                Target::Known { listing, variant } => self.count(step, *listing, *variant),
            },
            Effect::SetField { listing, variant, field, from, to, .. } => {
                self.field(step, *listing, *variant, *field, from, to)
            }
            Effect::AddVariant { .. } => {
                Err("a variant that was added stays; delete it there if it should go".to_owned())
            }
            Effect::Delete { .. } => Err("what was deleted there cannot be made again from here".to_owned()),
        }
    }

    /// The step before this one, if that made a link.
    fn made_link(&self, step: &Step) -> Option<&'a Step> {
        let first = self.steps.get(step.planned.after?.0 as usize)?;
        matches!(first.planned.effect, Effect::Link { .. }).then_some(first)
    }

    fn push(&mut self, effect: Effect, subject: Text, reason: String, after: Option<StepIndex>) -> StepIndex {
        let at = index(&self.back);
        self.back.push(PlannedStep { effect, subject, reason, after });
        at
    }

    /// The link ends, and what was written for it is written back.
    fn link(&mut self, step: &Step, members: &[LinkMember]) -> Result<(), Stays> {
        let link = members.first().and_then(|first| self.catalogue.link_of(first.variant));
        let whole = |link: &&Link| members.iter().all(|member| ledger::member(link, member.variant).is_some());
        let link = link.filter(whole).ok_or("it is not linked any more")?;
        if link.members.len() > members.len() || members.iter().any(|m| self.past.joined.contains(&m.variant)) {
            return Err("more shops hang on this link than the job linked; end it by hand if it should go".to_owned());
        }
        let reason = format!("{} made this link", self.past.job);
        let unlinked = self.push(Effect::Unlink { link: link.id }, subject(self.catalogue, link), reason, None);
        for written in self.steps.iter().filter(|written| written.planned.after == Some(step.index)) {
            let Effect::SetQuantity { target: Target::Known { listing, variant }, .. } = &written.planned.effect else {
                continue;
            };
            match written.state {
                StepState::Confirmed { .. } => {
                    if let Err(why) = self.set_back(written, *listing, *variant, Some(unlinked)) {
                        self.refuse(written, why);
                    }
                }
                _ => continue,
            }
        }
        Ok(())
    }

    /// How a job left a count, if it is still so. `None`: the job changed nothing there.
    fn still_ours(&self, listing: ListingId, variant: VariantId) -> Result<Option<Changed>, Stays> {
        let Some(changed) = self.past.counts.get(&variant).filter(|changed| changed.by != Quantity::ZERO) else {
            return Ok(None);
        };
        match self.catalogue.total(listing, variant) {
            Some(now) if now == changed.left => Ok(Some(*changed)),
            Some(now) => {
                let left = changed.left;
                Err(format!("its quantity was changed since: {left} after the job, {now} now; it stays as it is"))
            }
            None => Err("its quantity is not known any more".to_owned()),
        }
    }

    /// A count that no link keeps is set to what it was.
    fn set_back(
        &mut self,
        step: &Step,
        listing: ListingId,
        variant: VariantId,
        after: Option<StepIndex>,
    ) -> Result<(), Stays> {
        let Effect::SetQuantity { connection, location, .. } = &step.planned.effect else { return Ok(()) };
        let Some(changed) = self.still_ours(listing, variant)? else { return Ok(()) };
        let level = self.catalogue.listing(listing).and_then(|known| known.variant(variant));
        let level = level.and_then(|variant| variant.stock.at(location)).ok_or("it is not counted there any more")?;
        let to = level - changed.by;
        if to.is_negative() {
            return Err(format!("{level} are left at the location that was written to, too few to take back"));
        }
        let effect = Effect::SetQuantity {
            connection: *connection,
            target: Target::Known { listing, variant },
            location: location.clone(),
            from: Some(level),
            to,
        };
        let reason = format!("{} made it {}, and it still is", self.past.job, changed.left);
        self.push(effect, step.planned.subject.clone(), reason, after);
        Ok(())
    }

    /// What a job wrote to a count.
    fn count(&mut self, step: &Step, listing: ListingId, variant: VariantId) -> Result<(), Stays> {
        let Some(link) = self.catalogue.link_of(variant) else {
            // What was written after a link had ended can be set again; what a link that is no more said cannot.
            let first = step.planned.after.and_then(|after| self.steps.get(after.0 as usize));
            return match first.map(|first| &first.planned.effect) {
                Some(Effect::Unlink { .. }) => self.set_back(step, listing, variant, None),
                _ => Err("it is not linked any more, so nothing says what it should be".to_owned()),
            };
        };
        // Corrected as a whole by the step that was about the link.
        let about_link = |step: &Step| match &step.planned.effect {
            Effect::Trust { link: of, .. } | Effect::Adjust { link: of, .. } => *of == link.id,
            _ => false,
        };
        if self.steps.iter().any(|step| about_link(step) && matches!(step.state, StepState::Confirmed { .. })) {
            return Ok(());
        }
        let Some(changed) = self.still_ours(listing, variant)? else { return Ok(()) };
        let member = ledger::member(link, variant).ok_or("it is not linked any more")?;
        if Offer::of(&self.catalogue.settings(member.connection)) != Offer::EVERYTHING {
            return Err("it shows a part of the stock only, so its count says nothing about the whole".to_owned());
        }
        let link = link.clone();
        self.correct(step, &link, -changed.by)
    }

    /// What a person's correction or choice made available.
    fn available(&mut self, step: &Step, link: LinkId) -> Result<(), Stays> {
        let link = self.catalogue.link(link).cloned().ok_or("it is not linked any more")?;
        let noted = link.members.iter().find_map(|member| self.past.available.get(&member.variant));
        let Some(changed) = noted.filter(|changed| changed.by != Quantity::ZERO) else { return Ok(()) };
        match link.available {
            Some(now) if now == changed.left => self.correct(step, &link, -changed.by),
            Some(now) => Err(format!(
                "it was changed since: {} available after the job, {now} now; correct it by {} if that is right",
                changed.left, -changed.by
            )),
            None => Err("what is available of it is not known any more".to_owned()),
        }
    }

    /// Corrects what is available, and tells every side.
    fn correct(&mut self, step: &Step, link: &Link, by: Quantity) -> Result<(), Stays> {
        match self.corrected.get(&link.id) {
            Some(known) if *known == by => return Ok(()),
            Some(_) => return Err("the job wrote to several sides by different amounts".to_owned()),
            None => {}
        }
        if link.members.iter().any(|member| member.held.is_some()) {
            return Err("a count of it fell and no order explains it: decide that conflict first".to_owned());
        }
        let available = link.available.ok_or("what is available of it is not known")?;
        let target = available + by;
        if target.is_negative() {
            return Err(format!("{available} are available, too few to take {} back", -by));
        }
        self.corrected.insert(link.id, by);
        let job = self.past.job;
        let effect = Effect::Adjust { link: link.id, by, reason: format!("undo of {job}") };
        let reason = format!("{job} left {available} available, and it still is");
        let name = step.planned.subject.clone();
        let corrected = self.push(effect, name.clone(), reason, None);
        for member in link.members.iter().filter(|_| !link.paused) {
            if !self.known.keeps_quantities(link, member) {
                continue;
            }
            if let Some((effect, total)) = self.told(member, target) {
                let shows = format!("{target} are to be available, and it shows {total}");
                self.push(effect, name.clone(), shows, Some(corrected));
            }
        }
        Ok(())
    }

    /// The write that brings a side to what it is to show.
    fn told(&self, member: &LinkMember, target: Quantity) -> Option<(Effect, Quantity)> {
        let connection = self.catalogue.connection(member.connection)?;
        let total = self.catalogue.total(member.listing, member.variant)?;
        let stock = &self.catalogue.listing(member.listing)?.variant(member.variant)?.stock;
        let used = connection.locations.iter().map(|location| &location.id);
        let (location, level) = used.filter_map(|location| Some((location, stock.at(location)?))).next()?;
        let shown = Offer::of(&self.catalogue.settings(member.connection)).shown(target);
        let to = (level + (shown - total)).max(Quantity::ZERO);
        let target = Target::Known { listing: member.listing, variant: member.variant };
        let effect = Effect::SetQuantity {
            connection: member.connection,
            target,
            location: location.clone(),
            from: Some(level),
            to,
        };
        (to != level).then_some((effect, total))
    }

    /// A copy goes if nobody touched it since it was made.
    fn created(&mut self, step: &Step, creation: &Creation) -> Result<(), Stays> {
        let source = self.catalogue.listing(creation.source);
        let links = source.into_iter().flat_map(|source| &source.variants).filter_map(|v| self.catalogue.link_of(*v));
        let members = links.flat_map(|link| &link.members).filter(|member| member.connection == creation.connection);
        let copies: HashSet<ListingId> = members.map(|member| member.listing).collect();
        let copy = copies.into_iter().find(|copy| self.past.made.contains_key(copy));
        let copy = copy.ok_or("it is not linked to its copy any more; delete that by hand if it should go")?;
        if let Some(Since::Changed(what)) = self.past.made.get(&copy) {
            return Err(format!("the copy was changed since it was made ({what}); delete it by hand if it should go"));
        }
        let known = self.catalogue.listing(copy).ok_or("the copy is not there any more")?;
        let mut links: Vec<Link> = Vec::new();
        for link in known.variants.iter().filter_map(|variant| self.catalogue.link_of(*variant)) {
            if link.members.len() > 2 {
                return Err("more shops hang on its link; delete the copy by hand if it should go".to_owned());
            }
            if links.iter().all(|other| other.id != link.id) {
                links.push(link.clone());
            }
        }
        let reason = format!("{} made it, and nobody changed it since", self.past.job);
        let mut last = None;
        for link in links {
            let name = subject(self.catalogue, &link);
            last = Some(self.push(Effect::Unlink { link: link.id }, name, reason.clone(), None));
        }
        let effect = Effect::Delete { connection: creation.connection, listing: copy };
        self.push(effect, step.planned.subject.clone(), reason, last);
        Ok(())
    }

    fn field(
        &mut self,
        step: &Step,
        listing: ListingId,
        variant: Option<VariantId>,
        field: Field,
        from: &FieldValue,
        to: &FieldValue,
    ) -> Result<(), Stays> {
        let known = self.catalogue.listing(listing).filter(|known| !known.gone).ok_or("it was deleted there")?;
        // Descriptions and pictures are in the store only.
        let whole = match field {
            Field::Description | Field::Images => self.past.wholes.get(&listing).unwrap_or(&known.listing),
            _ => &known.listing,
        };
        let shown = variant.and_then(|number| known.variant(number));
        let now = value(field, whole, shown).ok_or("the variant was deleted there")?;
        if same(field, &now, from) {
            return Ok(());
        }
        if !same(field, &now, to) {
            let now = now.to_string();
            let now = if now.is_empty() { "blank".to_owned() } else { now };
            return Err(format!("its {} was changed since, and is {now} now", field.label()));
        }
        if !writable(field, from) {
            return Err(format!("its {} was blank before, and cannot be made so again", field.label()));
        }
        let connection = known.connection;
        let effect = Effect::SetField { connection, listing, variant, field, from: now, to: from.clone() };
        let reason = format!("{} wrote it, and it still is so", self.past.job);
        self.push(effect, step.planned.subject.clone(), reason, None);
        Ok(())
    }
}
