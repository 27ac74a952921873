//! Pictures of an item that was just made. Square takes no addresses, only files: each picture is fetched from where the
//! other shop shows it, and handed over (`CreateCatalogImage`: one file of JPEG, PNG or GIF, 15 MB at the most).
//!
//! Each has a key of its own that follows from the creation's mark, so that a picture whose answer was lost is sent again
//! and is there once. A picture that cannot be had or is not taken never fails the item: it is said in the job.

use serde_json::json;

use crate::domain::Creation;
use crate::http::{Extent, File, Method, Part, PictureKind};
use crate::platform::{PlatformError, WriteError};

use super::connector::Square;
use super::wire;

/// The till shows the first one; a shop that is copied may have hundreds.
pub(super) const MOST_PICTURES: usize = 5;
/// API reference, CreateCatalogImage.
const MOST_BYTES: usize = 15 * 1024 * 1024;
impl Square {
    /// The addresses under which Square shows what it took, and what it did not take.
    pub(super) async fn pictures(
        &self,
        item: &str,
        creation: &Creation,
        addresses: &[String],
    ) -> (Vec<String>, Vec<String>) {
        let (mut taken, mut notes) = (Vec::new(), Vec::new());
        for (place, address) in addresses.iter().take(MOST_PICTURES).enumerate() {
            match self.picture(item, creation, place, taken.is_empty(), address).await {
                Ok(shown) => taken.extend(shown),
                Err(why) => notes.push(format!("picture {} was not copied, add it there by hand: {why}", place + 1)),
            }
        }
        if let Some(more) = addresses.len().checked_sub(MOST_PICTURES).filter(|more| *more > 0) {
            notes.push(format!("{more} more pictures were not copied: the first {MOST_PICTURES} are"));
        }
        (taken, notes)
    }

    async fn picture(
        &self,
        item: &str,
        creation: &Creation,
        place: usize,
        is_first: bool,
        address: &str,
    ) -> Result<Option<String>, PlatformError> {
        let file = self.http.fetch(address, Extent::Whole { most: MOST_BYTES }).await?;
        let kind = kind(&file).ok_or_else(|| self.http.unexpected("the file is no JPEG, PNG or GIF"))?;
        let words = json!({
            "idempotency_key": format!("{}-picture-{place}", creation.mark),
            "object_id": item,
            "is_primary": is_first,
            "image": {"type": "IMAGE", "id": "#picture", "image_data": {"name": format!("picture {}", place + 1)}},
        });
        let words = Part {
            name: "request",
            file: None,
            kind: "application/json; charset=utf-8".to_owned(),
            body: words.to_string().into_bytes(),
        };
        let file = Part { name: "image_file", file: Some("picture"), kind: kind.to_owned(), body: file.body };
        let request = self.request(Method::Post, "/v2/catalog/images").parts(vec![words, file]);
        // One catalogue write at a time per seller.
        let _turn = self.catalogue.lock().await;
        let mut answer = self.http.write_json::<wire::ImageAnswer>(request.clone()).await;
        if let Err(WriteError::Unknown(_)) = answer {
            // Under the same key it is there once, however often it is sent.
            answer = self.http.write_json::<wire::ImageAnswer>(request).await;
        }
        let (answer, _) = answer.map_err(|why| why.cause().clone())?;
        Ok(answer.image.and_then(|image| image.image_data?.url))
    }
}

/// By what it is, and not by what it is said to be.
fn kind(file: &File) -> Option<&'static str> {
    let taken = file.picture().filter(|kind| *kind != PictureKind::WebP);
    taken.map(PictureKind::media_type)
}
