//! A few runs in a real terminal: keys in, screens out, and what happens when a process dies.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod line;
mod reader;
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;

use support::{Sandbox, Terminal, TestHome, run};

/// For a shell: runs the program with what follows, and says how it and its terminal are when it has stopped, and when it
/// was continued and has ended.
const STOPS_AND_GOES_ON: &str = r#"set -m
    "$0" "$@"
    echo "stopped with $?"
    stty -a | tr " " "\n" | grep -x -e icanon -e echo
    read line
    fg
    echo "left with $?"
    stty -a | tr " " "\n" | grep -x -e icanon -e echo"#;

const ENTER: &str = "\r";
const ESC: &str = "\x1b";

/// The number before ` done of` in the newest job's row, and so on: the first number after `before`.
fn number_after(screen: &str, before: &str) -> u64 {
    let rest = screen.split(before).nth(1).unwrap_or_else(|| panic!("no {before:?} on\n{screen}"));
    let digits: String = rest.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    digits.replace(',', "").parse().unwrap_or_else(|_| panic!("no number after {before:?} on\n{screen}"))
}

#[test]
fn a_newcomer_links_a_page_and_pushes_two_items() {
    let mut terminal = Terminal::open(&["demo", "--traffic", "0"], 120, 40);
    terminal.wait_until("both catalogues are read", |screen| screen.contains("613 products"));

    terminal.press("2");
    terminal.press("R");
    terminal.wait_for("page 1 of 3");
    let screen = terminal.wait_until("the report is counted", |screen| screen.contains("Candidates 2"));
    let candidates = number_after(&screen, "Candidates");
    terminal.press("P");
    terminal.wait_for("100 of");
    terminal.press("L");
    let screen = terminal.wait_for("Cool, do it!");
    assert!(screen.contains("items, in"), "the question names the number of items\n{screen}");
    terminal.press(ENTER);
    terminal.wait_for("Old → new");
    terminal.press("y");
    terminal.press("3");
    terminal.wait_until("the link job is done", |screen| {
        screen.lines().any(|line| line.contains("Link ") && line.contains("done"))
    });
    terminal.press("2");
    terminal.press("R");
    let screen = terminal.wait_until("the report is shorter", |screen| {
        screen.contains("Candidates") && number_after(screen, "Candidates") < candidates - 90
    });
    assert!(screen.contains("linked"), "{screen}");

    // Two products that only the till has.
    terminal.press("1");
    terminal.press("f");
    terminal.wait_for("[In-store]");
    terminal.press("/");
    terminal.press("enamel mug");
    terminal.press(ENTER);
    terminal.wait_until("the search is done", |screen| screen.contains("Enamel Mug") && !screen.contains("Apron"));
    terminal.press("  ");
    terminal.wait_for("2 ticked");
    terminal.press("p");
    terminal.wait_for("eCommerce");
    terminal.press("y");
    let screen = terminal.wait_for("Cool, do it!");
    assert!(screen.contains("Push"), "{screen}");
    terminal.press("y");
    terminal.press("3");
    terminal.wait_until("the push job is done", |screen| {
        screen.lines().any(|line| line.contains("Push ") && line.contains("done"))
    });
    terminal.press("q");
    let (code, left) = terminal.ended();
    assert_eq!((code, left), (0, Vec::new()));
}

#[test]
fn a_killed_engine_goes_on_where_it_was_and_makes_nothing_twice() {
    let sandbox =
        Sandbox::open(&["--largest-plan", "--platform", "square", "--platform", "shopify", "--fault", "late=150"]);
    let home = TestHome::new();
    sandbox.connect(home.path(), "square");
    sandbox.connect(home.path(), "shopify");
    let folder = home.path().to_str().unwrap();
    let mut terminal = Terminal::open(&["--home", folder], 120, 40);
    terminal.wait_for("products");

    // Creations of one call each, slowly. (One of several variants that was cut off is looked up only when nothing that
    // was sent can still arrive, which takes longer than a test should.)
    let (_, listed, _) = run(home.path(), &["products", "--filter", "in-store", "--json"], &[]);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("products as JSON");
    let single = |row: &&serde_json::Value| row["variants"] == 1 && row["sku"].is_string();
    let chosen: Vec<String> = listed
        .as_array()
        .expect("a list")
        .iter()
        .filter(single)
        .take(40)
        .map(|row| format!("l{}", row["product"]))
        .collect();
    let mut arguments = vec!["push", "--to", "ecommerce", "--yes", "--no-wait"];
    arguments.extend(chosen.iter().map(String::as_str));
    let (code, _, stderr) = run(home.path(), &arguments, &[]);
    assert_eq!(code, 3, "started, and what is there already is left out\n{stderr}");
    terminal.press("3");
    terminal.wait_until("some are made", |screen| {
        screen.lines().any(|line| line.contains("Push ") && line.contains("running"))
    });
    let pid = engine_pid(home.path());
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    terminal.wait_until("the loss is shown, or mended already", |screen| {
        screen.contains("engine") || screen.contains("done")
    });
    // The terminal stays usable, looks for the engine, and finds the job at work.
    terminal.wait_until("the job ends", |screen| {
        screen.lines().any(|line| line.contains("Push ") && line.contains("done"))
    });
    assert_ne!(engine_pid(home.path()), pid, "another engine has done the rest");
    terminal.press("q");
    let (code, left) = terminal.ended();
    assert_eq!((code, left), (0, Vec::new()));

    let titles = sandbox.titles("shopify");
    let mut once = titles.clone();
    once.sort();
    once.dedup();
    // The catalogue has one title twice of its own, and nothing else may be there twice.
    let twice: Vec<&String> =
        once.iter().filter(|title| titles.iter().filter(|other| other == title).count() > 1).collect();
    assert!(twice.is_empty(), "made twice: {twice:?}");
    assert!(titles.len() > 297 + 5, "only {} products: nothing was pushed", titles.len());
}

fn engine_pid(home: &std::path::Path) -> String {
    let lock = std::fs::read_to_string(home.join("data/store/lock")).expect("the store's lock names its holder");
    lock.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty()).expect("a process number").to_owned()
}

#[test]
fn two_terminals_see_the_same_job_and_leaving_one_stops_nothing() {
    let sandbox =
        Sandbox::open(&["--largest-plan", "--platform", "square", "--platform", "shopify", "--fault", "slow=100"]);
    let home = TestHome::new();
    sandbox.connect(home.path(), "square");
    sandbox.connect(home.path(), "shopify");
    let folder = home.path().to_str().unwrap();
    let mut first = Terminal::open(&["--home", folder], 120, 40);
    let mut second = Terminal::open(&["--home", folder], 80, 24);
    first.wait_for("products");
    second.wait_for("products");
    first.press("3");
    second.press("3");
    let arguments =
        ["push", "--to", "ecommerce", "--all", "--filter", "in-store", "--search", "bath", "--yes", "--no-wait"];
    let (code, _, stderr) = run(home.path(), &arguments, &[]);
    assert_eq!(code, 3, "started, and what is there already is left out\n{stderr}");
    first.wait_for("Push ");
    second.wait_for("Push ");
    first.press("q");
    assert_eq!(first.ended().0, 0);
    second.wait_until("the job goes on without the first terminal", |screen| {
        screen.lines().any(|line| line.contains("Push ") && line.contains("done"))
    });
    second.press("q");
    assert_eq!(second.ended(), (0, Vec::new()));
}

#[test]
fn a_small_terminal_says_what_it_needs_and_lets_go() {
    let home = TestHome::new();
    let folder = home.path().to_str().unwrap().to_owned();
    for (columns, rows) in [(40, 10), (60, 15), (80, 24)] {
        let mut terminal = Terminal::open(&["--home", &folder], columns, rows);
        terminal.wait_until("something is drawn", |screen| !screen.trim().is_empty());
        terminal.resize(columns + 40, rows + 16);
        terminal.wait_for("Products");
        terminal.press("q");
        assert_eq!(terminal.ended(), (0, Vec::new()), "at {columns}×{rows}");
    }
}

#[test]
fn the_terminal_is_put_back_after_a_signal() {
    let home = TestHome::new();
    let folder = home.path().to_str().unwrap().to_owned();
    for signal in ["-TERM", "-HUP", "-INT", "-QUIT"] {
        let mut terminal = Terminal::open(&["--home", &folder], 100, 30);
        terminal.wait_for("Products");
        let pid = terminal.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let (_, left) = terminal.ended();
        assert_eq!(left, Vec::<&str>::new(), "after {signal}");
    }
}

#[test]
fn hostile_titles_and_help_cannot_break_the_screen() {
    let mut terminal = Terminal::open(&["demo", "--traffic", "0"], 100, 30);
    terminal.wait_until("both catalogues are read", |screen| screen.contains("613 products"));
    for search in ["old map", "message", "matcha", "urchin", "zero"] {
        terminal.press("/");
        terminal.press("\x15");
        terminal.press(search);
        terminal.press(ENTER);
        terminal.wait_until("the search is done", |screen| {
            screen.to_lowercase().contains(&format!("/ {search}")) || screen.to_lowercase().contains(search)
        });
    }
    terminal.press(ENTER);
    terminal.wait_for("Pictures");
    terminal.press(ESC);
    terminal.wait_until("the product is closed", |screen| !screen.contains("Pictures"));
    terminal.press("?");
    terminal.wait_for("What the keys do here");
    terminal.press(ESC);
    terminal.wait_until("the help is closed", |screen| !screen.contains("What the keys do here"));
    terminal.press("q");
    assert_eq!(terminal.ended().0, 0);
    // What a catalogue says in red, or to the clipboard, never reaches the terminal.
    let written = terminal.written();
    for bad in ["\x1b[31mRed".as_bytes(), "\u{202e}".as_bytes(), "\u{200b}".as_bytes()] {
        assert!(!written.windows(bad.len()).any(|part| part == bad), "{bad:?} reached the terminal");
    }
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let home = TestHome::new();
    let (code, _, stderr) = run(home.path(), &[], &[]);
    assert_ne!(code, 0);
    assert!(stderr.contains("error:") && stderr.contains("counterpart"), "{stderr}");
}

/// Waits until the program wrote this, however the terminal shows it.
fn wait_for_bytes(terminal: &Terminal, what: &str) {
    let wanted = what.as_bytes();
    terminal.wait_until(what, |_| terminal.written().windows(wanted.len()).any(|part| part == wanted));
}

/// A terminal with kitty's graphics: they are drawn when somebody wants to see the pictures, and thrown away before the
/// terminal is given back.
#[test]
fn pictures_are_drawn_when_they_are_asked_for_and_thrown_away_at_the_end() {
    let mut terminal = Terminal::open(&["demo", "--traffic", "0"], 120, 40);
    terminal.wait_until("both catalogues are read", |screen| screen.contains("613 products"));
    terminal.press("/");
    terminal.press("latte bowl sand");
    terminal.press(ENTER);
    terminal.wait_until("the search is done", |screen| screen.contains("Latte Bowl Sand") && !screen.contains("Apron"));
    terminal.press(ENTER);
    terminal.wait_for("Pictures");
    let before = String::from_utf8_lossy(&terminal.written()).into_owned();
    assert!(!before.contains("a=q"), "nothing is asked before somebody wants to see a picture");
    terminal.press("i");
    terminal.wait_for("400 × 400, ");
    wait_for_bytes(&terminal, "\x1b_Gi=31,s=1,v=1,a=q");
    terminal.press("\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;22c");
    wait_for_bytes(&terminal, "a=T,q=2,f=100");
    terminal.press("\x03");
    let (code, left) = terminal.ended();
    assert_eq!((code, left), (0, Vec::new()));
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    let (thrown, given_back) = (written.rfind("\x1b_Ga=d,d=A").unwrap(), written.rfind("\x1b[?1049l").unwrap());
    assert!(thrown < given_back, "before the screen that they are on is left");
}
