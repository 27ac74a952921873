//! What can be done with products that are chosen, wherever they are chosen: in the list, or on a product's page.

use crate::domain::ProductId;
use crate::keys::Action;
use crate::protocol::{LinkOf, NoticeLevel, Request};

use super::wish::{About, Opening, Pane, Question, Told, Wish};

/// Products that an action is about.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub products: Vec<ProductId>,
    /// `37 products`, or the title of the only one in quotes.
    pub title: String,
    /// The one under the cursor, with its title: what is done to one product is done to this one.
    pub here: (ProductId, String),
    /// Whether it is paused, where there is only one and that is known.
    pub paused: Option<bool>,
}

impl Chosen {
    /// What an action means for these; `None` if it is not about them.
    pub fn act(self, action: Action) -> Option<Vec<Wish>> {
        let Self { products, title, here: (product, name), paused } = self;
        Some(match action {
            Action::Synchronize => vec![Wish::Open(Opening::Synchronize { products, title })],
            Action::Adjust => vec![Wish::Open(Opening::Adjust { product, title: name })],
            Action::Explain => vec![Wish::Open(Opening::Explain { product, title: name })],
            Action::OpenPage => vec![Wish::Open(Opening::Pages { product, title: name })],
            Action::WhyNot => vec![Wish::Open(Opening::Why(LinkOf::Product(product), name))],
            Action::Unlink => {
                let title = format!("Unlink {title}");
                vec![Wish::Open(Opening::Planning { request: Request::PlanUnlink { products }, title })]
            }
            Action::PauseSync => vec![Wish::Open(Opening::Question(pause(products, &title, paused)))],
            Action::ShowHistory => {
                vec![Wish::Tell(Pane::Journal, Told::HistoryOf(product)), Wish::Act(Action::ShowJournal)]
            }
            _ => return None,
        })
    }
}

fn pause(products: Vec<ProductId>, title: &str, paused: Option<bool>) -> Question {
    let answer = |paused: bool, words: &str| {
        let request = Request::PauseSync { products: products.clone(), paused };
        vec![Wish::Ask { about: About::Decide, number: 1, request }, Wish::toast(NoticeLevel::Info, words), Wish::Close]
    };
    let now = match paused {
        Some(true) => "It is paused now. ",
        Some(false) => "It is kept in step now. ",
        None => "",
    };
    let mut answers = vec![("Leave it as it is".to_owned(), vec![Wish::Close])];
    if paused != Some(true) {
        answers.push(("Pause: write nothing of it".to_owned(), answer(true, "Paused: nothing of it is written")));
    }
    if paused != Some(false) {
        answers.push(("Go on: keep it in step".to_owned(), answer(false, "Kept in step again")));
    }
    Question {
        title: format!("Keep {title} in step?"),
        text: vec![format!(
            "{now}Paused products are read and shown, and nothing of them is written anywhere. What is sold \
                 meanwhile is told when they go on."
        )],
        answers,
        yes: None,
    }
}
