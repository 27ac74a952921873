//! Who is meant by the rows of a file, and what cannot be linked as it stands there: each with the reason.
//!
//! An identifier decides. A SKU or a barcode beside it is believed only where it contradicts: it then stands on another
//! product, and somebody has to say which one is meant. One that stands nowhere was most likely changed by a
//! spreadsheet, and says nothing.

use std::collections::{BTreeMap, HashSet};

use crate::domain::{
    Candidate, ConnectionId, KnownListing, ListingId, MatchKey, NamedVariant, PairRow, Side, VariantId, VariantPair,
};
use crate::rules::CatalogueView;
use crate::rules::matching::{Goods, label, pairing};
use crate::rules::plan::Choice;

use super::meant::{Holders, Place, number};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    pub line: u64,
    /// What the row says, in short.
    pub row: String,
    pub reason: String,
}

/// What the rows come to: each is a choice, linked already, or rejected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// With the row of each, by its place.
    pub choices: Vec<(usize, Choice)>,
    pub linked: u64,
    pub rejected: Vec<Rejected>,
}

/// Who a row names on one side.
enum Meant {
    Listing(ListingId),
    Variant(Place),
}

/// `till`, `store`: where names are looked for, if not in all connections of that side. `primary`: of the rows that do
/// not say for themselves.
pub fn resolve(
    catalogue: &dyn CatalogueView,
    rows: &[PairRow],
    till: Option<ConnectionId>,
    store: Option<ConnectionId>,
    primary: Side,
) -> Resolved {
    let on = |side, only: Option<ConnectionId>| {
        let all = catalogue.connections().into_iter().filter(move |known| known.side == side).map(|known| known.id);
        all.filter(|id| only.is_none_or(|only| only == *id)).collect::<Vec<_>>()
    };
    let holders = [
        Holders::of(catalogue, on(Side::InStore, till), rows.iter().map(|row| &row.in_store)),
        Holders::of(catalogue, on(Side::Online, store), rows.iter().map(|row| &row.online)),
    ];
    let resolver = Resolver { catalogue, holders };
    let mut resolved = Resolved::default();
    let mut lines: BTreeMap<Vec<VariantPair>, u64> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let found = resolver.candidate(row).and_then(|found| match found {
            None => Ok(None),
            Some(candidate) => match lines.get(&candidate.pairs) {
                Some(line) => Err(format!("the same pair stands in line {line} already")),
                None => {
                    lines.insert(candidate.pairs.clone(), row.line);
                    Ok(Some(candidate))
                }
            },
        });
        match found {
            Ok(Some(candidate)) => {
                resolved.choices.push((place, Choice { candidate, primary: row.primary.unwrap_or(primary) }));
            }
            Ok(None) => resolved.linked += 1,
            Err(reason) => resolved.rejected.push(Rejected { line: row.line, row: in_short(row), reason }),
        }
    }
    resolved
}

/// `A-1 ↔ B-1`
pub fn in_short(row: &PairRow) -> String {
    let side = |named: &NamedVariant| {
        let parts = [&named.id, &named.sku, &named.barcode].into_iter().filter(|part| !part.is_empty());
        let text: String = parts.map(String::as_str).collect::<Vec<_>>().join(" / ").chars().take(60).collect();
        crate::domain::clean(&text)
    };
    format!("{} ↔ {}", side(&row.in_store), side(&row.online))
}

struct Resolver<'a> {
    catalogue: &'a dyn CatalogueView,
    holders: [Holders; 2],
}

impl Resolver<'_> {
    /// `None`: all of it is linked already.
    fn candidate(&self, row: &PairRow) -> Result<Option<Candidate>, String> {
        let in_store = self.meant(Side::InStore, &row.in_store)?;
        let online = self.meant(Side::Online, &row.online)?;
        let (ours, theirs) = (self.listing(&in_store)?, self.listing(&online)?);
        let one = |meant: &Meant, known: &KnownListing| match (meant, known.variants.as_slice()) {
            (Meant::Variant((_, variant)), _) => Some(*variant),
            (Meant::Listing(_), [only]) => Some(*only),
            (Meant::Listing(_), _) => None,
        };
        let pairs = match (one(&in_store, ours), one(&online, theirs)) {
            (Some(in_store), Some(online)) => vec![VariantPair { in_store, online }],
            (None, None) => paired(ours, theirs)?,
            (None, Some(_)) => return Err(several(ours)),
            (Some(_), None) => return Err(several(theirs)),
        };
        let open = self.open(ours, theirs, pairs)?;
        let matched = Vec::new();
        Ok((!open.is_empty()).then_some(Candidate { in_store: ours.id, online: theirs.id, matched, pairs: open }))
    }

    /// The pairs that are not linked with each other yet.
    fn open(
        &self,
        ours: &KnownListing,
        theirs: &KnownListing,
        pairs: Vec<VariantPair>,
    ) -> Result<Vec<VariantPair>, String> {
        let mut open = Vec::new();
        for pair in pairs {
            let ends = [(pair.in_store, ours, theirs), (pair.online, theirs, ours)];
            let mut linked = false;
            for (variant, own, other) in ends {
                let Some(link) = self.catalogue.link_of(variant) else { continue };
                let Some(there) = link.members.iter().find(|member| member.connection == other.connection) else {
                    continue;
                };
                linked = there.variant == pair.in_store || there.variant == pair.online;
                if !linked {
                    return Err(format!(
                        "{} is linked with {} already: unlink the two first",
                        named(own),
                        self.called(there.listing)
                    ));
                }
            }
            if !linked {
                open.push(pair);
            }
        }
        Ok(open)
    }

    fn listing(&self, meant: &Meant) -> Result<&KnownListing, String> {
        let (Meant::Listing(id) | Meant::Variant((id, _))) = meant;
        self.catalogue.listing(*id).filter(|known| !known.gone).ok_or_else(|| format!("{id} is not there any more"))
    }

    fn called(&self, id: ListingId) -> String {
        self.catalogue.listing(id).map_or_else(|| id.to_string(), named)
    }

    fn meant(&self, side: Side, row: &NamedVariant) -> Result<Meant, String> {
        let holders = &self.holders[usize::from(side == Side::Online)];
        let keyed = [(MatchKey::Sku, &row.sku), (MatchKey::Barcode, &row.barcode)];
        let keyed = keyed.into_iter().filter(|(_, raw)| !raw.is_empty());
        if row.id.is_empty() {
            return self.by_keys(side, holders, keyed);
        }
        let meant = self.by_id(side, holders, &row.id)?;
        let (Meant::Listing(listing) | Meant::Variant((listing, _))) = meant;
        let mut told: Option<Place> = None;
        for (kind, raw) in keyed {
            let places = holders.with_key(kind, raw);
            let own: Vec<Place> = places.iter().copied().filter(|(of, _)| *of == listing).collect();
            match (own.as_slice(), places.first()) {
                ([], Some((other, _))) => {
                    return Err(format!(
                        "{} is {}, but the {} “{raw}” is on {}: correct the one that is wrong",
                        row.id,
                        self.called(listing),
                        kind.label(),
                        self.called(*other)
                    ));
                }
                ([one], _) => told = told.or(Some(*one)),
                _ => {}
            }
        }
        Ok(match (meant, told) {
            // Of several variants of the product, this one.
            (Meant::Listing(_), Some(place)) => Meant::Variant(place),
            (Meant::Variant((_, variant)), Some((_, other))) if variant != other => {
                return Err(format!("{} and the SKU or barcode are two variants of {}", row.id, self.called(listing)));
            }
            (meant, _) => meant,
        })
    }

    fn by_id(&self, side: Side, holders: &Holders, raw: &str) -> Result<Meant, String> {
        let (listings, variants) = holders.called(raw);
        if let Some(number) = number(raw, 'l') {
            let id = ListingId(number);
            if let Some(known) = self.catalogue.listing(id).filter(|known| !known.gone) {
                return if holders.connections.contains(&known.connection) {
                    Ok(Meant::Listing(id))
                } else {
                    Err(self.elsewhere(side, raw, known))
                };
            }
        }
        if let Some(place) = number(raw, 'v').and_then(|number| holders.variant(number)) {
            return Ok(Meant::Variant(place));
        }
        match (listings, variants) {
            ([one], []) => Ok(Meant::Listing(*one)),
            ([], [one]) => Ok(Meant::Variant(*one)),
            // Some platforms call a single item and its one variant the same.
            ([one], [(of, _)]) if one == of => Ok(Meant::Listing(*one)),
            ([], []) => {
                Err(format!("there is no product “{}” on the {} side", crate::domain::clean(raw), side.label()))
            }
            (listings, variants) => {
                let all = listings.iter().chain(variants.iter().map(|(listing, _)| listing));
                let names: Vec<String> = all.collect::<HashSet<_>>().into_iter().map(|id| self.called(*id)).collect();
                Err(format!("“{raw}” is the number of several products: {}", sorted(names)))
            }
        }
    }

    fn elsewhere(&self, side: Side, raw: &str, known: &KnownListing) -> String {
        let there = self.catalogue.connection(known.connection);
        let name = there.map_or_else(String::new, |there| there.name.to_string());
        match there.is_some_and(|there| there.side == side) {
            true => format!("{raw} is {} on {name}, which is not the connection that was named", named(known)),
            false => format!(
                "{raw} is {} on {name}, which is no {}: the columns may be the other way round",
                named(known),
                side.label()
            ),
        }
    }

    fn by_keys<'k>(
        &self,
        side: Side,
        holders: &Holders,
        keyed: impl Iterator<Item = (MatchKey, &'k String)>,
    ) -> Result<Meant, String> {
        let mut found: Option<(Place, String)> = None;
        let mut missing = Vec::new();
        for (kind, raw) in keyed {
            let raw = crate::domain::clean(raw);
            let name = format!("{} “{raw}”", kind.label());
            match holders.with_key(kind, &raw) {
                [] => missing.push(name),
                [place] => match &found {
                    Some((known, before)) if known != place => {
                        return Err(format!(
                            "the {before} is on {} and the {name} on {}: correct the one that is wrong",
                            self.called(known.0),
                            self.called(place.0)
                        ));
                    }
                    _ => found = Some((*place, name)),
                },
                several => {
                    let names: Vec<String> = several.iter().map(|place| self.variant(*place)).collect();
                    return Err(format!(
                        "the {name} stands on several products of the {} side: {}; name the one that is meant by its number",
                        side.label(),
                        sorted(names)
                    ));
                }
            }
        }
        match found {
            Some((place, _)) => Ok(Meant::Variant(place)),
            None => Err(format!("nothing on the {} side has the {}", side.label(), missing.join(" or the "))),
        }
    }

    /// `“Tee” (l12), Red / S`
    fn variant(&self, (listing, variant): Place) -> String {
        let Some(known) = self.catalogue.listing(listing) else { return listing.to_string() };
        match known.variants.iter().position(|number| *number == variant) {
            Some(place) if known.variants.len() > 1 => {
                format!("{}, {} ({variant})", named(known), label(&known.listing, place))
            }
            _ => named(known),
        }
    }
}

fn sorted(mut names: Vec<String>) -> String {
    names.sort();
    names.join(" · ")
}

fn named(known: &KnownListing) -> String {
    let title: String = known.listing.title.chars().take(60).collect();
    format!("“{title}” ({})", known.id)
}

fn several(known: &KnownListing) -> String {
    format!(
        "{} has {} variants, and the other side is one: say which by its SKU, or by its number (v…)",
        named(known),
        known.variants.len()
    )
}

/// Every variant with its counterpart, of two products that have several.
fn paired(ours: &KnownListing, theirs: &KnownListing) -> Result<Vec<VariantPair>, String> {
    let number = |known: &KnownListing, place: usize| known.variants.get(place).copied();
    match pairing(&Goods::of(&ours.listing), &Goods::of(&theirs.listing)) {
        Ok(pairs) => {
            let pair = |(one, other)| -> Option<VariantPair> {
                let (in_store, online): (VariantId, VariantId) = (number(ours, one)?, number(theirs, other)?);
                Some(VariantPair { in_store, online })
            };
            Ok(pairs.into_iter().filter_map(pair).collect())
        }
        Err(unpaired) => {
            let names = |known: &KnownListing, places: &[usize]| {
                let names = places.iter().take(4).map(|place| label(&known.listing, *place).to_string());
                (!places.is_empty()).then(|| format!("{} ({})", named(known), names.collect::<Vec<_>>().join(", ")))
            };
            let both = [names(ours, &unpaired.ours), names(theirs, &unpaired.theirs)];
            let both: Vec<String> = both.into_iter().flatten().collect();
            Err(format!(
                "variants have no counterpart by options, SKU or barcode: {}; name them one by one by SKU",
                both.join(" and ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::shelf::{MARKET, Shelf, TILL, WEB, simple, variable};

    fn row(line: u64, in_store: (&str, &str), online: (&str, &str)) -> PairRow {
        let named = |(id, sku): (&str, &str)| NamedVariant { id: id.into(), sku: sku.into(), barcode: String::new() };
        PairRow { line, in_store: named(in_store), online: named(online), primary: None }
    }

    fn shelf() -> Shelf {
        let mut shelf = Shelf::new();
        shelf.put(TILL, simple("Mug").sku("A-1"));
        shelf.put(TILL, simple("Cup").sku("A-2"));
        shelf.put(TILL, variable("Tee", &["Size"]).row(&["S"]).sku("T-S").row(&["M"]).sku("T-M"));
        shelf.put(WEB, simple("Big mug").sku("W-1"));
        shelf.put(WEB, simple("Twin one").sku("TWIN"));
        shelf.put(WEB, simple("Twin two").sku("twin"));
        shelf.put(WEB, variable("Tee", &["Size"]).row(&["M"]).row(&["S"]).sku("W-S"));
        shelf.put(MARKET, simple("Mug").sku("A-1"));
        shelf
    }

    fn reasons(shelf: &Shelf, rows: &[PairRow]) -> Vec<(u64, String)> {
        let resolved = resolve(shelf, rows, None, None, Side::InStore);
        resolved.rejected.into_iter().map(|rejected| (rejected.line, rejected.reason)).collect()
    }

    #[test]
    fn skus_numbers_and_variants_name_products() {
        let shelf = shelf();
        let rows =
            [row(2, ("", "a-1"), ("", "W-1")), row(3, ("l3", ""), ("l7", "")), row(4, ("v3001", ""), ("l4", ""))];
        let resolved = resolve(&shelf, &rows, None, None, Side::Online);
        assert_eq!(resolved.rejected, []);
        let pairs: Vec<usize> = resolved.choices.iter().map(|(_, choice)| choice.candidate.pairs.len()).collect();
        assert_eq!(pairs, [1, 2, 1]);
        assert!(resolved.choices.iter().all(|(_, choice)| choice.primary == Side::Online));
        let only = resolve(&shelf, &[row(2, ("", "A-2"), ("", "A-1"))], None, Some(WEB), Side::InStore);
        assert!(only.rejected[0].reason.contains("nothing on the eCommerce side has the SKU “A-1”"), "{only:?}");
    }

    #[test]
    fn every_rejected_row_has_its_line_and_its_reason() {
        let shelf = shelf();
        let rows = [
            row(2, ("", "A-1"), ("", "TWIN")),
            row(3, ("", "A-9"), ("", "W-1")),
            row(4, ("l1", "A-2"), ("l4", "")),
            row(5, ("l4", ""), ("l1", "")),
            row(6, ("l3", ""), ("l4", "")),
            row(7, ("", "A-1"), ("", "W-1")),
            row(8, ("l1", ""), ("l4", "")),
            row(9, ("l99", ""), ("l4", "")),
        ];
        let told = reasons(&shelf, &rows);
        let expected = [
            (2, "“Twin one” (l5) · “Twin two” (l6)"),
            (3, "nothing on the POS side has the SKU “A-9”"),
            (4, "l1 is “Mug” (l1), but the SKU “A-2” is on “Cup” (l2)"),
            (5, "is no POS: the columns may be the other way round"),
            (6, "“Tee” (l3) has 2 variants"),
            (8, "the same pair stands in line 7 already"),
            (9, "there is no product “l99” on the POS side"),
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for ((line, reason), (at, part)) in told.iter().zip(expected) {
            assert!(*line == at && reason.contains(part), "{line}: {reason}");
        }
    }

    #[test]
    fn what_is_linked_is_said_to_be_so() {
        let mut shelf = shelf();
        shelf.link(&[(ListingId(1), 0), (ListingId(4), 0)]);
        let rows = [row(2, ("l1", ""), ("l4", "")), row(3, ("l2", ""), ("l4", "")), row(4, ("l1", ""), ("l8", ""))];
        let resolved = resolve(&shelf, &rows, None, None, Side::InStore);
        assert_eq!((resolved.linked, resolved.choices.len()), (1, 1), "a link may grow to another connection");
        assert_eq!(
            resolved.rejected[0].reason,
            "“Big mug” (l4) is linked with “Mug” (l1) already: unlink the two first"
        );
    }
}
