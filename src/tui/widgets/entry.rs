//! One line of text being typed.

use std::fmt;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::clean;
use crate::keys::{Code, Key};
use crate::tui::reader::Typed;
use crate::tui::theme::Theme;

use super::put;

/// A secret one is drawn as stars, and shows itself as `***` in any debug output too.
#[derive(Clone, Default)]
pub struct Entry {
    input: Input,
    secret: bool,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.secret { f.write_str("***") } else { fmt::Debug::fmt(self.input.value(), f) }
    }
}

/// Longer input is a mistake of the clipboard.
const LONGEST: usize = 8_000;

impl Entry {
    pub fn new(text: &str) -> Self {
        Self { input: Input::new(text.to_owned()), secret: false }
    }

    pub fn secret() -> Self {
        Self { input: Input::default(), secret: true }
    }

    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// For who listens; of a secret only its length.
    pub fn told(&self, label: &str) -> Typed {
        Typed::new(label, self.text(), self.secret)
    }

    /// A key of the keyboard; says whether the text is another one now.
    pub fn press(&mut self, key: Key) -> bool {
        let request = match key.code {
            Code::Character(letter) if key.ctrl => match letter {
                'a' => InputRequest::GoToStart,
                'e' => InputRequest::GoToEnd,
                'w' => InputRequest::DeletePrevWord,
                'u' => InputRequest::DeleteFromStart,
                'k' => InputRequest::DeleteTillEnd,
                _ => return false,
            },
            Code::Character(letter) if !key.alt && self.input.value().len() < LONGEST => {
                InputRequest::InsertChar(letter)
            }
            Code::Backspace => InputRequest::DeletePrevChar,
            Code::Delete => InputRequest::DeleteNextChar,
            Code::Left => InputRequest::GoToPrevChar,
            Code::Right => InputRequest::GoToNextChar,
            Code::Home => InputRequest::GoToStart,
            Code::End => InputRequest::GoToEnd,
            Code::Character(_)
            | Code::Function(_)
            | Code::Up
            | Code::Down
            | Code::Enter
            | Code::Escape
            | Code::Tab
            | Code::BackTab
            | Code::Insert
            | Code::PageUp
            | Code::PageDown => return false,
        };
        self.input.handle(request).is_some_and(|change| change.value)
    }

    /// A paste, made one clean line.
    pub fn paste(&mut self, pasted: &str) -> bool {
        let room = LONGEST.saturating_sub(self.input.value().len());
        let mut changed = false;
        for letter in clean(pasted).chars().take(room) {
            changed |= self.input.handle(InputRequest::InsertChar(letter)).is_some();
        }
        changed
    }

    /// Draws the text, scrolled so that its cursor is seen; the cursor in reverse if it is being typed in.
    pub fn draw(&self, buffer: &mut Canvas, area: Rect, typing: bool, style: Style, theme: Theme) {
        if area.width == 0 || area.height == 0 {
            return;
        }
        buffer.tell_or_draw(
            |buffer| match (typing, self.told("")) {
                (true, typed) => buffer.typed(area.y, typed),
                (false, typed) => buffer.written(area.x, area.y, &typed.words),
            },
            |buffer| self.drawn(buffer, area, typing, style, theme),
        );
    }

    fn drawn(&self, buffer: &mut Canvas, area: Rect, typing: bool, style: Style, theme: Theme) {
        let stars = Input::new("*".repeat(self.input.value().chars().count())).with_cursor(self.input.cursor());
        let shown = if self.secret { &stars } else { &self.input };
        // The last cell is for the cursor behind the text.
        let scroll = shown.visual_scroll(usize::from(area.width - 1));
        let mut skipped = 0;
        let visible: String = shown
            .value()
            .graphemes(true)
            .skip_while(|grapheme| {
                let skip = skipped < scroll;
                if skip {
                    skipped += usize::from(super::text::width(grapheme));
                }
                skip
            })
            .collect();
        buffer.set_stringn(area.x, area.y, visible, usize::from(area.width), style);
        if typing {
            let at = shown.visual_cursor().saturating_sub(scroll);
            let x = area.x + u16::try_from(at).unwrap_or(0).min(area.width - 1);
            if buffer.cell((x, area.y)).is_none_or(|cell| cell.symbol().is_empty()) {
                put(buffer, x, area.y, " ", 1, style);
            }
            super::highlight(buffer, Rect { x, y: area.y, width: 1, height: 1 }, theme.cursor());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_in_no_debug_output_and_on_no_screen() {
        let mut entry = Entry::secret();
        for letter in "shpat_1234".chars() {
            entry.press(Key::character(letter));
        }
        assert_eq!(entry.text(), "shpat_1234");
        assert_eq!(format!("{entry:?}"), "***");
        let area = Rect::new(0, 0, 20, 1);
        let mut buffer = Canvas::drawn(area);
        let theme = Theme::default();
        entry.draw(&mut buffer, area, true, Style::new(), theme);
        let row: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(row.trim_end(), "**********");
    }

    #[test]
    fn a_paste_is_one_clean_line() {
        let mut entry = Entry::new("A");
        entry.paste("B\nC\u{1b}[31m\u{202e}");
        assert_eq!(entry.text(), "AB C[31m");
    }
}
