//! The checks can fail: each fault that is planted into the engine is seen within 500 histories.

use counterpart::engine::Planted;

use super::history::{Manner, live};

/// How many histories a fault may go unseen.
const PATIENCE: u64 = 500;

/// Each fault, the first seed that shows it, and what it was seen by.
fn table() -> Vec<(Planted, Option<(u64, String)>)> {
    let seen = |planted| {
        let manner = Manner { planted: Some(planted), ..Manner::default() };
        (1..=PATIENCE).find_map(|seed| live(seed, manner).failure.map(|failure| (seed, failure)))
    };
    Planted::ALL.into_iter().map(|planted| (planted, seen(planted))).collect()
}

#[test]
fn every_planted_fault_is_seen() {
    let table = table();
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
