//! One thing that is shown whole: asked for at once, and again after it may have changed.

use crate::protocol::Request;

use super::rows::Slot;
use super::wish::{About, Wish};
use super::world::World;

#[derive(Debug)]
pub struct Inquiry {
    wanted: bool,
    slot: Slot,
}

impl Default for Inquiry {
    fn default() -> Self {
        Self { wanted: true, slot: Slot::default() }
    }
}

impl Inquiry {
    /// What is shown may not be true any more.
    pub fn changed(&mut self) {
        self.wanted = true;
    }

    /// The engine was gone and is back: no answer will come, and everything is asked anew.
    pub fn forget(&mut self) {
        self.slot.forget();
        self.wanted = true;
    }

    /// Whether this answers the open question, which it then is no more.
    pub fn take(&mut self, number: u64) -> bool {
        self.slot.take(number)
    }

    pub fn is_open(&self) -> bool {
        self.slot.is_open()
    }

    /// The question, if it is due.
    pub fn needs(&mut self, world: &World, request: impl FnOnce() -> Request) -> Vec<Wish> {
        if !self.wanted || !world.attached() {
            return Vec::new();
        }
        let Some(number) = self.slot.ask() else { return Vec::new() };
        self.wanted = false;
        vec![Wish::Ask { about: About::Detail, number, request: request() }]
    }
}
