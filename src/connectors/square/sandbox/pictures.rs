//! Pictures: files that are handed over in a body of two parts.

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::http::read_parts;
use crate::sandbox::{Applied, Incoming, Shop};

use super::identifiers::item_number;
use super::{Answer, Fault, render};

const MOST_BYTES: usize = 15 * 1024 * 1024;
const KINDS: [&str; 4] = ["image/jpeg", "image/pjpeg", "image/png", "image/gif"];

/// The words of such a request, with the hash of its file: what a repetition must have in common with it.
pub fn read(request: &Incoming) -> Result<(Value, String), Fault> {
    let wrong = |detail: &str| Fault::invalid("INVALID_VALUE", detail, "image_file");
    let parts = read_parts(request.header("content-type").unwrap_or_default(), &request.body);
    let parts = parts.ok_or_else(|| wrong("Expected a multipart/form-data body."))?;
    let part = |name: &str| parts.iter().find(|(known, ..)| known == name);
    let words = part("request").and_then(|(.., body)| serde_json::from_slice::<Value>(body).ok());
    let mut words = words.filter(Value::is_object).ok_or_else(|| Fault::missing("request"))?;
    let (_, kind, file) = part("image_file").ok_or_else(|| Fault::missing("image_file"))?;
    if !KINDS.contains(&kind.as_str()) {
        return Err(wrong("The file must be in JPEG, PJPEG, PNG or GIF format."));
    }
    if file.is_empty() || file.len() > MOST_BYTES {
        return Err(wrong("The file must have 1 byte to 15 MB."));
    }
    if words["image"]["type"] != "IMAGE" {
        return Err(Fault::invalid("INVALID_VALUE", "Expected an object of type IMAGE.", "image.type"));
    }
    let hash = blake3::hash(file).to_hex().as_str().to_owned();
    words["file"] = json!(hash);
    Ok((words, hash))
}

pub fn create(shop: &mut Shop, words: &Value, hash: &str, key: &str, now: Timestamp) -> Answer {
    let id = words["object_id"].as_str().unwrap_or_default();
    let number = item_number(id).filter(|number| shop.products.contains_key(number));
    let number =
        number.ok_or_else(|| Fault::not_found(format!("Catalog object with ID {id} not found."), "object_id"))?;
    let url = format!("https://items-images-production.s3.us-west-2.amazonaws.com/files/{}/original", &hash[..40]);
    let Some(product) = shop.products.get_mut(&number) else { return Err(Fault::missing("object_id")) };
    let place = if words["is_primary"] == json!(true) { 0 } else { product.images.len() };
    product.images.insert(place, url);
    shop.touch(number, now);
    let change = format!("picture {}", place + 1);
    shop.applied.push(Applied {
        at: now,
        what: "update",
        product: number,
        variant: None,
        change,
        key: Some(key.into()),
    });
    let image = shop.products.get(&number).and_then(|product| render::image(product, place));
    Ok(json!({"image": image}))
}
