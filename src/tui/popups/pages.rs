//! Where the shops show a product, or pictures of it: the addresses, opened in a browser where there is one, copied where there is none.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::{ProductId, Side};
use crate::keys::{Action, Place};
use crate::protocol::{ListingDetail, NoticeLevel, Reply, Request, Topic};
use crate::tui::inquiry::{Heard, Inquiry};
use crate::tui::widgets::{self, framed, middle, piece, put};
use crate::tui::wish::{Address, Message, Wish};
use crate::tui::world::World;

use super::Popup;

const WIDTH: u16 = 100;

fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// A shop's page of the product.
#[derive(Debug)]
struct Page {
    shop: String,
    side: Side,
    /// Of `http` or `https`; what else a shop says is none that is opened.
    address: Option<String>,
}

impl Page {
    fn of(listing: ListingDetail) -> Self {
        let ListingDetail { mark, connection, side, page, .. } = listing;
        Self {
            shop: format!("{} · {mark} {connection}", side.label()),
            side,
            address: page.filter(|page| is_web(page)),
        }
    }

    /// Lines: the shop, then its address in pieces that fit, so that it can be read off whole.
    fn lines(&self, width: u16, world: &World) -> Vec<Line<'static>> {
        let theme = world.theme;
        let mut lines = vec![Line::from(piece(self.shop.clone(), theme.side(self.side)))];
        match &self.address {
            None => lines.push(Line::from(piece("  this shop says no address of the product", theme.quiet()))),
            Some(address) => {
                let letters: Vec<char> = address.chars().collect();
                let pieces = letters.chunks(usize::from(width.saturating_sub(2)).max(1));
                lines.extend(pieces.map(|letters| {
                    Line::from(piece(format!("  {}", letters.iter().collect::<String>()), theme.plain()))
                }));
            }
        }
        lines
    }
}

#[derive(Debug)]
pub struct State {
    /// Whose pages are asked for; `None` where the addresses are known.
    product: Option<ProductId>,
    title: String,
    pages: Option<Vec<Page>>,
    inquiry: Inquiry,
    cursor: usize,
}

impl State {
    pub fn new(product: ProductId, title: String) -> Self {
        let title = format!("Pages of “{title}”");
        Self { product: Some(product), title, pages: None, inquiry: Inquiry::default(), cursor: 0 }
    }

    /// Addresses that are known.
    pub fn of(title: String, addresses: Vec<Address>) -> Self {
        let page = |Address { shop, side, address }| Page {
            shop,
            side,
            address: Some(address).filter(|address| is_web(address)),
        };
        let pages = Some(addresses.into_iter().map(page).collect());
        Self { product: None, title, pages, inquiry: Inquiry::default(), cursor: 0 }
    }

    fn read(&mut self, listings: Vec<ListingDetail>) {
        let pages: Vec<Page> = listings.into_iter().map(Page::of).collect();
        if self.pages.is_none() {
            self.cursor = pages.iter().position(|page| page.address.is_some()).unwrap_or(0);
        }
        self.cursor = self.cursor.min(pages.len().saturating_sub(1));
        self.pages = Some(pages);
    }

    fn chosen(&self) -> Option<&str> {
        self.pages.as_ref()?.get(self.cursor)?.address.as_deref()
    }

    /// Opens the chosen address, or copies it where no browser is at hand or `copy` is wanted.
    fn follow(&self, copy: bool, world: &World) -> Vec<Wish> {
        let Some(address) = self.chosen() else {
            return vec![Wish::toast(NoticeLevel::Info, "There is no address to open")];
        };
        if world.browser && !copy {
            let text = format!("{address} is opened in your browser");
            return vec![Wish::Browse(address.to_owned()), Wish::toast(NoticeLevel::Info, text), Wish::Close];
        }
        let text = "The address is in your terminal's clipboard; open it in a browser where you sit";
        vec![Wish::Copy(address.to_owned()), Wish::toast(NoticeLevel::Info, text), Wish::Close]
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Pages
    }

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish> {
        let last = self.pages.as_ref().map_or(0, |pages| pages.len().saturating_sub(1));
        let message = match self.inquiry.hear(message, &[Topic::Products]) {
            Heard::Answer(Ok(Reply::Product(detail))) => {
                self.read(detail.listings);
                return Vec::new();
            }
            Heard::Answer(answer) => return Wish::closed_unanswered("The addresses could not be read", &answer),
            Heard::Taken => return Vec::new(),
            Heard::Another(message) => message,
        };
        match message {
            Message::Action(Action::Back | Action::OpenPage) => return vec![Wish::Close],
            Message::Action(Action::Open) => return self.follow(false, world),
            Message::Action(Action::Copy) => return self.follow(true, world),
            Message::Action(Action::Down) => self.cursor = (self.cursor + 1).min(last),
            Message::Action(Action::Up) => self.cursor = self.cursor.saturating_sub(1),
            Message::Action(_)
            | Message::Answer { .. }
            | Message::Changed(_)
            | Message::Attached
            | Message::Key(_)
            | Message::Paste(_)
            | Message::Told(_) => {}
        }
        Vec::new()
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        let Some(product) = self.product else { return Vec::new() };
        self.inquiry.needs(world, || Request::Product { product })
    }

    fn expects(&self) -> bool {
        self.inquiry.is_open()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let theme = world.theme;
        let width = WIDTH.min(area.width);
        // Who listens has an address in one piece.
        let inside = if buffer.is_heard() { u16::MAX } else { width.saturating_sub(4) };
        let blocks: Vec<Vec<Line<'static>>> = match &self.pages {
            None => vec![vec![Line::from(piece("Reading…", theme.quiet()))]],
            Some(pages) if pages.is_empty() => {
                vec![vec![Line::from(piece("The product is in no shop any more", theme.quiet()))]]
            }
            Some(pages) => pages.iter().map(|page| page.lines(inside, world)).collect(),
        };
        let lines: usize = blocks.iter().map(Vec::len).sum();
        let height = u16::try_from(lines + 4).unwrap_or(u16::MAX);
        let inner = framed(buffer, middle(area, width, height), &self.title, theme);
        let room = Rect { height: inner.height.saturating_sub(2), ..inner };
        widgets::blocks(buffer, room, &blocks, self.cursor, theme);
        if self.chosen().is_none() {
            return;
        }
        let key = |action| world.key(Place::Pages, action);
        let words = match world.browser {
            true => format!("{} opens it in your browser · {} copies it", key(Action::Open), key(Action::Copy)),
            false => format!("{} copies it: no browser is at hand here", key(Action::Open)),
        };
        put(buffer, inner.x, inner.bottom().saturating_sub(1), &words, inner.width, theme.quiet());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ListingId;
    use crate::tui::tests::{Canned, NOW, world};

    const ADDRESS: &str = "https://giftshop.example/products/teapot-blue-stoneware";

    /// Over the first canned product that both sides have, with the page that the online shop says.
    fn opened(page: Option<&str>, world: &World) -> State {
        let mut state = State::new(ProductId(ListingId(1)), "Teapot".to_owned());
        let wishes = state.needs(world);
        let [Wish::Ask { about, number, request }] = wishes.as_slice() else { panic!("{wishes:?}") };
        let Ok(Reply::Product(mut detail)) = Canned::new(NOW).answer(request) else { panic!("no product") };
        for listing in detail.listings.iter_mut().filter(|listing| listing.side == Side::Online) {
            listing.page = page.map(str::to_owned);
        }
        let answer = Ok(Reply::Product(detail));
        assert_eq!(state.update(Message::Answer { about: *about, number: *number, answer }, world), []);
        state
    }

    #[test]
    fn an_address_is_opened_where_there_is_a_browser_and_copied_where_there_is_none() {
        let far = world();
        let wishes = opened(Some(ADDRESS), &far).update(Message::Action(Action::Open), &far);
        assert!(matches!(wishes.as_slice(), [Wish::Copy(text), Wish::Toast(_), Wish::Close] if text == ADDRESS));
        let near = World { browser: true, ..world() };
        let wishes = opened(Some(ADDRESS), &near).update(Message::Action(Action::Open), &near);
        assert!(matches!(wishes.as_slice(), [Wish::Browse(text), Wish::Toast(_), Wish::Close] if text == ADDRESS));
        let wishes = opened(Some(ADDRESS), &near).update(Message::Action(Action::Copy), &near);
        assert!(matches!(wishes.as_slice(), [Wish::Copy(text), ..] if text == ADDRESS));
    }

    #[test]
    fn what_is_no_web_address_is_never_opened() {
        let world = World { browser: true, ..world() };
        for page in [None, Some("file:///etc/passwd"), Some("javascript:alert(1)"), Some("--help")] {
            let wishes = opened(page, &world).update(Message::Action(Action::Open), &world);
            assert!(matches!(wishes.as_slice(), [Wish::Toast(_)]), "{page:?}: {wishes:?}");
        }
    }
}
