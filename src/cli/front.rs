//! Asking the engine, and what its answers become on a command line.

use serde::Serialize;

use super::output::{print_json, remark};
use crate::client::Client;
use crate::domain::{ConnectionId, JobId, ListingId, ProductId};
use crate::error::{Exit, Failure};
use crate::files;
use crate::protocol::{ConnectionRow, ProductsView, Reply, Request, Status, Window};

/// One command's connection with the engine.
pub struct Front {
    pub client: Client,
    pub json: bool,
}

/// What `--json` prints where there is nothing to show but that it was done.
#[derive(Serialize)]
struct Outcome<'a> {
    outcome: &'a str,
}

/// Rows asked for at once.
pub const PAGE: u32 = 500;

/// A reply that answers something else: a fault of ours, told as such.
pub fn unexpected(reply: &Reply) -> Failure {
    files::unexpected(reply).into()
}

impl Front {
    pub async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        self.client.ask(request).await.map_err(Failure::from)
    }

    /// All rows of a view, window by window. `rows` takes them out of a reply, with their number in the whole view.
    pub async fn all_rows<Row>(
        &self,
        request: impl Fn(Window) -> Request,
        rows: impl Fn(Reply) -> Result<(u64, Vec<Row>), Box<Reply>>,
    ) -> Result<Vec<Row>, Failure> {
        let mut all = Vec::new();
        loop {
            let window = Window { offset: all.len() as u64, limit: PAGE };
            let (total, page) = rows(self.ask(request(window)).await?).map_err(|other| unexpected(&other))?;
            let last = page.is_empty();
            all.extend(page);
            if last || all.len() as u64 >= total {
                return Ok(all);
            }
        }
    }

    pub async fn done(&self, request: Request) -> Result<Exit, Failure> {
        match self.ask(request).await? {
            Reply::Done => Ok(Exit::Success),
            other => Err(unexpected(&other)),
        }
    }

    /// As [`Front::done`], and says what came of it: to people, or as JSON.
    pub async fn does(&self, request: Request, outcome: &str) -> Result<Exit, Failure> {
        let exit = self.done(request).await?;
        if self.json {
            print_json(&Outcome { outcome })?;
        } else {
            remark(outcome);
        }
        Ok(exit)
    }

    pub async fn status(&self) -> Result<Status, Failure> {
        match self.ask(Request::Status).await? {
            Reply::Status(status) => Ok(status),
            other => Err(unexpected(&other)),
        }
    }

    /// The connection of this name or number.
    pub async fn connection(&self, name: &str) -> Result<ConnectionRow, Failure> {
        let connections = self.status().await?.connections;
        let known: Vec<String> = connections.iter().map(|row| format!("{:?}", row.name.as_str())).collect();
        connections
            .into_iter()
            .find(|row| row.name.as_str().eq_ignore_ascii_case(name) || row.id.to_string() == name)
            .ok_or_else(|| {
                Failure::new(Exit::Usage, format!("there is no connection {name:?}")).hint(if known.is_empty() {
                    "connect a shop first".into()
                } else {
                    format!("there are {}", known.join(", "))
                })
            })
    }

    pub async fn connection_id(&self, name: Option<&str>) -> Result<Option<ConnectionId>, Failure> {
        match name {
            Some(name) => Ok(Some(self.connection(name).await?.id)),
            None => Ok(None),
        }
    }

    /// A product by its number, or by a SKU that only it has.
    pub async fn product(&self, named: &str) -> Result<ProductId, Failure> {
        // Digits alone are a SKU: many shops number theirs, and the wrong product must not be taken.
        if named.starts_with('l')
            && let Some(number) = number(named, 'l')
        {
            let product = ProductId(ListingId(number));
            // Says that there is none, instead of a plan that leaves something nameless out.
            self.ask(Request::Product { product }).await?;
            return Ok(product);
        }
        let view = ProductsView { search: named.to_owned(), ..ProductsView::default() };
        let window = Window { offset: 0, limit: PAGE };
        match self.ask(Request::Products { view, window }).await? {
            Reply::Products { rows, .. } => {
                let mut exact: Vec<ProductId> = rows
                    .iter()
                    .filter(|row| row.sku.as_ref().is_some_and(|sku| sku.eq_ignore_ascii_case(named)))
                    .map(|row| row.product)
                    .collect();
                if exact.is_empty() {
                    // A product with several variants shows no SKU of its own; one of theirs names it too.
                    for row in rows.iter().filter(|row| row.variants > 1) {
                        if self.has_sku(row.product, named).await? {
                            exact.push(row.product);
                        }
                    }
                }
                let mut exact = exact.into_iter();
                match (exact.next(), exact.next()) {
                    (Some(product), None) => Ok(product),
                    (Some(_), Some(_)) => {
                        Err(Failure::new(Exit::Usage, format!("several products have the SKU {named:?}"))
                            .hint(format!("`counterpart products --search {named}` shows their numbers")))
                    }
                    (None, _) => {
                        Err(Failure::new(Exit::Usage, format!("there is no product with the number or SKU {named:?}"))
                            .hint(match named.parse::<u64>() {
                                Ok(number) => format!(
                                    "a product's number is written l{number}; `counterpart products` shows them"
                                ),
                                Err(_) => "`counterpart products --search …` shows numbers and SKUs".to_owned(),
                            }))
                    }
                }
            }
            other => Err(unexpected(&other)),
        }
    }
}

impl Front {
    /// Whether one of a product's variants has this SKU.
    async fn has_sku(&self, product: ProductId, sku: &str) -> Result<bool, Failure> {
        match self.ask(Request::Product { product }).await? {
            Reply::Product(detail) => Ok(detail
                .rows
                .iter()
                .flat_map(|row| row.cells.iter().flatten())
                .any(|cell| cell.sku.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(sku)))),
            other => Err(unexpected(&other)),
        }
    }
}

/// `l12` or `12` as 12.
pub fn number(raw: &str, prefix: char) -> Option<u64> {
    raw.strip_prefix(prefix).unwrap_or(raw).parse().ok().filter(|_| raw.starts_with(prefix) || raw.len() < 8)
}

pub fn job_number(raw: &str) -> Result<JobId, Failure> {
    number(raw, 'j').map(JobId).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("{raw:?} is no job number")).hint("`counterpart jobs` lists them")
    })
}
