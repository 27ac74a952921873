//! The bytes of the rows of a side, in blocks: a change that makes a row longer writes it anew, and once half of a block
//! is wasted, what is left of it moves. So no single change has to move a hundred million bytes.

use super::rows::Place;

/// Bytes of a block; a record that is longer has one of its own.
const BLOCK: usize = 120 << 10;

/// Where a record starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    pub block: u32,
    pub at: u32,
}

impl Start {
    pub const NOWHERE: Self = Self { block: u32::MAX, at: 0 };
}

#[derive(Debug, Clone, Default)]
struct Block {
    bytes: Vec<u8>,
    /// Whose records were put here. Some may have moved on since.
    places: Vec<Place>,
    /// Bytes that no row needs any more.
    wasted: usize,
}

impl Block {
    fn is_worth_leaving(&self) -> bool {
        self.wasted * 2 > self.bytes.len()
    }
}

/// A block that was taken out, and whose records have to be written anew before anybody reads them.
#[derive(Debug)]
pub struct Leaving {
    pub number: u32,
    pub bytes: Vec<u8>,
    /// Whose records were put there. Those that start elsewhere by now do not matter.
    pub places: Vec<Place>,
}

#[derive(Debug, Clone, Default)]
pub struct Arena {
    blocks: Vec<Block>,
    /// The block that is written to.
    last: u32,
    /// Blocks that were left.
    spare: Vec<u32>,
}

impl Arena {
    /// The block that a record is in.
    #[inline]
    pub fn block(&self, start: Start) -> &[u8] {
        self.blocks.get(start.block as usize).map_or(&[], |block| &block.bytes)
    }

    /// Writes a record. What comes back beside its start is a block that is worth leaving now.
    pub fn append(&mut self, place: Place, record: &[u8]) -> (Start, Option<Leaving>) {
        let fits = |block: &Block| block.bytes.len() + record.len() <= block.bytes.capacity();
        let before = self.last;
        let mut worth_leaving = None;
        if !self.blocks.get(before as usize).is_some_and(fits) {
            if let Some(full) = self.blocks.get_mut(before as usize) {
                full.places.shrink_to_fit();
                worth_leaving = full.is_worth_leaving().then_some(before);
            }
            let bytes = Vec::with_capacity(record.len().max(BLOCK));
            let block = Block { bytes, ..Block::default() };
            self.last = match self.spare.pop() {
                Some(spare) => {
                    self.blocks[spare as usize] = block;
                    spare
                }
                None => {
                    self.blocks.push(block);
                    self.blocks.len() as u32 - 1
                }
            };
        }
        let block = &mut self.blocks[self.last as usize];
        let start = Start { block: self.last, at: block.bytes.len() as u32 };
        block.bytes.extend_from_slice(record);
        block.places.push(place);
        (start, worth_leaving.map(|block| self.leave(block)))
    }

    /// Writes a record over another one that was not shorter.
    pub fn overwrite(&mut self, start: Start, record: &[u8]) {
        let at = start.at as usize;
        self.blocks[start.block as usize].bytes[at..at + record.len()].copy_from_slice(record);
    }

    /// Tells that bytes of a block are not needed any more; it may be worth leaving now.
    pub fn waste(&mut self, start: Start, bytes: usize) -> Option<Leaving> {
        let block = &mut self.blocks[start.block as usize];
        block.wasted += bytes;
        (start.block != self.last && block.is_worth_leaving()).then(|| self.leave(start.block))
    }

    fn leave(&mut self, number: u32) -> Leaving {
        let Block { bytes, places, .. } = std::mem::take(&mut self.blocks[number as usize]);
        Leaving { number, bytes, places }
    }

    /// Nothing starts in that block any more.
    pub fn left(&mut self, left: Leaving) {
        self.spare.push(left.number);
    }

    /// The rows have other places now; `new_of` is by the old ones.
    pub fn renumber(&mut self, new_of: &[Place]) {
        for place in self.blocks.iter_mut().flat_map(|block| &mut block.places) {
            *place = new_of[*place as usize];
        }
    }

    /// Gives back room that is not needed soon.
    pub fn shrink(&mut self) {
        if let Some(block) = self.blocks.get_mut(self.last as usize) {
            block.bytes.shrink_to(block.bytes.len() + block.bytes.len() / 16 + 1024);
            block.places.shrink_to_fit();
        }
    }

    /// Bytes that it takes up.
    pub fn size(&self) -> usize {
        let block =
            |block: &Block| block.bytes.capacity() + block.places.capacity() * size_of::<Place>() + size_of::<Block>();
        self.blocks.iter().map(block).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rows, Tie};
    use super::*;
    use crate::rules::shelf::{Shelf, TILL, simple};

    /// Thousands of rows get longer and shorter, again and again; none is lost, and what is wasted is used again.
    #[test]
    fn rows_move_and_nothing_piles_up() {
        let mut shelf = Shelf::new();
        for number in 0..4000 {
            shelf.put(TILL, simple(&format!("Mug {number}")));
        }
        let title = |round: usize, number: usize| format!("Mug {number}{}", "!".repeat((number * 7 + round * 13) % 90));
        let mut rows = Rows::new();
        for round in 0..60 {
            for step in 0..4000 {
                let number = step * 1867 % 4000;
                shelf.listings[number].listing.title = title(round, number).into();
                rows.push(&shelf.listings[number], |_| Tie::Free);
            }
            if round % 20 == 0 {
                rows.settle();
                shelf.listings.iter().enumerate().for_each(|(number, known)| {
                    let place = rows.find(known.id).unwrap();
                    assert_eq!(rows.title(place), title(round, number));
                    assert_eq!(rows.entry(place).members, [(known.variants[0], Tie::Free)]);
                });
            }
        }
        assert!(rows.size() < 4000 * 400, "{} bytes", rows.size());
    }

    #[test]
    fn a_record_that_is_longer_than_a_block_has_its_own() {
        let mut arena = Arena::default();
        let (short, long) = (vec![1; 100], vec![2; BLOCK * 3]);
        let starts: Vec<Start> =
            [&short, &long, &short].into_iter().zip(0..).map(|(record, place)| arena.append(place, record).0).collect();
        for (start, record) in starts.iter().zip([&short, &long, &short]) {
            let at = start.at as usize;
            assert_eq!(&arena.block(*start)[at..at + record.len()], record.as_slice());
        }
        let left = arena.waste(starts[1], long.len()).unwrap();
        assert_eq!(left.places, [1]);
        arena.left(left);
        assert_eq!(arena.append(3, &long).0.block, starts[1].block);
    }
}
