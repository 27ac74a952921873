//! The main job from the command line, against sandbox shops in a process of their own.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::Value;
use support::{Sandbox, TestHome, run};

fn json(home: &TestHome, arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = run(home.path(), &[arguments, &["--json"]].concat(), &[]);
    assert!(code == 0 || code == 3, "{arguments:?}: {code}\n{stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|why| panic!("{arguments:?} printed no JSON: {why}\n{stdout}"))
}

fn rows(home: &TestHome, arguments: &[&str]) -> Vec<Value> {
    json(home, arguments).as_array().expect("a list").clone()
}

#[test]
fn connect_import_link_and_push_on_every_pair_of_platforms() {
    let sandbox = Sandbox::open(&["--largest-plan"]);
    for online in ["shopify", "woocommerce"] {
        let home = TestHome::new();
        sandbox.connect(home.path(), "square");
        sandbox.connect(home.path(), online);

        let connections = rows(&home, &["connections"]);
        assert_eq!(connections.len(), 2);
        assert!(connections.iter().all(|row| row["listings"].as_u64() > Some(250)), "{connections:#?}");

        let candidates = rows(&home, &["report"]).len();
        assert!(candidates > 100, "{online}: only {candidates} candidates");
        let without = rows(&home, &["report", "--without"]);
        assert!(without.iter().all(|row| !row["reasons"].as_array().unwrap().is_empty()), "a listing without a reason");

        let plan = json(&home, &["link", "--all", "--primary", "pos", "--dry-run"]);
        let planned = plan["steps"].as_array().unwrap().len();
        assert!(planned > candidates, "{online}: links and quantities");
        assert!(rows(&home, &["products", "--filter", "both"]).is_empty(), "a dry run links nothing");

        let (code, _, stderr) = run(home.path(), &["link", "--all", "--primary", "pos", "--yes"], &[]);
        assert!(code == 0 || code == 3, "{stderr}");
        let both = rows(&home, &["products", "--filter", "both"]);
        assert!(both.len() > 100, "{online}: only {} are linked\n{stderr}", both.len());
        for row in &both {
            if row["in_store"]["counted"].is_string() && row["online"]["counted"].is_string() && row["link"] == "linked"
            {
                assert_eq!(row["in_store"], row["online"], "{online}: {row:#}");
            }
        }

        let missing = rows(&home, &["products", "--filter", "in-store", "--search", "advent calendar"]);
        assert_eq!(missing.len(), 1, "{online}");
        let only_there: Vec<Value> = rows(&home, &["products", "--filter", "in-store"]);
        let chosen: Vec<String> = only_there
            .iter()
            .filter(|row| row["variants"] == 1 && row["sku"].is_string() && row["status"] == "active")
            .take(5)
            .map(|row| format!("l{}", row["product"]))
            .collect();
        let named: Vec<&str> = chosen.iter().map(String::as_str).collect();
        let (code, _, stderr) =
            run(home.path(), &[&["push", "--to", "ecommerce", "--draft", "--yes"], &named[..]].concat(), &[]);
        assert!(code == 0 || code == 3, "{online}: {stderr}");
        let after = rows(&home, &["products", "--filter", "both"]).len();
        assert!(after > both.len(), "{online}: nothing was pushed\n{stderr}");
        assert_eq!(rows(&home, &["jobs"]).iter().filter(|row| row["job"]["state"] != "done").count(), 0);
    }
}

#[test]
fn wrong_keys_unreachable_hosts_and_unknown_names_are_told_plainly() {
    let sandbox = Sandbox::open(&["--platform", "square"]);
    let home = TestHome::new();
    let url = sandbox.url("square");

    let (code, _, stderr) =
        run(home.path(), &["connect", "square", "--base-url", &url], &[("COUNTERPART_TOKEN", "wrong")]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("error:") && stderr.contains("refused the key") && stderr.contains("hint:"), "{stderr}");
    assert!(!stderr.contains("wrong\n"), "a key is never repeated");

    let (code, _, stderr) =
        run(home.path(), &["connect", "square", "--base-url", "http://127.0.0.1:9"], &[("COUNTERPART_TOKEN", "x")]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("cannot be reached") && stderr.contains("127.0.0.1:9"), "{stderr}");

    let (code, _, stderr) = run(home.path(), &["connect", "square", "--base-url", &url], &[]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("COUNTERPART_TOKEN"), "{stderr}");

    let (code, _, stderr) = run(home.path(), &["connect", "cash-register"], &[]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("square"), "the hint names the platforms: {stderr}");

    let (code, _, stderr) = run(home.path(), &["push", "--to", "ecommerce", "l1"], &[]);
    assert_ne!(code, 0);
    assert!(stderr.contains("hint:"), "{stderr}");

    assert!(rows(&home, &["connections"]).is_empty(), "nothing was kept of what failed");
}

#[test]
fn secrets_stay_where_they_belong() {
    let sandbox = Sandbox::open(&["--platform", "square"]);
    let home = TestHome::new();
    sandbox.connect(home.path(), "square");
    let token = sandbox.credentials("square").remove(0).1;
    let mut folders = vec![home.path().to_owned()];
    let mut holders = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file()
                && std::fs::read(&path).unwrap().windows(token.len()).any(|part| part == token.as_bytes())
            {
                holders.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(holders, ["secrets.toml"]);
}

#[test]
fn output_is_data_alone_and_without_colour() {
    let home = TestHome::new();
    let (code, stdout, _) = run(home.path(), &["keys"], &[]);
    assert_eq!(code, 0);
    assert!(stdout.contains("Cool") || stdout.contains("confirm"), "{stdout}");
    assert!(!stdout.contains('\u{1b}'));
    let keys: Value = serde_json::from_str(&run(home.path(), &["keys", "--json"], &[]).1).unwrap();
    assert!(keys.as_array().unwrap().len() > 40);
}
