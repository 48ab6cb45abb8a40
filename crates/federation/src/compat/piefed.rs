//! PieFed: one Announce may carry several activities, in an array.

use serde_json::Value;

use crate::wire;

/// Activities looked at in one Announce.
const MAX_BATCH: usize = 50;

/// What an Announce is about: one thing, or a batch.
pub(crate) fn announced(announce: &Value) -> Vec<&Value> {
    let mut all = wire::many(announce, "object");
    all.truncate(MAX_BATCH);
    all
}
