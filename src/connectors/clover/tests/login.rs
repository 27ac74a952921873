//! The login: from the page to a token, single-use refresh tokens, and a 401 that means a permission.

use super::*;
use crate::connectors::clover::auth::{INVENTORY_R, INVENTORY_W, LOGIN, MERCHANT_R, ORDERS_R};
use crate::connectors::clover::sandbox::{CLIENT_ID, CLIENT_SECRET};
use crate::http::Request;
use crate::login::{begin, exchange, returned};
use crate::platform::PlatformError;
use crate::secrets::HeldKeys;

struct LoggedIn {
    bench: Bench,
    kept: Arc<HeldKeys>,
}

/// Opens the page, comes back from it, changes the code, and connects.
async fn log_in(sandbox: Sandbox, products: Vec<ShopProduct>) -> LoggedIn {
    let (server, clock) = serve(sandbox, products).await;
    let mut credentials: Credentials = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]
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
    credentials.extend(returned.brought);
    credentials.extend(tokens.credentials());
    let kept = Arc::new(HeldKeys::default());
    let keyring = kept.clone();
    let bench = Bench::connect(server, clock, credentials, |http| Some(LoginDesk { http: http.clone(), keyring }));
    LoggedIn { bench, kept }
}

fn refreshes(bench: &Bench) -> usize {
    bench.server.requests().iter().filter(|seen| seen.path == LOGIN.refresh.path).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_redirect_brings_the_merchant_and_tokens_renew_themselves() {
    let products = (0..2500).map(|n| mug(&format!("Mug {n:04}"), 1)).collect();
    let LoggedIn { bench, kept } = log_in(Sandbox::default(), products).await;
    assert_eq!(bench.till.test().await.unwrap().shop_name.as_str(), "Harbour & Hill");
    assert_eq!(refreshes(&bench), 0);
    // The token ends in the middle of an import, more than once: each refresh token worked once.
    let mut cursor = Cursor::Start;
    let mut titles = std::collections::BTreeSet::new();
    loop {
        let page = bench.till.changes(Feed::Listings, &cursor).await.unwrap();
        titles.extend(seen(page.changes).into_iter().map(|listing| listing.title));
        match page.next {
            Next::More(next) => cursor = next,
            Next::Done(_) => break,
        }
        bench.clock.advance(Duration::from_secs(1200));
    }
    assert_eq!(titles.len(), 2500);
    assert!(refreshes(&bench) >= 2, "{}", refreshes(&bench));
    let names: Vec<String> = kept.kept().into_keys().collect();
    assert_eq!(names, ["access_token", "access_token_ends", "refresh_token"], "kept before they were used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_permission_spends_one_refresh_and_no_more() {
    let LoggedIn { bench, .. } = log_in(Sandbox::default().lacking(ORDERS_R), vec![mug("Mug", 1)]).await;
    for _ in 0..3 {
        let error = bench.till.changes(Feed::Orders, &Cursor::Start).await.unwrap_err();
        assert!(matches!(&error, PlatformError::Unauthorised { why, .. } if why.contains("permission")), "{error}");
    }
    assert_eq!(refreshes(&bench), 1);
    assert_eq!(bench.listings().await.len(), 1, "what is permitted goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_refresh_token_asks_for_another_login() {
    let LoggedIn { bench, .. } = log_in(Sandbox::default(), vec![mug("Mug", 1)]).await;
    // The answer to a refresh is lost: the token in it is too, and the one before is dead.
    bench.clock.advance(Duration::from_secs(3 * 3600));
    bench.faults("cut-after:nth=1,path=/oauth/v2/refresh");
    let error = bench.till.test().await.unwrap_err();
    assert!(matches!(&error, PlatformError::Unauthorised { why, .. } if why.contains("log in again")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_cannot_be_renewed_says_when_it_ends() {
    let LoggedIn { bench, .. } = log_in(Sandbox::default(), vec![mug("Mug", 1)]).await;
    assert_eq!(bench.till.login_ends(), None, "it renews itself");
    // More than half of its life is over, and the answer to the refresh is lost.
    bench.clock.advance(Duration::from_secs(1000));
    bench.faults("cut-after:nth=1,path=/oauth/v2/refresh");
    bench.till.test().await.unwrap();
    let left = bench.till.login_ends().unwrap().seconds_since(bench.clock.now());
    assert!((1..1000).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_names_the_permission_that_lacks() {
    let missing = async |permission| {
        let bench = Bench::with(Sandbox::default().lacking(permission), vec![mug("Mug", 1)]).await;
        bench.till.test().await
    };
    assert_eq!(missing(INVENTORY_R).await.unwrap().missing_permissions, [INVENTORY_R]);
    assert_eq!(missing(INVENTORY_W).await.unwrap().missing_permissions, [INVENTORY_W]);
    assert_eq!(missing(ORDERS_R).await.unwrap().missing_permissions, [ORDERS_R]);
    let error = missing(MERCHANT_R).await.unwrap_err();
    assert!(error.to_string().contains(MERCHANT_R), "{error}");
}
