//! The pane alone: messages in, wishes out.

use crate::domain::{ListingId, Presence, ProductId, Side};
use crate::keys::{Action, Place};
use crate::protocol::{Problem, ProblemKind, ProductsView, Reply, Request, Topic, Window};
use crate::tui::tests::{Canned, NOW, world};
use crate::tui::wish::{About, Message, Opening, Told, Wish};
use crate::tui::world::World;

use super::State;
use super::ticks::{Ticking, Ticks};

/// Asks and answers until nothing is needed any more; says what was asked.
fn settle(state: &mut State, world: &World, first: Vec<Wish>) -> Vec<Request> {
    let canned = Canned::new(NOW);
    let mut asked = Vec::new();
    let mut wishes = first;
    wishes.extend(state.needs(world, true));
    while let Some(wish) = wishes.pop() {
        if let Wish::Ask { about, number, request } = wish {
            let answer = canned.answer(&request);
            asked.push(request);
            wishes.extend(state.update(Message::Answer { about, number, answer }, world));
            wishes.extend(state.needs(world, true));
        }
        assert!(asked.len() < 100, "it never stops asking");
    }
    asked
}

fn press(state: &mut State, world: &World, action: Action) -> Vec<Request> {
    let wishes = state.update(Message::Action(action), world);
    settle(state, world, wishes)
}

fn ready() -> (State, World) {
    let (mut state, world) = (State::default(), world());
    settle(&mut state, &world, Vec::new());
    (state, world)
}

#[test]
fn the_model_holds_a_window_and_not_the_catalogue() {
    let (mut state, world) = ready();
    assert_eq!(state.rows.total(), 412);
    assert!(state.rows.here().count() <= 120, "{}", state.rows.here().count());
    // Moving inside the window asks nothing; the end of the list asks for its own.
    assert_eq!(press(&mut state, &world, Action::Down), []);
    let asked = press(&mut state, &world, Action::Last);
    assert!(matches!(asked.as_slice(), [Request::Products { window, .. }] if window.offset > 300), "{asked:?}");
    assert_eq!(state.rows.chosen().map(|row| row.product), Some(ProductId(ListingId(411))));
}

#[test]
fn a_page_is_fifty_and_is_unticked_when_all_of_it_is_ticked() {
    let (mut state, world) = ready();
    assert_eq!(press(&mut state, &world, Action::SelectPage), []);
    assert_eq!(state.ticks.len(), 50);
    press(&mut state, &world, Action::SelectPage);
    assert_eq!(state.ticks.len(), 0);
    // The last page is shorter, and not all of the pages are here.
    press(&mut state, &world, Action::Last);
    press(&mut state, &world, Action::SelectPage);
    assert_eq!(state.ticks.len(), 12);
}

#[test]
fn everything_that_the_filter_shows_is_ticked_by_number() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::NextFilter);
    let shown = state.rows.total();
    let asked = press(&mut state, &world, Action::SelectAll);
    let view = ProductsView { presence: Some(Presence::InStore), ..ProductsView::default() };
    assert_eq!(asked.first(), Some(&Request::ProductIds { view, window: None }));
    assert_eq!(state.ticks.len(), shown);
    press(&mut state, &world, Action::Invert);
    assert!(state.ticks.is_empty());
}

#[test]
fn ticks_stay_through_filters_and_their_number_says_what_is_hidden() {
    let (mut state, world) = ready();
    for _ in 0..5 {
        press(&mut state, &world, Action::Toggle);
    }
    assert_eq!(state.ticks.sentence().as_deref(), Some("5 ticked"));
    press(&mut state, &world, Action::NextFilter);
    // Of the first five products one is in the till only.
    assert_eq!(state.ticks.sentence().as_deref(), Some("5 ticked, 4 not shown"));
    press(&mut state, &world, Action::PreviousFilter);
    assert_eq!(state.ticks.sentence().as_deref(), Some("5 ticked"));
    press(&mut state, &world, Action::SelectNone);
    assert_eq!(state.ticks.sentence(), None);
}

#[test]
fn a_range_ticks_everything_between_even_what_is_not_here() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::Range);
    press(&mut state, &world, Action::Last);
    let asked = press(&mut state, &world, Action::Range);
    let window = Some(Window { offset: 0, limit: 412 });
    assert_eq!(asked, [Request::ProductIds { view: ProductsView::default(), window }]);
    assert_eq!(state.ticks.len(), 412);
    // Another filter ends a range: its places mean nothing there.
    press(&mut state, &world, Action::Range);
    press(&mut state, &world, Action::NextFilter);
    assert_eq!(state.range, None);
}

#[test]
fn a_long_range_is_cut_out_of_all_numbers() {
    let mut ticks = Ticks::default();
    let (ticking, window) = Ticks::range(2, 5_000);
    assert_eq!((ticking, window), (Ticking::Range { from: 2, to: 5_000 }, None));
    let all: Vec<ProductId> = (0..6_000).map(|number| ProductId(ListingId(number))).collect();
    ticks.apply(ticking, &all);
    assert_eq!(ticks.len(), 4_999);
    assert!(!ticks.contains(ProductId(ListingId(1))) && ticks.contains(ProductId(ListingId(2))));
    assert!(ticks.contains(ProductId(ListingId(5_000))) && !ticks.contains(ProductId(ListingId(5_001))));
}

#[test]
fn while_typing_only_the_newest_search_is_asked_for() {
    let (mut state, world) = ready();
    state.update(Message::Action(Action::Search), &world);
    let mut open = Vec::new();
    for letter in "teapot".chars() {
        state.update(Message::Key(crate::keys::Key::character(letter)), &world);
        open.extend(state.needs(&world, true));
    }
    let [Wish::Ask { about, number, request: Request::Products { view, .. } }] = open.as_slice() else {
        panic!("one question only: {open:?}");
    };
    assert_eq!(view.search, "t");
    // The answer to the first letter is not shown any more, and the whole word is asked for.
    let answer =
        Canned::new(NOW).answer(&Request::Products { view: view.clone(), window: Window { offset: 0, limit: 9 } });
    state.update(Message::Answer { about: *about, number: *number, answer }, &world);
    assert_eq!(state.rows.total(), 412);
    let asked = settle(&mut state, &world, Vec::new());
    assert!(matches!(asked.as_slice(), [Request::Products { view, .. }] if view.search == "teapot"), "{asked:?}");
    assert_eq!(state.rows.total(), 21);
    // Enter keeps the search, Esc in the list clears it.
    press(&mut state, &world, Action::Confirm);
    assert_eq!(state.rows.view().search, "teapot");
    press(&mut state, &world, Action::Back);
    assert_eq!(state.rows.total(), 412);
}

#[test]
fn a_paste_is_searched_for_and_presses_nothing() {
    let (mut state, world) = ready();
    let wishes = state.update(Message::Paste("q p\nGS-00031".to_owned()), &world);
    assert_eq!(wishes, []);
    assert_eq!(state.rows.view().search, "q p GS-00031");
}

#[test]
fn the_direction_of_a_push_follows_from_the_filter_or_the_row() {
    let (mut state, world) = ready();
    let opened = |state: &mut State| state.update(Message::Action(Action::Push), &world);
    let push =
        |products, title: &str, towards| vec![Wish::Open(Opening::Push { products, title: title.to_owned(), towards })];
    let number = |number| ProductId(ListingId(number));
    // The first product is on both sides, the third in the till only.
    assert_eq!(opened(&mut state), push(vec![number(0)], "“Teapot, blue stoneware”", None));
    press(&mut state, &world, Action::Down);
    press(&mut state, &world, Action::Down);
    assert_eq!(opened(&mut state), push(vec![number(2)], "“茶壺セット 急須と湯呑み五客”", Some(Side::Online)));
    press(&mut state, &world, Action::NextFilter);
    press(&mut state, &world, Action::NextFilter);
    press(&mut state, &world, Action::Toggle);
    press(&mut state, &world, Action::Toggle);
    assert_eq!(opened(&mut state), push(vec![number(3), number(6)], "2 products", Some(Side::InStore)));
    // Without a filter, most of what is ticked decides, wherever the cursor stands.
    press(&mut state, &world, Action::PreviousFilter);
    press(&mut state, &world, Action::PreviousFilter);
    assert_eq!(opened(&mut state), push(vec![number(3), number(6)], "2 products", Some(Side::InStore)));
    state.update(Message::Told(Told::Pushed), &world);
    assert!(state.ticks.is_empty());
}

#[test]
fn a_failed_question_is_told_and_asked_again_after_a_while() {
    let (mut state, mut world) = (State::default(), world());
    let wishes = state.needs(&world, true);
    let [Wish::Ask { number, .. }] = wishes.as_slice() else { panic!("{wishes:?}") };
    let problem = Problem { kind: ProblemKind::Store, message: "the store is locked".to_owned(), hint: None };
    let told =
        state.update(Message::Answer { about: About::Rows, number: *number, answer: Err(problem.clone()) }, &world);
    assert_eq!(told, [Wish::problem("The products could not be read", &problem)]);
    assert_eq!(state.needs(&world, true), []);
    let wake = state.wake().unwrap();
    assert!(wake > world.now);
    world.now = wake;
    assert!(matches!(state.needs(&world, true).as_slice(), [Wish::Ask { .. }]));
}

#[test]
fn an_answer_that_fits_no_question_is_told_and_harms_nothing() {
    let (mut state, world) = (State::default(), world());
    let wishes = state.needs(&world, true);
    let [Wish::Ask { number, .. }] = wishes.as_slice() else { panic!("{wishes:?}") };
    let answer = Ok(Reply::Done);
    let told = state.update(Message::Answer { about: About::Rows, number: *number, answer }, &world);
    assert!(matches!(told.as_slice(), [Wish::Trouble(_)]), "{told:?}");
}

#[test]
fn a_hidden_pane_asks_for_no_rows() {
    let (mut state, world) = ready();
    state.update(Message::Changed(Topic::Products), &world);
    assert_eq!(state.needs(&World { now: NOW.plus_seconds(9), ..world }, false), []);
}

#[test]
fn a_row_is_copied_by_its_name_or_whole() {
    let (mut state, world) = ready();
    let row = state.rows.chosen().unwrap().clone();
    let name = row.sku.as_ref().unwrap_or(&row.title).to_string();
    let wishes = state.update(Message::Action(Action::CopyName), &world);
    assert!(matches!(wishes.as_slice(), [Wish::Copy(text), Wish::Toast(_)] if *text == name), "{wishes:?}");
    let wishes = state.update(Message::Action(Action::CopyRow), &world);
    let [Wish::Copy(line), Wish::Toast(_)] = wishes.as_slice() else { panic!("{wishes:?}") };
    let cells: Vec<&str> = line.split('\t').collect();
    assert_eq!((cells.len(), cells[0]), (6, &*row.title), "{line:?}");
    let mut empty = State::default();
    assert_eq!(empty.update(Message::Action(Action::CopyName), &world), []);
}

fn letter(state: &mut State, world: &World, action: Action, letter: &str) -> Vec<Request> {
    assert_eq!(state.update(Message::Action(action), world), []);
    assert_eq!(state.place(), Place::Letter, "no other key means anything now");
    let wishes = state.update(Message::Key(letter.parse().unwrap()), world);
    assert_eq!(state.place(), Place::Products);
    settle(state, world, wishes)
}

fn chosen(state: &State) -> Option<ProductId> {
    state.rows.chosen().map(|row| row.product)
}

#[test]
fn a_mark_leads_back_to_its_product_in_whatever_order() {
    let (mut state, world) = ready();
    for _ in 0..7 {
        press(&mut state, &world, Action::Down);
    }
    let marked = chosen(&state);
    letter(&mut state, &world, Action::Mark, "a");
    press(&mut state, &world, Action::Sort);
    press(&mut state, &world, Action::ReverseSort);
    press(&mut state, &world, Action::Last);
    let before = chosen(&state);
    assert_ne!(before, marked);
    letter(&mut state, &world, Action::GoToMark, "a");
    assert_eq!(chosen(&state), marked);
    letter(&mut state, &world, Action::GoToMark, "'");
    assert_eq!(chosen(&state), before, "where the jump began");
}

#[test]
fn a_mark_that_cannot_be_reached_is_said_and_moves_nothing() {
    let (mut state, world) = ready();
    assert_eq!(letter(&mut state, &world, Action::GoToMark, "z"), []);
    letter(&mut state, &world, Action::Mark, "a");
    let row = state.rows.chosen().unwrap().clone();
    let away = [Presence::InStore, Presence::Online].into_iter().find(|presence| *presence != row.presence).unwrap();
    while state.rows.view().presence != Some(away) {
        press(&mut state, &world, Action::NextFilter);
    }
    press(&mut state, &world, Action::Down);
    let place = state.rows.cursor();
    state.update(Message::Action(Action::GoToMark), &world);
    let wishes = state.update(Message::Key("a".parse().unwrap()), &world);
    let [Wish::Ask { about, number, request }] = wishes.as_slice() else { panic!("{wishes:?}") };
    let answer = Canned::new(NOW).answer(request);
    let told = state.update(Message::Answer { about: *about, number: *number, answer }, &world);
    assert!(matches!(told.as_slice(), [Wish::Toast(notice)] if notice.text.contains(&*row.title)), "{told:?}");
    assert_eq!(state.rows.cursor(), place);
    // Esc gives up the letter and nothing else.
    state.update(Message::Action(Action::Mark), &world);
    state.update(Message::Action(Action::Back), &world);
    assert_eq!((state.place(), state.rows.view().presence), (Place::Products, Some(away)));
}
