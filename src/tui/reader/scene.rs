//! A frame in words: plain data, compared by the teller.

use crate::tui::wish::Asker;

use super::aloud::aloud;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene {
    /// The pane, then the popups over it. The last one has the keys.
    pub layers: Vec<Layer>,
    /// Toasts and troubles: said once each, when they come.
    pub calls: Vec<String>,
    /// That the engine is gone.
    pub lost: Option<String>,
    /// The connections, what runs, the keys: said when somebody asks.
    pub asides: Vec<String>,
}

/// When a line is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// What a key did; before where it led.
    Result,
    Plain,
    /// Whenever the row is said that it tells more of.
    Row,
    /// With the rest of its pane or popup, and not again when it changes.
    Quiet,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub manner: Manner,
    pub words: String,
}

/// A pane or a popup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub whose: Asker,
    pub title: String,
    pub lines: Vec<Line>,
    pub focus: Option<Focus>,
    /// So many lines stand before what has the focus.
    pub focus_at: usize,
    pub typed: Option<Typed>,
}

/// What the keys act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Focus {
    pub words: String,
    /// Which row of a list, from 0, and how many there are.
    pub place: Option<(u64, u64)>,
    pub after: Option<&'static str>,
    /// A word whose change is told, whoever changed it.
    pub state: Option<String>,
}

/// A field that is being typed in. Never holds a secret: of one only its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub label: String,
    pub words: String,
}

impl Scene {
    /// Everything as it is read out; what has no words is left out.
    pub fn read(mut self) -> Self {
        for layer in &mut self.layers {
            layer.read();
        }
        for words in self.calls.iter_mut().chain(&mut self.lost).chain(&mut self.asides) {
            *words = aloud(words);
        }
        self.asides.retain(|words| !words.is_empty());
        self
    }

    /// What has the keys.
    pub fn top(&self) -> Option<&Layer> {
        self.layers.last()
    }
}

impl Layer {
    pub fn new(whose: Asker, title: &str) -> Self {
        let title = title.to_owned();
        Self { whose, title, lines: Vec::new(), focus: None, focus_at: 0, typed: None }
    }

    pub fn add(&mut self, manner: Manner, words: String) {
        self.lines.push(Line { manner, words });
    }

    /// The line that was begun last.
    pub fn open_line(&mut self) -> Option<&mut String> {
        self.lines.last_mut().map(|line| &mut line.words)
    }

    fn read(&mut self) {
        self.title = aloud(&self.title);
        let mut before = usize::MAX;
        let mut read = Vec::new();
        for (at, line) in std::mem::take(&mut self.lines).into_iter().enumerate() {
            if at == self.focus_at {
                before = read.len();
            }
            let paragraphs = line.words.lines().map(aloud).filter(|words| !words.is_empty());
            read.extend(paragraphs.map(|words| Line { manner: line.manner, words }));
        }
        self.focus_at = before.min(read.len());
        self.lines = read;
        if let Some(typed) = &mut self.typed {
            typed.label = aloud(&typed.label);
        }
    }
}

impl Focus {
    /// With its place, as it is said.
    pub fn said(&self) -> String {
        let mut words = self.words.clone();
        if let Some((place, total)) = self.place {
            let (row, of) = (crate::tui::words::count(place + 1), crate::tui::words::count(total));
            words.push_str(&format!(", row {row} of {of}"));
        }
        if let Some(after) = self.after {
            words.push_str(&format!(", {after}"));
        }
        words
    }
}

impl Typed {
    pub fn new(label: &str, typed: &str, secret: bool) -> Self {
        let words = match (secret, typed) {
            (_, "") => "empty".to_owned(),
            (true, typed) => crate::tui::words::counted(typed.chars().count() as u64, "character"),
            (false, typed) => typed.to_owned(),
        };
        Self { label: label.to_owned(), words }
    }

    pub fn said(&self) -> String {
        if self.label.is_empty() { self.words.clone() } else { format!("{}: {}", self.label, self.words) }
    }
}
