//! `/healthz`: the process is alive. `/readyz`: it can do its work, or the reason why not.
//!
//! Ready means: the database answers, takes writes and has the schema of this program; the disk is not full; and where
//! the background work is this process's, its loops go round.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use parvis_forum::{Forum, settings};
use serde_json::json;

use crate::state::AppState;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// With less than this the disk counts as full: the database needs room to write in order to delete.
const ROOM: u64 = 32 * 1024 * 1024;

/// Routes over anything that has a forum.
pub(crate) fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Forum: FromRef<S>,
{
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

impl FromRef<AppState> for Forum {
    fn from_ref(state: &AppState) -> Self {
        state.forum.clone()
    }
}

async fn alive() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], Json(json!({"status": "ok"})))
}

async fn ready(State(forum): State<Forum>) -> Response {
    let checked = tokio::time::timeout(PATIENCE, reason(&forum)).await;
    let reason = checked.unwrap_or(Some("the database does not answer".to_owned()));
    let (status, body) = match reason {
        None => (StatusCode::OK, json!({"status": "ok"})),
        Some(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({"status": "unavailable", "reason": reason}),
        ),
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Why the node can't do its work; none when it can.
async fn reason(forum: &Forum) -> Option<String> {
    match forum.db().pending_migrations().await {
        Err(error) => {
            tracing::warn!(%error, "not ready: {error}");
            return Some("the database does not answer".to_owned());
        }
        Ok(pending) if !pending.is_empty() => {
            return Some("the schema of the database is not up to date".to_owned());
        }
        Ok(_) => {}
    }
    if let Some((free, _)) = disk(forum)
        && free < ROOM
    {
        return Some(format!("the disk is full: {} KiB are left", free / 1024));
    }
    if let Err(error) = settings::check_writable(forum).await {
        tracing::warn!(%error, "not ready: {error}");
        return Some("the database can't be written to".to_owned());
    }
    let silent = forum.heartbeats().silent()?;
    tracing::warn!(worker = silent, "not ready: the loop `{silent}` is silent");
    Some(format!("the background work `{silent}` does not go on"))
}

/// Free and whole bytes of the disk that the node writes to: that of an SQLite file, else that of its files.
pub(crate) fn disk(forum: &Forum) -> Option<(u64, u64)> {
    let config = forum.config();
    let path = match config.database.url.as_str().strip_prefix("sqlite://") {
        Some(path) => PathBuf::from(path.split('?').next().unwrap_or(path)),
        None => config.storage.url.path().to_owned(),
    };
    let absolute = std::path::absolute(path).ok()?;
    // What isn't there yet will be made on the disk of the folder above.
    let there = absolute.ancestors().find(|path| path.exists())?;
    space(there)
}

fn space(path: &Path) -> Option<(u64, u64)> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some((
        found.f_bavail.saturating_mul(found.f_frsize),
        found.f_blocks.saturating_mul(found.f_frsize),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_a_disk() {
        let (free, size) = space(&std::env::temp_dir()).unwrap();
        assert!(free <= size && size > 0);
        assert_eq!(space(Path::new("/nowhere/at/all")), None);
    }
}
