//! What can be told of deliveries: how far behind a host is, whom a post reached; and forgetting old entries.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::{Settled, execute, forum_host, statement};
use crate::entity::kinds::Reach;
use crate::entity::{delivery_failure, destination, outbox};
use crate::id::{DestinationId, PostId, Seq};
use crate::time::Timestamp;
use crate::{Db, Read};

/// How much a destination has not received yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Entries.
    pub count: u64,
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

/// How far behind a destination is. `forum` as for [`super::wanted`].
pub async fn backlog(
    db: &impl Read,
    destination: &destination::Model,
    forum: bool,
) -> Result<Backlog, DbErr> {
    if destination.wake <= destination.cursor {
        return Ok(Backlog::default());
    }
    let done = Settled::read(&destination.settled).done;
    let waiting = super::wanted(
        db,
        destination,
        destination.cursor,
        destination.wake,
        forum,
        1_000_000,
    )
    .await?;
    let mut backlog = Backlog::default();
    for entry in waiting {
        if !done.contains(&entry.seq.0) {
            backlog.count += 1;
            backlog.oldest.get_or_insert(entry.created_at);
        }
    }
    Ok(backlog)
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
    let entries = outbox::Entity::find()
        .filter(outbox::Column::PostId.eq(post))
        .filter(outbox::Column::Kind.is_in(["Create", "Announce"]))
        .order_by_asc(outbox::Column::Seq)
        .all(db)
        .await?;
    let mut hosts: BTreeMap<String, Option<bool>> = BTreeMap::new();
    for entry in entries {
        for (destination, refused) in concerned(db, &entry, forums).await? {
            let settled = destination.cursor >= entry.seq
                || Settled::read(&destination.settled)
                    .done
                    .contains(&entry.seq.0);
            let fate = settled.then_some(!refused);
            let known = hosts.entry(destination.host).or_insert(fate);
            if fate == Some(true) || (known.is_some() && fate.is_none() && *known != Some(true)) {
                *known = fate;
            }
        }
    }
    let mut reach = PostReach::default();
    for (host, fate) in hosts {
        match fate {
            Some(true) => reach.delivered.push(host),
            Some(false) => reach.refused.push(host),
            None => reach.waiting.push(host),
        }
    }
    Ok(reach)
}

/// The destinations that an entry concerns, and whether each refused it.
async fn concerned(
    db: &impl Read,
    entry: &outbox::Model,
    forums: &[&str],
) -> Result<Vec<(destination::Model, bool)>, DbErr> {
    let among = match entry.reach {
        Reach::All => String::new(),
        Reach::Forums => format!(" AND {}", forum_host("destinations.host", forums)),
        Reach::Microblogs => format!(" AND NOT {}", forum_host("destinations.host", forums)),
    };
    let rows = destination::Entity::find()
        .from_raw_sql(statement(
            db,
            &format!(
                "SELECT * FROM destinations WHERE id IN (SELECT destination_id FROM outbox_direct WHERE seq = $1) \
                 OR (id IN (SELECT destination_id FROM interests WHERE actor_id = $2 AND since < $1){among}) \
                 ORDER BY id"
            ),
            vec![entry.seq.into(), entry.audience_id.into()],
        ))
        .all(db)
        .await?;
    let refused: Vec<DestinationId> = delivery_failure::Entity::find()
        .filter(delivery_failure::Column::Seq.eq(entry.seq))
        .all(db)
        .await?
        .into_iter()
        .map(|failure| failure.destination_id)
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let refused = refused.contains(&row.id);
            (row, refused)
        })
        .collect())
}

/// Forgets entries older than `before`, but none that a destination which is awake still waits for. What one that is
/// asleep or fails for long would have received is noted as given up. How many entries went.
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
             AND state IN ('live', 'backoff')",
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
            "SELECT * FROM destinations WHERE state = 'asleep' AND wake > cursor AND cursor < $1",
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
