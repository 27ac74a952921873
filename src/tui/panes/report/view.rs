//! How the Link Report pane looks: its lists and what they are narrowed to at the top, the list, what is to be said of
//! the row under the cursor, and what is ticked.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::keys::{Action, Place};
use crate::protocol::ReportTab;
use crate::tui::reader::{Manner, keys_aloud};
use crate::tui::widgets::{self, list, piece, put, put_line, put_right, put_wrapped, text};
use crate::tui::words;
use crate::tui::world::World;

use super::state::{State, pair};
use super::{beneath, filters, table};

/// Lines over the list: the lists, filter and search, the columns. Low screens have the first two in one.
fn above(body: Rect) -> u16 {
    if body.height < 12 { 2 } else { 3 }
}

/// Rows of the list.
pub(super) fn list_height(body: Rect, tab: ReportTab) -> u16 {
    body.height.saturating_sub(above(body) + 1 + beneath::height(body, tab))
}

impl State {
    pub fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let line = |at: u16| Rect { y: area.y + at, height: 1, ..area };
        if area.height < 4 {
            return;
        }
        let above = above(area);
        if buffer.is_heard() {
            self.tell_lists(buffer, world);
        }
        if above > 2 {
            buffer.silently(|buffer| self.lists(line(0), buffer, world, &[]));
        }
        match &self.typing {
            Some(entry) => {
                let at = line(above - 2);
                let x = put(buffer, area.x, at.y, " search ", 8, theme.key());
                let found = Line::from(format!("{} found ", words::count(self.rows.total())));
                buffer.silently(|buffer| put_right(buffer, at, &found));
                let room = area.width.saturating_sub(x - area.x + 14);
                entry.draw(buffer, Rect { x, width: room, ..at }, true, theme.plain(), theme);
                buffer.say(Manner::Plain, found.to_string());
            }
            None if above > 2 => buffer.silently(|buffer| self.narrowed(line(1), buffer, world)),
            None => buffer.silently(|buffer| self.lists(line(0), buffer, world, &self.search(world))),
        }
        let tab = self.rows.view().tab;
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        let rows = Rect { y: area.y + above, height: list_height(area, tab), ..inner };
        let columns = table::fitting(tab, inner.width, world);
        columns.head(buffer, Rect { y: area.y + above - 1, ..inner }, theme);
        if self.rows.total() == 0 || self.summary.is_none() {
            self.empty(rows, buffer, world);
        }
        list(buffer, rows, 1, &self.rows, theme, |buffer, area, place, row| {
            let ranged = self
                .range
                .is_some_and(|from| (from.min(self.rows.cursor())..=from.max(self.rows.cursor())).contains(&place));
            let choice = pair(row).map(|pair| self.ticks().of(pair));
            columns.row(buffer, area, |column| table::cell(column, row, choice, ranged, world));
        });
        let below = Rect { y: rows.bottom(), height: beneath::height(area, tab), ..inner };
        if let Some(row) = self.rows.chosen() {
            buffer.of_row(|buffer| beneath::draw(row, below, buffer, world));
        }
        buffer.tell_or_draw(
            |buffer| self.tell_ticked(buffer, world),
            |buffer| self.summary_line(line(area.height - 1), buffer, world),
        );
    }

    /// Which list it is and what it is narrowed to, for who listens.
    fn tell_lists(&self, buffer: &mut Canvas, world: &World) {
        let view = self.rows.view();
        if let Some(summary) = &self.summary {
            let count = |tab| words::count(filters::count(summary, tab));
            buffer.say(Manner::Plain, format!("list {}: {}", filters::title(view.tab), count(view.tab)));
            let others = ReportTab::ALL.into_iter().filter(|tab| *tab != view.tab);
            let others: Vec<String> = others.map(|tab| format!("{} {}", filters::title(tab), count(tab))).collect();
            let key = keys_aloud(&world.key(Place::Report, Action::NextTab));
            buffer.say(Manner::Quiet, format!("other lists, with {key}: {}", others.join(", ")));
            buffer.say(Manner::Quiet, format!("linked {}", words::count(summary.linked)));
        }
        let age: String = self.age(world, true).iter().map(|piece| piece.content.as_ref()).collect();
        let key = keys_aloud(&world.key(Place::Report, Action::RefreshReport));
        buffer.say(Manner::Plain, format!("{key}: {age}"));
        let (page, pages) = self.rows.page_of();
        if pages > 1 {
            buffer.say(Manner::Plain, format!("page {} of {}", words::count(page), words::count(pages)));
        }
        let mut narrowed: Vec<String> =
            filters::named(view).map(|named| format!("filter {named}")).into_iter().collect();
        narrowed.extend((!view.search.is_empty()).then(|| format!("search “{}”", view.search)));
        if !narrowed.is_empty() && self.rows.is_current() {
            narrowed.push(format!("{} found", words::count(self.rows.total())));
        }
        buffer.say_all(Manner::Plain, narrowed);
    }

    /// What is ticked.
    fn tell_ticked(&self, buffer: &mut Canvas, world: &World) {
        let (all, ticks) = (self.all(), self.ticks());
        let key = |action| keys_aloud(&world.key(Place::Report, action));
        if let Some(from) = self.range {
            let words = format!("range from row {}: {} ticks up to here", words::count(from + 1), key(Action::Range));
            buffer.say(Manner::Result, words);
        }
        if self.plan.is_open() {
            buffer.say(Manner::Plain, "making the plan");
        } else if self.is_chosen_from() && !self.gathers() {
            let whole = match ticks.everything() {
                Some(side) => format!(", the whole list, {} is primary", side.label()),
                None => String::new(),
            };
            let ticked = format!("{} of {} ticked{whole}", words::count(ticks.count(all)), words::count(all));
            buffer.say(Manner::Result, ticked);
            if !ticks.is_empty() {
                buffer.say(Manner::Quiet, format!("{} links them", key(Action::Link)));
            }
        }
        if let Some(summary) = &self.summary {
            let noted = summary.notes.first().filter(|_| self.rows.view().tab == ReportTab::Suggestions);
            buffer.say(Manner::Quiet, noted.cloned().unwrap_or_else(|| summary.compared.join(", ")));
        }
    }

    /// The lists with their numbers, and how much is linked already.
    fn lists(&self, area: Rect, buffer: &mut Canvas, world: &World, more: &[Span<'static>]) {
        let theme = world.theme;
        let shown = self.rows.view().tab;
        let mut pieces = Vec::new();
        // A narrow screen has no room for the key; the hint bar names it.
        if area.width >= 60 {
            pieces.push(piece(format!(" {} ", world.key(Place::Report, Action::NextTab)), theme.key()));
        }
        for tab in ReportTab::ALL {
            let number = self.summary.as_ref().map(|summary| filters::count(summary, tab));
            if tab == ReportTab::Rejected && number.is_none_or(|number| number == 0) && shown != tab {
                continue;
            }
            let number = number.map(|number| format!(" {}", words::count(number))).unwrap_or_default();
            let title = filters::title(tab);
            pieces.push(match shown == tab {
                true => piece(format!("[{title}{number}]"), theme.strong()),
                false => piece(format!(" {title}{number} "), theme.quiet()),
            });
        }
        if let Some(summary) = &self.summary {
            pieces.push(piece(format!("  linked {} ", words::count(summary.linked)), theme.quiet()));
        }
        pieces.extend(more.iter().cloned());
        put_line(buffer, area.x, area.y, &Line::from(pieces), area.width);
    }

    fn search(&self, world: &World) -> Vec<Span<'static>> {
        let theme = world.theme;
        let key = piece(format!(" {} ", world.key(Place::Report, Action::Search)), theme.key());
        let view = self.rows.view();
        match view.search.is_empty() {
            true => vec![key, piece("search", theme.quiet())],
            false => vec![key, piece(format!("“{}”", text::cut(&view.search, 24)), theme.strong())],
        }
    }

    /// What the list is narrowed to, and how old the report is.
    fn narrowed(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let key = |action| piece(format!(" {} ", world.key(Place::Report, action)), theme.key());
        let view = self.rows.view();
        let (page, pages) = self.rows.page_of();
        let mut place = match pages {
            0 | 1 => String::new(),
            _ => format!("page {} of {} ", words::count(page), words::count(pages)),
        };
        if !view.is_whole() {
            place = format!("{} found {place}", words::count(self.rows.total()));
        }
        put_right(buffer, area, &Line::from(place.clone()));
        let mut room = usize::from(area.width.saturating_sub(text::width(&place)));
        let mut filter = vec![key(Action::NextFilter)];
        match filters::named(view) {
            Some(named) => filter.push(piece(named, theme.strong())),
            None => filter.push(piece("filter", theme.quiet())),
        }
        if view.tab == ReportTab::Rejected {
            filter = vec![key(Action::TakeBack), piece("takes one back", theme.quiet())];
        }
        let mut refresh = vec![key(Action::RefreshReport)];
        refresh.extend(self.age(world, area.width >= 100));
        let mut pieces: Vec<Span<'static>> = Vec::new();
        for group in [filter, self.search(world), refresh] {
            let width: usize = group.iter().map(Span::width).sum();
            if width <= room {
                room = room.saturating_sub(width + 2);
                pieces.extend(group);
                pieces.push(piece("  ", theme.plain()));
            }
        }
        put_line(buffer, area.x, area.y, &Line::from(pieces), area.width.saturating_sub(text::width(&place)));
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

    fn empty(&self, area: Rect, buffer: &mut Canvas, world: &World) {
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
        } else if !view.is_whole() {
            let what = match (filters::named(view), view.search.is_empty()) {
                (Some(filter), true) => format!("Nothing here is {filter}"),
                (Some(filter), false) => format!("Nothing here has “{}” and is {filter}", view.search),
                (None, _) => format!("Nothing here has “{}”", view.search),
            };
            format!("{what}. {} shows the whole list.", key(Action::Back))
        } else {
            self.nothing(view.tab, world)
        };
        put_wrapped(buffer, widgets::middle(area, 70, 4), &text, world.theme.plain());
    }

    fn nothing(&self, tab: ReportTab, world: &World) -> String {
        let key = |action| world.key(Place::Report, action);
        match tab {
            ReportTab::Candidates => format!(
                "Nothing is left to link. {} shows what is probably the same, and what cannot be linked and why.\nWhat \
                 one side lacks is pushed from Products: {}.",
                key(Action::NextTab),
                key(Action::ShowProducts)
            ),
            ReportTab::Suggestions if world.status.as_ref().is_some_and(|status| status.report_running) => {
                "Looking for what is alike…".to_owned()
            }
            ReportTab::Suggestions => format!(
                "Nothing is so much alike that it is worth suggesting. {} shows what cannot be linked, and why.",
                key(Action::NextTab)
            ),
            ReportTab::WithoutCandidate => "Every product has its counterpart.".to_owned(),
            ReportTab::Rejected => format!(
                "You have rejected nothing. {} on a candidate or a suggestion says that the two are not one product.",
                key(Action::Reject)
            ),
        }
    }

    fn summary_line(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let key = |action| world.key(Place::Report, action);
        let mut pieces = vec![piece(" ", theme.plain())];
        if let Some(from) = self.range {
            let words = format!("range from row {}: {} ticks up to here  ", words::count(from + 1), key(Action::Range));
            pieces.push(piece(words, theme.warning()));
        }
        let all = self.all();
        let ticks = self.ticks();
        if self.gathers() {
            pieces.push(piece("ticking…", theme.accent()));
        } else if self.plan.is_open() {
            pieces.push(piece("making the plan…", theme.accent()));
        } else if !ticks.is_empty() && self.is_chosen_from() {
            let whole = match ticks.everything() {
                Some(side) => format!(" (the whole list, {} is primary)", side.label()),
                None => String::new(),
            };
            let ticked = words::count(ticks.count(all));
            pieces.push(piece(format!("{ticked} of {} ticked{whole}", words::count(all)), theme.strong()));
            pieces.push(piece(format!("  {} ", key(Action::Link)), theme.key()));
            pieces.push(piece("links them", theme.quiet()));
        } else if let Some(summary) = &self.summary {
            let compared = summary.compared.join(", ");
            let noted = summary.notes.first().filter(|_| self.rows.view().tab == ReportTab::Suggestions);
            pieces.push(piece(noted.cloned().unwrap_or(compared), theme.quiet()));
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
