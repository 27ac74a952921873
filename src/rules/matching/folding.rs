//! The folded form of [`crate::rules::filter::folded`], written into a buffer and quickly.
//!
//! A report folds millions of texts. Nearly all of them are made of characters that can be folded one by one; only the
//! others take the long way. What comes out is the same, and the tests hold the two together.

use std::borrow::Cow;
use std::sync::LazyLock;

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use crate::rules::filter::{decoded, folded};

/// The blocks of characters that stand in shop texts and that no neighbour can change: letters of Europe, punctuation,
/// currency and trade marks.
const BLOCKS: [(u32, u32); 2] = [(0x80, 0x0530), (0x2000, 0x2130)];

/// For each character of the blocks its folded form; `None` where its neighbours matter.
static FORMS: LazyLock<Vec<Option<Box<str>>>> = LazyLock::new(|| {
    let form = |number: u32| {
        let c = char::from_u32(number)?;
        if is_combining_mark(c) || canonical_combining_class(c) != 0 {
            return None;
        }
        // Between two letters, so that a form with blanks in it is not trimmed.
        let framed = folded(&format!("x{c}x"));
        Some(framed.strip_prefix('x')?.strip_suffix('x')?.into())
    };
    BLOCKS.iter().flat_map(|(start, end)| *start..*end).map(form).collect()
});

/// Replaces what is in the buffer by the folded form of the text.
pub fn fold(raw: &str, into: &mut Vec<u8>) {
    into.clear();
    let bytes = raw.as_bytes();
    // Most texts: nothing to decode, to normalise or to leave out.
    let plain = bytes.iter().all(|byte| (b' '..=b'~').contains(byte) && *byte != b'&');
    if plain && !bytes.starts_with(b" ") && !bytes.ends_with(b" ") && !bytes.windows(2).any(|two| two == b"  ") {
        into.extend_from_slice(bytes);
        into.make_ascii_lowercase();
        return;
    }
    // Without both there is no entity to decode.
    let entities = bytes.contains(&b'&') && bytes.contains(&b';');
    let text = if entities { decoded(raw) } else { Cow::Borrowed(raw) };
    if !fold_singly(&text, into) {
        into.clear();
        into.extend_from_slice(folded(raw).as_bytes());
    }
}

/// `false` if some character cannot be folded by itself.
fn fold_singly(raw: &str, into: &mut Vec<u8>) -> bool {
    // Blanks in front are dropped like those that follow another.
    let mut blank = true;
    let mut push = |into: &mut Vec<u8>, byte: u8| {
        if byte != b' ' || !blank {
            into.push(byte.to_ascii_lowercase());
        }
        blank = byte == b' ';
    };
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' '..=b'~' => {
                push(into, *byte);
                at += 1;
            }
            // Controls are none of ours: the long way decides.
            0..=0x7f => return false,
            _ => {
                let Some(c) = raw[at..].chars().next() else { return false };
                let Some(form) = form(c) else { return false };
                form.bytes().for_each(|byte| push(into, byte));
                at += c.len_utf8();
            }
        }
    }
    if into.last() == Some(&b' ') {
        into.pop();
    }
    true
}

fn form(c: char) -> Option<&'static str> {
    let number = u32::from(c);
    let mut before = 0;
    for (start, end) in BLOCKS {
        if (start..end).contains(&number) {
            return FORMS.get((before + number - start) as usize)?.as_deref();
        }
        before += end - start;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(raw: &str) {
        let mut quick = Vec::new();
        fold(raw, &mut quick);
        assert_eq!(String::from_utf8(quick).unwrap(), folded(raw), "{raw:?}");
    }

    #[test]
    fn every_two_neighbours_of_the_first_blocks() {
        let letters: Vec<char> = (0x20..0x7f).step_by(7).chain(0xa0..0x180).filter_map(char::from_u32).collect();
        for one in &letters {
            for other in &letters {
                check(&format!("{one}{other}"));
            }
        }
    }

    #[test]
    fn every_character_beside_a_letter() {
        for (start, end) in BLOCKS {
            for c in (start..end).filter_map(char::from_u32) {
                for raw in
                    [format!("{c}"), format!("a{c}e"), format!("{c}{c}"), format!(" {c} ο"), format!("σ{c}\u{301}")]
                {
                    check(&raw);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn any_text(raw in any::<String>()) {
            check(&raw);
        }

        #[test]
        fn characters_of_the_blocks(raw in "[\u{80}-\u{52f}\u{2000}-\u{212f} a-e&;]{0,16}") {
            check(&raw);
        }
    }
}
