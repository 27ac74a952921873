//! A product's picture, made small enough for a terminal.

use serde::{Deserialize, Serialize};

use crate::domain::ListingId;

/// No picture is sent with more points than this on a side.
pub const MOST_POINTS: u16 = 640;

/// Which picture, and into how many points it is to fit. Pictures are named by their listing and their place there:
/// a front cannot have the engine read any address it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PictureOf {
    pub listing: ListingId,
    /// From 0, which is the main one.
    pub place: u32,
    /// Nothing is made larger than it is; what is 0 or more than [`MOST_POINTS`] is taken for the nearest that is not.
    pub width: u16,
    pub height: u16,
}

/// A picture as plain points. What is transparent stands on white, as in a shop.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub width: u16,
    pub height: u16,
    /// Red, green and blue of each point, row by row: `width * height * 3` bytes.
    #[serde(with = "in_letters")]
    pub points: Vec<u8>,
    /// How wide and high it is in the shop.
    pub whole: (u32, u32),
    /// How long its file is there, in bytes.
    pub bytes: u64,
    /// `JPEG`
    pub kind: String,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { width, height, whole, bytes, kind, .. } = self;
        write!(f, "Picture({width} × {height} of {whole:?}, {kind} of {bytes} bytes)")
    }
}

/// The size in which a picture fits into so many points: its proportions stay, and it is not made larger than it is.
/// No side is taken for less than 1.
pub fn fitted_size((width, height): (u16, u16), (most_width, most_height): (u16, u16)) -> (u16, u16) {
    let [w, h, mw, mh] = [width, height, most_width, most_height].map(|side| u32::from(side.max(1)));
    let (wide, high) = if w <= mw && h <= mh {
        (w, h)
    } else if mw * h <= mh * w {
        (mw, mw * h / w)
    } else {
        (mh * w / h, mh)
    };
    let side = |points: u32| u16::try_from(points.max(1)).unwrap_or(u16::MAX);
    (side(wide), side(high))
}

/// Base64: a list of numbers would be three times as long.
mod in_letters {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(points: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(points))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_made_to_fit_fits_and_keeps_its_proportions(
            size in (1u16..700, 1u16..700), most in (0u16..700, 0u16..700),
        ) {
            let (wide, high) = fitted_size(size, most);
            prop_assert!(wide >= 1 && high >= 1);
            prop_assert!(wide <= most.0.max(1) && high <= most.1.max(1) && wide <= size.0 && high <= size.1);
            if size.0 <= most.0 && size.1 <= most.1 {
                prop_assert_eq!((wide, high), size);
            }
            // One of the two is as large as it may be, and the other follows from it.
            let (across, down) = (u32::from(wide) * u32::from(size.1), u32::from(high) * u32::from(size.0));
            prop_assert!(across.abs_diff(down) <= u32::from(size.0.max(size.1)));
        }
    }

    #[test]
    fn a_picture_crosses_the_socket_as_it_is() {
        let points: Vec<u8> = (0..=255).chain(0..=43).collect();
        let picture =
            Picture { width: 10, height: 10, points, whole: (4000, 3000), bytes: 1 << 40, kind: "PNG".to_owned() };
        let text = serde_json::to_string(&picture).unwrap();
        assert!(text.len() < 550, "{}", text.len());
        assert_eq!(serde_json::from_str::<Picture>(&text).unwrap(), picture);
        assert!(!format!("{picture:?}").contains("255, "), "a log is no place for points");
    }
}
