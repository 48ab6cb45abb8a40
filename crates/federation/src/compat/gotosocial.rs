//! GoToSocial: a key has an address of its own (`/users/x/main-key`), which serves a part of its actor.

use serde_json::Value;
use url::Url;

use crate::wire;

/// The owner that a document served at a key's address names for this key.
pub(crate) fn key_owner(document: &Value, key_id: &str) -> Option<Url> {
    wire::public_keys(document)
        .into_iter()
        .find(|key| key.id == key_id)
        .map(|key| key.owner)
}
