//! The login: its page, scopes, rotation, and a shop whose address is another's.

use crate::domain::{BaseUrl, Cursor, Feed};
use crate::http::{Body, Request};
use crate::login::{Begun, begin, exchange, returned};
use crate::platform::{Clock, PlatformError, WriteError};
use crate::secrets::{Credentials, Keyring, Secret};

use super::super::auth::LOGIN;
use super::super::sandbox::Sandbox;
use super::fixtures::{EVENING, Till, simple};

const APP: [(&str, &str); 2] =
    [("client_id", "counterpart-sandbox-app"), ("client_secret", "counterpart-sandbox-secret")];

fn app() -> Credentials {
    APP.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
}

/// Opens the page as a browser would: the address that it is sent to.
async fn open_page(till: &Till, url: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let mut request = Request::get(url.path()).accept(&[302]);
    request.query = url.query_pairs().into_owned().collect();
    let answer = till.http.read(request).await.unwrap();
    assert_eq!(answer.status, 302);
    answer.header("location").unwrap().to_owned()
}

async fn log_in(till: &Till) -> Credentials {
    let base = BaseUrl::new(&till.server.url(), false).unwrap();
    let begun = begin(&LOGIN, &base, "counterpart-sandbox-app", None, &[7; 64]);
    assert!(begun.url.starts_with(&format!("{base}/connect?")), "{}", begun.url);
    let address = open_page(till, &begun.url).await;
    let back = returned(&LOGIN, &begun, &address).unwrap();
    assert_eq!(back.brought["domain_prefix"].reveal(), "harbour");
    let now = till.clock.now();
    let tokens = exchange(&till.http, &LOGIN, &app(), &begun, &back, now).await.unwrap();
    assert_eq!(tokens.ends, Some(now.plus_seconds(86_400)));
    let mut all = app();
    all.extend(back.brought);
    all.extend(tokens.credentials());
    all
}

/// A shop, logged in; its connector has the tokens only.
async fn logged_in() -> Till {
    let mut till = Till::open_with(Sandbox::new(false), vec![simple("Mug", "M", 5)], EVENING, None).await;
    let credentials = log_in(&till).await;
    till.use_credentials(credentials);
    till
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_is_good_for_all_that_is_asked() {
    let till = logged_in().await;
    let found = till.connector.test().await.unwrap();
    assert_eq!(found.missing_permissions, Vec::<String>::new());
    assert_eq!(till.listings().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_gives_both_tokens_anew_and_they_are_kept_before_they_are_used() {
    let till = logged_in().await;
    let first = till.listings().await;
    assert!(till.keys.kept().is_empty(), "nothing was due");
    // More than half of its life.
    till.clock.advance(std::time::Duration::from_secs(50_000));
    assert_eq!(till.listings().await, first);
    let kept = till.keys.kept();
    assert_eq!(kept["access_token"].reveal(), "access-3");
    assert_eq!(kept["refresh_token"].reveal(), "refresh-3");
    // The old pair is dead: another copy of it is refused, and told so.
    let old = till.restarted().changes(Feed::Listings, &Cursor::Start).await.unwrap_err();
    assert!(matches!(&old, PlatformError::Unauthorised { why, .. } if why.contains("log in again")), "{old}");
    // The new one goes on for days.
    for _ in 0..4 {
        till.clock.advance(std::time::Duration::from_secs(100_000));
        assert_eq!(till.listings().await, first);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ended_elsewhere_is_renewed_once_in_the_middle_of_an_import() {
    let till = logged_in().await;
    till.listings().await;
    till.requests();
    // It ends at once, and the connector does not know: its clock says so only later.
    let ended: Credentials =
        [("access_token", "gone"), ("access_token_ends", "4000000000"), ("refresh_token", "refresh-2")]
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)))
            .chain(app())
            .collect();
    let mut till = till;
    till.use_credentials(ended);
    assert_eq!(till.listings().await.len(), 1);
    let calls: Vec<String> = till.requests().into_iter().map(|(call, _)| call).collect();
    assert_eq!(calls.iter().filter(|call| call.contains("/token")).count(), 1, "{calls:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scope_is_mandatory_and_what_lacks_is_named() {
    let mut till = Till::open(vec![simple("Mug", "M", 5)]).await;
    let base = BaseUrl::new(&till.server.url(), false).unwrap();
    let begun = begin(&LOGIN, &base, "counterpart-sandbox-app", None, &[9; 64]);
    let scopes = url::form_urlencoded::byte_serialize(LOGIN.scopes.as_bytes()).collect::<String>();
    let without = begun.url.replace(&format!("&scope={scopes}"), "");
    assert_ne!(without, begun.url);
    let why = returned(&LOGIN, &begun, &open_page(&till, &without).await).unwrap_err();
    assert!(why.contains("scope"), "{why}");
    let few = begun.url.replace(&scopes, "outlets%3Aread+retailer%3Aread+products%3Aread+inventory%3Aread");
    let begun = Begun { url: few.clone(), ..begun };
    let back = returned(&LOGIN, &begun, &open_page(&till, &few).await).unwrap();
    let tokens = exchange(&till.http, &LOGIN, &app(), &begun, &back, till.clock.now()).await.unwrap();
    let mut credentials = app();
    credentials.extend(tokens.credentials());
    till.use_credentials(credentials);
    let found = till.connector.test().await.unwrap();
    assert_eq!(found.missing_permissions, ["inventory:write", "sales:read"]);
}

/// The token endpoint says when it can be asked again as seconds since 1970, and in no other way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_endpoint_has_a_limit_of_its_own() {
    let till = logged_in().await;
    let mut refused = None;
    for _ in 0..12 {
        let body = vec![("grant_type".to_owned(), "refresh_token".to_owned())];
        let request = Request::post("/api/1.0/token").form(body.clone());
        assert_eq!(request.body, Body::Form(body));
        if let Err(WriteError::NotApplied(PlatformError::Throttled { retry_after, .. })) =
            till.http.write(request).await
        {
            refused = retry_after;
            break;
        }
    }
    let wait = refused.expect("it is told for how long");
    assert!((1..=61).contains(&wait.as_secs()), "{wait:?}");
    assert!(till.keys.keep(&Credentials::new()).is_ok());
}
