//! Listings for tests.

use std::collections::BTreeMap;

use crate::domain::{
    BaseUrl, Connection, ConnectionId, Currency, KnownListing, Listing, ListingId, Location, LocationId, Money,
    OptionValue, PlatformId, Quantity, RemoteId, Side, Status, Stock, Structure, Text, Timestamp, Variant, VariantId,
};

pub fn listing(id: u64, connection: u32, title: &str, variants: usize) -> KnownListing {
    let remote = |kind: &str, number: u64| RemoteId::new(format!("{kind}{number}")).unwrap();
    let location = LocationId(RemoteId::new("here").unwrap());
    let euro = Currency::new("EUR").unwrap();
    let of = |place: u64| Variant {
        remote: remote("v", id * 100 + place),
        inventory: id.is_multiple_of(2).then(|| remote("i", id * 100 + place)),
        options: vec![OptionValue { option: Text::new("Size"), value: Text::new(&place.to_string()) }],
        sku: (place % 3 != 1).then(|| Text::new(&format!("SKU-{id}-{place}"))),
        barcode: Text::some(&format!("40000{id}{place}")),
        price: Some(Money::new(1999, euro)),
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: Stock::Tracked(BTreeMap::from([(location.clone(), Quantity::from_raw(id as i64 * 12_345))])),
    };
    KnownListing {
        id: ListingId(id),
        connection: ConnectionId(connection),
        variants: (0..variants as u64).map(|place| VariantId(id * 1000 + place)).collect(),
        listing: Listing {
            remote: remote("l", id),
            title: Text::new(title),
            description: Text::new("Long words"),
            brand: Text::some("Axis"),
            category: None,
            status: Status::Active,
            structure: Structure::Variable { options: vec![Text::new("Size")] },
            variants: (0..variants as u64).map(of).collect(),
            images: vec!["https://x.example/1.jpg".to_owned()],
            page: Some("https://x.example/1".to_owned()),
            updated_at: Some(Timestamp(id as i64)),
        },
        gone: false,
        seen_at: Timestamp(5),
    }
}

pub fn connection(id: ConnectionId, side: Side) -> Connection {
    let here = LocationId(RemoteId::new("here").unwrap());
    Connection {
        id,
        platform: PlatformId("imagined".to_owned()),
        side,
        name: Text::new("Shop"),
        base_url: BaseUrl::new("https://x.example", false).unwrap(),
        ca_file: None,
        currency: Currency::new("EUR").unwrap(),
        locations: vec![Location { id: here, name: Text::new("Here"), active: true }],
        connected_at: Timestamp(1),
    }
}
