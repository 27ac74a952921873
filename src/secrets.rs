//! The one door to secrets. Today they lie in a file of their own; better stores come behind the same door.
//!
//! A secret is never printed, never logged, never in an argument that `ps` shows, and never in the store.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A secret value. Shows itself as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into().trim().to_owned())
    }

    /// The value, for the one place that puts it into a request.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A connection's secrets by the names of its platform's credential fields.
pub type Credentials = BTreeMap<String, Secret>;

/// Where one connection keeps keys that the platform changes while it runs.
pub trait Keyring: Send + Sync {
    /// Puts these in the place of the ones of the same names; when it returns they are on the disk.
    fn keep(&self, changed: &Credentials) -> Result<(), SecretError>;
}

/// A keyring in memory, for a connection that is only tried: whoever keeps the connection takes its keys along.
#[derive(Debug, Default)]
pub struct HeldKeys(Mutex<Credentials>);

impl HeldKeys {
    /// What was kept last, by name.
    pub fn kept(&self) -> Credentials {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Keyring for HeldKeys {
    fn keep(&self, changed: &Credentials) -> Result<(), SecretError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(changed.iter().map(|(name, secret)| (name.clone(), secret.clone())));
        Ok(())
    }
}

/// The keyring of one owner in the file of secrets.
#[derive(Debug)]
struct OwnKeys {
    store: SecretStore,
    owner: String,
    /// How often the owner's secrets had been replaced when this was made.
    edition: u64,
}

impl Keyring for OwnKeys {
    /// Once the owner's secrets were replaced or removed by somebody, nothing is kept: what still runs with the old ones
    /// must not put them in the place of the new.
    fn keep(&self, changed: &Credentials) -> Result<(), SecretError> {
        self.store.alter(|all, editions| {
            if editions.get(&self.owner).copied().unwrap_or(0) != self.edition {
                return false;
            }
            let changed = changed.iter().map(|(name, secret)| (name.clone(), secret.0.clone()));
            all.entry(self.owner.clone()).or_default().extend(changed);
            true
        })
    }
}

/// What the file holds: values by name, by owner.
type Kept = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{path} {problem}; secrets in it may have been read by others\nhint: {mend}")]
    Unsafe { path: PathBuf, problem: String, mend: String },
    #[error("cannot {doing} {path}: {why}\nhint: check that the folder exists, is yours and is not read-only")]
    Io { doing: &'static str, path: PathBuf, why: std::io::Error },
    #[error("{path} is not readable as secrets: {why}\nhint: move the file away and connect again")]
    Malformed { path: PathBuf, why: String },
}

/// Secrets in `secrets.toml` inside a folder of mode 0700; the file is 0600. Both are checked before every read.
///
/// An environment variable `COUNTERPART_<CONNECTION NUMBER>_<FIELD>` (`COUNTERPART_C1_TOKEN`) wins over the file.
#[derive(Debug, Clone)]
pub struct SecretStore {
    folder: PathBuf,
    /// Held while the file is read and written anew, since several connections renew their keys at the same time: each
    /// would undo what the other wrote. How often each owner's secrets were replaced as a whole.
    editions: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl SecretStore {
    /// Checks the folder and the file, if they exist. Creates nothing.
    pub fn open(folder: &Path) -> Result<Self, SecretError> {
        let store = Self { folder: folder.to_owned(), editions: Arc::default() };
        store.check()?;
        Ok(store)
    }

    /// What is known for an owner (a connection's number, `c1`): the file's values, overridden by the environment's.
    pub fn get(&self, owner: impl fmt::Display, fields: &[&str]) -> Result<Credentials, SecretError> {
        let all = self.read()?;
        let mut credentials: Credentials = all
            .get(&owner.to_string())
            .map(|known| known.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone()))).collect())
            .unwrap_or_default();
        for field in fields {
            let variable = format!("COUNTERPART_{owner}_{field}").to_uppercase();
            if let Ok(value) = std::env::var(variable) {
                credentials.insert((*field).to_owned(), Secret::new(value));
            }
        }
        Ok(credentials)
    }

    /// The keyring of an owner whose secrets are kept here. Made before they are read, so that what it keeps never
    /// belongs to older ones.
    pub fn keyring(&self, owner: impl fmt::Display) -> Arc<dyn Keyring> {
        let owner = owner.to_string();
        let edition = self.editions.lock().unwrap_or_else(PoisonError::into_inner).get(&owner).copied().unwrap_or(0);
        Arc::new(OwnKeys { store: self.clone(), owner, edition })
    }

    /// Replaces an owner's secrets; the file is written anew beside the old one and renamed over it.
    pub fn put(&self, owner: impl fmt::Display, credentials: &Credentials) -> Result<(), SecretError> {
        let owner = owner.to_string();
        self.alter(|all, editions| {
            *editions.entry(owner.clone()).or_default() += 1;
            let values = credentials.iter().map(|(name, secret)| (name.clone(), secret.0.clone())).collect();
            all.insert(owner, values);
            true
        })
    }

    pub fn remove(&self, owner: impl fmt::Display) -> Result<(), SecretError> {
        let owner = owner.to_string();
        self.alter(|all, editions| {
            *editions.entry(owner.clone()).or_default() += 1;
            all.remove(&owner).is_some()
        })
    }

    /// Writes the file anew if `change` says that something changed.
    fn alter(&self, change: impl FnOnce(&mut Kept, &mut BTreeMap<String, u64>) -> bool) -> Result<(), SecretError> {
        let mut editions = self.editions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.read()?;
        if change(&mut all, &mut editions) { self.write(&all) } else { Ok(()) }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("secrets.toml")
    }

    fn check(&self) -> Result<(), SecretError> {
        check_private(&self.folder, 0o700)?;
        check_private(&self.file(), 0o600)
    }

    fn read(&self) -> Result<Kept, SecretError> {
        self.check()?;
        let path = self.file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(why) => return Err(SecretError::Io { doing: "read", path, why }),
        };
        // The parser's own message would quote the line, and with it the secret.
        toml::from_str(&text).map_err(|_| SecretError::Malformed { path, why: "not valid TOML".to_owned() })
    }

    fn write(&self, all: &Kept) -> Result<(), SecretError> {
        let path = self.file();
        let failed = |doing, path: &Path| {
            let path = path.to_owned();
            move |why| SecretError::Io { doing, path, why }
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(failed("create", &self.folder))?;
        check_private(&self.folder, 0o700)?;
        let text =
            toml::to_string(all).map_err(|why| SecretError::Malformed { path: path.clone(), why: why.to_string() })?;
        let fresh = self.folder.join(format!("secrets.toml.{}", std::process::id()));
        let _ = fs::remove_file(&fresh);
        let written =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh).and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                fs::rename(&fresh, &path)?;
                fs::File::open(&self.folder)?.sync_all()
            });
        written.map_err(failed("write", &path))
    }
}

/// Refuses a folder or file that is not ours alone. One that does not exist is fine.
fn check_private(path: &Path, mode: u32) -> Result<(), SecretError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(SecretError::Io { doing: "look at", path: path.to_owned(), why }),
    };
    let unsafe_because = |problem: String, mend: String| SecretError::Unsafe { path: path.to_owned(), problem, mend };
    if found.file_type().is_symlink() {
        return Err(unsafe_because("is a symbolic link".into(), "put the real folder or file there".into()));
    }
    let me = rustix::process::geteuid().as_raw();
    if found.uid() != me {
        return Err(unsafe_because(
            format!("belongs to user {}", found.uid()),
            format!("chown {me} {}", path.display()),
        ));
    }
    if found.mode() & 0o777 & !mode != 0 {
        let problem = format!("has mode {:o}, and others can get at it", found.mode() & 0o777);
        return Err(unsafe_because(problem, format!("make new keys, then chmod {mode:o} {}", path.display())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn token(value: &str) -> Credentials {
        Credentials::from([("token".to_owned(), Secret::new(value))])
    }

    #[test]
    fn a_secret_survives_and_shows_nothing() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("secrets");
        let store = SecretStore::open(&folder).unwrap();
        store.put("c1", &token("EAAA-canary")).unwrap();
        store.put("c2", &token("other")).unwrap();
        store.remove("c2").unwrap();
        let again = SecretStore::open(&folder).unwrap().get("c1", &["token"]).unwrap();
        assert_eq!(again["token"].reveal(), "EAAA-canary");
        assert!(!format!("{again:?}").contains("canary"));
        assert_eq!(fs::metadata(folder.join("secrets.toml")).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert!(store.get("c2", &[]).unwrap().is_empty());
    }

    #[test]
    fn keys_that_change_at_the_same_time_do_not_undo_each_other() {
        let home = tempfile::tempdir().unwrap();
        let store = SecretStore::open(&home.path().join("secrets")).unwrap();
        let owners: Vec<String> = (1..=8).map(|number| format!("c{number}")).collect();
        for owner in &owners {
            store.put(owner, &token("first")).unwrap();
        }
        std::thread::scope(|scope| {
            for owner in &owners {
                let keyring = store.keyring(owner);
                scope.spawn(move || {
                    for round in 0..10 {
                        keyring.keep(&token(&format!("{owner}-{round}"))).unwrap();
                    }
                });
            }
        });
        for owner in &owners {
            assert_eq!(store.get(owner, &[]).unwrap()["token"].reveal(), format!("{owner}-9"));
        }
    }

    #[test]
    fn what_runs_with_old_secrets_keeps_nothing_in_the_place_of_new_ones() {
        let home = tempfile::tempdir().unwrap();
        let store = SecretStore::open(&home.path().join("secrets")).unwrap();
        store.put("c1", &token("old")).unwrap();
        let old = store.keyring("c1");
        old.keep(&token("older still")).unwrap();
        assert_eq!(store.get("c1", &[]).unwrap()["token"].reveal(), "older still");
        store.put("c1", &token("new")).unwrap();
        old.keep(&token("late")).unwrap();
        assert_eq!(store.get("c1", &[]).unwrap()["token"].reveal(), "new");
        let new = store.keyring("c1");
        store.remove("c1").unwrap();
        new.keep(&token("late")).unwrap();
        assert!(store.get("c1", &[]).unwrap().is_empty(), "a connection that is gone leaves no secret behind");
    }

    #[test]
    fn an_open_file_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("secrets");
        let store = SecretStore::open(&folder).unwrap();
        store.put("c1", &token("x")).unwrap();
        fs::set_permissions(folder.join("secrets.toml"), fs::Permissions::from_mode(0o644)).unwrap();
        let message = SecretStore::open(&folder).unwrap_err().to_string();
        assert!(message.contains("644") && message.contains("chmod 600"), "{message}");
    }
}
