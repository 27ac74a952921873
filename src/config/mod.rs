//! Where files live, and what a person has set for this machine's terminal.

mod arrangement;
mod mistake;
mod preferences;

use std::path::{Path, PathBuf};

pub use arrangement::{Arranged, Arrangement, NARROWEST, WIDEST};
pub use mistake::Mistake;
pub use preferences::{Choice, Preferences};

/// The folders of one installation. All are created with mode 0700 by whoever needs them first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// `counterpart.toml`, `keymap.toml`, `columns.toml` and `secrets/`.
    pub config: PathBuf,
    /// The store.
    pub data: PathBuf,
    /// The socket, the lock and the logs.
    pub state: PathBuf,
}

impl Home {
    /// Everything under one folder (`--home`): for tests, demos, and several shops on one machine.
    pub fn at(folder: &Path) -> Self {
        Self { config: folder.join("config"), data: folder.join("data"), state: folder.join("state") }
    }

    /// Where this system keeps such files. `None` without a home folder.
    pub fn of_user() -> Option<Self> {
        let folders = directories::ProjectDirs::from("", "", "counterpart")?;
        let state = folders.state_dir().unwrap_or(folders.data_local_dir()).to_owned();
        Some(Self { config: folders.config_dir().to_owned(), data: folders.data_dir().to_owned(), state })
    }

    /// How the terminal looks and what it tells of.
    pub fn preferences(&self) -> PathBuf {
        self.config.join("counterpart.toml")
    }

    pub fn keymap(&self) -> PathBuf {
        self.config.join("keymap.toml")
    }

    /// Which columns the lists show.
    pub fn columns(&self) -> PathBuf {
        self.config.join("columns.toml")
    }

    pub fn secrets(&self) -> PathBuf {
        self.config.join("secrets")
    }

    pub fn store(&self) -> PathBuf {
        self.data.join("store")
    }

    pub fn socket(&self) -> PathBuf {
        self.state.join("run").join("engine.sock")
    }

    pub fn log(&self) -> PathBuf {
        self.state.join("counterpart.log")
    }
}
