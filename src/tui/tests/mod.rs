//! Tests of the whole terminal, without one: canned answers in, screens out.

mod canned;
mod desk;
mod look;
mod paint;
mod properties;
mod routes;
mod screens;

pub(in crate::tui) use canned::Canned;
pub(in crate::tui) use desk::Desk;
