//! The check of everything: the journal against itself, its second copy against it, and the trees against a database
//! that is built anew from it.

use std::fs;

use super::database::Database;
use super::habits;
use super::journal::record::Head;
use super::journal::scan;
use super::open::{Parts, journal_folder, read_second_copy};
use super::options::Options;
use super::rebuild::build;
use super::shelf::{Shelf, Tree};
use super::trouble::{Outcome, Trouble};

/// Sentences about what is wrong; empty if all is well. Commits wait while it runs: some seconds for a hundred thousand
/// listings.
pub(super) fn verify(parts: &Parts, options: &Options) -> Outcome<Vec<String>> {
    let mut wrong = Vec::new();
    let journal = journal_folder(&parts.folder);
    let head = parts.journal.head();
    match scan::scan(&journal, &mut |_| Ok(())) {
        Ok(scanned) if scanned.head == head => {}
        Ok(scanned) => wrong.push(format!(
            "the journal on the disk ends with record {}, but record {} was the last one written",
            scanned.head.seq, head.seq
        )),
        Err(trouble) => wrong.push(trouble.to_string()),
    }
    if let Err(trouble) = read_second_copy(&parts.database, Head::default(), head, &mut |_| Ok(())) {
        wrong.push(format!("the journal's second copy in the database: {trouble}"));
    }
    if !wrong.is_empty() {
        // Without a whole journal there is nothing to compare the trees with.
        return Ok(wrong);
    }
    let folder = parts.folder.join("check");
    clear(&folder)?;
    let (fresh, _) = build(&folder, &journal, options)?;
    for tree in Tree::ALL {
        wrong.extend(compare(&parts.database, &fresh, tree)?);
    }
    drop(fresh);
    clear(&folder)?;
    Ok(wrong)
}

fn clear(folder: &std::path::Path) -> Outcome<()> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(Trouble::file("remove", folder)(why)),
        _ => Ok(()),
    }
}

/// A sentence about a tree that is not what the journal says, with the first place where it differs.
fn compare(found: &Database, right: &Database, tree: Tree) -> Outcome<Option<String>> {
    if hash(found, tree)? == hash(right, tree)? {
        return Ok(None);
    }
    let (mut differing, mut first) = (0u64, None);
    let mut note = |key: &[u8]| {
        differing += 1;
        first.get_or_insert_with(|| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    };
    found.walk(tree, &[], &[], &mut |key, value| {
        if right.value(tree, key)?.as_deref() != Some(value) {
            note(key);
        }
        Ok(true)
    })?;
    right.walk(tree, &[], &[], &mut |key, _| {
        if found.value(tree, key)?.is_none() {
            note(key);
        }
        Ok(true)
    })?;
    let first = first.unwrap_or_default();
    Ok(Some(format!(
        "the {} tree differs from the journal in {differing} values, first at key {first}; move the file current away \
         and start again to have it rebuilt",
        tree.name()
    )))
}

/// Of all keys and values; a value that is too large counts as a difference.
fn hash(database: &Database, tree: Tree) -> Outcome<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    database.walk(tree, &[], &[], &mut |key, value| {
        hasher.update(&(key.len() as u64).to_le_bytes());
        hasher.update(key);
        hasher.update(&(value.len() as u64).to_le_bytes());
        hasher.update(value);
        if !habits::is_small(value) {
            hasher.update(b"too large");
        }
        Ok(true)
    })?;
    Ok(hasher.finalize())
}
