//! Quotes in documents (FEP-044f, and the older ways to name what is quoted), and the authorization of one.

use parvis_forum::Actor;
use serde::Serialize;
use serde_json::Value;

use crate::wire;

/// What a post quotes: `quote`, else the older names, else a link that says so (FEP-e232).
pub(crate) fn quoted(value: &Value) -> Option<&str> {
    ["quote", "_misskey_quote", "quoteUrl", "quoteUri"]
        .into_iter()
        .find_map(|key| wire::id_at(value, key))
        .or_else(|| {
            wire::many(value, "tag")
                .into_iter()
                .find(|tag| {
                    wire::type_of(tag) == Some("Link")
                        && tag
                            .get("rel")
                            .map(wire::one_or_many)
                            .unwrap_or_default()
                            .iter()
                            .filter_map(|rel| rel.as_str())
                            .any(|rel| rel.ends_with("_misskey_quote") || rel.ends_with("#quote"))
                })
                .and_then(wire::id_of)
        })
        .filter(|uri| wire::is_http_url(uri))
}

/// A text without the paragraphs that only repeat the address of what is quoted.
pub(crate) fn without_fallback(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag, after)) = next_fallback(rest) {
        out.push_str(before);
        let end = format!("</{tag}>");
        match after.split_once(end.as_str()) {
            Some((_, after)) => rest = after,
            None => {
                rest = "";
            }
        }
    }
    out.push_str(rest);
    out
}

/// What stands before the next such element, its name, and what follows its start.
fn next_fallback(html: &str) -> Option<(&str, &'static str, &str)> {
    ["p", "span"]
        .into_iter()
        .filter_map(|tag| {
            let start = format!("<{tag} class=\"quote-inline\">");
            let (before, after) = html.split_once(start.as_str())?;
            Some((before, tag, after))
        })
        .min_by_key(|(before, _, _)| before.len())
}

/// Whether a document lets this post quote that one: of the quoted author's, and naming both.
pub(crate) fn authorizes(document: &Value, quoted_author: &str, quoted: &str, quote: &str) -> bool {
    wire::type_of(document) == Some("QuoteAuthorization")
        && wire::id_at(document, "attributedTo") == Some(quoted_author)
        && wire::id_at(document, "interactingObject") == Some(quote)
        && wire::id_at(document, "interactionTarget") == Some(quoted)
}

/// An authorization, as it is served.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationObject {
    pub(crate) id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    attributed_to: String,
    interacting_object: String,
    interaction_target: String,
}

impl AuthorizationObject {
    /// By `author`, for the post `quote` to quote `quoted`.
    pub(crate) fn new(id: String, author: &Actor, quote: &str, quoted: &str) -> Self {
        Self {
            id,
            kind: "QuoteAuthorization",
            attributed_to: author.uri.clone(),
            interacting_object: quote.to_owned(),
            interaction_target: quoted.to_owned(),
        }
    }
}

/// Who may quote a post without being asked: everybody.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InteractionPolicy {
    can_quote: CanQuote,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CanQuote {
    automatic_approval: [&'static str; 1],
}

impl InteractionPolicy {
    /// Of what everybody may read.
    pub(crate) fn public() -> Self {
        Self {
            can_quote: CanQuote {
                automatic_approval: [wire::PUBLIC],
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_quoted_is_found_under_each_name() {
        let uri = "https://a.example/1";
        for value in [
            json!({"quote": uri}),
            json!({"_misskey_quote": uri, "quoteUrl": "https://a.example/2"}),
            json!({"quoteUri": {"id": uri}}),
            json!({"tag": [{"type": "Link", "rel": ["https://misskey-hub.net/ns#_misskey_quote"], "href": uri}]}),
        ] {
            assert_eq!(quoted(&value), Some(uri), "{value}");
        }
        for value in [
            json!({}),
            json!({"quote": "javascript:x"}),
            json!({"tag": {"type": "Link", "rel": "next", "href": uri}}),
        ] {
            assert_eq!(quoted(&value), None, "{value}");
        }
    }

    #[test]
    fn the_address_that_stands_in_for_a_quote_is_left_out() {
        assert_eq!(
            without_fallback(
                "<p>Oui</p><p class=\"quote-inline\">RE: <a href=\"x\">x</a></p><p>fin</p>"
            ),
            "<p>Oui</p><p>fin</p>"
        );
        assert_eq!(
            without_fallback("a<span class=\"quote-inline\"><br>RE: x</span>b"),
            "ab"
        );
        assert_eq!(without_fallback("<p class=\"quote-inline\">sans fin"), "");
        assert_eq!(
            without_fallback("<p>quote-inline</p>"),
            "<p>quote-inline</p>"
        );
    }
}
