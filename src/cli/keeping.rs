//! `sync`, `synchronize`, `unlink`, `undo`, `pause`, `resume`, `conflicts`: what a person does to products that are kept
//! in step.

use serde::Serialize;

use super::arguments::{
    ConflictsArguments, DecisionName, PauseArguments, SideName, SyncArguments, SynchronizeArguments, UndoArguments,
    UnlinkArguments,
};
use super::front::{Front, job_number, unexpected};
use super::output::{Table, age, counted, print, print_json, remark};
use super::plan::{carry_out, nothing_chosen};
use crate::domain::{Field, LinkId, ProductId, VariantId};
use crate::error::{Exit, Failure};
use crate::protocol::{ConflictId, ConflictRow, Decision, ProductsView, Reply, Request, SyncFilter, Wrong};

pub async fn sync(front: &Front, arguments: &SyncArguments) -> Result<Exit, Failure> {
    let connection = front.connection_id(arguments.connection.as_deref()).await?;
    let what = arguments.connection.as_deref().unwrap_or("every connection");
    let outcome = format!("{what} is read now, and told what it is owed; `counterpart status` shows how it stands");
    front.does(Request::SyncNow { connection }, &outcome).await
}

async fn products(front: &Front, named: &[String]) -> Result<Vec<ProductId>, Failure> {
    let mut products = Vec::new();
    for named in named {
        products.push(front.product(named).await?);
    }
    Ok(products)
}

pub async fn synchronize(front: &Front, arguments: &SynchronizeArguments) -> Result<Exit, Failure> {
    let wrong = match arguments.side() {
        Some(SideName::Pos) => Wrong::Side(crate::domain::Side::InStore),
        Some(SideName::Ecommerce) => Wrong::Side(crate::domain::Side::Online),
        None => Wrong::Connection(front.connection(&arguments.wrong).await?.id),
    };
    let mut chosen = products(front, &arguments.products).await?;
    if arguments.all {
        let view = ProductsView { status: Some(SyncFilter::OutOfSync), ..ProductsView::default() };
        chosen = match front.ask(Request::ProductIds { view, window: None }).await? {
            Reply::ProductIds { products } => products,
            other => return Err(unexpected(&other)),
        };
        if chosen.is_empty() {
            return nothing_chosen(
                front,
                "nothing is out of sync",
                "`counterpart products --status conflict` shows more",
            );
        }
    }
    if chosen.is_empty() {
        return Err(Failure::new(Exit::Usage, "nothing was chosen to synchronize")
            .hint("name products by number or SKU, or use --all for everything that is out of sync"));
    }
    let both = !arguments.quantity && !arguments.price;
    let (quantity, price) = (arguments.quantity || both, arguments.price || both);
    carry_out(front, Request::PlanSynchronize { products: chosen, wrong, quantity, price }, &arguments.plan).await
}

pub async fn unlink(front: &Front, arguments: &UnlinkArguments) -> Result<Exit, Failure> {
    let products = products(front, &arguments.products).await?;
    carry_out(front, Request::PlanUnlink { products }, &arguments.plan).await
}

pub async fn undo(front: &Front, arguments: &UndoArguments) -> Result<Exit, Failure> {
    let job = job_number(&arguments.job)?;
    carry_out(front, Request::PlanUndo { job }, &arguments.plan).await
}

pub async fn pause(front: &Front, arguments: &PauseArguments, paused: bool) -> Result<Exit, Failure> {
    let products = products(front, &arguments.products).await?;
    let what = counted(products.len() as u64, "product");
    let outcome = match paused {
        true => format!("{what}: nothing is written until `counterpart resume`"),
        false => format!("{what}: kept in step again"),
    };
    front.does(Request::PauseSync { products, paused }, &outcome).await
}

pub async fn conflicts(front: &Front, arguments: &ConflictsArguments) -> Result<Exit, Failure> {
    if let (Some(named), Some(decision)) = (&arguments.conflict, arguments.decision) {
        let conflict = conflict_of(named)?;
        let decision = match decision {
            DecisionName::Accept => Decision::Accept,
            DecisionName::Restore => Decision::Restore,
            DecisionName::Leave => Decision::Leave,
        };
        return front.does(Request::Decide { conflict, decision }, &format!("{named} is decided")).await;
    }
    let rows = |reply| match reply {
        Reply::Conflicts { total, rows, .. } => Ok((total, rows)),
        other => Err(Box::new(other)),
    };
    let rows: Vec<ConflictRow> = front.all_rows(|window| Request::Conflicts { window }, rows).await?;
    if front.json {
        let named = rows.iter().map(|row| Named { name: name_of(row.conflict), row });
        print_json(&named.collect::<Vec<_>>())?;
        return Ok(Exit::Success);
    }
    if rows.is_empty() {
        remark("no conflicts: nothing needs you");
        return Ok(Exit::Success);
    }
    let now = front.status().await?.now;
    let mut table = Table::new(&[
        ("CONFLICT", false),
        ("PRODUCT", false),
        ("WHERE", false),
        ("WHAT", false),
        ("HERE", true),
        ("THERE", true),
        ("SINCE", false),
    ]);
    for row in &rows {
        table.row(vec![
            name_of(row.conflict),
            row.subject.to_string(),
            row.connection.to_string(),
            row.sentence.clone(),
            row.ours.clone(),
            row.theirs.clone(),
            age(now.seconds_since(row.since)),
        ]);
    }
    table.print()?;
    for row in &rows {
        for (decision, sentence) in &row.decisions {
            let word = match decision {
                Decision::Accept => "accept",
                Decision::Restore => "restore",
                Decision::Leave => "leave",
            };
            print(&format!("  conflicts {} {word}: {sentence}", name_of(row.conflict)))?;
        }
    }
    Ok(Exit::Success)
}

/// A conflict with the name by which it is decided.
#[derive(Serialize)]
struct Named<'a> {
    name: String,
    #[serde(flatten)]
    row: &'a ConflictRow,
}

/// `k12:v34`, `k12:v34:price`
fn name_of(conflict: ConflictId) -> String {
    match conflict.field {
        None => format!("{}:{}", conflict.link, conflict.variant),
        Some(field) => format!("{}:{}:{}", conflict.link, conflict.variant, field.word()),
    }
}

fn conflict_of(named: &str) -> Result<ConflictId, Failure> {
    let mut parts = named.splitn(3, ':');
    let number = |part: Option<&str>, prefix: char| part?.strip_prefix(prefix)?.parse::<u64>().ok();
    let link = number(parts.next(), 'k').map(LinkId);
    let variant = number(parts.next(), 'v').map(VariantId);
    let field = parts.next().map(Field::of_word);
    match (link, variant, field) {
        (Some(link), Some(variant), None) => Ok(ConflictId { link, variant, field: None }),
        (Some(link), Some(variant), Some(Some(field))) => Ok(ConflictId { link, variant, field: Some(field) }),
        _ => Err(Failure::new(Exit::Usage, format!("{named:?} names no conflict"))
            .hint("`counterpart conflicts` lists them, with their names")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_named_as_it_is_read() {
        for field in [None, Some(Field::Price), Some(Field::CompareAtPrice)] {
            let conflict = ConflictId { link: LinkId(12), variant: VariantId(34), field };
            assert_eq!(conflict_of(&name_of(conflict)).ok(), Some(conflict));
        }
        for bad in ["", "k1", "k1:2", "k1:v2:colour", "l1:v2"] {
            assert!(conflict_of(bad).is_err(), "{bad}");
        }
    }
}
