//! Exact matching the plain way: on the listings as they are, with sorted vectors and texts in full. Slow, and simple
//! enough to be believed; the tests hold the quick way against it.

mod catalogue;
pub mod keys;
mod reasons;

use crate::domain::{
    Candidate, ConnectionId, KnownListing, LinkMember, ListingId, MatchKey, Reason, Status, VariantId, VariantPair,
};
use crate::rules::CatalogueView;

use super::goods::Goods;
use super::variants::{duplicate_variant, label, pairing};
use super::{Here, Matches};
use catalogue::{Half, Place, Standing};

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

/// What makes two listings one.
struct Fit {
    /// Positions of variants, ours and theirs.
    pairs: Vec<(usize, usize)>,
    /// Everything that agrees, strongest first.
    matched: Vec<MatchKey>,
}

struct Comparison<'a> {
    catalogue: &'a dyn CatalogueView,
    connections: [ConnectionId; 2],
    halves: [Half<'a>; 2],
    picks: [Vec<Pick>; 2],
}

impl<'a> Comparison<'a> {
    fn new(catalogue: &'a dyn CatalogueView, in_store: ConnectionId, online: ConnectionId) -> Self {
        let halves = [Half::new(catalogue, in_store, online), Half::new(catalogue, online, in_store)];
        let connections = [in_store, online];
        let mut comparison = Self { catalogue, connections, halves, picks: Default::default() };
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
            let Some((other, fit)) = self.counterpart(place).or_else(|| self.rest_of_a_link(place)) else { continue };
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

    /// The online listing that an in-store one belongs to and can be linked with.
    fn counterpart(&self, place: Place) -> Option<(Place, Fit)> {
        let Pick::One(by, other) = self.pick(Here::InStore, place) else { return None };
        let mutual = self.pick(Here::Online, other) == Pick::One(by, place);
        mutual.then(|| self.fit(Here::InStore, place, other, by).ok()).flatten().map(|fit| (other, fit))
    }

    /// For an in-store listing that is linked in part, with one online listing alone: the variants that both have got
    /// since. The link says that the two are one, so neither price nor brand is asked.
    fn rest_of_a_link(&self, place: Place) -> Option<(Place, Fit)> {
        let (till, web) = (self.half(Here::InStore), self.half(Here::Online));
        let ours = till.known(place);
        if till.standing(place) != Standing::PartlyLinked || !till.is_active(place) {
            return None;
        }
        let partners = |known: &KnownListing, there: ConnectionId| -> Vec<Option<VariantId>> {
            known.variants.iter().map(|variant| self.linked_to(*variant, there).map(|member| member.variant)).collect()
        };
        let first = ours.variants.iter().find_map(|variant| self.linked_to(*variant, self.connections[1]))?.listing;
        let other = web.listings.binary_search_by_key(&first, |known| known.id).ok()?;
        let other = Place::try_from(other).ok().filter(|other| web.is_active(*other))?;
        let theirs = web.known(other);
        let (our_partners, their_partners) =
            (partners(ours, self.connections[1]), partners(theirs, self.connections[0]));
        let mut fit =
            Fit { pairs: pairing(&Goods::of(&ours.listing), &Goods::of(&theirs.listing)).ok()?, matched: Vec::new() };
        fit.matched = agreement(ours, theirs, &fit.pairs);
        // Links that do not follow the pairing were made for a reason that nobody can guess here.
        let as_linked = |(our, their): &(usize, usize)| match (our_partners[*our], their_partners[*their]) {
            (None, None) => true,
            (Some(partner), Some(_)) => theirs.variants.get(*their) == Some(&partner),
            _ => false,
        };
        let consistent = fit.pairs.iter().all(as_linked);
        fit.pairs.retain(|(our, _)| our_partners[*our].is_none());
        let both_linked = |(our, their): &(usize, usize)| self.has_link(ours, *our) && self.has_link(theirs, *their);
        let fits = consistent && !fit.matched.is_empty() && !fit.pairs.is_empty();
        (fits && !fit.pairs.iter().any(both_linked)).then_some((other, fit))
    }

    /// The member of a variant's link on a connection.
    fn linked_to(&self, variant: VariantId, there: ConnectionId) -> Option<&LinkMember> {
        self.catalogue.link_of(variant)?.members.iter().find(|member| member.connection == there)
    }

    fn has_link(&self, known: &KnownListing, position: usize) -> bool {
        known.variants.get(position).is_some_and(|variant| self.catalogue.link_of(*variant).is_some())
    }

    /// Whether two listings that share a key of the kind `by` can be linked; if not, everything that is in the way, as
    /// the listing `here` sees it.
    fn fit(&self, here: Here, place: Place, other_place: Place, by: MatchKey) -> Result<Fit, Vec<Reason>> {
        let (ours, theirs) = (self.half(here).known(place), self.half(here.other()).known(other_place));
        let other = theirs.id;
        let mut reasons = Vec::new();
        if matches!(self.half(here.other()).standing(other_place), Standing::Linked | Standing::PartlyLinked) {
            reasons.push(Reason::OtherLinked { other });
        }
        if theirs.listing.status != Status::Active {
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
        let pairs = match pairing(&Goods::of(&ours.listing), &Goods::of(&theirs.listing)) {
            Ok(pairs) => pairs,
            Err(unpaired) => {
                let labels = |known: &KnownListing, positions: &[usize]| {
                    positions
                        .iter()
                        .take(super::reasons::MOST_NAMED)
                        .map(|place| label(&known.listing, *place))
                        .collect()
                };
                if unpaired.ours.is_empty() {
                    reasons.push(Reason::OtherHasMore { other, without: labels(theirs, &unpaired.theirs) });
                } else {
                    reasons.push(Reason::VariantsDiffer { other, without: labels(ours, &unpaired.ours) });
                }
                return Err(reasons);
            }
        };
        // Each may bring a link with other connections along, but to make two links one is not for a report to do.
        let both_linked = |(our, their): &(usize, usize)| self.has_link(ours, *our) && self.has_link(theirs, *their);
        if reasons.is_empty() && pairs.iter().any(both_linked) {
            reasons.push(Reason::OtherLinked { other });
        }
        if by == MatchKey::Title {
            reasons.extend(reasons::beyond_the_title(ours, theirs, &pairs));
        }
        if !reasons.is_empty() || pairs.is_empty() {
            return Err(reasons);
        }
        let matched = agreement(ours, theirs, &pairs);
        // Found by a digest, believed by the key itself. (For variants, the pair may agree elsewhere.)
        if matched.is_empty() { Err(reasons) } else { Ok(Fit { pairs, matched }) }
    }
}

/// The kinds of keys that agree, strongest first; of variants, that any pair agrees in.
fn agreement(ours: &KnownListing, theirs: &KnownListing, pairs: &[(usize, usize)]) -> Vec<MatchKey> {
    let agrees = |kind: &MatchKey| match kind {
        MatchKey::Title => {
            let title = keys::title(&ours.listing.title);
            title.is_some() && title == keys::title(&theirs.listing.title)
        }
        MatchKey::Barcode | MatchKey::Sku => pairs.iter().any(|(our, their)| {
            let key = keys::of_variant(*kind, &ours.listing.variants[*our]);
            key.is_some() && key == keys::of_variant(*kind, &theirs.listing.variants[*their])
        }),
    };
    keys::KINDS.into_iter().filter(agrees).collect()
}
