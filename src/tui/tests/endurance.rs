//! Somebody at the keys for a very long time, whatever the engine and the window do meanwhile: nothing panics, Esc leads
//! out of everything, and the terminal always shows what was drawn.
//!
//! Some thousand steps by default; `COUNTERPART_STEPS=100000` makes it as many.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use ratatui::layout::Rect;

use crate::keys::{Code, Key, Place};
use crate::tui::root::Incoming;
use crate::tui::screen::Emulated;
use crate::tui::wish::Effect;

use super::Desk;
use super::canned::{Canned, NOW};
use super::properties::{Deed, act, deed};

/// Popups lie upon each other, forms and searches are left before what they are in.
const DEEPEST: usize = 12;

#[test]
fn nothing_panics_no_popup_is_stuck_and_the_terminal_shows_what_is_drawn() {
    let steps = std::env::var("COUNTERPART_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(2_000);
    let mut runner = TestRunner::deterministic();
    let deeds = deed();
    let mut desk = Desk::unattached(120, 40, Canned::new(NOW));
    let mut terminal = Emulated::new(120, 40);
    let mut lately: Vec<Deed> = Vec::new();
    for step in 0..steps {
        let deed = deeds.new_tree(&mut runner).expect("there are deeds").current();
        lately.push(deed.clone());
        if lately.len() > 30 {
            lately.remove(0);
        }
        act(&mut desk, &deed);
        look(&mut desk, &mut terminal, &format!("step {step}, after {lately:#?}"));
        // Somebody who had enough. The window is made large enough first: in a smaller one no key does anything.
        if step % 100 == 99 {
            desk.tell(Incoming::Resize { width: 80, height: 24 });
            desk.tell(Incoming::Attached);
            desk.open.clear();
            desk.tell(Incoming::Attached);
            for _ in 0..DEEPEST {
                desk.answer_all();
                desk.tell(Incoming::Key(Key::plain(Code::Escape)));
                look(&mut desk, &mut terminal, &format!("step {step}, after Esc and {lately:#?}"));
            }
            let place = desk.root.place();
            let out = matches!(place, Place::Products | Place::Report | Place::Jobs | Place::Journal);
            assert!(out, "step {step}: Esc leads not out of {place:?}, after {lately:#?}\n{}", desk.text());
        }
    }
}

/// The terminal shows what is drawn, be it from what it showed before or from nothing.
#[track_caller]
fn look(desk: &mut Desk, terminal: &mut Emulated, when: &str) {
    let buffer = desk.canvas();
    let Rect { width, height, .. } = buffer.area;
    terminal.resize(width, height);
    if desk.done.drain(..).any(|effect| effect == Effect::Redraw) {
        terminal.forget();
    }
    terminal.draw_with(&buffer, buffer.pictures());
    if let Some(difference) = terminal.differs(&buffer) {
        panic!("{difference}, {when}\n{}", super::paint::text(&buffer));
    }
}
