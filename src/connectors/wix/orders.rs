//! Orders, and what each has done to the stock. They are the same for both catalogues.
//!
//! An order of eCommerce takes its pieces when it is approved. Each line says how many of it were refunded and how many
//! were put back; how many were handed over say the fulfilments, which are asked for where the order's own status does
//! not settle it: for orders that went out in part, or were refunded in part.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Cursor, LocationId, Order, OrderLine, OrderState, Quantity, RemoteId, Text};
use crate::http::Request;
use crate::platform::{Change, Next, Page, PlatformError};

use super::place::{Phase, Place};
use super::profile::ORDER_PAGE;
use super::shop::{Catalogue, Shop, StoresLocation, location_id};
use super::walk::{self, List};
use super::wire::{Fulfilled, Sale, SaleLine, items, only_variant, variant_remote};

/// Wix Stores among the apps that sell on a site (spec, catalogReference.appId).
pub(super) const STORES_APP: &str = "215238eb-22a5-4c36-9e7b-e7c08025e04e";
/// The only variant of a product of V1.
const NO_VARIANT: &str = "00000000-0000-0000-0000-000000000000";

/// Handed over, by the line's identifier.
type HandedOver = HashMap<String, i64>;

/// From the beginning: those that are open. Later: every order that changed.
pub(super) async fn orders(shop: &Shop, catalogue: Catalogue, from: &Cursor) -> Result<Page, PlatformError> {
    let here = Place::at(from, Phase::Orders, catalogue);
    let walked = walk::page(&shop.calls, &list(here.since.is_none()), here).await?;
    let sales: Vec<(String, Option<Sale>)> = walked
        .items
        .iter()
        .map(|raw| {
            let sale = Sale::deserialize(raw).ok();
            (sale.as_ref().and_then(|sale| sale.id.text()).unwrap_or("?").to_owned(), sale)
        })
        .collect();
    let unsettled: Vec<&str> = sales
        .iter()
        .filter_map(|(_, sale)| sale.as_ref())
        .filter(|sale| handed_over_by_status(sale).is_none())
        .filter_map(|sale| sale.id.text())
        .collect();
    let sent = fulfilments(shop, &unsettled).await?;
    let locations = match catalogue {
        Catalogue::V3 if !sales.is_empty() => shop.locations().await?,
        Catalogue::V1 | Catalogue::V3 => Vec::new(),
    };
    let mut changes = Vec::with_capacity(sales.len());
    for (remote, sale) in sales {
        let read = sale.ok_or_else(|| "it is no order".to_owned());
        changes.push(match read.and_then(|sale| order(&sale, sent.get(&remote), &locations)) {
            Ok(Some(order)) => Change::Order(Box::new(order)),
            Ok(None) => continue,
            Err(why) => Change::Unreadable { remote, why },
        });
    }
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

fn list(only_open: bool) -> List {
    let mut filter = Map::new();
    if only_open {
        filter.insert("status".into(), json!({"$in": ["APPROVED", "PENDING"]}));
        filter.insert("fulfillmentStatus".into(), json!({"$ne": "FULFILLED"}));
    }
    List {
        path: "/ecom/v1/orders/search",
        envelope: "search",
        items: "orders",
        paging: "metadata",
        // Open orders change while they are read; when they were placed does not.
        moment: if only_open { "createdDate" } else { "updatedDate" },
        limit: ORDER_PAGE,
        filter,
        beside: Map::new(),
    }
}

async fn fulfilments(shop: &Shop, orders: &[&str]) -> Result<HashMap<String, HandedOver>, PlatformError> {
    let mut found = HashMap::new();
    for some in orders.chunks(ORDER_PAGE) {
        let request = Request::post("/ecom/v1/fulfillments/list-by-ids").json(json!({"orderIds": some}));
        let (listed, _) = shop.calls.read_json::<Value>(request).await?;
        let told: Vec<Fulfilled> = items(listed.get("ordersWithFulfillments").unwrap_or(&Value::Null));
        for order in told {
            let Some(id) = order.order_id.text() else { continue };
            let lines: &mut HandedOver = found.entry(id.to_owned()).or_default();
            for line in order.fulfillments.iter().flat_map(|fulfilment| &fulfilment.line_items) {
                let Some(line_id) = line.id.text() else { continue };
                *lines.entry(line_id.to_owned()).or_default() += line.quantity.whole().unwrap_or(0).max(0);
            }
        }
    }
    Ok(found)
}

/// All or nothing of every line, where the order's status alone says so.
fn handed_over_by_status(sale: &Sale) -> Option<bool> {
    let refunded = sale.line_items.iter().any(|line| line.refund_quantity.whole().unwrap_or(0) > 0);
    match sale.fulfillment_status.text() {
        Some("FULFILLED") if !refunded => Some(true),
        Some("NOT_FULFILLED") | None => Some(false),
        _ => None,
    }
}

/// `None` for a checkout that has not become an order. The error is a plain sentence about this one order.
fn order(sale: &Sale, sent: Option<&HandedOver>, locations: &[StoresLocation]) -> Result<Option<Order>, String> {
    let remote = RemoteId::new(sale.id.text().ok_or("it has no usable identifier")?)?;
    let Some(standing) = Standing::of(sale) else { return Ok(None) };
    let updated_at = sale.updated_date.time();
    let placed_at = sale.purchased_date.time().or_else(|| sale.created_date.time()).or(updated_at);
    let placed_at = placed_at.ok_or("it does not say when it was placed")?;
    let read = |line: &SaleLine| {
        let lines_id = line.id.text().unwrap_or_default();
        let whole = |raw: &super::wire::Loose| raw.whole().unwrap_or(0).max(0);
        let ordered = line.quantity.whole().filter(|count| *count >= 0);
        let ordered = ordered.ok_or("one of its lines has a quantity that cannot be read")?;
        let fulfilled = match (handed_over_by_status(sale), sent) {
            (Some(true), _) => ordered,
            (Some(false), _) => 0,
            (None, Some(sent)) => sent.get(lines_id).copied().unwrap_or(0).min(ordered),
            // Nobody tells: what is not refunded was handed over if the order says so.
            (None, None) if sale.fulfillment_status.text() == Some("FULFILLED") => {
                ordered - whole(&line.refund_quantity).min(ordered)
            }
            (None, None) => 0,
        };
        let unsent = ordered - fulfilled;
        let dropped = match standing {
            Standing::Pending => 0,
            Standing::Cancelled | Standing::Rejected => unsent,
            // First of what was not sent: a refund does not say.
            Standing::Approved => whole(&line.refund_quantity).min(unsent),
        };
        let restocked = match standing {
            Standing::Pending => 0,
            // Nothing was ever taken for it.
            Standing::Rejected => ordered,
            Standing::Cancelled | Standing::Approved => whole(&line.restock_quantity).min(ordered),
        };
        let (listing, variant) = article(line);
        Ok::<_, String>(OrderLine {
            remote: RemoteId::new(lines_id).map_err(|_| "one of its lines has no usable identifier")?,
            listing,
            variant,
            location: place(line, locations),
            ordered: Quantity::units(ordered),
            fulfilled: Quantity::units(fulfilled),
            dropped: Quantity::units(dropped),
            restocked: Quantity::units(restocked),
        })
    };
    let lines = sale.line_items.iter().map(read).collect::<Result<Vec<_>, String>>()?;
    let state = standing.state(&lines);
    let number = sale.number.text().map(|number| Text::new(&format!("#{number}")));
    let number = number.unwrap_or_else(|| Text::new(remote.as_str()));
    Ok(Some(Order { remote, number, state, placed_at, updated_at: updated_at.unwrap_or(placed_at), lines }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Pending,
    Approved,
    Cancelled,
    /// Its payment was refused before it was approved.
    Rejected,
}

impl Standing {
    fn of(sale: &Sale) -> Option<Self> {
        match sale.status.text() {
            Some("INITIALIZED") => None,
            Some("PENDING") => Some(Self::Pending),
            Some("CANCELED") => Some(Self::Cancelled),
            Some("REJECTED") => Some(Self::Rejected),
            // Statuses that Wix may add count until they say otherwise.
            _ => Some(Self::Approved),
        }
    }

    /// Lines decide where refunds have taken what was open.
    fn state(self, lines: &[OrderLine]) -> OrderState {
        let is_open = lines.iter().any(|line| line.open().is_positive());
        let was_sent = lines.iter().any(|line| line.fulfilled.is_positive());
        match self {
            Self::Pending => OrderState::Pending,
            Self::Cancelled | Self::Rejected => OrderState::Cancelled,
            Self::Approved if is_open => OrderState::Open,
            Self::Approved if was_sent || lines.is_empty() => OrderState::Closed,
            Self::Approved => OrderState::Cancelled,
        }
    }
}

/// Nothing for what another app of the site sells, and for what is in no catalogue.
fn article(line: &SaleLine) -> (Option<RemoteId>, Option<RemoteId>) {
    let reference = &line.catalog_reference;
    let is_ours = reference.app_id.text().is_some_and(|app| app.eq_ignore_ascii_case(STORES_APP));
    let Some(product) = reference.catalog_item_id.text().filter(|_| is_ours) else { return (None, None) };
    let variant = match reference.options.variant_id.text().filter(|variant| *variant != NO_VARIANT) {
        Some(variant) => variant_remote(product, variant),
        None => only_variant(product),
    };
    (RemoteId::new(product).ok(), variant.ok())
}

/// Where it is taken from: lines name places of the business, stock those of the store, which belong to them.
fn place(line: &SaleLine, locations: &[StoresLocation]) -> Option<LocationId> {
    let [only] = &line.locations[..] else { return None };
    let id = only.id.text()?;
    let known = locations.iter().find(|place| place.id == id || place.business.as_deref() == Some(id))?;
    location_id(&known.id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sale: Value, sent: &[(&str, i64)]) -> Option<Order> {
        let mut raw = json!({"id": "o", "number": "1001", "createdDate": "2026-11-21T19:00:00Z"});
        raw.as_object_mut().unwrap().extend(sale.as_object().unwrap().clone());
        let sent = sent.iter().map(|(line, count)| ((*line).to_owned(), *count)).collect();
        let there =
            StoresLocation { id: "stores".into(), business: Some("site".into()), name: "x".into(), is_default: true };
        order(&Sale::deserialize(&raw).unwrap(), Some(&sent), &[there]).unwrap()
    }

    fn line(ordered: i64, refunded: i64, restocked: i64) -> Value {
        let reference = json!({"catalogItemId": "p", "appId": STORES_APP, "options": {"variantId": "v"}});
        json!([{"id": "l", "quantity": ordered, "refundQuantity": refunded, "restockQuantity": restocked,
            "catalogReference": reference, "locations": [{"id": "site", "quantity": ordered}]}])
    }

    #[test]
    fn what_was_handed_over_is_told_by_fulfilments_where_the_status_does_not_settle_it() {
        let partly =
            json!({"status": "APPROVED", "fulfillmentStatus": "PARTIALLY_FULFILLED", "lineItems": line(5, 1, 1)});
        let order = told(partly, &[("l", 2)]).unwrap();
        let only = &order.lines[0];
        assert_eq!(
            (order.state, only.open(), only.taken()),
            (OrderState::Open, Quantity::units(2), Quantity::units(4))
        );
        assert_eq!(only.location, Some(location_id("stores").unwrap()));
        assert_eq!(only.variant.as_ref().unwrap().as_str(), "p.v");
        let back = json!({"status": "APPROVED", "fulfillmentStatus": "FULFILLED", "lineItems": line(5, 1, 1)});
        let order = told(back, &[("l", 5)]).unwrap();
        assert_eq!(
            (order.state, order.lines[0].dropped),
            (OrderState::Closed, Quantity::ZERO),
            "sent, then given back"
        );
    }

    #[test]
    fn what_was_never_approved_has_taken_nothing() {
        assert_eq!(told(json!({"status": "INITIALIZED", "lineItems": line(1, 0, 0)}), &[]), None);
        for status in ["PENDING", "REJECTED"] {
            let order = told(json!({"status": status, "lineItems": line(3, 0, 0)}), &[]).unwrap();
            assert_eq!(order.taken(&order.lines[0]), Quantity::ZERO, "{status}");
        }
        let cancelled = told(json!({"status": "CANCELED", "lineItems": line(3, 0, 2)}), &[]).unwrap();
        assert_eq!(
            (cancelled.state, cancelled.taken(&cancelled.lines[0])),
            (OrderState::Cancelled, Quantity::units(1))
        );
    }

    #[test]
    fn lines_of_other_apps_are_no_articles() {
        let mut lines = line(1, 0, 0);
        lines[0]["catalogReference"]["appId"] = json!("13d21c63-b5ec-5912-8397-c3a5ddb27a97");
        let order = told(json!({"status": "APPROVED", "lineItems": lines}), &[]).unwrap();
        assert_eq!((&order.lines[0].listing, &order.lines[0].variant), (&None, &None));
        let mut lines = line(1, 0, 0);
        lines[0]["catalogReference"]["options"] = json!({"variantId": NO_VARIANT});
        let order = told(json!({"status": "APPROVED", "lineItems": lines}), &[]).unwrap();
        assert_eq!(order.lines[0].variant, Some(only_variant("p").unwrap()));
    }
}
