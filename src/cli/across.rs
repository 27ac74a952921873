//! `report --across` and `link --across`: variants that are single items on the other side.

use super::arguments::LinkArguments;
use super::front::Front;
use super::output::{Table, counted, print_json, remark};
use super::plan::{carry_out, nothing_chosen};
use crate::error::{Exit, Failure};
use crate::protocol::{AcrossRow, AcrossView, PairChoice, Reply, Request};

async fn groups(front: &Front, search: &str) -> Result<Vec<AcrossRow>, Failure> {
    let view = AcrossView { search: search.to_owned() };
    let rows = |reply| match reply {
        Reply::Across { total, rows, .. } => Ok((total, rows)),
        other => Err(Box::new(other)),
    };
    front.all_rows(|window| Request::Across { view: view.clone(), window }, rows).await
}

pub async fn run(front: &Front, search: &str) -> Result<Exit, Failure> {
    let groups = groups(front, search).await?;
    if front.json {
        print_json(&groups)?;
    } else {
        let mut table =
            Table::new(&[("PAIR", false), ("VARIANT", false), ("SINGLE ITEM", false), ("SKU", false), ("WHY", false)]);
        for group in &groups {
            let product = format!("{} ({}) on {}", group.product.title, group.product.listing, group.product.mark);
            table.row(vec![String::new(), product, group.connection.clone(), String::new(), group.sentence.clone()]);
            for variant in &group.variants {
                let pair = match &variant.choice {
                    Some(pair) => format!("{}={}", pair.in_store.1, pair.online.1),
                    None if variant.linked => "linked".to_owned(),
                    None => "–".to_owned(),
                };
                let item = variant.item.as_ref();
                table.row(vec![
                    pair,
                    format!("  {}", variant.label),
                    item.map(|item| item.title.to_string()).unwrap_or_default(),
                    item.and_then(|item| item.sku.as_ref()).map(ToString::to_string).unwrap_or_default(),
                    variant.sentence.clone(),
                ]);
            }
        }
        table.print()?;
    }
    let pairs = groups.iter().flat_map(|group| &group.variants).filter(|variant| variant.choice.is_some()).count();
    remark(&format!(
        "{} with variants that are single items on the other side; {} can be linked",
        counted(groups.len() as u64, "product"),
        counted(pairs as u64, "variant")
    ));
    if pairs > 0 {
        remark("one by one: `counterpart link v31=v902 --primary pos`; all: `counterpart link --across --primary pos`");
    }
    Ok(Exit::Success)
}

pub async fn link(front: &Front, arguments: &LinkArguments) -> Result<Exit, Failure> {
    let groups = groups(front, &arguments.search).await?;
    let primary = arguments.primary.side();
    let found = groups.iter().flat_map(|group| &group.variants).filter_map(|variant| variant.choice);
    let pairs: Vec<PairChoice> = found.map(|pair| PairChoice { primary, ..pair }).collect();
    if pairs.is_empty() {
        let hint = "`counterpart report --across` says why";
        return nothing_chosen(front, "no variant is a single item on the other side", hint);
    }
    carry_out(front, Request::PlanLinkPairs { pairs }, &arguments.plan).await
}
