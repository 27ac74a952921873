//! What the R-Series connector sends, and what its sandbox answers, against all that is written of R-Series' forms.
//!
//! R-Series has no machine-readable specification. So a day's work is held against the samples of the vendor's own
//! documentation, real recorded answers, and what the documentation's pages list; and each sample and recording is read by
//! the connector, and nothing of it that we keep may be lost. Where these are silent stands in `documents.rs`.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod day;
mod documents;
mod replay;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use counterpart::domain::{Cursor, Feed, Listing, Order, Quantity, Stock};
use counterpart::platform::Change;
use counterpart::sandbox::{Imitation, Shop};

use crate::day::{Visit, a_days_work, currency, r_series};
use crate::documents::{Documents, ENDPOINTS};
use crate::replay::Replay;

/// `Item` and whether one of it is named, of `/API/V3/Account/83050/Item/7.json`.
fn thing(path: &str) -> (String, bool) {
    let inside = path.strip_prefix("/API/V3/Account").and_then(|path| path.strip_suffix(".json"));
    let inside = inside.unwrap_or_else(|| panic!("{path} is no address of V3"));
    let parts: Vec<&str> = inside.split('/').skip(1).collect();
    match parts[..] {
        [] | [_] => ("Account".to_owned(), parts.len() == 1),
        [_, thing] => (thing.to_owned(), false),
        [_, thing, id] => {
            assert!(id.bytes().all(|byte| byte.is_ascii_digit()), "{path}");
            (thing.to_owned(), true)
        }
        _ => panic!("{path}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_as_what_is_written_says() {
    let Some(documents) = Documents::open() else { return };
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for (request, answer) in a_days_work().await {
        let (thing, one) = thing(&request.path);
        let at = format!("{} {} {:?}", request.method, request.path, request.query);
        assert!(request.header("authorization").unwrap().starts_with("Bearer "), "{at}");
        used.insert((request.method.clone(), thing.clone()));
        if thing != "Account" {
            let wrong = documents.address(&request.method, &thing, &request.query);
            assert!(wrong.is_empty(), "{at}: {wrong:#?}");
        }
        match request.method.as_str() {
            "POST" | "PUT" => {
                assert_eq!(one, request.method == "PUT", "{at}");
                let body = request.json().unwrap();
                let wrong = documents.object(&thing, &body, &at);
                assert!(wrong.is_empty(), "request {wrong:#?}\n{body:#}");
            }
            _ => assert!(request.body.is_empty(), "{at}: a body where none is wanted"),
        }
        let names: Vec<String> = answer.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        for limit in ["x-ls-api-bucket-level", "x-ls-api-burst-level", "x-ls-api-drip-rate", "x-ls-api-request-cost"] {
            assert!(names.iter().any(|name| name == limit), "{at}: no {limit}");
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        match answer.status {
            200 if thing == "Account" => assert!(body["name"].is_string() || body["Account"]["accountID"].is_string()),
            200 => {
                let Some(shown) = body.get(&thing) else {
                    assert!(!one && body["@attributes"]["next"] == "", "{at}: {body}");
                    continue;
                };
                // A list of one is the thing itself.
                assert!(shown.as_array().is_none_or(|all| all.len() > 1), "{at}");
                let wrong = documents.object(&thing, shown, &at);
                assert!(wrong.is_empty(), "answer {wrong:#?}");
            }
            404 => {
                let recorded = documents.errors().into_iter().find(|(status, _)| *status == 404).unwrap().1;
                let names = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
                assert_eq!(names(&body), names(&recorded), "{at}");
            }
            status => panic!("{at}: {status} {body}"),
        }
    }
    for (thing, methods, ..) in ENDPOINTS {
        for method in *methods {
            assert!(used.contains(&((*method).to_owned(), (*thing).to_owned())), "{method} {thing} was not called");
        }
    }
}

/// A connector on an account that answers with this.
async fn visit(replay: Replay) -> Visit {
    let credentials = replay.credentials();
    let account = json!({"Account": {"accountID": "83050", "name": "Main"}});
    let mut replay = replay.with("accounts", &account);
    replay.0.entry("Account".to_owned()).or_insert_with(|| json!({"defaultCurrency": {"code": "CAD"}}));
    Visit::open(Box::new(replay), Shop::new("Main", currency(), &["HQ"]), credentials).await
}

/// The rows of a thing in an answer, as they are.
fn rows<'a>(body: &'a Value, thing: &str) -> Vec<&'a Value> {
    match body.get(thing) {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn level(row: &Value, name: &str) -> Option<String> {
    rows(&row["Prices"], "ItemPrice")
        .into_iter()
        .find(|price| price["useType"] == name)
        .map(|price| text(price, "amount").to_owned())
}

/// Everything that is kept of an item stands in the listing's variant.
fn check_item(row: &Value, listing: &Listing) {
    let variant = listing.variants.iter().find(|variant| variant.remote.as_str() == text(row, "itemID")).unwrap();
    let sku = [text(row, "customSku"), text(row, "systemSku")].into_iter().find(|sku| !sku.is_empty());
    assert_eq!(variant.sku.as_deref(), sku, "{row}");
    let code = [text(row, "upc"), text(row, "ean")].into_iter().find(|code| !code.is_empty());
    assert_eq!(variant.barcode.as_deref(), code, "{row}");
    let price = variant.price.unwrap().amount();
    assert_eq!(price.parse::<f64>().unwrap(), level(row, "Default").unwrap().parse::<f64>().unwrap(), "{row}");
    let msrp = level(row, "MSRP").filter(|amount| amount != "0").map(|amount| amount.parse::<f64>().unwrap());
    assert_eq!(variant.compare_at.map(|price| price.amount().parse::<f64>().unwrap()), msrp, "{row}");
    let shops: BTreeMap<String, Quantity> = rows(&row["ItemShops"], "ItemShop")
        .into_iter()
        .filter(|row| row["shopID"] != "0")
        .map(|row| (text(row, "shopID").to_owned(), text(row, "qoh").parse().unwrap()))
        .collect();
    match &variant.stock {
        Stock::Untracked => assert_eq!(row["itemType"], "non_inventory"),
        Stock::Unknown => assert!(shops.is_empty() && row["itemType"] != "non_inventory", "{row}"),
        Stock::Tracked(levels) => {
            let levels: BTreeMap<String, Quantity> =
                levels.iter().map(|(shop, level)| (shop.to_string(), *level)).collect();
            assert_eq!(levels, shops, "{row}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_item_that_was_recorded_or_documented_is_read_without_loss() {
    let Some(documents) = Documents::open() else { return };
    let (mut files, mut items) = (0, 0);
    for (name, body) in documents.answers() {
        // A whole item; excerpts of the pages have no number.
        let rows = rows(body, "Item");
        let is_whole = |row: &&Value| row.get("archived").is_some() && row.get("Prices").is_some();
        if rows.is_empty() || !rows.iter().all(is_whole) {
            continue;
        }
        let visit = visit(Replay::default().with("Item", body)).await;
        let (changes, _) = visit.read(Feed::Listings, &Cursor::Start).await;
        let mut listings: BTreeMap<String, Listing> = BTreeMap::new();
        for change in changes {
            match change {
                Change::Seen(listing) => drop(listings.insert(listing.remote.to_string(), *listing)),
                other => panic!("{name}: {other:?}"),
            }
        }
        let single: Vec<&&Value> =
            rows.iter().filter(|row| row["itemMatrixID"] == "0" && row["archived"] == "false").collect();
        assert_eq!(listings.len(), single.len(), "{name}");
        for row in single {
            let listing = &listings[text(row, "itemID")];
            assert_eq!(listing.title.as_str(), counterpart::domain::clean(text(row, "description")), "{name}");
            check_item(row, listing);
            items += 1;
        }
        files += 1;
    }
    assert!(files >= 10 && items >= 100, "{files} files with {items} items");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_matrix_is_read_with_its_items() {
    let Some(documents) = Documents::open() else { return };
    let sets = &documents.files["recorded-v2/ItemAttributeSet.index.0.json"]["response"]["body"];
    let mut matrices = 0;
    for (name, body) in documents.answers() {
        for matrix in rows(body, "ItemMatrix").into_iter().filter(|row| row.get("timeStamp").is_some()) {
            let id = text(matrix, "itemMatrixID");
            let recorded = rows(&matrix["Items"], "Item").into_iter().next().cloned();
            let mut item = recorded.unwrap_or_else(|| {
                let sample =
                    &documents.files["docs-v3/tutorial-item-matrices.adding-a-product-to-the-item-matrix.2.json"];
                sample["Item"].clone()
            });
            item["itemMatrixID"] = json!(id);
            let set = text(matrix, "itemAttributeSetID");
            item["ItemAttributes"] =
                json!({"attribute1": "White", "attribute2": "Small", "attribute3": "", "itemAttributeSetID": set});
            let replay = Replay::default()
                .with("ItemMatrix", &json!({"@attributes": {"count": "1"}, "ItemMatrix": matrix}))
                .with("Item", &json!({"@attributes": {"count": "1"}, "Item": item}))
                .with("ItemAttributeSet", sets);
            let (changes, _) = visit(replay).await.read(Feed::Listings, &Cursor::Start).await;
            if matrix["archived"] == "true" {
                assert_eq!(changes, Vec::new(), "{name}");
                continue;
            }
            let [Change::Seen(listing)] = &changes[..] else { panic!("{name}: {changes:?}") };
            assert_eq!(listing.remote.as_str(), format!("matrix:{id}"), "{name}");
            assert_eq!(listing.title.as_str(), text(matrix, "description"), "{name}");
            check_item(&item, listing);
            let label = listing.variants[0].option_label();
            // Set 1 has both, 2 the second slot alone, 3 the first.
            let wanted = [("1", "White / Small"), ("2", "Small"), ("3", "White"), ("4", "White / Small")];
            assert_eq!(
                Some(label.as_str()),
                wanted.iter().find(|(id, _)| *id == set).map(|(_, label)| *label),
                "{name}"
            );
            matrices += 1;
        }
    }
    assert!(matrices >= 6, "{matrices} matrices");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sale_is_read_with_its_lines() {
    let Some(documents) = Documents::open() else { return };
    let (mut sales, mut refunds) = (0, 0);
    for (name, body) in documents.answers() {
        let rows_of: Vec<&Value> = rows(body, "Sale").into_iter().filter(|row| row.get("saleID").is_some()).collect();
        if rows_of.is_empty() {
            continue;
        }
        let visit = visit(Replay::default().with("Sale", body)).await;
        let (nothing, begin) = visit.read(Feed::Orders, &Cursor::Start).await;
        assert_eq!(nothing, Vec::new(), "{name}: nothing waits to be shipped");
        let (changes, _) = visit.read(Feed::Orders, &begin).await;
        let told: BTreeMap<String, Order> = changes
            .into_iter()
            .map(|change| match change {
                Change::Order(order) => (order.remote.to_string(), *order),
                other => panic!("{name}: {other:?}"),
            })
            .collect();
        for row in rows_of {
            let lines = rows(&row["SaleLines"], "SaleLine");
            let quantity = |line: &Value| line["unitQuantity"].as_str().unwrap().parse::<Quantity>().unwrap();
            let gives_back = |line: &&&Value| quantity(line).is_negative() && line["parentSaleLineID"] != "0";
            let Some(order) = told.get(text(row, "saleID")) else {
                assert!(!lines.is_empty() && lines.iter().all(|line| gives_back(&line)), "{name}: {row}");
                refunds += 1;
                continue;
            };
            assert_eq!(order.number.as_str(), text(row, "ticketNumber"), "{name}");
            let sold = lines.iter().map(|line| quantity(line)).filter(|quantity| !quantity.is_negative());
            assert_eq!(Quantity::sum(order.lines.iter().map(|line| line.ordered)), Quantity::sum(sold), "{name}");
            let taken = Quantity::sum(order.lines.iter().map(|line| order.taken(line)));
            let counts = row["completed"] == "true" && row["voided"] == "false" && row["archived"] == "false";
            assert!(counts || taken == Quantity::ZERO || row["archived"] == "true", "{name}: {order:?}");
            sales += 1;
        }
    }
    assert!(sales >= 25 && refunds >= 1, "{sales} sales and {refunds} refunds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_its_shops_and_its_counts_are_read() {
    let Some(documents) = Documents::open() else { return };
    let sample = |name: &str| documents.files[&format!("docs-v3/{name}.1.json")].clone();
    let replay = Replay::default()
        .with("Account", &sample("account.get-retrieve-an-account"))
        .with("Shop", &sample("shop.get-all-shops"))
        .with("ItemShop", &sample("itemshop.get-all-itemshops"));
    let visit = visit(replay).await;
    let found = visit.till.test().await.unwrap();
    assert_eq!((found.shop_name.as_str(), found.currency), ("Main", currency()));
    let places: Vec<(String, &str)> =
        found.locations.iter().map(|place| (place.id.to_string(), place.name.as_str())).collect();
    assert_eq!(places, [("1".to_owned(), "HQ")]);
    // The sample is the sum over all shops, which is no count of any.
    assert_eq!(visit.read(Feed::Stock, &Cursor::Start).await.0, Vec::new());
    let recorded = &documents.files["recorded-v2/shops.show.0.json"]["response"]["body"];
    let visit = self::visit(Replay::default().with("Shop", recorded)).await;
    assert_eq!(visit.till.test().await.unwrap().locations[0].name.as_str(), "Kit Kraft Sandbox");
    let mut row = sample("itemshop.get-single-itemshop");
    row["ItemShop"]["shopID"] = json!("1");
    let mut item = sample("item.get-single-item");
    item["Item"]["itemID"] = row["ItemShop"]["itemID"].clone();
    let visit = self::visit(Replay::default().with("ItemShop", &row).with("Item", &item)).await;
    let (changes, _) = visit.read(Feed::Stock, &Cursor::Start).await;
    let [Change::Stock(stock)] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((stock.variant.as_str(), stock.quantity), ("141", Some(Quantity::units(33))));
}

#[test]
fn every_recorded_error_is_a_sentence() {
    let Some(documents) = Documents::open() else { return };
    let errors = documents.errors();
    assert!(errors.len() >= 4);
    for (status, body) in errors {
        let told = (r_series().explain)(status, body.to_string().as_bytes()).unwrap();
        assert_eq!(told, text(&body, "message"), "{body}");
    }
}

#[test]
fn the_documents_catch_what_is_wrong() {
    let Some(documents) = Documents::open() else { return };
    let ask = |method: &str, thing: &str, query: &[(&str, &str)]| {
        let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        documents.address(method, thing, &query).len()
    };
    let good =
        [("sort", "timeStamp"), ("timeStamp", ">=,2026-01-01T00:00:00+00:00"), ("load_relations", r#"["ItemShops"]"#)];
    assert_eq!(ask("GET", "Item", &good), 0);
    assert_eq!(ask("GET", "Item", &[("sort", "customSku")]), 1);
    assert_eq!(ask("GET", "Item", &[("offset", "100")]), 1);
    assert_eq!(ask("GET", "Item", &[("load_relations", r#"["Everything"]"#)]), 1);
    assert_eq!(ask("GET", "Item", &[("limit", "101")]), 1);
    assert_eq!(ask("PUT", "ItemShop", &[]), 1, "which changes no count");
    assert_eq!(ask("GET", "Nothing", &[]), 1);
    let item = |fields: Value| documents.object("Item", &fields, "item").len();
    assert_eq!(item(json!({"description": "Mug", "Prices": {"ItemPrice": [{"amount": "5", "useTypeID": "1"}]}})), 0);
    assert_eq!(item(json!({"title": "Mug"})), 1);
    assert_eq!(item(json!({"archived": false})), 1);
    assert_eq!(item(json!({"Prices": {"ItemPrice": {"price": "5"}}})), 1);
}
