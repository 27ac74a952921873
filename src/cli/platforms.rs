//! `platforms`: what can be connected, the limits with their sources, and what becomes of each field there.

use super::arguments::PlatformsArguments;
use super::connect;
use super::front::{Front, unexpected};
use super::output::{Table, print, print_json};
use crate::domain::{BOTH_WAYS, most_in_words};
use crate::error::{Exit, Failure};
use crate::protocol::{Reply, Request};

pub async fn run(front: &Front, arguments: &PlatformsArguments) -> Result<Exit, Failure> {
    if let Some(id) = &arguments.platform {
        let row = connect::platform(front, id).await?;
        if front.json {
            print_json(&row)?;
            return Ok(Exit::Success);
        }
        print(&format!("{} ({}), API {}\n", row.name, row.side.label(), row.api_version))?;
        print(&format!("Quantities: {}\n{}\n", row.writes, row.guarantee))?;
        let mut limits = Table::new(&[("LIMIT", false), ("MOST", true), ("SOURCE", false)]);
        for (what, most, source) in &row.limits {
            limits.row(vec![what.clone(), most_in_words(*most), source.clone()]);
        }
        limits.print()?;
        print("")?;
        let mut fields = Table::new(&[("FIELD", false), ("USE", false), ("THERE", false), ("NOTE", false)]);
        for ((field, theirs, note), used) in row.fields.iter().zip(&row.uses) {
            fields.row(vec![field.clone(), used.clone(), theirs.clone(), note.clone()]);
        }
        fields.print()?;
        print(&format!("\n{BOTH_WAYS}; `counterpart fields` shows the rules"))?;
        print(&format!("\n{}", row.docs.trim()))?;
        return Ok(Exit::Success);
    }
    match front.ask(Request::Platforms).await? {
        Reply::Platforms { platforms } if front.json => print_json(&platforms)?,
        Reply::Platforms { platforms } => {
            let mut table =
                Table::new(&[("ID", false), ("NAME", false), ("SIDE", false), ("API", false), ("QUANTITIES", false)]);
            for row in platforms {
                table.row(vec![row.id, row.name, row.side.label().to_owned(), row.api_version, row.guarantee]);
            }
            table.print()?;
        }
        other => return Err(unexpected(&other)),
    }
    Ok(Exit::Success)
}
