//! A disk that is really full. Only the superuser can make a small one; elsewhere this is skipped.

use std::path::{Path, PathBuf};

use counterpart::domain::Timestamp;
use counterpart::store::{Options, Store, StoreError};
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use crate::bench;

struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mounted(path: &Path) -> Option<Self> {
        let options = Some("size=24m,mode=0700");
        match mount(Some("tmpfs"), path, Some("tmpfs"), MsFlags::empty(), options) {
            Ok(()) => Some(Self(path.to_owned())),
            Err(why) => {
                eprintln!("SKIPPED: no small disk can be made here ({why})");
                None
            }
        }
    }

    fn grow(&self) {
        mount(Some("tmpfs"), &self.0, Some("tmpfs"), MsFlags::MS_REMOUNT, Some("size=96m")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whatever still has a file open on it lets go of it later.
        let _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

#[tokio::test]
async fn on_a_full_disk_nothing_is_promised_and_nothing_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mounted(home.path()) else { return };
    let folder = home.path().join("store");
    // Without a reserve, so that the calls themselves fail; and with one, as the program has it.
    for keep_free in [0, 4 << 20] {
        let options = Options { keep_free, ..bench::options() };
        let folder = folder.join(keep_free.to_string());
        let (store, _) = Store::open_with(&folder, &options).unwrap();
        let mut acknowledged = 0;
        let refused = loop {
            match store.commit(Timestamp(0), bench::entries_of(0, acknowledged)).await {
                Ok(_) => acknowledged += 1,
                Err(why) => break why,
            }
        };
        match &refused {
            StoreError::Full { .. } => {}
            StoreError::Stopped { why } if keep_free == 0 => assert!(why.contains("free some space"), "{why}"),
            other => panic!("{other}"),
        }
        assert!(acknowledged > 100, "full after {acknowledged} commits: {refused}");
        drop(store);
        if keep_free == 0 {
            // With no room at all it may refuse to open, but says so and hurts nothing.
            if let Err(why) = Store::open_with(&folder, &bench::options()) {
                assert!(matches!(why, StoreError::Full { .. }), "{why}");
            }
            disk.grow();
        }
        let (store, opened) = Store::open_with(&folder, &Options { keep_free: 0, ..options }).unwrap();
        assert!(!opened.notes.iter().any(|note| note.contains("rebuilt")), "{opened:?}");
        let loaded = store.load().await.unwrap();
        bench::check(&loaded);
        assert!(bench::next_numbers(&loaded)[0] >= acknowledged, "{opened:?}");
        drop(store);
        if keep_free == 0 {
            std::fs::remove_dir_all(&folder).unwrap();
            mount(Some("tmpfs"), home.path(), Some("tmpfs"), MsFlags::MS_REMOUNT, Some("size=24m")).unwrap();
        }
    }
}
