//! One thing that is shown whole: asked for at once, and again after it may have changed.

use crate::protocol::{Problem, Reply, Request, Topic};

use super::rows::Slot;
use super::wish::{About, Message, Wish};
use super::world::World;

/// What a message was to a question.
pub enum Heard {
    /// The answer to the open question, which it then is no more.
    Answer(Result<Reply, Problem>),
    /// There is nothing more to do for it.
    Taken,
    Another(Message),
}

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
    /// Takes what concerns the question: its answer, that one of these may have changed what is shown, and that the
    /// engine was gone, so that no answer will come. Gives back what is another's.
    pub fn hear(&mut self, message: Message, topics: &[Topic]) -> Heard {
        match message {
            Message::Answer { number, answer, .. } if self.slot.take(number) => return Heard::Answer(answer),
            Message::Changed(topic) if topics.contains(&topic) => self.wanted = true,
            Message::Attached => {
                self.slot.forget();
                self.wanted = true;
            }
            other => return Heard::Another(other),
        }
        Heard::Taken
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
