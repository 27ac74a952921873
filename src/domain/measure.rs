//! Weight and size, in units fine enough for every platform's own.

use serde::{Deserialize, Serialize};

/// In milligrams: grams, kilograms, ounces and pounds with the decimals that platforms allow come back unharmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weight(pub u64);

/// In micrometres: millimetres and inches with the decimals that platforms allow come back unharmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dimensions {
    pub length: u64,
    pub width: u64,
    pub height: u64,
}

impl Weight {
    pub const fn grams(grams: u64) -> Self {
        Self(grams.saturating_mul(1000))
    }
}

impl std::fmt::Display for Weight {
    /// `1.25 kg`, `350 g`, `0.5 g`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 >= 1_000_000 { write!(f, "{} kg", decimal(self.0, 6)) } else { write!(f, "{} g", decimal(self.0, 3)) }
    }
}

impl std::fmt::Display for Dimensions {
    /// `30 × 20 × 4.5 cm`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} × {} × {} cm", decimal(self.length, 4), decimal(self.width, 4), decimal(self.height, 4))
    }
}

/// `value / 10^decimals`, without needless zeros.
fn decimal(value: u64, decimals: u32) -> String {
    let unit = 10u64.pow(decimals);
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let rest = format!("{rest:0width$}", width = decimals as usize);
    format!("{whole}.{}", rest.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_read_as_people_write_them() {
        assert_eq!(Weight::grams(350).to_string(), "350 g");
        assert_eq!(Weight(500).to_string(), "0.5 g");
        assert_eq!(Weight::grams(1250).to_string(), "1.25 kg");
        let box_size = Dimensions { length: 300_000, width: 200_000, height: 45_000 };
        assert_eq!(box_size.to_string(), "30 × 20 × 4.5 cm");
    }
}
