//! What suggestions look at: titles, descriptions and the rest of those listings that nothing matches, packed.
//!
//! Descriptions and pictures are not in memory otherwise, so listings are read from the store, some at a time, and only
//! what counts of them is held while two catalogues are compared: a text without blanks between its parts and a few
//! numbers each.

use crate::domain::{KnownListing, ListingId, Money};
use crate::rules::suggestions::{Price, Record};

use super::super::truth::Truth;

/// At most so many bytes of a description are held: its first words say what it is.
const DESCRIPTION: usize = 1_200;
const TITLE: usize = 1_200;
const MOST_VALUES: usize = 8;
/// So many listings are read at once where those that are wanted lie close together.
const PORTION: usize = 256;

/// Between the parts of a record, and between the values of a part; no text from outside has them.
const PART: char = '\u{1f}';
const VALUE: char = '\u{1e}';

/// Records of one side, by their places.
#[derive(Debug, Default)]
pub struct Texts {
    text: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    listing: ListingId,
    /// Where its text ends; it begins where the one before ends.
    end: usize,
    price: Option<Money>,
    variants: usize,
}

impl Texts {
    /// Reads the listings with these numbers, which go up. `None` if the engine stops, or the store does not answer.
    pub async fn read(truth: &Truth, wanted: &[ListingId]) -> Option<Self> {
        let mut texts = Self::default();
        let mut rest = wanted;
        while let Some(first) = rest.first() {
            if truth.is_stopping() {
                return None;
            }
            let last = ListingId(first.0.saturating_add(PORTION as u64));
            let near = rest.partition_point(|id| *id < last);
            let (these, others) = rest.split_at(near);
            if near > PORTION / 8 {
                for known in truth.store.listings(*first, PORTION).await.ok()? {
                    if these.binary_search(&known.id).is_ok() {
                        texts.add(&known);
                    }
                }
            } else {
                for id in these {
                    if let Some(known) = truth.store.listing(*id).await.ok()? {
                        texts.add(&known);
                    }
                }
            }
            rest = others;
        }
        Some(texts)
    }

    fn add(&mut self, known: &KnownListing) {
        let listing = &known.listing;
        if known.gone {
            return;
        }
        self.text.push_str(cut(&listing.title, TITLE));
        self.text.push(PART);
        self.text.push_str(cut(&listing.description, DESCRIPTION));
        self.text.push(PART);
        self.text.push_str(listing.brand.as_deref().unwrap_or_default());
        self.text.push(PART);
        self.text.push_str(listing.category.as_deref().unwrap_or_default());
        self.text.push(PART);
        let options = listing.variants.iter().flat_map(|variant| &variant.options);
        self.values(options.map(|option| option.value.as_str()));
        self.values(listing.images.iter().map(|image| file_name(image)));
        self.values(listing.variants.iter().filter_map(|variant| variant.sku.as_deref()));
        self.rows.push(Row {
            listing: known.id,
            end: self.text.len(),
            price: listing.variants.iter().filter_map(|variant| variant.price).min_by_key(|price| price.minor),
            variants: listing.variants.len(),
        });
    }

    /// The first few different ones.
    fn values<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        let mut seen: Vec<&str> = Vec::new();
        for value in values.map(|value| cut(value, 200)) {
            if seen.len() == MOST_VALUES {
                break;
            }
            if !seen.contains(&value) {
                seen.push(value);
                self.text.push_str(value);
                self.text.push(VALUE);
            }
        }
        self.text.push(PART);
    }

    pub fn listing(&self, place: usize) -> ListingId {
        self.rows[place].listing
    }

    /// Whether it has one variant.
    pub fn is_single(&self, place: usize) -> bool {
        self.rows[place].variants == 1
    }

    /// All of them, borrowed.
    pub fn records(&self) -> Vec<Record<'_>> {
        let starts = std::iter::once(0).chain(self.rows.iter().map(|row| row.end));
        self.rows.iter().zip(starts).map(|(row, start)| self.record(row, start)).collect()
    }

    fn record<'a>(&'a self, row: &'a Row, start: usize) -> Record<'a> {
        let mut parts = self.text.get(start..row.end).unwrap_or_default().split(PART);
        let mut next = || parts.next().unwrap_or_default();
        let values = |part: &'a str| part.split_terminator(VALUE).collect();
        Record {
            title: next(),
            description: next(),
            brand: next(),
            category: next(),
            options: values(next()),
            images: values(next()),
            codes: values(next()),
            variants: row.variants,
            price: row.price.as_ref().map(|price| Price { minor: price.minor, currency: price.currency.code() }),
        }
    }
}

/// The last part of an address.
fn file_name(image: &str) -> &str {
    let path = image.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most { text } else { &text[..text.floor_char_boundary(most)] }
}

#[cfg(test)]
mod tests {
    use super::super::super::cabinet::sample_listing as listing;
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was() {
        let mut texts = Texts::default();
        let mut known = listing(7, 1, "Tea pot", 3);
        known.listing.images = vec!["https://x.example/files/red-pot.jpg?v=1".to_owned()];
        texts.add(&known);
        texts.add(&listing(8, 1, "Cup", 1));
        let records = texts.records();
        assert_eq!((texts.listing(0), texts.listing(1), records.len()), (ListingId(7), ListingId(8), 2));
        assert_eq!(records[0].title, known.listing.title.as_str());
        assert_eq!(records[0].images, ["red-pot.jpg"]);
        let skus: Vec<&str> = known.listing.variants.iter().filter_map(|variant| variant.sku.as_deref()).collect();
        assert_eq!(records[0].codes, skus);
    }
}
