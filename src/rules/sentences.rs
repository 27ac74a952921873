//! The sentences for people: one for each machine-readable reason, naming both values and the shortest mend.
//!
//! Wording rules: what is the matter, then what to do; names in quotation marks; no full stop at the end. A listing
//! that is not known any more is still spoken of.

use crate::domain::{ListingId, Money, Reason, RefusalReason, Text};

use super::CatalogueView;

/// (what is the matter, what to do about it)
pub fn reason(catalogue: &dyn CatalogueView, reason: &Reason) -> (String, String) {
    let names = Names(catalogue);
    match reason {
        Reason::PriceDiffers { other, ours, theirs } => (
            format!(
                "The title matches {}, but the price differs: {} here, {} there",
                names.listing(*other),
                price(*ours),
                price(*theirs)
            ),
            "Make the prices equal, or give both the same SKU or barcode".into(),
        ),
        Reason::BrandDiffers { other, ours, theirs } => (
            format!(
                "The title matches {}, but the brand differs: {} here, {} there",
                names.listing(*other),
                brand(ours.as_ref()),
                brand(theirs.as_ref())
            ),
            "Make the brands equal or both blank, or give both the same SKU or barcode".into(),
        ),
        Reason::StructureDiffers { other, ours_variable } => {
            let (ours, theirs) = if *ours_variable {
                ("has variants", "is a single item")
            } else {
                ("is a single item", "has variants")
            };
            (
                format!("This {ours}, but {} {theirs}", names.listing(*other)),
                "Link its variants one by one: `counterpart report --across` shows which is which".into(),
            )
        }
        Reason::VariantsDiffer { other, without } => (
            format!(
                "{} not on {} by options, SKU or barcode, or more than one fits: {}",
                variants_are(without.len()),
                names.listing(*other),
                list(without)
            ),
            "Give each of them the same options, or the same SKU or barcode, as its counterpart".into(),
        ),
        Reason::OtherHasMore { other, without } => (
            format!(
                "{} has variants that are not here, or that fit more than one: {}",
                names.listing(*other),
                list(without)
            ),
            "Add them here, remove them there, or give them the SKUs or barcodes of their counterparts".into(),
        ),
        Reason::DuplicateKey { key, value, listings } => (
            format!(
                "The {} “{value}” stands on several products, so it does not tell which one is meant: {}",
                key.label(),
                names.listings(listings)
            ),
            format!("Give each its own {}, or archive the duplicates", key.label()),
        ),
        Reason::DuplicateVariant { listing, label } => (
            format!("Two variants of {} are the same: “{label}”", names.listing(*listing)),
            "Change the options of one of them, or delete it".into(),
        ),
        Reason::Inactive => (
            "It is a draft or archived, and only active products are linked".into(),
            "Publish it, then refresh the report".into(),
        ),
        Reason::OtherInactive { other } => (
            format!("{} would match, but is a draft or archived", names.listing(*other)),
            "Publish it there, then refresh the report".into(),
        ),
        Reason::OtherLinked { other } => (
            format!("{} would match, but is linked to another product already", names.listing(*other)),
            "If this one is a duplicate, archive it; else give it a SKU, barcode and title of its own".into(),
        ),
        Reason::OtherMatched { other, by, with } => (
            format!(
                "{} matches {} by {}, which is stronger than what it shares with this one",
                names.listing(*other),
                names.listing(*with),
                by.label()
            ),
            format!("If this one is meant, correct the {}; else nothing is to be done", by.label()),
        ),
        Reason::SeveralCounterparts { key, of, listings } => (
            format!(
                "The {}s on the variants of {} lead to several products: {}",
                key.label(),
                names.listing(*of),
                names.listings(listings)
            ),
            format!("Let all {}s of one product lead to one product, or archive the duplicates", key.label()),
        ),
        Reason::PartlyLinked { other, without } => (
            format!("Linked to {}, but for these variants: {}", names.listing(*other), list(without)),
            "Add them on the other side with the same options, SKU or barcode; the report then offers the rest".into(),
        ),
        Reason::SpecialCharacter { other, key, ours, theirs } => (
            format!(
                "The {} differs from that of {} in special characters only: “{ours}” here, “{theirs}” there",
                key.label(),
                names.listing(*other)
            ),
            match first_difference(ours, theirs) {
                Some((here, there)) => format!(
                    "Write the {} the same way on both sides: here stands {here} where there stands {there}",
                    key.label()
                ),
                None => format!("Write the {} the same way on both sides", key.label()),
            },
        ),
        Reason::SpellingNear { other, key, ours, theirs, distance } => (
            format!(
                "The {} is {} away from that of {}: “{ours}” here, “{theirs}” there",
                key.label(),
                if *distance == 1 { "one character".into() } else { format!("{distance} characters") },
                names.listing(*other)
            ),
            format!("If the two are one product, write the {} the same way on both sides", key.label()),
        ),
        Reason::InvalidBarcode { value, check_digit } => (
            format!(
                "The barcode “{value}” is mistyped: with these digits, the last one would have to be {check_digit}"
            ),
            "Scan the product again, and correct the barcode".into(),
        ),
        Reason::NoKey => (
            "It has no SKU and no barcode, and nothing on the other side has its title".into(),
            "Give it the SKU or barcode of its counterpart, or push it to the other side".into(),
        ),
        Reason::Rejected { other } => (
            format!("It matches {}, but you said that the two are not one product", names.listing(*other)),
            "If they are, take the rejection back in the list of what you rejected".into(),
        ),
        Reason::NoCounterpart => (
            "Nothing on the other side has its barcode, SKU or title".into(),
            "Push it to the other side, or correct the spelling on one of them".into(),
        ),
    }
}

/// What is the matter, and what to do about it, in one sentence.
pub fn refusal(catalogue: &dyn CatalogueView, reason: &RefusalReason) -> String {
    let names = Names(catalogue);
    match reason {
        RefusalReason::AlreadyThere => "It is there already and linked; there is nothing to push".into(),
        RefusalReason::OnlyOnTarget => {
            "It exists on the target side only, so there is nothing to copy; push it to the other side instead".into()
        }
        RefusalReason::Gone => "It was deleted on every platform, so there is nothing to copy".into(),
        RefusalReason::DuplicateTitle { title, listing } => format!(
            "Already there: {} has the title “{title}”; link the two, or change one of the titles",
            names.listing(*listing)
        ),
        RefusalReason::DuplicateSku { sku, listing } => format!(
            "Already there: {} has the SKU “{sku}”; link the two, or change one of the SKUs",
            names.listing(*listing)
        ),
        RefusalReason::DuplicateInPlan { value } => format!(
            "Another item of this plan has “{value}” as its title or SKU as well; change one of them, then push this one"
        ),
        RefusalReason::DuplicateVariant { label } => {
            format!("Two of its variants are the same: “{label}”; change one of them, or delete it")
        }
        RefusalReason::TooManyVariants { has, most } => {
            format!("It has {has} variants and the target allows {most}; split it into several products")
        }
        RefusalReason::TooManyOptions { has, most } => {
            format!("It has {has} options and the target allows {most}; join or drop options, or split the product")
        }
        RefusalReason::TitleTooLong { has, most } => {
            format!("Its title has {has} characters and the target allows {most}; shorten it")
        }
        RefusalReason::TooManyProducts { most } => {
            format!("The target allows {most} products and has as many with this plan; delete some there first")
        }
        RefusalReason::SkuTooLong { sku, most } => {
            format!("The SKU “{sku}” is longer than the {most} characters that the target allows; shorten it")
        }
        RefusalReason::FractionalQuantity { quantity } => {
            format!("The target counts whole pieces, and this would be {quantity}; correct the count first")
        }
        RefusalReason::CurrencyDiffers => {
            "The two shops count in different currencies, and prices are not converted; make it there by hand, then link"
                .into()
        }
        RefusalReason::NoPrice => "It has no price, and the target needs one; give it a price first".into(),
        RefusalReason::Untracked => {
            "The other side does not count its stock; switch inventory tracking on there, import, and link again".into()
        }
        RefusalReason::QuantityUnknown => {
            "The primary system has no count of it, and unknown is never written; switch inventory tracking on and \
             count it there, or take the other side as primary"
                .into()
        }
        RefusalReason::NoLongerPossible { why } => format!("Not possible any more: {why}"),
    }
}

/// How people know the listings.
struct Names<'a>(&'a dyn CatalogueView);

impl Names<'_> {
    /// `“Tea pot” on Web shop`
    fn listing(&self, id: ListingId) -> String {
        let Some(known) = self.0.listing(id) else { return "a product that is gone meanwhile".into() };
        match self.0.connection(known.connection) {
            Some(connection) => format!("“{}” on {}", known.listing.title, connection.name),
            None => format!("“{}”", known.listing.title),
        }
    }

    /// Three by name, the others as a number.
    fn listings(&self, ids: &[ListingId]) -> String {
        let mut named: Vec<String> = ids.iter().take(3).map(|id| self.listing(*id)).collect();
        let more = ids.len().saturating_sub(3);
        if more > 0 {
            named.push(format!("{more} more"));
        }
        listed(&named)
    }
}

/// The first characters in which two texts differ, in words: many look the same to whoever has to find them.
fn first_difference(ours: &str, theirs: &str) -> Option<(String, String)> {
    let (mut ours, mut theirs) = (ours.chars(), theirs.chars());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (Some(one), Some(other)) if one == other || one.to_lowercase().eq(other.to_lowercase()) => {}
            // Where a sign stands before a letter, the letter is not what differs: the sign is missing there.
            (Some(one), other) if !one.is_alphanumeric() && other.is_some_and(char::is_alphanumeric) => {
                return Some((character(Some(one)), "nothing".into()));
            }
            (one, Some(other)) if !other.is_alphanumeric() && one.is_some_and(char::is_alphanumeric) => {
                return Some(("nothing".into(), character(Some(other))));
            }
            (one, other) => return Some((character(one), character(other))),
        }
    }
}

fn character(c: Option<char>) -> String {
    let Some(c) = c else { return "nothing".into() };
    let kind = match c {
        ' ' => return "a blank".into(),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => return "an unusual blank".into(),
        '\'' | '"' => "the straight quotation mark",
        '‘' | '’' | '‚' | '‛' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' | '′' | '″' => {
            "the curved quotation mark"
        }
        '-' => "the hyphen",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => "the dash",
        '\u{370}'..='\u{3ff}' => "the Greek letter",
        '\u{400}'..='\u{52f}' => "the Cyrillic letter",
        '0'..='9' => "the digit",
        _ if c.is_alphabetic() => "the letter",
        _ => "the character",
    };
    format!("{kind} “{c}”")
}

fn price(price: Option<Money>) -> String {
    price.map_or_else(|| "no price".into(), |price| price.to_string())
}

fn brand(brand: Option<&Text>) -> String {
    brand.filter(|brand| !brand.is_empty()).map_or_else(|| "no brand".into(), |brand| format!("“{brand}”"))
}

fn variants_are(count: usize) -> &'static str {
    if count == 1 { "This variant is" } else { "These variants are" }
}

fn list(labels: &[Text]) -> String {
    let mut named: Vec<String> = labels.iter().take(5).map(|label| format!("“{label}”")).collect();
    let more = labels.len().saturating_sub(5);
    if more > 0 {
        named.push(format!("{more} more"));
    }
    listed(&named)
}

/// `a`, `a and b`, `a, b and c`
fn listed(parts: &[String]) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MatchKey, Quantity};
    use crate::rules::shelf::{Shelf, TILL, WEB, euro, simple, variable};

    /// Every sentence as people read it. Whoever changes one sees it in the review of the snapshot.
    #[test]
    fn all_sentences() {
        let mut shelf = Shelf::new();
        let till = shelf.put(TILL, simple("Tea pot"));
        let other = shelf.put(WEB, simple("Tea Pot"));
        let others: Vec<_> = (0..5).map(|n| shelf.put(WEB, variable(&format!("Pot {n}"), &["Size"]))).collect();
        let gone = ListingId(99);
        let text = |raw: &str| Text::new(raw);
        let texts = |raws: &[&str]| raws.iter().map(|raw| Text::new(raw)).collect::<Vec<_>>();
        let money = |minor| Some(Money::new(minor, euro()));
        let reasons = [
            Reason::PriceDiffers { other, ours: money(1990), theirs: money(2490) },
            Reason::PriceDiffers { other, ours: money(1990), theirs: None },
            Reason::BrandDiffers { other, ours: Some(text("Rosa")), theirs: None },
            Reason::StructureDiffers { other, ours_variable: true },
            Reason::StructureDiffers { other, ours_variable: false },
            Reason::VariantsDiffer { other, without: texts(&["Red / 13"]) },
            Reason::VariantsDiffer { other, without: texts(&["1", "2", "3", "4", "5", "6", "7"]) },
            Reason::OtherHasMore { other, without: texts(&["L", "XL"]) },
            Reason::DuplicateKey { key: MatchKey::Sku, value: text("TP-1"), listings: vec![till, other] },
            Reason::DuplicateKey { key: MatchKey::Title, value: text("Pot"), listings: others.clone() },
            Reason::DuplicateVariant { listing: other, label: text("Red / 13") },
            Reason::Inactive,
            Reason::OtherInactive { other },
            Reason::OtherLinked { other },
            Reason::OtherMatched { other, by: MatchKey::Barcode, with: till },
            Reason::SeveralCounterparts { key: MatchKey::Sku, of: till, listings: others[..2].to_vec() },
            Reason::PartlyLinked { other, without: texts(&["M"]) },
            Reason::SpecialCharacter { other, key: MatchKey::Sku, ours: text("TP_1"), theirs: text("TP-1") },
            Reason::SpecialCharacter { other, key: MatchKey::Sku, ours: text("ТP-1"), theirs: text("TP-1") },
            Reason::SpecialCharacter { other, key: MatchKey::Title, ours: text("Tea’s"), theirs: text("Tea's") },
            Reason::SpecialCharacter { other, key: MatchKey::Title, ours: text("Tea - Pot"), theirs: text("Tea Pot") },
            Reason::SpellingNear {
                other,
                key: MatchKey::Title,
                ours: text("Tea Pott"),
                theirs: text("Tea Pot"),
                distance: 1,
            },
            Reason::SpellingNear { other, key: MatchKey::Sku, ours: text("TAE-1"), theirs: text("TEA-1"), distance: 2 },
            Reason::InvalidBarcode { value: text("036000291453"), check_digit: 2 },
            Reason::NoKey,
            Reason::NoCounterpart,
            Reason::OtherLinked { other: gone },
        ];
        let refusals = [
            RefusalReason::AlreadyThere,
            RefusalReason::OnlyOnTarget,
            RefusalReason::Gone,
            RefusalReason::DuplicateTitle { title: text("Tea pot"), listing: other },
            RefusalReason::DuplicateSku { sku: text("TP-1"), listing: other },
            RefusalReason::DuplicateInPlan { value: text("TP-1") },
            RefusalReason::DuplicateVariant { label: text("Red / 13") },
            RefusalReason::TooManyVariants { has: 300, most: 250 },
            RefusalReason::TooManyOptions { has: 4, most: 3 },
            RefusalReason::TitleTooLong { has: 300, most: 255 },
            RefusalReason::TooManyProducts { most: 15_000 },
            RefusalReason::SkuTooLong { sku: text("TP-1"), most: 3 },
            RefusalReason::FractionalQuantity { quantity: Quantity::from_raw(250_000) },
            RefusalReason::CurrencyDiffers,
            RefusalReason::NoPrice,
            RefusalReason::Untracked,
            RefusalReason::QuantityUnknown,
            RefusalReason::NoLongerPossible { why: "the product was deleted on the platform".into() },
        ];
        let mut page = String::new();
        for entry in &reasons {
            let (sentence, mend) = reason(&shelf, entry);
            page.push_str(&format!("{sentence}\n    {mend}\n"));
        }
        page.push('\n');
        for entry in &refusals {
            page.push_str(&format!("{}\n", refusal(&shelf, entry)));
        }
        assert!(page.lines().all(|line| !line.ends_with('.')), "no full stop at the end");
        insta::assert_snapshot!(page);
    }
}
