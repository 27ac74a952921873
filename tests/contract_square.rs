//! Square's requests and its sandbox's answers against Square's own OpenAPI document (version 2025-08-20).
//!
//! The document is made stricter than it is: a field that it does not name is an error, unless it stands in
//! [`KNOWN_FAULTS`]. Skipped, loudly, where the document is not there.

// A test stops where something is not as it must be, its helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value, json};

use counterpart::connectors::{self, Account, Platform};
use counterpart::domain::{
    BaseUrl, ConnectionId, Creation, Currency, Cursor, Feed, Field, FieldChange, FieldValue, IdempotencyKey, JobId,
    Listing, ListingId, Location, Money, Quantity, Status, StepIndex, Timestamp,
};
use counterpart::http::{Http, HttpOptions, read_parts};
use counterpart::platform::{
    Change, Clock, EditOutcome, ManualClock, Next, QuantityChange, QuantityWrite, SharedConnector, StockAddress,
};
use counterpart::sandbox::{
    Failure, Faults, Imitation, Incoming, Outgoing, Shop, ShopProduct, ShopServer, ShopVariant,
};
use counterpart::secrets::{Credentials, Secret};

/// Where 2026-09-16 or the real Square is known to differ from the document: schema, property (or enum value), why.
const KNOWN_FAULTS: &[(&str, &str, &str)] = &[
    ("InventoryAdjustment", "from_location_id", "since 2026-07-15, in place of location_id"),
    ("InventoryAdjustment", "to_location_id", "since 2026-07-15, in place of location_id"),
    ("CatalogObject", "created_at", "in the document's own examples of answers, and not in its schema"),
    ("ErrorCode", "VERSION_MISMATCH", "what the catalogue answers to an outdated version, missing in the list"),
];
/// Referred to by the document and defined nowhere in it; the values are those of the official clients.
const UNDEFINED: (&str, &[&str]) = ("CatalogModifierToggleOverrideType", &["NO", "YES", "NOT_SET"]);

/// Schemas by method and path: request, answer.
const CALLS: &[(&str, &str, Option<&str>, &str)] = &[
    ("GET", "/v2/locations", None, "ListLocationsResponse"),
    ("GET", "/v2/merchants/me", None, "RetrieveMerchantResponse"),
    ("POST", "/oauth2/token/status", None, "RetrieveTokenStatusResponse"),
    ("GET", "/v2/catalog/info", None, "CatalogInfoResponse"),
    ("GET", "/v2/catalog/list", None, "ListCatalogResponse"),
    ("POST", "/v2/catalog/search", Some("SearchCatalogObjectsRequest"), "SearchCatalogObjectsResponse"),
    (
        "POST",
        "/v2/catalog/batch-retrieve",
        Some("BatchRetrieveCatalogObjectsRequest"),
        "BatchRetrieveCatalogObjectsResponse",
    ),
    ("POST", "/v2/catalog/batch-upsert", Some("BatchUpsertCatalogObjectsRequest"), "BatchUpsertCatalogObjectsResponse"),
    ("POST", "/v2/catalog/object", Some("UpsertCatalogObjectRequest"), "UpsertCatalogObjectResponse"),
    ("POST", "/v2/catalog/images", Some("CreateCatalogImageRequest"), "CreateCatalogImageResponse"),
    ("GET", "/v2/catalog/object/{}", None, "RetrieveCatalogObjectResponse"),
    ("DELETE", "/v2/catalog/object/{}", None, "DeleteCatalogObjectResponse"),
    (
        "POST",
        "/v2/inventory/counts/batch-retrieve",
        Some("BatchRetrieveInventoryCountsRequest"),
        "BatchRetrieveInventoryCountsResponse",
    ),
    (
        "POST",
        "/v2/inventory/changes/batch-retrieve",
        Some("BatchRetrieveInventoryChangesRequest"),
        "BatchRetrieveInventoryChangesResponse",
    ),
    ("POST", "/v2/inventory/changes/batch-create", Some("BatchChangeInventoryRequest"), "BatchChangeInventoryResponse"),
    ("POST", "/v2/orders/search", Some("SearchOrdersRequest"), "SearchOrdersResponse"),
    ("POST", "/v2/orders/batch-retrieve", Some("BatchRetrieveOrdersRequest"), "BatchRetrieveOrdersResponse"),
];

/// Square's document, strict.
struct Document {
    schemas: Map<String, Value>,
    validators: BTreeMap<String, jsonschema::Validator>,
}

impl Document {
    fn open() -> Option<Self> {
        let specs =
            std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
        let path = specs.join("square/api.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("SKIPPED: Square's document is not at {} (set COUNTERPART_SPECS)", path.display());
            return None;
        };
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let Value::Object(mut schemas) = document["components"]["schemas"].take() else { panic!("no schemas") };
        schemas.insert(UNDEFINED.0.into(), json!({"type": "string", "enum": UNDEFINED.1}));
        for (schema, name, _) in KNOWN_FAULTS {
            let schema = schemas.get_mut(*schema).unwrap();
            match schema.get_mut("enum").and_then(Value::as_array_mut) {
                Some(values) => values.push(json!(name)),
                None => schema["properties"][*name] = json!({"type": "string"}),
            }
        }
        schemas.values_mut().for_each(strict);
        Some(Self { schemas, validators: BTreeMap::new() })
    }

    fn complaints(&mut self, schema: &str, value: &Value) -> Vec<String> {
        if !self.validators.contains_key(schema) {
            let root =
                json!({"$ref": format!("#/components/schemas/{schema}"), "components": {"schemas": self.schemas}});
            let validator = jsonschema::validator_for(&root).unwrap_or_else(|why| panic!("{schema}: {why}"));
            self.validators.insert(schema.to_owned(), validator);
        }
        let errors = self.validators[schema].iter_errors(value);
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

/// OpenAPI's `nullable` in terms of JSON Schema, no examples (they refer to addresses elsewhere), no unknown fields.
fn strict(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    fields.remove("example");
    if fields.get("nullable") == Some(&json!(true))
        && let Some(kind) = fields.get("type").cloned()
    {
        fields.insert("type".into(), json!([kind, "null"]));
    }
    if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(strict);
        fields.entry("additionalProperties").or_insert(json!(false));
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get_mut(inner) {
            strict(inner);
        }
    }
}

type Log = Arc<Mutex<Vec<(Incoming, Outgoing)>>>;

/// Writes down what goes in and out.
struct Recorder {
    inner: Box<dyn Imitation>,
    log: Log,
}

impl Imitation for Recorder {
    fn platform(&self) -> &'static str {
        self.inner.platform()
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.inner.credentials()
    }

    fn answer(&mut self, shop: &mut Shop, request: &Incoming, now: Timestamp) -> Outgoing {
        if request.path == "/mug.png" {
            let headers = vec![("content-type".to_owned(), "image/png".to_owned())];
            return Outgoing { status: 200, headers, body: b"\x89PNG\r\n\x1a\n".to_vec() };
        }
        let answer = self.inner.answer(shop, request, now);
        self.log.lock().unwrap().push((request.clone(), answer.clone()));
        answer
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> Outgoing {
        self.inner.failure(failure, now)
    }
}

fn square() -> &'static Platform {
    connectors::named("square").unwrap()
}

fn currency() -> Currency {
    Currency::new("USD").unwrap()
}

fn variant(values: &[&str], sku: &str, level: Option<i64>) -> ShopVariant {
    ShopVariant {
        number: 0,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        sku: sku.to_owned(),
        barcode: "4006381333931".to_owned(),
        price: Some(1990),
        tracked: true,
        levels: level.map(|level| (1, Quantity::units(level))).into_iter().collect(),
        updated_at: Timestamp::default(),
        stock_updated_at: Timestamp::default(),
        extra: Map::new(),
    }
}

fn product(title: &str, options: &[&str], variants: Vec<ShopVariant>) -> ShopProduct {
    ShopProduct {
        number: 0,
        title: title.to_owned(),
        description: "<p>Thrown by <b>hand</b></p>".to_owned(),
        brand: "Harbour Clay".to_owned(),
        category: "Kitchen".to_owned(),
        status: Status::Active,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        variants,
        images: vec!["https://pictures.example/1.jpg".to_owned()],
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 0,
        extra: Map::new(),
    }
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::of(b"contract", JobId(1), StepIndex(number), 0)
}

struct Visit {
    server: ShopServer,
    connector: SharedConnector,
    location: Location,
    clock: Arc<ManualClock>,
}

impl Visit {
    async fn open(products: Vec<ShopProduct>, log: Log) -> Self {
        let start = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::starting_at(start));
        let mut shop = Shop::new("Harbour & Hill", currency(), &["Front", "Ware House"]);
        for product in products {
            shop.insert(product, start);
        }
        let imitation = Box::new(Recorder { inner: (square().imitate)(), log });
        let credentials: Credentials =
            imitation.credentials().into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ShopServer::start(imitation, shop, Faults::none(), clock.clone(), address).await.unwrap();
        let http = Http::new(HttpOptions {
            platform: square().profile.name,
            base_url: BaseUrl::new(&server.url(), false).unwrap(),
            ca_pem: None,
            budget: square().profile.budget,
            timeout: square().profile.timeout,
            clock: clock.clone(),
            secrets: credentials.values().cloned().collect(),
            explain: square().explain,
            seed: 1,
        })
        .unwrap();
        let connect = |locations: Vec<Location>| {
            let (http, clock, credentials) = (http.clone(), clock.clone(), credentials.clone());
            (square().connect)(Account { login: None, http, credentials, clock, locations, currency: Some(currency()) })
                .unwrap()
        };
        let location = connect(Vec::new()).test().await.unwrap().locations.remove(0);
        let connector = connect(vec![location.clone()]);
        Self { server, connector, location, clock }
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
    async fn all_of_it(&self) {
        let (changes, end) = self.read(Feed::Listings, &Cursor::Start).await;
        let listings: Vec<Listing> = changes
            .into_iter()
            .filter_map(|change| match change {
                Change::Seen(listing) => Some(*listing),
                _ => None,
            })
            .collect();
        let (_, stock_end) = self.read(Feed::Stock, &Cursor::Start).await;
        let addresses: Vec<StockAddress> = listings.iter().map(|listing| self.address(listing)).collect();
        self.connector.levels(&addresses).await.unwrap();
        for (number, listing) in listings.iter().take(2).enumerate() {
            let mut source = listing.clone();
            source.title = format!("Copy of {}", listing.title).as_str().into();
            source.images = vec![format!("{}/mug.png", self.server.url())];
            let creation = Creation {
                source: ListingId(1),
                connection: ConnectionId(1),
                draft: number == 1,
                quantities: vec![Some(Quantity::units(3)); source.variants.len()],
                mark: key(u32::try_from(number).unwrap()),
            };
            let made = self.connector.create(&creation, &source, &self.location).await.unwrap();
            let found = self.connector.find_created(&creation, &source).await.unwrap().unwrap();
            assert_eq!(found.listing.remote, made.listing.remote);
            source.title = "Not there".into();
            self.connector.find_created(&Creation { mark: key(99), ..creation }, &source).await.unwrap();
        }
        let more = QuantityChange::Adjust { by: "2.5".parse().unwrap(), expected: Quantity::ZERO };
        let less = QuantityChange::Adjust { by: Quantity::units(-1), expected: Quantity::ZERO };
        let set = QuantityChange::Set { to: Quantity::units(9), expected: Quantity::ZERO };
        let writes = [more, less, set].map(|change| QuantityWrite { address: addresses[0].clone(), change });
        self.connector.write_quantities(&writes, &key(50)).await.unwrap();
        self.clock.advance(Duration::from_secs(60));
        self.connector.write_quantities(&writes, &key(50)).await.unwrap();
        self.orders().await;
        self.edits(&listings).await;
        let now = self.clock.now();
        self.server.shop().alter(|shop| {
            let first = *shop.products.keys().next().unwrap();
            shop.delete(first, now);
        });
        self.read(Feed::Listings, &end).await;
        self.read(Feed::Stock, &stock_end).await;
        self.connector.listings(&[listings[1].remote.clone()]).await.unwrap();
    }

    /// Orders of every kind, with a return of a sale that was long over.
    async fn orders(&self) {
        let act = |doing: &dyn Fn(&mut Shop, Timestamp)| {
            let now = self.clock.now();
            self.server.shop().alter(|shop| doing(shop, now));
            self.clock.advance(Duration::from_secs(3600));
        };
        let (_, begin) = self.read(Feed::Orders, &Cursor::Start).await;
        let lines: Vec<(u64, u64, Quantity)> = self.server.shop().look(|shop| {
            let variants = shop.products.values().flat_map(|product| &product.variants);
            variants.take(2).map(|variant| (variant.number, 1, Quantity::units(4))).collect()
        });
        act(&|shop, now| {
            for _ in 0..3 {
                shop.place_order(&lines, now);
            }
            shop.place_pending_order(&lines, now);
            shop.place_pending_order(&lines, now);
            shop.sell(lines[0].0, 1, Quantity::units(1), now);
        });
        let numbers: Vec<u64> = self.server.shop().look(|shop| shop.orders.keys().copied().collect());
        let line = |shop: &Shop, order: u64| shop.orders[&order].lines[0].number;
        act(&|shop, now| assert!(shop.fulfil_order(numbers[0], &[(line(shop, numbers[0]), Quantity::units(3))], now)));
        act(&|shop, now| assert!(shop.cancel_order(numbers[1], true, now)));
        act(&|shop, now| assert!(shop.cancel_order(numbers[4], false, now)));
        let (changes, next) = self.read(Feed::Orders, &begin).await;
        assert_eq!(changes.iter().filter(|change| matches!(change, Change::Order(_))).count(), 6, "{changes:#?}");
        act(&|shop, now| {
            assert!(shop.refund_order(numbers[5], &[(line(shop, numbers[5]), Quantity::units(1))], true, now))
        });
        let (changes, _) = self.read(Feed::Orders, &next).await;
        let told = changes.iter().any(|change| match change {
            Change::Order(order) => order.lines.iter().any(|line| line.restocked == Quantity::units(1)),
            _ => false,
        });
        assert!(told, "{changes:#?}");
        self.read(Feed::Orders, &Cursor::Start).await;
    }

    /// Every field that can be written, a further variant, and archiving.
    async fn edits(&self, listings: &[Listing]) {
        let shirt = listings.iter().find(|listing| listing.structure.is_variable()).unwrap();
        let first = shirt.variants[0].remote.clone();
        let all = square().profile.edits.iter().map(|field| FieldChange {
            variant: field.is_per_variant().then(|| first.clone()),
            field: *field,
            to: match field {
                Field::Title | Field::Description => FieldValue::Text("Sea & shirt".into()),
                Field::Price => FieldValue::Money(Some(Money::new(2500, currency()))),
                Field::Active => FieldValue::Status(Status::Archived),
                Field::Barcode => FieldValue::Maybe(Some("4006381333948".into())),
                _ => FieldValue::Maybe(Some("Summer".into())),
            },
        });
        let all: Vec<FieldChange> = all.collect();
        let outcomes = self.connector.edit(shirt, &all).await.unwrap();
        assert_eq!(outcomes, vec![EditOutcome::Applied; all.len()]);
        let price = FieldChange { to: FieldValue::Money(None), ..all[2].clone() };
        assert_eq!(price.field, Field::Price);
        assert_eq!(self.connector.edit(shirt, &[price]).await.unwrap(), [EditOutcome::Applied]);
        let mut further = shirt.variants[0].clone();
        further.options[0].value = "Green".into();
        let now = self.connector.add_variants(shirt, &[further]).await.unwrap();
        assert_eq!(now.variants.len(), shirt.variants.len() + 1);
        let tea = listings.iter().find(|listing| listing.title.as_str() == "Tea").unwrap();
        self.connector.delete(&tea.remote).await.unwrap();
    }

    fn address(&self, listing: &Listing) -> StockAddress {
        StockAddress {
            listing: listing.remote.clone(),
            variant: listing.variants[0].remote.clone(),
            inventory: None,
            location: self.location.id.clone(),
        }
    }
}

/// What the connector does not call, and refusals.
fn ask_the_rest(log: &Log) {
    let now = Timestamp::parse("2026-11-21T19:00:00Z").unwrap();
    let mut shop = Shop::new("Test", currency(), &["Front"]);
    let number = shop.insert(product("Mug", &[], vec![variant(&[], "M", Some(5))]), now);
    let mut recorder = Recorder { inner: (square().imitate)(), log: log.clone() };
    let token = recorder.credentials()[0].1.clone();
    let mut ask = |method: &str, path: &str, body: Value, token: &str| {
        let request = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            query: vec![("types".into(), "ITEM,IMAGE,CATEGORY".into())],
            headers: vec![("authorization".into(), format!("Bearer {token}"))],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        let answer = recorder.answer(&mut shop, &request, now);
        (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap())
    };
    let (_, list) = ask("GET", "/v2/catalog/list", Value::Null, &token);
    let item = list["objects"].as_array().unwrap().iter().find(|object| object["type"] == "ITEM").unwrap().clone();
    let id = item["id"].as_str().unwrap().to_owned();
    assert!(id.ends_with(&number.to_string()));
    assert_eq!(ask("GET", "/v2/catalog/info", Value::Null, &token).0, 200);
    assert_eq!(ask("GET", &format!("/v2/catalog/object/{id}"), Value::Null, &token).0, 200);
    assert_eq!(ask("POST", "/v2/catalog/object", json!({"idempotency_key": "k", "object": item}), &token).0, 200);
    assert_eq!(ask("POST", "/v2/catalog/object", json!({"idempotency_key": "l", "object": item}), &token).0, 400);
    assert_eq!(ask("DELETE", &format!("/v2/catalog/object/{id}"), Value::Null, &token).0, 200);
    assert_eq!(ask("DELETE", &format!("/v2/catalog/object/{id}"), Value::Null, &token).0, 404);
    let entries = json!({"location_ids": ["L000000000001"], "limit": 500, "return_entries": true});
    assert_eq!(ask("POST", "/v2/orders/search", entries, &token).0, 200);
    let mismatch = json!({
        "location_ids": ["L000000000001"],
        "query": {
            "filter": {"date_time_filter": {"updated_at": {"start_at": "2026-11-21T00:00:00Z"}}},
            "sort": {"sort_field": "CREATED_AT"},
        },
    });
    assert_eq!(ask("POST", "/v2/orders/search", mismatch, &token).0, 400);
    assert_eq!(ask("POST", "/v2/orders/search", json!({"location_ids": []}), &token).0, 400);
    assert_eq!(ask("POST", "/v2/orders/batch-retrieve", json!({"order_ids": ["NOTHERE"]}), &token).0, 200);
    assert_eq!(ask("GET", "/v2/locations", Value::Null, "wrong").0, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_as_squares_document_says() {
    let Some(mut document) = Document::open() else { return };
    let log = Log::default();
    let visit = Visit::open(
        vec![
            product("Mug", &[], vec![variant(&[], "M", Some(5))]),
            product(
                "Shirt",
                &["Colour", "Size"],
                vec![variant(&["Red", "S"], "S-1", Some(0)), variant(&["Blue", "S"], "S-2", None)],
            ),
            product("Tea", &[], vec![variant(&[], "T", None)]),
        ],
        log.clone(),
    )
    .await;
    visit.all_of_it().await;
    ask_the_rest(&log);
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    for (request, answer) in log.lock().unwrap().iter() {
        let path = match request.path.strip_prefix("/v2/catalog/object/") {
            Some(_) => "/v2/catalog/object/{}",
            None => request.path.as_str(),
        };
        let call = CALLS.iter().find(|(method, known, ..)| *method == request.method && *known == path);
        let (_, path, wanted, given) =
            call.unwrap_or_else(|| panic!("{} {path} is no call of the document", request.method));
        *used.entry(path).or_default() += 1;
        if let Some(wanted) = wanted {
            let kind = request.header("content-type").unwrap_or_default();
            let words = read_parts(kind, &request.body).map(|mut parts| parts.swap_remove(0).2);
            let body: Value = serde_json::from_slice(words.as_ref().unwrap_or(&request.body)).unwrap();
            let complaints = document.complaints(wanted, &body);
            assert!(complaints.is_empty(), "request {path}: {complaints:#?}\n{body:#}");
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let complaints = document.complaints(given, &body);
        assert!(complaints.is_empty(), "answer {path}: {complaints:#?}\n{body:#}");
    }
    for (_, path, ..) in CALLS {
        assert!(used.contains_key(path), "{path} was not called");
    }
}

#[test]
fn the_document_catches_what_is_wrong() {
    let Some(mut document) = Document::open() else { return };
    let change =
        |field: &str| json!({"idempotency_key": "k", "changes": [{"type": "ADJUSTMENT", "adjustment": {field: "x"}}]});
    assert_eq!(document.complaints("BatchChangeInventoryRequest", &change("to_location_id")), [] as [String; 0]);
    assert_eq!(document.complaints("BatchChangeInventoryRequest", &change("to_place")).len(), 1);
    let state =
        json!({"idempotency_key": "k", "changes": [{"type": "ADJUSTMENT", "adjustment": {"from_state": "HERE"}}]});
    assert_eq!(document.complaints("BatchChangeInventoryRequest", &state).len(), 1);
    let without_key = document.complaints("BatchChangeInventoryRequest", &json!({"changes": []}));
    assert!(without_key[0].contains("idempotency_key"), "{without_key:?}");
}
