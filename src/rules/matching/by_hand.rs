//! Two listings that a person says are one: which variant is which, without asking what they agree in.

use crate::domain::{KnownListing, Reason, VariantPair};

use super::goods::Goods;
use super::reasons::MOST_NAMED;
use super::variants::{duplicate_variant, label, pairing};

/// Every variant with its counterpart, by barcode, SKU or options as in exact matching. Where the variants of a side
/// carry no options at all, and there are as many on both, their order tells.
///
/// The reason is as the in-store listing sees it.
pub fn paired_by_hand(in_store: &KnownListing, online: &KnownListing) -> Result<Vec<VariantPair>, Reason> {
    let (ours, theirs) = (&in_store.listing, &online.listing);
    let of = |pairs: Vec<(usize, usize)>| {
        let pair = |(our, their): (usize, usize)| {
            Some(VariantPair { in_store: *in_store.variants.get(our)?, online: *online.variants.get(their)? })
        };
        pairs.into_iter().filter_map(pair).collect()
    };
    if let ([_], [_]) = (in_store.variants.as_slice(), online.variants.as_slice()) {
        return Ok(of(vec![(0, 0)]));
    }
    let ours_variable = ours.structure.is_variable();
    if ours_variable != theirs.structure.is_variable() {
        return Err(Reason::StructureDiffers { other: online.id, ours_variable });
    }
    let silent = |known: &KnownListing| known.listing.variants.iter().all(|variant| variant.options.is_empty());
    for known in [in_store, online].into_iter().filter(|known| !silent(known)) {
        if let Some(position) = duplicate_variant(&known.listing) {
            return Err(Reason::DuplicateVariant { listing: known.id, label: label(&known.listing, position) });
        }
    }
    let unpaired = match pairing(&Goods::of(ours), &Goods::of(theirs)) {
        Ok(pairs) => return Ok(of(pairs)),
        Err(unpaired) => unpaired,
    };
    let all = ours.variants.len();
    let none_met = unpaired.ours.len() == all && unpaired.theirs.len() == theirs.variants.len();
    if none_met && all == theirs.variants.len() && (silent(in_store) || silent(online)) {
        return Ok(of((0..all).map(|place| (place, place)).collect()));
    }
    let named = |known: &KnownListing, places: &[usize]| {
        places.iter().take(MOST_NAMED).map(|place| label(&known.listing, *place)).collect()
    };
    Err(match unpaired.ours.is_empty() {
        true => Reason::OtherHasMore { other: online.id, without: named(online, &unpaired.theirs) },
        false => Reason::VariantsDiffer { other: online.id, without: named(in_store, &unpaired.ours) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::CatalogueView;
    use crate::rules::shelf::{Draft, Shelf, TILL, WEB, simple, variable};

    fn paired(till: Draft, web: Draft) -> Result<Vec<(usize, usize)>, Reason> {
        let mut shelf = Shelf::new();
        let (till, web) = (shelf.put(TILL, till), shelf.put(WEB, web));
        let (ours, theirs) = (shelf.listing(till).unwrap(), shelf.listing(web).unwrap());
        let place = |known: &KnownListing, number| known.variants.iter().position(|one| *one == number).unwrap();
        let pairs = paired_by_hand(ours, theirs)?;
        Ok(pairs.iter().map(|pair| (place(ours, pair.in_store), place(theirs, pair.online))).collect())
    }

    #[test]
    fn single_items_are_one_whatever_they_say() {
        assert_eq!(paired(simple("Mug").sku("A"), simple("Becher").sku("B")), Ok(vec![(0, 0)]));
    }

    #[test]
    fn variants_are_told_by_their_options_and_not_by_their_order() {
        let till = variable("Tee", &["Size"]).row(&["S"]).row(&["M"]);
        let web = variable("Shirt", &["Size"]).row(&["M"]).row(&["S"]);
        assert_eq!(paired(till.clone(), web), Ok(vec![(0, 1), (1, 0)]));
        let other = variable("Shirt", &["Size"]).row(&["L"]).row(&["S"]);
        assert!(matches!(paired(till.clone(), other), Err(Reason::VariantsDiffer { .. })));
        let more = variable("Shirt", &["Size"]).row(&["L"]).row(&["M"]).row(&["S"]);
        assert!(matches!(paired(till, more), Err(Reason::OtherHasMore { .. })));
    }

    #[test]
    fn what_is_built_otherwise_is_not_paired() {
        let till = variable("Tee", &["Size"]).row(&["S"]).row(&["M"]);
        assert!(matches!(paired(till, simple("Tee")), Err(Reason::StructureDiffers { ours_variable: true, .. })));
        let doubled = variable("Tee", &["Size"]).row(&["S"]).row(&["s "]);
        let web = variable("Tee", &["Size"]).row(&["S"]).row(&["M"]);
        assert!(matches!(paired(doubled, web), Err(Reason::DuplicateVariant { .. })));
    }

    #[test]
    fn the_order_tells_only_where_nothing_else_could() {
        let silent = variable("Tee", &[]).row(&[]).sku("A").row(&[]).sku("B");
        let web = variable("Shirt", &["Size"]).row(&["S"]).row(&["M"]);
        assert_eq!(paired(silent.clone(), web.clone()), Ok(vec![(0, 0), (1, 1)]));
        // A key that both have says more than the order, and says nothing of the others.
        let keyed = variable("Shirt", &["Size"]).row(&["S"]).sku("B").row(&["M"]);
        assert!(matches!(paired(silent, keyed), Err(Reason::VariantsDiffer { .. })));
        let more = web.row(&["L"]);
        assert!(matches!(paired(variable("Tee", &[]).row(&[]).row(&[]), more), Err(Reason::VariantsDiffer { .. })));
    }
}
