//! A report that is kept is, after any changes, what a full report would be.

use proptest::prelude::*;

use super::properties::{listing, shops};
use super::*;
use crate::domain::{ListingId, Status};
use crate::rules::shelf::{Draft, Shelf, TILL, WEB, simple, variable};

/// What happens to the listing at a place; the place is taken from those there are.
#[derive(Debug, Clone)]
enum Edit {
    Add { in_store: bool, draft: Draft },
    Change { listing: usize, draft: Draft },
    Remove { listing: usize },
    Link { in_store: usize, online: usize, variants: (usize, usize) },
    Unlink { link: usize },
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        2 => (any::<bool>(), listing()).prop_map(|(in_store, draft)| Edit::Add { in_store, draft }),
        4 => (0usize..20, listing()).prop_map(|(listing, draft)| Edit::Change { listing, draft }),
        2 => (0usize..20).prop_map(|listing| Edit::Remove { listing }),
        2 => (0usize..20, 0usize..20, (0usize..3, 0usize..3))
            .prop_map(|(in_store, online, variants)| Edit::Link { in_store, online, variants }),
        1 => (0usize..6).prop_map(|link| Edit::Unlink { link }),
    ]
}

/// The shops, the report that is kept of them, and what was there once.
struct Kept {
    shelf: Shelf,
    comparison: Comparison,
    removed: Vec<KnownListing>,
}

impl Kept {
    fn here(connection: ConnectionId) -> (Here, ConnectionId) {
        if connection == TILL { (Here::InStore, WEB) } else { (Here::Online, TILL) }
    }

    fn put(&mut self, listing: ListingId) -> Vec<ListingId> {
        let Some(known) = self.shelf.listing(listing) else { return Vec::new() };
        let (here, other) = Self::here(known.connection);
        self.comparison.put(here, known, |variant| tie(&self.shelf, variant, other))
    }

    fn place(&self, connection: ConnectionId, place: usize) -> Option<&KnownListing> {
        let all: Vec<_> = self.shelf.listings_of(connection).collect();
        (!all.is_empty()).then(|| all[place % all.len()])
    }

    fn make(&mut self, edit: Edit) {
        match edit {
            Edit::Add { in_store, draft } => {
                let connection = if in_store { TILL } else { WEB };
                // One that came back, with its old number, or a new one; numbers are never given twice.
                let back = self.removed.iter().position(|known| known.connection == connection);
                let id = match back {
                    Some(place) => self.removed.swap_remove(place).id,
                    None => {
                        let all = self.shelf.listings.iter().chain(&self.removed);
                        ListingId(all.map(|known| known.id.0).max().unwrap_or(0) + 1)
                    }
                };
                self.shelf.put_as(id, connection, draft);
                self.put(id);
            }
            Edit::Change { listing, draft } => {
                let many = self.shelf.listings.len().max(1);
                let Some(id) = self.shelf.listings.get(listing % many).map(|known| known.id) else { return };
                // Variants keep their numbers, new ones get some, and links of those that are lost stay behind.
                let fresh = self.shelf.listings[listing % many].connection;
                let mut other = Shelf { listings: Vec::new(), ..self.shelf.clone() };
                other.put_as(id, fresh, draft);
                let changed = other.listings.remove(0);
                self.shelf.change(id, |known| *known = changed);
                self.put(id);
            }
            Edit::Remove { listing } => {
                if self.shelf.listings.is_empty() {
                    return;
                }
                let place = listing % self.shelf.listings.len();
                let known = self.shelf.listings.remove(place);
                let (here, _) = Self::here(known.connection);
                self.comparison.remove(here, known.id);
                self.removed.push(known);
            }
            Edit::Link { in_store, online, variants } => {
                let (Some(till), Some(web)) = (self.place(TILL, in_store), self.place(WEB, online)) else { return };
                let (ours, theirs) = (till.variants.len(), web.variants.len());
                let (our, their) = (variants.0 % ours, variants.1 % theirs);
                let free = |variant| self.shelf.link_of(variant).is_none();
                if !free(till.variants[our]) || !free(web.variants[their]) {
                    return;
                }
                let (till, web) = (till.id, web.id);
                self.shelf.link(&[(till, our), (web, their)]);
                self.put(till);
                self.put(web);
            }
            Edit::Unlink { link } => {
                if self.shelf.links.is_empty() {
                    return;
                }
                let place = link % self.shelf.links.len();
                let link = self.shelf.links.remove(place);
                for member in link.members {
                    self.put(member.listing);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn after_every_change_it_is_a_full_report(shelf in shops(), edits in proptest::collection::vec(edit(), 1..12)) {
        let comparison = comparison(&shelf, TILL, WEB);
        let mut kept = Kept { shelf, comparison, removed: Vec::new() };
        for edit in edits {
            let told = format!("{edit:?}");
            kept.make(edit);
            prop_assert_eq!(kept.comparison.matches(), matches(&kept.shelf, TILL, WEB), "after {}", told);
        }
    }
}

#[test]
fn a_change_tells_whom_it_touched() {
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, simple("Mug").sku("M-1"));
    let web = shelf.put(WEB, simple("Cup").sku("M-2"));
    let stranger = shelf.put(WEB, simple("Tea").sku("T-1"));
    let comparison = comparison(&shelf, TILL, WEB);
    let mut kept = Kept { shelf, comparison, removed: Vec::new() };
    kept.shelf.change(web, |known| known.listing.variants[0].sku = Some("m-1".into()));
    assert_eq!(kept.put(web), [till, web]);
    assert_eq!(kept.comparison.candidate_count(), 1);
    kept.shelf.change(stranger, |known| known.listing.status = Status::Draft);
    assert_eq!(kept.put(stranger), [stranger]);
    assert_eq!(kept.comparison.remove(Here::Online, web), [till, web]);
    assert_eq!(kept.comparison.remove(Here::Online, web), []);
    assert_eq!(kept.comparison.candidate_count(), 0);
}

/// Five thousand variants come and go, and the one listing that has them all stays findable by each.
#[test]
fn many_variants_come_and_go() {
    let matrix = |from: usize, to: usize| {
        (from..to).fold(variable("Tee", &["Size"]), |draft, number| {
            draft.row(&[&format!("No {number}")]).sku(&format!("TEE-{number}"))
        })
    };
    let mut shelf = Shelf::new();
    let till = shelf.put(TILL, matrix(0, 900));
    let web = shelf.put(WEB, matrix(0, 900));
    let comparison = comparison(&shelf, TILL, WEB);
    let mut kept = Kept { shelf, comparison, removed: Vec::new() };
    assert_eq!(kept.comparison.candidate_count(), 1);
    for (to, candidates) in [(899, 0), (900, 1), (3, 0), (900, 1)] {
        kept.make(Edit::Change { listing: 1, draft: matrix(0, to) });
        assert_eq!(kept.comparison.candidate_count(), candidates, "with {to} there");
        assert_eq!(kept.comparison.matches(), matches(&kept.shelf, TILL, WEB));
    }
    kept.comparison.remove(Here::InStore, till);
    assert_eq!(kept.comparison.unmatched(), [web]);
}
