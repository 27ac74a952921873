//! What panes and popups are drawn on: the cells of a frame and, where somebody listens instead of looking, its words.
//!
//! The words are taken down where they are written, so that they are whole: not cut to a column, not scraped out of
//! boxes and padding. What a widget knows better than its cells (a table's row with the names of its columns, a field
//! with its label) it says itself. On a canvas that is only drawn, none of this costs anything.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pictures::Graphic;
use super::reader::{Focus, Layer, Manner, Scene, Typed, aloud, value_aloud};
use super::screen::Hanging;
use super::widgets::text;
use super::wish::Asker;

#[derive(Debug)]
pub struct Canvas {
    buffer: Buffer,
    scene: Option<Scene>,
    /// What is written now is told otherwise, or to nobody.
    silent: u32,
    /// The row under the cursor is being written.
    row: Option<Row>,
    /// How what is written is said.
    manner: Manner,
    pen: Pen,
    /// In the terminal's own graphics.
    pictures: Vec<Hanging>,
}

/// Stands in every cell that a picture hangs over, until something else is written there: no letter, and never sent.
pub const BELOW: char = '\u{10fffd}';

/// Where the last words ended: `(line, column)`.
type Pen = Option<(u16, u16)>;

#[derive(Debug, Default)]
struct Row {
    words: String,
    /// After its place: `ticked`.
    after: Option<&'static str>,
    state: Option<String>,
    pen: Pen,
}

impl Deref for Canvas {
    type Target = Buffer;

    fn deref(&self) -> &Buffer {
        &self.buffer
    }
}

impl DerefMut for Canvas {
    fn deref_mut(&mut self) -> &mut Buffer {
        &mut self.buffer
    }
}

impl Canvas {
    /// To be looked at.
    pub fn drawn(area: Rect) -> Self {
        Self {
            buffer: Buffer::empty(area),
            scene: None,
            silent: 0,
            row: None,
            manner: Manner::Plain,
            pen: None,
            pictures: Vec::new(),
        }
    }

    /// Hangs a picture over the cells from there on, if it does not reach beyond the edge.
    pub fn hang(&mut self, x: u16, y: u16, graphic: &Arc<Graphic>) {
        let area = Rect { x, y, width: graphic.width, height: graphic.height };
        if area.intersection(self.buffer.area) != area {
            return;
        }
        for place in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(place) {
                cell.reset();
                cell.set_char(BELOW);
            }
        }
        self.pictures.push(Hanging { area, graphic: Arc::clone(graphic) });
    }

    /// Those that were hung, the covered ones included.
    pub fn pictures(&self) -> &[Hanging] {
        &self.pictures
    }

    /// To be listened to.
    pub fn told(area: Rect) -> Self {
        Self { scene: Some(Scene::default()), ..Self::drawn(area) }
    }

    pub fn into_scene(self) -> Scene {
        self.scene.unwrap_or_default().read()
    }

    /// Whether somebody listens to what is being written.
    pub fn is_heard(&self) -> bool {
        self.scene.is_some() && self.silent == 0
    }

    fn heard(&mut self) -> Option<&mut Layer> {
        if self.silent > 0 {
            return None;
        }
        self.scene.as_mut()?.layers.last_mut()
    }

    /// From here on a pane or a popup over it is written.
    pub fn layer(&mut self, whose: Asker, title: &str) {
        self.pen = None;
        if let Some(scene) = &mut self.scene {
            scene.layers.push(Layer::new(whose, title));
        }
    }

    pub fn titled(&mut self, title: &str) {
        if let Some(layer) = self.heard() {
            title.clone_into(&mut layer.title);
        }
    }

    /// Text at a place. What follows it on its line belongs to it.
    pub fn written(&mut self, x: u16, y: u16, words: &str) {
        if !self.is_heard() {
            return;
        }
        let end = x.saturating_add(text::width(words));
        if let Some(row) = &mut self.row {
            join(&mut row.words, row.pen, (x, y), words);
            row.pen = Some((y, end));
            return;
        }
        let (pen, manner) = (self.pen.replace((y, end)), self.manner);
        let Some(layer) = self.heard() else { return };
        match pen.filter(|(line, _)| *line == y).and(layer.open_line()) {
            Some(line) => join(line, pen, (x, y), words),
            None => layer.add(manner, words.to_owned()),
        }
    }

    /// A line of its own, in words that are not on the screen so.
    pub fn say(&mut self, manner: Manner, words: impl Into<String>) {
        if !self.is_heard() {
            return;
        }
        let words = words.into();
        if let Some(row) = &mut self.row {
            join(&mut row.words, None, (0, 0), &words);
            return;
        }
        self.pen = None;
        let manner = if manner == Manner::Plain { self.manner } else { manner };
        if let Some(layer) = self.heard() {
            layer.add(manner, words);
        }
    }

    /// What is written meanwhile tells more of the row under the cursor.
    pub fn of_row<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.manner, Manner::Row);
        self.pen = None;
        let written = write(self);
        (self.manner, self.pen) = (before, None);
        written
    }

    /// The same twice: in words for who listens, which nobody is bothered with otherwise, and in cells for who looks.
    pub fn tell_or_draw<T>(&mut self, tell: impl FnOnce(&mut Self), draw: impl FnOnce(&mut Self) -> T) -> T {
        if self.is_heard() {
            tell(self);
        }
        self.silently(draw)
    }

    /// Lines of their own.
    pub fn say_all(&mut self, manner: Manner, all: impl IntoIterator<Item = impl Into<String>>) {
        for words in all {
            self.say(manner, words);
        }
    }

    /// What is written meanwhile is not heard.
    pub fn silently<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.silent += 1;
        let written = write(self);
        self.silent -= 1;
        written
    }

    /// What is written meanwhile is the row under the cursor, of so many.
    pub fn row(&mut self, place: u64, total: u64, write: impl FnOnce(&mut Self)) {
        if !self.is_heard() {
            return write(self);
        }
        self.row = Some(Row::default());
        write(self);
        let Some(row) = self.row.take() else { return };
        self.pen = None;
        if let Some(layer) = self.heard() {
            let words = aloud(&row.words);
            let state = row.state.as_deref().map(aloud);
            layer.focus = Some(Focus { words, place: Some((place, total)), after: row.after, state });
            layer.focus_at = layer.lines.len();
        }
    }

    /// A column of the row under the cursor. `title` is empty where the value says what it is.
    pub fn column(&mut self, title: &str, value: Cow<'_, str>) {
        let Some(row) = self.row.as_mut().filter(|_| self.silent == 0) else { return };
        let words = match value.trim() {
            "" | "[ ]" => return,
            "[x]" => return row.after = Some("ticked"),
            "[-]" => return row.after = Some("in the range"),
            "–" if title.is_empty() => return,
            "–" => format!("no {}", in_a_sentence(title)),
            "?" => format!("{} not known", in_a_sentence(title)),
            value if title.is_empty() => value_aloud(value),
            value => format!("{} {}", in_a_sentence(title), value_aloud(value)),
        };
        join(&mut row.words, None, (0, 0), &words);
    }

    /// A word whose change is told, whoever changed it: a job is `done` now.
    pub fn state(&mut self, word: &str) {
        if let Some(row) = self.row.as_mut().filter(|_| self.silent == 0) {
            row.state = Some(word.to_owned());
        }
    }

    /// What the keys act on, where that is no row of a list: an answer, a button, a line of a form.
    pub fn focus(&mut self, words: impl Into<String>) {
        if let Some(layer) = self.heard() {
            let words = aloud(&words.into());
            layer.focus = Some(Focus { words, place: None, after: None, state: None });
            layer.focus_at = layer.lines.len();
        }
    }

    /// Text is being typed. Its label is what was written before it on its line.
    pub fn typed(&mut self, y: u16, typed: Typed) {
        let pen = self.pen;
        let Some(layer) = self.heard() else { return };
        let label = match pen.filter(|(line, _)| *line == y) {
            Some(_) => layer.open_line().map(std::mem::take).unwrap_or_default(),
            None => String::new(),
        };
        layer.typed = Some(Typed { label, ..typed });
    }

    /// The same, where the label is known.
    pub fn types(&mut self, typed: Typed) {
        if let Some(layer) = self.heard() {
            layer.typed = Some(typed);
        }
    }

    /// Said once, whatever is shown: a toast, trouble.
    pub fn call(&mut self, words: String) {
        if let Some(scene) = &mut self.scene {
            scene.calls.push(words);
        }
    }

    /// The engine is gone.
    pub fn lost(&mut self, words: String) {
        if let Some(scene) = &mut self.scene {
            scene.lost = Some(words);
        }
    }

    /// Said when somebody asks where he is.
    pub fn aside(&mut self, words: String) {
        if let Some(scene) = &mut self.scene {
            scene.asides.push(words);
        }
    }
}

/// Puts words behind others: as they stand where nothing was between them, with a comma where there was a gap, and with
/// a semicolon on the next line.
fn join(line: &mut String, pen: Pen, (x, y): (u16, u16), words: &str) {
    match pen {
        _ if line.trim().is_empty() || words.trim().is_empty() => {}
        Some((before, end)) if before == y && end == x => {}
        Some((before, end)) if before == y && x < end.saturating_add(2) => line.push(' '),
        Some((before, _)) if before != y => line.push_str("; "),
        Some(_) | None => line.push_str(", "),
    }
    line.push_str(words);
}

/// `Matched by` → `matched by`, but `SKU`.
fn in_a_sentence(title: &str) -> Cow<'_, str> {
    let mut letters = title.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && !second.is_uppercase() => {
            Cow::Owned(first.to_lowercase().chain(title.chars().skip(1)).collect())
        }
        _ => Cow::Borrowed(title),
    }
}
