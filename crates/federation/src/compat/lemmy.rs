//! Lemmy: a Delete with a reason is a removal by a moderator, and the reason of a report stands in `summary`.

use serde_json::Value;

use crate::wire;

/// The reason of a removal; its presence tells it from an author's deletion.
pub(crate) fn removal_reason(delete: &Value) -> Option<&str> {
    wire::text(delete, "summary").or_else(|| {
        let object = delete.get("object")?;
        object.is_object().then(|| wire::text(object, "summary"))?
    })
}

/// The reason of a report: `content`, else `summary`.
pub(crate) fn report_reason(flag: &Value) -> &str {
    wire::text(flag, "content")
        .filter(|text| !text.trim().is_empty())
        .or_else(|| wire::text(flag, "summary"))
        .unwrap_or_default()
}
