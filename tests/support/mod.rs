//! A real terminal for tests: a pty, a program in it, and what its screen shows. Sandbox shops in processes of their
//! own, and homes.

// Every test binary compiles this for itself and uses a part of it.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// "Have you drawn all?" stands at the end of each frame.
const ASKED: &[u8] = b"\x1b[5n";

/// Long enough for a slow machine, and for an attempt without an answer to be looked up again (up to two minutes, as a
/// late arrival must have landed). Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(240);

pub struct Terminal {
    parser: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    pub child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Terminal {
    /// Runs counterpart with these arguments in a terminal of this size.
    pub fn open(arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::open_in(arguments, columns, rows, &[])
    }

    pub fn open_in(arguments: &[&str], columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_counterpart"));
        command.args(arguments);
        Self::run(command, columns, rows, environment)
    }

    /// Runs a shell in a terminal of this size, which reads these lines.
    pub fn shell(lines: &str, arguments: &[&str], columns: u16, rows: u16) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", lines]);
        command.arg(env!("CARGO_BIN_EXE_counterpart"));
        command.args(arguments);
        Self::run(command, columns, rows, &[])
    }

    fn run(mut command: CommandBuilder, columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pty");
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let parser = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let mut output = pair.master.try_clone_reader().expect("the pty can be read");
        let writer = Arc::new(Mutex::new(pair.master.take_writer().expect("the pty can be written")));
        let reader = std::thread::spawn({
            let (parser, raw, answers) = (Arc::clone(&parser), Arc::clone(&raw), Arc::clone(&writer));
            move || {
                let mut buffer = [0; 8192];
                let mut seen = 0;
                while let Ok(read @ 1..) = output.read(&mut buffer) {
                    parser.lock().unwrap().process(&buffer[..read]);
                    let mut raw = raw.lock().unwrap();
                    raw.extend_from_slice(&buffer[..read]);
                    // As terminals do, it says that it has drawn all when it is asked.
                    while let Some(at) = raw[seen..].windows(ASKED.len()).position(|part| part == ASKED) {
                        seen += at + ASKED.len();
                        // Who asked may have ended.
                        let _ = answers.lock().unwrap().write_all(b"\x1b[0n");
                    }
                }
            }
        });
        Self { parser, raw, writer, child, master: pair.master, reader: Some(reader) }
    }

    pub fn screen(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    /// Everything that the program ever wrote.
    pub fn written(&self) -> Vec<u8> {
        self.raw.lock().unwrap().clone()
    }

    /// Types text, or control sequences.
    pub fn press(&mut self, keys: &str) {
        let mut writer = self.writer.lock().unwrap();
        writer.write_all(keys.as_bytes()).expect("the program takes keys");
        writer.flush().expect("the program takes keys");
    }

    /// Presses keys, and says how many bytes came until the screen fulfils a condition and the frame is whole.
    pub fn cost(&mut self, keys: &str, what: &str, condition: impl Fn(&str) -> bool) -> usize {
        let before = self.written().len();
        self.press(keys);
        self.wait_until(what, |screen| condition(screen) && self.written().ends_with(ASKED));
        self.written().len() - before
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.lock().unwrap().screen_mut().set_size(cells(rows), cells(columns));
        self.master
            .resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .expect("the pty can be resized");
    }

    /// Waits until the screen fulfils a condition; shows the screen if it never does.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let screen = self.screen();
            if condition(&screen) {
                return screen;
            }
            assert!(begin.elapsed() < PATIENCE, "never: {what}\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} on the screen"), |screen| screen.contains(text))
    }

    /// Waits for the end, and says whether the terminal was put back: main screen, cursor shown, no mouse, no paste mode.
    pub fn ended(&mut self) -> (u32, Vec<&'static str>) {
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the program can be waited for") {
                break status;
            }
            assert!(begin.elapsed() < PATIENCE, "the program does not end\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        };
        // What was written last may still be on its way.
        let reader = self.reader.take();
        while reader.as_ref().is_some_and(|reader| !reader.is_finished()) && begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        let parser = self.parser.lock().unwrap();
        let screen = parser.screen();
        let mut left = Vec::new();
        for (still, what) in [
            (screen.alternate_screen(), "alternate screen"),
            (screen.hide_cursor(), "hidden cursor"),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, "mouse"),
            (screen.application_cursor(), "application cursor"),
        ] {
            if still {
                left.push(what);
            }
        }
        (status.exit_code(), left)
    }
}

fn cells(count: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(count).expect("a terminal has cells")
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Runs a command to its end: (exit code, stdout, stderr).
pub fn run(home: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_counterpart"));
    command.arg("--home").arg(home).args(arguments).stdin(std::process::Stdio::null());
    for (name, value) in environment {
        command.env(name, value);
    }
    let output = command.output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Sandbox shops in a process of their own, ended when dropped.
pub struct Sandbox {
    process: std::process::Child,
    pub shops: serde_json::Value,
}

impl Sandbox {
    pub fn open(arguments: &[&str]) -> Self {
        let mut process = std::process::Command::new(env!("CARGO_BIN_EXE_counterpart"))
            .arg("sandbox")
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let stdout = process.stdout.take().expect("the sandbox has a stdout");
        let mut stream = serde_json::Deserializer::from_reader(stdout).into_iter::<serde_json::Value>();
        let shops = stream.next().expect("the sandbox says where its shops are").expect("it says so in JSON");
        Self { process, shops }
    }

    fn shop(&self, platform: &str) -> &serde_json::Value {
        let shops = self.shops["shops"].as_array().expect("a list of shops");
        shops.iter().find(|shop| shop["platform"] == platform).expect("the platform has a shop")
    }

    pub fn url(&self, platform: &str) -> String {
        self.shop(platform)["base_url"].as_str().expect("an address").to_owned()
    }

    /// As environment variables for `connect`.
    pub fn credentials(&self, platform: &str) -> Vec<(String, String)> {
        let credentials = self.shop(platform)["credentials"].as_object().expect("credentials");
        credentials
            .iter()
            .map(|(name, value)| {
                (format!("COUNTERPART_{}", name.to_uppercase()), value.as_str().unwrap_or_default().to_owned())
            })
            .collect()
    }

    /// The titles of a shop's products, from the sandbox's control endpoint.
    pub fn titles(&self, platform: &str) -> Vec<String> {
        let products = self.control(platform, "products?limit=100000");
        let products = products["products"].as_array().expect("a list of products").iter();
        products.map(|product| product["title"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Asks the control endpoint of a shop.
    pub fn control(&self, platform: &str, path: &str) -> serde_json::Value {
        let url = self.url(platform);
        let host = url.strip_prefix("http://").expect("a loopback address");
        let mut stream = std::net::TcpStream::connect(host).expect("the sandbox listens");
        let request = format!("GET /_sandbox/{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("the sandbox takes requests");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the sandbox answers");
        let body = answer.split_once("\r\n\r\n").expect("an HTTP answer").1;
        serde_json::from_str(body).expect("the sandbox answers in JSON")
    }

    /// Connects a home to a platform's shop and waits for the import.
    pub fn connect(&self, home: &Path, platform: &str) {
        let credentials = self.credentials(platform);
        let environment: Vec<(&str, &str)> =
            credentials.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let url = self.url(platform);
        let (code, stdout, stderr) = run(home, &["connect", platform, "--base-url", &url], &environment);
        assert_eq!(code, 0, "connect {platform}\n{stdout}\n{stderr}");
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A home whose engine is ended when dropped.
pub struct TestHome(pub tempfile::TempDir);

impl TestHome {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for TestHome {
    fn drop(&mut self) {
        let _ = run(self.path(), &["stop"], &[]);
    }
}
