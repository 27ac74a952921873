//! Points: what a query costs, and the leaky bucket they come from.
//!
//! Costs by Shopify's table ("Rate limits"): scalar and enum 0, object 1, connection by its `first` (and two, as its
//! engineers first described it), interface the most that may be chosen, mutation 10; `productSet` by its input, as the
//! schema says. What is asked for is taken before, and what did not come is given back after.

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::Tally;

use super::query::{Chosen, Operation, Selection};
use super::schema::Schema;

const MUTATION: u64 = 10;

/// The standard plan: 100 points a second; such shops report a bucket of 2,000.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub most: u64,
    pub per_second: u64,
    /// In thousandths.
    level: u64,
    at: Timestamp,
    tally: Tally,
}

impl Bucket {
    pub fn new(most: u64, per_second: u64) -> Self {
        Self { most, per_second, level: most * 1000, at: Timestamp(0), tally: Tally::default() }
    }

    fn refill(&mut self, now: Timestamp) {
        let passed = u64::try_from(now.0.saturating_sub(self.at.0)).unwrap_or(0);
        self.level = self.level.saturating_add(passed.saturating_mul(self.per_second)).min(self.most * 1000);
        self.at = self.at.max(now);
    }

    /// Takes the points, or leaves them where they are too few.
    pub fn take(&mut self, points: u64, now: Timestamp) -> bool {
        self.refill(now);
        let enough = self.level >= points * 1000;
        if enough {
            self.level -= points * 1000;
            self.tally.used += points * 1000;
        } else {
            self.tally.refused += 1;
        }
        enough
    }

    pub fn give_back(&mut self, points: u64) {
        self.level = self.level.saturating_add(points * 1000).min(self.most * 1000);
        self.tally.used = self.tally.used.saturating_sub(points * 1000);
    }

    pub fn tally(&self) -> Tally {
        Tally { per_second: self.per_second * 1000, ..self.tally }
    }

    /// `extensions.cost`
    pub fn report(&self, requested: u64, actual: Option<u64>) -> Value {
        json!({ "cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": format!("{}.0", self.most).parse::<f64>().ok(),
                "currentlyAvailable": self.level / 1000,
                "restoreRate": format!("{}.0", self.per_second).parse::<f64>().ok(),
            }
        }})
    }
}

/// What an operation may cost at the most.
pub(super) fn requested(schema: &Schema, operation: &Operation) -> u64 {
    chosen(&operation.selections).map(|field| cost(schema, field) + surcharge(operation, field)).sum()
}

fn surcharge(operation: &Operation, field: &Chosen) -> u64 {
    if !operation.is_mutation {
        return 0;
    }
    let input = field.arguments.get("input").unwrap_or(&Value::Null);
    let length = |name: &str| input[name].as_array().map_or(0, Vec::len) as u64;
    let changed = field.arguments.get("variants").and_then(Value::as_array).map_or(0, Vec::len) as u64;
    let tenths = 2 * (length("variants") + changed) + 19 * length("files") + 4 * length("metafields");
    // The payload is the mutation's own object.
    MUTATION - 1 + tenths.div_ceil(10)
}

fn chosen(selections: &[Selection]) -> impl Iterator<Item = &Chosen> {
    selections.iter().filter_map(|selection| match selection {
        Selection::Field(field) => Some(field),
        Selection::On { .. } => None,
    })
}

fn inside(schema: &Schema, selections: &[Selection]) -> u64 {
    let fields: u64 = chosen(selections).map(|field| cost(schema, field)).sum();
    // Fragments on one type add up, those on different types exclude each other.
    let mut by_type: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for selection in selections {
        if let Selection::On { condition, selections } = selection {
            *by_type.entry(condition).or_default() += inside(schema, selections);
        }
    }
    fields + by_type.into_values().max().unwrap_or(0)
}

fn cost(schema: &Schema, field: &Chosen) -> u64 {
    let name = field.ty.name();
    if !schema.has_fields(name) {
        return 0;
    }
    let each = inside(schema, &field.selections);
    if name.ends_with("Connection") {
        let first = field.arguments.get("first").and_then(Value::as_u64).unwrap_or(1);
        return 2 + first * nodes_cost(schema, &field.selections);
    }
    match field.arguments.get("ids").and_then(Value::as_array) {
        Some(ids) => ids.len() as u64 * (1 + each),
        None => 1 + each,
    }
}

/// A connection's `nodes`, or the `node` of its `edges`.
fn nodes_cost(schema: &Schema, selections: &[Selection]) -> u64 {
    chosen(selections)
        .map(|field| match field.name.as_str() {
            "nodes" => 1 + inside(schema, &field.selections),
            "edges" => nodes_cost(schema, &field.selections),
            "node" => 1 + inside(schema, &field.selections),
            _ => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_with_time_and_never_beyond_the_bucket() {
        let mut bucket = Bucket::new(200, 100);
        assert!(bucket.take(150, Timestamp(1000)));
        assert!(!bucket.take(100, Timestamp(1000)));
        assert!(!bucket.take(100, Timestamp(1499)));
        assert!(bucket.take(100, Timestamp(1500)));
        bucket.give_back(1000);
        assert!(bucket.take(200, Timestamp(1500)) && !bucket.take(1, Timestamp(1500)));
    }
}
