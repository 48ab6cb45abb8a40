//! Posts and votes: Create, Update, Delete, Reject, Like, Dislike and their Announces.

use activitypub_federation::kinds::activity::CreateType;
use parvis_forum::circles;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::{ActorId, PostId};
use parvis_forum::kinds::{Reach, VoteKind};
use parvis_forum::posts::Refused;
use parvis_forum::{Around, Denied, Origin, Post, Result, actors, categories, topics};

use super::{
    About, Followers, Passed, Spot, Writer, about, missing, reach, reach_of_replies, refusal_uri,
};
use crate::activities::build::{self, Built, CreateNamed, Envelope};
use crate::audience::Directs;
use crate::objects::build::post::Scene;

/// Servers of those to whom a post is addressed one by one, and the category's when it is elsewhere.
async fn addressed(writer: &Writer<'_>, scene: &Scene) -> Result<Directs> {
    let mut directs = Directs::default();
    for actor in scene.people() {
        directs.add(writer.tx, actor).await?;
    }
    if !scene.category.actor.local {
        directs.add(writer.tx, &scene.category.actor).await?;
    }
    Ok(directs)
}

/// What a local author does to a post: sent to the author's followers, to those addressed and to the category; one of
/// ours announces it. `held` names microblogs that got the post by a boost and must learn of this too.
pub(super) async fn publish_own(
    writer: &Writer<'_>,
    scene: &Scene,
    built: &Built,
    mut directs: Directs,
    held: Option<Followers>,
) -> Result<()> {
    let about = about(scene, &scene.author);
    if !scene.category.actor.local {
        let followers = Followers {
            of: scene.author.id,
            reach: Reach::All,
        };
        return writer.append(built, about, Some(followers), &directs).await;
    }
    directs.extend(log::interested(writer.tx.c(), scene.author.id).await?);
    let directs = directs
        .without_forums_of(writer.tx, scene.category.id())
        .await?;
    if held.is_some() || !directs.is_empty() {
        writer.append(built, about, held, &directs).await?;
    }
    writer
        .announce(scene.spot(), &Passed::ours(built), reach(scene))
        .await
}

/// Microblogs that follow the category: they hold copies of its opening posts.
pub(super) fn microblogs(scene: &Scene) -> Option<Followers> {
    scene.is_opening().then(|| Followers {
        of: scene.category.id(),
        reach: Reach::Microblogs,
    })
}

/// A post is there.
pub(super) async fn created(
    writer: &Writer<'_>,
    post: PostId,
    around: Option<&Around>,
    origin: &Origin,
) -> Result<()> {
    if matches!(origin, Origin::Fetched) {
        return Ok(());
    }
    if let (Some(around), Origin::Received { .. }) = (around, origin) {
        let spot = Spot {
            post,
            topic: around.topic,
            category: &around.category,
            author: &around.author,
        };
        let reach = reach_of_replies(&around.category);
        writer.pass_on(spot, origin, reach).await?;
        return Ok(());
    }
    let scene = writer.scene(post).await?;
    let announced = match origin {
        Origin::Fetched | Origin::History => return Ok(()),
        Origin::Received { .. } => writer.pass_on(scene.spot(), origin, reach(&scene)).await?,
        Origin::Local if !scene.author.local => return Ok(()),
        Origin::Local => {
            let built = build::create(&scene, writer.config())
                .ok_or_else(|| missing("the id of the Create"))?
                .proven_by(&scene.author, writer.config(), writer.tx.now());
            let directs = addressed(writer, &scene).await?;
            publish_own(writer, &scene, &built, directs, None).await?;
            scene.category.actor.local
        }
    };
    if announced && scene.is_opening() {
        writer.boost(&scene, "").await?;
    }
    Ok(())
}

/// A post has changed.
pub(super) async fn edited(
    writer: &Writer<'_>,
    post: PostId,
    editor: ActorId,
    origin: &Origin,
) -> Result<()> {
    let scene = writer.scene(post).await?;
    // What moderation took away is not published again by an edit.
    if scene.is_gone() {
        return Ok(());
    }
    if !origin.is_local() {
        writer.pass_on(scene.spot(), origin, reach(&scene)).await?;
        return Ok(());
    }
    if !scene.post.local {
        return Ok(());
    }
    let editor = actors::by_id(writer.tx.c(), editor).await?;
    let envelope = writer.envelope(&scene, &editor).await?;
    let built = build::update_post(&envelope, &scene, writer.config());
    if editor.id == scene.author.id {
        let built = built.proven_by(&scene.author, writer.config(), writer.tx.now());
        let directs = sent_before(writer, &scene).await?;
        return publish_own(writer, &scene, &built, directs, microblogs(&scene)).await;
    }
    // Somebody else's edit counts only inside the category's Announce.
    if scene.category.actor.local {
        writer
            .announce(scene.spot(), &Passed::ours(&built), reach(&scene))
            .await?;
    }
    Ok(())
}

/// A post was deleted by its author.
pub(super) async fn deleted(writer: &Writer<'_>, post: PostId, origin: &Origin) -> Result<()> {
    let scene = writer.scene(post).await?;
    if !origin.is_local() {
        writer.pass_on(scene.spot(), origin, reach(&scene)).await?;
        return Ok(());
    }
    if !scene.author.local {
        return Ok(());
    }
    let envelope = writer.envelope(&scene, &scene.author).await?;
    let built = build::delete_post(&envelope, &scene.post, None).proven_by(
        &scene.author,
        writer.config(),
        writer.tx.now(),
    );
    let directs = sent_before(writer, &scene).await?;
    publish_own(writer, &scene, &built, directs, microblogs(&scene)).await
}

/// Everybody to whom the post is addressed, or something about it went by name before: an edit may have dropped a
/// mention, and a deletion drops them all.
pub(super) async fn sent_before(writer: &Writer<'_>, scene: &Scene) -> Result<Directs> {
    let mut directs = addressed(writer, scene).await?;
    let before = log::directs_of_post(writer.tx.c(), scene.post.id).await?;
    directs.extend(
        log::all_destinations(writer.tx.c())
            .await?
            .into_iter()
            .filter(|destination| before.contains(&destination.id)),
    );
    Ok(directs)
}

/// A category of ours doesn't take what came: its sender is told, at their own inbox.
pub(super) async fn refused(writer: &Writer<'_>, refused: &Refused, why: Denied) -> Result<()> {
    let group = actors::by_id(writer.tx.c(), refused.category).await?;
    let author = actors::by_id(writer.tx.c(), refused.author).await?;
    let uri = refusal_uri(writer.config(), &group, &refused.create);
    if log::find(writer.tx.c(), &uri).await?.is_some() {
        return Ok(());
    }
    let envelope = Envelope {
        id: uri,
        actor: group.uri.clone(),
        to: vec![author.uri.clone()],
        audience: Some(group.uri.clone()),
        at: writer.tx.now(),
        ..Envelope::default()
    };
    let create = CreateNamed {
        id: &refused.create,
        kind: CreateType::Create,
        actor: &author.uri,
        object: &refused.post,
    };
    let mut directs = Directs::default();
    directs.add_own(writer.tx, &author).await?;
    let about = About {
        signer: group.id,
        ordering_key: author.id.0,
        post: None,
        circle: circles::is_closed(&group).then_some(group.id),
    };
    writer
        .append(
            &build::refusal(&envelope, &create, why),
            about,
            None,
            &directs,
        )
        .await
}

/// Sends a vote of somebody here, or its undoing: to the category and to the author of the post.
async fn publish_vote(
    writer: &Writer<'_>,
    scene: &Scene,
    built: &Built,
    actor: ActorId,
) -> Result<()> {
    let mut directs = Directs::default();
    directs.add(writer.tx, &scene.author).await?;
    let group = &scene.category.actor;
    if group.local {
        directs = directs.without_forums_of(writer.tx, group.id).await?;
    } else {
        directs.add(writer.tx, group).await?;
    }
    if !directs.is_empty() {
        let about = super::About {
            signer: actor,
            ..about(scene, &scene.author)
        };
        writer.append(built, about, None, &directs).await?;
    }
    if group.local {
        writer
            .announce(scene.spot(), &Passed::ours(built), Reach::Forums)
            .await?;
    }
    Ok(())
}

/// A vote is there.
pub(super) async fn voted(
    writer: &Writer<'_>,
    post: Post,
    actor: ActorId,
    kind: VoteKind,
    uri: String,
    origin: &Origin,
) -> Result<()> {
    let db = writer.tx.c();
    if !origin.is_local() {
        let topic = topics::by_id(db, post.topic_id).await?;
        let category = categories::by_id(db, topic.category_id).await?;
        if category.actor.local {
            let spot = Spot {
                post: post.id,
                topic: topic.id,
                category: &category,
                author: &actors::by_id(db, post.author_id).await?,
            };
            writer.pass_on(spot, origin, Reach::Forums).await?;
        }
        return Ok(());
    }
    let voter = actors::by_id(db, actor).await?;
    if !voter.local {
        return Ok(());
    }
    let scene = Scene::load(db, post).await?;
    let envelope = Envelope {
        id: uri,
        ..writer.vote_envelope(&scene, &voter).await?
    };
    let built = build::vote(&envelope, kind, &scene.post.uri).proven_by(
        &voter,
        writer.config(),
        writer.tx.now(),
    );
    publish_vote(writer, &scene, &built, voter.id).await
}

/// A vote was taken back.
pub(super) async fn vote_undone(
    writer: &Writer<'_>,
    post: PostId,
    actor: ActorId,
    kind: VoteKind,
    uri: Option<String>,
    origin: &Origin,
) -> Result<()> {
    let scene = writer.scene(post).await?;
    let voter = actors::by_id(writer.tx.c(), actor).await?;
    if !origin.is_local() || !voter.local {
        writer.pass_on(scene.spot(), origin, Reach::Forums).await?;
        return Ok(());
    }
    let vote = match uri {
        Some(id) => Envelope {
            id,
            ..writer.vote_envelope(&scene, &voter).await?
        },
        None => writer.vote_envelope(&scene, &voter).await?,
    };
    let vote = build::vote(&vote, kind, &scene.post.uri);
    let envelope = writer.vote_envelope(&scene, &voter).await?;
    let built = build::undo(&envelope, &vote);
    publish_vote(writer, &scene, &built, voter.id).await
}
