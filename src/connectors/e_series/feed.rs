//! Reading the catalogue on: whole, and by what changed since.
//!
//! One list tells of both products and stock: a sale moves a product's time of change like an edit does. Should that not
//! hold for a combination, its order tells of the sale, and the next full run of the count. A later run then asks for what
//! was deleted; a full one needs not, since what is gone is not in it.

use crate::domain::{Cursor, RemoteId};
use crate::platform::{Change, Next, Page, PlatformError};

use super::pages::{self, List, Order, Phase, Place, walk};
use super::shelf::{FIELDS, Shelf, read_product};

pub(super) async fn listings(shelf: &Shelf, from: &Cursor) -> Result<Page, PlatformError> {
    let place = Place::at(from, Phase::Products);
    match place.phase {
        Phase::Deleted => deleted(shelf, &place).await,
        _ => products(shelf, &place).await,
    }
}

async fn products(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let query = vec![("responseFields", format!("total,count,offset,limit,items({FIELDS})"))];
    let walked = walk(&shelf.calls, &List { path: "/products", query, order: Order::Updated }, place).await?;
    let mut changes = Vec::with_capacity(walked.items.len());
    for raw in &walked.items {
        let listing = match read_product(raw) {
            Ok(product) => shelf.listing_of(&product).await?,
            Err(why) => Err(why),
        };
        changes.push(match listing {
            Ok(listing) => Change::Seen(Box::new(listing)),
            Err(why) => Change::Unreadable { remote: pages::id(raw).unwrap_or_else(|| "?".to_owned()), why },
        });
    }
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None if place.since.is_some() => Next::More(walked.here.in_phase(Phase::Deleted).cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

async fn deleted(shelf: &Shelf, place: &Place) -> Result<Page, PlatformError> {
    let list = List { path: "/products/deleted", query: Vec::new(), order: Order::Plain };
    let walked = walk(&shelf.calls, &list, place).await?;
    let gone = walked.items.iter().filter_map(|item| RemoteId::new(pages::id(item)?).ok());
    let changes = gone.map(Change::Gone).collect();
    let next = match walked.next {
        Some(next) => Next::More(next.cursor()),
        None => Next::Done(walked.here.next_run().cursor()),
    };
    Ok(Page { changes, next })
}

/// How many products there are.
pub(super) async fn count(shelf: &Shelf) -> Result<Option<u64>, PlatformError> {
    let request = shelf.calls.get("/products").query("limit", 1).query("responseFields", "total");
    let (found, _) = shelf.calls.read_json::<super::wire::Found>(request).await?;
    Ok(found.total.whole().and_then(|total| u64::try_from(total).ok()))
}
