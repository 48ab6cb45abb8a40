//! Proofs made and checked, with the vectors of FEP-8b32.

use super::*;

const ALICE: &str = "https://server.example/users/alice";
const SECRET: &str = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";
const PUBLIC: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
const VALUE: &str =
    "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL";
const CREATED: &str = "2023-02-24T23:36:38Z";
/// Some time in 2026.
const NOW: Timestamp = Timestamp(1_772_445_600_000);

fn document() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
        "id": "https://server.example/activities/1",
        "type": "Create",
        "actor": ALICE,
        "object": {
            "id": "https://server.example/objects/1",
            "type": "Note",
            "attributedTo": ALICE,
            "content": "Hello world",
            "location": {"type": "Place", "longitude": -71.184_902, "latitude": 25.273_962}
        }
    })
}

fn alice() -> ProofKey {
    let secret = multibase::decode(SECRET).unwrap();
    let seed = secret.strip_prefix(&[0x80, 0x26]).unwrap();
    ProofKey::from_seed(seed, format!("{ALICE}#ed25519-key")).unwrap()
}

fn public() -> VerifyingKey {
    VerifyingKey::ed25519(&multibase::from_ed25519(PUBLIC).unwrap()).unwrap()
}

fn signed() -> Value {
    let mut document = document();
    document["proof"] = alice().prove(&document, CREATED);
    document
}

fn check(document: &Value) -> Result<bool, Unproven> {
    Claimed::read(document, NOW).map(|claimed| claimed.holds(&public()))
}

#[test]
fn the_vector_of_the_proposal_is_made_and_holds() {
    let signed = signed();
    assert_eq!(alice().public_multibase(), PUBLIC);
    assert_eq!(signed["proof"]["proofValue"], VALUE);
    assert_eq!(signed["proof"]["@context"], signed["@context"]);
    assert_eq!(check(&signed), Ok(true));
}

#[test]
fn a_proof_is_of_every_letter() {
    for change in [
        |d: &mut Value| d["object"]["content"] = json!("Hello World"),
        |d: &mut Value| d["object"]["location"]["latitude"] = json!(25.273_963),
        |d: &mut Value| d["actor"] = json!("https://server.example/users/bob"),
        |d: &mut Value| d["to"] = json!([]),
        |d: &mut Value| d["@context"] = json!(["https://www.w3.org/ns/activitystreams"]),
        |d: &mut Value| {
            d["@context"] = json!([
                "https://w3id.org/security/data-integrity/v2",
                "https://www.w3.org/ns/activitystreams"
            ]);
        },
        |d: &mut Value| d["proof"]["created"] = json!("2023-02-24T23:36:39Z"),
        |d: &mut Value| d["proof"]["verificationMethod"] = json!(format!("{ALICE}#another")),
        |d: &mut Value| d["proof"]["nonce"] = json!("1"),
        |d: &mut Value| {
            d["proof"].as_object_mut().unwrap().remove("created");
        },
    ] {
        let mut document = signed();
        change(&mut document);
        assert_eq!(check(&document), Ok(false), "{document}");
    }
    // What isn't signed may differ: an LD signature, and contexts that are added.
    let mut document = signed();
    document["signature"] = json!({"type": "RsaSignature2017"});
    document["@context"]
        .as_array_mut()
        .unwrap()
        .push(json!("https://x.example/"));
    assert_eq!(check(&document), Ok(true));
}

#[test]
fn what_is_no_proof_of_this_kind_is_none() {
    for (name, value) in [
        ("type", json!("RsaSignature2017")),
        ("cryptosuite", json!("eddsa-rdfc-2022")),
        ("cryptosuite", json!("jcs-eddsa-2022")),
        ("cryptosuite", json!("none")),
        ("proofPurpose", json!("authentication")),
        ("verificationMethod", json!(7)),
    ] {
        let mut document = signed();
        document["proof"][name] = value;
        assert_eq!(check(&document), Err(Unproven::Unknown), "{document}");
    }
    for value in [
        json!(""),
        json!("z"),
        json!("z11"),
        json!(VALUE.replace('z', "m")),
    ] {
        let mut document = signed();
        document["proof"]["proofValue"] = value;
        assert_eq!(check(&document), Err(Unproven::Signature), "{document}");
    }
    assert_eq!(check(&document()), Err(Unproven::Absent));
    for proof in [json!(null), json!([]), json!("x"), json!([{}, {}])] {
        let mut document = document();
        document["proof"] = proof;
        assert_eq!(check(&document), Err(Unproven::Unknown), "{document}");
    }
}

#[test]
fn a_proof_has_its_time() {
    let proven_at = |created: &str, expires: Option<&str>| {
        let mut document = document();
        let key = alice();
        let mut proof = key.prove(&document, created);
        if let Some(expires) = expires {
            proof["expires"] = json!(expires);
        }
        document["proof"] = proof;
        check(&document)
    };
    assert_eq!(proven_at("2030-01-01T00:00:00Z", None), Err(Unproven::Time));
    assert_eq!(proven_at("yesterday", None), Err(Unproven::Time));
    assert_eq!(
        proven_at(CREATED, Some("2024-01-01T00:00:00Z")),
        Err(Unproven::Time)
    );
}

#[test]
fn a_context_that_was_signed_and_left_out_is_put_back() {
    let mut document = signed();
    document["proof"]
        .as_object_mut()
        .unwrap()
        .remove("@context");
    assert_eq!(check(&document), Ok(true));
    // Inside another activity, where there is no context at all.
    let mut inner = super::tests::document();
    inner.as_object_mut().unwrap().remove("@context");
    inner["proof"] = alice().prove(&inner, CREATED);
    assert_eq!(inner["proof"].get("@context"), None);
    assert_eq!(check(&inner), Ok(true));
}

#[test]
fn a_proof_is_put_behind_the_members_of_a_text() {
    let text = alice()
        .attach(r#"{"id":"x","object":{"b":1}} "#, NOW)
        .unwrap();
    assert!(
        text.starts_with(r#"{"id":"x","object":{"b":1},"proof":{"#),
        "{text}"
    );
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(check(&document), Ok(true));
    assert!(alice().attach("[]", NOW).is_none());
}

#[test]
fn a_large_document_is_checked_in_no_time() {
    let mut document = document();
    document["object"]["content"] = json!("é\u{1}\"".repeat(100_000));
    document["tag"] = json!(vec![json!({"a": 1.5e300, "b": [[[[]]]]}); 10_000]);
    document["proof"] = alice().prove(&document, CREATED);
    assert_eq!(check(&document), Ok(true));
}
