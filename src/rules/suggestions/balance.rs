//! From evidence on pairs to probabilities, knowing that a record has at most one counterpart.
//!
//! Each pair weighs `exp(evidence)`; of all ways to pair the records off, each as likely as the product of its weights,
//! the probability of a pair is its share (the monomer-dimer model). Messages between neighbours find it: a record
//! tells each of its candidates how free it still is. So a near second takes from the first exactly what it must, and
//! a rival that has a better counterpart elsewhere takes nothing.

/// A pair that is worth comparing, and how much speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    pub left: u32,
    pub right: u32,
    pub evidence: f32,
}

/// Rounds of messages. They settle long before where anything is decided.
const ROUNDS: usize = 12;

/// The probability of each edge. `shift` is added to all evidence.
pub fn probabilities(edges: &[Edge], sizes: [usize; 2], shift: f32) -> Vec<f32> {
    let weights: Vec<f32> = edges.iter().map(|edge| (edge.evidence + shift).clamp(-30.0, 30.0).exp()).collect();
    // What the left end of each edge tells its right end, and the other way.
    let mut from_left = vec![1.0f32; edges.len()];
    let mut from_right = vec![1.0f32; edges.len()];
    let mut sums = [vec![0.0f64; sizes[0]], vec![0.0f64; sizes[1]]];
    for _ in 0..ROUNDS {
        sums.iter_mut().flatten().for_each(|sum| *sum = 0.0);
        for (place, edge) in edges.iter().enumerate() {
            sums[0][edge.left as usize] += f64::from(weights[place] * from_right[place]);
            sums[1][edge.right as usize] += f64::from(weights[place] * from_left[place]);
        }
        for (place, edge) in edges.iter().enumerate() {
            let own = f64::from(weights[place] * from_right[place]);
            let mine = 1.0 / (1.0 + (sums[0][edge.left as usize] - own).max(0.0));
            let own = f64::from(weights[place] * from_left[place]);
            let theirs = 1.0 / (1.0 + (sums[1][edge.right as usize] - own).max(0.0));
            // Half the way: two equal pairs would otherwise swing for ever.
            from_left[place] = 0.5 * (from_left[place] + mine as f32);
            from_right[place] = 0.5 * (from_right[place] + theirs as f32);
        }
    }
    (0..edges.len())
        .map(|place| {
            let odds = f64::from(weights[place]) * f64::from(from_left[place]) * f64::from(from_right[place]);
            (odds / (1.0 + odds)) as f32
        })
        .collect()
}
