//! Copies of every size: a single article, three options, as many variants as the platform takes; and what is over a
//! limit is refused before anybody is called.

use counterpart::domain::{
    BaseUrl, Connection, ConnectionId, IdempotencyKey, KnownListing, Limit, Link, Listing, ListingId, OptionValue,
    PlatformId, ProductId, Quantity, RefusalReason, RemoteId, Side, Stock, Structure, SyncSettings, Text, Timestamp,
    VariantId,
};
use counterpart::rules::CatalogueView;
use counterpart::rules::plan::push;

use crate::bench::{Bench, chosen, creation, euro, key, simple};

/// Where nobody names a limit.
const MANY: usize = 300;
const OPTIONS: [&str; 3] = ["Colour", "Size", "Fit"];

/// A product as another shop has it: so many variants, of three options.
fn wide(one: &Listing, variants: usize) -> Listing {
    let values = (1..).find(|side| side * side * side >= variants).unwrap();
    let pattern = one.variants[0].clone();
    let variant = |number: usize| {
        let places = [number / (values * values), number / values % values, number % values];
        let mut variant = pattern.clone();
        variant.remote = RemoteId::new(format!("elsewhere-{number}")).unwrap();
        variant.sku = Text::some(&format!("WIDE-{number:04}"));
        variant.options = OPTIONS
            .iter()
            .zip(places)
            .map(|(option, place)| OptionValue {
                option: Text::new(option),
                value: Text::new(&format!("{option} {place:02}")),
            })
            .collect();
        variant
    };
    let structure = Structure::Variable { options: OPTIONS.iter().map(|option| Text::new(option)).collect() };
    Listing { title: "Wide".into(), structure, variants: (0..variants).map(variant).collect(), ..one.clone() }
}

for_each_platform!(the_widest_product_that_a_platform_takes_is_copied_whole, platform, {
    let most = platform.profile.variant_limit.most.unwrap_or(MANY);
    let one = Bench::open(platform, vec![simple("One", "ONE", 3)]).await.only_listing().await;
    let source = wide(&one, most);
    let bench = Bench::open(platform, Vec::new()).await;
    let creation = creation(&source, 1, false);
    let before = bench.http.calls();
    let made = bench.connector.create(&creation, &source, &bench.location).await;
    let made = made.unwrap_or_else(|why| panic!("{}: {why:?}", bench.name()));
    eprintln!("{}: a product of {most} variants in {} calls", bench.name(), bench.http.calls() - before);
    assert_eq!((made.variants.len(), made.listing.variants.len()), (most, most), "{}", bench.name());
    for (place, variant) in made.variants.iter().enumerate() {
        assert_eq!(variant.position, place, "{}", bench.name());
        let there = made.listing.variants.iter().find(|known| known.remote == variant.remote).unwrap();
        assert_eq!(there.sku, source.variants[place].sku, "{}", bench.name());
        assert_eq!(there.option_label(), source.variants[place].option_label(), "{}", bench.name());
    }
    let shop =
        bench.server.shop().look(|shop| shop.products.values().map(|one| one.variants.len()).collect::<Vec<_>>());
    assert_eq!(shop, [most], "{}", bench.name());
    if made.stock_set {
        assert_eq!(bench.stock("Wide"), Quantity::units(3 * most as i64), "{}", bench.name());
    }
});

const HERE: ConnectionId = ConnectionId(1);
const THERE: ConnectionId = ConnectionId(2);

/// One product of a shop on the other side, and an empty shop of the platform.
struct Shelf {
    connections: [Connection; 2],
    known: KnownListing,
}

impl Shelf {
    fn of(bench: &Bench, listing: Listing) -> Self {
        let side = bench.platform.profile.side;
        let other = if side == Side::Online { Side::InStore } else { Side::Online };
        let connection = |id, side, platform: &str| Connection {
            id,
            platform: PlatformId(platform.into()),
            side,
            name: "Shop".into(),
            base_url: BaseUrl::new("https://shop.example", false).unwrap(),
            ca_file: None,
            currency: euro(),
            locations: vec![bench.location.clone()],
            connected_at: Timestamp(0),
        };
        let variants = (0..listing.variants.len() as u64).map(VariantId).collect();
        let known =
            KnownListing { id: ListingId(1), connection: HERE, variants, listing, gone: false, seen_at: Timestamp(0) };
        Self {
            connections: [connection(HERE, other, "elsewhere"), connection(THERE, side, bench.platform.profile.id)],
            known,
        }
    }

    fn refused(&self, bench: &Bench) -> Vec<RefusalReason> {
        let (side, profile) = (bench.platform.profile.side, bench.platform.profile);
        let marks = |place: usize| -> IdempotencyKey { key(u32::try_from(place).unwrap()) };
        let plan = push(self, &[ProductId(ListingId(1))], side, THERE, false, &|_| Some(profile), &marks, 1);
        assert_eq!(plan.steps.is_empty(), !plan.refusals.is_empty(), "{}: {plan:?}", bench.name());
        plan.refusals.into_iter().flat_map(|refusal| refusal.reasons).collect()
    }
}

impl CatalogueView for Shelf {
    fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.iter().find(|known| known.id == id)
    }

    fn connections(&self) -> Vec<&Connection> {
        self.connections.iter().collect()
    }

    fn listing(&self, id: ListingId) -> Option<&KnownListing> {
        Some(&self.known).filter(|known| known.id == id)
    }

    fn listings_of<'a>(&'a self, connection: ConnectionId) -> Box<dyn Iterator<Item = &'a KnownListing> + 'a> {
        Box::new(std::iter::once(&self.known).filter(move |known| known.connection == connection))
    }

    fn settings(&self, _: ConnectionId) -> SyncSettings {
        SyncSettings::standard(false, false)
    }

    fn link_of(&self, _: VariantId) -> Option<&Link> {
        None
    }
}

for_each_platform!(what_is_over_a_limit_is_refused_before_the_first_call, platform, {
    let profile = platform.profile;
    let one = Bench::open(platform, vec![simple("One", "ONE", 3)]).await.only_listing().await;
    let bench = Bench::open(platform, Vec::new()).await;
    let calls = bench.http.calls();
    let refused = |listing: Listing| Shelf::of(&bench, listing).refused(&bench);
    let check = |what: &str,
                 limit: Limit,
                 at: &dyn Fn(usize) -> Listing,
                 fits: &dyn Fn(&RefusalReason, usize) -> bool| {
        let Some(most) = limit.most else { return };
        assert_eq!(refused(at(most)), [], "{}: {most} {what} fit", bench.name());
        let reasons = refused(at(most + 1));
        assert!(matches!(&reasons[..], [one] if fits(one, most)), "{}: {} {what}: {reasons:?}", bench.name(), most + 1);
    };
    check(
        "variants",
        profile.variant_limit,
        &|count| wide(&one, count),
        &|reason, limit| matches!(reason, RefusalReason::TooManyVariants { has, most } if (*has, *most) == (limit + 1, limit)),
    );
    let with_options = |count: usize| {
        let name = |place: usize| Text::new(&format!("Option {place}"));
        let mut listing = wide(&one, 1);
        listing.structure = Structure::Variable { options: (0..count).map(name).collect() };
        listing.variants[0].options =
            (0..count).map(|place| OptionValue { option: name(place), value: "Red".into() }).collect();
        listing
    };
    check(
        "options",
        profile.option_limit,
        &with_options,
        &|reason, limit| matches!(reason, RefusalReason::TooManyOptions { has, most } if (*has, *most) == (limit + 1, limit)),
    );
    let named = |count: usize| Listing { title: Text::new(&"x".repeat(count)), ..one.clone() };
    check(
        "letters of a title",
        profile.title_limit,
        &named,
        &|reason, limit| matches!(reason, RefusalReason::TitleTooLong { has, most } if (*has, *most) == (limit + 1, limit)),
    );
    let with_sku = |count: usize| {
        let mut listing = one.clone();
        listing.variants[0].sku = Text::some(&"7".repeat(count));
        listing
    };
    check(
        "letters of a SKU",
        profile.sku_limit,
        &with_sku,
        &|reason, limit| matches!(reason, RefusalReason::SkuTooLong { most, .. } if *most == limit),
    );
    // A count of half a piece.
    let mut half = one.clone();
    half.variants[0].stock = Stock::Tracked([(bench.location.id.clone(), "0.5".parse().unwrap())].into());
    let whole = profile.quantities == counterpart::domain::QuantityKind::Whole;
    assert_eq!(!refused(half).is_empty(), whole, "{}", bench.name());
    assert_eq!(bench.http.calls(), calls, "{}: nobody was called", bench.name());
});
