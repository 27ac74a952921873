//! What is wrong in the canned shop.

use crate::domain::{Field, FieldValue, Flaw, Side, Text, Timestamp};
use crate::protocol::{CleanUpCounts, CleanUpRow, CleanUpView, Mend};

use super::report::brief;

pub fn rows(view: &CleanUpView) -> Vec<CleanUpRow> {
    (0..48).map(row).filter(|row| view.flaw.is_none_or(|flaw| row.flaw == flaw)).collect()
}

pub fn counts(now: Timestamp) -> CleanUpCounts {
    let count = |flaw| (0..48).map(row).filter(|row| row.flaw == flaw).count() as u64;
    let flaws = Flaw::ALL.into_iter().map(|flaw| (flaw, count(flaw))).filter(|(_, count)| *count > 0);
    CleanUpCounts { made_at: now, stale: false, flaws: flaws.collect() }
}

fn row(number: u64) -> CleanUpRow {
    let side = if number.is_multiple_of(3) { Side::Online } else { Side::InStore };
    let listing = brief(number + 3, side);
    let title = listing.title.clone();
    let (flaw, sentence, mend, to) = match number / 12 {
        0 => (
            Flaw::Duplicate,
            format!("2 products have the same title “{title}”: l{number}, l{}", number + 90),
            "Keep the one that is linked or sold and archive the others, or tell them apart in their titles".to_owned(),
            None,
        ),
        1 => (
            Flaw::MissingSku,
            "It has no SKU".to_owned(),
            "Give it a SKU of its own: with the one of its counterpart on the other side, the two match".to_owned(),
            None,
        ),
        2 => (
            Flaw::InvalidBarcode,
            "The barcode, “4006381333932”, is mistyped: with these digits, the last one would have to be 1".to_owned(),
            "Scan it again; if the other digits are right, it is 4006381333931".to_owned(),
            Some((Field::Barcode, FieldValue::Maybe(Some(Text::new("4006381333931"))))),
        ),
        _ => (
            Flaw::SpecialCharacter,
            format!("The title “{title}” is not plain: “С” (U+0421) looks like “C”"),
            "Write “Cafe crème cup”".to_owned(),
            Some((Field::Title, FieldValue::Text(Text::new("Cafe crème cup")))),
        ),
    };
    let edits = to.map(|(field, to)| Mend { listing: listing.listing, variant: None, field, to });
    CleanUpRow {
        flaw,
        connection: if side == Side::InStore { "Corner shop".to_owned() } else { "Web outlet".to_owned() },
        listing,
        examples: Vec::new(),
        count: 1,
        sentence,
        mend,
        edits: edits.into_iter().collect(),
    }
}
