//! Fronts: two see the same, a slow one is told that it missed something, a stranger is refused, a lost engine is found
//! again.

use std::sync::Arc;
use std::time::Duration;

use counterpart::client::{Client, State};
use counterpart::config::Home;
use counterpart::domain::{JobState, Side};
use counterpart::engine::Options;
use counterpart::platform::{Clock, ManualClock};
use counterpart::protocol::{
    ClientFrame, Event, Hello, LinkSelection, PROTOCOL, Reply, ReportView, Request, ServerFrame, Window,
};
use counterpart::server;
use futures_util::{SinkExt, StreamExt};
use tokio_util::bytes::Bytes;
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use super::bed::{ALL, World};
use super::fake::{FakeShop, FakeShops};
use super::platforms::{KEYED, TILL};

const LONG: Duration = Duration::from_secs(30);

async fn attached(bed: &super::bed::Bed) -> Client {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(server::serve_stream(bed.engine.clone(), far));
    Client::over(near).await.unwrap()
}

#[tokio::test]
async fn two_fronts_see_the_same_job() {
    let world = World::with(&KEYED);
    for n in 0..5 {
        world.till.put(&format!("t{n}"), &format!("SKU-{n}"), 10);
        world.web.put(&format!("w{n}"), &format!("SKU-{n}"), 3);
    }
    let bed = world.connected().await;
    bed.report().await;
    let (one, other) = (attached(&bed).await, attached(&bed).await);
    let mut events = other.events();
    let selection = LinkSelection { everything: Some((ReportView::default(), Side::InStore)), choices: Vec::new() };
    let Reply::Planned(plan) = one.ask(Request::PlanLink { selection }).await.unwrap() else { panic!() };
    let Reply::Started { jobs } = one.ask(Request::Apply { plan: plan.plan }).await.unwrap() else { panic!() };
    // The one that ordered it goes away; the job goes on, and the other sees it end.
    one.close().await;
    let seen = tokio::time::timeout(LONG, async {
        loop {
            let Reply::Job(row) = other.ask(Request::Job { job: jobs[0] }).await.unwrap() else { panic!() };
            if row.job.state == JobState::Done {
                return row;
            }
            events.next().await.unwrap();
        }
    });
    assert_eq!(seen.await.unwrap().job.progress.done, 10);
    other.close().await;
    bed.engine.stop().await;
}

#[tokio::test]
async fn another_protocol_is_refused_with_a_sentence() {
    let world = World::with(&KEYED);
    let bed = world.engine().await;
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(server::serve_stream(bed.engine.clone(), far));
    let mut raw = Framed::new(near, LengthDelimitedCodec::new());
    let hello = ClientFrame::Hello(Hello { protocol: PROTOCOL + 1, version: "9.9.9".into() });
    raw.send(Bytes::from(serde_json::to_vec(&hello).unwrap())).await.unwrap();
    let answer = raw.next().await.unwrap().unwrap();
    let ServerFrame::Refused(problem) = serde_json::from_slice(&answer).unwrap() else { panic!() };
    assert!(problem.message.contains("9.9.9") && problem.hint.unwrap().contains("counterpart stop"));
    assert!(raw.next().await.is_none(), "that was the last word");
}

#[tokio::test]
async fn a_slow_front_hears_once_that_it_missed_something() {
    let world = World::with(&KEYED);
    let bed = world.engine().await;
    // A narrow pipe that is not read: the front's queue fills up.
    let (near, far) = tokio::io::duplex(256);
    tokio::spawn(server::serve_stream(bed.engine.clone(), far));
    let mut raw = Framed::new(near, LengthDelimitedCodec::new());
    let hello = ClientFrame::Hello(Hello { protocol: PROTOCOL, version: "0".into() });
    raw.send(Bytes::from(serde_json::to_vec(&hello).unwrap())).await.unwrap();
    raw.next().await.unwrap().unwrap();
    for n in 0..1000 {
        bed.engine.announce(Event::Notice {
            level: counterpart::protocol::NoticeLevel::Info,
            text: format!("word {n}"),
            hint: None,
            job: None,
        });
        tokio::task::yield_now().await;
    }
    bed.engine.announce(Event::Stopping { why: "the end".into() });
    let (mut missed, mut words) = (0, 0);
    while let Some(frame) = tokio::time::timeout(LONG, raw.next()).await.unwrap() {
        match serde_json::from_slice(&frame.unwrap()).unwrap() {
            ServerFrame::Event(Event::Missed) => missed += 1,
            ServerFrame::Event(Event::Notice { .. }) => words += 1,
            ServerFrame::Event(Event::Stopping { .. }) => break,
            _ => {}
        }
    }
    assert!(missed >= 1 && words + missed < 1000, "{missed} times missed, {words} words");
}

#[tokio::test]
async fn an_engine_behind_a_socket_is_lost_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let shops = Arc::new(FakeShops(vec![FakeShop::new(&TILL), FakeShop::new(&KEYED)]));
    let serve = || {
        let (home, shops) = (home.clone(), shops.clone());
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::starting_at(Default::default()));
        let (tell, told) = tokio::sync::oneshot::channel();
        let serving = tokio::spawn(async move {
            let options = Options { poll: None, ..Options::default() };
            server::serve(&home, shops, clock, options, |_| tell.send(()).unwrap()).await
        });
        (serving, told)
    };
    let problem = Client::attach(&home, false).await.err().unwrap();
    assert!(problem.message.contains("no engine is running"), "{problem:?}");

    let (serving, ready) = serve();
    ready.await.unwrap();
    let client = Client::attach(&home, false).await.unwrap();
    let mut state = client.state();
    assert!(matches!(client.ask(Request::Jobs { window: ALL }).await.unwrap(), Reply::Jobs { total: 0, .. }));

    // A second engine on the same home gives way to the first one.
    let second = serve().0.await.unwrap().unwrap_err();
    assert!(second.message.contains("in use"), "{second:?}");

    let mut events = client.events();
    client.ask(Request::Shutdown).await.unwrap();
    serving.await.unwrap().unwrap();
    assert!(!home.socket().exists());
    let lost = |state: &State| matches!(state, State::Reconnecting { .. });
    tokio::time::timeout(LONG, state.wait_for(lost)).await.unwrap().unwrap();
    let problem = client.ask(Request::Status).await.unwrap_err();
    assert!(problem.message.contains("the engine is away"), "{problem:?}");

    let (serving, ready) = serve();
    ready.await.unwrap();
    let back = |state: &State| matches!(state, State::Attached { .. });
    tokio::time::timeout(LONG, state.wait_for(back)).await.unwrap().unwrap();
    let window = Window { offset: 0, limit: 1 };
    client.ask(Request::Jobs { window }).await.unwrap();
    let missed = async { while events.next().await.unwrap() != Event::Missed {} };
    tokio::time::timeout(LONG, missed).await.unwrap();
    client.ask(Request::Shutdown).await.unwrap();
    serving.await.unwrap().unwrap();
    client.close().await;
}
