//! The two limiters: the bucket that leaks, and the count of each second.
//!
//! Docs, Rate Limiting: the first call that goes over the edge is let through; the next ones are not, until the level is
//! below the size again. What a call costs is read from its address and body, by the tables of the changelog of
//! 2026-03-17.

use serde_json::Value;

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Tally};

use super::Problem;

/// Relations to many records; the others are to one.
const TO_MANY: &[&str] =
    &["ItemShops", "Images", "SaleLines", "SalePayments", "Items", "ItemVendorNums", "ItemComponents"];

#[derive(Debug)]
pub struct Bucket {
    pub registers: i64,
    /// Thousandths of a drip.
    level: i64,
    at: Timestamp,
    /// The second that is counted, and its calls.
    second: i64,
    calls: i64,
    tally: Tally,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { registers: 1, level: 0, at: Timestamp(0), second: 0, calls: 0, tally: Tally::default() }
    }
}

impl Bucket {
    /// Drips.
    fn size(&self) -> i64 {
        90 + 10 * (self.registers - 1)
    }

    /// Thousandths of a drip per second.
    fn rate(&self) -> i64 {
        1000 + 500 * (self.registers - 1)
    }

    /// "based on a fraction of the allowed bucket size"; 20 of 90 in the sample.
    fn burst(&self) -> i64 {
        self.size() * 2 / 9
    }

    /// Takes a call in, or says how long to wait.
    pub fn admit(&mut self, cost: i64, now: Timestamp) -> Result<(), Problem> {
        let passed = now.0.saturating_sub(self.at.0).max(0);
        self.level = (self.level - passed.saturating_mul(self.rate()) / 1000).max(0);
        self.at = now;
        let second = now.0.div_euclid(1000);
        if second != self.second {
            (self.second, self.calls) = (second, 0);
        }
        self.calls += 1;
        if self.calls > self.burst() {
            self.tally.refused += 1;
            return Err(limited("api-burst-limiter", 1));
        }
        let over = self.level - self.size() * 1000;
        if over >= 0 {
            self.tally.refused += 1;
            return Err(limited("api-leaky-bucket", over / self.rate() + 1));
        }
        self.level += cost;
        self.tally.used += cost.unsigned_abs();
        Ok(())
    }

    pub fn tally(&self) -> Tally {
        Tally { per_second: self.rate().unsigned_abs(), ..self.tally }
    }

    pub fn headers(&self, outgoing: Outgoing, cost: i64) -> Outgoing {
        let number = |thousandths: i64| {
            let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        outgoing
            .header("X-LS-API-Bucket-Level", format!("{}/{}", number(self.level), self.size()))
            .header("X-LS-API-Burst-Level", format!("{}/{}", self.calls, self.burst()))
            .header("X-LS-Api-Drip-Rate", number(self.rate()))
            .header("X-LS-Api-Request-Cost", number(cost))
    }
}

pub fn limited(by: &'static str, seconds: i64) -> Problem {
    let told = if by == "api-burst-limiter" { "Burst rate limit exceeded." } else { "Rate limit exceeded." };
    let mut problem = Problem::new(429, told);
    problem.headers = vec![("X-LS-API-RateLimit-Type", by.to_owned()), ("Retry-After", seconds.to_string())];
    problem
}

/// In thousandths of a drip. `thing`, and whether one of it is named.
pub fn cost(request: &Incoming, thing: &str, one: bool) -> i64 {
    let base = match (request.method.as_str(), thing) {
        ("POST" | "PUT" | "DELETE", "Category") => 10_000,
        ("POST" | "PUT" | "DELETE", "Sale" | "SaleLine") => 2000,
        ("GET", _) if request.query("count").is_some() => 10_000,
        _ => 1000,
    };
    let relations: Vec<String> = request.query("load_relations").map(super::relations).unwrap_or_default();
    let each = |name: &String| if TO_MANY.contains(&name.as_str()) { 200 } else { 100 };
    let relations: i64 = relations.iter().map(each).sum();
    let several = request.method == "GET" && !one;
    let nested = request.json().map_or(0, |body| nested(&body));
    base + relations * if several { 2 } else { 1 } + 500 * nested
}

/// Related records in a body.
fn nested(body: &Value) -> i64 {
    let mut count = 0;
    for (name, value) in body.as_object().into_iter().flatten() {
        if !name.starts_with(char::is_uppercase) {
            continue;
        }
        count += match value {
            Value::Array(all) => all.len() as i64,
            Value::Object(fields) if fields.keys().any(|name| name.starts_with(char::is_uppercase)) => nested(value),
            _ => 1,
        };
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_call_over_the_edge_is_let_through() {
        let mut bucket = Bucket::default();
        let mut at = 0;
        for _ in 0..9 {
            bucket.admit(10_500, Timestamp(at)).unwrap();
            at += 100;
        }
        let refused = bucket.admit(1000, Timestamp(at)).unwrap_err();
        assert_eq!(refused.status, 429);
        assert!(refused.headers.contains(&("Retry-After", "4".to_owned())), "{refused:?}");
        bucket.admit(1000, Timestamp(at + 4000)).unwrap();
    }

    #[test]
    fn a_second_has_its_own_limit() {
        let mut bucket = Bucket::default();
        (0..20).for_each(|_| bucket.admit(1000, Timestamp(5)).unwrap());
        let refused = bucket.admit(1000, Timestamp(999)).unwrap_err();
        assert!(refused.headers.contains(&("X-LS-API-RateLimit-Type", "api-burst-limiter".to_owned())));
        bucket.admit(1000, Timestamp(1000)).unwrap();
    }

    #[test]
    fn costs_are_those_of_the_changelog() {
        let of = |method: &str, query: &[(&str, &str)], body: Value| Incoming {
            method: method.to_owned(),
            path: String::new(),
            query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            headers: Vec::new(),
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        let relations = [("load_relations", r#"["ItemShops","Category"]"#)];
        assert_eq!(cost(&of("GET", &relations, Value::Null), "Item", false), 1600);
        assert_eq!(cost(&of("GET", &relations, Value::Null), "Item", true), 1300);
        assert_eq!(cost(&of("GET", &[("count", "1")], Value::Null), "Item", false), 10_000);
        let stock = json!({"ItemShops": {"ItemShop": {"shopID": 1, "qoh": 3}}});
        assert_eq!(cost(&of("PUT", &[], stock), "Item", true), 1500);
        assert_eq!(cost(&of("POST", &[], json!({"name": "Home"})), "Category", false), 10_000);
    }
}
