//! Which side is wrong, and what of it: then the plan is made and shown.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::domain::{ProductId, Side};
use crate::keys::{Action, Place};
use crate::protocol::{Reply, Request, Wrong};
use crate::tui::rows::Slot;
use crate::tui::wish::{About, Message, Opening, Wish};
use crate::tui::world::World;

use super::Popup;
use super::sheet::{Outcome, Row, Sheet};

#[derive(Debug)]
pub struct State {
    products: Vec<ProductId>,
    /// `37 products`, or the title of the only one.
    title: String,
    wrong: Vec<Wrong>,
    sheet: Sheet,
    plan: Slot,
}

impl State {
    pub fn new(products: Vec<ProductId>, title: String, world: &World) -> Self {
        let mut wrong = vec![Wrong::Side(Side::Online), Wrong::Side(Side::InStore)];
        let mut names = vec![Side::Online.label().to_owned(), Side::InStore.label().to_owned()];
        for side in [Side::InStore, Side::Online] {
            let there = world.connections_of(side);
            if there.len() > 1 {
                wrong.extend(there.iter().map(|row| Wrong::Connection(row.id)));
                names.extend(there.iter().map(|row| row.name.to_string()));
            }
        }
        let what = ["quantity and price", "quantity", "price"].map(str::to_owned).to_vec();
        let sheet = Sheet::new(
            vec![
                Row::choice("Wrong is", names, 0, "It gets what the other side has"),
                Row::choice("What", what, 0, "Quantities follow the ledger: what is sold meanwhile counts"),
            ],
            "Make the plan",
        );
        Self { products, title, wrong, sheet, plan: Slot::default() }
    }

    fn plan(&mut self) -> Vec<Wish> {
        let Some(wrong) = self.wrong.get(self.sheet.chosen(0)).copied() else { return Vec::new() };
        let Some(number) = self.plan.ask() else { return Vec::new() };
        let what = self.sheet.chosen(1);
        let request =
            Request::PlanSynchronize { products: self.products.clone(), wrong, quantity: what != 2, price: what != 1 };
        vec![Wish::Ask { about: About::Plan, number, request }]
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Form
    }

    fn lacks(&self, action: Action) -> bool {
        action == Action::Test
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        match self.sheet.update(&message) {
            Outcome::Close => return vec![Wish::Close],
            Outcome::Done => return self.plan(),
            Outcome::Stay => {}
        }
        match message {
            Message::Answer { about: _, number, answer } if self.plan.take(number) => match answer {
                Ok(Reply::Planned(summary)) => vec![Wish::Close, Wish::Open(Opening::Plan(Box::new(summary)))],
                answer => Wish::unanswered("No plan could be made", &answer),
            },
            Message::Attached => {
                self.plan.forget();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn expects(&self) -> bool {
        self.plan.is_open()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let note = if self.plan.is_open() { "Making the plan…" } else { NOTE };
        self.sheet.view(&format!("Synchronize {}", self.title), note, area, buffer, world.theme);
    }
}

const NOTE: &str = "Nothing is written yet: first you see the plan, with every write and everything that is refused.";
