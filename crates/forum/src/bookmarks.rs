//! Posts that a person keeps for later; nobody else sees them.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::circles::Sight;
use crate::db::entity::{bookmark, post};
use crate::id::{ActorId, PostId};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::posts::{self, PostView};
use crate::{Denied, Error, Kind, Post, Read, Result, Timestamp, Tx, Viewer};

/// Keeps a post. Doing it again changes nothing.
pub async fn add(tx: &Tx, viewer: &Viewer, post: &Post) -> Result<()> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Err(Error::Gone(Kind::Post));
    }
    bookmark::Entity::insert(bookmark::ActiveModel {
        person_id: Set(person),
        post_id: Set(post.id),
        created_at: Set(tx.now()),
    })
    .on_conflict_do_nothing_on([bookmark::Column::PersonId, bookmark::Column::PostId])
    .exec_without_returning(tx.c())
    .await?;
    Ok(())
}

/// Keeps a post no longer. False when it wasn't kept.
pub async fn remove(tx: &Tx, viewer: &Viewer, post: PostId) -> Result<bool> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let deleted = bookmark::Entity::delete_by_id((person, post))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// Which of these posts the person keeps.
pub async fn among(db: &impl Read, person: ActorId, posts: &[PostId]) -> Result<Vec<PostId>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(bookmark::Entity::find()
        .select_only()
        .column(bookmark::Column::PostId)
        .filter(bookmark::Column::PersonId.eq(person))
        .filter(bookmark::Column::PostId.is_in(posts.iter().copied()))
        .into_tuple()
        .all(db)
        .await?)
}

/// What the viewer keeps and can still be read, last kept first.
pub async fn list(db: &impl Read, viewer: &Viewer, page: PageRequest) -> Result<Page<PostView>> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let readable = sea_orm::sea_query::Query::select()
        .column(post::Column::Id)
        .from(post::Entity)
        .and_where(post::Column::DeletedAt.is_null())
        .and_where(post::Column::RemovedAt.is_null())
        .cond_where(Sight::of(viewer).of_topics((post::Entity, post::Column::TopicId)))
        .to_owned();
    let rows: Vec<(PostId, Timestamp)> = bookmark::Entity::find()
        .select_only()
        .column(bookmark::Column::PostId)
        .column(bookmark::Column::CreatedAt)
        .filter(bookmark::Column::PersonId.eq(person))
        .filter(bookmark::Column::PostId.in_subquery(readable))
        .filter(page.condition(
            bookmark::Column::CreatedAt,
            bookmark::Column::PostId,
            Order::NewestFirst,
        ))
        .order_by(
            bookmark::Column::CreatedAt,
            page.read_in(Order::NewestFirst).into(),
        )
        .order_by(
            bookmark::Column::PostId,
            page.read_in(Order::NewestFirst).into(),
        )
        .limit(page.limit + 1)
        .into_tuple()
        .all(db)
        .await?;
    let rows = Page::from_read(rows, &page, |(id, kept)| Cursor {
        key: kept.0,
        id: id.0,
    });
    let ids: Vec<PostId> = rows.items.iter().map(|(id, _)| *id).collect();
    let found = post::Entity::find()
        .filter(post::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    let mut views = posts::views(db, viewer, found).await?;
    views.sort_by_key(|view| ids.iter().position(|id| *id == view.post.id));
    Ok(Page {
        items: views,
        next: rows.next,
        previous: rows.previous,
    })
}
