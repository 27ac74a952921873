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

#[derive(Debug, Clone)]
enum Lies {
    Here(Box<str>),
    Aside(Place),
}

/// What was put aside never changes, so clones are still pictures.
#[derive(Debug, Clone)]
pub struct Texts {
    /// One after the other, each with a line break at its end.
    lies: Lies,
    /// By spot: where its text ends.
    ends: [u32; LEAF],
}

impl Default for Texts {
    fn default() -> Self {
        Self { lies: Lies::Here(Box::default()), ends: [0; LEAF] }
    }
}

impl Texts {
    fn range(&self, spot: usize) -> Range<usize> {
        let start = spot.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[spot] as usize
    }

    /// A spot's text; see [`super::kept::searched`].
    pub fn of(&self, spot: usize, cellar: &Cellar) -> Cow<'_, str> {
        let without_break = |text: &str| text.strip_suffix('\n').unwrap_or(text).len();
        match &self.lies {
            Lies::Here(all) => {
                let text = all.get(self.range(spot)).unwrap_or_default();
                Cow::Borrowed(&text[..without_break(text)])
            }
            Lies::Aside(place) => {
                let mut all = Vec::new();
                cellar.read(*place, &mut all).unwrap_or_else(|why| lost(&why.to_string()));
                let text = all.get(self.range(spot)).unwrap_or_default().to_vec();
                let mut text = String::from_utf8(text).unwrap_or_else(|why| lost(&why.to_string()));
                text.truncate(without_break(&text));
                Cow::Owned(text)
            }
        }
    }

    /// The texts of all spots, and where each ends.
    pub fn all<'t>(&'t self, reader: &'t mut Reader<'_>) -> (&'t [u8], &'t [u32; LEAF]) {
        let bytes = match &self.lies {
            Lies::Here(all) => all.as_bytes(),
            Lies::Aside(place) => reader.read(*place).unwrap_or_else(|why| lost(&why.to_string())),
        };
        (bytes, &self.ends)
    }

    /// Bytes that they take in memory.
    pub const fn in_memory(&self) -> usize {
        match &self.lies {
            Lies::Here(all) => all.len(),
            Lies::Aside(_) => 0,
        }
    }

    /// Puts another text in the place of a spot's; none leaves nothing.
    pub fn set(&mut self, spot: usize, text: Option<&str>, cellar: &Cellar) {
        let Range { start, end } = self.range(spot);
        let mut reader = cellar.reader();
        let (all, _) = self.all(&mut reader);
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
        let fresh = String::from_utf8(fresh).unwrap_or_else(|why| lost(&why.to_string()));
        self.lies = Lies::Here(fresh.into_boxed_str());
        for later in &mut self.ends[spot..] {
            // Four thousand million bytes in 64 listings: no platform takes a hundredth of that.
            *later = u32::try_from(*later as usize - (end - start) + length).unwrap_or(u32::MAX);
        }
    }

    /// Puts them into the cellar; those that cannot be stay.
    pub fn put_aside(&mut self, cellar: &Cellar) -> Result<()> {
        if let Lies::Here(all) = &self.lies {
            self.lies = Lies::Aside(cellar.put(all.as_bytes())?);
        }
        Ok(())
    }

    /// Brings them to another cellar, when too much of this one is of no use any more.
    pub fn move_to(&mut self, from: &mut Reader<'_>, to: &Cellar) {
        if let Lies::Aside(place) = &mut self.lies {
            let moved = from.read(*place).and_then(|bytes| to.put(bytes));
            *place = moved.unwrap_or_else(|why| lost(&why.to_string()));
        }
    }
}
