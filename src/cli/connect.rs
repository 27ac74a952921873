//! `connect`: keys come by prompt, by standard input or by environment, never by argument.

mod keys;
mod landing;
mod login;

use std::path::Path;

use serde::Serialize;

use super::arguments::ConnectArguments;
use super::follow::{rows, watch};
use super::front::{Front, unexpected};
use super::output::{print, print_json, remark};
use crate::domain::ConnectionId;
use crate::error::{Exit, Failure};
use crate::protocol::{ConnectionDraft, JobRow, PlatformRow, Reply, Request, TestReport};
use crate::secrets::Credentials;

/// What a certificate in PEM form begins with.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// What `--json` prints when a shop was connected.
#[derive(Serialize)]
struct Connected<'a> {
    connection: ConnectionId,
    found: &'a TestReport,
    import: &'a [JobRow],
}

pub async fn run(front: &Front, arguments: &ConnectArguments) -> Result<Exit, Failure> {
    let platform = platform(front, &arguments.platform).await?;
    let name = arguments.name.clone().unwrap_or_default();
    let mut draft = ConnectionDraft {
        credentials: Credentials::new(),
        platform: platform.id.clone(),
        name,
        base_url: arguments.base_url.clone().unwrap_or_default(),
        allow_http: arguments.allow_http,
        ca_file: arguments.ca_file.as_deref().map(authorities).transpose()?,
        locations: arguments.location.clone(),
        login: arguments.login.clone(),
    };
    match (&platform.login, &arguments.login) {
        (_, Some(begun)) => {
            if arguments.code.is_some() {
                login::finish_from_stdin(front, begun).await?;
            }
        }
        (None, None) => draft.credentials = keys::credentials(&platform, arguments.keys_from_stdin, false)?.0,
        (Some(login), None) => {
            let known = front.status().await?.connections;
            let again = known.iter().any(|row| row.name.as_str().eq_ignore_ascii_case(draft.name.trim()));
            let (credentials, has_key) = keys::credentials(&platform, arguments.keys_from_stdin, again)?;
            draft.credentials = credentials;
            if arguments.login_url {
                return login::begin_only(front, draft, arguments.redirect.clone()).await;
            }
            if !has_key {
                draft.login = Some(login::through_the_page(front, &platform, login, &draft, arguments).await?);
            }
        }
    }
    if arguments.login_url {
        return Err(Failure::new(Exit::Usage, format!("{} has no page to log in on", platform.name))
            .hint(format!("`counterpart platforms {}` says how to get a key", platform.id)));
    }
    let kept = draft.login.clone();
    let connected = connect(front, arguments, draft).await;
    connected.map_err(|failure| match kept {
        // Nobody has to say yes on the page once more for a mistake elsewhere.
        Some(login) if failure.exit != Exit::Success && arguments.login.is_none() => {
            remark(&format!("the login itself is kept for an hour: repeat the command with --login {login}"));
            failure
        }
        _ => failure,
    })
}

async fn connect(front: &Front, arguments: &ConnectArguments, draft: ConnectionDraft) -> Result<Exit, Failure> {
    if arguments.test {
        return match front.ask(Request::TestConnection { draft }).await? {
            Reply::Tested(report) => {
                told(front, &report)?;
                Ok(if report.missing_permissions.is_empty() { Exit::Success } else { Exit::Partial })
            }
            other => Err(unexpected(&other)),
        };
    }
    match front.ask(Request::Connect { draft }).await? {
        Reply::Connected { connection, report, import } => {
            remark(&format!("connected as {connection}; the first import is job {import}"));
            if !front.json {
                told(front, &report)?;
            }
            let (import, exit) = match arguments.no_wait {
                true => (rows(front, &[import]).await?, Exit::Success),
                false => watch(front, &[import]).await?,
            };
            if front.json {
                print_json(&Connected { connection, found: &report, import: &import })?;
            }
            Ok(exit)
        }
        other => Err(unexpected(&other)),
    }
}

/// A file of certificate authorities, as the engine will find it: it may have another working folder than we.
fn authorities(path: &Path) -> Result<String, Failure> {
    let hint = "--ca-file takes a file in PEM form, with -----BEGIN CERTIFICATE----- in it";
    let wrong =
        |why: String| Failure::new(Exit::Usage, format!("the certificate file {} {why}", path.display())).hint(hint);
    let content = std::fs::read(path).map_err(|why| wrong(format!("cannot be read: {why}")))?;
    if !content.windows(BEGIN.len()).any(|part| part == BEGIN) {
        return Err(wrong("holds no certificate".to_owned()));
    }
    let whole = std::path::absolute(path).map_err(|why| wrong(format!("cannot be found: {why}")))?;
    Ok(whole.display().to_string())
}

pub async fn platform(front: &Front, id: &str) -> Result<PlatformRow, Failure> {
    match front.ask(Request::Platforms).await? {
        Reply::Platforms { platforms } => {
            let known: Vec<String> = platforms.iter().map(|row| row.id.clone()).collect();
            platforms.into_iter().find(|row| row.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
                Failure::new(Exit::Usage, format!("there is no platform {id:?}"))
                    .hint(format!("there are {}", known.join(", ")))
            })
        }
        other => Err(unexpected(&other)),
    }
}

fn told(front: &Front, report: &TestReport) -> Result<(), Failure> {
    if front.json {
        return print_json(report);
    }
    let locations: Vec<String> = report
        .locations
        .iter()
        .map(|location| {
            format!("  {} ({}){}", location.name, location.id, if location.active { "" } else { ", closed" })
        })
        .collect();
    print(&format!("shop         {} ({})", report.shop_name, report.currency))?;
    print(&format!("locations\n{}", locations.join("\n")))?;
    if !report.permissions.is_empty() {
        print(&format!("permissions  {}", report.permissions.join(", ")))?;
    }
    if !report.missing_permissions.is_empty() {
        print(&format!("missing      {}", report.missing_permissions.join(", ")))?;
    }
    print(&format!("quantities   {}", report.guarantee))?;
    for warning in &report.warnings {
        remark(&format!("warning: {warning}"));
    }
    Ok(())
}
