//! NodeBB: deletes a topic by the id of its conversation, and wraps Announces in Announces.

use serde_json::Value;

use crate::wire;

/// Announces around one activity that are taken off.
pub(crate) const MAX_WRAPPERS: usize = 3;

/// The innermost thing announced; nothing when there are more wrappers than anybody needs.
pub(crate) fn unwrapped(announced: &Value) -> Option<&Value> {
    let mut inner = announced;
    for _ in 1..MAX_WRAPPERS {
        if wire::type_of(inner) != Some("Announce") {
            return Some(inner);
        }
        inner = *wire::many(inner, "object").first()?;
    }
    (wire::type_of(inner) != Some("Announce")).then_some(inner)
}
