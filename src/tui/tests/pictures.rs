//! Pictures of a product: asked for by a key alone, in cells, in letters, in a terminal's own graphics, and in words.

use std::time::Duration;

use crate::config::Preferences;
use crate::protocol::Request;
use crate::tui::line::Speed;
use crate::tui::pictures::{Depth, Means, QUESTION, Said};
use crate::tui::root::Incoming;
use crate::tui::screen::{Emulated, Screen};
use crate::tui::wish::Effect;

use super::Desk;
use super::canned::{Canned, NOW};
use super::screens::keep;

const SLOW: Speed = Speed { round_trip: Some(Duration::from_millis(300)), rate: Some(8_000) };

fn asked(desk: &Desk) -> usize {
    desk.asked.iter().filter(|request| matches!(request, Request::Picture { .. })).count()
}

/// Says what kitty says, as far as it was asked.
fn answers_like_kitty(desk: &mut Desk) {
    assert!(desk.done.contains(&Effect::AskTerminal));
    for said in [Said::Kitty, Said::Cell(10, 20), Said::Attributes { sixel: false }] {
        desk.tell(Incoming::Graphics(said));
    }
    desk.answer_all();
}

fn frame(screen: &mut Screen, desk: &Desk) -> String {
    let canvas = desk.canvas();
    String::from_utf8(screen.frame(&canvas, canvas.pictures())).unwrap()
}

#[test]
fn the_same_at_every_size() {
    for (width, height) in [(120, 40), (80, 24), (60, 15), (40, 10)] {
        let mut desk = Desk::new(width, height);
        desk.keys("enter i");
        keep(&format!("{width}x{height}-pictures"), &desk);
    }
}

#[test]
fn only_the_key_reads_pictures_and_one_steps_through_them() {
    let mut desk = Desk::new(80, 24);
    desk.keys("enter").shows("Pictures").wait(10);
    assert_eq!(asked(&desk), 0);
    assert!(!desk.done.contains(&Effect::AskTerminal), "and the terminal is asked nothing");
    desk.keys("i").shows("picture 1 of 2: 1200 × 1200, 84 KB");
    assert_eq!(asked(&desk), 2, "one for each side");
    desk.keys("n").shows("picture 2 of 2");
    desk.keys("n").shows("picture 2 of 2");
    assert_eq!(asked(&desk), 4, "there are no more");
    desk.keys("N").shows("picture 1 of 2").keys("o").shows("https://giftshop.example/images/teapot-1.jpg");
    desk.keys("esc").shows("picture 1 of 2").keys("i").hides("picture 1 of 2").shows("Brand");
}

#[test]
fn what_fails_is_told_and_asked_again_when_somebody_says_so() {
    let mut desk = Desk::new(80, 24);
    desk.keys("enter");
    desk.tell(Incoming::Key("i".parse().unwrap()));
    while let Some((tag, request)) = desk.open.pop_front() {
        let problem = Canned::new(NOW).answer(&match request {
            Request::Picture { of } => Request::Picture { of: crate::protocol::PictureOf { place: 2, ..of } },
            other => other,
        });
        desk.tell(Incoming::Reply { tag, answer: problem });
    }
    desk.shows("picture 1 of 2: not shown").shows("is no picture").shows("o opens its address");
    assert_eq!(asked(&desk), 2);
    desk.wait(60);
    desk.tell(Incoming::Resize { width: 100, height: 30 });
    desk.answer_all();
    assert_eq!(asked(&desk), 2, "it would fail again");
    desk.keys("enter").shows("picture 1 of 2: 1200").hides("is no picture");
}

#[test]
fn a_terminal_with_graphics_draws_them_and_throws_them_away() {
    let mut desk = Desk::new(80, 24);
    let mut screen = Screen::new();
    // Nobody asked: somebody else's words.
    desk.tell(Incoming::Graphics(Said::Kitty));
    desk.keys("enter i");
    assert!(frame(&mut screen, &desk).contains('▀'));
    answers_like_kitty(&mut desk);
    let drawn = frame(&mut screen, &desk);
    assert_eq!((drawn.matches("a=T").count(), drawn.contains('▀')), (2, false));
    assert!(drawn.contains("\x1b[7;3H\x1b_Ga=T"), "{:?}", &drawn[..400]);
    assert_eq!(frame(&mut screen, &desk), "");
    // The next picture takes its place.
    desk.keys("n");
    let next = frame(&mut screen, &desk);
    assert_eq!((next.matches("a=d,d=I").count(), next.matches("a=T").count()), (2, 2));
    // Something covers it, and goes away.
    desk.keys("?");
    let covered = frame(&mut screen, &desk);
    assert!(covered.contains("a=d,d=i") && !covered.contains("a=T"));
    desk.keys("esc");
    let bare = frame(&mut screen, &desk);
    assert!(bare.contains("a=p") && !bare.contains("a=T"));
    desk.tell(Incoming::Resize { width: 100, height: 30 });
    desk.answer_all();
    let resized = frame(&mut screen, &desk);
    assert!(resized.find("a=d,d=A").unwrap() < resized.find("a=T").unwrap());
    desk.keys("esc");
    assert_eq!(frame(&mut screen, &desk).matches("a=d,d=I").count(), 2);
    assert!(desk.canvas().pictures().is_empty());
}

/// The engine may answer before the terminal does or after it.
#[test]
fn what_was_asked_for_before_the_terminal_said_what_it_has_is_not_drawn_in_its_graphics() {
    let mut desk = Desk::new(80, 24);
    let mut screen = Screen::new();
    desk.keys("enter");
    desk.tell(Incoming::Key("i".parse().unwrap()));
    frame(&mut screen, &desk);
    for said in [Said::Kitty, Said::Cell(10, 20)] {
        desk.tell(Incoming::Graphics(said));
    }
    // Both sides' pictures, small as cells are.
    assert!(desk.answer() && desk.answer());
    assert!(!frame(&mut screen, &desk).contains("a=T"));
    desk.answer_all();
    let drawn = frame(&mut screen, &desk);
    assert_eq!((drawn.matches("a=T").count(), drawn.matches("c=30,r=15").count()), (2, 2), "{:?}", &drawn[..300]);
}

#[test]
fn over_a_slow_line_graphics_are_not_sent_before_somebody_knows_what_they_cost() {
    let mut desk = Desk::new(80, 24);
    desk.root.set_speed(SLOW);
    desk.keys("enter i");
    let small = |request: &Request| matches!(request, Request::Picture { of } if of.width <= 28 && of.height <= 28);
    assert_eq!(desk.asked.iter().filter(|request| small(request)).count(), 2, "no more points than are drawn");
    answers_like_kitty(&mut desk);
    let mut screen = Screen::new();
    let cells = frame(&mut screen, &desk);
    assert!(cells.contains('▀') && !cells.contains("a=T") && !cells.contains("38;2;"));
    desk.shows("s draws sharply: about ").shows(" KB over this line, ").shows("sharper");
    desk.keys("s").hides("over this line");
    let sharp = frame(&mut screen, &desk);
    assert_eq!(sharp.matches("a=T").count(), 2);
    // That was a large frame: what the line is like now changes nothing of what is drawn.
    desk.root.set_speed(Speed { rate: Some(500), ..SLOW });
    desk.wait(1);
    assert_eq!(frame(&mut screen, &desk), "");
}

#[test]
fn a_fast_line_that_seems_slow_after_a_picture_keeps_what_it_shows() {
    let mut desk = Desk::new(80, 24);
    desk.keys("enter i");
    answers_like_kitty(&mut desk);
    let mut screen = Screen::new();
    assert!(frame(&mut screen, &desk).contains("a=T"));
    desk.root.set_speed(SLOW);
    desk.wait(1);
    assert_eq!(frame(&mut screen, &desk), "");
}

#[test]
fn where_there_are_no_colours_letters_are_drawn_and_it_is_said() {
    let ascii = Preferences { ascii: true, ..Preferences::default() };
    let few = Means { depth: Depth::Few, ..Means::default() };
    for (preferences, no_colour, means) in [
        (Preferences::default(), true, Means::default()),
        (ascii, false, Means::default()),
        (Preferences::default(), false, few),
    ] {
        let mut desk = Desk::dressed(80, 24, Canned::new(NOW), preferences, no_colour);
        desk.root = std::mem::replace(&mut desk.root, Desk::new(80, 24).root).with_means(means);
        desk.keys("enter i").shows("@@@@@").hides("▀").shows("in letters, since there are no colours here");
    }
}

#[test]
fn the_question_ends_with_one_that_every_terminal_answers() {
    assert!(QUESTION.ends_with(b"\x1b[c"));
    let mut terminal = Emulated::new(20, 5);
    let blank = Desk::unattached(20, 5, Canned::new(NOW)).canvas();
    terminal.draw(&blank);
    // A terminal that knows nothing of it shows nothing of it.
    terminal.disturb(QUESTION);
    terminal.draw(&blank);
    assert_eq!(terminal.differs(&blank), None);
}

#[test]
fn inside_tmux_nothing_is_asked() {
    let mut desk = Desk::new(80, 24);
    let mute = Means { mute: true, ..Means::default() };
    desk.root = std::mem::replace(&mut desk.root, Desk::new(80, 24).root).with_means(mute);
    desk.keys("enter i").shows("▀");
    assert!(!desk.done.contains(&Effect::AskTerminal));
}
