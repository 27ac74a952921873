//! The first steps, whenever somebody asks for them.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::{Action, Place};
use crate::tui::guide;
use crate::tui::widgets::Scroll;
use crate::tui::wish::{Message, Wish};
use crate::tui::world::World;

use super::Popup;
use super::reading;

const WIDTH: u16 = 76;

#[derive(Debug, Default)]
pub struct State {
    scroll: Scroll,
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::List
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        reading::update(&mut self.scroll, &message, &[Action::Back, Action::Open, Action::Guide])
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let width = WIDTH.min(area.width);
        let lines = guide::lines(world, width.saturating_sub(4), usize::MAX);
        reading::view(&self.scroll, "First steps", &lines, width, area, buffer, world.theme);
    }
}
