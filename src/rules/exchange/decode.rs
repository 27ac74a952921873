//! Bytes as text. Spreadsheets write UTF-8 with or without a mark, UTF-16 ("Unicode text"), and old ones Windows-1252.

use crate::rules::clean_up::from_windows_1252;

/// The text of a file; what cannot be read becomes U+FFFD. Zeros are left out: no text has any.
pub fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        _ => match looks_wide(bytes) {
            Some(order) => utf_16(bytes, order),
            None => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => bytes.iter().map(|byte| from_windows_1252(*byte)).collect(),
            },
        },
    };
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

type Order = fn([u8; 2]) -> u16;

fn utf_16(bytes: &[u8], order: Order) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| order(*pair));
    let lost = (!odd.is_empty()).then_some('\u{fffd}');
    char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).chain(lost).collect()
}

/// UTF-16 without a mark: in the first characters, every second byte is zero.
fn looks_wide(bytes: &[u8]) -> Option<Order> {
    let front = bytes.get(..bytes.len().min(64))?;
    let (pairs, _) = front.as_chunks::<2>();
    if pairs.len() < 2 {
        return None;
    }
    let zeros = |place: usize| pairs.iter().filter(|pair| pair[place] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let most = pairs.len() * 3 / 4;
    match (first > most && second == 0, second > most && first == 0) {
        (true, _) => Some(u16::from_be_bytes),
        (_, true) => Some(u16::from_le_bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let text = "sku;Straße\r\nA;„1“";
        assert_eq!(decode(text.as_bytes()), text);
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes()), text);
        for (mark, order) in
            [(vec![0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), (vec![0xfe, 0xff], u16::to_be_bytes)]
        {
            assert_eq!(decode(&[mark, wide(text, order)].concat()), text);
            assert_eq!(decode(&wide("sku,our sku\r\nA,B", order)), "sku,our sku\r\nA,B");
        }
        assert_eq!(decode(b"Stra\xdfe \x80 \x84a\x93"), "Straße € „a“");
        assert_eq!(decode(b"A\0B"), "AB");
        assert_eq!(decode(&[0xff, 0xfe, 0x00, 0xd8, 0x41]), "\u{fffd}\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_bytes_become_text(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(!decode(&bytes).contains('\0'));
        }

        #[test]
        fn text_is_read_as_it_was_written(text in "[^\0\u{feff}]{0,40}") {
            prop_assert_eq!(decode(format!("\u{feff}{text}").as_bytes()), text.clone());
            prop_assert_eq!(decode(&[vec![0xff, 0xfe], wide(&text, u16::to_le_bytes)].concat()), text);
        }
    }
}
