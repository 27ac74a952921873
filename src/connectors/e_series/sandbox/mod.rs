//! An E-Series shop to try the program on: Ecwid's HTTP over the shop model.
//!
//! What it imitates: the secret token and the shop's number in the path, 402 for the free plan, 600 calls a minute with a
//! 429 that lasts longer for whoever goes on, lists by position with `responseFields`, times in seconds and dates with a
//! blank, prices as floats, combinations that leave out what they have from their product, unlimited stock without a
//! quantity, adjustments that answer 200 and `updateCount: 0`, lists that are replaced whole, pictures fetched from
//! addresses, deleted products, batches with tickets and keys that hold for an hour, categories whose names a product does
//! not tell, both kinds of error bodies, and counts by outlet where a Lightspeed till feeds the shop.
//!
//! Where the real one is not documented it takes the harder way: nothing is said of what was put back into stock, and an
//! order that was never finished disappears. Pictures keep their addresses here; the real shop copies them to its own.
//!
//! `door.rs` lets in, `list.rs` answers lists, `present.rs` writes JSON, `change.rs` and `combinations.rs` take changes,
//! `batch.rs` takes many, `orders.rs` tells of orders.

mod batch;
mod change;
mod combinations;
mod door;
mod list;
mod orders;
mod present;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop, Tally};

use super::auth::{STORE, TOKEN};
use super::profile::PROFILE;
use door::Door;
pub(super) use door::STORE_ID;

/// Says no, in the shop's shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    status: u16,
    message: String,
}

impl Problem {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    fn missing(what: &str, id: &str) -> Self {
        Self::new(404, format!("{what} with id {id} not found"))
    }

    fn outgoing(&self) -> Outgoing {
        Outgoing::json(self.status, &json!({"errorMessage": self.message}))
    }
}

type Answered = Result<Outgoing, Problem>;

/// What E-Series keeps beside the shop itself.
#[derive(Debug, Default)]
pub struct Sandbox {
    door: Door,
    batches: batch::Batches,
    kept: Kept,
}

/// What the shop's model has no place for.
#[derive(Debug, Default)]
struct Kept {
    /// Categories that were made and are perhaps not used yet.
    categories: Vec<String>,
    /// A Lightspeed till feeds the shop: products have counts by outlet.
    is_fed: bool,
}

impl Sandbox {
    /// The shop is on the free plan.
    #[cfg(test)]
    #[must_use]
    pub fn free(mut self) -> Self {
        self.door.is_free = true;
        self
    }

    /// The token does not open paths that begin like this.
    #[cfg(test)]
    #[must_use]
    pub fn lacking(mut self, path: &'static str) -> Self {
        self.door.lacks.push(path);
        self
    }

    /// Lightspeed's own connection keeps the shop.
    #[cfg(test)]
    #[must_use]
    pub fn fed_by_a_till(mut self) -> Self {
        self.kept.is_fed = true;
        self
    }

    /// The first batch waits in line behind somebody else's, until another batch comes.
    #[cfg(test)]
    #[must_use]
    pub fn late(mut self) -> Self {
        self.batches.is_late = true;
        self
    }

    /// The first batch fails in every part.
    #[cfg(test)]
    #[must_use]
    pub fn breaking(mut self) -> Self {
        self.batches.is_broken = true;
        self
    }

    fn route(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
        let path = self.door.check(request)?;
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["batch"]) => {
                let parts = self.batches.take(request, now)?;
                let is_broken = !parts.is_empty() && std::mem::take(&mut self.batches.is_broken);
                let mut ends = Vec::with_capacity(parts.len());
                // Done at once; the ticket says so later.
                for (part, is_new) in self.batches.due(parts) {
                    let answer = match is_broken {
                        true => Err(Problem::new(500, "Internal server error")),
                        false => answer(&mut self.kept, shop, &part.incoming, now),
                    };
                    if is_new {
                        ends.push(batch::end(&part, answer));
                    }
                }
                Ok(self.batches.keep(request, ends, now))
            }
            ("GET", ["batch"]) => self.batches.told(request),
            _ => {
                let inner = Incoming { path: path.clone(), ..request.clone() };
                answer(&mut self.kept, shop, &inner, now)
            }
        }
    }
}

/// One call, its path below the shop's own; also as a part of a batch.
fn answer(kept: &mut Kept, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
    let parts: Vec<&str> = request.path.split('/').skip(1).collect();
    let body = || request.json().filter(Value::is_object).ok_or_else(|| Problem::new(400, "Request body is invalid"));
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["profile"]) => Ok(Outgoing::json(200, &profile(shop))),
        ("GET", ["orders"]) => orders::list(shop, request),
        ("GET", ["categories"]) => list::categories(kept, shop, request),
        ("POST", ["categories"]) => change::category(kept, shop, &body()?),
        ("GET", ["products"]) => list::products(kept, shop, request),
        ("GET", ["products", "deleted"]) => list::deleted(shop, request),
        ("POST", ["products"]) => change::create(kept, shop, &body()?, now),
        ("GET", ["products", id]) => list::product(kept, shop, request, id),
        ("PUT", ["products", id]) => change::update(kept, shop, id, &body()?, now),
        ("DELETE", ["products", id]) => change::delete(shop, id, now),
        ("PUT", ["products", id, "inventory"]) => combinations::adjust(shop, id, None, &body()?, now),
        ("POST" | "DELETE", ["products", id, which @ ("image" | "gallery")]) => {
            change::picture(shop, request, id, which, now)
        }
        ("POST", ["products", id, "combinations"]) => combinations::create(shop, id, &body()?, now),
        ("PUT", ["products", id, "combinations", own]) => combinations::update(shop, id, own, &body()?, now),
        ("PUT", ["products", id, "combinations", own, "inventory"]) => {
            combinations::adjust(shop, id, Some(own), &body()?, now)
        }
        _ => Err(Problem::new(404, "Not found")),
    }
}

impl Imitation for Sandbox {
    fn platform(&self) -> &'static str {
        PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![(STORE, STORE_ID.to_owned()), (TOKEN, door::SECRET.to_owned())]
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let outgoing = match self.door.admit(now) {
            Ok(()) => self.route(shop, request, now).unwrap_or_else(|problem| problem.outgoing()),
            Err(throttled) => throttled,
        };
        let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
        outgoing.header("date", httpdate::fmt_http_date(now))
    }

    fn tally(&self) -> Option<Tally> {
        Some(self.door.tally())
    }

    fn failure(&self, failure: Failure, _now: Timestamp) -> Outgoing {
        match failure {
            Failure::Throttled => door::throttled(1),
            Failure::Broken => Problem::new(500, "Internal server error").outgoing(),
        }
    }
}

fn profile(shop: &Shop) -> Value {
    json!({
        "generalInfo": {"storeId": 15_695_068, "storeUrl": present::SITE, "starterSite": {"generatedUrl": present::SITE}},
        "account": {"accountName": "Imitation", "suspended": false},
        "settings": {"closed": false, "storeName": shop.name},
        "company": {"companyName": shop.name, "email": "", "countryCode": "IE"},
        "formatsAndUnits": {
            "currency": shop.currency.code(), "currencyPrecision": shop.currency.decimals(), "weightUnit": "KILOGRAM",
            "dimensionsUnit": "CM", "timezone": "Europe/Dublin"
        },
        "languages": {"enabledLanguages": ["en"], "defaultLanguage": "en"}
    })
}
