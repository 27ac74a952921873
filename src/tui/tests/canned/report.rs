//! The link report.

use crate::domain::{Field, FieldValue, Likelihood, ListingId, MatchKey, Reason, Side, Text, Timestamp};
use crate::protocol::{
    CandidateRow, EvidenceRow, LinkExplanation, LinkedRow, ListingBrief, Mend, MendRow, ReasonRow, RejectedRow, Reply,
    ReportRow, ReportView, ShownQuantity, SuggestionRow,
};

use super::Canned;

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
        mends: Vec::new(),
    };
    let other = ListingId(900 + number);
    let priced = |listing: u64, place: &str, minor: i64| MendRow {
        sentence: format!("Set the price on {place} to {}", euro(minor)),
        mend: Mend {
            listing: ListingId(listing),
            variant: None,
            field: Field::Price,
            to: FieldValue::Money(Some(euro(minor))),
        },
    };
    let mut reasons = match number % 3 {
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
    if number.is_multiple_of(3) {
        reasons[0].mends = vec![priced(900 + number, "Kaffee Online", 1990), priced(500 + number, "Till", 2490)];
    }
    ReportRow::WithoutCandidate { listing: brief(500 + number, side), reasons }
}

pub fn suggestion(number: u64) -> ReportRow {
    let piece = |aspect: &str, speaks_for: bool, sentence: &str| EvidenceRow {
        aspect: aspect.to_owned(),
        speaks_for,
        sentence: sentence.to_owned(),
        in_store: None,
        online: None,
    };
    let (class, percent) = match number {
        0..14 => (Likelihood::Sure, 99 - number as u8 / 3),
        _ => (Likelihood::Likely, 93 - number as u8),
    };
    let (in_store, mut online) = (brief(300 + number, Side::InStore), brief(300 + number, Side::Online));
    online.title = Text::new(&format!("{} (large)", online.title));
    online.sku = None;
    let evidence = vec![
        piece("title", true, "The titles share “stoneware”, “teapot”, “hearth”; only one has: “large” online"),
        piece("price", number.is_multiple_of(2), "The prices are near: 20.90 EUR in store, 19.90 EUR online"),
        piece("size", false, "The sizes differ: “small” in store, “large” online"),
        piece("brand", true, "The same brand: Hearth & Co"),
    ];
    ReportRow::Suggestion(SuggestionRow { in_store, online, class, percent, evidence })
}

pub fn rejected(number: u64, now: Timestamp) -> ReportRow {
    let (in_store, online) = (brief(350 + number, Side::InStore), brief(370 + number, Side::Online));
    ReportRow::Rejected(RejectedRow { in_store, online, at: now.plus_seconds(-3600 * (number as i64 + 1)) })
}

/// Whether a view shows a row, but for its search.
pub fn fits(row: &ReportRow, view: &ReportView) -> bool {
    match row {
        ReportRow::Candidate(row) => view.matched.is_none_or(|key| row.matched.contains(&key)),
        ReportRow::Suggestion(row) => view.class.is_none_or(|class| row.class == class),
        ReportRow::WithoutCandidate { reasons, .. } => {
            view.reason.is_none_or(|kind| reasons.iter().any(|reason| reason.reason.kind() == kind))
        }
        ReportRow::Rejected(_) => true,
    }
}

fn blank(listing: ListingBrief) -> LinkExplanation {
    LinkExplanation {
        listing,
        connection: Text::new("Kaffee & Tee"),
        sentence: String::new(),
        linked: Vec::new(),
        candidates: Vec::new(),
        reasons: Vec::new(),
        suggestions: Vec::new(),
        rejected: Vec::new(),
    }
}

/// A product that is linked.
pub fn linked(_: &Canned) -> Reply {
    let row = LinkedRow { variant: "Teapot".to_owned(), with: vec!["Kaffee Online: Teapot, stoneware".to_owned()] };
    let told =
        LinkExplanation { sentence: "It is linked".to_owned(), linked: vec![row], ..blank(brief(7, Side::InStore)) };
    Reply::LinkExplained { listings: vec![told] }
}

/// A listing of the report.
pub fn explained(canned: &Canned, listing: ListingId) -> Option<Reply> {
    let without = canned.without.iter().find(|row| row.listing().listing == listing);
    let candidate = canned.candidates.iter().find(|row| row.listing().listing == listing);
    let told = match (without, candidate) {
        (Some(ReportRow::WithoutCandidate { listing, reasons }), _) => LinkExplanation {
            sentence: "Nothing matches it exactly, but something is like it".to_owned(),
            reasons: reasons.clone(),
            suggestions: canned.suggestions.iter().take(2).filter_map(like).collect(),
            ..blank(listing.clone())
        },
        (_, Some(ReportRow::Candidate(row))) => LinkExplanation {
            sentence: format!("It can be linked with “{}”: same SKU", row.online.title),
            candidates: vec![row.clone()],
            ..blank(row.in_store.clone())
        },
        _ => return None,
    };
    Some(Reply::LinkExplained { listings: vec![told] })
}

fn like(row: &ReportRow) -> Option<SuggestionRow> {
    if let ReportRow::Suggestion(row) = row { Some(row.clone()) } else { None }
}
