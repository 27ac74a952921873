//! How the engine is asked here: as whoever reads or writes a file asks it.

use std::future::Future;

use crate::protocol::{Problem, ProblemKind, Reply, Request, Window};

/// Rows asked for at once.
const PAGE: u32 = 500;

/// An answer that is waited for.
pub trait Asked: Future<Output = Result<Reply, Problem>> {}
impl<F: Future<Output = Result<Reply, Problem>>> Asked for F {}

/// Shows all rows of a list to `take`, page by page, with the number of all. `rows` takes both out of a reply.
pub async fn each_page<A: Asked, Row, E: From<Problem>>(
    engine: impl Fn(Request) -> A,
    request: impl Fn(Window) -> Request,
    mut rows: impl FnMut(Reply) -> Result<(u64, Vec<Row>), Problem>,
    mut take: impl FnMut(Vec<Row>, u64) -> Result<(), E>,
) -> Result<(), E> {
    let mut offset = 0;
    loop {
        let (total, page) = rows(engine(request(Window { offset, limit: PAGE })).await?)?;
        take(page, total)?;
        offset += u64::from(PAGE);
        if offset >= total {
            return Ok(());
        }
    }
}

/// A reply that answers something else: a fault of ours, told as such.
pub fn unexpected(reply: &Reply) -> Problem {
    let name = format!("{reply:?}").split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
    Problem {
        kind: ProblemKind::Failure,
        message: format!("the engine answered with {name}, which was not asked for"),
        hint: Some("the engine may be of another version: `counterpart stop`, then try again".to_owned()),
    }
}
