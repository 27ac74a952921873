//! What is made of figures so that they fit into a cell: a rate's gauge, a job's sparkline, and the words for both.
//!
//! Pure. Steps are coarse and hold on to where they are, so that a slow line is not kept busy by a gauge that trembles.
//! Heights say it, never a colour.

use crate::domain::{RateUse, Timestamp};

use super::numbers::{count, counted};

/// The highest step of a gauge; the lowest is 0.
pub const HIGHEST: u8 = 7;

/// Into how many parts what is allowed is divided.
const PARTS: u64 = HIGHEST as u64 + 1;

const BLOCKS: [char; PARTS as usize] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What stands instead of a height while the platform makes us wait, or did within the last minute.
pub const WAITS: char = '!';

/// The step of a gauge that stood at `before`: an eighth of what is allowed each. It rises as soon as an eighth more is
/// used, and falls when a sixteenth less is used than what it stands for.
pub fn step(before: u8, rate: &RateUse) -> u8 {
    let (used, allowed) = (u64::from(rate.used), u64::from(rate.allowed.max(1)));
    let reached = u8::try_from(used * PARTS / allowed).unwrap_or(HIGHEST).min(HIGHEST);
    let before = before.min(HIGHEST);
    let holds = u64::from(before) * 2 * allowed <= used * 2 * PARTS + allowed;
    if reached >= before || !holds { reached } else { before }
}

/// The gauge in one cell: how high it stands, or that it has to wait. In ASCII a digit from 0 to 9.
pub fn cell(gauge: u8, rate: &RateUse, now: Timestamp, ascii: bool) -> char {
    if has_to_wait(rate, now) {
        return WAITS;
    }
    let gauge = gauge.min(HIGHEST);
    match ascii {
        true => char::from(b'0' + gauge * 9 / HIGHEST),
        false => BLOCKS[usize::from(gauge)],
    }
}

/// Whether the platform makes us wait, or did so within the last minute.
pub fn has_to_wait(rate: &RateUse, now: Timestamp) -> bool {
    rate.waits > 0 || rate.waits_for(now).is_some()
}

/// `40 %`, `under 1 %`, `all`; `how` goes before a figure.
fn share(rate: &RateUse, how: &str) -> String {
    match u64::from(rate.used) * 100 / u64::from(rate.allowed.max(1)) {
        0 if rate.used > 0 => "under 1 %".to_owned(),
        percent @ 0..95 => format!("{how}{percent} %"),
        _ => "all".to_owned(),
    }
}

/// What the cell means: `uses about 40 % of what the platform allows: 12 of 30 calls a minute; nothing is sent for 8 s,
/// as the platform asked`
pub fn sentence(rate: &RateUse, now: Timestamp) -> String {
    let [calls, used, allowed] = [rate.calls, rate.used, rate.allowed].map(u64::from);
    // What a call costs in points is known before it is sent as what it may cost at the most.
    let share = share(rate, if used == calls { "about " } else { "up to " });
    let mut words = if calls == 0 {
        "uses nothing of what the platform allows: no call in the last minute".to_owned()
    } else {
        let figures = match (used == calls, used > allowed) {
            (true, false) => format!("{} of {} a minute", count(used), counted(allowed, "call")),
            (true, true) => {
                format!("{} in the last minute, {} a minute for long", counted(used, "call"), count(allowed))
            }
            (false, false) => {
                format!("{} of {} a minute, in {}", count(used), counted(allowed, "point"), counted(calls, "call"))
            }
            (false, true) => format!(
                "{} in the last minute, in {}, {} a minute for long",
                counted(used, "point"),
                counted(calls, "call"),
                count(allowed)
            ),
        };
        format!("uses {share} of what the platform allows: {figures}")
    };
    match (rate.waits_for(now), rate.waits) {
        (Some(seconds), _) => {
            words.push_str(&format!("; nothing is sent for {}, as the platform wants", lasting(seconds)));
        }
        (None, 0) => {}
        (None, 1) => words.push_str("; the platform made it wait once"),
        (None, waits) => words.push_str(&format!("; the platform made it wait {waits} times")),
    }
    words
}

/// The same in a column: `40 %`, `40 %, waits 8 s`
pub fn brief(rate: &RateUse, now: Timestamp) -> String {
    let share = share(rate, "");
    match rate.waits_for(now) {
        Some(seconds) => format!("{share}, waits {}", lasting(seconds)),
        None => share,
    }
}

/// How a job went, a cell for each slice of time, and only the highest of them full. What is not nothing is seen to be
/// more than nothing. Empty where there is too little to compare.
pub fn sparkline(counts: &[u32], ascii: bool) -> String {
    let Some(most) = counts.iter().copied().max().filter(|most| *most > 0 && counts.len() > 1) else {
        return String::new();
    };
    let heights: &[char] = if ascii { &['_', '.', ':', '|'] } else { &BLOCKS };
    let highest = heights.len() as u64 - 1;
    let height = |count: &u32| (u64::from(*count) * highest / u64::from(most)).max(u64::from(*count > 0));
    counts.iter().filter_map(|count| heights.get(usize::try_from(height(count)).ok()?)).collect()
}

/// `8 s`, `12 min`, `2 h`: begun ones are counted.
fn lasting(seconds: u64) -> String {
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6_000 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn rate(used: u32, allowed: u32) -> RateUse {
        RateUse { calls: used, used, allowed, ..RateUse::default() }
    }

    #[test]
    fn eighths_are_steps_and_each_is_held_a_little() {
        let steps = |before| (0..=20).map(|part| step(before, &rate(part, 16))).collect::<Vec<_>>();
        assert_eq!(steps(0), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 7, 7, 7, 7, 7]);
        assert_eq!(steps(3)[..8], [0, 0, 1, 1, 2, 3, 3, 3], "5 of 16 is a sixteenth below 3 eighths");
        assert_eq!(steps(7)[10..15], [5, 5, 6, 7, 7]);
        assert_eq!(step(200, &rate(0, 0)), 0);
    }

    #[test]
    fn a_cell_says_how_high_it_stands_or_that_it_waits() {
        let cells = |ascii| (0..=HIGHEST).map(|gauge| cell(gauge, &rate(0, 9), NOW, ascii)).collect::<String>();
        assert_eq!((cells(false), cells(true)), ("▁▂▃▄▅▆▇█".to_owned(), "01235679".to_owned()));
        let asked = RateUse { until: Some(NOW.plus_seconds(8)), ..rate(3, 9) };
        assert_eq!((cell(2, &asked, NOW, false), cell(2, &asked, NOW.plus_seconds(8), false)), ('!', '▃'));
        assert_eq!(cell(2, &RateUse { waits: 1, ..rate(3, 9) }, NOW, true), '!', "it had to wait just now");
    }

    #[test]
    fn the_words_say_what_the_cell_means() {
        let told = |rate: RateUse| sentence(&rate, NOW);
        assert_eq!(told(rate(12, 30)), "uses about 40 % of what the platform allows: 12 of 30 calls a minute");
        assert_eq!(told(rate(0, 30)), "uses nothing of what the platform allows: no call in the last minute");
        assert_eq!(told(rate(1, 600)), "uses under 1 % of what the platform allows: 1 of 600 calls a minute");
        assert_eq!(
            told(rate(33, 30)),
            "uses all of what the platform allows: 33 calls in the last minute, 30 a minute for long"
        );
        assert_eq!(
            told(RateUse { calls: 18, ..rate(2_480, 6_000) }),
            "uses up to 41 % of what the platform allows: 2,480 of 6,000 points a minute, in 18 calls"
        );
        let asked = RateUse { until: Some(NOW.plus_seconds(8)), waits: 3, ..rate(12, 30) };
        assert!(told(asked).ends_with("12 of 30 calls a minute; nothing is sent for 8 s, as the platform wants"));
        assert_eq!(brief(&asked, NOW), "40 %, waits 8 s");
        let over = NOW.plus_seconds(9);
        assert!(sentence(&asked, over).ends_with("; the platform made it wait 3 times"));
        assert_eq!((brief(&asked, over), brief(&rate(30, 30), NOW)), ("40 %".to_owned(), "all".to_owned()));
        assert_eq!((lasting(100), lasting(7_200)), ("2 min".to_owned(), "2 h".to_owned()));
    }

    #[test]
    fn a_sparkline_is_as_high_as_its_own_best() {
        assert_eq!(sparkline(&[0, 1, 50, 99, 100], false), "▁▂▄▇█");
        assert_eq!(sparkline(&[0, 1, 50, 99, 100], true), "_..:|");
        assert_eq!((sparkline(&[], false), sparkline(&[7], false), sparkline(&[0, 0], false)), Default::default());
        assert_eq!(sparkline(&[u32::MAX, u32::MAX, 0], false), "██▁");
    }

    proptest! {
        /// What trembles by less than a sixteenth of what is allowed moves the gauge once at the most.
        #[test]
        fn a_gauge_does_not_tremble(
            before in 0..=HIGHEST, allowed in 64..100_000_u32, share in 0..1_500_u32, wobble in prop::collection::vec(0..60_u32, 1..30),
        ) {
            let at = |wobble: u32| rate(allowed * share.min(1_400) / 1_000 + allowed * wobble / 1_000, allowed);
            let steps: Vec<u8> = wobble.iter().scan(before, |gauge, wobble| {
                *gauge = step(*gauge, &at(*wobble));
                Some(*gauge)
            }).collect();
            // The first one comes from anywhere; after it the gauge goes up once, if at all.
            let moves = steps.windows(2).filter(|pair| pair[0] != pair[1]).count();
            prop_assert!(moves <= 1, "{steps:?}");
        }

        /// The higher the use, the higher the step; and what is said again changes nothing.
        #[test]
        fn a_gauge_follows_what_is_used(before in 0..=HIGHEST, used in 0..10_000_u32, more in 0..10_000_u32, allowed in 0..9_000_u32) {
            let low = step(before, &rate(used, allowed));
            prop_assert!(low <= step(before, &rate(used.saturating_add(more), allowed)));
            prop_assert!(low <= HIGHEST);
            prop_assert_eq!(step(low, &rate(used, allowed)), low);
            prop_assert_eq!(step(before, &rate(0, allowed)), 0);
        }

        #[test]
        fn a_sparkline_has_a_cell_for_each_slice_and_keeps_the_order(counts in prop::collection::vec(0..5_000_u32, 2..14)) {
            let cells: Vec<char> = sparkline(&counts, false).chars().collect();
            prop_assert_eq!(cells.len(), if counts.iter().any(|count| *count > 0) { counts.len() } else { 0 });
            for (one, count) in cells.iter().zip(&counts) {
                prop_assert_eq!(*one == '▁', *count == 0);
                prop_assert_eq!(*one == '█', Some(count) == counts.iter().max());
                for (other, than) in cells.iter().zip(&counts) {
                    prop_assert!(count > than || one <= other);
                }
            }
        }
    }
}
