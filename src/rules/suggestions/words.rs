//! A text cut into runs: the letters and digits between signs and blanks.
//!
//! Folded as everywhere in matching, accents taken off as well. Scripts that write without blanks are cut into pairs
//! of signs, which serve as their words. What is read of a text is bounded: a title of ten thousand signs is a mistake
//! of some import, and must cost no more than a long title.

use unicode_normalization::UnicodeNormalization;

use crate::rules::filter::folded;

/// Letters and digits without a sign between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub text: String,
    /// Whether only a hyphen or the like, and no blank, stands before it: `PS-LX350H` are two runs, the second glued.
    pub glued: bool,
}

/// The most of a text that is read, in bytes, before it is folded.
const MOST_BYTES: usize = 6000;
/// A run longer than this is no word (an address, an encoded picture); it is cut.
const MOST_RUN: usize = 40;

/// The runs of a text, at most `most` of them.
pub fn runs(raw: &str, most: usize) -> Vec<Run> {
    let text = plain(front(raw, MOST_BYTES.min(most.saturating_mul(24))));
    let mut found = Vec::new();
    let mut reader = Reader { glued: false, run: String::new(), found: &mut found };
    let mut characters = text.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(sign) = characters.next() {
        if reader.found.len() >= most {
            break;
        }
        let next = characters.peek().copied();
        if is_unspaced(sign) {
            reader.close();
            if let Some(next) = next.filter(|next| is_unspaced(*next)) {
                reader.run.extend([sign, next]);
                reader.close();
            } else if !before.is_some_and(is_unspaced) {
                reader.run.push(sign);
                reader.close();
            }
            reader.glued = false;
        } else if sign.is_alphanumeric() {
            reader.run.push(sign);
        } else if inside_number(before, sign, next) {
            // 1,500 is one number, and so is 2.5
            if sign == '.' || !thousands(characters.clone()) {
                reader.run.push('.');
            }
        } else if let Some(unit) = unit_sign(before, sign) {
            reader.close();
            reader.run.push_str(unit);
            reader.close();
            reader.glued = false;
        } else if matches!(sign, '\'' | '’' | '`') && next.is_some_and(char::is_alphabetic) {
            // Men's is mens.
        } else {
            reader.close();
            reader.glued =
                matches!(sign, '-' | '_' | '.' | '‐' | '‑' | '–') && before.is_some_and(char::is_alphanumeric);
        }
        before = Some(sign);
    }
    reader.close();
    found.truncate(most);
    found
}

struct Reader<'a> {
    glued: bool,
    run: String,
    found: &'a mut Vec<Run>,
}

impl Reader<'_> {
    fn close(&mut self) {
        while self.run.ends_with('.') {
            self.run.pop();
        }
        if self.run.is_empty() {
            return;
        }
        let end = self.run.char_indices().nth(MOST_RUN).map_or(self.run.len(), |(at, _)| at);
        self.run.truncate(end);
        self.found.push(Run { text: std::mem::take(&mut self.run), glued: self.glued });
        self.glued = false;
    }
}

/// A decimal point, or a comma that parts thousands or decimals.
fn inside_number(before: Option<char>, sign: char, next: Option<char>) -> bool {
    matches!(sign, '.' | ',') && before.is_some_and(|c| c.is_ascii_digit()) && next.is_some_and(|c| c.is_ascii_digit())
}

/// Whether exactly three digits follow.
fn thousands(rest: impl Iterator<Item = char>) -> bool {
    rest.take(4).take_while(char::is_ascii_digit).count() == 3
}

/// `"` after a digit means inches.
fn unit_sign(before: Option<char>, sign: char) -> Option<&'static str> {
    let digit = before.is_some_and(|c| c.is_ascii_digit());
    (digit && matches!(sign, '"' | '”' | '″')).then_some("inch")
}

/// The front of a text, cut where a sign ends.
pub fn front(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Folded, and without accents.
pub fn plain(raw: &str) -> String {
    let text = folded(raw);
    if text.is_ascii() {
        return text;
    }
    text.nfd().filter(|sign| !('\u{300}'..='\u{36f}').contains(sign)).nfc().collect()
}

/// Scripts that put no blank between words.
fn is_unspaced(sign: char) -> bool {
    matches!(sign, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
        && sign.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(raw: &str) -> Vec<String> {
        runs(raw, 100).into_iter().map(|run| if run.glued { format!("~{}", run.text) } else { run.text }).collect()
    }

    #[test]
    fn signs_and_blanks_part_the_runs() {
        assert_eq!(cut("Sony Turntable - PS-LX350H"), ["sony", "turntable", "ps", "~lx350h"]);
        assert_eq!(cut("Men&#39;s Caf\u{e9} M\u{fc}ller, Stra\u{df}e"), ["mens", "cafe", "muller", "strasse"]);
        assert_eq!(cut("black/white"), ["black", "white"]);
    }

    #[test]
    fn numbers_stay_whole() {
        assert_eq!(
            cut("1,500 W 2.5 l 0,75 l 32\" 33-1/3"),
            ["1500", "w", "2.5", "l", "0.75", "l", "32", "inch", "33", "~1", "3"]
        );
    }

    #[test]
    fn scripts_without_blanks_are_cut_in_pairs() {
        assert_eq!(cut("\u{7ea2}\u{8272}\u{886b} XL"), ["\u{7ea2}\u{8272}", "\u{8272}\u{886b}", "xl"]);
        assert_eq!(cut("\u{8336}"), ["\u{8336}"]);
        assert!(!cut("\u{643}\u{648}\u{628} \u{623}\u{62d}\u{645}\u{631}").is_empty());
    }

    #[test]
    fn what_is_read_is_bounded() {
        assert!(runs(&"word ".repeat(10_000), 64).len() <= 64);
        assert!(runs(&"x".repeat(10_000), 64)[0].text.len() <= MOST_RUN);
        assert!(runs("", 10).is_empty() && runs("\u{2665} -- \u{202e}", 10).is_empty());
    }
}
