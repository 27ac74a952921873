//! The test of a connection: what is there, and what the merchant should know. Writes nothing.

use serde_json::{Value, json};

use crate::domain::{Location, LocationId, RemoteId, Text, Timestamp};
use crate::http::Request;
use crate::platform::{Findings, PlatformError};

use super::catalogue::Catalogue;
use super::profile::{VERSION, VERSION_ENDS};

pub async fn findings(catalogue: &Catalogue) -> Result<Findings, PlatformError> {
    let calls = &catalogue.calls;
    let mut permissions = Vec::new();
    let mut missing_permissions = Vec::new();
    let mut warnings = Vec::new();
    // The outlets first: a key that is wrong altogether is wrong here, and a connection is nothing without them.
    let outlets = catalogue.outlets().await?;
    permissions.push("outlets:read".to_owned());
    let retailer = match catalogue.retailer().await {
        Ok(retailer) => {
            permissions.push("retailer:read".to_owned());
            Some(retailer)
        }
        Err(PlatformError::Unauthorised { .. }) => {
            missing_permissions.push("retailer:read".to_owned());
            None
        }
        Err(why) => return Err(why),
    };
    let facts = catalogue.facts().await?;
    // A permission is documented with each call, and there is no call that lists them: so one call for each. Whether
    // products may be written cannot be found out without writing one.
    let probes: [(&str, Request); 4] = [
        ("products:read", calls.get("/products").query("page_size", 1)),
        ("inventory:read", calls.post("/inventory", json!({"size": 1, "sort_direction": "asc"}))),
        // Reading the adjustments takes the right to make them, in X-Series' own words.
        ("inventory:write", calls.get("/stock_adjustments").query("page_size", 1)),
        ("sales:read", calls.get("/sales").query("page_size", 1)),
    ];
    for (permission, probe) in probes {
        match calls.read_json::<Value>(probe).await {
            Ok(answer) => {
                permissions.push(permission.to_owned());
                warnings.extend(another_version(permission, &answer));
            }
            Err(PlatformError::Unauthorised { .. }) => missing_permissions.push(permission.to_owned()),
            // An older version has no such call.
            Err(PlatformError::NotFound { .. }) => warnings.push(told_by_another()),
            Err(why) => return Err(why),
        }
    }
    if Timestamp::parse(VERSION_ENDS).is_some_and(|ends| calls.server_now() >= ends) {
        warnings.push(format!(
            "X-Series promised its API version {VERSION} until {} only, and answers calls to an ended version in \
             another one without a word; look for a newer counterpart",
            VERSION_ENDS.get(..10).unwrap_or(VERSION_ENDS)
        ));
    }
    warnings.dedup();
    let other = outlets.iter().find(|outlet| outlet.currency.text().is_some_and(|c| c != facts.currency.code()));
    warnings.extend(other.map(|outlet| {
        let name = outlet.name.text().map(Text::new).unwrap_or_default();
        format!("{name} sells in another currency than {}: leave it out", facts.currency)
    }));
    let locations: Result<Vec<Location>, String> = outlets
        .iter()
        .filter_map(|outlet| Some((outlet.id.text()?, outlet)))
        .map(|(id, outlet)| {
            let name = outlet.name.text().and_then(Text::some).unwrap_or_else(|| Text::new(id));
            Ok(Location { id: LocationId(RemoteId::new(id)?), name, active: true })
        })
        .collect();
    let locations = locations.map_err(|why| catalogue.unexpected(&why))?;
    let first = locations.first().ok_or_else(|| catalogue.unexpected("the shop has no outlets"))?;
    let shop_name = retailer.as_ref().and_then(|retailer| retailer.name.text()).and_then(Text::some);
    Ok(Findings {
        shop_name: shop_name.unwrap_or_else(|| first.name.clone()),
        currency: facts.currency,
        permissions,
        missing_permissions,
        warnings,
        locations,
    })
}

fn told_by_another() -> String {
    format!("X-Series answered in another API version than {VERSION}; look for a newer counterpart")
}

/// An answer names no version. What 2026-07 has and its forerunners have not: `skuImages` and `packaging` of a product,
/// `state` of a sale, and the bare list of counts.
fn another_version(probe: &str, answer: &Value) -> Option<String> {
    let first = answer["data"].get(0);
    let other = match probe {
        "products:read" => {
            first.is_some_and(|product| product.get("skuImages").is_none() && product.get("packaging").is_none())
        }
        "sales:read" => first.is_some_and(|sale| sale.get("state").is_none()),
        "inventory:read" => !answer.is_array(),
        _ => false,
    };
    other.then(told_by_another)
}
