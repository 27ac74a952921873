//! The test of a connection: what is there, and what the merchant should know. Writes nothing.
//!
//! What a login may do stands in its token (a signed one since 2024); what of that the employee who said yes may do too
//! stands nowhere that is documented for V3, so each kind of thing is asked for once.

use crate::domain::{Location, LocationId, RemoteId, Text};
use crate::platform::{Findings, PlatformError};

use super::auth;
use super::calls::Call;
use super::lists;
use super::shelf::{Shelf, readable};
use super::wire::Shop;

/// What is asked for, and the scope that it tells of.
const PROBES: [(&str, &str); 4] = [
    ("Item", "employee:inventory"),
    ("ItemMatrix", "employee:product_cost"),
    ("Sale", "employee:register_read"),
    ("ShipTo", "employee:customers"),
];

pub async fn findings(shelf: &Shelf) -> Result<Findings, PlatformError> {
    // A login that is wrong altogether is wrong here.
    let account = shelf.calls.account().await?.clone();
    let currency = shelf.currency().await?;
    let granted = shelf.calls.scopes().await?;
    let mut missing_permissions = granted.as_deref().map(auth::missing).unwrap_or_default();
    let mut permissions: Vec<String> = granted.unwrap_or_default();
    for (thing, scope) in PROBES {
        if missing_permissions.iter().any(|missing| missing == scope) {
            continue;
        }
        match shelf.calls.read(Call::list(thing).query("limit", 1)).await {
            Ok(_) if permissions.iter().any(|known| known == scope || known == "employee:all") => {}
            Ok(_) => permissions.push(scope.to_owned()),
            Err(PlatformError::Unauthorised { .. }) => missing_permissions.push(scope.to_owned()),
            Err(why) => return Err(why),
        }
    }
    let shops: Vec<Shop> = readable(lists::all(&shelf.calls, Call::list("Shop")).await?);
    let location = |shop: &Shop| {
        let id = shop.id.id()?;
        let name = shop.name.text().and_then(Text::some).unwrap_or_else(|| Text::new(id));
        Some(Location { id: LocationId(RemoteId::new(id).ok()?), name, active: !shop.archived.is(true) })
    };
    let locations: Vec<Location> = shops.iter().filter_map(location).collect();
    let first = locations.first().ok_or_else(|| shelf.unexpected("the account has no shops"))?;
    Ok(Findings {
        shop_name: account.name.as_deref().and_then(Text::some).unwrap_or_else(|| first.name.clone()),
        currency,
        permissions,
        missing_permissions,
        warnings: Vec::new(),
        locations,
    })
}
