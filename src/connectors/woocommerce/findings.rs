//! The test of a connection: what is there, and what the merchant should know.

use serde_json::json;

use crate::domain::{Currency, Location, LocationId, RemoteId, Text, Units, plain};
use crate::http::{Answer, Request};
use crate::platform::{Findings, PlatformError};

use super::calls::{Calls, explain};
use super::measures;
use super::profile::PROFILE;
use super::wire::{Loose, Setting};

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Index {
    name: Loose,
    namespaces: Vec<Loose>,
}

/// Four calls, none of which changes anything.
pub(super) async fn findings(calls: &Calls, location: Location) -> Result<Findings, PlatformError> {
    calls.check_keys()?;
    let mut warnings = Vec::new();
    let shop_name = shop_name(calls, &mut warnings).await?;
    let currency = currency(calls).await?;
    let settings = settings(calls, "products").await?;
    if setting(&settings, "woocommerce_manage_stock") == Some("no") {
        warnings.push(
            "stock management is switched off for the whole shop, so WooCommerce drops every quantity; switch it on \
             under WooCommerce → Settings → Products → Inventory"
                .to_owned(),
        );
    }
    let (permissions, missing_permissions) = permissions(calls, &mut warnings).await?;
    Ok(Findings { shop_name, currency, locations: vec![location], permissions, missing_permissions, warnings })
}

/// From the shop's general settings.
pub(super) async fn currency(calls: &Calls) -> Result<Currency, PlatformError> {
    let settings = settings(calls, "general").await?;
    let code = setting(&settings, "woocommerce_currency").unwrap_or_default();
    Currency::new(code).map_err(|why| calls.http().unexpected(&format!("the shop's currency is {why}")))
}

/// From the shop's product settings.
pub(super) async fn units(calls: &Calls) -> Result<Units, PlatformError> {
    let settings = settings(calls, "products").await?;
    Ok(measures::units(setting(&settings, "woocommerce_weight_unit"), setting(&settings, "woocommerce_dimension_unit")))
}

async fn shop_name(calls: &Calls, warnings: &mut Vec<String>) -> Result<Text, PlatformError> {
    let host = || {
        let address = calls.http().base_url().as_str();
        let host = address.split("//").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(address);
        Text::new(host)
    };
    let Some(request) = calls.index() else { return Ok(host()) };
    let answer = calls.http().read(request.accept(&[401, 403, 404])).await?;
    match answer.status {
        404 => return Err(no_api(&answer)),
        401 | 403 => {
            warnings.push("the shop hides WordPress' index from visitors, so its name is not known".to_owned());
            return Ok(host());
        }
        _ => {}
    }
    let index: Index = calls.json(&answer)?;
    if !index.namespaces.iter().any(|namespace| namespace.text() == Some("wc/v3")) {
        return Err(unexpected("this is WordPress, but WooCommerce is not active there (there is no wc/v3)"));
    }
    let name = plain(index.name.text().unwrap_or_default());
    Ok(if name.is_empty() { host() } else { name })
}

async fn settings(calls: &Calls, group: &str) -> Result<Vec<Setting>, PlatformError> {
    let request: Request = calls.get(&format!("/settings/{group}")).query("_fields", "id,value");
    let answer = calls.read(request, &[404]).await?;
    if answer.status == 404 {
        return Err(no_api(&answer));
    }
    calls.json(&answer)
}

fn setting<'a>(settings: &'a [Setting], id: &str) -> Option<&'a str> {
    settings.iter().find(|setting| setting.id.text() == Some(id)).and_then(|setting| setting.value.text())
}

/// No call shows a key's permission. A batch without operations does: WooCommerce checks the permission by the method
/// of the request before anything else (check_user_permissions), and a batch of nothing does nothing.
async fn permissions(calls: &Calls, warnings: &mut Vec<String>) -> Result<(Vec<String>, Vec<String>), PlatformError> {
    let read = "read".to_owned();
    let outcome = calls.write(calls.post("/products/batch", json!({"update": []})), &[]).await;
    match outcome.map_err(|failed| failed.cause().clone()) {
        Ok(_) => Ok((vec![read, "write".to_owned()], Vec::new())),
        Err(PlatformError::Unauthorised { .. }) => Ok((vec![read], vec!["write".to_owned()])),
        Err(cause) if cause.passes() => Err(cause),
        Err(cause) => {
            warnings.push(format!("whether the key may write could not be found out: {cause}"));
            Ok((vec![read], Vec::new()))
        }
    }
}

fn no_api(answer: &Answer) -> PlatformError {
    // The page of a theme says nothing useful; WordPress' own JSON does.
    let told = explain(answer.status, &answer.body);
    unexpected(&told.unwrap_or_else(|| {
        "there is no WordPress REST API at this address: check the address, and in WordPress choose Settings → \
         Permalinks, anything but Plain"
            .to_owned()
    }))
}

fn unexpected(why: &str) -> PlatformError {
    PlatformError::Unexpected { platform: PROFILE.name, why: why.to_owned() }
}

/// WooCommerce has one stock without places; this is its name here.
pub(super) fn the_shop() -> Result<Location, PlatformError> {
    let id = RemoteId::new("shop").map_err(|why| unexpected(&why))?;
    Ok(Location { id: LocationId(id), name: Text::new("shop"), active: true })
}
