//! For who listens: plain lines, not one control sequence, and a terminal that is left as it was.

use std::process::Command;
use std::time::Duration;

use super::STOPS_AND_GOES_ON;
use super::support::{Terminal, TestHome};

const ESC: &str = "\x1b";

/// What was written from there on, however its lines are broken, once it contains this.
fn heard(terminal: &Terminal, from: usize, what: &str) -> String {
    let since = || String::from_utf8_lossy(&terminal.written()[from..]).replace("\r\n", " ");
    terminal.wait_until(&format!("{what:?} is said"), |_| since().contains(what));
    since()
}

/// What is said after these keys.
fn hears(terminal: &mut Terminal, keys: &str, what: &str) -> String {
    let before = terminal.written().len();
    terminal.press(keys);
    heard(terminal, before, what)
}

/// Nothing but text and the ends of lines.
#[track_caller]
fn assert_plain(terminal: &Terminal) {
    let written = terminal.written();
    let odd = written.iter().position(|byte| (*byte < b' ' && !b"\r\n".contains(byte)) || *byte == 0x7f);
    let around = odd.map(|at| String::from_utf8_lossy(&written[at.saturating_sub(80)..written.len().min(at + 80)]));
    assert_eq!(odd, None, "{around:?}");
}

#[test]
fn a_session_is_lines_and_nothing_else() {
    let mut terminal = Terminal::open(&["demo", "--traffic", "0", "--reader"], 100, 30);
    heard(&terminal, 0, "says everything line by line");
    // The catalogues are being read; asked again and again, it says how far.
    while !hears(&mut terminal, ".", "keys:").contains("613 products") {}
    hears(&mut terminal, "j", "row 2 of 613");
    let said = hears(&mut terminal, &"\x1b[B".repeat(300), "row 302 of 613");
    assert!(said.matches(", row ").count() <= 2, "rows that were only passed are said: {said}");

    let said = hears(&mut terminal, "?", "row 1 of");
    assert!(said.contains("What the keys do here"), "{said}");
    hears(&mut terminal, ESC, "row 302 of 613");
    let said = hears(&mut terminal, "\r", "Pictures");
    assert!(!said.contains('│') && said.contains("Title: "), "{said}");
    hears(&mut terminal, ESC, "row 302 of 613");
    // Nobody marks it, and still it runs no key.
    hears(&mut terminal, "q\rquit and push", "q quit and push");
    hears(&mut terminal, ESC, "search \"q quit and push\"");
    hears(&mut terminal, ESC, "row 1 of");
    // Time itself is what is looked at: nothing else tells that nothing happens.
    let quiet = (0..10).any(|_| {
        let before = terminal.written().len();
        std::thread::sleep(Duration::from_secs(2));
        terminal.written().len() == before
    });
    assert!(quiet, "something is always said");
    terminal.press("q");
    assert_eq!(terminal.ended(), (0, Vec::new()));
    assert_plain(&terminal);
}

#[test]
fn the_terminal_is_given_to_the_shell_and_back_without_a_sequence() {
    let home = TestHome::new();
    let folder = home.path().to_str().unwrap();
    let mut terminal = Terminal::shell(STOPS_AND_GOES_ON, &["--home", folder, "--reader"], 100, 50);
    heard(&terminal, 0, "No shop is connected yet");
    let stopped = hears(&mut terminal, "\x1a", "icanon echo");
    assert!(stopped.contains("stopped with"), "{stopped}");
    hears(&mut terminal, "\r", "No shop is connected yet");
    let left = hears(&mut terminal, "q", "icanon echo");
    assert!(left.contains("left with 0"), "{left}");
    assert_eq!(terminal.ended().1, Vec::<&str>::new());
    // The shell echoes what is typed meanwhile, and that is all.
    assert!(!terminal.written().contains(&0x1b), "an escape byte was sent");
}

#[test]
fn where_term_is_dumb_it_listens_by_itself_and_a_signal_ends_it() {
    let home = TestHome::new();
    let folder = home.path().to_str().unwrap();
    let mut terminal = Terminal::open_in(&["--home", folder], 80, 24, &[("TERM", "dumb")]);
    heard(&terminal, 0, "because TERM says that this terminal is dumb");
    heard(&terminal, 0, "No shop is connected yet");
    let pid = terminal.child.process_id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(terminal.ended().1, Vec::<&str>::new());
    assert_plain(&terminal);
}
