//! The categories that this node shares with others, when each is compared, and what came of it.
//!
//! Both sides have a row: the node that follows a category compares it; the category's own node notes what it was asked.
//! Not here: the comparing, which is `parvis-federation`'s.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, QueryOrder, Statement, Value,
};

use crate::db::entity::{comparison, comparison_difference};
use crate::digests::Digest;
use crate::id::ActorId;
use crate::kinds::Comparison as Outcome;
use crate::{Denied, Read, Result, Timestamp, Tx, Viewer};

pub use crate::db::entity::comparison::Model as Comparison;

/// How long whoever compares has without saying that it goes on.
const LEASE_SECONDS: i64 = 15 * 60;
/// A category that was just followed is filled first.
const FIRST_SECONDS: i64 = 60 * 60;
/// After a failure it is tried again, first after so long, then after twice as long, at most after a day.
const AGAIN_SECONDS: i64 = 30 * 60;
/// A server that answers again after a failure is compared with at most so often.
const PAUSE_SECONDS: i64 = 10 * 60;
/// How long a difference that could not be mended is left alone.
const LEFT_ALONE_DAYS: i64 = 7;

/// What came of comparing a category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// In a word.
    pub outcome: Outcome,
    /// Posts that were fetched, changed or taken away here.
    pub found: i32,
    /// Posts that were sent again.
    pub sent: i32,
    /// Conversations that still differ.
    pub remaining: i32,
    /// Requests that it took.
    pub requests: i32,
    /// Why it failed.
    pub error: Option<String>,
    /// When to compare again; none for the usual time.
    pub again_at: Option<Timestamp>,
}

/// A category elsewhere to compare.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Due {
    /// The category.
    pub category_id: ActorId,
    /// Its server.
    pub host: String,
    /// Whether it was compared before, or at least is meant to be.
    pub planned: bool,
}

fn statement(db: &impl Read, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// Categories elsewhere that somebody here follows.
const FOLLOWED: &str = "FROM (SELECT DISTINCT a.id, a.host FROM actors a JOIN follows f ON f.followed_id = a.id \
    JOIN actors l ON l.id = f.follower_id AND l.local WHERE a.kind = 'group' AND NOT a.local \
    AND a.deleted_at IS NULL AND f.state = 'accepted') a \
    LEFT JOIN comparisons c ON c.category_id = a.id AND c.host = a.host";

/// Categories elsewhere to compare now: whose time has come, and those of servers that failed since and answer again.
pub async fn due(db: &impl Read, now: Timestamp, limit: u64) -> Result<Vec<Due>> {
    let sql = format!(
        "SELECT a.id AS category_id, a.host AS host, c.host IS NOT NULL AS planned {FOLLOWED} \
         WHERE (c.lease_until IS NULL OR c.lease_until <= $1) AND (c.host IS NULL OR c.next_at <= $1 \
         OR (c.compared_at <= $2 AND EXISTS (SELECT 1 FROM destinations d WHERE d.host = a.host \
         AND d.error_at > c.compared_at AND d.success_at > d.error_at))) ORDER BY c.next_at LIMIT $3"
    );
    let values = vec![
        now.into(),
        now.plus_seconds(-PAUSE_SECONDS).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    Ok(Due::find_by_statement(statement(db, &sql, values))
        .all(db)
        .await?)
}

/// All categories of a server that somebody here follows.
pub async fn of_server(db: &impl Read, host: &str) -> Result<Vec<Due>> {
    let sql = format!(
        "SELECT a.id AS category_id, a.host AS host, c.host IS NOT NULL AS planned {FOLLOWED} \
         WHERE a.host = $1 ORDER BY a.id"
    );
    Ok(
        Due::find_by_statement(statement(db, &sql, vec![host.into()]))
            .all(db)
            .await?,
    )
}

/// Servers that failed since they compared a category of ours, and answer again: they are asked to compare.
pub async fn back(db: &impl Read, now: Timestamp, limit: u64) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT c.host AS host FROM comparisons c JOIN actors g ON g.id = c.category_id AND g.local \
               WHERE c.asker IS NOT NULL AND c.next_at <= $1 AND c.compared_at <= $2 AND EXISTS (SELECT 1 \
               FROM destinations d WHERE d.host = c.host AND d.error_at > c.compared_at \
               AND d.success_at > d.error_at) LIMIT $3";
    let values = vec![
        now.into(),
        now.plus_seconds(-PAUSE_SECONDS).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let rows = db.query_all_raw(statement(db, sql, values)).await?;
    rows.iter()
        .map(|row| row.try_get("", "host").map_err(Into::into))
        .collect()
}

async fn put(tx: &Tx, category: ActorId, host: &str, next_at: Timestamp) -> Result<()> {
    comparison::Entity::insert(comparison::ActiveModel {
        category_id: Set(category),
        host: Set(host.to_owned()),
        endpoint: Set(None),
        endpoint_at: Set(None),
        asker: Set(None),
        next_at: Set(next_at),
        lease_until: Set(None),
        compared_at: Set(None),
        outcome: Set(None),
        found: Set(0),
        sent: Set(0),
        remaining: Set(0),
        requests: Set(0),
        failures: Set(0),
        error: Set(None),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(tx.c())
    .await?;
    Ok(())
}

/// Plans the first comparison of a category that was just followed.
pub async fn plan(tx: &Tx, category: ActorId, host: &str) -> Result<()> {
    put(tx, category, host, tx.now().plus_seconds(FIRST_SECONDS)).await
}

/// Takes a category for comparing it. None when somebody else does so at the moment.
pub async fn begin(tx: &Tx, category: ActorId, host: &str) -> Result<Option<Comparison>> {
    put(tx, category, host, tx.now()).await?;
    let taken = comparison::Entity::update_many()
        .col_expr(
            comparison::Column::LeaseUntil,
            Expr::value(Some(tx.now().plus_seconds(LEASE_SECONDS))),
        )
        .filter(comparison::Column::CategoryId.eq(category))
        .filter(comparison::Column::Host.eq(host))
        .filter(
            Condition::any()
                .add(comparison::Column::LeaseUntil.is_null())
                .add(comparison::Column::LeaseUntil.lte(tx.now())),
        )
        .exec(tx.c())
        .await?;
    if taken.rows_affected == 0 {
        return Ok(None);
    }
    find(tx.c(), category, host).await
}

/// The row of a category and a server.
pub async fn find(db: &impl Read, category: ActorId, host: &str) -> Result<Option<Comparison>> {
    Ok(comparison::Entity::find_by_id((category, host.to_owned()))
        .one(db)
        .await?)
}

/// Notes where the digests of a category are; none when its document names none.
pub async fn set_endpoint(
    tx: &Tx,
    category: ActorId,
    host: &str,
    endpoint: Option<&str>,
) -> Result<()> {
    comparison::Entity::update_many()
        .col_expr(
            comparison::Column::Endpoint,
            Expr::value(endpoint.unwrap_or_default()),
        )
        .col_expr(comparison::Column::EndpointAt, Expr::value(Some(tx.now())))
        .filter(comparison::Column::CategoryId.eq(category))
        .filter(comparison::Column::Host.eq(host))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Notes what came of a comparison, and when the next one is.
pub async fn finish(tx: &Tx, category: ActorId, host: &str, report: &Report) -> Result<()> {
    let Some(row) = find(tx.c(), category, host).await? else {
        return Ok(());
    };
    let failed = report.outcome == Outcome::Failed;
    let failures = if failed {
        row.failures.saturating_add(1)
    } else {
        0
    };
    let usual = match report.outcome {
        Outcome::Failed => {
            let doubled = AGAIN_SECONDS << failures.clamp(0, 6);
            tx.now().plus_seconds(doubled.min(86_400))
        }
        Outcome::Reread => tx.now().plus_days(7),
        // What was sent has to arrive before it can be told.
        Outcome::Mended if report.sent > 0 => tx.now().plus_seconds(PAUSE_SECONDS),
        Outcome::Same | Outcome::Differs | Outcome::Mended => tx.now().plus_days(1),
    };
    let compared_at = row.compared_at;
    // That both hold the same now is what the last repair has done.
    let after_repair = report.outcome == Outcome::Same
        && matches!(row.outcome, Some(Outcome::Mended | Outcome::Differs));
    let mut row = row.into_active_model();
    row.lease_until = Set(None);
    row.next_at = Set(report.again_at.unwrap_or(usual));
    row.outcome = Set(Some(report.outcome));
    row.failures = Set(failures);
    row.error = Set(report.error.clone());
    row.requests = Set(report.requests);
    row.compared_at = Set(if failed { compared_at } else { Some(tx.now()) });
    if !failed && !after_repair {
        row.found = Set(report.found);
        row.sent = Set(report.sent);
    }
    if !failed {
        row.remaining = Set(report.remaining);
    }
    row.update(tx.c()).await?;
    Ok(())
}

/// Another server compared a category of ours, `asker` having signed: whether it held the same.
pub async fn seen(tx: &Tx, category: ActorId, host: &str, asker: &str, same: bool) -> Result<()> {
    put(tx, category, host, tx.now()).await?;
    let outcome = if same {
        Outcome::Same
    } else {
        Outcome::Differs
    };
    comparison::Entity::update_many()
        .col_expr(comparison::Column::Asker, Expr::value(asker))
        .col_expr(comparison::Column::Outcome, Expr::value(Some(outcome)))
        .col_expr(comparison::Column::ComparedAt, Expr::value(Some(tx.now())))
        .filter(comparison::Column::CategoryId.eq(category))
        .filter(comparison::Column::Host.eq(host))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// A server was asked to compare our categories: not again for a while.
pub async fn asked(tx: &Tx, host: &str) -> Result<()> {
    comparison::Entity::update_many()
        .col_expr(
            comparison::Column::NextAt,
            Expr::value(tx.now().plus_seconds(FIRST_SECONDS)),
        )
        .filter(comparison::Column::Host.eq(host))
        .filter(comparison::Column::Asker.is_not_null())
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Has the categories shared with a server compared at once. Administrators.
pub async fn hasten(tx: &Tx, viewer: &Viewer, host: &str) -> Result<()> {
    if !viewer.is_admin() {
        return Err(Denied::NotAdmin.into());
    }
    for due in of_server(tx.c(), host).await? {
        advance(tx, due.category_id, host).await?;
    }
    tx.leaves_work();
    Ok(())
}

/// Has a category compared at once.
pub async fn advance(tx: &Tx, category: ActorId, host: &str) -> Result<()> {
    put(tx, category, host, tx.now()).await?;
    comparison::Entity::update_many()
        .col_expr(comparison::Column::NextAt, Expr::value(tx.now()))
        .filter(comparison::Column::CategoryId.eq(category))
        .filter(comparison::Column::Host.eq(host))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// The node begins to work after a stop: what was to be compared within a day is compared soon.
pub async fn hasten_all(tx: &Tx, since: Timestamp) -> Result<()> {
    comparison::Entity::update_many()
        .col_expr(comparison::Column::NextAt, Expr::value(tx.now()))
        .filter(comparison::Column::ComparedAt.lt(since))
        .filter(comparison::Column::Failures.eq(0))
        .filter(comparison::Column::Asker.is_null())
        .exec(tx.c())
        .await?;
    Ok(())
}

/// What came of the last comparisons, by server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The worst of its categories.
    pub outcome: Outcome,
    /// When the one was compared that was longest ago.
    pub at: Option<Timestamp>,
    /// Posts found, in all.
    pub found: i64,
    /// Posts sent again, in all.
    pub sent: i64,
    /// Conversations that still differ, in all.
    pub remaining: i64,
    /// Categories.
    pub categories: usize,
    /// Why one failed.
    pub error: Option<String>,
}

fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Same => 0,
        Outcome::Reread => 1,
        Outcome::Mended => 2,
        Outcome::Differs => 3,
        Outcome::Failed => 4,
    }
}

/// What came of the comparisons of these rows; none when there was none yet.
pub fn summary(rows: &[Comparison]) -> Option<Summary> {
    let done = || rows.iter().filter(|row| row.outcome.is_some());
    let worst = done().max_by_key(|row| row.outcome.map_or(0, badness))?;
    let sum = |number: fn(&Comparison) -> i32| done().map(|row| i64::from(number(row))).sum();
    Some(Summary {
        outcome: worst.outcome?,
        at: done().filter_map(|row| row.compared_at).min(),
        found: sum(|row| row.found),
        sent: sum(|row| row.sent),
        remaining: sum(|row| row.remaining),
        categories: done().count(),
        error: worst.error.clone(),
    })
}

/// The comparisons with these servers.
pub async fn with(db: &impl Read, hosts: &[String]) -> Result<HashMap<String, Vec<Comparison>>> {
    let rows = comparison::Entity::find()
        .filter(comparison::Column::Host.is_in(hosts.iter().map(String::as_str)))
        .order_by_asc(comparison::Column::CategoryId)
        .all(db)
        .await?;
    let mut by_host: HashMap<String, Vec<Comparison>> = HashMap::new();
    for row in rows {
        by_host.entry(row.host.clone()).or_default().push(row);
    }
    Ok(by_host)
}

/// Conversations that stayed different, with the digests there and here. Those of long ago are left out.
pub async fn differences(
    tx: &Tx,
    category: ActorId,
    host: &str,
) -> Result<HashMap<Digest, (Digest, Digest)>> {
    comparison_difference::Entity::delete_many()
        .filter(comparison_difference::Column::CategoryId.eq(category))
        .filter(comparison_difference::Column::Host.eq(host))
        .filter(comparison_difference::Column::SeenAt.lt(tx.now().plus_days(-LEFT_ALONE_DAYS)))
        .exec(tx.c())
        .await?;
    let rows = comparison_difference::Entity::find()
        .filter(comparison_difference::Column::CategoryId.eq(category))
        .filter(comparison_difference::Column::Host.eq(host))
        .all(tx.c())
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let name = Digest::parse(&row.conversation)?;
            Some((
                name,
                (Digest::parse(&row.theirs)?, Digest::parse(&row.ours)?),
            ))
        })
        .collect())
}

/// Notes a conversation that stayed different.
pub async fn leave(
    tx: &Tx,
    category: ActorId,
    host: &str,
    name: Digest,
    theirs: Digest,
    ours: Digest,
) -> Result<()> {
    comparison_difference::Entity::insert(comparison_difference::ActiveModel {
        category_id: Set(category),
        host: Set(host.to_owned()),
        conversation: Set(name.to_string()),
        theirs: Set(theirs.to_string()),
        ours: Set(ours.to_string()),
        seen_at: Set(tx.now()),
    })
    .on_conflict(
        OnConflict::columns([
            comparison_difference::Column::CategoryId,
            comparison_difference::Column::Host,
            comparison_difference::Column::Conversation,
        ])
        .update_columns([
            comparison_difference::Column::Theirs,
            comparison_difference::Column::Ours,
            comparison_difference::Column::SeenAt,
        ])
        .to_owned(),
    )
    .exec_without_returning(tx.c())
    .await?;
    Ok(())
}
