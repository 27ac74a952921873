//! What holds for every catalogue: small alphabets, so that keys collide in all the ways they can.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::{ListingId, Reason, Status, VariantPair};
use crate::rules::shelf::{Draft, Shelf, TILL, WEB, simple, variable};

pub fn key(letters: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(letters)
}

pub fn listing() -> impl Strategy<Value = Draft> {
    let title = key(&["Tea", "tea ", "T-ea", "Pot", "Cup", "♥", "Kettle", "Ketle", "Kеttle", ""]);
    let brand = key(&["", "", "Rosa"]);
    let status = prop_oneof![8 => Just(Status::Active), 1 => Just(Status::Draft)];
    let variant = (
        key(&["", "", "A-1", "a-1", "A1", "B", "C", "D", "POT-77", "POT-7", "POTT-77"]),
        key(&["", "", "", "036000291452", "36000291452", "036000291453", "x"]),
        key(&["S", "s", "M", "L"]),
        1000i64..1003,
    );
    (title, brand, status, any::<bool>(), proptest::collection::vec(variant, 1..4)).prop_map(
        |(title, brand, status, has_variants, variants)| {
            let mut draft = if has_variants { variable(title, &["Size"]) } else { simple(title) };
            for (sku, barcode, size, price) in variants {
                if has_variants {
                    draft = draft.row(&[size]);
                }
                draft = draft.sku(sku).barcode(barcode).price(price);
            }
            draft.brand(brand).status(status)
        },
    )
}

/// Two shops, some of whose listings are linked.
pub fn shops() -> impl Strategy<Value = Shelf> {
    let side = || proptest::collection::vec(listing(), 0..7);
    (side(), side(), proptest::collection::vec((0usize..7, 0usize..7), 0..2)).prop_map(|(till, web, links)| {
        let mut shelf = Shelf::new();
        let tills: Vec<_> = till.into_iter().map(|draft| shelf.put(TILL, draft)).collect();
        let webs: Vec<_> = web.into_iter().map(|draft| shelf.put(WEB, draft)).collect();
        let mut linked = BTreeSet::new();
        for (till, web) in links {
            if let (Some(till), Some(web)) = (tills.get(till), webs.get(web))
                && linked.insert(*till)
                && linked.insert(*web)
            {
                shelf.link(&[(*till, 0), (*web, 0)]);
            }
        }
        shelf
    })
}

fn rows(shelf: &Shelf, connection: ConnectionId, other: ConnectionId) -> Rows {
    let mut rows = Rows::new();
    for known in shelf.listings_of(connection) {
        rows.push(known, |variant| tie(shelf, variant, other));
    }
    rows
}

fn report(shelf: &Shelf) -> Matches {
    matches(shelf, TILL, WEB)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The packed way finds and says what the plain way does, also when all digests collide.
    #[test]
    fn the_plain_way_comes_to_the_same(shelf in shops()) {
        let plain = reference::matches(&shelf, TILL, WEB);
        prop_assert_eq!(&report(&shelf), &plain);
        for blind in [!0, !1, !3] {
            let digesting = keys::Digesting { salt: 0, blind };
            let packed = Comparison::with_digests(rows(&shelf, TILL, WEB), rows(&shelf, WEB, TILL), digesting);
            prop_assert_eq!(&packed.matches(), &plain);
        }
    }

    /// Told one by one, it is the same report.
    #[test]
    fn the_parts_are_the_whole(shelf in shops()) {
        let comparison = comparison(&shelf, TILL, WEB);
        let whole = comparison.matches();
        prop_assert_eq!(comparison.candidate_count(), whole.candidates.len());
        for candidate in &whole.candidates {
            prop_assert_eq!(comparison.candidate_of(candidate.in_store), Some(candidate.clone()));
            prop_assert_eq!(comparison.reasons_of(candidate.online), None);
        }
        prop_assert_eq!(comparison.unmatched(), whole.without.iter().map(|entry| entry.listing).collect::<Vec<_>>());
        for entry in &whole.without {
            prop_assert_eq!(comparison.reasons_of(entry.listing), Some(entry.clone()));
            prop_assert_eq!(comparison.candidate_of(entry.listing), None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Exchanging the sides exchanges the sides of each pair, and the reasons stay the same.
    #[test]
    fn both_sides_see_the_same(shelf in shops()) {
        let there = report(&shelf);
        let back = matches(&shelf, WEB, TILL);
        let mut turned: Vec<Candidate> = back.candidates.into_iter().map(|candidate| {
            let mut pairs: Vec<_> = candidate.pairs.iter()
                .map(|pair| VariantPair { in_store: pair.online, online: pair.in_store }).collect();
            pairs.sort_unstable();
            Candidate { in_store: candidate.online, online: candidate.in_store, pairs, ..candidate }
        }).collect();
        turned.sort_unstable_by_key(|candidate| candidate.in_store);
        prop_assert_eq!(there.candidates, turned);
        prop_assert_eq!(there.without, back.without);
    }

    #[test]
    fn pairs_are_one_to_one(shelf in shops()) {
        let report = report(&shelf);
        let (mut listings, mut variants) = (BTreeSet::new(), BTreeSet::new());
        for candidate in &report.candidates {
            prop_assert!(listings.insert(candidate.in_store) && listings.insert(candidate.online));
            prop_assert!(!candidate.matched.is_empty() && candidate.matched.is_sorted());
            for pair in &candidate.pairs {
                prop_assert!(variants.insert(pair.in_store) && variants.insert(pair.online));
            }
            for id in [candidate.in_store, candidate.online] {
                let known = shelf.listing(id).unwrap();
                let linked = |variant| shelf.link_of(variant).is_some();
                prop_assert!(known.variants.iter().all(|variant| variants.contains(variant) != linked(*variant)));
                prop_assert_eq!(known.listing.status, Status::Active);
            }
        }
    }

    /// Every listing is linked, a candidate, or explained: never two of these, never none.
    #[test]
    fn nobody_is_forgotten(shelf in shops()) {
        let report = report(&shelf);
        let mut told: BTreeMap<ListingId, u32> = BTreeMap::new();
        for candidate in &report.candidates {
            *told.entry(candidate.in_store).or_default() += 1;
            *told.entry(candidate.online).or_default() += 1;
        }
        for entry in &report.without {
            prop_assert!(!entry.reasons.is_empty());
            *told.entry(entry.listing).or_default() += 1;
        }
        for known in &shelf.listings {
            let linked = known.variants.iter().all(|variant| shelf.link_of(*variant).is_some());
            prop_assert_eq!(told.get(&known.id).copied().unwrap_or(0), u32::from(!linked), "{}", known.id);
        }
        prop_assert!(report.without.is_sorted_by_key(|entry| entry.listing));
        prop_assert!(report.candidates.is_sorted_by_key(|candidate| candidate.in_store));
    }

    /// The order in which the catalogue tells its listings does not matter.
    #[test]
    fn order_does_not_matter((shelf, turned) in shops().prop_flat_map(|shelf| {
        let listings = Just(shelf.listings.clone()).prop_shuffle();
        (Just(shelf.clone()), listings).prop_map(|(shelf, listings)| (shelf.clone(), Shelf { listings, ..shelf }))
    })) {
        prop_assert_eq!(report(&shelf), report(&turned));
    }

    #[test]
    fn an_unrelated_listing_changes_nothing(mut shelf in shops(), in_till in any::<bool>()) {
        let before = report(&shelf);
        let stranger = simple("Stranger").sku("Z-9").barcode("4006381333931");
        let stranger = shelf.put(if in_till { TILL } else { WEB }, stranger);
        let mut after = report(&shelf);
        prop_assert_eq!(after.without.pop().map(|entry| (entry.listing, entry.reasons)),
            Some((stranger, vec![Reason::NoCounterpart])));
        prop_assert_eq!(before, after);
    }

    /// Two listings that share a key which nobody else has are found, whatever else lies around.
    #[test]
    fn a_planted_match_is_found(mut shelf in shops(), by in 0..3) {
        let planted = |title: &str| match by {
            0 => simple(title).barcode("4006381333931"),
            1 => simple(title).sku("Planted"),
            _ => simple("Planted"),
        };
        let till = shelf.put(TILL, planted("Planted here"));
        let web = shelf.put(WEB, planted("Planted there"));
        let report = report(&shelf);
        prop_assert!(report.candidates.iter().any(|found| (found.in_store, found.online) == (till, web)));
    }

    /// A match by title alone has the same price and brand.
    #[test]
    fn titles_alone_are_not_believed(shelf in shops()) {
        for candidate in report(&shelf).candidates {
            let linked = |listing| {
                let known: &KnownListing = shelf.listing(listing).unwrap();
                known.variants.iter().any(|variant| shelf.link_of(*variant).is_some())
            };
            if candidate.matched == [MatchKey::Title] && !linked(candidate.in_store) {
                let (till, web) = (shelf.listing(candidate.in_store).unwrap(), shelf.listing(candidate.online).unwrap());
                prop_assert_eq!(&till.listing.brand, &web.listing.brand);
                for pair in candidate.pairs {
                    let price = |known: &KnownListing, id| known.variant(id).unwrap().price;
                    prop_assert_eq!(price(till, pair.in_store), price(web, pair.online));
                }
            }
        }
    }
}
