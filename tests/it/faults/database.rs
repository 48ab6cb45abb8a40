//! A database that takes no writes for a while: reading goes on, nothing is promised that isn't kept, nothing is lost.

use std::path::Path;

use parvis_db::sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use parvis_tests::{Node, Peer, eventually, http};
use serde_json::{Value, json};

use super::{Background, Scene, posts, replies};

/// Every table that a search index doesn't keep by itself.
async fn tables(node: &Node) -> Vec<String> {
    let tx = node.forum.begin().await.unwrap();
    let backend = tx.c().get_database_backend();
    let query = if backend == DatabaseBackend::Postgres {
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    } else {
        "SELECT m.name AS name FROM sqlite_master m WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%'
           AND m.name NOT LIKE 'sqlite_%' AND NOT EXISTS (SELECT 1 FROM sqlite_master v
               WHERE v.sql LIKE 'CREATE VIRTUAL%' AND m.name LIKE v.name || '\\_%' ESCAPE '\\')"
    };
    let rows = tx.c().query_all_raw(Statement::from_string(backend, query));
    let rows = rows.await.unwrap();
    rows.iter()
        .map(|row| row.try_get("", "name").unwrap())
        .collect()
}

/// What a database says to every write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// That it was made read-only.
    ReadOnly,
    /// That its disk is full.
    Full,
    /// Nothing: it writes.
    Nothing,
}

/// From now on the database says this to every write.
async fn set_saying(node: &Node, says: Says) {
    let read_only = says != Says::Nothing;
    let tables = tables(node).await;
    assert!(tables.len() > 20, "{tables:?}");
    let tx = node.forum.begin().await.unwrap();
    let postgres = tx.c().get_database_backend() == DatabaseBackend::Postgres;
    if postgres && read_only {
        let raise = match says {
            Says::Full => {
                "'could not extend file \"base/%\": No space left on device', TG_RELID USING ERRCODE = '53100'"
            }
            _ => "'cannot execute % in a read-only transaction', TG_OP USING ERRCODE = '25006'",
        };
        let function = format!(
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             RAISE EXCEPTION {raise}; END $$"
        );
        tx.c().execute_unprepared(&function).await.unwrap();
    }
    for table in tables {
        for act in ["INSERT", "UPDATE", "DELETE"] {
            let name = format!("refuse_{table}_{act}").to_lowercase();
            let statement = match (read_only, postgres) {
                (true, true) => format!(
                    "CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
                ),
                (true, false) => format!(
                    "CREATE TRIGGER {name} BEFORE {act} ON {table}
                     BEGIN SELECT RAISE(ABORT, '{}'); END",
                    match says {
                        Says::Full => "database or disk is full",
                        _ => "attempt to write a readonly database",
                    }
                ),
                (false, true) => format!("DROP TRIGGER {name} ON {table}"),
                (false, false) => format!("DROP TRIGGER {name}"),
            };
            tx.c().execute_unprepared(&statement).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

async fn status(url: String) -> u16 {
    http().get(url).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_writes_for_a_while_loses_nothing() {
    Box::pin(writes_end_and_begin_again(Says::ReadOnly)).await;
}

/// In the words of each database: with PostgreSQL the disk is another program's, and can't be filled from here. That of
/// SQLite is filled in earnest below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_says_its_disk_is_full_loses_nothing() {
    Box::pin(writes_end_and_begin_again(Says::Full)).await;
}

async fn writes_end_and_begin_again(says: Says) {
    let node = Node::start().await;
    let group = node.category("voirie", "Voirie").await;
    let ana = node.person("ana").await;
    let peer = Peer::start().await;
    let bob = peer.person("bob");
    assert_eq!(peer.follow(&bob, &group).await, 202);
    node.settle().await;
    let new = |title: &str| json!({"category": "voirie", "title": title, "content": "Texte."});
    let topic = ana.post("/topics", new("Un")).await.expect(201);
    let inbox = format!("{}/inbox", node.url);
    let creates = replies(&peer, &bob, &topic, &group, 30);
    let (before, during) = creates.split_at(15);
    for create in before {
        assert_eq!(peer.post(&inbox, &bob, create).await, 202);
    }
    let mut browser = crate::pages::signed_in(&node, "ana").await;
    set_saying(&node, says).await;
    // So long that it would be noted that she is here.
    node.forum.clock().advance(2 * 3_600_000);
    peer.clock().advance(2 * 3_600_000);
    // The work begins while nothing can be written: it must live through that.
    let _background = Background::start(&node);
    for create in during {
        assert_eq!(peer.post(&inbox, &bob, create).await, 503);
    }
    let refused = ana.post("/topics", new("Deux")).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(posts(&ana, &topic).await.len(), 1);
    assert!(browser.get("/c/voirie").await.shows("ana"));
    for page in ["/", "/c/voirie", "/api/forum/v1/categories", "/healthz"] {
        let seen = status(format!("{}{page}", node.url)).await;
        assert_eq!(seen, 200, "{page}");
    }
    set_saying(&node, Says::Nothing).await;
    assert_eq!(status(format!("{}/readyz", node.url)).await, 200);
    for create in during {
        assert_eq!(peer.post(&inbox, &bob, create).await, 202);
    }
    ana.post("/topics", new("Trois")).await.expect(201);
    // What was in hand when the writes ended is taken up when its lease is over.
    node.forum.clock().advance(61_000);
    let posts = eventually("every reply", || async {
        let posts = posts(&ana, &topic).await;
        (posts.len() > creates.len()).then_some(posts)
    })
    .await;
    assert_eq!(posts.len(), creates.len() + 1);
    let topics = ana
        .get("/categories/voirie/topics?sort=new")
        .await
        .expect(200);
    let titles: Vec<&str> = topics["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|t| t["title"].as_str())
        .collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles.contains(&"Trois") && titles.contains(&"Un"));
    for create in &creates {
        super::told(&peer, &create["id"]).await;
    }
}

/// The size of the largest file in a folder.
fn largest(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .max()
        .unwrap()
}

/// What failed for want of room is due at once: otherwise half a minute later.
async fn try_again_now(database_url: &str) {
    let db = parvis_db::Db::connect(database_url, None).await.unwrap();
    let tx = db.begin().await.unwrap();
    let due = "UPDATE inbox SET next_at = 0 WHERE state = 'ready'";
    tx.execute_unprepared(due).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_clearly_and_loses_nothing() {
    let mut scene = Scene::start().await;
    if !scene.node.database_url().starts_with("sqlite:") {
        // The files are those of another program.
        return;
    }
    assert!(scene.node.terminate().await.success());
    let room = largest(scene.node.folder()) + 400_000;
    scene.node.limit_files(Some(room / 512));
    scene.node.restart().await;
    let path = format!("/topics/{}/posts", scene.topic["id"].as_str().unwrap());
    let text = "Un texte assez long. ".repeat(800);
    let write = async |n: usize| {
        let new = json!({"content": format!("{n}. {text}")});
        scene.ana.post(&path, new).await
    };
    let mut kept: Vec<Value> = Vec::new();
    let refused = loop {
        let answer = write(kept.len()).await;
        if answer.status != 201 {
            break answer;
        }
        kept.push(answer.body["uri"].clone());
        assert!(kept.len() < 90, "the disk is never full");
    };
    assert_eq!(refused.status, 503, "{}", refused.body);
    // Small ones may still find room; what is answered 202 is kept.
    let creates = scene.replies(5);
    let mut waiting = Vec::new();
    for create in &creates {
        match scene.peer.post(&scene.inbox(), &scene.bob, create).await {
            202 => {}
            503 => waiting.push(create),
            status => panic!("answered {status}"),
        }
    }
    let page = scene.topic["url"].as_str().unwrap().to_owned();
    assert_eq!(status(page).await, 200);
    scene.node.kill().await;
    scene.node.limit_files(None);
    try_again_now(scene.node.database_url()).await;
    scene.node.restart().await;
    for create in waiting {
        let status = scene.peer.post(&scene.inbox(), &scene.bob, create).await;
        assert_eq!(status, 202);
    }
    kept.push(write(kept.len()).await.expect(201)["uri"].clone());
    kept.extend(creates.iter().map(|create| create["object"]["id"].clone()));
    let posts = eventually("everything is there", || async {
        let posts = posts(&scene.ana, &scene.topic).await;
        (posts.len() > kept.len()).then_some(posts)
    })
    .await;
    assert_eq!(posts.len(), kept.len() + 1, "what was refused is not there");
    for uri in &kept {
        assert_eq!(
            posts.iter().filter(|p| p["uri"] == *uri).count(),
            1,
            "{uri}"
        );
    }
}
