//! What a listing has more than a platform of the other side takes. Limits come from the platforms' profiles.

use crate::domain::{KnownListing, Profile, Structure, Text};

/// One limit that is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Variants {
        has: usize,
        most: usize,
    },
    Options {
        has: usize,
        most: usize,
    },
    Title {
        has: usize,
        most: usize,
    },
    /// The longest SKU, by its variant's place; and how many others are too long.
    Sku {
        variant: usize,
        has: usize,
        most: usize,
        others: usize,
    },
}

/// All limits that a listing passes there.
pub fn over(known: &KnownListing, profile: &Profile) -> Vec<Over> {
    let listing = &known.listing;
    let mut all = Vec::new();
    let mut passes = |has: usize, limit: Option<usize>, make: &dyn Fn(usize) -> Over| {
        if let Some(most) = limit.filter(|most| has > *most) {
            all.push(make(most));
        }
    };
    let has = listing.variants.len();
    passes(has, profile.variant_limit.most, &|most| Over::Variants { has, most });
    let has = match &listing.structure {
        Structure::Simple => 0,
        Structure::Variable { options } => options.len(),
    };
    passes(has, profile.option_limit.most, &|most| Over::Options { has, most });
    // Bytes are never fewer than characters, and quicker to count.
    let has =
        if listing.title.len() > profile.title_limit.most.unwrap_or(usize::MAX) { length(&listing.title) } else { 0 };
    passes(has, profile.title_limit.most, &|most| Over::Title { has, most });
    if let Some(most) = profile.sku_limit.most {
        let long = listing.variants.iter().enumerate().filter_map(|(place, variant)| {
            let has = length(variant.sku.as_ref()?);
            (has > most).then_some((has, place))
        });
        let long: Vec<(usize, usize)> = long.collect();
        if let Some((has, variant)) = long.iter().max_by_key(|(has, place)| (*has, std::cmp::Reverse(*place))).copied()
        {
            all.push(Over::Sku { variant, has, most, others: long.len() - 1 });
        }
    }
    all
}

pub fn length(text: &Text) -> usize {
    text.chars().count()
}

/// A title of at most so many characters: whole words, if that leaves most of it.
pub fn shortened(title: &str, most: usize) -> String {
    let end = title.char_indices().nth(most).map_or(title.len(), |(at, _)| at);
    let front = &title[..end];
    let whole = if end == title.len() || title[end..].starts_with(' ') {
        front
    } else {
        front.rsplit_once(' ').map(|(words, _)| words).filter(|words| words.len() * 2 > front.len()).unwrap_or(front)
    };
    whole.trim_end_matches([' ', ',', '-', '–', '/', '|', ':', ';', '(', '&']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_are_cut_between_words() {
        assert_eq!(shortened("Perfect T-Shirt, red and blue", 20), "Perfect T-Shirt, red");
        assert_eq!(shortened("Perfect T-Shirt, red and blue", 22), "Perfect T-Shirt, red");
        assert_eq!(shortened("Donaudampfschifffahrtsgesellschaft", 10), "Donaudampf");
        assert_eq!(shortened("Mug", 10), "Mug");
    }

    proptest! {
        #[test]
        fn what_is_shortened_fits(title in "\\PC{0,60}", most in 1usize..40) {
            prop_assert!(shortened(&title, most).chars().count() <= most);
        }
    }
}
