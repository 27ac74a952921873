//! Sets of field rules by name, as data.
//!
//! Those here are named by what they do. Presets that are known by the names of two platforms stand in the one list of
//! platforms and are made of these.

use crate::domain::{ConnectionId, Direction, Field, FieldRules};

/// A set of rules that a person can choose by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    pub name: &'static str,
    /// What it does, for somebody who has to choose.
    pub sentence: &'static str,
    pub quantity: bool,
    /// Fields that are not named are off.
    pub fields: &'static [(Field, Direction)],
    pub deletes: Direction,
}

impl Preset {
    /// Its rules between two connections. `can`: whether a field can be written by this direction; what cannot stays
    /// off.
    pub fn rules(
        &self,
        in_store: ConnectionId,
        online: ConnectionId,
        can: &dyn Fn(Field, Direction) -> bool,
    ) -> FieldRules {
        let fields = self.fields.iter().filter(|(field, direction)| can(*field, *direction)).copied().collect();
        FieldRules { in_store, online, quantity: self.quantity, fields, deletes: self.deletes }
    }

    /// Whether these rules are this preset's, as far as the two platforms can.
    pub fn is(&self, rules: &FieldRules, can: &dyn Fn(Field, Direction) -> bool) -> bool {
        let mut on = rules.clone();
        on.fields.retain(|_, direction| *direction != Direction::Off);
        self.rules(rules.in_store, rules.online, can) == on
    }

    /// As a person types it: blanks and letter case do not matter.
    pub fn is_named(&self, name: &str) -> bool {
        let letters = |raw: &str| raw.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let (own, given): (String, String) = (letters(self.name), letters(name));
        own == given
    }
}

/// What holds until somebody says otherwise.
pub const QUANTITIES_ONLY: Preset = Preset {
    name: "Quantities only",
    sentence: "stock follows every sale on both sides; titles, prices and all else stay as they are",
    quantity: true,
    fields: &[],
    deletes: Direction::Off,
};

pub const PRICES_FOLLOW_THE_TILL: Preset = Preset {
    name: "Prices follow the till",
    sentence: "stock follows every sale on both sides, and a price that changes at the till changes in the web shop",
    quantity: true,
    fields: &[(Field::Price, Direction::ToOnline)],
    deletes: Direction::Off,
};

/// What the till knows goes to the web shop, and nothing comes back but stock.
pub const THE_TILL_IS_THE_RECORD: Preset = Preset {
    name: "The till is the record",
    sentence: "products are edited at the till alone: texts, prices, pictures, new variants, activation and deletion go \
               to the web shop, and edits there are shown as conflicts",
    quantity: true,
    fields: &[
        (Field::Title, Direction::ToOnline),
        (Field::Description, Direction::ToOnline),
        (Field::Price, Direction::ToOnline),
        (Field::Sku, Direction::ToOnline),
        (Field::Barcode, Direction::ToOnline),
        (Field::Brand, Direction::ToOnline),
        (Field::Category, Direction::ToOnline),
        (Field::Options, Direction::ToOnline),
        (Field::Images, Direction::ToOnline),
        (Field::Weight, Direction::ToOnline),
        (Field::Dimensions, Direction::ToOnline),
        (Field::Active, Direction::ToOnline),
    ],
    deletes: Direction::ToOnline,
};

/// Those that need no platform's name.
pub const ALL: [Preset; 3] = [QUANTITIES_ONLY, PRICES_FOLLOW_THE_TILL, THE_TILL_IS_THE_RECORD];

#[cfg(test)]
mod tests {
    use super::*;

    const TILL: ConnectionId = ConnectionId(1);
    const WEB: ConnectionId = ConnectionId(2);

    #[test]
    fn the_default_is_the_first_one() {
        let rules = QUANTITIES_ONLY.rules(TILL, WEB, &|_, _| true);
        assert_eq!(rules, FieldRules::standard(TILL, WEB));
        assert!(QUANTITIES_ONLY.is(&rules, &|_, _| true) && !PRICES_FOLLOW_THE_TILL.is(&rules, &|_, _| true));
    }

    #[test]
    fn what_a_platform_cannot_write_stays_off_and_it_is_the_preset_still() {
        let can = |field, _| field != Field::Images;
        let rules = THE_TILL_IS_THE_RECORD.rules(TILL, WEB, &can);
        assert_eq!(rules.direction(Field::Images), Direction::Off);
        assert_eq!(rules.direction(Field::Title), Direction::ToOnline);
        assert!(THE_TILL_IS_THE_RECORD.is(&rules, &can) && !THE_TILL_IS_THE_RECORD.is(&rules, &|_, _| true));
        assert!(THE_TILL_IS_THE_RECORD.is_named("the-till-is-the-record"));
    }
}
