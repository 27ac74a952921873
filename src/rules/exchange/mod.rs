//! Files that a person opens in a spreadsheet: written so that nothing in them is taken for a formula, and read back
//! whatever the spreadsheet made of them.
//!
//! | file | what lives there |
//! |---|---|
//! | `cell.rs` | one value, quoted against formulas and read back |
//! | `decode.rs` | bytes as text: UTF-8, UTF-16, and what old spreadsheets write |
//! | `table.rs` | rows of a file with commas, semicolons or tabs between the values |
//! | `json.rs` | the same of a JSON file |
//! | `columns.rs` | which column is what, and the rows as pairs of products |
//! | `resolve.rs`, `meant.rs` | who is meant by a row, in the catalogue |
//!
//! Nothing is lost without a word: what cannot be read is told with its line.

mod cell;
mod columns;
mod decode;
mod json;
mod meant;
mod resolve;
mod table;

#[cfg(test)]
mod odd_files;

pub use cell::{BOM, line};
pub use columns::{Names, Read, pairs};
pub use decode::decode;
pub use resolve::{Rejected, Resolved, resolve};
pub use table::{Row, Table, parse};

/// A file that cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// From 1, where it is known.
    pub line: Option<u64>,
    pub message: String,
}

impl FileError {
    fn new(message: impl Into<String>) -> Self {
        Self { line: None, message: message.into() }
    }
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The rows of a file, by what stands in it.
pub fn read(bytes: &[u8]) -> Result<Table, FileError> {
    let text = decode(bytes);
    if text.trim_start().starts_with(['[', '{']) { json::read(&text) } else { table::parse(&text) }
}
