//! What the Link Report pane knows, and what it makes of keys and answers.

use crate::domain::{Side, Timestamp};
use crate::keys::{Action, Key, Place};
use crate::protocol::{
    CandidateRow, NoticeLevel, Problem, Reply, ReportRow, ReportSummary, ReportTab, ReportView, Request, Topic, Window,
};
use crate::tui::pointer::Pointer;
use crate::tui::rows::{Pointed, Rows, Slot};
use crate::tui::widgets::Entry;
use crate::tui::wish::{About, Message, Opening, Pane, Question, Told, Wish};
use crate::tui::words::{count, counted};
use crate::tui::world::World;

use super::choices::Choices;
use super::view;

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
    pub(super) choices: Choices,
    /// The place where a range began.
    pub(super) range: Option<u64>,
    gathering: Option<Gathering>,
    gather: Slot,
    refresh: Slot,
    pub(super) plan: Slot,
}

impl Default for State {
    fn default() -> Self {
        Self {
            rows: Rows::by_pages(ReportView::default(), PAGE),
            summary: None,
            typing: None,
            choices: Choices::default(),
            range: None,
            gathering: None,
            gather: Slot::default(),
            refresh: Slot::default(),
            plan: Slot::default(),
        }
    }
}

pub(super) fn candidate(row: &ReportRow) -> Option<&CandidateRow> {
    match row {
        ReportRow::Candidate(candidate) => Some(candidate),
        ReportRow::WithoutCandidate { .. } => None,
    }
}

impl State {
    pub fn place(&self) -> Place {
        if self.typing.is_some() { Place::Typing } else { Place::Report }
    }

    pub(super) fn candidates(&self) -> u64 {
        self.summary.as_ref().map_or(0, |summary| summary.candidates)
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
            Message::Changed(Topic::Jobs | Topic::Connections | Topic::History) => Vec::new(),
            Message::Attached => {
                self.rows.forget();
                for slot in [&mut self.gather, &mut self.refresh, &mut self.plan] {
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
                self.choices.clear();
                self.gathering = None;
            }
            Told::WholeReport(side) => {
                self.choices.tick_everything(side);
                self.gathering = None;
            }
            Told::EverythingFound(side) => {
                let (view, to) = (self.rows.view().clone(), self.rows.total());
                self.gathering = Some(Gathering { view, from: 0, to, primary: Some(side) });
            }
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

    /// The candidates of the cursor's page that are here.
    fn page(&self) -> Vec<&CandidateRow> {
        let (start, end) = self.rows.bounds();
        self.rows.here().filter(|(at, _)| (start..end).contains(at)).filter_map(|(_, row)| candidate(row)).collect()
    }

    /// Pressed on the cursor's row it opens that; drawn over rows it ticks them.
    pub fn point(&mut self, pointer: Pointer, world: &World) -> Vec<Wish> {
        match self.rows.point(pointer) {
            Pointed::Again => return self.update(Message::Action(Action::Open), world),
            Pointed::From(place) => self.range = Some(place),
            Pointed::Released if self.range.is_some() => self.act_range(),
            Pointed::Released | Pointed::Nothing => {}
        }
        Vec::new()
    }

    fn act(&mut self, action: Action, world: &World) -> Vec<Wish> {
        if self.rows.step(action) {
            return Vec::new();
        }
        let chosen = self.rows.chosen().and_then(candidate).cloned();
        match action {
            Action::NextPage | Action::Right => self.rows.turn(1),
            Action::PreviousPage | Action::Left => self.rows.turn(-1),
            Action::Search => self.typing = Some(Entry::new(&self.rows.view().search)),
            Action::WhyNot => self.change_view(|view| {
                view.tab = match view.tab {
                    ReportTab::Candidates => ReportTab::WithoutCandidate,
                    ReportTab::WithoutCandidate => ReportTab::Candidates,
                }
            }),
            Action::RefreshReport => {
                if let Some(number) = self.refresh.ask() {
                    return vec![Wish::Ask { about: About::Refresh, number, request: Request::RefreshReport }];
                }
            }
            Action::Open => return self.open(),
            Action::Back => {
                let ended = self.range.take().is_some();
                if !ended {
                    self.change_view(|view| match view.search.is_empty() {
                        true => view.tab = ReportTab::Candidates,
                        false => view.search.clear(),
                    });
                }
            }
            Action::Link => return self.link(world),
            Action::SelectNone => {
                self.choices.clear();
                self.gathering = None;
                self.range = None;
            }
            Action::WholeReport => return self.whole_report(world),
            _ if self.rows.view().tab == ReportTab::WithoutCandidate => {}
            Action::Toggle => {
                if let Some(row) = chosen {
                    self.choices.toggle(&row);
                    self.rows.step(Action::Down);
                }
            }
            Action::Primary => {
                if let Some(row) = chosen {
                    self.choices.turn_primary(&row);
                }
            }
            Action::SelectPage => {
                let rows: Vec<CandidateRow> = self.page().into_iter().cloned().collect();
                self.choices.toggle_all(&rows.iter().collect::<Vec<_>>());
            }
            Action::PagePrimaryPos => self.tick_page(Side::InStore),
            Action::PagePrimaryOnline => self.tick_page(Side::Online),
            Action::Range => self.act_range(),
            _ => {}
        }
        Vec::new()
    }

    fn tick_page(&mut self, primary: Side) {
        let rows: Vec<CandidateRow> = self.page().into_iter().cloned().collect();
        self.choices.tick(&rows, Some(primary));
    }

    fn act_range(&mut self) {
        let here = self.rows.cursor();
        let Some(there) = self.range.take() else {
            self.range = (self.rows.total() > 0).then_some(here);
            return;
        };
        let (from, to) = (here.min(there), here.max(there) + 1);
        let rows: Option<Vec<CandidateRow>> =
            (from..to).map(|at| self.rows.get(at).and_then(candidate).cloned()).collect();
        match rows {
            Some(rows) => self.choices.tick(&rows, None),
            None => self.gathering = Some(Gathering { view: self.rows.view().clone(), from, to, primary: None }),
        }
    }

    fn open(&self) -> Vec<Wish> {
        match self.rows.chosen() {
            Some(ReportRow::Candidate(row)) => vec![Wish::Open(Opening::Pair(Box::new(row.clone())))],
            Some(row @ ReportRow::WithoutCandidate { .. }) => {
                vec![Wish::Open(Opening::Reasons(Box::new(row.clone())))]
            }
            None => Vec::new(),
        }
    }

    fn link(&mut self, world: &World) -> Vec<Wish> {
        if self.choices.is_empty() {
            let key = |action| world.key(Place::Report, action);
            let text = format!(
                "Nothing is ticked: {} ticks a row, {} or {} the page, {} the whole report",
                key(Action::Toggle),
                key(Action::PagePrimaryPos),
                key(Action::PagePrimaryOnline),
                key(Action::WholeReport)
            );
            return vec![Wish::toast(NoticeLevel::Info, text)];
        }
        if self.gathers() {
            return vec![Wish::toast(NoticeLevel::Info, "Still ticking, one moment")];
        }
        match self.plan.ask() {
            Some(number) => {
                let request = Request::PlanLink { selection: self.choices.selection() };
                vec![Wish::Ask { about: About::Plan, number, request }]
            }
            None => vec![Wish::toast(NoticeLevel::Info, "The plan is being made, one moment")],
        }
    }

    fn whole_report(&self, world: &World) -> Vec<Wish> {
        let candidates = self.candidates();
        if candidates == 0 {
            let key = world.key(Place::Report, Action::RefreshReport);
            return vec![Wish::toast(
                NoticeLevel::Info,
                format!("There is nothing to link; {key} makes the report anew"),
            )];
        }
        let tell = |told| vec![Wish::Tell(Pane::Report, told), Wish::Close];
        let mut answers = vec![
            ("Leave it as it is".to_owned(), vec![Wish::Close]),
            (format!("POS is right: tick all {}", count(candidates)), tell(Told::WholeReport(Side::InStore))),
            (format!("eCommerce is right: tick all {}", count(candidates)), tell(Told::WholeReport(Side::Online))),
        ];
        let view = self.rows.view();
        if !view.search.is_empty() && view.tab == ReportTab::Candidates && self.rows.is_current() {
            let found = self.rows.total();
            for side in [Side::InStore, Side::Online] {
                let words = format!("{} is right: only the {} found by “{}”", side.label(), count(found), view.search);
                answers.push((words, tell(Told::EverythingFound(side))));
            }
        }
        if !self.choices.is_empty() {
            answers.push(("Untick everything".to_owned(), tell(Told::Untick)));
        }
        let text = vec![
            format!("The report has {}.", counted(candidates, "pair")),
            "Choose the primary system: its quantities are right, and the other side is set to them when the link is \
             made. Single rows can be changed afterwards. Nothing is written before you have seen the plan."
                .to_owned(),
        ];
        vec![Wish::Open(Opening::Question(Question { title: "The whole report".to_owned(), text, answers, yes: None }))]
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
            About::Refresh | About::Plan => Vec::new(),
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
                self.choices.tick(rows.iter().filter_map(candidate), gathering.primary);
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
