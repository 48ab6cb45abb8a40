//! Mending one conversation: what its category's server tells of it, against what is here.
//!
//! What a category holds is for its own server to say, and nothing else: texts come from the servers of their authors,
//! deletions are believed from those only, and what is ours is never changed by another's word.

use std::collections::{HashMap, HashSet};

use parvis_forum::categories::Category;
use parvis_forum::digests::{self, Digest, Entry, Presence};
use parvis_forum::id::PostId;
use parvis_forum::{
    Error as ForumError, Origin, Timestamp, Viewer, actors, moderation, posts, topics,
};

use super::form::{Told, Why};
use crate::activities::create::{self, Arrival};
use crate::activities::{Work, same_host, update};
use crate::fetch::MAX_DOCUMENTS;
use crate::outbox::{Again, send_again};
use crate::{Error, Federation, Result, wire};

/// Posts of one conversation that are fetched in one go.
const MAX_POSTS: i32 = 2_000;
/// Posts read from the database at once.
const PAGE: u64 = 2_000;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mended {
    /// Posts that were fetched, changed or taken away here.
    pub(super) found: i32,
    /// Posts that were sent again.
    pub(super) sent: i32,
    /// Documents that were asked for.
    pub(super) requests: i32,
    /// Something is to be sent, once what waits for the server has gone.
    pub(super) held: bool,
}

impl Mended {
    pub(super) fn add(&mut self, other: &Self) {
        self.found += other.found;
        self.sent += other.sent;
        self.requests += other.requests;
        self.held |= other.held;
    }
}

/// What mending needs.
pub(super) struct Mend<'a> {
    pub(super) federation: &'a Federation,
    /// The category, of another server.
    pub(super) group: &'a Category,
    /// Whether to send what is missing there.
    pub(super) sends: bool,
}

impl Mend<'_> {
    /// Mends a conversation. `told` is what its server says; none when it doesn't know it.
    pub(super) async fn conversation(&self, name: Digest, told: Option<&Told>) -> Result<Mended> {
        let mut done = Mended::default();
        let ours = self.ours(name).await?;
        let known: HashMap<&str, &Entry> = ours
            .iter()
            .map(|entry| (entry.uri.as_str(), entry))
            .collect();
        let Some(told) = told else {
            for entry in &ours {
                self.missing_there(entry, &mut done).await?;
            }
            return Ok(done);
        };
        if digests::conversation_of(&told.opening) != name {
            return Err(Error::refused("a conversation under another's name"));
        }
        if told.digest()?.is_zero() {
            // All of it is gone with its opening post.
            let opening = told.gone.iter().find(|gone| gone.id == told.opening);
            if let (Some(gone), Some(entry)) = (opening, known.get(told.opening.as_str())) {
                self.gone_there(entry, gone.why, &mut done).await?;
            }
            return Ok(done);
        }
        for post in &told.posts {
            if done.requests >= MAX_POSTS {
                done.held = true;
                return Ok(done);
            }
            let mended = match known.get(post.id.as_str()) {
                None => self.missing_here(&post.id, &mut done).await,
                Some(entry) => Box::pin(self.known(entry, post.edited, &mut done)).await,
            };
            pass_over(&post.id, mended)?;
        }
        for gone in &told.gone {
            if let Some(entry) = known.get(gone.id.as_str()) {
                pass_over(&gone.id, self.gone_there(entry, gone.why, &mut done).await)?;
            }
        }
        let there: HashSet<&str> = told
            .posts
            .iter()
            .map(|post| post.id.as_str())
            .chain(told.gone.iter().map(|gone| gone.id.as_str()))
            .collect();
        for entry in &ours {
            if !there.contains(entry.uri.as_str()) {
                self.missing_there(entry, &mut done).await?;
            }
        }
        self.state(told).await?;
        Ok(done)
    }

    /// All posts of the conversation here.
    async fn ours(&self, name: Digest) -> Result<Vec<Entry>> {
        let db = self.federation.forum().db();
        let found = digests::named(db, self.group.id(), &[name]).await?;
        let Some(one) = found.first() else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        let mut after = 0;
        while let Some(page) = digests::contents(db, one.topic, after, PAGE).await? {
            all.extend(page.posts);
            match page.more {
                Some(number) => after = number,
                None => break,
            }
        }
        Ok(all)
    }

    fn work(&self) -> Work<'_> {
        Work::new(self.federation, MAX_DOCUMENTS, None)
    }

    /// The category has a post that isn't here.
    async fn missing_here(&self, uri: &str, done: &mut Mended) -> Result<()> {
        if self.federation.is_local_id(uri) {
            return Err(Error::refused("it claims to be of this node"));
        }
        let work = self.work();
        // It came as the parent of another one.
        if posts::by_uri(work.db(), uri).await?.is_some() {
            done.found += 1;
            return Ok(());
        }
        done.requests += 1;
        let (document, _) = work.reader.object(uri).await?;
        let incoming = create::read(&work, &document, None)?;
        let arrival = Arrival {
            origin: Origin::Fetched,
            group: Some(self.group),
            on_request: true,
            listed_in: None,
        };
        create::store(&work, incoming, &arrival).await?;
        done.found += 1;
        Ok(())
    }

    /// The category has a post that is here in some way.
    async fn known(&self, entry: &Entry, edited: Option<i64>, done: &mut Mended) -> Result<()> {
        let post = posts::by_id(self.federation.forum().db(), entry.id).await?;
        match entry.presence {
            Presence::Present => {
                let mine = entry.edited.map(Timestamp::seconds);
                if mine == edited {
                    return Ok(());
                }
                if post.local {
                    return self.send(entry.id, Again::Update, done).await;
                }
                let work = self.work();
                done.requests += 1;
                let (document, _) = work.reader.object(&entry.uri).await?;
                let author = actors::by_id(work.db(), post.author_id).await?;
                update::edit(&work, Origin::Fetched, post, &author, &document).await?;
                done.found += 1;
            }
            // Its author deleted it: the category hasn't heard of it.
            Presence::Deleted if post.local => {
                self.send(entry.id, Again::Delete, done).await?;
            }
            Presence::Deleted => {}
            Presence::Removed => self.restore(entry, done).await?,
            Presence::Refused => {
                let tx = self.federation.forum().begin().await?;
                let post = posts::by_id(tx.c(), entry.id).await?;
                posts::taken(&tx, post).await?;
                tx.commit().await?;
                done.found += 1;
            }
        }
        Ok(())
    }

    /// The category put back what it had removed. What moderators of this node took away stays away.
    async fn restore(&self, entry: &Entry, done: &mut Mended) -> Result<()> {
        let tx = self.federation.forum().begin().await?;
        if moderation::removed_here(tx.c(), entry.id).await? {
            return Ok(());
        }
        let post = posts::by_id(tx.c(), entry.id).await?;
        posts::restore(&tx, &self.viewer().await?, post, "", Origin::Fetched).await?;
        tx.commit().await?;
        done.found += 1;
        Ok(())
    }

    /// Something that can't be read any more in the category.
    async fn gone_there(&self, entry: &Entry, why: Why, done: &mut Mended) -> Result<()> {
        if entry.presence != Presence::Present {
            return Ok(());
        }
        let work = self.work();
        let post = posts::by_id(work.db(), entry.id).await?;
        let deleter = match why {
            Why::Removed => None,
            // Only the author's own server says that an author deleted something.
            Why::Deleted if post.local => return Ok(()),
            Why::Deleted => {
                if !same_host(&post.uri, &self.group.actor.uri) {
                    done.requests += 1;
                    let gone = match work.reader.try_object(&post.uri).await? {
                        Ok((document, _)) => wire::type_of(&document) == Some("Tombstone"),
                        Err(failure) if failure.is_absent() => true,
                        Err(failure) => return Err(failure.into()),
                    };
                    if !gone {
                        return Ok(());
                    }
                }
                let author = actors::by_id(work.db(), post.author_id).await?;
                Some(Viewer::load(work.db(), author).await?)
            }
        };
        let tx = self.federation.forum().begin().await?;
        let post = posts::by_id(tx.c(), entry.id).await?;
        match deleter {
            Some(author) => posts::delete(&tx, &author, post, Origin::Fetched).await?,
            None => posts::remove(&tx, &self.viewer().await?, post, "", Origin::Fetched).await?,
        };
        tx.commit().await?;
        done.found += 1;
        Ok(())
    }

    /// The category has never had a post that is here: it is sent again if it is ours.
    async fn missing_there(&self, entry: &Entry, done: &mut Mended) -> Result<()> {
        let ours = self.federation.is_local_id(&entry.uri);
        if entry.presence == Presence::Present && ours {
            self.send(entry.id, Again::Create, done).await?;
        }
        Ok(())
    }

    async fn send(&self, post: PostId, what: Again, done: &mut Mended) -> Result<()> {
        if !self.sends {
            done.held = true;
            return Ok(());
        }
        let tx = self.federation.forum().begin().await?;
        let sent = send_again(&tx, post, what).await?;
        tx.leaves_work();
        tx.commit().await?;
        done.sent += i32::from(sent);
        Ok(())
    }

    /// The category itself, which moderates what it holds.
    async fn viewer(&self) -> Result<Viewer> {
        let db = self.federation.forum().db();
        let actor = actors::by_id(db, self.group.id()).await?;
        let mut viewer = Viewer::load(db, actor).await?;
        if let Viewer::Remote(remote) = &mut viewer {
            remote.moderates.push(self.group.id());
        }
        Ok(viewer)
    }

    /// Takes over whether the topic is locked and pinned.
    async fn state(&self, told: &Told) -> Result<()> {
        let forum = self.federation.forum();
        let Some(opening) = posts::by_uri(forum.db(), &told.opening).await? else {
            return Ok(());
        };
        let tx = forum.begin().await?;
        let topic = topics::by_id(tx.c(), opening.topic_id).await?;
        if topic.local || topic.category_id != self.group.id() {
            return Ok(());
        }
        let by = self.viewer().await?;
        let topic = topics::set_locked(&tx, &by, topic, told.locked, "", Origin::Fetched).await?;
        topics::set_pinned(&tx, &by, topic, told.pinned, Origin::Fetched).await?;
        topics::confirm(&tx, opening.topic_id).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// One post that can't be had keeps no other from being mended; a database that fails does.
fn pass_over(uri: &str, mended: Result<()>) -> Result<()> {
    match mended {
        Err(Error::Forum(error @ ForumError::Database(_))) => Err(error.into()),
        Err(error) => {
            tracing::debug!(%error, "{uri} stays different");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
