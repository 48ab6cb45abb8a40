//! Follow: somebody elsewhere follows a person, a category or the node (ActivityPub §7.5).

use parvis_forum::{actors, follows};
use serde_json::Value;

use super::{Activity, Work};
use crate::{Error, Result};

/// Stores the follower; the forum answers.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    activity.must_be_direct()?;
    let target = activity.object_id()?;
    let target = actors::by_uri(work.db(), target)
        .await?
        .filter(|actor| actor.local && actor.deleted_at.is_none())
        .ok_or_else(|| Error::refused("it follows nobody here"))?;
    let uri = activity
        .id()
        .ok_or_else(|| Error::refused("a follow without id"))?
        .to_owned();
    let text = activity
        .text
        .map_or_else(|| Value::to_string(activity.value), str::to_owned);
    let tx = work.begin().await?;
    follows::receive(&tx, &activity.actor, &target, uri, text).await?;
    work.commit(tx).await
}
