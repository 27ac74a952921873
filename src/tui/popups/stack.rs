//! The popups that are open, the uppermost last.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::domain::Timestamp;
use crate::files::Done;
use crate::keys::{Action, Place};
use crate::protocol::Problem;
use crate::tui::wish::{Asker, Message, Opening, Told, Wish};
use crate::tui::world::World;

use super::{Popup, opened};

#[derive(Debug, Default)]
pub struct Stack {
    open: Vec<Entry>,
    last: u64,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    /// What it was opened with, so that the same is not opened twice over itself.
    opening: Opening,
    popup: Box<dyn Popup>,
}

impl Stack {
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Opens a popup, unless it is the uppermost already.
    pub fn open(&mut self, opening: Opening, world: &World) {
        if self.open.last().is_some_and(|top| top.opening == opening) {
            return;
        }
        self.last += 1;
        let popup = opened(opening.clone(), world);
        self.open.push(Entry { number: self.last, opening, popup });
    }

    pub fn close(&mut self, number: u64) {
        self.open.retain(|entry| entry.number != number);
    }

    /// The number of the uppermost.
    pub fn top(&self) -> Option<u64> {
        self.open.last().map(|entry| entry.number)
    }

    /// Whether the uppermost is the help or the palette, which are not opened over each other.
    pub fn is_help(&self) -> bool {
        self.open.last().is_some_and(|top| matches!(top.opening, Opening::Help(_) | Opening::Palette(..)))
    }

    pub fn place(&self) -> Option<Place> {
        self.open.last().map(|entry| entry.popup.place())
    }

    /// Whether the uppermost has no use for a key of its place.
    pub fn lacks(&self, action: Action) -> bool {
        self.open.last().is_some_and(|entry| entry.popup.lacks(action))
    }

    pub fn has(&self, number: u64) -> bool {
        self.open.iter().any(|entry| entry.number == number)
    }

    pub fn numbers(&self) -> Vec<u64> {
        self.open.iter().map(|entry| entry.number).collect()
    }

    /// The uppermost that this is for, if it is for any.
    pub fn hearer(&self, told: &Told) -> Option<u64> {
        self.open.iter().rev().find(|entry| entry.popup.hears(told)).map(|entry| entry.number)
    }

    /// Tells a popup something; `None` if it is gone.
    pub fn update(&mut self, number: u64, message: Message, world: &World) -> Option<Vec<Wish>> {
        Some(self.popup(number)?.update(message, world))
    }

    fn popup(&mut self, number: u64) -> Option<&mut dyn Popup> {
        let entry = self.open.iter_mut().find(|entry| entry.number == number)?;
        Some(entry.popup.as_mut())
    }

    /// Tells a popup what became of the file that it asked for by that number; `None` if it is gone.
    pub fn filed(&mut self, popup: u64, number: u64, answer: Result<Done, Problem>) -> Option<Vec<Wish>> {
        Some(self.popup(popup)?.filed(number, answer))
    }

    /// What all of them need, by number.
    pub fn needs(&mut self, world: &World) -> Vec<(u64, Vec<Wish>)> {
        self.open.iter_mut().map(|entry| (entry.number, entry.popup.needs(world))).collect()
    }

    pub fn wake(&self) -> Option<Timestamp> {
        self.open.iter().filter_map(|entry| entry.popup.wake()).min()
    }

    pub fn expects(&self) -> bool {
        self.open.last().is_some_and(|top| top.popup.expects())
    }

    pub fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        for entry in &self.open {
            buffer.layer(Asker::Popup(entry.number), "");
            entry.popup.view(area, buffer, world);
        }
    }
}
