//! The imitation's own rules: those that no schema tells, and the real error shapes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::domain::{Currency, Quantity};
use crate::sandbox::{ShopProduct, ShopVariant};

struct Bench {
    admin: Admin,
    shop: Shop,
    now: Timestamp,
}

impl Bench {
    fn new() -> Self {
        let now = Timestamp::parse("2026-11-21T08:00:00Z").unwrap();
        let mut shop = Shop::new("Harbour & Hill", Currency::new("EUR").unwrap(), &["Harbour Street"]);
        for n in 0..5 {
            let levels = BTreeMap::from([(1, Quantity::units(5))]);
            let variant = ShopVariant { price: Some(500), tracked: true, levels, ..ShopVariant::plain() };
            shop.insert(ShopProduct::simple(&format!("Mug {n}"), variant), now.plus_seconds(n * 3600));
        }
        Self { admin: Admin::new(), shop, now: now.plus_seconds(86_400) }
    }

    fn post(&mut self, path: &str, token: &str, body: Vec<u8>) -> (u16, Value, Vec<(String, String)>) {
        let request = Incoming {
            method: "POST".into(),
            path: path.into(),
            query: Vec::new(),
            headers: vec![("x-shopify-access-token".into(), token.into())],
            body,
        };
        let outgoing = self.admin.answer(&mut self.shop, &request, self.now);
        (outgoing.status, serde_json::from_slice(&outgoing.body).unwrap(), outgoing.headers)
    }

    fn ask(&mut self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string().into_bytes();
        let (status, answer, _) = self.post("/admin/api/2026-10/graphql.json", TOKEN, body);
        assert_eq!(status, 200);
        answer
    }

    fn code(&mut self, query: &str, variables: Value) -> String {
        let answer = self.ask(query, variables);
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

#[test]
fn only_what_was_asked_for_is_answered_under_its_alias() {
    let mut bench = Bench::new();
    let answer =
        bench.ask("query { first: products(first: 1) { nodes { name: title } pageInfo { hasNextPage } } }", json!({}));
    let expected = json!({ "first": { "nodes": [{ "name": "Mug 0" }], "pageInfo": { "hasNextPage": true } } });
    assert_eq!(answer["data"], expected);
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 3);
}

#[test]
fn mistakes_are_refused_as_the_real_one_does() {
    let mut bench = Bench::new();
    for (query, code) in [
        ("query { shop { titel } }", "undefinedField"),
        ("query { shop }", "selectionMismatch"),
        ("query { products(frist: 1) { nodes { id } } }", "argumentNotAccepted"),
        ("query { nodes { id } }", "missingRequiredArguments"),
        ("query { nodes(ids: [\"12\"]) { id } }", "argumentLiteralsIncompatible"),
        ("query { products(first: 251) { nodes { id } } }", "argumentLiteralsIncompatible"),
        ("query { products { nodes { id } } }", "BAD_REQUEST"),
        ("query { products(first: 1, sortKey: PRICE) { nodes { id } } }", "argumentLiteralsIncompatible"),
        ("query { shop { name }", "syntaxError"),
        ("query { products(first: 250) { nodes { variants(first: 250) { nodes { id } } } } }", "MAX_COST_EXCEEDED"),
    ] {
        assert_eq!(bench.code(query, json!({})), code, "{query}");
    }
    let one_of = "query($i: ProductIdentifierInput!) { productByIdentifier(identifier: $i) { id } }";
    assert_eq!(
        bench.code(one_of, json!({ "i": { "id": "gid://shopify/Product/1", "handle": "x" } })),
        "INVALID_VARIABLE"
    );
    assert_eq!(bench.code(one_of, json!({})), "INVALID_VARIABLE");
}

#[test]
fn a_moment_without_quotes_loses_its_time() {
    let mut bench = Bench::new();
    let mut found = |query: &str| {
        let document = "query($q: String) { products(first: 9, query: $q) { nodes { id } } }";
        bench.ask(document, json!({ "q": query }))["data"]["products"]["nodes"].as_array().unwrap().len()
    };
    assert_eq!(found("updated_at:>='2026-11-21T10:00:00Z'"), 3);
    assert_eq!(found("updated_at:>=2026-11-21T10:00:00Z"), 5);
    assert_eq!(found("status:draft"), 0);
}

const ADJUST: &str = "mutation($input: InventoryAdjustQuantitiesInput!) {
    inventoryAdjustQuantities(input: $input) @idempotent(key: \"k\") { userErrors { code } } }";

fn adjustment(change: Value) -> Value {
    json!({ "input": { "name": "available", "reason": "correction", "changes": [change] } })
}

#[test]
fn the_rules_that_the_schema_does_not_tell() {
    let mut bench = Bench::new();
    let item = things::item_id(&bench.shop.products.values().next().unwrap().variants[0].clone());
    let change = json!({ "inventoryItemId": item, "locationId": "gid://shopify/Location/1", "delta": 1 });
    assert_eq!(bench.code(ADJUST, adjustment(change.clone())), "BAD_REQUEST", "changeFromQuantity is missing");
    let mut change = change;
    change["changeFromQuantity"] = Value::Null;
    let without = ADJUST.replace("@idempotent(key: \"k\")", "");
    assert_eq!(bench.code(&without, adjustment(change.clone())), "BAD_REQUEST", "@idempotent is missing");
    let answer = bench.ask(ADJUST, adjustment(change.clone()));
    assert_eq!(answer["data"]["inventoryAdjustQuantities"]["userErrors"], json!([]), "{answer}");
    assert_eq!(bench.shop.applied.len(), 1);
    change["delta"] = json!(2);
    let answer = bench.ask(ADJUST, adjustment(change));
    let code = &answer["data"]["inventoryAdjustQuantities"]["userErrors"][0]["code"];
    assert_eq!(*code, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
}

#[test]
fn an_empty_bucket_says_throttled_with_status_200_and_no_data() {
    let mut bench = Bench::new();
    bench.admin = Admin::with_points(300, 100);
    let query = "query { products(first: 250) { nodes { id } } }";
    let answer = bench.ask(query, json!({}));
    // What did not come is given back.
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 252);
    assert_eq!(answer["extensions"]["cost"]["actualQueryCost"], 7);
    assert_eq!(answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"], 293);
    bench.admin.bucket.take(200, bench.now);
    let answer = bench.ask(query, json!({}));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "THROTTLED");
    assert!(answer.get("data").is_none());
    bench.now = bench.now.plus_seconds(2);
    assert!(bench.ask(query, json!({})).get("errors").is_none());
}

#[test]
fn versions_fall_forward_and_keys_are_checked() {
    let mut bench = Bench::new();
    let body = || json!({ "query": "query { shop { name } }" }).to_string().into_bytes();
    let version = |headers: &[(String, String)]| {
        headers.iter().find(|(name, _)| name == "x-shopify-api-version").map(|(_, value)| value.clone())
    };
    let (status, _, headers) = bench.post("/admin/api/2024-07/graphql.json", TOKEN, body());
    assert_eq!((status, version(&headers).as_deref()), (200, Some("2026-01")));
    assert_eq!(bench.post("/admin/api/2031-01/graphql.json", TOKEN, body()).0, 404);
    let (status, answer, _) = bench.post("/admin/api/2026-10/graphql.json", "shpat_wrong", body());
    assert_eq!(status, 401);
    assert!(answer["errors"].as_str().unwrap().contains("Invalid API key"));
    let form = format!("grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}");
    let (_, granted, _) = bench.post("/admin/oauth/access_token", "", form.into_bytes());
    let granted = granted["access_token"].as_str().unwrap().to_owned();
    assert_eq!(bench.post("/admin/api/2026-10/graphql.json", &granted, body()).0, 200);
    bench.now = bench.now.plus_seconds(86_400);
    assert_eq!(bench.post("/admin/api/2026-10/graphql.json", &granted, body()).0, 401);
}

const SET: &str = "mutation($identifier: ProductSetIdentifiers, $input: ProductSetInput!) {
    productSet(identifier: $identifier, input: $input) { product { id variants(first: 9) { nodes { id } } }
    userErrors { code } } }";

#[test]
fn product_set_replaces_lists_and_keeps_its_limits() {
    let mut bench = Bench::new();
    let option = |values: &[&str]| {
        let values: Vec<Value> = values.iter().map(|name| json!({ "name": name })).collect();
        json!([{ "name": "Size", "values": values }])
    };
    let variant = |value: &str| json!({ "optionValues": [{ "optionName": "Size", "name": value }], "price": "5.00" });
    let mut set = |identifier: Value, input: Value| {
        bench.ask(SET, json!({ "identifier": identifier, "input": input }))["data"]["productSet"].clone()
    };
    let input =
        json!({ "title": "Tee", "productOptions": option(&["S", "M"]), "variants": [variant("S"), variant("M")] });
    let made = set(Value::Null, input.clone());
    let id = made["product"]["id"].clone();
    let kept = made["product"]["variants"]["nodes"][1].clone();
    // M alone is given again: S is deleted, M stays the same.
    let less = json!({ "productOptions": option(&["M"]), "variants": [variant("M")] });
    let changed = set(json!({ "id": id }), less);
    assert_eq!(changed["product"]["variants"]["nodes"], json!([kept]), "{changed}");
    let mark = json!({ "customId": { "namespace": "counterpart", "key": "mark", "value": "1" } });
    let many: Vec<String> = (0..2049).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (identifier, input, code) in [
        (mark, input, "INVALID_METAFIELD"),
        (json!({ "id": id }), json!({ "variants": [variant("M")] }), "PRODUCT_OPTIONS_INPUT_MISSING"),
        (json!({ "id": id }), json!({ "productOptions": option(&["M"]) }), "VARIANTS_INPUT_MISSING"),
        (Value::Null, json!({ "title": " " }), "INVALID_PRODUCT"),
        (
            Value::Null,
            json!({ "title": "x", "productOptions": option(&["S"]), "variants": [variant("S"), variant("S")] }),
            "INVALID_VARIANT",
        ),
        (
            Value::Null,
            json!({ "title": "x", "productOptions": option(&["S"]), "variants": [variant("L")] }),
            "OPTION_VALUE_DOES_NOT_EXIST",
        ),
        (
            Value::Null,
            json!({ "title": "x", "productOptions": option(&many),
                "variants": many.iter().map(|value| variant(value)).collect::<Vec<_>>() }),
            "VARIANTS_OVER_LIMIT",
        ),
        (
            Value::Null,
            json!({ "title": "x", "variants": [], "productOptions": [{ "name": "a" }, { "name": "b" }, { "name": "c" }, { "name": "d" }] }),
            "OPTIONS_OVER_LIMIT",
        ),
    ] {
        let answer = set(identifier, input);
        assert_eq!(answer["userErrors"][0]["code"], code, "{answer}");
    }
}
