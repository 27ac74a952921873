//! A key as people write it.

use std::fmt;
use std::str::FromStr;

/// A key press. Shift is part of the character (`J`), as terminals deliver it; `backtab` is Shift-Tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub code: Code,
    pub ctrl: bool,
    pub alt: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    Character(char),
    /// `f1` to `f12`
    Function(u8),
    Up,
    Down,
    Left,
    Right,
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Home,
    End,
    PageUp,
    PageDown,
}

/// (as written in the keymap, as shown on screen)
const NAMED: &[(Code, &str, &str)] = &[
    (Code::Up, "up", "↑"),
    (Code::Down, "down", "↓"),
    (Code::Left, "left", "←"),
    (Code::Right, "right", "→"),
    (Code::Enter, "enter", "Enter"),
    (Code::Escape, "esc", "Esc"),
    (Code::Tab, "tab", "Tab"),
    (Code::BackTab, "backtab", "Shift-Tab"),
    (Code::Backspace, "backspace", "Backspace"),
    (Code::Delete, "delete", "Del"),
    (Code::Insert, "insert", "Ins"),
    (Code::Home, "home", "Home"),
    (Code::End, "end", "End"),
    (Code::PageUp, "pageup", "PgUp"),
    (Code::PageDown, "pagedown", "PgDn"),
    (Code::Character(' '), "space", "Space"),
];

impl Key {
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    pub const fn character(character: char) -> Self {
        Self::plain(Code::Character(character))
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        let mut rest = raw;
        let (mut ctrl, mut alt) = (false, false);
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|after| !after.is_empty()) {
                (rest, ctrl) = (after, true);
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|after| !after.is_empty()) {
                (rest, alt) = (after, true);
            } else {
                break;
            }
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(one), None) if !one.is_control() => Code::Character(one),
            _ => named(rest).ok_or_else(|| format!("{raw:?} is no key"))?,
        };
        if ctrl && matches!(code, Code::Character(c) if !c.is_ascii_lowercase()) {
            return Err(format!("{raw:?}: terminals send ctrl- only with a small letter"));
        }
        Ok(Self { code, ctrl, alt })
    }
}

fn named(name: &str) -> Option<Code> {
    if let Some((code, ..)) = NAMED.iter().find(|(_, known, _)| *known == name) {
        return Some(*code);
    }
    let number: u8 = name.strip_prefix('f')?.parse().ok()?;
    (1..=12).contains(&number).then_some(Code::Function(number))
}

impl fmt::Display for Key {
    /// As shown on screen: `Ctrl-a`, `PgDn`, `J`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if self.ctrl {
            text.push_str("Ctrl-");
        }
        if self.alt {
            text.push_str("Alt-");
        }
        match (NAMED.iter().find(|(code, ..)| *code == self.code), self.code) {
            (Some((_, _, shown)), _) => text.push_str(shown),
            (None, Code::Character(character)) => text.push(character),
            (None, Code::Function(number)) => text.push_str(&format!("F{number}")),
            (None, _) => {}
        }
        f.pad(&text)
    }
}
