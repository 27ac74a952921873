//! Why is this not linked? All that is known of it: what it is linked to, what it can be linked with and on which key,
//! what is in the way and the edit that mends it, and what is like it.

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::keys::{Action, Place};
use crate::protocol::{LinkExplanation, LinkOf, ListingBrief, ReasonRow, Reply, Request, SuggestionRow, Topic};
use crate::tui::inquiry::{Heard, Inquiry};
use crate::tui::mending;
use crate::tui::theme::Theme;
use crate::tui::widgets::{Scroll, piece, text};
use crate::tui::wish::{Message, Wish};
use crate::tui::words;
use crate::tui::world::World;

use super::{Popup, reading};

#[derive(Debug)]
pub struct State {
    of: LinkOf,
    title: String,
    told: Option<Vec<LinkExplanation>>,
    inquiry: Inquiry,
    scroll: Scroll,
}

/// Lines being written, wrapped to a width.
struct Page {
    lines: Vec<Line<'static>>,
    width: u16,
    theme: Theme,
}

impl Page {
    fn add(&mut self, words: &str, style: Style) {
        let wrapped = text::wrapped(words, self.width).into_iter();
        self.lines.extend(wrapped.map(|line| Line::from(piece(line, style))));
    }

    /// With a sign before the first line, and room for it before the others.
    fn signed(&mut self, sign: &str, words: &str, style: Style) {
        let room = text::width(sign);
        for (at, line) in text::wrapped(words, self.width.saturating_sub(room)).into_iter().enumerate() {
            let before = if at == 0 { sign.to_owned() } else { " ".repeat(usize::from(room)) };
            self.lines.push(Line::from(piece(format!("{before}{line}"), style)));
        }
    }

    fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    fn section(&mut self, title: &str) {
        self.blank();
        self.lines.push(Line::from(piece(title.to_owned(), self.theme.heading())));
    }

    /// `key`: the one that mends.
    fn listing(&mut self, told: &LinkExplanation, key: &str) {
        let listing = &told.listing;
        self.add(&format!("{} · {}", told.connection, listing.title), self.theme.strong());
        self.add(&facts(listing), self.theme.quiet());
        self.blank();
        self.add(&told.sentence, self.theme.plain());
        if !told.linked.is_empty() {
            self.section("Linked to");
            for row in &told.linked {
                self.signed("⇄ ", &format!("{}: {}", row.variant, row.with.join(", ")), self.theme.plain());
            }
        }
        for candidate in &told.candidates {
            let other = other(listing, &candidate.in_store, &candidate.online);
            self.section("It can be linked with");
            let keys: Vec<&str> = candidate.matched.iter().map(|key| key.label()).collect();
            self.add(&format!("{} {}: same {}", other.mark, other.title, keys.join(", ")), self.theme.strong());
            self.add(&facts(other), self.theme.quiet());
        }
        if !told.reasons.is_empty() {
            self.section("What is in the way");
            for reason in &told.reasons {
                self.add(&reason.sentence, self.theme.strong());
                self.signed("→ ", &reason.mend, self.theme.good());
                for mend in &reason.mends {
                    self.signed(&format!("  {key} "), &mend.sentence, self.theme.key());
                }
            }
        }
        for suggestion in &told.suggestions {
            self.suggestion(listing, suggestion);
        }
        for rejected in &told.rejected {
            let other = other(listing, &rejected.in_store, &rejected.online);
            self.section("You said that it is not");
            self.add(&format!("{} {}: {}", other.mark, other.title, facts(other)), self.theme.plain());
        }
    }

    fn suggestion(&mut self, listing: &ListingBrief, suggestion: &SuggestionRow) {
        let other = other(listing, &suggestion.in_store, &suggestion.online);
        self.section("It is like");
        let sure = format!("{} %, {}", suggestion.percent, suggestion.class.label());
        self.add(&format!("{} {} ({sure})", other.mark, other.title), self.theme.strong());
        self.add(&facts(other), self.theme.quiet());
        for evidence in &suggestion.evidence {
            let (sign, style) =
                if evidence.speaks_for { ("+ ", self.theme.good()) } else { ("− ", self.theme.warning()) };
            self.signed(sign, &evidence.sentence, style);
        }
    }
}

/// The one of a pair that is not this listing.
fn other<'a>(listing: &ListingBrief, in_store: &'a ListingBrief, online: &'a ListingBrief) -> &'a ListingBrief {
    if in_store.listing == listing.listing { online } else { in_store }
}

fn facts(listing: &ListingBrief) -> String {
    let facts = [
        Some(listing.side.label().to_owned()),
        listing.sku.as_ref().map(|sku| format!("SKU {sku}")),
        listing.barcode.as_ref().map(|barcode| format!("barcode {barcode}")),
        listing.price.map(|price| price.to_string()),
        listing.brand.as_ref().map(|brand| format!("brand {brand}")),
        Some(words::counted(u64::from(listing.variants), "variant")),
        Some(format!("quantity {}", words::quantity_in_full(listing.quantity))),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

impl State {
    pub fn new(of: LinkOf, title: String) -> Self {
        Self { of, title, told: None, inquiry: Inquiry::default(), scroll: Scroll::default() }
    }

    fn reasons(&self) -> Vec<ReasonRow> {
        let told = self.told.iter().flatten();
        told.flat_map(|one| &one.reasons).cloned().collect()
    }

    fn lines(&self, width: u16, world: &World) -> Vec<Line<'static>> {
        let theme = world.theme;
        let Some(told) = &self.told else { return vec![Line::styled("Reading…", theme.quiet())] };
        let mut page = Page { lines: Vec::new(), width, theme };
        for (at, one) in told.iter().enumerate() {
            if at > 0 {
                page.blank();
                page.lines.push(Line::styled("─".repeat(usize::from(width)), theme.quiet()));
            }
            page.listing(one, &world.key(Place::Why, Action::Mend));
        }
        page.lines
    }
}

impl Popup for State {
    fn place(&self) -> Place {
        Place::Why
    }

    fn lacks(&self, action: Action) -> bool {
        action == Action::Mend && mending::of(&self.reasons()).is_empty()
    }

    fn update(&mut self, message: Message, _: &World) -> Vec<Wish> {
        match self.inquiry.hear(message, &[Topic::Products, Topic::Report]) {
            Heard::Answer(Ok(Reply::LinkExplained { listings })) => {
                self.told = Some(listings);
                Vec::new()
            }
            Heard::Answer(answer) => Wish::closed_unanswered("It could not be explained", &answer),
            Heard::Taken => Vec::new(),
            Heard::Another(Message::Action(Action::Mend)) => mending::offered(&self.reasons(), &self.title),
            Heard::Another(message) => {
                reading::update(&mut self.scroll, &message, &[Action::Back, Action::Open, Action::WhyNot])
            }
        }
    }

    fn needs(&mut self, world: &World) -> Vec<Wish> {
        self.inquiry.needs(world, || Request::ExplainLink { of: self.of.clone() })
    }

    fn expects(&self) -> bool {
        self.told.is_none()
    }

    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World) {
        let width = area.width.saturating_sub(2).min(96);
        let lines = self.lines(width.saturating_sub(4), world);
        reading::view(&self.scroll, &self.title, &lines, width, area, buffer, world.theme);
    }
}
