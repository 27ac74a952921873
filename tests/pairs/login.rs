//! Logging in as a merchant does: the page's address, a yes, and what the browser comes back with.

use counterpart::domain::{BaseUrl, Budget};
use counterpart::engine::Engine;
use counterpart::http::{Http, HttpOptions, Request as Call};
use counterpart::platform::SystemClock;
use counterpart::protocol::{ConnectionDraft, Reply, Request};
use counterpart::secrets::Secret;

use super::shop::OpenShop;

/// Whether the shop's keys are those of an app, with which a person logs in on the platform's page.
pub fn is_wanted(shop: &OpenShop) -> bool {
    shop.platform.profile.login.is_some() && shop.credentials.contains_key(counterpart::login::CLIENT)
}

/// The number of a login that is done.
pub async fn log_in(engine: &Engine, shop: &OpenShop, draft: &ConnectionDraft) -> String {
    let begun = engine.ask(Request::BeginLogin { draft: draft.clone(), redirect: None }).await;
    let Ok(Reply::LoginBegun { login, url, .. }) = begun else { panic!("{begun:?}") };
    let pasted = Secret::new(yes(shop, &url).await);
    let done = engine.ask(Request::FinishLogin { login: login.clone(), pasted }).await;
    assert!(matches!(done, Ok(Reply::LoggedIn { .. })), "{done:?}");
    login
}

/// The sandbox says yes at once, and sends the browser on.
async fn yes(shop: &OpenShop, page: &str) -> String {
    let page = url::Url::parse(page).unwrap();
    let http = Http::new(HttpOptions {
        platform: shop.platform.profile.name,
        base_url: BaseUrl::new(&shop.server.url(), false).unwrap(),
        ca_pem: None,
        budget: Budget { burst: 1, per_second_milli: 1_000, concurrent: 1, source: "a person" },
        timeout: shop.platform.profile.timeout,
        clock: std::sync::Arc::new(SystemClock),
        secrets: Vec::new(),
        explain: shop.platform.explain,
        seed: 1,
    });
    let mut call = Call::get(page.path()).accept(&[302]);
    call.query = page.query_pairs().into_owned().collect();
    let answer = http.unwrap().read(call).await.unwrap();
    answer.header("location").unwrap().to_owned()
}
