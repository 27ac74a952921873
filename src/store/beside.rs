//! A file beside the database for what can be made anew at any time: its loss costs time and nothing else, so it needs
//! neither journal nor fsync, only that a damaged one is never believed.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file begins with this, the form of what is in it, and the store's identity; it ends with a checksum of all.
const MAGIC: &[u8; 8] = b"cp-besi1";
const HEAD: usize = MAGIC.len() + 1 + 16;
const CRC: usize = 4;

/// One such file. Two are never written at once under one name by one engine.
#[derive(Debug, Clone)]
pub struct Beside {
    path: PathBuf,
    identity: [u8; 16],
}

/// Writes on, and sums up what was written.
struct Summing<W> {
    out: W,
    sum: crc32fast::Hasher,
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.out.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.out.flush()
    }
}

impl Beside {
    pub(super) fn at(folder: &Path, name: &str, identity: [u8; 16]) -> Self {
        Self { path: folder.join(name), identity }
    }

    fn fresh(&self) -> PathBuf {
        self.path.with_extension("new")
    }

    /// Replaces the file. Whoever reads meanwhile sees the old one or the new one.
    pub fn write(&self, form: u8, fill: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
        let fresh = self.fresh();
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        let mut out = Summing { out: BufWriter::new(file), sum: crc32fast::Hasher::new() };
        out.write_all(MAGIC)?;
        out.write_all(&[form])?;
        out.write_all(&self.identity)?;
        fill(&mut out)?;
        let Summing { mut out, sum } = out;
        out.write_all(&sum.finalize().to_le_bytes())?;
        out.into_inner().map_err(|failed| failed.into_error())?.sync_data()?;
        fs::rename(&fresh, &self.path)
    }

    /// What was filled in. `None`: there is no file. An error if it is damaged, of another form, or of another store.
    pub fn read(&self, form: u8) -> Result<Option<Vec<u8>>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(why),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let wrong = |what: &str| Err(Error::new(ErrorKind::InvalidData, format!("{}: {what}", self.path.display())));
        let Some((content, crc)) = bytes.split_last_chunk::<CRC>() else { return wrong("it is too short") };
        if crc32fast::hash(content) != u32::from_le_bytes(*crc) {
            return wrong("its checksum is wrong");
        }
        let head = [&MAGIC[..], &[form], &self.identity].concat();
        if !content.starts_with(&head) {
            return wrong("it is of another version or another store");
        }
        bytes.truncate(bytes.len() - CRC);
        bytes.drain(..HEAD);
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_whatever_else_is_there_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = Beside::at(folder.path(), "x", [7; 16]);
        assert!(file.read(1).unwrap().is_none());
        for text in ["first", "second and longer"] {
            file.write(1, &mut |out| out.write_all(text.as_bytes())).unwrap();
            assert_eq!(file.read(1).unwrap().unwrap(), text.as_bytes());
        }
        assert!(file.read(2).is_err(), "of another form");
        assert!(Beside::at(folder.path(), "x", [8; 16]).read(1).is_err(), "of another store");
        let whole = fs::read(folder.path().join("x")).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(folder.path().join("x"), &damaged).unwrap();
            assert!(file.read(1).is_err(), "a flipped bit at {at} was not seen");
            fs::write(folder.path().join("x"), &whole[..at]).unwrap();
            assert!(file.read(1).is_err(), "it was cut at {at}");
        }
        // A write that fails leaves what is there.
        fs::write(folder.path().join("x"), &whole).unwrap();
        assert!(file.write(1, &mut |_| Err(Error::other("no"))).is_err());
        assert_eq!(file.read(1).unwrap().unwrap(), b"second and longer");
    }
}
