//! The store as a whole, on real files: what goes in comes out, and what lies on the disk may be hurt in many ways.

mod entries;
mod folder;
mod history;
mod memory;
mod recovery;

use std::fs;
use std::path::{Path, PathBuf};

use super::model::Model;
use super::{Entry, HistoryPage, HistoryQuery, Opened, Options, Store, samples};
use crate::domain::{JobId, Timestamp};

const NOW: Timestamp = Timestamp(1_795_287_600_000);

/// A folder for one store, and a model of what should be in it.
struct Bench {
    _home: tempfile::TempDir,
    folder: PathBuf,
    options: Options,
    model: Model,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("store");
        let options = Options { keep_free: 1 << 20, cache: 16 << 20, ..Options::default() };
        Self { _home: home, folder, options, model: Model::new() }
    }

    fn open(&self) -> (Store, Opened) {
        Store::open_with(&self.folder, &self.options).unwrap()
    }

    /// Opens, and expects that there was nothing to tell; but that a disk is nearly full is true of some machines.
    fn open_quietly(&self) -> Store {
        let (store, mut opened) = self.open();
        opened.notes.retain(|note| !note.contains("MB are free on the store's disk"));
        assert_eq!(opened.notes, Vec::<String>::new());
        store
    }

    async fn commit(&mut self, store: &Store, entries: Vec<Entry>) -> u64 {
        self.model.commit(&entries);
        store.commit(NOW, entries).await.unwrap()
    }

    /// A store with some of everything, closed again.
    async fn filled() -> Self {
        let mut bench = Self::new();
        let store = bench.open_quietly();
        bench.commit(&store, vec![Entry::ConnectionKept(samples::connection(1))]).await;
        for entry in samples::entries() {
            if !matches!(entry, Entry::ConnectionRemoved(_) | Entry::JobForgotten(_) | Entry::LinkRemoved { .. }) {
                bench.commit(&store, vec![entry]).await;
            }
        }
        for id in 1..30 {
            bench.commit(&store, vec![Entry::ListingSeen(Box::new(samples::listing(id, 1)))]).await;
        }
        drop(store);
        bench
    }

    async fn check(&self, store: &Store) {
        assert_eq!(store.load().await.unwrap(), self.model.load());
        for job in (1..6).map(JobId) {
            let steps = store.steps(job, crate::domain::StepIndex(0), usize::MAX).await.unwrap();
            assert_eq!(steps, self.model.steps_from(job, crate::domain::StepIndex(0), usize::MAX));
            assert_eq!(store.refusals(job).await.unwrap(), self.model.refusals(job));
        }
        let all = HistoryQuery { limit: usize::MAX, scan: usize::MAX, ..HistoryQuery::default() };
        let (found, right) = (store.history(all.clone()).await.unwrap(), self.model.history(&all));
        assert_eq!((found.more, right.more), (None, None));
        let lines = |page: HistoryPage| page.lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>();
        assert_eq!(lines(found), lines(right));
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    }

    fn database(&self) -> PathBuf {
        self.folder.join(fs::read_to_string(self.folder.join("current")).unwrap().trim())
    }

    fn last_segment(&self) -> PathBuf {
        let segments = fs::read_dir(self.folder.join("journal")).unwrap();
        segments.map(|entry| entry.unwrap().path()).max().unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x20;
    fs::write(path, bytes).unwrap();
}
