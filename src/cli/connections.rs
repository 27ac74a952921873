//! `connections` and `status`.

use super::arguments::ConnectionsArguments;
use super::confirm::confirm;
use super::front::Front;
use super::output::{Table, age, counted, print, print_json, remark};
use crate::domain::ConnectionState;
use crate::error::{Exit, Failure};
use crate::protocol::{ConnectionRow, Request, Status};
use crate::rules::gauge;

pub async fn run(front: &Front, arguments: &ConnectionsArguments) -> Result<Exit, Failure> {
    if let Some(name) = &arguments.remove {
        let row = front.connection(name).await?;
        let question = format!("Forget {} with its {}?", row.name, counted(row.listings, "listing"));
        if !confirm(&question, arguments.yes)? {
            remark("nothing was changed");
            return Ok(Exit::Failure);
        }
        let exit = front.done(Request::Disconnect { connection: row.id }).await?;
        remark(&format!("{} is forgotten; nothing was changed there", row.name));
        return Ok(exit);
    }
    let status = front.status().await?;
    if front.json {
        print_json(&status.connections)?;
    } else {
        table(&status)?;
    }
    if status.connections.is_empty() {
        remark("no shop is connected yet\nhint: `counterpart connect PLATFORM`, or `counterpart demo` to try it");
    }
    Ok(Exit::Success)
}

pub async fn status(front: &Front) -> Result<Exit, Failure> {
    let status = front.status().await?;
    if front.json {
        print_json(&status)?;
        return Ok(Exit::Success);
    }
    table(&status)?;
    let report = match &status.report {
        Some(report) => format!(
            "{}, {} without{}",
            counted(report.candidates, "candidate"),
            report.without_candidate,
            if report.stale { ", the catalogue changed since" } else { "" }
        ),
        None => "not made yet".to_owned(),
    };
    print(&format!(
        "\njobs         {} running, {} waiting, {} with trouble\nlink report  {report}\nhome         {}\nversion      {}",
        status.jobs_running, status.jobs_waiting, status.jobs_troubled, status.home, status.version
    ))?;
    Ok(Exit::Success)
}

fn table(status: &Status) -> Result<(), Failure> {
    let mut table = Table::new(&[
        ("ID", false),
        ("NAME", false),
        ("PLATFORM", false),
        ("SIDE", false),
        ("STATE", false),
        ("LISTINGS", true),
        ("READ", false),
        ("RATE", false),
        ("LOCATIONS", false),
        ("ADDRESS", false),
    ]);
    for row in &status.connections {
        let locations: Vec<&str> = row.locations.iter().map(|location| location.name.as_str()).collect();
        table.row(vec![
            row.id.to_string(),
            row.name.to_string(),
            row.platform.clone(),
            row.side.label().to_owned(),
            state(row, status),
            row.listings.to_string(),
            row.read_at.map_or_else(|| "never".to_owned(), |at| age(status.now.seconds_since(at))),
            row.rate.as_ref().map_or_else(String::new, |rate| gauge::brief(rate, status.now)),
            locations.join(", "),
            row.base_url.clone(),
        ]);
    }
    if status.connections.is_empty() {
        return Ok(());
    }
    table.print()?;
    for row in &status.connections {
        ending(row);
    }
    Ok(())
}

/// Says that a login has to be renewed by its owner, while there is time, or when it is too late.
fn ending(row: &ConnectionRow) {
    let name = row.name.as_str();
    match (&row.state, row.login_ends) {
        (ConnectionState::NeedsLogin { why }, _) => {
            remark(&format!("warning: {name} needs you: {why}\nhint: `{}`", row.log_in));
        }
        (_, Some(ends)) => {
            remark(&format!("warning: the login of {name} ends at {ends}: log in again with\n  {}", row.log_in));
        }
        (_, None) => {}
    }
}

fn state(row: &ConnectionRow, status: &Status) -> String {
    match &row.state {
        ConnectionState::Unknown => "not called yet".to_owned(),
        ConnectionState::Online if row.login_ends.is_some() => "online, login ends".to_owned(),
        ConnectionState::Online => "online".to_owned(),
        ConnectionState::Offline { since, .. } => format!("offline since {}", age(status.now.seconds_since(*since))),
        ConnectionState::NeedsLogin { .. } => "needs login".to_owned(),
    }
}
