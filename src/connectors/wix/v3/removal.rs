//! A product is deleted, with its variants and counts. V3 has no bin: it cannot be brought back.

use crate::domain::RemoteId;
use crate::http::{Request, segment};
use crate::platform::WriteError;

use super::super::calls::{Also, not_done};
use super::super::shop::{Catalogue, Shop};

/// That it is gone already counts as done, as long as the site still has this catalogue.
pub(in super::super) async fn delete(shop: &Shop, listing: &RemoteId) -> Result<(), WriteError> {
    let request = Request::delete(format!("/stores/v3/products/{}", segment(listing.as_str())));
    let answer = shop.calls.write(request, Also::Missing).await?;
    if answer.status == 404 && shop.catalogue_now().await.map_err(WriteError::NotApplied)? != Catalogue::V3 {
        return Err(not_done("the site has another catalogue now; connect again with the same name"));
    }
    Ok(())
}
