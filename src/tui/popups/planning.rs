//! A plan is being made: a moment of waiting, then the plan takes this one's place.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::{Action, Place};
use crate::protocol::{NoticeLevel, Reply, Request};
use crate::tui::rows::Slot;
use crate::tui::widgets::{framed, middle, put};
use crate::tui::wish::{About, Message, Opening, Wish};
use crate::tui::world::World;

use super::Popup;

#[derive(Debug)]
pub struct State {
    request: Request,
    /// `Unlink 3 products`
    title: String,
    asked: bool,
    slot: Slot,
}

impl State {
    pub fn new(request: Request, title: String) -> Self {
        Self { request, title, asked: false, slot: Slot::default() }
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Choice
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        match message {
            Message::Action(Action::Back) => vec![Wish::Close],
            Message::Answer { number, answer, .. } if self.slot.take(number) => {
                let mut wishes = vec![Wish::Close];
                match answer {
                    Ok(Reply::Planned(summary)) => wishes.push(Wish::Open(Opening::Plan(Box::new(summary)))),
                    Ok(Reply::Nothing { message, .. }) => wishes.push(Wish::toast(NoticeLevel::Info, message)),
                    answer => wishes.extend(Wish::unanswered("No plan could be made", &answer)),
                }
                wishes
            }
            Message::Attached => {
                self.slot.forget();
                self.asked = false;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        if self.asked || !world.attached() {
            return Vec::new();
        }
        let Some(number) = self.slot.ask() else { return Vec::new() };
        self.asked = true;
        vec![Wish::Ask { about: About::Plan, number, request: self.request.clone() }]
    }

    fn expects(&self) -> bool {
        true
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let inner = framed(buffer, middle(area, 60, 3), &self.title, world.theme);
        put(buffer, inner.x, inner.y, "Making the plan…", inner.width, world.theme.quiet());
    }
}
