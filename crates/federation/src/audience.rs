//! Who receives what: destinations of actors, the interests of those who follow, and which software reads what.
//!
//! A destination is an inbox elsewhere, the shared one of a server where it has one. Nothing is ever addressed to
//! ourselves or to a server that is not allowed.

use std::collections::HashMap;

use parvis_forum::circles;
use parvis_forum::db::entity::destination;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::{ActorId, DestinationId};
use parvis_forum::kinds::DestinationState;
use parvis_forum::{Actor, Read, Result, Tx, Viewer, actors, instances};
use url::Url;

use crate::nodeinfo::SOFTWARE;
use crate::origin::Origin;

/// Software that unwraps an activity inside an Announce (FEP-1b12), as NodeInfo names it. All other software, and what
/// is not known, is taken for a microblog, which understands the Announce of an id.
pub const FORUMS: &[&str] = &[
    "lemmy",
    "piefed",
    "mbin",
    "kbin",
    "nodebb",
    "lotide",
    "discourse",
    "friendica",
    "hubzilla",
    "mitra",
    SOFTWARE,
];

/// The authority of an inbox; none when it is not an address.
pub(crate) fn host_of(inbox: &str) -> Option<String> {
    Url::parse(inbox)
        .ok()
        .and_then(|url| Origin::of(&url))
        .map(|origin| origin.authority())
}

/// The inbox at which a server takes what is for this actor: its shared one where it has one.
pub(crate) fn shared_inbox(actor: &Actor) -> &str {
    actor.shared_inbox.as_deref().unwrap_or(&actor.inbox)
}

/// Whether what is known of a host says that it is a forum.
pub(crate) async fn is_forum(db: &impl Read, host: &str) -> Result<bool> {
    Ok(software_of(db, host)
        .await?
        .is_some_and(|software| FORUMS.contains(&software.as_str())))
}

async fn software_of(db: &impl Read, host: &str) -> Result<Option<String>> {
    match instances::by_host(db, host).await {
        Ok(instance) => Ok(instance.software),
        Err(parvis_forum::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Destinations named one by one, each once. Remembers what it looked up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directs {
    found: Vec<destination::Model>,
    allowed: HashMap<String, bool>,
}

impl Directs {
    /// Adds the server of an actor elsewhere.
    pub(crate) async fn add(&mut self, tx: &Tx, actor: &Actor) -> Result<()> {
        self.add_inbox(tx, actor, shared_inbox(actor)).await
    }

    /// Adds the actor's own inbox.
    pub(crate) async fn add_own(&mut self, tx: &Tx, actor: &Actor) -> Result<()> {
        self.add_inbox(tx, actor, &actor.inbox).await
    }

    async fn add_inbox(&mut self, tx: &Tx, actor: &Actor, inbox: &str) -> Result<()> {
        if actor.local || actor.deleted_at.is_some() {
            return Ok(());
        }
        let Some(host) = host_of(inbox) else {
            return Ok(());
        };
        if !self.is_allowed(tx, &host).await? {
            return Ok(());
        }
        let destination = log::destination(tx.c(), inbox, &host, tx.now()).await?;
        self.push(destination);
        Ok(())
    }

    /// Adds known destinations, without asking again whether they are allowed: delivery does.
    pub(crate) fn extend(&mut self, destinations: impl IntoIterator<Item = destination::Model>) {
        for destination in destinations {
            self.push(destination);
        }
    }

    fn push(&mut self, destination: destination::Model) {
        if destination.state != DestinationState::Gone
            && !self.found.iter().any(|known| known.id == destination.id)
        {
            self.found.push(destination);
        }
    }

    async fn is_allowed(&mut self, tx: &Tx, host: &str) -> Result<bool> {
        if host == tx.config().public_authority() {
            return Ok(false);
        }
        if let Some(allowed) = self.allowed.get(host) {
            return Ok(*allowed);
        }
        let allowed = instances::is_allowed(tx.c(), tx.forum(), host).await?;
        self.allowed.insert(host.to_owned(), allowed);
        Ok(allowed)
    }

    /// Leaves out the forums that receive what followers of `group` receive: the Announce is enough for them.
    pub(crate) async fn without_forums_of(mut self, tx: &Tx, group: ActorId) -> Result<Self> {
        let interested = log::interested(tx.c(), group).await?;
        let mut kept = Vec::with_capacity(self.found.len());
        for destination in self.found {
            let follows = interested.iter().any(|other| other.id == destination.id);
            if !(follows && is_forum(tx.c(), &destination.host).await?) {
                kept.push(destination);
            }
        }
        self.found = kept;
        Ok(self)
    }

    /// Keeps only servers that may read a closed category: its partners if it is ours, else its own.
    pub(crate) async fn within(mut self, tx: &Tx, category: ActorId) -> Result<Self> {
        let group = actors::by_id(tx.c(), category).await?;
        let home = host_of(shared_inbox(&group));
        let mut kept = Vec::new();
        for destination in self.found {
            let within = if group.local {
                let server = Viewer::Server(destination.host.clone());
                circles::may_read(tx.c(), &server, category).await?
            } else {
                home.as_ref() == Some(&destination.host)
            };
            if within {
                kept.push(destination);
            }
        }
        self.found = kept;
        Ok(self)
    }

    /// Keeps only servers with this software.
    pub(crate) async fn only(mut self, tx: &Tx, software: &str) -> Result<Self> {
        let mut kept = Vec::new();
        for destination in self.found {
            if software_of(tx.c(), &destination.host).await?.as_deref() == Some(software) {
                kept.push(destination);
            }
        }
        self.found = kept;
        Ok(self)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Their ids.
    pub(crate) fn ids(&self) -> Vec<DestinationId> {
        self.found
            .iter()
            .map(|destination| destination.id)
            .collect()
    }
}

/// A follow of an actor of ours by one elsewhere is in force: its server receives what followers receive, from now on.
pub async fn follow_accepted(tx: &Tx, follower: &Actor, followed: ActorId) -> Result<()> {
    let inbox = shared_inbox(follower);
    let Some(host) = host_of(inbox) else {
        return Ok(());
    };
    if follower.local
        || host == tx.config().public_authority()
        || !instances::is_allowed(tx.c(), tx.forum(), &host).await?
    {
        return Ok(());
    }
    log::lock(tx.c()).await?;
    let destination = log::destination(tx.c(), inbox, &host, tx.now()).await?;
    log::add_interest(tx.c(), &destination, followed).await?;
    Ok(())
}

/// A follow by an actor elsewhere is over (Undo, Reject, its account is gone): call it after the follow is removed.
pub async fn follow_ended(tx: &Tx, follower: &Actor) -> Result<()> {
    if let Some(host) = host_of(shared_inbox(follower)) {
        log::drop_idle_interests(tx.c(), &host).await?;
    }
    Ok(())
}
