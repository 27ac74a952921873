//! Whatever keys come, in whatever order the answers: no panic, one question per list, and every screen can be drawn.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::protocol::{Event, NoticeLevel, Problem, ProblemKind, Topic};
use crate::tui::pictures::Said;
use crate::tui::pointer::{Did, Pointer};
use crate::tui::root::Incoming;

use super::Desk;
use super::canned::{Canned, NOW};

#[derive(Debug, Clone)]
pub enum Deed {
    Key(&'static str),
    /// The oldest, or a younger one first.
    Answer(usize),
    Refuse(usize),
    Wait(i64),
    Change(Topic),
    Missed,
    Notice,
    Lost,
    Attached,
    Resize(u16, u16),
    Paste,
    Point(Did, u16, u16),
    Background(u16),
    Graphics(Said),
}

const KEYS: &[&str] = &[
    "j",
    "k",
    "down",
    "up",
    "pagedown",
    "pageup",
    "home",
    "end",
    "g",
    "G",
    "h",
    "l",
    "left",
    "right",
    "enter",
    "esc",
    "space",
    "v",
    "ctrl-a",
    "a",
    "A",
    "i",
    "/",
    "f",
    "F",
    "z",
    "s",
    "S",
    "p",
    "n",
    "N",
    "m",
    "P",
    "E",
    "M",
    "w",
    "R",
    "L",
    "x",
    "t",
    "D",
    "y",
    "1",
    "2",
    "3",
    "tab",
    "backtab",
    "?",
    "!",
    "c",
    "C",
    "r",
    "ctrl-t",
    "ctrl-z",
    "ctrl-l",
    "q",
    "backspace",
    "delete",
    ":",
    "7",
    "0",
    "é",
    "茶",
];

const DEEDS: &[Did] = &[Did::Press, Did::Drag, Did::Release, Did::WheelUp, Did::WheelDown];

pub fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        12 => prop::sample::select(KEYS).prop_map(Deed::Key),
        8 => (0usize..3).prop_map(Deed::Answer),
        1 => (0usize..3).prop_map(Deed::Refuse),
        1 => (0i64..20).prop_map(Deed::Wait),
        1 => prop::sample::select(&[Topic::Products, Topic::Report, Topic::Jobs, Topic::Connections][..]).prop_map(Deed::Change),
        1 => prop::sample::select(vec![Deed::Missed, Deed::Notice, Deed::Lost, Deed::Attached, Deed::Paste]),
        1 => (prop::sample::select(DEEDS), 0u16..130, 0u16..45).prop_map(|(did, x, y)| Deed::Point(did, x, y)),
        1 => (0u16..1_000).prop_map(Deed::Background),
        1 => prop::sample::select(vec![Said::Kitty, Said::Attributes { sixel: true }, Said::Cell(10, 20)]).prop_map(Deed::Graphics),
        1 => (1u16..140, 1u16..45).prop_map(|(width, height)| Deed::Resize(width, height)),
    ]
}

pub fn act(desk: &mut Desk, deed: &Deed) {
    match deed {
        Deed::Key(key) => desk.tell(Incoming::Key(key.parse().unwrap())),
        Deed::Answer(which) | Deed::Refuse(which) => {
            if desk.open.is_empty() {
                return;
            }
            let at = which % desk.open.len();
            let (tag, request) = desk.open.remove(at).unwrap();
            let answer = match deed {
                Deed::Refuse(_) => Err(Problem {
                    kind: ProblemKind::Failure,
                    message: "it did not work".to_owned(),
                    hint: Some("try again".to_owned()),
                }),
                _ => desk.canned.answer(&request),
            };
            desk.tell(Incoming::Reply { tag, answer });
        }
        Deed::Wait(seconds) => {
            desk.now = desk.now.plus_seconds(*seconds);
            desk.tell(Incoming::Tick);
        }
        Deed::Change(topic) => desk.tell(Incoming::Event(Event::Changed { topic: *topic, revision: 1 })),
        Deed::Missed => desk.tell(Incoming::Event(Event::Missed)),
        Deed::Notice => desk.tell(Incoming::Event(Event::Notice {
            level: NoticeLevel::Error,
            text: "Something \u{1b}[31m happened".repeat(9),
            hint: None,
            job: None,
        })),
        Deed::Lost => desk.tell(Incoming::Lost { why: "it broke".to_owned() }),
        Deed::Attached => {
            // What was asked before is never answered.
            desk.open.clear();
            desk.tell(Incoming::Attached);
        }
        Deed::Resize(width, height) => desk.tell(Incoming::Resize { width: *width, height: *height }),
        Deed::Point(did, x, y) => desk.tell(Incoming::Pointer(Pointer { x: *x, y: *y, did: *did })),
        Deed::Graphics(said) => desk.tell(Incoming::Graphics(*said)),
        Deed::Background(brightness) => desk.tell(Incoming::Background(*brightness)),
        Deed::Paste => desk.tell(Incoming::Paste("GS-001\nGS-002 q\u{1b}".to_owned())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_no_list_asks_twice(deeds in prop::collection::vec(deed(), 1..120)) {
        let mut desk = Desk::unattached(80, 24, Canned::new(NOW));
        desk.tell(Incoming::Attached);
        for deed in &deeds {
            act(&mut desk, deed);
            let mut open = BTreeSet::new();
            for (tag, request) in &desk.open {
                // Gone popups may leave a plan to be dropped, or their last wish.
                prop_assert!(open.insert((tag.asker, tag.about, tag.number)), "{request:?} is asked twice");
                let same = desk.open.iter().filter(|(other, _)| other.asker == tag.asker && other.about == tag.about);
                let one_at_a_time = tag.about != crate::tui::wish::About::Drop;
                prop_assert!(!one_at_a_time || same.count() == 1, "{:?} has more than one question open", tag);
            }
            desk.buffer();
        }
        // Whatever happened: once everything is answered, nothing is asked any more.
        desk.tell(Incoming::Attached);
        desk.open.clear();
        desk.tell(Incoming::Attached);
        desk.answer_all();
        desk.wait(10);
        prop_assert!(desk.open.is_empty());
    }
}
