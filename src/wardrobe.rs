//! What the terminal is to look like, from the files of the config folder; read again when they change.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::SystemTime;

use crate::config::{Arrangement, Home, Mistake, Preferences};
use crate::keys::Keymap;

/// What a person has chosen for this terminal, and what was not understood of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dress {
    pub keymap: Keymap,
    pub preferences: Preferences,
    /// Which columns the lists show.
    pub arrangement: Arrangement,
    /// Mistakes in the files: (what, what to do).
    pub mistakes: Vec<(String, Option<String>)>,
}

impl Default for Dress {
    fn default() -> Self {
        Self {
            keymap: Keymap::built_in(),
            preferences: Preferences::default(),
            arrangement: Arrangement::default(),
            mistakes: Vec::new(),
        }
    }
}

/// The files, with when they were changed last.
#[derive(Debug)]
pub struct Wardrobe {
    home: Home,
    /// As the command line says, whatever the file does.
    ascii: bool,
    slim: bool,
    reader: bool,
    seen: [Option<SystemTime>; 3],
}

impl Wardrobe {
    pub fn new(home: &Home, ascii: bool, slim: bool) -> Self {
        Self { home: home.clone(), ascii, slim, reader: false, seen: [None; 3] }
    }

    /// For who listens, as the command line says.
    #[must_use]
    pub fn for_a_reader(self, reader: bool) -> Self {
        Self { reader, ..self }
    }

    pub fn dress(&mut self) -> Dress {
        self.seen = self.times();
        let (keymap, wrong_keys) = keys(&self.home);
        let (mut preferences, wrong_settings) = preferences(&self.home);
        let (arrangement, wrong_columns) = read(&self.home.columns(), Arrangement::read, Arrangement::default);
        preferences.ascii |= self.ascii;
        preferences.slim |= self.slim;
        preferences.reader |= self.reader;
        let told = |mistakes: Vec<String>, hint: &str| {
            mistakes.into_iter().map(|mistake| (mistake, Some(hint.to_owned()))).collect::<Vec<_>>()
        };
        let mut mistakes = told(wrong_keys, "the key keeps its default; `counterpart keys` lists all");
        mistakes.extend(told(wrong_settings, "the default counts; `counterpart config` lists all"));
        mistakes.extend(told(wrong_columns, "the column is as it was built in; choose it anew in the list"));
        Dress { keymap, preferences, arrangement, mistakes }
    }

    /// The dress, if a file was changed, made or removed since it was read last.
    pub fn changed(&mut self) -> Option<Dress> {
        (self.times() != self.seen).then(|| self.dress())
    }

    /// Remembers which columns a person wants. The file is whole at any moment; a sentence says why it could not be.
    pub fn keep(&mut self, arrangement: &Arrangement) -> Result<(), String> {
        let path = self.home.columns();
        let fresh = path.with_extension("toml.new");
        let folder = DirBuilder::new().recursive(true).mode(0o700).create(&self.home.config);
        let kept = folder
            .and_then(|()| std::fs::write(&fresh, arrangement.file()))
            .and_then(|()| std::fs::rename(&fresh, &path));
        self.seen = self.times();
        kept.map_err(|why| format!("{} cannot be written: {why}", path.display()))
    }

    fn times(&self) -> [Option<SystemTime>; 3] {
        [self.home.keymap(), self.home.preferences(), self.home.columns()]
            .map(|path| std::fs::metadata(path).and_then(|about| about.modified()).ok())
    }
}

/// The built-in keys with the user's own, and what is wrong in the user's file: sentences that name it, with line and
/// column.
pub fn keys(home: &Home) -> (Keymap, Vec<String>) {
    read(&home.keymap(), Keymap::with, Keymap::built_in)
}

/// The same for how the terminal looks.
pub fn preferences(home: &Home) -> (Preferences, Vec<String>) {
    read(&home.preferences(), Preferences::with, Preferences::default)
}

fn read<T>(path: &Path, with: fn(&str) -> (T, Vec<Mistake>), without: fn() -> T) -> (T, Vec<String>) {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let (read, mistakes) = with(&text);
            (read, mistakes.iter().map(|mistake| format!("{}: {mistake}", path.display())).collect())
        }
        Err(why) if matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            (without(), Vec::new())
        }
        Err(why) => (without(), vec![format!("{} cannot be read: {why}", path.display())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Arranged;
    use crate::keys::{Action, Key, Place};

    #[test]
    fn files_that_come_change_and_go_are_read_again_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let mut wardrobe = Wardrobe::new(&home, false, true);
        let dress = wardrobe.dress();
        assert_eq!(
            dress,
            Dress { preferences: Preferences { slim: true, ..Preferences::default() }, ..Dress::default() }
        );
        assert_eq!(wardrobe.changed(), None);
        std::fs::create_dir_all(&home.config).unwrap();
        std::fs::write(home.preferences(), "[look]\nascii = true\nslim = false\n").unwrap();
        let dress = wardrobe.changed().unwrap();
        assert!(dress.preferences.ascii && dress.preferences.slim, "the command line wins");
        assert_eq!(wardrobe.changed(), None);
        std::fs::write(home.keymap(), "[list]\n\"n\" = \"down\"\n\"j\" = \"dwon\"\n").unwrap();
        let dress = wardrobe.changed().unwrap();
        assert_eq!(dress.keymap.action(Place::List, Key::character('n')), Some(Action::Down));
        assert_eq!(dress.mistakes.len(), 1);
        assert!(dress.mistakes[0].0.contains("keymap.toml: line 3, column 7:"), "{:?}", dress.mistakes);
        std::fs::remove_file(home.keymap()).unwrap();
        assert_eq!(wardrobe.changed().unwrap().keymap, Keymap::built_in());
    }

    #[test]
    fn columns_that_were_chosen_are_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().join("home"));
        let mut wardrobe = Wardrobe::new(&home, false, false);
        let mut arrangement = wardrobe.dress().arrangement;
        arrangement.set("products", "SKU", Some(Arranged::Wide(30)));
        wardrobe.keep(&arrangement).unwrap();
        assert_eq!(wardrobe.changed(), None, "what was written here is known here");
        assert_eq!(Wardrobe::new(&home, false, false).dress().arrangement, arrangement);
        std::fs::remove_dir_all(&home.config).unwrap();
        std::fs::write(&home.config, "in the way").unwrap();
        let why = wardrobe.keep(&arrangement).unwrap_err();
        assert!(why.contains("columns.toml cannot be written"), "{why}");
    }
}
