//! What administrators decide about deliveries and about what the queues gave up. Each decision that loses something is
//! written to the log of moderation. Whoever commits wakes the workers.

use parvis_forum::db::queue::outbox as log;
use parvis_forum::db::queue::set_aside::{self as given_up, After, Decided};
use parvis_forum::moderation::{self, Target};
use parvis_forum::{Error as ForumError, Kind, Read, Tx, Viewer, policy};

pub use parvis_forum::db::queue::set_aside::{SetAside, SetAsideId};

use crate::audience::{self, FORUMS};
use crate::{Error, Federation, Result};

fn database(error: parvis_forum::db::sea_orm::DbErr) -> Error {
    ForumError::from(error).into()
}

/// Tries at once everything that waits for a host. False when nothing is ever sent there.
pub async fn retry_host(federation: &Federation, host: &str) -> Result<bool> {
    let forum = federation.forum();
    let found = log::retry_host(forum.db(), host, forum.now())
        .await
        .map_err(database)?;
    forum.wake_workers();
    Ok(found > 0)
}

/// Sets aside what a host has been waiting for longest, at each of its inboxes, and goes on with the rest.
pub async fn skip_first(tx: &Tx, viewer: &Viewer, host: &str) -> Result<Vec<SetAsideId>> {
    policy::people::can_administer(viewer).map_err(ForumError::from)?;
    let reads_announces = audience::is_forum(tx.c(), host).await?;
    let skipped = given_up::skip_first(tx.c(), host, reads_announces, tx.now())
        .await
        .map_err(database)?;
    if !skipped.is_empty() {
        let names: Vec<String> = skipped.iter().map(ToString::to_string).collect();
        let note = format!("{host}: {}", names.join(", "));
        moderation::log(tx, viewer, "delivery-skip", Target::Other, &note).await?;
    }
    Ok(skipped)
}

/// What was set aside, newest first: of one host, or of all.
pub async fn set_aside(
    db: &impl Read,
    viewer: &Viewer,
    host: Option<&str>,
    after: Option<After>,
    limit: u64,
) -> Result<Vec<SetAside>> {
    policy::people::can_administer(viewer).map_err(ForumError::from)?;
    given_up::list(db, host, after, limit)
        .await
        .map_err(database)
}

/// One thing that was set aside.
pub async fn find_set_aside(db: &impl Read, viewer: &Viewer, id: SetAsideId) -> Result<SetAside> {
    policy::people::can_administer(viewer).map_err(ForumError::from)?;
    let found = given_up::find(db, id).await.map_err(database)?;
    Ok(found.ok_or(ForumError::NotFound(Kind::Activity))?)
}

/// Tries something that was set aside again.
pub async fn retry_set_aside(tx: &Tx, viewer: &Viewer, id: SetAsideId) -> Result<()> {
    policy::people::can_administer(viewer).map_err(ForumError::from)?;
    let decided = given_up::retry(tx.c(), id, tx.now(), FORUMS)
        .await
        .map_err(database)?;
    done(decided)
}

/// Drops something that was set aside; that it was stays written.
pub async fn drop_set_aside(tx: &Tx, viewer: &Viewer, id: SetAsideId) -> Result<()> {
    let item = find_set_aside(tx.c(), viewer, id).await?;
    let decided = given_up::discard(tx.c(), id, tx.now())
        .await
        .map_err(database)?;
    done(decided)?;
    let what = item.activity_uri.unwrap_or_else(|| id.to_string());
    let note = format!("{}: {what}", item.host);
    moderation::log(tx, viewer, "delivery-drop", Target::Other, &note).await?;
    Ok(())
}

fn done(decided: Decided) -> Result<()> {
    match decided {
        Decided::Yes => Ok(()),
        Decided::Absent => Err(ForumError::NotFound(Kind::Activity).into()),
        Decided::Impossible => Err(ForumError::Conflict(
            "the activity is no longer in the log, or its inbox is gone",
        )
        .into()),
    }
}
