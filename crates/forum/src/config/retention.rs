//! `[retention]`: how long the node keeps what it doesn't need for ever.

use super::setting::{Days, section};

section! {
    /// How long things are kept.
    Retention = "retention" {
        /// Activities already sent, which is also how long another node may be away and still catch up.
        outbox_days: Days = "30", in 1..=3650;
        /// Activities already received and processed, kept to recognise a repetition.
        inbox_days: Days = "30", in 1..=3650;
    }
}
