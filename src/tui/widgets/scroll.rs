//! Text that is longer than its box.

use std::cell::Cell;

use crate::keys::Action;

/// Where a text is scrolled to, in lines. The height and length are known when it is drawn.
#[derive(Debug, Clone, Default)]
pub struct Scroll {
    top: u16,
    /// (length, height) when last drawn. A cell, because drawing changes nothing else.
    drawn: Cell<(u16, u16)>,
}

impl Scroll {
    /// The first line to draw, of so many, in a box so high.
    pub fn top(&self, length: usize, height: u16) -> usize {
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        self.drawn.set((length, height));
        usize::from(self.top.min(length.saturating_sub(height)))
    }

    /// Scrolls if the action is about that.
    pub fn step(&mut self, action: Action) -> bool {
        let (length, height) = self.drawn.get();
        let last = length.saturating_sub(height);
        let top = self.top.min(last);
        let page = height.saturating_sub(1).max(1);
        self.top = match action {
            Action::Down => top.saturating_add(1),
            Action::Up => top.saturating_sub(1),
            Action::PageDown => top.saturating_add(page),
            Action::PageUp => top.saturating_sub(page),
            Action::HalfPageDown => top.saturating_add(page.div_ceil(2)),
            Action::HalfPageUp => top.saturating_sub(page.div_ceil(2)),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// `lines 1–20 of 45` if not everything is seen.
    pub fn shown(&self) -> Option<String> {
        let (length, height) = self.drawn.get();
        let top = self.top.min(length.saturating_sub(height));
        (length > height).then(|| format!("lines {}–{} of {length}", top + 1, top + height.min(length)))
    }
}
