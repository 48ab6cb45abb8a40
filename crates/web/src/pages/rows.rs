//! From rows and read models of the forum to the parts that views share. One function per pair, named by what it makes.
//!
//! Not here: what is shown where (each page), and what may be done (`forum::policy`).

use std::collections::HashMap;

use parvis_forum::categories::Category;
use parvis_forum::circles;
use parvis_forum::id::ActorId;
use parvis_forum::kinds::{FollowState, Readers, TopicKind};
use parvis_forum::page::{Cursor, Page};
use parvis_forum::text::sanitize::{self, SafeHtml};
use parvis_forum::topics::TopicCard;
use parvis_forum::{
    Actor, Config, Read, Result, Timestamp, Topic, Viewer, actors, affiliations, follows,
};
use serde::Deserialize;

use crate::views::parts::{
    Affiliation, AffiliationKind, Audience, Author, CategoryLink, CategoryRow, Follow, Html, Kind,
    Licence, Pager, Proof, Tag, TopicLink, TopicRow,
};

/// Longest description in a list, in characters.
const SHORT: usize = 300;

/// A counter of the database, never negative.
pub(super) fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// Text for a part of a query.
pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Text for a part of a path.
pub(super) fn encoded_segment(text: &str) -> String {
    encoded(text).replace('+', "%20")
}

/// HTML that was stored, cleaned once more.
pub(super) fn html_from_stored(html: &str) -> Html {
    Html::from_sanitized(SafeHtml::from_stored(html).into_string())
}

/// What somebody is.
pub(super) fn affiliation_kind(word: &str) -> AffiliationKind {
    match word {
        "agent" => AffiliationKind::Agent,
        "community" => AffiliationKind::Community,
        "vendor" => AffiliationKind::Vendor,
        "services" => AffiliationKind::Services,
        "research" => AffiliationKind::Research,
        "citizen" => AffiliationKind::Citizen,
        _ => AffiliationKind::Unstated,
    }
}

fn proof(word: &str) -> Proof {
    match word {
        "domain" => Proof::Domain,
        "sso" => Proof::Sso,
        "delegate" => Proof::Delegate,
        affiliations::ELSEWHERE => Proof::DeclaredElsewhere,
        _ => Proof::Declared,
    }
}

/// An affiliation that holds now.
pub(super) fn affiliation_from_row(row: &parvis_forum::Affiliation) -> Affiliation {
    let proof = proof(&row.proof);
    Affiliation {
        kind: affiliation_kind(&row.kind),
        organisation: row.organisation.clone(),
        organisation_url: row.organisation_url.clone(),
        proof,
        provider: None,
        verified: matches!(proof, Proof::Sso | Proof::Delegate),
        past: false,
    }
}

/// What a post keeps of its author's affiliation.
#[derive(Deserialize)]
struct Snapshot {
    #[serde(rename = "type")]
    kind: String,
    organisation: Option<Organisation>,
    proof: Option<String>,
}

#[derive(Deserialize)]
struct Organisation {
    name: String,
    url: Option<String>,
}

/// The affiliation that held when something was written; marked as past when it no longer does.
fn affiliation_from_snapshot(
    json: &str,
    now: Option<&parvis_forum::Affiliation>,
) -> Option<Affiliation> {
    let kept: Snapshot = serde_json::from_str(json).ok()?;
    let proof = proof(kept.proof.as_deref().unwrap_or_default());
    let (organisation, organisation_url) = match kept.organisation {
        Some(organisation) => (Some(organisation.name), organisation.url),
        None => (None, None),
    };
    let past = now.is_none_or(|now| now.kind != kept.kind || now.organisation != organisation);
    Some(Affiliation {
        kind: affiliation_kind(&kept.kind),
        organisation,
        organisation_url,
        proof,
        provider: None,
        verified: matches!(proof, Proof::Sso | Proof::Delegate),
        past,
    })
}

/// Somebody, with what holds now.
pub(super) fn author_from_actor(
    actor: &Actor,
    affiliation: Option<&parvis_forum::Affiliation>,
) -> Author {
    Author {
        name: actors::shown_name(actor).to_owned(),
        handle: format!("@{}", actors::handle(actor)),
        url: actors::path(actor),
        host: (!actor.local).then(|| actor.host.clone()),
        affiliation: affiliation.map(affiliation_from_row).unwrap_or_default(),
        deleted: actor.deleted_at.is_some(),
    }
}

/// Who wrote a post, with the affiliation that the post keeps.
pub(super) fn author_of_post(
    actor: &Actor,
    snapshot: Option<&str>,
    now: Option<&parvis_forum::Affiliation>,
) -> Author {
    let mut author = author_from_actor(actor, now);
    if let Some(kept) = snapshot.and_then(|json| affiliation_from_snapshot(json, now)) {
        author.affiliation = kept;
    }
    author
}

/// Path of a topic: `/t/{id}/{slug}`, without slug where the title gives none.
pub(super) fn topic_path(topic: &Topic) -> String {
    if topic.slug.is_empty() {
        format!("/t/{}", topic.id)
    } else {
        format!("/t/{}/{}", topic.id, topic.slug)
    }
}

/// A topic, as a link.
pub(super) fn topic_link(topic: &Topic) -> TopicLink {
    TopicLink {
        title: topic.title.clone(),
        url: topic_path(topic),
        language: topic.language.clone(),
    }
}

/// A category, as a link.
pub(super) fn category_link(actor: &Actor) -> CategoryLink {
    CategoryLink {
        title: actors::shown_name(actor).to_owned(),
        url: actors::path(actor),
        handle: if actor.local {
            actor.name.clone()
        } else {
            actors::handle(actor)
        },
        language: None,
        host: (!actor.local).then(|| actor.host.clone()),
    }
}

/// The kind of a topic.
pub(super) fn kind(kind: TopicKind) -> Kind {
    match kind {
        TopicKind::Discussion => Kind::Discussion,
        TopicKind::Question => Kind::Question,
        TopicKind::Practice => Kind::Practice,
    }
}

/// A tag, with the list of its topics.
pub(super) fn tag(name: String) -> Tag {
    Tag {
        url: format!("/search?tag={}", encoded(&name)),
        name,
    }
}

/// A topic in a list, with its category or, on the page of the category, without.
pub(super) fn topic_row(card: TopicCard, with_category: bool) -> TopicRow {
    TopicRow {
        topic: topic_link(&card.topic),
        kind: kind(card.topic.kind),
        category: with_category.then(|| category_link(&card.category)),
        author: author_from_actor(&card.author, card.affiliation.as_ref()),
        created_at: card.topic.created_at.datetime(),
        last_activity_at: card.topic.last_activity_at.datetime(),
        replies: count(card.topic.reply_count),
        tags: card.tags.into_iter().map(tag).collect(),
        solved: card.topic.answer_post_id.is_some(),
        pinned: card.topic.pinned_at.is_some(),
        locked: card.topic.locked_at.is_some(),
        official: card.topic.official_at.is_some(),
        removed: false,
        host: (!card.author.local).then_some(card.author.host),
    }
}

/// Topics in a list.
pub(super) fn topic_rows(cards: Vec<TopicCard>, with_category: bool) -> Vec<TopicRow> {
    cards
        .into_iter()
        .map(|card| topic_row(card, with_category))
        .collect()
}

/// What a category is for, as plain text on one line. Spaces that don't break stay what they are.
pub(super) fn description(category: &Category) -> String {
    sanitize::plain_text(&category.actor.summary_html)
        .split(|c: char| c.is_ascii_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A category in a list.
pub(super) fn category_row(
    category: &Category,
    follow: Follow,
    last: Option<TopicLink>,
) -> CategoryRow {
    CategoryRow {
        category: category_link(&category.actor),
        description: sanitize::cut_at_word(&description(category), SHORT),
        topics: count(category.row.topic_count),
        posts: count(category.row.post_count),
        last_topic: last,
        last_activity_at: category.row.last_activity_at.map(Timestamp::datetime),
        follow,
        archived: category.row.archived_at.is_some(),
    }
}

/// Whom and what the viewer follows.
#[derive(Debug, Default)]
pub(super) struct Follows {
    known: bool,
    viewer: Option<ActorId>,
    states: HashMap<ActorId, FollowState>,
}

impl Follows {
    /// All follows of the viewer, in one query; none for visitors.
    pub(super) async fn load(db: &impl Read, viewer: &Viewer) -> Result<Self> {
        let Some(person) = viewer.person() else {
            return Ok(Self::default());
        };
        let states = follows::following(db, person.actor.id)
            .await?
            .into_iter()
            .map(|(follow, actor)| (actor.id, follow.state))
            .collect();
        Ok(Self {
            known: true,
            viewer: Some(person.actor.id),
            states,
        })
    }

    /// What the button of this actor does.
    pub(super) fn of(&self, actor: ActorId) -> Follow {
        if !self.known || self.viewer == Some(actor) {
            return Follow::Unavailable;
        }
        match self.states.get(&actor) {
            None | Some(FollowState::Rejected) => Follow::No,
            Some(FollowState::Pending) => Follow::Pending,
            Some(FollowState::Accepted) => Follow::Yes,
        }
    }
}

/// Links to the pages around one of a list. `list` is the address of the list with its filters, if any.
pub(super) fn pager<T>(page: &Page<T>, list: &str) -> Pager {
    let join = if list.contains('?') { '&' } else { '?' };
    let link = |word: &str, cursor: Cursor| format!("{list}{join}{word}={}", cursor.encode());
    Pager {
        previous: page.previous.map(|cursor| link("before", cursor)),
        next: page.next.map(|cursor| link("after", cursor)),
        ..Pager::default()
    }
}

/// Who will read what is written here.
pub(super) fn audience(config: &Config) -> Audience {
    if config.federation.enabled {
        Audience::Public
    } else {
        Audience::PublicHere
    }
}

/// Who reads a category. Asks for nothing when that is everybody.
pub(super) async fn audience_of(
    db: &impl Read,
    config: &Config,
    category: &Category,
) -> Result<Audience> {
    let Some(readers) = category.row.readers else {
        return Ok(audience(config));
    };
    let partners = circles::partners(db, category.id()).await?;
    Ok(match readers {
        Readers::Followers => Audience::Followers,
        _ if !partners.is_empty() => Audience::Partners {
            organisations: std::iter::once(config.public_authority().to_owned())
                .chain(partners)
                .collect::<Vec<_>>()
                .join(", "),
        },
        Readers::Agents => Audience::Agents,
        Readers::Members => Audience::Members,
    })
}

/// The licence of what is written here.
pub(super) fn licence(config: &Config) -> Licence {
    let licence = config.content.licence;
    Licence {
        name: licence.title().to_owned(),
        url: licence.url().to_owned(),
    }
}
