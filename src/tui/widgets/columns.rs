//! A table's columns: which of them fit, and where they stand.

use std::borrow::Cow;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::config::{Arranged, Arrangement};
use crate::tui::theme::Theme;
use crate::tui::wish::Offered;

use super::{put, text};

/// A column so wide cuts nothing: what is told has no edge.
const UNCUT: u16 = 1_000;

#[derive(Debug, Clone, Copy)]
pub struct Column<C> {
    pub what: C,
    pub title: &'static str,
    /// In cells; for a flexible column the least.
    pub width: u16,
    /// Takes its share of what the others leave.
    pub flexible: bool,
    pub right: bool,
    /// 0: never left out. Else the highest goes first.
    pub spare: u8,
    /// Its value says what it is, also to who does not see the title.
    pub plain: bool,
    /// Not shown until somebody wants it.
    pub extra: bool,
}

impl<C> Column<C> {
    pub const fn fixed(what: C, title: &'static str, width: u16) -> Self {
        Self { what, title, width, flexible: false, right: false, spare: 0, plain: false, extra: false }
    }

    pub const fn flexible(what: C, title: &'static str, least: u16) -> Self {
        Self { what, title, width: least, flexible: true, right: false, spare: 0, plain: false, extra: false }
    }

    #[must_use]
    pub const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    #[must_use]
    pub const fn spare(mut self, spare: u8) -> Self {
        self.spare = spare;
        self
    }

    #[must_use]
    pub const fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    #[must_use]
    pub const fn extra(mut self) -> Self {
        self.extra = true;
        self
    }
}

/// The columns of a list as a person wants them: those that are shown, each as wide as it was chosen.
pub fn arranged<C>(columns: Vec<Column<C>>, list: &str, arrangement: &Arrangement) -> Vec<Column<C>> {
    let chosen = columns.into_iter().filter_map(|mut column| {
        match arrangement.of(list, column.title) {
            Some(Arranged::Hidden) if !column.flexible => return None,
            // What somebody asked for gives way last.
            Some(Arranged::Wide(width)) => (column.width, column.spare) = (width, column.spare.min(1)),
            None if column.extra => return None,
            Some(Arranged::Hidden) | None => {}
        }
        Some(column)
    });
    chosen.collect()
}

/// What can be chosen of them: all that have a title.
pub fn offered<C>(columns: &[Column<C>]) -> Vec<Offered> {
    let named = columns.iter().filter(|column| !column.title.is_empty());
    let offer = |column: &Column<C>| {
        let Column { title, width, flexible, extra, .. } = *column;
        Offered { title, width, flexible, extra }
    };
    named.map(offer).collect()
}

/// The columns that fit, in their order.
#[derive(Debug)]
pub struct Columns<C>(Vec<(Column<C>, u16)>);

impl<C: Copy> Columns<C> {
    /// Leaves out the least important columns until the rest fits into `available` cells, with `gap` between them.
    pub fn fit(mut columns: Vec<Column<C>>, available: u16, gap: u16) -> Self {
        let needed = |columns: &[Column<C>]| {
            let gaps = gap * u16::try_from(columns.len().saturating_sub(1)).unwrap_or(0);
            columns.iter().map(|column| column.width).sum::<u16>() + gaps
        };
        // An extra one that has no room even beside those alone that always stand is in the way of all others.
        let always: Vec<Column<C>> = columns.iter().filter(|column| column.spare == 0).copied().collect();
        let room = available.saturating_sub(needed(&always));
        columns.retain(|column| !column.extra || column.spare == 0 || column.width + gap <= room);
        while needed(&columns) > available {
            let Some(most) = columns.iter().map(|column| column.spare).max().filter(|spare| *spare > 0) else { break };
            columns.retain(|column| column.spare != most);
        }
        let mut left = available.saturating_sub(needed(&columns));
        let mut flexible = u16::try_from(columns.iter().filter(|column| column.flexible).count()).unwrap_or(1);
        for column in columns.iter_mut().filter(|column| column.flexible) {
            let share = left / flexible.max(1);
            column.width += share;
            left -= share;
            flexible -= 1;
        }
        let mut x = 0;
        let placed = columns.into_iter().map(|column| {
            let at = x;
            x += column.width + gap;
            (column, at)
        });
        Self(placed.collect())
    }

    /// Whether a column had room.
    pub fn has(&self, is: impl Fn(&C) -> bool) -> bool {
        self.0.iter().any(|(column, _)| is(&column.what))
    }

    /// The titles.
    pub fn head(&self, buffer: &mut Canvas, area: Rect, theme: Theme) {
        super::highlight(buffer, Rect { height: 1, ..area }, theme.heading());
        buffer.silently(|buffer| {
            self.row(buffer, area, |column| (Cow::Borrowed(column.title), theme.heading()));
        });
    }

    /// One row: `cell` gives each column's text and style.
    pub fn row<'a>(&self, buffer: &mut Canvas, area: Rect, cell: impl Fn(&Column<C>) -> (Cow<'a, str>, Style)) {
        let tell = |buffer: &mut Canvas| {
            for (column, _) in &self.0 {
                let title = if column.plain { "" } else { column.title };
                buffer.column(title, cell(&Column { width: UNCUT, ..*column }).0);
            }
        };
        buffer.tell_or_draw(tell, |buffer| {
            for (column, at) in &self.0 {
                if *at >= area.width {
                    break;
                }
                let width = column.width.min(area.width - at);
                let (shown, style) = cell(column);
                let indent = if column.right { width.saturating_sub(text::width(&shown)) } else { 0 };
                put(buffer, area.x + at + indent, area.y, &shown, width - indent, style);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_important_goes_first_and_the_title_takes_the_rest() {
        let columns = || {
            vec![
                Column::flexible('t', "Title", 10),
                Column::fixed('s', "SKU", 8).spare(2),
                Column::fixed('p', "Price", 8).spare(1),
            ]
        };
        let shown = |available| {
            Columns::fit(columns(), available, 1).0.iter().map(|(c, x)| (c.what, c.width, *x)).collect::<Vec<_>>()
        };
        assert_eq!(shown(40), [('t', 22, 0), ('s', 8, 23), ('p', 8, 32)]);
        assert_eq!(shown(27), [('t', 18, 0), ('p', 8, 19)]);
        assert_eq!(shown(5), [('t', 10, 0)]);
        let wide =
            vec![Column::flexible('t', "Title", 10), Column::fixed('w', "Why", 40).spare(1).extra(), columns()[1]];
        let shown = Columns::fit(wide, 30, 1);
        assert!(shown.has(|what| *what == 's') && !shown.has(|what| *what == 'w'), "too wide alone is in nobody's way");
    }

    #[test]
    fn columns_are_as_a_person_wants_them() {
        let columns = || {
            vec![
                Column::fixed('x', "", 3),
                Column::flexible('t', "Title", 10),
                Column::fixed('s', "SKU", 8),
                Column::fixed('w', "Why", 20).extra(),
            ]
        };
        let offered: Vec<&str> = offered(&columns()).iter().map(|column| column.title).collect();
        assert_eq!(offered, ["Title", "SKU", "Why"]);
        let mut arrangement = Arrangement::default();
        let shown = |arrangement: &Arrangement| {
            let shown = arranged(columns(), "products", arrangement).into_iter();
            shown.map(|column| (column.what, column.width)).collect::<Vec<_>>()
        };
        assert_eq!(shown(&arrangement), [('x', 3), ('t', 10), ('s', 8)]);
        for (column, to) in [("Title", Arranged::Hidden), ("SKU", Arranged::Hidden), ("Why", Arranged::Wide(12))] {
            arrangement.set("products", column, Some(to));
            arrangement.set("another list", "", Some(Arranged::Hidden));
        }
        assert_eq!(shown(&arrangement), [('x', 3), ('t', 10), ('w', 12)], "a list without its names is none");
    }
}
