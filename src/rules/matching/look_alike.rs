//! Texts without what people do not see: special characters, accents, and letters of other alphabets that look like
//! ours. Two keys that are one in this form and not in their own are worth pointing at; they are never matched by it.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::folding::fold;

/// Letters that look like Latin ones, folded, for whom a till's keyboard was switched over; and Latin letters with a
/// stroke or a ligature, which Unicode does not take apart.
pub fn latin(c: char) -> &'static str {
    match c {
        'а' | 'α' => "a",
        'в' | 'β' => "b",
        'с' | 'ϲ' => "c",
        'ԁ' | 'đ' | 'ð' => "d",
        'е' | 'ε' => "e",
        'ғ' => "f",
        'н' | 'η' => "h",
        'і' | 'ι' | 'ı' | 'ӏ' => "i",
        'ј' => "j",
        'к' | 'κ' => "k",
        'ł' => "l",
        'м' | 'μ' => "m",
        'ν' => "n",
        'о' | 'ο' | 'ø' => "o",
        'р' | 'ρ' => "p",
        'ԛ' => "q",
        'ѕ' => "s",
        'т' | 'τ' => "t",
        'ѵ' => "v",
        'ԝ' => "w",
        'х' | 'χ' => "x",
        'у' | 'υ' => "y",
        'ζ' => "z",
        'æ' => "ae",
        'œ' => "oe",
        _ => "",
    }
}

/// Replaces what is in the buffer by the letters and digits of the text alone; `false` if that is nothing.
pub fn loosen(raw: &str, into: &mut Vec<u8>) -> bool {
    fold(raw, into);
    if into.is_ascii() {
        into.retain(u8::is_ascii_alphanumeric);
    } else {
        let text = String::from_utf8(std::mem::take(into)).unwrap_or_default();
        let mut loose = String::with_capacity(text.len());
        for c in text.nfkd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric()) {
            match latin(c) {
                "" => loose.push(c),
                other => loose.push_str(other),
            }
        }
        *into = loose.into_bytes();
    }
    !into.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loosened(raw: &str) -> Option<String> {
        let mut loose = Vec::new();
        loosen(raw, &mut loose).then(|| String::from_utf8(loose).unwrap())
    }

    #[test]
    fn special_characters_can_be_taken_out() {
        assert_eq!(loosened("T-Shirt: “Café”"), loosened("t shirt cafe"));
        assert_eq!(loosened("AB_12;"), loosened("ab12"));
        assert_eq!(loosened("АВС-12"), loosened("abc 12"), "Cyrillic and Latin");
        assert_eq!(loosened("Søren’s Œuvre"), loosened("SOREN'S OEUVRE"));
        assert_eq!(loosened("Tea\u{a0}Pot"), loosened("Tea Pot"));
        assert_ne!(loosened("שלום"), loosened("مرحبا"));
        assert_eq!(loosened("♥"), None);
    }

    proptest! {
        #[test]
        fn any_text_loosens(raw in any::<String>()) {
            if let Some(loose) = loosened(&raw) {
                prop_assert!(!loose.contains(|c: char| c.is_whitespace() || c.is_ascii_punctuation()));
            }
        }
    }
}
