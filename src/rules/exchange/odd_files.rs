//! Files as nobody expects them: no stop, and no time that grows with the square of the size.

use proptest::prelude::*;

use super::*;

fn names() -> Names {
    Names::default()
}

/// The whole way from bytes to pairs.
fn through(bytes: &[u8]) {
    if let Ok(table) = read(bytes) {
        let rows = table.rows.len();
        if let Ok(read) = pairs(&table, &names()) {
            // Nothing is lost: each row is a pair, left alone, or told of.
            let told = read.rejected.len() - usize::from(table.unclosed.is_some());
            assert_eq!(read.pairs.len() + read.left_alone + told, rows);
        }
    }
}

#[test]
fn files_by_which_readers_fall() {
    let long = "x".repeat(10_000);
    let nasty: Vec<Vec<u8>> = vec![
        vec![],
        vec![0],
        vec![0xff],
        vec![0xff, 0xfe],
        vec![0xef, 0xbb, 0xbf],
        b"\"".to_vec(),
        b"\"\"".to_vec(),
        b"pos sku,ecommerce sku\n\"".to_vec(),
        b"pos sku,ecommerce sku\n\"A\"\"".to_vec(),
        b"pos sku,ecommerce sku\nA\n,\nA,B,C,D\n".to_vec(),
        b"sep=\n".to_vec(),
        b"sep=;".to_vec(),
        "pos sku;ecommerce sku\r\u{202e}שלום;مرحبا\r".as_bytes().to_vec(),
        format!("pos sku,ecommerce sku\n{long},{long}\n").into_bytes(),
        format!("{long}\n{long}").into_bytes(),
        b"[{\"pos sku\":\"\\ud800\",\"ecommerce sku\":\"\\u0000\"}]".to_vec(),
        format!("{}{}", "[".repeat(5000), "]".repeat(5000)).into_bytes(),
        format!("[{}]", "{\"a\":".repeat(5000)).into_bytes(),
    ];
    nasty.iter().for_each(|bytes| through(bytes));
}

#[test]
fn large_files_are_read_in_one_go() {
    let rows: String = (0..200_000).map(|number| format!("A-{number};B-{number}\r\n")).collect();
    let table = read(format!("pos sku;ecommerce sku\r\n{rows}").as_bytes()).unwrap();
    let read = pairs(&table, &names()).unwrap();
    assert_eq!((read.pairs.len(), read.rejected.len()), (200_000, 0));
    assert_eq!(read.pairs[199_999].line, 200_001);
    // A quotation mark at the beginning of each of many lines, none of which is closed before its end.
    let open: String = (0..20_000).map(|_| "\"A,B\"x\"\n").collect();
    through(format!("pos sku,ecommerce sku\n{open}").as_bytes());
    through("\"".repeat(100_001).as_bytes());
    through(",".repeat(100_000).as_bytes());
    through("\n".repeat(100_000).as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        through(&bytes);
    }

    #[test]
    fn bytes_of_tables(text in "(pos|ecommerce|our|their|link|,|;|sku|id|\"|\n|\r\n|yes|no|l1|=|'|\0|[A-C]| ){0,60}") {
        through(text.as_bytes());
        through(format!("link,pos id,pos sku,ecommerce id,ecommerce sku,primary\n{text}").as_bytes());
    }
}
