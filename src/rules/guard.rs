//! The guard against runs that would empty a shop: rule 6 of DESIGN, "Rules that are never broken".
//!
//! It stands before everything that writes quantities without a person who has just seen the list: scheduled runs,
//! merges after an import, repairs. A link or push plan is shown and confirmed with the number of its items, so it is
//! asked about once, there; its confirmation shows the guard's sentence as well if there is one.

use std::collections::BTreeMap;

use crate::domain::{ConnectionId, Effect, PlannedStep, Quantity, Target};

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
}
