//! The keys for where one is. Typing narrows the list, Enter does what the chosen line says.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::{Action, KeyRow, Place};
use crate::tui::reader::{Manner, keys_aloud};
use crate::tui::theme::Theme;
use crate::tui::widgets::{Entry, framed, highlight, middle, put};
use crate::tui::wish::{Message, Wish};
use crate::tui::words::counted;
use crate::tui::world::World;

use super::Popup;

/// Lines at most: a box as high as the screen would cost as much as a whole page, to be drawn and to be taken away. It
/// is scrolled, and narrowed by typing.
const HIGHEST: u16 = 24;

#[derive(Debug)]
pub struct State {
    rows: Vec<KeyRow>,
    filter: Entry,
    cursor: usize,
}

impl State {
    pub fn new(place: Place, world: &World) -> Self {
        let rows = world.keymap.rows(place).into_iter().filter(|row| row.action != Action::Help).collect();
        Self { rows, filter: Entry::default(), cursor: 0 }
    }

    /// Found by key as it is shown, by name, and by what it does.
    fn found(&self) -> Vec<&KeyRow> {
        let words: Vec<String> = self.filter.text().split_whitespace().map(str::to_lowercase).collect();
        let fits = |row: &&KeyRow| {
            let text = format!("{} {} {}", row.action.label(), row.action.help(), row.action.name()).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()) || row.keys.to_lowercase().contains(word.as_str()))
        };
        self.rows.iter().filter(fits).collect()
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Typing
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        let last = self.found().len().saturating_sub(1);
        match message {
            Message::Action(Action::Down) => self.cursor = (self.cursor + 1).min(last),
            Message::Action(Action::Up) => self.cursor = self.cursor.saturating_sub(1),
            Message::Action(Action::Back | Action::Help) => return vec![Wish::Close],
            Message::Action(Action::Confirm) => {
                let action = self.found().get(self.cursor).map(|row| row.action);
                return action.map(|action| vec![Wish::Close, Wish::Act(action)]).unwrap_or_default();
            }
            Message::Key(key) => {
                if self.filter.press(key) {
                    self.cursor = 0;
                }
            }
            Message::Paste(text) => {
                self.filter.paste(&text);
                self.cursor = 0;
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
        let found = self.found();
        let lines = found.len() + headings(&self.rows) + 4;
        let height = u16::try_from(lines.max(8)).unwrap_or(u16::MAX).min(HIGHEST);
        let inner = framed(buffer, middle(area, 92, height), "What the keys do here", theme);
        let x = put(buffer, inner.x, inner.y, "find ", 5, theme.key());
        let room = inner.right().saturating_sub(x);
        self.filter.draw(buffer, Rect { x, width: room, height: 1, ..inner }, true, theme.plain(), theme);
        if self.filter.text().is_empty() {
            put(buffer, x + 2, inner.y, "type to narrow, Enter does it", room.saturating_sub(2), theme.quiet());
        }
        let tell = |buffer: &mut Canvas| {
            buffer.say(Manner::Plain, counted(found.len() as u64, "key"));
            let row = found.get(self.cursor);
            buffer.row(self.cursor as u64, found.len() as u64, |buffer| {
                let words =
                    row.map(|row| format!("{}: {}, {}", keys_aloud(&row.keys), row.action.help(), row.place.title()));
                buffer.say(Manner::Plain, words.unwrap_or_default());
            });
        };
        buffer.tell_or_draw(tell, |buffer| self.drawn(&found, inner, buffer, theme));
    }
}

impl State {
    fn drawn(&self, found: &[&KeyRow], inner: Rect, buffer: &mut Canvas, theme: Theme) {
        let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
        if found.is_empty() {
            put(buffer, list.x, list.y, "Nothing here is called so", list.width, theme.plain());
        }
        // Lines with headings; scrolled so that the cursor's is seen.
        let mut shown: Vec<(Option<usize>, &KeyRow)> = Vec::new();
        let mut before = None;
        for (at, row) in found.iter().enumerate() {
            if before != Some(row.place) {
                shown.push((None, row));
                before = Some(row.place);
            }
            shown.push((Some(at), row));
        }
        let here = shown.iter().position(|(at, _)| *at == Some(self.cursor)).unwrap_or(0);
        let height = usize::from(list.height);
        let top = if here >= height { here + 1 - height } else { 0 };
        let keys = if list.width >= 70 { 18 } else { 12 };
        for (y, (at, row)) in (list.y..list.bottom()).zip(shown.iter().skip(top)) {
            let line = Rect { y, height: 1, ..list };
            match at {
                None => {
                    put(buffer, line.x, y, row.place.title(), line.width, theme.heading());
                }
                Some(at) => {
                    put(buffer, line.x + 1, y, &row.keys, keys, theme.key());
                    let x = line.x + keys + 2;
                    put(buffer, x, y, row.action.help(), line.right().saturating_sub(x), theme.plain());
                    if *at == self.cursor {
                        highlight(buffer, line, theme.cursor());
                    }
                }
            }
        }
    }
}

fn headings(rows: &[KeyRow]) -> usize {
    let mut places: Vec<Place> = rows.iter().map(|row| row.place).collect();
    places.dedup();
    places.len()
}
