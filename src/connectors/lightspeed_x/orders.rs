//! The orders feed: sales by version, as products are.
//!
//! A shop may have sold for ten years, so the beginning is not the first sale: the newest one's version is where "from
//! now on" begins, and the sales that wait for something are searched for. Where the search is refused, all sales are
//! read from the first one; that takes longer and tells no less.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::Cursor;
use crate::http::{Request, segment};
use crate::platform::{Change, Next, Page, PlatformError};

use super::catalogue::{Catalogue, next};
use super::profile::PAGE;
use super::sale;
use super::wire::{Data, Sale, Versioned};

/// The statuses of sales that are not over. The search takes the older names.
const WAITING: [&str; 4] = ["LAYBY", "ONACCOUNT", "AWAITING_DISPATCH", "AWAITING_PICKUP"];

#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    after: i64,
    /// Waiting sales that were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting: Option<usize>,
}

impl Place {
    fn cursor(&self) -> Cursor {
        Cursor::At(serde_json::to_string(self).unwrap_or_default())
    }
}

pub async fn orders(catalogue: &Catalogue, from: &Cursor) -> Result<Page, PlatformError> {
    let place = match from {
        Cursor::Start => match newest(catalogue).await {
            Ok(after) => Place { after, waiting: Some(0) },
            Err(PlatformError::Refused { .. } | PlatformError::NotFound { .. }) => Place::default(),
            Err(why) => return Err(why),
        },
        Cursor::At(place) => {
            serde_json::from_str(place).map_err(|_| catalogue.unexpected("the cursor is none of this feed's"))?
        }
    };
    match place.waiting {
        Some(offset) => waiting(catalogue, place.after, offset).await,
        None => changed(catalogue, place.after).await,
    }
}

fn search(catalogue: &Catalogue) -> Request {
    catalogue.calls.get("/search").query("type", "sales").query("order_by", "sale_date")
}

/// The version of the newest sale. What is changed later has a higher one, whatever its date.
async fn newest(catalogue: &Catalogue) -> Result<i64, PlatformError> {
    let request = search(catalogue).query("order_direction", "desc").query("page_size", 1);
    let found: Data<Vec<Sale>> = catalogue.calls.read_json(request).await?;
    Ok(found.data.iter().filter_map(Sale::version).max().unwrap_or(0))
}

async fn waiting(catalogue: &Catalogue, after: i64, offset: usize) -> Result<Page, PlatformError> {
    let mut request = search(catalogue).query("order_direction", "asc").query("page_size", PAGE);
    for status in WAITING {
        request = request.query("status", status);
    }
    let found: Data<Vec<Value>> = catalogue.calls.read_json(request.query("offset", offset)).await?;
    if found.data.is_empty() {
        return Ok(Page { changes: Vec::new(), next: Next::More(Place { after, waiting: None }.cursor()) });
    }
    // Sales that are closed between two pages move the later ones forward: a fifth is read twice.
    let count = found.data.len();
    let waiting = Some(offset + (count - count / 5));
    Ok(Page { changes: told(catalogue, found.data).await?, next: Next::More(Place { after, waiting }.cursor()) })
}

async fn changed(catalogue: &Catalogue, after: i64) -> Result<Page, PlatformError> {
    let request = catalogue.calls.get("/sales").query("after", after).query("page_size", PAGE);
    let page: Versioned = catalogue.calls.read_json(request).await?;
    if page.data.is_empty() {
        return Ok(Page { changes: Vec::new(), next: Next::Done(Place { after, waiting: None }.cursor()) });
    }
    let in_items = || page.data.iter().filter_map(|item| item["_metadata"]["version"].as_i64()).max();
    let Some(max) = next(&page).or_else(in_items).filter(|max| *max > after) else {
        return Err(catalogue.unexpected("a page of sales without a version to go on from"));
    };
    let changes = told(catalogue, page.data).await?;
    Ok(Page { changes, next: Next::More(Place { after: max, waiting: None }.cursor()) })
}

/// The sales as orders: each whole, with its returns, and once.
async fn told(catalogue: &Catalogue, raw: Vec<Value>) -> Result<Vec<Change>, PlatformError> {
    let mut changes = Vec::new();
    let mut known: BTreeMap<String, Sale> = BTreeMap::new();
    for raw in raw {
        let named = raw["id"].as_str().unwrap_or("without an identifier").to_owned();
        match serde_json::from_value::<Sale>(raw) {
            Ok(sale) => drop(known.insert(named, sale)),
            Err(why) => {
                changes.push(Change::Unreadable { remote: named, why: format!("the sale cannot be read: {why}") })
            }
        }
    }
    // What is to be told: a return is told with the sale that it gives back.
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let mut returns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, sale) in &known {
        let Some(original) = sale.original() else {
            wanted.insert(id.clone());
            continue;
        };
        wanted.insert(original.to_owned());
        returns.entry(original.to_owned()).or_default().insert(id.clone());
        if sale::sells(sale) {
            wanted.insert(id.clone());
        }
    }
    for id in &wanted {
        fetch(catalogue, id, &mut known).await?;
        let Some(sale) = known.get(id) else { continue };
        let named = sale.returned.return_sale_ids.iter().filter_map(|id| id.text().map(str::to_owned));
        let own: Vec<String> = named.collect();
        returns.entry(id.clone()).or_default().extend(own);
    }
    for id in returns.values().flatten() {
        fetch(catalogue, id, &mut known).await?;
    }
    let products = known.values().flat_map(|sale| &sale.line_items).filter_map(|line| line.product());
    let roots = catalogue.roots_of(&products.map(str::to_owned).collect()).await?;
    for id in wanted {
        let own: Vec<&Sale> = returns.get(&id).into_iter().flatten().filter_map(|id| known.get(id)).collect();
        let order = match known.get(&id) {
            Some(sale) => sale::order(sale, &own, &roots),
            // The sale is gone and its return is not: nothing explains the return but itself.
            None => Err("a return of a sale that is not there any more".to_owned()),
        };
        changes.push(match order {
            Ok(order) => Change::Order(Box::new(order)),
            Err(why) => Change::Unreadable { remote: id, why },
        });
    }
    Ok(changes)
}

async fn fetch(catalogue: &Catalogue, id: &str, known: &mut BTreeMap<String, Sale>) -> Result<(), PlatformError> {
    if known.contains_key(id) {
        return Ok(());
    }
    let request = catalogue.calls.get(&format!("/sales/{}", segment(id)));
    if let Some(answer) = catalogue.calls.find(request).await? {
        let Data { data }: Data<Sale> = answer.json().map_err(|why| catalogue.unexpected(&why))?;
        known.insert(id.to_owned(), data);
    }
    Ok(())
}
