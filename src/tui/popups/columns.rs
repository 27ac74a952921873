//! Which columns a list shows, and how wide they are. What is chosen counts at once, and is remembered.

use ratatui::layout::Rect;

use crate::config::{Arranged, NARROWEST, WIDEST};
use crate::keys::{Action, Place};
use crate::tui::canvas::Canvas;
use crate::tui::reader::Manner;
use crate::tui::widgets::{framed, highlight, middle, put};
use crate::tui::wish::{Message, Offered, Wish};
use crate::tui::world::World;

use super::Popup;

#[derive(Debug)]
pub struct State {
    list: &'static str,
    offered: Vec<Offered>,
    cursor: usize,
}

/// What is wide enough for a row's words.
const WIDTH: u16 = 56;

/// Of a column's title.
const TITLE: usize = 24;

impl State {
    pub fn new(list: &'static str, offered: Vec<Offered>) -> Self {
        Self { list, offered, cursor: 0 }
    }

    fn chosen(&self) -> Option<&Offered> {
        self.offered.get(self.cursor)
    }

    fn to(&self, column: &Offered, to: Option<Arranged>) -> Vec<Wish> {
        vec![Wish::Arrange { list: self.list, column: column.title, to }]
    }

    fn toggled(&self, column: &Offered, world: &World) -> Vec<Wish> {
        let to = match (column.shown(world, self.list), column.extra) {
            (true, true) | (false, false) => None,
            (true, false) => Some(Arranged::Hidden),
            (false, true) => Some(Arranged::Wide(column.width)),
        };
        self.to(column, to)
    }

    /// One cell more, or less. A column that is not shown has no width.
    fn widened(&self, column: &Offered, more: bool, world: &World) -> Vec<Wish> {
        let width = column.wide(world, self.list);
        let next = if more { width + 1 } else { width.saturating_sub(1) };
        if !column.shown(world, self.list) || !(NARROWEST..=WIDEST).contains(&next) {
            return Vec::new();
        }
        let as_built = next == column.width && !column.extra;
        self.to(column, (!as_built).then_some(Arranged::Wide(next)))
    }
}

impl Offered {
    fn arranged(&self, world: &World, list: &str) -> Option<Arranged> {
        world.arrangement.of(list, self.title)
    }

    fn shown(&self, world: &World, list: &str) -> bool {
        match self.arranged(world, list) {
            Some(Arranged::Hidden) => false,
            Some(Arranged::Wide(_)) => true,
            None => !self.extra,
        }
    }

    fn wide(&self, world: &World, list: &str) -> u16 {
        match self.arranged(world, list) {
            Some(Arranged::Wide(width)) => width,
            Some(Arranged::Hidden) | None => self.width,
        }
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Columns
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        let Message::Action(action) = message else { return Vec::new() };
        let last = self.offered.len().saturating_sub(1);
        let Some(column) = self.chosen() else { return vec![Wish::Close] };
        match action {
            Action::Down => self.cursor = (self.cursor + 1).min(last),
            Action::Up => self.cursor = self.cursor.saturating_sub(1),
            Action::First => self.cursor = 0,
            Action::Last => self.cursor = last,
            // A list without its names is none.
            Action::Toggle | Action::Open if !column.flexible => return self.toggled(column, world),
            Action::Left => return self.widened(column, false, world),
            Action::Right => return self.widened(column, true, world),
            Action::AsBuilt => return self.to(column, None),
            Action::Back | Action::Columns => return vec![Wish::Close],
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let height = u16::try_from(self.offered.len() + 4).unwrap_or(u16::MAX);
        let area = middle(area, WIDTH.min(area.width), height);
        let inner = framed(buffer, area, "Columns", theme);
        let tell = |buffer: &mut Canvas| {
            let Some(column) = self.chosen() else { return };
            buffer.row(self.cursor as u64, self.offered.len() as u64, |buffer| {
                let shown = column.shown(world, self.list);
                let words = match shown {
                    true => format!("{}: shown, {} cells", column.title, column.wide(world, self.list)),
                    false => format!("{}: not shown", column.title),
                };
                buffer.say(Manner::Plain, words);
                if column.arranged(world, self.list).is_some() {
                    buffer.say(Manner::Plain, "as you chose");
                }
            });
        };
        buffer.tell_or_draw(tell, |buffer| self.drawn(inner, buffer, world));
    }
}

impl State {
    fn drawn(&self, inner: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let fit = usize::from(inner.height.saturating_sub(2).max(1));
        let top = self.cursor.saturating_sub(fit.saturating_sub(1));
        for (y, (at, column)) in (inner.y..).zip(self.offered.iter().enumerate().skip(top).take(fit)) {
            let shown = column.shown(world, self.list);
            let tick = if shown { "[x]" } else { "[ ]" };
            let least = if column.flexible { " at least" } else { "" };
            let width = shown.then(|| format!("{:>2} cells{least}", column.wide(world, self.list)));
            let own = column.arranged(world, self.list).map(|_| "as you chose".to_owned());
            let about: Vec<String> = width.into_iter().chain(own).collect();
            let words = format!("{tick} {:<TITLE$}{}", column.title, about.join(", "));
            put(buffer, inner.x, y, &words, inner.width, if shown { theme.plain() } else { theme.quiet() });
            if at == self.cursor {
                highlight(buffer, Rect { y, height: 1, ..inner }, theme.cursor());
            }
        }
        let note = "What has no room on a narrow screen gives way";
        put(buffer, inner.x, inner.bottom().saturating_sub(1), note, inner.width, theme.quiet());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::world;

    const OFFERED: [Offered; 3] = [
        Offered { title: "Title", width: 24, flexible: true, extra: false },
        Offered { title: "SKU", width: 14, flexible: false, extra: false },
        Offered { title: "Why", width: 30, flexible: false, extra: true },
    ];

    /// Does an action, and what it wishes of the world.
    fn act(state: &mut State, action: Action, world: &mut World) {
        for wish in state.update(Message::Action(action), world) {
            match wish {
                Wish::Arrange { list, column, to } => world.arrangement.set(list, column, to),
                wish => panic!("{wish:?}"),
            }
        }
    }

    #[test]
    fn columns_are_hidden_widened_and_as_they_were_again() {
        let (mut state, mut world) = (State::new("products", OFFERED.to_vec()), world());
        let of = |world: &World, column| world.arrangement.of("products", column);
        act(&mut state, Action::Toggle, &mut world);
        assert_eq!(of(&world, "Title"), None, "the title stays");
        act(&mut state, Action::Right, &mut world);
        assert_eq!(of(&world, "Title"), Some(Arranged::Wide(25)));
        act(&mut state, Action::Left, &mut world);
        assert_eq!(of(&world, "Title"), None);
        act(&mut state, Action::Down, &mut world);
        act(&mut state, Action::Toggle, &mut world);
        assert_eq!(of(&world, "SKU"), Some(Arranged::Hidden));
        act(&mut state, Action::Right, &mut world);
        assert_eq!(of(&world, "SKU"), Some(Arranged::Hidden), "what is not shown has no width");
        act(&mut state, Action::Toggle, &mut world);
        for _ in 0..200 {
            act(&mut state, Action::Right, &mut world);
        }
        assert_eq!(of(&world, "SKU"), Some(Arranged::Wide(WIDEST)));
        act(&mut state, Action::AsBuilt, &mut world);
        assert_eq!(of(&world, "SKU"), None);
        act(&mut state, Action::Last, &mut world);
        act(&mut state, Action::Toggle, &mut world);
        assert_eq!(of(&world, "Why"), Some(Arranged::Wide(30)));
        act(&mut state, Action::Left, &mut world);
        act(&mut state, Action::Right, &mut world);
        assert_eq!(of(&world, "Why"), Some(Arranged::Wide(30)), "it is still wanted");
        act(&mut state, Action::Toggle, &mut world);
        assert_eq!(world.arrangement, crate::config::Arrangement::default());
    }
}
