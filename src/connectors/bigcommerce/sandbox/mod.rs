//! A store that speaks BigCommerce: what the real one does over HTTP, as far as this connector and a merchant with a
//! command line can notice.
//!
//! Imitated on purpose, since each has cost somebody stock or a second copy: adjustments that are answered before they
//! show, batches of them that are refused as a whole with a sentence that names the culprits, counts that are kept at
//! the product, what was never counted and cannot be added to, an inventory that lists what is not counted with zeros,
//! products that changes of stock do not touch, saves in part (207), unique names and SKUs, dates without a time of day
//! that get the present one, empty lists of orders without a body, and a window of calls for all apps together.
//!
//! `door.rs` checks who asks and counts the calls; `products.rs` and `variants.rs` answer for the catalogue, `terms.rs`
//! for brands and categories, `pictures.rs` for images, `inventory.rs` for stock and locations, `orders.rs` for orders;
//! `present.rs` writes JSON, `article.rs` reads it, `numbers.rs` gives identifiers, `problem.rs` has the error bodies.

mod article;
mod door;
mod inventory;
mod numbers;
mod orders;
mod pictures;
mod present;
mod problem;
mod products;
mod terms;
mod variants;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop, Tally};

use super::auth::{ACCESS_TOKEN, STORE_HASH};

use door::{Door, HASH, TOKEN};
use inventory::Depot;
use numbers::Numbers;
use problem::Problem;

/// The imitation. Deterministic: a function of what was asked, the shop and the time.
#[derive(Debug, Default)]
pub struct Sandbox {
    door: Door,
    depot: Depot,
    numbers: Numbers,
    /// Saves leave something out, and say so with 207.
    saves_in_part: bool,
    /// Lists of orders bring references instead of lines.
    orders_by_reference: bool,
    /// New products are on no storefront.
    no_channel: bool,
}

type Answered = Result<Outgoing, Problem>;

impl Sandbox {
    pub fn new() -> Self {
        Self::default()
    }

    #[cfg(test)]
    #[must_use]
    pub fn saving_in_part(mut self) -> Self {
        self.saves_in_part = true;
        self
    }

    #[cfg(test)]
    #[must_use]
    pub fn with_orders_by_reference(mut self) -> Self {
        self.orders_by_reference = true;
        self
    }

    #[cfg(test)]
    #[must_use]
    pub fn on_no_channel(mut self) -> Self {
        self.no_channel = true;
        self
    }

    /// Adjustments show after so many milliseconds.
    #[cfg(test)]
    #[must_use]
    pub fn lagging(mut self, millis: i64) -> Self {
        self.depot.lag = millis;
        self
    }

    /// The key lacks a scope: calls whose path begins so are forbidden.
    #[cfg(test)]
    #[must_use]
    pub fn without(mut self, method: &'static str, path: &'static str) -> Self {
        self.door.forbidden.push((method, path));
        self
    }

    fn route(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
        let path = self.door.check(request)?;
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let method = request.method.as_str();
        match (method, parts.as_slice()) {
            ("GET", ["v2", "store"]) => Ok(Outgoing::json(200, &store(shop))),
            ("GET", ["v2", "orders"]) => orders::list(self, shop, request),
            ("GET", ["v2", "orders", id, "products"]) => orders::products(self, shop, request, id),
            ("GET", ["v3", "inventory", "locations"]) => Ok(inventory::locations(shop, request)),
            ("GET", ["v3", "inventory", "items"]) => self.depot.items(shop, request, now),
            ("POST", ["v3", "inventory", "adjustments", "relative"]) => self.depot.adjust(shop, request, false, now),
            ("PUT", ["v3", "inventory", "adjustments", "absolute"]) => self.depot.adjust(shop, request, true, now),
            ("GET", ["v3", "catalog", "products"]) => products::list(self, shop, request, now),
            ("POST", ["v3", "catalog", "products"]) => products::create(self, shop, request, now),
            ("PUT", ["v3", "catalog", "products"]) => products::update_many(self, shop, request, now),
            ("PUT", ["v3", "catalog", "products", "channel-assignments"]) => products::assign(self, shop, request),
            ("PUT", ["v3", "catalog", "products", id]) => products::update(self, shop, request, id, now),
            ("DELETE", ["v3", "catalog", "products", id]) => products::delete(shop, id, now),
            ("GET", ["v3", "catalog", "products", id, "options"]) => variants::options(self, shop, request, id),
            ("POST", ["v3", "catalog", "products", id, "options", option, "values"]) => {
                variants::add_value(self, shop, request, (id, option))
            }
            ("PUT", ["v3", "catalog", "products", id, "variants", variant]) => {
                variants::update(self, shop, request, (id, variant), now)
            }
            (_, ["v3", "catalog", "products", id, "images", rest @ ..]) => {
                pictures::answer(self, shop, request, id, rest, now)
            }
            ("GET", ["v3", "catalog", "variants"]) => variants::list(self, shop, request),
            ("PUT", ["v3", "catalog", "variants"]) => variants::upsert(self, shop, request, now),
            ("GET", ["v3", "catalog", "brands"]) => Ok(terms::brands(self, shop, request)),
            ("GET", ["v3", "catalog", "trees"]) => Ok(terms::trees()),
            ("GET", ["v3", "catalog", "trees", "categories"]) => Ok(terms::categories(self, shop, request)),
            ("POST", ["v3", "catalog", "trees", "categories"]) => terms::add_category(self, request),
            _ => Err(problem::not_found()),
        }
    }
}

impl Imitation for Sandbox {
    fn platform(&self) -> &'static str {
        super::profile::PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![(STORE_HASH, HASH.to_owned()), (ACCESS_TOKEN, TOKEN.to_owned())]
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let answer = match self.door.admit(now) {
            Ok(()) => self.route(shop, request, now).unwrap_or_else(|problem| problem.outgoing()),
            Err(problem) => problem.outgoing(),
        };
        dated(self.door.headers(answer, now), now)
    }

    fn on_the_largest_plan(&mut self) {
        self.door.quota = 100_000;
    }

    fn tally(&self) -> Option<Tally> {
        Some(self.door.tally())
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        let answer = match failure {
            Failure::Throttled => {
                let answer = problem::too_many().outgoing();
                door::window(answer, self.door.quota, 0, 900)
            }
            Failure::Broken => Outgoing::json(
                500,
                &json!({"status": 500, "title": "An internal error has occurred", "type": problem::TYPE}),
            ),
        };
        dated(answer, now)
    }
}

fn dated(answer: Outgoing, now: Timestamp) -> Outgoing {
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    answer.header("date", httpdate::fmt_http_date(now))
}

fn store(shop: &Shop) -> Value {
    json!({
        "id": HASH, "domain": "store.example", "secure_url": "https://store.example", "status": "live",
        "name": shop.name, "language": "en", "currency": shop.currency.code(), "currency_symbol": "",
        "decimal_places": shop.currency.decimals(), "weight_units": "KGS", "dimension_units": "Centimeters",
        "plan_name": "Standard", "plan_level": "Standard", "plan_is_trial": false, "store_id": 1,
        "default_channel_id": 1, "default_site_id": 1000,
        "features": {"stencil_enabled": true, "multi_storefront_enabled": false}
    })
}
