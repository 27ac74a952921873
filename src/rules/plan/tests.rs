//! Plans as a shop owner would check them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    IdempotencyKey, Link, ListingId, Plan, ProductId, Profile, Status, StepIndex, Stock, Target, Text,
};
use crate::rules::CatalogueView;
use crate::rules::matching::matches;
use crate::rules::shelf::{Draft, MARKET, Shelf, TILL, WEB, location, profile, profiles, simple, variable};

fn choices(shelf: &Shelf, primary: Side) -> Vec<Choice> {
    matches(shelf, TILL, WEB).candidates.into_iter().map(|candidate| Choice { candidate, primary }).collect()
}

fn linked(shelf: &Shelf, primary: Side) -> Plan {
    link(shelf, &choices(shelf, primary), &profiles(profile()), 7)
}

/// (from, to, reason) of each write, by subject.
fn writes(plan: &Plan) -> Vec<(String, Option<Quantity>, Quantity, String)> {
    let write = |step: &PlannedStep| match &step.effect {
        Effect::SetQuantity { from, to, .. } => Some((step.subject.to_string(), *from, *to, step.reason.clone())),
        _ => None,
    };
    plan.steps.iter().filter_map(write).collect()
}

fn mug(pieces: i64) -> Draft {
    simple("Mug").sku("M").holds(pieces)
}

fn shops(till: Draft, web: Draft) -> Shelf {
    let mut shelf = Shelf::new();
    shelf.put(TILL, till);
    shelf.put(WEB, web);
    shelf
}

fn refusals(plan: &Plan) -> Vec<RefusalReason> {
    plan.refusals.iter().flat_map(|refusal| refusal.reasons.clone()).collect()
}

#[test]
fn the_other_side_is_brought_to_the_primary_one() {
    let plan = linked(&shops(mug(12), mug(7)), Side::InStore);
    assert_eq!(plan.title, "Link 1 item, POS is primary");
    assert_eq!((plan.items, plan.based_on, plan.steps.len()), (1, 7, 2));
    let Effect::Link { members, available } = &plan.steps[0].effect else { panic!("{plan:?}") };
    assert_eq!(plan.steps[0].reason, "same SKU and title");
    let ledger: Vec<_> = members.iter().map(|m| (m.connection, m.base)).collect();
    let units = Quantity::units;
    assert_eq!(ledger, [(TILL, Some(units(12))), (WEB, Some(units(7)))]);
    assert_eq!(*available, Some(units(12)));
    assert_eq!(writes(&plan), [("Mug".into(), Some(units(7)), units(12), "POS is primary: 12 there, 7 here".into())]);
    assert_eq!(plan.steps[1].after, Some(StepIndex(0)));
    let web = linked(&shops(mug(12), mug(7)), Side::Online);
    assert_eq!(writes(&web)[0].3, "eCommerce is primary: 7 there, 12 here");
    assert_eq!(writes(&linked(&shops(mug(7), mug(7)), Side::InStore)), []);
}

#[test]
fn the_title_counts_by_primary_side() {
    let mut shelf = Shelf::new();
    for number in 0..3 {
        shelf.put(TILL, simple(&format!("Mug {number}")));
        shelf.put(WEB, simple(&format!("Mug {number}")));
    }
    let mut mixed = choices(&shelf, Side::InStore);
    assert_eq!(link(&shelf, &mixed, &profiles(profile()), 0).title, "Link 3 items, POS is primary");
    mixed[1].primary = Side::Online;
    let plan = link(&shelf, &mixed, &profiles(profile()), 0);
    assert_eq!(plan.title, "Link 3 items, POS is primary for 2, eCommerce for 1");
    assert_eq!(link(&shelf, &[], &profiles(profile()), 0).title, "Link 0 items");
}

#[test]
fn totals_count_and_the_main_location_is_written() {
    let units = Quantity::units;
    let spread = simple("Mug").sku("M").levels(&[(1, units(2)), (2, units(4)), (9, units(100))]);
    let plan = linked(&shops(mug(10), spread.clone()), Side::InStore);
    let (_, from, to, _) = &writes(&plan)[0];
    assert_eq!((*from, *to), (Some(units(2)), units(6)), "2 + (10 − 6); the third place is not in use");
    // Fewer than the second location alone holds: never below zero.
    let plan = linked(&shops(mug(1), spread), Side::InStore);
    let (_, _, to, reason) = &writes(&plan)[0];
    assert_eq!(*to, units(0));
    assert_eq!(reason, "POS is primary: 1 there, 6 here; a count cannot go below 0, the remaining -3 stay owed");
    let Effect::Link { available, .. } = &plan.steps[0].effect else { panic!() };
    assert_eq!(*available, Some(units(1)));
    // Nothing to take away where the main location is empty: the plan says so on the link.
    let empty_shop = simple("Mug").sku("M").levels(&[(1, units(0)), (2, units(4))]);
    let plan = linked(&shops(mug(1), empty_shop), Side::InStore);
    assert_eq!(plan.steps.len(), 1);
    assert!(plan.steps[0].reason.ends_with("a count cannot go below 0, the remaining -3 stay owed"), "{plan:?}");
    let oversold = linked(&shops(mug(-2), mug(3)), Side::InStore);
    assert_eq!(writes(&oversold)[0].2, units(0));
}

#[test]
fn unknown_is_never_written() {
    let unknown = || simple("Mug").sku("M").stock(Stock::Unknown);
    let untracked = || simple("Mug").sku("M").stock(Stock::Untracked);
    assert_eq!(refusals(&linked(&shops(unknown(), mug(3)), Side::InStore)), [RefusalReason::QuantityUnknown]);
    assert_eq!(refusals(&linked(&shops(untracked(), mug(3)), Side::InStore)), [RefusalReason::QuantityUnknown]);
    assert_eq!(refusals(&linked(&shops(mug(3), untracked()), Side::InStore)), [RefusalReason::Untracked]);
    let plan = linked(&shops(mug(3), unknown()), Side::InStore);
    assert_eq!((plan.steps.len(), plan.refusals.len()), (1, 0));
    let Effect::Link { members, .. } = &plan.steps[0].effect else { panic!() };
    assert_eq!(members[1].base, None);
    assert_eq!(plan.steps[0].reason, "same SKU and title; Web shop has no count of it, so nothing is written there");
    // A level at a place that is not in use is no count.
    let elsewhere = simple("Mug").sku("M").levels(&[(9, Quantity::units(4))]);
    assert_eq!(refusals(&linked(&shops(elsewhere, mug(3)), Side::InStore)), [RefusalReason::QuantityUnknown]);
}

#[test]
fn whole_pieces_only_where_the_platform_counts_so() {
    let half: Quantity = "2.5".parse().unwrap();
    let shelf = shops(simple("Rope").levels(&[(1, half)]), simple("Rope").holds(1));
    assert_eq!(refusals(&linked(&shelf, Side::InStore)), [RefusalReason::FractionalQuantity { quantity: half }]);
    let decimal = profiles(Profile { quantities: QuantityKind::Decimal, ..profile() });
    assert_eq!(writes(&link(&shelf, &choices(&shelf, Side::InStore), &decimal, 0))[0].2, half);
}

#[test]
fn what_changed_meanwhile_is_refused() {
    let why = |shelf: &Shelf, chosen: &[Choice]| {
        let plan = link(shelf, chosen, &profiles(profile()), 0);
        assert_eq!((plan.items, plan.steps.len()), (0, 0));
        match refusals(&plan).as_slice() {
            [RefusalReason::NoLongerPossible { why }] => why.clone(),
            other => panic!("{other:?}"),
        }
    };
    let fresh = shops(mug(1), mug(2));
    let chosen = choices(&fresh, Side::InStore);
    let (till, web) = (ListingId(1), ListingId(2));
    let mut shelf = fresh.clone();
    shelf.change(web, |known| known.gone = true);
    assert_eq!(why(&shelf, &chosen), "the product was deleted on the platform");
    let mut shelf = fresh.clone();
    shelf.change(web, |known| known.variants[0].0 += 1);
    assert_eq!(why(&shelf, &chosen), "a variant of Mug was deleted on Web shop");
    let mut shelf = fresh.clone();
    shelf.change(till, |known| known.listing.status = Status::Archived);
    assert_eq!(why(&shelf, &chosen), "it is not active any more on Corner shop");
    let mut shelf = fresh.clone();
    let other = shelf.put(WEB, simple("Cup"));
    shelf.link(&[(till, 0), (other, 0)]);
    assert_eq!(why(&shelf, &chosen), "it was linked to something else meanwhile");
}

#[test]
fn nothing_is_linked_twice_in_one_plan() {
    let shelf = shops(mug(1), mug(2));
    let chosen = choices(&shelf, Side::InStore);
    let twice: Vec<_> = chosen.iter().chain(&chosen).cloned().collect();
    let plan = link(&shelf, &twice, &profiles(profile()), 0);
    assert_eq!((plan.items, plan.refusals.len()), (1, 1));
}

#[test]
fn a_second_web_shop_joins_the_link() {
    let mut shelf = shops(mug(9), mug(4));
    let market = shelf.put(MARKET, mug(5));
    shelf.link(&[(ListingId(1), 0), (market, 0)]);
    let plan = linked(&shelf, Side::InStore);
    let Effect::Link { members, .. } = &plan.steps[0].effect else { panic!() };
    assert_eq!(members.iter().map(|m| m.connection).collect::<Vec<_>>(), [TILL, WEB, MARKET]);
    let places: Vec<_> = plan.steps[1..]
        .iter()
        .map(|step| match &step.effect {
            Effect::SetQuantity { connection, to, .. } => (*connection, *to),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(places, [(WEB, Quantity::units(9)), (MARKET, Quantity::units(9))]);
}

#[test]
fn links_come_first_and_writes_by_connection() {
    let mut shelf = Shelf::new();
    for number in 0..4 {
        let title = format!("Mug {number}");
        shelf.put(TILL, simple(&title).holds(number));
        shelf.put(WEB, simple(&title).holds(9));
    }
    let mut chosen = choices(&shelf, Side::InStore);
    chosen[1].primary = Side::Online;
    chosen[2].primary = Side::Online;
    let plan = link(&shelf, &chosen, &profiles(profile()), 0);
    let kinds: Vec<_> = plan
        .steps
        .iter()
        .map(|step| match &step.effect {
            Effect::Link { .. } => None,
            Effect::SetQuantity { connection, .. } => Some(*connection),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [None, None, None, None, Some(TILL), Some(TILL), Some(WEB), Some(WEB)]);
    for step in &plan.steps[4..] {
        let before = step.after.expect("a write waits for its link").0 as usize;
        assert_eq!(plan.steps[before].subject, step.subject);
    }
}

fn push_to_web(shelf: &Shelf, products: &[u64], profile: Profile) -> Plan {
    let products: Vec<_> = products.iter().map(|id| ProductId(ListingId(*id))).collect();
    let marks = |place: usize| IdempotencyKey(format!("mark {place}"));
    push(shelf, &products, Side::Online, WEB, true, &profiles(profile), &marks, 3)
}

#[test]
fn a_push_creates_a_copy_with_its_quantities() {
    let mut shelf = Shelf::new();
    let tee = variable("Tee", &["Size"]).row(&["S"]).holds(3).row(&["M"]).stock(Stock::Untracked);
    shelf.put(TILL, tee);
    let plan = push_to_web(&shelf, &[1], profile());
    assert_eq!(plan.title, "Push 1 item to eCommerce (Web shop), as draft");
    assert_eq!((plan.items, plan.towards, plan.based_on, plan.steps.len()), (1, Some(Side::Online), 3, 1));
    let Effect::Create(creation) = &plan.steps[0].effect else { panic!() };
    assert_eq!(creation.quantities, [Some(Quantity::units(3)), None]);
    assert_eq!((creation.source, creation.connection, creation.draft), (ListingId(1), WEB, true));
    assert_eq!(creation.mark, IdempotencyKey("mark 0".into()));
    let later = push_to_web(&shelf, &[1], Profile { create_sets_stock: false, ..profile() });
    assert_eq!(later.steps.len(), 2);
    assert_eq!(later.steps[1].after, Some(StepIndex(0)));
    assert_eq!(
        later.steps[1].effect,
        Effect::SetQuantity {
            connection: WEB,
            target: Target::CreatedBy { step: StepIndex(0), position: 0 },
            location: location(1),
            from: None,
            to: Quantity::units(3),
        }
    );
}

#[test]
fn what_the_target_would_refuse_is_refused_here() {
    let refused = |draft: Draft| {
        let mut shelf = Shelf::new();
        shelf.put(TILL, draft);
        shelf.put(WEB, simple("Cup").sku("CUP"));
        let plan = push_to_web(&shelf, &[1], profile());
        assert_eq!(plan.steps.len(), 0);
        refusals(&plan)
    };
    let there = ListingId(2);
    assert_eq!(refused(simple("CUP ")), [RefusalReason::DuplicateTitle { title: "CUP".into(), listing: there }]);
    assert_eq!(refused(simple("Mug").sku("cup")), [RefusalReason::DuplicateSku { sku: "cup".into(), listing: there }]);
    let sizes =
        |count: usize| (0..count).fold(variable("Tee", &["Size"]), |tee, size| tee.row(&[&format!("size {size}")]));
    assert_eq!(refused(sizes(4)), [RefusalReason::TooManyVariants { has: 4, most: 3 }]);
    assert_eq!(
        refused(variable("Tee", &["A", "B", "C"]).row(&["a", "b", "c"])),
        [RefusalReason::TooManyOptions { has: 3, most: 2 }]
    );
    assert_eq!(refused(simple(&"é".repeat(41))), [RefusalReason::TitleTooLong { has: 41, most: 40 }]);
    assert_eq!(
        refused(simple("Mug").sku("123456789")),
        [RefusalReason::SkuTooLong { sku: "123456789".into(), most: 8 }]
    );
    assert_eq!(
        refused(variable("Tee", &["Size"]).row(&["S"]).row(&["s"])),
        [RefusalReason::DuplicateVariant { label: "s".into() }]
    );
    assert_eq!(
        refused(variable("Tee", &["Size"]).row(&["S"]).sku("T").row(&["M"]).sku("t")),
        [RefusalReason::DuplicateVariant { label: "SKU t".into() }]
    );
    assert_eq!(refused(simple("Mug").price(None)), [RefusalReason::NoPrice]);
    let half: Quantity = "0.5".parse().unwrap();
    assert_eq!(refused(simple("Rope").levels(&[(1, half)])), [RefusalReason::FractionalQuantity { quantity: half }]);
}

#[test]
fn of_several_twins_on_the_target_the_oldest_is_named() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, simple("Cup"));
    shelf.put(WEB, simple("Cup"));
    shelf.put(WEB, simple("Cup"));
    for _ in 0..2 {
        let named = RefusalReason::DuplicateTitle { title: "Cup".into(), listing: ListingId(2) };
        assert_eq!(refusals(&push_to_web(&shelf, &[1], profile())), [named]);
        shelf.listings.reverse();
    }
}

#[test]
fn only_what_the_target_lacks_is_pushed() {
    let mut shelf = shops(mug(1), mug(1));
    shelf.link(&[(ListingId(1), 0), (ListingId(2), 0)]);
    shelf.put(WEB, simple("Web only"));
    let gone = shelf.put(TILL, simple("Gone"));
    shelf.change(gone, |known| known.gone = true);
    let plan = push_to_web(&shelf, &[1, 3, 4], profile());
    assert_eq!(refusals(&plan), [RefusalReason::AlreadyThere, RefusalReason::OnlyOnTarget, RefusalReason::Gone]);
    assert_eq!(plan.refusals[2].subject, Text::new("Gone"));
    assert_eq!(plan.title, "Push 0 items to eCommerce (Web shop), as draft");
}

#[test]
fn twins_of_one_plan_are_refused_but_for_the_first() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, simple("Perfect T-Shirt").sku("P1"));
    shelf.put(TILL, simple("perfect t-shirt").sku("P2"));
    shelf.put(TILL, simple("Other").sku("p1"));
    let plan = push_to_web(&shelf, &[1, 2, 3, 1], profile());
    assert_eq!(plan.items, 1, "named twice, it goes once");
    let twin = |value: &str| RefusalReason::DuplicateInPlan { value: value.into() };
    assert_eq!(refusals(&plan), [twin("perfect t-shirt"), twin("p1")]);
}

#[test]
fn a_full_shop_takes_no_more() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, simple("A"));
    shelf.put(TILL, simple("B"));
    shelf.put(WEB, simple("C"));
    let limit = crate::domain::Limit { most: Some(2), source: "imagined" };
    let plan = push_to_web(&shelf, &[1, 2], Profile { product_limit: limit, ..profile() });
    assert_eq!((plan.items, refusals(&plan)), (1, vec![RefusalReason::TooManyProducts { most: 2 }]));
}

#[test]
fn another_currency_is_not_converted() {
    let mut shelf = Shelf::new();
    shelf.put(TILL, simple("Mug"));
    shelf.connections[1].currency = crate::domain::Currency::new("USD").unwrap();
    assert_eq!(refusals(&push_to_web(&shelf, &[1], profile())), [RefusalReason::CurrencyDiffers]);
}

/// What the listings hold after a plan's writes, by connection and variant.
fn applied(shelf: &Shelf, plan: &Plan) -> Shelf {
    let mut after = shelf.clone();
    for step in &plan.steps {
        if let Effect::SetQuantity { target: Target::Known { listing, variant }, location, from, to, .. } = &step.effect
        {
            after.change(*listing, |known| {
                let place = known.variants.iter().position(|id| id == variant).unwrap();
                let Stock::Tracked(levels) = &mut known.listing.variants[place].stock else { panic!("untracked") };
                assert_eq!(levels.insert(location.clone(), *to), *from, "`from` is what was there");
            });
        }
    }
    after
}

fn levels() -> impl Strategy<Value = Vec<(u32, Quantity)>> {
    let level = (0i64..20).prop_map(Quantity::units);
    proptest::collection::btree_map(prop_oneof![Just(1u32), Just(2), Just(9)], level, 0..4)
        .prop_map(|levels: BTreeMap<_, _>| levels.into_iter().collect())
}

proptest! {
    /// Units are conserved: after the writes each side has the primary's total, or the difference stands as owed.
    #[test]
    fn both_sides_agree_after_a_link(
        stocks in proptest::collection::vec((levels(), levels(), any::<bool>()), 1..6),
    ) {
        let mut shelf = Shelf::new();
        for (number, (till, web, _)) in stocks.iter().enumerate() {
            shelf.put(TILL, simple(&format!("Mug {number}")).levels(till));
            shelf.put(WEB, simple(&format!("Mug {number}")).levels(web));
        }
        let mut chosen = choices(&shelf, Side::InStore);
        prop_assert_eq!(chosen.len(), stocks.len());
        for (choice, (.., online)) in chosen.iter_mut().zip(&stocks) {
            choice.primary = if *online { Side::Online } else { Side::InStore };
        }
        let plan = link(&shelf, &chosen, &profiles(profile()), 0);
        let after = applied(&shelf, &plan);
        prop_assert_eq!(plan.items as usize + plan.refusals.len(), stocks.len());
        for step in &plan.steps {
            let Effect::Link { members, available } = &step.effect else { continue };
            let total = |shelf: &Shelf, member: &crate::domain::LinkMember| {
                let connection = shelf.connection(member.connection).unwrap();
                let known = shelf.listing(member.listing).unwrap();
                known.variant(member.variant).unwrap().stock.total(|place| connection.counts(place))
            };
            let right = total(&shelf, &members[0]);
            prop_assert_eq!(members[0].base, right);
            prop_assert_eq!(*available, right);
            for other in &members[1..] {
                prop_assert_eq!(other.base, total(&shelf, other));
                if other.base.is_none() {
                    continue;
                }
                let now = total(&after, other).unwrap();
                prop_assert!(Some(now) == right || (Some(now) > right && step_is_clamped(&plan, other)));
            }
        }
        let lowest = plan.steps.iter().filter_map(|step| match &step.effect {
            Effect::SetQuantity { to, .. } => Some(*to),
            _ => None,
        }).min();
        prop_assert!(lowest >= Some(Quantity::ZERO) || lowest.is_none());
    }
}

/// The main location went to zero, or was there already, and another one holds more than the whole should be.
fn step_is_clamped(plan: &Plan, member: &crate::domain::LinkMember) -> bool {
    plan.steps.iter().all(|step| match &step.effect {
        Effect::SetQuantity { target: Target::Known { variant, .. }, to, .. } if *variant == member.variant => {
            *to == Quantity::ZERO && step.reason.contains("cannot go below 0")
        }
        _ => true,
    })
}

/// Keeps the tests honest about what a link is: one per variant.
#[test]
fn the_shelf_finds_links_by_variant() {
    let mut shelf = shops(mug(1), mug(1));
    shelf.link(&[(ListingId(1), 0), (ListingId(2), 0)]);
    let of = |id: u64| shelf.link_of(crate::domain::VariantId(id)).map(|link: &Link| link.id);
    assert_eq!(of(1000), of(2000));
}
