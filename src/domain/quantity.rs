//! Stock quantities: fixed-point, five decimals, never a float.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A quantity in hundred-thousandths of a unit (Square counts have up to five decimals).
/// Range ±92 trillion units; sums saturate, since no shop has that many and a wrapped count would be a lie.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Quantity(i64);

const SCALE: i64 = 100_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a quantity: {0:?} (a decimal number with at most five decimals)")]
pub struct QuantityError(pub String);

impl Quantity {
    pub const ZERO: Self = Self(0);

    pub const fn units(units: i64) -> Self {
        Self(units.saturating_mul(SCALE))
    }

    /// Hundred-thousandths of a unit, for stored forms.
    pub const fn raw(self) -> i64 {
        self.0
    }

    pub const fn from_raw(raw: i64) -> Self {
        Self(raw)
    }

    /// The number of whole units if there is no fraction: what integer-only platforms can be told.
    pub const fn whole(self) -> Option<i64> {
        if self.0 % SCALE == 0 { Some(self.0 / SCALE) } else { None }
    }

    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// So many per cent of it, rounded down to whole units. Of a negative quantity: all of it.
    pub fn share(self, per_cent: u8) -> Self {
        if self.0 < 0 {
            return self;
        }
        let part = i128::from(self.0) * i128::from(per_cent.min(100)) / 100;
        let units = i64::try_from(part).unwrap_or(i64::MAX) / SCALE;
        Self::units(units)
    }

    pub fn sum(quantities: impl IntoIterator<Item = Self>) -> Self {
        quantities.into_iter().fold(Self::ZERO, |total, quantity| total + quantity)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    /// `"12"`, `"-3"`, `"12.50000"`, `".5"`. Trailing zeros beyond five decimals are accepted, other digits are not.
    fn from_str(raw: &str) -> Result<Self, QuantityError> {
        parse_fixed(raw, 5).map(Self).ok_or_else(|| QuantityError(raw.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Quantity {
    type Error = QuantityError;
    fn try_from(raw: String) -> Result<Self, QuantityError> {
        raw.parse()
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> String {
        quantity.to_string()
    }
}

/// Reads a plain decimal into an integer scaled by `10^decimals`; `None` if it is no such number or does not fit.
pub(super) fn parse_fixed(raw: &str, decimals: u32) -> Option<i64> {
    let raw = raw.trim();
    let (negative, digits) = match raw.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, raw.strip_prefix('+').unwrap_or(raw)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let decimals = decimals as usize;
    let (kept, dropped) = fraction.split_at(fraction.len().min(decimals));
    if dropped.bytes().any(|b| b != b'0') {
        return None;
    }
    let mut value: i64 = 0;
    let padding = std::iter::repeat_n(b'0', decimals - kept.len());
    for digit in whole.bytes().chain(kept.bytes()).chain(padding) {
        value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(if negative { -value } else { value })
}

/// Writes an integer scaled by `10^decimals`; `trim` drops trailing zeros of the fraction.
pub(super) fn write_fixed(f: &mut fmt::Formatter<'_>, value: i64, decimals: u32, trim: bool) -> fmt::Result {
    let scale = 10u64.pow(decimals);
    let sign = if value < 0 { "-" } else { "" };
    let whole = value.unsigned_abs() / scale;
    let fraction = value.unsigned_abs() % scale;
    let mut text = format!("{sign}{whole}");
    if decimals > 0 && (fraction > 0 || !trim) {
        let digits = format!("{fraction:0width$}", width = decimals as usize);
        text.push('.');
        text.push_str(if trim { digits.trim_end_matches('0') } else { &digits });
    }
    f.pad(&text)
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_fixed(f, self.0, 5, true)
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Add for Quantity {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Quantity {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Quantity {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Quantity {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(raw in any::<i64>().prop_filter("min has no positive twin", |r| *r != i64::MIN)) {
            let quantity = Quantity::from_raw(raw);
            prop_assert_eq!(quantity.to_string().parse::<Quantity>(), Ok(quantity));
        }

        #[test]
        fn no_text_panics(raw in ".{0,30}") {
            let _ = raw.parse::<Quantity>();
        }
    }

    #[test]
    fn decimals_are_exact_or_refused() {
        assert_eq!("12.50000".parse(), Ok(Quantity::from_raw(1_250_000)));
        assert_eq!(".5".parse(), Ok(Quantity::from_raw(50_000)));
        assert_eq!("-3".parse(), Ok(Quantity::units(-3)));
        assert_eq!("0.1234500".parse(), Ok(Quantity::from_raw(12_345)));
        for bad in ["", ".", "1e3", "0.000001", "1,5", "NaN", "99999999999999999999"] {
            assert!(bad.parse::<Quantity>().is_err(), "{bad}");
        }
    }
}
