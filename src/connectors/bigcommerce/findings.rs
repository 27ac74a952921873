//! The test of a connection: what is there, and what the merchant should know.

use serde::Deserialize;
use serde_json::json;

use crate::domain::{Currency, Location, LocationId, RemoteId, Text};
use crate::http::Request;
use crate::platform::{Findings, PlatformError, WriteError};

use super::auth::{INFORMATION, INVENTORY, LOCATIONS, ORDERS, PRODUCTS};
use super::calls::{Also, Calls, explain};
use super::profile::PROFILE;
use super::wire::{Listed, Place, Store};

/// Six calls, none of which changes anything.
pub(super) async fn findings(calls: &Calls) -> Result<Findings, PlatformError> {
    let store = store(calls).await?;
    let currency = currency(calls, &store)?;
    let mut permissions = vec![INFORMATION.to_owned()];
    let mut missing = Vec::new();
    let mut note = |name: &str, allowed: bool| match allowed {
        true => permissions.push(name.to_owned()),
        false => missing.push(name.to_owned()),
    };
    let locations = locations(calls).await?;
    note(LOCATIONS, locations.is_some());
    let orders = calls.read(calls.get_v2("/orders").query("limit", 1), Also::Forbidden).await?;
    note(ORDERS, orders.status != 403);
    // Which scopes a key has says no call. One that wants to change nothing does: whether it may is looked at first.
    note(PRODUCTS, may(calls, calls.put("/catalog/products", json!([]))).await?);
    let nothing = json!({"reason": "counterpart asks whether it may", "items": []});
    note(INVENTORY, may(calls, calls.post("/inventory/adjustments/relative", nothing)).await?);
    let mut warnings = Vec::new();
    if store.status.text().is_some_and(|status| status.eq_ignore_ascii_case("maintenance")) {
        warnings.push("the store is down for maintenance: customers cannot buy now".to_owned());
    }
    let mut locations = locations.unwrap_or_default();
    if locations.is_empty() {
        locations.push(default_location()?);
    }
    let shop_name = Text::new(store.name.text().unwrap_or(PROFILE.name));
    Ok(Findings { shop_name, currency, locations, permissions, missing_permissions: missing, warnings })
}

/// Without the scope for it nothing else can be understood: the currency and the units are told here alone.
pub(super) async fn store(calls: &Calls) -> Result<Store, PlatformError> {
    let answer = calls.read(calls.get_v2("/store"), Also::Forbidden).await?;
    if answer.status == 403 {
        let told = explain(answer.status, &answer.body).unwrap_or_default();
        let why = format!("the key lacks the scope {INFORMATION}; make a new API account with it ({told})");
        return Err(PlatformError::Unauthorised { platform: PROFILE.name, why });
    }
    calls.json(&answer)
}

pub(super) fn currency(calls: &Calls, store: &Store) -> Result<Currency, PlatformError> {
    let code = store.currency.text().unwrap_or_default();
    Currency::new(code).map_err(|why| calls.http().unexpected(&format!("the store's currency is {why}")))
}

/// By number: the one that every store begins with, and that catalogue calls mean, is the first. `None`: the key may
/// not ask.
async fn locations(calls: &Calls) -> Result<Option<Vec<Location>>, PlatformError> {
    let mut found = Vec::new();
    let mut page = 1;
    loop {
        let request = calls.get("/inventory/locations").query("limit", LOCATION_PAGE).query("page", page);
        let answer = calls.read(request, Also::Forbidden).await?;
        if answer.status == 403 {
            return Ok(None);
        }
        let listed: Listed = calls.json(&answer)?;
        let places = listed.data.iter().filter_map(|raw| Place::deserialize(raw).ok());
        found.extend(places.filter_map(|place| {
            let number = place.id.number()?;
            let id = LocationId(RemoteId::new(number.to_string()).ok()?);
            let name = place.label.text().or(place.code.text()).unwrap_or("location");
            Some((number, Location { id, name: Text::new(name), active: place.enabled.yes() }))
        }));
        if super::counts::is_last(&listed, page, LOCATION_PAGE) {
            break;
        }
        page += 1;
    }
    found.sort_by_key(|(number, place)| (!place.active, *number));
    Ok(Some(found.into_iter().map(|(_, place)| place).collect()))
}

const LOCATION_PAGE: u64 = 250;

/// Every store has it.
fn default_location() -> Result<Location, PlatformError> {
    let unexpected = |why: String| PlatformError::Unexpected { platform: PROFILE.name, why };
    let id = LocationId(super::convert::location(1).map_err(unexpected)?.0);
    Ok(Location { id, name: Text::new("default location"), active: true })
}

/// Whether a call that changes nothing is let through to be judged. Only a definite no counts as one.
async fn may(calls: &Calls, request: Request) -> Result<bool, PlatformError> {
    match calls.write(request, Also::Probe).await {
        Ok(answer) => Ok(answer.status != 403),
        Err(WriteError::NotApplied(cause) | WriteError::Unknown(cause)) => Err(cause),
    }
}
