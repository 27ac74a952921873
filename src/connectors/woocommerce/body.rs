//! What is sent to make a product: JSON bodies out of a listing.
//!
//! Only documented, writable properties (a contract test holds this). Nothing is guessed: what WooCommerce could not
//! keep as it is, is refused here, before the first call.

use serde_json::{Map, Value, json};

use crate::domain::{Creation, Listing, Quantity, Structure, Units, Variant};

use super::convert::BRAND;
use super::prices::{Prices, Wanted};
use super::profile::MOST_PICTURES;

/// The meta field that says which creation made a product; a variation's value has its position behind a colon.
pub(super) const MARK: &str = "_counterpart_mark";

/// The bodies of one creation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bodies {
    pub product: Value,
    /// One for each variant of a variable listing, in order; empty for a simple one.
    pub variations: Vec<Value>,
    /// What does not go over, in plain sentences.
    pub notes: Vec<String>,
}

/// The error is a plain sentence that says why this listing cannot be made in WooCommerce.
pub(super) fn bodies(creation: &Creation, source: &Listing, units: &Units) -> Result<Bodies, String> {
    let mut notes = Vec::new();
    let mark = &creation.mark.0;
    let mut product = Map::new();
    product.insert("name".into(), json!(source.title.as_str()));
    product.insert("status".into(), json!(if creation.draft { "draft" } else { "publish" }));
    if !source.description.is_empty() {
        product.insert("description".into(), json!(escaped(&source.description)));
    }
    product.insert("meta_data".into(), json!([{"key": MARK, "value": mark}]));
    let pictures: Vec<&String> = source.images.iter().filter(|address| address.starts_with("http")).collect();
    if pictures.len() > MOST_PICTURES {
        notes.push(format!("only the first {MOST_PICTURES} of {} pictures were sent", pictures.len()));
    }
    if !pictures.is_empty() {
        let images: Vec<Value> = pictures.iter().take(MOST_PICTURES).map(|address| json!({"src": address})).collect();
        product.insert("images".into(), json!(images));
    }

    let quantity = |position: usize| creation.quantities.get(position).copied().flatten();
    let mut attributes = Vec::new();
    let mut variations = Vec::new();
    match &source.structure {
        Structure::Simple => {
            let variant = source.variants.first().ok_or("it has no variant to copy")?;
            product.insert("type".into(), json!("simple"));
            put_article(&mut product, variant, quantity(0), units, &mut notes)?;
        }
        Structure::Variable { options } => {
            if options.is_empty() {
                return Err("its variants have no options to tell them apart, which WooCommerce needs".to_owned());
            }
            product.insert("type".into(), json!("variable"));
            for (position, option) in options.iter().enumerate() {
                let mut values: Vec<&str> = Vec::new();
                for variant in &source.variants {
                    let value = variant.options.iter().find(|value| value.option == *option);
                    let value = value.map_or("", |value| value.value.as_str());
                    check_option_value(option, value)?;
                    if !values.contains(&value) {
                        values.push(value);
                    }
                }
                attributes.push(json!({
                    "name": option.as_str(), "position": position, "visible": true, "variation": true, "options": values
                }));
            }
            for (position, variant) in source.variants.iter().enumerate() {
                let mut variation = Map::new();
                put_article(&mut variation, variant, quantity(position), units, &mut notes)?;
                let values: Vec<Value> = variant
                    .options
                    .iter()
                    .map(|value| json!({"name": value.option.as_str(), "option": value.value.as_str()}))
                    .collect();
                variation.insert("attributes".into(), json!(values));
                variation.insert("meta_data".into(), json!([{"key": MARK, "value": format!("{mark}:{position}")}]));
                variations.push(Value::Object(variation));
            }
        }
    }
    if let Some(brand) = source.brand.as_ref().filter(|_| !has_option_named_brand(source)) {
        check_option_value(BRAND, brand)?;
        let position = attributes.len();
        attributes.push(json!({
            "name": BRAND, "position": position, "visible": true, "variation": false, "options": [brand.as_str()]
        }));
    }
    if !attributes.is_empty() {
        product.insert("attributes".into(), json!(attributes));
    }
    Ok(Bodies { product: Value::Object(product), variations, notes })
}

/// What a simple product and a variation have in common.
pub(super) fn put_article(
    body: &mut Map<String, Value>,
    variant: &Variant,
    quantity: Option<Quantity>,
    units: &Units,
    notes: &mut Vec<String>,
) -> Result<(), String> {
    if variant.price.is_some() {
        let wanted = Wanted { price: Some(variant.price), compare_at: Some(variant.compare_at) };
        let nothing = Prices { price: None, compare_at: None };
        let prices = wanted.body(nothing).or_else(|why| {
            notes.push(format!("the compare-at price was left out: {why}"));
            Wanted { compare_at: None, ..wanted }.body(nothing)
        })?;
        body.extend(prices);
    }
    if let Some(weight) = variant.weight {
        match units.write_weight(weight) {
            Ok(weight) => drop(body.insert("weight".into(), json!(weight))),
            Err(why) => notes.push(format!("the weight was left out: {why}")),
        }
    }
    if let Some(dimensions) = variant.dimensions {
        match units.write_dimensions(dimensions) {
            Ok([length, width, height]) => {
                let size = json!({"length": length, "width": width, "height": height});
                body.insert("dimensions".into(), size);
            }
            Err(why) => notes.push(format!("the dimensions were left out: {why}")),
        }
    }
    if let Some(sku) = &variant.sku {
        body.insert("sku".into(), json!(sku.as_str()));
    }
    if let Some(barcode) = &variant.barcode {
        if is_global_id(barcode) {
            body.insert("global_unique_id".into(), json!(barcode.as_str()));
        } else {
            notes.push(format!("the barcode {barcode} was left out: WooCommerce takes digits and hyphens only"));
        }
    }
    match quantity {
        Some(quantity) => {
            body.insert("manage_stock".into(), json!(true));
            body.insert("stock_quantity".into(), json!(whole(quantity)?));
        }
        // Unknown is never written: the copy is not counted until somebody says how many there are.
        None => {
            body.insert("manage_stock".into(), json!(false));
        }
    }
    Ok(())
}

/// A quantity as WooCommerce takes it.
pub(super) fn whole(quantity: Quantity) -> Result<i64, String> {
    quantity
        .whole()
        .ok_or_else(|| format!("{quantity} is not a whole number, and WooCommerce counts whole pieces only"))
}

/// The body that sets one count. `manage_stock` stays away: writing must not switch counting on.
pub(super) fn set_stock(id: u64, quantity: i64) -> Value {
    json!({"id": id, "stock_quantity": quantity})
}

pub(super) fn check_option_value(option: &str, value: &str) -> Result<(), String> {
    // Blank would mean "any"; WooCommerce splits values at "|" (WC_DELIMITER).
    if value.is_empty() {
        return Err(format!("a variant has no value for {option}, which WooCommerce would take as any"));
    }
    if value.contains('|') {
        return Err(format!("{option} has the value {value:?}, and WooCommerce takes | as a separator"));
    }
    Ok(())
}

fn has_option_named_brand(source: &Listing) -> bool {
    match &source.structure {
        Structure::Simple => false,
        Structure::Variable { options } => options.iter().any(|option| option.eq_ignore_ascii_case(BRAND)),
    }
}

/// `/^[0-9-]*[0-9Xx]?$/` (WC_Product::set_global_unique_id); before that check other characters are dropped silently.
pub(super) fn is_global_id(barcode: &str) -> bool {
    let last_may_be_x = barcode.strip_suffix(['x', 'X']).unwrap_or(barcode);
    !last_may_be_x.is_empty() && last_may_be_x.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// The domain's descriptions are plain text, WooCommerce's are HTML.
pub(super) fn escaped(text: &str) -> String {
    html_escape::encode_text(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ConnectionId, Currency, IdempotencyKey, ListingId, Money, OptionValue, RemoteId, Status, Stock, Text,
    };

    fn variant(options: &[(&str, &str)]) -> Variant {
        Variant {
            remote: RemoteId::new("v").unwrap(),
            inventory: None,
            options: options
                .iter()
                .map(|(option, value)| OptionValue { option: Text::new(option), value: Text::new(value) })
                .collect(),
            sku: Text::some("S-1"),
            barcode: Text::some("ABC-1"),
            price: Some(Money::new(1990, Currency::new("EUR").unwrap())),
            compare_at: None,
            weight: None,
            dimensions: None,
            stock: Stock::Untracked,
        }
    }

    fn source(structure: Structure, variants: Vec<Variant>) -> Listing {
        Listing {
            remote: RemoteId::new("p").unwrap(),
            title: Text::new("Tea & more"),
            description: Text::new("5 < 6"),
            brand: Text::some("Fair"),
            category: None,
            status: Status::Active,
            structure,
            variants,
            images: (0..9).map(|n| format!("https://x/{n}.jpg")).collect(),
            page: None,
            updated_at: None,
        }
    }

    fn creation(quantities: Vec<Option<Quantity>>) -> Creation {
        Creation {
            source: ListingId(1),
            connection: ConnectionId(1),
            draft: true,
            quantities,
            mark: IdempotencyKey("m".repeat(32)),
        }
    }

    #[test]
    fn unknown_is_not_written_and_what_is_lost_is_told() {
        let made =
            bodies(&creation(vec![None]), &source(Structure::Simple, vec![variant(&[])]), &Units::default()).unwrap();
        assert_eq!(made.product["manage_stock"], json!(false));
        assert!(made.product.get("stock_quantity").is_none());
        assert_eq!(made.product["description"], json!("5 &lt; 6"));
        assert_eq!(made.product["status"], json!("draft"));
        assert!(made.product.get("global_unique_id").is_none());
        assert_eq!(made.product["images"].as_array().unwrap().len(), MOST_PICTURES);
        assert_eq!(made.notes.len(), 2, "{:?}", made.notes);
        assert_eq!(made.product["attributes"][0]["options"], json!(["Fair"]));
    }

    #[test]
    fn variants_become_variations_with_their_positions() {
        let options = Structure::Variable { options: vec![Text::new("Size"), Text::new("Brand")] };
        let variants = vec![variant(&[("Size", "S"), ("Brand", "A")]), variant(&[("Size", "S"), ("Brand", "B")])];
        let made =
            bodies(&creation(vec![Some(Quantity::units(4)), None]), &source(options, variants), &Units::default())
                .unwrap();
        assert_eq!(made.product["attributes"].as_array().unwrap().len(), 2);
        assert_eq!(made.product["attributes"][0]["options"], json!(["S"]));
        assert!(made.product.get("manage_stock").is_none());
        assert_eq!(made.variations[0]["stock_quantity"], json!(4));
        assert_eq!(made.variations[1]["manage_stock"], json!(false));
        assert_eq!(made.variations[1]["meta_data"][0]["value"], json!(format!("{}:1", "m".repeat(32))));
    }

    #[test]
    fn what_woocommerce_cannot_keep_is_refused() {
        let size = || Structure::Variable { options: vec![Text::new("Size")] };
        let refused = |structure, variants, quantity: &str| {
            let quantities = vec![Some(quantity.parse().unwrap()); 2];
            bodies(&creation(quantities), &source(structure, variants), &Units::default()).unwrap_err()
        };
        assert!(refused(size(), vec![variant(&[("Size", "S|M")])], "1").contains("separator"));
        assert!(refused(size(), vec![variant(&[])], "1").contains("no value for Size"));
        assert!(refused(Structure::Simple, vec![variant(&[])], "1.5").contains("whole"));
        assert!(refused(Structure::Variable { options: vec![] }, vec![variant(&[])], "1").contains("no options"));
    }

    #[test]
    fn global_ids() {
        for good in ["4006381333931", "0-306-40615-2", "080442957X"] {
            assert!(is_global_id(good), "{good}");
        }
        for bad in ["", "X", "ABC", "12 3", "12X4"] {
            assert!(!is_global_id(bad), "{bad}");
        }
    }
}
