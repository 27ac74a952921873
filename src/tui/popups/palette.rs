//! Everything that can be done, in one list: here, and in the other panes. Letters in their order narrow it, the best
//! first; Enter shows the pane that the action belongs to and does it.

use crate::tui::canvas::Canvas;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::layout::Rect;

use crate::keys::{Action, KeyRow, Place};
use crate::tui::reader::{Manner, keys_aloud};
use crate::tui::theme::Theme;
use crate::tui::widgets::{Entry, framed, highlight, middle, put};
use crate::tui::wish::{Message, Pane, Wish};
use crate::tui::words::count;
use crate::tui::world::World;

use super::Popup;

/// As the help's: a higher box would cost as much as a page, to draw and to take away.
const HIGHEST: u16 = 16;

#[derive(Debug)]
struct Line {
    row: KeyRow,
    /// What shows the pane that it belongs to, where that is another one.
    first: Option<Action>,
}

#[derive(Debug)]
pub struct State {
    lines: Vec<Line>,
    /// Places in `lines`, the best first.
    found: Vec<usize>,
    filter: Entry,
    cursor: usize,
    /// Lines that fit when last drawn.
    height: std::cell::Cell<usize>,
}

impl State {
    /// For whoever is at `place`, with `pane` under it.
    pub fn new(place: Place, pane: Pane, world: &World) -> Self {
        let here = world.keymap.rows(place).into_iter().map(|row| (row, None));
        let others = Pane::ALL.into_iter().filter(|other| *other != pane);
        let there = others.flat_map(|other| {
            let rows = world.keymap.rows(other.place()).into_iter().filter(move |row| row.place == other.place());
            rows.map(move |row| (row, Some(other.action())))
        });
        let useful = |row: &KeyRow| !matches!(row.action, Action::Palette | Action::Help | Action::Back);
        let both = here.chain(there).filter(|(row, _)| useful(row));
        let lines: Vec<Line> = both.map(|(row, first)| Line { row, first }).collect();
        let found = (0..lines.len()).collect();
        Self { lines, found, filter: Entry::default(), cursor: 0, height: std::cell::Cell::new(1) }
    }

    fn narrow(&mut self) {
        self.cursor = 0;
        let wanted = self.filter.text();
        let pattern = Pattern::parse(wanted, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut letters), &mut matcher);
        // Who types a key as it is shown wants what that key does; then who knows what it is called.
        let mut worth = |KeyRow { keys, action, .. }: &KeyRow| {
            if keys.split(' ').any(|key| key == wanted) {
                return Some((2, 0));
            }
            let named = score(action.label()).max(score(action.name())).map(|score| (1, score));
            named.or_else(|| Some((0, score(action.help())?)))
        };
        let lines = self.lines.iter().enumerate();
        let mut scored: Vec<_> = lines.filter_map(|(at, line)| Some((worth(&line.row)?, at))).collect();
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.found = scored.into_iter().map(|(_, at)| at).collect();
    }

    fn step(&mut self, by: usize, forward: bool) {
        let last = self.found.len().saturating_sub(1);
        self.cursor = if forward { (self.cursor + by).min(last) } else { self.cursor.saturating_sub(by) };
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Typing
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        match message {
            Message::Action(Action::Down) => self.step(1, true),
            Message::Action(Action::Up) => self.step(1, false),
            Message::Action(Action::PageDown) => self.step(self.height.get(), true),
            Message::Action(Action::PageUp) => self.step(self.height.get(), false),
            Message::Action(Action::Back | Action::Help | Action::Palette) => return vec![Wish::Close],
            Message::Action(Action::Confirm) => {
                let line = self.found.get(self.cursor).and_then(|at| self.lines.get(*at));
                let Some(line) = line else { return Vec::new() };
                let actions = line.first.into_iter().chain([line.row.action]);
                return [Wish::Close].into_iter().chain(actions.map(Wish::Act)).collect();
            }
            Message::Key(key) => {
                if self.filter.press(key) {
                    self.narrow();
                }
            }
            Message::Paste(text) => {
                self.filter.paste(&text);
                self.narrow();
            }
            Message::Action(_)
            | Message::Answer { .. }
            | Message::Changed(_)
            | Message::Attached
            | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let inner = framed(buffer, middle(area, 92, HIGHEST), "Everything that can be done", theme);
        let x = put(buffer, inner.x, inner.y, "find ", 5, theme.key());
        let room = inner.right().saturating_sub(x);
        self.filter.draw(buffer, Rect { x, width: room, height: 1, ..inner }, true, theme.plain(), theme);
        if self.filter.text().is_empty() {
            let words = "letters of its name, in their order, or its key; Enter does it";
            put(buffer, x + 2, inner.y, words, room.saturating_sub(2), theme.quiet());
        }
        let tell = |buffer: &mut Canvas| {
            buffer.say(Manner::Plain, format!("{} found", count(self.found.len() as u64)));
            let row = self.found.get(self.cursor).and_then(|at| self.lines.get(*at)).map(|line| &line.row);
            buffer.row(self.cursor as u64, self.found.len() as u64, |buffer| {
                let words =
                    row.map(|row| format!("{}: {}, {}", row.action.help(), keys_aloud(&row.keys), row.place.title()));
                buffer.say(Manner::Plain, words.unwrap_or_default());
            });
        };
        buffer.tell_or_draw(tell, |buffer| self.drawn(inner, buffer, theme));
    }
}

impl State {
    fn drawn(&self, inner: Rect, buffer: &mut Canvas, theme: Theme) {
        let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
        let height = usize::from(list.height);
        self.height.set(height.max(1));
        if self.found.is_empty() {
            put(buffer, list.x, list.y, "Nothing that can be done is called so", list.width, theme.plain());
        }
        let top = (self.cursor + 1).saturating_sub(height);
        let (keys, pane) = if list.width >= 70 { (12, 16) } else { (8, 0) };
        let lines = self.found.iter().enumerate().skip(top).filter_map(|(at, line)| Some((at, self.lines.get(*line)?)));
        for (y, (at, line)) in (list.y..list.bottom()).zip(lines) {
            let row = Rect { y, height: 1, ..list };
            put(buffer, row.x + 1, y, &line.row.keys, keys, theme.key());
            let (x, end) = (row.x + keys + 2, row.right().saturating_sub(pane));
            put(buffer, x, y, line.row.action.help(), end.saturating_sub(x + 1), theme.plain());
            put(buffer, end, y, line.row.place.title(), pane, theme.quiet());
            if at == self.cursor {
                highlight(buffer, row, theme.cursor());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::tests::Desk;

    #[test]
    fn letters_in_their_order_find_an_action_of_another_pane_and_do_it() {
        let mut desk = Desk::new(120, 40);
        desk.keys(":").shows("Everything that can be done");
        desk.letters("rfrsh").shows("Make the link report anew").hides("Hide what is sold out");
        desk.keys("enter").hides("Everything that can be done").shows("Making the link report");
        assert!(desk.asked.contains(&crate::protocol::Request::RefreshReport), "{:?}", desk.asked);
    }

    #[test]
    fn what_is_called_so_comes_before_what_only_speaks_of_it() {
        let mut desk = Desk::new(120, 40);
        desk.keys(":").letters("lnk");
        let text = desk.text();
        let first = text.lines().skip_while(|line| !line.contains("find lnk")).nth(2).unwrap();
        assert!(["Show the Link Report", "Link the ticked rows"].iter().any(|best| first.contains(best)), "{text}");
    }

    #[test]
    fn its_key_finds_an_action() {
        let mut desk = Desk::new(80, 24);
        desk.keys(":").letters("z").keys("enter").shows("sold-out hidden");
    }

    #[test]
    fn nothing_found_does_nothing_and_esc_closes() {
        let mut desk = Desk::new(80, 24);
        desk.keys(":").letters("qqqq").shows("Nothing that can be done is called so");
        desk.keys("enter").shows("Nothing that can be done").keys("esc").hides("Everything that can be done");
    }
}
