//! One product whole: its listings side by side, linked variants on one row.

use crate::domain::{KnownListing, ListingId, Presence, ProductId, Stock, VariantId};
use crate::protocol::{DetailCell, DetailRow, LinkMark, ListingDetail, Problem, ProductDetail, Reply, ShownQuantity};
use crate::rules::CatalogueView;

use super::catalogue::Snapshot;
use super::problem;
use super::products::link_mark;
use super::truth::Truth;
use super::view::mark;

pub async fn product(truth: &Truth, id: ProductId) -> Result<Reply, Problem> {
    let found = truth.read(|known| {
        let product = known.products.of(id.0)?;
        let shown = known.catalogue.now().kept(*product.listings.first()?)?;
        Some((product.listings.clone(), product.presence, link_mark(known.catalogue.now(), shown)))
    });
    let Some((ids, presence, link)) = found else {
        return Err(problem::usage(
            format!("there is no product {}", id.0),
            "its connection was removed, or the number is wrong; look for it in the list of products",
        ));
    };
    // Descriptions, pictures and pages are in the store only; all else is as fresh in memory.
    let mut listings: Vec<KnownListing> = Vec::new();
    for id in ids {
        let whole = truth.store.listing(id).await.map_err(problem::store)?;
        let fresh = truth.read(|known| known.catalogue.now().listing(id).cloned());
        if let (Some(whole), Some(mut fresh)) = (whole, fresh) {
            fresh.listing.description = whole.listing.description;
            fresh.listing.images = whole.listing.images;
            fresh.listing.page = whole.listing.page;
            listings.push(fresh);
        }
    }
    truth.read(|known| Ok(Reply::Product(Box::new(detail(truth, known.catalogue.now(), &listings, presence, link)))))
}

fn detail(
    truth: &Truth,
    catalogue: &Snapshot,
    listings: &[KnownListing],
    presence: Presence,
    link: LinkMark,
) -> ProductDetail {
    let first = listings.first();
    ProductDetail {
        product: ProductId(first.map_or(ListingId(0), |known| known.id)),
        title: first.map(|known| known.listing.title.clone()).unwrap_or_default(),
        presence,
        link,
        listings: listings.iter().map(|known| listing(truth, catalogue, known)).collect(),
        rows: rows(catalogue, listings),
    }
}

fn listing(truth: &Truth, catalogue: &Snapshot, known: &KnownListing) -> ListingDetail {
    let connection = catalogue.connection(known.connection);
    ListingDetail {
        listing: known.id,
        connection: connection.map(|connection| connection.name.clone()).unwrap_or_default(),
        mark: mark(truth, catalogue, known.connection),
        side: connection.map_or(crate::domain::Side::InStore, |connection| connection.side),
        remote: known.listing.remote.to_string(),
        title: known.listing.title.clone(),
        brand: known.listing.brand.clone(),
        category: known.listing.category.clone(),
        description: known.listing.description.clone(),
        status: known.listing.status,
        gone: known.gone,
        images: known.listing.images.clone(),
        page: known.listing.page.clone(),
        seen_at: known.seen_at,
    }
}

fn rows(catalogue: &Snapshot, listings: &[KnownListing]) -> Vec<DetailRow> {
    let mut rows = Vec::new();
    let mut shown: Vec<VariantId> = Vec::new();
    for (column, known) in listings.iter().enumerate() {
        for (number, variant) in known.numbered() {
            if shown.contains(&number) {
                continue;
            }
            let link = catalogue.link_of(number);
            let mut cells: Vec<Option<DetailCell>> = vec![None; listings.len()];
            cells[column] = cell(catalogue, known, number);
            shown.push(number);
            for (other, there) in listings.iter().enumerate().filter(|(other, _)| *other != column) {
                let member = link.and_then(|link| link.members.iter().find(|m| m.listing == there.id));
                if let Some(member) = member.filter(|member| !shown.contains(&member.variant)) {
                    cells[other] = cell(catalogue, there, member.variant);
                    shown.push(member.variant);
                }
            }
            let label = variant.option_label();
            let label = if label.is_empty() { known.listing.title.to_string() } else { label };
            rows.push(DetailRow { label, linked: link.is_some(), cells });
        }
    }
    rows
}

fn cell(catalogue: &Snapshot, known: &KnownListing, number: VariantId) -> Option<DetailCell> {
    let variant = known.variant(number)?;
    let connection = catalogue.connection(known.connection)?;
    let several = connection.locations.len() > 1;
    let levels = connection.locations.iter().filter(|_| several);
    let quantity = match (&variant.stock, variant.stock.total(|location| connection.counts(location))) {
        (_, Some(total)) => ShownQuantity::Counted(total),
        (Stock::Untracked, None) => ShownQuantity::Untracked,
        (Stock::Tracked(_) | Stock::Unknown, None) => ShownQuantity::Unknown,
    };
    Some(DetailCell {
        variant: number,
        sku: variant.sku.clone(),
        barcode: variant.barcode.clone(),
        price: variant.price,
        quantity,
        levels: levels.map(|at| (at.id.clone(), at.name.clone(), variant.stock.at(&at.id))).collect(),
    })
}
