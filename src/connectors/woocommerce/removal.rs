//! A product is put into WooCommerce's trash, from where the merchant can bring it back; its variations go with it.

use crate::domain::RemoteId;
use crate::platform::{PlatformError, WriteError};

use super::calls::problem;
use super::catalogue::{Catalogue, number};
use super::profile::PROFILE;

/// That it is gone, or in the trash already, counts as done.
pub(super) async fn delete(catalogue: &Catalogue, listing: &RemoteId) -> Result<(), WriteError> {
    let refused =
        |why: &str| Err(WriteError::NotApplied(PlatformError::Refused { platform: PROFILE.name, why: why.to_owned() }));
    let Some(id) = number(listing) else { return refused("its identifier is none of WooCommerce's") };
    let calls = &catalogue.calls;
    let answer = calls.write(calls.trash(&format!("/products/{id}")), &[404, 410, 501]).await?;
    match (answer.status, problem(&answer.body).code.text()) {
        // Definite, both of them: nothing was tried.
        (501, Some(_)) => refused(
            "the shop has no trash (EMPTY_TRASH_DAYS is 0), so the product would be lost for good; delete it there",
        ),
        (501, None) => refused("the web server before the shop lets no deletion through; delete the product there"),
        // A whole site that is gone says 404 too, and is not a product that is.
        (404, Some("rest_no_route") | None) => Err(WriteError::NotApplied(calls.refusal(&answer))),
        _ => Ok(()),
    }
}
