//! Plans of what a person does to stock: correct it, say which side is right, tell a shop everything again.
//!
//! What is written follows from the ledger when it is written; the numbers of a plan are what it would be now. A link
//! that is paused or that has a conflict is not written, and the plan says so.

use crate::domain::{
    ConnectionId, Effect, Field, FieldValue, JobKind, Link, LinkMember, ListingId, Plan, PlannedStep, Quantity,
    Refusal, RefusalReason, Side, StepIndex, Stock, Target, Text, VariantId,
};
use crate::rules::CatalogueView;
use crate::rules::ledger::{self, Offer};

use super::link::{Member, no_longer};
use super::{Profiles, costs, items, refuses_fraction};

/// What a person says of a stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correct {
    /// There are so many available.
    Set(Quantity),
    /// So many came or, below zero, went.
    Add(Quantity),
}

impl Correct {
    fn by(self, now: Quantity) -> Quantity {
        match self {
            Self::Set(to) => to - now,
            Self::Add(by) => by,
        }
    }
}

/// The side whose word does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongSide {
    Side(Side),
    Connection(ConnectionId),
}

/// Steps and refusals in the making.
struct Draft<'a> {
    catalogue: &'a dyn CatalogueView,
    profiles: &'a Profiles<'a>,
    steps: Vec<PlannedStep>,
    refusals: Vec<Refusal>,
}

type Refused = Result<(), RefusalReason>;

impl<'a> Draft<'a> {
    fn new(catalogue: &'a dyn CatalogueView, profiles: &'a Profiles<'a>) -> Self {
        Self { catalogue, profiles, steps: Vec::new(), refusals: Vec::new() }
    }

    fn plan(self, kind: JobKind, title: String, items: u64, based_on: u64) -> Plan {
        let costs = costs(&self.steps, self.profiles);
        Plan { kind, title, items, steps: self.steps, refusals: self.refusals, costs, towards: None, based_on }
    }

    fn refuse(&mut self, listing: ListingId, subject: Text, reason: RefusalReason) {
        match self.refusals.iter_mut().find(|known| known.listing == listing && known.subject == subject) {
            Some(known) if known.reasons.contains(&reason) => {}
            Some(known) => known.reasons.push(reason),
            None => self.refusals.push(Refusal { listing, subject, reasons: vec![reason] }),
        }
    }

    fn next(&self) -> StepIndex {
        StepIndex(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
    }

    fn member(&self, member: &LinkMember) -> Result<Member<'a>, RefusalReason> {
        Member::find(self.catalogue, member.listing, member.variant).map_err(no_longer)
    }

    /// The step that brings a side to what it is to show of `available`; none if it has no count.
    fn tell(&mut self, side: &Member<'_>, available: Quantity, reason: String, after: Option<StepIndex>) -> Refused {
        let total = side.total().ok_or(match side.variant.stock {
            Stock::Untracked => RefusalReason::Untracked,
            Stock::Tracked(_) | Stock::Unknown => RefusalReason::QuantityUnknown,
        })?;
        let (location, level) = side.level().ok_or(RefusalReason::QuantityUnknown)?;
        let offer = Offer::of(&self.catalogue.settings(side.connection.id));
        let to = level + ledger::writable(level, offer.shown(available) - total);
        self.write(side, location.clone(), level, to, reason, after)
    }

    fn write(
        &mut self,
        side: &Member<'_>,
        location: crate::domain::LocationId,
        from: Quantity,
        to: Quantity,
        reason: String,
        after: Option<StepIndex>,
    ) -> Refused {
        let profile = (self.profiles)(side.connection.id).ok_or_else(|| no_longer("the connection was removed"))?;
        if let Some(reason) = refuses_fraction(profile, to) {
            return Err(reason);
        }
        let target = Target::Known { listing: side.known.id, variant: side.id };
        let effect = Effect::SetQuantity { connection: side.connection.id, target, location, from: Some(from), to };
        self.steps.push(PlannedStep { effect, subject: side.subject(), reason, after });
        Ok(())
    }
}

/// Why nothing of a link may be written, if so.
fn obstacle(link: &Link) -> Option<RefusalReason> {
    if link.members.iter().any(|member| member.held.is_some()) {
        return Some(no_longer("one of its counts fell and no order explains it: decide that conflict first"));
    }
    link.paused.then(|| no_longer("it is paused: let it go on first"))
}

/// The plan that corrects the stock of one variant; what it is linked to is told at once.
pub fn correct(
    catalogue: &dyn CatalogueView,
    (listing, variant): (ListingId, VariantId),
    correct: Correct,
    why: &str,
    profiles: &Profiles<'_>,
    based_on: u64,
) -> Plan {
    let mut draft = Draft::new(catalogue, profiles);
    let subject = Member::find(catalogue, listing, variant).map(|member| member.subject());
    let subject = subject.unwrap_or_default();
    let outcome = match catalogue.link_of(variant) {
        Some(link) => draft.correct_link(link, subject.clone(), correct, why),
        None => draft.correct_alone((listing, variant), correct, why),
    };
    if let Err(reason) = outcome {
        draft.steps.clear();
        draft.refuse(listing, subject.clone(), reason);
    }
    let title = match correct {
        Correct::Set(to) => format!("Set the stock of {subject} to {to}"),
        Correct::Add(by) if by.is_negative() => format!("Take {} off the stock of {subject}", -by),
        Correct::Add(by) => format!("Add {by} to the stock of {subject}"),
    };
    let items = u64::from(!draft.steps.is_empty());
    draft.plan(JobKind::Adjust, title, items, based_on)
}

impl Draft<'_> {
    fn correct_link(&mut self, link: &Link, subject: Text, correct: Correct, why: &str) -> Refused {
        if let Some(obstacle) = obstacle(link) {
            return Err(obstacle);
        }
        let available = link.available.ok_or(RefusalReason::QuantityUnknown)?;
        let by = correct.by(available);
        if by == Quantity::ZERO {
            return Err(no_longer(format!("{available} are available already")));
        }
        let first = self.next();
        let reason = match why {
            "" => format!("{available} available, by your word {}", available + by),
            why => format!("{why}: {available} available, then {}", available + by),
        };
        let effect = Effect::Adjust { link: link.id, by, reason: why.to_owned() };
        self.steps.push(PlannedStep { effect, subject, reason, after: None });
        for member in &link.members {
            let side = self.member(member)?;
            let reason = format!("{} available after the correction", available + by);
            match self.tell(&side, available + by, reason, Some(first)) {
                // It takes no part in the quantities, and the others are told nevertheless.
                Err(RefusalReason::Untracked | RefusalReason::QuantityUnknown) => {}
                told => told?,
            }
        }
        Ok(())
    }

    fn correct_alone(&mut self, (listing, variant): (ListingId, VariantId), correct: Correct, why: &str) -> Refused {
        let side = Member::find(self.catalogue, listing, variant).map_err(no_longer)?;
        let total = side.total().ok_or(match side.variant.stock {
            Stock::Untracked => RefusalReason::Untracked,
            Stock::Tracked(_) | Stock::Unknown => RefusalReason::QuantityUnknown,
        })?;
        let (location, level) = side.level().ok_or(RefusalReason::QuantityUnknown)?;
        let by = correct.by(total);
        let to = level + by;
        if by == Quantity::ZERO {
            return Err(no_longer(format!("{total} are there already")));
        }
        if to.is_negative() && by.is_negative() {
            return Err(no_longer(format!("only {level} are there, and a count cannot go below 0")));
        }
        let reason = if why.is_empty() { "by your word".to_owned() } else { why.to_owned() };
        self.write(&side, location.clone(), level, to, reason, None)
    }
}

/// The plan that makes what is wrong follow the other side.
pub fn synchronize(
    catalogue: &dyn CatalogueView,
    products: &[Vec<ListingId>],
    wrong: WrongSide,
    (quantity, price): (bool, bool),
    profiles: &Profiles<'_>,
    based_on: u64,
) -> Plan {
    let mut draft = Draft::new(catalogue, profiles);
    let mut items_done = 0;
    for product in products {
        let before = draft.steps.len();
        draft.synchronize(product, wrong, quantity, price);
        items_done += u64::from(draft.steps.len() > before);
    }
    // What happens here comes first and counts go out in full batches.
    draft.sort();
    let what = match (quantity, price) {
        (true, true) => "quantity and price",
        (false, true) => "price",
        _ => "quantity",
    };
    let side = match wrong {
        WrongSide::Side(side) => format!("{} is wrong", side.label()),
        WrongSide::Connection(id) => catalogue
            .connection(id)
            .map_or_else(|| "that shop is wrong".to_owned(), |known| format!("{} is wrong", known.name)),
    };
    let title = format!("Synchronize {what} of {}, {side}", items(items_done));
    draft.plan(JobKind::Synchronize, title, items_done, based_on)
}

impl Draft<'_> {
    fn synchronize(&mut self, product: &[ListingId], wrong: WrongSide, quantity: bool, price: bool) {
        let mut done = Vec::new();
        let mut linked = false;
        let listings: Vec<_> = product.iter().filter_map(|id| self.catalogue.listing(*id)).collect();
        for variant in listings.iter().flat_map(|known| &known.variants) {
            let Some(link) = self.catalogue.link_of(*variant).filter(|link| !done.contains(&link.id)) else { continue };
            (linked, _) = (true, done.push(link.id));
            let Some(first) = link.members.first() else { continue };
            let found = self.member(first);
            let subject = found.map(|member| member.subject()).unwrap_or_default();
            for wanted in [quantity.then_some(true), price.then_some(false)].into_iter().flatten() {
                let before = self.steps.len();
                let outcome = if wanted { self.follow_quantity(link, wrong) } else { self.follow_price(link, wrong) };
                if let Err(reason) = outcome {
                    self.steps.truncate(before);
                    self.refuse(first.listing, subject.clone(), reason);
                }
            }
        }
        if let (Some(first), false) = (listings.first(), linked) {
            let reason = no_longer("it is not linked, so there is no other side to follow");
            self.refuse(first.id, first.listing.title.clone(), reason);
        }
    }

    fn is_wrong(&self, member: &LinkMember, wrong: WrongSide) -> bool {
        match wrong {
            WrongSide::Connection(id) => member.connection == id,
            WrongSide::Side(side) => {
                self.catalogue.connection(member.connection).is_some_and(|known| known.side == side)
            }
        }
    }

    fn follow_quantity(&mut self, link: &Link, wrong: WrongSide) -> Refused {
        if link.paused {
            return Err(no_longer("it is paused: let it go on first"));
        }
        let (bad, good): (Vec<_>, Vec<_>) = link.members.iter().partition(|member| self.is_wrong(member, wrong));
        if bad.is_empty() || good.is_empty() {
            return Err(no_longer("it has no side that is wrong and another that is right"));
        }
        // One that shows a part only says nothing about the whole.
        let mut right: Option<(&LinkMember, Quantity)> = None;
        let mut partly = false;
        for member in good {
            if !self.catalogue.settings(member.connection).shows_everything() {
                partly = true;
                continue;
            }
            let side = self.member(member)?;
            match (side.total(), right) {
                (Some(total), None) => right = Some((member, total)),
                (Some(total), Some((_, known))) if total != known => {
                    return Err(no_longer(format!(
                        "the sides that are right disagree, {known} and {total}: say which connection is wrong"
                    )));
                }
                _ => {}
            }
        }
        let (right, available) = match right {
            Some(right) => right,
            None if partly => {
                return Err(no_longer("the other side shows a part of the stock only, not what there is"));
            }
            None => return Err(RefusalReason::QuantityUnknown),
        };
        let from = self.member(right)?;
        let settled = link.available == Some(available)
            && link.members.iter().all(|member| {
                let offer = Offer::of(&self.catalogue.settings(member.connection));
                member.held.is_none() && ledger::owed(link, member.variant, offer) == Some(Quantity::ZERO)
            });
        if settled {
            return Ok(());
        }
        let first = self.next();
        let name = from.connection.name.clone();
        self.steps.push(PlannedStep {
            effect: Effect::Trust { link: link.id, variant: right.variant },
            subject: from.subject(),
            reason: format!("{available} on {name} is right"),
            after: None,
        });
        // All others begin anew from it, also those that show the same already.
        for member in link.members.iter().filter(|member| member.variant != right.variant) {
            let side = self.member(member)?;
            let there = side.total().map_or_else(|| "?".to_owned(), |total| total.to_string());
            match self.tell(&side, available, format!("{available} on {name}, {there} here"), Some(first)) {
                // It takes no part in the quantities; unless it is what is wrong, that is no matter.
                Err(RefusalReason::Untracked | RefusalReason::QuantityUnknown) if !self.is_wrong(member, wrong) => {}
                told => told?,
            }
        }
        Ok(())
    }

    fn follow_price(&mut self, link: &Link, wrong: WrongSide) -> Refused {
        let (bad, good): (Vec<_>, Vec<_>) = link.members.iter().partition(|member| self.is_wrong(member, wrong));
        let mut right = None;
        for member in good {
            let side = self.member(member)?;
            match (side.variant.price, right) {
                (Some(price), None) => right = Some(price),
                (Some(price), Some(known)) if price != known => {
                    return Err(no_longer(format!(
                        "the sides that are right disagree, {known} and {price}: say which connection is wrong"
                    )));
                }
                _ => {}
            }
        }
        let right = right.ok_or(RefusalReason::NoPrice)?;
        for member in bad {
            let side = self.member(member)?;
            if side.variant.price == Some(right) {
                continue;
            }
            if side.connection.currency != right.currency {
                return Err(RefusalReason::CurrencyDiffers);
            }
            let profile = (self.profiles)(side.connection.id).ok_or_else(|| no_longer("the connection was removed"))?;
            if !profile.edits.contains(&Field::Price) {
                return Err(no_longer(format!("prices cannot be written on {}", side.connection.name)));
            }
            self.steps.push(PlannedStep {
                effect: Effect::SetField {
                    connection: side.connection.id,
                    listing: side.known.id,
                    variant: Some(side.id),
                    field: Field::Price,
                    from: FieldValue::Money(side.variant.price),
                    to: FieldValue::Money(Some(right)),
                },
                subject: side.subject(),
                reason: format!("{right} on the other side"),
                after: None,
            });
        }
        Ok(())
    }

    /// Steps that happen here first, then by connection; what waits for another keeps waiting for it.
    fn sort(&mut self) {
        let place = |step: &PlannedStep| match &step.effect {
            Effect::SetQuantity { connection, .. } | Effect::SetField { connection, .. } => Some(*connection),
            _ => None,
        };
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        order.sort_by_key(|index| place(&self.steps[*index]));
        let mut now = vec![StepIndex(0); order.len()];
        for (position, before) in (0u32..).zip(&order) {
            now[*before] = StepIndex(position);
        }
        let moved = |step: &PlannedStep| {
            let after = step.after.and_then(|after| now.get(after.0 as usize).copied());
            PlannedStep { after, ..step.clone() }
        };
        self.steps = order.iter().map(|index| moved(&self.steps[*index])).collect();
    }
}

/// The plan that tells a connection again what it should show of everything that is linked there: every count is read
/// at its source. What was sold there since the last look counts.
pub fn refresh(
    catalogue: &dyn CatalogueView,
    connection: ConnectionId,
    links: &[&Link],
    profiles: &Profiles<'_>,
    based_on: u64,
) -> Plan {
    let mut draft = Draft::new(catalogue, profiles);
    let mut done = 0;
    for link in links {
        let Some(member) = link.members.iter().find(|member| member.connection == connection) else { continue };
        let side = match draft.member(member) {
            Ok(side) => side,
            Err(reason) => {
                draft.refuse(member.listing, Text::default(), reason);
                continue;
            }
        };
        let outcome = match (obstacle(link), link.available) {
            (Some(obstacle), _) => Err(obstacle),
            (None, None) => Err(RefusalReason::QuantityUnknown),
            (None, Some(available)) => {
                let reason = format!("{available} available; told again");
                draft.tell(&side, available, reason, None)
            }
        };
        match outcome {
            Ok(()) => done += 1,
            Err(reason) => draft.refuse(member.listing, side.subject(), reason),
        }
    }
    let name = catalogue.connection(connection).map(|known| known.name.clone()).unwrap_or_default();
    let title = format!("Tell {name} the stock of {} again", items(done));
    draft.plan(JobKind::Synchronize, title, done, based_on)
}

#[cfg(test)]
mod tests;
