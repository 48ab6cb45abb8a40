//! What a topic is shown with on its page.

use crate::categories::{self, Category};
use crate::db::together;
use crate::id::ActorId;
use crate::{Read, Result, Topic, posts, tags};

/// What a topic is shown with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Its category.
    pub category: Category,
    /// Its tags, in alphabetical order.
    pub tags: Vec<String>,
    /// Who wrote what can be read in it, those with most posts first.
    pub participants: Vec<ActorId>,
}

/// What a topic is shown with, in one trip.
pub async fn of(db: &impl Read, topic: &Topic) -> Result<Surroundings> {
    let (categories, tags, participants) = together::three(
        db,
        categories::finding(topic.category_id),
        tags::finding([topic.id]),
        posts::participants(topic.id),
    )
    .await?;
    Ok(Surroundings {
        category: categories::found(categories.into_iter().next())?,
        tags: tags.into_iter().map(|row| row.tag).collect(),
        participants,
    })
}
