//! Lists: parameters checked as WordPress checks them, filters, order, pages, and the headers that count.

use serde_json::Value;

use crate::domain::Timestamp;
use crate::sandbox::{Incoming, Outgoing, Shop, ShopProduct, ShopVariant};

use super::present::{self, SITE_AHEAD_SECONDS, modified, modified_variation, trim};
use super::problem::{Problem, invalid_parameter};
use super::shelf::Shelf;

/// One line of a list, before it is written as JSON: what it is sorted and filtered by.
struct Line<'a> {
    id: u64,
    created: Timestamp,
    modified: Timestamp,
    title: &'a str,
    product: &'a ShopProduct,
    /// The variation, where the line is one.
    variant: Option<&'a ShopVariant>,
}

impl<'a> Line<'a> {
    fn of_product(product: &'a ShopProduct) -> Self {
        let (id, created, modified) = (product.number, product.created_at, modified(product));
        Self { id, created, modified, title: &product.title, product, variant: None }
    }

    fn of_variation(product: &'a ShopProduct, variant: &'a ShopVariant) -> Self {
        let (created, modified) = (product.created_at, modified_variation(variant));
        Self { id: variant.number, created, modified, title: &product.title, product, variant: Some(variant) }
    }
}

pub(super) fn products(shelf: &Shelf, shop: &Shop, request: &Incoming) -> Result<Outgoing, Problem> {
    let parameters = Parameters::of(request)?;
    let products = shelf.products(shop, parameters.trashed);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for product in products {
        lines.push(Line::of_product(product));
        // Asked for a SKU, WooCommerce looks among variations too.
        if parameters.skus.is_some() && present::is_variable(product) {
            lines.extend(product.variants.iter().map(|variant| Line::of_variation(product, variant)));
        }
    }
    answer(shelf, shop, request, &parameters, lines)
}

/// The variations of one product, or of all.
pub(super) fn variations(
    shelf: &Shelf,
    shop: &Shop,
    request: &Incoming,
    parent: Option<u64>,
) -> Result<Outgoing, Problem> {
    let parameters = Parameters::of(request)?;
    let mut products = shelf.products(shop, parameters.trashed);
    products.retain(|product| present::is_variable(product) && parent.is_none_or(|parent| product.number == parent));
    let lines = products
        .into_iter()
        .flat_map(|product| product.variants.iter().map(|variant| Line::of_variation(product, variant)))
        .collect();
    answer(shelf, shop, request, &parameters, lines)
}

fn answer(
    shelf: &Shelf,
    shop: &Shop,
    request: &Incoming,
    parameters: &Parameters,
    mut lines: Vec<Line<'_>>,
) -> Result<Outgoing, Problem> {
    lines.retain(|line| parameters.takes(line));
    parameters.sort(&mut lines);
    let shown = shelf.show(shop, false);
    let item = |line: &Line<'_>| match line.variant {
        Some(variant) => present::variation(&shown, line.product, variant),
        None => present::product(&shown, line.product),
    };
    Ok(page(request, parameters, &lines, item))
}

/// One page of what was found and sorted, with the headers that count.
pub(super) fn page<T>(
    request: &Incoming,
    parameters: &Parameters,
    lines: &[T],
    item: impl Fn(&T) -> Value,
) -> Outgoing {
    let total = lines.len();
    let pages = total.div_ceil(parameters.per_page);
    let items: Vec<Value> =
        lines.iter().skip(parameters.offset).take(parameters.per_page).map(|line| trim(item(line), request)).collect();
    let mut outgoing =
        Outgoing::json(200, &Value::Array(items)).header("X-WP-Total", total).header("X-WP-TotalPages", pages);
    let link = |page: usize, relation: &str| {
        let host = request.header("host").unwrap_or("localhost");
        format!("<http://{host}{}?page={page}>; rel=\"{relation}\"", request.path)
    };
    let mut links = Vec::new();
    if parameters.page > 1 {
        links.push(link(parameters.page - 1, "prev"));
    }
    if parameters.page < pages {
        links.push(link(parameters.page + 1, "next"));
    }
    if !links.is_empty() {
        outgoing = outgoing.header("Link", links.join(", "));
    }
    outgoing
}

pub(super) struct Parameters {
    page: usize,
    per_page: usize,
    offset: usize,
    pub ascending: bool,
    pub order_by: String,
    trashed: bool,
    /// Some of the statuses; none for any.
    pub statuses: Vec<String>,
    pub include: Option<Vec<u64>>,
    skus: Option<Vec<String>>,
    words: Vec<String>,
    modified_after: Option<(String, bool)>,
}

const PRODUCT_STATUSES: [&str; 7] = ["any", "draft", "pending", "private", "publish", "future", "trash"];

impl Parameters {
    fn of(request: &Incoming) -> Result<Self, Problem> {
        let parameters = Self::with_statuses(request, &PRODUCT_STATUSES)?;
        match parameters.statuses.as_slice() {
            [] | [_] => Ok(parameters),
            _ => Err(invalid_parameter("status", "status is one word for products.")),
        }
    }

    /// Orders take several statuses, separated by commas.
    pub(super) fn with_statuses(request: &Incoming, known: &[&str]) -> Result<Self, Problem> {
        let number = |name: &str, least: usize, most: usize, default: usize| match request.query(name) {
            None => Ok(default),
            Some(raw) => raw.parse::<usize>().ok().filter(|value| (least..=most).contains(value)).ok_or_else(|| {
                let why = format!("{name} must be between {least} (inclusive) and {most} (inclusive)");
                invalid_parameter(name, &why)
            }),
        };
        let one_of = |name: &str, known: &[&str], default: &str| {
            let value = request.query(name).unwrap_or(default);
            match known.contains(&value) {
                true => Ok(value.to_owned()),
                false => Err(invalid_parameter(name, &format!("{name} is not one of {}.", known.join(", ")))),
            }
        };
        let page = number("page", 1, usize::MAX, 1)?;
        let per_page = number("per_page", 1, 100, 10)?;
        let offset = number("offset", 0, usize::MAX, (page - 1).saturating_mul(per_page))?;
        let order_by = one_of("orderby", &["date", "id", "include", "title", "slug", "modified"], "date")?;
        let order = one_of("order", &["asc", "desc"], "desc")?;
        let mut statuses: Vec<String> =
            request.query("status").unwrap_or("any").split(',').map(|one| one.trim().to_owned()).collect();
        if let Some(wrong) = statuses.iter().position(|status| !known.contains(&status.as_str())) {
            let why = format!("status[{wrong}] is not one of {}.", known.join(", "));
            return Err(invalid_parameter("status", &why));
        }
        // One "any" among others takes them all.
        if statuses.iter().any(|status| status == "any") {
            statuses.clear();
        }
        let list = |name: &str| request.query(name).filter(|raw| !raw.is_empty());
        let include = list("include").map(|raw| raw.split(',').filter_map(|id| id.trim().parse().ok()).collect());
        let skus = list("sku").map(|raw| raw.split(',').chain([raw]).map(str::to_owned).collect());
        let words = list("search").unwrap_or_default().to_lowercase();
        let gmt = request.query("dates_are_gmt") == Some("true");
        Ok(Self {
            page,
            per_page,
            offset,
            ascending: order == "asc",
            order_by,
            trashed: statuses.iter().any(|status| status == "trash"),
            statuses,
            include,
            skus,
            words: words.split_whitespace().map(str::to_owned).collect(),
            modified_after: list("modified_after").map(|raw| (raw.to_owned(), gmt)),
        })
    }

    fn takes(&self, line: &Line<'_>) -> bool {
        let sku = match line.variant {
            Some(variant) => &variant.sku,
            None if present::is_variable(line.product) => "",
            None => line.product.variants.first().map_or("", |variant| &variant.sku),
        };
        let title = present::escaped(line.title).to_lowercase();
        self.is_after(line.modified)
            && self.include.as_ref().is_none_or(|include| include.contains(&line.id))
            && self.skus.as_ref().is_none_or(|skus| !sku.is_empty() && skus.iter().any(|wanted| wanted == sku))
            && self.words.iter().all(|word| title.contains(word))
            && self.has_status(line)
    }

    /// Whether something was modified late enough.
    pub(super) fn is_after(&self, modified: Timestamp) -> bool {
        self.modified_after.as_ref().is_none_or(|(after, gmt)| {
            // Without dates_are_gmt WordPress compares with the site's clock.
            let ahead = if *gmt { 0 } else { SITE_AHEAD_SECONDS };
            let after = Timestamp::parse(after).or_else(|| Timestamp::parse(&format!("{after}Z"))).unwrap_or_default();
            let whole = Timestamp(modified.0.div_euclid(1000) * 1000);
            whole.plus_seconds(ahead) > after
        })
    }

    fn has_status(&self, line: &Line<'_>) -> bool {
        let Some(wanted) = self.statuses.first().filter(|status| *status != "trash") else { return true };
        let special = line.product.extra.get(present::STATUS).and_then(Value::as_str);
        let plain = match line.product.status {
            crate::domain::Status::Active => "publish",
            crate::domain::Status::Draft => "draft",
            crate::domain::Status::Archived => "private",
        };
        special.unwrap_or(plain) == wanted
    }

    fn sort(&self, lines: &mut [Line<'_>]) {
        match self.order_by.as_str() {
            "id" => lines.sort_by_key(|line| line.id),
            "modified" => lines.sort_by_key(|line| (line.modified, line.id)),
            "title" | "slug" => lines.sort_by(|a, b| a.title.cmp(b.title).then(a.id.cmp(&b.id))),
            "include" => {
                let include = self.include.clone().unwrap_or_default();
                lines.sort_by_key(|line| include.iter().position(|id| *id == line.id));
            }
            _ => lines.sort_by_key(|line| (line.created, line.id)),
        }
        if !self.ascending && self.order_by != "include" {
            lines.reverse();
        }
    }
}
