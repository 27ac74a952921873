//! The link report.

use crate::domain::{ListingId, MatchKey, Reason, Side, Text};
use crate::protocol::{CandidateRow, ListingBrief, ReasonRow, ReportRow, ShownQuantity};

use super::shop::{counted, euro, title};

pub fn brief(number: u64, side: Side) -> ListingBrief {
    let online = side == Side::Online;
    let title = title(number);
    ListingBrief {
        listing: ListingId(number * 2 + u64::from(online)),
        mark: match (side, number.is_multiple_of(3)) {
            (Side::InStore, _) => "Sq",
            (Side::Online, true) => "Wo",
            (Side::Online, false) => "Sh",
        }
        .to_owned(),
        side,
        title: if online && number.is_multiple_of(4) { Text::new(&title.to_uppercase()) } else { title },
        brand: number.is_multiple_of(2).then(|| Text::new("Hearth & Co")),
        sku: Some(Text::new(&format!("GS-{:05}{}", number * 31, if online && number % 5 == 2 { "-W" } else { "" }))),
        barcode: (!number.is_multiple_of(3)).then(|| Text::new(&format!("400638{:07}", number * 991))),
        price: Some(euro(if online { 1990 } else { 1990 + (number as i64 % 3) * 100 })),
        quantity: match (number % 8, online) {
            (3, true) => ShownQuantity::Unknown,
            (6, false) => ShownQuantity::Untracked,
            (rest, true) => counted(rest as i64 * 3),
            (rest, false) => counted(rest as i64 * 4),
        },
        variants: if number.is_multiple_of(5) { 3 } else { 1 },
    }
}

pub fn candidate(number: u64) -> ReportRow {
    let matched = match number % 4 {
        0 => vec![MatchKey::Barcode, MatchKey::Sku, MatchKey::Title],
        1 => vec![MatchKey::Sku, MatchKey::Title],
        2 => vec![MatchKey::Barcode],
        _ => vec![MatchKey::Title],
    };
    ReportRow::Candidate(CandidateRow {
        in_store: brief(number, Side::InStore),
        online: brief(number, Side::Online),
        matched,
    })
}

pub fn without(number: u64) -> ReportRow {
    let side = if number.is_multiple_of(2) { Side::InStore } else { Side::Online };
    let reason = |reason: Reason, sentence: &str, mend: &str| ReasonRow {
        reason,
        sentence: sentence.to_owned(),
        mend: mend.to_owned(),
    };
    let other = ListingId(900 + number);
    let reasons = match number % 3 {
        0 => vec![
            reason(
                Reason::PriceDiffers { other, ours: Some(euro(1990)), theirs: Some(euro(2490)) },
                "The titles match, but that alone needs the same price: 19.90 EUR here, 24.90 EUR on Kaffee Online",
                "Make the prices equal, or give both the same SKU or barcode",
            ),
            reason(
                Reason::BrandDiffers { other, ours: None, theirs: Some(Text::new("Hearth & Co")) },
                "The brands differ: blank here, Hearth & Co on Kaffee Online",
                "Fill in the brand here",
            ),
        ],
        1 => vec![reason(
            Reason::StructureDiffers { other, ours_variable: true },
            "This has variants, and its counterpart is a single article",
            "Archive the one with the wrong structure, and push the other one over",
        )],
        _ => vec![reason(
            Reason::NoCounterpart,
            "Nothing on the other side has this barcode, SKU or title",
            "Push it to the other side from Products",
        )],
    };
    ReportRow::WithoutCandidate { listing: brief(500 + number, side), reasons }
}
