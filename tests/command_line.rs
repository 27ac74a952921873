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

        suggestions_and_reasons(&home, &without);

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

/// What is suggested says why; a rejection stays until it is taken back; one product is explained.
fn suggestions_and_reasons(home: &TestHome, without: &[Value]) {
    let suggested = rows(home, &["report", "--suggestions"]);
    for row in &suggested {
        assert!(row["percent"].as_u64() >= Some(50) && row["class"] != "possible", "{row:#}");
        assert!(!row["evidence"].as_array().unwrap().is_empty(), "{row:#}");
    }
    // What has other variants there is suggested too, and its plan says why it cannot be linked.
    let single = |row: &&Value| row["in_store"]["variants"] == 1 && row["online"]["variants"] == 1;
    if let Some(row) = suggested.iter().find(single) {
        let pair = format!("l{}=l{}", row["in_store"]["listing"], row["online"]["listing"]);
        let plan = json(home, &["link", &pair, "--primary", "pos", "--dry-run"]);
        assert!(plan.to_string().contains("chosen by hand"), "{plan:#}");
        assert_eq!(json(home, &["report", "--reject", &pair])["pairs"], 1);
        assert_eq!(rows(home, &["report", "--rejected"]).len(), 1);
        assert_eq!(rows(home, &["report", "--suggestions", "--refresh"]).iter().filter(|one| *one == row).count(), 0);
        assert_eq!(json(home, &["report", "--unreject", "last"])["pairs"], 1);
        assert!(rows(home, &["report", "--rejected"]).is_empty());
        rows(home, &["report", "--refresh"]);
    }
    let kind = without[0]["reasons"][0]["reason"]["reason"].as_str().unwrap();
    let narrowed = rows(home, &["report", "--reason", kind]);
    assert!(!narrowed.is_empty() && narrowed.len() <= without.len());
    let number = format!("l{}", without[0]["listing"]["listing"]);
    let told = rows(home, &["report", "--explain", &number]);
    assert_eq!(told[0]["reasons"], without[0]["reasons"]);
    let (code, _, stderr) = run(home.path(), &["report", "--explain", "no such thing at all"], &[]);
    assert_eq!(code, 2, "{stderr}");
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
fn what_is_wrong_with_a_home_is_told_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt;
    let home = TestHome::new();
    let mode = |path: &str, mode| {
        std::fs::set_permissions(home.path().join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let refused = |what: &str, mend: &str| {
        let (code, stdout, stderr) = run(home.path(), &["status"], &[]);
        assert_eq!((code, stdout.as_str()), (5, ""), "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(what) && stderr.contains(mend), "{stderr}");
    };
    let stopped = || {
        let (code, _, stderr) = run(home.path(), &["stop"], &[]);
        assert_eq!(code, 0, "{stderr}");
    };
    stopped();
    assert_eq!(run(home.path(), &["status"], &[]).0, 0);

    // The engine may still be letting go of the store when the next one comes.
    stopped();
    assert_eq!(run(home.path(), &["status"], &[]).0, 0);

    // A second engine is refused while the first goes on.
    let (code, _, stderr) = run(home.path(), &["serve"], &[]);
    assert_eq!(code, 5, "{stderr}");
    assert!(stderr.contains("in use by process") && stderr.contains("counterpart stop"), "{stderr}");
    assert_eq!(run(home.path(), &["status"], &[]).0, 0);
    stopped();

    mode("data/store", 0o770);
    refused("others can write to the folder (mode 770)", "chmod 700");
    mode("data/store", 0o700);

    let secrets = home.path().join("config/secrets");
    std::fs::create_dir_all(&secrets).unwrap();
    mode("config/secrets", 0o700);
    std::fs::write(secrets.join("secrets.toml"), "").unwrap();
    mode("config/secrets/secrets.toml", 0o644);
    refused("has mode 644", "chmod 600");
    mode("config/secrets/secrets.toml", 0o600);

    // A socket that nobody listens on, as after a kill, is no obstacle.
    std::fs::write(home.path().join("state/run/engine.sock"), "left behind").unwrap();
    assert_eq!(run(home.path(), &["status"], &[]).0, 0);
}

#[test]
fn what_a_person_may_mistype_is_told_before_anything_is_called() {
    let home = TestHome::new();
    let token = [("COUNTERPART_TOKEN", "x")];
    let wrong = |arguments: &[&str], environment: &[(&str, &str)], said: &str| {
        let (code, stdout, stderr) = run(home.path(), arguments, environment);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    };
    wrong(&["connect", "square", "--ca-file", "/nowhere.pem"], &token, "/nowhere.pem cannot be read");
    wrong(&["connect", "Square", "--ca-file", "Cargo.toml"], &token, "Cargo.toml holds no certificate");
    wrong(&["connect", "shopify", "--base-url", "https://shop.example"], &[], "COUNTERPART_CLIENT_ID");
    wrong(&["product", "4711"], &[], "l4711");
    wrong(&["product", "l4711"], &[], "no product l4711");
    wrong(&["jobs", "show"], &[], "needs the number of a job");
    wrong(&["jobs", "show", "j7"], &[], "no job j7");
    wrong(&["sandbox", "--platform", "square", "--catalogue", "shopify=x.csv"], &[], "not served");

    // Nothing to push is no failure, and the document is there.
    let nothing = json(&home, &["push", "--all", "--to", "pos", "--dry-run"]);
    assert_eq!(nothing["steps"], serde_json::json!([]));
    assert!(rows(&home, &["jobs", "list"]).is_empty());
}

#[test]
fn a_keymap_with_mistakes_costs_only_the_wrong_keys() {
    let home = TestHome::new();
    let (code, stdout, _) = run(home.path(), &["keys", "--where"], &[]);
    assert_eq!(code, 0);
    let path = std::path::PathBuf::from(stdout.trim());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "[everywhere]\n\"x\" = \"quit\"\n\"q\" = \"quti\"\n").unwrap();
    let (code, stdout, stderr) = run(home.path(), &["keys", "--json"], &[]);
    assert_eq!(code, 3);
    assert!(stderr.contains("keymap.toml: line 3, column") && stderr.contains("\"quit\""), "{stderr}");
    let keys: Value = serde_json::from_str(&stdout).unwrap();
    let quit = keys.as_array().unwrap().iter().find(|row| row["action"] == "quit").unwrap();
    let bound = |key: &str| quit["keys"].as_array().unwrap().iter().any(|bound| bound == key);
    assert!(bound("x") && bound("q"), "{quit}");
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

#[test]
fn what_was_done_is_told_as_json_too() {
    let sandbox = Sandbox::open(&[]);
    let home = TestHome::new();
    sandbox.connect(home.path(), "square");
    sandbox.connect(home.path(), "shopify");
    let told = |arguments: &[&str]| json(&home, arguments)["outcome"].as_str().unwrap_or_default().to_owned();
    assert!(told(&["sync"]).contains("is read now"));
    let shop = rows(&home, &["settings"]).iter().find(|row| row["side"] == "online").unwrap()["name"].clone();
    let shop = shop.as_str().unwrap().to_owned();
    let kept = rows(&home, &["settings", &shop, "--share", "50", "--ask-share", "25", "--ask-least", "7"]);
    assert_eq!((kept.len(), &kept[0]["settings"]["share"]), (1, &Value::from(50)));
    assert_eq!(kept[0]["settings"]["asks"], serde_json::json!({ "share": 25, "least": 7 }));
    let rules = rows(&home, &["fields", "price=pos-to-ecommerce"]);
    assert_eq!(rules[0]["rules"]["fields"]["price"], "to_online", "{rules:#?}");
    let (code, _, stderr) = run(home.path(), &["link", "--all", "--primary", "pos", "--yes"], &[]);
    assert!(code == 0 || code == 3, "{stderr}");
    let both = rows(&home, &["products", "--filter", "both"]);
    let product =
        format!("l{}", both[0]["product"].as_u64().map_or_else(|| both[0]["product"].to_string(), |n| n.to_string()));
    assert!(told(&["pause", &product]).contains("nothing is written"));
    assert!(told(&["resume", &product]).contains("kept in step again"));
    a_picture_is_saved(&home, &both);
}

/// As a small PNG, and no file is written over.
fn a_picture_is_saved(home: &TestHome, products: &[Value]) {
    let names = products.iter().map(|row| format!("l{}", row["product"]));
    let shows = |name: &String| {
        let detail = json(home, &["product", name]);
        let listings = detail["listings"].as_array().unwrap();
        listings.iter().any(|listing| listing["images"].as_array().is_some_and(|images| !images.is_empty()))
    };
    let name = names.take(20).find(shows).expect("a product with a picture");
    let file = home.path().join("picture.png");
    let save = || run(home.path(), &["product", &name, "--picture", file.to_str().unwrap()], &[]);
    let (code, _, stderr) = save();
    assert!(code == 0 && stderr.contains("holds picture 1 of"), "{stderr}");
    let saved = std::fs::read(&file).unwrap();
    let picture = image::load_from_memory(&saved).unwrap();
    assert!((1..=640).contains(&picture.width()) && (1..=640).contains(&picture.height()));
    let (code, _, stderr) = save();
    assert!(code == 1 && stderr.contains("name a file that is not there yet"), "{code} {stderr}");
    assert_eq!(std::fs::read(&file).unwrap(), saved);
}

#[test]
fn the_report_goes_through_a_spreadsheet_and_the_shop_is_cleaned_up() {
    let sandbox = Sandbox::open(&["--largest-plan", "--platform", "square", "--platform", "shopify"]);
    let home = TestHome::new();
    sandbox.connect(home.path(), "square");
    sandbox.connect(home.path(), "shopify");
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (csv, json_file) = (path("report.csv"), path("report.json"));
    for file in [&csv, &json_file] {
        let (code, _, stderr) = run(home.path(), &["report", "--export", file], &[]);
        assert_eq!(code, 0, "{stderr}");
    }
    let candidates = rows(&home, &["report"]).len();
    let written = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(written.lines().filter(|line| line.starts_with("yes,")).count(), candidates);
    // No cell begins a formula, whatever the titles are.
    for line in written.lines() {
        assert!(line.split(',').all(|cell| !cell.trim_matches('"').starts_with(['=', '+', '@'])), "{line}");
    }
    let planned = |file: &str| {
        let plan = json(&home, &["link", "--from", file, "--primary", "pos", "--dry-run"]);
        plan["plan"]["items"].as_u64().unwrap()
    };
    let everything = json(&home, &["link", "--all", "--primary", "pos", "--dry-run"]);
    let everything = everything["plan"]["items"].as_u64().unwrap();
    assert!(everything > 100, "{everything}");
    assert_eq!(planned(&csv), everything, "what was written is what is read");
    assert_eq!(planned(&json_file), everything);

    // As a spreadsheet of another country saves it: semicolons, UTF-16, one row only ticked, one row spoilt.
    let mut ticked = 0;
    let edited: String = written
        .lines()
        .map(|line| {
            ticked += usize::from(line.starts_with("yes,"));
            let line = if ticked > 1 { line.replacen("yes,", ",", 1) } else { line.to_owned() };
            let mut inside = false;
            let line = line.chars().map(|c| {
                inside ^= c == '"';
                if c == ',' && !inside { ';' } else { c }
            });
            line.collect::<String>() + "\r\n"
        })
        .collect();
    let edited = edited + "perhaps;;;;l1;;;;;;l2\r\n";
    let bytes: Vec<u8> = [0xfeff].into_iter().chain(edited.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    std::fs::write(path("edited.csv"), bytes).unwrap();
    let (code, stdout, stderr) =
        run(home.path(), &["link", "--from", &path("edited.csv"), "--primary", "pos", "--yes", "--json"], &[]);
    assert_eq!(code, 3, "{stderr}");
    let done: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&done["plan"]["items"], done["rejected"].as_array().unwrap().len()), (&Value::from(1), 1), "{done:#}");
    assert!(done["rejected"][0]["reason"].as_str().unwrap().contains("neither yes nor no"), "{done:#}");
    assert_eq!(rows(&home, &["products", "--filter", "both"]).len(), 1);

    // A file of pairs, with a name for each column and a SKU that nobody has.
    let report = rows(&home, &["report"]);
    let by_sku = |row: &&Value| row["matched"].as_array().unwrap().contains(&Value::from("sku"));
    let first = report.iter().find(by_sku).expect("a pair that a SKU has made");
    let sku = |side: &str| first[side]["sku"].as_str().unwrap_or_default().to_owned();
    let mapping = format!("till SKU;online SKU\n{};{}\nNOBODY;{}\n", sku("in_store"), sku("online"), sku("online"));
    std::fs::write(path("map.csv"), mapping).unwrap();
    let arguments = ["link", "--mapping", &path("map.csv"), "--primary", "pos", "--dry-run", "--json"];
    let (code, stdout, stderr) = run(home.path(), &arguments, &[]);
    assert_eq!(code, 3, "{stderr}");
    let plan: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(plan["rejected"][0]["line"], 3, "{plan:#}");

    let untidy = rows(&home, &["clean-up"]);
    assert!(untidy.iter().all(|row| !row["sentence"].as_str().unwrap().is_empty()), "{untidy:#?}");
    let file = path("untidy.csv");
    let (code, stdout, stderr) = run(home.path(), &["clean-up", "--csv", &file, "--bom"], &[]);
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    assert!(std::fs::read(&file).unwrap().starts_with(b"\xef\xbb\xbfproblem,connection"));
    let (code, _, stderr) = run(home.path(), &["link", "--mapping", &path("nothing.csv"), "--primary", "pos"], &[]);
    assert!(code == 2 && stderr.contains("nothing.csv") && stderr.contains("hint:"), "{stderr}");
}
