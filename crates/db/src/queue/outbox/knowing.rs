//! Which servers know somebody: those that were sent what they wrote, as long as the log remembers.

use sea_orm::{DbErr, FromQueryResult as _};

use super::statement;
use crate::Read;
use crate::entity::destination;
use crate::id::ActorId;

/// Posts of somebody that are looked at, the latest.
const POSTS: u32 = 500;

/// Destinations that the latest posts of somebody went to, at most `limit`, none that is gone.
pub async fn knowing(
    db: &impl Read,
    author: ActorId,
    limit: u64,
) -> Result<Vec<destination::Model>, DbErr> {
    let text = format!(
        "WITH entries AS (SELECT seq, audience_id FROM outbox WHERE post_id IN \
         (SELECT id FROM posts WHERE author_id = $1 ORDER BY created_at DESC LIMIT {POSTS})) \
         SELECT * FROM destinations WHERE state <> 'gone' AND (id IN (SELECT destination_id FROM outbox_direct \
         WHERE seq IN (SELECT seq FROM entries)) OR id IN (SELECT destination_id FROM interests \
         WHERE actor_id IN (SELECT audience_id FROM entries WHERE audience_id IS NOT NULL))) ORDER BY id LIMIT {limit}"
    );
    db.query_all_raw(statement(db, &text, vec![author.into()]))
        .await?
        .iter()
        .map(|row| destination::Model::from_query_result(row, ""))
        .collect()
}
