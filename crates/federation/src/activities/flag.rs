//! Flag: a report from elsewhere, about posts or accounts (ActivityStreams §Flag).

use parvis_forum::reports::{self, About, NewReport};
use parvis_forum::{Viewer, actors, categories, posts, topics};

use super::{Activity, Via, Work};
use crate::compat::lemmy;
use crate::{Error, Result, wire};

/// Objects of one report that are looked at.
const MAX_OBJECTS: usize = 20;

/// Files the report: about the first post that is known here, else about the first account of ours.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let db = work.db();
    let passed_on = heard_as_moderator(work, activity).await?;
    let mut about = None;
    for id in wire::ids(activity.value, "object")
        .into_iter()
        .take(MAX_OBJECTS)
    {
        if let Some(post) = posts::by_uri(db, id).await? {
            let topic = topics::by_id(db, post.topic_id).await?;
            activity.must_be_of(&topic)?;
            about = Some(About::Post(Box::new(post)));
            break;
        }
        if about.is_none()
            && !passed_on
            && let Some(actor) = actors::by_uri(db, id).await?
            && actor.local
        {
            about = Some(About::Actor(Box::new(actor)));
        }
    }
    let about = about.ok_or_else(|| Error::refused("it reports nothing of here"))?;
    let uri = activity
        .id()
        .ok_or_else(|| Error::refused("a report without id"))?
        .to_owned();
    let reason = lemmy::report_reason(activity.value);
    let viewer = Viewer::load(db, activity.actor.clone()).await?;
    let tx = work.begin().await?;
    let new = NewReport::received(about, reason, uri, activity.origin());
    reports::file(&tx, &viewer, new).await?;
    work.commit(tx).await
}

/// A category elsewhere tells its moderators of a report: whether this is one, for somebody here who is among them.
async fn heard_as_moderator(work: &Work<'_>, activity: &Activity<'_>) -> Result<bool> {
    let Via::Group { group, .. } = &activity.via else {
        activity.must_be_direct()?;
        return Ok(false);
    };
    if categories::is_moderated_from_here(work.db(), group.id()).await? {
        Ok(true)
    } else {
        Err(Error::refused("nobody here moderates that category"))
    }
}
