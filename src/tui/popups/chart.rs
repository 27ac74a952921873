//! What a platform can: how quantities are written there and what that is worth, what becomes of each field, the limits.
//!
//! The same that `counterpart platforms NAME` prints, in the same words: they come with the platform's row.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::domain::{BOTH_WAYS, most_in_words};
use crate::keys::{Action, Place};
use crate::protocol::{PlatformRow, Reply, Request};
use crate::tui::inquiry::{Heard, Inquiry};
use crate::tui::theme::Theme;
use crate::tui::widgets::{Scroll, middle, piece, text};
use crate::tui::wish::{Message, Wish};
use crate::tui::world::World;

use super::{Popup, reading};

/// Lines at most, for what a box as high as the screen would cost on a slow line. It is scrolled.
const HIGHEST: u16 = 22;

/// Cells of a field's name and of its use, where both stand in one line with its name there.
const NAME: u16 = 20;
const USE: u16 = 27;

#[derive(Debug)]
pub struct State {
    platform: String,
    /// `Some(None)`: the engine does not know the platform.
    row: Option<Option<Box<PlatformRow>>>,
    inquiry: Inquiry,
    scroll: Scroll,
}

/// Lines being written, wrapped to a width.
struct Page {
    lines: Vec<Line<'static>>,
    width: u16,
    theme: Theme,
}

impl Page {
    /// Each line so many cells from the left.
    fn add(&mut self, indent: u16, words: &str, style: Style) {
        let before = " ".repeat(usize::from(indent));
        for line in text::wrapped(words, self.width.saturating_sub(indent)) {
            self.lines.push(Line::from(piece(format!("{before}{line}"), style)));
        }
    }

    fn section(&mut self, title: &str) {
        self.lines.push(Line::default());
        self.lines.push(Line::from(piece(title.to_owned(), self.theme.heading())));
    }

    /// Its name, what is done with it, and its name there; below it what to know. Where the line is too narrow for
    /// three columns, the name there begins what stands below.
    fn field(&mut self, field: &str, used: &str, theirs: &str, note: &str) {
        let theme = self.theme;
        let style = if used == "no" { theme.quiet() } else { theme.plain() };
        if self.width < NAME + USE + 20 {
            self.lines
                .push(Line::from(vec![piece(format!("{field}: "), theme.strong()), piece(used.to_owned(), style)]));
            let there = [theirs, note].into_iter().filter(|words| !words.is_empty() && *words != "none");
            let there: Vec<&str> = there.collect();
            if !there.is_empty() {
                self.add(2, &there.join("; "), theme.quiet());
            }
            return;
        }
        let (name, column) = (usize::from(NAME), usize::from(USE));
        let shown = text::wrapped(theirs, self.width - NAME - USE);
        for (at, line) in shown.iter().enumerate() {
            let (field, used) = if at == 0 { (field, used) } else { ("", "") };
            self.lines.push(Line::from(vec![
                piece(format!("{field:name$}"), theme.strong()),
                piece(format!("{used:column$}"), style),
                piece(line.clone(), style),
            ]));
        }
        if !note.is_empty() {
            self.add(NAME, note, theme.quiet());
        }
    }
}

impl State {
    pub fn new(platform: String) -> Self {
        Self { platform, row: None, inquiry: Inquiry::default(), scroll: Scroll::default() }
    }

    fn lines(&self, width: u16, world: &World) -> Vec<Line<'static>> {
        let theme = world.theme;
        let Some(row) = &self.row else { return vec![Line::styled("Reading…", theme.quiet())] };
        let mut page = Page { lines: Vec::new(), width, theme };
        let Some(row) = row else {
            page.add(0, "The engine does not know this platform; it may be of another version", theme.plain());
            return page.lines;
        };
        page.add(0, &format!("{}, API {}", row.side.label(), row.api_version), theme.quiet());
        page.section("Quantities");
        for words in [&row.writes, &row.guarantee].into_iter().filter(|words| !words.is_empty()) {
            page.add(0, words, theme.plain());
        }
        page.section("What becomes of each field");
        for ((field, theirs, note), used) in row.fields.iter().zip(&row.uses) {
            page.field(field, used, theirs, note);
        }
        page.lines.push(Line::default());
        let key = world.key(Place::Everywhere, Action::Settings);
        page.add(0, &format!("{BOTH_WAYS}; {key} shows the rules"), theme.plain());
        page.section("Limits");
        for (what, most, source) in &row.limits {
            page.add(0, &format!("{what}: {}", most_in_words(*most)), theme.plain());
            page.add(2, source, theme.quiet());
        }
        page.lines
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::List
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        match self.inquiry.hear(message, &[]) {
            Heard::Answer(Ok(Reply::Platforms { platforms })) => {
                let known = platforms.into_iter().find(|row| row.name == self.platform);
                self.row = Some(known.map(Box::new));
                Vec::new()
            }
            Heard::Answer(answer) => Wish::closed_unanswered("What the platform can could not be read", &answer),
            Heard::Taken => Vec::new(),
            Heard::Another(message) => reading::update(&mut self.scroll, &message, &[Action::Back, Action::Open]),
        }
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        self.inquiry.needs(world, || Request::Platforms)
    }

    fn expects(&self) -> bool {
        self.row.is_none()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let width = area.width.saturating_sub(2).min(96);
        let lines = self.lines(width.saturating_sub(4), world);
        let title = format!("What {} can", self.platform);
        reading::view(&self.scroll, &title, &lines, width, middle(area, width, HIGHEST), buffer, world.theme);
    }
}
