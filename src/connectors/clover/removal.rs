//! A product is deleted with all its items. Clover's API knows no way back.

use crate::domain::RemoteId;
use crate::http::segment;
use crate::platform::{PlatformError, WriteError};

use super::calls::refusal;
use super::convert::Subject;
use super::shelf::Shelf;

/// That it is gone already counts as done. The items first: a group that went before them would leave them on sale, each
/// as a product of its own.
pub(super) async fn delete(shelf: &Shelf, listing: &RemoteId) -> Result<(), WriteError> {
    let group = match Subject::of(listing) {
        Subject::Item(item) => return remove(shelf, &format!("/items/{}", segment(item))).await,
        Subject::Group(group) => group,
    };
    let items = shelf.items_of(group).await.map_err(WriteError::NotApplied)?;
    let items = items.map_err(|why| WriteError::NotApplied(refusal(why)))?;
    let mut begun = false;
    for item in items {
        let removed = remove(shelf, &format!("/items/{}", segment(&item.id))).await;
        removed.map_err(|why| why.after(begun))?;
        begun = true;
    }
    remove(shelf, &format!("/item_groups/{}", segment(group))).await.map_err(|why| why.after(begun))
}

async fn remove(shelf: &Shelf, path: &str) -> Result<(), WriteError> {
    match shelf.calls.write(shelf.calls.delete(path)).await {
        Ok(_) | Err(WriteError::NotApplied(PlatformError::NotFound { .. })) => Ok(()),
        Err(why) => Err(why),
    }
}
