//! The row of a finding: what is the matter with both values, and how it is mended; of the listings as they are now.

use crate::domain::{Field, FieldValue, Flaw, KnownListing, ListingId, MatchKey, Text, Variant, VariantId};
use crate::rules::CatalogueView;
use crate::rules::matching::{duplicate_variant, is_tied, label};

use super::barcode::{Fault, fault};
use super::limits::{self, Over};
use super::plain::special;
use super::{Edit, Finding, Findings, Group, Nearness, OtherSide};

/// So many variants are named in a sentence.
const NAMED: usize = 5;
/// A longer value is cut in a sentence.
const LONGEST: usize = 60;

/// A finding as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub flaw: Flaw,
    pub listing: ListingId,
    /// Of several that share something: the first ones, `listing` among them.
    pub examples: Vec<ListingId>,
    /// How many products, or variants, it is about.
    pub count: u64,
    /// What is the matter.
    pub sentence: String,
    /// What to do.
    pub mend: String,
    /// The mend, where it is an edit of fields.
    pub edits: Vec<Edit>,
}

impl Findings {
    /// `None`: the listing is gone.
    pub fn row(&self, catalogue: &dyn CatalogueView, finding: Finding, others: &[OtherSide]) -> Option<Row> {
        let known = catalogue.listing(finding.listing)?;
        let told = match finding.flaw {
            Flaw::Duplicate => duplicate(known, self.groups.get(finding.about as usize)?),
            Flaw::SharedSku => shared(catalogue, MatchKey::Sku, known, self.groups.get(finding.about as usize)?),
            Flaw::SharedBarcode => {
                shared(catalogue, MatchKey::Barcode, known, self.groups.get(finding.about as usize)?)
            }
            Flaw::NearDuplicate => {
                let (other, how) = self.near.get(finding.about as usize)?;
                near(known, catalogue.listing(*other)?, *how)
            }
            Flaw::DuplicateVariant => duplicated_variant(known),
            Flaw::MissingSku => missing_sku(catalogue, known),
            Flaw::InvalidBarcode => invalid_barcode(known),
            Flaw::SpecialCharacter => special_character(known),
            Flaw::OverLimit => over_limit(catalogue, known, others),
        };
        // Mended since: the list is made anew when the catalogue has changed.
        let told = told.unwrap_or_else(|| Told::new("It was mended since this list was made", "Nothing is to be done"));
        Some(Row {
            flaw: finding.flaw,
            listing: finding.listing,
            examples: told.examples,
            count: told.count,
            sentence: told.sentence,
            mend: told.mend,
            edits: told.edits,
        })
    }
}

struct Told {
    sentence: String,
    mend: String,
    edits: Vec<Edit>,
    examples: Vec<ListingId>,
    count: u64,
}

impl Told {
    fn new(sentence: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), mend: mend.into(), edits: Vec::new(), examples: Vec::new(), count: 1 }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn named(known: &KnownListing) -> String {
    format!("“{}” ({})", cut(&known.listing.title), known.id)
}

/// `Red / S, Red / M and 3 more`
fn list(items: &[String], all: usize) -> String {
    let shown = items.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match all.saturating_sub(items.len().min(NAMED)) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn group_told(group: &Group, sentence: String, mend: &str) -> Told {
    let mut examples: Vec<ListingId> = group.examples.iter().map(|(listing, _)| *listing).collect();
    examples.dedup();
    Told { examples, count: group.count.into(), ..Told::new(sentence, mend) }
}

fn duplicate(known: &KnownListing, group: &Group) -> Option<Told> {
    let numbers: Vec<String> = group.examples.iter().map(|(listing, _)| listing.to_string()).collect();
    let same = if known.listing.structure.is_variable() { "title and options" } else { "title" };
    let sentence = format!(
        "{} products have the same {same} “{}”: {}",
        group.count,
        cut(&known.listing.title),
        list(&numbers, group.count as usize)
    );
    let mend = "Keep the one that is linked or sold and archive the others, or tell them apart in their titles";
    Some(group_told(group, sentence, mend))
}

fn key_of(kind: MatchKey, variant: &Variant) -> Option<&Text> {
    if kind == MatchKey::Barcode { variant.barcode.as_ref() } else { variant.sku.as_ref() }
}

fn shared(catalogue: &dyn CatalogueView, kind: MatchKey, known: &KnownListing, group: &Group) -> Option<Told> {
    let (_, at) = group.examples.first()?;
    let value = key_of(kind, known.listing.variants.get(*at as usize)?)?;
    let only = group.examples.iter().all(|(listing, _)| *listing == known.id);
    let places: Vec<(&KnownListing, u32)> =
        group.examples.iter().filter_map(|(listing, at)| Some((catalogue.listing(*listing)?, *at))).collect();
    let sentence = if only {
        let variants: Vec<String> =
            places.iter().map(|(known, at)| label(&known.listing, *at as usize).to_string()).collect();
        let all = list(&variants, group.count as usize);
        format!("The {} “{}” stands on {} variants of this product: {all}", kind.label(), cut(value), group.count)
    } else {
        let products: Vec<String> = places.iter().map(|(known, _)| named(known)).collect();
        let all = list(&products, group.count as usize);
        format!("The {} “{}” stands on {} variants: {all}", kind.label(), cut(value), group.count)
    };
    let one_title = places.windows(2).all(|two| two[0].0.listing.title == two[1].0.listing.title);
    let mend = match (kind, only, one_title) {
        (_, false, true) => "It looks like one product that was entered several times: keep one and archive the others",
        (MatchKey::Barcode, ..) => {
            "A barcode belongs to one article, so at most one of them is right: scan the others again, or clear theirs"
        }
        _ => "Give each its own SKU: one that stands twice matches nothing",
    };
    Some(group_told(group, sentence, mend))
}

fn near(known: &KnownListing, other: &KnownListing, how: Nearness) -> Option<Told> {
    let (ours, theirs) = (cut(&known.listing.title), named(other));
    let sentence = match how {
        Nearness::Signs => format!("“{ours}” and {theirs} differ in signs, accents or look-alike letters only"),
        Nearness::Order => format!("“{ours}” and {theirs} are the same words in another order"),
        Nearness::Spelling(1) => format!("“{ours}” and {theirs} are one character apart"),
        Nearness::Spelling(edits) => format!("“{ours}” and {theirs} are {edits} characters apart"),
    };
    let told = Told::new(sentence, "If the two are one product, archive one of them; else nothing is to be done");
    Some(Told { examples: vec![other.id, known.id], count: 2, ..told })
}

fn duplicated_variant(known: &KnownListing) -> Option<Told> {
    let place = duplicate_variant(&known.listing)?;
    let sentence = format!("Two variants have the same options: “{}”", label(&known.listing, place));
    Some(Told::new(sentence, "Change the options of one of them, or delete it: no platform can tell them apart"))
}

/// `The title …`, `The SKU of Red / S …`
fn whose(known: &KnownListing, place: usize, what: &str) -> String {
    if known.listing.variants.len() < 2 {
        format!("The {what}")
    } else {
        format!("The {what} of {}", label(&known.listing, place))
    }
}

fn missing_sku(catalogue: &dyn CatalogueView, known: &KnownListing) -> Option<Told> {
    let listing = &known.listing;
    let without: Vec<(usize, VariantId)> = known
        .numbered()
        .enumerate()
        .filter(|(_, (_, variant))| variant.sku.is_none())
        .map(|(place, (number, _))| (place, number))
        .collect();
    let all = listing.variants.len();
    let sentence = match (without.len(), all) {
        (0, _) => return None,
        (1, 1) => "It has no SKU".to_owned(),
        (some, all) if some == all => format!("None of its {all} variants has a SKU"),
        (some, all) => {
            let names: Vec<String> = without
                .iter()
                .take(NAMED)
                .map(|(place, _)| {
                    let options = listing.variants.get(*place).map(Variant::option_label).unwrap_or_default();
                    if options.is_empty() { format!("variant {}", place + 1) } else { options }
                })
                .collect();
            format!("{some} of its {all} variants have no SKU: {}", list(&names, some))
        }
    };
    // What a variant is linked to may have one.
    let sku_there = |number: VariantId| {
        let link = catalogue.link_of(number)?;
        let others = link.members.iter().filter(|member| member.variant != number);
        others.into_iter().find_map(|member| catalogue.listing(member.listing)?.variant(member.variant)?.sku.clone())
    };
    let edits: Vec<Edit> = without
        .iter()
        .filter_map(|(_, number)| {
            let to = FieldValue::Maybe(Some(sku_there(*number)?));
            Some(Edit { listing: known.id, variant: Some(*number), field: Field::Sku, to })
        })
        .collect();
    let mend = match (edits.as_slice(), without.len()) {
        ([], _) => {
            "Give it a SKU of its own: with the one of its counterpart on the other side, the two match".to_owned()
        }
        ([one], 1) => format!("Write the SKU of its counterpart: “{}”", one.to),
        (some, _) => format!("Write the SKUs of their counterparts: {} of {}", some.len(), without.len()),
    };
    Some(Told { edits, count: without.len() as u64, ..Told::new(sentence, mend) })
}

fn invalid_barcode(known: &KnownListing) -> Option<Told> {
    let mut wrong = known.numbered().enumerate().filter_map(|(place, (number, variant))| {
        let raw = variant.barcode.as_ref()?;
        fault(raw).map(|(fault, right)| (place, number, raw, fault, right))
    });
    let (place, number, raw, first, right) = wrong.next()?;
    let (mut edits, mut count) = (Vec::new(), 1);
    let mut propose = |number, right: Option<String>| {
        edits.extend(right.map(|right| {
            let to = FieldValue::Maybe(Text::some(&right));
            Edit { listing: known.id, variant: Some(number), field: Field::Barcode, to }
        }));
    };
    let (whose, raw) = (whose(known, place, "barcode"), cut(raw));
    let mut sentence = match &first {
        Fault::CheckDigit(digit) => {
            format!("{whose}, “{raw}”, is mistyped: with these digits, the last one would have to be {digit}")
        }
        Fault::Letters => format!("{whose}, “{raw}”, has letters or signs in it, which no barcode of goods has"),
        Fault::Rounded => format!("{whose} was rounded by a spreadsheet: “{raw}”"),
        Fault::Length(digits) => {
            format!("{whose}, “{raw}”, has {digits} digits; barcodes of goods have 8, 12, 13 or 14")
        }
        Fault::ZerosLost => format!("{whose}, “{raw}”, has lost its leading zeros"),
    };
    let mut mend = match (&right, &first) {
        (Some(right), Fault::CheckDigit(_)) => format!("Scan it again; if the other digits are right, it is {right}"),
        (Some(right), _) => format!("Write {right}"),
        (None, Fault::Letters) => "If it is a code of your own, put it into the SKU; else scan the product".to_owned(),
        (None, _) => "Scan the product again".to_owned(),
    };
    propose(number, right);
    for (_, number, _, _, right) in wrong {
        count += 1;
        propose(number, right);
    }
    if count > 1 {
        sentence = format!("{sentence}; and {} more of its barcodes are wrong", count - 1);
        mend = format!("{mend}; the mend is known for {} of {count}", edits.len());
    }
    Some(Told { edits, count, ..Told::new(sentence, mend) })
}

fn special_character(known: &KnownListing) -> Option<Told> {
    let title =
        special(&known.listing.title, false).map(|found| ("The title".to_owned(), &known.listing.title, None, found));
    let skus = known.numbered().enumerate().filter_map(|(place, (number, variant))| {
        let sku = variant.sku.as_ref()?;
        Some((whose(known, place, "SKU"), sku, Some(number), special(sku, true)?))
    });
    let mut all = title.into_iter().chain(skus).peekable();
    let (whose, raw, _, first) = all.peek()?;
    let mut sentence = format!("{whose} “{}” is not plain: {}", cut(raw), first.what);
    let mut mend = match &first.plain {
        Some(plain) => format!("Write “{}”", cut(plain)),
        None => "Write it anew".to_owned(),
    };
    let (mut edits, mut count) = (Vec::new(), 0);
    for (_, _, number, found) in all {
        count += 1;
        let Some(plain) = found.plain.as_deref().and_then(Text::some) else { continue };
        let (field, to) = match number {
            None => (Field::Title, FieldValue::Text(plain)),
            Some(_) => (Field::Sku, FieldValue::Maybe(Some(plain))),
        };
        edits.push(Edit { listing: known.id, variant: number, field, to });
    }
    if count > 1 {
        sentence = format!("{sentence}; and {} more of its texts", count - 1);
        mend = format!("{mend}; and so on");
    }
    Some(Told { edits, count, ..Told::new(sentence, mend) })
}

fn over_limit(catalogue: &dyn CatalogueView, known: &KnownListing, others: &[OtherSide]) -> Option<Told> {
    let (mut sentences, mut mends, mut edits) = (Vec::new(), Vec::new(), Vec::new());
    for other in others.iter().filter(|other| !is_tied(catalogue, known, other.connection)) {
        for over in limits::over(known, other.profile) {
            let name = &other.name;
            let (sentence, mend) = match over {
                Over::Variants { has, most } => {
                    (format!("{has} variants, and {name} takes {most}"), "split it into several products".to_owned())
                }
                Over::Options { has, most } => {
                    (format!("{has} options, and {name} takes {most}"), "put two of its options into one".to_owned())
                }
                Over::Title { has, most } => {
                    let shorter = limits::shortened(&known.listing.title, most);
                    let told = (
                        format!("a title of {has} characters, and {name} takes {most}"),
                        format!("shorten the title to “{}”", cut(&shorter)),
                    );
                    // Of several limits the smallest counts.
                    let shortest =
                        |edit: &Edit| matches!(&edit.to, FieldValue::Text(text) if text.len() <= shorter.len());
                    if !edits.iter().any(shortest) {
                        edits.clear();
                        edits.extend(Text::some(&shorter).map(|text| Edit {
                            listing: known.id,
                            variant: None,
                            field: Field::Title,
                            to: FieldValue::Text(text),
                        }));
                    }
                    told
                }
                Over::Sku { variant, has, most, others } => {
                    let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
                    let sku = known.listing.variants.get(variant).and_then(|variant| variant.sku.as_deref());
                    (
                        format!(
                            "the SKU “{}” of {has} characters{more}, and {name} takes {most}",
                            cut(sku.unwrap_or_default())
                        ),
                        "give it a shorter SKU".to_owned(),
                    )
                }
            };
            sentences.push(sentence);
            if !mends.contains(&mend) {
                mends.push(mend);
            }
        }
    }
    if sentences.is_empty() {
        return None;
    }
    let mut mend = mends.join("; ");
    // The first letter of a sentence.
    if let Some(first) = mend.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    Some(Told { edits, ..Told::new(format!("It has {}", sentences.join("; ")), mend) })
}
