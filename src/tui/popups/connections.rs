//! The connections: how each one is, what it can promise, and the way to another one.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::ConnectionState;
use crate::keys::{Action, Place};
use crate::protocol::{ConnectionRow, NoticeLevel, Reply, Request};
use crate::rules::gauge;
use crate::tui::rows::Slot;
use crate::tui::widgets::{self, framed, piece, put, text};
use crate::tui::wish::{About, Message, Opening, Question, Wish};
use crate::tui::words::{ago, connection_state, counted};
use crate::tui::world::World;

use super::Popup;

#[derive(Debug, Default)]
pub struct State {
    cursor: usize,
    import: Slot,
}

impl State {
    fn chosen<'a>(&self, world: &'a World) -> Option<&'a ConnectionRow> {
        world.connections().get(self.cursor.min(world.connections().len().saturating_sub(1)))
    }

    fn disconnect(row: &ConnectionRow) -> Vec<Wish> {
        let text = vec![
            format!("{}, with {}.", row.name, counted(row.listings, "product")),
            "counterpart forgets its products and links. Nothing is changed in the shop, and quantities are no longer \
             kept in step with it."
                .to_owned(),
        ];
        let request = Request::Disconnect { connection: row.id };
        let answers = vec![
            ("Keep it connected".to_owned(), vec![Wish::Close]),
            (
                format!("Disconnect {}", row.name),
                vec![Wish::Ask { about: About::Disconnect, number: 1, request }, Wish::Close],
            ),
        ];
        let title = "Disconnect this shop?".to_owned();
        vec![Wish::Open(Opening::Question(Question { title, text, answers, yes: Some(1) }))]
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Connections
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        let last = world.connections().len().saturating_sub(1);
        match message {
            Message::Action(action) => match action {
                Action::Down => self.cursor = (self.cursor + 1).min(last),
                Action::Up => self.cursor = self.cursor.min(last).saturating_sub(1),
                Action::First => self.cursor = 0,
                Action::Last => self.cursor = last,
                Action::Back => return vec![Wish::Close],
                Action::Chart => {
                    let chart = |row: &ConnectionRow| Wish::Open(Opening::Chart(row.platform.clone()));
                    return self.chosen(world).map(chart).into_iter().collect();
                }
                Action::Disconnect => return self.chosen(world).map(Self::disconnect).unwrap_or_default(),
                Action::Test => {
                    if let Some(row) = self.chosen(world)
                        && let Some(number) = self.import.ask()
                    {
                        let request = Request::Import { connection: Some(row.id), full: false };
                        return vec![Wish::Ask { about: About::Import, number, request }];
                    }
                }
                _ => {}
            },
            Message::Answer { about: _, number, answer } => {
                if self.import.take(number) {
                    let key = world.key(Place::Everywhere, Action::ShowJobs);
                    return match answer {
                        Ok(Reply::Started { .. }) => {
                            let text = format!("The shop is being called and read; {key} shows what it says");
                            vec![Wish::toast(NoticeLevel::Info, text)]
                        }
                        answer => Wish::unanswered("The shop could not be called", &answer),
                    };
                }
            }
            Message::Attached => self.import.forget(),
            Message::Key(_) | Message::Paste(_) | Message::Changed(_) | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let inner = framed(buffer, area, "Connections", theme);
        if world.connections().is_empty() {
            let key = world.key(Place::Connections, Action::Connect);
            let words = match world.status {
                Some(_) => format!("No shop is connected yet; {key} connects one"),
                None => "Reading…".to_owned(),
            };
            put(buffer, inner.x, inner.y, &words, inner.width, theme.plain());
            return;
        }
        let blocks: Vec<Vec<Line<'static>>> =
            world.connections().iter().map(|row| block(row, inner.width, world)).collect();
        widgets::blocks(buffer, inner, &blocks, self.cursor.min(blocks.len().saturating_sub(1)), theme);
    }
}

fn block(row: &ConnectionRow, width: u16, world: &World) -> Vec<Line<'static>> {
    let theme = world.theme;
    let (sign, state) = connection_state(row, world.now);
    let style = match &row.state {
        ConnectionState::Online if row.login_ends.is_some() => theme.warning(),
        ConnectionState::Online => theme.good(),
        ConnectionState::Unknown => theme.quiet(),
        ConnectionState::Offline { .. } => theme.warning(),
        ConnectionState::NeedsLogin { .. } => theme.bad(),
    };
    let mut lines = vec![Line::from(vec![
        piece(format!("{} ", row.mark), theme.side(row.side)),
        piece(format!("{}  ", row.name), theme.strong()),
        piece(format!("{sign} {state}"), style),
        piece(format!("  {} · {}", row.side.label(), row.platform), theme.quiet()),
    ])];
    let mut add = |words: String, style| {
        for line in text::wrapped(&words, width.saturating_sub(3)) {
            lines.push(Line::from(piece(format!("   {line}"), style)));
        }
    };
    match &row.state {
        ConnectionState::Offline { why, .. } => add(why.clone(), theme.warning()),
        ConnectionState::NeedsLogin { why } => {
            add(why.clone(), theme.bad());
            let key = world.key(Place::Connections, Action::Connect);
            add(format!("→ connect it once more under this name, with a new key or to log in: {key}"), theme.good());
        }
        ConnectionState::Unknown | ConnectionState::Online if row.login_ends.is_some() => {
            add("its login cannot be renewed; until it ends, everything goes on".to_owned(), theme.warning());
            let key = world.key(Place::Connections, Action::Connect);
            add(format!("→ connect it once more under this name, to log in again: {key}"), theme.good());
        }
        ConnectionState::Unknown | ConnectionState::Online => {}
    }
    let read = match row.read_at {
        Some(at) => format!("read {}", ago(world.now, at)),
        None => "not read yet".to_owned(),
    };
    add(format!("{}, {read}", counted(row.listings, "product")), theme.plain());
    if let Some(rate) = &row.rate {
        let cell = gauge::cell(row.gauge, rate, world.now, theme.ascii);
        let style = if gauge::has_to_wait(rate, world.now) { theme.warning() } else { theme.plain() };
        add(format!("{cell} {}", gauge::sentence(rate, world.now)), style);
    }
    let locations: Vec<String> = row
        .locations
        .iter()
        .enumerate()
        .map(
            |(at, location)| {
                if at == 0 { format!("{} (written to)", location.name) } else { location.name.to_string() }
            },
        )
        .collect();
    if !locations.is_empty() {
        add(format!("Stock at: {}", locations.join(", ")), theme.plain());
    }
    add(row.guarantee.clone(), theme.quiet());
    add(row.base_url.clone(), theme.quiet());
    lines.push(Line::default());
    lines
}
