//! The plan of a push job: make what the target side lacks, after everything that the target would refuse is refused
//! here, before the first call.

use std::collections::{HashMap, HashSet};

use crate::domain::{
    Connection, ConnectionId, Creation, Effect, IdempotencyKey, JobKind, KnownListing, ListingId, LocationId, MatchKey,
    Plan, PlannedStep, ProductId, Profile, Quantity, Refusal, RefusalReason, Side, StepIndex, Structure, Target, Text,
};
use crate::rules::CatalogueView;
use crate::rules::matching::{Digest, digests, duplicate_sku, duplicate_variant, label};

use super::{Profiles, costs, items, refuses_fraction};

/// For each product a `Create` step (which links what it made), and `SetQuantity` steps where the target's create call
/// cannot set them. `marks` gives each creation its mark, by its place in the list.
///
/// The copy is made from the product's listing on the other side, of the connection made first if there are several.
/// A product that is named twice goes once. Of several products that would be the same on the target, the first one
/// goes and the others are refused.
// Eight arguments: the catalogue, the order as the request has it, and the two things that rules may not know.
#[allow(clippy::too_many_arguments)]
pub fn push(
    catalogue: &dyn CatalogueView,
    products: &[ProductId],
    towards: Side,
    target: ConnectionId,
    draft: bool,
    profiles: &Profiles<'_>,
    marks: &dyn Fn(usize) -> IdempotencyKey,
    based_on: u64,
) -> Plan {
    let mut refusals = Vec::new();
    let mut creations = Vec::new();
    let mut name = target.to_string();
    let mut asked = HashSet::new();
    if let (Some(connection), Some(profile)) = (catalogue.connection(target), profiles(target)) {
        name = connection.name.to_string();
        let mut shelf = TargetShelf::new(catalogue, connection, profile);
        for (place, product) in products.iter().enumerate() {
            let family = family(catalogue, *product);
            // The same product, named by another of its listings.
            if !asked.insert(family.iter().map(|known| known.id).min().unwrap_or(product.0)) {
                continue;
            }
            match source(&family, towards, target, catalogue).and_then(|known| shelf.accepts(catalogue, known)) {
                Ok((source, quantities)) => {
                    let mark = marks(place);
                    creations
                        .push((source, Creation { source: source.id, connection: target, draft, quantities, mark }));
                }
                Err(reasons) => refusals.push(refused(catalogue, &family, *product, reasons)),
            }
        }
    } else {
        let why = "the connection was removed".to_owned();
        let reasons = vec![RefusalReason::NoLongerPossible { why }];
        refusals.extend(products.iter().map(|product| refused(catalogue, &[], *product, reasons.clone())));
    }
    let count = creations.len() as u64;
    let writes_stock = profiles(target).is_some_and(|profile| !profile.create_sets_stock);
    let main = catalogue.connection(target).and_then(Connection::main_location).filter(|_| writes_stock);
    let steps = steps(catalogue, creations, main);
    let costs = costs(&steps, profiles);
    let manner = if draft { ", as draft" } else { "" };
    Plan {
        kind: JobKind::Push,
        title: format!("Push {} to {} ({name}){manner}", items(count), towards.label()),
        items: count,
        steps,
        refusals,
        costs,
        towards: Some(towards),
        based_on,
    }
}

/// Creations first, then their quantities if `main` says where these are to be written.
fn steps(
    catalogue: &dyn CatalogueView,
    creations: Vec<(&KnownListing, Creation)>,
    main: Option<&LocationId>,
) -> Vec<PlannedStep> {
    let mut steps = Vec::with_capacity(creations.len());
    let mut quantities = Vec::new();
    for (known, creation) in creations {
        let step = StepIndex(u32::try_from(steps.len()).unwrap_or(u32::MAX));
        let holder = catalogue.connection(known.connection).map_or_else(String::new, |c| c.name.to_string());
        for (position, quantity) in creation.quantities.iter().enumerate() {
            let (Some(location), Some(to)) = (main, *quantity) else { continue };
            let target = Target::CreatedBy { step, position: u32::try_from(position).unwrap_or(u32::MAX) };
            let connection = creation.connection;
            quantities.push(PlannedStep {
                effect: Effect::SetQuantity { connection, target, location: location.clone(), from: None, to },
                subject: subject(known, position),
                reason: format!("{holder} holds {to}"),
                after: Some(step),
            });
        }
        let reason = creation_reason(&holder, &creation.quantities);
        let subject = known.listing.title.clone();
        steps.push(PlannedStep { effect: Effect::Create(creation), subject, reason, after: None });
    }
    steps.extend(quantities);
    steps
}

fn creation_reason(holder: &str, quantities: &[Option<Quantity>]) -> String {
    match quantities.iter().filter(|quantity| quantity.is_none()).count() {
        0 => format!("only {holder} has it; {} in stock there", Quantity::sum(quantities.iter().flatten().copied())),
        all if all == quantities.len() => format!("only {holder} has it, without a count; none is written"),
        some => format!("only {holder} has it; {some} variants have no count there, none is written for them"),
    }
}

fn subject(known: &KnownListing, position: usize) -> Text {
    let title = &known.listing.title;
    if known.listing.variants.len() < 2 {
        return title.clone();
    }
    Text::new(&format!("{title}, {}", label(&known.listing, position)))
}

/// The listings of a product that are not gone: the one that names it, and those that links tie to it.
fn family(catalogue: &dyn CatalogueView, product: ProductId) -> Vec<&KnownListing> {
    let mut found: Vec<&KnownListing> = catalogue.listing(product.0).into_iter().collect();
    let mut next = 0;
    while let Some(known) = found.get(next) {
        next += 1;
        let members = known.variants.iter().filter_map(|variant| catalogue.link_of(*variant));
        let listings: Vec<ListingId> =
            members.flat_map(|link| link.members.iter().map(|member| member.listing)).collect();
        for listing in listings {
            if found.iter().all(|known| known.id != listing) {
                found.extend(catalogue.listing(listing));
            }
        }
    }
    found.retain(|known| !known.gone);
    found
}

fn source<'a>(
    family: &[&'a KnownListing],
    towards: Side,
    target: ConnectionId,
    catalogue: &dyn CatalogueView,
) -> Result<&'a KnownListing, Vec<RefusalReason>> {
    if family.is_empty() {
        return Err(vec![RefusalReason::Gone]);
    }
    let from = |known: &&KnownListing| catalogue.connection(known.connection).is_some_and(|c| c.side != towards);
    let source = family.iter().copied().filter(from).min_by_key(|known| (known.connection, known.id));
    match source {
        None => Err(vec![RefusalReason::OnlyOnTarget]),
        Some(_) if family.iter().any(|known| known.connection == target) => Err(vec![RefusalReason::AlreadyThere]),
        Some(source) => Ok(source),
    }
}

fn refused(
    catalogue: &dyn CatalogueView,
    family: &[&KnownListing],
    product: ProductId,
    reasons: Vec<RefusalReason>,
) -> Refusal {
    let known = family.first().copied().or_else(|| catalogue.listing(product.0));
    let subject = known.map(|known| known.listing.title.clone()).unwrap_or_default();
    Refusal { listing: product.0, subject, reasons }
}

/// What the target has, and what this plan has put there already.
struct TargetShelf<'a> {
    connection: &'a Connection,
    profile: &'static Profile,
    /// Titles and SKUs on the target; drafts and archived ones are there as well.
    there: HashMap<(MatchKey, Digest), ListingId>,
    planned: HashSet<(MatchKey, Digest)>,
    products: usize,
}

impl<'a> TargetShelf<'a> {
    fn new(catalogue: &dyn CatalogueView, connection: &'a Connection, profile: &'static Profile) -> Self {
        let mut shelf = Self { connection, profile, there: HashMap::new(), planned: HashSet::new(), products: 0 };
        catalogue.each_listing(connection.id, &mut |known| {
            shelf.products += 1;
            for kind in [MatchKey::Title, MatchKey::Sku] {
                for (digest, _) in digests(kind, known) {
                    // The lowest number, whatever the order in which the catalogue tells.
                    let first = shelf.there.entry((kind, digest)).or_insert(known.id);
                    *first = known.id.min(*first);
                }
            }
        });
        shelf
    }

    /// The source with the quantities that its copy shall hold; everything that speaks against it otherwise.
    fn accepts<'k>(
        &mut self,
        catalogue: &dyn CatalogueView,
        source: &'k KnownListing,
    ) -> Result<(&'k KnownListing, Vec<Option<Quantity>>), Vec<RefusalReason>> {
        let origin = catalogue.connection(source.connection);
        let counts = |location: &LocationId| origin.is_some_and(|connection| connection.counts(location));
        // An oversold count is less than nothing; a shop window can show nothing at the least.
        let quantities: Vec<Option<Quantity>> = source
            .listing
            .variants
            .iter()
            .map(|variant| variant.stock.total(counts).map(|total| total.max(Quantity::ZERO)))
            .collect();
        let mut reasons = self.duplicates(source);
        reasons.extend(self.limits(source));
        if origin.is_none_or(|connection| connection.currency != self.connection.currency) {
            reasons.push(RefusalReason::CurrencyDiffers);
        }
        if source.listing.variants.iter().any(|variant| variant.price.is_none()) {
            reasons.push(RefusalReason::NoPrice);
        }
        let fractions = quantities.iter().flatten().filter_map(|quantity| refuses_fraction(self.profile, *quantity));
        reasons.extend(fractions.take(1));
        if !reasons.is_empty() {
            return Err(reasons);
        }
        for kind in [MatchKey::Title, MatchKey::Sku] {
            self.planned.extend(digests(kind, source).into_iter().map(|(digest, _)| (kind, digest)));
        }
        self.products += 1;
        Ok((source, quantities))
    }

    fn duplicates(&self, source: &KnownListing) -> Vec<RefusalReason> {
        let mut reasons = Vec::new();
        for kind in [MatchKey::Title, MatchKey::Sku] {
            for (digest, value) in digests(kind, source) {
                let reason = match self.there.get(&(kind, digest)) {
                    Some(listing) if kind == MatchKey::Title => {
                        RefusalReason::DuplicateTitle { title: value.clone(), listing: *listing }
                    }
                    Some(listing) => RefusalReason::DuplicateSku { sku: value.clone(), listing: *listing },
                    None if self.planned.contains(&(kind, digest)) => {
                        RefusalReason::DuplicateInPlan { value: value.clone() }
                    }
                    None => continue,
                };
                reasons.push(reason);
                // One of a kind says it; a listing may have a thousand SKUs.
                break;
            }
        }
        if let Some(position) = duplicate_variant(&source.listing) {
            reasons.push(RefusalReason::DuplicateVariant { label: label(&source.listing, position) });
        } else if let Some(sku) = duplicate_sku(&source.listing).filter(|_| self.profile.unique_sku) {
            reasons.push(RefusalReason::DuplicateVariant { label: Text::new(&format!("SKU {sku}")) });
        }
        reasons
    }

    fn limits(&self, source: &KnownListing) -> Vec<RefusalReason> {
        let profile = self.profile;
        let over = |has: usize, limit: Option<usize>| limit.filter(|most| has > *most);
        let mut reasons = Vec::new();
        let variants = source.listing.variants.len();
        if let Some(most) = over(variants, profile.variant_limit.most) {
            reasons.push(RefusalReason::TooManyVariants { has: variants, most });
        }
        let options = match &source.listing.structure {
            Structure::Simple => 0,
            Structure::Variable { options } => options.len(),
        };
        if let Some(most) = over(options, profile.option_limit.most) {
            reasons.push(RefusalReason::TooManyOptions { has: options, most });
        }
        let length = source.listing.title.chars().count();
        if let Some(most) = over(length, profile.title_limit.most) {
            reasons.push(RefusalReason::TitleTooLong { has: length, most });
        }
        let skus = source.listing.variants.iter().filter_map(|variant| variant.sku.as_ref());
        for sku in skus {
            if let Some(most) = over(sku.chars().count(), profile.sku_limit.most) {
                reasons.push(RefusalReason::SkuTooLong { sku: sku.clone(), most });
                break;
            }
        }
        if let Some(most) = over(self.products + 1, profile.product_limit.most) {
            reasons.push(RefusalReason::TooManyProducts { most });
        }
        reasons
    }
}
