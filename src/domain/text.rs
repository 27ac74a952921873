//! Text from outside, cleaned at the door.
//!
//! A catalogue is written by strangers: a title may hold escape sequences, direction overrides or characters that
//! nobody sees. Past this file no such character exists, so no front has to think of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

/// Text that is safe to draw, log and export: NFC, without controls, bidi and zero-width characters, at most four
/// combining marks on a base. Line breaks and tabs have become single blanks, outer blanks are gone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Text(Box<str>);

impl Text {
    pub fn new(raw: &str) -> Self {
        Self(clean(raw).into_boxed_str())
    }

    /// `None` for text that is blank after cleaning: an empty SKU is no SKU.
    pub fn some(raw: &str) -> Option<Self> {
        let text = Self::new(raw);
        (!text.is_empty()).then_some(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        // What was written by us is clean already.
        if is_as_cleaned(&raw) { Self(raw.into_boxed_str()) } else { Self::new(&raw) }
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.0.into()
    }
}

impl std::ops::Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// The cleaning itself, for text that does not stay in the domain (an error body on its way to a message).
pub fn clean(raw: &str) -> String {
    if is_clean(raw) { raw.trim().to_owned() } else { clean_thoroughly(raw) }
}

/// Whether cleaning would change nothing; may say no where it is yes.
fn is_as_cleaned(raw: &str) -> bool {
    is_clean(raw) && raw.trim().len() == raw.len()
}

/// Whether the thorough way would find nothing to do but to trim; may say no where it is yes.
fn is_clean(raw: &str) -> bool {
    let plain = raw.bytes().all(|b| (b' '..=b'~').contains(&b));
    let touched = |c: char| {
        c == '\u{2028}' || c == '\u{2029}' || is_hidden(c) || unicode_normalization::char::is_combining_mark(c)
    };
    // Most catalogues are not ASCII, and each text of theirs is read from the store at every start.
    plain || (!raw.contains(touched) && is_nfc_quick(raw.chars()) == IsNormalized::Yes)
}

fn clean_thoroughly(raw: &str) -> String {
    let spaced = raw.nfc().filter_map(|c| match c {
        '\t' | '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_hidden(c) => None,
        c => Some(c),
    });
    let mut text = String::with_capacity(raw.len());
    for grapheme in spaced.collect::<String>().graphemes(true) {
        // A flood of combining marks ("zalgo") is cut to four; no living script needs more.
        let mut marks = 0;
        text.extend(grapheme.chars().filter(|c| {
            marks += usize::from(unicode_normalization::char::is_combining_mark(*c));
            marks <= 4
        }));
    }
    text.trim().to_owned()
}

/// Text out of markup: tags become blanks, entities are decoded, blanks are folded. For descriptions and names that
/// platforms deliver as HTML; a lone `<` that opens no tag stays.
pub fn plain(markup: &str) -> Text {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        text.push_str(before);
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match tag.find('>').filter(|_| is_tag) {
            Some(close) => {
                text.push(' ');
                rest = &tag[close + 1..];
            }
            None => {
                text.push('<');
                rest = &tag[1..];
            }
        }
    }
    text.push_str(rest);
    let decoded = html_escape::decode_html_entities(&text);
    Text::new(&decoded.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Characters that draw nothing or steer the terminal. ZWJ and variation selectors are among them: in a table an
/// emoji sequence is better shown as its parts than measured differently by every terminal.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E000}'..='\u{F8FF}' | '\u{E0000}'..='\u{E0FFF}' | '\u{F0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cleaning_leaves_nothing_hidden_and_is_stable(raw in any::<String>()) {
            let once = clean(&raw);
            prop_assert!(!once.chars().any(is_hidden));
            prop_assert_eq!(clean(&once), once);
        }

        #[test]
        fn the_short_way_ends_where_the_long_one_does(raw in "[ a-zé\u{301}\u{e9}茶\u{200b}\u{2028}\u{fe0f}가\u{1161}\t]{0,12}|\\PC{0,12}") {
            prop_assert_eq!(clean(&raw), clean_thoroughly(&raw));
            prop_assert_eq!(Text::from(raw.clone()), Text::new(&raw));
        }
    }

    #[test]
    fn markup_becomes_text() {
        assert_eq!(&*plain("<p>Axis &amp; Allies<br/>2&nbsp;l, <b>new</b></p>"), "Axis & Allies 2 l, new");
        assert_eq!(&*plain("5 < 6 and 7 > 3"), "5 < 6 and 7 > 3");
    }

    #[test]
    fn a_title_cannot_steer_the_terminal() {
        assert_eq!(&*Text::new("\u{1b}[31mMug\u{1b}]52;c;aGk=\u{7}\u{202e}"), "[31mMug]52;c;aGk=");
        assert_eq!(&*Text::new(" Tea\u{200b}\n pot "), "Tea  pot");
        assert_eq!(&*Text::new("茶 ♥ cafe\u{301}"), "茶 ♥ café");
        assert_eq!(Text::some(" \u{feff} "), None);
    }
}
