//! What is filtered and sorted by, a few bytes for each product.

use std::collections::HashMap;

use crate::domain::{Presence, Quantity, SyncState};
use crate::protocol::ShownQuantity;

/// Rows in one page; pages without any cost nothing.
const PAGE: usize = 1024;

/// What a product is filtered and sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub mark: Mark,
    pub in_store: Option<ShownQuantity>,
    pub online: Option<ShownQuantity>,
    /// The lowest price of the listing that is shown, in minor units.
    pub price: Option<i64>,
}

/// Presence, whether it is sold out, and where it stands, in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(u8);

const STATES: [SyncState; 10] = [
    SyncState::Conflict,
    SyncState::Failing,
    SyncState::Paused,
    SyncState::OutOfSync { price: false, quantity: false },
    SyncState::OutOfSync { price: false, quantity: true },
    SyncState::OutOfSync { price: true, quantity: false },
    SyncState::OutOfSync { price: true, quantity: true },
    SyncState::InOrders,
    SyncState::InSync,
    SyncState::Base,
];

const PRESENCES: [Presence; 4] = [Presence::InStore, Presence::Online, Presence::Both, Presence::Neither];

impl Mark {
    /// No product.
    const NONE: u8 = 0;
    const SOLD_OUT: u8 = 1 << 3;

    pub fn new(presence: Presence, sold_out: bool, state: SyncState) -> Self {
        let of = |found: Option<usize>| found.and_then(|place| u8::try_from(place).ok()).unwrap_or_default();
        let presence = of(PRESENCES.iter().position(|one| *one == presence));
        let state = of(STATES.iter().position(|one| *one == state));
        Self(1 | (presence << 1) | (u8::from(sold_out) * Self::SOLD_OUT) | (state << 4))
    }

    pub const fn presence(self) -> Presence {
        PRESENCES[(self.0 >> 1 & 3) as usize]
    }

    pub const fn sold_out(self) -> bool {
        self.0 & Self::SOLD_OUT != 0
    }

    pub fn state(self) -> SyncState {
        STATES.get(usize::from(self.0 >> 4)).copied().unwrap_or(SyncState::Base)
    }
}

#[derive(Debug)]
struct Page {
    marks: [u8; PAGE],
    in_store: [i32; PAGE],
    online: [i32; PAGE],
    prices: [i32; PAGE],
    count: usize,
}

/// Which of a row's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Number {
    InStore,
    Online,
    Price,
}

/// Rows by the number of the listing that names the product.
#[derive(Debug, Default)]
pub struct Rows {
    pages: Vec<Option<Box<Page>>>,
    /// Numbers that do not fit: fractions, and what is beyond two thousand million.
    large: HashMap<(u32, Number), i64>,
    count: usize,
}

const NOTHING: i32 = i32::MIN;
const UNTRACKED: i32 = i32::MIN + 1;
const UNKNOWN: i32 = i32::MIN + 2;
/// Look among the large ones.
const LARGE: i32 = i32::MIN + 3;

fn small(number: i64) -> Option<i32> {
    i32::try_from(number).ok().filter(|number| *number > LARGE)
}

impl Rows {
    pub const fn len(&self) -> usize {
        self.count
    }

    fn page(&self, product: u32) -> Option<(&Page, usize)> {
        let page = self.pages.get(product as usize / PAGE)?.as_deref()?;
        Some((page, product as usize % PAGE))
    }

    /// Where a product stands; `None` if there is none of this number.
    pub fn mark(&self, product: u32) -> Option<Mark> {
        let (page, place) = self.page(product)?;
        Some(page.marks[place]).filter(|mark| *mark != Mark::NONE).map(Mark)
    }

    fn quantity(&self, product: u32, packed: i32, which: Number) -> Option<ShownQuantity> {
        match packed {
            NOTHING => None,
            UNTRACKED => Some(ShownQuantity::Untracked),
            UNKNOWN => Some(ShownQuantity::Unknown),
            LARGE => self.large.get(&(product, which)).map(|raw| ShownQuantity::Counted(Quantity::from_raw(*raw))),
            units => Some(ShownQuantity::Counted(Quantity::units(units.into()))),
        }
    }

    pub fn in_store(&self, product: u32) -> Option<ShownQuantity> {
        let (page, place) = self.page(product)?;
        self.quantity(product, page.in_store[place], Number::InStore)
    }

    pub fn online(&self, product: u32) -> Option<ShownQuantity> {
        let (page, place) = self.page(product)?;
        self.quantity(product, page.online[place], Number::Online)
    }

    pub fn price(&self, product: u32) -> Option<i64> {
        let (page, place) = self.page(product)?;
        match page.prices[place] {
            LARGE => self.large.get(&(product, Number::Price)).copied(),
            number => (number > LARGE).then(|| number.into()),
        }
    }

    pub fn put(&mut self, product: u32, row: Row) {
        let quantity = |shown: Option<ShownQuantity>| match shown {
            None => (NOTHING, None),
            Some(ShownQuantity::Untracked) => (UNTRACKED, None),
            Some(ShownQuantity::Unknown) => (UNKNOWN, None),
            Some(ShownQuantity::Counted(count)) => {
                count.whole().and_then(small).map_or((LARGE, Some(count.raw())), |units| (units, None))
            }
        };
        let price = match row.price {
            None => (NOTHING, None),
            Some(price) => small(price).map_or((LARGE, Some(price)), |price| (price, None)),
        };
        let numbers =
            [(Number::InStore, quantity(row.in_store)), (Number::Online, quantity(row.online)), (Number::Price, price)];
        self.take(product);
        let (at, place) = (product as usize / PAGE, product as usize % PAGE);
        if self.pages.len() <= at {
            self.pages.resize_with(at + 1, || None);
        }
        let page = self.pages[at].get_or_insert_with(|| {
            let none = [NOTHING; PAGE];
            Box::new(Page { marks: [Mark::NONE; PAGE], in_store: none, online: none, prices: none, count: 0 })
        });
        page.marks[place] = row.mark.0;
        page.count += 1;
        self.count += 1;
        for (which, (packed, large)) in numbers {
            match which {
                Number::InStore => page.in_store[place] = packed,
                Number::Online => page.online[place] = packed,
                Number::Price => page.prices[place] = packed,
            }
            if let Some(large) = large {
                self.large.insert((product, which), large);
            }
        }
    }

    /// Takes a product out; where it stood.
    pub fn take(&mut self, product: u32) -> Option<Mark> {
        let mark = self.mark(product)?;
        let (at, place) = (product as usize / PAGE, product as usize % PAGE);
        let slot = self.pages.get_mut(at)?;
        let page = slot.as_deref_mut()?;
        page.marks[place] = Mark::NONE;
        page.count -= 1;
        self.count -= 1;
        for (which, packed) in [
            (Number::InStore, page.in_store[place]),
            (Number::Online, page.online[place]),
            (Number::Price, page.prices[place]),
        ] {
            if packed == LARGE {
                self.large.remove(&(product, which));
            }
        }
        if page.count == 0 {
            *slot = None;
        }
        Some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quantity() -> impl Strategy<Value = Option<ShownQuantity>> {
        prop_oneof![
            Just(None),
            Just(Some(ShownQuantity::Untracked)),
            Just(Some(ShownQuantity::Unknown)),
            any::<i64>().prop_map(|raw| Some(ShownQuantity::Counted(Quantity::from_raw(raw)))),
            any::<i32>().prop_map(|units| Some(ShownQuantity::Counted(Quantity::units(units.into())))),
        ]
    }

    prop_compose! {
        fn row()(presence in 0usize..4, sold_out in any::<bool>(), state in 0usize..10, in_store in quantity(), online in quantity(), price in prop::option::of(prop_oneof![any::<i64>(), -5i64..100_000])) -> Row {
            Row { mark: Mark::new(PRESENCES[presence], sold_out, STATES[state]), in_store, online, price }
        }
    }

    proptest! {
        /// Rows come back as they were put, whatever was there before.
        #[test]
        fn rows_behave_like_a_map(steps in prop::collection::vec((0u32..3000, prop::option::of(row())), 0..60)) {
            let mut rows = Rows::default();
            let mut model: HashMap<u32, Row> = HashMap::new();
            for (product, row) in steps {
                match row {
                    Some(row) => {
                        rows.put(product, row);
                        model.insert(product, row);
                    }
                    None => prop_assert_eq!(rows.take(product), model.remove(&product).map(|row| row.mark)),
                }
            }
            prop_assert_eq!(rows.len(), model.len());
            for product in 0..3000 {
                let found = rows.mark(product).map(|mark| Row {
                    mark,
                    in_store: rows.in_store(product),
                    online: rows.online(product),
                    price: rows.price(product),
                });
                prop_assert_eq!(found, model.get(&product).copied());
            }
            let large = model.values().flat_map(|row| [row.in_store.map(|_| 0), row.online.map(|_| 0), row.price]);
            prop_assert!(rows.large.len() <= large.flatten().count());
        }
    }

    #[test]
    fn marks_tell_all_that_is_in_them() {
        for presence in PRESENCES {
            for state in STATES {
                for sold_out in [false, true] {
                    let mark = Mark::new(presence, sold_out, state);
                    assert_eq!((mark.presence(), mark.sold_out(), mark.state()), (presence, sold_out, state));
                }
            }
        }
        assert!(STATES.is_sorted(), "what sorts by the mark sorts by the state");
    }
}
