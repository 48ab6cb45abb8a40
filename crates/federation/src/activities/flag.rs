//! Flag: a report from elsewhere, about posts or accounts (ActivityStreams §Flag).

use parvis_forum::reports::{self, About, NewReport};
use parvis_forum::{Viewer, actors, posts};

use super::{Activity, Work};
use crate::compat::lemmy;
use crate::{Error, Result, wire};

/// Objects of one report that are looked at.
const MAX_OBJECTS: usize = 20;

/// Files the report: about the first post that is known here, else about the first account of ours.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    activity.must_be_direct()?;
    let db = work.db();
    let mut about = None;
    for id in wire::ids(activity.value, "object")
        .into_iter()
        .take(MAX_OBJECTS)
    {
        if let Some(post) = posts::by_uri(db, id).await? {
            about = Some(About::Post(Box::new(post)));
            break;
        }
        if about.is_none()
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
    reports::file(&tx, &viewer, NewReport::received(about, reason, uri)).await?;
    work.commit(tx).await
}
