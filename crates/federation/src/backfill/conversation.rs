//! One conversation of a category elsewhere, made as complete as it can be: its opening post, then everything that its
//! collection lists, or what the posts' own `replies` lead to.
//!
//! Which collection: the one that the category names, `contextHistory`, `context`, and only then `replies`, post by post
//! (FEP-7888, FEP-f228, FEP-171b). A list is never believed about what it lists: each post is read at its own server, or
//! taken from a page of that very server.

use std::collections::{HashSet, VecDeque};

use futures::future::join_all;
use parvis_forum::categories::Category;
use parvis_forum::{Origin as Came, Post, Topic, backfills, posts, topics};
use serde_json::Value;
use url::Url;

use super::passes;
use super::walk::{self, Named, Walk};
use crate::activities::create::{self, Arrival};
use crate::activities::{Work, same_host};
use crate::objects::post::{self, likes_of, size_of};
use crate::origin::Origin;
use crate::{Error, Result, wire};

/// Posts of one conversation that are read.
const MAX_POSTS: usize = 10_000;
/// Pages of its collection that are read.
const MAX_PAGES: usize = 500;
/// Collections of replies that are read where there is nothing better.
const MAX_REPLIES: usize = 500;
/// Documents that are fetched side by side, before they are stored one after the other.
const AT_ONCE: usize = 8;
/// Activities that lead to a post, one to the next.
const MAX_STEPS: usize = 3;

/// What is to be completed.
#[derive(Clone, Debug)]
pub(super) struct Task {
    /// Id of the opening post, or of what leads to it.
    pub(super) uri: String,
    /// The collection that the category names.
    pub(super) conversation: Option<String>,
    /// The opening post, as the category's own server embeds it.
    pub(super) embedded: Option<Value>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Completed {
    /// Posts that are new.
    pub(super) posts: i64,
    /// What failed, and may work later: then the whole is tried again.
    pub(super) later: Option<Error>,
}

/// Completes a conversation.
pub(super) async fn complete(work: &Work<'_>, group: &Category, task: Task) -> Result<Completed> {
    let mut reading = Reading {
        work,
        group,
        seen: HashSet::new(),
        stored: 0,
        later: None,
    };
    let (topic, document) = reading.begin(&task).await?;
    if let Err(error) = reading.rest(&topic, &task, document.as_ref()).await {
        reading.later = Some(error);
    }
    if reading.stored > 0 {
        let tx = work.begin().await?;
        backfills::put_in_order(&tx, topic.id).await?;
        work.commit_part(tx).await?;
    }
    Ok(Completed {
        posts: reading.stored,
        later: reading.later,
    })
}

struct Reading<'a> {
    work: &'a Work<'a>,
    group: &'a Category,
    seen: HashSet<String>,
    stored: i64,
    later: Option<Error>,
}

impl Reading<'_> {
    /// The topic, from its opening post or from any post in it, with that post's document.
    async fn begin(&mut self, task: &Task) -> Result<(Topic, Option<Value>)> {
        let work = self.work;
        if work.federation.is_local_id(&task.uri) {
            let post = posts::by_uri(work.db(), &task.uri)
                .await?
                .ok_or_else(|| Error::refused("it claims to be of this node"))?;
            return Ok((self.topic_of(&post).await?, None));
        }
        let document = match &task.embedded {
            Some(document) => document.clone(),
            None => self.fetch(&task.uri).await?,
        };
        let incoming = create::read(work, &document, None)?;
        self.seen.insert(incoming.uri.clone());
        let arrival = Arrival {
            origin: Came::History,
            group: Some(self.group),
            on_request: true,
            listed_in: None,
        };
        let known = posts::by_uri(work.db(), &incoming.uri).await?;
        let new = known.is_none();
        let post = match known {
            Some(known) => known,
            None => create::store(work, incoming, &arrival).await?,
        };
        self.stored += i64::from(new);
        let topic = self.topic_of(&post).await?;
        let likes = match likes_of(&document) {
            None => self.likes_there(&document, &post).await,
            Some(likes) if !new => Some(likes),
            Some(_) => None,
        };
        self.heard(&post, likes).await?;
        Ok((topic, Some(document)))
    }

    async fn topic_of(&self, post: &Post) -> Result<Topic> {
        let topic = topics::by_id(self.work.db(), post.topic_id).await?;
        if topic.local || topic.category_id != self.group.id() {
            return Err(Error::refused("it is in another category"));
        }
        Ok(topic)
    }

    /// The document of a post, by its id or by that of an activity about it.
    async fn fetch(&self, uri: &str) -> Result<Value> {
        let mut uri = uri.to_owned();
        for _ in 0..=MAX_STEPS {
            let (document, _) = self.work.reader.object(&uri).await?;
            if post::is_post(&document) {
                return Ok(document);
            }
            let inner = match wire::type_of(&document) {
                Some("Announce" | "Create" | "Update") => wire::id_at(&document, "object"),
                _ => None,
            };
            inner
                .ok_or_else(|| Error::refused("not a post"))?
                .clone_into(&mut uri);
            if self.work.federation.is_local_id(&uri) {
                return Err(Error::refused("it is of this node"));
            }
        }
        Err(Error::refused("too many activities lead to it"))
    }

    /// Likes of an opening post whose document names the collection only.
    async fn likes_there(&self, document: &Value, post: &Post) -> Option<i32> {
        let uri = document.get("likes").and_then(Value::as_str)?;
        if !same_host(uri, &post.uri) {
            return None;
        }
        let (collection, _) = self.work.reader.object(uri).await.ok()?;
        size_of(&collection).filter(|_| walk::is_collection(&collection))
    }

    async fn heard(&self, post: &Post, likes: Option<i32>) -> Result<()> {
        let Some(likes) = likes.filter(|likes| *likes != post.like_count) else {
            return Ok(());
        };
        let tx = self.work.begin().await?;
        backfills::likes_heard(&tx, post, likes).await?;
        self.work.commit_part(tx).await
    }

    /// Everything after the opening post.
    async fn rest(&mut self, topic: &Topic, task: &Task, document: Option<&Value>) -> Result<()> {
        let mut collections: Vec<String> = task.conversation.iter().cloned().collect();
        let own = document
            .and_then(wire::id_of)
            .unwrap_or(&self.group.actor.uri);
        for key in ["contextHistory", "context"] {
            let named = document.and_then(|document| wire::id_at(document, key));
            collections.extend(
                named
                    .filter(|uri| same_host(uri, own) || same_host(uri, &self.group.actor.uri))
                    .map(str::to_owned),
            );
        }
        let mut tried = HashSet::new();
        for uri in collections {
            if self.work.federation.is_local_id(&uri) || !tried.insert(uri.clone()) {
                continue;
            }
            match self.listed(topic, &uri).await {
                Ok(()) => return Ok(()),
                Err(error) if passes(&error) => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, conversation = uri, "not a conversation that can be read");
                }
            }
        }
        match document {
            Some(document) => self.by_replies(topic, document.clone()).await,
            None => Ok(()),
        }
    }

    /// The posts that a collection lists: of activities if it names one of those, since they need no fetch each.
    async fn listed(&mut self, topic: &Topic, uri: &str) -> Result<()> {
        let (collection, id) = self.work.reader.object(uri).await?;
        if !walk::is_collection(&collection) {
            return Err(Error::refused("not a collection"));
        }
        let history = wire::id_at(&collection, "contextHistory")
            .filter(|history| *history != uri && same_host(history, id.as_str()));
        if let Some(history) = history {
            match self.work.reader.object(history).await {
                Ok((activities, id)) if walk::is_collection(&activities) => {
                    match self.walk(topic, &activities, &id).await {
                        Err(error) if !passes(&error) => {}
                        done => return done,
                    }
                }
                Err(error) if passes(&error) => return Err(error),
                _ => {}
            }
        }
        self.walk(topic, &collection, &id).await
    }

    async fn walk(&mut self, topic: &Topic, collection: &Value, id: &Url) -> Result<()> {
        let work = self.work;
        let mut walk = Walk::of(&work.reader, collection, id, MAX_PAGES)?;
        while let Some(items) = walk.next().await? {
            let before = self.seen.len();
            let host = walk.host.clone();
            self.take(topic, &items, &host).await?;
            // A page that repeats what was there leads nowhere.
            if self.seen.len() == before && !items.is_empty() && before > 1 {
                break;
            }
            if self.seen.len() >= MAX_POSTS {
                break;
            }
        }
        Ok(())
    }

    /// Follows `replies` from post to post.
    async fn by_replies(&mut self, topic: &Topic, document: Value) -> Result<()> {
        let work = self.work;
        let mut queue = VecDeque::from([document]);
        for _ in 0..MAX_REPLIES {
            let Some(document) = queue.pop_front() else {
                break;
            };
            let (Some(id), Some(replies)) = (wire::id_of(&document), document.get("replies"))
            else {
                continue;
            };
            let Ok(id) = Url::parse(id) else { continue };
            let (collection, at) = match replies {
                Value::Object(_) if walk::is_collection(replies) => (replies.clone(), id),
                named => match wire::id_of(named).filter(|uri| same_host(uri, id.as_str())) {
                    Some(uri) => match work.reader.object(uri).await {
                        Ok((collection, at)) if walk::is_collection(&collection) => {
                            (collection, at)
                        }
                        Err(error) if passes(&error) => {
                            self.later = Some(error);
                            continue;
                        }
                        _ => continue,
                    },
                    None => continue,
                },
            };
            let mut walk = Walk::of(&work.reader, &collection, &at, MAX_PAGES)?;
            loop {
                let items = match walk.next().await {
                    Ok(Some(items)) => items,
                    Ok(None) => break,
                    Err(error) => {
                        if passes(&error) {
                            self.later = Some(error);
                        }
                        break;
                    }
                };
                let host = walk.host.clone();
                queue.extend(self.take(topic, &items, &host).await?);
                if self.seen.len() >= MAX_POSTS {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Reads and stores what the items of a page name. Answers the documents of what is there now, new or read anew.
    async fn take(&mut self, topic: &Topic, items: &[Value], host: &Origin) -> Result<Vec<Value>> {
        let mut wanted: Vec<Named> = Vec::new();
        for item in items {
            if let Some(named) = walk::named(item, host)
                && self.seen.len() < MAX_POSTS
                && self.seen.insert(named.id.clone())
                && !self.work.federation.is_local_id(&named.id)
            {
                wanted.push(named);
            }
        }
        let ids: Vec<String> = wanted.iter().map(|named| named.id.clone()).collect();
        let known = backfills::known(self.work.db(), &ids).await?;
        let mut unknown = Vec::new();
        for named in wanted {
            match known.iter().find(|post| post.uri == named.id) {
                None => unknown.push(named),
                Some(post) => {
                    let likes = named.embedded.as_ref().and_then(likes_of);
                    self.heard(post, likes).await?;
                }
            }
        }
        let mut read = Vec::new();
        let mut unknown = unknown.into_iter();
        loop {
            let some: Vec<Named> = unknown.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            let documents = join_all(some.into_iter().map(|named| self.document(named))).await;
            for document in documents {
                let stored = match document {
                    Ok(document) => self.store(topic, &document).await.map(|()| document),
                    Err(error) => Err(error),
                };
                match stored {
                    Ok(document) => read.push(document),
                    Err(error) if passes(&error) => self.later = Some(error),
                    Err(error) => {
                        tracing::debug!(%error, topic.id = %topic.id, "passed over a post of the past");
                    }
                }
            }
        }
        Ok(read)
    }

    async fn document(&self, named: Named) -> Result<Value> {
        match named.embedded {
            Some(document) => Ok(document),
            None => self.fetch(&named.id).await,
        }
    }

    async fn store(&mut self, topic: &Topic, document: &Value) -> Result<()> {
        let incoming = create::read(self.work, document, None)?;
        let uri = incoming.uri.clone();
        if posts::by_uri(self.work.db(), &uri).await?.is_some() {
            return Ok(());
        }
        let arrival = Arrival {
            origin: Came::History,
            group: Some(self.group),
            on_request: true,
            listed_in: Some(topic),
        };
        create::store(self.work, incoming, &arrival).await?;
        self.stored += 1;
        Ok(())
    }
}
