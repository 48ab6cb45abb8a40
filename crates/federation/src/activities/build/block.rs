//! Block: somebody is banned from a category or from this server.

use activitypub_federation::kinds::activity::BlockType;
use parvis_forum::bans::Ban;

use super::{Built, Envelope, Extra, built};
use crate::objects::build::date;

/// The Block of a person, `target` being the category or the server. The end is said in both words that others read.
pub(crate) fn block(envelope: &Envelope, person: &str, target: &str, ban: &Ban) -> Built {
    let end = ban.expires_at.map(date);
    let extra = Extra {
        target: Some(target.to_owned()),
        summary: (!ban.reason.is_empty()).then(|| ban.reason.clone()),
        remove_data: Some(ban.removes),
        end_time: end.clone(),
        expires: end,
        ..Extra::default()
    };
    built(envelope, (BlockType::Block, "Block"), person, extra)
}
