//! Two catalogues of one assortment, as dirty as real ones, with the truth beside them.
//!
//! A till's clerk and a web shop's author describe the same products: other order of words, another language of the
//! colour, abbreviations, a missing brand, a typing error, a model number with or without hyphens, a price with tax or on
//! sale. Most products have sisters that differ in nothing but a colour, a size or a capacity, and of some only one
//! side sells each sister: those are the pairs that must *not* be suggested. Made of numbers alone, so always the same.

/// A record of either side.
#[derive(Debug, Clone, Default)]
pub struct Ware {
    pub title: String,
    pub description: String,
    pub brand: String,
    pub minor: Option<i64>,
    /// Which product it is; equal on both sides for the same product, and for nothing else.
    pub product: usize,
}

/// How it is written.
#[derive(Debug, Clone, Copy)]
pub struct Dirt {
    /// Of a hundred products, how many both sides sell.
    pub overlap: u64,
    /// Of a hundred words, how many are misspelled.
    pub typing_errors: u64,
    /// Of a hundred model numbers, how many the till has left out.
    pub missing_codes: u64,
}

pub const USUAL: Dirt = Dirt { overlap: 70, typing_errors: 3, missing_codes: 35 };

/// Numbers that look like chance (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, many: usize) -> usize {
        (self.next() % many.max(1) as u64) as usize
    }

    pub fn of_hundred(&mut self, many: u64) -> bool {
        self.next() % 100 < many
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const COLOURS: [(&str, &str); 8] = [
    ("Black", "Schwarz"),
    ("White", "Weiß"),
    ("Red", "Rot"),
    ("Blue", "Blau"),
    ("Green", "Grün"),
    ("Grey", "Grau"),
    ("Yellow", "Gelb"),
    ("Brown", "Braun"),
];
const NOUNS: [&str; 24] = [
    "T-Shirt",
    "Running Shoe",
    "Espresso Machine",
    "Backpack",
    "Rain Jacket",
    "Water Bottle",
    "Desk Lamp",
    "Headphones",
    "Memory Card",
    "USB Drive",
    "Notebook",
    "Ink Cartridge",
    "Sofa Cushion",
    "Dinner Plate",
    "Shampoo",
    "Olive Oil",
    "Bicycle Helmet",
    "Yoga Mat",
    "Camera Case",
    "Power Bank",
    "Wool Scarf",
    "Kitchen Knife",
    "Board Game",
    "Dog Leash",
];
const SHORTENED: [(&str, &str); 8] = [
    ("Headphones", "Headphns"),
    ("Machine", "Mach."),
    ("Jacket", "Jkt"),
    ("Cartridge", "Cart."),
    ("Bottle", "Btl"),
    ("Memory", "Mem."),
    ("Camera", "Cam"),
    ("Running", "Run"),
];
const SYLLABLES: [&str; 30] = [
    "ka", "lo", "mi", "ra", "ven", "tor", "sal", "bri", "dun", "pel", "nor", "qui", "zan", "fe", "gra", "hol", "jur",
    "wes", "xi", "ya", "tus", "mer", "lan", "dor", "cel", "bal", "rov", "sti", "plo", "une",
];

fn name(chance: &mut Chance, syllables: usize) -> String {
    let mut name: String = (0..syllables).map(|_| chance.one(&SYLLABLES)).collect();
    if let Some(first) = name.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    name
}

/// What tells sisters apart.
#[derive(Clone, Copy)]
enum Differs {
    Colour,
    Size,
    ShoeSize,
    Volume,
    Memory,
}

const DIFFERS: [Differs; 5] = [Differs::Colour, Differs::Size, Differs::ShoeSize, Differs::Volume, Differs::Memory];

/// `products` products and what both sides make of them, each side in an order of its own.
pub fn catalogues(products: usize, seed: u64, dirt: Dirt) -> [Vec<Ware>; 2] {
    let mut chance = Chance(seed);
    let brands: Vec<String> = (0..products / 40 + 12).map(|_| name(&mut chance, 2)).collect();
    let mut sides: [Vec<Ware>; 2] = Default::default();
    let mut product = 0;
    while product < products {
        let brand = &brands[chance.below(brands.len())];
        let line = name(&mut chance, 3);
        let noun = chance.one(&NOUNS);
        let coded = chance.of_hundred(50);
        let letters: String = (0..2 + chance.below(2)).map(|_| char::from(b'A' + chance.below(26) as u8)).collect();
        let stem = 100 + chance.below(9900);
        let differs = DIFFERS[chance.below(DIFFERS.len())];
        let base = 500 + chance.below(30_000) as i64;
        let first = chance.below(8);
        for sister in 0..1 + chance.below(4) {
            let step = (first + sister) % 8;
            let code = coded.then(|| format!("{letters}-{stem}{}", char::from(b'A' + step as u8)));
            let (english, german) = match differs {
                Differs::Colour => (COLOURS[step].0.to_owned(), COLOURS[step].1.to_owned()),
                Differs::Size => (["XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL"][step].into(), String::new()),
                Differs::ShoeSize => ((36 + step).to_string(), String::new()),
                Differs::Volume => (format!("{} ml", 125 * (step + 1)), format!("{}ml", 125 * (step + 1))),
                Differs::Memory => (format!("{} GB", 8 << step), format!("{}GB", 8 << step)),
            };
            let price =
                base + if matches!(differs, Differs::Volume | Differs::Memory) { base * step as i64 / 4 } else { 0 };
            let ware = Plain { brand, line: &line, noun, code, english, german, price };
            let both = chance.of_hundred(dirt.overlap);
            let here = both || chance.of_hundred(50);
            if here {
                sides[0].push(till(&mut chance, &ware, product, dirt));
            }
            if both || !here {
                sides[1].push(web(&mut chance, &ware, product, dirt));
            }
            product += 1;
        }
    }
    for side in &mut sides {
        for place in (1..side.len()).rev() {
            side.swap(place, chance.below(place + 1));
        }
    }
    sides
}

struct Plain<'a> {
    brand: &'a str,
    line: &'a str,
    noun: &'a str,
    code: Option<String>,
    english: String,
    german: String,
    price: i64,
}

/// What the clerk typed: short, abbreviated, often without brand or number.
fn till(chance: &mut Chance, ware: &Plain<'_>, product: usize, dirt: Dirt) -> Ware {
    let mut noun = ware.noun.to_owned();
    if chance.of_hundred(30) {
        for (long, short) in SHORTENED {
            noun = noun.replace(long, short);
        }
    }
    let code = ware.code.as_ref().filter(|_| !chance.of_hundred(dirt.missing_codes));
    let code = code.map(|code| if chance.of_hundred(50) { code.replace('-', "") } else { code.replace('-', " ") });
    let mut words: Vec<String> = Vec::new();
    if chance.of_hundred(75) {
        words.push(ware.brand.to_owned());
    }
    words.extend([ware.line.to_owned(), noun, ware.english.clone()]);
    words.extend(code);
    if chance.of_hundred(30) {
        let last = words.len() - 1;
        words.swap(0, last);
    }
    let title = misspelled(chance, &words.join(" "), dirt);
    let title = if chance.of_hundred(20) { title.to_uppercase() } else { title };
    Ware { title, minor: Some(ware.price), product, ..Ware::default() }
}

/// What the author wrote: brand first, a sentence more, prices with tax, now and then on sale or unknown.
fn web(chance: &mut Chance, ware: &Plain<'_>, product: usize, dirt: Dirt) -> Ware {
    let other = !ware.german.is_empty() && chance.of_hundred(40);
    let differs = if other { &ware.german } else { &ware.english };
    let mut title = format!("{} {} {}", ware.brand, ware.line, ware.noun);
    let in_text = chance.of_hundred(30);
    title += &match chance.below(3) {
        0 => format!(" - {differs}"),
        1 => format!(", {differs}"),
        _ => format!(" ({differs})"),
    };
    if chance.of_hundred(25) {
        title += chance.one(&[" | Free Shipping", " - New", " &amp; Gift Box", " Special Edition"]);
    }
    let mut description = format!("The {} by {}: {} for every day.", ware.line, ware.brand, ware.noun);
    if let Some(code) = &ware.code {
        if in_text {
            description += &format!(" Article number {code}.");
        } else {
            title += &format!(" {code}");
        }
    }
    let taxed = ware.price * 119 / 100;
    let minor = match chance.below(20) {
        0 => None,
        1..3 => Some(taxed * 7 / 10),
        _ => Some(taxed + chance.below(20) as i64),
    };
    let brand = if chance.of_hundred(60) { ware.brand.to_owned() } else { String::new() };
    Ware { title: misspelled(chance, &title, dirt), description, brand, minor, product }
}

/// Swaps two letters inside some of the long words.
fn misspelled(chance: &mut Chance, text: &str, dirt: Dirt) -> String {
    let word = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() > 4 && letters.iter().all(|c| c.is_alphabetic()) && chance.of_hundred(dirt.typing_errors) {
            let place = 1 + chance.below(letters.len() - 3);
            letters.swap(place, place + 1);
        }
        letters.into_iter().collect::<String>()
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
