//! The plan of a link job: say that variants are one, and bring every side to the primary system's quantity.

use std::collections::BTreeMap;

use crate::domain::{
    Connection, ConnectionId, Effect, JobKind, KnownListing, LinkMember, ListingId, LocationId, MatchKey, Plan,
    PlannedStep, Profile, Quantity, Refusal, RefusalReason, Side, Status, StepIndex, Stock, Target, Text, Variant,
    VariantId,
};
use crate::rules::CatalogueView;
use crate::rules::matching::label;

use super::{Choice, Profiles, costs, items, refuses_fraction};

/// For each pair of variants a `Link` step, then a `SetQuantity` step where the sides differ.
/// Steps are ordered so that all links come first and quantities follow by connection: they go out in full batches.
///
/// A variant that is linked to other connections already brings its link along: the step then names all members, the
/// old and the new, and replaces that link; every one of them is brought to the primary system's quantity.
///
/// What is not known is not written: where the other side has no count, its member has no `base`, owes nothing, and
/// gets no `SetQuantity`. Where the other side does not count at all, or the primary system has no count, the whole
/// item is refused.
pub fn link(catalogue: &dyn CatalogueView, choices: &[Choice], profiles: &Profiles<'_>, based_on: u64) -> Plan {
    link_each(catalogue, choices, profiles, based_on).0
}

/// The same, with the place of the choice that each refusal is about.
pub fn link_each(
    catalogue: &dyn CatalogueView,
    choices: &[Choice],
    profiles: &Profiles<'_>,
    based_on: u64,
) -> (Plan, Vec<usize>) {
    let mut refused = Vec::new();
    let mut links = Vec::new();
    let mut writes: Vec<(ConnectionId, PlannedStep)> = Vec::new();
    let mut refusals = Vec::new();
    let mut taken = Taken::new();
    let (mut for_till, mut for_web) = (0, 0);
    for (place, choice) in choices.iter().enumerate() {
        let item = match Item::of(catalogue, choice, profiles, &mut taken) {
            Ok(item) => item,
            Err(refusal) => {
                refusals.push(refusal);
                refused.push(place);
                continue;
            }
        };
        match choice.primary {
            Side::InStore => for_till += 1,
            Side::Online => for_web += 1,
        }
        for pair in item.pairs {
            let after = StepIndex(u32::try_from(links.len()).unwrap_or(u32::MAX));
            links.push(pair.link);
            let waiting =
                pair.writes.into_iter().map(|(place, step)| (place, PlannedStep { after: Some(after), ..step }));
            writes.extend(waiting);
        }
    }
    // Stable: within a connection the order of the choices stays.
    writes.sort_by_key(|(connection, _)| *connection);
    let mut steps = links;
    steps.extend(writes.into_iter().map(|(_, step)| step));
    let costs = costs(&steps, profiles);
    let plan = Plan {
        kind: JobKind::Link,
        title: title(for_till, for_web),
        items: for_till + for_web,
        steps,
        refusals,
        costs,
        towards: None,
        based_on,
    };
    (plan, refused)
}

fn title(for_till: u64, for_web: u64) -> String {
    let (till, web) = (Side::InStore.label(), Side::Online.label());
    let all = items(for_till + for_web);
    match (for_till, for_web) {
        (0, 0) => format!("Link {all}"),
        (_, 0) => format!("Link {all}, {till} is primary"),
        (0, _) => format!("Link {all}, {web} is primary"),
        _ => format!("Link {all}, {till} is primary for {for_till}, {web} for {for_web}"),
    }
}

/// Variants that a plan has linked so far: by whose count, and to which connections.
type Taken = BTreeMap<VariantId, Vec<(Side, Option<ConnectionId>)>>;

/// One product of the plan.
struct Item {
    pairs: Vec<Pair>,
}

struct Pair {
    link: PlannedStep,
    /// Without their `after`, which is not known yet.
    writes: Vec<(ConnectionId, PlannedStep)>,
}

/// A variant with all that is needed to plan for it.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub connection: &'a Connection,
    pub known: &'a KnownListing,
    pub id: VariantId,
    position: usize,
    pub variant: &'a Variant,
}

impl<'a> Member<'a> {
    /// `Err`: what has become impossible, as a sentence.
    pub fn find(catalogue: &'a dyn CatalogueView, listing: ListingId, id: VariantId) -> Result<Self, String> {
        let known = catalogue.listing(listing).filter(|known| !known.gone);
        let known = known.ok_or("the product was deleted on the platform")?;
        let connection = catalogue.connection(known.connection).ok_or("the connection was removed")?;
        let position = known.variants.iter().position(|known| *known == id);
        let found = position.and_then(|position| Some((position, known.listing.variants.get(position)?)));
        let (position, variant) =
            found.ok_or_else(|| format!("a variant of {} was deleted on {}", known.listing.title, connection.name))?;
        Ok(Self { connection, known, id, position, variant })
    }

    pub fn total(&self) -> Option<Quantity> {
        self.variant.stock.total(|location| self.connection.counts(location))
    }

    /// Where to write, and what is there: the main location, or the first one in use whose level is known.
    pub fn level(&self) -> Option<(&'a LocationId, Quantity)> {
        let used = self.connection.locations.iter().map(|location| &location.id);
        used.filter_map(|location| Some((location, self.variant.stock.at(location)?))).next()
    }

    pub fn subject(&self) -> Text {
        let title = &self.known.listing.title;
        if self.known.listing.variants.len() < 2 {
            return title.clone();
        }
        Text::new(&format!("{title}, {}", label(&self.known.listing, self.position)))
    }
}

impl Item {
    fn of(
        catalogue: &dyn CatalogueView,
        choice: &Choice,
        profiles: &Profiles<'_>,
        taken: &mut Taken,
    ) -> Result<Self, Refusal> {
        let candidate = &choice.candidate;
        let subject = [candidate.in_store, candidate.online].into_iter().find_map(|id| catalogue.listing(id));
        let refusal = |reasons| Refusal {
            listing: candidate.in_store,
            subject: subject.map(|known| known.listing.title.clone()).unwrap_or_default(),
            reasons,
        };
        let mut reasons: Vec<RefusalReason> = Vec::new();
        let mut pairs = Vec::new();
        for variants in &candidate.pairs {
            match Self::pair(catalogue, choice, (variants.in_store, variants.online), profiles, taken) {
                Ok(pair) => pairs.push(pair),
                Err(reason) if reasons.contains(&reason) => {}
                Err(reason) => reasons.push(reason),
            }
        }
        if pairs.is_empty() && reasons.is_empty() {
            reasons.push(no_longer("it has no variants any more"));
        }
        if !reasons.is_empty() {
            return Err(refusal(reasons));
        }
        for pair in &candidate.pairs {
            let ends = [(pair.in_store, candidate.in_store), (pair.online, candidate.online)];
            for ((own, _), (_, other)) in ends.iter().zip(ends.iter().rev()) {
                let there = catalogue.listing(*other).map(|known| known.connection);
                taken.entry(*own).or_default().push((choice.primary, there));
            }
        }
        Ok(Self { pairs })
    }

    fn pair(
        catalogue: &dyn CatalogueView,
        choice: &Choice,
        variants: (VariantId, VariantId),
        profiles: &Profiles<'_>,
        taken: &Taken,
    ) -> Result<Pair, RefusalReason> {
        let in_store = Member::find(catalogue, choice.candidate.in_store, variants.0).map_err(no_longer)?;
        let online = Member::find(catalogue, choice.candidate.online, variants.1).map_err(no_longer)?;
        // Several shops may hang on one product, if its own count is the one that is right for all of them.
        for (own, other, side) in [(in_store, online, Side::InStore), (online, in_store, Side::Online)] {
            let joins = |(primary, there): &(Side, Option<ConnectionId>)| {
                *primary == side && choice.primary == side && *there != Some(other.connection.id)
            };
            if !taken.get(&own.id).is_none_or(|before| before.iter().all(joins)) {
                return Err(no_longer("it is chosen twice, with different counterparts"));
            }
        }
        for member in [in_store, online] {
            if member.known.listing.status != Status::Active {
                return Err(no_longer(format!("it is not active any more on {}", member.connection.name)));
            }
        }
        let (primary, other) = match choice.primary {
            Side::InStore => (in_store, online),
            Side::Online => (online, in_store),
        };
        let target = primary.total().ok_or(RefusalReason::QuantityUnknown)?;
        let mut others = vec![other];
        others.extend(old_members(catalogue, in_store, online)?);
        let mut members = vec![member(&primary, Some(target))];
        let mut writes = Vec::new();
        let mut notes = if choice.candidate.matched.is_empty() { differences(&in_store, &online) } else { Vec::new() };
        for other in others {
            let Some(total) = other.total() else {
                if other.variant.stock == Stock::Untracked {
                    return Err(RefusalReason::Untracked);
                }
                notes.push(format!("{} has no count of it, so nothing is written there", other.connection.name));
                members.push(member(&other, None));
                continue;
            };
            members.push(member(&other, Some(total)));
            let profile = profiles(other.connection.id).ok_or_else(|| no_longer("the connection was removed"))?;
            match write(choice.primary, target, &other, total, profile)? {
                Write::Needed(step) => writes.push((other.connection.id, step)),
                Write::AtZero(note) => notes.push(note),
                Write::None => {}
            }
        }
        let mut reason = matched(&choice.candidate.matched);
        for note in notes {
            reason = format!("{reason}; {note}");
        }
        let link = PlannedStep {
            effect: Effect::Link { members, available: Some(target) },
            subject: in_store.subject(),
            reason,
            after: None,
        };
        Ok(Pair { link, writes })
    }
}

/// The further members of the link that one of the two already has.
fn old_members<'a>(
    catalogue: &'a dyn CatalogueView,
    in_store: Member<'_>,
    online: Member<'_>,
) -> Result<Vec<Member<'a>>, RefusalReason> {
    let link = match (catalogue.link_of(in_store.id), catalogue.link_of(online.id)) {
        (None, None) => return Ok(Vec::new()),
        (Some(_), Some(_)) => return Err(no_longer("both sides are linked already")),
        (Some(link), None) | (None, Some(link)) => link,
    };
    let both = [in_store, online];
    let old = link.members.iter().filter(|member| both.iter().all(|new| new.id != member.variant));
    let mut members = Vec::new();
    for member in old {
        if both.iter().any(|new| new.connection.id == member.connection) {
            return Err(no_longer("it was linked to something else meanwhile"));
        }
        members.push(Member::find(catalogue, member.listing, member.variant).map_err(no_longer)?);
    }
    Ok(members)
}

enum Write {
    /// The totals agree.
    None,
    /// Without its `after`, which is not known yet.
    Needed(PlannedStep),
    /// Less would be needed where there is nothing; why, as part of a sentence.
    AtZero(String),
}

/// The write that brings a member to `target`.
fn write(
    primary: Side,
    target: Quantity,
    other: &Member<'_>,
    total: Quantity,
    profile: &Profile,
) -> Result<Write, RefusalReason> {
    if total == target {
        return Ok(Write::None);
    }
    let Some((location, level)) = other.level() else { return Err(RefusalReason::QuantityUnknown) };
    let wanted = level + (target - total);
    let to = wanted.max(Quantity::ZERO);
    let mut reason = format!("{} is primary: {target} there, {total} here", primary.label());
    if to != wanted {
        reason = format!("{reason}; a count cannot go below 0, the remaining {wanted} stay owed");
    }
    if to == level {
        return Ok(Write::AtZero(reason));
    }
    if let Some(reason) = refuses_fraction(profile, to) {
        return Err(reason);
    }
    let effect = Effect::SetQuantity {
        connection: other.connection.id,
        target: Target::Known { listing: other.known.id, variant: other.id },
        location: location.clone(),
        from: Some(level),
        to,
    };
    Ok(Write::Needed(PlannedStep { effect, subject: other.subject(), reason, after: None }))
}

fn member(member: &Member<'_>, base: Option<Quantity>) -> LinkMember {
    LinkMember::new(member.connection.id, member.known.id, member.id, base)
}

/// What two variants that a person says are one do not agree in, and what a report would have asked for.
fn differences(in_store: &Member<'_>, online: &Member<'_>) -> Vec<String> {
    let quoted = |text: Option<&Text>| text.map_or_else(|| "none".to_owned(), |text| format!("“{text}”"));
    let (ours, theirs) = (&in_store.known.listing, &online.known.listing);
    let mut told = Vec::new();
    let mut tell = |what: &str, our: String, their: String| {
        if our != their {
            told.push(format!("{what}: {our} in store, {their} online"));
        }
    };
    tell("the titles differ", quoted(Some(&ours.title)), quoted(Some(&theirs.title)));
    tell("the SKUs differ", quoted(in_store.variant.sku.as_ref()), quoted(online.variant.sku.as_ref()));
    tell("the brands differ", quoted(ours.brand.as_ref()), quoted(theirs.brand.as_ref()));
    let price =
        |price: Option<crate::domain::Money>| price.map_or_else(|| "none".to_owned(), |price| price.to_string());
    tell("the prices differ", price(in_store.variant.price), price(online.variant.price));
    told
}

/// `same barcode, SKU and title`
fn matched(keys: &[MatchKey]) -> String {
    let labels: Vec<_> = keys.iter().map(|key| key.label()).collect();
    match labels.split_last() {
        None => "chosen by hand".to_owned(),
        Some((last, [])) => format!("same {last}"),
        Some((last, first)) => format!("same {} and {last}", first.join(", ")),
    }
}

pub(super) fn no_longer(why: impl Into<String>) -> RefusalReason {
    RefusalReason::NoLongerPossible { why: why.into() }
}
