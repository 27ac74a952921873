//! Products against what they are by their listings and links, whatever happened before.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::{ConnectionId, KnownListing, Timestamp, VariantId};
use crate::engine::cabinet::{sample_connection, sample_listing};
use crate::engine::truth::Known;
use crate::rules::filter::Search;
use crate::store::Loaded;

#[derive(Debug, Clone)]
enum Act {
    See { id: u64, title: String },
    Gone(u64),
    Link { id: u64, till: u64, web: u64 },
    Unlink(u64),
    Leave,
}

const TILL: ConnectionId = ConnectionId(1);
const WEB: ConnectionId = ConnectionId(2);

/// Even numbers are the till's.
fn of(id: u64) -> ConnectionId {
    if id.is_multiple_of(2) { TILL } else { WEB }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (1u64..24, "[ab ]{0,3}").prop_map(|(id, title)| Act::See { id, title }),
        2 => (1u64..24).prop_map(Act::Gone),
        4 => (1u64..6, 0u64..12, 0u64..12).prop_map(|(id, till, web)| Act::Link { id, till: till * 2, web: web * 2 + 1 }),
        2 => (1u64..6).prop_map(Act::Unlink),
        1 => Just(Act::Leave),
    ]
}

fn connection(id: ConnectionId, side: Side) -> Entry {
    Entry::ConnectionKept(sample_connection(id, side))
}

fn apply(known: &mut Known, entry: Entry) {
    known.apply(entry, &mut Vec::new(), &mut Vec::new());
}

fn check(known: &Known) -> Result<(), TestCaseError> {
    let (catalogue, products) = (known.catalogue.now(), &known.products);
    let all: BTreeSet<ListingId> = [TILL, WEB].into_iter().flat_map(|shop| catalogue.shelf(shop)).collect();
    let mut roots = BTreeSet::new();
    for id in &all {
        let root = products.root(*id).expect("each listing is of a product");
        let tied: BTreeSet<ListingId> = tied_to(catalogue, *id).into_iter().collect();
        let listings = products.listings(*id);
        prop_assert_eq!(listings.first(), Some(&root));
        prop_assert_eq!(listings.iter().copied().collect::<BTreeSet<_>>(), tied);
        roots.insert(root);
    }
    let mut ordered: Vec<(String, ListingId)> =
        roots.iter().map(|root| (title(&catalogue.text(*root).unwrap()).to_owned(), *root)).collect();
    ordered.sort();
    let ordered: Vec<u32> = ordered.into_iter().map(|(_, root)| root.0 as u32).collect();
    let titles = products.titles();
    prop_assert_eq!(titles.iter().collect::<Vec<_>>(), ordered.clone());
    for from in 0..=ordered.len() {
        prop_assert_eq!(titles.from(from).collect::<Vec<_>>(), ordered[from..].to_vec());
        let back: Vec<u32> = ordered.iter().rev().skip(from).copied().collect();
        prop_assert_eq!(titles.back_from(from).collect::<Vec<_>>(), back);
    }
    let deleted = roots.iter().filter(|root| products.of(**root).unwrap().presence == Presence::Neither).count();
    prop_assert_eq!(products.len(), roots.len() - deleted);
    for words in ["a", "b a", "sku-1", "ab 4000", "nothing"] {
        let search = Search::new(words);
        let found = super::super::search::products(catalogue, products, &search);
        let one = super::super::search::Words::of(&search);
        for root in &roots {
            let text: Vec<_> = products.listings(*root).iter().map(|id| catalogue.text(*id).unwrap()).collect();
            let right = search.finds(&text.join("\n"));
            prop_assert_eq!(found.holds(root.0 as u32), right, "{} {:?}", words, text);
            prop_assert_eq!(one.are_in(catalogue, products, root.0 as u32), right);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn products_follow_their_listings(acts in prop::collection::vec(act(), 1..50)) {
        let mut known = Known::load(&Loaded::default(), None, 3);
        known.loaded(&Loaded::default());
        apply(&mut known, connection(TILL, Side::InStore));
        apply(&mut known, connection(WEB, Side::Online));
        for act in acts {
            let there = |id: u64| known.catalogue.now().kept(ListingId(id)).map(|kept| kept.known.variants[0]);
            match act {
                Act::See { id, title } => {
                    let seen: KnownListing = sample_listing(id, of(id).0, &title, 2);
                    apply(&mut known, Entry::ListingSeen(Box::new(seen)));
                }
                Act::Gone(id) => apply(&mut known, Entry::ListingGone { listing: ListingId(id), at: Timestamp(9) }),
                Act::Link { id, till, web } => {
                    let member = |listing: u64, variant: VariantId| LinkMember::new(of(listing), ListingId(listing), variant, None);
                    let Some((a, b)) = there(till).zip(there(web)) else { continue };
                    let free = |variant| known.catalogue.now().link_of(variant).is_none_or(|link| link.id == LinkId(id));
                    if free(a) && free(b) {
                        let members = vec![member(till, a), member(web, b)];
                        let link = Link { id: LinkId(id), members, available: None, paused: false, made_at: Timestamp(1) };
                        apply(&mut known, Entry::LinkKept(link));
                    }
                }
                Act::Unlink(id) => apply(&mut known, Entry::LinkRemoved { link: LinkId(id), why: String::new() }),
                Act::Leave => {
                    apply(&mut known, Entry::ConnectionRemoved(WEB));
                    apply(&mut known, connection(WEB, Side::Online));
                }
            }
            check(&known)?;
        }
    }
}
