//! Platforms that do not exist: one for each mix of capabilities that a history may draw.

use std::sync::OnceLock;
use std::time::Duration;

use counterpart::domain::{
    Budget, CallCosts, CredentialField, Deletion, Guarantee, Limit, Profile, QuantityKind, Side, StockWrite,
};

const NONE: Limit = Limit { most: None, source: "a simulation" };

/// How long a call may take before we stop waiting.
pub const TIMEOUT: i64 = 30_000;
/// How long after that a late arrival may land.
pub const FENCE: i64 = 60_000;

/// Shops in one history at the most.
pub const MOST_SHOPS: usize = 4;

/// What a shop can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    pub write: StockWrite,
    pub orders: bool,
    pub stock_feed: bool,
    pub tells_deletions: bool,
    pub creates_with_stock: bool,
    pub batches: bool,
}

const WRITES: [StockWrite; 4] =
    [StockWrite::DeltaWithKey, StockWrite::CompareAndSetWithKey, StockWrite::Delta, StockWrite::Absolute];

impl Abilities {
    fn number(self) -> usize {
        let write = WRITES.iter().position(|write| *write == self.write).unwrap();
        let flags = [self.orders, self.stock_feed, self.tells_deletions, self.creates_with_stock, self.batches];
        flags.iter().fold(write, |number, flag| number * 2 + usize::from(*flag))
    }

    fn of(number: usize) -> Self {
        let flag = |place: usize| number >> place & 1 == 1;
        Self {
            write: WRITES[number >> 5],
            orders: flag(4),
            stock_feed: flag(3),
            tells_deletions: flag(2),
            creates_with_stock: flag(1),
            batches: flag(0),
        }
    }
}

/// The profile of the shop at this place in its history. The first is the till.
pub fn profile(place: usize, abilities: Abilities) -> &'static Profile {
    static ALL: OnceLock<Vec<Profile>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let places = 0..MOST_SHOPS;
        places.flat_map(|place| (0..128).map(move |number| make(place, Abilities::of(number)))).collect()
    });
    &all[place * 128 + abilities.number()]
}

fn make(place: usize, abilities: Abilities) -> Profile {
    let side = if place == 0 { Side::InStore } else { Side::Online };
    let number = abilities.number();
    Profile {
        id: Box::leak(format!("shop{place}-{number}").into_boxed_str()),
        name: ["Till", "Web", "Market", "Outlet"][place],
        mark: ["Ti", "We", "Ma", "Ou"][place],
        side,
        api_version: "1",
        default_base_url: Some("https://shop.example"),
        base_url_help: "https://shop.example",
        credentials: &[CredentialField { name: "token", label: "token", secret: true, required: true }],
        login: None,
        product_limit: NONE,
        variant_limit: NONE,
        option_limit: NONE,
        title_limit: NONE,
        sku_limit: NONE,
        quantities: QuantityKind::Whole,
        has_locations: true,
        stock_write: abilities.write,
        stock_batch: if abilities.batches { 4 } else { 1 },
        guarantee: Guarantee { exact: abilities.write.has_key(), sentence: "as a simulation goes" },
        unique_sku: false,
        create_sets_stock: abilities.creates_with_stock,
        budget: Budget { burst: 100, per_second_milli: 100_000, concurrent: 2, source: "a simulation" },
        costs: CallCosts {
            level_read_batch: 50,
            level_read_cost: 1,
            stock_write_cost: 1,
            create_calls: 1,
            create_variant_calls: (0, 1),
            create_cost: 1,
        },
        timeout: Duration::from_millis(TIMEOUT as u64),
        fence: Duration::from_millis(FENCE as u64),
        deletions_in_feed: abilities.tells_deletions,
        stock_feed: abilities.stock_feed,
        order_feed: abilities.orders,
        edits: &[],
        adds_variants: false,
        deletion: Deletion::Deletes,
        fields: &[],
        docs: "",
    }
}

#[test]
fn every_mix_has_its_profile() {
    for number in 0..128 {
        let abilities = Abilities::of(number);
        assert_eq!(abilities.number(), number);
        assert_eq!(profile(2, abilities).stock_write, abilities.write);
    }
}
