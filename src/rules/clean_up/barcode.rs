//! What is wrong with a barcode, and what it should probably be.
//!
//! Numbers of up to seven digits are a shop's own and are left alone, as are blanks and dashes between digits.

use crate::rules::matching::check_digit_missed;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// All digits, but the last one would have to be this.
    CheckDigit(u8),
    /// Letters stand in it.
    Letters,
    /// A spreadsheet has made a rounded number of it: `4.00638E+12`.
    Rounded,
    /// So many digits, which no barcode has.
    Length(usize),
    /// Leading zeros were lost, most likely in a spreadsheet.
    ZerosLost,
}

/// The fault of a barcode, and what it should be if that can be told. `None`: nothing is wrong.
pub fn fault(raw: &str) -> Option<(Fault, Option<String>)> {
    let compact: String = raw.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if compact.is_empty() || compact.chars().all(|c| c == '0') {
        return None;
    }
    if !compact.chars().all(|c| c.is_ascii_digit()) {
        return Some(if is_rounded(&compact) { (Fault::Rounded, None) } else { (Fault::Letters, misread(&compact)) });
    }
    if let Some(digit) = check_digit_missed(&compact) {
        let right = compact.get(..compact.len() - 1).map(|body| format!("{body}{digit}"));
        return Some((Fault::CheckDigit(digit), right));
    }
    match compact.len() {
        // Two zeros at most: the smallest numbers of all are not handed out.
        10 | 11 => {
            let filled = format!("{compact:0>12}");
            if is_gtin(&filled) {
                Some((Fault::ZerosLost, Some(filled)))
            } else {
                Some((Fault::Length(compact.len()), None))
            }
        }
        9 | 15.. => Some((Fault::Length(compact.len()), None)),
        _ => None,
    }
}

fn is_gtin(digits: &str) -> bool {
    matches!(digits.len(), 8 | 12..=14)
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && check_digit_missed(digits).is_none()
}

/// `4.00638E+12`, `4,00638E+12`
fn is_rounded(compact: &str) -> bool {
    let Some((mantissa, exponent)) = compact.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    !exponent.is_empty()
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
        && mantissa.bytes().any(|byte| byte.is_ascii_digit())
        && mantissa.contains(['.', ','])
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

/// Letters that were typed for digits, if what comes out is a barcode; digits of other scripts as well.
fn misread(compact: &str) -> Option<String> {
    let digit = |c: char| match c {
        'O' | 'o' | 'Q' | 'О' | 'о' => Some('0'),
        'I' | 'l' | 'i' | '|' => Some('1'),
        'Z' | 'z' => Some('2'),
        'S' | 's' => Some('5'),
        'B' => Some('8'),
        c if c.is_ascii_digit() => Some(c),
        c => foreign_digit(c),
    };
    let digits: Option<String> = compact.chars().map(digit).collect();
    digits.filter(|digits| is_gtin(digits))
}

/// Fullwidth and Arabic digits.
fn foreign_digit(c: char) -> Option<char> {
    let number = u32::from(c);
    [0xFF10, 0x0660, 0x06F0].into_iter().find_map(|zero| {
        let value = number.checked_sub(zero).filter(|value| *value < 10)?;
        char::from_digit(value, 10)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn right(raw: &str) -> Option<String> {
        fault(raw).and_then(|(_, right)| right)
    }

    #[test]
    fn barcodes_that_are_right_or_a_shops_own_are_left_alone() {
        for fine in ["4006381333931", "036000291452", "0-36000-29145-2", "96385074", "12345", "0", "000", "", " - "] {
            assert_eq!(fault(fine), None, "{fine}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        assert_eq!(fault("4006381333932"), Some((Fault::CheckDigit(1), Some("4006381333931".into()))));
        assert_eq!(right("40O6381333931").as_deref(), Some("4006381333931"));
        assert_eq!(right("٤٠٠٦٣٨١٣٣٣٩٣١").as_deref(), Some("4006381333931"));
        assert_eq!(fault("4.00638E+12"), Some((Fault::Rounded, None)));
        assert_eq!(fault("36000291452"), Some((Fault::ZerosLost, Some("036000291452".into()))));
        assert_eq!(fault("ABC-1"), Some((Fault::Letters, None)));
        assert_eq!(fault("E12"), Some((Fault::Letters, None)));
        assert_eq!(fault("123456789"), Some((Fault::Length(9), None)));
        assert_eq!(fault("40063813339314006381333931").map(|(fault, _)| fault), Some(Fault::Length(26)));
    }

    proptest! {
        /// What is proposed has nothing wrong with it.
        #[test]
        fn a_proposal_is_a_barcode(raw in "[0-9OIlSB٠-٩ -]{0,16}|\\PC{0,20}") {
            if let Some(right) = right(&raw) {
                prop_assert_eq!(fault(&right), None);
                prop_assert!(is_gtin(&right));
            }
        }
    }
}
