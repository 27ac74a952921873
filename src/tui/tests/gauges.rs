//! Gauges in the header and sparklines behind jobs: how they look, when they give way, and what they cost on the line.

use crate::config::Preferences;
use crate::domain::RateUse;
use crate::protocol::{Event, Topic};
use crate::tui::root::Incoming;
use crate::tui::screen::Emulated;

use super::Desk;
use super::canned::{Canned, NOW};
use super::screens::keep;

/// A shop in which much goes on: one connection works, one rests, and one has to wait.
fn busy() -> Canned {
    let mut canned = Canned::new(NOW);
    let rate = |calls, used, allowed| RateUse { calls, used, allowed, ..RateUse::default() };
    let rates = [
        (rate(118, 118, 300), 3),
        (rate(0, 0, 6_000), 0),
        (RateUse { waits: 2, until: Some(NOW.plus_seconds(8)), ..rate(240, 240, 240) }, 7),
    ];
    for (row, (rate, gauge)) in canned.connections.iter_mut().zip(rates) {
        (row.rate, row.gauge) = (Some(rate), gauge);
    }
    // A minute of an import, the beginning of a link job, and all of a short job that has ended.
    let pasts: [(usize, &[u32]); 3] =
        [(1, &[0, 80, 190, 200, 200, 210, 190, 40, 0, 0, 160, 200]), (2, &[2, 4, 4, 3, 4]), (4, &[9, 12, 3])];
    for (job, past) in pasts {
        canned.jobs[job].throughput = past.to_vec();
    }
    canned
}

fn desk(width: u16, height: u16) -> Desk {
    Desk::dressed(width, height, busy(), Preferences::default(), false)
}

#[test]
fn gauges_and_sparklines_on_every_screen() {
    for (width, height) in [(120, 40), (80, 24), (60, 15), (40, 10)] {
        let mut desk = desk(width, height);
        desk.keys("3 j j");
        keep(&format!("{width}x{height}-gauges"), &desk);
    }
    for (width, height) in [(120, 40), (80, 24)] {
        let mut desk = desk(width, height);
        desk.keys("C").shows("uses about 39 % of what the platform allows: 118 of 300 calls a minute");
        desk.keys("j j").shows("uses all of what the platform allows: 240 of 240 calls a minute;").shows("for 8 s");
        keep(&format!("{width}x{height}-rates"), &desk);
    }
}

#[test]
fn in_ascii_and_without_colours_nothing_is_lost() {
    let ascii = Preferences { ascii: true, ..Preferences::default() };
    let mut desk = Desk::dressed(80, 24, busy(), ascii, false);
    desk.keys("3");
    desk.shows(" Sq3 * online  Sh0 o offline").shows("Wo! ! needs login").shows("_.:::|:.__::");
    keep("80x24-gauges-ascii", &desk);
    let mut desk = Desk::dressed(80, 24, busy(), Preferences::default(), true);
    desk.keys("3").shows(" Sq▄ ● online  Sh▁ ○ offline").shows("Wo! ! needs login");
    keep("80x24-gauges-no-colour", &desk);
}

#[test]
fn each_can_be_switched_off() {
    let (with, without) = (" Sq▄ ● online", " Sq ● online");
    let plain = Preferences { gauges: false, ..Preferences::default() };
    Desk::dressed(120, 40, busy(), plain, false).keys("3").shows(without).hides(with).shows("▁▃▇▇▇█▇▂▁▁▆▇");
    let plain = Preferences { sparklines: false, ..Preferences::default() };
    Desk::dressed(120, 40, busy(), plain, false).keys("3").shows(with).hides("▇█");
}

/// Whatever the width: nothing else in the first line gives way to a gauge.
#[test]
fn gauges_have_only_the_room_that_is_left() {
    let said = |gauges, width| {
        let preferences = Preferences { gauges, ..Preferences::default() };
        let text = Desk::dressed(width, 24, busy(), preferences, false).text();
        let words: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
        words.join(" ")
    };
    let mut shown = 0;
    for width in (40..=200).step_by(3) {
        let (with, without) = (said(true, width), said(false, width));
        shown += u32::from(with != without);
        let bare = with.replace("Sq▄", "Sq").replace("Sh▁", "Sh").replace("Wo!", "Wo");
        assert_eq!(bare.replace(' ', ""), without.replace(' ', ""), "{width} cells wide");
    }
    assert!(shown > 40, "gauges are seen on {shown} widths only");
}

/// The bytes of the frame that follows on a change at the engine, five seconds later.
fn cost(desk: &mut Desk, terminal: &mut Emulated, change: impl FnOnce(&mut Canned)) -> usize {
    change(&mut desk.canned);
    for (revision, topic) in [(9, Topic::Rates), (9, Topic::Jobs)] {
        desk.tell(Incoming::Event(Event::Changed { topic, revision }));
    }
    desk.wait(5);
    let frame = desk.buffer();
    let bytes = terminal.draw(&frame).len();
    assert_eq!(terminal.differs(&frame), None);
    bytes
}

#[test]
fn a_gauge_costs_few_bytes_when_it_moves_and_none_when_it_stands() {
    let mut desk = desk(120, 40);
    let mut terminal = Emulated::new(120, 40);
    terminal.draw(&desk.buffer());
    let used = |calls| RateUse { calls, used: calls, allowed: 300, ..RateUse::default() };
    let stands = cost(&mut desk, &mut terminal, |canned| canned.connections[0].rate = Some(used(119)));
    assert_eq!(stands, 0, "what is used changed, and the gauge did not");
    let moves = cost(&mut desk, &mut terminal, |canned| canned.connections[0].gauge = 4);
    assert!((1..=60).contains(&moves), "a gauge that moves costs {moves} bytes");
    let frees = cost(&mut desk, &mut terminal, |canned| canned.connections[2].rate = Some(used(300)));
    assert!((1..=60).contains(&frees), "a gauge that need not wait any more costs {frees} bytes");
}

/// Two jobs move and with them every gauge, as fast as they can: the lines of a slow connection have room for more.
#[test]
fn what_moves_costs_less_than_a_running_job_may() {
    let mut desk = desk(120, 40);
    desk.keys("3");
    let mut terminal = Emulated::new(120, 40);
    terminal.draw(&desk.buffer());
    let mut sent = 0;
    for slice in 0..12_u32 {
        sent += cost(&mut desk, &mut terminal, |canned| {
            for (place, job) in canned.jobs.iter_mut().enumerate().filter(|(_, job)| job.throughput.len() > 4) {
                job.throughput.push(slice * 37 % 11 + u32::try_from(place).unwrap());
                job.throughput.drain(..job.throughput.len().saturating_sub(12));
            }
            canned.connections[0].gauge = u8::try_from(slice % 2 + 3).unwrap();
            canned.connections[1].gauge = u8::try_from(slice % 2).unwrap();
        });
    }
    let per_second = sent / 60;
    eprintln!("gauges and sparklines of two running jobs: {per_second} bytes a second");
    assert!(per_second <= 50, "{per_second} bytes a second");
}
