//! The checks can fail: each fault that is planted into the engine is seen within 500 histories.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use counterpart::engine::Planted;

use super::history::{Manner, live};

/// How many histories a fault may go unseen.
const PATIENCE: u64 = 500;

/// The first history that shows a fault, and what it was seen by. One that is not clean anyway shows nothing.
fn seen(planted: Planted) -> Option<(u64, String)> {
    let manner = Manner { planted: Some(planted), ..Manner::default() };
    (1..=PATIENCE).find_map(|seed| {
        let failure = live(seed, manner).failure?;
        live(seed, Manner::default()).failure.is_none().then_some((seed, failure))
    })
}

#[test]
fn every_planted_fault_is_seen() {
    let next = AtomicUsize::new(0);
    let table = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(planted) = Planted::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seen = seen(*planted);
                    table.lock().unwrap().push((*planted, seen));
                }
            });
        }
    });
    let table = table.into_inner().unwrap();
    for (planted, seen) in &table {
        match seen {
            Some((seed, failure)) => {
                println!("{planted:?}: history {seed}: {}", failure.chars().take(150).collect::<String>());
            }
            None => println!("{planted:?}: NOT SEEN in {PATIENCE} histories"),
        }
    }
    let missed: Vec<_> = table.iter().filter(|(_, seen)| seen.is_none()).map(|(planted, _)| planted).collect();
    assert!(missed.is_empty(), "not seen: {missed:?}");
}
