//! Where a stock figure comes from: every channel's arithmetic, and the orders behind what is booked.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::{LinkId, LinkMember, ListingId, ProductId, Quantity, StockWrite, VariantId};
use crate::protocol::{ChannelExplanation, Problem, Reply, StockExplanation, StockOf};
use crate::rules::arithmetic::{Sum, sentence};
use crate::rules::filter::folded;
use crate::rules::ledger::Offer;
use crate::rules::{CatalogueView, ledger, orders};

use super::super::problem;
use super::super::search::Having;
use super::super::truth::{Known, Truth};
use super::settings::subject;

pub async fn stock(truth: &Arc<Truth>, of: StockOf) -> Result<Reply, Problem> {
    let looking = truth.clone();
    let asked = of.clone();
    let stock = super::super::plans::aside(move || looking.read(|known| explain(&looking, known, &asked))).await?;
    match (stock.is_empty(), of) {
        (false, _) => Ok(Reply::Stock { stock }),
        (true, StockOf::Sku(sku)) => Err(problem::usage(
            format!("nothing has the SKU or barcode {:?}", crate::domain::clean(&sku)),
            "look for it in the list of products; a SKU has to be given in full",
        )),
        (true, StockOf::Product(product)) => {
            Err(problem::usage(format!("there is no product {}", product.0), "look for it in the list of products"))
        }
    }
}

fn explain(truth: &Truth, known: &Known, of: &StockOf) -> Vec<StockExplanation> {
    let mut done: BTreeSet<LinkId> = BTreeSet::new();
    let mut stock = Vec::new();
    for (listing, variant) in meant(known, of) {
        let link = known.catalogue.now().link_of(variant);
        if link.is_some_and(|link| !done.insert(link.id)) {
            continue;
        }
        stock.extend(variant_explained(truth, known, listing, variant));
    }
    stock
}

/// The variants that are meant, in the order of the catalogue.
fn meant(known: &Known, of: &StockOf) -> Vec<(ListingId, VariantId)> {
    let catalogue = known.catalogue.now();
    match of {
        StockOf::Product(product) => {
            let listings = known.products.listings(product.0);
            let kept = listings.into_iter().filter_map(|id| catalogue.listing(id)).filter(|known| !known.gone);
            kept.flat_map(|known| known.variants.iter().map(move |variant| (known.id, *variant))).collect()
        }
        StockOf::Sku(sku) => {
            let wanted = folded(sku);
            if wanted.is_empty() {
                return Vec::new();
            }
            let is = |key: &Option<crate::domain::Text>| key.as_ref().is_some_and(|key| folded(key) == wanted);
            let connections = catalogue.connections().into_iter().map(|connection| connection.id);
            let kept = connections.flat_map(|connection| catalogue.shelf(connection));
            // The folded text of a listing has each of its keys on a line: only those that have it are looked into.
            let having = Having::of(catalogue, [&wanted]);
            let has = |id: &ListingId| {
                having.all_in(&[*id])
                    && catalogue.text(*id).is_some_and(|text| text.lines().skip(1).any(|line| line == wanted))
            };
            let kept =
                kept.filter(|id| catalogue.present(*id).is_some() && has(id)).filter_map(|id| catalogue.listing(id));
            let named = kept.flat_map(|kept| kept.numbered().map(move |(number, shown)| (kept.id, number, shown)));
            named
                .filter(|(.., shown)| is(&shown.sku) || is(&shown.barcode))
                .map(|(id, number, _)| (id, number))
                .collect()
        }
    }
}

fn variant_explained(truth: &Truth, known: &Known, listing: ListingId, variant: VariantId) -> Option<StockExplanation> {
    let catalogue = known.catalogue.now();
    let link = catalogue.link_of(variant);
    let there = catalogue.listing(listing)?;
    let shown = there.variant(variant)?;
    let alone = [LinkMember::new(there.connection, listing, variant, None)];
    let mut members: Vec<&LinkMember> = link.map_or(&alone[..], |link| &link.members).iter().collect();
    let side = |member: &&LinkMember| catalogue.connection(member.connection).map(|there| (there.side, there.id));
    members.sort_by_key(side);
    let booked = |member: &LinkMember| known.orders.booked(&known.catalogue, member.listing, member.variant);
    let all_booked = Quantity::sum(members.iter().map(|member| booked(member)));
    let available = match link {
        Some(link) => link.available,
        None => catalogue.total(listing, variant),
    };
    let mut orders_open: Vec<_> =
        members.iter().flat_map(|m| known.orders.open(&known.catalogue, m.listing, m.variant)).collect();
    orders_open.sort_by_key(|order| std::cmp::Reverse(order.placed_at));
    let root = known.products.root(listing).unwrap_or(listing);
    Some(StockExplanation {
        product: ProductId(root),
        subject: subject(&there.listing.title, shown.option_label()),
        sku: shown.sku.clone(),
        in_stock: available.map(|available| orders::in_stock(available, all_booked)),
        booked: all_booked,
        available,
        channels: members.iter().filter_map(|member| channel(truth, known, member, booked(member))).collect(),
        orders: orders_open,
    })
}

fn channel(truth: &Truth, known: &Known, member: &LinkMember, booked: Quantity) -> Option<ChannelExplanation> {
    let catalogue = known.catalogue.now();
    let connection = catalogue.connection(member.connection)?;
    let stock = &catalogue.listing(member.listing)?.variant(member.variant)?.stock;
    let link = catalogue.link_of(member.variant);
    let settings = catalogue.settings(member.connection);
    let offer = if link.is_some() { Offer::of(&settings) } else { Offer::EVERYTHING };
    let shows = catalogue.total(member.listing, member.variant);
    let owed = link.and_then(|link| ledger::owed(link, member.variant, offer));
    let available = link.map_or(shows, |link| link.available);
    let apart = link.is_some_and(|link| !known.keeps_quantities(link, member));
    let sum = Sum {
        available,
        offer,
        shows,
        owed,
        founded: link.is_none() || member.base.is_some(),
        held: member.held.as_ref().map(|held| (held.from, held.to)),
        paused: link.is_some_and(|link| link.paused),
        apart,
    };
    Some(ChannelExplanation {
        connection: connection.name.clone(),
        side: connection.side,
        locations: locations(known, member, stock),
        shows,
        should_show: available.map(|available| offer.shown(available)),
        owed,
        base: member.base,
        share: offer.share,
        buffer: offer.buffer,
        booked,
        sentence: sentence(&sum),
        guarantee: guarantee(truth, known, member),
    })
}

/// Every location with its count: those in use in their order, then the others that have one.
fn locations(
    known: &Known,
    member: &LinkMember,
    stock: &crate::domain::Stock,
) -> Vec<(crate::domain::Text, Option<Quantity>, bool)> {
    let Some(connection) = known.catalogue.now().connection(member.connection) else { return Vec::new() };
    let used = connection.locations.iter().map(|place| (place.name.clone(), stock.at(&place.id), true));
    let places = known.standing.get(&member.connection).and_then(|standing| standing.places.as_ref());
    let name = |id: &crate::domain::LocationId| {
        let place = places.into_iter().flatten().find(|place| place.id == *id);
        place.map_or_else(|| crate::domain::Text::new(id.0.as_str()), |place| place.name.clone())
    };
    let others: Vec<_> = match stock {
        crate::domain::Stock::Tracked(levels) => levels
            .iter()
            .filter(|(id, _)| !connection.counts(id))
            .map(|(id, level)| (name(id), Some(*level), false))
            .collect(),
        crate::domain::Stock::Untracked | crate::domain::Stock::Unknown => Vec::new(),
    };
    used.chain(others).collect()
}

/// What the platform promises, with the drift estimated so far where there is any.
fn guarantee(truth: &Truth, known: &Known, member: &LinkMember) -> String {
    let platform = known.catalogue.now().connection(member.connection).map(|there| there.platform.clone());
    let Some(profile) = platform.and_then(|platform| truth.shops.profile(&platform.0)) else { return String::new() };
    let drift = known.standing.get(&member.connection).map_or(0, |standing| standing.drift);
    match profile.stock_write {
        StockWrite::Absolute => match super::settings::drift(drift) {
            Some(drift) => format!(
                "{}; units that may have been overwritten so far, by how fast its counts fall: {drift}",
                profile.guarantee.sentence
            ),
            None => profile.guarantee.sentence.to_owned(),
        },
        _ => profile.guarantee.sentence.to_owned(),
    }
}
