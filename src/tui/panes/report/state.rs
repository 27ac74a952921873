//! What the Link Report pane knows, and what it makes of keys and answers.

use crate::domain::{Side, Timestamp};
use crate::files::List;
use crate::keys::{Action, Key, Place};
use crate::protocol::{
    NoticeLevel, Problem, Reply, ReportRow, ReportSummary, ReportTab, ReportView, Request, Topic, Window,
};
use crate::tui::mending;
use crate::tui::pointer::Pointer;
use crate::tui::rows::{Pointed, Rows, Slot};
use crate::tui::widgets::{Entry, offered};
use crate::tui::wish::{About, Message, Opening, Told, Wish};
use crate::tui::world::World;

use super::choices::{Choices, Pair};
use super::{filters, table, view};

/// Rows to a page, as the seeds have it.
pub(super) const PAGE: u64 = 100;
/// Rows that one question can fetch.
const MOST: u32 = 1_000;

/// Rows of a view that are to be ticked and are not here: fetched window by window.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Gathering {
    view: ReportView,
    /// The next place to fetch.
    from: u64,
    /// The place after the last one.
    to: u64,
    primary: Option<Side>,
}

#[derive(Debug)]
pub struct State {
    pub(super) rows: Rows<ReportView, ReportRow>,
    pub(super) summary: Option<ReportSummary>,
    pub(super) typing: Option<Entry>,
    /// Of candidates.
    choices: Choices,
    /// Of suggestions.
    accepted: Choices,
    /// The place where a range began.
    pub(super) range: Option<u64>,
    gathering: Option<Gathering>,
    gather: Slot,
    refresh: Slot,
    pub(super) plan: Slot,
    pub(super) reject: Slot,
    pub(super) take_back: Slot,
}

impl Default for State {
    fn default() -> Self {
        Self {
            rows: Rows::by_pages(ReportView::default(), PAGE),
            summary: None,
            typing: None,
            choices: Choices::among(ReportTab::Candidates),
            accepted: Choices::among(ReportTab::Suggestions),
            range: None,
            gathering: None,
            gather: Slot::default(),
            refresh: Slot::default(),
            plan: Slot::default(),
            reject: Slot::default(),
            take_back: Slot::default(),
        }
    }
}

/// The two listings of a row that has two.
pub(super) fn pair(row: &ReportRow) -> Option<Pair> {
    row.sides().map(|(in_store, online)| (in_store.listing, online.listing))
}

impl State {
    pub fn place(&self) -> Place {
        if self.typing.is_some() { Place::Typing } else { Place::Report }
    }

    /// How many rows the list has without filter and search.
    pub(super) fn all(&self) -> u64 {
        self.summary.as_ref().map_or(0, |summary| filters::count(summary, self.rows.view().tab))
    }

    /// What is ticked in the list that is shown.
    pub(super) fn ticks(&self) -> &Choices {
        if self.rows.view().tab == ReportTab::Suggestions { &self.accepted } else { &self.choices }
    }

    pub(super) fn ticks_mut(&mut self) -> &mut Choices {
        if self.rows.view().tab == ReportTab::Suggestions { &mut self.accepted } else { &mut self.choices }
    }

    /// Whether rows can be ticked here.
    pub(super) fn is_chosen_from(&self) -> bool {
        matches!(self.rows.view().tab, ReportTab::Candidates | ReportTab::Suggestions)
    }

    /// A key of this place that means nothing in this list, so that the hint bar does not promise it.
    pub fn lacks(&self, action: Action) -> bool {
        let tab = self.rows.view().tab;
        match action {
            Action::Accept => tab != ReportTab::Suggestions,
            Action::Reject => tab == ReportTab::WithoutCandidate || tab == ReportTab::Rejected,
            Action::TakeBack => tab != ReportTab::Rejected,
            Action::Mend => match self.rows.chosen() {
                Some(ReportRow::WithoutCandidate { reasons, .. }) => mending::of(reasons).is_empty(),
                _ => true,
            },
            Action::NextFilter => tab == ReportTab::Rejected,
            Action::Toggle
            | Action::Link
            | Action::Primary
            | Action::WholeReport
            | Action::PagePrimaryPos
            | Action::PagePrimaryOnline => !self.is_chosen_from(),
            _ => false,
        }
    }

    pub fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) if self.typing.is_some() => {
                match action {
                    Action::Confirm | Action::Back => self.typing = None,
                    _ => drop(self.rows.step(action)),
                }
                Vec::new()
            }
            Message::Action(action) => self.act(action, world),
            Message::Key(key) => self.press(key),
            Message::Paste(text) => {
                let search = self.rows.view().search.clone();
                let entry = self.typing.get_or_insert_with(|| Entry::new(&search));
                entry.paste(&text);
                let search = entry.text().to_owned();
                self.change_view(|view| view.search = search);
                Vec::new()
            }
            Message::Answer { about, number, answer } => self.answered(about, number, answer, world),
            // Its quantities are the catalogue's, and what is linked meanwhile drops out of it.
            Message::Changed(Topic::Report | Topic::Products) => {
                self.rows.changed();
                Vec::new()
            }
            Message::Changed(Topic::Jobs | Topic::Connections | Topic::History | Topic::Rates) => Vec::new(),
            Message::Attached => {
                self.rows.forget();
                let Self { gather, refresh, plan, reject, take_back, .. } = self;
                for slot in [gather, refresh, plan, reject, take_back] {
                    slot.forget();
                }
                Vec::new()
            }
            Message::Told(told) => self.told(told),
        }
    }

    fn told(&mut self, told: Told) -> Vec<Wish> {
        match told {
            Told::Linked | Told::Untick => {
                self.ticks_mut().clear();
                self.gathering = None;
            }
            Told::WholeReport(side) => {
                self.ticks_mut().tick_everything(side);
                self.gathering = None;
            }
            Told::EverythingFound(side) => {
                let (view, to) = (self.rows.view().clone(), self.rows.total());
                self.gathering = Some(Gathering { view, from: 0, to, primary: Some(side) });
            }
            Told::RejectTicked => return self.reject_ticked(),
            Told::RejectChosen => return self.reject_chosen(),
            Told::Pushed | Told::Toggle(_) | Told::Order(..) | Told::HistoryOf(_) => {}
        }
        Vec::new()
    }

    pub fn needs(&mut self, world: &World, shown: bool) -> Vec<Wish> {
        let mut wishes = Vec::new();
        self.rows.set_height(view::list_height(world.body(), self.rows.view().tab));
        if !world.attached() {
            return wishes;
        }
        if shown && let Some((number, view, window)) = self.rows.needs(world.now) {
            wishes.push(Wish::Ask { about: About::Rows, number, request: Request::Report { view, window } });
        }
        if let Some(gathering) = &self.gathering
            && let Some(number) = self.gather.ask()
        {
            let limit = u32::try_from(gathering.to.saturating_sub(gathering.from)).unwrap_or(MOST).min(MOST);
            let window = Window { offset: gathering.from, limit };
            let request = Request::Report { view: gathering.view.clone(), window };
            wishes.push(Wish::Ask { about: About::Gathering, number, request });
        }
        wishes
    }

    pub fn expects(&self) -> bool {
        self.rows.expects()
    }

    pub fn wake(&self) -> Option<Timestamp> {
        self.rows.wake()
    }

    /// Whether rows are being fetched to be ticked.
    pub(super) fn gathers(&self) -> bool {
        self.gathering.is_some()
    }

    fn change_view(&mut self, change: impl FnOnce(&mut ReportView)) {
        let mut view = self.rows.view().clone();
        change(&mut view);
        if view != *self.rows.view() {
            self.range = None;
        }
        self.rows.show(view);
    }

    fn press(&mut self, key: Key) -> Vec<Wish> {
        if let Some(entry) = &mut self.typing
            && entry.press(key)
        {
            let search = entry.text().to_owned();
            self.change_view(|view| view.search = search);
        }
        Vec::new()
    }

    /// The pairs of the cursor's page that are here.
    fn page(&self) -> Vec<Pair> {
        let (start, end) = self.rows.bounds();
        self.rows.here().filter(|(at, _)| (start..end).contains(at)).filter_map(|(_, row)| pair(row)).collect()
    }

    /// Pressed on the cursor's row it opens that; drawn over rows it ticks them.
    pub fn point(&mut self, pointer: Pointer, world: &World) -> Vec<Wish> {
        match self.rows.point(pointer) {
            Pointed::Again => return self.update(Message::Action(Action::Open), world),
            Pointed::From(place) if self.is_chosen_from() => self.range = Some(place),
            Pointed::Released if self.range.is_some() => self.act_range(),
            Pointed::From(_) | Pointed::Released | Pointed::Nothing => {}
        }
        Vec::new()
    }

    fn act(&mut self, action: Action, world: &World) -> Vec<Wish> {
        if self.rows.step(action) {
            return Vec::new();
        }
        match action {
            Action::NextPage | Action::Right => self.rows.turn(1),
            Action::PreviousPage | Action::Left => self.rows.turn(-1),
            Action::Search => self.typing = Some(Entry::new(&self.rows.view().search)),
            Action::NextTab => self.turn_tab(1),
            Action::PreviousTab => self.turn_tab(ReportTab::ALL.len() - 1),
            Action::NextFilter | Action::PreviousFilter => {
                let back = action == Action::PreviousFilter;
                let next = filters::next_filter(self.rows.view(), self.summary.as_ref(), back);
                self.change_view(|view| *view = next);
            }
            Action::WhyNot => return self.why(),
            Action::Columns => {
                let tab = self.rows.view().tab;
                let offered = offered(&table::columns(tab, world.screen.width));
                return vec![Wish::Open(Opening::Columns { list: table::list(tab), offered })];
            }
            Action::Mend => return self.mend(),
            Action::RefreshReport => {
                if let Some(number) = self.refresh.ask() {
                    return vec![Wish::Ask { about: About::Refresh, number, request: Request::RefreshReport }];
                }
            }
            Action::Open => return self.open(),
            Action::TakeBack => return self.take_back(),
            Action::Back => {
                let ended = self.range.take().is_some();
                if !ended {
                    self.change_view(|view| match view.is_whole() {
                        true => view.tab = ReportTab::Candidates,
                        false => *view = filters::whole(view),
                    });
                }
            }
            Action::SelectNone => {
                self.ticks_mut().clear();
                self.gathering = None;
                self.range = None;
            }
            Action::Reject => return self.reject(),
            _ if !self.is_chosen_from() => {}
            Action::Link => return self.link(world),
            Action::Export if self.summary.is_none() => {
                let key = world.key(Place::Report, Action::RefreshReport);
                let text = format!("There is no link report yet to be written: {key} makes it");
                return vec![Wish::toast(NoticeLevel::Info, text)];
            }
            Action::Export => {
                let list = List::Report { search: self.rows.view().search.clone() };
                return vec![Wish::Open(Opening::Export(list))];
            }
            Action::FromFile => return vec![Wish::Open(Opening::FromFile)],
            Action::Accept => return self.accept(),
            Action::WholeReport => return self.whole_report(world),
            Action::Toggle => {
                if let Some(row) = self.rows.chosen().and_then(pair) {
                    self.ticks_mut().toggle(row);
                    self.rows.step(Action::Down);
                }
            }
            Action::Primary => {
                if let Some(row) = self.rows.chosen().and_then(pair) {
                    self.ticks_mut().turn_primary(row);
                }
            }
            Action::SelectPage => {
                let rows = self.page();
                self.ticks_mut().toggle_all(&rows);
            }
            Action::PagePrimaryPos => self.tick_page(Side::InStore),
            Action::PagePrimaryOnline => self.tick_page(Side::Online),
            Action::Range => self.act_range(),
            _ => {}
        }
        Vec::new()
    }

    fn turn_tab(&mut self, by: usize) {
        let search = self.rows.view().search.clone();
        let tab = filters::next_tab(self.rows.view().tab, by);
        // What was looked for is looked for there too; a filter belongs to its list.
        self.change_view(|view| *view = ReportView { search, ..ReportView::of(tab) });
        self.gathering = None;
    }

    fn tick_page(&mut self, primary: Side) {
        let rows = self.page();
        self.ticks_mut().tick(rows, Some(primary));
    }

    fn act_range(&mut self) {
        let here = self.rows.cursor();
        let Some(there) = self.range.take() else {
            self.range = (self.rows.total() > 0).then_some(here);
            return;
        };
        let (from, to) = (here.min(there), here.max(there) + 1);
        let rows: Option<Vec<Pair>> = (from..to).map(|at| self.rows.get(at).and_then(pair)).collect();
        match rows {
            Some(rows) => self.ticks_mut().tick(rows, None),
            None => self.gathering = Some(Gathering { view: self.rows.view().clone(), from, to, primary: None }),
        }
    }

    fn answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match about {
            About::Rows => match answer {
                Ok(Reply::Report { summary, total, offset, rows }) => {
                    if self.rows.answer(number, total, offset, rows) {
                        self.summary = summary;
                    }
                    Vec::new()
                }
                answer if self.rows.failed(number, world.now) => {
                    Wish::unanswered("The link report could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            About::Gathering => self.gathered(number, answer),
            About::Refresh if self.refresh.take(number) => match answer {
                Ok(Reply::Done) => {
                    vec![Wish::toast(NoticeLevel::Info, "Making the link report; a notice says when it is ready")]
                }
                answer => Wish::unanswered("The link report could not be made anew", &answer),
            },
            About::Plan if self.plan.take(number) => match answer {
                Ok(Reply::Planned(summary)) => vec![Wish::Open(Opening::Plan(Box::new(summary)))],
                answer => Wish::unanswered("No plan could be made", &answer),
            },
            About::Reject if self.reject.take(number) => match answer {
                Ok(Reply::PairsDecided { pairs }) => self.decided(about, pairs, world),
                answer => Wish::unanswered("Nothing was rejected", &answer),
            },
            About::TakeBack if self.take_back.take(number) => match answer {
                Ok(Reply::PairsDecided { pairs }) => self.decided(about, pairs, world),
                answer => Wish::unanswered("Nothing was taken back", &answer),
            },
            About::Refresh | About::Plan | About::Reject | About::TakeBack => Vec::new(),
            _ => Wish::unanswered("That did not work", &answer),
        }
    }

    fn gathered(&mut self, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish> {
        if !self.gather.take(number) {
            return Vec::new();
        }
        let Some(gathering) = &mut self.gathering else { return Vec::new() };
        match answer {
            Ok(Reply::Report { total, offset, rows, .. }) if offset == gathering.from => {
                let (primary, pairs) = (gathering.primary, rows.iter().filter_map(pair).collect::<Vec<_>>());
                let ticks = match gathering.view.tab {
                    ReportTab::Suggestions => &mut self.accepted,
                    _ => &mut self.choices,
                };
                ticks.tick(pairs, primary);
                gathering.from += rows.len() as u64;
                if rows.is_empty() || gathering.from >= gathering.to.min(total) {
                    self.gathering = None;
                }
                Vec::new()
            }
            // An answer to what was asked before the choice changed; the next question is the right one.
            Ok(Reply::Report { .. }) => Vec::new(),
            answer => {
                self.gathering = None;
                Wish::unanswered("Not everything could be ticked", &answer)
            }
        }
    }
}
