//! The clean-up list: what is wrong inside the shops, kind by kind; a key plans the mend, another writes the list to a
//! file.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::{Flaw, Timestamp};
use crate::files::List;
use crate::keys::{Action, Place};
use crate::protocol::{CleanUpCounts, CleanUpRow, CleanUpView, NoticeLevel, Reply, Request, Topic};
use crate::tui::reader::Manner;
use crate::tui::rows::Rows;
use crate::tui::theme::Theme;
use crate::tui::widgets::{framed, inside, list, piece, put, put_line, put_right, put_wrapped, text};
use crate::tui::wish::{About, Message, Opening, Question, Wish};
use crate::tui::words::count;
use crate::tui::world::World;

use super::Popup;

#[derive(Debug)]
pub struct State {
    rows: Rows<CleanUpView, CleanUpRow>,
    counts: CleanUpCounts,
}

impl Default for State {
    fn default() -> Self {
        Self { rows: Rows::new(CleanUpView::default()), counts: CleanUpCounts::default() }
    }
}

/// Lines of a row: the product, what is wrong, how it is mended.
const LINES: u16 = 3;

/// On a screen with fewer lines inside the frame, the head is one line.
const LOW: u16 = 12;

impl State {
    /// The next kind of which there is something, or all.
    fn turn(&mut self, forward: bool) {
        let mut kinds: Vec<Option<Flaw>> = vec![None];
        kinds.extend(self.counts.flaws.iter().map(|(flaw, _)| Some(*flaw)));
        let mut view = self.rows.view().clone();
        let at = kinds.iter().position(|kind| *kind == view.flaw).unwrap_or(0);
        let step = if forward { 1 } else { kinds.len() - 1 };
        view.flaw = kinds.get((at + step) % kinds.len()).copied().flatten();
        self.rows.show(view);
    }

    fn mend(&self) -> Vec<Wish> {
        let Some(row) = self.rows.chosen() else { return Vec::new() };
        if row.edits.is_empty() {
            let text = vec![format!("{}.", row.sentence), format!("{}.", row.mend)];
            let answers = vec![("Back to the list".to_owned(), vec![Wish::Close])];
            let title = format!("To be mended by hand: {}", row.listing.title);
            return vec![Wish::Open(Opening::Question(Question { title, text, answers, yes: None }))];
        }
        let request = Request::PlanMend { mends: row.edits.clone() };
        vec![Wish::Open(Opening::Planning { request, title: format!("Mend {}", row.listing.title) })]
    }

    /// How many there are of each kind; what is shown stands in brackets.
    fn kinds(&self) -> Vec<String> {
        let all: u64 = self.counts.flaws.iter().map(|(_, count)| count).sum();
        let shown = self.rows.view().flaw;
        let one = |flaw: Option<Flaw>, many: u64| {
            let text = format!("{} {}", flaw.map_or("all", Flaw::label), count(many));
            if shown == flaw { format!("[{text}]") } else { text }
        };
        let each = self.counts.flaws.iter().map(|(flaw, many)| one(Some(*flaw), *many));
        std::iter::once(one(None, all)).chain(each).collect()
    }

    /// What is inside the frame: the kinds in lines, all of them or on a low screen those around the one that is shown;
    /// and where the rows are.
    fn laid_out(&self, inner: Rect) -> (Vec<String>, Rect) {
        let mut lines: Vec<String> = Vec::new();
        for kind in self.kinds() {
            match lines.last_mut() {
                Some(line) if text::width(line) + 3 + text::width(&kind) <= inner.width => {
                    line.push_str(" · ");
                    line.push_str(&kind);
                }
                _ => lines.push(kind),
            }
        }
        if inner.height < LOW {
            lines.retain(|line| line.contains('['));
        }
        let head = u16::try_from(lines.len()).unwrap_or(1);
        let rows = Rect { y: inner.y + head, height: inner.height.saturating_sub(head + 2), ..inner };
        (lines, rows)
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::CleanUp
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Action(Action::Back) => return vec![Wish::Close],
            Message::Action(Action::NextFilter) => self.turn(true),
            Message::Action(Action::PreviousFilter) => self.turn(false),
            Message::Action(Action::Open) => return self.mend(),
            Message::Action(Action::Export) if self.rows.is_read() && self.rows.total() == 0 => {
                return vec![Wish::toast(NoticeLevel::Info, "There is nothing to be written to a file")];
            }
            Message::Action(Action::Export) => {
                return vec![Wish::Open(Opening::Export(List::CleanUp(self.rows.view().clone())))];
            }
            Message::Action(Action::CopyRow) => {
                let Some(row) = self.rows.chosen() else { return Vec::new() };
                let text = format!("{}\t{}\t{}\t{}", row.listing.listing, row.listing.title, row.sentence, row.mend);
                return vec![Wish::Copy(text), Wish::toast(NoticeLevel::Info, "The row is in your clipboard")];
            }
            Message::Action(action) => {
                self.rows.step(action);
            }
            Message::Answer { about: About::Rows, number, answer } => match answer {
                Ok(Reply::CleanUp { counts, total, offset, rows }) => {
                    if self.rows.answer(number, total, offset, rows) {
                        self.counts = counts;
                    }
                }
                answer if self.rows.failed(number, world.now) => {
                    return Wish::unanswered("The clean-up list could not be made", &answer);
                }
                Ok(_) | Err(_) => {}
            },
            Message::Changed(Topic::Products | Topic::Connections) => self.rows.changed(),
            Message::Attached => self.rows.forget(),
            Message::Answer { .. } | Message::Changed(_) | Message::Key(_) | Message::Paste(_) | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        // On the smallest screen, a part of one row is better than none.
        let (_, rows) = self.laid_out(inside(world.body()));
        self.rows.set_height((rows.height / LINES).max(1));
        if !world.attached() {
            return Vec::new();
        }
        let Some((number, view, window)) = self.rows.needs(world.now) else { return Vec::new() };
        vec![Wish::Ask { about: About::Rows, number, request: Request::CleanUp { view, window } }]
    }

    fn wake(&self) -> Option<Timestamp> {
        self.rows.wake()
    }

    fn expects(&self) -> bool {
        self.rows.expects()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let inner = framed(buffer, area, "Clean up: what is wrong in the shops", theme);
        let (head, rows) = self.laid_out(inner);
        buffer.tell_or_draw(
            |buffer| buffer.say(Manner::Plain, self.kinds().join(" · ").replace('[', "shown: ").replace(']', "")),
            |buffer| {
                for (y, line) in (inner.y..).zip(&head) {
                    put(buffer, inner.x, y, line, inner.width, theme.strong());
                }
            },
        );
        if self.rows.total() == 0 {
            let words = match self.rows.is_read() {
                true => {
                    "Nothing is wrong: no product twice, no SKU missing or shared, no barcode that cannot be scanned"
                }
                false if world.attached() => "Looking through the shops…",
                false => "Nothing to show until the engine is there",
            };
            put_wrapped(buffer, rows, words, theme.plain());
            return;
        }
        list(buffer, rows, LINES, &self.rows, theme, |buffer, area, _, row| {
            let place = format!("{} · {}", row.listing.listing, row.connection);
            let tell = |buffer: &mut Canvas| {
                let by_itself = if row.edits.is_empty() { "by hand" } else { "can be mended here" };
                let words = [&*row.listing.title, &place, row.flaw.label(), &row.sentence, by_itself, &row.mend];
                buffer.say_all(Manner::Plain, words);
            };
            buffer.tell_or_draw(tell, |buffer| row_drawn(buffer, area, row, &place, theme));
        });
        let key = |action| world.key(Place::CleanUp, action);
        let words = format!(
            "{} {} filters · {} mends · {} writes it to a file · row {} of {}",
            key(Action::NextFilter),
            key(Action::PreviousFilter),
            key(Action::Open),
            key(Action::Export),
            count(self.rows.cursor() + 1),
            count(self.rows.total())
        );
        buffer.silently(|buffer| {
            put(buffer, inner.x, inner.bottom().saturating_sub(1), &words, inner.width, theme.quiet());
        });
    }
}

fn row_drawn(buffer: &mut Canvas, area: Rect, row: &CleanUpRow, place: &str, theme: Theme) {
    let room = area.width.saturating_sub(u16::try_from(place.chars().count()).unwrap_or(0) + 2);
    put(buffer, area.x, area.y, &row.listing.title, room, theme.strong());
    put_right(buffer, Rect { height: 1, ..area }, &Line::from(piece(place.to_owned(), theme.quiet())));
    if area.height > 1 {
        let words = Line::from(vec![
            piece(format!("  {}: ", row.flaw.label()), theme.warning()),
            piece(row.sentence.clone(), theme.plain()),
        ]);
        put_line(buffer, area.x, area.y + 1, &words, area.width);
    }
    if area.height > 2 {
        // What can be written by itself has an arrow.
        let before = if row.edits.is_empty() { "    " } else { "  → " };
        put(buffer, area.x, area.y + 2, &format!("{before}{}", row.mend), area.width, theme.quiet());
    }
}
