//! `PeerTube`: a video belongs to a person and to a channel (a Group), both in `attributedTo` with their types, and its
//! text is Markdown in `content`.

use serde_json::Value;

use crate::wire;

/// The author among those whom an object is attributed to: a person where types are given, else the first.
pub(crate) fn author(object: &Value) -> Option<&str> {
    let all = wire::many(object, "attributedTo");
    all.iter()
        .find(|one| wire::type_of(one) == Some("Person"))
        .or_else(|| all.iter().find(|one| wire::type_of(one) != Some("Group")))
        .or_else(|| all.first())
        .and_then(|one| wire::id_of(one))
}

/// The groups among those whom an object is attributed to.
pub(crate) fn groups(object: &Value) -> Vec<&str> {
    wire::many(object, "attributedTo")
        .into_iter()
        .filter(|one| wire::type_of(one) == Some("Group"))
        .filter_map(wire::id_of)
        .collect()
}

/// The text of an object whose `content` is itself Markdown.
pub(crate) fn markdown_content(object: &Value) -> Option<&str> {
    let kind = object.get("mediaType")?.as_str()?;
    kind.eq_ignore_ascii_case("text/markdown")
        .then(|| wire::text(object, "content"))
        .flatten()
}
