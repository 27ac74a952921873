//! Text in cells: how wide it is, how it is cut, how it is wrapped.
//!
//! Widths are those of whole graphemes, as the drawing library measures them.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// The text, or its beginning and `…`, in at most so many cells.
pub fn cut(text: &str, most: u16) -> Cow<'_, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    if most == 0 {
        return Cow::Borrowed("");
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let next = width(grapheme);
        if used + next > most - 1 {
            break;
        }
        used += next;
        kept.push_str(grapheme);
    }
    let mut kept = kept.trim_end().to_owned();
    kept.push('…');
    Cow::Owned(kept)
}

/// Lines of at most so many cells, broken between words, and within a word only if it is longer than a line.
pub fn wrapped(text: &str, most: u16) -> Vec<String> {
    let most = most.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let gap = u16::from(!line.is_empty());
            if width(&line) + gap + width(word) <= most {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for grapheme in word.graphemes(true) {
                if width(&line) + width(grapheme) > most && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(grapheme);
            }
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Paragraphs again, of lines that were wrapped to so many cells: one goes on in the next of the same style where the
/// next one's first word had no room.
pub fn unwrapped(lines: &[Line<'_>], most: u16) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut before: Option<(u16, Style)> = None;
    for line in lines {
        let words = line.to_string();
        let style = line.spans.last().map_or(line.style, |span| line.style.patch(span.style));
        let first = words.split_whitespace().next().unwrap_or_default();
        let is_sign = first.chars().all(|letter| !letter.is_alphanumeric() && !"(\"“/".contains(letter));
        let goes_on = before.is_some_and(|(end, same)| same == style && end + 1 + width(first) > most) && !is_sign;
        match paragraphs.last_mut().filter(|_| goes_on) {
            Some(paragraph) => {
                paragraph.push(' ');
                paragraph.push_str(words.trim());
            }
            None => paragraphs.push(words.clone()),
        }
        before = (!words.trim().is_empty()).then(|| (width(words.trim_end()), style));
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "\\PC{0,60}", most in 0u16..40) {
            prop_assert!(width(&cut(&text, most)) <= most);
        }

        #[test]
        fn wrapping_loses_no_letter(text in "[a-z茶é ]{0,80}", most in 2u16..30) {
            let lines = wrapped(&text, most);
            prop_assert!(lines.iter().all(|line| width(line) <= most));
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }

    #[test]
    fn what_was_wrapped_is_one_paragraph_again_and_what_was_not_is_not() {
        let text = "Nothing is written yet: first you see the plan, with every write.";
        let lines: Vec<Line<'_>> = wrapped(text, 20)
            .into_iter()
            .chain(["".to_owned(), "short".to_owned(), "too".to_owned()])
            .map(Line::from)
            .collect();
        assert!(lines.len() > 5);
        assert_eq!(unwrapped(&lines, 20), [text, "", "short", "too"]);
    }

    #[test]
    fn a_wide_character_is_not_cut_in_half() {
        assert_eq!(cut("茶壺セット", 6), "茶壺…");
        assert_eq!(cut("Teapot", 6), "Teapot");
        assert_eq!(cut("Teapot, blue", 8), "Teapot,…");
    }
}
