//! A small catalogue for the tests of the rules: shops whose listings are written down in a line each.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{
    BaseUrl, Budget, CallCosts, Connection, ConnectionId, Currency, Deletion, Guarantee, KnownListing, Limit, Link,
    LinkId, LinkMember, Listing, ListingId, Location, LocationId, Money, OptionValue, PlatformId, Profile, Quantity,
    QuantityKind, RemoteId, Side, Status, Stock, StockWrite, Structure, SyncSettings, Text, Timestamp, Variant,
    VariantId,
};

use super::CatalogueView;

pub const TILL: ConnectionId = ConnectionId(1);
pub const WEB: ConnectionId = ConnectionId(2);
pub const MARKET: ConnectionId = ConnectionId(3);

pub fn euro() -> Currency {
    Currency::new("EUR").unwrap()
}

/// The location in use, the second one in use, and one that does not count.
pub fn location(number: u32) -> LocationId {
    LocationId(RemoteId::new(format!("place{number}")).unwrap())
}

/// A listing in the making. What follows a row changes that variant.
#[derive(Debug, Clone)]
pub struct Draft(Listing);

fn blank_variant(options: Vec<OptionValue>) -> Variant {
    Variant {
        remote: RemoteId::new("unnumbered").unwrap(),
        inventory: None,
        options,
        sku: None,
        barcode: None,
        price: Some(Money::new(1990, euro())),
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: Stock::Tracked(BTreeMap::from([(location(1), Quantity::units(5))])),
    }
}

fn blank(title: &str, structure: Structure, variants: Vec<Variant>) -> Draft {
    Draft(Listing {
        remote: RemoteId::new("unnumbered").unwrap(),
        title: title.into(),
        description: Text::default(),
        brand: None,
        category: None,
        status: Status::Active,
        structure,
        variants,
        images: Vec::new(),
        page: None,
        updated_at: None,
    })
}

/// One article, 19.90 EUR, five pieces.
pub fn simple(title: &str) -> Draft {
    blank(title, Structure::Simple, vec![blank_variant(Vec::new())])
}

/// Variants follow as rows.
pub fn variable(title: &str, options: &[&str]) -> Draft {
    blank(title, Structure::Variable { options: options.iter().map(|name| Text::new(name)).collect() }, Vec::new())
}

impl Draft {
    pub fn row(mut self, values: &[&str]) -> Self {
        let Structure::Variable { options } = &self.0.structure else { panic!("a simple listing has no rows") };
        let options = options.iter().zip(values).map(|(o, v)| OptionValue { option: o.clone(), value: Text::new(v) });
        self.0.variants.push(blank_variant(options.collect()));
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Variant)) -> Self {
        change(self.0.variants.last_mut().unwrap());
        self
    }

    pub fn sku(self, sku: &str) -> Self {
        self.last(|variant| variant.sku = Text::some(sku))
    }

    pub fn barcode(self, barcode: &str) -> Self {
        self.last(|variant| variant.barcode = Text::some(barcode))
    }

    /// In minor units; `None`: the till asks.
    pub fn price(self, minor: impl Into<Option<i64>>) -> Self {
        let price = minor.into().map(|minor| Money::new(minor, euro()));
        self.last(|variant| variant.price = price)
    }

    pub fn holds(self, pieces: i64) -> Self {
        self.levels(&[(1, Quantity::units(pieces))])
    }

    pub fn levels(self, levels: &[(u32, Quantity)]) -> Self {
        let stock = Stock::Tracked(levels.iter().map(|(place, level)| (location(*place), *level)).collect());
        self.stock(stock)
    }

    pub fn stock(self, stock: Stock) -> Self {
        self.last(|variant| variant.stock = stock)
    }

    pub fn brand(mut self, brand: &str) -> Self {
        self.0.brand = Some(Text::new(brand));
        self
    }

    pub fn status(mut self, status: Status) -> Self {
        self.0.status = status;
        self
    }

    pub fn listing(self) -> Listing {
        self.0
    }
}

/// A catalogue in vectors.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub connections: Vec<Connection>,
    pub listings: Vec<KnownListing>,
    pub links: Vec<Link>,
}

impl Shelf {
    /// A till (`Corner shop`), a web shop (`Web shop`) and a market place (`Market`); nothing in them.
    pub fn new() -> Self {
        let connection = |id, side, name: &str| Connection {
            id,
            platform: PlatformId("imagined".into()),
            side,
            name: name.into(),
            base_url: BaseUrl::new("https://shop.example", false).unwrap(),
            ca_file: None,
            currency: euro(),
            locations: [1, 2].map(|number| Location { id: location(number), name: "Shop".into(), active: true }).into(),
            connected_at: Timestamp(0),
        };
        let connections = vec![
            connection(TILL, Side::InStore, "Corner shop"),
            connection(WEB, Side::Online, "Web shop"),
            connection(MARKET, Side::Online, "Market"),
        ];
        Self { connections, listings: Vec::new(), links: Vec::new() }
    }

    /// Numbers go up with each listing; variants of listing 7 are 7000, 7001, …
    pub fn put(&mut self, connection: ConnectionId, draft: Draft) -> ListingId {
        let id = ListingId(self.listings.len() as u64 + 1);
        self.put_as(id, connection, draft)
    }

    pub fn put_as(&mut self, id: ListingId, connection: ConnectionId, draft: Draft) -> ListingId {
        let variants = (0..draft.0.variants.len() as u64).map(|place| VariantId(id.0 * 1000 + place)).collect();
        self.listings.push(KnownListing {
            id,
            connection,
            variants,
            listing: draft.0,
            gone: false,
            seen_at: Timestamp(0),
        });
        id
    }

    /// Links the variants at these places of two listings.
    pub fn link(&mut self, members: &[(ListingId, usize)]) {
        let members = members.iter().map(|(listing, place)| {
            let known = self.listing(*listing).unwrap();
            let base = known.listing.variants[*place].stock.total(|_| true);
            LinkMember::new(known.connection, *listing, known.variants[*place], base)
        });
        let members: Vec<LinkMember> = members.collect();
        let available = members.iter().find_map(|member| member.base);
        let id = LinkId(self.links.len() as u64 + 1);
        let link = Link { id, members, available, paused: false, made_at: Timestamp(0) };
        self.links.push(link);
    }

    pub fn change(&mut self, listing: ListingId, change: impl FnOnce(&mut KnownListing)) {
        change(self.listings.iter_mut().find(|known| known.id == listing).unwrap());
    }
}

impl CatalogueView for Shelf {
    fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id == id)
    }

    fn connections(&self) -> Vec<&Connection> {
        self.connections.iter().collect()
    }

    fn listing(&self, id: ListingId) -> Option<&KnownListing> {
        self.listings.iter().find(|known| known.id == id)
    }

    fn listings_of<'a>(&'a self, connection: ConnectionId) -> Box<dyn Iterator<Item = &'a KnownListing> + 'a> {
        Box::new(self.listings.iter().filter(move |known| known.connection == connection && !known.gone))
    }

    fn settings(&self, id: ConnectionId) -> SyncSettings {
        SyncSettings::standard(self.connection(id).is_some_and(|known| known.side == Side::InStore), false)
    }

    fn link_of(&self, variant: VariantId) -> Option<&Link> {
        self.links.iter().find(|link| link.members.iter().any(|member| member.variant == variant))
    }
}

/// Limits and costs that show in tests: 10 writes a call, 2 calls a second after 5, whole pieces, unique SKUs.
pub fn profile() -> Profile {
    const LIMIT: fn(usize) -> Limit = |most| Limit { most: Some(most), source: "imagined" };
    Profile {
        id: "imagined",
        name: "Imagined",
        mark: "Im",
        side: Side::Online,
        api_version: "1",
        default_base_url: None,
        base_url_help: "",
        credentials: &[],
        login: None,
        product_limit: Limit { most: None, source: "imagined" },
        variant_limit: LIMIT(3),
        option_limit: LIMIT(2),
        title_limit: LIMIT(40),
        sku_limit: LIMIT(8),
        quantities: QuantityKind::Whole,
        has_locations: true,
        stock_write: StockWrite::DeltaWithKey,
        stock_batch: 10,
        guarantee: Guarantee { exact: true, sentence: "exact" },
        unique_sku: true,
        create_sets_stock: true,
        budget: Budget { burst: 5, per_second_milli: 2000, concurrent: 1, source: "imagined" },
        costs: CallCosts {
            level_read_batch: 4,
            level_read_cost: 1,
            stock_write_cost: 2,
            create_calls: 1,
            create_variant_calls: (2, 5),
            create_cost: 3,
        },
        timeout: Duration::from_secs(30),
        fence: Duration::from_secs(60),
        deletions_in_feed: false,
        stock_feed: false,
        order_feed: false,
        edits: &[],
        adds_variants: false,
        deletion: Deletion::Deletes,
        fields: &[],
        docs: "",
    }
}

/// A profile as the rules take it: one that lives as long as the program.
pub fn profiles(profile: Profile) -> impl Fn(ConnectionId) -> Option<&'static Profile> {
    let profile: &'static Profile = Box::leak(Box::new(profile));
    move |_| Some(profile)
}
