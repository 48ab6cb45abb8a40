//! Tags that a person follows: topics that have one come in their feed. Nobody else knows.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::db::entity::tag_follow;
use crate::id::ActorId;
use crate::{Denied, Error, FieldError, Read, Result, Tx, Viewer, topics};

/// Most tags that a person follows.
pub const MAX: u64 = 100;

/// Follows a tag. Doing it again changes nothing. Answers the tag as it is kept.
pub async fn follow(tx: &Tx, viewer: &Viewer, tag: &str) -> Result<String> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let tag = clean(tag)?;
    let count = tag_follow::Entity::find()
        .filter(tag_follow::Column::PersonId.eq(person))
        .count(tx.c())
        .await?;
    if count >= MAX && !follows(tx.c(), person, &tag).await? {
        return Err(Error::Invalid(vec![FieldError::limit(
            "tag", "too-many", 100,
        )]));
    }
    tag_follow::Entity::insert(tag_follow::ActiveModel {
        person_id: Set(person),
        tag: Set(tag.clone()),
        created_at: Set(tx.now()),
    })
    .on_conflict_do_nothing_on([tag_follow::Column::PersonId, tag_follow::Column::Tag])
    .exec_without_returning(tx.c())
    .await?;
    Ok(tag)
}

/// Follows a tag no longer. Answers the tag as it was kept.
pub async fn unfollow(tx: &Tx, viewer: &Viewer, tag: &str) -> Result<String> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let tag = clean(tag)?;
    tag_follow::Entity::delete_by_id((person, tag.clone()))
        .exec(tx.c())
        .await?;
    Ok(tag)
}

fn clean(tag: &str) -> Result<String> {
    topics::clean_tag(tag.trim().trim_start_matches('#'))
        .ok_or_else(|| Error::field("tag", "format"))
}

/// Whether a person follows a tag, as it is kept.
pub async fn follows(db: &impl Read, person: ActorId, tag: &str) -> Result<bool> {
    Ok(tag_follow::Entity::find_by_id((person, tag.to_lowercase()))
        .one(db)
        .await?
        .is_some())
}

/// The tags that a person follows, in alphabetical order.
pub async fn of_person(db: &impl Read, person: ActorId) -> Result<Vec<String>> {
    Ok(tag_follow::Entity::find()
        .select_only()
        .column(tag_follow::Column::Tag)
        .filter(tag_follow::Column::PersonId.eq(person))
        .order_by_asc(tag_follow::Column::Tag)
        .limit(MAX)
        .into_tuple()
        .all(db)
        .await?)
}

/// Forgets all of a person.
pub(crate) async fn forget_all(tx: &Tx, person: ActorId) -> Result<()> {
    tag_follow::Entity::delete_many()
        .filter(tag_follow::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    Ok(())
}
