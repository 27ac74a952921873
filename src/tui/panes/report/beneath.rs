//! What is said of the row under the cursor, beneath the list: both sides next to each other with a sign at what
//! differs, what speaks for a suggestion and against it, or why something cannot be linked.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::Side;
use crate::keys::{Action, Place};
use crate::protocol::{EvidenceRow, ListingBrief, ReasonRow, ReportRow, ReportTab};
use crate::tui::mending;
use crate::tui::reader::Manner;
use crate::tui::theme::Theme;
use crate::tui::widgets::{piece, put, put_line, put_wrapped, text};
use crate::tui::words;
use crate::tui::world::World;

/// A screen so wide shows both sides and the evidence beside each other.
const WIDE: u16 = 100;

/// Lines beneath the list.
pub fn height(body: Rect, tab: ReportTab) -> u16 {
    match (tab, body.height) {
        (_, 0..12) => 0,
        // Both sides stand in the row, and there is little room for more.
        (ReportTab::Candidates | ReportTab::Rejected, 12..26) => 0,
        (ReportTab::Suggestions, 12..26) => 7,
        (ReportTab::WithoutCandidate, 12..26) => 5,
        (ReportTab::WithoutCandidate, _) => 8,
        (ReportTab::Suggestions, _) if body.width < WIDE => 14,
        (ReportTab::Suggestions, _) => 9,
        (ReportTab::Candidates | ReportTab::Rejected, _) => 9,
    }
}

pub fn draw(row: &ReportRow, area: Rect, buffer: &mut Canvas, world: &World) {
    if area.height == 0 {
        return;
    }
    let theme = world.theme;
    let rule = if theme.ascii { "-" } else { "─" };
    buffer.silently(|buffer| {
        put(buffer, area.x, area.y, &rule.repeat(usize::from(area.width)), area.width, theme.quiet())
    });
    let area = Rect { y: area.y + 1, height: area.height - 1, ..area };
    match row {
        ReportRow::WithoutCandidate { reasons, .. } => self::reasons(reasons, area, buffer, world),
        ReportRow::Candidate(row) => sides(&row.in_store, &row.online, area, buffer, theme),
        ReportRow::Rejected(row) => sides(&row.in_store, &row.online, area, buffer, theme),
        ReportRow::Suggestion(row) if area.width >= WIDE => {
            let half = area.width / 2;
            sides(&row.in_store, &row.online, Rect { width: half - 2, ..area }, buffer, theme);
            let right = Rect { x: area.x + half, width: area.width - half, ..area };
            evidence(&row.evidence, right, buffer, theme);
        }
        ReportRow::Suggestion(row) if area.height > 9 => {
            sides(&row.in_store, &row.online, Rect { height: 8, ..area }, buffer, theme);
            let rest = Rect { y: area.y + 8, height: area.height - 8, ..area };
            evidence(&row.evidence, rest, buffer, theme);
        }
        ReportRow::Suggestion(row) => evidence(&row.evidence, area, buffer, theme),
    }
}

/// What a field says on each side, as shown.
pub struct Shown {
    pub label: &'static str,
    pub in_store: String,
    pub online: String,
}

impl Shown {
    /// Whether people would say so: `TEAPOT` is a teapot. Quantities differ by their nature.
    pub fn differs(&self) -> bool {
        match self.label {
            "title" => self.in_store.to_lowercase() != self.online.to_lowercase(),
            "quantity" => false,
            _ => self.in_store != self.online,
        }
    }
}

/// The fields by which people tell products apart.
pub fn fields(in_store: &ListingBrief, online: &ListingBrief) -> Vec<Shown> {
    let said = |text: &Option<crate::domain::Text>| text.as_deref().unwrap_or("–").to_owned();
    let price = |brief: &ListingBrief| brief.price.map_or_else(|| "–".to_owned(), |price| price.to_string());
    let shown = |label, value: &dyn Fn(&ListingBrief) -> String| Shown {
        label,
        in_store: value(in_store),
        online: value(online),
    };
    vec![
        shown("title", &|brief| brief.title.to_string()),
        shown("SKU", &|brief| said(&brief.sku)),
        shown("barcode", &|brief| said(&brief.barcode)),
        shown("brand", &|brief| said(&brief.brand)),
        shown("price", &price),
        shown("variants", &|brief| brief.variants.to_string()),
        shown("quantity", &|brief| words::quantity_in_full(brief.quantity)),
    ]
}

/// The names of the fields that differ.
pub fn differing(in_store: &ListingBrief, online: &ListingBrief) -> Vec<&'static str> {
    let fields = fields(in_store, online);
    fields.iter().filter(|field| field.differs()).map(|field| field.label).collect()
}

/// Both sides, with a sign between them.
fn sides(in_store: &ListingBrief, online: &ListingBrief, area: Rect, buffer: &mut Canvas, theme: Theme) {
    // What is the same was said with the row.
    for field in fields(in_store, online).iter().filter(|field| field.differs() && field.label != "title") {
        let side = |value: &str, side: &str| match value {
            "–" => format!("none {side}"),
            value => format!("{value} {side}"),
        };
        let (here, there) = (side(&field.in_store, "in store"), side(&field.online, "online"));
        buffer.say(Manner::Plain, format!("{}: {here}, {there}", field.label));
    }
    buffer.silently(|buffer| sides_drawn(in_store, online, area, buffer, theme));
}

fn sides_drawn(in_store: &ListingBrief, online: &ListingBrief, area: Rect, buffer: &mut Canvas, theme: Theme) {
    const LABEL: u16 = 10;
    let column = area.width.saturating_sub(LABEL + 4) / 2;
    let head = |brief: &ListingBrief| format!("{} {}", brief.side.label(), brief.mark);
    let line = |cells: [(String, Style); 4]| {
        let widths = [LABEL, column, 4, column];
        let padded = cells.into_iter().zip(widths).map(|((cell, style), width)| {
            let cell = text::cut(&cell, width.saturating_sub(1)).into_owned();
            let blank = usize::from(width.saturating_sub(text::width(&cell)));
            piece(format!("{cell}{}", " ".repeat(blank)), style)
        });
        Line::from(padded.collect::<Vec<Span<'static>>>())
    };
    let mut lines = vec![line([
        (String::new(), theme.plain()),
        (head(in_store), theme.side(Side::InStore).patch(theme.strong())),
        (String::new(), theme.plain()),
        (head(online), theme.side(Side::Online).patch(theme.strong())),
    ])];
    for field in fields(in_store, online) {
        let (sign, style) = match (field.differs(), field.label) {
            (true, _) => (" ≠ ", theme.strong()),
            (false, "quantity") => ("   ", theme.plain()),
            (false, _) => (" = ", theme.plain()),
        };
        let signed = if field.differs() { theme.warning().patch(theme.strong()) } else { theme.quiet() };
        lines.push(line([
            (field.label.to_owned(), theme.quiet()),
            (field.in_store, style),
            (sign.to_owned(), signed),
            (field.online, style),
        ]));
    }
    for (y, line) in (area.y..area.bottom()).zip(&lines) {
        put_line(buffer, area.x, y, line, area.width);
    }
}

/// What speaks for a pair with `+`, and against it with `−`.
fn evidence(evidence: &[EvidenceRow], area: Rect, buffer: &mut Canvas, theme: Theme) {
    let mut y = area.y;
    for piece in evidence {
        if y >= area.bottom() {
            break;
        }
        let (sign, style) = signed(piece.speaks_for, theme);
        buffer.say(Manner::Plain, format!("{sign}{}", piece.sentence));
        buffer.silently(|buffer| put(buffer, area.x, y, sign, 2, style));
        let rest =
            Rect { x: area.x + 2, width: area.width.saturating_sub(2), y, height: area.bottom().saturating_sub(y) };
        y = buffer.silently(|buffer| put_wrapped(buffer, rest, &piece.sentence, theme.plain()));
    }
}

fn signed(speaks_for: bool, theme: Theme) -> (&'static str, Style) {
    if speaks_for { ("+ ", theme.good()) } else { ("− ", theme.warning()) }
}

/// Why the row cannot be linked, and what would help.
fn reasons(reasons: &[ReasonRow], area: Rect, buffer: &mut Canvas, world: &World) {
    let theme = world.theme;
    let mut y = area.y;
    let mends = mending::of(reasons).len();
    if mends > 0 {
        let key = piece(format!(" {} ", world.key(Place::Report, Action::Mend)), theme.key());
        let words = if mends == 1 { "mends it".to_owned() } else { format!("mends it, in one of {mends} ways") };
        let line = Line::from(vec![key, piece(words, theme.plain())]);
        put_line(buffer, area.x, area.bottom() - 1, &line, area.width);
    }
    let bottom = area.bottom().saturating_sub(u16::from(mends > 0));
    for (at, reason) in reasons.iter().enumerate() {
        if y >= bottom {
            break;
        }
        let rest = |y: u16| Rect { y, height: bottom.saturating_sub(y), ..area };
        // The row has said the first one.
        y = match at {
            0 => buffer.silently(|buffer| put_wrapped(buffer, rest(y), &reason.sentence, theme.plain())),
            _ => put_wrapped(buffer, rest(y), &reason.sentence, theme.plain()),
        };
        let indented = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..rest(y) };
        y = put_wrapped(buffer, indented, &format!("→ {}", reason.mend), theme.good());
    }
}
