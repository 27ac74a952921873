//! Popups: a stack over the panes. The uppermost has the keys.

mod across;
mod adjust;
mod chart;
mod clean_up;
mod columns;
mod comparison;
mod conflicts;
mod connect;
mod connections;
mod explain;
mod export;
mod form;
mod from_file;
mod guide;
mod help;
mod pages;
mod pair;
mod palette;
mod picture;
mod plan;
mod planning;
mod product;
mod push;
mod question;
mod reading;
mod settings;
mod sheet;
mod stack;
mod steps;
mod synchronize;
#[cfg(test)]
mod tests;
mod troubles;
mod tuning;
mod why;

use std::fmt::Debug;

use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

use crate::domain::Timestamp;
use crate::files::Done;
use crate::keys::{Action, Place};
use crate::protocol::Problem;

use super::wish::{Message, Opening, Told, Wish};
use super::world::World;

pub use export::written;
pub use stack::Stack;

/// What every popup can do. Like a pane, it decides and draws, and does nothing.
pub trait Popup: Debug + Send {
    /// Whose keys count.
    fn place(&self) -> Place;

    fn update(&mut self, message: Message, world: &World) -> Vec<Wish>;

    /// What became of a file that it asked for with [`Wish::File`].
    fn filed(&mut self, number: u64, answer: Result<Done, Problem>) -> Vec<Wish> {
        let _ = (number, answer);
        Vec::new()
    }

    /// What is to be asked so that it can show what it should.
    fn needs(&mut self, world: &World) -> Vec<Wish> {
        let _ = world;
        Vec::new()
    }

    /// When to look again at what is needed, if nothing else happens.
    fn wake(&self) -> Option<Timestamp> {
        None
    }

    /// Whether an answer is on its way without which there is little to show.
    fn expects(&self) -> bool {
        false
    }

    /// A key of its place that means nothing here, so that the hint bar does not promise it.
    fn lacks(&self, action: Action) -> bool {
        let _ = action;
        false
    }

    /// Whether what another popup decided is for this one, and not for a pane.
    fn hears(&self, told: &Told) -> bool {
        let _ = told;
        false
    }

    /// Draws itself over a part of `area`.
    fn view(&self, area: Rect, buffer: &mut Canvas, world: &World);
}

/// Makes the popup that is to be opened.
fn opened(opening: Opening, world: &World) -> Box<dyn Popup> {
    match opening {
        Opening::Help(place) => Box::new(help::State::new(place, world)),
        Opening::Palette(place, pane) => Box::new(palette::State::new(place, pane, world)),
        Opening::Guide => Box::new(guide::State::default()),
        Opening::Troubles => Box::new(troubles::State::default()),
        Opening::Product(product) => Box::new(product::State::new(product)),
        Opening::Pictures { title, albums } => Box::new(picture::State::new(title, albums, world)),
        Opening::Pair(row) => Box::new(pair::State::new(*row)),
        Opening::Why(of, title) => Box::new(why::State::new(of, title)),
        Opening::Push { products, title, towards } => Box::new(push::State::new(products, title, towards)),
        Opening::Plan(summary) => Box::new(plan::State::new(*summary)),
        Opening::Steps(job) => Box::new(steps::State::new(job)),
        Opening::Connections => Box::new(connections::State::default()),
        Opening::Columns { list, offered } => Box::new(columns::State::new(list, offered)),
        Opening::Chart(platform) => Box::new(chart::State::new(platform)),
        Opening::Connect => Box::new(connect::State::default()),
        Opening::Synchronize { products, title } => Box::new(synchronize::State::form(products, title, world)),
        Opening::Adjust { product, title } => Box::new(adjust::State::form(product, title)),
        Opening::Explain { product, title } => Box::new(explain::State::new(product, title)),
        Opening::Pages { product, title } => Box::new(pages::State::new(product, title)),
        Opening::Addresses { title, addresses } => Box::new(pages::State::of(title, addresses)),
        Opening::Planning { request, title } => Box::new(planning::State::new(request, title)),
        Opening::Export(list) => Box::new(export::State::form(list)),
        Opening::FromFile => Box::new(from_file::State::form()),
        Opening::Across => Box::new(across::State::default()),
        Opening::CleanUp => Box::new(clean_up::State::default()),
        Opening::Conflicts => Box::new(conflicts::State::default()),
        Opening::Settings => Box::new(settings::State::new()),
        Opening::ConnectionSettings(row) => Box::new(tuning::ConnectionSheet::form(*row)),
        Opening::Rules(row, presets) => Box::new(tuning::RulesSheet::form(*row, presets)),
        Opening::Question(question) => Box::new(question::State::new(question)),
    }
}
