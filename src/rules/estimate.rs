//! How many calls a plan needs at the least, and how long they take at the allowed rate.
//!
//! The least: nothing fails, nobody else uses up the rate, and answers take no time. What really happens is slower, and
//! never faster.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Budget, ConnectionId, Cost, Effect, ListingId, LocationId, PlannedStep, Profile};

use super::plan::Profiles;

/// One [`Cost`] for each connection that the steps write to, by its number. `variants_of` tells how many variants the
/// copy of a `Create` step has; one or none means a simple listing. Connections without a profile are left out.
///
/// Quantities of one connection and location go out in full batches, each read once before it is written.
pub fn costs(steps: &[PlannedStep], variants_of: &dyn Fn(&PlannedStep) -> u32, profiles: &Profiles<'_>) -> Vec<Cost> {
    let mut work: BTreeMap<ConnectionId, Work<'_>> = BTreeMap::new();
    for step in steps {
        match &step.effect {
            Effect::Link { .. } | Effect::Unlink { .. } | Effect::Trust { .. } | Effect::Adjust { .. } => {}
            Effect::SetField { connection, listing, .. } => {
                work.entry(*connection).or_default().edited.insert(*listing);
            }
            Effect::AddVariant { connection, listing, .. } => {
                let work = work.entry(*connection).or_default();
                if work.extended.insert(*listing) {
                    (work.others, work.read) = (work.others + 1, work.read + 1);
                }
            }
            Effect::Delete { connection, .. } => work.entry(*connection).or_default().others += 1,
            Effect::Create(creation) => {
                work.entry(creation.connection).or_default().creations.push(variants_of(step));
            }
            Effect::SetQuantity { connection, location, .. } => {
                *work.entry(*connection).or_default().quantities.entry(location).or_default() += 1;
            }
        }
    }
    let cost = |(connection, work): (ConnectionId, Work<'_>)| Some(work.cost(connection, profiles(connection)?));
    work.into_iter().filter_map(cost).collect()
}

#[derive(Default)]
struct Work<'a> {
    quantities: BTreeMap<&'a LocationId, u64>,
    /// The number of variants of each creation.
    creations: Vec<u32>,
    /// Listings with fields to write: all of one go out together.
    edited: BTreeSet<ListingId>,
    /// Listings that get further variants: those of one go out together too.
    extended: BTreeSet<ListingId>,
    /// Listings that are read once.
    read: u64,
    /// Calls of their own.
    others: u64,
}

impl Work<'_> {
    fn cost(&self, connection: ConnectionId, profile: &Profile) -> Cost {
        let costs = &profile.costs;
        let (mut calls, mut units) = (0, 0);
        let mut spend = |number: u64, cost: u32| {
            calls += number;
            units += number * u64::from(cost);
        };
        for count in self.quantities.values() {
            let batch = (profile.stock_batch as u64).max(1);
            spend(reads(*count, batch, u64::from(costs.level_read_batch).max(1)), costs.level_read_cost);
            spend(count.div_ceil(batch), costs.stock_write_cost);
        }
        for variants in &self.creations {
            let (further, batch) = costs.create_variant_calls;
            let batches = if *variants > 1 { variants.div_ceil(batch.max(1)) } else { 0 };
            spend(u64::from(costs.create_calls) + u64::from(further) * u64::from(batches), costs.create_cost);
        }
        // A listing is read before its fields are written, and read back after.
        let edits = self.edited.len() as u64;
        spend(2 * edits + self.read, costs.level_read_cost);
        spend(edits + self.others, costs.create_cost);
        Cost { connection, calls, seconds: seconds(units, &profile.budget) }
    }
}

/// Reads before `count` writes that go out `batch` at a time: a batch is read as a whole just before it is written.
fn reads(count: u64, batch: u64, read_batch: u64) -> u64 {
    count / batch * batch.div_ceil(read_batch) + (count % batch).div_ceil(read_batch)
}

/// A full bucket, then its refill; at least one second if anything is to be done at all.
fn seconds(units: u64, budget: &Budget) -> u64 {
    if units == 0 {
        return 0;
    }
    let waiting = units.saturating_sub(u64::from(budget.burst));
    match u64::from(budget.per_second_milli) {
        0 => 1,
        rate => (waiting * 1000).div_ceil(rate).max(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Creation, IdempotencyKey, ListingId, Profile, Quantity, StepIndex, Target, Text};
    use crate::rules::shelf::{WEB, location, profile, profiles};

    fn step(effect: Effect) -> PlannedStep {
        PlannedStep { effect, subject: Text::default(), reason: String::new(), after: None }
    }

    fn quantities(count: u32) -> Vec<PlannedStep> {
        let write = |position| Effect::SetQuantity {
            connection: WEB,
            target: Target::CreatedBy { step: StepIndex(0), position },
            location: location(1),
            from: None,
            to: Quantity::ZERO,
        };
        (0..count).map(|position| step(write(position))).collect()
    }

    fn creations(count: usize) -> Vec<PlannedStep> {
        let creation = Creation {
            source: ListingId(1),
            connection: WEB,
            draft: false,
            quantities: Vec::new(),
            mark: IdempotencyKey("mark".into()),
        };
        vec![step(Effect::Create(creation)); count]
    }

    /// (calls, seconds)
    fn cost(steps: &[PlannedStep], variants: u32, profile: Profile) -> Option<(u64, u64)> {
        let costs = costs(steps, &|_| variants, &profiles(profile));
        assert!(costs.len() < 2);
        costs.first().map(|cost| (cost.calls, cost.seconds))
    }

    #[test]
    fn quantities_are_read_and_written_in_batches() {
        // Ten a write, four a read: a full batch is read in three calls, the rest of two in one. Four reads of 1 and two
        // writes of 2 are 8 units, 3 more than the burst.
        assert_eq!(cost(&quantities(12), 1, profile()), Some((3 + 1 + 2, 2)));
        // 100 writes: 30 reads of 1 and 10 writes of 2 are 50 units, of which 5 are free, at 2 a second.
        assert_eq!(cost(&quantities(100), 1, profile()), Some((40, 23)));
        assert_eq!(cost(&[], 1, profile()), None);
    }

    #[test]
    fn creations_cost_by_their_variants() {
        assert_eq!(cost(&creations(1), 1, profile()), Some((1, 1)));
        // One call, and two for each started five variants: 5 calls of 3 units, 10 beyond the burst.
        assert_eq!(cost(&creations(1), 6, profile()), Some((5, 5)));
    }

    #[test]
    fn edits_of_a_listing_go_out_together_and_are_read_before_and_after() {
        let edit = |listing: u64, field| {
            let to = crate::domain::FieldValue::Maybe(None);
            let listing = ListingId(listing);
            step(Effect::SetField { connection: WEB, listing, variant: None, field, from: to.clone(), to })
        };
        use crate::domain::Field::{Brand, Category};
        // Two listings: two reads of 1 and one write of 3 each.
        assert_eq!(cost(&[edit(1, Brand), edit(1, Category), edit(2, Brand)], 1, profile()), Some((6, 3)));
        let gone = step(Effect::Delete { connection: WEB, listing: ListingId(3) });
        assert_eq!(cost(&[gone], 1, profile()), Some((1, 1)));
    }

    #[test]
    fn an_unlimited_platform_is_not_waited_for() {
        let budget = Budget { burst: 0, per_second_milli: 0, concurrent: 1, source: "imagined" };
        assert_eq!(cost(&quantities(100), 1, Profile { budget, ..profile() }), Some((40, 1)));
    }

    proptest! {
        /// No plan is promised to take fewer calls than its items need, nor less time than the rate allows.
        #[test]
        fn estimates_are_lower_bounds(count in 1u32..500, batch in 1usize..60, read in 1u32..60, rate in 1u32..9000) {
            let mut imagined = profile();
            imagined.stock_batch = batch;
            imagined.costs.level_read_batch = read;
            imagined.budget.per_second_milli = rate;
            let (calls, seconds) = cost(&quantities(count), 1, imagined).unwrap();
            let (count, batch, read) = (u64::from(count), batch as u64, u64::from(read));
            let (writes, reads) = (count.div_ceil(batch), count.div_ceil(read));
            prop_assert!(calls >= writes + reads.max(writes));
            prop_assert!(calls <= 2 * count);
            let units = (calls - writes) + 2 * writes;
            prop_assert!(u128::from(seconds) * u128::from(rate) >= u128::from(units.saturating_sub(5)) * 1000);
        }
    }
}
