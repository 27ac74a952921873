//! What a job looks like and what can be ordered of it: the same words in the Jobs pane and over its steps.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::domain::{Job, JobKind, JobState};
use crate::keys::Action;
use crate::protocol::{JobOrder, JobRow, NoticeLevel, Request};
use crate::rules::gauge;
use crate::rules::slices::SLICES;

use super::reader::Manner;
use super::widgets::{bar, piece, put, put_line, put_right};
use super::wish::{Opening, Pane, Question, Told, Wish};
use super::words::{about, ago, count, duration};
use super::world::World;

/// Lines that [`draw`] needs.
pub const LINES: u16 = 2;

/// The longest sparkline: a minute.
const MOST_CELLS: u16 = SLICES as u16;

fn state(job: &Job, world: &World) -> (&'static str, Style) {
    let theme = world.theme;
    let troubled = job.progress.failed + job.progress.parked > 0;
    match job.state {
        JobState::Queued => ("waiting", theme.quiet()),
        JobState::Running => ("running", theme.accent().patch(theme.strong())),
        JobState::Paused => ("paused", theme.warning()),
        JobState::Done if troubled => ("ended", theme.warning()),
        JobState::Done => ("done", theme.good()),
        JobState::Cancelled => ("cancelled", theme.quiet()),
    }
}

/// `31 of 50`; imports count listings, and at first do not know how many there are.
pub fn numbers(job: &Job) -> String {
    let done = count(job.progress.done);
    match (job.progress.total, &job.kind) {
        (Some(total), _) => format!("{done} of {}", count(total)),
        (None, JobKind::Import { .. }) => format!("{done} read"),
        (None, _) => done,
    }
}

/// `2 failed, 1 needs you`, if there is trouble.
pub fn trouble(job: &Job) -> Option<String> {
    let failed = job.progress.failed;
    let parked = job.progress.parked;
    match (failed, parked) {
        (0, 0) => None,
        (_, 0) => Some(format!("{} failed", count(failed))),
        (0, 1) => Some("1 needs you".to_owned()),
        (0, _) => Some(format!("{} need you", count(parked))),
        (_, 1) => Some(format!("{} failed, 1 needs you", count(failed))),
        (_, _) => Some(format!("{} failed, {} need you", count(failed), count(parked))),
    }
}

/// How fast it goes, when it will be ready or was, and what it waits for.
fn pace(row: &JobRow, world: &World) -> String {
    let job = &row.job;
    let mut words = Vec::new();
    match job.state {
        JobState::Running => {
            words.extend(row.per_minute.map(|rate| format!("{} per minute", count(rate))));
            words.extend(row.eta_seconds.map(|seconds| format!("ready in {}", about(seconds))));
            words.extend(job.started_at.map(|at| format!("started {}", ago(world.now, at))));
        }
        JobState::Queued | JobState::Paused => words.push(format!("asked for {}", ago(world.now, job.created_at))),
        JobState::Done | JobState::Cancelled => {
            if let (Some(from), Some(to)) = (job.started_at, job.ended_at) {
                words.push(format!("took {}", duration(to.seconds_since(from))));
            }
            words.extend(job.ended_at.map(|at| format!("ended {}", ago(world.now, at))));
        }
    }
    if job.progress.skipped > 0 {
        words.push(format!("{} skipped", count(job.progress.skipped)));
    }
    words.join(" · ")
}

/// How it went in the last minute; empty where nobody wants to see it, or where there is no bar either.
fn throughput(row: &JobRow, bar_width: u16, world: &World) -> String {
    match world.preferences.sparklines && bar_width > 0 {
        true => gauge::sparkline(&row.throughput, world.theme.ascii),
        false => String::new(),
    }
}

/// Two lines: state, title, bar and numbers; then pace and note, and at the end of it, where the words leave room, how it
/// went.
pub fn draw(buffer: &mut Canvas, area: Rect, row: &JobRow, world: &World) {
    buffer.tell_or_draw(|buffer| tell(buffer, row, world), |buffer| drawn(buffer, area, row, world));
}

/// The same for who listens: numbers run, what is told by itself is whether it runs and whether it is in trouble.
fn tell(buffer: &mut Canvas, row: &JobRow, world: &World) {
    let job = &row.job;
    let (word, _) = state(job, world);
    let trouble = trouble(job);
    let in_trouble = if trouble.is_some() { ", in trouble" } else { "" };
    buffer.state(&format!("{word}{in_trouble}"));
    buffer.say(Manner::Plain, format!("{word}: {}", job.title));
    buffer.say(Manner::Quiet, numbers(job));
    buffer.say_all(Manner::Plain, trouble.into_iter().chain(job.note.clone()));
    buffer.say(Manner::Quiet, pace(row, world));
}

fn drawn(buffer: &mut Canvas, area: Rect, row: &JobRow, world: &World) {
    let theme = world.theme;
    let job = &row.job;
    let (word, style) = state(job, world);
    let wide = area.width >= 100;
    let bar_width = match area.width {
        0..60 => 0,
        60..100 => 12,
        _ => 24,
    };
    let progress = &job.progress;
    let mut right = vec![];
    if bar_width > 0 {
        let gone = progress.done + progress.failed + progress.parked + progress.skipped;
        let style = if progress.failed + progress.parked > 0 { theme.warning() } else { theme.good() };
        right.push(piece(bar(gone, progress.total, bar_width), style));
    }
    let numbers = numbers(job);
    let width = if wide { 18 } else { 15 };
    right.push(piece(format!(" {numbers:>width$}"), theme.plain()));
    let right = Line::from(right);
    let right_width = u16::try_from(right.width()).unwrap_or(0).min(area.width);
    let left = area.width.saturating_sub(right_width + 1);
    let x = put(buffer, area.x, area.y, &format!("{word:<10}"), left, style);
    put(buffer, x, area.y, &job.title, left.saturating_sub(x - area.x), theme.strong());
    put_line(buffer, area.right() - right_width, area.y, &right, right_width);
    if area.height < 2 {
        return;
    }
    let (mut x, y) = (area.x + 10, area.y + 1);
    let room = |x: u16| area.right().saturating_sub(x);
    for (words, style) in [
        (trouble(job), theme.bad()),
        (job.note.clone(), theme.warning()),
        (Some(pace(row, world)).filter(|words| !words.is_empty()), theme.quiet()),
    ] {
        let Some(words) = words else { continue };
        if x > area.x + 10 {
            x = put(buffer, x, y, " · ", room(x), theme.quiet());
        }
        x = put(buffer, x, y, &words, room(x), style);
        if room(x) < 4 {
            break;
        }
    }
    let cells = throughput(row, bar_width, world);
    let style = if job.state == JobState::Running { theme.accent() } else { theme.quiet() };
    // Its newest slice stands at the edge.
    if !cells.is_empty() && room(x) > MOST_CELLS {
        put_right(buffer, Rect { y, height: 1, ..area }, &Line::styled(cells, style));
    }
}

/// What an action means for a job: an order, a question first, or a word why not.
pub fn ordered(action: Action, job: &Job) -> Option<Vec<Wish>> {
    let tell = |order| Wish::Tell(Pane::Jobs, Told::Order(job.id, order));
    let say = |words: &str| vec![Wish::toast(NoticeLevel::Info, words)];
    let troubled = job.progress.failed + job.progress.parked > 0;
    Some(match (action, job.state) {
        (Action::Pause, JobState::Queued | JobState::Running) => vec![tell(JobOrder::Pause)],
        (Action::Pause, JobState::Paused) => vec![tell(JobOrder::Resume)],
        (Action::Pause | Action::CancelJob, JobState::Done | JobState::Cancelled) => say("This job has ended already"),
        (Action::CancelJob, JobState::Queued | JobState::Running | JobState::Paused) => {
            let done = format!("{} done; that stays done. The rest is not begun any more.", numbers(job));
            vec![Wish::Open(Opening::Question(Question {
                title: "Cancel this job?".to_owned(),
                text: vec![job.title.clone(), done],
                answers: vec![
                    ("Let it go on".to_owned(), vec![Wish::Close]),
                    ("Cancel the job".to_owned(), vec![tell(JobOrder::Cancel), Wish::Close]),
                ],
                yes: Some(1),
            }))]
        }
        (Action::RetryFailed, _) if troubled => vec![tell(JobOrder::RetryFailed)],
        (Action::RetryFailed, _) => say("Nothing failed in this job"),
        (Action::Undo, JobState::Done | JobState::Cancelled) if !matches!(job.kind, JobKind::Import { .. }) => {
            let request = Request::PlanUndo { job: job.id };
            vec![Wish::Open(Opening::Planning { request, title: format!("Undo “{}”", job.title) })]
        }
        (Action::Undo, JobState::Done | JobState::Cancelled) => {
            say("An import has written nothing; there is nothing to undo")
        }
        (Action::Undo, _) => say("Only a job that has ended can be undone; cancel it first"),
        (Action::ForgetJob, JobState::Done | JobState::Cancelled) => vec![tell(JobOrder::Forget)],
        (Action::ForgetJob, _) => say("Only a job that has ended can be cleared away"),
        _ => return None,
    })
}
