//! A day of use: everything that the connector does, against the recording sandbox.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterpart::connectors::{self, Account, Platform};
use counterpart::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Dimensions, Feed, Field, FieldChange, FieldValue,
    IdempotencyKey, JobId, Listing, ListingId, Location, Money, Quantity, Status, StepIndex, Text, Timestamp, Weight,
};
use counterpart::http::{Http, HttpOptions};
use counterpart::platform::{
    Change, Clock, EditOutcome, ManualClock, Next, QuantityChange, QuantityOutcome, QuantityWrite, SharedConnector,
    StockAddress,
};
use counterpart::sandbox::{
    Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant,
};
use counterpart::secrets::{Credentials, Secret};

pub type Log = Arc<Mutex<Vec<(Incoming, Outgoing)>>>;

/// Writes down what goes in and out.
pub struct Recorder {
    pub inner: Box<dyn Imitation>,
    pub log: Log,
}

impl Imitation for Recorder {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        let answer = self.inner.answer(shop, request, now);
        self.log.lock().unwrap().push((request.clone(), answer.clone()));
        answer
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

pub fn platform() -> &'static Platform {
    connectors::named("wix").unwrap()
}

fn currency() -> Currency {
    Currency::new("USD").unwrap()
}

pub fn variant(values: &[&str], sku: &str, level: Option<i64>) -> ShopVariant {
    let mut variant = ShopVariant::plain();
    variant.values = values.iter().map(|value| (*value).to_owned()).collect();
    variant.sku = sku.to_owned();
    variant.barcode = "4006381333931".to_owned();
    variant.price = Some(1990);
    variant.tracked = true;
    variant.levels = level.map(|level| (1, Quantity::units(level))).into_iter().collect();
    variant
}

pub fn product(title: &str, options: &[&str], variants: Vec<ShopVariant>) -> ShopProduct {
    let mut product = ShopProduct::simple(title, ShopVariant::plain());
    product.description = "<p>Thrown by <b>hand</b></p>".to_owned();
    product.brand = "Harbour Clay".to_owned();
    product.category = "Kitchen".to_owned();
    product.options = options.iter().map(|option| (*option).to_owned()).collect();
    product.variants = variants;
    product.images = vec!["https://pictures.example/1.jpg".to_owned()];
    product
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"contract", JobId(1), StepIndex(number), 0)
}

/// The sandbox's site with the older catalogue.
const OLDER_SITE: &str = "5a4d0b0c-0001-4000-8000-000000000001";

pub struct Visit {
    older: bool,
    server: ShopServer,
    connector: SharedConnector,
    location: Location,
    clock: Arc<ManualClock>,
}

impl Visit {
    /// `older`: at the site with catalogue V1.
    pub async fn open(products: Vec<ShopProduct>, log: Log, older: bool) -> Self {
        let start = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::starting_at(start));
        let mut shop = Shop::new("Harbour & Hill", currency(), &["Front", "Ware House"]);
        for product in products {
            shop.insert(product, start);
        }
        let imitation = Box::new(Recorder { inner: (platform().imitate)(), log });
        let mut credentials: Credentials =
            imitation.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        if older {
            credentials.insert("site_id".to_owned(), Secret::new(OLDER_SITE));
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap();
        let http = Http::new(HttpOptions {
            platform: platform().profile.name,
            base_url: BaseUrl::new(&server.url(), false).unwrap(),
            ca_pem: None,
            budget: platform().profile.budget,
            timeout: platform().profile.timeout,
            clock: clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: platform().explain,
            seed: 1,
        })
        .unwrap();
        let connect = |locations: Vec<Location>, currency| {
            let (http, clock, credentials) = (http.clone(), clock.clone(), credentials.clone());
            (platform().connect)(Account { login: None, http, credentials, clock, locations, currency }).unwrap()
        };
        let location = connect(Vec::new(), None).test().await.unwrap().locations.remove(0);
        let connector = connect(vec![location.clone()], Some(currency()));
        Self { older, server, connector, location, clock }
    }

    async fn read(&self, feed: Feed, from: &Cursor) -> (Vec<Change>, Cursor) {
        let mut cursor = from.clone();
        let mut all = Vec::new();
        loop {
            let page = self.connector.changes(feed, &cursor).await.unwrap();
            all.extend(page.changes);
            match page.next {
                Next::More(next) => cursor = next,
                Next::Done(next) => return (all, next),
            }
        }
    }

    /// Everything that the connector does.
    pub async fn all_of_it(&self) {
        let (changes, end) = self.read(Feed::Listings, &Cursor::Start).await;
        let listings: Vec<Listing> = changes
            .into_iter()
            .filter_map(|change| match change {
                Change::Seen(listing) => Some(*listing),
                _ => None,
            })
            .collect();
        assert_eq!(listings.len(), 3);
        self.connector.count().await.unwrap();
        let (_, stock_end) = self.read(Feed::Stock, &end).await;
        for (number, listing) in listings.iter().enumerate() {
            self.copy(listing, u32::try_from(number).unwrap()).await;
        }
        self.quantities(&listings).await;
        self.orders().await;
        self.edits(&listings).await;
        let now = self.clock.now();
        self.server.shop().alter(|shop| {
            let first = *shop.products.keys().next().unwrap();
            shop.set_level(first, 0, 1, Quantity::units(99), now);
        });
        self.clock.advance(Duration::from_secs(3600));
        self.read(Feed::Listings, &end).await;
        self.read(Feed::Stock, &stock_end).await;
        self.connector.listings(&[listings[1].remote.clone()]).await.unwrap();
        for _ in 0..2 {
            self.connector.delete(&listings[0].remote).await.unwrap();
        }
    }

    async fn copy(&self, listing: &Listing, number: u32) {
        let mut source = listing.clone();
        source.title = format!("Copy of {}", listing.title).as_str().into();
        for (place, variant) in source.variants.iter_mut().enumerate() {
            variant.sku = Text::some(&format!("COPY-{number}-{place}"));
            variant.weight = Some(Weight::grams(350));
            variant.dimensions = Some(Dimensions { length: 300_000, width: 200_000, height: 45_000 });
            variant.compare_at = Some(Money::new(2990, currency()));
        }
        let creation = Creation {
            source: ListingId(1),
            connection: ConnectionId(1),
            draft: number == 1,
            quantities: vec![Some(Quantity::units(3)); source.variants.len()],
            mark: key(number),
        };
        let made = self.connector.create(&creation, &source, &self.location).await.unwrap();
        let found = self.connector.find_created(&creation, &source).await.unwrap().unwrap();
        assert_eq!(found.listing.remote, made.listing.remote);
        let elsewhere = Creation { mark: key(99), ..creation.clone() };
        assert_eq!(self.connector.find_created(&elsewhere, &source).await.unwrap(), None);
        if !self.older {
            // The SKUs are taken, by what is not ours.
            self.connector.create(&elsewhere, &source, &self.location).await.unwrap_err();
        }
    }

    async fn quantities(&self, listings: &[Listing]) {
        let addresses: Vec<StockAddress> = listings.iter().map(|listing| self.address(listing)).collect();
        self.connector.levels(&addresses).await.unwrap();
        let by = |units: i64, expected: i64| QuantityChange::Adjust {
            by: Quantity::units(units),
            expected: Quantity::units(expected),
        };
        // To a count, from nothing at all, and more than there is.
        let writes = [(0, by(2, 5)), (1, by(-100, 4)), (2, by(6, 0))];
        let writes = writes.map(|(at, change)| QuantityWrite { address: addresses[at].clone(), change });
        let outcomes = self.connector.write_quantities(&writes, &key(50)).await.unwrap();
        let applied: Vec<bool> = outcomes.iter().map(|one| matches!(one, QuantityOutcome::Applied { .. })).collect();
        // V1 does not go below zero; V3 does where it is told to, and it is.
        assert_eq!(applied, [true, !self.older, true], "{outcomes:?}");
    }

    /// Orders of every kind.
    async fn orders(&self) {
        let act = |doing: &dyn Fn(&mut Shop, Timestamp)| {
            let now = self.clock.now();
            self.server.shop().alter(|shop| doing(shop, now));
            self.clock.advance(Duration::from_secs(3600));
        };
        let lines: Vec<(u64, u64, Quantity)> = self.server.shop().look(|shop| {
            let variants = shop.products.values().flat_map(|product| &product.variants);
            variants.take(2).map(|variant| (variant.number, 1, Quantity::units(4))).collect()
        });
        act(&|shop, now| {
            for _ in 0..4 {
                shop.place_order(&lines, now);
            }
            shop.place_pending_order(&lines, now);
        });
        let (open, begin) = self.read(Feed::Orders, &Cursor::Start).await;
        assert_eq!(open.len(), 5, "with the one that is not paid: {open:#?}");
        let numbers: Vec<u64> = self.server.shop().look(|shop| shop.orders.keys().copied().collect());
        let line = |shop: &Shop, order: u64| shop.orders[&order].lines[0].number;
        act(&|shop, now| assert!(shop.fulfil_order(numbers[0], &[(line(shop, numbers[0]), Quantity::units(3))], now)));
        act(&|shop, now| assert!(shop.fulfil_order(numbers[1], &[], now)));
        act(&|shop, now| assert!(shop.cancel_order(numbers[2], true, now)));
        act(&|shop, now| {
            assert!(shop.refund_order(numbers[1], &[(line(shop, numbers[1]), Quantity::units(1))], true, now))
        });
        let (changes, _) = self.read(Feed::Orders, &begin).await;
        assert!(changes.len() >= 3, "{changes:#?}");
    }

    /// Every field that can be written, one that is refused, and further variants.
    async fn edits(&self, listings: &[Listing]) {
        for listing in listings.iter().take(2) {
            let first = listing.variants[0].remote.clone();
            let change = |field: &Field| FieldChange {
                variant: field.is_per_variant().then(|| first.clone()),
                field: *field,
                to: match field {
                    Field::Title => FieldValue::Text(format!("New {}", listing.title).as_str().into()),
                    Field::Description => FieldValue::Text("Sea & shirt".into()),
                    Field::Price => FieldValue::Money(Some(Money::new(2500, currency()))),
                    Field::CompareAtPrice => FieldValue::Money(Some(Money::new(2990, currency()))),
                    Field::Active => FieldValue::Status(Status::Draft),
                    Field::Barcode => FieldValue::Maybe(Some("4006381333948".into())),
                    Field::Images => FieldValue::Images(
                        ["https://pictures.example/2.jpg", "https://pictures.example/1.jpg"].map(str::to_owned).into(),
                    ),
                    Field::Weight => FieldValue::Weight(Some(Weight::grams(1250))),
                    Field::Dimensions => {
                        FieldValue::Dimensions(Some(Dimensions { length: 300_000, width: 200_000, height: 45_000 }))
                    }
                    Field::Sku => FieldValue::Maybe(Text::some(&format!("NEW-{}", listing.remote))),
                    Field::Brand | Field::Category | Field::Options => FieldValue::Maybe(Some("Summer".into())),
                },
            };
            let refused = |field: &Field| {
                let of_variants = *field == Field::CompareAtPrice && listing.structure.is_variable();
                self.older && (of_variants || [Field::Barcode, Field::Weight].contains(field))
            };
            let all: Vec<FieldChange> =
                platform().profile.edits.iter().filter(|field| !refused(field)).map(change).collect();
            let outcomes = self.connector.edit(listing, &all).await.unwrap();
            assert_eq!(outcomes, vec![EditOutcome::Applied; all.len()], "{}", listing.title);
            let mut none = vec![
                FieldChange { to: FieldValue::Images(Vec::new()), ..change(&Field::Images) },
                FieldChange { to: FieldValue::Maybe(None), ..change(&Field::Brand) },
                FieldChange { to: FieldValue::Text("Tea ".repeat(21).as_str().into()), ..change(&Field::Title) },
            ];
            if !self.older {
                none.push(FieldChange { to: FieldValue::Maybe(None), ..change(&Field::Barcode) });
                none.push(FieldChange { to: FieldValue::Money(None), ..change(&Field::CompareAtPrice) });
            }
            let outcomes = self.connector.edit(listing, &none).await.unwrap();
            assert!(matches!(outcomes[2], EditOutcome::Rejected(_)), "more than 80 characters: {outcomes:?}");
            assert_eq!(
                outcomes.iter().filter(|one| **one == EditOutcome::Applied).count(),
                none.len() - 1,
                "{outcomes:?}"
            );
        }
        let shirt = listings.iter().find(|listing| listing.structure.is_variable()).unwrap();
        let prices: Vec<FieldChange> = shirt
            .variants
            .iter()
            .map(|variant| FieldChange {
                variant: Some(variant.remote.clone()),
                field: Field::Price,
                to: FieldValue::Money(Some(Money::new(2100, currency()))),
            })
            .collect();
        let outcomes = self.connector.edit(shirt, &prices).await.unwrap();
        assert_eq!(outcomes, vec![EditOutcome::Applied; prices.len()]);
        let mut further = shirt.variants[0].clone();
        further.options[0].value = "Green".into();
        further.sku = Text::some("S-GREEN");
        let now = self.connector.add_variants(shirt, &[further]).await.unwrap();
        assert_eq!(now.variants.len(), shirt.variants.len() + 1);
    }

    fn address(&self, listing: &Listing) -> StockAddress {
        StockAddress {
            listing: listing.remote.clone(),
            variant: listing.variants[0].remote.clone(),
            inventory: listing.variants[0].inventory.clone(),
            location: self.location.id.clone(),
        }
    }
}
