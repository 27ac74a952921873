//! The pane alone: messages in, wishes out; and the choices as pure data.

use proptest::prelude::*;

use crate::domain::Side;
use crate::keys::Action;
use crate::protocol::{LinkOf, LinkSelection, Rejected, Reply, ReportTab, ReportView, Request};
use crate::tui::tests::{Canned, NOW, world};
use crate::tui::wish::{Message, Opening, Told, Wish};
use crate::tui::world::World;

use super::State;
use super::choices::{Choice, Choices, Pair};
use super::state::pair;

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

fn rows() -> Vec<Pair> {
    Canned::new(NOW).candidates.iter().filter_map(pair).collect()
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
    assert_eq!(state.ticks().count(238), 100);
    assert!(state.ticks().selection().choices.iter().all(|choice| choice.ticked && choice.primary == Side::Online));
    // One row is changed back, without losing its tick.
    press(&mut state, &world, Action::Primary);
    assert_eq!(state.ticks().of(rows()[0]), Choice { ticked: true, primary: Side::InStore });
    press(&mut state, &world, Action::SelectPage);
    assert_eq!(state.ticks().count(238), 0);
}

#[test]
fn the_whole_report_is_one_word_and_single_rows_say_for_themselves() {
    let (mut state, world) = ready();
    let (_, wishes) = press(&mut state, &world, Action::WholeReport);
    let [Wish::Open(Opening::Question(question))] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert!(question.answers[0].0.starts_with("Leave"), "the first answer changes nothing: {question:?}");
    assert!(question.answers[1].0.contains("tick all 238"));
    state.update(Message::Told(Told::WholeReport(Side::Online)), &world);
    assert_eq!(state.ticks().count(238), 238);
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
    assert_eq!(state.ticks().selection(), LinkSelection { everything: None, choices: Vec::new() });
}

#[test]
fn what_a_search_found_is_ticked_row_by_row() {
    let (mut state, world) = ready();
    state.update(Message::Paste("teapot".to_owned()), &world);
    press(&mut state, &world, Action::Confirm);
    assert_eq!(state.rows.total(), 12);
    state.update(Message::Told(Told::EverythingFound(Side::Online)), &world);
    settle(&mut state, &world, Vec::new());
    assert_eq!((state.ticks().everything(), state.ticks().count(238)), (None, 12));
    // It stays so when the search is gone.
    press(&mut state, &world, Action::Back);
    assert_eq!((state.rows.total(), state.ticks().count(238)), (238, 12));
}

#[test]
fn a_range_reaches_over_pages() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::Range);
    press(&mut state, &world, Action::NextPage);
    press(&mut state, &world, Action::NextPage);
    press(&mut state, &world, Action::Range);
    assert_eq!(state.ticks().count(238), 201);
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
    press(&mut state, &world, Action::NextTab);
    press(&mut state, &world, Action::NextTab);
    assert_eq!((state.rows.view().tab, state.rows.total()), (ReportTab::WithoutCandidate, 38));
    press(&mut state, &world, Action::Toggle);
    press(&mut state, &world, Action::PagePrimaryPos);
    assert!(state.ticks().is_empty());
    for action in [Action::Open, Action::WhyNot] {
        let (_, wishes) = press(&mut state, &world, action);
        assert!(matches!(wishes.as_slice(), [Wish::Open(Opening::Why(LinkOf::Listing(_), _))]), "{wishes:?}");
    }
    // Only what shows something is offered, and then the whole list again.
    let mut totals = Vec::new();
    for _ in 0..6 {
        press(&mut state, &world, Action::NextFilter);
        totals.push(state.rows.total());
    }
    assert_eq!(totals, [13, 13, 13, 12, 0, 38], "by reason; nothing is rejected; none");
    press(&mut state, &world, Action::PreviousFilter);
    press(&mut state, &world, Action::PreviousFilter);
    assert_eq!(state.rows.total(), 12);
}

#[test]
fn a_field_that_is_in_the_way_is_mended_with_one_key_and_a_choice() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::PreviousTab);
    press(&mut state, &world, Action::PreviousTab);
    let (_, wishes) = press(&mut state, &world, Action::Mend);
    let [Wish::Open(Opening::Question(question))] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert!(question.answers[0].0.starts_with("Leave"));
    assert_eq!(question.answers[1].0, "Set the price on Kaffee Online to 19.90 EUR");
    let [Wish::Close, Wish::Open(Opening::Planning { request, .. })] = question.answers[1].1.as_slice() else {
        panic!("{question:?}")
    };
    assert!(matches!(request, Request::PlanMend { mends } if mends.len() == 1));
    press(&mut state, &world, Action::Down);
    assert!(state.lacks(Action::Mend), "no edit helps against another structure");
    let (_, wishes) = press(&mut state, &world, Action::Mend);
    assert!(matches!(wishes.as_slice(), [Wish::Toast(_)]));
}

#[test]
fn suggestions_have_ticks_of_their_own() {
    let (mut state, world) = ready();
    state.update(Message::Told(Told::WholeReport(Side::InStore)), &world);
    press(&mut state, &world, Action::NextTab);
    assert_eq!((state.rows.view().tab, state.rows.total()), (ReportTab::Suggestions, 41));
    assert!(state.ticks().is_empty(), "all candidates are no suggestion");
    press(&mut state, &world, Action::Toggle);
    press(&mut state, &world, Action::Toggle);
    let (asked, _) = press(&mut state, &world, Action::Link);
    let [Request::PlanLink { selection }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((&selection.everything, selection.choices.len()), (&None, 2));
    state.update(Message::Told(Told::WholeReport(Side::Online)), &world);
    let (asked, _) = press(&mut state, &world, Action::Link);
    let [Request::PlanLink { selection }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(selection.everything, Some((ReportView::of(ReportTab::Suggestions), Side::Online)));
    press(&mut state, &world, Action::PreviousTab);
    assert_eq!(state.ticks().everything(), Some(Side::InStore));
    let (asked, _) = press(&mut state, &world, Action::Link);
    let [Request::PlanLink { selection }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(selection.everything, Some((ReportView::default(), Side::InStore)));
}

#[test]
fn what_a_filter_shows_is_ticked_row_by_row() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::NextFilter);
    assert_eq!(state.rows.total(), 119, "by barcode");
    let (_, wishes) = press(&mut state, &world, Action::WholeReport);
    let [Wish::Open(Opening::Question(question))] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert!(question.answers.iter().any(|(words, _)| words.contains("only the 119 matched by barcode")));
    state.update(Message::Told(Told::EverythingFound(Side::InStore)), &world);
    settle(&mut state, &world, Vec::new());
    assert_eq!((state.ticks().everything(), state.ticks().count(238)), (None, 119));
    press(&mut state, &world, Action::Back);
    assert_eq!(state.rows.total(), 238);
}

#[test]
fn accepting_plans_the_row_and_rejecting_is_taken_back() {
    let (mut state, world) = ready();
    press(&mut state, &world, Action::NextTab);
    let first = state.rows.chosen().and_then(pair).unwrap();
    let (asked, _) = press(&mut state, &world, Action::Accept);
    let [Request::PlanLink { selection }] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(selection.everything.is_none());
    assert_eq!((selection.choices[0].in_store, selection.choices[0].online), first);
    let (asked, wishes) = press(&mut state, &world, Action::Reject);
    assert!(matches!(asked.as_slice(), [Request::RejectPairs { selection }] if selection.choices.len() == 1));
    assert!(matches!(wishes.as_slice(), [Wish::Toast(notice)] if notice.text.contains("1 pair rejected; u takes")));
    let (asked, _) = press(&mut state, &world, Action::TakeBack);
    assert_eq!(asked, [Request::AllowPairs { which: Rejected::Last }]);
    // With ticks it is asked which are meant.
    press(&mut state, &world, Action::SelectPage);
    let (asked, wishes) = press(&mut state, &world, Action::Reject);
    assert_eq!(asked, []);
    let [Wish::Open(Opening::Question(question))] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert!(question.answers[0].0.starts_with("Leave") && question.answers[2].0.contains("41 pairs"), "{question:?}");
    let wishes = state.update(Message::Told(Told::RejectTicked), &world);
    let (asked, _) = settle(&mut state, &world, wishes);
    assert!(matches!(&asked[0], Request::RejectPairs { selection } if selection.choices.len() == 41), "{asked:?}");
    assert!(state.ticks().is_empty());
    // In the list of rejected pairs the one under the cursor is meant.
    press(&mut state, &world, Action::NextTab);
    press(&mut state, &world, Action::NextTab);
    let (in_store, online) = state.rows.chosen().and_then(pair).unwrap();
    let (asked, _) = press(&mut state, &world, Action::TakeBack);
    assert_eq!(asked, [Request::AllowPairs { which: Rejected::Pair { in_store, online } }]);
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
        let rows: Vec<Pair> = rows().into_iter().take(30).collect();
        let mut choices = Choices::default();
        let mut plain = vec![Choice { ticked: false, primary: Side::InStore }; 30];
        for deed in deeds {
            match deed {
                Deed::Toggle(at) => {
                    choices.toggle(rows[at]);
                    plain[at].ticked ^= true;
                }
                Deed::Turn(at) => {
                    choices.turn_primary(rows[at]);
                    plain[at].primary = plain[at].primary.other();
                }
                Deed::Tick(a, b, side) => {
                    let (a, b) = (a.min(b), a.max(b));
                    choices.tick(rows[a..b].iter().copied(), side);
                    for choice in &mut plain[a..b] {
                        *choice = Choice { ticked: true, primary: side.unwrap_or(choice.primary) };
                    }
                }
                Deed::ToggleAll(a, b) => {
                    let (a, b) = (a.min(b), a.max(b));
                    choices.toggle_all(&rows[a..b]);
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
            prop_assert_eq!(choices.of(*row), *wanted);
        }
        prop_assert_eq!(choices.count(30), plain.iter().filter(|choice| choice.ticked).count() as u64);
        // As the engine reads it.
        let selection = choices.selection();
        for (row, wanted) in rows.iter().zip(&plain) {
            let said = selection.choices.iter().find(|choice| (choice.in_store, choice.online) == *row);
            let read = match (said, &selection.everything) {
                (Some(choice), _) => choice.ticked.then_some(choice.primary),
                (None, Some((_, side))) => Some(*side),
                (None, None) => None,
            };
            prop_assert_eq!(read, wanted.ticked.then_some(wanted.primary));
        }
    }
}
