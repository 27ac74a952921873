//! A Clover merchant to try the program on: Clover's HTTP over the shop model.
//!
//! What it imitates: merchant tokens and the login of OAuth v2 (codes, single-use refresh tokens, ends as epoch times),
//! 401 for a missing permission, pages without next link and total, filters and their header, three expansions at most
//! with lists cut at a hundred, items with groups, attributes, options and ties that answer nothing, one absolute count at
//! a time, categories, orders with a line item for every piece, refunds, 16 calls a second per token, the pause of a
//! concurrency limit that grows when it is not kept, error bodies.
//!
//! Where the real one is not documented it takes the harder way: a refund does not move an order's time of change, nor
//! the name of a group that of its items; deleted items are in no list that does not ask for them.
//!
//! What it does not: several calls at once (they are answered one after the other here); bulk calls; orders and refunds
//! that are written through the API. One merchant is one location: the shop's first.

mod change;
mod door;
mod groups;
mod identifiers;
mod list;
mod orders;
mod present;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::login;
use crate::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop, Tally};

use super::auth::{MERCHANT, TOKEN};
use super::profile::PROFILE;
use door::Door;
pub(super) use door::MERCHANT_ID;
pub(super) use door::{CLIENT_ID, CLIENT_SECRET};
use present::Deleted;

/// Calls of one token in a second.
const PER_SECOND: usize = 16;

/// Says no, in Clover's shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    status: u16,
    message: String,
    details: Option<String>,
}

impl Problem {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), details: None }
    }

    fn invalid_id() -> Self {
        Self::new(404, "invalid ID")
    }

    fn outgoing(&self) -> Outgoing {
        let mut body = json!({"message": self.message});
        if let Some(details) = &self.details {
            body["details"] = json!(details);
        }
        Outgoing::json(self.status, &body)
    }
}

type Answered = Result<Outgoing, Problem>;

/// What Clover keeps beside the shop itself.
#[derive(Debug, Default)]
pub struct Sandbox {
    door: Door,
    /// When the last calls came.
    recent: VecDeque<Timestamp>,
    /// Too many at once: nobody is let in before this.
    crowded: Option<Timestamp>,
    tally: Tally,
    kept: Kept,
}

/// What the shop's model has no place for.
#[derive(Debug, Default)]
struct Kept {
    /// Groups without an item, with their names.
    empty: BTreeMap<u64, String>,
    /// Attributes and options that were made through the API, by group: they may have no item yet.
    declared: BTreeMap<u64, Vec<(String, Vec<String>)>>,
    categories: Vec<String>,
    deleted: Vec<Deleted>,
}

impl Sandbox {
    /// The token lacks this permission.
    #[cfg(test)]
    #[must_use]
    pub fn lacking(mut self, permission: &'static str) -> Self {
        self.door.lacks.push(permission);
        self
    }

    /// Too many calls at once were under way, so that nobody is let in before this.
    #[cfg(test)]
    #[must_use]
    pub fn crowded_until(mut self, until: Timestamp) -> Self {
        self.crowded = Some(until);
        self
    }

    fn admit(&mut self, now: Timestamp) -> Result<(), Outgoing> {
        if let Some(until) = self.crowded {
            if now < until {
                // Asking before the time lengthens it.
                let until = until.plus_seconds(1);
                self.crowded = Some(until);
                let left = (until.0 - now.0 + 999) / 1000;
                self.tally.refused += 1;
                return Err(too_many("X-RateLimit-tokenConcurrentLimit", 5).header("retry-after", left));
            }
            self.crowded = None;
        }
        while self.recent.front().is_some_and(|at| now.0.saturating_sub(at.0) >= 1000) {
            self.recent.pop_front();
        }
        if self.recent.len() >= PER_SECOND {
            self.tally.refused += 1;
            return Err(too_many("X-RateLimit-tokenLimit", PER_SECOND));
        }
        self.recent.push_back(now);
        self.tally.used += 1000;
        Ok(())
    }

    fn route(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
        if let Some(answer) = self.door.login(request, now) {
            return answer;
        }
        self.door.check(request, now)?;
        let root = format!("/v3/merchants/{MERCHANT_ID}");
        let path = request.path.strip_prefix(&root).ok_or_else(door::refused)?;
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let kept = &mut self.kept;
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", []) => Ok(done(merchant(shop))),
            ("GET", ["properties"]) => Ok(done(properties(shop))),
            ("GET", ["items"]) => present::items(kept, shop, request),
            ("GET", ["items", id]) => present::item(kept, shop, request, id),
            ("POST", ["items"]) => change::create(kept, shop, &body(request)?, now),
            ("POST", ["items", id]) => change::update(kept, shop, id, &body(request)?, now),
            ("PUT", ["items", id]) => change::replace(kept, shop, id, &body(request)?, now),
            ("DELETE", ["items", id]) => change::delete(kept, shop, id, now),
            ("GET", ["item_stocks"]) => present::stocks(shop, request),
            ("GET", ["item_stocks", id]) => present::stock(shop, id),
            ("POST" | "PUT", ["item_stocks", id]) => change::set_stock(shop, id, &body(request)?, now),
            ("GET", ["item_groups"]) => groups::list(kept, shop, request),
            ("POST", ["item_groups"]) => groups::create(kept, shop, &body(request)?),
            ("GET", ["item_groups", id]) => groups::one(kept, shop, id),
            ("POST", ["item_groups", id]) => groups::rename(kept, shop, id, &body(request)?, now),
            ("DELETE", ["item_groups", id]) => groups::delete(kept, shop, id),
            ("GET", ["attributes"]) => groups::attributes(kept, shop, request),
            ("POST", ["attributes"]) => groups::create_attribute(kept, shop, &body(request)?),
            ("GET", ["attributes", id, "options"]) => groups::options(kept, shop, request, id),
            ("POST", ["attributes", id, "options"]) => groups::create_option(kept, shop, id, &body(request)?),
            ("POST", ["option_items"]) => groups::tie(kept, shop, request, &body(request)?, now),
            ("GET", ["categories"]) => groups::categories(kept, shop, request),
            ("POST", ["categories"]) => groups::create_category(kept, shop, &body(request)?),
            ("POST", ["category_items"]) => groups::categorise(kept, shop, request, &body(request)?, now),
            ("GET", ["orders"]) => orders::list(shop, request),
            ("GET", ["orders", id]) => orders::one(shop, request, id),
            ("GET", ["orders", id, "line_items"]) => orders::lines(shop, request, id),
            ("GET", ["refunds"]) => orders::refunds(shop, request),
            _ => Err(Problem::new(404, "Not Found")),
        }
    }
}

impl Imitation for Sandbox {
    fn platform(&self) -> &'static str {
        PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![(MERCHANT, MERCHANT_ID.to_owned()), (TOKEN, door::TOKEN.to_owned())]
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let outgoing = match self.admit(now) {
            Ok(()) => self.route(shop, request, now).unwrap_or_else(|problem| problem.outgoing()),
            Err(refused) => refused,
        };
        outgoing.header("date", http_date(now))
    }

    fn tally(&self) -> Option<Tally> {
        Some(Tally { per_second: PER_SECOND as u64 * 1000, ..self.tally })
    }

    fn app(&self) -> Vec<(&'static str, String)> {
        vec![(login::CLIENT, CLIENT_ID.to_owned()), (login::SECRET, CLIENT_SECRET.to_owned())]
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        match failure {
            Failure::Throttled => too_many("X-RateLimit-tokenConcurrentLimit", 5).header("retry-after", 1),
            Failure::Broken => Problem::new(500, "500 Internal Server Error").outgoing(),
        }
        .header("date", http_date(now))
    }
}

/// The header names the limit that was met.
fn too_many(limit: &str, most: usize) -> Outgoing {
    Problem::new(429, "429 Too Many Requests").outgoing().header(limit, most)
}

fn http_date(now: Timestamp) -> String {
    let since = Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since)
}

fn done(body: Value) -> Outgoing {
    Outgoing::json(200, &body)
}

fn body(request: &Incoming) -> Result<Value, Problem> {
    request.json().filter(Value::is_object).ok_or_else(|| Problem::new(400, "Invalid JSON in request body"))
}

fn merchant(shop: &Shop) -> Value {
    json!({"href": format!("https://api.clover.com/v3/merchants/{MERCHANT_ID}"), "id": MERCHANT_ID, "name": shop.name,
        "defaultCurrency": shop.currency.code()})
}

fn properties(shop: &Shop) -> Value {
    json!({"merchantRef": {"id": MERCHANT_ID}, "defaultCurrency": shop.currency.code(), "tipsEnabled": false,
        "vat": false, "trackStock": true, "updateStock": true, "timezone": "America/New_York", "locale": "en-US"})
}
