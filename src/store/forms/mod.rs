//! How things lie on the disk: one form for each noun, apart from the domain's types, which may change freely.
//!
//! A stored record is `version u8 | postcard | crc32 u32`. Each noun counts its own versions. A version that was ever
//! released is never edited: a change is a new form beside the old one, with its own number, and `decode` learns to read
//! both; only the newest is written. The golden bytes in each file's tests fail when a form is edited by accident.
//!
//! Postcard writes no names and no tags, so the order of fields and of the variants of an enum is the format.

mod commit;
mod connection;
mod field;
mod history;
mod job;
mod keeping;
mod link;
mod listing;
mod meta;
mod order;
mod planned;
mod refusal;
mod step_state;

use serde::Serialize;

pub(super) use commit::Commit;
pub(super) use keeping::{DriftRecord, SettingsRecord};
pub(super) use meta::{BatchRecord, CursorRecord, Identity, Numbers, SweptRecord};

use super::trouble::{Outcome, Trouble};

/// Something that is stored.
pub(super) trait Stored: Sized {
    /// For messages: `listing`.
    const NOUN: &'static str;
    /// The newest version, which is the one written.
    const VERSION: u8;

    /// Appends the newest form to `bytes`.
    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String>;

    /// Reads the form of any version up to the newest.
    fn decode(version: u8, body: &[u8]) -> Outcome<Self>;
}

/// `version | body`: how one noun lies inside another one's record.
pub(super) fn wrap<T: Stored>(value: &T) -> Outcome<Vec<u8>> {
    value.encode(vec![T::VERSION]).map_err(|why| Trouble::Damaged(format!("a {} cannot be stored: {why}", T::NOUN)))
}

pub(super) fn unwrap<T: Stored>(bytes: &[u8]) -> Outcome<T> {
    let damaged = |why: &str| Trouble::Damaged(format!("a stored {} is damaged: {why}", T::NOUN));
    let (version, body) = bytes.split_first().ok_or_else(|| damaged("it is empty"))?;
    if *version > T::VERSION {
        return Err(Trouble::Newer { found: (*version).into(), known: T::VERSION.into() });
    }
    T::decode(*version, body).map_err(|trouble| match trouble {
        Trouble::Damaged(why) => damaged(&why),
        other => other,
    })
}

/// `version | body | crc`: how it lies in a tree.
pub(super) fn seal<T: Stored>(value: &T) -> Outcome<Vec<u8>> {
    let mut bytes = wrap(value)?;
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    Ok(bytes)
}

pub(super) fn open<T: Stored>(bytes: &[u8]) -> Outcome<T> {
    let damaged = || Trouble::Damaged(format!("a stored {} is damaged: its checksum is wrong", T::NOUN));
    let (content, crc) = bytes.split_last_chunk().ok_or_else(damaged)?;
    if crc32fast::hash(content) != u32::from_le_bytes(*crc) {
        return Err(damaged());
    }
    unwrap(content)
}

fn encode_form(form: &impl Serialize, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    postcard::to_extend(form, bytes).map_err(|why| why.to_string())
}

/// The whole body as one form; left-over bytes are a damage.
fn decode_form<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    match postcard::take_from_bytes(body) {
        Ok((form, [])) => Ok(form),
        Ok(_) => Err("it is longer than it should be".to_owned()),
        Err(why) => Err(why.to_string()),
    }
}

fn unknown_version<T>(version: u8) -> Outcome<T> {
    Err(Trouble::Damaged(format!("version {version} was never released")))
}

/// The connection that a stored listing belongs to, without reading the rest of it.
pub(super) fn connection_of_listing(bytes: &[u8]) -> Outcome<crate::domain::ConnectionId> {
    listing::connection_of(bytes)
}

#[cfg(test)]
pub(super) mod golden {
    //! Golden bytes: what each version of a form looks like, for ever.

    use super::{Stored, seal};

    pub fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// Fails if `value` is not stored as these bytes, or does not come back from them.
    pub fn check<T: Stored + PartialEq + std::fmt::Debug>(value: &T, hex: &str) {
        let bytes = seal(value).unwrap();
        let found = bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(found, hex, "the stored form of a {} has changed: add a version instead", T::NOUN);
        assert_eq!(&super::open::<T>(&bytes).unwrap(), value);
        let mut damaged = bytes.clone();
        for at in 0..bytes.len() {
            damaged[at] ^= 0x10;
            assert!(super::open::<T>(&damaged).is_err(), "a flipped bit at {at} was not seen");
            damaged[at] ^= 0x10;
        }
        let mut later = bytes;
        later[0] = T::VERSION + 1;
        assert!(matches!(super::unwrap::<T>(&later), Err(super::Trouble::Newer { .. })));
    }
}
