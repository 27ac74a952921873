//! The trees from the journal: for a new store, a database that did not open, a new layout, and the check.

use std::path::Path;

use super::database::Database;
use super::forms::{self, Commit, Identity};
use super::journal::record::{Head, Kind, Record};
use super::journal::scan;
use super::options::Options;
use super::projection::{keep_record, meta, project, project_origin};
use super::shelf::{Changes, Shelf, Tree};
use super::trouble::{Outcome, Trouble};

/// The version of the trees' layout: what lies under which key. A store with a higher one is refused; one with a lower
/// one is rebuilt from the journal, which is all there is to a migration (the journal's records bring their own
/// versions, see `forms/`).
pub(super) const SCHEMA: u32 = 3;

/// Writes held in memory before they go into a database that is being filled.
const PORTION: usize = 20_000;

/// What one record of the journal does: its second copy, and the trees.
pub(super) fn replay(trees: &mut Changes<'_, impl Shelf>, record: &Record<'_>) -> Outcome<()> {
    let at = |trouble| match trouble {
        Trouble::Damaged(why) => Trouble::Damaged(format!("record {} of the journal: {why}", record.seq)),
        other => other,
    };
    match record.kind {
        Kind::Origin => project_origin(trees, &forms::unwrap::<Identity>(record.payload).map_err(at)?),
        Kind::Commit => project(trees, record.seq, &forms::unwrap::<Commit>(record.payload).map_err(at)?),
    }
    .map_err(at)?;
    keep_record(trees, record.head(), record.bytes)
}

/// A new database in `folder`, filled with everything that the journal holds, safe on the disk.
pub(super) fn build(folder: &Path, journal: &Path, options: &Options) -> Outcome<(Database, Head)> {
    let database = Database::open(folder, options)?;
    let mut trees = Changes::over(&database, database.largest_value());
    let scanned = scan::scan(journal, &mut |record| {
        replay(&mut trees, record)?;
        if trees.count() >= PORTION {
            database.fill(trees.take())?;
        }
        Ok(())
    })?;
    trees.put(Tree::Meta, meta::SCHEMA, &SCHEMA.to_le_bytes())?;
    database.fill(trees.into_writes())?;
    database.settle()?;
    super::habits::sync_after_open(folder)?;
    Ok((database, scanned.head))
}
