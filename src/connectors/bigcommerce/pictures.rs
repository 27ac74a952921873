//! Pictures, brought to a list of addresses: what the store has already stays, the rest is fetched by it, and what is
//! not wanted any more goes last, so that a product is never without.
//!
//! The store keeps pictures under addresses of its own. One is known again by the address it shows, or by the name of
//! the file that it was fetched from, which BigCommerce keeps in `image_file` (`s/123/mug__51.jpg`).

use serde::Deserialize;
use serde_json::json;

use crate::http::Method;
use crate::platform::{EditOutcome, PlatformError, WriteError};

use super::body::picture;
use super::calls::{Also, refused};
use super::convert::shown_picture;
use super::profile::PICTURE_ADDRESS;
use super::shop::Shop;
use super::wire::{Image, Listed};

/// Pictures of one page.
const PAGE: u64 = 250;

pub(super) async fn replace(
    shop: &Shop,
    product: u64,
    wanted: &[String],
    done: &mut bool,
) -> Result<EditOutcome, WriteError> {
    let unusable = wanted.iter().find(|address| !address.starts_with("http") || address.len() > PICTURE_ADDRESS);
    if let Some(unusable) = unusable {
        let start: String = unusable.chars().take(60).collect();
        let why = format!("the picture's address {start} is none, or longer than {PICTURE_ADDRESS} characters");
        return Ok(EditOutcome::Rejected(refused(why)));
    }
    let path = format!("/catalog/products/{product}/images");
    let request = shop.calls.get(&path).query("limit", PAGE);
    let answer = shop.calls.read(request, Also::Missing).await.map_err(WriteError::NotApplied)?;
    if answer.status == 404 {
        return Ok(EditOutcome::Rejected(shop.calls.refusal(&answer)));
    }
    let listed: Listed = shop.calls.json(&answer).map_err(WriteError::NotApplied)?;
    let mut there: Vec<Image> = listed.data.iter().filter_map(|raw| Image::deserialize(raw).ok()).collect();
    for (place, address) in wanted.iter().enumerate() {
        let known = there.iter().position(|image| is_of(image, address)).map(|at| there.remove(at));
        let (request, is_new) = match known {
            Some(image) if is_in_place(&image, place) => continue,
            Some(image) => {
                let id = image.id.number().unwrap_or(0);
                let body = json!({"is_thumbnail": place == 0, "sort_order": place});
                (shop.calls.put(&format!("{path}/{id}"), body), false)
            }
            None => (shop.calls.post(&path, picture(address, place)), true),
        };
        let answer = shop.calls.write(request, Also::Refusals).await?;
        if !(200..300).contains(&answer.status) {
            let PlatformError::Refused { why, .. } = shop.calls.refusal(&answer) else {
                return Ok(EditOutcome::Rejected(shop.calls.refusal(&answer)));
            };
            let what = if is_new { "taken" } else { "moved" };
            return Ok(EditOutcome::Rejected(refused(format!("picture {} was not {what}: {why}", place + 1))));
        }
        *done = true;
    }
    for id in there.iter().filter_map(|image| image.id.number()) {
        let request = shop.calls.v3(Method::Delete, &format!("{path}/{id}"));
        shop.calls.write(request, Also::Missing).await?;
        *done = true;
    }
    Ok(EditOutcome::Applied)
}

fn is_in_place(image: &Image, place: usize) -> bool {
    let order = image.sort_order.whole().unwrap_or(0);
    image.is_thumbnail.yes() == (place == 0) && usize::try_from(order) == Ok(place)
}

fn is_of(image: &Image, address: &str) -> bool {
    let shown = shown_picture(image);
    let given = image.image_url.text();
    shown.as_deref() == Some(address) || given == Some(address) || is_same_file(image.image_file.text(), address)
}

/// `s/123/mug__51.jpg` is of `https://elsewhere/pictures/mug.jpg?v=2`; each time a file is taken over it gets one more
/// number (`towel__83011__60806.jpg`).
pub(super) fn is_same_file(kept: Option<&str>, address: &str) -> bool {
    let name = |path: &str| {
        let file = path.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_ascii_lowercase()
    };
    let Some(kept) = kept.map(name) else { return false };
    let stem = without_numbers(&kept);
    stem.len() < kept.len() && !stem.is_empty() && stem == without_numbers(&name(address))
}

fn without_numbers(mut name: &str) -> &str {
    while let Some((stem, number)) = name.rsplit_once("__") {
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        name = stem;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_again_by_its_file() {
        assert!(is_same_file(Some("s/123/mug__51.jpg"), "https://elsewhere.example/a/Mug.png?v=2"));
        assert!(is_same_file(Some("s/1/mug_big__83011__60806.jpg"), "https://elsewhere.example/mug_big__83011.jpg"));
        assert!(!is_same_file(Some("s/123/mug__51.jpg"), "https://elsewhere.example/a/cup.png"));
        assert!(!is_same_file(Some("s/123/mug.jpg"), "https://elsewhere.example/mug.jpg"), "not fetched from anywhere");
        assert!(!is_same_file(None, "https://elsewhere.example/mug.jpg"));
    }
}
