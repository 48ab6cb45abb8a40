//! Official answers in documents: an extension of ours, and the words that everybody else reads before the text.

use parvis_forum::officials::{Official, RemoteOfficial, Standing};
use parvis_forum::text::sanitize;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::build::date;
use crate::wire;

/// Longest name, in characters.
const MAX_NAME: usize = 200;

/// What a reply says of itself: that it is an official answer. `id` is its own.
pub(crate) fn read(value: &Value, id: &Url, now: i64) -> Option<RemoteOfficial> {
    let said = value
        .get("officialAnswer")
        .filter(|said| said.is_object())?;
    let organisation = said.get("organisation")?;
    let line = |text: &str| sanitize::cut_at_word(&sanitize::clean_line(text), MAX_NAME);
    let name = line(wire::text(organisation, "name")?);
    if name.is_empty() {
        return None;
    }
    Some(RemoteOfficial {
        organisation: name,
        organisation_url: wire::url_href(organisation).map(str::to_owned),
        signer: wire::text(said, "signer").map(line).unwrap_or_default(),
        signed_at: parvis_forum::Timestamp(wire::date(said, "signedAt", now).unwrap_or(now)),
        standing: match wire::text(said, "standing") {
            Some("superseded") => Standing::Superseded,
            Some("withdrawn") => Standing::Withdrawn,
            _ => Standing::InForce,
        },
        host: crate::origin::Origin::of(id)?.authority(),
    })
}

#[derive(Clone, Debug, Serialize)]
struct Organisation {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// The mark, as it is sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfficialObject {
    organisation: Organisation,
    signer: String,
    signed_at: String,
    standing: &'static str,
}

impl OfficialObject {
    /// Of a reply of ours.
    pub(crate) fn of(official: &Official) -> Self {
        Self {
            organisation: Organisation {
                kind: "Organization",
                name: official.organisation.clone(),
                url: official.organisation_url.clone(),
            },
            signer: official.signer.clone(),
            signed_at: date(official.signed()),
            standing: official.standing.as_str(),
        }
    }
}

/// The words before the text, in the language of the post: French unless it is another.
pub(crate) fn words(official: &Official, language: Option<&str>) -> String {
    let organisation = &official.organisation;
    if language.is_some_and(|tag| !tag.starts_with("fr")) {
        format!("Official answer of {organisation}:")
    } else {
        format!("Réponse officielle de {organisation} :")
    }
}

/// A text as it stands in Markdown: what could be markup is escaped.
pub(crate) fn markdown_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text as the content of an HTML element.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_mark_of_elsewhere_is_plain_text_said_by_its_host() {
        let id = Url::parse("https://a.example:8443/p/1").unwrap();
        let said = json!({"officialAnswer": {"organisation": {"name": "<b>Ville</b>\n de Montreval", "url": "javascript:x"},
            "signedAt": "2999-01-01T00:00:00Z", "standing": "withdrawn"}});
        let read_as = read(&said, &id, 1_000).unwrap();
        assert_eq!(read_as.host, "a.example:8443");
        assert_eq!(read_as.organisation_url, None);
        assert_eq!(read_as.signed_at.0, 1_000);
        assert_eq!(read_as.standing, Standing::Withdrawn);
        assert!(!read_as.organisation.contains('\n'));
        for wrong in [
            json!({}),
            json!({"officialAnswer": true}),
            json!({"officialAnswer": {"organisation": {"name": ""}}}),
        ] {
            assert_eq!(read(&wrong, &id, 1_000), None);
        }
    }
}
