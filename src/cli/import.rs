//! `import`: read what changed, or everything.

use super::arguments::ImportArguments;
use super::follow::{follow, rows};
use super::front::{Front, unexpected};
use super::output::{counted, print_json, remark};
use crate::error::{Exit, Failure};
use crate::protocol::{Reply, Request};

pub async fn run(front: &Front, arguments: &ImportArguments) -> Result<Exit, Failure> {
    let connection = front.connection_id(arguments.connection.as_deref()).await?;
    match front.ask(Request::Import { connection, full: arguments.full }).await? {
        Reply::Started { jobs } if jobs.is_empty() => Err(Failure::new(Exit::Usage, "no shop is connected yet")
            .hint("connect one first: `counterpart connect PLATFORM`")),
        Reply::Started { jobs } if arguments.no_wait => {
            remark(&format!("{} started", counted(jobs.len() as u64, "import")));
            if front.json {
                print_json(&rows(front, &jobs).await?)?;
            }
            Ok(Exit::Success)
        }
        Reply::Started { jobs } => follow(front, &jobs).await,
        other => Err(unexpected(&other)),
    }
}
