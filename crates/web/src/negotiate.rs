//! Which representation a request asks for (RFC 9110 §12.5.1): the page for people, or the ActivityPub document.
//!
//! An ActivityPub document is given when its type is named with a weight not below that of HTML. `*/*`, or nothing, is
//! HTML. The `User-Agent` decides nothing. Both representations carry `Vary: Accept`.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue};

/// The media type of ActivityPub documents.
pub const ACTIVITY_JSON: &str = "application/activity+json";

/// True if the request asks for an ActivityPub document rather than for a page.
pub fn wants_activity(headers: &HeaderMap) -> bool {
    prefers(
        headers,
        &["application/activity+json", "application/ld+json"],
    )
}

/// True if the request asks for JSON of any kind rather than for a page.
pub fn wants_json(headers: &HeaderMap) -> bool {
    prefers(
        headers,
        &[
            "application/json",
            "application/problem+json",
            "application/jrd+json",
            "application/activity+json",
            "application/ld+json",
        ],
    )
}

/// True if one of `types` is named, and not with a lower weight than HTML.
fn prefers(headers: &HeaderMap, types: &[&str]) -> bool {
    let html = weight(headers, &["text/html", "application/xhtml+xml"]).unwrap_or(0);
    weight(headers, types).is_some_and(|wanted| wanted > 0 && wanted >= html)
}

/// The highest weight, in thousandths, that `Accept` gives to one of `types` by name; none when none is named.
fn weight(headers: &HeaderMap, types: &[&str]) -> Option<u16> {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(ranges)
        .filter_map(|range| {
            let mut parts = range.split(';');
            let name = parts.next()?.trim();
            types
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(name))
                .then(|| parts.find_map(quality).unwrap_or(1000))
        })
        .max()
}

/// The media ranges of an `Accept`: cut at commas that are not inside a quoted parameter.
fn ranges(accept: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    accept
        .split(move |c| {
            if c == '"' {
                quoted = !quoted;
            }
            c == ',' && !quoted
        })
        .take(50)
}

/// The `q` of a parameter, in thousandths; something unreadable counts as 0.
fn quality(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let quality: f32 = value.trim().parse().unwrap_or(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000 after clamping"
    )]
    Some((quality.clamp(0.0, 1.0) * 1000.0) as u16)
}

/// True if `If-None-Match` names this entity tag, so that 304 is the answer (RFC 9110 §13.1.2). `etag` is the tag
/// without its quotes; peers send it with or without them.
pub fn not_modified(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(axum::http::header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|tag| tag == "*" || tag == etag)
}

/// A header value that may hold what the text holds; none when it can't.
pub fn header(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        wants_activity(&headers)
    }

    #[test]
    fn servers_get_the_document() {
        for accept in [
            "application/activity+json",
            "application/activity+json, application/ld+json",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
            r#"application/ld+json; profile="a,b";q=0.9, text/html;q=0.5"#,
            "application/activity+json, */*;q=0.1",
            "APPLICATION/ACTIVITY+JSON",
            "text/html;q=0.5, application/activity+json;q=0.5",
        ] {
            assert!(asks(accept), "{accept}");
        }
    }

    #[test]
    fn people_get_the_page() {
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "*/*",
            "",
            "application/json",
            "application/activity+json;q=0",
            "text/html, application/activity+json;q=0.9",
            "application/activity+json;q=x",
        ] {
            assert!(!asks(accept), "{accept}");
        }
        assert!(!wants_activity(&HeaderMap::new()));
    }

    #[test]
    fn a_tag_matches_with_and_without_quotes() {
        let matches = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("if-none-match", value.parse().unwrap());
            not_modified(&headers, "abc")
        };
        assert!(matches("\"abc\"") && matches("abc") && matches("W/\"abc\"") && matches("*"));
        assert!(matches("\"x\", \"abc\"") && !matches("\"x\""));
    }
}
