//! What is wrong in a file that a person wrote, and where.

use std::fmt;
use std::ops::Range;

/// Something in a file of settings or keys that was not understood. What it is about keeps its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// From 1; in characters.
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl Mistake {
    /// `span`: bytes of the text.
    pub fn at(text: &str, span: Range<usize>, message: String) -> Self {
        let before = text.get(..span.start.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, message }
    }

    /// `; did you mean "push"?`, of all that is known.
    pub fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
        let near = known.min_by_key(|known| distance(known, name));
        near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// Edits between two names.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, y) in b.chars().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
