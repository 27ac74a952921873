//! A platform's login as it really behaves: a page, codes that work once, tokens that end, refresh tokens by each of the
//! rules of rotation, and answers that get lost on purpose. For tests alone, those outside the crate included: it names
//! no room.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Kept,
    UntilFirstUse,
    Once,
}

/// What happens to the next calls of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Never arrives.
    LostBefore,
    /// Done, and the answer never comes.
    LostAfter,
    /// A page of a proxy.
    Unavailable,
}

#[derive(Debug, Clone)]
struct Access {
    ends: i64,
    alive: bool,
    /// Refresh tokens that die when this is used.
    buries: Vec<String>,
}

#[derive(Default)]
struct Inside {
    codes: HashMap<String, (String, String)>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, bool>,
    mishaps: Vec<Mishap>,
    /// The app is blocked, or the merchant took the permission back.
    revoked: bool,
    calls: usize,
    next: u64,
}

pub struct Imitation {
    pub url: String,
    rule: Rule,
    /// Seconds that an access token lives.
    pub lives: i64,
    /// In seconds since 1970.
    clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    inside: Mutex<Inside>,
}

impl Imitation {
    pub async fn start(rule: Rule, lives: i64, clock: Arc<dyn Fn() -> i64 + Send + Sync>) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let imitation = Arc::new(Self { url, rule, lives, clock, inside: Mutex::default() });
        let serving = imitation.clone();
        // Ends with the test's runtime.
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let imitation = serving.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| imitation.clone().answer(request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        imitation
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    /// The merchant opens the page and says yes: where the browser is sent.
    pub fn says_yes(&self, page: &str) -> String {
        let page = url::Url::parse(page).unwrap();
        let asked: HashMap<String, String> = page.query_pairs().into_owned().collect();
        assert!(page.as_str().starts_with(&format!("{}/authorize?", self.url)) && asked["response_type"] == "code");
        assert_eq!(asked["client_id"], "app-1");
        let code = self.fresh("code/");
        let challenge = asked.get("code_challenge").cloned().unwrap_or_default();
        self.inside().codes.insert(code.clone(), (challenge, asked["redirect_uri"].clone()));
        let back = [("code", code.as_str()), ("state", asked["state"].as_str()), ("shop", "S-1")];
        url::Url::parse_with_params(&asked["redirect_uri"], back).unwrap().into()
    }

    /// Whether the API takes this token; it does so for the first time, and that has consequences.
    pub fn takes(&self, token: &str) -> bool {
        let now = (self.clock)();
        let mut inside = self.inside();
        let revoked = inside.revoked;
        let Some(access) = inside.access.get_mut(token).filter(|access| access.alive && now < access.ends && !revoked)
        else {
            return false;
        };
        for old in std::mem::take(&mut access.buries) {
            inside.refresh.insert(old, false);
        }
        true
    }

    pub fn mishaps(&self, mishaps: &[Mishap]) {
        self.inside().mishaps = mishaps.iter().rev().copied().collect();
    }

    /// The merchant takes the permission back.
    pub fn revoke(&self) {
        self.inside().revoked = true;
    }

    /// All access tokens die before their time.
    pub fn forget_access(&self) {
        self.inside().access.values_mut().for_each(|access| access.alive = false);
    }

    /// Calls of the token endpoint that arrived.
    pub fn calls(&self) -> usize {
        self.inside().calls
    }

    fn fresh(&self, kind: &str) -> String {
        let mut inside = self.inside();
        inside.next += 1;
        format!("{kind}canary-{}+{:?}", inside.next, self.rule)
    }

    async fn answer(
        self: Arc<Self>,
        request: hyper::Request<hyper::body::Incoming>,
    ) -> Result<hyper::Response<Full<Bytes>>, std::io::Error> {
        let path = request.uri().path().to_owned();
        let page = format!("{}{}", self.url, request.uri());
        let bearer = request.headers().get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let reply = |status: u16, body: String| {
            let response = hyper::Response::builder().status(status).header("content-type", "application/json");
            Ok(response.body(Full::new(Bytes::from(body))).unwrap())
        };
        match path.as_str() {
            "/authorize" => {
                let response = hyper::Response::builder().status(302).header("location", self.says_yes(&page));
                return Ok(response.body(Full::default()).unwrap());
            }
            "/api/shop" => {
                let token = bearer.as_deref().and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
                return match self.takes(token) {
                    true => reply(200, json!({ "name": "Shop behind a login" }).to_string()),
                    false => reply(401, json!({ "error": "invalid_token" }).to_string()),
                };
            }
            _ => {}
        }
        let cut = || Err(std::io::Error::other("the line is cut"));
        let mishap = self.inside().mishaps.pop();
        match mishap {
            Some(Mishap::LostBefore) => return cut(),
            Some(Mishap::Unavailable) => return reply(503, "<html><title>Busy</title></html>".to_owned()),
            Some(Mishap::LostAfter) | None => {}
        }
        self.inside().calls += 1;
        let fields: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
        let told = self.exchange(&fields);
        if mishap == Some(Mishap::LostAfter) {
            return cut();
        }
        match told {
            Ok(tokens) => reply(200, tokens.to_string()),
            // It repeats what was sent, as some do.
            Err(why) => {
                reply(400, json!({ "error": why, "error_description": format!("refused: {fields:?}") }).to_string())
            }
        }
    }

    fn exchange(&self, fields: &HashMap<String, String>) -> Result<serde_json::Value, &'static str> {
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        if (field("client_id"), field("client_secret")) != ("app-1", "s3cret-of-the-app") {
            return Err("invalid_client");
        }
        if self.inside().revoked {
            return Err("invalid_grant");
        }
        match field("grant_type") {
            "authorization_code" => {
                let (challenge, redirect) = self.inside().codes.remove(field("code")).ok_or("invalid_grant")?;
                let hash = ring::digest::digest(&ring::digest::SHA256, field("code_verifier").as_bytes());
                let proven = challenge.is_empty() || URL_SAFE_NO_PAD.encode(hash.as_ref()) == challenge;
                (proven && redirect == field("redirect_uri")).then_some(()).ok_or("invalid_grant")?;
                Ok(self.grant(true, Vec::new()))
            }
            "refresh_token" => {
                let old = field("refresh_token").to_owned();
                let alive = self.inside().refresh.get(&old) == Some(&true);
                alive.then_some(()).ok_or("invalid_grant")?;
                Ok(match self.rule {
                    Rule::Kept => self.grant(false, Vec::new()),
                    Rule::UntilFirstUse => self.grant(true, vec![old]),
                    Rule::Once => {
                        self.inside().refresh.insert(old, false);
                        self.grant(true, Vec::new())
                    }
                })
            }
            _ => Err("unsupported_grant_type"),
        }
    }

    fn grant(&self, refresh: bool, buries: Vec<String>) -> serde_json::Value {
        let access = self.fresh("access-");
        let ends = (self.clock)() + self.lives;
        self.inside().access.insert(access.clone(), Access { ends, alive: true, buries });
        let mut told = json!({ "access_token": access, "expires_in": self.lives, "token_type": "bearer" });
        if refresh {
            let refresh = self.fresh("refresh-");
            self.inside().refresh.insert(refresh.clone(), true);
            told["refresh_token"] = refresh.into();
        }
        told
    }
}
