//! One record of the journal: its bytes, its checksum and its place in the chain.
//!
//! ```text
//! len u32 | seq u64 | group u64 | previous 16 | kind u8 | payload | crc32 u32        (little-endian)
//! ```
//!
//! `len` counts what follows it. `group` is the number of the first record that was written to the disk together with
//! this one: a record of a later group proves that this group was on the disk once. `previous` is the hash of the record
//! before, so that no record can be lost, doubled or exchanged unnoticed.

/// Of a record without payload: length, seq, group, previous, kind, crc.
const FRAME: usize = 4 + 8 + 8 + 16 + 1 + 4;

/// The first half of a record's blake3 hash.
pub(in crate::store) type Hash = [u8; 16];

/// The newest record: its number (0 before the first) and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::store) struct Head {
    pub(in crate::store) seq: u64,
    pub(in crate::store) hash: Hash,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    /// The first one: the store's identity.
    Origin,
    /// What one commit appended.
    Commit,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Origin => 0,
            Self::Commit => 1,
        }
    }

    const fn of(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Origin),
            1 => Some(Self::Commit),
            _ => None,
        }
    }
}

/// A record inside the bytes it was read from. Its checksum has been compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Record<'a> {
    pub(in crate::store) seq: u64,
    pub(in crate::store) group: u64,
    pub(in crate::store) previous: Hash,
    pub(in crate::store) kind: Kind,
    pub(in crate::store) payload: &'a [u8],
    /// The whole of it, as it lies on the disk.
    pub(in crate::store) bytes: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record at the beginning of `bytes`; `None` if there is no whole and undamaged one.
    pub(in crate::store) fn first(bytes: &'a [u8]) -> Option<Self> {
        let length = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
        let whole = bytes.get(..length.checked_add(4)?)?;
        if whole.len() < FRAME {
            return None;
        }
        let (content, crc) = whole.split_last_chunk()?;
        if crc32fast::hash(content) != u32::from_le_bytes(*crc) {
            return None;
        }
        let (seq, rest) = content.get(4..)?.split_first_chunk()?;
        let (group, rest) = rest.split_first_chunk()?;
        let (previous, rest) = rest.split_first_chunk()?;
        let (kind, payload) = rest.split_first()?;
        Some(Self {
            seq: u64::from_le_bytes(*seq),
            group: u64::from_le_bytes(*group),
            previous: *previous,
            kind: Kind::of(*kind)?,
            payload,
            bytes: whole,
        })
    }

    pub(in crate::store) fn head(&self) -> Head {
        Head { seq: self.seq, hash: hash(self.bytes) }
    }

    /// Whether it is the one that comes after `head`.
    pub(in crate::store) fn follows(&self, head: Head) -> bool {
        self.seq == head.seq + 1 && self.previous == head.hash
    }

    /// The number of a record whose bytes begin here, without trusting them.
    pub(super) fn peek_seq(bytes: &[u8]) -> Option<u64> {
        bytes.get(4..)?.first_chunk().map(|seq| u64::from_le_bytes(*seq))
    }
}

/// Appends the record after `head` to `bytes`, and gives the new head. `None` if the payload is over 4 GiB.
pub(in crate::store) fn write(bytes: &mut Vec<u8>, head: Head, group: u64, kind: Kind, payload: &[u8]) -> Option<Head> {
    let length = u32::try_from(payload.len().checked_add(FRAME - 4)?).ok()?;
    let start = bytes.len();
    bytes.reserve(FRAME + payload.len());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&(head.seq + 1).to_le_bytes());
    bytes.extend_from_slice(&group.to_le_bytes());
    bytes.extend_from_slice(&head.hash);
    bytes.push(kind.code());
    bytes.extend_from_slice(payload);
    let crc = crc32fast::hash(&bytes[start..]);
    bytes.extend_from_slice(&crc.to_le_bytes());
    Some(Head { seq: head.seq + 1, hash: hash(&bytes[start..]) })
}

fn hash(record: &[u8]) -> Hash {
    let mut half = Hash::default();
    half.copy_from_slice(&blake3::hash(record).as_bytes()[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn version_1_is_laid_out_as_documented() {
        let mut bytes = Vec::new();
        let head = write(&mut bytes, Head { seq: 6, hash: [9; 16] }, 5, Kind::Commit, b"abc").unwrap();
        let hex = bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(
            hex,
            "28000000070000000000000005000000000000000909090909090909090909090909090901616263829c31a3".to_owned()
        );
        assert_eq!(Record::first(&bytes).unwrap().head(), head);
        assert!(Record::first(&bytes).unwrap().follows(Head { seq: 6, hash: [9; 16] }));
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_seen(payload in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut bytes = Vec::new();
            write(&mut bytes, Head::default(), 1, Kind::Commit, &payload).unwrap();
            prop_assert_eq!(Record::first(&bytes).unwrap().payload, &payload[..]);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(Record::first(&bytes), None);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = Record::first(&bytes);
        }
    }
}
