//! What products refer to: brands, categories, attribute sets; found by name, and made where they lack.

use serde_json::{Value, json};

use crate::domain::{OptionValue, Text};
use crate::platform::{PlatformError, WriteError};

use super::calls::{Call, refusal};
use super::lists;
use super::profile::ATTRIBUTES_MOST;
use super::shelf::{Shelf, readable};
use super::wire::{AttributeSet, Category, Manufacturer};

/// Stands for none.
pub const NONE: &str = "0";

/// Rows whose field is this text, or more: the caller chooses. The operator stands inside the value (`>=,5`), so a text
/// that looks like one cannot be asked for, and not every field is documented to be one that can; then all rows come.
pub async fn named(shelf: &Shelf, list: Call, field: &str, text: &str) -> Result<Vec<Value>, PlatformError> {
    let is_operator = text.starts_with(['=', '>', '<', '!', '~', '|']) || text.starts_with("IN,");
    if !is_operator {
        match lists::all(&shelf.calls, list.clone().query(field, text)).await {
            Err(PlatformError::Refused { .. }) => {}
            other => return other,
        }
    }
    lists::all(&shelf.calls, list).await
}

/// The number of the brand.
pub async fn manufacturer(shelf: &Shelf, name: &Text) -> Result<String, WriteError> {
    let rows = named(shelf, Call::list("Manufacturer"), "name", name).await.map_err(WriteError::NotApplied)?;
    let all: Vec<Manufacturer> = readable(rows);
    let is_it = |one: &&Manufacturer| one.name.text().map(Text::new).as_ref() == Some(name);
    if let Some(id) = all.iter().find(is_it).and_then(|one| one.id.id()) {
        return Ok(id.to_owned());
    }
    let call = Call::create("Manufacturer", json!({"name": name.as_str()}));
    let made: Manufacturer = answered(shelf, call, "Manufacturer").await?;
    number(shelf, made.id.id(), "manufacturer")
}

/// The number of the category with this whole path; levels that lack are made.
pub async fn category(shelf: &Shelf, path: &Text) -> Result<String, WriteError> {
    let levels: Vec<&str> = path.split('/').collect();
    if levels.iter().any(|level| level.is_empty() || level.trim() != *level) {
        let why = format!("R-Series separates the levels of a category by a slash without blanks, unlike {path}");
        return Err(WriteError::NotApplied(refusal(why)));
    }
    let mut known = find_category(shelf, path).await?;
    let mut depth = levels.len();
    while known.is_none() && depth > 1 {
        depth -= 1;
        known = find_category(shelf, &Text::new(&levels[..depth].join("/"))).await?;
    }
    let (mut parent, from) = known.map_or((NONE.to_owned(), 0), |id| (id, depth));
    for level in &levels[from..] {
        let call = Call::create("Category", json!({"name": level, "parentID": parent}));
        let made: Category = answered(shelf, call, "Category").await?;
        parent = number(shelf, made.id.id(), "category")?;
    }
    Ok(parent)
}

async fn find_category(shelf: &Shelf, path: &Text) -> Result<Option<String>, WriteError> {
    let rows = named(shelf, Call::list("Category"), "fullPathName", path).await.map_err(WriteError::NotApplied)?;
    let all: Vec<Category> = readable(rows);
    let is_it = |one: &&Category| one.path.text().map(Text::new).as_ref() == Some(path);
    Ok(all.iter().find(is_it).and_then(|one| one.id.id()).map(str::to_owned))
}

/// Which attribute of a set each option is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    pub set: String,
    slots: Vec<(usize, Text)>,
    /// What the merchant should know of it.
    pub note: Option<String>,
}

impl Slots {
    /// By the names of the set.
    pub fn of(set: &AttributeSet) -> Option<Self> {
        let slots = set.slots().into_iter().map(|(slot, name)| (slot, Text::new(name))).collect();
        Some(Self { set: set.id.id()?.to_owned(), slots, note: None })
    }

    /// `ItemAttributes` of an item; the error is a plain sentence.
    pub fn attributes(&self, options: &[OptionValue]) -> Result<Value, String> {
        let mut attributes = json!({"itemAttributeSetID": self.set});
        for option in options {
            let slot = self.slots.iter().find(|(_, name)| same(name, &option.option));
            let (slot, _) = slot.ok_or_else(|| {
                format!(
                    "the attribute set of the matrix in R-Series has no {}; choose another set there",
                    option.option
                )
            })?;
            attributes[format!("attribute{}", slot + 1)] = json!(option.value.as_str());
        }
        Ok(attributes)
    }

    /// The values of these options in the order of the slots, in lower case; blank where it has none.
    pub fn key(&self, options: &[OptionValue]) -> Vec<String> {
        let value = |name: &Text| options.iter().find(|option| same(name, &option.option));
        self.slots
            .iter()
            .map(|(_, name)| value(name).map(|option| option.value.to_lowercase()).unwrap_or_default())
            .collect()
    }

    pub fn slots(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().map(|(slot, _)| *slot)
    }
}

pub fn same(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// A set with exactly these options, in whatever order. Whether sets can be made is documented both ways (a sample of it,
/// and "These are the only allowed values for now"): where it is refused, a set of the account's own with as many
/// attributes takes its place, under its own names.
pub async fn slots(shelf: &Shelf, options: &[Text]) -> Result<Slots, WriteError> {
    let sets = shelf.sets().await.map_err(WriteError::NotApplied)?;
    let usable: Vec<&AttributeSet> = sets.iter().filter(|set| !set.archived.is(true)).collect();
    let fits = |set: &&&AttributeSet| {
        let slots = set.slots();
        slots.len() == options.len() && options.iter().all(|option| slots.iter().any(|(_, name)| same(name, option)))
    };
    if let Some(slots) = usable.iter().find(fits).and_then(|set| Slots::of(set)) {
        return Ok(slots);
    }
    let mut body = json!({"name": options.iter().map(Text::as_str).collect::<Vec<_>>().join("/")});
    for slot in 0..ATTRIBUTES_MOST {
        body[format!("attributeName{}", slot + 1)] = json!(options.get(slot).map(Text::as_str).unwrap_or_default());
    }
    match answered::<AttributeSet>(shelf, Call::create("ItemAttributeSet", body), "ItemAttributeSet").await {
        Ok(made) => {
            let slots = Slots::of(&made).filter(|slots| slots.slots.len() == options.len());
            shelf.learn_set(made).await;
            slots.ok_or_else(|| WriteError::Unknown(shelf.unexpected("a new attribute set without its attributes")))
        }
        Err(WriteError::NotApplied(why)) if !why.passes() => stand_in(&usable, options, why),
        Err(why) => Err(why),
    }
}

fn stand_in(sets: &[&AttributeSet], options: &[Text], why: PlatformError) -> Result<Slots, WriteError> {
    let fits = |set: &&&AttributeSet| set.slots().len() >= options.len();
    let Some(set) = sets.iter().filter(fits).max_by_key(|set| set.slots().len()) else {
        return Err(WriteError::NotApplied(why));
    };
    let Some(id) = set.id.id() else { return Err(WriteError::NotApplied(why)) };
    let slots = set.slots().into_iter().zip(options).map(|((slot, _), option)| (slot, option.clone())).collect();
    let name = set.name.text().unwrap_or_default();
    let note = format!("R-Series has no attribute set with these options and takes no new one: {name} stands for them");
    Ok(Slots { set: id.to_owned(), slots, note: Some(note) })
}

async fn answered<T: serde::de::DeserializeOwned>(shelf: &Shelf, call: Call, thing: &str) -> Result<T, WriteError> {
    let answer = shelf.calls.write(call).await?;
    shelf.answered(answer, thing).map_err(WriteError::Unknown)
}

fn number(shelf: &Shelf, id: Option<&str>, what: &str) -> Result<String, WriteError> {
    let id = id.map(str::to_owned);
    id.ok_or_else(|| WriteError::Unknown(shelf.unexpected(&format!("a new {what} without a number"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: [&str; 3]) -> AttributeSet {
        serde_json::from_value(json!({"itemAttributeSetID": "2", "name": "Some", "attributeName1": names[0],
            "attributeName2": names[1], "attributeName3": names[2]}))
        .unwrap()
    }

    #[test]
    fn values_go_into_the_slots_that_are_named_so() {
        let slots = Slots::of(&set(["Colour", "Size", ""])).unwrap();
        let option = |option: &str, value: &str| OptionValue { option: option.into(), value: value.into() };
        let given = [option("size", "S"), option("Colour", "Red")];
        let attributes = slots.attributes(&given).unwrap();
        assert_eq!(attributes, json!({"itemAttributeSetID": "2", "attribute2": "S", "attribute1": "Red"}));
        assert_eq!(slots.key(&given), ["red", "s"]);
        assert!(slots.attributes(&[option("Fit", "Slim")]).unwrap_err().contains("has no Fit"));
        // As recorded: a set of one that uses the second.
        let one = Slots::of(&set(["", "Size", ""])).unwrap();
        assert_eq!(one.attributes(&[option("Size", "S")]).unwrap()["attribute2"], "S");
    }

    #[test]
    fn a_set_of_the_account_stands_in() {
        let (two, three) = (set(["Color", "Size", ""]), set(["Attribute 1", "Attribute 2", "Attribute 3"]));
        let options = ["Colour".into(), "Fit".into()];
        let slots = stand_in(&[&two, &three], &options, refusal("no")).unwrap();
        let given = [OptionValue { option: "Fit".into(), value: "Slim".into() }];
        assert_eq!(slots.attributes(&given).unwrap()["attribute2"], "Slim");
        assert!(slots.note.is_some());
        assert!(stand_in(&[], &options, refusal("no")).is_err());
    }
}
