//! Pictures: the shop fetches them from their addresses, one call each, and keeps copies at addresses of its own.

use crate::domain::clean;
use crate::platform::{PlatformError, WriteError};

use super::convert;
use super::shelf::Shelf;
use super::wire::Product;

/// Gives a new product its pictures. What does not arrive is told in a sentence: a product without pictures is of more use
/// than none.
pub(super) async fn add(shelf: &Shelf, product: u64, addresses: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    for (place, address) in addresses.iter().filter(|address| address.starts_with("http")).enumerate() {
        if let Err(why) = put(shelf, product, place, address).await {
            notes.push(format!("picture {} did not go over: {}", place + 1, clean(&why.cause().to_string())));
            if !matches!(why, WriteError::NotApplied(PlatformError::Refused { .. })) {
                notes.push("the pictures after it were not sent; add them in E-Series".to_owned());
                break;
            }
        }
    }
    notes
}

/// Puts these in the place of those that are there. The main one goes first: if it is refused, nothing is lost yet.
pub(super) async fn replace(
    shelf: &Shelf,
    product: u64,
    now: &Product,
    addresses: &[String],
    begun: &mut bool,
) -> Result<(), WriteError> {
    if convert::images(&now.media) == addresses {
        return Ok(());
    }
    let begun_before = *begun;
    if addresses.is_empty() {
        remove(shelf, &format!("/products/{product}/image")).await?;
        *begun = true;
    }
    for (place, address) in addresses.iter().enumerate() {
        if place == 1 {
            remove(shelf, &format!("/products/{product}/gallery")).await.map_err(|why| why.after(true))?;
        }
        put(shelf, product, place, address).await.map_err(|why| match why {
            // Told as a refusal, though the pictures before it are there.
            refused @ WriteError::NotApplied(PlatformError::Refused { .. }) => refused,
            other => other.after(begun_before || place > 0),
        })?;
        *begun = true;
    }
    if addresses.len() < 2 {
        remove(shelf, &format!("/products/{product}/gallery")).await.map_err(|why| why.after(true))?;
    }
    Ok(())
}

/// The first is the main picture, which takes the place of the one before; others are added to the gallery.
async fn put(shelf: &Shelf, product: u64, place: usize, address: &str) -> Result<(), WriteError> {
    let which = if place == 0 { "image" } else { "gallery" };
    let request = shelf.calls.post_bare(&format!("/products/{product}/{which}")).query("externalUrl", address);
    shelf.calls.write(request).await.map(drop)
}

async fn remove(shelf: &Shelf, path: &str) -> Result<(), WriteError> {
    match shelf.calls.write(shelf.calls.delete(path)).await {
        Ok(_) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => Ok(()),
        Err(why) => Err(why),
    }
}
