//! What goes wrong inside this room, before it becomes a sentence for a person.

use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;

/// A failure with what was being done, to which file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("cannot {doing} {path}: {why}")]
    File { doing: &'static str, path: PathBuf, why: io::Error },
    /// The database reported a failure of the disk.
    #[error("the database cannot use the disk: {0}")]
    DatabaseFile(io::Error),
    /// Bytes that are not what was written, or a database that does not open.
    #[error("{0}")]
    Damaged(String),
    /// A record or a store of a later version of this program.
    #[error("a record of version {found} is newer than this program, which knows {known}")]
    Newer { found: u32, known: u32 },
}

pub(super) type Outcome<T> = Result<T, Trouble>;

impl From<String> for Trouble {
    /// Why bytes are not what they should be.
    fn from(why: String) -> Self {
        Self::Damaged(why)
    }
}

impl Trouble {
    /// For `map_err`: `fs::read(&path).map_err(Trouble::file("read", &path))`.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |why| Self::File { doing, path, why }
    }

    fn io(&self) -> Option<&io::Error> {
        match self {
            Self::File { why, .. } | Self::DatabaseFile(why) => Some(why),
            Self::Damaged(_) | Self::Newer { .. } => None,
        }
    }

    /// Whether there is no room left, on the disk or in the user's share of it.
    pub(super) fn is_full(&self) -> bool {
        self.io().is_some_and(|why| matches!(why.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }

    /// Whether the machine, not the data, is at fault: setting the database aside would then help nobody.
    pub(super) fn is_circumstance(&self) -> bool {
        use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, WouldBlock};
        let Some(why) = self.io() else { return matches!(self, Self::Newer { .. }) };
        self.is_full()
            || matches!(why.kind(), PermissionDenied | ReadOnlyFilesystem | WouldBlock)
            || why.to_string().contains("could not acquire lock")
    }

    /// As a person gets to see it while the store is being opened.
    pub(super) fn on_opening(self, folder: &Path) -> StoreError {
        let folder = folder.to_owned();
        if self.is_full() {
            return StoreError::Full { folder };
        }
        let mend = match self.io().map(io::Error::kind) {
            Some(io::ErrorKind::ReadOnlyFilesystem) => {
                "; the disk is read-only: choose a folder on another one with --home"
            }
            Some(io::ErrorKind::PermissionDenied) => {
                "; make the folder writable for you (chmod u+rwx), or choose another one with --home"
            }
            Some(_) => "; mend that, or choose another folder with --home",
            None => "",
        };
        match self {
            Self::Newer { found, known } => StoreError::Newer { found, known },
            other => StoreError::Unusable { folder, why: format!("{other}{mend}") },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circumstance_has_its_advice() {
        let folder = Path::new("/shop/store");
        let said =
            |kind: io::ErrorKind| Trouble::file("create", folder)(io::Error::from(kind)).on_opening(folder).to_string();
        assert!(said(io::ErrorKind::ReadOnlyFilesystem).contains("read-only: choose a folder on another one"));
        assert!(said(io::ErrorKind::PermissionDenied).contains("chmod u+rwx"));
        assert!(said(io::ErrorKind::StorageFull).contains("full"));
    }
}
