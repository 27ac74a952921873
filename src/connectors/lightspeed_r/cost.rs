//! What a call costs, in tenths of a drip. Pure.
//!
//! Docs, Rate Limiting and Relations: one drip for each call; a relation to one further record 0.1, to many 0.2, twice
//! that where several records are asked for; half a drip for each related record in the body of a change; ten for the
//! change of a category. "Costs are determined based solely on the request contents", so they are known beforehand; what
//! R-Series really took stands in the headers of the answer.

use serde_json::Value;

use super::profile::TENTHS;

/// Ten for the change of a category.
const CATEGORY: u32 = 100;
const ENTITY: u32 = 5;
/// Relations to many; the others that we ask for are to one.
const TO_MANY: [&str; 3] = ["ItemShops", "Images", "SaleLines"];

/// Of a call that reads. `several`: of a list, and not of one record.
pub fn read(relations: &[&str], several: bool) -> u32 {
    let each = |name: &&str| if TO_MANY.contains(name) { 2 } else { 1 };
    let relations: u32 = relations.iter().map(each).sum();
    TENTHS + relations * if several { 2 } else { 1 }
}

/// Of a call that changes something.
pub fn write(thing: &str, body: &Value) -> u32 {
    let base = if thing == "Category" { CATEGORY } else { TENTHS };
    base + ENTITY * entities(body)
}

/// Related records in a body: what has a name with a capital is one, or holds some.
fn entities(body: &Value) -> u32 {
    let Some(fields) = body.as_object() else { return 0 };
    let related = fields.iter().filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()));
    related
        .map(|(_, value)| match value {
            Value::Array(all) => u32::try_from(all.len()).unwrap_or(u32::MAX),
            // `Prices: {ItemPrice: […]}` is no record itself.
            value => entities(value).max(1),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn costs_are_those_of_the_docs() {
        assert_eq!(read(&[], true), 10);
        assert_eq!(read(&["ItemShops"], true), 14);
        assert_eq!(read(&["ItemShops", "Category"], false), 13);
        assert_eq!(write("Item", &json!({"description": "Mug"})), 10);
        assert_eq!(write("Item", &json!({"ItemShops": {"ItemShop": [{"shopID": "1", "qoh": "3"}]}})), 15);
        let two =
            json!({"Prices": {"ItemPrice": [{"amount": "1"}, {"amount": "2"}]}, "ItemAttributes": {"attribute1": "S"}});
        assert_eq!(write("Item", &two), 25);
        assert_eq!(write("Category", &json!({"name": "Home"})), 100);
    }
}
