//! A listing as it is stored. The most frequent record by far, so it is read without copying until the last moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::connection::{currency_bytes, currency_of};
use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{
    ConnectionId, KnownListing, Listing, ListingId, LocationId, Money, OptionValue, Quantity, RemoteId, Status, Stock,
    Structure, Text, Timestamp, Variant, VariantId,
};
use crate::store::trouble::{Outcome, Trouble};

#[derive(Serialize, Deserialize)]
struct ListingV1<'a> {
    /// First, so that [`connection_of`] finds it.
    connection: u32,
    id: u64,
    gone: bool,
    seen_at: i64,
    remote: &'a str,
    title: &'a str,
    description: &'a str,
    brand: Option<&'a str>,
    category: Option<&'a str>,
    status: StatusV1,
    #[serde(borrow)]
    structure: StructureV1<'a>,
    #[serde(borrow)]
    variants: Vec<VariantV1<'a>>,
    #[serde(borrow)]
    images: Vec<&'a str>,
    page: Option<&'a str>,
    updated_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
enum StatusV1 {
    Active,
    Draft,
    Archived,
}

#[derive(Serialize, Deserialize)]
enum StructureV1<'a> {
    Simple,
    #[serde(borrow)]
    Variable(Vec<&'a str>),
}

#[derive(Serialize, Deserialize)]
struct VariantV1<'a> {
    id: u64,
    remote: &'a str,
    inventory: Option<&'a str>,
    /// (option, value)
    #[serde(borrow)]
    options: Vec<(&'a str, &'a str)>,
    sku: Option<&'a str>,
    barcode: Option<&'a str>,
    price: Option<(i64, [u8; 3])>,
    #[serde(borrow)]
    stock: StockV1<'a>,
}

#[derive(Serialize, Deserialize)]
enum StockV1<'a> {
    /// (location, hundred-thousandths)
    #[serde(borrow)]
    Tracked(Vec<(&'a str, i64)>),
    Untracked,
    Unknown,
}

/// Reads the first field alone.
pub(super) fn connection_of(bytes: &[u8]) -> Outcome<ConnectionId> {
    match bytes.split_first() {
        Some((1, body)) => match postcard::take_from_bytes(body) {
            Ok((connection, _)) => Ok(ConnectionId(connection)),
            Err(why) => Err(Trouble::Damaged(format!("a stored listing is damaged: {why}"))),
        },
        Some((version, _)) => unknown_version(*version),
        None => Err(Trouble::Damaged("a stored listing is empty".to_owned())),
    }
}

impl Stored for KnownListing {
    const NOUN: &'static str = "listing";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let Listing {
            remote,
            title,
            description,
            brand,
            category,
            status,
            structure,
            variants,
            images,
            page,
            updated_at,
        } = &self.listing;
        if self.variants.len() != variants.len() {
            return Err(format!("{} has {} variants and {} numbers", self.id, variants.len(), self.variants.len()));
        }
        let form = ListingV1 {
            connection: self.connection.0,
            id: self.id.0,
            gone: self.gone,
            seen_at: self.seen_at.0,
            remote: remote.as_str(),
            title,
            description,
            brand: brand.as_deref(),
            category: category.as_deref(),
            status: match status {
                Status::Active => StatusV1::Active,
                Status::Draft => StatusV1::Draft,
                Status::Archived => StatusV1::Archived,
            },
            structure: match structure {
                Structure::Simple => StructureV1::Simple,
                Structure::Variable { options } => StructureV1::Variable(options.iter().map(Text::as_str).collect()),
            },
            variants: self.numbered().map(|(id, variant)| variant_form(id, variant)).collect::<Result<_, _>>()?,
            images: images.iter().map(String::as_str).collect(),
            page: page.as_deref(),
            updated_at: updated_at.map(|at| at.0),
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: ListingV1<'_> = decode_form(body)?;
        let numbers = form.variants.iter().map(|variant| VariantId(variant.id)).collect();
        let listing = Listing {
            remote: RemoteId::new(form.remote)?,
            title: Text::new(form.title),
            description: Text::new(form.description),
            brand: form.brand.map(Text::new),
            category: form.category.map(Text::new),
            status: match form.status {
                StatusV1::Active => Status::Active,
                StatusV1::Draft => Status::Draft,
                StatusV1::Archived => Status::Archived,
            },
            structure: match form.structure {
                StructureV1::Simple => Structure::Simple,
                StructureV1::Variable(options) => {
                    Structure::Variable { options: options.into_iter().map(Text::new).collect() }
                }
            },
            variants: form.variants.into_iter().map(variant_of).collect::<Result<_, _>>()?,
            images: form.images.into_iter().map(str::to_owned).collect(),
            page: form.page.map(str::to_owned),
            updated_at: form.updated_at.map(Timestamp),
        };
        Ok(Self {
            id: ListingId(form.id),
            connection: ConnectionId(form.connection),
            variants: numbers,
            listing,
            gone: form.gone,
            seen_at: Timestamp(form.seen_at),
        })
    }
}

fn variant_form(id: VariantId, variant: &Variant) -> Result<VariantV1<'_>, String> {
    Ok(VariantV1 {
        id: id.0,
        remote: variant.remote.as_str(),
        inventory: variant.inventory.as_ref().map(RemoteId::as_str),
        options: variant.options.iter().map(|option| (&*option.option, &*option.value)).collect(),
        sku: variant.sku.as_deref(),
        barcode: variant.barcode.as_deref(),
        price: match variant.price {
            Some(price) => Some((price.minor, currency_bytes(price.currency)?)),
            None => None,
        },
        stock: match &variant.stock {
            Stock::Tracked(levels) => {
                StockV1::Tracked(levels.iter().map(|(location, level)| (location.0.as_str(), level.raw())).collect())
            }
            Stock::Untracked => StockV1::Untracked,
            Stock::Unknown => StockV1::Unknown,
        },
    })
}

fn variant_of(form: VariantV1<'_>) -> Result<Variant, String> {
    Ok(Variant {
        remote: RemoteId::new(form.remote)?,
        inventory: form.inventory.map(RemoteId::new).transpose()?,
        options: form
            .options
            .into_iter()
            .map(|(option, value)| OptionValue { option: Text::new(option), value: Text::new(value) })
            .collect(),
        sku: form.sku.map(Text::new),
        barcode: form.barcode.map(Text::new),
        price: match form.price {
            Some((minor, currency)) => Some(Money::new(minor, currency_of(currency)?)),
            None => None,
        },
        compare_at: None,
        weight: None,
        dimensions: None,
        stock: match form.stock {
            StockV1::Tracked(levels) => {
                let mut known = BTreeMap::new();
                for (location, level) in levels {
                    known.insert(LocationId(RemoteId::new(location)?), Quantity::from_raw(level));
                }
                Stock::Tracked(known)
            }
            StockV1::Untracked => Stock::Untracked,
            StockV1::Unknown => Stock::Unknown,
        },
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::ConnectionId;
    use crate::store::samples;

    #[test]
    fn version_1_stays_as_it_is() {
        super::super::golden::check(
            &samples::listing(7, 3),
            "0103070080aed6f7bf680250370b54656120706f7420e88cb609486f6c64732032206c010441786973000101010453697a65024602563101024931010453697a650153010454502d31010d34303036333831333333393331018c1f4555520001024c3180be92014702563200010453697a65014d00000002011768747470733a2f2f782e6578616d706c652f312e6a7067011368747470733a2f2f782e6578616d706c652f370180aed6f7bf68af706f22",
        );
    }

    #[test]
    fn the_connection_is_found_without_reading_the_rest() {
        let bytes = super::super::seal(&samples::listing(7, 300)).unwrap();
        assert_eq!(super::connection_of(&bytes).unwrap(), ConnectionId(300));
    }
}
