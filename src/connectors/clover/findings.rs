//! What a test of the connection finds.
//!
//! Clover has no call that says what a key allows, and answers a missing permission like a wrong key. So each kind of
//! thing is asked for once; a key that opens one door and not another lacks a permission.

use serde_json::{Value, json};

use crate::domain::{Location, LocationId, Text};
use crate::http::Request;
use crate::platform::{Findings, PlatformError};

use super::auth::{INVENTORY_R, INVENTORY_W, MERCHANT_R, ORDERS_R, PAYMENTS_R};
use super::calls::Calls;
use super::profile::NAME;
use super::shelf;
use super::wire::{Merchant, Properties};

/// An identifier of the right length that no item has.
const NO_ITEM: &str = "0000000000000";

pub(super) async fn findings(calls: &Calls, location: LocationId) -> Result<Findings, PlatformError> {
    let merchant = calls.read_json::<Merchant>(calls.get("")).await;
    let mut permissions = Vec::new();
    let mut missing_permissions = Vec::new();
    for (permission, path) in [(INVENTORY_R, "/items"), (ORDERS_R, "/orders"), (PAYMENTS_R, "/refunds")] {
        match opens(calls, calls.get(path).query("limit", 1)).await? {
            true => permissions.push(permission.to_owned()),
            false => missing_permissions.push(permission.to_owned()),
        }
    }
    if permissions.iter().any(|known| known == INVENTORY_R) {
        match may_write(calls).await? {
            true => permissions.push(INVENTORY_W.to_owned()),
            false => missing_permissions.push(INVENTORY_W.to_owned()),
        }
    }
    let merchant = match merchant {
        Ok((merchant, _)) => merchant,
        // Without name and currency nothing can be connected.
        Err(PlatformError::Unauthorised { .. }) if !permissions.is_empty() => {
            let why = format!("the key lacks the permission {MERCHANT_R} (Merchant, read)");
            return Err(PlatformError::Unauthorised { platform: NAME, why });
        }
        Err(why) => return Err(why),
    };
    permissions.push(MERCHANT_R.to_owned());
    let properties = properties(calls).await?;
    let code = merchant.default_currency.or(properties.default_currency).unwrap_or_default();
    let currency = shelf::currency(&code).map_err(|why| calls.http().unexpected(&why))?;
    let name = merchant.name.as_deref().and_then(Text::some).unwrap_or_else(|| Text::new(&merchant.id));
    let mut warnings = Vec::new();
    if properties.track_stock == Some(false) {
        warnings.push("Clover does not track stock: switch on Track stock under Setup > Inventory".to_owned());
    }
    if properties.update_stock == Some(false) {
        warnings.push(
            "Clover does not count down what it sells: switch on Update item count after each sale under Setup > \
             Inventory"
                .to_owned(),
        );
    }
    Ok(Findings {
        shop_name: name.clone(),
        currency,
        locations: vec![Location { id: location, name, active: true }],
        permissions,
        missing_permissions,
        warnings,
    })
}

async fn opens(calls: &Calls, request: Request) -> Result<bool, PlatformError> {
    match calls.read_json::<Value>(request).await {
        Ok(_) => Ok(true),
        Err(PlatformError::Unauthorised { .. }) => Ok(false),
        Err(why) => Err(why),
    }
}

/// A change of nothing to an item that is nowhere: with the permission it is not found, without it is not even looked for.
async fn may_write(calls: &Calls) -> Result<bool, PlatformError> {
    match calls.read(calls.post(&format!("/items/{NO_ITEM}"), json!({}))).await {
        Ok(_) | Err(PlatformError::NotFound { .. } | PlatformError::Refused { .. }) => Ok(true),
        Err(PlatformError::Unauthorised { .. }) => Ok(false),
        Err(why) => Err(why),
    }
}

async fn properties(calls: &Calls) -> Result<Properties, PlatformError> {
    match calls.read_json::<Properties>(calls.get("/properties")).await {
        Ok((properties, _)) => Ok(properties),
        Err(PlatformError::Unauthorised { .. } | PlatformError::NotFound { .. }) => Ok(Properties::default()),
        Err(why) => Err(why),
    }
}
