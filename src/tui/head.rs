//! The first lines: who is connected and how, how old the data is, what runs; the tabs; and the banner when the engine
//! is gone. And the last line: the keys that matter here.

use std::ops::Range;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::{ConnectionState, Timestamp};
use crate::keys::{Action, Place};
use crate::protocol::{ConnectionRow, Status};
use crate::rules::gauge;

use super::reader::keys_aloud as keys_said;
use super::widgets::{highlight, piece, put, put_line, put_right, text};
use super::wish::Pane;
use super::words::{ago, connection_state, count, counted, lasting};
use super::world::{Attachment, World};

/// How much is said of each connection, from much to little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    Names,
    Shortened,
    Marks,
    Troubled,
    /// Not even the age of the data.
    Bare,
}

/// From much to little: whether the program's name stands there, what is said of the connections, and whether the
/// running jobs are said here too (the tab says them in any case).
const HEADERS: [(bool, Detail, bool); 8] = [
    (true, Detail::Names, true),
    (true, Detail::Shortened, true),
    (true, Detail::Shortened, false),
    (true, Detail::Marks, true),
    (true, Detail::Marks, false),
    (false, Detail::Marks, false),
    (false, Detail::Troubled, false),
    (false, Detail::Bare, false),
];

pub fn header(area: Rect, buffer: &mut Canvas, world: &World) {
    let theme = world.theme;
    let (mut line, mut right) = (Line::default(), Line::default());
    'fits: for (named, detail, with_jobs) in HEADERS {
        right = running(world, with_jobs);
        // The gauges give way before anything else, and have whatever room is left.
        for gauges in [true, false] {
            let name = named.then(|| piece(" counterpart ", theme.strong()));
            line = Line::from(name.into_iter().chain(connections(world, detail, gauges)).collect::<Vec<_>>());
            if line.width() + right.width() <= usize::from(area.width) {
                break 'fits;
            }
        }
    }
    let right_width = u16::try_from(right.width()).unwrap_or(0);
    put_line(buffer, area.x, area.y, &line, area.width.saturating_sub(right_width));
    put_right(buffer, Rect { height: 1, ..area }, &right);
}

fn connections(world: &World, detail: Detail, gauges: bool) -> Vec<Span<'static>> {
    let theme = world.theme;
    let mut pieces = Vec::new();
    let Some(status) = &world.status else {
        let words = match world.attachment {
            Attachment::Attaching => "waiting for the engine…",
            Attachment::Attached | Attachment::Lost { .. } => "",
        };
        return vec![piece(words, theme.quiet())];
    };
    for row in &status.connections {
        let (sign, state) = connection_state(row, world.now);
        let (style, well) = match row.state {
            ConnectionState::Online if row.login_ends.is_some() => (theme.warning(), false),
            ConnectionState::Online => (theme.good(), true),
            ConnectionState::Unknown => (theme.quiet(), true),
            ConnectionState::Offline { .. } => (theme.warning(), false),
            ConnectionState::NeedsLogin { .. } => (theme.bad(), false),
        };
        match rate(row, world).filter(|_| gauges) {
            Some(gauge) => {
                pieces.extend([piece(format!(" {}", row.mark), theme.side(row.side)), gauge, piece(" ", theme.plain())])
            }
            None => pieces.push(piece(format!(" {} ", row.mark), theme.side(row.side))),
        }
        match detail {
            Detail::Names | Detail::Shortened => {
                let most = if detail == Detail::Names { 24 } else { 12 };
                pieces.push(piece(format!("{} ", text::cut(&row.name, most)), theme.plain()));
                pieces.push(piece(format!("{sign} {state} "), style));
            }
            Detail::Marks => pieces.push(piece(format!("{sign} {state} "), style)),
            Detail::Troubled | Detail::Bare if well => pieces.push(piece(sign, style)),
            Detail::Troubled | Detail::Bare => {
                let word = state.split(" for ").next().and_then(|word| word.split(" in ").next()).unwrap_or_default();
                let word = word.to_owned();
                pieces.push(piece(format!("{sign} {word}"), style));
            }
        }
    }
    if status.connections.is_empty() {
        pieces.push(piece(" no shop connected", theme.quiet()));
    } else if let Some(oldest) = oldest(status).filter(|_| detail != Detail::Bare) {
        pieces.push(piece(format!(" read {}", ago(world.now, oldest)), theme.quiet()));
    }
    pieces
}

/// How much is used of what the platform allows, in one cell; `None` where nobody knows, or wants to know. The popup with
/// the connections says it in words. Only while a job runs or the platform makes us wait: otherwise each look that finds
/// nothing would move it, and a screen that shows nothing new sends nothing.
fn rate(row: &ConnectionRow, world: &World) -> Option<Span<'static>> {
    let used = row.rate.as_ref().filter(|_| world.preferences.gauges)?;
    let waits = gauge::has_to_wait(used, world.now);
    if !waits && world.status.as_ref().is_none_or(|status| status.jobs_running == 0) {
        return None;
    }
    let style = if waits { world.theme.warning() } else { world.theme.quiet() };
    Some(piece(gauge::cell(row.gauge, used, world.now, world.theme.ascii).to_string(), style))
}

/// The age of the data is that of its oldest part.
fn oldest(status: &Status) -> Option<Timestamp> {
    status.connections.iter().filter_map(|connection| connection.read_at).min()
}

fn running(world: &World, with_jobs: bool) -> Line<'static> {
    let theme = world.theme;
    let Some(status) = &world.status else { return Line::default() };
    let mut pieces = Vec::new();
    if !with_jobs {
    } else if status.jobs_running > 0 {
        pieces.push(piece(format!(" {} running", counted(status.jobs_running, "job")), theme.accent()));
    } else if status.jobs_waiting > 0 {
        pieces.push(piece(format!(" {} waiting", counted(status.jobs_waiting, "job")), theme.quiet()));
    }
    if !world.troubles.is_empty() {
        let key = world.key(Place::Everywhere, Action::Troubles);
        pieces.push(piece(format!("  {key} "), theme.key()));
        pieces.push(piece(counted(world.troubles.len() as u64, "trouble"), theme.bad()));
    }
    pieces.push(piece(" ", theme.plain()));
    Line::from(pieces)
}

/// What stands behind a pane's name.
fn number(pane: Pane, products: u64, world: &World) -> String {
    let status = world.status.as_ref();
    match pane {
        Pane::Products if products > 0 => count(products),
        Pane::Products => String::new(),
        Pane::Report => match status.and_then(|status| status.report.as_ref()) {
            Some(report) => count(report.candidates),
            None => String::new(),
        },
        Pane::Journal => String::new(),
        Pane::Jobs => {
            let Some(status) = status else { return String::new() };
            let mut words = Vec::new();
            if status.jobs_running > 0 {
                words.push(format!("{} running", count(status.jobs_running)));
            }
            if status.jobs_waiting > 0 && area_allows(world) {
                words.push(format!("{} waiting", count(status.jobs_waiting)));
            }
            if status.jobs_troubled > 0 {
                words.push(format!("{} in trouble", count(status.jobs_troubled)));
            }
            words.join(", ")
        }
    }
}

fn area_allows(world: &World) -> bool {
    world.screen.width >= 100
}

/// Gives the cells of each.
pub fn tabs(area: Rect, buffer: &mut Canvas, shown: Pane, products: u64, world: &World) -> Vec<(Pane, Range<u16>)> {
    let theme = world.theme;
    let named: u16 = Pane::ALL.iter().map(|pane| text::width(pane.title()) + 6).sum();
    let numbers: u16 = Pane::ALL.iter().map(|pane| text::width(&number(*pane, products, world)) + 1).sum();
    let with_numbers = named + numbers <= area.width;
    let mut x = area.x + 1;
    let mut tabs = Vec::new();
    for pane in Pane::ALL {
        let number = number(pane, products, world);
        let here = pane == shown;
        let start = x;
        let room = |x: u16| area.right().saturating_sub(x);
        x = put(buffer, x, area.y, &format!(" {} ", world.key(Place::Everywhere, pane.action())), room(x), theme.key());
        x = put(buffer, x, area.y, &format!("{} ", pane.title()), room(x), theme.strong());
        if with_numbers && !number.is_empty() {
            x = put(buffer, x, area.y, &format!("{number} "), room(x), theme.quiet());
        }
        if here {
            let tab = Rect { x: start, y: area.y, width: x - start, height: 1 };
            highlight(buffer, tab, theme.cursor());
        }
        tabs.push((pane, start..x));
        x += 2;
    }
    tabs
}

/// That the engine is gone, if it is.
pub fn lost(world: &World) -> Option<String> {
    let Attachment::Lost { since, why } = &world.attachment else { return None };
    let since = match world.now.seconds_since(*since) {
        0..60 => String::new(),
        _ => format!(" for {}", lasting(world.now, *since)),
    };
    Some(format!("The engine is gone{since}: {why}. Nothing is lost, it is looked for; what you see may be old"))
}

/// What the head says, for who listens: each connection, how old the data is, what runs.
pub fn aloud(world: &World) -> Vec<String> {
    let Some(status) = &world.status else {
        let waits = matches!(world.attachment, Attachment::Attaching);
        return waits.then(|| "waiting for the engine".to_owned()).into_iter().collect();
    };
    let mut said: Vec<String> = Vec::new();
    for row in &status.connections {
        said.push(format!("{} {}: {}", row.side.label(), row.name, connection_state(row, world.now).1));
    }
    match oldest(status) {
        _ if said.is_empty() => said.push("no shop connected".to_owned()),
        Some(oldest) => said.push(format!("read {}", ago(world.now, oldest))),
        None => {}
    }
    let jobs =
        [(status.jobs_running, "running"), (status.jobs_waiting, "waiting"), (status.jobs_troubled, "in trouble")];
    let jobs = jobs.iter().filter(|(number, _)| *number > 0);
    said.extend(jobs.map(|(number, how)| format!("{} {how}", counted(*number, "job"))));
    if !world.troubles.is_empty() {
        let key = keys_said(&world.key(Place::Everywhere, Action::Troubles));
        said.push(format!("{}: {key}", counted(world.troubles.len() as u64, "trouble")));
    }
    said
}

/// So many keys are said; the help has all.
const MOST_KEYS: usize = 9;

/// The keys worth knowing at a place, for who listens: `keys: help question mark, push p`.
pub fn keys_aloud(place: Place, lacks: &dyn Fn(Action) -> bool, world: &World) -> String {
    let known = worth_knowing(place).iter().filter(|action| !lacks(**action)).filter_map(|action| {
        let key = world.keymap.hint(place, *action)?;
        Some(format!("{} {}", label(place, *action), keys_said(&key)))
    });
    format!("keys: {}", known.take(MOST_KEYS).collect::<Vec<_>>().join(", "))
}

/// Says that the engine is gone. Nothing else on the screen stops working for that.
pub fn banner(area: Rect, buffer: &mut Canvas, world: &World) {
    let Some(lost) = lost(world) else { return };
    let words = format!(" ! {lost} ");
    put(buffer, area.x, area.y, &words, area.width, world.theme.bad());
    highlight(buffer, Rect { height: 1, ..area }, world.theme.cursor());
}

/// The keys worth knowing at a place, most wanted first; as many as fit. Gives the cells of each.
pub fn hints(
    area: Rect,
    buffer: &mut Canvas,
    place: Place,
    lacks: &dyn Fn(Action) -> bool,
    world: &World,
) -> Vec<(Action, Range<u16>)> {
    let theme = world.theme;
    let mut pieces: Vec<Span<'static>> = Vec::new();
    let mut room = usize::from(area.width);
    let mut shown = Vec::new();
    let mut x = area.x;
    for action in worth_knowing(place).iter().filter(|action| !lacks(**action)) {
        let Some(key) = world.keymap.hint(place, *action) else { continue };
        let key = piece(format!(" {key} "), theme.key());
        let label = piece(format!("{} ", label(place, *action)), theme.quiet());
        let width = key.width() + label.width();
        if width > room {
            continue;
        }
        room -= width;
        let end = x + u16::try_from(width).unwrap_or(0);
        shown.push((*action, x..end));
        x = end;
        pieces.extend([key, label]);
    }
    put_line(buffer, area.x, area.y, &Line::from(pieces), area.width);
    shown
}

/// Instead of the hints: the number that was typed, and what it is for.
pub fn counting(area: Rect, buffer: &mut Canvas, number: u32, world: &World) {
    let x = put(buffer, area.x, area.y, &format!(" {number} "), area.width, world.theme.key());
    let words = "rows or pages with the next key that moves; with g or G to this row; Esc: no number";
    put(buffer, x, area.y, words, area.right().saturating_sub(x), world.theme.quiet());
}

/// An action's word, where the place makes it another one.
fn label(place: Place, action: Action) -> &'static str {
    match (place, action) {
        (Place::Choice | Place::Plan, Action::Open) => "choose",
        (Place::CleanUp, Action::Open) => "mend",
        (Place::Pictures, Action::Open) => "try again",
        (Place::Pictures, Action::OpenPage) => "addresses",
        (Place::Columns, Action::Toggle) => "show or hide",
        (Place::Columns, Action::Left) => "narrower",
        (Place::Columns, Action::Right) => "wider",
        (Place::Typing | Place::Login, Action::Confirm) => "ok",
        (Place::Form, Action::Confirm) => "next, or press the button",
        (Place::Detail | Place::Form, Action::PageDown) => "scroll",
        (_, action) => action.label(),
    }
}

const fn worth_knowing(place: Place) -> &'static [Action] {
    use Action::{
        Accept, Adjust, Back, CancelJob, Confirm, Conflicts, Connect, Connections, Disconnect, Explain, ForgetJob,
        Help, HideSoldOut, Import, Link, Mend, NextFilter, NextPage, NextStatus, NextTab, OfThis, Open, PageDown,
        PagePrimaryOnline, PagePrimaryPos, Pause, Primary, Push, Quit, Range, RefreshReport, Reject, RetryFailed,
        Search, SelectAll, SelectPage, Settings, ShowHistory, Synchronize, Test, Toggle, Undo, Unlink, WholeReport,
        WhyNot,
    };
    match place {
        Place::Products => &[
            Help,
            Toggle,
            Push,
            Open,
            Search,
            NextFilter,
            NextStatus,
            Quit,
            Synchronize,
            WhyNot,
            Explain,
            Adjust,
            SelectPage,
            SelectAll,
            Range,
            HideSoldOut,
            Conflicts,
            Settings,
            Connections,
            Import,
        ],
        Place::Report => &[
            Help,
            NextTab,
            Toggle,
            Link,
            Accept,
            Reject,
            Mend,
            WhyNot,
            Primary,
            WholeReport,
            Quit,
            NextFilter,
            Open,
            PagePrimaryPos,
            PagePrimaryOnline,
            NextPage,
            Search,
            RefreshReport,
        ],
        Place::Why => &[Help, Back, Mend, PageDown],
        Place::Jobs => &[Help, Open, Pause, CancelJob, RetryFailed, Undo, ForgetJob, Quit, Import, Connections],
        Place::Journal => &[Help, Open, Search, OfThis, Undo, Quit],
        Place::Steps => &[Help, Back, NextFilter, Pause, CancelJob, RetryFailed],
        Place::Detail => {
            &[Help, Back, Toggle, Push, Explain, Action::Pictures, ShowHistory, Synchronize, Adjust, Unlink, PageDown]
        }
        Place::Plan => &[Help, Open, Confirm, NextFilter, Back],
        Place::Choice => &[Open, Back],
        Place::Connections => &[Help, Back, Action::Chart, Connect, Test, Disconnect],
        Place::Columns => &[Help, Toggle, Action::Left, Action::Right, Action::AsBuilt, Back],
        Place::Across => &[Help, Back, Toggle, Link, SelectAll, Search, Open],
        Place::CleanUp => &[Help, Back, Open, NextFilter, Action::Export, Action::CopyRow],
        Place::Pages => &[Help, Open, Action::Copy, Back],
        Place::Pictures => {
            &[Help, Back, Action::NextPicture, Action::PreviousPicture, Open, Action::Sharpen, Action::OpenPage]
        }
        Place::Form => &[Action::NextField, Test, Confirm, PageDown, Back],
        Place::Login => &[Confirm, Action::Copy, Back],
        Place::Letter => &[Back],
        Place::Typing => &[Confirm, Back],
        Place::List | Place::Everywhere => &[Help, Back, Quit],
    }
}
