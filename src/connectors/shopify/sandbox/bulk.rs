//! Exports: a query that is carried out in the background, and the file that it fills.
//!
//! Shopify, "Perform bulk operations with the GraphQL Admin API": one connection at the root, five at the most, edges or
//! nodes, no more than two levels; five operations at a time for one app; a line for each node, children below their
//! parent with `__parentId` where `groupObjects` is set; the file can be read for seven days, in parts as any file.

use serde_json::{Map, Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Shop};

use super::answer::{Execution, Fault};
use super::query::{Chosen, Operation, Selection};
use super::root::fits;
use super::schema::Schema;
use super::search::Search;
use super::state::{Export, State};
use super::things::{Thing, gid};

const AT_ONCE: usize = 5;
/// How long one takes.
const TAKES_SECONDS: i64 = 12;
const LIVES_SECONDS: i64 = 7 * 86_400;
const FOLDER: &str = "/exports/";

fn is_running(export: &Export, now: Timestamp) -> bool {
    !export.fails && now < export.begun.plus_seconds(TAKES_SECONDS)
}

/// The payload of `bulkOperationRunQuery`.
pub(super) fn begin(
    schema: &Schema,
    shop: &Shop,
    state: &mut State,
    arguments: &Map<String, Value>,
    now: Timestamp,
) -> Result<Value, Fault> {
    let refused = |code: &str, message: &str| {
        Ok(json!({ "bulkOperation": null, "userErrors": [{ "code": code, "field": ["query"], "message": message }] }))
    };
    if !state.may("read_products") {
        return Err(Fault::denied("products", "read_products"));
    }
    if state.others_export || state.exports.values().filter(|export| is_running(export, now)).count() >= AT_ONCE {
        return refused("OPERATION_IN_PROGRESS", "A bulk query operation for this app and shop is already in progress");
    }
    let text = arguments.get("query").and_then(Value::as_str).unwrap_or_default();
    let operation = match Operation::read(schema, text, &Value::Null) {
        Ok(mut operation) => {
            unbounded(&mut operation.selections);
            operation
        }
        Err(wrong) => return refused("INVALID", &format!("Invalid bulk query: {}", wrong.message)),
    };
    let [Selection::Field(root)] = &operation.selections[..] else {
        return refused("INVALID", "Bulk queries must contain exactly one connection at the root");
    };
    let connections = connections(&operation.selections);
    let Some(node) = node_of(root).filter(|_| root.name == "products" && (1..=5).contains(&connections)) else {
        return refused("INVALID", "Bulk queries must contain one to five connections, with edges");
    };
    if arguments.get("groupObjects") != Some(&json!(true)) {
        return refused("INVALID", "Not known to this sandbox: an export whose lines are not grouped");
    }
    let search = Search::read(root.arguments.get("query").and_then(Value::as_str).unwrap_or_default());
    let mut file = String::new();
    let mut objects = 0;
    let mut execution = Execution { schema, shop, state, spent: 0 };
    for product in shop.products.values().filter(|product| fits(product, &search)) {
        let value = execution.whole(&Thing::Product(product), &node.selections)?;
        objects += lines(value, None, &mut file);
    }
    let number = state.number();
    let fails = state.exports_fail;
    state.exports.insert(number, Export { begun: now, file, objects, fails });
    let operation = json!({ "id": gid("BulkOperation", number), "status": "CREATED" });
    Ok(json!({ "bulkOperation": operation, "userErrors": [] }))
}

/// The chosen `node` of a connection's `edges`.
fn node_of(connection: &Chosen) -> Option<&Chosen> {
    let inside = |field: &Chosen, name: &str| {
        field.selections.iter().position(|one| matches!(one, Selection::Field(chosen) if chosen.name == name))
    };
    let Selection::Field(edges) = connection.selections.get(inside(connection, "edges")?)? else { return None };
    match edges.selections.get(inside(edges, "node")?)? {
        Selection::Field(node) => Some(node),
        Selection::On { .. } => None,
    }
}

/// Lists of an export have no pages: all of each is wanted.
fn unbounded(selections: &mut [Selection]) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                if field.ty.name().ends_with("Connection") {
                    field.arguments.insert("first".to_owned(), json!(u32::MAX));
                }
                unbounded(&mut field.selections);
            }
            Selection::On { selections, .. } => unbounded(selections),
        }
    }
}

fn connections(selections: &[Selection]) -> usize {
    let of = |selection: &Selection| match selection {
        Selection::Field(field) => {
            usize::from(field.ty.name().ends_with("Connection")) + connections(&field.selections)
        }
        Selection::On { selections, .. } => connections(selections),
    };
    selections.iter().map(of).sum()
}

/// Writes a node, and below it those of its connections. Gives how many lines that were.
fn lines(node: Value, parent: Option<&str>, file: &mut String) -> u64 {
    let Value::Object(mut node) = node else { return 0 };
    let mut children = Vec::new();
    node.retain(|_, value| match value.get_mut("edges").and_then(Value::as_array_mut) {
        Some(edges) => {
            children.append(edges);
            false
        }
        None => true,
    });
    if let Some(parent) = parent {
        node.insert("__parentId".to_owned(), json!(parent));
    }
    let id = node.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    file.push_str(&Value::Object(node).to_string());
    file.push('\n');
    let below = children.into_iter().map(|mut edge| lines(edge["node"].take(), Some(&id), file));
    1 + below.sum::<u64>()
}

/// `BulkOperation`, as it is now.
pub(super) fn show(state: &State, number: u64) -> Option<Value> {
    let export = state.exports.get(&number)?;
    let now = state.now;
    let (status, error, url) = match () {
        () if export.fails => ("FAILED", json!("INTERNAL_SERVER_ERROR"), Value::Null),
        () if is_running(export, now) => ("RUNNING", Value::Null, Value::Null),
        () if now >= export.begun.plus_seconds(LIVES_SECONDS) => ("EXPIRED", Value::Null, Value::Null),
        () if export.objects == 0 => ("COMPLETED", Value::Null, Value::Null),
        () => ("COMPLETED", Value::Null, json!(format!("http://{}{FOLDER}{number}.jsonl", state.host))),
    };
    Some(json!({
        "id": gid("BulkOperation", number), "status": status, "errorCode": error,
        "objectCount": export.objects.to_string(), "url": url,
    }))
}

/// The file, or a part of it. Whoever knows the address may read it, and nobody else knows it.
pub(super) fn file(state: &State, request: &Incoming) -> Option<Outgoing> {
    let number = request.path.strip_prefix(FOLDER)?.strip_suffix(".jsonl")?.parse::<u64>().ok()?;
    let file = state.exports.get(&number)?.file.as_bytes();
    let kind = |status, body: &[u8]| Outgoing {
        status,
        headers: vec![("content-type".to_owned(), "application/jsonl".to_owned())],
        body: body.to_vec(),
    };
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((from, last)) = range.and_then(|(from, last)| Some((from.parse().ok()?, last.parse::<usize>().ok()?)))
    else {
        return Some(kind(200, file));
    };
    let end = last.saturating_add(1).min(file.len());
    match file.get(from..end).filter(|part| !part.is_empty()) {
        Some(part) => Some(kind(206, part).header("content-range", format!("bytes {from}-{}/{}", end - 1, file.len()))),
        None => Some(kind(416, b"").header("content-range", format!("bytes */{}", file.len()))),
    }
}
