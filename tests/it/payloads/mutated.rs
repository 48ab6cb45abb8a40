//! Each document made wrong in many ways (`parvis_tests::mutations`) and sent: no answer of 5xx, no panic, nothing set
//! aside by a fault of ours, and books that are right.
//!
//! The suite makes a few of each. `PARVIS_MUTATIONS` says how many of each instead (`tests/run --only fuzz` says ten
//! thousand), `PARVIS_MUTATIONS_SEED` begins elsewhere, `PARVIS_MUTATIONS_OF` names the fixtures that are wanted. What
//! fails is told with its seed, and is the same again with it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Once, OnceLock};
use std::time::Instant;

use futures::{StreamExt as _, stream};
use parvis_federation::lookup::lookup;
use parvis_tests::{Mutations, Peer, http};
use serde_json::Value;

use super::{Payload, Sent, Stage, books, ends};

/// Of each document, in the suite.
const FEW: usize = 12;
/// Sent before they are worked on.
const TOGETHER: usize = 48;
/// Sent at the same moment.
const AT_ONCE: usize = 12;
/// More than so many of one document are played on a stage of their own.
const SHARED: usize = 200;

/// Panics in this process so far: those of tasks too, which nobody sees otherwise.
fn panics() -> &'static AtomicUsize {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            before(info);
        }));
    });
    &PANICS
}

fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| {
        parvis_tests::wanted("PARVIS_MUTATIONS_SEED")
            .and_then(|seed| seed.parse().ok())
            .unwrap_or(2026)
    })
}

/// Sends the documents of a part, each so many times. The parts together are all documents.
async fn part(number: usize, of: usize) {
    let times =
        parvis_tests::wanted("PARVIS_MUTATIONS").map_or(FEW, |times| times.parse().unwrap());
    let only = parvis_tests::wanted("PARVIS_MUTATIONS_OF");
    let payloads: Vec<Payload> = ends::all()
        .into_iter()
        .enumerate()
        .filter(|(at, _)| at % of == number)
        .map(|(_, payload)| payload)
        .filter(|payload| {
            only.as_ref()
                .is_none_or(|only| payload.file.contains(only.as_str()))
        })
        .collect();
    let mut shared = None;
    let mut wrong = Vec::new();
    for payload in payloads {
        let stage = match shared.take() {
            Some(stage) => stage,
            None => Stage::start().await,
        };
        match Box::pin(play(&stage, payload, times)).await {
            Ok(()) => shared = (times <= SHARED).then_some(stage),
            Err(what) => {
                report(&what);
                wrong.push(what);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn play(stage: &Stage, payload: Payload, times: usize) -> Result<(), String> {
    let began = Instant::now();
    let panics_before = panics().load(Ordering::SeqCst);
    let document = stage.load(payload.file);
    let (mut sent, mut answers) = (0, BTreeMap::<u16, usize>::new());
    let mut wrong = Vec::new();
    while sent < times {
        let some = TOGETHER.min(times - sent);
        let statuses: Vec<(u64, u16)> = stream::iter(sent..sent + some)
            .map(|n| one(stage, payload, &document, n))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (seed, status) in statuses {
            *answers.entry(status).or_default() += 1;
            if status >= 500 {
                wrong.push(format!("seed {seed}: answered {status}"));
            }
        }
        stage.node.settle().await;
        stage.forget_requests();
        sent += some;
    }
    if times > SHARED {
        // What came too early is tried again, until that is enough.
        for wait in [31, 121, 601, 3_601] {
            stage.node.forum.clock().advance(wait * 1_000);
            stage.node.settle().await;
        }
    }
    let db = stage.node.forum.db();
    look_around(stage, &mut wrong).await;
    let panics = panics().load(Ordering::SeqCst) - panics_before;
    if panics > 0 {
        wrong.push(format!("{panics} panics"));
    }
    wrong.extend(books::wrong(db).await);
    let seconds = began.elapsed().as_secs();
    if times > SHARED {
        let outcomes = books::outcomes(db).await;
        report(&format!(
            "{} × {times}, {seconds} s: {answers:?} {outcomes:#?}",
            payload.file
        ));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{}: {}", payload.file, wrong.join(", ")))
}

#[expect(clippy::print_stderr, reason = "a long run says how far it is")]
fn report(line: &str) {
    eprintln!("{line}");
}

/// Sends one. Answers its seed and the status; looked up, what is no failure of ours counts as 200.
async fn one(stage: &Stage, payload: Payload, document: &Value, n: usize) -> (u64, u16) {
    let seed = seed()
        .wrapping_add(
            payload
                .file
                .bytes()
                .fold(0, |sum, b| sum * 31 % 1_000_003 + u64::from(b)),
        )
        .wrapping_mul(1_000_000)
        .wrapping_add(n as u64);
    let fresh = anew(document, n);
    let mut mutations = Mutations::new(seed);
    match payload.sent {
        Sent::Posted | Sent::Announced(_) => {
            let fresh = match payload.sent {
                Sent::Announced(group) => Stage::announce(&stage.placed(group), &fresh),
                _ => fresh,
            };
            let actor = fresh["actor"]
                .as_str()
                .or_else(|| fresh["actor"]["id"].as_str());
            let actor = actor.unwrap().to_owned();
            let bytes = mutations.of(&fresh);
            // What it brings is there for whoever looks, just as wrong.
            let brought = serde_json::from_slice::<Value>(&bytes).ok();
            let served = brought
                .as_ref()
                .and_then(|body| innermost(body)["id"].as_str());
            let served = served
                .filter(|id| id.ends_with(&mark(n)))
                .map(str::to_owned);
            if let (Some(url), Some(body)) = (&served, &brought) {
                stage.serve_activity(url, innermost(body).to_string().as_bytes());
            }
            (seed, stage.post(&actor, bytes).await)
        }
        Sent::NodeInfo(host) => {
            let bytes = mutations.of(document);
            let learned = stage.learn(host, &format!("m{n}.localhost"), &bytes).await;
            (seed, if learned { 200 } else { 500 })
        }
        Sent::Served => {
            let mut fresh = fresh;
            if fresh["publicKey"]["publicKeyPem"].is_string() {
                fresh["publicKey"]["publicKeyPem"] = Peer::public_key().into();
            }
            let id = fresh["id"].as_str().unwrap();
            let bytes = mutations.of(&fresh);
            stage.serve_activity(id, &bytes);
            let status = look_up(stage, id).await;
            // An actor is met through what it does as well.
            let status = match (status, fresh["inbox"].as_str()) {
                (200, Some(_)) => {
                    let key_id = fresh["publicKey"]["id"].as_str();
                    let key_id = key_id.map_or_else(|| format!("{id}#main-key"), str::to_owned);
                    stage.post_by(&key_id, follow(stage, id)).await
                }
                (status, _) => status,
            };
            stage.forget(id);
            // A list is read as a category's outbox, pins and moderators as well.
            let status = match document["type"].as_str() {
                Some("OrderedCollection" | "Collection") if status == 200 => {
                    let group = stage.serve_group(&payload_host(id), n);
                    stage.serve_activity(
                        &format!("{group}/outbox"),
                        &renamed(&bytes, id, &format!("{group}/outbox")),
                    );
                    stage.serve_activity(
                        &format!("{group}/moderators"),
                        &renamed(&bytes, id, &format!("{group}/moderators")),
                    );
                    look_up(stage, &group).await
                }
                _ => status,
            };
            (seed, status)
        }
        Sent::Account(name) => {
            let mut links = fresh["links"].as_array().unwrap().iter();
            let home = links.find_map(|link| link["href"].as_str()).unwrap();
            let host = home.split('/').nth(2).unwrap().to_owned();
            let url = format!("http://{host}/.well-known/webfinger");
            let bytes = mutations.of(document);
            stage.serve_bytes(&url, "application/jrd+json", &bytes);
            (seed, look_up(stage, &format!("@{name}{n}@{host}")).await)
        }
    }
}

/// 200, unless it failed by our fault.
async fn look_up(stage: &Stage, wanted: &str) -> u16 {
    use parvis_federation::Error;
    use parvis_forum::Error as ForumError;
    match Box::pin(lookup(&stage.node.federation, wanted)).await {
        Ok(_)
        | Err(
            Error::Refused(_)
            | Error::Retry { .. }
            | Error::Early(_)
            | Error::Forum(
                ForumError::Denied(_)
                | ForumError::Gone(_)
                | ForumError::NotFound(_)
                | ForumError::Invalid(_)
                | ForumError::Conflict(_),
            ),
        ) => 200,
        // The machine does so much else that nothing gets its turn.
        Err(Error::Forum(error)) if error.is_unavailable() => 200,
        Err(error) => {
            report(&format!("{wanted}: {error}"));
            500
        }
    }
}

fn follow(stage: &Stage, actor: &str) -> Vec<u8> {
    serde_json::json!({"@context": parvis_tests::CONTEXT, "id": format!("{actor}/follow"), "type": "Follow",
        "actor": actor, "object": stage.category.actor.uri})
    .to_string()
    .into_bytes()
}

fn payload_host(id: &str) -> String {
    id.split('/').take(3).collect::<Vec<_>>().join("/")
}

/// The same bytes, under another id.
fn renamed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    text.replace(&format!("\"{from}\""), &format!("\"{to}\""))
        .into_bytes()
}

/// What the ids of the copy with this number end in.
fn mark(n: usize) -> String {
    format!("-m{n}")
}

/// The document under other ids, its own and those of what it brings: no two are the same to the node.
fn anew(document: &Value, n: usize) -> Value {
    let mut text = document.to_string();
    let mut ids = vec![document["id"].as_str()];
    let brought = innermost(document);
    if brought["type"].is_string() && brought["type"] != "Tombstone" && document["type"] != "Undo" {
        ids.push(brought["id"].as_str());
    }
    for id in ids.into_iter().flatten() {
        text = text
            .replace(&format!("\"{id}\""), &format!("\"{id}{}\"", mark(n)))
            .replace(&format!("\"{id}#"), &format!("\"{id}{}#", mark(n)));
    }
    serde_json::from_str(&text).unwrap()
}

/// What stands inside all wrappers.
fn innermost(document: &Value) -> &Value {
    let mut at = document;
    while at["object"].is_object() {
        at = &at["object"];
    }
    at
}

/// Reads pages and documents of what came in: none of them fails.
async fn look_around(stage: &Stage, wrong: &mut Vec<String>) {
    let url = &stage.node.url;
    let mut addresses = vec![
        format!("{url}/"),
        format!("{url}/c/urbanisme"),
        format!("{url}/c/urbanisme/outbox"),
        format!("{url}/t/{}", stage.opening.topic_id),
        format!("{url}/api/forum/v1/categories/urbanisme/topics?sort=new"),
        format!("{url}/api/forum/v1/topics/{}/posts", stage.opening.topic_id),
    ];
    for (topic, post) in newest(stage).await {
        addresses.push(format!("{url}/t/{topic}"));
        addresses.push(format!("{url}/api/forum/v1/posts/{post}"));
        addresses.push(format!("{url}/p/{post}"));
    }
    for address in addresses {
        for accept in ["text/html", "application/activity+json"] {
            let answer = http().get(&address).header("accept", accept).send().await;
            let status = answer.unwrap().status();
            if status.is_server_error() {
                wrong.push(format!("{address}: {status}"));
            }
        }
    }
    let seen = stage.ana.get("/notifications").await;
    if seen.status >= 500 {
        wrong.push(format!("notifications: {}", seen.status));
    }
}

/// Topics and posts that came last.
async fn newest(stage: &Stage) -> Vec<(i64, i64)> {
    use sea_orm::{ConnectionTrait as _, Statement};
    let db = stage.node.forum.db();
    let newest = "SELECT topic_id, id FROM posts ORDER BY received_at DESC, id DESC LIMIT 12";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), newest))
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            (
                row.try_get("", "topic_id").unwrap(),
                row.try_get("", "id").unwrap(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_made_wrong_do_no_harm_a() {
    Box::pin(part(0, 4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_made_wrong_do_no_harm_b() {
    Box::pin(part(1, 4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_made_wrong_do_no_harm_c() {
    Box::pin(part(2, 4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_made_wrong_do_no_harm_d() {
    Box::pin(part(3, 4)).await;
}
