//! Pairs of listings that a person said are not one product: remembered for good, taken back on a word.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{ConnectionId, ListingId, Rejection, Side};
use crate::protocol::{LinkSelection, Problem, Rejected as Which, Reply};
use crate::rules::CatalogueView;
use crate::store::Entry;

use super::super::truth::Truth;
use super::super::{plans, problem};
use super::selected::{Seen, pairs};

/// So many pairs in one commit.
const PORTION: usize = 2_000;

/// What is rejected now.
#[derive(Debug, Default, Clone)]
pub struct Rejected(BTreeMap<(ListingId, ListingId), Rejection>);

impl Rejected {
    pub fn has(&self, in_store: ListingId, online: ListingId) -> bool {
        self.0.contains_key(&(in_store, online))
    }

    pub fn count(&self) -> u64 {
        self.0.len() as u64
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All listings of all pairs.
    pub fn listings(&self) -> impl Iterator<Item = ListingId> + '_ {
        self.0.keys().flat_map(|(in_store, online)| [*in_store, *online])
    }

    /// The newest first; those of one moment by their numbers.
    pub fn newest(&self) -> Vec<Rejection> {
        let mut all: Vec<Rejection> = self.0.values().copied().collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.at));
        all
    }

    /// Of one listing.
    pub fn of(&self, listing: ListingId) -> Vec<Rejection> {
        self.newest().into_iter().filter(|one| one.in_store == listing || one.online == listing).collect()
    }

    pub fn keep(&mut self, rejection: Rejection) {
        self.0.insert((rejection.in_store, rejection.online), rejection);
    }

    pub fn allow(&mut self, in_store: ListingId, online: ListingId) {
        self.0.remove(&(in_store, online));
    }

    /// With a connection goes what was said of its listings.
    pub fn forget(&mut self, connection: ConnectionId) {
        self.0.retain(|_, one| one.till != connection && one.shop != connection);
    }
}

/// Remembers that pairs are not one product: suggestions, and candidates that are wrong.
pub async fn reject(truth: &Arc<Truth>, selection: LinkSelection) -> Result<Reply, Problem> {
    let making = truth.clone();
    let pairs = plans::aside(move || pairs(&making, &Seen::now(&making), &selection)).await?;
    let mut pen = truth.pen().await;
    let at = truth.now();
    let entries: Vec<Entry> = truth.read(|known| {
        let catalogue = known.catalogue.now();
        let on = |id: ListingId, side| {
            let there = catalogue.connection(catalogue.present(id)?)?;
            (there.side == side).then_some(there.id)
        };
        let rejection = |(in_store, online): (ListingId, ListingId)| {
            let (till, shop) = (on(in_store, Side::InStore)?, on(online, Side::Online)?);
            let new = !known.rejected.has(in_store, online);
            new.then_some(Entry::PairRejected(Rejection { in_store, online, till, shop, at }))
        };
        pairs.into_iter().filter_map(rejection).collect()
    });
    if entries.is_empty() {
        return Err(problem::usage(
            "nothing was chosen to reject, or it is gone or rejected already",
            "choose pairs as the report shows them",
        ));
    }
    let count = entries.len() as u64;
    for portion in entries.chunks(PORTION) {
        pen = pen.write(portion.to_vec()).await?;
    }
    drop(pen);
    Ok(Reply::PairsDecided { pairs: count })
}

/// Takes rejections back.
pub async fn allow(truth: &Arc<Truth>, which: Which) -> Result<Reply, Problem> {
    let mut pen = truth.pen().await;
    let entries: Vec<Entry> = truth.read(|known| {
        let newest = known.rejected.newest();
        let last = newest.first().map(|one| one.at);
        let meant = |one: &&Rejection| match which {
            Which::Last => Some(one.at) == last,
            Which::Pair { in_store, online } => (one.in_store, one.online) == (in_store, online),
        };
        let allowed = |one: &Rejection| Entry::PairAllowed { in_store: one.in_store, online: one.online };
        newest.iter().filter(meant).map(allowed).collect()
    });
    if entries.is_empty() {
        return Err(match which {
            Which::Last => problem::usage("nothing is rejected", "`x` in the Link Report rejects a pair"),
            Which::Pair { in_store, online } => problem::usage(
                format!("the pair {in_store}={online} is not rejected"),
                "see what is: `counterpart report --rejected`",
            ),
        });
    }
    let count = entries.len() as u64;
    for portion in entries.chunks(PORTION) {
        pen = pen.write(portion.to_vec()).await?;
    }
    drop(pen);
    Ok(Reply::PairsDecided { pairs: count })
}
