//! What belongs together, in a file that a person wrote or edited.

use std::io::Read as _;
use std::path::Path;

use super::ask::{Asked, unexpected};
use crate::domain::{PairRow, Side};
use crate::protocol::{Problem, ProblemKind, RejectedLine, Reply, Request};
use crate::rules::exchange::{Names, pairs, read as table};

/// Larger files are cut by their owner: all rows travel at once.
const MOST_ROWS: usize = 250_000;
const MOST_BYTES: u64 = 256 << 20;

/// What stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct PairsRead {
    pub pairs: Vec<PairRow>,
    /// Rows that name nothing.
    pub unread: Vec<RejectedLine>,
    /// Rows without a yes in the column `link`.
    pub left_alone: u64,
}

/// Reads a file. The engine is asked for the shops' names, by which columns may be called.
pub async fn read<A: Asked>(engine: impl Fn(Request) -> A, file: &Path) -> Result<PairsRead, Problem> {
    let cannot = |why: String| Problem {
        kind: ProblemKind::Usage,
        message: format!("cannot read {}: {why}", file.display()),
        hint: Some("`counterpart link --help` says what such a file looks like".to_owned()),
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(|why| cannot(why.to_string()))?;
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|why| cannot(why.to_string()))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(cannot("it is larger than 256 MiB; cut it into several files".to_owned()));
    }
    let table = table(&bytes).map_err(|why| cannot(why.to_string()))?;
    drop(bytes);
    let status = match engine(Request::Status).await? {
        Reply::Status(status) => status,
        other => return Err(unexpected(&other)),
    };
    let mut names = Names::default();
    for row in status.connections {
        let all = if row.side == Side::InStore { &mut names.in_store } else { &mut names.online };
        all.extend([row.name.to_string(), row.platform]);
    }
    let found = pairs(&table, &names).map_err(|why| cannot(why.to_string()))?;
    drop(table);
    if found.pairs.len() > MOST_ROWS {
        let why =
            format!("it has {} rows, and {MOST_ROWS} are read at a time; cut it into several files", found.pairs.len());
        return Err(cannot(why));
    }
    let unread = found.rejected.into_iter().map(|(line, row, reason)| RejectedLine { line, row, reason });
    Ok(PairsRead { pairs: found.pairs, unread: unread.collect(), left_alone: found.left_alone as u64 })
}
