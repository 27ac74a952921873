//! Everything in memory: a projection of the journal, changed by its entries and by nothing else.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Cause, ConnectionId, ConnectionState, Cursor, Feed, Happening, HistoryRecord, Job, JobId, KnownListing, Link,
    ListingId, Location, Quantity, Step, Timestamp, VariantId,
};
use crate::protocol::Topic;
use crate::rules::CatalogueView;
use crate::rules::fields::RuleBook;
use crate::rules::pulse::Pulse;
use crate::store::{Entry, Loaded, Spare};

use super::Planted;
use super::catalogue::Catalogue;
use super::failures::{self, Failures};
use super::jobs::board::Board;
use super::jobs::evidence::UnderWay;
use super::products::{Products, Sources};
use super::report::Rejected;
use super::sync::afresh::Doubted;
use super::sync::desk::Desk;
use super::sync::memory::{self, Memory};
use super::sync::orders::Orders;

/// What is remembered of a connection beside its data.
#[derive(Debug, Default)]
pub struct Standing {
    pub state: Option<ConnectionState>,
    pub cursors: BTreeMap<Feed, (Cursor, Timestamp)>,
    /// The end of the last full sweep.
    pub swept: Option<Timestamp>,
    /// In millionths of a unit: what may have been lost where counts can only be set.
    pub drift: u64,
    /// Places behind looks that found nothing. This and what follows is not journalled.
    pub ahead: BTreeMap<Feed, Cursor>,
    /// The last look that went well, and the last one that found something.
    pub looked: Option<Timestamp>,
    pub moved: Option<Timestamp>,
    /// `None`: when somebody asks.
    pub next_look: Option<Timestamp>,
    /// A person wants a look now.
    pub asked: bool,
    /// By how many milliseconds the platform's clock is ahead of ours.
    pub clock_ahead: i64,
    /// When the login ends, where it cannot be renewed any more.
    pub login_ends: Option<Timestamp>,
    /// All locations there, as far as they were asked for.
    pub places: Option<Vec<Location>>,
}

/// Everything in memory. A projection of the journal, but for what is named otherwise.
#[derive(Default)]
pub struct Known {
    pub catalogue: Catalogue,
    pub products: Products,
    pub orders: Orders,
    pub failures: Failures,
    pub board: Board,
    pub standing: BTreeMap<ConnectionId, Standing>,
    /// What is kept in step between a till and a store, where somebody said so.
    pub rules: RuleBook,
    /// Pairs of listings that a person said are not one.
    pub rejected: Rejected,
    /// What the field rules have to look at, and what was found.
    pub desk: Desk,
    /// What is remembered of what is owed.
    pub owing: Memory,
    /// Our writes that ended lately, by when in the order of [`Truth::tick`]; not journalled.
    pub written: HashMap<VariantId, u64>,
    /// What our writes have left open; not journalled.
    pub doubted: Doubted,
    /// Writes of counts that were sent and have not come to an end; not journalled.
    pub under_way: UnderWay,
    /// How fast counts fall, whatever makes them; made anew from the history at every start.
    pub pulses: HashMap<VariantId, Pulse>,
    /// What a simulation has planted. Never set by the program.
    pub planted: Option<Planted>,
    /// While everything is loaded: listings whose products have to wait for others.
    tied: Vec<ListingId>,
}

/// So many products are made anew before what was looked at for them is put aside again.
const PORTION: usize = 1000;

impl Known {
    /// Begins with all but links and listings, which come by [`Known::load_links`] and [`Known::load_listings`]; ends
    /// with [`Known::loaded`].
    /// `spare`: room for what does not fit into memory.
    pub fn load(loaded: &Loaded, spare: Option<Spare>, at_hand: usize) -> Self {
        let mut known = Self { catalogue: Catalogue::new(spare, at_hand), ..Self::default() };
        for connection in &loaded.connections {
            known.catalogue.apply(&Entry::ConnectionKept(connection.clone()));
            known.standing.entry(connection.id).or_default();
        }
        for (connection, settings) in &loaded.settings {
            let (connection, settings) = (*connection, settings.clone());
            known.catalogue.apply(&Entry::SettingsKept { connection, settings });
        }
        for rules in &loaded.rules {
            known.rules.keep(rules.clone());
        }
        for (connection, millionths) in &loaded.drift {
            known.standing.entry(*connection).or_default().drift = *millionths;
        }
        for (connection, feed, cursor, at) in &loaded.cursors {
            known.standing.entry(*connection).or_default().cursors.insert(*feed, (cursor.clone(), *at));
        }
        for (connection, at) in &loaded.swept {
            known.standing.entry(*connection).or_default().swept = Some(*at);
        }
        for rejection in &loaded.rejections {
            known.rejected.keep(*rejection);
        }
        known.products.begin();
        known
    }

    /// Takes in some links as the store has them; all of them before the first listing.
    pub fn load_links(&mut self, links: Vec<Link>) {
        for link in links {
            let entry = Entry::LinkKept(link);
            self.orders.apply(&self.catalogue, &entry);
            self.catalogue.apply(&entry);
        }
        self.catalogue.tidy();
    }

    /// Takes in some listings as the store has them. A product of one listing alone is made at once, while that is at
    /// hand; others have to wait until all are there.
    pub fn load_listings(&mut self, listings: Vec<KnownListing>) {
        let mut single = Vec::with_capacity(listings.len());
        for listing in listings {
            let linked = listing.variants.iter().any(|variant| self.catalogue.now().link_of(*variant).is_some());
            if linked { &mut self.tied } else { &mut single }.push(listing.id);
            self.catalogue.take(listing);
        }
        self.refresh(&single);
    }

    /// Makes what needs all listings.
    pub fn loaded(&mut self, loaded: &Loaded) {
        for order in &loaded.orders {
            self.orders.apply(&self.catalogue, &Entry::OrderSeen(Box::new(order.clone())));
        }
        let tied = std::mem::take(&mut self.tied);
        self.refresh(&tied);
        self.products.in_order(self.catalogue.now());
        self.desk.begin(&self.rules, self.catalogue.now());
    }

    /// Something that is not journalled changed where these stand.
    pub fn stands_anew(&mut self, listings: &[ListingId]) {
        if !listings.is_empty() {
            self.catalogue.touch();
            self.refresh(listings);
        }
    }

    /// Makes the records of products anew.
    fn refresh(&mut self, touched: &[ListingId]) {
        let Self { catalogue, products, orders, failures, rules, desk, .. } = self;
        for portion in touched.chunks(PORTION) {
            products.refresh(&Sources { catalogue, orders, failures, rules, desk }, portion);
            // What was looked at for it need not stay at hand, nor what was put there before.
            catalogue.tidy();
        }
    }

    /// Whether a connection's orders are read.
    pub fn reads_orders(&self, connection: ConnectionId) -> bool {
        self.standing.get(&connection).is_some_and(|standing| {
            standing.cursors.contains_key(&Feed::Orders) || standing.ahead.contains_key(&Feed::Orders)
        })
    }

    /// A moment of ours by the platform's clock.
    pub fn theirs(&self, connection: ConnectionId, ours: Timestamp) -> Timestamp {
        let ahead = self.standing.get(&connection).map_or(0, |standing| standing.clock_ahead);
        Timestamp(ours.0.saturating_add(ahead))
    }

    /// Writes that failed, or were made good. Gives the listings whose standing may have changed.
    fn failed(&mut self, entry: &Entry) -> Vec<ListingId> {
        match entry {
            Entry::StepMoved { job, step, state } => {
                let moved = self.board.run(*job).and_then(|run| Some((run, run.step(*step)?)));
                let subject = moved.and_then(|(run, step)| failures::subject(self, run, step));
                self.failures.moved(*job, *step, subject, state)
            }
            Entry::JobForgotten(job) => self.failures.forget(*job),
            _ => Vec::new(),
        }
    }

    /// A line of the history about a count that fell, and not by our doing.
    pub fn beat(&mut self, line: &HistoryRecord) {
        let seen = matches!(line.cause, Cause::Poll | Cause::Order { .. }) && line.what == Happening::Quantity;
        let count = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<Quantity>().ok());
        let counts = count(&line.old).zip(count(&line.new)).filter(|(old, new)| seen && new < old);
        if let (Some(variant), Some((old, new))) = (line.variant, counts) {
            self.pulses.entry(variant).or_default().fell(old - new, line.at);
        }
    }

    /// What failed before the engine started.
    pub fn recall(&mut self, job: JobId, steps: &[Step]) {
        let mut touched = Vec::new();
        for step in steps {
            let subject = failures::recalled(self.catalogue.now(), steps, step);
            touched.extend(self.failures.moved(job, step.index, subject, &step.state));
        }
        self.refresh(&touched);
    }

    /// Takes in what the store has acknowledged; what changed, and jobs that came to their end.
    pub fn apply(&mut self, entry: Entry, topics: &mut Vec<Topic>, ended: &mut Vec<Job>) {
        if let Entry::JobKept(job) = &entry
            && job.state.ended()
            && self.board.run(job.id).is_some_and(|run| !run.job.state.ended())
        {
            ended.push(job.clone());
        }
        let swept = |connection| self.standing.get(&connection).is_some_and(|standing| standing.swept.is_some());
        let ruled = !self.rules.is_empty() || matches!(entry, Entry::FieldRulesKept(_));
        self.desk.see(&entry, self.catalogue.now(), &self.board, ruled, swept);
        for news in memory::news(self, &entry) {
            self.owing.learn(news);
        }
        self.under_way.see(&entry);
        let mut touched = self.failed(&entry);
        touched.extend(self.orders.apply(&self.catalogue, &entry));
        if let Entry::FieldRulesKept(rules) = &entry {
            self.rules.keep(rules.clone());
            touched.extend(self.catalogue.now().shelf(rules.online));
        }
        if !touched.is_empty() {
            self.catalogue.touch();
        }
        self.products.loosen(self.catalogue.now(), &entry);
        touched.extend(self.catalogue.apply(&entry));
        if !touched.is_empty() {
            self.refresh(&touched);
            topics.push(Topic::Products);
        }
        match &entry {
            Entry::ConnectionKept(connection) => {
                self.standing.entry(connection.id).or_default();
                topics.push(Topic::Connections);
            }
            Entry::ConnectionRemoved(connection) => {
                self.standing.remove(connection);
                self.rules.forget(*connection);
                self.rejected.forget(*connection);
                topics.extend([Topic::Connections, Topic::Products]);
            }
            Entry::CursorMoved { connection, feed, cursor, at } => {
                let standing = self.standing.entry(*connection).or_default();
                standing.cursors.insert(*feed, (cursor.clone(), *at));
                standing.ahead.remove(feed);
                topics.push(Topic::Connections);
            }
            Entry::Swept { connection, at } => self.standing.entry(*connection).or_default().swept = Some(*at),
            Entry::JobPlanned { .. }
            | Entry::JobKept(_)
            | Entry::StepMoved { .. }
            | Entry::BatchSent { .. }
            | Entry::JobForgotten(_) => topics.push(Topic::Jobs),
            Entry::SettingsKept { .. } | Entry::FieldRulesKept(_) => topics.push(Topic::Connections),
            Entry::DriftEstimated { connection, millionths } => {
                self.standing.entry(*connection).or_default().drift = *millionths;
                topics.push(Topic::Connections);
            }
            Entry::OrderSeen(_) | Entry::OrdersForgotten { .. } => topics.push(Topic::Products),
            Entry::PairRejected(rejection) => {
                self.rejected.keep(*rejection);
                topics.push(Topic::Report);
            }
            Entry::PairAllowed { in_store, online } => {
                self.rejected.allow(*in_store, *online);
                topics.push(Topic::Report);
            }
            Entry::Noted(line) => {
                self.beat(line);
                topics.push(Topic::History);
            }
            Entry::ListingSeen(_)
            | Entry::LevelSeen { .. }
            | Entry::ListingGone { .. }
            | Entry::LinkKept(_)
            | Entry::LinkRemoved { .. } => {}
        }
        let job = if let Entry::JobKept(job) = &entry { Some(job.id) } else { None };
        self.board.apply(entry);
        if let Some(run) = job.and_then(|job| self.board.run_mut(job)) {
            run.progressed(self.owing.now);
        }
    }
}
