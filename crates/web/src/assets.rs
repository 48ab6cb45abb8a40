//! The files that pages refer to: style, script, icons. Each has an address with a hash of its contents, so that it
//! may be kept for ever. Files that people upload are not here: see `media`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
struct AssetFiles;

/// One embedded file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Contents.
    pub bytes: Cow<'static, [u8]>,
    /// Media type, with its charset.
    pub media_type: &'static str,
    /// True if the address carried the right hash: the answer may be cached without end.
    pub immutable: bool,
}

/// The embedded files and their hashed addresses.
#[derive(Clone, Debug)]
pub struct Assets {
    /// Plain name to hashed name.
    hashed: BTreeMap<String, String>,
    /// Hashed name to plain name.
    plain: BTreeMap<String, String>,
}

impl Assets {
    /// Hashes the embedded files.
    pub fn load() -> Self {
        let mut hashed = BTreeMap::new();
        let mut plain = BTreeMap::new();
        for name in AssetFiles::iter() {
            let Some(file) = AssetFiles::get(&name) else {
                continue;
            };
            let digest = hex::encode(Sha256::digest(&file.data));
            let short: String = digest.chars().take(12).collect();
            let with_hash = match name.rsplit_once('.') {
                Some((stem, extension)) => format!("{stem}-{short}.{extension}"),
                None => format!("{name}-{short}"),
            };
            plain.insert(with_hash.clone(), name.to_string());
            hashed.insert(name.into_owned(), with_hash);
        }
        Self { hashed, plain }
    }

    /// The path to write in a page: `/assets/parvis-0123456789ab.css`. `None` if there is no such file.
    pub fn path(&self, name: &str) -> Option<String> {
        self.hashed.get(name).map(|name| format!("/assets/{name}"))
    }

    /// The file for the last part of an address under `/assets/`, hashed or plain.
    pub fn get(&self, name: &str) -> Option<Asset> {
        let (plain, immutable) = match self.plain.get(name) {
            Some(plain) => (plain.as_str(), true),
            None => (name, false),
        };
        let file = AssetFiles::get(plain)?;
        let media_type = match plain.rsplit_once('.').map(|(_, extension)| extension) {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("txt") => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        };
        Some(Asset {
            bytes: file.data,
            media_type,
            immutable,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_address_is_kept_for_ever_and_a_plain_one_is_not() {
        let assets = Assets::load();
        let path = assets.path("parvis.css").unwrap();
        let name = path.strip_prefix("/assets/").unwrap();
        let asset = assets.get(name).unwrap();
        assert!(asset.immutable);
        assert_eq!(asset.media_type, "text/css; charset=utf-8");
        assert!(!assets.get("parvis.css").unwrap().immutable);
        assert!(assets.get("parvis-000000000000.css").is_none());
        assert!(assets.get("../Cargo.toml").is_none());
    }

    #[test]
    fn style_and_script_stay_in_their_budget() {
        let assets = Assets::load();
        assert!(assets.get("parvis.css").unwrap().bytes.len() <= 40 * 1024);
        assert!(assets.get("parvis.js").unwrap().bytes.len() <= 15 * 1024);
    }
}
