//! What the Products pane knows, and what it makes of keys and answers.

use std::cmp::Ordering;

use crate::domain::{Presence, Side};
use crate::keys::{Action, Key, Place};
use crate::protocol::{
    NoticeLevel, Problem, ProductRow, ProductSort, ProductsView, Reply, Request, Sort, SyncFilter, SyncState, Topic,
    Window,
};
use crate::tui::chosen::Chosen;
use crate::tui::pointer::Pointer;
use crate::tui::rows::{Pointed, Rows};
use crate::tui::widgets::{Entry, offered};
use crate::tui::wish::{About, Message, Opening, Told, Wish};
use crate::tui::words::counted;
use crate::tui::world::World;

use super::marks::{Letter, Marks};
use super::ticks::{PAGE, Ticking, Ticks};
use super::view;

#[derive(Debug)]
pub struct State {
    pub(super) rows: Rows<ProductsView, ProductRow>,
    /// Products without any filter.
    pub(super) everything: u64,
    revision: u64,
    /// Being typed now.
    pub(super) typing: Option<Entry>,
    pub(super) ticks: Ticks,
    /// The place where a range began.
    pub(super) range: Option<u64>,
    pub(super) marks: Marks,
}

/// The filters in the order of the key.
pub(super) const FILTERS: [Option<Presence>; 5] =
    [None, Some(Presence::InStore), Some(Presence::Online), Some(Presence::Both), Some(Presence::Neither)];

/// No filter, and each status.
const STATUSES: usize = SyncFilter::ALL.len() + 1;

const SORTS: [ProductSort; 6] = [
    ProductSort::Title,
    ProductSort::Sku,
    ProductSort::Price,
    ProductSort::InStoreQuantity,
    ProductSort::OnlineQuantity,
    ProductSort::Status,
];

impl Default for State {
    fn default() -> Self {
        Self {
            rows: Rows::new(ProductsView::default()),
            everything: 0,
            revision: 0,
            typing: None,
            ticks: Ticks::default(),
            range: None,
            marks: Marks::default(),
        }
    }
}

impl State {
    pub fn place(&self) -> Place {
        match self.typing {
            Some(_) => Place::Typing,
            None if self.marks.waits() => Place::Letter,
            None => Place::Products,
        }
    }

    /// All products, for the tab.
    pub fn everything(&self) -> u64 {
        self.everything
    }

    pub fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) if self.typing.is_some() => self.act_while_typing(action),
            Message::Action(_) if self.marks.waits() => {
                self.marks.give_up();
                Vec::new()
            }
            Message::Action(action) => self.act(action, world),
            Message::Key(key) => self.press(key),
            Message::Paste(text) => self.paste(&text),
            Message::Answer { about, number, answer } => self.answered(about, number, answer, world),
            Message::Changed(Topic::Products) => self.later(),
            Message::Changed(Topic::Report | Topic::Jobs | Topic::Connections | Topic::History | Topic::Rates) => {
                Vec::new()
            }
            Message::Attached => {
                self.rows.forget();
                self.ticks.forget();
                self.marks.forget();
                Vec::new()
            }
            Message::Told(Told::Pushed | Told::Untick) => {
                self.ticks.clear();
                Vec::new()
            }
            Message::Told(Told::Toggle(product)) => {
                self.ticks.toggle(product);
                let (word, all) = (if self.ticks.contains(product) { "Ticked" } else { "Unticked" }, self.ticks.len());
                vec![Wish::toast(NoticeLevel::Info, format!("{word}: {} ticked now", counted(all, "product")))]
            }
            Message::Told(
                Told::RejectTicked
                | Told::RejectChosen
                | Told::Linked
                | Told::WholeReport(_)
                | Told::EverythingFound(_)
                | Told::Order(..)
                | Told::HistoryOf(_),
            ) => Vec::new(),
        }
    }

    fn later(&mut self) -> Vec<Wish> {
        self.rows.changed();
        Vec::new()
    }

    /// What is to be asked so that the screen can show what it should.
    pub fn needs(&mut self, world: &World, shown: bool) -> Vec<Wish> {
        let mut wishes = Vec::new();
        self.rows.set_height(view::list_height(world.body()));
        if !world.attached() || !shown {
            return wishes;
        }
        if let Some((number, view, window)) = self.rows.needs(world.now) {
            wishes.push(Wish::Ask { about: About::Rows, number, request: Request::Products { view, window } });
        }
        if self.rows.is_current()
            && let Some(number) = self.ticks.needs(self.rows.view(), self.revision, self.rows.total())
        {
            let request = Request::ProductIds { view: self.rows.view().clone(), window: None };
            wishes.push(Wish::Ask { about: About::Hidden, number, request });
        }
        wishes
    }

    pub fn expects(&self) -> bool {
        self.rows.expects()
    }

    pub fn wake(&self) -> Option<crate::domain::Timestamp> {
        self.rows.wake()
    }

    fn change_view(&mut self, change: impl FnOnce(&mut ProductsView)) {
        let mut view = self.rows.view().clone();
        change(&mut view);
        // A place in one view is nothing in another.
        if view != *self.rows.view() {
            self.range = None;
        }
        self.rows.show(view);
    }

    /// Pressed on the cursor's row it opens that; drawn over rows it ticks them.
    pub fn point(&mut self, pointer: Pointer, world: &World) -> Vec<Wish> {
        match self.rows.point(pointer) {
            Pointed::Again => return self.update(Message::Action(Action::Open), world),
            Pointed::From(place) => self.range = Some(place),
            Pointed::Released if self.range.is_some() => return self.act_range(),
            Pointed::Released | Pointed::Nothing => {}
        }
        Vec::new()
    }

    fn act(&mut self, action: Action, world: &World) -> Vec<Wish> {
        if self.rows.step(action) {
            return Vec::new();
        }
        match action {
            Action::Toggle => {
                if let Some(row) = self.rows.chosen() {
                    self.ticks.toggle(row.product);
                    self.rows.step(Action::Down);
                }
            }
            Action::Range => return self.act_range(),
            Action::SelectPage => {
                let offset = self.rows.cursor() / PAGE * PAGE;
                return self.tick(Ticking::Page, Some(Window { offset, limit: PAGE as u32 }));
            }
            Action::SelectAll => return self.tick(Ticking::All, None),
            Action::Invert => return self.tick(Ticking::Invert, None),
            Action::SelectNone => {
                self.ticks.clear();
                self.range = None;
            }
            Action::Search => self.typing = Some(Entry::new(&self.rows.view().search)),
            Action::NextFilter => self.turn_filter(1),
            Action::PreviousFilter => self.turn_filter(FILTERS.len() - 1),
            Action::HideSoldOut => self.change_view(|view| view.hide_sold_out = !view.hide_sold_out),
            Action::Sort => self.change_view(|view| {
                let at = SORTS.iter().position(|sort| *sort == view.sort.by).unwrap_or(0);
                let by = SORTS.get((at + 1) % SORTS.len()).copied().unwrap_or_default();
                view.sort = Sort { by, descending: false };
            }),
            Action::ReverseSort => self.change_view(|view| view.sort.descending = !view.sort.descending),
            Action::NextStatus => self.turn_status(1),
            Action::PreviousStatus => self.turn_status(STATUSES - 1),
            Action::Push => return self.push(world),
            Action::Columns => {
                let offered = offered(&view::columns(world.screen.width));
                return vec![Wish::Open(Opening::Columns { list: view::LIST, offered })];
            }
            Action::Mark => self.marks.begin(Letter::Sets),
            Action::GoToMark => self.marks.begin(Letter::GoesTo),
            Action::CopyName => return self.copy_name(),
            Action::CopyRow => return self.copy_row(),
            Action::Open => {
                if let Some(row) = self.rows.chosen() {
                    return vec![Wish::Open(Opening::Product(row.product))];
                }
            }
            Action::Back => {
                let ended = self.range.take().is_some();
                if !ended {
                    self.change_view(|view| view.search.clear());
                }
            }
            action => return self.chosen().and_then(|chosen| chosen.act(action)).unwrap_or_default(),
        }
        Vec::new()
    }

    fn turn_filter(&mut self, by: usize) {
        self.change_view(|view| {
            let at = FILTERS.iter().position(|filter| *filter == view.presence).unwrap_or(0);
            view.presence = FILTERS.get((at + by) % FILTERS.len()).copied().flatten();
        });
    }

    fn turn_status(&mut self, by: usize) {
        self.change_view(|view| {
            let at = view.status.and_then(|status| SyncFilter::ALL.iter().position(|known| *known == status));
            let next = (at.map_or(0, |at| at + 1) + by) % STATUSES;
            view.status = next.checked_sub(1).and_then(|at| SyncFilter::ALL.get(at)).copied();
        });
    }

    /// The ticked products, or the one under the cursor.
    fn chosen(&self) -> Option<Chosen> {
        let row = self.rows.chosen()?;
        let here = (row.product, row.title.to_string());
        let paused = match row.sync {
            SyncState::Paused => Some(true),
            SyncState::InSync | SyncState::OutOfSync { .. } | SyncState::InOrders => Some(false),
            SyncState::Base | SyncState::Conflict | SyncState::Failing => None,
        };
        Some(match self.ticks.is_empty() {
            true => Chosen { products: vec![row.product], title: format!("“{}”", row.title), here, paused },
            false => {
                Chosen { products: self.ticks.all(), title: counted(self.ticks.len(), "product"), here, paused: None }
            }
        })
    }

    fn act_range(&mut self) -> Vec<Wish> {
        let here = self.rows.cursor();
        let Some(there) = self.range.take() else {
            if self.rows.total() > 0 {
                self.range = Some(here);
            }
            return Vec::new();
        };
        let (ticking, window) = Ticks::range(here.min(there), here.max(there));
        self.tick(ticking, window)
    }

    /// Ticks what is here at once, and asks for the numbers of what is not.
    fn tick(&mut self, ticking: Ticking, window: Option<Window>) -> Vec<Wish> {
        if self.rows.is_current()
            && let Some(window) = window
        {
            let end = (window.offset + u64::from(window.limit)).min(self.rows.total());
            let here: Option<Vec<_>> =
                (window.offset..end).map(|place| self.rows.get(place).map(|row| row.product)).collect();
            if let Some(here) = here {
                self.ticks.apply(ticking, &here);
                return Vec::new();
            }
        }
        let Some(number) = self.ticks.ask(ticking) else {
            return vec![Wish::toast(NoticeLevel::Info, "Still ticking, one moment")];
        };
        let request = Request::ProductIds { view: self.rows.view().clone(), window };
        vec![Wish::Ask { about: About::Ticking, number, request }]
    }

    fn push(&self, world: &World) -> Vec<Wish> {
        let (products, title) = if self.ticks.is_empty() {
            match self.rows.chosen() {
                Some(row) => (vec![row.product], format!("“{}”", row.title)),
                None => {
                    let key = world.key(Place::Products, Action::Toggle);
                    return vec![Wish::toast(NoticeLevel::Info, format!("Nothing to push: tick products with {key}"))];
                }
            }
        } else {
            (self.ticks.all(), counted(self.ticks.len(), "product"))
        };
        vec![Wish::Open(Opening::Push { products, title, towards: self.direction() })]
    }

    /// The side that lacks what is to be pushed: as the filter says, or most of the ticked rows that are here, or the
    /// row under the cursor. `None` where that says nothing.
    fn direction(&self) -> Option<Side> {
        let lacking = |presence| match presence {
            Presence::InStore => Some(Side::Online),
            Presence::Online => Some(Side::InStore),
            Presence::Both | Presence::Neither => None,
        };
        if let Some(presence) = self.rows.view().presence {
            return lacking(presence);
        }
        if self.ticks.is_empty() {
            return self.rows.chosen().and_then(|row| lacking(row.presence));
        }
        let ticked = || self.rows.here().filter(|(_, row)| self.ticks.contains(row.product));
        let count = |side| ticked().filter(|(_, row)| lacking(row.presence) == Some(side)).count();
        match count(Side::InStore).cmp(&count(Side::Online)) {
            Ordering::Less => Some(Side::Online),
            Ordering::Greater => Some(Side::InStore),
            Ordering::Equal => None,
        }
    }

    fn act_while_typing(&mut self, action: Action) -> Vec<Wish> {
        match action {
            Action::Confirm | Action::Back => self.typing = None,
            _ => {
                self.rows.step(action);
            }
        }
        Vec::new()
    }

    fn press(&mut self, key: Key) -> Vec<Wish> {
        if self.marks.waits() {
            return self.marks.press(key, self.rows.chosen(), self.rows.view());
        }
        if let Some(entry) = &mut self.typing
            && entry.press(key)
        {
            let search = entry.text().to_owned();
            self.change_view(|view| view.search = search);
        }
        Vec::new()
    }

    /// A paste is something to look for, never keys.
    fn paste(&mut self, text: &str) -> Vec<Wish> {
        let search = self.rows.view().search.clone();
        let entry = self.typing.get_or_insert_with(|| Entry::new(&search));
        entry.paste(text);
        let search = entry.text().to_owned();
        self.change_view(|view| view.search = search);
        Vec::new()
    }

    fn answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match about {
            About::Rows => match answer {
                Ok(Reply::Products { revision, total, everything, offset, rows }) => {
                    if self.rows.answer(number, total, offset, rows) {
                        self.everything = everything;
                        self.revision = revision;
                        self.rows.set_height(view::list_height(world.body()));
                    }
                    Vec::new()
                }
                answer if self.rows.failed(number, world.now) => {
                    Wish::unanswered("The products could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            About::Ticking => match (self.ticks.asked(number), answer) {
                (Some(ticking), Ok(Reply::ProductIds { products })) => {
                    self.ticks.apply(ticking, &products);
                    Vec::new()
                }
                (Some(_), answer) => Wish::unanswered("Nothing was ticked", &answer),
                (None, _) => Vec::new(),
            },
            About::Place => {
                match self.marks.answered(number, answer) {
                    Ok(place) => self.rows.go_to(place),
                    Err(wishes) => return wishes,
                }
                Vec::new()
            }
            About::Hidden => {
                // That they could not be counted is not worth a word: the line says that it does not know.
                let shown = if let Ok(Reply::ProductIds { products }) = answer { Some(products) } else { None };
                self.ticks.count(number, shown.as_deref());
                Vec::new()
            }
            _ => Wish::unanswered("That did not work", &answer),
        }
    }
}
