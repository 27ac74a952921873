//! The checks can fail: each fault that is planted into the engine or its store is seen within 500 histories.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use counterpart::engine::Planted;
use counterpart::store::Habit;

use super::history::{Manner, live};

/// How many histories a fault may go unseen.
const PATIENCE: u64 = 500;

/// What is done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Engine(Planted),
    /// The store does without a habit that a power cut needs.
    Store(Habit),
}

impl Fault {
    fn all() -> Vec<Self> {
        let store = [Habit::SyncAfterFlush, Habit::SyncJournal].map(Self::Store);
        store.into_iter().chain(Planted::ALL.map(Self::Engine)).collect()
    }

    const fn planted(self) -> Manner {
        match self {
            Self::Engine(planted) => Manner { planted: Some(planted), ..Manner::SOUND },
            Self::Store(habit) => Manner { leave_out: Some(habit), on_disk: true, ..Manner::SOUND },
        }
    }

    const fn sound(self) -> Manner {
        Manner { on_disk: matches!(self, Self::Store(_)), ..Manner::SOUND }
    }
}

/// The first history that shows a fault, and what it was seen by. One that is not clean anyway shows nothing.
fn seen(fault: Fault) -> Option<(u64, String)> {
    (1..=PATIENCE).find_map(|seed| {
        let failure = live(seed, fault.planted()).failure?;
        live(seed, fault.sound()).failure.is_none().then_some((seed, failure))
    })
}

#[test]
fn every_planted_fault_is_seen() {
    let faults = Fault::all();
    let next = AtomicUsize::new(0);
    let table = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seen = seen(*fault);
                    table.lock().unwrap().push((*fault, seen));
                }
            });
        }
    });
    let table = table.into_inner().unwrap();
    for (fault, seen) in &table {
        match seen {
            Some((seed, failure)) => {
                println!("{fault:?}: history {seed}: {}", failure.chars().take(150).collect::<String>());
            }
            None => println!("{fault:?}: NOT SEEN in {PATIENCE} histories"),
        }
    }
    let missed: Vec<_> = table.iter().filter(|(_, seen)| seen.is_none()).map(|(fault, _)| fault).collect();
    assert!(missed.is_empty(), "not seen: {missed:?}");
}
