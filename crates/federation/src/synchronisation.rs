//! Whether two servers agree on who follows whom (FEP-8fcf).
//!
//! With some deliveries goes a digest of the followers that the sender believes to be at the receiver. Where it differs
//! from what is known here, the sender's list is read, signed, and what only one side knew is forgotten or taken back.
//! Everybody is told of their own people only.

use std::collections::HashSet;

use http::{HeaderMap, Method};
use parvis_forum::db::queue::inbox::{self as journal, NewItem};
use parvis_forum::kinds::FollowState;
use parvis_forum::{Actor, Error as ForumError, Event, Read, actors, follows};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::activities::Work;
use crate::origin::{Origin, same_origin};
use crate::{Error, Federation, Result, keyring, wire};

/// The header, in lower case.
pub const HEADER: &str = "collection-synchronization";
/// What the work on a digest that differs is called in the journal.
pub(crate) const SYNCHRONISE: &str = "Synchronise";
/// Where the list for one server stands, under the actor.
pub(crate) const PARTIAL: &str = "followers_synchronization";
/// A longer list might be cut on the way: nothing is concluded from it.
const MOST: usize = 900;

/// The XOR of the SHA-256 of all ids, in hex.
pub(crate) fn digest<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut sum = [0_u8; 32];
    for id in ids {
        for (total, byte) in sum.iter_mut().zip(Sha256::digest(id.as_bytes())) {
            *total ^= byte;
        }
    }
    hex::encode(sum)
}

/// What the header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    collection: String,
    url: String,
    digest: String,
}

impl Offer {
    /// What a server at `inbox` is told of the followers of an actor of ours.
    pub(crate) async fn of(
        db: &impl Read,
        actor: &Actor,
        inbox: &Url,
    ) -> parvis_forum::Result<Option<Self>> {
        let (Some(collection), Some(origin)) = (actor.followers.clone(), Origin::of(inbox)) else {
            return Ok(None);
        };
        let ids = follows::followers_at(db, actor.id, &origin.to_string()).await?;
        Ok((ids.len() <= MOST).then(|| Self {
            url: format!("{}/{PARTIAL}", actor.uri),
            digest: digest(ids.iter().map(String::as_str)),
            collection,
        }))
    }

    /// As the header is written.
    pub(crate) fn header(&self) -> String {
        format!(
            r#"collectionId="{}", url="{}", digest="{}""#,
            self.collection, self.url, self.digest
        )
    }

    /// Reads the header; nothing when it isn't one.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let of = |name: &str| {
            let (_, rest) = header.split_once(&format!("{name}=\""))?;
            let (value, _) = rest.split_once('"')?;
            Some(value.to_owned())
        };
        let digest = of("digest")?.to_ascii_lowercase();
        (digest.len() == 64).then_some(Self {
            collection: of("collectionId")?,
            url: of("url")?,
            digest,
        })
    }
}

/// A request that carries an offer.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path_and_query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// The signer of a delivery says which followers it believes to be here: notes that its list is to be read when they
/// aren't those. Only for itself, signed, and at most once an hour.
pub(crate) async fn offered(
    federation: &Federation,
    request: &Request<'_>,
    signer: &str,
) -> Result<()> {
    let mut values = request.headers.get_all(HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Ok(());
    };
    let Some(offer) = value.to_str().ok().and_then(Offer::parse) else {
        return Ok(());
    };
    let pending = keyring::inspect(
        federation,
        request.method,
        request.path_and_query,
        request.headers,
        Some(request.body),
    )
    .map_err(|error| Error::refused(error.to_string()))?;
    if !pending.covers(HEADER) {
        return Err(Error::refused("the list of followers is not signed"));
    }
    let forum = federation.forum();
    let Some(actor) = actors::by_uri(forum.db(), signer).await? else {
        return Ok(());
    };
    if actor.local
        || actor.followers.as_deref() != Some(&*offer.collection)
        || !same_host(&offer.url, signer)
    {
        return Err(Error::refused("a list of followers of somebody else"));
    }
    let known: Vec<String> = follows::followers_here(forum.db(), actor.id)
        .await?
        .into_iter()
        .filter(|(follow, _)| follow.state == FollowState::Accepted)
        .map(|(_, follower)| follower.uri)
        .collect();
    if digest(known.iter().map(String::as_str)) == offer.digest {
        return Ok(());
    }
    let tx = forum.begin().await?;
    let hour = tx.now().seconds().div_euclid(3_600);
    let body = json!({"type": SYNCHRONISE, "object": signer, "target": offer.url}).to_string();
    let us = &federation.instance().uri;
    let host = Url::parse(us)
        .ok()
        .and_then(|url| Origin::of(&url))
        .map(|origin| origin.authority())
        .unwrap_or_default();
    let new = NewItem {
        activity_uri: &format!("synchronise {hour} {signer}"),
        signer_uri: us,
        host: &host,
        ordering_key: &format!("synchronise {signer}"),
        body: &body,
    };
    journal::append(tx.c(), tx.now(), new)
        .await
        .map_err(ForumError::from)?;
    tx.commit().await?;
    Ok(())
}

fn same_host(a: &str, b: &str) -> bool {
    matches!((Url::parse(a), Url::parse(b)), (Ok(a), Ok(b)) if same_origin(&a, &b))
}

/// Reads the list of an actor's followers here, and makes ours agree: who isn't on it follows no longer, who waits and is
/// on it follows, and who is on it without having asked is taken off.
pub(crate) async fn apply(work: &Work<'_>, actor: &str, url: &str) -> Result<()> {
    let federation = work.federation;
    if !same_host(url, actor) || federation.is_local_id(actor) {
        return Err(Error::refused("a list of followers of somebody else"));
    }
    let actor = actors::by_uri(work.db(), actor)
        .await?
        .ok_or_else(|| Error::refused("the actor is not known"))?;
    let items = work.reader.collection(url, MOST + 1).await?;
    if items.len() > MOST {
        return Err(Error::refused("the list of followers is too long"));
    }
    let listed: HashSet<&str> = items
        .iter()
        .filter_map(wire::id_of)
        .filter(|id| federation.is_local_id(id))
        .collect();
    let tx = work.begin().await?;
    let known = follows::followers_here(tx.c(), actor.id).await?;
    for (follow, follower) in &known {
        let on_it = listed.contains(&*follower.uri);
        match follow.state {
            FollowState::Accepted if !on_it => {
                follows::forget(&tx, follow.id).await?;
            }
            FollowState::Pending if on_it => {
                follows::answered(&tx, follow.clone(), true).await?;
            }
            _ => {}
        }
    }
    for uri in listed {
        if known.iter().any(|(_, follower)| follower.uri == uri) {
            continue;
        }
        if let Some(follower) = actors::by_uri(tx.c(), uri).await?
            && follower.local
        {
            tx.emit(Event::FollowUndone {
                follower: follower.id,
                followed: actor.id,
                uri: format!("{uri}#follows/{}", actor.id),
            });
        }
    }
    work.commit(tx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_proposal_has_its_digest() {
        assert_eq!(
            digest([
                "https://testing.example.org/users/1",
                "https://testing.example.org/users/2"
            ]),
            "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
        );
        assert_eq!(digest([]), "0".repeat(64));
    }

    #[test]
    fn what_is_written_is_read_and_half_of_it_is_not() {
        let offer = Offer {
            collection: "https://a.example/u/1/followers".to_owned(),
            url: "https://a.example/u/1/followers_synchronization".to_owned(),
            digest: digest([]),
        };
        assert_eq!(Offer::parse(&offer.header()), Some(offer.clone()));
        for bad in [
            "",
            "digest=\"00\"",
            "collectionId=\"x\", url=\"y\"",
            "collectionId=x, url=y, digest=z",
            &offer.header().replace("digest=\"00", "digest=\""),
        ] {
            assert_eq!(Offer::parse(bad), None, "{bad}");
        }
    }
}
