//! Acts of moderation: Delete with a reason, Undo, Lock, Add, Remove, Flag and their Announces.

use parvis_forum::id::{ActorId, PostId, ReportId, TopicId};
use parvis_forum::{Actor, Origin, Report, Result, actors, categories, reports, topics};

use super::{About, Passed, Writer, about, boost_uri, reach};
use crate::activities::build::{self, Built, Envelope};
use crate::audience::{self, Directs};
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
fn round(scene: &Scene, at: parvis_forum::Timestamp) -> String {
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
    if !scene.category.actor.local || !scene.is_opening() {
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

async fn opening(writer: &Writer<'_>, topic: TopicId) -> Result<Scene> {
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
    lock_for_nodebb(writer, &scene, &actor, &change).await
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

/// What another server is told: the ground and the reason. Who reported, and how to reach them, stays here.
fn report_text(report: &Report) -> String {
    let ground = match report.ground.as_deref() {
        Some("illegal") => "Contenu illicite / Illegal content",
        Some("child") => "Abus sexuel sur enfant / Sexual abuse of a child",
        Some("hate") => "Haine ou harcèlement / Hate or harassment",
        Some("privacy") => "Données personnelles / Personal data",
        Some("spam") => "Publicité ou répétition / Spam",
        Some("rules") => "Contraire aux règles / Against the rules",
        _ => return report.reason.clone(),
    };
    format!("{ground}\n{}", report.reason)
}

/// A report is forwarded: to the category when its server is a forum, else to the author's server, by the node itself.
pub(super) async fn report_forwarded(writer: &Writer<'_>, report: ReportId) -> Result<()> {
    let report = reports::row(writer.tx.c(), report).await?;
    let scene = match report.post_id {
        Some(post) => Some(writer.scene(post).await?),
        None => None,
    };
    let accused = match (&scene, report.actor_id) {
        (Some(scene), _) => scene.author.clone(),
        (None, Some(actor)) => actors::by_id(writer.tx.c(), actor).await?,
        (None, None) => return Ok(()),
    };
    let reason = report_text(&report);
    let mut directs = Directs::default();
    if let (Some(scene), Some(reporter)) = (&scene, report.reporter_id) {
        let group = &scene.category.actor;
        let reporter = actors::by_id(writer.tx.c(), reporter).await?;
        let forum = match audience::host_of(&group.inbox) {
            Some(host) => audience::is_forum(writer.tx.c(), &host).await?,
            None => false,
        };
        if !group.local && forum && reporter.local {
            let envelope = Envelope {
                id: writer.fresh_uri().await?,
                actor: reporter.uri.clone(),
                to: vec![group.uri.clone()],
                cc: Vec::new(),
                audience: Some(group.uri.clone()),
                at: writer.tx.now(),
            };
            let built = build::flag_to_category(&envelope, &scene.post.uri, &reason);
            directs.add_own(writer.tx, group).await?;
            return writer
                .append(&built, about(scene, &reporter), None, &directs)
                .await;
        }
    }
    directs.add_own(writer.tx, &accused).await?;
    if directs.is_empty() {
        return Ok(());
    }
    let node = actors::instance(writer.tx.c()).await?;
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: node.uri.clone(),
        to: vec![accused.uri.clone()],
        cc: Vec::new(),
        audience: None,
        at: writer.tx.now(),
    };
    let mut objects = vec![accused.uri.as_str()];
    objects.extend(scene.as_ref().map(|scene| scene.post.uri.as_str()));
    let built = build::flag_anonymously(&envelope, &objects, &reason);
    debug_assert!(!envelope.to.iter().any(|to| to == PUBLIC));
    let about = About {
        signer: node.id,
        ordering_key: accused.id.0,
        post: report.post_id,
    };
    writer.append(&built, about, None, &directs).await
}
