//! What a test of the connection finds.
//!
//! No call says what a token allows. So each kind of thing is asked for once; a token that opens one door and not another
//! lacks a permission.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Location, Text};
use crate::http::Request;
use crate::platform::{Findings, PlatformError};

use super::auth::{READ_CATALOG, READ_ORDERS, READ_PROFILE, UPDATE_CATALOG};
use super::profile::NAME;
use super::shelf::{Shelf, facts, read_product};
use super::wire::{Found, Scalar, Shop};

pub(super) async fn findings(shelf: &Shelf) -> Result<Findings, PlatformError> {
    let calls = &shelf.calls;
    let shop = calls.read_json::<Value>(calls.get("/profile")).await;
    let mut permissions = Vec::new();
    let mut missing_permissions = Vec::new();
    let newest =
        calls.get("/products").query("sortBy", "UPDATED_TIME_DESC").query("limit", super::profile::PAGE).query(
            "responseFields",
            "total,items(id,locationInventory,externalReferenceId,combinations(id,locationInventory))",
        );
    let mut products = Vec::new();
    match asked(shelf, newest).await? {
        Some(found) => {
            permissions.push(READ_CATALOG.to_owned());
            products = found.items;
        }
        None => missing_permissions.push(READ_CATALOG.to_owned()),
    }
    match asked(shelf, calls.get("/orders").query("limit", 1).query("responseFields", "total")).await? {
        Some(_) => permissions.push(READ_ORDERS.to_owned()),
        None => missing_permissions.push(READ_ORDERS.to_owned()),
    }
    let shop = match shop {
        Ok((shop, _)) => shop,
        // Without name and currency nothing can be connected.
        Err(PlatformError::Unauthorised { .. }) if !permissions.is_empty() => {
            let why = format!("the token lacks the permission {READ_PROFILE}");
            return Err(PlatformError::Unauthorised { platform: NAME, why });
        }
        Err(why) => return Err(why),
    };
    permissions.push(READ_PROFILE.to_owned());
    let shop = Shop::deserialize(&shop).map_err(|_| calls.unexpected("the shop's profile is not readable"))?;
    let currency = facts(&shop, shelf.location().clone()).map_err(|why| calls.unexpected(&why))?.currency;
    let names = [&shop.settings.store_name, &shop.company.company_name, &shop.general_info.store_id];
    let name = names.into_iter().find_map(|name| name.text().and_then(Text::some)).unwrap_or_else(|| Text::new(NAME));
    let mut warnings = Vec::new();
    if shop.settings.closed.is(true) {
        warnings.push("the shop is closed for customers in E-Series".to_owned());
    }
    warnings.extend(is_fed_by_a_till(&products));
    // That takes a change, which a test must not make.
    warnings.push(format!("whether the token has {UPDATE_CATALOG} shows with the first change"));
    Ok(Findings {
        shop_name: name.clone(),
        currency,
        locations: vec![Location { id: shelf.location().clone(), name, active: true }],
        permissions,
        missing_permissions,
        warnings,
    })
}

/// `None`: the token does not open this.
async fn asked(shelf: &Shelf, request: Request) -> Result<Option<Found>, PlatformError> {
    match shelf.calls.read_json::<Found>(request).await {
        Ok((found, _)) => Ok(Some(found)),
        Err(PlatformError::Unauthorised { .. }) => Ok(None),
        Err(why) => Err(why),
    }
}

/// Signs that Lightspeed's own connection keeps this shop: counts by outlet, which only a connected till makes, or
/// references in the form that X-Series gives its products (a UUID). Our own references are of another form.
fn is_fed_by_a_till(products: &[Value]) -> Option<String> {
    let products: Vec<_> = products.iter().filter_map(|raw| read_product(raw).ok()).collect();
    let has_outlets = products.iter().any(|product| {
        !product.location_inventory.is_empty()
            || product.combinations.iter().any(|combination| !combination.location_inventory.is_empty())
    });
    let refers = products.iter().filter(|product| is_uuid(&product.external_reference_id)).count();
    (has_outlets || (refers > 0 && refers * 2 >= products.len())).then(|| {
        "it looks as if Lightspeed itself keeps this shop in step with a till (its products have counts by outlet, or the \
         till's references): two programs would write the same stock. Switch off the one under Retail POS > Setup > Apps \
         > eCom, or do not sync quantities here"
            .to_owned()
    })
}

fn is_uuid(raw: &Scalar) -> bool {
    let Some(raw) = raw.text() else { return false };
    let parts: Vec<usize> = raw.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && raw.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_till_behind_the_shop_is_noticed_by_either_sign() {
        assert_eq!(is_fed_by_a_till(&[json!({"id": 1}), json!({"id": 2, "locationInventory": {}})]), None);
        let own = json!({"id": 1, "externalReferenceId": "counterpart-0123456789abcdef0123456789abcdef"});
        assert_eq!(is_fed_by_a_till(&[own.clone(), own]), None);
        assert!(is_fed_by_a_till(&[json!({"id": 1, "locationInventory": {"7": 3}})]).is_some());
        let variant = json!({"id": 1, "combinations": [{"id": 2, "locationInventory": {"7": 3}}]});
        assert!(is_fed_by_a_till(&[variant]).is_some());
        let referred = json!({"id": 1, "externalReferenceId": "0af7b240-abc5-11ed-f7e2-5c1a2b3c4d5e"});
        assert!(is_fed_by_a_till(&[referred.clone(), json!({"id": 2})]).is_some());
        assert_eq!(is_fed_by_a_till(&[referred, json!({"id": 2}), json!({"id": 3})]), None, "one is somebody's note");
    }
}
