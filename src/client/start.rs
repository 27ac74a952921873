//! Starting the engine in the background: a process of its own that outlives this one.

use std::fs;
use std::io::{IsTerminal, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use crate::config::Home;
use crate::protocol::{Problem, ProblemKind};

use super::problem;

/// How long an engine may take to listen: a million products take minutes on a slow machine.
const OPENING: Duration = Duration::from_secs(900);

/// Whoever waits longer is told what for.
const QUIET: Duration = Duration::from_secs(2);

/// How long to go on looking after our process ended: another terminal may have been quicker, and its engine be on
/// the way.
const ANOTHER: Duration = Duration::from_secs(5);

/// How an engine says that another one has its store.
const IN_USE: &str = " is in use by process ";

/// Between two looks.
const LOOK: Duration = Duration::from_millis(30);

/// Why there is no way to an engine.
pub enum NoWay {
    /// None runs.
    Nobody,
    /// One may run, but we do not get at it; the sentence says why.
    Closed(Problem),
}

/// Connects to the engine that listens; why not, otherwise.
pub async fn connect(home: &Home) -> Result<UnixStream, NoWay> {
    let path = home.socket();
    UnixStream::connect(&path).await.map_err(|why| match why.kind() {
        // Whatever else may be wrong with the path, starting an engine says it best.
        kind if kind != std::io::ErrorKind::PermissionDenied => NoWay::Nobody,
        _ => {
            let hint = "it may belong to another user: choose a home of your own with --home, or run as that user";
            let message = format!("cannot attach to the engine at {}: {why}", path.display());
            NoWay::Closed(problem(ProblemKind::Store, message, hint))
        }
    })
}

/// Starts an engine and waits until it listens.
pub async fn start(home: &Home) -> Result<UnixStream, Problem> {
    let mut log = log(home)?;
    let from = log.seek(SeekFrom::End(0)).unwrap_or(0);
    let mut child = spawn(home, &log)?;
    let opened = tokio::time::Instant::now();
    let mut ended: Option<(tokio::time::Instant, Duration)> = None;
    let mut told = false;
    loop {
        if let Ok(stream) = connect(home).await {
            return Ok(stream);
        }
        if ended.is_none() && !matches!(child.try_wait(), Ok(None)) {
            // An engine that has the store already may take as long to listen as ours would have.
            let another = if is_on_its_way(&said(&mut log, from)) { OPENING } else { ANOTHER };
            ended = Some((tokio::time::Instant::now(), another));
        }
        let given_up = ended.is_some_and(|(ended, another)| ended.elapsed() > another) || opened.elapsed() > OPENING;
        if given_up {
            return Err(failed(home, &mut log, from));
        }
        if !told && opened.elapsed() > QUIET && std::io::stderr().is_terminal() {
            told = true;
            // The terminal may be gone, and with it who could read this.
            let _ =
                writeln!(std::io::stderr(), "The engine is reading its store; a million products take some minutes");
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn spawn(home: &Home, log: &fs::File) -> Result<Child, Problem> {
    let refused = |why: std::io::Error| {
        let hint = "run `counterpart serve` in another terminal to see what it says";
        problem(ProblemKind::Store, format!("the engine could not be started: {why}"), hint)
    };
    let program = std::env::current_exe().map_err(refused)?;
    let mut command = Command::new(program);
    if Home::of_user().as_ref() != Some(home)
        && let Some(folder) = home.config.parent()
    {
        command.arg("--home").arg(folder);
    }
    command
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(refused)?)
        .stderr(log.try_clone().map_err(refused)?)
        // A group of its own: Ctrl-C in this terminal is not meant for it.
        .process_group(0)
        .kill_on_drop(false);
    command.spawn().map_err(refused)
}

fn log(home: &Home) -> Result<fs::File, Problem> {
    let path = home.log();
    let made = path.parent().map_or(Ok(()), |folder| fs::DirBuilder::new().recursive(true).mode(0o700).create(folder));
    let opened =
        made.and_then(|()| fs::OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(&path));
    opened.map_err(|why| {
        let hint = "check that the folder is yours and not read-only, or choose another one with --home";
        problem(ProblemKind::Store, format!("the log {} cannot be written: {why}", path.display()), hint)
    })
}

/// Whether the process that has the store is an engine, which will listen in time. A demo has a store too, and never
/// listens. Where the system does not show what a process is, it is taken for one of those.
fn is_on_its_way(said: &str) -> bool {
    let holder = said.rsplit_once(IN_USE).map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect());
    let words = holder.and_then(|holder: String| fs::read(format!("/proc/{holder}/cmdline")).ok());
    words.is_some_and(|words| words.split(|byte| *byte == 0).any(|word| word == b"serve"))
}

/// What the log says from there on.
fn said(log: &mut fs::File, from: u64) -> String {
    let mut said = String::new();
    let read = log.seek(SeekFrom::Start(from)).and_then(|_| log.take(64 << 10).read_to_string(&mut said));
    if read.is_err() {
        said.clear();
    }
    said
}

/// What the engine said before it ended.
fn failed(home: &Home, log: &mut fs::File, from: u64) -> Problem {
    let said = said(log, from);
    let lines: Vec<String> = said.lines().map(crate::domain::clean).filter(|line| !line.is_empty()).collect();
    let hint = lines.iter().rev().find_map(|line| line.strip_prefix("hint: ")).map(str::to_owned);
    let told = lines.iter().rev().find_map(|line| line.strip_prefix("error: ")).map(str::to_owned);
    let told = told.unwrap_or_else(|| lines[lines.len().saturating_sub(3)..].join(" · "));
    let message = if told.is_empty() {
        "the engine did not start, and did not say why".to_owned()
    } else {
        format!("the engine did not start: {told}")
    };
    let look = format!("its log is {}", home.log().display());
    problem(ProblemKind::Store, message, hint.map_or(look.clone(), |hint| format!("{hint}; {look}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_engine_is_waited_for() {
        assert!(!is_on_its_way("error: the disk is full"));
        assert!(!is_on_its_way("error: the store at /x is in use by process 4294967295 on vm"));
        let this = std::process::id();
        assert!(!is_on_its_way(&format!("error: the store at /x is in use by process {this} on vm")), "no `serve`");
    }

    #[test]
    fn what_the_engine_said_last_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let mut file = log(&home).unwrap();
        writeln!(file, "error: from yesterday").unwrap();
        let from = file.seek(SeekFrom::End(0)).unwrap();
        writeln!(file, "INFO opening\nerror: the store at /x is in use by process 7\nhint: end it first").unwrap();
        let problem = failed(&home, &mut file, from);
        assert_eq!(problem.message, "the engine did not start: the store at /x is in use by process 7");
        assert!(problem.hint.unwrap().starts_with("end it first; its log is "));
    }
}
