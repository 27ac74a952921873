//! An engine made of constants: a gift shop with a till and two online stores, and every awkward title there is.

use crate::domain::{
    ConnectionId, ConnectionState, Currency, Job, JobId, JobKind, JobState, ListingId, Location, LocationId, MatchKey,
    Money, Presence, ProductId, Progress, Quantity, Reason, RefusalReason, RemoteId, Side, Status as ListingStatus,
    StepIndex, Text, Timestamp, VariantId,
};
use crate::protocol::{
    CandidateRow, ConnectionRow, DetailCell, DetailRow, JobRow, LinkMark, ListingBrief, ListingDetail, PlanId,
    PlanStepRow, PlanSummary, PlatformCost, PlatformRow, Problem, ProblemKind, ProductDetail, ProductRow, ProductSort,
    ProductsView, ReasonRow, RefusalRow, Reply, ReportRow, ReportSummary, ReportTab, Request, ShownQuantity, Status,
    StepFilter, StepRow, TestReport, Window,
};

/// A fixed moment: 2026-11-21 19:00 UTC.
pub const NOW: Timestamp = Timestamp(1_795_287_600_000);

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

fn euro(minor: i64) -> Money {
    Money::new(minor, Currency::new("EUR").unwrap())
}

fn location(id: &str, name: &str) -> Location {
    Location { id: LocationId(RemoteId::new(id).unwrap()), name: Text::new(name), active: id != "old" }
}

#[derive(Debug, Clone)]
pub struct Canned {
    pub now: Timestamp,
    pub products: Vec<ProductRow>,
    pub candidates: Vec<ReportRow>,
    pub without: Vec<ReportRow>,
    pub jobs: Vec<JobRow>,
    pub connections: Vec<ConnectionRow>,
    pub made: bool,
}

impl Canned {
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            products: (0..412).map(product).collect(),
            candidates: (0..238).map(candidate).collect(),
            without: (0..38).map(without).collect(),
            jobs: jobs(now),
            connections: connections(now),
            made: true,
        }
    }

    /// A shop that nobody has connected yet.
    pub fn empty(now: Timestamp) -> Self {
        Self {
            now,
            products: Vec::new(),
            candidates: Vec::new(),
            without: Vec::new(),
            jobs: Vec::new(),
            connections: Vec::new(),
            made: false,
        }
    }

    fn summary(&self) -> Option<ReportSummary> {
        self.made.then(|| ReportSummary {
            made_at: self.now.plus_seconds(-720),
            stale: true,
            candidates: self.candidates.len() as u64,
            without_candidate: self.without.len() as u64,
            linked: 151,
            compared: vec!["Square × Shopify".to_owned(), "Square × WooCommerce".to_owned()],
        })
    }

    fn shown(&self, view: &ProductsView) -> Vec<ProductRow> {
        let search = view.search.to_lowercase();
        let mut rows: Vec<ProductRow> = self
            .products
            .iter()
            .filter(|row| view.presence.is_none_or(|presence| row.presence == presence))
            .filter(|row| {
                let sold_out = |quantity: Option<ShownQuantity>| match quantity {
                    Some(ShownQuantity::Counted(quantity)) => !quantity.is_positive(),
                    Some(ShownQuantity::Untracked | ShownQuantity::Unknown) => false,
                    None => true,
                };
                !(view.hide_sold_out && sold_out(row.in_store) && sold_out(row.online))
            })
            .filter(|row| row.title.to_lowercase().contains(&search))
            .cloned()
            .collect();
        match view.sort.by {
            // As if it were their order: the first page shows every awkward title.
            ProductSort::Title => {}
            ProductSort::Sku => rows.sort_by(|a, b| a.sku.cmp(&b.sku)),
            ProductSort::Price => rows.sort_by_key(|row| row.price.map(|(low, _)| low.minor)),
            ProductSort::InStoreQuantity | ProductSort::OnlineQuantity => {}
        }
        if view.sort.descending {
            rows.reverse();
        }
        rows
    }

    pub fn answer(&self, request: &Request) -> Result<Reply, Problem> {
        let refused = |message: &str, hint: &str| {
            Err(Problem { kind: ProblemKind::Platform, message: message.to_owned(), hint: Some(hint.to_owned()) })
        };
        Ok(match request {
            Request::Status => Reply::Status(Status {
                version: "0.1.0".to_owned(),
                revision: 812,
                now: self.now,
                connections: self.connections.clone(),
                jobs_running: self.jobs.iter().filter(|row| row.job.state == JobState::Running).count() as u64,
                jobs_waiting: self.jobs.iter().filter(|row| row.job.state == JobState::Queued).count() as u64,
                jobs_troubled: u64::from(!self.jobs.is_empty()),
                report: self.summary(),
                report_running: false,
                home: "/home/anna/.local/share/counterpart".to_owned(),
            }),
            Request::Platforms => Reply::Platforms { platforms: platforms() },
            Request::TestConnection { draft } if draft.base_url.contains("nowhere") => {
                return refused(
                    "nowhere.example cannot be reached: no such host",
                    "check the address, and that this machine is online",
                );
            }
            Request::TestConnection { .. } => Reply::Tested(tested()),
            Request::Connect { .. } => {
                Reply::Connected { connection: ConnectionId(4), report: tested(), import: JobId(9) }
            }
            Request::Import { .. } => Reply::Started { jobs: vec![JobId(9)] },
            Request::Products { view, window } => {
                let rows = self.shown(view);
                Reply::Products {
                    revision: 812,
                    total: rows.len() as u64,
                    everything: self.products.len() as u64,
                    offset: window.offset,
                    rows: cut(&rows, *window),
                }
            }
            Request::ProductIds { view, window } => {
                let rows = self.shown(view);
                let rows = window.map_or_else(|| rows.clone(), |window| cut(&rows, window));
                Reply::ProductIds { products: rows.iter().map(|row| row.product).collect() }
            }
            Request::Product { product } => {
                let row = self.products.iter().find(|row| row.product == *product);
                match row {
                    Some(row) => Reply::Product(Box::new(detail(row, self.now))),
                    None => return refused("this product is gone", "go back and choose another one"),
                }
            }
            Request::Report { view, window } => {
                let rows = match view.tab {
                    ReportTab::Candidates => &self.candidates,
                    ReportTab::WithoutCandidate => &self.without,
                };
                let search = view.search.to_lowercase();
                let title = |row: &ReportRow| match row {
                    ReportRow::Candidate(row) => row.in_store.title.to_lowercase(),
                    ReportRow::WithoutCandidate { listing, .. } => listing.title.to_lowercase(),
                };
                let rows: Vec<ReportRow> = rows.iter().filter(|row| title(row).contains(&search)).cloned().collect();
                Reply::Report {
                    summary: self.summary(),
                    total: rows.len() as u64,
                    offset: window.offset,
                    rows: cut(&rows, *window),
                }
            }
            Request::PlanLink { selection } => {
                let items = match selection.everything {
                    Some(_) => 238 - selection.choices.iter().filter(|choice| !choice.ticked).count() as u64,
                    None => selection.choices.len() as u64,
                };
                Reply::Planned(plan(JobKind::Link, format!("Link {items} items"), items, 3))
            }
            Request::PlanPush { products, towards, .. } => {
                let items = products.len() as u64;
                let title = format!("Push {items} products to {}", towards.label());
                Reply::Planned(plan(JobKind::Push, title, items, if items > 1 { 2 } else { 0 }))
            }
            Request::PlanSteps { window, .. } => {
                let rows: Vec<PlanStepRow> = (0..105).map(step).collect();
                Reply::PlanSteps { total: 105, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::PlanRefusals { window, .. } => {
                let rows: Vec<RefusalRow> = (0..3).map(refusal).collect();
                Reply::PlanRefusals { total: 3, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::Apply { .. } => Reply::Started { jobs: vec![JobId(9)] },
            Request::Jobs { window } => {
                Reply::Jobs { total: self.jobs.len() as u64, offset: window.offset, rows: cut(&self.jobs, *window) }
            }
            Request::Job { job } => match self.jobs.iter().find(|row| row.job.id == *job) {
                Some(row) => Reply::Job(row.clone()),
                None => return refused("this job is gone", "go back to the list"),
            },
            Request::Steps { filter, window, .. } => {
                let rows: Vec<StepRow> = (0..64).map(job_step).filter(|row| fits(row, *filter)).collect();
                Reply::Steps { total: rows.len() as u64, offset: window.offset, rows: cut(&rows, *window) }
            }
            Request::Disconnect { .. }
            | Request::RefreshReport
            | Request::DropPlan { .. }
            | Request::Order { .. }
            | Request::Shutdown => Reply::Done,
        })
    }
}

fn cut<T: Clone>(rows: &[T], window: Window) -> Vec<T> {
    rows.iter().skip(window.offset as usize).take(window.limit as usize).cloned().collect()
}

fn title(number: u64) -> Text {
    let title = TITLES[number as usize % TITLES.len()];
    let round = number as usize / TITLES.len();
    Text::new(&if round == 0 { title.to_owned() } else { format!("{title} no. {round}") })
}

fn counted(units: i64) -> ShownQuantity {
    ShownQuantity::Counted(Quantity::units(units))
}

fn product(number: u64) -> ProductRow {
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
    ProductRow {
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

fn brief(number: u64, side: Side) -> ListingBrief {
    let online = side == Side::Online;
    let title = title(number);
    ListingBrief {
        listing: ListingId(number * 2 + u64::from(online)),
        mark: match (side, number.is_multiple_of(3)) {
            (Side::InStore, _) => "Sq",
            (Side::Online, true) => "Wo",
            (Side::Online, false) => "Sh",
        }
        .to_owned(),
        side,
        title: if online && number.is_multiple_of(4) { Text::new(&title.to_uppercase()) } else { title },
        brand: number.is_multiple_of(2).then(|| Text::new("Hearth & Co")),
        sku: Some(Text::new(&format!("GS-{:05}{}", number * 31, if online && number % 5 == 2 { "-W" } else { "" }))),
        barcode: (!number.is_multiple_of(3)).then(|| Text::new(&format!("400638{:07}", number * 991))),
        price: Some(euro(if online { 1990 } else { 1990 + (number as i64 % 3) * 100 })),
        quantity: match (number % 8, online) {
            (3, true) => ShownQuantity::Unknown,
            (6, false) => ShownQuantity::Untracked,
            (rest, true) => counted(rest as i64 * 3),
            (rest, false) => counted(rest as i64 * 4),
        },
        variants: if number.is_multiple_of(5) { 3 } else { 1 },
    }
}

fn candidate(number: u64) -> ReportRow {
    let matched = match number % 4 {
        0 => vec![MatchKey::Barcode, MatchKey::Sku, MatchKey::Title],
        1 => vec![MatchKey::Sku, MatchKey::Title],
        2 => vec![MatchKey::Barcode],
        _ => vec![MatchKey::Title],
    };
    ReportRow::Candidate(CandidateRow {
        in_store: brief(number, Side::InStore),
        online: brief(number, Side::Online),
        matched,
    })
}

fn without(number: u64) -> ReportRow {
    let side = if number.is_multiple_of(2) { Side::InStore } else { Side::Online };
    let reason = |reason: Reason, sentence: &str, mend: &str| ReasonRow {
        reason,
        sentence: sentence.to_owned(),
        mend: mend.to_owned(),
    };
    let other = ListingId(900 + number);
    let reasons = match number % 3 {
        0 => vec![
            reason(
                Reason::PriceDiffers { other, ours: Some(euro(1990)), theirs: Some(euro(2490)) },
                "The titles match, but that alone needs the same price: 19.90 EUR here, 24.90 EUR on Kaffee Online",
                "Make the prices equal, or give both the same SKU or barcode",
            ),
            reason(
                Reason::BrandDiffers { other, ours: None, theirs: Some(Text::new("Hearth & Co")) },
                "The brands differ: blank here, Hearth & Co on Kaffee Online",
                "Fill in the brand here",
            ),
        ],
        1 => vec![reason(
            Reason::StructureDiffers { other, ours_variable: true },
            "This has variants, and its counterpart is a single article",
            "Archive the one with the wrong structure, and push the other one over",
        )],
        _ => vec![reason(
            Reason::NoCounterpart,
            "Nothing on the other side has this barcode, SKU or title",
            "Push it to the other side from Products",
        )],
    };
    ReportRow::WithoutCandidate { listing: brief(500 + number, side), reasons }
}

fn connections(now: Timestamp) -> Vec<ConnectionRow> {
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

fn platforms() -> Vec<PlatformRow> {
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
            docs: format!(
                "# {name}\n\n1. Open the developer settings of your shop.\n2. Make a new app, and give it the rights to read \
             and write products and inventory.\n3. Copy its token into the field here.\n\nThe token is shown once only."
            ),
            guarantee: "Quantities are exact: every change is sent as a difference with a key".to_owned(),
            fields: Vec::new(),
            limits: Vec::new(),
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

fn tested() -> TestReport {
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

fn plan(kind: JobKind, title: String, items: u64, refused: u64) -> PlanSummary {
    let items = items.saturating_sub(refused);
    PlanSummary {
        plan: PlanId(7),
        kind,
        title,
        items,
        steps: items * 3,
        refused,
        calls: items * 2,
        seconds: items * 2 / 3 + 1,
        costs: vec![
            PlatformCost { connection: "giftshop.example".to_owned(), calls: items * 2, seconds: items * 2 / 3 + 1 },
            PlatformCost { connection: "Gift Shop High Street".to_owned(), calls: 0, seconds: 0 },
        ],
        first: Some(ListingId(1)),
    }
}

fn step(number: u64) -> PlanStepRow {
    let (what, old, new, reason) = match number % 3 {
        0 => ("create", None, Some("published".to_owned()), "giftshop.example lacks it"),
        1 => ("set quantity", Some("7".to_owned()), Some("12".to_owned()), "POS is primary: 12 there, 7 here"),
        _ => ("link", None, None, "A push ends in a link"),
    };
    PlanStepRow {
        index: StepIndex(number as u32),
        place: if number % 3 == 2 { "counterpart" } else { "giftshop.example" }.to_owned(),
        what: what.to_owned(),
        subject: title(number / 3),
        old,
        new,
        reason: reason.to_owned(),
    }
}

fn refusal(number: u64) -> RefusalRow {
    let listing = ListingId(300 + number);
    let reason = match number {
        0 => (RefusalReason::AlreadyThere, "It is linked to a product there already".to_owned()),
        1 => (
            RefusalReason::DuplicateTitle { title: title(4), listing },
            "giftshop.example has a product of the same title; change one of the titles, or link the two".to_owned(),
        ),
        _ => (
            RefusalReason::TooManyVariants { has: 3_000, most: 2_048 },
            "It has 3,000 variants, and giftshop.example allows 2,048; split it into two products".to_owned(),
        ),
    };
    RefusalRow { listing, subject: title(number + 3), reasons: vec![reason] }
}

fn jobs(now: Timestamp) -> Vec<JobRow> {
    let row = |id, kind, title: &str, state, progress: Progress, note: Option<&str>, rate, eta| JobRow {
        job: Job {
            id: JobId(id),
            kind,
            title: title.to_owned(),
            state,
            created_at: now.plus_seconds(-400),
            started_at: (state != JobState::Queued).then(|| now.plus_seconds(-300)),
            ended_at: matches!(state, JobState::Done | JobState::Cancelled).then(|| now.plus_seconds(-120)),
            progress,
            note: note.map(str::to_owned),
        },
        per_minute: rate,
        eta_seconds: eta,
    };
    let done = |done, failed, parked, total| Progress { done, failed, parked, skipped: 0, total };
    let import = |connection| JobKind::Import { connection: ConnectionId(connection), full: true };
    vec![
        row(
            8,
            JobKind::Push,
            "Push 50 products to eCommerce",
            JobState::Queued,
            done(0, 0, 0, Some(150)),
            Some("waits for the jobs before it"),
            None,
            None,
        ),
        row(7, import(3), "Read Woo outlet", JobState::Running, done(1_180, 0, 0, None), None, Some(2_400), None),
        row(
            6,
            JobKind::Link,
            "Link 100 items, POS is primary",
            JobState::Running,
            done(61, 0, 0, Some(100)),
            None,
            Some(45),
            Some(52),
        ),
        row(
            5,
            JobKind::Push,
            "Push 37 products to eCommerce",
            JobState::Paused,
            done(40, 2, 1, Some(111)),
            Some("giftshop.example is offline, next try in 40 s"),
            None,
            None,
        ),
        row(
            4,
            JobKind::Link,
            "Link 12 items, eCommerce is primary",
            JobState::Done,
            done(22, 1, 1, Some(24)),
            None,
            None,
            None,
        ),
        row(
            3,
            import(1),
            "Read Gift Shop High Street",
            JobState::Done,
            done(4_000, 0, 0, Some(4_000)),
            None,
            None,
            None,
        ),
        row(
            2,
            JobKind::Push,
            "Push “Teapot, blue stoneware” to POS",
            JobState::Cancelled,
            done(1, 0, 0, Some(3)),
            None,
            None,
            None,
        ),
    ]
}

fn job_step(number: u64) -> StepRow {
    let (state, message, hint) = match number {
        5 => (
            "failed",
            Some("giftshop.example refused it: the title is in use by another product"),
            Some("change one of the titles there, read the shop again, and try again"),
        ),
        9 => (
            "needs you",
            Some("The answer was lost, and nobody can tell whether the quantity arrived"),
            Some("look at the quantity in the shop; then try again, or cancel the job"),
        ),
        0..40 => ("done", None, None),
        40 => ("under way", None, None),
        _ => ("waiting", None, None),
    };
    StepRow {
        step: step(number),
        state: state.to_owned(),
        message: message.map(str::to_owned),
        hint: hint.map(str::to_owned),
    }
}

fn fits(row: &StepRow, filter: StepFilter) -> bool {
    match filter {
        StepFilter::All => true,
        StepFilter::Troubled => row.message.is_some(),
        StepFilter::Waiting => row.state == "waiting",
    }
}

fn detail(row: &ProductRow, now: Timestamp) -> ProductDetail {
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
