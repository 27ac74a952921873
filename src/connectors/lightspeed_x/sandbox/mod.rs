//! An X-Series shop to try the program on: its HTTP over the shop model.
//!
//! What it imitates: personal token and OAuth login with rotation and scopes (`door.rs`), the demand for a User-Agent,
//! the limit of 300 calls for each register and 50 more in five minutes with its headers and an HTTP date in
//! `Retry-After`, versions in the path, ended ones of which are answered silently by the oldest that is supported,
//! version cursors beyond what a float holds (`versions.rs`), products and families (`products.rs`, `present.rs`,
//! `making.rs`, `update.rs`), counts and adjustments (`stock.rs`), sales with their returns in the old form and the new
//! one (`sales.rs`), brands, categories and attributes (`labels.rs`), and the asterisks in place of card numbers.
//!
//! What it does not: consignments, composites, price books, taxes but one of 15 %, pictures that fail; sales that are
//! written through the API.

mod door;
mod identifiers;
mod labels;
mod making;
mod present;
mod products;
mod sales;
mod stock;
mod update;
mod versions;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::login;
use crate::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop, Tally};

use super::auth;
use super::profile::PROFILE;
use door::Door;
use labels::Labels;
use versions::Versions;

/// Says no, in X-Series' shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    status: u16,
    error: String,
    message: String,
}

impl Fault {
    fn new(status: u16, error: &str, message: impl Into<String>) -> Self {
        Self { status, error: error.to_owned(), message: message.into() }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, "Unprocessable Entity", message)
    }

    fn not_found(what: &str) -> Self {
        Self::new(404, "Not Found", format!("{what} not found"))
    }

    fn outgoing(&self) -> Outgoing {
        Outgoing::json(self.status, &json!({"error": self.error, "message": self.message}))
    }
}

/// Status and body.
type Answer = Result<(u16, Value), Fault>;

/// In which form things are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// 2.0 and the first dated versions.
    Old,
    /// 2026-07 and later.
    New,
}

/// The imitation, with what X-Series keeps beside the shop itself.
#[derive(Debug)]
pub struct Sandbox {
    door: Door,
    versions: Versions,
    labels: Labels,
    /// Adjustments that were made, oldest first.
    adjustments: Vec<Value>,
    tax_exclusive: bool,
}

pub fn imitate() -> Box<dyn Imitation> {
    Box::new(Sandbox::new(false))
}

impl Sandbox {
    /// A shop that sells by prices with or without tax.
    pub fn new(tax_exclusive: bool) -> Self {
        Self {
            door: Door::default(),
            versions: Versions::default(),
            labels: Labels::default(),
            adjustments: Vec::new(),
            tax_exclusive,
        }
    }
}

impl Imitation for Sandbox {
    fn platform(&self) -> &'static str {
        PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![(auth::TOKEN, door::TOKEN.to_owned())]
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        if let Some(answer) = self.door.login(request, now) {
            return dated(answer, now);
        }
        let outgoing = match self.door.admit(request, now) {
            Err(refused) => refused,
            Ok(()) => match self.route(shop, request, now) {
                Ok((status, body)) => Outgoing::json(status, &body),
                Err(fault) => fault.outgoing(),
            },
        };
        dated(self.door.with_limits(outgoing, now), now)
    }

    fn on_the_largest_plan(&mut self) {
        self.door.registers = 20;
    }

    fn app(&self) -> Vec<(&'static str, String)> {
        vec![(login::CLIENT, door::CLIENT.to_owned()), (login::SECRET, door::SECRET.to_owned())]
    }

    fn tally(&self) -> Option<Tally> {
        Some(self.door.tally())
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        let outgoing = match failure {
            Failure::Throttled => door::throttled(now.plus_seconds(2)),
            Failure::Broken => Fault::new(500, "Internal Server Error", "Something went wrong").outgoing(),
        };
        dated(outgoing, now)
    }
}

fn dated(outgoing: Outgoing, now: Timestamp) -> Outgoing {
    outgoing.header("date", door::http_date(now))
}

impl Sandbox {
    fn route(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answer {
        let nowhere = || Fault::new(404, "Not Found", "There is no such endpoint");
        let rest = request.path.strip_prefix("/api/").ok_or_else(nowhere)?;
        let (version, path) = rest.split_once('/').ok_or_else(nowhere)?;
        let shape = shape(version, now).ok_or_else(nowhere)?;
        self.versions.catch_up(shop, now);
        let body = body(request)?;
        let parts: Vec<&str> = path.split('/').collect();
        let view = products::View { shop, versions: &self.versions, shape, tax_exclusive: self.tax_exclusive };
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["retailer"]) => Ok((200, present::retailer(shop, self.tax_exclusive))),
            ("GET", ["outlets"]) => Ok((200, present::outlets(shop, request))),
            ("GET", ["products"]) => Ok((200, view.list(request))),
            ("GET", ["products", id]) => view.one(id),
            ("GET", ["search"]) if request.query("type") == Some("sales") => {
                Ok((200, sales::search(shop, &self.versions, shape, request)))
            }
            ("GET", ["search"]) => Ok((200, view.search(request))),
            ("POST", ["products"]) if version == "2.1" => making::single(self, shop, &body, now),
            ("POST", ["products"]) => making::product(self, shop, &body, now),
            ("PUT", ["products", id]) if version != "2.0" => update::product(self, shop, id, &body, now),
            ("DELETE", ["products", id, "all"]) => making::delete(shop, id, true, now),
            ("DELETE", ["products", id]) => making::delete(shop, id, false, now),
            ("GET", ["brands"]) => Ok((200, self.labels.brands(shop, request))),
            ("POST", ["brands"]) => self.labels.make_brand(shop, &body),
            ("GET", ["product_categories"]) => Ok((200, self.labels.categories(shop))),
            ("POST", ["product_categories", "bulk"]) => self.labels.make_categories(&body),
            ("GET", ["variant_attributes"]) => Ok((200, self.labels.attributes(shop))),
            ("POST", ["variant_attributes"]) => self.labels.make_attribute(shop, &body, now),
            ("GET", ["inventory"]) if shape == Shape::Old => Ok((200, stock::old_list(&self.versions, request))),
            ("POST", ["inventory"]) if version != "2.0" => stock::list(&self.versions, &body),
            ("POST", ["inventory_levels"]) if version != "2.0" => stock::levels(shop, &self.versions, &body),
            ("GET", ["stock_adjustments"]) if version != "2.0" => Ok((200, stock::adjustments(&self.adjustments))),
            ("POST", ["stock_adjustments"]) if version != "2.0" => {
                stock::adjust(&mut self.adjustments, shop, &body, now)
            }
            ("GET", ["sales"]) => Ok((200, sales::list(shop, &self.versions, shape, request))),
            ("GET", ["sales", id]) => sales::one(shop, &self.versions, shape, id),
            _ => Err(nowhere()),
        }
    }
}

/// How a version is answered. Each is supported for twelve months; one that ended is answered by the oldest supported
/// one, without a word. `None`: never released.
fn shape(version: &str, now: Timestamp) -> Option<Shape> {
    const FIRST_NEW: i64 = 2026 * 12 + 6;
    if matches!(version, "2.0" | "2.1" | "3.0") {
        return Some(Shape::Old);
    }
    let month = |year: &str, month: &str| Some(year.parse::<i64>().ok()? * 12 + month.parse::<i64>().ok()? - 1);
    let (year, of_year) = version.split_once('-')?;
    let asked = month(year, of_year)?;
    let date = now.rfc3339();
    let today = month(date.get(..4)?, date.get(5..7)?)?;
    // Quarters: January, April, July, October.
    if asked % 3 != 0 || asked > today {
        return None;
    }
    let oldest = (today - 9).div_euclid(3) * 3;
    Some(if asked.max(oldest) >= FIRST_NEW { Shape::New } else { Shape::Old })
}

fn body(request: &Incoming) -> Result<Value, Fault> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    let wrong = || Fault::new(400, "Bad Request", "The body is no JSON object");
    request.json().filter(Value::is_object).ok_or_else(wrong)
}

/// `2014-12-01T18:34:15+00:00`
fn moment(at: Timestamp) -> String {
    Timestamp(at.0.div_euclid(1000) * 1000).rfc3339().replace('Z', "+00:00")
}

/// A whole number in the query.
fn number(request: &Incoming, name: &str) -> Option<i64> {
    request.query(name).and_then(|raw| raw.parse().ok())
}
