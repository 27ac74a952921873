//! The preset for Lightspeed POS and E-Series against every row of the tables and every rule that Lightspeed publishes
//! ("Syncing your product catalog with eCom (E-Series)"), those that do not sync among them.

use std::collections::BTreeSet;

use super::{LIGHTSPEED_E_SERIES, presets};
use crate::domain::{
    ConnectionId, Currency, Direction, Field, FieldRules, FieldValue, Money, Side, Status, Text, Weight,
};
use crate::rules::fields::{Agreed, Verdict, decide, face};

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    /// The till's value goes to the web shop.
    Follows(Field),
    /// Stock: both ways, by the ledger.
    Quantity,
    /// A field of ours that the preset leaves alone.
    Off(Field),
    /// Nothing that this program keeps, so nothing that it could write.
    NotKept,
}
use Row::{Follows, NotKept, Off, Quantity};

/// "Product information that syncs to eCom", row by row: (Retail POS, eCom, what we do).
const SYNCS: [(&str, &str, Row); 14] = [
    ("Name", "Name", Follows(Field::Title)),
    ("Product category", "Product category", Follows(Field::Category)),
    ("Description", "Description", Follows(Field::Description)),
    ("Brand", "Brand", Follows(Field::Brand)),
    ("SKU", "SKU", Follows(Field::Sku)),
    ("UPC", "UPC", Follows(Field::Barcode)),
    ("Attributes", "Options", Follows(Field::Options)),
    ("Attribute Values", "Option Values", Follows(Field::Options)),
    ("Active / Inactive", "Product Availability", Follows(Field::Active)),
    ("Inventory", "Quantity in Stock", Quantity),
    ("Retail Price", "Pricing", Follows(Field::Price)),
    ("Images", "Images", Follows(Field::Images)),
    ("Weight", "Weight, Kg", Follows(Field::Weight)),
    ("Dimensions", "Shipping & Pickup", Follows(Field::Dimensions)),
];

/// "Product information that does not sync to eCom".
const DOES_NOT_SYNC: [(&str, &str, Row); 11] = [
    ("Handle", "N/A", NotKept),
    ("Supplier", "N/A", NotKept),
    ("Supplier Code", "N/A", NotKept),
    ("Supplier Price", "N/A", NotKept),
    ("Reorder Points", "N/A", NotKept),
    ("Reorder Quantity", "N/A", NotKept),
    ("Tax", "N/A", NotKept),
    ("Tags", "N/A", NotKept),
    ("N/A", "'Compare to' Price", Off(Field::CompareAtPrice)),
    ("N/A", "Product Subtitle", NotKept),
    ("N/A", "Low Stock Threshold", NotKept),
];

const TILL: ConnectionId = ConnectionId(1);
const WEB: ConnectionId = ConnectionId(2);

fn rules() -> FieldRules {
    LIGHTSPEED_E_SERIES.rules(TILL, WEB, &|_, _| true)
}

/// Two values that a field can have.
fn values(field: Field) -> [FieldValue; 2] {
    let price = |minor| FieldValue::Money(Some(Money::new(minor, Currency::new("EUR").unwrap())));
    let text = |raw: &str| Text::new(raw);
    match field {
        Field::Title | Field::Description => ["Mug", "Big mug"].map(|raw| FieldValue::Text(text(raw))),
        Field::Price | Field::CompareAtPrice => [1000, 1200].map(price),
        Field::Sku | Field::Barcode | Field::Brand | Field::Category => {
            ["A-1", "A-2"].map(|raw| FieldValue::Maybe(Some(text(raw))))
        }
        Field::Options => {
            [vec!["Red"], vec!["Red", "Blue"]].map(|labels| FieldValue::Options(labels.into_iter().map(text).collect()))
        }
        Field::Images => ["a/1.jpg", "a/2.jpg"].map(|end| FieldValue::Images(vec![format!("https://x.example/{end}")])),
        Field::Weight => [350, 400].map(|grams| FieldValue::Weight(Some(Weight::grams(grams)))),
        Field::Dimensions => {
            [1, 2].map(|length| FieldValue::Dimensions(Some(crate::domain::Dimensions { length, width: 1, height: 1 })))
        }
        Field::Active => [FieldValue::Status(Status::Active), FieldValue::Status(Status::Archived)],
    }
}

/// What follows from an edit on one side of a pair that was in step; `None`: nothing that anybody looks at.
fn edit(field: Field, on: Side) -> Option<Verdict> {
    let record = rules().direction(field).record()?;
    let [before, after] = values(field).map(|value| face(field, &value));
    let agreed = Some(Agreed::of(before, before));
    Some(match on == record {
        true => decide(field, after, before, agreed),
        false => decide(field, before, after, agreed),
    })
}

#[test]
fn every_row_of_the_tables_is_kept_as_lightspeed_keeps_it() {
    let rules = rules();
    for (pos, ecom, row) in SYNCS.into_iter().chain(DOES_NOT_SYNC) {
        let told = format!("{pos} → {ecom}");
        match row {
            Follows(field) => {
                assert_eq!(rules.direction(field), Direction::ToOnline, "{told}");
                assert_eq!(rules.direction(field).record(), Some(Side::InStore), "{told}");
            }
            Quantity => assert!(rules.quantity, "{told}"),
            Off(field) => assert_eq!(rules.direction(field), Direction::Off, "{told}"),
            NotKept => {
                let word = |raw: &str| Field::of_word(&raw.to_lowercase().replace(' ', "-"));
                assert!(word(pos).is_none() && word(ecom).is_none(), "{told}: there is such a field");
            }
        }
    }
    // And no field besides: what the tables do not name is off.
    let named: BTreeSet<Field> =
        SYNCS.iter().filter_map(|(_, _, row)| if let Follows(field) = row { Some(*field) } else { None }).collect();
    let on: BTreeSet<Field> = Field::ALL.into_iter().filter(|f| rules.direction(*f) != Direction::Off).collect();
    assert_eq!(on, named);
}

#[test]
fn the_rules_of_the_page_hold() {
    // (rule, field, edited on, what follows)
    let rows = [
        ("updating a product in Retail POS updates eCom", Field::Title, Side::InStore, Some(Verdict::Write)),
        ("… its description", Field::Description, Side::InStore, Some(Verdict::Write)),
        ("… its SKU", Field::Sku, Side::InStore, Some(Verdict::Write)),
        ("… its price", Field::Price, Side::InStore, Some(Verdict::Write)),
        ("… its category", Field::Category, Side::InStore, Some(Verdict::Write)),
        ("an update in eCom does not sync back", Field::Title, Side::Online, Some(Verdict::Conflict { both: false })),
        ("… nor a price", Field::Price, Side::Online, Some(Verdict::Conflict { both: false })),
        ("images of Retail POS sync", Field::Images, Side::InStore, Some(Verdict::Write)),
        ("images of eCom do not", Field::Images, Side::Online, Some(Verdict::Conflict { both: false })),
        ("activating and deactivating follows Retail POS", Field::Active, Side::InStore, Some(Verdict::Write)),
        ("… and never eCom", Field::Active, Side::Online, Some(Verdict::Conflict { both: false })),
        ("the 'Compare to' price of eCom is eCom's", Field::CompareAtPrice, Side::Online, None),
        ("… on either side", Field::CompareAtPrice, Side::InStore, None),
    ];
    for (rule, field, on, expected) in rows {
        assert_eq!(edit(field, on), expected, "{rule}");
    }
    // Variants: added to eCom when added in Retail POS, and not the other way round. `rules::fields::further` adds only
    // in this direction; its tests add them.
    assert_eq!(rules().direction(Field::Options).record(), Some(Side::InStore));
    // Deleted from eCom when deleted from Retail POS, and not the other way round.
    assert_eq!(rules().deletes, Direction::ToOnline);
}

#[test]
fn it_is_found_by_its_name_and_the_default_comes_first() {
    let all = presets();
    assert!(all.iter().any(|preset| preset.is_named("lightspeed pos + e-series")));
    assert_eq!(all[0].rules(TILL, WEB, &|_, _| true), FieldRules::standard(TILL, WEB));
    let names: BTreeSet<&str> = all.iter().map(|preset| preset.name).collect();
    assert_eq!(names.len(), all.len());
}
