//! The test of a connection: what is there, and what the merchant should know.

use serde_json::{Value, json};

use crate::domain::Text;
use crate::http::Request;
use crate::platform::{Findings, PlatformError};

use super::calls::{Also, is_success};
use super::profile::PROFILE;
use super::shop::{Catalogue, Shop, THE_STORE, location};
use super::wire::Loose;

const STORES: &str = "Wix Stores";
const ECOMMERCE: &str = "Wix eCommerce";
const PROPERTIES: &str = "Site Properties: read";

/// Four calls, none of which changes anything. What the key may write shows with the first write: Wix has no call that
/// tells.
pub(super) async fn findings(shop: &Shop) -> Result<Findings, PlatformError> {
    let catalogue = shop.catalogue_now().await?;
    let properties = shop.properties().await?;
    let mut permissions = vec![STORES.to_owned()];
    let mut missing = Vec::new();
    let mut note = |name: &str, allowed: bool| match allowed {
        true => permissions.push(name.to_owned()),
        false => missing.push(name.to_owned()),
    };
    note(PROPERTIES, properties.is_some());
    let body = json!({"search": {"cursorPaging": {"limit": 1}}});
    let orders = shop.calls.read(Request::post("/ecom/v1/orders/search").json(body), Also::Forbidden).await?;
    note(ECOMMERCE, is_success(&orders));
    let currency = shop.currency_of(properties.as_ref()).await?;
    let locations = match catalogue {
        Catalogue::V1 => location(THE_STORE, "the store").into_iter().collect(),
        Catalogue::V3 => {
            let found = shop.locations_now().await?;
            found.iter().filter_map(|one| location(&one.id, &one.name)).collect::<Vec<_>>()
        }
    };
    if locations.is_empty() {
        return Err(shop.calls.http().unexpected("the store has no location, and every one has a default location"));
    }
    let mut warnings = Vec::new();
    if catalogue == Catalogue::V1 {
        warnings.push(
            "this site has the older catalogue (V1): no barcodes, no weights, one location; when Wix moves it to V3, \
             connect again with the same name"
                .to_owned(),
        );
    }
    let name = |field: &str| properties.as_ref().and_then(|all: &Value| Loose::from(all.get(field)?).clean());
    let shop_name = name("siteDisplayName").or_else(|| name("businessName"));
    let shop_name = shop_name.unwrap_or_else(|| Text::new(PROFILE.name));
    Ok(Findings { shop_name, currency, locations, permissions, missing_permissions: missing, warnings })
}
