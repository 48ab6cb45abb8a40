//! What each document ends as.

mod others;

use parvis_federation::lookup::lookup;
use parvis_forum::kinds::{ActorKind, VoteKind};
use parvis_forum::{actors, categories, follows, instances, posts, topics, votes};
use serde_json::Value;

use super::end::End;
use super::{Payload, Sent, Stage, books};
use others::OTHERS;

const COMPOST: &str = "https://forum.potager.example/c/compost";
const PAGE: &str = "https://forum.potager.example/post/4182";
const COMMENT: &str = "https://autre.verger.example/comment/1001";
const CANAL: &str = "https://magazine.halage.example/m/peniches/t/20/Canal";
const OPENING: &str = "https://forum.ville.example/p/9";
const URBANISME: &str = "https://forum.ville.example/c/urbanisme";
const BASILE: &str = "https://autre.verger.example/u/basile";

use End::{
    Actor, Banned, Deleted, Follows, LeadsTo, Locked, Moderates, Nothing, Nowhere, Pinned, Polled,
    Refused, Removed, Reply, Report, Runs, Text, Topic, Vote,
};
use Sent::{Account, Announced, NodeInfo, Posted, Served};

const LIKE: Option<VoteKind> = Some(VoteKind::Like);

/// Servers of threads that follow FEP-1b12.
const THREADED: [(&str, Sent, End); 55] = [
    (
        "lemmy/nodeinfo.json",
        NodeInfo("forum.potager.example"),
        Runs("lemmy", "0.19.11"),
    ),
    (
        "lemmy/group.json",
        Served,
        Actor(ActorKind::Group, "compost"),
    ),
    (
        "lemmy/group_moderators.json",
        Served,
        Moderates(COMPOST, "https://forum.potager.example/u/modo"),
    ),
    (
        "lemmy/person.json",
        Served,
        Actor(ActorKind::Person, "odile"),
    ),
    ("lemmy/group_followers.json", Served, Nowhere),
    (
        "lemmy/announce_create_page.json",
        Posted,
        Topic("Marc de café : combien par semaine ?"),
    ),
    ("lemmy/announce_page.json", Posted, Nothing("known already")),
    ("lemmy/comment.json", Served, Reply(PAGE)),
    ("lemmy/page.json", Served, Topic("Lombrics en hiver")),
    (
        "lemmy/undo_like.json",
        Announced(COMPOST),
        Vote(
            "https://forum.potager.example/u/odile",
            "https://autre.verger.example/comment/918",
            None,
        ),
    ),
    (
        "lemmy/report_page.json",
        Posted,
        Report("publicité déguisée"),
    ),
    ("mbin/flag.json", Posted, Report("hors sujet, encore")),
    ("friendica/create_note.json", Posted, Reply(PAGE)),
    ("pleroma/create_note.json", Posted, Reply(PAGE)),
    ("piefed/announce_create_note.json", Posted, Reply(PAGE)),
    (
        "lemmy/delete_page.json",
        Announced(COMPOST),
        Removed(PAGE, true),
    ),
    (
        "lemmy/follow.json",
        Posted,
        Follows(BASILE, URBANISME, true),
    ),
    (
        "lemmy/create_page.json",
        Posted,
        Topic("Bacs à compost de rue"),
    ),
    ("lemmy/create_comment.json", Posted, Reply(OPENING)),
    (
        "lemmy/update_comment.json",
        Posted,
        Text(COMMENT, "depuis mai"),
    ),
    ("lemmy/like_note.json", Posted, Vote(BASILE, OPENING, LIKE)),
    (
        "lemmy/undo_like_note.json",
        Posted,
        Vote(BASILE, OPENING, None),
    ),
    (
        "lemmy/dislike_note.json",
        Posted,
        Vote(BASILE, OPENING, Some(VoteKind::Dislike)),
    ),
    ("lemmy/lock_page.json", Posted, Locked(OPENING, true)),
    ("lemmy/undo_lock.json", Posted, Locked(OPENING, false)),
    ("lemmy/add_featured.json", Posted, Pinned(OPENING, true)),
    ("lemmy/remove_featured.json", Posted, Pinned(OPENING, false)),
    ("lemmy/remove_comment.json", Posted, Removed(COMMENT, true)),
    (
        "lemmy/undo_remove_comment.json",
        Posted,
        Removed(COMMENT, false),
    ),
    ("lemmy/delete_comment.json", Posted, Deleted(COMMENT, true)),
    (
        "lemmy/undo_delete_comment.json",
        Posted,
        Deleted(COMMENT, false),
    ),
    ("lemmy/update_community.json", Posted, Nothing("")),
    ("lemmy/add_mod.json", Posted, Nothing("")),
    (
        "lemmy/block_user.json",
        Posted,
        Banned(URBANISME, BASILE, true),
    ),
    (
        "lemmy/undo_block.json",
        Posted,
        Banned(URBANISME, BASILE, false),
    ),
    (
        "lemmy/undo_follow.json",
        Posted,
        Follows(BASILE, URBANISME, false),
    ),
    (
        "mbin/group.json",
        Served,
        Actor(ActorKind::Group, "peniches"),
    ),
    (
        "mbin/announce_create_entry.json",
        Posted,
        Topic("Canal à sec"),
    ),
    ("mbin/create_entry.json", Served, Topic("Écluses fermées")),
    (
        "mbin/announce_like.json",
        Posted,
        Vote("https://magazine.halage.example/u/denis", CANAL, LIKE),
    ),
    (
        "mbin/announce_undo_like.json",
        Posted,
        Vote("https://magazine.halage.example/u/denis", CANAL, None),
    ),
    ("mbin/announce_add_pinned.json", Posted, Pinned(CANAL, true)),
    ("mbin/announce_lock.json", Posted, Locked(CANAL, true)),
    ("mbin/lock.json", Posted, Nothing("not by a moderator")),
    (
        "mbin/announce_block.json",
        Posted,
        Banned(
            "https://magazine.halage.example/m/peniches",
            "https://magazine.halage.example/u/solene",
            true,
        ),
    ),
    ("mbin/announce_delete.json", Posted, Removed(CANAL, true)),
    (
        "mbin/like.json",
        Posted,
        Vote("https://magazine.halage.example/u/solene", OPENING, LIKE),
    ),
    (
        "mbin/undo_like.json",
        Posted,
        Vote("https://magazine.halage.example/u/solene", OPENING, None),
    ),
    (
        "piefed/kbin_like.json",
        Posted,
        Vote("https://magazine.halage.example/u/solene", OPENING, LIKE),
    ),
    (
        "piefed/group.json",
        Served,
        Actor(ActorKind::Group, "recettes"),
    ),
    (
        "piefed/announce_create.json",
        Posted,
        Topic("Pâtes à tarte de novembre"),
    ),
    ("piefed/page_image.json", Served, Topic("Tarte au citron")),
    (
        "piefed/announce_batch.json",
        Posted,
        Vote(
            "https://tarte.piefed.example/u/max",
            "https://tarte.piefed.example/post/5",
            LIKE,
        ),
    ),
    ("piefed/feed.json", Served, Nowhere),
    ("piefed/feed_add.json", Posted, Nothing("")),
];

/// Other forums.
const FORUMS: [(&str, Sent, End); 17] = [
    (
        "nodebb/nodeinfo.json",
        NodeInfo("salon.nodal.example"),
        Runs("nodebb", "4.6.1"),
    ),
    (
        "nodebb/group.json",
        Served,
        Actor(ActorKind::Group, "claviers-4"),
    ),
    (
        "nodebb/person.json",
        Served,
        Actor(ActorKind::Person, "milan"),
    ),
    ("nodebb/article.json", Served, Topic("Accents et claviers")),
    (
        "nodebb/announce_like.json",
        Posted,
        Vote(
            "https://pouet.rivage.example/users/nour",
            "https://salon.nodal.example/post/310",
            LIKE,
        ),
    ),
    (
        "nodebb/announce_announce.json",
        Posted,
        Vote(
            "https://pouet.rivage.example/users/nour",
            "https://salon.nodal.example/post/310",
            LIKE,
        ),
    ),
    (
        "nodebb/announce_create_note.json",
        Posted,
        Topic("Combien de rangées ?"),
    ),
    (
        "nodebb/announce_like_from_lemmy.json",
        Posted,
        Text("https://salon.nodal.example/post/320", "Quatre rangées"),
    ),
    ("nodebb/context_conversation.json", Served, Nowhere),
    ("nodebb/create_reply.json", Posted, Reply(OPENING)),
    (
        "nodebb/delete_post.json",
        Posted,
        Deleted("https://salon.nodal.example/post/331", true),
    ),
    ("nodebb/flag.json", Posted, Report("hors charte")),
    (
        "discourse/group.json",
        Served,
        Actor(ActorKind::Group, "annonces"),
    ),
    (
        "discourse/person.json",
        Served,
        Actor(ActorKind::Person, "paule"),
    ),
    (
        "lotide/group.json",
        Served,
        Actor(ActorKind::Group, "marees"),
    ),
    ("lotide/create_page.json", Posted, Nothing("")),
    (
        "fedify/outbox.json",
        Served,
        LeadsTo("https://forum.potager.example/post/55"),
    ),
];

/// Microblogs, and what else speaks of people and their posts.
const MICROBLOGS: [(&str, Sent, End); 40] = [
    (
        "mastodon/poll_vote.json",
        Posted,
        Polled("https://forum.ville.example/p/50", 1),
    ),
    (
        "mastodon/nodeinfo.json",
        NodeInfo("pouet.rivage.example"),
        Runs("mastodon", "4.5.1"),
    ),
    (
        "mastodon/person.json",
        Served,
        Actor(ActorKind::Person, "nour"),
    ),
    (
        "mastodon/account.json",
        Account("nour"),
        Actor(ActorKind::Person, "nour"),
    ),
    (
        "mastodon/follow.json",
        Posted,
        Follows("https://pouet.rivage.example/users/nour", URBANISME, true),
    ),
    ("mastodon/create_note.json", Posted, Topic("")),
    ("mastodon/create_content_map.json", Posted, Topic("")),
    ("mastodon/create_reply.json", Posted, Reply(OPENING)),
    ("mastodon/note.json", Served, Reply(OPENING)),
    ("mastodon/content_map.json", Served, Nowhere),
    (
        "mastodon/like.json",
        Posted,
        Vote("https://pouet.rivage.example/users/nour", OPENING, LIKE),
    ),
    (
        "mastodon/announce.json",
        Posted,
        Nothing("a boost by somebody who is no category"),
    ),
    ("mastodon/block.json", Posted, Nothing("")),
    ("mastodon/vote.json", Posted, Nothing("")),
    ("mastodon/question.json", Posted, Topic("")),
    ("mastodon/closed_followers.json", Served, Nowhere),
    ("mastodon/featured.json", Served, Nowhere),
    (
        "mastodon/delete.json",
        Posted,
        Deleted(
            "https://pouet.rivage.example/users/nour/statuses/1152",
            true,
        ),
    ),
    ("mastodon/update_person.json", Posted, Nothing("-")),
    (
        "gotosocial/key_stub.json",
        Served,
        Actor(ActorKind::Person, "ari"),
    ),
    ("gotosocial/create_note.json", Posted, Reply(OPENING)),
    ("gotosocial/flag.json", Posted, Report("insultes répétées")),
    ("gotosocial/move.json", Posted, Nothing("")),
    (
        "pleroma/person.json",
        Served,
        Actor(ActorKind::Person, "io"),
    ),
    (
        "pleroma/follow.json",
        Posted,
        Follows(
            "https://plage.pleroma.example/users/io",
            "https://forum.ville.example/u/ana",
            true,
        ),
    ),
    (
        "pleroma/emoji_react.json",
        Posted,
        Vote("https://plage.pleroma.example/users/io", OPENING, LIKE),
    ),
    ("pleroma/question.json", Served, Topic("")),
    (
        "misskey/like.json",
        Posted,
        Vote("https://etoile.misskey.example/users/9x", OPENING, LIKE),
    ),
    (
        "friendica/person.json",
        Served,
        Actor(ActorKind::Person, "maud"),
    ),
    (
        "friendica/create_by_mention.json",
        Posted,
        Topic("Où sont passés les bancs du quai ?"),
    ),
    ("friendica/note.json", Served, Reply(OPENING)),
    (
        "friendica/article.json",
        Served,
        Topic("De Friendica au forum"),
    ),
    (
        "friendica/like.json",
        Posted,
        Vote("https://amis.friendica.example/profile/yann", OPENING, LIKE),
    ),
    (
        "gnusocial/create_page.json",
        Posted,
        Topic("Une page libre"),
    ),
    (
        "hubzilla/follow.json",
        Posted,
        Follows(
            "https://canaux.hubzilla.example/channel/lena",
            URBANISME,
            true,
        ),
    ),
    ("kroeg/create_note.json", Posted, Reply(OPENING)),
    (
        "mitra/create_note.json",
        Posted,
        Topic("Un message de plus pour la ville"),
    ),
    ("smithereen/create_note.json", Posted, Reply(OPENING)),
    (
        "fedify/person.json",
        Served,
        Actor(ActorKind::Person, "sergine_vouhe"),
    ),
    ("guppe/group.json", Served, Actor(ActorKind::Group, "quais")),
];

/// All documents, and how they come.
pub(super) fn all() -> Vec<Payload> {
    let tables: [&[(&'static str, Sent, End)]; 4] = [&THREADED, &FORUMS, &MICROBLOGS, &OTHERS];
    tables
        .into_iter()
        .flatten()
        .map(|(file, sent, _)| Payload { file, sent: *sent })
        .collect()
}

/// Sends the documents of a table one after the other, and looks at what each ends as.
async fn play(table: &[(&'static str, Sent, End)]) {
    let stage = Stage::start().await;
    let mut wrong = Vec::new();
    for (file, sent, end) in table {
        if let Err(what) = Box::pin(play_one(&stage, file, *sent, *end)).await {
            wrong.push(format!("{file}: {end:?}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let wrong = books::wrong(stage.node.forum.db()).await;
    assert!(wrong.is_empty(), "{wrong:?}");
}

async fn play_one(stage: &Stage, file: &str, sent: Sent, end: End) -> Result<(), String> {
    let document = stage.load(file);
    let mut shown = None;
    match sent {
        Posted | Announced(_) => {
            let activity = match sent {
                Announced(group) => Stage::announce(&stage.placed(group), &document),
                _ => document.clone(),
            };
            let actor = actor_of(&activity).to_owned();
            let status = stage.post(&actor, activity.to_string().into_bytes()).await;
            if let Refused(expected) = end {
                return must(status == expected, || status.to_string());
            }
            if status != 202 {
                return Err(format!("answered {status}"));
            }
            stage.node.settle().await;
            let id = activity["id"].as_str().unwrap();
            let item = parvis_db::queue::inbox::find(stage.node.forum.db(), id).await;
            let error = item.unwrap().and_then(|item| item.error);
            match (end, error) {
                (Nothing("-"), None) | (Nothing(_), Some(_)) => {}
                (Nothing(why), None) => return Err(format!("it had an effect, not «{why}»")),
                (_, Some(error)) => return Err(error),
                (_, None) => {}
            }
            if let (Nothing(why), Some(item)) = (
                end,
                parvis_db::queue::inbox::find(stage.node.forum.db(), id)
                    .await
                    .unwrap(),
            ) {
                let error = item.error.unwrap_or_default();
                return must(why == "-" || error.contains(why), || error.clone());
            }
        }
        NodeInfo(host) => {
            let learned = stage
                .learn(host, host, document.to_string().as_bytes())
                .await;
            let known = instances::by_host(stage.node.forum.db(), host).await;
            let known = known.map_err(|error| error.to_string())?;
            let Runs(software, version) = end else {
                return Err("it says what runs there".to_owned());
            };
            let right = known.software.as_deref() == Some(software)
                && known.version.as_deref() == Some(version);
            return must(learned && right, || format!("{known:?}"));
        }
        Served | Account(_) => {
            let wanted = match sent {
                Account(name) => {
                    let mut links = document["links"].as_array().unwrap().iter();
                    let home = links.find_map(|link| link["href"].as_str()).unwrap();
                    let host = home.split('/').nth(2).unwrap();
                    let url = format!("http://{host}/.well-known/webfinger");
                    stage.serve_bytes(
                        &url,
                        "application/jrd+json",
                        document.to_string().as_bytes(),
                    );
                    format!("@{name}@{host}")
                }
                _ => match document["type"].as_str() {
                    Some("Create") => document["object"]["id"].as_str().unwrap().to_owned(),
                    _ => document["id"].as_str().unwrap().to_owned(),
                },
            };
            let found = Box::pin(lookup(&stage.node.federation, &wanted)).await;
            stage.node.settle().await;
            match (end, found) {
                (Nowhere, Err(parvis_federation::Error::Refused(_))) => return Ok(()),
                (Moderates(..), _) => {}
                (_, Ok(found)) => shown = Some(found),
                (_, Err(error)) => return Err(error.to_string()),
            }
        }
    }
    Box::pin(check(stage, &document, shown, end)).await
}

fn actor_of(activity: &Value) -> &str {
    let actor = &activity["actor"];
    actor.as_str().or_else(|| actor["id"].as_str()).unwrap()
}

fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// The post that a document is, or brings.
fn post_id(document: &Value) -> &str {
    let mut at = document;
    while at["object"].is_object() {
        at = &at["object"];
    }
    at["id"].as_str().unwrap()
}

async fn check(
    stage: &Stage,
    document: &Value,
    shown: Option<parvis_federation::lookup::Found>,
    end: End,
) -> Result<(), String> {
    use parvis_federation::lookup::Found;
    let db = stage.node.forum.db();
    let post = async |uri: &str| {
        let found = posts::by_uri(db, uri).await.unwrap();
        found.ok_or_else(|| format!("{uri} is not here"))
    };
    let placed = |text: &str| stage.placed(text);
    match end {
        Topic(title) => {
            let post = post(post_id(document)).await?;
            let topic = topics::by_id(db, post.topic_id).await.unwrap();
            must(topic.opening_post_id == Some(post.id), || {
                "a reply".to_owned()
            })?;
            must(title.is_empty() || topic.title == title, || {
                topic.title.clone()
            })
        }
        Reply(parent) => {
            let (reply, parent) = (post(post_id(document)).await?, post(&placed(parent)).await?);
            must(reply.reply_to_id == Some(parent.id), || {
                format!("{:?}", reply.reply_to_id)
            })
        }
        Text(uri, text) => {
            let post = post(&placed(uri)).await?;
            must(post.content_html.contains(text), || {
                post.content_html.clone()
            })
        }
        Actor(kind, name) => {
            let actor = match shown {
                Some(Found::Actor(actor)) => *actor,
                Some(Found::Category(category)) => category.actor,
                other => return Err(format!("{other:?}")),
            };
            let id = document["id"].as_str().unwrap_or(&actor.uri);
            must(
                actor.kind == kind
                    && actor.name == placed(name).replace(':', "")
                    && actor.uri == id,
                || format!("{actor:?}"),
            )
        }
        LeadsTo(uri) => match shown {
            Some(Found::Topic(topic)) => {
                let post = post(&placed(uri)).await?;
                must(topic.opening_post_id == Some(post.id), || {
                    topic.title.clone()
                })
            }
            other => Err(format!("{other:?}")),
        },
        Vote(voter, uri, kind) => {
            let post = post(&placed(uri)).await?;
            let voter = actors::by_uri(db, &placed(voter)).await.unwrap();
            let found = match voter {
                Some(voter) => votes::find(db, post.id, voter.id).await.unwrap(),
                None => None,
            };
            let found = found.map(|vote| vote.kind);
            must(found == kind, || format!("{found:?}"))
        }
        Removed(uri, is) => {
            let post = post(&placed(uri)).await?;
            must(
                post.removed_at.is_some() == is && post.deleted_at.is_none(),
                || format!("{post:?}"),
            )
        }
        Deleted(uri, is) => {
            let post = post(&placed(uri)).await?;
            must(
                post.deleted_at.is_some() == is && post.removed_at.is_none(),
                || format!("{post:?}"),
            )
        }
        Locked(uri, is) | Pinned(uri, is) => {
            let post = post(&placed(uri)).await?;
            let topic = topics::by_id(db, post.topic_id).await.unwrap();
            let since = if matches!(end, Locked(..)) {
                topic.locked_at
            } else {
                topic.pinned_at
            };
            must(since.is_some() == is, || format!("{since:?}"))
        }
        Report(reason) => {
            use parvis_db::entity::report;
            use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
            let count = report::Entity::find()
                .filter(report::Column::Reason.contains(reason))
                .count(db)
                .await
                .unwrap();
            must(count == 1, || format!("{count} reports"))
        }
        Follows(follower, followed, is) => {
            let follower = actors::by_uri(db, &placed(follower)).await.unwrap();
            let followed = actors::by_uri(db, &placed(followed)).await.unwrap();
            let (Some(follower), Some(followed)) = (follower, followed) else {
                return Err("somebody is not known".to_owned());
            };
            let follow = follows::find(db, follower.id, followed.id).await.unwrap();
            must(follow.is_some() == is, || format!("{follow:?}"))
        }
        Moderates(group, person) => {
            let group = actors::by_uri(db, &placed(group)).await.unwrap().unwrap();
            let list = categories::moderators(db, group.id).await.unwrap();
            let person = placed(person);
            must(list.iter().any(|one| one.uri == person), || {
                format!("{list:?}")
            })
        }
        Banned(group, person, is) => {
            use parvis_db::entity::ban;
            use sea_orm::EntityTrait;
            let group = actors::by_uri(db, &placed(group)).await.unwrap().unwrap();
            let person = actors::by_uri(db, &placed(person)).await.unwrap().unwrap();
            let bans = ban::Entity::find().all(db).await.unwrap();
            let banned = bans
                .iter()
                .any(|ban| ban.category_id == Some(group.id) && ban.actor_id == person.id);
            must(banned == is, || format!("{bans:?}"))
        }
        Polled(uri, votes) => {
            let post = post(&placed(uri)).await?;
            let seen = stage.ana.get(&format!("/posts/{}", post.id)).await.body;
            must(seen["poll"]["choices"][0]["votes"] == votes, || {
                seen["poll"].to_string()
            })
        }
        Nothing(_) | Refused(_) | Nowhere | Runs(..) => Ok(()),
    }
}

#[tokio::test]
async fn servers_of_threads_are_understood() {
    Box::pin(play(&THREADED)).await;
}

#[tokio::test]
async fn other_forums_are_understood() {
    Box::pin(play(&FORUMS)).await;
}

#[tokio::test]
async fn microblogs_are_understood() {
    Box::pin(play(&MICROBLOGS)).await;
}

#[tokio::test]
async fn videos_articles_events_and_proposals_are_understood() {
    Box::pin(play(&OTHERS)).await;
}

#[test]
fn every_fixture_has_an_end() {
    let mut known: Vec<&str> = all().iter().map(|payload| payload.file).collect();
    known.sort_unstable();
    let files = super::stage::files();
    assert_eq!(
        known, files,
        "a fixture without a line here, or a line twice"
    );
}
