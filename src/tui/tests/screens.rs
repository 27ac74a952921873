//! Whole screens, with their styles, at four sizes. Looked at by a person when they change.

use crate::tui::root::Incoming;

use super::Desk;
use super::canned::{Canned, NOW};
use super::paint::picture;

pub(super) fn keep(name: &str, desk: &Desk) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, picture(&desk.buffer()));
    });
}

/// (name, keys) of the screens that are kept at every size.
const TOUR: &[(&str, &str)] = &[
    ("products", "j j space space"),
    ("product", "enter"),
    ("report", "2 P j m"),
    ("suggestions", "2 t P j"),
    ("without", "2 t t"),
    ("why", "2 t t w"),
    ("plan", "p enter"),
    ("jobs", "3 j j"),
    ("journal", "4 j"),
    ("conflicts", "X"),
    ("clean-up", "W f f j"),
    ("across", "B j space space"),
    ("settings", ","),
    ("chart", "C enter"),
    ("help", "?"),
];

fn tour(width: u16, height: u16) {
    for (name, keys) in TOUR {
        let mut desk = Desk::new(width, height);
        desk.keys(keys);
        keep(&format!("{width}x{height}-{name}"), &desk);
    }
}

#[test]
fn at_120_by_40() {
    tour(120, 40);
}

#[test]
fn at_80_by_24() {
    tour(80, 24);
}

#[test]
fn at_60_by_15() {
    tour(60, 15);
}

#[test]
fn at_40_by_10() {
    tour(40, 10);
}

/// The rest once, at the size that must work fully.
#[test]
fn further_screens_at_80_by_24() {
    let screens = [
        ("inside-a-plan", "p enter enter"),
        ("synchronize", "space space ="),
        ("adjust", "+ tab"),
        ("explain", "e"),
        ("pages", "o"),
        ("first-steps", "f2"),
        ("report-to-a-file", "2 O"),
        ("links-from-a-file", "2 I"),
        ("marks", "m a j j m b '"),
        ("columns", "| j j space G space"),
        ("columns-chosen", "| j j space G space esc t t"),
        ("columns-of-the-report", "2 | j j right"),
        ("connection-settings", ", enter"),
        ("rules", ", j j j enter"),
        ("conflict", "X enter"),
        ("status-filter", "t"),
        ("pause-sync", "P"),
        ("undo", "3 G u"),
        ("refused", "space space p enter"),
        ("partly-refused", "space space space p enter enter f"),
        ("push", "space space space p"),
        ("whole-report", "2 M"),
        ("pair", "2 j enter"),
        ("suggestion", "2 t enter"),
        ("rejected", "2 T"),
        ("reject-ticked", "2 t space space x"),
        ("matched-filter", "2 f f"),
        ("mend", "2 t t e"),
        ("why-product", "w"),
        ("steps", "3 j j j enter j j j j j"),
        ("cancel-a-job", "3 j j x"),
        ("connections", "C"),
        ("platforms", "c"),
        ("range", "v j j j"),
    ];
    for (name, keys) in screens {
        let mut desk = Desk::new(80, 24);
        desk.keys(keys);
        keep(&format!("80x24-{name}"), &desk);
    }
}

#[test]
fn a_search_shows_what_is_typed() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space /").letters("tea");
    keep("80x24-search", &desk);
}

#[test]
fn a_form_never_shows_a_secret() {
    let mut desk = Desk::new(120, 40);
    desk.keys("c j enter").letters("https://x.example").keys("tab").letters("shpat_geheim").keys("ctrl-t");
    desk.hides("shpat").shows("************").shows("Found: Gift Shop High Street (EUR)");
    assert!(!format!("{desk:?}").contains("geheim"), "a secret is in the debug output");
    keep("120x40-connect", &desk);
}

#[test]
fn a_login_fits_on_every_screen() {
    for (width, height) in [(120, 40), (80, 24), (40, 10)] {
        let mut desk = Desk::new(width, height);
        desk.canned.paged = true;
        desk.keys("c j j j enter tab tab").letters("8f14e").keys("ctrl-t");
        keep(&format!("{width}x{height}-login"), &desk);
        desk.tell(Incoming::Paste("https://page.lagoon.example/".to_owned()));
        desk.keys("enter").shows("that address has no code").shows("Address:");
        if height == 24 {
            keep("80x24-login-failed", &desk);
        }
    }
}

#[test]
fn a_login_that_will_end_is_said_in_the_header_and_with_what_to_do() {
    let mut desk = Desk::unattached(120, 40, Canned::new(NOW));
    desk.canned.connections[0].login_ends = Some(NOW.plus_seconds(95 * 60));
    desk.tell(Incoming::Attached);
    desk.answer_all();
    desk.shows("! login ends in 1 h 35 min").keys("C").shows("its login cannot be renewed").shows("to log in again: c");
    keep("120x40-login-ends", &desk);
}

#[test]
fn an_engine_that_is_gone_is_said_and_the_screen_stays() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Incoming::Lost { why: "its process ended".to_owned() });
    desk.wait(7);
    desk.keys("j space");
    keep("80x24-lost", &desk);
}

#[test]
fn a_first_start_says_what_to_do() {
    let mut desk = Desk::unattached(80, 24, Canned::empty(NOW));
    keep("80x24-attaching", &desk);
    desk.tell(Incoming::Attached);
    desk.answer_all();
    desk.shows("No shop is connected yet").shows("Press c");
    keep("80x24-first-start", &desk);
}

#[test]
fn toasts_lie_over_the_list() {
    let mut desk = Desk::new(80, 24);
    desk.keys("r 2 L");
    keep("80x24-toasts", &desk);
}

#[test]
fn less_than_the_least_says_what_is_needed_and_can_be_left() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Incoming::Resize { width: 39, height: 9 });
    desk.shows("needs 40 × 10 cells");
    desk.keys("j space p q");
    assert_eq!(desk.done, [crate::tui::wish::Effect::Leave]);
    desk.tell(Incoming::Resize { width: 80, height: 24 });
    desk.answer_all();
    desk.shows("Teapot").hides("ticked");
}
