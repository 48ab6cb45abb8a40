//! Acts of moderation: Delete with a reason, Undo, Lock, Add, Remove and their Announces.

use parvis_forum::id::{ActorId, PostId, TopicId};
use parvis_forum::{Actor, Origin, Result, actors, categories, topics};

use super::{Passed, Writer, about, boost_uri, reach};
use crate::activities::build::{self, Built, Envelope};
use crate::audience::Directs;
use crate::objects::build::post::Scene;
use crate::wire::PUBLIC;

/// A topic was locked or unlocked, and why.
pub(super) struct Lock {
    pub(super) locked: bool,
    pub(super) reason: String,
}

/// Sends an act of somebody here: our category announces it; another one gets it when it named the actor as its
/// moderator. What is done to content only as seen from here stays here.
async fn publish_act(
    writer: &Writer<'_>,
    scene: &Scene,
    actor: &Actor,
    built: &Built,
) -> Result<()> {
    let group = &scene.category.actor;
    if group.local {
        return writer
            .announce(scene.spot(), &Passed::ours(built), reach(scene))
            .await;
    }
    let moderates = categories::moderators(writer.tx.c(), group.id)
        .await?
        .iter()
        .any(|moderator| moderator.id == actor.id);
    if moderates {
        let mut directs = Directs::default();
        directs.add(writer.tx, group).await?;
        writer
            .append(built, about(scene, actor), None, &directs)
            .await?;
    }
    Ok(())
}

/// How often the category has boosted the post before: a later boost needs another id.
pub(super) fn round(scene: &Scene, at: parvis_forum::Timestamp) -> String {
    format!("{} {}", scene.post.id, at.0)
}

/// A post was removed.
pub(super) async fn removed(
    writer: &Writer<'_>,
    post: PostId,
    moderator: Option<ActorId>,
    reason: &str,
    origin: &Origin,
) -> Result<()> {
    let scene = writer.scene(post).await?;
    if origin.is_local() {
        let actor = writer.actor(&scene, moderator).await?;
        if actor.local {
            let envelope = writer.moderation_envelope(&scene, &actor).await?;
            let built = build::delete_post(&envelope, &scene.post, Some(reason));
            publish_act(writer, &scene, &actor, &built).await?;
        }
    } else {
        writer.pass_on(scene.spot(), origin, reach(&scene)).await?;
    }
    unboost(writer, &scene).await
}

/// Takes back the latest boost of a post that is still in the log.
async fn unboost(writer: &Writer<'_>, scene: &Scene) -> Result<()> {
    use parvis_forum::db::queue::outbox as log;
    if !scene.category.actor.local || !scene.is_opening() || scene.is_closed() {
        return Ok(());
    }
    let boosts = log::boosts_of(writer.tx.c(), scene.post.id).await?;
    let uri = boosts
        .into_iter()
        .next()
        .unwrap_or_else(|| boost_uri(writer.config(), scene, ""));
    let group = &scene.category.actor;
    let envelope = super::announce_envelope(scene.spot(), uri, writer.tx.now());
    let boost = build::announce_object(
        &Envelope {
            audience: None,
            ..envelope.clone()
        },
        &scene.post.uri,
    );
    let undo = Envelope {
        id: writer.fresh_uri().await?,
        audience: None,
        ..envelope
    };
    let followers = super::Followers {
        of: group.id,
        reach: parvis_forum::kinds::Reach::Microblogs,
    };
    writer
        .append(
            &build::undo(&undo, &boost),
            about(scene, group),
            Some(followers),
            &Directs::default(),
        )
        .await
}

/// A post is back.
pub(super) async fn restored(
    writer: &Writer<'_>,
    post: PostId,
    actor: Option<ActorId>,
    by_author: bool,
    origin: &Origin,
) -> Result<()> {
    let scene = writer.scene(post).await?;
    if origin.is_local() {
        let actor = writer.actor(&scene, actor).await?;
        if !actor.local {
            return Ok(());
        }
        let (delete, envelope) = if by_author {
            (
                writer.envelope(&scene, &actor).await?,
                writer.envelope(&scene, &actor).await?,
            )
        } else {
            (
                writer.moderation_envelope(&scene, &actor).await?,
                writer.moderation_envelope(&scene, &actor).await?,
            )
        };
        let reason = (!by_author).then_some("");
        let delete = build::delete_post(&delete, &scene.post, reason);
        let built = build::undo(&envelope, &delete);
        publish_act(writer, &scene, &actor, &built).await?;
    } else {
        writer.pass_on(scene.spot(), origin, reach(&scene)).await?;
    }
    if scene.category.actor.local && scene.is_opening() && !by_author && !scene.is_gone() {
        writer
            .boost(&scene, &round(&scene, writer.tx.now()))
            .await?;
    }
    Ok(())
}

pub(super) async fn opening(writer: &Writer<'_>, topic: TopicId) -> Result<Scene> {
    let topic = topics::by_id(writer.tx.c(), topic).await?;
    let post = topics::opening_post(writer.tx.c(), &topic).await?;
    Scene::load(writer.tx.c(), post).await
}

/// A topic was locked or unlocked.
pub(super) async fn locked(
    writer: &Writer<'_>,
    topic: TopicId,
    moderator: Option<ActorId>,
    change: Lock,
    origin: &Origin,
) -> Result<()> {
    let scene = opening(writer, topic).await?;
    if !origin.is_local() {
        writer.pass_on(scene.spot(), origin, reach(&scene)).await?;
        return Ok(());
    }
    let actor = writer.actor(&scene, moderator).await?;
    if !actor.local {
        return Ok(());
    }
    let envelope = writer.moderation_envelope(&scene, &actor).await?;
    let lock = build::lock_post(&envelope, &scene.post.uri, &change.reason);
    let built = if change.locked {
        lock
    } else {
        build::undo(&writer.moderation_envelope(&scene, &actor).await?, &lock)
    };
    publish_act(writer, &scene, &actor, &built).await?;
    replies_enabled(writer, &scene).await?;
    lock_for_nodebb(writer, &scene, &actor, &change).await
}

/// The same for software that goes by `commentsEnabled` of the opening post, when that was written here.
async fn replies_enabled(writer: &Writer<'_>, scene: &Scene) -> Result<()> {
    if !scene.category.actor.local || !scene.post.local || scene.is_gone() {
        return Ok(());
    }
    let envelope = writer.envelope(scene, &scene.author).await?;
    let built = build::update_post(&envelope, scene, writer.config());
    let reach = parvis_forum::kinds::Reach::Forums;
    writer
        .announce(scene.spot(), &Passed::ours(&built), reach)
        .await
}

/// The same for NodeBB, which locks conversations (FEP-c0d0).
async fn lock_for_nodebb(
    writer: &Writer<'_>,
    scene: &Scene,
    actor: &Actor,
    change: &Lock,
) -> Result<()> {
    use parvis_forum::db::queue::outbox as log;
    let Some(context) = scene.topic.uri.as_deref() else {
        return Ok(());
    };
    if !scene.category.actor.local {
        return Ok(());
    }
    let mut directs = Directs::default();
    directs.extend(log::interested(writer.tx.c(), scene.category.id()).await?);
    let directs = directs.only(writer.tx, "nodebb").await?;
    if directs.is_empty() {
        return Ok(());
    }
    let envelope = writer.moderation_envelope(scene, actor).await?;
    let built = if change.locked {
        build::lock_conversation(&envelope, context, &change.reason)
    } else {
        build::unlock_conversation(&envelope, context)
    };
    writer
        .append(&built, about(scene, actor), None, &directs)
        .await
}

/// A topic was pinned or unpinned.
pub(super) async fn pinned(
    writer: &Writer<'_>,
    topic: TopicId,
    moderator: Option<ActorId>,
    pinned: bool,
    origin: &Origin,
) -> Result<()> {
    let scene = opening(writer, topic).await?;
    if !origin.is_local() {
        writer.pass_on(scene.spot(), origin, reach(&scene)).await?;
        return Ok(());
    }
    let actor = writer.actor(&scene, moderator).await?;
    let Some(featured) = scene.category.actor.featured.clone() else {
        return Ok(());
    };
    if !actor.local {
        return Ok(());
    }
    let envelope = writer.moderation_envelope(&scene, &actor).await?;
    let built = build::pin(&envelope, &scene.post.uri, &featured, pinned);
    publish_act(writer, &scene, &actor, &built).await
}

/// Somebody moderates a category of ours from now on, or no longer: who follows it is told, and their own server.
pub(super) async fn named(
    writer: &Writer<'_>,
    category: ActorId,
    moderator: ActorId,
    by: Option<ActorId>,
    named: bool,
) -> Result<()> {
    let group = actors::by_id(writer.tx.c(), category).await?;
    let moderator = actors::by_id(writer.tx.c(), moderator).await?;
    let by = match by {
        Some(by) => actors::by_id(writer.tx.c(), by).await?,
        None => group.clone(),
    };
    let Some(collection) = group.moderators.clone() else {
        return Ok(());
    };
    if !by.local {
        return Ok(());
    }
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: by.uri.clone(),
        to: vec![PUBLIC.to_owned()],
        cc: vec![group.uri.clone(), moderator.uri.clone()],
        audience: Some(group.uri.clone()),
        at: writer.tx.now(),
    };
    let built = build::pin(&envelope, &moderator.uri, &collection, named);
    let mut directs = Directs::default();
    directs.add(writer.tx, &moderator).await?;
    writer
        .announce_in(&group, &Passed::ours(&built), &directs)
        .await
}
