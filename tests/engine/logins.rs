//! Logging in through the engine: from the page's address to a shop that is read, and what becomes of its keys.

use counterpart::domain::ConnectionState;
use counterpart::platform::Clock;
use counterpart::protocol::{ConnectionDraft, Event, Problem, ProblemKind, Reply, Request};
use counterpart::secrets::{Credentials, Secret};

use super::bed::draft;
use super::paged::imitation::Mishap;
use super::paged::{LIVES, World, begun};

fn usage(problem: &Problem, said: &str) {
    assert!(problem.kind == ProblemKind::Usage && problem.message.contains(said), "{problem:?}");
    assert!(problem.hint.is_some(), "{problem:?}");
}

#[tokio::test]
async fn from_the_page_to_a_shop_that_is_read_through_days_and_restarts() {
    let world = World::new().await;
    let bed = world.connected().await;
    assert_eq!(bed.products(Default::default()).await.len(), 1);
    let kept = world.secrets().get("c1", &[]).unwrap();
    let names: Vec<&str> = kept.keys().map(String::as_str).collect();
    let all = ["access_token", "access_token_ends", "account", "client_id", "client_secret", "refresh_token"];
    assert_eq!(names, all);
    for day in 0..3 {
        world.pass(LIVES * 24);
        world.shop.put(&format!("d{day}"), &format!("SKU-D{day}"), 1);
        bed.import(false).await;
    }
    bed.engine.stop().await;
    world.pass(LIVES * 24);
    let bed = world.engine().await;
    world.shop.put("t2", "SKU-2", 1);
    bed.import(false).await;
    assert_eq!(bed.products(Default::default()).await.len(), 5);
    assert_eq!(bed.status().await.connections[0].state, ConnectionState::Online);
    bed.engine.stop().await;
}

#[tokio::test]
async fn what_a_test_renews_is_what_is_connected_with() {
    let world = World::new().await;
    let bed = world.engine().await;
    let login = world.logged_in(&bed, world.draft()).await;
    let with = |login: &str| ConnectionDraft { login: Some(login.to_owned()), ..draft("paged") };
    // Each test comes so late that the token has ended, and the refresh token works once.
    for _ in 0..3 {
        world.pass(LIVES);
        bed.ask(Request::TestConnection { draft: with(&login) }).await;
    }
    // A test that fails after it has renewed them drops nothing either.
    world.pass(LIVES);
    world.shop.fails(super::fake::Call::Test, &[super::fake::Fault::Offline]);
    bed.problem(Request::TestConnection { draft: with(&login) }).await;
    world.pass(LIVES);
    let Reply::Connected { import, .. } = bed.ask(Request::Connect { draft: with(&login) }).await else { panic!() };
    bed.ended(import).await;
    assert_eq!(world.imitation.calls(), 6);
    world.pass(LIVES);
    bed.import(false).await;
    assert_eq!(bed.status().await.connections[0].state, ConnectionState::Online);
    // It has become a connection, and waits no more.
    usage(&bed.problem(Request::TestConnection { draft: with(&login) }).await, "not waiting any more");
    bed.engine.stop().await;
}

#[tokio::test]
async fn a_code_is_changed_once_and_a_login_that_failed_can_be_tried_again() {
    let world = World::new().await;
    let bed = world.engine().await;
    let (login, url) = begun(&bed, world.draft()).await;
    let finish = |pasted: &str| Request::FinishLogin { login: login.clone(), pasted: Secret::new(pasted) };
    usage(&bed.problem(finish("https://localhost/?code=abcdef&state=other")).await, "another login");
    let without = Request::Connect { draft: ConnectionDraft { login: Some(login.clone()), ..draft("paged") } };
    usage(&bed.problem(without).await, "nobody has said yes");

    // A code that the platform does not know, in an answer that repeats it.
    let yes = world.imitation.says_yes(&url);
    let wrong = yes.replace("canary", "stranger");
    let problem = bed.problem(finish(&wrong)).await;
    assert!(problem.kind == ProblemKind::Platform && problem.message.contains("invalid_grant"), "{problem:?}");
    assert!(problem.hint.as_ref().unwrap().contains("open the page once more"), "{problem:?}");
    assert!(!format!("{problem:?}").contains("stranger") && !format!("{problem:?}").contains("s3cret"), "{problem:?}");

    // The line breaks: the code is used up, and another one works.
    world.imitation.mishaps(&[Mishap::LostAfter]);
    bed.problem(finish(&yes)).await;
    let yes = world.imitation.says_yes(&url);
    assert!(!format!("{:?}", finish(&yes)).contains("canary"), "a request shows its code");
    // Brought by the browser and pasted at the same time.
    let (one, other) = tokio::join!(bed.engine.ask(finish(&yes)), bed.engine.ask(finish(&yes)));
    assert!(one.is_ok() && one == other);
    assert_eq!(world.imitation.calls(), 3);
    bed.engine.stop().await;
}

#[tokio::test]
async fn a_login_waits_for_an_hour_and_for_its_own_shop() {
    let world = World::new().await;
    let bed = world.engine().await;
    let login = world.logged_in(&bed, world.draft()).await;
    let elsewhere =
        ConnectionDraft { base_url: "https://other.example".into(), login: Some(login.clone()), ..draft("paged") };
    usage(&bed.problem(Request::TestConnection { draft: elsewhere }).await, "another shop");
    world.pass(3601);
    let late = ConnectionDraft { login: Some(login), ..draft("paged") };
    usage(&bed.problem(Request::Connect { draft: late }).await, "an hour has passed");
    let pasted = Secret::new("abcdef");
    usage(&bed.problem(Request::FinishLogin { login: "unknown".into(), pasted }).await, "not waiting");
    bed.engine.stop().await;
}

#[tokio::test]
async fn a_key_needs_no_login_and_the_keys_of_an_app_are_none() {
    let world = World::new().await;
    let bed = world.engine().await;
    let problem = bed.problem(Request::Connect { draft: world.draft() }).await;
    usage(&problem, "log in on its page first");
    assert!(problem.hint.unwrap().contains("counterpart connect paged"));
    let nameless = ConnectionDraft { credentials: Credentials::new(), ..world.draft() };
    usage(&bed.problem(Request::BeginLogin { draft: nameless, redirect: None }).await, "client id");
    let odd = Some("not an address".to_owned());
    usage(&bed.problem(Request::BeginLogin { draft: world.draft(), redirect: odd }).await, "redirect");
    let draft = ConnectionDraft { base_url: world.draft().base_url, ..draft("paged") };
    let Reply::Connected { import, .. } = bed.ask(Request::Connect { draft }).await else { panic!() };
    bed.ended(import).await;
    assert_eq!((world.imitation.calls(), bed.status().await.connections[0].login_ends), (0, None));
    bed.engine.stop().await;
}

#[tokio::test]
async fn who_must_log_in_again_is_told_before_the_end_and_changes_nothing_else_by_it() {
    let world = World::new().await;
    let bed = world.engine().await;
    let login = world.logged_in(&bed, world.draft()).await;
    let locations = vec!["back".to_owned(), "main".to_owned()];
    let both = ConnectionDraft { login: Some(login), name: "Corner's".into(), locations, ..draft("paged") };
    let Reply::Connected { import, .. } = bed.ask(Request::Connect { draft: both }).await else { panic!() };
    bed.ended(import).await;
    let before = bed.status().await.connections[0].clone();
    assert_eq!((before.login_ends, before.locations.len()), (None, 2));

    // The answer to a refresh is lost, and the platform takes a refresh token once.
    let mut events = bed.engine.events();
    let ends = world.clock.now().plus_seconds(LIVES);
    world.pass(LIVES / 2);
    world.imitation.mishaps(&[Mishap::LostAfter]);
    bed.import(false).await;
    let row = bed.status().await.connections[0].clone();
    assert_eq!((row.state, row.login_ends), (ConnectionState::Online, Some(ends)));
    assert_eq!(row.log_in, "counterpart connect paged --name 'Corner'\\''s'");
    let told = loop {
        if let Event::Notice { text, hint, .. } = events.recv().await.unwrap() {
            break (text, hint.unwrap());
        }
    };
    assert_eq!(told.0, format!("the login of Corner's ends at {ends} and cannot be renewed"));
    assert!(told.1.contains("counterpart connect paged --name"), "{told:?}");

    // To the end it works, and then it says so.
    world.pass(LIVES / 2 - 1);
    bed.import(false).await;
    world.pass(1);
    bed.ask(Request::Import { connection: None, full: false }).await;
    let needs = bed.until("the state", || async {
        let row = bed.status().await.connections[0].clone();
        match &row.state {
            ConnectionState::NeedsLogin { why } => Some((why.clone(), row.login_ends)),
            _ => None,
        }
    });
    let (why, _) = needs.await;
    assert!(why.ends_with("log in again"), "{why}");

    // The name is enough; the app's keys, the address and the locations are as they were.
    let named = ConnectionDraft { name: "corner's".into(), credentials: Credentials::new(), ..draft("paged") };
    let login = world.logged_in(&bed, named.clone()).await;
    let Reply::Connected { connection, .. } =
        bed.ask(Request::Connect { draft: ConnectionDraft { login: Some(login), ..named } }).await
    else {
        panic!()
    };
    let row = bed.status().await.connections[0].clone();
    assert_eq!((connection, &row.locations, row.login_ends), (before.id, &before.locations, None));
    bed.until("the import goes on", || async {
        bed.jobs().await.iter().all(|row| row.job.state == counterpart::domain::JobState::Done).then_some(())
    })
    .await;
    assert_eq!(bed.status().await.connections[0].state, ConnectionState::Online);
    bed.engine.stop().await;
}
