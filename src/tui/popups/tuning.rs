//! The sheets behind the list of settings: one for a connection, one for the rules between two.

use crate::domain::{AutoPush, Direction, Field, FieldRules, Interval, LocationId, Quantity, UnexplainedDrop};
use crate::protocol::{NoticeLevel, Problem, Reply, Request, RulesRow, SettingsDraft, SettingsRow};
use crate::tui::rows::Slot;
use crate::tui::wish::{About, Message, Wish};

use super::form::{Form, Purpose};
use super::sheet::{Outcome, Row, Sheet};

/// Minutes that the sheet offers; the command line takes any from 15 to 1440.
const MINUTES: [u16; 8] = [15, 30, 60, 120, 240, 480, 720, 1440];

#[derive(Debug)]
pub struct ConnectionSheet {
    row: SettingsRow,
    slot: Slot,
}

const FIRST_LOCATION: usize = 9;

impl ConnectionSheet {
    pub fn form(row: SettingsRow) -> Form<Self> {
        let settings = &row.settings;
        let every = match settings.every {
            Interval::Continuous => 0,
            Interval::Minutes(minutes) => {
                1 + MINUTES.iter().position(|known| *known >= minutes).unwrap_or(MINUTES.len() - 1)
            }
        };
        let intervals = ["continuous".to_owned()].into_iter().chain(MINUTES.iter().map(|minutes| match minutes {
            0..60 => format!("every {minutes} min"),
            minutes => format!("every {} h", minutes / 60),
        }));
        let pushes = ["off", "as published", "as draft"].map(str::to_owned).to_vec();
        let pushed = match settings.auto_push {
            AutoPush::Off => 0,
            AutoPush::Published => 1,
            AutoPush::Draft => 2,
        };
        let hold = match settings.unexplained {
            UnexplainedDrop::PassOn => String::new(),
            UnexplainedDrop::HoldFrom(from) => from.to_string(),
        };
        let mut rows = vec![
            Row::switch(
                "Automatic",
                settings.automatic,
                "Off: read when somebody asks, and nothing is written by itself",
            ),
            Row::choice(
                "Looked at",
                intervals.collect(),
                every,
                "Continuous: seconds after a sale, minutes when quiet",
            ),
            Row::choice("New products", pushes, pushed, "What appears on the other side is pushed here by itself"),
            Row::text("Share in %", &settings.share.to_string(), "Of what is available, how much is shown here"),
            Row::text("Kept back", &settings.buffer.to_string(), "Pieces that are not shown here"),
            Row::text(
                "Hold from",
                &hold,
                "A fall of so many that no order explains waits for you; blank passes all on",
            ),
            Row::switch(
                "Stock is kept here",
                settings.master,
                "Received and counted here: lower numbers are passed on",
            ),
            Row::text(
                "Ask above %",
                &settings.asks.share.to_string(),
                "More of the catalogue than this never changes without you, unless orders explain it; 100 never asks",
            ),
            Row::text("Ask from", &settings.asks.least.to_string(), "Fewer changes than this never ask"),
        ];
        if row.locations.len() > 1 {
            rows.extend(row.locations.iter().map(|(location, used)| {
                Row::switch(
                    &location.name,
                    *used,
                    "Whether its stock counts; the sum of those that do goes to the other side",
                )
            }));
        }
        Form::new(Sheet::new(rows, "Keep"), Self { row, slot: Slot::default() })
    }
}

/// What becomes of an answer to keeping something.
fn kept(name: &str, answer: Result<Reply, Problem>) -> Vec<Wish> {
    match answer {
        Ok(Reply::Done) => vec![Wish::Close, Wish::toast(NoticeLevel::Success, format!("{name}: kept"))],
        answer => Wish::unanswered("That was not kept", &answer),
    }
}

impl Purpose for ConnectionSheet {
    fn title(&self) -> String {
        format!("How {} is kept in step", self.row.name)
    }

    fn note(&self) -> &str {
        &self.row.guarantee
    }

    fn done(&mut self, sheet: &mut Sheet) -> Vec<Wish> {
        let mut settings = self.row.settings.clone();
        settings.automatic = sheet.is_on(0);
        settings.every = match sheet.chosen(1).checked_sub(1).and_then(|at| MINUTES.get(at)) {
            None => Interval::Continuous,
            Some(minutes) => Interval::Minutes(*minutes),
        };
        settings.auto_push = match sheet.chosen(2) {
            0 => AutoPush::Off,
            1 => AutoPush::Published,
            _ => AutoPush::Draft,
        };
        match sheet.typed(3).trim_end_matches([' ', '%']).parse::<u8>() {
            Ok(share @ 1..=100) => settings.share = share,
            _ => {
                sheet.complain(3, "The share is a number from 1 to 100");
                return Vec::new();
            }
        }
        match sheet.typed(4).parse::<Quantity>() {
            Ok(buffer) if !buffer.is_negative() => settings.buffer = buffer,
            _ => {
                sheet.complain(4, "What is kept back is a quantity: 0, 3 or 2.5");
                return Vec::new();
            }
        }
        settings.unexplained = match sheet.typed(5) {
            "" => UnexplainedDrop::PassOn,
            typed => match typed.parse::<Quantity>() {
                Ok(from) if from.is_positive() => UnexplainedDrop::HoldFrom(from),
                _ => {
                    sheet.complain(5, "That is no quantity: write it as 10, or leave it blank");
                    return Vec::new();
                }
            },
        };
        settings.master = sheet.is_on(6);
        match sheet.typed(7).trim_end_matches([' ', '%']).parse::<u8>() {
            Ok(share @ 1..=100) => settings.asks.share = share,
            _ => {
                sheet.complain(7, "That is a number from 1 to 100");
                return Vec::new();
            }
        }
        match sheet.typed(8).parse::<u32>() {
            Ok(least @ 1..) => settings.asks.least = least,
            _ => {
                sheet.complain(8, "That is a number of changes: 1 or more");
                return Vec::new();
            }
        }
        let mut locations = None;
        if self.row.locations.len() > 1 {
            let used = |(at, (location, _)): (usize, &(crate::domain::Location, bool))| {
                sheet.is_on(FIRST_LOCATION + at).then(|| location.id.clone())
            };
            let chosen: Vec<LocationId> = self.row.locations.iter().enumerate().filter_map(used).collect();
            if chosen.is_empty() {
                sheet.complain(FIRST_LOCATION, "At least one location has to count: without one nothing is known");
                return Vec::new();
            }
            let before: Vec<&LocationId> =
                self.row.locations.iter().filter(|(_, used)| *used).map(|(location, _)| &location.id).collect();
            if chosen.iter().collect::<Vec<_>>() != before {
                locations = Some(chosen);
            }
        }
        let Some(number) = self.slot.ask() else { return Vec::new() };
        let draft = SettingsDraft { connection: self.row.connection, settings, locations };
        vec![Wish::Ask { about: About::Order, number, request: Request::KeepSettings { draft } }]
    }

    fn answered(&mut self, _: &mut Sheet, _: About, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish> {
        if self.slot.take(number) { kept(&self.row.name, answer) } else { Vec::new() }
    }

    fn forget(&mut self) {
        self.slot.forget();
    }
}

#[derive(Debug)]
pub struct RulesSheet {
    row: RulesRow,
    presets: Vec<String>,
    slot: Slot,
}

const FIRST_FIELD: usize = 2;

impl RulesSheet {
    pub fn form(row: RulesRow, presets: Vec<String>) -> Form<Self> {
        let mut names = vec!["as below".to_owned()];
        names.extend(presets.iter().cloned());
        let mut rows = vec![
            Row::choice(
                "Ready-made",
                names,
                0,
                "Fills in all that stands below; what is changed afterwards is kept as it is",
            ),
            Row::switch("quantity", row.rules.quantity, "Both ways, by the ledger: sales on either side count"),
        ];
        rows.extend(Field::ALL.into_iter().map(|field| {
            let options = directions(&row, field);
            let at = options.iter().position(|known| *known == row.rules.direction(field)).unwrap_or(0);
            let words = options.iter().map(|direction| direction.label().to_owned()).collect();
            Row::choice(field.label(), words, at, help(&row, field))
        }));
        let deletes = [Direction::Off, Direction::ToOnline, Direction::ToInStore];
        let at = deletes.iter().position(|known| *known == row.rules.deletes).unwrap_or(0);
        let words = deletes.iter().map(|direction| direction.label().to_owned()).collect();
        rows.push(Row::choice("deletions", words, at, "What is deleted on the side of record is deleted on the other"));
        Form::new(Sheet::new(rows, "Keep"), Self { row, presets, slot: Slot::default() })
    }

    /// What is chosen in the rows below the first.
    fn below(sheet: &Sheet) -> Vec<usize> {
        (1..=FIRST_FIELD + Field::ALL.len()).map(|row| sheet.chosen(row)).collect()
    }

    /// A ready-made choice fills in the rows; a row that is changed by hand makes it “as below”.
    fn follow(&self, sheet: &mut Sheet, chosen: usize, below: &[usize]) {
        if sheet.chosen(0) == chosen {
            if Self::below(sheet) != below {
                sheet.choose(0, 0);
            }
            return;
        }
        let rules = match sheet.chosen(0).checked_sub(1) {
            Some(at) => self.row.ready_made.get(at),
            None => Some(&self.row.rules),
        };
        let Some(rules) = rules.cloned() else { return };
        sheet.choose(1, usize::from(rules.quantity));
        for (at, field) in Field::ALL.into_iter().enumerate() {
            let options = directions(&self.row, field);
            let wanted = options.iter().position(|known| *known == rules.direction(field)).unwrap_or(0);
            sheet.choose(FIRST_FIELD + at, wanted);
        }
        let deletes = match rules.deletes {
            Direction::Off => 0,
            Direction::ToOnline => 1,
            Direction::ToInStore => 2,
        };
        sheet.choose(FIRST_FIELD + Field::ALL.len(), deletes);
    }
}

/// The directions that the two platforms can do.
fn directions(row: &RulesRow, field: Field) -> Vec<Direction> {
    let mut directions = vec![Direction::Off];
    if !row.not_to_online.contains(&field) {
        directions.push(Direction::ToOnline);
    }
    if !row.not_to_in_store.contains(&field) {
        directions.push(Direction::ToInStore);
    }
    directions
}

fn help(row: &RulesRow, field: Field) -> &'static str {
    match directions(row, field).len() {
        1 => "Neither platform lets this be written",
        2 => "One of the two platforms does not let this be written",
        _ => "The side it comes from is right; an edit on the other one is shown as a conflict",
    }
}

impl Purpose for RulesSheet {
    fn title(&self) -> String {
        format!("What is kept in step between {} and {}", self.row.in_store, self.row.online)
    }

    fn note(&self) -> &str {
        "Values that differ when a rule is new are shown as out of sync and not overwritten by themselves."
    }

    fn done(&mut self, sheet: &mut Sheet) -> Vec<Wish> {
        let (in_store, online) = (self.row.rules.in_store, self.row.rules.online);
        let preset = sheet.chosen(0).checked_sub(1).and_then(|at| self.presets.get(at)).cloned();
        let request = match preset {
            Some(preset) => Request::ApplyPreset { in_store, online, preset },
            None => {
                let chosen = |(at, field): (usize, Field)| {
                    let direction = directions(&self.row, field).get(sheet.chosen(FIRST_FIELD + at)).copied()?;
                    (direction != Direction::Off).then_some((field, direction))
                };
                let fields = Field::ALL.into_iter().enumerate().filter_map(chosen).collect();
                let deletes = match sheet.chosen(FIRST_FIELD + Field::ALL.len()) {
                    0 => Direction::Off,
                    1 => Direction::ToOnline,
                    _ => Direction::ToInStore,
                };
                let quantity = sheet.is_on(1);
                Request::KeepRules { rules: FieldRules { in_store, online, quantity, fields, deletes } }
            }
        };
        let Some(number) = self.slot.ask() else { return Vec::new() };
        vec![Wish::Ask { about: About::Order, number, request }]
    }

    fn turned(&self, sheet: &mut Sheet, message: &Message) -> Outcome {
        let (chosen, below) = (sheet.chosen(0), Self::below(sheet));
        let outcome = sheet.update(message);
        self.follow(sheet, chosen, &below);
        outcome
    }

    fn answered(&mut self, _: &mut Sheet, _: About, number: u64, answer: Result<Reply, Problem>) -> Vec<Wish> {
        let name = format!("{} ⇄ {}", self.row.in_store, self.row.online);
        if self.slot.take(number) { kept(&name, answer) } else { Vec::new() }
    }

    fn forget(&mut self) {
        self.slot.forget();
    }
}
