//! Finds out that rows only moved, so that the terminal can move them itself.
//!
//! Nobody has to say that a list was scrolled: rows are compared, which also finds a text that moved in a window as wide
//! as the screen. Whether it is worth it is decided by who counts the bytes.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::pen::Pen;
use super::sheet::Sheet;

/// Rows from `top` to `bottom` move up by so many, or down if that is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scroll {
    pub top: u16,
    pub bottom: u16,
    pub by: i32,
}

impl Scroll {
    pub fn draw(self, pen: &mut Pen, shown: &mut Sheet) {
        pen.scroll(self.top, self.bottom, self.by);
        shown.scroll(self.top, self.bottom, self.by);
    }
}

/// Less than this is not worth the sequences that move rows, in cells.
const LEAST: i64 = 40;

/// What may have moved, the likeliest first: at most one way up and one way down.
pub fn candidates(shown: &Sheet, next: &Sheet) -> Vec<Scroll> {
    if shown.width != next.width || shown.height != next.height {
        return Vec::new();
    }
    let (old, new) = (Rows::of(shown), Rows::of(next));
    let height = i32::from(next.height);
    let mut found = Vec::new();
    for direction in [1, -1] {
        let ways = (1..height).filter_map(|by| best(&old, &new, by * direction));
        found.extend(ways.max_by_key(|(gain, scroll)| (*gain, -scroll.by.abs())));
    }
    found.sort_by_key(|(gain, _)| -gain);
    found.into_iter().map(|(_, scroll)| scroll).collect()
}

/// Of each row a number that stands for it, and about what it costs to write.
struct Rows {
    hashes: Vec<u64>,
    costs: Vec<i64>,
}

impl Rows {
    fn of(sheet: &Sheet) -> Self {
        let rows = (0..sheet.height).map(|y| sheet.row(y));
        let hash = |row: &[super::sheet::Slot]| {
            let mut hasher = DefaultHasher::new();
            row.hash(&mut hasher);
            hasher.finish()
        };
        let cost = |row: &[super::sheet::Slot]| row.iter().filter(|slot| !slot.is_blank()).count() as i64;
        Self { hashes: rows.clone().map(hash).collect(), costs: rows.map(cost).collect() }
    }
}

/// Where moving by so many saves most: a stretch of rows, of which each that would be right after the move counts for
/// it, and each that is right now and would not be, against it.
fn best(old: &Rows, new: &Rows, by: i32) -> Option<(i64, Scroll)> {
    let height = new.hashes.len();
    let mut best: Option<(i64, usize, usize)> = None;
    let mut run: Option<(i64, usize)> = None;
    for y in 0..height {
        let from = usize::try_from(i64::try_from(y).ok()? + i64::from(by)).ok().filter(|from| *from < height);
        let right_then = from.is_some_and(|from| old.hashes[from] == new.hashes[y]);
        let right_now = old.hashes[y] == new.hashes[y];
        let gain = match (right_then, right_now) {
            (true, false) => new.costs[y],
            (false, true) => -new.costs[y],
            _ => 0,
        };
        let (sum, start) = match run {
            Some((sum, start)) if sum > 0 => (sum + gain, start),
            _ => (gain, y),
        };
        run = Some((sum, start));
        if right_then && best.is_none_or(|(most, ..)| sum > most) {
            best = Some((sum, start, y));
        }
    }
    let (gain, start, end) = best.filter(|(gain, ..)| *gain >= LEAST)?;
    let distance = usize::try_from(by.unsigned_abs()).ok()?;
    // The rows as they are and as they will be.
    let (top, bottom) = if by > 0 { (start, end + distance) } else { (start.checked_sub(distance)?, end) };
    let scroll = Scroll { top: u16::try_from(top).ok()?, bottom: u16::try_from(bottom).ok()?, by };
    (bottom < height).then_some((gain, scroll))
}
