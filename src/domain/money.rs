//! Prices: minor units and a currency, never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::quantity::{parse_fixed, write_fixed};

/// An ISO 4217 code, upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Currency([u8; 3]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("not a currency code: {0:?} (three letters such as EUR)")]
    Currency(String),
    #[error("not an amount in {currency}: {raw:?}")]
    Amount { raw: String, currency: Currency },
}

impl Currency {
    pub fn new(code: &str) -> Result<Self, MoneyError> {
        let refused = || MoneyError::Currency(code.chars().take(10).collect());
        let bytes: [u8; 3] = code.trim().as_bytes().try_into().map_err(|_| refused())?;
        if !bytes.iter().all(u8::is_ascii_alphabetic) {
            return Err(refused());
        }
        Ok(Self(bytes.map(|b| b.to_ascii_uppercase())))
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits of the minor unit (ISO 4217, table A.1): 2 unless listed.
    pub fn decimals(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(raw: String) -> Result<Self, MoneyError> {
        Self::new(&raw)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in the currency's minor unit (cents).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a platform's decimal string (`"19.90"`, `"19.9000"`). More decimals than the currency has are
    /// refused unless they are zeros: rounding a price is not ours to do.
    pub fn parse(raw: &str, currency: Currency) -> Result<Self, MoneyError> {
        parse_fixed(raw, currency.decimals())
            .map(|minor| Self { minor, currency })
            .ok_or_else(|| MoneyError::Amount { raw: raw.chars().take(40).collect(), currency })
    }

    /// `19.90`, without the currency: what the platforms' decimal fields take.
    pub fn amount(&self) -> String {
        struct Amount<'a>(&'a Money);
        impl fmt::Display for Amount<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_fixed(f, self.0.minor, self.0.currency.decimals(), false)
            }
        }
        Amount(self).to_string()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.amount(), self.currency))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_the_currencys_decimals() {
        let euro = Currency::new("eur").unwrap();
        let yen = Currency::new("JPY").unwrap();
        assert_eq!(Money::parse("19.9", euro).unwrap(), Money::new(1990, euro));
        assert_eq!(Money::parse("19.9000", euro).unwrap().to_string(), "19.90 EUR");
        assert_eq!(Money::parse("1200", yen).unwrap().amount(), "1200");
        assert!(Money::parse("19.995", euro).is_err());
        assert!(Currency::new("€").is_err());
    }
}
