//! Marks: a letter for a product, to come back to. They are of products and not of places, so they survive another order
//! or filter, and what comes and goes in between.

use std::collections::BTreeMap;

use ratatui::text::Line;

use crate::domain::ProductId;
use crate::keys::{Code, Key};
use crate::protocol::{NoticeLevel, Problem, ProductRow, ProductsView, Reply, Request};
use crate::tui::rows::Slot;
use crate::tui::theme::Theme;
use crate::tui::widgets::{piece, text};
use crate::tui::wish::{About, Wish};

/// The mark that every jump leaves behind where it began.
const BEFORE: char = '\'';
/// Of a title in the line of marks.
const TITLE: u16 = 18;

/// What the next letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    Sets,
    GoesTo,
}

#[derive(Debug, Default)]
pub struct Marks {
    set: BTreeMap<char, (ProductId, String)>,
    letter: Option<Letter>,
    slot: Slot,
    /// Where the open question leads.
    sought: Option<char>,
}

impl Marks {
    /// Whether the next key is a letter of a mark.
    pub fn waits(&self) -> bool {
        self.letter.is_some()
    }

    pub fn begin(&mut self, letter: Letter) {
        self.letter = Some(letter);
    }

    pub fn give_up(&mut self) {
        self.letter = None;
    }

    /// The engine was gone and is back: no answer will come.
    pub fn forget(&mut self) {
        self.slot.forget();
    }

    /// The letter, with the row under the cursor.
    pub fn press(&mut self, key: Key, here: Option<&ProductRow>, view: &ProductsView) -> Vec<Wish> {
        let (Some(letter), Key { code: Code::Character(name), ctrl: false, alt: false }) = (self.letter.take(), key)
        else {
            return Vec::new();
        };
        match letter {
            Letter::Sets => here.map(|row| self.set(name, row)).unwrap_or_default(),
            Letter::GoesTo => self.go_to(name, here, view),
        }
    }

    fn set(&mut self, name: char, row: &ProductRow) -> Vec<Wish> {
        let text = format!("{name} marks “{}”", row.title);
        self.set.insert(name, (row.product, row.title.to_string()));
        vec![Wish::toast(NoticeLevel::Info, text)]
    }

    fn go_to(&mut self, name: char, here: Option<&ProductRow>, view: &ProductsView) -> Vec<Wish> {
        let Some((product, _)) = self.set.get(&name) else {
            return vec![Wish::toast(NoticeLevel::Info, format!("Nothing is marked {name}"))];
        };
        let product = *product;
        // One jump at a time; the next key comes after the answer.
        let Some(number) = self.slot.ask() else { return Vec::new() };
        self.sought = Some(name);
        if let Some(row) = here.filter(|row| row.product != product) {
            self.set.insert(BEFORE, (row.product, row.title.to_string()));
        }
        let request = Request::ProductPlace { view: view.clone(), product };
        vec![Wish::Ask { about: About::Place, number, request }]
    }

    /// Where the marked product stands in the view, if it does; what is to be said otherwise.
    pub fn answered(&mut self, number: u64, answer: Result<Reply, Problem>) -> Result<u64, Vec<Wish>> {
        if !self.slot.take(number) {
            return Err(Vec::new());
        }
        let name = self.sought.take();
        match answer {
            Ok(Reply::ProductPlace { place: Some(place) }) => Ok(place),
            Ok(Reply::ProductPlace { place: None }) => {
                let title = name.and_then(|name| self.set.get(&name)).map(|(_, title)| title.as_str());
                let text = format!("“{}” is not among what is shown now", title.unwrap_or_default());
                Err(vec![Wish::toast(
                    NoticeLevel::Info,
                    format!("{text}: a search or a filter hides it, or it is gone"),
                )])
            }
            answer => Err(Wish::unanswered("The marked product was not found", &answer)),
        }
    }

    /// What the letters are now, while one is waited for.
    pub fn line(&self, theme: Theme) -> Option<Line<'static>> {
        let words = match self.letter? {
            Letter::Sets => " a letter marks this product ",
            Letter::GoesTo if self.set.is_empty() => " nothing is marked yet ",
            Letter::GoesTo => " a letter goes back to ",
        };
        let mut pieces = vec![piece(words, theme.key())];
        for (name, (_, title)) in &self.set {
            pieces.push(piece(format!(" {name}"), theme.strong()));
            pieces.push(piece(format!(" {}", text::cut(title, TITLE)), theme.quiet()));
        }
        Some(Line::from(pieces))
    }
}
