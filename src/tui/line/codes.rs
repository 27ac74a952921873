//! What the numbers in a terminal's control sequences mean as keys (xterm's, which all others follow; the Linux
//! console's and rxvt's where they differ).

use crate::keys::{Code, Key};

/// What is held with a key, from a parameter of its sequence: one more than the sum of 1 (Shift), 2 (Alt), 4 (Ctrl).
#[derive(Debug, Clone, Copy, Default)]
pub struct Held {
    pub shift: bool,
    pub alt: bool,
    pub ctrl: bool,
}

impl Held {
    pub fn of(parameter: u16) -> Self {
        let sum = parameter.saturating_sub(1);
        Self { shift: sum & 1 != 0, alt: sum & 2 != 0, ctrl: sum & 4 != 0 }
    }

    pub fn with(self, code: Code) -> Key {
        let code = match code {
            Code::Tab if self.shift => Code::BackTab,
            Code::Character(letter) if self.shift && !self.ctrl => {
                Code::Character(letter.to_uppercase().next().unwrap_or(letter))
            }
            code => code,
        };
        Key { code, ctrl: self.ctrl, alt: self.alt }
    }
}

/// By the letter that ends a sequence.
pub fn lettered(letter: char) -> Option<Code> {
    Some(match letter {
        'A' => Code::Up,
        'B' => Code::Down,
        'C' => Code::Right,
        'D' => Code::Left,
        'H' => Code::Home,
        'F' => Code::End,
        'P' => Code::Function(1),
        'Q' => Code::Function(2),
        'S' => Code::Function(4),
        'Z' => Code::BackTab,
        _ => return None,
    })
}

/// After `ESC O`: as above, and the keypad's in application mode.
pub fn single_shifted(letter: char) -> Option<Code> {
    match letter {
        'R' => Some(Code::Function(3)),
        'M' => Some(Code::Enter),
        'j' | 'k' | 'm' | 'o' => Some(Code::Character(char::from(u8::try_from(letter).ok()?.wrapping_sub(64)))),
        'p'..='y' => Some(Code::Character(char::from(u8::try_from(letter).ok()?.wrapping_sub(64)))),
        letter => lettered(letter),
    }
}

/// By the number in a sequence that ends with `~`.
pub fn numbered(number: u16) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        11..=15 => Code::Function(u8::try_from(number - 10).ok()?),
        17..=21 => Code::Function(u8::try_from(number - 11).ok()?),
        23 | 24 => Code::Function(u8::try_from(number - 12).ok()?),
        _ => return None,
    })
}

/// By the character's number, where a terminal says keys so.
pub fn spelled(number: u16) -> Option<Code> {
    Some(match number {
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Escape,
        127 => Code::Backspace,
        number => match char::from_u32(u32::from(number))? {
            letter if letter.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&letter) => return None,
            letter => Code::Character(letter),
        },
    })
}

/// A control byte on its own.
pub fn control(byte: u8) -> Option<Key> {
    let ctrl = |letter: u8| Key { ctrl: true, ..Key::character(char::from(letter)) };
    Some(match byte {
        b'\r' => Key::plain(Code::Enter),
        b'\t' => Key::plain(Code::Tab),
        0 => ctrl(b' '),
        1..=26 => ctrl(byte - 1 + b'a'),
        28..=31 => ctrl(byte - 28 + b'4'),
        _ => return None,
    })
}

/// How bright a colour is that a terminal names (`rgb:1e1e/1e1e/1e1e`, one to four hexadecimal digits each), from 0 to
/// 1,000: the three colours as an eye weighs them.
pub fn brightness(colour: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(colour).ok()?;
    let text = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut parts = text.split('/').map(|part| {
        let most = 16u32
            .checked_pow(u32::try_from(part.len()).ok()?)?
            .checked_sub(1)
            .filter(|most| (15..=65_535).contains(most))?;
        Some(u32::from_str_radix(part, 16).ok()? * 1_000 / most)
    });
    let mut next = || parts.next().flatten();
    let (red, green, blue) = (next()?, next()?, next()?);
    u16::try_from((red * 299 + green * 587 + blue * 114) / 1_000).ok()
}
