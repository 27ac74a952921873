//! Which columns a person wants in which list, and how wide: what the terminal itself remembers, in a file of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::de::{DeTable, DeValue};

use super::Mistake;

/// What a person has chosen for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arranged {
    Hidden,
    /// In cells, from [`NARROWEST`] to [`WIDEST`]. Also shows a column that is hidden at first.
    Wide(u16),
}

/// A number still fits.
pub const NARROWEST: u16 = 3;
pub const WIDEST: u16 = 80;

const HIDDEN: &str = "hidden";

const HEAD: &str =
    "# Which columns the terminal's lists show, and how many cells wide: written by the terminal when you choose
# them there. A column that is not named is as it was built in; without this file all are.
";

/// By list, then by the column's title. What is not in it is as it was built in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrangement(BTreeMap<String, BTreeMap<String, Arranged>>);

impl Arrangement {
    pub fn of(&self, list: &str, column: &str) -> Option<Arranged> {
        self.0.get(list)?.get(column).copied()
    }

    /// `None`: as it was built in.
    pub fn set(&mut self, list: &str, column: &str, to: Option<Arranged>) {
        let columns = self.0.entry(list.to_owned()).or_default();
        match to {
            Some(Arranged::Wide(width)) => {
                columns.insert(column.to_owned(), Arranged::Wide(width.clamp(NARROWEST, WIDEST)))
            }
            Some(Arranged::Hidden) => columns.insert(column.to_owned(), Arranged::Hidden),
            None => columns.remove(column),
        };
        self.0.retain(|_, columns| !columns.is_empty());
    }

    /// As the file says it. With the mistakes found in it, in its order.
    pub fn read(text: &str) -> (Self, Vec<Mistake>) {
        let (document, broken) = DeTable::parse_recoverable(text);
        let mut mistakes = Mistake::in_syntax(text, &broken);
        let mut read = Self::default();
        for (list, columns) in document.get_ref() {
            let DeValue::Table(columns) = columns.get_ref() else {
                let message = format!("{:?} is no list with columns", list.get_ref());
                mistakes.push(Mistake::at(text, list.span(), message));
                continue;
            };
            for (column, value) in columns {
                match arranged(value.get_ref()) {
                    Some(to) => read.set(list.get_ref(), column.get_ref(), Some(to)),
                    None => {
                        let message = format!(
                            "{:?} must be \"{HIDDEN}\", or a number of cells from {NARROWEST} to {WIDEST}",
                            column.get_ref()
                        );
                        mistakes.push(Mistake::at(text, column.span(), message));
                    }
                }
            }
        }
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        (read, mistakes)
    }

    /// The whole file.
    pub fn file(&self) -> String {
        let mut text = HEAD.to_owned();
        for (list, columns) in &self.0 {
            // Writing to a string does not fail.
            let _ = write!(text, "\n[{}]\n", quoted(list));
            for (column, to) in columns {
                let _ = match to {
                    Arranged::Hidden => writeln!(text, "{} = \"{HIDDEN}\"", quoted(column)),
                    Arranged::Wide(width) => writeln!(text, "{} = {width}", quoted(column)),
                };
            }
        }
        text
    }
}

/// As a key is written; the library's own form of a text may be one of several lines, which no key can be.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn arranged(value: &DeValue<'_>) -> Option<Arranged> {
    match value {
        DeValue::String(word) if word == HIDDEN => Some(Arranged::Hidden),
        DeValue::Integer(number) => {
            let width = u16::from_str_radix(number.as_str(), number.radix()).ok()?;
            (NARROWEST..=WIDEST).contains(&width).then_some(Arranged::Wide(width))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is written is read again, whatever the names are.
        #[test]
        fn what_is_written_is_read_again(all in prop::collection::vec(("[ -~é]{1,9}", "[ -~ü\"]{1,9}", prop::option::of(0u16..200)), 0..8)) {
            let mut arrangement = Arrangement::default();
            for (list, column, width) in &all {
                arrangement.set(list, column, Some(width.map_or(Arranged::Hidden, Arranged::Wide)));
            }
            let (read, mistakes) = Arrangement::read(&arrangement.file());
            prop_assert_eq!(mistakes, []);
            prop_assert_eq!(&read, &arrangement);
            for (list, column, _) in &all {
                arrangement.set(list, column, None);
            }
            prop_assert_eq!(arrangement, Arrangement::default());
        }
    }

    #[test]
    fn mistakes_are_told_and_the_rest_counts() {
        let (read, mistakes) =
            Arrangement::read("[products]\nSKU = 2\nPrice = \"hiden\"\nLink = \"hidden\"\nreport = 3\n\n[a]\n");
        assert_eq!(read.of("products", "Link"), Some(Arranged::Hidden));
        assert_eq!(read.of("products", "SKU"), None);
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 2, column 1: \"SKU\" must be \"hidden\", or a number of cells from 3 to 80",
                "line 3, column 1: \"Price\" must be \"hidden\", or a number of cells from 3 to 80",
            ]
        );
        let (read, mistakes) = Arrangement::read("x = 1\n[products");
        assert_eq!(read, Arrangement::default());
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    }
}
