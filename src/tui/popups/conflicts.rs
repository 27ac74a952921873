//! What needs a decision: one row each, and the question with what each answer would do.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::keys::{Action, Place};
use crate::protocol::{ConflictRow, Decision, NoticeLevel, Reply, Request, Topic};
use crate::tui::reader::Manner;
use crate::tui::rows::Rows;
use crate::tui::widgets::{framed, list, piece, put, put_line, put_right, put_wrapped};
use crate::tui::wish::{About, Message, Opening, Question, Wish};
use crate::tui::words::{ago, count};
use crate::tui::world::World;

use super::Popup;

#[derive(Debug)]
pub struct State {
    rows: Rows<(), ConflictRow>,
}

impl Default for State {
    fn default() -> Self {
        Self { rows: Rows::new(()) }
    }
}

/// Lines of a row.
const LINES: u16 = 2;

fn question(row: &ConflictRow) -> Question {
    let text = vec![
        format!("{}: {}", row.connection, row.sentence),
        format!("There stands {}; the other side has {}.", shown(&row.ours), shown(&row.theirs)),
    ];
    let mut answers = vec![("Decide later".to_owned(), vec![Wish::Close])];
    for (decision, sentence) in &row.decisions {
        let request = Request::Decide { conflict: row.conflict, decision: *decision };
        let word = match decision {
            Decision::Accept => "Accept",
            Decision::Restore => "Restore",
            Decision::Leave => "Leave both",
        };
        let wishes = vec![
            Wish::Ask { about: About::Decide, number: 1, request },
            Wish::toast(NoticeLevel::Info, format!("“{}” is decided: {sentence}", row.subject)),
            Wish::Close,
        ];
        answers.push((format!("{word}: {sentence}"), wishes));
    }
    Question { title: row.subject.to_string(), text, answers, yes: None }
}

fn shown(value: &str) -> String {
    if value.is_empty() { "nothing".to_owned() } else { format!("“{value}”") }
}

fn height(area: Rect) -> u16 {
    area.height.saturating_sub(4)
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::List
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(Action::Back) => return vec![Wish::Close],
            Message::Action(Action::Open) => {
                let question = self.rows.chosen().map(question);
                return question.map(|question| Wish::Open(Opening::Question(question))).into_iter().collect();
            }
            Message::Action(action) => {
                self.rows.step(action);
            }
            Message::Answer { about: About::Rows, number, answer } => match answer {
                Ok(Reply::Conflicts { total, offset, rows }) => {
                    self.rows.answer(number, total, offset, rows);
                }
                answer if self.rows.failed(number, world.now) => {
                    return Wish::unanswered("The conflicts could not be read", &answer);
                }
                Ok(_) | Err(_) => {}
            },
            Message::Answer { answer: Err(problem), .. } => return vec![Wish::problem("That did not work", &problem)],
            Message::Changed(Topic::Products | Topic::History | Topic::Connections) => self.rows.changed(),
            Message::Attached => self.rows.forget(),
            Message::Answer { .. } | Message::Changed(_) | Message::Key(_) | Message::Paste(_) | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        self.rows.set_height(height(world.body()) / LINES);
        if !world.attached() {
            return Vec::new();
        }
        let Some((number, (), window)) = self.rows.needs(world.now) else { return Vec::new() };
        vec![Wish::Ask { about: About::Rows, number, request: Request::Conflicts { window } }]
    }

    fn wake(&self) -> Option<crate::domain::Timestamp> {
        self.rows.wake()
    }

    fn expects(&self) -> bool {
        self.rows.expects()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let inner = framed(buffer, area, "Conflicts: what needs your decision", theme);
        let rows = Rect { height: height(area).min(inner.height), ..inner };
        if self.rows.total() == 0 {
            let words = match self.rows.is_read() {
                true => {
                    "Nothing needs you. A fall that no order explains, or an edit on the side that is not of record, \
                         would stand here with both values."
                }
                false if world.attached() => "Reading…",
                false => "Nothing to show until the engine is there",
            };
            put_wrapped(buffer, rows, words, theme.plain());
            return;
        }
        list(buffer, rows, LINES, &self.rows, theme, |buffer, area, _, row| {
            let since = ago(world.now, row.since);
            let room = area.width.saturating_sub(u16::try_from(since.len()).unwrap_or(0) + 2);
            put(buffer, area.x, area.y, &row.subject, room, theme.strong());
            put_right(buffer, Rect { height: 1, ..area }, &Line::from(piece(since, theme.quiet())));
            if area.height > 1 {
                let words = Line::from(vec![
                    piece(format!("  {}: ", row.connection), theme.warning()),
                    piece(row.sentence.clone(), theme.plain()),
                ]);
                put_line(buffer, area.x, area.y + 1, &words, area.width);
            }
        });
        let words = format!(
            "{} decides · conflict {} of {}",
            world.key(Place::List, Action::Open),
            count(self.rows.cursor() + 1),
            count(self.rows.total())
        );
        let key = world.key(Place::List, Action::Open);
        buffer.say(Manner::Quiet, format!("{key} decides"));
        buffer.silently(|buffer| {
            put(buffer, inner.x, inner.bottom().saturating_sub(1), &words, inner.width, theme.quiet());
        });
    }
}
