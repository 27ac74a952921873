//! The feeds of listings and of levels, both by ascending number, each page beginning above the last one that was seen:
//! offsets fail at about 10,000 products (docs, pagination), and slip when something before them goes.
//!
//! Products can be asked for by when they were changed; counts cannot, but say it of themselves: all are read, a
//! hundred a call, and those that moved are told. Deletions are in no list; the full sweep finds them.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Cursor, Quantity, RemoteId};
use crate::http::Request;
use crate::platform::{Change, Next, Page, PlatformError, StockChange};

use super::super::place::{Phase, Place};
use super::super::profile::PAGE;
use super::super::shop::{Catalogue, Shop, THE_STORE, location_id};
use super::super::wire::{Loose, variant_remote};
use super::convert;
use super::read;
use super::wire::{InventoryItem, Product};

pub(in super::super) async fn listings(shop: &Shop, from: &Cursor) -> Result<Page, PlatformError> {
    let mut here = Place::at(from, Phase::Products, Catalogue::V1);
    let mut filter = json!({"numericId": {"$gt": here.last}});
    if let Some(since) = here.since {
        filter["lastUpdated"] = json!({"$gte": since.rfc3339()});
    }
    let request = read::question(&filter, &ascending(), PAGE);
    let (listed, answer) = shop.calls.read_json::<Value>(request).await?;
    here.began(&answer);
    let raw = read::products_in(shop, &listed)?;
    let currency = shop.currency().await?;
    let change = |raw: &Value| match Product::deserialize(raw) {
        Err(_) => Change::Unreadable { remote: "?".to_owned(), why: "it is no product".to_owned() },
        Ok(product) => match convert::listing(&product, currency) {
            Ok(listing) => Change::Seen(Box::new(listing)),
            Err(why) => Change::Unreadable { remote: product.id.text().unwrap_or("?").to_owned(), why },
        },
    };
    let changes = raw.iter().map(change).collect();
    let next = next(shop, &here, &raw)?;
    Ok(Page { changes, next })
}

pub(in super::super) async fn stock(shop: &Shop, from: &Cursor) -> Result<Page, PlatformError> {
    let mut here = Place::at(from, Phase::Stock, Catalogue::V1);
    let filter = json!({"numericId": {"$gt": here.last}});
    let query = json!({"paging": {"limit": PAGE}, "filter": filter.to_string(), "sort": ascending().to_string()});
    let request = Request::post("/stores-reader/v2/inventoryItems/query").json(json!({"query": query}));
    let (listed, answer) = shop.calls.read_json::<Value>(request).await?;
    here.began(&answer);
    let raw = listed.get("inventoryItems").and_then(Value::as_array).cloned().unwrap_or_default();
    let items = raw.iter().filter_map(|raw| InventoryItem::deserialize(raw).ok());
    // One that does not say when it moved may have.
    let moved = items.filter(|item| match (here.since, item.last_updated.time()) {
        (Some(since), Some(at)) => at >= since,
        _ => true,
    });
    let changes = moved.flat_map(|item| changes(&item)).collect();
    let next = next(shop, &here, &raw)?;
    Ok(Page { changes, next })
}

fn ascending() -> Value {
    json!([{"numericId": "asc"}])
}

/// A count that cannot be read is no news.
fn changes(item: &InventoryItem) -> Vec<Change> {
    let Some(product) = item.product_id.text() else { return Vec::new() };
    let change = |variant: &super::wire::InventoryVariant| {
        let quantity = match (item.track_quantity, variant.quantity.whole()) {
            (Some(false), _) => None,
            (Some(true), Some(level)) => Some(Quantity::units(level)),
            _ => return None,
        };
        Some(Change::Stock(StockChange {
            listing: Some(RemoteId::new(product).ok()?),
            variant: variant_remote(product, variant.variant_id.text()?).ok()?,
            location: location_id(THE_STORE).ok()?,
            quantity,
        }))
    };
    item.variants.iter().filter_map(change).collect()
}

fn next(shop: &Shop, here: &Place, raw: &[Value]) -> Result<Next, PlatformError> {
    let number = |raw: &Value| Loose::from(raw.get("numericId")?).text()?.parse::<u64>().ok();
    if raw.len() < PAGE {
        return Ok(Next::Done(here.next_run().cursor()));
    }
    let last = raw.iter().filter_map(number).max().filter(|last| *last > here.last);
    let last = last.ok_or_else(|| shop.calls.http().unexpected("a list that does not move on"))?;
    Ok(Next::More(Place { last, ..here.clone() }.cursor()))
}
