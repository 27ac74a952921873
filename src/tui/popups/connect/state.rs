//! What the form makes of keys and answers.

use crate::keys::{Action, Code, Key, Place};
use crate::protocol::{NoticeLevel, PlatformRow, Problem, Reply, Request};
use crate::tui::popups::Popup;
use crate::tui::rows::Slot;
use crate::tui::widgets::Scroll;
use crate::tui::wish::{About, Message, Wish};
use crate::tui::world::World;

use super::form::{Form, What};
use super::page::Page;

#[derive(Debug, Default)]
pub struct State {
    pub(super) platforms: Option<Vec<PlatformRow>>,
    pub(super) cursor: usize,
    pub(super) form: Option<Form>,
    pub(super) problem: Option<Problem>,
    /// How to get the key, where that is read.
    pub(super) docs: Scroll,
    /// The step on the platform's page.
    pub(super) page: Option<Page>,
    asking: Slot,
    pub(super) testing: Slot,
    pub(super) connecting: Slot,
    pub(super) beginning: Slot,
    /// What was to be done when the login was begun: keep the shop, or only test it.
    keep: bool,
}

impl State {
    fn chosen(&self) -> Option<&PlatformRow> {
        self.platforms.as_ref()?.get(self.cursor)
    }

    fn act(&mut self, action: Action, world: &World) -> Vec<Wish> {
        if let Some(page) = &mut self.page {
            return match action {
                Action::Back => {
                    // The form is still there; another page is another login.
                    self.page = None;
                    Vec::new()
                }
                action => page.act(action),
            };
        }
        match action {
            Action::PageDown | Action::PageUp | Action::HalfPageDown | Action::HalfPageUp => {
                self.docs.step(action);
                return Vec::new();
            }
            _ => {}
        }
        let Some(form) = &mut self.form else { return self.act_on_list(action) };
        match action {
            Action::Back => {
                // Back to the choice of platforms; what was typed is gone, secrets with it.
                self.form = None;
                self.problem = None;
                self.testing.forget();
                self.beginning.forget();
                self.docs = Scroll::default();
            }
            Action::NextField | Action::Down => form.step(true),
            Action::PreviousField | Action::Up => form.step(false),
            Action::Test => return self.send(false, world),
            Action::Toggle => {
                form.toggle();
            }
            Action::Confirm | Action::Open => match form.focused().map(|field| field.what.clone()) {
                Some(What::Test) => return self.send(false, world),
                Some(What::Connect) => return self.send(true, world),
                Some(What::AllowHttp | What::Location(_)) => {
                    form.toggle();
                }
                Some(What::Name | What::BaseUrl | What::Credential(_) | What::CaFile) | None => form.step(true),
            },
            _ => {}
        }
        Vec::new()
    }

    fn act_on_list(&mut self, action: Action) -> Vec<Wish> {
        let last = self.platforms.as_ref().map_or(0, Vec::len).saturating_sub(1);
        match action {
            Action::Down | Action::NextField => self.cursor = (self.cursor + 1).min(last),
            Action::Up | Action::PreviousField => self.cursor = self.cursor.saturating_sub(1),
            Action::First => self.cursor = 0,
            Action::Last => self.cursor = last,
            Action::Open | Action::Confirm => {
                self.form = self.chosen().cloned().map(Form::new);
                self.docs = Scroll::default();
            }
            Action::Back => return vec![Wish::Close],
            _ => {}
        }
        Vec::new()
    }

    fn send(&mut self, keep: bool, world: &World) -> Vec<Wish> {
        let Some(form) = &mut self.form else { return Vec::new() };
        let known: Vec<&str> = world.connections().iter().map(|row| row.name.as_str()).collect();
        if let Some(label) = form.lacks(&known) {
            return vec![Wish::toast(NoticeLevel::Warning, format!("{label} is blank; fill it in first"))];
        }
        if self.testing.is_open() || self.connecting.is_open() || self.beginning.is_open() {
            return vec![Wish::toast(NoticeLevel::Info, "The shop is being called, one moment")];
        }
        if form.wants_login() {
            self.problem = None;
            self.keep = keep;
            let request = Request::BeginLogin { draft: form.draft(), redirect: None };
            let ask = |number| Wish::Ask { about: About::BeginLogin, number, request };
            return self.beginning.ask().map(ask).into_iter().collect();
        }
        let draft = form.draft();
        self.problem = None;
        let (slot, about, request) = match keep {
            true => (&mut self.connecting, About::Connect, Request::Connect { draft }),
            false => (&mut self.testing, About::Test, Request::TestConnection { draft }),
        };
        let number = slot.ask();
        number.map(|number| Wish::Ask { about, number, request }).into_iter().collect()
    }

    fn press(&mut self, key: Key) {
        if let Some(page) = &mut self.page {
            page.entry.press(key);
            return;
        }
        let Some(form) = &mut self.form else { return };
        if key == Key::plain(Code::Character(' ')) && form.toggle() {
            return;
        }
        let focus = form.focus;
        if let Some(entry) = form.fields.get_mut(focus).and_then(|field| field.entry.as_mut())
            && entry.press(key)
        {
            form.changed();
        }
    }

    fn paste(&mut self, text: &str) {
        if let Some(page) = &mut self.page {
            page.entry.paste(text);
            return;
        }
        let Some(form) = &mut self.form else { return };
        let focus = form.focus;
        if let Some(entry) = form.fields.get_mut(focus).and_then(|field| field.entry.as_mut())
            && entry.paste(text)
        {
            form.changed();
        }
    }

    fn answered(&mut self, about: About, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        match about {
            About::Platforms if self.asking.take(number) => match answer {
                Ok(Reply::Platforms { platforms }) => {
                    self.platforms = Some(platforms);
                    Vec::new()
                }
                answer => {
                    self.platforms = Some(Vec::new());
                    Wish::unanswered("The list of platforms could not be read", &answer)
                }
            },
            About::Test if self.testing.take(number) => match answer {
                Ok(Reply::Tested(report)) => {
                    if let Some(form) = &mut self.form {
                        form.tested(report);
                    }
                    Vec::new()
                }
                answer => self.refused(answer),
            },
            About::Connect if self.connecting.take(number) => match answer {
                Ok(Reply::Connected { report, .. }) => {
                    let key = world.key(Place::Everywhere, Action::ShowJobs);
                    let text = format!("{} is connected; its products are being read ({key})", report.shop_name);
                    vec![Wish::Close, Wish::toast(NoticeLevel::Success, text)]
                }
                answer => self.refused(answer),
            },
            About::BeginLogin if self.beginning.take(number) => match answer {
                Ok(Reply::LoginBegun { login, url, redirect, code_lives }) => {
                    let row = self.form.as_ref().map(|form| &form.platform);
                    self.page = row.map(|row| Page::new(row, login, url, redirect, code_lives));
                    Vec::new()
                }
                answer => self.refused(answer),
            },
            About::FinishLogin => self.logged_in(number, answer, world),
            About::Platforms | About::Test | About::Connect | About::BeginLogin => Vec::new(),
            _ => Wish::unanswered("That did not work", &answer),
        }
    }

    /// Back in the form, which goes on with what was asked of it.
    fn logged_in(&mut self, number: u64, answer: Result<Reply, Problem>, world: &World) -> Vec<Wish> {
        let Some(page) = &mut self.page else { return Vec::new() };
        if !page.finishing.take(number) {
            return Vec::new();
        }
        match answer {
            Ok(Reply::LoggedIn { login }) => {
                self.page = None;
                if let Some(form) = &mut self.form {
                    form.login = Some(login);
                }
                self.send(self.keep, world)
            }
            Err(problem) => {
                page.failed(problem);
                Vec::new()
            }
            answer => Wish::unanswered("The login could not be finished", &answer),
        }
    }

    /// The problem stays in the form until the next try.
    fn refused(&mut self, answer: Result<Reply, Problem>) -> Vec<Wish> {
        match answer {
            Err(problem) => {
                self.problem = Some(problem);
                Vec::new()
            }
            answer => Wish::unanswered("The shop could not be called", &answer),
        }
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        match (&self.page, &self.form) {
            (Some(_), _) => Place::Login,
            (None, Some(_)) => Place::Form,
            (None, None) => Place::List,
        }
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(action) => return self.act(action, world),
            Message::Key(key) => self.press(key),
            Message::Paste(text) => self.paste(&text),
            Message::Answer { about, number, answer } => return self.answered(about, number, answer, world),
            Message::Attached => {
                for slot in [&mut self.asking, &mut self.testing, &mut self.connecting, &mut self.beginning] {
                    slot.forget();
                }
                if let Some(page) = &mut self.page {
                    page.finishing.forget();
                }
                // It may be another engine, which knows nothing of it.
                if let Some(form) = &mut self.form {
                    form.login = None;
                }
            }
            Message::Changed(_) | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        if self.platforms.is_some() || !world.attached() {
            return Vec::new();
        }
        let number = self.asking.ask();
        let ask = |number| Wish::Ask { about: About::Platforms, number, request: Request::Platforms };
        number.map(ask).into_iter().collect()
    }

    fn view(&self, area: ratatui::layout::Rect, buffer: &mut crate::tui::canvas::Canvas, world: &World) {
        self.draw(area, buffer, world);
    }
}
