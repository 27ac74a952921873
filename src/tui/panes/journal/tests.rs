//! The pane alone: messages in, wishes out.

use crate::domain::{ListingId, ProductId};
use crate::keys::{Action, Key};
use crate::protocol::{HistoryView, Request};
use crate::tui::tests::{Canned, NOW, world};
use crate::tui::wish::{Message, Opening, Told, Wish};
use crate::tui::world::World;

use super::{State, in_full};

/// Answers what is asked until nothing is; the last view asked for, and what else was wished.
fn settle(state: &mut State, world: &World, mut wishes: Vec<Wish>) -> (Option<HistoryView>, Vec<Wish>) {
    let canned = Canned::new(NOW);
    let (mut view, mut rest) = (None, Vec::new());
    wishes.extend(state.needs(world, true));
    while let Some(wish) = wishes.pop() {
        match wish {
            Wish::Ask { about, number, request } => {
                if let Request::History { view: asked, .. } = &request {
                    view = Some(asked.clone());
                }
                let answer = canned.answer(&request);
                wishes.extend(state.update(Message::Answer { about, number, answer }, world));
                wishes.extend(state.needs(world, true));
            }
            other => rest.push(other),
        }
    }
    (view, rest)
}

fn press(state: &mut State, world: &World, action: Action) -> (Option<HistoryView>, Vec<Wish>) {
    let wishes = state.update(Message::Action(action), world);
    settle(state, world, wishes)
}

fn ready() -> (State, World) {
    let (mut state, world) = (State::default(), world());
    settle(&mut state, &world, Vec::new());
    assert!(state.rows.total() > 3);
    (state, world)
}

#[test]
fn a_search_is_asked_for_while_it_is_typed_and_esc_shows_everything_again() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::Search);
    let wishes = state.update(Message::Key(Key::character('t')), &world);
    let (view, _) = settle(&mut state, &world, wishes);
    assert_eq!(view.unwrap().search, "t");
    press(&mut state, &world, Action::Confirm);
    let (view, _) = press(&mut state, &world, Action::Back);
    assert_eq!(view, Some(HistoryView::default()));
}

#[test]
fn what_a_job_did_can_be_undone_from_here_and_other_things_cannot() {
    let (mut state, world) = ready();
    let mut plans = 0;
    for _ in 0..state.rows.total() {
        let job = matches!(state.rows.chosen().unwrap().record.cause, crate::domain::Cause::Job { .. });
        let (_, wishes) = press(&mut state, &world, Action::Undo);
        match wishes.as_slice() {
            [Wish::Open(Opening::Planning { request: Request::PlanUndo { .. }, .. })] => {
                assert!(job);
                plans += 1;
            }
            [Wish::Toast(_)] => assert!(!job),
            other => panic!("{other:?}"),
        }
        press(&mut state, &world, Action::Down);
    }
    assert!(plans > 0);
}

#[test]
fn one_products_history_is_shown_when_somebody_asks_for_it() {
    let (mut state, world) = ready();
    let product = ProductId(ListingId(7));
    let wishes = state.update(Message::Told(Told::HistoryOf(product)), &world);
    let (view, _) = settle(&mut state, &world, wishes);
    assert_eq!(view.unwrap().product, Some(product));
    let (view, _) = press(&mut state, &world, Action::OfThis);
    assert_eq!(view.unwrap().product, None);
}

#[test]
fn the_last_line_says_what_the_columns_cut() {
    let (state, _) = ready();
    let mut row = state.rows.chosen().unwrap().clone();
    row.what = "order".to_owned();
    row.cause = "order #1001".to_owned();
    row.place = "giftshop.example".to_owned();
    row.record.old = None;
    row.record.new = Some("closed: 2 ordered, 2 shipped".to_owned());
    assert_eq!(in_full(&row), "order closed: 2 ordered, 2 shipped, order #1001 (giftshop.example)");
    row.record.old = Some("open: 2 ordered".to_owned());
    assert!(in_full(&row).starts_with("order open: 2 ordered → closed: 2 ordered, 2 shipped"));
}
