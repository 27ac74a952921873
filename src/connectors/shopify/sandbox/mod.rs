//! Shopify's HTTP over the shop model: one GraphQL endpoint and the grant of tokens.
//!
//! A request is parsed and checked against a part of the official schema (`schema.rs`, `query.rs`), priced
//! (`bucket.rs`), and carried out over the graph of the shop (`answer.rs`, `root.rs`, `things.rs`, `search.rs`);
//! `orders.rs` are
//! its orders; `stock.rs`, `product_set.rs` and `edit.rs` change it. So only what was asked for is answered, and a field that Shopify does
//! not have is refused. What the real thing does and no document tells is noted where it is imitated.

mod answer;
mod bucket;
mod bulk;
mod edit;
mod orders;
mod product_set;
mod query;
mod root;
mod schema;
mod search;
mod state;
mod stock;
#[cfg(test)]
mod tests;
mod things;

use serde_json::{Map, Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Applied, Failure, Imitation, Incoming, Outgoing, Shop, Tally};

use self::answer::{Execution, Fault};
use self::bucket::{Bucket, requested};
use self::query::{Chosen, Operation, Selection};
use self::schema::Schema;
use self::state::State;
use self::things::{Thing, gid, node, number_of};
use super::documents::MOST_POINTS;
use super::profile::PROFILE;

pub(super) const TOKEN: &str = "shpat_00000000000000000000000000000000";
pub(super) const CLIENT_ID: &str = "sandboxclient0000000000000000000";
pub(super) const CLIENT_SECRET: &str = "shpss_00000000000000000000000000000000";
const TOKEN_LIFE_SECONDS: i64 = 86_400;

/// Supported in November 2026: each version lives for a year.
const VERSIONS: [&str; 4] = ["2026-01", "2026-04", "2026-07", "2026-10"];
const SCOPES: [&str; 9] = [
    "read_products",
    "write_products",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_orders",
    "read_all_orders",
    "read_publications",
    "write_publications",
];

pub(super) struct Admin {
    schema: Schema,
    state: State,
    bucket: Bucket,
    versions: Vec<&'static str>,
}

impl Admin {
    pub fn new() -> Self {
        Self {
            schema: Schema::read(),
            state: State::new(SCOPES.to_vec()),
            // The standard plan: 100 points a second, and such shops report a bucket of 2,000.
            bucket: Bucket::new(2000, 100),
            versions: VERSIONS.to_vec(),
        }
    }

    /// A shop whose key may do these things only.
    #[cfg(test)]
    pub fn allowing(scopes: &[&'static str]) -> Self {
        Self { state: State::new(scopes.to_vec()), ..Self::new() }
    }

    /// A shop whose exports fail.
    #[cfg(test)]
    #[must_use]
    pub fn with_failing_exports(mut self) -> Self {
        self.state.exports_fail = true;
        self
    }

    /// A shop that is busy with somebody else's export.
    #[cfg(test)]
    #[must_use]
    pub fn busy_with_an_export(mut self) -> Self {
        self.state.others_export = true;
        self
    }

    /// A shop that supports these versions.
    #[cfg(test)]
    pub fn speaking(versions: &[&'static str]) -> Self {
        Self { versions: versions.to_vec(), ..Self::new() }
    }

    /// A shop with another bucket.
    #[cfg(test)]
    pub fn with_points(most: u64, per_second: u64) -> Self {
        Self { bucket: Bucket::new(most, per_second), ..Self::new() }
    }

    /// A token for a client's id and secret, for a day.
    fn grant(&mut self, request: &Incoming, now: Timestamp) -> Outgoing {
        let form: std::collections::BTreeMap<String, String> =
            url::form_urlencoded::parse(&request.body).into_owned().collect();
        let is = |name: &str, wanted: &str| form.get(name).is_some_and(|value| value == wanted);
        if !is("grant_type", "client_credentials") {
            let body = json!({ "error": "unsupported_grant_type" });
            return Outgoing::json(400, &body);
        }
        if !is("client_id", CLIENT_ID) || !is("client_secret", CLIENT_SECRET) {
            let body = json!({ "error": "invalid_client",
                "error_description": "The client ID or the client secret is not valid" });
            return Outgoing::json(400, &body);
        }
        let number = self.state.number();
        let token = format!("shpat_{number:032x}");
        self.state.granted.insert(token.clone(), now.plus_seconds(TOKEN_LIFE_SECONDS));
        let scope = self.state.scopes.join(",");
        Outgoing::json(200, &json!({ "access_token": token, "scope": scope, "expires_in": TOKEN_LIFE_SECONDS - 1 }))
    }

    fn is_known(&self, token: Option<&str>, now: Timestamp) -> bool {
        let Some(token) = token else { return false };
        token == TOKEN || self.state.granted.get(token).is_some_and(|until| now < *until)
    }

    /// The version that really answers: a retired one falls forward to the oldest that is supported.
    fn version(&self, asked: &str) -> Option<&'static str> {
        let shape = asked.len() == 7 && asked.as_bytes().get(4) == Some(&b'-');
        let first = self.versions.first().filter(|first| shape && asked < **first);
        first.or_else(|| self.versions.iter().find(|known| **known == asked)).copied()
    }

    fn graphql(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        self.state.now = now;
        let body = request.json().unwrap_or_default();
        let Some(text) = body["query"].as_str() else {
            return Outgoing::json(400, &json!({ "errors": { "query": "Required parameter missing or invalid" } }));
        };
        let operation = match Operation::read(&self.schema, text, &body["variables"]) {
            Ok(operation) => operation,
            Err(wrong) => {
                let error = json!({ "message": wrong.message, "extensions": { "code": wrong.code } });
                return Outgoing::json(200, &json!({ "errors": [error] }));
            }
        };
        let cost = requested(&self.schema, &operation);
        if cost > u64::from(MOST_POINTS) {
            let message = format!(
                "Query cost is {cost}, which exceeds the single query max cost limit ({MOST_POINTS}). \
                 See https://shopify.dev/concepts/about-apis/rate-limits for more information on how the cost of a \
                 query is calculated."
            );
            let error = json!({ "message": message,
                "extensions": { "code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": MOST_POINTS } });
            return Outgoing::json(200, &json!({ "errors": [error] }));
        }
        if !self.bucket.take(cost, now) {
            return throttled(&self.bucket, cost);
        }
        let (result, spent) =
            if operation.is_mutation { self.mutate(shop, &operation, now) } else { self.ask(shop, &operation) };
        self.bucket.give_back(cost.saturating_sub(spent));
        let mut answer = match result {
            Ok(data) => json!({ "data": data }),
            Err((fault, path)) => json!({ "data": null, "errors": [fault.json(Some(&path))] }),
        };
        answer["extensions"] = self.bucket.report(cost, Some(spent.min(cost)));
        Outgoing::json(200, &answer)
    }

    fn ask(&mut self, shop: &Shop, operation: &Operation) -> (Result<Value, (Fault, String)>, u64) {
        // Work in the background goes on whenever somebody looks.
        for selection in &operation.selections {
            if let Selection::Field(Chosen { name, arguments, .. }) = selection
                && name == "productOperation"
                && let Some(number) = arguments["id"].as_str().and_then(|id| number_of("ProductSetOperation", id))
                && let Some(work) = self.state.operations.get_mut(&number)
            {
                work.looks += 1;
            }
        }
        let mut execution = Execution { schema: &self.schema, shop, state: &self.state, spent: 0 };
        let result = execution.query(&operation.selections);
        (result, execution.spent)
    }

    fn mutate(
        &mut self,
        shop: &mut Shop,
        operation: &Operation,
        now: Timestamp,
    ) -> (Result<Value, (Fault, String)>, u64) {
        let mut data = Map::new();
        let mut spent = 0;
        for selection in &operation.selections {
            let Selection::Field(field) = selection else { continue };
            let at = |fault: Fault| (fault, field.answer.clone());
            let payload = match self.change(shop, field, now) {
                Ok(payload) => payload,
                Err(fault) => return (Err(at(fault)), spent),
            };
            let mut execution = Execution { schema: &self.schema, shop, state: &self.state, spent: 10 };
            let value = execution.value(things::Led::One(Some(payload)), field);
            spent += execution.spent;
            match value {
                Ok(value) => drop(data.insert(field.answer.clone(), value)),
                Err(fault) => return (Err(at(fault)), spent),
            }
        }
        (Ok(Value::Object(data)), spent)
    }

    /// Does one mutation, and gives its payload.
    fn change<'a>(&mut self, shop: &mut Shop, field: &Chosen, now: Timestamp) -> Result<Thing<'a>, Fault> {
        let arguments = &field.arguments;
        Ok(match field.name.as_str() {
            "inventoryAdjustQuantities" => {
                let key = field.idempotency.as_deref();
                let payload = stock::adjust(shop, &mut self.state, arguments, key, now)?;
                Thing::Plain("InventoryAdjustQuantitiesPayload", payload)
            }
            "productSet" => Thing::Plain("ProductSetPayload", product_set::set(shop, &mut self.state, arguments, now)?),
            "productUpdate" => Thing::Plain("ProductUpdatePayload", edit::update(shop, &self.state, arguments, now)?),
            "productVariantsBulkUpdate" => {
                let payload = edit::update_variants(shop, &self.state, arguments, now)?;
                Thing::Plain("ProductVariantsBulkUpdatePayload", payload)
            }
            "productVariantsBulkCreate" => {
                let payload = edit::add_variants(shop, &self.state, arguments, now)?;
                Thing::Plain("ProductVariantsBulkCreatePayload", payload)
            }
            "bulkOperationRunQuery" => {
                let payload = bulk::begin(&self.schema, shop, &mut self.state, arguments, now)?;
                Thing::Plain("BulkOperationRunQueryPayload", payload)
            }
            "metafieldDefinitionCreate" => {
                Thing::Plain("MetafieldDefinitionCreatePayload", self.define(&arguments["definition"])?)
            }
            _ => Thing::Plain("PublishablePublishPayload", self.publish(shop, arguments, now)?),
        })
    }

    fn define(&mut self, definition: &Value) -> Result<Value, Fault> {
        if !self.state.may("write_products") {
            return Err(Fault::denied("metafieldDefinitionCreate", "write_products"));
        }
        let part = |name: &str| definition[name].as_str().unwrap_or("app");
        let place = format!("{}.{}", part("namespace"), part("key"));
        let error = if definition["type"] != "id" {
            Some(("INCLUSION", "Type must be one of: id"))
        } else if !self.state.definitions.insert(place) {
            Some(("TAKEN", "Key is in use for Product metafields on the namespace."))
        } else {
            None
        };
        Ok(match error {
            Some((code, message)) => json!({ "createdDefinition": null,
                "userErrors": [{ "code": code, "field": ["definition", "key"], "message": message }] }),
            None => {
                let id = gid("MetafieldDefinition", self.state.number());
                json!({ "createdDefinition": { "id": id }, "userErrors": [] })
            }
        })
    }

    fn publish(&mut self, shop: &mut Shop, arguments: &Map<String, Value>, now: Timestamp) -> Result<Value, Fault> {
        if !self.state.may("write_publications") {
            return Err(Fault::denied("publishablePublish", "write_publications"));
        }
        let refused =
            |field: &str, message: &str| Ok(json!({ "userErrors": [{ "field": [field], "message": message }] }));
        let id = arguments["id"].as_str().unwrap_or_default();
        let Some(Thing::Product(product)) = node(shop, id) else {
            return refused("id", "Resource does not exist");
        };
        let number = product.number;
        for publication in arguments["input"].as_array().into_iter().flatten() {
            let publication = publication["publicationId"].as_str().and_then(|id| number_of("Publication", id));
            match publication {
                Some(2) => {
                    if let Some(product) = shop.products.get_mut(&number) {
                        product.extra.insert("published".to_owned(), json!(true));
                    }
                    shop.touch(number, now);
                    let change = "online store".to_owned();
                    shop.applied.push(Applied {
                        at: now,
                        what: "update",
                        product: number,
                        variant: None,
                        change,
                        key: None,
                    });
                }
                Some(1) => {}
                _ => return refused("input", "Publication does not exist or is not publishable"),
            }
        }
        Ok(json!({ "userErrors": [] }))
    }
}

fn throttled(bucket: &Bucket, cost: u64) -> Outgoing {
    let documentation = "https://shopify.dev/api/usage/rate-limits";
    let error = json!({ "message": "Throttled",
        "extensions": { "code": "THROTTLED", "documentation": documentation } });
    Outgoing::json(200, &json!({ "errors": [error], "extensions": bucket.report(cost, None) }))
}

/// `Sat, 21 Nov 2026 19:00:00 GMT`
fn http_date(now: Timestamp) -> String {
    let seconds = u64::try_from(now.0.div_euclid(1000)).unwrap_or(0);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

impl Imitation for Admin {
    fn platform(&self) -> &'static str {
        PROFILE.id
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![("token", TOKEN.to_owned())]
    }

    fn app(&self) -> Vec<(&'static str, String)> {
        vec![("client_id", CLIENT_ID.to_owned()), ("client_secret", CLIENT_SECRET.to_owned())]
    }

    fn tally(&self) -> Option<Tally> {
        Some(self.bucket.tally())
    }

    /// Enterprise: 2,000 points a second ("Rate limits"), and a bucket of twenty seconds as the other plans have.
    fn on_the_largest_plan(&mut self) {
        self.bucket = Bucket::new(40_000, 2_000);
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let not_found = || Outgoing::json(404, &json!({ "errors": "Not Found" }));
        let dated = |outgoing: Outgoing| outgoing.header("date", http_date(now));
        if request.path == "/admin/oauth/access_token" && request.method == "POST" {
            return dated(self.grant(request, now));
        }
        self.state.host = request.header("host").unwrap_or_default().to_owned();
        if let Some(file) = bulk::file(&self.state, request).filter(|_| request.method == "GET") {
            return dated(file);
        }
        let inner = request.path.strip_prefix("/admin/api/").and_then(|rest| rest.strip_suffix("/graphql.json"));
        let Some(version) = inner.and_then(|asked| self.version(asked)) else { return dated(not_found()) };
        if request.method != "POST" {
            return dated(not_found());
        }
        let outgoing = if self.is_known(request.header("x-shopify-access-token"), now) {
            self.graphql(shop, request, now)
        } else {
            let message = "[API] Invalid API key or access token (unrecognized login or wrong password)";
            Outgoing::json(401, &json!({ "errors": message }))
        };
        dated(outgoing.header("x-shopify-api-version", version))
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        let version = self.versions.last().copied().unwrap_or_default();
        let outgoing = match failure {
            Failure::Throttled => {
                let mut empty = Bucket::new(self.bucket.most, self.bucket.per_second);
                empty.take(empty.most, now);
                throttled(&empty, 100)
            }
            Failure::Broken => Outgoing::json(503, &json!({ "errors": "Service Unavailable" })),
        };
        outgoing.header("x-shopify-api-version", version).header("date", http_date(now))
    }
}
