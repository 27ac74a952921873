//! The terminal program: nested Elm over a window of the engine's data.
//!
//! | file | what lives there |
//! |---|---|
//! | `run/` | the only async room: keys, answers, events, signals in; frames and questions out |
//! | `root.rs` | routes what happened, does what is wished |
//! | `world.rs` | what every part may know: time, engine, keys, size |
//! | `wish.rs` | messages, wishes and effects, all plain data |
//! | `rows.rs` `inquiry.rs` | the window of a long list, and a thing shown whole; one open question each |
//! | `head.rs` `toasts.rs` | header, tabs, banner, hint bar; what passes |
//! | `panes/` `popups/` | one folder or file each, with state, decisions, view and tests |
//! | `widgets/` `theme.rs` `words.rs` `job.rs` | what they are drawn of |
//! | `guide.rs` | first steps: which are done, which is due |
//! | `mending.rs` | edits that take away why something cannot be linked |
//! | `canvas.rs` `reader/` `face.rs` | what is drawn on and listened to; frames in words; which of the two goes out |
//! | `pictures/` | pictures as cells, and as a terminal's own graphics |
//! | `pointer.rs` `count.rs` `alert.rs` | what a mouse did; a number typed before a key; bell, desktop notices, title |
//! | `screen/` `line/` `tty.rs` | frames as bytes, what is sent and heard (only `run/` waits for it), the modes |
//!
//! Invariants: no pane imports another; nothing but `run/` waits; the model holds a window's rows, never the
//! catalogue; a list has at most one question open; nothing is asked of the terminal that would have to be waited for.

mod alert;
mod attached;
mod canvas;
mod chosen;
mod count;
mod face;
mod guide;
mod head;
mod inquiry;
mod job;
mod line;
mod mending;
mod panes;
mod pictures;
mod pointer;
mod popups;
mod reader;
mod root;
mod rows;
mod run;
mod screen;
#[cfg(test)]
mod tests;
mod theme;
mod toasts;
mod tty;
mod widgets;
mod wish;
mod words;
mod world;

pub use attached::run_attached;
pub use tty::check;

pub use run::{Engine, FromEngine, Options, run};
