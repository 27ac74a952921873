//! A product as it has to be sent back: V3 replaces all variants of a product with those of the request ("partial
//! update of variants is not supported so on update you must pass all data for all of them", spec). So they are read
//! right before, with everything that the key may see, and sent as they came, less what only Wix may write; what this
//! program knows nothing of stays. The revision of that reading goes with it, so nothing that somebody changed in
//! between is overwritten: Wix refuses, and all of it is done again from a new reading.

use serde_json::{Map, Value, json};

use crate::http::{Request, segment};
use crate::platform::{PlatformError, WriteError};

use super::super::calls::{Also, gone, is_conflict, is_success, refused};
use super::super::shop::Shop;
use super::read;

/// Costs come only where they are asked for, and a variant that is sent without its cost has none afterwards.
const ALL_FIELDS: [&str; 7] = [
    "URL",
    "PLAIN_DESCRIPTION",
    "MEDIA_ITEMS_INFO",
    "WEIGHT_MEASUREMENT_UNIT_INFO",
    "VARIANT_OPTION_CHOICE_NAMES",
    "MERCHANT_DATA",
    "CURRENCY",
];
/// Tries against somebody who changes the same product.
const TRIES: u32 = 4;

/// A product right before it is changed, and what is changed of it.
pub(super) struct Whole {
    pub now: Value,
    changed: Map<String, Value>,
    variants: Option<Vec<Value>>,
}

impl Whole {
    async fn read(shop: &Shop, id: &str) -> Result<Self, PlatformError> {
        let now = read::raw(shop, id, &ALL_FIELDS).await?.ok_or_else(|| gone(format!("product {id} any more")))?;
        Ok(Self { now, changed: Map::new(), variants: None })
    }

    pub(super) fn set(&mut self, field: &str, value: Value) {
        self.changed.insert(field.to_owned(), value);
    }

    /// All variants, to be changed; they will be sent.
    pub(super) fn variants(&mut self) -> &mut Vec<Value> {
        let Self { now, variants, .. } = self;
        variants.get_or_insert_with(|| {
            let there = now.pointer("/variantsInfo/variants").and_then(Value::as_array);
            there.into_iter().flatten().cloned().map(writable).collect()
        })
    }

    /// `None` if nothing is to be different.
    fn body(self) -> Option<Map<String, Value>> {
        let mut body = self.changed;
        if let Some(variants) = self.variants {
            body.insert("variantsInfo".to_owned(), json!({"variants": variants}));
        }
        if body.is_empty() {
            return None;
        }
        body.insert("revision".to_owned(), self.now.get("revision").cloned().unwrap_or_default());
        Some(body)
    }
}

/// What became of a change.
pub(super) enum Changed {
    Done,
    /// Definitely not, and why.
    Refused(PlatformError),
}

/// Reads the product, lets `change` say what is to be different, and sends that; again from the reading where somebody
/// else was quicker. `change` may run several times.
pub(super) async fn update<T>(
    shop: &Shop,
    id: &str,
    mut change: impl FnMut(&mut Whole) -> T,
) -> Result<(Changed, T), WriteError> {
    let mut tries = 0;
    loop {
        let mut whole = Whole::read(shop, id).await.map_err(WriteError::NotApplied)?;
        let said = change(&mut whole);
        let Some(product) = whole.body() else { return Ok((Changed::Done, said)) };
        let request = Request::patch(format!("/stores/v3/products/{}", segment(id))).json(json!({"product": product}));
        let answer = shop.calls.write(request, Also::Refusals).await?;
        if is_success(&answer) {
            // An answer that breaks off does not tell what was done.
            let _: Value = shop.calls.json(&answer).map_err(WriteError::Unknown)?;
            return Ok((Changed::Done, said));
        }
        tries += 1;
        if is_conflict(&answer) && tries < TRIES {
            continue;
        }
        let refusal = match is_conflict(&answer) {
            true => refused("somebody else keeps changing it; try again later"),
            false => shop.calls.refusal(&answer),
        };
        return Ok((Changed::Refused(refusal), said));
    }
}

/// Less what only Wix may write.
fn writable(mut variant: Value) -> Value {
    if let Some(fields) = variant.as_object_mut() {
        for name in ["inventoryStatus", "subscriptionPricesInfo"] {
            fields.remove(name);
        }
        if let Some(price) = fields.get_mut("price").and_then(Value::as_object_mut) {
            price.remove("priceAfterDiscount");
            price
                .values_mut()
                .filter_map(Value::as_object_mut)
                .for_each(|amount| drop(amount.remove("formattedAmount")));
        }
        if let Some(revenue) = fields.get_mut("revenueDetails").and_then(Value::as_object_mut) {
            revenue.remove("profit");
            revenue.remove("profitMargin");
            revenue
                .values_mut()
                .filter_map(Value::as_object_mut)
                .for_each(|amount| drop(amount.remove("formattedAmount")));
        }
        let per_unit = fields.get_mut("physicalProperties").and_then(|physical| physical.get_mut("pricePerUnit"));
        if let Some(per_unit) = per_unit.and_then(Value::as_object_mut) {
            per_unit.retain(|name, _| name == "settings");
        }
    }
    variant
}
