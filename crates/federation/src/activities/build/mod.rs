//! The activities that we send, one file a type: from rows to the text that goes into the log.
//!
//! Every one has `@context, id, type, actor, to, cc, object, published`, and `audience` when it concerns a category.
//! Who receives it is decided in `outbox`, what a post or actor looks like in `objects::build`.

mod announce;
mod answer;
mod block;
mod choose;
mod create;
mod delete;
mod flag;
mod follow;
mod lock;
mod moving;
mod pin;
mod quote;
mod resolve;
mod topic_move;
mod undo;
mod update;
mod vote;

use std::fmt;
use std::sync::Arc;

use parvis_forum::{Actor, Config, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

pub(crate) use announce::{announce_activity, announce_object};
pub(crate) use answer::{CreateNamed, answer, refusal};
pub(crate) use block::block;
pub(crate) use choose::choose_answer;
pub(crate) use create::{create, poll_vote};
pub(crate) use delete::{delete_actor, delete_post};
pub(crate) use flag::{flag_anonymously, flag_to_category};
pub(crate) use follow::follow;
pub(crate) use lock::{lock_conversation, lock_post, unlock_conversation};
pub(crate) use moving::move_actor;
pub(crate) use pin::pin;
pub(crate) use quote::{QuoteNamed, quote_answer, quote_request, revoke_quote};
pub(crate) use resolve::resolve;
pub(crate) use topic_move::move_topic;
pub(crate) use undo::{undo, undo_block};
pub(crate) use update::{update_actor, update_post};
pub(crate) use vote::vote;

use crate::context::{with_actor_context, with_context};
use crate::objects::build::date;
use crate::proof::ProofKey;

/// An activity ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    /// Who proves it, where somebody does.
    prover: Option<(Arc<ProofKey>, Timestamp)>,
    /// Whether its object lists Multikeys, whose context it then names.
    multikeys: bool,
    /// Its id.
    pub(crate) uri: String,
    /// Its type.
    pub(crate) kind: &'static str,
    /// Its text, without context: as it stands inside an Announce or an Undo.
    inner: Box<RawValue>,
}

impl Built {
    /// The text that is sent, context included.
    pub(crate) fn json(&self) -> String {
        let bare = if self.multikeys {
            text(&with_actor_context(Members(&self.inner)))
        } else {
            text(&with_context(Members(&self.inner)))
        };
        self.proven(bare)
    }

    /// The same with a proof by its actor, a person here (FEP-8b32), if the node makes proofs.
    pub(crate) fn proven_by(mut self, actor: &Actor, config: &Config, at: Timestamp) -> Self {
        if config.federation.integrity_proofs {
            self.prover = ProofKey::of(actor).map(|key| (Arc::new(key), at));
        }
        self
    }

    fn proven(&self, bare: String) -> String {
        self.prover
            .as_ref()
            .and_then(|(key, at)| key.attach(&bare, *at))
            .unwrap_or(bare)
    }

    /// As it stands inside another activity, with its proof if it has one.
    pub(crate) fn inner_proven(&self) -> Box<RawValue> {
        match &self.prover {
            None => self.inner.clone(),
            Some(_) => RawValue::from_string(self.proven(self.inner.get().to_owned()))
                .unwrap_or_else(|_| self.inner.clone()),
        }
    }

    /// As it stands inside another activity.
    pub(crate) fn inner(&self) -> &RawValue {
        &self.inner
    }
}

/// An object whose members stand beside the context, as they are.
struct Members<'a>(&'a RawValue);

impl Serialize for Members<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error as _, SerializeMap as _};
        let members: RawMembers<'_> =
            serde_json::from_str(self.0.get()).map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(Some(members.0.len()))?;
        for (name, value) in members.0 {
            map.serialize_entry(&name, value)?;
        }
        map.end()
    }
}

/// The members of an object, in order, values as they are written.
struct RawMembers<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for RawMembers<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = RawMembers<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawMembers(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Where an activity goes and what it concerns: the same for all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Envelope {
    /// Id of the activity.
    pub(crate) id: String,
    /// Id of its actor.
    pub(crate) actor: String,
    /// Primary recipients.
    pub(crate) to: Vec<String>,
    /// Secondary recipients.
    pub(crate) cc: Vec<String>,
    /// The category, if it concerns one.
    pub(crate) audience: Option<String>,
    /// When.
    pub(crate) at: Timestamp,
}

/// What only some types have.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extra {
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instrument: Option<quote::Instrument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove_data: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_data: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

#[derive(Serialize)]
struct Wire<'a, K, O> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: K,
    actor: &'a str,
    to: &'a [String],
    cc: &'a [String],
    object: O,
    #[serde(flatten)]
    extra: Extra,
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<&'a str>,
    published: String,
}

/// Writes an activity.
fn built<K: Serialize + fmt::Debug, O: Serialize>(
    envelope: &Envelope,
    kind: (K, &'static str),
    object: O,
    extra: Extra,
) -> Built {
    let wire = Wire {
        id: &envelope.id,
        kind: kind.0,
        actor: &envelope.actor,
        to: &envelope.to,
        cc: &envelope.cc,
        object,
        extra,
        audience: envelope.audience.as_deref(),
        published: date(envelope.at),
    };
    Built {
        prover: None,
        multikeys: false,
        uri: envelope.id.clone(),
        kind: kind.1,
        inner: raw(&wire),
    }
}

/// The text of a document.
pub(crate) fn text(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("our documents have only string keys")
}

fn raw(document: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(document).expect("our documents have only string keys")
}
