//! Reading the segments: what is whole, what was never finished, what is damaged.
//!
//! The end of the last segment may hold records whose writing was cut off; they were never acknowledged, and are cut.
//! The same bytes anywhere else, or followed by a record of a later group, mean that something that was once safe on the
//! disk has changed. That is never repaired silently: it is refused with the segment's name.

use std::fs;
use std::path::{Path, PathBuf};

use super::record::{Head, Record};
use super::{HEADER, MAGIC, VERSION};
use crate::store::trouble::{Outcome, Trouble};

/// One file of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Segment {
    pub(in crate::store) number: u32,
    /// The number of its first record; of the one to come, if it has none.
    pub(in crate::store) first: u64,
    /// Bytes up to the end of its last good record.
    pub(in crate::store) good: u64,
    /// Bytes after that: an unfinished end. Only in the last segment.
    pub(in crate::store) unfinished: u64,
}

/// What the segments hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::store) struct Scanned {
    pub(in crate::store) head: Head,
    pub(in crate::store) segments: Vec<Segment>,
}

pub(in crate::store) fn segment_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:08}.log"))
}

/// Reads every segment in order, checks each record and the chain, and shows each to `visit`. Changes nothing.
pub(in crate::store) fn scan(folder: &Path, visit: &mut dyn FnMut(&Record<'_>) -> Outcome<()>) -> Outcome<Scanned> {
    let numbers = segment_numbers(folder)?;
    let mut scanned = Scanned::default();
    for (place, number) in numbers.iter().copied().enumerate() {
        let expected = u32::try_from(place + 1).unwrap_or(u32::MAX);
        if number != expected {
            let missing = segment_path(folder, expected);
            return Err(Trouble::Damaged(format!("the journal's segment {} is missing; {MEND}", missing.display())));
        }
        let segment = scan_segment(folder, number, place + 1 == numbers.len(), &mut scanned.head, visit)?;
        scanned.segments.push(segment);
    }
    Ok(scanned)
}

/// The hash of record `seq`, from the segment that holds it.
pub(in crate::store) fn head_at(folder: &Path, scanned: &Scanned, seq: u64) -> Outcome<Head> {
    if seq == 0 {
        return Ok(Head::default());
    }
    let holder = scanned.segments.iter().rev().find(|segment| segment.first <= seq);
    if let Some(segment) = holder {
        let path = segment_path(folder, segment.number);
        let bytes = fs::read(&path).map_err(Trouble::file("read", &path))?;
        let mut rest = bytes.get(HEADER..).unwrap_or_default();
        while let Some(record) = Record::first(rest) {
            if record.seq == seq {
                return Ok(record.head());
            }
            rest = &rest[record.bytes.len()..];
        }
    }
    Err(Trouble::Damaged(format!("record {seq} is not in the journal at {}", folder.display())))
}

/// What a person can do about a damaged segment: the second copy is in the database.
const MEND: &str = "nothing was changed. Move the journal folder away and start again: the journal is then written anew \
                    from the second copy in the database. If that fails too, restore a backup";

fn segment_numbers(folder: &Path) -> Outcome<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(Trouble::file("read", folder))? {
        let name = entry.map_err(Trouble::file("read", folder))?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".log"));
        numbers.extend(digits.and_then(|digits| digits.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn scan_segment(
    folder: &Path,
    number: u32,
    last: bool,
    head: &mut Head,
    visit: &mut dyn FnMut(&Record<'_>) -> Outcome<()>,
) -> Outcome<Segment> {
    let path = segment_path(folder, number);
    let bytes = fs::read(&path).map_err(Trouble::file("read", &path))?;
    let first = head.seq + 1;
    let damaged = |at: usize| {
        let path = path.display();
        Trouble::Damaged(format!(
            "the journal's segment {path} is damaged at byte {at}, in record {first} or later; {MEND}"
        ))
    };
    let body = match check_header(&bytes) {
        Header::Good => &bytes[HEADER..],
        Header::Newer(found) => return Err(Trouble::Newer { found, known: VERSION }),
        Header::Bad if last && !holds_later_group(&bytes, first) => {
            return Ok(Segment { number, first, good: 0, unfinished: bytes.len() as u64 });
        }
        Header::Bad => return Err(damaged(0)),
    };
    let mut rest = body;
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        match Record::first(rest) {
            Some(record) if record.follows(*head) => {
                visit(&record)?;
                *head = record.head();
                rest = &rest[record.bytes.len()..];
            }
            // Whole, but not the one that belongs here: no interrupted write leaves that.
            Some(_) => return Err(damaged(at)),
            None if last && !holds_later_group(rest, head.seq + 1) => {
                return Ok(Segment { number, first, good: at as u64, unfinished: rest.len() as u64 });
            }
            None => return Err(damaged(at)),
        }
    }
    Ok(Segment { number, first, good: bytes.len() as u64, unfinished: 0 })
}

enum Header {
    Good,
    Newer(u32),
    Bad,
}

fn check_header(bytes: &[u8]) -> Header {
    let Some((magic, rest)) = bytes.split_first_chunk::<12>() else { return Header::Bad };
    match rest.first_chunk().map(|version| u32::from_le_bytes(*version)) {
        Some(VERSION) if magic == MAGIC => Header::Good,
        Some(found) if magic == MAGIC && found > VERSION && found < 1000 => Header::Newer(found),
        _ => Header::Bad,
    }
}

/// Whether a good record lies somewhere in `bytes` that was written after record `missing` was safe on the disk.
fn holds_later_group(bytes: &[u8], missing: u64) -> bool {
    // A number near the missing one is a cheap first test; only then is a checksum worth its time.
    let near = missing..missing.saturating_add(10_000_000);
    (0..bytes.len()).any(|at| {
        let here = &bytes[at..];
        Record::peek_seq(here).is_some_and(|seq| near.contains(&seq))
            && Record::first(here).is_some_and(|record| record.group > missing)
    })
}
