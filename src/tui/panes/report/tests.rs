//! The pane alone: messages in, wishes out; and the choices as pure data.

use proptest::prelude::*;

use crate::domain::Side;
use crate::keys::Action;
use crate::protocol::{CandidateRow, LinkSelection, Reply, ReportRow, ReportTab, ReportView, Request};
use crate::tui::tests::{Canned, NOW, world};
use crate::tui::wish::{Message, Opening, Told, Wish};
use crate::tui::world::World;

use super::State;
use super::choices::{Choice, Choices};

fn settle(state: &mut State, world: &World, first: Vec<Wish>) -> (Vec<Request>, Vec<Wish>) {
    let canned = Canned::new(NOW);
    let (mut asked, mut rest) = (Vec::new(), Vec::new());
    let mut wishes = first;
    wishes.extend(state.needs(world, true));
    while let Some(wish) = wishes.pop() {
        match wish {
            Wish::Ask { about, number, request } => {
                let answer = canned.answer(&request);
                asked.push(request);
                wishes.extend(state.update(Message::Answer { about, number, answer }, world));
                wishes.extend(state.needs(world, true));
            }
            other => rest.push(other),
        }
        assert!(asked.len() < 100, "it never stops asking");
    }
    (asked, rest)
}

fn press(state: &mut State, world: &World, action: Action) -> (Vec<Request>, Vec<Wish>) {
    let wishes = state.update(Message::Action(action), world);
    settle(state, world, wishes)
}

fn ready() -> (State, World) {
    let (mut state, world) = (State::default(), world());
    settle(&mut state, &world, Vec::new());
    (state, world)
}

fn rows() -> Vec<CandidateRow> {
    let rows = Canned::new(NOW).candidates.into_iter();
    rows.filter_map(|row| match row {
        ReportRow::Candidate(row) => Some(row),
        ReportRow::WithoutCandidate { .. } => None,
    })
    .collect()
}

#[test]
fn pages_are_of_a_hundred() {
    let (mut state, world) = ready();
    assert_eq!(state.rows.page_of(), (1, 3));
    assert_eq!(state.rows.here().count(), 100);
    let (asked, _) = press(&mut state, &world, Action::NextPage);
    assert!(
        matches!(asked.as_slice(), [Request::Report { window, .. }] if (window.offset, window.limit) == (100, 100))
    );
    assert_eq!((state.rows.page_of(), state.rows.cursor()), ((2, 3), 100));
    press(&mut state, &world, Action::NextPage);
    assert_eq!(state.rows.here().count(), 38);
    press(&mut state, &world, Action::NextPage);
    assert_eq!(state.rows.page_of(), (3, 3));
    press(&mut state, &world, Action::PreviousPage);
    press(&mut state, &world, Action::Up);
    // Over the edge of a page the cursor comes to the one before.
    assert_eq!((state.rows.page_of(), state.rows.cursor()), ((1, 3), 99));
}

#[test]
fn a_pages_primary_system_ticks_the_page_as_the_seeds_have_it() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::PagePrimaryOnline);
    assert_eq!(state.choices.count(238), 100);
    assert!(state.choices.selection().choices.iter().all(|choice| choice.ticked && choice.primary == Side::Online));
    // One row is changed back, without losing its tick.
    press(&mut state, &world, Action::Primary);
    assert_eq!(state.choices.of(&rows()[0]), Choice { ticked: true, primary: Side::InStore });
    press(&mut state, &world, Action::SelectPage);
    assert_eq!(state.choices.count(238), 0);
}

#[test]
fn the_whole_report_is_one_word_and_single_rows_say_for_themselves() {
    let (mut state, world) = ready();
    let (_, wishes) = press(&mut state, &world, Action::WholeReport);
    let [Wish::Open(Opening::Question(question))] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert!(question.answers[0].0.starts_with("Leave"), "the first answer changes nothing: {question:?}");
    assert!(question.answers[1].0.contains("tick all 238"));
    state.update(Message::Told(Told::WholeReport(Side::Online)), &world);
    assert_eq!(state.choices.count(238), 238);
    press(&mut state, &world, Action::Toggle);
    press(&mut state, &world, Action::Primary);
    let (asked, wishes) = press(&mut state, &world, Action::Link);
    let [Request::PlanLink { selection }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(selection.everything, Some((ReportView::default(), Side::Online)));
    let said: Vec<_> = selection.choices.iter().map(|choice| (choice.ticked, choice.primary)).collect();
    assert_eq!(said, [(false, Side::Online), (true, Side::InStore)]);
    let [Wish::Open(Opening::Plan(plan))] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert_eq!(plan.title, "Link 237 items");
    state.update(Message::Told(Told::Linked), &world);
    assert_eq!(state.choices.selection(), LinkSelection { everything: None, choices: Vec::new() });
}

#[test]
fn what_a_search_found_is_ticked_row_by_row() {
    let (mut state, world) = ready();
    state.update(Message::Paste("teapot".to_owned()), &world);
    press(&mut state, &world, Action::Confirm);
    assert_eq!(state.rows.total(), 12);
    state.update(Message::Told(Told::EverythingFound(Side::Online)), &world);
    settle(&mut state, &world, Vec::new());
    assert_eq!((state.choices.everything(), state.choices.count(238)), (None, 12));
    // It stays so when the search is gone.
    press(&mut state, &world, Action::Back);
    assert_eq!((state.rows.total(), state.choices.count(238)), (238, 12));
}

#[test]
fn a_range_reaches_over_pages() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::Range);
    press(&mut state, &world, Action::NextPage);
    press(&mut state, &world, Action::NextPage);
    press(&mut state, &world, Action::Range);
    assert_eq!(state.choices.count(238), 201);
    assert!(!state.gathers());
}

#[test]
fn nothing_ticked_is_said_and_nothing_is_asked() {
    let (mut state, world) = ready();
    let (asked, wishes) = press(&mut state, &world, Action::Link);
    assert_eq!(asked, []);
    assert!(
        matches!(wishes.as_slice(), [Wish::Toast(notice)] if notice.text.contains("Nothing is ticked")),
        "{wishes:?}"
    );
}

#[test]
fn what_cannot_be_linked_has_its_reasons_and_no_ticks() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::WhyNot);
    assert_eq!((state.rows.view().tab, state.rows.total()), (ReportTab::WithoutCandidate, 38));
    press(&mut state, &world, Action::Toggle);
    press(&mut state, &world, Action::PagePrimaryPos);
    assert!(state.choices.is_empty());
    let (_, wishes) = press(&mut state, &world, Action::Open);
    assert!(matches!(wishes.as_slice(), [Wish::Open(Opening::Reasons(_))]));
}

#[test]
fn a_refresh_is_asked_once_and_told() {
    let (mut state, world) = ready();
    let first = state.update(Message::Action(Action::RefreshReport), &world);
    let second = state.update(Message::Action(Action::RefreshReport), &world);
    let [Wish::Ask { about, number, request: Request::RefreshReport }] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!(second, []);
    let told = state.update(Message::Answer { about: *about, number: *number, answer: Ok(Reply::Done) }, &world);
    assert!(matches!(told.as_slice(), [Wish::Toast(_)]));
}

#[derive(Debug, Clone)]
enum Deed {
    Toggle(usize),
    Turn(usize),
    Tick(usize, usize, Option<Side>),
    ToggleAll(usize, usize),
    Everything(Side),
    Clear,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let row = 0usize..30;
    let side = prop::sample::select(vec![Side::InStore, Side::Online]);
    let deed = prop_oneof![
        row.clone().prop_map(Deed::Toggle),
        row.clone().prop_map(Deed::Turn),
        (row.clone(), row.clone(), prop::option::of(side.clone())).prop_map(|(a, b, side)| Deed::Tick(a, b, side)),
        (row.clone(), row).prop_map(|(a, b)| Deed::ToggleAll(a, b)),
        side.prop_map(Deed::Everything),
        Just(Deed::Clear),
    ];
    prop::collection::vec(deed, 0..40)
}

proptest! {
    /// The short form that the engine is told means the same as a list of all rows with a state each.
    #[test]
    fn choices_mean_what_was_chosen(deeds in deeds()) {
        let rows: Vec<CandidateRow> = rows().into_iter().take(30).collect();
        let mut choices = Choices::default();
        let mut plain = vec![Choice { ticked: false, primary: Side::InStore }; 30];
        for deed in deeds {
            match deed {
                Deed::Toggle(at) => {
                    choices.toggle(&rows[at]);
                    plain[at].ticked ^= true;
                }
                Deed::Turn(at) => {
                    choices.turn_primary(&rows[at]);
                    plain[at].primary = plain[at].primary.other();
                }
                Deed::Tick(a, b, side) => {
                    let (a, b) = (a.min(b), a.max(b));
                    choices.tick(&rows[a..b], side);
                    for choice in &mut plain[a..b] {
                        *choice = Choice { ticked: true, primary: side.unwrap_or(choice.primary) };
                    }
                }
                Deed::ToggleAll(a, b) => {
                    let (a, b) = (a.min(b), a.max(b));
                    choices.toggle_all(&rows[a..b].iter().collect::<Vec<_>>());
                    let ticked = !plain[a..b].iter().all(|choice| choice.ticked);
                    plain[a..b].iter_mut().for_each(|choice| choice.ticked = ticked);
                }
                Deed::Everything(side) => {
                    choices.tick_everything(side);
                    plain.fill(Choice { ticked: true, primary: side });
                }
                Deed::Clear => {
                    choices.clear();
                    plain.fill(Choice { ticked: false, primary: Side::InStore });
                }
            }
        }
        for (row, wanted) in rows.iter().zip(&plain) {
            prop_assert_eq!(choices.of(row), *wanted);
        }
        prop_assert_eq!(choices.count(30), plain.iter().filter(|choice| choice.ticked).count() as u64);
        // As the engine reads it.
        let selection = choices.selection();
        for (row, wanted) in rows.iter().zip(&plain) {
            let pair = (row.in_store.listing, row.online.listing);
            let said = selection.choices.iter().find(|choice| (choice.in_store, choice.online) == pair);
            let read = match (said, &selection.everything) {
                (Some(choice), _) => choice.ticked.then_some(choice.primary),
                (None, Some((_, side))) => Some(*side),
                (None, None) => None,
            };
            prop_assert_eq!(read, wanted.ticked.then_some(wanted.primary));
        }
    }
}
