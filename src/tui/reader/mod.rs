//! The terminal for somebody who listens: a screen reader, a braille display, a terminal that can only print lines.
//!
//! | file | what lives there |
//! |---|---|
//! | `scene.rs` | a frame in words: its pane, the popups over it, what the keys act on |
//! | `aloud.rs` | signs and numbers as they are read out |
//! | `teller.rs` | what is said of a frame, after another one |
//!
//! Panes, popups, keys and actions are the very same. They are drawn on a page that is always wide and high enough, so
//! that nothing is left out or cut, however small the terminal is; what they say is taken down beside the cells (see
//! `canvas.rs`). Lines are only ever added, nothing that was said is changed, and no control sequence is sent.

mod aloud;
mod scene;
mod teller;

use ratatui::layout::Rect;

pub use aloud::{aloud, keys_aloud, value_aloud};
pub use scene::{Focus, Layer, Manner, Scene, Typed};
pub use teller::{Again, Facts, Teller};

/// What is listened to is drawn on this page: every table has its room there for all columns.
pub const PAGE: Rect = Rect { x: 0, y: 0, width: 160, height: 50 };

/// Whether the terminal says that it can print lines and nothing else.
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
