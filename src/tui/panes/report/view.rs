//! How the Link Report pane looks.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::Side;
use crate::keys::{Action, Place};
use crate::protocol::{CandidateRow, ListingBrief, ReasonRow, ReportRow, ReportSummary, ReportTab};
use crate::tui::theme::Theme;
use crate::tui::widgets::{self, Column, Columns, list, piece, put, put_line, put_right, put_wrapped, text};
use crate::tui::words;
use crate::tui::world::World;

use super::choices::Choice;
use super::state::State;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Tick,
    InStore,
    InStoreQuantity,
    Primary,
    OnlineQuantity,
    Online,
    Matched,
    Listing,
    Sku,
    Why,
}

/// Lines that tell the reasons of the row under the cursor.
fn reasons_height(body: Rect) -> u16 {
    match body.height {
        0..12 => 0,
        12..26 => 5,
        _ => 7,
    }
}

/// Rows of the list.
pub(super) fn list_height(body: Rect, tab: ReportTab) -> u16 {
    let below = match tab {
        ReportTab::Candidates => 0,
        ReportTab::WithoutCandidate => reasons_height(body),
    };
    body.height.saturating_sub(3 + below)
}

fn candidate_columns(width: u16) -> Columns<What> {
    let wide = width >= 100;
    let quantity = if wide { 8 } else { 5 };
    let columns = vec![
        Column::fixed(What::Tick, "", 3),
        Column::flexible(What::InStore, "In store", 14),
        Column::fixed(What::InStoreQuantity, "POS", quantity).right(),
        Column::fixed(What::Primary, "Primary", 7),
        Column::fixed(What::OnlineQuantity, "eCom", quantity),
        Column::flexible(What::Online, "Online", 14).spare(1),
        Column::fixed(What::Matched, "Matched by", if wide { 19 } else { 10 }).spare(2),
    ];
    Columns::fit(columns, width, if wide { 2 } else { 1 })
}

fn reason_columns(width: u16) -> Columns<What> {
    let columns = vec![
        Column::fixed(What::Listing, "Product", width * 2 / 5),
        Column::fixed(What::Sku, "SKU", 14).spare(1),
        Column::flexible(What::Why, "Why it cannot be linked", 24),
    ];
    Columns::fit(columns, width, if width >= 100 { 2 } else { 1 })
}

impl State {
    pub fn view(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        let theme = world.theme;
        let line = |at: u16| Rect { y: area.y + at, height: 1, ..area };
        if area.height < 4 {
            return;
        }
        match &self.typing {
            Some(entry) => {
                let x = put(buffer, area.x, area.y, " search ", 8, theme.key());
                let found = Line::from(format!("{} found ", words::count(self.rows.total())));
                put_right(buffer, line(0), &found);
                let room = area.width.saturating_sub(x - area.x + 14);
                entry.draw(buffer, Rect { x, width: room, ..line(0) }, true, theme.plain(), theme);
            }
            None => self.chips(line(0), buffer, world),
        }
        let tab = self.rows.view().tab;
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        let rows = Rect { y: area.y + 2, height: list_height(area, tab), ..inner };
        let columns = match tab {
            ReportTab::Candidates => candidate_columns(inner.width),
            ReportTab::WithoutCandidate => reason_columns(inner.width),
        };
        columns.head(buffer, Rect { y: area.y + 1, ..inner }, theme);
        if self.rows.total() == 0 || self.summary.is_none() {
            self.empty(rows, buffer, world);
        }
        list(buffer, rows, 1, &self.rows, theme, |buffer, area, place, row| match row {
            ReportRow::Candidate(row) => {
                let ranged = self
                    .range
                    .is_some_and(|from| (from.min(self.rows.cursor())..=from.max(self.rows.cursor())).contains(&place));
                let choice = self.choices.of(row);
                columns.row(buffer, area, |column| candidate_cell(column, row, choice, ranged, theme));
            }
            ReportRow::WithoutCandidate { listing, reasons } => {
                columns.row(buffer, area, |column| reason_cell(column, listing, reasons, theme));
            }
        });
        if tab == ReportTab::WithoutCandidate {
            let height = reasons_height(area);
            let below = Rect { y: rows.bottom(), height, ..inner };
            self.reasons(below, buffer, theme);
        }
        self.summary_line(line(area.height - 1), buffer, world);
    }

    fn chips(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        let theme = world.theme;
        let key = |action| piece(format!(" {} ", world.key(Place::Report, action)), theme.key());
        let (page, pages) = self.rows.page_of();
        let page = Line::from(format!("page {} of {} ", words::count(page), words::count(pages)));
        put_right(buffer, area, &page);
        let mut room = usize::from(area.width).saturating_sub(page.width() + 1);

        let number = |of: fn(&ReportSummary) -> u64| match &self.summary {
            Some(summary) => format!(" {}", words::count(of(summary))),
            None => String::new(),
        };
        let (can, cannot) = (number(|summary| summary.candidates), number(|summary| summary.without_candidate));
        let view = self.rows.view();
        let tab = |name: &str, number: String, tab: ReportTab| match view.tab == tab {
            true => piece(format!("[{name}{number}]"), theme.strong()),
            false => piece(format!(" {name}{number} "), theme.quiet()),
        };
        let tabs = vec![
            key(Action::WhyNot),
            tab("can be linked", can, ReportTab::Candidates),
            tab("cannot", cannot, ReportTab::WithoutCandidate),
        ];
        let search = match view.search.is_empty() {
            true => vec![key(Action::Search), piece("search", theme.quiet())],
            false => vec![key(Action::Search), piece(format!("“{}”", text::cut(&view.search, 24)), theme.strong())],
        };
        let mut refresh = vec![key(Action::RefreshReport)];
        refresh.extend(self.age(world, area.width >= 100));
        let mut pieces: Vec<Span<'static>> = Vec::new();
        let groups = if view.search.is_empty() { [tabs, refresh, search] } else { [tabs, search, refresh] };
        for group in groups {
            let width: usize = group.iter().map(Span::width).sum();
            if width <= room {
                room = room.saturating_sub(width + 2);
                pieces.extend(group);
                pieces.push(piece("  ", theme.plain()));
            }
        }
        put_line(buffer, area.x, area.y, &Line::from(pieces), area.width.saturating_sub(10));
    }

    /// How old the report is, and whether it is still true.
    fn age(&self, world: &World, wide: bool) -> Vec<Span<'static>> {
        let theme = world.theme;
        if world.status.as_ref().is_some_and(|status| status.report_running) {
            return vec![piece("being made anew…", theme.accent())];
        }
        match &self.summary {
            Some(summary) if summary.stale => {
                let ago = words::ago(world.now, summary.made_at);
                // Rows that are shown are up to date in any case; new pairs come with the next report only.
                let words = match wide {
                    true => format!("refresh, made {ago}; the shops changed since"),
                    false => "refresh: outdated".to_owned(),
                };
                vec![piece(words, theme.warning())]
            }
            Some(summary) => {
                vec![piece(format!("refresh, made {}", words::ago(world.now, summary.made_at)), theme.quiet())]
            }
            None => vec![piece("make the report", theme.quiet())],
        }
    }

    fn empty(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        let key = |action| world.key(Place::Report, action);
        let view = self.rows.view();
        let text = if !self.rows.is_current() {
            if world.attached() {
                "Reading…".to_owned()
            } else {
                "Nothing to show until the engine is there".to_owned()
            }
        } else if self.summary.is_none() {
            format!(
                "There is no link report yet. {} makes one: it pairs what is in both shops, for you to look at and link.",
                key(Action::RefreshReport)
            )
        } else if !view.search.is_empty() {
            format!("Nothing here has “{}”. {} clears the search.", view.search, key(Action::Back))
        } else {
            match view.tab {
                ReportTab::Candidates => format!(
                    "Nothing is left to link. {} shows what cannot be linked, and why.\nWhat one side lacks is pushed from Products: {}.",
                    key(Action::WhyNot),
                    key(Action::ShowProducts)
                ),
                ReportTab::WithoutCandidate => "Every product has its counterpart.".to_owned(),
            }
        };
        put_wrapped(buffer, widgets::middle(area, 70, 4), &text, world.theme.plain());
    }

    /// Why the row under the cursor cannot be linked, and what would help.
    fn reasons(&self, area: Rect, buffer: &mut Buffer, theme: Theme) {
        if area.height == 0 {
            return;
        }
        let line = "─".repeat(usize::from(area.width));
        put(buffer, area.x, area.y, &line, area.width, theme.quiet());
        let Some(ReportRow::WithoutCandidate { reasons, .. }) = self.rows.chosen() else { return };
        let mut y = area.y + 1;
        for reason in reasons {
            if y >= area.bottom() {
                break;
            }
            let rest = |y: u16| Rect { y, height: area.bottom().saturating_sub(y), ..area };
            y = put_wrapped(buffer, rest(y), &reason.sentence, theme.plain());
            let indented = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..rest(y) };
            y = put_wrapped(buffer, indented, &format!("→ {}", reason.mend), theme.good());
        }
    }

    fn summary_line(&self, area: Rect, buffer: &mut Buffer, world: &World) {
        let theme = world.theme;
        let key = |action| world.key(Place::Report, action);
        let mut pieces = vec![piece(" ", theme.plain())];
        if let Some(from) = self.range {
            let words = format!("range from row {}: {} ticks up to here  ", words::count(from + 1), key(Action::Range));
            pieces.push(piece(words, theme.warning()));
        }
        let ticked = self.choices.count(self.candidates());
        if self.gathers() {
            pieces.push(piece("ticking…", theme.accent()));
        } else if self.plan.is_open() {
            pieces.push(piece("making the plan…", theme.accent()));
        } else if !self.choices.is_empty() {
            let whole = match self.choices.everything() {
                Some(side) => format!(" (the whole report, {} is primary)", side.label()),
                None => String::new(),
            };
            let candidates = words::count(self.candidates());
            pieces.push(piece(format!("{} of {candidates} ticked{whole}", words::count(ticked)), theme.strong()));
            pieces.push(piece(format!("  {} ", key(Action::Link)), theme.key()));
            pieces.push(piece("links them", theme.quiet()));
        } else if let Some(summary) = &self.summary {
            let compared = summary.compared.join(", ");
            pieces.push(piece(format!("{compared}  {} linked", words::count(summary.linked)), theme.quiet()));
        }
        let place = match self.rows.total() {
            0 => String::new(),
            _ if !self.rows.is_current() => "reading… ".to_owned(),
            total => format!("row {} of {} ", words::count(self.rows.cursor() + 1), words::count(total)),
        };
        put_right(buffer, area, &Line::styled(place.clone(), theme.quiet()));
        put_line(buffer, area.x, area.y, &Line::from(pieces), area.width.saturating_sub(text::width(&place) + 1));
    }
}

/// The mark and the title, and how many variants there are.
fn named(listing: &ListingBrief, width: u16) -> String {
    let more = if listing.variants > 1 { format!(" ×{}", listing.variants) } else { String::new() };
    let room = width.saturating_sub(text::width(&listing.mark) + 1 + text::width(&more));
    format!("{} {}{more}", listing.mark, text::cut(&listing.title, room))
}

fn candidate_cell<'a>(
    column: &Column<What>,
    row: &'a CandidateRow,
    choice: Choice,
    ranged: bool,
    theme: Theme,
) -> (Cow<'a, str>, Style) {
    let rank = |side| if choice.primary == side { theme.strong() } else { theme.quiet() };
    match column.what {
        What::Tick => match (choice.ticked, ranged) {
            (true, _) => ("[x]".into(), theme.strong().patch(theme.good())),
            (false, true) => ("[-]".into(), theme.warning()),
            (false, false) => ("[ ]".into(), theme.quiet()),
        },
        What::InStore => (named(&row.in_store, column.width).into(), theme.plain()),
        What::Online => (named(&row.online, column.width).into(), theme.plain()),
        What::InStoreQuantity => {
            (words::quantity(Some(row.in_store.quantity), column.width).into(), rank(Side::InStore))
        }
        What::OnlineQuantity => (words::quantity(Some(row.online.quantity), column.width).into(), rank(Side::Online)),
        // The arrow goes the way the quantity goes.
        What::Primary => match choice.primary {
            Side::InStore => ("POS   →".into(), theme.side(Side::InStore)),
            Side::Online => ("← eCom".into(), theme.side(Side::Online)),
        },
        What::Matched => {
            let labels: Vec<&str> = row.matched.iter().map(|key| key.label()).collect();
            let all = labels.join(", ");
            match labels.as_slice() {
                [first, rest @ ..] if text::width(&all) > column.width => {
                    (format!("{first} +{}", rest.len()).into(), theme.plain())
                }
                _ => (all.into(), theme.plain()),
            }
        }
        What::Listing | What::Sku | What::Why => ("".into(), theme.plain()),
    }
}

fn reason_cell<'a>(
    column: &Column<What>,
    listing: &'a ListingBrief,
    reasons: &'a [ReasonRow],
    theme: Theme,
) -> (Cow<'a, str>, Style) {
    match column.what {
        What::Listing => (named(listing, column.width).into(), theme.plain()),
        What::Sku => (listing.sku.as_deref().unwrap_or("–").into(), theme.quiet()),
        What::Why => {
            let first = reasons.first().map(|reason| reason.sentence.as_str()).unwrap_or_default();
            (first.into(), theme.plain())
        }
        What::Tick
        | What::InStore
        | What::InStoreQuantity
        | What::Primary
        | What::OnlineQuantity
        | What::Online
        | What::Matched => ("".into(), theme.plain()),
    }
}
