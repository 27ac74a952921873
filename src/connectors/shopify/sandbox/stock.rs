//! `inventoryAdjustQuantities`, with the two rules that the schema does not tell: the directive `@idempotent` is
//! required, and so is `changeFromQuantity`, though it may be `null`.

use serde_json::{Map, Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Applied, Shop};

use super::answer::Fault;
use super::state::{Known, State};
use super::things::{flag, gid, item_of, moment, number_of, pieces};

/// Shopify, "Manage quantities": what may stand as `reason`.
const REASONS: [&str; 14] = [
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_created",
    "movement_updated",
    "movement_received",
    "movement_canceled",
    "other",
    "promotion",
    "quality_control",
    "received",
    "restock",
    "safety_stock",
    "shrinkage",
];
const MOST: i64 = 2_000_000_000;

struct Change {
    product: u64,
    position: usize,
    location: u64,
    to: i64,
    delta: i64,
}

pub(super) fn adjust(
    shop: &mut Shop,
    state: &mut State,
    arguments: &Map<String, Value>,
    key: Option<&str>,
    now: Timestamp,
) -> Result<Value, Fault> {
    if !state.may("write_inventory") {
        return Err(Fault::denied("inventoryAdjustQuantities", "write_inventory"));
    }
    let Some(key) = key.filter(|key| !key.trim().is_empty()) else {
        let message = "The @idempotent directive is required for this mutation but was not provided.";
        return Err(Fault::new("BAD_REQUEST", message));
    };
    let input = &arguments["input"];
    let changes = input["changes"].as_array().map_or(&[][..], |changes| changes);
    if let Some(without) = changes.iter().position(|change| change.get("changeFromQuantity").is_none()) {
        let message =
            format!("input.changes.{without}.changeFromQuantity: this argument must be given, it may be null");
        return Err(Fault::new("BAD_REQUEST", message));
    }
    let refused = |errors: Value| json!({ "inventoryAdjustmentGroup": null, "userErrors": errors });
    let by_key = |code: &str, message: &str| refused(json!([{ "code": code, "field": null, "message": message }]));
    match state.known(key, input, now) {
        Known::New => {}
        Known::Done(payload) => return Ok(payload),
        Known::Failed => {
            let message = "A previous request with this idempotency key failed. Retry with a new idempotency key.";
            return Ok(by_key("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", message));
        }
        Known::Other => {
            let message = "The same idempotency key cannot be used with different operation parameters.";
            return Ok(by_key("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", message));
        }
    }
    let checked = check(shop, input, changes);
    let checked = match checked {
        Ok(checked) => checked,
        Err(errors) => {
            state.remember(key, input, None, now);
            return Ok(refused(Value::Array(errors)));
        }
    };
    let group = state.number();
    let mut told = Vec::new();
    for (change, asked) in checked.iter().zip(changes) {
        apply(shop, change, key, now);
        told.push(json!({
            "name": "available", "delta": change.delta, "quantityAfterChange": change.to,
            "item": asked["inventoryItemId"], "location": asked["locationId"],
        }));
    }
    let payload = json!({
        "inventoryAdjustmentGroup": {
            "id": gid("InventoryAdjustmentGroup", group), "createdAt": moment(now), "reason": input["reason"],
            "referenceDocumentUri": input["referenceDocumentUri"], "changes": told,
        },
        "userErrors": [],
    });
    state.remember(key, input, Some(payload.clone()), now);
    Ok(payload)
}

fn apply(shop: &mut Shop, change: &Change, key: &str, now: Timestamp) {
    let Some(product) = shop.products.get(&change.product) else { return };
    let variant = &product.variants[change.position];
    // A count that is not kept stays so: Shopify lets it be written and does not look at it.
    let (number, tracked) = (variant.number, variant.tracked);
    shop.set_level(change.product, change.position, change.location, Quantity::units(change.to), now);
    if let Some(product) = shop.products.get_mut(&change.product) {
        product.variants[change.position].tracked = tracked;
    }
    shop.applied.push(Applied {
        at: now,
        what: "stock",
        product: change.product,
        variant: Some(number),
        change: format!("{} → {}", change.to - change.delta, change.to),
        key: Some(key.to_owned()),
    });
}

fn check(shop: &Shop, input: &Value, changes: &[Value]) -> Result<Vec<Change>, Vec<Value>> {
    let mut errors = Vec::new();
    let mut error = |code: &str, path: Value, message: &str| {
        errors.push(json!({ "code": code, "field": path, "message": message }));
    };
    if input["name"] != "available" {
        error("INVALID_QUANTITY_NAME", json!(["input", "name"]), "The specified quantity name is invalid.");
    }
    if !REASONS.iter().any(|reason| input["reason"] == *reason) {
        error("INVALID_REASON", json!(["input", "reason"]), "The specified reason is invalid.");
    }
    if input["referenceDocumentUri"].as_str().is_some_and(|uri| !is_document(uri)) {
        let path = json!(["input", "referenceDocumentUri"]);
        error("INVALID_REFERENCE_DOCUMENT", path, "The specified reference document is invalid.");
    }
    let mut checked: Vec<Change> = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let path = |field: &str| json!(["input", "changes", index.to_string(), field]);
        let item = change["inventoryItemId"].as_str().and_then(|id| item_of(shop, id));
        let Some((product, position)) = item else {
            let message = "The specified inventory item could not be found.";
            error("INVALID_INVENTORY_ITEM", path("inventoryItemId"), message);
            continue;
        };
        let variant = &product.variants[position];
        if flag(&variant.extra, "requires_components") {
            let message = "The specified inventory item is not allowed to be adjusted via API.";
            error("NON_MUTABLE_INVENTORY_ITEM", path("inventoryItemId"), message);
            continue;
        }
        let location = change["locationId"].as_str().and_then(|id| number_of("Location", id));
        let Some((location, level)) = location.and_then(|at| Some((at, pieces(*variant.levels.get(&at)?)))) else {
            error("INVALID_LOCATION", path("locationId"), "The specified location could not be found.");
            continue;
        };
        if change["changeFromQuantity"].as_i64().is_some_and(|expected| expected != level) {
            let message = "The changeFromQuantity argument no longer matches the persisted quantity.";
            error("CHANGE_FROM_QUANTITY_STALE", path("changeFromQuantity"), message);
            continue;
        }
        let delta = change["delta"].as_i64().unwrap_or(0);
        let to = level + delta;
        if to > MOST {
            error("INVALID_QUANTITY_TOO_HIGH", path("delta"), "The quantity can't be higher than 2,000,000,000.");
        } else if to < -MOST {
            error("INVALID_QUANTITY_TOO_LOW", path("delta"), "The quantity can't be lower than -2,000,000,000.");
        }
        if checked.iter().any(|c| (c.product, c.position, c.location) == (product.number, position, location)) {
            let message = "The quantities couldn't be adjusted: an item and a location stand twice in the changes.";
            error("ADJUST_QUANTITIES_FAILED", path("inventoryItemId"), message);
        }
        checked.push(Change { product: product.number, position, location, to, delta });
    }
    if errors.is_empty() { Ok(checked) } else { Err(errors) }
}

/// `scheme:something`; for a GID, all of app, entity and id.
fn is_document(uri: &str) -> bool {
    match uri.strip_prefix("gid://") {
        Some(rest) => rest.split('/').filter(|part| !part.is_empty()).count() == 3,
        None => uri.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()),
    }
}
