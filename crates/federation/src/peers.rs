//! What runs on other servers, as their NodeInfo says: decides which form of an announcement they receive.
//!
//! A hint for compatibility, never a right. A server that says nothing counts as a microblog.

use std::time::Duration;

use parvis_forum::{Error, Instance, instances};
use url::Url;

use crate::http::{FetchError, Wanted};
use crate::{Federation, Result, nodeinfo};

/// How long what a server said is believed.
const BELIEVED_DAYS: i64 = 1;
/// Waiting for this must not hold up deliveries.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the NodeInfo of the server of `address` unless that was done within the last day. False when the server
/// could not be reached, and asking again soon makes sense.
pub async fn learn(federation: &Federation, host: &str, address: &Url) -> Result<bool> {
    let forum = federation.forum();
    let known = match instances::by_host(forum.db(), host).await {
        Ok(known) => Some(known),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let fresh = known
        .as_ref()
        .and_then(|known| known.nodeinfo_at)
        .is_some_and(|at| at.plus_days(BELIEVED_DAYS) > forum.now());
    if fresh {
        return Ok(true);
    }
    let answer = tokio::time::timeout(TIMEOUT, ask(federation, address))
        .await
        .unwrap_or(Err(FetchError::Timeout));
    let peer = match answer {
        Ok(peer) => peer,
        Err(error) if error.is_temporary() => {
            tracing::debug!(instance = host, %error, "no NodeInfo from {host}");
            return Ok(false);
        }
        Err(_) => None,
    };
    let (software, version) = match (peer, known) {
        (Some(peer), _) => (peer.software, peer.version),
        (
            None,
            Some(Instance {
                software, version, ..
            }),
        ) => (software, version),
        (None, None) => (None, None),
    };
    let tx = forum.begin().await?;
    instances::set_software(&tx, host, software.as_deref(), version.as_deref()).await?;
    tx.commit().await?;
    Ok(true)
}

async fn ask(federation: &Federation, address: &Url) -> Result<Option<nodeinfo::Peer>, FetchError> {
    let http = federation.http();
    let discovery = address
        .join("/.well-known/nodeinfo")
        .map_err(|error| FetchError::Malformed(error.to_string()))?;
    let found = http
        .fetch_document(&discovery, Wanted::NODEINFO, None)
        .await?;
    let Some(url) = nodeinfo::document_url(&found.body, &found.final_url) else {
        return Ok(None);
    };
    let document = http.fetch_document(&url, Wanted::NODEINFO, None).await?;
    Ok(nodeinfo::parse(&document.body))
}
