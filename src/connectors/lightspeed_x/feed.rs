//! Reading on: listings and counts, by version.
//!
//! `version` is one number that grows over all things of a shop, so a page of what comes after a version is also the
//! change feed. A walk ends with an empty page and with nothing else: how many come at once is the server's affair.

use crate::domain::{Cursor, Listing, LocationId, RemoteId};
use crate::platform::{Change, Next, Page, PlatformError, StockChange};

use super::catalogue::Catalogue;
use super::convert::{self, Facts};
use super::run::{Place, Run, seen};
use super::wire::{Level, Product};

/// One page of the listings feed.
pub async fn listings(catalogue: &Catalogue, from: &Cursor) -> Result<Page, PlatformError> {
    let facts = catalogue.facts().await?;
    let place = Place::of(from).map_err(|why| catalogue.unexpected(&why))?;
    let mut slot = catalogue.run.lock().await;
    let goes_on = place.from.is_some() && slot.as_ref().is_some_and(|run| run.place == place);
    if !goes_on {
        // A new run; or one whose memory is lost (a restart), which is read again from its beginning. What it told comes
        // twice, which is harmless.
        let after = place.from.unwrap_or(place.after);
        let (levels, stock) = match after {
            0 => catalogue.all_levels().await?,
            _ => Default::default(),
        };
        let stock = if place.from.is_some() || after != 0 { place.stock } else { stock };
        *slot = Some(Run::begin(after, stock, levels));
    }
    let Some(run) = slot.as_mut() else { return Err(catalogue.unexpected("a run without memory")) };
    let mut changes = Vec::new();
    let mut ended = place.told > 0 && goes_on;
    while !ended {
        let (page, next) = catalogue.products_after(run.place.after).await?;
        ended = page.is_empty();
        let simple = run.take(page, &mut changes);
        run.place.after = next;
        tell_simple(catalogue, run, &facts, simple, &mut changes).await?;
        if run.place.after > place.after || place.from.is_none() {
            break;
        }
    }
    if !ended {
        return Ok(Page { changes, next: Next::More(run.place.cursor()) });
    }
    if run.full {
        let (families, more) = run.families();
        changes.extend(families.iter().map(|members| seen(members, &run.levels, &facts)));
        if more {
            run.place.told += families.len();
            return Ok(Page { changes, next: Next::More(run.place.cursor()) });
        }
    } else {
        tell_touched(catalogue, run, &facts, &mut changes).await?;
    }
    let end = Place { from: None, told: 0, ..run.place };
    *slot = None;
    Ok(Page { changes, next: Next::Done(end.cursor()) })
}

/// What is simple is told at once; its counts were read before the run, or are looked up.
async fn tell_simple(
    catalogue: &Catalogue,
    run: &Run,
    facts: &Facts,
    simple: Vec<Product>,
    changes: &mut Vec<Change>,
) -> Result<(), PlatformError> {
    if simple.is_empty() {
        return Ok(());
    }
    let tell = |levels: &convert::Levels, changes: &mut Vec<Change>| {
        changes.extend(simple.iter().map(|product| seen(std::slice::from_ref(product), levels, facts)));
    };
    if run.full {
        tell(&run.levels, changes);
        return Ok(());
    }
    let levels = levels_of(catalogue, simple.iter()).await?;
    tell(&levels, changes);
    Ok(())
}

async fn tell_touched(
    catalogue: &Catalogue,
    run: &Run,
    facts: &Facts,
    changes: &mut Vec<Change>,
) -> Result<(), PlatformError> {
    if run.touched.is_empty() {
        return Ok(());
    }
    let families = catalogue.families(&run.touched).await?;
    let levels = levels_of(catalogue, families.values().flatten()).await?;
    for (root, members) in &families {
        match members.is_empty() {
            true => changes.extend(RemoteId::new(root.as_str()).ok().map(Change::Gone)),
            false => changes.push(seen(members, &levels, facts)),
        }
    }
    Ok(())
}

async fn levels_of<'a>(
    catalogue: &Catalogue,
    products: impl Iterator<Item = &'a Product>,
) -> Result<convert::Levels, PlatformError> {
    let ids: Vec<&str> = products.filter(|product| product.is_tracked()).filter_map(Product::id).collect();
    catalogue.levels_of(&ids, &[]).await
}

/// One page of the stock feed. Begins where it ended, or where a run of the listings did.
pub async fn stock(catalogue: &Catalogue, from: &Cursor) -> Result<Page, PlatformError> {
    let after = Place::of(from).map_err(|why| catalogue.unexpected(&why))?.stock;
    let (rows, next) = catalogue.inventory_after(after).await?;
    let cursor = Place { stock: next, ..Place::default() }.cursor();
    if rows.is_empty() {
        return Ok(Page { changes: Vec::new(), next: Next::Done(cursor) });
    }
    Ok(Page { changes: rows.iter().map(stock_change).collect(), next: Next::More(cursor) })
}

fn stock_change(row: &Level) -> Change {
    let read = || {
        let variant = RemoteId::new(row.product_id.text().ok_or("a count without a product")?)?;
        let location = LocationId(RemoteId::new(row.place().ok_or("a count without an outlet")?)?);
        let quantity = row.quantity().ok_or("a count that is no number")?;
        Ok::<_, String>(StockChange { listing: None, variant, location, quantity: Some(quantity) })
    };
    match read() {
        Ok(change) => Change::Stock(change),
        Err(why) => {
            Change::Unreadable { remote: row.product_id.text().unwrap_or("without an identifier").to_owned(), why }
        }
    }
}

/// These listings as they are now.
pub async fn by_id(catalogue: &Catalogue, ids: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
    let facts = catalogue.facts().await?;
    let wanted = ids.iter().map(|id| (id.as_str().to_owned(), String::new())).collect();
    let families = catalogue.families(&wanted).await?;
    let levels = levels_of(catalogue, families.values().flatten()).await?;
    let found = families.values().filter(|members| !members.is_empty());
    Ok(found.filter_map(|members| convert::listing(members, &levels, &facts).ok()).collect())
}
