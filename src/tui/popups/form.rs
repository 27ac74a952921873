//! A popup that is one sheet: what all of them do alike is said here once.

use std::fmt::Debug;

use ratatui::layout::Rect;

use crate::files::Done;
use crate::keys::{Action, Place};
use crate::protocol::{Problem, Reply};
use crate::tui::canvas::Canvas;
use crate::tui::wish::{About, Message, Wish};
use crate::tui::world::World;

use super::Popup;
use super::sheet::{Outcome, Sheet};

/// What a sheet is about.
pub trait Purpose: Debug + Send {
    fn title(&self) -> String;

    /// What stands below the rows while nothing is wrong with them.
    fn note(&self) -> &str;

    /// The first button was pressed.
    fn done(&mut self, sheet: &mut Sheet) -> Vec<Wish>;

    /// What became of something that was asked.
    fn answered(&mut self, sheet: &mut Sheet, about: About, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish>;

    /// What became of something that a file was needed for.
    fn filed(&mut self, sheet: &mut Sheet, number: u64, answer: Result<Done, Problem>) -> Vec<Wish> {
        let _ = (sheet, number, answer);
        Vec::new()
    }

    /// What was asked of the engine will not be answered.
    fn forget(&mut self);

    /// A key, which may turn more rows than one.
    fn turned(&self, sheet: &mut Sheet, message: &Message) -> Outcome {
        sheet.update(message)
    }

    /// See [`Popup::needs`].
    fn needs(&mut self, world: &World) -> Vec<Wish> {
        let _ = world;
        Vec::new()
    }

    /// See [`Popup::expects`].
    fn expects(&self) -> bool {
        false
    }
}

#[derive(Debug)]
pub struct Form<P> {
    sheet: Sheet,
    purpose: P,
}

impl<P> Form<P> {
    pub fn new(sheet: Sheet, purpose: P) -> Self {
        Self { sheet, purpose }
    }
}

impl<P: Purpose> Popup for Form<P> {
    fn place(&self) -> Place {
        Place::Form
    }

    /// There is nothing to be tried out but a connection.
    fn lacks(&self, action: Action) -> bool {
        action == Action::Test
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        let Self { sheet, purpose } = self;
        match purpose.turned(sheet, &message) {
            Outcome::Close => return vec![Wish::Close],
            Outcome::Done => return purpose.done(sheet),
            Outcome::Stay => {}
        }
        match message {
            Message::Answer { about, number, answer } => purpose.answered(sheet, about, number, answer),
            Message::Attached => {
                purpose.forget();
                Vec::new()
            }
            Message::Action(_) | Message::Key(_) | Message::Paste(_) | Message::Changed(_) | Message::Told(_) => {
                Vec::new()
            }
        }
    }

    fn filed(&mut self, number: u64, answer: Result<Done, Problem>) -> Vec<Wish> {
        self.purpose.filed(&mut self.sheet, number, answer)
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        self.purpose.needs(world)
    }

    fn expects(&self) -> bool {
        self.purpose.expects()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        self.sheet.view(&self.purpose.title(), self.purpose.note(), area, buffer, world.theme);
    }
}
