//! What a person decides on rows of the report: link them, say that they are not one, take that back, mend what is in
//! the way, or ask why.

use crate::domain::Side;
use crate::keys::{Action, Place};
use crate::protocol::{LinkChoice, LinkOf, LinkSelection, NoticeLevel, Rejected, ReportRow, ReportTab, Request};
use crate::tui::mending;
use crate::tui::wish::{About, Opening, Pane, Question, Told, Wish};
use crate::tui::words::{count, counted};
use crate::tui::world::World;

use super::filters;
use super::state::{State, pair};

impl State {
    pub(super) fn open(&self) -> Vec<Wish> {
        match self.rows.chosen() {
            Some(ReportRow::WithoutCandidate { .. }) => self.why(),
            Some(row) => vec![Wish::Open(Opening::Pair(Box::new(row.clone())))],
            None => Vec::new(),
        }
    }

    pub(super) fn why(&self) -> Vec<Wish> {
        let Some(row) = self.rows.chosen() else { return Vec::new() };
        let listing = row.listing();
        vec![Wish::Open(Opening::Why(LinkOf::Listing(listing.listing), listing.title.to_string()))]
    }

    pub(super) fn mend(&self) -> Vec<Wish> {
        match self.rows.chosen() {
            Some(ReportRow::WithoutCandidate { listing, reasons }) => mending::offered(reasons, &listing.title),
            _ => Vec::new(),
        }
    }

    fn plan_for(&mut self, selection: LinkSelection) -> Vec<Wish> {
        if self.gathers() {
            return vec![Wish::toast(NoticeLevel::Info, "Still ticking, one moment")];
        }
        match self.plan.ask() {
            Some(number) => vec![Wish::Ask { about: About::Plan, number, request: Request::PlanLink { selection } }],
            None => vec![Wish::toast(NoticeLevel::Info, "The plan is being made, one moment")],
        }
    }

    pub(super) fn link(&mut self, world: &World) -> Vec<Wish> {
        if self.ticks().is_empty() {
            let key = |action| world.key(Place::Report, action);
            let text = format!(
                "Nothing is ticked here: {} ticks a row, {} or {} the page, {} everything",
                key(Action::Toggle),
                key(Action::PagePrimaryPos),
                key(Action::PagePrimaryOnline),
                key(Action::WholeReport)
            );
            return vec![Wish::toast(NoticeLevel::Info, text)];
        }
        self.plan_for(self.ticks().selection())
    }

    /// The ticked pairs are one, or the one under the cursor.
    pub(super) fn accept(&mut self) -> Vec<Wish> {
        if !self.ticks().is_empty() {
            return self.plan_for(self.ticks().selection());
        }
        let Some(pair) = self.rows.chosen().and_then(pair) else { return Vec::new() };
        let primary = self.ticks().of(pair).primary;
        let choice = LinkChoice { in_store: pair.0, online: pair.1, ticked: true, primary };
        self.plan_for(LinkSelection { everything: None, choices: vec![choice] })
    }

    /// The pair under the cursor is not one; with ticks it is asked which are meant.
    pub(super) fn reject(&mut self) -> Vec<Wish> {
        if self.rows.view().tab == ReportTab::Rejected {
            return self.take_back();
        }
        let ticked = self.ticks().count(self.all());
        if ticked == 0 {
            return self.reject_chosen();
        }
        let tell = |told| vec![Wish::Tell(Pane::Report, told), Wish::Close];
        let mut answers = vec![("Leave it as it is".to_owned(), vec![Wish::Close])];
        if let Some((in_store, _)) = self.rows.chosen().and_then(ReportRow::sides) {
            answers.push((format!("Reject only “{}”, under the cursor", in_store.title), tell(Told::RejectChosen)));
        }
        answers.push((format!("Reject all that are ticked: {}", counted(ticked, "pair")), tell(Told::RejectTicked)));
        let text = "What you reject does not come up again, in this report or a later one, until you take it back. \
                    Nothing changes in the shops."
            .to_owned();
        let title = "Are these not one product?".to_owned();
        vec![Wish::Open(Opening::Question(Question { title, text: vec![text], answers, yes: None }))]
    }

    pub(super) fn reject_chosen(&mut self) -> Vec<Wish> {
        let Some(pair) = self.rows.chosen().and_then(pair) else { return Vec::new() };
        let choice = LinkChoice { in_store: pair.0, online: pair.1, ticked: true, primary: Side::InStore };
        self.ask_to_reject(LinkSelection { everything: None, choices: vec![choice] })
    }

    pub(super) fn reject_ticked(&mut self) -> Vec<Wish> {
        let selection = self.ticks().selection();
        self.ticks_mut().clear();
        self.ask_to_reject(selection)
    }

    fn ask_to_reject(&mut self, selection: LinkSelection) -> Vec<Wish> {
        let Some(number) = self.reject.ask() else {
            return vec![Wish::toast(NoticeLevel::Info, "The last one is still being remembered, one moment")];
        };
        vec![Wish::Ask { about: About::Reject, number, request: Request::RejectPairs { selection } }]
    }

    /// The pair under the cursor where rejected ones are listed; else what was rejected last.
    pub(super) fn take_back(&mut self) -> Vec<Wish> {
        let chosen = self.rows.chosen().filter(|_| self.rows.view().tab == ReportTab::Rejected).and_then(pair);
        let which = chosen.map_or(Rejected::Last, |(in_store, online)| Rejected::Pair { in_store, online });
        match self.take_back.ask() {
            Some(number) => {
                vec![Wish::Ask { about: About::TakeBack, number, request: Request::AllowPairs { which } }]
            }
            None => Vec::new(),
        }
    }

    pub(super) fn decided(&self, about: About, pairs: u64, world: &World) -> Vec<Wish> {
        let key = world.key(Place::Report, Action::TakeBack);
        let text = match about {
            About::Reject => format!("{} rejected; {key} takes that back", counted(pairs, "pair")),
            _ => format!("{} can come up again", counted(pairs, "pair")),
        };
        vec![Wish::toast(NoticeLevel::Success, text)]
    }

    pub(super) fn whole_report(&self, world: &World) -> Vec<Wish> {
        let tab = self.rows.view().tab;
        let suggestions = tab == ReportTab::Suggestions;
        if !suggestions && tab != ReportTab::Candidates {
            return Vec::new();
        }
        let all = self.all();
        if all == 0 {
            let key = world.key(Place::Report, Action::RefreshReport);
            let text = format!("There is nothing to link here; {key} makes the report anew");
            return vec![Wish::toast(NoticeLevel::Info, text)];
        }
        let tell = |told| vec![Wish::Tell(Pane::Report, told), Wish::Close];
        let mut answers = vec![
            ("Leave it as it is".to_owned(), vec![Wish::Close]),
            (format!("POS is right: tick all {}", count(all)), tell(Told::WholeReport(Side::InStore))),
            (format!("eCommerce is right: tick all {}", count(all)), tell(Told::WholeReport(Side::Online))),
        ];
        let view = self.rows.view();
        if !view.is_whole() && self.rows.is_current() {
            let found = self.rows.total();
            let by = match (filters::named(view), view.search.is_empty()) {
                (Some(filter), true) => filter,
                (Some(filter), false) => format!("{filter}, with “{}”", view.search),
                (None, _) => format!("found by “{}”", view.search),
            };
            for side in [Side::InStore, Side::Online] {
                let words = format!("{} is right: only the {} {by}", side.label(), count(found));
                answers.push((words, tell(Told::EverythingFound(side))));
            }
        }
        if !self.ticks().is_empty() {
            answers.push(("Untick everything".to_owned(), tell(Told::Untick)));
        }
        let there = match suggestions {
            true => format!(
                "There are {}: probably, but not certainly, one product each. Look through them before you tick them.",
                counted(all, "suggestion")
            ),
            false => format!("The report has {}.", counted(all, "pair")),
        };
        let text = vec![
            there,
            "Choose the primary system: its quantities are right, and the other side is set to them when the link is \
             made. Single rows can be changed afterwards. Nothing is written before you have seen the plan."
                .to_owned(),
        ];
        let title = if suggestions { "All suggestions" } else { "The whole report" }.to_owned();
        vec![Wish::Open(Opening::Question(Question { title, text, answers, yes: None }))]
    }
}
