//! Tables and JSON on stdout, remarks on stderr.

use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::error::{Exit, Failure};

/// A longer text pushes its own line on instead of drawing all lines apart.
const WIDEST: usize = 110;

/// Columns to the left, as wide as their widest cell, two blanks apart. Numbers go to the right.
pub struct Table {
    head: Vec<(&'static str, bool)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Names of the columns; `true` for numbers.
    pub fn new(head: &[(&'static str, bool)]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub fn print(&self) -> Result<(), Failure> {
        let widths: Vec<usize> = self
            .head
            .iter()
            .enumerate()
            .map(|(column, (name, _))| {
                let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
                cells.chain([name.width()]).max().unwrap_or(0).min(WIDEST)
            })
            .collect();
        let head: Vec<String> = self.head.iter().map(|(name, _)| (*name).to_owned()).collect();
        let lines = std::iter::once(&head).chain(&self.rows).map(|cells| {
            let mut line = String::new();
            for ((cell, width), (_, right)) in cells.iter().zip(&widths).zip(&self.head) {
                let gap = " ".repeat(width.saturating_sub(cell.width()));
                let (before, after) = if *right { (gap.as_str(), "") } else { ("", gap.as_str()) };
                line.push_str(&format!("{before}{cell}{after}  "));
            }
            line.trim_end().to_owned()
        });
        print(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Text with a line end. A closed pipe (`| head`) is not an error.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failure, format!("cannot write the output: {why}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

pub fn print_json<T: Serialize + ?Sized>(data: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(data)
        .map_err(|why| Failure::new(Exit::Failure, format!("cannot write the output as JSON: {why}")))?;
    print(&text)
}

/// A remark for the person, beside the data.
pub fn remark(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// `3 min ago`, `2 days ago`
pub fn age(seconds: u64) -> String {
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// `45 s`, `3 min`, `2 h 5 min`
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..100 => format!("{seconds} s"),
        100..3600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `1 item`, `12 items`
pub fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
