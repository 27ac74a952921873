//! `products` and `product`.

use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::arguments::{FilterArguments, PresenceName, ProductArguments, ProductsArguments};
use super::front::{Front, PAGE, unexpected};
use super::output::{Table, print, print_json, remark};
use crate::domain::{Money, Presence};
use crate::error::{Exit, Failure};
use crate::protocol::{
    LinkMark, MOST_POINTS, PictureOf, ProductDetail, ProductRow, ProductsView, Reply, Request, ShownQuantity, Sort,
    Window,
};

pub fn view(filter: &FilterArguments) -> ProductsView {
    let presence = filter.filter.map(|name| match name {
        PresenceName::InStore => Presence::InStore,
        PresenceName::Online => Presence::Online,
        PresenceName::Both => Presence::Both,
        PresenceName::Neither => Presence::Neither,
    });
    ProductsView {
        presence,
        hide_sold_out: filter.hide_sold_out,
        status: filter.status.map(super::arguments::StatusName::filter),
        search: filter.search.clone(),
        sort: Sort::default(),
    }
}

pub async fn list(front: &Front, arguments: &ProductsArguments) -> Result<Exit, Failure> {
    let mut view = view(&arguments.filter);
    view.sort = Sort { by: arguments.sort.sort(), descending: arguments.descending };
    let mut rows: Vec<ProductRow> = Vec::new();
    let most = arguments.limit.unwrap_or(u64::MAX);
    let (total, everything) = loop {
        let offset = rows.len() as u64;
        let limit = u32::try_from(most.saturating_sub(offset).min(u64::from(PAGE))).unwrap_or(PAGE);
        match front.ask(Request::Products { view: view.clone(), window: Window { offset, limit } }).await? {
            Reply::Products { total, everything, rows: page, .. } => {
                let last = page.is_empty();
                rows.extend(page);
                if last || rows.len() as u64 >= total.min(most) {
                    break (total, everything);
                }
            }
            other => return Err(unexpected(&other)),
        }
    };
    if front.json {
        print_json(&rows)?;
    } else {
        let mut table = Table::new(&[
            ("ID", false),
            ("TITLE", false),
            ("VARIANTS", true),
            ("SKU", false),
            ("PRICE", true),
            ("POS", true),
            ("ECOM", true),
            ("WHERE", false),
            ("LINK", false),
            ("STATUS", false),
        ]);
        for row in &rows {
            table.row(vec![
                row.product.0.to_string(),
                row.title.to_string(),
                row.variants.to_string(),
                row.sku.as_ref().map(ToString::to_string).unwrap_or_default(),
                row.price.as_ref().map(price).unwrap_or_default(),
                row.in_store.map(quantity).unwrap_or_default(),
                row.online.map(quantity).unwrap_or_default(),
                row.marks.join(" "),
                link(row.link).to_owned(),
                match &row.trouble {
                    Some(trouble) => format!("{}: {trouble}", row.sync.label()),
                    None => row.sync.label().to_owned(),
                },
            ]);
        }
        table.print()?;
    }
    remark(&format!("{} of {total} shown, {everything} products in all", rows.len()));
    if everything == 0 {
        remark("hint: `counterpart connect PLATFORM` connects a shop, `counterpart import` reads it");
    }
    Ok(Exit::Success)
}

pub async fn show(front: &Front, arguments: &ProductArguments) -> Result<Exit, Failure> {
    let product = front.product(&arguments.product).await?;
    let detail = match front.ask(Request::Product { product }).await? {
        Reply::Product(detail) => detail,
        other => return Err(unexpected(&other)),
    };
    if let Some(file) = &arguments.picture {
        save_picture(front, &detail, file).await?;
    }
    if front.json {
        print_json(&detail)?;
        return Ok(Exit::Success);
    }
    print(format!("{}  {}", detail.title, link(detail.link)).trim_end())?;
    for listing in &detail.listings {
        let gone = if listing.gone { ", deleted there" } else { "" };
        print(&format!(
            "\n{} ({}) {}{gone}\n  brand    {}\n  id       {}\n  page     {}",
            listing.connection,
            listing.side.label(),
            listing.status.label(),
            listing.brand.as_ref().map_or("-", |brand| brand.as_str()),
            listing.remote,
            listing.page.as_deref().unwrap_or("-"),
        ))?;
    }
    print("")?;
    let mut table = Table::new(&[
        ("VARIANT", false),
        ("WHERE", false),
        ("SKU", false),
        ("BARCODE", false),
        ("PRICE", true),
        ("STOCK", true),
        ("LINK", false),
    ]);
    for row in &detail.rows {
        for (cell, listing) in row.cells.iter().zip(&detail.listings) {
            let Some(cell) = cell else { continue };
            table.row(vec![
                row.label.clone(),
                listing.connection.to_string(),
                cell.sku.as_ref().map(ToString::to_string).unwrap_or_default(),
                cell.barcode.as_ref().map(ToString::to_string).unwrap_or_default(),
                cell.price.map(|price| price.to_string()).unwrap_or_default(),
                quantity(cell.quantity),
                if row.linked { "linked".to_owned() } else { String::new() },
            ]);
        }
    }
    table.print()?;
    Ok(Exit::Success)
}

/// The first picture of the first shop that shows one, as the engine hands it out: small, and decoded there.
async fn save_picture(front: &Front, detail: &ProductDetail, file: &Path) -> Result<(), Failure> {
    let Some(listing) = detail.listings.iter().find(|listing| !listing.images.is_empty()) else {
        return Err(Failure::new(Exit::Failure, format!("no shop shows a picture of “{}”", detail.title))
            .hint("leave --picture out to see what there is of it"));
    };
    let of = PictureOf { listing: listing.listing, place: 0, width: MOST_POINTS, height: MOST_POINTS };
    let picture = match front.ask(Request::Picture { of }).await? {
        Reply::Picture(picture) => picture,
        other => return Err(unexpected(&other)),
    };
    let failed = |why: String| {
        Failure::new(Exit::Failure, format!("the picture cannot be saved as {}: {why}", file.display()))
            .hint("name a file that is not there yet, in a folder that can be written to")
    };
    // Nobody's file is written over.
    let mut saved = std::fs::File::create_new(file).map_err(|why| failed(why.to_string()))?;
    let (width, height) = (u32::from(picture.width), u32::from(picture.height));
    let written = PngEncoder::new(&mut saved).write_image(&picture.points, width, height, ExtendedColorType::Rgb8);
    if let Err(why) = written {
        // Half a picture is none.
        let _ = std::fs::remove_file(file);
        return Err(failed(why.to_string()));
    }
    let (whole_width, whole_height) = picture.whole;
    remark(&format!(
        "{} holds picture 1 of {} in {}: {width} × {height} points of {whole_width} × {whole_height}",
        file.display(),
        listing.images.len(),
        listing.connection,
    ));
    Ok(())
}

pub fn quantity(shown: ShownQuantity) -> String {
    match shown {
        ShownQuantity::Counted(quantity) => quantity.to_string(),
        ShownQuantity::Untracked => "not counted".to_owned(),
        ShownQuantity::Unknown => "unknown".to_owned(),
    }
}

fn price((low, high): &(Money, Money)) -> String {
    if low == high { low.to_string() } else { format!("{}–{high}", low.amount()) }
}

fn link(mark: LinkMark) -> &'static str {
    match mark {
        LinkMark::Unlinked => "",
        LinkMark::Partly => "partly linked",
        LinkMark::Linked => "linked",
    }
}
