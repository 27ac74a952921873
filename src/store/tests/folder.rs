//! The folder: ours alone, one process at a time.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::Bench;
use crate::store::{Store, StoreError};

#[tokio::test]
async fn a_second_opener_hears_who_has_it() {
    let bench = Bench::new();
    let first = bench.open_quietly();
    let refused = Store::open(&bench.folder).unwrap_err();
    let StoreError::InUse { holder, .. } = &refused else { panic!("{refused}") };
    assert!(holder.starts_with(&format!("{} on ", std::process::id())), "{refused}");
    drop(first);
    bench.open_quietly();
}

#[tokio::test]
async fn everything_in_it_is_private() {
    let bench = Bench::filled().await;
    let store = bench.open_quietly();
    assert_private(&bench.folder);
    drop(store);
}

fn assert_private(path: &Path) {
    let found = fs::metadata(path).unwrap();
    let expected = if found.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(found.mode() & 0o777, expected, "{}", path.display());
    if found.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| assert_private(&entry.unwrap().path()));
    }
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let bench = Bench::new();
    fs::create_dir(&bench.folder).unwrap();
    fs::set_permissions(&bench.folder, Permissions::from_mode(0o770)).unwrap();
    let refused = Store::open(&bench.folder).unwrap_err().to_string();
    assert!(refused.contains("mode 770") && refused.contains("chmod 700"), "{refused}");
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let bench = Bench::new();
    fs::create_dir(&bench.folder).unwrap();
    if std::os::unix::fs::chown(&bench.folder, Some(12_345), None).is_err() {
        eprintln!("SKIPPED: only the superuser can give a folder away");
        return;
    }
    let refused = Store::open(&bench.folder).unwrap_err().to_string();
    assert!(refused.contains("belongs to user 12345") && refused.contains("--home"), "{refused}");
}

#[test]
fn a_place_where_nothing_can_be_made_is_refused_with_advice() {
    let bench = Bench::new();
    fs::write(&bench.folder, "a file").unwrap();
    let refused = Store::open(&bench.folder.join("store")).unwrap_err();
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused}");
    assert!(refused.to_string().contains("--home"), "{refused}");

    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o500)).unwrap();
    match Store::open(&home.path().join("store")) {
        Ok(_) => eprintln!("SKIPPED: the superuser may write everywhere"),
        Err(refused) => assert!(refused.to_string().contains("chmod u+rwx"), "{refused}"),
    }
}
