//! Topics that go into another category or into another topic: Move (FEP-f15d), and an Update of what changed with it.

use parvis_forum::id::{ActorId, PostId, TopicId};
use parvis_forum::{Origin, Result, actors};

use super::{Passed, Writer, in_category, moderation, posts};
use crate::activities::build::{self, Envelope};
use crate::audience::Directs;
use crate::objects::build::followers;
use crate::wire::PUBLIC;

/// From where, and why.
pub(super) struct Way {
    pub(super) from: ActorId,
    pub(super) reason: String,
}

/// A topic went into another category. The one that it leaves announces so, and the one that it comes to as well, with the
/// opening post as it is addressed now.
pub(super) async fn moved(
    writer: &Writer<'_>,
    topic: TopicId,
    moderator: Option<ActorId>,
    way: &Way,
    origin: &Origin,
) -> Result<()> {
    let tx = writer.tx;
    let scene = moderation::opening(writer, topic).await?;
    let from = actors::by_id(tx.c(), way.from).await?;
    let to = &scene.category.actor;
    let by = match moderator {
        Some(by) => actors::by_id(tx.c(), by).await?,
        None => from.clone(),
    };
    // What only another server could say, the category that it comes to says itself.
    let by = if by.local || !to.local {
        by
    } else {
        to.clone()
    };
    let context = scene.topic.uri.clone();
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: by.uri.clone(),
        to: vec![PUBLIC.to_owned()],
        cc: [
            followers(&from),
            followers(to),
            Some(scene.author.uri.clone()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        audience: Some(from.uri.clone()),
        at: tx.now(),
    };
    let context = context.as_deref().unwrap_or(&scene.post.uri);
    let built = build::move_topic(&envelope, context, (&from.uri, &to.uri), &way.reason);
    let passed = match origin {
        Origin::Received { uri, activity } => Passed::received(uri, activity),
        Origin::Local | Origin::Fetched | Origin::History => by.local.then(|| Passed::ours(&built)),
    };
    let mut directs = Directs::default();
    directs.add(tx, to).await?;
    directs.add(tx, &scene.author).await?;
    if let Some(passed) = &passed {
        if from.local {
            writer.announce_in(&from, passed, &directs).await?;
        } else if origin.is_local() && by.local {
            let mut directs = Directs::default();
            directs.add(tx, &from).await?;
            writer
                .append(&built, in_category(&from, &by), None, &directs)
                .await?;
        }
        if to.local {
            let directs = Directs::default();
            writer.announce_in(to, passed, &directs).await?;
        }
    }
    if scene.is_gone() {
        return Ok(());
    }
    if scene.post.local && !matches!(origin, Origin::Fetched | Origin::History) {
        posts::edited(writer, scene.post.id, scene.author.id, &Origin::Local).await?;
    }
    if to.local {
        let round = moderation::round(&scene, tx.now());
        writer.boost(&scene, &round).await?;
    }
    Ok(())
}

/// Posts of a category of ours stand in another topic than before: those that were written here are sent as they are now.
pub(super) async fn posts_moved(writer: &Writer<'_>, moved: &[PostId]) -> Result<()> {
    for post in moved {
        let scene = writer.scene(*post).await?;
        if scene.post.local && !scene.is_gone() {
            posts::edited(writer, *post, scene.author.id, &Origin::Local).await?;
        }
    }
    Ok(())
}
