//! Who has the identifiers, SKUs and barcodes that a file names: found in one pass over the connections, with room for
//! what the file names alone.

use std::collections::{HashMap, HashSet};

use crate::domain::{ConnectionId, ListingId, MatchKey, NamedVariant, VariantId};
use crate::rules::CatalogueView;
use crate::rules::matching::read_key;

/// A variant with its listing.
pub type Place = (ListingId, VariantId);

/// So many holders of one key are kept; more say no more.
const MOST: usize = 3;

/// A name in the form in which it is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    Key(u8, Vec<u8>),
    /// A platform's identifier, as it is written.
    Remote(String),
    Variant(u64),
}

/// Who has what, of the names in a file.
#[derive(Debug, Default)]
pub struct Holders {
    found: HashMap<Name, Vec<Place>>,
    remotes: HashMap<String, Vec<ListingId>>,
    /// The connections that were looked through.
    pub connections: HashSet<ConnectionId>,
}

/// `l12` as 12, `v34` as 34.
pub fn number(raw: &str, prefix: char) -> Option<u64> {
    let digits = raw.strip_prefix(prefix).or_else(|| raw.strip_prefix(prefix.to_ascii_uppercase()))?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

fn key(kind: MatchKey, raw: &str) -> Option<Name> {
    let mut buffer = Vec::new();
    (!raw.is_empty() && read_key(kind, raw, &mut buffer)).then_some(Name::Key(kind as u8, buffer))
}

impl Holders {
    pub fn of<'a>(
        catalogue: &dyn CatalogueView,
        connections: impl IntoIterator<Item = ConnectionId>,
        names: impl Iterator<Item = &'a NamedVariant>,
    ) -> Self {
        let mut holders = Self::default();
        for named in names {
            for name in [key(MatchKey::Sku, &named.sku), key(MatchKey::Barcode, &named.barcode)].into_iter().flatten() {
                holders.found.entry(name).or_default();
            }
            if let Some(variant) = number(&named.id, 'v') {
                holders.found.entry(Name::Variant(variant)).or_default();
            }
            if !named.id.is_empty() {
                holders.found.entry(Name::Remote(named.id.clone())).or_default();
                holders.remotes.entry(named.id.clone()).or_default();
            }
        }
        for connection in connections {
            holders.connections.insert(connection);
            holders.look_through(catalogue, connection);
        }
        holders
    }

    fn look_through(&mut self, catalogue: &dyn CatalogueView, connection: ConnectionId) {
        let mut buffer = Vec::new();
        catalogue.each_listing(connection, &mut |known| {
            if known.gone {
                return;
            }
            if let Some(listings) = self.remotes.get_mut(known.listing.remote.as_str())
                && listings.len() < MOST
            {
                listings.push(known.id);
            }
            for (number, variant) in known.numbered() {
                let mut tell = |name: &Name| {
                    if let Some(places) = self.found.get_mut(name)
                        && places.len() < MOST
                        && !places.contains(&(known.id, number))
                    {
                        places.push((known.id, number));
                    }
                };
                for (kind, text) in [(MatchKey::Sku, &variant.sku), (MatchKey::Barcode, &variant.barcode)] {
                    if text.as_ref().is_some_and(|text| read_key(kind, text, &mut buffer)) {
                        let name = Name::Key(kind as u8, std::mem::take(&mut buffer));
                        tell(&name);
                        if let Name::Key(_, used) = name {
                            buffer = used;
                        }
                    }
                }
                tell(&Name::Remote(variant.remote.as_str().to_owned()));
                tell(&Name::Variant(number.0));
            }
        });
    }

    /// The variants that have a SKU or a barcode; at most some of them.
    pub fn with_key(&self, kind: MatchKey, raw: &str) -> &[Place] {
        key(kind, raw).and_then(|name| self.found.get(&name)).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn variant(&self, number: u64) -> Option<Place> {
        self.found.get(&Name::Variant(number))?.first().copied()
    }

    /// The listings, and the variants, that a platform calls so.
    pub fn called(&self, raw: &str) -> (&[ListingId], &[Place]) {
        let listings = self.remotes.get(raw).map(Vec::as_slice).unwrap_or_default();
        let variants = self.found.get(&Name::Remote(raw.to_owned())).map(Vec::as_slice).unwrap_or_default();
        (listings, variants)
    }
}
