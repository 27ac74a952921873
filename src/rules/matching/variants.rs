//! Which variant here is which variant there.
//!
//! Stock is kept per variant, so a pair of listings is only worth linking if every variant has its one counterpart.
//! Where barcode, SKU and options lead to different ones, nobody is right and the pair is refused.

use std::collections::HashMap;
use std::hash::Hash;

use crate::domain::{Listing, MatchKey, Text};
use crate::rules::filter::folded;

use super::goods::{Article, Goods};
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
pub fn pairing(ours: &Goods<'_>, theirs: &Goods<'_>) -> Result<Vec<(usize, usize)>, Unpaired> {
    let (our_articles, their_articles) = (ours.articles.as_slice(), theirs.articles.as_slice());
    if let ([_], [_], false, false) = (our_articles, their_articles, ours.variable, theirs.variable) {
        return Ok(vec![(0, 0)]);
    }
    let mut meetings = Meetings::new(our_articles.len(), their_articles.len());
    for kind in [MatchKey::Barcode, MatchKey::Sku] {
        let key = |article: &Article<'_>| key_of(kind, article);
        meetings.by(our_articles.iter().map(key), their_articles.iter().map(key));
    }
    // Where both call their options the same, `Width 10, Height 20` is not `Width 20, Height 10`. Where the names
    // differ (`Colour`, `Color`, or a till that knows no names), the values alone have to tell.
    let named = option_names(ours) == option_names(theirs);
    let values = |article: &Article<'_>| option_values(article, named);
    meetings.by(our_articles.iter().map(values), their_articles.iter().map(values));
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

/// An article's key of a kind; a title belongs to the listing and is no article's.
fn key_of(kind: MatchKey, article: &Article<'_>) -> Option<Vec<u8>> {
    let raw = if kind == MatchKey::Barcode { article.barcode } else { article.sku };
    let mut key = Vec::new();
    keys::read(kind, raw?, &mut key).then_some(key)
}

fn option_names(goods: &Goods<'_>) -> Vec<String> {
    let mut names: Vec<String> = goods.option_names.iter().map(|name| folded(name)).collect();
    names.sort_unstable();
    names
}

/// An article's option values as a set, whatever their order; with the options' names if `named`.
fn option_values(article: &Article<'_>, named: bool) -> Option<Vec<(String, String)>> {
    let folded_pair = |(name, value): &(&str, &str)| (if named { folded(name) } else { String::new() }, folded(value));
    let mut values: Vec<_> = article.options.iter().map(folded_pair).collect();
    values.sort_unstable();
    (!values.is_empty()).then_some(values)
}

/// The first article that has the same option values as an earlier one, by its position.
pub fn duplicate_article(goods: &Goods<'_>) -> Option<usize> {
    if !goods.variable {
        return None;
    }
    let mut seen = std::collections::HashSet::new();
    goods.articles.iter().position(|article| !seen.insert(option_values(article, true)))
}

/// The same of a listing.
pub fn duplicate_variant(listing: &Listing) -> Option<usize> {
    listing.structure.is_variable().then(|| duplicate_article(&Goods::of(listing))).flatten()
}

/// A SKU that stands on two variants of the listing.
pub fn duplicate_sku(listing: &Listing) -> Option<&Text> {
    let mut seen = std::collections::HashSet::new();
    let mut key = Vec::new();
    let mut skus = listing.variants.iter().filter_map(|variant| variant.sku.as_ref());
    skus.find(|sku| keys::read(MatchKey::Sku, sku, &mut key) && !seen.insert(key.clone()))
}

/// What a person calls a variant: its options, else its SKU, else its place.
pub fn label(listing: &Listing, position: usize) -> Text {
    let Some(variant) = listing.variants.get(position) else { return Text::default() };
    called(&variant.option_label(), variant.sku.as_deref(), position)
}

/// The same of an article.
pub fn article_label(goods: &Goods<'_>, position: usize) -> Text {
    let Some(article) = goods.articles.get(position) else { return Text::default() };
    let values: Vec<&str> = article.options.iter().map(|(_, value)| *value).collect();
    called(&values.join(" / "), article.sku, position)
}

fn called(options: &str, sku: Option<&str>, position: usize) -> Text {
    Text::some(options)
        .or_else(|| sku.map(Text::new))
        .unwrap_or_else(|| Text::new(&format!("variant {}", position + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::shelf::{simple, variable};

    fn paired(ours: &Listing, theirs: &Listing) -> Result<Vec<(usize, usize)>, Unpaired> {
        pairing(&Goods::of(ours), &Goods::of(theirs))
    }

    fn swapped(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let mut pairs: Vec<_> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn options_pair_whatever_their_order_and_case() {
        let till = variable("Tee", &["Colour", "Size"]).row(&["Red", "S"]).row(&["Blue", "S"]).listing();
        let web = variable("Tee", &["size", "colour"]).row(&["s", "BLUE"]).row(&["S", " red"]).listing();
        assert_eq!(paired(&till, &web), Ok(vec![(0, 1), (1, 0)]));
        assert_eq!(paired(&web, &till), Ok(swapped(&[(0, 1), (1, 0)])));
    }

    #[test]
    fn names_of_options_count_where_both_have_them() {
        let till = variable("Board", &["Width", "Height"]).row(&["10", "20"]).row(&["20", "30"]).listing();
        let turned = variable("Board", &["Height", "Width"]).row(&["10", "20"]).row(&["20", "30"]).listing();
        assert_eq!(paired(&till, &turned), Err(Unpaired { ours: vec![0, 1], theirs: vec![0, 1] }));
        let unnamed = variable("Board", &["A", "B"]).row(&["20", "30"]).row(&["10", "20"]).listing();
        assert_eq!(paired(&till, &unnamed), Ok(vec![(0, 1), (1, 0)]));
    }

    #[test]
    fn keys_pair_where_options_are_called_otherwise() {
        let till =
            variable("Tee", &["Colour"]).row(&["Red"]).sku("T-1").row(&["Blue"]).barcode("036000291452").listing();
        let web =
            variable("Tee", &["Farbe"]).row(&["Blau"]).barcode("0036000291452").row(&["Rot"]).sku("t-1").listing();
        assert_eq!(paired(&till, &web), Ok(vec![(0, 1), (1, 0)]));
    }

    #[test]
    fn two_counterparts_are_none() {
        let till = variable("Tee", &["Colour"]).row(&["Red"]).sku("T-1").row(&["Blue"]).sku("T-2").listing();
        let web = variable("Tee", &["Colour"]).row(&["Red"]).sku("T-2").row(&["Blue"]).sku("T-1").listing();
        assert_eq!(paired(&till, &web), Err(Unpaired { ours: vec![0, 1], theirs: vec![0, 1] }));
    }

    #[test]
    fn a_variant_too_many_is_named() {
        let till = variable("Tee", &["Size"]).row(&["S"]).row(&["M"]).listing();
        let web = variable("Tee", &["Size"]).row(&["M"]).row(&["L"]).row(&["S"]).listing();
        assert_eq!(paired(&till, &web), Err(Unpaired { ours: vec![], theirs: vec![1] }));
        assert_eq!(paired(&web, &till), Err(Unpaired { ours: vec![1], theirs: vec![] }));
    }

    #[test]
    fn the_same_options_twice_are_a_duplicate() {
        let doubled = variable("Shoe", &["Colour", "Size"]).row(&["Red", "13"]).row(&["red ", "13"]).listing();
        assert_eq!(duplicate_variant(&doubled), Some(1));
        assert_eq!(label(&doubled, 0).as_str(), "Red / 13");
        assert_eq!(duplicate_variant(&simple("Mug").listing()), None);
    }
}
