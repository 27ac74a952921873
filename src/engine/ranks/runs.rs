//! Texts in order, however many: those that fit into memory make a run, runs are put aside in order and merged.

use super::super::cabinet::{Cellar, Place, Reader, lost};
use super::merge;

/// Bytes of texts that are put in order at a time.
pub const RUN: usize = 8 << 20;

/// Bytes of a run that lie in the cellar together.
const BLOCK: usize = 32 << 10;

/// A text among others that lie in one piece; its first bytes decide most comparisons.
#[derive(Debug)]
struct Part {
    first: u64,
    start: u32,
    length: u32,
    listing: u32,
}

/// The first bytes of a text as a number that is ordered as they are.
fn first_bytes(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(bytes)
}

/// Listings with a text each, on the way into the order of these texts.
#[derive(Debug)]
pub struct Runs {
    /// The run that is being filled.
    texts: Vec<u8>,
    parts: Vec<Part>,
    /// So many bytes of texts make a run.
    most: usize,
    /// Where the others lie: the blocks of each, in order.
    cellar: Cellar,
    aside: Vec<Vec<Place>>,
}

impl Runs {
    /// `cellar`: an empty one.
    pub fn new(cellar: Cellar, most: usize) -> Self {
        Self { texts: Vec::new(), parts: Vec::new(), most, cellar, aside: Vec::new() }
    }

    pub fn add(&mut self, listing: u32, text: &[u8]) {
        let place = |at: usize| u32::try_from(at).ok();
        let (Some(start), Some(length)) = (place(self.texts.len()), place(text.len())) else {
            lost("a text is longer than any can be");
        };
        self.texts.extend_from_slice(text);
        self.parts.push(Part { first: first_bytes(text), start, length, listing });
        if self.texts.len() >= self.most {
            self.put_aside();
        }
    }

    fn sort(&mut self) {
        let Self { texts, parts, .. } = self;
        parts.sort_unstable_by(|one, other| {
            let rest = || text_of(texts, one).cmp(text_of(texts, other)).then(one.listing.cmp(&other.listing));
            one.first.cmp(&other.first).then_with(rest)
        });
    }

    fn put_aside(&mut self) {
        self.sort();
        let (mut block, mut places) = (Vec::with_capacity(BLOCK), Vec::new());
        let mut put = |block: &[u8]| places.push(self.cellar.put(block).unwrap_or_else(|why| lost(why)));
        for part in &self.parts {
            let text = text_of(&self.texts, part);
            if !block.is_empty() && block.len() + FRAME + text.len() > BLOCK {
                put(&block);
                block.clear();
            }
            block.extend_from_slice(&part.listing.to_le_bytes());
            block.extend_from_slice(&part.length.to_le_bytes());
            block.extend_from_slice(text);
        }
        put(&block);
        self.aside.push(places);
        self.texts.clear();
        self.parts.clear();
    }

    /// All listings in the order of their texts, those with the same text in the order of their numbers.
    pub fn each(mut self, mut act: impl FnMut(u32, &[u8])) {
        if self.aside.is_empty() {
            self.sort();
            self.parts.iter().for_each(|part| act(part.listing, text_of(&self.texts, part)));
            return;
        }
        if !self.parts.is_empty() {
            self.put_aside();
        }
        let Self { cellar, aside, texts, parts, .. } = self;
        drop((texts, parts));
        let mut runs: Vec<Run<'_>> = aside.iter().map(|places| Run::new(&cellar, places)).collect();
        let head = |number: usize, run: &mut Run<'_>, mut text: Vec<u8>| {
            run.next(&mut text).map(|listing| (text, listing, number))
        };
        let heads: Vec<_> =
            runs.iter_mut().enumerate().filter_map(|(number, run)| head(number, run, Vec::new())).collect();
        merge(heads.into_iter(), |(text, listing, number)| {
            act(listing, &text);
            head(number, &mut runs[number], text)
        });
    }
}

fn text_of<'t>(texts: &'t [u8], part: &Part) -> &'t [u8] {
    texts.get(part.start as usize..part.start as usize + part.length as usize).unwrap_or_default()
}

/// A listing's number and the length of its text, which stand before it.
const FRAME: usize = 8;

/// A run that lies in the cellar, read from its beginning on.
struct Run<'c> {
    reader: Reader<'c>,
    places: std::slice::Iter<'c, Place>,
    block: Vec<u8>,
    at: usize,
}

impl<'c> Run<'c> {
    fn new(cellar: &'c Cellar, places: &'c [Place]) -> Self {
        Self { reader: cellar.reader(), places: places.iter(), block: Vec::new(), at: 0 }
    }

    /// The next listing; its text goes where `text` was.
    fn next(&mut self, text: &mut Vec<u8>) -> Option<u32> {
        if self.at == self.block.len() {
            let block = self.reader.read(*self.places.next()?).unwrap_or_else(|why| lost(why));
            self.block.clear();
            self.block.extend_from_slice(block);
            self.at = 0;
        }
        let number = |at: usize| self.block.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        let (Some(listing), Some(length)) = (number(self.at), number(self.at + 4)) else {
            lost("a block of a run ends too soon");
        };
        let start = self.at + FRAME;
        self.at = start + length as usize;
        text.clear();
        text.extend_from_slice(self.block.get(start..self.at).unwrap_or_default());
        Some(listing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Spare;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_come_in_the_order_of_their_texts(
            texts in prop::collection::vec(prop_oneof![9 => "[ab\u{0}é]{0,12}", 1 => (0usize..70_000).prop_map(|length| "x".repeat(length))], 0..60),
            most in prop_oneof![1usize..40, Just(RUN)],
            on_disk in any::<bool>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut runs = Runs::new(Cellar::new(on_disk.then(|| Spare::at(folder.path()))), most);
            // Numbers that fall while they come, so that the order of the numbers is not the order of coming.
            let numbered: Vec<(u32, &String)> = (0..).map(|number: u32| 1_000 - number).zip(&texts).collect();
            numbered.iter().for_each(|(listing, text)| runs.add(*listing, text.as_bytes()));
            let mut wanted: Vec<(&[u8], u32)> = numbered.iter().map(|(listing, text)| (text.as_bytes(), *listing)).collect();
            wanted.sort_unstable();
            let mut found = Vec::new();
            runs.each(|listing, text| found.push((text.to_vec(), listing)));
            let wanted: Vec<(Vec<u8>, u32)> = wanted.into_iter().map(|(text, listing)| (text.to_vec(), listing)).collect();
            prop_assert!(found == wanted);
        }
    }
}
