//! One article as it really is, before two shops have written it down each in its own way.

use crate::domain::Quantity;
use crate::sandbox::{ShopProduct, ShopVariant};

use super::FIRST_LOCATION;
use super::words::{FOREIGN, TRADES, Trade};

pub(super) struct Article {
    number: u64,
    trade: &'static Trade,
    pub(super) title: String,
    brand: &'static str,
    price: i64,
    options: Vec<&'static str>,
    variants: Vec<Choice>,
}

/// One variant: its values, and what is counted.
struct Choice {
    values: Vec<&'static str>,
    sku: String,
    barcode: String,
    price: i64,
    level: Quantity,
}

/// Variants that get barcodes of their own; no trade has more.
const MOST_CHOICES: u64 = 64;
/// Barcodes begin here: a range of twelve digits of which the first is not 0.
const FIRST_BARCODE: u64 = 400_000_000_000;

impl Article {
    pub(super) fn new(number: u64, mut random: fastrand::Rng) -> Self {
        let trades = TRADES.len() as u64;
        let trade = &TRADES[(number % trades) as usize];
        let title_and_brand = name(trade, number / trades, &mut random);
        let (title, brand) = title_and_brand;
        let (least, most) = trade.prices;
        // Prices of shops end in 9.
        let price = random.i64(least..=most) / 10 * 10 + 9;
        let mut article = Self { number, trade, title, brand, price, options: Vec::new(), variants: Vec::new() };
        article.choose_variants(&mut random);
        article
    }

    fn choose_variants(&mut self, random: &mut fastrand::Rng) {
        let mut combinations: Vec<(Vec<&'static str>, String)> = vec![(Vec::new(), String::new())];
        // Also in these trades some things come in one form only.
        if random.u32(..10) < 6 {
            // Two options multiply, so each has fewer values: about two variants for each product on the whole.
            let most = if self.trade.options.len() > 1 { 3 } else { 5 };
            for (name, values) in self.trade.options {
                let count = random.usize(2..=values.len().min(most));
                let from = random.usize(..=values.len() - count);
                self.options.push(name);
                let chosen = values.iter().skip(from).take(count);
                combinations = chosen
                    .flat_map(|(value, short)| {
                        combinations.iter().map(move |(values, code)| {
                            let values = values.iter().copied().chain([*value]).collect();
                            (values, format!("{code}-{short}"))
                        })
                    })
                    .collect();
            }
        }
        let is_weighed = self.trade.by_weight && random.u32(..10) == 0;
        for (place, (values, code)) in combinations.into_iter().enumerate() {
            let level = match is_weighed {
                true => Quantity::from_raw(random.i64(1..400) * 12_500),
                false => Quantity::units(random.i64(1..60)),
            };
            let dearer = if random.u32(..8) == 0 { 500 } else { 0 };
            self.variants.push(Choice {
                values,
                sku: format!("{}{:05}{code}", self.trade.letter, self.number),
                barcode: gtin(FIRST_BARCODE + self.number * MOST_CHOICES + place as u64),
                price: self.price + dearer,
                level,
            });
        }
    }

    /// As the till has it: sparse.
    pub(super) fn at_till(&self) -> ShopProduct {
        let mut product = ShopProduct::simple(&self.title, ShopVariant::plain());
        product.brand = self.brand.to_owned();
        product.category = self.trade.category.to_owned();
        product.options = self.options.iter().map(|name| (*name).to_owned()).collect();
        product.variants = self.variants.iter().map(Choice::written).collect();
        product
    }

    /// As the online store has it: with markup and a picture, and not always with the same count.
    pub(super) fn online(&self, random: &mut fastrand::Rng) -> ShopProduct {
        let mut product = self.at_till();
        let sentence = self.trade.sentence.replace('&', "&amp;");
        product.description = format!("<p>{} by <em>{}</em>.</p>\n<p>{sentence}.</p>", self.title, self.brand);
        product.images = vec![format!("https://pictures.example/{}.jpg", self.number)];
        if random.u32(..10) < 4 {
            for level in product.variants.iter_mut().flat_map(|variant| variant.levels.values_mut()) {
                *level = (*level + Quantity::units(random.i64(-3..=3))).max(Quantity::ZERO);
            }
        }
        product
    }
}

impl Choice {
    fn written(&self) -> ShopVariant {
        let mut variant = ShopVariant::plain();
        variant.values = self.values.iter().map(|value| (*value).to_owned()).collect();
        variant.sku.clone_from(&self.sku);
        variant.barcode.clone_from(&self.barcode);
        variant.price = Some(self.price);
        variant.tracked = true;
        variant.levels.insert(FIRST_LOCATION, self.level);
        variant
    }
}

/// A title of its own for each number, and the brand. When all combinations of a trade are used up, editions follow.
fn name(trade: &'static Trade, number: u64, random: &mut fastrand::Rng) -> (String, &'static str) {
    let (brands, kinds, things) = (trade.brands.len() as u64, trade.kinds.len() as u64, trade.things.len() as u64);
    let combinations = brands * kinds * things;
    // Neighbours shall not look alike: walk through the combinations in large steps. The step is a prime that divides
    // none of the counts, so every combination comes once.
    let walk = (number % combinations) * 7_919 % combinations;
    let pick = |words: &'static [&'static str], index: u64| words.get(index as usize).copied().unwrap_or_default();
    let brand = pick(trade.brands, walk % brands);
    let kind = pick(trade.kinds, walk / brands % kinds);
    let thing = pick(trade.things, walk / brands / kinds);
    let mut title = match trade.letter {
        'B' => format!("{kind} {thing}"),
        _ => format!("{brand} {kind} {thing}"),
    };
    let edition = number / combinations;
    if trade.letter == 'B' {
        // Titles of books do not hold the brand, so each publisher has its own volume.
        title = format!("{title}, Vol. {}", edition * brands + walk % brands + 1);
    } else if edition > 0 {
        title = format!("{title} Mk {}", edition + 1);
    }
    if random.u32(..50) == 0 {
        title = format!("{} {title}", pick(&FOREIGN, random.u64(..FOREIGN.len() as u64)));
    }
    (title, brand)
}

/// Thirteen digits: twelve, and the check digit (GS1 General Specifications, 7.9).
pub(super) fn gtin(twelve: u64) -> String {
    let body = format!("{:012}", twelve % 1_000_000_000_000);
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 1 { 3 } else { 1 })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
