//! Holds the house together: who may import whom, and what certain rooms must never say. See `src/lib.rs`.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms with their floors; the first path that fits counts. Imports go downward, or stay in the room.
const ROOMS: &[(&str, u8)] = &[
    ("main", 8),
    ("lib", 9),
    ("tui", 7),
    ("cli", 7),
    ("demo", 7),
    ("server", 6),
    ("client", 6),
    ("engine", 5),
    ("connectors", 4),
    ("login", 3),
    ("wardrobe", 2),
    ("files", 2),
    ("http", 2),
    ("store", 2),
    ("sandbox", 2),
    ("platform", 1),
    ("protocol", 1),
    ("rules", 1),
    ("keys", 1),
    ("domain", 0),
    ("config", 0),
    ("secrets", 0),
    ("error", 0),
];

struct Source {
    path: PathBuf,
    /// `tui`, `main`
    room: String,
    /// Without comments, and without the tests at its end.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let inside = path.strip_prefix(&root).unwrap();
            let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            found.push(Source { path, room, code });
        }
    }
    assert!(found.len() > 50, "only {} source files found", found.len());
    let tests = test_modules(&found);
    found.retain(|source| !tests.iter().any(|module| source.path.starts_with(module)));
    found
}

/// Files and folders of modules that exist for tests only: `#[cfg(test)] mod samples;`
fn test_modules(sources: &[Source]) -> Vec<PathBuf> {
    let mut modules = Vec::new();
    for source in sources {
        for (place, mark) in source.code.match_indices("#[cfg(test)]\nmod ") {
            let name: String =
                source.code[place + mark.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let stem = source.path.file_stem().unwrap().to_str().unwrap();
            let folder = source.path.parent().unwrap();
            let inside = if ["mod", "lib", "main"].contains(&stem) { folder.to_owned() } else { folder.join(stem) };
            modules.push(inside.join(format!("{name}.rs")));
            modules.push(inside.join(name));
        }
    }
    modules
}

fn floor(room: &str) -> u8 {
    let known = ROOMS.iter().find(|(name, _)| *name == room);
    known.unwrap_or_else(|| panic!("{room} is no room of src/lib.rs: give it a floor here and there")).1
}

/// The rooms that a file names after `crate::` (or `counterpart::` in main.rs), also inside `use crate::{a, b}`.
fn named_rooms(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for prefix in ["crate::", "counterpart::"] {
        for (place, _) in code.match_indices(prefix) {
            let rest = &code[place + prefix.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let mut depth = 0;
                let mut name = String::new();
                let mut at_start = true;
                for character in group.chars() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => at_start = true,
                        c if at_start && (c.is_alphanumeric() || c == '_') => name.push(c),
                        c if at_start && !name.is_empty() && !c.is_whitespace() => at_start = false,
                        _ => {}
                    }
                    if (!at_start || character == ',') && !name.is_empty() {
                        rooms.push(std::mem::take(&mut name));
                    }
                }
                rooms.extend((!name.is_empty()).then_some(name));
            } else {
                rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    rooms
}

#[test]
fn imports_go_downward_only() {
    let mut upward = Vec::new();
    for source in sources() {
        let own = floor(&source.room);
        for named in named_rooms(&source.code) {
            if named == source.room || (source.room == "lib") {
                continue;
            }
            if floor(&named) >= own {
                upward.push(format!("{} (floor {own}) names {named} (floor {})", source.path.display(), floor(&named)));
            }
        }
    }
    assert!(upward.is_empty(), "imports must go downward:\n{}", upward.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_groups() {
    assert_eq!(named_rooms("use crate::{domain::{A, B}, store, tui::run};"), ["domain", "store", "tui"]);
    assert_eq!(named_rooms("let x = crate::http::Http;"), ["http"]);
}

#[test]
fn some_words_belong_to_one_room() {
    let mut wrong = Vec::new();
    for source in sources() {
        let mut forbid = |word: &str, rooms: &[&str]| {
            if !rooms.contains(&source.room.as_str()) && source.code.contains(word) {
                wrong.push(format!("{} says {word}", source.path.display()));
            }
        };
        forbid("sled::", &["store"]);
        forbid("reqwest::", &["http"]);
        forbid("crossterm::", &["tui"]);
        forbid("ratatui::", &["tui"]);
        forbid("SystemTime::now", &["platform"]);
        forbid("static mut", &[]);
        if ["domain", "rules"].contains(&source.room.as_str()) {
            for word in ["std::fs", "std::net", "std::env", "tokio", "Instant", "fastrand", "async fn", "println!"] {
                if source.code.contains(word) {
                    wrong.push(format!("{} says {word}, but {} is pure", source.path.display(), source.room));
                }
            }
        }
        if ["tui", "cli"].contains(&source.room.as_str()) {
            for room in ["store", "connectors", "http", "engine"] {
                if source.room == "tui" && named_rooms(&source.code).iter().any(|named| named == room) {
                    wrong.push(format!("{} touches {room}; fronts speak the protocol", source.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_platform_is_named_outside_its_folder() {
    let connectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/connectors");
    let platforms: Vec<String> = fs::read_dir(&connectors)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(platforms.len() >= 3, "{platforms:?}");
    let mut wrong = Vec::new();
    for source in sources() {
        // The demo is a story with two shops in it; it says which.
        if source.path == connectors.join("mod.rs") || source.room == "demo" {
            continue;
        }
        let code = source.code.to_lowercase();
        for platform in &platforms {
            if !source.path.starts_with(connectors.join(platform)) && code.contains(platform.as_str()) {
                wrong.push(format!("{} names {platform}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_pane_imports_another() {
    let panes = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/panes");
    let names: Vec<String> = fs::read_dir(&panes)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "mod")
        .collect();
    assert!(names.len() >= 3, "{names:?}");
    for source in sources().iter().filter(|source| source.path.starts_with(&panes)) {
        let inside = source.path.strip_prefix(&panes).unwrap();
        let own = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        for other in names.iter().filter(|name| *name != own && own != "mod") {
            let imported =
                source.code.contains(&format!("panes::{other}")) || source.code.contains(&format!("super::{other}::"));
            assert!(!imported, "{} imports the pane {other}", source.path.display());
        }
    }
}

#[test]
fn every_room_of_the_map_is_in_this_test() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for (room, floor) in ROOMS.iter().filter(|(room, _)| *room != "lib") {
        let row = map.lines().find(|line| {
            line.starts_with("//! |")
                && (line.contains(&format!("[`{room}`]")) || line.contains(&format!("`{room}.rs`")))
        });
        let row = row.unwrap_or_else(|| panic!("{room} is missing in the map"));
        assert!(row.contains(&format!("| {floor} |")), "{room}: the map says another floor: {row}");
    }
}

#[test]
fn files_stay_readable() {
    let long: Vec<String> = sources()
        .iter()
        .map(|source| (source, fs::read_to_string(&source.path).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > 600)
        .map(|(source, lines)| format!("{}: {lines} lines", source.path.display()))
        .collect();
    assert!(long.is_empty(), "cut these along a noun:\n{}", long.join("\n"));
}
