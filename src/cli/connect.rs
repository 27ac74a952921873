//! `connect`: keys come by prompt, by standard input or by environment, never by argument.

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

use serde::Serialize;

use super::arguments::ConnectArguments;
use super::follow::{rows, watch};
use super::front::{Front, unexpected};
use super::output::{print, print_json, remark};
use crate::domain::ConnectionId;
use crate::error::{Exit, Failure};
use crate::protocol::{ConnectionDraft, JobRow, PlatformRow, Reply, Request, TestReport};
use crate::secrets::{Credentials, Secret};

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
    let draft = ConnectionDraft {
        credentials: credentials(&platform, arguments.keys_from_stdin)?,
        platform: platform.id,
        name: arguments.name.clone().unwrap_or_default(),
        base_url: arguments.base_url.clone().unwrap_or_default(),
        allow_http: arguments.allow_http,
        ca_file: arguments.ca_file.as_deref().map(authorities).transpose()?,
        locations: arguments.location.clone(),
    };
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

/// Environment first (`COUNTERPART_TOKEN`), then standard input, then the keyboard.
fn credentials(platform: &PlatformRow, from_stdin: bool) -> Result<Credentials, Failure> {
    let mut credentials = Credentials::new();
    if from_stdin {
        for (number, line) in io::stdin().lock().lines().enumerate() {
            let line = line.map_err(|why| Failure::new(Exit::Failure, format!("cannot read the keys: {why}")))?;
            if line.trim().is_empty() {
                continue;
            }
            // Nothing of the line is repeated: any part of it may be a key.
            let known = line.split_once('=').and_then(|(name, value)| {
                let name = name.trim().to_lowercase();
                platform.credentials.iter().any(|(known, ..)| *known == name).then_some((name, value))
            });
            let Some((name, value)) = known else {
                return Err(Failure::new(
                    Exit::Usage,
                    format!("line {} of standard input is no key of {}", number + 1, platform.name),
                )
                .hint(format!("a line is {}", names(platform))));
            };
            credentials.insert(name, Secret::new(value));
        }
    }
    let asks = io::stdin().is_terminal() && !from_stdin;
    let mut shown = false;
    for (name, label, secret, required) in &platform.credentials {
        if let Ok(value) = std::env::var(format!("COUNTERPART_{}", name.to_uppercase())) {
            credentials.insert(name.clone(), Secret::new(value));
        }
        if credentials.contains_key(name) || !asks {
            continue;
        }
        if !shown {
            remark(&format!("{}\n", platform.docs.trim()));
            shown = true;
        }
        let optional = if *required { "" } else { " (leave blank if you have none)" };
        let typed = if *secret {
            rpassword::prompt_password(format!("{label}{optional}: "))
        } else {
            eprint_prompt(&format!("{label}{optional}: "));
            io::stdin().lock().lines().next().unwrap_or_else(|| Ok(String::new()))
        };
        let typed = typed.map_err(|why| Failure::new(Exit::Failure, format!("cannot read {label}: {why}")))?;
        if !typed.trim().is_empty() {
            credentials.insert(name.clone(), Secret::new(typed));
        }
    }
    let lacking: Vec<&str> = platform
        .credentials
        .iter()
        .filter(|(name, _, _, required)| *required && !credentials.contains_key(name))
        .map(|(name, ..)| name.as_str())
        .collect();
    if lacking.is_empty() && (!credentials.is_empty() || platform.credentials.is_empty()) {
        return Ok(credentials);
    }
    if lacking.is_empty() {
        // Each one may be left out, since there are several ways to log in; all of them at once may not.
        let any: Vec<String> =
            platform.credentials.iter().map(|(name, ..)| format!("COUNTERPART_{}", name.to_uppercase())).collect();
        return Err(Failure::new(Exit::Usage, format!("{} needs a key, and none was given", platform.name)).hint(
            format!(
                "set what you have of {}, or use --keys-from-stdin; `counterpart platforms {}` says which to make",
                any.join(", "),
                platform.id
            ),
        ));
    }
    let variables: Vec<String> = lacking.iter().map(|name| format!("COUNTERPART_{}", name.to_uppercase())).collect();
    Err(Failure::new(Exit::Usage, format!("{} needs {}", platform.name, lacking.join(" and "))).hint(format!(
        "set {} or use --keys-from-stdin; keys are not taken as arguments, since `ps` shows those",
        variables.join(" and ")
    )))
}

/// `token=… or secret=…`
fn names(platform: &PlatformRow) -> String {
    let names: Vec<String> = platform.credentials.iter().map(|(name, ..)| format!("{name}=…")).collect();
    names.join(" or ")
}

fn eprint_prompt(text: &str) {
    use std::io::Write;
    let _ = write!(io::stderr().lock(), "{text}");
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
