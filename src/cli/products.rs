//! `products` and `product`.

use super::arguments::{FilterArguments, PresenceName, ProductArguments, ProductsArguments};
use super::front::{Front, PAGE, unexpected};
use super::output::{Table, print, print_json, remark};
use crate::domain::{Money, Presence};
use crate::error::{Exit, Failure};
use crate::protocol::{LinkMark, ProductRow, ProductsView, Reply, Request, ShownQuantity, Sort, Window};

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
