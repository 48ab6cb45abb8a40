//! Flag: a report is forwarded to the server that the content comes from.

use activitypub_federation::kinds::activity::FlagType;

use super::{Built, Envelope, Extra, built};

fn extra(reason: &str) -> Extra {
    Extra {
        summary: Some(reason.to_owned()),
        content: Some(reason.to_owned()),
        ..Extra::default()
    }
}

/// To a category: one post, and the reporter says who they are.
pub(crate) fn flag_to_category(envelope: &Envelope, post: &str, reason: &str) -> Built {
    built(envelope, (FlagType::Flag, "Flag"), post, extra(reason))
}

/// To anybody else: account and post, by the node itself.
pub(crate) fn flag_anonymously(envelope: &Envelope, objects: &[&str], reason: &str) -> Built {
    built(
        envelope,
        (FlagType::Flag, "Flag"),
        objects,
        Extra {
            summary: None,
            ..extra(reason)
        },
    )
}
