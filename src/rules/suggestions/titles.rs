//! Option values that a single item's title carries: `Perfect T-Shirt - Red / 13` is a variant of `Perfect T-Shirt`.
//!
//! Two ways, for two questions. Where the variable product is known, its title and its variants' values are looked for
//! in the item's title, wherever they stand ([`Choices::find`]). Where it is not, the signs that people put between a
//! title and its options tell how the title may be cut ([`cuts`]).

use std::collections::HashMap;

use super::lexicon;
use super::terms::Term;
use super::words::runs;

/// A title cut in two: what comes before the options, and the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut<'a> {
    pub base: &'a str,
    pub values: Vec<&'a str>,
}

/// A product has no more options than this on any platform; a longer chain is a list of something else.
const MOST_VALUES: usize = 6;
/// Longer values are sentences.
const LONGEST_VALUE: usize = 40;

/// The ways in which a title may be cut, the one with the most values first. Empty where nothing looks like options.
pub fn cuts(title: &str) -> Vec<Cut<'_>> {
    let title = title.trim();
    let mut found: Vec<Cut<'_>> = Vec::new();
    if let Some((base, inside)) = bracketed(title) {
        propose(base, split(inside), &mut found);
    }
    for (at, width) in seams(title) {
        propose(&title[..at], split(&title[at + width..]), &mut found);
    }
    found.sort_by(|a, b| b.values.len().cmp(&a.values.len()).then(a.base.len().cmp(&b.base.len())));
    found.dedup();
    found
}

fn propose<'a>(base: &'a str, values: Vec<&'a str>, found: &mut Vec<Cut<'a>>) {
    let base = base.trim().trim_end_matches([',', '-', '/', '|', ':', '–', '—']).trim();
    let fit = (1..=MOST_VALUES).contains(&values.len()) && values.iter().all(|value| value.len() <= LONGEST_VALUE);
    if fit && base.chars().any(char::is_alphanumeric) {
        found.push(Cut { base, values });
    }
}

/// `Perfect T-Shirt (Red/13)` and with square brackets.
fn bracketed(title: &str) -> Option<(&str, &str)> {
    let (open, inside) =
        if let Some(inside) = title.strip_suffix(')') { ('(', inside) } else { ('[', title.strip_suffix(']')?) };
    inside.rsplit_once(open)
}

/// Where options may begin: a dash or a slash between blanks, a bar, a comma or a colon before a blank.
fn seams(title: &str) -> Vec<(usize, usize)> {
    let bytes = title.as_bytes();
    let blank = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
    let mut found = Vec::new();
    for (at, sign) in title.char_indices() {
        let after = at + sign.len_utf8();
        let free = at > 0 && blank(at - 1) && blank(after);
        let seam = match sign {
            '-' | '–' | '—' | '/' | '·' => free,
            '|' => true,
            ',' | ':' | ';' => blank(after),
            _ => false,
        };
        if seam {
            found.push((at, sign.len_utf8()));
        }
        if found.len() >= 16 {
            break;
        }
    }
    found
}

/// The values between commas, slashes, bars and free dashes; `Colour: Red` gives `Red`.
fn split(options: &str) -> Vec<&str> {
    let options = options.trim().trim_end_matches([')', ']']).trim_start_matches(['(', '[']);
    let parts =
        options.split([',', '/', '|', ';', '·']).flat_map(|part| part.split(" - ")).flat_map(|part| part.split(" – "));
    parts
        .map(|part| part.rsplit_once(':').map_or(part, |(_, value)| value).trim())
        .filter(|part| !part.is_empty())
        .collect()
}

/// The variants of a product by their option values, ready to be looked for in titles.
#[derive(Debug, Default)]
pub struct Choices {
    /// The words of the product's title, sorted.
    base: Vec<String>,
    /// The names of its options: `Size 13` says no more than `13`.
    names: Vec<String>,
    variants: HashMap<Vec<String>, Vec<usize>>,
}

/// What a title says about the variants of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It names this one.
    One(usize),
    /// Several variants have these values, so that none is named.
    Several,
    /// It is not of this product, or names none of its variants.
    None,
}

impl Choices {
    /// `variants`: the option values of each, in any order.
    pub fn new<'a, V>(title: &str, option_names: &[&str], variants: impl IntoIterator<Item = V>) -> Self
    where
        V: IntoIterator<Item = &'a str>,
    {
        let base = words(title);
        let names = option_names.iter().flat_map(|name| words(name)).collect();
        let mut choices = Self { base, names, variants: HashMap::new() };
        for (place, values) in variants.into_iter().enumerate() {
            let mut key: Vec<String> = values.into_iter().flat_map(words).collect();
            key.sort_unstable();
            choices.variants.entry(key).or_default().push(place);
        }
        choices
    }

    /// The variant that a title names: all words of the product's title must be there, and what is left must be the
    /// values of one variant.
    pub fn find(&self, title: &str) -> Found {
        let mut left = words(title);
        for word in &self.base {
            match left.binary_search(word) {
                Ok(place) => {
                    left.remove(place);
                }
                Err(_) => return Found::None,
            }
        }
        if left.is_empty() {
            return Found::None;
        }
        if let Some(found) = self.variants.get(&left) {
            return one(found);
        }
        left.retain(|word| !self.names.contains(word) && !lexicon::is_filler(word));
        self.variants.get(&left).map_or(Found::None, |found| one(found))
    }
}

fn one(found: &[usize]) -> Found {
    match found {
        [place] => Found::One(*place),
        _ => Found::Several,
    }
}

/// The words of a text in the form in which values are compared, sorted.
fn words(text: &str) -> Vec<String> {
    let word = |run: &str| Term::of(run).map_or_else(|| run.to_owned(), |term| term.text);
    let mut words: Vec<String> = runs(text, 64).iter().map(|run| word(&run.text)).collect();
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_cut_where_people_put_options() {
        for title in [
            "Perfect T-Shirt - Red / 13",
            "Perfect T-Shirt, Red, 13",
            "Perfect T-Shirt (Red/13)",
            "Perfect T-Shirt [Red, 13]",
            "Perfect T-Shirt | Red | 13",
            "Perfect T-Shirt - Colour: Red, Size: 13",
            "Perfect T-Shirt – Red – 13",
        ] {
            let cut = Cut { base: "Perfect T-Shirt", values: vec!["Red", "13"] };
            assert!(cuts(title).contains(&cut), "{title}: {:?}", cuts(title));
        }
        assert!(cuts("Perfect T-Shirt").is_empty());
        assert!(cuts(" - ").is_empty() && cuts("").is_empty() && cuts("(Red)").is_empty());
    }

    #[test]
    fn a_title_names_a_variant_wherever_its_values_stand() {
        let variants = [["Red", "13"], ["Red", "S"], ["Dark Blue", "13"]];
        let choices = Choices::new("Perfect T-Shirt", &["Colour", "Size"], variants);
        for title in [
            "Perfect T-Shirt - Red / 13",
            "PERFECT T-SHIRT 13 RED",
            "Red Perfect T-Shirt, Size 13",
            "Perfect T-Shirt (rot/13)",
        ] {
            assert_eq!(choices.find(title), Found::One(0), "{title}");
        }
        assert_eq!(choices.find("Perfect T-Shirt red small"), Found::One(1));
        assert_eq!(choices.find("Perfect T-Shirt 13, dark blue"), Found::One(2));
        // Blue is not dark blue, a value alone is no variant, and another product is none at all.
        for title in ["Perfect T-Shirt blue 13", "Perfect T-Shirt red", "Perfect T-Shirt", "T-Shirt red 13", ""] {
            assert_eq!(choices.find(title), Found::None, "{title}");
        }
    }

    #[test]
    fn equal_variants_are_not_told_apart() {
        let choices = Choices::new("Mug", &[], [["Red"], ["rot"]]);
        assert_eq!(choices.find("Mug red"), Found::Several);
    }
}
