//! The `@context` of everything that we send.
//!
//! One constant list on every top-level document. Peers that expand JSON-LD need it, and those that don't look for the
//! ActivityStreams address in it. Contexts of others are never fetched or interpreted.

use activitypub_federation::protocol::context::WithContext;
use serde_json::{Value, json};

/// The address that must stand in every context.
pub const ACTIVITY_STREAMS: &str = "https://www.w3.org/ns/activitystreams";
/// The context of Multikeys, on actors that publish some (FEP-521a).
const CID: &str = "https://www.w3.org/ns/cid/v1";

/// Words of quotes, answers and interactions.
const VOCABULARY: &[(&str, &str)] = &[
    ("officialAnswer", "parvis:officialAnswer"),
    ("signer", "parvis:signer"),
    ("signedAt", "parvis:signedAt"),
    ("standing", "parvis:standing"),
    ("ChooseAnswer", "https://piefed.social/ns#ChooseAnswer"),
    ("QuoteRequest", "https://w3id.org/fep/044f#QuoteRequest"),
    (
        "QuoteAuthorization",
        "https://w3id.org/fep/044f#QuoteAuthorization",
    ),
    ("gts", "https://gotosocial.org/ns#"),
    ("interactionPolicy", "gts:interactionPolicy"),
    ("canQuote", "gts:canQuote"),
];

/// Those whose value is an id.
const LINKS: &[(&str, &str)] = &[
    ("acceptedAnswer", "sc:acceptedAnswer"),
    ("quote", "https://w3id.org/fep/044f#quote"),
    (
        "quoteAuthorization",
        "https://w3id.org/fep/044f#quoteAuthorization",
    ),
    ("automaticApproval", "gts:automaticApproval"),
    ("interactingObject", "gts:interactingObject"),
    ("interactionTarget", "gts:interactionTarget"),
];

/// The constant `@context` array.
pub fn context() -> Value {
    let mut context = json!([
        ACTIVITY_STREAMS,
        "https://w3id.org/security/v1",
        {
            "Hashtag": "as:Hashtag",
            "sensitive": "as:sensitive",
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "toot": "http://joinmastodon.org/ns#",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "Emoji": "toot:Emoji",
            "votersCount": "toot:votersCount",
            "schema": "http://schema.org#",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "lemmy": "https://join-lemmy.org/ns#",
            "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
            "removeData": "lemmy:removeData",
            "restoreData": "lemmy:restoreData",
            "stickied": "lemmy:stickied",
            "distinguished": "lemmy:distinguished",
            "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
            "pt": "https://joinpeertube.org/ns#",
            "commentsEnabled": {"@id": "pt:commentsEnabled", "@type": "schema:Boolean"},
            "sc": "http://schema.org/",
            "language": "sc:inLanguage",
            "identifier": "sc:identifier",
            "Lock": "https://w3id.org/fep/c0d0/Lock",
            "Unlock": "https://w3id.org/fep/c0d0/Unlock",
            "locked": "https://w3id.org/fep/c0d0/locked",
            "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
            "litepub": "http://litepub.social/ns#",
            "EmojiReact": "litepub:EmojiReact",
            "parvis": "urn:x-parvis:ns#",
            "affiliation": "parvis:affiliation",
            "affiliationType": "parvis:affiliationType",
            "affiliationSubtype": "parvis:affiliationSubtype",
            "affiliationProof": "parvis:affiliationProof",
            "organisation": "parvis:organisation",
            "topicKind": "parvis:topicKind",
            "digests": {"@id": "parvis:digests", "@type": "@id"}
        }
    ]);
    if let Some(terms) = context.get_mut(2).and_then(Value::as_object_mut) {
        for (term, address) in VOCABULARY {
            terms.insert((*term).to_owned(), Value::from(*address));
        }
        for (term, address) in LINKS {
            terms.insert((*term).to_owned(), json!({"@id": address, "@type": "@id"}));
        }
    }
    context
}

/// Puts the constant context on a document.
pub fn with_context<T>(document: T) -> WithContext<T> {
    WithContext::new(document, context())
}

/// As [`with_context`], for actors that publish Multikeys.
pub fn with_actor_context<T>(actor: T) -> WithContext<T> {
    let mut context = context();
    if let Some(entries) = context.as_array_mut() {
        entries.insert(2, Value::from(CID));
    }
    WithContext::new(actor, context)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(Serialize)]
    struct Thing {
        id: &'static str,
    }

    #[test]
    fn a_document_carries_the_context_and_its_own_properties() {
        let value = serde_json::to_value(with_context(Thing {
            id: "https://a.example/1",
        }))
        .unwrap();
        assert_eq!(value["id"], "https://a.example/1");
        assert_eq!(value["@context"][0], ACTIVITY_STREAMS);
        assert_eq!(
            value["@context"][2]["locked"],
            "https://w3id.org/fep/c0d0/locked"
        );
        assert_eq!(value["@context"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn an_actor_with_multikeys_names_their_context() {
        let value = serde_json::to_value(with_actor_context(json!({"id": "x"}))).unwrap();
        assert_eq!(value["@context"][2], CID);
        assert!(value["@context"][3].is_object());
    }

    #[test]
    fn our_own_context_is_one_that_we_read() {
        let text = serde_json::to_vec(&with_context(json!({"id": "x"}))).unwrap();
        assert!(crate::wire::parse(&text).is_ok());
    }
}
