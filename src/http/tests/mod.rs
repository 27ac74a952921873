//! The client against a server on a real socket that answers what a test wants.

mod trust;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;
use crate::domain::{Currency, Timestamp};
use crate::platform::{ManualClock, PlatformError, WriteError};
use crate::sandbox::{Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopServer};

type Reply = dyn FnMut(&Incoming) -> Outgoing + Send;

/// Answers by a closure.
struct Script(Box<Reply>);

impl Imitation for Script {
    fn platform(&self) -> &'static str {
        "script"
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn answer(&mut self, _: &mut Shop, request: &Incoming, _: Timestamp) -> Outgoing {
        (self.0)(request)
    }

    fn failure(&self, failure: Failure, _: Timestamp) -> Outgoing {
        match failure {
            Failure::Throttled => text(429, "slow down").header("retry-after", 7),
            Failure::Broken => text(503, "<html>down</html>"),
        }
    }
}

fn text(status: u16, body: &str) -> Outgoing {
    Outgoing { status, headers: Vec::new(), body: body.into() }
}

fn ok() -> Outgoing {
    Outgoing::json(200, &serde_json::json!({ "ok": true }))
}

async fn server(faults: &[&str], reply: impl FnMut(&Incoming) -> Outgoing + Send + 'static) -> ShopServer {
    let shop = Shop::new("Test", Currency::new("EUR").unwrap(), &["Here"]);
    let faults = Faults::parse(faults.iter().copied(), 1).unwrap();
    let clock = Arc::new(ManualClock::starting_at(Timestamp(0)));
    let address = ([127, 0, 0, 1], 0).into();
    ShopServer::start(Box::new(Script(Box::new(reply))), shop, faults, clock, address).await.unwrap()
}

/// A client on a clock that moves only by sleeping.
fn client(url: &str) -> (Http, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::starting_at(Timestamp::parse("2026-11-21T19:00:00Z").unwrap()));
    let http = Http::new(HttpOptions {
        platform: "Test",
        base_url: BaseUrl::new(url, false).unwrap(),
        ca_pem: None,
        budget: Budget { burst: 100, per_second_milli: 100_000, concurrent: 4, source: "test" },
        timeout: Duration::from_secs(5),
        clock: clock.clone(),
        secrets: vec![Secret::new("canary-secret")],
        explain: |_, body| {
            let body: serde_json::Value = serde_json::from_slice(body).ok()?;
            Some(body.get("message")?.as_str()?.to_owned())
        },
        seed: 1,
    })
    .unwrap();
    (http, clock)
}

fn keyed(request: Request) -> Request {
    request.secret_header("Authorization", Secret::new("Bearer canary-token"))
}

#[tokio::test]
async fn a_call_arrives_as_it_was_described() {
    let server = server(&[], |request| {
        let seen = serde_json::json!({
            "method": request.method, "path": request.path, "query": request.query,
            "key": request.header("authorization"), "agent": request.header("user-agent"),
            "kind": request.header("content-type"), "body": String::from_utf8_lossy(&request.body),
        });
        Outgoing::json(200, &seen)
    })
    .await;
    let (http, _) = client(&format!("{}/base", server.url()));
    let request = keyed(Request::post("/things").query("since", "2026-11-21T19:00:00+01:00").query("q", "a b&c"));
    let (seen, answer): (serde_json::Value, _) =
        http.write_json(request.json(serde_json::json!({ "a": 1 }))).await.unwrap();
    assert_eq!(seen["path"], "/base/things");
    assert_eq!(seen["query"], serde_json::json!([["since", "2026-11-21T19:00:00+01:00"], ["q", "a b&c"]]));
    assert_eq!(seen["key"], "Bearer canary-token");
    assert_eq!(seen["agent"], concat!("counterpart/", env!("CARGO_PKG_VERSION")));
    assert_eq!((&seen["kind"], &seen["body"]), (&"application/json".into(), &r#"{"a":1}"#.into()));
    assert_eq!(answer.header("Content-Type"), Some("application/json; charset=utf-8"));
    assert!(http.server_skew().is_some() && http.server_date().is_some());
    assert_eq!(http.calls(), 1);
}

#[tokio::test]
async fn a_read_is_tried_again_and_a_write_is_not() {
    for fault in ["5xx", "cut-before", "cut-after", "cut-inside"] {
        let server = server(&[&format!("{fault}:nth=1")], |_| ok()).await;
        let (http, _) = client(&server.url());
        assert!(http.read(Request::get("/x")).await.is_ok(), "{fault}");
        assert_eq!(server.requests().len(), 2, "{fault}");

        server.set_faults(Faults::parse([fault], 1).unwrap());
        let failed = http.write(Request::post("/x")).await.unwrap_err();
        assert!(matches!(failed, WriteError::Unknown(_)), "{fault}: {failed}");
        assert_eq!(server.requests().len(), 3, "{fault}");
        assert_eq!(http.calls(), 3);
    }
}

/// The connection is warm when it is cut: the layers below would be most tempted to repeat.
#[tokio::test]
async fn a_cut_write_on_a_used_connection_is_sent_once() {
    let server = server(&["cut-after:nth=3"], |_| ok()).await;
    let (http, _) = client(&server.url());
    for _ in 0..2 {
        http.write(Request::post("/x")).await.unwrap();
    }
    let failed = http.write(Request::post("/x")).await.unwrap_err();
    assert!(matches!(failed, WriteError::Unknown(PlatformError::Unreachable { .. })), "{failed}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn reads_give_up_after_five_tries() {
    let server = server(&["cut-before"], |_| ok()).await;
    let (http, clock) = client(&server.url());
    let began = clock.now();
    let failed = http.read(Request::get("/x")).await.unwrap_err();
    assert!(failed.passes(), "{failed}");
    assert_eq!(server.requests().len(), 5);
    assert!(clock.now().seconds_since(began) < 60);
}

#[tokio::test]
async fn nobody_there_is_certainly_not_applied() {
    let server = server(&[], |_| ok()).await;
    let (http, _) = client(&server.url());
    server.shutdown().await;
    let failed = http.write(Request::post("/x")).await.unwrap_err();
    assert!(matches!(&failed, WriteError::NotApplied(PlatformError::Unreachable { .. })), "{failed:?}");
    assert!(failed.to_string().contains("connection refused"), "{failed}");
}

#[tokio::test]
async fn no_answer_in_time_is_unknown() {
    let server = server(&["late=60000"], |_| ok()).await;
    let (http, _) = client(&server.url());
    let inner = HttpOptions {
        platform: "Test",
        base_url: http.base_url().clone(),
        ca_pem: None,
        budget: http.budget(),
        timeout: Duration::from_millis(50),
        clock: Arc::new(ManualClock::starting_at(Timestamp(0))),
        secrets: vec![],
        explain: |_, _| None,
        seed: 1,
    };
    let hasty = Http::new(inner).unwrap();
    let failed = hasty.write(Request::post("/x")).await.unwrap_err();
    assert!(matches!(failed, WriteError::Unknown(PlatformError::Unreachable { .. })), "{failed}");
    assert!(failed.to_string().contains("no answer within 0.05 seconds"), "{failed}");
}

#[tokio::test]
async fn being_told_to_wait_is_obeyed_in_both_forms() {
    for after in ["7", "Sat, 21 Nov 2026 19:00:07 GMT"] {
        let count = Arc::new(AtomicU64::new(0));
        let counted = count.clone();
        let server = server(&[], move |_| match counted.fetch_add(1, Ordering::Relaxed) {
            0 => text(429, "").header("retry-after", after).header("date", "Sat, 21 Nov 2026 19:00:00 GMT"),
            _ => ok(),
        })
        .await;
        let (http, clock) = client(&server.url());
        let began = clock.now();
        http.read(Request::get("/x")).await.unwrap();
        let waited = clock.now().seconds_since(began);
        assert!((7..9).contains(&waited), "{waited}");
    }
    // The pause holds for writes too, and one that is too long is told instead of waited for.
    let server = server(&[], |_| text(429, "").header("retry-after", 7_200)).await;
    let (http, _) = client(&server.url());
    for _ in 0..2 {
        let failed = http.write(Request::post("/x")).await.unwrap_err();
        let WriteError::NotApplied(PlatformError::Throttled { retry_after: Some(after), .. }) = failed else {
            panic!("{failed:?}")
        };
        assert_eq!(after.as_secs(), 7_200);
    }
    assert_eq!(server.requests().len(), 1);
    let (used, now) = (http.rate_use(), http.inner().clock.now());
    assert_eq!((used.calls, used.waits, used.waits_for(now)), (1, 1, Some(7_200)), "what was not sent is not counted");
}

#[tokio::test]
async fn the_key_does_not_follow_a_redirect() {
    let elsewhere = server(&[], |_| ok()).await;
    let to = format!("{}/login?ticket=1", elsewhere.url());
    let server = server(&[&format!("redirect={to}")], |_| ok()).await;
    let (http, _) = client(&server.url());
    let failed = http.read(keyed(Request::get("/x"))).await.unwrap_err();
    assert!(matches!(&failed, PlatformError::Redirected { to, .. } if to.ends_with("/login")), "{failed}");
    assert_eq!(server.requests().len(), 1);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn statuses_become_the_words_of_the_contract() {
    let server = server(&[], |request| {
        let status = request.path.trim_start_matches('/').parse().unwrap();
        Outgoing::json(status, &serde_json::json!({ "message": "no\u{1b}pe, canary-secret" }))
    })
    .await;
    let (http, _) = client(&server.url());
    let write = |status: u16| http.write(keyed(Request::post(format!("/{status}"))));
    let platform = "Test";
    let why = || "nope, ***".to_owned();
    for (status, expected) in [
        (400, WriteError::NotApplied(PlatformError::Refused { platform, why: why() })),
        (401, WriteError::NotApplied(PlatformError::Unauthorised { platform, why: why() })),
        (403, WriteError::NotApplied(PlatformError::Unauthorised { platform, why: why() })),
        (404, WriteError::NotApplied(PlatformError::NotFound { platform, what: format!("/404 ({})", why()) })),
        (422, WriteError::NotApplied(PlatformError::Refused { platform, why: why() })),
        (500, WriteError::Unknown(PlatformError::Broken { platform, why: why() })),
        (504, WriteError::Unknown(PlatformError::Broken { platform, why: why() })),
    ] {
        assert_eq!(write(status).await.unwrap_err(), expected, "{status}");
    }
    assert!(matches!(write(408).await, Err(WriteError::Unknown(_))));
    assert!(matches!(write(303).await, Err(WriteError::Unknown(PlatformError::Redirected { .. }))));
    assert!(matches!(write(308).await, Err(WriteError::NotApplied(PlatformError::Redirected { .. }))));
    let seen = http.write(Request::post("/409").accept(&[409])).await.unwrap();
    assert_eq!(seen.status, 409);
}

#[tokio::test]
async fn a_stranger_cannot_fill_the_memory() {
    use std::io::Write as _;
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..20 {
        bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let server = server(&[], move |request| match request.path.as_str() {
        "/bomb" => {
            Outgoing { status: 200, headers: vec![("content-encoding".into(), "gzip".into())], body: bomb.clone() }
        }
        "/large" => text(200, &" ".repeat(17 << 20)),
        "/error" => text(400, &"x".repeat(17 << 20)),
        "/headers" => (0..9).fold(ok(), |answer, _| answer.header("x-filler", "x".repeat(8_000))),
        _ => text(200, &" ".repeat(15 << 20)),
    })
    .await;
    let (http, _) = client(&server.url());
    for path in ["/bomb", "/large", "/headers"] {
        let failed = http.write(Request::post(path)).await.unwrap_err();
        assert!(matches!(failed, WriteError::Unknown(PlatformError::Unexpected { .. })), "{path}: {failed}");
    }
    let failed = http.read(Request::get("/error")).await.unwrap_err();
    assert!(failed.to_string().len() < 400, "{failed}");
    assert_eq!(http.read(Request::get("/fits")).await.unwrap().body.len(), 15 << 20);
}

#[tokio::test]
async fn an_unreadable_answer_to_a_write_is_unknown() {
    let server = server(&["malformed:path=/cut", "html:path=/page"], |_| ok()).await;
    let (http, _) = client(&server.url());
    for path in ["/cut", "/page"] {
        let failed = http.write_json::<serde_json::Value>(Request::post(path)).await.unwrap_err();
        assert!(matches!(failed, WriteError::Unknown(PlatformError::Unexpected { .. })), "{path}: {failed}");
        let failed = http.read_json::<serde_json::Value>(Request::get(path)).await.unwrap_err();
        assert!(matches!(failed, PlatformError::Unexpected { .. }), "{path}: {failed}");
    }
}

#[tokio::test]
async fn the_next_page_is_at_home_or_refused() {
    let server = server(&[], |request| {
        let to = request.query("to").unwrap().to_owned();
        ok().header("link", format!("<{to}>; rel=\"next\""))
    })
    .await;
    let base = format!("{}/api", server.url());
    let (http, _) = client(&base);
    let ask = async |to: &str| {
        let answer = http.read(Request::get("/list").query("to", to)).await.unwrap();
        http.next_page(&answer)
    };
    let next = ask(&format!("{base}/list?page=2&q=a%20b")).await.unwrap().unwrap();
    assert_eq!(next, Request::get("/list").query("page", 2).query("q", "a b"));
    for elsewhere in ["https://evil.example/api/list", &server.url(), &base.replace("127.0.0.1", "u:p@127.0.0.1")] {
        assert!(ask(elsewhere).await.is_err(), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_path_cannot_leave_the_shop() {
    let server = server(&[], |_| ok()).await;
    let (http, _) = client(&format!("{}/api", server.url()));
    for path in ["/../admin", "x", "/a?b=c", "/a#b", "@evil.example/", ".evil.example/x"] {
        let failed = http.write(Request::post(path)).await.unwrap_err();
        assert!(matches!(failed, WriteError::NotApplied(PlatformError::Unexpected { .. })), "{path}: {failed}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    let server = server(&[], |request| {
        let key = request.header("authorization").unwrap_or_default().to_owned();
        let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "key:canary-secret");
        let told = format!("{key} {basic} canary-secret canary%2Dsecret");
        match request.path.as_str() {
            "/redirect" => text(301, "").header("location", format!("https://x.example/canary-secret?k={key}")),
            "/json" => Outgoing::json(400, &serde_json::json!({ "message": told })),
            "/shape" => Outgoing::json(200, &serde_json::json!({ "message": told })),
            _ => text(400, &told),
        }
    })
    .await;
    let (http, _) = client(&server.url());
    for path in ["/redirect", "/json", "/shape", "/text", "/canary-secret"] {
        let failed = http.write_json::<Vec<u8>>(keyed(Request::post(path).query("k", "canary-secret"))).await;
        let failed = failed.unwrap_err();
        let shown = format!("{failed} {failed:?} {}", failed.cause().hint());
        assert!(!shown.contains("canary-secret") && !shown.contains("canary-token"), "{shown}");
    }
    assert!(!format!("{http:?} {:?}", keyed(Request::get("/x"))).contains("canary"));
}

/// Everything that any layer says while a call goes out, at the most talkative level.
#[test]
fn no_log_line_shows_a_secret() {
    #[derive(Clone, Default)]
    struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let writer_of_calls = lines.0.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = server(&[], |request| match request.path.as_str() {
                "/canary-secret" => text(500, "canary-secret"),
                _ => ok(),
            })
            .await;
            let (http, _) = client(&server.url());
            let call = |path: &str| keyed(Request::post(path).query("consumer_secret", "canary-secret"));
            // Another test's thread may have met these lines first, when nobody listened to them.
            http.write(call("/first")).await.unwrap();
            tracing::callsite::rebuild_interest_cache();
            writer_of_calls.lock().unwrap().clear();
            http.write(call("/plain")).await.unwrap();
            http.write(call("/canary-secret")).await.unwrap_err();
        });
    });
    let said = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("counterpart::http")).collect();
    assert_eq!(ours.len(), 2, "{said}");
    assert!(ours[0].contains("POST") && ours[0].contains("/plain") && ours[0].contains("200"), "{said}");
    assert!(ours.iter().all(|line| !line.contains("consumer_secret")), "{ours:#?}");
    assert!(!said.contains("canary"), "{said}");
}
