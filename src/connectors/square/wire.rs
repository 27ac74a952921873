//! Square's JSON as it arrives: the parts that we read, every field optional, since Square leaves out what is empty.
//!
//! Objects of a list come as raw values and are decoded one by one ([`objects`]), so that one bad record does not cost
//! the page. What we do not know is not here; where an object is sent back whole, its raw value is kept instead.
//! Field names and meanings: the Square API reference, Square-Version 2026-09-16.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Anything in the catalogue; `kind` says which of the `…_data` is there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CatalogObject {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    pub updated_at: Option<String>,
    pub is_deleted: Option<bool>,
    /// Absent means true.
    pub present_at_all_locations: Option<bool>,
    pub present_at_location_ids: Option<Vec<String>>,
    pub absent_at_location_ids: Option<Vec<String>>,
    pub custom_attribute_values: Option<BTreeMap<String, CustomAttribute>>,
    pub item_data: Option<Item>,
    pub item_variation_data: Option<ItemVariation>,
    pub item_option_data: Option<ItemOption>,
    pub item_option_value_data: Option<ItemOptionValue>,
    pub image_data: Option<Image>,
    pub category_data: Option<Category>,
}

impl CatalogObject {
    /// When it and its variations were last changed.
    pub fn stamps(&self) -> impl Iterator<Item = &str> {
        let variations = self.item_data.iter().flat_map(|item| item.variations.iter().flatten());
        variations.map(|variation| &variation.updated_at).chain([&self.updated_at]).filter_map(Option::as_deref)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CustomAttribute {
    pub name: Option<String>,
    pub key: Option<String>,
    pub string_value: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Item {
    pub name: Option<String>,
    /// Deprecated by Square, and the only description of old items.
    pub description: Option<String>,
    pub description_html: Option<String>,
    pub description_plaintext: Option<String>,
    pub is_archived: Option<bool>,
    /// Deprecated by Square in favour of `categories`.
    pub category_id: Option<String>,
    pub categories: Option<Vec<CategoryReference>>,
    pub reporting_category: Option<CategoryReference>,
    pub image_ids: Option<Vec<String>>,
    pub item_options: Option<Vec<ItemOptionReference>>,
    pub variations: Option<Vec<CatalogObject>>,
    /// Deprecated by Square; the shop page of items that Square Online shows.
    pub ecom_uri: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CategoryReference {
    pub id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ItemOptionReference {
    pub item_option_id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ItemVariation {
    pub item_id: Option<String>,
    pub name: Option<String>,
    pub sku: Option<String>,
    pub upc: Option<String>,
    pub pricing_type: Option<String>,
    pub price_money: Option<Money>,
    pub location_overrides: Option<Vec<LocationOverride>>,
    pub track_inventory: Option<bool>,
    pub item_option_values: Option<Vec<ItemOptionValueReference>>,
    /// 255 characters that belong to whoever made the variation; where our mark stands.
    pub user_data: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LocationOverride {
    pub location_id: Option<String>,
    pub price_money: Option<Money>,
    pub pricing_type: Option<String>,
    pub track_inventory: Option<bool>,
    pub sold_out: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ItemOptionValueReference {
    pub item_option_id: Option<String>,
    pub item_option_value_id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ItemOption {
    pub name: Option<String>,
    pub display_name: Option<String>,
    pub values: Option<Vec<CatalogObject>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ItemOptionValue {
    pub item_option_id: Option<String>,
    pub name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    pub url: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Category {
    pub name: Option<String>,
}

/// What was made of a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ImageAnswer {
    pub image: Option<CatalogObject>,
}

/// The smallest unit of the currency.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Money {
    pub amount: Option<i64>,
    pub currency: Option<String>,
}

/// Answer of catalogue search, list and batch-retrieve.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CatalogPage {
    pub objects: Vec<Value>,
    pub related_objects: Vec<Value>,
    pub cursor: Option<String>,
    pub latest_time: Option<String>,
    pub errors: Vec<Error>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UpsertAnswer {
    pub objects: Vec<Value>,
    pub errors: Vec<Error>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct InventoryCount {
    pub catalog_object_id: Option<String>,
    pub location_id: Option<String>,
    pub state: Option<String>,
    /// A decimal number with up to five decimals, as text.
    pub quantity: Option<String>,
    pub calculated_at: Option<String>,
}

/// Answer of counts/batch-retrieve and of changes/batch-create.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CountsPage {
    pub counts: Vec<InventoryCount>,
    pub cursor: Option<String>,
    pub errors: Vec<Error>,
}

/// Answer of changes/batch-retrieve, as far as it tells whose change it was.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChangesPage {
    pub changes: Vec<InventoryChange>,
    pub cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InventoryChange {
    pub physical_count: Option<Reference>,
    pub adjustment: Option<Adjustment>,
}

/// Units that went from one state to another; the location stands in `location_id` before 2026-07-15.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Adjustment {
    pub reference_id: Option<String>,
    pub catalog_object_id: Option<String>,
    pub from_state: Option<String>,
    pub to_state: Option<String>,
    pub location_id: Option<String>,
    pub to_location_id: Option<String>,
    pub quantity: Option<String>,
    pub occurred_at: Option<String>,
    /// The sale, "only relevant for payment-related state transitions" (reference).
    pub transaction_id: Option<String>,
    pub refund_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    pub reference_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Locations {
    pub locations: Vec<Location>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Location {
    pub id: String,
    pub name: Option<String>,
    /// `ACTIVE` or `INACTIVE`
    pub status: Option<String>,
    pub currency: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MerchantAnswer {
    pub merchant: Option<Merchant>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Merchant {
    pub business_name: Option<String>,
    pub currency: Option<String>,
    pub main_location_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenStatus {
    pub scopes: Option<Vec<String>>,
    /// Absent or empty for a token that never expires.
    pub expires_at: Option<String>,
}

/// One of the `errors` of any answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Error {
    pub category: String,
    pub code: String,
    pub detail: Option<String>,
    /// The request's field that is meant: `changes[3].adjustment.quantity`.
    pub field: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Errors {
    pub errors: Vec<Error>,
}

impl Error {
    /// Square's sentence, with the field and the code that its support asks for.
    pub fn sentence(&self) -> String {
        let detail = self.detail.as_deref().map(str::trim).filter(|detail| !detail.is_empty());
        let mut sentence = crate::domain::clean(detail.unwrap_or("no explanation was given"));
        if let Some(field) = self.field.as_deref().filter(|field| !field.is_empty()) {
            sentence = format!("{sentence}, field {}", crate::domain::clean(field));
        }
        if !self.code.is_empty() {
            sentence = format!("{sentence} ({})", crate::domain::clean(&self.code));
        }
        sentence
    }
}

/// The errors in a body, whatever else it holds; empty if there are none or it is no JSON.
pub fn errors(body: &[u8]) -> Vec<Error> {
    serde_json::from_slice::<Errors>(body).map(|found| found.errors).unwrap_or_default()
}

/// Up to three errors as one sentence; `None` if there are none.
pub fn explain(_status: u16, body: &[u8]) -> Option<String> {
    join(&errors(body))
}

pub fn join(errors: &[Error]) -> Option<String> {
    let sentences: Vec<String> = errors.iter().take(3).map(Error::sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

/// A list's objects, each decoded by itself: the object, or its identifier and what is wrong with it.
pub fn objects(raw: Vec<Value>) -> impl Iterator<Item = Result<CatalogObject, (String, String)>> {
    raw.into_iter().map(|value| {
        let id = value.get("id").and_then(Value::as_str).map_or_else(|| "without identifier".to_owned(), clipped);
        serde_json::from_value(value).map_err(|why| (id, format!("Square's record could not be read: {why}")))
    })
}

fn clipped(id: &str) -> String {
    crate::domain::clean(id).chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_squares_sentence_field_and_code() {
        let body = br#"{"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE","detail":"Bad \u001b[31m quantity","field":"changes[3].adjustment.quantity"}]}"#;
        let sentence = explain(400, body).unwrap();
        assert_eq!(sentence, "Bad [31m quantity, field changes[3].adjustment.quantity (INVALID_VALUE)");
        assert_eq!(explain(502, b"<html>Bad gateway</html>"), None);
        assert_eq!(explain(500, br#"{"errors":[]}"#), None);
    }

    #[test]
    fn one_bad_record_does_not_cost_the_page() {
        let raw = vec![
            serde_json::json!({"type":"ITEM","id":"A","item_data":{"name":"Mug","image_ids":null}}),
            serde_json::json!({"type":"ITEM","id":"B","item_data":{"name":7}}),
            serde_json::json!("no object at all"),
        ];
        let read: Vec<_> = objects(raw).collect();
        assert_eq!(read[0].as_ref().unwrap().id, "A");
        assert_eq!(read[1].as_ref().unwrap_err().0, "B");
        assert_eq!(read[2].as_ref().unwrap_err().0, "without identifier");
    }
}
