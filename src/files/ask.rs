//! How the engine is asked here: as whoever reads or writes a file asks it.

use std::future::Future;

use crate::protocol::{Problem, ProblemKind, Reply};

/// An answer that is waited for.
pub trait Asked: Future<Output = Result<Reply, Problem>> {}
impl<F: Future<Output = Result<Reply, Problem>>> Asked for F {}

/// A reply that answers something else: a fault of ours, told as such.
pub fn unexpected(reply: &Reply) -> Problem {
    let name = format!("{reply:?}").split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
    Problem {
        kind: ProblemKind::Failure,
        message: format!("the engine answered with {name}, which was not asked for"),
        hint: Some("the engine may be of another version: `counterpart stop`, then try again".to_owned()),
    }
}
