//! The control endpoint of a sandbox server: what a merchant, a customer or the network does, as HTTP under
//! `/_sandbox/`. Requests and answers are JSON.

use serde_json::json;

use crate::domain::Timestamp;

use super::server::SharedShop;
use super::{Incoming, Outgoing};

/// Answers one request; `rest` is the path behind `/_sandbox/`.
pub(super) fn answer(shared: &SharedShop, rest: &str, request: &Incoming, _now: Timestamp) -> Outgoing {
    match (request.method.as_str(), rest) {
        ("GET", "requests") => Outgoing::json(200, &json!({ "requests": shared.requests() })),
        _ => Outgoing::json(404, &json!({ "error": "no such control" })),
    }
}
