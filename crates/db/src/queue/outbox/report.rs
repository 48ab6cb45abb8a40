//! What can be told of deliveries: how far behind a host is, whom a post reached; and forgetting old entries.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{Settled, execute, forum_host, statement};
use crate::entity::{delivery_failure, destination, outbox};
use crate::id::{DestinationId, PostId, Seq};
use crate::time::Timestamp;
use crate::{Db, Read};

/// Entries of a backlog are counted up to here.
const MOST: u64 = 100_000;

/// How much a destination has not received yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Entries, counted up to a hundred thousand.
    pub count: u64,
    /// Whether there are more.
    pub more: bool,
    /// When the oldest of them was appended.
    pub oldest: Option<Timestamp>,
}

/// Where a post went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostReach {
    /// Hosts that were sent it and took it.
    pub delivered: Vec<String>,
    /// Hosts that are to receive it still.
    pub waiting: Vec<String>,
    /// Hosts that refused it.
    pub refused: Vec<String>,
}

impl PostReach {
    /// Hosts that it concerns.
    pub fn total(&self) -> usize {
        self.delivered.len() + self.waiting.len() + self.refused.len()
    }
}

/// The destinations of a host, or of all hosts, gone ones included.
pub async fn destinations_of(
    db: &impl Read,
    host: Option<&str>,
) -> Result<Vec<destination::Model>, DbErr> {
    let mut query = destination::Entity::find();
    if let Some(host) = host {
        query = query.filter(destination::Column::Host.eq(host));
    }
    query.order_by_asc(destination::Column::Id).all(db).await
}

/// How far behind a destination is: counted over the indexes of the log, up to 100,000. `forum` as for
/// [`super::wanted`].
pub async fn backlog(
    db: &impl Read,
    destination: &destination::Model,
    forum: bool,
) -> Result<Backlog, DbErr> {
    if destination.wake <= destination.cursor {
        return Ok(Backlog::default());
    }
    let settled = Settled::read(&destination.settled);
    let row = db
        .query_one_raw(statement(
            db,
            &format!(
                "SELECT COUNT(*) AS count FROM (SELECT seq FROM outbox_direct WHERE destination_id = $1 AND seq > $2 \
                 AND seq <= $3 UNION SELECT o.seq FROM interests JOIN outbox AS o \
                 ON o.audience_id = interests.actor_id AND o.seq > interests.since AND o.seq > $2 AND o.seq <= $3 \
                 AND o.reach IN ({}) WHERE interests.destination_id = $1 LIMIT {}) AS waiting",
                super::reaches(forum),
                MOST + 1
            ),
            vec![
                destination.id.into(),
                destination.cursor.into(),
                destination.wake.into(),
            ],
        ))
        .await?;
    let waiting: i64 = match row {
        Some(row) => row.try_get("", "count")?,
        None => 0,
    };
    let waiting = u64::try_from(waiting).unwrap_or(0);
    let first = first_waiting(db, destination, &settled, forum).await?;
    let oldest = match first {
        Some(first) => {
            outbox::Entity::find_by_id(first)
                .select_only()
                .column(outbox::Column::CreatedAt)
                .into_tuple()
                .one(db)
                .await?
        }
        None => None,
    };
    // Settled places above the cursor are all among those counted.
    let done = settled.done.range(destination.cursor.0 + 1..).count() as u64;
    Ok(Backlog {
        count: waiting.min(MOST).saturating_sub(done),
        more: waiting > MOST,
        oldest,
    })
}

/// The first entry that a destination waits for.
pub async fn first_waiting(
    db: &impl Read,
    destination: &destination::Model,
    settled: &Settled,
    forum: bool,
) -> Result<Option<Seq>, DbErr> {
    let enough = settled.done.len() as u64 + 1;
    let (cursor, wake) = (destination.cursor, destination.wake);
    let waiting = super::wanted(db, destination, cursor, wake, forum, enough).await?;
    Ok(waiting
        .into_iter()
        .map(|entry| entry.seq)
        .find(|seq| !settled.done.contains(&seq.0)))
}

/// Whether nothing is sent to a host because an administrator wants so.
pub async fn is_paused(db: &impl Read, host: &str) -> Result<bool, DbErr> {
    let row = db
        .query_one_raw(statement(
            db,
            "SELECT host FROM instances WHERE host = $1 AND paused_at IS NOT NULL",
            vec![host.into()],
        ))
        .await?;
    Ok(row.is_some())
}

/// Deliveries to a destination that were given up, newest first.
pub async fn failures_of(
    db: &impl Read,
    destination: DestinationId,
) -> Result<Vec<delivery_failure::Model>, DbErr> {
    delivery_failure::Entity::find()
        .filter(delivery_failure::Column::DestinationId.eq(destination))
        .order_by_desc(delivery_failure::Column::Seq)
        .all(db)
        .await
}

/// Where a post went, by host: its Create or the Announce of it. A host counts as reached when one of them was taken.
pub async fn post_reach(db: &impl Read, post: PostId, forums: &[&str]) -> Result<PostReach, DbErr> {
    let mut all = reach_of_posts(db, &[post], forums).await?;
    let mut reach = PostReach::default();
    for host in all.remove(&post).unwrap_or_default() {
        match host.fate {
            Fate::Delivered => reach.delivered.push(host.host),
            Fate::Refused => reach.refused.push(host.host),
            Fate::Waiting => reach.waiting.push(host.host),
        }
    }
    Ok(reach)
}

/// What became of a post at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It took it.
    Delivered,
    /// It is to receive it still.
    Waiting,
    /// It refused it, or was passed over.
    Refused,
}

impl Fate {
    /// Its name in the API, and after `fate-` in the locales.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
        }
    }
}

/// A host that a post concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFate {
    /// Which.
    pub host: String,
    /// What became of it.
    pub fate: Fate,
    /// Why it was refused, or the last error of the inbox that waits.
    pub error: Option<String>,
}

#[derive(FromQueryResult)]
struct Concerned {
    post_id: PostId,
    seq: Seq,
    destination_id: DestinationId,
    host: String,
    cursor: Seq,
    settled: String,
    refusal: Option<String>,
    error: Option<String>,
}

/// Pairs of entry and inbox that are read for a page of posts.
const PAIRS: u64 = 20_000;

/// Where posts went, each by host and in the order of names: one query for a page of posts.
pub async fn reach_of_posts(
    db: &impl Read,
    posts: &[PostId],
    forums: &[&str],
) -> Result<BTreeMap<PostId, Vec<HostFate>>, DbErr> {
    if posts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let of_posts = format!(
        "o.post_id IN ({}) AND o.kind IN ('Create', 'Announce')",
        super::id_list(posts.iter().map(|post| post.0))
    );
    let forum = forum_host("there.host", forums);
    let rows = Concerned::find_by_statement(statement(
        db,
        &format!(
            "SELECT e.post_id, e.seq, d.id AS destination_id, d.host, d.cursor, d.settled, f.error AS refusal, d.error \
             FROM (SELECT o.post_id, o.seq, x.destination_id FROM outbox o JOIN outbox_direct x ON x.seq = o.seq \
             WHERE {of_posts} UNION SELECT o.post_id, o.seq, i.destination_id FROM outbox o \
             JOIN interests i ON i.actor_id = o.audience_id AND i.since < o.seq \
             JOIN destinations there ON there.id = i.destination_id \
             WHERE {of_posts} AND (o.reach = 'all' OR (o.reach = 'forums') = {forum})) AS e \
             JOIN destinations d ON d.id = e.destination_id \
             LEFT JOIN delivery_failures f ON f.seq = e.seq AND f.destination_id = d.id \
             ORDER BY e.seq, d.id LIMIT {PAIRS}"
        ),
        vec![],
    ))
    .all(db)
    .await?;
    let mut settled: HashMap<DestinationId, Settled> = HashMap::new();
    let mut posts: BTreeMap<PostId, BTreeMap<String, HostFate>> = BTreeMap::new();
    for row in rows {
        let above = settled
            .entry(row.destination_id)
            .or_insert_with(|| Settled::read(&row.settled));
        let fate = if row.cursor < row.seq && !above.done.contains(&row.seq.0) {
            Fate::Waiting
        } else if row.refusal.is_some() {
            Fate::Refused
        } else {
            Fate::Delivered
        };
        let found = HostFate {
            host: row.host.clone(),
            fate,
            error: match fate {
                Fate::Delivered => None,
                Fate::Waiting => row.error,
                Fate::Refused => row.refusal,
            },
        };
        let known = posts
            .entry(row.post_id)
            .or_default()
            .entry(row.host)
            .or_insert_with(|| found.clone());
        // One that was taken is enough; one that waits may still be.
        if fate == Fate::Delivered || (fate == Fate::Waiting && known.fate == Fate::Refused) {
            *known = found;
        }
    }
    Ok(posts
        .into_iter()
        .map(|(post, hosts)| (post, hosts.into_values().collect()))
        .collect())
}

/// An entry of the log, as a host has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Place in the log.
    pub seq: Seq,
    /// Id of the activity.
    pub activity_uri: String,
    /// Type.
    pub kind: String,
    /// Which post it carries.
    pub post: Option<PostId>,
    /// When it was written.
    pub at: Timestamp,
    /// Where to.
    pub inbox: String,
    /// What became of it.
    pub fate: Fate,
    /// Why it was refused.
    pub error: Option<String>,
}

#[derive(FromQueryResult)]
struct LogRow {
    seq: Seq,
    activity_uri: String,
    kind: String,
    post_id: Option<PostId>,
    created_at: Timestamp,
    inbox: String,
    cursor: Seq,
    settled: String,
    refusal: Option<String>,
}

/// Places at the end of the log among which the last entries of a host are looked for.
const RECENT: i64 = 10_000;

/// The last entries that concern a host, newest first. `forum` as for [`super::wanted`].
pub async fn log_of(
    db: &impl Read,
    host: &str,
    forum: bool,
    limit: u64,
) -> Result<Vec<Logged>, DbErr> {
    let from = super::end(db).await?.0 - RECENT;
    let rows = LogRow::find_by_statement(statement(
        db,
        &format!(
            "SELECT o.seq, o.activity_uri, o.kind, o.post_id, o.created_at, d.inbox, d.cursor, d.settled, \
             f.error AS refusal FROM (SELECT x.seq, x.destination_id FROM outbox_direct x \
             JOIN destinations there ON there.id = x.destination_id WHERE there.host = $1 AND x.seq > $2 \
             UNION SELECT o.seq, i.destination_id FROM destinations there \
             JOIN interests i ON i.destination_id = there.id JOIN outbox o ON o.audience_id = i.actor_id \
             AND o.seq > i.since AND o.seq > $2 AND o.reach IN ({}) WHERE there.host = $1) AS e \
             JOIN outbox o ON o.seq = e.seq JOIN destinations d ON d.id = e.destination_id \
             LEFT JOIN delivery_failures f ON f.seq = e.seq AND f.destination_id = d.id \
             ORDER BY o.seq DESC, d.id LIMIT {limit}",
            super::reaches(forum)
        ),
        vec![host.into(), from.into()],
    ))
    .all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let settled =
                row.cursor >= row.seq || Settled::read(&row.settled).done.contains(&row.seq.0);
            Logged {
                fate: match (settled, &row.refusal) {
                    (false, _) => Fate::Waiting,
                    (true, Some(_)) => Fate::Refused,
                    (true, None) => Fate::Delivered,
                },
                seq: row.seq,
                activity_uri: row.activity_uri,
                kind: row.kind,
                post: row.post_id,
                at: row.created_at,
                inbox: row.inbox,
                error: row.refusal,
            }
        })
        .collect())
}

/// Forgets entries older than `before`, but none that a destination which is awake still waits for. What one that is
/// asleep or paused would have received is noted as given up. How many entries went.
pub async fn prune(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    super::lock(&tx).await?;
    let row = tx
        .query_one_raw(statement(
            &tx,
            "SELECT COALESCE(MAX(seq), 0) AS seq FROM outbox WHERE created_at < $1",
            vec![before.into()],
        ))
        .await?;
    let old: Seq = match row {
        Some(row) => row.try_get("", "seq")?,
        None => Seq(0),
    };
    let row = tx
        .query_one_raw(statement(
            &tx,
            "SELECT COALESCE(MIN(cursor), $1) AS seq FROM destinations WHERE wake > cursor \
             AND state IN ('live', 'backoff') AND host NOT IN (SELECT host FROM instances WHERE paused_at IS NOT NULL)",
            vec![old.into()],
        ))
        .await?;
    let passed: Seq = match row {
        Some(row) => row.try_get("", "seq")?,
        None => old,
    };
    let last = old.min(passed);
    for sleeper in destination::Entity::find()
        .from_raw_sql(statement(
            &tx,
            "SELECT * FROM destinations WHERE wake > cursor AND cursor < $1 AND (state = 'asleep' OR \
             (state <> 'gone' AND host IN (SELECT host FROM instances WHERE paused_at IS NOT NULL)))",
            vec![last.into()],
        ))
        .all(&tx)
        .await?
    {
        let mut settled = Settled::read(&sleeper.settled);
        for entry in super::wanted(&tx, &sleeper, sleeper.cursor, last, false, 1_000_000).await? {
            if settled.done.contains(&entry.seq.0) {
                continue;
            }
            execute(
                &tx,
                "INSERT INTO delivery_failures (seq, destination_id, error, created_at) \
                 VALUES ($1, $2, 'not delivered in time', $3) ON CONFLICT DO NOTHING",
                vec![entry.seq.into(), sleeper.id.into(), before.into()],
            )
            .await?;
        }
        settled.done.retain(|seq| *seq > last.0);
        settled.held.retain(|held| held.seq > last.0);
        execute(
            &tx,
            "UPDATE destinations SET cursor = $2, wake = CASE WHEN wake < $2 THEN $2 ELSE wake END, settled = $3 \
             WHERE id = $1",
            vec![sleeper.id.into(), last.into(), settled.write().into()],
        )
        .await?;
    }
    execute(
        &tx,
        "DELETE FROM outbox_direct WHERE seq <= $1",
        vec![last.into()],
    )
    .await?;
    let gone = execute(&tx, "DELETE FROM outbox WHERE seq <= $1", vec![last.into()]).await?;
    execute(
        &tx,
        "DELETE FROM delivery_failures WHERE seq <= $1 AND created_at < $2",
        vec![last.into(), before.plus_days(-30).into()],
    )
    .await?;
    tx.commit().await?;
    Ok(gone)
}
