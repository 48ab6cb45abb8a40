//! The second factor in the settings (PG-25): how it stands, setting it up, recovery codes.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;

use super::View;
use super::forms::FieldError;

/// `/settings/security`. Forms: `…/begin`, fields `current`, `back`; `…/codes`, field `current_for_codes`; `…/off`, field
/// `current_for_off`.
#[derive(Clone, Debug, Serialize)]
pub struct SecurityView {
    /// Since when it is asked for; none if it isn't.
    pub since: Option<DateTime<Utc>>,
    /// Recovery codes that are left.
    pub codes_left: u32,
    /// Who has to have one, if the reader does.
    pub demanded: Option<Demanded>,
    /// True if pages are closed to the reader for want of it.
    pub withheld: bool,
    /// Where to go on afterwards; empty for nowhere.
    pub back: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// Who has to have a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Demanded {
    /// Who moderates or administers.
    Staff,
    /// Everybody.
    All,
}

impl View for SecurityView {
    const TEMPLATE: &'static str = "pages/settings/security.html";
}

/// `/settings/security/confirm`. Fields `code`, `back`.
#[derive(Clone, Debug, Serialize)]
pub struct SetupView {
    /// The key as a picture; none if it can't be drawn.
    pub picture: Option<QrPicture>,
    /// The `otpauth:` address.
    pub address: String,
    /// The key in groups of four.
    pub key: String,
    /// True if it replaces the key of another application.
    pub replaces: bool,
    /// Where to go on afterwards; empty for nowhere.
    pub back: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for SetupView {
    const TEMPLATE: &'static str = "pages/settings/security_setup.html";
}

/// A QR code as the modules to draw, with the quiet zone of four that readers need.
#[derive(Clone, Debug, Serialize)]
pub struct QrPicture {
    /// Modules on a side.
    pub size: i32,
    /// Dark modules, as the data of an SVG path.
    pub path: String,
}

impl QrPicture {
    /// Light modules around the code.
    const QUIET: i32 = 4;

    /// Draws a text; none if it is too long.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let length = (x..code.size())
                    .take_while(|x| code.get_module(*x, y))
                    .count();
                let length = i32::try_from(length).unwrap_or(0);
                if length > 0 {
                    let (left, top) = (x + Self::QUIET, y + Self::QUIET);
                    write!(path, "M{left} {top}h{length}v1h-{length}z").ok()?;
                }
                x += length + 1;
            }
        }
        Some(Self {
            size: code.size() + 2 * Self::QUIET,
            path,
        })
    }
}

/// Recovery codes, seen this once: the answer to a form.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryCodesView {
    /// The codes.
    pub codes: Vec<String>,
    /// The same as a file: a `data:` address.
    pub file: String,
    /// True if the second factor was just turned on, or has another key.
    pub fresh: bool,
    /// Where to go on; empty for nowhere.
    pub back: String,
}

impl View for RecoveryCodesView {
    const TEMPLATE: &'static str = "pages/settings/security_codes.html";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_dark_modules_and_a_quiet_zone() {
        let text =
            "otpauth://totp/Forum:jeanne?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Forum";
        let picture = QrPicture::of(text).unwrap();
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let dark: i32 = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .map(|(x, y)| i32::from(code.get_module(x, y)))
            .sum();
        let drawn: i32 = picture
            .path
            .split('h')
            .filter_map(|part| part.split_once('v')?.0.parse::<i32>().ok())
            .sum();
        assert_eq!(drawn, dark);
        assert_eq!(picture.size, code.size() + 8);
        assert!(picture.path.starts_with("M4 4h7v1h-7z"), "{}", picture.path);
        assert!(QrPicture::of(&"x".repeat(3_000)).is_none());
    }
}
