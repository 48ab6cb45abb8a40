//! Mbin: a thread may have no content at all, its text standing in `summary`.

use serde_json::Value;

use crate::wire;

/// The text of a thread that has only a summary.
pub(crate) fn summary_as_content(object: &Value) -> Option<&str> {
    let empty = wire::text(object, "content").is_none_or(|text| text.trim().is_empty());
    let thread = matches!(wire::type_of(object), Some("Page" | "Article"));
    (empty && thread)
        .then(|| wire::text(object, "summary"))
        .flatten()
}
