//! What is sent to make a product: one body with all its variants. Nothing is guessed: what BigCommerce could not keep
//! as it is, is refused here, before the first call.

use serde_json::{Map, Value, json};

use crate::domain::{Creation, Listing, Structure, Variant};

use super::convert::Facts;
use super::measures::{decimal, sides};
use super::prices::{Prices, Wanted};
use super::profile::{BARCODE, PICTURE_ADDRESS};

/// What a creation's mark begins with, among the search keywords: nobody sees those, and they can be set in the very
/// call that makes the product. (Custom fields are shown to customers, metafields need a call of their own.)
pub(super) const MARK: &str = "counterpart-";

/// The body and what does not go over, in plain sentences.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Body {
    pub product: Map<String, Value>,
    pub notes: Vec<String>,
}

/// `category`: the store's own number for the source's category, if it has one.
pub(super) fn product(
    creation: &Creation,
    source: &Listing,
    facts: &Facts,
    category: Option<u64>,
) -> Result<Body, String> {
    let mut notes = Vec::new();
    let mut product = Map::new();
    let mut set = |name: &str, value: Value| drop(product.insert(name.to_owned(), value));
    set("name", json!(source.title.as_str()));
    set("type", json!("physical"));
    set("is_visible", json!(!creation.draft));
    set("search_keywords", json!(format!("{MARK}{}", creation.mark.0)));
    if !source.description.is_empty() {
        set("description", json!(escaped(&source.description)));
    }
    if let Some(brand) = &source.brand {
        set("brand_name", json!(brand.as_str()));
    }
    if let Some(category) = category {
        set("categories", json!([category]));
    }
    let is_counted = creation.quantities.iter().any(Option::is_some);
    if is_counted && creation.quantities.iter().any(Option::is_none) {
        notes.push("some variants have no known count; they cannot be bought before they are counted".to_owned());
    }
    let pictures = pictures(source, &mut notes);
    if !pictures.is_empty() {
        set("images", json!(pictures));
    }
    let first = source.variants.first().ok_or("it has no variant to copy")?;
    match &source.structure {
        Structure::Simple => {
            set("inventory_tracking", json!(if is_counted { "product" } else { "none" }));
            product.extend(article(first, facts, &mut notes)?);
            // Demanded of every product.
            product.entry("weight").or_insert(json!(0));
        }
        Structure::Variable { options } => {
            if options.is_empty() {
                return Err("its variants have no options to tell them apart, which BigCommerce needs".to_owned());
            }
            set("inventory_tracking", json!(if is_counted { "variant" } else { "none" }));
            // What variants without a price of their own would cost; all of ours have one.
            let price = first.price.ok_or("BigCommerce wants a price for every article")?;
            set("price", decimal(&price.amount())?);
            set("weight", json!(0));
            let variants = source.variants.iter().map(|one| variant(one, facts, &mut notes));
            let variants = variants.collect::<Result<Vec<_>, String>>()?;
            set("variants", json!(variants));
        }
    }
    Ok(Body { product, notes })
}

/// With its option values by name, which makes options and values on the way.
fn variant(variant: &Variant, facts: &Facts, notes: &mut Vec<String>) -> Result<Value, String> {
    let mut body = article(variant, facts, notes)?;
    sku_of(variant)?;
    let values = variant.options.iter().map(|option| {
        if option.value.is_empty() {
            return Err(format!("a variant has no value for {}", option.option));
        }
        Ok(json!({"option_display_name": option.option.as_str(), "label": option.value.as_str()}))
    });
    body.insert("option_values".to_owned(), json!(values.collect::<Result<Vec<_>, String>>()?));
    Ok(Value::Object(body))
}

pub(super) fn sku_of(variant: &Variant) -> Result<&str, String> {
    let missing =
        || format!("the variant {} has no SKU, and BigCommerce wants one for each variant", variant.option_label());
    variant.sku.as_ref().map(|sku| sku.as_str()).ok_or_else(missing)
}

/// What products and variants have alike.
pub(super) fn article(variant: &Variant, facts: &Facts, notes: &mut Vec<String>) -> Result<Map<String, Value>, String> {
    let now = Prices { price: variant.price, compare_at: variant.compare_at };
    let other =
        [variant.price, variant.compare_at].into_iter().flatten().find(|price| price.currency != facts.currency);
    if let Some(other) = other {
        return Err(format!("the store's prices are in {}, and this one is {other}", facts.currency));
    }
    let mut body = Wanted::default().body(now)?;
    // 0 is what there is before anybody sets it.
    body.retain(|name, value| name != "sale_price" || *value != json!(0));
    if let Some(sku) = &variant.sku {
        body.insert("sku".to_owned(), json!(sku.as_str()));
    }
    match &variant.barcode {
        Some(barcode) if barcode.chars().count() > BARCODE => {
            notes.push(format!("the barcode {barcode} is longer than {BARCODE} characters and was not sent"));
        }
        Some(barcode) => drop(body.insert("upc".to_owned(), json!(barcode.as_str()))),
        None => {}
    }
    if let Some(weight) = variant.weight {
        body.insert("weight".to_owned(), decimal(&facts.units.write_weight(weight)?)?);
    }
    if let Some(dimensions) = variant.dimensions {
        let [length, width, height] = sides(&facts.units.write_dimensions(dimensions)?)?;
        body.extend([("depth".to_owned(), length), ("width".to_owned(), width), ("height".to_owned(), height)]);
    }
    Ok(body)
}

/// The main one first.
fn pictures(source: &Listing, notes: &mut Vec<String>) -> Vec<Value> {
    let (usable, other): (Vec<&String>, Vec<&String>) =
        source.images.iter().partition(|address| address.starts_with("http") && address.len() <= PICTURE_ADDRESS);
    if !other.is_empty() {
        notes.push(format!("{} pictures were not sent: their addresses are too long or none", other.len()));
    }
    let picture = |(place, address): (usize, &String)| picture(address, place);
    usable.into_iter().enumerate().map(picture).collect()
}

pub(super) fn picture(address: &str, place: usize) -> Value {
    json!({"image_url": address, "is_thumbnail": place == 0, "sort_order": place})
}

/// The domain's descriptions are plain text, BigCommerce's are HTML.
pub(super) fn escaped(text: &str) -> String {
    html_escape::encode_text(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ConnectionId, Currency, IdempotencyKey, ListingId, Money, OptionValue, Quantity, RemoteId, Status, Stock, Text,
        Units,
    };

    fn facts() -> Facts {
        Facts { currency: Currency::new("EUR").unwrap(), units: Units::default(), address: None, default_channel: None }
    }

    fn source(options: &[&str], sku: Option<&str>) -> Listing {
        let value = |option: &&str| OptionValue { option: Text::new(option), value: Text::new("Red") };
        let variant = Variant {
            remote: RemoteId::new("v").unwrap(),
            inventory: None,
            options: options.iter().map(value).collect(),
            sku: sku.and_then(Text::some),
            barcode: Text::some("123456789012345"),
            price: Some(Money::new(1500, facts().currency)),
            compare_at: Some(Money::new(1990, facts().currency)),
            weight: None,
            dimensions: None,
            stock: Stock::Untracked,
        };
        let structure = match options {
            [] => Structure::Simple,
            options => Structure::Variable { options: options.iter().map(|option| Text::new(option)).collect() },
        };
        Listing {
            remote: RemoteId::new("p").unwrap(),
            title: Text::new("Tea"),
            description: Text::new("5 < 6"),
            brand: None,
            category: None,
            status: Status::Active,
            structure,
            variants: vec![variant],
            images: vec!["https://x/1.jpg".into(), format!("https://x/{}", "y".repeat(255))],
            page: None,
            updated_at: None,
        }
    }

    fn creation(quantity: Option<Quantity>) -> Creation {
        let mark = IdempotencyKey("m".repeat(32));
        Creation { source: ListingId(1), connection: ConnectionId(1), draft: true, quantities: vec![quantity], mark }
    }

    #[test]
    fn unknown_is_not_counted_and_what_is_lost_is_told() {
        let made = product(&creation(None), &source(&[], None), &facts(), Some(9)).unwrap();
        assert_eq!(made.product["inventory_tracking"], json!("none"));
        assert!(!made.product.contains_key("inventory_level") && !made.product.contains_key("upc"));
        assert_eq!((&made.product["price"], &made.product["sale_price"]), (&json!(19.9), &json!(15.0)));
        assert_eq!((&made.product["is_visible"], &made.product["weight"]), (&json!(false), &json!(0)));
        assert_eq!(made.product["images"].as_array().unwrap().len(), 1);
        assert_eq!(made.notes.len(), 2, "{:?}", made.notes);
        let counted = product(&creation(Some(Quantity::units(2))), &source(&[], None), &facts(), None).unwrap();
        assert_eq!(counted.product["inventory_tracking"], json!("product"));
    }

    #[test]
    fn variants_need_a_sku_and_values() {
        let made = product(&creation(Some(Quantity::ZERO)), &source(&["Colour"], Some("T")), &facts(), None).unwrap();
        assert_eq!(made.product["inventory_tracking"], json!("variant"));
        assert_eq!(made.product["variants"][0]["option_values"][0]["label"], json!("Red"));
        assert!(product(&creation(None), &source(&["Colour"], None), &facts(), None).unwrap_err().contains("no SKU"));
    }
}
