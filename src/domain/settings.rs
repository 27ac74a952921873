//! How a connection is kept in step.

use serde::{Deserialize, Serialize};

use super::Quantity;

/// How often a connection is looked at without anybody asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// As often as is useful and the platform allows: seconds after something moved, minutes when it is quiet.
    #[default]
    Continuous,
    /// 15 minutes to 24 hours.
    Minutes(u16),
}

impl Interval {
    pub const LEAST: u16 = 15;
    pub const MOST: u16 = 24 * 60;
}

/// What becomes of products that appear on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoPush {
    #[default]
    Off,
    /// Copied here, for customers to see.
    Published,
    /// Copied here as drafts.
    Draft,
}

/// What is done when a count falls and no order explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnexplainedDrop {
    /// The other sides are lowered as for a sale.
    PassOn,
    /// A fall of at least this many that no order explains waits for a person; smaller ones are passed on. Nothing is
    /// raised and nothing lowered meanwhile.
    HoldFrom(Quantity),
}

/// How much of a connection may change by itself before a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MassChange {
    /// More than so many per cent of the catalogue; 100 never asks.
    pub share: u8,
    /// Fewer than so many never ask.
    pub least: u32,
}

impl MassChange {
    pub const STANDARD: Self = Self { share: 10, least: 20 };
}

impl Default for MassChange {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// A connection's settings. Locations stand in the connection itself: the first is written to, all are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncSettings {
    /// Off: it is read when somebody asks, and nothing is written by itself.
    pub automatic: bool,
    pub every: Interval,
    pub auto_push: AutoPush,
    /// Of the available stock, how much is shown here: 1 to 100 per cent, rounded down to whole pieces.
    pub share: u8,
    /// Pieces that are not shown here: taken off after the share.
    pub buffer: Quantity,
    pub unexplained: UnexplainedDrop,
    /// Where stock is received and counted: its lower numbers are always passed on.
    pub master: bool,
    /// When changes that nobody ordered, and that no order explains, wait for a person.
    pub asks: MassChange,
}

impl SyncSettings {
    /// What holds until somebody says otherwise. `keeps_stock`: the connection is a till; `orders`: its orders can be
    /// read.
    pub fn standard(keeps_stock: bool, orders: bool) -> Self {
        Self {
            automatic: true,
            every: Interval::Continuous,
            auto_push: AutoPush::Off,
            share: 100,
            buffer: Quantity::ZERO,
            // A till's staff count and break things all day; a web shop's count falls by orders or by a mistake.
            unexplained: if keeps_stock || !orders {
                UnexplainedDrop::PassOn
            } else {
                UnexplainedDrop::HoldFrom(Quantity::units(10))
            },
            master: keeps_stock,
            asks: MassChange::STANDARD,
        }
    }

    /// Whether all that is available is shown.
    pub fn shows_everything(&self) -> bool {
        self.share >= 100 && self.buffer == Quantity::ZERO
    }
}
