//! Spellings that are one or two edits apart, found without comparing each with each.
//!
//! Cut a text into three pieces: two edits leave one of them whole, at most two places away from where it was. So texts
//! are kept under their pieces, and whoever looks asks for the pieces of its own text that can be one of another's
//! (Li, Deng, Wang, Feng: Pass-Join, 2011). What is found is then compared letter by letter.
//!
//! Near is not enough: a digit more, another size or a word more makes another article and not a misspelling.

use crate::domain::MatchKey;

use super::keys::{Digest, digest};

/// How many edits a text of so many characters may be away; short ones are all near each other.
const fn allowed(length: usize) -> usize {
    match length {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// The pieces of a text: one more than edits are allowed, of nearly the same length.
fn pieces(length: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let many = if allowed(length) == 0 { 0 } else { allowed(length) + 1 };
    (0..many).map(move |piece| piece * length / many..(piece + 1) * length / many)
}

fn is_digit(c: &char) -> bool {
    c.is_numeric()
}

/// Titles with other digits are no misspellings, so they need not meet.
fn digits_of(kind: MatchKey, text: &[char]) -> u64 {
    if kind != MatchKey::Title {
        return 0;
    }
    text.iter()
        .filter(|c| is_digit(c))
        .fold(1, |sum: u64, c| sum.wrapping_mul(31).wrapping_add(u64::from(u32::from(*c))))
}

fn piece_digest(buffer: &mut Vec<u8>, digits: u64, length: usize, piece: usize, text: &[char]) -> Digest {
    buffer.clear();
    buffer.extend(digits.to_le_bytes());
    buffer.extend((length as u32).to_le_bytes());
    buffer.push(piece as u8);
    let mut utf8 = [0; 4];
    for c in text {
        buffer.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    }
    digest(buffer)
}

/// Calls with what a text is kept under.
pub fn each_piece(kind: MatchKey, text: &[char], buffer: &mut Vec<u8>, mut tell: impl FnMut(Digest)) {
    let digits = digits_of(kind, text);
    for (piece, range) in pieces(text.len()).enumerate() {
        tell(piece_digest(buffer, digits, text.len(), piece, &text[range]));
    }
}

/// Calls with everything under which a text may be kept that is near this one.
pub fn each_piece_near(kind: MatchKey, text: &[char], buffer: &mut Vec<u8>, mut tell: impl FnMut(Digest)) {
    let digits = digits_of(kind, text);
    let most = allowed(text.len());
    for length in text.len() - most.min(text.len())..=text.len() + most {
        let edits = allowed(length);
        if text.len().abs_diff(length) > edits.min(most) {
            continue;
        }
        for (piece, range) in pieces(length).enumerate() {
            // What is before the piece and what is behind it can each have shifted it by the edits they have room for.
            let start = range.start as isize;
            let shift = text.len() as isize - length as isize;
            let (before, behind) = (piece as isize, (edits - piece) as isize);
            let first = (start - before).max(start + shift - behind).max(0);
            let last = (start + before).min(start + shift + behind).min(text.len() as isize - range.len() as isize);
            for start in first..=last {
                let start = start as usize;
                tell(piece_digest(buffer, digits, length, piece, &text[start..start + range.len()]));
            }
        }
    }
}

/// How many characters have to be put in, taken out or replaced to make one text of the other, if at most two.
fn distance(one: &[char], other: &[char]) -> Option<usize> {
    const MOST: usize = 2;
    if one.len().abs_diff(other.len()) > MOST {
        return None;
    }
    // Of each row only the places around the diagonal; what lies further away costs too much.
    const WIDTH: usize = 2 * MOST + 1;
    const FAR: usize = MOST + 1;
    let mut row = [FAR; WIDTH];
    for (place, cost) in row.iter_mut().enumerate().skip(MOST) {
        *cost = (place - MOST).min(FAR);
    }
    for (at, c) in one.iter().enumerate() {
        let mut next = [FAR; WIDTH];
        for place in 0..WIDTH {
            // This place stands for so many characters of the other one.
            let Some(taken) = (at + 1 + place).checked_sub(MOST).filter(|taken| *taken <= other.len()) else {
                continue;
            };
            let replaced = if taken > 0 { row[place] + usize::from(other[taken - 1] != *c) } else { FAR };
            let out = row.get(place + 1).map_or(FAR, |cost| cost + 1);
            let put_in = if place > 0 && taken > 0 { next[place - 1] + 1 } else { FAR };
            next[place] = replaced.min(out).min(put_in).min(FAR);
        }
        if next.iter().all(|cost| *cost >= FAR) {
            return None;
        }
        row = next;
    }
    row.get(other.len() + MOST - one.len()).copied().filter(|cost| *cost <= MOST)
}

/// Two folded texts of a kind that one of them may be a misspelling of, and how many edits lie between them.
/// `titles_alike` is asked where SKUs differ in a digit: then the titles have to speak for it.
pub fn near(kind: MatchKey, one: &[char], other: &[char], titles_alike: impl FnOnce() -> bool) -> Option<u8> {
    let most = allowed(one.len()).min(allowed(other.len()));
    let edits = distance(one, other).filter(|edits| (1..=most).contains(edits))?;
    let (ours, theirs) = words_apart(one, other);
    let shortest = if kind == MatchKey::Title { 4 } else { 3 };
    if ours.min(theirs) < shortest {
        return None;
    }
    let digits = |text: &[char]| text.iter().copied().filter(is_digit).collect::<Vec<char>>();
    let other_number = digits(one) != digits(other);
    (!other_number || (kind == MatchKey::Sku && edits == 1 && titles_alike())).then_some(edits as u8)
}

fn words(text: &[char]) -> Vec<&[char]> {
    text.split(|c| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// How many letters stand in words that only one of them has. `S` and `M` are one edit apart and two sizes.
fn words_apart(one: &[char], other: &[char]) -> (usize, usize) {
    let (mut ours, mut theirs) = (words(one), words(other));
    ours.retain(|word| match theirs.iter().position(|their| their == word) {
        Some(place) => {
            theirs.swap_remove(place);
            false
        }
        None => true,
    });
    let letters = |words: &[&[char]]| words.iter().map(|word| word.len()).sum();
    (letters(&ours), letters(&theirs))
}

/// Whether two folded titles share half of their words.
pub fn titles_alike(one: &[char], other: &[char]) -> bool {
    let (ours, theirs) = (words(one), words(other));
    let shared = ours.iter().filter(|word| theirs.contains(word)).count();
    shared > 0 && shared * 2 >= ours.len().max(theirs.len())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use proptest::prelude::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn are_near(kind: MatchKey, one: &str, other: &str) -> Option<u8> {
        near(kind, &chars(one), &chars(other), || false)
    }

    #[test]
    fn a_typing_error_is_near() {
        use MatchKey::{Sku, Title};
        assert_eq!(are_near(Title, "espresso machine", "espreso machine"), Some(1));
        assert_eq!(are_near(Title, "espresso machine", "esrpesso machine"), Some(2), "a swap is two");
        assert_eq!(are_near(Title, "running t shirt", "running tshirt"), Some(1));
        assert_eq!(are_near(Title, "مرحبا بالعالم", "مرحبا بالعالمم"), Some(1));
        assert_eq!(are_near(Sku, "ts-100-red", "ts-100-rde"), Some(2));
        assert_eq!(are_near(Sku, "teered", "tered"), Some(1));
    }

    #[test]
    fn another_article_is_not_near() {
        use MatchKey::{Sku, Title};
        assert_eq!(are_near(Title, "running shoe 9", "running shoe 8"), None);
        assert_eq!(are_near(Title, "perfect tee s", "perfect tee m"), None);
        assert_eq!(are_near(Title, "perfect tee", "perfect tee xl"), None);
        assert_eq!(are_near(Title, "perfect tee blue", "perfect tee blue s"), None);
        assert_eq!(are_near(Title, "mug", "mig"), None);
        assert_eq!(are_near(Title, "same", "same"), None);
        assert_eq!(are_near(Sku, "ts-100-s", "ts-100-m"), None);
        assert_eq!(are_near(Sku, "ts-100471", "ts-100472"), None);
        let spoken_for = near(Sku, &chars("ts-100471"), &chars("ts-10047"), || true);
        assert_eq!(spoken_for, Some(1), "with titles alike, a digit may have been forgotten");
        assert!(titles_alike(&chars("tee red s"), &chars("red tee, s, new")));
        assert!(!titles_alike(&chars("tee red"), &chars("mug green")));
        assert!(!titles_alike(&[], &[]));
    }

    /// The whole table, as in the books.
    fn plain_distance(one: &[char], other: &[char]) -> usize {
        let mut row: Vec<usize> = (0..=other.len()).collect();
        for (at, c) in one.iter().enumerate() {
            let mut next = vec![at + 1];
            for (place, other) in other.iter().enumerate() {
                next.push((row[place] + usize::from(c != other)).min(row[place + 1] + 1).min(next[place] + 1));
            }
            row = next;
        }
        row[other.len()]
    }

    fn edited() -> impl Strategy<Value = (Vec<char>, Vec<char>)> {
        let letter = proptest::sample::select(vec!['a', 'b', '1', ' ', 'é']);
        let edit = (any::<proptest::sample::Index>(), letter.clone(), 0..3);
        (proptest::collection::vec(letter, 0..24), proptest::collection::vec(edit, 0..4)).prop_map(|(text, edits)| {
            let mut other = text.clone();
            for (place, letter, what) in edits {
                let place = place.index(other.len() + 1);
                match what {
                    0 => other.insert(place, letter),
                    1 if place < other.len() => other[place] = letter,
                    _ if place < other.len() => {
                        other.remove(place);
                    }
                    _ => {}
                }
            }
            (text, other)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_band_measures_what_the_whole_table_does((one, other) in edited()) {
            let plain = plain_distance(&one, &other);
            prop_assert_eq!(distance(&one, &other), (plain <= 2).then_some(plain));
        }

        /// Whatever is near is found by its pieces.
        #[test]
        fn pieces_miss_nothing((one, other) in edited(), title: bool) {
            let kind = if title { MatchKey::Title } else { MatchKey::Sku };
            let (mut kept, mut asked) = (HashSet::new(), HashSet::new());
            let mut buffer = Vec::new();
            each_piece(kind, &one, &mut buffer, |piece| { kept.insert(piece); });
            each_piece_near(kind, &other, &mut buffer, |piece| { asked.insert(piece); });
            if near(kind, &one, &other, || true).is_some() {
                prop_assert!(!kept.is_disjoint(&asked));
            }
        }
    }
}
