//! One side of a comparison, packed: a million listings in about a hundred bytes each, and nothing else of them.
//!
//! A listing is a record in one arena of bytes, and three columns say where it starts, what its number is and how it
//! stands. What matching does not look at is not here; what is here is the text as it came, so that reasons can show it.
//! Rows are pushed listing by listing, from whatever holds them, and need nothing of it afterwards.

use std::collections::HashMap;

use crate::domain::{Currency, KnownListing, ListingId, Money, Status, Structure, VariantId};

use super::goods::{Article, Entry, Goods, Tie};
use super::record::{Reader, write};

/// Where a listing stands in the comparison with one other connection. In the order in which listings that share a key
/// are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Can be linked.
    Open,
    /// All its variants are linked, but none to the connection that is compared: it can be linked there as well.
    LinkedElsewhere,
    /// Some variants are linked to the other connection, others are not.
    PartlyLinked,
    /// All variants are linked to the other connection.
    Linked,
    /// Not linked, and not active.
    Inactive,
    /// Taken out.
    Gone,
}

impl Standing {
    fn of(status: Status, ties: impl Iterator<Item = Tie>) -> Self {
        let (mut there, mut elsewhere, mut all) = (0, 0, 0);
        for tie in ties {
            all += 1;
            match tie {
                Tie::Free => {}
                Tie::Elsewhere => elsewhere += 1,
                Tie::There { .. } => there += 1,
            }
        }
        match status {
            _ if there == all => Self::Linked,
            _ if there > 0 => Self::PartlyLinked,
            _ if elsewhere == all => Self::LinkedElsewhere,
            Status::Active => Self::Open,
            Status::Draft | Status::Archived => Self::Inactive,
        }
    }
}

/// A listing's place among the rows of its side. Below 2^30, about a billion.
pub type Place = u32;

/// Where a text lies in its row.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    start: usize,
    length: usize,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    standing: Standing,
    active: bool,
    variable: bool,
}

/// The listings of one connection as matching needs them.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    arena: Vec<u8>,
    /// Bytes of the arena that no row needs any more.
    wasted: usize,
    currencies: Vec<Currency>,
    ids: Vec<ListingId>,
    starts: Vec<usize>,
    marks: Vec<Mark>,
    /// The rows up to here are in the order of their numbers; where the others are, `late` knows.
    ordered: usize,
    late: HashMap<ListingId, Place>,
}

impl Rows {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a listing, in place of what was known under its number. `tie` says how each variant is linked, as far as
    /// the other connection of the comparison is concerned. A listing that is gone must not come here.
    pub fn push(&mut self, known: &KnownListing, tie: impl Fn(VariantId) -> Tie) -> Place {
        let listing = &known.listing;
        let mark = Mark {
            standing: Standing::of(listing.status, known.variants.iter().map(|variant| tie(*variant))),
            active: listing.status == Status::Active,
            variable: listing.structure.is_variable(),
        };
        let mut record = Vec::with_capacity(160);
        self.pack(known, tie, &mut record);
        match self.find(known.id) {
            Some(place) => {
                let at = place as usize;
                let (start, length) = (self.starts[at], self.record_length(place));
                if record.len() <= length {
                    self.arena[start..start + record.len()].copy_from_slice(&record);
                    self.wasted += length - record.len();
                } else {
                    self.wasted += length;
                    self.starts[at] = self.arena.len();
                    self.arena.extend_from_slice(&record);
                }
                self.marks[at] = mark;
                self.tidy();
                place
            }
            None => {
                let place = self.ids.len() as Place;
                if self.ordered == self.ids.len() && self.ids.last().is_none_or(|last| *last < known.id) {
                    self.ordered += 1;
                } else {
                    self.late.insert(known.id, place);
                }
                self.ids.push(known.id);
                self.starts.push(self.arena.len());
                self.marks.push(mark);
                self.arena.extend_from_slice(&record);
                place
            }
        }
    }

    /// Takes a listing out. Its row stays, marked as gone, and is used again if it comes back.
    pub fn remove(&mut self, id: ListingId) -> Option<Place> {
        let place = self.find(id).filter(|place| self.standing(*place) != Standing::Gone)?;
        self.marks[place as usize] = Mark { standing: Standing::Gone, active: false, variable: false };
        Some(place)
    }

    /// Rows, those that are gone included.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Bytes that the rows take up.
    pub fn size(&self) -> usize {
        self.arena.capacity()
            + self.ids.capacity() * size_of::<ListingId>()
            + self.starts.capacity() * size_of::<usize>()
            + self.marks.capacity() * size_of::<Mark>()
            + self.late.capacity() * size_of::<(ListingId, Place)>()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = ListingId> {
        let gone = |place: &Place| self.standing(*place) == Standing::Gone;
        self.places().filter(move |place| !gone(place)).map(|place| self.id(place))
    }

    pub(super) fn places(&self) -> std::ops::Range<Place> {
        0..self.ids.len() as Place
    }

    pub(super) fn find(&self, id: ListingId) -> Option<Place> {
        match self.ids[..self.ordered].binary_search(&id) {
            Ok(at) => Some(at as Place),
            Err(_) => self.late.get(&id).copied(),
        }
    }

    pub(super) fn id(&self, place: Place) -> ListingId {
        self.ids[place as usize]
    }

    pub(super) fn standing(&self, place: Place) -> Standing {
        self.marks[place as usize].standing
    }

    pub(super) fn is_active(&self, place: Place) -> bool {
        self.marks[place as usize].active
    }

    pub(super) fn is_variable(&self, place: Place) -> bool {
        self.marks[place as usize].variable
    }

    /// Whether it may still be linked, as far as it alone decides.
    pub(super) fn is_free(&self, place: Place) -> bool {
        matches!(self.standing(place), Standing::Open | Standing::LinkedElsewhere) && self.is_active(place)
    }

    pub(super) fn title(&self, place: Place) -> &str {
        self.reader(place).text()
    }

    /// Calls with SKU and barcode of each variant.
    pub(super) fn each_article<'a>(&'a self, place: Place, mut tell: impl FnMut(Option<&'a str>, Option<&'a str>)) {
        let mut reader = self.reader(place);
        reader.skip_text();
        let variants = reader.number();
        for _ in 0..variants {
            let (sku, barcode) = (reader.maybe_text(), reader.maybe_text());
            reader.skip_rest_of_variant();
            tell(sku, barcode);
        }
    }

    /// Where in its row a text lies that the row has given out.
    pub(super) fn span(&self, place: Place, text: &str) -> Span {
        let start = (text.as_ptr() as usize).wrapping_sub(self.arena.as_ptr() as usize);
        Span { start: start.wrapping_sub(self.starts[place as usize]), length: text.len() }
    }

    /// The text that lies there.
    pub(super) fn text_at(&self, place: Place, span: Span) -> &str {
        let start = self.starts[place as usize] + span.start;
        self.arena.get(start..start + span.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    pub(super) fn entry(&self, place: Place) -> Entry<'_> {
        self.read(&mut self.reader(place))
    }

    fn reader(&self, place: Place) -> Reader<'_> {
        Reader::new(&self.arena, self.starts[place as usize])
    }

    fn record_length(&self, place: Place) -> usize {
        let mut reader = self.reader(place);
        self.read(&mut reader);
        reader.at() - self.starts[place as usize]
    }

    /// Title; number of variants; of each its SKU and barcode, then in a part that can be skipped its number, tie, price
    /// and options; brand; whether it is variable; names of options, those of the structure first.
    fn pack(&mut self, known: &KnownListing, tie: impl Fn(VariantId) -> Tie, record: &mut Vec<u8>) {
        let listing = &known.listing;
        let mut names: Vec<&str> = match &listing.structure {
            Structure::Simple => Vec::new(),
            Structure::Variable { options } => options.iter().map(|name| name.as_str()).collect(),
        };
        let own_names = names.len();
        write::text(record, &listing.title);
        write::number(record, known.variants.len().min(listing.variants.len()) as u64);
        let mut rest = Vec::new();
        for (number, variant) in known.numbered() {
            write::maybe_text(record, variant.sku.as_deref());
            write::maybe_text(record, variant.barcode.as_deref());
            rest.clear();
            write::number(&mut rest, number.0);
            write::tie(&mut rest, tie(number));
            match variant.price {
                Some(price) => {
                    let known = self.currencies.iter().position(|currency| *currency == price.currency);
                    let currency = known.unwrap_or_else(|| {
                        self.currencies.push(price.currency);
                        self.currencies.len() - 1
                    });
                    write::number(&mut rest, currency as u64 + 1);
                    write::signed(&mut rest, price.minor);
                }
                None => write::number(&mut rest, 0),
            }
            write::number(&mut rest, variant.options.len() as u64);
            for option in &variant.options {
                let name = names.iter().position(|name| *name == option.option.as_str()).unwrap_or_else(|| {
                    names.push(&option.option);
                    names.len() - 1
                });
                write::number(&mut rest, name as u64);
                write::text(&mut rest, &option.value);
            }
            write::number(record, rest.len() as u64);
            record.extend_from_slice(&rest);
        }
        write::maybe_text(record, listing.brand.as_deref());
        write::number(record, u64::from(listing.structure.is_variable()));
        write::number(record, own_names as u64);
        write::number(record, names.len() as u64);
        for name in names {
            write::text(record, name);
        }
    }

    fn read<'a>(&'a self, reader: &mut Reader<'a>) -> Entry<'a> {
        let title = reader.text();
        let variants = reader.number() as usize;
        let mut members = Vec::with_capacity(variants);
        let mut articles = Vec::with_capacity(variants);
        // Options stand with the number of their name, and the names come last.
        let mut named: Vec<(usize, usize, u64)> = Vec::new();
        for position in 0..variants {
            let (sku, barcode) = (reader.maybe_text(), reader.maybe_text());
            let _length = reader.number();
            let number = VariantId(reader.number());
            members.push((number, reader.tie()));
            let price = match reader.number() {
                0 => None,
                currency => {
                    let minor = reader.signed();
                    self.currencies.get(currency as usize - 1).map(|currency| Money::new(minor, *currency))
                }
            };
            let options = (0..reader.number()).map(|place| {
                named.push((position, place as usize, reader.number()));
                ("", reader.text())
            });
            articles.push(Article { sku, barcode, price, options: options.collect() });
        }
        let brand = reader.maybe_text();
        let variable = reader.number() == 1;
        let own_names = reader.number() as usize;
        let mut names: Vec<&str> = (0..reader.number()).map(|_| reader.text()).collect();
        for (position, place, name) in named {
            articles[position].options[place].0 = names.get(name as usize).copied().unwrap_or_default();
        }
        names.truncate(own_names);
        Entry { title, brand, goods: Goods { variable, option_names: names, articles }, members }
    }

    /// Once more is wasted than used, the records move together; that is after very many changes.
    fn tidy(&mut self) {
        const WORTH_IT: usize = 1 << 26;
        if self.wasted < WORTH_IT || self.wasted * 2 < self.arena.len() {
            return;
        }
        let mut arena = Vec::with_capacity(self.arena.len() - self.wasted);
        for place in self.places() {
            let (start, length) = (self.starts[place as usize], self.record_length(place));
            self.starts[place as usize] = arena.len();
            arena.extend_from_slice(&self.arena[start..start + length]);
        }
        self.arena = arena;
        self.wasted = 0;
    }

    /// Puts the rows into the order of their numbers and gives back room that growing took too much of.
    pub(super) fn settle(&mut self) {
        if self.ordered < self.ids.len() {
            let mut order: Vec<Place> = self.places().collect();
            order.sort_unstable_by_key(|place| self.ids[*place as usize]);
            self.ids = order.iter().map(|place| self.ids[*place as usize]).collect();
            self.starts = order.iter().map(|place| self.starts[*place as usize]).collect();
            self.marks = order.iter().map(|place| self.marks[*place as usize]).collect();
            self.ordered = self.ids.len();
            self.late = HashMap::new();
        }
        // Some room for changes: to move a hundred million bytes because of one would be felt.
        let roomy = |length: usize| length + length / 16 + 1024;
        self.arena.shrink_to(roomy(self.arena.len()));
        self.ids.shrink_to(roomy(self.ids.len()));
        self.starts.shrink_to(roomy(self.starts.len()));
        self.marks.shrink_to(roomy(self.marks.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::shelf::{Shelf, TILL, simple, variable};

    #[test]
    fn a_row_holds_what_matching_asks() {
        let mut shelf = Shelf::new();
        let matrix = variable("Tee ♥", &["Colour", "Size"]).row(&["Red", "S"]).sku("T-1").barcode("036000291452");
        let matrix = shelf.put(TILL, matrix.row(&["Blue", ""]).price(None).brand("Rosa"));
        let mug = shelf.put(TILL, simple("").price(-5).status(Status::Draft));
        let tie = |variant: VariantId| match variant.0 {
            1000 => Tie::There { listing: ListingId(u64::MAX), variant: VariantId(7) },
            1001 => Tie::Elsewhere,
            _ => Tie::Free,
        };
        let mut rows = Rows::new();
        // The later one first.
        rows.push(&shelf.listings[1], tie);
        rows.push(&shelf.listings[0], tie);
        for settled in [false, true] {
            if settled {
                rows.settle();
            }
            let (matrix, mug) = (rows.find(matrix).unwrap(), rows.find(mug).unwrap());
            let entry = rows.entry(matrix);
            let goods = Goods::of(&shelf.listings[0].listing);
            assert_eq!(format!("{:?}", entry.goods), format!("{goods:?}"));
            assert_eq!((entry.title, entry.brand), ("Tee ♥", Some("Rosa")));
            assert_eq!(entry.members[1], (VariantId(1001), Tie::Elsewhere));
            assert_eq!(entry.first_partner(), Some(ListingId(u64::MAX)));
            assert_eq!(rows.standing(matrix), Standing::PartlyLinked);
            assert_eq!((rows.title(mug), rows.standing(mug)), ("", Standing::Inactive));
            assert_eq!(format!("{:?}", rows.entry(mug).goods), format!("{:?}", Goods::of(&shelf.listings[1].listing)));
        }
    }

    #[test]
    fn a_simple_listing_is_small() {
        let mut shelf = Shelf::new();
        let mut rows = Rows::new();
        for number in 0..1000 {
            let draft = simple("Espresso Machine Venlori, black, 1.2 l").sku("ESP-004711").barcode("4006381333931");
            shelf.put(TILL, draft.brand("Venlori").price(12_900 + number));
        }
        shelf.listings.iter().for_each(|known| {
            rows.push(known, |_| Tie::Free);
        });
        rows.settle();
        assert!(rows.size() < 120 * 1000, "{} bytes", rows.size());
    }

    #[test]
    fn rows_are_changed_and_come_back() {
        let mut shelf = Shelf::new();
        let mug = shelf.put(TILL, simple("A mug").sku("M-1"));
        let tea = shelf.put(TILL, simple("Tea").sku("T-1"));
        let mut rows = Rows::new();
        shelf.listings.iter().for_each(|known| {
            rows.push(known, |_| Tie::Free);
        });
        for title in ["Mug", "A mug that is much longer", "Mug 2"] {
            shelf.change(mug, |known| known.listing.title = title.into());
            let place = rows.push(&shelf.listings[0], |_| Tie::Free);
            assert_eq!(rows.title(place), title);
            assert_eq!(rows.title(rows.find(tea).unwrap()), "Tea");
            assert_eq!(rows.remove(mug), Some(place));
            assert_eq!((rows.remove(mug), rows.standing(place)), (None, Standing::Gone));
        }
        assert_eq!(rows.len(), 2);
    }
}
