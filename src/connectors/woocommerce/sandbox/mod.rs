//! A shop that speaks WooCommerce: what the real one does over HTTP, as far as this connector and a merchant with a
//! command line can notice.
//!
//! Imitated on purpose, since each has cost somebody stock or a second copy: the local and the GMT time that differ,
//! names with entities, quantities that are dropped in silence, the SKU lock that the trash holds too, a picture that
//! fails the whole product, batches that answer 200 with errors inside, one-legged OAuth over plain http with nonces
//! that serve once.
//!
//! `door.rs` checks who asks, `shelf.rs` knows where products are (in the shop, half made, in the trash), `list.rs`
//! answers lists, `orders.rs` those of orders and their refunds, `terms.rs` those of brands and
//! categories; `edit.rs` changes things, `prices.rs` knows sales, `present.rs` writes JSON, `problem.rs` the error bodies.

mod article;
mod door;
mod edit;
mod list;
mod orders;
mod present;
mod prices;
mod problem;
mod shelf;
mod terms;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop};

use super::auth::{CONSUMER_KEY, CONSUMER_SECRET};

use door::{Door, KEY, SECRET};
use present::trim;
use problem::Problem;
use shelf::Shelf;

/// The imitation. Deterministic: a function of what was asked, the shop and the time.
#[derive(Debug, Default)]
pub struct Sandbox {
    door: Door,
    shelf: Shelf,
    /// Before 10.3: no list of variations across parents.
    older: bool,
}

type Answered = Result<Outgoing, Problem>;

impl Sandbox {
    pub fn new() -> Self {
        Self::default()
    }

    /// A shop before WooCommerce 10.3: `/variations` does not exist.
    #[cfg(test)]
    #[must_use]
    pub fn older(mut self) -> Self {
        self.older = true;
        self
    }

    /// Stock management is switched off for the whole shop.
    #[cfg(test)]
    #[must_use]
    pub fn without_stock_management(mut self) -> Self {
        self.shelf.counts_nothing = true;
        self
    }

    /// The key has the permission Read.
    #[cfg(test)]
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.door.read_only = true;
        self
    }

    fn route(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Answered {
        let Some(path) = request.path.strip_prefix("/wp-json") else { return Ok(page_not_found()) };
        let path = path.trim_end_matches('/');
        if path.is_empty() {
            let index = json!({
                "name": present::escaped(&shop.name), "description": "", "url": present::SITE, "home": present::SITE,
                "gmt_offset": "1", "timezone_string": "", "namespaces": ["oembed/1.0", "wc/v2", "wc/v3", "wp/v2"]
            });
            return Ok(Outgoing::json(200, &trim(index, request)));
        }
        let Some(path) = path.strip_prefix("/wc/v3") else { return Err(problem::no_route()) };
        self.door.check(request, now)?;
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let method = request.method.as_str();
        match (method, parts.as_slice()) {
            ("GET", ["settings", "general"]) => Ok(settings(&general_settings(shop), request)),
            ("GET", ["settings", "products"]) => Ok(settings(&self.product_settings(), request)),
            ("GET", ["data", "currencies", "current"]) => Ok(Outgoing::json(
                200,
                &json!({"code": shop.currency.code(), "name": shop.currency.code(), "symbol": ""}),
            )),
            ("GET", ["orders"]) => orders::list(shop, request),
            ("GET", ["orders", id]) => orders::one(shop, request, id),
            ("GET", ["orders", id, "refunds"]) => orders::refunds(shop, request, id),
            ("GET", ["products"]) => list::products(&self.shelf, shop, request),
            ("GET", ["variations"]) if !self.older => list::variations(&self.shelf, shop, request, None),
            ("GET" | "POST", ["products", kind @ ("brands" | "categories")]) => {
                self.shelf.terms.answer(shop, request, kind, self.older)
            }
            ("GET", ["products", id, "variations"]) => {
                let parent = self.shelf.known_product(shop, id)?;
                list::variations(&self.shelf, shop, request, Some(parent))
            }
            ("GET", ["products", id]) => {
                let id = self.shelf.known_product(shop, id)?;
                let shown = self.shelf.show_product(shop, id, false).ok_or_else(problem::invalid_product)?;
                Ok(Outgoing::json(200, &trim(shown, request)))
            }
            ("GET", ["products", parent, "variations", id]) => {
                let parent = self.shelf.known_product(shop, parent)?;
                let id = problem::number(id)?;
                let shown = self.shelf.show_variation(shop, parent, id).ok_or_else(problem::missing_variation)?;
                Ok(Outgoing::json(200, &trim(shown, request)))
            }
            _ => edit::answer(&mut self.shelf, shop, request, parts.as_slice(), now),
        }
    }

    fn product_settings(&self) -> Vec<(&'static str, Value)> {
        let manages = if self.shelf.counts_nothing { "no" } else { "yes" };
        vec![
            ("woocommerce_weight_unit", json!("kg")),
            ("woocommerce_dimension_unit", json!("cm")),
            ("woocommerce_manage_stock", json!(manages)),
            ("woocommerce_hold_stock_minutes", json!("60")),
            ("woocommerce_hide_out_of_stock_items", json!("no")),
        ]
    }
}

impl Imitation for Sandbox {
    fn platform(&self) -> &'static str {
        super::profile::PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![(CONSUMER_KEY, KEY.to_owned()), (CONSUMER_SECRET, SECRET.to_owned())]
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let outgoing = self.route(shop, request, now).unwrap_or_else(|problem| problem.outgoing());
        let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
        outgoing.header("date", httpdate::fmt_http_date(now))
    }

    /// WooCommerce itself knows no limit; these are the pages of the web server in front of it, and WordPress' own
    /// "critical error".
    fn failure(&self, failure: Failure, _now: Timestamp) -> Outgoing {
        match failure {
            Failure::Throttled => html(429, "Too Many Requests").header("retry-after", 1),
            Failure::Broken => Outgoing::json(
                500,
                &json!({
                    "code": "internal_server_error",
                    "message": "<p>There has been a critical error on this website.</p>",
                    "data": {"status": 500}, "additional_errors": []
                }),
            ),
        }
    }
}

fn general_settings(shop: &Shop) -> Vec<(&'static str, Value)> {
    vec![
        ("woocommerce_store_city", json!("")),
        ("woocommerce_currency", json!(shop.currency.code())),
        ("woocommerce_currency_pos", json!("left")),
        ("woocommerce_price_num_decimals", json!(shop.currency.decimals().to_string())),
    ]
}

fn settings(values: &[(&'static str, Value)], request: &Incoming) -> Outgoing {
    let setting = |(id, value): &(&'static str, Value)| {
        trim(
            json!({"id": id, "label": id, "description": "", "type": "text", "default": "", "tip": "", "value": value}),
            request,
        )
    };
    Outgoing::json(200, &Value::Array(values.iter().map(setting).collect()))
}

fn page_not_found() -> Outgoing {
    html(404, "Page not found")
}

fn html(status: u16, title: &str) -> Outgoing {
    let page = format!("<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
    Outgoing {
        status,
        headers: vec![("content-type".into(), "text/html; charset=UTF-8".into())],
        body: page.into_bytes(),
    }
}

#[cfg(test)]
mod tests;
