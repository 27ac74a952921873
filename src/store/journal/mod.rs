//! The journal in plain files: the truth. Records are appended and synced before anything else happens with them, and
//! are never changed.
//!
//! Segments of 8 MB, `journal/00000001.log` and so on, so that a damage has a place with a name. Each begins with twelve
//! letters and a version; then come records (`record.rs`), each with a checksum and chained to the one before.

pub(super) mod record;
pub(super) mod scan;

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use self::record::{Head, Kind};
use self::scan::{Scanned, segment_path};
use super::habits;
use super::options::{Habit, Options, Synced};
use super::trouble::{Outcome, Trouble};

const MAGIC: &[u8; 12] = b"counterpart\0";
/// Of the segments and the frame of their records. What is inside a payload has versions of its own.
const VERSION: u32 = 1;
const HEADER: usize = 16;

/// The end of the journal, open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    file: File,
    number: u32,
    /// Bytes in the present segment.
    size: u64,
    /// Bytes after which a new segment begins.
    limit: u64,
    head: Head,
    /// Whether it is synced, and who is told: always, and nobody, but in tests.
    syncs: bool,
    synced: Option<Synced>,
}

/// Why records were not appended.
#[derive(Debug)]
pub(super) enum NotAppended {
    /// Nothing of them is on the disk; the journal is as before.
    Refused(Trouble),
    /// Nobody can tell what is on the disk now; only opening anew finds out.
    Unclear(Trouble),
}

impl Journal {
    /// Goes on where the scan ended: an unfinished end is cut off, a first segment is made in a new store.
    pub(super) fn go_on(folder: &Path, scanned: &Scanned, options: &Options) -> Outcome<Self> {
        let number = scanned.segments.last().map_or(1, |segment| segment.number);
        let size = scanned.segments.last().map_or(0, |segment| segment.good);
        let path = segment_path(folder, number);
        let file = open_segment(&path)?;
        file.set_len(size).and_then(|()| file.sync_all()).map_err(Trouble::file("write", &path))?;
        habits::sync_one(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            file,
            number,
            size,
            limit: options.segment,
            head: scanned.head,
            syncs: options.keeps(Habit::SyncJournal),
            synced: options.synced.clone(),
        })
    }

    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// Appends payloads as one group; when it returns, they are on the disk. Gives the records' bytes, one after the
    /// other as they lie there, with the head after each.
    pub(super) fn append(&mut self, group: &[(Kind, Vec<u8>)]) -> Result<Vec<(Head, Vec<u8>)>, NotAppended> {
        let first = self.head.seq + 1;
        let mut head = self.head;
        let mut records = Vec::with_capacity(group.len());
        for (kind, payload) in group {
            let mut bytes = Vec::new();
            let too_long = || NotAppended::Refused(Trouble::Damaged("a commit of more than 4 GiB".to_owned()));
            head = record::write(&mut bytes, head, first, *kind, payload).ok_or_else(too_long)?;
            records.push((head, bytes));
        }
        self.append_records(&records)?;
        Ok(records)
    }

    /// Appends records that exist already, from the second copy.
    pub(super) fn append_records(&mut self, records: &[(Head, Vec<u8>)]) -> Result<(), NotAppended> {
        let Some((head, _)) = records.last() else { return Ok(()) };
        if self.size >= self.limit {
            self.begin_segment()?;
        }
        let mut bytes = Vec::with_capacity(HEADER + records.iter().map(|(_, record)| record.len()).sum::<usize>());
        if self.size == 0 {
            bytes.extend_from_slice(MAGIC);
            bytes.extend_from_slice(&VERSION.to_le_bytes());
        }
        for (_, record) in records {
            bytes.extend_from_slice(record);
        }
        let path = segment_path(&self.folder, self.number);
        if let Err(why) = self.file.seek(SeekFrom::Start(self.size)).and_then(|_| self.file.write_all(&bytes)) {
            let trouble = Trouble::file("write", &path)(why);
            // What was written in part must go again, or the next record would lie behind it.
            return Err(match self.file.set_len(self.size).and_then(|()| self.file.sync_all()) {
                Ok(()) => NotAppended::Refused(trouble),
                Err(_) => NotAppended::Unclear(trouble),
            });
        }
        // After a failed sync the kernel may have dropped the pages and would report success the next time.
        if self.syncs {
            self.file.sync_data().map_err(|why| NotAppended::Unclear(Trouble::file("sync", &path)(why)))?;
            Synced::tell(self.synced.as_ref(), &path);
        }
        self.size += bytes.len() as u64;
        self.head = *head;
        Ok(())
    }

    fn begin_segment(&mut self) -> Result<(), NotAppended> {
        let number = self.number + 1;
        let path = segment_path(&self.folder, number);
        // An empty segment does no harm: the next start goes on in it.
        let file = open_segment(&path).map_err(NotAppended::Refused)?;
        habits::sync_one(&self.folder).map_err(NotAppended::Unclear)?;
        self.file = file;
        self.number = number;
        self.size = 0;
        Ok(())
    }
}

fn open_segment(path: &Path) -> Outcome<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(Trouble::file("open", path))
}
