//! What a shop's product looks like: a label in colours with the letters of its name, drawn from nothing but that name.
//!
//! `GET /_pictures/latte-bowl-sand.png`: the same name is the same picture, in every shop; `latte-bowl-sand-2.png` is
//! another view of it. No key is needed, as nowhere where pictures are shown. Requests are counted like all others.

use std::io::Cursor;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

use super::{Incoming, Outgoing};

/// Where pictures lie.
pub const FOLDER: &str = "/_pictures/";
/// What addresses of other shops begin with.
const ELSEWHERE: &str = "http://127.0.0.1:";
/// Points on each side.
const SIDE: u32 = 400;
/// Points of a letter's dot: in the middle, and below it.
const LARGE: u32 = 20;
const SMALL: u32 = 4;

/// Answers a request for a picture; `None` for all others.
pub(super) fn answer(request: &Incoming) -> Option<Outgoing> {
    let name = request.path.strip_prefix(FOLDER).filter(|_| request.method == "GET")?;
    let Some(body) = name.strip_suffix(".png").filter(|name| !name.is_empty()).and_then(drawn) else {
        return Some(Outgoing { status: 404, headers: Vec::new(), body: Vec::new() });
    };
    Some(Outgoing { status: 200, headers: Vec::new(), body }.header("content-type", "image/png"))
}

/// What is sent here names pictures of another shop on this machine: the shop fetches what it is given and has a copy of
/// its own from then on.
pub(super) fn take_over(request: &mut Incoming) {
    let Some(host) = request.header("host").map(str::to_owned).filter(|_| request.method != "GET") else { return };
    let Ok(text) = std::str::from_utf8(&request.body) else { return };
    let (mut taken, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(FOLDER) {
        let (before, after) = rest.split_at(at);
        match before
            .rfind(ELSEWHERE)
            .filter(|from| before[from + ELSEWHERE.len()..].bytes().all(|b| b.is_ascii_digit()))
        {
            Some(from) => taken.extend([&before[..from], "http://", &host]),
            None => taken.push_str(before),
        }
        taken.push_str(FOLDER);
        rest = &after[FOLDER.len()..];
    }
    if !taken.is_empty() {
        taken.push_str(rest);
        request.body = taken.into_bytes();
    }
}

/// The file; `None` if it could not be written.
fn drawn(name: &str) -> Option<Vec<u8>> {
    let words: Vec<String> = name
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    let hash = blake3::hash(name.as_bytes());
    let [hue, lean, ..] = *hash.as_bytes();
    let ground = of_hue(hue, 235, 150);
    let label = of_hue(hue.wrapping_add(112 + lean / 16), 250, 215);
    let ink = of_hue(hue, 80, 20);
    let mut image = RgbImage::new(SIDE, SIDE);
    let middle = (i64::from(SIDE) / 2, i64::from(SIDE) * 2 / 5);
    for (x, y, point) in image.enumerate_pixels_mut() {
        let (from_x, from_y) = (i64::from(x) - middle.0, i64::from(y) - middle.1);
        let inside = from_x * from_x + from_y * from_y < 145 * 145;
        let Rgb(colour) = if inside { label } else { ground };
        // Darker towards the lower edge.
        let light = 255 - if inside { 0 } else { y * 70 / SIDE };
        *point = Rgb(colour.map(|part| u8::try_from(u32::from(part) * light / 255).unwrap_or(255)));
    }
    let initials: String = words.iter().filter_map(|word| word.chars().next()).take(2).collect();
    write(&mut image, &initials, SIDE * 2 / 5, LARGE, ink);
    let lines = lines(&words);
    for (line, y) in lines.iter().zip([330, 366]) {
        write(&mut image, line, y, SMALL, ink);
    }
    let mut file = Vec::new();
    let encoder = PngEncoder::new(Cursor::new(&mut file));
    encoder.write_image(image.as_raw(), SIDE, SIDE, ExtendedColorType::Rgb8).ok()?;
    Some(file)
}

/// At most two, as long as fits.
fn lines(words: &[String]) -> Vec<String> {
    let fits = usize::try_from(SIDE / (SMALL * 6)).unwrap_or(1);
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        let has_room = lines.len() < 2;
        match lines.last_mut().filter(|line| line.len() + 1 + word.len() <= fits) {
            Some(line) => *line = format!("{line} {word}"),
            None if has_room => lines.push(word.chars().take(fits).collect()),
            None => break,
        }
    }
    lines
}

/// Writes in the middle of the line around `y`.
fn write(image: &mut RgbImage, text: &str, y: u32, dot: u32, ink: Rgb<u8>) {
    let wide = u32::try_from(text.len()).unwrap_or(0) * 6 * dot;
    let left = SIDE.saturating_sub(wide.saturating_sub(dot)) / 2;
    let top = y.saturating_sub(7 * dot / 2);
    for (letter, place) in text.chars().zip(0u32..) {
        let Some((_, rows)) = LETTERS.iter().find(|(known, _)| *known == letter) else { continue };
        for (row, down) in rows.iter().zip(0u32..) {
            for across in (0..5).filter(|across| row >> (4 - across) & 1 == 1) {
                let (x, y) = (left + place * 6 * dot + across * dot, top + down * dot);
                for (x, y) in (0..dot * dot).map(|at| (x + at % dot, y + at / dot)) {
                    if let Some(point) = image.get_pixel_mut_checked(x, y) {
                        *point = ink;
                    }
                }
            }
        }
    }
}

/// A colour of the wheel, as bright as `most` where it is brightest and as `least` where it is not.
fn of_hue(hue: u8, most: u8, least: u8) -> Rgb<u8> {
    let third = |shift: u8| {
        let at = i32::from(hue.wrapping_add(shift));
        // Up, along the top, and down again within half of the wheel.
        let height = ((at - 128).abs() * 2).clamp(0, 255);
        let span = i32::from(most) - i32::from(least);
        u8::try_from(i32::from(least) + span * height / 255).unwrap_or(most)
    };
    Rgb([third(0), third(85), third(170)])
}

/// Letters of five by seven dots, a row in a byte.
const LETTERS: [(char, [u8; 7]); 36] = [
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('B', [30, 17, 17, 30, 17, 17, 30]),
    ('C', [14, 17, 16, 16, 16, 17, 14]),
    ('D', [30, 17, 17, 17, 17, 17, 30]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('F', [31, 16, 16, 30, 16, 16, 16]),
    ('G', [14, 17, 16, 23, 17, 17, 15]),
    ('H', [17, 17, 17, 31, 17, 17, 17]),
    ('I', [14, 4, 4, 4, 4, 4, 14]),
    ('J', [7, 2, 2, 2, 2, 18, 12]),
    ('K', [17, 18, 20, 24, 20, 18, 17]),
    ('L', [16, 16, 16, 16, 16, 16, 31]),
    ('M', [17, 27, 21, 21, 17, 17, 17]),
    ('N', [17, 17, 25, 21, 19, 17, 17]),
    ('O', [14, 17, 17, 17, 17, 17, 14]),
    ('P', [30, 17, 17, 30, 16, 16, 16]),
    ('Q', [14, 17, 17, 17, 21, 18, 13]),
    ('R', [30, 17, 17, 30, 20, 18, 17]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    ('U', [17, 17, 17, 17, 17, 17, 14]),
    ('V', [17, 17, 17, 17, 17, 10, 4]),
    ('W', [17, 17, 17, 21, 21, 21, 10]),
    ('X', [17, 17, 10, 4, 10, 17, 17]),
    ('Y', [17, 17, 17, 10, 4, 4, 4]),
    ('Z', [31, 1, 2, 4, 8, 16, 31]),
    ('0', [14, 17, 19, 21, 25, 17, 14]),
    ('1', [4, 12, 4, 4, 4, 4, 14]),
    ('2', [14, 17, 1, 2, 4, 8, 31]),
    ('3', [31, 2, 4, 2, 1, 17, 14]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('5', [31, 16, 30, 1, 1, 17, 14]),
    ('6', [6, 8, 16, 30, 17, 17, 14]),
    ('7', [31, 1, 2, 4, 8, 8, 8]),
    ('8', [14, 17, 17, 14, 17, 17, 14]),
    ('9', [14, 17, 17, 15, 1, 2, 12]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str) -> Option<Outgoing> {
        answer(&Incoming {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
        })
    }

    #[test]
    fn a_name_is_a_picture_and_another_name_another_one() {
        let [first, again, other] = ["/_pictures/latte-bowl.png", "/_pictures/latte-bowl.png", "/_pictures/mug.png"]
            .map(|path| asked(path).unwrap());
        assert_eq!(first, again);
        assert_ne!(first.body, other.body);
        let image = image::load_from_memory(&first.body).unwrap();
        assert_eq!((image.width(), image.height()), (SIDE, SIDE));
        assert!(first.body.len() < 40_000, "{} bytes", first.body.len());
    }

    #[test]
    fn a_shop_has_copies_of_what_it_is_given() {
        let mut sent = Incoming {
            method: "POST".to_owned(),
            path: "/products".to_owned(),
            query: Vec::new(),
            headers: vec![("host".to_owned(), "127.0.0.1:9".to_owned())],
            body: br#"["http://127.0.0.1:81/_pictures/mug.png","http://127.0.0.1:8/_pictures/a.png","https://x/_pictures/b"]"#
                .to_vec(),
        };
        take_over(&mut sent);
        let taken = std::str::from_utf8(&sent.body).unwrap();
        let own = "http://127.0.0.1:9/_pictures/";
        assert_eq!(taken, format!(r#"["{own}mug.png","{own}a.png","https://x/_pictures/b"]"#));
        sent.body = b"nothing".to_vec();
        take_over(&mut sent);
        assert_eq!(sent.body, b"nothing");
    }

    #[test]
    fn odd_names_are_drawn_or_not_there_and_other_paths_are_the_shops() {
        for path in
            ["/_pictures/1.png", "/_pictures/%C3%A9t%C3%A9-.png", "/_pictures/a-very-long-name-of-a-thing-2.png"]
        {
            assert_eq!(asked(path).unwrap().status, 200, "{path}");
        }
        for path in ["/_pictures/.png", "/_pictures/a.jpg", "/_pictures/"] {
            assert_eq!(asked(path).unwrap().status, 404, "{path}");
        }
        assert_eq!(asked("/v2/catalog"), None);
    }
}
