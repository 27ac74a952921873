//! The feed of orders: what was sold, handed over, called off and given back.
//!
//! It is read by time of change, since sales of a till that was offline arrive up to three days later with an old time of
//! making. From the start it shows what is open now; from then on everything that changed.
//!
//! A return is an order of its own at Square, and the sale that it belongs to does not change for it. So each sale that
//! is shown is looked at for returns since it was made (where the page cannot have brought them all), and each return
//! brings its sale along. What came back into stock stands in the inventory's history alone.
//!
//! Not noticed: goods that are put back on the shelf long after their return, without any change of an order. The count
//! tells of them, only the order does not.

mod convert;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::domain::{Cursor, RemoteId, Timestamp};
use crate::platform::{Change, Next, Page, PlatformError};

use super::connector::Square;
use super::feed::{NoPage, Place, goes_on};
use super::profile::RETRIEVE_MOST;
use super::stock::later;
use super::wire::{ChangesPage, Locations};
use convert::{GivenBack, PutBack, TOLERANCE_SECONDS};

/// Orders in one page; Square's own default, half of what it allows.
const ORDERS_PAGE: usize = 500;
/// "Max: 10 location IDs" (reference, SearchOrders).
const LOCATIONS_MOST: usize = 10;
/// "A maximum of 100 orders can be retrieved per request" (reference, BatchRetrieveOrders).
const ORDERS_BY_ID: usize = 100;
/// All but drafts, which are baskets that nobody bought.
const STATES: [&str; 3] = ["OPEN", "COMPLETED", "CANCELED"];

/// What a page brought, sorted out.
#[derive(Default)]
struct Gathered {
    changes: Vec<Change>,
    /// By identifier, so that each is shown once.
    sales: BTreeMap<String, wire::Order>,
    /// Returns of goods whose sale is not known.
    unlinked: Vec<wire::Order>,
    given: Vec<GivenBack>,
    /// What was given back of other sales: goods on the shelf may be theirs.
    others: Vec<GivenBack>,
}

impl Gathered {
    fn take(&mut self, order: wire::Order) {
        match convert::given_back(&order) {
            Ok(given) => self.take_given(given),
            Err(why) => {
                self.changes.push(Change::Unreadable { remote: order.id, why });
                return;
            }
        }
        if order.returns().any(|given| given.source_order_id.as_deref().unwrap_or_default().is_empty()) {
            self.unlinked.push(order.clone());
        }
        if !order.is_return_only() {
            self.sales.insert(order.id.clone(), order);
        }
    }

    fn take_given(&mut self, given: Vec<GivenBack>) {
        for one in given {
            if !self.given.iter().any(|known| known.is(&one)) {
                self.given.push(one);
            }
        }
    }

    /// What was given back without being news: of sales that are, or of others.
    fn take_known(&mut self, given: Vec<GivenBack>) {
        for one in given {
            if one.sale.as_ref().is_some_and(|sale| self.sales.contains_key(sale)) {
                self.take_given(vec![one]);
            } else if !self.given.iter().chain(&self.others).any(|known| known.is(&one)) {
                self.others.push(one);
            }
        }
    }

    /// Sales that something was given back of and that did not come themselves.
    fn missing_sales(&self) -> Vec<String> {
        let named: BTreeSet<&String> = self.given.iter().filter_map(|given| given.sale.as_ref()).collect();
        named.into_iter().filter(|id| !self.sales.contains_key(*id)).cloned().collect()
    }

    /// From when on returns have to be known: since the first of the sales was paid for (what never was cannot be given
    /// back), and around what was given back, since goods on the shelf do not name their return.
    fn returns_since(&self) -> Option<Timestamp> {
        let paid = self.sales.values().filter(|sale| sale.has_payment());
        let made = paid.filter_map(|sale| Timestamp::parse(sale.created_at.as_deref()?));
        made.chain(self.given.iter().map(|given| given.at.plus_seconds(-TOLERANCE_SECONDS))).min()
    }
}

impl Square {
    pub(super) async fn orders_page(&self, from: &Cursor) -> Result<Page, PlatformError> {
        let mut place = Place::of(from);
        let groups = self.groups_of_locations().await?;
        let found = loop {
            // A connection that uses fewer locations than it did when the run began.
            let Some(group) = groups.get(place.group) else {
                return Ok(Page { changes: Vec::new(), next: place.next(None) });
            };
            if place.until.is_none() {
                let now = self.server_now().await?.rfc3339();
                // The first run shows what is open and is no list of changes: the next one reads from its beginning.
                place.latest = Some(place.since.clone().unwrap_or_else(|| now.clone()));
                place.until = Some(now);
            }
            match self.page::<wire::OrdersPage>(self.post("/v2/orders/search", search(&place, group))).await {
                Ok(found) => break found,
                Err(NoPage::CursorExpired) if place.page.is_some() => place.restart(),
                Err(NoPage::CursorExpired) => {
                    return Err(self.http.unexpected("a cursor was refused where none was sent"));
                }
                Err(NoPage::Other(why)) => return Err(why),
            }
        };
        let first_run = place.since.is_none();
        let alone = place.page.is_none() && found.cursor.as_deref().unwrap_or_default().is_empty() && groups.len() == 1;
        let mut gathered = Gathered::default();
        let mut known = Vec::new();
        for order in wire::orders(found.orders) {
            match order {
                Ok(order) => {
                    if !first_run {
                        place.latest = later(place.latest.take(), order.updated_at.as_deref());
                    }
                    if place.was_delivered(&order.id, || order.updated_at.as_deref().into_iter()) {
                        known.extend(convert::given_back(&order).unwrap_or_default());
                    } else {
                        gathered.take(order);
                    }
                }
                Err((remote, why)) => gathered.changes.push(Change::Unreadable { remote, why }),
            }
        }
        // A return that was delivered before is part of a sale that changed again.
        gathered.take_known(known);
        let whole_window = (alone && !first_run).then(|| place.begin().as_deref().and_then(Timestamp::parse)).flatten();
        self.complete(&mut gathered, whole_window, &groups).await?;
        let changes = self.orders_of(gathered).await?;
        Ok(Page { changes, next: next(place, found.cursor, groups.len()) })
    }

    /// The locations in use, in lists that one search takes; all of the account before any is chosen.
    async fn groups_of_locations(&self) -> Result<Vec<Vec<String>>, PlatformError> {
        let mut ids: Vec<String> = self.location_ids().into_iter().map(str::to_owned).collect();
        if ids.is_empty() {
            let request = self.request(crate::http::Method::Get, "/v2/locations");
            let (all, _) = self.http.read_json::<Locations>(request).await?;
            ids = all.locations.into_iter().map(|location| location.id).collect();
        }
        Ok(ids.chunks(LOCATIONS_MOST).map(<[String]>::to_vec).collect())
    }

    /// Brings the sales of returns, and the returns of sales. `whole_window`: from when on the page has everything that
    /// changed.
    async fn complete(
        &self,
        gathered: &mut Gathered,
        whole_window: Option<Timestamp>,
        groups: &[Vec<String>],
    ) -> Result<(), PlatformError> {
        for ids in gathered.missing_sales().chunks(ORDERS_BY_ID) {
            let request = self.post("/v2/orders/batch-retrieve", json!({"order_ids": ids}));
            let (found, _) = self.http.read_json::<wire::OrdersPage>(request).await?;
            for order in wire::orders(found.orders) {
                match order {
                    Ok(order) => drop(gathered.sales.insert(order.id.clone(), order)),
                    Err((remote, why)) => gathered.changes.push(Change::Unreadable { remote, why }),
                }
            }
        }
        let Some(since) = gathered.returns_since() else { return Ok(()) };
        if whole_window.is_some_and(|begin| begin <= since) {
            return Ok(());
        }
        for group in groups {
            let place = Place { since: Some(since.rfc3339()), settled: true, ..Place::default() };
            let mut body = search(&place, group);
            loop {
                let request = self.post("/v2/orders/search", body.clone());
                let (found, _) = self.http.read_json::<wire::OrdersPage>(request).await?;
                // What cannot be read is told when it is the feed's turn.
                for order in wire::orders(found.orders).flatten() {
                    gathered.take_known(convert::given_back(&order).unwrap_or_default());
                }
                if !goes_on(&mut body, found.cursor) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Everything that was gathered, in our words.
    async fn orders_of(&self, gathered: Gathered) -> Result<Vec<Change>, PlatformError> {
        let Gathered { mut changes, sales, unlinked, mut given, others } = gathered;
        for sale in sales.values() {
            // A sale that cannot be read is told below.
            given.extend(convert::called_off(sale, &given).ok().flatten());
        }
        if let Some(since) = given.iter().map(|given| given.at).min() {
            let put_back = self.put_back(&given, since.plus_seconds(-TOLERANCE_SECONDS)).await?;
            given.extend(others);
            convert::assign(put_back, &mut given);
        }
        let lines = sales.values().flat_map(wire::Order::lines).filter_map(|line| line.catalog_object_id.clone());
        let returned = given.iter().flat_map(|given| &given.lines).filter_map(|line| line.variation.clone());
        let items = self.items_of(lines.chain(returned)).await?;
        for order in sales.values() {
            changes.push(match convert::sale(order, &given, &items) {
                Ok(order) => Change::Order(Box::new(order)),
                Err(why) => Change::Unreadable { remote: order.id.clone(), why },
            });
        }
        for order in &unlinked {
            match convert::unlinked(order, &given, &items) {
                Ok(order) => changes.extend(order.map(|order| Change::Order(Box::new(order)))),
                Err(why) => changes.push(Change::Unreadable { remote: order.id.clone(), why }),
            }
        }
        Ok(changes)
    }

    /// What came back into stock of these variations.
    async fn put_back(&self, given: &[GivenBack], since: Timestamp) -> Result<Vec<PutBack>, PlatformError> {
        let lines = given.iter().flat_map(|given| &given.lines);
        let variations: BTreeSet<&String> = lines.filter_map(|line| line.variation.as_ref()).collect();
        let variations: Vec<&String> = variations.into_iter().collect();
        let mut found = Vec::new();
        for ids in variations.chunks(RETRIEVE_MOST) {
            let mut body = json!({
                "catalog_object_ids": ids,
                "types": ["ADJUSTMENT"],
                "states": ["IN_STOCK"],
                "updated_after": since.rfc3339(),
                "limit": RETRIEVE_MOST,
            });
            loop {
                let request = self.post("/v2/inventory/changes/batch-retrieve", body.clone());
                let (page, _) = self.http.read_json::<ChangesPage>(request).await?;
                let adjustments = page.changes.into_iter().filter_map(|change| change.adjustment);
                found.extend(adjustments.filter_map(|adjustment| PutBack::of(&adjustment)));
                if !goes_on(&mut body, page.cursor) {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// The item of each variation; those that are gone from the catalogue are missing.
    async fn items_of(&self, ids: impl Iterator<Item = String>) -> Result<HashMap<String, RemoteId>, PlatformError> {
        let known =
            self.variations(ids.filter(|id| !id.is_empty())).await?.into_iter().filter_map(|(id, variation)| {
                let item = variation.item_variation_data?.item_id?;
                Some((id, RemoteId::new(item).ok()?))
            });
        Ok(known.collect())
    }
}

/// Where the feed goes on: the page, the next ten locations, the next run.
fn next(place: Place, page: Option<String>, groups: usize) -> Next {
    let more = page.as_deref().is_some_and(|page| !page.is_empty());
    if more || place.group + 1 >= groups {
        return place.next(page);
    }
    Next::More(Place { group: place.group + 1, page: None, ..place }.cursor())
}

fn search(place: &Place, locations: &[String]) -> Value {
    let mut body = json!({"location_ids": locations, "limit": ORDERS_PAGE, "return_entries": false});
    body["query"] = match place.begin() {
        None => {
            json!({"filter": {"state_filter": {"states": ["OPEN"]}}, "sort": {"sort_field": "CREATED_AT", "sort_order": "ASC"}})
        }
        Some(begin) => {
            let mut range = json!({"start_at": begin});
            if let Some(until) = &place.until {
                range["end_at"] = json!(until);
            }
            // "sort_field must match the timestamp field that the DateTimeFilter uses" (reference, SearchOrdersSort).
            json!({
                "filter": {"state_filter": {"states": STATES}, "date_time_filter": {"updated_at": range}},
                "sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"},
            })
        }
    };
    if let Some(page) = &place.page {
        body["cursor"] = json!(page);
    }
    body
}
