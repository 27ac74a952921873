//! The cabinet against a plain map, with nearly nothing at hand, and with pictures of it that must stay as they are.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::samples::listing;
use super::*;
use crate::domain::{LocationId, Quantity, RemoteId, Timestamp};

#[derive(Debug, Clone)]
enum Act {
    Put { id: u64, connection: u32, title: String, variants: usize },
    Count { id: u64, raw: i64 },
    Gone(u64),
    Remove(u64),
    Tidy,
    Picture,
}

fn act() -> impl Strategy<Value = Act> {
    let id = || prop_oneof![0u64..6, 60u64..70, 500u64..503];
    prop_oneof![
        4 => (id(), 1u32..4, "[A-Ca-c ß]{0,6}", prop_oneof![1usize..4, Just(300usize)])
            .prop_map(|(id, connection, title, variants)| Act::Put { id, connection, title, variants }),
        3 => (id(), any::<i32>()).prop_map(|(id, raw)| Act::Count { id, raw: raw.into() }),
        1 => id().prop_map(Act::Gone),
        1 => id().prop_map(Act::Remove),
        3 => Just(Act::Tidy),
        1 => Just(Act::Picture),
    ]
}

type Model = BTreeMap<ListingId, (Kept, String)>;

fn same(cabinet: &Cabinet, model: &Model) -> Result<(), TestCaseError> {
    for connection in 1..4 {
        let connection = ConnectionId(connection);
        let of = || model.values().filter(|(kept, _)| kept.known.connection == connection).map(|(kept, _)| &kept.known);
        prop_assert_eq!(cabinet.of(connection).collect::<Vec<_>>(), of().map(|known| known.id).collect::<Vec<_>>());
        let present = || of().filter(|known| !known.gone);
        let ids: Vec<_> = present().map(|known| known.id).collect();
        prop_assert_eq!(cabinet.present_of(connection).collect::<Vec<_>>(), ids);
        let there = There {
            listings: present().count() as u64,
            variants: present().map(|known| known.variants.len() as u64).sum(),
        };
        prop_assert_eq!(cabinet.there(connection), there);
    }
    for id in (0..600).map(ListingId) {
        let found = model.get(&id);
        let looked = cabinet.look(id);
        prop_assert_eq!(looked.as_deref(), found.map(|(kept, _)| kept));
        let text = cabinet.text(id);
        prop_assert_eq!(text.as_deref(), found.map(|(_, text)| &**text));
        prop_assert_eq!(cabinet.connection_of(id), found.map(|(kept, _)| kept.known.connection));
        prop_assert_eq!(cabinet.variants(id), found.map(|(kept, _)| kept.known.variants.len()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn a_cabinet_behaves_like_a_map(acts in prop::collection::vec(act(), 1..60), on_disk in any::<bool>(), most in 0usize..4) {
        let folder = tempfile::tempdir().unwrap();
        let mut cabinet = Cabinet::new(on_disk.then(|| Spare::at(folder.path())), most);
        let mut model = Model::new();
        let mut pictures: Vec<(Cabinet, Model)> = Vec::new();
        for act in acts {
            match act {
                Act::Put { id, connection, title, variants } => {
                    let known = listing(id, connection, &title, variants);
                    let text = searched(&known.listing);
                    let kept = Kept::new(known);
                    cabinet.put(kept.clone(), &text);
                    model.insert(ListingId(id), (kept, text));
                }
                Act::Count { id, raw } => {
                    let count = |kept: &mut Kept| {
                        let stock = &mut kept.known.listing.variants[0].stock;
                        stock.see_level(LocationId(RemoteId::new("here").unwrap()), Some(Quantity::from_raw(raw)));
                    };
                    let found = model.get_mut(&ListingId(id)).map(|(kept, _)| count(kept)).is_some();
                    prop_assert_eq!(cabinet.change(ListingId(id), count), found);
                }
                Act::Gone(id) => {
                    cabinet.change(ListingId(id), |kept| kept.known.gone = true);
                    if let Some((kept, _)) = model.get_mut(&ListingId(id)) {
                        kept.known.gone = true;
                    }
                }
                Act::Remove(id) => {
                    cabinet.remove(ListingId(id));
                    model.remove(&ListingId(id));
                }
                Act::Tidy => cabinet.tidy(),
                Act::Picture => pictures.push((cabinet.clone(), model.clone())),
            }
            // Whoever looks puts at hand what the next tidying puts aside.
            for id in [0, 3, 61, 501].map(ListingId) {
                prop_assert_eq!(cabinet.get(id).map(|kept| &**kept), model.get(&id).map(|(kept, _)| kept));
            }
        }
        same(&cabinet, &model)?;
        for (picture, model) in &pictures {
            same(picture, model)?;
        }
    }
}

#[test]
fn a_worn_cellar_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut cabinet = Cabinet::new(Some(Spare::at(folder.path())), 0);
    for id in 0..100 {
        let known = listing(id, 1, "Mug", 1);
        cabinet.put(Kept::new(known.clone()), &searched(&known.listing));
    }
    let first = cabinet.keeper.clone();
    for round in 0..AT_HAND as i64 {
        for id in 0..50 {
            cabinet.change(ListingId(id), |kept| kept.known.seen_at = Timestamp(round));
        }
        cabinet.tidy();
    }
    assert!(!std::ptr::eq(first.cellar(), cabinet.keeper.cellar()), "it was made anew");
    assert!(cabinet.keeper.cellar().written() < first.cellar().written());
    for id in 0..100 {
        let seen = cabinet.look(ListingId(id)).unwrap().known.seen_at;
        assert_eq!(seen, Timestamp(if id < 50 { AT_HAND as i64 - 1 } else { 5 }));
    }
}

#[test]
fn the_first_two_lines_are_the_title_and_the_first_sku() {
    let mut known = listing(7, 1, "Tea Pot", 2);
    assert_eq!(title(&searched(&known.listing)), "tea pot");
    assert_eq!(sku(&searched(&known.listing)), Some("sku-7-0"));
    known.listing.variants[0].sku = None;
    assert_eq!(sku(&searched(&known.listing)), None);
    assert_eq!(searched(&known.listing), "tea pot\n\n4000070\n4000071");
}
