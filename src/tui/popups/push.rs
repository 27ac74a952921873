//! Where ticked products are to be pushed, and how: then the plan is made and shown.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::domain::{ConnectionId, ProductId, Side};
use crate::keys::{Action, Place};
use crate::protocol::Request;
use crate::tui::reader::Manner;
use crate::tui::rows::Slot;
use crate::tui::theme::Theme;
use crate::tui::widgets::{buttons, framed, highlight, middle, put, put_wrapped};
use crate::tui::wish::{About, Message, Wish};
use crate::tui::world::World;

use super::Popup;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Side,
    Connection,
    Draft,
    Plan,
    Cancel,
}

const LINES: [Line; 5] = [Line::Side, Line::Connection, Line::Draft, Line::Plan, Line::Cancel];

#[derive(Debug)]
pub struct State {
    products: Vec<ProductId>,
    /// `37 products`, or the title of the only one.
    title: String,
    towards: Side,
    connection: Option<ConnectionId>,
    draft: bool,
    focus: usize,
    plan: Slot,
}

impl State {
    pub fn new(products: Vec<ProductId>, title: String, towards: Option<Side>) -> Self {
        Self {
            products,
            title,
            towards: towards.unwrap_or(Side::Online),
            connection: None,
            draft: false,
            // The plan is one Enter away when the defaults are right.
            focus: 3,
            plan: Slot::default(),
        }
    }

    fn line(&self) -> Line {
        LINES.get(self.focus).copied().unwrap_or(Line::Plan)
    }

    fn change(&mut self, world: &World, back: bool) {
        match self.line() {
            Line::Side => {
                self.towards = self.towards.other();
                self.connection = None;
            }
            Line::Connection => {
                let there = world.connections_of(self.towards);
                let here = there.iter().position(|row| Some(row.id) == self.target(world)).unwrap_or(0);
                let by = if back { there.len().saturating_sub(1) } else { 1 };
                self.connection = there.get((here + by) % there.len().max(1)).map(|row| row.id);
            }
            Line::Draft => self.draft = !self.draft,
            Line::Plan => self.focus = 4,
            Line::Cancel => self.focus = 3,
        }
    }

    /// The connection that is pushed to: the chosen one, or the first of the side.
    fn target(&self, world: &World) -> Option<ConnectionId> {
        self.connection.or_else(|| world.connections_of(self.towards).first().map(|row| row.id))
    }

    fn plan(&mut self, world: &World) -> Vec<Wish> {
        let Some(connection) = self.target(world) else { return Vec::new() };
        let Some(number) = self.plan.ask() else { return Vec::new() };
        let request = Request::PlanPush {
            products: self.products.clone(),
            towards: self.towards,
            connection: Some(connection),
            draft: self.draft,
        };
        vec![Wish::Ask { about: About::Plan, number, request }]
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Choice
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) => match action {
                Action::Up => self.focus = self.focus.saturating_sub(1),
                Action::Down => self.focus = (self.focus + 1).min(LINES.len() - 1),
                Action::Left => self.change(world, true),
                Action::Right | Action::Toggle => self.change(world, false),
                Action::Back => return vec![Wish::Close],
                Action::Open if self.line() == Line::Cancel => return vec![Wish::Close],
                Action::Open | Action::Confirm => return self.plan(world),
                _ => {}
            },
            Message::Answer { about: _, number, answer } => {
                if self.plan.take(number) {
                    return Wish::planned(answer);
                }
            }
            Message::Attached => self.plan.forget(),
            Message::Key(_) | Message::Paste(_) | Message::Changed(_) | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn expects(&self) -> bool {
        self.plan.is_open()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let title = format!("Push {} to {}", self.title, self.towards.label());
        let inner = framed(buffer, middle(area, 70, 10), &title, theme);
        let radio = |on: bool, name: &str| format!("{} {name}", if on { "(*)" } else { "( )" });
        let there = world.connections_of(self.towards);
        let target = self.target(world);
        let name = there.iter().find(|row| Some(row.id) == target).map(|row| format!("{} {}", row.mark, row.name));
        let into = match (name, there.len()) {
            (Some(name), 1) => name,
            (Some(name), several) => format!("{name}   (one of {several}: ← → change)"),
            (None, _) => format!(
                "no {} is connected; {} connects one",
                self.towards.label(),
                world.key(Place::Choice, Action::Connect)
            ),
        };
        let side = |side: Side| radio(self.towards == side, side.label());
        let lines = [
            ("Where to", format!("{}   {}", side(Side::InStore), side(Side::Online))),
            ("Into", into.clone()),
            (
                "As",
                format!("{}   {}", radio(!self.draft, "published"), radio(self.draft, "draft, to be looked at first")),
            ),
        ];
        let tell = |buffer: &mut Canvas| {
            let told = [
                format!("Where to: {}, or {}", self.towards.label(), self.towards.other().label()),
                format!("Into: {into}"),
                match self.draft {
                    true => "As: draft, to be looked at first, or published".to_owned(),
                    false => "As: published, or draft, to be looked at first".to_owned(),
                },
            ];
            for (at, words) in told.into_iter().enumerate() {
                if at == self.focus {
                    buffer.focus(words.clone());
                }
                buffer.say(Manner::Plain, words);
            }
        };
        buffer.tell_or_draw(tell, |buffer| self.lines_drawn(&lines, inner, buffer, theme));
        let rest = |y: u16| Rect { y, height: inner.bottom().saturating_sub(y), ..inner };
        let words = if self.plan.is_open() {
            "Making the plan…"
        } else {
            "Nothing is written yet: first you see the plan, with every write and everything that is refused."
        };
        let y = put_wrapped(buffer, rest(inner.y + 4), words, theme.quiet());
        let labels = ["Make the plan".to_owned(), "Cancel".to_owned()];
        buttons(buffer, rest(y + 1), &labels, self.focus.checked_sub(3), theme);
    }
}

impl State {
    fn lines_drawn(&self, lines: &[(&str, String)], inner: Rect, buffer: &mut Canvas, theme: Theme) {
        for (at, (label, value)) in lines.iter().enumerate() {
            let line = Rect { y: inner.y + u16::try_from(at).unwrap_or(0), height: 1, ..inner };
            if line.y >= inner.bottom() {
                break;
            }
            put(buffer, line.x, line.y, label, 9, theme.quiet());
            put(buffer, line.x + 10, line.y, value, line.width.saturating_sub(10), theme.plain());
            if at == self.focus {
                highlight(buffer, line, theme.cursor());
            }
        }
    }
}
