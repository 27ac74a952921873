//! The parts that are measured, each in a process of its own; figures go to standard output, a line each.

use std::path::Path;
use std::time::Instant;

use counterpart::rules::matching::{Comparison, Here, Rows, Tie};

use super::measure::{cpu, forget_peak, peak, waited};
use super::wares::{Same, generate, read};

pub fn run(part: &str, folder: &Path, listings: usize) {
    match part {
        "generate" => generate(folder, listings),
        "usual" => report(folder, Same::Nothing),
        "titles" => report(folder, Same::Titles),
        "skus" => report(folder, Same::Skus),
        _ => panic!("no such part: {part}"),
    }
}

fn tell(name: &str, number: f64) {
    println!("{name}={number}");
}

fn rows(folder: &Path, side: usize, same: Same) -> Rows {
    let mut rows = Rows::new();
    for known in read(folder, side, same) {
        rows.push(&known, |_| Tie::Free);
    }
    rows
}

fn report(folder: &Path, same: Same) {
    const MIB: f64 = (1 << 20) as f64;
    let sides = [rows(folder, 0, same), rows(folder, 1, same)];
    let listings: usize = sides.iter().map(Rows::len).sum();
    let [in_store, online] = sides;
    forget_peak();
    let start = cpu();
    let mut comparison = Comparison::new(in_store, online);
    let made = cpu() - start;
    let (mut unmatched, mut reasons) = (0, 0);
    comparison.explain(|entry| {
        unmatched += 1;
        reasons += entry.reasons.len();
    });
    tell("report", made);
    tell("everything", cpu() - start);
    tell("peak", peak());
    let size = comparison.rows_size();
    tell("rows", size as f64 / MIB);
    tell("row", size as f64 / listings as f64);
    tell("unmatched", f64::from(unmatched));
    tell("reasons", reasons as f64);
    tell("candidates", comparison.candidate_count() as f64);
    let start = cpu();
    let listed = comparison.matches();
    tell("listed", cpu() - start);
    assert_eq!(listed.without.len(), unmatched as usize);
    tell("listed peak", peak());
    drop(listed);
    edits(&mut comparison, folder, same);
}

/// Changes one listing after the other: another title, another SKU, the old ones again, gone, and back. By the clock,
/// less what other programs had the core for in between.
fn edits(comparison: &mut Comparison, folder: &Path, same: Same) {
    let (mut times, mut clock) = (Vec::new(), 0.0f64);
    for (here, side) in [(Here::InStore, 0), (Here::Online, 1)] {
        let some: Vec<_> = read(folder, side, same).step_by(2000).take(500).collect();
        for known in &some {
            let mut titled = known.clone();
            titled.listing.title = format!("{} changed", known.listing.title).into();
            let mut coded = known.clone();
            coded.listing.variants[0].sku = Some(format!("NEW-{}", known.id.0).into());
            for changed in [Some(&titled), Some(&coded), Some(known), None, Some(known)] {
                let (interrupted, start) = (waited(), Instant::now());
                match changed {
                    Some(changed) => comparison.put(here, changed, |_| Tie::Free),
                    None => comparison.remove(here, known.id),
                };
                let passed = start.elapsed().as_secs_f64();
                clock = clock.max(passed * 1000.0);
                times.push((passed - (waited() - interrupted)) * 1000.0);
            }
        }
    }
    times.sort_by(f64::total_cmp);
    tell("edits", times.len() as f64);
    tell("edit median", times.get(times.len() / 2).copied().unwrap_or_default());
    tell("edit most", times.get(times.len() * 99 / 100).copied().unwrap_or_default());
    tell("edit worst", times.last().copied().unwrap_or_default());
    tell("edit clock", clock);
}
