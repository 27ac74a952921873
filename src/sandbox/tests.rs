//! The server over real sockets, spoken to byte by byte where the cut of a line is what is tested.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::*;
use crate::domain::{Currency, Quantity, Timestamp};
use crate::platform::{ManualClock, SystemClock};

/// Counts calls in the first product's title, and says the body's length.
struct Counting;

impl Imitation for Counting {
    fn platform(&self) -> &'static str {
        "counting"
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let mut product = ShopProduct::simple(&format!("{} {}", request.method, request.path), ShopVariant::plain());
        product.extra.insert("length".into(), request.body.len().into());
        let number = shop.insert(product, now);
        Outgoing::json(201, &json!({ "number": number, "query": request.query }))
    }

    fn failure(&self, failure: Failure, _: Timestamp) -> Outgoing {
        let status = match failure {
            Failure::Throttled => 429,
            Failure::Broken => 503,
        };
        Outgoing::json(status, &json!({ "failed": true }))
    }
}

async fn start(faults: &[&str]) -> ShopServer {
    let shop = Shop::new("Test", Currency::new("EUR").unwrap(), &["Front", "Back"]);
    let faults = Faults::parse(faults.iter().copied(), 1).unwrap();
    let clock = Arc::new(ManualClock::starting_at(Timestamp(7)));
    ShopServer::start(Box::new(Counting), shop, faults, clock, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

/// Sends one request on a line of its own and returns every byte that comes back until the line ends.
async fn raw(address: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut line = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    line.write_all(request.as_bytes()).await.unwrap();
    line.write_all(body.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    // A reset is an end, too.
    let _ = line.read_to_end(&mut all).await;
    String::from_utf8(all).unwrap()
}

async fn control(server: &ShopServer, method: &str, what: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = raw(server.address(), method, &format!("/_sandbox/{what}"), &body).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap())
}

fn products(server: &ShopServer) -> usize {
    server.shop().look(|shop| shop.products.len())
}

#[tokio::test]
async fn a_request_reaches_the_imitation_and_the_log() {
    let server = start(&[]).await;
    let answer = raw(server.address(), "POST", "/a/b?q=x%20y&q=%C3%A9", "12345").await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.ends_with(r#"{"number":3,"query":[["q","x y"],["q","é"]]}"#), "{answer}");
    server.shop().look(|shop| {
        assert_eq!((shop.products[&3].title.as_str(), &shop.products[&3].extra["length"]), ("POST /a/b", &5.into()));
    });
    let seen = Seen { at: Timestamp(7), method: "POST".into(), path: "/a/b".into(), status: Some(201), fault: None };
    assert_eq!(server.requests(), [seen]);
    let address = server.address();
    server.shutdown().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_cut_line_is_really_cut() {
    for (fault, answered, applied) in [
        ("cut-before", "", 0),
        ("cut-after", "", 1),
        ("cut-inside", "HTTP/1.1 201", 1),
        ("malformed", "HTTP/1.1 201", 1),
        ("html", "HTTP/1.1 200", 0),
        ("redirect=http://127.0.0.1:1/x", "HTTP/1.1 302", 0),
        ("429", "HTTP/1.1 429", 0),
        ("5xx", "HTTP/1.1 503", 0),
        ("slow=1", "HTTP/1.1 201", 1),
        ("late=1", "HTTP/1.1 201", 1),
    ] {
        let server = start(&[fault]).await;
        let answer = raw(server.address(), "POST", "/", "").await;
        assert_eq!(&answer[..answer.len().min(12)], answered, "{fault}");
        assert_eq!(products(&server), applied, "{fault}");
        let seen = server.requests();
        assert_eq!(seen[0].fault.as_deref(), Some(fault));
        assert_eq!(seen[0].status.is_none(), answered.is_empty());
        let promised = answer.lines().find_map(|line| line.strip_prefix("content-length: "));
        let promised: usize = promised.unwrap_or("0").parse().unwrap();
        let came = answer.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
        assert_eq!(came < promised, fault == "cut-inside", "{fault}: {came} of {promised}");
    }
}

#[tokio::test]
async fn what_comes_late_lands_though_nobody_waits() {
    let server = start(&["late=30"]).await;
    let mut line = TcpStream::connect(server.address()).await.unwrap();
    line.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    line.shutdown().await.unwrap();
    drop(line);
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(products(&server), 1);
    server.shutdown().await;
}

#[tokio::test]
async fn faults_can_be_changed_while_it_runs() {
    let server = start(&["5xx"]).await;
    let (status, rules) = control(&server, "POST", "faults", json!({ "rules": ["429:nth=2"] })).await;
    assert_eq!((status, &rules["rules"][0]), (200, &"429:nth=2".into()));
    assert!(raw(server.address(), "GET", "/", "").await.starts_with("HTTP/1.1 201"));
    assert!(raw(server.address(), "GET", "/", "").await.starts_with("HTTP/1.1 429"));
    let (status, error) = control(&server, "POST", "faults", json!({ "rules": ["boom"] })).await;
    assert_eq!(status, 400);
    assert!(error["error"].as_str().unwrap().contains("cut-after"), "{error}");
    let (_, rules) = control(&server, "GET", "faults", Value::Null).await;
    assert_eq!(rules, json!({ "rules": ["429:nth=2"] }));
}

#[tokio::test]
async fn the_merchant_and_the_customers_have_a_say() {
    let server = start(&[]).await;
    let table =
        "id,title,option: Size,sku,price,quantity,quantity: Back\n1,Shirt,M,S-M,20,5,\n1,,L,S-L,20,,2\n2,Tea,,T,4,,\n";
    let added = raw(server.address(), "POST", "/_sandbox/import", table).await;
    assert!(added.ends_with(r#"{"added":2}"#), "{added}");

    let (_, sold) = control(&server, "POST", "sale", json!({ "sku": "S-M", "quantity": 2 })).await;
    assert_eq!((&sold["before"], &sold["after"]), (&"5".into(), &"3".into()));
    let (_, counted) =
        control(&server, "POST", "stock", json!({ "sku": "S-L", "location": "Back", "by": "-0.5" })).await;
    assert_eq!(counted["after"], "1.5");
    let (_, counted) =
        control(&server, "POST", "stock", json!({ "variant": counted["variant"], "location": 2, "to": "9" })).await;
    assert_eq!(counted["after"], "9");
    let (status, untracked) = control(&server, "POST", "sale", json!({ "sku": "T", "quantity": "1" })).await;
    assert_eq!((status, &untracked["after"]), (200, &Value::Null));

    let (_, edited) =
        control(&server, "POST", "variant", json!({ "sku": "T", "set": { "price": "4.50", "barcode": "40" } })).await;
    let edit = json!({ "product": edited["product"], "set": { "title": "Green tea", "status": "draft" } });
    assert_eq!(control(&server, "POST", "product", edit).await.0, 200);
    let (_, found) = control(&server, "GET", "products?title=Green%20tea", Value::Null).await;
    let tea = &found["products"][0];
    assert_eq!((&tea["status"], &tea["variants"][0]["price"]), (&"draft".into(), &450.into()));
    assert_eq!((&tea["variants"][0]["barcode"], &tea["updated_at"]), (&"40".into(), &7.into()));

    assert_eq!(control(&server, "POST", "delete", json!({ "sku": "T" })).await.0, 200);
    let (_, summary) = control(&server, "GET", "shop", Value::Null).await;
    let counts = ["products", "variants", "deleted", "requests"].map(|name| summary[name].as_u64().unwrap());
    assert_eq!(counts, [1, 2, 1, 0]);

    for (what, wrong) in [
        ("sale", json!({ "sku": "T", "quantity": 1 })),
        ("sale", json!({ "sku": "S-M", "quantity": "much" })),
        ("sale", json!({ "sku": "S-M", "quantity": 1, "location": "Moon" })),
        ("stock", json!({ "sku": "S-M" })),
        ("stock", json!({ "product": 3, "to": 1 })),
        ("variant", json!({ "sku": "S-M", "set": { "price": "1.234" } })),
        ("product", json!({ "sku": "S-M", "set": { "colour": "red" } })),
        ("delete", json!([])),
    ] {
        let (status, answer) = control(&server, "POST", what, wrong.clone()).await;
        assert_eq!(status, 400, "{what} {wrong}: {answer}");
        assert!(answer["error"].is_string());
    }
    assert_eq!(control(&server, "GET", "nonsense", Value::Null).await.0, 404);
}

#[tokio::test]
async fn the_log_can_be_read_in_part_and_forgotten() {
    let server = start(&["cut-after:nth=2"]).await;
    for path in ["/1", "/2", "/3"] {
        raw(server.address(), "GET", path, "").await;
    }
    let (_, log) = control(&server, "GET", "requests?last=2", Value::Null).await;
    let expected = json!({ "requests": [
        { "at": 7, "method": "GET", "path": "/2", "status": null, "fault": "cut-after" },
        { "at": 7, "method": "GET", "path": "/3", "status": 201, "fault": null },
    ] });
    assert_eq!(log, expected);
    control(&server, "DELETE", "requests", Value::Null).await;
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn traffic_goes_on_until_it_is_stopped() {
    let server = start(&[]).await;
    server.shop().alter(|shop| {
        let mut variant = ShopVariant::plain();
        variant.tracked = true;
        variant.levels.insert(1, Quantity::units(1_000_000));
        shop.insert(ShopProduct::simple("Tea", variant), Timestamp(0));
    });
    let (tell, mut told) = mpsc::unbounded_channel();
    let running = RunningTraffic::start(
        Traffic::new(1),
        vec![server.shop()],
        Arc::new(SystemClock),
        Duration::from_millis(1),
        move |movement| match tell.send(movement.clone()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        },
    );
    let mut sum = Quantity::ZERO;
    for _ in 0..5 {
        sum += told.recv().await.unwrap().by;
    }
    let count = running.stop().await;
    while let Some(movement) = told.recv().await {
        sum += movement.by;
    }
    assert!(count >= 5);
    let left = server.shop().look(|shop| shop.products.values().next().unwrap().variants[0].levels[&1]);
    assert_eq!(left, Quantity::units(1_000_000) + sum);
}
