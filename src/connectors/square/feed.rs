//! Reading the catalogue: whole, by what changed since, and by identifier.
//!
//! Search delivers up to 1,000 items a page with their categories and pictures, so it costs the fewest calls (list has
//! pages of 100 and hides deletions). What a page refers to and did not bring is fetched by identifier, then the counts.
//!
//! A run remembers `latest_time` of its first page and the next one begins there, with overlap. Of the overlap it leaves
//! out what it has delivered (as far as a cursor can hold that), and once a run has found nothing newer, the overlap has
//! done its work and is left out whole: else the last edits would come back with every poll.
//!
//! Not noticed before the next full run: an option or category that is renamed without touching its items.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{Cursor, Listing, Quantity, RemoteId, Timestamp};
use crate::http::{Method, Request};
use crate::platform::{Change, Next, Page, PlatformError};

use super::connector::Square;
use super::convert::{self, Surroundings};
use super::profile::{RETRIEVE_MOST, SEARCH_PAGE};
use super::wire;

/// Repeats are harmless, gaps are not: what was being written while we read comes again.
const OVERLAP_SECONDS: i64 = 5 * 60;
/// Whole items in one call by identifier: each may have 250 variations.
const ITEMS_PER_CALL: usize = 100;
/// A cursor has 2,000 bytes, and there are two lists of them in it.
const MOST_FINGERPRINTS: usize = 40;
/// A page that cannot be read whole is asked for again in smaller pieces, down to this.
const SMALLEST_PAGE: usize = 10;

/// Our note of where a feed was left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Square's time from which this run reads; `None` for everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// An earlier run found nothing newer than `since`.
    pub settled: bool,
    /// Square's cursor inside this run. Good for five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Where the next run begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// Items per page, where fewer than usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Fingerprints of what the last run delivered of the time that this one reads again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delivered: Vec<u32>,
    /// The same of this run, for the next one; empty for ever once it has grown too large.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delivering: Vec<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub too_many: bool,
    /// Orders: Square's time up to which this run reads, and which ten of the locations it is at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    pub group: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Place {
    /// One that cannot be read (an older note) begins anew: everything comes again, nothing is lost.
    pub fn of(cursor: &Cursor) -> Self {
        match cursor {
            Cursor::Start => Self::default(),
            Cursor::At(note) => serde_json::from_str(note).unwrap_or_default(),
        }
    }

    /// From when to read.
    pub fn begin(&self) -> Option<String> {
        let since = self.since.as_deref()?;
        let overlapped = || Timestamp::parse(since).map(|at| at.plus_seconds(-OVERLAP_SECONDS).rfc3339());
        if self.settled { Some(since.to_owned()) } else { overlapped() }
    }

    /// The run begins again, its cursor having expired.
    pub fn restart(&mut self) {
        *self = Self {
            page: None,
            latest: None,
            until: None,
            group: 0,
            delivering: Vec::new(),
            too_many: false,
            ..std::mem::take(self)
        };
    }

    /// Whether the last run delivered this item as it is now; notes it for the next run if that will read it again.
    fn delivered_before(&mut self, item: &wire::CatalogObject) -> bool {
        self.was_delivered(&item.id, || item.stamps())
    }

    /// The same for anything with an identifier and times of change.
    pub fn was_delivered<'a, Stamps: Iterator<Item = &'a str>>(
        &mut self,
        id: &str,
        stamps: impl Fn() -> Stamps,
    ) -> bool {
        let mut hasher = blake3::Hasher::new();
        hasher.update(id.as_bytes());
        stamps().for_each(|stamp| {
            hasher.update(stamp.as_bytes());
        });
        let fingerprint = hasher.finalize().as_bytes().first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let window = self.latest.as_deref().and_then(Timestamp::parse).map(|at| at.plus_seconds(-OVERLAP_SECONDS));
        if stamps().filter_map(Timestamp::parse).max() >= window {
            self.delivering.push(fingerprint);
        }
        if self.delivering.len() > MOST_FINGERPRINTS || self.too_many {
            self.too_many = true;
            self.delivering.clear();
        }
        self.delivered.contains(&fingerprint)
    }

    /// What comes after a page.
    pub fn next(self, page: Option<String>) -> Next {
        match page.filter(|page| !page.is_empty()) {
            Some(page) => Next::More(Self { page: Some(page), ..self }.cursor()),
            None => {
                let since = self.latest.or_else(|| self.since.clone());
                let settled = self.since.is_some() && since == self.since;
                Next::Done(Self { since, settled, delivered: self.delivering, ..Self::default() }.cursor())
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::At(serde_json::to_string(self).unwrap_or_default())
    }
}

/// Why a page did not come.
pub enum NoPage {
    /// The cursor is older than five minutes, or Square forgot it.
    CursorExpired,
    Other(PlatformError),
}

impl Square {
    /// A page of a paged read; tells an expired cursor from other refusals.
    pub(super) async fn page<T: serde::de::DeserializeOwned>(&self, request: Request) -> Result<T, NoPage> {
        let answer = self.http.read(request.accept(&[400])).await.map_err(NoPage::Other)?;
        if answer.status == 400 {
            let errors = wire::errors(&answer.body);
            if errors.iter().any(|error| error.code == "INVALID_CURSOR") {
                return Err(NoPage::CursorExpired);
            }
            return Err(NoPage::Other(self.refused(&errors, answer.status)));
        }
        answer.json().map_err(|why| NoPage::Other(self.http.unexpected(&why)))
    }

    pub(super) async fn listings_page(&self, from: &Cursor) -> Result<Page, PlatformError> {
        let mut place = Place::of(from);
        let found: wire::CatalogPage = loop {
            match self.page(self.post("/v2/catalog/search", search(&place))).await {
                Ok(found) => break found,
                Err(NoPage::CursorExpired) if place.page.is_some() => place.restart(),
                Err(NoPage::CursorExpired) => {
                    return Err(self.http.unexpected("a cursor was refused where none was sent"));
                }
                Err(NoPage::Other(why)) => match (why, place.size.unwrap_or(SEARCH_PAGE)) {
                    (PlatformError::Unexpected { .. }, size) if size > SMALLEST_PAGE => place.size = Some(size / 10),
                    (why, _) => return Err(why),
                },
            }
        };
        place.latest = place.latest.take().or(found.latest_time);
        let begin = place.begin().as_deref().and_then(Timestamp::parse);
        let mut gathered = Gathered { begin, ..Gathered::default() };
        gathered.take(found.objects, found.related_objects);
        let parents = gathered.missing_parents();
        if !parents.is_empty() {
            let (items, related) = self.retrieve(&parents, ITEMS_PER_CALL, true).await?;
            gathered.take(items, related);
        }
        let Gathered { mut changes, mut items, gone, around, .. } = gathered;
        items.retain(|item| !place.delivered_before(item));
        for item in gone.into_iter().filter(|item| !place.delivered_before(item)) {
            changes.push(match RemoteId::new(item.id.clone()) {
                Ok(id) => Change::Gone(id),
                Err(why) => Change::Unreadable { remote: item.id, why },
            });
        }
        let incremental = place.since.is_some();
        for (item, read) in self.read_items(items, around, &mut changes).await? {
            match read {
                Ok(Some(listing)) => changes.push(Change::Seen(Box::new(listing))),
                // Not sold at any location in use (any more): for this connection it is gone.
                Ok(None) if incremental => changes.extend(RemoteId::new(item).ok().map(Change::Gone)),
                Ok(None) => {}
                Err(why) => changes.push(Change::Unreadable { remote: item, why }),
            }
        }
        Ok(Page { changes, next: place.next(found.cursor) })
    }

    pub(super) async fn listings_by_id(&self, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let ids: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
        let (items, related) = self.retrieve(&ids, ITEMS_PER_CALL, true).await?;
        let mut gathered = Gathered::default();
        gathered.take(items, related);
        let Gathered { mut changes, items, around, .. } = gathered;
        let read = self.read_items(items, around, &mut changes).await?;
        // Leaving one out would say that it is gone.
        for change in changes {
            if let Change::Unreadable { remote, why } = change {
                return Err(self.http.unexpected(&format!("{remote}: {why}")));
            }
        }
        let listings = read.into_iter().filter_map(|(item, read)| match read {
            Ok(listing) => listing.map(Ok),
            Err(why) => Some(Err(self.http.unexpected(&format!("{item}: {why}")))),
        });
        listings.collect()
    }

    /// Objects by identifier, and what they refer to. Those that do not exist are missing.
    pub(super) async fn retrieve(
        &self,
        ids: &[String],
        per_call: usize,
        related: bool,
    ) -> Result<(Vec<Value>, Vec<Value>), PlatformError> {
        let mut objects = Vec::new();
        let mut around = Vec::new();
        for ids in ids.chunks(per_call) {
            let body = json!({"object_ids": ids, "include_related_objects": related});
            let request = self.post("/v2/catalog/batch-retrieve", body);
            let (found, _) = self.http.read_json::<wire::CatalogPage>(request).await?;
            objects.extend(found.objects);
            around.extend(found.related_objects);
        }
        Ok((objects, around))
    }

    /// Items as listings, each with its identifier. Counts that cannot be read are reported in `changes`.
    async fn read_items(
        &self,
        items: Vec<wire::CatalogObject>,
        mut around: Surroundings,
        changes: &mut Vec<Change>,
    ) -> Result<Vec<(String, Result<Option<Listing>, String>)>, PlatformError> {
        let references = around.unknown_references(&items);
        let (objects, _) = self.retrieve(&references, RETRIEVE_MOST, false).await?;
        wire::objects(objects).flatten().for_each(|object| around.take(&object));
        let variations =
            items.iter().flat_map(|item| item.item_data.iter().flat_map(|data| data.variations.iter().flatten()));
        let counted: Vec<String> =
            variations.filter(|variation| may_be_counted(variation)).map(|v| v.id.clone()).collect();
        for row in self.counts(&counted, &self.location_ids()).await? {
            if let Err(why) = around.count(&row) {
                let remote = row.catalog_object_id.unwrap_or_default();
                changes.push(Change::Unreadable { remote, why });
            }
        }
        let read = items.into_iter().map(|item| {
            let listing = convert::listing(&item, &around, &self.locations);
            (item.id, listing)
        });
        Ok(read.collect())
    }

    /// The counts of variations at locations (all, if none are named), as they are now.
    pub(super) async fn counts(
        &self,
        variations: &[String],
        locations: &[&str],
    ) -> Result<Vec<wire::InventoryCount>, PlatformError> {
        let mut rows = Vec::new();
        for ids in variations.chunks(RETRIEVE_MOST) {
            let mut body = json!({"catalog_object_ids": ids, "states": ["IN_STOCK"], "limit": RETRIEVE_MOST});
            if !locations.is_empty() {
                body["location_ids"] = json!(locations);
            }
            loop {
                let request = self.post("/v2/inventory/counts/batch-retrieve", body.clone());
                let (page, _) = self.http.read_json::<wire::CountsPage>(request).await?;
                rows.extend(page.counts);
                if !goes_on(&mut body, page.cursor) {
                    break;
                }
            }
        }
        Ok(rows)
    }

    /// All options and categories of the catalogue, raw.
    pub(super) async fn all_labels(&self) -> Result<Vec<Value>, PlatformError> {
        let mut objects = Vec::new();
        let mut body = json!({"object_types": ["ITEM_OPTION", "CATEGORY"], "limit": SEARCH_PAGE});
        loop {
            let request = self.request(Method::Post, "/v2/catalog/search").json(body.clone());
            let (page, _) = self.http.read_json::<wire::CatalogPage>(request).await?;
            objects.extend(page.objects);
            if !goes_on(&mut body, page.cursor) {
                return Ok(objects);
            }
        }
    }
}

/// Puts the cursor into the request for the next page; `false` after the last.
pub fn goes_on(body: &mut Value, cursor: Option<String>) -> bool {
    let cursor = cursor.filter(|cursor| !cursor.is_empty());
    let more = cursor.is_some();
    if let Some(cursor) = cursor {
        body["cursor"] = json!(cursor);
    }
    more
}

/// Saves the calls for variations that are untracked everywhere.
fn may_be_counted(variation: &wire::CatalogObject) -> bool {
    let Some(data) = &variation.item_variation_data else { return false };
    let here = data.location_overrides.iter().flatten().any(|here| here.track_inventory == Some(true));
    here || data.track_inventory != Some(false)
}

fn search(place: &Place) -> Value {
    let mut body = json!({
        "object_types": ["ITEM"],
        "include_related_objects": true,
        "limit": place.size.unwrap_or(SEARCH_PAGE),
    });
    if let Some(begin) = place.begin() {
        // A variation can change without its item.
        body["object_types"] = json!(["ITEM", "ITEM_VARIATION"]);
        body["include_deleted_objects"] = json!(true);
        body["begin_time"] = json!(begin);
    }
    if let Some(page) = &place.page {
        body["cursor"] = json!(page);
    }
    body
}

/// What a page brought, sorted out.
#[derive(Default)]
struct Gathered {
    /// From when this run reads, where not everything.
    begin: Option<Timestamp>,
    changes: Vec<Change>,
    items: Vec<wire::CatalogObject>,
    /// Deleted ones.
    gone: Vec<wire::CatalogObject>,
    around: Surroundings,
    /// Items that are there or known to be gone.
    seen: BTreeSet<String>,
    /// Items whose variations changed.
    parents: BTreeSet<String>,
}

impl Gathered {
    fn take(&mut self, objects: Vec<Value>, related: Vec<Value>) {
        for object in wire::objects(objects) {
            match object {
                Ok(object) => self.take_object(object),
                Err((remote, why)) => self.changes.push(Change::Unreadable { remote, why }),
            }
        }
        for object in wire::objects(related).flatten() {
            if object.kind != "ITEM" {
                self.around.take(&object);
            } else if self.parents.contains(&object.id) {
                let changed = object.updated_at.as_deref().and_then(Timestamp::parse);
                match self.begin {
                    // The item changed as well, so it comes (or came) itself.
                    Some(begin) if changed > Some(begin) => drop(self.seen.insert(object.id)),
                    _ => self.take_object(object),
                }
            }
        }
    }

    fn take_object(&mut self, object: wire::CatalogObject) {
        match object.kind.as_str() {
            "ITEM" if !self.seen.insert(object.id.clone()) => {}
            "ITEM" if object.is_deleted == Some(true) => self.gone.push(object),
            "ITEM" => self.items.push(object),
            "ITEM_VARIATION" => self.parents.extend(object.item_variation_data.and_then(|data| data.item_id)),
            _ => self.around.take(&object),
        }
    }

    /// Items whose variations changed and that did not come themselves.
    fn missing_parents(&self) -> Vec<String> {
        self.parents.difference(&self.seen).cloned().collect()
    }
}

/// Counts by variation and location, in stock only; rows that cannot be read are left out.
pub fn counted(rows: &[wire::InventoryCount]) -> BTreeMap<(String, String), Quantity> {
    let read = rows.iter().filter(|row| row.state.as_deref() == Some("IN_STOCK")).filter_map(|row| {
        let place = (row.catalog_object_id.clone()?, row.location_id.clone()?);
        Some((place, row.quantity.as_deref()?.parse().ok()?))
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_cursor_fits() {
        let many = vec![u32::MAX; MOST_FINGERPRINTS];
        let time = || Some("2026-11-21T19:00:00.123Z".to_owned());
        let place =
            Place { since: time(), latest: time(), delivered: many.clone(), delivering: many, ..Place::default() };
        let Next::More(Cursor::At(note)) = place.clone().next(Some("c".repeat(900))) else { panic!("it goes on") };
        assert!(note.len() <= 2_000, "{}", note.len());
        assert_eq!(Place::of(&Cursor::At(note)), Place { page: Some("c".repeat(900)), ..place });
        assert_eq!(Place::of(&Cursor::At("of another make".into())), Place::default());
    }
}
