//! The part of a long list that the screen shows: a few hundred rows, never the catalogue.
//!
//! A list does not decide when to ask. After everything that happens it is asked what it [`needs`](Rows::needs): the
//! window that is to be seen and is not here. One question at a time is open; whatever was wanted meanwhile is seen when
//! the answer comes, and only the newest of it is asked for.

use std::cell::Cell;

use crate::domain::Timestamp;
use crate::keys::Action;
use crate::protocol::Window;

use super::pointer::{Did, NOTCH, Pointer};

/// A question of which one at a time may be open. Answers are told apart by number; forgotten ones are not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slot {
    number: u64,
    open: bool,
}

impl Slot {
    /// The number for a new question; `None` while one is open.
    pub fn ask(&mut self) -> Option<u64> {
        if self.open {
            return None;
        }
        self.number += 1;
        self.open = true;
        Some(self.number)
    }

    /// Whether this answers the open question, which it then is no more.
    pub fn take(&mut self, number: u64) -> bool {
        let ours = self.open && number == self.number;
        self.open &= !ours;
        ours
    }

    /// The engine was gone meanwhile: no answer will come.
    pub fn forget(&mut self) {
        self.open = false;
    }

    pub fn is_open(&self) -> bool {
        self.open
    }
}

/// How long a list is left as it is when the engine says that something changed: two repaints a second are enough.
const CALM: i64 = 500;
/// After a failed question, in milliseconds.
const PAUSE: i64 = 5_000;
/// The protocol's limit.
const MOST: u64 = 1_000;

/// A window on the rows `R` of a view `V`, with a cursor.
#[derive(Debug)]
pub struct Rows<V, R> {
    view: V,
    /// The view that the rows here belong to.
    held: Option<V>,
    total: u64,
    offset: u64,
    rows: Vec<R>,
    cursor: u64,
    top: u64,
    height: u64,
    page: Option<u64>,
    calm: i64,
    slot: Slot,
    asked: Option<(V, Window)>,
    answered: Option<Window>,
    asked_at: Timestamp,
    changed: bool,
    failed_at: Option<Timestamp>,
    /// Where the first row was last drawn, and how high each is. A cell, because drawing changes nothing else.
    drawn: Cell<(u16, u16)>,
    /// The row that the pointer's button was pressed on.
    pressed: Option<u64>,
}

/// What a pointer did to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointed {
    Nothing,
    /// Pressed on the row that the cursor was on already.
    Again,
    /// Drawn away from this row, to where the cursor is now.
    From(u64),
    Released,
}

impl<V: Clone + PartialEq, R> Rows<V, R> {
    pub fn new(view: V) -> Self {
        Self {
            view,
            held: None,
            total: 0,
            offset: 0,
            rows: Vec::new(),
            cursor: 0,
            top: 0,
            height: 0,
            page: None,
            calm: CALM,
            slot: Slot::default(),
            asked: None,
            answered: None,
            asked_at: Timestamp(i64::MIN),
            changed: false,
            failed_at: None,
            drawn: Cell::default(),
            pressed: None,
        }
    }

    /// Shows page by page, so many rows each, instead of scrolling through everything.
    pub fn by_pages(view: V, page: u64) -> Self {
        Self { page: Some(page), ..Self::new(view) }
    }

    /// Left as it is for so many milliseconds when the engine says that something changed.
    pub fn calm_for(self, calm: i64) -> Self {
        Self { calm, ..self }
    }

    pub fn view(&self) -> &V {
        &self.view
    }

    /// Another view begins at its first row; the old rows stay to be seen until the new ones are here.
    pub fn show(&mut self, view: V) {
        if view != self.view {
            self.view = view;
            self.cursor = 0;
            self.top = 0;
            self.failed_at = None;
        }
    }

    /// Something changed at the engine.
    pub fn changed(&mut self) {
        self.changed = true;
    }

    /// The engine was gone and is back: everything is asked anew.
    pub fn forget(&mut self) {
        self.slot.forget();
        self.asked = None;
        self.failed_at = None;
        self.changed = true;
        self.asked_at = Timestamp(i64::MIN);
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Whether rows of the view that is asked for are here.
    pub fn is_current(&self) -> bool {
        self.held.as_ref() == Some(&self.view)
    }

    /// Whether the rows of another view are on their way: what is here is not worth a frame if they come at once.
    pub fn expects(&self) -> bool {
        self.slot.is_open() && !self.is_current()
    }

    /// Whether there was ever an answer.
    pub fn is_read(&self) -> bool {
        self.held.is_some()
    }

    pub fn get(&self, index: u64) -> Option<&R> {
        let at = usize::try_from(index.checked_sub(self.offset)?).ok()?;
        self.rows.get(at)
    }

    /// The row under the cursor.
    pub fn chosen(&self) -> Option<&R> {
        self.get(self.cursor)
    }

    /// The rows that are here, with their places in the view.
    pub fn here(&self) -> impl Iterator<Item = (u64, &R)> {
        (self.offset..).zip(&self.rows)
    }

    /// The places to draw, from the top of the list.
    pub fn visible(&self) -> std::ops::Range<u64> {
        let (_, end) = self.bounds();
        self.top..self.top.saturating_add(self.height).min(end).max(self.top)
    }

    /// How many rows fit; called before every look at what is needed.
    pub fn set_height(&mut self, height: u16) {
        self.height = u64::from(height);
        self.settle();
    }

    /// The page under the cursor and the number of pages, both from 1.
    pub fn page_of(&self) -> (u64, u64) {
        let page = self.page.unwrap_or(MOST);
        (self.cursor / page + 1, self.total.div_ceil(page).max(1))
    }

    /// First and past-the-last place that the cursor's page has; of everything without pages.
    pub fn bounds(&self) -> (u64, u64) {
        match self.page {
            Some(page) => {
                let start = self.cursor / page * page;
                (start, (start + page).min(self.total).max(start))
            }
            None => (0, self.total),
        }
    }

    fn settle(&mut self) {
        self.cursor = self.cursor.min(self.total.saturating_sub(1));
        let (start, end) = self.bounds();
        let last_top = end.saturating_sub(self.height).max(start);
        self.top = self.top.clamp(start, last_top);
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if self.height > 0 && self.cursor >= self.top + self.height {
            self.top = self.cursor + 1 - self.height;
        }
    }

    pub fn go_to(&mut self, place: u64) {
        self.cursor = place;
        self.settle();
    }

    /// Another page, with the cursor on its first row. Only for lists by pages.
    pub fn turn(&mut self, pages: i64) {
        let Some(page) = self.page else { return };
        let last = self.total.saturating_sub(1) / page;
        let wanted = (self.cursor / page).saturating_add_signed(pages).min(last);
        if wanted != self.cursor / page {
            self.cursor = wanted * page;
            self.top = self.cursor;
            self.settle();
        }
    }

    /// Moves the cursor if the action is about that.
    pub fn step(&mut self, action: Action) -> bool {
        let page = self.height.max(1);
        let (start, end) = self.bounds();
        let to = match action {
            Action::Down => self.cursor.saturating_add(1),
            Action::Up => self.cursor.saturating_sub(1),
            Action::PageDown => self.cursor.saturating_add(page),
            Action::PageUp => self.cursor.saturating_sub(page),
            Action::HalfPageDown => self.cursor.saturating_add(page.div_ceil(2)),
            Action::HalfPageUp => self.cursor.saturating_sub(page.div_ceil(2)),
            Action::First => start,
            Action::Last => end.saturating_sub(1).max(start),
            _ => return false,
        };
        self.go_to(to);
        true
    }

    /// Where the list was drawn: its first line on the screen, and how many lines a row has.
    pub fn drawn_at(&self, y: u16, lines: u16) {
        self.drawn.set((y, lines));
    }

    /// The row under a line of the screen.
    fn under(&self, y: u16) -> Option<u64> {
        let (first, lines) = self.drawn.get();
        let down = y.checked_sub(first)?.checked_div(lines)?;
        let place = self.top.saturating_add(u64::from(down));
        self.visible().contains(&place).then_some(place)
    }

    /// Moves the cursor where the pointer says.
    pub fn point(&mut self, pointer: Pointer) -> Pointed {
        let under = self.under(pointer.y);
        match (pointer.did, under) {
            (Did::WheelDown, _) => self.go_to(self.cursor.saturating_add(NOTCH)),
            (Did::WheelUp, _) => self.go_to(self.cursor.saturating_sub(NOTCH)),
            (Did::Press, Some(place)) => {
                let again = place == self.cursor;
                self.pressed = Some(place);
                self.go_to(place);
                if again {
                    return Pointed::Again;
                }
            }
            (Did::Drag, Some(place)) if self.pressed.is_some() && place != self.cursor => {
                self.go_to(place);
                return self.pressed.map_or(Pointed::Nothing, Pointed::From);
            }
            (Did::Release, _) if self.pressed.take().is_some() => return Pointed::Released,
            (Did::Press | Did::Drag | Did::Release, _) => {}
        }
        Pointed::Nothing
    }

    /// The next question, if one is due: its number, what it is about, and which rows.
    pub fn needs(&mut self, now: Timestamp) -> Option<(u64, V, Window)> {
        if self.height == 0 || self.failed_at.is_some_and(|at| now.0 < at.0.saturating_add(PAUSE)) {
            return None;
        }
        let fresh = !self.is_current();
        let stale = self.changed && now.0 >= self.asked_at.0.saturating_add(self.calm);
        let window = self.window();
        let visible = self.visible();
        let end = self.offset + self.rows.len() as u64;
        let covered = visible.is_empty() || (self.offset <= visible.start && visible.end <= end);
        if !fresh && !stale && (covered || self.answered == Some(window)) {
            return None;
        }
        let number = self.slot.ask()?;
        self.asked = Some((self.view.clone(), window));
        self.asked_at = now;
        self.changed = false;
        self.failed_at = None;
        Some((number, self.view.clone(), window))
    }

    /// What to hold: the page, or some screens around what is seen.
    fn window(&self) -> Window {
        let (offset, limit) = match self.page {
            Some(page) => (self.bounds().0, page),
            None => (self.top.saturating_sub(self.height), (self.height * 3).max(100)),
        };
        Window { offset, limit: u32::try_from(limit.min(MOST)).unwrap_or(u32::MAX) }
    }

    /// Takes an answer, if it is the one that is waited for and still wanted. Says whether rows came in.
    pub fn answer(&mut self, number: u64, total: u64, offset: u64, rows: Vec<R>) -> bool {
        if !self.slot.take(number) {
            return false;
        }
        let Some((view, window)) = self.asked.take() else { return false };
        if view != self.view {
            return false;
        }
        self.held = Some(view);
        self.answered = Some(window);
        (self.total, self.offset, self.rows) = (total, offset, rows);
        self.settle();
        true
    }

    /// The question failed; it is asked again after a while. Says whether it was this list's.
    pub fn failed(&mut self, number: u64, now: Timestamp) -> bool {
        let ours = self.slot.take(number);
        if ours {
            self.asked = None;
            self.failed_at = Some(now);
            self.changed = true;
        }
        ours
    }

    /// When to look again at what is needed, if nothing else happens.
    pub fn wake(&self) -> Option<Timestamp> {
        if self.slot.is_open() || self.height == 0 {
            return None;
        }
        match self.failed_at {
            Some(at) => Some(Timestamp(at.0.saturating_add(PAUSE))),
            None => self.changed.then_some(Timestamp(self.asked_at.0.saturating_add(self.calm))),
        }
    }
}
