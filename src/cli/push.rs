//! `push`: copies products to the side that lacks them.

use super::arguments::PushArguments;
use super::front::{Front, unexpected};
use super::plan::{carry_out, nothing_chosen};
use super::products::view;
use crate::error::{Exit, Failure};
use crate::protocol::{Reply, Request};

pub async fn run(front: &Front, arguments: &PushArguments) -> Result<Exit, Failure> {
    let connection = front.connection_id(arguments.connection.as_deref()).await?;
    let mut products = Vec::new();
    for named in &arguments.products {
        products.push(front.product(named).await?);
    }
    if arguments.all {
        products = match front.ask(Request::ProductIds { view: view(&arguments.filter), window: None }).await? {
            Reply::ProductIds { products } => products,
            other => return Err(unexpected(&other)),
        };
        if products.is_empty() {
            let hint = "`counterpart products` with the same options lists what would be pushed";
            return nothing_chosen(front, "the filter shows no product", hint);
        }
    }
    if products.is_empty() {
        return Err(Failure::new(Exit::Usage, "nothing was chosen to push")
            .hint("name products by number or SKU, or use --all with a filter such as --filter in-store"));
    }
    let request = Request::PlanPush { products, towards: arguments.to.side(), connection, draft: arguments.draft };
    carry_out(front, request, &arguments.plan).await
}
