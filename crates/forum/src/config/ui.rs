//! `[ui]`: what pages look like and speak.

use chrono_tz::Tz;

use super::setting::{Given, Kind, Refusal, Setting, choice, section, text};

section! {
    /// Pages for people.
    Ui = "ui" {
        /// Language of the interface for a reader who asks for none of ours.
        default_locale: Locale = "fr";
        /// Look of the pages.
        theme: Theme = "parvis";
        /// Time zone in which dates are shown, by its IANA name.
        time_zone: Tz = "Europe/Paris";
    }
}

choice! {
    /// A language of the interface.
    Locale {
        /// French.
        French = "fr",
        /// English.
        English = "en",
    }
}

choice! {
    /// Look of the pages.
    Theme {
        /// The project's own.
        Parvis = "parvis",
    }
    later { "dsfr" }
}

impl Setting for Tz {
    const KIND: Kind = Kind::Text;

    fn form() -> String {
        "IANA time zone".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        text(given)?.parse().map_err(|_| {
            Refusal::Invalid("must be the name of a time zone, as Europe/Paris".to_owned())
        })
    }
}
