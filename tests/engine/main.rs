//! The engine from outside: shops in memory, a real store, and what people ask.

mod bed;
mod crashes;
mod doors;
mod fake;
mod imports;
mod links;
mod platforms;
mod pushes;
mod views;
