//! Who asks, and how often: one key, two sites (each with one of the catalogues), and 200 calls a minute.

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Tally};

use super::super::shop::Catalogue;
use super::problem::{self, Problem};

pub(super) const KEY: &str = "IST.h4rb0urh1llk3yf0rth3s4ndb0x0nly";
/// The site with the newer catalogue.
pub(super) const SITE: &str = "5a4d0b0c-0003-4000-8000-000000000003";
/// The site with the older one: the same shop.
pub(super) const OLDER_SITE: &str = "5a4d0b0c-0001-4000-8000-000000000001";

const QUOTA: u32 = 200;
const WINDOW_MILLIS: i64 = 60_000;

#[derive(Debug)]
pub(super) struct Door {
    began: Timestamp,
    used: u32,
    tally: Tally,
    /// The older site was moved to the newer catalogue.
    pub moved: bool,
    /// Beginnings of paths that the key lacks the permission for.
    pub forbidden: Vec<&'static str>,
}

impl Default for Door {
    fn default() -> Self {
        Self { began: Timestamp(i64::MIN / 2), used: 0, tally: Tally::default(), moved: false, forbidden: Vec::new() }
    }
}

impl Door {
    pub(super) fn tally(&self) -> Tally {
        Tally { per_second: u64::from(QUOTA) * 1_000_000 / WINDOW_MILLIS.unsigned_abs(), ..self.tally }
    }

    /// Counts the call, and says which catalogue the site has, for those who may.
    pub(super) fn admit(&mut self, request: &Incoming, now: Timestamp) -> Result<Catalogue, Problem> {
        if now.0 - self.began.0 >= WINDOW_MILLIS {
            self.began = now;
            self.used = 0;
        }
        if self.used >= QUOTA {
            self.tally.refused += 1;
            return Err(problem::bare(429, "Too many requests"));
        }
        self.used += 1;
        self.tally.used += 1000;
        if request.header("authorization") != Some(KEY) {
            return Err(problem::bare(401, "Unauthenticated"));
        }
        // Either a site or an account, never both.
        if request.header("wix-account-id").is_some() {
            return Err(problem::bare(400, "wix-site-id and wix-account-id exclude each other"));
        }
        let catalogue = match request.header("wix-site-id") {
            Some(SITE) => Catalogue::V3,
            Some(OLDER_SITE) if self.moved => Catalogue::V3,
            Some(OLDER_SITE) => Catalogue::V1,
            _ => return Err(problem::bare(403, "Forbidden: the key is not for this site")),
        };
        if self.forbidden.iter().any(|start| request.path.starts_with(start)) {
            return Err(problem::bare(403, "Forbidden"));
        }
        Ok(catalogue)
    }
}
