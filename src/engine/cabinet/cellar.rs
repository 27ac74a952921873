//! Where what is seldom looked at lies: bytes that are only ever added to, most of them in a file.
//!
//! Nothing that lies here ever changes, so whoever holds a place reads the same for as long as the cellar is there: that
//! is what makes still pictures of a large catalogue cheap. The file has no name, so it ends with the process, and it is
//! never read by another one: at the next start it is made anew from the store. Without a file, or on a full disk, all of
//! it stays in memory.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::num::NonZeroU32;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

use crate::store::Spare;

/// Bytes after which a shelf is full, and goes to the file whole.
const SHELF: usize = 1 << 20;

/// Records begin at multiples of this, so that 32 bits reach over 64 GB.
const STEP: usize = 16;

/// Read at once; most records are shorter.
const FIRST_READ: usize = 1024;

/// Read at once by whoever goes through many records: a piece that stays in the processor's cache.
const PIECE: usize = 64 << 10;

/// Length and checksum.
const FRAME: usize = 8;

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(NonZeroU32);

/// Bytes that are only ever added to.
#[derive(Debug, Default)]
pub struct Cellar {
    /// Where a file may be made. Without, all stays in memory.
    spare: Option<Spare>,
    /// Made when it is first needed; `None` in it: it could not be.
    file: OnceLock<Option<File>>,
    shelves: RwLock<Vec<Shelf>>,
    /// Records.
    written: AtomicU64,
}

#[derive(Debug)]
enum Shelf {
    /// The last one, being filled; or one that could not be written.
    Here(Vec<u8>),
    /// From this byte of the file on.
    Below(u64),
}

impl Cellar {
    /// An empty one.
    pub fn new(spare: Option<Spare>) -> Self {
        Self { spare, ..Self::default() }
    }

    /// An empty one in the same place.
    pub fn another(&self) -> Self {
        Self::new(self.spare.clone())
    }

    fn file(&self) -> Option<&File> {
        let make = || match self.spare.as_ref()?.file() {
            Ok(file) => Some(file),
            Err(why) => {
                tracing::warn!(%why, "the whole catalogue stays in memory: there is no file for what is seldom looked at");
                None
            }
        };
        self.file.get_or_init(make).as_ref()
    }

    /// How many records were ever put here.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Adds a record; it is read again by the place that this gives.
    pub fn put(&self, record: &[u8]) -> Result<Place> {
        let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
        let full = !matches!(shelves.last(), Some(Shelf::Here(bytes)) if bytes.len() < SHELF);
        if full {
            self.carry_down(&mut shelves);
            shelves.push(Shelf::Here(Vec::with_capacity(SHELF + FIRST_READ)));
        }
        let number = shelves.len() - 1;
        let Some(Shelf::Here(bytes)) = shelves.last_mut() else { return Err(ErrorKind::Other.into()) };
        let place = number * (SHELF / STEP) + bytes.len() / STEP;
        // One more than it is, so that there is room for none.
        let place = u32::try_from(place + 1).ok().and_then(NonZeroU32::new);
        let (Some(place), Ok(length)) = (place, u32::try_from(record.len())) else {
            return Err(ErrorKind::FileTooLarge.into());
        };
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(record).to_le_bytes());
        bytes.extend_from_slice(record);
        bytes.resize(bytes.len().next_multiple_of(STEP), 0);
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok(Place(place))
    }

    /// Writes the full shelf to the file. One that does not get there stays where it is.
    fn carry_down(&self, shelves: &mut [Shelf]) {
        let Some(Shelf::Here(bytes)) = shelves.last() else { return };
        let Some(file) = self.file() else { return };
        let at = file.metadata().map(|found| found.len());
        let written = at.and_then(|at| file.write_all_at(bytes, at).map(|()| at));
        match written {
            Ok(at) => {
                if let Some(last) = shelves.last_mut() {
                    *last = Shelf::Below(at);
                }
            }
            Err(why) => tracing::warn!(%why, "part of the catalogue stays in memory: it could not be put aside"),
        }
    }

    /// For many records, one after the other.
    pub fn reader(&self) -> Reader<'_> {
        Reader { cellar: self, at_once: PIECE, piece: Vec::new(), from: 0, one: Vec::new() }
    }

    /// Reads what [`Cellar::put`] was given.
    pub fn read(&self, place: Place, bytes: &mut Vec<u8>) -> Result<()> {
        bytes.clear();
        bytes.extend_from_slice(Reader { at_once: FIRST_READ, ..self.reader() }.read(place)?);
        Ok(())
    }
}

impl Place {
    /// The shelf, and the byte on it.
    const fn parts(self) -> (usize, usize) {
        let place = self.0.get() as usize - 1;
        (place / (SHELF / STEP), place % (SHELF / STEP) * STEP)
    }
}

fn damaged() -> Error {
    ErrorKind::InvalidData.into()
}

/// The length of a record and its checksum, which stand before it.
fn frame(bytes: &[u8]) -> Result<(usize, u32)> {
    let (length, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
    let crc = rest.first_chunk().ok_or_else(damaged)?;
    Ok((u32::from_le_bytes(*length) as usize, u32::from_le_bytes(*crc)))
}

/// The record that begins here, as it was written.
fn checked(framed: &[u8]) -> Result<&[u8]> {
    let (length, crc) = frame(framed)?;
    let record = framed.get(FRAME..FRAME + length).ok_or_else(damaged)?;
    if crc32fast::hash(record) == crc { Ok(record) } else { Err(damaged()) }
}

/// Reads many records, which is quick where they lie one after the other.
#[derive(Debug)]
pub struct Reader<'c> {
    cellar: &'c Cellar,
    /// So many bytes of the file are read together.
    at_once: usize,
    /// A piece of the file, and where it begins.
    piece: Vec<u8>,
    from: u64,
    /// A record that is not in the file.
    one: Vec<u8>,
}

impl Reader<'_> {
    /// What [`Cellar::put`] was given.
    pub fn read(&mut self, place: Place) -> Result<&[u8]> {
        let (number, inside) = place.parts();
        let shelves = self.cellar.shelves.read().unwrap_or_else(PoisonError::into_inner);
        let at = match shelves.get(number).ok_or_else(damaged)? {
            Shelf::Below(at) => at + inside as u64,
            Shelf::Here(all) => {
                self.one.clear();
                self.one.extend_from_slice(checked(all.get(inside..).ok_or_else(damaged)?)?);
                return Ok(&self.one);
            }
        };
        drop(shelves);
        let mut framed = self.in_piece(at, FRAME);
        if framed.is_none() {
            self.take(at, self.at_once)?;
            framed = self.in_piece(at, FRAME);
        }
        let (length, _) = frame(&self.piece[framed.ok_or_else(damaged)?])?;
        let mut whole = self.in_piece(at, FRAME + length);
        if whole.is_none() {
            self.take(at, self.at_once.max(FRAME + length))?;
            whole = self.in_piece(at, FRAME + length);
        }
        checked(&self.piece[whole.ok_or_else(damaged)?])
    }

    /// Where so many bytes of the file lie in the piece, if they do.
    fn in_piece(&self, at: u64, bytes: usize) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(at.checked_sub(self.from)?).ok()?;
        let end = start.checked_add(bytes)?;
        (end <= self.piece.len()).then_some(start..end)
    }

    fn take(&mut self, at: u64, bytes: usize) -> Result<()> {
        let file = self.cellar.file().ok_or_else(damaged)?;
        self.piece.resize(bytes, 0);
        let read = read_some(file, &mut self.piece, at);
        self.piece.truncate(*read.as_ref().unwrap_or(&0));
        self.from = at;
        read.map(|_| ())
    }
}

/// As much as there is, up to what fits.
fn read_some(file: &File, bytes: &mut [u8], from: u64) -> Result<usize> {
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], from + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(number: usize, size: usize) -> Vec<u8> {
        (0..size).map(|at| (at.wrapping_mul(31) ^ number) as u8).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_was_put_is_read(sizes in prop::collection::vec(prop_oneof![0usize..3000, 200_000usize..1_500_000], 1..12), on_disk in any::<bool>()) {
            let folder = tempfile::tempdir().unwrap();
            let cellar = Cellar::new(on_disk.then(|| Spare::at(folder.path())));
            let places: Vec<Place> = sizes.iter().enumerate().map(|(n, size)| cellar.put(&record(n, *size)).unwrap()).collect();
            let mut bytes = Vec::new();
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
            let mut reader = cellar.reader();
            let forwards = places.iter().zip(&sizes).enumerate();
            for (number, (place, size)) in forwards.clone().chain(forwards.rev()) {
                cellar.read(*place, &mut bytes).unwrap();
                prop_assert!(bytes == record(number, *size));
                prop_assert!(reader.read(*place).unwrap() == bytes);
            }
        }
    }

    #[test]
    fn what_the_disk_changed_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let cellar = Cellar::new(Some(Spare::at(folder.path())));
        let place = cellar.put(&record(1, 300)).unwrap();
        cellar.put(&record(2, SHELF)).unwrap();
        cellar.put(&record(3, 10)).unwrap();
        cellar.file().unwrap().write_all_at(&[0xFF], 100).unwrap();
        assert!(cellar.read(place, &mut Vec::new()).is_err());
        assert!(cellar.reader().read(place).is_err());
    }
}
