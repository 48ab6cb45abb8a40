//! What the queues have given up, for an administrator to look at: activities received that could not be applied, and
//! deliveries that a server doesn't take. Each can be tried again or dropped; what was decided stays written.

use std::fmt;
use std::str::FromStr;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QuerySelect, Statement, Value,
};

use super::outbox::{self, NewEntry, Settled};
use crate::entity::kinds::{DestinationState, QueueState, Reach};
use crate::entity::{delivery_failure, destination, inbox};
use crate::id::{DestinationId, InboxId, PostId, Seq};
use crate::time::Timestamp;
use crate::{Read, Tx};

/// Names something that was set aside: `in-7`, `out-12-99`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetAsideId {
    /// An activity received.
    Inbox(InboxId),
    /// A delivery: which entry of the log, and where to.
    Delivery(Seq, DestinationId),
}

impl fmt::Display for SetAsideId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inbox(id) => write!(f, "in-{}", id.0),
            Self::Delivery(seq, to) => write!(f, "out-{}-{}", seq.0, to.0),
        }
    }
}

/// The text names nothing that can be set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchForm;

impl FromStr for SetAsideId {
    type Err = NoSuchForm;

    fn from_str(text: &str) -> Result<Self, NoSuchForm> {
        let number = |text: &str| text.parse::<i64>().map_err(|_| NoSuchForm);
        if let Some(id) = text.strip_prefix("in-") {
            return Ok(Self::Inbox(InboxId(number(id)?)));
        }
        let rest = text.strip_prefix("out-").ok_or(NoSuchForm)?;
        let (seq, to) = rest.split_once('-').ok_or(NoSuchForm)?;
        Ok(Self::Delivery(
            Seq(number(seq)?),
            DestinationId(number(to)?),
        ))
    }
}

/// Something that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Which.
    pub id: SetAsideId,
    /// The other server.
    pub host: String,
    /// Id of the activity.
    pub activity_uri: Option<String>,
    /// The post that it carries, when that is known.
    pub post: Option<PostId>,
    /// What was received or is to be sent; none when the log has forgotten it.
    pub body: Option<String>,
    /// Where to, for a delivery.
    pub inbox: Option<String>,
    /// How often it was tried, for what was received.
    pub attempts: Option<i32>,
    /// Answer of the server, for a delivery.
    pub status: Option<i32>,
    /// Why, in words.
    pub error: String,
    /// When.
    pub at: Timestamp,
}

/// What came of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is done.
    Yes,
    /// There is no such thing, or it was decided about.
    Absent,
    /// It can't be tried again: the log has forgotten it, or the inbox is gone.
    Impossible,
}

#[derive(FromQueryResult)]
struct Row {
    seq: Seq,
    destination_id: DestinationId,
    status: Option<i32>,
    error: String,
    created_at: Timestamp,
    inbox: String,
    host: String,
    activity_uri: Option<String>,
    post_id: Option<PostId>,
    body: Option<String>,
}

impl From<Row> for SetAside {
    fn from(row: Row) -> Self {
        Self {
            id: SetAsideId::Delivery(row.seq, row.destination_id),
            host: row.host,
            activity_uri: row.activity_uri,
            post: row.post_id,
            body: row.body,
            inbox: Some(row.inbox),
            attempts: None,
            status: row.status,
            error: row.error,
            at: row.created_at,
        }
    }
}

impl From<inbox::Model> for SetAside {
    fn from(row: inbox::Model) -> Self {
        Self {
            id: SetAsideId::Inbox(row.id),
            host: row.host,
            activity_uri: Some(row.activity_uri),
            post: None,
            body: Some(row.body),
            inbox: None,
            attempts: Some(row.attempts),
            status: None,
            error: row.error.unwrap_or_default(),
            at: row.received_at,
        }
    }
}

/// Where a list goes on: after this thing, which came at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// When it was set aside.
    pub at: Timestamp,
    /// Which.
    pub id: SetAsideId,
}

fn statement(db: &impl Read, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

const DELIVERY: &str = "SELECT f.seq, f.destination_id, f.status, f.error, f.created_at, d.inbox, d.host, \
    o.activity_uri, o.post_id, o.body FROM delivery_failures f JOIN destinations d ON d.id = f.destination_id \
    LEFT JOIN outbox o ON o.seq = f.seq WHERE f.decision IS NULL";

/// What is set aside, newest first: of one server, or of all; at most `limit` of it.
pub async fn list(
    db: &impl Read,
    host: Option<&str>,
    after: Option<After>,
    limit: u64,
) -> Result<Vec<SetAside>, DbErr> {
    // Of one moment, what was received comes after what was to be sent.
    let (at, seq, to, id) = match after {
        None => (i64::MAX, i64::MAX, i64::MAX, i64::MAX),
        Some(After { at, id }) => match id {
            SetAsideId::Delivery(seq, to) => (at.0, seq.0, to.0, i64::MAX),
            SetAsideId::Inbox(id) => (at.0, 0, 0, id.0),
        },
    };
    let deliveries = Row::find_by_statement(statement(
        db,
        &format!(
            "{DELIVERY} AND (f.created_at, f.seq, f.destination_id) < ($1, $2, $3) {} \
             ORDER BY f.created_at DESC, f.seq DESC, f.destination_id DESC LIMIT {limit}",
            if host.is_some() {
                "AND d.host = $4"
            } else {
                ""
            }
        ),
        [
            Some(at.into()),
            Some(seq.into()),
            Some(to.into()),
            host.map(Into::into),
        ]
        .into_iter()
        .flatten()
        .collect(),
    ))
    .all(db)
    .await?;
    let received = inbox::Entity::find()
        .from_raw_sql(statement(
            db,
            &format!(
                "SELECT * FROM inbox WHERE state = 'dead' AND (received_at, id) < ($1, $2) {} \
                 ORDER BY received_at DESC, id DESC LIMIT {limit}",
                if host.is_some() { "AND host = $3" } else { "" }
            ),
            [Some(at.into()), Some(id.into()), host.map(Into::into)]
                .into_iter()
                .flatten()
                .collect(),
        ))
        .all(db)
        .await?;
    let mut all: Vec<SetAside> = deliveries.into_iter().map(SetAside::from).collect();
    all.extend(received.into_iter().map(SetAside::from));
    // Stable: deliveries stay before what was received at the same moment.
    all.sort_by_key(|item| std::cmp::Reverse(item.at));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

/// One thing that is set aside.
pub async fn find(db: &impl Read, id: SetAsideId) -> Result<Option<SetAside>, DbErr> {
    Ok(match id {
        SetAsideId::Inbox(id) => inbox::Entity::find_by_id(id)
            .filter(inbox::Column::State.eq(QueueState::Dead))
            .one(db)
            .await?
            .map(SetAside::from),
        SetAsideId::Delivery(seq, to) => Row::find_by_statement(statement(
            db,
            &format!("{DELIVERY} AND f.seq = $1 AND f.destination_id = $2"),
            vec![seq.into(), to.into()],
        ))
        .one(db)
        .await?
        .map(SetAside::from),
    })
}

/// Tries something again. What was received is ready once more, with all its tries; a delivery gets a place of its own
/// at the end of the log, for that inbox alone.
pub async fn retry(
    tx: &Tx,
    id: SetAsideId,
    now: Timestamp,
    forums: &[&str],
) -> Result<Decided, DbErr> {
    match id {
        SetAsideId::Inbox(id) => revive(tx, id, now).await,
        SetAsideId::Delivery(seq, to) => send_again(tx, seq, to, now, forums).await,
    }
}

async fn revive(tx: &Tx, id: InboxId, now: Timestamp) -> Result<Decided, DbErr> {
    let updated = inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(QueueState::Ready))
        .col_expr(inbox::Column::Attempts, Expr::value(0))
        .col_expr(inbox::Column::NextAt, Expr::value(now))
        .filter(inbox::Column::Id.eq(id))
        .filter(inbox::Column::State.eq(QueueState::Dead))
        .exec(tx)
        .await?;
    Ok(if updated.rows_affected > 0 {
        Decided::Yes
    } else {
        Decided::Absent
    })
}

async fn send_again(
    tx: &Tx,
    seq: Seq,
    to: DestinationId,
    now: Timestamp,
    forums: &[&str],
) -> Result<Decided, DbErr> {
    outbox::lock(tx).await?;
    if !decide(tx, seq, to, "retried", now).await? {
        return Ok(Decided::Absent);
    }
    let there = destination::Entity::find_by_id(to).one(tx).await?;
    let entry = crate::entity::outbox::Entity::find_by_id(seq)
        .one(tx)
        .await?;
    let (Some(there), Some(entry)) = (there, entry) else {
        return Ok(Decided::Impossible);
    };
    if there.state == DestinationState::Gone {
        return Ok(Decided::Impossible);
    }
    let again = NewEntry {
        // The column must be of its own; what is sent has the id that it had.
        activity_uri: format!("{}#again-{}-{}-{}", entry.activity_uri, seq.0, to.0, now.0),
        actor: entry.actor_id,
        ordering_key: entry.ordering_key,
        audience: None,
        reach: Reach::All,
        kind: entry.kind,
        post: entry.post_id,
        body: entry.body,
        direct: vec![to],
    };
    outbox::append(tx, again, now, forums).await?;
    Ok(Decided::Yes)
}

/// Drops something. That it was dropped stays written.
pub async fn discard(tx: &Tx, id: SetAsideId, now: Timestamp) -> Result<Decided, DbErr> {
    let dropped = match id {
        SetAsideId::Inbox(id) => {
            let updated = inbox::Entity::update_many()
                .col_expr(inbox::Column::State, Expr::value(QueueState::Done))
                .col_expr(inbox::Column::NextAt, Expr::value(now))
                .col_expr(inbox::Column::Body, Expr::value("{}"))
                .col_expr(
                    inbox::Column::Error,
                    Expr::value("dropped by an administrator"),
                )
                .filter(inbox::Column::Id.eq(id))
                .filter(inbox::Column::State.eq(QueueState::Dead))
                .exec(tx)
                .await?;
            updated.rows_affected > 0
        }
        SetAsideId::Delivery(seq, to) => decide(tx, seq, to, "dropped", now).await?,
    };
    Ok(if dropped {
        Decided::Yes
    } else {
        Decided::Absent
    })
}

async fn decide(
    tx: &Tx,
    seq: Seq,
    to: DestinationId,
    decision: &str,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let updated = delivery_failure::Entity::update_many()
        .col_expr(delivery_failure::Column::Decision, Expr::value(decision))
        .col_expr(delivery_failure::Column::DecidedAt, Expr::value(now))
        .filter(delivery_failure::Column::Seq.eq(seq))
        .filter(delivery_failure::Column::DestinationId.eq(to))
        .filter(delivery_failure::Column::Decision.is_null())
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Sets aside the first entry that each inbox of a host waits for, and tries the rest at once. A worker that has the
/// inbox in hand loses it. Answers what was set aside.
pub async fn skip_first(
    tx: &Tx,
    host: &str,
    forum: bool,
    now: Timestamp,
) -> Result<Vec<SetAsideId>, DbErr> {
    let mut query = destination::Entity::find()
        .filter(destination::Column::Host.eq(host))
        .filter(destination::Column::State.ne(DestinationState::Gone));
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        query = query.lock_exclusive();
    }
    let mut skipped = Vec::new();
    for row in query.all(tx).await? {
        let mut settled = Settled::read(&row.settled);
        let first = outbox::first_waiting(tx, &row, &settled, forum).await?;
        let Some(first) = first else {
            continue;
        };
        settled.done.insert(first.0);
        settled.held.retain(|held| held.seq != first.0);
        let error = row.error.as_deref().unwrap_or("no error yet");
        tx.execute_raw(statement(
            tx,
            "UPDATE destinations SET settled = $2, next_at = $3, lease_owner = NULL, lease_until = NULL WHERE id = $1",
            vec![row.id.into(), settled.write().into(), now.into()],
        ))
        .await?;
        tx.execute_raw(statement(
            tx,
            "INSERT INTO delivery_failures (seq, destination_id, error, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
            vec![
                first.into(),
                row.id.into(),
                format!("skipped by an administrator; last error: {error}").into(),
                now.into(),
            ],
        ))
        .await?;
        skipped.push(SetAsideId::Delivery(first, row.id));
    }
    Ok(skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for id in [
            SetAsideId::Inbox(InboxId(7)),
            SetAsideId::Delivery(Seq(12), DestinationId(99)),
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "7", "in-", "in-x", "out-1", "out-1-", "out--1"] {
            assert_eq!(text.parse::<SetAsideId>(), Err(NoSuchForm), "{text}");
        }
    }
}
