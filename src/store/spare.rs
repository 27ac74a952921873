//! Room beside the store for what is too large for memory and need not outlive the process.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder in which files without a name can be made: they are ours alone, and gone when nobody has them open.
#[derive(Debug, Clone)]
pub struct Spare {
    folder: PathBuf,
    /// How many were made: no two at once have one name.
    made: Arc<AtomicU64>,
}

impl Spare {
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), made: Arc::default() }
    }

    /// A new, empty file.
    pub fn file(&self) -> Result<File> {
        let path = self.folder.join(format!("spare-{}", self.made.fetch_add(1, Ordering::Relaxed)));
        // One that a process left which died between the two calls below.
        match fs::remove_file(&path) {
            Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        fs::remove_file(&path)?;
        Ok(file)
    }
}
