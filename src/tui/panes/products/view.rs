//! How the Products pane looks.

use std::borrow::Cow;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::{Presence, Side, Status};
use crate::keys::{Action, Place};
use crate::protocol::{LinkMark, ProductRow, ProductSort, ShownQuantity, SyncState};
use crate::tui::guide;
use crate::tui::reader::{Manner, keys_aloud};
use crate::tui::theme::Theme;
use crate::tui::widgets::{self, Column, Columns, arranged, list, piece, put, put_line, put_right, text};
use crate::tui::words;
use crate::tui::world::World;

use super::state::{FILTERS, State};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Tick,
    Title,
    Variants,
    Sku,
    Price,
    InStore,
    Online,
    Marks,
    Link,
    Sync,
    Trouble,
}

/// Sentences longer than this are hard to read.
const STEPS_WIDTH: u16 = 72;

/// Rows of the list: the body without filters, titles and the line below.
pub(super) fn list_height(body: Rect) -> u16 {
    body.height.saturating_sub(3)
}

/// Its name where columns are remembered.
pub(super) const LIST: &str = "products";

pub(super) fn columns(width: u16) -> Vec<Column<What>> {
    let wide = width >= 100;
    vec![
        Column::fixed(What::Tick, "", 3),
        Column::flexible(What::Title, "Title", 24).plain(),
        Column::fixed(What::Variants, "Variants", 8).right().spare(6),
        Column::fixed(What::Sku, "SKU", if wide { 14 } else { 11 }).spare(4),
        Column::fixed(What::Price, "Price", if wide { 15 } else { 10 }).right().spare(3),
        Column::fixed(What::InStore, "POS", if wide { 8 } else { 6 }).right(),
        Column::fixed(What::Online, "eCom", if wide { 8 } else { 6 }).right(),
        Column::fixed(What::Marks, "Where", if wide { 8 } else { 5 }).spare(5),
        Column::fixed(What::Link, "Link", 4).plain(),
        Column::fixed(What::Sync, "Status", 8).spare(2).plain(),
        Column::fixed(What::Trouble, "Why", 30).spare(7).extra(),
    ]
}

fn fitting(width: u16, world: &World) -> Columns<What> {
    let wanted = arranged(columns(width), LIST, &world.arrangement);
    // A title that can be read is worth more than air.
    Columns::fit(wanted, width, if width >= 140 { 2 } else { 1 })
}

impl State {
    pub fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let line = |at: u16| Rect { y: area.y + at, height: 1, ..area };
        if area.height < 4 {
            return;
        }
        match (&self.typing, self.marks.line(theme)) {
            (None, Some(marks)) => {
                put_line(buffer, area.x, area.y, &marks, area.width);
            }
            (Some(entry), _) => {
                let x = put(buffer, area.x, area.y, " search ", 8, theme.key());
                let room = area.width.saturating_sub(x - area.x + 18);
                entry.draw(buffer, Rect { x, width: room, ..line(0) }, true, theme.plain(), theme);
                buffer.tell_or_draw(
                    |buffer| self.tell_filters(buffer, world),
                    |buffer| put_right(buffer, line(0), &self.found()),
                );
            }
            (None, None) => buffer
                .tell_or_draw(|buffer| self.tell_filters(buffer, world), |buffer| self.chips(line(0), buffer, world)),
        }
        let columns = fitting(area.width.saturating_sub(1), world);
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        columns.head(buffer, Rect { y: area.y + 1, ..inner }, theme);
        let rows = Rect { y: area.y + 2, height: list_height(area), ..inner };
        if self.rows.total() == 0 {
            self.empty(rows, buffer, world);
        }
        let narrow = !columns.has(|what| *what == What::Variants);
        list(buffer, rows, 1, &self.rows, theme, |buffer, row, place, product| {
            let ticked = self.ticks.contains(product.product);
            let ranged = self
                .range
                .is_some_and(|from| (from.min(self.rows.cursor())..=from.max(self.rows.cursor())).contains(&place));
            columns.row(buffer, row, |column| cell(column, product, ticked, ranged, narrow, theme));
        });
        buffer.tell_or_draw(
            |buffer| self.tell_chosen(buffer, world),
            |buffer| self.summary(line(area.height - 1), buffer, world),
        );
    }

    /// What the filters let through, for who listens.
    fn tell_filters(&self, buffer: &mut Canvas, world: &World) {
        let view = self.rows.view();
        let mut words = vec![self.found().to_string()];
        words.push(match view.presence {
            Some(_) => format!("filter {}", filter_name(view.presence)),
            None => "no filter".to_owned(),
        });
        let counts = world.status.as_ref().map(|status| status.sync).unwrap_or_default();
        words.extend(
            view.status.map(|status| format!("status {}: {}", status.label(), words::count(counts.of(status)))),
        );
        words.extend((!view.search.is_empty() && self.typing.is_none()).then(|| format!("search “{}”", view.search)));
        words.extend(view.hide_sold_out.then(|| "sold-out hidden".to_owned()));
        let order = if view.sort.descending { "descending" } else { "ascending" };
        words.push(format!("by {} {order}", sort_name(view.sort.by)));
        buffer.say_all(Manner::Plain, words);
    }

    /// What is ticked, and why the row under the cursor does not move.
    fn tell_chosen(&self, buffer: &mut Canvas, world: &World) {
        let key = |action| keys_aloud(&world.key(Place::Products, action));
        if let Some(from) = self.range {
            let words = format!("range from row {}: {} ticks up to here", words::count(from + 1), key(Action::Range));
            buffer.say(Manner::Result, words);
        }
        match self.ticks.sentence() {
            Some(ticked) => {
                buffer.say(Manner::Result, ticked);
                let words = format!("{} pushes them, {} unticks them", key(Action::Push), key(Action::SelectNone));
                buffer.say(Manner::Quiet, words);
            }
            None if self.rows.is_current() => buffer.say(Manner::Result, "nothing is ticked"),
            None => {}
        }
        let trouble = self.rows.chosen().and_then(|row| row.trouble.clone());
        buffer.say(Manner::Row, trouble.unwrap_or_default());
    }

    fn found(&self) -> Line<'static> {
        if !self.rows.is_read() {
            return Line::default();
        }
        let (total, everything) = (words::count(self.rows.total()), words::count(self.everything));
        let text =
            if total == everything { format!("{everything} products ") } else { format!("{total} of {everything} ") };
        Line::from(text)
    }

    /// The filters as they stand, each with its key.
    fn chips(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let view = self.rows.view();
        let key = |action| piece(format!(" {} ", world.key(Place::Products, action)), theme.key());
        let found = self.found();
        put_right(buffer, area, &found);
        let mut room = usize::from(area.width).saturating_sub(found.width() + 1);

        let filter = FILTERS.iter().flat_map(|filter| {
            let chosen = *filter == view.presence;
            let name = filter_name(*filter);
            match chosen {
                true => Some(piece(format!("[{name}]"), theme.strong())),
                false => (area.width >= 100).then(|| piece(format!(" {name} "), theme.quiet())),
            }
        });
        let filter = [key(Action::NextFilter)].into_iter().chain(filter).collect::<Vec<_>>();
        let counts = world.status.as_ref().map(|status| status.sync).unwrap_or_default();
        let status = match view.status {
            Some(status) => {
                let words = format!("[{} {}]", status.label(), words::count(counts.of(status)));
                vec![key(Action::NextStatus), piece(words, theme.strong())]
            }
            None => vec![key(Action::NextStatus), piece("status", theme.quiet())],
        };
        let search = match view.search.is_empty() {
            true => vec![key(Action::Search), piece("search", theme.quiet())],
            false => vec![key(Action::Search), piece(format!("“{}”", text::cut(&view.search, 24)), theme.strong())],
        };
        let hide = match view.hide_sold_out {
            true => vec![key(Action::HideSoldOut), piece("[sold-out hidden]", theme.strong())],
            false => vec![key(Action::HideSoldOut), piece("hide sold-out", theme.quiet())],
        };
        let arrow = if view.sort.descending { "↓" } else { "↑" };
        let by = sort_name(view.sort.by);
        let sort = vec![key(Action::Sort), piece(format!("by {by} {arrow}"), theme.quiet())];
        // What is switched on must be seen; the rest gives way from the right.
        let mut groups = vec![filter];
        if view.status.is_some() {
            groups.push(status.clone());
        }
        match (view.search.is_empty(), view.hide_sold_out) {
            (false, true) => groups.extend([search, hide, sort]),
            (false, false) => groups.extend([search, sort, hide]),
            (true, true) => groups.extend([hide, sort, search]),
            (true, false) => groups.extend([sort, hide, search]),
        }
        if view.status.is_none() {
            groups.push(status);
        }
        let mut pieces: Vec<Span<'static>> = Vec::new();
        for group in groups {
            let width: usize = group.iter().map(Span::width).sum();
            if width <= room {
                room -= width;
                pieces.extend(group);
                if room > 1 {
                    pieces.push(piece("  ", theme.plain()));
                    room -= 2;
                }
            }
        }
        put_line(buffer, area.x, area.y, &Line::from(pieces), area.width);
    }

    /// What to do where there is nothing.
    fn empty(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let key = |action| world.key(Place::Products, action);
        let view = self.rows.view();
        let text = if !self.rows.is_current() {
            if world.attached() {
                "Reading…".to_owned()
            } else {
                "Nothing to show until the engine is there".to_owned()
            }
        } else if guide::is_needed(world) {
            return first_steps(area, buffer, world);
        } else if self.everything == 0 {
            format!(
                "No products yet. A shop's products appear here as they are read; {} shows the job, {} reads again.",
                key(Action::ShowJobs),
                key(Action::Import)
            )
        } else if let (Some(status), true) = (view.status, view.search.is_empty()) {
            let status = status.label();
            format!("No product here has the status {status}. {} shows the next status.", key(Action::NextStatus))
        } else if view.search.is_empty() {
            format!("No product passes the filter. {} shows the next one.", key(Action::NextFilter))
        } else {
            format!("Nothing has “{}” in title, SKU or barcode. {} clears the search.", view.search, key(Action::Back))
        };
        let area = widgets::middle(area, 70, 4);
        widgets::put_wrapped(buffer, area, &text, world.theme.plain());
    }

    /// What is ticked, and where the cursor is.
    fn summary(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let key = |action| world.key(Place::Products, action);
        let mut pieces = vec![piece(" ", theme.plain())];
        if let Some(from) = self.range {
            let words = format!("range from row {}: {} ticks up to here", words::count(from + 1), key(Action::Range));
            pieces.push(piece(words, theme.warning()));
            pieces.push(piece("  ", theme.plain()));
        }
        // Why the row under the cursor does not move: the status alone says only that.
        if let Some(trouble) = self.rows.chosen().filter(|_| self.ticks.is_empty()).and_then(|row| row.trouble.as_ref())
        {
            pieces.push(piece(trouble.clone(), theme.bad()));
        }
        if let Some(ticked) = self.ticks.sentence() {
            pieces.push(piece(ticked, theme.strong()));
            pieces.push(piece(format!("  {} ", key(Action::Push)), theme.key()));
            pieces.push(piece("pushes them  ", theme.quiet()));
            pieces.push(piece(format!("{} ", key(Action::SelectNone)), theme.key()));
            pieces.push(piece("unticks them", theme.quiet()));
        }
        let place = match self.rows.total() {
            0 => String::new(),
            _ if !self.rows.is_current() => "reading… ".to_owned(),
            total => format!("row {} of {} ", words::count(self.rows.cursor() + 1), words::count(total)),
        };
        put_right(buffer, area, &Line::styled(place.clone(), theme.quiet()));
        put_line(buffer, area.x, area.y, &Line::from(pieces), area.width.saturating_sub(text::width(&place)));
    }
}

/// What to do first, in the middle of a pane that has nothing else to show.
fn first_steps(area: Rect, buffer: &mut Canvas, world: &World) {
    let head = match world.connections().is_empty() {
        true => "No shop is connected yet.",
        false => "One side is connected.",
    };
    let height = usize::from(area.height.saturating_sub(2));
    let lines = guide::lines(world, area.width.min(STEPS_WIDTH), height);
    let needed = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let area = widgets::middle(area, STEPS_WIDTH, needed);
    put(buffer, area.x, area.y, head, area.width, world.theme.strong());
    let tell = |buffer: &mut Canvas| buffer.say_all(Manner::Plain, text::unwrapped(&lines, STEPS_WIDTH));
    buffer.tell_or_draw(tell, |buffer| {
        for (y, line) in (area.y + 2..area.bottom()).zip(&lines) {
            put_line(buffer, area.x, y, line, area.width);
        }
    });
}

fn filter_name(filter: Option<Presence>) -> &'static str {
    match filter {
        None => "No filter",
        Some(Presence::InStore) => "In-store",
        Some(Presence::Online) => "Online",
        Some(Presence::Both) => "Both",
        Some(Presence::Neither) => "Neither",
    }
}

fn sort_name(sort: ProductSort) -> &'static str {
    match sort {
        ProductSort::Title => "title",
        ProductSort::Sku => "SKU",
        ProductSort::Price => "price",
        ProductSort::InStoreQuantity => "POS quantity",
        ProductSort::OnlineQuantity => "eCom quantity",
        ProductSort::Status => "status",
    }
}

fn cell<'a>(
    column: &Column<What>,
    row: &'a ProductRow,
    ticked: bool,
    ranged: bool,
    narrow: bool,
    theme: Theme,
) -> (Cow<'a, str>, Style) {
    let quiet = theme.quiet();
    match column.what {
        What::Tick => match (ticked, ranged) {
            (true, _) => ("[x]".into(), theme.strong().patch(theme.good())),
            (false, true) => ("[-]".into(), theme.warning()),
            (false, false) => ("[ ]".into(), quiet),
        },
        What::Title => {
            let (word, style) = match row.status {
                Status::Active => (String::new(), theme.plain()),
                Status::Draft | Status::Archived => (format!(" ({})", row.status.label()), quiet),
            };
            // Said here where their own column has no room.
            let variants = if narrow && row.variants > 1 { format!(" ×{}", row.variants) } else { String::new() };
            let room = column.width.saturating_sub(text::width(&word) + text::width(&variants));
            (format!("{}{variants}{word}", text::cut(&row.title, room)).into(), style)
        }
        What::Variants if row.variants > 1 => (row.variants.to_string().into(), theme.plain()),
        What::Variants => ("".into(), quiet),
        What::Sku => (row.sku.as_deref().unwrap_or("–").into(), quiet),
        What::Price => {
            let full = words::prices(row.price);
            // In a narrow column the lowest price says most.
            match row.price {
                Some((low, _)) if text::width(&full) > column.width => {
                    (format!("from {}", low.amount()).into(), theme.plain())
                }
                _ => (full.into(), theme.plain()),
            }
        }
        What::InStore => (words::quantity(row.in_store, column.width).into(), quantity_style(row.in_store, theme)),
        What::Online => (words::quantity(row.online, column.width).into(), quantity_style(row.online, theme)),
        What::Marks => (row.marks.join(" ").into(), theme.side(side_of(row.presence))),
        What::Link => match row.link {
            LinkMark::Linked => ("⇄".into(), theme.link()),
            LinkMark::Partly => ("⇄ ½".into(), theme.link()),
            LinkMark::Unlinked => ("".into(), theme.plain()),
        },
        What::Sync => {
            let style = match row.sync {
                SyncState::Conflict | SyncState::Failing => theme.bad(),
                SyncState::OutOfSync { .. } | SyncState::Paused => theme.warning(),
                SyncState::InSync | SyncState::InOrders => theme.good(),
                SyncState::Base => quiet,
            };
            (row.sync.short().into(), style)
        }
        What::Trouble => (row.trouble.as_deref().unwrap_or_default().into(), theme.bad()),
    }
}

fn side_of(presence: Presence) -> Side {
    match presence {
        Presence::Online => Side::Online,
        Presence::InStore | Presence::Both | Presence::Neither => Side::InStore,
    }
}

fn quantity_style(quantity: Option<ShownQuantity>, theme: Theme) -> Style {
    match quantity {
        Some(ShownQuantity::Counted(quantity)) if quantity.is_positive() => theme.plain(),
        Some(ShownQuantity::Counted(_) | ShownQuantity::Unknown) => theme.warning(),
        Some(ShownQuantity::Untracked) | None => theme.quiet(),
    }
}
