//! Why a listing cannot be linked: every reason in full, each with what would help.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::keys::{Action, Place};
use crate::protocol::ReportRow;
use crate::tui::widgets::{Scroll, piece, text};
use crate::tui::wish::{Message, Wish};
use crate::tui::words;
use crate::tui::world::World;

use super::Popup;
use super::reading;

#[derive(Debug)]
pub struct State {
    row: ReportRow,
    scroll: Scroll,
}

impl State {
    pub fn new(row: ReportRow) -> Self {
        Self { row, scroll: Scroll::default() }
    }

    fn lines(&self, width: u16, world: &World) -> Vec<Line<'static>> {
        let theme = world.theme;
        let mut lines = Vec::new();
        let (listing, reasons) = match &self.row {
            ReportRow::Candidate(row) => (&row.in_store, &[][..]),
            ReportRow::WithoutCandidate { listing, reasons } => (listing, reasons.as_slice()),
        };
        let facts = [
            Some(listing.side.label().to_owned()),
            listing.sku.as_ref().map(|sku| format!("SKU {sku}")),
            listing.barcode.as_ref().map(|barcode| format!("barcode {barcode}")),
            listing.price.map(|price| price.to_string()),
            listing.brand.as_ref().map(|brand| format!("brand {brand}")),
            Some(words::counted(u64::from(listing.variants), "variant")),
            Some(format!("quantity {}", words::quantity_in_full(listing.quantity))),
        ];
        let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        lines.extend(text::wrapped(&facts, width).into_iter().map(|line| Line::styled(line, theme.quiet())));
        for reason in reasons {
            lines.push(Line::default());
            lines.extend(text::wrapped(&reason.sentence, width).into_iter().map(|l| Line::styled(l, theme.strong())));
            for (at, line) in text::wrapped(&reason.mend, width.saturating_sub(2)).into_iter().enumerate() {
                let sign = if at == 0 { "→ " } else { "  " };
                lines.push(Line::from(piece(format!("{sign}{line}"), theme.good())));
            }
        }
        lines
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
        let width = area.width.saturating_sub(2).min(90);
        let lines = self.lines(width.saturating_sub(4), world);
        let title = match &self.row {
            ReportRow::Candidate(row) => row.in_store.title.to_string(),
            ReportRow::WithoutCandidate { listing, .. } => format!("{} {}", listing.mark, listing.title),
        };
        reading::view(&self.scroll, &title, &lines, width, area, buffer, world.theme);
    }
}
