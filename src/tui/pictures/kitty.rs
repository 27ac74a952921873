//! The graphics of kitty, which other terminals have taken over: a picture is sent once under a number, as a PNG in
//! pieces, and shown in so many cells; by its number it is moved, taken down and thrown away. No answer is wanted.
//!
//! The protocol: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage};

/// Of a piece, in letters.
const PIECE: usize = 4_096;

/// Throws everything away that was ever sent. Before it the end of what may have been cut off within.
pub const GONE: &[u8] = b"\x1b\\\x1b_Ga=d,d=A,q=2\x1b\\";

/// Sends a picture and shows it where the cursor stands, which stays there. `None` if it cannot be packed.
pub fn shown(points: &RgbImage, number: u32, width: u16, height: u16) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let packer = PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive);
    packer.write_image(points.as_raw(), points.width(), points.height(), ExtendedColorType::Rgb8).ok()?;
    let letters = STANDARD.encode(file);
    let pieces: Vec<&[u8]> = letters.as_bytes().chunks(PIECE).collect();
    let mut bytes = Vec::with_capacity(letters.len() + pieces.len() * 12 + 64);
    for (at, piece) in pieces.iter().enumerate() {
        let more = u8::from(at + 1 < pieces.len());
        let says = match at {
            0 => format!("\x1b_Ga=T,q=2,f=100,i={number},p=1,c={width},r={height},C=1,m={more};"),
            _ => format!("\x1b_Gm={more},q=2;"),
        };
        bytes.extend_from_slice(says.as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\x1b\\");
    }
    Some(bytes)
}

/// Shows what was sent before where the cursor stands, and nowhere else any more.
pub fn moved(number: u32, width: u16, height: u16) -> Vec<u8> {
    format!("\x1b_Ga=p,q=2,i={number},p=1,c={width},r={height},C=1\x1b\\").into_bytes()
}

/// Not shown any more, but still there to be shown.
pub fn taken_down(number: u32) -> Vec<u8> {
    format!("\x1b_Ga=d,d=i,i={number},q=2\x1b\\").into_bytes()
}

/// Not there any more.
pub fn thrown_away(number: u32) -> Vec<u8> {
    format!("\x1b_Ga=d,d=I,i={number},q=2\x1b\\").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands between the signs of each sequence: its keys, and its letters.
    fn sequences(bytes: &[u8]) -> Vec<(String, String)> {
        let text = std::str::from_utf8(bytes).unwrap();
        let parts = text.strip_prefix("\x1b_G").unwrap().strip_suffix("\x1b\\").unwrap().split("\x1b\\\x1b_G");
        let parted = parts.map(|part| part.split_once(';').unwrap_or((part, "")));
        parted.map(|(keys, letters)| (keys.to_owned(), letters.to_owned())).collect()
    }

    #[test]
    fn a_picture_is_sent_in_pieces_that_are_one_file() {
        // No pattern that could be packed well.
        let mut random = fastrand::Rng::with_seed(1);
        let points = RgbImage::from_fn(80, 60, |_, _| image::Rgb([random.u8(..), random.u8(..), random.u8(..)]));
        let bytes = shown(&points, 77, 8, 4).unwrap();
        let sent = sequences(&bytes);
        assert!(sent.len() > 3);
        assert_eq!(sent[0].0, "a=T,q=2,f=100,i=77,p=1,c=8,r=4,C=1,m=1");
        for (at, (keys, letters)) in sent.iter().enumerate() {
            let last = at + 1 == sent.len();
            assert!(keys.contains(if last { "m=0" } else { "m=1" }), "{keys}");
            assert!(letters.len() <= 4_096 && (last || letters.len() % 4 == 0));
        }
        let file = STANDARD.decode(sent.iter().map(|(_, letters)| letters.as_str()).collect::<String>()).unwrap();
        assert_eq!(image::load_from_memory(&file).unwrap().into_rgb8(), points);
    }

    #[test]
    fn a_small_picture_is_one_piece() {
        let sent = sequences(&shown(&RgbImage::new(2, 2), 1, 1, 1).unwrap());
        assert_eq!(sent.len(), 1);
        assert!(sent[0].0.ends_with("m=0"));
    }

    #[test]
    fn a_number_is_all_that_taking_down_needs() {
        assert_eq!(sequences(&taken_down(9))[0].0, "a=d,d=i,i=9,q=2");
        assert_eq!(sequences(&thrown_away(9))[0].0, "a=d,d=I,i=9,q=2");
        assert_eq!(sequences(&moved(9, 3, 2))[0].0, "a=p,q=2,i=9,p=1,c=3,r=2,C=1");
    }
}
