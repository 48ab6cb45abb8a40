//! What a file is, judged by its bytes, and pictures made safe: decoded within limits, turned the right way, made
//! smaller, encoded again. Nothing of the original's metadata (place, device, comments) is left.
//!
//! Of a moving picture the first frame is kept: what moves without an end or a way to stop it keeps people from
//! reading. Not here: where files are kept (`file`), who may attach them (the module above).

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use crate::FieldError;

/// Largest picture that is taken, in bytes.
pub const MAX_IMAGE: usize = 8 * 1_000_000;
/// Largest document that is taken, in bytes.
pub const MAX_DOCUMENT: usize = 10 * 1_000_000;
/// Most pixels of a picture, looked up in its header before anything is decoded.
pub const MAX_PIXELS: u64 = 40_000_000;
/// Longest side of a picture that is kept; a larger one is made smaller.
pub const MAX_SIDE: u32 = 2048;
/// Most memory that decoding a picture may take, in bytes.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// Quality of JPEG, of 100.
const JPEG_QUALITY: u8 = 85;

/// A file that may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What is kept.
    pub bytes: Vec<u8>,
    /// Its type.
    pub format: Format,
    /// Width and height of a picture, in pixels.
    pub pixels: Option<(u32, u32)>,
}

/// The types that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A picture.
    Jpeg,
    /// A picture.
    Png,
    /// A document.
    Pdf,
    /// A text document of the open document format.
    Odt,
    /// A spreadsheet of the open document format.
    Ods,
    /// A presentation of the open document format.
    Odp,
    /// Plain text.
    Txt,
    /// A table as text.
    Csv,
}

impl Format {
    const ALL: [Self; 8] = [
        Self::Jpeg,
        Self::Png,
        Self::Pdf,
        Self::Odt,
        Self::Ods,
        Self::Odp,
        Self::Txt,
        Self::Csv,
    ];

    /// Media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Txt => "text/plain",
            Self::Csv => "text/csv",
        }
    }

    /// How a name ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Pdf => "pdf",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Odp => "odp",
            Self::Txt => "txt",
            Self::Csv => "csv",
        }
    }

    /// True for pictures, which pages show; documents are only offered to be kept.
    pub fn is_image(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png)
    }

    /// The type of this name, as it was kept.
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.media_type() == media_type)
    }
}

/// True for what begins like a picture that is taken.
pub fn is_picture(bytes: &[u8]) -> bool {
    picture_format(bytes).is_some()
}

fn refused() -> FieldError {
    FieldError::new("file", "refused")
}

/// Looks at a file that somebody sent, and makes what is kept of it. Takes a while for pictures: not for a thread that
/// answers requests. Errs with what is wrong with the field `file`.
pub fn check(bytes: &[u8], file_name: &str) -> Result<Content, FieldError> {
    if bytes.is_empty() {
        return Err(FieldError::new("file", "blank"));
    }
    let extension = file_name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    let extension = extension.as_deref().unwrap_or_default();
    if let Some(format) = picture_format(bytes) {
        // A picture called `.pdf` is a mistake or a trick; one with the ending of another picture is harmless.
        if !matches!(extension, "jpg" | "jpeg" | "png" | "webp" | "gif" | "") {
            return Err(refused());
        }
        if bytes.len() > MAX_IMAGE {
            return Err(FieldError::limit("file", "too-large", 8));
        }
        return picture(bytes, format);
    }
    let format = document_format(bytes, extension).ok_or_else(refused)?;
    if bytes.len() > MAX_DOCUMENT {
        return Err(FieldError::limit("file", "too-large", 10));
    }
    Ok(Content {
        bytes: bytes.to_vec(),
        format,
        pixels: None,
    })
}

fn picture_format(bytes: &[u8]) -> Option<ImageFormat> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    if begins(b"\xff\xd8\xff") {
        Some(ImageFormat::Jpeg)
    } else if begins(b"\x89PNG\r\n\x1a\n") {
        Some(ImageFormat::Png)
    } else if begins(b"GIF87a") || begins(b"GIF89a") {
        Some(ImageFormat::Gif)
    } else if begins(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(ImageFormat::WebP)
    } else {
        None
    }
}

/// The type that both the bytes and the name say.
fn document_format(bytes: &[u8], extension: &str) -> Option<Format> {
    let format = Format::ALL
        .into_iter()
        .find(|format| !format.is_image() && format.extension() == extension)?;
    let fits = match format {
        Format::Pdf => bytes.starts_with(b"%PDF-"),
        Format::Odt | Format::Ods | Format::Odp => {
            // The first entry of the archive is `mimetype`, not compressed (Open Document Format 1.3, part 2, §3.3).
            let kind = format.media_type().as_bytes();
            bytes.starts_with(b"PK\x03\x04")
                && bytes.get(30..38) == Some(b"mimetype")
                && bytes.get(38..).is_some_and(|rest| {
                    rest.starts_with(kind) && rest.get(kind.len()) == Some(&b'P')
                })
        }
        Format::Txt | Format::Csv => is_text(bytes),
        Format::Jpeg | Format::Png => false,
    };
    fits.then_some(format)
}

/// Text has no control characters but ends of lines, tabs and new pages; in UTF-8 or in an older coding of one byte.
fn is_text(bytes: &[u8]) -> bool {
    !bytes.iter().any(|byte| {
        *byte == 0x7f || (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
    })
}

fn picture(bytes: &[u8], format: ImageFormat) -> Result<Content, FieldError> {
    let broken = |_: image::ImageError| FieldError::new("file", "broken");
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format)
        .into_decoder()
        .map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width).saturating_mul(u64::from(height)) > MAX_PIXELS {
        return Err(FieldError::limit("file", "too-many-pixels", 40));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    decoder.set_limits(limits).map_err(broken)?;
    // What can't be read of the orientation is no reason to refuse the picture.
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if picture.width().max(picture.height()) > MAX_SIDE {
        picture = picture.resize(MAX_SIDE, MAX_SIDE, FilterType::CatmullRom);
    }
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let opaque = !picture.color().has_alpha();
    let picture = match (opaque, picture.color().has_color()) {
        (true, true) => DynamicImage::ImageRgb8(picture.into_rgb8()),
        (true, false) => DynamicImage::ImageLuma8(picture.into_luma8()),
        (false, _) => DynamicImage::ImageRgba8(picture.into_rgba8()),
    };
    let photograph = opaque && matches!(format, ImageFormat::Jpeg | ImageFormat::WebP);
    let mut kept = Vec::new();
    let written = if photograph {
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut kept, JPEG_QUALITY))
    } else {
        picture.write_with_encoder(PngEncoder::new(&mut kept))
    };
    written.map_err(broken)?;
    Ok(Content {
        bytes: kept,
        format: if photograph {
            Format::Jpeg
        } else {
            Format::Png
        },
        pixels: Some((picture.width(), picture.height())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn png(width: u32, height: u32) -> Vec<u8> {
        encode(width, height, ImageFormat::Png)
    }

    fn encode(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let half = width / 2;
        // Left red, right blue.
        RgbImage::from_fn(width, height, |x, _| {
            if x < half {
                Rgb([255, 0, 0])
            } else {
                Rgb([0, 0, 255])
            }
        })
        .write_to(&mut bytes, format)
        .unwrap();
        bytes.into_inner()
    }

    /// A JPEG with a segment of metadata that says that the camera was turned by a quarter, and where it was.
    fn turned_jpeg(width: u32, height: u32) -> Vec<u8> {
        let jpeg = encode(width, height, ImageFormat::Jpeg);
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
        exif.extend_from_slice(&1_u16.to_le_bytes());
        exif.extend_from_slice(&0x0112_u16.to_le_bytes());
        exif.extend_from_slice(&3_u16.to_le_bytes());
        exif.extend_from_slice(&1_u32.to_le_bytes());
        exif.extend_from_slice(&6_u32.to_le_bytes());
        exif.extend_from_slice(&0_u32.to_le_bytes());
        exif.extend_from_slice(b"GPS 48.8566 2.3522");
        let mut out = jpeg[..2].to_vec();
        out.extend_from_slice(b"\xff\xe1");
        out.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        out.extend_from_slice(&exif);
        out.extend_from_slice(&jpeg[2..]);
        out
    }

    fn finds(haystack: &[u8], needle: &[u8]) -> bool {
        haystack
            .windows(needle.len())
            .any(|window| window == needle)
    }

    fn code(bytes: &[u8], name: &str) -> &'static str {
        check(bytes, name).unwrap_err().code
    }

    #[test]
    fn pictures_are_turned_the_right_way_and_lose_their_metadata() {
        let sent = turned_jpeg(64, 32);
        assert!(finds(&sent, b"GPS 48.8566") && finds(&sent, b"Exif"));
        let kept = check(&sent, "IMG_1.JPG").unwrap();
        assert_eq!(kept.format, Format::Jpeg);
        assert_eq!(kept.pixels, Some((32, 64)));
        assert!(!finds(&kept.bytes, b"GPS") && !finds(&kept.bytes, b"Exif"));
        // A quarter to the right: what was left is now on top.
        let seen = image::load_from_memory(&kept.bytes).unwrap().into_rgb8();
        let (top, bottom) = (seen.get_pixel(16, 5), seen.get_pixel(16, 58));
        assert!(top[0] > 200 && top[2] < 60, "{top:?}");
        assert!(bottom[2] > 200 && bottom[0] < 60, "{bottom:?}");
    }

    #[test]
    fn every_format_of_pictures_is_taken_and_large_ones_are_made_smaller() {
        for (format, name, kept_as) in [
            (ImageFormat::Jpeg, "a.jpeg", Format::Jpeg),
            (ImageFormat::Png, "a.png", Format::Png),
            (ImageFormat::WebP, "a.webp", Format::Jpeg),
            (ImageFormat::Gif, "a.gif", Format::Png),
            (ImageFormat::Png, "no-ending", Format::Png),
        ] {
            let kept = check(&encode(40, 20, format), name).unwrap();
            assert_eq!(
                (kept.format, kept.pixels),
                (kept_as, Some((40, 20))),
                "{name}"
            );
        }
        let kept = check(&png(4096, 16), "wide.png").unwrap();
        assert_eq!(kept.pixels, Some((2048, 8)));
    }

    #[test]
    fn a_picture_that_declares_too_many_pixels_is_refused_before_it_is_decoded() {
        let mut bomb = png(1, 1);
        // Width and height in the first chunk, which is then signed anew.
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let sum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(code(&bomb, "bomb.png"), "too-many-pixels");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let mut sum = u32::MAX;
        for byte in bytes {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 {
                    (sum >> 1) ^ 0xedb8_8320
                } else {
                    sum >> 1
                };
            }
        }
        !sum
    }

    #[test]
    fn documents_are_what_both_their_bytes_and_their_names_say() {
        let odt = b"PK\x03\x04__________________________mimetypeapplication/vnd.oasis.opendocument.textPK";
        for (bytes, name, wanted) in [
            (&b"%PDF-1.7\n"[..], "Note.PDF", Format::Pdf),
            (&odt[..], "lettre.odt", Format::Odt),
            ("Été\n".as_bytes(), "note.txt", Format::Txt),
            (b"a;b\r\n1;2\r\n", "table.csv", Format::Csv),
        ] {
            assert_eq!(check(bytes, name).unwrap().format, wanted, "{name}");
        }
        for (bytes, name) in [
            (&b"%PDF-1.7\n"[..], "photo.png"),
            (b"%PDF-1.7\n", "no-ending"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png"),
            (b"<!doctype html><script>1</script>", "a.html"),
            (b"{\"type\": \"Person\"}", "actor.json"),
            (b"MZ\x00\x01", "a.txt"),
            (&odt[..], "lettre.ods"),
            (b"PK\x03\x04 some archive", "a.zip"),
        ] {
            assert_eq!(code(bytes, name), "refused", "{name}");
        }
        assert_eq!(code(&png(2, 2), "a.pdf"), "refused");
        assert_eq!(code(b"", "a.txt"), "blank");
    }

    #[test]
    fn what_is_too_heavy_or_cut_short_is_refused() {
        let mut heavy = b"%PDF-1.7\n".to_vec();
        heavy.resize(MAX_DOCUMENT + 1, b' ');
        assert_eq!(
            check(&heavy, "a.pdf"),
            Err(FieldError::limit("file", "too-large", 10))
        );
        let mut heavy = png(2, 2);
        heavy.resize(MAX_IMAGE + 1, 0);
        assert_eq!(
            check(&heavy, "a.png"),
            Err(FieldError::limit("file", "too-large", 8))
        );
        let whole = png(64, 64);
        assert_eq!(code(&whole[..whole.len() / 2], "a.png"), "broken");
    }

    #[test]
    fn what_follows_a_picture_is_not_kept() {
        let mut both = png(2, 2);
        both.extend_from_slice(b"<script>alert(1)</script>");
        let kept = check(&both, "a.png").unwrap();
        assert!(!finds(&kept.bytes, b"script"));
    }
}
