//! Products with variants whose variants are single items on the other side: each product with its variants below it,
//! linked one by one, a product at once, or all that are found.

mod ticks;
mod view;

use crate::domain::{ProductId, Side, Timestamp};
use crate::keys::{Action, Place};
use crate::protocol::{AcrossLine, AcrossView, NoticeLevel, PairChoice, Problem, Reply, Request, Topic, Window};
use crate::tui::canvas::Canvas;
use crate::tui::rows::{Rows, Slot};
use crate::tui::widgets::Entry;
use crate::tui::wish::{About, Message, Opening, Question, Told, Wish};
use crate::tui::words::counted;
use crate::tui::world::World;
use ratatui::layout::Rect;

use super::Popup;
use ticks::{Ticks, with_primary};

#[derive(Debug)]
pub struct State {
    rows: Rows<AcrossView, AcrossLine>,
    ticks: Ticks,
    typing: Option<Entry>,
    /// From which line on everything is still to be ticked, and of which view.
    gathering: Option<(AcrossView, u64)>,
    gather: Slot,
}

impl Default for State {
    fn default() -> Self {
        Self {
            rows: Rows::new(AcrossView::default()),
            ticks: Ticks::default(),
            typing: None,
            gathering: None,
            gather: Slot::default(),
        }
    }
}

/// Lines fetched at once to be ticked.
const MOST: u32 = 1_000;

/// What a line offers to be linked.
fn choices(line: &AcrossLine) -> &[PairChoice] {
    match line {
        AcrossLine::Product { choices, .. } => choices,
        AcrossLine::Variant(variant) => variant.choice.as_slice(),
    }
}

impl State {
    fn act(&mut self, action: Action) -> Vec<Wish> {
        match action {
            Action::Back => return vec![Wish::Close],
            Action::Toggle => {
                if let Some(line) = self.rows.chosen() {
                    self.ticks.toggle(choices(line));
                }
                self.rows.step(Action::Down);
            }
            Action::SelectAll => self.gathering = Some((self.rows.view().clone(), 0)),
            Action::SelectNone => {
                self.ticks.clear();
                self.gathering = None;
            }
            Action::Search => self.typing = Some(Entry::new(&self.rows.view().search)),
            Action::Link => return self.link(),
            Action::Open => {
                let listing = match self.rows.chosen() {
                    Some(AcrossLine::Product { product, .. }) => Some(product.listing),
                    Some(AcrossLine::Variant(variant)) => variant.item.as_ref().map(|item| item.listing),
                    None => None,
                };
                return listing.map(|listing| Wish::Open(Opening::Product(ProductId(listing)))).into_iter().collect();
            }
            Action::CopyRow => {
                let Some(line) = self.rows.chosen() else { return Vec::new() };
                let text = view::words(line).join("\t");
                return vec![Wish::Copy(text), Wish::toast(NoticeLevel::Info, "The row is in your clipboard")];
            }
            action => {
                self.rows.step(action);
            }
        }
        Vec::new()
    }

    /// Asks which side is right about what is ticked, or else about what the cursor is on.
    fn link(&self) -> Vec<Wish> {
        let ticked = self.ticks.all();
        let pairs = if ticked.is_empty() { self.rows.chosen().map(choices).unwrap_or_default() } else { &ticked };
        if pairs.is_empty() {
            let why = match self.rows.chosen() {
                Some(AcrossLine::Variant(variant)) => {
                    format!("“{}” cannot be linked: {}", variant.label, variant.sentence)
                }
                _ => "Nothing here can be linked".to_owned(),
            };
            return vec![Wish::toast(NoticeLevel::Info, why)];
        }
        let title = format!("Link {}", counted(pairs.len() as u64, "variant"));
        let answer = |side: Side| {
            let request = Request::PlanLinkPairs { pairs: with_primary(pairs, side) };
            let planning = Wish::Open(Opening::Planning { request, title: title.clone() });
            (format!("{} is right", side.label()), vec![Wish::Close, planning])
        };
        let answers =
            vec![("Leave it as it is".to_owned(), vec![Wish::Close]), answer(Side::InStore), answer(Side::Online)];
        let text = vec![
            "Choose the primary system: its quantities are right, and the other side is set to them when the links are \
             made. Nothing is written before you have seen the plan."
                .to_owned(),
        ];
        vec![Wish::Open(Opening::Question(Question { title, text, answers, yes: None }))]
    }

    fn searched(&mut self) {
        let search = self.typing.as_ref().map(|entry| entry.text().to_owned()).unwrap_or_default();
        self.rows.show(AcrossView { search });
    }

    fn answered(&mut self, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match answer {
            Ok(Reply::AcrossLines { total, offset, rows }) => {
                self.rows.answer(number, total, offset, rows);
                Vec::new()
            }
            answer if self.rows.failed(number, world.now) => Wish::unanswered("The list could not be made", &answer),
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    fn gathered(&mut self, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish> {
        if !self.gather.take(number) {
            return Vec::new();
        }
        let Some((_, from)) = &mut self.gathering else { return Vec::new() };
        match answer {
            Ok(Reply::AcrossLines { total, offset, rows }) if offset == *from => {
                *from += rows.len() as u64;
                if rows.is_empty() || *from >= total {
                    self.gathering = None;
                }
                rows.iter().for_each(|line| self.ticks.tick(choices(line)));
                Vec::new()
            }
            // An answer to what was asked before the wish changed; the next question is the right one.
            Ok(Reply::AcrossLines { .. }) => Vec::new(),
            answer => {
                self.gathering = None;
                Wish::unanswered("Not everything could be ticked", &answer)
            }
        }
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        if self.typing.is_some() { Place::Typing } else { Place::Across }
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) if self.typing.is_some() => match action {
                Action::Confirm | Action::Back => self.typing = None,
                _ => drop(self.rows.step(action)),
            },
            Message::Action(action) => return self.act(action),
            Message::Key(key) => {
                if self.typing.as_mut().is_some_and(|entry| entry.press(key)) {
                    self.searched();
                }
            }
            Message::Paste(text) => {
                if self.typing.as_mut().is_some_and(|entry| entry.paste(&text)) {
                    self.searched();
                }
            }
            Message::Answer { about: About::Gathering, number, answer } => return self.gathered(number, answer),
            Message::Answer { number, answer, .. } => return self.answered(number, answer, world),
            Message::Changed(Topic::Products | Topic::Connections | Topic::Report) => self.rows.changed(),
            Message::Told(Told::Linked) => self.ticks.clear(),
            Message::Attached => {
                self.rows.forget();
                self.gather.forget();
            }
            Message::Changed(_) | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        // On the smallest screen, a part of one row is better than none.
        self.rows.set_height((view::height(world.body()) / view::LINES).max(1));
        let mut wishes = Vec::new();
        if !world.attached() {
            return wishes;
        }
        if let Some((number, view, window)) = self.rows.needs(world.now) {
            wishes.push(Wish::Ask { about: About::Rows, number, request: Request::AcrossLines { view, window } });
        }
        if let Some((view, from)) = &self.gathering
            && let Some(number) = self.gather.ask()
        {
            let request = Request::AcrossLines { view: view.clone(), window: Window { offset: *from, limit: MOST } };
            wishes.push(Wish::Ask { about: About::Gathering, number, request });
        }
        wishes
    }

    fn wake(&self) -> Option<Timestamp> {
        self.rows.wake()
    }

    fn expects(&self) -> bool {
        self.rows.expects()
    }

    fn hears(&self, told: &Told) -> bool {
        *told == Told::Linked
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        view::view(self, area, buffer, world);
    }
}
