//! How full the queues are, for figures that are read every few seconds: bounded queries over indexes.

use sea_orm::{DbErr, FromQueryResult, Statement};

use crate::time::Timestamp;
use crate::{Db, Engine, Read};

/// Waiting entries are counted up to here.
const MOST: u64 = 100_000;

/// A part of a queue.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Depth {
    /// Which part: the state.
    pub state: String,
    /// How many there are.
    pub count: i64,
    /// When the oldest of them came.
    pub oldest: Option<Timestamp>,
}

/// How full the queues are.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Activities received: `ready`, and `dead` for those set aside.
    pub inbox: Vec<Depth>,
    /// Deliveries that wait, by the state of their destination (`live`, `backoff`, `asleep`, `paused`), counted up to a
    /// hundred thousand in all.
    pub outbox: Vec<Depth>,
    /// Deliveries set aside, not decided about.
    pub set_aside: i64,
    /// Jobs: `ready`, and `dead` for those set aside.
    pub jobs: Vec<Depth>,
}

/// Connections to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Open.
    pub open: u32,
    /// Open, and in nobody's hands.
    pub idle: usize,
}

/// How full the queues are now. `forums` names the software that receives what is sent to forums.
pub async fn figures(db: &impl Read, forums: &[&str]) -> Result<Figures, DbErr> {
    let depths = async |sql: &str| {
        Depth::find_by_statement(Statement::from_string(db.get_database_backend(), sql))
            .all(db)
            .await
    };
    let forum = super::outbox::forum_host("d.host", forums);
    let row = db
        .query_one_raw(Statement::from_string(
            db.get_database_backend(),
            "SELECT COUNT(*) AS count FROM delivery_failures WHERE decision IS NULL",
        ))
        .await?;
    Ok(Figures {
        inbox: depths(
            "SELECT state, COUNT(*) AS count, MIN(received_at) AS oldest FROM inbox \
             WHERE state IN ('ready', 'dead') GROUP BY state",
        )
        .await?,
        outbox: depths(&format!(
            "SELECT state, COUNT(*) AS count, MIN(created_at) AS oldest FROM (SELECT waiting.state, o.created_at FROM \
             (SELECT d.id, d.host, d.cursor, d.wake, CASE WHEN i.paused_at IS NULL THEN d.state ELSE 'paused' END \
             AS state FROM destinations d LEFT JOIN instances i ON i.host = d.host \
             WHERE d.wake > d.cursor AND d.state <> 'gone') AS waiting \
             JOIN (SELECT x.destination_id, x.seq FROM outbox_direct x JOIN destinations d ON d.id = x.destination_id \
             WHERE x.seq > d.cursor AND d.wake > d.cursor UNION \
             SELECT n.destination_id, o.seq FROM destinations d JOIN interests n ON n.destination_id = d.id \
             JOIN outbox o ON o.audience_id = n.actor_id AND o.seq > n.since AND o.seq > d.cursor \
             AND (o.reach = 'all' OR (o.reach = 'forums') = {forum}) WHERE d.wake > d.cursor) AS w \
             ON w.destination_id = waiting.id JOIN outbox o ON o.seq = w.seq LIMIT {MOST}) AS counted GROUP BY state"
        ))
        .await?,
        set_aside: match row {
            Some(row) => row.try_get("", "count")?,
            None => 0,
        },
        jobs: depths(
            "SELECT state, COUNT(*) AS count, MIN(next_at) AS oldest FROM jobs \
             WHERE state IN ('ready', 'dead') GROUP BY state",
        )
        .await?,
    })
}

impl Db {
    /// The connections for reading and for writing; on PostgreSQL they are the same.
    pub fn pools(&self) -> [Pool; 2] {
        match self.engine() {
            Engine::Sqlite {
                readers, writer, ..
            } => [readers, writer].map(|connections| {
                let (open, idle) = connections.figures();
                let open = u32::try_from(open).unwrap_or(u32::MAX);
                Pool { open, idle }
            }),
            Engine::Postgres(pool) => {
                let pool = pool.get_postgres_connection_pool();
                [(); 2].map(|()| Pool {
                    open: pool.size(),
                    idle: pool.num_idle(),
                })
            }
        }
    }
}
