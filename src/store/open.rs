//! Opening: from whatever lies in the folder to a store whose journal, second copy and trees agree.
//!
//! 1. The folder is ours alone, and the lock is taken.
//! 2. The journal is read through: every checksum and the chain. An unfinished end is noted; a damage inside is refused
//!    with the segment's name.
//! 3. The database that `current` names is opened (H2 before, H3 after).
//! 4. The heads are compared. The journal is longer: the rest is replayed into the database. The database is longer (the
//!    journal lost its end): the rest is taken from the second copy. They contradict each other: the journal is right.
//! 5. A database that does not open, is of an older layout or contradicts the journal is set aside under another name,
//!    never deleted, and a new one is built from the journal.
//!
//! Every step may be cut off: what is built is used only once `current` names it, and what is cut was never promised.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::database::Database;
use super::folder::{self, DatabaseNumber, Lock};
use super::forms::{self, Identity};
use super::habits;
use super::journal::record::{Head, Kind, Record};
use super::journal::scan::{self, Scanned};
use super::journal::{Journal, NotAppended};
use super::options::Options;
use super::projection::meta;
use super::rebuild::{SCHEMA, build, replay};
use super::shelf::{Changes, Tree, record};
use super::trouble::{Outcome, Trouble};
use super::{Opened, StoreError};

/// An open store, before its thread takes it.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) folder: PathBuf,
    pub(super) journal: Journal,
    pub(super) database: Database,
    /// Last, so that it is let go when everything else is closed.
    pub(super) _lock: Lock,
}

/// Bytes without which the database cannot open at all, and would look as if it were damaged.
const LEAST_TO_OPEN: u64 = 16 << 20;

pub(super) fn open(folder: &Path, options: &Options) -> Result<(Parts, Opened), StoreError> {
    folder::prepare(folder)?;
    let lock = Lock::take(folder)?;
    // Relative paths would end with a change of the working folder; sled also joins them with its own.
    let folder = &fs::canonicalize(folder).map_err(|why| Trouble::file("find", folder)(why).on_opening(folder))?;
    open_locked(folder, options, lock).map_err(|trouble| trouble.on_opening(folder))
}

fn open_locked(folder: &Path, options: &Options, lock: Lock) -> Outcome<(Parts, Opened)> {
    let mut notes = Vec::new();
    let (free, size) = folder::free_space(folder)?;
    if free < LEAST_TO_OPEN.min(options.keep_free) {
        return Err(Trouble::file("open", folder)(std::io::ErrorKind::StorageFull.into()));
    }
    notes.extend(low_space(free, size, options));

    let journal_folder = journal_folder(folder);
    folder::make_private(&journal_folder)?;
    habits::sync_one(folder)?;
    let scanned = scan::scan(&journal_folder, &mut |_| Ok(()))?;
    let unfinished = scanned.segments.last().map_or(0, |segment| segment.unfinished);

    let current = DatabaseNumber::current(folder)?;
    let found = match current {
        Some(number) => look_at_database(folder, number, &journal_folder, &scanned, options)?,
        None => Found::None,
    };
    if scanned.head.seq == 0 && current.is_some() && !matches!(found, Found::Good(_)) {
        return Err(Trouble::Damaged(
            "the journal is empty, and its second copy in the database cannot be read either; nothing was changed. \
             Restore a backup into this folder"
                .to_owned(),
        ));
    }

    let mut journal = Journal::go_on(&journal_folder, &scanned, options)?;
    let found = found.brought_together(&mut journal, &journal_folder, &mut notes)?;
    if unfinished > 0 {
        notes.push(format!(
            "the last {unfinished} bytes of the journal were not complete and were cut off; they had never been \
             acknowledged or came back from the second copy"
        ));
    }
    if journal.head().seq == 0 {
        let identity = forms::wrap(&Identity(random_bytes()?))?;
        journal.append(&[(Kind::Origin, identity)]).map_err(NotAppended::trouble)?;
    }
    let database = match found {
        Found::Good(database) => database,
        Found::None => start_database(folder, None, &journal_folder, options, &mut notes, None)?,
        Found::Bad { why } => start_database(folder, current, &journal_folder, options, &mut notes, Some(why))?,
    };
    tidy(folder, &mut notes)?;
    let identity = match record(&database, Tree::Meta, meta::IDENTITY)? {
        Some(bytes) => forms::open::<Identity>(&bytes)?.0,
        None => return Err(Trouble::Damaged("the store has no identity".to_owned())),
    };
    Ok((Parts { folder: folder.to_owned(), journal, database, _lock: lock }, Opened { notes, identity }))
}

pub(super) fn journal_folder(folder: &Path) -> PathBuf {
    folder.join("journal")
}

fn low_space(free: u64, size: u64, options: &Options) -> Option<String> {
    let scarce = free < options.keep_free.saturating_mul(2) || free < size / 20;
    scarce.then(|| {
        let (free, least) = (free >> 20, options.keep_free >> 20);
        format!("only {free} MB are free on the store's disk; with less than {least} MB nothing more is written")
    })
}

/// What became of the database in use.
enum Found {
    Good(Database),
    /// There has never been one.
    None,
    /// A plain half-sentence.
    Bad {
        why: String,
    },
}

/// Opens the database, and looks whether it belongs to this journal.
fn look_at_database(
    folder: &Path,
    number: DatabaseNumber,
    journal: &Path,
    scanned: &Scanned,
    options: &Options,
) -> Outcome<Found> {
    let path = number.path(folder);
    if !path.is_dir() {
        return Ok(Found::Bad { why: "was missing".to_owned() });
    }
    if DatabaseNumber::is_distrusted(folder) {
        return Ok(Found::Bad { why: "was found to be damaged".to_owned() });
    }
    match belongs(&path, journal, scanned, options) {
        Ok(found) => Ok(found),
        Err(trouble) if trouble.is_circumstance() => Err(trouble),
        Err(trouble) => Ok(Found::Bad { why: format!("did not open ({trouble})") }),
    }
}

fn belongs(path: &Path, journal: &Path, scanned: &Scanned, options: &Options) -> Outcome<Found> {
    let database = Database::open(path, options)?;
    let schema = database.schema()?;
    if let Some(found) = schema.filter(|found| *found > SCHEMA) {
        return Err(Trouble::Newer { found, known: SCHEMA });
    }
    let bad = |why: &str| Ok(Found::Bad { why: why.to_owned() });
    let identity = record(&database, Tree::Meta, meta::IDENTITY)?;
    let (Some(schema), Some(head), Some(_)) = (schema, database.head()?, identity) else { return bad("was empty") };
    if record(&database, Tree::Meta, meta::UNFINISHED)?.is_some() {
        return bad("was cut off in the middle of a large change");
    }
    if schema < SCHEMA {
        return bad("was laid out by an older version of this program");
    }
    if head.seq <= scanned.head.seq && scan::head_at(journal, scanned, head.seq)? != head {
        return bad("contradicted the journal");
    }
    Ok(Found::Good(database))
}

impl Found {
    /// Makes the shorter of journal and database as long as the other one.
    fn brought_together(self, journal: &mut Journal, folder: &Path, notes: &mut Vec<String>) -> Outcome<Self> {
        let Self::Good(database) = self else { return Ok(self) };
        let Some(head) = database.head()? else { return Ok(Self::Bad { why: "was empty".to_owned() }) };
        if head.seq > journal.head().seq {
            restore_journal(&database, journal, head, notes)?;
            return Ok(Self::Good(database));
        }
        // As nearly always; a large journal takes seconds to read.
        if head == journal.head() {
            return Ok(Self::Good(database));
        }
        match replay_rest(&database, folder, head) {
            Ok(()) => Ok(Self::Good(database)),
            Err(trouble) if trouble.is_circumstance() => Err(trouble),
            Err(trouble) => Ok(Self::Bad { why: format!("could not be brought up to the journal ({trouble})") }),
        }
    }
}

/// The journal lost its end: takes it from the second copy. If that is not whole either, something that was once
/// acknowledged is gone, which only a person may accept.
fn restore_journal(database: &Database, journal: &mut Journal, head: Head, notes: &mut Vec<String>) -> Outcome<()> {
    let start = journal.head();
    // Once without writing, so that nothing is changed if it cannot be done.
    read_second_copy(database, start, head, &mut |_| Ok(())).map_err(|trouble| match trouble {
        Trouble::Damaged(why) => Trouble::Damaged(format!(
            "the journal ends with record {}, although {} were written, and {why}; nothing was changed. Restore a \
             backup, or move the file current away to go on with what the journal has",
            start.seq, head.seq
        )),
        other => other,
    })?;
    let mut portion: Vec<(Head, Vec<u8>)> = Vec::new();
    let mut size = 0;
    read_second_copy(database, start, head, &mut |record| {
        portion.push((record.head(), record.bytes.to_vec()));
        size += record.bytes.len();
        if size > 4 << 20 {
            journal.append_records(&portion).map_err(NotAppended::trouble)?;
            portion.clear();
            size = 0;
        }
        Ok(())
    })?;
    journal.append_records(&portion).map_err(NotAppended::trouble)?;
    let missing = head.seq - start.seq;
    notes.push(format!("the end of the journal was lost; {missing} records were taken from the second copy"));
    Ok(())
}

/// Shows the records after `start` up to `end` as the database has them, if their chain is whole.
pub(super) fn read_second_copy(
    database: &Database,
    start: Head,
    end: Head,
    visit: &mut dyn FnMut(&Record<'_>) -> Outcome<()>,
) -> Outcome<()> {
    let mut last = start;
    while last != end {
        let seq = last.seq + 1;
        let bytes = record(database, Tree::Journal, &seq.to_be_bytes())?;
        match bytes.as_deref().and_then(Record::first).filter(|record| record.follows(last) && seq <= end.seq) {
            Some(record) => {
                visit(&record)?;
                last = record.head();
            }
            None => return Err(Trouble::Damaged(format!("record {seq} of the journal's second copy is damaged"))),
        }
    }
    Ok(())
}

/// The database is behind, after a power cut or a kill between the two: replays what it does not know.
fn replay_rest(database: &Database, folder: &Path, head: Head) -> Outcome<()> {
    let mut trees = Changes::over(database, database.largest_value());
    let mut replayed = false;
    scan::scan(folder, &mut |record| {
        if record.seq <= head.seq {
            return Ok(());
        }
        replayed = true;
        replay(&mut trees, record)
    })?;
    if !replayed {
        return Ok(());
    }
    database.apply(trees.into_writes())?;
    database.settle()
}

/// Builds a database under a name that was never used, makes it the current one, and puts the old one aside.
fn start_database(
    folder: &Path,
    old: Option<DatabaseNumber>,
    journal: &Path,
    options: &Options,
    notes: &mut Vec<String>,
    why: Option<String>,
) -> Outcome<Database> {
    let mut highest = old.map_or(0, |old| old.0);
    for number in DatabaseNumber::all(folder)? {
        highest = highest.max(number.0);
        // Higher than the current one means: its building was cut off, and nobody ever used it. With no current one
        // nobody can tell, so nothing is deleted.
        if old.is_some_and(|old| number > old) {
            let path = number.path(folder);
            fs::remove_dir_all(&path).map_err(Trouble::file("remove", &path))?;
        }
    }
    let number = DatabaseNumber(highest).next();
    let (database, head) = build(&number.path(folder), journal, options)?;
    number.make_current(folder)?;
    let Some((old, why)) = old.zip(why) else { return Ok(database) };
    let entries = head.seq;
    let aside = match set_aside(folder, old)? {
        Some(to) => format!(" and was set aside as {}", to.display()),
        None => String::new(),
    };
    notes.push(format!(
        "the database {why}{aside}; it was rebuilt from the journal ({entries} records), nothing is lost"
    ));
    Ok(database)
}

/// Renames a database that is not used any more; `None` if it is not there.
fn set_aside(folder: &Path, number: DatabaseNumber) -> Outcome<Option<PathBuf>> {
    let from = number.path(folder);
    if !from.is_dir() {
        return Ok(None);
    }
    let mut to = number.set_aside(folder);
    while to.exists() {
        to.as_mut_os_string().push("-again");
    }
    fs::rename(&from, &to).map_err(Trouble::file("rename", &from))?;
    habits::sync_one(folder)?;
    Ok(Some(to))
}

/// What an earlier opening left when it was cut off: a database that was built and never used goes, one that was
/// replaced is put aside.
fn tidy(folder: &Path, notes: &mut Vec<String>) -> Outcome<()> {
    let Some(current) = DatabaseNumber::current(folder)? else { return Ok(()) };
    for number in DatabaseNumber::all(folder)? {
        if number > current {
            let path = number.path(folder);
            fs::remove_dir_all(&path).map_err(Trouble::file("remove", &path))?;
        } else if number < current
            && let Some(to) = set_aside(folder, number)?
        {
            notes.push(format!("a database that did not open was set aside as {}", to.display()));
        }
    }
    Ok(())
}

/// An empty folder that nobody else has.
pub(super) fn temporary_folder() -> Result<PathBuf, StoreError> {
    let base = std::env::temp_dir();
    let made = random_bytes().and_then(|bytes| {
        let name = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let folder = base.join(format!("counterpart-{name}"));
        folder::make_private(&folder).map(|()| folder)
    });
    made.map_err(|trouble| trouble.on_opening(&base))
}

fn random_bytes() -> Outcome<[u8; 16]> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0; 16];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut bytes)).map_err(Trouble::file("read", path))?;
    Ok(bytes)
}

impl NotAppended {
    /// While opening, both kinds end the attempt.
    fn trouble(self) -> Trouble {
        match self {
            Self::Refused(trouble) | Self::Unclear(trouble) => trouble,
        }
    }
}
