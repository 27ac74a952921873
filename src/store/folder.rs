//! The store's own folder: private, ours alone, and on a disk that can be trusted.
//!
//! ```text
//! store/                    0700
//!   lock                    who has it: process and host
//!   journal/00000001.log …  the truth
//!   current                 the name of the database in use
//!   distrusted              there if that was found to be damaged; it is then replaced at the next start
//!   db-000001/              the database: a projection of the journal, and its second copy
//!   db.quarantine-000001/   a database that did not open; kept until a person deletes it
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::habits;
use super::trouble::{Outcome, Trouble};

/// Creates the folder if need be; refuses one that others can get at.
pub(super) fn prepare(folder: &Path) -> Result<(), StoreError> {
    make_private(folder).map_err(|trouble| trouble.on_opening(folder))?;
    let found = fs::metadata(folder).map_err(|why| Trouble::file("look at", folder)(why).on_opening(folder))?;
    let unusable = |why: String| StoreError::Unusable { folder: folder.to_owned(), why };
    let me = rustix::process::geteuid().as_raw();
    if found.uid() != me {
        let owner = found.uid();
        return Err(unusable(format!(
            "the folder belongs to user {owner}, not to you; run as that user, or chown {me} it, or choose another one \
             with --home"
        )));
    }
    if found.mode() & 0o022 != 0 {
        let mode = found.mode() & 0o777;
        return Err(unusable(format!("others can write to the folder (mode {mode:o}); run chmod 700 on it")));
    }
    if let Some(kind) = network_disk(folder) {
        return Err(unusable(format!(
            "it lies on a network disk ({kind}), where locks and syncs cannot be trusted; choose a folder on a disk of \
             this machine with --home"
        )));
    }
    Ok(())
}

/// Creates a folder with mode 0700, and those above it.
pub(super) fn make_private(folder: &Path) -> Outcome<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Trouble::file("create", folder))
}

/// Gives the files in a folder mode 0600: the database makes its own with whatever the umask leaves.
pub(super) fn close_to_others(folder: &Path) -> Outcome<()> {
    for entry in fs::read_dir(folder).map_err(Trouble::file("read", folder))? {
        let path = entry.map_err(Trouble::file("read", folder))?.path();
        let found = fs::symlink_metadata(&path).map_err(Trouble::file("look at", &path))?;
        let mode = if found.is_dir() { 0o700 } else { 0o600 };
        if !found.is_symlink() && found.mode() & 0o777 & !mode != 0 {
            fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(Trouble::file("close", &path))?;
        }
    }
    Ok(())
}

/// Our own lock. Held as long as it lives; the kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    /// Holds the lock by being open.
    _file: File,
}

impl Lock {
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("lock");
        let failed = |doing| {
            let path = path.clone();
            move |why| Trouble::file(doing, &path)(why).on_opening(folder)
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed("create"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let known = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
                let holder = if known { holder.trim().to_owned() } else { "that has just started".to_owned() };
                return Err(StoreError::InUse { folder: folder.to_owned(), holder });
            }
            Err(TryLockError::Error(why)) => return Err(failed("lock")(why)),
        }
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let note = format!("{} on {host}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(note.as_bytes()))
            .map_err(failed("write"))?;
        Ok(Self { _file: file })
    }
}

/// Replaces a small file so that either the old or the new content is there, whatever happens.
pub(super) fn replace(path: &Path, content: &[u8]) -> Outcome<()> {
    let fresh = path.with_extension("new");
    let written =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&fresh, path)
        });
    written.map_err(Trouble::file("write", path))?;
    path.parent().map_or(Ok(()), habits::sync_one)
}

/// Bytes that we may still use on the disk with `folder`, and its size.
pub(super) fn free_space(folder: &Path) -> Outcome<(u64, u64)> {
    let found = rustix::fs::statvfs(folder).map_err(|why| Trouble::file("look at the disk of", folder)(why.into()))?;
    Ok((found.f_bavail.saturating_mul(found.f_frsize), found.f_blocks.saturating_mul(found.f_frsize)))
}

/// The kind of the disk if it is one over the network. From `statfs(2)`, "Filesystem type constants".
#[cfg(target_os = "linux")]
fn network_disk(folder: &Path) -> Option<&'static str> {
    match rustix::fs::statfs(folder).ok()?.f_type as u32 {
        0x6969 => Some("NFS"),
        0x517B | 0xFE53_4D42 => Some("SMB"),
        0xFF53_4D42 => Some("CIFS"),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn network_disk(_: &Path) -> Option<&'static str> {
    None
}

/// The database in use and its successor's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DatabaseNumber(pub(super) u32);

impl DatabaseNumber {
    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(format!("db-{:06}", self.0))
    }

    /// Where it is put when it is no longer used.
    pub(super) fn set_aside(self, folder: &Path) -> PathBuf {
        folder.join(format!("db.quarantine-{:06}", self.0))
    }

    pub(super) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The one that `current` names. `None` in a new store.
    pub(super) fn current(folder: &Path) -> Outcome<Option<Self>> {
        let path = folder.join("current");
        match fs::read_to_string(&path) {
            Ok(text) => match text.trim().strip_prefix("db-").and_then(|digits| digits.parse().ok()) {
                Some(number) => Ok(Some(Self(number))),
                None => Err(Trouble::Damaged(format!(
                    "{} does not name a database; write the name of the newest db- folder into it",
                    path.display()
                ))),
            },
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(Trouble::file("read", &path)(why)),
        }
    }

    /// Trust begins anew with it.
    pub(super) fn make_current(self, folder: &Path) -> Outcome<()> {
        replace(&folder.join("current"), format!("db-{:06}\n", self.0).as_bytes())?;
        let mark = folder.join("distrusted");
        match fs::remove_file(&mark) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(Trouble::file("remove", &mark)(why)),
            _ => Ok(()),
        }
    }

    /// Has the current database replaced at the next start.
    pub(super) fn distrust(folder: &Path) -> Outcome<()> {
        replace(&folder.join("distrusted"), b"the current database was found to be damaged\n")
    }

    pub(super) fn is_distrusted(folder: &Path) -> bool {
        folder.join("distrusted").exists()
    }

    /// All databases that lie in the folder, lowest first.
    pub(super) fn all(folder: &Path) -> Outcome<Vec<Self>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(Trouble::file("read", folder))? {
            let name = entry.map_err(Trouble::file("read", folder))?.file_name();
            let number = name.to_string_lossy().strip_prefix("db-").and_then(|digits| digits.parse().ok());
            found.extend(number.map(Self));
        }
        found.sort_unstable();
        Ok(found)
    }
}
