//! The shops and their products.

use crate::domain::{
    ConnectionId, ConnectionState, Currency, ListingId, Location, LocationId, Money, Presence, ProductId, Quantity,
    RemoteId, Side, Status as ListingStatus, Text, Timestamp, VariantId,
};
use crate::protocol::{
    ConnectionRow, DetailCell, DetailRow, LinkMark, ListingDetail, LoginRow, Picture, PictureOf, PlatformRow,
    ProductDetail, ProductRow, Reply, ShownQuantity, TestReport,
};

const TITLES: &[&str] = &[
    "Teapot, blue stoneware",
    "Axis & Allies 1942, second edition",
    "茶壺セット 急須と湯呑み五客",
    "Mug \u{1b}[31mRED\u{1b}[0m \u{202e}gnirts\u{202c}",
    "Candle 🕯️ beeswax, hand-dipped, in a gift box of twelve with matches and a brass holder",
    "Perfect T-Shirt",
    "Dřevěná hračka – vláček",
    "قميص قطني",
    "Wool scarf, grey",
    "Notebook A5, dotted",
    "한글 공책",
    "Family 👨‍👩‍👧‍👦 puzzle, 500 pieces",
    "Chopping board, oak",
    "Incense, sandalwood",
    "Bread knife",
    "Linen towel, set of 3",
    "Z̸̡̢a̵l̶g̷o̸ pen",
    "Espresso cup",
    "Picnic basket",
    "Soap, lavender 100 g",
];

pub fn euro(minor: i64) -> Money {
    Money::new(minor, Currency::new("EUR").unwrap())
}

pub fn location(id: &str, name: &str) -> Location {
    Location { id: LocationId(RemoteId::new(id).unwrap()), name: Text::new(name), active: id != "old" }
}

pub fn title(number: u64) -> Text {
    let title = TITLES[number as usize % TITLES.len()];
    let round = number as usize / TITLES.len();
    Text::new(&if round == 0 { title.to_owned() } else { format!("{title} no. {round}") })
}

pub fn counted(units: i64) -> ShownQuantity {
    ShownQuantity::Counted(Quantity::units(units))
}

pub fn product(number: u64) -> ProductRow {
    let presence = match number % 7 {
        0 | 1 | 4 => Presence::Both,
        2 | 5 => Presence::InStore,
        _ if number == 406 => Presence::Neither,
        _ => Presence::Online,
    };
    let here = matches!(presence, Presence::Both | Presence::InStore);
    let there = matches!(presence, Presence::Both | Presence::Online);
    let low = euro(490 + (number as i64 * 137) % 9_000);
    let high = if number.is_multiple_of(5) { euro(low.minor + 500) } else { low };
    let quantity = match number % 9 {
        0 => counted(0),
        3 => ShownQuantity::Unknown,
        6 => ShownQuantity::Untracked,
        8 => ShownQuantity::Counted(Quantity::from_raw(1_250_000)),
        rest => counted(rest as i64 * 7),
    };
    let store = if number.is_multiple_of(3) { "Wo" } else { "Sh" };
    let (sync, trouble) = super::keeping::sync(number, presence == Presence::Both);
    ProductRow {
        sync,
        trouble,
        product: ProductId(ListingId(number)),
        title: title(number),
        variants: if number.is_multiple_of(5) { 3 + (number % 11) as u32 } else { 1 },
        sku: (!number.is_multiple_of(6)).then(|| Text::new(&format!("GS-{:05}", number * 31))),
        price: (!number.is_multiple_of(31)).then_some((low, high)),
        in_store: here.then_some(quantity),
        online: there.then_some(if number.is_multiple_of(4) { counted(12) } else { quantity }),
        presence,
        marks: [(here, "Sq"), (there, store)]
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, mark)| (*mark).to_owned())
            .collect(),
        link: match presence {
            Presence::Both if number.is_multiple_of(14) => LinkMark::Partly,
            Presence::Both => LinkMark::Linked,
            Presence::InStore | Presence::Online | Presence::Neither => LinkMark::Unlinked,
        },
        status: if number % 17 == 3 { ListingStatus::Draft } else { ListingStatus::Active },
    }
}

/// A teapot: round on a blue ground, the second picture on a red one, each side lit from another side.
pub fn picture(of: &PictureOf) -> Picture {
    let side = of.width.min(of.height).clamp(1, 400);
    let ground = if of.place == 0 { [40, 80, 200] } else { [200, 60, 40] };
    let half = i32::from(side) / 2;
    let point = |x: i32, y: i32| {
        let (right, down) = (x - half, y - half);
        let inside = right * right + down * down < half * half * 3 / 5;
        match (inside, right > 0) {
            (false, _) => ground,
            (true, lit) => {
                if lit == (of.listing.0.is_multiple_of(2)) {
                    [250, 240, 220]
                } else {
                    [160, 140, 120]
                }
            }
        }
    };
    let points = (0..i32::from(side)).flat_map(|y| (0..i32::from(side)).flat_map(move |x| point(x, y)));
    Picture {
        width: side,
        height: side,
        points: points.collect(),
        whole: (1200, 1200),
        bytes: 83_412,
        kind: "JPEG".to_owned(),
    }
}

pub fn connections(now: Timestamp) -> Vec<ConnectionRow> {
    let row = |id, name: &str, platform: &str, mark: &str, side, state, minutes: i64| ConnectionRow {
        id: ConnectionId(id),
        name: Text::new(name),
        platform: platform.to_owned(),
        mark: mark.to_owned(),
        side,
        base_url: format!("https://{}.example", platform.to_lowercase()),
        state,
        locations: vec![location("main", "High Street"), location("store", "Warehouse")],
        listings: 4_000,
        read_at: Some(now.plus_seconds(-60 * minutes)),
        guarantee: "Quantities are exact: every change is sent as a difference with a key".to_owned(),
        login_ends: None,
        log_in: format!("counterpart connect {} --name '{name}'", platform.to_lowercase()),
        rate: None,
        gauge: 0,
    };
    vec![
        row(1, "Gift Shop High Street", "Square", "Sq", Side::InStore, ConnectionState::Online, 3),
        row(
            2,
            "giftshop.example",
            "Shopify",
            "Sh",
            Side::Online,
            ConnectionState::Offline { since: now.plus_seconds(-720), why: "no route to host".to_owned() },
            15,
        ),
        row(
            3,
            "Woo outlet",
            "WooCommerce",
            "Wo",
            Side::Online,
            ConnectionState::NeedsLogin { why: "the key was revoked".to_owned() },
            4,
        ),
    ]
}

/// (field, use, its name there, what to know)
fn chart() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    vec![
        ("title", "both ways", "name", "at most 512 characters"),
        (
            "description",
            "both ways",
            "description_html",
            "markup is kept; what the editor there cannot show is taken out",
        ),
        ("brand", "both ways", "a custom attribute", "made once, for the whole shop"),
        ("category", "both ways", "categories", "with its whole path (Home/Kitchen); made where it lacks"),
        ("status", "both ways", "is_archived", ""),
        (
            "pictures",
            "both ways",
            "image_ids",
            "read from their address and sent as files; a picture that is there is not sent again",
        ),
        ("options", "both ways", "item options", "at most 6; variants can be added"),
        ("SKU", "both ways", "sku", ""),
        ("barcode", "both ways", "upc", "8, 12, 13 or 14 digits"),
        ("price", "both ways", "price_money", "the same at all locations; a location's own price stays"),
        ("compare-at price", "no", "none", "it has one price"),
        ("weight, dimensions", "no", "none", ""),
        ("quantity", "both ways", "IN_STOCK", "per location, up to five decimals; unknown where it is not tracked"),
        ("orders", "read", "orders", "open, completed and cancelled, with their returns"),
        ("mark of a copy", "written to copies", "a custom attribute", "so that a copy is never made twice"),
    ]
}

fn limits() -> Vec<(String, Option<u64>, String)> {
    let limit = |what: &str, most, source: &str| (what.to_owned(), most, source.to_owned());
    vec![
        limit("products", None, "none documented"),
        limit("variants of a product", Some(250), "the API's reference, CatalogItem.variations"),
        limit("options of a product", Some(6), "the API's reference, CatalogItem.item_options"),
        limit("characters of a title", Some(512), "the API's reference, CatalogItem.name"),
        limit("characters of a SKU", None, "none documented"),
        limit(
            "calls or points a minute",
            Some(600),
            "no figure is published; what shops report, until an answer says better",
        ),
    ]
}

pub fn platforms() -> Vec<PlatformRow> {
    let row = |id: &str, name: &str, mark: &str, side, url: Option<&str>, credentials: &[(&str, &str, bool)]| {
        PlatformRow {
            id: id.to_owned(),
            name: name.to_owned(),
            mark: mark.to_owned(),
            side,
            api_version: "2026-10".to_owned(),
            default_base_url: url.map(str::to_owned),
            base_url_help: "The shop's address, such as https://giftshop.example".to_owned(),
            credentials: credentials.iter().map(|(n, l, s)| ((*n).to_owned(), (*l).to_owned(), *s, true)).collect(),
            login: None,
            docs: format!(
                "# {name}\n\n1. Open the developer settings of your shop.\n2. Make a new app, and give it the rights to read \
             and write products and inventory.\n3. Copy its token into the field here.\n\nThe token is shown once only."
            ),
            guarantee: "Quantities are exact: every change is sent as a difference with a key".to_owned(),
            writes: "written as a difference, with a key by which a repeated call is recognised".to_owned(),
            fields: chart()
                .into_iter()
                .map(|(field, _, theirs, note)| [field, theirs, note].map(str::to_owned).into())
                .collect(),
            uses: chart().into_iter().map(|(_, used, ..)| used.to_owned()).collect(),
            limits: limits(),
        }
    };
    vec![
        row(
            "square",
            "Square",
            "Sq",
            Side::InStore,
            Some("https://connect.squareup.com"),
            &[("token", "Access token", true)],
        ),
        row("shopify", "Shopify", "Sh", Side::Online, None, &[("token", "Admin token", true)]),
        row(
            "woocommerce",
            "WooCommerce",
            "Wo",
            Side::Online,
            None,
            &[("consumer_key", "Consumer key", false), ("consumer_secret", "Consumer secret", true)],
        ),
    ]
}

/// A platform with a page to log in on; at the end of the list where a test wants one.
pub fn paged() -> PlatformRow {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let credential = |name: &str, label: &str, secret| (name.to_owned(), label.to_owned(), secret, false);
    let mut row = platforms().swap_remove(0);
    row.id = "lagoon".to_owned();
    row.name = "Lagoon".to_owned();
    row.mark = "La".to_owned();
    row.docs = "# Lagoon\n\nA personal token is enough. Without one, make an app and log in with a browser.".to_owned();
    row.credentials = vec![
        credential("token", "Personal token", true),
        credential("client_id", "Client id", false),
        credential("client_secret", "Client secret", true),
    ];
    row.credentials[1].3 = true;
    row.login = Some(LoginRow {
        redirect: "https://localhost/".to_owned(),
        code_lives: 60,
        asks: names(&["client_id", "client_secret"]),
        brings: Vec::new(),
        instead: names(&["token"]),
    });
    row
}

/// As long as such addresses are.
pub fn begun() -> Reply {
    Reply::LoginBegun {
        login: "a1b2c3d4e5f60718".to_owned(),
        url: format!(
            "https://login.lagoon.example/oauth/authorize?response_type=code&client_id=8f14e45fceea167a5a36dedd4bea2543\
             &redirect_uri=https%3A%2F%2Flocalhost%2F&state={}&scope=products%3Aread+products%3Awrite+inventory%3Aread\
             +inventory%3Awrite+sales%3Aread&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
             &code_challenge_method=S256",
            "q1w2e3r4t5z6u7i8o9p0a1"
        ),
        redirect: "https://localhost/".to_owned(),
        code_lives: 60,
    }
}

pub fn tested() -> TestReport {
    TestReport {
        shop_name: "Gift Shop High Street".to_owned(),
        currency: "EUR".to_owned(),
        locations: vec![
            location("main", "High Street"),
            location("store", "Warehouse"),
            location("old", "Old Market (closed)"),
        ],
        permissions: vec!["read products".to_owned(), "write products".to_owned(), "read inventory".to_owned()],
        missing_permissions: vec!["write inventory".to_owned()],
        warnings: vec!["Two locations have the same address".to_owned()],
        guarantee: "Quantities are exact: every change is sent as a difference with a key".to_owned(),
    }
}

pub fn detail(row: &ProductRow, now: Timestamp) -> ProductDetail {
    let listing = |side: Side, mark: &str, connection: &str| ListingDetail {
        listing: row.product.0,
        connection: Text::new(connection),
        mark: mark.to_owned(),
        side,
        remote: if side == Side::InStore { "XDVH2KQ6G7Q4M3".to_owned() } else { "gid://shop/Product/8812".to_owned() },
        title: if side == Side::Online { Text::new(&row.title.to_uppercase()) } else { row.title.clone() },
        brand: (side == Side::InStore).then(|| Text::new("Hearth & Co")),
        category: Some(Text::new("Kitchen")),
        description: Text::new("Thrown by hand, glazed twice. Holds one litre, keeps warm for an hour."),
        status: row.status,
        gone: false,
        images: vec!["https://giftshop.example/images/teapot-1.jpg".to_owned(), "https://x.example/2.jpg".to_owned()],
        page: (side == Side::Online).then(|| "https://giftshop.example/products/teapot-blue-stoneware".to_owned()),
        seen_at: now.plus_seconds(-180),
    };
    let mut listings = Vec::new();
    if row.in_store.is_some() {
        listings.push(listing(Side::InStore, "Sq", "Gift Shop High Street"));
    }
    if row.online.is_some() {
        listings.push(listing(Side::Online, "Sh", "giftshop.example"));
    }
    let cell = |number: u64, side: usize| DetailCell {
        variant: VariantId(number),
        sku: Some(Text::new(&format!("GS-0{number}"))),
        barcode: Some(Text::new("4006381333931")),
        price: Some(euro(1990)),
        quantity: counted(7 + number as i64 + side as i64),
        levels: match side {
            0 => vec![
                (location("main", "").id, Text::new("High Street"), Some(Quantity::units(4))),
                (location("store", "").id, Text::new("Warehouse"), None),
            ],
            _ => Vec::new(),
        },
    };
    let rows = (0..u64::from(row.variants)).map(|number| DetailRow {
        label: if row.variants > 1 { format!("Red / {}", 38 + number) } else { row.title.to_string() },
        linked: row.link != LinkMark::Unlinked && number != 1,
        cells: (0..listings.len()).map(|side| (number != 1 || side == 0).then(|| cell(number, side))).collect(),
    });
    let rows = rows.collect();
    ProductDetail {
        product: row.product,
        title: row.title.clone(),
        presence: row.presence,
        link: row.link,
        listings,
        rows,
    }
}
