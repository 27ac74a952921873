//! Which kind of picture a file is: by how it begins, so that a page that calls itself a picture is none.

use super::fetch::File;

/// The kinds that shops show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    Jpeg,
    Png,
    Gif,
    WebP,
}

impl PictureKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
        }
    }

    /// As headers say it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }

    fn begins(body: &[u8]) -> Option<Self> {
        const SIGNS: [(PictureKind, &[u8]); 4] = [
            (PictureKind::Jpeg, &[0xFF, 0xD8, 0xFF]),
            (PictureKind::Png, &[0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A]),
            (PictureKind::Gif, b"GIF87a"),
            (PictureKind::Gif, b"GIF89a"),
        ];
        if body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP") {
            return Some(Self::WebP);
        }
        SIGNS.iter().find(|(_, sign)| body.starts_with(sign)).map(|(kind, _)| *kind)
    }
}

impl File {
    /// What it is; `None` for what is no picture, and for what is said to be something else.
    pub fn picture(&self) -> Option<PictureKind> {
        let said = self.kind.as_str();
        let is_said = said.is_empty() || said.starts_with("image/") || said == "application/octet-stream";
        PictureKind::begins(&self.body).filter(|_| is_said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: &str, body: &[u8]) -> File {
        File { kind: kind.to_owned(), body: body.to_vec(), length: None }
    }

    #[test]
    fn a_file_is_what_it_begins_with() {
        assert_eq!(file("image/png", b"\xff\xd8\xff\xe0").picture(), Some(PictureKind::Jpeg));
        assert_eq!(file("", b"GIF89a...").picture(), Some(PictureKind::Gif));
        assert_eq!(file("application/octet-stream", b"RIFF\0\0\0\0WEBPVP8 ").picture(), Some(PictureKind::WebP));
        assert_eq!(file("image/webp", b"RIFF\0\0\0\0WAVEfmt ").picture(), None);
        assert_eq!(file("image/jpeg", b"<!DOCTYPE html>").picture(), None);
        assert_eq!(file("text/html", b"\x89PNG\r\n\x1a\n").picture(), None, "somebody says that it is a page");
        assert_eq!(file("image/png", b"").picture(), None);
    }
}
