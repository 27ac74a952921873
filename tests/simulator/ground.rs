//! What the engine stands on in a history: a store in memory, or the real one on a disk that outlives kills and power
//! cuts.
//!
//! Of each file of the real store the bytes are kept aside that were synced last. When the power is cut these are all
//! that is left, and of the two copies that the store keeps one may be behind, or lose its end: the other has to be
//! enough.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterpart::domain::Timestamp;
use counterpart::store::{Entry, Habit, Memory, Opened, Options, Store, Synced};
use futures_util::FutureExt;
use tempfile::TempDir;

use super::shop::DAWN;

pub enum Ground {
    Memory(Memory),
    Disk {
        folder: TempDir,
        /// The store's folder changes with each death.
        number: u32,
        /// What the journal should come to: I11 and I12.
        shadow: Store,
        /// A habit of the store that is left out, to show that it would be missed.
        leave_out: Option<Habit>,
    },
}

/// How a life ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The process is killed: what its files hold at this moment is all that is left.
    Killed,
    /// The power is cut: what was synced is all that is left.
    PowerCut,
    /// The power is cut between the journal's sync and the database's.
    BetweenTheCopies,
    /// The power is cut, and the disk gives back the journal without its end, so much in a thousand of it.
    JournalCutShort(u64),
}

impl End {
    pub fn drawn(chance: &mut fastrand::Rng) -> Self {
        match chance.u32(0..6) {
            0..3 => Self::Killed,
            3 => Self::PowerCut,
            4 => Self::BetweenTheCopies,
            _ => Self::JournalCutShort(chance.u64(0..1000)),
        }
    }
}

/// A folder in memory where there is one: what is safe there is a matter for other tests.
fn quick_folder() -> TempDir {
    let quick = Path::new("/dev/shm");
    if quick.is_dir() { tempfile::tempdir_in(quick).unwrap() } else { tempfile::tempdir().unwrap() }
}

impl Ground {
    pub fn in_memory(identity: [u8; 16]) -> Self {
        Self::Memory(Memory::new(identity))
    }

    pub fn on_disk(leave_out: Option<Habit>) -> Self {
        Self::Disk { folder: quick_folder(), number: 0, shadow: Memory::new([0; 16]).open().0, leave_out }
    }

    pub const fn is_disk(&self) -> bool {
        matches!(self, Self::Disk { .. })
    }

    /// Opens it. Or why that cannot be done, which is never right.
    pub fn open(&self) -> Result<(Store, Opened), String> {
        match self {
            Self::Memory(memory) => Ok(memory.open()),
            Self::Disk { folder, number, leave_out, .. } => {
                let place = place(folder, *number);
                let options = Options {
                    keep_free: 1 << 20,
                    cache: 8 << 20,
                    stands_still: true,
                    leave_out: *leave_out,
                    synced: Some(keeps_what_is_synced(&place)),
                    ..Options::default()
                };
                let opened =
                    Store::open_with(&place, &options).map_err(|why| format!("I12: it does not open: {why}"))?;
                // The store syncs all that it has before it makes its first promise, which other tests look after.
                copy(&place, &safe(&place));
                Ok(opened)
            }
        }
    }

    pub fn shadow(&self) -> Option<Store> {
        match self {
            Self::Memory(_) => None,
            Self::Disk { shadow, .. } => Some(shadow.clone()),
        }
    }

    pub fn heard(&self, entries: &[Entry]) {
        keep(self.shadow().as_ref(), entries);
    }

    /// I11 and I12: what is there is what was acknowledged.
    pub fn compare(&self, store: &Store) -> Result<(), String> {
        let Some(shadow) = self.shadow() else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (there, right) = runtime.block_on(async { (store.load().await.unwrap(), shadow.load().await.unwrap()) });
        if there == right {
            return Ok(());
        }
        let wrong = format!("{there:?}").chars().zip(format!("{right:?}").chars()).take_while(|(a, b)| a == b).count();
        let near = |text: String| text.chars().skip(wrong.saturating_sub(80)).take(240).collect::<String>();
        Err(format!(
            "I11: the store has\n{}\nand should have\n{}",
            near(format!("{there:?}")),
            near(format!("{right:?}"))
        ))
    }

    /// A life ends.
    pub fn dies(&mut self, end: End) {
        let Self::Disk { folder, number, .. } = self else { return };
        let (old, new) = (place(folder, *number), place(folder, *number + 1));
        *number += 1;
        if end == End::Killed {
            return copy(&old, &new);
        }
        copy(&safe(&old), &new);
        let files = files(&new);
        for file in &files {
            match end {
                End::BetweenTheCopies if file.extension().is_some_and(|kind| kind == BEFORE) => {
                    std::fs::rename(file, file.with_extension("")).unwrap();
                }
                End::JournalCutShort(share) if file.extension().is_some_and(|kind| kind == "log") => {
                    let file = std::fs::OpenOptions::new().write(true).open(file).unwrap();
                    let size = file.metadata().unwrap().len();
                    file.set_len(size * share / 1000).unwrap();
                }
                _ => {}
            }
        }
        files.iter().filter(|file| file.extension().is_some_and(|kind| kind == BEFORE)).for_each(|file| {
            let _ = std::fs::remove_file(file);
        });
    }
}

/// What a file is called as it was at the sync before its last one.
const BEFORE: &str = "before";

/// Where of a store's folder only that is kept which was synced.
fn safe(place: &Path) -> PathBuf {
    place.with_extension("safe")
}

fn keeps_what_is_synced(place: &Path) -> Synced {
    let place = place.to_owned();
    Synced(Arc::new(move |path: &Path| {
        let outside = |part: &&std::ffi::OsStr| Some(*part) != place.file_name();
        let within: PathBuf = path.iter().skip_while(outside).skip(1).collect();
        let to = safe(&place).join(within);
        // While it opens, all is copied at the end.
        if !to.is_file() {
            return;
        }
        if to.file_name().is_some_and(|name| name == "db") {
            std::fs::rename(&to, to.with_extension(BEFORE)).unwrap();
        }
        std::fs::copy(path, to).unwrap();
    }))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let found = entries
        .flat_map(|entry| if entry.file_type().unwrap().is_dir() { files(&entry.path()) } else { vec![entry.path()] });
    found.collect()
}

/// Takes what was acknowledged into the store beside the real one.
pub fn keep(shadow: Option<&Store>, entries: &[Entry]) {
    if let Some(shadow) = shadow {
        shadow.commit(Timestamp(DAWN), entries.to_vec()).now_or_never().unwrap().unwrap();
    }
}

fn place(folder: &TempDir, number: u32) -> PathBuf {
    folder.path().join(format!("store{number}"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
