//! One side of a comparison, packed: a million listings in about a hundred bytes each, and nothing else of them.
//!
//! A listing is a record in an arena of bytes, and three columns say where it starts, what its number is and how it
//! stands. What matching does not look at is not here; what is here is the text as it came, so that reasons can show it.
//! Rows are pushed listing by listing, from whatever holds them, and need nothing of it afterwards.

use std::collections::BTreeMap;

use crate::domain::{Currency, KnownListing, ListingId, MatchKey, Money, Status, Structure, VariantId};

use super::arena::{Arena, Leaving, Start};
use super::goods::{Article, Entry, Goods, Offer, Tie};
use super::plain::Field;
use super::record::{Reader, write};
pub use super::standing::Standing;

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
    /// Simple, with one variant.
    single: bool,
}

/// The listings of one connection as matching needs them.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    arena: Arena,
    currencies: Vec<Currency>,
    ids: Vec<ListingId>,
    starts: Vec<Start>,
    marks: Vec<Mark>,
    /// The rows up to here are in the order of their numbers; where the others are, `late` knows.
    ordered: usize,
    late: BTreeMap<ListingId, Place>,
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
            single: !listing.structure.is_variable() && known.variants.len().min(listing.variants.len()) == 1,
        };
        let mut record = Vec::with_capacity(160);
        self.pack(known, tie, &mut record);
        match self.find(known.id) {
            Some(place) => {
                let start = self.starts[place as usize];
                let length = record_length(self.arena.block(start), start);
                if record.len() <= length {
                    self.arena.overwrite(start, &record);
                    self.wasted(start, length - record.len());
                } else {
                    self.starts[place as usize] = Start::NOWHERE;
                    self.wasted(start, length);
                    self.write(place, &record);
                }
                self.marks[place as usize] = mark;
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
                self.starts.push(Start::NOWHERE);
                self.marks.push(mark);
                self.write(place, &record);
                place
            }
        }
    }

    /// Takes a listing out. Its row stays, marked as gone, and is used again if it comes back.
    pub fn remove(&mut self, id: ListingId) -> Option<Place> {
        let place = self.find(id).filter(|place| self.standing(*place) != Standing::Gone)?;
        self.marks[place as usize] = Mark { standing: Standing::Gone, active: false, variable: false, single: false };
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
        self.arena.size()
            + self.ids.capacity() * size_of::<ListingId>()
            + self.starts.capacity() * size_of::<Start>()
            + self.marks.capacity() * size_of::<Mark>()
            + self.late.len() * 2 * size_of::<(ListingId, Place)>()
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

    /// Whether it is simple and has one variant, as most listings are.
    pub(super) fn is_single(&self, place: Place) -> bool {
        self.marks[place as usize].single
    }

    /// Whether it may still be linked, as far as it alone decides.
    pub(super) fn is_free(&self, place: Place) -> bool {
        matches!(self.standing(place), Standing::Open | Standing::LinkedElsewhere) && self.is_active(place)
    }

    pub(super) fn title(&self, place: Place) -> &str {
        self.reader(place).text()
    }

    /// Where barcode, SKU and title of a single item lie in [`Self::bytes`].
    #[inline]
    pub(super) fn single_fields(&self, place: Place) -> [Field; 3] {
        let mut reader = self.reader(place);
        let title = reader.field();
        let _variants = reader.number();
        let (sku, barcode) = (reader.maybe_field(), reader.maybe_field());
        [barcode, sku, title]
    }

    /// The bytes among which the record of a listing stands.
    #[inline]
    pub(super) fn bytes(&self, place: Place) -> &[u8] {
        self.arena.block(self.starts[place as usize])
    }

    pub(super) fn text_of(&self, place: Place, field: Field) -> &str {
        let bytes = self.bytes(place).get(field.start..field.start + field.length);
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// What a single item has as a key of a kind, as it came.
    pub(super) fn single_text(&self, place: Place, kind: MatchKey) -> Option<&str> {
        Some(self.text_of(place, self.single_fields(place)[kind as usize]))
    }

    /// Of a single item.
    pub(super) fn offer(&self, place: Place) -> Offer<'_> {
        let mut reader = self.reader(place);
        reader.skip_text();
        let _variants = reader.number();
        let _codes = (reader.maybe_field(), reader.maybe_field());
        let rest = reader.number() as usize;
        let brand_at = reader.at() + rest;
        let (_number, _tie) = (reader.number(), reader.tie());
        let price = self.price(&mut reader);
        Offer { price, brand: Reader::new(self.bytes(place), brand_at).maybe_text() }
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
        let start = (text.as_ptr() as usize).wrapping_sub(self.bytes(place).as_ptr() as usize);
        Span { start: start.wrapping_sub(self.starts[place as usize].at as usize), length: text.len() }
    }

    /// The text that lies there.
    pub(super) fn text_at(&self, place: Place, span: Span) -> &str {
        self.text_of(place, Field { start: self.starts[place as usize].at as usize + span.start, length: span.length })
    }

    pub(super) fn entry(&self, place: Place) -> Entry<'_> {
        self.read(&mut self.reader(place))
    }

    fn reader(&self, place: Place) -> Reader<'_> {
        let start = self.starts[place as usize];
        Reader::new(self.arena.block(start), start.at as usize)
    }

    fn write(&mut self, place: Place, record: &[u8]) {
        let (start, leaving) = self.arena.append(place, record);
        self.starts[place as usize] = start;
        self.leave(leaving);
    }

    fn wasted(&mut self, start: Start, bytes: usize) {
        let leaving = self.arena.waste(start, bytes);
        self.leave(leaving);
    }

    /// Moves what is left of a block, and of one that is full then and worth leaving as well.
    fn leave(&mut self, leaving: Option<Leaving>) {
        let mut all = Vec::from_iter(leaving);
        while let Some(leaving) = all.pop() {
            for place in &leaving.places {
                let start = self.starts[*place as usize];
                if start.block == leaving.number {
                    let at = start.at as usize;
                    let record = &leaving.bytes[at..at + record_length(&leaving.bytes, start)];
                    let (moved, full) = self.arena.append(*place, record);
                    self.starts[*place as usize] = moved;
                    all.extend(full);
                }
            }
            self.arena.left(leaving);
        }
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
            let price = self.price(reader);
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

    fn price(&self, reader: &mut Reader<'_>) -> Option<Money> {
        match reader.number() {
            0 => None,
            currency => {
                let minor = reader.signed();
                self.currencies.get(currency as usize - 1).map(|currency| Money::new(minor, *currency))
            }
        }
    }

    /// Puts the rows into the order of their numbers and gives back room that growing took too much of.
    pub(super) fn settle(&mut self) {
        if self.ordered < self.ids.len() {
            let mut order: Vec<Place> = self.places().collect();
            order.sort_unstable_by_key(|place| self.ids[*place as usize]);
            let mut new_of = vec![0; order.len()];
            for (new, old) in (0..).zip(&order) {
                new_of[*old as usize] = new;
            }
            self.arena.renumber(&new_of);
            self.ids = order.iter().map(|place| self.ids[*place as usize]).collect();
            self.starts = order.iter().map(|place| self.starts[*place as usize]).collect();
            self.marks = order.iter().map(|place| self.marks[*place as usize]).collect();
            self.ordered = self.ids.len();
            self.late = BTreeMap::new();
        }
        // Some room for changes.
        let roomy = |length: usize| length + length / 16 + 1024;
        self.arena.shrink();
        self.ids.shrink_to(roomy(self.ids.len()));
        self.starts.shrink_to(roomy(self.starts.len()));
        self.marks.shrink_to(roomy(self.marks.len()));
    }
}

/// Bytes of a record, in the order in which it is packed.
fn record_length(bytes: &[u8], start: Start) -> usize {
    let mut reader = Reader::new(bytes, start.at as usize);
    reader.skip_text();
    for _ in 0..reader.number() {
        let _codes = (reader.maybe_field(), reader.maybe_field());
        reader.skip_rest_of_variant();
    }
    let _brand = reader.maybe_field();
    let (_variable, _own_names) = (reader.number(), reader.number());
    for _ in 0..reader.number() {
        reader.skip_text();
    }
    reader.at() - start.at as usize
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
