//! From one row to another with few bytes: what did not change is stepped over, or written again where that is shorter;
//! what became empty is erased.

use super::pen::Pen;
use super::sheet::{Sheet, Slot, Text};

/// Cells between two changes that are tried to be written again instead of stepped over.
const GAP: usize = 16;
/// Fewer blanks are written, not erased: erasing costs a sequence, and another one to go on behind it.
const ERASED_AT_LEAST: usize = 9;

/// Everything that makes a screen another one of the same size.
pub fn draw(pen: &mut Pen, shown: &Sheet, next: &Sheet) {
    for y in 0..next.height {
        let (old, new) = (shown.row(y), next.row(y));
        if old != new {
            draw_row(pen, y, old, new);
        }
    }
}

fn draw_row(pen: &mut Pen, y: u16, old: &[Slot], new: &[Slot]) {
    let changed = changed(old, new);
    // From here on the row is empty.
    let tail = new.iter().rposition(|slot| !slot.is_erased()).map_or(0, |last| last + 1);
    let mut x = 0;
    while let Some(from) = changed.get(x..tail).and_then(|rest| rest.iter().position(|changed| *changed)) {
        x += from;
        approach(pen, x, y, new);
        let blanks = new[x..tail].iter().take_while(|slot| slot.is_erased()).count();
        let blanks = changed[x..x + blanks].iter().rposition(|changed| *changed).map_or(0, |last| last + 1);
        if blanks >= ERASED_AT_LEAST {
            pen.erase(cells(blanks));
            x += blanks;
            continue;
        }
        pen.put(&new[x]);
        x += usize::from(new[x].width);
    }
    let Some(first) = changed.iter().skip(tail).position(|changed| *changed).map(|first| tail + first) else { return };
    let last = changed.iter().rposition(|changed| *changed).unwrap_or(first);
    // Nothing stands between the last letter and here, so that erasing may begin early.
    let begin = match pen.x() {
        Some(at) if pen.is_in_row(y) && usize::from(at) >= tail && usize::from(at) < first => usize::from(at),
        _ => first,
    };
    pen.go_to(cells(begin), y);
    let mut written = pen.trial();
    new[begin..=last].iter().for_each(|slot| written.put(slot));
    let mut erased = pen.trial();
    erased.erase_rest();
    pen.adopt(if written.len() < erased.len() { written } else { erased });
}

/// Which cells are to be written. Of what is wide only the first one counts, and it is written whole.
fn changed(old: &[Slot], new: &[Slot]) -> Vec<bool> {
    // Where nothing is, a picture can be hung.
    let differ = |(old, new): (&Slot, &Slot)| old != new && !(new.is_pictured() && old.is_erased());
    let mut changed: Vec<bool> = old.iter().zip(new).map(differ).collect();
    let covered = new.iter().enumerate().filter(|(_, slot)| slot.text == Text::Covered);
    for (x, _) in covered {
        if !std::mem::take(&mut changed[x]) {
            continue;
        }
        if let Some(first) = new[..x].iter().rposition(|slot| slot.text != Text::Covered) {
            changed[first] = true;
        }
    }
    changed
}

/// Not so what a picture hangs over: it would be gone.
fn is_written_again(slot: &Slot) -> bool {
    slot.is_steady() && !slot.is_pictured()
}

/// Brings the pen to a cell: by a movement, or by writing again what stands before it.
fn approach(pen: &mut Pen, x: usize, y: u16, new: &[Slot]) {
    let mut moved = pen.trial();
    moved.go_to(cells(x), y);
    let from = pen.x().map(usize::from).filter(|from| pen.is_in_row(y) && *from < x && x - from <= GAP);
    let between = from.and_then(|from| new.get(from..x)).filter(|between| between.iter().all(is_written_again));
    let Some(between) = between else { return pen.adopt(moved) };
    let mut written = pen.trial();
    between.iter().for_each(|slot| written.put(slot));
    // What comes next may be cheaper in the look that one of the two leaves behind.
    let (mut after_moved, mut after_written) = (moved.clone(), written.clone());
    after_moved.put(&new[x]);
    after_written.put(&new[x]);
    pen.adopt(if after_written.len() <= after_moved.len() { written } else { moved });
}

/// A screen has fewer columns than this type can say.
fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
