//! What the line to the terminal carries: few bytes for a key, none when nothing happens, and none left when it ends.
//!
//! Budgets are for 120 × 40; they are raised on purpose only.

use std::time::Duration;

use super::STOPS_AND_GOES_ON;
use super::support::{Terminal, TestHome};

const ESC: &str = "\x1b";
const PAGE_DOWN: &str = "\x1b[6~";

/// A demo with its catalogues read and no job running.
fn quiet_demo(arguments: &[&str]) -> Terminal {
    let terminal = Terminal::open(&[&["demo", "--traffic", "0"][..], arguments].concat(), 120, 40);
    terminal.wait_until("both catalogues are read and nothing runs", |screen| {
        screen.contains("613 products") && !screen.contains("running") && !screen.contains('┌')
    });
    terminal
}

/// The usual one of several: once in a while a minute passes, or a sentence goes.
fn usual(mut costs: Vec<usize>) -> usize {
    costs.sort_unstable();
    costs[costs.len() / 2]
}

/// Moves row by row from one to another, counted from 1; what a row costs.
fn walk(terminal: &mut Terminal, key: &str, rows: impl Iterator<Item = u32>) -> usize {
    usual(rows.map(|row| terminal.cost(key, key, |screen| screen.contains(&format!("row {row} of 613")))).collect())
}

#[test]
fn moving_scrolling_and_looking_cost_few_bytes() {
    let mut terminal = quiet_demo(&[]);
    let row = walk(&mut terminal, "j", 2..9);
    assert!(row <= 350, "a row costs {row} bytes");
    terminal.cost(&"j".repeat(40), "the lower edge", |screen| screen.contains("row 48 of 613"));
    let row = walk(&mut terminal, "j", 49..56);
    assert!(row <= 400, "a row that scrolls the list costs {row} bytes");
    let page = terminal.cost(PAGE_DOWN, "a page", |screen| !screen.contains("row 55 of 613"));
    assert!(page <= 6_144, "a page costs {page} bytes");
    terminal.cost("g", "the first row", |screen| screen.contains("row 1 of 613"));

    let shown = |screen: &str| screen.contains("What the keys do here");
    let (opened, closed) = (terminal.cost("?", "the help", shown), terminal.cost(ESC, "no help", |s| !shown(s)));
    assert!(opened <= 3_584, "opening the help costs {opened} bytes");
    assert!(closed <= 3_584, "closing the help costs {closed} bytes");
    let shown = |screen: &str| screen.contains("how shops are kept in step");
    let (opened, closed) =
        (terminal.cost(",", "the settings", shown), terminal.cost(ESC, "no settings", |s| !shown(s)));
    assert!(opened <= 3_584, "opening the settings costs {opened} bytes");
    assert!(closed <= 3_584, "closing the settings costs {closed} bytes");

    terminal.press("C");
    terminal.wait_for("Stock at");
    let shown = |screen: &str| screen.contains("What becomes of each field");
    let (opened, closed) =
        (terminal.cost("e", "what it can", shown), terminal.cost(ESC, "the connections", |s| !shown(s)));
    assert!(opened <= 3_584, "opening what a platform can costs {opened} bytes");
    assert!(closed <= 3_584, "closing what a platform can costs {closed} bytes");

    terminal.press("q");
    assert_eq!(terminal.ended(), (0, Vec::new()));
}

#[test]
fn a_slim_cursor_costs_next_to_nothing() {
    let mut terminal = quiet_demo(&["--slim"]);
    let row = walk(&mut terminal, "j", 2..9);
    assert!(row <= 100, "a row costs {row} bytes");
    terminal.press("q");
    assert_eq!(terminal.ended().0, 0);
}

#[test]
fn where_nothing_happens_nothing_is_written() {
    let mut terminal = quiet_demo(&[]);
    let written_meanwhile = |terminal: &Terminal| {
        let before = terminal.written().len();
        // Time itself is what is looked at: nothing else tells that nothing happens.
        std::thread::sleep(Duration::from_secs(2));
        terminal.written().len() - before
    };
    // A sentence may go, a minute may pass; but not all the time.
    let quiet = (0..10).any(|_| written_meanwhile(&terminal) == 0);
    assert!(quiet, "something is always written");
    terminal.press(",");
    terminal.wait_for("how shops are kept in step");
    let quiet = (0..10).any(|_| written_meanwhile(&terminal) == 0);
    assert!(quiet, "something is always written while the settings are open");
    terminal.press(ESC);
    terminal.wait_until("the settings are closed", |screen| !screen.contains("how shops are kept in step"));
    terminal.press("q");
    assert_eq!(terminal.ended().0, 0);
}

#[test]
fn a_key_that_is_held_is_applied_wholly_and_a_paste_runs_no_key() {
    let mut terminal = quiet_demo(&[]);
    terminal.press(&"\x1b[B".repeat(300));
    terminal.wait_for("row 301 of 613");
    terminal.press("\x1b[200~q\rq\x1b[201~");
    terminal.wait_until("the paste is searched for", |screen| !screen.contains("row 301 of 613"));
    terminal.press(ESC);
    // A key right behind it would be one with Alt.
    terminal.wait_until("the search is left", |screen| screen.contains("? help"));
    terminal.press("q");
    assert_eq!(terminal.ended().0, 0);
}

#[test]
fn the_terminal_is_given_to_the_shell_and_taken_again() {
    let home = TestHome::new();
    let folder = home.path().to_str().unwrap();
    let mut terminal = Terminal::shell(STOPS_AND_GOES_ON, &["--home", folder], 100, 30);
    terminal.wait_for("No shop is connected yet");
    terminal.press("\x1a");
    let screen = terminal.wait_until("the shell has the terminal", |screen| screen.contains("echo"));
    assert!(screen.contains("stopped with") && screen.contains("icanon"), "{screen}");
    terminal.press("\r");
    terminal.wait_for("No shop is connected yet");
    terminal.press("?");
    terminal.wait_for("What the keys do here");
    terminal.press(ESC);
    terminal.wait_until("the help is closed", |screen| !screen.contains("What the keys do here"));
    terminal.press("q");
    let screen = terminal.wait_until("it ended, and the shell goes on", |screen| {
        screen.contains("left with 0") && screen.matches("icanon").count() == 2
    });
    assert_eq!(screen.matches("\necho").count(), 2, "{screen}");
    assert_eq!(terminal.ended().1, Vec::<&str>::new());
}
