//! What the WooCommerce connector sends, and what its sandbox answers, against the tables of the official
//! documentation: endpoints, query parameters, writable properties, types. Where both knowingly leave the
//! documentation, it stands in one list with the reason.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod day;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use counterpart::connectors;
use counterpart::domain::{Currency, Quantity};
use counterpart::platform::{Clock, SystemClock};
use counterpart::sandbox::{Incoming, Outgoing, Shop};
use serde_json::Value;

use crate::day::{article, conversation, product};

/// What is not in the documentation of March 2024, and why it is sent or answered all the same.
const KNOWN_FAULTS: &[(&str, &str)] = &[
    ("GET /wp-json/", "WordPress' own index, documented in its REST API handbook"),
    ("GET /wp-json/wc/v3/variations", "since WooCommerce 10.3 (class-wc-rest-variations-controller.php)"),
    ("query _fields", "WordPress' own, for every endpoint (REST API handbook, global parameters)"),
    ("query oauth_", "the proof over plain http; documented under Authentication, not as parameters"),
    ("variations query modified_after", "same collection parameters as products (10.3)"),
    ("variations query dates_are_gmt", "same collection parameters as products (10.3)"),
    ("status=trash", "accepted by all versions (WC_REST_Products_V2_Controller::get_collection_params)"),
    ("products global_unique_id", "since WooCommerce 9.2"),
    ("variations global_unique_id", "since WooCommerce 9.2"),
    ("products brands", "since WooCommerce 9.6"),
    ("products has_options", "answered by all present versions"),
    ("products low_stock_amount", "answered by all present versions"),
    ("products post_password", "answered by all present versions"),
    ("variations parent_id", "since WooCommerce 10.3"),
    ("variations type", "variations have it where they come out of a search for a SKU"),
    ("variations name", "since WooCommerce 8"),
    ("variations low_stock_amount", "answered by all present versions"),
    ("variations manage_stock=parent", "the string, where the stock is the parent's (recorded answers)"),
    ("variations shipping_class_id", "documented as a string, and a number in all recorded answers"),
    ("null", "numbers, dates and images that are not set"),
    ("GET /wp-json/wc/v3/products/brands", "since WooCommerce 9.6 (class-wc-rest-product-brands-controller.php)"),
    ("POST /wp-json/wc/v3/products/brands", "since WooCommerce 9.6 (class-wc-rest-product-brands-controller.php)"),
    ("status=processing,on-hold", "a list, separated by commas as WordPress takes all lists"),
    ("line price", "documented as a string, and a number in all recorded answers"),
];

fn gap(what: &str) -> bool {
    KNOWN_FAULTS.iter().any(|(known, _)| what == *known || (known.ends_with('_') && what.starts_with(known)))
}

/// The documentation's tables.
struct Documents(Value);

impl Documents {
    fn open() -> Option<Self> {
        let folder =
            std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
        let path = folder.join("woocommerce/wc-v3-docs-properties.json");
        match std::fs::read(&path) {
            Ok(text) => Some(Self(serde_json::from_slice(&text).unwrap())),
            Err(why) => {
                eprintln!("SKIPPED: {}: {why}; nothing was checked (set COUNTERPART_SPECS)", path.display());
                None
            }
        }
    }

    /// `{name: row}` of a table.
    fn table(&self, page: &str, section: &str, subsection: &str) -> BTreeMap<String, Value> {
        let tables = self.0[page]["tables"].as_array().unwrap();
        let table = tables
            .iter()
            .find(|table| table["section"] == section && table["subsection"] == subsection)
            .unwrap_or_else(|| panic!("no table {page}, {section}, {subsection}"));
        let rows = table["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["name"].as_str().unwrap().to_owned(), row.clone())).collect()
    }

    fn has_endpoint(&self, method: &str, path: &str) -> bool {
        let documented = |endpoint: &Value| {
            let pattern = endpoint["path"].as_str().unwrap_or_default().trim_end_matches('/');
            endpoint["method"] == method && fits(pattern, path)
        };
        let pages = self.0.as_object().unwrap().values();
        pages.filter_map(|page| page["endpoints"].as_array()).flatten().any(documented)
    }
}

/// `/wp-json/wc/v3/products/<id>` fits `/wp-json/wc/v3/products/12`.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(wanted, part)| wanted.starts_with('<') || wanted == part)
}

/// Which of the documentation's pages a path belongs to.
fn page_of(path: &str) -> Option<&'static str> {
    match () {
        () if path.contains("/refunds") => Some("order-refunds"),
        () if path.contains("/wc/v3/orders") => Some("orders"),
        () if path.contains("/products/categories") => Some("product-categories"),
        () if path.contains("/products/brands") => None,
        () if path.contains("/variations") => Some("product-variations"),
        () if path.contains("/wc/v3/products") => Some("products"),
        () => None,
    }
}

fn short(page: &str) -> &str {
    if page == "product-variations" { "variations" } else { page }
}

/// What a thing is called in the headings of its page, alone and in a list.
fn headings(page: &str) -> (&'static str, &'static str) {
    match page {
        "products" => ("Product", "products"),
        "product-variations" => ("Product variation", "product variations"),
        "orders" => ("Order", "orders"),
        "order-refunds" => ("Order refund", "refunds"),
        "product-categories" => ("Product category", "product categories"),
        other => panic!("{other} is no page"),
    }
}

fn properties(documents: &Documents, page: &str) -> BTreeMap<String, Value> {
    documents.table(page, &format!("{} properties", headings(page).0), "")
}

/// What of a value does not fit a documented property.
fn misfits(page: &str, name: &str, row: &Value, value: &Value) -> Option<String> {
    if value.is_null() && gap("null") {
        return None;
    }
    let kind = row["type"].as_str().unwrap_or_default();
    let fits = match kind {
        "integer" => value.is_i64() || value.is_u64(),
        "string" | "date-time" => value.is_string(),
        "boolean" => value.is_boolean() || (name == "manage_stock" && value == "parent" && page != "products"),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    };
    let is_known = gap(&format!("{} {name}", short(page)));
    (!fits && !is_known).then(|| format!("{page}: {name} is documented as {kind}, and is {value}"))
}

/// The items of a request's body that make or change something.
fn items(body: &Value) -> Vec<&Value> {
    let lists: Vec<&Value> = ["create", "update"].iter().filter_map(|name| body[*name].as_array()).flatten().collect();
    let is_batch = body.as_object().is_some_and(|body| body.contains_key("create") || body.contains_key("update"));
    if is_batch { lists } else { vec![body] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_as_documented() {
    let Some(documents) = Documents::open() else { return };
    let conversation = conversation().await;
    let mut wrong: BTreeSet<String> = BTreeSet::new();
    let mut spoken: BTreeSet<String> = BTreeSet::new();
    for (request, answer) in &conversation {
        let call = format!("{} {}", request.method, request.path);
        spoken.insert(call.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect());
        if !documents.has_endpoint(&request.method, &request.path) && !gap(&call) {
            wrong.insert(format!("{call} is no documented endpoint"));
        }
        let Some(page) = page_of(&request.path) else { continue };
        check_query(&documents, page, request, &mut wrong);
        check_body(&documents, page, request, &mut wrong);
        check_answer(&documents, page, request, answer, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for needed in
        ["POST /wp-json/wc/v#/products", "POST /wp-json/wc/v#/products/batch", "GET /wp-json/wc/v#/variations"]
    {
        assert!(spoken.contains(needed), "{needed} was not part of the conversation: {spoken:#?}");
    }
    eprintln!("{} requests and answers checked, {} kinds", conversation.len(), spoken.len());
}

fn check_query(documents: &Documents, page: &str, request: &Incoming, wrong: &mut BTreeSet<String>) {
    let section = format!("List all {}", headings(page).1);
    let parameters = documents.table(page, &section, "Available parameters");
    for (name, value) in &request.query {
        let known_elsewhere = gap(&format!("query {name}"))
            || name.starts_with("oauth_")
            || gap(&format!("{} query {name}", short(page)))
            || (name == "force" && request.method == "DELETE");
        let Some(row) = parameters.get(name) else {
            if !known_elsewhere {
                wrong.insert(format!("{}: query parameter {name} is not documented", request.path));
            }
            continue;
        };
        let allowed = row["enum"].as_array();
        let fits = allowed.is_none_or(|allowed| allowed.iter().any(|known| known == value.as_str()));
        if !fits && !gap(&format!("{name}={value}")) {
            wrong.insert(format!("{}: {name}={value} is not one of the documented values", request.path));
        }
    }
}

fn check_body(documents: &Documents, page: &str, request: &Incoming, wrong: &mut BTreeSet<String>) {
    let Some(body) = request.json() else { return };
    let properties = properties(documents, page);
    for item in items(&body) {
        for (name, value) in item.as_object().into_iter().flatten() {
            let Some(row) = properties.get(name) else {
                if !gap(&format!("{} {name}", short(page))) {
                    wrong.insert(format!("{}: sent {name}, which is not documented", request.path));
                }
                continue;
            };
            // A batch names what it changes by its id.
            if row["readOnly"] == true && name != "id" {
                wrong.insert(format!("{}: sent {name}, which is read only", request.path));
            }
            wrong.extend(misfits(page, name, row, value));
            let allowed = row["enum"].as_array();
            if allowed.is_some_and(|allowed| !allowed.contains(value)) {
                wrong.insert(format!("{}: {name} may not be {value}", request.path));
            }
        }
        for (list, subsection) in [("attributes", "Attributes"), ("meta_data", "Meta data"), ("images", "Images")] {
            let kind = if page == "products" { "Product" } else { "Product variation" };
            let section = format!("{kind} properties");
            let parts = item[list].as_array().filter(|_| page.starts_with("product") && page != "product-categories");
            for part in parts.into_iter().flatten() {
                let known = documents.table(page, &section, &format!("{kind} - {subsection} properties"));
                for (name, value) in part.as_object().unwrap() {
                    match known.get(name) {
                        Some(row) => wrong.extend(misfits(page, name, row, value)),
                        None => drop(wrong.insert(format!("{list} have no documented {name}"))),
                    }
                }
            }
        }
    }
}

fn check_answer(
    documents: &Documents,
    page: &str,
    request: &Incoming,
    answer: &Outgoing,
    wrong: &mut BTreeSet<String>,
) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    if !(200..300).contains(&answer.status) {
        let is_problem = body["code"].is_string()
            && body["message"].is_string()
            && body["data"]["status"].as_u64() == Some(u64::from(answer.status));
        if !is_problem {
            wrong.insert(format!("{}: an error is {{code, message, data: {{status}}}}, not {body}", request.path));
        }
        return;
    }
    let things: Vec<&Value> = match &body {
        Value::Array(list) => list.iter().collect(),
        body => items(body),
    };
    if request.method == "GET" && body.is_array() {
        for header in ["X-WP-Total", "X-WP-TotalPages"] {
            if !answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header)) {
                wrong.insert(format!("{}: a list has {header}", request.path));
            }
        }
    }
    let whole = request.query("_fields").is_none();
    for thing in things.iter().filter(|thing| thing.get("error").is_none()) {
        // A search for a SKU answers with variations among the products.
        let page = if thing["type"] == "variation" { "product-variations" } else { page };
        let properties = properties(documents, page);
        for (name, value) in thing.as_object().into_iter().flatten() {
            match properties.get(name) {
                Some(row) => wrong.extend(misfits(page, name, row, value)),
                None if gap(&format!("{} {name}", short(page))) => {}
                None => drop(wrong.insert(format!("{page}: answered {name}, which is not documented"))),
            }
        }
        if whole {
            let missing = properties.keys().filter(|name| thing.get(name.as_str()).is_none());
            wrong.extend(missing.map(|name| format!("{page}: the answer lacks {name}")));
        }
    }
}

/// The connector asks for a part of an order only; the imitation has all of it.
#[test]
fn whole_orders_are_as_documented() {
    let Some(documents) = Documents::open() else { return };
    let mut imitation = (connectors::named("woocommerce").unwrap().imitate)();
    let now = SystemClock.now();
    let mut shop = Shop::new("Harbour & Hill", Currency::new("EUR").unwrap(), &["Warehouse"]);
    let number = shop.insert(product("Mug", &[], vec![article("MUG-1", &[], Some(5))]), now);
    let variant = shop.products[&number].variants[0].number;
    let order = shop.place_order(&[(variant, 1, Quantity::units(3))], now).unwrap();
    let line = shop.orders[&order].lines[0].number;
    assert!(shop.refund_order(order, &[(line, Quantity::units(1))], true, now));
    let query: Vec<(String, String)> =
        imitation.credentials().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut wrong = BTreeSet::new();
    for path in ["orders".to_owned(), format!("orders/{order}"), format!("orders/{order}/refunds")] {
        let request = Incoming {
            method: "GET".to_owned(),
            path: format!("/wp-json/wc/v3/{path}"),
            query: query.clone(),
            headers: vec![("x-forwarded-proto".to_owned(), "https".to_owned())],
            body: Vec::new(),
        };
        let answer = imitation.answer(&mut shop, &request, now);
        assert_eq!(answer.status, 200, "{path}");
        let page = page_of(&request.path).unwrap();
        check_answer(&documents, page, &request, &answer, &mut wrong);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let thing = body.get(0).unwrap_or(&body);
        let kind = headings(page).0;
        let known = documents.table(page, &format!("{kind} properties"), &format!("{kind} - Line items properties"));
        let lines = thing["line_items"].as_array().unwrap();
        assert!(!lines.is_empty(), "{path}");
        for (name, value) in lines.iter().filter_map(Value::as_object).flatten() {
            match known.get(name) {
                // The refunds' page has its types wrong in places; names are all that is checked there.
                Some(row) if page == "orders" && !gap(&format!("line {name}")) => {
                    wrong.extend(misfits(page, name, row, value));
                }
                Some(_) => {}
                None => drop(wrong.insert(format!("{path}: a line has {name}, which is not documented"))),
            }
        }
    }
    // Only ever sent.
    wrong.retain(|why| !["set_paid", "api_refund", "api_restock"].iter().any(|name| why.ends_with(name)));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The list of gaps must not hide what is documented after all.
#[test]
fn every_known_gap_is_one() {
    let Some(documents) = Documents::open() else { return };
    for (what, why) in KNOWN_FAULTS {
        assert!(!why.is_empty());
        let Some((kind, name)) = what.split_once(' ') else { continue };
        let page = match kind {
            "products" => "products",
            "variations" => "product-variations",
            _ => continue,
        };
        if name.contains("query") || name.contains('=') || name == "shipping_class_id" {
            continue;
        }
        assert!(!properties(&documents, page).contains_key(name), "{what} is documented now: take it off the list");
    }
}
