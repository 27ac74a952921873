//! Lists: filters, positions, and what can be expanded.

use serde_json::{Value, json};

use crate::sandbox::{Incoming, Outgoing};

use super::Problem;

const DEFAULT: usize = 100;
const MOST: usize = 1000;
/// Lists inside an element end here.
const NESTED: usize = 100;

/// What a list was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    filters: Vec<(String, Comparison, String)>,
    expand: Vec<String>,
    limit: usize,
    offset: usize,
    allowed: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    More,
    AtLeast,
    Less,
    AtMost,
}

impl Asked {
    /// `allowed`: the fields that this list can be filtered by.
    pub(super) fn of(request: &Incoming, allowed: &'static [&'static str]) -> Result<Self, Problem> {
        let mut filters = Vec::new();
        for (_, condition) in request.query.iter().filter(|(name, _)| name == "filter") {
            let (field, comparison, value) =
                split(condition).ok_or_else(|| Problem::new(400, format!("Invalid filter: {condition}")))?;
            if !allowed.contains(&field) {
                return Err(Problem::new(400, format!("Invalid filter field: {field}")));
            }
            filters.push((field.to_owned(), comparison, value.to_owned()));
        }
        let number = |name: &str, usual: usize| match request.query(name) {
            None => Ok(usual),
            Some(text) => text.parse().map_err(|_| Problem::new(400, format!("Invalid {name}: {text}"))),
        };
        let expand = expanded(request)?;
        Ok(Self { filters, expand, limit: number("limit", DEFAULT)?.min(MOST), offset: number("offset", 0)?, allowed })
    }

    pub(super) fn expands(&self, name: &str) -> bool {
        self.expand.iter().any(|known| known == name)
    }

    /// Whether all filters of this field hold for a number.
    pub(super) fn holds(&self, field: &str, value: i64) -> bool {
        self.of_field(field).all(|(comparison, wanted)| {
            let Ok(wanted) = wanted.parse::<i64>() else { return false };
            match comparison {
                Comparison::Equal => value == wanted,
                Comparison::NotEqual => value != wanted,
                Comparison::More => value > wanted,
                Comparison::AtLeast => value >= wanted,
                Comparison::Less => value < wanted,
                Comparison::AtMost => value <= wanted,
            }
        })
    }

    /// Whether all filters of this field hold for a text.
    pub(super) fn says(&self, field: &str, value: &str) -> bool {
        self.of_field(field).all(|(comparison, wanted)| match comparison {
            Comparison::Equal => value == wanted,
            Comparison::NotEqual => value != wanted,
            _ => false,
        })
    }

    pub(super) fn asks(&self, field: &str, value: &str) -> bool {
        self.of_field(field).any(|(comparison, wanted)| comparison == Comparison::Equal && wanted == value)
    }

    fn of_field(&self, field: &str) -> impl Iterator<Item = (Comparison, &str)> {
        let its = self.filters.iter().filter(move |(known, ..)| known == field);
        its.map(|(_, comparison, value)| (*comparison, value.as_str()))
    }

    /// The page of what is left, shown. No total, no next link.
    pub(super) fn page<T>(
        &self,
        request: &Incoming,
        all: impl Iterator<Item = T>,
        mut show: impl FnMut(T) -> Value,
    ) -> Outgoing {
        let elements: Vec<Value> = all.skip(self.offset).take(self.limit).map(&mut show).collect();
        let href = format!("https://api.clover.com{}?limit={}", request.path, self.limit);
        Outgoing::json(200, &json!({"elements": elements, "href": href}))
            .header("X-Clover-Allowed-Filter-Fields", self.allowed.join(", "))
    }
}

/// What is not known is left out without a word; more than three are refused.
pub(super) fn expanded(request: &Incoming) -> Result<Vec<String>, Problem> {
    let names = request.query.iter().filter(|(name, _)| name == "expand").flat_map(|(_, value)| value.split(','));
    let names: Vec<String> = names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    match names.len() {
        0..=3 => Ok(names),
        _ => Err(Problem::new(400, "Too many expand fields")),
    }
}

pub(super) fn nested(elements: Vec<Value>) -> Value {
    json!({"elements": elements.into_iter().take(NESTED).collect::<Vec<_>>()})
}

fn split(condition: &str) -> Option<(&str, Comparison, &str)> {
    let at = condition.find(['=', '!', '>', '<'])?;
    let (field, rest) = condition.split_at(at);
    let known = [
        (">=", Comparison::AtLeast),
        ("<=", Comparison::AtMost),
        ("!=", Comparison::NotEqual),
        (">", Comparison::More),
        ("<", Comparison::Less),
        ("=", Comparison::Equal),
    ];
    let found = known.into_iter().find_map(|(sign, comparison)| Some((comparison, rest.strip_prefix(sign)?)));
    found.map(|(comparison, value)| (field, comparison, value))
}
