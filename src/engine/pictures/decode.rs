//! From a stranger's file to points: how large it would be is looked at before anything is made room for.

use std::fmt;
use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage, Rgba, imageops};

use crate::http::PictureKind;
use crate::protocol::{MOST_POINTS, fitted_size};

use super::shelf::Small;

/// A picture of more points is not decoded: the largest that shops take have 5,000 by 4,000.
const MOST_WHOLE: u64 = 20_000_000;
/// What a decoder may take for it; some kinds need a working copy.
const MOST_ROOM: u64 = 128 << 20;

#[derive(Debug, PartialEq, Eq)]
pub enum Why {
    TooLarge(u32, u32),
    /// The decoder itself said so.
    TooMuch,
    /// In the decoder's words.
    Broken(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(width, height) => {
                let most = MOST_WHOLE / 1_000_000;
                write!(f, "has {width} × {height} points; more than {most} million are not decoded")
            }
            Self::TooMuch => write!(f, "would take more than {} MB to be decoded", MOST_ROOM >> 20),
            Self::Broken(why) => write!(f, "cannot be decoded, it may be broken or cut off: {why}"),
        }
    }
}

/// The whole file, turned as the camera says, on white where it is transparent, and small enough to be kept. Of a moving
/// picture, its beginning.
pub fn decoded(file: &[u8], kind: PictureKind) -> Result<Small, Why> {
    let format = match kind {
        PictureKind::Jpeg => ImageFormat::Jpeg,
        PictureKind::Png => ImageFormat::Png,
        PictureKind::Gif => ImageFormat::Gif,
        PictureKind::WebP => ImageFormat::WebP,
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_ROOM);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_WHOLE || decoder.total_bytes() > MOST_ROOM {
        return Err(Why::TooLarge(width, height));
    }
    // What says how to turn it may be broken while the picture is not.
    let turned = decoder.orientation().ok();
    let whole = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let mut small = shrunk(whole);
    let mut size = (width, height);
    if let Some(turned) = turned {
        let before = (small.width(), small.height());
        small.apply_orientation(turned);
        if (small.width(), small.height()) != before {
            size = (height, width);
        }
    }
    Ok(Small { points: on_white(&small), whole: size, bytes: file.len() as u64, kind })
}

fn broken(error: ImageError) -> Why {
    if matches!(error, ImageError::Limits(_)) {
        return Why::TooMuch;
    }
    // Some speak in several lines.
    Why::Broken(error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

fn shrunk(whole: DynamicImage) -> DynamicImage {
    let most = u32::from(MOST_POINTS);
    if whole.width() <= most && whole.height() <= most { whole } else { whole.thumbnail(most, most) }
}

fn on_white(small: &DynamicImage) -> RgbImage {
    let seen = |Rgba([red, green, blue, alpha]): &Rgba<u8>| {
        let mixed = |colour: &u8| {
            let sum = u16::from(*colour) * u16::from(*alpha) + 255 * (255 - u16::from(*alpha));
            u8::try_from((sum + 127) / 255).unwrap_or(255)
        };
        Rgb([mixed(red), mixed(green), mixed(blue)])
    };
    let shown = small.to_rgba8();
    let mut points = RgbImage::new(shown.width(), shown.height());
    points.pixels_mut().zip(shown.pixels()).for_each(|(point, shown)| *point = seen(shown));
    points
}

/// The picture in at most so many points, as wide and high in proportion as it is; never larger than it is.
pub fn fitted(small: &RgbImage, width: u16, height: u16) -> (Vec<u8>, (u16, u16)) {
    let side = |points: u32| u16::try_from(points).unwrap_or(MOST_POINTS);
    let is = (side(small.width()), side(small.height()));
    let fits = fitted_size(is, (width, height));
    let points = match fits == is {
        true => small.as_raw().clone(),
        false => imageops::thumbnail(small, fits.0.into(), fits.1.into()).into_raw(),
    };
    (points, fits)
}
