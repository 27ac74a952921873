//! Items and matrices as they are sent. Pure.

use serde_json::{Map, Value, json};

use crate::domain::{Listing, Stock, Text, Variant, plain};

use super::prices::{self, Level};

pub type Fields = Map<String, Value>;

/// Digits of a code (docs, Item.upc and Item.ean: "Must be 11-14 digits").
const CODE: std::ops::RangeInclusive<usize> = 11..=14;

/// The field that a new barcode goes into; the error is a plain sentence.
pub fn code_field(code: &str) -> Result<&'static str, String> {
    if !CODE.contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("the barcode {code} has not the 11 to 14 digits that R-Series takes"));
    }
    Ok(if code.len() == 13 { "ean" } else { "upc" })
}

/// Keys, prices and kind of a new item; `left_out` is told what R-Series does not take.
pub fn article(name: &str, variant: &Variant, published: bool, left_out: &mut Vec<String>) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("description", json!(name));
    // What is sold without being counted stays so.
    put("itemType", json!(if variant.stock == Stock::Untracked { "non_inventory" } else { "default" }));
    put("publishToEcom", json!(if published { "true" } else { "false" }));
    if let Some(sku) = &variant.sku {
        put("customSku", json!(sku.as_str()));
    }
    if let Some(code) = &variant.barcode {
        match code_field(code) {
            Ok(field) => put(field, json!(code.as_str())),
            Err(why) => left_out.push(format!("{why}, and was left out")),
        }
    }
    let default = variant.price.map(|price| prices::entry(None, Level::Default, Some(price)));
    let msrp = variant.compare_at.map(|price| prices::entry(None, Level::Msrp, Some(price)));
    let entries: Vec<Value> = default.into_iter().chain(msrp).collect();
    if !entries.is_empty() {
        put("Prices", json!({ "ItemPrice": entries }));
    }
    fields
}

/// `ItemECommerce` with a text that reads back as it is: whether R-Series takes it for markup is not documented, so what
/// would change by that is written as markup.
pub fn long_description(text: &Text) -> Value {
    let same = plain(text) == *text;
    let text = if same { text.to_string() } else { html_escape::encode_text(text.as_str()).into_owned() };
    json!({ "longDescription": text })
}

/// What R-Series has no place for, or takes in another form only.
pub fn lost(source: &Listing) -> Vec<String> {
    let measured = source.variants.iter().any(|variant| variant.weight.is_some() || variant.dimensions.is_some());
    let mut notes = Vec::new();
    if !source.images.is_empty() {
        notes.push("the pictures did not go over: R-Series takes files and no addresses".to_owned());
    }
    if measured {
        notes.push("weights and sizes did not go over: R-Series names no unit for them".to_owned());
    }
    notes
}

/// Joins the parts of one change: price levels stand in one list.
pub fn merge(into: &mut Fields, fields: &Fields) {
    for (name, value) in fields {
        let list = into.get_mut(name).and_then(|known| known.get_mut("ItemPrice")).and_then(Value::as_array_mut);
        match (list, value.get("ItemPrice").and_then(Value::as_array)) {
            (Some(known), Some(more)) => known.extend(more.iter().cloned()),
            _ => drop(into.insert(name.clone(), value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_where_they_fit() {
        assert_eq!(code_field("614121182479"), Ok("upc"));
        assert_eq!(code_field("4006381333931"), Ok("ean"));
        assert_eq!(code_field("12345678901"), Ok("upc"));
        for wrong in ["12345670", "123456789012345", "40063813339AB", ""] {
            assert!(code_field(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_text_reads_back_as_it_is() {
        for text in ["Glazed twice, 5 < 6 & dry", "a <b>bold</b> claim", "R&amp;D", "plain"] {
            let text = Text::new(text);
            let sent = long_description(&text);
            assert_eq!(plain(sent["longDescription"].as_str().unwrap()), text);
        }
    }

    #[test]
    fn price_levels_of_one_change_stand_together() {
        let part = |level: &str| {
            let entry = json!({"useTypeID": level});
            Fields::from_iter([("Prices".to_owned(), json!({"ItemPrice": [entry]}))])
        };
        let mut whole = part("1");
        merge(&mut whole, &part("2"));
        merge(&mut whole, &Fields::from_iter([("customSku".to_owned(), json!("A"))]));
        assert_eq!(whole["Prices"]["ItemPrice"].as_array().unwrap().len(), 2);
        assert_eq!(whole["customSku"], "A");
    }
}
