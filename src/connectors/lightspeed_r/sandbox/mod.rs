//! An R-Series account to try the program on: R-Series' HTTP over the shop model.
//!
//! What it imitates: the login with PKCE and tokens that change, scopes, the leaky bucket with what each call costs and the
//! second limiter, with all headers; lists with operators inside their values, sorting, pages by `next`, one thing where a
//! list of one would be; strings for all numbers; relations; items, matrices with attribute sets, categories as a tree,
//! manufacturers, prices by level, `ItemShop` with its sums, archiving that empties the stock, sales with refunds as sales,
//! shipments; error bodies that call themselves a page.
//!
//! Where the real one is not documented it takes the harder way: shipping does not move a sale's time, nor refunds; a
//! matrix does not hand a new title, brand or category on to its items; a new item takes no quantities; items that are not
//! counted have rows of stock all the same; a product that is deleted in the shop's model vanishes without a word, as one
//! that was merged into another.
//!
//! What it does not: pages backwards, `or`, searching in relations, sorting by texts; sales, orders and counts that are
//! written through the API; files.

mod bucket;
mod change;
mod door;
mod items;
mod lists;
mod matrices;
mod own;
mod sales;
mod terms;

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::login;
use crate::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop, Tally};

use super::profile::PROFILE;
use bucket::Bucket;
use door::Door;
#[cfg(test)]
pub use door::LIVES;
pub use door::{CLIENT_ID, CLIENT_SECRET};
use terms::Terms;

pub const ACCOUNT: &str = "83050";

/// Says no, in R-Series' shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    status: u16,
    message: String,
    /// Of the login's server, which has a shape of its own.
    error: Option<&'static str>,
    headers: Vec<(&'static str, String)>,
}

impl Problem {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), error: None, headers: Vec::new() }
    }

    /// As recorded.
    fn not_found(thing: &str, id: &str) -> Self {
        Self::new(404, format!("Object of type '{thing}' not found with primary ID '{id}'."))
    }

    fn outgoing(self) -> Outgoing {
        let outgoing = match self.error {
            Some(error) => Outgoing::json(
                self.status,
                &json!({"error": error, "hint": self.message,
                    "error_description": "The resource owner or authorization server denied the request."}),
            ),
            None => {
                let body = json!({"httpCode": self.status.to_string(), "httpMessage": words(self.status),
                    "message": self.message, "errorClass": "Exception"});
                // JSON that says it were a page: recorded.
                let kind = vec![("content-type".to_owned(), "text/html; charset=UTF-8".to_owned())];
                Outgoing { status: self.status, headers: kind, body: body.to_string().into_bytes() }
            }
        };
        self.headers.into_iter().fold(outgoing, |outgoing, (name, value)| outgoing.header(name, value))
    }
}

const fn words(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        _ => "Internal Error",
    }
}

type Answered = Result<Outgoing, Problem>;

/// What R-Series keeps beside the shop itself.
#[derive(Default)]
pub struct Sandbox {
    door: Door,
    bucket: Bucket,
    terms: Terms,
}

impl Sandbox {
    /// The login lacks this scope.
    #[cfg(test)]
    #[must_use]
    pub fn lacking(mut self, scope: &'static str) -> Self {
        self.door.lacks.push(scope);
        self
    }

    /// The account takes no attribute sets of its own.
    #[cfg(test)]
    #[must_use]
    pub fn with_fixed_sets(mut self) -> Self {
        self.terms.fixed_sets = true;
        self
    }

    /// More than one register.
    #[cfg(test)]
    #[must_use]
    pub fn with_registers(mut self, count: i64) -> Self {
        self.bucket.registers = count;
        self
    }

    fn route(&mut self, shop: &mut Shop, request: &Incoming, scopes: &[String], now: Timestamp) -> Answered {
        let path = request.path.strip_prefix("/API/V3/Account").and_then(|path| path.strip_suffix(".json"));
        let path = path.ok_or_else(|| Problem::new(404, "Not Found"))?;
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        if parts.first().is_some_and(|account| *account != ACCOUNT) {
            return Err(Problem::new(401, "Invalid username/password or API key."));
        }
        if let Some(thing) = parts.get(1) {
            permitted(thing, &request.method, scopes)?;
        }
        self.terms.learn(shop);
        let terms = &mut self.terms;
        match (request.method.as_str(), &parts[..]) {
            ("GET", []) => Ok(told("Account", account(shop))),
            // Bare, as in the sample.
            ("GET", [_]) => Ok(Outgoing::json(200, &whole_account(shop))),
            ("GET", [_, "Shop"]) => terms::shops(shop, request),
            ("GET", [_, "Item"]) => items::list(terms, shop, request),
            ("GET", [_, "Item", id]) => items::one(terms, shop, request, id),
            ("POST", [_, "Item"]) => change::create(terms, shop, request, now),
            ("PUT", [_, "Item", id]) => change::update(terms, shop, request, id, now),
            ("DELETE", [_, "Item", id]) => change::archive(terms, shop, request, id, now),
            ("GET", [_, "ItemMatrix"]) => matrices::list(terms, shop, request),
            ("GET", [_, "ItemMatrix", id]) => matrices::one(terms, shop, request, id),
            ("POST", [_, "ItemMatrix"]) => matrices::create(terms, shop, request, now),
            ("PUT", [_, "ItemMatrix", id]) => matrices::update(terms, shop, request, id, now),
            ("DELETE", [_, "ItemMatrix", id]) => matrices::archive(terms, shop, request, id, now),
            ("GET", [_, "ItemShop"]) => items::levels(shop, request),
            ("GET", [_, "ItemAttributeSet"]) => terms.list_sets(request),
            ("POST", [_, "ItemAttributeSet"]) => terms.create_set(request),
            ("GET", [_, "Category"]) => terms.list_categories(request),
            ("POST", [_, "Category"]) => terms.create_category(request),
            ("GET", [_, "Manufacturer"]) => terms.list_manufacturers(request),
            ("POST", [_, "Manufacturer"]) => terms.create_manufacturer(request),
            ("GET", [_, "Sale"]) => sales::list(shop, request),
            ("GET", [_, "SaleLine"]) => sales::lines(shop, request),
            ("GET", [_, "ShipTo"]) => sales::shipments(shop, request),
            _ => Err(Problem::new(404, "Not Found")),
        }
    }

    fn admitted(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let scopes = match self.door.check(request, now) {
            Ok(scopes) => scopes,
            Err(problem) => return problem.outgoing(),
        };
        let mut parts = request.path.trim_end_matches(".json").split('/').skip(5);
        let (thing, one) = (parts.next().unwrap_or_default(), parts.next().is_some());
        let cost = bucket::cost(request, thing, one);
        let answered = self.bucket.admit(cost, now).and_then(|()| self.route(shop, request, &scopes, now));
        let outgoing = answered.unwrap_or_else(Problem::outgoing);
        let outgoing = outgoing.header("X-LS-Acct-Id", ACCOUNT).header("X-LS-OAuth-Client-Id", "51661");
        self.bucket.headers(outgoing, cost)
    }
}

impl Imitation for Sandbox {
    fn platform(&self) -> &'static str {
        PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        let (access, refresh) = self.door.given();
        vec![(login::CLIENT, door::CLIENT_ID.to_owned()), (login::ACCESS, access), (login::REFRESH, refresh)]
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let outgoing = match self.door.login(request, now) {
            Some(answered) => answered.unwrap_or_else(Problem::outgoing),
            None => self.admitted(shop, request, now),
        };
        outgoing.header("date", http_date(now))
    }

    fn on_the_largest_plan(&mut self) {
        self.bucket.registers = 20;
    }

    fn app(&self) -> Vec<(&'static str, String)> {
        vec![(login::CLIENT, CLIENT_ID.to_owned()), (login::SECRET, CLIENT_SECRET.to_owned())]
    }

    fn tally(&self) -> Option<Tally> {
        Some(self.bucket.tally())
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        let problem = match failure {
            Failure::Throttled => bucket::limited("api-leaky-bucket", 1),
            Failure::Broken => Problem::new(500, "An unexpected error occurred."),
        };
        problem.outgoing().header("date", http_date(now))
    }
}

fn http_date(now: Timestamp) -> String {
    let since = Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since)
}

/// One thing.
fn told(thing: &str, shown: Value) -> Outgoing {
    Outgoing::json(200, &json!({"@attributes": {"count": "1"}, thing: shown}))
}

/// A list as R-Series writes one: the thing itself, where it is the only one.
fn many(mut all: Vec<Value>) -> Value {
    if all.len() == 1 { all.remove(0) } else { Value::Array(all) }
}

/// A moment as R-Series writes it.
fn moment(at: Timestamp) -> String {
    Timestamp(at.0.div_euclid(1000) * 1000).rfc3339().replace('Z', "+00:00")
}

/// `["ItemShops","Images"]`
fn relations(raw: &str) -> Vec<String> {
    serde_json::from_str(raw).unwrap_or_default()
}

fn loaded(request: &Incoming) -> Vec<String> {
    request.query("load_relations").map(relations).unwrap_or_default()
}

fn body(request: &Incoming) -> Result<Value, Problem> {
    request.json().filter(Value::is_object).ok_or_else(|| Problem::new(400, "Invalid JSON payload."))
}

/// Which scopes open what; the docs' lists name any one that will do.
fn permitted(thing: &str, method: &str, scopes: &[String]) -> Result<(), Problem> {
    let reads = method == "GET";
    let needed: &[&str] = match thing {
        "Item" | "ItemShop" | "Shop" | "ItemAttributeSet" if reads => &["employee:inventory"],
        "Item" => &["employee:product_edit", "employee:inventory"],
        "ItemMatrix" => &["employee:product_cost"],
        "ItemAttributeSet" => &["employee:inventory"],
        "Category" => &["employee:categories", "employee:inventory"],
        "Manufacturer" => &["employee:manufacturers", "employee:inventory"],
        "Sale" | "SaleLine" => &["employee:register_read", "employee:register"],
        "ShipTo" => &["employee:customers"],
        _ => return Ok(()),
    };
    let has = |wanted: &&str| scopes.iter().any(|known| known == wanted || known == "employee:all");
    match needed.iter().any(has) {
        true => Ok(()),
        false => Err(Problem::new(403, "You do not have permission to access this resource.")),
    }
}

fn account(shop: &Shop) -> Value {
    let href = format!("/API/V3/Account/{ACCOUNT}");
    json!({"accountID": ACCOUNT, "name": shop.name, "link": {"@attributes": {"href": href}}})
}

fn whole_account(shop: &Shop) -> Value {
    json!({"@attributes": {"systemCustomerID": ACCOUNT}, "status": "customer", "name": shop.name,
        "employeeCount": "3", "employeeLimit": "5",
        "defaultCurrency": {"code": shop.currency.code(), "symbol": shop.currency.code()}})
}
