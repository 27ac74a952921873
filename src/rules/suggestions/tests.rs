//! What suggestions promise: each piece of evidence does what its name says, and the whole is fair, stable and cheap.

use proptest::prelude::*;

use super::dirt::{self, Ware};
use super::quality::record;
use super::{Aspect, Class, Price, Record, Suggestion, THRESHOLD, suggestions};

fn titled(title: &str) -> Record<'_> {
    Record { title, ..Record::default() }
}

fn priced(title: &str, minor: i64) -> Record<'_> {
    Record { price: Some(Price { minor, currency: "EUR" }), ..titled(title) }
}

/// Other products, so that words have a rarity. Half of them are on both sides.
fn crowd() -> [Vec<Ware>; 2] {
    dirt::catalogues(200, 77, dirt::USUAL)
}

/// The suggestion for one record of each side, put among the crowd.
fn beside(left: Record<'_>, right: Record<'_>) -> Option<Suggestion> {
    among(&[left], &[right]).into_iter().find(|pair| pair.left == 0 && pair.right == 0)
}

/// Suggestions for a few records at the front of the crowd; only those that concern them.
fn among(left: &[Record<'_>], right: &[Record<'_>]) -> Vec<Suggestion> {
    let [ours, theirs] = crowd();
    let mut all = [left.to_vec(), right.to_vec()];
    all[0].extend(ours.iter().map(record));
    all[1].extend(theirs.iter().map(record));
    let mut found = suggestions(&all[0], &all[1]);
    found.retain(|pair| pair.left < left.len() || pair.right < right.len());
    found
}

fn score(left: Record<'_>, right: Record<'_>) -> f32 {
    beside(left, right).map_or(0.0, |pair| pair.score)
}

fn says(pair: &Suggestion, aspect: Aspect) -> f32 {
    pair.parts.iter().find(|part| part.aspect == aspect).map_or(0.0, |part| part.says)
}

/// A shop that has its books bound in two ways, and the one of the other shop that has only one of them.
#[test]
fn versions_that_a_shop_keeps_apart_are_not_taken_for_each_other() {
    let books = ["Ashwood Chronicle", "Marrow Lighthouse", "Velvet Cartographer", "Tin Orchard"];
    let bound = |binding: &str| books.map(|book| format!("{book} {binding}"));
    let (soft, hard) = (bound("Paperback"), bound("Hardback"));
    // The other shop has the first book in hard covers only, which are sold out here.
    let ours: Vec<Record<'_>> = soft.iter().chain(&hard[1..]).map(|title| titled(title)).collect();
    let theirs: Vec<Record<'_>> = [&hard[0], &soft[1], &hard[1]].map(|title| titled(title)).to_vec();
    let found = among(&ours, &theirs);
    let of = |right: usize| found.iter().find(|pair| pair.right == right);
    let wrong = of(0).filter(|pair| pair.left == 0);
    assert!(wrong.is_none_or(|pair| pair.score < THRESHOLD && says(pair, Aspect::Version) < -2.0), "{wrong:#?}");
    for right in [1, 2] {
        let pair = of(right).expect("the same title");
        assert_eq!(ours[pair.left].title, theirs[right].title);
        assert!(pair.score >= THRESHOLD && says(pair, Aspect::Version) == 0.0, "{pair:#?}");
    }
    // Where no shop has both, they are just two words.
    let alone = beside(titled("Ashwood Chronicle Paperback"), titled("Ashwood Chronicle Hardback"));
    assert!(alone.is_none_or(|pair| says(&pair, Aspect::Version) == 0.0));
}

#[test]
fn the_same_product_in_other_words_is_suggested() {
    for (left, right) in [
        ("Sony Turntable - PSLX350H", "Sony PS-LX350H Belt Drive Turntable"),
        ("Linen Tablecloth rouge 140 x 200", "Tablecloth Linen, Red, 140 x 200"),
        ("Fjellgard Thermos 500 ml", "Fjellgard Thermos 0.5 l"),
        ("caf\u{e9} cr\u{e8}me figurine porcelain", "Porcelain Figurine CAFE CREME"),
        ("Axis & Allies boardgame deluxe", "Axis &amp; Allies Deluxe Boardgame"),
        ("Saxophone Quartett Reeds Vandoren", "Saxophone Quartet Reeds Vandoren"),
    ] {
        let found = beside(titled(left), titled(right));
        assert!(found.as_ref().is_some_and(|pair| pair.score >= THRESHOLD), "{left} / {right}: {found:?}");
    }
}

#[test]
fn what_tells_sisters_apart_counts_against() {
    for (aspect, ours, same, sister) in [
        (Aspect::ModelNumber, "Sony Turntable PSLX350H", "Turntable Sony PS-LX350H", "Turntable Sony PS-LX250H"),
        (Aspect::Measure, "Fjellgard Thermos 500 ml", "Thermos Fjellgard 0.5 l", "Thermos Fjellgard 750ml"),
        (Aspect::Measure, "Birch Clothespins 20 pack", "Clothespins Birch 20 pcs", "Clothespins Birch 50 pcs"),
        (Aspect::Colour, "Linen Tablecloth black", "Tablecloth Linen schwarz", "Tablecloth Linen red"),
        (Aspect::Size, "Alpine Longjohns XL", "Longjohns Alpine X-Large xl", "Longjohns Alpine XXL"),
        (Aspect::Number, "Civilization Boxset 5", "Boxset Civilization V 5", "Boxset Civilization 6"),
    ] {
        let (right, wrong) = (score(titled(ours), titled(same)), score(titled(ours), titled(sister)));
        assert!(right >= THRESHOLD && wrong < right - 0.2, "{ours}: {right} against {wrong}");
        if let Some(pair) = beside(titled(ours), titled(sister)) {
            assert!(says(&pair, aspect) < 0.0, "{sister}: {:?}", pair.parts);
            assert_ne!(pair.class, Class::Sure);
        }
    }
}

#[test]
fn what_may_be_another_thing_to_sell_is_never_sure() {
    fn class(ours: &str, theirs: &str) -> Option<Class> {
        beside(titled(ours), titled(theirs)).map(|pair| pair.class)
    }
    let turntable = "Sony Turntable PS-LX350H Belt Drive";
    assert_eq!(class(turntable, "Turntable Sony PSLX350H Belt Drive"), Some(Class::Sure));
    // With a model number of its own, a title may say more.
    assert_eq!(class(turntable, "Turntable Sony PSLX350H Belt Drive Walnutwood"), Some(Class::Sure));
    for other in ["Refurbished", "Gebraucht", "Bundle", "2-pack", "Kids"] {
        let theirs = format!("Turntable Sony PSLX350H Belt Drive {other}");
        assert!(matches!(class(turntable, &theirs), Some(Class::Likely | Class::Possible)), "{theirs}");
    }
    // The second of a series, colours in another order, and numbers: of what it is, and of what it fits.
    for (ours, theirs) in [
        (turntable, "Turntable Sony PS-LX350H II Belt Drive"),
        ("Trainer Versatility AT7331 Black White", "Trainer Versatility AT7331 White Black"),
        ("Batterygrip Canton BG7331 for CX4410", "Camerabody Canton CX4410 Batterygrip BG7331"),
    ] {
        assert_ne!(class(ours, theirs), Some(Class::Sure), "{theirs}");
    }
    assert_eq!(
        class("Trainer Versatility AT7331 Black White", "Versatility Trainer AT7331 Black White"),
        Some(Class::Sure)
    );
    // A number that goes on where another ends.
    assert_ne!(class("Canton Cameracase PF141 Leather", "Canton Cameracase PF141W Leather"), Some(Class::Sure));
    // Without one, a word that few titles have may be a version's name.
    let watch = "Fjellgard Runner Wristwatch Titaniumlink";
    assert_eq!(class(watch, "Wristwatch Fjellgard Runner Titaniumlink"), Some(Class::Sure));
    assert_ne!(class(watch, "Wristwatch Fjellgard Runner Titaniumlink Cardio"), Some(Class::Sure));
    assert_ne!(class(watch, "Wristwatch Fjellgard Runner Titaniumlink Black"), Some(Class::Sure));
}

#[test]
fn the_better_of_two_sisters_is_taken() {
    let found =
        among(&[titled("Linen Tablecloth red")], &[titled("Tablecloth Linen blau"), titled("Tablecloth Linen rot")]);
    let best = found.iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap();
    assert_eq!((best.left, best.right), (0, 1));
    assert!(best.score >= THRESHOLD);
}

#[test]
fn who_cannot_be_told_apart_is_not_suggested() {
    let same = titled("Linen Tablecloth red");
    let found = among(std::slice::from_ref(&same), &[same.clone(), same.clone(), same.clone()]);
    assert!(found.iter().all(|pair| pair.score < THRESHOLD), "{found:?}");
}

#[test]
fn prices_speak_for_and_against() {
    let pair = |theirs| score(priced("Linen Tablecloth", 2000), priced("Tablecloth Linen red", theirs));
    let (near, far) = (pair(2350), pair(40_000));
    assert!(near > far, "{near} {far}");
    // Another currency says nothing.
    let dear = Record { price: Some(Price { minor: 40_000, currency: "JPY" }), ..titled("Tablecloth Linen red") };
    assert!(score(priced("Linen Tablecloth", 2000), dear) > far);
}

#[test]
fn a_description_carries_what_the_title_lacks() {
    let told = Record { description: "Article PSLX350H with servo control", ..titled("Sony Turntable") };
    let silent = Record { description: "With servo control", ..titled("Sony Turntable") };
    let ours = || titled("Sony Turntable Belt PS-LX350H");
    assert!(score(ours(), told) > score(ours(), silent));
}

#[test]
fn brands_pictures_and_codes_speak() {
    let plain = || titled("Linen Tablecloth");
    let branded = |brand| Record { brand, ..titled("Tablecloth Linen round") };
    assert!(
        score(Record { brand: "Hemtex", ..plain() }, branded("HEMTEX"))
            > score(Record { brand: "Hemtex", ..plain() }, branded("Zwilling"))
    );
    let picture = |file| Record { images: vec![file], ..titled("Tablecloth Linen round") };
    let ours = || Record { images: vec!["https://till.example/pictures/linen-77.jpg?v=2"], ..plain() };
    assert!(score(ours(), picture("/media/Linen-77.png")) > score(ours(), picture("/media/other-12.png")));
    let coded = |code| Record { codes: vec![code], ..titled("Tablecloth round") };
    let ours = || Record { codes: vec!["LT-4711-A"], ..plain() };
    assert!(score(ours(), coded("LT4711A")) > score(ours(), coded("QX0815B")));
}

#[test]
fn an_explanation_names_the_words() {
    let found =
        beside(titled("Sony Turntable PSLX350H black 2 kg"), titled("Turntable Sony PS-LX350H white 2000 g")).unwrap();
    let part = |aspect| found.parts.iter().find(|part| part.aspect == aspect).unwrap();
    assert_eq!(part(Aspect::ModelNumber).shared, ["pslx350h"]);
    assert_eq!(part(Aspect::Measure).shared, ["2 kg"]);
    assert_eq!(part(Aspect::Colour).apart, [vec!["black".to_owned()], vec!["white".to_owned()]]);
    assert!(part(Aspect::Words).shared.contains(&"turntable".to_owned()));
    assert!(found.parts.is_sorted_by(|a, b| a.says.abs() >= b.says.abs()));
}

#[test]
fn nothing_and_little_are_no_trouble() {
    let one = [titled("Mug")];
    assert!(suggestions(&[], &[]).is_empty());
    assert!(suggestions(&one, &[]).is_empty() && suggestions(&[], &one).is_empty());
    assert!(suggestions(&[Record::default()], &[Record::default()]).is_empty());
    // Two records alone are few to learn from, and yet plainly one.
    let found = suggestions(&[titled("Sony Turntable PSLX350H")], &[titled("Sony Turntable PS-LX350H")]);
    assert_eq!(found.len(), 1);
}

#[test]
fn equal_titles_cost_no_more_than_others() {
    // Compared each with each, these would be twenty-five million pairs.
    let same: Vec<Record<'_>> = (0..5000).map(|_| titled("Perfect T-Shirt red")).collect();
    assert!(suggestions(&same, &same).iter().all(|pair| pair.score < THRESHOLD));
    let long = "word ".repeat(2000);
    let long: Vec<Record<'_>> = (0..300).map(|_| titled(&long)).collect();
    assert!(suggestions(&long, &long).len() <= 300);
}

/// A suggestion without places, to compare runs whose records stand elsewhere.
fn by_content(found: &[Suggestion], left: &[Ware], right: &[Ware]) -> Vec<(String, String, u32, Class)> {
    let told = |pair: &Suggestion| {
        (left[pair.left].title.clone(), right[pair.right].title.clone(), pair.score.to_bits(), pair.class)
    };
    let mut told: Vec<_> = found.iter().map(told).collect();
    told.sort();
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_of_records_and_sides_changes_nothing(seed in any::<u64>(), turn in 0usize..200) {
        let [left, right] = dirt::catalogues(120, seed, dirt::USUAL);
        let run = |left: &[Ware], right: &[Ware]| {
            let (a, b): (Vec<_>, Vec<_>) = (left.iter().map(record).collect(), right.iter().map(record).collect());
            suggestions(&a, &b)
        };
        let plain = run(&left, &right);
        let before = by_content(&plain, &left, &right);
        let (mut turned_left, mut turned_right) = (left.clone(), right.clone());
        turned_left.rotate_left(turn % left.len().max(1));
        turned_right.reverse();
        prop_assert_eq!(&by_content(&run(&turned_left, &turned_right), &turned_left, &turned_right), &before);
        let swapped: Vec<Suggestion> = run(&right, &left)
            .into_iter()
            .map(|pair| Suggestion { left: pair.right, right: pair.left, ..pair })
            .collect();
        prop_assert_eq!(&by_content(&swapped, &left, &right), &before);
        // One-to-one, in range, the most probable first.
        for side in [|pair: &Suggestion| pair.left, |pair: &Suggestion| pair.right] {
            let mut places: Vec<usize> = plain.iter().map(side).collect();
            places.sort_unstable();
            prop_assert!(places.windows(2).all(|two| two[0] != two[1]));
        }
        prop_assert!(plain.iter().all(|pair| (0.0..=1.0).contains(&pair.score)));
        prop_assert!(plain.is_sorted_by(|a, b| a.score >= b.score));
    }
}

proptest! {
    #[test]
    fn no_text_is_too_strange(
        texts in proptest::collection::vec(("\\PC{0,40}", ".{0,40}", any::<Option<i64>>()), 0..8),
        sort in proptest::collection::vec("[0-9a-z\"'./,&;-]{0,20}", 0..8),
    ) {
        let record = |(title, description, minor): &(String, String, Option<i64>)| -> Record<'static> {
            let title: &'static str = Box::leak(title.clone().into_boxed_str());
            let description: &'static str = Box::leak(description.clone().into_boxed_str());
            let price = minor.map(|minor| Price { minor, currency: "EUR" });
            Record { title, description, brand: title, category: description, price, options: vec![title],
                images: vec![description], codes: vec![title], variants: title.len() }
        };
        let mut left: Vec<Record<'_>> = texts.iter().map(record).collect();
        left.extend(sort.iter().map(|title| titled(title)));
        let right: Vec<Record<'_>> = left.iter().rev().cloned().collect();
        for pair in suggestions(&left, &right) {
            prop_assert!(pair.score.is_finite() && (0.0..=1.0).contains(&pair.score));
        }
        for title in &sort {
            let _ = super::titles::cuts(title);
        }
    }

    #[test]
    fn cuts_are_parts_of_the_title(title in ".{0,60}") {
        for cut in super::titles::cuts(&title) {
            prop_assert!(title.contains(cut.base) && cut.values.iter().all(|value| title.contains(value)));
        }
    }
}
