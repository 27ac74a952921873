//! What every part of the screen may know and none may change: the time, the engine's state, the keys, the size.
//!
//! The root keeps it; panes and popups get it by reference when they are told something and when they draw.

use ratatui::layout::Rect;

use crate::config::{Arrangement, Preferences};
use crate::domain::{Side, Timestamp};
use crate::keys::{Action, Keymap, Place};
use crate::protocol::{ConnectionRow, Status};

use super::pictures::Means;
use super::reader::keys_aloud;
use super::theme::Theme;
use super::wish::Notice;

/// Whether there is an engine to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachment {
    /// Not yet, since the start.
    Attaching,
    Attached,
    /// It is gone; somebody tries to get it back.
    Lost {
        since: Timestamp,
        why: String,
    },
}

/// Something that went wrong, kept so that it can be read after its toast is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub notice: Notice,
    /// When it happened last.
    pub at: Timestamp,
    pub times: u32,
}

#[derive(Debug)]
pub struct World {
    pub now: Timestamp,
    pub attachment: Attachment,
    /// The engine's last word on itself.
    pub status: Option<Status>,
    pub keymap: Keymap,
    pub theme: Theme,
    pub preferences: Preferences,
    /// Which columns the lists show.
    pub arrangement: Arrangement,
    /// The whole screen, in cells.
    pub screen: Rect,
    /// Somebody who sits here has a browser.
    pub browser: bool,
    /// What the terminal can do for a picture.
    pub means: Means,
    /// Who sits here listens: keys have names then, since nobody hears a comma.
    pub told: bool,
    /// The newest last.
    pub troubles: Vec<Trouble>,
}

/// Less than this is told what it lacks.
pub const SMALLEST: (u16, u16) = (40, 10);

impl World {
    pub fn attached(&self) -> bool {
        match self.attachment {
            Attachment::Attached => true,
            Attachment::Attaching | Attachment::Lost { .. } => false,
        }
    }

    pub fn too_small(&self) -> bool {
        self.screen.width < SMALLEST.0 || self.screen.height < SMALLEST.1
    }

    /// Header and tabs; the rule below them and the banner where there is room and reason.
    pub fn head(&self) -> Rect {
        let rule = u16::from(self.screen.height >= 30);
        let banner = u16::from(matches!(self.attachment, Attachment::Lost { .. }));
        Rect { height: (2 + rule + banner).min(self.screen.height), ..self.screen }
    }

    /// Where a pane draws, and what popups may cover.
    pub fn body(&self) -> Rect {
        let head = self.head().height;
        let height = self.screen.height.saturating_sub(head + 1);
        Rect { y: self.screen.y + head, height, ..self.screen }
    }

    /// The hint bar, the last line.
    pub fn foot(&self) -> Rect {
        let y = self.screen.bottom().saturating_sub(1);
        Rect { y, height: self.screen.height.min(1), ..self.screen }
    }

    pub fn connections(&self) -> &[ConnectionRow] {
        self.status.as_ref().map(|status| status.connections.as_slice()).unwrap_or_default()
    }

    pub fn connections_of(&self, side: Side) -> Vec<&ConnectionRow> {
        self.connections().iter().filter(|connection| connection.side == side).collect()
    }

    /// The first key of an action at a place, for sentences such as "press c".
    pub fn key(&self, place: Place, action: Action) -> String {
        match self.keymap.hint(place, action) {
            Some(key) if self.told => keys_aloud(&key),
            Some(key) => key,
            None => format!("({})", action.name()),
        }
    }
}
