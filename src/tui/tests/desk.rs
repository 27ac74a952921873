//! A root with somebody at its keys: presses keys, answers its questions, and shows the screen.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::Preferences;
use crate::domain::Timestamp;
use crate::keys::Key;
use crate::protocol::Request;
use crate::tui::canvas::Canvas;
use crate::tui::root::{Incoming, Root};
use crate::tui::wish::{Effect, Tag};
use crate::wardrobe::Dress;

use super::canned::{Canned, NOW};

#[derive(Debug)]
pub struct Desk {
    pub root: Root,
    pub canned: Canned,
    pub now: Timestamp,
    /// Questions without an answer.
    pub open: VecDeque<(Tag, Request)>,
    /// Everything that was ever asked.
    pub asked: Vec<Request>,
    /// What was to be done outside, but for questions.
    pub done: Vec<Effect>,
}

impl Desk {
    /// Attached, and all that the first screen needs is there.
    pub fn new(width: u16, height: u16) -> Self {
        let mut desk = Self::unattached(width, height, Canned::new(NOW));
        desk.tell(Incoming::Attached);
        desk.answer_all();
        desk
    }

    pub fn unattached(width: u16, height: u16, canned: Canned) -> Self {
        let root = Root::new(Dress::default(), false, Rect::new(0, 0, width, height), NOW);
        Self { root, canned, now: NOW, open: VecDeque::new(), asked: Vec::new(), done: Vec::new() }
    }

    /// Attached to this shop, and dressed like this.
    pub fn dressed(width: u16, height: u16, canned: Canned, preferences: Preferences, no_colour: bool) -> Self {
        let mut desk = Self::unattached(width, height, canned);
        let dress = Dress { preferences, ..Dress::default() };
        desk.root = Root::new(dress, no_colour, Rect::new(0, 0, width, height), NOW);
        desk.tell(Incoming::Attached);
        desk.answer_all();
        desk
    }

    pub fn tell(&mut self, incoming: Incoming) {
        for effect in self.root.update(self.now, incoming) {
            match effect {
                Effect::Ask { tag, request } => {
                    self.asked.push(request.clone());
                    self.open.push_back((tag, request));
                }
                other => self.done.push(other),
            }
        }
    }

    /// Answers the oldest open question; says whether there was one.
    pub fn answer(&mut self) -> bool {
        let Some((tag, request)) = self.open.pop_front() else { return false };
        let answer = self.canned.answer(&request);
        self.tell(Incoming::Reply { tag, answer });
        true
    }

    pub fn answer_all(&mut self) {
        for _ in 0..1_000 {
            if !self.answer() {
                return;
            }
        }
        panic!("the terminal never stops asking: {:?}", self.open);
    }

    /// Keys by their names in the keymap, with blanks between; everything asked is answered after each.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.tell(Incoming::Key(key.parse().unwrap()));
            self.answer_all();
        }
        self
    }

    /// Letters as they are typed.
    pub fn letters(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.tell(Incoming::Key(Key::character(letter)));
            self.answer_all();
        }
        self
    }

    pub fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now = self.now.plus_seconds(seconds);
        self.tell(Incoming::Tick);
        self.answer_all();
        self
    }

    pub fn buffer(&self) -> Buffer {
        Buffer::clone(&self.canvas())
    }

    /// With the pictures that hang over the cells.
    pub fn canvas(&self) -> Canvas {
        let mut canvas = Canvas::drawn(self.root.screen());
        self.root.view(&mut canvas);
        canvas
    }

    pub fn text(&self) -> String {
        super::paint::text(&self.buffer())
    }

    #[track_caller]
    pub fn shows(&mut self, what: &str) -> &mut Self {
        let text = self.text();
        assert!(text.contains(what), "{what:?} is not on the screen:\n{text}");
        self
    }

    #[track_caller]
    pub fn hides(&mut self, what: &str) -> &mut Self {
        let text = self.text();
        assert!(!text.contains(what), "{what:?} is on the screen:\n{text}");
        self
    }
}
