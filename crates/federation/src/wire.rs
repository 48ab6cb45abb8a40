//! Reading what others send: strict JSON, lenient ActivityStreams.
//!
//! Bytes become a [`Value`] only if they are honest JSON; after that every property may be absent, one or many,
//! a string or an object, and wrong ones count as absent. No JSON-LD is expanded and no context is fetched.
//! Whether a document is true is decided elsewhere (FEP-fe34).

use std::fmt;

use activitypub_federation::protocol::public_key::PublicKey;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use url::Url;

use crate::origin::MAX_ID;

/// How deep a document may nest.
pub const MAX_DEPTH: usize = 64;
/// How many members of an array are kept; the rest is dropped.
pub const MAX_ARRAY: usize = 1000;
/// How many attachments of an object are looked at.
pub const MAX_ATTACHMENTS: usize = 20;
/// How many mentions, hashtags and emojis each are looked at.
pub const MAX_TAGS: usize = 50;
/// How many keys of an actor are looked at.
pub const MAX_KEYS: usize = 10;
/// The collection that stands for everybody.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

const AS: &str = "https://www.w3.org/ns/activitystreams#";

/// The bytes are not a document that we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed document: {0}")]
pub struct Malformed(pub String);

/// Reads a document: valid UTF-8, one object, no name twice in one object, at most [`MAX_DEPTH`] deep, without
/// `@graph`, `@included` and `@reverse`. NUL characters are dropped from texts, arrays are cut at [`MAX_ARRAY`].
pub fn parse(bytes: &[u8]) -> Result<Value, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed("not utf-8".to_owned()))?;
    let malformed = |error: serde_json::Error| Malformed(error.to_string());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict {
        depth: 0,
        in_context: false,
    }
    .deserialize(&mut deserializer)
    .map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Malformed("not an object".to_owned()))
    }
}

/// Builds a [`Value`] under the rules of [`parse`].
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
    /// Inside an `@context` those keywords are definitions, which nobody interprets.
    in_context: bool,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self, in_context: bool) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("nested too deeply"));
        }
        Ok(Self {
            depth: self.depth + 1,
            in_context: self.in_context || in_context,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(without_nul(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let deeper = self.deeper(false)?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(deeper)? {
            if items.len() < MAX_ARRAY {
                items.push(item);
            }
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let name = without_nul(&name);
            if !self.in_context && matches!(name.as_str(), "@graph" | "@included" | "@reverse") {
                return Err(A::Error::custom(
                    "@graph, @included and @reverse are not read",
                ));
            }
            let value = map.next_value_seed(self.deeper(name == "@context")?)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice in one object"));
            }
        }
        Ok(Value::Object(object))
    }
}

fn without_nul(text: &str) -> String {
    if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text.to_owned()
    }
}

/// What must be known of an activity before its signature is worth checking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The activity's id, as sent; absent on anonymous ones.
    pub id: Option<String>,
    /// Its type, without prefix.
    pub kind: String,
    /// The id of its actor.
    pub actor: String,
    /// The id of its object, where one is named.
    pub object: Option<String>,
}

/// Reads the envelope of an activity. Its actor must be given as a URL, alone or as an object with an id.
pub fn envelope(activity: &Value) -> Result<Envelope, Malformed> {
    let malformed = |what: &str| Malformed(what.to_owned());
    let kind = type_of(activity)
        .ok_or_else(|| malformed("no type"))?
        .to_owned();
    let actor = match many(activity, "actor").as_slice() {
        [one] => id_of(one),
        _ => None,
    };
    let actor = actor
        .filter(|id| is_http_url(id))
        .ok_or_else(|| malformed("the actor is not one url"))?;
    let id = match activity.get("id") {
        None | Some(Value::Null) => None,
        Some(id) => Some(
            id.as_str()
                .filter(|id| is_http_url(id))
                .ok_or_else(|| malformed("the id is not a url"))?,
        ),
    };
    Ok(Envelope {
        id: id.map(str::to_owned),
        kind,
        actor: actor.to_owned(),
        object: id_at(activity, "object").map(str::to_owned),
    })
}

/// Whether a text is an absolute http(s) URL of a bearable length.
pub fn is_http_url(text: &str) -> bool {
    text.len() <= MAX_ID
        && Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The members of a property that may be absent, one or many.
pub fn many<'a>(object: &'a Value, key: &str) -> Vec<&'a Value> {
    object.get(key).map(one_or_many).unwrap_or_default()
}

/// A value as a list: nothing for null, the members of an array, else the value itself.
pub fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).collect(),
        one => vec![one],
    }
}

/// The id of a thing given as its id or as an object; of a `Link`, where it leads.
pub fn id_of(value: &Value) -> Option<&str> {
    let id = match value {
        Value::String(id) => id,
        Value::Object(object) => object.get("id").or_else(|| object.get("href"))?.as_str()?,
        _ => return None,
    };
    (!id.is_empty() && id.len() <= MAX_ID).then_some(id)
}

/// The id of the first member of a property.
pub fn id_at<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    many(object, key).first().and_then(|value| id_of(value))
}

/// The ids of all members of a property; members without one are passed over.
pub fn ids<'a>(object: &'a Value, key: &str) -> Vec<&'a str> {
    many(object, key).into_iter().filter_map(id_of).collect()
}

/// The types of an object, `as:` and the ActivityStreams namespace taken off.
pub fn types(object: &Value) -> Vec<&str> {
    let kinds = object.get("type").or_else(|| object.get("@type"));
    kinds
        .map(one_or_many)
        .unwrap_or_default()
        .into_iter()
        .filter_map(Value::as_str)
        .map(|kind| {
            kind.strip_prefix(AS)
                .or_else(|| kind.strip_prefix("as:"))
                .unwrap_or(kind)
        })
        .filter(|kind| !kind.is_empty())
        .collect()
}

/// The type of an object: of several the first without a foreign prefix.
pub fn type_of(object: &Value) -> Option<&str> {
    let kinds = types(object);
    kinds
        .iter()
        .find(|kind| !kind.contains(':'))
        .or_else(|| kinds.first())
        .copied()
}

/// A text property, else the first value of its `…Map`.
pub fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    if let Some(text) = many(object, key).into_iter().find_map(Value::as_str) {
        return Some(text);
    }
    object
        .get(format!("{key}Map"))?
        .as_object()?
        .values()
        .find_map(Value::as_str)
}

/// The language of an object's text: of `contentMap`, else `nameMap`, else `language`.
pub fn language(object: &Value) -> Option<&str> {
    let of_map = |key| {
        object
            .get(key)?
            .as_object()?
            .keys()
            .next()
            .map(String::as_str)
    };
    let named = || {
        let first = many(object, "language").into_iter().next()?;
        first.as_str().or_else(|| first.get("identifier")?.as_str())
    };
    of_map("contentMap")
        .or_else(|| of_map("nameMap"))
        .or_else(named)
        .filter(|tag| {
            !tag.is_empty()
                && tag.len() <= 35
                && *tag != "und"
                && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

/// A boolean property; `"true"` and the like count as absent.
pub fn flag(object: &Value, key: &str) -> Option<bool> {
    object.get(key)?.as_bool()
}

/// Where people read an object: of `url` the first link to HTML, else the first address. Only http(s).
pub fn url_href(object: &Value) -> Option<&str> {
    let members = many(object, "url");
    let html = members
        .iter()
        .find(|link| media_type(link).is_some_and(|kind| kind.starts_with("text/html")));
    html.into_iter()
        .chain(&members)
        .filter_map(|link| href(link))
        .find(|url| is_http_url(url))
}

fn media_type(value: &Value) -> Option<&str> {
    value
        .get("mediaType")
        .or_else(|| value.get("mimeType"))?
        .as_str()
}

/// A string, or the address in a `Link`, an `Image` or the like.
fn href(value: &Value) -> Option<&str> {
    value
        .as_str()
        .or_else(|| value.get("href").and_then(Value::as_str))
        .or_else(|| {
            let inner = value.get("url")?;
            one_or_many(inner)
                .into_iter()
                .find_map(|inner| inner.as_str().or_else(|| inner.get("href")?.as_str()))
        })
}

/// The address of a picture property such as `icon` or `image`; of many the last, as peers do. Only http(s).
pub fn image_url<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    many(object, key)
        .into_iter()
        .rev()
        .filter_map(href)
        .find(|url| is_http_url(url))
}

/// A date property in milliseconds since 1970. A date that can't be read is absent, one after `now_ms` is `now_ms`.
pub fn date(object: &Value, key: &str, now_ms: i64) -> Option<i64> {
    let date = chrono::DateTime::parse_from_rfc3339(object.get(key)?.as_str()?)
        .ok()?
        .timestamp_millis();
    (date >= 0).then_some(date.min(now_ms))
}

/// Whether an id is one of the spellings of everybody.
pub fn is_public_id(id: &str) -> bool {
    matches!(id, PUBLIC | "as:Public" | "Public")
}

/// Whether an object or activity is addressed to everybody, in `to` or `cc`.
pub fn is_public(object: &Value) -> bool {
    ["to", "cc"]
        .into_iter()
        .flat_map(|key| ids(object, key))
        .any(is_public_id)
}

/// Everybody whom an object or activity addresses in `to`, `cc` and `audience`, without the public collection.
pub fn recipients(object: &Value) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for id in ["to", "cc", "audience"]
        .into_iter()
        .flat_map(|key| ids(object, key))
    {
        if !is_public_id(id) && !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

/// What stands in `tag`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// Whom the text mentions.
    pub mentions: Vec<Mention>,
    /// Hashtags without the hash, as written.
    pub hashtags: Vec<String>,
    /// Custom emojis: their shortcode with colons, and their picture.
    pub emojis: Vec<(String, String)>,
}

/// A mention in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The id, or with some peers the profile page, of who is mentioned.
    pub href: String,
    /// How the text writes it, such as `@ana@forum.ville.example`.
    pub name: Option<String>,
}

/// The tags of an object, at most [`MAX_TAGS`] of each kind; unknown ones are passed over.
pub fn tags(object: &Value) -> Tags {
    let mut tags = Tags::default();
    for tag in many(object, "tag") {
        let name = text(tag, "name");
        match type_of(tag) {
            Some("Mention") if tags.mentions.len() < MAX_TAGS => {
                if let Some(href) = href(tag).filter(|href| is_http_url(href)) {
                    tags.mentions.push(Mention {
                        href: href.to_owned(),
                        name: name.map(str::to_owned),
                    });
                }
            }
            Some("Hashtag" | "lemmy:CommunityTag") if tags.hashtags.len() < MAX_TAGS => {
                let name = name
                    .map(|name| name.trim().trim_start_matches('#'))
                    .unwrap_or_default();
                if !name.is_empty() && name.len() <= 200 {
                    tags.hashtags.push(name.to_owned());
                }
            }
            Some("Emoji" | "toot:Emoji") if tags.emojis.len() < MAX_TAGS => {
                if let (Some(name), Some(url)) = (name, image_url(tag, "icon")) {
                    tags.emojis.push((name.to_owned(), url.to_owned()));
                }
            }
            _ => {}
        }
    }
    tags
}

/// Something attached to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its type: `Image`, `Document`, `Link`, `Page`…
    pub kind: String,
    /// Where it is; http(s).
    pub url: String,
    /// What it says it is, such as `image/png`.
    pub media_type: Option<String>,
    /// The alternative text: `summary`, else `name`.
    pub alt: Option<String>,
    /// Width and height in pixels, where both are given.
    pub size: Option<(u32, u32)>,
}

/// The attachments of an object that have an address, at most [`MAX_ATTACHMENTS`].
pub fn attachments(object: &Value) -> Vec<Attachment> {
    let pixels = |item: &Value, key: &str| {
        item.get(key)?
            .as_u64()
            .and_then(|pixels| u32::try_from(pixels).ok())
    };
    many(object, "attachment")
        .into_iter()
        .filter_map(|item| {
            let url = href(item).filter(|url| is_http_url(url))?;
            let inner = item.get("url").map(one_or_many).unwrap_or_default();
            Some(Attachment {
                kind: type_of(item).unwrap_or("Link").to_owned(),
                url: url.to_owned(),
                media_type: media_type(item)
                    .or_else(|| inner.into_iter().find_map(media_type))
                    .map(str::to_owned),
                alt: text(item, "summary")
                    .or_else(|| text(item, "name"))
                    .filter(|alt| !alt.is_empty())
                    .map(str::to_owned),
                size: pixels(item, "width").zip(pixels(item, "height")),
            })
        })
        .take(MAX_ATTACHMENTS)
        .collect()
}

/// The keys that an actor or key document lists in `publicKey`, at most [`MAX_KEYS`]; a document that is itself a
/// key (it has `publicKeyPem`) counts as one.
pub fn public_keys(document: &Value) -> Vec<PublicKey> {
    let itself = document.get("publicKeyPem").map(|_| document);
    many(document, "publicKey")
        .into_iter()
        .chain(itself)
        .take(MAX_KEYS)
        .filter_map(|key| {
            Some(PublicKey {
                id: id_of(key)?.to_owned(),
                owner: Url::parse(id_at(key, "owner").or_else(|| id_at(key, "controller"))?)
                    .ok()?,
                public_key_pem: key.get("publicKeyPem")?.as_str()?.to_owned(),
            })
        })
        .collect()
}

/// The Multikey with this id that an actor's document lists in `assertionMethod` as its own (FEP-521a).
pub fn multikey<'a>(document: &'a Value, id: &str) -> Option<&'a str> {
    let owner = id_of(document)?;
    many(document, "assertionMethod")
        .into_iter()
        .take(MAX_KEYS)
        .find(|key| {
            id_of(key) == Some(id)
                && type_of(key) == Some("Multikey")
                && id_at(key, "controller") == Some(owner)
        })?
        .get("publicKeyMultibase")?
        .as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_767_690_000_000;

    #[test]
    fn honest_json_comes_through_unchanged() {
        let value = json!({"a": [1, -2, 2.5, true, null, "é"], "b": {"c": {}}, "@context": ["x", {"y": {"@reverse": "z"}}]});
        assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bytes in [
            &b""[..],
            b"null",
            b"[]",
            b"\"x\"",
            b"{",
            b"{\"a\":1",
            b"{} x",
            b"{\"a\":\"\xff\"}",
            b"\xef\xbb\xbf{}",
        ] {
            assert!(parse(bytes).is_err(), "{bytes:?}");
        }
        assert!(envelope(&parse(b"{}").unwrap()).is_err());
    }

    #[test]
    fn a_name_twice_in_one_object_is_refused_at_any_depth() {
        assert!(parse(br#"{"id":"a","id":"b"}"#).is_err());
        assert!(parse(br#"{"object":[{"id":"a","\u0069d":"b"}]}"#).is_err());
        assert!(parse(br#"{"id":"a","id\u0000":"b"}"#).is_err());
        assert!(parse(br#"{"a":{"id":1},"b":{"id":2}}"#).is_ok());
    }

    #[test]
    fn deep_nesting_is_refused_without_harm() {
        let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(MAX_DEPTH - 1).as_bytes()).is_ok());
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_err());
        assert!(parse(nested(200_000).as_bytes()).is_err());
        assert!(parse(format!("{{\"x\":{}", "[".repeat(200_000)).as_bytes()).is_err());
    }

    #[test]
    fn graphs_are_refused_anywhere_but_in_a_context() {
        for key in ["@graph", "@included", "@reverse"] {
            assert!(
                parse(json!({"object": [{key: {}}]}).to_string().as_bytes()).is_err(),
                "{key}"
            );
        }
    }

    #[test]
    fn nul_characters_are_dropped_and_long_arrays_cut() {
        let value = parse(br#"{"content":"a\u0000b"}"#).unwrap();
        assert_eq!(text(&value, "content"), Some("ab"));
        let value = parse(
            json!({"tag": vec![json!({"type": "Mention", "href": "https://a.example/u"}); 10_000]})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(value["tag"].as_array().unwrap().len(), MAX_ARRAY);
        assert_eq!(tags(&value).mentions.len(), MAX_TAGS);
    }

    #[test]
    fn an_actor_is_one_url_and_nothing_else() {
        for actor in [
            json!(1),
            json!("1"),
            json!("ana"),
            json!("ana@us.example"),
            json!("/u/ana"),
            json!(null),
            json!(["https://a.example/1", "https://a.example/2"]),
            json!([]),
            json!({}),
        ] {
            assert!(
                envelope(&json!({"type": "Create", "id": "https://a.example/1", "actor": actor}))
                    .is_err(),
                "{actor}"
            );
        }
        assert!(
            envelope(&json!({"type": "Create", "id": 7, "actor": "https://a.example/1"})).is_err()
        );
        let envelope = envelope(&json!({"type": ["as:Create"], "actor": [{"id": "https://a.example/1"}], "object": {"id": "https://a.example/p"}})).unwrap();
        assert_eq!(
            envelope,
            Envelope {
                id: None,
                kind: "Create".into(),
                actor: "https://a.example/1".into(),
                object: Some("https://a.example/p".into())
            }
        );
    }

    #[test]
    fn a_property_is_absent_one_or_many() {
        let value = json!({"to": "a", "cc": ["b", null, {"id": "c"}, 7, ""], "tag": null});
        assert_eq!(ids(&value, "to"), ["a"]);
        assert_eq!(ids(&value, "cc"), ["b", "c"]);
        assert!(ids(&value, "tag").is_empty() && ids(&value, "nothing").is_empty());
        assert_eq!(
            id_at(&json!({"object": "x".repeat(MAX_ID + 1)}), "object"),
            None
        );
    }

    #[test]
    fn a_type_may_be_a_list_prefixed_or_expanded() {
        for kind in [
            json!("Note"),
            json!("as:Note"),
            json!(["schema:Comment", "Note"]),
            json!("https://www.w3.org/ns/activitystreams#Note"),
        ] {
            assert_eq!(type_of(&json!({"type": kind})), Some("Note"));
        }
        assert_eq!(
            type_of(&json!({"type": "schema:Comment"})),
            Some("schema:Comment")
        );
        assert_eq!(type_of(&json!({"type": [1, ""]})), None);
    }

    #[test]
    fn text_and_language_come_from_maps_too() {
        let value = json!({"contentMap": {"fr": "Bonjour"}, "name": "Titre"});
        assert_eq!(
            (
                text(&value, "content"),
                text(&value, "name"),
                language(&value)
            ),
            (Some("Bonjour"), Some("Titre"), Some("fr"))
        );
        assert_eq!(
            language(&json!({"language": {"identifier": "de", "name": "Deutsch"}})),
            Some("de")
        );
        assert_eq!(
            language(&json!({"language": [{"identifier": "fr"}]})),
            Some("fr")
        );
        assert_eq!(language(&json!({"language": "en-GB"})), Some("en-GB"));
        assert_eq!(language(&json!({"contentMap": {"<b>": "x"}})), None);
    }

    #[test]
    fn a_url_prefers_the_html_link_and_is_http() {
        let page = "https://a.example/@x/1";
        for url in [
            json!(page),
            json!([page]),
            json!({"type": "Link", "href": page}),
            json!([{"type": "Link", "href": "https://a.example/v.mp4", "mediaType": "video/mp4"}, {"type": "Link", "href": page, "mimeType": "text/html"}]),
        ] {
            assert_eq!(url_href(&json!({"url": url})), Some(page));
        }
        assert_eq!(url_href(&json!({"url": "javascript:alert(1)"})), None);
        assert_eq!(
            image_url(
                &json!({"icon": [{"url": "https://a.example/1"}, {"url": {"href": "https://a.example/2"}}]}),
                "icon"
            ),
            Some("https://a.example/2")
        );
    }

    #[test]
    fn dates_are_rfc_3339_and_never_in_the_future() {
        let read = |text: &str| date(&json!({"published": text}), "published", NOW);
        assert_eq!(read("2026-01-05T08:00:00Z"), Some(1_767_600_000_000));
        assert_eq!(
            read("2026-01-05T09:00:00.250+01:00"),
            Some(1_767_600_000_250)
        );
        assert_eq!(read("9999-12-31T23:59:59Z"), Some(NOW));
        for bad in ["0000-13-99", "yesterday", "", "0001-01-01T00:00:00Z"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(date(&json!({"published": 7}), "published", NOW), None);
    }

    #[test]
    fn everybody_has_three_spellings() {
        assert_eq!(PUBLIC, activitypub_federation::kinds::public().as_str());
        for to in [json!(PUBLIC), json!(["as:Public"]), json!("Public")] {
            assert!(is_public(&json!({"to": [], "cc": to})));
        }
        assert!(!is_public(&json!({"to": "https://a.example/u/ana"})));
        assert!(!is_public(&json!({"audience": PUBLIC})));
        assert_eq!(
            recipients(&json!({"to": [PUBLIC, "b"], "cc": "c", "audience": "b"})),
            ["b", "c"]
        );
    }

    #[test]
    fn tags_and_attachments_are_read_in_any_form() {
        let value = json!({"tag": {"type": "Mention", "href": "https://a.example/u/x", "name": "@x@a.example"}});
        assert_eq!(
            tags(&value).mentions,
            [Mention {
                href: "https://a.example/u/x".into(),
                name: Some("@x@a.example".into())
            }]
        );
        let value = json!({"tag": [{"type": "Hashtag", "name": "#Voirie"}, {"type": "Unknown"}, 7, {"type": "Mention"}]});
        assert_eq!(
            tags(&value),
            Tags {
                hashtags: vec!["Voirie".into()],
                ..Tags::default()
            }
        );
        let value = json!({"attachment": [
            {"type": "Image", "url": "https://a.example/1.png", "mediaType": "image/png", "name": "n", "summary": "s", "width": 4, "height": 3},
            {"type": "Link", "href": "https://a.example/page"},
            {"type": "Image", "url": "file:///etc/passwd"},
            {"type": "PropertyValue", "value": "x"}]});
        let read = attachments(&value);
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].alt.as_deref(), read[0].size),
            (Some("s"), Some((4, 3)))
        );
        assert_eq!(read[1].kind, "Link");
        assert_eq!(
            attachments(&json!({"attachment": vec![json!({"url": "https://a.example/"}); 40]}))
                .len(),
            MAX_ATTACHMENTS
        );
    }

    #[test]
    fn all_keys_of_an_actor_are_seen_and_a_key_stub_counts() {
        let key = |n: u8| json!({"id": format!("https://a.example/u#{n}"), "owner": "https://a.example/u", "publicKeyPem": "PEM"});
        assert_eq!(
            public_keys(&json!({"publicKey": [key(1), key(2), key(3)]})).len(),
            3
        );
        assert_eq!(
            public_keys(&json!({"publicKey": key(1)}))[0].id,
            "https://a.example/u#1"
        );
        assert_eq!(
            public_keys(&key(9))[0].owner.as_str(),
            "https://a.example/u"
        );
        assert!(public_keys(&json!({"publicKey": [1, "x", {"id": "y"}]})).is_empty());
    }
}
