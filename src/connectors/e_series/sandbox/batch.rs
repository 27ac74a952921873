//! Batches: taken in with a ticket, told of later. The same key within an hour is the same ticket, and nothing is done
//! again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing};

use super::{Answered, Problem};

const MOST: usize = 500;
const KEY_LIVES_SECONDS: u64 = 3600;

#[derive(Debug, Default)]
pub(super) struct Batches {
    tickets: BTreeMap<String, Ticket>,
    /// Key → ticket, and since when.
    keys: BTreeMap<String, (String, Timestamp)>,
    /// The next one is not begun before another comes after it.
    pub is_late: bool,
    /// No part of the next one is done.
    pub is_broken: bool,
    waiting: Vec<Part>,
}

#[derive(Debug)]
struct Ticket {
    ends: Vec<Value>,
    /// How often it was asked for: the first time it is still under way.
    asked: u32,
}

/// One part, as a call of its own.
#[derive(Debug)]
pub(super) struct Part {
    id: String,
    pub incoming: Incoming,
}

impl Batches {
    /// The parts that are to be done now: none where the key was seen already.
    pub(super) fn take(&self, request: &Incoming, now: Timestamp) -> Result<Vec<Part>, Problem> {
        let body = request.json().and_then(|body| body.as_array().cloned());
        let body = body.filter(|parts| !parts.is_empty() && parts.len() <= MOST);
        let body = body.ok_or_else(|| Problem::new(400, "Can't create batch. Batch request body is invalid"))?;
        if self.known(request, now).is_some() {
            return Ok(Vec::new());
        }
        body.iter().enumerate().map(|(place, part)| read(place, part)).collect()
    }

    /// What is to be done now, in the order in which it came, each with whether it belongs to this batch.
    pub(super) fn due(&mut self, parts: Vec<Part>) -> Vec<(Part, bool)> {
        if parts.is_empty() {
            return Vec::new();
        }
        let waited = std::mem::take(&mut self.waiting);
        if std::mem::take(&mut self.is_late) {
            self.waiting = parts;
            return waited.into_iter().map(|part| (part, false)).collect();
        }
        waited.into_iter().map(|part| (part, false)).chain(parts.into_iter().map(|part| (part, true))).collect()
    }

    fn known(&self, request: &Incoming, now: Timestamp) -> Option<&str> {
        let (ticket, since) = self.keys.get(request.query("deduplicationKey")?)?;
        (now.seconds_since(*since) < KEY_LIVES_SECONDS).then_some(ticket.as_str())
    }

    pub(super) fn keep(&mut self, request: &Incoming, ends: Vec<Value>, now: Timestamp) -> Outgoing {
        if let Some(ticket) = self.known(request, now) {
            return Outgoing::json(200, &json!({"ticket": ticket}));
        }
        let ticket = format!("11d140a2-966f-4a9f-b4e6-{:012}", self.tickets.len() + 1);
        self.tickets.insert(ticket.clone(), Ticket { ends, asked: 0 });
        if let Some(key) = request.query("deduplicationKey") {
            self.keys.insert(key.to_owned(), (ticket.clone(), now));
        }
        Outgoing::json(200, &json!({"ticket": ticket}))
    }

    pub(super) fn told(&mut self, request: &Incoming) -> Answered {
        let name = request.query("ticket").unwrap_or_default();
        let ticket = self.tickets.get_mut(name).ok_or_else(|| Problem::missing("Batch", name))?;
        ticket.asked += 1;
        let total = ticket.ends.len();
        Ok(match ticket.asked {
            _ if total == 0 => Outgoing::json(200, &json!({"status": "QUEUED"})),
            1 => Outgoing::json(200, &json!({"status": "IN_PROGRESS", "totalRequests": total, "completedRequests": 0})),
            _ => Outgoing::json(
                200,
                &json!({
                    "status": "COMPLETED", "totalRequests": total, "completedRequests": total, "responses": ticket.ends
                }),
            ),
        })
    }
}

fn read(place: usize, part: &Value) -> Result<Part, Problem> {
    let text = |name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let bad = |field: &str| {
        Problem::new(
            400,
            format!("Can't create batch. Batch request body is invalid. Path $[{place}].{field} contains bad value"),
        )
    };
    let whole = text("path");
    let (path, query) = whole.split_once('?').unwrap_or((&whole, ""));
    if !path.starts_with('/') {
        return Err(bad("path"));
    }
    let body = part.get("body").cloned().unwrap_or_default();
    if body.get("quantityDelta").is_some() {
        // Not refused by the real one, and done up to six times there. Nobody may rely on it.
        return Err(bad("body"));
    }
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Ok(Part {
        id: text("id"),
        incoming: Incoming {
            method: text("method"),
            path: path.to_owned(),
            query,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        },
    })
}

/// What a ticket tells of a part: its answer as text within the text.
pub(super) fn end(part: &Part, answer: Answered) -> Value {
    let outgoing = answer.unwrap_or_else(|problem| problem.outgoing());
    let (status, line) = if outgoing.status < 300 { ("COMPLETED", "OK") } else { ("FAILED", "Failed") };
    json!({
        "id": part.id, "status": status, "httpStatusCode": outgoing.status,
        "httpStatusLine": format!("HTTP/1.1 {} {line}", outgoing.status),
        "escapedHttpBody": String::from_utf8_lossy(&outgoing.body)
    })
}
