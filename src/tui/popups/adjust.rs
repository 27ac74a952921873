//! A person corrects a stock: set or add, with a reason. Then the plan is made and shown.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::domain::{ProductId, Quantity, VariantId};
use crate::keys::{Action, Place};
use crate::protocol::{Correction, Reply, Request};
use crate::tui::rows::Slot;
use crate::tui::wish::{About, Message, Opening, Wish};
use crate::tui::world::World;

use super::Popup;
use super::sheet::{Outcome, Row, Sheet};

#[derive(Debug)]
pub struct State {
    product: ProductId,
    title: String,
    /// `None` until the product was read.
    variants: Option<Vec<VariantId>>,
    sheet: Sheet,
    detail: Slot,
    plan: Slot,
}

fn rows() -> Vec<Row> {
    vec![
        Row::choice("How", vec!["add".to_owned(), "set to".to_owned()], 0, "Add −3 for three that are lost or broken"),
        Row::text("Quantity", "", "So many pieces: 12, −3 or 2.5"),
        Row::text("Reason", "", "Stands in the history: delivery, stock take, broken"),
    ]
}

impl State {
    pub fn new(product: ProductId, title: String) -> Self {
        Self {
            product,
            title,
            variants: None,
            sheet: Sheet::new(rows(), "Make the plan"),
            detail: Slot::default(),
            plan: Slot::default(),
        }
    }

    /// The row of the variant comes first, where there are several.
    fn has_choice(&self) -> bool {
        self.variants.as_ref().is_some_and(|variants| variants.len() > 1)
    }

    fn plan(&mut self) -> Vec<Wish> {
        let first = usize::from(self.has_choice());
        let typed = self.sheet.typed(first + 1).replace('−', "-");
        let quantity: Quantity = match typed.parse() {
            Ok(quantity) => quantity,
            Err(_) => {
                self.sheet.complain(first + 1, "That is no quantity: write it as 12, -3 or 2.5");
                return Vec::new();
            }
        };
        let set = self.sheet.chosen(first) == 1;
        if set && quantity.is_negative() {
            self.sheet.complain(first + 1, "A stock cannot be set below 0; to take some away, add a negative number");
            return Vec::new();
        }
        let variant = match &self.variants {
            Some(variants) if variants.len() > 1 => variants.get(self.sheet.chosen(0)).copied(),
            Some(variants) => variants.first().copied(),
            None => None,
        };
        let Some(number) = self.plan.ask() else { return Vec::new() };
        let request = Request::PlanAdjust {
            product: self.product,
            variant,
            correction: if set { Correction::Set(quantity) } else { Correction::Add(quantity) },
            reason: self.sheet.typed(first + 2).to_owned(),
        };
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
            Message::Answer { about: About::Detail, number, answer } if self.detail.take(number) => match answer {
                Ok(Reply::Product(detail)) => {
                    let variants = detail.rows.iter().filter_map(|row| {
                        let cell = row.cells.iter().flatten().next()?;
                        Some((row.label.clone(), cell.variant))
                    });
                    let (labels, numbers): (Vec<String>, Vec<VariantId>) = variants.unzip();
                    if numbers.len() > 1 {
                        let mut all = vec![Row::choice("Variant", labels, 0, "Which one was counted")];
                        all.extend(rows());
                        self.sheet = Sheet::new(all, "Make the plan");
                    }
                    self.variants = Some(numbers);
                    Vec::new()
                }
                answer => Wish::unanswered("The product could not be read", &answer),
            },
            Message::Answer { about: _, number, answer } if self.plan.take(number) => match answer {
                Ok(Reply::Planned(summary)) => vec![Wish::Close, Wish::Open(Opening::Plan(Box::new(summary)))],
                answer => Wish::unanswered("No plan could be made", &answer),
            },
            Message::Attached => {
                self.detail.forget();
                self.plan.forget();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        if self.variants.is_some() || !world.attached() {
            return Vec::new();
        }
        let Some(number) = self.detail.ask() else { return Vec::new() };
        vec![Wish::Ask { about: About::Detail, number, request: Request::Product { product: self.product } }]
    }

    fn expects(&self) -> bool {
        self.plan.is_open() || self.variants.is_none()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let note = if self.plan.is_open() {
            "Making the plan…"
        } else {
            "Every shop that is linked is told at once. First you see the plan."
        };
        self.sheet.view(&format!("Adjust the stock of “{}”", self.title), note, area, buffer, world.theme);
    }
}
