//! What a run of letters and digits is: a word, a colour, a size, a measure, a number or a model number.
//!
//! Model numbers are written with hyphens, with blanks or in one (`PS-LX350H`, `PS LX350H`, `PSLX350H`). Nobody can
//! tell which blank belongs to one from a single title, but the catalogues can: runs are joined where the joined form
//! is written in one, or with hyphens, anywhere on either side.

use std::collections::HashSet;

use super::lexicon;
use super::words::Run;

/// What a term is. The order is that of the explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Letters and digits mixed, or many digits: an article's own number.
    Code,
    /// A number and a unit.
    Measure,
    /// Up to four digits alone: a version, a year, a size.
    Number,
    Colour,
    Size,
    Word,
}

/// A measure's unit and amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    pub unit: &'static str,
    pub amount: f64,
}

/// A run or several, as compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub text: String,
    pub kind: Kind,
    pub measure: Option<Measure>,
    /// As a person wrote it, where that is another than `text`.
    pub shown: Option<String>,
}

impl Term {
    fn new(text: impl Into<String>, kind: Kind) -> Self {
        Self { text: text.into(), kind, measure: None, shown: None }
    }

    fn of_measure(unit: &'static str, amount: f64, shown: String) -> Self {
        let measure = Some(Measure { unit, amount });
        Self { text: format!("{amount} {unit}"), kind: Kind::Measure, measure, shown: Some(shown) }
    }

    /// A single run. `None` for a filler.
    pub fn of(run: &str) -> Option<Self> {
        if lexicon::is_filler(run) {
            return None;
        }
        if let Some(colour) = lexicon::colour(run) {
            return Some(Self::new(colour, Kind::Colour));
        }
        if let Some(size) = lexicon::size(run) {
            return Some(Self::new(size, Kind::Size));
        }
        if let Some(number) = lexicon::roman(run) {
            return Some(Self::new(number, Kind::Number));
        }
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 {
            return Some(Self::new(run, Kind::Word));
        }
        if run.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            let text = if run.contains('.') { run.trim_end_matches('0').trim_end_matches('.') } else { run };
            let text = if text.is_empty() { "0" } else { text };
            return Some(Self::new(text, if digits >= 5 && !run.contains('.') { Kind::Code } else { Kind::Number }));
        }
        let number_ends = run.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(run.len());
        let (number, rest) = run.split_at(number_ends);
        if let (Ok(amount), false) = (number.parse::<f64>(), rest.is_empty()) {
            if let Some((unit, size)) = lexicon::unit(rest).filter(|_| is_amount(number)) {
                return Some(Self::of_measure(unit, amount * size, run.to_owned()));
            }
            // `2nd`, `49ers`: words.
            let spelled = number.len() <= 2 && rest.len() >= 3 && rest.chars().all(char::is_alphabetic);
            if spelled || matches!(rest, "st" | "nd" | "rd" | "th") {
                return Some(Self::new(run, Kind::Word));
            }
            if let Some(second) = rest.strip_prefix('x')
                && second.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'x')
            {
                return Some(Self::new(run, Kind::Measure));
            }
        }
        // `4in`, `a4`: too short to be an article's number, but as telling as a number.
        Some(Self::new(run, if run.len() >= 4 { Kind::Code } else { Kind::Number }))
    }
}

/// The forms that are written in one, or with hyphens, anywhere in the two catalogues.
#[derive(Debug, Default)]
pub struct Joins(HashSet<String>);

/// At most so many runs make one term.
const MOST_PARTS: usize = 4;

impl Joins {
    /// Learns from the runs of one title.
    pub fn learn(&mut self, runs: &[Run]) {
        for run in runs {
            if run.text.len() >= 4 && !self.0.contains(&run.text) {
                self.0.insert(run.text.clone());
            }
        }
        let mut at = 0;
        while at < runs.len() {
            let parts = 1 + runs[at + 1..].iter().take(MOST_PARTS - 1).take_while(|run| run.glued).count();
            // `DSC-T77-Black`: the colour is no part of the number.
            let of_colour = |run: &Run| lexicon::colour(&run.text).is_some() || lexicon::size(&run.text).is_some();
            self.0.extend(runs[at..at + parts].split(of_colour).filter_map(hyphened));
            at += parts;
        }
    }

    /// A code that stands alone in its field.
    pub fn learn_code(&mut self, runs: &[Run]) {
        let text = joined(runs);
        if text.len() >= 4 {
            self.0.insert(text);
        }
    }

    /// The terms of a text: the longest joined forms first, then measures, then single runs.
    pub fn terms(&self, runs: &[Run], mut each: impl FnMut(Term)) {
        let mut at = 0;
        while at < runs.len() {
            if let Some((term, parts)) = self.longest(&runs[at..]) {
                each(term);
                at += parts;
                continue;
            }
            if let [number, unit, ..] = &runs[at..]
                && let Some(term) = measured(&number.text, &unit.text)
            {
                each(term);
                at += 2;
                continue;
            }
            if let Some(term) = Term::of(&runs[at].text) {
                each(term);
            }
            at += 1;
        }
    }

    fn longest(&self, runs: &[Run]) -> Option<(Term, usize)> {
        for parts in (2..=MOST_PARTS.min(runs.len())).rev() {
            let window = &runs[..parts];
            if !may_join(window) {
                continue;
            }
            let text = joined(window);
            if text.len() >= 4 && self.0.contains(&text) {
                let term = Term::of(&text)?;
                return Some((term, parts));
            }
        }
        None
    }
}

/// Nobody writes an amount with noughts before it, or with seven digits: `902453-006-G` are no six grams.
fn is_amount(number: &str) -> bool {
    let padded = number.len() > 1 && number.starts_with('0') && !number.starts_with("0.");
    !padded && number.len() <= 6
}

/// `16 GB`, `5 inch`.
fn measured(number: &str, unit: &str) -> Option<Term> {
    let (kind, size) = lexicon::unit(unit)?;
    (is_amount(number) && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')).then_some(())?;
    Some(Term::of_measure(kind, number.parse::<f64>().ok()? * size, format!("{number} {unit}")))
}

fn joined(runs: &[Run]) -> String {
    runs.iter().map(|run| run.text.as_str()).collect()
}

/// Whether runs side by side may be one term at all.
fn may_join(window: &[Run]) -> bool {
    let seam = |pair: &[Run]| {
        let left = pair[0].text.bytes().last().is_some_and(|byte| byte.is_ascii_digit());
        let right = pair[1].text.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        // `5 100` is not 5100, and `8-port` is a measure.
        (!(left && right) || pair[1].glued) && measured(&pair[0].text, &pair[1].text).is_none()
    };
    window.windows(2).all(seam) && !window.iter().all(|run| lexicon::is_filler(&run.text))
}

/// A chain of hyphened runs that looks like one article number.
fn hyphened(chain: &[Run]) -> Option<String> {
    if chain.len() < 2 || !may_join(chain) {
        return None;
    }
    let long_word = |run: &Run| run.text.chars().count() > 4 && !run.text.bytes().any(|byte| byte.is_ascii_digit());
    let text = joined(chain);
    let letters = text.chars().any(char::is_alphabetic);
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    // `819474-106`: digits alone are an article's number when they are many.
    let code = (letters && digits && text.len() >= 4) || (!letters && text.len() >= 7 && !text.contains('.'));
    (code && !chain.iter().any(long_word)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::super::words::runs;
    use super::*;

    fn terms(of: &str, beside: &[&str]) -> Vec<(String, Kind)> {
        let mut joins = Joins::default();
        for text in beside.iter().chain([&of]) {
            joins.learn(&runs(text, 64));
        }
        let mut found = Vec::new();
        joins.terms(&runs(of, 64), |term| found.push((term.text, term.kind)));
        found
    }

    #[test]
    fn model_numbers_are_one_term_however_they_are_written() {
        for title in ["Turntable PS-LX350H", "Turntable PS LX350H", "Turntable PSLX350H", "turntable ps lx-350h"] {
            let found = terms(title, &["PSLX350H"]);
            assert_eq!(found[1], ("pslx350h".to_owned(), Kind::Code), "{title}");
        }
        // `006-G` are no six grams.
        assert_eq!(terms("Licence 902453-006-G", &[])[1], ("902453006g".to_owned(), Kind::Code));
        assert_eq!(terms("blu ray t-shirt", &["Bluray Tshirt"]).len(), 2);
        assert_eq!(terms("blu ray", &[]).len(), 2);
    }

    #[test]
    fn measures_are_the_same_in_every_unit_and_spelling() {
        for (left, right) in
            [("16 GB", "16gb"), ("1 TB", "1000GB"), ("1.5 l", "1500 ml"), ("32\"", "32-inch"), ("8-port", "8 Ports")]
        {
            assert_eq!(terms(left, &[]), terms(right, &[]), "{left} and {right}");
            assert_eq!(terms(left, &[])[0].1, Kind::Measure);
        }
    }

    #[test]
    fn colours_and_sizes_are_the_same_in_every_language() {
        assert_eq!(terms("schwarz", &[]), terms("BLACK", &[]));
        assert_eq!(terms("rouge XL", &[]), [("red".to_owned(), Kind::Colour), ("xl".to_owned(), Kind::Size)]);
        // A model number and its colour are two things.
        assert_eq!(
            terms("DSC-T77-Black", &[]),
            [("dsct77".to_owned(), Kind::Code), ("black".to_owned(), Kind::Colour)]
        );
    }
}
