//! The imitation's own rules: whole objects, versions, keys, windows, rate.

use super::*;

struct Desk {
    square: Box<dyn Imitation>,
    shop: Shop,
    now: Timestamp,
}

impl Desk {
    fn new(products: Vec<ShopProduct>) -> Self {
        let now = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
        let mut shop = Shop::new("Test", dollar(), &["Front", "Ware House"]);
        for product in products {
            shop.insert(product, now);
        }
        Self { square: imitate(), shop, now }
    }

    fn ask(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.now = self.now.plus_seconds(1);
        ask(&mut *self.square, &mut self.shop, method, path, &body, self.now)
    }

    fn item(&mut self) -> Value {
        let (_, answer) = self.ask("POST", "/v2/catalog/search", json!({"object_types": ["ITEM"]}));
        answer["objects"][0].clone()
    }

    fn upsert(&mut self, key: &str, object: &Value) -> (u16, Value) {
        self.ask("POST", "/v2/catalog/object", json!({"idempotency_key": key, "object": object}))
    }
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["errors"][0]["code"].as_str().unwrap_or("none"))
}

#[test]
fn objects_are_replaced_whole_and_unknown_fields_are_kept() {
    let mut mug = simple("Mug", "M", 5);
    mug.description = "<p>Blue</p>".into();
    let mut desk = Desk::new(vec![mug]);
    let mut item = desk.item();
    item["item_data"]["tax_ids"] = json!(["TAX1"]);
    item["item_data"]["variations"][0]["item_variation_data"]["inventory_alert_threshold"] = json!(3);
    item["custom_attribute_values"] = json!({"brand": {"string_value": "Nord"}, "hue": {"string_value": "blue"}});
    assert_eq!(desk.upsert("k1", &item).0, 200);
    let kept = desk.item();
    assert_eq!(kept["item_data"]["tax_ids"], json!(["TAX1"]));
    assert_eq!(kept["item_data"]["variations"][0]["item_variation_data"]["inventory_alert_threshold"], json!(3));
    assert_eq!(kept["custom_attribute_values"]["hue"]["string_value"], json!("blue"));
    let product = desk.shop.products.values().next().unwrap();
    assert_eq!((product.brand.as_str(), product.variants[0].levels[&1]), ("Nord", Quantity::units(5)));
    // What is left out is gone.
    let mut bare = kept.clone();
    bare["item_data"].as_object_mut().unwrap().retain(|name, _| ["name", "variations"].contains(&name.as_str()));
    assert_eq!(desk.upsert("k2", &bare).0, 200);
    let product = desk.shop.products.values().next().unwrap();
    assert_eq!((product.description.as_str(), product.number), ("", 3));
    assert!(desk.item()["item_data"]["tax_ids"].is_null());
}

#[test]
fn stale_versions_and_reused_keys_are_refused() {
    let mut desk = Desk::new(vec![simple("Mug", "M", 5)]);
    let item = desk.item();
    let mut renamed = item.clone();
    renamed["item_data"]["name"] = json!("Cup");
    assert_eq!(desk.upsert("k1", &renamed).0, 200);
    assert_eq!(code(&desk.upsert("k2", &renamed)), (400, "VERSION_MISMATCH"));
    assert_eq!(desk.upsert("k1", &renamed).0, 200, "the same request again is the same answer");
    assert_eq!(code(&desk.upsert("k1", &item)), (400, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(desk.shop.applied.len(), 1);
    assert_eq!(
        code(&desk.ask("POST", "/v2/catalog/object", json!({"object": item}))),
        (400, "MISSING_REQUIRED_PARAMETER")
    );
}

#[test]
fn a_batch_is_all_or_nothing_and_batches_are_independent() {
    let mut desk = Desk::new(Vec::new());
    let item = |id: &str, name: &str, price: i64| {
        json!({"type": "ITEM", "id": id, "item_data": {"name": name, "variations": [{
            "type": "ITEM_VARIATION", "id": format!("{id}v"),
            "item_variation_data": {"name": "Regular", "pricing_type": "FIXED_PRICING", "price_money": {"amount": price, "currency": "USD"}},
        }]}})
    };
    let good = json!({"objects": [item("#a", "Mug", 100)]});
    let bad = json!({"objects": [item("#b", "Cup", 100), item("#c", "Pot", -1)]});
    let (status, answer) =
        desk.ask("POST", "/v2/catalog/batch-upsert", json!({"idempotency_key": "k", "batches": [good, bad]}));
    assert_eq!((status, answer["objects"].as_array().unwrap().len()), (200, 1));
    assert_eq!(
        answer["errors"][0]["field"],
        json!("batches[1].objects[1].item_data.variations[0].item_variation_data.price_money")
    );
    let names: Vec<&str> = desk.shop.products.values().map(|product| product.title.as_str()).collect();
    assert_eq!(names, ["Mug"]);
    let mapped = answer["id_mappings"].as_array().unwrap();
    assert_eq!(mapped.iter().map(|m| m["client_object_id"].as_str().unwrap()).collect::<Vec<_>>(), ["#a", "#av"]);
}

#[test]
fn more_than_250_variations_or_six_options_are_refused() {
    let mut desk = Desk::new(Vec::new());
    let variation = |n: usize| json!({"type": "ITEM_VARIATION", "id": format!("#v{n}"), "item_variation_data": {"name": n.to_string(), "pricing_type": "VARIABLE_PRICING"}});
    let item = |count: usize| json!({"type": "ITEM", "id": "#i", "item_data": {"name": "Paint", "variations": (0..count).map(variation).collect::<Vec<_>>()}});
    assert_eq!(desk.upsert("k1", &item(250)).0, 200);
    assert_eq!(code(&desk.upsert("k2", &item(251))), (400, "INVALID_VALUE"));
    let mut many = item(1);
    many["item_data"]["item_options"] = json!(vec![json!({"item_option_id": "#o"}); 7]);
    assert_eq!(code(&desk.upsert("k3", &many)), (400, "ARRAY_LENGTH_TOO_LONG"));
}

#[test]
fn stock_changes_keep_to_their_window_and_to_the_new_model() {
    let mut desk = Desk::new(vec![simple("Mug", "M", 5)]);
    let variation = desk.item()["item_data"]["variations"][0]["id"].clone();
    let now = desk.now;
    let mut number = 0;
    let mut adjust = |desk: &mut Desk, at: Timestamp, change: &dyn Fn(&mut Value)| {
        number += 1;
        let mut adjustment = json!({
            "catalog_object_id": variation, "from_state": "NONE", "to_state": "IN_STOCK", "quantity": "1.5",
            "from_location_id": "L000000000001", "to_location_id": "L000000000001", "occurred_at": at.rfc3339(),
        });
        change(&mut adjustment);
        let change = json!({"type": "ADJUSTMENT", "adjustment": adjustment});
        desk.ask(
            "POST",
            "/v2/inventory/changes/batch-create",
            json!({"idempotency_key": number.to_string(), "changes": [change]}),
        )
    };
    assert_eq!(adjust(&mut desk, now, &|_| {}).1["counts"][0]["quantity"], json!("6.5"));
    assert_eq!(code(&adjust(&mut desk, now.plus_seconds(3600), &|_| {})), (400, "INVALID_TIME"));
    assert_eq!(code(&adjust(&mut desk, now.plus_seconds(-25 * 3600), &|_| {})), (400, "INVALID_TIME"));
    let old_model = |adjustment: &mut Value| {
        let fields = adjustment.as_object_mut().unwrap();
        fields.remove("from_location_id");
        fields.remove("to_location_id");
        fields.insert("location_id".into(), json!("L000000000001"));
    };
    assert_eq!(code(&adjust(&mut desk, now, &old_model)), (400, "MISSING_REQUIRED_PARAMETER"));
    assert_eq!(code(&adjust(&mut desk, now, &|a| a["from_state"] = json!("IN_TRANSIT"))), (400, "INVALID_VALUE"));
    assert_eq!(code(&adjust(&mut desk, now, &|a| a["quantity"] = json!("0"))), (400, "VALUE_TOO_LOW"));
    assert_eq!(adjust(&mut desk, now, &|a| a["quantity"] = json!("0.00001")).0, 200);
    let change = json!({"type": "ADJUSTMENT"});
    let body = json!({"idempotency_key": "many", "changes": vec![change; 101]});
    assert_eq!(code(&desk.ask("POST", "/v2/inventory/changes/batch-create", body)), (400, "ARRAY_LENGTH_TOO_LONG"));
    assert_eq!(desk.shop.applied.len(), 2);
}

#[test]
fn calls_are_limited_and_versions_checked() {
    let mut desk = Desk::new(Vec::new());
    let now = desk.now;
    let statuses: Vec<u16> =
        (0..25).map(|_| ask(&mut *desk.square, &mut desk.shop, "GET", "/v2/locations", &Value::Null, now).0).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 5);
    desk.now = desk.now.plus_seconds(60);
    for (version, wanted) in
        [("yesterday", "INVALID_SQUARE_VERSION_FORMAT"), ("2025-08-20", "API_VERSION_INCOMPATIBLE")]
    {
        let token = desk.square.credentials()[0].1.clone();
        let headers =
            vec![("authorization".into(), format!("Bearer {token}")), ("square-version".into(), version.into())];
        let request = Incoming {
            method: "GET".into(),
            path: "/v2/locations".into(),
            query: Vec::new(),
            headers,
            body: Vec::new(),
        };
        let answer = desk.square.answer(&mut desk.shop, &request, desk.now);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(code(&(answer.status, body)), (400, wanted));
    }
}
