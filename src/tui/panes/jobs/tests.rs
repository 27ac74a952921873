//! The pane alone: messages in, wishes out.

use crate::domain::{JobId, JobState};
use crate::keys::Action;
use crate::protocol::{JobOrder, Request};
use crate::tui::tests::{Canned, NOW, world};
use crate::tui::wish::{Message, Opening, Pane, Told, Wish};
use crate::tui::world::World;

use super::State;

fn ready() -> (State, World) {
    let (mut state, world) = (State::default(), world());
    for wish in state.needs(&world, true) {
        if let Wish::Ask { about, number, request } = wish {
            let answer = Canned::new(NOW).answer(&request);
            state.update(Message::Answer { about, number, answer }, &world);
        }
    }
    (state, world)
}

fn at(state: &mut State, world: &World, wanted: JobState) -> JobId {
    state.update(Message::Action(Action::First), world);
    for _ in 0..20 {
        let row = state.rows.chosen().unwrap();
        if row.job.state == wanted {
            return row.job.id;
        }
        state.update(Message::Action(Action::Down), world);
    }
    panic!("no job is {wanted:?}");
}

#[test]
fn one_key_pauses_and_lets_go_on() {
    let (mut state, world) = ready();
    let order = |job, order| vec![Wish::Tell(Pane::Jobs, Told::Order(job, order))];
    let running = at(&mut state, &world, JobState::Running);
    assert_eq!(state.update(Message::Action(Action::Pause), &world), order(running, JobOrder::Pause));
    let paused = at(&mut state, &world, JobState::Paused);
    assert_eq!(state.update(Message::Action(Action::Pause), &world), order(paused, JobOrder::Resume));
    at(&mut state, &world, JobState::Done);
    assert!(matches!(state.update(Message::Action(Action::Pause), &world).as_slice(), [Wish::Toast(_)]));
}

#[test]
fn cancelling_asks_first_and_leaves_the_job_alone_by_default() {
    let (mut state, world) = ready();
    let running = at(&mut state, &world, JobState::Running);
    let wishes = state.update(Message::Action(Action::CancelJob), &world);
    let [Wish::Open(Opening::Question(question))] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert_eq!(question.answers[0].1, [Wish::Close]);
    let yes = &question.answers[question.yes.unwrap()].1;
    assert_eq!(*yes, [Wish::Tell(Pane::Jobs, Told::Order(running, JobOrder::Cancel)), Wish::Close]);
}

#[test]
fn only_ended_jobs_are_cleared_away_and_only_troubled_ones_tried_again() {
    let (mut state, world) = ready();
    at(&mut state, &world, JobState::Running);
    for action in [Action::ForgetJob, Action::RetryFailed] {
        assert!(matches!(state.update(Message::Action(action), &world).as_slice(), [Wish::Toast(_)]), "{action:?}");
    }
    // The first that is done has failed steps.
    let done = at(&mut state, &world, JobState::Done);
    let order = |order| vec![Wish::Tell(Pane::Jobs, Told::Order(done, order))];
    assert_eq!(state.update(Message::Action(Action::RetryFailed), &world), order(JobOrder::RetryFailed));
    assert_eq!(state.update(Message::Action(Action::ForgetJob), &world), order(JobOrder::Forget));
}

#[test]
fn orders_are_sent_even_while_another_pane_is_shown() {
    let (mut state, world) = ready();
    state.update(Message::Told(Told::Order(JobId(5), JobOrder::Resume)), &world);
    state.update(Message::Told(Told::Order(JobId(6), JobOrder::Pause)), &world);
    let wishes = state.needs(&world, false);
    let [Wish::Ask { request, .. }] = wishes.as_slice() else { panic!("{wishes:?}") };
    assert_eq!(*request, Request::Order { job: JobId(5), order: JobOrder::Resume });
    assert_eq!(state.needs(&world, false), []);
}

#[test]
fn enter_looks_inside() {
    let (mut state, world) = ready();
    let wishes = state.update(Message::Action(Action::Open), &world);
    assert_eq!(wishes, [Wish::Open(Opening::Steps(JobId(8)))]);
}
