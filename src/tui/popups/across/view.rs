//! How the products and their variants are drawn.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::keys::{Action, Place};
use crate::protocol::{AcrossLine, AcrossVariant};
use crate::tui::canvas::Canvas;
use crate::tui::reader::Manner;
use crate::tui::theme::Theme;
use crate::tui::widgets::{framed, list, piece, put, put_line, put_right, put_wrapped};
use crate::tui::words::{count, counted};
use crate::tui::world::World;

use super::{State, choices};

/// Of a row: what it is, and what is to be said of it.
pub const LINES: u16 = 2;
/// Of what belongs to a product.
const INDENT: u16 = 4;

pub fn height(area: Rect) -> u16 {
    area.height.saturating_sub(5)
}

/// A row as plain words.
pub fn words(line: &AcrossLine) -> Vec<String> {
    match line {
        AcrossLine::Product { product, connection, sentence, .. } => {
            vec![product.listing.to_string(), product.title.to_string(), connection.clone(), sentence.clone()]
        }
        AcrossLine::Variant(variant) => {
            let item = item(variant).unwrap_or_default();
            vec![variant.variant.to_string(), variant.label.to_string(), item, variant.sentence.clone()]
        }
    }
}

/// What a variant is on the other side.
fn item(variant: &AcrossVariant) -> Option<String> {
    let item = variant.item.as_ref()?;
    let sku = item.sku.as_ref().map(|sku| format!(" · {sku}")).unwrap_or_default();
    Some(format!("{} {}{sku}", item.mark, item.title))
}

pub fn view(state: &State, area: Rect, buffer: &mut Canvas, world: &World) {
    let theme = world.theme;
    let inner = framed(buffer, area, "Variants that are single items on the other side", theme);
    let first = Rect { height: 1, ..inner };
    match &state.typing {
        Some(entry) => {
            let x = put(buffer, first.x, first.y, "Search: ", first.width, theme.strong());
            let room = first.right().saturating_sub(x);
            entry.draw(buffer, Rect { x, width: room, ..first }, true, theme.plain(), theme);
        }
        None => drop(put(buffer, first.x, first.y, &heading(state), first.width, theme.strong())),
    }
    let rows = Rect { y: inner.y + 1, height: height(area).min(inner.height.saturating_sub(1)), ..inner };
    if state.rows.total() == 0 {
        put_wrapped(buffer, rows, empty(state, world), theme.plain());
        return;
    }
    list(buffer, rows, LINES, &state.rows, theme, |buffer, area, _, line| {
        let ticked = state.ticks.of(choices(line));
        let tell = |buffer: &mut Canvas| {
            // Its number is for the command line.
            let spoken = words(line).into_iter().skip(1).chain([ticked.words().to_owned()]);
            buffer.say_all(Manner::Plain, spoken);
        };
        buffer.tell_or_draw(tell, |buffer| match line {
            AcrossLine::Product { product, connection, sentence, .. } => {
                let place = format!("{} · on {connection}", product.listing);
                let room = area.width.saturating_sub(u16::try_from(place.chars().count()).unwrap_or(0) + 2);
                let name = format!("{} {} {}", ticked.sign(), product.mark, product.title);
                put(buffer, area.x, area.y, &name, room, theme.strong());
                put_right(buffer, Rect { height: 1, ..area }, &Line::from(piece(place, theme.quiet())));
                below(buffer, area, sentence, theme);
            }
            AcrossLine::Variant(variant) => {
                let area = Rect { x: area.x + INDENT, width: area.width.saturating_sub(INDENT), ..area };
                let mut pieces = vec![piece(format!("{} {}", ticked.sign(), variant.label), theme.plain())];
                if let Some(item) = item(variant) {
                    pieces.push(piece(format!("  ↔  {item}"), theme.plain()));
                }
                put_line(buffer, area.x, area.y, &Line::from(pieces), area.width);
                below(buffer, area, &variant.sentence, theme);
            }
        });
    });
    let key = |action| world.key(Place::Across, action);
    let note = format!(
        "{} ticks, a product with all its variants · {} links · row {} of {}",
        key(Action::Toggle),
        key(Action::Link),
        count(state.rows.cursor() + 1),
        count(state.rows.total())
    );
    buffer.silently(|buffer| put(buffer, inner.x, inner.bottom().saturating_sub(1), &note, inner.width, theme.quiet()));
}

/// A row's second line, after the room of its box.
fn below(buffer: &mut Canvas, area: Rect, sentence: &str, theme: Theme) {
    if area.height > 1 {
        put(buffer, area.x + INDENT, area.y + 1, sentence, area.width.saturating_sub(INDENT), theme.quiet());
    }
}

fn heading(state: &State) -> String {
    let mut parts = vec![match state.ticks.len() as u64 {
        0 => "nothing ticked".to_owned(),
        ticked => format!("{} ticked", counted(ticked, "variant")),
    }];
    if state.gathering.is_some() {
        parts.push("ticking what is found…".to_owned());
    }
    let search = &state.rows.view().search;
    if !search.is_empty() {
        parts.push(format!("found by “{search}”"));
    }
    parts.join(" · ")
}

fn empty(state: &State, world: &World) -> &'static str {
    match (state.rows.is_read(), world.attached()) {
        (true, _) if !state.rows.view().search.is_empty() => "Nothing is found by this search",
        (true, _) => {
            "No product's variants are single items on the other side. What cannot be linked stands in the Link Report, \
             each with its reason."
        }
        (false, true) => "Looking at variants and single items…",
        (false, false) => "Nothing to show until the engine is there",
    }
}
