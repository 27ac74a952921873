//! Cursors: opaque, bound to the query that they were given for, good for five minutes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::domain::Timestamp;

use super::Fault;

const LIFETIME_SECONDS: u64 = 5 * 60;

/// A cursor that goes on after `last`.
pub fn after(last: &impl Serialize, query: &Value, now: Timestamp) -> String {
    URL_SAFE_NO_PAD.encode(json!({"q": fingerprint(query), "t": now.0, "k": last}).to_string())
}

/// Where to go on: nothing for a request without cursor.
pub fn read<K: DeserializeOwned>(cursor: Option<&str>, query: &Value, now: Timestamp) -> Result<Option<K>, Fault> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let invalid = || Fault::invalid("INVALID_CURSOR", "The pagination cursor is invalid or has expired.", "cursor");
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
    let mut note: Value = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    let issued = Timestamp(note["t"].as_i64().ok_or_else(invalid)?);
    if note["q"] != json!(fingerprint(query)) || now.seconds_since(issued) >= LIFETIME_SECONDS {
        return Err(invalid());
    }
    serde_json::from_value(note["k"].take()).map(Some).map_err(|_| invalid())
}

/// What a cursor belongs to: the query without cursor and page size.
fn fingerprint(query: &Value) -> String {
    let mut query = query.clone();
    if let Some(fields) = query.as_object_mut() {
        fields.remove("cursor");
        fields.remove("limit");
    }
    blake3::hash(query.to_string().as_bytes()).to_hex().as_str().get(..16).unwrap_or_default().to_owned()
}
