//! One row of the link report: both listings next to each other, with a word at what differs, and what speaks for a
//! suggestion and against it.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::{MatchKey, Text};
use crate::keys::{Action, Place};
use crate::protocol::{ListingBrief, ReportRow};
use crate::tui::reader::Manner;
use crate::tui::widgets::{Scroll, piece, text};
use crate::tui::wish::{Message, Wish};
use crate::tui::words;
use crate::tui::world::World;

use super::Popup;
use super::comparison::{self, Row, Verdict};
use super::reading;

const TITLE: &str = "Are these the same product?";

#[derive(Debug)]
pub struct State {
    row: ReportRow,
    scroll: Scroll,
}

impl State {
    pub fn new(row: ReportRow) -> Self {
        Self { row, scroll: Scroll::default() }
    }

    fn rows(&self, world: &World) -> Vec<Row> {
        let Some((here, there)) = self.row.sides() else { return Vec::new() };
        let both = |value: fn(&ListingBrief) -> String| vec![value(here), value(there)];
        let word = |text: &Option<Text>| text.as_deref().unwrap_or("–").to_owned();
        let matched = |key: MatchKey, label: &str, cells: Vec<String>| {
            let found_by = match &self.row {
                ReportRow::Candidate(row) => row.matched.as_slice(),
                _ => &[],
            };
            let verdict = if found_by.contains(&key) { Verdict::Matches } else { Verdict::of(&cells) };
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

/// What speaks for a suggestion, and against it.
fn evidence(row: &ReportRow, width: u16, world: &World) -> Vec<Line<'static>> {
    let ReportRow::Suggestion(row) = row else { return Vec::new() };
    let theme = world.theme;
    let sure = format!("{} %: {}", row.percent, row.class.label());
    let mut lines = vec![Line::default(), Line::from(piece(sure, theme.strong()))];
    for piece_of in &row.evidence {
        let (sign, style) = if piece_of.speaks_for { ("+ ", theme.good()) } else { ("− ", theme.warning()) };
        for (at, line) in text::wrapped(&piece_of.sentence, width.saturating_sub(2)).into_iter().enumerate() {
            let sign = if at == 0 { sign } else { "  " };
            lines.push(Line::from(piece(format!("{sign}{line}"), style)));
        }
    }
    lines
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::List
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        reading::update(&mut self.scroll, &message, &[Action::Back, Action::Open])
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let width = area.width.saturating_sub(2).min(104);
        let mut lines = comparison::lines(&self.rows(world), 2, width.saturating_sub(4), world.theme);
        let evidence = evidence(&self.row, width.saturating_sub(4), world);
        lines.extend_from_slice(&evidence);
        let tell = |buffer: &mut Canvas| {
            buffer.titled(TITLE);
            buffer.say_all(Manner::Plain, comparison::aloud(&self.rows(world)));
            buffer.say_all(Manner::Plain, text::unwrapped(&evidence, width.saturating_sub(4)));
        };
        buffer.tell_or_draw(tell, |buffer| {
            reading::view(&self.scroll, TITLE, &lines, width, area, buffer, world.theme);
        });
    }
}
