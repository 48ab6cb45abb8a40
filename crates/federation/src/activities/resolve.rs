//! Resolve: a moderator elsewhere closes a report; Undo of a Flag: whoever reported takes it back.

use parvis_forum::{Report, Viewer, actors, posts, reports, topics};
use serde_json::Value;

use super::{Activity, Via, Work, moderator};
use crate::{Error, Result, wire};

/// Objects of one report that are looked at.
const MAX_OBJECTS: usize = 20;

/// Closes the report that the object is: by its id, else all about the same post.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let flag = activity.object()?;
    let found = named(work, flag).await?;
    close(work, activity, found).await
}

/// Takes back a report, which stands inside the Undo.
pub(crate) async fn withdraw(work: &Work<'_>, activity: &Activity<'_>, flag: &Value) -> Result<()> {
    let mut found = named(work, flag).await?;
    let mine = |report: &Report| report.reporter_id == Some(activity.actor.id);
    if found.iter().any(mine) {
        found.retain(mine);
    }
    close(work, activity, found).await
}

async fn named(work: &Work<'_>, flag: &Value) -> Result<Vec<Report>> {
    if let Some(id) = wire::id_of(flag)
        && let Some(report) = reports::by_uri(work.db(), id).await?
    {
        return Ok(vec![report]);
    }
    if !flag.is_object() {
        return Ok(Vec::new());
    }
    for id in wire::ids(flag, "object").into_iter().take(MAX_OBJECTS) {
        if let Some(post) = posts::by_uri(work.db(), id).await? {
            return Ok(reports::open_about(work.db(), post.id).await?);
        }
    }
    Ok(Vec::new())
}

/// Closes these reports, as far as the actor may.
pub(crate) async fn close(
    work: &Work<'_>,
    activity: &Activity<'_>,
    found: Vec<Report>,
) -> Result<()> {
    let mut allowed: Vec<(Viewer, Report)> = Vec::new();
    for report in found {
        let viewer = closer(work, activity, &report).await?;
        allowed.push((viewer, report));
    }
    if allowed.is_empty() {
        return Err(Error::refused("it closes no report that is known here"));
    }
    let reason = ["summary", "content"]
        .into_iter()
        .find_map(|field| wire::text(activity.value, field))
        .unwrap_or_default();
    let tx = work.begin().await?;
    for (viewer, report) in allowed {
        reports::resolve_received(&tx, &viewer, report.id, reason, activity.origin()).await?;
    }
    work.commit(tx).await
}

/// Who closes it: whoever reported, or a moderator of the category.
async fn closer(work: &Work<'_>, activity: &Activity<'_>, report: &Report) -> Result<Viewer> {
    if report.reporter_id == Some(activity.actor.id)
        && matches!(activity.via, Via::Direct)
        && activity.kind() == "Undo"
    {
        let actor = actors::by_id(work.db(), activity.actor.id).await?;
        return Ok(Viewer::load(work.db(), actor).await?);
    }
    let post = report
        .post_id
        .ok_or_else(|| Error::refused("that report is not about a post"))?;
    let post = posts::by_id(work.db(), post).await?;
    let topic = topics::by_id(work.db(), post.topic_id).await?;
    moderator(work, activity, &topic).await
}
