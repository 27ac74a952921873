//! What can be done with products that are chosen, wherever they are chosen: in the list, or on a product's page.

use crate::domain::ProductId;
use crate::keys::Action;
use crate::protocol::{NoticeLevel, Request};

use super::wish::{About, Opening, Pane, Question, Told, Wish};

/// Products that an action is about.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub products: Vec<ProductId>,
    /// `37 products`, or the title of the only one in quotes.
    pub title: String,
    /// The one under the cursor, with its title: what is done to one product is done to this one.
    pub here: (ProductId, String),
}

impl Chosen {
    /// What an action means for these; `None` if it is not about them.
    pub fn act(self, action: Action) -> Option<Vec<Wish>> {
        let Self { products, title, here: (product, name) } = self;
        Some(match action {
            Action::Synchronize => vec![Wish::Open(Opening::Synchronize { products, title })],
            Action::Adjust => vec![Wish::Open(Opening::Adjust { product, title: name })],
            Action::Explain => vec![Wish::Open(Opening::Explain { product, title: name })],
            Action::Unlink => {
                let title = format!("Unlink {title}");
                vec![Wish::Open(Opening::Planning { request: Request::PlanUnlink { products }, title })]
            }
            Action::PauseSync => vec![Wish::Open(Opening::Question(pause(products, &title)))],
            Action::ShowHistory => {
                vec![Wish::Tell(Pane::Journal, Told::HistoryOf(product)), Wish::Act(Action::ShowJournal)]
            }
            _ => return None,
        })
    }
}

fn pause(products: Vec<ProductId>, title: &str) -> Question {
    let answer = |paused: bool, words: &str| {
        let request = Request::PauseSync { products: products.clone(), paused };
        vec![Wish::Ask { about: About::Decide, number: 1, request }, Wish::toast(NoticeLevel::Info, words), Wish::Close]
    };
    Question {
        title: format!("Keep {title} in step?"),
        text: vec![
            "Paused products are read and shown, and nothing of them is written anywhere. What is sold meanwhile is \
             told when they go on."
                .to_owned(),
        ],
        answers: vec![
            ("Leave it as it is".to_owned(), vec![Wish::Close]),
            ("Pause: write nothing of it".to_owned(), answer(true, "Paused: nothing of it is written")),
            ("Go on: keep it in step".to_owned(), answer(false, "Kept in step again")),
        ],
        yes: None,
    }
}
