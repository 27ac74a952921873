//! A plan before it is confirmed: what it is about, what it costs, every write, and everything refused with its reason.

mod view;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::domain::{JobKind, Timestamp};
use crate::keys::{Action, Place};
use crate::protocol::{NoticeLevel, PlanStepRow, PlanSummary, Problem, RefusalRow, Reply, Request};
use crate::tui::rows::{Rows, Slot};
use crate::tui::widgets::chosen_button;
use crate::tui::wish::{About, Message, Pane, Told, Wish};
use crate::tui::words::counted;
use crate::tui::world::World;

pub(super) use view::{change, words};

use super::Popup;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Showing {
    Summary,
    Writes,
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Button {
    Look,
    Apply,
    Cancel,
}

#[derive(Debug)]
pub struct State {
    summary: PlanSummary,
    showing: Showing,
    focus: usize,
    steps: Rows<(), PlanStepRow>,
    refusals: Rows<(), RefusalRow>,
    apply: Slot,
}

impl State {
    pub fn new(summary: PlanSummary) -> Self {
        // Where nothing is left to confirm, the reasons are what people want to see.
        let showing = if summary.steps == 0 && summary.refused > 0 { Showing::Refused } else { Showing::Summary };
        Self { summary, showing, focus: 0, steps: Rows::new(()), refusals: Rows::new(()), apply: Slot::default() }
    }

    /// A plan without writes cannot be applied.
    fn buttons(&self) -> &'static [Button] {
        if self.summary.steps > 0 { &[Button::Look, Button::Apply, Button::Cancel] } else { &[Button::Cancel] }
    }

    fn is_void(&self) -> bool {
        self.summary.steps == 0
    }

    /// The seeds' button, with the number.
    fn label(&self, button: Button) -> String {
        match button {
            Button::Look => "Look inside".to_owned(),
            Button::Cancel if self.is_void() => "Close".to_owned(),
            Button::Cancel => "Cancel".to_owned(),
            Button::Apply => {
                let verb = self.summary.kind.verb();
                format!("Cool, do it! {verb} {}", self.things(self.summary.items))
            }
        }
    }

    /// `35 products`, `100 items`
    fn things(&self, number: u64) -> String {
        counted(number, self.summary.kind.noun())
    }

    fn title(&self) -> String {
        if self.is_void() {
            return format!("Nothing to {}", self.summary.kind.verb().to_lowercase());
        }
        self.summary.title.clone()
    }

    fn apply(&mut self) -> Vec<Wish> {
        if self.summary.steps == 0 {
            return vec![Wish::toast(
                NoticeLevel::Info,
                "There is nothing to do in this plan; go back and choose others",
            )];
        }
        let Some(number) = self.apply.ask() else { return Vec::new() };
        vec![Wish::Ask { about: About::Apply, number, request: Request::Apply { plan: self.summary.plan } }]
    }

    /// Away with the plan. The engine forgets it; nobody waits for its word on that.
    fn cancel(&self) -> Vec<Wish> {
        if self.apply.is_open() {
            return vec![Wish::toast(NoticeLevel::Info, "The job is being started, one moment")];
        }
        let request = Request::DropPlan { plan: self.summary.plan };
        vec![Wish::Ask { about: About::Drop, number: 1, request }, Wish::Close]
    }

    fn look(&mut self) {
        self.showing = if self.summary.steps > 0 { Showing::Writes } else { Showing::Refused };
    }

    fn act(&mut self, action: Action) -> Vec<Wish> {
        if action == Action::Confirm {
            return self.apply();
        }
        match self.showing {
            Showing::Summary => match action {
                Action::Open | Action::Toggle => match self.buttons().get(self.focus) {
                    Some(Button::Look) => self.look(),
                    Some(Button::Apply) => return self.apply(),
                    Some(Button::Cancel) | None => return self.cancel(),
                },
                Action::NextFilter => self.look(),
                Action::Back => return self.cancel(),
                Action::Up => self.focus = self.focus.saturating_sub(1),
                Action::Down => self.focus = (self.focus + 1).min(self.buttons().len() - 1),
                action => {
                    if let Some(focus) = chosen_button(self.focus, self.buttons().len(), action) {
                        self.focus = focus;
                    }
                }
            },
            Showing::Writes | Showing::Refused => match action {
                Action::Back | Action::Open if self.is_void() => return self.cancel(),
                Action::Back => self.showing = Showing::Summary,
                // Seen, and on to the button that does it; that one is pressed for itself.
                Action::Open => {
                    self.showing = Showing::Summary;
                    self.focus = self.buttons().iter().position(|button| *button == Button::Apply).unwrap_or(0);
                }
                Action::NextFilter | Action::PreviousFilter | Action::NextPane | Action::PreviousPane
                    if !self.is_void() =>
                {
                    self.showing = if self.showing == Showing::Writes { Showing::Refused } else { Showing::Writes };
                }
                action => {
                    let _ = if self.showing == Showing::Writes {
                        self.steps.step(action)
                    } else {
                        self.refusals.step(action)
                    };
                }
            },
        }
        Vec::new()
    }

    fn answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match about {
            About::Rows => match answer {
                Ok(Reply::PlanSteps { total, offset, rows }) => {
                    self.steps.answer(number, total, offset, rows);
                    Vec::new()
                }
                answer if self.steps.failed(number, world.now) => {
                    Wish::unanswered("The plan's writes could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            About::Refusals => match answer {
                Ok(Reply::PlanRefusals { total, offset, rows }) => {
                    self.refusals.answer(number, total, offset, rows);
                    Vec::new()
                }
                answer if self.refusals.failed(number, world.now) => {
                    Wish::unanswered("The refusals could not be read", &answer)
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            About::Apply if self.apply.take(number) => match answer {
                Ok(Reply::Started { .. }) => self.started(world),
                answer => Wish::unanswered("The plan could not be started", &answer),
            },
            About::Apply => Vec::new(),
            _ => Wish::unanswered("That did not work", &answer),
        }
    }

    fn started(&self, world: &World) -> Vec<Wish> {
        let (pane, told) = match self.summary.kind {
            JobKind::Link => (Pane::Report, Told::Linked),
            _ => (Pane::Products, Told::Pushed),
        };
        let key = world.key(Place::Everywhere, Action::ShowJobs);
        let text = format!("Started: {}; {key} shows how far", self.summary.title);
        vec![Wish::Close, Wish::Tell(pane, told), Wish::toast(NoticeLevel::Success, text)]
    }

    fn rows_area(area: Rect) -> Rect {
        Rect { y: area.y + 2, height: area.height.saturating_sub(6), ..area }
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Plan
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) => self.act(action),
            Message::Answer { about, number, answer } => self.answered(about, number, answer, world),
            Message::Attached => {
                self.steps.forget();
                self.refusals.forget();
                self.apply.forget();
                Vec::new()
            }
            Message::Key(_) | Message::Paste(_) | Message::Changed(_) | Message::Told(_) => Vec::new(),
        }
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        let body = world.body();
        let height = Self::rows_area(Rect { height: body.height.saturating_sub(2), ..body }).height;
        let plan = self.summary.plan;
        if !world.attached() {
            return Vec::new();
        }
        let asked = match self.showing {
            Showing::Summary => None,
            Showing::Writes => {
                self.steps.set_height(height);
                let next = self.steps.needs(world.now);
                next.map(|(number, (), window)| (About::Rows, number, Request::PlanSteps { plan, window }))
            }
            Showing::Refused => {
                self.refusals.set_height(height / 2);
                let next = self.refusals.needs(world.now);
                next.map(|(number, (), window)| (About::Refusals, number, Request::PlanRefusals { plan, window }))
            }
        };
        asked.map(|(about, number, request)| Wish::Ask { about, number, request }).into_iter().collect()
    }

    fn expects(&self) -> bool {
        self.steps.expects() || self.refusals.expects() || self.apply.is_open()
    }

    fn wake(&self) -> Option<Timestamp> {
        match self.showing {
            Showing::Summary => None,
            Showing::Writes => self.steps.wake(),
            Showing::Refused => self.refusals.wake(),
        }
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        match self.showing {
            Showing::Summary => self.view_summary(area, buffer, world),
            Showing::Writes | Showing::Refused => self.view_inside(area, buffer, world),
        }
    }
}
