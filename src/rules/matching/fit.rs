//! Whether two listings that belong together can be linked, and everything that is in the way.

use crate::domain::{MatchKey, Reason, Text};

use super::comparison::{Agreement, Comparison};
use super::folding::fold;
use super::goods::{Entry, Offer};
use super::keys;
use super::reasons::MOST_NAMED;
use super::rows::{Place, Standing};
use super::sides::Here;
use super::variants::{article_label, duplicate_article, pairing};

/// What makes two listings one.
pub struct Fit {
    /// Positions of variants, ours and theirs.
    pub pairs: Vec<(usize, usize)>,
    /// Everything that agrees.
    pub agreement: Agreement,
}

/// Where two keys are compared.
#[derive(Debug, Clone, Default)]
pub struct Buffers {
    one: Vec<u8>,
    other: Vec<u8>,
}

impl Buffers {
    /// Whether two texts make the same key.
    pub fn agree(&mut self, kind: MatchKey, texts: [Option<&str>; 2]) -> bool {
        let [Some(one), Some(other)] = texts else { return false };
        keys::read(kind, one, &mut self.one)
            && (one == other || (keys::read(kind, other, &mut self.other) && self.one == self.other))
    }

    /// Whether two texts are one when folded, where none is the same as a blank one.
    fn are_one(&mut self, one: Option<&str>, other: Option<&str>) -> bool {
        fold(one.unwrap_or_default(), &mut self.one);
        fold(other.unwrap_or_default(), &mut self.other);
        self.one == self.other
    }

    /// Of two single items, what a title alone needs besides: the same price and brand, where both blank is the same.
    pub fn agree_beyond_the_title(&mut self, ours: Offer<'_>, theirs: Offer<'_>) -> bool {
        ours.price == theirs.price && (ours.brand == theirs.brand || self.are_one(ours.brand, theirs.brand))
    }

    /// The kinds of keys that agree; of variants, that any pair agrees in.
    fn agreement(&mut self, ours: &Entry<'_>, theirs: &Entry<'_>, pairs: &[(usize, usize)]) -> Option<Agreement> {
        let articles = |(our, their): &(usize, usize)| (&ours.goods.articles[*our], &theirs.goods.articles[*their]);
        let barcode =
            pairs.iter().map(articles).any(|(our, their)| self.agree(MatchKey::Barcode, [our.barcode, their.barcode]));
        let sku = pairs.iter().map(articles).any(|(our, their)| self.agree(MatchKey::Sku, [our.sku, their.sku]));
        Agreement::of([barcode, sku, self.agree(MatchKey::Title, [Some(ours.title), Some(theirs.title)])])
    }
}

impl Comparison {
    /// Whether two listings that share a key of the kind `by` can be linked; if not, everything that is in the way, as
    /// the listing `here` sees it.
    pub(super) fn fit(
        &self,
        here: Here,
        place: Place,
        other_place: Place,
        by: MatchKey,
        buffers: &mut Buffers,
    ) -> Result<Fit, Vec<Reason>> {
        let there = self.rows(here.other());
        let other = there.id(other_place);
        let mut reasons = Vec::new();
        if matches!(there.standing(other_place), Standing::Linked | Standing::PartlyLinked) {
            reasons.push(Reason::OtherLinked { other });
        }
        if !there.is_active(other_place) {
            reasons.push(Reason::OtherInactive { other });
        }
        let ours_variable = self.rows(here).is_variable(place);
        if ours_variable != there.is_variable(other_place) {
            reasons.push(Reason::StructureDiffers { other, ours_variable });
            return Err(reasons);
        }
        let (ours, theirs) = (self.rows(here).entry(place), there.entry(other_place));
        for (entry, listing) in [(&ours, self.id(here, place)), (&theirs, other)] {
            if let Some(position) = duplicate_article(&entry.goods) {
                reasons.push(Reason::DuplicateVariant { listing, label: article_label(&entry.goods, position) });
            }
        }
        let pairs = match pairing(&ours.goods, &theirs.goods) {
            Ok(pairs) => pairs,
            Err(unpaired) => {
                let labels = |entry: &Entry<'_>, positions: &[usize]| {
                    positions.iter().take(MOST_NAMED).map(|place| article_label(&entry.goods, *place)).collect()
                };
                if unpaired.ours.is_empty() {
                    reasons.push(Reason::OtherHasMore { other, without: labels(&theirs, &unpaired.theirs) });
                } else {
                    reasons.push(Reason::VariantsDiffer { other, without: labels(&ours, &unpaired.ours) });
                }
                return Err(reasons);
            }
        };
        // Each may bring a link with other connections along, but to make two links one is not for a report to do.
        let both_linked = |(our, their): &(usize, usize)| ours.is_linked(*our) && theirs.is_linked(*their);
        if reasons.is_empty() && pairs.iter().any(both_linked) {
            reasons.push(Reason::OtherLinked { other });
        }
        if by == MatchKey::Title {
            reasons.extend(self.beyond_the_title(other, &ours, &theirs, &pairs, buffers));
        }
        if !reasons.is_empty() || pairs.is_empty() {
            return Err(reasons);
        }
        match buffers.agreement(&ours, &theirs, &pairs) {
            Some(agreement) => Ok(Fit { pairs, agreement }),
            // The variants that share a key are not those that belong together.
            None => Err(reasons),
        }
    }

    /// A title alone is not enough: price and brand have to be the same as well, where both blank is the same.
    fn beyond_the_title(
        &self,
        other: crate::domain::ListingId,
        ours: &Entry<'_>,
        theirs: &Entry<'_>,
        pairs: &[(usize, usize)],
        buffers: &mut Buffers,
    ) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut prices =
            pairs.iter().map(|(our, their)| (ours.goods.articles[*our].price, theirs.goods.articles[*their].price));
        if let Some((ours, theirs)) = prices.find(|(our, their)| our != their) {
            reasons.push(Reason::PriceDiffers { other, ours, theirs });
        }
        if !buffers.are_one(ours.brand, theirs.brand) {
            let (ours, theirs) = (ours.brand.map(Text::new), theirs.brand.map(Text::new));
            reasons.push(Reason::BrandDiffers { other, ours, theirs });
        }
        reasons
    }

    /// For an in-store listing that is linked in part, with one online listing alone: the variants that both have got
    /// since. The link says that the two are one, so neither price nor brand is asked.
    pub(super) fn rest_of_a_link(&self, place: Place, buffers: &mut Buffers) -> Option<(Place, Fit)> {
        let (till, web) = (self.rows(Here::InStore), self.rows(Here::Online));
        if till.standing(place) != Standing::PartlyLinked || !till.is_active(place) {
            return None;
        }
        let ours = till.entry(place);
        let other = web.find(ours.first_partner()?).filter(|other| web.is_active(*other))?;
        let theirs = web.entry(other);
        let mut pairs = pairing(&ours.goods, &theirs.goods).ok()?;
        let agreement = buffers.agreement(&ours, &theirs, &pairs)?;
        // Links that do not follow the pairing were made for a reason that nobody can guess here.
        let as_linked = |(our, their): &(usize, usize)| match (ours.partner(*our), theirs.partner(*their)) {
            (None, None) => true,
            (Some((_, partner)), Some(_)) => theirs.members.get(*their).is_some_and(|(number, _)| *number == partner),
            _ => false,
        };
        let consistent = pairs.iter().all(as_linked);
        pairs.retain(|(our, _)| ours.partner(*our).is_none());
        let both_linked = |(our, their): &(usize, usize)| ours.is_linked(*our) && theirs.is_linked(*their);
        let fits = consistent && !pairs.is_empty() && !pairs.iter().any(both_linked);
        fits.then_some((other, Fit { pairs, agreement }))
    }
}
