//! A person corrects a stock: set or add, with a reason. Then the plan is made and shown.

use crate::domain::{ProductId, Quantity, VariantId};
use crate::protocol::{Correction, Problem, ProductDetail, Reply, Request};
use crate::tui::rows::Slot;
use crate::tui::wish::{About, Wish};
use crate::tui::world::World;

use super::form::{Form, Purpose};
use super::sheet::{Row, Sheet};

#[derive(Debug)]
pub struct State {
    product: ProductId,
    title: String,
    /// `None` until the product was read.
    variants: Option<Vec<VariantId>>,
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
    pub fn form(product: ProductId, title: String) -> Form<Self> {
        let purpose = Self { product, title, variants: None, detail: Slot::default(), plan: Slot::default() };
        Form::new(Sheet::new(rows(), "Make the plan"), purpose)
    }

    /// The row of the variant comes first, where there are several.
    fn has_choice(&self) -> bool {
        self.variants.as_ref().is_some_and(|variants| variants.len() > 1)
    }

    /// Where there are several variants, which one it is stands first.
    fn read(&mut self, sheet: &mut Sheet, detail: &ProductDetail) {
        let variants = detail.rows.iter().filter_map(|row| {
            let cell = row.cells.iter().flatten().next()?;
            Some((row.label.clone(), cell.variant))
        });
        let (labels, numbers): (Vec<String>, Vec<VariantId>) = variants.unzip();
        if numbers.len() > 1 {
            let mut all = vec![Row::choice("Variant", labels, 0, "Which one was counted")];
            all.extend(rows());
            *sheet = Sheet::new(all, "Make the plan");
        }
        self.variants = Some(numbers);
    }
}

impl Purpose for State {
    fn title(&self) -> String {
        format!("Adjust the stock of “{}”", self.title)
    }

    fn note(&self) -> &str {
        if self.plan.is_open() {
            "Making the plan…"
        } else {
            "Every shop that is linked is told at once. First you see the plan."
        }
    }

    fn done(&mut self, sheet: &mut Sheet) -> Vec<Wish> {
        let first = usize::from(self.has_choice());
        let typed = sheet.typed(first + 1).replace('−', "-");
        let quantity: Quantity = match typed.parse() {
            Ok(quantity) => quantity,
            Err(_) => {
                sheet.complain(first + 1, "That is no quantity: write it as 12, -3 or 2.5");
                return Vec::new();
            }
        };
        let set = sheet.chosen(first) == 1;
        if set && quantity.is_negative() {
            sheet.complain(first + 1, "A stock cannot be set below 0; to take some away, add a negative number");
            return Vec::new();
        }
        let variant = match &self.variants {
            Some(variants) if variants.len() > 1 => variants.get(sheet.chosen(0)).copied(),
            Some(variants) => variants.first().copied(),
            None => None,
        };
        let Some(number) = self.plan.ask() else { return Vec::new() };
        let request = Request::PlanAdjust {
            product: self.product,
            variant,
            correction: if set { Correction::Set(quantity) } else { Correction::Add(quantity) },
            reason: sheet.typed(first + 2).to_owned(),
        };
        vec![Wish::Ask { about: About::Plan, number, request }]
    }

    fn answered(&mut self, sheet: &mut Sheet, about: About, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish> {
        if about == About::Detail && self.detail.take(number) {
            return match answer {
                Ok(Reply::Product(detail)) => {
                    self.read(sheet, &detail);
                    Vec::new()
                }
                answer => Wish::unanswered("The product could not be read", &answer),
            };
        }
        if about == About::Plan && self.plan.take(number) { Wish::planned(answer) } else { Vec::new() }
    }

    fn forget(&mut self) {
        self.detail.forget();
        self.plan.forget();
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
}
