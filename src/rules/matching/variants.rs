//! Which variant here is which variant there.
//!
//! Stock is kept per variant, so a pair of listings is only worth linking if every variant has its one counterpart.
//! Where barcode, SKU and options lead to different ones, nobody is right and the pair is refused.

use std::collections::HashMap;
use std::hash::Hash;

use crate::domain::{Listing, MatchKey, Structure, Text, Variant};
use crate::rules::filter::folded;

use super::keys;

/// Variants, by their position, that have no counterpart, or more than one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unpaired {
    pub ours: Vec<usize>,
    pub theirs: Vec<usize>,
}

/// Every variant of `ours` with its counterpart, in the order of `ours`. For listings of the same structure.
///
/// Symmetric: exchanging the two gives the same pairs, or the same unpaired ones, exchanged.
pub fn pairing(ours: &Listing, theirs: &Listing) -> Result<Vec<(usize, usize)>, Unpaired> {
    if let ([_], [_]) = (ours.variants.as_slice(), theirs.variants.as_slice())
        && !ours.structure.is_variable()
        && !theirs.structure.is_variable()
    {
        return Ok(vec![(0, 0)]);
    }
    let mut meetings = Meetings::new(ours.variants.len(), theirs.variants.len());
    for kind in [MatchKey::Barcode, MatchKey::Sku] {
        let key = |variant: &Variant| keys::of_variant(kind, variant);
        meetings.by(ours.variants.iter().map(key), theirs.variants.iter().map(key));
    }
    // Where both call their options the same, `Width 10, Height 20` is not `Width 20, Height 10`. Where the names
    // differ (`Colour`, `Color`, or a till that knows no names), the values alone have to tell.
    let named = option_names(ours) == option_names(theirs);
    let values = |variant: &Variant| option_values(variant, named);
    meetings.by(ours.variants.iter().map(values), theirs.variants.iter().map(values));
    meetings.settled()
}

/// Who could be whose counterpart. Up to 10,000 variants a side, so without comparing each with each.
struct Meetings {
    ours: Vec<Partner>,
    theirs: Vec<Partner>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Partner {
    Nobody,
    One(usize),
    Several,
}

impl Partner {
    fn meet(&mut self, other: usize) {
        *self = match *self {
            Self::Nobody => Self::One(other),
            Self::One(known) if known == other => Self::One(known),
            Self::One(_) | Self::Several => Self::Several,
        };
    }
}

impl Meetings {
    fn new(ours: usize, theirs: usize) -> Self {
        Self { ours: vec![Partner::Nobody; ours], theirs: vec![Partner::Nobody; theirs] }
    }

    /// Brings those together that have the same key, if only one on each side has it.
    fn by<K: Eq + Hash>(&mut self, ours: impl Iterator<Item = Option<K>>, theirs: impl Iterator<Item = Option<K>>) {
        let theirs = unique(theirs);
        for (key, our) in unique(ours) {
            if let (Some(our), Some(Some(their))) = (our, theirs.get(&key)) {
                self.ours[our].meet(*their);
                self.theirs[*their].meet(our);
            }
        }
    }

    fn settled(self) -> Result<Vec<(usize, usize)>, Unpaired> {
        let partner_of = |from: &[Partner], back: &[Partner], place: usize| match from[place] {
            Partner::One(other) if back[other] == Partner::One(place) => Some(other),
            _ => None,
        };
        let partners: Vec<_> = (0..self.ours.len()).map(|our| partner_of(&self.ours, &self.theirs, our)).collect();
        let without_ours: Vec<_> = (0..self.ours.len()).filter(|our| partners[*our].is_none()).collect();
        let without_theirs: Vec<_> =
            (0..self.theirs.len()).filter(|their| partner_of(&self.theirs, &self.ours, *their).is_none()).collect();
        if without_ours.is_empty() && without_theirs.is_empty() {
            return Ok(partners.into_iter().enumerate().filter_map(|(our, their)| Some((our, their?))).collect());
        }
        Err(Unpaired { ours: without_ours, theirs: without_theirs })
    }
}

/// Each key with the one place that has it, or `None` where several have.
fn unique<K: Eq + Hash>(keys: impl Iterator<Item = Option<K>>) -> HashMap<K, Option<usize>> {
    let mut places = HashMap::new();
    for (place, key) in keys.enumerate() {
        if let Some(key) = key {
            places.entry(key).and_modify(|known| *known = None).or_insert(Some(place));
        }
    }
    places
}

fn option_names(listing: &Listing) -> Vec<String> {
    let mut names: Vec<String> = match &listing.structure {
        Structure::Simple => Vec::new(),
        Structure::Variable { options } => options.iter().map(|name| folded(name)).collect(),
    };
    names.sort_unstable();
    names
}

/// A variant's option values as a set, whatever their order; with the options' names if `named`.
fn option_values(variant: &Variant, named: bool) -> Option<Vec<(String, String)>> {
    let mut values: Vec<_> = variant
        .options
        .iter()
        .map(|value| (if named { folded(&value.option) } else { String::new() }, folded(&value.value)))
        .collect();
    values.sort_unstable();
    (!values.is_empty()).then_some(values)
}

/// The first variant that has the same option values as an earlier one, by its position.
pub fn duplicate_variant(listing: &Listing) -> Option<usize> {
    if !listing.structure.is_variable() {
        return None;
    }
    let mut seen = std::collections::HashSet::new();
    listing.variants.iter().position(|variant| !seen.insert(option_values(variant, true)))
}

/// A SKU that stands on two variants of the listing.
pub fn duplicate_sku(listing: &Listing) -> Option<&Text> {
    let mut seen = std::collections::HashSet::new();
    let skus = listing.variants.iter().filter_map(|variant| variant.sku.as_ref());
    skus.filter_map(|sku| Some((keys::sku(sku)?, sku))).find(|(key, _)| !seen.insert(key.clone())).map(|(_, sku)| sku)
}

/// What a person calls a variant: its options, else its SKU, else its place.
pub fn label(listing: &Listing, position: usize) -> Text {
    let Some(variant) = listing.variants.get(position) else { return Text::default() };
    Text::some(&variant.option_label())
        .or_else(|| variant.sku.clone())
        .unwrap_or_else(|| Text::new(&format!("variant {}", position + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::shelf::{simple, variable};

    fn swapped(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let mut pairs: Vec<_> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn options_pair_whatever_their_order_and_case() {
        let till = variable("Tee", &["Colour", "Size"]).row(&["Red", "S"]).row(&["Blue", "S"]).listing();
        let web = variable("Tee", &["size", "colour"]).row(&["s", "BLUE"]).row(&["S", " red"]).listing();
        assert_eq!(pairing(&till, &web), Ok(vec![(0, 1), (1, 0)]));
        assert_eq!(pairing(&web, &till), Ok(swapped(&[(0, 1), (1, 0)])));
    }

    #[test]
    fn names_of_options_count_where_both_have_them() {
        let till = variable("Board", &["Width", "Height"]).row(&["10", "20"]).row(&["20", "30"]).listing();
        let turned = variable("Board", &["Height", "Width"]).row(&["10", "20"]).row(&["20", "30"]).listing();
        assert_eq!(pairing(&till, &turned), Err(Unpaired { ours: vec![0, 1], theirs: vec![0, 1] }));
        let unnamed = variable("Board", &["A", "B"]).row(&["20", "30"]).row(&["10", "20"]).listing();
        assert_eq!(pairing(&till, &unnamed), Ok(vec![(0, 1), (1, 0)]));
    }

    #[test]
    fn keys_pair_where_options_are_called_otherwise() {
        let till =
            variable("Tee", &["Colour"]).row(&["Red"]).sku("T-1").row(&["Blue"]).barcode("036000291452").listing();
        let web =
            variable("Tee", &["Farbe"]).row(&["Blau"]).barcode("0036000291452").row(&["Rot"]).sku("t-1").listing();
        assert_eq!(pairing(&till, &web), Ok(vec![(0, 1), (1, 0)]));
    }

    #[test]
    fn two_counterparts_are_none() {
        let till = variable("Tee", &["Colour"]).row(&["Red"]).sku("T-1").row(&["Blue"]).sku("T-2").listing();
        let web = variable("Tee", &["Colour"]).row(&["Red"]).sku("T-2").row(&["Blue"]).sku("T-1").listing();
        assert_eq!(pairing(&till, &web), Err(Unpaired { ours: vec![0, 1], theirs: vec![0, 1] }));
    }

    #[test]
    fn a_variant_too_many_is_named() {
        let till = variable("Tee", &["Size"]).row(&["S"]).row(&["M"]).listing();
        let web = variable("Tee", &["Size"]).row(&["M"]).row(&["L"]).row(&["S"]).listing();
        assert_eq!(pairing(&till, &web), Err(Unpaired { ours: vec![], theirs: vec![1] }));
        assert_eq!(pairing(&web, &till), Err(Unpaired { ours: vec![1], theirs: vec![] }));
    }

    #[test]
    fn the_same_options_twice_are_a_duplicate() {
        let doubled = variable("Shoe", &["Colour", "Size"]).row(&["Red", "13"]).row(&["red ", "13"]).listing();
        assert_eq!(duplicate_variant(&doubled), Some(1));
        assert_eq!(label(&doubled, 0).as_str(), "Red / 13");
        assert_eq!(duplicate_variant(&simple("Mug").listing()), None);
    }
}
