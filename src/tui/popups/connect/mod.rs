//! Connecting a shop: which platform, what it asks for, a test that says what it found, and the locations in use.
//!
//! What is typed into a secret field is drawn as stars and is in no debug output; it leaves this form only inside the
//! request to the engine.

mod form;
mod page;
mod state;
mod view;

pub use state::State;
