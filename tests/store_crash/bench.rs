//! What is written, and how one can see afterwards that all of it is there.
//!
//! Writer `w` commits number `n` as one transaction of three entries: the listing `n mod 50` of its connection, a link
//! between that listing and another one, and the cursor `n`. So the cursor tells which listings and links have to be
//! there, and with what in them.

use counterpart::domain::{
    Connection, ConnectionId, Cursor, Feed, KnownListing, Link, LinkId, LinkMember, Listing, ListingId, PlatformId,
    Quantity, RemoteId, Side, Status, Stock, Structure, Text, Timestamp, Variant, VariantId,
};
use counterpart::store::{Entry, Loaded, Options};

pub const WRITERS: u32 = 4;
/// Listings of each writer.
const LISTINGS: u32 = 50;

pub fn options() -> Options {
    Options { keep_free: 1 << 20, cache: 16 << 20, segment: 200_000, ..Options::default() }
}

/// The first number commits a connection too.
pub fn entries_of(writer: u32, number: u32) -> Vec<Entry> {
    let connection = ConnectionId(writer + 1);
    let id = u64::from(writer * LISTINGS + number % LISTINGS + 1);
    let at = Timestamp(i64::from(number));
    let mut entries = Vec::new();
    if number == 0 {
        entries.push(Entry::ConnectionKept(connection_of(connection)));
    }
    entries.push(Entry::ListingSeen(Box::new(listing(id, connection, number))));
    let base = Some(Quantity::units(i64::from(number)));
    let member = |connection, id| LinkMember::new(connection, ListingId(id), VariantId(id), base);
    let members = vec![member(connection, id), member(ConnectionId(writer + 1 + WRITERS), id + 1_000_000)];
    entries.push(Entry::LinkKept(Link { id: LinkId(id), members, available: base, paused: false, made_at: at }));
    entries.push(Entry::CursorMoved { connection, feed: Feed::Stock, cursor: Cursor::At(number.to_string()), at });
    entries
}

/// The number each writer has to go on with.
pub fn next_numbers(loaded: &Loaded) -> Vec<u32> {
    (0..WRITERS)
        .map(|writer| {
            let mine = loaded.cursors.iter().find(|(connection, ..)| connection.0 == writer + 1);
            match mine {
                Some((_, _, Cursor::At(number), _)) => number.parse::<u32>().unwrap() + 1,
                _ => 0,
            }
        })
        .collect()
}

/// That everything before the cursors is there, whole and alone.
pub fn check(loaded: &Loaded) {
    for (writer, next) in (0..WRITERS).zip(next_numbers(loaded)) {
        for number in next.saturating_sub(LISTINGS)..next {
            let entries = entries_of(writer, number);
            for entry in entries {
                match entry {
                    Entry::ListingSeen(listing) => assert!(loaded.listings.contains(&listing), "{writer} {number}"),
                    Entry::LinkKept(link) => assert!(loaded.links.contains(&link), "{writer} {number}"),
                    Entry::ConnectionKept(_) | Entry::CursorMoved { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        let mine = loaded.listings.iter().filter(|listing| listing.connection.0 == writer + 1).count();
        assert_eq!(mine, next.min(LISTINGS) as usize, "writer {writer} at {next}");
    }
    assert_eq!(loaded.links.len(), loaded.listings.len());
}

fn connection_of(id: ConnectionId) -> Connection {
    Connection {
        id,
        platform: PlatformId("square".to_owned()),
        side: Side::InStore,
        name: Text::new(&format!("Shop {id}")),
        base_url: counterpart::domain::BaseUrl::new("https://shop.example", false).unwrap(),
        ca_file: None,
        currency: counterpart::domain::Currency::new("EUR").unwrap(),
        locations: vec![],
        connected_at: Timestamp(0),
    }
}

fn listing(id: u64, connection: ConnectionId, number: u32) -> KnownListing {
    let variant = Variant {
        remote: RemoteId::new(format!("V{id}")).unwrap(),
        inventory: None,
        options: vec![],
        sku: Text::some(&format!("SKU-{number}")),
        barcode: None,
        price: None,
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: Stock::Unknown,
    };
    // Now and then one that needs several values.
    let length = if number.is_multiple_of(17) { 9000 } else { 300 };
    KnownListing {
        id: ListingId(id),
        connection,
        variants: vec![VariantId(id)],
        listing: Listing {
            remote: RemoteId::new(format!("P{id}")).unwrap(),
            title: Text::new(&format!("Tea pot {number}")),
            description: Text::new(&"x".repeat(length)),
            brand: None,
            category: None,
            status: Status::Active,
            structure: Structure::Simple,
            variants: vec![variant],
            images: vec![],
            page: None,
            updated_at: None,
        },
        gone: false,
        seen_at: Timestamp(i64::from(number)),
    }
}
