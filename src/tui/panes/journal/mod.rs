//! The Journal pane: what happened, newest first, with its cause. Searched in the store, so it works offline.

#[cfg(test)]
mod tests;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::domain::{Cause, Happening, HistoryRecord, ProductId, Timestamp};
use crate::keys::{Action, Place};
use crate::protocol::{HistoryRow, HistoryView, NoticeLevel, Problem, Reply, Request, Topic};
use crate::tui::pointer::Pointer;
use crate::tui::reader::Manner;
use crate::tui::rows::{Pointed, Rows};
use crate::tui::widgets::{Column, Columns, Entry, list, piece, put, put_line, put_right, put_wrapped};
use crate::tui::wish::{About, Message, Opening, Told, Wish};
use crate::tui::words;
use crate::tui::world::World;

#[derive(Debug)]
pub struct State {
    rows: Rows<HistoryView, HistoryRow>,
    typing: Option<Entry>,
    /// There is older history than was looked through.
    more: bool,
}

impl Default for State {
    fn default() -> Self {
        Self { rows: Rows::new(HistoryView::default()), typing: None, more: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    When,
    Product,
    Sku,
    Place,
    Change,
    Old,
    New,
    Cause,
}

fn list_height(body: Rect) -> u16 {
    body.height.saturating_sub(3)
}

const fn is_wide(width: u16) -> bool {
    width >= 110
}

fn columns(width: u16) -> Columns<What> {
    let wide = is_wide(width);
    let columns = vec![
        Column::fixed(What::When, "When", 10).plain(),
        Column::flexible(What::Product, "Product", 18).plain(),
        Column::fixed(What::Sku, "SKU", 11).spare(5),
        Column::fixed(What::Place, "Where", if wide { 19 } else { 5 }).spare(3),
        Column::fixed(What::Change, "What", 10).plain(),
        Column::fixed(What::Old, "Old", if wide { 10 } else { 7 }).right(),
        Column::fixed(What::New, "New", if wide { 10 } else { 7 }).right(),
        Column::fixed(What::Cause, "Why", if wide { 24 } else { 14 }).spare(2),
    ];
    Columns::fit(columns, width, if wide { 2 } else { 1 })
}

impl State {
    pub fn place(&self) -> Place {
        if self.typing.is_some() { Place::Typing } else { Place::Journal }
    }

    /// Pressed on the cursor's row it opens that.
    pub fn point(&mut self, pointer: Pointer, world: &World) -> Vec<Wish> {
        match self.rows.point(pointer) {
            Pointed::Again => self.update(Message::Action(Action::Open), world),
            Pointed::From(_) | Pointed::Released | Pointed::Nothing => Vec::new(),
        }
    }

    pub fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) if self.typing.is_some() => {
                match action {
                    Action::Confirm | Action::Back => self.typing = None,
                    _ => {
                        self.rows.step(action);
                    }
                }
                Vec::new()
            }
            Message::Action(action) => self.act(action),
            Message::Key(key) => {
                if self.typing.as_mut().is_some_and(|entry| entry.press(key)) {
                    self.searched();
                }
                Vec::new()
            }
            Message::Paste(text) => {
                if self.typing.as_mut().is_some_and(|entry| entry.paste(&text)) {
                    self.searched();
                }
                Vec::new()
            }
            Message::Answer { about, number, answer } => self.answered(about, number, answer, world),
            Message::Changed(Topic::History) => {
                self.rows.changed();
                Vec::new()
            }
            Message::Told(Told::HistoryOf(product)) => {
                self.rows.show(HistoryView { product: Some(product), ..HistoryView::default() });
                Vec::new()
            }
            Message::Changed(Topic::Products | Topic::Report | Topic::Jobs | Topic::Connections | Topic::Rates)
            | Message::Told(_) => Vec::new(),
            Message::Attached => {
                self.rows.forget();
                Vec::new()
            }
        }
    }

    fn searched(&mut self) {
        let search = self.typing.as_ref().map(|entry| entry.text().to_owned()).unwrap_or_default();
        let view = HistoryView { search, ..self.rows.view().clone() };
        self.rows.show(view);
    }

    fn act(&mut self, action: Action) -> Vec<Wish> {
        if self.rows.step(action) {
            return Vec::new();
        }
        match action {
            Action::Search => self.typing = Some(Entry::new(&self.rows.view().search)),
            Action::Open => {
                let listing = self.rows.chosen().and_then(|row| row.record.listing);
                return listing.map(|listing| Wish::Open(Opening::Product(ProductId(listing)))).into_iter().collect();
            }
            Action::Undo => {
                let cause = self.rows.chosen().map(|row| row.record.cause.clone());
                let Some(Cause::Job { job }) = cause else {
                    let text = "Only what a job of ours did can be undone; this was not one";
                    return vec![Wish::toast(NoticeLevel::Info, text)];
                };
                let title = format!("Undo job {job}");
                return vec![Wish::Open(Opening::Planning { request: Request::PlanUndo { job }, title })];
            }
            Action::OfThis => {
                let view = self.rows.view().clone();
                let chosen = self.rows.chosen().and_then(|row| row.record.listing).map(ProductId);
                let product = if view.product.is_some() { None } else { chosen };
                self.rows.show(HistoryView { product, ..view });
            }
            Action::Back => self.rows.show(HistoryView::default()),
            _ => {}
        }
        Vec::new()
    }

    pub fn needs(&mut self, world: &World, shown: bool) -> Vec<Wish> {
        self.rows.set_height(list_height(world.body()));
        if !world.attached() || !shown {
            return Vec::new();
        }
        let Some((number, view, window)) = self.rows.needs(world.now) else { return Vec::new() };
        vec![Wish::Ask { about: About::Rows, number, request: Request::History { view, window } }]
    }

    pub fn expects(&self) -> bool {
        self.rows.expects()
    }

    pub fn wake(&self) -> Option<Timestamp> {
        self.rows.wake()
    }

    fn answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match about {
            About::Rows => match answer {
                Ok(Reply::History { total, offset, rows, more }) => {
                    if self.rows.answer(number, total, offset, rows) {
                        self.more = more;
                    }
                    Vec::new()
                }
                answer if self.rows.failed(number, world.now) => {
                    Wish::unanswered("The journal could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            _ => Wish::unanswered("That did not work", &answer),
        }
    }

    pub fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        if area.height < 4 {
            return;
        }
        let line = |at: u16| Rect { y: area.y + at, height: 1, ..area };
        match &self.typing {
            Some(entry) => {
                let x = put(buffer, area.x, area.y, " search ", 8, theme.key());
                let room = area.width.saturating_sub(x - area.x);
                entry.draw(buffer, Rect { x, width: room, ..line(0) }, true, theme.plain(), theme);
            }
            None => {
                buffer.tell_or_draw(|buffer| self.tell_narrowed(buffer), |buffer| self.chips(line(0), buffer, world))
            }
        }
        let columns = columns(area.width.saturating_sub(1));
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        let wide = is_wide(inner.width);
        columns.head(buffer, Rect { y: area.y + 1, ..inner }, theme);
        let rows = Rect { y: area.y + 2, height: list_height(area), ..inner };
        if self.rows.total() == 0 {
            put_wrapped(buffer, crate::tui::widgets::middle(rows, 70, 4), &self.empty(world), theme.plain());
        }
        list(buffer, rows, 1, &self.rows, theme, |buffer, area, _, row| {
            columns.row(buffer, area, |column| cell(column.what, row, wide, world));
        });
        let mut place = match self.rows.total() {
            0 => String::new(),
            total => format!("line {} of {}", words::count(self.rows.cursor() + 1), words::count(total)),
        };
        if self.more {
            place.push_str(" and more");
        }
        let place = Line::styled(format!("{place} "), theme.quiet());
        let room = area.width.saturating_sub(u16::try_from(place.width()).unwrap_or(u16::MAX).saturating_add(3));
        let last = line(area.height - 1);
        buffer.silently(|buffer| {
            if let Some(row) = self.rows.chosen() {
                put(buffer, last.x + 1, last.y, &in_full(row), room, theme.quiet());
            }
            put_right(buffer, last, &place);
        });
    }

    /// What is looked for, for who listens.
    fn tell_narrowed(&self, buffer: &mut Canvas) {
        let view = self.rows.view();
        if !view.search.is_empty() {
            buffer.say(Manner::Plain, format!("search “{}”", view.search));
        }
        if view.product.is_some() {
            buffer.say(Manner::Plain, "one product only");
        }
        if self.rows.is_current() {
            let more = if self.more { " and more" } else { "" };
            // Everything that ever happened grows by itself.
            let manner = if *view == HistoryView::default() { Manner::Quiet } else { Manner::Plain };
            buffer.say(manner, format!("{}{more}", words::counted(self.rows.total(), "line")));
        }
    }

    fn chips(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let key = |action| piece(format!(" {} ", world.key(Place::Journal, action)), theme.key());
        let view = self.rows.view();
        let mut pieces = vec![key(Action::Search)];
        pieces.push(match view.search.is_empty() {
            true => piece("search", theme.quiet()),
            false => piece(format!("“{}”", view.search), theme.strong()),
        });
        pieces.push(piece("  ", theme.plain()));
        pieces.push(key(Action::OfThis));
        pieces.push(match view.product {
            None => piece("this product only", theme.quiet()),
            Some(_) => piece("[one product] again: everything", theme.strong()),
        });
        put_line(buffer, area.x, area.y, &Line::from(pieces), area.width);
    }

    fn empty(&self, world: &World) -> String {
        if !self.rows.is_current() {
            return match world.attached() {
                true => "Reading…".to_owned(),
                false => "Nothing to show until the engine is there".to_owned(),
            };
        }
        if *self.rows.view() != HistoryView::default() {
            return format!(
                "Nothing like that has happened. {} shows everything",
                world.key(Place::Journal, Action::Back)
            );
        }
        "Nothing has happened yet. Every change of stock, price and other fields will stand here, with where it was, \
         what it was before, and why."
            .to_owned()
    }
}

/// What the columns have no room for, the most wanted first: `quantity 12 → 11, order #1001 (giftshop.example)`
fn in_full(row: &HistoryRow) -> String {
    let change = match (row.record.old.as_deref(), row.record.new.as_deref()) {
        (Some(old), Some(new)) => format!(" {old} → {new}"),
        (None, Some(only)) | (Some(only), None) => format!(" {only}"),
        (None, None) => String::new(),
    };
    format!("{}{change}, {} ({})", row.what, row.cause, row.place)
}

/// The platform's mark, which stays readable where two shops' names begin alike, and the name where there is room.
fn place<'a>(row: &'a HistoryRow, wide: bool, world: &World) -> std::borrow::Cow<'a, str> {
    let there = world.connections().iter().find(|connection| Some(connection.id) == row.record.connection);
    match there {
        Some(there) if wide => format!("{} {}", there.mark, row.place).into(),
        Some(there) => there.mark.clone().into(),
        None if !wide && row.record.connection.is_none() => "here".into(),
        None => row.place.as_str().into(),
    }
}

/// A value as it fits a narrow column: of an order (`closed: 4 ordered, 4 shipped`) its state; the line below the list
/// and the detail have it whole.
fn short<'a>(record: &HistoryRecord, value: Option<&'a str>) -> &'a str {
    let value = value.unwrap_or_default();
    match record.what {
        Happening::Order => value.split_once(':').map_or(value, |(state, _)| state),
        _ => value,
    }
}

fn cell<'a>(what: What, row: &'a HistoryRow, wide: bool, world: &World) -> (std::borrow::Cow<'a, str>, Style) {
    let record = &row.record;
    let theme = world.theme;
    let (plain, quiet) = (theme.plain(), theme.quiet());
    match what {
        What::When => (words::ago(world.now, record.at).into(), quiet),
        What::Product => (record.subject.as_str().into(), plain),
        What::Sku => (record.sku.as_deref().unwrap_or("–").into(), quiet),
        What::Place => (place(row, wide, world), plain),
        What::Change => match record.what {
            Happening::Conflict => (row.what.as_str().into(), theme.warning()),
            Happening::Linked | Happening::Created => (row.what.as_str().into(), theme.good()),
            _ => (row.what.as_str().into(), plain),
        },
        What::Old => (short(record, record.old.as_deref()).into(), quiet),
        What::New => (short(record, record.new.as_deref()).into(), theme.strong()),
        What::Cause => (row.cause.as_str().into(), quiet),
    }
}
