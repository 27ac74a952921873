//! A piece of evidence as a sentence for people: what both say, and what only one of them does.

use super::Aspect;

/// What a piece of evidence says, without its words.
pub struct Piece<'a> {
    pub aspect: Aspect,
    pub speaks_for: bool,
    /// What both have, and what only the in-store one and only the online one has.
    pub shared: &'a [String],
    pub apart: [&'a [String]; 2],
}

/// What the two listings say in the field of an aspect, where it is one value; blank where there is none.
pub struct Values<'a> {
    pub in_store: &'a str,
    pub online: &'a str,
}

/// `The same size: 13`, `The prices are far apart: 19.90 EUR in store, 4.90 EUR online`
pub fn sentence(piece: &Piece<'_>, values: &Values<'_>) -> String {
    let both = || format!("{} in store, {} online", said(values.in_store), said(values.online));
    let shared = list(piece.shared);
    let apart = || apart(piece.apart);
    match (piece.aspect, piece.speaks_for) {
        (Aspect::Words, true) if shared.is_empty() => "The titles are alike".to_owned(),
        (Aspect::Words, true) => match apart() {
            None => format!("The titles share {shared}, and neither says more"),
            Some(apart) => format!("The titles share {shared}; only one has: {apart}"),
        },
        (Aspect::Words, false) => match apart() {
            None => "The titles have little in common".to_owned(),
            Some(apart) => format!("The titles have little in common: {apart}"),
        },
        (Aspect::Price, true) => format!("The prices are near: {}", both()),
        (Aspect::Price, false) => format!("The prices are far apart: {}", both()),
        (Aspect::Brand, true) => format!("The same brand: {}", first_of(values)),
        (Aspect::Brand, false) => format!("The brands differ: {}", both()),
        (Aspect::Category, true) => format!("The categories are alike: {}", first_of(values)),
        (Aspect::Category, false) => format!("The categories differ: {}", both()),
        (Aspect::Variants, true) => format!("As many variants: {}", first_of(values)),
        (Aspect::Variants, false) => format!("The variants differ: {}; make them alike before they are linked", both()),
        (Aspect::Picture, _) => "A picture has the same file name on both sides".to_owned(),
        (Aspect::ModelNumber, true) => listed("The same model number", &shared),
        (Aspect::Measure, true) => listed("The same measure", &shared),
        (Aspect::Number, true) => listed("The same number in the title", &shared),
        (Aspect::Colour, true) => listed("The same colour", &shared),
        (Aspect::Size, true) => listed("The same size", &shared),
        (Aspect::Version, true) => listed("The same version", &shared),
        (Aspect::ModelNumber, false) => listed("The model numbers differ", &apart().unwrap_or_default()),
        (Aspect::Measure, false) => listed("The measures differ", &apart().unwrap_or_default()),
        (Aspect::Number, false) => listed("The numbers in the titles differ", &apart().unwrap_or_default()),
        (Aspect::Colour, false) => listed("The colours differ", &apart().unwrap_or_default()),
        (Aspect::Version, false) => {
            listed("They may be two versions, as a shop has both words in one title", &apart().unwrap_or_default())
        }
        (Aspect::Size, false) => listed("The sizes differ", &apart().unwrap_or_default()),
    }
}

/// A word for the aspect, as a column or an exported field names it.
pub const fn label(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Words => "title",
        Aspect::ModelNumber => "model number",
        Aspect::Measure => "measure",
        Aspect::Number => "number",
        Aspect::Colour => "colour",
        Aspect::Size => "size",
        Aspect::Brand => "brand",
        Aspect::Price => "price",
        Aspect::Picture => "picture",
        Aspect::Category => "category",
        Aspect::Version => "version",
        Aspect::Variants => "variants",
    }
}

fn said(value: &str) -> String {
    if value.is_empty() { "nothing".to_owned() } else { value.to_owned() }
}

fn first_of<'a>(values: &Values<'a>) -> &'a str {
    if values.in_store.is_empty() { values.online } else { values.in_store }
}

fn listed(what: &str, words: &str) -> String {
    if words.is_empty() { what.to_owned() } else { format!("{what}: {words}") }
}

/// `“perfect”, “shirt”`
fn list(words: &[String]) -> String {
    words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ")
}

fn apart([in_store, online]: [&[String]; 2]) -> Option<String> {
    let of = |words: &[String], place: &str| (!words.is_empty()).then(|| format!("{} {place}", list(words)));
    let sides: Vec<String> = [of(in_store, "in store"), of(online, "online")].into_iter().flatten().collect();
    (!sides.is_empty()).then(|| sides.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::suggestions::{Price, Record, suggestions};

    fn told(left: &Record<'_>, right: &Record<'_>, values: &Values<'_>) -> Vec<String> {
        let found = suggestions(std::slice::from_ref(left), std::slice::from_ref(right));
        let parts = found.into_iter().flat_map(|one| one.parts);
        let told = parts.map(|part| {
            let [in_store, online] = &part.apart;
            let apart = [in_store.as_slice(), online.as_slice()];
            let piece = Piece { aspect: part.aspect, speaks_for: part.says > 0.0, shared: &part.shared, apart };
            sentence(&piece, values)
        });
        told.collect()
    }

    #[test]
    fn what_speaks_for_a_pair_and_against_it_is_told_with_both_values() {
        let price = |minor| Some(Price { minor, currency: "EUR" });
        let ours = Record { title: "Perfect Porcelain Teapot red", price: price(1990), ..Record::default() };
        let theirs = Record { title: "Perfect Porcelain Teapot, red", price: price(9090), ..Record::default() };
        let values = Values { in_store: "19.90 EUR", online: "90.90 EUR" };
        let told = told(&ours, &theirs, &values);
        assert!(told.iter().any(|line| line.starts_with("The titles share") && line.contains("“teapot”")), "{told:?}");
        let apart = "The prices are far apart: 19.90 EUR in store, 90.90 EUR online";
        assert!(told.contains(&apart.to_owned()), "{told:?}");
        assert!(told.contains(&"The same colour: “red”".to_owned()), "{told:?}");
        let (red, blue) = (["red".to_owned()], ["blue".to_owned()]);
        let piece = Piece { aspect: Aspect::Colour, speaks_for: false, shared: &[], apart: [&red, &blue] };
        assert_eq!(sentence(&piece, &values), "The colours differ: “red” in store, “blue” online");
    }

    #[test]
    fn a_blank_value_is_told_as_nothing() {
        let piece = Piece { aspect: Aspect::Brand, speaks_for: false, shared: &[], apart: [&[], &[]] };
        let told = sentence(&piece, &Values { in_store: "", online: "Axis" });
        assert_eq!(told, "The brands differ: nothing in store, Axis online");
    }
}
