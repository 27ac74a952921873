//! The integration charts: every platform's says of everything what becomes of it, and says what is so.

use std::collections::BTreeMap;

use crate::domain::Field;

use super::all;

const EVERYTHING: [&str; 14] = [
    "title",
    "description",
    "brand",
    "category",
    "status",
    "pictures",
    "options",
    "SKU",
    "barcode",
    "price",
    "compare-at price",
    "weight",
    "dimensions",
    "quantity",
];

#[test]
fn a_chart_says_of_everything_what_becomes_of_it() {
    for platform in all() {
        let profile = platform.profile;
        let rows = profile.fields.iter().flat_map(|note| note.field.split(", ").map(move |field| (field, note)));
        let uses: BTreeMap<&str, &str> = rows.map(|(field, note)| (field, profile.use_of(note))).collect();
        for field in EVERYTHING {
            assert!(uses.contains_key(field), "{} says nothing of its {field}", profile.name);
        }
        for field in Field::ALL.into_iter().filter(|field| *field != Field::Options) {
            let name = match field {
                Field::Images => "pictures",
                Field::Active => "status",
                field => field.label(),
            };
            let is_written = uses[name] == "both ways";
            assert_eq!(is_written, profile.edits.contains(&field), "{}: {name}: {}", profile.name, uses[name]);
        }
        assert_eq!(uses["quantity"], "both ways", "{}", profile.name);
        assert_eq!(uses.get("orders").copied(), Some("read").filter(|_| profile.order_feed), "{}", profile.name);
    }
}
