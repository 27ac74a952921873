//! One row of the link report: both listings next to each other, with a word at what differs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::{MatchKey, Text};
use crate::keys::{Action, Place};
use crate::protocol::{CandidateRow, ListingBrief};
use crate::tui::widgets::Scroll;
use crate::tui::wish::{Message, Wish};
use crate::tui::words;
use crate::tui::world::World;

use super::Popup;
use super::comparison::{self, Row, Verdict};
use super::reading;

#[derive(Debug)]
pub struct State {
    row: CandidateRow,
    scroll: Scroll,
}

impl State {
    pub fn new(row: CandidateRow) -> Self {
        Self { row, scroll: Scroll::default() }
    }

    fn rows(&self, world: &World) -> Vec<Row> {
        let (here, there) = (&self.row.in_store, &self.row.online);
        let both = |value: fn(&ListingBrief) -> String| vec![value(here), value(there)];
        let word = |text: &Option<Text>| text.as_deref().unwrap_or("–").to_owned();
        let matched = |key: MatchKey, label: &str, cells: Vec<String>| {
            let verdict = if self.row.matched.contains(&key) { Verdict::Matches } else { Verdict::of(&cells) };
            Row::Field { label: label.to_owned(), cells, verdict }
        };
        let head = |listing: &ListingBrief| {
            (format!("{} · {}", listing.side.label(), listing.mark), world.theme.side(listing.side))
        };
        vec![
            Row::Head(vec![head(here), head(there)]),
            matched(MatchKey::Title, "Title", both(|listing| listing.title.to_string())),
            matched(MatchKey::Sku, "SKU", vec![word(&here.sku), word(&there.sku)]),
            matched(MatchKey::Barcode, "Barcode", vec![word(&here.barcode), word(&there.barcode)]),
            Row::field("Brand", vec![word(&here.brand), word(&there.brand)]),
            Row::field(
                "Price",
                both(|listing| listing.price.map_or_else(|| "–".to_owned(), |price| price.to_string())),
            ),
            Row::field("Quantity", both(|listing| words::quantity_in_full(listing.quantity))),
            Row::field("Variants", both(|listing| listing.variants.to_string())),
        ]
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::List
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        reading::update(&mut self.scroll, &message, &[Action::Back, Action::Open])
    }

    fn view(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        let width = area.width.saturating_sub(2).min(104);
        let lines = comparison::lines(&self.rows(world), 2, width.saturating_sub(4), world.theme);
        reading::view(&self.scroll, "Are these the same product?", &lines, width, area, buffer, world.theme);
    }
}
