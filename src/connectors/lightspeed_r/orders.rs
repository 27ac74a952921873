//! Sales as orders, read on.
//!
//! From the beginning: what waits to be shipped, by `ShipTo`. From there on: the sales that were updated, archived ones
//! too, and then the shipments that changed, since nobody says that shipping moves the time of the sale. A refund is
//! another sale; the sale that it gives back of is told again, with everything that was ever given back of it.
//!
//! What is set aside for a customer (layaway) or for a work order has no sale until it is paid for; until then it is seen
//! in the counts only.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Cursor, OrderState, Quantity, Timestamp};
use crate::platform::{Change, Next, Page, PlatformError};

use super::calls::Call;
use super::lists::{self, Phase, Place, Walked, walk};
use super::profile::{IN_MOST, PAGE};
use super::sale::{self, GivenBack};
use super::shelf::{Shelf, readable};
use super::wire::{self, Sale, SaleLine, ShipTo};

const OF_SALE: &[&str] = &["SaleLines", "ShipTo"];

pub async fn orders(shelf: &Shelf, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Waiting);
    match place.phase {
        Phase::Sales => sales(shelf, &place).await,
        Phase::Shipped => shipped(shelf, &place).await,
        _ => waiting(shelf, &place).await,
    }
}

async fn waiting(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let list = Call::list("ShipTo").query("shipped", false).query("sort", "shipToID").query("limit", PAGE);
    let Some(walked) = shipments(shelf, list, place).await? else { return Ok(over(place, shelf.calls.now())) };
    let mut changes = by_shipments(shelf, walked.rows).await?;
    changes.retain(|change| !matches!(change, Change::Order(order) if order.state != OrderState::Open));
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

async fn sales(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let list = Call::list("Sale").query("archived", true).query("sort", "updatetime").query("limit", PAGE);
    let list = list.since("updatetime", place.since.unwrap_or_default()).relations(OF_SALE);
    let walked = walk(&shelf.calls, list, place).await?;
    let changes = tell(shelf, walked.rows).await?;
    let next = walked.next.unwrap_or_else(|| walked.here.in_phase(Phase::Shipped));
    Ok(Page { changes, next: Next::More(next.cursor()) })
}

async fn shipped(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let list = Call::list("ShipTo").query("sort", "timeStamp").query("limit", PAGE);
    let list = list.since("timeStamp", place.since.unwrap_or_default());
    let Some(walked) = shipments(shelf, list, place).await? else { return Ok(over(place, shelf.calls.now())) };
    let changes = by_shipments(shelf, walked.rows).await?;
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

/// `None`: the login lacks the scope for it, which the test of the connection says. The sales are worth having without.
async fn shipments(shelf: &Shelf, list: Call, place: &Place) -> Result<Option<Walked>, PlatformError> {
    match walk(&shelf.calls, list, place).await {
        Ok(walked) => Ok(Some(walked)),
        Err(PlatformError::Unauthorised { .. })
            if shelf.calls.read(Call::list("Sale").query("limit", 1)).await.is_ok() =>
        {
            Ok(None)
        }
        Err(why) => Err(why),
    }
}

/// The end of a run that could not ask; `now`, less an hour, where it has not learned R-Series' own time.
fn over(place: &Place, now: Timestamp) -> Page {
    let here = Place { next_since: place.next_since.or(Some(now.plus_seconds(-3600))), ..place.clone() };
    Page { changes: Vec::new(), next: Next::Done(here.next_run().cursor()) }
}

async fn by_shipments(shelf: &Shelf, rows: Vec<Value>) -> Result<Vec<Change>, PlatformError> {
    let shipments: Vec<ShipTo> = readable(rows);
    let ids: BTreeSet<String> = shipments.iter().filter_map(|one| one.sale.id().map(str::to_owned)).collect();
    let rows = sales_by_id(shelf, &ids).await?;
    tell(shelf, rows).await
}

async fn sales_by_id(shelf: &Shelf, ids: &BTreeSet<String>) -> Result<Vec<Value>, PlatformError> {
    let call = || Call::list("Sale").query("archived", true).relations(OF_SALE);
    by_ids(shelf, &call, "saleID", ids).await
}

async fn by_ids(
    shelf: &Shelf,
    call: &(dyn Fn() -> Call + Sync),
    field: &str,
    ids: &BTreeSet<String>,
) -> Result<Vec<Value>, PlatformError> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut rows = Vec::new();
    for some in ids.chunks(IN_MOST) {
        rows.extend(lists::all(&shelf.calls, call().any_of(field, some.iter().copied())).await?);
    }
    Ok(rows)
}

async fn tell(shelf: &Shelf, rows: Vec<Value>) -> Result<Vec<Change>, PlatformError> {
    let mut changes = Vec::new();
    let mut sales = BTreeMap::new();
    for row in rows {
        take(row, &mut sales, &mut changes);
    }
    // The sales that refunds among them give back of.
    let lines: BTreeSet<String> = all_lines(&sales).filter_map(|line| sale::parent(line).map(str::to_owned)).collect();
    let known: BTreeSet<String> = all_lines(&sales).filter_map(|line| line.id.id().map(str::to_owned)).collect();
    let elsewhere: BTreeSet<String> = lines.difference(&known).cloned().collect();
    let parents: Vec<SaleLine> = readable(by_ids(shelf, &|| Call::list("SaleLine"), "saleLineID", &elsewhere).await?);
    let missing = missing(&sales, &parents);
    for row in sales_by_id(shelf, &missing).await? {
        take(row, &mut sales, &mut changes);
    }
    let (given, times) = given_back(shelf, &sales).await?;
    let items: BTreeSet<String> = all_lines(&sales).filter_map(|line| line.item.id().map(str::to_owned)).collect();
    let known = shelf.known(&items).await?;
    for (id, one) in sales.iter().filter(|(_, one)| sale::is_order(one)) {
        let of_refunds = one.lines().iter().filter_map(|line| times.get(line.id.id()?)).max().copied();
        changes.push(match sale::order(one, &given, of_refunds, &known) {
            Ok(order) => Change::Order(Box::new(order)),
            Err(why) => Change::Unreadable { remote: id.clone(), why },
        });
    }
    Ok(changes)
}

fn take(row: Value, sales: &mut BTreeMap<String, Sale>, changes: &mut Vec<Change>) {
    let id = row.get("saleID").and_then(wire::as_text).unwrap_or_else(|| "?".to_owned());
    match Sale::deserialize(row) {
        Ok(sale) => drop(sales.insert(id, sale)),
        Err(_) => {
            let why = "R-Series' answer about this sale is not readable".to_owned();
            changes.push(Change::Unreadable { remote: id, why });
        }
    }
}

fn all_lines(sales: &BTreeMap<String, Sale>) -> impl Iterator<Item = &SaleLine> {
    sales.values().flat_map(Sale::lines)
}

fn missing(sales: &BTreeMap<String, Sale>, lines: &[SaleLine]) -> BTreeSet<String> {
    let ids = lines.iter().filter_map(|line| line.sale.id());
    ids.filter(|id| !sales.contains_key(*id)).map(str::to_owned).collect()
}

/// Everything that was ever given back of these sales' lines, and when last.
async fn given_back(
    shelf: &Shelf,
    sales: &BTreeMap<String, Sale>,
) -> Result<(GivenBack, BTreeMap<String, Timestamp>), PlatformError> {
    let sold = sales.values().filter(|sale| sale::counts(sale)).flat_map(Sale::lines);
    let sold = sold.filter(|line| line.quantity.quantity().is_some_and(Quantity::is_positive));
    let sold: BTreeSet<String> = sold.filter_map(|line| line.id.id().map(str::to_owned)).collect();
    let refunds: Vec<SaleLine> = readable(by_ids(shelf, &|| Call::list("SaleLine"), "parentSaleLineID", &sold).await?);
    // Whether a refund counts stands in its sale.
    let of_refunds: Vec<Sale> = readable(sales_by_id(shelf, &missing(sales, &refunds)).await?);
    let mut given = GivenBack::new();
    let mut times: BTreeMap<String, Timestamp> = BTreeMap::new();
    for line in &refunds {
        let id = line.sale.id().unwrap_or_default();
        let of = sales.get(id).or_else(|| of_refunds.iter().find(|sale| sale.id.id() == Some(id)));
        let Some(of) = of.filter(|of| sale::counts(of)) else { continue };
        sale::give_back(line, &mut given);
        if let (Some(parent), Some(at)) = (sale::parent(line), of.updated()) {
            let last = times.entry(parent.to_owned()).or_insert(at);
            *last = at.max(*last);
        }
    }
    Ok((given, times))
}
