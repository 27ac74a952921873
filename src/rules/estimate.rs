//! How many calls a plan needs at the least, and how long they take at the allowed rate.
//!
//! The least: nothing fails, nobody else uses up the rate, and answers take no time. What really happens is slower, and
//! never faster.

use std::collections::BTreeMap;

use crate::domain::{Budget, ConnectionId, Cost, Effect, LocationId, PlannedStep, Profile};

use super::plan::Profiles;

/// One [`Cost`] for each connection that the steps write to, by its number. `variants_of` tells how many variants the
/// copy of a `Create` step has; one or none means a simple listing. Connections without a profile are left out.
///
/// Quantities of one connection and location go out in full batches, each read once before it is written.
pub fn costs(steps: &[PlannedStep], variants_of: &dyn Fn(&PlannedStep) -> u32, profiles: &Profiles<'_>) -> Vec<Cost> {
    let mut work: BTreeMap<ConnectionId, Work<'_>> = BTreeMap::new();
    for step in steps {
        match &step.effect {
            Effect::Link { .. } => {}
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
