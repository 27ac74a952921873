//! A site that speaks Wix: what the real one does over HTTP, as far as this connector and a merchant with a command
//! line can notice.
//!
//! One shop behind two sites, told apart by `wix-site-id`: one has catalogue V3, the other V1, and calls of the other
//! catalogue are answered 428 by each. Imitated on purpose, since each has cost somebody stock or a second copy: lists of
//! products without variants, a list of variants that lags behind, revisions that refuse, variants that are replaced as
//! a whole, SKUs and barcodes that are taken, names of more than 80 characters, identifiers of variants that several
//! products share, counts that are not counted, items of a batch that are refused while the others go on; in V1 hidden
//! products that a list leaves out, filters in strings, combinations that nobody asked for, counting that a forgotten
//! flag switches off; orders that say what was put back; and 200 calls a minute.
//!
//! `door.rs` checks who asks and counts the calls; `question.rs` is Wix's query language; `products.rs`, `article.rs`
//! and `present.rs` answer for V3's catalogue, `inventory.rs` for its stock and locations; `older.rs`, `older_present.rs`
//! and `older_stock.rs` for V1; `orders.rs` for orders; `identifiers.rs` gives identifiers, `problem.rs` has the error
//! bodies.

mod article;
mod door;
mod identifiers;
mod inventory;
mod older;
mod older_present;
mod older_stock;
mod orders;
mod present;
mod problem;
mod products;
mod question;

use serde_json::{Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Applied, Failure, Imitation, Incoming, Outgoing, Shop, Tally};

use super::auth::{API_KEY, SITE_ID};
use super::shop::Catalogue;

use door::{Door, KEY, SITE};
use identifiers::Registers;
use problem::{Problem, bare, not_found};

/// The imitation. Deterministic: a function of what was asked, the shop and the time.
#[derive(Debug)]
pub struct Sandbox {
    door: Door,
    registers: Registers,
    /// The list of variants shows what was before.
    lags: bool,
    /// So many updates still meet somebody who was quicker.
    conflicts: u32,
    /// What the merchant is given: the site with the newer catalogue, or the other.
    site: &'static str,
}

type Answered = Result<Outgoing, Problem>;

impl Sandbox {
    pub fn new() -> Self {
        Self { door: Door::default(), registers: Registers::default(), lags: false, conflicts: 0, site: SITE }
    }

    #[cfg(test)]
    #[must_use]
    pub fn with_the_older_catalogue(mut self) -> Self {
        self.site = door::OLDER_SITE;
        self
    }

    /// The site of the older catalogue was moved to the newer one.
    #[cfg(test)]
    #[must_use]
    pub fn moved(mut self) -> Self {
        self.door.moved = true;
        self
    }

    #[cfg(test)]
    #[must_use]
    pub fn lagging(mut self) -> Self {
        self.lags = true;
        self
    }

    #[cfg(test)]
    #[must_use]
    pub fn with_conflicts(mut self, count: u32) -> Self {
        self.conflicts = count;
        self
    }

    /// The key lacks a permission: calls whose path begins so are forbidden.
    #[cfg(test)]
    #[must_use]
    pub fn without(mut self, path: &'static str) -> Self {
        self.door.forbidden.push(path);
        self
    }

    fn route(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
        let catalogue = self.door.admit(request, now)?;
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        let body = request.json().unwrap_or_default();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["stores", "v3", "provision", "version"]) => {
                let version = if catalogue == Catalogue::V3 { "V3_CATALOG" } else { "V1_CATALOG" };
                Ok(Outgoing::json(200, &json!({"catalogVersion": version})))
            }
            ("GET", ["site-properties", "v4", "properties"]) => Ok(Outgoing::json(200, &properties(shop))),
            ("POST", ["ecom", "v1", "orders", "search"]) => orders::search(shop, &body),
            ("POST", ["ecom", "v1", "fulfillments", "list-by-ids"]) => orders::fulfilments(shop, &body),
            (method, ["stores", "v3", rest @ ..]) if catalogue == Catalogue::V3 => {
                self.newer(shop, request, method, rest, &body, now)
            }
            (method, ["stores" | "stores-reader", version @ ("v1" | "v2"), rest @ ..])
                if catalogue == Catalogue::V1 =>
            {
                self.older(shop, method, version, rest, &body, now)
            }
            (_, ["stores" | "stores-reader", ..]) => {
                Err(bare(428, "Precondition Required: the site has the other version of the catalog"))
            }
            _ => Err(not_found("the address")),
        }
    }

    fn newer(
        &mut self,
        shop: &mut Shop,
        request: &Incoming,
        method: &str,
        rest: &[&str],
        body: &Value,
        now: Timestamp,
    ) -> Answered {
        match (method, rest) {
            ("POST", ["products", "query"]) => products::query(self, shop, body),
            ("POST", ["products", "count"]) => Ok(products::count(shop, body)),
            ("POST", ["products", "query-variants"]) => products::query_variants(self, shop, body),
            ("POST", ["products-with-inventory"]) => products::create(self, shop, body, now),
            ("GET", ["products", id]) => products::one(self, shop, request, id),
            ("PATCH", ["products", id]) => products::update(self, shop, body, id, now),
            ("DELETE", ["products", id]) => products::delete(shop, id, now),
            ("POST", ["brands", "get-or-create"]) => products::brand(self, body, now),
            ("POST", ["locations", "query"]) => Ok(inventory::locations(shop)),
            ("POST", ["inventory-items", "query"]) => inventory::query(shop, body),
            ("POST", ["bulk", "inventory-items", "increment"]) => inventory::adjust(shop, body, true, now),
            ("POST", ["bulk", "inventory-items", "decrement"]) => inventory::adjust(shop, body, false, now),
            ("POST", ["bulk", "inventory-items", "update"]) => inventory::update(shop, body, now),
            ("POST", ["bulk", "inventory-items", "create"]) => inventory::create(shop, body, now),
            _ => Err(not_found("the address")),
        }
    }

    fn older(
        &mut self,
        shop: &mut Shop,
        method: &str,
        version: &str,
        rest: &[&str],
        body: &Value,
        now: Timestamp,
    ) -> Answered {
        older::complete(shop);
        match (method, version, rest) {
            ("POST", "v1", ["products", "query"]) => older::query(self, shop, body),
            ("POST", "v1", ["products"]) => older::create(self, shop, body, now),
            ("PATCH", "v1", ["products", id]) => older::update(self, shop, body, id, now),
            ("DELETE", "v1", ["products", id]) => products::delete(shop, id, now),
            ("PATCH", "v1", ["products", id, "variants"]) => older::update_variants(shop, body, id, now),
            ("POST", "v1", ["products", id, "media"]) => older::add_media(shop, body, id, now),
            ("POST", "v1", ["products", id, "media", "delete"]) => older::remove_media(self, shop, body, id, now),
            ("POST", "v1", ["products", id, "remove-brand"]) => older::remove_brand(shop, id, now),
            ("POST", "v2", ["inventoryItems", "query"]) => older_stock::query(shop, body),
            ("POST", "v2", ["inventoryItems", "increment"]) => older_stock::adjust(shop, body, true, now),
            ("POST", "v2", ["inventoryItems", "decrement"]) => older_stock::adjust(shop, body, false, now),
            ("PATCH", "v2", ["inventoryItems", "product", id]) => older_stock::update(shop, body, id, now),
            _ => Err(not_found("the address")),
        }
    }
}

impl Imitation for Sandbox {
    fn platform(&self) -> &'static str {
        super::profile::PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![(SITE_ID, self.site.to_owned()), (API_KEY, KEY.to_owned())]
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        dated(self.route(shop, request, now).unwrap_or_else(|problem| problem.outgoing()), now)
    }

    fn tally(&self) -> Option<Tally> {
        Some(self.door.tally())
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        let problem = match failure {
            Failure::Throttled => bare(429, "Too many requests"),
            Failure::Broken => bare(500, "Internal Server Error"),
        };
        dated(problem.outgoing(), now)
    }
}

fn dated(answer: Outgoing, now: Timestamp) -> Outgoing {
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    answer.header("date", httpdate::fmt_http_date(now))
}

fn properties(shop: &Shop) -> Value {
    let properties = json!({
        "siteDisplayName": shop.name, "businessName": shop.name, "paymentCurrency": shop.currency.code(),
        "language": "en", "timeZone": "Europe/Dublin"
    });
    json!({"properties": properties, "version": "7"})
}

/// Whole pieces of a count.
fn whole(quantity: Quantity) -> i64 {
    quantity.raw().div_euclid(Quantity::units(1).raw())
}

fn log(shop: &mut Shop, now: Timestamp, what: &'static str, product: u64, variant: Option<u64>, change: String) {
    shop.applied.push(Applied { at: now, what, product, variant, change, key: None });
}
