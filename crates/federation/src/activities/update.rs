//! Update: a newer version of a post or an actor (ActivityPub §7.3).
//!
//! Only the author changes a post; what a category passes on is read anew at the author's server. Id, author, type,
//! place and first publication of what is stored never change.

use parvis_forum::posts::RemoteEdit;
use parvis_forum::{Actor, Origin, Post, actors, bans, posts, topics};
use serde_json::Value;

use super::{Activity, Via, Work, create, delete, quote, same_host};
use crate::objects::actor;
use crate::objects::post::Incoming;
use crate::{Error, Result, wire};

/// Takes over the newer version.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let object = activity.object()?;
    let id = activity.object_id()?;
    if work.federation.is_local_id(id) {
        return Err(Error::refused("it claims to be of this node"));
    }
    if let Some(known) = actors::by_uri(work.db(), id).await? {
        return actor_changed(work, activity, &known).await;
    }
    if actor::kind_of(object).is_some() {
        return Err(Error::refused("the actor is not known"));
    }
    let Some(known) = posts::by_uri(work.db(), id).await? else {
        if wire::type_of(object) == Some("Tombstone") {
            return delete::handle(work, activity).await;
        }
        return create::handle(work, activity).await;
    };
    if known.local {
        return Err(Error::refused("it is a post of ours"));
    }
    if wire::type_of(object) == Some("Tombstone") {
        return delete::handle(work, activity).await;
    }
    work.wait_if_limited(&known.uri).await?;
    let author = actors::by_id(work.db(), known.author_id).await?;
    let own = activity.actor.id == author.id;
    match &activity.via {
        Via::Direct if own && object.is_object() => {
            edit(work, activity.origin(), known, &author, object).await
        }
        // It is newer or has no effect: an old one that is shown again changes nothing.
        Via::Group { proven: true, .. }
            if own && object.is_object() && wire::text(object, "updated").is_some() =>
        {
            let topic = topics::by_id(work.db(), known.topic_id).await?;
            activity.must_be_of(&topic)?;
            edit(work, activity.origin(), known, &author, object).await
        }
        Via::Direct if !own => Err(Error::refused("only the author changes a post")),
        _ => {
            let topic = topics::by_id(work.db(), known.topic_id).await?;
            activity.must_be_of(&topic)?;
            let (document, _) = work.reader.object(id).await?;
            edit(work, activity.origin(), known, &author, &document).await
        }
    }
}

/// Takes over the version of a known post that a document says. What isn't newer changes nothing.
pub(crate) async fn edit(
    work: &Work<'_>,
    origin: Origin,
    known: Post,
    author: &Actor,
    document: &Value,
) -> Result<()> {
    let incoming = delete::read_again(work, document, &known, author).await?;
    let forum = work.federation.forum();
    let topic = topics::by_id(work.db(), known.topic_id).await?;
    let opening = topic.opening_post_id == Some(known.id);
    let category = actors::by_id(work.db(), topic.category_id).await?;
    if bans::in_force(work.db(), forum.config(), forum.now(), author, category.id)
        .await?
        .is_some()
    {
        return Err(Error::refused("its author is banned from the category"));
    }
    let title = opening.then(|| incoming.title(&category, author));
    let judged = Box::pin(quote::judged(work, &incoming)).await?;
    let remote = Incoming { judged, ..incoming }
        .into_remote(
            work.db(),
            forum.config(),
            opening.then_some(&category),
            origin,
            forum.now(),
        )
        .await?;
    let tx = work.begin().await?;
    let post = posts::by_id(tx.c(), known.id).await?;
    let change = RemoteEdit {
        remote,
        title,
        editor: author.id,
    };
    posts::receive_edit(&tx, post, change).await?;
    work.commit(tx).await
}

/// An actor says that its document changed: it is read anew, whatever the activity says.
async fn actor_changed(work: &Work<'_>, activity: &Activity<'_>, known: &Actor) -> Result<()> {
    if known.local {
        return Err(Error::refused("it is an actor of ours"));
    }
    let may = known.id == activity.actor.id
        || same_host(&known.uri, &activity.actor.uri)
        || matches!(&activity.via, Via::Group { group, .. } if group.id() == known.id);
    if !may {
        return Err(Error::refused("not by the actor or its server"));
    }
    work.reader.refresh_actor(&known.uri).await?;
    Ok(())
}
