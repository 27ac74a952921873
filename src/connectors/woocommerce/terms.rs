//! Brands, categories and pictures of a product that is there: lists that WooCommerce replaces as a whole.
//!
//! What is sent back must hold everything that is to stay, by id. Brands and categories are terms of the shop with ids
//! of their own, so a name has to be looked up first, and is made where the shop has none of it. Which of several
//! categories is meant is never guessed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::Text;
use crate::platform::{PlatformError, WriteError};

use super::body::check_option_value;
use super::calls::problem;
use super::catalogue::Catalogue;
use super::convert::{BRAND, same, text};
use super::profile::{MOST_PICTURES, PAGE};
use super::wire::{Attribute, Product, Term, meta};

/// Which picture of the shop was fetched from where: `{"8": "https://…"}`. Without it the same picture would be fetched
/// anew with each edit, since the shop's own copy has another address.
pub(super) const PICTURES: &str = "_counterpart_pictures";

/// Pages of terms that are looked through.
const MOST_PAGES: usize = 20;

/// What is to be sent, or a plain sentence why it cannot be.
pub(super) type Body = Result<Map<String, Value>, String>;

fn body(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

/// The brand stays what it was: a term of the shop, or the attribute `Brand`.
pub(super) async fn brand(catalogue: &Catalogue, now: &Product, wanted: Option<&Text>) -> Result<Body, WriteError> {
    let is_brand = |attribute: &Attribute| same(text(&attribute.name).as_deref(), BRAND) && !attribute.variation.yes();
    let by_attribute = now.attributes.iter().any(is_brand);
    let by_term = now.brands.iter().any(|brand| brand.id.number().is_some());
    let Some(wanted) = wanted else {
        let mut body = Map::new();
        if by_term {
            body.insert("brands".to_owned(), json!([]));
        }
        if by_attribute {
            let others: Vec<&Attribute> = now.attributes.iter().filter(|attribute| !is_brand(attribute)).collect();
            body.insert("attributes".to_owned(), attributes(&others));
        }
        return Ok(Ok(body));
    };
    if by_term || !by_attribute {
        let found = terms_named(catalogue, "brands", wanted).await.map_err(WriteError::NotApplied)?;
        match found.as_deref() {
            Some([id, ..]) => return Ok(Ok(body("brands", json!([{"id": id}])))),
            Some([]) if by_term => {
                let id = make(catalogue, "brands", wanted).await?;
                return Ok(Ok(body("brands", json!([{"id": id}]))));
            }
            Some([]) | None => {}
        }
    }
    if let Err(why) = check_option_value(BRAND, wanted) {
        return Ok(Err(why));
    }
    let others: Vec<&Attribute> = now.attributes.iter().filter(|attribute| !is_brand(attribute)).collect();
    let mut list = match attributes(&others) {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    let id = now.attributes.iter().find(|attribute| is_brand(attribute)).and_then(|attribute| attribute.id.number());
    let mut made = json!({
        "name": BRAND, "position": list.len(), "visible": true, "variation": false, "options": [wanted.as_str()]
    });
    if let Some(id) = id {
        made["id"] = json!(id);
    }
    list.push(made);
    Ok(Ok(body("attributes", json!(list))))
}

/// The one category that is shown here. Where a product stands in several, which of them is meant is for a person.
pub(super) async fn category(catalogue: &Catalogue, now: &Product, wanted: Option<&Text>) -> Result<Body, WriteError> {
    if now.categories.len() > 1 {
        let count = now.categories.len();
        return Ok(Err(format!("it stands in {count} categories in WooCommerce; choose there which to keep")));
    }
    let Some(wanted) = wanted else {
        return Ok(Err("WooCommerce knows no product without a category".to_owned()));
    };
    let found = terms_named(catalogue, "categories", wanted).await.map_err(WriteError::NotApplied)?;
    let id = match found.as_deref() {
        Some([id]) => *id,
        Some([_, ..]) => return Ok(Err(format!("the shop has several categories named {wanted}; choose there"))),
        Some([]) | None => make(catalogue, "categories", wanted).await?,
    };
    Ok(Ok(body("categories", json!([{"id": id}]))))
}

/// Pictures that the shop has already stay, by id; the others it fetches.
pub(super) fn pictures(now: &Product, wanted: &[String]) -> Body {
    let fetched: BTreeMap<String, String> =
        meta(&now.meta_data, PICTURES).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let there = |address: &String| {
        let is_it = |id: &str, src: Option<&str>| src == Some(address) || fetched.get(id) == Some(address);
        let mut images = now.images.iter().filter(|image| image.id.number().is_some());
        images.find(|image| is_it(image.id.text().unwrap_or_default(), image.src.text())).and_then(|i| i.id.number())
    };
    let mut images = Vec::with_capacity(wanted.len());
    let mut new = 0;
    for address in wanted {
        match there(address) {
            Some(id) => images.push(json!({"id": id})),
            None if address.starts_with("http") => {
                new += 1;
                images.push(json!({"src": address}));
            }
            None => return Err(format!("{address} is no address that a shop could fetch a picture from")),
        }
    }
    if new > MOST_PICTURES {
        return Err(format!(
            "{new} new pictures at once are more than the {MOST_PICTURES} that a shop fetches before it gives up"
        ));
    }
    Ok(body("images", json!(images)))
}

/// What is to be remembered of the pictures once they are in the shop.
pub(super) fn pictures_note(now: &Product, wanted: &[String]) -> Value {
    let known = now.images.iter().zip(wanted);
    let notes: BTreeMap<&str, &String> =
        known.filter_map(|(image, address)| Some((image.id.text()?, address))).collect();
    json!([{"key": PICTURES, "value": serde_json::to_string(&notes).unwrap_or_default()}])
}

/// A product's attributes as they are sent back: without what only answers have, entities decoded.
pub(super) fn attributes(all: &[&Attribute]) -> Value {
    let decoded = |raw: Option<&str>| html_escape::decode_html_entities(raw.unwrap_or_default()).into_owned();
    let sent = |(position, attribute): (usize, &&Attribute)| {
        let options: Vec<String> = attribute.options.iter().map(|option| decoded(option.text())).collect();
        json!({
            "id": attribute.id.number().unwrap_or(0), "name": decoded(attribute.name.text()), "position": position,
            "visible": attribute.visible.yes(), "variation": attribute.variation.yes(), "options": options
        })
    };
    all.iter().enumerate().map(sent).collect()
}

/// The ids of the terms with this name, whatever its case. `None`: the shop's version knows no such terms.
async fn terms_named(catalogue: &Catalogue, kind: &str, name: &Text) -> Result<Option<Vec<u64>>, PlatformError> {
    // Names are stored with entities, so only a word of letters and digits is sure to be found.
    let word = name.split(|c: char| !c.is_alphanumeric()).max_by_key(|word| word.chars().count()).unwrap_or_default();
    let mut found = Vec::new();
    for page in 1..=MOST_PAGES {
        let mut request = catalogue
            .calls
            .get(&format!("/products/{kind}"))
            .query("per_page", PAGE)
            .query("page", page)
            .query("_fields", "id,name");
        if !word.is_empty() {
            request = request.query("search", word);
        }
        let answer = catalogue.calls.read(request, &[404]).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let terms: Vec<Term> = catalogue.calls.json(&answer)?;
        let named = terms.iter().filter(|term| same(text(&term.name).as_deref(), name));
        found.extend(named.filter_map(|term| term.id.number()));
        if terms.len() < PAGE {
            break;
        }
    }
    Ok(Some(found))
}

/// A new term; one that somebody made meanwhile is as good.
async fn make(catalogue: &Catalogue, kind: &str, name: &Text) -> Result<u64, WriteError> {
    let calls = &catalogue.calls;
    let answer = calls.write(calls.post(&format!("/products/{kind}"), json!({"name": name.as_str()})), &[400]).await?;
    let id = match answer.status {
        400 => problem(&answer.body).data.resource_id.number(),
        _ => calls.json::<Term>(&answer).map_err(WriteError::Unknown)?.id.number(),
    };
    id.ok_or_else(|| WriteError::NotApplied(calls.refusal(&answer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(images: Value, note: &str) -> Product {
        let notes = json!([{"key": PICTURES, "value": note}]);
        serde_json::from_value(json!({"id": 1, "images": images, "meta_data": notes})).unwrap()
    }

    #[test]
    fn pictures_that_are_there_are_not_fetched_again() {
        let images = json!([
            {"id": 8, "src": "https://shop.example/wp-content/a-1.jpg"},
            {"id": 9, "src": "https://shop.example/wp-content/b.jpg"}
        ]);
        let (theirs, new) = ("https://till.example/a.jpg".to_owned(), "https://till.example/c.jpg".to_owned());
        let own = "https://shop.example/wp-content/b.jpg".to_owned();
        let note = json!({"8": theirs}).to_string();
        let sent = pictures(&product(images, &note), &[own, new.clone(), theirs]).unwrap();
        assert_eq!(Value::Object(sent), json!({"images": [{"id": 9}, {"src": new}, {"id": 8}]}));
        assert!(pictures(&product(json!([]), ""), &["a.jpg".to_owned()]).unwrap_err().contains("no address"));
        let many: Vec<String> = (0..9).map(|n| format!("https://till.example/{n}.jpg")).collect();
        assert!(pictures(&product(json!([]), ""), &many).unwrap_err().contains("9 new pictures"));
    }

    #[test]
    fn what_was_fetched_from_where_is_remembered() {
        let wanted = ["https://till.example/a.jpg".to_owned()];
        let now = product(json!([{"id": 8, "src": "https://shop.example/wp-content/a-1.jpg"}]), "");
        let note = pictures_note(&now, &wanted);
        let now = product(json!([{"id": 8}]), note[0]["value"].as_str().unwrap());
        assert_eq!(Value::Object(pictures(&now, &wanted).unwrap()), json!({"images": [{"id": 8}]}));
    }

    #[test]
    fn attributes_go_back_as_they_were() {
        let now: Product = serde_json::from_value(json!({"attributes": [
            {"id": 6, "name": "Salt &amp; Pepper", "slug": "pa_x", "position": 3, "visible": true, "variation": false,
             "options": ["A &lt; B"]}
        ]}))
        .unwrap();
        let all: Vec<&Attribute> = now.attributes.iter().collect();
        let sent = json!([{"id": 6, "name": "Salt & Pepper", "position": 0, "visible": true, "variation": false,
            "options": ["A < B"]}]);
        assert_eq!(attributes(&all), sent);
    }
}
