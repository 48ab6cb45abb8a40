//! What ties this node to another one: who follows whom, which categories are shared, with which key it signs.

use sea_orm::{FromQueryResult, Statement};

use crate::{Read, Result};

/// Categories that are listed at most.
const MOST: u64 = 100;

/// What ties this node to another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// Accepted follows of actors here by actors there.
    pub followers: u64,
    /// Accepted follows of actors there by actors here.
    pub following: u64,
    /// Categories of this node that somebody there follows, by slug.
    pub ours: Vec<String>,
    /// Categories there that somebody here follows, by name.
    pub theirs: Vec<String>,
    /// The key of the actor there that was read last.
    pub key: Option<Key>,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// As its owner publishes it.
    pub pem: String,
}

/// What ties this node to the node at `host`.
pub async fn ties(db: &impl Read, host: &str) -> Result<Ties> {
    let statement =
        |sql: &str| Statement::from_sql_and_values(db.get_database_backend(), sql, [host.into()]);
    let count = async |sql: &str| -> Result<u64> {
        let row = db.query_one_raw(statement(sql)).await?;
        let count: i64 = match row {
            Some(row) => row.try_get("", "count")?,
            None => 0,
        };
        Ok(u64::try_from(count).unwrap_or(0))
    };
    let names = async |sql: &str| -> Result<Vec<String>> {
        let rows = db.query_all_raw(statement(sql)).await?;
        rows.iter()
            .map(|row| row.try_get("", "name").map_err(Into::into))
            .collect()
    };
    Ok(Ties {
        followers: count(
            "SELECT COUNT(*) AS count FROM actors a JOIN follows f ON f.follower_id = a.id \
             WHERE a.host = $1 AND NOT a.local AND f.state = 'accepted'",
        )
        .await?,
        following: count(
            "SELECT COUNT(*) AS count FROM actors a JOIN follows f ON f.followed_id = a.id \
             WHERE a.host = $1 AND NOT a.local AND f.state = 'accepted'",
        )
        .await?,
        ours: names(&format!(
            "SELECT DISTINCT c.name FROM actors a JOIN follows f ON f.follower_id = a.id \
             JOIN actors c ON c.id = f.followed_id AND c.local AND c.kind = 'group' \
             WHERE a.host = $1 AND NOT a.local AND f.state = 'accepted' ORDER BY c.name LIMIT {MOST}"
        ))
        .await?,
        theirs: names(&format!(
            "SELECT DISTINCT a.name FROM actors a JOIN follows f ON f.followed_id = a.id \
             WHERE a.host = $1 AND NOT a.local AND a.kind = 'group' AND f.state = 'accepted' \
             ORDER BY a.name LIMIT {MOST}"
        ))
        .await?,
        key: Key::find_by_statement(statement(
            "SELECT public_key_id AS id, public_key_pem AS pem FROM actors WHERE host = $1 AND NOT local \
             AND public_key_id IS NOT NULL AND public_key_pem IS NOT NULL ORDER BY fetched_at DESC LIMIT 1",
        ))
        .one(db)
        .await?,
    })
}
