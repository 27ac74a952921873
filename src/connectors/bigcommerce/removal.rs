//! A product is deleted, with its variants. BigCommerce has no bin: it cannot be brought back.

use crate::domain::RemoteId;
use crate::http::Method;
use crate::platform::WriteError;

use super::calls::{Also, Calls, not_done};
use super::convert::number;

/// That it is gone already counts as done.
pub(super) async fn delete(calls: &Calls, listing: &RemoteId) -> Result<(), WriteError> {
    let Some(id) = number(listing) else { return Err(not_done("its identifier is none of BigCommerce's")) };
    let request = calls.v3(Method::Delete, &format!("/catalog/products/{id}"));
    let answer = calls.write(request, Also::Missing).await?;
    // A whole store that is gone says 404 too; then its API has another form of body, or none.
    if answer.status == 404 && super::calls::explain(404, &answer.body).is_none() {
        return Err(WriteError::NotApplied(calls.refusal(&answer)));
    }
    Ok(())
}
