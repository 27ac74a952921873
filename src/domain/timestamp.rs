//! Points in time, as numbers that somebody else read off a clock.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads RFC 3339, with any offset; `None` otherwise.
    pub fn parse(raw: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(raw.trim(), &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }

    /// `2026-11-21T19:00:00.123Z`
    pub fn rfc3339(self) -> String {
        self.moment().and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
    }

    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Whole seconds from `earlier` to `self`, never negative.
    pub fn seconds_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0) / 1000).unwrap_or(0)
    }

    fn moment(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_fractions_are_understood() {
        let moment = Timestamp::parse("2026-11-21T20:00:00.250+01:00").unwrap();
        assert_eq!(moment.rfc3339(), "2026-11-21T19:00:00.25Z");
        assert_eq!(Timestamp::parse("yesterday"), None);
    }
}
