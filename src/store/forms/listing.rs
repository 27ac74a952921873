//! A listing as it is stored. The most frequent record by far, so it is read without copying until the last moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::field::{DimensionsV1, MoneyV1, StatusV1, dimensions_form, dimensions_of, money_form, money_of};
use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{
    ConnectionId, KnownListing, Listing, ListingId, LocationId, OptionValue, Quantity, RemoteId, Stock, Structure,
    Text, Timestamp, Variant, VariantId, Weight,
};
use crate::store::trouble::{Outcome, Trouble};

/// `V`: [`VariantV1`] or [`VariantV2`]; all else is the same in both versions.
#[derive(Serialize, Deserialize)]
struct ListingForm<'a, V> {
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
    variants: Vec<V>,
    #[serde(borrow)]
    images: Vec<&'a str>,
    page: Option<&'a str>,
    updated_at: Option<i64>,
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
    price: Option<MoneyV1>,
    #[serde(borrow)]
    stock: StockV1<'a>,
}

#[derive(Serialize, Deserialize)]
struct VariantV2<'a> {
    #[serde(borrow)]
    first: VariantV1<'a>,
    compare_at: Option<MoneyV1>,
    weight: Option<u64>,
    dimensions: Option<DimensionsV1>,
}

impl<'a> From<VariantV1<'a>> for VariantV2<'a> {
    fn from(first: VariantV1<'a>) -> Self {
        Self { first, compare_at: None, weight: None, dimensions: None }
    }
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
        Some((1 | 2, body)) => match postcard::take_from_bytes(body) {
            Ok((connection, _)) => Ok(ConnectionId(connection)),
            Err(why) => Err(Trouble::Damaged(format!("a stored listing is damaged: {why}"))),
        },
        Some((version, _)) => unknown_version(*version),
        None => Err(Trouble::Damaged("a stored listing is empty".to_owned())),
    }
}

impl Stored for KnownListing {
    const NOUN: &'static str = "listing";
    const VERSION: u8 = 2;

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
        let form = ListingForm {
            connection: self.connection.0,
            id: self.id.0,
            gone: self.gone,
            seen_at: self.seen_at.0,
            remote: remote.as_str(),
            title,
            description,
            brand: brand.as_deref(),
            category: category.as_deref(),
            status: (*status).into(),
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
        match version {
            1 => Ok(read(decode_form::<ListingForm<'_, VariantV1<'_>>>(body)?)?),
            2 => Ok(read(decode_form::<ListingForm<'_, VariantV2<'_>>>(body)?)?),
            _ => unknown_version(version),
        }
    }
}

fn read<'a, V: Into<VariantV2<'a>>>(form: ListingForm<'a, V>) -> Result<KnownListing, String> {
    let variants: Vec<VariantV2<'a>> = form.variants.into_iter().map(Into::into).collect();
    let numbers = variants.iter().map(|variant| VariantId(variant.first.id)).collect();
    let listing = Listing {
        remote: RemoteId::new(form.remote)?,
        title: Text::new(form.title),
        description: Text::new(form.description),
        brand: form.brand.map(Text::new),
        category: form.category.map(Text::new),
        status: form.status.into(),
        structure: match form.structure {
            StructureV1::Simple => Structure::Simple,
            StructureV1::Variable(options) => {
                Structure::Variable { options: options.into_iter().map(Text::new).collect() }
            }
        },
        variants: variants.into_iter().map(variant_of).collect::<Result<_, _>>()?,
        images: form.images.into_iter().map(str::to_owned).collect(),
        page: form.page.map(str::to_owned),
        updated_at: form.updated_at.map(Timestamp),
    };
    Ok(KnownListing {
        id: ListingId(form.id),
        connection: ConnectionId(form.connection),
        variants: numbers,
        listing,
        gone: form.gone,
        seen_at: Timestamp(form.seen_at),
    })
}

fn variant_form(id: VariantId, variant: &Variant) -> Result<VariantV2<'_>, String> {
    let first = VariantV1 {
        id: id.0,
        remote: variant.remote.as_str(),
        inventory: variant.inventory.as_ref().map(RemoteId::as_str),
        options: variant.options.iter().map(|option| (&*option.option, &*option.value)).collect(),
        sku: variant.sku.as_deref(),
        barcode: variant.barcode.as_deref(),
        price: money_form(variant.price)?,
        stock: match &variant.stock {
            Stock::Tracked(levels) => {
                StockV1::Tracked(levels.iter().map(|(location, level)| (location.0.as_str(), level.raw())).collect())
            }
            Stock::Untracked => StockV1::Untracked,
            Stock::Unknown => StockV1::Unknown,
        },
    };
    Ok(VariantV2 {
        first,
        compare_at: money_form(variant.compare_at)?,
        weight: variant.weight.map(|Weight(weight)| weight),
        dimensions: dimensions_form(variant.dimensions),
    })
}

fn variant_of(form: VariantV2<'_>) -> Result<Variant, String> {
    let VariantV2 { first, compare_at, weight, dimensions } = form;
    Ok(Variant {
        remote: RemoteId::new(first.remote)?,
        inventory: first.inventory.map(RemoteId::new).transpose()?,
        options: first
            .options
            .into_iter()
            .map(|(option, value)| OptionValue { option: Text::new(option), value: Text::new(value) })
            .collect(),
        sku: first.sku.map(Text::new),
        barcode: first.barcode.map(Text::new),
        price: money_of(first.price)?,
        compare_at: money_of(compare_at)?,
        weight: weight.map(Weight),
        dimensions: dimensions_of(dimensions),
        stock: match first.stock {
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
    use crate::domain::{ConnectionId, KnownListing};
    use crate::store::samples;

    /// What version 1 wrote for [`samples::listing`] without what it did not know.
    const FIRST: &str = "0103070080aed6f7bf680250370b54656120706f7420e88cb609486f6c64732032206c010441786973000101010453697a65024602563101024931010453697a650153010454502d31010d34303036333831333333393331018c1f4555520001024c3180be92014702563200010453697a65014d00000002011768747470733a2f2f782e6578616d706c652f312e6a7067011368747470733a2f2f782e6578616d706c652f370180aed6f7bf68af706f22";

    #[test]
    fn version_1_is_read_for_ever() {
        let bytes = super::super::golden::bytes(FIRST);
        let mut listing = samples::listing(7, 3);
        let variant = &mut listing.listing.variants[0];
        (variant.compare_at, variant.weight, variant.dimensions) = (None, None, None);
        assert_eq!(super::super::open::<KnownListing>(&bytes).unwrap(), listing);
        assert_eq!(super::connection_of(&bytes).unwrap(), ConnectionId(3));
    }

    #[test]
    fn version_2_stays_as_it_is() {
        super::super::golden::check(
            &samples::listing(7, 3),
            "0203070080aed6f7bf680250370b54656120706f7420e88cb609486f6c64732032206c010441786973000101010453697a65024602563101024931010453697a650153010454502d31010d34303036333831333333393331018c1f4555520001024c3180be920101f42645555201d0f0330190a10fa0fe0af8ba094702563200010453697a65014d00000002000000011768747470733a2f2f782e6578616d706c652f312e6a7067011368747470733a2f2f782e6578616d706c652f370180aed6f7bf68d36427f9",
        );
    }

    #[test]
    fn the_connection_is_found_without_reading_the_rest() {
        let bytes = super::super::seal(&samples::listing(7, 300)).unwrap();
        assert_eq!(super::connection_of(&bytes).unwrap(), ConnectionId(300));
    }
}
