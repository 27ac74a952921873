//! Signs and numbers as they are read out. Braille displays and voices skip what they do not know, or spell it.

use crate::domain::clean;

/// What a sign means, wherever it stands. Boxes, bars and bullets mean nothing.
const SIGNS: &[(&str, &str)] = &[
    ("← →", "left or right arrow"),
    ("↑ ↓", "up or down arrow"),
    ("= nothing", "nothing differs"),
    ("⇄ ½", "partly linked"),
    ("[→]", "next:"),
    ("[x]", "done:"),
    ("[ ]", "not done:"),
    ("(*)", "chosen:"),
    ("( )", "or:"),
    (" ⇄ ", " and "),
    ("⇄", "linked"),
    ("≠", "differs in"),
    (" − ", " minus "),
    ("−", "minus "),
    (" × ", " by "),
    (" · ", ", "),
    ("·", ", "),
    (" – ", ", "),
    ("…", ""),
    ("“", "\""),
    ("”", "\""),
    ("↑", "up arrow"),
    ("↓", "down arrow"),
    ("←", "left arrow"),
    ("●", ""),
    ("○", ""),
];

/// What a sign at the beginning of a line means.
const LEADING: &[(&str, &str)] = &[("→ ", "what helps: "), ("+ ", "for: "), ("− ", "against: "), ("! ", "careful: ")];

/// A line or a sentence: signs as words, gaps as commas, nothing that a terminal could take for an order.
pub fn aloud(text: &str) -> String {
    if let Some((sign, words)) = LEADING.iter().find(|(sign, _)| text.trim_start().starts_with(*sign)) {
        let rest = text.trim_start().trim_start_matches(*sign);
        return tidy(&format!("{words}{}", signs(rest)));
    }
    tidy(&signs(text))
}

/// A value in a table, where an arrow says what becomes of something: `12 → 7`, `→ linked`.
pub fn value_aloud(text: &str) -> String {
    match text.trim().strip_prefix("→ ") {
        Some(new) => tidy(&format!("becomes {}", signs(new))),
        // An arrow that only points: the words say whereto.
        None => tidy(&signs(text.trim().trim_start_matches("← ").trim_end_matches('→'))),
    }
}

/// Keys as a list of them is read: `j ↓ l →`.
pub fn keys_aloud(keys: &str) -> String {
    keys.split(' ').map(key_aloud).collect::<Vec<_>>().join(" or ")
}

/// Characters that voices pass over in silence have names.
fn key_aloud(key: &str) -> &str {
    match key {
        "→" => "right arrow",
        "↑" => "up arrow",
        "↓" => "down arrow",
        "←" => "left arrow",
        "?" => "question mark",
        "!" => "exclamation mark",
        ":" => "colon",
        "," => "comma",
        "." => "full stop",
        "'" => "apostrophe",
        "/" => "slash",
        "=" => "equals",
        "+" => "plus",
        "-" => "minus",
        "|" => "vertical bar",
        "Esc" => "Escape",
        key => key,
    }
}

fn signs(text: &str) -> String {
    let mut text = text.to_owned();
    for (sign, words) in SIGNS {
        if text.contains(*sign) {
            text = text.replace(*sign, words);
        }
    }
    let text = text.replace(" → ", " to ").replace('→', " right arrow ");
    let letters: Vec<char> = text.chars().collect();
    let mut read = String::with_capacity(text.len());
    let mut variants = false;
    for (at, letter) in letters.iter().enumerate() {
        if variants && !letter.is_ascii_digit() {
            read.push_str(" variants");
            variants = false;
        }
        let digit = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
        match letter {
            '–' if digit(at.checked_sub(1)) && digit(Some(at + 1)) => read.push_str(" to "),
            '–' => read.push_str(" none "),
            // `Mug ×3`: it has so many.
            '×' if digit(Some(at + 1)) => {
                read.push_str("  ");
                variants = true;
            }
            // Boxes, bars and what they are drawn of.
            '\u{2500}'..='\u{259f}' => read.push(' '),
            letter => read.push(*letter),
        }
    }
    if variants {
        read.push_str(" variants");
    }
    read
}

/// One clean line: a gap of several blanks is a pause, and no pause is said twice.
fn tidy(text: &str) -> String {
    let text = text.replace('\t', "  ");
    let mut read = String::with_capacity(text.len());
    let mut gap = 0;
    for letter in text.trim().chars() {
        if letter == ' ' {
            gap += 1;
            continue;
        }
        if gap > 0 {
            let paused = read.ends_with([',', ';', ':', '.', '!', '?', '"', '(']) || matches!(letter, ',' | ';' | ')');
            read.push_str(if gap > 1 && !paused { ", " } else { " " });
        }
        gap = 0;
        read.push(letter);
    }
    for (twice, once) in [(" ,", ","), (" ;", ";"), (",,", ","), (", ;", ";"), (",;", ";"), (", ,", ","), (": ,", ":")]
    {
        while read.contains(twice) {
            read = read.replace(twice, once);
        }
    }
    clean(read.trim_start_matches([',', ';', ' ']).trim_end_matches([',', ';', ' ', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signs_are_words() {
        for (shown, said) in [
            ("⇄ On both sides", "linked On both sides"),
            ("→ connect it once more", "what helps: connect it once more"),
            ("+ the barcodes are the same", "for: the barcodes are the same"),
            ("− the prices differ", "against: the prices differ"),
            ("! 3 quantities fall", "careful: 3 quantities fall"),
            ("quantity 12 → 11, order #1001", "quantity 12 to 11, order #1001"),
            ("31 per minute · ready in about 40 s", "31 per minute, ready in about 40 s"),
            ("19.90–24.90 EUR", "19.90 to 24.90 EUR"),
            ("5 in stock − 2 booked = 3 available", "5 in stock minus 2 booked = 3 available"),
            ("Square    Till        API 2026", "Square, Till, API 2026"),
            ("┌──── box ────┐", "box"),
            ("██████░░░░ 31 of 50", "31 of 50"),
            ("Reading…", "Reading"),
            ("Sq Teapot, blue ×3", "Sq Teapot, blue, 3 variants"),
            ("────────", ""),
            ("≠ price, SKU", "differs in price, SKU"),
        ] {
            assert_eq!(aloud(shown), said);
        }
        assert_eq!(value_aloud("12 → 7"), "12 to 7");
        assert_eq!(value_aloud("→ linked"), "becomes linked");
        assert_eq!(value_aloud("POS   →"), "POS");
        assert_eq!(value_aloud("← eCom"), "eCom");
        assert_eq!(value_aloud("⇄ ½"), "partly linked");
        assert_eq!(keys_aloud("l →"), "l or right arrow");
    }

    proptest! {
        #[test]
        fn nothing_that_is_read_out_orders_a_terminal(text in any::<String>()) {
            for said in [aloud(&text), value_aloud(&text)] {
                prop_assert!(!said.chars().any(char::is_control), "{said:?}");
                prop_assert!(!said.contains("  ") && said.trim() == said, "{said:?}");
            }
        }

        #[test]
        fn letters_and_digits_are_never_lost(text in "[a-zA-Z0-9 é茶,.;:]{0,60}") {
            let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(&aloud(&text)), letters(&text));
        }
    }
}
