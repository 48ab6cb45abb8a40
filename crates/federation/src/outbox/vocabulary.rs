//! Polls and accepted answers: votes to who asks, counts to who may have seen the poll, choices through the category.

use parvis_forum::id::{ActorId, PostId};
use parvis_forum::kinds::Reach;
use parvis_forum::{Origin, Result, actors, categories, polls};

use super::{About, Passed, Writer, about, posts};
use crate::activities::build::{self, Envelope};
use crate::audience::Directs;

/// Under which kind votes stand in the log: who chose what is nobody's business.
pub(crate) const VOTE: &str = "Vote";

/// Somebody here voted in a poll elsewhere: its server is told, once for each choice, and nobody else.
pub(super) async fn poll_voted(
    writer: &Writer<'_>,
    post: PostId,
    actor: ActorId,
    choices: &[String],
) -> Result<()> {
    let scene = writer.scene(post).await?;
    let voter = actors::by_id(writer.tx.c(), actor).await?;
    let mut directs = Directs::default();
    directs.add_own(writer.tx, &scene.author).await?;
    if directs.is_empty() {
        return Ok(());
    }
    for choice in choices {
        let envelope = Envelope {
            id: writer.fresh_uri().await?,
            actor: voter.uri.clone(),
            to: vec![scene.author.uri.clone()],
            at: writer.tx.now(),
            ..Envelope::default()
        };
        let id = writer.fresh_uri().await?;
        let built = build::poll_vote(&envelope, &id, &voter, &scene, choice);
        let about = About {
            post: None,
            ..about(&scene, &voter)
        };
        writer
            .append_as(&built, VOTE.to_owned(), about, None, &directs)
            .await?;
    }
    Ok(())
}

/// How a poll of ours stands: to all who got the post, and to the servers of those who voted.
pub(super) async fn poll_counted(writer: &Writer<'_>, post: PostId) -> Result<()> {
    let scene = writer.scene(post).await?;
    if scene.is_gone() || !scene.post.local || !scene.author.local {
        return Ok(());
    }
    let envelope = writer.envelope(&scene, &scene.author).await?;
    let built = build::update_post(&envelope, &scene, writer.config());
    let mut directs = posts::sent_before(writer, &scene).await?;
    let voters = polls::voters(writer.tx.c(), post).await?;
    for voter in actors::by_ids(writer.tx.c(), voters).await?.values() {
        directs.add(writer.tx, voter).await?;
    }
    posts::publish_own(writer, &scene, &built, directs, posts::microblogs(&scene)).await
}

/// The accepted answer of a topic was chosen, or taken back.
pub(super) async fn answer_chosen(
    writer: &Writer<'_>,
    post: PostId,
    actor: ActorId,
    chosen: bool,
    origin: &Origin,
) -> Result<()> {
    let scene = writer.scene(post).await?;
    if !origin.is_local() {
        writer.pass_on(scene.spot(), origin, Reach::Forums).await?;
        return Ok(());
    }
    let who = actors::by_id(writer.tx.c(), actor).await?;
    if !who.local {
        return Ok(());
    }
    let envelope = writer.moderation_envelope(&scene, &who).await?;
    let choice = build::choose_answer(&envelope, &scene.post.uri);
    let built = if chosen {
        choice
    } else {
        let envelope = writer.moderation_envelope(&scene, &who).await?;
        build::undo(&envelope, &choice)
    };
    let group = &scene.category.actor;
    if group.local {
        return writer
            .announce(scene.spot(), &Passed::ours(&built), Reach::Forums)
            .await;
    }
    let may = who.id == scene.topic.author_id
        || categories::moderators(writer.tx.c(), group.id)
            .await?
            .iter()
            .any(|moderator| moderator.id == who.id);
    if may {
        let mut directs = Directs::default();
        directs.add(writer.tx, group).await?;
        writer
            .append(&built, about(&scene, &who), None, &directs)
            .await?;
    }
    Ok(())
}
