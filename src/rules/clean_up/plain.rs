//! Special characters: those that look like others, and those that a wrong encoding left behind; with the plain text.
//!
//! What a person may have meant stays: accents, trade marks, quotation marks and dashes of a title, and every text that
//! is written in another script as a whole. In a SKU, which is typed and scanned, dashes and quotation marks are plain.

use unicode_normalization::UnicodeNormalization;

use crate::rules::filter::decoded;
use crate::rules::matching::latin;

/// A text that can be written more plainly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Special {
    /// What is wrong, as the end of a sentence: `“С” (U+0421) looks like “C”`.
    pub what: String,
    /// `None`: what stood there is lost.
    pub plain: Option<String>,
}

/// Longer texts are not looked at: it is the limits that speak of those.
const LONGEST: usize = 4000;

/// `sku`: it is typed and scanned.
pub fn special(raw: &str, sku: bool) -> Option<Special> {
    // Nearly all: nothing but plain characters, and no entity.
    let plain = raw.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'&');
    if plain || raw.len() > LONGEST {
        return None;
    }
    if let Some(repaired) = unmangled(raw) {
        let what = "a wrong encoding has mangled it".to_owned();
        return Some(Special { what, plain: Some(plainer(&repaired, sku)) });
    }
    if raw.contains('\u{fffd}') {
        return Some(Special { what: "“\u{fffd}” stands where a character was lost".to_owned(), plain: None });
    }
    let plain = plainer(raw, sku);
    // Blanks count for nothing wherever texts are compared, so they are no reason to write anything.
    let other = !plain.split_whitespace().eq(raw.split_whitespace());
    other.then(|| Special { what: difference(raw, &plain), plain: Some(plain) })
}

fn plainer(raw: &str, sku: bool) -> String {
    let text = decoded(raw);
    let unspaced = text.chars().any(is_east_asian);
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => plain.push(' '),
            '\u{3000}' if !unspaced => plain.push(' '),
            '\u{ff01}'..='\u{ff5e}' if !unspaced => plain.extend(std::iter::once(c).nfkc()),
            '\u{fb00}'..='\u{fb06}' | '\u{1d400}'..='\u{1d7ff}' => plain.extend(std::iter::once(c).nfkc()),
            '\u{2010}'..='\u{2015}' | '\u{2212}' if sku => plain.push('-'),
            '‘' | '’' | '‚' | '′' if sku => plain.push('\''),
            '“' | '”' | '„' | '″' if sku => plain.push('"'),
            c => plain.push(c),
        }
    }
    let plain = one_alphabet(&plain, sku);
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Letters of another alphabet among Latin ones, which look the same, become Latin ones.
fn one_alphabet(text: &str, sku: bool) -> String {
    let cyrillic = |c: char| matches!(c, '\u{400}'..='\u{52f}');
    let greek = |c: char| matches!(c, '\u{370}'..='\u{3ff}');
    let has_latin = |text: &str| text.chars().any(|c| c.is_ascii_alphabetic());
    let latin_of = |c: char| {
        let lower: String = c.to_lowercase().collect();
        let plain = latin(lower.chars().next()?);
        (!plain.is_empty()).then(|| if c.is_uppercase() { plain.to_uppercase() } else { plain.to_owned() })
    };
    if !text.chars().any(|c| cyrillic(c) || greek(c)) {
        return text.to_owned();
    }
    // `АВС Tee`: a keyboard was switched over for a word. A text with any other Cyrillic letter is meant so.
    let all_alike = text.chars().filter(|c| cyrillic(*c)).all(|c| latin_of(c).is_some());
    let switched = (has_latin(text) || sku) && all_alike;
    let mut plain = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let mixed = has_latin(word);
        let foreign = |c: char| (cyrillic(c) && (mixed || switched)) || (greek(c) && (mixed || (sku && all_alike)));
        let alike = word.chars().filter(|c| foreign(*c)).all(|c| latin_of(c).is_some());
        for c in word.chars() {
            match latin_of(c).filter(|_| foreign(c) && alike) {
                Some(letter) => plain.push_str(&letter),
                None => plain.push(c),
            }
        }
    }
    plain
}

/// Where a text and its plain form part.
fn difference(raw: &str, plain: &str) -> String {
    if raw.contains('&') && !plain.contains(';') && raw.contains(';') {
        return "it holds signs as a web page writes them (&amp;)".to_owned();
    }
    let signs = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<char>>();
    let (ours, theirs) = (signs(raw), signs(plain));
    match ours.iter().zip(&theirs).find(|(one, other)| one != other) {
        Some((one, other)) => format!("“{one}” (U+{:04X}) looks like “{other}”", u32::from(*one)),
        None => "it has signs too many".to_owned(),
    }
}

fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
}

/// `CafÃ©` is `Café`: UTF-8 that somebody read as Windows-1252. Nobody writes texts whose bytes happen to be UTF-8.
fn unmangled(raw: &str) -> Option<String> {
    if raw.is_ascii() || !raw.contains(['Ã', 'Â', 'â', 'Ð', 'Ñ', 'Ø', 'Ù', '×']) {
        return None;
    }
    let bytes: Option<Vec<u8>> = raw.chars().map(windows_1252).collect();
    let repaired = String::from_utf8(bytes?).ok()?;
    // A text of control characters is no repair.
    (!repaired.chars().any(char::is_control)).then_some(repaired)
}

/// The upper half of Windows-1252, where it is not Latin-1.
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A byte of a file that old spreadsheets wrote.
pub fn from_windows_1252(byte: u8) -> char {
    let place = usize::from(byte).checked_sub(0x80);
    place.and_then(|place| UPPER.get(place)).copied().unwrap_or(char::from(byte))
}

fn windows_1252(c: char) -> Option<u8> {
    match u32::from(c) {
        number @ (0..=0x7f | 0xa0..=0xff) => u8::try_from(number).ok(),
        _ => UPPER.iter().position(|known| *known == c).and_then(|place| u8::try_from(place + 0x80).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(raw: &str, sku: bool) -> Option<String> {
        special(raw, sku).and_then(|special| special.plain)
    }

    #[test]
    fn what_looks_like_another_character_has_its_plain_form() {
        for (raw, expected) in [
            ("Сafe Mug", "Cafe Mug"),
            ("АВС Tee", "ABC Tee"),
            ("Axis &amp; Allies", "Axis & Allies"),
            ("CafÃ© au lait", "Café au lait"),
            ("Teaâ€™s best", "Tea’s best"),
            ("Ｐｅｒｆｅｃｔ Tee", "Perfect Tee"),
            ("ﬁne china", "fine china"),
            ("Teа\u{a0}pot", "Tea pot"),
        ] {
            assert_eq!(plain(raw, false).as_deref(), Some(expected), "{raw}");
        }
        assert_eq!(plain("АВ–1", true).as_deref(), Some("AB-1"));
        assert_eq!(plain("ΑΒ-1", true).as_deref(), Some("AB-1"));
        assert_eq!(special("M\u{fffd}ller", false).and_then(|special| special.plain), None);
        assert!(special("M\u{fffd}ller", false).is_some());
    }

    #[test]
    fn what_is_meant_so_is_left_alone() {
        for fine in [
            "Café “Öl” – größer",
            "Чайник красный",
            "Чайник Bosch",
            "β-Carotin",
            "Ω-3",
            "茶壺　２号",
            "Mug™",
            "½ l",
            "שלום",
            "Tea  pot",
            "Tea\u{a0}pot",
            "M&M",
            "R&D; new",
            "Mug",
        ] {
            assert_eq!(special(fine, false), None, "{fine}");
        }
        assert_eq!(special("CAFÉ-1", true), None);
    }

    proptest! {
        /// Mends come to an end: most texts take one, a text that was mangled several times takes some.
        #[test]
        fn mending_ends(raw in "\\PC{0,24}|[a-zA-Zа-яА-ЯαβΑΒ &;#0-9ÃÂ©â€™“”–\u{a0}ﬁＡ]{0,16}", sku: bool) {
            let mut text = raw;
            for _ in 0..8 {
                match plain(&text, sku) {
                    Some(plainer) => text = plainer,
                    None => break,
                }
            }
            prop_assert_eq!(plain(&text, sku), None);
        }

        #[test]
        fn plain_text_has_nothing_special(raw in "[!-%'-~]{1,8}( [!-%'-~]{1,8}){0,4}", sku: bool) {
            prop_assert_eq!(special(&raw, sku), None);
        }
    }
}
