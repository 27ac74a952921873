//! Which side is wrong, and what of it: then the plan is made and shown.

use crate::domain::{ProductId, Side};
use crate::protocol::{Problem, Reply, Request, Wrong};
use crate::tui::rows::Slot;
use crate::tui::wish::{About, Wish};
use crate::tui::world::World;

use super::form::{Form, Purpose};
use super::sheet::{Row, Sheet};

#[derive(Debug)]
pub struct State {
    products: Vec<ProductId>,
    /// `37 products`, or the title of the only one.
    title: String,
    wrong: Vec<Wrong>,
    plan: Slot,
}

impl State {
    pub fn form(products: Vec<ProductId>, title: String, world: &World) -> Form<Self> {
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
        Form::new(sheet, Self { products, title, wrong, plan: Slot::default() })
    }
}

impl Purpose for State {
    fn title(&self) -> String {
        format!("Synchronize {}", self.title)
    }

    fn note(&self) -> &str {
        if self.plan.is_open() { "Making the plan…" } else { NOTE }
    }

    fn done(&mut self, sheet: &mut Sheet) -> Vec<Wish> {
        let Some(wrong) = self.wrong.get(sheet.chosen(0)).copied() else { return Vec::new() };
        let Some(number) = self.plan.ask() else { return Vec::new() };
        let what = sheet.chosen(1);
        let request =
            Request::PlanSynchronize { products: self.products.clone(), wrong, quantity: what != 2, price: what != 1 };
        vec![Wish::Ask { about: About::Plan, number, request }]
    }

    fn answered(&mut self, _: &mut Sheet, _: About, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish> {
        if self.plan.take(number) { Wish::planned(answer) } else { Vec::new() }
    }

    fn forget(&mut self) {
        self.plan.forget();
    }

    fn expects(&self) -> bool {
        self.plan.is_open()
    }
}

const NOTE: &str = "Nothing is written yet: first you see the plan, with every write and everything that is refused.";
