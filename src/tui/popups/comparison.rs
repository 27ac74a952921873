//! Two or more sides next to each other, field by field, with a word where they differ.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::theme::Theme;
use crate::tui::widgets::{piece, text};

/// What is said of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Same,
    Differs,
    /// It is what the two were found by.
    Matches,
    /// Nothing is to be said: it differs by its nature, or there is only one side.
    None,
}

impl Verdict {
    /// Of values as they are shown.
    pub fn of(cells: &[String]) -> Self {
        match cells {
            [first, rest @ ..] if !rest.is_empty() => {
                if rest.iter().all(|cell| cell == first) {
                    Self::Same
                } else {
                    Self::Differs
                }
            }
            _ => Self::None,
        }
    }

    fn word(self, theme: Theme) -> (&'static str, Style) {
        match self {
            Self::Same => ("same", theme.quiet()),
            Self::Differs => ("differs", theme.warning()),
            Self::Matches => ("matches", theme.good()),
            Self::None => ("", theme.plain()),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// The names of the sides.
    Head(Vec<(String, Style)>),
    Section(String),
    Field {
        label: String,
        cells: Vec<String>,
        verdict: Verdict,
    },
    Blank,
}

impl Row {
    pub fn field(label: &str, cells: Vec<String>) -> Self {
        let verdict = Verdict::of(&cells);
        Self::Field { label: label.to_owned(), cells, verdict }
    }

    pub fn silent(label: &str, cells: Vec<String>) -> Self {
        Self::Field { label: label.to_owned(), cells, verdict: Verdict::None }
    }
}

const VERDICT: u16 = 8;
/// The longest label, `Description`, and a blank.
const LABEL: u16 = 12;

/// How wide the labels are, and a side's column.
fn widths(sides: usize, width: u16) -> (u16, u16) {
    let sides = u16::try_from(sides.max(1)).unwrap_or(1);
    let label = if width >= 100 { 16 } else { LABEL };
    let verdict = if sides > 1 { VERDICT } else { 0 };
    (label, (width.saturating_sub(label + verdict) / sides).max(8))
}

/// The same for who listens: one line for each field, and a value that all sides share once.
pub fn aloud(rows: &[Row]) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    let mut said = Vec::new();
    for row in rows {
        match row {
            Row::Blank => {}
            Row::Section(title) => said.push(title.clone()),
            Row::Head(heads) => {
                said.push(heads.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join("; "));
                names = short(heads);
            }
            Row::Field { label, cells, verdict } => said.push(field_aloud(label, cells, *verdict, &names)),
        }
    }
    said
}

/// The side alone says which shop is meant, where there is one of each.
fn short(heads: &[(String, Style)]) -> Vec<&str> {
    let side = |name: &'_ str| name.split(" · ").next().map_or(0, str::len);
    let sides: Vec<&str> = heads.iter().map(|(name, _)| &name[..side(name)]).collect();
    let twice = sides.iter().enumerate().any(|(at, side)| sides.iter().skip(at + 1).any(|other| other == side));
    if twice { heads.iter().map(|(name, _)| name.as_str()).collect() } else { sides }
}

fn field_aloud(label: &str, cells: &[String], verdict: Verdict, names: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('\n', ", ")).collect();
    let value = match cells.as_slice() {
        [first, rest @ ..] if rest.iter().all(|cell| cell == first) => first.clone(),
        cells => {
            let sides = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
            let named = sides.map(|(at, cell)| format!("{} {cell}", names.get(at).copied().unwrap_or_default()));
            named.collect::<Vec<_>>().join("; ")
        }
    };
    let word = match verdict {
        Verdict::Same if cells.len() > 1 => ", same",
        Verdict::Differs => ", differs",
        Verdict::Matches => ", matches",
        Verdict::Same | Verdict::None => "",
    };
    if label.is_empty() { format!("{value}{word}") } else { format!("{label}: {value}{word}") }
}

/// How many sides fit next to each other.
pub fn fitting(width: u16) -> usize {
    usize::from((width.saturating_sub(LABEL + VERDICT) / 22).max(1))
}

/// The rows as lines of at most `width` cells; long values are wrapped inside their column.
pub fn lines(rows: &[Row], sides: usize, width: u16, theme: Theme) -> Vec<Line<'static>> {
    let (label_width, column) = widths(sides, width);
    let mut lines = Vec::new();
    for row in rows {
        match row {
            Row::Blank => lines.push(Line::default()),
            Row::Section(title) => lines.push(Line::from(piece(title.clone(), theme.heading()))),
            Row::Head(names) => {
                let mut pieces = vec![piece(padded("", label_width), theme.plain())];
                for (name, style) in names {
                    pieces.push(piece(padded(name, column), style.patch(theme.strong())));
                }
                lines.push(Line::from(pieces));
            }
            Row::Field { label, cells, verdict } => {
                lines.extend(field(label, cells, *verdict, label_width, column, theme));
            }
        }
    }
    lines
}

fn field(
    label: &str,
    cells: &[String],
    verdict: Verdict,
    label_width: u16,
    column: u16,
    theme: Theme,
) -> Vec<Line<'static>> {
    let wrapped: Vec<Vec<String>> = cells.iter().map(|cell| text::wrapped(cell, column.saturating_sub(2))).collect();
    let labels = text::wrapped(label, label_width.saturating_sub(1));
    let height = wrapped.iter().map(Vec::len).chain([labels.len()]).max().unwrap_or(1);
    let style = match verdict {
        Verdict::Differs => theme.strong(),
        Verdict::Same | Verdict::Matches | Verdict::None => theme.plain(),
    };
    let part = |lines: &[String], at: usize| lines.get(at).cloned().unwrap_or_default();
    let line = |at: usize| {
        let mut pieces: Vec<Span<'static>> = vec![piece(padded(&part(&labels, at), label_width), theme.quiet())];
        for cell in &wrapped {
            pieces.push(piece(padded(&part(cell, at), column), style));
        }
        if at == 0 {
            let (word, style) = verdict.word(theme);
            pieces.push(piece(word, style));
        }
        Line::from(pieces)
    };
    (0..height).map(line).collect()
}

/// Exactly so wide.
fn padded(value: &str, width: u16) -> String {
    let value = text::cut(value, width.saturating_sub(1));
    let blank = usize::from(width.saturating_sub(text::width(&value)));
    format!("{value}{}", " ".repeat(blank))
}
