//! A shop's products as a table (CSV), to fill a sandbox shop and to take its state out again.
//!
//! One row is one variant. The first row names the columns, in any order; blank rows are skipped:
//!
//! | column | what it holds |
//! |---|---|
//! | `id` | rows with the same id are one product with variants; a blank or missing id is a product of its own |
//! | `title` | required in the first row of a product |
//! | `description`, `brand`, `category` | text; the description may hold markup |
//! | `status` | `active` (also if blank), `draft` or `archived` |
//! | `image` | addresses of pictures, separated by blanks, the main one first |
//! | `option: Colour` | the value of an option; a product has the options for which its rows have a value, in the order of the columns |
//! | `sku`, `barcode` | text |
//! | `price` | a decimal in the shop's currency, with a point; blank for a price that the till asks for |
//! | `tracked` | `yes` or `no`; blank means yes where there is a quantity, else no |
//! | `quantity` | a decimal; stock at the shop's first location; blank for never counted |
//! | `quantity: Warehouse` | stock at the location of this name |
//!
//! What belongs to the product (title to image) is taken from its first row; later rows leave it blank or repeat it.
//! A column may come twice where two products have their options in another order. Columns are separated by commas; by
//! semicolons or tabs if the first row has those and no comma. Text is kept as it is, blanks and odd characters
//! included: dirt is what a sandbox is for.

mod read;
mod write;

pub use read::{Table, read_products, read_table, stand_on_its_line};
pub use write::write_products;

/// What is wrong with a table, and where. Lines and columns count from 1, the first row being line 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {why}", .column.as_ref().map(|name| format!(", column {name:?}")).unwrap_or_default())]
pub struct CatalogueError {
    pub line: u64,
    /// The column's name.
    pub column: Option<String>,
    pub why: String,
}

const OPTION: &str = "option:";
const QUANTITY: &str = "quantity:";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Currency, Quantity, Status};
    use crate::sandbox::{Shop, ShopProduct, ShopVariant};
    use proptest::prelude::*;

    fn shop() -> Shop {
        Shop::new("Test", Currency::new("EUR").unwrap(), &["Front", "Ware, \"house\""])
    }

    fn read(text: &str) -> Result<Vec<ShopProduct>, CatalogueError> {
        let shop = shop();
        read_products(&read_table(text.as_bytes())?, shop.currency, &shop.locations)
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn lines_count_as_an_editor_counts_them() {
        for end in ["\n", "\r\n"] {
            let text = ["title,price", "A,1", "", "\"B", "b\",2", "C,ten", ""].join(end);
            assert!(refused(&text).starts_with("line 6,"), "{end:?}: {}", refused(&text));
            let text = ["title,price", "A,ten"].join(end);
            assert!(refused(&text).starts_with("line 2,"), "{end:?}: {}", refused(&text));
        }
    }

    #[test]
    fn rows_of_one_id_are_one_product() {
        let text = "\u{feff}id,title,brand,price,option: Colour,option: Size,sku,quantity,status\n\
                    1,Shirt,Nord,19.90,Red,M,S-1,3,draft\n\
                    2,Tea,,4.5,,,T-1,,\n\
                    \n\
                    1,,,21,Blue,M,S-2,0.5,\n";
        let products = read(text).unwrap();
        assert_eq!(products.len(), 2);
        let shirt = &products[0];
        assert_eq!((shirt.title.as_str(), shirt.brand.as_str(), shirt.status), ("Shirt", "Nord", Status::Draft));
        assert_eq!(shirt.options, ["Colour", "Size"]);
        assert_eq!(shirt.variants[1].values, ["Blue", "M"]);
        assert_eq!((shirt.variants[1].price, shirt.variants[1].tracked), (Some(2100), true));
        assert_eq!(shirt.variants[1].levels[&1], "0.5".parse::<Quantity>().unwrap());
        let tea = &products[1];
        assert!(tea.options.is_empty() && !tea.variants[0].tracked && tea.variants[0].levels.is_empty());
    }

    #[test]
    fn semicolons_and_missing_ids_are_understood() {
        let products = read("title;price\nTea, green;4\nTea, green;5\n").unwrap();
        assert_eq!(products.len(), 2);
        assert_eq!(products[1].title, "Tea, green");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let head = "id,title,price,quantity,option: Size,barcode,status\n";
        for (row, told) in [
            ("1,A,\"1,5\",,,,", r#"line 2, column "price": "1,5" is not an amount in EUR; write it as 1234.50"#),
            ("1,A,,many,,,", r#"line 2, column "quantity": "many" is not a quantity; write it as 12 or 12.5"#),
            ("1,,,,,,", r#"line 2, column "title": the product has no title"#),
            ("1,A,,,,,gone", r#"line 2, column "status": "gone" is not a status; write active, draft or archived"#),
            (
                "1,A,,,M,,\n1,B,,,L,,",
                r#"line 3, column "title": "B" differs from "A" in line 2, the first row of this product"#,
            ),
            ("1,A,,,M,,\n1,,,,,,", r#"line 3, column "option: Size": no value; line 2 of the same product has one"#),
            (
                "1,A,,,,,\n1,,,,,,",
                "line 3: the product has two variants and no option to tell them apart; give it a column such as \"option: Size\", or each row an id of its own",
            ),
            (
                "1,A,,,,4.01E+12,",
                r#"line 2, column "barcode": "4.01E+12" was cut by a spreadsheet; format the column as text and enter the barcodes again"#,
            ),
            ("1,A,,", "line 2: 4 columns instead of 7"),
        ] {
            assert_eq!(refused(&format!("{head}{row}\n")), told);
        }
        assert_eq!(refused("name,price\nA,1\n"), r#"line 1, column "name": is not known; see the list of columns"#);
        assert_eq!(refused("price\n1\n"), r#"line 1: the column "title" is missing"#);
        assert_eq!(refused("title,title\n"), r#"line 1, column "title": comes twice"#);
        assert_eq!(
            refused("title,quantity: Moon\n"),
            r#"line 1, column "quantity: Moon": the shop has no location of this name; it has "Front", "Ware, \"house\"""#
        );
        assert_eq!(refused(""), "line 1: the table is empty");
    }

    fn variant(options: usize) -> impl Strategy<Value = ShopVariant> {
        let text = || prop_oneof![Just(String::new()), any::<String>()];
        let level = (1u64..3, any::<i64>());
        let levels =
            prop::collection::btree_map(Just(1u64).prop_union(Just(2u64)), level.prop_map(|(_, raw)| raw), 0..3);
        let values = prop::collection::vec("[a-zA-Z é,\"\n]{0,5}[a-z]", options);
        (text(), "[0-9]{0,14}", prop::option::of(any::<i32>()), any::<bool>(), levels, values).prop_map(
            |(sku, barcode, price, tracked, levels, values)| ShopVariant {
                values,
                sku,
                barcode,
                price: price.map(i64::from),
                tracked,
                levels: levels.into_iter().map(|(at, raw)| (at, Quantity::from_raw(raw.max(-i64::MAX)))).collect(),
                ..ShopVariant::plain()
            },
        )
    }

    fn product() -> impl Strategy<Value = ShopProduct> {
        let options = prop::sample::subsequence(vec!["Colour", "Size", "Ware: x"], 0..3).prop_shuffle();
        let status = prop::sample::select(vec![Status::Active, Status::Draft, Status::Archived]);
        let texts = (".{0,9}[!-~].{0,9}", any::<String>(), any::<String>(), any::<String>());
        let images = prop::collection::vec("https://x/[a-z]{1,5}", 0..3);
        (options, status, texts, images).prop_flat_map(
            |(options, status, (title, description, brand, category), images)| {
                let most = if options.is_empty() { 2 } else { 5 };
                prop::collection::vec(variant(options.len()), 1..most).prop_map(move |mut variants| {
                    let mut seen = std::collections::HashSet::new();
                    variants.retain(|variant| seen.insert(variant.values.clone()));
                    ShopProduct {
                        description: description.clone(),
                        brand: brand.clone(),
                        category: category.clone(),
                        status,
                        options: options.iter().map(|name| (*name).to_owned()).collect(),
                        variants,
                        images: images.clone(),
                        ..ShopProduct::simple(&title, ShopVariant::plain())
                    }
                })
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(products in prop::collection::vec(product(), 0..6)) {
            let shop = shop();
            let mut text = Vec::new();
            write_products(&mut text, products.iter(), shop.currency, &shop.locations).unwrap();
            let table = read_table(&text[..]).unwrap();
            prop_assert_eq!(read_products(&table, shop.currency, &shop.locations).unwrap(), products);
        }

        #[test]
        fn no_table_panics(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("id,title,price,quantity,option: a\n{text}"));
        }
    }

    #[test]
    fn what_has_no_form_is_refused_and_not_mangled() {
        let shop = shop();
        let mut odd = ShopProduct::simple("Tea", ShopVariant::plain());
        odd.variants.push(ShopVariant::plain());
        let written = write_products(&mut Vec::new(), [&odd].into_iter(), shop.currency, &shop.locations);
        assert!(written.unwrap_err().to_string().contains("Tea"));
    }
}
