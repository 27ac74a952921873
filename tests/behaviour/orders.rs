//! What customers order: told whole, never missed, and explaining what the stock did.
//!
//! A platform may not say what was put back into stock, and then tells less of it; it never tells more. All of an order
//! is shipped or nothing, since not all platforms know parts.

use std::collections::BTreeMap;
use std::time::Duration;

use counterpart::domain::{Cursor, Feed, Order, OrderState, Quantity};
use counterpart::platform::{Change, Clock, LevelRead, Next};
use counterpart::sandbox::{Shop, ShopOrder, ShopOrderState, ShopProduct};

use crate::bench::{Bench, chosen, product, simple};

const HERE: u64 = 1;

impl Bench {
    /// So many of each of these variants.
    pub fn place(&self, lines: &[(u64, i64)]) -> u64 {
        let now = self.clock.now();
        let lines: Vec<(u64, u64, Quantity)> =
            lines.iter().map(|(variant, count)| (*variant, HERE, Quantity::units(*count))).collect();
        self.server.shop().alter(|shop| shop.place_order(&lines, now).expect("the variant exists"))
    }

    fn with_shop<T>(&self, doing: impl FnOnce(&mut Shop, counterpart::domain::Timestamp) -> T) -> T {
        let now = self.clock.now();
        self.server.shop().alter(|shop| doing(shop, now))
    }

    /// Long enough for the next change to have a later time of its own.
    pub fn later(&self) {
        self.clock.advance(Duration::from_secs(60));
    }

    pub fn order_in_shop(&self, number: u64) -> ShopOrder {
        self.server.shop().look(|shop| shop.orders[&number].clone())
    }

    /// Checks an order that was told against the shop's own.
    pub fn check_order(&self, told: &Order, real: &ShopOrder) {
        let at = format!("{}, order {}: {told:#?} is told of {real:#?}", self.name(), real.name);
        let state = match real.state {
            ShopOrderState::Pending => OrderState::Pending,
            ShopOrderState::Open => OrderState::Open,
            ShopOrderState::Closed => OrderState::Closed,
            ShopOrderState::Cancelled => OrderState::Cancelled,
        };
        assert_eq!(told.state, state, "{at}");
        let never_taken = real.state == ShopOrderState::Pending
            || (real.state == ShopOrderState::Cancelled && real.refunds.is_empty());
        let total = |each: &dyn Fn(&counterpart::sandbox::ShopOrderLine) -> Quantity| {
            Quantity::sum(real.lines.iter().map(each))
        };
        let told_total =
            |each: &dyn Fn(&counterpart::domain::OrderLine) -> Quantity| Quantity::sum(told.lines.iter().map(each));
        assert_eq!(told_total(&|line| line.ordered), total(&|line| line.ordered), "{at}");
        let booked = if real.state == ShopOrderState::Open { total(&|line| line.open()) } else { Quantity::ZERO };
        assert_eq!(told_total(&|line| told.booked(line)), booked, "{at}");
        let taken = if never_taken { Quantity::ZERO } else { total(&|line| line.ordered - line.restocked) };
        let told_taken = told_total(&|line| told.taken(line));
        let most = if never_taken { Quantity::ZERO } else { total(&|line| line.ordered) };
        assert!(taken <= told_taken && told_taken <= most, "{}: {told_taken} taken; {at}", self.name());
        let seconds = |at: counterpart::domain::Timestamp| at.0.div_euclid(1000);
        assert_eq!(seconds(told.placed_at), seconds(real.placed_at), "{at}");
    }

    /// The order among those that were told, by the number that people see or by the platform's own.
    pub fn find_order<'a>(&self, orders: &'a BTreeMap<String, Order>, real: &ShopOrder) -> Option<&'a Order> {
        let ends_with = |text: &str, number: u64| {
            let digits = text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count();
            text[digits..].parse() == Ok(number)
        };
        let by_name = orders.values().find(|order| ends_with(&order.number, real.name));
        by_name.or_else(|| orders.values().find(|order| ends_with(order.remote.as_str(), real.number)))
    }
}

fn mugs(count: usize) -> Vec<ShopProduct> {
    (0..count).map(|n| simple(&format!("Mug {n:02}"), &format!("M{n}"), 50)).collect()
}

for_each_platform!(from_the_start_the_open_orders_are_told, platform, {
    if !platform.profile.order_feed {
        continue;
    }
    let bench = Bench::open(platform, mugs(3)).await;
    let mug = |n: usize| bench.variant(&format!("Mug {n:02}"), 0);
    let open = bench.place(&[(mug(0), 4), (mug(1), 1)]);
    let sent = bench.place(&[(mug(1), 2)]);
    let called_off = bench.place(&[(mug(2), 3)]);
    bench.later();
    bench.with_shop(|shop, now| {
        assert!(shop.fulfil_order(sent, &[], now));
        assert!(shop.cancel_order(called_off, true, now));
    });
    bench.later();
    let (orders, _) = bench.orders(&Cursor::Start).await;
    let real = bench.order_in_shop(open);
    let told = bench.find_order(&orders, &real).unwrap_or_else(|| panic!("{}: {orders:#?}", bench.name()));
    bench.check_order(told, &real);
    assert_eq!(told.lines.len(), 2, "{}", bench.name());
    // What is over may be told or not; if it is, then as what it is.
    for number in [sent, called_off] {
        let real = bench.order_in_shop(number);
        if let Some(told) = bench.find_order(&orders, &real) {
            bench.check_order(told, &real);
        }
    }
});

for_each_platform!(no_order_is_missed_while_orders_come_and_go, platform, {
    if !platform.profile.order_feed {
        continue;
    }
    let bench = Bench::open(platform, mugs(8)).await;
    let mugs: Vec<u64> = (0..8).map(|n| bench.variant(&format!("Mug {n:02}"), 0)).collect();
    let placed: Vec<u64> = (0..260)
        .map(|n: usize| {
            bench.clock.advance(Duration::from_secs(1));
            bench.place(&[(mugs[n % 8], 1), (mugs[(n + 3) % 8], 2)])
        })
        .collect();
    // Further back than any overlap reaches.
    bench.clock.advance(Duration::from_secs(7200));
    let mut known: BTreeMap<String, Order> = BTreeMap::new();
    let mut cursor = Cursor::Start;
    let mut step = 0;
    let end = loop {
        let page = bench.connector.changes(Feed::Orders, &cursor).await.unwrap();
        for change in page.changes {
            let Change::Order(order) = change else { panic!("{}: {change:?}", bench.name()) };
            known.insert(order.remote.to_string(), *order);
        }
        // Customers and packers do not wait: between any two pages something happens at both ends of the list.
        if step < 20 {
            bench.clock.advance(Duration::from_secs(1));
            bench.place(&[(mugs[step % 8], 3)]);
            bench.with_shop(|shop, now| {
                assert!(shop.fulfil_order(placed[step], &[], now));
                assert!(shop.cancel_order(placed[259 - step], step % 2 == 0, now));
                if step > 0 {
                    let sent = placed[step - 1];
                    let line = shop.orders[&sent].lines[0].number;
                    assert!(shop.refund_order(sent, &[(line, Quantity::units(1))], true, now));
                }
            });
        }
        step += 1;
        match page.next {
            Next::More(next) => {
                assert_ne!(next, cursor, "{}: a cursor that does not move", bench.name());
                cursor = next;
            }
            Next::Done(next) => break next,
        }
    };
    bench.later();
    let (later, end) = bench.orders(&end).await;
    known.extend(later);
    let real: Vec<ShopOrder> = bench.server.shop().look(|shop| shop.orders.values().cloned().collect());
    eprintln!("{}: {} of {} orders told in {step} pages and a run after them", bench.name(), known.len(), real.len());
    for order in &real {
        let told = bench.find_order(&known, order);
        let told = told.unwrap_or_else(|| panic!("{}: order {} was never told: {order:#?}", bench.name(), order.name));
        bench.check_order(told, order);
    }
    // Nothing happened since: a run later than any overlap tells of nothing.
    bench.clock.advance(Duration::from_secs(7200));
    let (_, end) = bench.orders(&end).await;
    bench.clock.advance(Duration::from_secs(7200));
    let (again, _) = bench.orders(&end).await;
    assert!(again.len() < 10, "{}: {} orders came again", bench.name(), again.len());
});

for_each_platform!(each_change_of_an_order_is_told_whole, platform, {
    if !platform.profile.order_feed {
        continue;
    }
    let shirt = product("Tee", "TEE", &["Colour", "Size"], &[(&["Red", "S"], 50), (&["Red", "M"], 50)]);
    let bench = Bench::open(platform, vec![simple("Mug", "M-1", 50), shirt]).await;
    let (mug, tee) = (bench.variant("Mug", 0), bench.variant("Tee", 1));
    let (listings, _) = bench.listings(&Cursor::Start).await;
    let (_, mut cursor) = bench.orders(&Cursor::Start).await;
    let sent = bench.place(&[(mug, 4), (tee, 2)]);
    let called_off = bench.place(&[(tee, 3)]);
    type Doing<'a> = (&'a str, Box<dyn Fn(&mut Shop, counterpart::domain::Timestamp) -> bool>);
    let doings: [Doing; 4] = [
        ("placed", Box::new(|_, _| true)),
        ("sent", Box::new(move |shop, now| shop.fulfil_order(sent, &[], now))),
        ("called off", Box::new(move |shop, now| shop.cancel_order(called_off, true, now))),
        (
            "given back",
            Box::new(move |shop, now| {
                let line = shop.orders[&sent].lines[0].number;
                shop.refund_order(sent, &[(line, Quantity::units(1))], true, now)
            }),
        ),
    ];
    for (what, doing) in doings {
        bench.later();
        assert!(bench.with_shop(|shop, now| doing(shop, now)), "{what}");
        bench.later();
        let (orders, next) = bench.orders(&cursor).await;
        cursor = next;
        let real = bench.order_in_shop(if what == "called off" { called_off } else { sent });
        let told = bench.find_order(&orders, &real).unwrap_or_else(|| panic!("{}: {what}: {orders:#?}", bench.name()));
        bench.check_order(told, &real);
        let lines: Vec<_> = told.lines.iter().map(|line| line.ordered).collect();
        let all: Vec<_> = real.lines.iter().map(|line| line.ordered).collect();
        assert_eq!(Quantity::sum(lines), Quantity::sum(all), "{}: {what}: whole each time", bench.name());
        for line in &told.lines {
            let listing = line.listing.as_ref().expect("what is in the catalogue is named");
            let variant = line.variant.as_ref().expect("its variant is named");
            let listing = &listings[listing.as_str()];
            let is_known =
                listing.variants.iter().any(|v| v.remote == *variant || v.inventory.as_ref() == Some(variant));
            assert!(is_known, "{}: {variant} is no variant of {listing:#?}", bench.name());
            if listing.title.as_str() == "Tee" {
                let place = listing.variants.iter().position(|v| v.option_label() == "Red / M").unwrap();
                let medium = &listing.variants[place];
                assert!(medium.remote == *variant || medium.inventory.as_ref() == Some(variant), "{}", bench.name());
            }
        }
    }
});

for_each_platform!(a_sale_lowers_the_level_and_its_order_says_why, platform, {
    if !platform.profile.order_feed {
        continue;
    }
    let bench = Bench::open(platform, vec![simple("Apple", "A-1", 50)]).await;
    let listing = bench.only_listing().await;
    let address = bench.address(&listing, 0);
    let apple = bench.variant("Apple", 0);
    let (_, mut cursor) = bench.orders(&Cursor::Start).await;
    let level = async || match bench.connector.levels(std::slice::from_ref(&address)).await.unwrap()[..] {
        [LevelRead::Counted(level)] => level,
        ref other => panic!("{}: {other:?}", bench.name()),
    };
    assert_eq!(level().await, Quantity::units(50), "{}", bench.name());
    let number = bench.place(&[(apple, 4)]);
    // In stock 50 = 46 to sell and 4 booked; when they are sent, 46 and none.
    for (booked, left) in [(4, 46), (0, 46)] {
        bench.later();
        let (orders, next) = bench.orders(&cursor).await;
        cursor = next;
        let told = bench.find_order(&orders, &bench.order_in_shop(number)).expect("the order is told");
        let [line] = &told.lines[..] else { panic!("{}: {told:#?}", bench.name()) };
        assert_eq!(told.booked(line), Quantity::units(booked), "{}: {told:#?}", bench.name());
        assert_eq!(level().await, Quantity::units(left), "{}", bench.name());
        assert_eq!(level().await + told.taken(line), Quantity::units(50), "{}: explained", bench.name());
        if let Some(location) = &line.location {
            assert_eq!(*location, bench.location.id, "{}", bench.name());
        }
        bench.with_shop(|shop, now| shop.fulfil_order(number, &[], now));
    }
});

for_each_platform!(an_order_that_is_not_paid_takes_nothing, platform, {
    if !platform.profile.order_feed {
        continue;
    }
    let bench = Bench::open(platform, vec![simple("Apple", "A-1", 50)]).await;
    let apple = bench.variant("Apple", 0);
    let (_, cursor) = bench.orders(&Cursor::Start).await;
    let lines = [(apple, HERE, Quantity::units(4))];
    let number = bench.with_shop(|shop, now| shop.place_pending_order(&lines, now).unwrap());
    let forgotten = bench.with_shop(|shop, now| shop.place_pending_order(&lines, now).unwrap());
    bench.later();
    bench.with_shop(|shop, now| assert!(shop.cancel_order(forgotten, true, now)));
    bench.later();
    let (orders, cursor) = bench.orders(&cursor).await;
    for number in [number, forgotten] {
        let real = bench.order_in_shop(number);
        // A platform may keep quiet about it until it counts.
        if let Some(told) = bench.find_order(&orders, &real) {
            bench.check_order(told, &real);
        }
    }
    assert_eq!(bench.stock("Apple"), Quantity::units(50), "{}", bench.name());
    bench.with_shop(|shop, now| assert!(shop.accept_order(number, now)));
    bench.later();
    let (orders, _) = bench.orders(&cursor).await;
    let real = bench.order_in_shop(number);
    let told = bench.find_order(&orders, &real).expect("now it counts");
    bench.check_order(told, &real);
    assert_eq!((told.state, bench.stock("Apple")), (OrderState::Open, Quantity::units(46)), "{}", bench.name());
});
