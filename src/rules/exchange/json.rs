//! The same of a JSON file: an array of objects, or an object with one array in it.
//!
//! Names of nested objects come in front of their own (`pos: {sku}` is the column `pos sku`). A surrogate that stands
//! alone, as some programs write it, becomes U+FFFD instead of spoiling the whole file.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::FileError;
use super::table::{Row, Table};

pub fn read(text: &str) -> Result<Table, FileError> {
    let whole: Value = serde_json::from_str(&without_lone_surrogates(text)).map_err(|why| FileError {
        line: u64::try_from(why.line()).ok().filter(|line| *line > 0),
        message: format!("this is no JSON: {why}"),
    })?;
    let rows = match whole {
        Value::Array(rows) => rows,
        Value::Object(mut whole) => {
            let list = whole.values_mut().find(|value| value.is_array()).map(Value::take);
            match list {
                Some(Value::Array(rows)) => rows,
                _ => return Err(FileError::new("the JSON holds no list of rows")),
            }
        }
        _ => return Err(FileError::new("the JSON holds no list of rows")),
    };
    let mut table = Table::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (value, line) in rows.into_iter().zip(1u64..) {
        if !value.is_object() {
            let message = "this row is no object with a name for each value".to_owned();
            return Err(FileError { line: Some(line), message });
        }
        let mut row = Row { line, values: Vec::new() };
        flatten("", value, 0, &mut |name, text| {
            let place = *places.entry(name.to_owned()).or_insert_with(|| {
                table.columns.push(name.to_owned());
                table.columns.len() - 1
            });
            if row.values.len() <= place {
                row.values.resize(place + 1, String::new());
            }
            row.values[place] = text;
        });
        table.rows.push(row);
    }
    if table.columns.is_empty() {
        return Err(FileError::new("the JSON holds no rows"));
    }
    Ok(table)
}

fn flatten(name: &str, value: Value, depth: usize, tell: &mut dyn FnMut(&str, String)) {
    match value {
        Value::Object(fields) if depth < 4 => {
            for (field, value) in fields {
                let name = if name.is_empty() { field } else { format!("{name} {field}") };
                flatten(&name, value, depth + 1, tell);
            }
        }
        Value::String(text) => tell(name, text),
        Value::Number(number) => tell(name, number.to_string()),
        Value::Bool(yes) => tell(name, if yes { "yes" } else { "no" }.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => {}
    }
}

/// `\ud83d` without its second half.
fn without_lone_surrogates(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let bytes = text.as_bytes();
    let mut clean = String::with_capacity(text.len());
    let (mut at, mut from) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(at) {
            Some(0xd800..=0xdbff) if unit(at + 6).is_some_and(|low| (0xdc00..=0xdfff).contains(&low)) => at += 12,
            Some(0xd800..=0xdfff) => {
                clean.push_str(&text[from..at]);
                clean.push_str("\\ufffd");
                at += 6;
                from = at;
            }
            Some(_) => at += 6,
            // Any other escape: what it stands for is not looked at.
            None => at += 2,
        }
    }
    clean.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_of_objects_are_a_table() {
        let text = r#"[{"link": true, "pos": {"id": "l1", "sku": 7}, "x": null}, {"ecommerce": {"id": "l2"}}]"#;
        let table = read(text).unwrap();
        assert_eq!(table.columns, ["link", "pos id", "pos sku", "ecommerce id"]);
        assert_eq!(table.rows[0].values, ["yes", "l1", "7"]);
        assert_eq!(table.rows[1].values, ["", "", "", "l2"]);
        assert_eq!(read(r#"{"rows": [{"a": "b"}]}"#).unwrap().columns, ["a"]);
        for bad in ["[", "{}", "[]", "[1, 2]", "{\"a\": 1}", "[{\"a\": \n \"b}]"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn half_a_character_spoils_no_file() {
        let table = read(r#"[{"a": "x\ud83d", "b": "\udc00\ud83d\ude00", "c": "\\ud83d"}]"#).unwrap();
        assert_eq!(table.rows[0].values, ["x\u{fffd}", "\u{fffd}😀", "\\ud83d"]);
    }

    proptest! {
        #[test]
        fn no_text_stops_the_reader(text in "[\\[{\"a:,\\\\ud8c\\]}0-9é]{0,40}|\\PC{0,40}") {
            let _ = read(&text);
        }
    }
}
