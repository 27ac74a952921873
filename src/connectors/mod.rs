//! The one list of platforms. To add one: a folder with the same files as its neighbours, and a line here.

mod bigcommerce;
mod clover;
mod e_series;
mod lightspeed_r;
mod lightspeed_x;
mod shopify;
mod square;
mod wix;
mod woocommerce;

#[cfg(test)]
mod charts;
#[cfg(test)]
mod presets;

use std::sync::Arc;

use crate::domain::{Currency, Location};
use crate::http::Http;
use crate::login::LoginDesk;
use crate::platform::{Clock, PlatformError, Profile, SharedConnector};
use crate::rules::presets::{self as rules, Preset};
use crate::sandbox::{Imitation, ShopProduct};
use crate::secrets::Credentials;

/// What a connector is made from.
pub struct Account {
    pub http: Http,
    pub credentials: Credentials,
    pub clock: Arc<dyn Clock>,
    /// The locations in use, the one written to first. Empty for the first `test`, before anything is known.
    pub locations: Vec<Location>,
    /// The shop's currency; unknown before the first `test`.
    pub currency: Option<Currency>,
    /// Where tokens are changed and kept; `Some` where the profile has a login.
    pub login: Option<LoginDesk>,
}

/// A platform as the rest of the program knows it.
pub struct Platform {
    pub profile: &'static Profile,
    pub connect: fn(Account) -> Result<SharedConnector, PlatformError>,
    /// Takes the platform's own sentence out of an error body.
    pub explain: fn(status: u16, body: &[u8]) -> Option<String>,
    /// A sandbox that speaks the platform's HTTP.
    pub imitate: fn() -> Box<dyn Imitation>,
    /// Reads the platform's own CSV export; `None` if these are not its columns.
    pub read_export: ReadExport,
}

/// Products of an export with these columns; a plain sentence if a row cannot be understood.
pub type ReadExport =
    fn(columns: &csv::StringRecord, rows: &[csv::StringRecord]) -> Option<Result<Vec<ShopProduct>, String>>;

static ALL: &[&Platform] = &[
    &square::PLATFORM,
    &woocommerce::PLATFORM,
    &shopify::PLATFORM,
    &clover::PLATFORM,
    &lightspeed_r::PLATFORM,
    &lightspeed_x::PLATFORM,
    &bigcommerce::PLATFORM,
    &e_series::PLATFORM,
    &wix::PLATFORM,
];

pub fn all() -> &'static [&'static Platform] {
    ALL
}

/// What these two keep in step by their own: the tables of "Syncing your product catalog with eCom (E-Series)".
const LIGHTSPEED_E_SERIES: Preset = Preset {
    name: "Lightspeed POS + E-Series",
    sentence: "as Lightspeed does it: the till is the record of products, their variants, pictures and prices, of \
               activation and deletion; stock goes both ways; edits in the web shop are shown and never taken over",
    ..rules::THE_TILL_IS_THE_RECORD
};

/// Sets of field rules that can be chosen, the default first.
pub fn presets() -> Vec<Preset> {
    rules::ALL.into_iter().chain([LIGHTSPEED_E_SERIES]).collect()
}

/// By the name that the command line takes.
pub fn named(id: &str) -> Option<&'static Platform> {
    ALL.iter().find(|platform| platform.profile.id == id).copied()
}
