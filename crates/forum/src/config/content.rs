//! `[content]`: what holds for contributions.

use super::setting::{choice, section};

section! {
    /// Contributions.
    Content = "content" {
        /// Licence of the contributions made on this node, by its SPDX identifier. Remote content keeps its own.
        licence: Licence = "etalab-2.0";
    }
}

choice! {
    /// An open licence for contributions.
    Licence {
        /// Licence Ouverte 2.0.
        Etalab2 = "etalab-2.0",
        /// Creative Commons Attribution 4.0.
        CcBy4 = "CC-BY-4.0",
        /// Creative Commons Attribution, Share alike 4.0.
        CcBySa4 = "CC-BY-SA-4.0",
    }
}

impl Licence {
    /// Its name for readers; the same in every language.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Etalab2 => "Licence Ouverte 2.0",
            Self::CcBy4 => "CC BY 4.0",
            Self::CcBySa4 => "CC BY-SA 4.0",
        }
    }

    /// The page that holds its text.
    pub const fn url(self) -> &'static str {
        match self {
            Self::Etalab2 => "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
            Self::CcBy4 => "https://creativecommons.org/licenses/by/4.0/",
            Self::CcBySa4 => "https://creativecommons.org/licenses/by-sa/4.0/",
        }
    }
}
