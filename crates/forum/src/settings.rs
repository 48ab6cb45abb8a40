//! Facts that a node keeps about itself in its database: the address under which its ids were made, keys of its own.
//!
//! Not here: the configuration, which the operator writes (`config`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::db::entity::setting;
use crate::{Error, Forum, Read, Result, Tx};

/// Scheme and authority of the ids that this database holds.
const PUBLIC_URL: &str = "public_url";
/// Key of tokens in forms of visitors.
const FORM_KEY: &str = "form_key";

/// The value kept under a name.
pub async fn get(db: &impl Read, key: &str) -> Result<Option<String>> {
    Ok(setting::Entity::find_by_id(key)
        .one(db)
        .await?
        .map(|row| row.value))
}

/// Keeps a value under a name that has none yet, and returns what is kept: this value or the one before.
pub async fn keep_first(tx: &Tx, key: &str, value: &str) -> Result<String> {
    setting::Entity::insert(setting::ActiveModel {
        key: Set(key.to_owned()),
        value: Set(value.to_owned()),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(tx.c())
    .await?;
    get(tx.c(), key)
        .await?
        .ok_or_else(|| Error::External(format!("setting `{key}` was not kept")))
}

/// The next number of a series that begins after `before`, held by this transaction until it ends.
pub(crate) async fn next_number(tx: &Tx, key: &str, before: i64) -> Result<i64> {
    keep_first(tx, key, &before.to_string()).await?;
    let row = setting::Entity::find_by_id(key)
        .lock_exclusive()
        .one(tx.c())
        .await?;
    let number = row
        .and_then(|row| row.value.parse::<i64>().ok())
        .ok_or_else(|| Error::External(format!("setting `{key}` is no number")))?
        .saturating_add(1);
    setting::Entity::update_many()
        .col_expr(setting::Column::Value, Expr::value(number.to_string()))
        .filter(setting::Column::Key.eq(key))
        .exec(tx.c())
        .await?;
    Ok(number)
}

async fn value_or_first(
    forum: &Forum,
    key: &str,
    first: impl FnOnce() -> String,
) -> Result<String> {
    if let Some(value) = get(forum.db(), key).await? {
        return Ok(value);
    }
    let tx = forum.begin().await?;
    let value = keep_first(&tx, key, &first()).await?;
    tx.commit().await?;
    Ok(value)
}

/// The public address with which this database began; at the first call it is the configured one. The ids of
/// everything here begin with it, so the caller refuses to run under another.
pub async fn public_url(forum: &Forum) -> Result<String> {
    value_or_first(forum, PUBLIC_URL, || {
        forum.config().server.public_url.origin()
    })
    .await
}

/// The key, 256 random bits as text, of tokens in forms that need no session. All processes of a node share it.
pub async fn form_key(forum: &Forum) -> Result<String> {
    value_or_first(forum, FORM_KEY, || {
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    })
    .await
}

/// Writes something that changes nothing: errs when the database can't be written to.
pub async fn check_writable(forum: &Forum) -> Result<()> {
    let tx = forum.begin().await?;
    setting::Entity::update_many()
        .col_expr(setting::Column::Value, Expr::col(setting::Column::Value))
        .filter(setting::Column::Key.eq(PUBLIC_URL))
        .exec(tx.c())
        .await?;
    tx.commit().await
}
