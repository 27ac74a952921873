//! Documents that repeat what the program knows must not drift from it.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use counterpart::keys::{Keymap, markdown};

/// `UPDATE_README=1 cargo test --test documents` writes the table.
#[test]
fn the_readmes_key_table_is_the_programs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- keys -->\n").expect("README.md has a mark for the keys");
    let (table, after) = rest.split_once("<!-- /keys -->").expect("README.md has an end mark for the keys");
    let current = format!("{}\n", markdown(&Keymap::built_in()).trim_end());
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(&path, format!("{before}<!-- keys -->\n{current}<!-- /keys -->{after}")).unwrap();
        return;
    }
    assert_eq!(table, current, "the key table in README.md is stale: UPDATE_README=1 cargo test --test documents");
}

#[test]
fn the_readmes_exit_codes_are_the_programs() {
    use counterpart::error::Exit;
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for (exit, words) in [
        (Exit::Success, "done"),
        (Exit::Failure, "failed"),
        (Exit::Usage, "wrong use"),
        (Exit::Partial, "done in part"),
        (Exit::Platform, "a platform cannot be reached"),
        (Exit::Store, "the store or the engine"),
    ] {
        assert!(readme.contains(&format!("| {} | {words}", exit as u8)), "{exit:?}");
    }
}

#[test]
fn the_readme_says_how_each_platform_is_connected() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for platform in counterpart::connectors::all() {
        let profile = platform.profile;
        let command = format!("| {} | `counterpart connect {}", profile.name, profile.id);
        let lines: Vec<&str> = readme.lines().filter(|line| line.starts_with(&command)).collect();
        let [line] = lines[..] else { panic!("README.md needs one line that begins with {command:?}: {lines:?}") };
        // An address that is each shop's own has to be given.
        assert_eq!(line.contains("--base-url https://"), profile.default_base_url.is_none(), "{line}");
    }
}

/// What is wrong in the official descriptions of a platform stands in one list of its contract test, with the reason.
#[test]
fn every_contract_test_has_its_list_of_known_faults() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut lists = 0;
    for entry in fs::read_dir(&tests).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("contract_") {
            continue;
        }
        let files: Vec<_> = match path.is_dir() {
            true => fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()).collect(),
            false => vec![path],
        };
        let text: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        assert_eq!(text.matches("const KNOWN_FAULTS:").count(), 1, "{name}");
        lists += 1;
    }
    assert_eq!(lists, counterpart::connectors::all().len());
}
