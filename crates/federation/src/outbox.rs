//! From what happened to what leaves: one exhaustive match of events, activities into the outbox log.
//!
//! Runs in the transaction of the change. What a category announces is made here for local and received contributions
//! alike: the activity as it is (form A, FEP-1b12), and for opening posts the id as well (form B), which is what
//! microblogs understand. Sending is `delivery`'s business.

mod again;
mod bans;
mod follows;
mod moderation;
mod posts;
mod quotes;
mod reports;
mod topic_moves;
mod vocabulary;

pub(crate) use quotes::authorization_uri;
pub(crate) use vocabulary::VOTE;

use std::fmt;

use parvis_forum::categories::Category;
use parvis_forum::circles;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::{self, ActorId, PostId, TopicId};
use parvis_forum::kinds::Reach;
use parvis_forum::{Actor, Config, Error, Event, Origin, Publish, Result, Tx, actors};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::activities::build::{self, Built, Envelope};
use crate::audience::{Directs, FORUMS};
use crate::objects::build::followers;
use crate::objects::build::post::Scene;
use crate::on_heap;
use crate::wire::PUBLIC;

pub(crate) use again::{Again, send_again};

/// Writes what events call for to the outbox log. Give it to [`parvis_forum::Forum::set_publisher`].
#[derive(Clone, Copy, Default)]
pub struct Publisher;

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Publisher")
    }
}

#[async_trait::async_trait]
impl Publish for Publisher {
    async fn publish(&self, tx: &Tx, events: Vec<Event>) -> Result<()> {
        if !tx.config().federation.enabled {
            return Ok(());
        }
        log::lock(tx.c()).await?;
        for event in events {
            Box::pin(publish(&Writer { tx }, event)).await?;
        }
        Ok(())
    }
}

async fn publish(writer: &Writer<'_>, event: Event) -> Result<()> {
    match event {
        Event::PostCreated {
            post,
            around,
            origin,
        } => on_heap(|| posts::created(writer, post, around.as_deref(), &origin)).await,
        Event::PostEdited {
            post,
            editor,
            origin,
        } => on_heap(|| posts::edited(writer, post, editor, &origin)).await,
        Event::PostDeleted { post, origin } => {
            on_heap(|| posts::deleted(writer, post, &origin)).await
        }
        Event::PostRemoved {
            post,
            moderator,
            reason,
            origin,
        } => on_heap(|| moderation::removed(writer, post, moderator, &reason, &origin)).await,
        Event::PostRestored {
            post,
            actor,
            by_author,
            origin,
        } => on_heap(|| moderation::restored(writer, post, actor, by_author, &origin)).await,
        Event::PostRefused { refused, why } => {
            on_heap(|| posts::refused(writer, &refused, why)).await
        }
        Event::Voted {
            post,
            actor,
            kind,
            uri,
            origin,
        } => on_heap(|| posts::voted(writer, *post, actor, kind, uri, &origin)).await,
        Event::VoteUndone {
            post,
            actor,
            kind,
            uri,
            origin,
        } => on_heap(|| posts::vote_undone(writer, post, actor, kind, uri, &origin)).await,
        Event::PollVoted {
            post,
            actor,
            choices,
        } => on_heap(|| vocabulary::poll_voted(writer, post, actor, &choices)).await,
        Event::PollCounted { post } => on_heap(|| vocabulary::poll_counted(writer, post)).await,
        Event::AnswerChosen {
            topic: _,
            post,
            actor,
            chosen,
            origin,
        } => on_heap(|| vocabulary::answer_chosen(writer, post, actor, chosen, &origin)).await,
        Event::QuoteAsked { post } => on_heap(|| quotes::asked(writer, post)).await,
        Event::QuoteAnswered(answered) => on_heap(|| quotes::answered(writer, &answered)).await,
        Event::QuoteRevoked { authorization } => {
            on_heap(|| quotes::revoked(writer, authorization)).await
        }
        Event::TopicLocked {
            topic,
            moderator,
            locked,
            reason,
            origin,
        } => {
            let change = moderation::Lock { locked, reason };
            on_heap(|| moderation::locked(writer, topic, moderator, change, &origin)).await
        }
        Event::TopicPinned {
            topic,
            moderator,
            pinned,
            origin,
        } => on_heap(|| moderation::pinned(writer, topic, moderator, pinned, &origin)).await,
        Event::FollowRequested { follow } => on_heap(|| follows::requested(writer, follow)).await,
        Event::FollowUndone {
            follower,
            followed,
            uri,
        } => on_heap(|| follows::undone(writer, follower, followed, uri)).await,
        Event::FollowAnswered { follow, accepted } => {
            on_heap(|| follows::answered(writer, follow, accepted)).await
        }
        Event::ActorUpdated { actor } => on_heap(|| follows::actor_updated(writer, actor)).await,
        Event::KeyReplaced { actor } => on_heap(|| follows::key_replaced(writer, actor)).await,
        Event::ActorMoved { actor } => on_heap(|| follows::actor_moved(writer, actor)).await,
        Event::ActorDeleted { actor } => on_heap(|| follows::actor_deleted(writer, actor)).await,
        Event::ReportForwarded { report } => on_heap(|| reports::forwarded(writer, report)).await,
        Event::ReportFiled { report, origin } => {
            on_heap(|| reports::filed(writer, report, &origin)).await
        }
        Event::ReportResolved {
            report,
            moderator,
            reason,
            origin,
        } => on_heap(|| reports::resolved(writer, report, moderator, &reason, &origin)).await,
        Event::Banned { ban, origin } => on_heap(|| bans::imposed(writer, ban, &origin)).await,
        Event::BanLifted { lifted, origin } => {
            on_heap(|| bans::lifted(writer, &lifted, &origin)).await
        }
        Event::ModeratorNamed {
            category,
            moderator,
            by,
            named,
        } => on_heap(|| moderation::named(writer, category, moderator, by, named)).await,
        Event::TopicMoved {
            topic,
            from,
            to: _,
            moderator,
            reason,
            origin,
        } => {
            let way = topic_moves::Way { from, reason };
            on_heap(|| topic_moves::moved(writer, topic, moderator, &way, &origin)).await
        }
        Event::PostsMoved { posts } => on_heap(|| topic_moves::posts_moved(writer, &posts)).await,
    }
}

/// Who receives an entry, besides those named one by one.
#[derive(Clone, Copy, Debug)]
struct Followers {
    of: ActorId,
    reach: Reach,
}

/// What an entry belongs to.
#[derive(Clone, Copy, Debug)]
struct About {
    signer: ActorId,
    ordering_key: i64,
    post: Option<PostId>,
    /// The closed category that it belongs to: it goes to nobody else.
    circle: Option<ActorId>,
}

/// An activity that a category passes on.
struct Passed {
    uri: String,
    kind: String,
    json: Box<RawValue>,
}

impl Passed {
    fn ours(built: &Built) -> Self {
        Self {
            uri: built.uri.clone(),
            kind: built.kind.to_owned(),
            json: built.inner_proven(),
        }
    }

    /// A received activity; none when it is itself an Announce, or isn't what it should be.
    fn received(uri: &str, activity: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Typed {
            #[serde(rename = "type")]
            kind: serde_json::Value,
        }
        let typed: Typed = serde_json::from_str(activity).ok()?;
        let kinds = serde_json::json!({ "type": typed.kind });
        let kind = crate::wire::type_of(&kinds)?;
        if kind == "Announce" {
            return None;
        }
        Some(Self {
            uri: uri.to_owned(),
            kind: kind.to_owned(),
            json: RawValue::from_string(activity.trim().to_owned()).ok()?,
        })
    }
}

/// What of a post is needed to pass on what happens to it.
#[derive(Clone, Copy, Debug)]
struct Spot<'a> {
    post: PostId,
    topic: TopicId,
    category: &'a Category,
    author: &'a Actor,
}

impl Scene {
    fn spot(&self) -> Spot<'_> {
        Spot {
            post: self.post.id,
            topic: self.topic.id,
            category: &self.category,
            author: &self.author,
        }
    }
}

/// Writes to the log in one transaction.
struct Writer<'a> {
    tx: &'a Tx,
}

impl Writer<'_> {
    fn config(&self) -> &Config {
        self.tx.config()
    }

    /// An id for an activity that has none yet.
    async fn fresh_uri(&self) -> Result<String> {
        loop {
            let id: i64 = id::mint(self.tx.now());
            let uri = self.config().local_url(&format!("/a/{id}")).to_string();
            if log::find(self.tx.c(), &uri).await?.is_none() {
                return Ok(uri);
            }
        }
    }

    /// What an activity about a post says of itself, under a new id: by `actor`, addressed as the post is.
    async fn envelope(&self, scene: &Scene, actor: &Actor) -> Result<Envelope> {
        Ok(Envelope {
            id: self.fresh_uri().await?,
            actor: actor.uri.clone(),
            to: scene.to(),
            cc: scene.cc(),
            audience: Some(scene.group().to_owned()),
            at: self.tx.now(),
        })
    }

    /// The same for votes: to the category, with its author in copy.
    async fn vote_envelope(&self, scene: &Scene, actor: &Actor) -> Result<Envelope> {
        if scene.is_closed() {
            return self.envelope(scene, actor).await;
        }
        Ok(Envelope {
            cc: vec![scene.author.uri.clone()],
            ..self.envelope(scene, actor).await?
        })
    }

    /// The same for acts of moderation: to all, with the category and the person concerned in copy.
    async fn moderation_envelope(&self, scene: &Scene, actor: &Actor) -> Result<Envelope> {
        if scene.is_closed() {
            return self.envelope(scene, actor).await;
        }
        Ok(Envelope {
            to: vec![PUBLIC.to_owned()],
            cc: vec![scene.group().to_owned(), scene.author.uri.clone()],
            ..self.envelope(scene, actor).await?
        })
    }

    async fn append(
        &self,
        built: &Built,
        about: About,
        followers: Option<Followers>,
        directs: &Directs,
    ) -> Result<()> {
        self.append_as(built, built.kind.to_owned(), about, followers, directs)
            .await
    }

    async fn append_as(
        &self,
        built: &Built,
        kind: String,
        about: About,
        followers: Option<Followers>,
        directs: &Directs,
    ) -> Result<()> {
        if let Some(circle) = about.circle {
            return self
                .append_within(built, kind, about, circle, followers, directs)
                .await;
        }
        self.write(built, kind, about, followers, directs).await
    }

    /// The same about what not everybody may read: to servers that may, each by name, whatever else is asked for.
    async fn append_within(
        &self,
        built: &Built,
        kind: String,
        about: About,
        circle: ActorId,
        followers: Option<Followers>,
        directs: &Directs,
    ) -> Result<()> {
        let mut found = directs.clone();
        if let Some(followers) = followers.filter(|followers| followers.of == circle) {
            found.extend(log::interested(self.tx.c(), followers.of).await?);
        }
        let allowed = found.within(self.tx, circle).await?;
        if allowed.is_empty() {
            return Ok(());
        }
        self.write(built, kind, about, None, &allowed).await
    }

    async fn write(
        &self,
        built: &Built,
        kind: String,
        about: About,
        followers: Option<Followers>,
        directs: &Directs,
    ) -> Result<()> {
        let entry = log::NewEntry {
            activity_uri: built.uri.clone(),
            actor: about.signer,
            ordering_key: about.ordering_key,
            audience: followers.map(|f| f.of),
            reach: followers.map_or(Reach::All, |f| f.reach),
            kind,
            post: about.post,
            body: built.json(),
            direct: directs.ids(),
        };
        log::append(self.tx.c(), entry, self.tx.now(), FORUMS).await?;
        Ok(())
    }

    /// Form A: the category passes an activity on, once. The author of the post receives it in any case, except when
    /// it is about votes.
    async fn announce(&self, spot: Spot<'_>, passed: &Passed, reach: Reach) -> Result<()> {
        let group = &spot.category.actor;
        let uri = announce_uri(self.config(), &group.uri, "A", &passed.uri);
        let envelope = announce_envelope(spot, uri, self.tx.now());
        let built = build::announce_activity(&envelope, &passed.json);
        let mut directs = Directs::default();
        if !is_vote(&passed.kind, passed.json.get()) {
            directs.add(self.tx, spot.author).await?;
        }
        let kind = match passed.kind.as_str() {
            "Create" => "Announce".to_owned(),
            other => format!("Announce {other}"),
        };
        let followers = Followers {
            of: group.id,
            reach,
        };
        let about = About {
            signer: group.id,
            ordering_key: spot.topic.0,
            post: Some(spot.post),
            circle: circles::is_closed(group).then_some(group.id),
        };
        self.append_as(&built, kind, about, Some(followers), &directs)
            .await
    }

    /// Form A of what is about a category itself, or people in it: to forums that follow it, and to `directs`.
    async fn announce_in(&self, group: &Actor, passed: &Passed, directs: &Directs) -> Result<()> {
        let envelope = Envelope {
            id: announce_uri(self.config(), &group.uri, "A", &passed.uri),
            actor: group.uri.clone(),
            to: vec![PUBLIC.to_owned()],
            cc: followers(group).into_iter().collect(),
            audience: Some(group.uri.clone()),
            at: self.tx.now(),
        };
        let followers = Followers {
            of: group.id,
            reach: Reach::Forums,
        };
        self.append_as(
            &build::announce_activity(&envelope, &passed.json),
            format!("Announce {}", passed.kind),
            in_category(group, group),
            Some(followers),
            directs,
        )
        .await
    }

    /// Form B: the category boosts a post, for microblogs. `round` tells one boost from a later one.
    async fn boost(&self, scene: &Scene, round: &str) -> Result<()> {
        // A microblog would show it to everybody who follows the category's followers.
        if scene.is_closed() {
            return Ok(());
        }
        let uri = boost_uri(self.config(), scene, round);
        let envelope = Envelope {
            audience: None,
            ..announce_envelope(scene.spot(), uri, self.tx.now())
        };
        let built = build::announce_object(&envelope, &scene.post.uri);
        let followers = Followers {
            of: scene.category.id(),
            reach: Reach::Microblogs,
        };
        self.append(
            &built,
            about(scene, &scene.category.actor),
            Some(followers),
            &Directs::default(),
        )
        .await
    }

    /// Passes on a received activity, when the category is ours.
    async fn pass_on(&self, spot: Spot<'_>, origin: &Origin, reach: Reach) -> Result<bool> {
        let Origin::Received { uri, activity } = origin else {
            return Ok(false);
        };
        if !spot.category.actor.local {
            return Ok(false);
        }
        match Passed::received(uri, activity) {
            Some(passed) => {
                self.announce(spot, &passed, reach).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    async fn scene(&self, post: PostId) -> Result<Scene> {
        let post = parvis_forum::posts::by_id(self.tx.c(), post).await?;
        Scene::load(self.tx.c(), post).await
    }

    /// Who acts: the actor, or the category itself when nobody is named.
    async fn actor(&self, scene: &Scene, actor: Option<ActorId>) -> Result<Actor> {
        match actor {
            Some(id) => actors::by_id(self.tx.c(), id).await,
            None => Ok(scene.category.actor.clone()),
        }
    }
}

/// Which of the category's followers receive what is announced about a post.
fn reach(scene: &Scene) -> Reach {
    if scene.is_opening() {
        Reach::All
    } else {
        reach_of_replies(&scene.category)
    }
}

fn reach_of_replies(category: &Category) -> Reach {
    if category.row.announce_replies {
        Reach::All
    } else {
        Reach::Forums
    }
}

fn about(scene: &Scene, signer: &Actor) -> About {
    About {
        signer: signer.id,
        ordering_key: scene.topic.id.0,
        post: Some(scene.post.id),
        circle: scene.is_closed().then(|| scene.category.id()),
    }
}

/// Everybody, or of a closed category nobody but its followers.
fn to_all(actor: &Actor) -> Vec<String> {
    if circles::is_closed(actor) {
        followers(actor).into_iter().collect()
    } else {
        vec![PUBLIC.to_owned()]
    }
}

/// What is about a category itself, signed by `signer`.
fn in_category(group: &Actor, signer: &Actor) -> About {
    About {
        signer: signer.id,
        ordering_key: group.id.0,
        post: None,
        circle: circles::is_closed(group).then_some(group.id),
    }
}

fn announce_envelope(spot: Spot<'_>, id: String, at: parvis_forum::Timestamp) -> Envelope {
    let group = &spot.category.actor;
    let closed = circles::is_closed(group);
    let mut cc: Vec<String> = Vec::new();
    if !closed {
        cc.extend(followers(group));
        cc.push(spot.author.uri.clone());
    }
    Envelope {
        id,
        actor: group.uri.clone(),
        to: to_all(group),
        cc,
        audience: Some(group.uri.clone()),
        at,
    }
}

/// Whether an activity is a vote or takes one back.
fn is_vote(kind: &str, json: &str) -> bool {
    #[derive(Deserialize)]
    struct Undone {
        object: serde_json::Value,
    }
    let vote = |kind: &str| matches!(kind, "Like" | "Dislike" | "EmojiReact");
    vote(kind)
        || (kind == "Undo"
            && serde_json::from_str::<Undone>(json)
                .ok()
                .and_then(|undone| crate::wire::type_of(&undone.object).map(vote))
                .unwrap_or(false))
}

/// The id of an Announce, derived from what it is about: so that nothing is announced twice, and that collections can
/// show an Announce under its id after the log has forgotten it.
fn announce_uri(config: &Config, group: &str, form: &str, inner: &str) -> String {
    let mut hash = Sha256::new();
    for part in [group, form, inner] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let number = hash
        .finalize()
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    // Positive, and never below the ids of other things of ours.
    let id = (number >> 1) | (1 << 62);
    config.local_url(&format!("/a/{id}")).to_string()
}

/// The id of the category's refusal of a Create: derived likewise, so that nothing is refused twice.
fn refusal_uri(config: &Config, group: &Actor, create: &str) -> String {
    announce_uri(config, &group.uri, "Reject", create)
}

/// The id of the category's Announce (form A) of an activity.
pub(crate) fn announce_uri_of(config: &Config, group: &Actor, activity: &str) -> String {
    announce_uri(config, &group.uri, "A", activity)
}

fn boost_uri(config: &Config, scene: &Scene, round: &str) -> String {
    let inner = format!("{} {round}", scene.post.uri);
    announce_uri(config, scene.group(), "B", &inner)
}

/// The Create of a post as its category announced it (form A), rebuilt; for collections.
pub(crate) fn announced_create(scene: &Scene, config: &Config) -> Option<Built> {
    let passed = if scene.post.local {
        Passed::ours(&build::create(scene, config)?)
    } else {
        Passed::received(
            scene.post.activity_uri.as_deref()?,
            scene.post.activity.as_deref()?,
        )?
    };
    let uri = announce_uri_of(config, &scene.category.actor, &passed.uri);
    let envelope = announce_envelope(scene.spot(), uri, scene.post.received_at);
    Some(build::announce_activity(&envelope, &passed.json))
}

/// The same by its id alone, for what was fetched, so that there is no activity to pass on.
pub(crate) fn announced_object(scene: &Scene, config: &Config) -> Built {
    let envelope = Envelope {
        audience: None,
        ..announce_envelope(
            scene.spot(),
            boost_uri(config, scene, ""),
            scene.post.received_at,
        )
    };
    build::announce_object(&envelope, &scene.post.uri)
}

/// Something that must be there is not.
fn missing(what: &str) -> Error {
    Error::External(format!("outbox: {what} is missing"))
}

#[cfg(test)]
mod tests;
