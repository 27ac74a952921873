//! A listing as the engine holds it, and its form in the cellar.

use serde::{Deserialize, Serialize};

use crate::domain::{Field, FieldValue, KnownListing, Listing, Stock, Variant, VariantId};
use crate::rules::fields::{Face, face, value};
use crate::rules::filter::folded;

use super::leaf::Filed;

/// A listing as it is kept in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Without description, pictures and page.
    pub known: KnownListing,
    /// Of the listing as it was journalled; tells, together with the stock, whether a feed shows anything new.
    pub digest: Digest,
    /// What stands in the description and the pictures, as far as deciding about them needs it.
    description: Face,
    images: Face,
}

/// A fingerprint of what a platform shows of a listing.
pub type Digest = [u8; 16];

/// The listing's fingerprint, but for its stock, which is compared by itself. The platform's own time stamp does not
/// count either: it moves with every sale.
pub fn digest(listing: &Listing) -> Digest {
    digest_of(listing.clone()).0
}

/// Most listings are shorter, written down.
const USUAL: usize = 1024;

/// The same without copying.
fn digest_of(mut listing: Listing) -> (Digest, Listing) {
    let updated_at = listing.updated_at.take();
    let stocks: Vec<Stock> =
        listing.variants.iter_mut().map(|variant| std::mem::replace(&mut variant.stock, Stock::Unknown)).collect();
    // A form that cannot be written is taken as new each time, which costs a line in the journal and no more.
    let bytes = postcard::to_extend(&listing, Vec::with_capacity(USUAL)).unwrap_or_default();
    for (variant, stock) in listing.variants.iter_mut().zip(stocks) {
        variant.stock = stock;
    }
    listing.updated_at = updated_at;
    (short(&bytes), listing)
}

fn short(bytes: &[u8]) -> Digest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    digest
}

/// Title, SKUs and barcodes in the form in which they are searched, a line for each. The first two lines are the title
/// and the first variant's SKU, blank if it has none.
pub fn searched(listing: &Listing) -> String {
    let mut text = folded(&listing.title);
    text.reserve(listing.variants.len() * 32);
    for (place, variant) in listing.variants.iter().enumerate() {
        let Variant { sku, barcode, .. } = variant;
        let sku = sku.as_ref().map(|sku| folded(sku)).or_else(|| (place == 0).then(String::new));
        for key in [sku, barcode.as_ref().map(|barcode| folded(barcode))].into_iter().flatten() {
            text.push('\n');
            text.push_str(&key);
        }
    }
    text
}

/// The title in the form in which it is sorted, of what [`searched`] made.
pub fn title(text: &str) -> &str {
    text.split_once('\n').map_or(text, |(title, _)| title)
}

/// The first variant's SKU in the form in which it is sorted.
pub fn sku(text: &str) -> Option<&str> {
    text.split('\n').nth(1).filter(|sku| !sku.is_empty())
}

impl Kept {
    pub fn new(mut known: KnownListing) -> Self {
        let (digest, listing) = digest_of(known.listing);
        known.listing = listing;
        let listing = &mut known.listing;
        let description = face(Field::Description, &FieldValue::Text(std::mem::take(&mut listing.description)));
        let images = face(Field::Images, &FieldValue::Images(std::mem::take(&mut listing.images)));
        listing.page = None;
        Self { known, digest, description, images }
    }

    /// What the listing shows of a field; `None` if it has no such variant.
    pub fn face(&self, field: Field, variant: Option<VariantId>) -> Option<Face> {
        match field {
            Field::Description => Some(self.description),
            Field::Images => Some(self.images),
            _ => {
                let variant = variant.and_then(|number| self.known.variant(number));
                value(field, &self.known.listing, variant).map(|value| face(field, &value))
            }
        }
    }
}

/// [`Face`] as it lies in the cellar.
type FaceForm = (u32, u32, bool, u32, bool);

#[derive(Serialize)]
struct Writing<'a> {
    known: &'a KnownListing,
    digest: Digest,
    faces: [FaceForm; 2],
}

#[derive(Deserialize)]
struct Reading {
    known: KnownListing,
    digest: Digest,
    faces: [FaceForm; 2],
}

const fn face_form(face: Face) -> FaceForm {
    (face.own, face.meaning, face.weak, face.kind, face.blank)
}

const fn face_of((own, meaning, weak, kind, blank): FaceForm) -> Face {
    Face { own, meaning, weak, kind, blank }
}

impl Filed for Kept {
    fn pack(&self, bytes: Vec<u8>) -> Result<Vec<u8>, postcard::Error> {
        let Self { known, digest, description, images } = self;
        let form = Writing { known, digest: *digest, faces: [face_form(*description), face_form(*images)] };
        postcard::to_extend(&form, bytes)
    }

    fn unpack(bytes: &[u8]) -> Result<Self, postcard::Error> {
        let Reading { known, digest, faces: [description, images] } = postcard::from_bytes(bytes)?;
        Ok(Self { known, digest, description: face_of(description), images: face_of(images) })
    }
}
