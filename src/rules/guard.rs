//! The guard against runs that would empty a shop: rule 6 of DESIGN, "Rules that are never broken".
//!
//! It stands before everything that writes quantities without a person who has just seen the list: scheduled runs,
//! merges after an import, repairs. A link or push plan is shown and confirmed with the number of its items, so it is
//! asked about once, there; its confirmation shows the guard's sentence as well if there is one.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ConnectionId, Effect, ListingId, MassChange, PlannedStep, Quantity, Target};

/// What changes within so many seconds is one run, in however many portions it comes: a shop is changed slowly as well.
pub const ONE_RUN: u64 = 600;

/// A shop is emptied more slowly still.
pub const EMPTYING: u64 = 3600;

/// What a plan would do to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Variants of the connection's catalogue.
    pub catalogue: u64,
    /// Variants whose quantity would change, those that would be zeroed among them.
    pub changed: u64,
    /// Variants that have stock and would have none.
    pub zeroed: u64,
    /// Further variants that were changed shortly before, none of them among those above.
    pub before: u64,
}

/// What the guard says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// Nothing is written before a person has typed `confirmation`.
    Ask {
        sentence: String,
        confirmation: String,
    },
}

/// The facts of a plan's steps, by connection. `variants_of`: how many variants a connection has.
/// Quantities of listings that the plan itself creates do not count: nothing is lost there.
pub fn facts(steps: &[PlannedStep], variants_of: &dyn Fn(ConnectionId) -> u64) -> BTreeMap<ConnectionId, Facts> {
    let mut facts: BTreeMap<ConnectionId, Facts> = BTreeMap::new();
    for step in steps {
        let Effect::SetQuantity { connection, target: Target::Known { .. }, from, to, .. } = &step.effect else {
            continue;
        };
        let entry = facts
            .entry(*connection)
            .or_insert_with(|| Facts { catalogue: variants_of(*connection), ..Facts::default() });
        if *from != Some(*to) {
            entry.changed += 1;
            entry.zeroed += u64::from(*to == Quantity::ZERO);
        }
    }
    facts
}

/// Whether a run may go on by itself. `name`: the connection's.
pub fn judge(name: &str, facts: &Facts, asks: MassChange) -> Verdict {
    let Facts { catalogue, changed, zeroed, before } = *facts;
    if changed == 0 || !is_beyond(changed + before, catalogue, asks) {
        return Verdict::Fine;
    }
    let lately = if before > 0 { format!(", after {before} others shortly before") } else { String::new() };
    let zeroing = match zeroed {
        0 => String::new(),
        zeroed if zeroed == changed => ", all of them to 0".to_owned(),
        zeroed => format!(", {zeroed} of them to 0"),
    };
    let sentence = format!(
        "This changes the stock of {changed} of {catalogue} variants on {name}{zeroing}{lately}: more than {} %",
        asks.share
    );
    Verdict::Ask { sentence, confirmation: changed.to_string() }
}

/// Whether so many changes are too many to be made without a question. All of them, where a connection says 100 %, are
/// not.
fn is_beyond(changes: u64, catalogue: u64, asks: MassChange) -> bool {
    asks.share < 100
        && changes >= u64::from(asks.least)
        && u128::from(changes) * 100 > u128::from(catalogue) * u128::from(asks.share)
}

/// What a plan would do to the products of one connection, their counts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EditFacts {
    /// Products of the connection.
    pub catalogue: u64,
    /// Products with a field to be written or a variant to be added.
    pub changed: u64,
    /// Products to be deleted or archived.
    pub deleted: u64,
    /// Products to be made.
    pub made: u64,
    /// The same that was planned shortly before: a flood in small portions is a flood.
    pub before: u64,
}

/// The facts of a plan's steps about products, by connection. `products_of`: how many products a connection has.
pub fn edit_facts(
    steps: &[PlannedStep],
    products_of: &dyn Fn(ConnectionId) -> u64,
) -> BTreeMap<ConnectionId, EditFacts> {
    let mut facts: BTreeMap<ConnectionId, EditFacts> = BTreeMap::new();
    let mut changed: BTreeSet<(ConnectionId, ListingId)> = BTreeSet::new();
    let mut of = |connection: ConnectionId, count: &dyn Fn(&mut EditFacts)| {
        let known = facts
            .entry(connection)
            .or_insert_with(|| EditFacts { catalogue: products_of(connection), ..EditFacts::default() });
        count(known);
    };
    for step in steps {
        match &step.effect {
            Effect::SetField { connection, listing, .. } | Effect::AddVariant { connection, listing, .. } => {
                if changed.insert((*connection, *listing)) {
                    of(*connection, &|facts| facts.changed += 1);
                }
            }
            Effect::Delete { connection, .. } => of(*connection, &|facts| facts.deleted += 1),
            Effect::Create(creation) => of(creation.connection, &|facts| facts.made += 1),
            Effect::Link { .. }
            | Effect::Unlink { .. }
            | Effect::Trust { .. }
            | Effect::Adjust { .. }
            | Effect::SetQuantity { .. } => {}
        }
    }
    facts
}

/// Whether such a run may go on by itself. `name`: the connection's.
pub fn judge_edits(name: &str, facts: &EditFacts, asks: MassChange) -> Verdict {
    let EditFacts { catalogue, changed, deleted, made, before } = *facts;
    let all = changed + deleted + made;
    if all == 0 || !is_beyond(all + before, catalogue, asks) {
        return Verdict::Fine;
    }
    let parts = [(changed, "changes"), (deleted, "deletes"), (made, "makes")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, verb)| format!("{verb} {count}"));
    let lately = if before > 0 { format!(", after {before} others shortly before") } else { String::new() };
    let sentence = format!(
        "This {} of {catalogue} products on {name}{lately}: more than {} %",
        parts.collect::<Vec<_>>().join(" and "),
        asks.share
    );
    Verdict::Ask { sentence, confirmation: all.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(catalogue: u64, changed: u64, zeroed: u64) -> Verdict {
        judge("Web shop", &Facts { catalogue, changed, zeroed, before: 0 }, MassChange::STANDARD)
    }

    #[test]
    fn small_changes_pass_and_large_ones_ask() {
        assert_eq!(verdict(100, 19, 19), Verdict::Fine, "fewer than 20 never ask");
        assert_eq!(verdict(200, 20, 0), Verdict::Fine, "a tenth is not more than a tenth");
        assert!(matches!(verdict(199, 20, 0), Verdict::Ask { .. }));
        assert!(matches!(verdict(0, 20, 0), Verdict::Ask { .. }), "an empty catalogue is no licence");
        assert_eq!(
            verdict(400, 120, 118),
            Verdict::Ask {
                sentence: "This changes the stock of 120 of 400 variants on Web shop, 118 of them to 0: more than 10 %"
                    .into(),
                confirmation: "120".into(),
            }
        );
    }

    #[test]
    fn a_slow_change_is_seen_and_each_shop_says_itself_what_is_much() {
        let facts = Facts { catalogue: 100, changed: 1, zeroed: 0, before: 19 };
        let Verdict::Ask { sentence, .. } = judge("Web shop", &facts, MassChange::STANDARD) else {
            panic!("one after the other passes")
        };
        let expected = "This changes the stock of 1 of 100 variants on Web shop, after 19 others shortly before: \
                        more than 10 %";
        assert_eq!(sentence, expected);
        assert_eq!(judge("Web shop", &facts, MassChange { share: 20, least: 20 }), Verdict::Fine);
        assert_eq!(judge("Web shop", &facts, MassChange { share: 10, least: 21 }), Verdict::Fine);
        let all = Facts { catalogue: 10, changed: 10, ..Facts::default() };
        assert!(matches!(judge("Web shop", &all, MassChange { share: 10, least: 2 }), Verdict::Ask { .. }));
        assert_eq!(
            judge("Web shop", &Facts { catalogue: 0, ..all }, MassChange { share: 100, least: 1 }),
            Verdict::Fine
        );
        let nothing = Facts { changed: 0, ..facts };
        assert_eq!(judge("Web shop", &nothing, MassChange::STANDARD), Verdict::Fine, "nothing more is to be done");
    }

    #[test]
    fn edits_ask_by_the_products_they_touch() {
        let judged = |facts: EditFacts| judge_edits("Web shop", &facts, MassChange::STANDARD);
        let facts = EditFacts { catalogue: 100, changed: 19, ..EditFacts::default() };
        assert_eq!(judged(facts), Verdict::Fine, "fewer than 20 never ask");
        assert_eq!(judged(EditFacts { catalogue: 200, changed: 20, ..facts }), Verdict::Fine);
        let Verdict::Ask { sentence, .. } =
            judged(EditFacts { catalogue: 100, changed: 0, deleted: 12, before: 15, ..facts })
        else {
            panic!("a flood in portions passes")
        };
        assert_eq!(
            sentence,
            "This deletes 12 of 100 products on Web shop, after 15 others shortly before: more than 10 %"
        );
    }
}
