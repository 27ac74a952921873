//! One product in full: its listings next to each other, and its variants with their stock at each location.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::{Presence, ProductId, Side, Text, Timestamp};
use crate::keys::{Action, Place};
use crate::protocol::{
    DetailCell, DetailRow, LinkMark, ListingDetail, NoticeLevel, ProductDetail, Reply, Request, Topic,
};
use crate::tui::chosen::Chosen;
use crate::tui::inquiry::{Heard, Inquiry};
use crate::tui::reader::Manner;
use crate::tui::widgets::{Scroll, framed, put, put_line, put_right, text};
use crate::tui::wish::{Album, Message, Opening, Pane, Told, Wish};
use crate::tui::words;
use crate::tui::world::World;

use super::Popup;
use super::comparison::{self, Row, Verdict};

#[derive(Debug)]
pub struct State {
    product: ProductId,
    detail: Option<Box<ProductDetail>>,
    problem: Option<String>,
    inquiry: Inquiry,
    scroll: Scroll,
    /// The first listing shown, where not all fit.
    first: usize,
}

impl State {
    pub fn new(product: ProductId) -> Self {
        Self { product, detail: None, problem: None, inquiry: Inquiry::default(), scroll: Scroll::default(), first: 0 }
    }

    fn push(&self) -> Vec<Wish> {
        let Some(detail) = &self.detail else { return Vec::new() };
        let towards = match detail.presence {
            Presence::InStore => Some(Side::Online),
            Presence::Online => Some(Side::InStore),
            Presence::Both | Presence::Neither => None,
        };
        let title = format!("“{}”", detail.title);
        vec![Wish::Open(Opening::Push { products: vec![self.product], title, towards })]
    }

    /// Opens what the shops show of it; only that reads pictures.
    fn pictures(&self) -> Vec<Wish> {
        let Some(detail) = &self.detail else { return Vec::new() };
        if !has_pictures(detail) {
            return vec![Wish::toast(NoticeLevel::Info, "No shop shows a picture of it")];
        }
        let album = |listing: &ListingDetail| Album {
            listing: listing.listing,
            shop: format!("{} · {} {}", listing.side.label(), listing.mark, listing.connection),
            side: listing.side,
            addresses: listing.images.clone(),
        };
        let albums = detail.listings.iter().map(album).collect();
        vec![Wish::Open(Opening::Pictures { title: detail.title.to_string(), albums })]
    }
}

fn has_pictures(detail: &ProductDetail) -> bool {
    detail.listings.iter().any(|listing| !listing.images.is_empty())
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Detail
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        let message = match self.inquiry.hear(message, &[Topic::Products]) {
            Heard::Answer(Ok(Reply::Product(detail))) => {
                self.detail = Some(detail);
                self.problem = None;
                return Vec::new();
            }
            Heard::Answer(answer) => {
                self.problem = answer.as_ref().err().map(|problem| problem.message.clone()).or(self.problem.take());
                return Wish::unanswered("The product could not be read", &answer);
            }
            Heard::Taken => return Vec::new(),
            Heard::Another(message) => message,
        };
        match message {
            Message::Action(Action::Back | Action::Open) => return vec![Wish::Close],
            Message::Action(Action::Toggle) => {
                return vec![Wish::Tell(Pane::Products, Told::Toggle(self.product))];
            }
            Message::Action(Action::Push) => return self.push(),
            Message::Action(Action::Pictures) => return self.pictures(),
            Message::Action(Action::Left) => self.first = self.first.saturating_sub(1),
            Message::Action(Action::Right) => {
                let most = self.detail.as_ref().map_or(0, |detail| detail.listings.len().saturating_sub(1));
                self.first = (self.first + 1).min(most);
            }
            Message::Action(action) => {
                if self.scroll.step(action) {
                    return Vec::new();
                }
                let title = self.detail.as_ref().map(|detail| detail.title.to_string()).unwrap_or_default();
                let products = vec![self.product];
                let chosen =
                    Chosen { products, title: format!("“{title}”"), here: (self.product, title), paused: None };
                return chosen.act(action).unwrap_or_default();
            }
            Message::Answer { .. }
            | Message::Changed(_)
            | Message::Attached
            | Message::Key(_)
            | Message::Paste(_)
            | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        self.inquiry.needs(world, || Request::Product { product: self.product })
    }

    fn expects(&self) -> bool {
        self.detail.is_none() && self.inquiry.is_open()
    }

    fn lacks(&self, action: Action) -> bool {
        action == Action::Pictures && self.detail.as_deref().is_some_and(|detail| !has_pictures(detail))
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let Some(detail) = &self.detail else {
            let inner = framed(buffer, area, "Product", theme);
            let words = self.problem.as_deref().unwrap_or("Reading…");
            put(buffer, inner.x, inner.y, words, inner.width, theme.plain());
            return;
        };
        let inner = framed(buffer, area, &detail.title, theme);
        let tell = |buffer: &mut Canvas| {
            buffer.say(Manner::Plain, headline(detail).trim_start_matches("⇄ "));
            buffer.say_all(Manner::Plain, comparison::aloud(&rows(detail, 0..detail.listings.len(), world)));
        };
        buffer.tell_or_draw(tell, |buffer| self.drawn(detail, inner, area, buffer, world));
    }
}

impl State {
    fn drawn(&self, detail: &ProductDetail, inner: Rect, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let fits = comparison::fitting(inner.width).max(1);
        let first = self.first.min(detail.listings.len().saturating_sub(fits));
        let shown = first..(first + fits).min(detail.listings.len());
        let rows = rows(detail, shown.clone(), world);
        let lines = comparison::lines(&rows, shown.len(), inner.width, theme);
        let body = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
        put(buffer, inner.x, inner.y, &headline(detail), inner.width, theme.strong());
        let top = self.scroll.top(lines.len(), body.height);
        for (y, line) in (body.y..body.bottom()).zip(lines.iter().skip(top)) {
            put_line(buffer, body.x, y, line, body.width);
        }
        let foot = Rect { y: area.bottom().saturating_sub(1), height: 1, ..inner };
        let mut words: Vec<String> = Vec::new();
        if shown.len() < detail.listings.len() {
            let keys = world.keymap.shown(Place::Detail, Action::Right);
            words.push(format!("stores {}–{} of {} ({keys})", first + 1, shown.end, detail.listings.len()));
        }
        words.extend(self.scroll.shown());
        if !words.is_empty() {
            let words = format!(" {} ", words.join(" · "));
            put_right(buffer, foot, &Line::styled(text::cut(&words, foot.width).into_owned(), theme.quiet()));
        }
    }
}

fn headline(detail: &ProductDetail) -> String {
    let place = match detail.presence {
        Presence::InStore => "In the till only: it can be pushed online",
        Presence::Online => "Online only: it can be pushed to the till",
        Presence::Both => "On both sides",
        Presence::Neither => "Gone from every platform; only counterpart still knows it",
    };
    match detail.link {
        LinkMark::Unlinked => place.to_owned(),
        LinkMark::Partly => format!("⇄ {place}; some variants are linked, others are not"),
        LinkMark::Linked => format!("⇄ {place}, linked: quantities are kept in step"),
    }
}

fn rows(detail: &ProductDetail, shown: std::ops::Range<usize>, world: &World) -> Vec<Row> {
    let listings = detail.listings.get(shown.clone()).unwrap_or_default();
    let each = |value: &dyn Fn(&ListingDetail) -> String| listings.iter().map(value).collect::<Vec<String>>();
    let word = |text: &Option<Text>| text.as_deref().unwrap_or("–").to_owned();
    let age = |seen: Timestamp| words::ago(world.now, seen);
    let heads = listings.iter().map(|listing| {
        let name = format!("{} · {} {}", listing.side.label(), listing.mark, listing.connection);
        (name, world.theme.side(listing.side))
    });
    let mut rows = vec![
        Row::Head(heads.collect()),
        Row::field("Title", each(&|listing| listing.title.to_string())),
        Row::field(
            "State",
            each(&|listing| {
                if listing.gone { "gone from the shop".to_owned() } else { listing.status.label().to_owned() }
            }),
        ),
        Row::field("Brand", each(&|listing| word(&listing.brand))),
        Row::field("Category", each(&|listing| word(&listing.category))),
        Row::silent("Page", each(&|listing| listing.page.clone().unwrap_or_else(|| "–".to_owned()))),
        Row::silent(
            "Pictures",
            each(&|listing| match listing.images.first() {
                Some(first) => format!("{}: {first}", words::counted(listing.images.len() as u64, "picture")),
                None => "none".to_owned(),
            }),
        ),
        Row::silent("Number", each(&|listing| listing.remote.clone())),
        Row::silent("Read", each(&|listing| age(listing.seen_at))),
        Row::Blank,
    ];
    match detail.rows.as_slice() {
        [only] => rows.extend(single(only, shown)),
        several => {
            rows.push(Row::Section(format!(
                "{}: quantity · price · SKU",
                words::counted(several.len() as u64, "variant")
            )));
            for row in several {
                rows.extend(variant(row, shown.clone()));
            }
        }
    }
    if listings.iter().any(|listing| !listing.description.is_empty()) {
        rows.push(Row::Blank);
        rows.push(Row::field("Description", each(&|listing| listing.description.to_string())));
    }
    rows
}

/// A product with one variant: field by field.
fn single(row: &DetailRow, shown: std::ops::Range<usize>) -> Vec<Row> {
    let cells = row.cells.get(shown).unwrap_or_default();
    let each = |value: &dyn Fn(&DetailCell) -> String| {
        cells.iter().map(|cell| cell.as_ref().map_or_else(|| "not there".to_owned(), value)).collect::<Vec<String>>()
    };
    let word = |text: &Option<Text>| text.as_deref().unwrap_or("–").to_owned();
    let mut rows = vec![Row::field("Quantity", each(&|cell| words::quantity_in_full(cell.quantity)))];
    if cells.iter().flatten().any(|cell| !cell.levels.is_empty()) {
        rows.push(Row::silent("at", each(&levels)));
    }
    rows.extend([
        Row::field("Price", each(&|cell| cell.price.map_or_else(|| "–".to_owned(), |price| price.to_string()))),
        Row::field("SKU", each(&|cell| word(&cell.sku))),
        Row::field("Barcode", each(&|cell| word(&cell.barcode))),
    ]);
    rows
}

fn levels(cell: &DetailCell) -> String {
    let level =
        |level: Option<crate::domain::Quantity>| level.map_or_else(|| "?".to_owned(), |level| level.to_string());
    let words: Vec<String> = cell.levels.iter().map(|(_, name, at)| format!("{name} {}", level(*at))).collect();
    words.join(", ")
}

/// One line for what is asked most, and further ones for barcode and locations.
fn variant(row: &DetailRow, shown: std::ops::Range<usize>) -> Vec<Row> {
    let cells = row.cells.get(shown).unwrap_or_default();
    let first = cells.iter().map(|cell| cell.as_ref().map_or_else(|| "not there".to_owned(), in_short)).collect();
    let quantities: Vec<String> = cells.iter().flatten().map(|cell| words::quantity_in_full(cell.quantity)).collect();
    let verdict = if row.linked { Verdict::of(&quantities) } else { Verdict::None };
    let label = if row.linked { format!("⇄ {}", row.label) } else { row.label.clone() };
    let mut rows = vec![Row::Field { label, cells: first, verdict }];
    let more: Vec<String> = cells.iter().map(|cell| cell.as_ref().map(further).unwrap_or_default()).collect();
    if more.iter().any(|cell| !cell.is_empty()) {
        rows.push(Row::silent("", more));
    }
    rows
}

fn in_short(cell: &DetailCell) -> String {
    let price = cell.price.map_or_else(|| "no price".to_owned(), |price| price.to_string());
    let sku = cell.sku.as_ref().map_or_else(|| "no SKU".to_owned(), |sku| sku.to_string());
    format!("{} · {price} · {sku}", words::quantity_in_full(cell.quantity))
}

fn further(cell: &DetailCell) -> String {
    let barcode = cell.barcode.as_ref().map(|barcode| format!("barcode {barcode}"));
    let levels = Some(levels(cell)).filter(|levels| !levels.is_empty());
    barcode.into_iter().chain(levels).collect::<Vec<_>>().join("\n")
}
