//! Shopify's search syntax, as far as a sync uses it: terms that must all hold, with comparators, quotes and lists.
//!
//! Moments must stand in quotes. Without them only the day is read, as on the real thing; whoever forgets them sees too
//! much or too little, and no error.

use crate::domain::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    field: String,
    comparator: Comparator,
    value: String,
    quoted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparator {
    Is,
    More,
    AtLeast,
    Less,
    AtMost,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Search(Vec<Term>);

impl Search {
    pub fn read(query: &str) -> Self {
        let mut terms = Vec::new();
        let mut rest = query.trim_start();
        while !rest.is_empty() {
            let end = rest.find([':', ' ']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let Some(after) = after.strip_prefix(':') else {
                // `AND` joins what is joined anyway; a bare word would search all fields, which nobody here does.
                rest = after.trim_start();
                continue;
            };
            let (comparator, after) = comparator(after);
            let (value, quoted, after) = value(after);
            terms.push(Term { field: word.to_owned(), comparator, value: value.to_owned(), quoted });
            rest = after.trim_start();
        }
        Self(terms)
    }

    pub fn names(&self, field: &str) -> bool {
        self.0.iter().any(|term| term.field == field)
    }

    /// The numbers of a list, if the search names that field.
    pub fn numbers(&self, field: &str) -> Option<Vec<u64>> {
        let term = self.0.iter().find(|term| term.field == field)?;
        Some(term.value.split(',').filter_map(|number| number.trim().parse().ok()).collect())
    }

    fn all(&self, field: &str, holds: impl Fn(&Term) -> bool) -> bool {
        self.0.iter().filter(|term| term.field == field).all(holds)
    }

    pub fn number(&self, field: &str, number: u64) -> bool {
        self.all(field, |term| term.value.parse().is_ok_and(|wanted: u64| term.comparator.holds(&number, &wanted)))
    }

    /// A field whose value is one of a list, `a,b,c`; case does not matter.
    pub fn word(&self, field: &str, word: &str) -> bool {
        self.all(field, |term| term.value.split(',').any(|wanted| wanted.trim().eq_ignore_ascii_case(word)))
    }

    /// To the second, as Shopify keeps moments.
    pub fn moment(&self, field: &str, moment: Timestamp) -> bool {
        self.all(field, |term| {
            let seconds = moment.0.div_euclid(1000);
            let full = Timestamp::parse(&term.value).filter(|_| term.quoted).map(|wanted| wanted.0.div_euclid(1000));
            let day = || {
                let day = term.value.get(..10)?;
                Timestamp::parse(&format!("{day}T00:00:00Z")).map(|wanted| wanted.0.div_euclid(1000))
            };
            full.or_else(day).is_some_and(|wanted| term.comparator.holds(&seconds, &wanted))
        })
    }
}

impl Comparator {
    fn holds<T: Ord>(self, found: &T, wanted: &T) -> bool {
        match self {
            Self::Is => found == wanted,
            Self::More => found > wanted,
            Self::AtLeast => found >= wanted,
            Self::Less => found < wanted,
            Self::AtMost => found <= wanted,
        }
    }
}

fn comparator(text: &str) -> (Comparator, &str) {
    for (sign, comparator) in
        [(">=", Comparator::AtLeast), ("<=", Comparator::AtMost), (">", Comparator::More), ("<", Comparator::Less)]
    {
        if let Some(rest) = text.strip_prefix(sign) {
            return (comparator, rest);
        }
    }
    (Comparator::Is, text)
}

fn value(text: &str) -> (&str, bool, &str) {
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote) {
            let end = inner.find(quote).unwrap_or(inner.len());
            return (&inner[..end], true, inner.get(end + 1..).unwrap_or_default());
        }
    }
    let end = text.find(' ').unwrap_or(text.len());
    (&text[..end], false, &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_with_comparators_lists_and_quotes() {
        let search = Search::read("status:active,draft id:>12 AND updated_at:>='2026-11-21T10:00:00Z'");
        assert!(search.word("status", "DRAFT") && !search.word("status", "archived"));
        assert!(search.number("id", 13) && !search.number("id", 12));
        let at = |raw: &str| Timestamp::parse(raw).unwrap();
        assert!(search.moment("updated_at", at("2026-11-21T10:00:00Z")));
        assert!(!search.moment("updated_at", at("2026-11-21T09:59:59.9Z")));
        assert!(search.names("id") && !search.names("sku"));
    }

    #[test]
    fn without_quotes_only_the_day_counts() {
        let search = Search::read("updated_at:>=2026-11-21T10:00:00Z");
        assert!(search.moment("updated_at", Timestamp::parse("2026-11-21T00:00:01Z").unwrap()));
    }
}
