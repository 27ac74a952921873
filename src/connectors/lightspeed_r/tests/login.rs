//! The login: from the page to tokens, their change on the way, scopes.

use super::*;
use crate::connectors::lightspeed_r::auth::LOGIN;
use crate::connectors::lightspeed_r::sandbox::{CLIENT_ID, CLIENT_SECRET, LIVES};
use crate::http::Request;
use crate::login::{begin, exchange, returned};
use crate::platform::PlatformError;

/// Opens the page, comes back from it, changes the code, and connects.
async fn log_in(sandbox: Sandbox, products: Vec<ShopProduct>, secret: &str) -> (Bench, Arc<HeldKeys>) {
    let (server, clock) = serve(sandbox, products).await;
    let mut credentials: Credentials = [("client_id", CLIENT_ID), ("client_secret", secret)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Secret::new(value)))
        .collect();
    let http = client(&server, &clock, &credentials);
    let base = BaseUrl::new(&server.url(), false).unwrap();
    let begun = begin(&LOGIN, &base, CLIENT_ID, None, &[7; 64]);
    let page = url::Url::parse(&begun.url).unwrap();
    let mut request = Request::get(page.path()).accept(&[302]);
    request.query = page.query_pairs().into_owned().collect();
    let answer = http.read(request).await.unwrap();
    let pasted = answer.header("location").unwrap().to_owned();
    assert!(pasted.starts_with(LOGIN.redirect), "{pasted}");
    let returned = returned(&LOGIN, &begun, &pasted).unwrap();
    let tokens = exchange(&http, &LOGIN, &credentials, &begun, &returned, clock.now()).await.unwrap();
    // A code works once.
    assert!(exchange(&http, &LOGIN, &credentials, &begun, &returned, clock.now()).await.is_err());
    credentials.extend(tokens.credentials());
    let kept = Arc::new(HeldKeys::default());
    (Bench::connect(server, clock, credentials, kept.clone()), kept)
}

fn refreshes(bench: &Bench) -> usize {
    // The first two changed the code.
    bench.server.requests().iter().filter(|seen| seen.path == LOGIN.token.path).count() - 2
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_a_secret_logs_in_and_tokens_renew_themselves_mid_import() {
    let products = (0..450).map(|n| mug(&format!("Mug {n:03}"), 1)).collect();
    let (bench, kept) = log_in(Sandbox::default(), products, "").await;
    assert_eq!(bench.till.test().await.unwrap().shop_name.as_str(), "Harbour & Hill");
    assert_eq!((refreshes(&bench), bench.till.login_ends()), (0, None), "it renews itself");
    let mut cursor = Cursor::Start;
    let mut titles = std::collections::BTreeSet::new();
    loop {
        let page = bench.till.changes(Feed::Listings, &cursor).await.unwrap();
        titles.extend(seen(page.changes).into_iter().map(|listing| listing.title));
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(_) => break,
        }
        bench.clock.advance(Duration::from_secs(LIVES.unsigned_abs() / 2 + 60));
    }
    assert_eq!(titles.len(), 450);
    assert!(refreshes(&bench) >= 2, "{}", refreshes(&bench));
    let names: Vec<String> = kept.kept().into_keys().collect();
    assert_eq!(names, ["access_token", "access_token_ends", "refresh_token"], "kept before they were used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_whose_answer_is_lost_is_sent_again_and_nothing_is_lost() {
    let (bench, _) = log_in(Sandbox::default(), vec![mug("Mug", 1)], CLIENT_SECRET).await;
    for _ in 0..3 {
        bench.clock.advance(Duration::from_secs(2 * 3600));
        bench.faults("cut-after:nth=1,path=/auth/oauth/token");
        let before = refreshes(&bench);
        assert_eq!(bench.listings().await.len(), 1);
        assert_eq!(refreshes(&bench) - before, 2, "once lost, once answered");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_refresh_token_dies_when_the_new_access_token_is_used() {
    let (bench, kept) = log_in(Sandbox::default(), vec![mug("Mug", 1)], "").await;
    bench.clock.advance(Duration::from_secs(2 * 3600));
    bench.listings().await;
    let first = kept.kept();
    bench.clock.advance(Duration::from_secs(2 * 3600));
    bench.listings().await;
    assert_ne!(first["refresh_token"], kept.kept()["refresh_token"]);
    // As a store that was set back to an older copy would.
    let mut old: Credentials = [("client_id".to_owned(), Secret::new(CLIENT_ID))].into();
    old.insert("refresh_token".to_owned(), first["refresh_token"].clone());
    let again = Bench::connect(bench.server, bench.clock, old, Arc::new(HeldKeys::default()));
    let error = again.till.test().await.unwrap_err();
    assert!(matches!(&error, PlatformError::Unauthorised { why, .. } if why.contains("log in again")), "{error}");
    assert!(!error.to_string().contains(first["refresh_token"].reveal()), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_alone_is_a_way_in() {
    let (server, clock) = serve(Sandbox::default(), vec![mug("Mug", 1)]).await;
    let given = Sandbox::default().credentials();
    let known = |name: &str| given.iter().find(|(field, _)| *field == name).unwrap().1.clone();
    let credentials: Credentials =
        ["client_id", "refresh_token"].map(|name| (name.to_owned(), Secret::new(known(name)))).into();
    let bench = Bench::connect(server, clock, credentials, Arc::new(HeldKeys::default()));
    assert_eq!(bench.listings().await.len(), 1);
    let nobody = Account {
        http: bench.http.clone(),
        credentials: Credentials::new(),
        clock: bench.clock.clone(),
        locations: Vec::new(),
        currency: None,
        login: None,
    };
    let error = super::super::connector::connect(nobody).err().unwrap();
    assert!(error.to_string().contains("nobody has logged in"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_names_the_scopes_that_lack() {
    for scope in super::super::auth::NEEDED {
        let bench = Bench::with(Sandbox::default().lacking(scope), vec![mug("Mug", 1)]).await;
        match bench.till.test().await {
            Ok(found) => {
                assert_eq!(found.missing_permissions, [scope]);
                assert!(!found.permissions.iter().any(|known| known == scope), "{found:?}");
            }
            // Without it not even the shops can be read.
            Err(why) => {
                assert_eq!(scope, "employee:inventory");
                assert!(why.to_string().contains("scope"), "{why}");
            }
        }
    }
    let whole = Bench::open(vec![mug("Mug", 1)]).await.till.test().await.unwrap();
    assert_eq!(whole.missing_permissions, Vec::<String>::new());
    let names: Vec<&str> = whole.locations.iter().map(|location| location.name.as_str()).collect();
    assert_eq!(names, ["Harbour Street", "Market Stall"]);
}
