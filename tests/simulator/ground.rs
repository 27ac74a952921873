//! What the engine stands on in a history: a store in memory, or the real one on a disk that outlives kills.

use std::path::{Path, PathBuf};

use counterpart::domain::Timestamp;
use counterpart::store::{Entry, Memory, Opened, Options, Store};
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
    },
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

    pub fn on_disk() -> Self {
        Self::Disk { folder: quick_folder(), number: 0, shadow: Memory::new([0; 16]).open().0 }
    }

    pub fn open(&self) -> (Store, Opened) {
        match self {
            Self::Memory(memory) => memory.open(),
            Self::Disk { folder, number, .. } => {
                let options = Options { keep_free: 1 << 20, cache: 8 << 20, stands_still: true, ..Options::default() };
                Store::open_with(&place(folder, *number), &options).unwrap()
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

    /// The process is killed: what its files hold at this moment is all that is left.
    pub fn dies(&mut self) {
        if let Self::Disk { folder, number, .. } = self {
            copy(&place(folder, *number), &place(folder, *number + 1));
            *number += 1;
        }
    }
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
