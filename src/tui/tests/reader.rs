//! What is said to somebody who listens: whole sessions in words, and what must hold whatever happens.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::protocol::{Event, NoticeLevel};
use crate::tui::canvas::Canvas;
use crate::tui::reader::{Again, Facts, PAGE, Scene, Teller};
use crate::tui::root::Incoming;
use crate::tui::widgets::text::width;
use crate::tui::wish::Effect;

use super::Desk;
use super::canned::{Canned, NOW};
use super::paint;
use super::properties::{act, deed};

/// So wide that each sentence is one line.
const WIDE: u16 = 10_000;

/// A desk without a screen.
struct Ear {
    desk: Desk,
    teller: Teller,
    /// Everything that was done and said.
    transcript: String,
}

impl Ear {
    fn new(width: u16) -> Self {
        let mut ear = Self::over(Desk::new(PAGE.width, PAGE.height), width);
        ear.hear("open", Facts::default());
        ear
    }

    fn over(desk: Desk, width: u16) -> Self {
        let desk = Desk { root: desk.root.with_listener(true), ..desk };
        Self { desk, teller: Teller::new(width, Vec::new()), transcript: String::new() }
    }

    fn scene(&self) -> Scene {
        let mut canvas = Canvas::told(self.desk.root.screen());
        self.desk.root.view(&mut canvas);
        canvas.into_scene()
    }

    fn hear(&mut self, deed: &str, facts: Facts) -> Vec<String> {
        let asked = self.desk.done.drain(..).find_map(|effect| match effect {
            Effect::Where => Some(Again::Where),
            Effect::Redraw => Some(Again::Everything),
            _ => None,
        });
        let facts = Facts { now: self.desk.now, awaits: self.desk.root.expects(), again: asked, ..facts };
        let said = self.teller.tell(&self.scene(), facts);
        self.transcript.push_str(&format!("[{deed}]\n"));
        for line in &said {
            self.transcript.push_str(&format!("    {line}\n"));
        }
        said
    }

    /// One key; what is said then.
    fn key(&mut self, key: &str) -> Vec<String> {
        self.desk.keys(key);
        self.hear(key, Facts { acted: true, ..Facts::default() })
    }

    fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.key(key);
        }
        self
    }

    /// What happens by itself.
    fn happens(&mut self, what: &str, incoming: Incoming) -> Vec<String> {
        self.desk.tell(incoming);
        self.desk.answer_all();
        self.hear(what, Facts::default())
    }

    fn waits(&mut self, seconds: i64) -> Vec<String> {
        self.desk.wait(seconds);
        self.hear(&format!("{seconds} seconds later"), Facts::default())
    }

    fn keep(&self, name: &str) {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("told-{name}"), self.transcript);
        });
    }
}

fn notice(level: NoticeLevel, text: &str) -> Incoming {
    let hint = Some("look at its key".to_owned());
    Incoming::Event(Event::Notice { level, text: text.to_owned(), hint, job: None })
}

#[test]
fn a_session_with_products() {
    let mut ear = Ear::new(WIDE);
    ear.keys("j j space space f f f f f t t T . enter esc + esc = esc s / t e a down enter esc . ctrl-l");
    ear.keep("products");
}

#[test]
fn a_session_with_the_report() {
    let mut ear = Ear::new(WIDE);
    ear.keys("2 j space m n enter esc L right esc t j enter esc t w esc e esc . T f");
    ear.keep("report");
}

#[test]
fn a_session_with_a_plan_and_its_job() {
    let mut ear = Ear::new(WIDE);
    ear.keys("space space space p down down up enter right enter f f esc y 3 j j j enter j f esc x right esc u esc 4 j / t e a enter esc f");
    ear.keep("plans");
}

#[test]
fn a_session_with_help_and_settings() {
    let mut ear = Ear::new(WIDE);
    ear.keys("| down space right esc ? down s o r t esc : r f r s h esc , j enter right tab esc j j j enter down right esc esc C j e esc esc X j enter down esc esc W f j enter esc esc f2 esc ! esc");
    ear.keep("help");
}

#[test]
fn a_session_with_a_login() {
    let mut ear = Ear::new(WIDE);
    ear.keys("c j enter h t t p s tab s e c r e t tab tab ctrl-t esc esc");
    assert!(!ear.transcript.contains("secret"), "{}", ear.transcript);
    ear.keep("connect");
}

#[test]
fn a_session_with_pictures() {
    let mut ear = Ear::new(WIDE);
    ear.keys("enter i n n . o esc N i esc");
    assert!(!ear.desk.done.contains(&Effect::AskTerminal), "who listens has no use for graphics");
    ear.keep("pictures");
}

#[test]
fn what_comes_by_itself_is_said_once_and_what_ticks_is_not() {
    let mut ear = Ear::new(WIDE);
    ear.happens("trouble", notice(NoticeLevel::Error, "Square\u{1b} refused a price"));
    ear.happens("trouble again", notice(NoticeLevel::Error, "Square\u{1b} refused a price"));
    ear.happens("good news", notice(NoticeLevel::Success, "The link report is ready"));
    assert_eq!(ear.waits(7), Vec::<String>::new());
    ear.happens("no engine", Incoming::Lost { why: "its process ended".to_owned() });
    assert_eq!(ear.waits(70), Vec::<String>::new(), "how long it is gone ticks");
    ear.key(".");
    ear.happens("an engine", Incoming::Attached);
    assert_eq!(ear.waits(3_600), Vec::<String>::new(), "an hour of ages");
    ear.key("3");
    assert_eq!(ear.waits(3_600), Vec::<String>::new(), "an hour of ages in the jobs");
    ear.key("4");
    assert_eq!(ear.waits(3_600), Vec::<String>::new(), "an hour of ages in the journal");
    ear.keep("notices");
}

#[test]
fn a_move_says_the_row_and_nothing_else() {
    let mut ear = Ear::new(WIDE);
    for row in 2..30 {
        let said = ear.key("j");
        // Why a row does not move stands below the list, and is the only other thing that belongs to it.
        let [line, trouble @ ..] = said.as_slice() else { panic!("nothing is said at row {row}") };
        assert!(line.contains(&format!(", row {row} of ")), "{said:?}");
        let drawn = ear.desk.text();
        let shown = |line: &String| drawn.lines().last().is_some_and(|_| drawn.contains(&line.replace(" to ", " → ")));
        assert!(trouble.len() < 2 && trouble.iter().all(shown), "{said:?}");
    }
    for pane in ["2", "3", "4"] {
        ear.key(pane);
        let said = ear.key("j");
        assert!(said.first().is_some_and(|line| line.contains(", row 2 of ")), "{pane}: {said:?}");
    }
}

#[test]
fn keys_that_rest_say_the_last_row_alone() {
    let mut ear = Ear::new(WIDE);
    ear.desk.keys("j j j j j j j j j");
    let said = ear.hear("j held", Facts { acted: true, ..Facts::default() });
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains(", row 10 of "), "{said:?}");
}

#[test]
fn who_has_pressed_a_key_hears_what_becomes_of_it_also_if_it_comes_late() {
    let mut ear = Ear::new(WIDE);
    ear.desk.tell(Incoming::Key("f".parse().unwrap()));
    let at_once = ear.hear("f", Facts { acted: true, ..Facts::default() });
    assert!(!at_once.iter().any(|line| line.contains("row ")), "rows of the old filter: {at_once:?}");
    ear.desk.now = NOW.plus_seconds(20);
    ear.desk.answer_all();
    let late = ear.hear("the answer", Facts::default());
    assert!(late.iter().any(|line| line.contains("row 1 of ")), "{late:?}");
}

/// Words with letters or digits, as they are drawn and as they are told.
fn words(text: &str) -> BTreeSet<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric());
    parts.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Of what is drawn in a popup, what was not said; not where one lies over another, whose words are drawn too. Lines that
/// are cut are left out: what is said is whole.
fn lost(drawn: &str, said: &str) -> Vec<String> {
    let inside = drawn.lines().filter_map(|line| line.split_once('│')?.1.rsplit_once('│'));
    let inside = inside.map(|(inside, _)| inside.trim_start_matches(" [x]"));
    let inside: Vec<&str> = inside.filter(|line| !line.contains('…')).collect();
    assert!(!inside.is_empty(), "no popup\n{drawn}");
    let inside: Vec<String> = inside.into_iter().map(without_hint).collect();
    words(&inside.join(" ")).difference(&words(said)).cloned().collect()
}

/// How to turn a choice is for who looks.
fn without_hint(line: &str) -> String {
    match line.split_once("← → change)") {
        Some((before, after)) => format!("{}{after}", before.rsplit_once('(').map_or(before, |(kept, _)| kept)),
        None => line.to_owned(),
    }
}

#[test]
fn all_that_a_popup_shows_is_said() {
    for keys in [
        "enter",
        "space space space p",
        "space space space p enter",
        "2 j enter",
        "2 t enter",
        "w",
        "e",
        "f2",
        "3 j j x",
        "c enter",
        "2 L",
    ] {
        let mut ear = Ear::new(WIDE);
        let (before, last) = keys.rsplit_once(' ').unwrap_or(("", keys));
        ear.keys(before);
        let said = ear.key(last).join(" ");
        let drawn = paint::text(&ear.desk.buffer());
        let lost = lost(&drawn, &said);
        assert!(lost.is_empty(), "{keys}: not said: {lost:?}\n{drawn}\n{}", ear.transcript);
    }
}

#[test]
fn what_else_can_be_chosen_is_said_where_it_can_be_chosen() {
    for keys in ["+", "="] {
        let mut ear = Ear::new(WIDE);
        let (before, last) = keys.rsplit_once(' ').unwrap_or(("", keys));
        ear.keys(before);
        let begun = ear.transcript.len();
        ear.key(last);
        let drawn = paint::text(&ear.desk.buffer());
        for _ in 0..20 {
            ear.key("tab");
        }
        let lost = lost(&drawn, &ear.transcript[begun..]);
        assert!(lost.is_empty(), "{keys}: not said: {lost:?}\n{drawn}\n{}", ear.transcript);
    }
}

#[test]
fn lines_fit_and_break_between_words() {
    for columns in [20, 40, 80] {
        let mut ear = Ear::new(columns);
        let said = ear.key("enter");
        assert!(said.len() > 10);
        assert!(said.iter().all(|line| width(line) < columns), "{said:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_lines_are_plain_and_nothing_is_said_twice(deeds in prop::collection::vec(deed(), 1..60)) {
        let mut ear = Ear::over(Desk::unattached(PAGE.width, PAGE.height, Canned::new(NOW)), 60);
        ear.desk.tell(Incoming::Attached);
        for deed in deeds.iter().filter(|deed| !matches!(deed, super::properties::Deed::Resize(..))) {
            act(&mut ear.desk, deed);
            let said = ear.hear("", Facts { acted: true, ..Facts::default() });
            for line in &said {
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
                prop_assert!(!line.trim().is_empty() && width(line) < 60, "{line:?}");
                prop_assert!(!line.contains(|sign: char| ('\u{2500}'..='\u{259f}').contains(&sign)), "{line:?}");
            }
            let again = ear.hear("", Facts { acted: true, ..Facts::default() });
            prop_assert!(again.is_empty(), "said though nothing changed: {again:?}, after {said:?}");
        }
    }
}
