//! The accepted answer of a topic: who asked chooses it, or a moderator; here or elsewhere.
//!
//! A topic from elsewhere may name an answer that isn't here yet. Its name is kept, and the answer found when it comes.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::id::PostId;
use crate::kinds::NotificationKind;
use crate::{
    Error, Event, Origin, Post, Result, Topic, Tx, Viewer, notifications, policy, posts, topics,
};

/// Chooses the accepted answer, or takes it back.
pub async fn choose(
    tx: &Tx,
    viewer: &Viewer,
    topic: Topic,
    answer: Option<PostId>,
    origin: Origin,
) -> Result<Topic> {
    policy::topics::can_choose_answer(viewer, &topic)?;
    if topic.answer_post_id == answer {
        return Ok(topic);
    }
    let by = viewer.actor_id().ok_or(crate::Denied::SignIn)?;
    let chosen = match answer {
        Some(answer) => Some(fitting(tx, &topic, answer).await?),
        None => None,
    };
    if let Some(post) = &chosen {
        notifications::notify(
            tx,
            post.author_id,
            NotificationKind::Answer,
            by,
            Some(topic.id),
            Some(post.id),
        )
        .await?;
    }
    let before = topic.answer_post_id;
    let id = topic.id;
    let mut row = topic.into_active_model();
    row.answer_post_id = Set(answer);
    row.answer_uri = Set(chosen.as_ref().map(|post| post.uri.clone()));
    let topic = row.update(tx.c()).await?;
    let emit = |post: PostId, chosen: bool, origin: Origin| {
        tx.emit(Event::AnswerChosen {
            topic: id,
            post,
            actor: by,
            chosen,
            origin,
        });
    };
    match (before, answer) {
        // What came from elsewhere names one post, and is passed on as it came.
        (Some(before), Some(_)) if origin.is_local() => emit(before, false, Origin::Local),
        (Some(before), None) => emit(before, false, origin.clone()),
        _ => {}
    }
    if let Some(answer) = answer {
        emit(answer, true, origin);
    }
    Ok(topic)
}

/// The post, when it is a reply of the topic that can be read.
async fn fitting(tx: &Tx, topic: &Topic, answer: PostId) -> Result<Post> {
    let post = posts::by_id(tx.c(), answer).await?;
    let fits = post.topic_id == topic.id
        && Some(post.id) != topic.opening_post_id
        && post.deleted_at.is_none()
        && post.removed_at.is_none();
    if fits {
        Ok(post)
    } else {
        Err(Error::field("answer", "unknown"))
    }
}

/// The asker's server says which reply answers a topic from elsewhere. It may come later.
pub(crate) async fn named(tx: &Tx, topic: Topic, uri: &str) -> Result<Topic> {
    if topic.answer_uri.as_deref() == Some(uri) {
        return Ok(topic);
    }
    let answer = posts::by_uri(tx.c(), uri).await?.filter(|post| {
        post.topic_id == topic.id
            && Some(post.id) != topic.opening_post_id
            && post.deleted_at.is_none()
    });
    let mut row = topic.into_active_model();
    row.answer_uri = Set(Some(uri.to_owned()));
    row.answer_post_id = Set(answer.map(|post| post.id));
    Ok(row.update(tx.c()).await?)
}

/// A reply came; it may be the one that was named.
pub(crate) async fn came(tx: &Tx, topic: &Topic, post: &Post) -> Result<()> {
    if topic.answer_post_id.is_some() || topic.answer_uri.as_deref() != Some(post.uri.as_str()) {
        return Ok(());
    }
    let mut row = topics::by_id(tx.c(), topic.id).await?.into_active_model();
    row.answer_post_id = Set(Some(post.id));
    row.update(tx.c()).await?;
    Ok(())
}
