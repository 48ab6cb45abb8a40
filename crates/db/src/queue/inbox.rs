//! Journal of verified activities: written before their 202, processed after it.
//!
//! One row per activity id. Rows with one ordering key are processed in their order, others at the same time. A row that
//! waits to be tried again holds back nothing: what comes too early is remembered as a mark (`marked`, `mark`).

use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, UpdateMany,
};

use crate::entity::kinds::QueueState;
use crate::entity::{inbox, marker};
use crate::id::InboxId;
use crate::time::Timestamp;
use crate::{Db, Read, Tx};

pub use crate::entity::inbox::Model as Item;

/// An activity to write down.
#[derive(Clone, Copy, Debug)]
pub struct NewItem<'a> {
    /// De-duplication key: the activity's id, or what stands for it.
    pub activity_uri: &'a str,
    /// Who signed the request.
    pub signer_uri: &'a str,
    /// Host of the signer.
    pub host: &'a str,
    /// Items with one key are processed in order.
    pub ordering_key: &'a str,
    /// As received.
    pub body: &'a str,
}

/// How many activities one statement writes down, largest first: few different statements, each prepared once.
const TOGETHER: [usize; 4] = [64, 16, 4, 1];

/// Writes an activity down. False when one with its key is there already, be it done.
pub async fn append(tx: &Tx, now: Timestamp, new: NewItem<'_>) -> Result<bool, DbErr> {
    Ok(append_all(tx, now, &[new]).await? > 0)
}

/// Writes activities down, in their order; how many of them were not there already.
pub async fn append_all(tx: &Tx, now: Timestamp, new: &[NewItem<'_>]) -> Result<u64, DbErr> {
    let mut rest = new;
    let mut added = 0;
    while !rest.is_empty() {
        let size = TOGETHER
            .into_iter()
            .find(|size| *size <= rest.len())
            .unwrap_or(1);
        let (some, others) = rest.split_at(size);
        rest = others;
        added += inbox::Entity::insert_many(some.iter().map(|new| row(now, *new)))
            .on_conflict(
                OnConflict::column(inbox::Column::ActivityUri)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
    }
    Ok(added)
}

fn row(now: Timestamp, new: NewItem<'_>) -> inbox::ActiveModel {
    inbox::ActiveModel {
        id: NotSet,
        activity_uri: Set(new.activity_uri.to_owned()),
        signer_uri: Set(new.signer_uri.to_owned()),
        host: Set(new.host.to_owned()),
        ordering_key: Set(new.ordering_key.to_owned()),
        body: Set(new.body.to_owned()),
        received_at: Set(now),
        state: Set(QueueState::Ready),
        attempts: Set(0),
        next_at: Set(now),
        lease_owner: Set(None),
        lease_until: Set(None),
        error: Set(None),
        released_at: Set(None),
    }
}

/// What may be taken now: due, not held by anybody, and with nothing before it under the same key that is due or held.
fn due(now: Timestamp) -> Condition {
    let earlier = Alias::new("earlier");
    let of_earlier = |column: inbox::Column| Expr::col((Alias::new("earlier"), column));
    let before = Query::select()
        .expr(Expr::val(1))
        .from_as(inbox::Entity, earlier)
        .and_where(
            of_earlier(inbox::Column::OrderingKey)
                .equals((inbox::Entity, inbox::Column::OrderingKey)),
        )
        .and_where(of_earlier(inbox::Column::Id).lt(Expr::col((inbox::Entity, inbox::Column::Id))))
        .and_where(of_earlier(inbox::Column::State).eq(QueueState::Ready))
        .and_where(of_earlier(inbox::Column::NextAt).lte(now))
        .to_owned();
    Condition::all()
        .add(inbox::Column::State.eq(QueueState::Ready))
        .add(inbox::Column::NextAt.lte(now))
        .add(
            Condition::any()
                .add(inbox::Column::LeaseUntil.is_null())
                .add(inbox::Column::LeaseUntil.lte(now)),
        )
        .add(Expr::exists(before).not())
}

/// Takes at most `limit` items for `owner` until `until`, those first that are due longest; counts the try. Those of a worker whose lease
/// ran out are taken over.
pub async fn claim(
    db: &Db,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
    limit: u64,
) -> Result<Vec<Item>, DbErr> {
    let find = || {
        inbox::Entity::find()
            .filter(due(now))
            .order_by_asc(inbox::Column::NextAt)
            .order_by_asc(inbox::Column::Id)
            .limit(limit)
    };
    // The one writer of SQLite is not disturbed for nothing.
    if find().limit(1).one(db).await?.is_none() {
        return Ok(Vec::new());
    }
    let tx = db.begin_deferred().await?;
    let mut query = find();
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        query = query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let mut items = query.all(&tx).await?;
    inbox::Entity::update_many()
        .col_expr(inbox::Column::LeaseOwner, Expr::value(owner))
        .col_expr(inbox::Column::LeaseUntil, Expr::value(until))
        .col_expr(
            inbox::Column::Attempts,
            Expr::col(inbox::Column::Attempts).add(1),
        )
        .filter(inbox::Column::Id.is_in(items.iter().map(|item| item.id)))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    for item in &mut items {
        item.attempts += 1;
        item.lease_owner = Some(owner.to_owned());
        item.lease_until = Some(until);
    }
    Ok(items)
}

fn held(owner: &str, id: InboxId) -> Condition {
    Condition::all()
        .add(inbox::Column::Id.eq(id))
        .add(inbox::Column::State.eq(QueueState::Ready))
        .add(inbox::Column::LeaseOwner.eq(owner))
}

/// Marks an item as done, with a note when it had no effect. False when `owner` holds it no longer: then undo the
/// transaction.
pub async fn done(
    tx: &Tx,
    owner: &str,
    now: Timestamp,
    id: InboxId,
    note: Option<&str>,
) -> Result<bool, DbErr> {
    let updated = as_done(owner, now, id, note).exec(tx).await?;
    Ok(updated.rows_affected > 0)
}

/// The same with what is written next, or with the commit, which fails with [`DbErr::RecordNotUpdated`] when `owner` holds it
/// no longer.
pub async fn done_later(tx: &Tx, owner: &str, now: Timestamp, id: InboxId) -> Result<(), DbErr> {
    tx.later_one(as_done(owner, now, id, None)).await
}

fn as_done(
    owner: &str,
    now: Timestamp,
    id: InboxId,
    note: Option<&str>,
) -> UpdateMany<inbox::Entity> {
    inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(QueueState::Done))
        .col_expr(inbox::Column::NextAt, Expr::value(now))
        .col_expr(inbox::Column::Body, Expr::value("{}"))
        .col_expr(
            inbox::Column::Error,
            Expr::value(note.map(ToOwned::to_owned)),
        )
        .col_expr(inbox::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(inbox::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(held(owner, id))
}

/// Gives an item back, to be tried again not before `at`. False when `owner` holds it no longer.
pub async fn retry_at(
    tx: &Tx,
    owner: &str,
    id: InboxId,
    at: Timestamp,
    error: &str,
) -> Result<bool, DbErr> {
    let updated = inbox::Entity::update_many()
        .col_expr(inbox::Column::NextAt, Expr::value(at))
        .col_expr(inbox::Column::Error, Expr::value(error))
        .col_expr(inbox::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(inbox::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(held(owner, id))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Sets an item aside for an administrator to look at. False when `owner` holds it no longer.
pub async fn dead(tx: &Tx, owner: &str, id: InboxId, error: &str) -> Result<bool, DbErr> {
    put_by(tx, owner, id, QueueState::Dead, error).await
}

/// Keeps an item for a moderator to decide on, its server being limited. False when `owner` holds it no longer.
pub async fn hold(tx: &Tx, owner: &str, id: InboxId, why: &str) -> Result<bool, DbErr> {
    put_by(tx, owner, id, QueueState::Held, why).await
}

async fn put_by(
    tx: &Tx,
    owner: &str,
    id: InboxId,
    state: QueueState,
    why: &str,
) -> Result<bool, DbErr> {
    let updated = inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(state))
        .col_expr(inbox::Column::Error, Expr::value(why))
        .col_expr(inbox::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(inbox::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(held(owner, id))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Items that wait for a moderator, oldest first, after the item `after`.
pub async fn held_ones(
    db: &impl Read,
    after: Option<InboxId>,
    limit: u64,
) -> Result<Vec<Item>, DbErr> {
    let mut query = inbox::Entity::find()
        .filter(inbox::Column::State.eq(QueueState::Held))
        .order_by_asc(inbox::Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(inbox::Column::Id.gt(after));
    }
    query.all(db).await
}

fn waits(id: InboxId) -> Condition {
    Condition::all()
        .add(inbox::Column::Id.eq(id))
        .add(inbox::Column::State.eq(QueueState::Held))
}

/// Lets an item through that waited for a moderator: it is applied as if it had just come. Answers it; none when it doesn't
/// wait.
pub async fn let_through(tx: &Tx, now: Timestamp, id: InboxId) -> Result<Option<Item>, DbErr> {
    let item = inbox::Entity::find().filter(waits(id)).one(tx).await?;
    inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(QueueState::Ready))
        .col_expr(inbox::Column::Attempts, Expr::value(0))
        .col_expr(inbox::Column::NextAt, Expr::value(now))
        .col_expr(inbox::Column::ReleasedAt, Expr::value(Some(now)))
        .col_expr(inbox::Column::Error, Expr::value(None::<String>))
        .filter(waits(id))
        .exec(tx)
        .await?;
    Ok(item)
}

/// Gives up an item that waited for a moderator. Answers it; none when it doesn't wait.
pub async fn turn_away(
    tx: &Tx,
    now: Timestamp,
    id: InboxId,
    why: &str,
) -> Result<Option<Item>, DbErr> {
    let item = inbox::Entity::find().filter(waits(id)).one(tx).await?;
    inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(QueueState::Done))
        .col_expr(inbox::Column::NextAt, Expr::value(now))
        .col_expr(inbox::Column::Body, Expr::value("{}"))
        .col_expr(inbox::Column::Error, Expr::value(why))
        .filter(waits(id))
        .exec(tx)
        .await?;
    Ok(item)
}

/// Lets go of what a worker holds, when it stops.
pub async fn release(tx: &Tx, owner: &str) -> Result<u64, DbErr> {
    let updated = inbox::Entity::update_many()
        .col_expr(inbox::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(inbox::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(inbox::Column::State.eq(QueueState::Ready))
        .filter(inbox::Column::LeaseOwner.eq(owner))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected)
}

/// When the next item is due. None when nothing waits.
pub async fn next_due(db: &impl Read) -> Result<Option<Timestamp>, DbErr> {
    Ok(inbox::Entity::find()
        .filter(inbox::Column::State.eq(QueueState::Ready))
        .order_by_asc(inbox::Column::NextAt)
        .limit(100)
        .all(db)
        .await?
        .into_iter()
        .map(|item| item.next_at.latest(item.lease_until.unwrap_or_default()))
        .min())
}

/// The item with this key.
pub async fn find(db: &impl Read, activity_uri: &str) -> Result<Option<Item>, DbErr> {
    inbox::Entity::find()
        .filter(inbox::Column::ActivityUri.eq(activity_uri))
        .one(db)
        .await
}

/// How many items are in a state.
pub async fn count(db: &impl Read, state: QueueState) -> Result<u64, DbErr> {
    inbox::Entity::find()
        .filter(inbox::Column::State.eq(state))
        .count(db)
        .await
}

/// Whether at least `limit` items wait to be applied.
pub async fn is_deep(db: &impl Read, limit: u64) -> Result<bool, DbErr> {
    let found = inbox::Entity::find()
        .select_only()
        .column(inbox::Column::Id)
        .filter(inbox::Column::State.eq(QueueState::Ready))
        .order_by_asc(inbox::Column::NextAt)
        .order_by_asc(inbox::Column::Id)
        .offset(limit.saturating_sub(1))
        .limit(1)
        .into_tuple::<InboxId>()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Hosts of which at least `share` items wait.
pub async fn crowds(db: &impl Read, share: u64) -> Result<Vec<String>, DbErr> {
    inbox::Entity::find()
        .select_only()
        .column(inbox::Column::Host)
        .filter(inbox::Column::State.eq(QueueState::Ready))
        .group_by(inbox::Column::Host)
        .having(inbox::Column::Id.count().gte(share))
        .into_tuple()
        .all(db)
        .await
}

/// Items that were set aside, newest first.
pub async fn dead_ones(db: &impl Read, limit: u64) -> Result<Vec<Item>, DbErr> {
    inbox::Entity::find()
        .filter(inbox::Column::State.eq(QueueState::Dead))
        .order_by_desc(inbox::Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// Forgets items that were done or set aside, and marks that were made, before `before`. At least 30 days ago: peers try
/// again for days.
pub async fn purge(tx: &Tx, before: Timestamp) -> Result<u64, DbErr> {
    let items = inbox::Entity::delete_many()
        .filter(inbox::Column::State.ne(QueueState::Ready))
        .filter(inbox::Column::NextAt.lt(before))
        .exec(tx)
        .await?;
    let marks = marker::Entity::delete_many()
        .filter(marker::Column::CreatedAt.lt(before))
        .exec(tx)
        .await?;
    Ok(items.rows_affected + marks.rows_affected)
}

/// Remembers something that came before what it refers to. Doing it again changes nothing.
pub async fn mark(tx: &Tx, now: Timestamp, key: &str) -> Result<(), DbErr> {
    marker::Entity::insert(marker::ActiveModel {
        key: Set(key.to_owned()),
        created_at: Set(now),
    })
    .on_conflict(
        OnConflict::column(marker::Column::Key)
            .do_nothing()
            .to_owned(),
    )
    .exec_without_returning(tx)
    .await?;
    Ok(())
}

/// Which of these are remembered.
pub async fn marked(db: &impl Read, keys: &[&str]) -> Result<Vec<String>, DbErr> {
    let found = marker::Entity::find()
        .filter(marker::Column::Key.is_in(keys.iter().copied()))
        .all(db)
        .await?;
    Ok(found.into_iter().map(|marker| marker.key).collect())
}

/// Forgets these. False when none of them was remembered.
pub async fn unmark(tx: &Tx, keys: &[&str]) -> Result<bool, DbErr> {
    let deleted = marker::Entity::delete_many()
        .filter(marker::Column::Key.is_in(keys.iter().copied()))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_445_600_000);

    async fn database() -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite://{}/t.db", dir.path().display()), None)
            .await
            .unwrap();
        db.migrate().await.unwrap();
        (dir, db)
    }

    async fn put(db: &Db, uri: &str, key: &str) -> bool {
        let tx = db.begin().await.unwrap();
        let new = NewItem {
            activity_uri: uri,
            signer_uri: "https://a.example/u/lea",
            host: "a.example",
            ordering_key: key,
            body: "{\"id\":1}",
        };
        let added = append(&tx, NOW, new).await.unwrap();
        tx.commit().await.unwrap();
        added
    }

    async fn take(db: &Db, owner: &str, now: Timestamp) -> Vec<String> {
        claim(db, owner, now, now.plus_seconds(60), 10)
            .await
            .unwrap()
            .into_iter()
            .map(|item| item.activity_uri)
            .collect()
    }

    async fn finish(db: &Db, owner: &str, uri: &str) -> bool {
        let item = find(db, uri).await.unwrap().unwrap();
        let tx = db.begin().await.unwrap();
        let held = done(&tx, owner, NOW, item.id, None).await.unwrap();
        tx.commit().await.unwrap();
        held
    }

    #[tokio::test]
    async fn an_activity_is_written_down_once() {
        let (_dir, db) = database().await;
        assert!(put(&db, "a", "k").await);
        assert!(!put(&db, "a", "other").await);
        assert_eq!(take(&db, "w", NOW).await, ["a"]);
        assert!(finish(&db, "w", "a").await);
        assert!(!put(&db, "a", "k").await);
        assert_eq!(count(&db, QueueState::Done).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn one_key_is_taken_in_order_and_others_beside_it() {
        let (_dir, db) = database().await;
        for (uri, key) in [("a1", "k"), ("a2", "k"), ("b", "l")] {
            put(&db, uri, key).await;
        }
        assert_eq!(take(&db, "w", NOW).await, ["a1", "b"]);
        assert!(take(&db, "v", NOW).await.is_empty());
        assert!(finish(&db, "w", "a1").await);
        assert_eq!(take(&db, "v", NOW).await, ["a2"]);
    }

    #[tokio::test]
    async fn what_waits_to_be_tried_again_holds_back_nothing() {
        let (_dir, db) = database().await;
        put(&db, "a1", "k").await;
        put(&db, "a2", "k").await;
        let item = claim(&db, "w", NOW, NOW.plus_seconds(60), 1).await.unwrap();
        let tx = db.begin().await.unwrap();
        assert!(
            retry_at(&tx, "w", item[0].id, NOW.plus_seconds(30), "down")
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(take(&db, "w", NOW).await, ["a2"]);
        assert_eq!(next_due(&db).await.unwrap(), Some(NOW.plus_seconds(30)));
        assert_eq!(take(&db, "w", NOW.plus_seconds(31)).await, ["a1"]);
    }

    #[tokio::test]
    async fn a_lease_ends_and_its_late_owner_spoils_nothing() {
        let (_dir, db) = database().await;
        put(&db, "a", "k").await;
        assert_eq!(take(&db, "slow", NOW).await, ["a"]);
        let later = NOW.plus_seconds(61);
        assert_eq!(take(&db, "quick", later).await, ["a"]);
        assert!(!finish(&db, "slow", "a").await);
        assert!(finish(&db, "quick", "a").await);
        assert_eq!(find(&db, "a").await.unwrap().unwrap().attempts, 2);
    }

    #[tokio::test]
    async fn a_mark_stays_until_it_is_taken_away_or_old() {
        let (_dir, db) = database().await;
        let tx = db.begin().await.unwrap();
        mark(&tx, NOW, "delete x").await.unwrap();
        mark(&tx, NOW.plus_days(1), "delete x").await.unwrap();
        mark(&tx, NOW, "delete y").await.unwrap();
        assert!(unmark(&tx, &["delete y"]).await.unwrap());
        assert!(!unmark(&tx, &["delete y"]).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(
            marked(&db, &["delete x", "delete y"]).await.unwrap(),
            ["delete x"]
        );
        let tx = db.begin().await.unwrap();
        assert_eq!(purge(&tx, NOW.plus_days(31)).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert!(marked(&db, &["delete x"]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_worker_that_stops_lets_go() {
        let (_dir, db) = database().await;
        put(&db, "a", "k").await;
        assert_eq!(take(&db, "w", NOW).await, ["a"]);
        let tx = db.begin().await.unwrap();
        assert_eq!(release(&tx, "w").await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(take(&db, "v", NOW).await, ["a"]);
    }
}
