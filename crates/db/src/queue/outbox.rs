//! The outbox log and the cursors of those who receive it.
//!
//! One row an activity, however many receive it, and one row a destination with its cursor (docs/decisions). Entries
//! are appended in the transaction of what they tell, in commit order; workers lease destinations, read the log after
//! the cursor and write back, fenced by the lease. What an activity is and whether a delivery succeeded is decided in
//! `parvis-federation`.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, Statement, Value,
};
use serde::{Deserialize, Serialize};

use crate::entity::kinds::{DestinationState, Reach};
use crate::entity::{destination, interest, outbox, outbox_direct};
use crate::id::{ActorId, DestinationId, PostId, Seq};
use crate::time::Timestamp;
use crate::{Db, Read, Tx};

/// Name of the lock under which PostgreSQL appends, so that places become visible in order.
const APPEND_LOCK: &str = "SELECT pg_advisory_xact_lock(7273628)";
/// A wait longer than this is a clock that jumped: the destination is due.
const LONGEST_WAIT_MS: i64 = 25 * 60 * 60 * 1000;

/// An activity to append.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Id of the activity.
    pub activity_uri: String,
    /// Who signs it.
    pub actor: ActorId,
    /// Entries with one key are delivered in order.
    pub ordering_key: i64,
    /// Followers of this actor receive it.
    pub audience: Option<ActorId>,
    /// Which servers among them.
    pub reach: Reach,
    /// Type; of an Announce of an activity other than a Create, both types.
    pub kind: String,
    /// Which post it carries.
    pub post: Option<PostId>,
    /// What is sent.
    pub body: String,
    /// Receive it besides the followers.
    pub direct: Vec<DestinationId>,
}

/// What of the log above a cursor is settled, and what waits on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settled {
    /// Settled places above the cursor.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub done: BTreeSet<i64>,
    /// Places that are tried again later, while the destination takes others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
}

/// A place in the log that is tried again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Which place.
    pub seq: i64,
    /// Failures so far.
    pub tries: u32,
    /// Not before, in milliseconds since 1970.
    pub at: i64,
    /// First failure, in milliseconds since 1970.
    pub since: i64,
}

impl Settled {
    /// Reads the column; what can't be read counts as nothing settled.
    pub fn read(column: &str) -> Self {
        serde_json::from_str(column).unwrap_or_default()
    }

    /// As the column holds it.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// An entry that a destination is to receive, without its body.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Wanted {
    /// Place in the log.
    pub seq: Seq,
    /// Id of the activity.
    pub activity_uri: String,
    /// Who signs it.
    pub actor_id: ActorId,
    /// Entries with one key are delivered in order.
    pub ordering_key: i64,
    /// Type.
    pub kind: String,
    /// When it was appended.
    pub created_at: Timestamp,
}

/// A delivery that is given up.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which entry.
    pub seq: Seq,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// In words.
    pub error: String,
}

/// What a worker writes back about a destination that it has leased.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Everything at or below is settled.
    pub cursor: Seq,
    /// What is settled above it.
    pub settled: Settled,
    /// Given up since the last time.
    pub failures: Vec<Failure>,
    /// Last success, if there was one.
    pub success_at: Option<Timestamp>,
    /// Last error, if there was one, and when.
    pub error: Option<(String, Timestamp)>,
}

/// How a worker leaves a destination.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// How it goes.
    pub state: DestinationState,
    /// Failures in a row.
    pub fail_count: i32,
    /// First of them.
    pub failing_since: Option<Timestamp>,
    /// Not before, unless the log has grown meanwhile.
    pub next_at: Timestamp,
    /// The end of what the worker has looked at.
    pub wake_seen: Seq,
    /// When, if the log has grown meanwhile.
    pub now: Timestamp,
}

fn statement(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

async fn execute(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
    Ok(tx
        .execute_raw(statement(tx, sql, values))
        .await?
        .rows_affected())
}

/// Words as a list for `IN`; they are our own constants, and anything but letters and digits is dropped.
fn word_list(words: &[&str]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| {
            let word: String = word
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            format!("'{word}'")
        })
        .collect();
    quoted.join(",")
}

fn id_list(ids: impl IntoIterator<Item = i64>) -> String {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    ids.join(",")
}

/// Makes this transaction the only one that appends until it ends. Must come before [`append`] and [`destination()`].
pub async fn lock(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        tx.execute_unprepared(APPEND_LOCK).await?;
    }
    Ok(())
}

/// The last place of the log; zero when it is empty.
pub async fn end(db: &impl Read) -> Result<Seq, DbErr> {
    let row = db
        .query_one_raw(statement(
            db,
            "SELECT COALESCE(MAX(seq), 0) AS seq FROM outbox",
            vec![],
        ))
        .await?;
    match row {
        Some(row) => row.try_get("", "seq"),
        None => Ok(Seq(0)),
    }
}

/// The entry with this activity id, as long as it is kept.
pub async fn find(db: &impl Read, activity_uri: &str) -> Result<Option<outbox::Model>, DbErr> {
    outbox::Entity::find()
        .filter(outbox::Column::ActivityUri.eq(activity_uri))
        .one(db)
        .await
}

/// The post of this node whose Create has this id. Both ids were made in the same millisecond, which finds the post
/// without an index of its own.
pub async fn post_of_create(
    db: &impl Read,
    activity_uri: &str,
    number: i64,
) -> Result<Option<PostId>, DbErr> {
    let first = number & !0xffff;
    let row = db
        .query_one_raw(statement(
            db,
            "SELECT id FROM posts WHERE id >= $1 AND id <= $2 AND activity_uri = $3",
            vec![first.into(), (first | 0xffff).into(), activity_uri.into()],
        ))
        .await?;
    row.map(|row| row.try_get("", "id")).transpose()
}

/// Takes an entry out of the log, so that the same activity can be appended again. False when there is none.
pub async fn withdraw(tx: &Tx, activity_uri: &str) -> Result<bool, DbErr> {
    execute(
        tx,
        "DELETE FROM outbox_direct WHERE seq IN (SELECT seq FROM outbox WHERE activity_uri = $1)",
        vec![activity_uri.into()],
    )
    .await?;
    let gone = execute(
        tx,
        "DELETE FROM outbox WHERE activity_uri = $1",
        vec![activity_uri.into()],
    )
    .await?;
    Ok(gone > 0)
}

/// Appends an entry and marks the destinations that it concerns. `forums` names the software that [`Reach::Forums`]
/// means. None, and nothing happens, when the activity is in the log already.
pub async fn append(
    tx: &Tx,
    entry: NewEntry,
    now: Timestamp,
    forums: &[&str],
) -> Result<Option<Seq>, DbErr> {
    let row = tx
        .query_one_raw(statement(
            tx,
            "INSERT INTO outbox (activity_uri, actor_id, ordering_key, audience_id, reach, kind, post_id, body, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (activity_uri) DO NOTHING \
             RETURNING seq",
            vec![
                entry.activity_uri.into(),
                entry.actor.into(),
                entry.ordering_key.into(),
                entry.audience.into(),
                entry.reach.into(),
                entry.kind.into(),
                entry.post.into(),
                entry.body.into(),
                now.into(),
            ],
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let seq: Seq = row.try_get("", "seq")?;
    for destination in &entry.direct {
        tx.later_raw(statement(
            tx,
            "INSERT INTO outbox_direct (seq, destination_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            vec![seq.into(), (*destination).into()],
        ))
        .await?;
    }
    // Ids are bound, not written into the text: the same statement serves again.
    let mut values: Vec<Value> = vec![seq.into(), now.into()];
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let mut concerned = Vec::new();
    if !entry.direct.is_empty() {
        let ids = entry.direct.iter().map(|id| bind((*id).into()));
        concerned.push(format!("id IN ({})", ids.collect::<Vec<_>>().join(",")));
    }
    if let Some(audience) = entry.audience {
        let among = match entry.reach {
            Reach::All => String::new(),
            Reach::Forums => format!(" AND {}", forum_host("destinations.host", forums)),
            Reach::Microblogs => format!(" AND NOT {}", forum_host("destinations.host", forums)),
        };
        concerned.push(format!(
            "(id IN (SELECT destination_id FROM interests WHERE actor_id = {}){among})",
            bind(audience.into())
        ));
    }
    if !concerned.is_empty() {
        let text = format!(
            "UPDATE destinations SET wake = $1, next_at = CASE WHEN state = 'live' AND next_at > $2 THEN $2 \
             ELSE next_at END WHERE state <> 'gone' AND ({})",
            concerned.join(" OR ")
        );
        tx.later_raw(statement(tx, &text, values)).await?;
    }
    Ok(Some(seq))
}

/// Condition: a host runs one of these.
pub(super) fn forum_host(host: &str, forums: &[&str]) -> String {
    format!(
        "EXISTS (SELECT 1 FROM instances WHERE instances.host = {host} AND instances.software IN ({}))",
        word_list(forums)
    )
}

/// The destination of an inbox; made with its cursor at the end of the log if there is none.
pub async fn destination(
    tx: &Tx,
    inbox: &str,
    host: &str,
    now: Timestamp,
) -> Result<destination::Model, DbErr> {
    let known = destination::Entity::find()
        .filter(destination::Column::Inbox.eq(inbox))
        .one(tx)
        .await?;
    if let Some(known) = known {
        return Ok(known);
    }
    let end = end(tx).await?;
    let row = destination::Model {
        id: DestinationId(rand::random_range((1 << 40)..i64::MAX)),
        inbox: inbox.to_owned(),
        host: host.to_owned(),
        cursor: end,
        wake: end,
        settled: Settled::default().write(),
        state: DestinationState::Live,
        fail_count: 0,
        next_at: now,
        lease_owner: None,
        lease_until: None,
        success_at: None,
        error: None,
        error_at: None,
        failing_since: None,
    };
    destination::Entity::insert(destination::ActiveModel::from(row.clone()))
        .exec_without_returning(tx)
        .await?;
    execute(
        tx,
        "INSERT INTO instances (host, policy, first_seen_at) VALUES ($1, 'open', $2) ON CONFLICT DO NOTHING",
        vec![host.into(), now.into()],
    )
    .await?;
    Ok(row)
}

/// From now on this destination receives what followers of `actor` receive. One that was gone is live again.
pub async fn add_interest(
    tx: &Tx,
    destination: &destination::Model,
    actor: ActorId,
) -> Result<(), DbErr> {
    let end = end(tx).await?;
    if destination.state == DestinationState::Gone {
        revive(tx, destination.id, end).await?;
    }
    execute(
        tx,
        "INSERT INTO interests (destination_id, actor_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        vec![destination.id.into(), actor.into(), end.into()],
    )
    .await?;
    Ok(())
}

/// A destination that was gone is live again, from the end of the log on.
pub async fn revive(tx: &Tx, destination: DestinationId, end: Seq) -> Result<(), DbErr> {
    execute(
        tx,
        "UPDATE destinations SET state = 'live', cursor = $2, wake = $2, settled = '{}', fail_count = 0, \
         failing_since = NULL, next_at = 0 WHERE id = $1 AND state = 'gone'",
        vec![destination.into(), end.into()],
    )
    .await?;
    Ok(())
}

/// Drops the interests of a host that no accepted follow stands behind any more.
pub async fn drop_idle_interests(tx: &Tx, host: &str) -> Result<u64, DbErr> {
    execute(
        tx,
        "DELETE FROM interests WHERE destination_id IN (SELECT id FROM destinations WHERE host = $1) AND NOT EXISTS \
         (SELECT 1 FROM follows JOIN actors ON actors.id = follows.follower_id JOIN destinations \
         ON destinations.inbox = COALESCE(actors.shared_inbox, actors.inbox) \
         WHERE destinations.id = interests.destination_id AND follows.followed_id = interests.actor_id \
         AND follows.state = 'accepted' AND NOT actors.local AND actors.deleted_at IS NULL)",
        vec![host.into()],
    )
    .await
}

/// A destination said that it is gone: its followers and interests are dropped, nothing is sent any more.
pub async fn set_gone(tx: &Tx, gone: &destination::Model, now: Timestamp) -> Result<(), DbErr> {
    execute(
        tx,
        "UPDATE destinations SET state = 'gone', cursor = wake, settled = '{}', error = 'gone', error_at = $2, \
         lease_owner = NULL, lease_until = NULL WHERE id = $1",
        vec![gone.id.into(), now.into()],
    )
    .await?;
    execute(
        tx,
        "DELETE FROM follows WHERE followed_id IN (SELECT id FROM actors WHERE local) AND follower_id IN \
         (SELECT id FROM actors WHERE NOT local AND (inbox = $1 OR shared_inbox = $1))",
        vec![gone.inbox.clone().into()],
    )
    .await?;
    execute(
        tx,
        "DELETE FROM interests WHERE destination_id = $1",
        vec![gone.id.into()],
    )
    .await?;
    drop_idle_interests(tx, &gone.host).await?;
    Ok(())
}

/// Destinations that receive what followers of `actor` receive.
pub async fn interested(db: &impl Read, actor: ActorId) -> Result<Vec<destination::Model>, DbErr> {
    destination::Entity::find()
        .from_raw_sql(statement(
            db,
            "SELECT * FROM destinations WHERE state <> 'gone' AND id IN \
             (SELECT destination_id FROM interests WHERE actor_id = $1) ORDER BY id",
            vec![actor.into()],
        ))
        .all(db)
        .await
}

/// Destinations to which something about a post was sent by name.
pub async fn directs_of_post(db: &impl Read, post: PostId) -> Result<Vec<DestinationId>, DbErr> {
    let rows = db
        .query_all_raw(statement(
            db,
            "SELECT DISTINCT outbox_direct.destination_id AS id FROM outbox_direct JOIN outbox \
             ON outbox.seq = outbox_direct.seq WHERE outbox.post_id = $1",
            vec![post.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}

/// Whether an entry names a destination.
pub async fn is_direct(
    db: &impl Read,
    seq: Seq,
    destination: DestinationId,
) -> Result<bool, DbErr> {
    Ok(outbox_direct::Entity::find_by_id((seq, destination))
        .one(db)
        .await?
        .is_some())
}

/// Ids of the Announces by which a post was boosted for microblogs, newest first, as long as they are kept.
pub async fn boosts_of(db: &impl Read, post: PostId) -> Result<Vec<String>, DbErr> {
    use sea_orm::{QueryOrder, QuerySelect};
    outbox::Entity::find()
        .select_only()
        .column(outbox::Column::ActivityUri)
        .filter(outbox::Column::PostId.eq(post))
        .filter(outbox::Column::Kind.eq("Announce"))
        .filter(outbox::Column::Reach.eq(Reach::Microblogs))
        .order_by_desc(outbox::Column::Seq)
        .into_tuple()
        .all(db)
        .await
}

/// All destinations that are not gone.
pub async fn all_destinations(db: &impl Read) -> Result<Vec<destination::Model>, DbErr> {
    use sea_orm::QueryOrder;
    destination::Entity::find()
        .filter(destination::Column::State.ne(DestinationState::Gone))
        .order_by_asc(destination::Column::Id)
        .all(db)
        .await
}

/// Leases up to `limit` destinations that have something to receive, until `until`. Once it is answered, everything up
/// to their `wake` is on the disk: nothing is sent that a power cut could undo here.
pub async fn lease(
    db: &Db,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
    limit: u64,
) -> Result<Vec<destination::Model>, DbErr> {
    let due = "wake > cursor AND state <> 'gone' AND (next_at <= $1 OR next_at > $2) \
               AND (lease_until IS NULL OR lease_until < $1) \
               AND host NOT IN (SELECT host FROM instances WHERE paused_at IS NOT NULL)";
    let far = now.plus_ms(LONGEST_WAIT_MS);
    let any = db
        .query_one_raw(statement(
            db,
            &format!("SELECT id FROM destinations WHERE {due} LIMIT 1"),
            vec![now.into(), far.into()],
        ))
        .await?;
    if any.is_none() || limit == 0 {
        return Ok(Vec::new());
    }
    let tx = db.begin().await?;
    let skip = match tx.get_database_backend() {
        DatabaseBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let rows = destination::Entity::find()
        .from_raw_sql(statement(
            &tx,
            &format!(
                "UPDATE destinations SET lease_owner = $3, lease_until = $4 WHERE id IN \
                 (SELECT id FROM destinations WHERE {due} ORDER BY next_at, id LIMIT {limit}{skip}) RETURNING *"
            ),
            vec![now.into(), far.into(), owner.into(), until.into()],
        ))
        .all(&tx)
        .await?;
    tx.commit().await?;
    Ok(rows)
}

/// When the next destination with something to receive is due; none when none waits.
pub async fn next_due(db: &impl Read) -> Result<Option<Timestamp>, DbErr> {
    let row = db
        .query_one_raw(statement(
            db,
            "SELECT MIN(next_at) AS at FROM destinations WHERE wake > cursor AND state <> 'gone' \
             AND host NOT IN (SELECT host FROM instances WHERE paused_at IS NOT NULL)",
            vec![],
        ))
        .await?;
    match row {
        Some(row) => row.try_get("", "at"),
        None => Ok(None),
    }
}

/// Which entries of an audience a destination receives, as a list for `IN`.
fn reaches(forum: bool) -> &'static str {
    if forum {
        "'all','forums'"
    } else {
        "'all','microblogs'"
    }
}

/// What a destination is to receive after `after`, in order, at most `limit` entries. `forum`: it takes activities in
/// an Announce.
pub async fn wanted(
    db: &impl Read,
    destination: &destination::Model,
    after: Seq,
    until: Seq,
    forum: bool,
    limit: u64,
) -> Result<Vec<Wanted>, DbErr> {
    let reach = reaches(forum);
    Wanted::find_by_statement(statement(
        db,
        &format!(
            "SELECT outbox.seq, activity_uri, outbox.actor_id, ordering_key, kind, created_at FROM outbox JOIN \
             (SELECT seq FROM outbox_direct WHERE destination_id = $1 AND seq > $2 AND seq <= $3 UNION \
             SELECT o.seq FROM interests JOIN outbox AS o ON o.audience_id = interests.actor_id \
             AND o.seq > interests.since AND o.seq > $2 AND o.seq <= $3 AND o.reach IN ({reach}) \
             WHERE interests.destination_id = $1) AS wanted ON wanted.seq = outbox.seq \
             ORDER BY outbox.seq LIMIT {limit}"
        ),
        vec![destination.id.into(), after.into(), until.into()],
    ))
    .all(db)
    .await
}

/// The bodies of entries, in their order.
pub async fn bodies(db: &impl Read, seqs: &[Seq]) -> Result<Vec<(Seq, String)>, DbErr> {
    use sea_orm::{QueryOrder, QuerySelect};
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Seq)
        .column(outbox::Column::Body)
        .filter(outbox::Column::Seq.is_in(seqs.iter().copied()))
        .order_by_asc(outbox::Column::Seq)
        .into_tuple()
        .all(db)
        .await
}

/// Writes how far a worker is, what else `set` says (its values are numbered from 8), and what was refused, if the lease is
/// still the worker's; false when it isn't. Does not wait for the disk: what a power cut undoes is delivered again, and
/// known there.
async fn write_progress(
    db: &Db,
    owner: &str,
    destination: DestinationId,
    progress: &Progress,
    now: Timestamp,
    (set, values): (&str, Vec<Value>),
) -> Result<bool, DbErr> {
    let tx = db.begin_deferred().await?;
    let (error, error_at) = match &progress.error {
        Some((error, at)) => (Some(error.clone()), Some(*at)),
        None => (None, None),
    };
    let mut all: Vec<Value> = vec![
        destination.into(),
        owner.into(),
        progress.cursor.into(),
        progress.settled.write().into(),
        progress.success_at.into(),
        error.into(),
        error_at.into(),
    ];
    all.extend(values);
    let sql = format!(
        "UPDATE destinations SET cursor = $3, settled = $4, success_at = COALESCE($5, success_at), \
         error = COALESCE($6, error), error_at = COALESCE($7, error_at), {set} WHERE id = $1 AND lease_owner = $2"
    );
    let written = async {
        tx.later_one_raw(statement(&tx, &sql, all)).await?;
        for failure in &progress.failures {
            tx.later_raw(statement(
                &tx,
                "INSERT INTO delivery_failures (seq, destination_id, status, error, created_at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                vec![
                    failure.seq.into(),
                    destination.into(),
                    failure.status.map(i32::from).into(),
                    failure.error.clone().into(),
                    now.into(),
                ],
            ))
            .await?;
        }
        tx.commit().await
    };
    match written.await {
        Ok(()) => Ok(true),
        Err(DbErr::RecordNotUpdated) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes how far a worker is and renews its lease. False when the lease is another's: the worker must stop.
pub async fn keep(
    db: &Db,
    owner: &str,
    destination: DestinationId,
    progress: &Progress,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, DbErr> {
    let also = ("lease_until = $8", vec![until.into()]);
    write_progress(db, owner, destination, progress, now, also).await
}

/// Writes how far a worker came and gives its lease back. False when the lease is another's.
pub async fn release(
    db: &Db,
    owner: &str,
    destination: DestinationId,
    progress: &Progress,
    rest: Rest,
) -> Result<bool, DbErr> {
    let also = (
        "state = $8, fail_count = $9, failing_since = $10, \
         next_at = CASE WHEN wake > $11 AND $8 = 'live' THEN $12 ELSE $13 END, lease_owner = NULL, lease_until = NULL",
        vec![
            rest.state.into(),
            rest.fail_count.into(),
            rest.failing_since.into(),
            rest.wake_seen.into(),
            rest.now.into(),
            rest.next_at.into(),
        ],
    );
    write_progress(db, owner, destination, progress, rest.now, also).await
}

/// The host sent something valid: whatever waits for it is due, and what was gone is live again. False when nothing
/// had to be done.
pub async fn wake_host(db: &Db, host: &str, now: Timestamp) -> Result<bool, DbErr> {
    let asleep = "host = $1 AND (state = 'gone' OR (state <> 'live' AND next_at > $2 \
                  AND (error_at IS NULL OR error_at < $3)))";
    let values = || -> Vec<Value> { vec![host.into(), now.into(), now.plus_seconds(-30).into()] };
    let found = db
        .query_one_raw(statement(
            db,
            &format!("SELECT id FROM destinations WHERE {asleep} LIMIT 1"),
            values(),
        ))
        .await?;
    if found.is_none() {
        return Ok(false);
    }
    let tx = db.begin().await?;
    execute(
        &tx,
        &format!(
            "UPDATE destinations SET next_at = $2, fail_count = CASE WHEN state = 'gone' THEN 0 ELSE fail_count END, \
             state = CASE WHEN state = 'gone' THEN 'live' ELSE state END WHERE {asleep}"
        ),
        values(),
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Tries everything that waits for a host at once, entries held on their own included. How many destinations it has.
pub async fn retry_host(db: &Db, host: &str, now: Timestamp) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let rows = destination::Entity::find()
        .filter(destination::Column::Host.eq(host))
        .all(&tx)
        .await?;
    for row in &rows {
        let mut settled = Settled::read(&row.settled);
        for held in &mut settled.held {
            held.at = 0;
        }
        execute(
            &tx,
            "UPDATE destinations SET next_at = $2, settled = $3, lease_owner = NULL, lease_until = NULL, \
             state = CASE WHEN state = 'gone' THEN 'live' ELSE state END WHERE id = $1",
            vec![row.id.into(), now.into(), settled.write().into()],
        )
        .await?;
    }
    tx.commit().await?;
    Ok(rows.len() as u64)
}

mod knowing;
mod report;

pub use knowing::knowing;
pub use report::{
    Backlog, Fate, HostFate, Logged, PostReach, backlog, destinations_of, failures_of,
    first_waiting, is_paused, log_of, post_reach, prune, reach_of_posts,
};

#[cfg(test)]
mod tests;

/// The interests of one destination, for tests and the evidence.
pub async fn interests_of(
    db: &impl Read,
    destination: DestinationId,
) -> Result<Vec<interest::Model>, DbErr> {
    interest::Entity::find()
        .filter(interest::Column::DestinationId.eq(destination))
        .all(db)
        .await
}
