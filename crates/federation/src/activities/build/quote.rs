//! `QuoteRequest`, its answers, and the Delete of an authorization (FEP-044f).

use activitypub_federation::kinds::activity::{AcceptType, DeleteType, RejectType};
use parvis_forum::Config;
use serde::Serialize;

use super::{Built, Envelope, Extra, built};
use crate::objects::build::post::{PostObject, Scene, post_to_wire};

/// Asks the author of `quoted` whether this post may quote it.
pub(crate) fn quote_request(
    envelope: &Envelope,
    scene: &Scene,
    quoted: &str,
    config: &Config,
) -> Built {
    let extra = Extra {
        instrument: Some(Box::new(post_to_wire(scene, config))),
        ..Extra::default()
    };
    built(envelope, ("QuoteRequest", "QuoteRequest"), quoted, extra)
}

/// The post that quotes, as it goes with a request.
pub(super) type Instrument = Box<PostObject>;

/// A request by its names.
#[derive(Serialize)]
pub(crate) struct QuoteNamed<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    actor: &'a str,
    object: &'a str,
    instrument: &'a str,
}

impl<'a> QuoteNamed<'a> {
    /// `actor` asked whether `instrument` may quote `object`.
    pub(crate) fn new(id: &'a str, actor: &'a str, object: &'a str, instrument: &'a str) -> Self {
        Self {
            id,
            kind: "QuoteRequest",
            actor,
            object,
            instrument,
        }
    }
}

/// The answer to a request: with an authorization yes, without one no.
pub(crate) fn quote_answer(
    envelope: &Envelope,
    request: &QuoteNamed<'_>,
    result: Option<String>,
) -> Built {
    let accepted = result.is_some();
    let extra = Extra {
        result,
        ..Extra::default()
    };
    if accepted {
        built(envelope, (AcceptType::Accept, "Accept"), request, extra)
    } else {
        built(envelope, (RejectType::Reject, "Reject"), request, extra)
    }
}

/// An authorization is taken back.
pub(crate) fn revoke_quote(envelope: &Envelope, authorization: &str) -> Built {
    built(
        envelope,
        (DeleteType::Delete, "Delete"),
        authorization,
        Extra::default(),
    )
}
