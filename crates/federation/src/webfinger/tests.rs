//! Handles, resources and JRDs, ours and those of others.

use super::*;
use serde_json::json;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn public() -> Url {
    url("https://forum.ville.example/")
}

#[test]
fn a_handle_is_read_in_every_common_form() {
    for text in [
        "@ana@Mastodon.example",
        "ana@mastodon.example",
        "!ana@mastodon.example.",
        "acct:ana@mastodon.example",
        "ACCT:ana@mastodon.example:443",
        " ana@mastodon.example ",
    ] {
        assert_eq!(
            Handle::parse(text).unwrap().to_string(),
            "ana@mastodon.example",
            "{text}"
        );
    }
    assert_eq!(
        Handle::parse("ana@127.0.0.1:4000").unwrap().authority(),
        "127.0.0.1:4000"
    );
    assert_eq!(
        Handle::parse("ana@bücher.example").unwrap().authority(),
        "xn--bcher-kva.example"
    );
    assert_eq!(
        Handle::parse("forum.ville.example@forum.ville.example")
            .unwrap()
            .name(),
        "forum.ville.example"
    );
    assert!(
        Handle::parse("Ana@a.example")
            .unwrap()
            .is(&Handle::parse("ana@A.example").unwrap())
    );
}

#[test]
fn nothing_is_smuggled_into_a_handle() {
    for text in [
        "",
        "a",
        "@a",
        "a@",
        "@@b",
        "a@b@c",
        "a@evil.example/x?y",
        "a@evil.example:22",
        "a@evil.example:0",
        "a&resource=acct:b@evil.example",
        "a@evil.example#x",
        "a@user:pw@evil.example",
        "a b@evil.example",
        "a@evil example",
        "a\r\nHost: x@evil.example",
        "a@evil.example\\x",
        "a%40b@evil.example",
        "a@evil.example%2f",
        "a/../b@evil.example",
        "a@evil.example:80:80",
        "a@",
        "a@.",
        "a@evil.example:99999",
    ] {
        assert!(Handle::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_question_is_encoded() {
    let handle = Handle::parse("a+b@mastodon.example").unwrap();
    let asked = handle.webfinger_url(Scheme::Https).unwrap();
    assert_eq!(
        asked.as_str(),
        "https://mastodon.example/.well-known/webfinger?resource=acct%3Aa%2Bb%40mastodon.example"
    );
    let asked = webfinger_url(
        Scheme::Http,
        "127.0.0.1:4000",
        "http://127.0.0.1:4000/u/a&b=c",
    )
    .unwrap();
    assert_eq!(asked.query_pairs().count(), 1);
    assert!(webfinger_url(Scheme::Https, "evil.example/x?", "acct:a@b").is_err());
}

#[test]
fn our_endpoint_knows_its_own_in_every_form() {
    let account = |name: &str| Ok(Resource::Account(name.to_owned()));
    for resource in [
        "acct:Ana@forum.ville.example",
        "ana@FORUM.ville.example",
        "@ana@forum.ville.example",
        "acct:ana@forum.ville.example:443",
        "!ana@forum.ville.example",
    ] {
        assert_eq!(
            parse_resource(Some(resource), &public()),
            account("ana"),
            "{resource}"
        );
    }
    assert_eq!(
        parse_resource(
            Some("acct:forum.ville.example@forum.ville.example"),
            &public()
        ),
        Ok(Resource::InstanceAccount)
    );
    assert_eq!(
        parse_resource(Some("https://forum.ville.example"), &public()),
        Ok(Resource::InstanceUrl)
    );
    assert_eq!(
        parse_resource(Some("https://Forum.ville.example:443/u/ana"), &public()),
        Ok(Resource::Url(url("https://forum.ville.example/u/ana")))
    );
    let local = url("http://127.0.0.1:4000/");
    assert_eq!(
        parse_resource(Some("acct:ana@127.0.0.1:4000"), &local),
        account("ana")
    );
    assert_eq!(
        parse_resource(Some("acct:ana@127.0.0.1"), &local),
        Err(ResourceError::Elsewhere)
    );
    assert_eq!(
        parse_resource(Some("acct:127.0.0.1:4000@127.0.0.1:4000"), &local),
        Ok(Resource::InstanceAccount)
    );
    assert_eq!(
        parse_resource(Some("acct:127.0.0.1@127.0.0.1:4000"), &local),
        Ok(Resource::InstanceAccount)
    );
}

#[test]
fn our_endpoint_tells_the_malformed_from_the_foreign() {
    for resource in [
        None,
        Some(""),
        Some("ana"),
        Some("acct:ana"),
        Some("acct:"),
        Some("mailto:x"),
        Some(&*"a".repeat(50_000)),
    ] {
        assert_eq!(
            parse_resource(resource, &public()),
            Err(ResourceError::Malformed),
            "{resource:?}"
        );
    }
    for resource in [
        "acct:ana@other.example",
        "https://other.example/u/ana",
        "http://forum.ville.example/u/ana",
        "https://x@forum.ville.example/u/ana",
        "acct:ana@forum.ville.example:8443",
    ] {
        assert_eq!(
            parse_resource(Some(resource), &public()),
            Err(ResourceError::Elsewhere),
            "{resource}"
        );
    }
}

#[test]
fn our_answer_about_a_category_has_the_promised_form() {
    let id = url("https://forum.ville.example/c/urbanisme");
    let jrd = serde_json::to_value(actor_jrd(
        &public(),
        "urbanisme",
        ActorKind::Group,
        &id,
        &id,
    ))
    .unwrap();
    let act = "https://forum.ville.example/authorize_interaction?uri=";
    assert_eq!(
        jrd,
        json!({
            "subject": "acct:urbanisme@forum.ville.example",
            "aliases": ["https://forum.ville.example/c/urbanisme"],
            "links": [
                {"rel": "self", "type": "application/activity+json", "href": "https://forum.ville.example/c/urbanisme",
                 "properties": {"https://www.w3.org/ns/activitystreams#type": "Group"}},
                {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "https://forum.ville.example/c/urbanisme"},
                {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": format!("{act}{{uri}}")},
                {"rel": "https://w3id.org/fep/3b86/Object", "href": format!("{act}{{object}}"), "template": format!("{act}{{object}}")},
                {"rel": "https://w3id.org/fep/3b86/Follow", "href": format!("{act}{{object}}"), "template": format!("{act}{{object}}")},
            ]
        })
    );
}

#[test]
fn our_own_answers_are_ones_that_we_read() {
    let id = url("https://forum.ville.example/u/ana");
    let jrd =
        serde_json::to_vec(&actor_jrd(&public(), "ana", ActorKind::Person, &id, &id)).unwrap();
    let read = ReceivedJrd::parse(&jrd).unwrap();
    assert_eq!(
        read.subject.as_ref().unwrap().to_string(),
        "ana@forum.ville.example"
    );
    assert_eq!(read.self_link(None), Some(id.as_str()));
    let post = url("https://other.example/p/1?x=1&y=2");
    for intent in [Intent::Follow, Intent::Reply, Intent::Like, Intent::Open] {
        let page = read.interaction(intent, &post, Scheme::Https).unwrap();
        assert_eq!(
            page.as_str(),
            "https://forum.ville.example/authorize_interaction?uri=https%3A%2F%2Fother.example%2Fp%2F1%3Fx%3D1%26y%3D2"
        );
    }
    let instance = serde_json::to_vec(&instance_account_jrd(&public())).unwrap();
    assert_eq!(
        ReceivedJrd::parse(&instance).unwrap().self_link(None),
        Some("https://forum.ville.example/")
    );
    let by_url = serde_json::to_value(instance_url_jrd(&public())).unwrap();
    assert_eq!(
        (&by_url["subject"], &by_url["links"][0]["rel"]),
        (&json!("https://forum.ville.example/"), &json!(SERVICE))
    );
}

#[test]
fn only_an_activitypub_self_link_counts_and_the_kind_decides_between_two() {
    let jrd = json!({"subject": "acct:x@lemmy.example", "links": [
        {"rel": "self", "type": "text/html", "href": "https://lemmy.example/x"},
        {"rel": "self", "type": "application/activity+json", "href": "https://lemmy.example/u/x", "properties": {TYPE: "Person"}},
        {"rel": "self", "type": r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#, "href": "https://lemmy.example/c/x", "properties": {TYPE: "Group"}},
        {"href": 7}, 8]});
    let read = ReceivedJrd::parse(jrd.to_string().as_bytes()).unwrap();
    assert_eq!(read.self_link(None), Some("https://lemmy.example/u/x"));
    assert_eq!(
        read.self_link(Some(ActorKind::Group)),
        Some("https://lemmy.example/c/x")
    );
    assert_eq!(ReceivedJrd::parse(b"{}").unwrap().self_link(None), None);
    assert!(ReceivedJrd::parse(b"[]").is_err());
}

#[test]
fn relations_are_tried_in_order_and_templates_can_not_leave_https() {
    let post = url("https://forum.ville.example/p/1");
    let read =
        |links: Value| ReceivedJrd::parse(json!({"links": links}).to_string().as_bytes()).unwrap();
    let subscribe = json!({"rel": "http://ostatus.org/schema/1.0/subscribe", "template": "https://m.example/authorize_interaction?uri={uri}"});
    let create = json!({"rel": "https://W3ID.org/fep/3b86/create", "href": "https://m.example/post?text={content}&re={INREPLYTO}"});
    let both = read(json!([subscribe, create]));
    assert_eq!(
        both.interaction(Intent::Reply, &post, Scheme::Https)
            .unwrap()
            .as_str(),
        "https://m.example/post?text=&re=https%3A%2F%2Fforum.ville.example%2Fp%2F1"
    );
    assert!(
        both.interaction(Intent::Follow, &post, Scheme::Https)
            .unwrap()
            .as_str()
            .starts_with("https://m.example/authorize_interaction")
    );
    for template in [
        "http://m.example/?uri={uri}",
        "javascript:alert('{uri}')",
        "https://{uri}/",
        "https://m.example/fixed",
        "https://a@m.example/?uri={uri}",
        "https://m.example{uri}",
        "/relative?uri={uri}",
        "https://m.example/?uri={uri",
        "{uri}",
    ] {
        let jrd = read(json!([{"rel": SUBSCRIBE, "template": template}]));
        assert_eq!(
            jrd.interaction(Intent::Open, &post, Scheme::Https),
            None,
            "{template}"
        );
    }
    assert!(
        read(json!([{"rel": SUBSCRIBE, "template": "http://m.example/?uri={uri}"}]))
            .interaction(Intent::Open, &post, Scheme::Http)
            .is_some()
    );
}

#[test]
fn people_give_their_account_server_or_page() {
    let parse = |text: &str| Home::parse(text, Scheme::Https);
    let account = Home::Account(Handle::parse("a@b.example").unwrap());
    for text in [
        "@a@b.example",
        "a@b.example",
        "https://b.example/@a",
        "https://B.example/@a/",
    ] {
        assert_eq!(parse(text), Ok(account.clone()), "{text}");
    }
    for text in ["b.example", "https://b.example/", "B.example."] {
        assert_eq!(
            parse(text),
            Ok(Home::Host("b.example".to_owned())),
            "{text}"
        );
    }
    assert_eq!(
        parse("https://b.example/users/a"),
        Ok(Home::Page(url("https://b.example/users/a")))
    );
    for text in [
        "",
        "@a",
        "salut",
        "http://b.example/@a",
        "javascript://b.example/",
        "https://x@b.example/@a",
        "b.example/x",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    let post = url("https://forum.ville.example/p/1");
    assert_eq!(
        account
            .guessed_interaction(&post, Scheme::Https)
            .unwrap()
            .as_str(),
        "https://b.example/authorize_interaction?uri=https%3A%2F%2Fforum.ville.example%2Fp%2F1"
    );
    assert_eq!(
        Home::Host("b.example".to_owned()).webfinger_url(Scheme::Https),
        None
    );
}
