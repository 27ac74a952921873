//! Items and groups by identifier, and what all of a merchant's listings share.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{OnceCell, RwLock};

use crate::connectors::Account;
use crate::domain::{Currency, Listing, LocationId, RemoteId, Text};
use crate::platform::{Clock, PlatformError};

use super::calls::Calls;
use super::convert::{self, Attributes, Facts, Subject};
use super::feed::Gathered;
use super::pages::{self, List};
use super::profile::PAGE;
use super::wire::{Attribute, Item, Merchant, Named};

/// As much as Clover expands in one call: three names.
pub(super) const WHOLE: &str = "itemStock,categories,options";

/// The merchant's shelf: the calls, and what was learned by them.
pub(super) struct Shelf {
    pub calls: Calls,
    location: LocationId,
    currency: OnceCell<Currency>,
    /// Read again where an attribute is met that is not among them.
    attributes: RwLock<Attributes>,
    /// Items of groups, put aside while a sweep is on its way.
    pub gathered: tokio::sync::Mutex<Gathered>,
    /// The listing that each item belongs to, as far as it was seen.
    pub belonging: tokio::sync::Mutex<BTreeMap<String, RemoteId>>,
    pub clock: Arc<dyn Clock>,
}

/// Why a listing is not to be had.
pub(super) enum Missing {
    /// There is no such item or group (any more), or no item in it.
    Gone,
    /// A plain sentence.
    Unreadable(String),
}

impl Shelf {
    /// Calls nobody yet.
    pub(super) fn new(account: &Account) -> Result<Self, PlatformError> {
        let calls = Calls::new(account)?;
        let location = RemoteId::new(calls.merchant()).map_err(|why| calls.http().unexpected(&why))?;
        Ok(Self {
            calls,
            location: LocationId(location),
            currency: OnceCell::new_with(account.currency),
            attributes: RwLock::default(),
            gathered: tokio::sync::Mutex::default(),
            belonging: tokio::sync::Mutex::default(),
            clock: account.clock.clone(),
        })
    }

    pub(super) fn location(&self) -> &LocationId {
        &self.location
    }

    pub(super) async fn facts(&self) -> Result<Facts, PlatformError> {
        let currency = self.currency.get_or_try_init(|| async {
            let (merchant, _) = self.calls.read_json::<Merchant>(self.calls.get("")).await?;
            currency(&merchant.default_currency.unwrap_or_default()).map_err(|why| self.calls.http().unexpected(&why))
        });
        Ok(Facts { currency: *currency.await?, location: self.location.clone() })
    }

    /// One item with everything; `None` if it is not there (any more).
    pub(super) async fn item(&self, id: &str) -> Result<Option<Item>, PlatformError> {
        let path = format!("/items/{}", crate::http::segment(id));
        match self.calls.read_json::<Item>(self.calls.get(&path).query("expand", WHOLE)).await {
            Ok((item, _)) => Ok(Some(item).filter(|item| !item.is_deleted())),
            Err(PlatformError::NotFound { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Everything in a group, in the order of Clover's list. An item that cannot be read refuses the whole: a product
    /// with some of its variants is worse than none.
    pub(super) async fn items_of(&self, group: &str) -> Result<Result<Vec<Item>, String>, PlatformError> {
        let list = List::of("/items", PAGE).filter(format!("itemGroup.id={group}")).expand(WHOLE);
        let elements = pages::all(&self.calls, &list).await?;
        let items: Result<Vec<Item>, String> = elements.iter().map(read_item).collect();
        Ok(items
            .map(|items| items.into_iter().filter(|item| !item.is_deleted() && item.group() == Some(group)).collect()))
    }

    /// The group's name; `None` if there is no such group.
    pub(super) async fn group(&self, id: &str) -> Result<Option<Named>, PlatformError> {
        let path = format!("/item_groups/{}", crate::http::segment(id));
        match self.calls.read_json::<Named>(self.calls.get(&path)).await {
            Ok((group, _)) => Ok(Some(group)),
            Err(PlatformError::NotFound { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// All groups with their names.
    pub(super) async fn groups(&self) -> Result<Vec<Named>, PlatformError> {
        let elements = pages::all(&self.calls, &List::of("/item_groups", PAGE)).await?;
        Ok(elements.iter().filter_map(|element| Named::deserialize(element).ok()).collect())
    }

    /// All attributes of all groups, each with its group.
    pub(super) async fn all_attributes(&self) -> Result<Vec<Attribute>, PlatformError> {
        let elements = pages::all(&self.calls, &List::of("/attributes", PAGE)).await?;
        let all: Vec<Attribute> = elements.iter().filter_map(|element| Attribute::deserialize(element).ok()).collect();
        let named = all.iter().enumerate().map(|(place, attribute)| {
            let name = attribute.name.as_deref().and_then(Text::some).unwrap_or_else(|| Text::new(&attribute.id));
            (attribute.id.clone(), (place, name))
        });
        *self.attributes.write().await = named.collect();
        Ok(all)
    }

    /// Takes in an attribute that was just made.
    pub(super) async fn learn(&self, attribute: &str, name: &Text) {
        let mut known = self.attributes.write().await;
        let place = known.values().map(|(place, _)| place + 1).max().unwrap_or(0);
        known.insert(attribute.to_owned(), (place, name.clone()));
    }

    /// The attributes that these items' options belong to; asks where one is not known yet.
    pub(super) async fn attributes_for(&self, items: &[Item]) -> Result<Attributes, PlatformError> {
        let known = self.attributes.read().await.clone();
        let mut used = items.iter().flat_map(|item| &item.options.0).filter_map(|choice| choice.attribute.as_ref());
        if used.all(|attribute| known.contains_key(&attribute.id)) {
            return Ok(known);
        }
        self.all_attributes().await?;
        Ok(self.attributes.read().await.clone())
    }

    /// A group as it is now: two calls, and a third where its attributes are new.
    pub(super) async fn group_listing(&self, group: &str) -> Result<Result<Listing, Missing>, PlatformError> {
        let items = match self.items_of(group).await? {
            Ok(items) if items.is_empty() => return Ok(Err(Missing::Gone)),
            Ok(items) => items,
            Err(why) => return Ok(Err(Missing::Unreadable(why))),
        };
        let named = self.group(group).await?;
        let name = named.as_ref().and_then(|named| named.name.as_deref());
        self.listing_of(group, name, &items).await
    }

    pub(super) async fn listing_of(
        &self,
        group: &str,
        name: Option<&str>,
        items: &[Item],
    ) -> Result<Result<Listing, Missing>, PlatformError> {
        let attributes = self.attributes_for(items).await?;
        let facts = self.facts().await?;
        Ok(convert::grouped(group, name, items, &attributes, &facts).map_err(Missing::Unreadable))
    }

    /// An item that is no variant of a group.
    pub(super) async fn simple_listing(&self, id: &str) -> Result<Result<Listing, Missing>, PlatformError> {
        let Some(item) = self.item(id).await?.filter(|item| item.group().is_none()) else {
            return Ok(Err(Missing::Gone));
        };
        Ok(convert::simple(&item, &self.facts().await?).map_err(Missing::Unreadable))
    }

    pub(super) async fn listing(&self, remote: &RemoteId) -> Result<Result<Listing, Missing>, PlatformError> {
        match Subject::of(remote) {
            Subject::Item(id) => self.simple_listing(id).await,
            Subject::Group(id) => self.group_listing(id).await,
        }
    }

    /// Those that exist. Leaving out one that cannot be read would say that it is gone.
    pub(super) async fn listings(&self, remotes: &[RemoteId]) -> Result<Vec<Listing>, PlatformError> {
        let mut found = Vec::with_capacity(remotes.len());
        for remote in remotes {
            match self.listing(remote).await? {
                Ok(listing) => found.push(listing),
                Err(Missing::Gone) => {}
                Err(Missing::Unreadable(why)) => {
                    return Err(self.calls.http().unexpected(&format!("{remote}: {why}")));
                }
            }
        }
        Ok(found)
    }
}

pub(super) fn currency(code: &str) -> Result<Currency, String> {
    Currency::new(code).map_err(|why| format!("the merchant's currency: {why}"))
}

/// The error names the item and quotes nothing of it.
pub(super) fn read_item(element: &Value) -> Result<Item, String> {
    let unreadable =
        |_| format!("item {}: Clover's answer about it is not readable", super::wire::id(element).unwrap_or("?"));
    Item::deserialize(element).map_err(unreadable)
}
