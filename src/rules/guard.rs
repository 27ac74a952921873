//! The guard against runs that would empty a shop: rule 6 of DESIGN, "Rules that are never broken".
//!
//! It stands before everything that writes quantities without a person who has just seen the list: scheduled runs,
//! merges after an import, repairs. A link or push plan is shown and confirmed with the number of its items, so it is
//! asked about once, there; its confirmation shows the guard's sentence as well if there is one.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ConnectionId, Effect, ListingId, PlannedStep, Quantity, Target};

/// How much may change without a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// Per cent of a connection's variants.
    pub share: u32,
    /// Fewer than this many never ask.
    pub least: u64,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { share: 10, least: 20 }
    }
}

/// What a plan would do to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Variants of the connection's catalogue.
    pub catalogue: u64,
    /// Variants whose quantity would change, those that would be zeroed among them.
    pub changed: u64,
    /// Variants that have stock and would have none.
    pub zeroed: u64,
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
pub fn judge(name: &str, facts: &Facts, threshold: Threshold) -> Verdict {
    let Facts { catalogue, changed, zeroed } = *facts;
    let beyond_share = u128::from(changed) * 100 > u128::from(catalogue) * u128::from(threshold.share);
    if changed < threshold.least || !beyond_share {
        return Verdict::Fine;
    }
    let zeroing = match zeroed {
        0 => String::new(),
        zeroed if zeroed == changed => ", all of them to 0".to_owned(),
        zeroed => format!(", {zeroed} of them to 0"),
    };
    let sentence = format!(
        "This changes the stock of {changed} of {catalogue} variants on {name}{zeroing}: more than {} %",
        threshold.share
    );
    Verdict::Ask { sentence, confirmation: changed.to_string() }
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
pub fn judge_edits(name: &str, facts: &EditFacts, threshold: Threshold) -> Verdict {
    let EditFacts { catalogue, changed, deleted, made, before } = *facts;
    let all = changed + deleted + made;
    let beyond = u128::from(all + before) * 100 > u128::from(catalogue) * u128::from(threshold.share);
    if all == 0 || all + before < threshold.least || !beyond {
        return Verdict::Fine;
    }
    let parts = [(changed, "changes"), (deleted, "deletes"), (made, "makes")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, verb)| format!("{verb} {count}"));
    let lately = if before > 0 { format!(", after {before} within the hour") } else { String::new() };
    let sentence = format!(
        "This {} of {catalogue} products on {name}{lately}: more than {} %",
        parts.collect::<Vec<_>>().join(" and "),
        threshold.share
    );
    Verdict::Ask { sentence, confirmation: all.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(catalogue: u64, changed: u64, zeroed: u64) -> Verdict {
        judge("Web shop", &Facts { catalogue, changed, zeroed }, Threshold::default())
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
    fn edits_ask_by_the_products_they_touch() {
        let judged = |facts: EditFacts| judge_edits("Web shop", &facts, Threshold::default());
        let facts = EditFacts { catalogue: 100, changed: 19, ..EditFacts::default() };
        assert_eq!(judged(facts), Verdict::Fine, "fewer than 20 never ask");
        assert_eq!(judged(EditFacts { catalogue: 200, changed: 20, ..facts }), Verdict::Fine);
        let Verdict::Ask { sentence, .. } =
            judged(EditFacts { catalogue: 100, changed: 0, deleted: 12, before: 15, ..facts })
        else {
            panic!("a flood in portions passes")
        };
        assert_eq!(sentence, "This deletes 12 of 100 products on Web shop, after 15 within the hour: more than 10 %");
    }
}
