//! The same on a command line: the real program, attached to an engine that knows a platform with a page.

use std::process::Stdio;
use std::sync::Arc;

use counterpart::config::Home;
use counterpart::engine::Options;
use counterpart::platform::Clock;
use counterpart::protocol::Problem;
use counterpart::server;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::paged::imitation::Mishap;
use super::paged::{LIVES, World};

/// An engine behind the socket of a home.
struct Line {
    world: World,
    serving: JoinHandle<Result<(), Problem>>,
}

const KEYS: [(&str, &str); 2] =
    [("COUNTERPART_CLIENT_ID", "app-1"), ("COUNTERPART_CLIENT_SECRET", "s3cret-of-the-app")];

impl Line {
    async fn open() -> Self {
        let world = World::new().await;
        let (home, shops) = (Home::at(world.folder.path()), world.shops());
        let clock: Arc<dyn Clock> = world.clock.clone();
        let (tell, told) = tokio::sync::oneshot::channel();
        let serving = tokio::spawn(async move {
            let options = Options { poll: None, ..Options::default() };
            server::serve(&home, shops, clock, options, |_| tell.send(()).unwrap()).await.map(|_| ())
        });
        told.await.unwrap();
        Self { world, serving }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
        command.arg("--home").arg(self.world.folder.path()).args(arguments).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"] {
            command.env_remove(name);
        }
        command
    }

    fn connect(&self, arguments: &[&str]) -> Command {
        let url = &self.world.imitation.url;
        let mut command = self.command(&[&["connect", "paged", "--base-url", url], arguments].concat());
        command.envs(KEYS);
        command
    }

    async fn close(self) {
        assert!(self.command(&["stop"]).status().await.unwrap().success());
        self.serving.await.unwrap().unwrap();
    }
}

/// Runs it to its end, with this on its standard input: (exit code, stdout, stderr).
async fn told(mut command: Command, input: &str) -> (Option<i32>, String, String) {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What it says on stderr up to a line that is so: that line.
async fn line(said: &mut (impl AsyncBufReadExt + Unpin), so: impl Fn(&str) -> bool) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).await.unwrap(), 0, "it ended without the line");
        if so(&line) {
            return line.trim_end().to_owned();
        }
    }
}

/// The address of the page, alone on its line.
async fn shown(child: &mut Child) -> (String, BufReader<tokio::process::ChildStderr>) {
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let url = line(&mut said, |line| line.starts_with("http")).await;
    (url, said)
}

#[tokio::test]
async fn a_script_takes_the_address_and_gives_the_answer() {
    let bed = Line::open().await;
    let (code, begun, stderr) = told(bed.connect(&["--login-url"]), "").await;
    assert_eq!(code, Some(0), "{stderr}");
    let begun: serde_json::Value = serde_json::from_str(&begun).unwrap();
    assert_eq!((&begun["code_lives"], &begun["redirect"]), (&60.into(), &"https://localhost/".into()));
    let login = begun["login"].as_str().unwrap();
    let go_on = ["connect", "paged", "--login", login, "--code", "-", "--json"];

    let (code, stdout, stderr) = told(bed.command(&go_on), "https://localhost/?error=access_denied\n").await;
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.contains("somebody said no on the page") && stderr.contains("hint: "), "{stderr}");

    let answer = bed.world.imitation.says_yes(begun["url"].as_str().unwrap());
    let (code, stdout, stderr) = told(bed.command(&go_on), &answer).await;
    assert_eq!(code, Some(0), "{stderr}");
    let connected: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (&connected["found"]["shop_name"], &connected["import"][0]["job"]["state"]),
        (&"Paged".into(), &"done".into())
    );
    assert!(!format!("{stdout}{stderr}").contains("canary"));
    // A code as an argument would be shown by `ps`.
    let (code, _, stderr) = told(bed.command(&["connect", "paged", "--login", login, "--code", "abc"]), "").await;
    assert_eq!(code, Some(2), "{stderr}");
    bed.close().await;
}

#[tokio::test]
async fn far_away_the_answer_is_pasted_and_a_wrong_one_is_no_end() {
    let bed = Line::open().await;
    let mut child = bed.connect(&[]).env("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22").spawn().unwrap();
    let (url, mut said) = shown(&mut child).await;
    let words = line(&mut said, |line| line.contains("cannot be reached")).await;
    assert!(words.contains("That is as it should be") && words.contains("https://localhost/"), "{words}");
    line(&mut said, |line| line.contains("60 seconds")).await;
    let mut keyboard = child.stdin.take().unwrap();
    keyboard.write_all(b"https://localhost/?code=abcd&state=other\n").await.unwrap();
    line(&mut said, |line| line.contains("error: that address is the answer to another login")).await;
    // The address once more.
    assert_eq!(line(&mut said, |line| line.starts_with("http")).await, url);
    // Broken in the middle, as a terminal breaks it.
    let answer = bed.world.imitation.says_yes(&url);
    let (start, end) = answer.split_at(answer.len() / 2);
    keyboard.write_all(format!("{start}\n{end}\n").as_bytes()).await.unwrap();
    line(&mut said, |line| line.contains("logged in to Paged")).await;
    let mut rest = String::new();
    said.read_to_string(&mut rest).await.unwrap();
    assert!(child.wait().await.unwrap().success(), "{rest}");
    bed.close().await;
}

#[tokio::test]
async fn a_browser_on_this_machine_brings_the_answer_by_itself() {
    let bed = Line::open().await;
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let redirect = format!("http://127.0.0.1:{port}/back");
    let mut child = bed.connect(&["--redirect", &redirect]).spawn().unwrap();
    let (url, mut said) = shown(&mut child).await;
    line(&mut said, |line| line.contains("brings the answer here by itself")).await;
    // The keyboard is still there, and nobody touches it.
    let keyboard = child.stdin.take();
    let answer = bed.world.imitation.says_yes(&url);
    let target = answer.strip_prefix(&format!("http://127.0.0.1:{port}")).unwrap();
    let mut browser = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    browser.write_all(format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut page = String::new();
    browser.read_to_string(&mut page).await.unwrap();
    assert!(page.contains("You can close this page"), "{page}");
    let mut rest = String::new();
    said.read_to_string(&mut rest).await.unwrap();
    assert!(child.wait().await.unwrap().success(), "{rest}");
    assert!(rest.contains("logged in to Paged"), "{rest}");
    drop(keyboard);

    // Far away nobody listens: that browser is on another machine.
    let mut child = bed.connect(&["--redirect", &redirect]).env("SSH_TTY", "/dev/pts/1").spawn().unwrap();
    let (_, mut said) = shown(&mut child).await;
    line(&mut said, |line| line.contains("paste it here")).await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    drop(child.stdin.take());
    let mut rest = String::new();
    said.read_to_string(&mut rest).await.unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(1));
    assert!(rest.contains("nothing was pasted") && rest.contains("--login-url"), "{rest}");
    bed.close().await;
}

#[tokio::test]
async fn a_login_that_will_end_is_told_by_connections_and_status() {
    let bed = Line::open().await;
    let (_, begun, _) = told(bed.connect(&["--login-url"]), "").await;
    let begun: serde_json::Value = serde_json::from_str(&begun).unwrap();
    let answer = bed.world.imitation.says_yes(begun["url"].as_str().unwrap());
    let login = ["connect", "paged", "--login", begun["login"].as_str().unwrap(), "--code", "-"];
    assert_eq!(told(bed.command(&login), &answer).await.0, Some(0));
    let ends = bed.world.clock.now().plus_seconds(LIVES);
    bed.world.pass(LIVES / 2);
    bed.world.imitation.mishaps(&[Mishap::LostAfter]);
    assert_eq!(told(bed.command(&["import"]), "").await.0, Some(0));
    for command in ["connections", "status"] {
        let (code, stdout, stderr) = told(bed.command(&[command]), "").await;
        assert!(code == Some(0) && stdout.contains("online, login ends"), "{stdout}");
        let said = format!(
            "warning: the login of Paged ends at {ends}: log in again with\n  counterpart connect paged --name 'Paged'"
        );
        assert!(stderr.contains(&said), "{stderr}");
    }
    let (_, stdout, _) = told(bed.command(&["connections", "--json"]), "").await;
    let rows: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(rows[0]["login_ends"], ends.0);
    bed.close().await;
}
