//! `[software]`: where readers get the source of the program that runs here (AGPL-3.0, section 13).

use url::Url;

use super::setting::{Given, Kind, Refusal, Setting, section, text};

section! {
    /// The program that runs here.
    Software = "software" {
        /// Address at which the source of the running version can be had. Without it, pages say how to ask for it.
        source_url: Option<WebAddress> = "";
    }
}

/// An address of the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(pub Url);

impl Setting for WebAddress {
    const KIND: Kind = Kind::Text;

    fn form() -> String {
        "web address".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        Url::parse(text(given)?)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .map(Self)
            .ok_or_else(|| {
                Refusal::Invalid(
                    "must be an address such as https://code.example.fr/parvis".to_owned(),
                )
            })
    }
}
