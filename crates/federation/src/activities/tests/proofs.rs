//! What a proof makes believable, and what it doesn't (FEP-8b32).

use super::*;
use crate::proof::ProofKey;

/// Bob's key for proofs, listed in his document.
fn bobs_key(stage: &Stage) -> ProofKey {
    let method = format!("{}#ed25519-key", stage.bob.uri);
    let key = ProofKey::from_seed(&[7; 32], method.clone()).unwrap();
    stage.good.serve(&json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": stage.bob.uri, "type": "Person", "preferredUsername": "bob", "name": "BOB",
        "inbox": format!("{}/inbox", stage.bob.uri),
        "publicKey": {"id": stage.bob.signer.key_id, "owner": stage.bob.uri,
            "publicKeyPem": crate::keys::tests::pair().public_pem},
        "assertionMethod": [{"id": method, "type": "Multikey", "controller": stage.bob.uri,
            "publicKeyMultibase": key.public_multibase()}],
    }));
    key
}

fn now(stage: &Stage) -> String {
    stage.node.forum().now().rfc3339()
}

fn proven(key: &ProofKey, mut document: Value, at: &str) -> Value {
    document["proof"] = key.prove(&document, at);
    document
}

async fn text_of(stage: &Stage, path: &str) -> Option<String> {
    let post = stage.post(&stage.good.url(path)).await?;
    Some(post.content_html)
}

#[tokio::test]
async fn what_is_announced_with_a_proof_of_its_author_is_believed_without_a_fetch() {
    let stage = Stage::set().await;
    let key = bobs_key(&stage);
    let at = now(&stage);
    // Nothing is served: only the proof speaks for it.
    let create = proven(
        &key,
        activity(&stage.bob, "Create", 1, &stage.page("/p/1")),
        &at,
    );
    stage.announce(1, &create).await;
    assert!(text_of(&stage, "/p/1").await.is_some());
    assert_eq!(stage.good.asked("/p/1"), 0);
    // As an object.
    stage
        .announce(2, &proven(&key, stage.page("/p/2"), &at))
        .await;
    assert!(text_of(&stage, "/p/2").await.is_some());
    assert_eq!(stage.good.asked("/p/2"), 0);
    // Without a proof it is asked for, and isn't there.
    let bare = activity(&stage.bob, "Create", 3, &stage.page("/p/3"));
    stage.announce(3, &bare).await;
    assert!(text_of(&stage, "/p/3").await.is_none());
    assert_eq!(stage.good.asked("/p/3"), 1);
    // The key was read once.
    assert!(stage.good.asked("/u/bob") <= 2);
}

#[tokio::test]
async fn a_proof_that_does_not_hold_makes_the_copy_worthless() {
    let stage = Stage::set().await;
    let key = bobs_key(&stage);
    let at = now(&stage);
    let stranger = |method: String| ProofKey::from_seed(&[8; 32], method).unwrap();
    let create = |n: u32| activity(&stage.bob, "Create", n, &stage.page(&format!("/p/{n}")));
    let mut changed = proven(&key, create(1), &at);
    changed["object"]["content"] = json!("<p>Autre chose</p>");
    let listed = format!("{}#ed25519-key", stage.bob.uri);
    let unlisted = format!("{}#another", stage.bob.uri);
    let elsewhere = format!("{}#ed25519-key", stage.mallory.uri);
    let mut suite = proven(&key, create(5), &at);
    suite["proof"]["cryptosuite"] = json!("eddsa-rdfc-2022");
    let mut purpose = proven(&key, create(6), &at);
    purpose["proof"]["proofPurpose"] = json!("authentication");
    let mut here = proven(&key, create(7), &at);
    here["proof"]["verificationMethod"] = json!(stage.node.url("/u/ana#ed25519-key"));
    for (n, forged) in [
        (1, changed),
        (2, proven(&stranger(listed), create(2), &at)),
        (3, proven(&stranger(unlisted), create(3), &at)),
        (4, proven(&stranger(elsewhere), create(4), &at)),
        (5, suite),
        (6, purpose),
        (7, here),
    ] {
        let path = format!("/p/{n}");
        // What bob's server really has is what counts.
        let mut real = stage.page(&path);
        real["content"] = json!("<p>En vrai</p>");
        stage.good.serve(&real);
        stage.announce(n, &forged).await;
        let text = text_of(&stage, &path).await;
        assert_eq!(text.as_deref(), Some("<p>En vrai</p>"), "{forged}");
        assert_eq!(stage.good.asked(&path), 1, "{n}");
    }
}

#[tokio::test]
async fn a_proof_speaks_for_its_own_actor_only() {
    let stage = Stage::set().await;
    let key = bobs_key(&stage);
    let carol = stage.good.person("carol");
    // Bob proves that he published what he says is carol's.
    let mut page = stage.page("/p/1");
    page["attributedTo"] = json!(carol.uri);
    let create = proven(&key, activity(&stage.bob, "Create", 1, &page), &now(&stage));
    stage.announce(1, &create).await;
    assert!(text_of(&stage, "/p/1").await.is_none());
    // Mallory proves, with her own key, what is on bob's server.
    let method = format!("{}#ed25519-key", stage.mallory.uri);
    let hers = ProofKey::from_seed(&[9; 32], method.clone()).unwrap();
    stage.evil.serve(&json!({
        "id": stage.mallory.uri, "type": "Person", "preferredUsername": "mallory",
        "inbox": stage.evil.url("/inbox"),
        "publicKey": {"id": stage.mallory.signer.key_id, "owner": stage.mallory.uri,
            "publicKeyPem": crate::keys::tests::pair().public_pem},
        "assertionMethod": [{"id": method, "type": "Multikey", "controller": stage.mallory.uri,
            "publicKeyMultibase": hers.public_multibase()}],
    }));
    let mut page = stage.page("/p/2");
    page["attributedTo"] = json!(stage.mallory.uri);
    let create = proven(
        &hers,
        activity(&stage.mallory, "Create", 2, &page),
        &now(&stage),
    );
    stage.announce(2, &create).await;
    assert!(text_of(&stage, "/p/2").await.is_none());
}

#[tokio::test]
async fn an_edit_with_a_proof_is_taken_and_an_old_one_changes_nothing() {
    let stage = Stage::set().await;
    let key = bobs_key(&stage);
    let at = now(&stage);
    let create = proven(
        &key,
        activity(&stage.bob, "Create", 1, &stage.page("/p/1")),
        &at,
    );
    stage.announce(1, &create).await;
    let edit = |n: u32, text: &str, updated: &str| {
        let mut page = stage.page("/p/1");
        page["content"] = json!(format!("<p>{text}</p>"));
        page["updated"] = json!(updated);
        proven(&key, activity(&stage.bob, "Update", n, &page), &at)
    };
    let (first, second) = (
        edit(2, "un", "2026-03-02T11:00:00Z"),
        edit(3, "deux", "2026-03-02T12:00:00Z"),
    );
    stage.announce(2, &first).await;
    assert_eq!(text_of(&stage, "/p/1").await.as_deref(), Some("<p>un</p>"));
    stage.announce(3, &second).await;
    assert_eq!(
        text_of(&stage, "/p/1").await.as_deref(),
        Some("<p>deux</p>")
    );
    // Shown again by a category that would have the old one back.
    stage.announce(4, &first).await;
    assert_eq!(
        text_of(&stage, "/p/1").await.as_deref(),
        Some("<p>deux</p>")
    );
    assert_eq!(stage.good.asked("/p/1"), 0);
}

#[tokio::test]
async fn what_is_handed_on_with_a_proof_counts_once_and_not_for_votes() {
    let stage = Stage::set().await;
    let key = bobs_key(&stage);
    let at = now(&stage);
    let create = proven(
        &key,
        activity(&stage.bob, "Create", 1, &stage.note("/p/1")),
        &at,
    );
    stage.node.take(&stage.mallory, &create).await;
    assert!(text_of(&stage, "/p/1").await.is_some());
    assert_eq!(stage.good.asked("/p/1"), 0);
    // A proof of long ago is none: the server is asked.
    let old = proven(
        &key,
        activity(&stage.bob, "Create", 2, &stage.note("/p/2")),
        "2020-01-01T00:00:00Z",
    );
    stage.node.take(&stage.mallory, &old).await;
    assert!(text_of(&stage, "/p/2").await.is_none());
    assert_eq!(stage.good.asked("/p/2"), 1);
    // Likes and follows count from their actor only.
    let post = stage.good.url("/p/1");
    let like = proven(&key, activity(&stage.bob, "Like", 3, &json!(post)), &at);
    stage.node.take(&stage.mallory, &like).await;
    assert_eq!(stage.like_count(&post).await, 0);
    let category = &stage.category.actor;
    let follow = proven(
        &key,
        activity(&stage.bob, "Follow", 4, &json!(category.uri)),
        &at,
    );
    stage.node.take(&stage.mallory, &follow).await;
    let bob = stage.meet(&stage.bob.uri).await;
    let found = follows::find(stage.node.db(), bob.id, category.id)
        .await
        .unwrap();
    assert!(found.is_none());
}
