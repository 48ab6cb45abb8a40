//! The log on a real database: order, cursors, leases, reach.

use super::*;

const FORUMS: &[&str] = &["lemmy", "parvis"];
const NOW: Timestamp = Timestamp(1_772_445_600_000);

struct Log {
    db: Db,
    _dir: tempfile::TempDir,
}

/// An SQLite file, or a schema of its own on PostgreSQL when `PARVIS_TEST_DATABASE_URL` is set.
async fn database(dir: &tempfile::TempDir) -> Db {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told where a database is"
    )]
    let Ok(url) = std::env::var("PARVIS_TEST_DATABASE_URL") else {
        let url = format!("sqlite://{}/log.db", dir.path().display());
        return Db::connect(&url, None).await.unwrap();
    };
    let schema = format!("t{:016x}", rand::random::<u64>());
    let admin = Db::connect(&url, None).await.unwrap();
    let tx = admin.begin().await.unwrap();
    tx.execute_unprepared(&format!("CREATE SCHEMA {schema}"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    admin.close().await.unwrap();
    Db::connect(&url, Some(&schema)).await.unwrap()
}

impl Log {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = database(&dir).await;
        db.migrate().await.unwrap();
        Self { db, _dir: dir }
    }

    async fn destination(&self, host: &str) -> destination::Model {
        let tx = self.db.begin().await.unwrap();
        let inbox = format!("https://{host}/inbox");
        let row = destination(&tx, &inbox, host, NOW).await.unwrap();
        tx.commit().await.unwrap();
        row
    }

    async fn interest(&self, destination: &destination::Model, actor: i64) {
        let tx = self.db.begin().await.unwrap();
        add_interest(&tx, destination, ActorId(actor))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn append(
        &self,
        n: i64,
        audience: Option<i64>,
        reach: Reach,
        direct: &[DestinationId],
    ) -> Seq {
        let tx = self.db.begin().await.unwrap();
        lock(&tx).await.unwrap();
        let entry = NewEntry {
            activity_uri: format!("https://us.example/a/{n}"),
            actor: ActorId(1),
            ordering_key: n,
            audience: audience.map(ActorId),
            reach,
            kind: "Announce".to_owned(),
            post: Some(PostId(n)),
            body: format!("{{\"n\":{n}}}"),
            direct: direct.to_vec(),
        };
        let seq = append(&tx, entry, NOW, FORUMS).await.unwrap();
        tx.commit().await.unwrap();
        seq.expect("a new entry")
    }

    async fn wanted(&self, id: &destination::Model, forum: bool) -> Vec<i64> {
        let row = self.row(id).await;
        wanted(&self.db, &row, row.cursor, row.wake, forum, 100)
            .await
            .unwrap()
            .iter()
            .map(|w| w.seq.0)
            .collect()
    }

    async fn row(&self, id: &destination::Model) -> destination::Model {
        destination::Entity::find_by_id(id.id)
            .one(&self.db)
            .await
            .unwrap()
            .unwrap()
    }
}

fn progress(cursor: Seq) -> Progress {
    Progress {
        cursor,
        settled: Settled::default(),
        failures: Vec::new(),
        success_at: Some(NOW),
        error: None,
    }
}

#[tokio::test]
async fn only_those_that_it_concerns_are_woken() {
    let log = Log::new().await;
    let lemmy = log.destination("lemmy.example").await;
    let blog = log.destination("blog.example").await;
    let idle = log.destination("idle.example").await;
    let tx = log.db.begin().await.unwrap();
    execute(
        &tx,
        "UPDATE instances SET software = 'lemmy' WHERE host = 'lemmy.example'",
        vec![],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    for destination in [&lemmy, &blog] {
        log.interest(destination, 7).await;
    }
    let forums = log.append(1, Some(7), Reach::Forums, &[]).await;
    assert_eq!(log.row(&lemmy).await.wake, forums);
    assert_eq!(log.row(&blog).await.wake, Seq(0));
    let blogs = log.append(2, Some(7), Reach::Microblogs, &[]).await;
    let direct = log.append(3, None, Reach::All, &[idle.id]).await;
    assert_eq!(log.wanted(&lemmy, true).await, [forums.0]);
    assert_eq!(log.wanted(&blog, false).await, [blogs.0]);
    assert_eq!(log.wanted(&idle, false).await, [direct.0]);
}

#[tokio::test]
async fn a_new_destination_receives_nothing_from_before() {
    let log = Log::new().await;
    log.append(1, Some(7), Reach::All, &[]).await;
    let late = log.destination("late.example").await;
    log.interest(&late, 7).await;
    let second = log.append(2, Some(7), Reach::All, &[late.id]).await;
    assert_eq!(log.wanted(&late, false).await, [second.0]);
}

#[tokio::test]
async fn one_worker_has_a_destination_until_its_lease_ends() {
    let log = Log::new().await;
    let there = log.destination("there.example").await;
    let seq = log.append(1, None, Reach::All, &[there.id]).await;
    let until = NOW.plus_seconds(60);
    assert_eq!(lease(&log.db, "a", NOW, until, 9).await.unwrap().len(), 1);
    assert_eq!(lease(&log.db, "b", NOW, until, 9).await.unwrap().len(), 0);
    let later = NOW.plus_seconds(61);
    let again = lease(&log.db, "b", later, later.plus_seconds(60), 9)
        .await
        .unwrap();
    assert_eq!(again.len(), 1);
    // The first worker comes back too late and spoils nothing.
    let late = progress(seq);
    assert!(
        !keep(&log.db, "a", there.id, &late, later, until)
            .await
            .unwrap()
    );
    assert_eq!(log.row(&there).await.cursor, Seq(0));
    let rest = Rest {
        state: DestinationState::Live,
        fail_count: 0,
        failing_since: None,
        next_at: later,
        wake_seen: seq,
        now: later,
    };
    assert!(
        release(&log.db, "b", there.id, &progress(seq), rest)
            .await
            .unwrap()
    );
    assert_eq!(log.row(&there).await.cursor, seq);
    assert_eq!(lease(&log.db, "c", later, later, 9).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_grew_during_a_lease_is_due_at_once() {
    let log = Log::new().await;
    let there = log.destination("there.example").await;
    let first = log.append(1, None, Reach::All, &[there.id]).await;
    lease(&log.db, "a", NOW, NOW.plus_seconds(60), 9)
        .await
        .unwrap();
    log.append(2, None, Reach::All, &[there.id]).await;
    let rest = Rest {
        state: DestinationState::Live,
        fail_count: 0,
        failing_since: None,
        next_at: NOW.plus_days(1),
        wake_seen: first,
        now: NOW,
    };
    release(&log.db, "a", there.id, &progress(first), rest)
        .await
        .unwrap();
    assert_eq!(log.row(&there).await.next_at, NOW);
    assert_eq!(next_due(&log.db).await.unwrap(), Some(NOW));
}

#[tokio::test]
async fn pruning_waits_for_those_who_are_awake() {
    let log = Log::new().await;
    let slow = log.destination("slow.example").await;
    log.append(1, None, Reach::All, &[slow.id]).await;
    let later = NOW.plus_days(40);
    assert_eq!(prune(&log.db, later).await.unwrap(), 0);
    let tx = log.db.begin().await.unwrap();
    execute(&tx, "UPDATE destinations SET state = 'asleep'", vec![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(prune(&log.db, later).await.unwrap(), 1);
    let lost = failures_of(&log.db, slow.id).await.unwrap();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].error, "not delivered in time");
    let row = log.row(&slow).await;
    assert_eq!(row.cursor, row.wake);
}

#[tokio::test]
async fn where_a_post_went_is_read_from_the_cursors() {
    let log = Log::new().await;
    let (near, far) = (
        log.destination("near.example").await,
        log.destination("far.example").await,
    );
    let seq = log.append(5, None, Reach::All, &[near.id, far.id]).await;
    lease(&log.db, "a", NOW, NOW.plus_seconds(60), 9)
        .await
        .unwrap();
    keep(&log.db, "a", near.id, &progress(seq), NOW, NOW)
        .await
        .unwrap();
    let reach = post_reach(&log.db, PostId(5), FORUMS).await.unwrap();
    assert_eq!(reach.delivered, ["near.example"]);
    assert_eq!(reach.waiting, ["far.example"]);
    let mut refused = progress(seq);
    refused.failures.push(Failure {
        seq,
        status: Some(400),
        error: "refused".to_owned(),
    });
    keep(&log.db, "a", far.id, &refused, NOW, NOW)
        .await
        .unwrap();
    let reach = post_reach(&log.db, PostId(5), FORUMS).await.unwrap();
    assert_eq!((reach.refused.len(), reach.total()), (1, 2));
}

#[tokio::test]
async fn a_host_that_speaks_is_tried_again() {
    let log = Log::new().await;
    let there = log.destination("there.example").await;
    log.append(1, None, Reach::All, &[there.id]).await;
    let tx = log.db.begin().await.unwrap();
    execute(
        &tx,
        "UPDATE destinations SET state = 'asleep', next_at = $1",
        vec![NOW.plus_days(1).into()],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert!(!wake_host(&log.db, "other.example", NOW).await.unwrap());
    assert!(wake_host(&log.db, "there.example", NOW).await.unwrap());
    assert_eq!(
        lease(&log.db, "a", NOW, NOW.plus_seconds(60), 9)
            .await
            .unwrap()
            .len(),
        1
    );
}
