//! Filling the two nodes: each event of the content happens at its own time, on the node of whoever does it, and
//! reaches the other node as anything does, over HTTP.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use futures::future::try_join_all;
use parvis_federation::{Federation, delivery, inbox, lookup};
use parvis_forum::actors::{self, Keys};
use parvis_forum::affiliations::NewAffiliation;
use parvis_forum::categories::{self, NewCategory};
use parvis_forum::kinds::{Role, TopicKind, VoteKind};
use parvis_forum::people::{self, NewPerson, ProfileChange, SignUp};
use parvis_forum::posts::{self, NewReply, PostChange};
use parvis_forum::topics::{self, NewTopic, TopicChange};
use parvis_forum::{Actor, Forum, Origin, Post, Timestamp, Viewer, follows, votes};

use super::content::{self, NodeContent, Topic};

/// A node that is being filled.
pub(super) struct Side<'a> {
    pub(super) content: &'a NodeContent,
    pub(super) federation: &'a Federation,
}

impl Side<'_> {
    fn forum(&self) -> &Forum {
        self.federation.forum()
    }

    fn authority(&self) -> &str {
        self.forum().config().public_authority()
    }
}

/// Something that happens at a moment.
struct Happening {
    at: i64,
    topic: usize,
    what: What,
}

enum What {
    Open,
    Reply(usize),
    Edit(usize),
    Delete(usize),
    LikeTopic(usize),
    LikeReply(usize, usize),
    Answer(usize),
    Pin,
}

/// Fills both nodes. `password` is everybody's.
pub(super) async fn fill(sides: &[Side<'_>; 2], password: &str) -> anyhow::Result<()> {
    let topics = content::topics()?;
    let oldest = topics.iter().map(|t| t.age_days).max().unwrap_or(1) + 2;
    let present = sides[0].forum().now();
    let travel = |at: Timestamp| {
        for side in sides {
            side.forum().clock().travel(at.0 - present.0);
        }
    };
    travel(present.plus_days(-oldest));
    for side in sides {
        people_and_categories(side, password).await?;
    }
    travel(present.plus_days(-oldest).plus_seconds(3600));
    for side in sides {
        follow(side, sides).await?;
    }
    settle(sides).await?;

    let mut story = happenings(&topics, present);
    story.sort_by_key(|h| h.at);
    let mut uris: HashMap<(usize, Option<usize>), String> = HashMap::new();
    for happening in story {
        travel(Timestamp(happening.at).earliest(present));
        happen(sides, &topics, &happening, &mut uris).await?;
        settle(sides).await?;
    }
    for side in sides {
        side.forum().clock().travel(0);
    }
    Ok(())
}

fn happenings(topics: &[Topic], present: Timestamp) -> Vec<Happening> {
    let mut story = Vec::new();
    for (n, topic) in topics.iter().enumerate() {
        // Not all at the same hour of the day.
        let spread = i64::try_from(n).unwrap_or_default() * 3_571 % 28_800;
        let opened = present
            .plus_days(-topic.age_days)
            .plus_seconds(spread - 28_800);
        let mut push = |minutes: i64, seconds: i64, what: What| {
            story.push(Happening {
                at: opened.plus_seconds(minutes * 60 + seconds).0,
                topic: n,
                what,
            });
        };
        push(0, 0, What::Open);
        if topic.pinned {
            push(3, 0, What::Pin);
        }
        for (like, _) in topic.likes.iter().enumerate() {
            let like_minutes = 30 + 47 * i64::try_from(like).unwrap_or_default();
            push(like_minutes, 11, What::LikeTopic(like));
        }
        for (r, reply) in topic.reply.iter().enumerate() {
            push(reply.minutes_after, 0, What::Reply(r));
            for (like, _) in reply.likes.iter().enumerate() {
                let later = 20 + 31 * i64::try_from(like).unwrap_or_default();
                push(reply.minutes_after + later, 17, What::LikeReply(r, like));
            }
            if reply.edited.is_some() {
                let minutes = reply
                    .edited_minutes_after
                    .unwrap_or(reply.minutes_after + 9);
                push(minutes, 5, What::Edit(r));
            }
            if reply.deleted {
                push(reply.minutes_after + 15, 7, What::Delete(r));
            }
        }
        if let Some(answer) = topic.answer
            && let Some(reply) = topic.reply.get(answer)
        {
            push(reply.minutes_after + 120, 23, What::Answer(answer));
        }
    }
    story
}

async fn people_and_categories(side: &Side<'_>, password: &str) -> anyhow::Result<()> {
    let forum = side.forum();
    let count = side.content.person.len() + side.content.category.len();
    let mut keys: Vec<Keys> = try_join_all((0..count).map(|_| actors::generate_keys())).await?;
    for person in &side.content.person {
        let affiliation = NewAffiliation::parse(
            &person.affiliation.kind,
            person.affiliation.subtype.as_deref(),
            person.affiliation.organisation.as_deref(),
            None,
        )?;
        let email = format!("{}@example.org", person.handle);
        let input = SignUp {
            name: &person.handle,
            email: &email,
            password,
            display_name: &person.display_name,
            ..SignUp::default()
        };
        let new = NewPerson::parse_by_operator(&input, affiliation)?;
        let ready = new
            .prepare_with(keys.pop().context("a key for each person")?)
            .await?;
        let role: Role = person.role.as_deref().unwrap_or("member").parse()?;
        let tx = forum.begin().await?;
        let account = people::create(&tx, &Viewer::System, ready, role).await?;
        let viewer = Viewer::load(tx.c(), account.actor).await?;
        let change = ProfileChange {
            summary: Some(person.bio.clone()),
            discoverable: Some(true),
            ..ProfileChange::default()
        };
        people::update_profile(&tx, &viewer, change).await?;
        tx.commit().await?;
    }
    for category in &side.content.category {
        let new = NewCategory::parse(
            &category.slug,
            &category.title,
            &category.description,
            category.parent.as_deref(),
        )?;
        let keys = keys.pop().context("a key for each category")?;
        let tx = forum.begin().await?;
        categories::create(&tx, &Viewer::System, new, keys).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn follow(side: &Side<'_>, sides: &[Side<'_>; 2]) -> anyhow::Result<()> {
    let forum = side.forum();
    for reference in &side.content.node.follows {
        let (slug, key) = content::split(reference)?;
        let there = by_key(sides, key)?;
        let handle = format!("{slug}@{}", there.authority());
        lookup::lookup(side.federation, &handle)
            .await
            .with_context(|| format!("{handle} can't be found"))?;
        let category = categories::by_handle(forum.db(), forum.config(), &handle).await?;
        for person in &side.content.person {
            let tx = forum.begin().await?;
            let viewer = viewer(forum, &person.handle).await?;
            follows::follow(&tx, &viewer, &category.actor).await?;
            tx.commit().await?;
        }
    }
    for category in categories::tree(forum.db(), &Viewer::System).await? {
        for person in &side.content.person {
            let tx = forum.begin().await?;
            let viewer = viewer(forum, &person.handle).await?;
            follows::follow(&tx, &viewer, &category.actor).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

fn by_key<'s, 'c>(sides: &'s [Side<'c>; 2], key: &str) -> anyhow::Result<&'s Side<'c>> {
    sides
        .iter()
        .find(|s| s.content.node.key == key)
        .with_context(|| format!("no node is called `{key}`"))
}

async fn local(forum: &Forum, name: &str) -> anyhow::Result<Actor> {
    actors::local_by_name(forum.db(), name)
        .await?
        .with_context(|| format!("nobody is called `{name}`"))
}

async fn viewer(forum: &Forum, name: &str) -> anyhow::Result<Viewer> {
    Ok(Viewer::load(forum.db(), local(forum, name).await?).await?)
}

async fn happen(
    sides: &[Side<'_>; 2],
    topics: &[Topic],
    happening: &Happening,
    uris: &mut HashMap<(usize, Option<usize>), String>,
) -> anyhow::Result<()> {
    let n = happening.topic;
    let topic = topics.get(n).context("a topic")?;
    let reply = |r: usize| topic.reply.get(r).context("a reply");
    match happening.what {
        What::Open => {
            let uri = open(sides, topic).await?;
            uris.insert((n, None), uri);
        }
        What::Reply(r) => {
            let parent = reply(r)?.parent;
            let parent = uris
                .get(&(n, parent))
                .context("the parent comes first")?
                .clone();
            let uri = answer(sides, topic, r, &parent).await?;
            uris.insert((n, Some(r)), uri);
        }
        What::Edit(r) => {
            let reply = reply(r)?;
            let (forum, viewer, post) = on_side(sides, &reply.author, uris, (n, Some(r))).await?;
            let change = PostChange {
                content: reply.edited.as_deref().map(|text| with_hosts(sides, text)),
                ..PostChange::default()
            };
            let tx = forum.begin().await?;
            posts::edit(&tx, &viewer, post, change).await?;
            tx.commit().await?;
        }
        What::Delete(r) => {
            let (forum, viewer, post) =
                on_side(sides, &reply(r)?.author, uris, (n, Some(r))).await?;
            let tx = forum.begin().await?;
            posts::delete(&tx, &viewer, post, Origin::Local).await?;
            tx.commit().await?;
        }
        What::LikeTopic(like) => {
            let who = topic.likes.get(like).context("a like")?;
            vote(sides, who, uris, (n, None)).await?;
        }
        What::LikeReply(r, like) => {
            let who = reply(r)?.likes.get(like).context("a like")?;
            vote(sides, who, uris, (n, Some(r))).await?;
        }
        What::Answer(r) => accept(sides, topic, uris, (n, Some(r))).await?,
        What::Pin => {
            let side = by_key(sides, &topic.node)?;
            let uri = uris.get(&(n, None)).context("the topic comes first")?;
            let forum = side.forum();
            let post = posts::by_uri(forum.db(), uri)
                .await?
                .context("the topic is here")?;
            let row = topics::by_id(forum.db(), post.topic_id).await?;
            let tx = forum.begin().await?;
            topics::set_pinned(&tx, &Viewer::System, row, true, Origin::Local).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn open(sides: &[Side<'_>; 2], topic: &Topic) -> anyhow::Result<String> {
    let (name, key) = content::split(&topic.author)?;
    let side = by_key(sides, key)?;
    let forum = side.forum();
    let there = by_key(sides, &topic.node)?;
    let handle = format!("{}@{}", topic.category, there.authority());
    let category = categories::by_handle(forum.db(), forum.config(), &handle).await?;
    let kind: TopicKind = topic.kind.parse()?;
    let new = NewTopic::parse(
        &topic.title,
        &with_hosts(sides, &topic.body),
        kind,
        Some(&topic.language),
        &topic.tags,
    )?;
    let viewer = viewer(forum, name).await?;
    let tx = forum.begin().await?;
    let (_, post) = topics::open(&tx, &viewer, &category, new).await?;
    tx.commit().await?;
    Ok(post.uri)
}

async fn answer(
    sides: &[Side<'_>; 2],
    topic: &Topic,
    r: usize,
    parent: &str,
) -> anyhow::Result<String> {
    let reply = topic.reply.get(r).context("a reply")?;
    let (name, key) = content::split(&reply.author)?;
    let forum = by_key(sides, key)?.forum();
    let parent = posts::by_uri(forum.db(), parent)
        .await?
        .with_context(|| format!("«{}» has not reached the {key}", topic.title))?;
    let row = topics::by_id(forum.db(), parent.topic_id).await?;
    let language = reply.language.as_ref().unwrap_or(&topic.language);
    let new = NewReply::parse(&with_hosts(sides, &reply.body), Some(language))?;
    let viewer = viewer(forum, name).await?;
    let tx = forum.begin().await?;
    let post = posts::reply(&tx, &viewer, &row, Some(&parent), new).await?;
    tx.commit().await?;
    Ok(post.uri)
}

async fn on_side<'s>(
    sides: &'s [Side<'_>; 2],
    who: &str,
    uris: &HashMap<(usize, Option<usize>), String>,
    which: (usize, Option<usize>),
) -> anyhow::Result<(&'s Forum, Viewer, Post)> {
    let (name, key) = content::split(who)?;
    let forum = by_key(sides, key)?.forum();
    let uri = uris.get(&which).context("it comes first")?;
    let post = posts::by_uri(forum.db(), uri)
        .await?
        .with_context(|| format!("{uri} has not reached the {key}"))?;
    Ok((forum, viewer(forum, name).await?, post))
}

async fn vote(
    sides: &[Side<'_>; 2],
    who: &str,
    uris: &HashMap<(usize, Option<usize>), String>,
    which: (usize, Option<usize>),
) -> anyhow::Result<()> {
    let (forum, viewer, post) = on_side(sides, who, uris, which).await?;
    if post.deleted_at.is_some() {
        return Ok(());
    }
    let tx = forum.begin().await?;
    votes::cast(&tx, &viewer, &post, VoteKind::Like, None, Origin::Local).await?;
    tx.commit().await?;
    Ok(())
}

/// The accepted answer: chosen by who asked, and shown on both nodes.
async fn accept(
    sides: &[Side<'_>; 2],
    topic: &Topic,
    uris: &HashMap<(usize, Option<usize>), String>,
    which: (usize, Option<usize>),
) -> anyhow::Result<()> {
    let (asker, home) = content::split(&topic.author)?;
    let uri = uris.get(&which).context("it comes first")?;
    for side in sides {
        let forum = side.forum();
        let viewer = if side.content.node.key == home {
            viewer(forum, asker).await?
        } else {
            let admin = side
                .content
                .person
                .iter()
                .find(|p| p.role.as_deref() == Some("admin"));
            viewer(forum, &admin.context("an administrator")?.handle).await?
        };
        let Some(post) = posts::by_uri(forum.db(), uri).await? else {
            continue;
        };
        let row = topics::by_id(forum.db(), post.topic_id).await?;
        let change = TopicChange {
            answer: Some(Some(post.id)),
            ..TopicChange::default()
        };
        let tx = forum.begin().await?;
        topics::change(&tx, &viewer, row, change).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// `@name@ministry` becomes `@name@localhost:8080`.
fn with_hosts(sides: &[Side<'_>; 2], text: &str) -> String {
    let mut text = text.trim().to_owned();
    for side in sides {
        let people = side.content.person.iter().map(|p| &p.handle);
        let categories = side.content.category.iter().map(|c| &c.slug);
        for name in people.chain(categories) {
            let short = format!("@{name}@{}", side.content.node.key);
            text = text.replace(&short, &format!("@{name}@{}", side.authority()));
        }
    }
    text
}

/// Works until nothing is left to process or to deliver on either side.
async fn settle(sides: &[Side<'_>; 2]) -> anyhow::Result<()> {
    for _ in 0..50 {
        let mut done = 0;
        for side in sides {
            done += inbox::drain(side.federation).await?;
            done += delivery::drain(side.federation).await?;
        }
        if done == 0 {
            return Ok(());
        }
    }
    anyhow::bail!("the two nodes don't come to rest")
}

/// Where the mark of a finished filling is.
pub(super) fn mark(folder: &Path) -> std::path::PathBuf {
    folder.join("filled")
}
