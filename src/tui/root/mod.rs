//! The root: it keeps the world, routes what happened to whom it concerns, and does what panes and popups wish.
//!
//! It knows no product and no job. It does nothing outside either: what is left over leaves it as [`Effect`]s.

mod answers;
mod dress;
mod input;
mod notices;
mod view;

use ratatui::layout::Rect;

use crate::domain::{Timestamp, clean};
use crate::files::Done;
use crate::keys::{Action, Key, Place};
use crate::protocol::{Event, Problem, ProblemKind, Reply, Request, Topic};
use crate::wardrobe::Dress;

use super::count::Count;
use super::line::Speed;
use super::panes::{jobs, journal, products, report};
use super::pictures::{Means, Said};
use super::pointer::Pointer;
use super::popups::Stack;
use super::rows::Slot;
use super::theme::Theme;
use super::toasts::Toasts;
use super::wish::{About, Asker, Effect, Message, Opening, Pane, Tag, Wish};
use super::world::{Attachment, World};

use notices::cleaned;

/// What happened outside.
#[expect(clippy::large_enum_variant, reason = "one at a time, and most of them are answers")]
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    Key(Key),
    Paste(String),
    Pointer(Pointer),
    /// The terminal's background, from 0 (black) to 1,000 (white).
    Background(u16),
    /// What the terminal says of its graphics.
    Graphics(Said),
    /// The files that say how the terminal looks were changed.
    Dressed(Box<Dress>),
    Resize {
        width: u16,
        height: u16,
    },
    /// Time went on.
    Tick,
    Reply {
        tag: Tag,
        answer: Result<Reply, Problem>,
    },
    /// What became of a file.
    Filed {
        tag: Tag,
        answer: Result<Done, Problem>,
    },
    Event(Event),
    /// The engine is there, for the first time or again.
    Attached,
    Lost {
        why: String,
    },
}

/// The status is asked for at most so often, in milliseconds.
const CALM: i64 = 500;
/// How often the ages on the screen are looked at.
const MINUTE: i64 = 60_000;

#[derive(Debug)]
pub struct Root {
    world: World,
    products: products::State,
    report: report::State,
    jobs: jobs::State,
    journal: journal::State,
    shown: Pane,
    popups: Stack,
    toasts: Toasts,
    status: Slot,
    status_wanted: bool,
    status_asked: Timestamp,
    import: Slot,
    sync_now: Slot,
    /// Digits that were typed and may count the next key.
    count: Option<Count<Pane>>,
    brightness: Option<u16>,
    /// `NO_COLOR` is set.
    no_colour: bool,
    /// The terminal was asked what graphics it has.
    asked_terminal: bool,
}

impl Root {
    pub fn new(dress: Dress, no_colour: bool, screen: Rect, now: Timestamp) -> Self {
        let Dress { keymap, preferences, arrangement, mistakes } = dress;
        let theme = Theme::of(&preferences, None, no_colour);
        let attachment = Attachment::Attaching;
        let troubles = Vec::new();
        let world = World {
            now,
            attachment,
            status: None,
            keymap,
            theme,
            preferences,
            arrangement,
            screen,
            browser: false,
            means: Means::default(),
            told: false,
            troubles,
        };
        let mut root = Self {
            world,
            products: products::State::default(),
            report: report::State::default(),
            jobs: jobs::State::default(),
            journal: journal::State::default(),
            shown: Pane::Products,
            popups: Stack::default(),
            toasts: Toasts::default(),
            status: Slot::default(),
            status_wanted: true,
            status_asked: Timestamp(i64::MIN),
            import: Slot::default(),
            sync_now: Slot::default(),
            count: None,
            brightness: None,
            no_colour,
            asked_terminal: false,
        };
        root.tell_mistakes(mistakes);
        root
    }

    /// Whether who sits here has a browser; nobody has at first.
    pub fn with_browser(mut self, browser: bool) -> Self {
        self.world.browser = browser;
        self
    }

    /// Whether who sits here listens; nobody does at first.
    pub fn with_listener(mut self, told: bool) -> Self {
        self.world.told = told;
        self
    }

    /// What the terminal can do for a picture, as far as that is known before it is asked.
    pub fn with_means(mut self, means: Means) -> Self {
        self.world.means = means;
        self
    }

    /// What the line was seen to carry.
    pub fn set_speed(&mut self, speed: Speed) {
        self.world.means.speed = speed;
    }

    pub fn screen(&self) -> Rect {
        self.world.screen
    }

    /// Jobs that go on when this terminal is left.
    pub fn jobs_under_way(&self) -> u64 {
        self.world.status.as_ref().map_or(0, |status| status.jobs_running + status.jobs_waiting)
    }

    pub fn update(&mut self, now: Timestamp, incoming: Incoming) -> Vec<Effect> {
        self.world.now = now;
        self.toasts.age(now);
        let mut effects = self.happened(incoming);
        self.needs(&mut effects);
        effects
    }

    fn happened(&mut self, incoming: Incoming) -> Vec<Effect> {
        match incoming {
            Incoming::Key(key) => self.press(key),
            Incoming::Paste(text) => self.tell_top(Message::Paste(text)),
            Incoming::Pointer(pointer) => self.point(pointer),
            Incoming::Background(brightness) => {
                self.brightness = Some(brightness);
                self.world.theme = Theme::of(&self.world.preferences, self.brightness, self.no_colour);
                Vec::new()
            }
            Incoming::Graphics(said) => {
                // Nobody else's words are taken for answers.
                if self.asked_terminal {
                    self.world.means.hear(said);
                }
                Vec::new()
            }
            Incoming::Dressed(dress) => {
                self.dress(*dress);
                Vec::new()
            }
            Incoming::Resize { width, height } => {
                self.world.screen = Rect::new(0, 0, width, height);
                Vec::new()
            }
            Incoming::Tick => Vec::new(),
            Incoming::Reply { tag, answer } => self.answered(tag, answer),
            Incoming::Filed { tag, answer } => self.filed(tag, answer),
            Incoming::Event(event) => self.announced(event),
            Incoming::Attached => {
                self.world.attachment = Attachment::Attached;
                self.status.forget();
                self.import.forget();
                self.sync_now.forget();
                self.status_wanted = true;
                self.status_asked = Timestamp(i64::MIN);
                self.tell_all(&Message::Attached)
            }
            Incoming::Lost { why } => {
                let since = match self.world.attachment {
                    Attachment::Lost { since, .. } => since,
                    Attachment::Attaching | Attachment::Attached => self.world.now,
                };
                self.world.attachment = Attachment::Lost { since, why: clean(&why) };
                Vec::new()
            }
        }
    }

    /// Whose keys count.
    pub fn place(&self) -> Place {
        self.popups.place().unwrap_or_else(|| match self.shown {
            Pane::Products => self.products.place(),
            Pane::Report => self.report.place(),
            Pane::Jobs => self.jobs.place(),
            Pane::Journal => self.journal.place(),
        })
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Quit => return vec![Effect::Leave],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Where => return vec![Effect::Where],
            // Nothing is done blindly.
            _ if self.world.too_small() => {}
            Action::Help if !self.popups.is_help() => self.popups.open(Opening::Help(self.place()), &self.world),
            Action::Palette if !self.popups.is_help() => {
                self.popups.open(Opening::Palette(self.place(), self.shown), &self.world);
            }
            Action::Guide => self.popups.open(Opening::Guide, &self.world),
            Action::Troubles => self.popups.open(Opening::Troubles, &self.world),
            Action::ShowProducts => self.show(Pane::Products),
            Action::ShowReport => self.show(Pane::Report),
            Action::ShowJobs => self.show(Pane::Jobs),
            Action::ShowJournal => self.show(Pane::Journal),
            Action::Across => self.popups.open(Opening::Across, &self.world),
            Action::CleanUp => self.popups.open(Opening::CleanUp, &self.world),
            Action::Conflicts => self.popups.open(Opening::Conflicts, &self.world),
            Action::Settings => self.popups.open(Opening::Settings, &self.world),
            Action::SyncNow => {
                let Some(number) = self.sync_now.ask() else { return Vec::new() };
                let request = Request::SyncNow { connection: None };
                return self.carry(Asker::Root, vec![Wish::Ask { about: About::SyncNow, number, request }]);
            }
            Action::NextPane if self.popups.is_empty() => self.turn(1),
            Action::PreviousPane if self.popups.is_empty() => self.turn(Pane::ALL.len() - 1),
            Action::Connect => self.popups.open(Opening::Connect, &self.world),
            Action::Connections => self.popups.open(Opening::Connections, &self.world),
            Action::Import => {
                let Some(number) = self.import.ask() else { return Vec::new() };
                let request = Request::Import { connection: None, full: false };
                return self.carry(Asker::Root, vec![Wish::Ask { about: About::Import, number, request }]);
            }
            action => return self.tell_top(Message::Action(action)),
        }
        Vec::new()
    }

    fn show(&mut self, pane: Pane) {
        for number in self.popups.numbers() {
            self.popups.close(number);
        }
        self.shown = pane;
    }

    fn turn(&mut self, by: usize) {
        let at = Pane::ALL.iter().position(|pane| *pane == self.shown).unwrap_or(0);
        self.shown = Pane::ALL.get((at + by) % Pane::ALL.len()).copied().unwrap_or(Pane::Products);
    }

    /// To whom the keys belong.
    fn tell_top(&mut self, message: Message) -> Vec<Effect> {
        if self.world.too_small() {
            return Vec::new();
        }
        match self.popups.top() {
            Some(number) => self.tell_popup(number, message),
            None => self.tell_pane(self.shown, message),
        }
    }

    fn tell_pane(&mut self, pane: Pane, message: Message) -> Vec<Effect> {
        let wishes = match pane {
            Pane::Products => self.products.update(message, &self.world),
            Pane::Report => self.report.update(message, &self.world),
            Pane::Jobs => self.jobs.update(message, &self.world),
            Pane::Journal => self.journal.update(message, &self.world),
        };
        self.carry(Asker::Pane(pane), wishes)
    }

    fn tell_popup(&mut self, number: u64, message: Message) -> Vec<Effect> {
        let wishes = self.popups.update(number, message, &self.world).unwrap_or_default();
        self.carry(Asker::Popup(number), wishes)
    }

    fn tell_all(&mut self, message: &Message) -> Vec<Effect> {
        let mut effects = Vec::new();
        for pane in Pane::ALL {
            effects.extend(self.tell_pane(pane, message.clone()));
        }
        for number in self.popups.numbers() {
            effects.extend(self.tell_popup(number, message.clone()));
        }
        effects
    }

    /// Does what is wished, in its order.
    fn carry(&mut self, asker: Asker, wishes: Vec<Wish>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for wish in wishes {
            match wish {
                Wish::Ask { about, number, request } => {
                    let tag = Tag { asker, about, number };
                    if self.world.attached() {
                        effects.push(Effect::Ask { tag, request });
                    } else {
                        effects.extend(self.answered(tag, Err(nobody_there())));
                    }
                }
                Wish::Open(opening) => self.popups.open(opening, &self.world),
                Wish::Close => match asker {
                    Asker::Popup(number) => self.popups.close(number),
                    Asker::Root | Asker::Pane(_) => {}
                },
                Wish::Toast(notice) => self.toasts.add(cleaned(notice), self.world.now),
                Wish::Trouble(notice) => self.trouble(notice),
                Wish::KnowTerminal => {
                    let asks = !self.world.means.mute && !self.world.told;
                    if asks && !std::mem::replace(&mut self.asked_terminal, true) {
                        effects.push(Effect::AskTerminal);
                    }
                }
                Wish::File { number, order } => {
                    effects.push(Effect::File { tag: Tag { asker, about: About::File, number }, order });
                }
                Wish::Browse(address) => effects.push(Effect::Browse(address)),
                Wish::Copy(text) => effects.push(Effect::Copy(text)),
                Wish::Arrange { list, column, to } => {
                    self.world.arrangement.set(list, column, to);
                    effects.push(Effect::Keep(self.world.arrangement.clone()));
                }
                Wish::Act(action) => effects.extend(self.act(action)),
                Wish::Tell(pane, told) => {
                    let hearer = self.popups.hearer(&told);
                    let message = Message::Told(told);
                    effects.extend(match hearer {
                        Some(number) => self.tell_popup(number, message),
                        None => self.tell_pane(pane, message),
                    });
                }
            }
        }
        effects
    }

    fn changed(&mut self, topics: &[Topic]) -> Vec<Effect> {
        self.status_wanted = true;
        topics.iter().flat_map(|topic| self.tell_all(&Message::Changed(*topic))).collect()
    }

    /// Asks for what the screen lacks.
    fn needs(&mut self, effects: &mut Vec<Effect>) {
        if self.world.attached()
            && self.status_wanted
            && self.world.now.0 >= self.status_asked.0.saturating_add(CALM)
            && let Some(number) = self.status.ask()
        {
            self.status_wanted = false;
            self.status_asked = self.world.now;
            let wish = Wish::Ask { about: About::Status, number, request: Request::Status };
            effects.extend(self.carry(Asker::Root, vec![wish]));
        }
        let shown = |pane| self.shown == pane;
        let wishes = [
            (Pane::Products, self.products.needs(&self.world, shown(Pane::Products))),
            (Pane::Report, self.report.needs(&self.world, shown(Pane::Report))),
            (Pane::Jobs, self.jobs.needs(&self.world, shown(Pane::Jobs))),
            (Pane::Journal, self.journal.needs(&self.world, shown(Pane::Journal))),
        ];
        for (pane, wishes) in wishes {
            effects.extend(self.carry(Asker::Pane(pane), wishes));
        }
        for (number, wishes) in self.popups.needs(&self.world) {
            effects.extend(self.carry(Asker::Popup(number), wishes));
        }
    }

    /// When to be told that time went on. While nothing happens that is once a minute, for the ages on the screen.
    pub fn wake(&self) -> Timestamp {
        let minute = Timestamp((self.world.now.0.div_euclid(MINUTE) + 1).saturating_mul(MINUTE));
        let pane = match self.shown {
            Pane::Products => self.products.wake(),
            Pane::Report => self.report.wake(),
            Pane::Jobs => self.jobs.wake(),
            Pane::Journal => self.journal.wake(),
        };
        let status = (self.status_wanted && !self.status.is_open())
            .then_some(Timestamp(self.status_asked.0.saturating_add(CALM)));
        let asking = [pane, self.popups.wake(), status].into_iter().filter(|_| self.world.attached());
        asking.chain([self.toasts.wake()]).flatten().chain([minute]).min().unwrap_or(minute)
    }

    /// Whether what is to be seen is on its way. A frame without it can wait a moment: over a slow line it would be
    /// paid for twice.
    pub fn expects(&self) -> bool {
        self.popups.expects()
            || match self.shown {
                Pane::Products => self.products.expects(),
                Pane::Report => self.report.expects(),
                Pane::Jobs => self.jobs.expects(),
                Pane::Journal => self.journal.expects(),
            }
    }
}

fn nobody_there() -> Problem {
    Problem {
        kind: ProblemKind::Failure,
        message: "the engine is not there".to_owned(),
        hint: Some("it is tried again by itself; do this once more when the banner is gone".to_owned()),
    }
}
