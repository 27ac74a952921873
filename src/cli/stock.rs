//! `stock`: where a figure comes from, and corrections that go to every shop.

use super::arguments::{CorrectionArguments, StockArguments, StockVerb};
use super::front::{Front, unexpected};
use super::output::{Table, print, print_json, remark};
use super::plan::carry_out;
use crate::domain::{ProductId, Quantity, VariantId};
use crate::error::{Exit, Failure};
use crate::protocol::{Correction, Reply, Request, StockExplanation, StockOf};

pub async fn run(front: &Front, arguments: &StockArguments) -> Result<Exit, Failure> {
    match &arguments.verb {
        StockVerb::Explain { product } => explain(front, product).await,
        StockVerb::Set(correction) => correct(front, correction, Correction::Set).await,
        StockVerb::Add(correction) => correct(front, correction, Correction::Add).await,
        StockVerb::Refresh { connection, plan } => {
            let connection = front.connection(connection).await?.id;
            carry_out(front, Request::PlanRefreshInventory { connection }, plan).await
        }
    }
}

async fn explain(front: &Front, named: &str) -> Result<Exit, Failure> {
    let of = match named.strip_prefix('l').and_then(|digits| digits.parse::<u64>().ok()) {
        Some(_) => StockOf::Product(front.product(named).await?),
        None => StockOf::Sku(named.to_owned()),
    };
    let stock = match front.ask(Request::ExplainStock { of }).await? {
        Reply::Stock { stock } => stock,
        other => return Err(unexpected(&other)),
    };
    if front.json {
        print_json(&stock)?;
    } else {
        for one in &stock {
            print(&told(one))?;
            channels(one)?;
        }
    }
    if stock.is_empty() {
        return Err(Failure::new(Exit::Usage, format!("nothing has the SKU or barcode {named:?}"))
            .hint(format!("`counterpart products --search {named}` shows what comes near")));
    }
    Ok(Exit::Success)
}

fn told(stock: &StockExplanation) -> String {
    let figure = |quantity: Option<Quantity>| quantity.map_or_else(|| "?".to_owned(), |quantity| quantity.to_string());
    let sku = stock.sku.as_ref().map(|sku| format!(" ({sku})")).unwrap_or_default();
    let mut lines = vec![format!(
        "{}{sku}: {} in stock, {} booked, {} available",
        stock.subject,
        figure(stock.in_stock),
        stock.booked,
        figure(stock.available)
    )];
    for channel in &stock.channels {
        lines.push(format!("  {}: {}", channel.connection, channel.sentence));
    }
    for order in &stock.orders {
        lines.push(format!(
            "  order {} on {}: {} {}",
            order.number,
            order.connection,
            order.booked,
            order.state.label()
        ));
    }
    lines.join("\n")
}

fn channels(stock: &StockExplanation) -> Result<(), Failure> {
    let figure = |quantity: Option<Quantity>| quantity.map(|quantity| quantity.to_string()).unwrap_or_default();
    let mut table = Table::new(&[
        ("CHANNEL", false),
        ("SIDE", false),
        ("SHOWS", true),
        ("SHOULD", true),
        ("OWED", true),
        ("SHARE", true),
        ("BUFFER", true),
        ("BOOKED", true),
        ("LOCATIONS", false),
    ]);
    for channel in &stock.channels {
        let place = |(name, quantity, counts): &(crate::domain::Text, Option<Quantity>, bool)| {
            let quantity = quantity.map_or_else(|| "?".to_owned(), |quantity| quantity.to_string());
            if *counts { format!("{name} {quantity}") } else { format!("{name} {quantity} (not counted)") }
        };
        table.row(vec![
            channel.connection.to_string(),
            channel.side.label().to_owned(),
            figure(channel.shows),
            figure(channel.should_show),
            figure(channel.owed),
            format!("{} %", channel.share),
            channel.buffer.to_string(),
            channel.booked.to_string(),
            channel.locations.iter().map(place).collect::<Vec<_>>().join(", "),
        ]);
    }
    table.print()
}

async fn correct(
    front: &Front,
    arguments: &CorrectionArguments,
    correction: impl Fn(Quantity) -> Correction,
) -> Result<Exit, Failure> {
    let quantity: Quantity = arguments.quantity.parse().map_err(|why| {
        Failure::new(Exit::Usage, format!("{why}")).hint("write it as 12 or 2.5; with `add`, -3 takes three away")
    })?;
    let product = front.product(&arguments.product).await?;
    let variant = match &arguments.variant {
        Some(named) => Some(variant(front, product, named).await?),
        None => of_sku(front, product, &arguments.product).await?,
    };
    let reason = arguments.reason.clone();
    let request = Request::PlanAdjust { product, variant, correction: correction(quantity), reason };
    carry_out(front, request, &arguments.plan).await
}

/// (label, SKU, barcode, number) of each variant.
async fn variants(front: &Front, product: ProductId) -> Result<Vec<(String, Vec<String>, VariantId)>, Failure> {
    match front.ask(Request::Product { product }).await? {
        Reply::Product(detail) => Ok(detail
            .rows
            .iter()
            .flat_map(|row| {
                row.cells.iter().flatten().take(1).map(|cell| {
                    let all = row.cells.iter().flatten();
                    let keys =
                        all.flat_map(|cell| [&cell.sku, &cell.barcode].into_iter().flatten().map(ToString::to_string));
                    (row.label.clone(), keys.collect(), cell.variant)
                })
            })
            .collect()),
        other => Err(unexpected(&other)),
    }
}

async fn variant(front: &Front, product: ProductId, named: &str) -> Result<VariantId, Failure> {
    let variants = variants(front, product).await?;
    let is_it = |(label, keys, _): &&(String, Vec<String>, VariantId)| {
        label.eq_ignore_ascii_case(named) || keys.iter().any(|key| key.eq_ignore_ascii_case(named))
    };
    if let Some((_, _, variant)) = variants.iter().find(is_it) {
        return Ok(*variant);
    }
    let labels: Vec<&str> = variants.iter().map(|(label, _, _)| label.as_str()).collect();
    Err(Failure::new(Exit::Usage, format!("it has no variant {named:?}")).hint(format!("it has {}", labels.join(", "))))
}

/// The variant, if the product was named by the SKU of one of several.
async fn of_sku(front: &Front, product: ProductId, named: &str) -> Result<Option<VariantId>, Failure> {
    let variants = variants(front, product).await?;
    let found = variants.iter().find(|(_, keys, _)| keys.iter().any(|key| key.eq_ignore_ascii_case(named)));
    if found.is_none() && variants.len() > 1 {
        let labels: Vec<&str> = variants.iter().map(|(label, _, _)| label.as_str()).collect();
        remark(&format!("hint: it has several variants; name one with --variant: {}", labels.join(", ")));
    }
    Ok(found.map(|(_, _, variant)| *variant))
}
