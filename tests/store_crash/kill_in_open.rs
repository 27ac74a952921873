//! Kill -9 before every single call with which opening changes a file; then it has to open, with everything in it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use counterpart::store::{Loaded, Store};

use crate::bench;
use crate::children::{Role, start};
use crate::file_calls::{Ended, watch};

/// A store that was killed while writing: a snapshot of the database, and a tail after it.
struct Template {
    _home: tempfile::TempDir,
    folder: PathBuf,
    loaded: Loaded,
}

impl Template {
    /// Its journal may be one group ahead of its database: what was cut off before it was acknowledged.
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("store");
        for commits in [120, 40] {
            let mut child = start(Role::Write, &folder, None);
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert_eq!(lines.filter(|line| line.as_ref().unwrap().contains("ack")).take(commits).count(), commits);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let copy = home.path().join("copy");
        copy_folder(&folder, &copy);
        let (store, _) = Store::open_with(&copy, &bench::options()).unwrap();
        let loaded = store.load().await.unwrap();
        bench::check(&loaded);
        Self { _home: home, folder, loaded }
    }

    /// The same, opened and closed since: journal and database are equally long.
    async fn settled() -> Self {
        let template = Self::new().await;
        drop(Store::open_with(&template.folder, &bench::options()).unwrap());
        template
    }

    /// Kills the opening of a copy before its first file call, of another copy before its second, and so on; `hurt`
    /// changes each copy before. Gives the number of kills.
    async fn kill_at_every_call(&self, hurt: impl Fn(&Path)) -> Option<usize> {
        let home = tempfile::tempdir().unwrap();
        for kill in 0.. {
            let folder = home.path().join(kill.to_string());
            copy_folder(&self.folder, &folder);
            hurt(&folder);
            let mut call = 0;
            let mut at = None;
            let ended = watch(start(Role::Open, &folder, None), |found| {
                call += 1;
                at = Some(found.clone());
                call == kill + 1
            })?;
            let (store, opened) = Store::open_with(&folder, &bench::options())
                .unwrap_or_else(|why| panic!("killed before call {kill}, {at:?}: {why}"));
            assert_eq!(store.load().await.unwrap(), self.loaded, "killed before call {kill}, {at:?}: {opened:?}");
            // The check takes long; every seventh place, and the last, will do.
            if kill % 7 == 0 || ended == Ended::ByItself {
                assert_eq!(store.verify().await.unwrap(), Vec::<String>::new(), "call {kill}, {at:?}: {opened:?}");
            }
            drop(store);
            fs::remove_dir_all(&folder).unwrap();
            if ended == Ended::ByItself {
                return Some(kill);
            }
        }
        None
    }
}

#[tokio::test]
async fn a_store_opens_after_a_kill_at_any_call_of_its_opening() {
    let template = Template::new().await;
    let Some(kills) = template.kill_at_every_call(|_| ()).await else { return };
    assert!(kills >= 15, "only {kills} kills: does the harness see the calls?");
    eprintln!("{kills} kills in opening");
}

#[tokio::test]
async fn a_rebuild_may_be_killed_at_any_call() {
    let template = Template::new().await;
    let without_database = |folder: &Path| fs::remove_dir_all(database(folder)).unwrap();
    let Some(kills) = template.kill_at_every_call(without_database).await else { return };
    assert!(kills >= 30, "only {kills} kills: does the harness see the calls?");
    eprintln!("{kills} kills in rebuilding");
}

#[tokio::test]
async fn the_replacement_of_a_damaged_database_may_be_killed_at_any_call() {
    let template = Template::new().await;
    let with_damage = |folder: &Path| fs::write(database(folder).join("conf"), "not what it was").unwrap();
    let Some(kills) = template.kill_at_every_call(with_damage).await else { return };
    assert!(kills >= 30, "only {kills} kills: does the harness see the calls?");
    eprintln!("{kills} kills in replacing");
}

#[tokio::test]
async fn the_mending_of_the_journal_may_be_killed_at_any_call() {
    let template = Template::settled().await;
    let without_journal = |folder: &Path| fs::remove_dir_all(folder.join("journal")).unwrap();
    let Some(kills) = template.kill_at_every_call(without_journal).await else { return };
    assert!(kills >= 15, "only {kills} kills: does the harness see the calls?");
    eprintln!("{kills} kills in mending the journal");
}

#[tokio::test]
async fn a_new_store_may_be_killed_at_any_call() {
    let home = tempfile::tempdir().unwrap();
    for kill in 0.. {
        let folder = home.path().join(kill.to_string());
        let mut call = 0;
        let watched = watch(start(Role::Open, &folder, None), |_| {
            call += 1;
            call == kill + 1
        });
        let Some(ended) = watched else { return };
        let (store, opened) = Store::open_with(&folder, &bench::options()).unwrap();
        assert_eq!(store.load().await.unwrap().connections, vec![]);
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new(), "call {kill}: {opened:?}");
        if ended == Ended::ByItself {
            assert!(kill >= 20, "only {kill} kills: does the harness see the calls?");
            eprintln!("{kill} kills in creating");
            break;
        }
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join(fs::read_to_string(folder.join("current")).unwrap().trim())
}

fn copy_folder(from: &Path, to: &Path) {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
