//! Tests of the whole terminal, without one: canned answers in, screens out.

mod canned;
mod desk;
mod endurance;
mod gauges;
mod look;
mod paint;
mod pictures;
mod properties;
mod reader;
mod routes;
mod screens;

use ratatui::layout::Rect;

use super::pictures::Means;
use super::theme::Theme;
use super::world::{Attachment, World};
use crate::config::{Arrangement, Preferences};
use crate::keys::Keymap;
use crate::protocol::{Reply, Request};

pub(in crate::tui) use canned::{Canned, NOW};
pub(in crate::tui) use desk::Desk;

/// An attached terminal of 120 × 40 over the canned shop, for what is tested alone.
pub(in crate::tui) fn world() -> World {
    let status = match Canned::new(NOW).answer(&Request::Status) {
        Ok(Reply::Status(status)) => Some(status),
        other => panic!("{other:?}"),
    };
    World {
        now: NOW,
        attachment: Attachment::Attached,
        status,
        keymap: Keymap::built_in(),
        theme: Theme::default(),
        preferences: Preferences::default(),
        arrangement: Arrangement::default(),
        screen: Rect::new(0, 0, 120, 40),
        browser: false,
        means: Means::default(),
        told: false,
        troubles: Vec::new(),
    }
}
