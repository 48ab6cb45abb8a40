//! lotide: the `url` of a post is the link that the post is about.

use serde_json::Value;
use url::Url;

use crate::origin::same_origin;
use crate::wire;

/// The page that a post is about, when its `url` leads to another server.
pub(crate) fn linked_page<'a>(object: &'a Value, id: &Url) -> Option<&'a str> {
    if !matches!(wire::type_of(object), Some("Page" | "Link")) {
        return None;
    }
    wire::url_href(object).filter(|href| Url::parse(href).is_ok_and(|url| !same_origin(&url, id)))
}
