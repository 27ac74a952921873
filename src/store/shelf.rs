//! The trees, and records in them: larger ones are cut into chunks, since no value may be over 4 KiB.
//!
//! A record's key has a fixed length in each tree; a chunk number follows it. The first chunk begins with the number of
//! chunks. Nothing here knows which database it is.

use super::habits::LARGEST_VALUE;
use super::trouble::{Outcome, Trouble};

/// The trees. Few, since each costs space of its own in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tree {
    /// Single records by name: schema, head, identity, numbers, removed connections.
    Meta,
    /// The journal's second copy: record number → record.
    Journal,
    /// Connection → connection.
    Connections,
    /// Connection, feed → cursor; connection, 255 → sweep.
    Cursors,
    /// Listing → listing.
    Listings,
    /// Link → link.
    Links,
    /// Job → job.
    Jobs,
    /// Job, step, 0 → what is planned; job, step, 1 → its state.
    Steps,
    /// Job, place → refusal.
    Refusals,
    /// Job, generation, first step → batch.
    Batches,
    /// Connection, the order's fingerprint → order.
    Orders,
    /// What kind, one connection or two → settings, rules or drift. Few, so they share a tree.
    Keeping,
    /// Journal record, place in it; both counted down, so that the newest comes first → line of history.
    History,
    /// Listing or job, and the key of a line of history that is about it → nothing.
    HistoryOf,
    /// In-store listing, online listing → that a person said they are not one.
    Rejections,
}

impl Tree {
    pub(super) const ALL: [Self; 15] = [
        Self::Meta,
        Self::Journal,
        Self::Connections,
        Self::Cursors,
        Self::Listings,
        Self::Links,
        Self::Jobs,
        Self::Steps,
        Self::Refusals,
        Self::Batches,
        Self::Orders,
        Self::Keeping,
        Self::History,
        Self::HistoryOf,
        Self::Rejections,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Journal => "journal",
            Self::Connections => "connections",
            Self::Cursors => "cursors",
            Self::Listings => "listings",
            Self::Links => "links",
            Self::Jobs => "jobs",
            Self::Steps => "steps",
            Self::Refusals => "refusals",
            Self::Batches => "batches",
            Self::Orders => "orders",
            Self::Keeping => "keeping",
            Self::History => "history",
            Self::HistoryOf => "history_of",
            Self::Rejections => "rejections",
        }
    }

    /// Its place in [`Tree::ALL`].
    pub(super) const fn place(self) -> usize {
        self as usize
    }
}

/// What sees a value: its key and itself. `false` ends the walk.
pub(super) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Outcome<bool> + 'a;

/// Something that trees can be read from.
pub(super) trait Shelf {
    fn value(&self, tree: Tree, key: &[u8]) -> Outcome<Option<Vec<u8>>>;

    /// All values whose key begins with `prefix` and is not below `from`, in the order of their keys.
    fn walk(&self, tree: Tree, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Outcome<()>;
}

const CHUNK_NUMBER: usize = 4;
const CHUNK_COUNT: usize = 4;

/// A record cut into values of at most `largest` bytes, with their keys.
pub(super) fn chunks<'a>(
    key: &'a [u8],
    record: &'a [u8],
    largest: usize,
) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + 'a {
    let (first, rest) = record.split_at(record.len().min(largest.saturating_sub(CHUNK_COUNT)));
    let count = 1 + rest.len().div_ceil(largest);
    let mut head = Vec::with_capacity(CHUNK_COUNT + first.len());
    head.extend_from_slice(&(count as u32).to_le_bytes());
    head.extend_from_slice(first);
    let parts = std::iter::once(head).chain(rest.chunks(largest).map(<[u8]>::to_vec));
    (0u32..).zip(parts).map(|(number, part)| (chunk_key(key, number), part))
}

pub(super) fn chunk_key(key: &[u8], number: u32) -> Vec<u8> {
    let mut whole = Vec::with_capacity(key.len() + CHUNK_NUMBER);
    whole.extend_from_slice(key);
    whole.extend_from_slice(&number.to_be_bytes());
    whole
}

/// How many chunks a record has now; 0 if there is none.
pub(super) fn chunk_count(shelf: &impl Shelf, tree: Tree, key: &[u8]) -> Outcome<u32> {
    match shelf.value(tree, &chunk_key(key, 0))? {
        Some(first) => count_of(tree, &first),
        None => Ok(0),
    }
}

pub(super) fn record(shelf: &impl Shelf, tree: Tree, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
    let Some(first) = shelf.value(tree, &chunk_key(key, 0))? else { return Ok(None) };
    let count = count_of(tree, &first)?;
    let mut record = first;
    record.drain(..CHUNK_COUNT);
    for number in 1..count {
        let part = shelf.value(tree, &chunk_key(key, number))?.ok_or_else(|| torn(tree))?;
        record.extend_from_slice(&part);
    }
    Ok(Some(record))
}

/// All records whose key begins with `prefix` and is not below `from`, in order.
pub(super) fn records(
    shelf: &impl Shelf,
    tree: Tree,
    prefix: &[u8],
    from: &[u8],
    visit: &mut Visit<'_>,
) -> Outcome<()> {
    // The record being put together: its key, its bytes, the chunks still to come, the number of the next.
    let mut key = Vec::new();
    let mut record = Vec::new();
    let (mut missing, mut next) = (0u32, 0u32);
    let mut ended = false;
    shelf.walk(tree, prefix, from, &mut |chunk, value| {
        let (base, number) = chunk.split_last_chunk::<CHUNK_NUMBER>().ok_or_else(|| torn(tree))?;
        let number = u32::from_be_bytes(*number);
        if missing == 0 {
            missing = count_of(tree, value)?;
            next = 0;
            key.clear();
            key.extend_from_slice(base);
            record.clear();
            record.extend_from_slice(&value[CHUNK_COUNT..]);
        } else {
            record.extend_from_slice(value);
        }
        if number != next || base != key {
            return Err(torn(tree));
        }
        next += 1;
        missing -= 1;
        if missing > 0 {
            return Ok(true);
        }
        let more = visit(&key, &record)?;
        ended = !more;
        Ok(more)
    })?;
    if missing > 0 && !ended { Err(torn(tree)) } else { Ok(()) }
}

fn count_of(tree: Tree, first: &[u8]) -> Outcome<u32> {
    match first.first_chunk::<CHUNK_COUNT>().map(|count| u32::from_le_bytes(*count)) {
        None | Some(0) => Err(torn(tree)),
        Some(count) => Ok(count),
    }
}

fn torn(tree: Tree) -> Trouble {
    Trouble::Damaged(format!("a record in the {} tree is not whole", tree.name()))
}

/// What is written but not yet in the database, over what is in it. The only way to write.
pub(super) struct Changes<'a, S> {
    below: &'a S,
    writes: Writes,
    largest: usize,
}

/// New values, and `None` for keys that go, for each tree in the order of [`Tree::ALL`].
pub(super) type Writes = [std::collections::BTreeMap<Vec<u8>, Option<Vec<u8>>>; Tree::ALL.len()];

impl<'a, S: Shelf> Changes<'a, S> {
    /// `largest`: [`LARGEST_VALUE`], unless a test leaves that habit out.
    pub(super) fn over(below: &'a S, largest: usize) -> Self {
        debug_assert!(largest >= LARGEST_VALUE);
        Self { below, writes: Writes::default(), largest }
    }

    pub(super) fn into_writes(self) -> Writes {
        self.writes
    }

    pub(super) fn count(&self) -> usize {
        self.writes.iter().map(std::collections::BTreeMap::len).sum()
    }

    /// Takes what was written so far, for a database that is being filled in portions.
    pub(super) fn take(&mut self) -> Writes {
        std::mem::take(&mut self.writes)
    }

    pub(super) fn put(&mut self, tree: Tree, key: &[u8], record: &[u8]) -> Outcome<()> {
        let before = chunk_count(self, tree, key)?;
        let mut after = 0;
        for (key, value) in chunks(key, record, self.largest) {
            self.writes[tree.place()].insert(key, Some(value));
            after += 1;
        }
        for number in after..before {
            self.writes[tree.place()].insert(chunk_key(key, number), None);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, tree: Tree, key: &[u8]) -> Outcome<()> {
        for number in 0..chunk_count(self, tree, key)? {
            self.writes[tree.place()].insert(chunk_key(key, number), None);
        }
        Ok(())
    }

    /// Removes all records whose key begins with `prefix`.
    pub(super) fn remove_all(&mut self, tree: Tree, prefix: &[u8]) -> Outcome<()> {
        let mut keys = Vec::new();
        self.walk(tree, prefix, &[], &mut |key, _| {
            keys.push(key.to_vec());
            Ok(true)
        })?;
        self.writes[tree.place()].extend(keys.into_iter().map(|key| (key, None)));
        Ok(())
    }
}

impl<S: Shelf> Shelf for Changes<'_, S> {
    fn value(&self, tree: Tree, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
        match self.writes[tree.place()].get(key) {
            Some(written) => Ok(written.clone()),
            None => self.below.value(tree, key),
        }
    }

    fn walk(&self, tree: Tree, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Outcome<()> {
        let start = from.max(prefix).to_vec();
        let mut written =
            self.writes[tree.place()].range(start..).take_while(|(key, _)| key.starts_with(prefix)).peekable();
        let mut more = true;
        self.below.walk(tree, prefix, from, &mut |key, value| {
            while let Some((above, fresh)) = written.next_if(|(above, _)| above.as_slice() < key) {
                if let Some(fresh) = fresh {
                    more = visit(above, fresh)?;
                    if !more {
                        return Ok(false);
                    }
                }
            }
            more = match written.next_if(|(above, _)| above.as_slice() == key) {
                Some((_, Some(fresh))) => visit(key, fresh)?,
                Some((_, None)) => true,
                None => visit(key, value)?,
            };
            Ok(more)
        })?;
        for (key, fresh) in written {
            if !more {
                break;
            }
            if let Some(fresh) = fresh {
                more = visit(key, fresh)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    impl Shelf for Writes {
        fn value(&self, tree: Tree, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
            Ok(self[tree.place()].get(key).cloned().flatten())
        }

        fn walk(&self, tree: Tree, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Outcome<()> {
            let start = from.max(prefix).to_vec();
            for (key, value) in self[tree.place()].range(start..).take_while(|(key, _)| key.starts_with(prefix)) {
                if let Some(value) = value
                    && !visit(key, value)?
                {
                    break;
                }
            }
            Ok(())
        }
    }

    fn merge(below: &mut Writes, above: Writes) {
        for (tree, writes) in below.iter_mut().zip(above) {
            tree.extend(writes);
        }
    }

    fn everything(shelf: &impl Shelf, prefix: &[u8], from: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut found = BTreeMap::new();
        records(shelf, Tree::Jobs, prefix, from, &mut |key, record| {
            assert!(found.insert(key.to_vec(), record.to_vec()).is_none());
            Ok(true)
        })
        .unwrap();
        found
    }

    proptest! {
        /// Records of any size, overwritten and removed in two layers, read like a plain map.
        #[test]
        fn records_behave_like_a_map(
            lower in prop::collection::vec((0u8..6, prop::option::of(0usize..20_000)), 0..8),
            upper in prop::collection::vec((0u8..6, prop::option::of(0usize..20_000)), 0..8),
        ) {
            let mut model = BTreeMap::new();
            let mut below = Writes::default();
            let empty = Writes::default();
            let mut first = Changes::over(&empty, LARGEST_VALUE);
            for (key, size) in &lower {
                apply(&mut first, &mut model, *key, *size);
            }
            merge(&mut below, first.into_writes());
            let mut second = Changes::over(&below, LARGEST_VALUE);
            for (key, size) in &upper {
                apply(&mut second, &mut model, *key, *size);
            }
            prop_assert_eq!(everything(&second, &[], &[]), model.clone());
            prop_assert_eq!(everything(&second, &[1, 3], &[]), model.iter().filter(|(key, _)| key[1] == 3).map(|(k, v)| (k.clone(), v.clone())).collect::<BTreeMap<_, _>>());
            prop_assert_eq!(everything(&second, &[], &[1, 3]), model.range(vec![1, 3]..).map(|(k, v)| (k.clone(), v.clone())).collect::<BTreeMap<_, _>>());
            for key in 0..6 {
                prop_assert_eq!(record(&second, Tree::Jobs, &[1, key]).unwrap(), model.get(&vec![1, key]).cloned());
            }
            prop_assert!(second.writes.iter().flatten().all(|(_, value)| value.as_ref().is_none_or(|v| v.len() <= LARGEST_VALUE)));
            let above = second.into_writes();
            merge(&mut below, above);
            prop_assert_eq!(everything(&below, &[], &[]), model);
        }
    }

    fn apply(changes: &mut Changes<'_, Writes>, model: &mut BTreeMap<Vec<u8>, Vec<u8>>, key: u8, size: Option<usize>) {
        match size {
            Some(size) => {
                let content = (0..size).map(|at| (at % 251) as u8 ^ key).collect::<Vec<_>>();
                changes.put(Tree::Jobs, &[1, key], &content).unwrap();
                model.insert(vec![1, key], content);
            }
            None => {
                changes.remove(Tree::Jobs, &[1, key]).unwrap();
                model.remove(&vec![1, key]);
            }
        }
    }
}
