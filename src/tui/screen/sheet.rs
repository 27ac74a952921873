//! A screen in the form in which two of them are compared and moved about: rows of cells, each with what stands in it
//! and how it looks.
//!
//! What cannot be told apart by looking is equal here: a blank has no bold and no colour of letters, so that nothing is
//! ever written only to make a blank bold.

use std::sync::Arc;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::tui::canvas::BELOW;
use crate::tui::widgets::text;

/// Colours and attributes, as the terminal keeps them for what is written next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Look {
    pub letters: Color,
    pub ground: Color,
    pub attributes: Modifier,
}

/// What is to be seen of attributes where no letter stands.
const SEEN_IN_BLANKS: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

impl Look {
    pub const PLAIN: Self = Self { letters: Color::Reset, ground: Color::Reset, attributes: Modifier::empty() };

    /// How a blank written with this looks.
    pub fn of_blank(self) -> Self {
        if self.attributes.intersects(SEEN_IN_BLANKS) {
            return self;
        }
        Self { ground: self.ground, ..Self::PLAIN }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Text {
    One(char),
    /// A letter with marks on it, or what else takes several characters.
    Many(Arc<str>),
    /// The right part of what stands in a cell further left.
    Covered,
    /// A picture of this number hangs over it. Below it there is nothing.
    Pictured(u32),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slot {
    pub text: Text,
    pub look: Look,
    /// Cells that the text takes; terminals may think otherwise if it is not one plain character.
    pub width: u16,
}

impl Slot {
    pub const ERASED: Self = Self { text: Text::One(' '), look: Look::PLAIN, width: 1 };

    pub fn is_blank(&self) -> bool {
        self.text == Text::One(' ')
    }

    pub fn is_erased(&self) -> bool {
        *self == Self::ERASED
    }

    /// Whether every terminal is one cell further after it.
    pub fn is_steady(&self) -> bool {
        self.width == 1 && matches!(self.text, Text::One(_) | Text::Pictured(_))
    }

    pub fn is_pictured(&self) -> bool {
        matches!(self.text, Text::Pictured(_))
    }

    fn of(cell: &Cell) -> Self {
        let symbol = cell.symbol();
        let look = Look { letters: cell.fg, ground: cell.bg, attributes: cell.modifier };
        let mut characters = symbol.chars();
        let (first, others) = (characters.next(), characters.next().is_some());
        let width = if symbol.is_ascii() { symbol.len().min(1) as u16 } else { text::width(symbol) };
        match first {
            Some(BELOW) if !others => Self::ERASED,
            Some(' ') if !others => Self { text: Text::One(' '), look: look.of_blank(), width: 1 },
            Some(one) if !others && width > 0 && !one.is_control() => Self { text: Text::One(one), look, width },
            Some(_) if others && width > 0 => Self { text: Text::Many(Arc::from(symbol)), look, width },
            // Nothing that a terminal could show.
            _ => Self { text: Text::One(' '), look: look.of_blank(), width: 1 },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    pub width: u16,
    pub height: u16,
    slots: Vec<Slot>,
}

impl Sheet {
    pub fn erased(width: u16, height: u16) -> Self {
        Self { width, height, slots: vec![Slot::ERASED; usize::from(width) * usize::from(height)] }
    }

    pub fn of(buffer: &Buffer) -> Self {
        let (width, height) = (buffer.area.width, buffer.area.height);
        let mut slots = Vec::with_capacity(buffer.content.len());
        for row in buffer.content.chunks(usize::from(width).max(1)) {
            let mut covered: Option<(Look, u16)> = None;
            for (x, cell) in row.iter().enumerate() {
                if let Some((look, left)) = covered {
                    slots.push(Slot { text: Text::Covered, look, width: 1 });
                    covered = (left > 1).then_some((look, left - 1));
                    continue;
                }
                let slot = Slot::of(cell);
                if usize::from(slot.width) > row.len() - x {
                    // Half of it would lie outside.
                    slots.push(Slot { text: Text::One(' '), look: slot.look.of_blank(), width: 1 });
                    continue;
                }
                covered = (slot.width > 1).then(|| (slot.look, slot.width - 1));
                slots.push(slot);
            }
        }
        Self { width, height, slots }
    }

    /// A picture hangs over this cell.
    pub fn hang(&mut self, x: u16, y: u16, number: u32) {
        let at = usize::from(y) * usize::from(self.width) + usize::from(x);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { text: Text::Pictured(number), ..Slot::ERASED };
        }
    }

    /// As if no picture hung over it: what a terminal says of its cells.
    #[cfg(test)]
    pub fn without_pictures(mut self) -> Self {
        for slot in self.slots.iter_mut().filter(|slot| slot.is_pictured()) {
            *slot = Slot::ERASED;
        }
        self
    }

    /// A row's cells; none outside.
    pub fn row(&self, y: u16) -> &[Slot] {
        let start = usize::from(y) * usize::from(self.width);
        self.slots.get(start..start + usize::from(self.width)).unwrap_or_default()
    }

    /// As a terminal does it: the rows from `top` to `bottom` move up by so many, or down if that is negative; what
    /// comes free is erased.
    pub fn scroll(&mut self, top: u16, bottom: u16, by: i32) {
        let before = self.clone();
        let width = usize::from(self.width);
        for y in top..=bottom {
            let from = i32::from(y) + by;
            let inside = (i32::from(top)..=i32::from(bottom)).contains(&from);
            let row = match u16::try_from(from) {
                Ok(from) if inside => before.row(from).to_vec(),
                _ => vec![Slot::ERASED; width],
            };
            let start = usize::from(y) * width;
            if let Some(place) = self.slots.get_mut(start..start + width) {
                place.clone_from_slice(&row);
            }
        }
    }
}
