//! The root: who gets what, what is asked when, and what is said.

use crate::config::{Choice, Preferences};
use crate::domain::{JobId, Side};
use crate::keys::Keymap;
use crate::protocol::{Event, JobOrder, NoticeLevel, Reply, Request, Topic};
use crate::tui::pointer::{Did, Pointer};
use crate::tui::root::Incoming;
use crate::tui::wish::{About, Asker, Effect};
use crate::wardrobe::Dress;

use super::Desk;
use super::canned::{Canned, NOW};

fn notice(level: NoticeLevel, text: &str) -> Incoming {
    Incoming::Event(Event::Notice { level, text: text.to_owned(), hint: Some("do this".to_owned()), job: None })
}

#[test]
fn nothing_is_asked_before_there_is_an_engine() {
    let mut desk = Desk::unattached(80, 24, Canned::new(NOW));
    desk.tell(Incoming::Tick);
    desk.keys("j space 2 3 1");
    assert_eq!(desk.asked, []);
    desk.tell(Incoming::Attached);
    assert!(desk.asked.contains(&Request::Status));
    assert!(desk.asked.iter().any(|request| matches!(request, Request::Products { .. })));
}

#[test]
fn a_loss_while_a_question_is_open_leaves_nothing_stuck() {
    let mut desk = Desk::unattached(80, 24, Canned::new(NOW));
    desk.tell(Incoming::Attached);
    // Nothing is answered: the line broke.
    let late = desk.open.drain(..).collect::<Vec<_>>();
    desk.tell(Incoming::Lost { why: "the line broke".to_owned() });
    desk.shows("The engine is gone");
    desk.tell(Incoming::Attached);
    desk.answer_all();
    desk.shows("Teapot").hides("The engine is gone");
    // Answers to what was asked before the loss are for nobody.
    for (tag, _) in late {
        desk.tell(Incoming::Reply { tag, answer: Ok(Reply::Done) });
    }
    desk.answer_all();
    desk.shows("Teapot").hides("1 trouble");
}

#[test]
fn what_needs_the_engine_is_refused_while_it_is_gone() {
    let mut desk = Desk::new(80, 24);
    desk.tell(Incoming::Lost { why: "it crashed".to_owned() });
    let before = desk.asked.len();
    desk.keys("r");
    assert_eq!(desk.asked.len(), before);
    desk.shows("The shops could not be read: the engine is not there");
}

#[test]
fn events_are_bundled_and_answered_by_one_question() {
    let mut desk = Desk::new(80, 24);
    desk.wait(10);
    let before = desk.asked.len();
    for revision in 0..50 {
        desk.tell(Incoming::Event(Event::Changed { topic: Topic::Products, revision }));
    }
    let asked = &desk.asked[before..];
    assert_eq!(asked.iter().filter(|request| matches!(request, Request::Products { .. })).count(), 1, "{asked:?}");
    desk.answer_all();
    desk.tell(Incoming::Event(Event::Changed { topic: Topic::Products, revision: 51 }));
    assert!(desk.open.is_empty(), "asked again too soon: {:?}", desk.open);
    // The root says when it wants to be told that time went on.
    let wake = desk.root.wake();
    assert!(wake.0 > desk.now.0 && wake.0 <= desk.now.0 + 500, "{wake:?}");
    desk.wait(1);
    assert_eq!(desk.open.len(), 0);
    let asked = &desk.asked[before..];
    assert_eq!(asked.iter().filter(|request| matches!(request, Request::Products { .. })).count(), 2, "{asked:?}");
}

#[test]
fn when_nothing_happens_it_wakes_once_a_minute() {
    let mut desk = Desk::new(80, 24);
    desk.wait(30);
    let wake = desk.root.wake();
    assert!(wake.0 > desk.now.0 && wake.0 <= desk.now.0 + 60_000);
    assert_eq!(wake.0 % 60_000, 0, "on the full minute: {wake:?}");
}

#[test]
fn troubles_are_kept_and_equal_ones_are_counted() {
    let mut desk = Desk::new(80, 24);
    for _ in 0..3 {
        desk.tell(notice(NoticeLevel::Error, "Square refused the key"));
    }
    desk.shows("1 trouble").shows("Square refused the key");
    assert_eq!(desk.text().matches("Square refused the key").count(), 1);
    desk.wait(60);
    desk.hides("Square refused the key").keys("!");
    desk.shows("Square refused the key").shows("3 times").shows("→ do this");
    desk.keys("esc").hides("3 times");
}

#[test]
fn a_toast_passes_and_an_equal_one_is_not_shown_twice() {
    let mut desk = Desk::new(80, 24);
    desk.tell(notice(NoticeLevel::Success, "Link report ready: 412 candidates"));
    desk.tell(notice(NoticeLevel::Success, "Link report ready: 412 candidates"));
    assert_eq!(desk.text().matches("Link report ready").count(), 1);
    desk.wait(6).hides("Link report ready").hides("1 trouble");
}

#[test]
fn a_toast_gives_way_to_whoever_works_on_and_leaves_the_last_line_free() {
    let mut desk = Desk::new(80, 24);
    desk.keys("2 P").tell(notice(NoticeLevel::Success, "Link report ready"));
    desk.shows("Link report ready").shows("L links them").shows("row 1 of 238");
    desk.keys("j").shows("Link report ready").wait(1).keys("j").hides("Link report ready");
    desk.tell(notice(NoticeLevel::Error, "Square refused the token"));
    desk.wait(1).keys("j").shows("Square refused the token").wait(4).keys("j").hides("Square refused the token");
    desk.keys("!").shows("Square refused the token");
}

#[test]
fn many_troubles_are_one_toast_and_hide_no_question() {
    let mut desk = Desk::new(80, 24);
    for item in ["Tea pot", "Mug", "Bowl"] {
        desk.tell(notice(NoticeLevel::Warning, &format!("{item} was made, but is not in the online store yet")));
    }
    desk.shows("Bowl was made").hides("Mug was made").shows("careful, and 2 more: !");
    desk.keys("3 j j x").shows("Cancel this job?").shows("[ Cancel the job ]").shows("Bowl was made");
}

#[test]
fn words_from_outside_cannot_steer_the_terminal() {
    let mut desk = Desk::new(80, 24);
    desk.tell(notice(NoticeLevel::Error, "refused: \u{1b}]52;c;aGk=\u{7}\u{202e}"));
    let text = desk.text();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && text.contains("refused"), "{text}");
}

#[test]
fn mistakes_in_the_keymap_are_troubles() {
    let (_, errors) = Keymap::with("[products]\n\"p\" = \"psuh\"\n");
    let mut desk = Desk::unattached(80, 24, Canned::new(NOW));
    let mistakes = vec![(format!("keymap.toml, {}", errors[0]), None)];
    desk.tell(Incoming::Dressed(Box::new(Dress { mistakes, ..Dress::default() })));
    desk.keys("!").shows("did you mean \"push\"?");
}

#[test]
fn leaving_and_suspending_are_effects() {
    let mut desk = Desk::new(80, 24);
    desk.keys("ctrl-z ctrl-l");
    // Letters are letters where text is typed; Ctrl-c leaves even there.
    desk.keys("/ q ctrl-c");
    assert_eq!(desk.done, [Effect::Suspend, Effect::Redraw, Effect::Leave]);
    assert_eq!(desk.root.jobs_under_way(), 3);
}

#[test]
fn help_runs_what_is_chosen() {
    let mut desk = Desk::new(80, 24);
    desk.keys("?").letters("whole page").keys("enter");
    desk.shows("50 ticked").hides("What the keys do here");
    desk.keys("f1").letters("link report pane").keys("enter").shows("Candidates 238");
}

#[test]
fn panes_follow_numbers_and_tab() {
    let mut desk = Desk::new(80, 24);
    desk.keys("tab")
        .shows("Candidates")
        .keys("tab")
        .shows("job 1 of 7")
        .keys("tab")
        .shows("line 1 of 60")
        .keys("tab")
        .shows("412 products");
    desk.keys("backtab")
        .shows("line 1 of 60")
        .keys("backtab")
        .shows("job 1 of 7")
        .keys("2")
        .shows("Candidates")
        .wait(2)
        .keys("1")
        .shows("412 products");
}

#[test]
fn a_pane_shown_from_a_popup_closes_it() {
    let mut desk = Desk::new(80, 24);
    desk.keys("enter").shows("Pictures").keys("3").shows("job 1 of 7").hides("Pictures");
}

#[test]
fn a_plan_for_a_closed_popup_is_given_back() {
    let mut desk = Desk::new(80, 24);
    desk.keys("space p");
    desk.tell(Incoming::Key("enter".parse().unwrap()));
    assert!(matches!(desk.open.back(), Some((_, Request::PlanPush { .. }))));
    desk.tell(Incoming::Key("esc".parse().unwrap()));
    desk.answer_all();
    assert!(desk.asked.iter().any(|request| matches!(request, Request::DropPlan { .. })), "{:?}", desk.asked.last());
    desk.hides("Cool, do it!");
}

#[test]
fn orders_go_out_one_by_one_from_wherever_they_are_given() {
    let mut desk = Desk::new(80, 24);
    desk.keys("3 j j");
    desk.tell(Incoming::Key("p".parse().unwrap()));
    desk.tell(Incoming::Key("p".parse().unwrap()));
    let open: Vec<_> = desk.open.iter().filter(|(tag, _)| tag.about == About::Order).collect();
    assert_eq!(open.len(), 1);
    desk.answer_all();
    let orders: Vec<_> = desk.asked.iter().filter(|request| matches!(request, Request::Order { .. })).collect();
    assert_eq!(orders.len(), 2);
    assert_eq!(*orders[0], Request::Order { job: JobId(6), order: JobOrder::Pause });
    desk.keys("x y").hides("Cancel this job?");
    assert!(desk.asked.contains(&Request::Order { job: JobId(6), order: JobOrder::Cancel }));
}

#[test]
fn no_file_is_written_before_there_is_a_report() {
    let mut desk = Desk::unattached(80, 24, Canned { made: false, ..Canned::new(NOW) });
    desk.tell(Incoming::Attached);
    desk.answer_all();
    desk.keys("2 O").shows("There is no link report yet to be written: R makes it").hides("report.csv");
}

#[test]
fn answers_say_what_they_answer() {
    let mut desk = Desk::unattached(80, 24, Canned::new(NOW));
    desk.tell(Incoming::Attached);
    let (tag, _) = desk.open.iter().find(|(tag, _)| tag.about == About::Rows).cloned().unwrap();
    assert!(matches!(tag.asker, Asker::Pane(_)));
    // The same answer with another number is for nobody.
    let wrong = crate::tui::wish::Tag { number: tag.number + 1, ..tag };
    let answer = desk.canned.answer(&Request::Products {
        view: crate::protocol::ProductsView::default(),
        window: crate::protocol::Window { offset: 0, limit: 100 },
    });
    desk.tell(Incoming::Reply { tag: wrong, answer: answer.clone() });
    desk.hides("Teapot");
    desk.tell(Incoming::Reply { tag, answer });
    desk.shows("Teapot");
}

#[test]
fn a_second_connection_of_the_side_can_be_chosen() {
    let mut desk = Desk::new(80, 24);
    desk.keys("f space p up up").shows("Sh giftshop.example").keys("right").shows("Wo Woo outlet").keys("enter");
    let asked = desk.asked.iter().rev().find_map(|request| match request {
        Request::PlanPush { towards, connection, draft, products } => {
            Some((*towards, *connection, *draft, products.len()))
        }
        _ => None,
    });
    assert_eq!(asked, Some((Side::Online, Some(crate::domain::ConnectionId(3)), false, 1)));
}

/// A link made by a job, and a sale, change the catalogue and not the report; its rows show both.
#[test]
fn the_report_follows_the_catalogue() {
    let mut desk = Desk::new(120, 40);
    desk.keys("2").shows("page 1 of 3").shows("238");
    desk.canned.candidates.truncate(120);
    desk.tell(Incoming::Event(Event::Changed { topic: Topic::Products, revision: 9 }));
    desk.wait(1).shows("page 1 of 2").shows("[Candidates 120]");
}

fn prefer(desk: &mut Desk, preferences: Preferences) {
    desk.tell(Incoming::Dressed(Box::new(Dress { preferences, ..Dress::default() })));
}

#[test]
fn a_number_before_a_key_repeats_it_and_one_digit_is_a_pane() {
    let mut desk = Desk::new(80, 24);
    desk.keys("1 2").shows("12 ").shows("row");
    desk.keys("j").shows("13 of").hides("Tick the whole report");
    desk.keys("7 k").shows("6 of");
    desk.keys("0 3 G").shows("3 of");
    desk.keys("1 2 esc j").shows("4 of");
    desk.keys("3").shows("job 1 of");
    desk.wait(2).keys("1").shows("4 of");
}

#[test]
fn a_pointer_moves_ticks_and_shows() {
    let mut desk = Desk::new(120, 40);
    let did = |desk: &mut Desk, did, x, y| {
        desk.tell(Incoming::Pointer(Pointer { x, y, did }));
        desk.answer_all();
    };
    let y = |desk: &Desk, what: &str| {
        u16::try_from(desk.text().lines().position(|line| line.contains(what)).unwrap()).unwrap()
    };
    let first = y(&desk, "Title") + 1;
    did(&mut desk, Did::Press, 20, first + 3);
    did(&mut desk, Did::Release, 20, first + 3);
    desk.shows("4 of");
    did(&mut desk, Did::WheelDown, 20, first);
    desk.shows("7 of");
    did(&mut desk, Did::Press, 20, first + 1);
    did(&mut desk, Did::Drag, 20, first + 2);
    did(&mut desk, Did::Drag, 20, first + 4);
    did(&mut desk, Did::Release, 20, first + 4);
    desk.shows("5 of").shows("4 ticked");
    // Pressed where the cursor is, it opens; over what is opened, nothing below is meant.
    did(&mut desk, Did::Press, 20, first + 4);
    assert_eq!(desk.root.place(), crate::keys::Place::Detail);
    did(&mut desk, Did::Press, 20, first);
    desk.keys("esc").shows("5 of");
    let x = desk.text().lines().nth(1).unwrap().find("Jobs").unwrap();
    did(&mut desk, Did::Press, u16::try_from(x).unwrap(), 1);
    desk.shows("job 1 of");
    // A key of the hint bar.
    let foot = desk.text().lines().last().unwrap().to_owned();
    let x = foot.chars().take_while(|letter| *letter != '?').count();
    did(&mut desk, Did::Press, u16::try_from(x).unwrap(), 39);
    desk.shows("What the keys do here");
}

#[test]
fn colours_follow_the_background_and_what_was_chosen() {
    use ratatui::style::{Color, Modifier};
    let colours = |desk: &Desk| {
        let buffer = desk.buffer();
        let used: std::collections::BTreeSet<String> =
            buffer.content.iter().map(|cell| format!("{:?}", cell.fg)).collect();
        let dim = buffer.content.iter().any(|cell| cell.modifier.contains(Modifier::DIM));
        (used, dim)
    };
    let has = |used: &std::collections::BTreeSet<String>, colour: Color| used.contains(&format!("{colour:?}"));
    let mut desk = Desk::new(120, 40);
    assert!(has(&colours(&desk).0, Color::Cyan));
    desk.tell(Incoming::Background(950));
    let (used, dim) = colours(&desk);
    assert!(!has(&used, Color::Cyan) && !has(&used, Color::Yellow) && has(&used, Color::Blue) && dim, "{used:?}");
    prefer(&mut desk, Preferences { theme: Choice::Dark, ..Preferences::default() });
    assert!(has(&colours(&desk).0, Color::Cyan));
    for (theme, dims) in [(Choice::Contrast, false), (Choice::None, true)] {
        prefer(&mut desk, Preferences { theme, ..Preferences::default() });
        let (used, dim) = colours(&desk);
        assert_eq!((used.len(), dim), (1, dims), "{theme:?} {used:?}");
    }
}

#[test]
fn what_is_worth_it_calls_somebody_who_wants_to_be_called() {
    let mut desk = Desk::new(80, 24);
    let failed = notice(NoticeLevel::Error, "Square\u{1b} refused");
    desk.tell(failed.clone());
    assert_eq!(desk.done, []);
    prefer(&mut desk, Preferences { bell: true, desktop: true, ..Preferences::default() });
    desk.tell(failed);
    let text = Some("counterpart: Square refused".to_owned());
    assert_eq!(desk.done, [Effect::Alert { bell: true, text }]);
    desk.tell(notice(NoticeLevel::Success, "Link report ready"));
    assert_eq!(desk.done.len(), 1, "good news without a job calls nobody");
    assert_eq!(desk.root.title().as_deref().map(|title| title.ends_with("counterpart")), Some(true));
    prefer(&mut desk, Preferences { title: false, ..Preferences::default() });
    assert_eq!(desk.root.title(), None);
}
