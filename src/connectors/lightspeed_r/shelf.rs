//! Items and matrices by number, and what all of an account's listings share.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell, RwLock};

use crate::connectors::Account;
use crate::domain::{Currency, Listing, RemoteId};
use crate::platform::PlatformError;

use super::calls::{Call, Calls};
use super::convert::{self, Subject};
use super::lists;
use super::profile::IN_MOST;
use super::wire::{self, AttributeSet, Item, Matrix};

/// What a listing is made of. "Specify only the relations that you actually need": each costs.
pub const OF_ITEM: &[&str] = &["ItemShops", "ItemAttributes", "Images", "Category", "Manufacturer", "ItemECommerce"];
/// The same for an item of a matrix, which has the pictures and texts.
const OF_MEMBER: &[&str] = &["ItemShops", "ItemAttributes", "Category", "Manufacturer"];
const OF_MATRIX: &[&str] = &["Images", "Category", "Manufacturer", "ItemECommerce"];

/// What lines of stock and of sales do not say of their item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub listing: RemoteId,
    pub counted: bool,
    pub archived: bool,
}

/// The account's shelf: the calls, and what was learned by them.
pub struct Shelf {
    pub calls: Calls,
    currency: OnceCell<Currency>,
    /// Read again where a set is met that is not among them.
    sets: RwLock<Option<Vec<AttributeSet>>>,
    known: Mutex<HashMap<String, Known>>,
}

/// Why a listing is not to be had.
pub enum Missing {
    /// There is no such item or matrix (any more), it is archived, or has no item.
    Gone,
    /// A plain sentence.
    Unreadable(String),
}

/// A listing as R-Series has it: an item, or a matrix with its items.
pub struct Present {
    pub matrix: Option<Matrix>,
    pub items: Vec<Item>,
}

impl Shelf {
    /// Calls nobody yet.
    pub fn new(account: &Account) -> Result<Self, PlatformError> {
        Ok(Self {
            calls: Calls::new(account)?,
            currency: OnceCell::new_with(account.currency),
            sets: RwLock::default(),
            known: Mutex::default(),
        })
    }

    pub fn unexpected(&self, why: &str) -> PlatformError {
        self.calls.http().unexpected(why)
    }

    pub async fn currency(&self) -> Result<Currency, PlatformError> {
        let read = || async {
            let account = self.calls.whole_account().await?;
            let code = wire::currency(&account).ok_or_else(|| self.unexpected("an account without a currency"))?;
            Currency::new(&code).map_err(|why| self.unexpected(&format!("the account's currency: {why}")))
        };
        self.currency.get_or_try_init(read).await.copied()
    }

    /// All attribute sets, those that were put away included: matrices go on using them.
    pub async fn sets(&self) -> Result<Vec<AttributeSet>, PlatformError> {
        let rows = lists::all(&self.calls, Call::list("ItemAttributeSet").query("archived", true)).await?;
        let sets: Vec<AttributeSet> = rows.into_iter().filter_map(|row| AttributeSet::deserialize(row).ok()).collect();
        *self.sets.write().await = Some(sets.clone());
        Ok(sets)
    }

    /// Takes in a set that was just made.
    pub async fn learn_set(&self, made: AttributeSet) {
        if let Some(known) = &mut *self.sets.write().await {
            known.push(made);
        }
    }

    /// The set of this number; asks where it is not known yet.
    pub async fn set(&self, id: &str) -> Result<Option<AttributeSet>, PlatformError> {
        let of = |sets: &[AttributeSet]| sets.iter().find(|set| set.id.id() == Some(id)).cloned();
        let known = self.sets.read().await.as_deref().and_then(of);
        match known {
            Some(set) => Ok(Some(set)),
            None => Ok(of(&self.sets().await?)),
        }
    }

    pub async fn learn(&self, items: &[Item]) {
        let mut known = self.known.lock().await;
        for item in items {
            if let (Some(id), Some(listing)) = (item.id.id(), convert::listing_of(item)) {
                let told = Known { listing, counted: item.is_counted(), archived: item.is_archived() };
                known.insert(id.to_owned(), told);
            }
        }
    }

    /// What is known of these items; asks for the others, a hundred in a call.
    pub async fn known(&self, ids: &BTreeSet<String>) -> Result<HashMap<String, Known>, PlatformError> {
        let unknown: Vec<String> = {
            let known = self.known.lock().await;
            ids.iter().filter(|id| !known.contains_key(*id)).cloned().collect()
        };
        for some in unknown.chunks(IN_MOST) {
            let list = Call::list("Item").any_of("itemID", some.iter().map(String::as_str)).query("archived", true);
            let items: Vec<Item> = readable(lists::all(&self.calls, list).await?);
            self.learn(&items).await;
        }
        let known = self.known.lock().await;
        Ok(ids.iter().filter_map(|id| Some((id.clone(), known.get(id)?.clone()))).collect())
    }

    /// Items by number, archived ones too; those that do not exist are missing.
    pub async fn items(&self, ids: &[&str], relations: &[&str]) -> Result<Vec<Item>, PlatformError> {
        let mut found = Vec::new();
        let numbers: Vec<&str> = ids.iter().copied().filter(|id| is_number(id)).collect();
        for some in numbers.chunks(IN_MOST) {
            let list = Call::list("Item").any_of("itemID", some.iter().copied()).query("archived", true);
            for row in lists::all(&self.calls, list.relations(relations)).await? {
                found.push(self.read::<Item>(row, "Item")?);
            }
        }
        self.learn(&found).await;
        Ok(found)
    }

    /// These matrices with all their items, each in one listing. Those that are archived or do not exist are gone.
    pub async fn matrices(
        &self,
        ids: &BTreeSet<String>,
    ) -> Result<Vec<(String, Result<Listing, Missing>)>, PlatformError> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).filter(|id| is_number(id)).collect();
        let mut told = Vec::with_capacity(ids.len());
        for some in ids.chunks(IN_MOST) {
            let list = Call::list("ItemMatrix").any_of("itemMatrixID", some.iter().copied()).relations(OF_MATRIX);
            let rows = lists::all(&self.calls, list).await?;
            let mut with_items = self.with_items(rows).await?;
            for id in some {
                told.push(((*id).to_owned(), with_items.remove(*id).unwrap_or(Err(Missing::Gone))));
            }
        }
        Ok(told)
    }

    /// Rows of `ItemMatrix` (at most [`IN_MOST`]) with their items, by the matrix's number.
    pub async fn with_items(
        &self,
        rows: Vec<Value>,
    ) -> Result<BTreeMap<String, Result<Listing, Missing>>, PlatformError> {
        let currency = self.currency().await?;
        let matrices: Vec<Matrix> = readable(rows);
        let ids: Vec<&str> = matrices.iter().filter_map(|matrix| matrix.id.id()).collect();
        let mut members = self.members(&ids).await?;
        let mut told = BTreeMap::new();
        for matrix in &matrices {
            let Some(id) = matrix.id.id() else { continue };
            let listing = match members.remove(id) {
                None => Err(Missing::Gone),
                Some(_) if matrix.archived.is(true) => Err(Missing::Gone),
                Some(Err(why)) => Err(Missing::Unreadable(why)),
                Some(Ok(items)) => {
                    let set = self.set_of(matrix, &items).await?;
                    convert::grouped(matrix, &items, set.as_ref(), currency).map_err(Missing::Unreadable)
                }
            };
            told.insert(id.to_owned(), listing);
        }
        Ok(told)
    }

    async fn set_of(&self, matrix: &Matrix, items: &[Item]) -> Result<Option<AttributeSet>, PlatformError> {
        let of_items = || items.iter().find_map(|item| item.attributes.0.as_ref()?.set.id());
        match matrix.set.id().or_else(of_items) {
            Some(set) => self.set(set).await,
            None => Ok(None),
        }
    }

    /// The items of these matrices that are not archived. An item that cannot be read refuses its matrix: a product with
    /// some of its variants is worse than none.
    async fn members(&self, matrices: &[&str]) -> Result<BTreeMap<String, Result<Vec<Item>, String>>, PlatformError> {
        let mut members: BTreeMap<String, Result<Vec<Item>, String>> = BTreeMap::new();
        for some in matrices.chunks(IN_MOST) {
            let list = Call::list("Item").any_of("itemMatrixID", some.iter().copied()).relations(OF_MEMBER);
            for row in lists::all(&self.calls, list).await? {
                let matrix = row.get("itemMatrixID").and_then(wire::as_text).unwrap_or_default();
                let of = members.entry(matrix).or_insert_with(|| Ok(Vec::new()));
                match (Item::deserialize(row), &mut *of) {
                    (Ok(item), Ok(items)) if !item.is_archived() => items.push(item),
                    (Ok(_), _) => {}
                    (Err(_), of) => *of = Err("R-Series' answer about one of its items is not readable".to_owned()),
                }
            }
        }
        for items in members.values().flatten() {
            self.learn(items).await;
        }
        members.retain(|_, items| items.as_ref().map_or(true, |items| !items.is_empty()));
        Ok(members)
    }

    /// The items of one matrix as they are now, raw; none where it is gone.
    pub async fn items_of(&self, matrix: &str) -> Result<Vec<Item>, PlatformError> {
        match self.members(&[matrix]).await?.remove(matrix) {
            None => Ok(Vec::new()),
            Some(Ok(items)) => Ok(items),
            Some(Err(why)) => Err(self.unexpected(&why)),
        }
    }

    /// A listing as it is now, raw, with everything that an edit has to know. `None`: gone, or archived.
    pub async fn present(&self, remote: &RemoteId) -> Result<Option<Present>, PlatformError> {
        match Subject::of(remote) {
            Subject::Item(id) => {
                let item: Option<Item> = self.one("Item", id, OF_ITEM).await?;
                let item = item.filter(|item| !item.is_archived() && item.matrix.id().is_none());
                Ok(item.map(|item| Present { matrix: None, items: vec![item] }))
            }
            Subject::Matrix(id) => {
                let matrix: Option<Matrix> = self.one("ItemMatrix", id, OF_MATRIX).await?;
                let Some(matrix) = matrix.filter(|matrix| !matrix.archived.is(true)) else { return Ok(None) };
                let items = self.items_of(id).await?;
                Ok((!items.is_empty()).then_some(Present { matrix: Some(matrix), items }))
            }
        }
    }

    pub async fn listing_of(&self, present: &Present) -> Result<Listing, PlatformError> {
        let currency = self.currency().await?;
        let listing = match (&present.matrix, present.items.first()) {
            (Some(matrix), _) => {
                let set = self.set_of(matrix, &present.items).await?;
                convert::grouped(matrix, &present.items, set.as_ref(), currency)
            }
            (None, Some(item)) => convert::simple(item, currency),
            (None, None) => Err("a listing without an item".to_owned()),
        };
        listing.map_err(|why| self.unexpected(&why))
    }

    /// Those that exist. Leaving out one that cannot be read would say that it is gone.
    pub async fn listings(&self, remotes: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let currency = self.currency().await?;
        let mut found = Vec::with_capacity(remotes.len());
        let mut simple = Vec::new();
        let mut matrices = BTreeSet::new();
        for remote in remotes {
            match Subject::of(remote) {
                Subject::Item(id) => simple.push(id),
                Subject::Matrix(id) => drop(matrices.insert(id.to_owned())),
            }
        }
        for item in self.items(&simple, OF_ITEM).await? {
            if !item.is_archived() && item.matrix.id().is_none() {
                found.push(convert::simple(&item, currency).map_err(|why| self.unexpected(&why))?);
            }
        }
        for (id, listing) in self.matrices(&matrices).await? {
            match listing {
                Ok(listing) => found.push(listing),
                Err(Missing::Gone) => {}
                Err(Missing::Unreadable(why)) => return Err(self.unexpected(&format!("matrix {id}: {why}"))),
            }
        }
        Ok(found)
    }

    /// One thing by number; `None` if it is not there.
    pub async fn one<T: DeserializeOwned>(
        &self,
        thing: &'static str,
        id: &str,
        relations: &[&str],
    ) -> Result<Option<T>, PlatformError> {
        if !is_number(id) {
            return Ok(None);
        }
        let call = Call::one(thing, id);
        let call = if relations.is_empty() { call } else { call.relations(relations) };
        match self.calls.find(call).await? {
            None => Ok(None),
            Some(body) => self.answered(body, thing).map(Some),
        }
    }

    /// The thing in an answer.
    pub fn answered<T: DeserializeOwned>(&self, body: Value, thing: &str) -> Result<T, PlatformError> {
        wire::one(body, thing).ok_or_else(|| self.unexpected(&format!("an answer without its {thing}")))
    }

    fn read<T: DeserializeOwned>(&self, row: Value, thing: &str) -> Result<T, PlatformError> {
        T::deserialize(row).map_err(|_| self.unexpected(&format!("an {thing} that is not readable")))
    }
}

/// All that R-Series numbers has a number; what has none would be another query or address.
fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

pub fn readable<T: DeserializeOwned>(rows: Vec<Value>) -> Vec<T> {
    rows.into_iter().filter_map(|row| T::deserialize(row).ok()).collect()
}
