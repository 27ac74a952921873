//! A small number for each of many numbers that lie close together.

use std::sync::Arc;

/// Numbers in one page; pages of zeroes alone need not be there.
const PAGE: usize = 1024;

/// Clones are still pictures, and cheap. What was never set is zero.
#[derive(Debug, Clone, Default)]
pub struct Pages<T>(Arc<Vec<Option<Arc<[T; PAGE]>>>>);

impl<T: Copy + Default + PartialEq> Pages<T> {
    fn place(number: u64) -> (usize, usize) {
        (usize::try_from(number / PAGE as u64).unwrap_or(usize::MAX), (number % PAGE as u64) as usize)
    }

    pub fn get(&self, number: u64) -> T {
        let (page, place) = Self::place(number);
        self.0.get(page).and_then(Option::as_ref).map(|page| page[place]).unwrap_or_default()
    }

    pub fn set(&mut self, number: u64, value: T) {
        if self.get(number) == value {
            return;
        }
        let (page, place) = Self::place(number);
        let pages = Arc::make_mut(&mut self.0);
        if pages.len() <= page {
            pages.resize(page + 1, None);
        }
        let page = pages[page].get_or_insert_with(|| Arc::new([T::default(); PAGE]));
        Arc::make_mut(page)[place] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn pages_behave_like_a_map(steps in prop::collection::vec((0u64..5000, 0u16..3), 0..60), cut in 0usize..60) {
            let (mut pages, mut model) = (Pages::default(), HashMap::new());
            let mut picture = (pages.clone(), model.clone());
            for (at, (number, value)) in steps.into_iter().enumerate() {
                pages.set(number, value);
                model.insert(number, value);
                if at == cut {
                    picture = (pages.clone(), model.clone());
                }
            }
            for (pages, model) in [(&pages, &model), (&picture.0, &picture.1)] {
                for number in 0..5000 {
                    prop_assert_eq!(pages.get(number), model.get(&number).copied().unwrap_or_default());
                }
            }
        }
    }
}
