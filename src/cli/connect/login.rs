//! A login in a terminal, also at the far end of an SSH line: an address to be opened in any browser, and what that
//! browser comes back with, pasted. Where the browser runs on this machine, it brings it by itself.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;

use super::landing::Landing;
use crate::cli::arguments::ConnectArguments;
use crate::cli::front::{Front, unexpected};
use crate::cli::output::{print_json, remark};
use crate::error::{Exit, Failure};
use crate::protocol::{ConnectionDraft, LoginRow, PlatformRow, Reply, Request};
use crate::secrets::Secret;

/// Lines of one paste follow each other faster than this.
const BREATH: Duration = Duration::from_millis(150);

/// A login that was begun, as `--login-url` prints it.
#[derive(Debug, Serialize)]
struct Begun {
    login: String,
    url: String,
    redirect: String,
    code_lives: u32,
}

async fn begin(front: &Front, draft: ConnectionDraft, redirect: Option<String>) -> Result<Begun, Failure> {
    match front.ask(Request::BeginLogin { draft, redirect }).await? {
        Reply::LoginBegun { login, url, redirect, code_lives } => Ok(Begun { login, url, redirect, code_lives }),
        other => Err(unexpected(&other)),
    }
}

async fn finish(front: &Front, login: &str, pasted: Secret) -> Result<(), Failure> {
    match front.ask(Request::FinishLogin { login: login.to_owned(), pasted }).await? {
        Reply::LoggedIn { .. } => Ok(()),
        other => Err(unexpected(&other)),
    }
}

/// `--login-url`
pub async fn begin_only(front: &Front, draft: ConnectionDraft, redirect: Option<String>) -> Result<Exit, Failure> {
    print_json(&begin(front, draft, redirect).await?)?;
    Ok(Exit::Success)
}

/// `--login ID --code -`
pub async fn finish_from_stdin(front: &Front, login: &str) -> Result<(), Failure> {
    let mut pasted = String::new();
    let read = io::stdin().lock().take(1 << 16).read_to_string(&mut pasted);
    read.map_err(|why| Failure::new(Exit::Failure, format!("cannot read the code: {why}")))?;
    finish(front, login, Secret::new(pasted)).await
}

/// Shows the page's address and waits for what comes back, as often as it takes. Gives the login's number.
pub async fn through_the_page(
    front: &Front,
    platform: &PlatformRow,
    login: &LoginRow,
    draft: &ConnectionDraft,
    arguments: &ConnectArguments,
) -> Result<String, Failure> {
    let begun = begin(front, draft.clone(), arguments.redirect.clone()).await?;
    let landing = if far_away() { None } else { Landing::open(&begun.redirect, &begun.url).await };
    show(platform, login, &begun, landing.is_some());
    let mut lines = keyboard();
    let mut last = None;
    loop {
        let landed = async {
            match &landing {
                Some(landing) => landing.next().await,
                None => std::future::pending().await,
            }
        };
        let pasted = tokio::select! {
            typed = pasted(&mut lines) => match typed {
                Some(line) if line.reveal().is_empty() => continue,
                Some(line) => line,
                None => return Err(last.unwrap_or_else(|| nobody_there(platform))),
            },
            brought = landed => brought,
        };
        match finish(front, &begun.login, pasted).await {
            Ok(()) => {
                remark(&format!("logged in to {}", platform.name));
                return Ok(begun.login);
            }
            Err(failure) => {
                remark(&format!("error: {}", failure.message));
                if let Some(hint) = &failure.hint {
                    remark(&format!("hint: {hint}"));
                }
                remark(&format!("\n{}\n", begun.url));
                prompt();
                last = Some(failure);
            }
        }
    }
}

/// A line, with those that come in the same breath: an address that was broken into lines is pasted as several.
async fn pasted(lines: &mut mpsc::UnboundedReceiver<String>) -> Option<Secret> {
    let mut all = lines.recv().await?;
    while let Ok(Some(more)) = tokio::time::timeout(BREATH, lines.recv()).await {
        all.push('\n');
        all.push_str(&more);
    }
    Some(Secret::new(all))
}

/// Whether the browser will be on another machine than we.
fn far_away() -> bool {
    ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].iter().any(|name| std::env::var_os(name).is_some())
}

fn show(platform: &PlatformRow, login: &LoginRow, begun: &Begun, listens: bool) {
    remark(&format!("Open this address in a browser, on any machine, and say yes to {}:", platform.name));
    // Alone on its line, so that a terminal takes it as one word.
    remark(&format!("\n{}\n", begun.url));
    let redirect = &begun.redirect;
    if listens {
        remark(
            "A browser on this machine brings the answer here by itself. From another one, copy the address that it \
             shows then (the page itself cannot be reached from there) and paste it here.",
        );
    } else if redirect.contains("://localhost") || redirect.contains("://127.0.0.1") || redirect.contains("://[::1]") {
        remark(&format!(
            "Then the browser goes to {redirect} and says that this page cannot be reached. That is as it should be: \
             copy the whole address from its address line and paste it here."
        ));
    } else {
        remark(&format!(
            "Then the browser goes to {redirect}: copy the whole address from its address line and paste it here."
        ));
    }
    let whole = if login.brings.is_empty() { "" } else { "; the code alone is not enough" };
    remark(&format!("From your yes on, there are {} for that{whole}.", lasting(begun.code_lives)));
    prompt();
}

fn lasting(seconds: u32) -> String {
    match seconds {
        0..=120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds / 60),
    }
}

fn prompt() {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "Address: ").and_then(|()| stderr.flush());
}

fn nobody_there(platform: &PlatformRow) -> Failure {
    Failure::new(Exit::Failure, format!("nothing was pasted, so {} is not connected", platform.name)).hint(
        "without a keyboard, `--login-url` prints the address and a number, and `--login NUMBER --code -` takes the \
         answer from standard input",
    )
}

/// Lines of standard input. The thread ends with the process: a read of a terminal cannot be broken off, and whoever
/// came back through the browser does not press Enter for it.
fn keyboard() -> mpsc::UnboundedReceiver<String> {
    let (said, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if said.send(line).is_err() {
                return;
            }
        }
        // The last line of a pipe is sent before its end is told.
        drop(said);
    });
    if !io::stdin().is_terminal() {
        remark("");
    }
    lines
}
