//! Searching all products: a bit for each listing that has the words.
//!
//! The texts lie one after the other, so a search is one run over them, in memory or in the system's cache of a file.

use memchr::memmem::Finder;

use crate::domain::ListingId;
use crate::rules::filter::Search;

use super::cabinet::LEAF;
use super::catalogue::Snapshot;
use super::products::Products;

/// With fewer left than one in so many, each is looked at by itself.
const FEW: usize = 256;

/// A set of listings, by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found(Vec<u64>);

impl FromIterator<u32> for Found {
    fn from_iter<I: IntoIterator<Item = u32>>(listings: I) -> Self {
        let mut found = Self::default();
        listings.into_iter().for_each(|listing| found.add(listing));
        found
    }
}

impl Found {
    pub fn holds(&self, listing: u32) -> bool {
        self.0.get(listing as usize / LEAF).is_some_and(|bits| bits & 1 << (listing as usize % LEAF) != 0)
    }

    fn has(&self, listing: ListingId) -> bool {
        u32::try_from(listing.0).is_ok_and(|listing| self.holds(listing))
    }

    pub fn add(&mut self, listing: u32) {
        let place = listing as usize / LEAF;
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= 1 << (listing as usize % LEAF);
    }

    fn and(&mut self, other: &Self) {
        for (place, bits) in self.0.iter_mut().enumerate() {
            *bits &= other.0.get(place).copied().unwrap_or_default();
        }
    }

    fn count(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().enumerate().flat_map(|(place, bits)| {
            (0..LEAF)
                .filter(move |bit| bits & 1 << bit != 0)
                .filter_map(move |bit| u32::try_from(place * LEAF + bit).ok())
        })
    }
}

/// The places in a portion whose texts have a word.
fn in_portion(text: &[u8], ends: &[u32; LEAF], word: &Finder<'_>) -> u64 {
    let (mut bits, mut from, mut spot) = (0u64, 0usize, 0usize);
    // A word holds no line break, and each text ends with one: none is found across two of them.
    while let Some(at) = word.find(&text[from..]) {
        let at = (from + at) as u32;
        while spot < LEAF && ends[spot] <= at {
            spot += 1;
        }
        if spot == LEAF {
            break;
        }
        bits |= 1 << spot;
        from = ends[spot] as usize;
    }
    bits
}

/// The products that have all words, each by the number of the listing that names it; the words of one product may
/// stand in different ones of its listings.
pub fn products(catalogue: &Snapshot, products: &Products, search: &Search) -> Found {
    // What is longer is rarer, as a rule.
    let mut words: Vec<&str> = search.words().iter().map(String::as_str).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut found: Option<Found> = None;
    for word in words {
        let finder = Finder::new(word);
        match &mut found {
            Some(found) if found.count() < found.0.len() * LEAF / FEW => {
                *found = among(catalogue, products, found, &finder)
            }
            Some(found) => found.and(&with_word(catalogue, products, &finder)),
            None => found = Some(with_word(catalogue, products, &finder)),
        }
    }
    found.unwrap_or_default()
}

/// The listings that have a word.
fn listings(catalogue: &Snapshot, word: &Finder<'_>) -> Found {
    let mut found = Found::default();
    catalogue.portions(|first, texts, ends| {
        let bits = in_portion(texts, ends, word);
        if bits != 0 {
            let place = first as usize / LEAF;
            if found.0.len() <= place {
                found.0.resize(place + 1, 0);
            }
            found.0[place] = bits;
        }
    });
    found
}

/// For each word the listings that have it, for whoever asks about many.
pub struct Having(Vec<Found>);

impl Having {
    pub fn of<'a>(catalogue: &Snapshot, words: impl IntoIterator<Item = &'a String>) -> Self {
        Self(words.into_iter().map(|word| listings(catalogue, &Finder::new(word))).collect())
    }

    /// Whether each word stands in one of these.
    pub fn all_in(&self, these: &[ListingId]) -> bool {
        self.0.iter().all(|found| these.iter().any(|one| found.has(*one)))
    }
}

fn with_word(catalogue: &Snapshot, products: &Products, word: &Finder<'_>) -> Found {
    let mut found = listings(catalogue, word);
    for (member, root) in products.members() {
        if found.holds(member) {
            found.add(root);
        }
    }
    found
}

fn among(catalogue: &Snapshot, products: &Products, among: &Found, word: &Finder<'_>) -> Found {
    among.iter().filter(|product| has_word(catalogue, products, *product, word)).collect()
}

fn has_word(catalogue: &Snapshot, products: &Products, product: u32, word: &Finder<'_>) -> bool {
    let has = |id| catalogue.text(id).is_some_and(|text| word.find(text.as_bytes()).is_some());
    has(ListingId(product.into())) || products.listings(ListingId(product.into())).into_iter().skip(1).any(has)
}

/// Whether a product has all words, asked of one product after the other.
pub struct Words<'a>(Vec<Finder<'a>>);

impl<'a> Words<'a> {
    pub fn of(search: &'a Search) -> Self {
        Self(search.words().iter().map(Finder::new).collect())
    }

    pub fn are_in(&self, catalogue: &Snapshot, products: &Products, product: u32) -> bool {
        self.0.iter().all(|word| has_word(catalogue, products, product, word))
    }
}
