//! Edits of one field that take a reason away, ready to be planned.

use crate::domain::{Field, FieldValue, KnownListing, ListingId, MatchKey, Reason, Side, Text, VariantId};
use crate::protocol::{Mend, MendRow};
use crate::rules::CatalogueView;

use super::super::truth::{Known, Truth};

/// The shortest first: what stands in the till mostly is right, so the online side is offered before it. Only what can
/// be written where it would have to be.
pub fn mends(truth: &Truth, known: &Known, listing: ListingId, reason: &Reason) -> Vec<MendRow> {
    let offer = Offer { truth, known };
    match reason {
        Reason::PriceDiffers { other, ours, theirs } => {
            let (Some(ours), Some(theirs)) = (ours, theirs) else { return Vec::new() };
            let (Some(here), Some(there)) = (offer.only(listing), offer.only(*other)) else { return Vec::new() };
            let to = |money| FieldValue::Money(Some(money));
            offer.both([(listing, Some(here), to(*theirs)), (*other, Some(there), to(*ours))], Field::Price)
        }
        Reason::BrandDiffers { other, ours, theirs } => {
            let to = |brand: &Option<Text>| FieldValue::Maybe(brand.clone());
            offer.both([(listing, None, to(theirs)), (*other, None, to(ours))], Field::Brand)
        }
        Reason::SpecialCharacter { other, key, ours, theirs }
        | Reason::SpellingNear { other, key, ours, theirs, .. } => {
            let (Some(here), Some(there)) = (offer.with(listing, *key, ours), offer.with(*other, *key, theirs)) else {
                return Vec::new();
            };
            let (field, to): (Field, fn(&Text) -> FieldValue) = match key {
                MatchKey::Title => (Field::Title, |text| FieldValue::Text(text.clone())),
                MatchKey::Sku => (Field::Sku, |text| FieldValue::Maybe(Some(text.clone()))),
                MatchKey::Barcode => (Field::Barcode, |text| FieldValue::Maybe(Some(text.clone()))),
            };
            offer.both([(listing, here, to(theirs)), (*other, there, to(ours))], field)
        }
        Reason::InvalidBarcode { value, check_digit } => {
            let mut right = value.to_string();
            right.pop();
            right.push(char::from(b'0' + check_digit % 10));
            let to = FieldValue::Maybe(Some(Text::new(&right)));
            let Some(variant) = offer.with(listing, MatchKey::Barcode, value) else { return Vec::new() };
            offer.one(listing, variant, Field::Barcode, to).into_iter().collect()
        }
        Reason::StructureDiffers { .. }
        | Reason::VariantsDiffer { .. }
        | Reason::OtherHasMore { .. }
        | Reason::DuplicateKey { .. }
        | Reason::DuplicateVariant { .. }
        | Reason::Inactive
        | Reason::OtherInactive { .. }
        | Reason::OtherLinked { .. }
        | Reason::OtherMatched { .. }
        | Reason::SeveralCounterparts { .. }
        | Reason::PartlyLinked { .. }
        | Reason::NoKey
        | Reason::NoCounterpart
        | Reason::Rejected { .. } => Vec::new(),
    }
}

struct Offer<'a> {
    truth: &'a Truth,
    known: &'a Known,
}

impl<'a> Offer<'a> {
    fn listing(&self, id: ListingId) -> Option<&'a KnownListing> {
        self.known.catalogue.now().kept(id).map(|kept| &kept.known).filter(|known| !known.gone)
    }

    /// The only variant of a listing.
    fn only(&self, id: ListingId) -> Option<VariantId> {
        match self.listing(id)?.variants.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The variant that has this key; `Some(None)` where the key is the whole listing's.
    fn with(&self, id: ListingId, key: MatchKey, value: &Text) -> Option<Option<VariantId>> {
        let has = |text: Option<&Text>| text.is_some_and(|text| text == value);
        let listing = self.listing(id)?;
        match key {
            MatchKey::Title => (listing.listing.title == *value).then_some(None),
            MatchKey::Sku => {
                let mut all = listing.numbered();
                all.find(|(_, variant)| has(variant.sku.as_ref())).map(|(number, _)| Some(number))
            }
            MatchKey::Barcode => {
                let mut all = listing.numbered();
                all.find(|(_, variant)| has(variant.barcode.as_ref())).map(|(number, _)| Some(number))
            }
        }
    }

    /// Either side can be made like the other.
    fn both(&self, sides: [(ListingId, Option<VariantId>, FieldValue); 2], field: Field) -> Vec<MendRow> {
        let mut offers: Vec<(bool, MendRow)> = Vec::new();
        for (listing, variant, to) in sides {
            let side = self.listing(listing).and_then(|known| self.known.catalogue.now().connection(known.connection));
            let in_store = side.is_some_and(|connection| connection.side == Side::InStore);
            offers.extend(self.one(listing, variant, field, to).map(|row| (in_store, row)));
        }
        offers.sort_by_key(|(in_store, _)| *in_store);
        offers.into_iter().map(|(_, row)| row).collect()
    }

    fn one(&self, listing: ListingId, variant: Option<VariantId>, field: Field, to: FieldValue) -> Option<MendRow> {
        let known = self.listing(listing)?;
        let connection = self.known.catalogue.now().connection(known.connection)?;
        let profile = self.truth.shops.profile(&connection.platform.0)?;
        if !profile.edits.contains(&field) {
            return None;
        }
        let told = match to.to_string() {
            blank if blank.is_empty() => format!("Remove the {} on {}", field.label(), connection.name),
            told => format!("Set the {} on {} to {told}", field.label(), connection.name),
        };
        Some(MendRow { sentence: told, mend: Mend { listing, variant, field, to } })
    }
}
