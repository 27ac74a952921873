//! Counts: reading on, reading now, and changing them.
//!
//! Changes are adjustments with an idempotency key. In the model of 2026-07-15 an adjustment names the location on both
//! ends; both are the same here, since nothing moves between locations. More comes from NONE; less goes to SOLD, because
//! what we subtract was sold on the other side (WASTE would show up as loss in the seller's reports).
//!
//! Every change carries the key as its `reference_id`, so that the history tells whether a lost call was applied.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::domain::{Cursor, IdempotencyKey, LocationId, Quantity, RemoteId, Timestamp};
use crate::platform::{
    Change, LevelRead, Page, PlatformError, QuantityChange, QuantityOutcome, QuantityWrite, StockAddress, StockChange,
    WriteError,
};

use super::connector::Square;
use super::convert::{Level, level};
use super::feed::{NoPage, Place, counted, goes_on};
use super::profile::{PROFILE, RETRIEVE_MOST};
use super::wire;

/// How far behind Square's estimated time changes are stamped: the estimate is good to about a second, and a stamp in
/// Square's future is refused.
const STAMP_BEHIND_MS: i64 = 1_500;
/// How old Square's last word about its time may be, in milliseconds.
const STAMP_OLD_MS: i64 = 30_000;
/// Times of reads that are remembered at most.
const MOST_READS: usize = 20_000;

impl Square {
    pub(super) async fn stock_page(&self, from: &Cursor) -> Result<Page, PlatformError> {
        let mut place = Place::of(from);
        let found: wire::CountsPage = loop {
            let mut body = json!({"states": ["IN_STOCK"], "limit": RETRIEVE_MOST});
            if !self.locations.is_empty() {
                body["location_ids"] = json!(self.location_ids());
            }
            if let Some(begin) = place.begin() {
                body["updated_after"] = json!(begin);
            }
            if let Some(page) = &place.page {
                body["cursor"] = json!(page);
            }
            match self.page(self.post("/v2/inventory/counts/batch-retrieve", body)).await {
                Ok(found) => break found,
                Err(NoPage::CursorExpired) if place.page.is_some() => place.restart(),
                Err(NoPage::CursorExpired) => {
                    return Err(self.http.unexpected("a cursor was refused where none was sent"));
                }
                Err(NoPage::Other(why)) => return Err(why),
            }
        };
        let variations = self.variations(found.counts.iter().filter_map(|row| row.catalog_object_id.clone())).await?;
        let mut changes = Vec::new();
        for row in &found.counts {
            place.latest = later(place.latest.take(), row.calculated_at.as_deref());
            match stock_change(row, &variations) {
                Ok(change) => changes.extend(change.map(Change::Stock)),
                Err(why) => {
                    changes.push(Change::Unreadable { remote: row.catalog_object_id.clone().unwrap_or_default(), why })
                }
            }
        }
        if place.latest.is_none() {
            place.latest = place.since.clone();
        }
        Ok(Page { changes, next: place.next(found.cursor) })
    }

    /// Variations by identifier; deleted ones are missing.
    pub(super) async fn variations(
        &self,
        ids: impl Iterator<Item = String>,
    ) -> Result<BTreeMap<String, wire::CatalogObject>, PlatformError> {
        let ids: Vec<String> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        let (objects, _) = self.retrieve(&ids, RETRIEVE_MOST, false).await?;
        let mut found = BTreeMap::new();
        for object in wire::objects(objects) {
            let object = object.map_err(|(id, why)| self.http.unexpected(&format!("{id}: {why}")))?;
            if object.is_deleted != Some(true) {
                found.insert(object.id.clone(), object);
            }
        }
        Ok(found)
    }

    /// Two calls for up to 1,000 variations: counts do not tell whether a variation is tracked, sold out or there.
    pub(super) async fn levels_at(&self, addresses: &[StockAddress]) -> Result<Vec<LevelRead>, PlatformError> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let variations = self.variations(addresses.iter().map(|address| address.variant.as_str().to_owned())).await?;
        let read_at = self.server_now().await?;
        let ids: Vec<String> = variations.keys().cloned().collect();
        let locations: BTreeSet<&str> = addresses.iter().map(|address| address.location.0.as_str()).collect();
        let rows = self.counts(&ids, &locations.into_iter().collect::<Vec<_>>()).await?;
        let counts = counted(&rows);
        self.remember_read(addresses, read_at);
        let read = addresses.iter().map(|address| {
            let Some(variation) = variations.get(address.variant.as_str()) else { return LevelRead::Gone };
            match level(variation, address.location.0.as_str(), counts.get(&place(address)).copied()) {
                Level::Counted(quantity) => LevelRead::Counted(quantity),
                // Never counted is as unknown as not tracked.
                Level::Untracked | Level::Unknown => LevelRead::Untracked,
                Level::Absent => LevelRead::Gone,
            }
        });
        Ok(read.collect())
    }

    fn remember_read(&self, addresses: &[StockAddress], at: Timestamp) {
        let mut reads = self.read_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if reads.len() + addresses.len() > MOST_READS {
            reads.clear();
        }
        reads.extend(addresses.iter().map(|address| (place(address), at)));
    }

    pub(super) async fn write_changes(
        &self,
        writes: &[QuantityWrite],
        key: &IdempotencyKey,
    ) -> Result<Vec<QuantityOutcome>, WriteError> {
        let stamp = self.stamp().await.map_err(WriteError::NotApplied)?;
        let mut changes = Vec::new();
        let mut outcomes: Vec<Option<QuantityOutcome>> = Vec::new();
        for write in writes {
            match self.change(write, key, stamp) {
                Ok(Some(change)) => {
                    changes.push(change);
                    outcomes.push(None);
                }
                Ok(None) => outcomes.push(Some(QuantityOutcome::Applied { now: None })),
                Err(why) => outcomes.push(Some(QuantityOutcome::Rejected(why))),
            }
        }
        let counts = if changes.is_empty() { BTreeMap::new() } else { self.send_changes(&changes, key).await? };
        let outcome = |(outcome, write): (Option<QuantityOutcome>, &QuantityWrite)| {
            outcome.unwrap_or_else(|| QuantityOutcome::Applied { now: counts.get(&place(&write.address)).copied() })
        };
        Ok(outcomes.into_iter().zip(writes).map(outcome).collect())
    }

    /// When a change occurs: a little behind Square's estimated time, and never after what it last said the time is. Our
    /// own clock may be put forward at any moment, and an estimate by it would be in Square's future.
    pub(super) async fn stamp(&self) -> Result<Timestamp, PlatformError> {
        let mut now = self.server_now().await?;
        if self.http.server_date().is_some_and(|told| now.0.saturating_sub(told.0) > STAMP_OLD_MS) {
            self.ask_time().await?;
            now = self.server_now().await?;
        }
        let estimated = Timestamp(now.0.saturating_sub(STAMP_BEHIND_MS));
        Ok(self.http.server_date().map_or(estimated, |told| estimated.min(told)))
    }

    /// Sends up to 100 changes, all or nothing. The answer is the counts afterwards.
    pub(super) async fn send_changes(
        &self,
        changes: &[Value],
        key: &IdempotencyKey,
    ) -> Result<BTreeMap<(String, String), Quantity>, WriteError> {
        // Without this a recount that agrees with the last one would not be made.
        let body = json!({"idempotency_key": key.0, "changes": changes, "ignore_unchanged_counts": false});
        let request = self.post("/v2/inventory/changes/batch-create", body).accept(&[400, 409]);
        let answer = self.http.write(request).await?;
        if answer.status < 300 {
            let page: wire::CountsPage =
                answer.json().map_err(|why| WriteError::Unknown(self.http.unexpected(&why)))?;
            return Ok(counted(&page.counts));
        }
        let errors = wire::errors(&answer.body);
        let why = self.refused(&errors, answer.status);
        if !errors.iter().any(|error| error.code == "IDEMPOTENCY_KEY_REUSED") {
            return Err(WriteError::NotApplied(why));
        }
        // The key is known there with another time of occurrence: an earlier try arrived. The history tells.
        match self.applied_under(changes, key).await {
            Ok(found) if found >= changes.len() => Ok(BTreeMap::new()),
            Ok(_) => Err(WriteError::Unknown(why)),
            Err(why) => Err(WriteError::Unknown(why)),
        }
    }

    /// How many changes of these variations carry the key in Square's history.
    async fn applied_under(&self, changes: &[Value], key: &IdempotencyKey) -> Result<usize, PlatformError> {
        let parts = changes.iter().flat_map(|change| [&change["adjustment"], &change["physical_count"]]);
        let ids: BTreeSet<&str> = parts.filter_map(|part| part["catalog_object_id"].as_str()).collect();
        let since = self.server_now().await?.plus_seconds(-2 * 24 * 60 * 60);
        let mut body = json!({"catalog_object_ids": ids, "updated_after": since.rfc3339(), "limit": RETRIEVE_MOST});
        let mut found = 0;
        loop {
            let request = self.post("/v2/inventory/changes/batch-retrieve", body.clone());
            let (page, _) = self.http.read_json::<wire::ChangesPage>(request).await?;
            let references = page.changes.into_iter().filter_map(|change| match change.adjustment {
                Some(adjustment) => adjustment.reference_id,
                None => change.physical_count?.reference_id,
            });
            found += references.filter(|made| *made == key.0).count();
            if !goes_on(&mut body, page.cursor) {
                return Ok(found);
            }
        }
    }

    /// A write as Square's change; `None` for one that changes nothing.
    fn change(
        &self,
        write: &QuantityWrite,
        key: &IdempotencyKey,
        stamp: Timestamp,
    ) -> Result<Option<Value>, PlatformError> {
        match write.change {
            QuantityChange::Adjust { by, .. } if by == Quantity::ZERO => Ok(None),
            QuantityChange::Adjust { by, .. } => Ok(Some(adjustment(&write.address, by, key, stamp))),
            QuantityChange::Set { to, .. } if to.is_negative() => {
                let why = format!("a count cannot be set below zero, {to} was asked for");
                Err(PlatformError::Refused { platform: PROFILE.name, why })
            }
            QuantityChange::Set { to, .. } => {
                // With the time of the read, sales since then still subtract: Square's substitute for a comparison.
                let reads = self.read_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let read = reads.get(&place(&write.address)).copied().unwrap_or(stamp).min(stamp);
                Ok(Some(physical_count(write.address.variant.as_str(), &write.address.location, to, key, read)))
            }
        }
    }
}

fn place(address: &StockAddress) -> (String, String) {
    (address.variant.as_str().to_owned(), address.location.0.as_str().to_owned())
}

fn adjustment(address: &StockAddress, by: Quantity, key: &IdempotencyKey, at: Timestamp) -> Value {
    let (from, to, quantity) = if by.is_negative() { ("IN_STOCK", "SOLD", -by) } else { ("NONE", "IN_STOCK", by) };
    json!({"type": "ADJUSTMENT", "adjustment": {
        "reference_id": key.0,
        "catalog_object_id": address.variant.as_str(),
        "from_state": from,
        "to_state": to,
        "from_location_id": address.location.0.as_str(),
        "to_location_id": address.location.0.as_str(),
        "quantity": quantity.to_string(),
        "occurred_at": at.rfc3339(),
    }})
}

pub fn physical_count(
    variation: &str,
    location: &LocationId,
    to: Quantity,
    key: &IdempotencyKey,
    at: Timestamp,
) -> Value {
    json!({"type": "PHYSICAL_COUNT", "physical_count": {
        "reference_id": key.0,
        "catalog_object_id": variation,
        "state": "IN_STOCK",
        "location_id": location.0.as_str(),
        "quantity": to.to_string(),
        "occurred_at": at.rfc3339(),
    }})
}

/// The later of two moments as they are written.
pub fn later(known: Option<String>, other: Option<&str>) -> Option<String> {
    let at = |text: &str| Timestamp::parse(text);
    match (known, other) {
        (Some(known), Some(other)) if at(other) > at(&known) => Some(other.to_owned()),
        (None, Some(other)) if at(other).is_some() => Some(other.to_owned()),
        (known, _) => known,
    }
}

/// A row as a change; nothing for variations that are gone or not sold there.
fn stock_change(
    row: &wire::InventoryCount,
    variations: &BTreeMap<String, wire::CatalogObject>,
) -> Result<Option<StockChange>, String> {
    let (Some(variation), Some(location)) = (&row.catalog_object_id, &row.location_id) else { return Ok(None) };
    let Some(object) = variations.get(variation).filter(|_| row.state.as_deref() == Some("IN_STOCK")) else {
        return Ok(None);
    };
    let quantity = row.quantity.as_deref().unwrap_or_default().parse::<Quantity>().map_err(|why| why.to_string())?;
    let quantity = match level(object, location, Some(quantity)) {
        Level::Counted(quantity) => Some(quantity),
        Level::Untracked | Level::Unknown => None,
        Level::Absent => return Ok(None),
    };
    let item = object.item_variation_data.as_ref().and_then(|data| data.item_id.clone());
    Ok(Some(StockChange {
        listing: item.map(RemoteId::new).transpose()?,
        variant: RemoteId::new(variation.clone())?,
        location: LocationId(RemoteId::new(location.clone())?),
        quantity,
    }))
}
