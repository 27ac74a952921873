//! What is said of a frame, after another one: lines that are added to what was said before. Never I/O.
//!
//! Who comes to a pane or popup hears its title and all of it. Who moves hears the row he comes to; who types, the text;
//! who does something, what became of it. What happens by itself is said only if it calls for somebody: a toast, trouble,
//! a job that ended, an answer that was waited for. Ages, rates and counts that tick are said when somebody asks.

use crate::domain::{Timestamp, clean};
use crate::tui::widgets::text;

use super::scene::{Focus, Layer, Line, Manner, Scene};

/// What else there is to know of a frame.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    pub now: Timestamp,
    /// Somebody did something since the last one.
    pub acted: bool,
    /// What was asked for is still on its way.
    pub awaits: bool,
    pub again: Option<Again>,
}

/// What somebody asked to hear once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Where he is: pane, filter, row, what is ticked, how the shops are.
    Where,
    /// Everything that the pane or popup says.
    Everything,
}

/// So long after somebody did something, what changes is what became of it.
const CONSEQUENCE: i64 = 3;

#[derive(Debug)]
pub struct Teller {
    /// In cells.
    width: u16,
    /// As they were told last, by who has the keys now and who is below.
    told: Vec<Layer>,
    calls: Vec<String>,
    lost: bool,
    /// When somebody did something whose consequences are still to come.
    acted: Option<Timestamp>,
    awaited: bool,
    /// Said before anything else.
    greeting: Vec<String>,
}

impl Teller {
    pub fn new(width: u16, greeting: Vec<String>) -> Self {
        Self { width, told: Vec::new(), calls: Vec::new(), lost: false, acted: None, awaited: false, greeting }
    }

    /// The terminal is so wide from here on.
    pub fn set_width(&mut self, width: u16) {
        self.width = width;
    }

    /// Somebody else wrote to the terminal, or comes back to it: where he is, is said anew.
    pub fn forget(&mut self) {
        self.told.clear();
    }

    /// What is to be added to what was said, as lines that fit; none if nothing is to be said.
    pub fn tell(&mut self, scene: &Scene, facts: Facts) -> Vec<String> {
        if facts.acted {
            self.acted = Some(facts.now);
        }
        let recent = self.acted.is_some_and(|at| facts.now < at.plus_seconds(CONSEQUENCE));
        let owed = facts.acted || recent || (self.acted.is_some() && self.awaited);
        self.awaited = facts.awaits;
        if !recent && !facts.awaits {
            self.acted = None;
        }
        let mut said = std::mem::take(&mut self.greeting);
        match (self.lost, &scene.lost) {
            (false, Some(lost)) => said.push(lost.clone()),
            (true, None) => said.push("The engine is there again".to_owned()),
            (true, Some(_)) | (false, None) => {}
        }
        self.lost = scene.lost.is_some();
        said.extend(scene.calls.iter().filter(|call| !contains(&self.calls, call, timeless)).cloned());
        self.calls.clone_from(&scene.calls);
        if let Some(top) = scene.top() {
            let before = self.told.iter().position(|told| told.whose == top.whose);
            let was_top = before.is_some_and(|at| at + 1 == self.told.len());
            match (facts.again, before.and_then(|at| self.told.get(at))) {
                (Some(Again::Where), _) => here(scene, &mut said),
                (Some(Again::Everything), _) | (None, None) => whole(top, &mut said),
                (None, Some(told)) if was_top => changes(told, top, owed, &mut said),
                (None, Some(told)) => {
                    said.push(top.title.clone());
                    let words = top.typed.iter().map(super::Typed::said).chain(top.focus.iter().map(Focus::said));
                    said.extend(words);
                    let moved = Layer { focus: top.focus.clone(), typed: top.typed.clone(), ..told.clone() };
                    changes(&Layer { title: top.title.clone(), ..moved }, top, true, &mut said);
                }
            }
        }
        self.remember(scene);
        said.iter().flat_map(|words| self.lines(words)).collect()
    }

    /// A sentence as lines that fit. The last cell stays free: some terminals begin a new line behind it by themselves.
    pub fn lines(&self, words: &str) -> Vec<String> {
        let words = clean(words);
        if words.is_empty() { Vec::new() } else { text::wrapped(&words, self.width.saturating_sub(1).max(1)) }
    }

    /// What has the keys was told as it is; what lies below, as it was when it had them.
    fn remember(&mut self, scene: &Scene) {
        let told = std::mem::take(&mut self.told);
        let Some((top, below)) = scene.layers.split_last() else { return };
        let known = |layer: &Layer| told.iter().find(|known| known.whose == layer.whose).cloned();
        self.told.extend(below.iter().filter_map(known));
        let mut top = top.clone();
        // While the rows of another view are on their way, the last one told counts.
        let before = known(&top).and_then(|before| before.focus).filter(|focus| focus.place.is_some());
        top.focus = top.focus.or(before);
        self.told.push(top);
    }
}

/// All that a pane or popup says.
fn whole(layer: &Layer, said: &mut Vec<String>) {
    said.push(layer.title.clone());
    let (before, after) = layer.lines.split_at(layer.focus_at.min(layer.lines.len()));
    let words = |lines: &[Line]| lines.iter().map(|line| line.words.clone()).collect::<Vec<_>>();
    said.extend(words(before));
    let row = layer.focus.as_ref().filter(|focus| focus.place.is_some());
    said.extend(row.map(Focus::said));
    said.extend(words(after));
    said.extend(layer.typed.as_ref().map(super::Typed::said));
    let here = layer.focus.as_ref().filter(|focus| focus.place.is_none());
    said.extend(here.map(|focus| format!("Here: {}", focus.said())));
}

/// Where somebody is, in few lines.
fn here(scene: &Scene, said: &mut Vec<String>) {
    let Some((top, below)) = scene.layers.split_last() else { return };
    let over: Vec<&str> = below.iter().rev().map(|layer| layer.title.as_str()).collect();
    said.push(match over.is_empty() {
        true => top.title.clone(),
        false => format!("{}, over {}", top.title, over.join(", over ")),
    });
    // What a popup says can be long; it is said with the other key.
    if below.is_empty() {
        said.extend(top.lines.iter().map(|line| line.words.clone()));
    }
    said.extend(top.typed.as_ref().map(super::Typed::said));
    said.extend(top.focus.as_ref().map(Focus::said));
    said.extend(scene.lost.iter().chain(&scene.asides).cloned());
}

/// What is new in what has the keys. `owed`: somebody did something and waits for what becomes of it.
fn changes(told: &Layer, now: &Layer, owed: bool, said: &mut Vec<String>) {
    if now.title != told.title {
        // Another page in the same box: nothing of it was said.
        if !now.lines.iter().any(|line| told.lines.contains(line)) {
            return whole(now, said);
        }
        said.push(now.title.clone());
    }
    let known = |line: &Line| told.lines.iter().any(|told| same(&told.words, &line.words, owed));
    let focus = now.focus.as_ref().filter(|now| is_news(told.focus.as_ref(), now, owed)).map(Focus::said);
    let typed = now.typed.as_ref().filter(|now| told.typed.as_ref() != Some(now)).map(super::Typed::said);
    let belongs = |line: &Line| line.manner == Manner::Row && focus.is_some();
    let fresh: Vec<&Line> =
        now.lines.iter().filter(|line| line.manner != Manner::Quiet && (belongs(line) || !known(line))).collect();
    let of = |manner: Manner| fresh.iter().filter(move |line| line.manner == manner).map(|line| line.words.clone());
    said.extend(of(Manner::Result));
    // A form's line is said once, as what the keys act on.
    let about: Vec<String> = typed.iter().chain(&focus).cloned().collect();
    said.extend(typed.into_iter().chain(focus));
    said.extend(of(Manner::Plain).filter(|words| !about.iter().any(|about| about.starts_with(words))));
    said.extend(of(Manner::Row));
}

/// Whether what the keys act on is to be said.
fn is_news(told: Option<&Focus>, now: &Focus, owed: bool) -> bool {
    let Some(told) = told else { return true };
    if told.state != now.state {
        return true;
    }
    let moved = told.place.map(|(place, _)| place) != now.place.map(|(place, _)| place);
    match now.place {
        _ if !owed => false,
        _ if moved || told.after != now.after => true,
        // The first row of another list, even if it is the same product.
        Some((_, total)) if told.place.is_some_and(|(_, before)| before != total) => true,
        // A job's numbers run; what is said of it is whether it runs.
        Some(_) if now.state.is_some() => false,
        Some(_) => !same(&told.words, &now.words, true),
        None => told.words != now.words,
    }
}

/// Whether two lines say the same, but for what ticks: all numbers, or times only.
fn same(told: &str, now: &str, exactly: bool) -> bool {
    told == now || if exactly { timeless(told) == timeless(now) } else { shape(told) == shape(now) }
}

fn contains(told: &[String], now: &str, of: fn(&str) -> String) -> bool {
    told.iter().any(|told| told == now || of(told) == of(now))
}

/// Without its times: `read 3 min ago` as `read just now`.
fn timeless(line: &str) -> String {
    without_numbers(line, true)
}

/// Without any number.
fn shape(line: &str) -> String {
    without_numbers(line, false)
}

/// A number with a unit of time behind it is a time.
fn without_numbers(line: &str, of_times_only: bool) -> String {
    const UNITS: [&str; 5] = ["s", "min", "h", "days", "minute"];
    let line = line.replace("just now", "0 s ago").replace("less than a minute", "0 s");
    let line = line.replace("under ", "").replace("about ", "");
    let mut kept: Vec<&str> = Vec::new();
    let mut words = line.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
        let unit = |word: &str| UNITS.contains(&word.trim_end_matches([',', ';', '.', ')', ':']));
        let times = number(word) && words.peek().is_some_and(|next| unit(next));
        if times {
            words.next();
        }
        let gone = times || (number(word) && !of_times_only);
        match (gone, kept.last()) {
            (true, Some(&"#")) => {}
            (true, _) => kept.push("#"),
            (false, _) => kept.push(word),
        }
    }
    kept.join(" ")
}
