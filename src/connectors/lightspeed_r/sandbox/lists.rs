//! Lists: operators inside values, archived ones or not, sorting, pages.

use std::cmp::Ordering;
use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing};

use super::{Answered, Problem, many};

const MOST: usize = 100;
const IN_MOST: usize = 100;
/// Parameters that are no fields.
const RESERVED: &[&str] = &["after", "before", "archived", "count", "limit", "load_relations", "sort"];

/// A kind of thing that can be listed.
pub struct Kind {
    pub name: &'static str,
    /// The number that it is listed by where nothing else is asked for.
    pub id: &'static str,
    pub sortable: &'static [&'static str],
}

enum Test {
    Is(String),
    IsNot(String),
    More(String),
    AtLeast(String),
    Less(String),
    AtMost(String),
    Like(String),
    /// Each as [`plain`] gives it.
    AnyOf(HashSet<String>),
}

/// A sign, and the test that it stands for.
type Sign = (&'static str, fn(String) -> Test);

impl Test {
    fn of(raw: &str) -> Result<Self, Problem> {
        let known: [Sign; 7] = [
            (">=,", Self::AtLeast),
            ("<=,", Self::AtMost),
            ("!=,", Self::IsNot),
            (">,", Self::More),
            ("<,", Self::Less),
            ("~,", Self::Like),
            ("=,", Self::Is),
        ];
        if let Some((_, test, rest)) =
            known.into_iter().find_map(|(sign, test)| Some((sign, test, raw.strip_prefix(sign)?)))
        {
            return Ok(test(rest.to_owned()));
        }
        let Some(values) = raw.strip_prefix("IN,") else { return Ok(Self::Is(raw.to_owned())) };
        let values: Vec<String> = values.trim_matches(['[', ']']).split(',').map(str::to_owned).collect();
        match values.len() {
            0..=IN_MOST => Ok(Self::AnyOf(values.iter().map(|value| plain(value)).collect())),
            _ => Err(Problem::new(400, "A maximum of 100 values may be passed in per field.")),
        }
    }

    fn holds(&self, value: &str) -> bool {
        let order = |wanted: &str| compare(value, wanted);
        match self {
            Self::Is(wanted) => order(wanted) == Ordering::Equal,
            Self::IsNot(wanted) => order(wanted) != Ordering::Equal,
            Self::More(wanted) => order(wanted) == Ordering::Greater,
            Self::AtLeast(wanted) => order(wanted) != Ordering::Less,
            Self::Less(wanted) => order(wanted) == Ordering::Less,
            Self::AtMost(wanted) => order(wanted) != Ordering::Greater,
            Self::Like(pattern) => {
                let (value, pattern) = (value.to_lowercase(), pattern.to_lowercase());
                match pattern.strip_suffix('%') {
                    Some(start) => value.starts_with(start),
                    None => value == pattern,
                }
            }
            Self::AnyOf(values) => values.contains(&plain(value)),
        }
    }
}

/// Numbers as numbers, moments as moments, all else without regard to case.
fn compare(one: &str, other: &str) -> Ordering {
    if let (Ok(one), Ok(other)) = (one.parse::<i64>(), other.parse::<i64>()) {
        return one.cmp(&other);
    }
    if let (Some(one), Some(other)) = (Timestamp::parse(one), Timestamp::parse(other)) {
        return one.cmp(&other);
    }
    one.to_lowercase().cmp(&other.to_lowercase())
}

/// The same text for what [`compare`] calls equal.
fn plain(value: &str) -> String {
    match value.parse::<i64>() {
        Ok(number) => number.to_string(),
        Err(_) => Timestamp::parse(value).map_or_else(|| value.to_lowercase(), |at| at.0.to_string()),
    }
}

fn key(value: &str) -> i64 {
    value.parse().ok().or_else(|| Timestamp::parse(value).map(|at| at.0)).unwrap_or(0)
}

/// `field`: what stands in a field of a row, as text; `None` if there is no such field.
pub fn page<Row>(
    request: &Incoming,
    kind: &Kind,
    rows: impl Iterator<Item = Row>,
    field: impl Fn(&Row, &str) -> Option<String>,
    mut show: impl FnMut(&Row) -> Value,
) -> Answered {
    let mut tests = Vec::new();
    for (name, value) in request.query.iter().filter(|(name, _)| !RESERVED.contains(&name.as_str())) {
        tests.push((name.as_str(), Test::of(value)?));
    }
    let sort = request.query("sort").unwrap_or(kind.id);
    if !kind.sortable.contains(&sort) {
        let allowed = kind.sortable.join(", ");
        return Err(Problem::new(400, format!("{sort} is not a sortable field. Allowed fields: {allowed}")));
    }
    let limit = request.query("limit").map_or(Some(MOST), |limit| limit.parse().ok().filter(|limit| *limit <= MOST));
    let limit: usize = limit.ok_or_else(|| Problem::new(400, "limit must be between 0 and 100"))?;
    let archived = request.query("archived").unwrap_or("false");
    let mut found: Vec<(i64, i64, Row)> = Vec::new();
    for row in rows {
        let is_archived = field(&row, "archived").is_some_and(|value| value == "true");
        if (archived == "false" && is_archived) || (archived == "only" && !is_archived) {
            continue;
        }
        let mut fits = true;
        for (name, test) in &tests {
            let unknown = || Problem::new(400, format!("{name} is not a field of {}", kind.name));
            fits &= test.holds(&field(&row, name).ok_or_else(unknown)?);
            if !fits {
                break;
            }
        }
        if fits {
            let of = |name: &str| field(&row, name).map_or(0, |value| key(&value));
            found.push((of(sort), of(kind.id), row));
        }
    }
    if request.query("count").is_some() {
        return Ok(Outgoing::json(200, &json!({"@attributes": {"count": found.len().to_string()}})));
    }
    found.sort_by_key(|(sort, id, _)| (*sort, *id));
    if let Some(after) = request.query("after") {
        let after = read_after(after).ok_or_else(|| Problem::new(400, "Invalid value for after"))?;
        found.retain(|(sort, id, _)| (*sort, *id) > after);
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = match (more, found.last()) {
        (true, Some((sort_key, id, _))) => address(request, sort, limit, &write_after((*sort_key, *id))),
        _ => String::new(),
    };
    let mut answer = json!({"@attributes": {"next": next, "previous": ""}});
    let shown: Vec<Value> = found.iter().map(|(_, _, row)| show(row)).collect();
    if !shown.is_empty() {
        answer[kind.name] = many(shown);
    }
    Ok(Outgoing::json(200, &answer))
}

/// "In addition to all of the query parameters of the initial request"; the defaults are appended.
fn address(request: &Incoming, sort: &str, limit: usize, after: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let own = ["sort", "limit", "after"];
    query.extend_pairs(request.query.iter().filter(|(name, _)| !own.contains(&name.as_str())));
    query.append_pair("sort", sort).append_pair("limit", &limit.to_string()).append_pair("after", after);
    format!("https://api.lightspeedapp.com{}?{}", request.path, query.finish())
}

fn write_after((sort, id): (i64, i64)) -> String {
    STANDARD.encode(json!([sort, id]).to_string())
}

fn read_after(raw: &str) -> Option<(i64, i64)> {
    serde_json::from_slice(&STANDARD.decode(raw).ok()?).ok()
}
