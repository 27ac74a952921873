//! How connections are kept in step, and what between them: a list of both; each row opens its sheet.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::domain::{AutoPush, Direction, Field, Interval};
use crate::keys::{Action, Place};
use crate::protocol::{Reply, Request, RulesRow, SettingsRow, Topic};
use crate::tui::reader::Manner;
use crate::tui::rows::Slot;
use crate::tui::widgets::{framed, highlight, middle, put, put_wrapped};
use crate::tui::wish::{About, Message, Opening, Wish};
use crate::tui::world::World;

use super::Popup;

#[derive(Debug, Default)]
pub struct State {
    settings: Option<Vec<SettingsRow>>,
    rules: Vec<RulesRow>,
    presets: Vec<String>,
    cursor: usize,
    wanted: bool,
    slot: Slot,
    rules_slot: Slot,
}

impl State {
    pub fn new() -> Self {
        Self { wanted: true, ..Self::default() }
    }

    fn count(&self) -> usize {
        self.settings.as_ref().map_or(0, Vec::len) + self.rules.len()
    }

    fn chosen(&self) -> Vec<Wish> {
        let settings = self.settings.as_deref().unwrap_or_default();
        if let Some(row) = settings.get(self.cursor) {
            return vec![Wish::Open(Opening::ConnectionSettings(Box::new(row.clone())))];
        }
        let rules = self.cursor.checked_sub(settings.len()).and_then(|at| self.rules.get(at));
        rules.map(|row| Wish::Open(Opening::Rules(Box::new(row.clone()), self.presets.clone()))).into_iter().collect()
    }
}

/// `continuous, shows all, locations Shop + Back room`
fn summary(row: &SettingsRow) -> String {
    let settings = &row.settings;
    let mut words = Vec::new();
    words.push(match (settings.automatic, settings.every) {
        (false, _) => "by hand only".to_owned(),
        (true, Interval::Continuous) => "continuous".to_owned(),
        (true, Interval::Minutes(minutes)) => format!("every {minutes} min"),
    });
    match settings.auto_push {
        AutoPush::Off => {}
        AutoPush::Published => words.push("new products are pushed here".to_owned()),
        AutoPush::Draft => words.push("new products are pushed here as drafts".to_owned()),
    }
    if settings.share < 100 {
        words.push(format!("shows {} %", settings.share));
    }
    if settings.buffer.is_positive() {
        words.push(format!("keeps {} back", settings.buffer));
    }
    if row.locations.len() > 1 {
        let used: Vec<&str> =
            row.locations.iter().filter(|(_, used)| *used).map(|(location, _)| location.name.as_str()).collect();
        words.push(used.join(" + "));
    }
    // A continuous look is seconds away, and would be past before it is read.
    if settings.automatic && settings.every != Interval::Continuous {
        words.push(format!("next look {}", row.next_look));
    }
    words.extend(row.drift.clone());
    words.join(", ")
}

/// `quantity both ways; POS → online: price, title (Prices follow the till)`
fn rules_summary(row: &RulesRow) -> String {
    let mut words = Vec::new();
    words.push(if row.rules.quantity { "quantity both ways".to_owned() } else { "quantity off".to_owned() });
    for (direction, arrow) in [(Direction::ToOnline, "POS → online"), (Direction::ToInStore, "online → POS")] {
        let fields: Vec<&str> =
            Field::ALL.into_iter().filter(|f| row.rules.direction(*f) == direction).map(Field::label).collect();
        if !fields.is_empty() {
            words.push(format!("{arrow}: {}", fields.join(", ")));
        }
    }
    let words = words.join("; ");
    match &row.preset {
        Some(preset) => format!("{words} ({preset})"),
        None => words,
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::List
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        let last = self.count().saturating_sub(1);
        match message {
            Message::Action(action) => match action {
                Action::Down => self.cursor = (self.cursor + 1).min(last),
                Action::Up => self.cursor = self.cursor.min(last).saturating_sub(1),
                Action::First => self.cursor = 0,
                Action::Last => self.cursor = last,
                Action::Open => return self.chosen(),
                Action::Back => return vec![Wish::Close],
                _ => {}
            },
            Message::Answer { number, answer, about } => match about {
                About::Rows if self.slot.take(number) => match answer {
                    Ok(Reply::Settings { rows }) => self.settings = Some(rows),
                    answer => return Wish::unanswered("The settings could not be read", &answer),
                },
                About::Detail if self.rules_slot.take(number) => match answer {
                    Ok(Reply::Rules { rows, presets }) => {
                        self.rules = rows;
                        self.presets = presets.into_iter().map(|preset| preset.name).collect();
                    }
                    answer => return Wish::unanswered("The rules could not be read", &answer),
                },
                _ => {}
            },
            Message::Changed(Topic::Connections) => self.wanted = true,
            Message::Attached => {
                self.slot.forget();
                self.rules_slot.forget();
                self.wanted = true;
            }
            Message::Changed(_) | Message::Key(_) | Message::Paste(_) | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        if !self.wanted || !world.attached() || self.slot.is_open() || self.rules_slot.is_open() {
            return Vec::new();
        }
        self.wanted = false;
        let mut wishes = Vec::new();
        if let Some(number) = self.slot.ask() {
            wishes.push(Wish::Ask { about: About::Rows, number, request: Request::Settings });
        }
        if let Some(number) = self.rules_slot.ask() {
            wishes.push(Wish::Ask { about: About::Detail, number, request: Request::Rules });
        }
        wishes
    }

    fn expects(&self) -> bool {
        self.settings.is_none()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        // As high as its rows need: what a box covers is paid for when it opens and when it closes.
        let lines = self.count().max(1).saturating_mul(2) + 4;
        let area = middle(area, area.width, u16::try_from(lines).unwrap_or(u16::MAX));
        let inner = framed(buffer, area, "Settings: how shops are kept in step", theme);
        let Some(settings) = &self.settings else {
            put(buffer, inner.x, inner.y, "Reading…", inner.width, theme.quiet());
            return;
        };
        if settings.is_empty() {
            let key = world.key(Place::Everywhere, Action::Connect);
            put_wrapped(buffer, inner, &format!("No shop is connected yet: {key} connects one"), theme.plain());
            return;
        }
        let rows = settings
            .iter()
            .map(|row| (format!("{} {}", row.side.label(), row.name), summary(row)))
            .chain(self.rules.iter().map(|row| (format!("{} ⇄ {}", row.in_store, row.online), rules_summary(row))));
        let rows: Vec<(String, String)> = rows.collect();
        let tell = |buffer: &mut Canvas| {
            let Some((name, words)) = rows.get(self.cursor) else { return };
            buffer.row(self.cursor as u64, rows.len() as u64, |buffer| {
                buffer.say(Manner::Plain, format!("{name}: {words}"));
            });
            let key = world.key(Place::List, Action::Open);
            buffer.say(Manner::Quiet, format!("{key} changes it"));
        };
        buffer.tell_or_draw(tell, |buffer| self.drawn(&rows, inner, buffer, world));
    }
}

impl State {
    fn drawn(&self, rows: &[(String, String)], inner: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let fit = usize::from((inner.height.saturating_sub(2) / 2).max(1));
        let top = self.cursor.saturating_sub(fit.saturating_sub(1));
        for (at, (name, words)) in rows.iter().enumerate().skip(top).take(fit) {
            let y = inner.y + u16::try_from((at - top) * 2).unwrap_or(0);
            put(buffer, inner.x, y, name, inner.width, theme.strong());
            put(buffer, inner.x + 2, y + 1, words, inner.width.saturating_sub(2), theme.quiet());
            if at == self.cursor {
                highlight(buffer, Rect { y, height: 2, ..inner }, theme.cursor());
            }
        }
        let key = world.key(Place::List, Action::Open);
        let words = format!("{key} changes it · row {} of {}", self.cursor + 1, rows.len());
        put(buffer, inner.x, inner.bottom().saturating_sub(1), &words, inner.width, theme.quiet());
    }
}
