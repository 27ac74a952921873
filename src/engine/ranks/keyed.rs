//! Products by a small value each, such as a price.

use super::merge;

/// So many values are in memory at a time.
const PORTION: usize = 1 << 16;

/// Puts numbers in the order of a key of theirs; those with the same key stay as they were. Portions are put in order
/// and merged, since all keys of a large catalogue together would need four times the room of its numbers.
pub fn stable_by<K: Ord>(numbers: Vec<u32>, key: impl Fn(u32) -> K) -> Vec<u32> {
    merged(numbers, PORTION, key)
}

fn merged<K: Ord>(mut numbers: Vec<u32>, portion: usize, key: impl Fn(u32) -> K) -> Vec<u32> {
    numbers.chunks_mut(portion).for_each(|numbers| numbers.sort_by_cached_key(|number| key(*number)));
    let mut portions: Vec<_> = numbers.chunks(portion).map(<[u32]>::iter).collect();
    // Of the same key, the portion that came first is first.
    let head = |place: usize, portion: &mut std::slice::Iter<'_, u32>| {
        portion.next().map(|number| (key(*number), place, *number))
    };
    let heads: Vec<_> = portions.iter_mut().enumerate().filter_map(|(place, portion)| head(place, portion)).collect();
    let mut merged = Vec::with_capacity(numbers.len());
    merge(heads.into_iter(), |(_, place, number)| {
        merged.push(number);
        head(place, &mut portions[place])
    });
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_stable_sort(keys in prop::collection::vec(0u8..5, 0..200), portion in 1usize..50) {
            let key = |number: u32| keys[number as usize];
            let numbers: Vec<u32> = (0..keys.len() as u32).rev().collect();
            let mut wanted = numbers.clone();
            wanted.sort_by_key(|number| key(*number));
            prop_assert_eq!(merged(numbers, portion, key), wanted);
        }
    }
}
