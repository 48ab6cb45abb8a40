//! Posts that a person keeps for later.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::db::entity::bookmark;
use crate::id::{ActorId, PostId};
use crate::{Read, Result};

/// Which of these posts the person keeps.
pub async fn among(db: &impl Read, person: ActorId, posts: &[PostId]) -> Result<Vec<PostId>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(bookmark::Entity::find()
        .filter(bookmark::Column::PersonId.eq(person))
        .filter(bookmark::Column::PostId.is_in(posts.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .map(|b| b.post_id)
        .collect())
}
