//! What a person's corrections come to, and what they refuse.

use proptest::prelude::*;

use super::*;
use crate::domain::{HeldDrop, Money, Profile, Timestamp};
use crate::rules::shelf::{MARKET, Shelf, TILL, WEB, euro, profile, profiles, simple};

/// Mugs at the till and in both shops, linked; so many in each.
fn mugs(counts: &[[i64; 3]]) -> Shelf {
    let mut shelf = Shelf::new();
    for [till, web, market] in counts {
        let put = |shelf: &mut Shelf, at, count| shelf.put(at, simple("Mug").holds(count));
        let members = [put(&mut shelf, TILL, *till), put(&mut shelf, WEB, *web), put(&mut shelf, MARKET, *market)];
        shelf.link(&members.map(|listing| (listing, 0)));
    }
    shelf
}

fn products(shelf: &Shelf) -> Vec<Vec<ListingId>> {
    shelf.links.iter().map(|link| link.members.iter().map(|member| member.listing).collect()).collect()
}

fn synchronized(shelf: &Shelf, wrong: WrongSide, what: (bool, bool)) -> Plan {
    let editing = Profile { edits: &[Field::Price], ..profile() };
    synchronize(shelf, &products(shelf), wrong, what, &profiles(editing), 1)
}

fn why(plan: &Plan) -> String {
    format!("{:?}", plan.refusals.iter().flat_map(|refusal| &refusal.reasons).collect::<Vec<_>>())
}

#[test]
fn a_correction_tells_every_side() {
    let shelf = mugs(&[[10, 10, 10]]);
    let place = (shelf.listings[1].id, shelf.listings[1].variants[0]);
    let plan = correct(&shelf, place, Correct::Set(Quantity::units(7)), "stock take", &profiles(profile()), 1);
    assert_eq!((plan.steps.len(), plan.items), (4, 1));
    assert!(matches!(&plan.steps[0].effect, Effect::Adjust { by, .. } if *by == Quantity::units(-3)));
    for step in &plan.steps[1..] {
        assert_eq!(step.after, Some(StepIndex(0)));
        assert!(matches!(&step.effect, Effect::SetQuantity { to, .. } if *to == Quantity::units(7)), "{step:?}");
    }
    let same = correct(&shelf, place, Correct::Set(Quantity::units(10)), "", &profiles(profile()), 1);
    assert!(same.steps.is_empty() && why(&same).contains("10 are available already"));
    let half = Correct::Add(Quantity::from_raw(50_000));
    let half = correct(&shelf, place, half, "", &profiles(profile()), 1);
    assert!(half.steps.is_empty() && why(&half).contains("FractionalQuantity"), "all of it or nothing");
}

#[test]
fn nothing_is_corrected_under_a_conflict_or_a_pause() {
    let mut shelf = mugs(&[[10, 10, 10]]);
    let place = (shelf.listings[0].id, shelf.listings[0].variants[0]);
    shelf.links[0].paused = true;
    let paused = correct(&shelf, place, Correct::Add(Quantity::units(1)), "", &profiles(profile()), 1);
    assert!(paused.steps.is_empty() && why(&paused).contains("paused"));
    shelf.links[0].paused = false;
    let held = HeldDrop { from: Quantity::units(10), to: Quantity::ZERO, since: Timestamp(0) };
    shelf.links[0].members[1].held = Some(held);
    let held = correct(&shelf, place, Correct::Add(Quantity::units(1)), "", &profiles(profile()), 1);
    assert!(held.steps.is_empty() && why(&held).contains("conflict"));
    // Which side is wrong is a decision.
    let plan = synchronized(&shelf, WrongSide::Side(Side::Online), (true, false));
    assert!(matches!(plan.steps[0].effect, Effect::Trust { .. }), "{}", why(&plan));
}

#[test]
fn sides_that_are_right_have_to_agree() {
    let shelf = mugs(&[[10, 7, 5]]);
    let plan = synchronized(&shelf, WrongSide::Side(Side::InStore), (true, false));
    assert!(plan.steps.is_empty() && why(&plan).contains("disagree, 7 and 5"), "{}", why(&plan));
    let plan = synchronized(&shelf, WrongSide::Side(Side::Online), (true, false));
    assert_eq!(plan.steps.len(), 3);
    assert_eq!(plan.title, "Synchronize quantity of 1 item, eCommerce is wrong");
}

#[test]
fn prices_follow_where_they_can_be_written() {
    let mut shelf = mugs(&[[5, 5, 5]]);
    shelf.listings[0].listing.variants[0].price = Some(Money::new(999, euro()));
    let plan = synchronized(&shelf, WrongSide::Connection(WEB), (false, true));
    assert!(why(&plan).contains("disagree"), "the market asks another price than the till");
    let plan = synchronized(&shelf, WrongSide::Side(Side::Online), (false, true));
    assert_eq!(plan.steps.len(), 2);
    let stubborn =
        synchronize(&shelf, &products(&shelf), WrongSide::Side(Side::Online), (false, true), &profiles(profile()), 1);
    assert!(stubborn.steps.is_empty() && why(&stubborn).contains("prices cannot be written on Web shop"));
}

#[test]
fn a_shop_is_told_everything_again() {
    let mut shelf = mugs(&[[5, 4, 5], [6, 6, 6]]);
    shelf.change(ListingId(5), |known| known.listing.variants[0].stock = Stock::Untracked);
    let links: Vec<&Link> = shelf.links.iter().collect();
    let plan = refresh(&shelf, WEB, &links, &profiles(profile()), 1);
    assert_eq!((plan.items, plan.steps.len()), (1, 1));
    assert!(matches!(&plan.steps[0].effect, Effect::SetQuantity { to, .. } if *to == Quantity::units(5)));
    assert!(why(&plan).contains("Untracked"));
}

proptest! {
    /// However many products: what waits, waits for the trust of its own link, and that comes before it; no count goes
    /// below zero; what agrees is left alone.
    #[test]
    fn steps_wait_for_their_own(counts in prop::collection::vec(prop::array::uniform3(0..9i64), 0..12), price: bool) {
        let shelf = mugs(&counts);
        let plan = synchronized(&shelf, WrongSide::Side(Side::Online), (true, price));
        for (index, step) in (0u32..).zip(&plan.steps) {
            let Effect::SetQuantity { target: Target::Known { variant, .. }, to, .. } = &step.effect else { continue };
            prop_assert!(!to.is_negative());
            let first = step.after.unwrap();
            prop_assert!(first.0 < index);
            let Effect::Trust { link, .. } = &plan.steps[first.0 as usize].effect else { panic!("{step:?}") };
            prop_assert_eq!(shelf.link_of(*variant).unwrap().id, *link);
        }
        let differ = counts.iter().filter(|[till, web, market]| till != web || till != market).count();
        prop_assert_eq!(plan.items, differ as u64);
        prop_assert!(plan.refusals.is_empty());
    }
}
