//! What somebody banned had written: removed with the ban, and put back when it is lifted, if that is asked for. Jobs do
//! both, some posts at a time. The ban and its end say so to others; nothing is sent for each post.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use serde::{Deserialize, Serialize};

use super::{Ban, authority, by_id};
use crate::db::entity::{actor, ban, post, topic};
use crate::id::{ActorId, BanId, PostId};
use crate::kinds::ActorKind;
use crate::text::sanitize;
use crate::{Error, Forum, Result, Timestamp, Tx, Viewer, actors, jobs, posts};

/// Name of the job that removes what somebody banned had written.
pub const REMOVAL: &str = "remove-of-banned";
/// Name of the job that puts it back.
pub const RETURN: &str = "return-of-banned";
/// Posts that are changed in one transaction.
const BATCH: u64 = 50;

/// What the job [`REMOVAL`] is about.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Removal {
    ban: i64,
}

/// What the job [`RETURN`] is about: a ban that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Return {
    actor: i64,
    scope: String,
    category: Option<i64>,
    /// When the ban began, in milliseconds.
    since: i64,
    reason: String,
    /// Who lifted it.
    by: Option<i64>,
}

pub(super) async fn remove_later(tx: &Tx, ban: &Ban) -> Result<()> {
    jobs::enqueue(tx, REMOVAL, &Removal { ban: ban.id.0 }, None).await?;
    Ok(())
}

pub(super) async fn return_later(tx: &Tx, ban: &Ban, by: Option<ActorId>) -> Result<()> {
    let what = Return {
        actor: ban.actor_id.0,
        scope: ban.scope.clone(),
        category: ban.category_id.map(|category| category.0),
        since: ban.created_at.0,
        reason: ban.reason.clone(),
        by: by.map(|by| by.0),
    };
    jobs::enqueue(tx, RETURN, &what, None).await?;
    Ok(())
}

/// Removes what somebody banned had written where the ban holds, some at a time. What they wrote afterwards stays, and so
/// does the rest once the ban is lifted.
pub async fn remove_content(forum: &Forum, removal: Removal) -> Result<u64> {
    let mut count = 0;
    loop {
        let tx = forum.begin().await?;
        let ban = match by_id(tx.c(), BanId(removal.ban)).await {
            Err(Error::NotFound(_)) => return Ok(count),
            other => other?,
        };
        let found = written(&tx, ban.actor_id, &ban.scope, ban.category_id)
            .await?
            .filter(post::Column::ReceivedAt.lte(ban.created_at))
            .filter(post::Column::RemovedAt.is_null());
        let found = some(&tx, found).await?;
        if found.is_empty() {
            return Ok(count);
        }
        let by = moderator(&tx, ban.moderator_id).await?;
        for id in found {
            let post = posts::by_id(tx.c(), id).await?;
            posts::take_with_ban(&tx, &by, post, &ban.reason).await?;
            count += 1;
        }
        tx.commit().await?;
    }
}

/// Puts back what was removed with a ban that is over, some at a time; nothing more once they are banned there again. What
/// moderators removed for another reason stays removed.
pub async fn restore_content(forum: &Forum, what: &Return) -> Result<u64> {
    let actor = ActorId(what.actor);
    let mut count = 0;
    loop {
        let tx = forum.begin().await?;
        let again = ban::Entity::find()
            .filter(ban::Column::ActorId.eq(actor))
            .filter(ban::Column::Scope.eq(what.scope.as_str()))
            .one(tx.c())
            .await?;
        if again.is_some() {
            return Ok(count);
        }
        let found = written(&tx, actor, &what.scope, what.category.map(ActorId))
            .await?
            .filter(post::Column::RemovedAt.gte(Timestamp(what.since)))
            .filter(post::Column::RemovedReason.eq(sanitize::clean_title(&what.reason)));
        let found = some(&tx, found).await?;
        if found.is_empty() {
            return Ok(count);
        }
        let by = moderator(&tx, what.by.map(ActorId)).await?;
        for id in found {
            let post = posts::by_id(tx.c(), id).await?;
            posts::return_after_ban(&tx, &by, post).await?;
            count += 1;
        }
        tx.commit().await?;
    }
}

async fn moderator(tx: &Tx, id: Option<ActorId>) -> Result<Viewer> {
    match id {
        Some(id) => Viewer::load(tx.c(), actors::by_id(tx.c(), id).await?).await,
        None => Ok(Viewer::System),
    }
}

/// The posts of somebody that they haven't deleted, where a ban of this scope holds.
async fn written(
    tx: &Tx,
    who: ActorId,
    scope: &str,
    category: Option<ActorId>,
) -> Result<Select<post::Entity>> {
    let query = post::Entity::find()
        .filter(post::Column::AuthorId.eq(who))
        .filter(post::Column::DeletedAt.is_null());
    if scope == tx.config().public_authority() {
        return Ok(query);
    }
    let categories = match category {
        Some(category) => vec![category],
        None => categories_of(tx, scope).await?,
    };
    let topics = Query::select()
        .column(topic::Column::Id)
        .from(topic::Entity)
        .and_where(topic::Column::CategoryId.is_in(categories))
        .to_owned();
    Ok(query.filter(post::Column::TopicId.in_subquery(topics)))
}

async fn some(tx: &Tx, query: Select<post::Entity>) -> Result<Vec<PostId>> {
    Ok(query
        .select_only()
        .column(post::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(tx.c())
        .await?)
}

/// The categories of another server.
async fn categories_of(tx: &Tx, host: &str) -> Result<Vec<ActorId>> {
    let groups: Vec<(ActorId, String)> = actor::Entity::find()
        .select_only()
        .column(actor::Column::Id)
        .column(actor::Column::Uri)
        .filter(actor::Column::Kind.eq(ActorKind::Group))
        .filter(actor::Column::Local.eq(false))
        .filter(actor::Column::Uri.contains(host))
        .into_tuple()
        .all(tx.c())
        .await?;
    Ok(groups
        .into_iter()
        .filter(|(_, uri)| authority(uri) == host)
        .map(|(id, _)| id)
        .collect())
}
