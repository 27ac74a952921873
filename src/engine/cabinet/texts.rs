//! The searched texts of a drawer: title, SKUs and barcodes of each listing, one after the other.
//!
//! They are the most of what a large catalogue would need memory for, and are looked at all at once or hardly ever: a
//! search runs over them from end to end, as quickly from the system's cache of a file as from memory of our own. So
//! they stay in memory while they are few or new, and lie in a cellar otherwise.

use std::borrow::Cow;
use std::io::Result;
use std::ops::Range;

use super::cellar::{Cellar, Place, Reader};
use super::leaf::{LEAF, lost};

/// The texts of all spots.
#[derive(Debug, Clone)]
pub struct Lines {
    /// One after the other, each with a line break at its end.
    all: Box<str>,
    /// By spot: where its text ends.
    ends: [u32; LEAF],
}

impl Default for Lines {
    fn default() -> Self {
        Self { all: Box::default(), ends: [0; LEAF] }
    }
}

/// What was put aside never changes, so clones are still pictures.
#[derive(Debug, Clone)]
pub enum Texts {
    Here(Box<Lines>),
    Aside(Place),
}

impl Default for Texts {
    fn default() -> Self {
        Self::Here(Box::default())
    }
}

/// Where the ends of what was put aside end, which stand before it.
const ENDS: usize = LEAF * size_of::<u32>();

/// What was put aside, and where each text in it ends.
fn parted(bytes: &[u8]) -> (&[u8], [u32; LEAF]) {
    let Some((written, all)) = bytes.split_at_checked(ENDS) else { lost("texts that were put aside are too short") };
    let mut ends = [0; LEAF];
    for (end, written) in ends.iter_mut().zip(written.as_chunks().0) {
        *end = u32::from_le_bytes(*written);
    }
    (all, ends)
}

fn range(ends: &[u32; LEAF], spot: usize) -> Range<usize> {
    let start = spot.checked_sub(1).map_or(0, |before| ends[before]);
    start as usize..ends[spot] as usize
}

fn without_break(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

impl Texts {
    /// A spot's text; see [`super::kept::searched`].
    pub fn of(&self, spot: usize, cellar: &Cellar) -> Cow<'_, str> {
        match self {
            Self::Here(lines) => {
                Cow::Borrowed(without_break(lines.all.get(range(&lines.ends, spot)).unwrap_or_default()))
            }
            Self::Aside(place) => {
                let mut bytes = Vec::new();
                cellar.read(*place, &mut bytes).unwrap_or_else(|why| lost(why));
                let (all, ends) = parted(&bytes);
                let text = all.get(range(&ends, spot)).unwrap_or_default();
                let text = std::str::from_utf8(text).unwrap_or_else(|why| lost(why));
                Cow::Owned(without_break(text).to_owned())
            }
        }
    }

    /// The texts of all spots one after the other, each with a line break at its end, and where each ends.
    pub fn all<'t>(&'t self, reader: &'t mut Reader<'_>) -> (&'t [u8], [u32; LEAF]) {
        match self {
            Self::Here(lines) => (lines.all.as_bytes(), lines.ends),
            Self::Aside(place) => parted(reader.read(*place).unwrap_or_else(|why| lost(why))),
        }
    }

    /// Bytes that they take in memory.
    pub fn in_memory(&self) -> usize {
        match self {
            Self::Here(lines) => lines.all.len(),
            Self::Aside(_) => 0,
        }
    }

    /// Puts another text in the place of a spot's; none leaves nothing.
    pub fn set(&mut self, spot: usize, text: Option<&str>, cellar: &Cellar) {
        let mut reader = cellar.reader();
        let (all, mut ends) = self.all(&mut reader);
        let Range { start, end } = range(&ends, spot);
        let whole = &all[start..end];
        if whole.strip_suffix(b"\n") == text.map(str::as_bytes) {
            return;
        }
        let length = text.map_or(0, |text| text.len() + 1);
        let mut fresh = Vec::with_capacity(all.len() - whole.len() + length);
        fresh.extend_from_slice(&all[..start]);
        if let Some(text) = text {
            fresh.extend_from_slice(text.as_bytes());
            fresh.push(b'\n');
        }
        fresh.extend_from_slice(&all[end..]);
        let fresh = String::from_utf8(fresh).unwrap_or_else(|why| lost(why));
        for later in &mut ends[spot..] {
            // Four thousand million bytes in 64 listings: no platform takes a hundredth of that.
            *later = u32::try_from(*later as usize - (end - start) + length).unwrap_or(u32::MAX);
        }
        *self = Self::Here(Box::new(Lines { all: fresh.into_boxed_str(), ends }));
    }

    /// Puts them into the cellar; those that cannot be stay.
    pub fn put_aside(&mut self, cellar: &Cellar) -> Result<()> {
        if let Self::Here(lines) = self {
            let mut bytes = Vec::with_capacity(ENDS + lines.all.len());
            lines.ends.iter().for_each(|end| bytes.extend_from_slice(&end.to_le_bytes()));
            bytes.extend_from_slice(lines.all.as_bytes());
            *self = Self::Aside(cellar.put(&bytes)?);
        }
        Ok(())
    }

    /// Brings them to another cellar, when too much of this one is of no use any more.
    pub fn move_to(&mut self, from: &mut Reader<'_>, to: &Cellar) {
        if let Self::Aside(place) = self {
            let moved = from.read(*place).and_then(|bytes| to.put(bytes));
            *place = moved.unwrap_or_else(|why| lost(why));
        }
    }
}
