//! Shops to try the program on: one shop model, its HTTP server, faults and traffic. Knows no platform; how a platform
//! speaks is in its connector's folder, as an [`Imitation`].

mod catalogue;
mod control;
mod faults;
mod orders;
mod pictures;
mod register;
mod server;
mod shop;
mod synthetic;
#[cfg(test)]
mod tests;
mod traffic;

pub use catalogue::{CatalogueError, Table, read_products, read_table, stand_on_its_line, write_products};
pub use faults::{Fault, FaultRule, Faults, Occasion};
pub use orders::{ShopFulfilment, ShopOrder, ShopOrderLine, ShopOrderState, ShopOrders, ShopRefund, ShopRefundLine};
pub use pictures::FOLDER as PICTURES;
pub use register::Register;
pub use server::{Seen, SharedShop, ShopServer};
pub use shop::{Applied, Shop, ShopLocation, ShopProduct, ShopVariant};
pub use synthetic::{FIRST_LOCATION, Quirk, Synthetic, synthetic};
pub use traffic::{Movement, MovementKind, RunningTraffic, Traffic};

use crate::domain::Timestamp;

/// A request as the imitation gets it. The path is without base path and query; query values are decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Incoming {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Outgoing {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json; charset=utf-8".into())],
            body: body.to_string().into_bytes(),
        }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// A failure that is injected, told in the platform's own shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Too many requests.
    Throttled,
    /// A 5xx.
    Broken,
}

/// A limiter's count, in thousandths of its own unit: a call, a point, a drip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Taken by the calls that were let in.
    pub used: u64,
    /// Calls that were refused; these are whole calls.
    pub refused: u64,
    /// What may be used in a second in the long run.
    pub per_second: u64,
}

/// A platform's HTTP behaviour over the shop model: paging, auth, versions, limits with the real headers, error bodies,
/// idempotency, per-item errors. A function of shop, request and time, so that it also runs without a socket.
pub trait Imitation: Send {
    /// The platform's identifier.
    fn platform(&self) -> &'static str;

    /// What a merchant would be given: credential field → value. Fixed, so that examples can be copied.
    fn credentials(&self) -> Vec<(&'static str, String)>;

    /// Answers one request. Everything that the request changes is changed when this returns.
    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing;

    /// Allows as many calls as the platform's largest plan does, for demos: nobody wants to watch a small plan's limit
    /// at first sight. Platforms without plans do nothing.
    fn on_the_largest_plan(&mut self) {}

    /// What the platform's limiter has counted since the start; `None` where the platform publishes no limit.
    fn tally(&self) -> Option<Tally> {
        None
    }

    /// What a developer would be given for an app to log in with: credential field → value. Empty where there is no
    /// such way in.
    fn app(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The platform's way to say that something went wrong; changes nothing.
    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing;
}
