//! One value of a table.
//!
//! A spreadsheet takes a value that begins with `=`, `+`, `-`, `@`, a tab or a line end for a formula, and a title is
//! written by strangers. As OWASP advises ("CSV Injection"), such a value gets an apostrophe in front, and every value
//! that holds a separator or a quotation mark is quoted. The same is undone when the file is read back, also where a
//! value had apostrophes of its own.

/// Stands in front of a file that a spreadsheet shall take for UTF-8.
pub const BOM: &str = "\u{feff}";

/// What makes a formula; the wide forms are taken for the others by some.
fn is_trigger(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// Whether a value is a formula behind its apostrophes and blanks.
fn is_formula(value: &str) -> bool {
    value.trim_start_matches(['\'', ' ']).starts_with(is_trigger)
}

/// A value as it is written.
pub fn quoted(value: &str) -> String {
    let guarded = is_formula(value);
    let outer = value.starts_with([' ', '\u{feff}']) || value.ends_with(' ');
    if !guarded && !outer && !value.contains([',', ';', '\t', '|', '"', '\n', '\r', '\'']) {
        return value.to_owned();
    }
    let mark = if guarded { "'" } else { "" };
    format!("\"{mark}{}\"", value.replace('"', "\"\""))
}

/// A value as it was before it was written; `raw`: without the outer quotation marks.
pub fn unguarded(raw: &str) -> &str {
    match raw.strip_prefix('\'') {
        Some(value) if is_formula(value) => value,
        _ => raw,
    }
}

/// A row with its line end.
pub fn line<S: AsRef<str>>(values: &[S]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value.as_ref())).collect();
    let mut line = values.join(",");
    // A row of one blank value would be an empty line, which is no row.
    if line.is_empty() {
        line.push_str("\"\"");
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_text() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("-5"), "\"'-5\"");
        assert_eq!(quoted(" @SUM(A1)"), "\"' @SUM(A1)\"");
        assert_eq!(quoted("'=1"), "\"''=1\"");
        assert_eq!(quoted("Tee - Red"), "Tee - Red");
        assert_eq!(quoted("12\" vinyl, used"), "\"12\"\" vinyl, used\"");
        assert_eq!(unguarded("'=1+1"), "=1+1");
        assert_eq!(unguarded("'s"), "'s", "an apostrophe of its own");
    }

    proptest! {
        #[test]
        fn what_is_written_never_begins_a_formula_and_is_read_back(value in "['=+@ \t\r\n,;\"a-]{0,6}|\\PC{0,12}") {
            let written = quoted(&value);
            let inner = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            // What the spreadsheet puts into the cell.
            let raw = inner.map_or(written.clone(), |inner| inner.replace("\"\"", "\""));
            prop_assert!(!raw.trim_start_matches(' ').starts_with(is_trigger), "{}", written);
            prop_assert_eq!(unguarded(&raw), value);
        }
    }
}
