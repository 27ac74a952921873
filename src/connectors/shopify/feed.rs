//! What changed: products, deletions, stock. Orders are in `orders.rs`, which walks in the same way.
//!
//! A run that begins at the start walks the products by identifier, or, in a large shop, reads an export (`bulk.rs`). Later runs ask for what was updated since the
//! shop's own time at the beginning of the run before, less an overlap for its search index, which lags. Moments stand
//! in quotes: without them Shopify reads the day and drops the time. A cursor of Shopify's is followed for
//! [`MOST_BY_CURSOR`] items at most; it refuses to page beyond 25,000.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{Cursor, LocationId, Quantity, RemoteId, Timestamp};
use crate::platform::{Change, Next, Page, PlatformError, StockChange};

use super::calls::{Answered, unexpected};
use super::connector::{EVERY_STATUS, Shopify};
use super::documents::{DELETIONS, DELETIONS_COST, DELETIONS_PAGE, STOCK_CHANGES, STOCK_COST, STOCK_PAGE};
use super::whole::number;
use super::wire;

/// How far each run reaches back behind the beginning of the one before.
const OVERLAP: Duration = Duration::from_secs(300);
pub(super) const MOST_BY_CURSOR: u64 = 20_000;
/// A page of products is cut where its variants would become more than this, so that a run can be stopped and shows
/// its progress.
const MOST_VARIANTS_A_PAGE: usize = 5_000;

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// What was updated since; `None` for everything.
    pub since: Option<Timestamp>,
    /// From when the next run will ask; set by this run's first answer.
    mark: Option<Timestamp>,
    pub stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// At the beginning of a run.
    Begin,
    /// Everything, by number: the last one that was read.
    Numbers {
        last: u64,
    },
    /// In the export of this identifier: how far its file was read, and how often it was looked at since.
    Export {
        id: String,
        from: u64,
        looks: u32,
    },
    /// By Shopify's cursor; how many items it has been followed for.
    Updated {
        after: String,
        seen: u64,
    },
    Deleted {
        after: Option<String>,
        seen: u64,
    },
    /// The levels of one location after the other.
    Levels {
        location: usize,
        after: Option<String>,
        seen: u64,
    },
}

impl Place {
    pub(super) fn read(from: &Cursor) -> Result<Self, PlatformError> {
        match from {
            Cursor::Start => Ok(Self { since: None, mark: None, stage: Stage::Begin }),
            Cursor::At(stored) => serde_json::from_str(stored)
                .map_err(|_| unexpected("the stored place in its feed is not one; run a full import".to_owned())),
        }
    }

    fn cursor(&self) -> Result<Cursor, PlatformError> {
        serde_json::to_string(self).map(Cursor::At).map_err(|why| unexpected(why.to_string()))
    }

    pub(super) fn more(mut self, stage: Stage) -> Result<Next, PlatformError> {
        self.stage = stage;
        Ok(Next::More(self.cursor()?))
    }

    pub(super) fn done(self) -> Result<Next, PlatformError> {
        Ok(Next::Done(Self { since: self.mark, mark: None, stage: Stage::Begin }.cursor()?))
    }

    pub(super) fn set_mark(&mut self, answer: &Answered) {
        let overlap = i64::try_from(OVERLAP.as_secs()).unwrap_or(0);
        self.mark.get_or_insert(answer.asked_at.plus_seconds(-overlap));
    }
}

impl Shopify {
    pub(super) async fn listing_changes(&self, from: &Cursor) -> Result<Page, PlatformError> {
        let place = Place::read(from)?;
        match (place.since, place.stage.clone()) {
            (None, Stage::Begin | Stage::Levels { .. }) => self.first_products(place).await,
            (_, Stage::Export { id, from, looks }) => self.exported(place, id, from, looks).await,
            (_, Stage::Numbers { last }) => self.products_by_number(place, last).await,
            (Some(since), Stage::Begin | Stage::Levels { .. }) => self.updated_products(place, since, None, 0).await,
            (since, Stage::Updated { after, seen }) => {
                self.updated_products(place, since.unwrap_or_default(), Some(after), seen).await
            }
            (since, Stage::Deleted { after, seen }) => {
                self.deleted_products(place, since.unwrap_or_default(), after, seen).await
            }
        }
    }

    pub(super) async fn products_by_number(&self, mut place: Place, last: u64) -> Result<Page, PlatformError> {
        let query = format!("{EVERY_STATUS} id:>{last}");
        let (mut page, answer) = self.product_page(&query, "ID", None).await?;
        place.set_mark(&answer);
        let cut = too_many(&page.nodes);
        let more = page.page_info.has_next_page || cut < page.nodes.len();
        page.nodes.truncate(cut);
        let reached = page.nodes.iter().filter_map(number_in).max().unwrap_or(last);
        let changes = self.seen(page.nodes).await?;
        let next = if more && reached > last { place.more(Stage::Numbers { last: reached })? } else { place.done()? };
        Ok(Page { changes, next })
    }

    async fn updated_products(
        &self,
        mut place: Place,
        since: Timestamp,
        after: Option<String>,
        seen: u64,
    ) -> Result<Page, PlatformError> {
        let query = format!("{EVERY_STATUS} updated_at:>='{}'", seconds(since));
        let (page, answer) = self.product_page(&query, "UPDATED_AT", after).await?;
        place.set_mark(&answer);
        let seen = seen + page.nodes.len() as u64;
        let latest = page.nodes.iter().filter_map(|n| Timestamp::parse(n["updatedAt"].as_str()?)).max();
        let next = match page.page_info.end_cursor.filter(|_| page.page_info.has_next_page) {
            // Begin anew at the last one's time, rather than run into the end of the list.
            Some(_) if seen >= MOST_BY_CURSOR && latest.is_some_and(|latest| latest > since) => {
                place.since = latest;
                place.more(Stage::Begin)?
            }
            Some(after) => place.more(Stage::Updated { after, seen })?,
            None => place.more(Stage::Deleted { after: None, seen: 0 })?,
        };
        Ok(Page { changes: self.seen(page.nodes).await?, next })
    }

    /// Deletions as far as the events tell of them. The filter is the one of Shopify's own example; what it lets
    /// through is looked at again, and a key that may not read events is no reason to fail: a full sweep finds out too.
    async fn deleted_products(
        &self,
        place: Place,
        since: Timestamp,
        after: Option<String>,
        seen: u64,
    ) -> Result<Page, PlatformError> {
        let since = seconds(since);
        let query = format!("action:'destroy' AND subject_type:'PRODUCT' AND created_at:>='{since}'");
        let variables = json!({ "first": DELETIONS_PAGE, "after": after, "query": query });
        let page: Option<wire::RawPage> = match self.caller.read(DELETIONS, variables, DELETIONS_COST).await {
            Ok(mut answer) => answer.field("events")?,
            Err(PlatformError::Unauthorised { .. } | PlatformError::Refused { .. }) => None,
            Err(other) => return Err(other),
        };
        let Some(page) = page else { return Ok(Page { changes: Vec::new(), next: place.done()? }) };
        let seen = seen + page.nodes.len() as u64;
        let changes = page.nodes.into_iter().filter_map(gone).collect();
        let next = match page.page_info.end_cursor.filter(|_| page.page_info.has_next_page) {
            Some(after) if seen < MOST_BY_CURSOR => place.more(Stage::Deleted { after: Some(after), seen })?,
            _ => place.done()?,
        };
        Ok(Page { changes, next })
    }

    async fn product_page(
        &self,
        query: &str,
        sort_key: &str,
        after: Option<String>,
    ) -> Result<(wire::RawPage, Answered), PlatformError> {
        let first = self.documents.listings_page();
        let variables = json!({ "first": first, "after": after, "query": query, "sortKey": sort_key });
        let mut answer = self.caller.read(&self.documents.listings, variables, self.documents.listings_cost()).await?;
        let page = answer.field("products")?;
        Ok((page, answer))
    }

    pub(super) async fn seen(&self, nodes: Vec<Value>) -> Result<Vec<Change>, PlatformError> {
        let reads = self.whole(nodes).await?;
        Ok(reads
            .into_iter()
            .map(|read| match read {
                Ok(listing) => Change::Seen(Box::new(listing)),
                Err(unread) => Change::Unreadable { remote: unread.remote, why: unread.why },
            })
            .collect())
    }

    /// From the start: the counts of all variants, by number. Later: the levels that were updated, location by location.
    pub(super) async fn stock_changes(&self, from: &Cursor) -> Result<Page, PlatformError> {
        let place = Place::read(from)?;
        match (place.since, place.stage.clone()) {
            (_, Stage::Numbers { last }) => self.every_level(place, last).await,
            (Some(since), Stage::Levels { location, after, seen }) => {
                self.updated_levels(place, since, location, after, seen).await
            }
            (Some(since), _) => self.updated_levels(place, since, 0, None, 0).await,
            (None, _) => self.every_level(place, 0).await,
        }
    }

    async fn every_level(&self, mut place: Place, last: u64) -> Result<Page, PlatformError> {
        let first = self.documents.variants_page();
        let variables = json!({ "first": first, "query": format!("id:>{last}") });
        let cost = self.documents.variants_cost();
        let mut answer = self.caller.read(&self.documents.variants, variables, cost).await?;
        place.set_mark(&answer);
        let page: wire::RawPage = answer.field("productVariants")?;
        let reached = page.nodes.iter().filter_map(number_in).max().unwrap_or(last);
        let mut changes = Vec::new();
        for node in page.nodes {
            let remote = node["id"].as_str().unwrap_or("a variant").to_owned();
            match serde_json::from_value(node).map_err(|why| why.to_string()).and_then(|v| self.levels_of(v)) {
                Ok(levels) => changes.extend(levels),
                Err(why) => {
                    changes.push(Change::Unreadable { remote, why: format!("its stock cannot be read: {why}") })
                }
            }
        }
        let more = page.page_info.has_next_page && reached > last;
        let next = if more { place.more(Stage::Numbers { last: reached })? } else { place.done()? };
        Ok(Page { changes, next })
    }

    fn levels_of(&self, variant: wire::Variant) -> Result<Vec<Change>, String> {
        let item = RemoteId::new(variant.inventory_item.id.as_str())?;
        let listing = variant.product.map(|product| RemoteId::new(product.id)).transpose()?;
        let mut changes = Vec::new();
        for (place, location) in self.locations.iter().enumerate() {
            let level = variant.inventory_item.levels.get(&format!("at{place}")).filter(|level| !level.is_null());
            let Some(level) = level else { continue };
            let level: wire::Level = serde_json::from_value(level.clone()).map_err(|why| why.to_string())?;
            let tracked = variant.inventory_item.tracked;
            changes.push(stock_change(listing.clone(), item.clone(), location, tracked, &level));
        }
        Ok(changes)
    }

    async fn updated_levels(
        &self,
        mut place: Place,
        since: Timestamp,
        location: usize,
        after: Option<String>,
        seen: u64,
    ) -> Result<Page, PlatformError> {
        let Some(here) = self.locations.get(location) else {
            // No location in use: the mark stays where it was.
            place.mark.get_or_insert(since);
            return Ok(Page { changes: Vec::new(), next: place.done()? });
        };
        let query = format!("updated_at:>='{}'", seconds(since));
        let variables = json!({ "location": here.0.as_str(), "first": STOCK_PAGE, "after": after, "query": query });
        let mut answer = self.caller.read(STOCK_CHANGES, variables, STOCK_COST).await?;
        place.set_mark(&answer);
        let found: Option<Value> = answer.field("location")?;
        let page: Option<wire::RawPage> = match found {
            Some(mut found) => Some(
                serde_json::from_value(found["inventoryLevels"].take())
                    .map_err(|why| unexpected(format!("the levels at {here} cannot be read: {why}")))?,
            ),
            None => None,
        };
        let mut changes = Vec::new();
        let mut followed = seen;
        let mut cursor = None;
        if let Some(page) = page {
            followed += page.nodes.len() as u64;
            cursor = page.page_info.end_cursor.filter(|_| page.page_info.has_next_page);
            changes.extend(page.nodes.into_iter().map(|node| level_change(node, here)));
        }
        let next = match cursor {
            // More than a list shows: everything is read instead.
            Some(_) if followed >= MOST_BY_CURSOR => place.more(Stage::Numbers { last: 0 })?,
            Some(after) => place.more(Stage::Levels { location, after: Some(after), seen: followed })?,
            None if location + 1 < self.locations.len() => {
                place.more(Stage::Levels { location: location + 1, after: None, seen: 0 })?
            }
            None => place.done()?,
        };
        Ok(Page { changes, next })
    }
}

/// How many of these products make a page; at least one.
fn too_many(nodes: &[Value]) -> usize {
    let mut variants = 0;
    for (taken, node) in nodes.iter().enumerate() {
        variants += node["variantsCount"]["count"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
        if variants > MOST_VARIANTS_A_PAGE && taken > 0 {
            return taken;
        }
    }
    nodes.len()
}

/// The number in a node's identifier.
pub(super) fn number_in(node: &Value) -> Option<u64> {
    number(node["id"].as_str()?)?.parse().ok()
}

fn gone(node: Value) -> Option<Change> {
    let event: wire::Event = serde_json::from_value(node).ok()?;
    if event.action != "destroy" || event.subject_type != "PRODUCT" {
        return None;
    }
    let number = number(&event.subject_id)?;
    RemoteId::new(format!("gid://shopify/Product/{number}")).ok().map(Change::Gone)
}

fn level_change(node: Value, location: &LocationId) -> Change {
    let remote = node["item"]["id"].as_str().unwrap_or("a level").to_owned();
    let read = serde_json::from_value::<wire::ChangedLevel>(node).map_err(|why| why.to_string());
    let change = read.and_then(|changed| {
        let item = RemoteId::new(changed.item.id)?;
        Ok(stock_change(None, item, location, changed.item.tracked, &changed.level))
    });
    change.unwrap_or_else(|why| Change::Unreadable { remote, why: format!("its stock cannot be read: {why}") })
}

fn stock_change(
    listing: Option<RemoteId>,
    item: RemoteId,
    location: &LocationId,
    tracked: bool,
    level: &wire::Level,
) -> Change {
    let quantity = level.available().filter(|_| tracked).map(Quantity::units);
    Change::Stock(StockChange { listing, variant: item, location: location.clone(), quantity })
}

/// Whole seconds, as Shopify keeps them.
pub(super) fn seconds(moment: Timestamp) -> String {
    Timestamp(moment.0.div_euclid(1000) * 1000).rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_being_stored_and_is_short() {
        let stage = Stage::Levels { location: 3, after: Some("e".repeat(400)), seen: 9 };
        let place = Place { since: Some(Timestamp(5)), mark: Some(Timestamp(6)), stage };
        let cursor = place.cursor().unwrap();
        assert_eq!(Place::read(&cursor), Ok(place));
        let Cursor::At(stored) = cursor else { panic!() };
        assert!(stored.len() < 1000);
        assert!(Place::read(&Cursor::At("x".into())).is_err());
    }

    #[test]
    fn moments_have_whole_seconds_and_round_down() {
        assert_eq!(seconds(Timestamp(1_999)), "1970-01-01T00:00:01Z");
    }

    #[test]
    fn only_deletions_of_products_count() {
        let event = |action: &str, kind: &str, id: &str| {
            gone(json!({ "action": action, "subjectType": kind, "subjectId": id }))
        };
        assert!(event("destroy", "PRODUCT", "gid://shopify/Product/7").is_some());
        assert_eq!(event("destroy", "PRODUCT", "7"), event("destroy", "PRODUCT", "gid://shopify/Product/7"));
        assert!(event("create", "PRODUCT", "gid://shopify/Product/7").is_none());
        assert!(event("destroy", "COLLECTION", "gid://shopify/Collection/7").is_none());
        assert!(gone(json!({})).is_none());
    }
}
