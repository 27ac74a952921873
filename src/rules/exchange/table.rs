//! Rows of a file with commas, semicolons, tabs or bars between the values (RFC 4180, and what is usual beside it).
//!
//! Read by a reader of our own: a person has to be told the line of each row, a quotation mark that is never closed must
//! not swallow the rows behind it in silence, and rows may be longer or shorter than the first one.

use super::FileError;
use super::cell::unguarded;

/// A row that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins, from 1; of a JSON file, its place among the rows.
    pub line: u64,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    /// Where a quotation mark begins that is never closed: what follows could not be read.
    pub unclosed: Option<u64>,
}

/// More values in a row are no table.
const MOST_COLUMNS: usize = 1000;

pub fn parse(text: &str) -> Result<Table, FileError> {
    let mut text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut delimiter, mut line) = (None, 1);
    // A first line that only says what stands between the values.
    if let Some(rest) = text.strip_prefix("sep=")
        && let Some(sign) = rest.chars().next().filter(|sign| !sign.is_alphanumeric())
    {
        let after = rest[sign.len_utf8()..].trim_start_matches('\r');
        if let Some(after) = after.strip_prefix('\n') {
            (delimiter, line, text) = (Some(sign), 2, after);
        }
    }
    let delimiter = delimiter.unwrap_or_else(|| usual(text));
    let mut reader = Reader { rest: text, line, delimiter };
    let mut rows = Vec::new();
    let mut unclosed = None;
    while let Some(read) = reader.row()? {
        match read {
            Ok(row) if row.values.iter().all(|value| value.trim().is_empty()) => {}
            Ok(row) => rows.push(row),
            Err(line) => unclosed = Some(line),
        }
    }
    let mut rows = rows.into_iter();
    let columns = rows.next().map(|row| row.values).unwrap_or_default();
    if columns.is_empty() {
        return Err(match unclosed {
            Some(line) => FileError { line: Some(line), message: "a quotation mark is never closed".to_owned() },
            None => FileError::new("the file is empty"),
        });
    }
    Ok(Table { columns, rows: rows.collect(), unclosed })
}

/// What stands most often between the values of the first line, outside of quotation marks.
fn usual(text: &str) -> char {
    const KNOWN: [char; 4] = [',', ';', '\t', '|'];
    let mut counts = [0usize; 4];
    let mut inside = false;
    for c in text.trim_start_matches(['\r', '\n']).chars().take(100_000) {
        match c {
            '"' => inside = !inside,
            '\n' | '\r' if !inside => break,
            c if !inside => {
                if let Some(place) = KNOWN.iter().position(|known| *known == c) {
                    counts[place] += 1;
                }
            }
            _ => {}
        }
    }
    // The first of those that are equal.
    let best = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count);
    best.map_or(',', |(place, _)| KNOWN[place])
}

struct Reader<'a> {
    rest: &'a str,
    line: u64,
    delimiter: char,
}

impl Reader<'_> {
    /// The next row; `None` at the end; `Err` inside: the line of a quotation mark that is never closed.
    fn row(&mut self) -> Result<Option<Result<Row, u64>>, FileError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut row = Row { line: self.line, values: Vec::new() };
        loop {
            if row.values.len() >= MOST_COLUMNS {
                return Err(FileError {
                    line: Some(row.line),
                    message: format!("more than {MOST_COLUMNS} values in one row: this is no table"),
                });
            }
            let value = match self.rest.strip_prefix('"') {
                Some(inside) => match self.quoted(inside) {
                    Some(value) => value,
                    None => {
                        let line = self.line;
                        // The rows behind it may be whole.
                        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
                        self.line += 1;
                        self.rest = &self.rest[end..];
                        return Ok(Some(Err(line)));
                    }
                },
                None => self.bare(),
            };
            row.values.push(unguarded(&value).to_owned());
            if let Some(rest) = self.rest.strip_prefix(self.delimiter) {
                self.rest = rest;
                continue;
            }
            let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
            self.rest = rest.strip_prefix('\n').unwrap_or(rest);
            self.line += 1;
            return Ok(Some(Ok(row)));
        }
    }

    fn bare(&mut self) -> String {
        let end = self.rest.find([self.delimiter, '\n', '\r']).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        value.to_owned()
    }

    /// What stands up to the closing mark; what follows it before the next separator belongs to it.
    fn quoted(&mut self, inside: &str) -> Option<String> {
        let mut value = String::new();
        let (mut rest, mut lines) = (inside, 0);
        loop {
            let at = rest.find('"')?;
            let (part, after) = rest.split_at(at);
            value.push_str(part);
            lines += part.bytes().filter(|byte| *byte == b'\n').count() as u64;
            let after = &after[1..];
            match after.strip_prefix('"') {
                Some(more) => {
                    value.push('"');
                    rest = more;
                }
                None => {
                    self.line += lines;
                    let used = self.rest.len() - after.len();
                    self.rest = &self.rest[used..];
                    value.push_str(&self.bare());
                    return Some(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::line;
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Vec<Vec<String>> {
        let table = parse(text).unwrap();
        std::iter::once(table.columns).chain(table.rows.into_iter().map(|row| row.values)).collect()
    }

    #[test]
    fn files_of_spreadsheets_are_read() {
        let expected = [vec!["a".to_owned(), "b".to_owned()], vec!["1,5".to_owned(), "x\ny".to_owned()]];
        for text in [
            "a,b\r\n\"1,5\",\"x\ny\"\r\n",
            "a;b\n1,5;\"x\ny\"",
            "\u{feff}a\tb\n1,5\t\"x\ny\"\n\n",
            "sep=;\r\na;b\r\n1,5;\"x\ny\"",
        ] {
            assert_eq!(values(text), expected, "{text:?}");
        }
        assert_eq!(values("a,b\n\"1\"\"\",c\n"), [["a", "b"], ["1\"", "c"]]);
        assert_eq!(values("a,b\n'=1+1,'s\n"), [["a", "b"], ["=1+1", "'s"]]);
        assert!(parse("").is_err() && parse("\r\n\r\n").is_err() && parse(",,,\n").is_err());
    }

    #[test]
    fn each_row_knows_its_line() {
        let table = parse("a,b\r\n\r\n\"x\r\ny\",1\r\n2,3\r\n").unwrap();
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 5]);
        let table = parse("a,b\n1,2\n3,\"4\n5,6\n").unwrap();
        assert_eq!(table.unclosed, Some(3));
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4], "the rows behind it are whole");
    }

    proptest! {
        /// What we write is what we read.
        #[test]
        fn rows_come_back(rows in proptest::collection::vec(proptest::collection::vec("[=+@'\"a-c,;\t\n\r |-]{0,5}|\\PC{0,6}", 3), 1..6)) {
            let head = ["one", "two", "three"];
            let text: String = std::iter::once(line(&head)).chain(rows.iter().map(|row| line(row))).collect();
            let expected: Vec<&Vec<String>> = rows.iter().filter(|row| row.iter().any(|value| !value.trim().is_empty())).collect();
            let table = parse(&text).unwrap();
            prop_assert_eq!(table.unclosed, None);
            prop_assert_eq!(table.rows.iter().map(|row| &row.values).collect::<Vec<_>>(), expected);
        }
    }
}
