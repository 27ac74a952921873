//! Where a stock figure comes from: the sum, what each channel shows, and why.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::{ProductId, Quantity};
use crate::keys::{Action, Place};
use crate::protocol::{Reply, Request, StockExplanation, StockOf, Topic};
use crate::tui::inquiry::{Heard, Inquiry};
use crate::tui::widgets::{Scroll, piece, text};
use crate::tui::wish::{Message, Wish};
use crate::tui::words::ago;
use crate::tui::world::World;

use super::{Popup, reading};

#[derive(Debug)]
pub struct State {
    product: ProductId,
    title: String,
    stock: Option<Vec<StockExplanation>>,
    inquiry: Inquiry,
    scroll: Scroll,
}

impl State {
    pub fn new(product: ProductId, title: String) -> Self {
        Self { product, title, stock: None, inquiry: Inquiry::default(), scroll: Scroll::default() }
    }

    fn lines(&self, width: u16, world: &World) -> Vec<Line<'static>> {
        let theme = world.theme;
        let Some(stock) = &self.stock else { return vec![Line::styled("Reading…", theme.quiet())] };
        let mut lines = Vec::new();
        let mut add = |words: &str, style| {
            lines.extend(text::wrapped(words, width).into_iter().map(|line| Line::from(piece(line, style))));
        };
        if stock.is_empty() {
            add(
                "It is not linked: nothing of it is kept in step. What each shop shows stands on its page.",
                theme.plain(),
            );
        }
        for (at, one) in stock.iter().enumerate() {
            if at > 0 {
                add("", theme.plain());
            }
            let figure =
                |quantity: Option<Quantity>| quantity.map_or_else(|| "?".to_owned(), |known| known.to_string());
            let sku = one.sku.as_ref().map(|sku| format!(" · {sku}")).unwrap_or_default();
            add(&format!("{}{sku}", one.subject), theme.strong());
            add(
                &format!(
                    "{} in stock − {} booked = {} available",
                    figure(one.in_stock),
                    one.booked,
                    figure(one.available)
                ),
                theme.plain(),
            );
            for channel in &one.channels {
                add(&format!("{} {}", channel.side.label(), channel.connection), theme.side(channel.side));
                add(&format!("  {}", channel.sentence), theme.plain());
                let places: Vec<String> = channel
                    .locations
                    .iter()
                    .map(|(name, quantity, counts)| {
                        let quantity = figure(*quantity);
                        if *counts { format!("{name} {quantity}") } else { format!("{name} {quantity}, not counted") }
                    })
                    .collect();
                if places.len() > 1 {
                    add(&format!("  {}", places.join(" + ")), theme.quiet());
                }
                add(&format!("  {}", channel.guarantee), theme.quiet());
            }
            for order in &one.orders {
                let words = format!(
                    "order {} on {}: {} {}, placed {}",
                    order.number,
                    order.connection,
                    order.booked,
                    order.state.label(),
                    ago(world.now, order.placed_at)
                );
                add(&words, theme.accent());
            }
        }
        lines
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::List
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        match self.inquiry.hear(message, &[Topic::Products]) {
            Heard::Answer(Ok(Reply::Stock { stock })) => {
                self.stock = Some(stock);
                Vec::new()
            }
            Heard::Answer(answer) => Wish::closed_unanswered("The stock could not be explained", &answer),
            Heard::Taken => Vec::new(),
            Heard::Another(message) => {
                reading::update(&mut self.scroll, &message, &[Action::Back, Action::Open, Action::Explain])
            }
        }
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        self.inquiry.needs(world, || Request::ExplainStock { of: StockOf::Product(self.product) })
    }

    fn expects(&self) -> bool {
        self.stock.is_none()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let width = area.width.saturating_sub(2).min(96);
        let lines = self.lines(width.saturating_sub(4), world);
        let title = format!("Stock of “{}”", self.title);
        reading::view(&self.scroll, &title, &lines, width, area, buffer, world.theme);
    }
}
