//! Pictures that were looked at lately, small as they are shown at the largest: whoever steps back and forth, or makes
//! the window larger, has nothing read again.

use std::collections::VecDeque;
use std::sync::Arc;

use image::RgbImage;

use crate::http::PictureKind;

/// All of them together.
const MOST_BYTES: usize = 16 << 20;
/// A shop may put another picture under the same address. Milliseconds.
const FRESH: i64 = 10 * 60 * 1_000;

/// A picture that fits the largest size in which it is ever shown.
#[derive(Debug)]
pub struct Small {
    pub points: RgbImage,
    pub whole: (u32, u32),
    pub bytes: u64,
    pub kind: PictureKind,
}

#[derive(Debug, Default)]
pub struct Shelf {
    /// The one that was looked at last stands last.
    kept: VecDeque<Kept>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    address: String,
    small: Arc<Small>,
    since: i64,
}

impl Kept {
    fn bytes(&self) -> usize {
        self.address.len() + self.small.points.as_raw().len()
    }
}

impl Shelf {
    pub fn get(&mut self, address: &str, now: i64) -> Option<Arc<Small>> {
        let kept = self.take(address)?;
        // A clock that was put back makes nothing fresh for ever.
        if !(0..FRESH).contains(&now.saturating_sub(kept.since)) {
            return None;
        }
        let small = kept.small.clone();
        self.add(kept);
        Some(small)
    }

    pub fn put(&mut self, address: &str, small: Arc<Small>, now: i64) {
        self.take(address);
        self.add(Kept { address: address.to_owned(), small, since: now });
        while self.bytes > MOST_BYTES
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes -= oldest.bytes();
        }
    }

    fn take(&mut self, address: &str) -> Option<Kept> {
        let at = self.kept.iter().position(|kept| kept.address == address)?;
        let kept = self.kept.remove(at)?;
        self.bytes -= kept.bytes();
        Some(kept)
    }

    fn add(&mut self, kept: Kept) {
        self.bytes += kept.bytes();
        self.kept.push_back(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(side: u32) -> Arc<Small> {
        Arc::new(Small { points: RgbImage::new(side, side), whole: (side, side), bytes: 1, kind: PictureKind::Png })
    }

    #[test]
    fn the_shelf_has_an_end_and_keeps_what_was_looked_at() {
        let mut shelf = Shelf::default();
        for number in 0..100 {
            shelf.put(&format!("a/{number}"), small(640), number);
            assert!(shelf.get("a/0", number).is_some(), "looked at all the time");
            assert!(shelf.bytes <= MOST_BYTES);
        }
        assert!(shelf.get("a/99", 99).is_some() && shelf.get("a/1", 99).is_none());
        assert!(shelf.get("a/0", FRESH).is_none(), "the shop may show another one by now");
        for kept in 0..100 {
            shelf.take(&format!("a/{kept}"));
        }
        assert_eq!((shelf.bytes, shelf.kept.len()), (0, 0));
    }
}
