//! What a filter, a search and a sort mean.
//!
//! One folded form of text serves searching, sorting and matching, so that what a person finds by typing is also what
//! the link report takes for the same. The folded form is for comparing and never for showing.

use std::borrow::Cow;
use std::cmp::Ordering;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use crate::domain::{Presence, Side, clean};

/// A search, ready to be asked many times: all words must be there, case-blind and normalised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    words: Vec<String>,
}

impl Search {
    pub fn new(raw: &str) -> Self {
        // Folded before it is cut: folding can make blanks, and a word may not hold one.
        Self { words: folded(raw).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Folded, without blanks in them.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether whatever this search finds, the other one finds too: as when a letter was added to it.
    pub fn narrows(&self, other: &Self) -> bool {
        other.words.iter().all(|word| self.words.iter().any(|mine| mine.contains(word.as_str())))
    }

    /// Looks in text that [`folded`] has made.
    pub fn finds(&self, folded_text: &str) -> bool {
        self.words.iter().all(|word| folded_text.contains(word.as_str()))
    }
}

/// HTML entities decoded, NFKC, case-folded, trimmed, inner blanks folded: the form in which texts are searched,
/// sorted and matched.
pub fn folded(raw: &str) -> String {
    if raw.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'&') {
        // Most SKUs and many titles: nothing to decode or normalise, and a million of them should not take long.
        let mut text = single_blanks(raw);
        text.make_ascii_lowercase();
        return text;
    }
    let text = decoded(raw);
    let composed = composed(text);
    let lower = caseless::default_case_fold_str(&composed);
    // Folding can undo a composition and composing can bring back something to fold: once more settles it.
    match is_nfkc_quick(lower.chars()) {
        IsNormalized::Yes => single_blanks(&lower),
        _ => {
            let lower: String = lower.nfkc().collect();
            single_blanks(&caseless::default_case_fold_str(&lower).nfkc().collect::<String>())
        }
    }
}

/// NFKC, which nearly all text is that people write.
fn composed(text: Cow<'_, str>) -> Cow<'_, str> {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => Cow::Owned(text.nfkc().collect()),
    }
}

/// HTML entities decoded.
pub(super) fn decoded(raw: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(raw);
    // Platforms hand out titles that were escaped twice; more than a few rounds is nobody's title.
    for _ in 0..4 {
        let decoded = html_escape::decode_html_entities(&text);
        if *decoded == *text {
            break;
        }
        // An entity can hide what the door keeps out (`&zwnj;`, `&#27;`).
        text = Cow::Owned(clean(&decoded));
    }
    text
}

fn single_blanks(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for word in raw.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The order of folded titles and SKUs as a person would put them on a shelf: numbers inside the text count as
/// numbers (`Size 9` before `Size 10`). A total order: equal only for equal texts.
pub fn natural(left: &str, right: &str) -> Ordering {
    let (mut rest_left, mut rest_right) = (left, right);
    loop {
        let (number_left, number_right) = (digits(rest_left), digits(rest_right));
        if !number_left.is_empty() && !number_right.is_empty() {
            let (value_left, value_right) = (number_left.trim_start_matches('0'), number_right.trim_start_matches('0'));
            let order = value_left.len().cmp(&value_right.len()).then_with(|| value_left.cmp(value_right));
            if order != Ordering::Equal {
                return order;
            }
            rest_left = &rest_left[number_left.len()..];
            rest_right = &rest_right[number_right.len()..];
            continue;
        }
        let (mut chars_left, mut chars_right) = (rest_left.chars(), rest_right.chars());
        match (chars_left.next(), chars_right.next()) {
            (Some(a), Some(b)) if a == b => {
                rest_left = chars_left.as_str();
                rest_right = chars_right.as_str();
            }
            // `007` and `7` are the same number and yet two texts.
            (None, None) => return left.cmp(right),
            (a, b) => return a.cmp(&b),
        }
    }
}

fn digits(text: &str) -> &str {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

/// Where a product exists now. `sides`: the side of each of its listings that is not gone.
/// Listings of both sides make one product only by a link; without one, the in-store listing names the product.
pub fn presence_of(sides: impl IntoIterator<Item = Side>, linked: bool) -> Presence {
    let (mut in_store, mut online) = (false, false);
    for side in sides {
        match side {
            Side::InStore => in_store = true,
            Side::Online => online = true,
        }
    }
    match (in_store, online) {
        (true, true) if linked => Presence::Both,
        (true, _) => Presence::InStore,
        (false, true) => Presence::Online,
        (false, false) => Presence::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_take_for_the_same_folds_to_the_same() {
        for (left, right) in [
            ("Axis & Allies", " AXIS &amp; Allies "),
            ("Axis & Allies", "Axis &amp;amp; Allies"),
            ("Straße", "STRASSE"),
            ("Café", "CAFE\u{301}"),
            ("Tee\u{a0} Pot", "tee pot"),
            ("ＡＢＣ－１２", "abc-12"),
            ("ΟΔΟΣ", "οδος"),
            ("ﬁne", "FINE"),
            ("Mug&nbsp;2&zwnj;l", "mug 2l"),
        ] {
            assert_eq!(folded(left), folded(right), "{left:?} and {right:?}");
        }
        assert_ne!(folded("Tea-pot"), folded("Tea pot"));
        assert_ne!(folded("Cafe"), folded("Café"));
    }

    #[test]
    fn all_words_of_a_search_must_be_there() {
        let text = folded("Blue T-Shirt, SKU TS-100");
        assert!(Search::new("ts-1 BLUE").finds(&text));
        assert!(!Search::new("blue mug").finds(&text));
        assert!(Search::new("  ").is_empty() && Search::new("").finds(&text));
    }

    #[test]
    fn a_longer_search_narrows_a_shorter_one() {
        let narrows = |one: &str, other: &str| Search::new(one).narrows(&Search::new(other));
        assert!(narrows("blu", "bl") && narrows("blu", "lu") && narrows("mug blue", "blue") && narrows("x", " "));
        assert!(!narrows("bl", "blu") && !narrows("blue", "blue mug") && !narrows("", "x"));
    }

    #[test]
    fn numbers_sort_as_numbers() {
        let mut titles = ["size 10", "size 9", "size", "size 9a", "size 009", "a2b10", "a2b9"];
        titles.sort_by(|a, b| natural(a, b));
        assert_eq!(titles, ["a2b9", "a2b10", "size", "size 009", "size 9", "size 9a", "size 10"]);
    }

    #[test]
    fn a_product_on_both_sides_is_linked() {
        use Side::{InStore, Online};
        assert_eq!(presence_of([InStore, Online, Online], true), Presence::Both);
        assert_eq!(presence_of([Online], false), Presence::Online);
        assert_eq!(presence_of([InStore, Online], false), Presence::InStore);
        assert_eq!(presence_of([], true), Presence::Neither);
    }

    /// All steps, whatever the text is like.
    fn folded_thoroughly(raw: &str) -> String {
        let composed: String = decoded(raw).nfkc().collect();
        let lower: String = caseless::default_case_fold_str(&composed).nfkc().collect();
        single_blanks(&caseless::default_case_fold_str(&lower).nfkc().collect::<String>())
    }

    #[test]
    fn every_sign_is_folded_as_thoroughly() {
        // Beyond there are no letters with a case.
        for sign in '\u{0}'..='\u{1ffff}' {
            for text in [String::from(sign), format!("A{sign}"), format!("{sign}\u{301}")] {
                assert_eq!(folded(&text), folded_thoroughly(&text), "{sign:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_short_way_folds_as_the_long_one(raw in "[A-Z\u{c0}-\u{24f}\u{300}-\u{345}\u{370}-\u{3ff}ﬁＡßİǅ가\u{1161} &;]{0,12}|\\PC{0,20}") {
            prop_assert_eq!(folded(&raw), folded_thoroughly(&raw));
        }

        #[test]
        fn folding_is_stable(raw in "[^&]{0,40}") {
            prop_assume!(!folded(&raw).contains('&'));
            let once = folded(&raw);
            prop_assert_eq!(folded(&once), once);
        }

        #[test]
        fn the_natural_order_is_an_order(a in "[a-c0-2 ]{0,6}", b in "[a-c0-2 ]{0,6}", c in "[a-c0-2 ]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
