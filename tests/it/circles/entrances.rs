//! Every address of the node, tried by a visitor, by a member without right, by a server without right, and by those
//! inside. A new address that nobody said anything about fails the test.

use std::collections::BTreeSet;
use std::path::Path;

use parvis_forum::circles::Sight;
use parvis_forum::kinds::Role;
use parvis_forum::page::PageRequest;
use parvis_forum::posts::{self, NewReply};
use parvis_forum::topics::{self, Filter};
use parvis_forum::{Error, Origin, Viewer, categories, people, topic_moves};
use parvis_tests::node::PASSWORD;
use parvis_tests::{Peer, PeerActor, eventually, http};
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::Value;

use super::{ASKED, Circle, told};
use crate::pages::signed_in;

const ACTIVITY: &str = "application/activity+json";

/// What an address is about.
#[derive(Clone, Debug, PartialEq)]
enum About {
    /// Something closed, and beside it the address of something that isn't there.
    Closed(String, String),
    /// Something else, which may list what is closed to those who may read it.
    Other(String),
}

/// The addresses written in the sources of the web server, `.route("…")`.
fn routes() -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                let constant = |name: &str| {
                    let line = source
                        .lines()
                        .find(|line| line.contains(&format!("const {name}: &str = \"")))?;
                    Some(line.split('"').nth(1)?.to_owned())
                };
                for rest in source.split(".route(").skip(1) {
                    let first = rest.trim_start().split(',').next().unwrap().trim();
                    if let Some(literal) = first.strip_prefix('"') {
                        found.insert(literal.trim_end_matches('"').to_owned());
                    } else if let Some(path) = constant(first) {
                        found.insert(path);
                    }
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/web/src");
    walk(Path::new(sources), &mut found);
    found
}

/// Says what an address is about; none when nobody said it yet.
fn classified(circle: &Circle, route: &str) -> Option<About> {
    let (topic, post) = (circle.id(), circle.opening());
    let absent = "4398046511104";
    let other = |path: &str| Some(About::Other(path.to_owned()));
    let closed = |name: &str, id: &str, none: &str| {
        Some(About::Closed(
            route.replacen(name, id, 1).replace("{slug}", "x"),
            route.replacen(name, none, 1).replace("{slug}", "x"),
        ))
    };
    if !route.contains('{') {
        return other(route);
    }
    let parts: Vec<&str> = route.split('/').skip(1).collect();
    match parts[..] {
        ["c", name, ..] => closed(name, "cercle", "nulle-part"),
        ["t", "{id}", ..] => closed("{id}", topic, absent),
        ["p", "{id}", ..] => closed("{id}", post, absent),
        ["feeds", "c", name] => closed(name, "cercle.atom", "nulle-part.atom"),
        ["feeds", "t", name] => closed(name, &format!("{topic}.atom"), &format!("{absent}.atom")),
        ["media", name] => {
            let url = circle.file["url"].as_str().unwrap();
            closed(name, url.rsplit('/').next().unwrap(), "rien.txt")
        }
        ["quotes", "{id}"] => other(&format!("/quotes/{post}")),
        ["a", "{id}"] => other(&format!("/a/{post}")),
        ["u", name, ..] => other(&route.replace(name, "ana")),
        ["tags", _, ..] => other(&route.replace("{tag}", "velours")),
        ["assets", _] => other("/assets/rien"),
        ["nodeinfo", _] => other("/nodeinfo/2.1"),
        [
            "admin" | "moderation" | "drafts" | "settings" | "decisions",
            ..,
        ] => other(&route.replace("{slug}", "cercle").replace(['{', '}'], "")),
        _ => None,
    }
}

/// Status and text of a GET.
async fn get(url: &str, accept: &str) -> (u16, String) {
    let answer = http().get(url).header(ACCEPT, accept).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap_or_default())
}

#[tokio::test]
async fn no_page_and_no_document_tells_anybody_else_of_it() {
    let circle = Circle::set(&[]).await;
    let base = &circle.node.url;
    let mut visitor = circle.node.browser();
    let mut leo = signed_in(&circle.node, "leo").await;
    let mut ana = signed_in(&circle.node, "ana").await;
    let token = leo
        .get("/settings/profile")
        .await
        .attribute("main form input[name=csrf]", "value")
        .unwrap();
    let mut unclassified = Vec::new();
    let found = routes();
    assert!(found.len() > 100, "{}", found.len());
    for route in found {
        let Some(about) = classified(&circle, &route) else {
            unclassified.push(route);
            continue;
        };
        let (path, absent) = match &about {
            About::Closed(path, absent) => (path.clone(), Some(absent.clone())),
            About::Other(path) => (path.clone(), None),
        };
        for accept in ["text/html", ACTIVITY] {
            let (status, text) = get(&format!("{base}{path}"), accept).await;
            assert_eq!(told(&text), [""; 0], "{path} as {accept}");
            if let Some(absent) = &absent {
                let (none, _) = get(&format!("{base}{absent}"), accept).await;
                assert_eq!(status, none, "{path} as {accept}");
            }
        }
        // Nothing is ended by looking, and signing out would end the test.
        if matches!(path.as_str(), "/logout" | "/settings/data/delete") {
            continue;
        }
        let seen = leo.get(&path).await;
        assert_eq!(told(&seen.body), [""; 0], "{path} as leo");
        if let Some(absent) = &absent {
            assert_eq!(seen.status, leo.get(absent).await.status, "{path} as leo");
            let fields = [("csrf", token.as_str()), ("content", "x"), ("title", "x")];
            let sent = leo.post(&path, &fields).await;
            let none = leo.post(absent, &fields).await;
            assert_eq!(sent.status, none.status, "POST {path} as leo");
            assert_eq!(told(&sent.body), [""; 0], "POST {path} as leo");
            let sent = visitor.post(&path, &fields[1..]).await;
            let none = visitor.post(absent, &fields[1..]).await;
            assert_eq!(sent.status, none.status, "POST {path} as a visitor");
        }
    }
    assert!(
        unclassified.is_empty(),
        "say what these are about: {unclassified:?}"
    );

    // What can be asked for by name or by words.
    let topic = circle.topic["uri"].as_str().unwrap();
    let post = circle.topic["post"]["uri"].as_str().unwrap();
    let host = &circle.node.host;
    let asked = [
        "/search?q=cercle&type=category".to_owned(),
        format!("/search?q={ASKED}"),
        format!("/search?q={ASKED}&type=post"),
        "/search?author=ana&type=post".to_owned(),
        "/search?tag=velours".to_owned(),
        "/search?q=x&category=cercle".to_owned(),
        format!("/search?q=@cercle@{host}"),
        "/u/ana?tab=posts".to_owned(),
        "/u/ana?tab=topics".to_owned(),
        "/u/ana/outbox?page=1".to_owned(),
        "/follow?target=cercle".to_owned(),
        format!("/follow?target=@cercle@{host}"),
        format!("/authorize_interaction?uri={topic}"),
        format!("/authorize_interaction?uri={post}"),
        format!("/report?target={topic}"),
        format!("/report?target=/p/{}", circle.opening()),
        format!("/.well-known/webfinger?resource=acct:cercle@{host}"),
        format!("/.well-known/webfinger?resource={base}/c/cercle"),
        "/feeds/latest.atom".to_owned(),
        "/c/place?tag=velours".to_owned(),
    ];
    for path in &asked {
        for accept in ["text/html", ACTIVITY] {
            let (_, text) = get(&format!("{base}{path}"), accept).await;
            assert_eq!(told(&text), [""; 0], "{path} as {accept}");
        }
        let seen = leo.get(path).await;
        assert_eq!(told(&seen.body), [""; 0], "{path} as leo");
    }
    let webfinger = format!("{base}{}", asked[16]);
    assert_eq!(get(&webfinger, "*/*").await.0, 404);
    let nodeinfo = get(&format!("{base}/nodeinfo/2.1"), "application/json")
        .await
        .1;
    let nodeinfo: Value = serde_json::from_str(&nodeinfo).unwrap();
    assert_eq!(nodeinfo["usage"]["localPosts"], 1, "{nodeinfo}");
    assert_eq!(nodeinfo["usage"]["localComments"], 0, "{nodeinfo}");
    // Leo is mentioned there, and nobody told him.
    let told_to_leo = leo.get("/notifications").await;
    assert!(!told_to_leo.body.contains("/p/"), "{}", told_to_leo.body);

    // Those inside see all of it.
    for path in [
        "/c/cercle".to_owned(),
        format!("/t/{}", circle.id()),
        format!("/search?q={ASKED}"),
        "/u/ana?tab=topics".to_owned(),
        "/".to_owned(),
    ] {
        let seen = ana.get(&path).await;
        assert_eq!(seen.status, 200, "{path}");
        assert!(!told(&seen.body).is_empty(), "{path}: {}", seen.body);
    }
    let file = circle.file["url"].as_str().unwrap();
    let file = file.strip_prefix(base.as_str()).unwrap();
    assert_eq!(ana.get(file).await.status, 200);
    assert!(!PASSWORD.is_empty());
}

#[tokio::test]
async fn no_call_of_the_api_tells_anybody_else_of_it() {
    let circle = Circle::set(&[]).await;
    let visitor = circle.node.visitor();
    let described = visitor.get("/openapi.json").await.expect(200);
    let absent = "4398046511104";
    let mut unclassified = Vec::new();
    let mut closed = 0;
    for (path, calls) in described["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/forum/v1").unwrap_or(path);
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let pair = match parts[..] {
            ["categories", "{handle}", ..] => Some((
                path.replace("{handle}", "cercle")
                    .replace("{other}", "x@b.example"),
                path.replace("{handle}", "nulle-part")
                    .replace("{other}", "x@b.example"),
            )),
            ["topics", "{id}", ..] => Some((
                path.replace("{id}", circle.id()),
                path.replace("{id}", absent),
            )),
            ["posts", "{id}", ..] => Some((
                path.replace("{id}", circle.opening()),
                path.replace("{id}", absent),
            )),
            [
                "federation" | "moderation" | "organisations" | "proposals" | "tags",
                ..,
            ] => None,
            _ if !path.contains('{') => None,
            _ => {
                unclassified.push(path.to_owned());
                continue;
            }
        };
        for method in calls.as_object().unwrap().keys() {
            let method: Method = match method.as_str() {
                "get" => Method::GET,
                "post" => Method::POST,
                "put" => Method::PUT,
                "patch" => Method::PATCH,
                "delete" => Method::DELETE,
                _ => continue,
            };
            let body = (method != Method::GET).then(
                || serde_json::json!({"content": "x", "reason": "x", "title": "x", "level": "all"}),
            );
            for (who, client) in [("a visitor", &visitor), ("leo", &circle.leo)] {
                let Some((path, none)) = &pair else {
                    if method == Method::GET {
                        let path = path.replace("{host}", "b.example").replace("{id}", "in-1");
                        let answer = client.call(method.clone(), &path, None).await;
                        let text = answer.body.to_string();
                        assert_eq!(told(&text), [""; 0], "{method} {path} as {who}");
                    }
                    continue;
                };
                closed += 1;
                let answer = client.call(method.clone(), path, body.clone()).await;
                let other = client.call(method.clone(), none, body.clone()).await;
                let at = format!("{method} {path} as {who}: {}", answer.body);
                assert_eq!(answer.status, other.status, "{at}");
                assert!(answer.status >= 400, "{at}");
                assert_eq!(told(&answer.body.to_string()), [""; 0], "{at}");
            }
        }
    }
    assert!(
        unclassified.is_empty(),
        "say what these are about: {unclassified:?}"
    );
    assert!(closed > 20, "{closed}");

    let uri = circle.topic["uri"].as_str().unwrap();
    for path in [
        format!("/search?q={ASKED}"),
        "/search?q=cercle&type=category".to_owned(),
        format!("/search?q={uri}"),
        format!("/search?q={}", circle.reply["uri"].as_str().unwrap()),
        format!("/search?q=@cercle@{}", circle.node.host),
        "/search?author=ana&type=post".to_owned(),
        "/categories".to_owned(),
    ] {
        for client in [&visitor, &circle.leo] {
            let answer = client.get(&path).await;
            assert_eq!(told(&answer.body.to_string()), [""; 0], "{path}");
        }
    }
    assert_eq!(
        visitor.get("/node").await.expect(200)["counts"]["categories"],
        1
    );
    assert_eq!(
        visitor.get("/node").await.expect(200)["counts"]["topics"],
        1
    );
    let nothing = circle.leo.get("/notifications").await.expect(200);
    assert_eq!(nothing["items"], serde_json::json!([]));
    let leo_opens = serde_json::json!({"category": "cercle", "title": "x", "content": "x"});
    circle.leo.post("/topics", leo_opens).await.expect(422);

    let found = circle
        .ana
        .get(&format!("/search?q={ASKED}"))
        .await
        .expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    circle.ana.get("/categories/cercle").await.expect(200);
}

async fn signed(peer: &Peer, by: &PeerActor, url: &str) -> (u16, String, String) {
    let answer = peer.get_signed(url, by).await;
    let cache = answer
        .headers()
        .get("cache-control")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap(), cache)
}

#[tokio::test]
async fn only_servers_of_partners_get_its_documents() {
    let (good, evil) = (Peer::start().await, Peer::start().await);
    let partner = good.url.split_once("://").unwrap().1;
    let circle = Circle::set(&[partner]).await;
    let (bob, mallory) = (good.person("bob"), evil.person("mallory"));
    let base = &circle.node.url;
    let reply = circle.reply["uri"].as_str().unwrap();
    let id = circle.id();
    for path in [
        "/c/cercle".to_owned(),
        "/c/cercle/outbox".to_owned(),
        "/c/cercle/outbox?page=1".to_owned(),
        "/c/cercle/featured".to_owned(),
        "/c/cercle/followers".to_owned(),
        "/c/cercle/following".to_owned(),
        "/c/cercle/moderators".to_owned(),
        format!("/t/{id}"),
        format!("/p/{}", circle.opening()),
        format!("/p/{}/replies", circle.opening()),
        format!("/p/{}/likes", circle.opening()),
        reply.strip_prefix(base.as_str()).unwrap().to_owned(),
        format!(
            "/.well-known/webfinger?resource=acct:cercle@{}",
            circle.node.host
        ),
    ] {
        let url = format!("{base}{path}");
        let (status, text) = get(&url, ACTIVITY).await;
        assert_eq!(status, 404, "{path} unsigned");
        assert_eq!(told(&text), [""; 0], "{path} unsigned");
        let (status, text, _) = signed(&evil, &mallory, &url).await;
        assert_eq!(status, 404, "{path} by a stranger");
        assert_eq!(told(&text), [""; 0], "{path} by a stranger");
        let (status, text, cache) = signed(&good, &bob, &url).await;
        assert_eq!(status, 200, "{path} by a partner");
        assert!(cache.starts_with("private"), "{path}: {cache}");
        assert!(!text.contains("#Public"), "{path}: {text}");
        // What a partner got is kept for nobody.
        assert_eq!(get(&url, ACTIVITY).await.0, 404, "{path} afterwards");
    }
    // What only servers ask for, which sign.
    for path in ["digests", "followers_synchronization"] {
        let url = format!("{base}/c/cercle/{path}");
        let none = signed(&evil, &mallory, &format!("{base}/c/nulle-part/{path}")).await;
        let (status, text, _) = signed(&evil, &mallory, &url).await;
        assert_eq!((status, told(&text)), (none.0, vec![]), "{path}");
        assert_ne!(get(&url, ACTIVITY).await.0, 200, "{path}");
        let answered = async || (signed(&good, &bob, &url).await.0 == 200).then_some(());
        eventually("the answer to a partner", answered).await;
    }
    // Its activities under their own ids.
    let outbox = signed(&good, &bob, &format!("{base}/c/cercle/outbox"))
        .await
        .1;
    let outbox: Value = serde_json::from_str(&outbox).unwrap();
    let announce = &outbox["orderedItems"][0];
    for id in [&announce["id"], &announce["object"]["id"]] {
        let id = id.as_str().unwrap();
        assert_eq!(get(id, ACTIVITY).await.0, 404, "{id}");
        assert_eq!(signed(&evil, &mallory, id).await.0, 404, "{id}");
    }
    let create = announce["object"]["id"].as_str().unwrap();
    assert_eq!(signed(&good, &bob, create).await.0, 200);
    let group = signed(&good, &bob, &format!("{base}/c/cercle")).await.1;
    let group: Value = serde_json::from_str(&group).unwrap();
    assert_eq!(group["manuallyApprovesFollowers"], true);
    assert_eq!(group["discoverable"], false);
    let post = signed(&good, &bob, &format!("{base}/p/{}", circle.opening()))
        .await
        .1;
    let post: Value = serde_json::from_str(&post).unwrap();
    assert_eq!(
        post["to"],
        serde_json::json!([format!("{base}/c/cercle/followers")])
    );
    assert_eq!(post["cc"], serde_json::json!([format!("{base}/c/cercle")]));
}

#[tokio::test]
async fn what_is_said_there_is_moved_nowhere_else() {
    let circle = Circle::set(&[]).await;
    let forum = &circle.node.forum;
    circle.node.with_role("adele", Role::Admin).await;
    let adele = people::by_name(forum.db(), "adele").await.unwrap();
    let adele = Viewer::load(forum.db(), adele.actor).await.unwrap();
    let place = categories::local_by_slug(forum.db(), "place")
        .await
        .unwrap();
    let cercle = categories::local_by_slug(forum.db(), "cercle")
        .await
        .unwrap();
    let of = async |category: &categories::Category| {
        let filter = Filter {
            categories: Some(vec![category.id()]),
            sight: Sight::of(&adele),
            ..Filter::default()
        };
        let page = topics::list(forum.db(), &filter, PageRequest::first(5)).await;
        page.unwrap().items.remove(0).topic
    };
    let (open, closed) = (of(&place).await, of(&cercle).await);
    let refused = |error: Error| match error {
        Error::Invalid(errors) => assert_eq!(errors[0].code, "closed"),
        other => panic!("{other}"),
    };
    for (topic, to) in [(&closed, &place), (&open, &cercle)] {
        let tx = forum.begin().await.unwrap();
        let moved = topic_moves::relocate(&tx, &adele, topic.clone(), to, "", Origin::Local).await;
        refused(moved.unwrap_err());
    }
    for (from, into) in [(&closed, &open), (&open, &closed)] {
        let tx = forum.begin().await.unwrap();
        let merged = topic_moves::merge(&tx, &adele, from.clone(), into.clone(), "").await;
        refused(merged.unwrap_err());
    }
    // Nor quoted elsewhere, not even by its author.
    let said = posts::by_id(forum.db(), closed.opening_post_id.unwrap())
        .await
        .unwrap();
    let new = NewReply::parse("Comme je disais.", None).unwrap();
    let tx = forum.begin().await.unwrap();
    let quoted = posts::reply(&tx, &adele, &open, None, new.with_quote(Some(said))).await;
    refused(quoted.unwrap_err());
    drop(tx);
    // Nobody is shown that it could be done.
    let mut browser = signed_in(&circle.node, "adele").await;
    let page = browser.get(&format!("/t/{}/move", circle.id())).await;
    assert!(!page.shows("Place publique"), "{}", page.body);
    let page = browser.get(&format!("/t/{}/move", open.id)).await;
    assert_eq!(told(&page.body), [""; 0]);
}

#[tokio::test]
async fn with_signed_fetch_documents_are_for_known_servers_only() {
    let circle_of = |on: bool| async move {
        let node = parvis_tests::Node::with(|config| config.federation.signed_fetch = on).await;
        node.category("place", "Place").await;
        node
    };
    let node = circle_of(true).await;
    let peer = Peer::start().await;
    let bob = peer.person("bob");
    let ana = node.person("ana").await;
    let new = serde_json::json!({"category": "place", "title": "Bonjour", "content": "Texte."});
    let topic = ana.post("/topics", new).await.expect(201);
    let base = &node.url;
    let id = topic["id"].as_str().unwrap();
    for path in [
        "/c/place".to_owned(),
        "/c/place/outbox".to_owned(),
        "/u/ana".to_owned(),
        format!("/t/{id}"),
    ] {
        let url = format!("{base}{path}");
        // Twice: what is kept in memory must not be given away either.
        for _ in 0..2 {
            assert_eq!(get(&url, ACTIVITY).await.0, 401, "{path}");
            let (status, _, cache) = signed(&peer, &bob, &url).await;
            assert_eq!(status, 200, "{path}");
            assert!(cache.starts_with("private"), "{path}: {cache}");
        }
    }
    // What is needed to verify our own requests is for everybody.
    assert_eq!(get(&format!("{base}/"), ACTIVITY).await.0, 200);
    let webfinger = format!(
        "{base}/.well-known/webfinger?resource=acct:ana@{}",
        node.host
    );
    assert_eq!(get(&webfinger, "*/*").await.0, 200);
    let host = peer.url.split_once("://").unwrap().1;
    let tx = node.forum.begin().await.unwrap();
    parvis_forum::instances::set_policy(
        &tx,
        &parvis_forum::Viewer::System,
        host,
        parvis_forum::kinds::InstancePolicy::Block,
        "essai",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(signed(&peer, &bob, &format!("{base}/c/place")).await.0, 403);
}

/// A handler that reads something by its id reads it as somebody: what is found without a viewer is only what stands
/// around something that was found with one.
#[test]
fn handlers_read_as_somebody() {
    fn walk(folder: &Path, wrong: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                walk(&path, wrong);
            } else if name != "tests.rs" {
                let source = std::fs::read_to_string(&path).unwrap();
                // These narrow what they found, or look within a topic that they were given.
                let narrows = ["pages/targets.rs", "pages/topics.rs", "topics/replies.rs"]
                    .iter()
                    .any(|known| path.ends_with(known));
                for line in source.lines() {
                    let by_post = line.contains("post.topic_id") || line.contains("topic.id");
                    let reads = line.contains("posts::by_id(")
                        || line.contains("categories::by_handle(")
                        || (line.contains("topics::by_id(") && !by_post);
                    if reads && !narrows {
                        wrong.push(format!("{}: {}", path.display(), line.trim()));
                    }
                }
            }
        }
    }
    let mut wrong = Vec::new();
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/web/src");
    walk(Path::new(sources), &mut wrong);
    assert!(wrong.is_empty(), "use `readable`: {wrong:#?}");
}
