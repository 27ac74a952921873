//! Orders of the shop model as Square tells them.
//!
//! A sale is an order; each refund is another one, which names the sale, and does not change it unless something of the
//! sale was still to be handed over. What came back into stock is not in it: see `moved.rs`. A sale over the counter
//! is completed at once and has no fulfilments; others are shipped. An order has one location here, its first line's.

use serde_json::{Map, Value, json};

use crate::domain::{Quantity, Timestamp};
use crate::sandbox::{Shop, ShopOrder, ShopOrderLine, ShopOrderState, ShopRefund};

use super::identifiers::{
    location_id, moment, order_id, order_number, quantity as quantity_text, return_number, return_order_id,
    variation_id,
};
use super::replace::locations;
use super::{Answer, Fault, cursor};

const DEFAULT_PAGE: usize = 500;
const PAGE_MOST: u64 = 1000;
const LOCATIONS_MOST: usize = 10;
const RETRIEVE_MOST: usize = 100;

/// A sale, or a refund of it.
#[derive(Clone, Copy)]
enum Told<'a> {
    Sale(&'a ShopOrder),
    Return(&'a ShopOrder, &'a ShopRefund),
}

impl Told<'_> {
    fn id(&self) -> String {
        match self {
            Self::Sale(order) => order_id(order.number),
            Self::Return(_, refund) => return_order_id(refund.number),
        }
    }

    fn order(&self) -> &ShopOrder {
        match self {
            Self::Sale(order) | Self::Return(order, _) => order,
        }
    }

    fn created_at(&self) -> Timestamp {
        match self {
            Self::Sale(order) => order.placed_at,
            Self::Return(_, refund) => refund.at,
        }
    }

    fn updated_at(&self) -> Timestamp {
        match self {
            Self::Sale(order) => sale_changed_at(order),
            Self::Return(_, refund) => refund.at,
        }
    }

    fn closed_at(&self) -> Option<Timestamp> {
        (self.state() != "OPEN").then(|| self.updated_at())
    }

    fn state(&self) -> &'static str {
        match self {
            Self::Return(..) => "COMPLETED",
            Self::Sale(order) => match order.state {
                ShopOrderState::Pending | ShopOrderState::Open => "OPEN",
                ShopOrderState::Closed => "COMPLETED",
                ShopOrderState::Cancelled => "CANCELED",
            },
        }
    }
}

/// Refunds of what was handed over leave the sale as it is.
fn sale_changed_at(order: &ShopOrder) -> Timestamp {
    let returned = |refund: &&ShopRefund| refund.lines.iter().all(|line| line.returned);
    let last_return = order.refunds.iter().filter(returned).map(|refund| refund.at).max();
    if last_return != Some(order.updated_at) {
        return order.updated_at;
    }
    let sent = order.fulfilments.iter().map(|fulfilment| fulfilment.at);
    let called_off = order.refunds.iter().filter(|refund| !returned(refund)).map(|refund| refund.at);
    sent.chain(called_off).chain(order.cancelled_at).chain([order.placed_at]).max().unwrap_or(order.placed_at)
}

fn location(order: &ShopOrder) -> u64 {
    order.lines.first().map_or(1, |line| line.location)
}

/// Whether money came in: what was cancelled before took nothing, and is refunded nothing.
pub fn was_paid(order: &ShopOrder) -> bool {
    match order.state {
        ShopOrderState::Pending => false,
        ShopOrderState::Cancelled => !order.refunds.is_empty(),
        ShopOrderState::Open | ShopOrderState::Closed => true,
    }
}

fn all(shop: &Shop) -> impl Iterator<Item = Told<'_>> {
    shop.orders.values().flat_map(|order| {
        let returns = order.refunds.iter().map(move |refund| Told::Return(order, refund));
        [Told::Sale(order)].into_iter().chain(returns)
    })
}

pub fn search(shop: &Shop, body: &Value, now: Timestamp) -> Answer {
    let wanted = body["location_ids"].as_array().map(Vec::len).unwrap_or_default();
    if wanted == 0 {
        return Err(Fault::missing("location_ids"));
    }
    if wanted > LOCATIONS_MOST {
        return Err(Fault::invalid("ARRAY_LENGTH_TOO_LONG", "At most 10 locations.", "location_ids"));
    }
    let places = locations(&body["location_ids"], shop, "location_ids")?.unwrap_or_default();
    let limit = match body["limit"].as_u64() {
        Some(limit) if !(1..=PAGE_MOST).contains(&limit) => {
            return Err(Fault::invalid("INVALID_VALUE", "The limit must be between 1 and 1000.", "limit"));
        }
        Some(limit) => usize::try_from(limit).unwrap_or(DEFAULT_PAGE),
        None => DEFAULT_PAGE,
    };
    let query = Query::read(&body["query"])?;
    // Without an end the range ends with the time of the first request, also for later pages.
    let after: Option<(i64, String, i64)> = cursor::read(body["cursor"].as_str(), body, now)?;
    let until = after.as_ref().map_or(now, |(_, _, until)| Timestamp(*until));
    let mut found: Vec<(i64, String, Told<'_>)> = all(shop)
        .filter(|told| places.contains(&location(told.order())) && query.fits(told, until))
        .filter_map(|told| {
            let at = query.field.of(&told)?.0;
            Some((if query.ascending { at } else { -at }, told.id(), told))
        })
        .collect();
    found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let is_left = |at: i64, id: &str| after.as_ref().is_none_or(|(last, last_id, _)| (at, id) > (*last, last_id));
    let mut left = found.into_iter().filter(|(at, id, _)| is_left(*at, id));
    let page: Vec<_> = left.by_ref().take(limit).collect();
    let mut answer = if body["return_entries"] == json!(true) {
        let entries = page
            .iter()
            .map(|(_, id, told)| json!({"order_id": id, "location_id": location_id(location(told.order()))}));
        json!({"order_entries": entries.collect::<Vec<_>>()})
    } else {
        json!({"orders": page.iter().map(|(_, _, told)| render(shop, told)).collect::<Vec<_>>()})
    };
    if let (Some((at, id, _)), true) = (page.last(), left.next().is_some()) {
        answer["cursor"] = json!(cursor::after(&(*at, id, until.0), body, now));
    }
    Ok(answer)
}

pub fn batch_retrieve(shop: &Shop, body: &Value) -> Answer {
    let ids = body["order_ids"].as_array().ok_or_else(|| Fault::missing("order_ids"))?;
    if ids.is_empty() || ids.len() > RETRIEVE_MOST {
        return Err(Fault::invalid("ARRAY_LENGTH_TOO_LONG", "Between 1 and 100 orders.", "order_ids"));
    }
    let found = ids.iter().filter_map(Value::as_str).filter_map(|id| {
        let refunds = || shop.orders.values().flat_map(|order| order.refunds.iter().map(move |refund| (order, refund)));
        match (order_number(id), return_number(id)) {
            (Some(number), _) => shop.orders.get(&number).map(Told::Sale),
            (_, Some(number)) => {
                refunds().find(|(_, refund)| refund.number == number).map(|(order, refund)| Told::Return(order, refund))
            }
            (None, None) => None,
        }
    });
    Ok(json!({"orders": found.map(|told| render(shop, &told)).collect::<Vec<_>>()}))
}

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Created,
    Updated,
    Closed,
}

impl Field {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Created, "created_at", "CREATED_AT"),
        (Self::Updated, "updated_at", "UPDATED_AT"),
        (Self::Closed, "closed_at", "CLOSED_AT"),
    ];

    fn of(self, told: &Told<'_>) -> Option<Timestamp> {
        match self {
            Self::Created => Some(told.created_at()),
            Self::Updated => Some(told.updated_at()),
            Self::Closed => told.closed_at(),
        }
    }
}

/// Filter and order of a search.
struct Query {
    states: Vec<String>,
    field: Field,
    ascending: bool,
    range: Option<(Field, Option<Timestamp>, Option<Timestamp>)>,
}

impl Query {
    fn read(query: &Value) -> Result<Self, Fault> {
        let sort = &query["sort"];
        let field = match sort["sort_field"].as_str() {
            None => Field::Created,
            Some(name) => {
                Field::ALL.iter().find(|(_, _, known)| *known == name).map(|(field, ..)| *field).ok_or_else(|| {
                    Fault::invalid(
                        "INVALID_ENUM_VALUE",
                        format!("{name} is no field to sort by."),
                        "query.sort.sort_field",
                    )
                })?
            }
        };
        let mut range = None;
        let times = query["filter"]["date_time_filter"].as_object();
        for (name, wanted) in times.into_iter().flatten().filter(|(_, wanted)| !wanted.is_null()) {
            let path = format!("query.filter.date_time_filter.{name}");
            let known = Field::ALL.iter().find(|(_, known, _)| known == name).map(|(field, ..)| *field);
            let known =
                known.ok_or_else(|| Fault::invalid("UNKNOWN_BODY_PARAMETER", "Not a time of an order.", &path))?;
            if known != field {
                let detail = "The sort field must be the field that is filtered by.";
                return Err(Fault::invalid("BAD_REQUEST", detail, "query.sort.sort_field"));
            }
            let end = |end: &str| match wanted[end].as_str() {
                None => Ok(None),
                Some(raw) => Timestamp::parse(raw)
                    .map(Some)
                    .ok_or_else(|| Fault::invalid("INVALID_TIME", "Not a time.", format!("{path}.{end}"))),
            };
            range = Some((known, end("start_at")?, end("end_at")?));
        }
        let states = query["filter"]["state_filter"]["states"].as_array().into_iter().flatten();
        let states: Vec<String> = states.filter_map(Value::as_str).map(str::to_owned).collect();
        if let Some(other) = states.iter().find(|s| !["OPEN", "COMPLETED", "CANCELED", "DRAFT"].contains(&s.as_str())) {
            let field = "query.filter.state_filter.states";
            return Err(Fault::invalid("INVALID_ENUM_VALUE", format!("{other} is no state."), field));
        }
        Ok(Self { states, field, ascending: sort["sort_order"] == json!("ASC"), range })
    }

    /// "For each time range, the start time and end time are inclusive."
    fn fits(&self, told: &Told<'_>, until: Timestamp) -> bool {
        let in_range = self.range.is_none_or(|(field, start, end)| {
            field.of(told).is_some_and(|at| start.is_none_or(|start| at >= start) && at <= end.unwrap_or(until))
        });
        in_range && (self.states.is_empty() || self.states.iter().any(|state| state == told.state()))
    }
}

fn render(shop: &Shop, told: &Told<'_>) -> Value {
    let mut order = Map::new();
    let mut put = |field: &str, value: Value| drop(order.insert(field.to_owned(), value));
    put("id", json!(told.id()));
    put("location_id", json!(location_id(location(told.order()))));
    put("state", json!(told.state()));
    put("created_at", json!(moment(told.created_at())));
    put("updated_at", json!(moment(told.updated_at())));
    if let Some(closed) = told.closed_at() {
        put("closed_at", json!(moment(closed)));
    }
    let parts = match told {
        Told::Sale(order) => sale(shop, order),
        Told::Return(order, refund) => given_back(shop, order, refund),
    };
    order.extend(parts);
    Value::Object(order)
}

fn sale(shop: &Shop, order: &ShopOrder) -> Map<String, Value> {
    let money = |amount: i64| json!({"amount": amount, "currency": shop.currency.code()});
    let total: i64 = order.lines.iter().map(|line| price_of(line, line.ordered)).sum();
    let due = if was_paid(order) || order.state == ShopOrderState::Cancelled { 0 } else { total };
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            let total = price_of(line, line.ordered);
            json!({
                "uid": line_uid(line.number),
                "catalog_object_id": variation_id(line.variant),
                "quantity": quantity_text(line.ordered),
                "name": line.title,
                "item_type": "ITEM",
                "base_price_money": money(line.price),
                "variation_total_price_money": money(total),
                "gross_sales_money": money(total),
                "total_tax_money": money(0),
                "total_discount_money": money(0),
                "total_money": money(total),
            })
        })
        .collect();
    let mut fields = Map::new();
    let mut put = |field: &str, value: Value| drop(fields.insert(field.to_owned(), value));
    put("line_items", json!(lines));
    put("total_money", money(total));
    put("total_tax_money", money(0));
    put("total_discount_money", money(0));
    put("net_amounts", json!({"total_money": money(total), "tax_money": money(0), "discount_money": money(0)}));
    put("net_amount_due_money", money(due));
    if was_paid(order) {
        put(
            "tenders",
            json!([{
                "id": tender_id(order.number),
                "location_id": location_id(location(order)),
                "transaction_id": order_id(order.number),
                "created_at": moment(order.placed_at),
                "amount_money": money(total),
                "type": "CARD",
                "card_details": {"status": "CAPTURED", "entry_method": "KEYED"},
            }]),
        );
    }
    if is_over_the_counter(order) {
        // "Orders not created through the API do not include a version number."
        put("source", json!({"name": "Point of Sale"}));
        put("ticket_name", json!(format!("#{}", order.name)));
    } else {
        put("source", json!({"name": "Square Online"}));
        put("reference_id", json!(format!("#{}", order.name)));
        put("version", json!(order.version));
        put("fulfillments", json!(fulfilments(order)));
    }
    fields
}

/// Handed over, all of it, when it was bought.
fn is_over_the_counter(order: &ShopOrder) -> bool {
    let [only] = order.fulfilments.as_slice() else { return false };
    let whole = |line: &ShopOrderLine| only.lines.contains(&(line.number, line.ordered));
    only.at == order.placed_at && order.lines.iter().all(whole)
}

/// What was sent, each time; what is called off; what is left to send.
fn fulfilments(order: &ShopOrder) -> Vec<Value> {
    let mut told = Vec::new();
    let mut add = |state: &str, lines: Vec<(u64, Quantity)>, at: Option<(&str, Timestamp)>| {
        let number = told.len();
        let entries = lines.into_iter().filter(|(_, quantity)| quantity.is_positive()).map(|(line, quantity)| {
            json!({
                "uid": format!("entry{number}-{line}"),
                "line_item_uid": line_uid(line),
                "quantity": quantity_text(quantity),
            })
        });
        let entries: Vec<Value> = entries.collect();
        if entries.is_empty() {
            return;
        }
        let mut details = json!({
            "recipient": {"display_name": "Ada Lovelace"},
            "placed_at": moment(order.placed_at),
        });
        if let Some((field, at)) = at {
            details[field] = json!(moment(at));
        }
        told.push(json!({
            "uid": format!("fulfilment{}-{number}", order.number),
            "type": "SHIPMENT",
            "state": state,
            "line_item_application": "ENTRY_LIST",
            "entries": entries,
            "shipment_details": details,
        }));
    };
    for sent in &order.fulfilments {
        add("COMPLETED", sent.lines.clone(), Some(("shipped_at", sent.at)));
    }
    let dropped = order.lines.iter().map(|line| (line.number, line.dropped)).collect();
    add("CANCELED", dropped, Some(("canceled_at", order.updated_at)));
    let ended = order.state == ShopOrderState::Cancelled;
    let open = order.lines.iter().map(|line| (line.number, line.open())).collect();
    add(if ended { "CANCELED" } else { "PROPOSED" }, open, None);
    told
}

fn given_back(shop: &Shop, order: &ShopOrder, refund: &ShopRefund) -> Map<String, Value> {
    let money = |amount: i64| json!({"amount": amount, "currency": shop.currency.code()});
    let sold = |number: u64| order.lines.iter().find(|line| line.number == number);
    let mut total = 0;
    let mut lines = Vec::new();
    for back in &refund.lines {
        let Some(line) = sold(back.line) else { continue };
        let amount = price_of(line, back.quantity);
        total += amount;
        lines.push(json!({
            "uid": format!("back{}", back.number),
            "source_line_item_uid": line_uid(line.number),
            "catalog_object_id": variation_id(line.variant),
            "name": line.title,
            "quantity": quantity_text(back.quantity),
            "item_type": "ITEM",
            "base_price_money": money(line.price),
            "gross_return_money": money(amount),
            "total_money": money(amount),
        }));
    }
    let amounts = json!({"total_money": money(total), "tax_money": money(0), "discount_money": money(0)});
    let fields = json!({
        "source": {"name": "Point of Sale"},
        "returns": [{
            "uid": format!("return{}", refund.number),
            "source_order_id": order_id(order.number),
            "return_line_items": lines,
            "return_amounts": amounts,
        }],
        "return_amounts": amounts,
        "net_amounts": {"total_money": money(-total), "tax_money": money(0), "discount_money": money(0)},
        "total_money": money(0),
        "refunds": [{
            "id": refund_id(refund.number),
            "location_id": location_id(location(order)),
            "transaction_id": order_id(order.number),
            "tender_id": tender_id(order.number),
            "created_at": moment(refund.at),
            "reason": "Returned goods",
            "amount_money": money(total),
            "status": "APPROVED",
        }],
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn line_uid(number: u64) -> String {
    format!("LINE{number:012}")
}

fn tender_id(order: u64) -> String {
    format!("TENDER{order:018}")
}

pub fn refund_id(refund: u64) -> String {
    format!("REFUND{refund:018}")
}

/// So many of a line, in minor units.
fn price_of(line: &ShopOrderLine, quantity: Quantity) -> i64 {
    let exact = i128::from(line.price) * i128::from(quantity.raw()) / i128::from(Quantity::units(1).raw());
    i64::try_from(exact).unwrap_or(i64::MAX)
}
