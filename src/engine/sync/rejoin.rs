//! Quantities are kept in step again after they were not: what moved meanwhile is shown, and never told by itself.
//!
//! While the rule was off both sides went their own way, by sales or by whatever else: nobody can tell any more what of
//! it the other side should follow. So what was agreed on before counts no longer. Sides that show the same go on from
//! there; where they differ, the till's count is taken for what there is, the other side is out of sync, and a person
//! says which is right.

use std::sync::Arc;

use crate::domain::{FieldRules, Link, LinkMember, Quantity, Side, Timestamp, Unmatched, VariantId};
use crate::protocol::{NoticeLevel, Problem};
use crate::rules::CatalogueView;
use crate::rules::ledger::{self, Offer};
use crate::store::Entry;

use super::super::books::Books;
use super::super::problem;
use super::super::truth::{Known, Truth};
use super::owing::keeps_quantities;

/// What follows from new rules for the ledgers.
#[derive(Default)]
pub struct Rejoined {
    pub entries: Vec<Entry>,
    /// Links whose sides differ.
    differ: u64,
}

impl Rejoined {
    /// Says that counts differ, once they are kept in step again.
    pub fn tell(&self, truth: &Arc<Truth>) {
        let what = match self.differ {
            0 => return,
            1 => "1 count differs that was".to_owned(),
            many => format!("{many} counts differ that were"),
        };
        let text = format!("{what} not kept in step until now; nothing of that is written");
        let hint = "they are out of sync: synchronize them, and say which side is wrong".to_owned();
        truth.announcer.notice(NoticeLevel::Warning, text, Some(hint), None);
    }
}

/// The ledgers under these rules. A write that is under way has to end under the rules under which it began.
pub fn under(known: &Known, rules: &FieldRules, now: Timestamp) -> Result<Rejoined, Problem> {
    let catalogue = known.catalogue.now();
    let mut book = known.rules.clone();
    book.keep(rules.clone());
    let mut books = Books::open(known, now);
    let mut differ = 0;
    let here = |link: &Link| {
        let has = |id| link.members.iter().any(|member| member.connection == id);
        has(rules.in_store) && has(rules.online)
    };
    for link in catalogue.links().filter(|link| here(link)) {
        let was = |member: &LinkMember| keeps_quantities(catalogue, &known.rules, &link, member);
        let is = |member: &LinkMember| keeps_quantities(catalogue, &book, &link, member);
        let back: Vec<&LinkMember> = link.members.iter().filter(|member| !was(member) && is(member)).collect();
        let Some(first) = back.first() else { continue };
        if books.is_frozen_link(link.id) {
            let why = "stock that depends on these rules is being written at this moment";
            return Err(problem::failure(why, "try again in a moment; nothing was changed"));
        }
        let followed = link.members.iter().any(|member| was(member) && member.base.is_some());
        let leader = if followed { None } else { leader(known, &back) };
        if let Some(link) = books.change(first.variant) {
            differ += u64::from(rejoin(known, link, &back, followed, leader));
        }
    }
    Ok(Rejoined { entries: books.entries(), differ })
}

/// The side whose count is taken for what there is, and that count: the till's where it is known.
fn leader(known: &Known, back: &[&LinkMember]) -> Option<(VariantId, Quantity)> {
    let catalogue = known.catalogue.now();
    let side = |member: &LinkMember| catalogue.connection(member.connection).map(|there| there.side);
    let whole = |member: &LinkMember| catalogue.settings(member.connection).shows_everything();
    let counted = back.iter().filter(|member| whole(member));
    let counted = counted.filter_map(|m| Some((side(m) != Some(Side::InStore), m.variant, known_total(known, m)?)));
    counted.min_by_key(|(online, variant, _)| (*online, *variant)).map(|(_, variant, total)| (variant, total))
}

fn known_total(known: &Known, member: &LinkMember) -> Option<Quantity> {
    known.catalogue.now().total(member.listing, member.variant)
}

/// Gives whether the sides differ.
fn rejoin(
    known: &Known,
    link: &mut Link,
    back: &[&LinkMember],
    followed: bool,
    leader: Option<(VariantId, Quantity)>,
) -> bool {
    if let Some((variant, total)) = leader {
        if let Some(member) = ledger::member_mut(link, variant) {
            (member.base, member.held, member.unmatched) = (Some(total), None, Unmatched::NOTHING);
        }
        ledger::trust(link, variant, None, Offer::EVERYTHING);
    } else if !followed {
        back.iter().for_each(|member| ledger::lose(link, member.variant));
        return false;
    }
    let mut differs = false;
    for member in back.iter().filter(|member| leader.is_none_or(|(variant, _)| variant != member.variant)) {
        ledger::lose(link, member.variant);
        let offer = Offer::of(&known.catalogue.now().settings(member.connection));
        match (known_total(known, member), link.available) {
            (Some(total), Some(available)) if offer.shown(available) == total => {
                ledger::found(link, member.variant, total);
            }
            (Some(_), Some(_)) => differs = true,
            (None, _) | (_, None) => {}
        }
    }
    differs
}
