//! What a product looks like: its pictures in each shop, beside each other, to be stepped through.
//!
//! Nothing is read before this is open. Over a slow line it is drawn in cells, and it is said what the terminal's own
//! graphics would cost there.

use std::sync::Arc;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::keys::{Action, Place};
use crate::protocol::{NoticeLevel, Picture, PictureOf, Problem, ProblemKind, Reply, Request};
use crate::tui::pictures::{self, Graphic, Raster};
use crate::tui::reader::Manner;
use crate::tui::rows::Slot;
use crate::tui::widgets::{framed, put, put_wrapped};
use crate::tui::wish::{About, Address, Album, Message, Opening, Wish};
use crate::tui::words;
use crate::tui::world::World;

use super::Popup;

/// A shop's column is at least so wide where there are several.
const COLUMN: u16 = 26;
const MOST_COLUMNS: u16 = 3;
const GAP: u16 = 2;
/// A popup that is lower has no line to spare for addresses.
const LOW: u16 = 14;
/// In cells a picture is not drawn larger: each of them is many bytes.
const LARGEST: (u16, u16) = (48, 24);
/// Over a slow line.
const SMALL: (u16, u16) = (28, 14);

#[derive(Debug)]
pub struct State {
    title: String,
    albums: Vec<Album>,
    /// What is known of each album's picture.
    columns: Vec<Column>,
    place: usize,
    /// The first album shown, where not all fit.
    first: usize,
    /// As the line was when this was opened: what is drawn now makes it no other.
    slow: bool,
    /// The terminal's own graphics are drawn where there are some.
    by_itself: bool,
    /// There are some.
    has_graphics: bool,
    /// Somebody wants them, whatever that costs.
    sharp: bool,
    knows_terminal: bool,
}

#[derive(Debug, Default)]
struct Column {
    slot: Slot,
    /// What is asked, or was last.
    asked: Option<PictureOf>,
    found: Option<(PictureOf, Result<Shown, Problem>)>,
}

#[derive(Debug)]
struct Shown {
    raster: Raster,
    /// Where the terminal has graphics of its own.
    graphic: Option<Arc<Graphic>>,
    kind: String,
    /// How wide and high it is in the shop, and its file's bytes.
    whole: (u32, u32),
    bytes: u64,
}

impl Shown {
    fn of(picture: Picture, room: Rect, column: usize, world: &World) -> Result<Self, Problem> {
        let (kind, whole, bytes) = (picture.kind.clone(), picture.whole, picture.bytes);
        let raster = Raster::of(picture).ok_or_else(broken)?;
        let graphic = Graphic::of(&raster, &world.means, column, room.width, room.height).map(Arc::new);
        Ok(Self { raster, graphic, kind, whole, bytes })
    }
}

impl State {
    pub fn new(title: String, albums: Vec<Album>, world: &World) -> Self {
        let columns = albums.iter().map(|_| Column::default()).collect();
        let slow = world.preferences.slim || world.means.speed.is_slow();
        let by_itself = !slow && world.theme.colour && !world.theme.ascii;
        let (has_graphics, sharp, knows_terminal) = (false, false, false);
        Self { title, albums, columns, place: 0, first: 0, slow, by_itself, has_graphics, sharp, knows_terminal }
    }

    /// Which albums are shown, and where each is drawn inside of `inner`.
    fn shown(&self, inner: Rect) -> Vec<(usize, Rect)> {
        let fits = ((inner.width + GAP) / (COLUMN + GAP)).clamp(1, MOST_COLUMNS);
        let number = fits.min(u16::try_from(self.albums.len()).unwrap_or(fits)).max(1);
        let first = self.first.min(self.albums.len().saturating_sub(usize::from(number)));
        let width = (inner.width + GAP) / number - GAP;
        let places = (0..number).map(|column| Rect { x: inner.x + column * (width + GAP), width, ..inner });
        (first..self.albums.len()).zip(places).collect()
    }

    /// How many pictures the album has that has most.
    fn most(&self) -> usize {
        self.albums.iter().map(|album| album.addresses.len()).max().unwrap_or(0)
    }

    /// Whether the terminal's own graphics are drawn.
    fn is_sharp(&self, world: &World) -> bool {
        world.means.graphics().is_some() && (self.sharp || self.by_itself)
    }

    /// The picture that an album is to show, in as many points as there is room for.
    fn wanted(&self, album: usize, room: Rect, world: &World) -> Option<PictureOf> {
        let album = self.albums.get(album)?;
        album.addresses.get(self.place)?;
        let (width, height) = match world.told {
            true => (1, 1),
            // Made small once, and not here once more.
            false if world.means.graphics().is_none() => {
                let room = self.in_cells(room);
                world.means.points(room.width, room.height)
            }
            false => world.means.points(room.width, room.height),
        };
        Some(PictureOf { listing: album.listing, place: u32::try_from(self.place).ok()?, width, height })
    }

    fn answered(&mut self, column: u8, number: u64, answer: Result<Reply, Problem>, world: &World) {
        let at = usize::from(column);
        let room = self.room(at, world);
        let wanted = self.wanted(at, room, world);
        let Some(column) = self.columns.get_mut(at) else { return };
        let Some(of) = column.asked.filter(|_| column.slot.take(number)) else { return };
        let found = match answer {
            // Meanwhile another one is wanted, or more points of it, since the terminal turned out to have graphics.
            Ok(_) if wanted != Some(of) => return,
            Ok(Reply::Picture(picture)) => Shown::of(*picture, room, at, world),
            Ok(_) => Err(broken()),
            Err(problem) => Err(problem),
        };
        column.found = Some((of, found));
    }

    /// As much of a room as a picture takes that is drawn in cells.
    fn in_cells(&self, room: Rect) -> Rect {
        let (width, height) = if self.slow { SMALL } else { LARGEST };
        Rect { width: room.width.min(width), height: room.height.min(height), ..room }
    }

    /// Where an album's picture is drawn; somewhere, if it is not shown just now.
    fn room(&self, album: usize, world: &World) -> Rect {
        let inner = inside(world.body());
        let shown = self.shown(inner);
        let place = shown.iter().find(|(shown, _)| *shown == album).map_or(inner, |(_, place)| *place);
        under_head(place)
    }

    fn step(&mut self, action: Action) {
        match action {
            Action::NextPicture => self.place = (self.place + 1).min(self.most().saturating_sub(1)),
            Action::PreviousPicture => self.place = self.place.saturating_sub(1),
            Action::Down => self.first = (self.first + 1).min(self.albums.len().saturating_sub(1)),
            Action::Up => self.first = self.first.saturating_sub(1),
            // What failed is asked again.
            Action::Open => self.columns.iter_mut().for_each(|column| {
                column.found.take_if(|(_, found)| found.is_err());
            }),
            Action::Sharpen => self.sharp = true,
            _ => {}
        }
    }

    /// The addresses of what is shown.
    fn addresses(&self) -> Vec<Wish> {
        let address = |album: &Album| {
            let address = album.addresses.get(self.place)?.clone();
            Some(Address { shop: album.shop.clone(), side: album.side, address })
        };
        let title = format!("Pictures of “{}”", self.title);
        match self.albums.iter().filter_map(address).collect::<Vec<_>>() {
            none if none.is_empty() => vec![Wish::toast(NoticeLevel::Info, "There is no address to open")],
            addresses => vec![Wish::Open(Opening::Addresses { title, addresses })],
        }
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Pictures
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        match message {
            Message::Answer { about: About::Picture(column), number, answer } => {
                self.answered(column, number, answer, world);
            }
            Message::Attached => self.columns.iter_mut().for_each(|column| column.slot.forget()),
            Message::Action(Action::Back | Action::Pictures) => return vec![Wish::Close],
            Message::Action(Action::OpenPage) => return self.addresses(),
            Message::Action(Action::Sharpen) if world.means.graphics().is_none() => {
                let text = "This terminal has no graphics of its own, or does not say so";
                return vec![Wish::toast(NoticeLevel::Info, text)];
            }
            Message::Action(action) => self.step(action),
            Message::Answer { .. } | Message::Changed(_) | Message::Key(_) | Message::Paste(_) | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        let mut wishes = Vec::new();
        if !std::mem::replace(&mut self.knows_terminal, true) {
            wishes.push(Wish::KnowTerminal);
        }
        self.has_graphics = world.means.graphics().is_some();
        if !world.attached() || world.too_small() {
            return wishes;
        }
        for (album, _) in self.shown(inside(world.body())) {
            let Some(of) = self.wanted(album, self.room(album, world), world) else { continue };
            let Some(column) = self.columns.get_mut(album) else { continue };
            // What failed fails in another size too.
            let is_same = |known: &PictureOf, failed: bool| *known == of || (failed && known.place == of.place);
            if column.found.as_ref().is_some_and(|(known, found)| is_same(known, found.is_err())) {
                continue;
            }
            let Ok(about) = u8::try_from(album).map(About::Picture) else { continue };
            if let Some(number) = column.slot.ask() {
                column.asked = Some(of);
                wishes.push(Wish::Ask { about, number, request: Request::Picture { of } });
            }
        }
        wishes
    }

    fn expects(&self) -> bool {
        self.columns.iter().any(|column| column.slot.is_open())
    }

    fn lacks(&self, action: Action) -> bool {
        match action {
            Action::NextPicture | Action::PreviousPicture => self.most() < 2,
            Action::Open => !self.columns.iter().any(|column| matches!(column.found, Some((_, Err(_))))),
            Action::Sharpen => !self.has_graphics || self.by_itself || self.sharp,
            _ => false,
        }
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let inner = framed(buffer, area, &format!("Pictures of “{}”", self.title), world.theme);
        let shown = self.shown(inner);
        if buffer.is_heard() {
            for (album, _) in &shown {
                for words in self.aloud(*album) {
                    buffer.say(Manner::Plain, words);
                }
            }
            let key = world.key(Place::Pictures, Action::OpenPage);
            buffer.say(Manner::Plain, format!("Nothing is drawn for who listens; {key} has the addresses"));
        }
        buffer.silently(|buffer| {
            for (album, place) in &shown {
                self.drawn(*album, *place, buffer, world);
            }
            let foot = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
            put(buffer, foot.x, foot.y, &self.remarks(&shown, world).join(" · "), foot.width, world.theme.quiet());
        });
    }
}

impl State {
    /// What is known of an album's picture at the place that is shown.
    fn found(&self, album: usize) -> Option<&Result<Shown, Problem>> {
        let (of, found) = self.columns.get(album)?.found.as_ref()?;
        (usize::try_from(of.place) == Ok(self.place)).then_some(found)
    }

    /// `picture 1 of 3: 400 × 400, 3 KB`; who listens hears more.
    fn headline(&self, album: usize, told: bool) -> String {
        let number = self.albums.get(album).map_or(0, |album| album.addresses.len());
        if number == 0 {
            return "this shop shows no picture of it".to_owned();
        }
        if self.place >= number {
            return format!("{}, none at this place", words::counted(number as u64, "picture"));
        }
        let place = format!("picture {} of {number}", self.place + 1);
        match self.found(album) {
            Some(Ok(Shown { kind, whole: (width, height), bytes, .. })) => match told {
                true => format!("{place}: {kind} of {width} × {height} points, {}", size(*bytes)),
                false => format!("{place}: {width} × {height}, {}", size(*bytes)),
            },
            Some(Err(_)) => format!("{place}: not shown"),
            None => format!("{place}: reading…"),
        }
    }

    fn drawn(&self, album: usize, place: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let Some(known) = self.albums.get(album) else { return };
        put(buffer, place.x, place.y, &known.shop, place.width, theme.side(known.side));
        if place.height > 1 {
            put(buffer, place.x, place.y + 1, &self.headline(album, false), place.width, theme.strong());
        }
        let address = known.addresses.get(self.place).filter(|_| place.height >= LOW);
        if let Some(address) = address {
            put(buffer, place.x, place.y + 2, address, place.width, theme.quiet());
        }
        let room = under_head(place);
        match self.found(album) {
            None => {}
            Some(Err(problem)) => {
                let y = put_wrapped(buffer, room, &problem.message, theme.warning());
                let below = Rect { y, height: room.bottom().saturating_sub(y), ..room };
                put_wrapped(buffer, below, problem.hint.as_deref().unwrap_or_default(), theme.plain());
            }
            Some(Ok(shown)) => {
                let fits = |graphic: &&Arc<Graphic>| graphic.width <= room.width && graphic.height <= room.height;
                let graphic = shown.graphic.as_ref().filter(fits).filter(|_| self.is_sharp(world));
                if let Some(graphic) = graphic {
                    return buffer.hang(room.x, room.y, graphic);
                }
                let depth = match world.means.depth {
                    pictures::Depth::Full if self.slow => pictures::Depth::Indexed,
                    depth => depth,
                };
                pictures::draw(&shown.raster, self.in_cells(room), buffer, depth, theme);
            }
        }
    }

    /// What is to be known below the pictures.
    fn remarks(&self, shown: &[(usize, Rect)], world: &World) -> Vec<String> {
        let mut words = Vec::new();
        let key = |action| world.key(Place::Pictures, action);
        let shops = (shown.first(), shown.last());
        if let (Some((first, _)), Some((last, _))) = shops
            && shown.len() < self.albums.len()
        {
            let places =
                if first == last { format!(" {}", first + 1) } else { format!("s {}–{}", first + 1, last + 1) };
            words.push(format!("shop{places} of {} ({})", self.albums.len(), key(Action::Down)));
        }
        if self.is_sharp(world) || world.too_small() {
            return words;
        }
        let found = shown.iter().filter_map(|(album, _)| self.found(*album)?.as_ref().ok());
        let graphics: Vec<usize> =
            found.clone().filter_map(|shown| shown.graphic.as_ref()).map(|graphic| graphic.bytes().len()).collect();
        if !graphics.is_empty() {
            let bytes: usize = graphics.iter().sum();
            let takes = match world.means.speed.takes(bytes) {
                Some(takes) => format!(", {} s", takes.as_secs().max(1)),
                None => String::new(),
            };
            let cost = format!("about {} over this line{takes}", size(bytes as u64));
            words.push(format!("{} draws sharply: {cost}", key(Action::Sharpen)));
        } else if found.count() > 0 && pictures::is_drawn_in_letters(world.means.depth, world.theme) {
            words.push(format!(
                "in letters, since there are no colours here; {} has the address",
                key(Action::OpenPage)
            ));
        }
        words
    }

    fn aloud(&self, album: usize) -> Vec<String> {
        let Some(known) = self.albums.get(album) else { return Vec::new() };
        let mut said = vec![format!("{}: {}", known.shop, self.headline(album, true))];
        if let Some(Err(problem)) = self.found(album) {
            said.extend([Some(problem.message.clone()), problem.hint.clone()].into_iter().flatten());
        }
        said
    }
}

/// Where a picture is drawn in its column: below whose it is, what it is, and where; above the remarks.
fn under_head(place: Rect) -> Rect {
    let head = if place.height >= LOW { 3 } else { 2 };
    Rect { y: place.y + head, height: place.height.saturating_sub(head + 1), ..place }
}

/// As [`framed`] leaves it.
fn inside(area: Rect) -> Rect {
    let (width, height) = (area.width.saturating_sub(4), area.height.saturating_sub(2));
    Rect { x: area.x + 2, y: area.y + 1, width, height }
}

/// `84 KB`, `1.2 MB`
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

fn broken() -> Problem {
    Problem {
        kind: ProblemKind::Failure,
        message: "the engine answered with something that is no picture".to_owned(),
        hint: Some("it may be of another version; leave and start again".to_owned()),
    }
}
