//! counterpart keeps a shop's till and its online stores in step.
//!
//! # The house
//!
//! Imports go downward only; the number is the floor, and a room may use its own folder and lower floors.
//! `tests/architecture.rs` holds this.
//!
//! | room | floor | what lives there |
//! |---|---|---|
//! | `main.rs` | 8 | arguments, choice of program, exit code |
//! | [`tui`] | 7 | the terminal program: nested Elm; `run/` is its only async room |
//! | [`cli`] | 7 | one file per subcommand; output for people or JSON |
//! | [`demo`] | 7 | sandbox shops and an engine in one process |
//! | [`server`] | 6 | local socket, one task per attached front |
//! | [`client`] | 6 | attach, start the engine, reconnect |
//! | [`engine`] | 5 | owner of the truth: pull, match, jobs, window queries |
//! | [`connectors`] | 4 | one folder per platform; `mod.rs` is the one list |
//! | [`login`] | 3 | OAuth 2 for every platform that wants it: pages, codes, tokens that end |
//! | [`files`] | 2 | what people open in a spreadsheet: the report goes out, what belongs together comes in |
//! | [`wardrobe`] | 2 | how the terminal is to be, from a person's files, read again when they change |
//! | [`http`] | 2 | the only room that says reqwest |
//! | [`store`] | 2 | the only room that says sled |
//! | [`sandbox`] | 2 | one shop model, its HTTP server, faults, traffic; knows no platform |
//! | [`platform`] | 1 | the contract with connectors, as data and one trait |
//! | [`protocol`] | 1 | Request, Reply, Event: plain data |
//! | [`rules`] | 1 | decisions, pure |
//! | [`keys`] | 1 | actions (one table), keymap, rows for help and README |
//! | [`domain`] | 0 | the words as types |
//! | [`config`], [`secrets`], [`error`] | 0 | where files live, the door to secrets, exit codes |
//!
//! # Architecture invariants
//!
//! - `domain` and `rules` do no I/O and know no clock.
//! - Only `store` names sled, only `http` names reqwest.
//! - No pane imports another pane.
//! - Nothing outside a connector's folder and the one list names a platform.
//! - The fronts touch neither store nor connectors.
//! - A job is on disk before it is announced; a step may run twice; events may be lost, truth may not.
//! - A terminal may vanish at any time.
//! - No mutable statics; no task that nobody can wait for.

pub mod cli;
pub mod client;
pub mod config;
pub mod connectors;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod error;
pub mod files;
pub mod http;
pub mod keys;
pub mod login;
pub mod platform;
pub mod protocol;
pub mod rules;
pub mod sandbox;
pub mod secrets;
pub mod server;
pub mod store;
pub mod tui;
pub mod wardrobe;
