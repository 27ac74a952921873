//! What keys can mean, and which key means what.
//!
//! One table of actions (`action.rs`), one file of keys (`keymap.toml`), and rows made of both (`rows.rs`) for the hint
//! bar, the help, `counterpart keys` and the README. Knows no terminal library: a front turns its events into [`Key`]s.

mod action;
mod key;
mod keymap;
mod rows;

pub use action::{Action, Place};
pub use key::{Code, Key};
pub use keymap::Keymap;
pub use rows::{KeyRow, markdown};
