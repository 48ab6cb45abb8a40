//! Accept and Reject: an actor of this node answers a Follow, a category refuses a contribution.

use activitypub_federation::kinds::activity::{AcceptType, CreateType, RejectType};
use parvis_forum::Denied;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Built, Envelope, Extra, built};

/// The answer to a Follow, which stands inside as it was received.
pub(crate) fn answer(envelope: &Envelope, follow: &RawValue, accepted: bool) -> Built {
    if accepted {
        built(
            envelope,
            (AcceptType::Accept, "Accept"),
            follow,
            Extra::default(),
        )
    } else {
        built(
            envelope,
            (RejectType::Reject, "Reject"),
            follow,
            Extra::default(),
        )
    }
}

/// A Create by its names, without the text that it carried.
#[derive(Serialize)]
pub(crate) struct CreateNamed<'a> {
    pub(crate) id: &'a str,
    #[serde(rename = "type")]
    pub(crate) kind: CreateType,
    pub(crate) actor: &'a str,
    pub(crate) object: &'a str,
}

/// A category refuses a contribution, with the reason in `summary`.
pub(crate) fn refusal(envelope: &Envelope, create: &CreateNamed<'_>, why: Denied) -> Built {
    let reason = match why {
        Denied::Locked => "Ce sujet est verrouillé / This topic is locked",
        Denied::Archived => "Cette catégorie est archivée / This category is archived",
        Denied::Restricted => {
            "Seule la modération ouvre des sujets ici / Only moderators open topics here"
        }
        Denied::Banned => "Vous êtes exclu de cette catégorie / You are banned from this category",
        _ => "Refusé / Refused",
    };
    let extra = Extra {
        summary: Some(reason.to_owned()),
        ..Extra::default()
    };
    built(envelope, (RejectType::Reject, "Reject"), create, extra)
}
