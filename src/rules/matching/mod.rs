//! Exact matching: which listings can be linked, and why the others cannot. Rules: DESIGN, "Matching".
//!
//! Two active listings belong together when a barcode, a SKU or the title stands on exactly one active listing of each
//! side. The strongest kind of key that a listing shares decides alone: where its SKU leads to one listing and its
//! title to another, the title is not believed. A pair must then be fit to be linked; what is in the way is a
//! [`Reason`](crate::domain::Reason).
//!
//! Everything goes through sorted indexes, so the cost is that of sorting the catalogue. Exchanging the two connections
//! exchanges the sides of the result and changes nothing else.

mod catalogue;
mod keys;
mod reasons;
mod variants;

use crate::domain::{Candidate, ConnectionId, ListingId, MatchKey, NoCandidate, Reason, VariantPair};
use crate::rules::filter::folded;

use super::CatalogueView;
use catalogue::{Half, Place, Standing};
pub(super) use keys::{Digest, digests};
pub(super) use variants::{duplicate_sku, duplicate_variant, label};

/// The report for one pair of connections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// Ordered by in-store listing.
    pub candidates: Vec<Candidate>,
    /// For every listing of either side that is neither linked nor a candidate; ordered by listing.
    pub without: Vec<NoCandidate>,
}

/// Compares all listings of an in-store connection with all of an online one.
///
/// A listing that is linked to other connections only can be a candidate here too (its link then grows), but is not
/// asked about in `without`.
pub fn matches(catalogue: &dyn CatalogueView, in_store: ConnectionId, online: ConnectionId) -> Matches {
    let comparison = Comparison::new(catalogue, in_store, online);
    let candidates = comparison.candidates();
    let without = reasons::explained(&comparison, &candidates);
    Matches { candidates, without }
}

/// Whom a listing belongs to by its strongest kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    Nobody,
    One(MatchKey, Place),
    Several(MatchKey),
}

/// Which half a listing is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Here {
    InStore,
    Online,
}

impl Here {
    fn other(self) -> Self {
        match self {
            Self::InStore => Self::Online,
            Self::Online => Self::InStore,
        }
    }
}

/// What makes two listings one.
struct Fit {
    /// Positions of variants, ours and theirs.
    pairs: Vec<(usize, usize)>,
    /// Everything that agrees, strongest first.
    matched: Vec<MatchKey>,
}

struct Comparison<'a> {
    catalogue: &'a dyn CatalogueView,
    halves: [Half<'a>; 2],
    picks: [Vec<Pick>; 2],
}

impl<'a> Comparison<'a> {
    fn new(catalogue: &'a dyn CatalogueView, in_store: ConnectionId, online: ConnectionId) -> Self {
        let halves = [Half::new(catalogue, in_store, online), Half::new(catalogue, online, in_store)];
        let mut comparison = Self { catalogue, halves, picks: Default::default() };
        for here in [Here::InStore, Here::Online] {
            comparison.picks[here as usize] =
                comparison.half(here).places().map(|place| comparison.picked(here, place)).collect();
        }
        comparison
    }

    fn half(&self, here: Here) -> &Half<'a> {
        &self.halves[here as usize]
    }

    fn id(&self, here: Here, place: Place) -> ListingId {
        self.half(here).known(place).id
    }

    fn pick(&self, here: Here, place: Place) -> Pick {
        self.picks[here as usize][place as usize]
    }

    fn picked(&self, here: Here, place: Place) -> Pick {
        if !self.half(here).is_free(place) {
            return Pick::Nobody;
        }
        for kind in keys::KINDS {
            let partners = self.partners(here, place, kind);
            match partners.as_slice() {
                [] => {}
                [one] => return Pick::One(kind, *one),
                [..] => return Pick::Several(kind),
            }
        }
        Pick::Nobody
    }

    /// The listings on the other side that share a key of this kind with an active listing, where the key is unique on
    /// both sides.
    fn partners(&self, here: Here, place: Place, kind: MatchKey) -> Vec<Place> {
        let (ours, theirs) = (self.half(here), self.half(here.other()));
        let mut partners: Vec<Place> = keys::of_listing(kind, ours.known(place))
            .iter()
            .filter(|(key, _)| ours.sharers(kind, key).only() == Some(place))
            .filter_map(|(key, _)| theirs.sharers(kind, key).only())
            .collect();
        partners.sort_unstable();
        partners.dedup();
        partners
    }

    fn candidates(&self) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for place in self.half(Here::InStore).places() {
            let Pick::One(by, other) = self.pick(Here::InStore, place) else { continue };
            if self.pick(Here::Online, other) != Pick::One(by, place) {
                continue;
            }
            let Ok(fit) = self.fit(Here::InStore, place, other, by) else { continue };
            let (ours, theirs) = (self.half(Here::InStore).known(place), self.half(Here::Online).known(other));
            let pairs = fit.pairs.iter().filter_map(|(our, their)| {
                Some(VariantPair { in_store: *ours.variants.get(*our)?, online: *theirs.variants.get(*their)? })
            });
            candidates.push(Candidate {
                in_store: ours.id,
                online: theirs.id,
                matched: fit.matched,
                pairs: pairs.collect(),
            });
        }
        candidates
    }

    /// Whether two listings that share a key of the kind `by` can be linked; if not, everything that is in the way, as
    /// the listing `here` sees it.
    fn fit(&self, here: Here, place: Place, other_place: Place, by: MatchKey) -> Result<Fit, Vec<Reason>> {
        let (ours, theirs) = (self.half(here).known(place), self.half(here.other()).known(other_place));
        let other = theirs.id;
        let mut reasons = Vec::new();
        match (self.half(here).standing(place), self.half(here.other()).standing(other_place)) {
            (_, Standing::Linked | Standing::PartlyLinked) => reasons.push(Reason::OtherLinked { other }),
            // To make two links one is not a thing that a report may do.
            (Standing::LinkedElsewhere, Standing::LinkedElsewhere) => reasons.push(Reason::OtherLinked { other }),
            _ => {}
        }
        if theirs.listing.status != crate::domain::Status::Active {
            reasons.push(Reason::OtherInactive { other });
        }
        let ours_variable = ours.listing.structure.is_variable();
        if ours_variable != theirs.listing.structure.is_variable() {
            reasons.push(Reason::StructureDiffers { other, ours_variable });
            return Err(reasons);
        }
        for known in [ours, theirs] {
            if let Some(position) = duplicate_variant(&known.listing) {
                let label = label(&known.listing, position);
                reasons.push(Reason::DuplicateVariant { listing: known.id, label });
            }
        }
        let pairs = match variants::pairing(&ours.listing, &theirs.listing) {
            Ok(pairs) => pairs,
            Err(unpaired) => {
                let labels = |known: &crate::domain::KnownListing, positions: &[usize]| {
                    positions.iter().take(reasons::MOST_NAMED).map(|place| label(&known.listing, *place)).collect()
                };
                if unpaired.ours.is_empty() {
                    reasons.push(Reason::OtherHasMore { other, without: labels(theirs, &unpaired.theirs) });
                } else {
                    reasons.push(Reason::VariantsDiffer { other, without: labels(ours, &unpaired.ours) });
                }
                return Err(reasons);
            }
        };
        if by == MatchKey::Title {
            reasons.extend(reasons::beyond_the_title(ours, theirs, &pairs));
        }
        if !reasons.is_empty() || pairs.is_empty() {
            return Err(reasons);
        }
        let agrees = |kind: MatchKey| match kind {
            MatchKey::Title => folded(&ours.listing.title) == folded(&theirs.listing.title),
            MatchKey::Barcode | MatchKey::Sku => pairs.iter().any(|(our, their)| {
                let key = keys::of_variant(kind, &ours.listing.variants[*our]);
                key.is_some() && key == keys::of_variant(kind, &theirs.listing.variants[*their])
            }),
        };
        let matched: Vec<_> = keys::KINDS.into_iter().filter(|kind| agrees(*kind)).collect();
        // Found by a digest, believed by the key itself. (For variants, the pair may agree elsewhere.)
        if matched.is_empty() { Err(reasons) } else { Ok(Fit { pairs, matched }) }
    }
}
